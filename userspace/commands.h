/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands, and what all of them are told.
 */
#ifndef NSINSPECT_COMMANDS_H
#define NSINSPECT_COMMANDS_H

#include "client.h"
#include "color.h"
#include "names.h"
#include "pins.h"
#include "save.h"

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

/*
 * What the tool is asked for: a command in one of its forms. Each has a name
 * in options.c, where the rows of the options say which take what, and a row in
 * picture.c, which says what it is drawn from.
 */
enum use {
	USE_NONE,		/* the command has no such form */
	USE_LIST,
	USE_MEMBERS,		/* the list, with a namespace as argument */
	USE_NS_TREE,
	USE_SETS,
	USE_SETS_JSON,
	USE_PROCESS_TREE,
	USE_JSON,
	USE_DOT,
	USE_COLUMNS,
	USE_SAVE,		/* nothing is drawn */
	USE_TASK,
	USE_TASK_JSON,
	USE_NS,
	USE_NS_JSON,
	USE_PID,
	USE_PID_JSON,
	USE_MOUNTS,
	USE_MOUNTS_JSON,
	USE_DIFF,
	USE_DIFF_JSON,
	USE_LIMITS,
	USE_LIMITS_JSON,
	USE_WHY,
	USE_WHY_JSON,
	USE_RECORD,
	USES
};

struct options {
	enum form form;
	enum use use;			/* set by options_check() */
	uint32_t types;			/* 1 << type; 0: all */
	uint32_t task;			/* --task; 0: all */
	const char *columns;		/* --output */
	const char *filter;		/* --filter */
	const char *save, *from;
	const char *at;			/* --at; NULL: the end */
	const char *in;			/* --in */
	bool drawn;			/* with --save: was drawing asked for as well? */
	bool noheadings, raw, notruncate, threads, kthreads, no_fold, sharers;
	bool bare;			/* NS is a word that can be a mistyped command, too */
	bool sets, list, persistent, nowrap, output_all;
	bool exit_code;
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
int cmd_mounts(const struct options *o, int argc, char **argv);
int cmd_diff(const struct options *o, int argc, char **argv);
int cmd_limits(const struct options *o, int argc, char **argv);
int cmd_why(const struct options *o, int argc, char **argv);
int cmd_record(const struct options *o, int argc, char **argv);

/* picture.c: where pictures come from, the kernel or a file. */
struct picture {
	struct graph graph;
	struct names names;
	struct pins pins;		/* what we hold open, so that it is in the picture */
	bool named;			/* the namespaces have all their names */
	bool recorded;			/* of a moment of a recording */
	bool lost;			/* and not all of what happened before it is in there */
	uint32_t taker;			/* pid of who took it; 0: not known */
};

/* Names that are asked for where they are shown; netns names always are. */
enum {
	PICTURE_NSFS = 1,		/* where namespaces are bind-mounted */
	PICTURE_CGROUPS = 2,		/* the cgroups of tasks */
	PICTURE_JSON = PICTURE_NSFS | PICTURE_CGROUPS,
};

int picture_get(const struct options *o, const struct request *r, struct picture *p);
int picture_take(struct picture *p, struct saved *s);
int picture_name(struct picture *p, unsigned int more);
void picture_free(struct picture *p);
int terminal_width(void);
int parse_number(const char *text, uint32_t *number);

#endif
