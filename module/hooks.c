// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks by which tests force what they cannot wait for. Built with
 * NSINSPECT_HOOKS=y only, which scripts/build says for the debug guest. In
 * debugfs, folder nsinspect/hooks:
 *
 * hold_at	a number: walks wait after the step in which they reach that
 *		tid, until 0 is written or the asker is killed
 * held		how many walks wait now
 * same_place	Y: every object seems to be at one address and has no ns_id, as
 *		if each was born where another died, on a kernel without ns_id
 * misses	how many calls the probes seem not to have followed for want of a place,
 *		besides those that they did not
 * nest		Y: an interrupt comes into the handler of the probe that counts a change,
 *		and calls a function that is probed, too
 * delay_ms	how long a task spins after its change of namespaces was counted
 *		and before the change is made
 */
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/kprobes.h>
#include <linux/percpu.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "hooks.h"

static DECLARE_WAIT_QUEUE_HEAD(released);
static u64 hold_at;
static atomic_t held = ATOMIC_INIT(0);
static bool same_place;
static u32 misses;
static bool nest;
static u32 delay_ms;

/* An interrupt, and what it calls. */
struct nested {
	struct irq_work work;
	void (*probed)(void);
	bool called;
};

static DEFINE_PER_CPU(struct nested, nested);

static void call_probed(struct irq_work *work)
{
	struct nested *n = container_of(work, struct nested, work);

	n->probed();
	WRITE_ONCE(n->called, true);
}

static int hold_at_set(void *data, u64 value)
{
	WRITE_ONCE(hold_at, value);
	wake_up_all(&released);
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(hold_at_fops, NULL, hold_at_set, "%llu\n");

/**
 * nsinspect_hook_step() - between two steps of a walk
 * @next: the number that the next step begins with
 *
 * Context: Process context, may sleep.
 */
void nsinspect_hook_step(int next)
{
	u64 at = READ_ONCE(hold_at);

	if (!at || next <= at)
		return;
	atomic_inc(&held);
	wait_event_killable(released, READ_ONCE(hold_at) != at);
	atomic_dec(&held);
}

/**
 * nsinspect_hook_key() - by which address an object is found again
 * @object: the object
 *
 * Context: Any.
 * Return: the key for the index.
 */
const void *nsinspect_hook_key(const void *object)
{
	return READ_ONCE(same_place) ? &same_place : object;
}

/**
 * nsinspect_hook_id() - what counts as ns_id
 * @id: ns_id of a namespace
 *
 * Context: Any.
 * Return: the same, or 0 as on a kernel that has none.
 */
u64 nsinspect_hook_id(u64 id)
{
	return READ_ONCE(same_place) ? 0 : id;
}

/**
 * nsinspect_hook_misses() - what counts as missed for want of a place
 *
 * Context: Any.
 * Return: how many calls.
 */
u32 nsinspect_hook_misses(void)
{
	return READ_ONCE(misses);
}

/**
 * nsinspect_hook_change() - between the count of a change and the change
 * @probed: a function that has a probe of ours
 *
 * Context: Handler of a probe, preemption disabled.
 */
void nsinspect_hook_change(void (*probed)(void))
{
	struct nested *n = this_cpu_ptr(&nested);

	/* Else no interrupt would come. */
	if (READ_ONCE(nest) && !irqs_disabled()) {
		n->probed = probed;
		WRITE_ONCE(n->called, false);
		irq_work_queue(&n->work);
		while (!READ_ONCE(n->called))
			cpu_relax();
	}
	mdelay(READ_ONCE(delay_ms));
}
NOKPROBE_SYMBOL(nsinspect_hook_change);

/**
 * nsinspect_hooks_init() - make the files
 * @dir: the module's folder in debugfs, which they go with
 *
 * Context: Process context, may sleep. Called once, at load.
 */
void nsinspect_hooks_init(struct dentry *dir)
{
	struct dentry *hooks = debugfs_create_dir("hooks", dir);
	int cpu;

	for_each_possible_cpu(cpu)
		init_irq_work(&per_cpu(nested, cpu).work, call_probed);
	debugfs_create_file_unsafe("hold_at", 0200, hooks, NULL, &hold_at_fops);
	debugfs_create_atomic_t("held", 0400, hooks, &held);
	debugfs_create_bool("same_place", 0600, hooks, &same_place);
	debugfs_create_u32("misses", 0600, hooks, &misses);
	debugfs_create_bool("nest", 0600, hooks, &nest);
	debugfs_create_u32("delay_ms", 0600, hooks, &delay_ms);
}
