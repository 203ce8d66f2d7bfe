// SPDX-License-Identifier: GPL-2.0
/*
 * From tasks to a snapshot: the only file that dereferences task_struct and
 * struct pid, and that locks what keeps an nsproxy alive.
 *
 * All tasks are found by rising number in the initial pid namespace's idr,
 * a bounded number in each RCU section, with cond_resched() in between. What
 * is needed of a task is copied at once; nothing of it is kept. Contexts:
 *
 * - struct pid, task_struct and struct cred stay in memory within the RCU
 *   section that found them; struct pid keeps the pid namespaces of all its
 *   levels, struct cred its user namespace.
 * - task_struct::nsproxy is stable under task_lock() and NULL once the task is
 *   exiting; an nsproxy keeps the namespaces of its slots.
 * - A namespace keeps its parent and its owner.
 *
 * Nothing is allocated in an RCU section: a step that uses up what was reserved
 * stops, and is gone on with after the next reservation. Adding is idempotent
 * up to the point where the task itself is added, which is last.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/ktime.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/timekeeping.h>

#include "compat.h"
#include "generation.h"
#include "snapshot.h"
#include "walk.h"

struct nsinspect_walk_stats nsinspect_walk_stats;

struct walk {
	struct nsinspect_builder builder;
	struct nsinspect_snapshot *snapshot;
	u64 generation;
	bool threads;
	bool tasks;
};

/* @ns is alive. The node that was made from it, or NSINSPECT_NONE. */
static u32 find_ns(const struct walk *walk, const struct ns_common *ns)
{
	u32 cursor = NSINSPECT_NONE;
	u32 i;

	do {
		i = nsinspect_index_next(&walk->builder.ns_index, ns, &cursor);
	} while (i != NSINSPECT_NONE &&
		 nsinspect_snapshot_ns(walk->snapshot, i)->inum != READ_ONCE(ns->inum));
	return i;
}

/* The swapper never leaves the namespaces that the system is started in. */
static bool is_initial(struct ns_common *ns, u8 type)
{
	unsigned int i;

	switch (type) {
	case NSINSPECT_NS_TYPE_PID:
		return ns == &init_pid_ns.ns;
	case NSINSPECT_NS_TYPE_USER:
		return ns == &init_user_ns.ns;
	}
	for (i = 0; i < NSINSPECT_SLOTS; i++)
		if (nsinspect_slots[i].type == type)
			return ns == nsinspect_slots[i].of(init_task.nsproxy);
	return false;
}

/* @ns is alive and its parent and owner are in the snapshot. */
static int add_ns(struct walk *walk, struct ns_common *ns, u8 type)
{
	struct nsinspect_vec *vec = &walk->snapshot->namespaces;
	struct ns_common *parent = nsinspect_ns_parent(ns, type);
	struct ns_common *owner = nsinspect_ns_owner(ns);
	struct nsinspect_ns *node = nsinspect_snapshot_add(vec, sizeof(*node));

	if (!node)
		return -ENOSPC;
	*node = (struct nsinspect_ns){
		.id = nsinspect_ns_id(ns),
		.inum = READ_ONCE(ns->inum),
		.owner = owner ? find_ns(walk, owner) : NSINSPECT_NONE,
		.parent = parent ? find_ns(walk, parent) : NSINSPECT_NONE,
		.refs = nsinspect_ns_refs(ns),
		.level = nsinspect_ns_level(ns, type),
		.type = type,
		.initial = is_initial(ns, type),
		.active = nsinspect_ns_active(ns),
	};
	nsinspect_index_add(&walk->builder.ns_index, ns, vec->count - 1);
	return 0;
}

/*
 * @ns is alive. Makes sure that it is in the snapshot with all its ancestors
 * and owners, the outermost first, so that a node is complete once it is there.
 */
static int intern_ns(struct walk *walk, struct ns_common *ns, u8 type, u32 *node)
{
	int err;

	while ((*node = find_ns(walk, ns)) == NSINSPECT_NONE) {
		struct ns_common *outer = ns;
		u8 outer_type = type;

		for (;;) {
			struct ns_common *parent = nsinspect_ns_parent(outer, outer_type);
			struct ns_common *owner = nsinspect_ns_owner(outer);

			if (parent && find_ns(walk, parent) == NSINSPECT_NONE) {
				outer = parent;
			} else if (owner && find_ns(walk, owner) == NSINSPECT_NONE) {
				outer = owner;
				outer_type = NSINSPECT_NS_TYPE_USER;
			} else {
				break;
			}
		}
		err = add_ns(walk, outer, outer_type);
		if (err)
			return err;
	}
	return 0;
}

/* Holds task_lock(). Whether @node still is what it was made from. */
static bool same_nsproxy(const struct walk *walk, u32 node, const struct nsproxy *nsproxy)
{
	const struct nsinspect_nsproxy *known = nsinspect_snapshot_nsproxy(walk->snapshot, node);
	unsigned int slot;

	/* An nsproxy never changes; for another to take its place one has to be born. */
	if (nsinspect_generation() == walk->generation)
		return true;
	for (slot = 0; slot < NSINSPECT_SLOTS; slot++)
		if (known->ns[slot] != NSINSPECT_NONE &&
		    known->ns[slot] != find_ns(walk, nsinspect_slots[slot].of(nsproxy)))
			return false;
	return true;
}

/* Holds task_lock() of a task that has @nsproxy. */
static int intern_nsproxy(struct walk *walk, const struct nsproxy *nsproxy, u32 *node)
{
	struct nsinspect_vec *vec = &walk->snapshot->nsproxies;
	struct nsinspect_nsproxy fresh = {
		.refs = nsinspect_nsproxy_refs(nsproxy),
	};
	u32 cursor = NSINSPECT_NONE;
	struct nsinspect_nsproxy *added;
	unsigned int slot;
	int err;

	do {
		*node = nsinspect_index_next(&walk->builder.nsproxy_index, nsproxy, &cursor);
	} while (*node != NSINSPECT_NONE && !same_nsproxy(walk, *node, nsproxy));
	if (*node != NSINSPECT_NONE)
		return 0;

	for (slot = 0; slot < NSINSPECT_SLOTS; slot++) {
		const struct nsinspect_slot *row = &nsinspect_slots[slot];

		fresh.ns[slot] = NSINSPECT_NONE;
		if (!row->present || !row->of)
			continue;
		err = intern_ns(walk, row->of(nsproxy), row->type, &fresh.ns[slot]);
		if (err)
			return err;
	}
	added = nsinspect_snapshot_add(vec, sizeof(*added));
	if (!added)
		return -ENOSPC;
	*added = fresh;
	*node = vec->count - 1;
	nsinspect_index_add(&walk->builder.nsproxy_index, nsproxy, *node);
	return 0;
}

/* Under RCU. A thread that its leader does not speak for. */
static bool differs_from_leader(struct task_struct *task, const struct nsproxy *nsproxy,
				const struct user_namespace *user_ns)
{
	struct task_struct *leader = task->group_leader;

	return (nsproxy && nsproxy != READ_ONCE(leader->nsproxy)) ||
	       user_ns != __task_cred(leader)->user_ns;
}

/*
 * Under RCU, which keeps @pid and @task. Adds the task and all that it points
 * to, or returns -ENOSPC when more has to be reserved first.
 */
static int add_task(struct walk *walk, struct pid *pid, struct task_struct *task)
{
	struct nsinspect_snapshot *snapshot = walk->snapshot;
	const struct cred *cred = __task_cred(task);
	bool leader = thread_group_leader(task);
	struct nsinspect_task node = {
		.tid = pid->numbers[0].nr,
		.tgid = task->tgid,
		.ppid = rcu_dereference(task->real_parent)->tgid,
		.uid = from_kuid(&init_user_ns, cred->uid),
		.nsproxy = NSINSPECT_NONE,
		.user = NSINSPECT_NONE,
		.pid = NSINSPECT_NONE,
		.nrs = snapshot->nrs.count,
		.level = pid->level,
		.state = task_state_to_char(task),
		.kthread = task->flags & PF_KTHREAD,
	};
	const struct nsproxy *nsproxy;
	struct nsinspect_task *added;
	unsigned int level;
	int err = 0;

	if (nsinspect_slots[NSINSPECT_SLOT_USER].present)
		err = intern_ns(walk, &cred->user_ns->ns, NSINSPECT_NS_TYPE_USER, &node.user);
	if (!err && nsinspect_slots[NSINSPECT_SLOT_PID].present)
		err = intern_ns(walk, &pid->numbers[pid->level].ns->ns, NSINSPECT_NS_TYPE_PID,
				&node.pid);
	if (err)
		return err;

	task_lock(task);
	nsproxy = task->nsproxy;
	if (nsproxy)
		err = intern_nsproxy(walk, nsproxy, &node.nsproxy);
	memcpy(node.comm, task->comm, sizeof(node.comm));
	task_unlock(task);
	if (err)
		return err;
	node.comm[sizeof(node.comm) - 1] = '\0';

	if (walk->tasks &&
	    (walk->threads || leader || differs_from_leader(task, nsproxy, cred->user_ns))) {
		if (snapshot->nrs.room - snapshot->nrs.count < pid->level ||
		    snapshot->tasks.count == snapshot->tasks.room)
			return -ENOSPC;
		for (level = 1; level <= pid->level; level++)
			*(u32 *)nsinspect_snapshot_add(&snapshot->nrs, sizeof(u32)) =
				pid->numbers[level].nr;
		added = nsinspect_snapshot_add(&snapshot->tasks, sizeof(*added));
		*added = node;
	}

	/* Nothing fails from here on, so that no task is counted twice. */
	snapshot->walked++;
	if (node.nsproxy != NSINSPECT_NONE) {
		nsinspect_snapshot_nsproxy(snapshot, node.nsproxy)->tasks++;
		nsinspect_snapshot_nsproxy(snapshot, node.nsproxy)->procs += leader;
	}
	if (node.user != NSINSPECT_NONE) {
		nsinspect_snapshot_ns(snapshot, node.user)->tasks++;
		nsinspect_snapshot_ns(snapshot, node.user)->procs += leader;
	}
	if (node.pid != NSINSPECT_NONE) {
		nsinspect_snapshot_ns(snapshot, node.pid)->tasks++;
		nsinspect_snapshot_ns(snapshot, node.pid)->procs += leader;
	}
	return 0;
}

/*
 * One bounded step from number *@nr on. 0: there may be more, 1: that was all,
 * -ENOSPC: reserve and come again.
 */
static int step(struct walk *walk, int *nr)
{
	unsigned int i;
	int err = 0;

	rcu_read_lock();
	for (i = 0; !err && i < NSINSPECT_STEP_TASKS; i++) {
		struct pid *pid = idr_get_next(&init_pid_ns.idr, nr);
		struct task_struct *task;

		if (!pid) {
			err = 1;
			break;
		}
		/* A number may outlive its task as that of a group or session. */
		task = pid_task(pid, PIDTYPE_PID);
		if (task)
			err = add_task(walk, pid, task);
		if (!err)
			++*nr;
	}
	rcu_read_unlock();
	return err;
}

static int walk_all(struct walk *walk)
{
	/* Room for all numbers at once spares copies; a step is the least. */
	u32 tasks = READ_ONCE(init_pid_ns.pid_allocated) & ~PIDNS_ADDING;
	int nr = 1;
	int err;

	tasks = max_t(u32, tasks, NSINSPECT_STEP_TASKS);
	do {
		if (fatal_signal_pending(current))
			return -EINTR;
		err = nsinspect_snapshot_reserve(&walk->builder, walk->tasks ? tasks : 0);
		if (err)
			return err;
		tasks = NSINSPECT_STEP_TASKS;
		err = step(walk, &nr);
		atomic64_inc(&nsinspect_walk_stats.steps);
		cond_resched();
	} while (!err || err == -ENOSPC);
	return err < 0 ? err : 0;
}

static int walk_one(struct walk *walk, pid_t tid)
{
	struct task_struct *task;
	struct pid *pid;
	int err;

	do {
		err = nsinspect_snapshot_reserve(&walk->builder, 1);
		if (err)
			return err;
		rcu_read_lock();
		pid = find_pid_ns(tid, &init_pid_ns);
		task = pid_task(pid, PIDTYPE_PID);
		err = task ? add_task(walk, pid, task) : -ESRCH;
		rcu_read_unlock();
		atomic64_inc(&nsinspect_walk_stats.steps);
	} while (err == -ENOSPC);
	return err;
}

static struct nsinspect_snapshot *take(struct walk *walk, pid_t tid)
{
	struct nsinspect_snapshot *snapshot = nsinspect_snapshot_alloc(&walk->builder);
	u64 begun = ktime_get_ns();
	int err;

	if (IS_ERR(snapshot))
		return snapshot;
	walk->snapshot = snapshot;
	walk->generation = nsinspect_generation();
	snapshot->time_ns = ktime_get_real_ns();
	snapshot->whole = !tid;

	err = tid ? walk_one(walk, tid) : walk_all(walk);
	atomic64_add(snapshot->walked, &nsinspect_walk_stats.tasks);
	if (err) {
		atomic64_inc(&nsinspect_walk_stats.failed);
		nsinspect_builder_free(&walk->builder);
		nsinspect_snapshot_free(snapshot);
		return ERR_PTR(err);
	}
	nsinspect_snapshot_complete(&walk->builder);

	snapshot->generation = nsinspect_generation();
	snapshot->consistent = snapshot->generation == walk->generation;
	snapshot->walk_ns = ktime_get_ns() - begun;
	atomic64_inc(&nsinspect_walk_stats.walks);
	if (!snapshot->consistent)
		atomic64_inc(&nsinspect_walk_stats.inconsistent);
	atomic64_set(&nsinspect_walk_stats.last_ns, snapshot->walk_ns);
	atomic64_set(&nsinspect_walk_stats.last_bytes, nsinspect_snapshot_bytes(snapshot));
	return snapshot;
}

/**
 * nsinspect_walk_all() - take a snapshot of all tasks
 * @threads: a node for every thread, not only for leaders and for threads whose
 *	     namespaces differ from their leader's
 * @tasks: nodes for tasks at all
 *
 * All tasks and threads are looked at and counted in any case.
 *
 * Context: Process context, may sleep; no locks held. Interrupted by a fatal
 *	    signal to current.
 * Return: a snapshot to be freed by nsinspect_snapshot_free(), or an error
 *	   pointer: -ENOMEM, -EINTR.
 */
struct nsinspect_snapshot *nsinspect_walk_all(bool threads, bool tasks)
{
	struct walk walk = { .threads = threads, .tasks = tasks };

	return take(&walk, 0);
}

/**
 * nsinspect_walk_one() - take a snapshot of one task and what it points to
 * @tid: its number in the initial pid namespace, positive
 *
 * Costs the same however many tasks there are.
 *
 * Context: Process context, may sleep; no locks held.
 * Return: a snapshot to be freed by nsinspect_snapshot_free(), or an error
 *	   pointer: -ESRCH, -ENOMEM.
 */
struct nsinspect_snapshot *nsinspect_walk_one(pid_t tid)
{
	struct walk walk = { .threads = true, .tasks = true };

	return take(&walk, tid);
}

/**
 * nsinspect_caller_in_init_pid_ns() - half of the permission rule
 *
 * The other half, CAP_SYS_ADMIN in the initial user namespace, is asked
 * differently of a socket and of a file.
 *
 * Context: Process context, on behalf of the caller.
 * Return: whether current is in the initial pid namespace.
 */
bool nsinspect_caller_in_init_pid_ns(void)
{
	return task_active_pid_ns(current) == &init_pid_ns;
}
