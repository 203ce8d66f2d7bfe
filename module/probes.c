// SPDX-License-Identifier: GPL-2.0
/*
 * Where the kernel is watched: the only file that knows which of its functions
 * change namespaces. There are two tables: what is always watched, for
 * generation.c, and what is watched while somebody listens, for events.c.
 *
 * In the first, one row for each kind of change, with a probe at the entry of the function
 * that makes it and at its return, so that a change is known to be under way in
 * between, however long its task is scheduled away there. A plain fork, exec or
 * exit is no change.
 *
 * In the second, one row for each place where an event is known, and what it
 * changes from and to is at hand. These are plain kprobes, as a return probe misses
 * calls when more tasks sleep in a function than it has instances for; at the same
 * function as a row of the first table they cost no second trap.
 *
 * Handlers run in the context of the caller with preemption disabled; they take
 * no lock, do not sleep, and follow only pointers that the caller holds.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cred.h>
#include <linux/ftrace.h>
#include <linux/init.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/nsproxy.h>
#include <linux/printk.h>
#include <linux/ptrace.h>
#include <linux/sched.h>

#include "compat.h"
#include "generation.h"
#include "hooks.h"
#include "probes.h"

#if IS_ENABLED(CONFIG_KRETPROBES)

/* So many tasks can be within one function; the next ones are missed. */
#define PROBE_INSTANCES	128

/* Not 0: this call changes nothing, its return does not matter. */
#define NO_CHANGE	1

static atomic64_t heartbeats = ATOMIC64_INIT(0);

/* Called for nothing but the probe on it. */
static noinline __noclone void nsinspect_heartbeat(void)
{
	barrier();
}

static int change_begins(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	nsinspect_generation_begin();
	nsinspect_hook_change(nsinspect_heartbeat);
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

/**
 * struct probe - one row of what is watched
 * @symbols: functions; the first that can be probed is
 * @required: without it changes would go unseen; else the kernel may lack it,
 *	      because what it does is not done there
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

static void tap_switch(struct pt_regs *regs)
{
	const struct task_struct *task = (void *)regs_get_kernel_argument(regs, 0);
	const struct nsproxy *new = (void *)regs_get_kernel_argument(regs, 1);

	/* Not a clone that has failed, nor an exit. */
	if (task == current && new)
		nsinspect_events_switch(new);
}

static void tap_creds(struct pt_regs *regs)
{
	const struct cred *new = (void *)regs_get_kernel_argument(regs, 0);

	if (new->user_ns != current_real_cred()->user_ns)
		nsinspect_events_creds(new);
}

/* timens_on_fork(nsproxy, task): by exec for current itself, else for a child. */
static void tap_exec(struct pt_regs *regs)
{
	const struct task_struct *task = (void *)regs_get_kernel_argument(regs, 1);

	if (task == current)
		nsinspect_events_exec((void *)regs_get_kernel_argument(regs, 0));
}

static void tap_fork(struct pt_regs *regs)
{
	nsinspect_events_fork((void *)regs_get_kernel_argument(regs, 0));
}

#if NSINSPECT_TREE_TELLS
static void tap_birth(struct pt_regs *regs)
{
	nsinspect_events_create((void *)regs_get_kernel_argument(regs, 0));
}

static void tap_death(struct pt_regs *regs)
{
	nsinspect_events_free((void *)regs_get_kernel_argument(regs, 0), true);
}
#else
static void tap_death_cgroup(struct pt_regs *regs)
{
	struct cgroup_namespace *ns = (void *)regs_get_kernel_argument(regs, 0);

	nsinspect_events_free(&ns->ns, true);
}

static void tap_death_ipc(struct pt_regs *regs)
{
	struct ipc_namespace *ns = (void *)regs_get_kernel_argument(regs, 0);

	nsinspect_events_free(&ns->ns, true);
}

static void tap_death_mnt(struct pt_regs *regs)
{
	nsinspect_events_free(nsinspect_ns_of_mnt((void *)regs_get_kernel_argument(regs, 0)), true);
}

static void tap_death_net(struct pt_regs *regs)
{
	struct net *net = (void *)regs_get_kernel_argument(regs, 0);

	nsinspect_events_free(&net->ns, true);
}

/* After a grace period, in any task: its parent has been put long ago. */
static void tap_death_pid(struct pt_regs *regs)
{
	struct rcu_head *head = (void *)regs_get_kernel_argument(regs, 0);

	nsinspect_events_free(&container_of(head, struct pid_namespace, rcu)->ns, false);
}

static void tap_death_time(struct pt_regs *regs)
{
	nsinspect_events_free(nsinspect_freed_time((void *)regs_get_kernel_argument(regs, 0)),
			      true);
}

static void tap_death_user(struct pt_regs *regs)
{
	struct user_namespace *ns = (void *)regs_get_kernel_argument(regs, 0);

	nsinspect_events_free(&ns->ns, true);
}

static void tap_death_uts(struct pt_regs *regs)
{
	nsinspect_events_free(nsinspect_freed_uts((void *)regs_get_kernel_argument(regs, 0)),
			      true);
}
#endif

#define TELLS(event)	BIT(NSINSPECT_EVENT_##event)

/* Who is told of a birth by who gets the namespace. */
#define TELLS_BIRTH	(NSINSPECT_TREE_TELLS ? 0 : TELLS(CREATE))

/**
 * struct tap - one row of what is watched while somebody listens
 * @symbol: the function
 * @otherwise: where there is no such function: this one; or NULL
 * @tells: TELLS() of the events that need it
 * @required: without it an event would be told of some changes only; else the log
 *	      says what will not be told
 * @slot: of an end: a kernel without this slot has no such function
 * @handle: called at the entry of the function
 * @in_softirq: it is reached in interrupts, which can come while a kprobe's
 *		handler runs: then a kprobe would be passed over
 * @users: how many of the events that need it are enabled
 * @placed: it is set
 * @on_ftrace: not by @at, but by ftrace itself
 * @at: the probe
 */
struct tap {
	const char *symbol, *otherwise;
	u32 tells;
	bool required;
	enum nsinspect_slot_nr slot;
	void (*handle)(struct pt_regs *regs);
	bool in_softirq;
	unsigned int users;
	bool placed;
	bool on_ftrace;
	struct kprobe at;
};

#define DEATH(_type, _symbol, _handle, ...)	\
	{ .symbol = _symbol, .tells = TELLS(FREE), .slot = NSINSPECT_SLOT_##_type, \
	  .handle = _handle, ##__VA_ARGS__ }

static struct tap taps[] = {
	{
		.symbol = "switch_task_namespaces", .tells = TELLS(SWITCH) | TELLS_BIRTH,
		.required = true, .slot = NSINSPECT_SLOT_MNT, .handle = tap_switch,
	},
	{
		.symbol = "commit_creds", .tells = TELLS(SWITCH) | TELLS_BIRTH,
		.required = true, .slot = NSINSPECT_SLOT_USER, .handle = tap_creds,
	},
	{
		.symbol = "timens_on_fork", .tells = TELLS(SWITCH),
		.required = NSINSPECT_EXEC_MOVES, .slot = NSINSPECT_SLOT_TIME, .handle = tap_exec,
	},
	{
		.symbol = "wake_up_new_task",
		.tells = TELLS(FORK) | TELLS(FORK_SAME) | TELLS_BIRTH,
		.required = true, .slot = NSINSPECT_SLOT_MNT, .handle = tap_fork,
	},
#if NSINSPECT_TREE_TELLS
	{
		.symbol = "__ns_tree_add_raw", .tells = TELLS(CREATE),
		.required = true, .slot = NSINSPECT_SLOT_MNT, .handle = tap_birth,
	},
	{
		.symbol = "__ns_tree_remove", .tells = TELLS(FREE),
		.required = true, .slot = NSINSPECT_SLOT_MNT, .handle = tap_death,
	},
#else
	/* What puts a namespace is in line, so the end is seen where each is taken down. */
	DEATH(CGROUP, "free_cgroup_ns", tap_death_cgroup),
	/* At once with POSIX_MQUEUE; else when a worker comes to it, which can take minutes. */
	DEATH(IPC, "mq_clear_sbinfo", tap_death_ipc, .otherwise = "sem_exit_ns"),
	DEATH(MNT, "free_mnt_ns", tap_death_mnt),
	DEATH(NET, "net_ns_net_exit", tap_death_net),
	{
		.symbol = "delayed_free_pidns", .tells = TELLS(FREE), .slot = NSINSPECT_SLOT_PID,
		.handle = tap_death_pid, .in_softirq = true,
	},
	DEATH(TIME, "free_time_ns", tap_death_time),
	/* free_user_ns() goes on to the parents itself */
	DEATH(USER, "retire_userns_sysctls", tap_death_user),
	DEATH(UTS, "free_uts_ns", tap_death_uts),
#endif
};

/* The kernel's own lock is held as well where it is taken: this one is for readers. */
static DEFINE_MUTEX(taps_lock);

/* What taps missed that are no longer set; under taps_lock. */
static u64 missed_before;

static int tap_entered(struct kprobe *at, struct pt_regs *regs)
{
	container_of(at, struct tap, at)->handle(regs);
	return 0;
}
NOKPROBE_SYMBOL(tap_entered);

#if !NSINSPECT_TREE_TELLS && defined(CONFIG_DYNAMIC_FTRACE_WITH_REGS)

static void softirq_entered(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			    struct nsinspect_ftrace_regs *fregs)
{
	struct pt_regs *regs = ftrace_get_regs(fregs);
	struct tap *tap = ops->private;

	if (regs)
		tap->handle(regs);
}

/* ftrace keeps an interrupt and what it interrupts apart. One row needs that. */
static struct ftrace_ops softirq_ops = {
	.func = softirq_entered,
	.flags = NSINSPECT_FTRACE_FLAGS,
};

static void drop_filter(void)
{
	ftrace_set_filter(&softirq_ops, NULL, 0, 1);
}

/* Return: whether it is placed. Where ftrace cannot, a kprobe has to do. */
static bool place_on_ftrace(struct tap *tap)
{
	softirq_ops.private = tap;
	if (ftrace_set_filter(&softirq_ops, (unsigned char *)tap->symbol, strlen(tap->symbol), 1))
		return false;
	if (!register_ftrace_function(&softirq_ops))
		return true;
	drop_filter();
	return false;
}

static void drop_from_ftrace(void)
{
	unregister_ftrace_function(&softirq_ops);
	drop_filter();
}

#else

static bool place_on_ftrace(struct tap *tap)
{
	return false;
}

static void drop_from_ftrace(void)
{
}

#endif

/* Whether probes work at all, now. */
static bool heart_beats(void)
{
	s64 before = atomic64_read(&heartbeats);

	nsinspect_heartbeat();
	return atomic64_read(&heartbeats) != before;
}

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
	return nsinspect_probes_missed_full() + nsinspect_probes_missed_nested();
}

/**
 * nsinspect_probes_missed_full() - calls for whose return no place was free
 *
 * The caller may be scheduled away within the function.
 *
 * Context: Any.
 * Return: how many since the probes were set.
 */
u64 nsinspect_probes_missed_full(void)
{
	u64 missed = nsinspect_hook_misses();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		missed += READ_ONCE(probes[i].at.nmissed);
	return missed;
}

/**
 * nsinspect_probes_missed_nested() - calls from within the handler of a probe
 *
 * Of another probe, of any module, on the same processor: mostly, an interrupt has
 * come into it. Such a call ends before that handler does.
 *
 * Context: Any.
 * Return: how many since the probes were set.
 */
u64 nsinspect_probes_missed_nested(void)
{
	u64 missed = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		missed += READ_ONCE(probes[i].at.kp.nmissed);
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
	if (!all_placed)
		return NSINSPECT_WATCH_MISSING;
	return heart_beats() ? NSINSPECT_WATCH_ON : NSINSPECT_WATCH_OFF;
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
		/* That it is not there and that it cannot be probed are two things. */
		if (err && (probes[i].required || err != -ENOENT)) {
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

static int place_at(struct tap *tap, const char *symbol)
{
	/* The last time has left these set. */
	tap->at.addr = NULL;
	tap->at.flags = 0;
	tap->at.symbol_name = symbol;
	tap->at.pre_handler = tap_entered;
	return register_kprobe(&tap->at);
}

static int place_tap(struct tap *tap)
{
	int err;

	tap->on_ftrace = tap->in_softirq && place_on_ftrace(tap);
	tap->placed = tap->on_ftrace;
	if (tap->placed)
		return 0;
	err = place_at(tap, tap->symbol);
	if (err && tap->otherwise)
		err = place_at(tap, tap->otherwise);
	tap->placed = !err;
	if (!err || tap->required)
		return err;
	if (nsinspect_slots[tap->slot].present)
		pr_warn("cannot probe %s (%d): it will not be told when %s namespaces are freed\n",
			tap->symbol, err, nsinspect_slots[tap->slot].name);
	return 0;
}

static void drop_taps(u32 event)
{
	struct kprobe *set[ARRAY_SIZE(taps)];
	unsigned int i, count = 0;

	for (i = 0; i < ARRAY_SIZE(taps); i++) {
		struct tap *tap = &taps[i];

		if (!(tap->tells & event) || --tap->users || !tap->placed)
			continue;
		if (tap->on_ftrace)
			drop_from_ftrace();
		else
			set[count++] = &tap->at;
		tap->placed = false;
	}
	/* All at once: each call waits for whoever is still in a handler. */
	unregister_kprobes(set, count);
	for (i = 0; i < count; i++)
		missed_before += set[i]->nmissed;
}

/**
 * nsinspect_probes_get() - watch what an event needs
 * @event: the event; not enabled yet
 *
 * Context: Process context, may sleep.
 * Return: 0; -EOPNOTSUPP when probes are switched off; or another negative errno.
 *	   Then nothing is left of it.
 */
int nsinspect_probes_get(enum nsinspect_event event)
{
	unsigned int i;
	int err = 0;

	if (!heart_beats()) {
		pr_warn_ratelimited("kernel probes are switched off: no events\n");
		return -EOPNOTSUPP;
	}
	mutex_lock(&taps_lock);
	for (i = 0; i < ARRAY_SIZE(taps); i++) {
		struct tap *tap = &taps[i];

		if (!(tap->tells & BIT(event)) || tap->users++ || err)
			continue;
		/* A kernel without the slot may have no such function. */
		if (!nsinspect_slots[tap->slot].present)
			continue;
		err = place_tap(tap);
		if (err)
			pr_warn("cannot probe %s (%d): no events\n", tap->symbol, err);
	}
	if (err)
		drop_taps(BIT(event));
	mutex_unlock(&taps_lock);
	return err;
}

/**
 * nsinspect_probes_put() - what an event needs no longer
 * @event: the event, for which nsinspect_probes_get() returned 0
 *
 * Context: Process context, may sleep. No handler that only this event needs runs
 *	    any more on return.
 */
void nsinspect_probes_put(enum nsinspect_event event)
{
	mutex_lock(&taps_lock);
	drop_taps(BIT(event));
	mutex_unlock(&taps_lock);
}

/**
 * nsinspect_probes_missed_events() - calls that the taps could not follow
 *
 * A tap that is reached by an interrupt in the handler of a probe is passed over.
 *
 * Context: Process context, may sleep.
 * Return: how many since the module was loaded.
 */
u64 nsinspect_probes_missed_events(void)
{
	unsigned int i;
	u64 missed;

	mutex_lock(&taps_lock);
	missed = missed_before;
	for (i = 0; i < ARRAY_SIZE(taps); i++)
		if (taps[i].placed && !taps[i].on_ftrace)
			missed += READ_ONCE(taps[i].at.nmissed);
	mutex_unlock(&taps_lock);
	return missed;
}

#else /* CONFIG_KRETPROBES */

int nsinspect_probes_get(enum nsinspect_event event)
{
	pr_warn_ratelimited("this kernel has no CONFIG_KRETPROBES: no events\n");
	return -EOPNOTSUPP;
}

void nsinspect_probes_put(enum nsinspect_event event)
{
}

u64 nsinspect_probes_missed_events(void)
{
	return 0;
}

u64 nsinspect_probes_missed(void)
{
	return 0;
}

u64 nsinspect_probes_missed_full(void)
{
	return 0;
}

u64 nsinspect_probes_missed_nested(void)
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
