// SPDX-License-Identifier: GPL-2.0
/*
 * The whole terminal. What a handler of signals calls is async-signal-safe:
 * there is nothing but system calls in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "output.h"
#include "screen.h"

/* The alternate screen, without a cursor, and long lines are cut: xterm's, as all have them. */
#define ENTER	"\033[?1049h\033[?25l\033[?7l\033[H\033[2J"
#define LEAVE	"\033[?7h\033[?25h\033[?1049l"
#define HOME	"\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_BELOW "\033[J"
#define PLAIN	"\033[m"

/* Of what is written meanwhile, no more is kept than this and what comes until the next redraw. */
#define KEPT_MAX (1024 * 1024)

static struct {
	bool open;
	pid_t owner;		/* a child that has not called exec is another one */
	int terminal;		/* what stdout was */
	int keys;		/* the same terminal, with file flags of our own; -1: no keys */
	int kept;		/* what was written meanwhile */
	bool overflow;		/* not all of it is there any more */
	int was[3];		/* what these descriptors were; -1: they were left as they are */
	struct termios termios;
} screen;

static volatile sig_atomic_t resized;

static int write_all(int fd, const char *s, size_t n)
{
	while (n) {
		ssize_t written = write(fd, s, n);
		struct pollfd p = { .fd = fd, .events = POLLOUT };

		if (written >= 0) {
			s += written;
			n -= (size_t)written;
		} else if (errno == EAGAIN) {
			/* Somebody else who has this terminal wanted it so. */
			poll(&p, 1, -1);
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

static void enter(void)
{
	struct termios t = screen.termios;

	/* Keys come at once and are not shown; those that send signals still do. */
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	tcsetattr(screen.terminal, TCSANOW, &t);
	write_all(screen.terminal, ENTER, sizeof(ENTER) - 1);
}

static void leave(void)
{
	write_all(screen.terminal, LEAVE, sizeof(LEAVE) - 1);
	tcsetattr(screen.terminal, TCSANOW, &screen.termios);
}

static void show_kept(void)
{
	char buffer[4096];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(screen.kept, buffer, sizeof(buffer), at)) > 0) {
		write_all(screen.terminal, buffer, (size_t)n);
		at += n;
	}
}

static void end_by(int signal_number)
{
	if (getpid() == screen.owner) {
		leave();
		show_kept();
	}
	/* SA_RESETHAND has made it deadly. */
	raise(signal_number);
}

static void suspend(int signal_number)
{
	int saved = errno;

	(void)signal_number;
	if (getpid() == screen.owner)
		leave();
	kill(getpid(), SIGSTOP);
	if (getpid() == screen.owner) {
		enter();
		resized = 1;
	}
	errno = saved;
}

static void note_size(int signal_number)
{
	(void)signal_number;
	resized = 1;
}

/* q is Ctrl-C, for a command of ours as well: whoever waits has one way to be told. */
static void read_keys(int signal_number)
{
	int saved = errno;
	char key;

	(void)signal_number;
	while (getpid() == screen.owner && read(screen.keys, &key, 1) == 1)
		if (key == 'q')
			kill(0, SIGINT);
	errno = saved;
}

/* One row a signal. Only the last two are taken from whoever handles them already. */
static struct {
	int number;
	void (*handler)(int signal_number);
	int flags;
	struct sigaction was;
	bool taken;
} signals[] = {
	{ .number = SIGINT, .handler = end_by, .flags = SA_RESETHAND | SA_NODEFER },
	{ .number = SIGTERM, .handler = end_by, .flags = SA_RESETHAND | SA_NODEFER },
	{ .number = SIGHUP, .handler = end_by, .flags = SA_RESETHAND | SA_NODEFER },
	{ .number = SIGQUIT, .handler = end_by, .flags = SA_RESETHAND | SA_NODEFER },
	{ .number = SIGPIPE, .handler = end_by, .flags = SA_RESETHAND | SA_NODEFER },
	{ .number = SIGABRT, .handler = end_by, .flags = SA_RESETHAND | SA_NODEFER },
	{ .number = SIGSEGV, .handler = end_by, .flags = SA_RESETHAND | SA_NODEFER },
	{ .number = SIGBUS, .handler = end_by, .flags = SA_RESETHAND | SA_NODEFER },
	{ .number = SIGTSTP, .handler = suspend, .flags = SA_RESTART },
	{ .number = SIGWINCH, .handler = note_size, .flags = SA_RESTART },
	{ .number = SIGIO, .handler = read_keys, .flags = SA_RESTART },
};

#define N_SIGNALS (sizeof(signals) / sizeof(*signals))

static void take_signals(void)
{
	size_t i;

	for (i = 0; i < N_SIGNALS; i++) {
		struct sigaction action = { .sa_flags = signals[i].flags };

		action.sa_handler = signals[i].handler;
		sigemptyset(&action.sa_mask);
		sigaction(signals[i].number, NULL, &signals[i].was);
		signals[i].taken = signals[i].number == SIGWINCH || signals[i].number == SIGIO ||
				   signals[i].was.sa_handler == SIG_DFL;
		if (signals[i].taken)
			sigaction(signals[i].number, &action, NULL);
	}
}

static void give_signals_back(void)
{
	size_t i;

	for (i = 0; i < N_SIGNALS; i++)
		if (signals[i].taken)
			sigaction(signals[i].number, &signals[i].was, NULL);
}

static int turn_away(int fd, int to)
{
	screen.was[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (screen.was[fd] < 0 || dup2(to, fd) < 0)
		return -errno;
	return 0;
}

static void turn_back(void)
{
	int fd;

	for (fd = 0; fd < 3; fd++) {
		if (screen.was[fd] < 0)
			continue;
		dup2(screen.was[fd], fd);
		close(screen.was[fd]);
		screen.was[fd] = -1;
	}
}

/* What is a terminal of the three is not to be read from or written to by others. */
static int turn_all_away(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), err = 0;

	if (null < 0)
		return -errno;
	if (isatty(STDIN_FILENO))
		err = turn_away(STDIN_FILENO, null);
	if (!err && isatty(STDERR_FILENO))
		err = turn_away(STDERR_FILENO, screen.kept);
	if (!err)
		err = turn_away(STDOUT_FILENO, screen.kept);
	close(null);
	return err;
}

/*
 * File flags are those of all who have the terminal open, our shell among them:
 * what keys need is set on a file of our own.
 */
static void open_keys(void)
{
	screen.keys = open("/proc/self/fd/1", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (screen.keys < 0)
		return;
	fcntl(screen.keys, F_SETOWN, getpid());
	fcntl(screen.keys, F_SETFL, O_NONBLOCK | O_ASYNC);
}

static void close_files(void)
{
	turn_back();
	if (screen.keys >= 0)
		close(screen.keys);
	if (screen.kept >= 0)
		close(screen.kept);
	screen.keys = screen.kept = -1;
}

/**
 * screen_open() - take the terminal that stdout is
 *
 * Where stdout is no terminal, nothing is done, and the screen is not open. While
 * it is, the key q does what Ctrl-C does: it sends SIGINT to our process group.
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong.
 */
int screen_open(void)
{
	int err = 0;

	screen.keys = screen.kept = -1;
	screen.was[0] = screen.was[1] = screen.was[2] = -1;
	screen.overflow = false;
	screen.owner = getpid();
	if (!isatty(STDOUT_FILENO))
		return STATUS_DONE;
	fflush(stdout);
	screen.kept = memfd_create("nsinspect", MFD_CLOEXEC);
	if (screen.kept < 0 || tcgetattr(STDOUT_FILENO, &screen.termios))
		err = -errno;
	open_keys();
	if (!err)
		err = turn_all_away();
	if (err) {
		close_files();
		return fail(STATUS_FAILED, "cannot use the terminal: %s", strerror(-err));
	}
	screen.terminal = screen.was[STDOUT_FILENO];
	screen.open = true;
	resized = 0;
	take_signals();
	enter();
	/* What was typed before does not raise a signal. */
	if (screen.keys >= 0)
		raise(SIGIO);
	return STATUS_DONE;
}

/**
 * screen_close() - leave the terminal as it was
 *
 * What was written meanwhile is shown there. Does nothing if it is not open.
 */
void screen_close(void)
{
	if (!screen.open)
		return;
	screen.open = false;
	fflush(stdout);
	leave();
	/* From here on a signal finds nothing to put right. */
	give_signals_back();
	show_kept();
	close_files();
	if (screen.overflow)
		warning("only the last part of what was written to the terminal was kept");
}

/**
 * screen_is_open() - is there a terminal, and is it ours?
 */
bool screen_is_open(void)
{
	return screen.open;
}

/**
 * screen_resized() - has what is on the screen become wrong since this was last asked?
 *
 * Return: true after another size, and after the process was stopped.
 */
bool screen_resized(void)
{
	bool was = resized;

	resized = 0;
	return was;
}

/**
 * screen_size() - how much has room
 * @rows: lines, 1 at least
 * @columns: characters of each, 1 at least
 */
void screen_size(int *rows, int *columns)
{
	struct winsize size = { 0 };

	ioctl(screen.terminal, TIOCGWINSZ, &size);
	*rows = size.ws_row ? size.ws_row : 24;
	*columns = size.ws_col ? size.ws_col : 80;
}

/* What a command of ours writes must not fill the memory: its beginning is given up. */
static void bound_kept(void)
{
	struct stat st;

	if (fstat(screen.kept, &st) || st.st_size <= KEPT_MAX)
		return;
	/* In this order: whoever writes in between leaves no hole. */
	lseek(screen.kept, 0, SEEK_SET);
	if (!ftruncate(screen.kept, 0))
		screen.overflow = true;
}

/**
 * screen_draw() - show a text instead of what is on the screen
 * @text: no more lines than there is room for; what is too long of one is not seen
 *
 * Return: 0, or a negative errno.
 */
int screen_draw(const char *text)
{
	char *bytes = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&bytes, &n);
	int err;

	if (!out)
		return -ENOMEM;
	bound_kept();
	fputs(HOME, out);
	do {
		size_t len = strcspn(text, "\n");
		const char *next = text + len + (text[len] == '\n');

		/* Not when it is written: the cursor may still be on its last character then. */
		fputs(*next ? CLEAR_LINE : CLEAR_BELOW, out);
		fwrite(text, 1, len, out);
		/* After the last line there may be no other one to go to. */
		if (*next)
			fputc('\n', out);
		text = next;
	} while (*text);
	/* Whatever the text left on; and who reads the screen sees where a drawing ends. */
	fputs(PLAIN, out);
	err = fclose(out) ? -ENOMEM : write_all(screen.terminal, bytes, n);
	free(bytes);
	return err;
}
