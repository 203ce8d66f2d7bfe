/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_FILTER_H
#define NSINSPECT_FILTER_H

#include "snapshot.h"

#define NSINSPECT_ALL_TYPES	(BIT(NSINSPECT_NS_TYPES) - 1)
/* The kinds of node that only holder-get sends; not to be asked for. */
#define NSINSPECT_DETAIL_HOLDERS	BIT(31)

/* What is sent when nothing else is asked for. */
#define NSINSPECT_NODE_DETAILS	(NSINSPECT_DETAIL_NAMESPACES | NSINSPECT_DETAIL_NSPROXIES | \
				 NSINSPECT_DETAIL_TASKS)
#define NSINSPECT_ALL_DETAILS	(NSINSPECT_NODE_DETAILS | NSINSPECT_DETAIL_EVERY | \
				 NSINSPECT_DETAIL_FACTS | NSINSPECT_DETAIL_LINKS | \
				 NSINSPECT_DETAIL_COUNTERS)

/**
 * struct nsinspect_filter - which nodes of a snapshot an answer has
 * @types: bits by enum nsinspect_ns_type
 * @details: enum nsinspect_detail
 * @ns: index of the one namespace that is asked for, or NSINSPECT_NONE
 * @nsproxies: bitmap of those that tasks in @ns have; only with @ns
 * @counts: how many nodes of each kind pass
 */
struct nsinspect_filter {
	u32 types;
	u32 details;
	u32 ns;
	unsigned long *nsproxies;
	u32 counts[NSINSPECT_NODE_KINDS];
};

int nsinspect_filter_init(struct nsinspect_filter *filter,
			  const struct nsinspect_snapshot *snapshot);
void nsinspect_filter_exit(struct nsinspect_filter *filter);
size_t nsinspect_filter_bytes(const struct nsinspect_filter *filter,
			      const struct nsinspect_snapshot *snapshot);
bool nsinspect_filter_node(const struct nsinspect_filter *filter,
			   const struct nsinspect_snapshot *snapshot, unsigned int kind, u32 i);
bool nsinspect_filter_ns(const struct nsinspect_filter *filter,
			 const struct nsinspect_snapshot *snapshot, u32 i);
bool nsinspect_filter_nsproxy(const struct nsinspect_filter *filter,
			      const struct nsinspect_snapshot *snapshot, u32 i);
bool nsinspect_filter_link(const struct nsinspect_filter *filter,
			   const struct nsinspect_snapshot *snapshot, u32 i);
bool nsinspect_filter_counter(const struct nsinspect_filter *filter,
			      const struct nsinspect_snapshot *snapshot, u32 i);
bool nsinspect_filter_task(const struct nsinspect_filter *filter,
			   const struct nsinspect_snapshot *snapshot, u32 i);

bool nsinspect_filter_any(const struct nsinspect_filter *filter,
			  const struct nsinspect_snapshot *snapshot, u32 i);

#endif /* NSINSPECT_FILTER_H */
