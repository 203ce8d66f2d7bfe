// SPDX-License-Identifier: GPL-2.0
/*
 * Events: out of records, in order, counted, filtered, and as JSON.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event_filter.h"
#include "keep.h"
#include "made.h"
#include "tracing.h"

static char *text;
static size_t size;

static const char *json(const struct event *e)
{
	static struct json j;
	FILE *f;

	free(text);
	text = NULL;
	f = open_memstream(&text, &size);
	assert_non_null(f);
	json_begin(&j, f);
	event_json(&j, e);
	json_end(&j);
	fclose(f);
	keep_json(text);
	return text;
}

static int done(void **state)
{
	free(text);
	text = NULL;
	return stop(state);
}

static struct event change(enum event_kind kind, const char *cause, uint32_t tid)
{
	struct event e = { .kind = kind, .tid = tid, .tgid = tid, .comm = "bash" };

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

/* The text of the issue, with what it leaves out. */
static void test_json(void **state)
{
	struct event e;

	(void)state;
	e = moved(change(EVENT_SWITCH, "unshare", 812), SLOT_NET, 4026531840, 4026532281);
	e.seq = 1;
	e.generation = 7;
	assert_string_equal(json(&e),
		"{\"schema\":\"nsinspect-event/1\",\"seq\":1,\"time_ns\":0,\"cpu\":0,\"event\":\"switch\","
		"\"cause\":\"unshare\",\"tid\":812,\"tgid\":812,\"comm\":\"bash\",\"uid\":0,"
		"\"generation\":7,\"changes\":[{\"slot\":\"net\",\"from\":{\"inum\":4026531840,"
		"\"id\":null},\"to\":{\"inum\":4026532281,\"id\":null}}]}\n");

	e = moved(change(EVENT_FORK, "clone3", 830), SLOT_PID, 4026531836, 4026532305);
	e.slots[SLOT_PID].to.id = 77;
	e.seq = 2;
	e.ppid = 812;
	e.parent = 813;
	e.generation = 9;
	e.n_upids = 2;
	e.upids[0].nr = 830;
	e.upids[0].pidns = 4026531836;
	e.upids[1].nr = 1;
	e.upids[1].pidns = 4026532305;
	assert_string_equal(json(&e),
		"{\"schema\":\"nsinspect-event/1\",\"seq\":2,\"time_ns\":0,\"cpu\":0,\"event\":\"fork\","
		"\"cause\":\"clone3\",\"tid\":830,\"tgid\":830,\"ppid\":812,\"comm\":\"bash\",\"uid\":0,"
		"\"generation\":9,\"pids\":[{\"nr\":830,\"pidns\":4026531836,\"level\":0},"
		"{\"nr\":1,\"pidns\":4026532305,\"level\":1}],\"changes\":[{\"slot\":\"pid\","
		"\"from\":{\"inum\":4026531836,\"id\":null},\"to\":{\"inum\":4026532305,\"id\":77}}]}\n");

	e = life(EVENT_CREATE, NSINSPECT_NS_TYPE_NET, 4026532281, 812);
	e.seq = 3;
	e.cpu = 1;
	e.owner.inum = 4026531837;
	assert_string_equal(json(&e),
		"{\"schema\":\"nsinspect-event/1\",\"seq\":3,\"time_ns\":0,\"cpu\":1,\"event\":\"create\","
		"\"type\":\"net\",\"inum\":4026532281,\"id\":null,\"owner\":4026531837,\"parent\":null,"
		"\"tid\":812,\"comm\":\"bash\"}\n");

	e.kind = EVENT_FREE;
	e.seq = 4;
	assert_string_equal(json(&e),
		"{\"schema\":\"nsinspect-event/1\",\"seq\":4,\"time_ns\":0,\"cpu\":1,\"event\":\"free\","
		"\"type\":\"net\",\"inum\":4026532281,\"id\":null,\"owner\":4026531837,\"parent\":null,"
		"\"tid\":812,\"comm\":\"bash\"}\n");

	e = (struct event){ .kind = EVENT_EXIT, .seq = 5, .time_ns = 12, .tid = 5, .comm = "a\"b" };
	assert_string_equal(json(&e),
		"{\"schema\":\"nsinspect-event/1\",\"seq\":5,\"time_ns\":12,\"cpu\":0,\"event\":\"exit\","
		"\"tid\":5,\"tgid\":null,\"comm\":\"a\\\"b\"}\n");

	e = (struct event){ .kind = EVENT_EXEC, .tid = 5, .tgid = 5, .old_tid = 6, .comm = "sh" };
	assert_string_equal(json(&e),
		"{\"schema\":\"nsinspect-event/1\",\"seq\":0,\"time_ns\":0,\"cpu\":0,\"event\":\"exec\","
		"\"tid\":5,\"tgid\":5,\"old_tid\":6,\"comm\":\"sh\"}\n");

	e = (struct event){ .kind = EVENT_LOST, .seq = 6, .cpu = 1, .lost = 12 };
	assert_string_equal(json(&e),
		"{\"schema\":\"nsinspect-event/1\",\"seq\":6,\"time_ns\":0,\"cpu\":1,\"event\":\"lost\","
		"\"count\":12}\n");
	e.lost = 0;
	assert_non_null(strstr(json(&e), "\"count\":null}"));
	e = (struct event){ .kind = EVENT_LOST, .cpu = EVENT_CPU_NONE, .lost = 2 };
	assert_non_null(strstr(json(&e), "\"cpu\":null,\"event\":\"lost\",\"count\":2}"));

	e = (struct event){ .kind = EVENT_BLIND, .seq = 7 };
	assert_string_equal(json(&e),
		"{\"schema\":\"nsinspect-event/1\",\"seq\":7,\"time_ns\":0,\"cpu\":0,"
		"\"event\":\"blind\"}\n");
	e.kind = EVENT_SEEING;
	assert_non_null(strstr(json(&e), "\"event\":\"seeing\"}"));

	e = life(EVENT_FREE, NSINSPECT_NS_TYPE_USER, 10, 1);
	e.parent_ns.inum = 9;
	assert_non_null(strstr(json(&e), "\"owner\":null,\"parent\":9,"));

	/* A plain fork has no changes. */
	e = change(EVENT_FORK, "fork", 9);
	e.same = true;
	assert_non_null(strstr(json(&e), "\"pids\":[],\"changes\":[]}"));
}

static void test_kinds(void **state)
{
	(void)state;
	assert_int_equal(event_kind_parse("switch", 6), EVENT_SWITCH);
	assert_int_equal(event_kind_parse("exec,exit", 4), EVENT_EXEC);
	assert_int_equal(event_kind_parse("exi", 3), -1);
	assert_int_equal(event_kind_parse("", 0), -1);
	/* These cannot be left out. */
	assert_int_equal(event_kind_parse("lost", 4), -1);
	assert_int_equal(event_kind_parse("reap", 4), -1);
}

/* Fields of made-up records: each after the other, as they are asked for. */
struct record {
	unsigned char bytes[1024];
	size_t n;
	struct {
		const char *name;
		size_t at, size;
	} fields[80];
	size_t n_fields;
};

static void field(struct record *r, const char *name, const void *value, size_t n)
{
	r->fields[r->n_fields].name = name;
	r->fields[r->n_fields].at = r->n;
	r->fields[r->n_fields++].size = n;
	memcpy(r->bytes + r->n, value, n);
	r->n += n;
}

static void number(struct record *r, const char *name, uint32_t v)
{
	field(r, name, &v, sizeof(v));
}

static void number64(struct record *r, const char *name, uint64_t v)
{
	field(r, name, &v, sizeof(v));
}

/* What is at a place that the field itself says. */
static void dynamic(struct record *r, const char *name, const void *value, size_t n)
{
	number(r, name, (uint32_t)(n << 16 | 800));
	memcpy(r->bytes + 800, value, n);
}

static bool find(void *arg, const char *name, struct event_field *f)
{
	const struct record *r = arg;
	size_t i;

	for (i = 0; i < r->n_fields; i++) {
		if (strcmp(r->fields[i].name, name))
			continue;
		*f = (struct event_field){ (uint32_t)r->fields[i].at, (uint32_t)r->fields[i].size };
		return true;
	}
	return false;
}

static const struct event_source *source(const char *name)
{
	size_t i;

	for (i = 0; i < EVENT_SOURCES; i++)
		if (!strcmp(event_sources[i].name, name))
			return &event_sources[i];
	fail_msg("there is no tracepoint %s", name);
	return NULL;
}

static void task_fields(struct record *r)
{
	field(r, "cause", "unshare\0\0\0\0", 12);
	number(r, "tid", 812);
	number(r, "tgid", 811);
	field(r, "comm", "0123456789abcdef", 16);
	number(r, "uid", 1000);
	number64(r, "generation", 1ull << 40);
}

static void slot_fields(struct record *r)
{
	static char names[SLOTS][4][32];
	int s, k;

	for (s = 0; s < SLOTS; s++) {
		static const char *const ends[] = { "from", "to", "from_id", "to_id" };

		for (k = 0; k < 4; k++)
			snprintf(names[s][k], sizeof(names[s][k]), "%s_%s", slots[s].name, ends[k]);
		number(r, names[s][0], 100 + (uint32_t)s);
		number(r, names[s][1], 200 + (uint32_t)s);
		number64(r, names[s][2], (1ull << 33) + (uint64_t)s);
		number64(r, names[s][3], (1ull << 34) + (uint64_t)s);
	}
}

static void test_decode_switch(void **state)
{
	struct event_layout l = { .source = source("ns_switch") };
	struct record r = { .n = 8 };
	struct event e;
	int s;

	(void)state;
	task_fields(&r);
	assert_string_equal(event_layout_fill(&l, find, &r), "cgroup_from");
	slot_fields(&r);
	assert_null(event_layout_fill(&l, find, &r));
	assert_true(event_decode(&l, r.bytes, r.n, &e));
	assert_int_equal(e.kind, EVENT_SWITCH);
	assert_string_equal(e.cause, "unshare");
	assert_int_equal(e.tid, 812);
	assert_int_equal(e.tgid, 811);
	/* It has no NUL where it is too long. */
	assert_string_equal(e.comm, "0123456789abcde");
	assert_int_equal(e.uid, 1000);
	assert_true(e.generation == 1ull << 40);
	for (s = 0; s < SLOTS; s++) {
		assert_int_equal(e.slots[s].from.inum, 100 + s);
		assert_int_equal(e.slots[s].to.inum, 200 + s);
		assert_true(e.slots[s].from.id == (1ull << 33) + (uint64_t)s);
		assert_true(e.slots[s].to.id == (1ull << 34) + (uint64_t)s);
	}
	assert_false(event_decode(&l, r.bytes, r.n - 1, &e));
	assert_false(event_decode(&l, r.bytes, 0, &e));
}

static void test_decode_fork(void **state)
{
	static const uint32_t nrs[] = { 830, 17, 1 }, pidns[] = { 36, 305, 306 };
	struct event_layout l = { .source = source("ns_fork_same") };
	struct record r = { .n = 8 };
	unsigned char room[900];
	struct event e;

	(void)state;
	task_fields(&r);
	number(&r, "ppid", 700);
	number(&r, "parent", 701);
	dynamic(&r, "nrs", nrs, sizeof(nrs));
	/* The second one behind it. */
	number(&r, "pidns", (uint32_t)(sizeof(pidns) << 16 | 840));
	memcpy(r.bytes + 840, pidns, sizeof(pidns));
	memcpy(room, r.bytes, sizeof(room));
	assert_null(event_layout_fill(&l, find, &r));
	assert_true(event_decode(&l, room, sizeof(room), &e));
	assert_int_equal(e.kind, EVENT_FORK);
	assert_true(e.same);
	assert_int_equal(e.ppid, 700);
	assert_int_equal(e.parent, 701);
	assert_int_equal(e.parent_ns.inum, 0);
	assert_int_equal(e.n_upids, 3);
	assert_int_equal(e.upids[0].nr, 830);
	assert_int_equal(e.upids[2].nr, 1);
	assert_int_equal(e.upids[2].pidns, 306);
	/* Where it leads out of the record. */
	assert_false(event_decode(&l, room, 845, &e));
	assert_false(event_decode(&l, room, 835, &e));
	/* One with slots needs them. */
	l.source = source("ns_fork");
	assert_string_equal(event_layout_fill(&l, find, &r), "cgroup_from");
}

static void test_decode_others(void **state)
{
	struct event_layout l = { .source = source("ns_create") };
	struct record r = { .n = 8 };
	struct event e;

	(void)state;
	field(&r, "type", "net\0\0\0\0", 8);
	number(&r, "inum", 281);
	number64(&r, "ns_id", 99);
	number(&r, "owner", 37);
	number64(&r, "owner_id", 1);
	number(&r, "parent", 36);
	number64(&r, "parent_id", 2);
	task_fields(&r);
	assert_null(event_layout_fill(&l, find, &r));
	assert_true(event_decode(&l, r.bytes, r.n, &e));
	assert_int_equal(e.kind, EVENT_CREATE);
	assert_int_equal(e.type, NSINSPECT_NS_TYPE_NET);
	assert_int_equal(e.ns.inum, 281);
	assert_true(e.ns.id == 99 && e.owner.id == 1 && e.parent_ns.id == 2);
	assert_int_equal(e.owner.inum, 37);
	assert_int_equal(e.parent_ns.inum, 36);
	/* It is no task that is its parent. */
	assert_int_equal(e.parent, 0);
	assert_int_equal(e.tid, 812);
	memcpy(r.bytes + 8, "new\0\0\0\0", 8);
	assert_false(event_decode(&l, r.bytes, r.n, &e));

	r = (struct record){ .n = 8 };
	l = (struct event_layout){ .source = source("sched_process_exec") };
	dynamic(&r, "filename", "/usr/bin/0123456789abcdefgh", 28);
	number(&r, "pid", 5);
	number(&r, "old_pid", 6);
	assert_null(event_layout_fill(&l, find, &r));
	assert_true(event_decode(&l, r.bytes, sizeof(r.bytes), &e));
	assert_int_equal(e.kind, EVENT_EXEC);
	assert_string_equal(e.comm, "0123456789abcde");
	assert_int_equal(e.tid, 5);
	assert_int_equal(e.old_tid, 6);
	memcpy(r.bytes + 800, "sh", 3);
	assert_true(event_decode(&l, r.bytes, sizeof(r.bytes), &e));
	assert_string_equal(e.comm, "sh");

	r = (struct record){ .n = 8 };
	l = (struct event_layout){ .source = source("sched_process_free") };
	field(&r, "comm", "sh\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	number(&r, "pid", 7);
	assert_null(event_layout_fill(&l, find, &r));
	assert_true(event_decode(&l, r.bytes, r.n, &e));
	assert_int_equal(e.kind, EVENT_REAP);
	assert_int_equal(e.tid, 7);
}

static void push(struct event_queue *q, uint64_t time, uint32_t cpu, uint32_t tid)
{
	const struct event e = { .kind = EVENT_SWITCH, .time_ns = time, .cpu = cpu, .tid = tid };

	assert_int_equal(event_queue_add(q, &e), 0);
}

static void order_is(const struct event_queue *q, const char *expected)
{
	char got[128] = "";
	size_t i;

	for (i = 0; i < q->n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%u", i ? " " : "",
			 q->list[i].tid);
	assert_string_equal(got, expected);
}

/* By time, then by CPU, then as they came; what is not older than the round waits. */
static void test_order(void **state)
{
	struct event_queue q = { 0 };

	(void)state;
	push(&q, 20, 1, 5);
	push(&q, 30, 1, 6);
	push(&q, 40, 1, 7);
	push(&q, 10, 0, 1);
	push(&q, 30, 0, 2);
	push(&q, 30, 0, 3);
	push(&q, 50, 0, 4);
	assert_int_equal(event_queue_sort(&q, 40), 5);
	order_is(&q, "1 5 2 3 6 7 4");
	event_queue_drop(&q, 5);
	order_is(&q, "7 4");
	/* The next round: what is of the same time and CPU comes after what was there. */
	push(&q, 50, 0, 8);
	push(&q, 45, 1, 9);
	assert_int_equal(event_queue_sort(&q, UINT64_MAX), 4);
	order_is(&q, "7 9 4 8");
	event_queue_drop(&q, 4);
	assert_int_equal(event_queue_sort(&q, UINT64_MAX), 0);
	event_queue_free(&q);
}

static struct event lost_on(uint32_t cpu, uint64_t n)
{
	return (struct event){ .kind = EVENT_LOST, .cpu = cpu, .lost = n };
}

static void test_lost(void **state)
{
	struct event list[4] = { lost_on(1, 5), { .kind = EVENT_SWITCH, .cpu = 1 }, lost_on(0, 9), lost_on(1, 3) };
	uint64_t told;

	(void)state;
	/* As the buffer says it, of this CPU only. */
	told = lost_settle(0, 8, list, 4, 1);
	assert_int_equal(told, 8);
	assert_int_equal(list[0].lost, 5);
	assert_int_equal(list[2].lost, 9);
	assert_int_equal(list[3].lost, 3);
	/* A place without a number has what no other place has. */
	list[0] = lost_on(1, LOST_UNKNOWN);
	list[3] = lost_on(1, 4);
	told = lost_settle(told, 22, list, 4, 1);
	assert_int_equal(told, 22);
	assert_int_equal(list[0].lost, 10);
	assert_int_equal(list[3].lost, 4);
	/* Of two of them, one has it, the other has none. */
	list[0] = lost_on(1, LOST_UNKNOWN);
	list[3] = lost_on(1, LOST_UNKNOWN);
	told = lost_settle(told, 30, list, 4, 1);
	assert_int_equal(told, 30);
	assert_int_equal(list[0].lost, 0);
	assert_int_equal(list[3].lost, 8);
	/* What was told early is not told again. */
	list[0] = lost_on(1, 6);
	list[3] = lost_on(1, 2);
	told = lost_settle(told, 35, list, 4, 1);
	assert_int_equal(told, 35);
	assert_int_equal(list[0].lost, 5);
	assert_int_equal(list[3].lost, 0);
	/* Without the kernel's count, as the buffer says it. */
	list[0] = lost_on(1, 6);
	list[3] = lost_on(1, LOST_UNKNOWN);
	told = lost_settle(told, LOST_UNKNOWN, list, 4, 1);
	assert_int_equal(told, 41);
	assert_int_equal(list[0].lost, 6);
	assert_int_equal(list[3].lost, 0);
}

static void test_number_set(void **state)
{
	static const uint32_t numbers[] = { 0, 63, 64, 65535, 65536, 4026531840u, UINT32_MAX };
	struct number_set set = { 0 };
	size_t i;

	(void)state;
	assert_false(number_set_has(&set, 0));
	number_set_remove(&set, 7);
	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		assert_false(number_set_has(&set, numbers[i]));
		assert_int_equal(number_set_add(&set, numbers[i]), 0);
		assert_true(number_set_has(&set, numbers[i]));
	}
	assert_false(number_set_has(&set, 1));
	number_set_remove(&set, 64);
	assert_false(number_set_has(&set, 64));
	assert_true(number_set_has(&set, 63));
	number_set_free(&set);
	assert_false(number_set_has(&set, 63));
}

#define ALL_KINDS ((1u << EVENT_KINDS) - 1)

static bool passes(struct event_filter *f, struct event e)
{
	bool shown;

	assert_int_equal(event_filter_apply(f, &e, &shown), 0);
	return shown;
}

static void test_filter_kinds(void **state)
{
	struct event_filter f = { .kinds = 1u << EVENT_SWITCH | 1u << EVENT_FORK };
	struct event plain = change(EVENT_FORK, "fork", 5);

	(void)state;
	plain.same = true;
	assert_true(passes(&f, change(EVENT_SWITCH, "setns", 5)));
	assert_true(passes(&f, change(EVENT_FORK, "clone", 5)));
	assert_false(passes(&f, plain));
	assert_false(passes(&f, life(EVENT_CREATE, NSINSPECT_NS_TYPE_NET, 1, 5)));
	/* What is missing concerns everybody. */
	assert_true(passes(&f, lost_on(0, 1)));
	assert_true(passes(&f, (struct event){ .kind = EVENT_BLIND }));
	assert_true(passes(&f, (struct event){ .kind = EVENT_SEEING }));
	f.plain = true;
	assert_true(passes(&f, plain));
}

/* Only the slots of the types are left; without any, there is nothing to show. */
static void test_filter_types(void **state)
{
	struct event_filter f = { .kinds = ALL_KINDS, .plain = true, .types = 1u << NSINSPECT_NS_TYPE_PID };
	struct event e = moved(change(EVENT_SWITCH, "unshare", 5), SLOT_NET, 1, 2);
	bool shown;

	(void)state;
	assert_false(passes(&f, e));
	e = moved(e, SLOT_PID_FOR_CHILDREN, 3, 4);
	assert_int_equal(event_filter_apply(&f, &e, &shown), 0);
	assert_true(shown);
	assert_false(event_has_change(&e, SLOT_NET));
	assert_true(event_has_change(&e, SLOT_PID_FOR_CHILDREN));
	assert_true(passes(&f, life(EVENT_CREATE, NSINSPECT_NS_TYPE_PID, 1, 5)));
	assert_false(passes(&f, life(EVENT_FREE, NSINSPECT_NS_TYPE_NET, 1, 5)));
	assert_false(passes(&f, (struct event){ .kind = EVENT_EXIT, .tid = 5 }));
	assert_true(passes(&f, lost_on(0, 1)));
}

static void test_filter_ns(void **state)
{
	struct event_filter f = {
		.kinds = ALL_KINDS, .by_ns = true, .ns_type = NSINSPECT_NS_TYPE_USER,
		.ns = { .inum = 10, .id = 7 },
	};
	struct event e = life(EVENT_CREATE, NSINSPECT_NS_TYPE_NET, 11, 5);

	(void)state;
	assert_true(passes(&f, moved(change(EVENT_SWITCH, "setns", 5), SLOT_USER, 10, 12)));
	assert_true(passes(&f, moved(change(EVENT_SWITCH, "setns", 5), SLOT_USER, 12, 10)));
	/* The same number of another type is another one, as is another id. */
	assert_false(passes(&f, moved(change(EVENT_SWITCH, "setns", 5), SLOT_NET, 10, 12)));
	assert_true(passes(&f, life(EVENT_FREE, NSINSPECT_NS_TYPE_USER, 10, 5)));
	assert_false(passes(&f, life(EVENT_FREE, NSINSPECT_NS_TYPE_NET, 10, 5)));
	assert_false(passes(&f, e));
	e.owner = (struct event_ns){ .inum = 10, .id = 7 };
	assert_true(passes(&f, e));
	e.owner.id = 8;
	assert_false(passes(&f, e));
	e = life(EVENT_CREATE, NSINSPECT_NS_TYPE_USER, 11, 5);
	e.parent_ns.inum = 10;
	assert_true(passes(&f, e));
	assert_false(passes(&f, (struct event){ .kind = EVENT_EXIT, .tid = 5 }));
}

static struct event born_by(uint32_t parent, uint32_t tid)
{
	struct event e = change(EVENT_FORK, "clone", tid);

	e.parent = parent;
	return e;
}

/* A process, its threads, what is below it and what will be. */
static void test_filter_task(void **state)
{
	struct event_filter f = { .kinds = ALL_KINDS, .plain = true };
	struct made init, kthreadd, shell, sub, other;
	struct event e;

	(void)state;
	kernel(&init, &kthreadd);
	shell = child(800, &init, "bash");
	sub = child(801, &shell, "sh");
	child(802, &sub, "leaf");
	child(803, &shell, "second");
	other = child(900, &init, "other");
	child(901, &other, "leaf");
	child(811, &shell, "thread");
	thread_of(&shell);
	link_all();
	assert_int_equal(event_filter_task(&f, &graph, 4711), -ESRCH);
	assert_int_equal(event_filter_task(&f, &graph, 811), 0);
	assert_true(passes(&f, change(EVENT_SWITCH, "setns", 800)));
	assert_true(passes(&f, change(EVENT_SWITCH, "setns", 802)));
	assert_true(passes(&f, change(EVENT_SWITCH, "setns", 803)));
	assert_true(passes(&f, change(EVENT_SWITCH, "setns", 811)));
	assert_false(passes(&f, change(EVENT_SWITCH, "setns", 1)));
	assert_false(passes(&f, change(EVENT_SWITCH, "setns", 900)));
	assert_false(passes(&f, change(EVENT_SWITCH, "setns", 901)));
	/* By whoever of them it is born; for good. */
	assert_true(passes(&f, born_by(802, 850)));
	assert_true(passes(&f, born_by(850, 851)));
	assert_true(passes(&f, (struct event){ .kind = EVENT_EXIT, .tid = 850 }));
	assert_true(passes(&f, (struct event){ .kind = EVENT_REAP, .tid = 850 }));
	assert_false(passes(&f, change(EVENT_SWITCH, "setns", 850)));
	assert_true(passes(&f, change(EVENT_SWITCH, "setns", 851)));
	/* Its number comes again, elsewhere, though nobody has said that it was free. */
	assert_false(passes(&f, born_by(900, 851)));
	assert_false(passes(&f, change(EVENT_SWITCH, "setns", 851)));
	/* What they made is theirs until it dies, whoever frees it. */
	assert_true(passes(&f, life(EVENT_CREATE, NSINSPECT_NS_TYPE_NET, 50, 800)));
	assert_false(passes(&f, life(EVENT_CREATE, NSINSPECT_NS_TYPE_NET, 51, 900)));
	assert_false(passes(&f, life(EVENT_FREE, NSINSPECT_NS_TYPE_NET, 51, 7)));
	assert_true(passes(&f, life(EVENT_FREE, NSINSPECT_NS_TYPE_NET, 50, 7)));
	assert_false(passes(&f, life(EVENT_FREE, NSINSPECT_NS_TYPE_NET, 50, 7)));
	/* A thread that takes over the number of its leader. */
	e = (struct event){ .kind = EVENT_EXEC, .tid = 800, .old_tid = 811 };
	assert_true(passes(&f, e));
	event_filter_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_json, done),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_decode_switch),
		cmocka_unit_test(test_decode_fork),
		cmocka_unit_test(test_decode_others),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_number_set),
		cmocka_unit_test(test_filter_kinds),
		cmocka_unit_test(test_filter_types),
		cmocka_unit_test(test_filter_ns),
		cmocka_unit_test_setup_teardown(test_filter_task, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
