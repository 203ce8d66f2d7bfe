/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One change, as the kernel told it: see Documentation/events.rst for what each
 * kind means. What a kind does not have is 0 or empty.
 */
#ifndef NSINSPECT_EVENT_H
#define NSINSPECT_EVENT_H

#include "graph.h"
#include "json_writer.h"

/* In the order in which help and --stats list them. */
enum event_kind {
	EVENT_SWITCH,			/* nsinspect:ns_switch */
	EVENT_FORK,			/* nsinspect:ns_fork, and nsinspect:ns_fork_same */
	EVENT_CREATE,			/* nsinspect:ns_create */
	EVENT_FREE,			/* nsinspect:ns_free */
	EVENT_EXEC,			/* sched:sched_process_exec */
	EVENT_EXIT,			/* sched:sched_process_exit: it is a zombie now */
	EVENT_REAP,			/* sched:sched_process_free: its numbers are free again */
	EVENT_LOST,			/* the ring buffer of one CPU was full */
	EVENT_BLIND,			/* probes were switched off: nothing is told from here on */
	EVENT_SEEING,			/* they were switched on again */
	EVENT_KINDS
};

/* A namespace in an event; inum 0: none. */
struct event_ns {
	uint32_t inum;
	uint64_t id;			/* 0: this kernel has none */
};

/* MAX_PID_NS_LEVEL of the kernel, and level 0. */
#define EVENT_LEVELS_MAX 33

struct event {
	enum event_kind kind;
	uint64_t seq;			/* counts what one run tells, from 1 */
	uint64_t time_ns;		/* CLOCK_MONOTONIC */
	uint32_t cpu;

	/* The task that it is about: of create and free the one that did it; 0: not known. */
	uint32_t tid, tgid;		/* tgid 0: not known (exec, exit and reap do not say it) */
	uint32_t uid;
	char comm[16];
	char cause[12];			/* of switch and fork: system call, or "kernel" */
	uint64_t generation;

	/* switch, fork: what changed; both inums 0: it did not. Of fork, from is the parent's. */
	struct {
		struct event_ns from, to;
	} slots[SLOTS];

	/* fork */
	uint32_t ppid;			/* thread group of its parent */
	uint32_t parent;		/* tid of who called fork or clone */
	bool same;			/* a plain fork: no slot differs from its parent's */
	uint32_t n_upids;
	struct {
		uint32_t nr, pidns;
	} upids[EVENT_LEVELS_MAX];	/* by level */

	/* create, free */
	enum nsinspect_ns_type type;
	struct event_ns ns, owner, parent_ns;

	/* exec: the number that it had before; differs where a thread took over its leader's */
	uint32_t old_tid;

	/* or with this as its CPU: how many changes the kernel's probes passed over */
#define EVENT_CPU_NONE UINT32_MAX
	uint64_t lost;			/* of lost: how many events of this CPU; 0: not known how many */
};

/* What each kind is called in JSON and on the command line. */
struct event_info {
	const char *name;
	bool asked;			/* --event takes it; the others are told in any case */
};

extern const struct event_info event_kinds[EVENT_KINDS];

/* A tracepoint, and what it tells. */
struct event_source {
	const char *system, *name;
	enum event_kind kind;
	bool plain;			/* forks that change no slot */
};

#define EVENT_SOURCES 8

extern const struct event_source event_sources[EVENT_SOURCES];

int event_kind_parse(const char *name, size_t len);
bool event_has_change(const struct event *e, enum slot slot);
void event_json(struct json *j, const struct event *e);

#endif
