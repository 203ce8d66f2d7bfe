// SPDX-License-Identifier: GPL-2.0
/*
 * Counts changes of namespaces, so that a snapshot can tell whether it was
 * taken in between two of them.
 *
 * The kernel keeps no such count, so probes do: on the birth and death of every
 * namespace (its inode number is taken and given back in one place), on a task
 * moving to another nsproxy, and on credentials with another user namespace.
 * A plain fork, exec or exit counts for nothing.
 *
 * A number is taken before the namespace can be seen and given back after the
 * last sight of it; a move is counted just before it is made. Other users of
 * these numbers (files in /proc) count as well: then a snapshot is called
 * inconsistent that is not, which costs its reader a second one.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/kprobes.h>
#include <linux/ptrace.h>

#include "generation.h"

#if !IS_ENABLED(CONFIG_KPROBES)
#error "nsinspect needs a kernel with CONFIG_KPROBES"
#endif

static atomic64_t changes = ATOMIC64_INIT(0);

/* The handlers below run in the context of the caller, preemption disabled. */

static int count_always(struct kprobe *probe, struct pt_regs *regs)
{
	atomic64_inc(&changes);
	return 0;
}
NOKPROBE_SYMBOL(count_always);

/* switch_task_namespaces(task, new): new is NULL when the task exits. */
static int count_moves(struct kprobe *probe, struct pt_regs *regs)
{
	if (regs_get_kernel_argument(regs, 1))
		atomic64_inc(&changes);
	return 0;
}
NOKPROBE_SYMBOL(count_moves);

/* commit_creds(new), always on behalf of current. */
static int count_user_moves(struct kprobe *probe, struct pt_regs *regs)
{
	const struct cred *new = (const struct cred *)regs_get_kernel_argument(regs, 0);

	if (new->user_ns != current_cred()->user_ns)
		atomic64_inc(&changes);
	return 0;
}
NOKPROBE_SYMBOL(count_user_moves);

static struct kprobe probes[] = {
	{ .symbol_name = "proc_alloc_inum", .pre_handler = count_always },
	{ .symbol_name = "proc_free_inum", .pre_handler = count_always },
	{ .symbol_name = "switch_task_namespaces", .pre_handler = count_moves },
	{ .symbol_name = "commit_creds", .pre_handler = count_user_moves },
};

/**
 * nsinspect_generation() - how many changes of namespaces there have been
 *
 * Context: Any.
 * Return: a number that is larger whenever namespaces changed. Changes that a
 *	   probe missed because it was hit within another count too.
 */
u64 nsinspect_generation(void)
{
	u64 generation = atomic64_read(&changes);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		generation += READ_ONCE(probes[i].nmissed);
	return generation;
}

/* All at once: each call waits for whoever is still in a handler. */
static void unregister(unsigned int count)
{
	struct kprobe *set[ARRAY_SIZE(probes)];
	unsigned int i;

	for (i = 0; i < count; i++)
		set[i] = &probes[i];
	unregister_kprobes(set, count);
}

/**
 * nsinspect_generation_init() - begin to count
 *
 * Context: Process context, may sleep. Called once, at load.
 * Return: 0, or a negative errno after saying which probe could not be set.
 */
int __init nsinspect_generation_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		err = register_kprobe(&probes[i]);
		if (err) {
			pr_err("cannot set a kprobe at %s (%d), which it takes to see changes\n",
			       probes[i].symbol_name, err);
			unregister(i);
			return err;
		}
	}
	return 0;
}

/**
 * nsinspect_generation_exit() - stop counting
 *
 * Context: Process context, may sleep. No handler runs any more on return.
 */
void nsinspect_generation_exit(void)
{
	unregister(ARRAY_SIZE(probes));
}
