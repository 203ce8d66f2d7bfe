// SPDX-License-Identifier: GPL-2.0
/* JSON, read back by another's parser. The values are those of design and world(). */
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "commands.h"
#include "json_writer.h"
#include "keep.h"
#include "messages.h"
#include "mounts.h"
#include "render.h"
#include "sets.h"

/* json-c 0.18, when it is strict, refuses all that is not ASCII. The schema's reader does not. */
#define STRICT	(json_c_version_num() >> 8 == 18 ? 0 : \
		 JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8)

static struct json_object *read_back_sets(const struct graph *g, const struct sets *sets)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *o;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(render_json_sets(g, sets, f), 0);
	fclose(f);
	keep_json(text);
	json_tokener_set_flags(tokener, STRICT);
	o = json_tokener_parse_ex(tokener, text, (int)size);
	assert_int_equal(json_tokener_get_error(tokener), json_tokener_success);
	json_tokener_free(tokener);
	free(text);
	return o;
}

static struct json_object *read_back(const struct graph *g)
{
	return read_back_sets(g, NULL);
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

/* A picture without facts has no key of a fact, and does not say how it was found. */
static void has_no_facts(struct json_object *o)
{
	static const char *const others[] = {
		"creator_uid", "nodename", "domainname", "msg_queues", "sem_sets", "shm_segments",
		"shm_bytes", "monotonic_ns", "boottime_ns", "cgroup_root", "reaper", "pids", "dying",
		"pid_max", "owner_uid", "owner_gid", "uid_map", "gid_map", "setgroups", "nsid", "links",
	};
	struct json_object *list = get(o, "namespaces");
	size_t i, k;

	for (i = 0; i < json_object_array_length(list); i++) {
		struct json_object *ns = json_object_array_get_idx(list, i);

		is_null(ns, "found");
		for (k = 0; k < sizeof(others) / sizeof(*others); k++)
			assert_false(json_object_object_get_ex(ns, others[k], NULL));
	}
	assert_false(json_object_object_get_ex(o, "counters", NULL));
}

static void test_schema(void **state)
{
	static const char *const top[] = {
		"schema", "host", "snapshot", "namespaces", "nsproxies", "tasks", NULL
	};
	static const char *const host[] = { "nodename", "release", "boot_id", NULL };
	static const char *const snapshot[] = {
		"time_ns", "generation", "consistent", "walked", "walk_ns", "bytes",
		"generation_begin", "load", "boottime_ns", "watch", "coverage", NULL
	};
	static const char *const ns[] = {
		"type", "inum", "id", "initial", "active", "owner", "parent", "level", "refs",
		"tasks", "procs", "name", "node", "nsfs", "found", NULL
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
	assert_int_equal(number(v, "generation_begin"), 42);
	assert_int_equal(number(v, "load"), 77000000000);
	assert_int_equal(number(v, "boottime_ns"), 99000000001);
	is_string(v, "watch", "on");
	is_null(v, "coverage");
	has_no_facts(o);

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
	assert_int_equal(number(v, "node"), 5);
	is_null(v, "nsfs");
	is_null(v, "name");
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

/* What the picture's claims rest on: each of them known, and not known. */
static void test_snapshot(void **state)
{
	static const struct {
		int consistent, watch;
		const char *name;
		int coverage;
		const char *word;
	} rows[] = {
		{ 1, NSINSPECT_WATCH_ON, "on", NSINSPECT_COVERAGE_ALL, "all" },
		{ 0, NSINSPECT_WATCH_ON, "on", NSINSPECT_COVERAGE_FOUND, "found" },
		{ -1, NSINSPECT_WATCH_OFF, "off", NSINSPECT_COVERAGE_TASKS, "tasks" },
		{ -1, NSINSPECT_WATCH_MISSING, "missing", -1, NULL },
		/* A picture of an older version. */
		{ 1, -1, NULL, -1, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct snapshot s = {
			.consistent = rows[i].consistent, .watch = rows[i].watch, .namespaces = 1,
			.coverage = rows[i].coverage,
		};
		struct capture c = { 0 };
		struct json_object *o, *v;
		struct graph g;

		put_snapshot_as(&c, &s);
		put_ns(&c, &(struct ns){ .type = NSINSPECT_NS_TYPE_UTS, .inum = 7 });
		decoded(&g, &c);
		o = read_back(&g);
		v = get(o, "snapshot");
		if (rows[i].consistent < 0)
			is_null(v, "consistent");
		else
			is_bool(v, "consistent", rows[i].consistent);
		if (rows[i].name)
			is_string(v, "watch", rows[i].name);
		else
			is_null(v, "watch");
		if (rows[i].word)
			is_string(v, "coverage", rows[i].word);
		else
			is_null(v, "coverage");
		is_null(v, "generation_begin");
		is_null(v, "load");
		is_null(v, "boottime_ns");
		is_null(json_object_array_get_idx(get(o, "namespaces"), 0), "node");
		json_object_put(o);
		graph_free(&g);
		free(c.bytes);
	}
}

static char *text_of(const struct graph *g)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	render_json(g, f);
	fclose(f);
	return text;
}

static void contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("there is no '%s' in:\n%s", part, text);
}

/* References whose inode number two nodes share say which they mean, the others do not. */
static void test_nodes(void **state)
{
	const struct ns pid = { .type = NSINSPECT_NS_TYPE_PID, .inum = 7, .node = 1, .level = 1 };
	const struct ns other = { .type = NSINSPECT_NS_TYPE_PID, .inum = 7, .node = 2, .level = 1 };
	const struct ns child = {
		.type = NSINSPECT_NS_TYPE_PID, .inum = 9, .node = 3, .level = 2, .parent_inum = 7,
		.parent_node = 1, .owner_inum = 5, .owner_node = 4,
	};
	const struct nsproxy p[] = {
		{ .id = 1, .inum = { [SLOT_NET] = 3, [SLOT_UTS] = 4, [SLOT_PID_FOR_CHILDREN] = 7 },
		  .node = { [SLOT_UTS] = 9, [SLOT_PID_FOR_CHILDREN] = 2 } },
		{ .id = 2, .inum = { [SLOT_NET] = 3 } },
	};
	const struct task t[] = {
		{ .tid = 10, .tgid = 10, .state = 'S', .nsproxy_id = 1, .user_inum = 5,
		  .user_node = 6, .pid_inum = 7, .pid_node = 2 },
		{ .tid = 11, .tgid = 11, .state = 'S', .nsproxy_id = 2, .user_inum = 5, .pid_inum = 9 },
	};
	const struct upid u[] = {
		{ .nr = 10, .pidns = 7, .pidns_node = 2 }, { .nr = 11, .pidns = 9, .level = 1 },
		{ .nr = 11, .level = 2 },
	};
	struct capture c = { 0 };
	struct json_object *o;
	struct graph g;
	char *text;

	(void)state;
	put_snapshot(&c, 3, 2, 2);
	put_ns(&c, &pid);
	put_ns(&c, &other);
	put_ns(&c, &child);
	put_nsproxy(&c, &p[0]);
	put_nsproxy(&c, &p[1]);
	put_task(&c, &t[0], &u[0], 1);
	put_task(&c, &t[1], &u[1], 2);
	decoded(&g, &c);
	o = read_back(&g);
	json_object_put(o);
	text = text_of(&g);
	contains(text, "\"owner\":5,\"owner_node\":4,\"parent\":7,\"parent_node\":1,\"level\":2,");
	contains(text, "\"owner\":null,\"parent\":null,\"level\":1,");
	contains(text, "\"uts\":4},\"ns_node\":{\"pid_for_children\":2,\"uts\":9}}");
	contains(text, "\"time_for_children\":null,\"uts\":null}}");
	contains(text, "\"user\":5,\"user_node\":6,\"pid\":7,\"pid_node\":2,\"pids\":"
		 "[{\"nr\":10,\"pidns\":7,\"pidns_node\":2,\"level\":0}],\"container\":null}");
	contains(text, "\"user\":5,\"pid\":9,\"pids\":[{\"nr\":11,\"pidns\":9,\"level\":1},"
		 "{\"nr\":11,\"pidns\":null,\"level\":2}],\"container\":null}");
	free(text);
	graph_free(&g);
	free(c.bytes);
}

/* One node a line. */
static void test_lines(void **state)
{
	static const char *const begins[] = {
		"{\"schema\":", "\"host\":", "\"snapshot\":", "\"namespaces\":[\n", "\"nsproxies\":[\n",
		"\"tasks\":[\n",
	};
	struct capture c;
	struct graph g;
	size_t n[3] = { 0 };
	char *text, *line;
	size_t i = 0;

	(void)state;
	world(&c);
	decoded(&g, &c);
	text = text_of(&g);
	for (line = text; *line; line = strchr(line, '\n') + 1) {
		if (i < sizeof(begins) / sizeof(*begins) &&
		    !strncmp(line, begins[i], strlen(begins[i]))) {
			i++;
			continue;
		}
		n[0] += !strncmp(line, "{\"type\":", 8);
		n[1] += !strncmp(line, "{\"id\":", 6);
		n[2] += !strncmp(line, "{\"tid\":", 7);
	}
	assert_int_equal(i, sizeof(begins) / sizeof(*begins));
	assert_int_equal(n[0], WORLD_NAMESPACES);
	assert_int_equal(n[1], WORLD_NSPROXIES);
	assert_int_equal(n[2], WORLD_TASKS);
	free(text);
	graph_free(&g);
	free(c.bytes);
}

/* Read back as they were; in the text, nothing is as it is that must not be shown. */
static void test_strings(void **state)
{
	static const struct {
		const char *comm, *back, *text;
	} rows[] = {
		{ "a\"b\\c", "a\"b\\c", "a\\\"b\\\\c" },
		{ "\033[31m\n\t", "\033[31m\n\t", "\\u001b[31m\\u000a\\u0009" },
		{ "\x7f", "\x7f", "\\u007f" },
		{ "\xc2\x9b", "\xc2\x9b", "\\u009b" },
		{ "caf\xc3\xa9", "caf\xc3\xa9", "caf\xc3\xa9" },
		/* A mark that belongs to its letter, and an astral character that is seen. */
		{ "e\xcc\x81", "e\xcc\x81", "e\xcc\x81" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
		/* Directions, what has no width, and tags. */
		{ "\xe2\x80\xae", "\xe2\x80\xae", "\\u202e" },
		{ "\xe2\x81\xa6x", "\xe2\x81\xa6x", "\\u2066x" },
		{ "\xe2\x80\x8b", "\xe2\x80\x8b", "\\u200b" },
		{ "\xd8\x9c", "\xd8\x9c", "\\u061c" },
		{ "\xc2\xad", "\xc2\xad", "\\u00ad" },
		{ "\xef\xbb\xbf", "\xef\xbb\xbf", "\\ufeff" },
		{ "\xe2\x80\xa8", "\xe2\x80\xa8", "\\u2028" },
		{ "\xf3\xa0\x81\x81", "\xf3\xa0\x81\x81", "\\udb40\\udc41" },
		/* What is no UTF-8 cannot be in JSON. */
		{ "\xff", "\xef\xbf\xbd", "\xef\xbf\xbd" },
		{ "a\xe2\x86", "a\xef\xbf\xbd\xef\xbf\xbd", "a\xef\xbf\xbd\xef\xbf\xbd" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct task t = { .tid = 1, .tgid = 1, .state = 'S' };
		struct capture c = { 0 };
		struct json_object *o;
		char *text, part[80];
		struct graph g;

		strcpy(t.comm, rows[i].comm);
		put_snapshot(&c, 0, 0, 1);
		put_task(&c, &t, NULL, 0);
		decoded(&g, &c);
		o = read_back(&g);
		is_string(json_object_array_get_idx(get(o, "tasks"), 0), "comm", rows[i].back);
		json_object_put(o);
		text = text_of(&g);
		snprintf(part, sizeof(part), "\"comm\":\"%s\",", rows[i].text);
		contains(text, part);
		free(text);
		graph_free(&g);
		free(c.bytes);
	}
}

/* A state can be any visible character in a file that somebody made. */
static void test_state(void **state)
{
	struct task t = { .tid = 1, .tgid = 1 };
	int letter;

	(void)state;
	for (letter = 0x21; letter <= 0x7e; letter++) {
		const char expected[] = { (char)letter, '\0' };
		struct capture c = { 0 };
		struct json_object *o;
		struct graph g;

		t.state = (char)letter;
		put_snapshot(&c, 0, 0, 1);
		put_task(&c, &t, NULL, 0);
		decoded(&g, &c);
		o = read_back(&g);
		is_string(json_object_array_get_idx(get(o, "tasks"), 0), "state", expected);
		json_object_put(o);
		graph_free(&g);
		free(c.bytes);
	}
}

/* Numbers of every length, one after the other and the same again. */
static void test_numbers(void **state)
{
	static const uint64_t ids[] = {
		0, 0, 1, 9, 10, 64, 0, 99, 100, 4294967295u, 4294967296u, 10000000000u,
		9999999999999999999u, 10000000000000000000u, UINT64_MAX, UINT64_MAX - 64, 64,
	};
	const size_t n = sizeof(ids) / sizeof(*ids);
	struct capture c = { 0 };
	struct json_object *o;
	struct graph g;
	size_t i;

	(void)state;
	put_snapshot(&c, (uint32_t)n, 0, 0);
	for (i = 0; i < n; i++)
		put_ns(&c, &(struct ns){
			.type = NSINSPECT_NS_TYPE_UTS, .inum = 100 + (uint32_t)i, .has_id = true,
			.id = ids[i], .level = -1, .refs = -1,
		});
	decoded(&g, &c);
	o = read_back(&g);
	for (i = 0; i < n; i++) {
		char expected[24];
		struct json_object *ns = json_object_array_get_idx(get(o, "namespaces"), i);

		snprintf(expected, sizeof(expected), "%llu", (unsigned long long)ids[i]);
		assert_string_equal(json_object_get_string(get(ns, "id")), expected);
		assert_int_equal(number(ns, "inum"), 100 + i);
	}
	json_object_put(o);
	graph_free(&g);
	free(c.bytes);
}

/* A string that is longer than the buffer, with escapes at its every end. */
static void test_long_string(void **state)
{
	size_t size = 50000, shift, i;

	(void)state;
	for (shift = 0; shift < 16; shift++) {
		char *path = malloc(size + 1);
		struct json_object *o;
		struct capture c;
		struct graph g;

		assert_non_null(path);
		for (i = 0; i < size; i++)
			path[i] = i % 16 == shift ? '\n' : i % 37 == 0 ? '"' : 'x';
		path[size] = '\0';
		world(&c);
		decoded(&g, &c);
		graph_find_ns(&g, NSINSPECT_NS_TYPE_NET, OWN_NET)->nsfs = path;
		o = read_back(&g);
		is_string(json_object_array_get_idx(get(o, "namespaces"), 4), "nsfs", path);
		json_object_put(o);
		graph_free(&g);
		free(c.bytes);
	}
}

/* Every piece, where the buffer that it is written through ends: whole, and not past the end. */
static void test_room(void **state)
{
	/* Characters that are copied at once, and an escape behind them. */
	char run[255 + 5], run_text[255 + 15];
	const char *const expected[] = {
		",\"k\":", "18446744073709551615", "\"\"", "\"\\udb40\\udc41\"", "\"\xef\xbf\xbd\\\\\"",
		"false", "null", "{", "]", ",\n", ",", ",\"name\":",
		"7", run_text,
	};
	const struct json_key key = JSON_KEY("k");
	struct {
		struct json j;
		char canary[64];
	} *room = malloc(sizeof(*room));
	const size_t size = sizeof(room->j.buffer);
	size_t i, left, k;

	(void)state;
	assert_non_null(room);
	snprintf(run, sizeof(run), "%0255d\xf3\xa0\x81\x81", 0);
	snprintf(run_text, sizeof(run_text), "\"%0255d\\udb40\\udc41\"", 0);
	for (i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		for (left = 0; left <= 320; left++) {
			char *text = NULL;
			size_t n;
			FILE *f = open_memstream(&text, &n);

			json_begin(&room->j, f);
			memset(room->j.buffer, 'x', size - left);
			memset(room->canary, '.', sizeof(room->canary));
			room->j.n = size - left;
			room->j.comma = true;
			switch (i) {
			case 0:
				json_key(&room->j, &key);
				break;
			case 1:
				json_put_number(&room->j, UINT64_MAX);
				break;
			case 2:
				json_put_string(&room->j, "");
				break;
			case 3:
				json_put_string(&room->j, "\xf3\xa0\x81\x81");
				break;
			case 4:
				json_put_string(&room->j, "\xff\\");
				break;
			case 5:
				json_put_bool(&room->j, false);
				break;
			case 6:
				json_put_string(&room->j, NULL);
				break;
			case 7:
				json_open(&room->j, '{');
				break;
			case 8:
				json_close(&room->j, ']');
				break;
			case 9:
				json_newline(&room->j);
				break;
			case 10:
				json_item(&room->j);
				break;
			case 11:
				json_name(&room->j, "name");
				break;
			case 12:
				json_put_number(&room->j, 7);
				break;
			case 13:
				json_put_string(&room->j, run);
				break;
			}
			for (k = 0; k < sizeof(room->canary); k++)
				if (room->canary[k] != '.')
					fail_msg("%s: past the end with room for %zu", expected[i], left);
			json_end(&room->j);
			fclose(f);
			assert_int_equal(n, size - left + strlen(expected[i]) + 1);
			assert_memory_equal(text + size - left, expected[i], strlen(expected[i]));
			assert_int_equal(text[n - 1], '\n');
			free(text);
		}
	}
	free(room);
}

/* What `ns --json` writes about namespaces of a saved picture. */
static struct json_object *tool_json(enum use use,
				     int (*run)(const struct options *o, int argc, char **argv),
				     const char *path, const char *first, const char *second)
{
	const struct options o = { .form = FORM_JSON, .use = use, .from = path };
	char spec[2][16], *argv[] = { spec[0], spec[1] };
	struct json_object *document;
	static char text[65536];
	FILE *f = tmpfile();
	int out;

	assert_non_null(f);
	snprintf(spec[0], sizeof(spec[0]), "%s", first ? first : "");
	snprintf(spec[1], sizeof(spec[1]), "%s", second ? second : "");
	fflush(stdout);
	out = dup(STDOUT_FILENO);
	dup2(fileno(f), STDOUT_FILENO);
	assert_int_equal(run(&o, second ? 2 : !!first, argv), 0);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	rewind(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	document = json_tokener_parse(text);
	assert_non_null(document);
	keep_json(text);
	names_forget_users();
	return document;
}

static struct json_object *ns_json(const char *path, const char *first, const char *second)
{
	return tool_json(USE_NS_JSON, cmd_ns, path, first, second);
}

static struct json_object *find(struct json_object *document, uint32_t inum)
{
	struct json_object *list = get(document, "namespaces");
	size_t i;

	for (i = 0; i < json_object_array_length(list); i++)
		if (number(json_object_array_get_idx(list, i), "inum") == inum)
			return json_object_array_get_idx(list, i);
	fail_msg("there is no namespace %u", inum);
	return NULL;
}

static void is_list(struct json_object *o, const char *key, const char *text)
{
	assert_string_equal(json_object_to_json_string_ext(get(o, key), JSON_C_TO_STRING_PLAIN |
							   JSON_C_TO_STRING_NOSLASHESCAPE), text);
}

/* Each type has its facts, and no other's. */
static void test_facts(void **state)
{
	static const struct {
		uint32_t inum;
		const char *keys[8];
	} rows[] = {
		{ INIT_CGROUP, { "found", "creator_uid", "cgroup_root" } },
		{ INIT_IPC, { "found", "creator_uid", "msg_queues", "sem_sets", "shm_segments",
			      "shm_bytes" } },
		{ INIT_MNT, { "found", "creator_uid" } },
		{ INIT_NET, { "found", "creator_uid", "nsid", "links" } },
		{ INIT_PID, { "found", "creator_uid", "reaper", "pids", "dying", "pid_max" } },
		{ INIT_TIME, { "found", "creator_uid", "monotonic_ns", "boottime_ns" } },
		{ INIT_USER, { "found", "creator_uid", "owner_uid", "owner_gid", "uid_map", "gid_map",
			       "setgroups" } },
		{ INIT_UTS, { "found", "creator_uid", "nodename", "domainname" } },
	};
	struct json_object *o, *v;
	struct capture c;
	struct graph g;
	size_t i, k, n;

	(void)state;
	world_of_facts(&c);
	decoded(&g, &c);
	g.details = FACTS_DETAILS;
	o = read_back(&g);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		v = find(o, rows[i].inum);
		for (k = n = 0; rows[i].keys[k]; k++)
			get(v, rows[i].keys[k]);
		json_object_object_foreach(v, key, value) {
			(void)value;
			n += !strcmp(key, "found") || n;
		}
		assert_int_equal(n, k);
	}
	is_list(find(o, EMPTY_NET), "found", "[\"net-list\",\"file\"]");
	is_null(find(o, INIT_MNT), "creator_uid");
	assert_int_equal(number(find(o, OWN_USER), "creator_uid"), 1000);
	assert_int_equal(number(find(o, INIT_IPC), "shm_bytes"), 5000003584);
	v = find(o, EMPTY_TIME);
	assert_int_equal(number(v, "monotonic_ns"), -86400500000000);
	assert_int_equal(number(v, "boottime_ns"), 7200000000000);
	is_null(find(o, INIT_PID), "pid_max");
	assert_int_equal(number(find(o, OWN_PID), "pid_max"), 32768);
	is_bool(find(o, OWN_PID), "dying", false);
	v = find(o, OWN_USER);
	is_list(v, "uid_map", "[{\"first\":0,\"lower_first\":100000,\"count\":65536},"
		"{\"first\":65536,\"lower_first\":1000,\"count\":1}]");
	is_list(v, "gid_map", "[{\"first\":0,\"lower_first\":100000,\"count\":65536}]");
	is_bool(v, "setgroups", false);
	is_null(find(o, INIT_NET), "nsid");
	assert_int_equal(number(find(o, OWN_NET), "nsid"), 0);
	is_list(find(o, OWN_NET), "links",
		"[{\"ifindex\":1,\"name\":\"lo\",\"kind\":null,\"flags\":65609,"
		"\"operstate\":\"UNKNOWN\",\"address\":\"00:00:00:00:00:00\",\"master\":null,"
		"\"peer_ifindex\":null,\"peer_net\":null,"
		"\"addresses\":[\"127.0.0.1/8\",\"::1/128\"],\"address_count\":2},"
		"{\"ifindex\":2,\"name\":\"eth0\",\"kind\":\"veth\",\"flags\":69699,"
		"\"operstate\":\"UP\",\"address\":\"02:00:00:00:00:02\",\"master\":null,"
		"\"peer_ifindex\":4,\"peer_net\":4026531840,"
		"\"addresses\":[\"10.0.3.2/24\",\"fe80::2/64\"],\"address_count\":2}]");
	is_list(o, "counters",
		"[{\"user\":4026531837,\"uid\":0,\"use\":["
		"{\"type\":\"uts\",\"count\":1,\"limit\":15000},"
		"{\"type\":\"net\",\"count\":40,\"limit\":80}]},"
		"{\"user\":4026531837,\"uid\":1000,\"use\":["
		"{\"type\":\"user\",\"count\":3,\"limit\":3},"
		"{\"type\":\"ipc\",\"count\":0,\"limit\":0},"
		"{\"type\":\"mnt\",\"count\":0,\"limit\":15000}]},"
		"{\"user\":4026532310,\"uid\":100000,\"use\":["
		"{\"type\":\"net\",\"count\":3,\"limit\":4}]}]");
	json_object_put(o);
	graph_free(&g);
	free(c.bytes);
}

/* What a command does not ask for it does not show, also if a file has it. */
static void test_facts_asked_for(void **state)
{
	const char *path = save_world_of_facts();
	struct json_object *o;

	(void)state;
	o = ns_json(path, "4026532310", NULL);
	get(find(o, OWN_USER), "uid_map");
	assert_false(json_object_object_get_ex(o, "counters", NULL));
	json_object_put(o);
	o = tool_json(USE_TASK_JSON, cmd_task, path, "830", NULL);
	assert_false(json_object_object_get_ex(find(o, OWN_USER), "uid_map", NULL));
	assert_false(json_object_object_get_ex(find(o, OWN_NET), "links", NULL));
	is_null(find(o, OWN_NET), "found");
	json_object_put(o);
	o = tool_json(USE_JSON, cmd_list, path, NULL, NULL);
	get(find(o, OWN_NET), "links");
	get(find(o, EMPTY_UTS), "nodename");
	assert_false(json_object_object_get_ex(o, "counters", NULL));
	json_object_put(o);
	o = tool_json(USE_LIMITS_JSON, cmd_limits, path, NULL, NULL);
	assert_int_equal(json_object_array_length(get(o, "counters")), FACTS_COUNTERS);
	assert_int_equal(json_object_array_length(get(o, "namespaces")), 2);
	assert_int_equal(json_object_array_length(get(o, "tasks")), 0);
	json_object_put(o);
	o = tool_json(USE_SETS_JSON, cmd_sets, path, NULL, NULL);
	get(find(o, OWN_NET), "links");
	assert_false(json_object_object_get_ex(o, "counters", NULL));
	json_object_put(o);
	unlink(path);
}

/* Whatever `ns` shows is in `ns --json`: also what it refers to, and where it is mounted. */
static void test_ns(void **state)
{
	const char *path = save_world();
	struct json_object *document, *v;

	(void)state;
	document = ns_json(path, "4026532330", NULL);
	v = json_object_array_get_idx(get(document, "namespaces"), 0);
	assert_int_equal(number(v, "inum"), EMPTY_NET);
	/* The screen says that its owner is initial. */
	is_bool(find(document, INIT_USER), "initial", true);
	json_object_put(document);

	document = ns_json(path, "4026532330", "4026532300");
	v = json_object_array_get_idx(get(document, "namespaces"), 1);
	assert_int_equal(number(v, "inum"), OWN_NET);
	is_string(v, "nsfs", "/run/netns/blue");
	is_string(v, "name", "blue");
	assert_int_equal(json_object_array_length(get(document, "tasks")), 2);
	json_object_put(document);
	unlink(path);
}

/* Nodes that lead nowhere themselves: one without tasks, one whose parent is not told. */
static void test_ns_alone(void **state)
{
	const struct ns ns[] = {
		{ .type = NSINSPECT_NS_TYPE_PID, .inum = INIT_PID, .initial = true, .refs = -1 },
		{ .type = NSINSPECT_NS_TYPE_PID, .inum = 7, .parent_inum = INIT_PID, .level = 1,
		  .refs = -1 },
		{ .type = NSINSPECT_NS_TYPE_PID, .inum = 8, .level = 2, .refs = -1 },
	};
	const struct task t = { .tid = 5, .tgid = 5, .state = 'S', .pid_inum = 8 };
	const struct upid u[] = { { .nr = 5, .pidns = INIT_PID }, { .nr = 1, .pidns = 8, .level = 1 } };
	char path[] = "/tmp/nsinspect-test.XXXXXX", boot_id[] = "x";
	struct saved s = { .boot_id = boot_id };
	struct json_object *document;
	size_t i;

	(void)state;
	close(mkstemp(path));
	put_snapshot(&s.messages, 3, 0, 1);
	for (i = 0; i < 3; i++)
		put_ns(&s.messages, &ns[i]);
	put_task(&s.messages, &t, u, 2);
	assert_int_equal(save_write(path, &s), 0);
	free(s.messages.bytes);

	document = ns_json(path, "7", NULL);
	is_bool(find(document, INIT_PID), "initial", true);
	assert_int_equal(json_object_array_length(get(document, "tasks")), 0);
	json_object_put(document);
	document = ns_json(path, "8", NULL);
	is_bool(find(document, INIT_PID), "initial", true);
	assert_int_equal(json_object_array_length(get(document, "tasks")), 1);
	json_object_put(document);
	unlink(path);
}

/* Those of mount namespaces are there if a command has read them. */
static void test_mounts(void **state)
{
	char root[] = "/", target[] = "/srv", type[] = "ext4", device[] = "/dev/vda1";
	struct mount list[] = {
		{ .id = 21, .parent = 1, .major = 254, .minor = 1, .root = root, .target = target,
		  .fstype = type, .source = device, .shared = 1, .master = 2, .propagate_from = 3 },
		{ .id = 22, .parent = 21, .root = root, .target = target, .fstype = type,
		  .unbindable = true },
	};
	const struct mounts read = { .state = MOUNTS_READ, .pid = 1, .list = list, .n = 2 };
	const struct mounts gone = { .state = MOUNTS_NO_TASK };
	struct json_object *o, *mounts;
	struct capture c;
	struct graph g;
	struct ns *ns;

	(void)state;
	world(&c);
	decoded(&g, &c);
	ns = graph_find_ns(&g, NSINSPECT_NS_TYPE_MNT, INIT_MNT);
	assert_non_null(ns);
	ns->mounts = &read;
	o = read_back(&g);
	mounts = get(find(o, INIT_MNT), "mounts");
	assert_int_equal(json_object_array_length(mounts), 2);
	is_string(json_object_array_get_idx(mounts, 0), "device", "254:1");
	is_null(json_object_array_get_idx(mounts, 1), "source");
	json_object_put(o);
	ns->mounts = &gone;
	o = read_back(&g);
	is_null(find(o, INIT_MNT), "mounts");
	json_object_put(o);
	graph_free(&g);
	free(c.bytes);
}

/* Keys that a picture of the world has not, each where schema.py sees it. */
static void test_rare(void **state)
{
	struct json_object *o, *v;
	struct sets sets;
	struct capture c;
	struct graph g;
	struct ns *ns;

	(void)state;
	world_of_facts(&c);
	decoded(&g, &c);
	g.details = FACTS_DETAILS;
	ns = graph_find_ns(&g, NSINSPECT_NS_TYPE_NET, OWN_NET);
	assert_true(ns && ns->n_links);
	g.links[ns->links - g.links].peer_net_node = 4;
	g.counters[0].user_node = 5;
	g.tasks[0].cgroup = "/system.slice/cron.service";
	g.tasks[0].user_node = 6;
	g.tasks[0].pid_node = 7;
	assert_int_equal(sets_find(&sets, &g, true, 0), 0);
	o = read_back_sets(&g, &sets);
	v = find(o, OWN_NET);
	v = json_object_array_get_idx(get(v, "links"), 0);
	assert_int_equal(number(v, "peer_net_node"), 4);
	v = json_object_array_get_idx(get(o, "counters"), 0);
	assert_int_equal(number(v, "user_node"), 5);
	v = json_object_array_get_idx(get(o, "tasks"), 0);
	is_string(get(v, "container"), "runtime", "systemd");
	is_string(get(v, "container"), "id", "system.slice/cron.service");
	v = json_object_array_get_idx(get(o, "sets"), 0);
	assert_int_equal(number(v, "user_node"), 6);
	assert_int_equal(number(v, "pid_node"), 7);
	json_object_put(o);
	sets_free(&sets);
	graph_free(&g);
	free(c.bytes);
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
		cmocka_unit_test(test_snapshot),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_long_string),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_ns),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_facts_asked_for),
		cmocka_unit_test(test_ns_alone),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_rare),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
