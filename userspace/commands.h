/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands, and what all of them are told.
 */
#ifndef NSINSPECT_COMMANDS_H
#define NSINSPECT_COMMANDS_H

#include "client.h"
#include "color.h"
#include "names.h"

enum form {
	FORM_TABLE,
	FORM_PROCESS_TREE,
	FORM_OWNER_TREE,
	FORM_PARENT_TREE,
	FORM_JSON,
	FORM_DOT,
	FORM_COLUMNS,
	FORMS
};

struct options {
	enum form form;
	uint32_t types;			/* 1 << type; 0: all */
	uint32_t task;			/* --task; 0: all */
	const char *columns;		/* --output */
	const char *filter;		/* --filter */
	const char *save, *from;
	const char *in;			/* --in */
	bool drawn;			/* with --save: was drawing asked for as well? */
	bool noheadings, raw, notruncate, threads, kthreads, no_fold, sharers;
	bool sets, list, persistent, nowrap, output_all;
	bool ascii, color;
	enum color_when color_when;
	unsigned long long given;	/* 1 << row of options.c */
};

int cmd_list(const struct options *o, int argc, char **argv);
int cmd_members(const struct options *o, int argc, char **argv);
int cmd_tree(const struct options *o, int argc, char **argv);
int cmd_sets(const struct options *o, int argc, char **argv);
int cmd_task(const struct options *o, int argc, char **argv);
int cmd_ns(const struct options *o, int argc, char **argv);
int cmd_pid(const struct options *o, int argc, char **argv);
int cmd_why(const struct options *o, int argc, char **argv);

/* picture.c: where pictures come from, the kernel or a file. */
struct picture {
	struct graph graph;
	struct names names;
	bool named;			/* the namespaces have all their names */
};

int picture_get(const struct options *o, const struct request *r, struct picture *p);
int picture_name(struct picture *p, bool nsfs);
void picture_free(struct picture *p);
int terminal_width(void);
int parse_number(const char *text, uint32_t *number);

#endif
