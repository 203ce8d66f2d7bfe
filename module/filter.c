// SPDX-License-Identifier: GPL-2.0
/* Which nodes of a snapshot are sent. The snapshot itself is never changed. */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "filter.h"
#include "kinds.h"

/* Whether namespace @i is @ns or a descendant of it. */
static bool is_within(const struct nsinspect_snapshot *snapshot, u32 i, u32 ns)
{
	while (i != NSINSPECT_NONE && i != ns)
		i = nsinspect_snapshot_ns(snapshot, i)->parent;
	return i == ns;
}

static bool task_is_within(const struct nsinspect_snapshot *snapshot,
			   const struct nsinspect_task *task, u32 ns)
{
	u8 type = nsinspect_snapshot_ns(snapshot, ns)->type;
	unsigned int slot;

	for (slot = 0; slot < NSINSPECT_SLOTS; slot++)
		if (nsinspect_slots[slot].type == type &&
		    is_within(snapshot, nsinspect_task_slot(snapshot, task, slot), ns))
			return true;
	return false;
}

/**
 * nsinspect_filter_ns() - whether a namespace passes
 * @filter: set up by nsinspect_filter_init()
 * @snapshot: the same snapshot as then
 * @i: index of the namespace
 *
 * Context: Any.
 * Return: true if it is one of those asked for.
 */
bool nsinspect_filter_ns(const struct nsinspect_filter *filter,
			 const struct nsinspect_snapshot *snapshot, u32 i)
{
	return (filter->types & BIT(nsinspect_snapshot_ns(snapshot, i)->type)) &&
	       (filter->ns == NSINSPECT_NONE || filter->ns == i);
}

/**
 * nsinspect_filter_nsproxy() - whether an nsproxy passes
 * @filter: set up by nsinspect_filter_init()
 * @snapshot: the same snapshot as then
 * @i: index of the nsproxy
 *
 * Context: Any.
 * Return: true if it is one of those asked for.
 */
bool nsinspect_filter_nsproxy(const struct nsinspect_filter *filter,
			      const struct nsinspect_snapshot *snapshot, u32 i)
{
	return filter->ns == NSINSPECT_NONE || test_bit(i, filter->nsproxies);
}

/**
 * nsinspect_filter_task() - whether a task passes
 * @filter: set up by nsinspect_filter_init()
 * @snapshot: the same snapshot as then
 * @i: index of the task
 *
 * Context: Any.
 * Return: true if it is one of those asked for.
 */
bool nsinspect_filter_task(const struct nsinspect_filter *filter,
			   const struct nsinspect_snapshot *snapshot, u32 i)
{
	return filter->ns == NSINSPECT_NONE ||
	       task_is_within(snapshot, nsinspect_snapshot_task(snapshot, i), filter->ns);
}

/**
 * nsinspect_filter_link() - whether a network device passes
 * @filter: set up by nsinspect_filter_init()
 * @snapshot: the same snapshot as then
 * @i: index of the link
 *
 * Context: Any.
 * Return: true if the network namespace that it is in passes.
 */
bool nsinspect_filter_link(const struct nsinspect_filter *filter,
			   const struct nsinspect_snapshot *snapshot, u32 i)
{
	return nsinspect_filter_ns(filter, snapshot, nsinspect_snapshot_link(snapshot, i)->net);
}

/**
 * nsinspect_filter_counter() - whether an account passes
 * @filter: set up by nsinspect_filter_init()
 * @snapshot: the same snapshot as then
 * @i: index of the counter
 *
 * Of the types, only those asked for are in its node.
 *
 * Context: Any.
 * Return: true if it is in the user namespace that is asked for, or none is.
 */
bool nsinspect_filter_counter(const struct nsinspect_filter *filter,
			      const struct nsinspect_snapshot *snapshot, u32 i)
{
	return filter->ns == NSINSPECT_NONE ||
	       filter->ns == nsinspect_snapshot_counter(snapshot, i)->user;
}

/**
 * nsinspect_filter_any() - for kinds of node of which all pass
 * @filter: set up by nsinspect_filter_init()
 * @snapshot: the same snapshot as then
 * @i: index of the node
 *
 * Context: Any.
 * Return: true.
 */
bool nsinspect_filter_any(const struct nsinspect_filter *filter,
			  const struct nsinspect_snapshot *snapshot, u32 i)
{
	return true;
}

/**
 * nsinspect_filter_node() - whether a node is to be sent
 * @filter: set up by nsinspect_filter_init()
 * @snapshot: the same snapshot as then
 * @kind: enum nsinspect_kind_nr
 * @i: index of the node among those of its kind
 *
 * Context: Any.
 * Return: true if it is.
 */
bool nsinspect_filter_node(const struct nsinspect_filter *filter,
			   const struct nsinspect_snapshot *snapshot, unsigned int kind, u32 i)
{
	return (filter->details & nsinspect_kinds[kind].detail) &&
	       nsinspect_kinds[kind].passes(filter, snapshot, i);
}

/**
 * nsinspect_filter_bytes() - what a filter takes
 * @filter: set up by nsinspect_filter_init()
 * @snapshot: the same snapshot as then
 *
 * Context: Any.
 * Return: memory, bytes.
 */
size_t nsinspect_filter_bytes(const struct nsinspect_filter *filter,
			      const struct nsinspect_snapshot *snapshot)
{
	if (filter->ns == NSINSPECT_NONE)
		return 0;
	return sizeof(long) *
	       (BITS_TO_LONGS(nsinspect_snapshot_count(snapshot, NSINSPECT_KIND_NSPROXY)) ?: 1);
}

/* The nsproxies of tasks that are in the one namespace that is asked for. */
static int find_nsproxies(struct nsinspect_filter *filter,
			  const struct nsinspect_snapshot *snapshot)
{
	u32 i;

	filter->nsproxies = kvzalloc(nsinspect_filter_bytes(filter, snapshot),
				     NSINSPECT_SNAPSHOT_GFP);
	if (!filter->nsproxies)
		return -ENOMEM;
	for (i = 0; i < nsinspect_snapshot_count(snapshot, NSINSPECT_KIND_TASK); i++) {
		const struct nsinspect_task *task = nsinspect_snapshot_task(snapshot, i);

		if (task->nsproxy != NSINSPECT_NONE && task_is_within(snapshot, task, filter->ns))
			__set_bit(task->nsproxy, filter->nsproxies);
		cond_resched();
	}
	return 0;
}

/**
 * nsinspect_filter_init() - work out what passes
 * @filter: with types, details and ns set by the caller
 * @snapshot: the snapshot that it will be used on
 *
 * Context: Process context, may sleep.
 * Return: 0, to be undone by nsinspect_filter_exit(), or -ENOMEM.
 */
int nsinspect_filter_init(struct nsinspect_filter *filter,
			  const struct nsinspect_snapshot *snapshot)
{
	unsigned int kind;
	u32 i;
	int err;

	if (filter->ns != NSINSPECT_NONE) {
		err = find_nsproxies(filter, snapshot);
		if (err)
			return err;
	}
	for (kind = 0; kind < NSINSPECT_NODE_KINDS; kind++) {
		for (i = 0; i < nsinspect_snapshot_count(snapshot, kind); i++) {
			filter->counts[kind] += nsinspect_filter_node(filter, snapshot, kind, i);
			cond_resched();
		}
	}
	return 0;
}

/**
 * nsinspect_filter_exit() - undo nsinspect_filter_init()
 * @filter: a filter, set up or zeroed
 *
 * Context: Process context, may sleep.
 */
void nsinspect_filter_exit(struct nsinspect_filter *filter)
{
	kvfree(filter->nsproxies);
}
