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

struct command {
	const char *name;		/* "": what runs without a name */
	const char *args;
	const char *help;
	int min_args, max_args;		/* -1: any number */
	enum use uses[FORMS];
	int (*run)(const struct options *o, int argc, char **argv);
	const struct columns *columns;	/* what --output takes; NULL: no table */
	bool starts;			/* the words after -- are a command to start */
};

extern const struct command commands[];
extern const struct columns ns_columns, set_columns, limit_columns;

int options_parse(struct options *o, enum early *early, int argc, char **argv);
int options_check(struct options *o, const struct command *c);
int options_after(int argc, char **argv);
void options_print(FILE *out);

#endif
