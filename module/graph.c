// SPDX-License-Identifier: GPL-2.0
/*
 * Adds namespaces and nsproxies to a snapshot, whoever found them, each once.
 *
 * What makes two sightings one node: the address of the kernel object, and
 * values. The address alone does not, because an object can die and another be
 * born in its place between two steps of a walk, with the same inode number,
 * too: these are reused at once. So what must be equal for one object in all its
 * life is compared: type, inode number, ns_id and level; and once a change of
 * namespaces was counted, without which nothing can have been born in the place
 * of another, owners and parents up to the root as well.
 *
 * Two namespaces that agree in all of this, one after the other at one address,
 * are taken for one; so are some that differ in owners or parents when probes
 * are switched off during the walk, because births are not counted then. Only a
 * picture that does not claim to be consistent can show that.
 */
#include <linux/errno.h>
#include <linux/init_task.h>
#include <linux/sched.h>

#include "compat.h"
#include "counters.h"
#include "facts.h"
#include "generation.h"
#include "graph.h"
#include "holders.h"
#include "hooks.h"
#include "walk.h"

/*
 * To be called after a pointer was read that leads to what is added: its birth
 * was counted before it could be seen.
 */
static void note_changes(struct nsinspect_builder *builder)
{
	if (!builder->changed && nsinspect_generation_births() != builder->births)
		builder->changed = true;
}

/* @ns is alive. Whether node @i was made from it, as far as its own values tell. */
static bool same_values(const struct nsinspect_builder *builder, struct ns_common *ns, u8 type,
			u32 i)
{
	const struct nsinspect_ns *node = nsinspect_snapshot_ns(builder->snapshot, i);

	return node->type == type && node->inum == READ_ONCE(ns->inum) &&
	       node->id == nsinspect_hook_id(nsinspect_ns_id(ns)) &&
	       node->level == nsinspect_ns_level(ns, type);
}

/* @owner is alive or NULL. The same for it and its owners, from node @i on. */
static bool same_owners(const struct nsinspect_builder *builder, struct ns_common *owner, u32 i)
{
	while (owner && i != NSINSPECT_NONE) {
		if (!same_values(builder, owner, NSINSPECT_NS_TYPE_USER, i))
			return false;
		owner = nsinspect_ns_owner(owner);
		i = nsinspect_snapshot_ns(builder->snapshot, i)->owner;
	}
	return !owner && i == NSINSPECT_NONE;
}

/* The same for @ns, its parents, and the owners of all of these. */
static bool same_lineage(const struct nsinspect_builder *builder, struct ns_common *ns, u8 type,
			 u32 i)
{
	while (ns && i != NSINSPECT_NONE) {
		const struct nsinspect_ns *node = nsinspect_snapshot_ns(builder->snapshot, i);

		if (!same_values(builder, ns, type, i) ||
		    !same_owners(builder, nsinspect_ns_owner(ns), node->owner))
			return false;
		/* The parents of a user namespace are its owners. */
		if (type == NSINSPECT_NS_TYPE_USER)
			return true;
		ns = nsinspect_ns_parent(ns, type);
		i = node->parent;
	}
	return !ns && i == NSINSPECT_NONE;
}

/* @ns is alive. The node that was made from it, or NSINSPECT_NONE. */
static u32 node_of(const struct nsinspect_builder *builder, struct ns_common *ns, u8 type)
{
	u32 cursor = NSINSPECT_NONE;
	u32 i;

	do {
		i = nsinspect_index_next(&builder->indexes[NSINSPECT_KIND_NAMESPACE],
					 nsinspect_hook_key(ns), &cursor);
	} while (i != NSINSPECT_NONE &&
		 !(builder->changed ? same_lineage(builder, ns, type, i) :
				      same_values(builder, ns, type, i)));
	return i;
}

/**
 * nsinspect_graph_find_ns() - look up a namespace that may be in the snapshot
 * @builder: the builder
 * @ns: namespace that the caller keeps alive, by RCU or by what points to it
 * @type: its type
 *
 * Context: Any.
 * Return: index of its node, or NSINSPECT_NONE.
 */
u32 nsinspect_graph_find_ns(struct nsinspect_builder *builder, struct ns_common *ns, u8 type)
{
	note_changes(builder);
	return node_of(builder, ns, type);
}

/* The swapper never leaves the namespaces that the system is started in. */
static bool is_initial(struct ns_common *ns, u8 type)
{
	unsigned int i;

	switch (type) {
	case NSINSPECT_NS_TYPE_PID:
		return ns == &init_pid_ns.ns;
	case NSINSPECT_NS_TYPE_USER:
		return ns == &init_user_ns.ns;
	}
	for (i = 0; i < NSINSPECT_SLOTS; i++)
		if (nsinspect_slots[i].type == type)
			return ns == nsinspect_slots[i].of(init_task.nsproxy);
	return false;
}

static void note_lineage(const struct nsinspect_builder *builder, u32 i)
{
	if (i != NSINSPECT_NONE)
		nsinspect_snapshot_ns(builder->snapshot, i)->found |= NSINSPECT_FOUND_LINEAGE;
}

/* The namespace whose holders are asked for gets a reference, once. @ns is alive. */
static void note_target(const struct nsinspect_builder *builder, struct ns_common *ns, u8 type)
{
	struct nsinspect_target *target = builder->ask->target;

	if (target && !target->ns && nsinspect_target_is(target, ns, type) &&
	    nsinspect_ns_get(ns))
		target->ns = ns;
}

/**
 * nsinspect_graph_pin() - take a reference on a namespace, not to be shown as one of its own
 * @builder: the builder; has room for NSINSPECT_PINNED at a time
 * @ns: namespace that is in memory
 *
 * Context: Any.
 * Return: true, to be undone by nsinspect_graph_unpin(), or false when it is dying
 *	   or of a type that is not known here.
 */
bool nsinspect_graph_pin(struct nsinspect_builder *builder, struct ns_common *ns)
{
	if (nsinspect_ns_type(ns) < 0 || !nsinspect_ns_get(ns))
		return false;
	builder->pinned[builder->pinned_count++] = ns;
	return true;
}

/**
 * nsinspect_graph_unpin() - put the reference that was taken last
 * @builder: the builder
 *
 * Context: Process context, may sleep; but for a network namespace, any.
 */
void nsinspect_graph_unpin(struct nsinspect_builder *builder)
{
	struct ns_common *ns = builder->pinned[--builder->pinned_count];

	ns->ops->put(ns);
}

/* How many of the references on @ns are ours; it may be pinned twice. */
static u32 our_refs(const struct nsinspect_builder *builder, struct ns_common *ns)
{
	unsigned int i;
	u32 refs = 0;

	for (i = 0; i < builder->pinned_count; i++)
		refs += builder->pinned[i] == ns && nsinspect_ns_is_counted(ns);
	return refs;
}

/* @ns is alive and its parent and owner are in the snapshot. */
static int add_node(struct nsinspect_builder *builder, struct ns_common *ns, u8 type)
{
	struct ns_common *parent = nsinspect_ns_parent(ns, type);
	struct ns_common *owner = nsinspect_ns_owner(ns);
	struct nsinspect_ns *node;
	int err;

	if (!nsinspect_snapshot_has_room(builder, NSINSPECT_KIND_NAMESPACE, 1))
		return -ENOSPC;
	err = nsinspect_counters_add(builder, nsinspect_ns_ucounts(ns, type));
	if (!err)
		err = nsinspect_facts_add(builder, ns, type);
	if (err)
		return err;
	node = nsinspect_snapshot_add(builder, NSINSPECT_KIND_NAMESPACE);
	*node = (struct nsinspect_ns){
		.id = nsinspect_hook_id(nsinspect_ns_id(ns)),
		.inum = READ_ONCE(ns->inum),
		.owner = owner ? node_of(builder, owner, NSINSPECT_NS_TYPE_USER) : NSINSPECT_NONE,
		.parent = parent ? node_of(builder, parent, type) : NSINSPECT_NONE,
		.refs = nsinspect_ns_refs(ns) - our_refs(builder, ns),
		.level = nsinspect_ns_level(ns, type),
		.type = type,
		.initial = is_initial(ns, type),
		.active = nsinspect_ns_active(ns),
	};
	note_target(builder, ns, type);
	note_lineage(builder, node->parent);
	note_lineage(builder, node->owner);
	nsinspect_index_add(&builder->indexes[NSINSPECT_KIND_NAMESPACE], nsinspect_hook_key(ns),
			    nsinspect_snapshot_count(builder->snapshot,
						     NSINSPECT_KIND_NAMESPACE) - 1);
	return 0;
}

/**
 * nsinspect_graph_add_ns() - make sure that a namespace is in the snapshot
 * @builder: the builder
 * @ns: namespace that the caller keeps alive, by RCU or by what points to it
 * @type: its type
 * @node: set to the index of its node
 *
 * With it come all its ancestors and owners, the outermost first, so that a
 * node is complete once it is there. Repeating it is harmless.
 *
 * Context: Any.
 * Return: 0, or -ENOSPC when more has to be reserved first.
 */
int nsinspect_graph_add_ns(struct nsinspect_builder *builder, struct ns_common *ns, u8 type,
			   u32 *node)
{
	int err;

	note_changes(builder);
	while ((*node = node_of(builder, ns, type)) == NSINSPECT_NONE) {
		struct ns_common *outer = ns;
		u8 outer_type = type;

		for (;;) {
			struct ns_common *parent = nsinspect_ns_parent(outer, outer_type);
			struct ns_common *owner = nsinspect_ns_owner(outer);

			if (parent && node_of(builder, parent, outer_type) == NSINSPECT_NONE) {
				outer = parent;
			} else if (owner && node_of(builder, owner, NSINSPECT_NS_TYPE_USER) ==
					    NSINSPECT_NONE) {
				outer = owner;
				outer_type = NSINSPECT_NS_TYPE_USER;
			} else {
				break;
			}
		}
		err = add_node(builder, outer, outer_type);
		if (err)
			return err;
	}
	nsinspect_snapshot_ns(builder->snapshot, *node)->found |= builder->way;
	return 0;
}

static bool is_slot_of_nsproxy(unsigned int slot)
{
	return nsinspect_slots[slot].present && nsinspect_slots[slot].of;
}

/* Whether two nsproxies lead to the same places. */
static __always_inline bool same_pointers(const struct nsproxy *a, const struct nsproxy *b)
{
	/* A kernel with one more kind of namespace has to be compared in full, too. */
	static_assert(sizeof(*a) == 9 * sizeof(void *));
	return a->uts_ns == b->uts_ns && a->ipc_ns == b->ipc_ns && a->mnt_ns == b->mnt_ns &&
	       a->pid_ns_for_children == b->pid_ns_for_children && a->net_ns == b->net_ns &&
	       a->time_ns == b->time_ns && a->time_ns_for_children == b->time_ns_for_children &&
	       a->cgroup_ns == b->cgroup_ns;
}

/* @nsproxy is alive. Whether node @i still is what it was made from. */
static bool same_nsproxy(const struct nsinspect_builder *builder, const struct nsproxy *nsproxy,
			 u32 i)
{
	const struct nsinspect_nsproxy *node = nsinspect_snapshot_nsproxy(builder->snapshot, i);
	unsigned int slot;

	if (!same_pointers(nsinspect_snapshot_pointers(builder->snapshot, i), nsproxy))
		return false;
	/* Without a birth, what these point to is what it was. */
	if (likely(!builder->changed))
		return true;
	for (slot = 0; slot < NSINSPECT_SLOTS; slot++)
		if (is_slot_of_nsproxy(slot) &&
		    !same_lineage(builder, nsinspect_slots[slot].of(nsproxy),
				  nsinspect_slots[slot].type, node->ns[slot]))
			return false;
	return true;
}

/*
 * @nsproxy is alive. Whether it is the one that was found or added last: without
 * a birth since, what its pointers lead to is what it was then.
 */
static bool is_last_nsproxy(const struct nsinspect_builder *builder,
			    const struct nsproxy *nsproxy, u64 births)
{
	return nsinspect_hook_key(nsproxy) == builder->last_key && births == builder->last_births &&
	       same_pointers(nsinspect_snapshot_pointers(builder->snapshot, builder->last_node),
			     nsproxy);
}

/*
 * @nsproxy is alive. Looks it up, and adds it if it is not there. Out of the way
 * of the many tasks that share the one that was found last.
 */
static noinline int find_or_add_nsproxy(struct nsinspect_builder *builder,
					const struct nsproxy *nsproxy, u32 *node)
{
	struct nsinspect_index *index = &builder->indexes[NSINSPECT_KIND_NSPROXY];
	struct nsinspect_nsproxy fresh = {
		.refs = nsinspect_nsproxy_refs(nsproxy),
	};
	u32 cursor = NSINSPECT_NONE;
	unsigned int slot;
	int err;

	do {
		*node = nsinspect_index_next(index, nsinspect_hook_key(nsproxy), &cursor);
	} while (*node != NSINSPECT_NONE && !same_nsproxy(builder, nsproxy, *node));
	if (*node != NSINSPECT_NONE)
		return 0;

	for (slot = 0; slot < NSINSPECT_SLOTS; slot++) {
		fresh.ns[slot] = NSINSPECT_NONE;
		if (!is_slot_of_nsproxy(slot))
			continue;
		builder->way = nsinspect_slots[slot].for_children ? NSINSPECT_FOUND_PENDING :
								    NSINSPECT_FOUND_TASK;
		err = nsinspect_graph_add_ns(builder, nsinspect_slots[slot].of(nsproxy),
					     nsinspect_slots[slot].type, &fresh.ns[slot]);
		if (err)
			return err;
	}
	if (!nsinspect_snapshot_has_room(builder, NSINSPECT_KIND_NSPROXY, 1) ||
	    !nsinspect_snapshot_has_room(builder, NSINSPECT_KIND_POINTERS, 1))
		return -ENOSPC;
	nsinspect_snapshot_add(builder, NSINSPECT_KIND_NSPROXY);
	nsinspect_snapshot_add(builder, NSINSPECT_KIND_POINTERS);
	*node = nsinspect_snapshot_count(builder->snapshot, NSINSPECT_KIND_NSPROXY) - 1;
	*nsinspect_snapshot_nsproxy(builder->snapshot, *node) = fresh;
	*nsinspect_snapshot_pointers(builder->snapshot, *node) = *nsproxy;
	nsinspect_index_add(index, nsinspect_hook_key(nsproxy), *node);
	return 0;
}

/**
 * nsinspect_graph_add_nsproxy() - make sure that an nsproxy is in the snapshot
 * @builder: the builder
 * @nsproxy: nsproxy that the caller keeps alive, by task_lock() of a task that
 *	     has it
 * @node: set to the index of its node
 *
 * With it come the namespaces of its slots. Repeating it is harmless. The one
 * that was added last is not looked up again, since neighbours mostly share it.
 *
 * Context: Any.
 * Return: 0, or -ENOSPC when more has to be reserved first.
 */
int nsinspect_graph_add_nsproxy(struct nsinspect_builder *builder, const struct nsproxy *nsproxy,
				u32 *node)
{
	/* After @nsproxy was read, see note_changes(); its pointers never change. */
	u64 births = nsinspect_generation_births();
	int err;

	if (likely(is_last_nsproxy(builder, nsproxy, births))) {
		*node = builder->last_node;
		return 0;
	}
	note_changes(builder);
	err = find_or_add_nsproxy(builder, nsproxy, node);
	builder->last_key = err || builder->blind ? NULL : nsinspect_hook_key(nsproxy);
	builder->last_node = *node;
	builder->last_births = births;
	return err;
}
