/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_EVENTS_H
#define NSINSPECT_EVENTS_H

#include <linux/bits.h>
#include <linux/types.h>

#include "ns.h"

struct cred;
struct task_struct;

/* What can be enabled by itself: a tracepoint each. */
enum nsinspect_event {
	NSINSPECT_EVENT_SWITCH,
	NSINSPECT_EVENT_FORK,
	NSINSPECT_EVENT_FORK_SAME,
	NSINSPECT_EVENT_CREATE,
	NSINSPECT_EVENT_FREE,
	NSINSPECT_EVENTS
};

/**
 * struct nsinspect_ns_name - a namespace as events name it
 * @inum: inode number; 0: none
 * @id: ns_id; 0 where the kernel has none
 */
struct nsinspect_ns_name {
	u32 inum;
	u64 id;
};

/**
 * struct nsinspect_change - what an event tells of a task
 * @cause: the system call that made it
 * @task: the task that it is about
 * @generation: how many changes had begun when it was told
 * @uid: of @task, in the initial user namespace
 * @parent: the task that made @task; NULL for a task that lives already
 * @from: by slot, what was there before; of a new task: in @parent
 * @to: by slot, what is there now; both are 0 where nothing changed
 */
struct nsinspect_change {
	const char *cause;
	struct task_struct *task;
	u64 generation;
	u32 uid;
	struct task_struct *parent;
	struct nsinspect_ns_name from[NSINSPECT_SLOTS];
	struct nsinspect_ns_name to[NSINSPECT_SLOTS];
};

/* Long enough for each name of a type. */
#define NSINSPECT_TYPE_SIZE	8

/**
 * struct nsinspect_life - what an event tells of a namespace
 * @type: name of its type
 * @ns: the namespace
 * @owner: the user namespace that owns it
 * @parent: the one that it is nested in
 * @by: the task that did it; NULL when it was told later, in whatever ran then
 * @uid: of @by, in the initial user namespace
 * @generation: how many changes had begun when it was told
 */
struct nsinspect_life {
	const char *type;
	struct nsinspect_ns_name ns, owner, parent;
	struct task_struct *by;
	u32 uid;
	u64 generation;
};

/* Handlers of probes: see there for what each may rely on. */
void nsinspect_events_switch(const struct nsproxy *new);
void nsinspect_events_creds(const struct cred *new);
void nsinspect_events_exec(const struct nsproxy *nsproxy);
void nsinspect_events_fork(struct task_struct *child);
void nsinspect_events_create(struct ns_common *ns);
void nsinspect_events_free(struct ns_common *ns, bool at_once);

void nsinspect_events_init(void);

#endif /* NSINSPECT_EVENTS_H */
