// SPDX-License-Identifier: GPL-2.0
/*
 * Counts changes of namespaces, so that a snapshot can tell whether it was
 * taken in between two of them.
 *
 * The kernel keeps no such count, so probes.c tells of every change when it
 * begins and when it has ended. A snapshot is consistent when no change was
 * under way when it was begun, and none began before it was complete.
 *
 * A change that a probe missed is known to have begun, because the kernel
 * counts misses, but not when it ends. If it was missed because it came within the
 * handler of a probe, it has ended after a grace period; else it is taken to be
 * under way for SETTLE_NS after the miss was noticed.
 *
 * Who changes counts first and then changes; who reads does so in the opposite
 * order. So a reader that has seen any part of a change sees its count.
 */
#include <linux/atomic.h>
#include <linux/init.h>
#include <linux/kprobes.h>
#include <linux/rcupdate.h>
#include <linux/timekeeping.h>

#include "generation.h"
#include "probes.h"
#include "snapshot.h"

/* Ample for what takes microseconds, even if its task is scheduled away. */
#define SETTLE_NS	(10 * NSEC_PER_SEC)

static atomic64_t begun = ATOMIC64_INIT(0);
static atomic64_t ended = ATOMIC64_INIT(0);

/* So many nested calls were missed and have ended. */
static atomic64_t awaited = ATOMIC64_INIT(0);

/* How many of the other misses were noticed, and until when one may be under way. */
static atomic64_t noticed = ATOMIC64_INIT(0);
static atomic64_t settled_ns = ATOMIC64_INIT(0);

static u64 loaded_ns __ro_after_init;

/**
 * nsinspect_generation_init() - give this load of the module its number
 *
 * Context: Any. Called once, at load.
 */
void __init nsinspect_generation_init(void)
{
	loaded_ns = ktime_get_boottime_ns();
}

/**
 * nsinspect_generation_load() - which load of the module this is
 *
 * Context: Any.
 * Return: time since boot when it was loaded, nanoseconds.
 */
u64 nsinspect_generation_load(void)
{
	return loaded_ns;
}

/**
 * nsinspect_generation_begin() - a change is about to be made
 *
 * Context: Any, also the handler of a probe.
 */
void nsinspect_generation_begin(void)
{
	atomic64_inc(&begun);
	/* Nothing of the change is visible before the count. */
	smp_mb__after_atomic();
}
NOKPROBE_SYMBOL(nsinspect_generation_begin);

/**
 * nsinspect_generation_end() - a change was made
 *
 * Context: Any, also the handler of a probe.
 */
void nsinspect_generation_end(void)
{
	/* All of the change is visible before the count. */
	smp_mb__before_atomic();
	atomic64_inc(&ended);
}
NOKPROBE_SYMBOL(nsinspect_generation_end);

/**
 * nsinspect_generation() - how many changes of namespaces have begun
 *
 * Context: Any.
 * Return: a number that is larger than before if anything that was read before
 *	   this call is of a change that had not begun then.
 */
u64 nsinspect_generation(void)
{
	/* Pairs with nsinspect_generation_begin(). */
	smp_rmb();
	return atomic64_read(&begun) + nsinspect_probes_missed();
}

/**
 * nsinspect_generation_births() - whether a namespace was born, quickly told
 *
 * Context: Any.
 * Return: a number that is larger than before if anything that was read before
 *	   this call was born in between, and perhaps after other changes.
 */
u64 nsinspect_generation_births(void)
{
	/* Pairs with nsinspect_generation_begin(). */
	smp_rmb();
	return atomic64_read(&begun) + nsinspect_probes_missed_births();
}

/**
 * nsinspect_generation_under_way() - how many changes have begun and not ended
 *
 * Context: Any.
 * Return: how many there are now, or were a moment ago.
 */
u64 nsinspect_generation_under_way(void)
{
	u64 before = atomic64_read(&ended);

	/*
	 * Pairs with nsinspect_generation_end(). In this order, two equal
	 * numbers mean that nothing was under way when the second was read.
	 */
	smp_rmb();
	return atomic64_read(&begun) - before;
}

/**
 * nsinspect_generation_settle() - wait until nested calls that were missed have ended
 *
 * Who makes such a call, mostly an interrupt, returns before the handler that it
 * came into, and handlers run with preemption disabled, which a grace period
 * waits for. Without a miss since the last time it does not wait.
 *
 * Context: Process context, sleeps for a grace period, also with a fatal signal.
 */
void nsinspect_generation_settle(void)
{
	s64 nested = nsinspect_probes_missed_nested();

	if (atomic64_read(&awaited) == nested)
		return;
	synchronize_rcu();
	/*
	 * Pairs with nested_awaited(): who finds the number sees the changes. It may be
	 * lower than what is there: another walk has stored a later one, which costs one
	 * more wait, or the kernel, whose count is not atomic, has lost one.
	 */
	atomic64_set_release(&awaited, nested);
}

/* Whether all nested calls that were missed have ended. */
static bool nested_awaited(void)
{
	s64 nested = nsinspect_probes_missed_nested();

	return atomic64_read_acquire(&awaited) == nested;
}

/* Whether another change that was missed may still be under way. */
static bool missed_lately(void)
{
	s64 missed = nsinspect_probes_missed_full();
	s64 now = ktime_get_ns();

	if (atomic64_read(&noticed) != missed) {
		atomic64_set(&settled_ns, now + SETTLE_NS);
		/* In this order nobody finds the miss noticed and long settled. */
		smp_wmb();
		atomic64_set(&noticed, missed);
	}
	/* Pairs with the above. */
	smp_rmb();
	return now < atomic64_read(&settled_ns);
}

/**
 * nsinspect_generation_open() - a snapshot is begun
 * @snapshot: has its generation_begin set
 *
 * Context: Process context.
 * Return: whether changes are seen and none is under way, to be passed on to
 *	   nsinspect_generation_close().
 */
bool nsinspect_generation_open(struct nsinspect_snapshot *snapshot)
{
	bool quiet;

	/*
	 * First: what begins, or is missed, from here on makes the generation
	 * another one at the end.
	 */
	snapshot->generation_begin = nsinspect_generation();
	quiet = nsinspect_probes_watch() == NSINSPECT_WATCH_ON && nested_awaited() &&
		!missed_lately() && !nsinspect_generation_under_way();
	/* Nothing is read of what the snapshot shows before the counts. */
	smp_rmb();
	return quiet;
}

/**
 * nsinspect_generation_close() - a snapshot is complete
 * @snapshot: has its generation, watch and consistent set
 * @quiet: what nsinspect_generation_open() said
 *
 * Context: Process context.
 */
void nsinspect_generation_close(struct nsinspect_snapshot *snapshot, bool quiet)
{
	snapshot->generation = nsinspect_generation();
	snapshot->watch = nsinspect_probes_watch();
	snapshot->consistent = quiet && snapshot->watch == NSINSPECT_WATCH_ON &&
			       snapshot->generation == snapshot->generation_begin;
}
