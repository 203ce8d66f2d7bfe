// SPDX-License-Identifier: GPL-2.0
/*
 * Graphs for graphviz: what is drawn of which node, in which cluster, and what
 * is drawn once for many.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alike.h"
#include "made.h"
#include "messages.h"
#include "render.h"

static char *text;

static const char *dot(void)
{
	size_t size;
	FILE *f;

	free(text);
	text = NULL;
	f = open_memstream(&text, &size);
	assert_non_null(f);
	assert_int_equal(render_dot(&graph, f), 0);
	fclose(f);
	return text;
}

static int done(void **state)
{
	free(text);
	text = NULL;
	return stop(state);
}

static void contains(const char *part)
{
	if (!strstr(text, part))
		fail_msg("there is no '%s' in:\n%s", part, text);
}

static void lacks(const char *part)
{
	if (strstr(text, part))
		fail_msg("there is '%s' in:\n%s", part, text);
}

static size_t times(const char *part)
{
	const char *at = text;
	size_t n = 0;

	for (; (at = strstr(at, part)); at++)
		n++;
	return n;
}

/* In how many clusters a part of the text is. */
static int depth_of(const char *part)
{
	const char *at = text, *end = strstr(text, part);
	int depth = -1;

	if (!end)
		fail_msg("there is no '%s' in:\n%s", part, text);
	for (; at < end; at++)
		depth += (*at == '{') - (*at == '}');
	return depth;
}

static void facts(void)
{
	struct capture c;

	world_of_facts(&c);
	decoded(&graph, &c);
	free(c.bytes);
}

/* Nodes have what belongs to their type, and what holds them without a task. */
static void test_facts(void **state)
{
	(void)state;
	facts();
	dot();
	contains("\tuser_4026532310 [label=\"user 4026532310\\n0 -> 100000 x 65536\\nand 1 more"
		 "\\n2 tasks\"");
	contains("\tuts_4026531838 [label=\"uts 4026531838\\nlab\\ninitial\\n4 tasks\"");
	contains("\tuts_4026532340 [label=\"uts 4026532340\\nweb\\\\x1b[1m\\n");
	contains("\tnet_4026532300 [label=\"net 4026532300\\n2 devices\\n2 tasks\"");
	contains("\tfound_net_4026532330 [shape=plain, fillcolor=none, fontcolor=\"#404040\", "
		 "label=\"kernel's list, open file\"];");
	contains("\tfound_net_4026532330 -> net_4026532330 [style=dashed];");
	/* Those of the others are edges of the tasks. */
	lacks("found_net_4026532300");
	lacks("found_time_4026532342");
	/* Where a namespace is mounted holds it, too. */
	graph_find_ns(&graph, NSINSPECT_NS_TYPE_TIME, EMPTY_TIME)->nsfs = strdup("/run/\"a,/mnt/b");
	graph_find_ns(&graph, NSINSPECT_NS_TYPE_NET, OWN_NET)->nsfs = strdup("/run/netns/blue");
	dot();
	contains("\tfound_time_4026532342 [shape=plain, fillcolor=none, fontcolor=\"#404040\", "
		 "label=\"\\n/run/\\\"a\\n/mnt/b\"];");
	lacks("found_net_4026532300");
}

/* A pair of devices is one edge; one that leads to a lower device has a direction. */
static void test_links(void **state)
{
	struct link *macvlan;
	struct ns *net;
	size_t i;

	(void)state;
	facts();
	dot();
	contains("\tnet_4026531840 -> net_4026532300 [dir=both, style=bold, color=\"#404040\", "
		 "constraint=false, label=\"veth0 ↔ eth0\"];");
	assert_int_equal(times("style=bold"), 1);
	setlocale(LC_CTYPE, "C");
	dot();
	setlocale(LC_CTYPE, "C.UTF-8");
	contains("label=\"veth0 &lt;-&gt; eth0\"];");
	for (i = 0; i < strlen(text); i++)
		assert_true((unsigned char)text[i] < 128);
	/* That of EMPTY_NET becomes one on a lower device with a name that graphviz could read. */
	net = graph_find_ns(&graph, NSINSPECT_NS_TYPE_NET, EMPTY_NET);
	macvlan = (struct link *)ns_find_link(net, 1);
	strcpy(macvlan->name, "\"<&\\");
	strcpy(macvlan->kind, "macvlan");
	macvlan->peer_ifindex = 3;
	macvlan->peer_net_inum = INIT_NET;
	macvlan->peer_net = graph_find_ns(&graph, NSINSPECT_NS_TYPE_NET, INIT_NET);
	dot();
	contains("\tnet_4026532330 -> net_4026531840 [dir=forward, style=bold, color=\"#404040\", "
		 "constraint=false, label=\"\\\"<&amp;\\\\ → br0\"];");
}

/* A node is in the cluster of its owner, and no edge puts it into another one. */
static void test_clusters(void **state)
{
	char *copy, *line, *rest, arrow;
	int depth = 0, edges = 0;

	(void)state;
	facts();
	copy = strdup(dot());
	assert_non_null(copy);
	assert_int_equal(depth_of("\tuser_4026531837 [label"), 1);
	assert_int_equal(depth_of("\tpid_4026531836 [label"), 1);
	assert_int_equal(depth_of("\ttask_812 [shape"), 1);
	assert_int_equal(depth_of("\tuser_4026532310 [label"), 2);
	assert_int_equal(depth_of("\tpid_4026532305 [label"), 2);
	assert_int_equal(depth_of("\tnsproxy_3 [style"), 2);
	assert_int_equal(depth_of("\ttask_830 [shape"), 2);
	for (line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strchr(line, '{') || strchr(line, '}'))
			depth += strchr(line, '{') ? 1 : -1;
		if (sscanf(line, "\t%*s -%c", &arrow) != 1 || arrow != '>')
			continue;
		assert_int_equal(depth, 1);
		edges++;
	}
	assert_true(edges > 10);
	free(copy);
	contains("\tpid_4026532305 -> pid_4026531836 [label=\"parent\"");
	contains("\tuser_4026532310 -> user_4026531837 [label=\"parent\"");
	contains("\tpid_4026532305 -> user_4026532310 [tooltip=\"owner\", style=dotted");
	lacks("user_4026531837 [tooltip");
}

/* Where tasks are and where their children will be. */
static void test_children(void **state)
{
	(void)state;
	facts();
	dot();
	/* 812 is not where its children will be; its nsproxy has no task that is. */
	contains("\tnsproxy_2 -> pid_4026532305 [color=\"#8dd3c7\", penwidth=2, style=dashed, "
		 "label=\"for children\"];");
	contains("\ttask_812 -> pid_4026531836 ");
	lacks("\ttask_812 -> pid_4026532305");
	contains("\tnsproxy_3 -> pid_4026532305 [color=\"#8dd3c7\", penwidth=2];");
	lacks("\ttask_830 -> pid");
	/* Only the set that has nothing else leads to initial namespaces. */
	contains("\tnsproxy_1 -> mnt_4026531841 [color=\"#d0d0d0\"];");
	lacks("\tnsproxy_2 -> mnt_4026531841");
	contains("all initial\"");
	/* Of two tasks with one nsproxy, one is there and one is not. */
	((struct task *)graph_find_task(&graph, 830))->ns[SLOT_PID] =
		graph_find_ns(&graph, NSINSPECT_NS_TYPE_PID, INIT_PID);
	((struct task *)graph_find_task(&graph, 831))->nsproxy = graph_find_nsproxy(&graph, 3);
	dot();
	contains("\tnsproxy_3 -> pid_4026532305 [color=\"#8dd3c7\", penwidth=2];");
	contains("\ttask_830 -> pid_4026532305 [color=\"#8dd3c7\", style=dashed, "
		 "label=\"for children\"];");
}

/* Sandboxes that differ in nothing but their numbers are drawn once. */
static void test_alike(void **state)
{
	struct made init, kthreadd, box;
	struct facts *f;
	uint32_t i;

	(void)state;
	kernel(&init, &kthreadd);
	for (i = 0; i < 3; i++) {
		in(10 + i, &init, "box", SLOT_NET, 4026532300 + i);
		box = also(SLOT_UTS, 4026532400 + i);
		/* How many there are in each makes no difference. */
		child(20 + i, &box, "inner");
		if (i)
			child(30 + i, &box, "inner");
	}
	in(40, &init, "other", SLOT_NET, 4026532500);
	also(SLOT_UTS, 4026532501);
	link_all();
	dot();
	contains("\tnet_4026532300 [label=\"3 × net\\nnot active\\n8 tasks\"");
	contains("\tuts_4026532400 [label=\"3 × uts\\nnot active\\n8 tasks\"");
	lacks("net_4026532301");
	lacks("net_4026532302");
	contains("label=\"3 × nsproxy\"");
	contains("\ttask_10 [shape=note, label=\"10 box\\l11 box\\l12 box\\l20 inner\\l");
	lacks("task_11");
	/* Tasks of other names have a place of their own. */
	contains("\tnet_4026532500 [label=\"net 4026532500\\nnot active\\n1 task\"");
	/* So has what somebody gave a name, or what has a hostname of its own. */
	ns_of(4026532301)->name = strdup("green");
	f = calloc(1, sizeof(*f));
	f->nodename = strdup("web");
	ns_of(4026532402)->facts = f;
	dot();
	contains("\tnet_4026532300 [label=\"net 4026532300\\nnot active\\n2 tasks\"");
	contains("\tnet_4026532301 [label=\"net 4026532301\\ngreen\\nnot active\\n3 tasks\"");
	contains("\tuts_4026532402 [label=\"uts 4026532402\\nweb\\nnot active\\n3 tasks\"");
}

/* Many tasks of one set are one node, with the names of most of them. */
static void test_many_tasks(void **state)
{
	struct made init, kthreadd, pool;
	char comm[16];
	uint32_t i;

	(void)state;
	kernel(&init, &kthreadd);
	for (i = 0; i < 30; i++)
		child(100 + i, &init, "worker");
	in(190, &init, "pool", SLOT_NET, 4026532300);
	pool = *last_made();
	for (i = 0; i < 9; i++)
		child(191 + i, &pool, "pool");
	for (i = 0; i < 12; i++) {
		snprintf(comm, sizeof(comm), "single%02u", i);
		child(200 + i, &init, comm);
	}
	link_all();
	dot();
	contains("\ttask_1 [shape=note, label=\"43 tasks\\l30 × worker\\linit\\lsingle00\\l");
	contains("\ttask_190 [shape=note, label=\"10 × pool\\l\"];");
	contains("single05\\land 6 more\\l\"];");
	contains("\ttask_2 [shape=note, label=\"1 kernel thread\\l\"];");
}

/* A host with more than fits: what differs only in the names of tasks is drawn once. */
static void test_busy(void **state)
{
	struct made init, kthreadd;
	char comm[16];
	uint32_t i;

	(void)state;
	kernel(&init, &kthreadd);
	for (i = 0; i < 60; i++) {
		snprintf(comm, sizeof(comm), "service%02u", i);
		in(100 + i, &init, comm, SLOT_MNT, 4026532300 + i);
	}
	link_all();
	dot();
	contains("\tmnt_4026532300 [label=\"60 × mnt\\nnot active\\n60 tasks\"");
	assert_true(times(" [label=") < 20);
	graph.n_tasks = 2 + 10;
	graph.n_nsproxies = 1 + 10;
	dot();
	contains("\tmnt_4026532300 [label=\"mnt 4026532300\\n");
}

/* What only a made-up file has: deeper than any kernel nests. All are drawn, none too deep. */
static void test_deep(void **state)
{
	struct made init, kthreadd;
	struct ns *list;
	const char *at;
	uint32_t i;
	int depth = 0, deepest = 0;

	(void)state;
	kernel(&init, &kthreadd);
	for (i = 0; i < 300; i++)
		add_empty(NSINSPECT_NS_TYPE_USER, 4026533000 + i, NULL);
	link_all();
	for (i = 0; i < 300; i++) {
		list = ns_of(4026533000 + i);
		list->level = (int)i + 1;
		list->parent = i ? ns_of(4026533000 + i - 1) : ns_of(initial[SLOT_USER]);
	}
	dot();
	assert_int_equal(times("subgraph cluster_user_"), 301);
	for (i = 0; i < 300; i++) {
		char node[64];

		snprintf(node, sizeof(node), "\tuser_%u [label", (uint32_t)(4026533000 + i));
		assert_int_equal(times(node), 1);
	}
	for (at = text; *at; at++) {
		depth += (*at == '{') - (*at == '}');
		if (depth > deepest)
			deepest = depth;
	}
	assert_int_equal(depth, 0);
	assert_true(deepest > 32 && deepest < 80);
}

/* The classes: each node in one, which begins with its first. */
static void test_classes(void **state)
{
	struct alike a;
	size_t i, j, sum = 0;

	(void)state;
	facts();
	assert_int_equal(alike_find(&a, &graph, true), 0);
	assert_int_equal(a.n, graph.n_namespaces + graph.n_nsproxies + graph.n_tasks);
	for (i = 0; i < a.n; i++) {
		assert_true(alike_first(&a, i) <= i);
		for (j = 0; j < alike_count(&a, i); j++)
			assert_int_equal(alike_first(&a, a.order[a.of[i] + j]), alike_first(&a, i));
		sum += alike_first(&a, i) == i;
	}
	assert_int_equal(sum, a.classes);
	/* Two kernel threads and nothing else. */
	assert_int_equal(a.classes, a.n - 1);
	alike_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_facts, start, done),
		cmocka_unit_test_setup_teardown(test_links, start, done),
		cmocka_unit_test_setup_teardown(test_clusters, start, done),
		cmocka_unit_test_setup_teardown(test_children, start, done),
		cmocka_unit_test_setup_teardown(test_alike, start, done),
		cmocka_unit_test_setup_teardown(test_many_tasks, start, done),
		cmocka_unit_test_setup_teardown(test_busy, start, done),
		cmocka_unit_test_setup_teardown(test_deep, start, done),
		cmocka_unit_test_setup_teardown(test_classes, start, done),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	return cmocka_run_group_tests_name("dot", tests, NULL, NULL);
}
