// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect record, with a made-up kernel: when it takes pictures, what it says
 * and how it ends. It is compiled into this test, with other names for what it asks.
 */
/* In front of cmocka, which has a fail() of its own. */
#define cmd_record	record_here
#define watch_run	made_watch_run
#define watch_now	made_watch_now
#define picture_take	made_picture_take

#include "cmd_record.c"

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

#include "messages.h"

#define SECOND 1000000000ull

static char path[80];
static uint64_t now_ns;
static size_t taken;
static int picture_status, command_status;
static void (*plot)(const struct watch *w);
static int told;			/* what the functions of the recorder returned last */
static char err[4096];

uint64_t made_watch_now(void)
{
	return now_ns++;
}

int made_picture_take(struct picture *p, struct saved *s)
{
	memset(p, 0, sizeof(*p));
	memset(s, 0, sizeof(*s));
	if (picture_status) {
		warning("no picture");
		return picture_status;
	}
	taken++;
	world(&s->messages);
	return STATUS_DONE;
}

int made_watch_run(const struct watch *w)
{
	assert_int_equal(w->kinds, (1u << EVENT_KINDS) - 1);
	assert_true(w->plain);
	told = w->begin(w->arg, w->command ? 42 : 0);
	if (!told)
		plot(w);
	return told ? told : command_status;
}

static void tell(const struct watch *w, enum event_kind kind, uint64_t lost)
{
	const struct event e = { .kind = kind, .time_ns = now_ns++, .tid = 830, .tgid = 830,
				 .lost = lost };

	if (!told)
		told = w->event(w->arg, &e);
}

static void settle(const struct watch *w)
{
	if (!told)
		told = w->settled(w->arg);
}

/* What it says is in ->err; its status is returned. */
static int run(void (*happens)(const struct watch *w), const char *file, char **command)
{
	const struct options o = { .columns = file };
	int errors = dup(2), status;
	char line[100];
	FILE *f;

	plot = happens;
	taken = 0;
	now_ns = 100 * SECOND;
	snprintf(line, sizeof(line), "%s.err", path);
	fflush(stderr);
	f = freopen(line, "w", stderr);
	assert_non_null(f);
	status = record_here(&o, command ? 1 : 0, command);
	fflush(stderr);
	dup2(errors, 2);
	close(errors);
	f = fopen(line, "r");
	assert_non_null(f);
	err[fread(err, 1, sizeof(err) - 1, f)] = '\0';
	fclose(f);
	unlink(line);
	return status;
}

/* How many pictures and events are in the file. */
static void count(size_t *pictures, size_t *ends)
{
	struct capture file;
	struct recording r;
	const char *why;

	assert_int_equal(save_load(path, &file), 0);
	assert_int_equal(recording_parse(&r, file.bytes, file.n, &why), 0);
	*pictures = r.n_pictures;
	*ends = r.finished;
	recording_free(&r);
	free(file.bytes);
}

static void much(const struct watch *w)
{
	int i;

	/* Nothing happens: no picture is taken for it. */
	for (i = 0; i < 30; i++) {
		now_ns += SECOND;
		settle(w);
	}
	assert_int_equal(taken, 1);
	tell(w, EVENT_EXEC, 0);
	settle(w);
	assert_int_equal(taken, 2);
	/* The next one ten seconds later. */
	for (i = 0; i < 9; i++) {
		tell(w, EVENT_EXEC, 0);
		now_ns += SECOND;
		settle(w);
	}
	assert_int_equal(taken, 2);
	now_ns += SECOND;
	settle(w);
	assert_int_equal(taken, 3);
	/* After a loss at once. */
	tell(w, EVENT_LOST, 7);
	tell(w, EVENT_LOST, 5);
	assert_int_equal(taken, 3);
	settle(w);
	assert_int_equal(taken, 4);
	settle(w);
	assert_int_equal(taken, 4);
	tell(w, EVENT_BLIND, 0);
	settle(w);
	assert_int_equal(taken, 4);
	tell(w, EVENT_SEEING, 0);
	settle(w);
	assert_int_equal(taken, 5);
}

static void test_pictures(void **state)
{
	size_t pictures, finished;
	char line[512];

	(void)state;
	assert_int_equal(run(much, path, NULL), 0);
	count(&pictures, &finished);
	assert_int_equal(pictures, 5);
	assert_true(finished);
	snprintf(line, sizeof(line), "nsinspect: kernel probes were switched off: changes of namespaces "
		 "are not recorded\nnsinspect: kernel probes were switched on again\n"
		 "nsinspect: recorded 10 events of 40.0 s in %s, 12 lost\n", path);
	assert_string_equal(err, line);
}

static void little(const struct watch *w)
{
	tell(w, EVENT_EXIT, 0);
	settle(w);
}

static void test_command(void **state)
{
	char name[] = "true", *command[] = { name, NULL };
	size_t pictures, finished;

	(void)state;
	command_status = 37;
	assert_int_equal(run(little, path, command), 37);
	command_status = 0;
	assert_non_null(strstr(err, "recorded 1 events of 0.0 s"));
	count(&pictures, &finished);
	assert_int_equal(pictures, 1);
	assert_true(finished);
}

/* The file may not grow from here on. */
static void full(const struct watch *w)
{
	struct rlimit old, small;
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	getrlimit(RLIMIT_FSIZE, &old);
	small = (struct rlimit){ (rlim_t)st.st_size, old.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	little(w);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(told, STATUS_FAILED);
}

/* What goes wrong is said once, and what was written stays. */
static void test_failures(void **state)
{
	size_t pictures, finished;
	char line[256];

	(void)state;
	assert_int_equal(run(little, "/dev/full", NULL), 1);
	assert_string_equal(err, "nsinspect: cannot record in /dev/full: No space left on device\n");
	assert_int_equal(run(little, "/nonexistent/x", NULL), 1);
	assert_string_equal(err, "nsinspect: cannot record in /nonexistent/x: No such file or "
			    "directory\n");
	unlink(path);
	picture_status = STATUS_NOT_LOADED;
	assert_int_equal(run(little, path, NULL), STATUS_NOT_LOADED);
	picture_status = 0;
	assert_string_equal(err, "nsinspect: no picture\n");
	assert_int_equal(access(path, F_OK), -1);
	/* A disk that is full only later: what was on it is good. */
	assert_int_equal(run(full, path, NULL), 1);
	snprintf(line, sizeof(line), "nsinspect: cannot record in %s: File too large\n", path);
	assert_string_equal(err, line);
	count(&pictures, &finished);
	assert_int_equal(pictures, 1);
	assert_false(finished);
}

static int set_up(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/nsinspect-test.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pictures, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_command, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failures, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
