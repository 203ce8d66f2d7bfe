/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_KINDS_H
#define NSINSPECT_KINDS_H

#include "snapshot.h"

struct nsinspect_filter;
struct seq_file;
struct sk_buff;

/**
 * struct nsinspect_kind - one kind of what a snapshot has arrays of
 * @size: of an element in memory, bytes
 * @indexed: nodes are found by the kernel object that they are made from
 * @building: needed only until the snapshot is complete
 *
 * The following are for kinds of node only.
 *
 * @detail: enum nsinspect_detail that asks for them
 * @attr: NSINSPECT_A_GRAPH_*
 * @room: more than a node takes in a message, bytes, but for what @extra says
 * @extra: what node @i takes beyond that, bytes; NULL for nothing
 * @passes: whether node @i passes a filter that lets this kind through
 * @fill: puts node @i into a message; 0 or -EMSGSIZE
 * @file: name of the file in debugfs
 * @heading: first line of that file
 * @line: line of node @i in it; m->private is the snapshot
 * @dot: the same in the language of graphviz; NULL for those that graph.dot does
 *	 not have
 */
struct nsinspect_kind {
	size_t size;
	bool indexed;
	bool building;

	u32 detail;
	int attr;
	size_t room;
	size_t (*extra)(const struct nsinspect_snapshot *snapshot, u32 i);
	bool (*passes)(const struct nsinspect_filter *filter,
		       const struct nsinspect_snapshot *snapshot, u32 i);
	int (*fill)(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
		    const struct nsinspect_filter *filter, u32 i);
	const char *file;
	void (*heading)(struct seq_file *m);
	void (*line)(struct seq_file *m, u32 i);
	void (*dot)(struct seq_file *m, u32 i);
};

extern const struct nsinspect_kind nsinspect_kinds[NSINSPECT_KINDS];

#endif /* NSINSPECT_KINDS_H */
