// SPDX-License-Identifier: GPL-2.0
/* Which nodes of a snapshot are sent. The snapshot itself is never changed. */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "filter.h"

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
 * Return: true if it is to be sent.
 */
bool nsinspect_filter_ns(const struct nsinspect_filter *filter,
			 const struct nsinspect_snapshot *snapshot, u32 i)
{
	return (filter->details & NSINSPECT_DETAIL_NAMESPACES) &&
	       (filter->types & BIT(nsinspect_snapshot_ns(snapshot, i)->type)) &&
	       (filter->ns == NSINSPECT_NONE || filter->ns == i);
}

/**
 * nsinspect_filter_nsproxy() - whether an nsproxy passes
 * @filter: set up by nsinspect_filter_init()
 * @snapshot: the same snapshot as then
 * @i: index of the nsproxy
 *
 * Context: Any.
 * Return: true if it is to be sent.
 */
bool nsinspect_filter_nsproxy(const struct nsinspect_filter *filter,
			      const struct nsinspect_snapshot *snapshot, u32 i)
{
	return (filter->details & NSINSPECT_DETAIL_NSPROXIES) &&
	       (filter->ns == NSINSPECT_NONE || test_bit(i, filter->nsproxies));
}

/**
 * nsinspect_filter_task() - whether a task passes
 * @filter: set up by nsinspect_filter_init()
 * @snapshot: the same snapshot as then
 * @i: index of the task
 *
 * Context: Any.
 * Return: true if it is to be sent.
 */
bool nsinspect_filter_task(const struct nsinspect_filter *filter,
			   const struct nsinspect_snapshot *snapshot, u32 i)
{
	return (filter->details & NSINSPECT_DETAIL_TASKS) &&
	       (filter->ns == NSINSPECT_NONE ||
		task_is_within(snapshot, nsinspect_snapshot_task(snapshot, i), filter->ns));
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
	u32 i;

	if (filter->ns != NSINSPECT_NONE) {
		filter->nsproxies = kvcalloc(BITS_TO_LONGS(snapshot->nsproxies.count) ?: 1,
					     sizeof(long), GFP_KERNEL_ACCOUNT);
		if (!filter->nsproxies)
			return -ENOMEM;
		for (i = 0; i < snapshot->tasks.count; i++) {
			const struct nsinspect_task *task = nsinspect_snapshot_task(snapshot, i);

			if (task->nsproxy != NSINSPECT_NONE &&
			    task_is_within(snapshot, task, filter->ns))
				__set_bit(task->nsproxy, filter->nsproxies);
		}
	}
	for (i = 0; i < snapshot->namespaces.count; i++)
		filter->n_namespaces += nsinspect_filter_ns(filter, snapshot, i);
	for (i = 0; i < snapshot->nsproxies.count; i++)
		filter->n_nsproxies += nsinspect_filter_nsproxy(filter, snapshot, i);
	for (i = 0; i < snapshot->tasks.count; i++)
		filter->n_tasks += nsinspect_filter_task(filter, snapshot, i);
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
