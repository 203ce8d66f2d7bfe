// SPDX-License-Identifier: GPL-2.0
/*
 * Runs in a guest, as root, without the module: changes namespaces over and over
 * while nobody, the module alone, or somebody who listens takes note of it, and
 * prints how many times as long that takes as without the module.
 *
 * usage: events [MODULE]
 *
 * See times.h for how. The machine below a guest may be busy with something else,
 * which changes within a second. So loops are short, and the time of each is divided
 * by that of a loop that only counts, run just before and just after it. The result
 * is compared with the mean of two without the module, one taken before it and one
 * after it; how far these two differ is the noise of the run.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "times.h"

#define ROUNDS		7
#define REPEATS		31	/* in a round, of each loop */
#define PATIENCE_MS	60000	/* until a state is reached */
#define LOOKS_MS	1	/* between two looks whether it is */
#define CALLS		50	/* in a loop */
#define CLONES		10
#define COUNTS		100000	/* of the loop that only counts */

#define INSTANCES	"/sys/kernel/tracing/instances"
#define OWN		INSTANCES "/nsinspect-bench"
#define RECORDING	"/run/nsinspect-bench"
#define TRACE		"/run/nsinspect-bench.trace"

#define COUNT(array)	((int)(sizeof(array) / sizeof((array)[0])))

/* What takes time. */

static int uts[2];

static void unshare_uts(void)
{
	if (unshare(CLONE_NEWUTS))
		err(1, "unshare");
}

static void loop_unshare(void)
{
	int i;

	for (i = 0; i < CALLS; i++)
		unshare_uts();
}

static void loop_setns(void)
{
	int i;

	for (i = 0; i < CALLS; i++)
		if (setns(uts[i % 2], CLONE_NEWUTS))
			err(1, "setns");
}

static void loop_clone(void)
{
	int i;

	for (i = 0; i < CLONES; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (!pid) {
			unshare_uts();
			_exit(0);
		}
		if (waitpid(pid, NULL, 0) < 0)
			err(1, "waitpid");
	}
}

static const struct loop {
	const char *title;
	void (*run)(void);
	int calls;
} loops[] = {
	{ "unshare", loop_unshare, CALLS },
	{ "clone+unshare+exit", loop_clone, CLONES },
	{ "setns", loop_setns, CALLS },
};

#define LOOPS COUNT(loops)

/* In turns of the loop that only counts. */
struct sample {
	double cost[LOOPS];
};

/* Who takes note. */

static const char *module = "/mnt/nsinspect/nsinspect.ko";
static pid_t listener;

static void await(bool (*reached)(void), const char *what)
{
	const struct timespec pause = { .tv_nsec = LOOKS_MS * 1000000 };
	double end = now_ms() + PATIENCE_MS;

	while (!reached()) {
		if (listener && waitpid(listener, NULL, WNOHANG))
			errx(1, "%s: it has ended", what);
		if (now_ms() > end)
			errx(1, "%s: not after %d s", what, PATIENCE_MS / 1000);
		nanosleep(&pause, NULL);
	}
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(1, "%s", path);
	close(fd);
}

static void load(void)
{
	int fd = open(module, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		err(1, "%s", module);
	close(fd);
}

/* Refused while anything that listened is left. */
static void unload(void)
{
	if (syscall(SYS_delete_module, "nsinspect", O_NONBLOCK))
		err(1, "rmmod");
}

static void start(char *const argv[])
{
	listener = fork();
	if (listener < 0)
		err(1, "fork");
	if (listener)
		return;
	dup2(open("/dev/null", O_WRONLY), 1);
	execvp(argv[0], argv);
	err(127, "%s", argv[0]);
}

static void stop(void)
{
	int status;

	kill(listener, SIGINT);
	if (waitpid(listener, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
		errx(1, "what listened has ended with status %d", status);
	listener = 0;
}

static void one_event(void)
{
	load();
	if (mkdir(OWN, 0700))
		err(1, OWN);
	write_file(OWN "/events/nsinspect/ns_switch/enable", "1");
}

static void no_event(void)
{
	write_file(OWN "/events/nsinspect/ns_switch/enable", "0");
	if (rmdir(OWN))
		err(1, OWN);
	unload();
}

/* ns_free is the last of the four that monitor enables. */
static bool is_listening(void)
{
	char path[128], on = '0';
	int fd;

	snprintf(path, sizeof(path), INSTANCES "/nsinspect.%d/events/nsinspect/ns_free/enable",
		 listener);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	if (read(fd, &on, 1) < 0)
		on = '0';
	close(fd);
	return on == '1';
}

static void listen_to(void)
{
	load();
	start((char *[]){ "nsinspect", "monitor", "--json", NULL });
	await(is_listening, "nsinspect monitor");
}

/* It gets its name when the first picture is in it. */
static bool is_recording(void)
{
	return !access(RECORDING, F_OK);
}

static void record(void)
{
	load();
	unlink(RECORDING);
	start((char *[]){ "nsinspect", "record", "-o", RECORDING, NULL });
	await(is_recording, "nsinspect record");
}

static void stop_and_unload(void)
{
	stop();
	unload();
}

/* Once it has written what this does, which is not at once. */
static bool is_tracing(void)
{
	struct stat s;

	if (unshare(0))
		err(1, "unshare");
	return !stat(TRACE, &s) && s.st_size;
}

static void trace(void)
{
	unlink(TRACE);
	start((char *[]){ "perf", "trace", "-e", "unshare,setns,clone,clone3", "-a", "-o", TRACE,
			  NULL });
	await(is_tracing, "perf trace");
}

/* Each begins and ends without the module. */
static const struct state {
	const char *title;
	void (*enter)(void), (*leave)(void);
	const char *goals[LOOPS];
} states[] = {
	{
		"loaded, idle", load, unload,
		{ "goal: at most 1.01", "goal: at most 1.01", "goal: at most 1.01" },
	},
	{ "one event on", one_event, no_event, { "goal: at most 1.5" } },
	{ "monitor --json", listen_to, stop_and_unload, { [1] = "goal: at most 1.1" } },
	{ "record", record, stop_and_unload, { NULL } },
	{ "perf trace", trace, stop, { NULL } },
};

#define STATES COUNT(states)

/* The times */

static double time_count(void)
{
	double begun = now_ms();
	volatile int i;

	for (i = 0; i < COUNTS; i++)
		;
	return (now_ms() - begun) / COUNTS;
}

/* Where the scheduler would put who is born is not what is asked. */
static void stay_here(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "sched_setaffinity");
}

static void take_times(struct sample *s)
{
	static double costs[LOOPS][REPEATS];
	int i, l;

	for (i = 0; i < REPEATS; i++)
		for (l = 0; l < LOOPS; l++) {
			double before = time_count(), begun = now_ms(), ms;

			loops[l].run();
			ms = (now_ms() - begun) / loops[l].calls;
			costs[l][i] = 2 * ms / (before + time_count());
		}
	for (l = 0; l < LOOPS; l++)
		s->cost[l] = median(costs[l], REPEATS);
}

/* In a child: what it left behind goes with it. */
static struct sample take_sample(void)
{
	struct sample s;
	int channel[2];
	pid_t pid;

	if (pipe(channel))
		err(1, "pipe");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		stay_here();
		take_times(&s);
		if (write(channel[1], &s, sizeof(s)) != sizeof(s))
			err(1, "pipe");
		_exit(0);
	}
	close(channel[1]);
	if (read(channel[0], &s, sizeof(s)) != sizeof(s))
		errx(1, "a child has not told its times");
	close(channel[0]);
	if (waitpid(pid, NULL, 0) < 0)
		err(1, "waitpid");
	return s;
}

/* To the times without the module; noise: of one of these to the one before it. */
static double ratios[STATES][LOOPS][ROUNDS];
static double noise[LOOPS][STATES * ROUNDS];

static void take_round(int round)
{
	struct sample before = take_sample(), during, after;
	int s, l;

	for (s = 0; s < STATES; s++, before = after) {
		states[s].enter();
		during = take_sample();
		states[s].leave();
		after = take_sample();
		for (l = 0; l < LOOPS; l++) {
			double mean = (before.cost[l] + after.cost[l]) / 2;

			ratios[s][l][round] = during.cost[l] / mean;
			noise[l][s * ROUNDS + round] = after.cost[l] / before.cost[l];
		}
	}
}

static void print_goals(const struct state *state)
{
	bool any = false;
	int l;

	for (l = 0; l < LOOPS; l++)
		any = any || state->goals[l];
	if (!any)
		return;
	printf("%-16s", "");
	for (l = 0; l < LOOPS; l++)
		printf("  %-22s", state->goals[l] ?: "");
	putchar('\n');
}

static void print_table(void)
{
	int s, l;

	printf("%-16s", "");
	for (l = 0; l < LOOPS; l++)
		printf("  %-22s", loops[l].title);
	printf("\n%-16s", "absent, again");
	for (l = 0; l < LOOPS; l++)
		print_cell(noise[l], STATES * ROUNDS, "", "");
	putchar('\n');
	for (s = 0; s < STATES; s++) {
		printf("%-16s", states[s].title);
		for (l = 0; l < LOOPS; l++)
			print_cell(ratios[s][l], ROUNDS, "", "");
		putchar('\n');
		print_goals(&states[s]);
	}
}

static void open_uts(void)
{
	int i;

	/* The second one is ours alone. */
	for (i = 0; i < 2; i++) {
		uts[i] = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
		if (uts[i] < 0)
			err(1, "/proc/self/ns/uts");
		unshare_uts();
	}
}

int main(int argc, char **argv)
{
	int i;

	if (argc > 1)
		module = argv[1];
	open_uts();
	/* Not counted: caches are cold. */
	take_sample();
	for (i = 0; i < ROUNDS; i++) {
		fprintf(stderr, "bench: round %d of %d\n", i + 1, ROUNDS);
		take_round(i);
	}
	printf("How many times as long as with the module absent: median of %d rounds (least to most).\n\n",
	       ROUNDS);
	print_table();
	return 0;
}
