/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_FILTER_H
#define NSINSPECT_FILTER_H

#include "snapshot.h"

#define NSINSPECT_ALL_TYPES	(BIT(NSINSPECT_NS_TYPES) - 1)
#define NSINSPECT_ALL_DETAILS	(NSINSPECT_DETAIL_NAMESPACES | NSINSPECT_DETAIL_NSPROXIES | \
				 NSINSPECT_DETAIL_TASKS)

/**
 * struct nsinspect_filter - which nodes of a snapshot an answer has
 * @types: bits by enum nsinspect_ns_type
 * @details: enum nsinspect_detail
 * @ns: index of the one namespace that is asked for, or NSINSPECT_NONE
 * @nsproxies: bitmap of those that tasks in @ns have; only with @ns
 * @n_namespaces: how many namespaces pass
 * @n_nsproxies: how many nsproxies pass
 * @n_tasks: how many tasks pass
 */
struct nsinspect_filter {
	u32 types;
	u32 details;
	u32 ns;
	unsigned long *nsproxies;
	u32 n_namespaces;
	u32 n_nsproxies;
	u32 n_tasks;
};

int nsinspect_filter_init(struct nsinspect_filter *filter,
			  const struct nsinspect_snapshot *snapshot);
void nsinspect_filter_exit(struct nsinspect_filter *filter);
bool nsinspect_filter_ns(const struct nsinspect_filter *filter,
			 const struct nsinspect_snapshot *snapshot, u32 i);
bool nsinspect_filter_nsproxy(const struct nsinspect_filter *filter,
			      const struct nsinspect_snapshot *snapshot, u32 i);
bool nsinspect_filter_task(const struct nsinspect_filter *filter,
			   const struct nsinspect_snapshot *snapshot, u32 i);

#endif /* NSINSPECT_FILTER_H */
