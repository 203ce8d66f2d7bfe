/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_FACTS_H
#define NSINSPECT_FACTS_H

#include "snapshot.h"

struct sk_buff;

int nsinspect_facts_add(struct nsinspect_builder *builder, struct ns_common *ns, u8 type);
size_t nsinspect_facts_room(const struct nsinspect_snapshot *snapshot, u32 i);
int nsinspect_facts_fill(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot, u32 i);

#endif /* NSINSPECT_FACTS_H */
