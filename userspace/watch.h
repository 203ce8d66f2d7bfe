/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Watching: from the first event to the last, with a command of our own or
 * until a signal, and nothing left behind on any way out.
 */
#ifndef NSINSPECT_WATCH_H
#define NSINSPECT_WATCH_H

#include "event.h"

struct watch {
	uint32_t kinds;			/* 1 << enum event_kind: what the kernel is to tell */
	bool plain;			/* forks without a changed slot, too */
	uint32_t buffer_kb;		/* ring buffer of each CPU; 0: as the kernel has it */
	char **command;			/* run and watched until it ends; NULL: until a signal */

	/*
	 * Once, when events are being kept, and before the command's first instruction.
	 * @pid: the command's process, 0 without one. Not NULL.
	 */
	int (*begin)(void *arg, uint32_t pid);
	/* Each event, in the order of time, and lost, blind and seeing among them. Not NULL. */
	int (*event)(void *arg, const struct event *e);
	/*
	 * All that has happened until now was told: write it out, draw it. At most ten
	 * times a second, and once a second when nothing happens. Not NULL.
	 */
	int (*settled)(void *arg);
	void *arg;
};

/*
 * Each of them returns a status of output.h; other than STATUS_DONE ends it.
 * Return: that status; that of the command, as a shell has it (128 + signal);
 * else STATUS_DONE.
 */
int watch_run(const struct watch *w);

/* CLOCK_MONOTONIC now, the clock of events. */
uint64_t watch_now(void);

#endif
