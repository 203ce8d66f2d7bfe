// SPDX-License-Identifier: GPL-2.0
/*
 * From tasks to a snapshot: the file that finds tasks, and that knows what keeps
 * task_struct, struct pid and an nsproxy alive. What they lead to is added by
 * graph.c. Of a task, files.c has its open files.
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
 * stops, says what it wants, and is gone on with after the next reservation.
 * Adding is idempotent up to the point where the task itself is added, which is
 * last.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/ktime.h>
#include <linux/pid.h>
#include <linux/radix-tree.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/timekeeping.h>

#include "compat.h"
#include "counters.h"
#include "find.h"
#include "generation.h"
#include "graph.h"
#include "holders.h"
#include "hooks.h"
#include "snapshot.h"
#include "walk.h"

/* The most tasks that are looked at in one RCU section. */
#define STEP_TASKS	64

/* The most tasks that are held at a time. */
#define HELD_TASKS	16

struct nsinspect_walk_stats nsinspect_walk_stats;

/*
 * A namespace that was seen in the present RCU section. Each task's struct pid
 * and struct cred stay for all of that, and keep theirs: as long as it lasts, an
 * address is an identity, whatever changes meanwhile.
 */
struct seen {
	const struct ns_common *ns;
	struct nsinspect_ns *node;	/* nodes move only between sections */
	u32 i;
};

struct walk {
	struct nsinspect_builder builder;
	struct nsinspect_snapshot *snapshot;
	struct seen user;
	struct seen pid;
	bool threads;
	bool tasks;
};

/* The details that need more than tasks. */
#define FIND_DETAILS	(NSINSPECT_DETAIL_EVERY | NSINSPECT_DETAIL_LINKS | \
			 NSINSPECT_DETAIL_COUNTERS)

/*
 * Under RCU. The leader is the task that has the number of its thread group. An
 * exec by another thread changes who that is together with the numbers, but
 * what thread_group_leader() looks at a little later.
 */
static bool is_leader(const struct pid *pid, const struct task_struct *task)
{
	return pid->numbers[0].nr == task->tgid;
}

/* Under RCU. A thread that its leader does not speak for. */
static bool differs_from_leader(struct task_struct *task, const struct nsproxy *nsproxy,
				const struct user_namespace *user_ns)
{
	struct task_struct *leader = READ_ONCE(task->group_leader);

	return (nsproxy && nsproxy != READ_ONCE(leader->nsproxy)) ||
	       user_ns != __task_cred(leader)->user_ns;
}

/* Under RCU, at the beginning of a section: what was seen in the last one may be gone. */
static void forget_seen(struct walk *walk)
{
	walk->user = (struct seen){ .i = NSINSPECT_NONE };
	walk->pid = (struct seen){ .i = NSINSPECT_NONE };
}

/* Under RCU. Neighbours are mostly in the same namespaces. */
static int see(struct walk *walk, struct seen *seen, struct ns_common *ns, u8 type)
{
	int err;

	if (ns == seen->ns)
		return 0;
	walk->builder.way = NSINSPECT_FOUND_TASK;
	err = nsinspect_graph_add_ns(&walk->builder, ns, type, &seen->i);
	if (err)
		return err;
	seen->ns = ns;
	seen->node = nsinspect_snapshot_ns(walk->snapshot, seen->i);
	return 0;
}

/* Under RCU. What of @task is not a namespace. */
static void fill_task(struct nsinspect_task *node, const struct pid *pid, struct task_struct *task,
		      const struct cred *cred)
{
	node->tid = pid->numbers[0].nr;
	node->tgid = task->tgid;
	node->ppid = rcu_dereference(task->real_parent)->tgid;
	node->uid = __kuid_val(cred->uid);
	node->level = pid->level;
	node->state = task_state_to_char(task);
	node->kthread = task->flags & PF_KTHREAD;
}

/*
 * Under RCU, which keeps @pid and @task. Adds the task and all that it points
 * to, or returns -ENOSPC when more has to be reserved first.
 */
static int add_task(struct walk *walk, struct pid *pid, struct task_struct *task)
{
	struct nsinspect_builder *builder = &walk->builder;
	struct nsinspect_snapshot *snapshot = walk->snapshot;
	struct nsinspect_vec *nrs = &snapshot->vecs[NSINSPECT_KIND_NR];
	const struct cred *cred = __task_cred(task);
	bool leader = is_leader(pid, task);
	u32 proxy = NSINSPECT_NONE;
	struct nsinspect_task *node;
	const struct nsproxy *nsproxy;
	unsigned int level;
	int err = 0;

	if (nsinspect_slots[NSINSPECT_SLOT_USER].present)
		err = see(walk, &walk->user, &cred->user_ns->ns, NSINSPECT_NS_TYPE_USER);
	if (!err && nsinspect_slots[NSINSPECT_SLOT_PID].present)
		err = see(walk, &walk->pid, &pid->numbers[pid->level].ns->ns,
			  NSINSPECT_NS_TYPE_PID);
	if (!err)
		err = nsinspect_counters_add(builder, nsinspect_cred_ucounts(cred));
	if (err)
		return err;
	/* Asked for before it is known to be needed: the lock is not held then. */
	if (!nsinspect_snapshot_has_room(builder, NSINSPECT_KIND_TASK, 1) ||
	    !nsinspect_snapshot_has_room(builder, NSINSPECT_KIND_NR, pid->level))
		return -ENOSPC;
	node = nsinspect_snapshot_task(snapshot, snapshot->vecs[NSINSPECT_KIND_TASK].count);

	task_lock(task);
	nsproxy = task->nsproxy;
	if (nsproxy)
		err = nsinspect_graph_add_nsproxy(builder, nsproxy, &proxy);
	memcpy(node->comm, task->comm, sizeof(node->comm));
	task_unlock(task);
	if (err)
		return err;

	/* Nothing fails from here on, so that no task is counted twice. */
	snapshot->walked++;
	if (proxy != NSINSPECT_NONE) {
		nsinspect_snapshot_nsproxy(snapshot, proxy)->tasks++;
		nsinspect_snapshot_nsproxy(snapshot, proxy)->procs += leader;
	}
	if (walk->user.node) {
		walk->user.node->tasks++;
		walk->user.node->procs += leader;
	}
	if (walk->pid.node) {
		walk->pid.node->tasks++;
		walk->pid.node->procs += leader;
	}
	if (!walk->tasks || (!walk->threads && !leader &&
			     !differs_from_leader(task, nsproxy, cred->user_ns)))
		return 0;

	fill_task(node, pid, task, cred);
	node->comm[sizeof(node->comm) - 1] = '\0';
	node->nsproxy = proxy;
	node->user = walk->user.i;
	node->pid = walk->pid.i;
	node->nrs = nrs->count;
	for (level = 1; level <= pid->level; level++)
		((u32 *)nrs->data)[nrs->count++] = pid->numbers[level].nr;
	snapshot->vecs[NSINSPECT_KIND_TASK].count++;
	return 0;
}

/*
 * Under RCU, which keeps @pid. One without a task: it numbers a group or a session
 * that outlived its leader, and holds its pid namespace.
 */
static int add_pid(struct walk *walk, const struct pid *pid)
{
	u32 node;

	if (!nsinspect_slots[NSINSPECT_SLOT_PID].present)
		return 0;
	walk->builder.way = NSINSPECT_FOUND_PID;
	return nsinspect_graph_add_ns(&walk->builder, &pid->numbers[pid->level].ns->ns,
				      NSINSPECT_NS_TYPE_PID, &node);
}

/*
 * One bounded step from number *@nr on. 0: there may be more, 1: that was all,
 * -ENOSPC: reserve and come again.
 *
 * idr_get_next() would find its way from the root for each number; this only
 * does for every 64.
 */
static int step(struct walk *walk, int *nr)
{
	unsigned int left = STEP_TASKS;
	struct radix_tree_iter iter;
	void __rcu **slot;
	int err = 0;

	rcu_read_lock();
	forget_seen(walk);
	radix_tree_for_each_slot(slot, &init_pid_ns.idr.idr_rt, &iter, *nr) {
		struct pid *pid = radix_tree_deref_slot(slot);
		struct task_struct *task;

		if (radix_tree_deref_retry(pid)) {
			slot = radix_tree_iter_retry(&iter);
			continue;
		}
		*nr = iter.index;
		if (!left--)
			break;
		/* A number is taken before its pid is there, and may outlive its task. */
		task = pid ? pid_task(pid, PIDTYPE_PID) : NULL;
		if (task)
			err = add_task(walk, pid, task);
		else if (pid && (walk->builder.ask->details & FIND_DETAILS))
			err = add_pid(walk, pid);
		if (err)
			break;
		++*nr;
	}
	rcu_read_unlock();
	return err ?: !slot;
}

static int walk_all(struct walk *walk)
{
	int nr = 1;
	int err;

	/* Room for all tasks at once, and for some that are born meanwhile, spares copies. */
	if (walk->tasks)
		walk->builder.wanted[NSINSPECT_KIND_TASK] = STEP_TASKS +
			(READ_ONCE(init_pid_ns.pid_allocated) & ~PIDNS_ADDING);
	do {
		if (fatal_signal_pending(current))
			return -EINTR;
		err = nsinspect_snapshot_reserve(&walk->builder);
		if (err)
			return err;
		err = step(walk, &nr);
		atomic64_inc(&nsinspect_walk_stats.steps);
		nsinspect_hook_step(nr);
		cond_resched();
	} while (!err || err == -ENOSPC);
	return err < 0 ? err : 0;
}

/*
 * Under RCU. The task that @task is compared with: its leader, or its parent
 * when it is a leader itself.
 */
static struct task_struct *compared(const struct pid *pid, struct task_struct *task)
{
	if (is_leader(pid, task))
		return READ_ONCE(rcu_dereference(task->real_parent)->group_leader);
	return READ_ONCE(task->group_leader);
}

static int step_one(struct walk *walk, pid_t tid, bool with_compared)
{
	struct pid *pid = find_pid_ns(tid, &init_pid_ns);
	struct task_struct *task = pid_task(pid, PIDTYPE_PID);
	struct task_struct *other;
	int err;

	if (!task)
		return -ESRCH;
	err = add_task(walk, pid, task);
	if (err || !with_compared)
		return err;
	other = compared(pid, task);
	pid = READ_ONCE(other->thread_pid);
	/*
	 * The swapper has no number, nor has a task that was released; and in the
	 * middle of an exec by a thread a task can be its own leader.
	 */
	if (other == task || !pid || !pid->numbers[0].nr)
		return 0;
	return add_task(walk, pid, other);
}

static int walk_one(struct walk *walk, pid_t tid, bool with_compared)
{
	int err;

	do {
		err = nsinspect_snapshot_reserve(&walk->builder);
		if (err)
			return err;
		/* Both are of one moment, and nothing of an earlier one stays. */
		nsinspect_snapshot_restart(&walk->builder);
		rcu_read_lock();
		forget_seen(walk);
		err = step_one(walk, tid, with_compared);
		rcu_read_unlock();
		atomic64_inc(&nsinspect_walk_stats.steps);
	} while (err == -ENOSPC);
	return err;
}

static void count_walk(const struct nsinspect_snapshot *snapshot)
{
	atomic64_inc(&nsinspect_walk_stats.walks);
	if (snapshot->watch != NSINSPECT_WATCH_ON)
		atomic64_inc(&nsinspect_walk_stats.unknown);
	else if (!snapshot->consistent)
		atomic64_inc(&nsinspect_walk_stats.inconsistent);
	atomic64_set(&nsinspect_walk_stats.last_ns, snapshot->walk_ns);
	atomic64_set(&nsinspect_walk_stats.last_bytes, snapshot->bytes);
}

/* All tasks, then what they do not lead to, where @ask wants that. */
static int look_at_all(struct walk *walk, const struct nsinspect_ask *ask)
{
	int err = walk_all(walk);

	if (!err && (ask->details & FIND_DETAILS))
		err = nsinspect_find_all(&walk->builder);
	if (!err && ask->target)
		err = nsinspect_holders_find(&walk->builder);
	return err;
}

static struct nsinspect_snapshot *take(struct walk *walk, const struct nsinspect_ask *ask,
				       pid_t tid, bool with_compared)
{
	struct nsinspect_snapshot *snapshot = nsinspect_snapshot_alloc(&walk->builder);
	bool quiet;
	u64 started;
	int err;

	if (IS_ERR(snapshot))
		return snapshot;
	nsinspect_generation_settle();
	started = ktime_get_ns();
	walk->snapshot = snapshot;
	walk->builder.ask = ask;
	snapshot->time_ns = ktime_get_real_ns();
	snapshot->boottime_ns = ktime_get_boottime_ns();
	snapshot->whole = !tid;

	walk->builder.births = nsinspect_generation_births();
	quiet = nsinspect_generation_open(snapshot);
	walk->builder.changed = !quiet;
	walk->builder.blind = !quiet;
	err = tid ? walk_one(walk, tid, with_compared) : look_at_all(walk, ask);
	nsinspect_generation_close(snapshot, quiet);
	atomic64_add(snapshot->walked, &nsinspect_walk_stats.tasks);
	if (!err)
		err = nsinspect_snapshot_complete(&walk->builder);
	nsinspect_builder_free(&walk->builder);
	if (err) {
		atomic64_inc(&nsinspect_walk_stats.failed);
		nsinspect_snapshot_free(snapshot);
		return ERR_PTR(err);
	}
	snapshot->walk_ns = ktime_get_ns() - started;
	count_walk(snapshot);
	return snapshot;
}

/**
 * nsinspect_walk_all() - take a snapshot of the whole system
 * @ask: what it is to have
 *
 * All tasks and threads are looked at and counted in any case.
 *
 * Context: Process context, may sleep; no locks held. Interrupted by a fatal
 *	    signal to current, once nsinspect_generation_settle() is over.
 * Return: a snapshot to be freed by nsinspect_snapshot_free(), or an error
 *	   pointer: -ENOMEM, -EINTR.
 */
struct nsinspect_snapshot *nsinspect_walk_all(const struct nsinspect_ask *ask)
{
	struct walk walk = {
		.threads = ask->threads,
		.tasks = ask->details & NSINSPECT_DETAIL_TASKS,
	};

	return take(&walk, ask, 0, false);
}

/**
 * nsinspect_walk_one() - take a snapshot of one task and what it points to
 * @ask: what it is to have; no devices, nor what tasks do not lead to
 * @tid: its number in the initial pid namespace, positive
 * @with_compared: and of the task that it is compared with, as second: its
 *		   leader, or its parent when it is a leader itself
 *
 * Costs the same however many tasks there are.
 *
 * Context: Process context, may sleep; no locks held.
 * Return: a snapshot to be freed by nsinspect_snapshot_free(), or an error
 *	   pointer: -ESRCH, -ENOMEM.
 */
struct nsinspect_snapshot *nsinspect_walk_one(const struct nsinspect_ask *ask, pid_t tid,
					      bool with_compared)
{
	struct walk walk = { .threads = true, .tasks = true };

	return take(&walk, ask, tid, with_compared);
}

/* Gets hold of as many tasks as @tasks has room for, from number *@nr on. */
static unsigned int hold(int *nr, struct task_struct *tasks[HELD_TASKS])
{
	unsigned int count = 0;
	struct pid *pid;

	rcu_read_lock();
	while (count < HELD_TASKS && (pid = idr_get_next(&init_pid_ns.idr, nr))) {
		struct task_struct *task = pid_task(pid, PIDTYPE_PID);

		if (task) {
			get_task_struct(task);
			tasks[count++] = task;
		}
		++*nr;
	}
	rcu_read_unlock();
	return count;
}

/**
 * nsinspect_walk_held() - look at every task where it is possible to sleep
 * @look: called for each, which is held meanwhile; an errno ends it
 * @arg: for @look
 *
 * Context: Process context, may sleep; no locks held.
 * Return: 0, or what @look returned.
 */
int nsinspect_walk_held(int (*look)(struct task_struct *task, void *arg), void *arg)
{
	struct task_struct *tasks[HELD_TASKS];
	unsigned int count, i;
	int nr = 1;
	int err = 0;

	do {
		count = hold(&nr, tasks);
		for (i = 0; i < count; i++) {
			if (!err)
				err = look(tasks[i], arg);
			put_task_struct(tasks[i]);
		}
		cond_resched();
	} while (count && !err);
	return err;
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
