// SPDX-License-Identifier: GPL-2.0
/*
 * Tables, trees of namespaces, graphs for graphviz, and the fields that they
 * are made of. The pictures here were drawn by hand from world().
 */
#include <dlfcn.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "columns.h"
#include "commands.h"
#include "describe.h"
#include "messages.h"
#include "render.h"
#include "text.h"

/* A right-to-left override, a tag, and a letter with a mark that belongs to it. */
#define OVERRIDE "\xe2\x80\xae"
#define TAG "\xf3\xa0\x81\x81"
#define ACUTE "e\xcc\x81"

static struct graph graph;

static int start(void **state)
{
	struct names none = { 0 };
	struct capture c;

	(void)state;
	world(&c);
	decoded(&graph, &c);
	free(c.bytes);
	/* This machine is not asked: what it loads for that stays, and users differ. */
	names_keep_users(&none);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	graph_free(&graph);
	names_forget_users();
	return 0;
}

static void name(const char *text)
{
	struct ns *ns = graph_find_ns(&graph, NSINSPECT_NS_TYPE_NET, OWN_NET);

	free(ns->name);
	ns->name = strdup(text);
}

/* Only these types are asked for. */
static void ask_for(uint32_t types)
{
	size_t i;

	for (i = 0; i < graph.n_namespaces; i++)
		graph.namespaces[i].hidden = !(types & 1u << graph.namespaces[i].type);
}

static char *table(struct table_options o, const int *columns, size_t n)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	o.columns = columns;
	o.n_columns = n;
	assert_int_equal(render_table(&graph, &o, f), 0);
	fclose(f);
	return text;
}

static const int named[] = { COL_NS, COL_NAME, COL_TYPE };
static const int few[] = { COL_NS, COL_TYPE };

static void expect(struct table_options o, const int *columns, size_t n, const char *expected)
{
	char *text = table(o, columns, n);

	assert_string_equal(text, expected);
	free(text);
}

/* What nobody can see goes through libsmartcols escaped once, and stays so. */
static void test_hostile_names(void **state)
{
	static const struct {
		const char *name, *table, *ascii, *raw;
	} rows[] = {
		{ "blue", "blue", "blue", "blue" },
		{ "a" OVERRIDE "b", "a\\xe2\\x80\\xaeb", "a\\xe2\\x80\\xaeb", "a\\xe2\\x80\\xaeb" },
		{ TAG, "\\xf3\\xa0\\x81\\x81", "\\xf3\\xa0\\x81\\x81", "\\xf3\\xa0\\x81\\x81" },
		{ "\xc2\xad", "\\xc2\\xad", "\\xc2\\xad", "\\xc2\\xad" },
		{ "\033[31m\n", "\\x1b[31m\\x0a", "\\x1b[31m\\x0a", "\\x1b[31m\\x0a" },
		{ ACUTE, ACUTE, "e\\xcc\\x81", "e\\xcc\\x81" },
		/* What looks like an escape; a backslash that does not; a blank. */
		{ "\\x41", "\\x5cx41", "\\x5cx41", "\\x5cx41" },
		{ "a\\b", "a\\b", "a\\b", "a\\x5cb" },
		{ "a b", "a b", "a b", "a\\x20b" },
	};
	size_t i;

	(void)state;
	ask_for(1u << NSINSPECT_NS_TYPE_NET);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *text, line[128];

		name(rows[i].name);
		text = table((struct table_options){ .noheadings = true }, named, 3);
		snprintf(line, sizeof(line), "4026532300 %s ", rows[i].table);
		if (!strstr(text, line))
			fail_msg("%s", text);
		free(text);
		text = table((struct table_options){ .noheadings = true, .ascii = true }, named, 3);
		snprintf(line, sizeof(line), "4026532300 %s ", rows[i].ascii);
		if (!strstr(text, line))
			fail_msg("%s", text);
		free(text);
		text = table((struct table_options){ .noheadings = true, .raw = true }, named, 3);
		snprintf(line, sizeof(line), "4026532300 %s net\n", rows[i].raw);
		if (!strstr(text, line))
			fail_msg("%s", text);
		free(text);
	}
}

/* The paths of a namespace are one below the other, unless that is not wanted. */
static void test_wrap(void **state)
{
	static const int columns[] = { COL_NSFS, COL_TYPE };
	struct ns *ns = graph_find_ns(&graph, NSINSPECT_NS_TYPE_NET, OWN_NET);
	struct table_options o = { .noheadings = true };

	(void)state;
	ask_for(1u << NSINSPECT_NS_TYPE_NET);
	ns->nsfs = strdup("/run/netns/blue,/mnt/\033");
	expect(o, columns, 2,
	       "                net\n"
	       "/run/netns/blue net\n"
	       "/mnt/\\x1b       \n"
	       "                net\n");
	o.nowrap = true;
	expect(o, columns, 2,
	       "                          net\n"
	       "/run/netns/blue,/mnt/\\x1b net\n"
	       "                          net\n");
	o.nowrap = false;
	o.raw = true;
	expect(o, columns, 2, " net\n/run/netns/blue,/mnt/\\x1b net\n net\n");
}

/* A column of numbers that can be words is compared as text. */
static void test_filter_of_words(void **state)
{
	static const int columns[] = { COL_NS };
	struct table_options o = { .noheadings = true, .filter = "NETNSID == '7'" };
	void *library = dlopen("libsmartcols.so.1", RTLD_NOW);
	bool has = library && dlsym(library, "scols_new_filter");

	(void)state;
	if (library)
		dlclose(library);
	/* Where it has not, test_lsns in a guest that has looks. */
	if (!has)
		return;
	graph_find_ns(&graph, NSINSPECT_NS_TYPE_NET, INIT_NET)->netnsid = NETNSID_UNASSIGNED;
	graph_find_ns(&graph, NSINSPECT_NS_TYPE_NET, OWN_NET)->netnsid = 7;
	expect(o, columns, 1, "4026532300\n");
	o.filter = "NETNSID == 'unassigned'";
	expect(o, columns, 1, "4026531840\n");
}

/* Escapes count for the width of their column. */
static void test_width(void **state)
{
	(void)state;
	ask_for(1u << NSINSPECT_NS_TYPE_NET);
	name("a" OVERRIDE);
	expect((struct table_options){ 0 }, named, 3,
	       "        NS NAME          TYPE\n"
	       "4026531840               net\n"
	       "4026532300 a\\xe2\\x80\\xae net\n"
	       "4026532330               net\n");
	name(ACUTE);
	expect((struct table_options){ 0 }, named, 3,
	       "        NS NAME TYPE\n"
	       "4026531840      net\n"
	       "4026532300 " ACUTE "    net\n"
	       "4026532330      net\n");
}

/* Owners and parents that were not asked for lead to what was. */
static void test_ancestors(void **state)
{
	struct table_options o = { .relation = RELATION_OWNER };
	char *text;

	(void)state;
	ask_for(1u << NSINSPECT_NS_TYPE_NET);
	expect(o, few, 2,
	       "NS             TYPE\n"
	       "4026531837     user\n"
	       "├─4026531840   net\n"
	       "├─4026532310   user\n"
	       "│ └─4026532300 net\n"
	       "└─4026532330   net\n");
	o.ascii = true;
	expect(o, few, 2,
	       "NS             TYPE\n"
	       "4026531837     user\n"
	       "|-4026531840   net\n"
	       "|-4026532310   user\n"
	       "| `-4026532300 net\n"
	       "`-4026532330   net\n");
	/* Raw: the same namespaces, values and nothing else. */
	o.ascii = false;
	o.raw = true;
	expect(o, few, 2,
	       "NS TYPE\n"
	       "4026531837 user\n"
	       "4026531840 net\n"
	       "4026532310 user\n"
	       "4026532300 net\n"
	       "4026532330 net\n");
	o.raw = false;
	/* Only those that lead to something: not the container's. */
	ask_for(0);
	graph_find_ns(&graph, NSINSPECT_NS_TYPE_NET, EMPTY_NET)->hidden = false;
	expect(o, few, 2,
	       "NS           TYPE\n"
	       "4026531837   user\n"
	       "└─4026532330 net\n");
	/* With colour: what leads there is pale. */
	o.color = true;
	text = table(o, few, 2);
	assert_non_null(strstr(text, "\033[2m4026531837"));
	assert_null(strstr(text, "\033[2m└"));
	free(text);
	o.color = false;

	ask_for(0);
	graph_find_ns(&graph, NSINSPECT_NS_TYPE_PID, OWN_PID)->hidden = false;
	o.relation = RELATION_PARENT;
	expect(o, few, 2,
	       "NS           TYPE\n"
	       "4026531836   pid\n"
	       "└─4026532305 pid\n");
	/* A list has no relations. */
	o.relation = RELATION_NONE;
	expect(o, few, 2,
	       "        NS TYPE\n"
	       "4026532305 pid\n");
}

/* Two namespaces with one inode number: two lines, two nodes, each its own. */
static void two_of_a_number(void)
{
	const struct ns parent = {
		.type = NSINSPECT_NS_TYPE_PID, .inum = 7, .node = 1, .level = 1, .active = 1, .refs = 1,
	};
	const struct ns other = {
		.type = NSINSPECT_NS_TYPE_PID, .inum = 7, .node = 2, .level = 1, .active = 1, .refs = 2,
	};
	const struct ns child = {
		.type = NSINSPECT_NS_TYPE_PID, .inum = 9, .node = 3, .level = 2, .active = 1,
		.parent_inum = 7, .parent_node = 1,
	};
	const struct ns user[] = {
		{ .type = NSINSPECT_NS_TYPE_USER, .inum = 5, .node = 4, .active = 1 },
		{ .type = NSINSPECT_NS_TYPE_USER, .inum = 5, .node = 5, .active = 1, .level = 1 },
	};
	const struct task t[] = {
		{ .tid = 10, .tgid = 10, .comm = "a", .state = 'S', .pid_inum = 7, .pid_node = 1,
		  .user_inum = 5, .user_node = 4, },
		{ .tid = 11, .tgid = 11, .comm = "b", .state = 'S', .pid_inum = 7, .pid_node = 2,
		  .user_inum = 5, .user_node = 4, },
		{ .tid = 12, .tgid = 12, .comm = "c", .state = 'S', .pid_inum = 7, .pid_node = 2,
		  .user_inum = 5, .user_node = 5, },
	};
	struct capture c = { 0 };

	graph_free(&graph);
	put_snapshot(&c, 5, 0, 3);
	put_ns(&c, &parent);
	put_ns(&c, &other);
	put_ns(&c, &child);
	put_ns(&c, &user[0]);
	put_ns(&c, &user[1]);
	put_task(&c, &t[0], NULL, 0);
	put_task(&c, &t[1], NULL, 0);
	put_task(&c, &t[2], NULL, 0);
	decoded(&graph, &c);
	free(c.bytes);
}

static void test_same_number(void **state)
{
	static const int refs[] = { COL_NS, COL_TYPE, COL_REFS };
	struct table_options o = { .relation = RELATION_PARENT, .noheadings = true };

	(void)state;
	two_of_a_number();
	expect(o, refs, 3,
	       "5   user    0\n"
	       "5   user    0\n"
	       "7   pid     1\n"
	       "└─9 pid     0\n"
	       "7   pid     2\n");
}

static char *dot(void)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(render_dot(&graph, f), 0);
	fclose(f);
	return text;
}

static void contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("there is no '%s' in:\n%s", part, text);
}

static void test_dot_same_number(void **state)
{
	char *text;

	(void)state;
	two_of_a_number();
	text = dot();
	contains(text, "\tpid_7 [label=\"pid 7\\n0 tasks\"");
	contains(text, "\tpid_7_1 [label=\"pid 7\\n0 tasks\"");
	contains(text, "\tpid_9 -> pid_7 [label=\"parent\"");
	/* Tasks of different namespaces are no group; where their user namespace is, they are. */
	contains(text, "\ttask_10 -> pid_7 ");
	contains(text, "\ttask_11 -> pid_7_1 ");
	contains(text, "\ttask_12 -> pid_7_1 ");
	contains(text, "\tsubgraph cluster_user_5 {");
	contains(text, "\tsubgraph cluster_user_5_4 {");
	free(text);
}

static void test_dot(void **state)
{
	char *text;

	(void)state;
	name("a" OVERRIDE "\"&" ACUTE);
	strcpy(graph.tasks[0].comm, "x" TAG "\\");
	text = dot();
	contains(text, "net_4026532300 [label=\"net 4026532300\\na\\\\xe2\\\\x80\\\\xae\\\"&amp;" ACUTE
		 "\\n2 tasks\", fillcolor=\"#b3de69\"];");
	contains(text, "net_4026531840 [label=\"net 4026531840\\ninitial\\n4 tasks\", "
		 "fillcolor=\"#b3de69\", penwidth=2];");
	contains(text, "net_4026532330 [label=\"net 4026532330\\nnot active\\n0 tasks\", "
		 "fillcolor=\"#b3de69\"];");
	contains(text, "pid_4026532305 -> pid_4026531836 [label=\"parent\", constraint=false];");
	contains(text, "net_4026532300 -> user_4026532310 [tooltip=\"owner\", style=dotted, "
		 "arrowsize=0.5, constraint=false];");
	contains(text, " x\\\\xf3\\\\xa0\\\\x81\\\\x81\\\\\\l");
	assert_null(strstr(text, OVERRIDE));
	assert_null(strstr(text, TAG));
	free(text);
}

/* What goes to stdout meanwhile. */
static char caught[2048];
static FILE *catcher;
static int saved_stdout;

static void catch_begin(void)
{
	catcher = tmpfile();
	assert_non_null(catcher);
	fflush(stdout);
	saved_stdout = dup(STDOUT_FILENO);
	dup2(fileno(catcher), STDOUT_FILENO);
}

static void catch_end(void)
{
	fflush(stdout);
	dup2(saved_stdout, STDOUT_FILENO);
	close(saved_stdout);
	rewind(catcher);
	caught[fread(caught, 1, sizeof(caught) - 1, catcher)] = '\0';
	fclose(catcher);
}

/* Where a task is, level by level: in the one that is meant, or that is not known. */
static void test_levels(void **state)
{
	struct options o = { 0 };
	struct upid u[] = {
		{ .nr = 10, .pidns = INIT_PID }, { .nr = 5, .pidns = 7, .level = 1 },
		{ .nr = 1, .level = 2 },
	};
	const struct task t = { .tid = 10, .tgid = 10, .n_upids = 3, .upids = u };

	(void)state;
	u[0].ns = graph_find_ns(&graph, NSINSPECT_NS_TYPE_PID, INIT_PID);
	catch_begin();
	describe_levels(&o, &graph, &t);
	catch_end();
	assert_string_equal(caught,
		"  levels      0       10  in pid:31836 initial\n"
		"              1        5  in pid:7\n"
		"              2        1  in pid:?\n");
	u[1].pidns = 4026532999;
	o.notruncate = true;
	catch_begin();
	describe_levels(&o, &graph, &t);
	catch_end();
	assert_string_equal(caught,
		"  levels      0       10  in pid:4026531836 initial\n"
		"              1        5  in pid:4026532999\n"
		"              2        1  in pid:?\n");
}

/* What the command asks for: owners have another type than what they own. */
static void test_trees(void **state)
{
	static char columns[] = "NS,TYPE";
	const char *path = save_world();
	const struct {
		struct options o;
		const char *expected;
	} rows[] = {
		{ { .form = FORM_OWNER_TREE, .types = 1u << NSINSPECT_NS_TYPE_NET },
		  "NS             TYPE\n"
		  "4026531837     user\n"
		  "├─4026531840   net\n"
		  "├─4026532310   user\n"
		  "│ └─4026532300 net\n"
		  "└─4026532330   net\n" },
		{ { .form = FORM_OWNER_TREE, .types = 1u << NSINSPECT_NS_TYPE_UTS, .task = 831 },
		  "NS             TYPE\n"
		  "4026531837     user\n"
		  "└─4026532310   user\n"
		  "  └─4026532320 uts\n" },
		{ { .form = FORM_PARENT_TREE, .types = 1u << NSINSPECT_NS_TYPE_PID, .task = 831 },
		  "NS           TYPE\n"
		  "4026531836   pid\n"
		  "└─4026532305 pid\n" },
		/* A user namespace that owns none of these is not there. */
		{ { .form = FORM_OWNER_TREE, .types = 1u << NSINSPECT_NS_TYPE_CGROUP },
		  "NS           TYPE\n"
		  "4026531837   user\n"
		  "└─4026531835 cgroup\n" },
		/* Whoever asks for the list gets the list. */
		{ { .types = 1u << NSINSPECT_NS_TYPE_UTS, .task = 831 },
		  "        NS TYPE\n"
		  "4026532320 uts\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct options o = rows[i].o;

		o.from = path;
		o.columns = columns;
		catch_begin();
		assert_int_equal(cmd_list(&o, 0, NULL), 0);
		catch_end();
		assert_string_equal(caught, rows[i].expected);
	}
	unlink(path);
	names_forget_users();
}

/* What trees say of each namespace, and what a list is not told without being asked. */
static void test_details(void **state)
{
	static char columns[] = "NS,TYPE,DETAILS";
	static const char lines[] =
		"NS             TYPE DETAILS\n"
		"4026531837     user \n"
		"├─4026531838   uts  lab\n"
		"├─4026531840   net  2 devices\n"
		"│                   veth0 ↔ 32300/eth0\n"
		"├─4026532310   user 0 -> 100000 x 65536\n"
		"│ │                 and 1 more\n"
		"│ ├─4026532300 net  2 devices\n"
		"│ │                 eth0 ↔ 31840/veth0\n"
		"│ └─4026532320 uts  worker\n"
		"├─4026532330   net  1 device\n"
		"└─4026532340   uts  web\\x1b[1m\n";
	struct options o = {
		.form = FORM_OWNER_TREE, .from = save_world_of_facts(), .columns = columns,
		.types = 1u << NSINSPECT_NS_TYPE_NET | 1u << NSINSPECT_NS_TYPE_USER |
			 1u << NSINSPECT_NS_TYPE_UTS,
	};

	(void)state;
	catch_begin();
	assert_int_equal(cmd_list(&o, 0, NULL), 0);
	catch_end();
	assert_string_equal(caught, lines);
	/* ASCII, on one line each. */
	o.ascii = o.nowrap = true;
	o.types = 1u << NSINSPECT_NS_TYPE_NET;
	catch_begin();
	assert_int_equal(cmd_list(&o, 0, NULL), 0);
	catch_end();
	assert_string_equal(caught,
		"NS             TYPE DETAILS\n"
		"4026531837     user \n"
		"|-4026531840   net  2 devices,veth0 <-> 32300/eth0\n"
		"|-4026532310   user 0 -> 100000 x 65536,and 1 more\n"
		"| `-4026532300 net  2 devices,eth0 <-> 31840/veth0\n"
		"`-4026532330   net  1 device\n");
	/* Trees have the column, and how namespaces without a task were found; programs do not. */
	o.columns = NULL;
	catch_begin();
	assert_int_equal(cmd_list(&o, 0, NULL), 0);
	catch_end();
	contains(caught, " USER  DETAILS                        COMMAND\n");
	contains(caught, " 1 device                       (kernel's list, open file)\n");
	o.raw = true;
	catch_begin();
	assert_int_equal(cmd_list(&o, 0, NULL), 0);
	catch_end();
	contains(caught, "NS TYPE NPROCS PID USER NETNSID NSFS COMMAND\n");
	o.form = FORM_TABLE;
	o.raw = false;
	catch_begin();
	assert_int_equal(cmd_list(&o, 0, NULL), 0);
	catch_end();
	assert_null(strstr(caught, "DETAILS"));
	unlink(o.from);
	names_forget_users();
}

/* What a namespace has many of is cut; what is not known is not there. */
static void test_many_details(void **state)
{
	struct link many[6] = { 0 };
	struct ns *net = graph_find_ns(&graph, NSINSPECT_NS_TYPE_NET, OWN_NET);
	struct facts dying = { .dying = true }, unmapped = { .uid_map.known = true };
	char *details;
	size_t i;

	(void)state;
	assert_int_equal(ns_details(&graph, net, DETAILS_ASCII | DETAILS_LINKS, &details), 0);
	assert_null(details);
	for (i = 0; i < 6; i++) {
		many[i] = (struct link){
			.ifindex = (uint32_t)i + 1, .net = net, .net_inum = OWN_NET,
			.peer_ifindex = 9, .peer_net_inum = 4026539999, .kind = "macvlan",
		};
		snprintf(many[i].name, sizeof(many[i].name), "m%zu", i);
	}
	/* Its lower device is here: nothing crosses. */
	many[0].peer_net = net;
	many[0].peer_net_inum = OWN_NET;
	net->links = many;
	net->n_links = 6;
	assert_int_equal(ns_details(&graph, net, DETAILS_ASCII | DETAILS_LINKS, &details), 0);
	assert_string_equal(details, "6 devices,m1 -> 39999/if9,m2 -> 39999/if9,m3 -> 39999/if9,"
			    "m4 -> 39999/if9,and 1 more");
	free(details);
	assert_int_equal(ns_details(&graph, net, DETAILS_ASCII | DETAILS_LINKS | DETAILS_WHOLE, &details), 0);
	assert_string_equal(details, "6 devices,m1 -> 39999/if9,m2 -> 39999/if9,m3 -> 39999/if9,"
			    "m4 -> 39999/if9,m5 -> 39999/if9");
	free(details);
	assert_int_equal(ns_details(&graph, net, 0, &details), 0);
	assert_string_equal(details, "6 devices");
	free(details);
	net->links = NULL;
	net->n_links = 0;
	graph_find_ns(&graph, NSINSPECT_NS_TYPE_PID, OWN_PID)->facts = &dying;
	graph_find_ns(&graph, NSINSPECT_NS_TYPE_USER, OWN_USER)->facts = &unmapped;
	assert_int_equal(details_set(&graph, 0), 0);
	graph_find_ns(&graph, NSINSPECT_NS_TYPE_PID, OWN_PID)->facts = NULL;
	graph_find_ns(&graph, NSINSPECT_NS_TYPE_USER, OWN_USER)->facts = NULL;
	assert_string_equal(graph_find_ns(&graph, NSINSPECT_NS_TYPE_PID, OWN_PID)->details, "dying");
	assert_string_equal(graph_find_ns(&graph, NSINSPECT_NS_TYPE_USER, OWN_USER)->details,
			    "no uid map");
}

/* Trees fit a terminal of 80 columns, whatever a host is called. */
static void test_tree_width(void **state)
{
	static const int columns[] = {
		COL_NS, COL_TYPE, COL_NPROCS, COL_PID, COL_USER, COL_DETAILS, COL_COMMAND
	};
	struct table_options o = { .relation = RELATION_OWNER, .width = 80 };
	struct ns *uts;
	struct capture c;
	char *text, *line, *rest;

	(void)state;
	graph_free(&graph);
	world_of_facts(&c);
	decoded(&graph, &c);
	free(c.bytes);
	uts = graph_find_ns(&graph, NSINSPECT_NS_TYPE_UTS, INIT_UTS);
	free(uts->facts->nodename);
	uts->facts->nodename = strdup("ip-10-20-30-40.eu-central-1.comput" ACUTE "compute.internal."
				      "example.org");
	assert_int_equal(details_set(&graph, DETAILS_LINKS), 0);
	assert_string_equal(uts->details, "ip-10-20-30-40.eu-central...");
	text = table(o, columns, sizeof(columns) / sizeof(*columns));
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		assert_true(text_width(line) <= 80);
	free(text);
	/* Not in the middle of a character. */
	strcpy(uts->facts->nodename, "012345678901234567890123\xc3\xa9 01234567890123");
	assert_int_equal(details_set(&graph, 0), 0);
	assert_string_equal(uts->details, "012345678901234567890123\xc3\xa9...");
	assert_int_equal(details_set(&graph, DETAILS_WHOLE), 0);
	assert_string_equal(uts->details, uts->facts->nodename);
	assert_int_equal(ns_details(&graph, graph_find_ns(&graph, NSINSPECT_NS_TYPE_USER, OWN_USER),
				    DETAILS_WHOLE, &text), 0);
	assert_string_equal(text, "0 -> 100000 x 65536,65536 -> 1000 x 1");
	free(text);
}

/* Every value has the type that its field says. */
static void test_types(void **state)
{
	char buffer[VALUE_TEXT_MAX];
	struct capture c;
	struct graph facts;
	struct sets sets;
	size_t i;
	int f;

	(void)state;
	name("blue");
	for (i = 0; i < graph.n_namespaces; i++)
		for (f = 0; f < NS_FIELDS; f++) {
			struct value v = ns_fields[f].get.ns(&graph.namespaces[i], buffer);

			assert_true(v.kind == VALUE_NONE || v.kind == ns_fields[f].type);
		}
	world_of_facts(&c);
	decoded(&facts, &c);
	free(c.bytes);
	for (i = 0; i < facts.n_namespaces; i++)
		for (f = 0; f < NS_FIELDS; f++) {
			struct value v = ns_fields[f].get.ns(&facts.namespaces[i], buffer);

			assert_true(v.kind == VALUE_NONE || v.kind == ns_fields[f].type);
			/* A fact is one of the types that its row names. */
			if (ns_fields[f].types && !(ns_fields[f].types & 1u << facts.namespaces[i].type))
				assert_int_equal(v.kind, VALUE_NONE);
		}
	graph_free(&facts);
	for (i = 0; i < graph.n_tasks; i++)
		for (f = 0; f < TASK_FIELDS; f++) {
			struct value v = task_fields[f].get.task(&graph.tasks[i], buffer);

			assert_true(v.kind == VALUE_NONE || v.kind == task_fields[f].type);
		}
	assert_int_equal(sets_find(&sets, &graph, false, 0), 0);
	for (i = 0; i < sets.n; i++)
		for (f = 0; f < SET_FIELDS; f++) {
			struct value v = set_fields[f].get.set(&sets.list[i], buffer);

			assert_true(v.kind == VALUE_NONE || v.kind == set_fields[f].type);
			assert_non_null(set_fields[f].name);
			assert_non_null(set_fields[f].help);
		}
	sets_free(&sets);
	for (f = 0; f < NS_FIELDS; f++) {
		assert_int_equal(!!ns_fields[f].name, f < COLUMNS);
		assert_true(ns_fields[f].name || ns_fields[f].key.n);
		assert_non_null(ns_fields[f].help);
	}
	for (f = 0; f < TASK_FIELDS; f++) {
		assert_int_not_equal(task_fields[f].key.n, 0);
		assert_non_null(task_fields[f].help);
	}
	names_forget_users();
}

/* The manual, and where the list that begins with @item is in it. */
static char *manual;

static const char *list(const char *item)
{
	const char *at = strstr(manual, item);

	if (!at)
		fail_msg("the manual has no line '%s'", item);
	return at;
}

/* The next item of a list of the manual; NULL at the end of the list. */
static const char *next_item(const char *at, const char *macro, char *name, char *text, size_t size)
{
	size_t len = strlen(macro), n = 0;
	const char *end;

	if (strncmp(at, macro, len))
		return NULL;
	end = strchr(at, '\n');
	snprintf(name, size, "%.*s", (int)(end - at - (long)len), at + len);
	for (at = end + 1; *at && strncmp(at, ".It ", 4) && strncmp(at, ".El", 3); at = end + 1) {
		end = strchr(at, '\n');
		n += (size_t)snprintf(text + n, size - n, "%s%.*s", n ? " " : "", (int)(end - at), at);
	}
	return at;
}

/* Columns and keys are listed as the tables have them, with the same words. */
static void test_manual(void **state)
{
	FILE *f = fopen("../../userspace/nsinspect.8", "r");
	char name[256], text[256], key[260];
	const char *at;
	size_t size = 0;
	bool seen[NS_FIELDS] = { false };
	int i, n = 0;

	(void)state;
	assert_non_null(f);
	assert_true(getdelim(&manual, &size, '\0', f) > 0);
	fclose(f);

	at = list(".It Sy NS\n");
	for (i = 0; i < COLUMNS; i++) {
		at = next_item(at, ".It Sy ", name, text, sizeof(name));
		assert_non_null(at);
		assert_string_equal(name, ns_fields[i].name);
		assert_string_equal(text, ns_fields[i].help);
	}
	assert_null(next_item(at, ".It Sy ", name, text, sizeof(name)));

	at = list(".It Sy SET\n");
	for (i = 0; i < SET_COLUMNS; i++) {
		at = next_item(at, ".It Sy ", name, text, sizeof(name));
		assert_non_null(at);
		assert_string_equal(name, set_fields[i].name);
		assert_string_equal(text, set_fields[i].help);
	}
	assert_null(next_item(at, ".It Sy ", name, text, sizeof(name)));

	at = list(".It Sy TYPE\ntype of");
	for (i = 0; i < LIMIT_COLUMNS; i++) {
		at = next_item(at, ".It Sy ", name, text, sizeof(name));
		assert_non_null(at);
		assert_string_equal(name, limit_fields[i].name);
		assert_string_equal(text, limit_fields[i].help);
	}
	assert_null(next_item(at, ".It Sy ", name, text, sizeof(name)));

	/* Namespaces have their keys in another order than their columns. */
	at = list(".It Li type\n");
	while ((at = next_item(at, ".It Li ", name, text, sizeof(name)))) {
		snprintf(key, sizeof(key), "\"%s\":", name);
		for (i = 0; i < NS_FIELDS; i++)
			if (ns_fields[i].key.n == strlen(key) && !memcmp(ns_fields[i].key.text, key, strlen(key)))
				break;
		if (i == NS_FIELDS || seen[i])
			fail_msg("the manual has a key '%s' that namespaces do not have", name);
		seen[i] = true;
		assert_string_equal(text, ns_fields[i].help);
		n++;
	}
	for (i = 0; i < NS_FIELDS; i++)
		n -= !!ns_fields[i].key.n;
	assert_int_equal(n, 0);

	at = list(".It Li tid\n");
	for (i = 0; i < TASK_FIELDS; i++) {
		at = next_item(at, ".It Li ", name, text, sizeof(name));
		assert_non_null(at);
		snprintf(key, sizeof(key), "\"%s\":", name);
		assert_int_equal(task_fields[i].key.n, strlen(key));
		assert_memory_equal(task_fields[i].key.text, key, strlen(key));
		assert_string_equal(text, task_fields[i].help);
	}
	free(manual);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hostile_names, start, stop),
		cmocka_unit_test_setup_teardown(test_wrap, start, stop),
		cmocka_unit_test_setup_teardown(test_filter_of_words, start, stop),
		cmocka_unit_test_setup_teardown(test_width, start, stop),
		cmocka_unit_test_setup_teardown(test_ancestors, start, stop),
		cmocka_unit_test_setup_teardown(test_same_number, start, stop),
		cmocka_unit_test_setup_teardown(test_dot_same_number, start, stop),
		cmocka_unit_test_setup_teardown(test_dot, start, stop),
		cmocka_unit_test_setup_teardown(test_levels, start, stop),
		cmocka_unit_test(test_trees),
		cmocka_unit_test(test_details),
		cmocka_unit_test_setup_teardown(test_many_details, start, stop),
		cmocka_unit_test_setup_teardown(test_tree_width, start, stop),
		cmocka_unit_test_setup_teardown(test_types, start, stop),
		cmocka_unit_test(test_manual),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
