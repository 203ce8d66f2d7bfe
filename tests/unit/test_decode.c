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

static const struct ns *find(const struct graph *g, uint32_t inum)
{
	size_t i;

	for (i = 0; i < g->n_namespaces; i++)
		if (g->namespaces[i].inum == inum)
			return &g->namespaces[i];
	fail();
	return NULL;
}

static void is(struct maybe m, int64_t v)
{
	assert_true(m.known);
	assert_true(m.v == v);
}

/* Each fact where it belongs, and with its sign. */
static void test_facts(void **state)
{
	const struct facts *f;
	struct capture c;
	const char *why;
	struct graph g;

	(void)state;
	world_of_facts(&c);
	assert_int_equal(decode(&g, &c, &why), 0);
	assert_int_equal(g.snapshot.coverage, NSINSPECT_COVERAGE_FOUND);
	assert_int_equal(g.n_namespaces, FACTS_NAMESPACES);
	assert_true(find(&g, EMPTY_NET)->has_found);
	assert_int_equal(find(&g, EMPTY_NET)->found,
			 NSINSPECT_FOUND_NET_LIST | NSINSPECT_FOUND_FILE);
	assert_null(find(&g, INIT_MNT)->facts);

	f = find(&g, INIT_IPC)->facts;
	is(f->msg_queues, 1);
	is(f->sem_sets, 2);
	is(f->shm_segments, 3);
	is(f->shm_bytes, 5000003584);
	assert_false(f->creator_uid.known);
	f = find(&g, EMPTY_TIME)->facts;
	is(f->monotonic_ns, -86400500000000);
	is(f->boottime_ns, 7200000000000);
	is(f->creator_uid, 0);
	assert_string_equal(find(&g, INIT_CGROUP)->facts->cgroup_root, "/");
	f = find(&g, OWN_PID)->facts;
	is(f->reaper, 830);
	is(f->pids, 2);
	is(f->pid_max, 32768);
	assert_false(f->dying);
	f = find(&g, INIT_PID)->facts;
	assert_false(f->pid_max.known);
	f = find(&g, OWN_USER)->facts;
	is(f->owner_uid, 1000);
	is(f->owner_gid, 1000);
	is(f->setgroups, 0);
	assert_int_equal(f->uid_map.n, 2);
	assert_int_equal(f->uid_map.list[1].first, 65536);
	assert_int_equal(f->uid_map.list[1].lower_first, 1000);
	assert_int_equal(f->uid_map.list[1].count, 1);
	assert_int_equal(f->gid_map.n, 1);
	is(find(&g, OWN_NET)->facts->nsid, 0);
	f = find(&g, THREAD_UTS)->facts;
	assert_string_equal(f->nodename, "worker");
	assert_string_equal(f->domainname, "(none)");
	graph_free(&g);
	free(c.bytes);
}

static void test_links(void **state)
{
	const struct link *l;
	struct capture c;
	struct graph g;

	(void)state;
	world_of_facts(&c);
	decoded(&g, &c);
	assert_int_equal(g.n_links, FACTS_LINKS);
	assert_int_equal(find(&g, INIT_NET)->n_links, 2);
	assert_int_equal(find(&g, INIT_NET)->links[0].ifindex, 3);
	assert_int_equal(find(&g, OWN_NET)->n_links, 2);
	assert_int_equal(find(&g, OWN_PID)->n_links, 0);
	l = ns_find_link(find(&g, OWN_NET), 2);
	assert_non_null(l);
	assert_string_equal(l->name, "eth0");
	assert_string_equal(l->kind, "veth");
	assert_int_equal(l->flags, 0x11043);
	is(l->operstate, 6);
	assert_int_equal(l->address_len, 6);
	assert_int_equal(l->address[5], 2);
	assert_int_equal(l->master, 0);
	assert_int_equal(l->n_ips, 2);
	assert_int_equal(l->ips[0].len, 4);
	assert_int_equal(l->ips[0].address[0], 10);
	assert_int_equal(l->ips[0].prefix, 24);
	assert_int_equal(l->ips[1].len, 16);
	assert_int_equal(l->ips[1].prefix, 64);
	/* To the other end and back. */
	assert_ptr_equal(l->peer_net, find(&g, INIT_NET));
	l = ns_find_link(l->peer_net, l->peer_ifindex);
	assert_string_equal(l->name, "veth0");
	assert_int_equal(l->master, 3);
	assert_ptr_equal(ns_find_link(l->peer_net, l->peer_ifindex),
			 ns_find_link(find(&g, OWN_NET), 2));
	assert_null(ns_find_link(l->net, 5));
	assert_null(ns_find_link(NULL, 1));
	/* Without net namespaces, devices are in none. */
	assert_int_equal(graph_filter(&g, &(struct graph_filter){
		.types = 1u << NSINSPECT_NS_TYPE_PID }), 0);
	assert_null(g.links[0].net);
	graph_free(&g);
	free(c.bytes);
}

static void test_counters(void **state)
{
	struct capture c;
	struct graph g;

	(void)state;
	world_of_facts(&c);
	decoded(&g, &c);
	assert_int_equal(g.n_counters, FACTS_COUNTERS);
	/* By namespace, then by user. */
	assert_int_equal(g.counters[0].uid, 0);
	assert_ptr_equal(g.counters[0].user, find(&g, INIT_USER));
	assert_int_equal(g.counters[1].uid, 1000);
	assert_int_equal(g.counters[1].n_uses, 3);
	assert_int_equal(g.counters[1].uses[0].type, NSINSPECT_NS_TYPE_USER);
	assert_int_equal(g.counters[1].uses[0].count, 3);
	assert_int_equal(g.counters[1].uses[0].limit, 3);
	assert_int_equal(g.counters[2].uid, 100000);
	assert_ptr_equal(g.counters[2].user, find(&g, OWN_USER));
	graph_free(&g);
	free(c.bytes);
}

/* One attribute in a node that is whole otherwise. */
static void one(int node, const uint32_t *pairs, size_t n, int type, const void *data, int len,
		const char *words)
{
	struct capture c = { 0 };
	struct nl_msg *msg;
	struct nlattr *nest;
	size_t i;

	put_snapshot_as(&c, &(struct snapshot){
		.namespaces = node == NSINSPECT_A_GRAPH_NAMESPACE,
		.links = node == NSINSPECT_A_GRAPH_LINK,
		.counters = node == NSINSPECT_A_GRAPH_COUNTER });
	msg = message_begin();
	nest = nla_nest_start(msg, node);
	for (i = 0; i < n; i += 2)
		nla_put_u32(msg, (int)pairs[i], pairs[i + 1]);
	assert_int_equal(nla_put(msg, type, len, data), 0);
	nla_nest_end(msg, nest);
	message_end(&c, msg);
	if (words) {
		expect(&c, words);
	} else {
		const char *why = "";
		struct graph g;

		if (decode(&g, &c, &why))
			fail_msg("refused: %s", why);
		graph_free(&g);
		free(c.bytes);
	}
}

static void one_fact(enum nsinspect_ns_type of, int type, const void *data, int len,
		     const char *words)
{
	const uint32_t pairs[] = {
		NSINSPECT_A_NAMESPACE_TYPE, of, NSINSPECT_A_NAMESPACE_INUM, 7,
	};

	one(NSINSPECT_A_GRAPH_NAMESPACE, pairs, 4, type, data, len, words);
}

#define SIZE	"a number has the wrong size"
#define MAP	"a map of ids has the wrong size"
#define OTHER	"a namespace has a fact of another type"
#define FACT_OF(type, name)	NSINSPECT_NS_TYPE_##type, NSINSPECT_A_NAMESPACE_##name

static void test_wrong_facts(void **state)
{
	static const unsigned char zeros[(EXTENTS_MAX + 1) * sizeof(struct extent)];
	static const uint64_t huge = UINT64_MAX;

	(void)state;
	one_fact(FACT_OF(MNT, FOUND), zeros, 8, SIZE);
	one_fact(FACT_OF(MNT, CREATOR_UID), zeros, 8, SIZE);
	one_fact(FACT_OF(IPC, MSG_QUEUES), zeros, 2, SIZE);
	one_fact(FACT_OF(IPC, SHM_BYTES), zeros, 4, SIZE);
	one_fact(FACT_OF(IPC, SHM_BYTES), &huge, 8, "a size is too large");
	one_fact(FACT_OF(TIME, MONOTONIC_NS), zeros, 4, SIZE);
	one_fact(FACT_OF(TIME, MONOTONIC_NS), &huge, 8, NULL);
	one_fact(FACT_OF(USER, SETGROUPS), zeros, 4, SIZE);
	one_fact(FACT_OF(NET, NSID), zeros, 8, SIZE);
	one_fact(FACT_OF(USER, UID_MAP), zeros, 0, NULL);
	one_fact(FACT_OF(USER, UID_MAP), zeros, 11, MAP);
	one_fact(FACT_OF(USER, UID_MAP), zeros, 4, MAP);
	one_fact(FACT_OF(USER, GID_MAP), zeros, EXTENTS_MAX * sizeof(struct extent), NULL);
	one_fact(FACT_OF(USER, GID_MAP), zeros, sizeof(zeros), MAP);
	/* Of another type, and of one that only a later kernel has. */
	one_fact(FACT_OF(NET, NODENAME), "a", 2, OTHER);
	one_fact(FACT_OF(PID, UID_MAP), zeros, 12, OTHER);
	one_fact(FACT_OF(UTS, DYING), zeros, 0, OTHER);
	one_fact((enum nsinspect_ns_type)NS_TYPES, NSINSPECT_A_NAMESPACE_NODENAME, "a", 2, NULL);
	/* A text without an end. */
	one_fact(FACT_OF(UTS, NODENAME), "abc", 2, NULL);
	one_fact(FACT_OF(UTS, NODENAME), "", 0, NULL);
}

/* What can be negative is. */
static void test_signed_fact(void **state)
{
	struct facts facts = { .nsid = { true, -2 } };
	struct capture c = { 0 };
	const char *why;
	struct graph g;

	(void)state;
	put_snapshot(&c, 1, 0, 0);
	put_ns(&c, &(struct ns){ .type = NSINSPECT_NS_TYPE_NET, .inum = 7, .facts = &facts });
	assert_int_equal(decode(&g, &c, &why), 0);
	is(g.namespaces[0].facts->nsid, -2);
	graph_free(&g);
	free(c.bytes);
}

/* The same fact twice is no leak. */
static void test_fact_twice(void **state)
{
	static const struct extent two[2] = { { 1, 2, 3 }, { 4, 5, 6 } };
	struct capture c = { 0 };
	struct nl_msg *msg;
	struct nlattr *nest;
	const char *why;
	struct graph g;

	(void)state;
	put_snapshot(&c, 1, 0, 0);
	msg = message_begin();
	nest = nla_nest_start(msg, NSINSPECT_A_GRAPH_NAMESPACE);
	nla_put_u32(msg, NSINSPECT_A_NAMESPACE_INUM, 7);
	nla_put(msg, NSINSPECT_A_NAMESPACE_UID_MAP, sizeof(two), two);
	nla_put(msg, NSINSPECT_A_NAMESPACE_UID_MAP, sizeof(two[0]), &two[1]);
	nla_put_u32(msg, NSINSPECT_A_NAMESPACE_TYPE, NSINSPECT_NS_TYPE_USER);
	nla_nest_end(msg, nest);
	message_end(&c, msg);
	assert_int_equal(decode(&g, &c, &why), 0);
	assert_int_equal(g.namespaces[0].facts->uid_map.n, 1);
	assert_int_equal(g.namespaces[0].facts->uid_map.list[0].first, 4);
	graph_free(&g);
	free(c.bytes);
}

static void one_link(bool whole, int type, const void *data, int len, const char *words)
{
	static const uint32_t pairs[] = { NSINSPECT_A_LINK_NET, 7, NSINSPECT_A_LINK_IFINDEX, 1 };

	one(NSINSPECT_A_GRAPH_LINK, pairs, whole ? 4 : 2, type, data, len, words);
}

static void one_address(const void *address, int len, uint32_t prefix, const char *words)
{
	struct nl_msg *inner = nlmsg_alloc();

	nlmsg_put(inner, 0, 0, 0, 0, 0);
	nla_put(inner, NSINSPECT_A_IP_ADDRESS, len, address);
	nla_put_u32(inner, NSINSPECT_A_IP_PREFIX, prefix);
	one_link(true, NSINSPECT_A_LINK_IP, nlmsg_data(nlmsg_hdr(inner)),
		 (int)nlmsg_hdr(inner)->nlmsg_len - NLMSG_HDRLEN, words);
	nlmsg_free(inner);
}

static void test_wrong_links(void **state)
{
	static const unsigned char zeros[64];
	static const char none[] = "an address is none of IPv4 or IPv6";

	(void)state;
	one_link(true, NSINSPECT_A_LINK_MASTER, zeros, 4, NULL);
	one_link(false, NSINSPECT_A_LINK_MASTER, zeros, 4,
		 "a device has no namespace or no index");
	one_link(true, NSINSPECT_A_LINK_FLAGS, zeros, 2, SIZE);
	one_link(true, NSINSPECT_A_LINK_IPS, zeros, 8, SIZE);
	one_link(true, NSINSPECT_A_LINK_OPERSTATE, zeros, 1, SIZE);
	one_link(true, NSINSPECT_A_LINK_ADDRESS, zeros, 32, NULL);
	one_link(true, NSINSPECT_A_LINK_ADDRESS, zeros, 33, "an address is too long");
	/* Names that are longer than any, and that have no end. */
	one_link(true, NSINSPECT_A_LINK_NAME, "0123456789abcdefgh", 18, NULL);
	one_link(true, NSINSPECT_A_LINK_KIND, "0123456789abcdefghijklmnopqrstuvwxyz", 36, NULL);
	one_link(true, NSINSPECT_A_LINK_IP, zeros, 0, none);
	one_address(zeros, 4, 32, NULL);
	one_address(zeros, 16, 128, NULL);
	one_address(zeros, 4, 33, none);
	one_address(zeros, 16, 129, none);
	one_address(zeros, 5, 8, none);
	one_address(zeros, 0, 0, none);
	one_address(zeros, 17, 8, "an address is too long");
}

/* An account of these pairs with a counter of those. */
static void one_counter(const uint32_t *account, size_t pairs, const uint32_t *use, size_t n,
			const char *words)
{
	struct nl_msg *inner = nlmsg_alloc();
	size_t i;

	nlmsg_put(inner, 0, 0, 0, 0, 0);
	for (i = 0; i < n; i += 2)
		nla_put_u32(inner, (int)use[i], use[i + 1]);
	one(NSINSPECT_A_GRAPH_COUNTER, account, pairs, NSINSPECT_A_COUNTER_USE,
	    nlmsg_data(nlmsg_hdr(inner)), (int)nlmsg_hdr(inner)->nlmsg_len - NLMSG_HDRLEN, words);
	nlmsg_free(inner);
}

static void test_wrong_counters(void **state)
{
	static const uint32_t use[] = {
		NSINSPECT_A_USE_TYPE, NSINSPECT_NS_TYPE_UTS, NSINSPECT_A_USE_LIMIT, 9,
		NSINSPECT_A_USE_COUNT, 1, NSINSPECT_A_USE_TYPE, NSINSPECT_NS_TYPE_IPC,
	};
	static const uint32_t later[] = {
		NSINSPECT_A_USE_TYPE, NS_TYPES, NSINSPECT_A_USE_LIMIT, 9, NSINSPECT_A_USE_COUNT, 1,
	};
	static const uint32_t account[] = {
		NSINSPECT_A_COUNTER_UID, 0, NSINSPECT_A_COUNTER_USER, 7,
	};
	static const char part[] = "a counter has no type, no count or no limit";

	(void)state;
	one_counter(account, 4, use, 8, NULL);
	one_counter(account, 4, later, 6, NULL);
	/* Without a count, a type, a limit, two of these. */
	one_counter(account, 4, use, 4, part);
	one_counter(account, 4, use + 2, 4, part);
	one_counter(account, 4, use + 4, 4, part);
	one_counter(account, 4, use, 2, part);
	one_counter(account, 2, use, 6, "an account has no namespace or no user");
	one_counter(account + 2, 2, use, 6, "an account has no namespace or no user");
	one_counter(account, 0, use, 6, "an account has no namespace or no user");
}

/* What is not sent is not known: in old pictures, and while nothing is watched. */
static void test_absent(void **state)
{
	static const struct {
		int consistent, watch, expected, coverage;
	} rows[] = {
		{ 1, -1, -1, -1 }, { 0, -1, -1, -1 },
		{ -1, NSINSPECT_WATCH_OFF, NSINSPECT_WATCH_OFF, -1 },
		{ -1, NSINSPECT_WATCH_MISSING, NSINSPECT_WATCH_MISSING, -1 },
		/* A reason and a coverage of a later module. */
		{ -1, NSINSPECT_WATCH_MISSING + 1, -1, NSINSPECT_COVERAGE_ALL + 1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct snapshot s = {
			.consistent = rows[i].consistent, .watch = rows[i].watch, .namespaces = 1,
			.coverage = rows[i].coverage,
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
		assert_int_equal(g.snapshot.coverage, -1);
		assert_int_equal(g.details, 0);
		assert_int_equal(g.namespaces[0].node, 0);
		assert_false(g.namespaces[0].has_found);
		assert_null(g.namespaces[0].facts);
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
	world_of_facts(&c);
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
	world_of_facts(&c);
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
	/* An old picture says nothing of these, and has none. */
	memset(&c, 0, sizeof(c));
	put_snapshot(&c, 0, 0, 0);
	put_link(&c, &(struct link){ .net_inum = 7, .ifindex = 1 });
	expect(&c, "devices are missing or too many");
	memset(&c, 0, sizeof(c));
	put_snapshot_as(&c, &(struct snapshot){ .links = 1 });
	expect(&c, "devices are missing or too many");
	memset(&c, 0, sizeof(c));
	put_snapshot(&c, 0, 0, 0);
	put_counter(&c, &(struct counter){ .user_inum = 7 });
	expect(&c, "counters are missing or too many");
	memset(&c, 0, sizeof(c));
	put_snapshot_as(&c, &(struct snapshot){ .counters = 1 });
	expect(&c, "counters are missing or too many");
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
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_wrong_facts),
		cmocka_unit_test(test_signed_fact),
		cmocka_unit_test(test_fact_twice),
		cmocka_unit_test(test_wrong_links),
		cmocka_unit_test(test_wrong_counters),
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
