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

#include "compat.h"
#include "filter.h"
#include "netlink.h"
#include "snapshot.h"
#include "walk.h"

static struct genl_family family;

/* What a graph-get dump carries from .start to .done. */
struct dump {
	struct nsinspect_snapshot *snapshot;
	struct nsinspect_filter filter;
	unsigned int kind;	/* index into node_kinds */
	u32 next;		/* index of the next node of that kind */
	int refused;		/* errno of .start, left to .dumpit with what follows */
	struct netlink_ext_ack extack;
};

/* The cb->ctx of a dump: only a pointer, so its room never matters. */
struct dump_ctx {
	struct dump *dump;
};

static bool fill_inum(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
		      const struct nsinspect_filter *filter, int attr, u32 i)
{
	const struct nsinspect_ns *ns;

	if (i == NSINSPECT_NONE)
		return true;
	ns = nsinspect_snapshot_ns(snapshot, i);
	return !(filter->types & BIT(ns->type)) || !nla_put_u32(skb, attr, ns->inum);
}

static bool fill_snapshot(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			  const struct nsinspect_filter *filter, u32 i)
{
	/* Always terminated, though it may change while it is copied. */
	const struct new_utsname *uts = &init_uts_ns.name;

	return !nla_put_u64_64bit(skb, NSINSPECT_A_SNAPSHOT_TIME_NS, snapshot->time_ns,
				  NSINSPECT_A_SNAPSHOT_PAD) &&
	       !nla_put_u64_64bit(skb, NSINSPECT_A_SNAPSHOT_GENERATION, snapshot->generation,
				  NSINSPECT_A_SNAPSHOT_PAD) &&
	       !nla_put_u8(skb, NSINSPECT_A_SNAPSHOT_CONSISTENT, snapshot->consistent) &&
	       !nla_put_u32(skb, NSINSPECT_A_SNAPSHOT_NAMESPACES, filter->n_namespaces) &&
	       !nla_put_u32(skb, NSINSPECT_A_SNAPSHOT_NSPROXIES, filter->n_nsproxies) &&
	       !nla_put_u32(skb, NSINSPECT_A_SNAPSHOT_TASKS, filter->n_tasks) &&
	       !nla_put_u32(skb, NSINSPECT_A_SNAPSHOT_WALKED, snapshot->walked) &&
	       !nla_put_u64_64bit(skb, NSINSPECT_A_SNAPSHOT_WALK_NS, snapshot->walk_ns,
				  NSINSPECT_A_SNAPSHOT_PAD) &&
	       !nla_put_u64_64bit(skb, NSINSPECT_A_SNAPSHOT_BYTES,
				  nsinspect_snapshot_bytes(snapshot), NSINSPECT_A_SNAPSHOT_PAD) &&
	       !nla_put_string(skb, NSINSPECT_A_SNAPSHOT_NODENAME, uts->nodename) &&
	       !nla_put_string(skb, NSINSPECT_A_SNAPSHOT_RELEASE, uts->release);
}

static bool fill_namespace(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			   const struct nsinspect_filter *filter, u32 i)
{
	const struct nsinspect_ns *ns = nsinspect_snapshot_ns(snapshot, i);
	struct nsinspect_filter all = { .types = NSINSPECT_ALL_TYPES };

	return !nla_put_u32(skb, NSINSPECT_A_NAMESPACE_TYPE, ns->type) &&
	       !nla_put_u32(skb, NSINSPECT_A_NAMESPACE_INUM, ns->inum) &&
	       (!ns->id || !nla_put_u64_64bit(skb, NSINSPECT_A_NAMESPACE_ID, ns->id,
					      NSINSPECT_A_NAMESPACE_PAD)) &&
	       (!ns->initial || !nla_put_flag(skb, NSINSPECT_A_NAMESPACE_INITIAL)) &&
	       !nla_put_u8(skb, NSINSPECT_A_NAMESPACE_ACTIVE, ns->active) &&
	       fill_inum(skb, snapshot, &all, NSINSPECT_A_NAMESPACE_OWNER, ns->owner) &&
	       fill_inum(skb, snapshot, &all, NSINSPECT_A_NAMESPACE_PARENT, ns->parent) &&
	       (ns->level < 0 || !nla_put_u32(skb, NSINSPECT_A_NAMESPACE_LEVEL, ns->level)) &&
	       (ns->refs < 0 || !nla_put_u32(skb, NSINSPECT_A_NAMESPACE_REFS, ns->refs)) &&
	       (!snapshot->whole ||
		(!nla_put_u32(skb, NSINSPECT_A_NAMESPACE_TASKS, ns->tasks) &&
		 !nla_put_u32(skb, NSINSPECT_A_NAMESPACE_PROCS, ns->procs)));
}

static bool fill_nsproxy(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			 const struct nsinspect_filter *filter, u32 i)
{
	const struct nsinspect_nsproxy *nsproxy = nsinspect_snapshot_nsproxy(snapshot, i);
	unsigned int slot;

	if (nla_put_u32(skb, NSINSPECT_A_NSPROXY_ID, i + 1) ||
	    nla_put_u32(skb, NSINSPECT_A_NSPROXY_REFS, nsproxy->refs) ||
	    (snapshot->whole && nla_put_u32(skb, NSINSPECT_A_NSPROXY_TASKS, nsproxy->tasks)))
		return false;
	for (slot = 0; slot < NSINSPECT_SLOTS; slot++)
		if (!fill_inum(skb, snapshot, filter, nsinspect_slots[slot].attr,
			       nsproxy->ns[slot]))
			return false;
	return true;
}

static bool fill_upid(struct sk_buff *skb, u32 nr, u32 pidns, u32 level)
{
	struct nlattr *nest = nla_nest_start(skb, NSINSPECT_A_TASK_UPID);

	if (!nest || nla_put_u32(skb, NSINSPECT_A_UPID_NR, nr) ||
	    nla_put_u32(skb, NSINSPECT_A_UPID_PIDNS, pidns) ||
	    nla_put_u32(skb, NSINSPECT_A_UPID_LEVEL, level))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

/* A task keeps only its deepest pid namespace; the others are its ancestors. */
static bool fill_upids(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
		       const struct nsinspect_task *task)
{
	u32 pidns[MAX_PID_NS_LEVEL + 1];
	unsigned int level;
	u32 i = task->pid;

	if (i == NSINSPECT_NONE)
		return true;
	for (level = task->level + 1; level--;) {
		pidns[level] = nsinspect_snapshot_ns(snapshot, i)->inum;
		i = nsinspect_snapshot_ns(snapshot, i)->parent;
	}
	for (level = 0; level <= task->level; level++) {
		u32 nr = level ? nsinspect_snapshot_nr(snapshot, task->nrs + level - 1) : task->tid;

		if (!fill_upid(skb, nr, pidns[level], level))
			return false;
	}
	return true;
}

static bool fill_task(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
		      const struct nsinspect_filter *filter, u32 i)
{
	const struct nsinspect_task *task = nsinspect_snapshot_task(snapshot, i);
	char state[2] = { task->state };

	return !nla_put_u32(skb, NSINSPECT_A_TASK_TID, task->tid) &&
	       !nla_put_u32(skb, NSINSPECT_A_TASK_TGID, task->tgid) &&
	       !nla_put_u32(skb, NSINSPECT_A_TASK_PPID, task->ppid) &&
	       !nla_put_string(skb, NSINSPECT_A_TASK_COMM, task->comm) &&
	       !nla_put_string(skb, NSINSPECT_A_TASK_STATE, state) &&
	       (!task->kthread || !nla_put_flag(skb, NSINSPECT_A_TASK_KTHREAD)) &&
	       !nla_put_u32(skb, NSINSPECT_A_TASK_UID, task->uid) &&
	       (task->nsproxy == NSINSPECT_NONE ||
		!nla_put_u32(skb, NSINSPECT_A_TASK_NSPROXY, task->nsproxy + 1)) &&
	       fill_inum(skb, snapshot, filter, NSINSPECT_A_TASK_USER, task->user) &&
	       fill_inum(skb, snapshot, filter, NSINSPECT_A_TASK_PID, task->pid) &&
	       fill_upids(skb, snapshot, task);
}

static bool every_node(const struct nsinspect_filter *filter,
		       const struct nsinspect_snapshot *snapshot, u32 i)
{
	return true;
}

static u32 count_one(const struct nsinspect_snapshot *snapshot)
{
	return 1;
}

static u32 count_namespaces(const struct nsinspect_snapshot *snapshot)
{
	return snapshot->namespaces.count;
}

static u32 count_nsproxies(const struct nsinspect_snapshot *snapshot)
{
	return snapshot->nsproxies.count;
}

static u32 count_tasks(const struct nsinspect_snapshot *snapshot)
{
	return snapshot->tasks.count;
}

/* The kinds of node in the order in which they are sent. */
static const struct node_kind {
	int attr;
	u32 (*count)(const struct nsinspect_snapshot *snapshot);
	bool (*passes)(const struct nsinspect_filter *filter,
		       const struct nsinspect_snapshot *snapshot, u32 i);
	bool (*put)(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
		    const struct nsinspect_filter *filter, u32 i);
} node_kinds[] = {
	{ NSINSPECT_A_GRAPH_SNAPSHOT, count_one, every_node, fill_snapshot },
	{ NSINSPECT_A_GRAPH_NAMESPACE, count_namespaces, nsinspect_filter_ns, fill_namespace },
	{ NSINSPECT_A_GRAPH_NSPROXY, count_nsproxies, nsinspect_filter_nsproxy, fill_nsproxy },
	{ NSINSPECT_A_GRAPH_TASK, count_tasks, nsinspect_filter_task, fill_task },
};

static bool fill_node(struct sk_buff *skb, const struct node_kind *kind,
		      const struct nsinspect_snapshot *snapshot,
		      const struct nsinspect_filter *filter, u32 i)
{
	struct nlattr *nest = nla_nest_start(skb, kind->attr);

	if (!nest || !kind->put(skb, snapshot, filter, i))
		return false;
	nla_nest_end(skb, nest);
	return true;
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
 * Finds the namespace that @attrs name by inum or id; NSINSPECT_NONE in @ns
 * when they name none at all.
 */
static int find_ns(const struct nsinspect_snapshot *snapshot, struct nlattr **attrs,
		   struct netlink_ext_ack *extack, u32 *ns)
{
	struct nlattr *inum = attrs[NSINSPECT_A_GRAPH_INUM];
	struct nlattr *type = attrs[NSINSPECT_A_GRAPH_TYPE];
	struct nlattr *id = attrs[NSINSPECT_A_GRAPH_ID];

	*ns = NSINSPECT_NONE;
	if (!inum && !id) {
		if (!type)
			return 0;
		NL_SET_ERR_MSG_ATTR(extack, type, "type goes with inum or id");
		return -EINVAL;
	}
	*ns = nsinspect_snapshot_find_ns(snapshot, inum ? nla_get_u32(inum) : 0,
					 id ? nla_get_u64(id) : 0);
	if (*ns == NSINSPECT_NONE) {
		NL_SET_ERR_MSG_ATTR(extack, inum ?: id, "no such namespace");
		return -ENOENT;
	}
	if (type && nsinspect_snapshot_ns(snapshot, *ns)->type != nla_get_u32(type)) {
		NL_SET_ERR_MSG_ATTR(extack, type, "the namespace is of another type");
		return -ENOENT;
	}
	return 0;
}

static struct nsinspect_snapshot *take_one(struct nlattr *tid, struct netlink_ext_ack *extack)
{
	struct nsinspect_snapshot *snapshot = nsinspect_walk_one(nla_get_u32(tid));

	if (PTR_ERR_OR_ZERO(snapshot) == -ESRCH)
		NL_SET_ERR_MSG_ATTR(extack, tid, "no such task");
	return snapshot;
}

static int graph_begin(struct netlink_callback *cb, struct dump *dump,
		       struct netlink_ext_ack *extack)
{
	struct nlattr **attrs = nsinspect_dump_attrs(cb);
	struct nlattr *attr;
	int err;

	err = permit(cb->skb, extack);
	if (err)
		return err;

	attr = attrs[NSINSPECT_A_GRAPH_TYPES];
	dump->filter.types = attr ? nla_get_u32(attr) : NSINSPECT_ALL_TYPES;
	attr = attrs[NSINSPECT_A_GRAPH_DETAILS];
	dump->filter.details = attr ? nla_get_u32(attr) : NSINSPECT_ALL_DETAILS;

	attr = attrs[NSINSPECT_A_GRAPH_TID];
	if (attr)
		dump->snapshot = take_one(attr, extack);
	else
		dump->snapshot = nsinspect_walk_all(nla_get_flag(attrs[NSINSPECT_A_GRAPH_THREADS]),
						    dump->filter.details & NSINSPECT_DETAIL_TASKS ||
						    attrs[NSINSPECT_A_GRAPH_INUM] ||
						    attrs[NSINSPECT_A_GRAPH_ID]);
	if (IS_ERR(dump->snapshot))
		return PTR_ERR(dump->snapshot);
	err = find_ns(dump->snapshot, attrs, extack, &dump->filter.ns);
	if (err)
		return err;
	return nsinspect_filter_init(&dump->filter, dump->snapshot);
}

static void dump_free(struct dump *dump)
{
	nsinspect_filter_exit(&dump->filter);
	nsinspect_snapshot_free(dump->snapshot);
	kfree(dump);
}

static int graph_start(struct netlink_callback *cb)
{
	struct dump_ctx *ctx = (struct dump_ctx *)cb->ctx;
	struct dump *dump;
	int err;

	BUILD_BUG_ON(sizeof(*ctx) > sizeof(cb->ctx));

	dump = kzalloc(sizeof(*dump), GFP_KERNEL_ACCOUNT);
	if (!dump)
		return -ENOMEM;
	if (cb->extack) {
		err = graph_begin(cb, dump, cb->extack);
		if (err) {
			dump_free(dump);
			return err;
		}
	} else {
		/* Older kernels take an errno from here, but words only from .dumpit. */
		dump->refused = graph_begin(cb, dump, &dump->extack);
	}
	ctx->dump = dump;
	return 0;
}

/* May run in another task than graph_start(): current means nothing here. */
static int graph_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump *dump = ((struct dump_ctx *)cb->ctx)->dump;

	if (dump->refused) {
		if (cb->extack)
			*cb->extack = dump->extack;
		return dump->refused;
	}
	for (; dump->kind < ARRAY_SIZE(node_kinds); dump->kind++, dump->next = 0) {
		const struct node_kind *kind = &node_kinds[dump->kind];

		for (; dump->next < kind->count(dump->snapshot); dump->next++) {
			void *hdr;

			if (!kind->passes(&dump->filter, dump->snapshot, dump->next))
				continue;
			hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
					  &family, NLM_F_MULTI, NSINSPECT_CMD_GRAPH_GET);
			if (!hdr)
				return skb->len;
			if (!fill_node(skb, kind, dump->snapshot, &dump->filter, dump->next)) {
				genlmsg_cancel(skb, hdr);
				/* A node that does not fit even alone would never end. */
				return skb->len ?: -EMSGSIZE;
			}
			genlmsg_end(skb, hdr);
		}
	}
	return skb->len;
}

static int graph_done(struct netlink_callback *cb)
{
	dump_free(((struct dump_ctx *)cb->ctx)->dump);
	return 0;
}

/* More than any node takes, of the kinds that one message has many of. */
#define NS_NODE_SIZE	128
#define OTHER_NODES_SIZE	(1024 + (MAX_PID_NS_LEVEL + 1) * 32)

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
	skb = genlmsg_new(OTHER_NODES_SIZE + filter->n_namespaces * NS_NODE_SIZE, GFP_KERNEL);
	if (!skb)
		goto exit_filter;
	err = -EMSGSIZE;
	hdr = genlmsg_put_reply(skb, info, &family, 0, cmd);
	if (!hdr)
		goto free_skb;
	for (kind = 0; kind < ARRAY_SIZE(node_kinds); kind++)
		for (i = 0; i < node_kinds[kind].count(snapshot); i++)
			if (node_kinds[kind].passes(filter, snapshot, i) &&
			    !fill_node(skb, &node_kinds[kind], snapshot, filter, i))
				goto free_skb;
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
		.details = NSINSPECT_ALL_DETAILS,
		.ns = NSINSPECT_NONE,
	};
	struct nlattr *tid = info->attrs[NSINSPECT_A_GRAPH_TID];
	struct nsinspect_snapshot *snapshot;
	int err;

	err = permit(skb, info->extack);
	if (err)
		return err;
	if (!tid) {
		NL_SET_ERR_MSG(info->extack, "tid is missing");
		return -EINVAL;
	}
	snapshot = take_one(tid, info->extack);
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
	struct nsinspect_snapshot *snapshot;
	int err;

	err = permit(skb, info->extack);
	if (err)
		return err;
	if (!info->attrs[NSINSPECT_A_GRAPH_INUM] && !info->attrs[NSINSPECT_A_GRAPH_ID]) {
		NL_SET_ERR_MSG(info->extack, "inum and id are missing");
		return -EINVAL;
	}
	snapshot = nsinspect_walk_all(false, false);
	if (IS_ERR(snapshot))
		return PTR_ERR(snapshot);
	err = find_ns(snapshot, info->attrs, info->extack, &filter.ns);
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
		.dumpit = graph_dumpit,
		.done = graph_done,
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
};

/* Handlers share nothing, so none waits for another, nor for other families. */
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
