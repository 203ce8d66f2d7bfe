// SPDX-License-Identifier: GPL-2.0
/*
 * The accounts of users in user namespaces: struct ucounts, of which the kernel
 * has one for each (user namespace, uid), in a hash that is private.
 *
 * They are found by way of what is on them, namespaces and (from 5.14 on)
 * credentials, and by way of each other: a namespace is counted on the account
 * of who made it, on that of who made the user namespace of this account, and so
 * on up to the initial one. Not found is the account of somebody who has no task
 * and only mnt namespaces.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <net/netlink.h>

#include "compat.h"
#include "counters.h"
#include "filter.h"
#include "graph.h"
#include "netlink.h"
#include "walk.h"

static const enum ucount_type ucount_types[NSINSPECT_NS_TYPES] = {
	[NSINSPECT_NS_TYPE_CGROUP] = UCOUNT_CGROUP_NAMESPACES,
	[NSINSPECT_NS_TYPE_IPC] = UCOUNT_IPC_NAMESPACES,
	[NSINSPECT_NS_TYPE_MNT] = UCOUNT_MNT_NAMESPACES,
	[NSINSPECT_NS_TYPE_NET] = UCOUNT_NET_NAMESPACES,
	[NSINSPECT_NS_TYPE_PID] = UCOUNT_PID_NAMESPACES,
	[NSINSPECT_NS_TYPE_TIME] = UCOUNT_TIME_NAMESPACES,
	[NSINSPECT_NS_TYPE_USER] = UCOUNT_USER_NAMESPACES,
	[NSINSPECT_NS_TYPE_UTS] = UCOUNT_UTS_NAMESPACES,
};

/* What an account is found by: not its address, which can be used anew. Not NULL. */
static const void *key_of(u32 user, u32 uid)
{
	return (const void *)(unsigned long)((user * 0x9e3779b9U + uid) | 1);
}

static bool is_there(const struct nsinspect_builder *builder, u32 user, u32 uid)
{
	const struct nsinspect_index *index = &builder->indexes[NSINSPECT_KIND_COUNTER];
	u32 cursor = NSINSPECT_NONE;
	u32 i;

	while ((i = nsinspect_index_next(index, key_of(user, uid), &cursor)) != NSINSPECT_NONE) {
		const struct nsinspect_counter *counter =
			nsinspect_snapshot_counter(builder->snapshot, i);

		if (counter->user == user && counter->uid == uid)
			return true;
	}
	return false;
}

static int add_counter(struct nsinspect_builder *builder, const struct ucounts *ucounts, u32 user)
{
	struct nsinspect_counter *counter = nsinspect_snapshot_add(builder, NSINSPECT_KIND_COUNTER);
	unsigned int type;

	if (!counter)
		return -ENOSPC;
	counter->user = user;
	counter->uid = __kuid_val(ucounts->uid);
	for (type = 0; type < NSINSPECT_NS_TYPES; type++) {
		enum ucount_type nr = ucount_types[type];

		counter->counts[type] = clamp_t(long, nsinspect_ucount(ucounts, nr), 0, INT_MAX);
		counter->limits[type] = clamp_t(long, READ_ONCE(ucounts->ns->ucount_max[nr]), 0,
						INT_MAX);
	}
	nsinspect_index_add(&builder->indexes[NSINSPECT_KIND_COUNTER],
			    key_of(user, counter->uid),
			    nsinspect_snapshot_count(builder->snapshot,
						     NSINSPECT_KIND_COUNTER) - 1);
	return 0;
}

/**
 * nsinspect_counters_add() - make sure that an account is in the snapshot
 * @builder: the builder
 * @ucounts: the account, kept by what is on it, which the caller keeps alive; or
 *	     NULL
 *
 * With it come those that it is counted on itself. Its user namespace is in the
 * snapshot. Repeating it is harmless.
 *
 * Context: Any.
 * Return: 0, also when none were asked for, or -ENOSPC when more has to be
 *	   reserved first.
 */
int nsinspect_counters_add(struct nsinspect_builder *builder, const struct ucounts *ucounts)
{
	int err;

	if (!(builder->ask->details & NSINSPECT_DETAIL_COUNTERS))
		return 0;
	for (; ucounts; ucounts = ucounts->ns->ucounts) {
		u32 user = nsinspect_graph_find_ns(builder, &ucounts->ns->ns,
						   NSINSPECT_NS_TYPE_USER);

		/* Above one that is there, all are. */
		if (user == NSINSPECT_NONE || is_there(builder, user, __kuid_val(ucounts->uid)))
			return 0;
		err = add_counter(builder, ucounts, user);
		if (err)
			return err;
	}
	return 0;
}

/**
 * nsinspect_counters_fill() - put an account into a message
 * @skb: the message
 * @snapshot: the snapshot
 * @filter: what was asked for
 * @i: index of the counter
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE with a part of it in the message, to be cut off.
 */
int nsinspect_counters_fill(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			    const struct nsinspect_filter *filter, u32 i)
{
	const struct nsinspect_counter *counter = nsinspect_snapshot_counter(snapshot, i);
	unsigned int type;

	if (nsinspect_fill_ref(skb, snapshot, NSINSPECT_A_COUNTER_USER,
			       NSINSPECT_A_COUNTER_USER_NODE, counter->user) ||
	    nla_put_u32(skb, NSINSPECT_A_COUNTER_UID, counter->uid))
		return -EMSGSIZE;
	for (type = 0; type < NSINSPECT_NS_TYPES; type++) {
		struct nlattr *nest;

		if (!(filter->types & BIT(type)))
			continue;
		nest = nla_nest_start(skb, NSINSPECT_A_COUNTER_USE);
		if (!nest || nla_put_u32(skb, NSINSPECT_A_USE_TYPE, type) ||
		    nla_put_u32(skb, NSINSPECT_A_USE_COUNT, counter->counts[type]) ||
		    nla_put_u32(skb, NSINSPECT_A_USE_LIMIT, counter->limits[type]))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}
