/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_WALK_H
#define NSINSPECT_WALK_H

#include "snapshot.h"

struct net;
struct nsinspect_target;
struct task_struct;

/**
 * struct nsinspect_walk_stats - what walks have done since the module was loaded
 * @walks: snapshots taken
 * @failed: given up: no memory, no such task, or the asker was killed
 * @inconsistent: taken while namespaces changed
 * @unknown: taken while changes were not seen
 * @tasks: tasks looked at in all
 * @steps: RCU sections in all
 * @last_ns: how long the last one took
 * @last_bytes: how much memory the last one took
 */
struct nsinspect_walk_stats {
	atomic64_t walks;
	atomic64_t failed;
	atomic64_t inconsistent;
	atomic64_t unknown;
	atomic64_t tasks;
	atomic64_t steps;
	atomic64_t last_ns;
	atomic64_t last_bytes;
};

/**
 * struct nsinspect_ask - what a snapshot is to have
 * @details: enum nsinspect_detail
 * @threads: a node for every thread, not only for leaders and for threads whose
 *	     namespaces differ from their leader's
 * @tgid: the process that asks, whose open files are its own
 * @target: the namespace whose holders are asked for, or NULL
 * @net: the network namespace that it asks from, which the caller keeps alive
 */
struct nsinspect_ask {
	u32 details;
	bool threads;
	pid_t tgid;
	struct nsinspect_target *target;
	struct net *net;
};

extern struct nsinspect_walk_stats nsinspect_walk_stats;

struct nsinspect_snapshot *nsinspect_walk_all(const struct nsinspect_ask *ask);
struct nsinspect_snapshot *nsinspect_walk_one(const struct nsinspect_ask *ask, pid_t tid,
					      bool with_compared);
int nsinspect_walk_held(int (*look)(struct task_struct *task, void *arg), void *arg);
bool nsinspect_caller_in_init_pid_ns(void);

#endif /* NSINSPECT_WALK_H */
