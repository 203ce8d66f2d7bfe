/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The renderers: each draws a graph that graph_link() has seen, and does no
 * I/O but writing to @out. They return 0, or a negative errno unless they say
 * otherwise; a failed write is not theirs to notice: output.c looks at @out when
 * everything is written.
 */
#ifndef NSINSPECT_RENDER_H
#define NSINSPECT_RENDER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "graph.h"
#include "names.h"

struct field;
struct json;
struct sets;

/* A task that changed: it has a line of its own, and a sign in the margin of it. */
struct tree_mark {
	uint32_t tid;
	uint32_t slots;		/* 1 << slot that it moved in; 0: the task itself is new */
};

struct tree_marks {
	const struct tree_mark *list;	/* by rising tid */
	size_t n;
};

struct tree_options {
	bool ascii;		/* no character outside ASCII */
	bool color;
	bool kthreads;		/* draw kernel threads one by one */
	bool fold;		/* draw once what is the same many times */
	bool threads;		/* draw every thread */
	bool whole;		/* whole numbers of namespaces, and all without a task */
	int width;		/* columns of the terminal; 0: as long as it takes */
	uint32_t types;		/* 1 << enum nsinspect_ns_type: the kinds to show */
	uint32_t task;		/* draw what is above and below this one; 0: all */
	const struct names *names; /* sorted; of containers; NULL: not known */
	const struct tree_marks *marks;	/* NULL: no task has one, and there is no margin */
	bool no_header;		/* begin with the first task */
	int height;		/* of the terminal; 0: as many lines as it takes */
};

/* The process tree. */
int render_tree(const struct graph *g, const struct tree_options *o, FILE *out);

enum table_relation {
	RELATION_NONE,		/* a list */
	RELATION_OWNER,
	RELATION_PARENT,
};

struct table_options {
	bool ascii;
	bool color;
	bool noheadings;
	bool raw;
	bool notruncate;
	bool nowrap;		/* lists in a cell on one line */
	int width;		/* as in struct tree_options */
	const char *filter;	/* which lines, in the language of libsmartcols; NULL: all */
	enum table_relation relation;
	const int *columns;	/* indices into the table of columns */
	size_t n_columns;
};

/* The rows of a table: an array of nodes of one kind. */
struct table_rows {
	const struct field *fields;	/* columns first */
	int n_columns;
	const char *(*text)(const void *node, int column, char *buffer);
	/* What people are told where there is no text; NULL: nothing. */
	const char *(*note)(const void *node, int column, char *buffer);
	/* Which colour a cell has, or with -1 for a column the whole line; NULL: none. */
	const char *(*color)(const void *node, int column);
	bool (*hidden)(const void *node);	/* shown only where it leads to others; NULL: none is */
	const void *nodes;
	size_t n, size;
	const size_t *order;		/* in which they are shown; NULL: as they are */
	const size_t *above;		/* of each: the one that it is below, or NO_ROW; NULL: a list */
	int tree;			/* the column that the lines of a tree are drawn in */
};

#define NO_ROW SIZE_MAX

enum {
	DETAILS_ASCII = 1,		/* no character outside ASCII, but for those of names */
	DETAILS_LINKS = 2,		/* also where devices lead */
	DETAILS_WHOLE = 4,		/* nothing is cut */
};

/* What trees and pictures say of each namespace; for tables, in ->details. */
int ns_details(const struct graph *g, const struct ns *ns, unsigned int how, char **details);
int details_set(struct graph *g, unsigned int how);
unsigned int details_how(bool ascii, bool whole);

/*
 * Both return a status after a line that says what is wrong: libsmartcols may
 * be missing.
 */
int render_rows(const struct table_rows *rows, const struct table_options *o, FILE *out);
/* Namespaces, one a line, or as a tree of owners or parents. */
int render_table(const struct graph *g, const struct table_options *o, FILE *out);

/* Schema nsinspect/1, the whole graph. */
int render_json(const struct graph *g, FILE *out);
/* The same, and the sets that its tasks have. */
int render_json_sets(const struct graph *g, const struct sets *sets, FILE *out);

/* Parts of it, for objects that have others as well. */
void render_json_head(struct json *j, const struct graph *g);
void render_json_ns(struct json *j, const struct graph *g, const struct ns *ns);

/* A graph for graphviz. */
int render_dot(const struct graph *g, FILE *out);

#endif
