/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the programs of this folder take times. Guests are emulated, so a ratio is
 * the median of those of all rounds, and what was timed in other rounds is not
 * compared.
 */
#ifndef NSINSPECT_BENCH_TIMES_H
#define NSINSPECT_BENCH_TIMES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TIMES_MAX	64	/* numbers that a median can be of */

static inline double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static inline int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static inline void sort_times(double *values, int n)
{
	qsort(values, n, sizeof(*values), by_size);
}

static inline double median(const double *values, int n)
{
	double sorted[TIMES_MAX];

	memcpy(sorted, values, n * sizeof(*sorted));
	sort_times(sorted, n);
	return sorted[n / 2];
}

static inline int digits(double ratio)
{
	return ratio < 10 ? 2 : ratio < 100 ? 1 : 0;
}

/* Sorts @ratios. @before and @after: what to put around the text. */
static inline void print_cell(double *ratios, int n, const char *before, const char *after)
{
	char cell[64];

	sort_times(ratios, n);
	snprintf(cell, sizeof(cell), "%s%.*f (%.*f to %.*f)%s", before,
		 digits(ratios[n / 2]), ratios[n / 2], digits(ratios[0]), ratios[0],
		 digits(ratios[n - 1]), ratios[n - 1], after);
	printf("  %-22s", cell);
}

#endif /* NSINSPECT_BENCH_TIMES_H */
