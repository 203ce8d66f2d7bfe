// SPDX-License-Identifier: GPL-2.0
/*
 * The process tree on a terminal that is redrawn: which tasks have a sign in the
 * margin, and what is left of the tree where the terminal is not high enough.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "made.h"
#include "marks.h"
#include "render.h"

#define NET	4026532201u
#define UTS	4026532301u

static struct tree_mark list[8];
static struct tree_marks marks = { list, 0 };
static char *text;
/* The picture before, where there are two. */
static struct graph before;

static struct tree_options plain(void)
{
	return (struct tree_options){
		.fold = true, .types = (1u << NS_TYPES) - 1, .marks = &marks, .no_header = true,
	};
}

static int begin(void **state)
{
	marks.n = 0;
	return start(state);
}

static int finish(void **state)
{
	free(text);
	text = NULL;
	graph_free(&before);
	return stop(state);
}

/* In the order of tids. */
static void mark(uint32_t tid, uint32_t moved)
{
	list[marks.n++] = (struct tree_mark){ tid, moved };
}

static void draw(const struct tree_options *o)
{
	size_t size = 0;
	FILE *out;

	free(text);
	text = NULL;
	out = open_memstream(&text, &size);
	assert_non_null(out);
	assert_int_equal(render_tree(&graph, o, out), 0);
	assert_int_equal(fclose(out), 0);
}

static int count_lines(void)
{
	const char *at;
	int n = 0;

	for (at = text; (at = strchr(at, '\n')); at++)
		n++;
	return n;
}

static void has(const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

static void has_not(const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' in:\n%s", part, text);
}

/* A shell of cron that moved, and one below it that is new. */
static void make_three(void)
{
	struct made init = child(1, NULL, "init"), m;

	m = child(10, &init, "cron");
	m = in(20, &m, "sh", SLOT_NET, NET);
	child(30, &m, "ip");
	link_all();
}

/* Each has a line of its own, and the margin is as wide in front of all lines. */
static void test_signs(void **state)
{
	struct tree_options o = plain();

	(void)state;
	make_three();
	draw(&o);
	assert_string_equal(text,
		"  1 init               all initial\n"
		"  └─ 10 cron ── 20 sh  NEW net:32201\n"
		"     └─ 30 ip\n");
	mark(20, 1u << SLOT_NET);
	mark(30, 0);
	draw(&o);
	assert_string_equal(text,
		"  1 init       all initial\n"
		"  └─ 10 cron\n"
		"~    └─ 20 sh  moved net  NEW net:32201\n"
		"+       └─ 30 ip\n");
	o.ascii = true;
	draw(&o);
	assert_string_equal(text,
		"  1 init       all initial\n"
		"  `- 10 cron\n"
		"~    `- 20 sh  moved net  NEW net:32201\n"
		"+       `- 30 ip\n");
	/* Without marks there is no margin. */
	o.marks = NULL;
	draw(&o);
	has("\n`- 10 cron -- 20 sh");
}

/* The slots that a task moved in stand out, and no others. */
static void test_color(void **state)
{
	struct tree_options o = plain();

	(void)state;
	o.color = true;
	make_three();
	all[2].inum[SLOT_UTS] = UTS;
	link_all();
	mark(20, 1u << SLOT_NET);
	mark(30, 0);
	draw(&o);
	has("\033[1;33m~ \033[0m");
	has("\033[1;32m+ \033[0m");
	has("moved \033[32m\033[7mnet\033[0m");
	has("\033[32m\033[7mnet:32201\033[0m");
	has("\033[95muts:32301\033[0m");
}

/* Also where it went back to its parent's, and of a namespace for its children. */
static void test_moved(void **state)
{
	struct tree_options o = plain();
	struct made init = child(1, NULL, "init");

	(void)state;
	child(10, &init, "back");
	in(20, &init, "pid", SLOT_PID_FOR_CHILDREN, 4026532401u);
	in(30, &init, "joins", SLOT_NET, NET);
	in(31, &init, "two", SLOT_NET, NET);
	link_all();
	mark(10, 1u << SLOT_NET | 1u << SLOT_UTS);
	mark(20, 1u << SLOT_PID_FOR_CHILDREN);
	mark(31, 1u << SLOT_NET);
	o.color = true;
	draw(&o);
	has("\033[1;33m\033[7mpending: children go to pid:32401\033[0m");
	has("JOINS 30's \033[32m\033[7mnet\033[0m");
	has_not("\033[7mnet:32201");
	o.color = false;
	draw(&o);
	has("~ ├─ 10 back   moved net uts\n");
	has("moved pid_for_children  pending: children go to pid:32401\n");
	has("moved net  JOINS 30's net\n");
}

/* A task that changed is not one of many, and the many still add up. */
static void test_unfolded(void **state)
{
	struct tree_options o = plain();
	struct made init = child(1, NULL, "init"), m;
	uint32_t i;

	(void)state;
	for (i = 10; i < 16; i++)
		child(i, &init, "sh");
	for (i = 20; i < 30; i += 2) {
		m = child(i, &init, "su");
		child(i + 1, &m, "vi");
	}
	link_all();
	draw(&o);
	has("├─ 10…15 6× sh\n");
	has("└─ 20…28 5× su ── 21…29 5× vi\n");
	mark(12, 0);
	mark(25, 0);
	draw(&o);
	has("  ├─ 10…15 5× sh\n");
	has("+ ├─ 12 sh\n");
	/* What is above it is drawn, and is not one of many either. */
	has("  ├─ 20…28 4× su ── 21…29 4× vi\n");
	has("  └─ 24 su\n+    └─ 25 vi\n");
	assert_int_equal(count_lines(), 6);
	/* Nor does what is below a task that changed stand beside it. */
	marks.n = 0;
	mark(24, 0);
	draw(&o);
	has("+ └─ 24 su\n     └─ 25 vi\n");
}

/* What has no line otherwise gets one: kernel threads, and what a type leaves out. */
static void test_folded_away(void **state)
{
	struct tree_options o = plain();
	struct made init, kthreadd;

	(void)state;
	kernel(&init, &kthreadd);
	child(10, &kthreadd, "kworker");
	child(11, &kthreadd, "kworker");
	child(20, &init, "sh");
	link_all();
	mark(11, 0);
	draw(&o);
	has("2 kthreadd ── 1 kernel thread");
	has("\n+ └─ 11 kworker\n");
	o.types = 1u << NSINSPECT_NS_TYPE_NET;
	marks.n = 0;
	draw(&o);
	has_not("20 sh");
	mark(20, 1u << SLOT_NET);
	draw(&o);
	has("~ └─ 20 sh  moved net\n");
	/* One that is neither above nor below what was asked for is left out. */
	o.task = 11;
	draw(&o);
	has_not("20 sh");
}

/* Eight lines; the fifth and the sixth lead to a mark. */
static void make_tall(void)
{
	struct made init = child(1, NULL, "init"), m;

	child(10, &init, "a");
	child(11, &init, "b");
	child(12, &init, "c");
	m = child(14, &init, "e");
	child(15, &m, "f");
	child(16, &init, "g");
	add_empty(NSINSPECT_NS_TYPE_NET, NET, NULL);
	link_all();
	mark(15, 0);
}

static const char cut_to_six[] =
	"  1 init  all initial\n"
	"  ├─ 10 a\n"
	"  ├─ 11 b\n"
	"  ├─ 14 e\n"
	"+ │  └─ 15 f\n"
	"… 3 more lines\n";

/* Lines that lead to a mark are the last to go, and what is missing is counted. */
static void test_height(void **state)
{
	struct tree_options o = plain();
	int height;

	(void)state;
	make_tall();
	draw(&o);
	assert_int_equal(count_lines(), 8);
	has("no task in: net:32201\n");
	o.height = 8;
	draw(&o);
	assert_int_equal(count_lines(), 8);
	has_not("more line");
	o.height = 6;
	draw(&o);
	assert_string_equal(text, cut_to_six);
	/* Never more than there is room for; what is missing and what is there add up. */
	for (height = 1; height < 8; height++) {
		char last[64];

		o.height = height;
		draw(&o);
		assert_int_equal(count_lines(), height);
		snprintf(last, sizeof(last), "… %d more lines\n", 8 - (height - 1));
		has(last);
		if (height >= 4)
			has("+ ");
	}
	/* Where not even they have room, it is the upper ones that are drawn. */
	o.height = 3;
	draw(&o);
	assert_string_equal(text, "  1 init  all initial\n  ├─ 14 e\n… 6 more lines\n");
	o.ascii = true;
	draw(&o);
	has("\n.. 6 more lines\n");
}

/* A task may have several lines: all of them are counted, and none is drawn alone. */
static void test_height_of_broken_lines(void **state)
{
	struct tree_options o = plain();
	struct made init = child(1, NULL, "init");
	char last[64];
	int lines;

	(void)state;
	child(10, &init, "a");
	in(11, &init, "b", SLOT_NET, NET);
	also(SLOT_UTS, UTS);
	also(SLOT_IPC, 4026532401u);
	also(SLOT_MNT, 4026532501u);
	child(12, &init, "c");
	child(13, &init, "d");
	link_all();
	o.width = 40;
	draw(&o);
	lines = count_lines();
	assert_true(lines > 5);
	o.height = lines - 1;
	draw(&o);
	/* init, a, all of b and c: the last line says that d and c have none. */
	assert_int_equal(count_lines(), lines - 1);
	has("uts:32301\n");
	has("… 2 more lines\n");
	o.height = 4;
	draw(&o);
	has_not("11 b");
	has("10 a\n");
	assert_int_equal(count_lines(), 3);
	snprintf(last, sizeof(last), "… %d more lines\n", lines - 2);
	has(last);
}

/* The sign is in front of the first line of a task only; past many levels as well. */
static void test_deep(void **state)
{
	struct tree_options o = plain();
	struct made m = child(1, NULL, "init");
	uint32_t i;

	(void)state;
	for (i = 2; i < 12; i++)
		m = in(i, &m, "sh", SLOT_UTS, UTS + i);
	in(12, &m, "ip", SLOT_NET, NET);
	also(SLOT_IPC, 4026532401u);
	also(SLOT_MNT, 4026532501u);
	child(13, last_made(), "tail");
	link_all();
	mark(12, 1u << SLOT_NET);
	o.width = 40;
	draw(&o);
	has("~ ⋯6             └─ 12 ip  moved net\n"
	    "                    │ 2 processes\n"
	    "                    │ NEW ipc:32401\n"
	    "                    │ mnt:32501\n"
	    "                    │ net:32201\n"
	    "  ⋯6                └─ 13 tail\n");
}

/* The system as it is made now becomes the picture before. */
static void change(void)
{
	link_all();
	graph_free(&before);
	before = graph;
	memset(&graph, 0, sizeof(graph));
}

static void renew(struct marks *m, bool threads, uint64_t now)
{
	const struct diff_options o = { 0 };
	struct diff d;

	link_all();
	assert_int_equal(diff_find(&d, &before, &graph, &o), 0);
	assert_int_equal(marks_renew(m, &d, threads, now, now + 3), 0);
	diff_free(&d);
	change();
}

#define MARKS(m, ...) are(m, (const struct tree_mark[]){ __VA_ARGS__ { 0, 0 } }, __LINE__)

static void are(const struct marks *m, const struct tree_mark *expected, int line)
{
	size_t n = 0;

	for (; expected[n].tid; n++)
		if (n >= m->tree.n || m->tree.list[n].tid != expected[n].tid ||
		    m->tree.list[n].slots != expected[n].slots)
			fail_msg("line %d: mark %zu is another one", line, n);
	if (n != m->tree.n)
		fail_msg("line %d: %zu marks, not %zu", line, m->tree.n, n);
}

/* A mark stays as long as it should, through other changes. */
static void test_renewed(void **state)
{
	const uint32_t net = 1u << SLOT_NET, uts = 1u << SLOT_UTS;
	struct made init = child(1, NULL, "init");
	struct marks m = { 0 };

	(void)state;
	child(10, &init, "sh");
	change();
	child(20, &init, "su");
	child(30, &init, "vi");
	renew(&m, false, 100);
	MARKS(&m, { 20, 0 }, { 30, 0 },);
	/* A task that moves as well: what it moved in adds up. */
	also(SLOT_NET, NET);
	all[1].inum[SLOT_NET] = NET;
	all[1].task.nsproxy_id = last_made()->task.nsproxy_id;
	renew(&m, false, 102);
	MARKS(&m, { 10, net }, { 20, 0 }, { 30, net },);
	also(SLOT_UTS, UTS);
	renew(&m, false, 103);
	/* That of 20 was too old at 103. */
	MARKS(&m, { 10, net }, { 30, net | uts },);
	assert_false(marks_expire(&m, 104));
	assert_true(marks_expire(&m, 105));
	MARKS(&m, { 30, net | uts },);
	/* Who goes takes its mark along. */
	n_made--;
	renew(&m, false, 104);
	MARKS(&m,);
	marks_free(&m);
}

/* A number that somebody else has now: no mark of the one before. */
static void test_number_again(void **state)
{
	struct made init = child(1, NULL, "init");
	struct marks marks_of = { 0 };

	(void)state;
	child(10, &init, "sh");
	change();
	also(SLOT_NET, NET);
	renew(&marks_of, false, 100);
	MARKS(&marks_of, { 10, 1u << SLOT_NET },);
	/* In another pid namespace it is another task. */
	n_made--;
	child(10, &init, "su");
	nr(1, 4026532401u);
	renew(&marks_of, false, 101);
	MARKS(&marks_of, { 10, 0 },);
	marks_free(&marks_of);
}

/* Threads that have no line get none by being new; by moving they do. */
static void test_threads(void **state)
{
	struct made init = child(1, NULL, "init"), m;
	struct marks marks_of = { 0 };
	bool threads;

	(void)state;
	m = child(10, &init, "java");
	for (threads = false; ; threads = true) {
		n_made = 2;
		change();
		child(11, &m, "gc");
		thread_of(&m);
		child(12, &m, "net");
		thread_of(&m);
		also(SLOT_NET, NET);
		renew(&marks_of, threads, 100);
		if (threads)
			break;
		MARKS(&marks_of, { 12, 0 },);
		/* Back where its leader is. */
		all[3].inum[SLOT_NET] = initial[SLOT_NET];
		all[3].task.nsproxy_id = m.task.nsproxy_id;
		renew(&marks_of, threads, 101);
		MARKS(&marks_of, { 12, 1u << SLOT_NET },);
		marks_free(&marks_of);
	}
	MARKS(&marks_of, { 11, 0 }, { 12, 0 },);
	marks_free(&marks_of);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)
	const struct CMUnitTest tests[] = {
		TEST(test_signs),
		TEST(test_color),
		TEST(test_moved),
		TEST(test_unfolded),
		TEST(test_folded_away),
		TEST(test_height),
		TEST(test_height_of_broken_lines),
		TEST(test_deep),
		TEST(test_renewed),
		TEST(test_number_again),
		TEST(test_threads),
	};

	if (!setlocale(LC_ALL, "C.UTF-8"))
		return 1;
	return cmocka_run_group_tests_name("marks", tests, NULL, NULL);
}
