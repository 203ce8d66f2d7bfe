// SPDX-License-Identifier: GPL-2.0
/*
 * Runs in a guest, as root: makes more and more tasks and times, at each size,
 * those who can tell their namespaces. Prints medians, and ratios between them.
 *
 * usage: bench [TASKS...]
 *
 * Only ratios within one run mean anything: guests are emulated.
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
#include <time.h>
#include <unistd.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include <linux/nsinspect.h>

#define RUNS		5
#define PATIENCE_MS	120000	/* with one run of one command */
#define UNSHARE_EVERY	100	/* tasks, one is in namespaces of its own */
#define NEVER		(-1.0)

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int n)
{
	qsort(values, n, sizeof(*values), by_size);
	return values[n / 2];
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(1, "%s", path);
	close(fd);
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
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (tasks % UNSHARE_EVERY == 0 && unshare(CLONE_NEWUTS | CLONE_NEWIPC))
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
	double values[RUNS];
	int i, n = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[n++] = word;
	argv[n] = NULL;

	/* The first is not counted, and tells whether it is worth waiting. */
	values[0] = run_once(argv);
	if (values[0] == NEVER || values[0] > PATIENCE_MS / RUNS)
		return values[0];
	for (i = 0; i < RUNS; i++)
		values[i] = run_once(argv);
	return median(values, RUNS);
}

static int keep_walk_ns(struct nl_msg *msg, void *arg)
{
	struct nlattr *nest = nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN,
					      NSINSPECT_A_GRAPH_SNAPSHOT);
	struct nlattr *walk_ns = nest ? nla_find(nla_data(nest), nla_len(nest),
						 NSINSPECT_A_SNAPSHOT_WALK_NS) : NULL;

	if (walk_ns)
		*(double *)arg = nla_get_u64(walk_ns) / 1e6;
	return NL_OK;
}

/* A whole dump, received and not decoded; and what the walk for it took. */
static void time_dump(double *dump_ms, double *walk_ms)
{
	struct nl_sock *sock = nl_socket_alloc();
	double dumps[RUNS], walks[RUNS];
	int family, i, error;

	if (!sock || genl_connect(sock))
		errx(1, "cannot connect");
	nl_socket_set_msg_buf_size(sock, 65536);
	family = genl_ctrl_resolve(sock, NSINSPECT_FAMILY_NAME);
	if (family < 0)
		errx(1, "the module is not loaded");
	nl_socket_disable_seq_check(sock);
	for (i = -1; i < RUNS; i++) {
		int at = i < 0 ? 0 : i;
		double begun = now_ms();

		nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, keep_walk_ns, &walks[at]);
		error = genl_send_simple(sock, family, NSINSPECT_CMD_GRAPH_GET,
					 NSINSPECT_FAMILY_VERSION, NLM_F_DUMP);
		if (error >= 0)
			error = nl_recvmsgs_default(sock);
		if (error < 0)
			errx(1, "dump: %s", nl_geterror(error));
		dumps[at] = now_ms() - begun;
	}
	nl_socket_free(sock);
	*dump_ms = median(dumps, RUNS);
	*walk_ms = median(walks, RUNS);
}

enum column { LSNS, TABLE, TREE, JSON, TASK, DUMP, WALK, COLUMNS };

static const struct {
	const char *title;
	const char *command;
} columns[COLUMNS] = {
	[LSNS] = { "lsns", "lsns" },
	[TABLE] = { "nsinspect", "nsinspect" },
	[TREE] = { "--tree", "nsinspect --tree" },
	[JSON] = { "--json", "nsinspect --json" },
	[TASK] = { "task 1", "nsinspect task 1" },
	[DUMP] = { "raw dump", NULL },
	[WALK] = { "walk", NULL },
};

static void print_ms(double ms)
{
	if (ms == NEVER)
		printf(" %10s", ">120000");
	else
		printf(" %10.*f", ms < 10 ? 2 : ms < 100 ? 1 : 0, ms);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const int usual[] = { 1000, 4000, 16000, 32000 };
	int sizes[16], n = 0, i, c;
	double ms[16][COLUMNS];

	for (i = 1; i < argc && n < 16; i++)
		sizes[n++] = atoi(argv[i]);
	for (i = 0; !n && i < 4; i++)
		sizes[i] = usual[i];
	n = n ? n : 4;

	write_file("/proc/sys/kernel/pid_max", "100000");
	write_file("/proc/sys/kernel/threads-max", "100000");

	printf("Medians of %d runs, milliseconds; walk is the module's own time.\n\n%8s", RUNS,
	       "tasks");
	for (c = 0; c < COLUMNS; c++)
		printf(" %10s", columns[c].title);
	printf(" %12s\n", "walk us/task");

	for (i = 0; i < n; i++) {
		make_tasks(sizes[i]);
		printf("%8d", sizes[i]);
		time_dump(&ms[i][DUMP], &ms[i][WALK]);
		for (c = 0; c < COLUMNS; c++) {
			if (columns[c].command)
				ms[i][c] = time_command(columns[c].command);
			print_ms(ms[i][c]);
		}
		printf(" %12.2f\n", ms[i][WALK] * 1e3 / sizes[i]);
	}

	printf("\nHow many times as long as nsinspect --json lsns takes:\n");
	for (i = 0; i < n; i++)
		if (ms[i][LSNS] != NEVER)
			printf("%8d tasks: %.0f\n", sizes[i], ms[i][LSNS] / ms[i][JSON]);
		else
			printf("%8d tasks: more than %.0f\n", sizes[i], PATIENCE_MS / ms[i][JSON]);
	printf("\nFrom %d to %d tasks, for each task:\n", sizes[0], sizes[n - 1]);
	for (c = TABLE; c < COLUMNS; c++)
		if (c != TASK)
			printf("%12s: %.2f\n", columns[c].title,
			       ms[n - 1][c] / sizes[n - 1] / (ms[0][c] / sizes[0]));
	printf("and for the whole command:\n%12s: %.2f\n", columns[TASK].title,
	       ms[n - 1][TASK] / ms[0][TASK]);
	return 0;
}
