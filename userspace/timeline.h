/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A picture that goes on: begun from one that the kernel took, then changed by
 * each event. No I/O.
 *
 * Events that are in the picture already may be applied again: each says what is
 * so after it, not what is different.
 */
#ifndef NSINSPECT_TIMELINE_H
#define NSINSPECT_TIMELINE_H

#include "event.h"

struct timeline;

/* @g: linked; it is copied. Return: 0 or -ENOMEM, as timeline_apply() and timeline_graph() do. */
int timeline_begin(struct timeline **tl, const struct graph *g);
int timeline_apply(struct timeline *tl, const struct event *e);
/*
 * CLOCK_MONOTONIC before the picture was asked for. What happened earlier is in it
 * and is not applied again: else a task that shares an nsproxy could get one of its own.
 */
void timeline_since(struct timeline *tl, uint64_t ns);
/* As a graph of its own, linked; to be freed by graph_free() in any case. */
int timeline_graph(const struct timeline *tl, struct graph *g);
void timeline_free(struct timeline *tl);

/* A task that is in a namespace, leaders first, but not @but and no zombie; 0: none is known. */
uint32_t timeline_member(const struct timeline *tl, enum slot slot, const struct event_ns *ns,
			 uint32_t but);
/* Is a task, or its thread group, this one or below it? */
bool timeline_below(const struct timeline *tl, uint32_t tid, uint32_t ancestor);
/* The thread group of a task; 0: not known. */
uint32_t timeline_tgid(const struct timeline *tl, uint32_t tid);
/* What it is called now; NULL: not known. */
const char *timeline_comm(const struct timeline *tl, uint32_t tid);
/* Are the names that the picture had for a task, or for a namespace, still theirs? */
bool timeline_named(const struct timeline *tl, uint32_t tid);
bool timeline_has(const struct timeline *tl, enum nsinspect_ns_type type, uint32_t inum);

#endif
