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
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kinds.h"
#include "snapshot.h"

/* An array begins with room for this many elements, unless more are wanted. */
#define VEC_MIN		16

static void *builder_alloc(struct nsinspect_builder *builder, size_t count, size_t size)
{
	void *data = kvmalloc_array(count, size, NSINSPECT_SNAPSHOT_GFP);
	u64 *most = &builder->snapshot->bytes;

	if (data) {
		builder->bytes += count * size;
		*most = max(*most, builder->bytes);
	}
	return data;
}

static void builder_release(struct nsinspect_builder *builder, void *data, size_t count,
			    size_t size)
{
	if (data)
		builder->bytes -= count * size;
	kvfree(data);
}

static int vec_reserve(struct nsinspect_builder *builder, struct nsinspect_vec *vec, size_t size,
		       u32 more)
{
	u32 room;
	void *data;

	if (vec->room - vec->count >= more)
		return 0;
	room = max3(vec->count + more, vec->room + vec->room / 2, (u32)VEC_MIN);
	data = builder_alloc(builder, room, size);
	if (!data)
		return -ENOMEM;
	if (vec->count)
		memcpy(data, vec->data, vec->count * size);
	builder_release(builder, vec->data, vec->room, size);
	vec->data = data;
	vec->room = room;
	return 0;
}

static void vec_free(struct nsinspect_builder *builder, struct nsinspect_vec *vec, size_t size)
{
	builder_release(builder, vec->data, vec->room, size);
	*vec = (struct nsinspect_vec){ 0 };
}

static size_t index_places(const struct nsinspect_index *index)
{
	return 1UL << index->bits;
}

static void index_free(struct nsinspect_builder *builder, struct nsinspect_index *index)
{
	builder_release(builder, index->keys, index_places(index), sizeof(*index->keys));
	builder_release(builder, index->nodes, index_places(index), sizeof(*index->nodes));
	*index = (struct nsinspect_index){ 0 };
}

/* Room for @count keys with at least half of the places left empty. */
static int index_reserve(struct nsinspect_builder *builder, struct nsinspect_index *index,
			 u32 count)
{
	struct nsinspect_index larger = {
		.bits = max(order_base_2(2 * (unsigned long)count), 5),
	};
	size_t i;

	if (index->keys && larger.bits <= index->bits)
		return 0;
	larger.keys = builder_alloc(builder, index_places(&larger), sizeof(*larger.keys));
	larger.nodes = builder_alloc(builder, index_places(&larger), sizeof(*larger.nodes));
	if (!larger.keys || !larger.nodes) {
		index_free(builder, &larger);
		return -ENOMEM;
	}
	memset(larger.keys, 0, index_places(&larger) * sizeof(*larger.keys));
	for (i = 0; index->keys && i < index_places(index); i++)
		if (index->keys[i])
			nsinspect_index_add(&larger, index->keys[i], index->nodes[i]);
	index_free(builder, index);
	*index = larger;
	return 0;
}

/**
 * nsinspect_index_next() - next node that has a key
 * @index: the index
 * @key: the key
 * @cursor: where to go on; set to NSINSPECT_NONE for the first
 *
 * There may be more than one where the key is the address of a kernel object:
 * that can die and its memory be used for another while the walk is between two
 * steps. The caller compares.
 *
 * Context: Any.
 * Return: the node, or NSINSPECT_NONE when there is none (left).
 */
u32 nsinspect_index_next(const struct nsinspect_index *index, const void *key, u32 *cursor)
{
	u32 mask = (1U << index->bits) - 1;
	u32 i;

	if (!index->keys)
		return NSINSPECT_NONE;
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
 * nsinspect_index_add() - remember which node has a key
 * @index: an index with room, see nsinspect_snapshot_reserve()
 * @key: the key, not NULL
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
 *	     nsinspect_builder_free()
 *
 * Context: Process context, may sleep.
 * Return: an empty snapshot, to be freed by nsinspect_snapshot_free(), or
 *	   ERR_PTR(-ENOMEM).
 */
struct nsinspect_snapshot *nsinspect_snapshot_alloc(struct nsinspect_builder *builder)
{
	struct nsinspect_snapshot *snapshot = kzalloc(sizeof(*snapshot), NSINSPECT_SNAPSHOT_GFP);

	if (!snapshot)
		return ERR_PTR(-ENOMEM);
	snapshot->bytes = sizeof(*snapshot);
	*builder = (struct nsinspect_builder){
		.snapshot = snapshot,
		.bytes = sizeof(*snapshot),
	};
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
	unsigned int kind;

	if (IS_ERR_OR_NULL(snapshot))
		return;
	for (kind = NSINSPECT_KINDS; kind--;)
		kvfree(snapshot->vecs[kind].data);
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
	unsigned int kind;

	for (kind = NSINSPECT_KINDS; kind--;) {
		index_free(builder, &builder->indexes[kind]);
		if (nsinspect_kinds[kind].building)
			vec_free(builder, &builder->snapshot->vecs[kind],
				 nsinspect_kinds[kind].size);
	}
}

/**
 * nsinspect_snapshot_reserve() - get the memory that a step wants
 * @builder: the builder, with what is wanted
 *
 * The step itself runs under RCU and must not allocate.
 *
 * Context: Process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int nsinspect_snapshot_reserve(struct nsinspect_builder *builder)
{
	unsigned int kind;
	int err;

	for (kind = 0; kind < NSINSPECT_KINDS; kind++) {
		struct nsinspect_vec *vec = &builder->snapshot->vecs[kind];

		err = vec_reserve(builder, vec, nsinspect_kinds[kind].size, builder->wanted[kind]);
		if (err)
			return err;
		builder->wanted[kind] = 0;
		if (nsinspect_kinds[kind].indexed && vec->room) {
			err = index_reserve(builder, &builder->indexes[kind], vec->room);
			if (err)
				return err;
		}
	}
	return 0;
}

/**
 * nsinspect_snapshot_clear() - forget all elements of one kind, and keep the memory
 * @builder: the builder
 * @kind: enum nsinspect_kind_nr
 *
 * Context: Any.
 */
void nsinspect_snapshot_clear(struct nsinspect_builder *builder, enum nsinspect_kind_nr kind)
{
	struct nsinspect_index *index = &builder->indexes[kind];

	builder->snapshot->vecs[kind].count = 0;
	if (index->keys)
		memset(index->keys, 0, index_places(index) * sizeof(*index->keys));
}

/**
 * nsinspect_snapshot_restart() - forget all that was added, and keep the memory
 * @builder: the builder
 *
 * Context: Any.
 */
void nsinspect_snapshot_restart(struct nsinspect_builder *builder)
{
	unsigned int kind;

	for (kind = 0; kind < NSINSPECT_KINDS; kind++)
		nsinspect_snapshot_clear(builder, kind);
	builder->snapshot->walked = 0;
	builder->last_key = NULL;
}

/**
 * nsinspect_snapshot_add() - take the next element of an array
 * @builder: the builder; told what is wanted when there is no room
 * @kind: enum nsinspect_kind_nr
 *
 * Context: Any.
 * Return: the element, not initialised, or NULL when what was reserved is used up.
 */
void *nsinspect_snapshot_add(struct nsinspect_builder *builder, enum nsinspect_kind_nr kind)
{
	struct nsinspect_vec *vec = &builder->snapshot->vecs[kind];

	if (!nsinspect_snapshot_has_room(builder, kind, 1))
		return NULL;
	return vec->data + vec->count++ * nsinspect_kinds[kind].size;
}

/*
 * Who is in a namespace by way of an nsproxy is counted at the end, a
 * multiplication for each nsproxy instead of eight additions for each task.
 */
static void count_members(struct nsinspect_snapshot *snapshot)
{
	unsigned int slot;
	u32 i;

	for (i = 0; i < nsinspect_snapshot_count(snapshot, NSINSPECT_KIND_NSPROXY); i++) {
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
		cond_resched();
	}
}

/* Only where a namespace died and another was born can two have one number. */
static int mark_shared_inums(struct nsinspect_builder *builder)
{
	struct nsinspect_snapshot *snapshot = builder->snapshot;
	u32 count = nsinspect_snapshot_count(snapshot, NSINSPECT_KIND_NAMESPACE);
	struct nsinspect_index by_inum = { 0 };
	u32 i;
	int err;

	err = index_reserve(builder, &by_inum, count);
	if (err)
		return err;
	for (i = 0; i < count; i++) {
		struct nsinspect_ns *ns = nsinspect_snapshot_ns(snapshot, i);
		const void *key = (const void *)(unsigned long)ns->inum;
		u32 cursor = NSINSPECT_NONE;
		u32 other = nsinspect_index_next(&by_inum, key, &cursor);

		if (other == NSINSPECT_NONE) {
			nsinspect_index_add(&by_inum, key, i);
		} else {
			nsinspect_snapshot_ns(snapshot, other)->shares_inum = true;
			ns->shares_inum = true;
		}
		cond_resched();
	}
	index_free(builder, &by_inum);
	return 0;
}

/**
 * nsinspect_snapshot_complete() - work out what follows from all nodes together
 * @builder: the builder; nothing is added from here on
 *
 * Context: Process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int nsinspect_snapshot_complete(struct nsinspect_builder *builder)
{
	count_members(builder->snapshot);
	return builder->snapshot->consistent ? 0 : mark_shared_inums(builder);
}

/**
 * nsinspect_snapshot_find_ns() - look a namespace up
 * @snapshot: a complete snapshot
 * @type: enum nsinspect_ns_type, or -1 for any
 * @inum: its inode number, or 0 for any
 * @id: its ns_id, or 0 for any
 *
 * Of two with the same number the one that was seen last is the one that lives.
 *
 * Context: Process context, may sleep.
 * Return: its index, or NSINSPECT_NONE.
 */
u32 nsinspect_snapshot_find_ns(const struct nsinspect_snapshot *snapshot, int type, u32 inum,
			       u64 id)
{
	u32 i;

	for (i = nsinspect_snapshot_count(snapshot, NSINSPECT_KIND_NAMESPACE); i--;) {
		const struct nsinspect_ns *ns = nsinspect_snapshot_ns(snapshot, i);

		if ((type < 0 || ns->type == type) && (!inum || ns->inum == inum) &&
		    (!id || ns->id == id))
			return i;
		cond_resched();
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
