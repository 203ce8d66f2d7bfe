// SPDX-License-Identifier: GPL-2.0
/* Pictures in files: there and back, and what is refused. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "decode.h"
#include "messages.h"

static unsigned char bytes[65536];
static size_t n;

static void load(const char *path)
{
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
}

static void test_round_trip(void **state)
{
	const char *path = save_world(), *why;
	struct capture c;
	struct saved s;
	struct stat st;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	load(path);
	unlink(path);
	assert_int_equal(save_parse(&s, bytes, n, &why), 0);
	assert_string_equal(s.boot_id, "e9bdc391-38c1-4447-b2fa-f92f31aba31e");
	assert_int_equal(s.names.n, 3);
	assert_int_equal(s.names.list[0].kind, NAME_NETNS);
	assert_int_equal(s.names.list[0].type, NSINSPECT_NS_TYPE_NET);
	assert_int_equal(s.names.list[0].number, OWN_NET);
	assert_string_equal(s.names.list[0].text, "blue");
	assert_string_equal(s.names.list[2].text, "alice");
	world(&c);
	assert_int_equal(s.messages.n, c.n);
	assert_memory_equal(s.messages.bytes, c.bytes, c.n);
	free(c.bytes);
	saved_free(&s);
}

/* No length of it but the whole one is a picture. */
static void test_cut_everywhere(void **state)
{
	const char *path = save_world(), *why;
	struct saved s;
	size_t len;

	(void)state;
	load(path);
	unlink(path);
	for (len = 0; len < n; len++) {
		unsigned char *cut = malloc(len ? len : 1);

		memcpy(cut, bytes, len);
		why = NULL;
		assert_int_equal(save_parse(&s, cut, len, &why), -EBADMSG);
		assert_non_null(why);
		saved_free(&s);
		free(cut);
	}
	bytes[n] = 0;
	assert_int_equal(save_parse(&s, bytes, n + 1, &why), -EBADMSG);
	saved_free(&s);
}

static void refuse(size_t at, const void *with, size_t len, const char *words)
{
	unsigned char old[16];
	const char *why;
	struct saved s;

	memcpy(old, bytes + at, len);
	memcpy(bytes + at, with, len);
	assert_int_equal(save_parse(&s, bytes, n, &why), -EBADMSG);
	assert_string_equal(why, words);
	saved_free(&s);
	memcpy(bytes + at, old, len);
}

static void test_refused(void **state)
{
	static const uint32_t newer = 2, other = 0x04030201, none = 0, end = 1;
	const char *path = save_world();
	static const char words[] = "GIF89a..";

	(void)state;
	load(path);
	unlink(path);
	/* Magic, order at 8, version at 12, the first record at 16. */
	refuse(0, words, 8, "it is not a picture that nsinspect --save made");
	refuse(8, &other, 4, "it was made on a machine of the other byte order");
	refuse(8, &none, 4, "it is broken");
	refuse(12, &newer, 4, "it was made by a newer nsinspect; use that one");
	refuse(12, &none, 4, "it is broken");
	refuse(16, &end, 4, "it is broken");
	/* The end says how long all before it is. */
	refuse(n - 8, &none, 4, "it is broken");
}

/* A record of a kind that a later version may write is passed over. */
static void test_unknown_record(void **state)
{
	static const uint32_t kind = 99;
	const char *path = save_world(), *why;
	struct saved s;

	(void)state;
	load(path);
	unlink(path);
	memcpy(bytes + 16, &kind, 4);
	assert_int_equal(save_parse(&s, bytes, n, &why), 0);
	assert_null(s.boot_id);
	assert_int_equal(s.names.n, 3);
	saved_free(&s);
}

/* A full disk: the old file stays, and nothing else is left. */
static void test_full(void **state)
{
	struct rlimit old, small = { 0, 0 };
	struct saved s = { 0 };
	struct stat before, after;
	const char *path = save_world();
	char pattern[80];
	glob_t found;
	int status, errors = dup(2), null = open("/dev/null", O_WRONLY);

	(void)state;
	assert_int_equal(stat(path, &before), 0);
	world(&s.messages);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_cur = 100;
	small.rlim_max = old.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	fflush(NULL);
	dup2(null, 2);
	setrlimit(RLIMIT_FSIZE, &small);
	status = save_write(path, &s);
	setrlimit(RLIMIT_FSIZE, &old);
	dup2(errors, 2);
	close(errors);
	assert_int_equal(status, 1);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	assert_int_equal(after.st_ino, before.st_ino);
	snprintf(pattern, sizeof(pattern), "%s.*", path);
	assert_int_equal(glob(pattern, 0, NULL, &found), GLOB_NOMATCH);

	unlink(path);
	close(null);
	free(s.messages.bytes);
}

/* Devices are written to, not replaced. */
static void test_device(void **state)
{
	struct saved s = { 0 };
	struct stat st;

	(void)state;
	world(&s.messages);
	assert_int_equal(save_write("/dev/full", &s), 1);
	assert_int_equal(stat("/dev/full", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_int_equal(save_write("/nonexistent/x", &s), 1);
	free(s.messages.bytes);
}

/* What a link points to is replaced, not the link. */
static void test_link(void **state)
{
	struct saved s = { 0 };
	const char *path = save_world();
	char link[80];
	struct stat st;

	(void)state;
	world(&s.messages);
	snprintf(link, sizeof(link), "%s.link", path);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(save_write(link, &s), 0);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	unlink(link);
	unlink(path);
	free(s.messages.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_unknown_record),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_device),
		cmocka_unit_test(test_link),
	};

	return cmocka_run_group_tests_name("save", tests, NULL, NULL);
}
