// SPDX-License-Identifier: GPL-2.0
/*
 * A storm: many processes that clone, unshare and setns at random, and then wait.
 *
 * usage: storm COUNT SECONDS
 *
 * Prints a line when all of them wait, and ends them when standard input ends. What
 * is random is the same in every run; which of them meet is not.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* Network namespaces take a hundred times as long as others: few of them. */
#define NET_EVERY	64

static const int flags[] = {
	CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWCGROUP, CLONE_NEWTIME,
	CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID, CLONE_NEWUSER,
};

static const char *const names[] = { "uts", "ipc", "mnt", "net", "cgroup", "pid" };

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static uint64_t state;

static unsigned int random_below(unsigned int limit)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(state >> 33) % limit;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int random_flags(void)
{
	return random_below(NET_EVERY) ? flags[random_below(LENGTH(flags) - 1)] : CLONE_NEWNET;
}

/* Where another one of us is, if it is still there. */
static void join(pid_t first, unsigned int count)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)first + (int)random_below(count),
		 names[random_below(LENGTH(names))]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	/* It may not be allowed, or no longer there: then nothing has happened. */
	if (setns(fd, 0))
		state++;
	close(fd);
}

/* A child of a child, which is in what was unshared for children. */
static void bear(void)
{
	pid_t pid = fork();

	if (!pid) {
		if (random_below(2) && unshare(flags[random_below(LENGTH(flags))]))
			_exit(1);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void live(pid_t first, unsigned int count, double end)
{
	while (now() < end) {
		switch (random_below(4)) {
		case 0:
			if (unshare(random_flags()))
				state++;
			break;
		case 1:
			join(first, count);
			break;
		default:
			bear();
			break;
		}
	}
}

int main(int argc, char **argv)
{
	unsigned int i, count = argc == 3 ? (unsigned int)atoi(argv[1]) : 0;
	double seconds = argc == 3 ? atof(argv[2]) : 0;
	int begin[2], done[2], alive[2];
	pid_t first = 0;
	char byte;

	if (!count) {
		fputs("usage: storm COUNT SECONDS\n", stderr);
		return 2;
	}
	if (pipe(begin) || pipe(done) || pipe(alive)) {
		perror("storm: pipe");
		return 1;
	}
	for (i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("storm: fork");
			return 1;
		}
		if (!pid) {
			close(alive[1]);
			close(begin[1]);
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			state = i + 1;
			/* Not before all are there: those who began would keep the others from it. */
			if (read(begin[0], &byte, 1))
				_exit(1);
			live(first ? first : getpid(), count, now() + seconds);
			if (write(done[1], "", 1) != 1)
				_exit(1);
			_exit(read(alive[0], &byte, 1) != 0);
		}
		if (!first)
			first = pid;
	}
	close(begin[1]);
	close(done[1]);
	/* One that died says nothing: its end of the pipe is closed with those of all. */
	for (i = 0; i < count; i++)
		if (read(done[0], &byte, 1) != 1)
			return 1;
	puts("calm");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	close(alive[1]);
	while (wait(NULL) > 0)
		;
	return 0;
}
