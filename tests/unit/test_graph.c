// SPDX-License-Identifier: GPL-2.0
/* Links between nodes, also where a made-up file leads in circles. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "messages.h"

static void test_links(void **state)
{
	const struct task *t;
	const struct ns *ns;
	struct capture c;
	struct graph g;

	(void)state;
	world(&c);
	decoded(&g, &c);

	t = graph_find_task(&g, 830);
	assert_non_null(t);
	assert_int_equal(t->parent->tid, 812);
	assert_int_equal(t->parent->parent->tid, 1);
	assert_null(t->parent->parent->parent);
	assert_ptr_equal(t->leader, t);
	assert_int_equal(t->first_thread->tid, 831);
	assert_null(t->first_thread->next_sibling);
	assert_ptr_equal(t->first_thread->leader, t);
	assert_int_equal(t->ns[SLOT_NET]->inum, OWN_NET);
	assert_int_equal(t->ns[SLOT_PID]->inum, OWN_PID);
	assert_int_equal(t->ns[SLOT_USER]->inum, OWN_USER);
	assert_int_equal(t->upids[1].nr, 1);

	/* Children of 812: 830 and 840, not the thread 831. */
	t = graph_find_task(&g, 812);
	assert_int_equal(t->first_child->tid, 830);
	assert_int_equal(t->first_child->next_sibling->tid, 840);
	assert_null(t->first_child->next_sibling->next_sibling);
	assert_true(task_pending(t, SLOT_PID_FOR_CHILDREN));
	assert_false(task_pending(t, SLOT_TIME_FOR_CHILDREN));
	assert_false(task_pending(graph_find_task(&g, 830), SLOT_PID_FOR_CHILDREN));

	/* The zombie has its pid and user namespaces and no nsproxy. */
	t = graph_find_task(&g, 840);
	assert_null(t->nsproxy);
	assert_null(t->ns[SLOT_NET]);
	assert_int_equal(t->ns[SLOT_PID]->inum, INIT_PID);
	assert_false(task_pending(t, SLOT_PID_FOR_CHILDREN));

	ns = graph_find_ns(&g, NSINSPECT_NS_TYPE_NET, OWN_NET);
	assert_int_equal(ns->first->tid, 830);
	assert_int_equal(ns->owner->inum, OWN_USER);
	assert_int_equal(ns->owner->owner->inum, INIT_USER);
	assert_null(ns->owner->owner->owner);
	assert_null(ns->parent);
	/* Only the thread is in it; a task whose children will be does not count. */
	assert_int_equal(graph_find_ns(&g, NSINSPECT_NS_TYPE_UTS, THREAD_UTS)->first->tid, 831);
	assert_int_equal(graph_find_ns(&g, NSINSPECT_NS_TYPE_PID, OWN_PID)->first->tid, 830);
	assert_null(graph_find_ns(&g, NSINSPECT_NS_TYPE_NET, EMPTY_NET)->first);
	assert_null(graph_find_ns(&g, NSINSPECT_NS_TYPE_MNT, OWN_NET));
	assert_null(graph_find_ns(&g, NSINSPECT_NS_TYPE_MNT, 0));
	assert_null(graph_find_task(&g, 4));
	assert_null(graph_find_nsproxy(&g, 5));
	graph_free(&g);
	free(c.bytes);
}

static void task(struct capture *c, uint32_t tid, uint32_t tgid, uint32_t ppid)
{
	const struct task t = { .tid = tid, .tgid = tgid, .ppid = ppid, .state = 'S' };

	put_task(c, &t, NULL, 0);
}

/* 1 is its own parent; 2, 3 and 4 are in a circle, and 5 hangs from it. */
static void test_circles(void **state)
{
	struct capture c = { 0 };
	const struct task *t;
	struct graph g;
	size_t i, roots = 0, steps;

	(void)state;
	put_snapshot(&c, 0, 0, 5);
	task(&c, 1, 1, 1);
	task(&c, 2, 2, 4);
	task(&c, 3, 3, 2);
	task(&c, 4, 4, 3);
	task(&c, 5, 5, 3);
	decoded(&g, &c);
	for (i = 0; i < g.n_tasks; i++) {
		roots += !g.tasks[i].parent;
		for (t = &g.tasks[i], steps = 0; t; t = t->parent)
			assert_true(steps++ < 5);
	}
	/* One cut in each circle, and nobody is lost: each hangs from a root. */
	assert_int_equal(roots, 2);
	assert_int_equal(graph_find_task(&g, 5)->parent->tid, 3);
	graph_free(&g);
	free(c.bytes);
}

static void user_ns(struct capture *c, uint32_t inum, uint32_t owner, uint32_t parent)
{
	const struct ns ns = {
		.type = NSINSPECT_NS_TYPE_USER, .inum = inum, .owner_inum = owner,
		.parent_inum = parent, .level = 1,
	};

	put_ns(c, &ns);
}

static void test_ns_circles(void **state)
{
	const struct graph_filter f = { .tid = 1 };
	struct capture c = { 0 };
	const struct ns *ns;
	struct graph g;
	size_t i, steps;

	(void)state;
	put_snapshot(&c, 3, 0, 1);
	user_ns(&c, 10, 11, 10);
	user_ns(&c, 11, 10, 12);
	user_ns(&c, 12, 12, 11);
	put_task(&c, &(struct task){ .tid = 1, .tgid = 1, .state = 'S', .user_inum = 10 }, NULL, 0);
	decoded(&g, &c);
	for (i = 0; i < g.n_namespaces; i++) {
		for (ns = &g.namespaces[i], steps = 0; ns; ns = ns->owner)
			assert_true(steps++ < 3);
		for (ns = &g.namespaces[i], steps = 0; ns; ns = ns->parent)
			assert_true(steps++ < 3);
	}
	/* To follow both at once goes on to an end, too. */
	assert_int_equal(graph_filter(&g, &f), 0);
	graph_free(&g);
	free(c.bytes);
}

/* Who is not there: a parent, a leader, an nsproxy, a namespace. */
static void test_missing(void **state)
{
	const struct task lost = {
		.tid = 9, .tgid = 8, .ppid = 7, .state = 'S', .nsproxy_id = 6, .user_inum = 5,
		.pid_inum = 4,
	};
	struct capture c = { 0 };
	struct graph g;
	int s;

	(void)state;
	put_snapshot(&c, 0, 0, 1);
	put_task(&c, &lost, NULL, 0);
	decoded(&g, &c);
	assert_null(g.tasks[0].parent);
	assert_null(g.tasks[0].leader);
	assert_null(g.tasks[0].nsproxy);
	for (s = 0; s < SLOTS; s++)
		assert_null(g.tasks[0].ns[s]);
	assert_int_equal(task_inum(&g.tasks[0], SLOT_USER), 5);
	assert_int_equal(task_inum(&g.tasks[0], SLOT_NET), 0);
	graph_free(&g);
	free(c.bytes);
}

/*
 * Two namespaces of one inode number, as an inconsistent picture can have them:
 * each reference leads to the node that it names.
 */
static void shared(struct capture *c, bool nodes)
{
	const struct ns pids[] = {
		{ .type = NSINSPECT_NS_TYPE_PID, .inum = 10, .node = 3, .level = 0 },
		{ .type = NSINSPECT_NS_TYPE_PID, .inum = 20, .node = 4, .level = 1,
		  .parent_inum = 10, .owner_inum = 30, .owner_node = 6 },
		{ .type = NSINSPECT_NS_TYPE_PID, .inum = 20, .node = 5, .level = 2,
		  .parent_inum = 20, .parent_node = 4, .owner_inum = 30, .owner_node = 7 },
		{ .type = NSINSPECT_NS_TYPE_USER, .inum = 30, .node = 6, .level = 1 },
		{ .type = NSINSPECT_NS_TYPE_USER, .inum = 30, .node = 7, .level = 2,
		  .parent_inum = 30, .parent_node = 6 },
	};
	const struct upid old[] = {
		{ .nr = 100, .pidns = 10 },
		{ .nr = 2, .pidns = 20, .pidns_node = 4, .level = 1 },
	};
	const struct upid new[] = {
		{ .nr = 101, .pidns = 10 },
		{ .nr = 3, .pidns = 20, .pidns_node = 4, .level = 1 },
		{ .nr = 1, .pidns = 20, .pidns_node = 5, .level = 2 },
	};
	struct nsproxy p[] = { { .id = 1 }, { .id = 2 } };
	struct task t[] = {
		{ .tid = 100, .tgid = 100, .state = 'S', .nsproxy_id = 1, .user_inum = 30,
		  .user_node = 6, .pid_inum = 20, .pid_node = 4 },
		{ .tid = 101, .tgid = 101, .state = 'S', .nsproxy_id = 2, .user_inum = 30,
		  .user_node = 7, .pid_inum = 20, .pid_node = 5 },
	};
	size_t i;

	put_snapshot(c, 5, 2, 2);
	for (i = 0; i < 5; i++) {
		struct ns ns = pids[i];

		if (!nodes)
			ns.node = ns.owner_node = ns.parent_node = 0;
		put_ns(c, &ns);
	}
	for (i = 0; i < 2; i++) {
		p[i].inum[SLOT_PID_FOR_CHILDREN] = 20;
		p[i].node[SLOT_PID_FOR_CHILDREN] = nodes ? 5 : 0;
		put_nsproxy(c, &p[i]);
	}
	for (i = 0; i < 2; i++) {
		const struct upid *from = i ? new : old;
		struct upid u[3];
		size_t n = i ? 3 : 2, level;

		if (!nodes)
			t[i].user_node = t[i].pid_node = 0;
		for (level = 0; level < n; level++) {
			u[level] = from[level];
			if (!nodes)
				u[level].pidns_node = 0;
		}
		put_task(c, &t[i], u, n);
	}
}

static void test_shared_inum(void **state)
{
	struct capture c = { 0 };
	const struct task *old, *new;
	const struct ns *ns;
	struct graph g;

	(void)state;
	shared(&c, true);
	decoded(&g, &c);
	assert_int_equal(g.n_namespaces, 5);
	old = graph_find_task(&g, 100);
	new = graph_find_task(&g, 101);
	assert_int_equal(old->ns[SLOT_PID]->node, 4);
	assert_int_equal(new->ns[SLOT_PID]->node, 5);
	assert_int_equal(old->ns[SLOT_USER]->node, 6);
	assert_int_equal(new->ns[SLOT_USER]->node, 7);
	assert_int_equal(old->ns[SLOT_PID_FOR_CHILDREN]->node, 5);
	assert_int_equal(old->upids[1].ns->node, 4);
	assert_int_equal(new->upids[0].ns->inum, 10);
	assert_int_equal(new->upids[1].ns->node, 4);
	assert_int_equal(new->upids[2].ns->node, 5);
	/* Of one number, and not the same. */
	assert_true(task_pending(old, SLOT_PID_FOR_CHILDREN));
	assert_false(task_pending(new, SLOT_PID_FOR_CHILDREN));
	assert_false(task_same_ns(old, SLOT_USER, new, SLOT_USER));

	ns = new->ns[SLOT_PID];
	assert_int_equal(ns->level, 2);
	assert_int_equal(ns->parent->node, 4);
	assert_int_equal(ns->parent->parent->inum, 10);
	assert_int_equal(ns->owner->node, 7);
	assert_int_equal(ns->parent->owner->node, 6);
	assert_int_equal(ns->owner->parent->node, 6);
	assert_int_equal(ns->first->tid, 101);
	assert_int_equal(ns->parent->first->tid, 100);
	/* A number alone means the last of the answer. */
	assert_ptr_equal(graph_find_ns(&g, NSINSPECT_NS_TYPE_PID, 20), ns);

	/* What is left after a filter still leads to the right one. */
	assert_int_equal(graph_filter(&g, &(struct graph_filter){ .tid = 100 }), 0);
	assert_int_equal(g.tasks[0].ns[SLOT_PID]->node, 4);
	assert_int_equal(g.tasks[0].ns[SLOT_USER]->node, 6);
	assert_int_equal(g.tasks[0].ns[SLOT_PID_FOR_CHILDREN]->node, 5);
	graph_free(&g);
	free(c.bytes);
}

/* An old picture has no nodes: the last of that number in the answer is meant. */
static void test_shared_inum_old(void **state)
{
	struct capture c = { 0 };
	const struct task *t;
	struct graph g;

	(void)state;
	shared(&c, false);
	decoded(&g, &c);
	assert_int_equal(g.n_namespaces, 5);
	for (t = g.tasks; t < g.tasks + 2; t++) {
		assert_int_equal(t->ns[SLOT_PID]->level, 2);
		assert_int_equal(t->ns[SLOT_USER]->level, 2);
		assert_int_equal(t->upids[1].ns->level, 2);
		assert_false(task_pending(t, SLOT_PID_FOR_CHILDREN));
	}
	/* What would be its own parent has none. */
	assert_null(t[-1].ns[SLOT_PID]->parent);
	graph_free(&g);
	free(c.bytes);
}

/* A node that is not in the answer is none, not another of the same number. */
static void test_node_missing(void **state)
{
	const struct ns ns = { .type = NSINSPECT_NS_TYPE_USER, .inum = 30, .node = 6 };
	const struct task t = {
		.tid = 1, .tgid = 1, .state = 'S', .user_inum = 30, .user_node = 7,
	};
	struct capture c = { 0 };
	struct graph g;

	(void)state;
	put_snapshot(&c, 1, 0, 1);
	put_ns(&c, &ns);
	put_task(&c, &t, NULL, 0);
	decoded(&g, &c);
	assert_null(g.tasks[0].ns[SLOT_USER]);
	assert_int_equal(task_inum(&g.tasks[0], SLOT_USER), 30);
	graph_free(&g);
	free(c.bytes);
}

/* Out of order, and a tid twice: the first that came is the one. */
static void test_order(void **state)
{
	struct capture c = { 0 };
	struct graph g;
	size_t i;

	(void)state;
	put_snapshot(&c, 2, 0, 4);
	user_ns(&c, 12, 0, 0);
	user_ns(&c, 10, 0, 0);
	task(&c, 30, 30, 10);
	task(&c, 10, 10, 0);
	task(&c, 20, 20, 10);
	task(&c, 10, 10, 0);
	decoded(&g, &c);
	assert_int_equal(g.n_namespaces, 2);
	assert_int_equal(g.n_tasks, 3);
	for (i = 0; i < 3; i++)
		assert_int_equal(g.tasks[i].tid, 10 * (i + 1));
	assert_int_equal(g.tasks[0].first_child->tid, 20);
	graph_free(&g);
	free(c.bytes);
}

static void test_filter_leaders(void **state)
{
	const struct graph_filter f = { 0 };
	struct capture c = { 0 };
	struct graph g;

	(void)state;
	/* 831 differs from its leader and stays; a thread that does not goes. */
	put_snapshot(&c, 0, 0, 3);
	put_task(&c, &(struct task){ .tid = 1, .tgid = 1, .nsproxy_id = 1, .state = 'S' }, NULL, 0);
	put_task(&c, &(struct task){ .tid = 2, .tgid = 1, .nsproxy_id = 1, .state = 'S' }, NULL, 0);
	put_task(&c, &(struct task){ .tid = 3, .tgid = 1, .nsproxy_id = 2, .state = 'S' }, NULL, 0);
	decoded(&g, &c);
	assert_int_equal(graph_filter(&g, &f), 0);
	assert_int_equal(g.n_tasks, 2);
	assert_int_equal(g.tasks[0].tid, 1);
	assert_int_equal(g.tasks[1].tid, 3);
	graph_free(&g);
	free(c.bytes);
}

static void test_filter_task(void **state)
{
	struct graph_filter f = { .tid = 830 };
	struct capture c;
	struct graph g;

	(void)state;
	world(&c);
	decoded(&g, &c);
	assert_int_equal(graph_filter(&g, &f), 0);
	assert_int_equal(g.n_tasks, 1);
	assert_int_equal(g.tasks[0].tid, 830);
	assert_int_equal(g.n_nsproxies, 1);
	assert_int_equal(g.nsproxies[0].id, 3);
	/* cgroup ipc mnt OWN_NET both pid time both user uts: 10 */
	assert_int_equal(g.n_namespaces, 10);
	assert_null(graph_find_ns(&g, NSINSPECT_NS_TYPE_NET, INIT_NET));
	assert_non_null(graph_find_ns(&g, NSINSPECT_NS_TYPE_PID, INIT_PID));
	assert_non_null(graph_find_ns(&g, NSINSPECT_NS_TYPE_USER, INIT_USER));
	assert_ptr_equal(g.tasks[0].ns[SLOT_NET], graph_find_ns(&g, NSINSPECT_NS_TYPE_NET, OWN_NET));
	graph_free(&g);

	decoded(&g, &c);
	f.tid = 5;
	assert_int_equal(graph_filter(&g, &f), -ESRCH);
	graph_free(&g);
	free(c.bytes);
}

static void test_filter_types(void **state)
{
	const struct graph_filter f = { .types = 1u << NSINSPECT_NS_TYPE_NET, .threads = true };
	struct capture c;
	struct graph g;

	(void)state;
	world(&c);
	decoded(&g, &c);
	assert_int_equal(graph_filter(&g, &f), 0);
	assert_int_equal(g.n_namespaces, 3);
	assert_int_equal(g.n_tasks, 7);
	assert_int_equal(graph_find_task(&g, 830)->ns[SLOT_NET]->inum, OWN_NET);
	assert_int_equal(task_inum(graph_find_task(&g, 830), SLOT_UTS), 0);
	assert_int_equal(task_inum(graph_find_task(&g, 830), SLOT_PID), 0);
	assert_int_equal(task_inum(graph_find_task(&g, 830), SLOT_USER), 0);
	graph_free(&g);
	free(c.bytes);
}

/* The first of a namespace is a leader, if one is in it, even with a higher tid. */
static void test_first(void **state)
{
	struct capture c = { 0 };
	struct graph g;

	(void)state;
	put_snapshot(&c, 2, 0, 3);
	user_ns(&c, 10, 0, 0);
	user_ns(&c, 11, 0, 0);
	put_task(&c, &(struct task){ .tid = 3, .tgid = 1, .state = 'S', .user_inum = 10 }, NULL, 0);
	put_task(&c, &(struct task){ .tid = 5, .tgid = 5, .state = 'S', .user_inum = 10 }, NULL, 0);
	put_task(&c, &(struct task){ .tid = 6, .tgid = 6, .state = 'S', .user_inum = 10 }, NULL, 0);
	decoded(&g, &c);
	assert_int_equal(graph_find_ns(&g, NSINSPECT_NS_TYPE_USER, 10)->first->tid, 5);
	assert_null(graph_find_ns(&g, NSINSPECT_NS_TYPE_USER, 11)->first);
	graph_free(&g);
	free(c.bytes);
}

/* A task keeps what its namespaces hang from, also what it is not in itself. */
static void test_filter_follows(void **state)
{
	const struct graph_filter f = { .tid = 1 };
	struct capture c = { 0 };
	struct graph g;

	(void)state;
	put_snapshot(&c, 4, 0, 1);
	user_ns(&c, 10, 11, 12);
	user_ns(&c, 11, 0, 0);
	user_ns(&c, 12, 0, 0);
	user_ns(&c, 13, 0, 10);
	put_task(&c, &(struct task){ .tid = 1, .tgid = 1, .state = 'S', .user_inum = 10 }, NULL, 0);
	decoded(&g, &c);
	assert_int_equal(graph_filter(&g, &f), 0);
	assert_int_equal(g.n_namespaces, 3);
	assert_non_null(graph_find_ns(&g, NSINSPECT_NS_TYPE_USER, 11));
	assert_non_null(graph_find_ns(&g, NSINSPECT_NS_TYPE_USER, 12));
	assert_null(graph_find_ns(&g, NSINSPECT_NS_TYPE_USER, 13));
	graph_free(&g);
	free(c.bytes);
}

/* The table that everything about slots is read from. */
static void test_slots(void **state)
{
	static const char *const names[] = {
		"cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time",
		"time_for_children", "user", "uts",
	};
	int s, t;

	(void)state;
	for (s = 0; s < SLOTS; s++)
		assert_string_equal(slots[s].name, names[s]);
	for (t = 0; t < NS_TYPES; t++) {
		assert_int_equal(type_parse(ns_type_names[t], strlen(ns_type_names[t])), t);
		assert_string_equal(slots[type_slot(t)].name, ns_type_names[t]);
	}
	assert_int_equal(type_parse("nets", 4), -1);
	assert_int_equal(type_parse("ne", 2), -1);
	assert_int_equal(type_parse("", 0), -1);
}

/* A graph of net namespaces with these numbers, nodes counted from 1. */
static void numbered(struct graph *g, const uint32_t *inums, size_t n)
{
	struct capture c = { 0 };
	size_t i;

	put_snapshot(&c, (uint32_t)n, 0, 0);
	for (i = 0; i < n; i++) {
		const struct ns ns = {
			.type = i % 2 ? NSINSPECT_NS_TYPE_NET : NSINSPECT_NS_TYPE_UTS,
			.inum = inums[i], .node = (uint32_t)i + 1, .level = -1,
		};

		put_ns(&c, &ns);
	}
	decoded(g, &c);
	free(c.bytes);
}

static void expect_short(const struct graph *g, uint32_t node, const char *text)
{
	const struct ns *ns = g->namespaces;

	while (ns->node != node)
		ns++;
	assert_string_equal(ns_short(g, ns).text, text);
}

static void test_short(void **state)
{
	static const uint32_t usual[] = { 4026531840, 4026532281, 4026600007 };
	static const uint32_t far[] = { 4026531840, 4026631840, 4027631840, 4026532281 };
	static const uint32_t all[] = { 4026531840, 3026531840, 26531840, 7, 4026500007 };
	static const uint32_t twins[] = { 4026531840, 4026532281, 4026532281, 4026632281 };
	struct graph g;

	(void)state;
	numbered(&g, usual, 3);
	assert_int_equal(g.digits, 5);
	expect_short(&g, 1, "31840");
	/* Zeros in front are digits, too. */
	expect_short(&g, 3, "00007");
	assert_string_equal(inum_short(&g, 4026531999).text, "31999");
	graph_free(&g);

	numbered(&g, far, 4);
	assert_int_equal(g.digits, 7);
	expect_short(&g, 1, "6531840");
	expect_short(&g, 2, "6631840");
	expect_short(&g, 3, "7631840");
	graph_free(&g);

	/* Up to all ten; shorter numbers stay what they are. */
	numbered(&g, all, 5);
	assert_int_equal(g.digits, 10);
	expect_short(&g, 1, "4026531840");
	expect_short(&g, 3, "26531840");
	expect_short(&g, 4, "7");
	graph_free(&g);

	/* Two of one number have their node, and make no other number longer. */
	numbered(&g, twins, 3);
	assert_int_equal(g.digits, 5);
	expect_short(&g, 1, "31840");
	expect_short(&g, 2, "32281#2");
	expect_short(&g, 3, "32281#3");
	graph_free(&g);
	numbered(&g, twins, 4);
	assert_int_equal(g.digits, 6);
	expect_short(&g, 2, "532281#2");
	expect_short(&g, 4, "632281");
	graph_free(&g);

	numbered(&g, NULL, 0);
	assert_int_equal(g.digits, 5);
	graph_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_circles),
		cmocka_unit_test(test_ns_circles),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_shared_inum),
		cmocka_unit_test(test_shared_inum_old),
		cmocka_unit_test(test_node_missing),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_filter_follows),
		cmocka_unit_test(test_filter_leaders),
		cmocka_unit_test(test_filter_task),
		cmocka_unit_test(test_filter_types),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_short),
	};

	return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
