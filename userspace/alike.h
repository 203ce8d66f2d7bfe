/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which nodes of a graph look alike, so that they can be drawn once. No I/O
 * happens here.
 *
 * A node is an index: those of the namespaces come first, then those of the
 * nsproxies, then those of the tasks, each in the order of the graph.
 */
#ifndef NSINSPECT_ALIKE_H
#define NSINSPECT_ALIKE_H

#include "graph.h"

struct alike {
	size_t n;		/* nodes */
	size_t classes;		/* of nodes that look alike */
	size_t *of;		/* of each node: where its class begins in ->order */
	size_t *count;		/* of each of these places: how many there are */
	size_t *order;		/* nodes, those of a class side by side and rising */
};

int alike_find(struct alike *a, const struct graph *g, bool names);
void alike_free(struct alike *a);

static inline size_t alike_ns(const struct graph *g, const struct ns *ns)
{
	return (size_t)(ns - g->namespaces);
}

static inline size_t alike_nsproxy(const struct graph *g, const struct nsproxy *p)
{
	return g->n_namespaces + (size_t)(p - g->nsproxies);
}

static inline size_t alike_task(const struct graph *g, const struct task *t)
{
	return g->n_namespaces + g->n_nsproxies + (size_t)(t - g->tasks);
}

/* The first of those that look like a node. */
static inline size_t alike_first(const struct alike *a, size_t node)
{
	return a->order[a->of[node]];
}

static inline size_t alike_count(const struct alike *a, size_t node)
{
	return a->count[a->of[node]];
}

#endif
