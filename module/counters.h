/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_COUNTERS_H
#define NSINSPECT_COUNTERS_H

#include "snapshot.h"

struct nsinspect_filter;
struct sk_buff;

int nsinspect_counters_add(struct nsinspect_builder *builder, const struct ucounts *ucounts);
int nsinspect_counters_fill(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			    const struct nsinspect_filter *filter, u32 i);

#endif /* NSINSPECT_COUNTERS_H */
