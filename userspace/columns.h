/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one table of columns.
 */
#ifndef NSINSPECT_COLUMNS_H
#define NSINSPECT_COLUMNS_H

#include <stdio.h>

#include "graph.h"

enum column {
	COL_NS,
	COL_TYPE,
	COL_PATH,
	COL_NPROCS,
	COL_PID,
	COL_PPID,
	COL_COMMAND,
	COL_UID,
	COL_USER,
	COL_NETNSID,
	COL_NSFS,
	COL_PNS,
	COL_ONS,
	COL_ID,
	COL_NAME,
	COL_LEVEL,
	COL_REFS,
	COL_TASKS,
	COL_INITIAL,
	COL_ACTIVE,
	COLUMNS
};

/* What has to be asked for before a column can be filled. */
enum need {
	NEED_TASKS = 1,
	NEED_COMMANDS = 2,
	NEED_NETNSIDS = 4,
	NEED_NSFS = 8,
	NEED_NAMES = 16,
};

struct column_info {
	const char *name;
	bool right, cut;		/* numbers to the right; may be cut short */
	unsigned int need;
	const char *help;
	/* what is in it: static, in the graph, or printed to @buffer; NULL: nothing */
	const char *(*text)(const struct ns *ns, char *buffer, size_t size);
};

extern const struct column_info columns[COLUMNS];

int columns_parse(const char *list, const int *defaults, size_t n_defaults, int *chosen);
void columns_print(FILE *out);

#endif
