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
 * misses_full	how many calls the probes seem not to have followed, because their
 *		places were taken, besides those that they did not
 * misses_nested the same, because they came within the handler of another probe
 * delay_ms	how long a task spins after its change of namespaces was counted
 *		and before the change is made
 */
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/kprobes.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "hooks.h"

static DECLARE_WAIT_QUEUE_HEAD(released);
static u64 hold_at;
static atomic_t held = ATOMIC_INIT(0);
static bool same_place;
static u32 misses_full;
static u32 misses_nested;
static u32 delay_ms;

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
 * nsinspect_hook_misses_full() - what counts as missed for want of a place
 *
 * Context: Any.
 * Return: how many calls.
 */
u32 nsinspect_hook_misses_full(void)
{
	return READ_ONCE(misses_full);
}

/**
 * nsinspect_hook_misses_nested() - what counts as missed within a handler
 *
 * Context: Any.
 * Return: how many calls.
 */
u32 nsinspect_hook_misses_nested(void)
{
	return READ_ONCE(misses_nested);
}

/**
 * nsinspect_hook_change() - between the count of a change and the change
 *
 * Context: Handler of a probe, preemption disabled.
 */
void nsinspect_hook_change(void)
{
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

	debugfs_create_file_unsafe("hold_at", 0200, hooks, NULL, &hold_at_fops);
	debugfs_create_atomic_t("held", 0400, hooks, &held);
	debugfs_create_bool("same_place", 0600, hooks, &same_place);
	debugfs_create_u32("misses_full", 0600, hooks, &misses_full);
	debugfs_create_u32("misses_nested", 0600, hooks, &misses_nested);
	debugfs_create_u32("delay_ms", 0600, hooks, &delay_ms);
}
