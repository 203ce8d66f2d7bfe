/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a task has its namespaces from, as far as one picture can say. All
 * screens that say NEW or JOINS ask here.
 *
 * A task is compared with the one above it: a thread with the leader of its
 * thread group, a leader with its parent. A task in a namespace that the task
 * above it is not in has entered it. Of those that have, the one with the
 * lowest tid is the first of that namespace; the others have joined it.
 */
#ifndef NSINSPECT_ORIGIN_H
#define NSINSPECT_ORIGIN_H

#include "graph.h"

enum origin_kind {
	ORIGIN_NONE,		/* there is no such slot, or it is not known */
	ORIGIN_SAME,		/* as the task above; for children: as the task itself */
	ORIGIN_NEW,		/* it is the first of this namespace */
	ORIGIN_JOINED,		/* it has entered a namespace that has a first, or a name */
	/* slots for children, where they will be in another namespace than the task */
	ORIGIN_PENDING,		/* no task is in it */
	ORIGIN_CHILDREN_THERE,	/* children of the task are in it */
	ORIGIN_CHILDREN_JOIN,	/* only others are in it */
};

/* What is known of one slot of a task. */
struct origin_slot {
	enum origin_kind kind;
	/* First of a namespace that it or its children joined; NULL: none, or a child is. */
	const struct task *whose;
};

/* Slots that are known or not known together: those of nsproxy, user, pid. */
#define ORIGIN_GROUPS 3

struct origin_task {
	const struct task *above[ORIGIN_GROUPS];
	const struct task *set;		/* where it has entered a set: the first one of it */
	unsigned char there;		/* 1 << type, where children of it are */
};

/* Tasks whose children will be in a namespace that no task is in. */
struct origin_pending {
	const struct task *first;	/* the one with the lowest tid; NULL: there is none */
	size_t n;
};

struct origin {
	const struct graph *g;
	const struct task **first;	/* by namespace; NULL: no task is in it */
	struct origin_pending *pending;	/* by namespace */
	struct origin_task *tasks;	/* by task */
};

int origin_init(struct origin *o, const struct graph *g);
void origin_free(struct origin *o);
const struct task *origin_up(const struct graph *g, const struct task *t);
const struct task *origin_above(const struct origin *o, const struct task *t, enum slot s);
const struct task *origin_first(const struct origin *o, const struct ns *ns);
struct origin_slot origin_slot(const struct origin *o, const struct task *t, enum slot s);
const struct task *origin_same_set(const struct origin *o, const struct task *t);
uint32_t origin_new(const struct origin *o, const struct task *t);
struct origin_pending origin_pending(const struct origin *o, const struct ns *ns);
bool origin_begins_container(const struct origin *o, const struct task *t);

#endif
