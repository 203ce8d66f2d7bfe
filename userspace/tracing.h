/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events out of the kernel's ring buffers, through a tracefs instance of our own.
 */
#ifndef NSINSPECT_TRACING_H
#define NSINSPECT_TRACING_H

#include <poll.h>

#include "event.h"

/* Events that were read and not told yet, of all CPUs. */
struct event_queue {
	struct event *list;
	size_t n, room;
};

int event_queue_add(struct event_queue *q, const struct event *e);
size_t event_queue_sort(struct event_queue *q, uint64_t before);
void event_queue_drop(struct event_queue *q, size_t n);
void event_queue_free(struct event_queue *q);

/* Where the buffer has a place without a number: it was full when events were lost. */
#define LOST_UNKNOWN UINT64_MAX

uint64_t lost_settle(uint64_t told, uint64_t truth, struct event *list, size_t n, uint32_t cpu);

/* Where a field is in a record of the ring buffer. */
struct event_field {
	uint32_t at, size;		/* size 0: this tracepoint has no such field */
};

#define EVENT_FIELDS_MAX 64

/* The records of one tracepoint. */
struct event_layout {
	const struct event_source *source;
	uint16_t id;
	struct event_field fields[EVENT_FIELDS_MAX];	/* by row of the table in tracing.c */
};

const char *event_layout_fill(struct event_layout *l,
			      bool (*find)(void *arg, const char *name, struct event_field *field),
			      void *arg);
bool event_decode(const struct event_layout *l, const void *record, size_t size,
		  struct event *e);

struct tracing;

int tracing_open(struct tracing **tracing, uint32_t kinds, bool plain, uint32_t buffer_kb);
int tracing_read(struct tracing *t, struct event_queue *q, bool *busy, uint64_t *before);
int tracing_stop(struct tracing *t, struct event_queue *q);
size_t tracing_cpus(const struct tracing *t);
void tracing_poll(const struct tracing *t, struct pollfd *fds);
void tracing_close(struct tracing *tracing);

#endif
