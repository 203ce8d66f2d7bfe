// SPDX-License-Identifier: GPL-2.0
/* The decoder: what it takes, and what it refuses. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode.h"
#include "messages.h"

static int decode(struct graph *g, const struct capture *c, const char **why)
{
	memset(g, 0, sizeof(*g));
	return decode_messages(g, c->bytes, c->n, why);
}

static void expect(struct capture *c, const char *words)
{
	const char *why = NULL;
	struct graph g;

	assert_int_equal(decode(&g, c, &why), -EBADMSG);
	assert_string_equal(why, words);
	graph_free(&g);
	free(c->bytes);
}

static void test_world(void **state)
{
	struct capture c;
	const char *why;
	struct graph g;
	const struct task *t;

	(void)state;
	world(&c);
	assert_int_equal(decode(&g, &c, &why), 0);
	assert_int_equal(g.snapshot.time_ns, 1700000000123456789u);
	assert_int_equal(g.snapshot.generation, 42);
	assert_int_equal(g.snapshot.consistent, 1);
	assert_int_equal(g.snapshot.watch, NSINSPECT_WATCH_ON);
	assert_true(g.snapshot.has_generation_begin);
	assert_int_equal(g.snapshot.generation_begin, 42);
	assert_true(g.snapshot.has_load);
	assert_int_equal(g.snapshot.load, 77000000000u);
	assert_true(g.snapshot.has_boottime);
	assert_int_equal(g.snapshot.boottime_ns, 99000000001u);
	assert_string_equal(g.host.nodename, "lab");
	assert_string_equal(g.host.release, "6.12.0");
	assert_int_equal(g.n_namespaces, 13);
	assert_int_equal(g.n_nsproxies, 4);
	assert_int_equal(g.n_tasks, 7);

	assert_int_equal(g.namespaces[4].inum, OWN_NET);
	assert_int_equal(g.namespaces[4].node, 5);
	assert_int_equal(g.namespaces[4].owner_node, 0);
	assert_true(g.namespaces[4].has_id);
	assert_int_equal(g.namespaces[4].id, 0x1122334455667788u);
	assert_int_equal(g.namespaces[4].level, -1);
	assert_false(g.namespaces[4].initial);
	assert_int_equal(g.namespaces[5].refs, -1);
	assert_int_equal(g.namespaces[5].active, 0);
	assert_int_equal(g.namespaces[7].parent_inum, INIT_PID);
	assert_int_equal(g.namespaces[7].level, 1);
	assert_false(g.namespaces[7].has_id);

	assert_int_equal(g.nsproxies[1].inum[SLOT_CGROUP], INIT_CGROUP);
	assert_int_equal(g.nsproxies[1].inum[SLOT_IPC], INIT_IPC);
	assert_int_equal(g.nsproxies[1].inum[SLOT_MNT], INIT_MNT);
	assert_int_equal(g.nsproxies[1].inum[SLOT_NET], INIT_NET);
	assert_int_equal(g.nsproxies[1].inum[SLOT_PID], 0);
	assert_int_equal(g.nsproxies[1].inum[SLOT_PID_FOR_CHILDREN], OWN_PID);
	assert_int_equal(g.nsproxies[1].inum[SLOT_TIME], INIT_TIME);
	assert_int_equal(g.nsproxies[1].inum[SLOT_TIME_FOR_CHILDREN], INIT_TIME);
	assert_int_equal(g.nsproxies[1].inum[SLOT_USER], 0);
	assert_int_equal(g.nsproxies[1].inum[SLOT_UTS], INIT_UTS);

	t = &g.tasks[4];
	assert_int_equal(t->tid, 830);
	assert_string_equal(t->comm, "nginx");
	assert_int_equal(t->state, 'S');
	assert_int_equal(t->uid, 1000);
	assert_int_equal(t->n_upids, 2);
	assert_int_equal(g.upids[t->upids_at].nr, 830);
	assert_int_equal(g.upids[t->upids_at + 1].nr, 1);
	assert_int_equal(g.upids[t->upids_at + 1].pidns, OWN_PID);
	assert_int_equal(g.upids[t->upids_at + 1].level, 1);
	assert_true(g.tasks[1].kthread);
	assert_int_equal(g.tasks[6].nsproxy_id, 0);
	graph_free(&g);
	free(c.bytes);
}

/* What is not sent is not known: in old pictures, and while nothing is watched. */
static void test_absent(void **state)
{
	static const struct {
		int consistent, watch, expected;
	} rows[] = {
		{ 1, -1, -1 }, { 0, -1, -1 }, { -1, NSINSPECT_WATCH_OFF, NSINSPECT_WATCH_OFF },
		{ -1, NSINSPECT_WATCH_MISSING, NSINSPECT_WATCH_MISSING },
		/* A reason of a later module. */
		{ -1, NSINSPECT_WATCH_MISSING + 1, -1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct snapshot s = {
			.consistent = rows[i].consistent, .watch = rows[i].watch, .namespaces = 1,
		};
		const struct ns ns = { .type = NSINSPECT_NS_TYPE_UTS, .inum = 7 };
		struct capture c = { 0 };
		const char *why;
		struct graph g;

		put_snapshot_as(&c, &s);
		put_ns(&c, &ns);
		assert_int_equal(decode(&g, &c, &why), 0);
		assert_int_equal(g.snapshot.consistent, rows[i].consistent);
		assert_int_equal(g.snapshot.watch, rows[i].expected);
		assert_false(g.snapshot.has_generation_begin);
		assert_false(g.snapshot.has_load);
		assert_false(g.snapshot.has_boottime);
		assert_int_equal(g.namespaces[0].node, 0);
		graph_free(&g);
		free(c.bytes);
	}
}

/* Each reference has its node in an attribute of its own. */
static void test_nodes(void **state)
{
	const struct ns ns = {
		.type = NSINSPECT_NS_TYPE_USER, .inum = 7, .node = 1, .owner_inum = 8,
		.owner_node = 2, .parent_inum = 9, .parent_node = 3, .level = 1,
	};
	const struct upid u = { .nr = 6, .pidns = 20, .pidns_node = 4 };
	const struct task t = {
		.tid = 6, .tgid = 6, .state = 'S', .user_inum = 7, .user_node = 1, .pid_inum = 20,
		.pid_node = 5,
	};
	struct nsproxy p = { .id = 1 };
	struct capture c = { 0 };
	const char *why;
	struct graph g;
	int s;

	(void)state;
	for (s = 0; s < SLOTS; s++)
		p.node[s] = 100 + (uint32_t)s;
	put_snapshot(&c, 1, 1, 1);
	put_ns(&c, &ns);
	put_nsproxy(&c, &p);
	put_task(&c, &t, &u, 1);
	assert_int_equal(decode(&g, &c, &why), 0);
	assert_int_equal(g.namespaces[0].node, 1);
	assert_int_equal(g.namespaces[0].owner_node, 2);
	assert_int_equal(g.namespaces[0].parent_node, 3);
	for (s = 0; s < SLOTS; s++)
		assert_int_equal(g.nsproxies[0].node[s],
				 s == SLOT_PID || s == SLOT_USER ? 0 : 100 + s);
	assert_int_equal(g.tasks[0].user_node, 1);
	assert_int_equal(g.tasks[0].pid_node, 5);
	assert_int_equal(g.upids[0].pidns_node, 4);
	graph_free(&g);
	free(c.bytes);
}

/* No length of it but the whole one is an answer, and none reads past its end. */
static void test_cut_everywhere(void **state)
{
	struct capture c;
	size_t n;

	(void)state;
	world(&c);
	for (n = 0; n < c.n; n++) {
		const char *why = NULL;
		/* Of exactly that size, for valgrind to see. */
		unsigned char *cut = malloc(n ? n : 1);
		struct graph g = { 0 };

		memcpy(cut, c.bytes, n);
		assert_int_equal(decode_messages(&g, cut, n, &why), -EBADMSG);
		assert_non_null(why);
		graph_free(&g);
		free(cut);
	}
	free(c.bytes);
}

/* The same inside of one message, where the lengths around it are right. */
static void test_cut_attributes(void **state)
{
	struct capture c;
	size_t at, n;

	(void)state;
	world(&c);
	for (at = 0; at < c.n; at += NLMSG_ALIGN(((struct nlmsghdr *)(c.bytes + at))->nlmsg_len)) {
		const struct nlmsghdr *h = (const struct nlmsghdr *)(c.bytes + at);
		size_t whole = h->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;

		for (n = 1; n < whole; n++) {
			unsigned char *cut = malloc(n);
			struct graph g = { .has_snapshot = at != 0 };
			const char *why = NULL;

			memcpy(cut, c.bytes + at + NLMSG_HDRLEN + GENL_HDRLEN, n);
			assert_int_equal(decode_message(&g, cut, n, &why), -EBADMSG);
			graph_free(&g);
			free(cut);
		}
	}
	free(c.bytes);
}

static void test_counts(void **state)
{
	struct capture c = { 0 };

	(void)state;
	put_snapshot(&c, 1, 0, 0);
	expect(&c, "namespaces are missing or too many");
	memset(&c, 0, sizeof(c));
	put_snapshot(&c, 0, 1, 0);
	expect(&c, "nsproxies are missing or too many");
	memset(&c, 0, sizeof(c));
	put_snapshot(&c, 0, 0, 1);
	expect(&c, "tasks are missing or too many");
	memset(&c, 0, sizeof(c));
	put_snapshot(&c, 0, 0, 0);
	put_nsproxy(&c, &(struct nsproxy){ .id = 1 });
	expect(&c, "nsproxies are missing or too many");
}

static void test_snapshots(void **state)
{
	struct capture c = { 0 };
	struct nl_msg *msg;

	(void)state;
	put_nsproxy(&c, &(struct nsproxy){ .id = 1 });
	expect(&c, "it does not begin with a snapshot");
	memset(&c, 0, sizeof(c));
	put_snapshot(&c, 0, 0, 0);
	put_snapshot(&c, 0, 0, 0);
	expect(&c, "it holds two snapshots");
	memset(&c, 0, sizeof(c));
	msg = message_begin();
	nla_nest_end(msg, nla_nest_start(msg, NSINSPECT_A_GRAPH_SNAPSHOT));
	nla_put_u32(msg, NSINSPECT_A_GRAPH_PAD, 0);
	message_end(&c, msg);
	/* libnl leaves an empty nest out. */
	expect(&c, "there is no snapshot in it");
}

/* One attribute of the wrong size or without what a node has to have. */
static void one_task(const void *data, int len, int type, bool tid, const char *words)
{
	struct capture c = { 0 };
	struct nl_msg *msg;
	struct nlattr *nest;

	put_snapshot(&c, 0, 0, 1);
	msg = message_begin();
	nest = nla_nest_start(msg, NSINSPECT_A_GRAPH_TASK);
	if (tid) {
		nla_put_u32(msg, NSINSPECT_A_TASK_TID, 7);
		nla_put_u32(msg, NSINSPECT_A_TASK_TGID, 7);
	}
	nla_put(msg, type, len, data);
	nla_nest_end(msg, nest);
	message_end(&c, msg);
	expect(&c, words);
}

static void test_wrong_sizes(void **state)
{
	static const uint32_t v[2] = { 1, 1 };

	(void)state;
	one_task(v, 8, NSINSPECT_A_TASK_PPID, true, "a number has the wrong size");
	one_task(v, 2, NSINSPECT_A_TASK_UID, true, "a number has the wrong size");
	one_task(v, 0, NSINSPECT_A_TASK_NSPROXY, true, "a number has the wrong size");
	one_task("", 1, NSINSPECT_A_TASK_STATE, true, "the state of a task is no letter");
	one_task("\033", 1, NSINSPECT_A_TASK_STATE, true, "the state of a task is no letter");
	one_task(v, 4, NSINSPECT_A_TASK_UID, false, "a task has no thread id");
}

static void test_deep_upids(void **state)
{
	struct task t = { .tid = 5, .tgid = 5, .state = 'S' };
	struct upid u[65] = { 0 };
	struct capture c = { 0 };
	const char *why;
	struct graph g;

	(void)state;
	put_snapshot(&c, 0, 0, 1);
	put_task(&c, &t, u, 64);
	assert_int_equal(decode(&g, &c, &why), 0);
	assert_int_equal(g.tasks[0].n_upids, 64);
	graph_free(&g);
	free(c.bytes);
	memset(&c, 0, sizeof(c));
	put_snapshot(&c, 0, 0, 1);
	put_task(&c, &t, u, 65);
	expect(&c, "a task has too many pid levels");
}

/* Nothing counted is not the same as none. */
static void test_uncounted(void **state)
{
	const struct ns ns = {
		.type = NSINSPECT_NS_TYPE_UTS, .inum = 7, .level = -1, .refs = -1, .tasks = -1,
	};
	struct capture c = { 0 };
	const char *why;
	struct graph g;

	(void)state;
	put_snapshot(&c, 1, 0, 0);
	put_ns(&c, &ns);
	assert_int_equal(decode(&g, &c, &why), 0);
	assert_int_equal(g.namespaces[0].tasks, -1);
	assert_int_equal(g.namespaces[0].procs, -1);
	graph_free(&g);
	free(c.bytes);
}

/* A comm that fills its room, is longer, or has no NUL. */
static void test_comm(void **state)
{
	static const struct {
		const char *bytes;
		int len;
		const char *comm;
	} rows[] = {
		{ "0123456789abcdef", 16, "0123456789abcde" },
		{ "0123456789abcdefghij", 20, "0123456789abcde" },
		{ "ab\0cd", 5, "ab" },
		{ "ab", 2, "ab" },
		{ "", 0, "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct capture c = { 0 };
		struct nl_msg *msg;
		struct nlattr *nest;
		const char *why;
		struct graph g;

		put_snapshot(&c, 0, 0, 1);
		msg = message_begin();
		nest = nla_nest_start(msg, NSINSPECT_A_GRAPH_TASK);
		nla_put_u32(msg, NSINSPECT_A_TASK_TID, 7);
		nla_put_u32(msg, NSINSPECT_A_TASK_TGID, 7);
		nla_put(msg, NSINSPECT_A_TASK_COMM, rows[i].len, rows[i].bytes);
		nla_nest_end(msg, nest);
		message_end(&c, msg);
		assert_int_equal(decode(&g, &c, &why), 0);
		assert_string_equal(g.tasks[0].comm, rows[i].comm);
		graph_free(&g);
		free(c.bytes);
	}
}

/* A later kernel: attributes and a kind of namespace that are not known here. */
static void test_newer(void **state)
{
	struct capture c = { 0 };
	struct nl_msg *msg;
	struct nlattr *nest;
	const char *why;
	struct graph g;

	(void)state;
	put_snapshot(&c, 1, 0, 1);
	msg = message_begin();
	nest = nla_nest_start(msg, NSINSPECT_A_GRAPH_NAMESPACE);
	nla_put_u32(msg, NSINSPECT_A_NAMESPACE_TYPE, 8);
	nla_put_u32(msg, NSINSPECT_A_NAMESPACE_INUM, 7);
	nla_put_string(msg, NSINSPECT_A_NAMESPACE_MAX + 1, "new");
	nla_nest_end(msg, nest);
	nest = nla_nest_start(msg, NSINSPECT_A_GRAPH_TASK);
	nla_put_u32(msg, NSINSPECT_A_TASK_TID, 7);
	nla_put_u32(msg, NSINSPECT_A_TASK_TGID, 7);
	nla_put_string(msg, NSINSPECT_A_TASK_MAX + 1, "new");
	nla_nest_end(msg, nest);
	nla_put_u32(msg, NSINSPECT_A_GRAPH_MAX + 1, 1);
	message_end(&c, msg);
	assert_int_equal(decode(&g, &c, &why), 0);
	assert_int_equal(g.n_namespaces, 0);
	assert_int_equal(g.n_tasks, 1);
	graph_free(&g);
	free(c.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_world),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_cut_attributes),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_snapshots),
		cmocka_unit_test(test_wrong_sizes),
		cmocka_unit_test(test_deep_upids),
		cmocka_unit_test(test_uncounted),
		cmocka_unit_test(test_comm),
		cmocka_unit_test(test_newer),
	};

	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
