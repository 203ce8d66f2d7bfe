/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_LINKS_H
#define NSINSPECT_LINKS_H

#include "snapshot.h"

struct nsinspect_filter;
struct sk_buff;

int nsinspect_links_add(struct nsinspect_builder *builder, struct net *net);
size_t nsinspect_links_room(const struct nsinspect_snapshot *snapshot, u32 i);
int nsinspect_links_fill(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			 const struct nsinspect_filter *filter, u32 i);

#endif /* NSINSPECT_LINKS_H */
