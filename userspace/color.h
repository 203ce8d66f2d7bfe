/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Colour: what is drawn how, in one table.
 */
#ifndef NSINSPECT_COLOR_H
#define NSINSPECT_COLOR_H

#include <stdbool.h>
#include <stdio.h>

#include "graph.h"

enum color {
	COLOR_HEADING,		/* heading of a table or a part */
	COLOR_DIM,		/* tree lines, counts, what was not asked for */
	COLOR_INITIAL,		/* the namespaces that the system started in */
	COLOR_PENDING,		/* for children only, not in force yet */
	COLOR_GONE,		/* zombies, dying namespaces */
	COLOR_NUMBER,		/* pid numbers */
	COLOR_STRONG,		/* what was asked for */
	COLOR_CAME,		/* the sign of a task that is new in a picture */
	COLOR_MOVED,		/* the same of one that changed */
	COLOR_CHANGED,		/* what changed of it; on top of another colour */
	COLOR_TYPES,		/* COLOR_TYPES + enum nsinspect_ns_type */
	COLORS = COLOR_TYPES + NS_TYPES
};

enum color_when {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

bool color_wanted(enum color_when when, FILE *out);
const char *color_on(bool color, enum color what);
const char *color_off(bool color);
const char *color_name(enum nsinspect_ns_type type);

#endif
