// SPDX-License-Identifier: GPL-2.0
/*
 * The immutable graph: memory for it, finding nodes while it is built, freeing.
 *
 * A snapshot holds values only. The kernel objects that nodes were made from
 * are keys in the builder's indexes, compared but never followed, and are gone
 * with the builder.
 */
#include <linux/err.h>
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "snapshot.h"

/* Charged to the asker's memory cgroup: it is the asker who chose to ask. */
#define SNAPSHOT_GFP	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN)

static int vec_reserve(struct nsinspect_vec *vec, size_t size, u32 more)
{
	u32 room;
	void *data;

	if (vec->room - vec->count >= more)
		return 0;
	room = max(vec->count + more, vec->room + vec->room / 2);
	data = kvmalloc_array(room, size, SNAPSHOT_GFP);
	if (!data)
		return -ENOMEM;
	if (vec->count)
		memcpy(data, vec->data, vec->count * size);
	kvfree(vec->data);
	vec->data = data;
	vec->room = room;
	return 0;
}

static void vec_free(struct nsinspect_vec *vec)
{
	kvfree(vec->data);
}

static void index_free(struct nsinspect_index *index)
{
	kvfree(index->keys);
	kvfree(index->nodes);
}

/* Room for @count keys with at least half of the places left empty. */
static int index_reserve(struct nsinspect_index *index, u32 count)
{
	struct nsinspect_index larger = {
		.bits = max(order_base_2(2 * (unsigned long)count), 5),
	};
	u32 i;

	if (index->keys && larger.bits <= index->bits)
		return 0;
	larger.keys = kvcalloc(1UL << larger.bits, sizeof(*larger.keys), SNAPSHOT_GFP);
	larger.nodes = kvmalloc_array(1UL << larger.bits, sizeof(*larger.nodes), SNAPSHOT_GFP);
	if (!larger.keys || !larger.nodes) {
		index_free(&larger);
		return -ENOMEM;
	}
	for (i = 0; index->keys && i < 1U << index->bits; i++)
		if (index->keys[i])
			nsinspect_index_add(&larger, index->keys[i], index->nodes[i]);
	index_free(index);
	*index = larger;
	return 0;
}

/**
 * nsinspect_index_next() - next node made from a kernel object
 * @index: the index
 * @key: address of the object
 * @cursor: where to go on; set to NSINSPECT_NONE for the first
 *
 * There may be more than one: an object can die and its memory be used for
 * another while the walk is between two steps. The caller compares.
 *
 * Context: Any.
 * Return: the node, or NSINSPECT_NONE when there is none (left).
 */
u32 nsinspect_index_next(const struct nsinspect_index *index, const void *key, u32 *cursor)
{
	u32 mask = (1U << index->bits) - 1;
	u32 i;

	i = *cursor == NSINSPECT_NONE ? hash_ptr(key, index->bits) : (*cursor + 1) & mask;
	for (; index->keys[i]; i = (i + 1) & mask) {
		if (index->keys[i] == key) {
			*cursor = i;
			return index->nodes[i];
		}
	}
	return NSINSPECT_NONE;
}

/**
 * nsinspect_index_add() - remember which node was made from a kernel object
 * @index: an index with room, see nsinspect_snapshot_reserve()
 * @key: address of the object
 * @node: index of the node
 *
 * Context: Any.
 */
void nsinspect_index_add(struct nsinspect_index *index, const void *key, u32 node)
{
	u32 mask = (1U << index->bits) - 1;
	u32 i = hash_ptr(key, index->bits);

	while (index->keys[i])
		i = (i + 1) & mask;
	index->keys[i] = key;
	index->nodes[i] = node;
}

/**
 * nsinspect_snapshot_alloc() - begin a snapshot
 * @builder: set up for nsinspect_snapshot_reserve(); given back by
 *	     nsinspect_snapshot_complete() or nsinspect_builder_free()
 *
 * Context: Process context, may sleep.
 * Return: an empty snapshot, to be freed by nsinspect_snapshot_free(), or
 *	   ERR_PTR(-ENOMEM).
 */
struct nsinspect_snapshot *nsinspect_snapshot_alloc(struct nsinspect_builder *builder)
{
	struct nsinspect_snapshot *snapshot = kzalloc(sizeof(*snapshot), SNAPSHOT_GFP);

	if (!snapshot)
		return ERR_PTR(-ENOMEM);
	*builder = (struct nsinspect_builder){ .snapshot = snapshot };
	return snapshot;
}

/**
 * nsinspect_snapshot_free() - let go of a snapshot
 * @snapshot: complete or not; NULL and error pointers are ignored
 *
 * Context: Process context, may sleep.
 */
void nsinspect_snapshot_free(struct nsinspect_snapshot *snapshot)
{
	if (IS_ERR_OR_NULL(snapshot))
		return;
	vec_free(&snapshot->nrs);
	vec_free(&snapshot->tasks);
	vec_free(&snapshot->nsproxies);
	vec_free(&snapshot->namespaces);
	kfree(snapshot);
}

/**
 * nsinspect_builder_free() - let go of what only building needs
 * @builder: set up by nsinspect_snapshot_alloc(); its snapshot stays
 *
 * Context: Process context, may sleep.
 */
void nsinspect_builder_free(struct nsinspect_builder *builder)
{
	index_free(&builder->nsproxy_index);
	index_free(&builder->ns_index);
}

/**
 * nsinspect_snapshot_bytes() - what a snapshot takes
 * @snapshot: a snapshot
 *
 * Context: Any.
 * Return: bytes.
 */
u64 nsinspect_snapshot_bytes(const struct nsinspect_snapshot *snapshot)
{
	return sizeof(*snapshot) +
	       (u64)snapshot->namespaces.room * sizeof(struct nsinspect_ns) +
	       (u64)snapshot->nsproxies.room * sizeof(struct nsinspect_nsproxy) +
	       (u64)snapshot->tasks.room * sizeof(struct nsinspect_task) +
	       (u64)snapshot->nrs.room * sizeof(u32);
}

/**
 * nsinspect_snapshot_reserve() - make sure that a step will find memory
 * @builder: the builder
 * @tasks: how many tasks there will be room for
 *
 * The step itself runs under RCU and must not allocate.
 *
 * Context: Process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int nsinspect_snapshot_reserve(struct nsinspect_builder *builder, u32 tasks)
{
	struct nsinspect_snapshot *snapshot = builder->snapshot;
	struct nsinspect_vec *namespaces = &snapshot->namespaces;
	struct nsinspect_vec *nsproxies = &snapshot->nsproxies;
	int err;

	err = vec_reserve(&snapshot->tasks, sizeof(struct nsinspect_task), tasks);
	if (!err)
		err = vec_reserve(&snapshot->nrs, sizeof(u32), NSINSPECT_STEP_NRS);
	if (!err)
		err = vec_reserve(nsproxies, sizeof(struct nsinspect_nsproxy),
				  NSINSPECT_STEP_NSPROXIES);
	if (!err)
		err = vec_reserve(namespaces, sizeof(struct nsinspect_ns), NSINSPECT_STEP_NS);
	if (!err)
		err = index_reserve(&builder->nsproxy_index, nsproxies->room);
	if (!err)
		err = index_reserve(&builder->ns_index, namespaces->room);
	return err;
}

/**
 * nsinspect_snapshot_add() - take the next element of a reserved array
 * @vec: the array
 * @size: of an element, bytes
 *
 * Context: Any.
 * Return: the element, not initialised, or NULL when what was reserved is used up.
 */
void *nsinspect_snapshot_add(struct nsinspect_vec *vec, size_t size)
{
	if (vec->count == vec->room)
		return NULL;
	return vec->data + vec->count++ * size;
}

/**
 * nsinspect_snapshot_complete() - add up members; nothing changes from here on
 * @builder: the builder, let go of
 *
 * Who is in a namespace by way of an nsproxy is counted here, a multiplication
 * for each nsproxy instead of eight additions for each task.
 *
 * Context: Process context, may sleep.
 */
void nsinspect_snapshot_complete(struct nsinspect_builder *builder)
{
	struct nsinspect_snapshot *snapshot = builder->snapshot;
	unsigned int slot;
	u32 i;

	for (i = 0; i < snapshot->nsproxies.count; i++) {
		const struct nsinspect_nsproxy *nsproxy = nsinspect_snapshot_nsproxy(snapshot, i);

		for (slot = 0; slot < NSINSPECT_SLOTS; slot++) {
			struct nsinspect_ns *ns;

			if (nsproxy->ns[slot] == NSINSPECT_NONE ||
			    nsinspect_slots[slot].for_children)
				continue;
			ns = nsinspect_snapshot_ns(snapshot, nsproxy->ns[slot]);
			ns->tasks += nsproxy->tasks;
			ns->procs += nsproxy->procs;
		}
	}
	nsinspect_builder_free(builder);
}

/**
 * nsinspect_snapshot_find_ns() - look a namespace up
 * @snapshot: a complete snapshot
 * @inum: its inode number, or 0 for any
 * @id: its ns_id, or 0 for any
 *
 * Context: Any.
 * Return: its index, or NSINSPECT_NONE.
 */
u32 nsinspect_snapshot_find_ns(const struct nsinspect_snapshot *snapshot, u32 inum, u64 id)
{
	u32 i;

	for (i = 0; i < snapshot->namespaces.count; i++) {
		const struct nsinspect_ns *ns = nsinspect_snapshot_ns(snapshot, i);

		if ((!inum || ns->inum == inum) && (!id || ns->id == id))
			return i;
	}
	return NSINSPECT_NONE;
}

/**
 * nsinspect_task_slot() - the namespace in one of a task's ten slots
 * @snapshot: a complete snapshot
 * @task: one of its tasks
 * @slot: enum nsinspect_slot_nr
 *
 * Context: Any.
 * Return: index of the namespace, or NSINSPECT_NONE.
 */
u32 nsinspect_task_slot(const struct nsinspect_snapshot *snapshot,
			const struct nsinspect_task *task, unsigned int slot)
{
	switch (slot) {
	case NSINSPECT_SLOT_PID:
		return task->pid;
	case NSINSPECT_SLOT_USER:
		return task->user;
	default:
		if (task->nsproxy == NSINSPECT_NONE)
			return NSINSPECT_NONE;
		return nsinspect_snapshot_nsproxy(snapshot, task->nsproxy)->ns[slot];
	}
}
