// SPDX-License-Identifier: GPL-2.0
/*
 * Events as people read them: each kind as a line, what is new and what is joined,
 * creations that another line tells, names, and sums.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "event_text.h"
#include "made.h"

#define SECOND 1000000000ull

static struct event_text t;
static struct names names;
static struct timeline *timeline;
static char *text;
static size_t size;
static uint64_t now;

/* bash(812) in the initial namespaces, 907 in a net and a pid namespace of its own. */
static int begin(void **state)
{
	struct made init, kthreadd, bash;

	start(state);
	kernel(&init, &kthreadd);
	bash = child(812, &init, "bash");
	in(907, &bash, "pause", SLOT_NET, 4026532300u);
	also(SLOT_PID, 4026532301u);
	nr(1, 4026532301u);
	in(908, last_made(), "app", SLOT_NET, 4026532300u);
	link_all();
	assert_int_equal(timeline_begin(&timeline, &graph), 0);
	now = 3600 * SECOND;
	t = (struct event_text){ .timeline = timeline, .digits = 5 };
	t.out = open_memstream(&text, &size);
	assert_non_null(t.out);
	return 0;
}

static int end(void **state)
{
	event_text_free(&t);
	timeline_free(timeline);
	names_free(&names);
	fclose(t.out);
	free(text);
	return stop(state);
}

/* What was written since the last time, without the clock at the beginning of each line. */
static const char *lines(void)
{
	static char got[4096];
	char *from, *to = got;

	fflush(t.out);
	for (from = text; *from; from += strcspn(from, "\n") + 1) {
		size_t n = strcspn(from, "\n") + 1;

		assert_true(n > 16 && from[8] == '.' && from[15] == ' ');
		memcpy(to, from + 16, n - 16);
		to += n - 16;
	}
	*to = '\0';
	fclose(t.out);
	free(text);
	t.out = open_memstream(&text, &size);
	fflush(t.out);
	return got;
}

static void tell(struct event e)
{
	e.time_ns = now += 1000;
	event_text(&t, &e);
	assert_int_equal(event_text_follow(&t, &e, true), 0);
	assert_int_equal(timeline_apply(timeline, &e), 0);
}

static struct event change(enum event_kind kind, const char *cause, const char *comm, uint32_t tid)
{
	struct event e = { .kind = kind, .tid = tid, .tgid = tid };

	snprintf(e.comm, sizeof(e.comm), "%s", comm);
	snprintf(e.cause, sizeof(e.cause), "%s", cause);
	return e;
}

static struct event moved(struct event e, enum slot slot, uint32_t from, uint32_t to)
{
	e.slots[slot].from.inum = from;
	e.slots[slot].to.inum = to;
	return e;
}

static struct event life(enum event_kind kind, enum nsinspect_ns_type type, uint32_t inum, uint32_t tid)
{
	return (struct event){
		.kind = kind, .type = type, .ns.inum = inum, .tid = tid, .tgid = tid, .comm = "bash",
	};
}

static struct event unshare_net(void)
{
	return moved(change(EVENT_SWITCH, "unshare", "bash", 812), SLOT_NET, 4026531840u, 4026532281u);
}

/* The line says what is new; the creations that it is made of are not said again. */
static void test_new(void **state)
{
	(void)state;
	tell(life(EVENT_CREATE, NSINSPECT_NS_TYPE_UTS, 4026532282u, 812));
	tell(life(EVENT_CREATE, NSINSPECT_NS_TYPE_NET, 4026532281u, 812));
	tell(moved(unshare_net(), SLOT_UTS, 4026531838u, 4026532282u));
	event_text_settled(&t, UINT64_MAX);
	assert_string_equal(lines(), "unshare  bash(812)  net 31840 → 32281 new, uts 31838 → 32282 new\n");
	tell(life(EVENT_FREE, NSINSPECT_NS_TYPE_UTS, 4026532282u, 7));
	assert_string_equal(lines(), "free     uts 32282\n");
	/* From 6.18 on an owner is born first, and its task gets it last. */
	tell(life(EVENT_CREATE, NSINSPECT_NS_TYPE_USER, 4026532290u, 812));
	tell(life(EVENT_CREATE, NSINSPECT_NS_TYPE_IPC, 4026532291u, 812));
	tell(moved(change(EVENT_SWITCH, "unshare", "bash", 812), SLOT_IPC, 4026531839u, 4026532291u));
	tell(moved(change(EVENT_SWITCH, "unshare", "bash", 812), SLOT_USER, 4026531837u, 4026532290u));
	event_text_settled(&t, UINT64_MAX);
	assert_string_equal(lines(), "unshare  bash(812)  ipc 31839 → 32291 new\n"
				     "unshare  bash(812)  user 31837 → 32290 new\n");
}

static void test_joins(void **state)
{
	(void)state;
	tell(moved(change(EVENT_SWITCH, "setns", "ip", 812), SLOT_NET, 4026531840u, 4026532300u));
	assert_string_equal(lines(), "setns    ip(812)  net 31840 → 32300 joins 907's net\n");
	/* For children only: who is in it. */
	tell(moved(change(EVENT_SWITCH, "setns", "ip", 812), SLOT_PID_FOR_CHILDREN, 4026531836u,
		   4026532301u));
	assert_string_equal(lines(), "setns    ip(812)  pid_for_children 31836 → 32301 joins 907's pid\n");
	/* Who comes back does not join itself. */
	tell(moved(change(EVENT_SWITCH, "setns", "ip", 812), SLOT_NET, 4026532300u, 4026531840u));
	assert_string_equal(lines(), "setns    ip(812)  net 32300 → 31840 joins 1's net\n");
	/* Nor does who was in it in the picture already. */
	tell(unshare_net());
	lines();
	tell(unshare_net());
	assert_string_equal(lines(), "unshare  bash(812)  net 31840 → 32281 new\n");
}

static struct event sh_830(const char *cause)
{
	struct event e = change(EVENT_FORK, cause, "sh", 830);

	e.parent = e.ppid = 812;
	e.n_upids = 2;
	e.upids[0].nr = 830;
	e.upids[0].pidns = 4026531836u;
	e.upids[1].nr = 1;
	e.upids[1].pidns = 4026532305u;
	return e;
}

/* The maker of what is new is the one that calls clone; the slot for children says no more. */
static void test_fork(void **state)
{
	struct event e = sh_830("clone3");

	(void)state;
	tell(life(EVENT_CREATE, NSINSPECT_NS_TYPE_PID, 4026532305u, 812));
	e = moved(e, SLOT_PID, 4026531836u, 4026532305u);
	tell(moved(e, SLOT_PID_FOR_CHILDREN, 4026531836u, 4026532305u));
	assert_string_equal(lines(), "clone3   sh(830→1) by bash(812)  pid 31836 → 32305 new\n");
	e = change(EVENT_FORK, "clone", "sh", 831);
	e.same = true;
	e.tgid = e.parent = 830;
	tell(e);
	assert_string_equal(lines(), "clone    sh(831) thread of 830 by sh(830)\n");
	/* What its parent made, and what it is not in. */
	tell(life(EVENT_CREATE, NSINSPECT_NS_TYPE_MNT, 4026532307u, 812));
	tell(life(EVENT_CREATE, NSINSPECT_NS_TYPE_MNT, 4026532308u, 830));
	tell(moved(sh_830("clone"), SLOT_UTS, 4026531838u, 4026532306u));
	assert_string_equal(lines(), "create   mnt 32307  by bash(812)\n"
				     "clone    sh(830→1) by bash(812)  uts 31838 → 32306 new\n");
	/* In ASCII, and with all digits. */
	t.ascii = true;
	t.digits = 0;
	e = moved(sh_830("clone"), SLOT_PID, 4026531836u, 4026532309u);
	tell(e);
	assert_string_equal(lines(), "clone    sh(830->1) by bash(812)  pid 4026531836 -> 4026532309 new\n");
}

static void test_thread(void **state)
{
	struct event e = change(EVENT_SWITCH, "unshare", "worker", 815);

	(void)state;
	e.tgid = 812;
	tell(moved(e, SLOT_UTS, 4026531838u, 4026532306u));
	assert_string_equal(lines(), "unshare  worker(815) thread of 812  uts 31838 → 32306 new\n");
}

/* A creation that no change is about has its line: when it dies, or when none came. */
static void test_creations(void **state)
{
	(void)state;
	tell(life(EVENT_CREATE, NSINSPECT_NS_TYPE_NET, 4026532281u, 812));
	event_text_settled(&t, now + SECOND / 2);
	assert_string_equal(lines(), "");
	tell(life(EVENT_FREE, NSINSPECT_NS_TYPE_NET, 4026532281u, 812));
	assert_string_equal(lines(), "create   net 32281  by bash(812)\nfree     net 32281\n");
	tell(life(EVENT_CREATE, NSINSPECT_NS_TYPE_NET, 4026532281u, 812));
	event_text_settled(&t, now + 2 * SECOND);
	assert_string_equal(lines(), "create   net 32281  by bash(812)\n");
	event_text_settled(&t, now + 4 * SECOND);
	assert_string_equal(lines(), "");
	tell(life(EVENT_FREE, NSINSPECT_NS_TYPE_NET, 4026532281u, 7));
	assert_string_equal(lines(), "free     net 32281\n");
	/* The next change of the same task is about something else. */
	tell(life(EVENT_CREATE, NSINSPECT_NS_TYPE_MNT, 4026532285u, 812));
	tell(life(EVENT_CREATE, NSINSPECT_NS_TYPE_MNT, 4026532286u, 907));
	tell(unshare_net());
	assert_string_equal(lines(), "create   mnt 32285  by bash(812)\n"
				     "unshare  bash(812)  net 31840 → 32281 new\n");
	/* With all events, each is said at once, and only once. */
	event_text_settled(&t, UINT64_MAX);
	assert_string_equal(lines(), "create   mnt 32286  by bash(907)\n");
	t.creates = true;
	tell(life(EVENT_CREATE, NSINSPECT_NS_TYPE_NET, 4026532287u, 812));
	tell(moved(change(EVENT_SWITCH, "unshare", "bash", 812), SLOT_NET, 4026532281u, 4026532287u));
	tell(life(EVENT_CREATE, NSINSPECT_NS_TYPE_NET, 4026532288u, 812));
	tell(moved(change(EVENT_SWITCH, "unshare", "bash", 812), SLOT_UTS, 4026531838u, 4026532289u));
	tell(life(EVENT_FREE, NSINSPECT_NS_TYPE_NET, 4026532288u, 7));
	event_text_settled(&t, UINT64_MAX);
	assert_string_equal(lines(), "create   net 32287  by bash(812)\n"
				     "unshare  bash(812)  net 32281 → 32287 new\n"
				     "create   net 32288  by bash(812)\n"
				     "unshare  bash(812)  uts 31838 → 32289 new\n"
				     "free     net 32288\n");
}

/* What has no line is known all the same. */
static void test_not_shown(void **state)
{
	struct event e = life(EVENT_CREATE, NSINSPECT_NS_TYPE_NET, 4026532281u, 812);

	(void)state;
	e.time_ns = now;
	assert_int_equal(event_text_follow(&t, &e, false), 0);
	tell(unshare_net());
	event_text_settled(&t, UINT64_MAX);
	assert_string_equal(lines(), "unshare  bash(812)  net 31840 → 32281 new\n");
	/* A change that is not shown does not tell the creation that is. */
	tell(life(EVENT_CREATE, NSINSPECT_NS_TYPE_UTS, 4026532282u, 812));
	e = moved(change(EVENT_SWITCH, "unshare", "bash", 812), SLOT_UTS, 4026531838u, 4026532282u);
	assert_int_equal(event_text_follow(&t, &e, false), 0);
	assert_string_equal(lines(), "create   uts 32282  by bash(812)\n");
}

static void test_exec_exit(void **state)
{
	(void)state;
	tell((struct event){ .kind = EVENT_EXEC, .tid = 812, .old_tid = 812, .comm = "true" });
	assert_string_equal(lines(), "exec     true(812) was bash\n");
	tell((struct event){ .kind = EVENT_EXEC, .tid = 812, .old_tid = 812, .comm = "true" });
	assert_string_equal(lines(), "exec     true(812)\n");
	tell((struct event){ .kind = EVENT_EXEC, .tid = 907, .old_tid = 909, .comm = "pause" });
	assert_string_equal(lines(), "exec     pause(907), thread 909\n");
	tell((struct event){ .kind = EVENT_EXIT, .tid = 812, .comm = "a\nb" });
	assert_string_equal(lines(), "exit     a\\x0ab(812)\n");
	tell((struct event){ .kind = EVENT_REAP, .tid = 812 });
	assert_string_equal(lines(), "");
}

static void test_missing(void **state)
{
	(void)state;
	tell((struct event){ .kind = EVENT_LOST, .cpu = 1, .lost = 12 });
	assert_string_equal(lines(), "lost     12 events of CPU 1\n");
	tell((struct event){ .kind = EVENT_LOST, .cpu = 1, .lost = 1 });
	assert_string_equal(lines(), "lost     1 event of CPU 1\n");
	tell((struct event){ .kind = EVENT_LOST, .cpu = EVENT_CPU_NONE, .lost = 2 });
	assert_string_equal(lines(), "lost     2 changes that kernel probes passed over\n");
	tell((struct event){ .kind = EVENT_LOST, .cpu = 0 });
	assert_string_equal(lines(), "lost     events, it is not known how many, of CPU 0\n");
	tell((struct event){ .kind = EVENT_BLIND });
	assert_string_equal(lines(), "blind    kernel probes were switched off: changes are not seen\n");
	tell((struct event){ .kind = EVENT_SEEING });
	assert_string_equal(lines(), "seeing   kernel probes were switched on again\n");
}

/* Names are those of net namespaces, made safe; a free one has the one that it had. */
static void test_names(void **state)
{
	(void)state;
	assert_int_equal(names_add(&names, NAME_NETNS, NSINSPECT_NS_TYPE_NET, 4026532300u, "bl\033ue"), 0);
	t.names = &names;
	tell(moved(change(EVENT_SWITCH, "setns", "ip", 812), SLOT_NET, 4026531840u, 4026532300u));
	assert_string_equal(lines(), "setns    ip(812)  net 31840 → 32300 (bl\\x1bue) joins 907's net\n");
	tell(moved(change(EVENT_SWITCH, "setns", "ip", 812), SLOT_UTS, 4026531838u, 4026532300u));
	assert_string_equal(lines(), "setns    ip(812)  uts 31838 → 32300 new\n");
	/* Names are not looked up again for what happened before that was done. */
	t.live = true;
	t.named_at = now + SECOND;
	tell(moved(change(EVENT_SWITCH, "setns", "ip", 812), SLOT_NET, 4026531840u, 4026532301u));
	assert_true(t.named_at == now + SECOND - 1000);
	lines();
	tell(life(EVENT_FREE, NSINSPECT_NS_TYPE_NET, 4026532300u, 7));
	assert_string_equal(lines(), "free     net 32300 (bl\\x1bue)\n");
	/* Its number has no name any more. */
	tell(life(EVENT_CREATE, NSINSPECT_NS_TYPE_NET, 4026532300u, 812));
	tell(moved(change(EVENT_SWITCH, "unshare", "ip", 812), SLOT_NET, 4026531840u, 4026532300u));
	assert_string_equal(lines(), "unshare  ip(812)  net 31840 → 32300 new\n");
	/* This machine has no such namespace, either. */
	t.named_at = 0;
	tell(moved(change(EVENT_SWITCH, "setns", "ip", 812), SLOT_NET, 4026531840u, 4026532301u));
	lines();
	assert_true(t.named_at != 0);
}

/* Known, and no task is in it: neither new nor anybody's. */
static void test_empty(void **state)
{
	(void)state;
	tell(life(EVENT_CREATE, NSINSPECT_NS_TYPE_NET, 4026532281u, 812));
	tell(unshare_net());
	tell(moved(change(EVENT_SWITCH, "setns", "bash", 812), SLOT_NET, 4026532281u, 4026531840u));
	lines();
	tell(moved(change(EVENT_SWITCH, "setns", "ip", 908), SLOT_NET, 4026532300u, 4026532281u));
	assert_string_equal(lines(), "setns    ip(908)  net 32300 → 32281\n");
	/* Who has it for children only is not in it. */
	tell(life(EVENT_CREATE, NSINSPECT_NS_TYPE_PID, 4026532290u, 812));
	tell(moved(change(EVENT_SWITCH, "unshare", "bash", 812), SLOT_PID_FOR_CHILDREN, 4026531836u,
		   4026532290u));
	assert_string_equal(lines(), "unshare  bash(812)  pid_for_children 31836 → 32290 new\n");
	tell(moved(change(EVENT_SWITCH, "setns", "ip", 1), SLOT_PID_FOR_CHILDREN, 4026531836u,
		   4026532290u));
	assert_string_equal(lines(), "setns    ip(1)  pid_for_children 31836 → 32290\n");
}

static void test_clock(void **state)
{
	char expected[64];
	time_t seconds = 1700000000;
	struct tm tm;

	(void)state;
	/* An hour after it was switched on. */
	t.to_realtime = (int64_t)(1700000000 - 3600) * (int64_t)SECOND;
	now += 123455000;
	tell(unshare_net());
	fflush(t.out);
	assert_non_null(localtime_r(&seconds, &tm));
	strftime(expected, sizeof(expected), "%H:%M:%S.123456 unshare  ", &tm);
	assert_memory_equal(text, expected, strlen(expected));
}

static void test_color(void **state)
{
	(void)state;
	t.color = true;
	tell(unshare_net());
	fflush(t.out);
	assert_non_null(strstr(text, "\033[0m unshare  bash(\033[36m812\033[0m)  \033[32mnet\033[0m 31840 → "
			       "32281 \033[1mnew\033[0m\n"));
}

static void test_stats(void **state)
{
	struct event_stats s = { 0 };
	FILE *f;
	char *got;
	int i;

	(void)state;
	f = open_memstream(&got, &size);
	for (i = 0; i < 3; i++) {
		const struct event e = unshare_net();

		assert_int_equal(event_stats_add(&s, &e), 0);
	}
	assert_int_equal(event_stats_add(&s, &(struct event){ .kind = EVENT_EXIT }), 0);
	assert_int_equal(event_stats_add(&s, &(struct event){ .kind = EVENT_SWITCH, .cause = "setns" }), 0);
	assert_int_equal(event_stats_add(&s, &(struct event){ .kind = EVENT_LOST, .cpu = 2, .lost = 12 }), 0);
	assert_int_equal(event_stats_add(&s, &(struct event){ .kind = EVENT_LOST, .cpu = 2, .lost = 3 }), 0);
	assert_int_equal(event_stats_add(&s, &(struct event){
		.kind = EVENT_LOST, .cpu = EVENT_CPU_NONE, .lost = 7 }), 0);
	assert_int_equal(event_stats_add(&s, &(struct event){
		.kind = EVENT_CREATE, .type = NSINSPECT_NS_TYPE_NET }), 0);
	assert_int_equal(event_stats_add(&s, &(struct event){
		.kind = EVENT_FREE, .type = NSINSPECT_NS_TYPE_UTS }), 0);
	event_stats_print(&s, f, false);
	fclose(f);
	assert_string_equal(got,
		"EVENT    CAUSE        COUNT\n"
		"switch   setns            1\n"
		"switch   unshare          3\n"
		"create                    1\n"
		"free                      1\n"
		"exit                      1\n"
		"\n"
		"TYPE          BORN     FREED\n"
		"net              1         0\n"
		"uts              0         1\n"
		"\n"
		"CPU           LOST\n"
		"2               15\n"
		"\n"
		"changes that kernel probes passed over: 7\n");
	free(got);
	event_stats_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_new, begin, end),
		cmocka_unit_test_setup_teardown(test_joins, begin, end),
		cmocka_unit_test_setup_teardown(test_fork, begin, end),
		cmocka_unit_test_setup_teardown(test_thread, begin, end),
		cmocka_unit_test_setup_teardown(test_creations, begin, end),
		cmocka_unit_test_setup_teardown(test_not_shown, begin, end),
		cmocka_unit_test_setup_teardown(test_exec_exit, begin, end),
		cmocka_unit_test_setup_teardown(test_missing, begin, end),
		cmocka_unit_test_setup_teardown(test_names, begin, end),
		cmocka_unit_test_setup_teardown(test_empty, begin, end),
		cmocka_unit_test_setup_teardown(test_clock, begin, end),
		cmocka_unit_test_setup_teardown(test_color, begin, end),
		cmocka_unit_test(test_stats),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
