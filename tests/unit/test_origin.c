// SPDX-License-Identifier: GPL-2.0
/* Where tasks have their namespaces from: who made one, who joined whose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "made.h"
#include "messages.h"
#include "origin.h"

#define NET	4026532201u
#define UTS	4026532202u
#define PID	4026532203u
#define TIME	4026532204u
#define USER	4026532205u
#define MNT	4026532206u

static struct origin origin;

static void look(void)
{
	origin_free(&origin);
	link_all();
	assert_int_equal(origin_init(&origin, &graph), 0);
}

static int finish(void **state)
{
	origin_free(&origin);
	return stop(state);
}

#define EXPECT(tid, slot, what, other) expect(tid, slot, what, other, __LINE__)

static void expect(uint32_t tid, enum slot s, enum origin_kind kind, uint32_t whose, int line)
{
	struct origin_slot is = origin_slot(&origin, task_of(tid), s);
	uint32_t is_whose = is.whose ? is.whose->tid : 0;

	if (is.kind != kind || is_whose != whose)
		fail_msg("line %d: %u's %s is %d of %u", line, tid, slots[s].name, is.kind,
			 is_whose);
}

static uint32_t same_set_as(uint32_t tid)
{
	const struct task *t = origin_same_set(&origin, task_of(tid));

	return t ? t->tid : 0;
}

/* The first in a namespace has made it; children are where their parent is. */
static void test_new(void **state)
{
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	m = in(10, &init, "ip", SLOT_NET, NET);
	child(11, &m, "sh");
	look();
	EXPECT(1, SLOT_NET, ORIGIN_NEW, 0);
	EXPECT(10, SLOT_NET, ORIGIN_NEW, 0);
	EXPECT(10, SLOT_UTS, ORIGIN_SAME, 0);
	EXPECT(11, SLOT_NET, ORIGIN_SAME, 0);
	assert_int_equal(origin_first(&origin, ns_of(NET))->tid, 10);
	assert_int_equal(origin_new(&origin, task_of(10)), 1u << NSINSPECT_NS_TYPE_NET);
	/* The initial ones begin with nobody. */
	assert_int_equal(origin_new(&origin, task_of(1)), 0);
	assert_null(origin_above(&origin, task_of(1), SLOT_NET));
	assert_int_equal(origin_above(&origin, task_of(11), SLOT_NET)->tid, 10);
}

/* Of those that entered a namespace the lowest tid is the first, wherever they are. */
static void test_joined(void **state)
{
	struct made init = child(1, NULL, "init"), pause, app;

	(void)state;
	pause = in(907, &init, "pause", SLOT_NET, NET);
	also(SLOT_UTS, UTS);
	pause = *last_made();
	child(908, &pause, "pause");
	app = in(917, &init, "app", SLOT_NET, NET);
	in(918, &app, "back", SLOT_NET, initial[SLOT_NET]);
	look();
	EXPECT(907, SLOT_NET, ORIGIN_NEW, 0);
	EXPECT(917, SLOT_NET, ORIGIN_JOINED, 907);
	EXPECT(917, SLOT_UTS, ORIGIN_SAME, 0);
	EXPECT(918, SLOT_NET, ORIGIN_JOINED, 1);
	assert_int_equal(origin_new(&origin, task_of(917)), 0);
	/* A part of a set is not the set. */
	assert_int_equal(same_set_as(917), 0);
}

/* What has a name was made by whoever gave it that. */
static void test_named(void **state)
{
	struct made init = child(1, NULL, "init");

	(void)state;
	in(10, &init, "a", SLOT_NET, NET);
	in(11, &init, "b", SLOT_NET, NET);
	add_empty(NSINSPECT_NS_TYPE_NET, NET, "blue");
	look();
	EXPECT(10, SLOT_NET, ORIGIN_JOINED, 0);
	EXPECT(11, SLOT_NET, ORIGIN_JOINED, 10);
	assert_int_equal(origin_new(&origin, task_of(10)), 0);
}

static void test_pending(void **state)
{
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	in(10, &init, "waits", SLOT_PID_FOR_CHILDREN, PID);
	also(SLOT_TIME_FOR_CHILDREN, TIME);
	/* unshare -f: its child is there. */
	m = in(20, &init, "unshare", SLOT_PID_FOR_CHILDREN, PID + 100);
	m = child(21, &m, "sh");
	child(22, &m, "sleep");
	/* Its children will join those of somebody else. */
	in(30, &init, "nsenter", SLOT_PID_FOR_CHILDREN, PID + 100);
	look();
	EXPECT(10, SLOT_PID_FOR_CHILDREN, ORIGIN_PENDING, 0);
	EXPECT(10, SLOT_TIME_FOR_CHILDREN, ORIGIN_PENDING, 0);
	EXPECT(10, SLOT_PID, ORIGIN_SAME, 0);
	EXPECT(20, SLOT_PID_FOR_CHILDREN, ORIGIN_CHILDREN_THERE, 0);
	EXPECT(21, SLOT_PID, ORIGIN_NEW, 0);
	EXPECT(21, SLOT_PID_FOR_CHILDREN, ORIGIN_SAME, 0);
	EXPECT(22, SLOT_PID, ORIGIN_SAME, 0);
	EXPECT(30, SLOT_PID_FOR_CHILDREN, ORIGIN_CHILDREN_JOIN, 21);
	EXPECT(1, SLOT_PID_FOR_CHILDREN, ORIGIN_SAME, 0);
	assert_null(origin_first(&origin, ns_of(PID)));
	/* One of two: the other has nobody in it. */
	n_made = 1;
	m = in(40, &init, "unshare", SLOT_PID_FOR_CHILDREN, PID);
	m = also(SLOT_TIME_FOR_CHILDREN, TIME);
	child(41, &m, "sh");
	also(SLOT_TIME, initial[SLOT_TIME]);
	look();
	EXPECT(40, SLOT_PID_FOR_CHILDREN, ORIGIN_CHILDREN_THERE, 0);
	EXPECT(40, SLOT_TIME_FOR_CHILDREN, ORIGIN_PENDING, 0);
}

/* Only who is in a namespace that the task above it is not in can be the first. */
static void test_first(void **state)
{
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	/* Numbers are used again: the lower one came later. */
	m = in(30, &init, "above", SLOT_UTS, UTS);
	in(10, &m, "below", SLOT_NET, NET);
	look();
	assert_int_equal(origin_first(&origin, ns_of(UTS))->tid, 30);
	EXPECT(10, SLOT_UTS, ORIGIN_SAME, 0);
	EXPECT(30, SLOT_UTS, ORIGIN_NEW, 0);
}

/* One nsproxy, with other user or pid namespaces in between, is as many sets. */
static void test_sets_side_by_side(void **state)
{
	struct made init = child(1, NULL, "init"), m;
	uint32_t i;

	(void)state;
	m = in(10, &init, "sh", SLOT_NET, NET);
	for (i = 11; i < 16; i++) {
		child(i, &init, "exec");
		shares(&m);
		if (i == 11 || i == 13)
			last_made()->inum[SLOT_USER] = USER;
		if (i == 12 || i == 14)
			last_made()->inum[SLOT_PID] = PID;
	}
	look();
	assert_int_equal(same_set_as(10), 0);
	assert_int_equal(same_set_as(11), 0);
	assert_int_equal(same_set_as(12), 0);
	assert_int_equal(same_set_as(13), 11);
	assert_int_equal(same_set_as(14), 12);
	assert_int_equal(same_set_as(15), 10);
}

/* The whole set shared with a task that is not above. */
static void test_same_set(void **state)
{
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	m = in(907, &init, "sh", SLOT_NET, NET);
	m = also(SLOT_USER, USER);
	child(908, &m, "below");
	child(950, &init, "daemon");
	shares(&m);
	child(951, &init, "daemon");
	shares(&m);
	/* The same nsproxy in another user namespace is not the same. */
	child(960, &init, "other");
	shares(&m);
	last_made()->inum[SLOT_USER] = initial[SLOT_USER];
	/* The same namespaces in another nsproxy: it joined them one by one. */
	in(970, &init, "nsenter", SLOT_NET, NET);
	also(SLOT_USER, USER);
	look();
	assert_int_equal(same_set_as(1), 0);
	assert_int_equal(same_set_as(907), 0);
	assert_int_equal(same_set_as(908), 0);
	assert_int_equal(same_set_as(950), 907);
	assert_int_equal(same_set_as(951), 907);
	assert_int_equal(same_set_as(960), 0);
	assert_int_equal(same_set_as(970), 0);
	EXPECT(950, SLOT_NET, ORIGIN_JOINED, 907);
	EXPECT(970, SLOT_USER, ORIGIN_JOINED, 907);
}

/* A thread is compared with its leader, and the children of threads with that, too. */
static void test_threads(void **state)
{
	struct made init = child(1, NULL, "init"), java, thread;

	(void)state;
	java = child(5, &init, "java");
	child(6, &java, "quiet");
	thread_of(&java);
	in(7, &java, "prober", SLOT_NET, NET);
	thread_of(&java);
	thread = in(8, &java, "forker", SLOT_PID_FOR_CHILDREN, PID);
	thread_of(&java);
	child(9, &thread, "born");
	last_made()->task.ppid = 5;
	/* Those that have what their leader has pending say nothing. */
	java = in(20, &init, "leader", SLOT_PID_FOR_CHILDREN, PID + 100);
	child(21, &java, "thread");
	shares(&java);
	thread_of(&java);
	look();
	EXPECT(6, SLOT_NET, ORIGIN_SAME, 0);
	EXPECT(7, SLOT_NET, ORIGIN_NEW, 0);
	EXPECT(8, SLOT_PID_FOR_CHILDREN, ORIGIN_CHILDREN_THERE, 0);
	EXPECT(9, SLOT_PID, ORIGIN_NEW, 0);
	EXPECT(20, SLOT_PID_FOR_CHILDREN, ORIGIN_PENDING, 0);
	EXPECT(21, SLOT_PID_FOR_CHILDREN, ORIGIN_SAME, 0);
	assert_ptr_equal(origin_up(&graph, task_of(7)), task_of(5));

	/* A thread is nobody's child. */
	n_made = 1;
	in(30, &init, "parent", SLOT_TIME_FOR_CHILDREN, TIME);
	thread = all[1];
	thread.inum[SLOT_TIME_FOR_CHILDREN] = initial[SLOT_TIME];
	java = child(31, &thread, "java");
	in(32, &java, "thread", SLOT_TIME, TIME);
	thread_of(&java);
	look();
	EXPECT(30, SLOT_TIME_FOR_CHILDREN, ORIGIN_CHILDREN_JOIN, 32);
}

/* Kernel threads that have nothing above them, in a file that somebody wrote: it ends. */
static void test_up(void **state)
{
	struct made init = child(1, NULL, "swapper");

	(void)state;
	last_made()->task.kthread = true;
	gone('R');
	look();
	assert_null(origin_up(&graph, task_of(1)));
	/* Pid 1 below one of them. */
	n_made = 0;
	init = child(2, NULL, "kthreadd");
	last_made()->task.kthread = true;
	gone('R');
	child(1, &init, "init");
	gone('R');
	look();
	assert_null(origin_up(&graph, task_of(2)));
	assert_ptr_equal(origin_up(&graph, task_of(1)), task_of(2));
}

/* What a zombie has given up is looked for above it. */
static void test_zombies(void **state)
{
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	m = in(5, &init, "make", SLOT_NET, NET);
	m = child(6, &m, "zombie");
	gone('Z');
	m = child(7, &m, "exiting");
	gone('R');
	m = child(8, &m, "below");
	last_made()->inum[SLOT_NET] = NET;
	in(9, &m, "uts", SLOT_UTS, UTS);
	child(10, &init, "zombie");
	nr(1, PID);
	gone('Z');
	look();
	EXPECT(6, SLOT_NET, ORIGIN_NONE, 0);
	EXPECT(6, SLOT_PID, ORIGIN_SAME, 0);
	EXPECT(6, SLOT_PID_FOR_CHILDREN, ORIGIN_NONE, 0);
	EXPECT(8, SLOT_NET, ORIGIN_SAME, 0);
	assert_int_equal(origin_above(&origin, task_of(8), SLOT_NET)->tid, 5);
	assert_int_equal(origin_above(&origin, task_of(8), SLOT_PID)->tid, 7);
	EXPECT(9, SLOT_NET, ORIGIN_SAME, 0);
	EXPECT(9, SLOT_UTS, ORIGIN_NEW, 0);
	EXPECT(10, SLOT_PID, ORIGIN_NEW, 0);
	assert_int_equal(same_set_as(6), 0);

	/* No two are in one set: what they had is not known. */
	n_made = 1;
	in(20, &init, "first", SLOT_USER, USER);
	gone('Z');
	in(21, &init, "second", SLOT_USER, USER);
	gone('Z');
	look();
	EXPECT(21, SLOT_USER, ORIGIN_JOINED, 20);
	assert_int_equal(same_set_as(21), 0);
	/* Who is below one and back in all that is above it has entered what differs. */
	n_made = 1;
	m = in(30, &init, "user", SLOT_USER, USER + 1);
	in(31, &m, "zombie", SLOT_USER, USER);
	gone('Z');
	child(20, last_made(), "back");
	shares(&m);
	look();
	assert_int_equal(origin_first(&origin, ns_of(USER + 1))->tid, 20);
}

/* Whose parent is not there is compared with nothing. */
static void test_missing(void **state)
{
	struct made init = child(1, NULL, "init"), lost, kthreadd;

	(void)state;
	lost = child(5, &init, "lost");
	n_made--;
	in(6, &lost, "ip", SLOT_NET, NET);
	child(7, &lost, "thread");
	thread_of(&lost);
	in(8, &init, "joins", SLOT_NET, NET);
	look();
	EXPECT(6, SLOT_NET, ORIGIN_NEW, 0);
	EXPECT(6, SLOT_UTS, ORIGIN_JOINED, 1);
	EXPECT(7, SLOT_UTS, ORIGIN_JOINED, 1);
	EXPECT(8, SLOT_NET, ORIGIN_JOINED, 6);
	assert_null(origin_above(&origin, task_of(6), SLOT_NET));
	assert_null(origin_up(&graph, task_of(7)));

	/* kthreadd has the namespaces of pid 1, unless there is none. */
	n_made = 0;
	kernel(&init, &kthreadd);
	child(3, &kthreadd, "worker");
	look();
	EXPECT(2, SLOT_NET, ORIGIN_SAME, 0);
	EXPECT(3, SLOT_NET, ORIGIN_SAME, 0);
	all[0] = all[1];
	n_made = 1;
	look();
	EXPECT(2, SLOT_NET, ORIGIN_NEW, 0);

	/* Nothing refers to namespaces that are not there, unless somebody wrote it. */
	in(9, &all[0], "pending", SLOT_PID_FOR_CHILDREN, PID);
	look();
	graph.n_namespaces = 0;
	memset(graph.tasks[0].ns, 0, sizeof(graph.tasks[0].ns));
	memset(graph.tasks[1].ns, 0, sizeof(graph.tasks[1].ns));
	origin_free(&origin);
	assert_int_equal(origin_init(&origin, &graph), 0);
	/* It is not known whether somebody is in it. */
	EXPECT(9, SLOT_PID_FOR_CHILDREN, ORIGIN_CHILDREN_JOIN, 0);
	EXPECT(2, SLOT_NET, ORIGIN_JOINED, 0);
	assert_int_equal(origin_new(&origin, task_of(2)), 0);
	n_made = 0;
	look();

	/* One slot that is not known is looked for above. */
	init = child(1, NULL, "init");
	lost = child(2, &init, "middle");
	last_made()->inum[SLOT_USER] = 0;
	child(3, &lost, "below");
	look();
	assert_int_equal(origin_above(&origin, task_of(3), SLOT_USER)->tid, 1);
	assert_int_equal(origin_above(&origin, task_of(3), SLOT_NET)->tid, 2);
}

/* Two namespaces of one inode number are two. */
static void test_same_number(void **state)
{
	const struct ns ns[] = {
		{ .type = NSINSPECT_NS_TYPE_NET, .inum = 7, .node = 1, .level = -1 },
		{ .type = NSINSPECT_NS_TYPE_NET, .inum = 7, .node = 2, .level = -1 },
	};
	struct capture c = { 0 };
	uint32_t i;

	(void)state;
	put_snapshot(&c, 2, 2, 4);
	for (i = 0; i < 2; i++)
		put_ns(&c, &ns[i]);
	for (i = 1; i <= 2; i++) {
		const struct nsproxy p = {
			.id = i, .inum = { [SLOT_NET] = 7 }, .node = { [SLOT_NET] = i },
		};

		put_nsproxy(&c, &p);
	}
	for (i = 1; i <= 4; i++) {
		const struct task t = {
			.tid = i, .tgid = i, .ppid = i > 1, .state = 'S', .comm = "x",
			.nsproxy_id = i < 3 ? 1 : 2,
		};

		put_task(&c, &t, NULL, 0);
	}
	graph_free(&graph);
	decoded(&graph, &c);
	free(c.bytes);
	assert_int_equal(origin_init(&origin, &graph), 0);
	EXPECT(2, SLOT_NET, ORIGIN_SAME, 0);
	EXPECT(3, SLOT_NET, ORIGIN_NEW, 0);
	EXPECT(4, SLOT_NET, ORIGIN_JOINED, 3);
	assert_int_equal(same_set_as(4), 3);
}

/* A pid namespace of its own, or three others; never a thread. */
static void test_container(void **state)
{
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	child(10, &init, "pid");
	nr(1, PID);
	in(11, &init, "two", SLOT_NET, NET);
	also(SLOT_UTS, UTS);
	m = in(12, &init, "three", SLOT_NET, NET + 100);
	also(SLOT_UTS, UTS + 100);
	also(SLOT_MNT, MNT);
	in(13, &init, "joined", SLOT_NET, NET);
	also(SLOT_UTS, UTS);
	also(SLOT_MNT, MNT + 100);
	in(14, &m, "thread", SLOT_NET, NET + 200);
	also(SLOT_UTS, UTS + 200);
	also(SLOT_MNT, MNT + 200);
	thread_of(&m);
	look();
	assert_false(origin_begins_container(&origin, task_of(1)));
	assert_true(origin_begins_container(&origin, task_of(10)));
	assert_false(origin_begins_container(&origin, task_of(11)));
	assert_true(origin_begins_container(&origin, task_of(12)));
	assert_false(origin_begins_container(&origin, task_of(13)));
	assert_false(origin_begins_container(&origin, task_of(14)));
}

/* A line of zombies as long as somebody cares to write: each link is passed twice. */
static void test_long(void **state)
{
	struct made m = child(1, NULL, "init");
	uint32_t i;

	(void)state;
	for (i = 100000; i > 1; i--) {
		m = child(i, &m, "z");
		gone('Z');
	}
	look();
	for (i = 2; i <= 100000; i++)
		assert_int_equal(origin_above(&origin, task_of(i), SLOT_NET)->tid, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)
	const struct CMUnitTest tests[] = {
		TEST(test_new),
		TEST(test_joined),
		TEST(test_named),
		TEST(test_pending),
		TEST(test_first),
		TEST(test_sets_side_by_side),
		TEST(test_same_set),
		TEST(test_threads),
		TEST(test_up),
		TEST(test_zombies),
		TEST(test_missing),
		TEST(test_same_number),
		TEST(test_container),
		TEST(test_long),
	};

	return cmocka_run_group_tests_name("origin", tests, NULL, NULL);
}
