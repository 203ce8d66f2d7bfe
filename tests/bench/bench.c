// SPDX-License-Identifier: GPL-2.0
/*
 * Runs in a guest, as root, with bare.ko loaded: makes more and more tasks and
 * times, at each size, those who can tell their namespaces. Prints ratios.
 *
 * usage: bench [--namespaces] [TASKS...]
 *
 * --namespaces: each task is in a user and a network namespace of its own, and
 * what is asked about namespaces is timed.
 *
 * See times.h for how. What is short is timed several times in a round, in turn
 * with the others, and the median of these counts.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include <linux/nsinspect.h>

#include "times.h"

#define ROUNDS		7
#define REPEATS		5	/* in a round, of what is short */
#define SHORT_MS	500
#define SIZES_MAX	8
#define PATIENCE_MS	120000	/* with one run of one command */
#define UNSHARE_EVERY	100	/* tasks, one is in namespaces of its own */
#define NEVER		(-1.0)

/* What each round times, in this order. */
enum what {
	BARE, QUICK, JSON, WALK, DUMP, TABLE, TREE, TASK, VERSION, TRUE, PS, LSNS, OWNER, WHY, SCAN, WHATS
};

static bool namespaces;		/* --namespaces */
static pid_t last_task;

static const char *const commands[WHATS] = {
	[JSON] = "nsinspect --json",
	[TABLE] = "nsinspect",
	[TREE] = "nsinspect --tree",
	[TASK] = "nsinspect task 1",
	[VERSION] = "nsinspect --version",
	[TRUE] = "true",
	[PS] = "ps -eo pid,netns,pidns,mntns,utsns,ipcns,userns,cgroupns,timens",
	[LSNS] = "lsns",
	[OWNER] = "nsinspect --tree=owner",
	[WHY] = "nsinspect why %d/net",
	[SCAN] = "./scan",
};

/* What is timed with --namespaces, and without. */
static const bool timed[2][WHATS] = {
	[true] = {
		[JSON] = true, [WALK] = true, [TABLE] = true, [TREE] = true, [LSNS] = true,
		[OWNER] = true, [WHY] = true, [SCAN] = true,
	},
	[false] = {
		[BARE] = true, [QUICK] = true, [JSON] = true, [WALK] = true, [DUMP] = true,
		[TABLE] = true, [TREE] = true, [TASK] = true, [VERSION] = true, [TRUE] = true,
		[PS] = true, [LSNS] = true,
	},
};

/* Milliseconds. A command that takes very long is run only once. */
struct times {
	int tasks;
	double ms[WHATS][ROUNDS];
};

/* What is printed: how many times as long as @under @over takes. */
static const struct row {
	const char *title;
	enum what over, under;
} rows[] = {
	{ "lsns / nsinspect --json", LSNS, JSON },
	{ "ps / nsinspect --json", PS, JSON },
	{ "nsinspect --json / its walk", JSON, WALK },
	{ "walk / bare walk", WALK, BARE },
	{ "walk / quick bare walk", WALK, QUICK },
	{ "raw dump / nsinspect --json", DUMP, JSON },
	{ "nsinspect / nsinspect --json", TABLE, JSON },
	{ "nsinspect --tree / --json", TREE, JSON },
	{ "nsinspect task 1 / true", TASK, TRUE },
	{ "nsinspect --version / true", VERSION, TRUE },
	{ "lsns / nsinspect", LSNS, TABLE },
	{ "nsinspect --tree=owner / --json", OWNER, JSON },
	{ "nsinspect why / --json", WHY, JSON },
	{ "scan of /proc / why", SCAN, WHY },
};

#define ROWS	(sizeof(rows) / sizeof(rows[0]))

static const struct goal {
	enum what over, under;
	int tasks;
	const char *text;
} goals[] = {
	{ LSNS, JSON, 1000, "goal: at least 100" },
	{ LSNS, JSON, 4000, "goal: at least 250" },
	{ LSNS, JSON, 16000, "goal: at least 1000" },
	{ JSON, WALK, 16000, "goal: at most 1.5" },
	{ WALK, BARE, 16000, "goal: at most 1.2" },
};

#define GOALS	(sizeof(goals) / sizeof(goals[0]))

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(1, "%s", path);
	close(fd);
}

/* Milliseconds from the number of nanoseconds that follows @key in a file. */
static double read_ns(const char *path, const char *key)
{
	char text[1024];
	const char *at;
	int fd, n;

	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n < 0)
		err(1, "%s", path);
	close(fd);
	text[n] = '\0';
	at = strstr(text, key);
	if (!at)
		errx(1, "%s has no %s", path, key);
	return strtod(at + strlen(key), NULL) / 1e6;
}

/* More tasks, until there are @target of ours; they die with us. */
static void make_tasks(int target)
{
	static int tasks;
	int ready[2];
	char byte;

	if (pipe(ready))
		err(1, "pipe");
	for (; tasks < target; tasks++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork of task %d", tasks);
		last_task = pid;
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (namespaces ? unshare(CLONE_NEWUSER | CLONE_NEWNET) :
				 tasks % UNSHARE_EVERY == 0 && unshare(CLONE_NEWUTS | CLONE_NEWIPC))
			err(1, "unshare");
		close(ready[0]);
		close(ready[1]);
		for (;;)
			pause();
	}
	/* All have closed their ends once the reader sees the end. */
	close(ready[1]);
	if (read(ready[0], &byte, 1) < 0)
		err(1, "pipe");
	close(ready[0]);
}

/* One run of a command, its output thrown away: milliseconds, or NEVER. */
static double run_once(char *const argv[])
{
	double begun = now_ms();
	int status, pidfd;
	struct pollfd p;
	pid_t pid;

	pid = vfork();
	if (pid < 0)
		err(1, "vfork");
	if (!pid) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	p = (struct pollfd){ .fd = pidfd, .events = POLLIN };
	if (poll(&p, 1, PATIENCE_MS) == 0)
		kill(pid, SIGKILL);
	close(pidfd);
	if (waitpid(pid, &status, 0) < 0)
		err(1, "waitpid");
	if (WIFSIGNALED(status))
		return NEVER;
	if (WEXITSTATUS(status))
		errx(1, "%s: exit status %d", argv[0], WEXITSTATUS(status));
	return now_ms() - begun;
}

static double time_command(const char *line)
{
	char copy[128], *argv[8], *word, *rest = NULL;
	int n = 0;

	/* One of them has a number of a task in it. */
	snprintf(copy, sizeof(copy), line, last_task);
	for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[n++] = word;
	argv[n] = NULL;
	return run_once(argv);
}

/* A whole dump, received and not decoded. */
static double time_dump(void)
{
	static struct nl_sock *sock;
	static int family;
	double begun;
	int error;

	if (!sock) {
		sock = nl_socket_alloc();
		if (!sock || genl_connect(sock))
			errx(1, "cannot connect");
		nl_socket_set_msg_buf_size(sock, 65536);
		nl_socket_disable_seq_check(sock);
		family = genl_ctrl_resolve(sock, NSINSPECT_FAMILY_NAME);
		if (family < 0)
			errx(1, "the module is not loaded");
	}
	begun = now_ms();
	error = genl_send_simple(sock, family, NSINSPECT_CMD_GRAPH_GET, NSINSPECT_FAMILY_VERSION,
				 NLM_F_DUMP);
	if (error >= 0)
		error = nl_recvmsgs_default(sock);
	if (error < 0)
		errx(1, "dump: %s", nl_geterror(error));
	return now_ms() - begun;
}

static double time_what(enum what what)
{
	switch (what) {
	case BARE:
		return read_ns("/sys/kernel/debug/nsinspect_bare", "");
	case QUICK:
		return read_ns("/sys/kernel/debug/nsinspect_bare_quick", "");
	case WALK:
		/* The one for the JSON just before. */
		return read_ns("/sys/kernel/debug/nsinspect/stats", "last_ns");
	case DUMP:
		return time_dump();
	default:
		return time_command(commands[what]);
	}
}

/* Whether so long a command is not run in every round. */
static bool is_slow(double ms)
{
	return ms == NEVER || ms > PATIENCE_MS / ROUNDS;
}

static void take_round(struct times *t, int round)
{
	double ms[WHATS][REPEATS];
	int n[WHATS] = { 0 }, i;
	enum what w;

	for (i = 0; i < REPEATS; i++)
		for (w = 0; w < WHATS; w++)
			if (timed[namespaces][w] && !is_slow(t->ms[w][0]) && (!i || t->ms[w][0] < SHORT_MS))
				ms[w][n[w]++] = time_what(w);
	for (w = 0; w < WHATS; w++)
		t->ms[w][round] = n[w] ? median(ms[w], n[w]) : t->ms[w][0];
}

static void take_times(struct times *t)
{
	enum what w;
	int i;

	/* Not counted, except for what is slow: caches are cold. */
	for (w = 0; w < WHATS; w++)
		if (timed[namespaces][w])
			t->ms[w][0] = time_what(w);
	/* From the last to the first, whose times say what is slow. */
	for (i = ROUNDS; i--;)
		take_round(t, i);
}

static void print_ratio(const struct times *t, enum what over, enum what under)
{
	bool never = t->ms[over][0] == NEVER;
	double ratios[ROUNDS];
	int i;

	for (i = 0; i < ROUNDS; i++)
		ratios[i] = (never ? PATIENCE_MS : t->ms[over][i]) / t->ms[under][i];
	print_cell(ratios, ROUNDS, never ? ">" : "", is_slow(t->ms[over][0]) ? "*" : "");
}

static const char *goal_of(const struct row *row, int tasks)
{
	size_t i;

	for (i = 0; i < GOALS; i++)
		if (goals[i].over == row->over && goals[i].under == row->under &&
		    goals[i].tasks == tasks && !namespaces)
			return goals[i].text;
	return NULL;
}

static void print_goals(const struct times *all, int n, const struct row *row)
{
	bool any = false;
	int i;

	for (i = 0; i < n; i++)
		any = any || goal_of(row, all[i].tasks);
	if (!any)
		return;
	printf("%-28s", "");
	for (i = 0; i < n; i++)
		printf("  %-22s", goal_of(row, all[i].tasks) ?: "");
	putchar('\n');
}

static void print_growth(const struct times *few, const struct times *many)
{
	static const enum what whats[] = { BARE, WALK, DUMP, JSON, TABLE, TREE, OWNER, WHY, TASK, SCAN };
	static const char *const titles[WHATS] = {
		[BARE] = "bare walk", [WALK] = "walk", [DUMP] = "raw dump",
		[WHY] = "nsinspect why", [SCAN] = "scan of /proc",
	};
	double ratio;
	size_t i;

	printf("\n%d times as many tasks take how many times as long:\n",
	       many->tasks / few->tasks);
	for (i = 0; i < sizeof(whats) / sizeof(whats[0]); i++) {
		if (!timed[namespaces][whats[i]])
			continue;
		ratio = median(many->ms[whats[i]], ROUNDS) / median(few->ms[whats[i]], ROUNDS);
		printf("%-28s  %.*f\n", titles[whats[i]] ?: commands[whats[i]], digits(ratio),
		       ratio);
	}
}

int main(int argc, char **argv)
{
	static const int usual[] = { 1000, 4000, 16000, 32000 };
	static struct times all[SIZES_MAX];
	int n = 0, i;
	size_t row;

	namespaces = argc > 1 && !strcmp(argv[1], "--namespaces");
	for (i = 1 + namespaces; i < argc && n < SIZES_MAX; i++)
		all[n++].tasks = atoi(argv[i]);
	/* A thousand network namespaces take seconds to make, and as many megabytes. */
	for (i = 0; !n && i < (namespaces ? 2 : 4); i++)
		all[i].tasks = usual[i];
	n = n ?: i;

	write_file("/proc/sys/kernel/pid_max", "100000");
	write_file("/proc/sys/kernel/threads-max", "100000");
	for (i = 0; i < n; i++) {
		fprintf(stderr, "bench: %d tasks\n", all[i].tasks);
		make_tasks(all[i].tasks);
		take_times(&all[i]);
	}

	printf("How many times as long: median of %d rounds (least to most).\n"
	       "*: run once, because it takes more than %d s; >: not done after %d s.\n\n%-28s",
	       ROUNDS, PATIENCE_MS / ROUNDS / 1000, PATIENCE_MS / 1000, "");
	for (i = 0; i < n; i++)
		printf("  %6d tasks%10s", all[i].tasks, "");
	putchar('\n');
	for (row = 0; row < ROWS; row++) {
		if (!timed[namespaces][rows[row].over] || !timed[namespaces][rows[row].under])
			continue;
		printf("%-28s", rows[row].title);
		for (i = 0; i < n; i++)
			print_ratio(&all[i], rows[row].over, rows[row].under);
		putchar('\n');
		print_goals(all, n, &rows[row]);
	}
	if (n > 1)
		print_growth(&all[0], &all[n - 1]);
	return 0;
}
