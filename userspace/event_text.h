/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events as people read them, a line each, and what they sum up to.
 */
#ifndef NSINSPECT_EVENT_TEXT_H
#define NSINSPECT_EVENT_TEXT_H

#include <stdio.h>

#include "event_filter.h"
#include "names.h"
#include "timeline.h"

struct birth {
	struct event e;
	bool waits;				/* for a line that says it, or to have one itself */
};

struct event_text {
	/* set by the caller */
	FILE *out;
	const struct timeline *timeline;	/* as it was before the event */
	struct names *names;			/* of network namespaces; NULL: no names */
	bool live;				/* names can be looked up again: it happens now */
	int digits;				/* so many of an inode number; 0: all */
	int64_t to_realtime;			/* from CLOCK_MONOTONIC, in nanoseconds */
	bool creates;				/* each has a line at once, though another line says it */
	bool ascii, color;

	uint64_t named_at;			/* when names were looked up; CLOCK_MONOTONIC */
	struct number_set known;		/* namespaces born since, while they live */
	struct birth *born;			/* creations that no change has followed yet */
	size_t n_born, room_born;
};

void event_text(struct event_text *t, const struct event *e);
int event_text_follow(struct event_text *t, const struct event *e, bool shown);
void event_text_settled(struct event_text *t, uint64_t now);
void event_text_free(struct event_text *t);

/* How often something happened. */
struct event_count {
	enum event_kind kind;
	char cause[12];
	uint64_t n;
};

struct event_stats {
	struct event_count *counts;	/* by kind and cause */
	size_t n_counts, room_counts;
	uint64_t born[NS_TYPES], freed[NS_TYPES];
	uint64_t *lost;			/* by CPU */
	size_t n_lost, room_lost;
	uint64_t missed;		/* by probes */
};

int event_stats_add(struct event_stats *s, const struct event *e);
void event_stats_print(struct event_stats *s, FILE *out, bool color);
void event_stats_free(struct event_stats *s);

#endif
