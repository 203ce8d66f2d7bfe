// SPDX-License-Identifier: GPL-2.0
/*
 * What a namespace knows about itself: copied when its node is added, while it is
 * alive, and put into its node of an answer.
 *
 * The caller may hold a spinlock or be in an RCU section, so nothing here sleeps
 * or allocates: what does not fit is asked for, and the caller comes again. No
 * lock of the namespaces themselves is taken, for most of them are private or
 * may sleep. Each number is of one moment, several need not be of the same one.
 *
 * A function for each type, all in one table:
 *
 * - uts: uts_sem is private. A name is in an array that always ends with a zero
 *   and may change while it is copied.
 * - ipc: counts that are changed under rwsems, which sleep.
 * - time: offsets do not change any more once a task is in the namespace.
 * - cgroup: the namespace keeps the css_set of its root, that keeps its cgroups,
 *   and the way up from these is kernfs's to protect.
 * - pid: child_reaper is not cleared when the reaper is gone, and the namespace may
 *   outlive it. So it is compared with what has number 1, and never followed.
 * - user: a map is written once, extents before their count.
 * - net: its number in the asker's namespace, under RCU.
 */
#include <linux/cgroup.h>
#include <linux/errno.h>
#include <linux/ipc_namespace.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/time_namespace.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <linux/utsname.h>
#include <net/net_namespace.h>
#include <net/netlink.h>

#include "compat.h"
#include "facts.h"
#include "walk.h"

/* struct ipc_namespace::ids, as ipc/util.h has them, which is private. */
enum {
	IPC_SEM_IDS,
	IPC_MSG_IDS,
	IPC_SHM_IDS,
};

/* There is room. Where in the snapshot's text the copy of @from is. */
static u32 add_text(struct nsinspect_builder *builder, const char *from, size_t size)
{
	struct nsinspect_vec *text = &builder->snapshot->vecs[NSINSPECT_KIND_TEXT];
	u32 first = text->count;
	char *to = (char *)text->data + first;

	memcpy(to, from, size);
	to[size - 1] = '\0';
	text->count += strlen(to) + 1;
	return first;
}

static int copy_uts(struct nsinspect_builder *builder, struct ns_common *ns,
		    struct nsinspect_facts *facts)
{
	const struct new_utsname *name = &container_of(ns, struct uts_namespace, ns)->name;

	if (!nsinspect_snapshot_has_room(builder, NSINSPECT_KIND_TEXT,
					 sizeof(name->nodename) + sizeof(name->domainname)))
		return -ENOSPC;
	facts->uts.nodename = add_text(builder, name->nodename, sizeof(name->nodename));
	facts->uts.domainname = add_text(builder, name->domainname, sizeof(name->domainname));
	return 0;
}

static int copy_ipc(struct nsinspect_builder *builder, struct ns_common *ns,
		    struct nsinspect_facts *facts)
{
	const struct ipc_namespace *ipc = container_of(ns, struct ipc_namespace, ns);

	facts->ipc.msg_queues = READ_ONCE(ipc->ids[IPC_MSG_IDS].in_use);
	facts->ipc.sem_sets = READ_ONCE(ipc->ids[IPC_SEM_IDS].in_use);
	facts->ipc.shm_segments = READ_ONCE(ipc->ids[IPC_SHM_IDS].in_use);
	facts->ipc.shm_bytes = (u64)READ_ONCE(ipc->shm_tot) << PAGE_SHIFT;
	return 0;
}

/* timespec64_to_ns() of 5.10 takes what is negative for too large. */
static s64 offset_ns(const struct timespec64 *offset)
{
	return offset->tv_sec * NSEC_PER_SEC + offset->tv_nsec;
}

static int copy_time(struct nsinspect_builder *builder, struct ns_common *ns,
		     struct nsinspect_facts *facts)
{
	const struct time_namespace *time_ns = container_of(ns, struct time_namespace, ns);

	facts->time.monotonic_ns = offset_ns(&time_ns->offsets.monotonic);
	facts->time.boottime_ns = offset_ns(&time_ns->offsets.boottime);
	return 0;
}

static int copy_cgroup(struct nsinspect_builder *builder, struct ns_common *ns,
		       struct nsinspect_facts *facts)
{
#ifdef CONFIG_CGROUPS
	struct nsinspect_vec *text = &builder->snapshot->vecs[NSINSPECT_KIND_TEXT];
	const struct css_set *root = container_of(ns, struct cgroup_namespace, ns)->root_cset;
	char *path;
	int len;

	if (!nsinspect_snapshot_has_room(builder, NSINSPECT_KIND_TEXT, PATH_MAX))
		return -ENOSPC;
	facts->cgroup.root = NSINSPECT_NONE;
	path = (char *)text->data + text->count;
	/* The initial namespace begins at the top. */
	len = cgroup_path(root->dfl_cgrp, path, PATH_MAX);
	if (len < 0 || len >= PATH_MAX)
		return 0;
	facts->cgroup.root = text->count;
	text->count += strlen(path) + 1;
#else
	facts->cgroup.root = NSINSPECT_NONE;
#endif
	return 0;
}

/* The tid of the thread of init that is the reaper; 0 when init is not there. */
static u32 reaper_tid(struct pid_namespace *pid_ns)
{
	struct task_struct *init, *thread;
	u32 tid = 0;

	rcu_read_lock();
	init = pid_task(find_pid_ns(1, pid_ns), PIDTYPE_PID);
	if (init) {
		for_each_thread(init, thread) {
			if (thread == READ_ONCE(pid_ns->child_reaper)) {
				tid = task_pid_nr(thread);
				break;
			}
		}
	}
	rcu_read_unlock();
	return tid;
}

static int copy_pid(struct nsinspect_builder *builder, struct ns_common *ns,
		    struct nsinspect_facts *facts)
{
	struct pid_namespace *pid_ns = container_of(ns, struct pid_namespace, ns);
	unsigned int allocated = READ_ONCE(pid_ns->pid_allocated);

	facts->pid.reaper = reaper_tid(pid_ns);
	facts->pid.pids = allocated & ~PIDNS_ADDING;
	facts->pid.dying = !(allocated & PIDNS_ADDING);
	facts->pid.pid_max = nsinspect_pid_max(pid_ns);
	return 0;
}

/* As map_id_range_down() of the kernel reads it: first how many, then which. */
static int copy_map(struct nsinspect_builder *builder, const struct uid_gid_map *map,
		    struct nsinspect_range *range)
{
	struct nsinspect_vec *vec = &builder->snapshot->vecs[NSINSPECT_KIND_EXTENT];
	u32 count = READ_ONCE(map->nr_extents);

	smp_rmb(); /* Pairs with the one of map_write() before it sets the count. */
	if (!nsinspect_snapshot_has_room(builder, NSINSPECT_KIND_EXTENT, count))
		return -ENOSPC;
	if (count)
		memcpy((struct uid_gid_extent *)vec->data + vec->count,
		       count <= UID_GID_MAP_MAX_BASE_EXTENTS ? map->extent : map->forward,
		       count * sizeof(struct uid_gid_extent));
	*range = (struct nsinspect_range){ .first = vec->count, .count = count };
	vec->count += count;
	return 0;
}

static int copy_user(struct nsinspect_builder *builder, struct ns_common *ns,
		     struct nsinspect_facts *facts)
{
	const struct user_namespace *user_ns = container_of(ns, struct user_namespace, ns);
	u32 extents = builder->snapshot->vecs[NSINSPECT_KIND_EXTENT].count;
	int err;

	facts->user.owner_uid = __kuid_val(user_ns->owner);
	facts->user.owner_gid = __kgid_val(user_ns->group);
	facts->user.setgroups = READ_ONCE(user_ns->flags) & USERNS_SETGROUPS_ALLOWED;
	err = copy_map(builder, &user_ns->uid_map, &facts->user.uid_map);
	if (!err)
		err = copy_map(builder, &user_ns->gid_map, &facts->user.gid_map);
	if (err)
		nsinspect_snapshot_rewind(builder, NSINSPECT_KIND_EXTENT, extents);
	return err;
}

static int copy_net(struct nsinspect_builder *builder, struct ns_common *ns,
		    struct nsinspect_facts *facts)
{
	facts->net.nsid = builder->ask->net ?
		peernet2id(builder->ask->net, container_of(ns, struct net, ns)) : -1;
	return 0;
}

static size_t room_uts(const struct nsinspect_snapshot *snapshot,
		       const struct nsinspect_facts *facts)
{
	return 2 * nla_total_size(__NEW_UTS_LEN + 1);
}

static int fill_uts(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
		    const struct nsinspect_facts *facts)
{
	if (nla_put_string(skb, NSINSPECT_A_NAMESPACE_NODENAME,
			   nsinspect_snapshot_text(snapshot, facts->uts.nodename)) ||
	    nla_put_string(skb, NSINSPECT_A_NAMESPACE_DOMAINNAME,
			   nsinspect_snapshot_text(snapshot, facts->uts.domainname)))
		return -EMSGSIZE;
	return 0;
}

static int fill_ipc(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
		    const struct nsinspect_facts *facts)
{
	if (nla_put_u32(skb, NSINSPECT_A_NAMESPACE_MSG_QUEUES, facts->ipc.msg_queues) ||
	    nla_put_u32(skb, NSINSPECT_A_NAMESPACE_SEM_SETS, facts->ipc.sem_sets) ||
	    nla_put_u32(skb, NSINSPECT_A_NAMESPACE_SHM_SEGMENTS, facts->ipc.shm_segments) ||
	    nla_put_u64_64bit(skb, NSINSPECT_A_NAMESPACE_SHM_BYTES, facts->ipc.shm_bytes,
			      NSINSPECT_A_NAMESPACE_PAD))
		return -EMSGSIZE;
	return 0;
}

static int fill_time(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
		     const struct nsinspect_facts *facts)
{
	if (nla_put_s64(skb, NSINSPECT_A_NAMESPACE_MONOTONIC_NS, facts->time.monotonic_ns,
			NSINSPECT_A_NAMESPACE_PAD) ||
	    nla_put_s64(skb, NSINSPECT_A_NAMESPACE_BOOTTIME_NS, facts->time.boottime_ns,
			NSINSPECT_A_NAMESPACE_PAD))
		return -EMSGSIZE;
	return 0;
}

static size_t room_cgroup(const struct nsinspect_snapshot *snapshot,
			  const struct nsinspect_facts *facts)
{
	if (facts->cgroup.root == NSINSPECT_NONE)
		return 0;
	return nla_total_size(strlen(nsinspect_snapshot_text(snapshot, facts->cgroup.root)) + 1);
}

static int fill_cgroup(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
		       const struct nsinspect_facts *facts)
{
	if (facts->cgroup.root == NSINSPECT_NONE)
		return 0;
	return nla_put_string(skb, NSINSPECT_A_NAMESPACE_CGROUP_ROOT,
			      nsinspect_snapshot_text(snapshot, facts->cgroup.root));
}

static int fill_pid(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
		    const struct nsinspect_facts *facts)
{
	if ((facts->pid.reaper &&
	     nla_put_u32(skb, NSINSPECT_A_NAMESPACE_REAPER, facts->pid.reaper)) ||
	    nla_put_u32(skb, NSINSPECT_A_NAMESPACE_PIDS, facts->pid.pids) ||
	    (facts->pid.dying && nla_put_flag(skb, NSINSPECT_A_NAMESPACE_DYING)) ||
	    (facts->pid.pid_max &&
	     nla_put_u32(skb, NSINSPECT_A_NAMESPACE_PID_MAX, facts->pid.pid_max)))
		return -EMSGSIZE;
	return 0;
}

static size_t map_bytes(const struct nsinspect_range *map)
{
	return map->count * sizeof(struct uid_gid_extent);
}

static size_t room_user(const struct nsinspect_snapshot *snapshot,
			const struct nsinspect_facts *facts)
{
	return nla_total_size(map_bytes(&facts->user.uid_map)) +
	       nla_total_size(map_bytes(&facts->user.gid_map));
}

static int fill_user(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
		     const struct nsinspect_facts *facts)
{
	/* An extent is three u32 in the kernel, too. */
	static_assert(sizeof(struct uid_gid_extent) == 3 * sizeof(u32));
	if (nla_put_u32(skb, NSINSPECT_A_NAMESPACE_OWNER_UID, facts->user.owner_uid) ||
	    nla_put_u32(skb, NSINSPECT_A_NAMESPACE_OWNER_GID, facts->user.owner_gid) ||
	    nla_put(skb, NSINSPECT_A_NAMESPACE_UID_MAP, map_bytes(&facts->user.uid_map),
		    nsinspect_snapshot_extents(snapshot, facts->user.uid_map.first)) ||
	    nla_put(skb, NSINSPECT_A_NAMESPACE_GID_MAP, map_bytes(&facts->user.gid_map),
		    nsinspect_snapshot_extents(snapshot, facts->user.gid_map.first)) ||
	    nla_put_u8(skb, NSINSPECT_A_NAMESPACE_SETGROUPS, facts->user.setgroups))
		return -EMSGSIZE;
	return 0;
}

static int fill_net(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
		    const struct nsinspect_facts *facts)
{
	if (facts->net.nsid < 0)
		return 0;
	return nla_put_s32(skb, NSINSPECT_A_NAMESPACE_NSID, facts->net.nsid);
}

/**
 * struct row - the facts of one type of namespace
 * @copy: from a namespace that is alive; 0, or -ENOSPC with nothing taken
 * @room: what they take in a message beyond an attribute each of at most 8 bytes;
 *	  NULL for nothing
 * @fill: into a message; 0 or -EMSGSIZE
 */
struct row {
	int (*copy)(struct nsinspect_builder *builder, struct ns_common *ns,
		    struct nsinspect_facts *facts);
	size_t (*room)(const struct nsinspect_snapshot *snapshot,
		       const struct nsinspect_facts *facts);
	int (*fill)(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
		    const struct nsinspect_facts *facts);
};

static const struct row rows[NSINSPECT_NS_TYPES] = {
	[NSINSPECT_NS_TYPE_CGROUP] = { copy_cgroup, room_cgroup, fill_cgroup },
	[NSINSPECT_NS_TYPE_IPC] = { copy_ipc, NULL, fill_ipc },
	[NSINSPECT_NS_TYPE_NET] = { copy_net, NULL, fill_net },
	[NSINSPECT_NS_TYPE_PID] = { copy_pid, NULL, fill_pid },
	[NSINSPECT_NS_TYPE_TIME] = { copy_time, NULL, fill_time },
	[NSINSPECT_NS_TYPE_USER] = { copy_user, room_user, fill_user },
	[NSINSPECT_NS_TYPE_UTS] = { copy_uts, room_uts, fill_uts },
};

/**
 * nsinspect_facts_add() - copy the facts of the namespace that is added next
 * @builder: the builder
 * @ns: namespace that the caller keeps alive, by RCU or by what points to it
 * @type: its type
 *
 * Nothing may fail between this and adding the node: the facts of a namespace
 * have its index.
 *
 * Context: Any.
 * Return: 0, also when no facts were asked for, or -ENOSPC when more has to be
 *	   reserved first.
 */
int nsinspect_facts_add(struct nsinspect_builder *builder, struct ns_common *ns, u8 type)
{
	const struct ucounts *ucounts;
	struct nsinspect_facts facts = { .creator_uid = NSINSPECT_NONE };
	int err;

	if (!(builder->ask->details & NSINSPECT_DETAIL_FACTS))
		return 0;
	if (!nsinspect_snapshot_has_room(builder, NSINSPECT_KIND_FACTS, 1))
		return -ENOSPC;
	ucounts = nsinspect_ns_ucounts(ns, type);
	if (ucounts)
		facts.creator_uid = __kuid_val(ucounts->uid);
	if (rows[type].copy) {
		err = rows[type].copy(builder, ns, &facts);
		if (err)
			return err;
	}
	*(struct nsinspect_facts *)nsinspect_snapshot_add(builder, NSINSPECT_KIND_FACTS) = facts;
	return 0;
}

/**
 * nsinspect_facts_room() - what facts take in a message
 * @snapshot: the snapshot
 * @i: index of the namespace
 *
 * Context: Any.
 * Return: bytes beyond an attribute each of at most 8 bytes.
 */
size_t nsinspect_facts_room(const struct nsinspect_snapshot *snapshot, u32 i)
{
	const struct nsinspect_facts *facts = nsinspect_snapshot_facts(snapshot, i);
	const struct row *row = &rows[nsinspect_snapshot_ns(snapshot, i)->type];

	return facts && row->room ? row->room(snapshot, facts) : 0;
}

/**
 * nsinspect_facts_fill() - put the facts of a namespace into its node
 * @skb: the message
 * @snapshot: the snapshot
 * @i: index of the namespace
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE with a part of it in the message, to be cut off.
 */
int nsinspect_facts_fill(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot, u32 i)
{
	const struct nsinspect_facts *facts = nsinspect_snapshot_facts(snapshot, i);
	const struct row *row = &rows[nsinspect_snapshot_ns(snapshot, i)->type];

	if (!facts)
		return 0;
	if (facts->creator_uid != NSINSPECT_NONE &&
	    nla_put_u32(skb, NSINSPECT_A_NAMESPACE_CREATOR_UID, facts->creator_uid))
		return -EMSGSIZE;
	return row->fill ? row->fill(skb, snapshot, facts) : 0;
}
