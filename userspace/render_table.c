// SPDX-License-Identifier: GPL-2.0
/*
 * Namespaces in lines and columns, and as trees of owners or parents.
 *
 * libsmartcols is loaded here and not when the program starts: no other output
 * needs it.
 */
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "color.h"
#include "columns.h"
#include "facts.h"
#include "library.h"
#include "output.h"
#include "render.h"
#include "text.h"

/* What is called of it, with the types that its header declares. */
struct smartcols {
	void *handle;
#define MEMBER(name) __typeof__(name) *name;
	SMARTCOLS_FUNCTIONS(MEMBER)
};

static int load(struct smartcols *lib)
{
	const struct library_function functions[] = {
#define ROW(name) { #name, &lib->name },
		SMARTCOLS_FUNCTIONS(ROW)
	};

	return library_load(&lib->handle, LIBRARY_SMARTCOLS, functions,
			    sizeof(functions) / sizeof(*functions));
}

/* The kernel nests 32 deep; what a made-up file has below that starts anew. */
#define DEPTH_MAX 64

/*
 * What is called of libsmartcols for filters. Before 2.40 neither the library
 * nor its header has most of it, so the types are declared here.
 */
struct filter_library {
	struct filter *(*scols_new_filter)(const char *text);
	void (*scols_unref_filter)(struct filter *filter);
	int (*scols_filter_parse_string)(struct filter *filter, const char *text);
	const char *(*scols_filter_get_errmsg)(struct filter *filter);
	int (*scols_filter_next_holder)(struct filter *filter, struct libscols_iter *iterator,
					const char **name, int type);
	int (*scols_filter_assign_column)(struct filter *filter, struct libscols_iter *iterator,
					  const char *name, struct libscols_column *column);
	int (*scols_line_apply_filter)(struct libscols_line *line, struct filter *filter,
				       int *status);
	int (*scols_column_set_data_type)(struct libscols_column *column, int type);
	struct libscols_iter *(*scols_new_iter)(int direction);
	void (*scols_free_iter)(struct libscols_iter *iterator);
};

#define DATA_U64	1	/* SCOLS_DATA_U64 */

static int load_filter(const struct smartcols *lib, struct filter_library *to)
{
	const struct library_function functions[] = {
#define FILTER_ROW(name) { #name, &to->name },
		SMARTCOLS_FILTER_FUNCTIONS(FILTER_ROW)
	};

	if (library_find(lib->handle, functions, sizeof(functions) / sizeof(*functions)))
		return STATUS_DONE;
	return fail(STATUS_FAILED, "--filter needs libsmartcols 2.40 or later; this one is older");
}

struct table {
	const struct table_rows *rows;
	const struct table_options *o;
	struct smartcols lib;
	struct libscols_table *scols;
	struct libscols_line **lines;	/* of each row; NULL: not there yet */
	int *depth;
	bool *dropped;			/* by a filter; NULL: there is none */
};

static const void *node_of(const struct table *t, size_t row)
{
	return (const char *)t->rows->nodes + row * t->rows->size;
}

static size_t above(const struct table *t, size_t row)
{
	return t->rows->above ? t->rows->above[row] : NO_ROW;
}

static const char *color_of(const struct table *t, const void *node, int column)
{
	return t->o->color && t->rows->color ? t->rows->color(node, column) : NULL;
}

/* Raw lines are one line each. */
static bool is_wrapped(const struct table *t, const struct field *field)
{
	return field->list && !t->o->nowrap && !t->o->raw;
}

static int add_columns(struct table *t)
{
	/* Raw cells hold the values and nothing else. */
	bool tree = t->rows->above && !t->o->raw;
	size_t i;

	for (i = 0; i < t->o->n_columns; i++) {
		const struct field *info = &t->rows->fields[t->o->columns[i]];
		struct libscols_column *column;
		int flags = 0;

		if (info->type == VALUE_NUMBER)
			flags |= SCOLS_FL_RIGHT;
		if (is_wrapped(t, info))
			flags |= SCOLS_FL_WRAP;
		else if (info->cut && !t->o->notruncate)
			flags |= SCOLS_FL_TRUNC;
		if (tree && t->o->columns[i] == t->rows->tree)
			flags = (flags & ~SCOLS_FL_RIGHT) | SCOLS_FL_TREE;
		/* With no headings shown, newer libraries forget how wide they would be. */
		column = t->lib.scols_table_new_column(t->scols, info->name, t->o->noheadings ?
						       (double)strlen(info->name) : 0, flags);
		if (!column)
			return out_of_memory();
		if (is_wrapped(t, info))
			t->lib.scols_column_set_wrapfunc(column, t->lib.scols_wrapnl_chunksize,
							 t->lib.scols_wrapnl_nextchunk, NULL);
	}
	return STATUS_DONE;
}

/*
 * Cells hold text that can be shown: the library takes characters for
 * harmless that are not, and escapes what is escaped already. In raw output
 * it escapes every blank, backslash and byte outside ASCII, from any text.
 */
static int put_text(const struct table *t, const struct field *field, struct libscols_cell *cell,
		    const char *text)
{
	size_t size = text_escape(NULL, 0, text, t->o->ascii) + 1;
	char *escaped, *comma;

	if (t->o->raw || (size == strlen(text) + 1 && !is_wrapped(t, field)))
		return t->lib.scols_cell_set_data(cell, text);
	escaped = malloc(size);
	if (!escaped)
		return -1;
	text_escape(escaped, size, text, t->o->ascii);
	for (comma = escaped; is_wrapped(t, field) && (comma = strchr(comma, ',')); )
		*comma = '\n';
	if (!t->lib.scols_cell_refer_data(cell, escaped))
		return 0;
	free(escaped);
	return -1;
}

/* The columns that a filter has, in a table of their own. Return: how many, or -status. */
static int filter_columns(struct table *t, const struct filter_library *lib, struct filter *filter,
			  struct libscols_table *scratch, int *columns)
{
	struct libscols_iter *iterator = lib->scols_new_iter(SCOLS_ITER_FORWARD);
	struct libscols_column *column;
	const char *name;
	int n = 0, c;

	if (!iterator)
		return -out_of_memory();
	while (!lib->scols_filter_next_holder(filter, iterator, &name, 0)) {
		for (c = 0; c < t->rows->n_columns; c++)
			if (!strcasecmp(t->rows->fields[c].name, name))
				break;
		if (c == t->rows->n_columns) {
			n = -fail(STATUS_USAGE, "--filter: there is no column '%s'", name);
			break;
		}
		column = t->lib.scols_table_new_column(scratch, t->rows->fields[c].name, 0, 0);
		/* It returns the type. */
		if (column && t->rows->fields[c].type == VALUE_NUMBER && !t->rows->fields[c].word)
			lib->scols_column_set_data_type(column, DATA_U64);
		if (!column ||
		    lib->scols_filter_assign_column(filter, iterator, name, column)) {
			n = -out_of_memory();
			break;
		}
		columns[n++] = c;
	}
	lib->scols_free_iter(iterator);
	return n;
}

static int filter_rows(struct table *t, const struct filter_library *lib, struct filter *filter,
		       struct libscols_table *scratch)
{
	int *columns = calloc((size_t)t->rows->n_columns + 1, sizeof(*columns)), n, i;
	int keep, status = STATUS_DONE;
	char buffer[VALUE_TEXT_MAX];
	size_t row;

	n = columns ? filter_columns(t, lib, filter, scratch, columns) : -out_of_memory();
	if (n < 0)
		status = -n;
	for (row = 0; row < t->rows->n && !status; row++) {
		struct libscols_line *line = t->lib.scols_table_new_line(scratch, NULL);

		for (i = 0; line && i < n; i++) {
			const char *text = t->rows->text(node_of(t, row), columns[i], buffer);

			if (t->lib.scols_cell_set_data(t->lib.scols_line_get_cell(line, (size_t)i),
						       text))
				line = NULL;
		}
		if (!line)
			status = out_of_memory();
		else if (lib->scols_line_apply_filter(line, filter, &keep))
			status = fail(STATUS_FAILED, "--filter: '%s' cannot be applied",
				      t->o->filter);
		else
			t->dropped[row] = !keep;
	}
	free(columns);
	return status;
}

/*
 * Which lines a filter leaves. It is applied to a table of its own, so that it
 * can have columns that are not shown, and lines that lead to others in a tree
 * stay.
 */
static int apply_filter(struct table *t)
{
	struct libscols_table *scratch;
	struct filter_library lib;
	struct filter *filter;
	const char *why;
	int status;

	status = load_filter(&t->lib, &lib);
	if (status)
		return status;
	t->dropped = calloc(t->rows->n + 1, sizeof(*t->dropped));
	filter = lib.scols_new_filter(NULL);
	scratch = t->lib.scols_new_table();
	if (!t->dropped || !filter || !scratch) {
		status = out_of_memory();
	} else if (lib.scols_filter_parse_string(filter, t->o->filter)) {
		why = lib.scols_filter_get_errmsg(filter);
		status = fail(STATUS_USAGE, "--filter: '%s' is not an expression%s%s", t->o->filter,
			      why ? ": " : "", why ? why : "");
	} else {
		status = filter_rows(t, &lib, filter, scratch);
	}
	if (filter)
		lib.scols_unref_filter(filter);
	t->lib.scols_unref_table(scratch);
	return status;
}

static int add_line(struct table *t, size_t row, struct libscols_line *parent)
{
	struct libscols_line *line = t->lib.scols_table_new_line(t->scols, parent);
	const void *node = node_of(t, row);
	const char *color = color_of(t, node, -1);
	size_t i;

	if (!line)
		return out_of_memory();
	t->lines[row] = line;
	if (color && t->lib.scols_line_set_color(line, color))
		return out_of_memory();
	for (i = 0; i < t->o->n_columns; i++) {
		int column = t->o->columns[i];
		char buffer[VALUE_TEXT_MAX];
		const char *text = t->rows->text(node, column, buffer);
		struct libscols_cell *cell = t->lib.scols_line_get_cell(line, i);

		/* Programs take the words for a value. */
		if (!text && t->rows->note && !t->o->raw)
			text = t->rows->note(node, column, buffer);

		if (text && put_text(t, &t->rows->fields[column], cell, text))
			return out_of_memory();
		color = color_of(t, node, column);
		if (color && t->lib.scols_cell_set_color(cell, color))
			return out_of_memory();
	}
	return STATUS_DONE;
}

/*
 * The lines above one have to be there before it is: in a tree also what was
 * not asked for, so that what was asked for is where it belongs.
 */
static int add_branch(struct table *t, size_t row)
{
	size_t path[DEPTH_MAX] = { row };
	struct libscols_line *parent = NULL;
	int n = 0, depth = 0, err;

	for (; row != NO_ROW && !t->lines[row] && n < DEPTH_MAX; row = above(t, row))
		path[n++] = row;
	if (row != NO_ROW && n + t->depth[row] < DEPTH_MAX) {
		parent = t->lines[row];
		depth = t->depth[row] + 1;
	}
	while (n--) {
		err = add_line(t, path[n], parent);
		if (err)
			return err;
		parent = t->lines[path[n]];
		t->depth[path[n]] = depth++;
	}
	return 0;
}

static int add_lines(struct table *t)
{
	const struct table_rows *rows = t->rows;
	size_t i;
	int err = 0;

	for (i = 0; i < rows->n && !err; i++) {
		size_t row = rows->order ? rows->order[i] : i;

		if (t->dropped && t->dropped[row])
			continue;
		if (!rows->hidden || !rows->hidden(node_of(t, row)))
			err = add_branch(t, row);
	}
	return err;
}

static int set_up(struct table *t, FILE *out)
{
	const struct table_options *o = t->o;

	t->lib.scols_table_set_stream(t->scols, out);
	t->lib.scols_table_enable_noencoding(t->scols, 1);
	t->lib.scols_table_enable_raw(t->scols, o->raw);
	t->lib.scols_table_enable_noheadings(t->scols, o->noheadings);
	t->lib.scols_table_enable_colors(t->scols, o->color);
	t->lib.scols_table_enable_ascii(t->scols, o->ascii);
	if (o->width) {
		t->lib.scols_table_set_termforce(t->scols, SCOLS_TERMFORCE_ALWAYS);
		t->lib.scols_table_set_termwidth(t->scols, (size_t)o->width);
	} else {
		t->lib.scols_table_set_termforce(t->scols, SCOLS_TERMFORCE_NEVER);
	}
	return add_columns(t);
}

/**
 * render_rows() - write a table
 * @rows: what is in it
 * @o: how
 * @out: where to
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong.
 */
int render_rows(const struct table_rows *rows, const struct table_options *o, FILE *out)
{
	struct table t = { .rows = rows, .o = o };
	int status;

	status = load(&t.lib);
	if (status)
		goto out;
	t.scols = t.lib.scols_new_table();
	t.lines = calloc(rows->n + 1, sizeof(*t.lines));
	t.depth = calloc(rows->n + 1, sizeof(*t.depth));
	if (t.scols && t.lines && t.depth)
		status = set_up(&t, out);
	else
		status = out_of_memory();
	if (!status && o->filter)
		status = apply_filter(&t);
	if (!status)
		status = add_lines(&t);
	/* What could not be written shows on @out. */
	if (!status)
		t.lib.scols_print_table(t.scols);
	t.lib.scols_unref_table(t.scols);
out:
	free(t.lines);
	free(t.depth);
	free(t.dropped);
	library_unload(t.lib.handle);
	return status;
}

static const char *text_of_ns(const void *node, int column, char *buffer)
{
	return ns_text(node, column, buffer);
}

/* Where there is no command, by what else it was found. */
static const char *note_of_ns(const void *node, int column, char *buffer)
{
	char ways[VALUE_TEXT_MAX - 2];
	const struct ns *ns = node;

	if (column != COL_COMMAND || ns->first || !found_text(ns->found, ways, sizeof(ways)))
		return NULL;
	snprintf(buffer, VALUE_TEXT_MAX, "(%s)", ways);
	return buffer;
}

/* What was not asked for is pale; of the rest, types have their colours. */
static const char *color_of_ns(const void *node, int column)
{
	const struct ns *ns = node;

	if (column < 0)
		return ns->hidden ? color_on(true, COLOR_DIM) : NULL;
	if (column == COL_COMMAND && !ns->first)
		return color_on(true, COLOR_DIM);
	return column == COL_TYPE && !ns->hidden ? color_on(true, COLOR_TYPES + ns->type) : NULL;
}

static bool is_hidden_ns(const void *node)
{
	return ((const struct ns *)node)->hidden;
}

static const struct ns *related(const struct ns *ns, enum table_relation relation)
{
	switch (relation) {
	case RELATION_OWNER:
		return ns->owner;
	case RELATION_PARENT:
		return ns->parent;
	case RELATION_NONE:
		break;
	}
	return NULL;
}

static int cmp_inum(const void *a, const void *b, void *namespaces)
{
	const struct ns *x = (const struct ns *)namespaces + *(const size_t *)a;
	const struct ns *y = (const struct ns *)namespaces + *(const size_t *)b;

	if (x->inum != y->inum)
		return x->inum < y->inum ? -1 : 1;
	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	/* Two of one number: as in the graph. */
	return x < y ? -1 : x > y;
}

/**
 * render_table() - write the namespaces of a graph as a table
 * @g: a linked graph
 * @o: how
 * @out: where to
 *
 * As lsns does: in the order of inode numbers, whatever the type.
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong.
 */
int render_table(const struct graph *g, const struct table_options *o, FILE *out)
{
	size_t i, n = g->n_namespaces;
	size_t *order = calloc(n + 1, sizeof(*order)), *rows_above = calloc(n + 1, sizeof(*order));
	const struct table_rows rows = {
		.fields = ns_fields, .n_columns = COLUMNS, .text = text_of_ns, .note = note_of_ns,
		.color = color_of_ns, .hidden = is_hidden_ns, .nodes = g->namespaces, .n = n,
		.size = sizeof(struct ns), .order = order,
		.above = o->relation == RELATION_NONE ? NULL : rows_above, .tree = COL_NS,
	};
	int status;

	if (!order || !rows_above) {
		status = out_of_memory();
		goto out;
	}
	for (i = 0; i < n; i++) {
		const struct ns *other = related(&g->namespaces[i], o->relation);

		order[i] = i;
		rows_above[i] = other ? (size_t)(other - g->namespaces) : NO_ROW;
	}
	qsort_r(order, n, sizeof(*order), cmp_inum, g->namespaces);
	status = render_rows(&rows, o, out);
out:
	free(order);
	free(rows_above);
	return status;
}
