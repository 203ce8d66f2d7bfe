// SPDX-License-Identifier: GPL-2.0
/* nsinspect diff: what is taken for the same, and what is said of the rest. */
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "diff.h"
#include "keep.h"
#include "messages.h"

#define TOOL "../../userspace/nsinspect"
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* A small system, which tests change: 1 init, 812 bash, 813 a thread of it. */
struct told {
	struct snapshot snapshot;
	struct ns ns[8];
	struct nsproxy nsproxy[4];
	struct task task[8];
	struct upid upids[8][2];
};

static struct told base(void)
{
	struct told t = {
		.snapshot = { .consistent = 1, .watch = NSINSPECT_WATCH_ON, .has_boottime = true,
			      .boottime_ns = 1000 },
		.ns = {
			{ .type = NSINSPECT_NS_TYPE_NET, .inum = 20, .initial = true, .owner_inum = 10,
			  .tasks = 3 },
			{ .type = NSINSPECT_NS_TYPE_NET, .inum = 21, .owner_inum = 11 },
			{ .type = NSINSPECT_NS_TYPE_PID, .inum = 30, .initial = true, .owner_inum = 10,
			  .tasks = 3 },
			{ .type = NSINSPECT_NS_TYPE_PID, .inum = 31, .owner_inum = 11,
			  .parent_inum = 30 },
			{ .type = NSINSPECT_NS_TYPE_USER, .inum = 10, .initial = true, .tasks = 3 },
			{ .type = NSINSPECT_NS_TYPE_USER, .inum = 11, .owner_inum = 10,
			  .parent_inum = 10 },
		},
		.nsproxy = {
			{ .id = 1, .inum = { [SLOT_NET] = 20, [SLOT_PID_FOR_CHILDREN] = 30 } },
			{ .id = 2, .inum = { [SLOT_NET] = 21, [SLOT_PID_FOR_CHILDREN] = 30 } },
		},
		.task = {
			{ .tid = 1, .tgid = 1, .comm = "init" },
			{ .tid = 812, .tgid = 812, .ppid = 1, .comm = "bash" },
			{ .tid = 813, .tgid = 812, .ppid = 1, .comm = "bash" },
		},
	};
	size_t i;

	for (i = 0; i < COUNT(t.ns); i++)
		t.ns[i].active = t.ns[i].level = -1;
	for (i = 0; i < COUNT(t.task); i++) {
		t.task[i].state = 'S';
		t.task[i].nsproxy_id = 1;
		t.task[i].user_inum = 10;
		t.task[i].pid_inum = 30;
		t.task[i].n_upids = 1;
		t.upids[i][0] = (struct upid){ .nr = t.task[i].tid, .pidns = 30 };
		t.upids[i][1] = (struct upid){ .nr = 7, .pidns = 31, .level = 1 };
	}
	return t;
}

/* All that is there as the kernel sends it; an entry without a number is not there. */
static struct capture sent(struct told t)
{
	struct capture c = { 0 };
	size_t i;

	for (i = 0; i < COUNT(t.ns); i++)
		t.snapshot.namespaces += !!t.ns[i].inum;
	for (i = 0; i < COUNT(t.nsproxy); i++)
		t.snapshot.nsproxies += !!t.nsproxy[i].id;
	for (i = 0; i < COUNT(t.task); i++)
		t.snapshot.tasks += !!t.task[i].tid;
	put_snapshot_as(&c, &t.snapshot);
	for (i = 0; i < COUNT(t.ns); i++)
		if (t.ns[i].inum)
			put_ns(&c, &t.ns[i]);
	for (i = 0; i < COUNT(t.nsproxy); i++)
		if (t.nsproxy[i].id)
			put_nsproxy(&c, &t.nsproxy[i]);
	for (i = 0; i < COUNT(t.task); i++)
		if (t.task[i].tid)
			put_task(&c, &t.task[i], t.upids[i], t.task[i].n_upids);
	return c;
}

static struct graph from_graph, to_graph;
static struct diff d;

static void find_as(const struct told *from, const struct told *to, const struct diff_options *o)
{
	struct capture a = sent(*from), b = sent(*to);

	decoded(&from_graph, &a);
	decoded(&to_graph, &b);
	assert_int_equal(diff_find(&d, &from_graph, &to_graph, o), 0);
	free(a.bytes);
	free(b.bytes);
}

static void find(const struct told *from, const struct told *to)
{
	find_as(from, to, &(struct diff_options){ 0 });
}

static void done(void)
{
	diff_free(&d);
	graph_free(&from_graph);
	graph_free(&to_graph);
}

static void nothing(void)
{
	if (d.n_namespaces || d.n_tasks || d.n_sets)
		fail_msg("%zu namespaces, %zu tasks, %zu sets", d.n_namespaces, d.n_tasks, d.n_sets);
	done();
}

static void test_same(void **state)
{
	struct told a = base(), b = base();

	(void)state;
	find(&a, &b);
	nothing();
	/* What an nsproxy is called in a picture, and in which order what is sent, says nothing. */
	b.nsproxy[0].id = 2;
	b.nsproxy[1].id = 1;
	b.task[0].nsproxy_id = b.task[1].nsproxy_id = b.task[2].nsproxy_id = 2;
	b.ns[6] = b.ns[0];
	b.ns[0].inum = 0;
	find(&a, &b);
	nothing();
}

/* One namespace in both pictures, changed in the second: is it the same? */
static void test_namespace(void **state)
{
	static const struct {
		int at;
		struct ns from, to;
		bool same;
	} rows[] = {
		/* net 21, without ids: owner and number count. */
		{ 1, { .inum = 21, .owner_inum = 11 }, { .inum = 21, .owner_inum = 11 }, true },
		{ 1, { .inum = 21, .owner_inum = 11 }, { .inum = 22, .owner_inum = 11 }, false },
		{ 1, { .inum = 21, .owner_inum = 11 }, { .inum = 21, .owner_inum = 10 }, false },
		{ 1, { .inum = 21, .owner_inum = 99 }, { .inum = 21, .owner_inum = 99 }, true },
		{ 1, { .inum = 21, .owner_inum = 99 }, { .inum = 21, .owner_inum = 98 }, false },
		{ 1, { .inum = 21, .refs = 5 }, { .inum = 21, .refs = 9, .tasks = 2 }, true },
		/* With ids only these count. */
		{ 1, { .inum = 21, .has_id = true, .id = 5 }, { .inum = 21, .has_id = true, .id = 5 },
		  true },
		{ 1, { .inum = 21, .has_id = true, .id = 5 }, { .inum = 21, .has_id = true, .id = 6 },
		  false },
		{ 1, { .inum = 21, .owner_inum = 11 }, { .inum = 21, .owner_inum = 11, .has_id = true,
		  .id = 6 }, true },
		/* pid 31: its parent, too. */
		{ 3, { .inum = 31, .parent_inum = 30 }, { .inum = 31, .parent_inum = 30 }, true },
		{ 3, { .inum = 31, .parent_inum = 30 }, { .inum = 31 }, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct told a = base(), b = base();
		size_t n;

		a.ns[rows[i].at] = rows[i].from;
		b.ns[rows[i].at] = rows[i].to;
		a.ns[rows[i].at].type = b.ns[rows[i].at].type = base().ns[rows[i].at].type;
		find(&a, &b);
		n = d.n_namespaces;
		done();
		if (n != (rows[i].same ? 0 : 2))
			fail_msg("row %zu: %zu namespaces differ", i, n);
	}
}

/* Another owner of the same number makes another namespace of what it owns. */
static void test_owner_of_same_number(void **state)
{
	struct told a = base(), b = base();

	(void)state;
	a.ns[5].has_id = b.ns[5].has_id = true;
	a.ns[5].id = 70;
	b.ns[5].id = 71;
	find(&a, &b);
	assert_int_equal(d.n_namespaces, 6);
	assert_int_equal(d.namespaces[0].change, DIFF_WENT);
	assert_int_equal(d.namespaces[0].from->inum, 21);
	assert_int_equal(d.namespaces[1].change, DIFF_CAME);
	assert_int_equal(d.namespaces[1].to->inum, 21);
	assert_int_equal(d.namespaces[2].from->inum, 31);
	assert_int_equal(d.namespaces[4].from->inum, 11);
	/* The tasks are in none of them. */
	assert_int_equal(d.n_tasks, 0);
	assert_int_equal(d.n_sets, 0);
	done();
}

/* By id it is found among several of one number. */
static void test_twins(void **state)
{
	struct told a = base(), b = base();

	(void)state;
	a.ns[1].has_id = b.ns[1].has_id = b.ns[6].has_id = true;
	a.ns[1].id = b.ns[1].id = 60;
	b.ns[1].node = 1;
	b.ns[6].id = 51;
	b.ns[6].node = 2;
	b.ns[6].type = NSINSPECT_NS_TYPE_NET;
	b.ns[6].inum = 21;
	find(&a, &b);
	assert_int_equal(d.n_namespaces, 1);
	assert_int_equal(d.namespaces[0].change, DIFF_CAME);
	assert_int_equal(d.namespaces[0].to->id, 51);
	done();
}

static void other_tgid(struct told *t)
{
	t->task[1].tgid = 1;
}

static void other_comm(struct told *t)
{
	strcpy(t->task[1].comm, "nginx");
	t->task[1].ppid = 3;
	t->task[1].uid = 1000;
}

static void zombie(struct told *t)
{
	t->task[1].state = 'Z';
	t->task[1].nsproxy_id = 0;
}

static void other_level(struct told *t)
{
	t->task[1].n_upids = 2;
	t->task[1].pid_inum = 31;
}

static void other_number(struct told *t)
{
	other_level(t);
	t->upids[1][1].nr = 8;
}

static void kthread(struct told *t)
{
	t->task[1].kthread = true;
}

static void later(struct told *t)
{
	t->snapshot.boottime_ns = 2000;
	zombie(t);
}

/* The task 812 in both pictures: is it the same? */
static void test_task(void **state)
{
	static const struct {
		void (*from)(struct told *t), (*to)(struct told *t);
		bool same;
	} rows[] = {
		{ NULL, NULL, true },
		{ NULL, other_comm, true },
		{ NULL, other_tgid, false },
		{ NULL, zombie, true },
		{ zombie, zombie, true },
		{ zombie, NULL, false },
		/* The second picture was taken first. */
		{ later, NULL, true },
		{ other_level, other_level, true },
		{ NULL, other_level, false },
		{ other_level, other_number, false },
		{ NULL, kthread, false },
		/* A helper of user mode begins as a kernel thread on 5.10. */
		{ kthread, NULL, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct told a = base(), b = base();
		size_t n;

		if (rows[i].from)
			rows[i].from(&a);
		if (rows[i].to)
			rows[i].to(&b);
		find_as(&a, &b, &(struct diff_options){ .kthreads = true });
		n = d.n_tasks;
		done();
		if (n != (rows[i].same ? 0 : 2))
			fail_msg("row %zu: %zu tasks differ", i, n);
	}
}

static void test_moved(void **state)
{
	struct told a = base(), b = base();

	(void)state;
	b.task[1].nsproxy_id = 2;
	b.nsproxy[1].inum[SLOT_PID_FOR_CHILDREN] = 31;
	find(&a, &b);
	assert_int_equal(d.n_namespaces, 0);
	assert_int_equal(d.n_tasks, 1);
	assert_int_equal(d.tasks[0].change, DIFF_MOVED);
	assert_int_equal(d.tasks[0].to->tid, 812);
	assert_int_equal(d.tasks[0].slots, 1u << SLOT_NET | 1u << SLOT_PID_FOR_CHILDREN);
	/* 1 and 813 still have the old one. */
	assert_int_equal(d.n_sets, 1);
	assert_int_equal(d.sets[0].change, DIFF_CAME);
	assert_int_equal(d.sets[0].first->tid, 812);
	assert_int_equal(d.sets[0].tasks, 1);
	done();
	find_as(&a, &b, &(struct diff_options){ .types = 1u << NSINSPECT_NS_TYPE_NET });
	assert_int_equal(d.n_tasks, 1);
	assert_int_equal(d.tasks[0].slots, 1u << SLOT_NET);
	done();
	find_as(&a, &b, &(struct diff_options){ .types = 1u << NSINSPECT_NS_TYPE_USER });
	nothing();
}

/* With types: what came or went in a namespace of its own of these. */
static void test_types(void **state)
{
	struct told a = base(), b = base();

	(void)state;
	b.ns[6] = (struct ns){ .type = NSINSPECT_NS_TYPE_UTS, .inum = 41, .owner_inum = 10 };
	b.task[3] = b.task[1];
	b.task[3].tid = b.task[3].tgid = b.upids[3][0].nr = 900;
	b.task[4] = b.task[3];
	b.task[4].tid = b.task[4].tgid = b.upids[4][0].nr = 901;
	b.task[4].nsproxy_id = 2;
	find(&a, &b);
	assert_int_equal(d.n_namespaces, 1);
	assert_int_equal(d.n_tasks, 2);
	assert_int_equal(d.n_sets, 1);
	done();
	find_as(&a, &b, &(struct diff_options){ .types = 1u << NSINSPECT_NS_TYPE_NET });
	assert_int_equal(d.n_namespaces, 0);
	assert_int_equal(d.n_tasks, 1);
	assert_int_equal(d.tasks[0].to->tid, 901);
	assert_int_equal(d.n_sets, 1);
	done();
	find_as(&a, &b, &(struct diff_options){ .types = 1u << NSINSPECT_NS_TYPE_UTS });
	assert_int_equal(d.n_namespaces, 1);
	assert_int_equal(d.n_tasks, 0);
	assert_int_equal(d.n_sets, 0);
	done();
}

/* The tool itself, and kernel threads unless they are asked for, are not compared. */
static void test_not_compared(void **state)
{
	struct told a = base(), b = base();

	(void)state;
	b.task[1].tid = b.task[1].tgid = b.upids[1][0].nr = 820;
	b.task[2].tid = 0;
	b.task[3] = b.task[1];
	b.task[3].tid = b.task[3].tgid = b.upids[3][0].nr = 821;
	b.task[3].kthread = true;
	find_as(&a, &b, &(struct diff_options){ .taker_from = 812, .taker_to = 820 });
	nothing();
	/* Of the other picture it is the number of somebody else. */
	find_as(&a, &b, &(struct diff_options){ .taker_from = 820, .taker_to = 812 });
	assert_int_equal(d.n_tasks, 3);
	done();
	find_as(&a, &b, &(struct diff_options){ .taker_from = 812, .taker_to = 820,
						.kthreads = true });
	assert_int_equal(d.n_tasks, 1);
	assert_int_equal(d.tasks[0].to->tid, 821);
	done();
}

static void test_other_boot(void **state)
{
	struct told a = base(), b = base();

	(void)state;
	find_as(&a, &b, &(struct diff_options){ .other_boot = true });
	assert_int_equal(d.n_namespaces, 6);
	assert_int_equal(d.n_tasks, 6);
	assert_int_equal(d.n_sets, 0);
	done();
}

#define CHAIN 20000

static void put_chain(struct capture *c, uint32_t last)
{
	uint32_t i;

	put_snapshot(c, CHAIN, 0, 0);
	for (i = 1; i <= CHAIN; i++)
		put_ns(c, &(struct ns){ .type = NSINSPECT_NS_TYPE_USER, .level = -1,
			.inum = i == CHAIN ? last : i, .owner_inum = i == CHAIN - 1 ? last : i + 1 });
}

/* A line of owners as only a made-up file has it: what its end says is true of all. */
static void test_chain(void **state)
{
	struct capture a = { 0 }, b = { 0 };

	(void)state;
	put_chain(&a, 50000);
	put_chain(&b, 50001);
	decoded(&from_graph, &a);
	decoded(&to_graph, &b);
	assert_int_equal(diff_find(&d, &from_graph, &from_graph, &(struct diff_options){ 0 }), 0);
	assert_int_equal(d.n_namespaces, 0);
	diff_free(&d);
	assert_int_equal(diff_find(&d, &from_graph, &to_graph, &(struct diff_options){ 0 }), 0);
	assert_int_equal(d.n_namespaces, 2 * CHAIN);
	done();
	free(a.bytes);
	free(b.bytes);
}

static char *paths[2];
static char out[16384], err[4096];

static void slurp(const char *path, char *buffer, size_t size)
{
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	buffer[fread(buffer, 1, size - 1, f)] = '\0';
	fclose(f);
	unlink(path);
}

/* A shell's command line with $N for the tool and $A and $B for the pictures. */
static int sh(const char *line)
{
	char command[1024], o[80], e[80];
	int status;

	snprintf(o, sizeof(o), "%s.out", paths[0]);
	snprintf(e, sizeof(e), "%s.err", paths[0]);
	snprintf(command, sizeof(command), "N=%s; A=%s; B=%s; { %s; } >%s 2>%s </dev/null", TOOL,
		 paths[0], paths[1], line, o, e);
	status = system(command);
	slurp(o, out, sizeof(out));
	slurp(e, err, sizeof(err));
	keep_json(out);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void save_as(int which, const struct told *t, const char *boot_id)
{
	struct saved s = { .boot_id = (char *)boot_id, .messages = sent(*t) };

	assert_int_equal(names_add(&s.names, NAME_NETNS, NSINSPECT_NS_TYPE_NET, 21, "blue"), 0);
	paths[which] = strdup(save_picture(&s));
	names_free(&s.names);
	free(s.messages.bytes);
}

static void forget(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		unlink(paths[i]);
		free(paths[i]);
	}
}

/* What a file says behind its name depends on that name. */
static const char *after_headers(void)
{
	const char *second = strchr(out, '\n') + 1;

	assert_memory_equal(out, "--- /tmp/nsinspect-test.", 24);
	assert_memory_equal(second, "+++ /tmp/nsinspect-test.", 24);
	assert_non_null(strstr(second, "  lab, kernel 6.12.0, 2023-11-14 22:13:20 +0000\n"));
	return strchr(second, '\n') + 1;
}

static void save_busy(const char *boot_id)
{
	struct told a = base(), b = base();
	int i;

	/* 812 and 813 go to blue; 830 comes with two threads, one of them elsewhere. */
	b.task[1].nsproxy_id = 2;
	strcpy(b.task[1].comm, "nginx");
	b.task[2].nsproxy_id = 0;
	b.task[2].state = 'Z';
	b.ns[6] = (struct ns){ .type = NSINSPECT_NS_TYPE_NET, .inum = 22, .owner_inum = 10 };
	b.nsproxy[2] = (struct nsproxy){ .id = 3, .inum = { [SLOT_NET] = 22,
		[SLOT_PID_FOR_CHILDREN] = 31 } };
	for (i = 3; i < 6; i++) {
		b.task[i] = b.task[0];
		b.task[i].tid = (uint32_t)i + 827;
		b.task[i].tgid = 830;
		strcpy(b.task[i].comm, "worker");
		b.task[i].nsproxy_id = i == 5 ? 1 : 3;
		b.task[i].n_upids = 2;
		b.task[i].pid_inum = 31;
		b.upids[i][0].nr = b.task[i].tid;
		b.upids[i][1].nr = (uint32_t)i - 2;
	}
	a.task[7] = a.task[1];
	a.task[7].tid = a.task[7].tgid = a.upids[7][0].nr = 1000;
	strcpy(a.task[7].comm, "sleep\033");
	b.ns[5].inum = 0;
	b.ns[1].owner_inum = b.ns[3].owner_inum = 10;
	a.ns[1].owner_inum = a.ns[3].owner_inum = 10;
	save_as(0, &a, "one");
	save_as(1, &b, boot_id);
}

static void test_text(void **state)
{
	(void)state;
	save_busy("one");
	assert_int_equal(sh("LC_ALL=C.UTF-8 $N diff $A $B"), 0);
	assert_string_equal(err, "");
	assert_string_equal(after_headers(),
		"+ net:22  830→1 worker\n"
		"- user:11  no process\n"
		"~ task 812 bash → nginx  net 20 → 21 (blue)\n"
		"+ task 830→1 worker (and 1 thread)  net:22 pid:31\n"
		"+ task 832→3 worker (thread of 830)  pid:31\n"
		"- task 1000 sleep\\x1b\n"
		"+ set of 812 nginx  net:21 (blue)\n"
		"+ set of 830→1 worker and 1 more task  net:22 pid:31\n"
		"+ set of 832→3 worker  pid:31\n"
		"different: 2 namespaces, 5 tasks, 3 sets\n");
	assert_int_equal(sh("LC_ALL=C $N diff $A $B -t net"), 0);
	assert_string_equal(after_headers(),
		"+ net:22  830->1 worker\n"
		"~ task 812 bash -> nginx  net 20 -> 21 (blue)\n"
		"+ task 830->1 worker (and 1 thread)  net:22\n"
		"+ set of 812 nginx  net:21 (blue)\n"
		"+ set of 830->1 worker and 1 more task  net:22\n"
		"different: 1 namespace, 3 tasks, 2 sets\n");
	/* The other way round nothing is left out, either. */
	assert_int_equal(sh("LC_ALL=C $N diff --ascii $B $A -t net"), 0);
	assert_string_equal(after_headers(),
		"- net:22  830->1 worker\n"
		"~ task 812 nginx -> bash  net 21 (blue) -> 20\n"
		"- task 830->1 worker (and 1 thread)  net:22\n"
		"- set of 812 nginx  net:21 (blue)\n"
		"- set of 830->1 worker and 1 more task  net:22\n"
		"different: 1 namespace, 3 tasks, 2 sets\n");
	assert_int_equal(sh("LC_ALL=C $N diff $A $A"), 0);
	assert_string_equal(after_headers(), "nothing is different\n");
	assert_int_equal(sh("$N diff --color $A $B"), 0);
	assert_non_null(strchr(out, 033));
	forget();
}

static void test_statuses(void **state)
{
	(void)state;
	save_busy("one");
	assert_int_equal(sh("$N diff --exit-code $A $B"), 6);
	assert_int_equal(sh("$N diff --exit-code $A $A"), 0);
	assert_int_equal(sh("$N diff --exit-code --json $A $B"), 6);
	assert_int_equal(sh("$N diff --exit-code -t uts $A $B"), 0);
	assert_int_equal(sh("$N diff - $B <$A --exit-code"), 6);
	assert_int_equal(sh("$N diff $A - <$B --exit-code"), 6);
	assert_int_equal(sh("$N diff $A /dev/stdin <$A --exit-code"), 0);
	assert_int_equal(sh("$N diff - - <$A"), 2);
	assert_string_equal(err, "nsinspect: diff: only one of the pictures can come from standard input\n");
	assert_int_equal(sh("$N diff"), 2);
	assert_int_equal(sh("$N diff $A $B $A"), 2);
	assert_int_equal(sh("$N diff $A $B --tree"), 2);
	assert_int_equal(sh("$N diff $A --from $B"), 2);
	assert_int_equal(sh("$N task 1 --exit-code"), 2);
	assert_int_equal(sh("$N diff $A /nonexistent"), 1);
	assert_string_equal(out, "");
	/* That they differ is no excuse for an output that was not written. */
	assert_int_equal(sh("$N diff --exit-code $A $B >/dev/full"), 1);
	assert_non_null(strstr(err, "cannot write the output"));
	forget();
}

static void test_boots(void **state)
{
	(void)state;
	save_busy("two");
	assert_int_equal(sh("$N diff $A $B"), 0);
	assert_string_equal(err, "nsinspect: the pictures are of different boots (of lab and lab): only "
			    "initial namespaces are taken for the same\n");
	assert_non_null(strstr(out, "\n- task 1 init\n+ task 1 init\n"));
	assert_null(strstr(out, " net:20"));
	forget();
	save_busy(NULL);
	assert_int_equal(sh("$N diff $A $B -J"), 0);
	assert_string_equal(err, "nsinspect: it is not known whether the pictures are of the same boot; "
			    "they are compared as if they were\n");
	assert_non_null(strstr(out, "\"same_boot\":null"));
	forget();
}

static const char *at(struct json_object *o, const char *key)
{
	struct json_object *v;

	assert_true(json_object_object_get_ex(o, key, &v));
	return json_object_to_json_string_ext(v, JSON_C_TO_STRING_PLAIN);
}

static struct json_object *in(struct json_object *o, const char *key)
{
	struct json_object *v;

	assert_true(json_object_object_get_ex(o, key, &v));
	return v;
}

static void test_json(void **state)
{
	struct json_object *o;

	(void)state;
	save_busy("one");
	assert_int_equal(sh("$N diff --json $A $B -t net"), 0);
	assert_string_equal(err, "");
	o = json_tokener_parse(out);
	assert_non_null(o);
	assert_string_equal(at(o, "schema"), "\"nsinspect-diff\\/1\"");
	assert_string_equal(at(o, "same_boot"), "true");
	assert_string_equal(at(o, "differ"), "true");
	assert_string_equal(at(in(o, "to"), "boot_id"), "\"one\"");
	assert_string_equal(at(o, "namespaces"),
		"{\"came\":[{\"type\":\"net\",\"inum\":22,\"id\":null,\"owner\":10,\"parent\":null,"
		"\"name\":null}],\"went\":[]}");
	assert_string_equal(at(in(o, "tasks"), "moved"),
		"[{\"tid\":812,\"tgid\":812,\"comm\":\"nginx\",\"numbers\":[812],\"comm_before\":\"bash\","
		"\"slots\":{\"net\":{\"from\":20,\"to\":21}}}]");
	/* Threads are not folded here. */
	assert_string_equal(at(in(o, "tasks"), "came"),
		"[{\"tid\":830,\"tgid\":830,\"comm\":\"worker\",\"numbers\":[830,1],\"ns\":{\"net\":22}},"
		"{\"tid\":831,\"tgid\":830,\"comm\":\"worker\",\"numbers\":[831,2],\"ns\":{\"net\":22}}]");
	assert_string_equal(at(in(o, "tasks"), "went"), "[]");
	assert_string_equal(at(in(o, "sets"), "came"),
		"[{\"first\":812,\"comm\":\"nginx\",\"procs\":1,\"tasks\":1,\"ns\":{\"net\":21}},"
		"{\"first\":830,\"comm\":\"worker\",\"procs\":1,\"tasks\":2,\"ns\":{\"net\":22}}]");
	json_object_put(o);
	assert_int_equal(sh("$N diff --json $A $A"), 0);
	o = json_tokener_parse(out);
	assert_string_equal(at(o, "differ"), "false");
	json_object_put(o);
	forget();
}

/* What only one of the pictures looked for is no difference. */
static void test_coverage(void **state)
{
	struct told a = base(), b = base();

	(void)state;
	b.snapshot.coverage = NSINSPECT_COVERAGE_FOUND;
	b.ns[6] = (struct ns){ .type = NSINSPECT_NS_TYPE_NET, .inum = 22, .owner_inum = 10,
			       .has_found = true, .found = NSINSPECT_FOUND_NET_LIST };
	b.ns[7] = (struct ns){ .type = NSINSPECT_NS_TYPE_NET, .inum = 23, .owner_inum = 10,
			       .has_found = true, .found = NSINSPECT_FOUND_TASK };
	save_as(0, &a, "one");
	save_as(1, &b, "one");
	assert_int_equal(sh("$N diff $A $B"), 0);
	assert_string_equal(err, "nsinspect: only one of the pictures has namespaces that no task leads "
			    "to: those are not compared\n");
	assert_string_equal(after_headers(),
		"+ net:23  no process\n"
		"different: 1 namespace, 0 tasks, 0 sets\n");
	forget();
	a.snapshot.coverage = NSINSPECT_COVERAGE_ALL;
	save_as(0, &a, "one");
	save_as(1, &b, "one");
	assert_int_equal(sh("$N diff $A $B"), 0);
	assert_string_equal(err, "");
	assert_string_equal(after_headers(),
		"+ net:22  no process\n"
		"+ net:23  no process\n"
		"different: 2 namespaces, 0 tasks, 0 sets\n");
	forget();
}

/* Numbers that end the same in the two pictures are told apart. */
static void test_digits(void **state)
{
	struct told a = base(), b = base();

	(void)state;
	a.ns[1].inum = 4026532240u;
	b.ns[1].inum = 4026632240u;
	a.nsproxy[1].id = b.nsproxy[1].id = 0;
	save_as(0, &a, "one");
	save_as(1, &b, "one");
	assert_int_equal(sh("$N diff $A $B"), 0);
	assert_string_equal(after_headers(),
		"- net:532240  no process\n"
		"+ net:632240  no process\n"
		"different: 2 namespaces, 0 tasks, 0 sets\n");
	forget();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_namespace),
		cmocka_unit_test(test_owner_of_same_number),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_task),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_not_compared),
		cmocka_unit_test(test_other_boot),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_boots),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_digits),
	};

	unsetenv("COLUMNS");
	unsetenv("LC_ALL");
	setenv("LANG", "C", 1);
	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
