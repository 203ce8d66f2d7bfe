/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command line: which options there are, and which command and form takes
 * which of them.
 */
#ifndef NSINSPECT_OPTIONS_H
#define NSINSPECT_OPTIONS_H

#include "commands.h"

/* The options that end the program before any command runs. */
enum early {
	EARLY_NONE,
	EARLY_HELP,
	EARLY_VERSION,
};

/*
 * What the tool is asked for: a command in one of its forms. Each has a name
 * in options.c, and the rows of the options there say which take what.
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
	USE_WHY,
	USE_WHY_JSON,
	USES
};

struct command {
	const char *name;		/* "": what runs without a name */
	const char *args;
	const char *help;
	int min_args, max_args;		/* -1: any number */
	enum use uses[FORMS];
	int (*run)(const struct options *o, int argc, char **argv);
};

extern const struct command commands[];
extern const struct columns ns_columns, set_columns;

int options_parse(struct options *o, enum early *early, int argc, char **argv);
int options_check(const struct options *o, const struct command *c);
void options_print(FILE *out);

#endif
