// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: policies, handlers, and snapshots as attributes.
 *
 * Documentation/netlink/specs/nsinspect.yaml is the source of all names.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/utsname.h>
#include <net/genetlink.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "compat.h"
#include "facts.h"
#include "filter.h"
#include "generation.h"
#include "holders.h"
#include "kinds.h"
#include "netlink.h"
#include "probes.h"
#include "snapshot.h"
#include "walk.h"

static struct genl_family family;

/* What a dump carries from .start to .done. */
struct dump {
	struct nsinspect_snapshot *snapshot;
	struct nsinspect_filter filter;
	u8 cmd;			/* NSINSPECT_CMD_* */
	bool begun;		/* the snapshot itself was sent */
	unsigned int kind;	/* enum nsinspect_kind_nr */
	u32 next;		/* index of the next node of that kind */
	int refused;		/* errno of .start, left to .dumpit with what follows */
	struct netlink_ext_ack extack;
};

/* The cb->ctx of a dump: only a pointer, so its room never matters. */
struct dump_ctx {
	struct dump *dump;
};

/*
 * nla_put_u32() in line: there are ten and more for each task, and what it
 * calls takes ten times as long.
 */
static int put_u32(struct sk_buff *skb, int attr, u32 value)
{
	struct nlattr *nla;

	if (skb_tailroom(skb) < nla_total_size(sizeof(value)))
		return -EMSGSIZE;
	nla = __skb_put(skb, nla_total_size(sizeof(value)));
	nla->nla_type = attr;
	nla->nla_len = nla_attr_size(sizeof(value));
	*(u32 *)nla_data(nla) = value;
	return 0;
}

/**
 * nsinspect_fill_ref() - put a reference to a namespace into a message
 * @skb: the message
 * @snapshot: the snapshot
 * @attr: attribute for its inode number
 * @node_attr: attribute for its node, which comes as well where another node has
 *	       the same inode number
 * @i: index of the namespace; nothing is put for NSINSPECT_NONE
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE with a part of it in the message, to be cut off.
 */
int nsinspect_fill_ref(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot, int attr,
		       int node_attr, u32 i)
{
	const struct nsinspect_ns *ns;

	if (i == NSINSPECT_NONE)
		return 0;
	ns = nsinspect_snapshot_ns(snapshot, i);
	if (put_u32(skb, attr, ns->inum) ||
	    (ns->shares_inum && put_u32(skb, node_attr, i + 1)))
		return -EMSGSIZE;
	return 0;
}

/* The same from a slot, which is absent when its type was not asked for. */
static int fill_slot(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
		     const struct nsinspect_filter *filter, int attr, int node_attr, u32 i)
{
	if (i != NSINSPECT_NONE &&
	    !(filter->types & BIT(nsinspect_snapshot_ns(snapshot, i)->type)))
		return 0;
	return nsinspect_fill_ref(skb, snapshot, attr, node_attr, i);
}

/* More than the node of the snapshot itself takes, bytes. */
#define SNAPSHOT_ROOM	(4 + NSINSPECT_A_SNAPSHOT_MAX * 16 + 2 * __NEW_UTS_LEN)

static int fill_snapshot(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			 const struct nsinspect_filter *filter)
{
	/* Always terminated, though it may change while it is copied. */
	const struct new_utsname *uts = &init_uts_ns.name;
	u64 bytes = snapshot->bytes + nsinspect_filter_bytes(filter, snapshot);
	struct nlattr *nest;

	nest = nla_nest_start(skb, NSINSPECT_A_GRAPH_SNAPSHOT);
	if (!nest)
		goto nla_put_failure;
	if (nla_put_u64_64bit(skb, NSINSPECT_A_SNAPSHOT_TIME_NS, snapshot->time_ns,
			      NSINSPECT_A_SNAPSHOT_PAD) ||
	    nla_put_u64_64bit(skb, NSINSPECT_A_SNAPSHOT_BOOTTIME_NS, snapshot->boottime_ns,
			      NSINSPECT_A_SNAPSHOT_PAD) ||
	    nla_put_u64_64bit(skb, NSINSPECT_A_SNAPSHOT_LOAD, nsinspect_generation_load(),
			      NSINSPECT_A_SNAPSHOT_PAD) ||
	    nla_put_u64_64bit(skb, NSINSPECT_A_SNAPSHOT_GENERATION_BEGIN,
			      snapshot->generation_begin, NSINSPECT_A_SNAPSHOT_PAD) ||
	    nla_put_u64_64bit(skb, NSINSPECT_A_SNAPSHOT_MISSED_EVENTS,
			      nsinspect_probes_missed_events(), NSINSPECT_A_SNAPSHOT_PAD) ||
	    nla_put_u64_64bit(skb, NSINSPECT_A_SNAPSHOT_GENERATION, snapshot->generation,
			      NSINSPECT_A_SNAPSHOT_PAD) ||
	    put_u32(skb, NSINSPECT_A_SNAPSHOT_WATCH, snapshot->watch))
		goto nla_put_failure;
	if (snapshot->watch == NSINSPECT_WATCH_ON &&
	    nla_put_u8(skb, NSINSPECT_A_SNAPSHOT_CONSISTENT, snapshot->consistent))
		goto nla_put_failure;
	if (put_u32(skb, NSINSPECT_A_SNAPSHOT_NAMESPACES,
		    filter->counts[NSINSPECT_KIND_NAMESPACE]) ||
	    put_u32(skb, NSINSPECT_A_SNAPSHOT_NSPROXIES, filter->counts[NSINSPECT_KIND_NSPROXY]) ||
	    put_u32(skb, NSINSPECT_A_SNAPSHOT_TASKS, filter->counts[NSINSPECT_KIND_TASK]) ||
	    put_u32(skb, NSINSPECT_A_SNAPSHOT_LINKS, filter->counts[NSINSPECT_KIND_LINK]) ||
	    put_u32(skb, NSINSPECT_A_SNAPSHOT_COUNTERS, filter->counts[NSINSPECT_KIND_COUNTER]) ||
	    put_u32(skb, NSINSPECT_A_SNAPSHOT_WALKED, snapshot->walked) ||
	    put_u32(skb, NSINSPECT_A_SNAPSHOT_COVERAGE, snapshot->coverage) ||
	    nla_put_u64_64bit(skb, NSINSPECT_A_SNAPSHOT_WALK_NS, snapshot->walk_ns,
			      NSINSPECT_A_SNAPSHOT_PAD) ||
	    nla_put_u64_64bit(skb, NSINSPECT_A_SNAPSHOT_BYTES, bytes, NSINSPECT_A_SNAPSHOT_PAD) ||
	    nla_put_string(skb, NSINSPECT_A_SNAPSHOT_NODENAME, uts->nodename) ||
	    nla_put_string(skb, NSINSPECT_A_SNAPSHOT_RELEASE, uts->release))
		goto nla_put_failure;
	if (snapshot->coverage != NSINSPECT_COVERAGE_TASKS &&
	    (put_u32(skb, NSINSPECT_A_SNAPSHOT_FILES, snapshot->files) ||
	     put_u32(skb, NSINSPECT_A_SNAPSHOT_SOCKETS, snapshot->sockets) ||
	     put_u32(skb, NSINSPECT_A_SNAPSHOT_UNREAD_QUEUES, snapshot->unread_queues)))
		goto nla_put_failure;
	nla_nest_end(skb, nest);
	return 0;

nla_put_failure:
	return -EMSGSIZE;
}

/**
 * nsinspect_fill_namespace() - put a namespace into a message
 * @skb: the message
 * @snapshot: the snapshot
 * @filter: what was asked for
 * @i: index of the namespace
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE with a part of it in the message, to be cut off.
 */
int nsinspect_fill_namespace(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			     const struct nsinspect_filter *filter, u32 i)
{
	const struct nsinspect_ns *ns = nsinspect_snapshot_ns(snapshot, i);

	if (put_u32(skb, NSINSPECT_A_NAMESPACE_TYPE, ns->type) ||
	    put_u32(skb, NSINSPECT_A_NAMESPACE_INUM, ns->inum) ||
	    put_u32(skb, NSINSPECT_A_NAMESPACE_FOUND, ns->found) ||
	    put_u32(skb, NSINSPECT_A_NAMESPACE_NODE, i + 1) ||
	    nla_put_u8(skb, NSINSPECT_A_NAMESPACE_ACTIVE, ns->active))
		goto nla_put_failure;
	if (ns->id && nla_put_u64_64bit(skb, NSINSPECT_A_NAMESPACE_ID, ns->id,
					NSINSPECT_A_NAMESPACE_PAD))
		goto nla_put_failure;
	if (ns->initial && nla_put_flag(skb, NSINSPECT_A_NAMESPACE_INITIAL))
		goto nla_put_failure;
	if (nsinspect_fill_ref(skb, snapshot, NSINSPECT_A_NAMESPACE_OWNER,
			       NSINSPECT_A_NAMESPACE_OWNER_NODE, ns->owner) ||
	    nsinspect_fill_ref(skb, snapshot, NSINSPECT_A_NAMESPACE_PARENT,
			       NSINSPECT_A_NAMESPACE_PARENT_NODE, ns->parent))
		goto nla_put_failure;
	if (ns->level >= 0 && put_u32(skb, NSINSPECT_A_NAMESPACE_LEVEL, ns->level))
		goto nla_put_failure;
	if (ns->refs >= 0 && put_u32(skb, NSINSPECT_A_NAMESPACE_REFS, ns->refs))
		goto nla_put_failure;
	if (snapshot->whole && (put_u32(skb, NSINSPECT_A_NAMESPACE_TASKS, ns->tasks) ||
				put_u32(skb, NSINSPECT_A_NAMESPACE_PROCS, ns->procs)))
		goto nla_put_failure;
	if (nsinspect_facts_fill(skb, snapshot, i))
		goto nla_put_failure;
	return 0;

nla_put_failure:
	return -EMSGSIZE;
}

/**
 * nsinspect_fill_nsproxy() - put an nsproxy into a message
 * @skb: the message
 * @snapshot: the snapshot
 * @filter: what was asked for
 * @i: index of the nsproxy
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE with a part of it in the message, to be cut off.
 */
int nsinspect_fill_nsproxy(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			   const struct nsinspect_filter *filter, u32 i)
{
	const struct nsinspect_nsproxy *nsproxy = nsinspect_snapshot_nsproxy(snapshot, i);
	unsigned int slot;

	if (put_u32(skb, NSINSPECT_A_NSPROXY_ID, i + 1) ||
	    put_u32(skb, NSINSPECT_A_NSPROXY_REFS, nsproxy->refs))
		goto nla_put_failure;
	if (snapshot->whole && put_u32(skb, NSINSPECT_A_NSPROXY_TASKS, nsproxy->tasks))
		goto nla_put_failure;
	for (slot = 0; slot < NSINSPECT_SLOTS; slot++)
		if (fill_slot(skb, snapshot, filter, nsinspect_slots[slot].attr,
			      nsinspect_slots[slot].node_attr, nsproxy->ns[slot]))
			goto nla_put_failure;
	return 0;

nla_put_failure:
	return -EMSGSIZE;
}

static int fill_upid(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot, u32 nr,
		     u32 pidns, u32 level)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, NSINSPECT_A_TASK_UPID);
	if (!nest)
		goto nla_put_failure;
	if (put_u32(skb, NSINSPECT_A_UPID_NR, nr) ||
	    nsinspect_fill_ref(skb, snapshot, NSINSPECT_A_UPID_PIDNS,
			       NSINSPECT_A_UPID_PIDNS_NODE, pidns) ||
	    put_u32(skb, NSINSPECT_A_UPID_LEVEL, level))
		goto nla_put_failure;
	nla_nest_end(skb, nest);
	return 0;

nla_put_failure:
	return -EMSGSIZE;
}

/*
 * A task keeps only its deepest pid namespace; the others are its ancestors.
 * Should there be fewer of these than the task has levels, the rest is not known.
 */
static int fill_upids(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
		      const struct nsinspect_task *task)
{
	u32 pidns[MAX_PID_NS_LEVEL + 1];
	unsigned int level;
	u32 i = task->pid;

	if (i == NSINSPECT_NONE || WARN_ON_ONCE(task->level > MAX_PID_NS_LEVEL))
		return 0;
	for (level = task->level + 1; level--;) {
		pidns[level] = i;
		if (i != NSINSPECT_NONE)
			i = nsinspect_snapshot_ns(snapshot, i)->parent;
	}
	for (level = 0; level <= task->level; level++) {
		u32 nr = level ? nsinspect_snapshot_nr(snapshot, task->nrs + level - 1) : task->tid;

		if (fill_upid(skb, snapshot, nr, pidns[level], level))
			return -EMSGSIZE;
	}
	return 0;
}

/**
 * nsinspect_fill_task() - put a task into a message
 * @skb: the message
 * @snapshot: the snapshot
 * @filter: what was asked for
 * @i: index of the task
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE with a part of it in the message, to be cut off.
 */
int nsinspect_fill_task(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			const struct nsinspect_filter *filter, u32 i)
{
	const struct nsinspect_task *task = nsinspect_snapshot_task(snapshot, i);
	char state[2] = { task->state };

	if (put_u32(skb, NSINSPECT_A_TASK_TID, task->tid) ||
	    put_u32(skb, NSINSPECT_A_TASK_TGID, task->tgid) ||
	    put_u32(skb, NSINSPECT_A_TASK_PPID, task->ppid) ||
	    nla_put_string(skb, NSINSPECT_A_TASK_COMM, task->comm) ||
	    nla_put_string(skb, NSINSPECT_A_TASK_STATE, state) ||
	    put_u32(skb, NSINSPECT_A_TASK_UID, task->uid))
		goto nla_put_failure;
	if (task->kthread && nla_put_flag(skb, NSINSPECT_A_TASK_KTHREAD))
		goto nla_put_failure;
	if (task->nsproxy != NSINSPECT_NONE &&
	    put_u32(skb, NSINSPECT_A_TASK_NSPROXY, task->nsproxy + 1))
		goto nla_put_failure;
	if (fill_slot(skb, snapshot, filter, NSINSPECT_A_TASK_USER, NSINSPECT_A_TASK_USER_NODE,
		      task->user) ||
	    fill_slot(skb, snapshot, filter, NSINSPECT_A_TASK_PID, NSINSPECT_A_TASK_PID_NODE,
		      task->pid) ||
	    fill_upids(skb, snapshot, task))
		goto nla_put_failure;
	return 0;

nla_put_failure:
	return -EMSGSIZE;
}

static int fill_explained(struct sk_buff *skb, const struct nsinspect_holding *holding, u8 kind)
{
	const struct nsinspect_explained *explained = &holding->explained[kind];
	struct nlattr *nest;

	if (!explained->refs && !explained->active_refs && !explained->holders)
		return 0;
	nest = nla_nest_start(skb, NSINSPECT_A_HOLDING_EXPLAINED);
	if (!nest)
		goto nla_put_failure;
	if (put_u32(skb, NSINSPECT_A_EXPLAINED_KIND, kind) ||
	    put_u32(skb, NSINSPECT_A_EXPLAINED_REFS, explained->refs) ||
	    put_u32(skb, NSINSPECT_A_EXPLAINED_HOLDERS, explained->holders))
		goto nla_put_failure;
	if (holding->active_refs >= 0 &&
	    put_u32(skb, NSINSPECT_A_EXPLAINED_ACTIVE_REFS, explained->active_refs))
		goto nla_put_failure;
	nla_nest_end(skb, nest);
	return 0;

nla_put_failure:
	return -EMSGSIZE;
}

/**
 * nsinspect_fill_holding() - put what holds a namespace, in sum, into a message
 * @skb: the message
 * @snapshot: the snapshot
 * @filter: what was asked for
 * @i: index of the sums
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE with a part of it in the message, to be cut off.
 */
int nsinspect_fill_holding(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			   const struct nsinspect_filter *filter, u32 i)
{
	const struct nsinspect_holding *holding = nsinspect_snapshot_holding(snapshot, i);
	unsigned int kind;

	if (put_u32(skb, NSINSPECT_A_HOLDING_REFS, holding->refs) ||
	    nla_put_u8(skb, NSINSPECT_A_HOLDING_SETTLED, holding->settled) ||
	    put_u32(skb, NSINSPECT_A_HOLDING_FILES, snapshot->files) ||
	    put_u32(skb, NSINSPECT_A_HOLDING_NSFS_USERS, holding->nsfs_users))
		goto nla_put_failure;
	if (holding->active_refs >= 0 &&
	    put_u32(skb, NSINSPECT_A_HOLDING_ACTIVE_REFS, holding->active_refs))
		goto nla_put_failure;
	if (nsinspect_snapshot_ns(snapshot, filter->ns)->initial &&
	    nla_put_flag(skb, NSINSPECT_A_HOLDING_INITIAL))
		goto nla_put_failure;
	for (kind = 0; kind < NSINSPECT_HOLDER_KINDS; kind++)
		if (fill_explained(skb, holding, kind))
			goto nla_put_failure;
	return 0;

nla_put_failure:
	return -EMSGSIZE;
}

/* The task by way of which a holder holds. */
static int fill_holder_task(struct sk_buff *skb, const struct nsinspect_holder *holder)
{
	char state[2] = { holder->state };

	if (put_u32(skb, NSINSPECT_A_HOLDER_TID, holder->tid) ||
	    put_u32(skb, NSINSPECT_A_HOLDER_TGID, holder->tgid) ||
	    nla_put_string(skb, NSINSPECT_A_HOLDER_COMM, holder->comm) ||
	    nla_put_string(skb, NSINSPECT_A_HOLDER_STATE, state))
		return -EMSGSIZE;
	return 0;
}

/**
 * nsinspect_fill_holder() - put a holder into a message
 * @skb: the message
 * @snapshot: the snapshot
 * @filter: what was asked for
 * @i: index of the holder
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE with a part of it in the message, to be cut off.
 */
int nsinspect_fill_holder(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			  const struct nsinspect_filter *filter, u32 i)
{
	const struct nsinspect_holder *holder = nsinspect_snapshot_holder(snapshot, i);

	if (put_u32(skb, NSINSPECT_A_HOLDER_KIND, holder->kind))
		goto nla_put_failure;
	if (holder->tid && fill_holder_task(skb, holder))
		goto nla_put_failure;
	if (holder->fd != NSINSPECT_NONE && put_u32(skb, NSINSPECT_A_HOLDER_FD, holder->fd))
		goto nla_put_failure;
	if (holder->slot < NSINSPECT_SLOTS &&
	    nla_put_string(skb, NSINSPECT_A_HOLDER_SLOT, nsinspect_slots[holder->slot].name))
		goto nla_put_failure;
	if (holder->nsproxy && put_u32(skb, NSINSPECT_A_HOLDER_NSPROXY, holder->nsproxy))
		goto nla_put_failure;
	if (holder->nr && put_u32(skb, NSINSPECT_A_HOLDER_NR, holder->nr))
		goto nla_put_failure;
	if (holder->inum && (put_u32(skb, NSINSPECT_A_HOLDER_TYPE, holder->type) ||
			     put_u32(skb, NSINSPECT_A_HOLDER_INUM, holder->inum)))
		goto nla_put_failure;
	if (*holder->fstype && (nla_put_string(skb, NSINSPECT_A_HOLDER_FSTYPE, holder->fstype) ||
				put_u32(skb, NSINSPECT_A_HOLDER_DEV, holder->dev)))
		goto nla_put_failure;
	if (holder->family && (put_u32(skb, NSINSPECT_A_HOLDER_FAMILY, holder->family) ||
			       put_u32(skb, NSINSPECT_A_HOLDER_SOCKET_TYPE, holder->socket_type) ||
			       put_u32(skb, NSINSPECT_A_HOLDER_PROTOCOL, holder->protocol)))
		goto nla_put_failure;
	if (holder->ino && nla_put_u64_64bit(skb, NSINSPECT_A_HOLDER_INO, holder->ino,
					     NSINSPECT_A_HOLDER_PAD))
		goto nla_put_failure;
	if (holder->uid != NSINSPECT_NONE && put_u32(skb, NSINSPECT_A_HOLDER_UID, holder->uid))
		goto nla_put_failure;
	if (holder->object && put_u32(skb, NSINSPECT_A_HOLDER_OBJECT, holder->object))
		goto nla_put_failure;
	return 0;

nla_put_failure:
	return -EMSGSIZE;
}

static int fill_node(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
		     const struct nsinspect_filter *filter, unsigned int kind, u32 i)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, nsinspect_kinds[kind].attr);
	if (!nest)
		goto nla_put_failure;
	if (nsinspect_kinds[kind].fill(skb, snapshot, filter, i))
		goto nla_put_failure;
	nla_nest_end(skb, nest);
	return 0;

nla_put_failure:
	return -EMSGSIZE;
}

/* The rule of listns(2). Process context, on behalf of the sender of @skb. */
static int permit(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (!netlink_capable(skb, CAP_SYS_ADMIN)) {
		NL_SET_ERR_MSG(extack, "needs CAP_SYS_ADMIN in the initial user namespace");
		return -EPERM;
	}
	if (!nsinspect_caller_in_init_pid_ns()) {
		NL_SET_ERR_MSG(extack, "the caller has to be in the initial pid namespace");
		return -EPERM;
	}
	return 0;
}

/*
 * The namespace that @attrs name by inum or id; NSINSPECT_NONE in @ns when they
 * name none at all.
 */
static int namespace_asked_for(const struct nsinspect_snapshot *snapshot, struct nlattr **attrs,
			       struct netlink_ext_ack *extack, u32 *ns)
{
	struct nlattr *inum = attrs[NSINSPECT_A_GRAPH_INUM];
	struct nlattr *type = attrs[NSINSPECT_A_GRAPH_TYPE];
	struct nlattr *id = attrs[NSINSPECT_A_GRAPH_ID];
	u32 inum_value = inum ? nla_get_u32(inum) : 0;
	u64 id_value = id ? nla_get_u64(id) : 0;

	*ns = NSINSPECT_NONE;
	if (!inum && !id) {
		if (!type)
			return 0;
		NL_SET_ERR_MSG_ATTR(extack, type, "type goes with inum or id");
		return -EINVAL;
	}
	*ns = nsinspect_snapshot_find_ns(snapshot, type ? (int)nla_get_u32(type) : -1, inum_value,
					 id_value);
	if (*ns != NSINSPECT_NONE)
		return 0;
	*ns = nsinspect_snapshot_find_ns(snapshot, -1, inum_value, id_value);
	if (type && *ns != NSINSPECT_NONE)
		NL_SET_ERR_MSG_ATTR(extack, type, "the namespace is of another type");
	else
		NL_SET_ERR_MSG_ATTR(extack, inum ?: id, "no such namespace");
	return -ENOENT;
}

static struct nsinspect_snapshot *take_one(const struct nsinspect_ask *ask, struct nlattr *tid,
					   bool with_compared, struct netlink_ext_ack *extack)
{
	struct nsinspect_snapshot *snapshot = nsinspect_walk_one(ask, nla_get_u32(tid),
								 with_compared);

	if (PTR_ERR_OR_ZERO(snapshot) == -ESRCH)
		NL_SET_ERR_MSG_ATTR(extack, tid, "no such task");
	return snapshot;
}

/* More than a node takes in a message, bytes. */
static size_t node_room(const struct nsinspect_snapshot *snapshot, unsigned int kind, u32 i)
{
	const struct nsinspect_kind *row = &nsinspect_kinds[kind];

	return row->room + (row->extra ? row->extra(snapshot, i) : 0);
}

/* The same for the largest of all nodes that pass. */
static size_t largest_room(const struct nsinspect_snapshot *snapshot,
			   const struct nsinspect_filter *filter)
{
	size_t room = SNAPSHOT_ROOM;
	unsigned int kind;
	u32 i;

	for (kind = 0; kind < NSINSPECT_NODE_KINDS; kind++) {
		if (!filter->counts[kind])
			continue;
		room = max(room, nsinspect_kinds[kind].room);
		if (!nsinspect_kinds[kind].extra)
			continue;
		for (i = 0; i < nsinspect_snapshot_count(snapshot, kind); i++) {
			if (nsinspect_filter_node(filter, snapshot, kind, i))
				room = max(room, node_room(snapshot, kind, i));
			cond_resched();
		}
	}
	return room;
}

/* What passes, and how large a message has to be: whatever was read before, each node fits. */
static int dump_size(struct netlink_callback *cb, struct dump *dump)
{
	int err = nsinspect_filter_init(&dump->filter, dump->snapshot);

	if (err)
		return err;
	cb->min_dump_alloc = nlmsg_total_size(GENL_HDRLEN) +
			     largest_room(dump->snapshot, &dump->filter);
	return 0;
}

static int graph_begin(struct netlink_callback *cb, struct dump *dump,
		       struct netlink_ext_ack *extack)
{
	struct nlattr **attrs = nsinspect_dump_attrs(cb);
	struct nsinspect_ask ask = {
		.threads = nla_get_flag(attrs[NSINSPECT_A_GRAPH_THREADS]),
		.tgid = task_tgid_nr(current),
		.net = sock_net(cb->skb->sk),
	};
	struct nlattr *attr;
	int err;

	attr = attrs[NSINSPECT_A_GRAPH_TYPES];
	dump->filter.types = attr ? nla_get_u32(attr) : NSINSPECT_ALL_TYPES;
	attr = attrs[NSINSPECT_A_GRAPH_DETAILS];
	dump->filter.details = attr ? nla_get_u32(attr) : NSINSPECT_NODE_DETAILS;
	ask.details = dump->filter.details;
	/* Whose nsproxies are asked for is known from the tasks. */
	if (attrs[NSINSPECT_A_GRAPH_INUM] || attrs[NSINSPECT_A_GRAPH_ID])
		ask.details |= NSINSPECT_DETAIL_TASKS;

	attr = attrs[NSINSPECT_A_GRAPH_TID];
	if (attr)
		dump->snapshot = take_one(&ask, attr, false, extack);
	else
		dump->snapshot = nsinspect_walk_all(&ask);
	if (IS_ERR(dump->snapshot))
		return PTR_ERR(dump->snapshot);
	err = namespace_asked_for(dump->snapshot, attrs, extack, &dump->filter.ns);
	if (err)
		return err;
	return dump_size(cb, dump);
}

/* The reference that was taken on the namespace that is asked for is put again. */
static int holder_begin(struct netlink_callback *cb, struct dump *dump,
			struct netlink_ext_ack *extack)
{
	struct nlattr **attrs = nsinspect_dump_attrs(cb);
	struct nlattr *type = attrs[NSINSPECT_A_GRAPH_TYPE];
	struct nlattr *inum = attrs[NSINSPECT_A_GRAPH_INUM];
	struct nlattr *id = attrs[NSINSPECT_A_GRAPH_ID];
	struct nsinspect_target target = {
		.type = type ? (int)nla_get_u32(type) : -1,
		.inum = inum ? nla_get_u32(inum) : 0,
		.id = id ? nla_get_u64(id) : 0,
	};
	struct nsinspect_ask ask = {
		.details = NSINSPECT_DETAIL_EVERY | NSINSPECT_DETAIL_FACTS |
			   NSINSPECT_DETAIL_COUNTERS,
		.tgid = task_tgid_nr(current),
		.net = sock_net(cb->skb->sk),
		.target = &target,
	};
	int err;

	if (!inum && !id) {
		NL_SET_ERR_MSG(extack, "inum and id are missing");
		return -EINVAL;
	}
	dump->filter.types = NSINSPECT_ALL_TYPES;
	dump->filter.details = NSINSPECT_DETAIL_NAMESPACES | NSINSPECT_DETAIL_HOLDERS;
	dump->snapshot = nsinspect_walk_all(&ask);
	if (target.ns)
		target.ns->ops->put(target.ns);
	if (IS_ERR(dump->snapshot))
		return PTR_ERR(dump->snapshot);
	err = namespace_asked_for(dump->snapshot, attrs, extack, &dump->filter.ns);
	if (err)
		return err;
	if (!nsinspect_snapshot_count(dump->snapshot, NSINSPECT_KIND_HOLDING) ||
	    !nsinspect_snapshot_holding(dump->snapshot, 0)->refs) {
		NL_SET_ERR_MSG_ATTR(extack, inum ?: id, "the namespace has died meanwhile");
		return -ENOENT;
	}
	return dump_size(cb, dump);
}

static void dump_free(struct dump *dump)
{
	nsinspect_filter_exit(&dump->filter);
	nsinspect_snapshot_free(dump->snapshot);
	kfree(dump);
}

typedef int begin_fn(struct netlink_callback *cb, struct dump *dump,
		     struct netlink_ext_ack *extack);

static int dump_start(struct netlink_callback *cb, u8 cmd, begin_fn *begin)
{
	struct dump_ctx *ctx = (struct dump_ctx *)cb->ctx;
	struct dump *dump;
	int err;

	BUILD_BUG_ON(sizeof(*ctx) > sizeof(cb->ctx));

	/* Final at once, words or not: nobody without rights leaves a dump open. */
	err = permit(cb->skb, cb->extack);
	if (err)
		return err;
	dump = kzalloc(sizeof(*dump), NSINSPECT_SNAPSHOT_GFP);
	if (!dump)
		return -ENOMEM;
	dump->cmd = cmd;
	if (cb->extack) {
		err = begin(cb, dump, cb->extack);
		if (err) {
			dump_free(dump);
			return err;
		}
	} else {
		/* Older kernels take an errno from here, but words only from .dumpit. */
		dump->refused = begin(cb, dump, &dump->extack);
	}
	ctx->dump = dump;
	return 0;
}

static int graph_start(struct netlink_callback *cb)
{
	return dump_start(cb, NSINSPECT_CMD_GRAPH_GET, graph_begin);
}

static int holder_start(struct netlink_callback *cb)
{
	return dump_start(cb, NSINSPECT_CMD_HOLDER_GET, holder_begin);
}

/* One message of a dump: the snapshot itself, then a node each. */
static int put_message(struct sk_buff *skb, struct netlink_callback *cb, const struct dump *dump)
{
	void *hdr;
	int err;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
			  NLM_F_MULTI, dump->cmd);
	if (!hdr)
		return -EMSGSIZE;
	if (dump->begun)
		err = fill_node(skb, dump->snapshot, &dump->filter, dump->kind, dump->next);
	else
		err = fill_snapshot(skb, dump->snapshot, &dump->filter);
	if (err) {
		genlmsg_cancel(skb, hdr);
		return err;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* May run in another task than dump_start(): current means nothing here. */
static int dump_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump *dump = ((struct dump_ctx *)cb->ctx)->dump;

	if (dump->refused) {
		if (cb->extack)
			*cb->extack = dump->extack;
		return dump->refused;
	}
	if (!dump->begun) {
		if (put_message(skb, cb, dump))
			return -EMSGSIZE;
		dump->begun = true;
	}
	for (; dump->kind < NSINSPECT_NODE_KINDS; dump->kind++, dump->next = 0) {
		u32 count = nsinspect_snapshot_count(dump->snapshot, dump->kind);

		for (; dump->next < count; dump->next++) {
			cond_resched();
			if (!nsinspect_filter_node(&dump->filter, dump->snapshot, dump->kind,
						   dump->next))
				continue;
			if (put_message(skb, cb, dump))
				/* A node that does not fit even alone would never end. */
				return skb->len ?: -EMSGSIZE;
		}
	}
	return skb->len;
}

static int dump_done(struct netlink_callback *cb)
{
	dump_free(((struct dump_ctx *)cb->ctx)->dump);
	return 0;
}

static size_t reply_room(const struct nsinspect_snapshot *snapshot,
			 const struct nsinspect_filter *filter)
{
	size_t room = SNAPSHOT_ROOM;
	unsigned int kind;
	u32 i;

	for (kind = 0; kind < NSINSPECT_NODE_KINDS; kind++) {
		for (i = 0; i < nsinspect_snapshot_count(snapshot, kind); i++) {
			if (nsinspect_filter_node(filter, snapshot, kind, i))
				room += node_room(snapshot, kind, i);
			cond_resched();
		}
	}
	return room;
}

/* Sends all that passes @filter as one message. */
static int reply(struct genl_info *info, u8 cmd, const struct nsinspect_snapshot *snapshot,
		 struct nsinspect_filter *filter)
{
	unsigned int kind;
	struct sk_buff *skb;
	void *hdr;
	u32 i;
	int err;

	err = nsinspect_filter_init(filter, snapshot);
	if (err)
		return err;
	err = -ENOMEM;
	skb = genlmsg_new(reply_room(snapshot, filter), GFP_KERNEL);
	if (!skb)
		goto exit_filter;
	err = -EMSGSIZE;
	hdr = genlmsg_put_reply(skb, info, &family, 0, cmd);
	if (!hdr)
		goto free_skb;
	if (fill_snapshot(skb, snapshot, filter))
		goto free_skb;
	for (kind = 0; kind < NSINSPECT_NODE_KINDS; kind++) {
		for (i = 0; i < nsinspect_snapshot_count(snapshot, kind); i++) {
			cond_resched();
			if (nsinspect_filter_node(filter, snapshot, kind, i) &&
			    fill_node(skb, snapshot, filter, kind, i))
				goto free_skb;
		}
	}
	genlmsg_end(skb, hdr);
	nsinspect_filter_exit(filter);
	return genlmsg_reply(skb, info);

free_skb:
	nlmsg_free(skb);
exit_filter:
	nsinspect_filter_exit(filter);
	return err;
}

static int task_get(struct sk_buff *skb, struct genl_info *info)
{
	struct nsinspect_filter filter = {
		.types = NSINSPECT_ALL_TYPES,
		.details = NSINSPECT_NODE_DETAILS,
		.ns = NSINSPECT_NONE,
	};
	struct nlattr *tid = info->attrs[NSINSPECT_A_GRAPH_TID];
	struct nsinspect_ask ask = { .details = filter.details };
	struct nsinspect_snapshot *snapshot;
	int err;

	err = permit(skb, info->extack);
	if (err)
		return err;
	if (!tid) {
		NL_SET_ERR_MSG(info->extack, "tid is missing");
		return -EINVAL;
	}
	snapshot = take_one(&ask, tid, true, info->extack);
	if (IS_ERR(snapshot))
		return PTR_ERR(snapshot);
	err = reply(info, NSINSPECT_CMD_TASK_GET, snapshot, &filter);
	nsinspect_snapshot_free(snapshot);
	return err;
}

static int ns_get(struct sk_buff *skb, struct genl_info *info)
{
	struct nsinspect_filter filter = {
		.types = NSINSPECT_ALL_TYPES,
		.details = NSINSPECT_DETAIL_NAMESPACES,
	};
	struct nsinspect_ask ask = {
		.details = NSINSPECT_DETAIL_EVERY | NSINSPECT_DETAIL_FACTS,
		.tgid = task_tgid_nr(current),
		.net = genl_info_net(info),
	};
	struct nsinspect_snapshot *snapshot;
	int err;

	err = permit(skb, info->extack);
	if (err)
		return err;
	if (!info->attrs[NSINSPECT_A_GRAPH_INUM] && !info->attrs[NSINSPECT_A_GRAPH_ID]) {
		NL_SET_ERR_MSG(info->extack, "inum and id are missing");
		return -EINVAL;
	}
	snapshot = nsinspect_walk_all(&ask);
	if (IS_ERR(snapshot))
		return PTR_ERR(snapshot);
	err = namespace_asked_for(snapshot, info->attrs, info->extack, &filter.ns);
	if (!err)
		err = reply(info, NSINSPECT_CMD_NS_GET, snapshot, &filter);
	nsinspect_snapshot_free(snapshot);
	return err;
}

/* A policy each, ending at the last attribute that the command accepts. */

static const struct nla_policy graph_policy[NSINSPECT_A_GRAPH_DETAILS + 1] = {
	[NSINSPECT_A_GRAPH_TID] = NLA_POLICY_MIN(NLA_U32, 1),
	[NSINSPECT_A_GRAPH_TYPE] = NLA_POLICY_MAX(NLA_U32, NSINSPECT_NS_TYPE_UTS),
	[NSINSPECT_A_GRAPH_INUM] = NLA_POLICY_MIN(NLA_U32, 1),
	[NSINSPECT_A_GRAPH_ID] = NLA_POLICY_MIN(NLA_U64, 1),
	[NSINSPECT_A_GRAPH_THREADS] = { .type = NLA_FLAG },
	[NSINSPECT_A_GRAPH_TYPES] = NLA_POLICY_RANGE(NLA_U32, 1, NSINSPECT_ALL_TYPES),
	[NSINSPECT_A_GRAPH_DETAILS] = NLA_POLICY_RANGE(NLA_U32, 1, NSINSPECT_ALL_DETAILS),
};

static const struct nla_policy task_policy[NSINSPECT_A_GRAPH_TID + 1] = {
	[NSINSPECT_A_GRAPH_TID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy ns_policy[NSINSPECT_A_GRAPH_ID + 1] = {
	[NSINSPECT_A_GRAPH_TYPE] = NLA_POLICY_MAX(NLA_U32, NSINSPECT_NS_TYPE_UTS),
	[NSINSPECT_A_GRAPH_INUM] = NLA_POLICY_MIN(NLA_U32, 1),
	[NSINSPECT_A_GRAPH_ID] = NLA_POLICY_MIN(NLA_U64, 1),
};

static const struct genl_ops ops[] = {
	{
		.cmd = NSINSPECT_CMD_GRAPH_GET,
		.policy = graph_policy,
		.maxattr = ARRAY_SIZE(graph_policy) - 1,
		.start = graph_start,
		.dumpit = dump_dumpit,
		.done = dump_done,
	},
	{
		.cmd = NSINSPECT_CMD_TASK_GET,
		.policy = task_policy,
		.maxattr = ARRAY_SIZE(task_policy) - 1,
		.doit = task_get,
	},
	{
		.cmd = NSINSPECT_CMD_NS_GET,
		.policy = ns_policy,
		.maxattr = ARRAY_SIZE(ns_policy) - 1,
		.doit = ns_get,
	},
	{
		.cmd = NSINSPECT_CMD_HOLDER_GET,
		.policy = ns_policy,
		.maxattr = ARRAY_SIZE(ns_policy) - 1,
		.start = holder_start,
		.dumpit = dump_dumpit,
		.done = dump_done,
	},
};

/* Handlers share nothing, so none waits for another. */
static struct genl_family family __ro_after_init = {
	.name = NSINSPECT_FAMILY_NAME,
	.version = NSINSPECT_FAMILY_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	.parallel_ops = true,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
};

/**
 * nsinspect_netlink_init() - open the family for requests
 *
 * Context: Process context, may sleep. Called once, at load.
 * Return: 0, or a negative errno after saying so.
 */
int __init nsinspect_netlink_init(void)
{
	int err = genl_register_family(&family);

	if (err)
		pr_err("cannot register the generic netlink family (%d)\n", err);
	return err;
}

/**
 * nsinspect_netlink_exit() - close the family
 *
 * Context: Process context, may sleep. A dump holds a reference on the module,
 *	    so none is under way; other handlers are waited for.
 */
void nsinspect_netlink_exit(void)
{
	genl_unregister_family(&family);
}
