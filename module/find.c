// SPDX-License-Identifier: GPL-2.0
/*
 * The namespaces that no task leads to: one row for each way to find them.
 *
 * Unlike the walk over tasks, what is found here is pinned by a reference, taken
 * under whatever keeps it in memory and put again outside of it, so that its
 * facts can be read at leisure. A pin on the namespace that a list was left at
 * is also what makes going on from there safe: the lists lose a namespace only
 * when its last reference is gone.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/nsproxy.h>
#include <linux/proc_fs.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "files.h"
#include "find.h"
#include "graph.h"
#include "links.h"
#include "walk.h"

static void put_ns(struct ns_common *ns)
{
	if (ns)
		ns->ops->put(ns);
}

/* Whether there is room for another one. One that is dying is left out. */
static bool pin(struct nsinspect_builder *builder, struct ns_common *ns)
{
	if (builder->pinned_count == NSINSPECT_BATCH)
		return false;
	nsinspect_graph_pin(builder, ns);
	return true;
}

/**
 * nsinspect_find_add() - add a namespace that is pinned, and its lineage
 * @builder: the builder
 * @ns: the namespace
 * @way: NSINSPECT_FOUND_*
 *
 * Context: Process context, may sleep.
 * Return: 0, -ENOMEM, or -EINTR after a fatal signal to current.
 */
int nsinspect_find_add(struct nsinspect_builder *builder, struct ns_common *ns, u32 way)
{
	int type = nsinspect_ns_type(ns);
	u32 node;
	int err;

	/* A kind of namespace that is newer than this module. */
	if (type < 0)
		return 0;
	builder->way = way;
	for (;;) {
		err = nsinspect_graph_add_ns(builder, ns, type, &node);
		if (err != -ENOSPC)
			break;
		err = nsinspect_snapshot_reserve(builder);
		if (err)
			break;
	}
	cond_resched();
	if (!err && fatal_signal_pending(current))
		err = -EINTR;
	return err;
}

/* Adds all that are pinned. */
static int add_batch(struct nsinspect_builder *builder, u32 way)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < builder->pinned_count && !err; i++) {
		struct ns_common *ns = builder->pinned[i];

		err = nsinspect_find_add(builder, ns, way);
		if (!err && way == NSINSPECT_FOUND_NET_LIST)
			err = nsinspect_links_add(builder, container_of(ns, struct net, ns));
	}
	return err;
}

/* The same, and lets go of them, but for a reference on the last, returned in @pos. */
static int add_and_put(struct nsinspect_builder *builder, u32 way, struct ns_common **pos)
{
	int err = add_batch(builder, way);

	*pos = !err && builder->pinned_count ? builder->pinned[--builder->pinned_count] : NULL;
	while (builder->pinned_count)
		nsinspect_graph_unpin(builder);
	return err;
}

#if NSINSPECT_HAS_TREE
/*
 * Under RCU; @ns is in memory. The next of all namespaces: what a user namespace
 * owns comes after it, before what comes after it in the list of its own owner.
 */
static struct ns_common *next_in_tree(struct ns_common *ns)
{
	const struct list_head *head = &ns->ns_owner_root.ns_list_head;
	struct list_head *next = rcu_dereference(list_next_rcu(head));

	if (ns->ns_type == CLONE_NEWUSER && next != head)
		return list_entry(next, struct ns_common, ns_owner_node.ns_list_entry);
	while (ns != &init_user_ns.ns) {
		struct ns_common *owner = nsinspect_ns_owner(ns);

		next = rcu_dereference(list_next_rcu(&ns->ns_owner_node.ns_list_entry));
		if (next != &owner->ns_owner_root.ns_list_head)
			return list_entry(next, struct ns_common, ns_owner_node.ns_list_entry);
		ns = owner;
	}
	return NULL;
}

static int find_in_tree(struct nsinspect_builder *builder)
{
	struct ns_common *pos = &init_user_ns.ns;
	int err;

	if (!nsinspect_slots[NSINSPECT_SLOT_USER].present)
		return 0;
	do {
		struct ns_common *ns = pos;

		rcu_read_lock();
		do {
			ns = next_in_tree(ns);
		} while (ns && pin(builder, ns));
		rcu_read_unlock();
		put_ns(pos);
		err = add_and_put(builder, NSINSPECT_FOUND_TREE, &pos);
	} while (pos && !err);
	return err;
}
#endif

/* The list is read under net_rwsem, for a batch at a time. */
static int find_in_net_list(struct nsinspect_builder *builder)
{
	struct ns_common *pos = NULL;
	int err;

	do {
		struct net *net;

		down_read(&net_rwsem);
		net = pos ? container_of(pos, struct net, ns) :
			    list_entry(&net_namespace_list, struct net, list);
		list_for_each_entry_continue(net, &net_namespace_list, list)
			if (!pin(builder, &net->ns))
				break;
		up_read(&net_rwsem);
		put_ns(pos);
		err = add_and_put(builder, NSINSPECT_FOUND_NET_LIST, &pos);
	} while (pos && !err);
	return err;
}

/*
 * What an open file leads to; called under locks that keep the file, which keeps
 * its namespaces. nsinspect_file_fn.
 */
static int find_in_file(struct nsinspect_builder *builder, const struct nsinspect_open_file *open,
			void *arg)
{
	unsigned long magic = file_inode(open->file)->i_sb->s_magic;
	unsigned int i;
	u32 node;
	int err;

	for (i = 0; i < nsinspect_file_class_count; i++) {
		const struct nsinspect_file_class *class = &nsinspect_file_classes[i];
		struct ns_common *ns;
		int type;

		if (class->magic && class->magic != magic)
			continue;
		ns = class->ns_of(open->file);
		type = ns ? nsinspect_ns_type(ns) : -1;
		if (type < 0)
			continue;
		builder->way = class->way;
		if (open->queue)
			builder->way = NSINSPECT_FOUND_IN_FLIGHT;
		else if (class->way == NSINSPECT_FOUND_FILE &&
			 open->task->tgid == builder->ask->tgid)
			builder->way = NSINSPECT_FOUND_OWN_FILE;
		err = nsinspect_graph_add_ns(builder, ns, type, &node);
		if (err)
			return err;
	}
	return 0;
}

static int find_in_files(struct nsinspect_builder *builder)
{
	return nsinspect_files_pass(builder, find_in_file, NULL);
}

/*
 * The types of file system that belong to a namespace or to a user namespace, as
 * far as they are part of the kernel itself: s_umount is taken of each of them, and
 * none of these waits for a device, a server or a process with it held. Those of
 * sysfs and of cgroups belong to the initial user namespace, whoever mounted them.
 */
static const char *const super_types[] = {
	"proc",
#if IS_ENABLED(CONFIG_POSIX_MQUEUE)
	"mqueue",
#endif
#if IS_ENABLED(CONFIG_TMPFS)
	"tmpfs",
#endif
#if IS_ENABLED(CONFIG_UNIX98_PTYS)
	"devpts",
#endif
};

struct supers {
	struct nsinspect_builder *builder;
	const char *type;
	int err;
};

/*
 * Whether @sb is the one that comes with @ipc_ns. From 5.19 to 7.2, but for some stable
 * versions, a namespace whose making failed at its end, for lack of memory, is freed without
 * its file system, which then points at memory that is somebody else's: so this reads what
 * may be anything. Under RCU.
 */
static bool belongs_to(const struct super_block *sb, const struct ipc_namespace *ipc_ns)
{
	const struct super_block *its;
	const struct vfsmount *mnt;

	return !copy_from_kernel_nofault(&mnt, &ipc_ns->mq_mnt, sizeof(mnt)) &&
	       !copy_from_kernel_nofault(&its, &mnt->mnt_sb, sizeof(its)) && its == sb;
}

/*
 * Under s_umount of @sb, which is mounted or internal. An mqueue file system does
 * not hold its ipc namespace: that takes its pointer away and waits for RCU before
 * it is freed.
 */
static int find_ipc(struct nsinspect_builder *builder, const struct super_block *sb)
{
	struct ipc_namespace *ipc_ns;
	bool pinned;
	int err;

	rcu_read_lock();
	ipc_ns = READ_ONCE(sb->s_fs_info);
	pinned = ipc_ns && belongs_to(sb, ipc_ns) && nsinspect_graph_pin(builder, &ipc_ns->ns);
	rcu_read_unlock();
	if (!pinned)
		return 0;
	err = nsinspect_find_add(builder, &ipc_ns->ns, NSINSPECT_FOUND_SUPERBLOCK);
	nsinspect_graph_unpin(builder);
	return err;
}

/* Under s_umount. A file system holds its user namespace, and proc its pid namespace. */
static void find_in_super(struct super_block *sb, void *arg)
{
	struct supers *supers = arg;

	if (!supers->err)
		supers->err = nsinspect_find_add(supers->builder, &sb->s_user_ns->ns,
						 NSINSPECT_FOUND_SUPERBLOCK);
	if (!supers->err && !strcmp(supers->type, "proc"))
		supers->err = nsinspect_find_add(supers->builder, &proc_sb_info(sb)->pid_ns->ns,
						 NSINSPECT_FOUND_SUPERBLOCK);
	if (!supers->err && !strcmp(supers->type, "mqueue"))
		supers->err = find_ipc(supers->builder, sb);
}

static int find_in_supers(struct nsinspect_builder *builder)
{
	struct supers supers = { .builder = builder };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(super_types) && !supers.err; i++) {
		struct file_system_type *type = get_fs_type(super_types[i]);

		if (!type)
			continue;
		supers.type = super_types[i];
		iterate_supers_type(type, find_in_super, &supers);
		module_put(type->owner);
	}
	return supers.err;
}

/* In this order: what is exact comes first. */
static int (*const finders[])(struct nsinspect_builder *builder) = {
#if NSINSPECT_HAS_TREE
	find_in_tree,
#endif
	find_in_net_list,
	find_in_supers,
	find_in_files,
};

/**
 * nsinspect_find_all() - add the namespaces that no task leads to
 * @builder: the builder, with all that tasks lead to
 *
 * Context: Process context, may sleep; no locks held.
 * Return: 0, -ENOMEM, or -EINTR after a fatal signal to current.
 */
int nsinspect_find_all(struct nsinspect_builder *builder)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(finders) && !err; i++)
		err = finders[i](builder);
	/* The tree has its root in the initial user namespace. */
	builder->snapshot->coverage =
		NSINSPECT_HAS_TREE && nsinspect_slots[NSINSPECT_SLOT_USER].present ?
		NSINSPECT_COVERAGE_ALL : NSINSPECT_COVERAGE_FOUND;
	return err;
}
