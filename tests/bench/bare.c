// SPDX-License-Identifier: GPL-2.0
/*
 * A walk over all tasks that reads the pointers of the ten namespace slots and
 * every pid level, and stores nothing: what to compare the module's own with.
 *
 * In debugfs, reading nsinspect_bare makes a walk with idr_get_next(), as
 * anybody would write it; nsinspect_bare_quick one that goes from number to
 * number as module/walk.c does. Both give nanoseconds, and both take its steps.
 */
#include <linux/cred.h>
#include <linux/debugfs.h>
#include <linux/idr.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/radix-tree.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

/* As in module/walk.c. */
#define STEP_TASKS	64

static struct dentry *bare, *bare_quick;

/* Under RCU. READ_ONCE() makes the compiler read what is not used. */
static void read_task(struct pid *pid, struct task_struct *task)
{
	const struct nsproxy *nsproxy;
	unsigned int level;

	READ_ONCE(__task_cred(task)->user_ns);
	for (level = 0; level <= pid->level; level++) {
		READ_ONCE(pid->numbers[level].nr);
		READ_ONCE(pid->numbers[level].ns);
	}
	task_lock(task);
	nsproxy = task->nsproxy;
	if (nsproxy) {
		READ_ONCE(nsproxy->cgroup_ns);
		READ_ONCE(nsproxy->ipc_ns);
		READ_ONCE(nsproxy->mnt_ns);
		READ_ONCE(nsproxy->net_ns);
		READ_ONCE(nsproxy->pid_ns_for_children);
		READ_ONCE(nsproxy->time_ns);
		READ_ONCE(nsproxy->time_ns_for_children);
		READ_ONCE(nsproxy->uts_ns);
	}
	task_unlock(task);
}

/* One step from number *@nr on. Return: whether there may be more. */
static bool plain_step(int *nr)
{
	struct pid *pid = NULL;
	unsigned int i;

	rcu_read_lock();
	for (i = 0; i < STEP_TASKS; i++) {
		struct task_struct *task;

		pid = idr_get_next(&init_pid_ns.idr, nr);
		if (!pid)
			break;
		task = pid_task(pid, PIDTYPE_PID);
		if (task)
			read_task(pid, task);
		++*nr;
	}
	rcu_read_unlock();
	return pid;
}

/* The same. */
static bool quick_step(int *nr)
{
	unsigned int left = STEP_TASKS;
	struct radix_tree_iter iter;
	void __rcu **slot;

	rcu_read_lock();
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
		task = pid ? pid_task(pid, PIDTYPE_PID) : NULL;
		if (task)
			read_task(pid, task);
	}
	rcu_read_unlock();
	return slot;
}

static u64 walk(bool (*step)(int *nr))
{
	u64 started = ktime_get_ns();
	int nr = 1;

	while (step(&nr))
		cond_resched();
	return ktime_get_ns() - started;
}

static int walk_plain(void *data, u64 *ns)
{
	*ns = walk(plain_step);
	return 0;
}

static int walk_quick(void *data, u64 *ns)
{
	*ns = walk(quick_step);
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(plain_fops, walk_plain, NULL, "%llu\n");
DEFINE_DEBUGFS_ATTRIBUTE(quick_fops, walk_quick, NULL, "%llu\n");

static int __init bare_init(void)
{
	bare = debugfs_create_file("nsinspect_bare", 0400, NULL, NULL, &plain_fops);
	bare_quick = debugfs_create_file("nsinspect_bare_quick", 0400, NULL, NULL, &quick_fops);
	return 0;
}

static void __exit bare_exit(void)
{
	debugfs_remove(bare_quick);
	debugfs_remove(bare);
}

module_init(bare_init);
module_exit(bare_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A walk over all tasks that stores nothing, to compare with");
