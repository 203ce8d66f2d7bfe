// SPDX-License-Identifier: GPL-2.0
/*
 * A walk over all tasks that reads the pointers of the ten namespace slots and
 * every pid level, and stores nothing. It takes the same steps as module/walk.c:
 * what the module's own walk takes longer is the cost of the snapshot.
 *
 * Reading nsinspect_bare in debugfs makes one walk and gives its nanoseconds.
 */
#include <linux/cred.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

/* As in module/walk.c. */
#define STEP_TASKS	64

static struct dentry *file;

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
static bool step(int *nr)
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

static int walk(void *data, u64 *ns)
{
	u64 started = ktime_get_ns();
	int nr = 1;

	while (step(&nr))
		cond_resched();
	*ns = ktime_get_ns() - started;
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(walk_fops, walk, NULL, "%llu\n");

static int __init bare_init(void)
{
	file = debugfs_create_file("nsinspect_bare", 0400, NULL, NULL, &walk_fops);
	return PTR_ERR_OR_ZERO(file);
}

static void __exit bare_exit(void)
{
	debugfs_remove(file);
}

module_init(bare_init);
module_exit(bare_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A walk over all tasks that stores nothing, to compare with");
