// SPDX-License-Identifier: GPL-2.0
/*
 * Watching: from the first event to the last, with a command of our own or until a
 * signal, and nothing left behind on any way out.
 *
 * Signals are read from a descriptor like events are, so that none of them ends
 * the program while it holds an instance.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "output.h"
#include "tracing.h"
#include "watch.h"

#define MS 1000000ull

/* How long CPUs are left alone after a read: each wake-up takes time from who is watched. */
#define READ_EVERY	(20 * MS)
/* How long a wait may last, whatever the kernel says. */
#define WAIT_MAX	(100 * MS)
/* How often it is said that all was told: when there was something, and when there was not. */
#define SETTLE_EVERY	(100 * MS)
#define SETTLE_IDLE	(1000 * MS)
/* How often the module is asked whether it still sees. */
#define ASK_EVERY	(1000 * MS)

/* What a shell says of a command that cannot be run. */
#define NOT_EXECUTABLE	126
#define NOT_FOUND	127
#define SIGNALLED	128

struct run {
	const struct watch *w;
	struct tracing *tracing;
	struct client *client;		/* NULL: not asked any more */
	struct event_queue queue;
	struct pollfd *fds;		/* of the signals, then of the CPUs */
	int signals;
	sigset_t mask;			/* as it was before */
	struct sigaction child_action, pipe_action;
	uint32_t self;

	pid_t pid;			/* of the command; 0: none, or it has ended */
	int hold;			/* it waits for a byte from here; -1: let go */
	int result;			/* status to end with */
	bool ended;

	bool blind, told;
	uint64_t missed;		/* changes that probes passed over, as it was said last */
	uint64_t seq, read_at, settled_at, asked_at;
};

/**
 * watch_now() - what time is it?
 *
 * Return: CLOCK_MONOTONIC in nanoseconds, the clock of events.
 */
uint64_t watch_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 * MS + (uint64_t)t.tv_nsec;
}

/* The command */

static int status_of(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return SIGNALLED + WTERMSIG(wait_status);
	return WEXITSTATUS(wait_status);
}

/* Never returns. */
static void be_command(const struct run *r, int held)
{
	char **command = r->w->command;
	char byte;
	int error;

	sigaction(SIGCHLD, &r->child_action, NULL);
	sigprocmask(SIG_SETMASK, &r->mask, NULL);
	/* Nothing comes when it is not to run after all. */
	if (read(held, &byte, sizeof(byte)) != sizeof(byte))
		_exit(STATUS_FAILED);
	execvp(command[0], command);
	error = errno;
	fail(STATUS_FAILED, "cannot run %s: %s", command[0], strerror(error));
	_exit(error == ENOENT ? NOT_FOUND : NOT_EXECUTABLE);
}

static int start_command(struct run *r)
{
	int held[2];

	if (!r->w->command)
		return STATUS_DONE;
	if (pipe2(held, O_CLOEXEC))
		return fail(STATUS_FAILED, "cannot make a pipe: %s", strerror(errno));
	fflush(stdout);
	r->pid = fork();
	if (!r->pid) {
		close(held[1]);
		be_command(r, held[0]);
	}
	close(held[0]);
	r->hold = held[1];
	if (r->pid < 0) {
		r->pid = 0;
		return fail(STATUS_FAILED, "cannot start a process: %s", strerror(errno));
	}
	return STATUS_DONE;
}

static void let_go(struct run *r)
{
	if (r->hold < 0)
		return;
	/* If it was killed while it waited, that is what will be known of it. */
	if (write(r->hold, "", 1) < 0)
		errno = 0;
	close(r->hold);
	r->hold = -1;
}

static void reap_command(struct run *r)
{
	int wait_status;

	if (!r->pid || waitpid(r->pid, &wait_status, WNOHANG) != r->pid)
		return;
	r->pid = 0;
	r->result = status_of(wait_status);
	r->ended = true;
}

/* Signals */

static int catch_signals(struct run *r)
{
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	struct sigaction hangup;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	/* Who is to outlive its terminal has it ignored: nohup(1). */
	if (!sigaction(SIGHUP, NULL, &hangup) && hangup.sa_handler != SIG_IGN)
		sigaddset(&set, SIGHUP);
	/* Where it is ignored, nobody can wait for a child. */
	sigaction(SIGCHLD, &plain, &r->child_action);
	sigprocmask(SIG_BLOCK, &set, &r->mask);
	r->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (r->signals < 0)
		return fail(STATUS_FAILED, "cannot wait for signals: %s", strerror(errno));
	return STATUS_DONE;
}

/* That nobody reads the output any more is for the one who writes it to see. */
static void ignore_pipe(struct run *r)
{
	const struct sigaction ignored = { .sa_handler = SIG_IGN };

	sigaction(SIGPIPE, &ignored, &r->pipe_action);
}

static void on_signal(struct run *r, int number)
{
	if (number == SIGCHLD) {
		reap_command(r);
		return;
	}
	if (!r->w->command) {
		r->ended = true;
		return;
	}
	/* What a terminal sends goes to the command as well: it is for that one to end. */
	if (number == SIGINT || r->ended)
		return;
	if (r->pid)
		kill(r->pid, number);
	r->result = SIGNALLED + number;
	r->ended = true;
}

static void read_signals(struct run *r)
{
	struct signalfd_siginfo info;

	while (read(r->signals, &info, sizeof(info)) == sizeof(info))
		on_signal(r, (int)info.ssi_signo);
}

/* The module */

static int ask_module(struct run *r, struct snapshot *said)
{
	/* What it says of itself is true whatever else changes meanwhile. */
	const struct request request = {
		.command = NSINSPECT_CMD_TASK_GET, .tid = r->self, .once = true,
	};
	struct graph g = { 0 };
	int status = client_ask(r->client, &request, &g, NULL);

	*said = g.snapshot;
	graph_free(&g);
	return status;
}

static int look_at_module(struct run *r)
{
	int status = client_open(&r->client);
	struct snapshot said;

	if (!status)
		status = ask_module(r, &said);
	if (status)
		return status;
	/* One that does not even say what it looked for has no events: see tracing_open(). */
	if (said.watch != NSINSPECT_WATCH_ON && said.coverage >= 0)
		return fail(STATUS_FAILED, "cannot watch: %s", watch_text(said.watch));
	r->missed = said.missed_events;
	return STATUS_DONE;
}

static int add(struct run *r, const struct event *e)
{
	return event_queue_add(&r->queue, e) ? out_of_memory() : STATUS_DONE;
}

static int look_again(struct run *r)
{
	struct event missed = {
		.kind = EVENT_LOST, .cpu = EVENT_CPU_NONE, .time_ns = watch_now(),
	};
	struct snapshot said;

	if (!r->client)
		return STATUS_DONE;
	/* It has said what is wrong; once will do. */
	if (ask_module(r, &said)) {
		client_close(r->client);
		r->client = NULL;
		return STATUS_DONE;
	}
	if (said.missed_events > r->missed) {
		missed.lost = said.missed_events - r->missed;
		r->missed = said.missed_events;
		if (add(r, &missed))
			return STATUS_FAILED;
	}
	if (r->blind == (said.watch != NSINSPECT_WATCH_ON))
		return STATUS_DONE;
	r->blind = !r->blind;
	return add(r, &(struct event){
		.kind = r->blind ? EVENT_BLIND : EVENT_SEEING, .time_ns = watch_now(),
	});
}

/* Events */

/* What we do ourselves is not news. Whose namespace dies while we run is. */
static bool is_own(const struct run *r, const struct event *e)
{
	switch (e->kind) {
	case EVENT_FORK:
		return e->parent == r->self;
	case EVENT_SWITCH:
	case EVENT_EXEC:
	case EVENT_EXIT:
	case EVENT_REAP:
		return e->tid == r->self;
	default:
		return false;
	}
}

static int tell(struct run *r, uint64_t before)
{
	size_t i, n = event_queue_sort(&r->queue, before);
	int status = STATUS_DONE;

	for (i = 0; i < n && !status; i++) {
		struct event *e = &r->queue.list[i];

		if (is_own(r, e))
			continue;
		e->seq = ++r->seq;
		r->told = true;
		status = r->w->event(r->w->arg, e);
	}
	event_queue_drop(&r->queue, i);
	return status;
}

static int settle(struct run *r)
{
	r->told = false;
	r->settled_at = watch_now();
	return r->w->settled(r->w->arg);
}

static int read_events(struct run *r)
{
	uint64_t before = watch_now();
	bool busy = false;
	int status;

	status = tracing_read(r->tracing, &r->queue, &busy, &before);
	if (!status)
		status = tell(r, before);
	r->read_at = busy ? 0 : watch_now();
	return status;
}

/* Wait for a signal, or for events where it is time for them. */
static int wait_for_more(struct run *r)
{
	uint64_t now = watch_now(), wait = WAIT_MAX;
	bool rest = now < r->read_at + READ_EVERY;
	struct timespec limit;

	if (rest)
		wait = r->read_at + READ_EVERY - now;
	else if (r->queue.n)
		wait = READ_EVERY;
	else if (r->told && now < r->settled_at + SETTLE_EVERY)
		wait = r->settled_at + SETTLE_EVERY - now;
	limit = (struct timespec){ .tv_nsec = (long)wait };
	if (ppoll(r->fds, rest ? 1 : 1 + tracing_cpus(r->tracing), &limit, NULL) < 0 &&
	    errno != EINTR)
		return fail(STATUS_FAILED, "cannot wait for events: %s", strerror(errno));
	return STATUS_DONE;
}

static int turn(struct run *r)
{
	int status = wait_for_more(r);
	uint64_t now;

	read_signals(r);
	/* What is left is read at the end. */
	if (status || r->ended)
		return status;
	now = watch_now();
	if (now >= r->read_at + READ_EVERY)
		status = read_events(r);
	if (!status && now >= r->asked_at + ASK_EVERY) {
		r->asked_at = now;
		status = look_again(r);
	}
	if (!status && now >= r->settled_at + (r->told ? SETTLE_EVERY : SETTLE_IDLE))
		status = settle(r);
	return status;
}

static int finish(struct run *r)
{
	int status = tracing_stop(r->tracing, &r->queue);

	if (!status)
		status = look_again(r);
	if (!status)
		status = tell(r, UINT64_MAX);
	return status ? status : settle(r);
}

static int run(struct run *r)
{
	const struct watch *w = r->w;
	int status;

	status = look_at_module(r);
	if (!status)
		status = tracing_open(&r->tracing, w->kinds, w->plain, w->buffer_kb);
	if (status)
		return status;
	r->fds = calloc(1 + tracing_cpus(r->tracing), sizeof(*r->fds));
	if (!r->fds)
		return out_of_memory();
	r->fds[0] = (struct pollfd){ .fd = r->signals, .events = POLLIN };
	tracing_poll(r->tracing, r->fds + 1);
	status = w->begin(w->arg, (uint32_t)r->pid);
	if (status)
		return status;
	let_go(r);
	r->asked_at = r->settled_at = watch_now();
	while (!status && !r->ended)
		status = turn(r);
	return status ? status : finish(r);
}

/* In mirrored order; the command, if it still runs, goes on without us. */
static void put_back(struct run *r)
{
	tracing_close(r->tracing);
	client_close(r->client);
	event_queue_free(&r->queue);
	free(r->fds);
	if (r->hold >= 0) {
		close(r->hold);
		/* It ends without having begun. */
		waitpid(r->pid, NULL, 0);
	}
	if (r->signals >= 0)
		close(r->signals);
	sigaction(SIGPIPE, &r->pipe_action, NULL);
	sigaction(SIGCHLD, &r->child_action, NULL);
	sigprocmask(SIG_SETMASK, &r->mask, NULL);
}

/* See watch.h. */
int watch_run(const struct watch *w)
{
	struct run r = {
		.w = w, .signals = -1, .hold = -1, .self = (uint32_t)getpid(),
	};
	int status = catch_signals(&r);

	if (!status)
		status = start_command(&r);
	ignore_pipe(&r);
	if (!status)
		status = run(&r);
	put_back(&r);
	return status ? status : r.result;
}
