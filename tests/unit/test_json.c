// SPDX-License-Identifier: GPL-2.0
/* JSON, read back by another's parser. The values are those of design and world(). */
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "messages.h"
#include "render.h"

static struct json_object *read_back(const struct graph *g)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *o;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(render_json(g, f), 0);
	fclose(f);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(tokener, text, (int)size);
	assert_int_equal(json_tokener_get_error(tokener), json_tokener_success);
	json_tokener_free(tokener);
	free(text);
	return o;
}

static struct json_object *get(struct json_object *o, const char *key)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v))
		fail_msg("there is no %s", key);
	return v;
}

static int64_t number(struct json_object *o, const char *key)
{
	struct json_object *v = get(o, key);

	assert_true(json_object_is_type(v, json_type_int));
	return json_object_get_int64(v);
}

static void is_null(struct json_object *o, const char *key)
{
	assert_null(get(o, key));
}

static void is_bool(struct json_object *o, const char *key, bool v)
{
	assert_true(json_object_is_type(get(o, key), json_type_boolean));
	assert_int_equal(json_object_get_boolean(get(o, key)), v);
}

static void is_string(struct json_object *o, const char *key, const char *v)
{
	assert_true(json_object_is_type(get(o, key), json_type_string));
	assert_string_equal(json_object_get_string(get(o, key)), v);
}

/* The first keys are these, in this order; more may follow. */
static void keys(struct json_object *o, const char *const *names)
{
	struct json_object_iterator i = json_object_iter_begin(o), end = json_object_iter_end(o);

	for (; *names; names++) {
		assert_false(json_object_iter_equal(&i, &end));
		assert_string_equal(json_object_iter_peek_name(&i), *names);
		json_object_iter_next(&i);
	}
}

static void test_schema(void **state)
{
	static const char *const top[] = {
		"schema", "host", "snapshot", "namespaces", "nsproxies", "tasks", NULL
	};
	static const char *const host[] = { "nodename", "release", "boot_id", NULL };
	static const char *const snapshot[] = { "time_ns", "generation", "consistent", NULL };
	static const char *const ns[] = {
		"type", "inum", "id", "initial", "active", "owner", "parent", "level", "refs",
		"tasks", NULL
	};
	static const char *const nsproxy[] = { "id", "refs", "tasks", "ns", NULL };
	static const char *const inner[] = {
		"cgroup", "ipc", "mnt", "net", "pid_for_children", "time", "time_for_children",
		"uts", NULL
	};
	static const char *const task[] = {
		"tid", "tgid", "ppid", "comm", "state", "kthread", "uid", "nsproxy", "user", "pid",
		"pids", NULL
	};
	static const char *const upid[] = { "nr", "pidns", "level", NULL };
	struct json_object *o, *v;
	struct capture c;
	struct graph g;

	(void)state;
	world(&c);
	decoded(&g, &c);
	o = read_back(&g);
	keys(o, top);
	is_string(o, "schema", "nsinspect/1");
	keys(get(o, "host"), host);
	is_string(get(o, "host"), "nodename", "lab");
	is_string(get(o, "host"), "release", "6.12.0");
	is_null(get(o, "host"), "boot_id");
	v = get(o, "snapshot");
	keys(v, snapshot);
	assert_int_equal(number(v, "time_ns"), 1700000000123456789);
	assert_int_equal(number(v, "generation"), 42);
	is_bool(v, "consistent", true);

	v = get(o, "namespaces");
	assert_int_equal(json_object_array_length(v), 13);
	/* By type, then number: cgroup, ipc, mnt, then three net. */
	v = json_object_array_get_idx(v, 4);
	keys(v, ns);
	is_string(v, "type", "net");
	assert_int_equal(number(v, "inum"), OWN_NET);
	assert_int_equal(number(v, "id"), 0x1122334455667788);
	is_bool(v, "initial", false);
	is_bool(v, "active", true);
	assert_int_equal(number(v, "owner"), OWN_USER);
	is_null(v, "parent");
	is_null(v, "level");
	assert_int_equal(number(v, "refs"), 3);
	assert_int_equal(number(v, "tasks"), 2);
	assert_int_equal(number(v, "procs"), 1);
	v = json_object_array_get_idx(get(o, "namespaces"), 5);
	assert_int_equal(number(v, "inum"), EMPTY_NET);
	is_null(v, "refs");
	is_null(v, "id");
	is_bool(v, "active", false);
	v = json_object_array_get_idx(get(o, "namespaces"), 9);
	assert_int_equal(number(v, "inum"), INIT_USER);
	is_null(v, "owner");
	assert_int_equal(number(v, "level"), 0);

	v = json_object_array_get_idx(get(o, "nsproxies"), 1);
	keys(v, nsproxy);
	keys(get(v, "ns"), inner);
	assert_int_equal(json_object_object_length(get(v, "ns")), 8);
	assert_int_equal(number(v, "id"), 2);
	assert_int_equal(number(get(v, "ns"), "pid_for_children"), OWN_PID);

	v = get(o, "tasks");
	assert_int_equal(json_object_array_length(v), 7);
	v = json_object_array_get_idx(v, 4);
	keys(v, task);
	assert_int_equal(number(v, "tid"), 830);
	is_string(v, "comm", "nginx");
	is_string(v, "state", "S");
	is_bool(v, "kthread", false);
	assert_int_equal(number(v, "nsproxy"), 3);
	assert_int_equal(number(v, "user"), OWN_USER);
	v = json_object_array_get_idx(get(v, "pids"), 1);
	keys(v, upid);
	assert_int_equal(number(v, "nr"), 1);
	assert_int_equal(number(v, "pidns"), OWN_PID);
	assert_int_equal(number(v, "level"), 1);
	is_null(json_object_array_get_idx(get(o, "tasks"), 6), "nsproxy");
	json_object_put(o);
	graph_free(&g);
	free(c.bytes);
}

static void test_strings(void **state)
{
	static const struct {
		const char *comm, *back;
	} rows[] = {
		{ "a\"b\\c", "a\"b\\c" },
		{ "\033[31m\n\t", "\033[31m\n\t" },
		{ "\x7f", "\x7f" },
		{ "\xc2\x9b", "\xc2\x9b" },
		{ "caf\xc3\xa9", "caf\xc3\xa9" },
		/* What is no UTF-8 cannot be in JSON. */
		{ "\xff", "\xef\xbf\xbd" },
		{ "a\xe2\x86", "a\xef\xbf\xbd\xef\xbf\xbd" },
	};
	size_t i, size;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct task t = { .tid = 1, .tgid = 1, .state = 'S' };
		struct capture c = { 0 };
		struct json_object *o;
		char *text = NULL, *p;
		struct graph g;
		FILE *f;

		strcpy(t.comm, rows[i].comm);
		put_snapshot(&c, 0, 0, 1);
		put_task(&c, &t, NULL, 0);
		decoded(&g, &c);
		o = read_back(&g);
		is_string(json_object_array_get_idx(get(o, "tasks"), 0), "comm", rows[i].back);
		json_object_put(o);

		/* JSON is printed to terminals as it is. */
		f = open_memstream(&text, &size);
		render_json(&g, f);
		fclose(f);
		for (p = text; *p; p++)
			assert_true((unsigned char)*p >= 0x20 || *p == '\n');
		assert_null(strstr(text, "\xc2\x9b"));
		assert_null(strchr(text, 0x7f));
		free(text);
		graph_free(&g);
		free(c.bytes);
	}
}

/* Longer than the buffer that it is written through. */
static void test_long(void **state)
{
	struct capture c = { 0 };
	struct json_object *o;
	struct graph g;
	uint32_t i;

	(void)state;
	put_snapshot(&c, 0, 0, 3000);
	for (i = 1; i <= 3000; i++)
		put_task(&c, &(struct task){ .tid = i, .tgid = i, .state = 'S' }, NULL, 0);
	decoded(&g, &c);
	o = read_back(&g);
	assert_int_equal(json_object_array_length(get(o, "tasks")), 3000);
	assert_int_equal(number(json_object_array_get_idx(get(o, "tasks"), 2999), "tid"), 3000);
	json_object_put(o);
	graph_free(&g);
	free(c.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schema),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
