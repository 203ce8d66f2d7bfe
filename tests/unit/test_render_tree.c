// SPDX-License-Identifier: GPL-2.0
/*
 * The process tree: what the line of a task says. Pictures are made up; widths
 * and places of lines are looked at only where a test is about these.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "made.h"
#include "messages.h"
#include "origin.h"
#include "render.h"
#include "text.h"

#define NET	4026532201u
#define UTS	4026532301u
#define PID	4026532401u
#define TIME	4026532501u
#define USER	4026532601u
#define MNT	4026532701u
#define IPC	4026532801u

static struct tree_options plain(int width)
{
	return (struct tree_options){
		.fold = true, .width = width, .types = (1u << NS_TYPES) - 1
	};
}

/* What was drawn last; the tests look at this. */
static char *text;
/* Between two runs on a line of it. */
static const char *dash;

static void draw(const struct tree_options *o)
{
	size_t size = 0;
	FILE *out;

	free(text);
	text = NULL;
	dash = o->ascii ? " -- " : " ── ";
	out = open_memstream(&text, &size);
	assert_non_null(out);
	assert_int_equal(render_tree(&graph, o, out), 0);
	assert_int_equal(fclose(out), 0);
}

static int finish(void **state)
{
	free(text);
	text = NULL;
	return stop(state);
}

static size_t count_lines(void)
{
	const char *at = text;
	size_t n = 0;

	while ((at = strchr(at, '\n'))) {
		at++;
		n++;
	}
	return n;
}

static int widest(void)
{
	char *copy = strdup(text), *line;
	int max = 0;

	assert_non_null(copy);
	for (line = strtok(copy, "\n"); line; line = strtok(NULL, "\n"))
		if (text_width(line) > max)
			max = text_width(line);
	free(copy);
	return max;
}

/* Where the run at @at ends; a line may have some, and what it says is about the last. */
static const char *end_of_run(const char *at, const char *end)
{
	const char *next = memmem(at, (size_t)(end - at), dash, strlen(dash));
	const char *gap = memmem(at, (size_t)(end - at), "  ", 2);

	return next && (!gap || next < gap) ? next : gap ? gap : end;
}

/*
 * The run that is @label, without the tree's lines. What its line says goes to
 * @right: nothing, where another one follows. Return: columns in front of its
 * line; -1: there is no such run.
 */
static int find(const char *label, char *right, size_t size)
{
	const char *line, *end, *at, *stop, *start;
	size_t n = strlen(label);

	for (line = text; *line; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		start = line;
		while (start < end && (*start < '0' || *start > '9'))
			start++;
		for (at = start; at < end; at = stop + strlen(dash)) {
			stop = end_of_run(at, end);
			if ((size_t)(stop - at) == n && !strncmp(at, label, n)) {
				bool last = *stop != ' ' || stop[1] == ' ';

				stop += last ? (int)strspn(stop, " ") : end - stop;
				if (right)
					snprintf(right, size, "%.*s", (int)(end - stop), stop);
				return (int)(start - line);
			}
			if (strncmp(stop, dash, strlen(dash)))
				break;
		}
	}
	return -1;
}

#define SAYS(label, what) says(label, what, __LINE__)

static void says(const char *label, const char *what, int line)
{
	char right[1024];

	if (find(label, right, sizeof(right)) < 0)
		fail_msg("line %d: no line '%s' in:\n%s", line, label, text);
	if (strcmp(right, what))
		fail_msg("line %d: '%s' says '%s', not '%s'", line, label, right, what);
}

static void no_line(const char *label)
{
	if (find(label, NULL, 0) >= 0)
		fail_msg("there is a line '%s' in:\n%s", label, text);
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

/* What is new says so with its number, short; below it nothing is repeated. */
static void test_new(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	child(10, &init, "cron");
	in(20, &init, "ip", SLOT_NET, NET);
	m = also(SLOT_UTS, UTS);
	child(21, &m, "bash");
	link_all();
	draw(&o);
	SAYS("1 init", "all initial");
	SAYS("10 cron", "");
	SAYS("20 ip", "NEW net:32201 uts:32301");
	SAYS("21 bash", "");
	assert_true(find("21 bash", NULL, 0) > find("20 ip", NULL, 0));
	o.whole = true;
	draw(&o);
	SAYS("20 ip", "NEW net:4026532201 uts:4026532301");
}

/* Whose namespace a task has entered: no number has to be compared. */
static void test_joins(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	in(907, &init, "pause", SLOT_NET, NET);
	also(SLOT_UTS, UTS);
	m = also(SLOT_IPC, IPC);
	m = in(917, &init, "app", SLOT_NET, NET);
	also(SLOT_UTS, UTS);
	also(SLOT_IPC, IPC);
	m = also(SLOT_MNT, MNT);
	in(918, &m, "back", SLOT_NET, initial[SLOT_NET]);
	also(SLOT_UTS, initial[SLOT_UTS]);
	in(920, &init, "both", SLOT_NET, NET);
	also(SLOT_MNT, MNT);
	also(SLOT_UTS, UTS);
	link_all();
	draw(&o);
	SAYS("907 pause", "1 process  NEW ipc:32801 net:32201 uts:32301");
	SAYS("917 app", "NEW mnt:32701  JOINS 907's ipc net uts");
	SAYS("918 back", "JOINS 1's net uts");
	SAYS("920 both", "JOINS 917's mnt  JOINS 907's net uts");
}

/* What has a name is joined by everybody. */
static void test_names(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init");

	(void)state;
	in(10, &init, "router", SLOT_NET, NET);
	also(SLOT_MNT, MNT);
	in(11, &init, "other", SLOT_NET, NET);
	add_empty(NSINSPECT_NS_TYPE_NET, NET, "bl\033ue");
	link_all();
	draw(&o);
	SAYS("10 router", "NEW mnt:32701  JOINS net:32201 (bl\\x1bue)");
	SAYS("11 other", "JOINS 10's net (bl\\x1bue)");
}

/* One word for a whole set. */
static void test_same_set(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	in(907, &init, "sh", SLOT_NET, NET);
	also(SLOT_USER, USER);
	m = also(SLOT_UTS, UTS);
	child(950, &init, "daemon");
	shares(&m);
	link_all();
	draw(&o);
	SAYS("950 daemon", "same as 907");
	/* With one type there is nothing to shorten. */
	o.types = 1u << NSINSPECT_NS_TYPE_NET;
	draw(&o);
	SAYS("950 daemon", "JOINS 907's net");
}

/* The set of one task, and a namespace of it that a task with a higher number is in. */
static void test_set_begins_elsewhere(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	m = in(30, &init, "above", SLOT_NET, NET);
	m = in(10, &m, "below", SLOT_UTS, UTS);
	child(20, &init, "shares");
	shares(&m);
	link_all();
	draw(&o);
	SAYS("20 shares", "NEW net:32201  JOINS 10's uts");
	SAYS("30 above", "JOINS 20's net");
}

/* Who is named by a set has a line of its own, too, though nothing begins with it. */
static void test_set_is_named(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;
	uint32_t i;

	(void)state;
	in(5, &init, "net", SLOT_NET, NET);
	in(6, &init, "uts", SLOT_UTS, UTS);
	for (i = 10; i < 13; i++) {
		in(i, &init, "sh", SLOT_NET, NET);
		m = also(SLOT_UTS, UTS);
	}
	child(20, &init, "exec");
	shares(&m);
	link_all();
	draw(&o);
	SAYS("10…11 2× sh", "JOINS 5's net  JOINS 6's uts");
	SAYS("12 sh", "JOINS 5's net  JOINS 6's uts");
	SAYS("20 exec", "same as 12");
}

/* The user namespace of a zombie is known, its others are not: above it is who has these. */
static void test_below_zombie(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	in(5, &init, "sh", SLOT_USER, USER);
	gone('Z');
	m = *last_made();
	child(6, &m, "back");
	shares(&init);
	link_all();
	draw(&o);
	SAYS("6 back", "JOINS 1's user");
}

static void test_roots(void **state)
{
	struct tree_options o = plain(0);
	struct made init = in(1, NULL, "init", SLOT_TIME, TIME), lost;

	(void)state;
	child(4, &init, "sh");
	lost = child(5, &init, "lost");
	n_made--;
	lost = in(6, &lost, "ip", SLOT_NET, NET);
	child(7, &lost, "sleep");
	child(8, &lost, "thread");
	last_made()->task.tgid = 5;
	child(9, &lost, "last");
	last_made()->task.tgid = 5;
	gone('R');
	link_all();
	draw(&o);
	/* Nothing is said to be new of what is compared with nothing, nor to begin. */
	SAYS("1 init", "time:32501  else initial");
	SAYS("6 ip", "net:32201  JOINS 1's time  else initial");
	SAYS("7 sleep", "");
	SAYS("8 {thread}", "JOINS 6's net  JOINS 1's time  else initial");
	SAYS("9 {last}", "exiting");
	assert_int_equal(find("6 ip", NULL, 0), 0);
	o.types = 1u << NSINSPECT_NS_TYPE_NET | 1u << NSINSPECT_NS_TYPE_UTS;
	draw(&o);
	SAYS("1 init", "net uts initial  ── 1 more process");
	SAYS("6 ip", "net:32201  uts initial  ── 1 more process");
}

static void test_pid_levels(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), sh;

	(void)state;
	child(17, &init, "sh");
	sh = nr(1, PID);
	child(30, &sh, "sh");
	nr(5, 0);
	sh = nr(1, PID + 1);
	child(31, &sh, "sleep");
	last_made()->nr[1] = 6;
	nr(2, 0);
	link_all();
	draw(&o);
	SAYS("17→1 sh", "3 processes  NEW pid:32401");
	SAYS("30→5→1 sh", "2 processes  NEW pid:32402");
	SAYS("31→6→2 sleep", "");
	/* Threads of an inner one are in the outer one, too. */
	child(32, &all[3], "thread");
	thread_of(&all[3]);
	link_all();
	draw(&o);
	SAYS("17→1 sh", "3 processes, 4 tasks  NEW pid:32401");
	SAYS("30→5→1 sh", "2 processes, 3 tasks  NEW pid:32402");
	/* Compared with nothing: no container begins there. */
	n_made = 0;
	init = child(50, NULL, "lost");
	nr(1, PID);
	link_all();
	draw(&o);
	SAYS("50→1 lost", "pid:32401  else initial");
}

/* A run of tasks that are drawn on the line of the one above them, and when they are not. */
static void test_one_line(void **state)
{
	struct tree_options o = plain(100);
	struct made init, kthreadd, m;
	uint32_t i;

	(void)state;
	kernel(&init, &kthreadd);
	m = child(10, &init, "shim");
	m = in(11, &m, "app", SLOT_NET, NET);
	child(12, &m, "below");
	/* Two below it. */
	m = child(20, &init, "two");
	child(21, &m, "a");
	child(22, &m, "b");
	/* With kernel threads on its own line. */
	m = child(30, &init, "helped");
	child(31, &m, "worker");
	last_made()->task.kthread = true;
	child(32, &m, "c");
	/* Runs, each of them of some. */
	for (i = 40; i < 60; i += 10) {
		m = child(i, &init, "pool");
		child(i + 1, &m, "w");
		child(i + 2, &m, "w");
	}
	link_all();
	draw(&o);
	has("\n├─ 10 shim ── 11 app  NEW net:32201\n│  └─ 12 below\n");
	has("\n├─ 20 two\n│  ├─ 21 a\n│  └─ 22 b\n");
	has("\n├─ 30 helped ── 1 kernel thread\n│  └─ 32 c\n");
	has("\n└─ 40…50 2× pool ── 41…52 2× (2× w)\n");
	o.ascii = true;
	draw(&o);
	has("\n|- 10 shim -- 11 app  NEW net:32201\n");
	o.ascii = o.fold = false;
	draw(&o);
	has("\n├─ 10 shim\n");
	has("\n│  └─ 11 app");
}

/* What there is room for is on one line, if that saves one. */
static void test_one_line_has_room(void **state)
{
	struct tree_options o = plain(60);
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	m = child(10, &init, "fifteen-letters");
	m = child(11, &m, "fifteen-letters");
	child(12, &m, "fifteen-letters");
	m = child(20, &init, "fifteen-letters");
	in(21, &m, "letters", SLOT_NET, NET);
	m = child(30, &init, "sh");
	m = child(31, &m, "sh");
	in(32, &m, "many", SLOT_NET, NET + 1);
	also(SLOT_CGROUP, 4026532901);
	also(SLOT_IPC, IPC);
	also(SLOT_MNT, MNT);
	also(SLOT_UTS, UTS);
	link_all();
	draw(&o);
	assert_in_range(widest(), 1, 60);
	has("\n├─ 10 fifteen-letters ── 11 fifteen-letters\n│  └─ 12 fifteen-letters\n");
	/* What is to be said of it would begin too far to the right. */
	has("\n├─ 20 fifteen-letters\n│  └─ 21 letters ");
	has("\n└─ 30 sh ── 31 sh ── 32 many  ");
	o.width = 0;
	draw(&o);
	has("\n├─ 10 fifteen-letters ── 11 fifteen-letters ── 12 fifteen-letters\n");
	has("\n├─ 20 fifteen-letters ── 21 letters  NEW net:32201\n");
}

/* The user a task is outside matters where its user namespace begins. */
static void test_uid(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init");

	(void)state;
	in(7, &init, "bwrap", SLOT_USER, USER);
	last_made()->task.uid = 1000;
	in(8, &init, "bwrap", SLOT_USER, USER + 1);
	last_made()->task.uid = 1000;
	in(9, &init, "bwrap", SLOT_USER, USER + 2);
	link_all();
	draw(&o);
	SAYS("7…8 2× bwrap", "each its own user (uid 1000)");
	SAYS("9 bwrap", "NEW user:32603 (uid 0)");
}

static void test_kthreads(void **state)
{
	struct tree_options o = plain(0);
	struct made init, kthreadd, worker;

	(void)state;
	kernel(&init, &kthreadd);
	child(3, &kthreadd, "ksoftirqd/0");
	child(4, &kthreadd, "migration/0");
	in(5, &kthreadd, "kdevtmpfs", SLOT_MNT, MNT);
	link_all();
	draw(&o);
	has("2 kthreadd ── 3 kernel threads, but 5 kdevtmpfs NEW mnt:32701\n");
	o.kthreads = true;
	draw(&o);
	SAYS("3 ksoftirqd/0", "");
	SAYS("5 kdevtmpfs", "NEW mnt:32701");
	o.kthreads = false;
	o.fold = false;
	draw(&o);
	SAYS("4 migration/0", "");

	/* More of the same are counted; what differs from these has a line. */
	o.fold = true;
	in(6, &kthreadd, "also", SLOT_MNT, MNT + 1);
	in(7, &kthreadd, "odd", SLOT_NET, NET);
	in(8, &kthreadd, "joins", SLOT_NET, NET);
	worker = child(9, &kthreadd, "kworker/0:1");
	child(10, &worker, "modprobe");
	last_made()->task.kthread = false;
	link_all();
	draw(&o);
	has("2 kthreadd ── 4 kernel threads, 2 with their own mnt\n");
	SAYS("7 odd", "NEW net:32201");
	SAYS("8 joins", "JOINS 7's net");
	SAYS("10 modprobe", "");
}

/* Kernel threads without kthreadd, as a race may leave them. */
static void test_kthreads_alone(void **state)
{
	struct tree_options o = plain(0);
	struct made init, kthreadd;

	(void)state;
	kernel(&init, &kthreadd);
	n_made--;
	child(3, &kthreadd, "ksoftirqd/0");
	link_all();
	draw(&o);
	has("\n1 kernel thread\n");

	/* Without pid 1 nothing is known of it from some other task. */
	n_made = 0;
	child(4, &init, "lost");
	child(5, &kthreadd, "rcu_sched");
	link_all();
	draw(&o);
	SAYS("4 lost", "all initial");
	SAYS("5 rcu_sched", "all initial");
}

/* Siblings that are alike become one line, also with others between them. */
static void test_fold(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;
	uint32_t i;

	(void)state;
	for (i = 5; i < 8; i++)
		child(i, &init, "agetty");
	child(8, &init, "cron");
	child(9, &init, "agetty");
	for (i = 10; i <= 30; i += 10) {
		m = child(i, &init, "sshd");
		m = child(i + 1, &m, "sshd");
		child(i + 2, &m, "bash");
		child(i + 3, &m, "bash");
	}
	link_all();
	draw(&o);
	SAYS("5…9 4× agetty", "");
	SAYS("8 cron", "");
	SAYS("10…30 3× sshd", "");
	SAYS("11…31 3× sshd", "");
	/* How many in each of how many. */
	SAYS("12…33 3× (2× bash)", "");
	/* One below another, and nothing to say of the upper one. */
	has("\n└─ 10…30 3× sshd ── 11…31 3× sshd ── 12…33 3× (2× bash)\n");
	assert_int_equal(count_lines(), 5);
	o.ascii = true;
	draw(&o);
	SAYS("12..33 3x (2x bash)", "");
	o.ascii = o.fold = false;
	draw(&o);
	for (i = 0; i < graph.n_tasks; i++) {
		char label[32];

		snprintf(label, sizeof(label), "%u %s", graph.tasks[i].tid, graph.tasks[i].comm);
		assert_true(find(label, NULL, 0) >= 0);
	}
	assert_int_equal(count_lines(), 1 + graph.n_tasks);
}

/* Namespaces of their own are no difference; whoever is named has a line. */
static void test_each_its_own(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;
	uint32_t i;

	(void)state;
	for (i = 0; i < 100; i++) {
		m = in(100 + i, &init, "sandboxed", SLOT_NET, NET + 1000 + i);
		m = also(SLOT_MNT, MNT + 2000 + i);
		if (i < 50)
			child(300 + i, &m, "below");
	}
	in(400, &init, "sandboxed", SLOT_NET, NET + 5000);
	in(401, &init, "visitor", SLOT_NET, NET + 1060);
	in(402, &init, "visitor", SLOT_NET, NET + 1060);
	link_all();
	draw(&o);
	SAYS("100…149 50× sandboxed", "each its own mnt net");
	SAYS("300…349 50× below", "");
	SAYS("150…199 49× sandboxed", "each its own mnt net");
	SAYS("160 sandboxed", "NEW mnt:34761 net:33261");
	SAYS("400 sandboxed", "NEW net:37201");
	SAYS("401…402 2× visitor", "JOINS 160's net");

	/* Whoever joins another one's is not the same. */
	n_made = 1;
	in(10, &init, "a", SLOT_NET, NET);
	in(11, &init, "b", SLOT_NET, NET + 1);
	in(12, &init, "c", SLOT_NET, NET);
	in(13, &init, "c", SLOT_NET, NET + 1);
	link_all();
	draw(&o);
	SAYS("12 c", "JOINS 10's net");
	SAYS("13 c", "JOINS 11's net");
}

/* Quiet siblings of many names; those of one name stay under it. */
static void test_others(void **state)
{
	static const char *const names[] = { "cron", "dbus", "sshd", "atd", "getty", "acpid" };
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;
	uint32_t i;

	(void)state;
	for (i = 0; i < 6; i++) {
		child(10 + i, &init, names[i]);
		child(20 + i, &init, "worker");
		in(30 + i, &init, names[i], SLOT_MNT, MNT + i);
	}
	in(50, &init, "own", SLOT_UTS, UTS);
	child(51, &init, "dead");
	gone('Z');
	m = child(52, &init, "parent");
	child(53, &m, "below");
	in(54, &init, "thread", SLOT_IPC, IPC);
	thread_of(&init);
	link_all();
	draw(&o);
	SAYS("10…15 6× (others)", "nothing new");
	SAYS("20…25 6× worker", "");
	SAYS("30…35 6× (others)", "each its own mnt");
	SAYS("50 own", "NEW uts:32301");
	SAYS("51 dead", "zombie");
	SAYS("52 parent", "");
	SAYS("54 {thread}", "NEW ipc:32801");

	/* A few have their names. */
	n_made = 1;
	for (i = 0; i < 4; i++)
		child(10 + i, &init, names[i]);
	link_all();
	draw(&o);
	SAYS("13 atd", "");
	has_not("(others)");
	/* What differs in one of them is below a fold in none. */
	n_made = 1;
	for (i = 0; i < 2; i++) {
		uint32_t j;

		m = child(100 * i + 100, &init, "parent");
		for (j = 0; j < 5; j++)
			child(100 * i + 101 + j, &m, names[j ? i + j : 0]);
	}
	link_all();
	draw(&o);
	SAYS("101…105 5× (others)", "nothing new");
	SAYS("201…205 5× (others)", "nothing new");
}

/* What is not only theirs, or more than a process, keeps its name among many others. */
static void test_no_others(void **state)
{
	struct tree_options o = plain(0);
	struct made init, kthreadd, java;
	char name[] = "a";
	uint32_t i;

	(void)state;
	kernel(&init, &kthreadd);
	o.kthreads = true;
	for (i = 10; i < 16; i++, name[0]++)
		child(i, &kthreadd, name);
	for (i = 20; i < 26; i++, name[0]++) {
		child(i, &init, name);
		nr(1, PID + i);
	}
	in(30, &init, "net", SLOT_NET, NET);
	for (i = 31, name[0] = 'a'; i < 37; i++, name[0]++) {
		in(i, &init, name, SLOT_NET, NET);
		also(SLOT_MNT, MNT + i);
	}
	java = child(40, &init, "java");
	for (i = 41; i < 47; i++, name[0]++) {
		in(i, &java, name, SLOT_NET, NET + i);
		thread_of(&java);
	}
	link_all();
	draw(&o);
	has_not("others");
	SAYS("15 f", "");
	SAYS("20→1 g", "1 process  NEW pid:32421");
	SAYS("36 f", "NEW mnt:32737  JOINS 30's net");
	SAYS("46 {l}", "NEW net:32247");
}

/* Kernel threads with namespaces of their own are on one line if these are of the same types. */
static void test_kthreads_differ(void **state)
{
	struct tree_options o = plain(0);
	struct made init, kthreadd, m;
	uint32_t i;

	(void)state;
	kernel(&init, &kthreadd);
	child(3, &kthreadd, "kworker");
	in(4, &kthreadd, "kdevtmpfs", SLOT_MNT, MNT);
	in(5, &kthreadd, "other", SLOT_NET, NET);
	m = in(6, &kthreadd, "above", SLOT_UTS, UTS);
	in(7, &m, "below", SLOT_NET, NET + 1);
	in(8, &kthreadd, "three", SLOT_UTS, UTS + 1);
	also(SLOT_NET, NET + 2);
	also(SLOT_IPC, IPC);
	for (i = 10; i < 50; i += 10) {
		m = child(i, &init, "sh");
		child(i + 1, &m, "worker");
		last_made()->task.kthread = true;
		child(i + 2, &m, "worker");
		last_made()->task.kthread = true;
		if (i >= 20)
			also(i < 40 ? SLOT_MNT : SLOT_NET, MNT + i);
	}
	m = child(50, &init, "sh");
	for (i = 51; i < 53; i++) {
		in(i, &m, "worker", SLOT_MNT, MNT + i);
		last_made()->task.kthread = true;
	}
	link_all();
	draw(&o);
	SAYS("4 kdevtmpfs", "NEW mnt:32701");
	has("─ 6 above ── 1 kernel thread, but 7 below NEW net:32202  NEW uts:32301\n");
	SAYS("8 three", "1 process  NEW ipc:32801 net:32203 uts:32302");
	has("\n2 kthreadd ── 2 kernel threads, but 5 other NEW net:32201\n");
	has("─ 10 sh ── 2 kernel threads\n");
	has("─ 20…30 2× sh ── 4 kernel threads, 2 with their own mnt\n");
	has("─ 40 sh ── 2 kernel threads, but 42 worker NEW net:32741\n");
	has("─ 50 sh ── 2 kernel threads, 2 with their own mnt\n");
}

static void test_pending(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	m = in(5, &init, "unshare", SLOT_PID_FOR_CHILDREN, PID);
	m = child(6, &m, "bash");
	m = nr(1, 0);
	child(7, &m, "vim");
	nr(2, 0);
	in(8, &init, "sleep", SLOT_PID_FOR_CHILDREN, PID + 1);
	also(SLOT_TIME_FOR_CHILDREN, TIME);
	in(9, &init, "sleep", SLOT_PID_FOR_CHILDREN, PID + 2);
	in(10, &init, "nsenter", SLOT_PID_FOR_CHILDREN, PID);
	link_all();
	draw(&o);
	SAYS("5 unshare", "");
	SAYS("6→1 bash", "2 processes  NEW pid:32401");
	SAYS("8 sleep", "pending: children go to pid:32402  "
	     "pending: children go to time:32501");
	SAYS("9 sleep", "pending: children go to pid:32403");
	SAYS("10 nsenter", "children join 6's pid");
	has("\nno task in: pid:32402 (pending: 8 sleep)  pid:32403 (pending: 9 sleep)  "
	    "time:32501 (pending: 8 sleep)\n");
	o.types = 1u << NSINSPECT_NS_TYPE_TIME;
	draw(&o);
	SAYS("8 sleep", "pending: children go to time:32501");
	has("\nno task in: time:32501 (pending: 8 sleep)\n");
}

/* Whose pid namespace children have entered is said where the parent says what it has joined. */
static void test_children_join(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	in(10, &init, "api", SLOT_NET, NET);
	nr(1, PID);
	m = in(20, &init, "runc", SLOT_NET, NET);
	m = also(SLOT_PID_FOR_CHILDREN, PID);
	m = child(21, &m, "sh");
	m = nr(2, 0);
	child(22, &m, "top");
	nr(3, 0);
	/* Its own child is the first. */
	m = in(30, &init, "unshare", SLOT_PID_FOR_CHILDREN, PID + 1);
	child(31, &m, "first");
	nr(1, 0);
	child(32, &m, "second");
	nr(2, 0);
	link_all();
	draw(&o);
	SAYS("20 runc", "JOINS 10's net  children join 10's pid");
	SAYS("21→2 sh", "JOINS 10's pid");
	SAYS("22→3 top", "");
	SAYS("30 unshare", "");
}

/* What is not known is not said to differ; who is below differs from who is above. */
/* Reparented, or entered without a child since: where children go is not where others are. */
static void test_pending_below(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;
	uint32_t i;

	(void)state;
	m = in(5, &init, "sh", SLOT_PID_FOR_CHILDREN, PID);
	child(6, &m, "pid");
	last_made()->inum[SLOT_PID] = initial[SLOT_PID];
	last_made()->task.n_upids = 1;
	m = in(7, &init, "sh", SLOT_TIME_FOR_CHILDREN, TIME);
	for (i = 8; i < 10; i++) {
		child(i, &m, "time");
		last_made()->inum[SLOT_TIME] = initial[SLOT_TIME];
		last_made()->task.nsproxy_id = m.task.nsproxy_id;
	}
	link_all();
	draw(&o);
	SAYS("6 pid", "pending: children go to pid:32401");
	/* Of the same namespace, many can say it at once. */
	SAYS("8…9 2× time", "pending: children go to time:32501");
	has("\nno task in: pid:32401 (pending: 5 sh and 1 more)  time:32501 (pending: 7 sh and 2 more)\n");
	/* A thread that is as its leader is not one more. */
	child(20, &all[1], "thread");
	thread_of(&all[1]);
	last_made()->inum[SLOT_PID] = initial[SLOT_PID];
	last_made()->task.n_upids = 1;
	link_all();
	draw(&o);
	has("pid:32401 (pending: 5 sh and 1 more)");
}

static void test_zombie(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	m = in(5, &init, "make", SLOT_NET, NET);
	child(6, &m, "cc1");
	gone('Z');
	child(7, &m, "cc1");
	gone('Z');
	child(8, &m, "cc1");
	gone('R');
	child(9, &m, "cc1");
	m = child(10, &m, "sh");
	gone('Z');
	m = child(11, &m, "sleep");
	in(12, &m, "ip", SLOT_UTS, UTS);
	child(13, &m, "unit");
	nr(1, PID);
	gone('Z');
	link_all();
	draw(&o);
	SAYS("6…7 2× cc1", "zombie");
	SAYS("8 cc1", "exiting");
	SAYS("9 cc1", "");
	SAYS("10 sh", "zombie");
	SAYS("11 sleep", "");
	SAYS("12 ip", "NEW uts:32301");
	SAYS("13→1 unit", "zombie  1 process  NEW pid:32401");
	o.types = 1u << NSINSPECT_NS_TYPE_IPC;
	draw(&o);
	/* They have no such namespace any more: nothing that was asked for differs. */
	SAYS("1 init", "ipc initial  ── 9 more processes");
	has_not("zombie");
	o.types = 1u << NSINSPECT_NS_TYPE_PID;
	draw(&o);
	SAYS("13→1 unit", "zombie  1 process  NEW pid:32401");
	o.fold = false;
	draw(&o);
	SAYS("6 cc1", "zombie");
}

static void test_threads(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), java;
	uint32_t i;

	(void)state;
	java = child(5, &init, "java");
	in(6, &java, "prober", SLOT_NET, NET);
	thread_of(&java);
	child(7, &java, "GC");
	thread_of(&java);
	child(8, &java, "GC");
	thread_of(&java);
	child(9, &java, "sh");
	link_all();
	draw(&o);
	SAYS("6 {prober}", "NEW net:32201");
	SAYS("9 sh", "");
	no_line("7…8 2× {GC}");
	o.threads = true;
	draw(&o);
	SAYS("7…8 2× {GC}", "");
	for (i = 0; i < 5; i++) {
		char name[] = { (char)('a' + i), 0 };

		child(20 + i, &java, name);
		thread_of(&java);
	}
	link_all();
	draw(&o);
	SAYS("20…24 5× {others}", "nothing new");

	/* Threads without a line are not counted where most of them are not in the picture. */
	n_made = 1;
	java = child(5, &init, "java");
	child(6, &java, "user");
	shares(&java);
	last_made()->inum[SLOT_USER] = USER;
	thread_of(&java);
	link_all();
	o.threads = false;
	o.types = 1u << NSINSPECT_NS_TYPE_NET;
	draw(&o);
	has("1 init  net initial  ── 1 more process\n");
	o.threads = true;
	draw(&o);
	has("1 init  net initial  ── 2 more tasks\n");
	o.threads = false;
	o.types = (1u << NS_TYPES) - 1;

	/* Its leader gone, it differs from who is above that. */
	n_made = 1;
	java = in(5, &init, "java", SLOT_NET, NET);
	child(6, &java, "main");
	thread_of(&java);
	all[1].task.state = 'Z';
	all[1].task.nsproxy_id = 0;
	link_all();
	o.threads = false;
	draw(&o);
	SAYS("5 java", "zombie");
	SAYS("6 {main}", "NEW net:32201");
}

/* Where a container begins: how large it is, and its name. */
static void test_container(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), shim, web, m;
	struct names names = { 0 };
	uint32_t i;

	(void)state;
	shim = child(100, &init, "shim");
	in(101, &shim, "nginx", SLOT_NET, NET);
	web = nr(1, PID);
	for (i = 102; i < 110; i++) {
		child(i, &web, "nginx");
		nr(i - 100, 0);
	}
	child(110, &web, "thread");
	thread_of(&web);
	/* Entered from outside: in the pid namespace, not below its first task. */
	child(120, &init, "exec");
	shares(&web);
	nr(20, 0);
	/* Without a pid namespace of its own it is as large as what is below it. */
	in(130, &shim, "three", SLOT_NET, NET + 1);
	also(SLOT_UTS, UTS);
	m = also(SLOT_MNT, MNT);
	child(131, &m, "below");
	child(132, &m, "below");
	assert_int_equal(names_add(&names, NAME_CONTAINER, 0, 101, "docker-0123456789ab"), 0);
	o.names = &names;
	link_all();
	draw(&o);
	SAYS("101→1 nginx", "docker-0123456789ab  10 processes, 11 tasks  NEW net:32201 pid:32401");
	SAYS("102→2…109→9 8× nginx", "");
	SAYS("120→20 exec", "same as 101");
	SAYS("130 three", "3 processes  NEW mnt:32701 net:32202 uts:32301");
	has("node7  6.12.57   15 processes, 16 tasks, ");
	/* How many tasks there are is not made up. */
	ns_of(PID)->tasks = -1;
	graph.has_snapshot = false;
	draw(&o);
	SAYS("101→1 nginx", "docker-0123456789ab  10 processes  NEW net:32201 pid:32401");
	has("node7  6.12.57   15 processes, 13 namespaces\n");

	/* Those without a name fold, when they are alike. */
	n_made = 1;
	for (i = 200; i < 230; i += 10) {
		child(i, &init, "bwrap");
		m = nr(1, PID + i);
		child(i + 1, &m, "app");
		nr(2, 0);
	}
	assert_int_equal(names_add(&names, NAME_CONTAINER, 0, 220, "named"), 0);
	link_all();
	draw(&o);
	SAYS("200→1…210→1 2× bwrap", "each 2 processes  each its own pid");
	SAYS("201→2…211→2 2× app", "");
	SAYS("220→1 bwrap", "named  2 processes  NEW pid:32621");

	/* Of what is not shown, it matters whether a container begins with it. */
	n_made = 1;
	in(300, &init, "sh", SLOT_NET, NET);
	in(301, &init, "sh", SLOT_NET, NET + 1);
	nr(1, PID);
	link_all();
	o.types = 1u << NSINSPECT_NS_TYPE_NET;
	draw(&o);
	SAYS("300 sh", "NEW net:32201");
	SAYS("301→1 sh", "1 process  NEW net:32202");
	names_free(&names);
}

static void pod(void)
{
	struct made init = child(1, NULL, "init"), m;

	m = child(830, &init, "shim");
	in(831, &m, "nginx", SLOT_CGROUP, 4026532901);
	also(SLOT_IPC, IPC);
	also(SLOT_MNT, MNT);
	also(SLOT_NET, NET);
	also(SLOT_TIME, TIME);
	also(SLOT_USER, USER);
	also(SLOT_UTS, UTS);
	last_made()->task.uid = 100000;
	m = nr(1, PID);
	child(840, &m, "nginx");
	nr(7, 0);
	in(900, &init, "ip", SLOT_NET, NET + 1);
	link_all();
}

/* Long rows go on below, aligned, with the tree's lines; nothing is cut. */
static void test_widths(void **state)
{
	static const int widths[] = { 30, 80, 100, 200, 0 };
	struct tree_options o;
	size_t i, lines = SIZE_MAX;

	(void)state;
	pod();
	for (i = 0; i < sizeof(widths) / sizeof(*widths); i++) {
		o = plain(widths[i]);
		draw(&o);
		has("cgroup:32901");
		has("uts:32301");
		has("2 processes");
		if (widths[i] >= 80)
			assert_in_range(widest(), 1, widths[i]);
		assert_true(count_lines() <= lines);
		lines = count_lines();
	}
	assert_int_equal(lines, 5);
	SAYS("831→1 nginx", "2 processes  NEW cgroup:32901 ipc:32801 mnt:32701 net:32201 pid:32401 "
	     "time:32501 user:32601 (uid 100000) uts:32301");
	o = plain(80);
	draw(&o);
	has("831→1 nginx  2 processes  NEW ");
	has("│  │                        net:32201 ");
}

/* One line that is far longer than the others does not push these apart. */
static void test_column(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m = init;
	uint32_t i;

	(void)state;
	for (i = 2; i < 10; i++) {
		char name[] = { 'i', (char)('a' + i), 0 };

		in(i, &init, name, SLOT_NET, NET + i);
		also(SLOT_USER, USER + i);
	}
	for (i = 10; i < 20; i++)
		m = child(i, &m, "sh");
	in(20, &m, "ip", SLOT_NET, NET);
	link_all();
	o.types = 1u << NSINSPECT_NS_TYPE_NET | 1u << NSINSPECT_NS_TYPE_USER;
	o.fold = false;
	draw(&o);
	has("├─ 2 ic  NEW net:32203");
	SAYS("20 ip", "NEW net:32201");
}

static void test_ascii(void **state)
{
	struct tree_options o = plain(80);
	struct made init, kthreadd, m;
	const char *c;

	(void)state;
	kernel(&init, &kthreadd);
	child(3, &kthreadd, "rcu_sched");
	m = in(17, &init, "sh", SLOT_NET, NET);
	m = nr(1, PID);
	child(18, &m, "\xc3\xa9t\xc3\xa9");
	nr(2, 0);
	child(19, &m, "\xc3\xa9t\xc3\xa9");
	nr(3, 0);
	child(20, &init, "sh");
	add_empty(NSINSPECT_NS_TYPE_NET, NET, "\xc3\xa9");
	link_all();
	free(graph.host.nodename);
	graph.host.nodename = strdup("\xc3\xa9");
	o.ascii = true;
	draw(&o);
	for (c = text; *c; c++)
		assert_in_range(*c, '\n', '~');
	SAYS("17->1 sh", "3 processes  NEW pid:32401  JOINS net:32201 (\\xc3\\xa9)");
	SAYS("18->2..19->3 2x \\xc3\\xa9t\\xc3\\xa9", "");
	has("2 kthreadd -- 1 kernel thread\n");
	has("\\xc3\\xa9  6.12.57   7 processes");
}

/* Colour adds escape sequences only, and without it there is none. */
static void test_color(void **state)
{
	struct tree_options o = plain(80);
	char *black, *from, *to;

	(void)state;
	pod();
	draw(&o);
	has_not("\033");
	black = strdup(text);
	o.color = true;
	draw(&o);
	/* New is bold, and in the colour of its type. */
	has("\033[1m\033[32mnet:32201");
	for (from = to = text; *from; ) {
		if (*from == '\033') {
			from = strchr(from, 'm') + 1;
			continue;
		}
		*to++ = *from++;
	}
	*to = '\0';
	assert_string_equal(text, black);
	free(black);
}

static void test_hostile_comm(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init");

	(void)state;
	child(5, &init, "\033[31mred\n\x9b");
	/* What turns the direction of text, and what nobody can see. */
	child(8, &init, "\xe2\x80\xae" "a\xc2\xad");
	in(6, &init, "\xe6\x97\xa5\xe6\x9c\xac", SLOT_NET, NET);
	in(7, &init, "abcd", SLOT_NET, NET + 1);
	link_all();
	draw(&o);
	SAYS("5 \\x1b[31mred\\x0a\\x9b", "");
	SAYS("8 \\xe2\\x80\\xaea\\xc2\\xad", "");
	/* Columns are counted, not bytes. */
	has("├─ 6 日本  NEW");
	has("├─ 7 abcd  NEW");
}

/* The same tree with what there is to say of some types only. */
static void test_types(void **state)
{
	struct tree_options o = plain(0);
	struct made init, kthreadd, m;

	(void)state;
	kernel(&init, &kthreadd);
	child(3, &kthreadd, "rcu_sched");
	child(5, &init, "cron");
	m = child(6, &init, "sh");
	in(7, &m, "uts", SLOT_UTS, UTS);
	in(8, &m, "ip", SLOT_NET, NET);
	m = also(SLOT_MNT, MNT);
	child(9, &m, "sleep");
	in(10, &m, "ip", SLOT_NET, NET + 1);
	in(11, &m, "ip", SLOT_NET, NET + 2);
	link_all();
	o.types = 1u << NSINSPECT_NS_TYPE_NET;
	draw(&o);
	SAYS("1 init", "net initial  ── 1 more process");
	SAYS("6 sh", "── 1 more process");
	SAYS("8 ip", "NEW net:32201  ── 1 more process");
	SAYS("10…11 2× ip", "each its own net");
	o.fold = false;
	draw(&o);
	SAYS("7 uts", "");
	SAYS("11 ip", "NEW net:32203");
	has_not(" more ");
}

/* Two namespaces of one inode number are a difference, as any other two are. */
static void test_same_number(void **state)
{
	const struct ns ns[] = {
		{ .type = NSINSPECT_NS_TYPE_NET, .inum = 4026531840, .node = 1, .level = -1 },
		{ .type = NSINSPECT_NS_TYPE_NET, .inum = 4026531840, .node = 2, .level = -1 },
	};
	struct tree_options o = plain(0);
	struct capture c = { 0 };
	uint32_t i;

	(void)state;
	put_snapshot(&c, 2, 2, 3);
	for (i = 0; i < 2; i++)
		put_ns(&c, &ns[i]);
	for (i = 1; i <= 2; i++) {
		const struct nsproxy p = {
			.id = i, .inum = { [SLOT_NET] = 4026531840 }, .node = { [SLOT_NET] = i },
		};

		put_nsproxy(&c, &p);
	}
	for (i = 1; i <= 3; i++) {
		const struct task t = {
			.tid = i, .tgid = i, .ppid = i > 1, .state = 'S',
			.comm = "x", .nsproxy_id = i < 3 ? 1 : 2,
		};

		put_task(&c, &t, NULL, 0);
	}
	graph_free(&graph);
	decoded(&graph, &c);
	free(c.bytes);
	draw(&o);
	SAYS("2 x", "");
	SAYS("3 x", "NEW net:31840#2");
}

/* What was asked for, with all above and all below it, and nothing else. */
static void test_task(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m, sh;
	uint32_t i;

	(void)state;
	child(5, &init, "cron");
	sh = in(6, &init, "sh", SLOT_NET, NET);
	child(7, &sh, "vim");
	m = in(8, &sh, "make", SLOT_UTS, UTS);
	m = also(SLOT_MNT, MNT);
	m = also(SLOT_IPC, IPC);
	for (i = 10; i < 14; i++)
		child(i, &m, "cc1");
	in(14, &m, "join", SLOT_MNT, initial[SLOT_MNT]);
	child(15, &m, "thread");
	thread_of(&m);
	child(20, &init, "last");
	link_all();
	o.task = 8;
	draw(&o);
	SAYS("1 init", "all initial");
	SAYS("6 sh", "NEW net:32201");
	SAYS("8 make", "6 processes  NEW ipc:32801 mnt:32701 uts:32301");
	SAYS("10…13 4× cc1", "");
	SAYS("14 join", "JOINS 1's mnt");
	assert_int_equal(count_lines(), 6);
	/* Where it is one of many, and where nothing is to be said of it. */
	o.task = 12;
	draw(&o);
	/* The container is as large as ever. */
	SAYS("8 make", "6 processes  NEW ipc:32801 mnt:32701 uts:32301");
	SAYS("12 cc1", "");
	assert_int_equal(count_lines(), 5);
	o.types = 1u << NSINSPECT_NS_TYPE_USER;
	draw(&o);
	SAYS("12 cc1", "");
	o = plain(0);
	o.task = 15;
	draw(&o);
	SAYS("15 {thread}", "");
	no_line("10…13 4× cc1");
	o.task = 1;
	draw(&o);
	SAYS("20 last", "");
	SAYS("5 cron", "");
}

/* Whose namespaces a task has entered is said by name where no line shows who that is. */
static void test_task_joins(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), pause, m;

	(void)state;
	m = child(5, &init, "shim");
	in(10, &m, "pa\033se", SLOT_NET, NET);
	pause = also(SLOT_UTS, UTS);
	in(11, &m, "app", SLOT_NET, NET);
	also(SLOT_UTS, UTS);
	m = also(SLOT_MNT, MNT);
	m = child(12, &m, "worker");
	in(13, &m, "net", SLOT_MNT, initial[SLOT_MNT]);
	child(20, &init, "exec");
	shares(&pause);
	in(30, &init, "unshare", SLOT_PID_FOR_CHILDREN, PID);
	child(31, &init, "inside");
	nr(1, PID);
	link_all();
	draw(&o);
	SAYS("11 app", "NEW mnt:32701  JOINS 10's net uts");
	o.task = 12;
	draw(&o);
	SAYS("11 app", "NEW mnt:32701  JOINS 10 pa\\x1bse's net uts");
	SAYS("13 net", "JOINS 1's mnt");
	o.task = 20;
	draw(&o);
	SAYS("20 exec", "same as 10 pa\\x1bse");
	o.task = 30;
	draw(&o);
	SAYS("30 unshare", "children join 31 inside's pid");
}

/* Namespaces without a task: the first of them, and how many more. */
static void test_empty(void **state)
{
	struct tree_options o = plain(80);
	uint32_t i;

	(void)state;
	child(1, NULL, "init");
	add_empty(NSINSPECT_NS_TYPE_NET, NET, "blue");
	add_empty(NSINSPECT_NS_TYPE_UTS, UTS, NULL);
	link_all();
	draw(&o);
	has("\nno task in: net:32201 (blue)  uts:32301\n");
	o.types = 1u << NSINSPECT_NS_TYPE_UTS;
	draw(&o);
	has("\nno task in: uts:32301\n");

	for (i = 1; i < 100; i++)
		add_empty(NSINSPECT_NS_TYPE_NET, NET + i, NULL);
	link_all();
	o = plain(80);
	draw(&o);
	assert_int_equal(count_lines(), 5);
	assert_in_range(widest(), 40, 80);
	has(" more\n");
	o.width = 0;
	draw(&o);
	assert_int_equal(count_lines(), 3);
	has(", and 77 more\n");
	o.fold = false;
	draw(&o);
	has("net:32300  uts:32301\n");
	o = plain(0);
	o.whole = true;
	draw(&o);
	has("net:4026532300  uts:4026532301\n");
}

static void test_nothing(void **state)
{
	struct tree_options o = plain(80);

	(void)state;
	link_all();
	draw(&o);
	assert_string_equal(text, "");
}

/* Namespaces that are not in the picture, as only a made-up file has it. */
static void test_missing(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;
	size_t i;

	(void)state;
	m = in(5, &init, "a", SLOT_NET, NET);
	m = child(6, &m, "b");
	in(7, &m, "c", SLOT_UTS, UTS);
	link_all();
	for (i = 0; i < graph.n_namespaces; i++)
		free(graph.namespaces[i].name);
	graph.n_namespaces = 0;
	for (i = 0; i < graph.n_tasks; i++) {
		memset(graph.tasks[i].ns, 0, sizeof(graph.tasks[i].ns));
		graph.tasks[i].n_upids = 0;
		graph.tasks[i].upids = NULL;
	}
	draw(&o);
	SAYS("5 a", "JOINS net:32201");
	SAYS("6 b", "");
	SAYS("7 c", "JOINS uts:32301");
}

/* Past half the width a branch starts over at the left edge. */
static void test_deep(void **state)
{
	struct tree_options o = plain(30);
	struct made init = child(1, NULL, "i"), m = init;
	uint32_t i;

	(void)state;
	for (i = 2; i < 8; i++)
		m = child(i, &m, "s");
	in(8, &m, "g", SLOT_NET, NET);
	link_all();
	o.fold = false;
	draw(&o);
	/* 30 columns: five levels. */
	has("\n            └─ 6 s\n");
	has("\n⋯5 └─ 7 s\n");
	has("\n⋯5    └─ 8 g  NEW net:32201\n");
}

/* As deep as somebody cares to fork: no recursion, no lines as long as the tree is deep. */
static void test_chain(void **state)
{
	static const int widths[] = { 80, 200, 0 };
	struct made m = child(1, NULL, "init");
	const uint32_t n = 30000;
	char last[32];
	uint32_t i;
	size_t j;

	(void)state;
	for (i = 2; i <= n; i++)
		m = child(i, &m, "sh");
	snprintf(last, sizeof(last), " %u sh\n", n);
	link_all();
	for (j = 0; j < sizeof(widths) / sizeof(*widths); j++) {
		struct tree_options o = plain(widths[j]);

		draw(&o);
		assert_in_range(count_lines(), n / 100, n / 2);
		has(last);
		assert_in_range(widest(), 40, widths[j] ? widths[j] : 200);
	}
	for (j = 0; j < 2; j++) {
		struct tree_options o = plain(80 * (int)j);

		o.fold = false;
		draw(&o);
		assert_int_equal(count_lines(), 1 + n);
		has(last);
		assert_in_range(widest(), 40, 200);
	}
}

/* What a line counts: its tasks, kernel threads and filtered ones with it. */
struct counted {
	uint64_t tasks, procs, namespaces;
};

static uint64_t number_before(const char *line, const char *what)
{
	const char *at = strstr(line, what);

	if (!at)
		return 0;
	while (at > line && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return strtoull(at, NULL, 10);
}

static size_t words_of_types(const char *at)
{
	size_t n = 0, len;
	int type;

	while (*at == ' ' && at[1] != ' ') {
		at++;
		/* "(uid 0)" */
		if (*at == '(') {
			at = strchr(at, ')') + 1;
			continue;
		}
		len = strcspn(at, " ,\n:");
		type = type_parse(at, len);
		if (type < 0)
			break;
		n++;
		at += strcspn(at, " \n");
	}
	return n;
}

/* "3× (12× x)" are 36. */
static uint64_t count_run(const char *at, const char *end)
{
	uint64_t times = 1;

	for (; (at = strstr(at, "× ")) && at < end; at++) {
		const char *from = at;

		while (from[-1] >= '0' && from[-1] <= '9')
			from--;
		times *= strtoull(from, NULL, 10);
	}
	return times;
}

static struct counted count_line(const char *line)
{
	const char *end = line + strlen(line), *stop, *own;
	const char *at = line + strcspn(line, "0123456789");
	struct counted c = { 0 };
	uint64_t times, more;

	for (;;) {
		stop = end_of_run(at, end);
		times = count_run(at, stop);
		c.tasks += times;
		if (!memchr(at, '{', (size_t)(stop - at)))
			c.procs += times;
		if (strncmp(stop, dash, strlen(dash)))
			break;
		at = stop + strlen(dash);
		stop = at + strspn(at, "0123456789");
		if (!strncmp(stop, " kernel thread", 14) || !strncmp(stop, " more process", 13))
			break;
	}
	more = number_before(line, " kernel thread") + number_before(line, " more process");
	c.tasks += more;
	c.procs += more;
	own = strstr(line, " each its own");
	if (own)
		c.namespaces += times * words_of_types(own + strlen(" each its own"));
	own = strstr(line, " with their own");
	if (own)
		c.namespaces += number_before(line, " with their own") *
				words_of_types(own + strlen(" with their own"));
	for (own = line; (own = strstr(own, "NEW")); )
		c.namespaces += words_of_types(own += strlen("NEW"));
	return c;
}

static void count_all(struct counted *sum)
{
	char *copy = strdup(text), *line, *rest;

	memset(sum, 0, sizeof(*sum));
	assert_non_null(copy);
	line = strtok_r(copy, "\n", &rest);
	while ((line = strtok_r(NULL, "\n", &rest))) {
		struct counted c;

		if (!strncmp(line, "no task in:", 11))
			break;
		c = count_line(line);
		sum->tasks += c.tasks;
		sum->procs += c.procs;
		sum->namespaces += c.namespaces;
	}
	free(copy);
}

static uint32_t dice(uint32_t *seed, uint32_t sides)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % sides;
}

/* A system of thousands: everything that is not alike somewhere, many times. */
static void make_many(uint32_t seed, uint32_t n)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h" };
	static const enum slot own[] = { SLOT_MNT, SLOT_NET, SLOT_UTS, SLOT_IPC, SLOT_CGROUP,
					 SLOT_USER };
	uint32_t inum = 4026540000, i, s;
	struct made init, kthreadd, m;

	kernel(&init, &kthreadd);
	for (i = 3; i < 20; i++)
		child(i, &kthreadd, "kworker");
	in(20, &kthreadd, "kdevtmpfs", SLOT_MNT, inum++);
	for (i = 100; i < 100 + n; i++) {
		uint32_t up = dice(&seed, 3) ? dice(&seed, 6) : dice(&seed, i - 99);
		struct made parent = up >= n_made - 20 ? init : all[up ? 20 + up - 1 : 0];

		if (parent.task.kthread)
			parent = init;
		m = child(i, &parent, names[dice(&seed, 8)]);
		switch (dice(&seed, 8)) {
		case 0:
			for (s = 0; s < 6; s++)
				if (!dice(&seed, 3))
					also(own[s], inum++);
			break;
		case 1:
			nr(1, inum++);
			break;
		case 2:
			m = all[dice(&seed, (uint32_t)n_made)];
			if (m.task.nsproxy_id)
				also(SLOT_NET, m.inum[SLOT_NET]);
			break;
		case 3:
			if (!dice(&seed, 4))
				gone('Z');
			break;
		case 4:
			m = all[dice(&seed, (uint32_t)n_made)];
			if (m.task.nsproxy_id && m.task.n_upids <= 8)
				shares(&m);
			break;
		case 5:
			in(++i, &m, "thread", SLOT_UTS, inum++);
			thread_of(&m);
			break;
		}
		if (last_made()->task.n_upids > 6)
			n_made--;
	}
	link_all();
}

static uint64_t begun(uint32_t types)
{
	struct origin origin;
	uint64_t n = 0;
	size_t i;

	assert_int_equal(origin_init(&origin, &graph), 0);
	for (i = 0; i < graph.n_tasks; i++)
		n += (uint64_t)__builtin_popcount(origin_new(&origin, &graph.tasks[i]) & types);
	origin_free(&origin);
	return n;
}

static uint64_t processes(void)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < graph.n_tasks; i++)
		n += task_is_leader(&graph.tasks[i]);
	return n;
}

/* Nothing is lost: all tasks, with --type all processes, and all namespaces that begin, are on some line. */
static void test_nothing_is_lost(void **state)
{
	static const uint32_t types[] = { 0xff, 1u << NSINSPECT_NS_TYPE_NET, 0x0f };
	struct counted sum;
	uint32_t seed;
	size_t i, folded;

	(void)state;
	for (seed = 1; seed < 4; seed++) {
		stop(NULL);
		start(NULL);
		make_many(seed, 2000);
		for (i = 0; i < 3; i++) {
			struct tree_options o = plain(0);

			o.types = types[i];
			draw(&o);
			count_all(&sum);
			assert_int_equal(sum.procs, processes());
			if (!i)
				assert_int_equal(sum.tasks, graph.n_tasks);
			assert_int_equal(sum.namespaces, begun(types[i]));
			folded = count_lines();
			o.fold = false;
			draw(&o);
			count_all(&sum);
			assert_int_equal(sum.tasks, graph.n_tasks);
			assert_int_equal(sum.namespaces, begun(types[i]));
			assert_true(folded < count_lines());
			assert_true(count_lines() >= graph.n_tasks);
		}
	}
}

/* Tens of thousands, alike or not. */
static void test_many(void **state)
{
	struct tree_options o = plain(100);
	struct made init = child(1, NULL, "init"), m;
	uint32_t i;

	(void)state;
	for (i = 2; i <= 30001; i++)
		child(i, &init, "sleep");
	link_all();
	draw(&o);
	SAYS("2…30001 30000× sleep", "");

	/* Alike with what is below them, next to some that are not. */
	n_made = 1;
	for (i = 2; i < 2002; i += 2) {
		m = child(i, &init, i % 500 ? "sh" : "init");
		child(i + 1, &m, "sleep");
	}
	link_all();
	draw(&o);
	SAYS("2…1998 996× sh", "");
	SAYS("500…2000 4× init", "");
	has(" 2…1998 996× sh ── 3…1999 996× sleep\n");
	assert_int_equal(count_lines(), 2 + 2);
}

/* Siblings of one name that all differ: by what they join, or by their user. */
static void make_different(uint32_t n)
{
	struct made init = child(1, NULL, "init"), m;
	uint32_t i;

	for (i = 2; i < 2 + n; i++)
		in(i, &init, "sh", SLOT_NET, NET + i);
	for (; i < 2 + 2 * n; i++)
		in(i, &init, "sh", SLOT_NET, NET + i - n);
	for (; i < 2 + 3 * n; i++) {
		m = all[i - 2 * n - 1];
		child(i, &init, "sh");
		shares(&m);
	}
	for (; i < 2 + 4 * n; i++) {
		in(i, &init, "sh", SLOT_USER, USER + i);
		last_made()->task.uid = i;
	}
	link_all();
}

/* The shortest of some times that it takes to draw these. */
static clock_t time_of(uint32_t n)
{
	struct tree_options o = plain(100);
	clock_t best = 0, took;
	int i;

	stop(NULL);
	start(NULL);
	make_different(n);
	for (i = 0; i < 3; i++) {
		took = clock();
		draw(&o);
		took = clock() - took;
		if (!i || took < best)
			best = took;
	}
	assert_int_equal(count_lines(), 2 + 4 * n);
	return best;
}

/* Time grows with the number of tasks, not with its square. */
static void test_time(void **state)
{
	clock_t few = time_of(100), many = time_of(32 * 100);

	(void)state;
	if (many > 64 * few)
		fail_msg("%ld and %ld clocks", (long)few, (long)many);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)
	const struct CMUnitTest tests[] = {
		TEST(test_new),
		TEST(test_joins),
		TEST(test_names),
		TEST(test_same_set),
		TEST(test_set_begins_elsewhere),
		TEST(test_set_is_named),
		TEST(test_below_zombie),
		TEST(test_roots),
		TEST(test_pid_levels),
		TEST(test_one_line),
		TEST(test_one_line_has_room),
		TEST(test_uid),
		TEST(test_kthreads),
		TEST(test_kthreads_alone),
		TEST(test_fold),
		TEST(test_each_its_own),
		TEST(test_others),
		TEST(test_no_others),
		TEST(test_kthreads_differ),
		TEST(test_pending),
		TEST(test_children_join),
		TEST(test_pending_below),
		TEST(test_zombie),
		TEST(test_threads),
		TEST(test_container),
		TEST(test_widths),
		TEST(test_column),
		TEST(test_ascii),
		TEST(test_color),
		TEST(test_hostile_comm),
		TEST(test_types),
		TEST(test_same_number),
		TEST(test_task),
		TEST(test_task_joins),
		TEST(test_empty),
		TEST(test_nothing),
		TEST(test_missing),
		TEST(test_deep),
		TEST(test_chain),
		TEST(test_nothing_is_lost),
		TEST(test_many),
		TEST(test_time),
	};

	if (!setlocale(LC_ALL, "C.UTF-8"))
		return 1;
	return cmocka_run_group_tests_name("render_tree", tests, NULL, NULL);
}
