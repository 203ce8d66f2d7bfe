// SPDX-License-Identifier: GPL-2.0
/*
 * The terminal: on every way out it is as it was. Each test is the parent of one
 * process with a terminal of its own, and reads all that is written to that.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* Before cmocka.h, which has a fail() of its own. */
#include "output.h"

#include <cmocka.h>

#include "screen.h"

#define ENTER "\033[?1049h"
#define END "\033[?25h\033[?1049l"

static int master = -1, go[2], done[2];
static pid_t pid;
static struct termios before;
static char seen[1 << 16];
static size_t n_seen;

/* A process with a terminal and a session of its own, which ends when @body returns. */
static void launch(void (*body)(void))
{
	const struct winsize size = { .ws_row = 10, .ws_col = 40 };
	int slave;

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0);
	assert_int_equal(tcgetattr(slave, &before), 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	assert_int_equal(pipe2(done, O_CLOEXEC), 0);
	n_seen = 0;
	seen[0] = '\0';
	/* What never comes makes it fail. */
	alarm(120);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		alarm(0);
		close(go[1]);
		close(done[0]);
		setsid();
		ioctl(slave, TIOCSCTTY, 0);
		dup2(slave, 0);
		dup2(slave, 1);
		dup2(slave, 2);
		close(slave);
		close(master);
		body();
		/* What this copy of the test has in memory is nobody's leak. */
		kill(getpid(), SIGKILL);
	}
	close(slave);
	close(go[0]);
	close(done[1]);
}

static int finish(void **state)
{
	(void)state;
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	pid = 0;
	if (master >= 0) {
		close(master);
		close(go[1]);
		close(done[0]);
	}
	master = -1;
	return 0;
}

/* Of the process: until the parent says so. */
static void wait_for_go(void)
{
	char c;

	while (read(go[0], &c, 1) < 0 && errno == EINTR)
		;
}

static void say(const char *s)
{
	assert_int_equal(write(done[1], s, strlen(s)), (ssize_t)strlen(s));
}

static bool read_more(void)
{
	ssize_t n = read(master, seen + n_seen, sizeof(seen) - 1 - n_seen);

	if (n <= 0)
		return false;
	n_seen += (size_t)n;
	seen[n_seen] = '\0';
	return true;
}

static void read_until(const char *text)
{
	while (!strstr(seen, text))
		if (!read_more())
			fail_msg("no '%s' in: %s", text, seen);
}

/* Read to the end; the process has ended by this signal. */
static void ends_by(int signal_number)
{
	int status;

	while (read_more())
		;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	pid = 0;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), signal_number);
}

static void settings_are(bool same)
{
	struct termios now;
	bool equal;

	assert_int_equal(tcgetattr(master, &now), 0);
	equal = now.c_iflag == before.c_iflag && now.c_oflag == before.c_oflag &&
		now.c_lflag == before.c_lflag && now.c_cflag == before.c_cflag &&
		!memcmp(now.c_cc, before.c_cc, sizeof(now.c_cc));
	assert_int_equal(equal, same);
}

static void ends_with(const char *text)
{
	size_t len = strlen(text);

	if (n_seen < len || strcmp(seen + n_seen - len, text))
		fail_msg("it does not end with '%s': %s", text, seen);
}

static void draw_and_wait(void)
{
	assert_int_equal(screen_open(), STATUS_DONE);
	assert_int_equal(screen_draw("first line\nREADY\n"), 0);
	wait_for_go();
}

static void draw_and_close(void)
{
	draw_and_wait();
	screen_close();
}

static void test_close(void **state)
{
	(void)state;
	launch(draw_and_close);
	read_until("READY\033[m");
	settings_are(false);
	assert_int_equal(strncmp(seen, ENTER, strlen(ENTER)), 0);
	assert_non_null(strstr(seen, "\033[H\033[Kfirst line\r\n\033[JREADY\033[m"));
	assert_int_equal(write(go[1], "g", 1), 1);
	ends_by(SIGKILL);
	settings_are(true);
	ends_with("READY\033[m\033[?7h" END);
}

/* The signals that end it, and the key that does. */
static void test_signals(void **state)
{
	static const int deadly[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGABRT };
	size_t i;

	for (i = 0; i < sizeof(deadly) / sizeof(*deadly); i++) {
		launch(draw_and_wait);
		read_until("READY\033[m");
		settings_are(false);
		kill(pid, deadly[i]);
		ends_by(deadly[i]);
		settings_are(true);
		ends_with("READY\033[m\033[?7h" END);
		finish(state);
	}
}

static void test_keys(void **state)
{
	static const char *const keys[] = { "q", "xyzq", "\003" };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		launch(draw_and_wait);
		read_until("READY\033[m");
		assert_int_equal(write(master, keys[i], strlen(keys[i])), (ssize_t)strlen(keys[i]));
		ends_by(SIGINT);
		settings_are(true);
		/* Nothing of it is shown. */
		ends_with("READY\033[m\033[?7h" END);
		finish(state);
	}
}

/* Before anything is drawn, while lines are still edited. */
static void wait_then_draw(void)
{
	wait_for_go();
	draw_and_wait();
}

static void test_typed_before(void **state)
{
	(void)state;
	launch(wait_then_draw);
	assert_int_equal(write(master, "q\n", 2), 2);
	read_until("q\r\n");
	assert_int_equal(write(go[1], "g", 1), 1);
	ends_by(SIGINT);
	settings_are(true);
}

static void fail_in_the_middle(void)
{
	char typed[8];

	assert_int_equal(screen_open(), STATUS_DONE);
	assert_int_equal(screen_draw("READY\n"), 0);
	/* A program that was started meanwhile: it has no keys. */
	assert_int_equal(read(0, typed, sizeof(typed)), 0);
	assert_int_equal(write(1, "of a command\n", 13), 13);
	warning("it went wrong");
	screen_close();
	assert_int_equal(write(1, "out\n", 4), 4);
	assert_int_equal(write(2, "err\n", 4), 4);
}

/* An error is read where it can be read, and so is what a command wrote. */
static void test_error(void **state)
{
	(void)state;
	launch(fail_in_the_middle);
	ends_by(SIGKILL);
	settings_are(true);
	ends_with("READY\033[m\033[?7h" END "of a command\r\nnsinspect: it went wrong\r\nout\r\nerr\r\n");
}

static void write_and_wait(void)
{
	assert_int_equal(screen_open(), STATUS_DONE);
	assert_int_equal(write(2, "last words\n", 11), 11);
	assert_int_equal(screen_draw("READY\n"), 0);
	wait_for_go();
}

static void test_words_of_who_is_killed(void **state)
{
	(void)state;
	launch(write_and_wait);
	read_until("READY\033[m");
	kill(pid, SIGTERM);
	ends_by(SIGTERM);
	ends_with(END "last words\r\n");
}

/* A child that has not called exec yet does nothing to the terminal. */
static void let_child_die(void)
{
	pid_t child;

	assert_int_equal(screen_open(), STATUS_DONE);
	assert_int_equal(screen_draw("READY\n"), 0);
	child = fork();
	if (!child) {
		raise(SIGTERM);
		raise(SIGKILL);
	}
	waitpid(child, NULL, 0);
	assert_int_equal(screen_draw("ALIVE\n"), 0);
	screen_close();
}

static void test_child(void **state)
{
	(void)state;
	launch(let_child_die);
	ends_by(SIGKILL);
	assert_null(memmem(seen, (size_t)(strstr(seen, "ALIVE") - seen), END, strlen(END)));
	ends_with("ALIVE\033[m\033[?7h" END);
}

static void draw_sizes(void)
{
	sigset_t resize, old;
	char text[64];
	int rows, columns;

	sigemptyset(&resize);
	sigaddset(&resize, SIGWINCH);
	sigaddset(&resize, SIGTSTP);
	sigprocmask(SIG_BLOCK, &resize, &old);
	assert_int_equal(screen_open(), STATUS_DONE);
	for (;;) {
		screen_size(&rows, &columns);
		snprintf(text, sizeof(text), "%d rows, %d columns\n", rows, columns);
		assert_int_equal(screen_draw(text), 0);
		while (!screen_resized())
			sigsuspend(&old);
	}
}

static void test_size(void **state)
{
	const struct winsize other = { .ws_row = 33, .ws_col = 99 };

	(void)state;
	launch(draw_sizes);
	read_until("10 rows, 40 columns");
	assert_int_equal(ioctl(master, TIOCSWINSZ, &other), 0);
	read_until("33 rows, 99 columns");
}

/* While it is stopped, somebody else has the terminal. */
static void test_stopped(void **state)
{
	int status;

	(void)state;
	launch(draw_sizes);
	read_until("40 columns");
	settings_are(false);
	kill(pid, SIGTSTP);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	settings_are(true);
	read_until(END);
	ends_with(END);
	n_seen = 0;
	seen[0] = '\0';
	kill(pid, SIGCONT);
	read_until("40 columns");
	assert_int_equal(strncmp(seen, ENTER, strlen(ENTER)), 0);
	settings_are(false);
}

/* Who writes much does not fill the memory, and is told so. */
static void write_much(void)
{
	static char much[1 << 20];

	memset(much, 'x', sizeof(much));
	assert_int_equal(screen_open(), STATUS_DONE);
	assert_int_equal(write(1, much, sizeof(much)), sizeof(much));
	assert_int_equal(write(1, much, 1), 1);
	assert_int_equal(screen_draw("READY\n"), 0);
	assert_int_equal(write(1, "the end\n", 8), 8);
	screen_close();
}

static void test_much(void **state)
{
	(void)state;
	launch(write_much);
	ends_by(SIGKILL);
	ends_with(END "the end\r\nnsinspect: only the last part of what was written to the "
		  "terminal was kept\r\n");
}

/* A program in a pipe or with a file as output writes nothing of this. */
static void no_terminal(void)
{
	struct termios now;

	dup2(done[1], 1);
	if (!screen_open() && !screen_is_open())
		say("not open;");
	if (!screen_resized() && !tcgetattr(0, &now) && now.c_lflag & ICANON)
		say("as it was;");
	screen_close();
}

static void test_no_terminal(void **state)
{
	char text[64] = "";
	size_t n = 0;
	ssize_t more;

	(void)state;
	launch(no_terminal);
	ends_by(SIGKILL);
	while ((more = read(done[0], text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)more;
	assert_string_equal(text, "not open;as it was;");
	assert_int_equal(n_seen, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, finish)
	const struct CMUnitTest tests[] = {
		TEST(test_close),
		TEST(test_signals),
		TEST(test_keys),
		TEST(test_typed_before),
		TEST(test_error),
		TEST(test_words_of_who_is_killed),
		TEST(test_child),
		TEST(test_size),
		TEST(test_stopped),
		TEST(test_much),
		TEST(test_no_terminal),
	};

	return cmocka_run_group_tests_name("screen", tests, NULL, NULL);
}
