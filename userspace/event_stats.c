// SPDX-License-Identifier: GPL-2.0
/*
 * What events sum up to.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "color.h"
#include "event_text.h"
#include "text.h"

static int count(struct event_stats *s, const struct event *e)
{
	struct event_count *more;
	size_t i;

	for (i = 0; i < s->n_counts; i++) {
		if (s->counts[i].kind == e->kind && !strcmp(s->counts[i].cause, e->cause)) {
			s->counts[i].n++;
			return 0;
		}
	}
	more = grow(s->counts, &s->room_counts, s->n_counts + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	s->counts = more;
	more += s->n_counts++;
	*more = (struct event_count){ .kind = e->kind, .n = 1 };
	memcpy(more->cause, e->cause, sizeof(more->cause));
	return 0;
}

static int count_lost(struct event_stats *s, const struct event *e)
{
	uint64_t *more;

	if (e->cpu == EVENT_CPU_NONE) {
		s->missed += e->lost;
		return 0;
	}
	more = grow(s->lost, &s->room_lost, e->cpu + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	s->lost = more;
	while (s->n_lost <= e->cpu)
		s->lost[s->n_lost++] = 0;
	s->lost[e->cpu] += e->lost;
	return 0;
}

/**
 * event_stats_add() - count an event
 * @s: the counts; all zero at first
 * @e: the event
 *
 * Return: 0, or -ENOMEM.
 */
int event_stats_add(struct event_stats *s, const struct event *e)
{
	if (e->kind == EVENT_LOST)
		return count_lost(s, e);
	if (e->kind == EVENT_CREATE)
		s->born[e->type]++;
	if (e->kind == EVENT_FREE)
		s->freed[e->type]++;
	return count(s, e);
}

static int cmp_count(const void *a, const void *b)
{
	const struct event_count *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return strcmp(x->cause, y->cause);
}

/**
 * event_stats_print() - write the counts as tables
 * @s: the counts; are sorted
 * @out: where to
 * @color: whether with colours
 *
 * A table without lines is left out.
 */
void event_stats_print(struct event_stats *s, FILE *out, bool color)
{
	const char *bold = color_on(color, COLOR_HEADING), *plain = color_off(color);
	bool heading = false;
	char cause[TEXT_COMM_MAX];
	size_t i;

	qsort(s->counts, s->n_counts, sizeof(*s->counts), cmp_count);
	fprintf(out, "%sEVENT    CAUSE        COUNT%s\n", bold, plain);
	for (i = 0; i < s->n_counts; i++) {
		text_escape(cause, sizeof(cause), s->counts[i].cause, true);
		fprintf(out, "%-8s %-8s %9llu\n", event_kinds[s->counts[i].kind].name, cause,
			(unsigned long long)s->counts[i].n);
	}
	for (i = 0; i < NS_TYPES; i++) {
		if (!s->born[i] && !s->freed[i])
			continue;
		if (!heading)
			fprintf(out, "\n%sTYPE          BORN     FREED%s\n", bold, plain);
		heading = true;
		fprintf(out, "%-8s %9llu %9llu\n", ns_type_names[i],
			(unsigned long long)s->born[i], (unsigned long long)s->freed[i]);
	}
	heading = false;
	for (i = 0; i < s->n_lost; i++) {
		if (!s->lost[i])
			continue;
		if (!heading)
			fprintf(out, "\n%sCPU           LOST%s\n", bold, plain);
		heading = true;
		fprintf(out, "%-8zu %9llu\n", i, (unsigned long long)s->lost[i]);
	}
	if (s->missed)
		fprintf(out, "\nchanges that kernel probes passed over: %llu\n",
			(unsigned long long)s->missed);
}

/**
 * event_stats_free() - free the counts
 * @s: the counts; all zero afterwards
 */
void event_stats_free(struct event_stats *s)
{
	free(s->counts);
	free(s->lost);
	memset(s, 0, sizeof(*s));
}
