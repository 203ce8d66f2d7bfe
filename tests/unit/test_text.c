// SPDX-License-Identifier: GPL-2.0
/* What reaches a terminal: escapes, widths, columns, and how things are named. */
#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "columns.h"
#include "facts.h"
#include "names.h"
#include "ns_spec.h"
#include "text.h"

static const struct {
	const char *in, *utf8, *ascii;
} escapes[] = {
	{ "nginx", "nginx", "nginx" },
	{ "", "", "" },
	{ "a b", "a b", "a b" },
	{ "\033[31mred", "\\x1b[31mred", "\\x1b[31mred" },
	{ "a\nb\tc\r", "a\\x0ab\\x09c\\x0d", "a\\x0ab\\x09c\\x0d" },
	{ "\x7f", "\\x7f", "\\x7f" },
	{ "caf\xc3\xa9", "caf\xc3\xa9", "caf\\xc3\\xa9" },
	{ "\xe2\x86\x92", "\xe2\x86\x92", "\\xe2\\x86\\x92" },
	/* A byte that begins nothing, one that is alone, one that is cut. */
	{ "\xff", "\\xff", "\\xff" },
	{ "\x80z", "\\x80z", "\\x80z" },
	{ "\xe2\x86", "\\xe2\\x86", "\\xe2\\x86" },
	/* Overlong slashes, a surrogate, past the last code point. */
	{ "\xc0\xaf", "\\xc0\\xaf", "\\xc0\\xaf" },
	{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf", "\\xe0\\x80\\xaf" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80" },
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\xf4\\x90\\x80\\x80" },
	/* C1 controls are controls in UTF-8 as well. */
	{ "\xc2\x9b", "\\xc2\\x9b", "\\xc2\\x9b" },
	/* Marks that combine with a letter are part of it: e with an acute, Devanagari ki. */
	{ "e\xcc\x81", "e\xcc\x81", "e\\xcc\\x81" },
	{ "\xe0\xa4\x95\xe0\xa4\xbf", "\xe0\xa4\x95\xe0\xa4\xbf",
	  "\\xe0\\xa4\\x95\\xe0\\xa4\\xbf" },
	/* What looks like an escape is told from one. */
	{ "\\x1b", "\\x5cx1b", "\\x5cx1b" },
	{ "a\\b", "a\\b", "a\\b" },
};

static void test_escape(void **state)
{
	char buffer[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(escapes) / sizeof(*escapes); i++) {
		assert_int_equal(text_escape(buffer, sizeof(buffer), escapes[i].in, false),
				 strlen(escapes[i].utf8));
		assert_string_equal(buffer, escapes[i].utf8);
		text_escape(buffer, sizeof(buffer), escapes[i].in, true);
		assert_string_equal(buffer, escapes[i].ascii);
	}
}

/*
 * Characters that are not seen, or that change the order of others: the first
 * and the last of each of Unicode's ranges, written down by hand.
 */
static const unsigned int unseen[] = {
	0x00ad, 0x034f, 0x061c, 0x115f, 0x1160, 0x17b4, 0x180b, 0x180e, 0x200b, 0x200c, 0x200d,
	0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2060, 0x2064, 0x2066, 0x2069, 0x206f,
	0x3164, 0xfe00, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0xfffb, 0x1bca0, 0x1d173, 0xe0001,
	0xe0020, 0xe0041, 0xe007f, 0xe0100, 0xe01ef,
};

/* Neighbours of these that can be seen. */
static const unsigned int seen[] = {
	0x00ae, 0x034e, 0x0350, 0x061b, 0x2010, 0x2027, 0x202f, 0x2070, 0x3165, 0xfe10, 0xff9f,
	0xfffd, 0x1d172, 0x1d17b, 0x1f600,
};

static void to_utf8(unsigned int code, char *s)
{
	int n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4, i;

	for (i = n - 1; i; i--, code >>= 6)
		s[i] = (char)(0x80 | (code & 0x3f));
	s[0] = (char)((0xf0u << (4 - n)) | code);
	s[n] = '\0';
}

static void test_unseen(void **state)
{
	char text[5], escaped[TEXT_CHAR_MAX], expected[TEXT_CHAR_MAX];
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(unseen) / sizeof(*unseen); i++) {
		to_utf8(unseen[i], text);
		for (k = 0; text[k]; k++)
			sprintf(expected + 4 * k, "\\x%02x", (unsigned char)text[k]);
		text_escape(escaped, sizeof(escaped), text, false);
		if (strcmp(escaped, expected))
			fail_msg("U+%04X is not escaped: %s", unseen[i], escaped);
		assert_true(text_unseen(unseen[i]));
	}
	for (i = 0; i < sizeof(seen) / sizeof(*seen); i++) {
		to_utf8(seen[i], text);
		text_escape(escaped, sizeof(escaped), text, false);
		if (strcmp(escaped, text))
			fail_msg("U+%04X is escaped: %s", seen[i], escaped);
		assert_false(text_unseen(seen[i]));
	}
}

static void test_put(void **state)
{
	size_t i, size;

	(void)state;
	for (i = 0; i < sizeof(escapes) / sizeof(*escapes); i++) {
		char *bytes = NULL;
		FILE *f = open_memstream(&bytes, &size);

		text_put(f, escapes[i].in, false);
		fclose(f);
		assert_string_equal(bytes, escapes[i].utf8);
		free(bytes);
	}
}

/* No room: whole characters and whole escapes only, and always an end. */
static void test_escape_room(void **state)
{
	char buffer[8];

	(void)state;
	assert_int_equal(text_escape(buffer, 4, "\033", false), 4);
	assert_string_equal(buffer, "");
	assert_int_equal(text_escape(buffer, 5, "\033", false), 4);
	assert_string_equal(buffer, "\\x1b");
	assert_int_equal(text_escape(buffer, 3, "a\xe2\x86\x92" "b", false), 5);
	assert_string_equal(buffer, "a");
	assert_int_equal(text_escape(NULL, 0, "abc", false), 3);
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(text_width("830\xe2\x86\x92" "1"), 5);
	assert_int_equal(text_width("\xe4\xb8\xad"), 2);
	assert_int_equal(text_width(""), 0);
}

static void test_numbers(void **state)
{
	uint32_t n;

	(void)state;
	assert_int_equal(parse_number("1", &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(parse_number("4294967295", &n), 0);
	assert_int_equal(n, 4294967295u);
	assert_int_equal(parse_number("4294967296", &n), -ERANGE);
	assert_int_equal(parse_number("99999999999999999999999", &n), -ERANGE);
	assert_int_equal(parse_number("0", &n), -EINVAL);
	assert_int_equal(parse_number("", &n), -EINVAL);
	assert_int_equal(parse_number("-1", &n), -EINVAL);
	assert_int_equal(parse_number(" 1", &n), -EINVAL);
	assert_int_equal(parse_number("1x", &n), -EINVAL);
	assert_int_equal(parse_number("0x10", &n), -EINVAL);
}

/* What goes to stderr meanwhile; to be freed. */
static char *said;
static int saved_stderr;

static void catch_begin(void)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	fflush(stderr);
	saved_stderr = dup(2);
	dup2(fileno(f), 2);
	fclose(f);
}

static void catch_end(void)
{
	off_t n;

	fflush(stderr);
	n = lseek(2, 0, SEEK_END);
	said = calloc(1, (size_t)n + 1);
	assert_int_equal(pread(2, said, (size_t)n, 0), n);
	dup2(saved_stderr, 2);
	close(saved_stderr);
}

static void test_specs(void **state)
{
	static const struct {
		const char *text;
		enum ns_spec_kind kind;
		int type;
		uint32_t number;
		enum slot slot;
	} good[] = {
		{ "net:[4026531840]", NS_SPEC_INUM, NSINSPECT_NS_TYPE_NET, 4026531840u, 0 },
		{ "uts:7", NS_SPEC_INUM, NSINSPECT_NS_TYPE_UTS, 7, 0 },
		{ "cgroup:[1]", NS_SPEC_INUM, NSINSPECT_NS_TYPE_CGROUP, 1, 0 },
		{ "4026531840", NS_SPEC_INUM, -1, 4026531840u, 0 },
		{ "31840", NS_SPEC_INUM, -1, 31840, 0 },
		{ "net:00840", NS_SPEC_INUM, NSINSPECT_NS_TYPE_NET, 840, 0 },
		{ "00", NS_SPEC_INUM, -1, 0, 0 },
		{ "net:31840#7", NS_SPEC_INUM, NSINSPECT_NS_TYPE_NET, 31840, 0 },
		{ "blue", NS_SPEC_NAME, -1, 0, 0 },
		{ "net:blue", NS_SPEC_NAME, NSINSPECT_NS_TYPE_NET, 0, 0 },
		{ "net:net", NS_SPEC_NAME, NSINSPECT_NS_TYPE_NET, 0, 0 },
		{ "1x", NS_SPEC_NAME, -1, 0, 0 },
		{ "7#x", NS_SPEC_NAME, -1, 0, 0 },
		{ "/proc/1/ns/net", NS_SPEC_PATH, -1, 0, 0 },
		{ "./x", NS_SPEC_PATH, -1, 0, 0 },
		{ "ns/net:[1]", NS_SPEC_PATH, -1, 0, 0 },
		{ "830/net", NS_SPEC_SLOT, -1, 830, SLOT_NET },
		{ "830/pid", NS_SPEC_SLOT, -1, 830, SLOT_PID },
		{ "1/pid_for_children", NS_SPEC_SLOT, -1, 1, SLOT_PID_FOR_CHILDREN },
		{ "1/time_for_children", NS_SPEC_SLOT, -1, 1, SLOT_TIME_FOR_CHILDREN },
	};
	static const char *const bad[] = {
		"", "net", "net:", "net:[]", "net:[1", "net:[12", "net:[0]", "net:[x]", "net:[1#2]",
		"net:[-1]", "net:[4294967296]", "nett:[1]", ":[1]", ":", "4294967296", "0/net",
		"net:4294967296", "nett:blue", "00000000000",
		"1/", "1/foo", "99999999999/net", "net:[1]x", "net:[1 ]", "net:[",
	};
	struct ns_spec spec;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(ns_spec_parse(good[i].text, &spec), 0);
		assert_int_equal(spec.kind, good[i].kind);
		assert_int_equal(spec.has_type, good[i].type >= 0);
		if (good[i].type >= 0)
			assert_int_equal(spec.type, good[i].type);
		assert_int_equal(spec.kind == NS_SPEC_SLOT ? spec.pid : spec.inum, good[i].number);
		if (spec.kind == NS_SPEC_SLOT)
			assert_int_equal(spec.slot, good[i].slot);
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int status;

		catch_begin();
		status = ns_spec_parse(bad[i], &spec);
		catch_end();
		if (status != 2)
			fail_msg("'%s' gives %d", bad[i], status);
		/* One line. */
		assert_int_equal(strncmp(said, "nsinspect: ", 11), 0);
		assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
		free(said);
	}
}

static void test_columns(void **state)
{
	static const int defaults[] = { COL_NS, COL_TYPE, COL_PID };
	static const struct columns columns = { ns_fields, COLUMNS, defaults, 3, "nsinspect -H" };
	int chosen[COLUMNS], i;

	(void)state;
	assert_int_equal(columns_parse(&columns, NULL, false, chosen), 3);
	assert_int_equal(chosen[2], COL_PID);
	assert_int_equal(columns_parse(&columns, "pid,NS", false, chosen), 2);
	assert_int_equal(chosen[0], COL_PID);
	assert_int_equal(chosen[1], COL_NS);
	assert_int_equal(columns_parse(&columns, "+REFS,TYPE", false, chosen), 4);
	assert_int_equal(chosen[3], COL_REFS);
	assert_int_equal(columns_parse(&columns, "ns,ns,ns", false, chosen), 1);
	assert_int_equal(columns_parse(&columns, NULL, true, chosen), COLUMNS);
	for (i = 0; i < COLUMNS; i++)
		assert_int_equal(chosen[i], i);
	catch_begin();
	assert_int_equal(columns_parse(&columns, "NS,BOGUS", false, chosen), -2);
	assert_int_equal(columns_parse(&columns, "", false, chosen), -2);
	assert_int_equal(columns_parse(&columns, "NS,", false, chosen), -2);
	catch_end();
	assert_non_null(strstr(said, "'BOGUS'; nsinspect -H lists them"));
	free(said);
	/* What a filter names is needed, too: names with all their characters. */
	chosen[0] = COL_NS;
	assert_int_equal(columns_need(&columns, chosen, 1, NULL), 0);
	assert_int_equal(columns_need(&columns, chosen, 1, "UID_MAP =~ \"1\""), NEED_FACTS);
	assert_int_equal(columns_need(&columns, chosen, 1, "NS>1&&links>2"), NEED_LINKS);
	assert_int_equal(columns_details(NEED_FACTS | NEED_LINKS | NEED_NSFS),
			 NSINSPECT_DETAIL_FACTS | NSINSPECT_DETAIL_LINKS);
}

/* A list is cut where it does not fit, and says how much is not there. */
static void test_maps(void **state)
{
	struct extent list[EXTENTS_MAX];
	struct id_map map = { .known = true, .list = list };
	char buffer[FACT_TEXT_MAX], last[32];
	size_t i;

	(void)state;
	assert_string_equal(map_text(&map, buffer, sizeof(buffer)), "none");
	for (i = 0; i < EXTENTS_MAX; i++)
		list[i] = (struct extent){ UINT32_MAX, UINT32_MAX, UINT32_MAX };
	map.n = 1;
	assert_string_equal(map_text(&map, buffer, sizeof(buffer)),
			    "4294967295 -> 4294967295 x 4294967295");
	map.n = 2;
	assert_string_equal(map_text(&map, buffer, sizeof(buffer)),
			    "4294967295 -> 4294967295 x 4294967295, "
			    "4294967295 -> 4294967295 x 4294967295");
	map.n = EXTENTS_MAX;
	for (i = 64; i <= sizeof(buffer); i++) {
		map_text(&map, buffer, i);
		assert_true(strlen(buffer) < i);
		snprintf(last, sizeof(last), ", and %d more", EXTENTS_MAX - (i < 93 ? 1 : 2));
		assert_string_equal(buffer + strlen(buffer) - strlen(last), last);
	}
}

static void test_seconds(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} rows[] = {
		{ 0, "0" }, { 1000000000, "+1" }, { -1000000000, "-1" }, { 1, "+0.000000001" },
		{ -1500000000, "-1.5" }, { 3600000000000, "+3600" },
		{ INT64_MAX, "+9223372036.854775807" }, { INT64_MIN, "-9223372036.854775808" },
	};
	char buffer[FACT_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(seconds_text(rows[i].ns, buffer, sizeof(buffer)), rows[i].text);
}

/* Each word once, in one order; all of them fit. */
static void test_found(void **state)
{
	char buffer[VALUE_TEXT_MAX];

	(void)state;
	assert_null(found_text(0, buffer, sizeof(buffer)));
	assert_null(found_text(1u << 30, buffer, sizeof(buffer)));
	assert_string_equal(found_text(FOUND_MOUNT, buffer, sizeof(buffer)), "bind mount");
	assert_string_equal(found_text(NSINSPECT_FOUND_NET_LIST | NSINSPECT_FOUND_TREE, buffer,
				       sizeof(buffer)), "kernel's list");
	assert_string_equal(found_text(UINT32_MAX, buffer, sizeof(buffer)),
			    "by a task, for children, parent or owner, group or session, "
			    "kernel's list, file system, open file, open file of nsinspect, socket, "
			    "file in flight, credentials of a file, device, bind mount");
}

static void test_devices(void **state)
{
	struct link l = { .address_len = sizeof(l.address) };
	char buffer[FACT_TEXT_MAX];
	const struct ip any = { .len = 16 };

	(void)state;
	assert_int_equal(strlen(link_address_text(&l, buffer, sizeof(buffer))), 32 * 3 - 1);
	l.address_len = 0;
	assert_null(link_address_text(&l, buffer, sizeof(buffer)));
	assert_null(link_state_text(&l));
	l.operstate = (struct maybe){ true, 6 };
	assert_string_equal(link_state_text(&l), "UP");
	/* One that a later kernel has. */
	l.operstate.v = 7;
	assert_null(link_state_text(&l));
	l.operstate.v = UINT32_MAX;
	assert_null(link_state_text(&l));
	assert_string_equal(ip_text(&any, buffer, sizeof(buffer)), "::/0");
}

/* Every column that lsns has, under its name. */
static void test_lsns_columns(void **state)
{
	static const char *const lsns[] = {
		"NS", "TYPE", "PATH", "NPROCS", "PID", "PPID", "COMMAND", "UID", "USER", "NETNSID",
		"NSFS", "PNS", "ONS",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lsns) / sizeof(*lsns); i++)
		assert_string_equal(ns_fields[i].name, lsns[i]);
	for (i = 0; i < COLUMNS; i++) {
		assert_non_null(ns_fields[i].name);
		assert_non_null(ns_fields[i].help);
		assert_non_null(ns_fields[i].get.ns);
	}
}

static void test_mountinfo(void **state)
{
	static const struct {
		const char *line, *where;
		enum nsinspect_ns_type type;
	} rows[] = {
		{ "60 30 0:4 net:[4026532242] /run/netns/blue rw shared:9 - nsfs nsfs rw\n",
		  "/run/netns/blue", NSINSPECT_NS_TYPE_NET },
		{ "60 30 0:4 mnt:[4026532242] /a\\040b\\134c rw - nsfs nsfs rw\n", "/a b\\c",
		  NSINSPECT_NS_TYPE_MNT },
		{ "30 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n", NULL, 0 },
		{ "60 30 0:4 net:[4026532242] /x rw - tmpfs tmpfs rw\n", NULL, 0 },
		{ "60 30 0:4 net:[x] /x rw - nsfs nsfs rw\n", NULL, 0 },
		{ "60 30 0:4 foo:[4026532242] /x rw - nsfs nsfs rw\n", NULL, 0 },
		{ "60 30 - nsfs nsfs\n", NULL, 0 },
		{ "", NULL, 0 },
		{ "\n", NULL, 0 },
		{ "60 30 0:4 net:[4026532242] /x rw shared:9 -\n", NULL, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct names names = { 0 };
		char line[128];

		strcpy(line, rows[i].line);
		assert_int_equal(names_mountinfo(&names, line), 0);
		assert_int_equal(names.n, rows[i].where ? 1 : 0);
		if (rows[i].where) {
			assert_string_equal(names.list[0].text, rows[i].where);
			assert_int_equal(names.list[0].number, 4026532242u);
			assert_int_equal(names.list[0].type, rows[i].type);
		}
		names_free(&names);
	}
}

/* Another machine's users: not those of this one. */
static void test_users(void **state)
{
	struct names names = { 0 };

	(void)state;
	assert_string_equal(name_of_user(0), "root");
	assert_int_equal(names_add(&names, NAME_USER, 0, 1000, "alice"), 0);
	assert_int_equal(names_add(&names, NAME_USER, 0, 7, "bob"), 0);
	names_keep_users(&names);
	assert_string_equal(name_of_user(7), "bob");
	assert_string_equal(name_of_user(1000), "alice");
	assert_null(name_of_user(0));
	names_free(&names);
	names_forget_users();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_escape_room),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_specs),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_maps),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_lsns_columns),
		cmocka_unit_test(test_mountinfo),
		cmocka_unit_test(test_users),
	};

	if (!setlocale(LC_ALL, "C.UTF-8"))
		return 1;
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
