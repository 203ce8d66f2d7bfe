/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What came, went and moved between two pictures. No I/O happens here.
 *
 * A namespace is the same when its type and its id are, or without ids its type,
 * its inode number, its owner and its parent. A task is the same when nothing
 * that a task keeps all its life is different: the numbers at every level of pid
 * namespaces, these namespaces, the thread group; and a task that was exiting
 * does not come back. What a picture does not have is the time when a task was
 * started: a number that was given to another task in the same pid namespace
 * is taken for the same task.
 */
#ifndef NSINSPECT_DIFF_H
#define NSINSPECT_DIFF_H

#include "graph.h"

enum diff_change {
	DIFF_CAME,
	DIFF_WENT,
	DIFF_MOVED,
	DIFF_CHANGES
};

/* Only @to of what came, only @from of what went. */
struct diff_ns {
	enum diff_change change;
	const struct ns *from, *to;
};

struct diff_task {
	enum diff_change change;
	const struct task *from, *to;
	uint32_t slots;			/* 1 << slot that it has moved in */
};

struct diff_set {
	enum diff_change change;	/* it does not move */
	const struct task *first;	/* that has it, with the lowest tid, leaders first */
	size_t tasks, procs;
};

struct diff_options {
	bool other_boot;		/* only the initial namespaces are the same */
	bool by_tasks;			/* not the namespaces that no task leads to */
	bool kthreads;			/* compare kernel threads, too */
	uint32_t types;			/* 1 << type: what of these only; 0: all */
	uint32_t taker_from, taker_to;	/* tids that are not compared; 0: none */
};

struct diff {
	const struct graph *from, *to;
	struct diff_options o;
	uint64_t *keys_from, *keys_to;	/* by namespace: the same for the same one */
	struct diff_ns *namespaces;	/* by type and inode number */
	struct diff_task *tasks;	/* by tid */
	struct diff_set *sets;		/* by the tid of their first task */
	size_t n_namespaces, n_tasks, n_sets;
};

int diff_find(struct diff *d, const struct graph *from, const struct graph *to,
	      const struct diff_options *o);
void diff_free(struct diff *d);
bool diff_same_place(const struct diff *d, enum diff_change change, const struct task *a,
		     const struct task *b);

#endif
