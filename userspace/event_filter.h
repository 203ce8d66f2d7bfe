/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which events are shown, and what of them. No I/O.
 */
#ifndef NSINSPECT_EVENT_FILTER_H
#define NSINSPECT_EVENT_FILTER_H

#include "event.h"

/* Any set of numbers: a bit for each, in pages that are made where one is set. */
struct number_set {
	uint64_t **pages;
};

int number_set_add(struct number_set *set, uint32_t n);
void number_set_remove(struct number_set *set, uint32_t n);
bool number_set_has(const struct number_set *set, uint32_t n);
void number_set_free(struct number_set *set);

/* What is 0 does not choose: everything passes. */
struct event_filter {
	uint32_t kinds;			/* 1 << enum event_kind */
	bool plain;			/* forks without a changed slot, too */
	uint32_t types;			/* 1 << type; 0: all */
	bool by_ns;			/* only what names this namespace */
	enum nsinspect_ns_type ns_type;
	struct event_ns ns;
	bool by_task;			/* only what these tasks do, and those born by them */

	struct number_set tids;		/* of these tasks, threads included */
	struct number_set inums;	/* namespaces that they made, while these live */
};

int event_filter_task(struct event_filter *f, const struct graph *g, uint32_t pid);
int event_filter_apply(struct event_filter *f, struct event *e, bool *shown);
void event_filter_free(struct event_filter *f);

#endif
