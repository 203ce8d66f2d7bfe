// SPDX-License-Identifier: GPL-2.0
/*
 * Namespaces in lines and columns, and as trees of owners or parents.
 * libsmartcols escapes what cannot be shown.
 */
#include <errno.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "color.h"
#include "columns.h"
#include "render.h"

/* The kernel nests 32 deep; what a made-up file has below that starts anew. */
#define DEPTH_MAX 64

struct table {
	const struct graph *g;
	const struct table_options *o;
	struct libscols_table *scols;
	struct libscols_line **lines;	/* of each namespace; NULL: not there yet */
	int *depth;
};

static const struct ns *next_above(const struct table *t, const struct ns *ns)
{
	switch (t->o->relation) {
	case RELATION_OWNER:
		return ns->owner;
	case RELATION_PARENT:
		return ns->parent;
	case RELATION_NONE:
		break;
	}
	return NULL;
}

/* The nearest one above that is shown. */
static const struct ns *above(const struct table *t, const struct ns *ns)
{
	do {
		ns = next_above(t, ns);
	} while (ns && ns->hidden);
	return ns;
}

static int add_columns(struct table *t)
{
	bool tree = t->o->relation != RELATION_NONE;
	size_t i;

	for (i = 0; i < t->o->n_columns; i++) {
		const struct column_info *info = &columns[t->o->columns[i]];
		int flags = 0;

		if (info->right)
			flags |= SCOLS_FL_RIGHT;
		if (info->cut && !t->o->notruncate)
			flags |= SCOLS_FL_TRUNC;
		if (tree && t->o->columns[i] == COL_NS)
			flags = (flags & ~SCOLS_FL_RIGHT) | SCOLS_FL_TREE;
		if (!scols_table_new_column(t->scols, info->name, 0, flags))
			return -ENOMEM;
	}
	return 0;
}

static int add_line(struct table *t, const struct ns *ns, struct libscols_line *parent)
{
	struct libscols_line *line = scols_table_new_line(t->scols, parent);
	size_t i;

	if (!line)
		return -ENOMEM;
	t->lines[ns - t->g->namespaces] = line;
	for (i = 0; i < t->o->n_columns; i++) {
		int column = t->o->columns[i];
		char buffer[64];
		const char *text = columns[column].text(ns, buffer, sizeof(buffer));
		struct libscols_cell *cell = scols_line_get_cell(line, i);

		if (text && scols_cell_set_data(cell, text))
			return -ENOMEM;
		if (t->o->color && column == COL_TYPE &&
		    scols_cell_set_color(cell, color_on(true, COLOR_TYPES + ns->type)))
			return -ENOMEM;
	}
	return 0;
}

/* The lines above one have to be there before it is. */
static int add_branch(struct table *t, const struct ns *ns)
{
	const struct ns *path[DEPTH_MAX] = { ns };
	struct libscols_line *parent = NULL;
	int n = 0, depth = 0, err;

	for (; ns && !t->lines[ns - t->g->namespaces] && n < DEPTH_MAX; ns = above(t, ns))
		path[n++] = ns;
	if (ns && n + t->depth[ns - t->g->namespaces] < DEPTH_MAX) {
		parent = t->lines[ns - t->g->namespaces];
		depth = t->depth[ns - t->g->namespaces] + 1;
	}
	while (n--) {
		err = add_line(t, path[n], parent);
		if (err)
			return err;
		parent = t->lines[path[n] - t->g->namespaces];
		t->depth[path[n] - t->g->namespaces] = depth++;
	}
	return 0;
}

static int cmp_inum(const void *a, const void *b)
{
	const struct ns *x = *(const struct ns *const *)a, *y = *(const struct ns *const *)b;

	if (x->inum != y->inum)
		return x->inum < y->inum ? -1 : 1;
	return (int)x->type - (int)y->type;
}

/* As lsns does: in the order of inode numbers, whatever the type. */
static int add_lines(struct table *t)
{
	size_t i, n = t->g->n_namespaces;
	const struct ns **sorted = calloc(n + 1, sizeof(*sorted));
	int err = 0;

	if (!sorted)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		sorted[i] = &t->g->namespaces[i];
	qsort(sorted, n, sizeof(*sorted), cmp_inum);
	for (i = 0; i < n && !err; i++)
		err = sorted[i]->hidden ? 0 : add_branch(t, sorted[i]);
	free(sorted);
	return err;
}

static int set_up(struct table *t, FILE *out)
{
	const struct table_options *o = t->o;

	scols_table_set_stream(t->scols, out);
	scols_table_enable_raw(t->scols, o->raw);
	scols_table_enable_noheadings(t->scols, o->noheadings);
	scols_table_enable_colors(t->scols, o->color);
	scols_table_enable_ascii(t->scols, o->ascii);
	if (o->width) {
		scols_table_set_termforce(t->scols, SCOLS_TERMFORCE_ALWAYS);
		scols_table_set_termwidth(t->scols, (size_t)o->width);
	} else {
		scols_table_set_termforce(t->scols, SCOLS_TERMFORCE_NEVER);
	}
	return add_columns(t);
}

/**
 * render_table() - write the namespaces of a graph as a table
 * @g: a linked graph
 * @o: how
 * @out: where to
 *
 * Return: 0, or -ENOMEM.
 */
int render_table(const struct graph *g, const struct table_options *o, FILE *out)
{
	struct table t = { .g = g, .o = o };
	int err = -ENOMEM;

	t.scols = scols_new_table();
	t.lines = calloc(g->n_namespaces + 1, sizeof(*t.lines));
	t.depth = calloc(g->n_namespaces + 1, sizeof(*t.depth));
	if (t.scols && t.lines && t.depth)
		err = set_up(&t, out);
	if (!err)
		err = add_lines(&t);
	/* What could not be written shows on @out. */
	if (!err)
		scols_print_table(t.scols);
	scols_unref_table(t.scols);
	free(t.lines);
	free(t.depth);
	return err;
}
