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
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
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
	assert_int_equal(s.names.n, 4);
	assert_int_equal(s.names.list[0].kind, NAME_NETNS);
	assert_int_equal(s.names.list[0].type, NSINSPECT_NS_TYPE_NET);
	assert_int_equal(s.names.list[0].number, OWN_NET);
	assert_string_equal(s.names.list[0].text, "blue");
	assert_string_equal(s.names.list[2].text, "alice");
	assert_int_equal(s.names.list[3].kind, NAME_COMMAND);
	assert_int_equal(s.names.list[3].number, 830);
	assert_string_equal(s.names.list[3].text, "nginx: master process");
	world(&c);
	assert_int_equal(s.messages.n, c.n);
	assert_memory_equal(s.messages.bytes, c.bytes, c.n);
	free(c.bytes);
	saved_free(&s);
}

/* Who took it, as pictures of today have it; one that has it not says nothing. */
static void test_taker(void **state)
{
	static const char with[] = "\5\0\0\0\4\0\0\0\x39\x30\0\0", cut[] = "\5\0\0\0\2\0\0\0\x39\x30\0\0";
	struct saved s = { .taker = 12345 };
	const char *path, *why;
	unsigned char *found;

	(void)state;
	world(&s.messages);
	path = save_picture(&s);
	free(s.messages.bytes);
	load(path);
	unlink(path);
	assert_int_equal(save_parse(&s, bytes, n, &why), 0);
	assert_int_equal(s.taker, 12345);
	saved_free(&s);
	if (*(const char *)&(const int){ 1 } != 1)
		return;
	found = memmem(bytes, n, with, sizeof(with) - 1);
	assert_non_null(found);
	memcpy(found, cut, sizeof(cut) - 1);
	assert_int_equal(save_parse(&s, bytes, n, &why), -EBADMSG);
	assert_string_equal(why, "it is broken");
	saved_free(&s);
	path = save_world();
	load(path);
	unlink(path);
	assert_int_equal(save_parse(&s, bytes, n, &why), 0);
	assert_int_equal(s.taker, 0);
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
	static const uint32_t newer = 3, other = 0x04030201, none = 0, end = 1;
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
	assert_int_equal(s.names.n, 4);
	saved_free(&s);
}

/* So is a name of a later kind. */
static void test_unknown_name(void **state)
{
	struct saved s = { 0 };
	const char *path, *why;

	(void)state;
	world(&s.messages);
	assert_int_equal(names_add(&s.names, NAME_KINDS, 0, 1, "later"), 0);
	assert_int_equal(names_add(&s.names, NAME_USER, 0, 1, "bin"), 0);
	path = save_picture(&s);
	saved_free(&s);
	load(path);
	unlink(path);
	assert_int_equal(save_parse(&s, bytes, n, &why), 0);
	assert_int_equal(s.names.n, 1);
	assert_string_equal(s.names.list[0].text, "bin");
	saved_free(&s);
}

/* What the kernel was asked for is kept; one of another length is not that. */
static void test_details(void **state)
{
	static const uint32_t kind = 5;
	const char *path = save_world_of_facts(), *why;
	struct saved s;

	(void)state;
	load(path);
	unlink(path);
	assert_int_equal(save_parse(&s, bytes, n, &why), 0);
	assert_int_equal(s.details, FACTS_DETAILS);
	saved_free(&s);
	/* The first record is text. */
	memcpy(bytes + 16, &kind, 4);
	assert_int_equal(save_parse(&s, bytes, n, &why), -EBADMSG);
	assert_string_equal(why, "it is broken");
	saved_free(&s);

	path = save_world();
	load(path);
	unlink(path);
	assert_int_equal(save_parse(&s, bytes, n, &why), 0);
	assert_int_equal(s.details, 0);
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
	pid_t pid;
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

	/* The same where the kernel sends a signal that ends the process. */
	pid = fork();
	if (!pid) {
		signal(SIGXFSZ, SIG_DFL);
		dup2(null, 2);
		setrlimit(RLIMIT_FSIZE, &small);
		_exit(save_write(path, &s) ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGXFSZ);
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

/* An open file is written to, whatever name it has; and so it is not replaced. */
static void test_open_file(void **state)
{
	static const char old[] = "precious\n";
	char link[80];
	const char *const names[] = {
		"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", link,
	};
	struct stat before, after, device_before, device_after;
	const char *path = save_world();
	int out = dup(1), status[5] = { 0 }, fd;
	struct saved s = { 0 };
	size_t i, size;

	(void)state;
	load(path);
	world(&s.messages);
	snprintf(link, sizeof(link), "%s.link", path);
	assert_int_equal(symlink("/dev/stdout", link), 0);
	fd = open(path, O_WRONLY | O_TRUNC | O_APPEND);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, old, strlen(old)), strlen(old));
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(lstat("/dev/stdout", &device_before), 0);

	/* What is there is a test's output again before anything is asserted. */
	fflush(stdout);
	dup2(fd, 1);
	close(fd);
	for (i = 0; i < 5; i++) {
		status[i] = save_write(names[i], &s);
		/* What is wrong with one would end with this machine's /dev/stdout. */
		if (stat(path, &after) || after.st_ino != before.st_ino)
			break;
	}
	dup2(out, 1);
	close(out);

	for (i = 0; i < 5; i++)
		assert_int_equal(status[i], 0);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_mode & 0777, 0644);
	assert_int_equal(lstat("/dev/stdout", &device_after), 0);
	assert_int_equal(device_after.st_ino, device_before.st_ino);
	assert_true(S_ISLNK(device_after.st_mode));
	assert_int_equal(lstat(link, &after), 0);
	assert_true(S_ISLNK(after.st_mode));
	load(path);
	assert_memory_equal(bytes, old, strlen(old));
	size = (n - strlen(old)) / 5;
	assert_int_equal(strlen(old) + 5 * size, n);
	for (i = 1; i < 5; i++)
		assert_memory_equal(bytes + strlen(old), bytes + strlen(old) + i * size, size);
	unlink(link);
	unlink(path);
	free(s.messages.bytes);
}

/* A file that has no name any more is not made again. */
static void test_deleted_file(void **state)
{
	struct saved s = { 0 };
	const char *path = save_world();
	char name[32];
	struct stat st;
	int fd = open(path, O_WRONLY | O_TRUNC);

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	world(&s.messages);
	snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	assert_int_equal(save_write(name, &s), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true((size_t)st.st_size > s.messages.n);
	assert_int_equal(st.st_nlink, 0);
	close(fd);
	assert_int_equal(access(path, F_OK), -1);
	free(s.messages.bytes);
}

/* Until a process waits for something. */
static void wait_asleep(pid_t pid)
{
	char path[32], line[512], *end;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	do {
		f = fopen(path, "r");
		assert_non_null(f);
		end = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
		fclose(f);
	} while (!end || end[2] != 'S');
}

/* Nobody reads from a FIFO, or not all of it: a signal ends the wait. */
static void test_fifo(void **state)
{
	struct saved s = { 0 };
	const char *path = save_world();
	char fifo[80], byte;
	int reads, status, fd;
	glob_t found;
	pid_t pid;

	(void)state;
	world(&s.messages);
	/* More than a FIFO holds. */
	s.messages.bytes = realloc(s.messages.bytes, 1 << 20);
	assert_non_null(s.messages.bytes);
	memset(s.messages.bytes + s.messages.n, 0, (1 << 20) - s.messages.n);
	s.messages.n = 1 << 20;
	snprintf(fifo, sizeof(fifo), "%s.fifo", path);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	for (reads = 0; reads < 2; reads++) {
		pid = fork();
		if (!pid) {
			signal(SIGINT, SIG_DFL);
			_exit(save_write(fifo, &s) ? 1 : 0);
		}
		if (reads) {
			fd = open(fifo, O_RDONLY);
			assert_true(fd >= 0);
			assert_int_equal(read(fd, &byte, 1), 1);
		}
		wait_asleep(pid);
		kill(pid, SIGINT);
		alarm(60);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		alarm(0);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGINT);
		if (reads)
			close(fd);
	}
	unlink(fifo);
	unlink(path);
	/* Nothing else was left behind. */
	strcat(fifo, "*");
	assert_int_equal(glob(fifo, 0, NULL, &found), GLOB_NOMATCH);
	free(s.messages.bytes);
}

/* What is behind a descriptor is read as it is: a socket cannot be opened. */
static void test_socket(void **state)
{
	static const char *const names[] = { "-", "/dev/stdin", "/dev/fd/0" };
	const char *path = save_world();
	int in = dup(0), pair[2];
	struct capture read_back;
	size_t i;

	(void)state;
	load(path);
	unlink(path);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		assert_int_equal(write(pair[0], bytes, n), n);
		close(pair[0]);
		dup2(pair[1], 0);
		close(pair[1]);
		assert_int_equal(save_load(names[i], &read_back), 0);
		assert_int_equal(read_back.n, n);
		assert_memory_equal(read_back.bytes, bytes, n);
		free(read_back.bytes);
	}
	dup2(in, 0);
	close(in);
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
		cmocka_unit_test(test_taker),
		cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_unknown_record),
		cmocka_unit_test(test_unknown_name),
		cmocka_unit_test(test_details),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_device),
		cmocka_unit_test(test_open_file),
		cmocka_unit_test(test_deleted_file),
		cmocka_unit_test(test_fifo),
		cmocka_unit_test(test_socket),
		cmocka_unit_test(test_link),
	};

	return cmocka_run_group_tests_name("save", tests, NULL, NULL);
}
