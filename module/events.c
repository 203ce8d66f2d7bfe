// SPDX-License-Identifier: GPL-2.0
/*
 * Probes -> tracepoints: what a change means, in words of namespaces.
 *
 * probes.c calls the nsinspect_events_*() functions in the handlers of its
 * probes, which it has in place only while a tracepoint is enabled. They run in
 * the context of the caller with preemption disabled, take no lock, do not sleep
 * and do not allocate, and follow only pointers that the caller holds. They are
 * called where nothing can fail any more, so an event is of what really happened.
 *
 * Before the namespace tree no function sees every namespace born. There, one is
 * told when the task that made it gets it, or its child: what it was not in
 * before, and did not join by setns, is new. A namespace that was made for a call
 * that then failed is not told, but its end is.
 */
#include <linux/cred.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/ptrace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/unistd.h>
#include <linux/user_namespace.h>
#include <asm/syscall.h>

#include "compat.h"
#include "events.h"
#include "generation.h"
#include "ns.h"
#include "probes.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static bool ready;

/*
 * While a tracepoint is enabled, by whomever, the module stays: its probes would
 * otherwise outlive it, as nobody calls unreg() for an event with a trigger when a
 * module goes. Trace events and perf call both with event_mutex held, which rmmod
 * waits for before the module's memory is freed, so that unreg() may put what it
 * runs in. BPF's raw tracepoints do without, but have the module until afterwards.
 */
static int get_probes(enum nsinspect_event event)
{
	int err;

	/* Enabled from the kernel's command line, before the module is whole. */
	if (!READ_ONCE(ready))
		return -EAGAIN;
	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	err = nsinspect_probes_get(event);
	if (err)
		module_put(THIS_MODULE);
	return err;
}

static void put_probes(enum nsinspect_event event)
{
	nsinspect_probes_put(event);
	module_put(THIS_MODULE);
}

#define REG(name, event)	\
int nsinspect_trace_reg_##name(void) { return get_probes(event); }
#define UNREG(name, event)	\
void nsinspect_trace_unreg_##name(void) { put_probes(event); }

REG(switch, NSINSPECT_EVENT_SWITCH)
REG(fork, NSINSPECT_EVENT_FORK)
REG(fork_same, NSINSPECT_EVENT_FORK_SAME)
REG(create, NSINSPECT_EVENT_CREATE)
REG(free, NSINSPECT_EVENT_FREE)
UNREG(switch, NSINSPECT_EVENT_SWITCH)
UNREG(fork, NSINSPECT_EVENT_FORK)
UNREG(fork_same, NSINSPECT_EVENT_FORK_SAME)
UNREG(create, NSINSPECT_EVENT_CREATE)
UNREG(free, NSINSPECT_EVENT_FREE)

enum cause {
	CAUSE_OTHER,
	CAUSE_KERNEL,			/* a kernel thread, which calls nothing */
	CAUSE_UNSHARE,
	CAUSE_SETNS,
	CAUSE_CLONE,
	CAUSE_CLONE3,
	CAUSE_FORK,
	CAUSE_VFORK,
	CAUSE_EXECVE,
	CAUSE_EXECVEAT,
};

#ifdef CONFIG_IA32_EMULATION
#define IS_IA32()	in_ia32_syscall()
#else
#define IS_IA32()	false
#endif

/* x86-64 has these numbers always. */
#ifndef __NR_ia32_unshare
#define __NR_ia32_unshare	(-1)
#define __NR_ia32_setns		(-1)
#define __NR_ia32_clone		(-1)
#define __NR_ia32_clone3	(-1)
#define __NR_ia32_fork		(-1)
#define __NR_ia32_vfork		(-1)
#define __NR_ia32_execve	(-1)
#define __NR_ia32_execveat	(-1)
#endif

/* Numbers of system calls; -1: there is none. */
static const struct {
	const char *name;
	int number, ia32;
} causes[] = {
	[CAUSE_OTHER] = { "other", -1, -1 },
	[CAUSE_KERNEL] = { "kernel", -1, -1 },
	[CAUSE_UNSHARE] = { "unshare", __NR_unshare, __NR_ia32_unshare },
	[CAUSE_SETNS] = { "setns", __NR_setns, __NR_ia32_setns },
	[CAUSE_CLONE] = { "clone", __NR_clone, __NR_ia32_clone },
	[CAUSE_CLONE3] = { "clone3", __NR_clone3, __NR_ia32_clone3 },
#ifdef __NR_fork
	[CAUSE_FORK] = { "fork", __NR_fork, __NR_ia32_fork },
	[CAUSE_VFORK] = { "vfork", __NR_vfork, __NR_ia32_vfork },
#endif
	[CAUSE_EXECVE] = { "execve", __NR_execve, __NR_ia32_execve },
	[CAUSE_EXECVEAT] = { "execveat", __NR_execveat, __NR_ia32_execveat },
};

/* The system call that current is in. */
static enum cause cause_of_current(void)
{
	enum cause cause;
	int nr;

	if (current->flags & PF_KTHREAD)
		return CAUSE_KERNEL;
	nr = syscall_get_nr(current, task_pt_regs(current));
#ifdef __X32_SYSCALL_BIT
	nr &= ~__X32_SYSCALL_BIT;
#endif
	for (cause = CAUSE_UNSHARE; cause < ARRAY_SIZE(causes); cause++)
		if (causes[cause].name && nr == (IS_IA32() ? causes[cause].ia32 :
							     causes[cause].number))
			return cause;
	return CAUSE_OTHER;
}

static void name_ns(struct nsinspect_ns_name *name, const struct ns_common *ns)
{
	name->inum = ns->inum;
	name->id = nsinspect_ns_id(ns);
}

/* One slot of a task has changed, if it has. */
static bool note(struct nsinspect_change *change, enum nsinspect_slot_nr slot,
		 const struct ns_common *from, const struct ns_common *to)
{
	if (from == to)
		return false;
	name_ns(&change->from[slot], from);
	name_ns(&change->to[slot], to);
	return true;
}

/* Asked for all slots at each change: it compares pointers and calls nothing. */
static bool differs(const struct nsinspect_slot *slot, const struct nsproxy *from,
		    const struct nsproxy *to)
{
	const void *const *before = (const void *)from + slot->at;
	const void *const *after = (const void *)to + slot->at;

	return slot->present && slot->at && *before != *after;
}

static bool note_nsproxy(struct nsinspect_change *change, const struct nsproxy *from,
			 const struct nsproxy *to)
{
	bool changed = false;
	unsigned int i;

	if (from == to)
		return false;
	for (i = 0; i < NSINSPECT_SLOTS; i++) {
		const struct nsinspect_slot *slot = &nsinspect_slots[i];

		if (differs(slot, from, to))
			changed |= note(change, i, slot->of(from), slot->of(to));
	}
	return changed;
}

/* @change: all zero but for what is set here, and for the slots. */
static void describe(struct nsinspect_change *change, enum cause cause,
		     struct task_struct *task)
{
	change->cause = causes[cause].name;
	change->task = task;
	change->uid = from_kuid(&init_user_ns, task_uid(task));
	change->generation = nsinspect_generation();
}

static void fill_life(struct nsinspect_life *life, struct ns_common *ns, bool at_once)
{
	int type = nsinspect_ns_type(ns);
	struct ns_common *up;

	life->type = type < 0 ? "?" : nsinspect_ns_type_name(type);
	name_ns(&life->ns, ns);
	up = nsinspect_ns_owner(ns);
	if (up)
		name_ns(&life->owner, up);
	up = type < 0 || !at_once ? NULL : nsinspect_ns_parent(ns, type);
	if (up)
		name_ns(&life->parent, up);
	if (at_once) {
		life->by = current;
		life->uid = from_kuid(&init_user_ns, current_uid());
	}
	life->generation = nsinspect_generation();
}

/**
 * nsinspect_events_create() - a namespace is born
 * @ns: the namespace, with owner, parent and numbers
 *
 * Context: Handler of a probe; the caller keeps @ns alive.
 */
void nsinspect_events_create(struct ns_common *ns)
{
	struct nsinspect_life life = { };

	if (!trace_ns_create_enabled())
		return;
	fill_life(&life, ns, true);
	trace_ns_create(&life);
}

/**
 * nsinspect_events_free() - the last reference to a namespace is gone
 * @ns: the namespace; what is in it may be gone, but not its numbers and its owner
 * @at_once: its parent is still there, too, and current is who put that reference;
 *	     else this is a callback of RCU
 *
 * Context: Handler of a probe; also in soft interrupts.
 */
void nsinspect_events_free(struct ns_common *ns, bool at_once)
{
	struct nsinspect_life life = { };

	/* A mount namespace that was never anybody's, such as a cloned tree's, has no number. */
	if (!trace_ns_free_enabled() || !ns->inum)
		return;
	fill_life(&life, ns, at_once);
	trace_ns_free(&life);
}

/* Those of @new that are in no slot of @old were born for it. */
static void tell_births(const struct nsproxy *old, const struct nsproxy *new)
{
	unsigned int i;

	if (NSINSPECT_TREE_TELLS || old == new || !trace_ns_create_enabled())
		return;
	for (i = 0; i < NSINSPECT_SLOTS; i++) {
		const struct nsinspect_slot *slot = &nsinspect_slots[i];

		/* What is new in time is in time_for_children as well. */
		if (i != NSINSPECT_SLOT_TIME && differs(slot, old, new))
			nsinspect_events_create(slot->of(new));
	}
}

static void tell_birth_of_user(const struct user_namespace *old, struct user_namespace *new)
{
	if (!NSINSPECT_TREE_TELLS && old != new)
		nsinspect_events_create(&new->ns);
}

/**
 * nsinspect_events_switch() - current is about to have another nsproxy
 * @new: that one, not NULL
 *
 * Context: Handler of a probe in unshare and setns; the caller holds @new, and
 *	    current what it has.
 */
void nsinspect_events_switch(const struct nsproxy *new)
{
	enum cause cause = cause_of_current();
	struct nsinspect_change change = { };

	/*
	 * nsinspect_events_exec() tells of that, also where this call is compiled in line. The
	 * number of the call does not say so: x32 has others.
	 */
	if (current->in_execve)
		return;
	if (cause != CAUSE_SETNS)
		tell_births(current->nsproxy, new);
	if (!trace_ns_switch_enabled() || !note_nsproxy(&change, current->nsproxy, new))
		return;
	describe(&change, cause, current);
	trace_ns_switch(&change);
}

/**
 * nsinspect_events_creds() - current is about to have other credentials
 * @new: those
 *
 * Context: Handler of a probe; the caller holds @new, and current what it has.
 */
void nsinspect_events_creds(const struct cred *new)
{
	struct user_namespace *old = current_real_cred()->user_ns;
	enum cause cause = cause_of_current();
	struct nsinspect_change change = { };

	if (cause != CAUSE_SETNS)
		tell_birth_of_user(old, new->user_ns);
	if (!trace_ns_switch_enabled() ||
	    !note(&change, NSINSPECT_SLOT_USER, &old->ns, &new->user_ns->ns))
		return;
	describe(&change, cause, current);
	trace_ns_switch(&change);
}

/**
 * nsinspect_events_exec() - current is about to be where its children were to be
 * @nsproxy: its next nsproxy, time not yet set
 *
 * Context: Handler of a probe in exec, which nobody else can see @nsproxy of.
 */
void nsinspect_events_exec(const struct nsproxy *nsproxy)
{
	struct nsinspect_change change = { };

	if (!trace_ns_switch_enabled() ||
	    !note(&change, NSINSPECT_SLOT_TIME,
		  nsinspect_slots[NSINSPECT_SLOT_TIME].of(nsproxy),
		  nsinspect_slots[NSINSPECT_SLOT_TIME_FOR_CHILDREN].of(nsproxy)))
		return;
	describe(&change, cause_of_current(), current);
	trace_ns_switch(&change);
}

/**
 * nsinspect_events_fork() - current has made a task, which has not run yet
 * @child: the task, whole
 *
 * Context: Handler of a probe; the caller keeps @child alive, and it cannot exit.
 */
void nsinspect_events_fork(struct task_struct *child)
{
	struct user_namespace *from = current_real_cred()->user_ns;
	/* It has not run, and nobody else changes them. */
	struct user_namespace *to = rcu_dereference_protected(child->real_cred, true)->user_ns;
	struct nsinspect_change change = { .parent = current };
	bool changed;

	tell_birth_of_user(from, to);
	tell_births(current->nsproxy, child->nsproxy);

	changed = note(&change, NSINSPECT_SLOT_USER, &from->ns, &to->ns);
	changed |= note(&change, NSINSPECT_SLOT_PID, &task_active_pid_ns(current)->ns,
			&task_active_pid_ns(child)->ns);
	changed |= note_nsproxy(&change, current->nsproxy, child->nsproxy);
	if (changed ? !trace_ns_fork_enabled() : !trace_ns_fork_same_enabled())
		return;
	describe(&change, cause_of_current(), child);
	if (changed)
		trace_ns_fork(&change);
	else
		trace_ns_fork_same(&change);
}

/**
 * nsinspect_events_ppid() - the thread group of a task's parent
 * @task: the task
 *
 * Context: Any.
 * Return: its number in the initial pid namespace.
 */
pid_t nsinspect_events_ppid(struct task_struct *task)
{
	pid_t ppid;

	rcu_read_lock();
	ppid = task_tgid_nr(rcu_dereference(task->real_parent));
	rcu_read_unlock();
	return ppid;
}

/**
 * nsinspect_events_numbers() - what a task is called at all levels
 * @pid: of the task, which the caller keeps alive
 * @nrs: its numbers, from level 0 to its own
 * @pidns: the pid namespaces in which it has them
 *
 * Context: Any.
 */
void nsinspect_events_numbers(struct pid *pid, u32 *nrs, u32 *pidns)
{
	unsigned int level;

	for (level = 0; level <= pid->level; level++) {
		nrs[level] = pid->numbers[level].nr;
		pidns[level] = pid->numbers[level].ns->ns.inum;
	}
}

/**
 * nsinspect_events_init() - let the tracepoints be enabled
 *
 * Context: Process context. Called once, last in loading.
 */
void __init nsinspect_events_init(void)
{
	WRITE_ONCE(ready, true);
}
