/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A moment of a recording, as --at names it.
 */
#ifndef NSINSPECT_MOMENT_H
#define NSINSPECT_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOMENT_SYNTAX "+2.5s, +500ms, +3m, 12:01:03, 12:01:03.5, '2026-11-26 12:01:03' or end"

struct moment {
	enum {
		MOMENT_END,		/* the last that is known */
		MOMENT_AFTER,		/* so long after the beginning */
		MOMENT_CLOCK,		/* a local time */
	} how;
	uint64_t ns;			/* after the beginning, or after midnight */
	int year, month, day;		/* of a local time; 0: the day of the recording */
};

int moment_parse(const char *text, struct moment *m);
int moment_real(const struct moment *m, uint64_t begin_ns, int days, uint64_t *ns);
void moment_text(uint64_t real_ns, char *text, size_t size);

#endif
