// SPDX-License-Identifier: GPL-2.0
/* The one table of what a snapshot has arrays of. */
#include <linux/pid_namespace.h>

#include "counters.h"
#include "debugfs.h"
#include "facts.h"
#include "files.h"
#include "filter.h"
#include "kinds.h"
#include "links.h"
#include "netlink.h"

/* Room for a nest, and for an attribute of 4 or of 8 bytes, padded. */
#define NEST	4
#define U32	8
#define U64	16

const struct nsinspect_kind nsinspect_kinds[NSINSPECT_KINDS] = {
	[NSINSPECT_KIND_NAMESPACE] = {
		.size = sizeof(struct nsinspect_ns),
		.indexed = true,
		.detail = NSINSPECT_DETAIL_NAMESPACES,
		.attr = NSINSPECT_A_GRAPH_NAMESPACE,
		.room = NEST + NSINSPECT_A_NAMESPACE_MAX * U64,
		.extra = nsinspect_facts_room,
		.passes = nsinspect_filter_ns,
		.fill = nsinspect_fill_namespace,
		.file = "namespaces",
		.heading = nsinspect_namespaces_heading,
		.line = nsinspect_namespaces_line,
		.dot = nsinspect_namespaces_dot,
	},
	[NSINSPECT_KIND_NSPROXY] = {
		.size = sizeof(struct nsinspect_nsproxy),
		.indexed = true,
		.detail = NSINSPECT_DETAIL_NSPROXIES,
		.attr = NSINSPECT_A_GRAPH_NSPROXY,
		.room = NEST + NSINSPECT_A_NSPROXY_MAX * U32,
		.passes = nsinspect_filter_nsproxy,
		.fill = nsinspect_fill_nsproxy,
		.file = "nsproxies",
		.heading = nsinspect_nsproxies_heading,
		.line = nsinspect_nsproxies_line,
		.dot = nsinspect_nsproxies_dot,
	},
	[NSINSPECT_KIND_TASK] = {
		.size = sizeof(struct nsinspect_task),
		.detail = NSINSPECT_DETAIL_TASKS,
		.attr = NSINSPECT_A_GRAPH_TASK,
		.room = NEST + NSINSPECT_A_TASK_MAX * U32 + TASK_COMM_LEN +
			(MAX_PID_NS_LEVEL + 1) * (NEST + NSINSPECT_A_UPID_MAX * U32),
		.passes = nsinspect_filter_task,
		.fill = nsinspect_fill_task,
		.file = "tasks",
		.heading = nsinspect_tasks_heading,
		.line = nsinspect_tasks_line,
		.dot = nsinspect_tasks_dot,
	},
	[NSINSPECT_KIND_LINK] = {
		.size = sizeof(struct nsinspect_link),
		.detail = NSINSPECT_DETAIL_LINKS,
		.attr = NSINSPECT_A_GRAPH_LINK,
		.room = NEST + NSINSPECT_A_LINK_MAX * U32 + MAX_ADDR_LEN + 2 * IFNAMSIZ,
		.extra = nsinspect_links_room,
		.passes = nsinspect_filter_link,
		.fill = nsinspect_links_fill,
		.file = "links",
		.heading = nsinspect_links_heading,
		.line = nsinspect_links_line,
	},
	[NSINSPECT_KIND_COUNTER] = {
		.size = sizeof(struct nsinspect_counter),
		.indexed = true,
		.detail = NSINSPECT_DETAIL_COUNTERS,
		.attr = NSINSPECT_A_GRAPH_COUNTER,
		.room = NEST + NSINSPECT_A_COUNTER_MAX * U32 +
			NSINSPECT_NS_TYPES * (NEST + NSINSPECT_A_USE_MAX * U32),
		.passes = nsinspect_filter_counter,
		.fill = nsinspect_counters_fill,
		.file = "counters",
		.heading = nsinspect_counters_heading,
		.line = nsinspect_counters_line,
	},
	[NSINSPECT_KIND_HOLDING] = {
		.size = sizeof(struct nsinspect_holding),
		.detail = NSINSPECT_DETAIL_HOLDERS,
		.attr = NSINSPECT_A_GRAPH_HOLDING,
		.room = NEST + NSINSPECT_A_HOLDING_MAX * U32 +
			NSINSPECT_HOLDER_KINDS * (NEST + NSINSPECT_A_EXPLAINED_MAX * U32),
		.passes = nsinspect_filter_any,
		.fill = nsinspect_fill_holding,
	},
	[NSINSPECT_KIND_HOLDER] = {
		.size = sizeof(struct nsinspect_holder),
		.detail = NSINSPECT_DETAIL_HOLDERS,
		.attr = NSINSPECT_A_GRAPH_HOLDER,
		.room = NEST + NSINSPECT_A_HOLDER_MAX * U64,
		.passes = nsinspect_filter_any,
		.fill = nsinspect_fill_holder,
	},
	[NSINSPECT_KIND_NR] = {
		.size = sizeof(u32),
	},
	[NSINSPECT_KIND_FACTS] = {
		.size = sizeof(struct nsinspect_facts),
	},
	[NSINSPECT_KIND_TEXT] = {
		.size = sizeof(char),
	},
	[NSINSPECT_KIND_EXTENT] = {
		.size = sizeof(struct uid_gid_extent),
	},
	[NSINSPECT_KIND_IP] = {
		.size = sizeof(struct nsinspect_ip),
	},
	[NSINSPECT_KIND_POINTERS] = {
		.size = sizeof(struct nsproxy),
		.building = true,
	},
	[NSINSPECT_KIND_OBJECT] = {
		.size = sizeof(u8),
		.indexed = true,
		.building = true,
	},
	[NSINSPECT_KIND_SOCK] = {
		.size = sizeof(struct nsinspect_queue),
		.indexed = true,
		.building = true,
	},
};
