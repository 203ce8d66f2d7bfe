// SPDX-License-Identifier: GPL-2.0
/*
 * Where the kernel is watched: the only file that knows which of its functions
 * change namespaces.
 *
 * One row for each kind of change, with a probe at the entry of the function
 * that makes it and at its return, so that a change is known to be under way in
 * between, however long its task is scheduled away there. A plain fork, exec or
 * exit is no change. What is done with that is generation.c's.
 *
 * Handlers run in the context of the caller with preemption disabled; they take
 * no lock, do not sleep, and follow only pointers that the caller holds.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cred.h>
#include <linux/init.h>
#include <linux/kprobes.h>
#include <linux/nsproxy.h>
#include <linux/printk.h>
#include <linux/ptrace.h>
#include <linux/sched.h>

#include "generation.h"
#include "hooks.h"
#include "probes.h"

#if IS_ENABLED(CONFIG_KRETPROBES)

/* So many tasks can be within one function; the next ones are missed. */
#define PROBE_INSTANCES	128

/* Not 0: this call changes nothing, its return does not matter. */
#define NO_CHANGE	1

static atomic64_t heartbeats = ATOMIC64_INIT(0);

static int change_begins(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	nsinspect_generation_begin();
	nsinspect_hook_change();
	return 0;
}
NOKPROBE_SYMBOL(change_begins);

static int change_ends(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	nsinspect_generation_end();
	return 0;
}
NOKPROBE_SYMBOL(change_ends);

/* switch_task_namespaces(task, new): new is NULL when the task exits. */
static int move_begins(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	return regs_get_kernel_argument(regs, 1) ? change_begins(instance, regs) : NO_CHANGE;
}
NOKPROBE_SYMBOL(move_begins);

/* exec_task_namespaces(): where children were to be is where current will be. */
static int exec_begins(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct nsproxy *nsproxy = current->nsproxy;

	return nsproxy->time_ns_for_children != nsproxy->time_ns ?
	       change_begins(instance, regs) : NO_CHANGE;
}
NOKPROBE_SYMBOL(exec_begins);

/* commit_creds(new), always on behalf of current. */
static int creds_begin(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct cred *new = (const struct cred *)regs_get_kernel_argument(regs, 0);

	return new->user_ns != current_cred()->user_ns ? change_begins(instance, regs) : NO_CHANGE;
}
NOKPROBE_SYMBOL(creds_begin);

static int heartbeat_begins(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	atomic64_inc(&heartbeats);
	return NO_CHANGE;
}
NOKPROBE_SYMBOL(heartbeat_begins);

/* Called for nothing but the probe on it. */
static noinline __noclone void nsinspect_heartbeat(void)
{
	barrier();
}

/**
 * struct probe - one row of what is watched
 * @symbols: functions; the first that can be probed is
 * @required: without it changes would go unseen; else the kernel may lack it,
 *	      because another row sees the same there
 * @at: the probe; @at.entry_handler says by its return value whether the call
 *	is a change
 */
struct probe {
	const char *symbols[2];
	bool required;
	struct kretprobe at;
};

#define PROBE(_required, _entry, ...) {				\
	.symbols = { __VA_ARGS__ },				\
	.required = _required,					\
	.at = {							\
		.entry_handler = _entry,			\
		.handler = change_ends,				\
		.maxactive = PROBE_INSTANCES,			\
	},							\
}

/* The row whose misses are asked for by themselves. */
#define BIRTHS	0

static struct probe probes[] = {
	/*
	 * Every birth, before the namespace can be seen, and every death, after
	 * the last sight of it: 6.18 has the namespace tree; before it, the one
	 * place where inode numbers are taken and given back, which other users
	 * of such numbers (files in /proc) pass as well.
	 */
	[BIRTHS] = PROBE(true, change_begins, "__ns_tree_add_raw", "proc_alloc_inum"),
	PROBE(true, change_begins, "__ns_tree_remove", "proc_free_inum"),
	/* unshare and setns */
	PROBE(true, move_begins, "switch_task_namespaces"),
	/* exec after unshare of time; 6.12's compiler puts the move itself in line */
	PROBE(false, exec_begins, "exec_task_namespaces"),
	/* another user namespace: unshare, setns */
	PROBE(true, creds_begin, "commit_creds"),
	/* exec by a thread that is not the leader takes over the leader's number */
	PROBE(true, change_begins, "exchange_tids"),
	/* whether probes work at all; not one of the kernel's functions */
	PROBE(true, heartbeat_begins, "nsinspect_heartbeat"),
};

/* Which of the rows are set. */
static bool placed[ARRAY_SIZE(probes)];
static bool all_placed __ro_after_init;

/**
 * nsinspect_probes_missed() - calls that the probes could not follow
 *
 * Context: Any.
 * Return: how many since they were set.
 */
u64 nsinspect_probes_missed(void)
{
	u64 missed = nsinspect_hook_misses();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		missed += READ_ONCE(probes[i].at.nmissed) + READ_ONCE(probes[i].at.kp.nmissed);
	return missed;
}

/**
 * nsinspect_probes_missed_births() - the same for births of namespaces only
 *
 * Asked for each task of a walk, so all rows would be too many.
 *
 * Context: Any.
 * Return: how many since the probes were set.
 */
u64 nsinspect_probes_missed_births(void)
{
	return nsinspect_hook_misses() + READ_ONCE(probes[BIRTHS].at.nmissed) +
	       READ_ONCE(probes[BIRTHS].at.kp.nmissed);
}

/**
 * nsinspect_probes_watch() - whether changes are seen now
 *
 * Probes are switched off without a word by writing to kprobes/enabled in
 * debugfs and, where they sit on ftrace, by the sysctl kernel.ftrace_enabled.
 *
 * Context: Process context.
 * Return: enum nsinspect_watch.
 */
enum nsinspect_watch nsinspect_probes_watch(void)
{
	s64 before = atomic64_read(&heartbeats);

	if (!all_placed)
		return NSINSPECT_WATCH_MISSING;
	nsinspect_heartbeat();
	return atomic64_read(&heartbeats) != before ? NSINSPECT_WATCH_ON : NSINSPECT_WATCH_OFF;
}

static int __init place(struct probe *probe)
{
	unsigned int i;
	int err = -ENOENT;

	for (i = 0; err && i < ARRAY_SIZE(probe->symbols) && probe->symbols[i]; i++) {
		/* An attempt that failed leaves these set. */
		probe->at.kp.addr = NULL;
		probe->at.kp.flags = 0;
		probe->at.kp.symbol_name = probe->symbols[i];
		err = register_kretprobe(&probe->at);
	}
	return err;
}

/**
 * nsinspect_probes_init() - begin to watch
 *
 * Where that cannot be done, the log has the reason and everything but the
 * watch works.
 *
 * Context: Process context, may sleep. Called once, at load.
 */
void __init nsinspect_probes_init(void)
{
	unsigned int i;
	int err;

	all_placed = true;
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		err = place(&probes[i]);
		placed[i] = !err;
		if (err && probes[i].required) {
			pr_warn("cannot probe %s (%d): pictures will not say whether they are consistent\n",
				probes[i].symbols[0], err);
			all_placed = false;
		}
	}
}

/**
 * nsinspect_probes_exit() - stop watching
 *
 * Context: Process context, may sleep. No handler runs any more on return.
 */
void nsinspect_probes_exit(void)
{
	struct kretprobe *set[ARRAY_SIZE(probes)];
	unsigned int i, count = 0;

	/* All at once: each call waits for whoever is still in a handler. */
	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (placed[i])
			set[count++] = &probes[i].at;
	unregister_kretprobes(set, count);
}

#else /* CONFIG_KRETPROBES */

u64 nsinspect_probes_missed(void)
{
	return 0;
}

u64 nsinspect_probes_missed_births(void)
{
	return 0;
}

enum nsinspect_watch nsinspect_probes_watch(void)
{
	return NSINSPECT_WATCH_MISSING;
}

void __init nsinspect_probes_init(void)
{
	pr_warn("this kernel has no CONFIG_KRETPROBES: pictures will not say whether they are consistent\n");
}

void nsinspect_probes_exit(void)
{
}

#endif /* CONFIG_KRETPROBES */
