/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_NETLINK_H
#define NSINSPECT_NETLINK_H

#include "snapshot.h"

struct nsinspect_filter;
struct sk_buff;

int nsinspect_netlink_init(void);
void nsinspect_netlink_exit(void);
int nsinspect_fill_ref(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot, int attr,
		       int node_attr, u32 i);
int nsinspect_fill_namespace(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			     const struct nsinspect_filter *filter, u32 i);
int nsinspect_fill_nsproxy(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			   const struct nsinspect_filter *filter, u32 i);
int nsinspect_fill_task(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			const struct nsinspect_filter *filter, u32 i);

int nsinspect_fill_holding(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			   const struct nsinspect_filter *filter, u32 i);
int nsinspect_fill_holder(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			  const struct nsinspect_filter *filter, u32 i);

#endif /* NSINSPECT_NETLINK_H */
