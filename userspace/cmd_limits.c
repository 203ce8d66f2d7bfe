// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect limits: how many namespaces users have, against how many they may
 * have, by /proc/sys/user/max_*_namespaces.
 *
 * A new namespace is counted on the account of its creator in the user namespace
 * that it belongs to, and on one account in each user namespace above that. Where
 * one of these is full, clone(2) and unshare(2) fail with ENOSPC.
 */
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "commands.h"
#include "describe.h"
#include "options.h"
#include "output.h"
#include "place.h"
#include "render.h"

static const int defaults[] = {
	LIMIT_TYPE, LIMIT_USE, LIMIT_LIMIT, LIMIT_PERCENT, LIMIT_FULL, LIMIT_USERNS, LIMIT_UID,
	LIMIT_USER
};

const struct columns limit_columns = {
	limit_fields, LIMIT_COLUMNS, defaults, sizeof(defaults) / sizeof(*defaults),
	"nsinspect limits -H"
};

static int cmp(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* The fullest first; of those that are full, the one with the most. */
static int cmp_limit(const void *a, const void *b)
{
	const struct limit *x = a, *y = b;
	int by = cmp(limit_is_full(y), limit_is_full(x));

	if (!by && !limit_is_full(x))
		by = cmp((uint64_t)y->usage->count * x->usage->limit,
			 (uint64_t)x->usage->count * y->usage->limit);
	if (!by)
		by = cmp(y->usage->count, x->usage->count);
	if (!by)
		by = cmp(x->account->user_inum, y->account->user_inum);
	if (!by)
		by = cmp(x->account->uid, y->account->uid);
	return by ? by : cmp(x->usage->type, y->usage->type);
}

/* Return: those that have something to say, to be freed; NULL without memory. */
static struct limit *find_limits(const struct options *o, const struct graph *g, size_t *n)
{
	struct limit *list = calloc(g->n_uses + 1, sizeof(*list));
	size_t i, k;

	*n = 0;
	for (i = 0; list && i < g->n_counters; i++) {
		const struct counter *account = &g->counters[i];

		for (k = 0; k < account->n_uses; k++) {
			struct limit limit = { account, &account->uses[k] };

			if (o->types && !(o->types & 1u << limit.usage->type))
				continue;
			if (limit.usage->count || limit_is_full(&limit))
				list[(*n)++] = limit;
		}
	}
	if (*n)
		qsort(list, *n, sizeof(*list), cmp_limit);
	return list;
}

static const char *text_of(const void *node, int column, char *buffer)
{
	return limit_text(node, column, buffer);
}

static const char *color_of(const void *node, int column)
{
	const struct limit *limit = node;

	if (column == LIMIT_TYPE)
		return color_on(true, COLOR_TYPES + limit->usage->type);
	return column == LIMIT_FULL ? color_on(true, COLOR_GONE) : NULL;
}

static int show(const struct options *o, const struct graph *g, const int *chosen, size_t n)
{
	const struct table_options t = {
		.ascii = o->ascii, .color = o->color, .noheadings = o->noheadings, .raw = o->raw,
		.notruncate = o->notruncate, .width = terminal_width(),
		.filter = o->filter, .columns = chosen, .n_columns = n,
	};
	struct table_rows rows = {
		.fields = limit_fields, .n_columns = LIMIT_COLUMNS, .text = text_of,
		.color = color_of, .size = sizeof(struct limit),
	};
	struct limit *list = find_limits(o, g, &rows.n);
	int status;

	if (!list)
		return out_of_memory();
	/* An empty table says nothing, not even that it is empty. */
	if (!rows.n && !o->noheadings && !o->raw)
		warning("no namespace%s is on the account of a user, and no limit is 0",
			o->types ? " of these types" : "");
	rows.nodes = list;
	status = render_rows(&rows, &t, stdout);
	free(list);
	return status;
}

/* The accounts and the user namespaces that they are in. */
static int show_json(const struct graph *g)
{
	struct part part;
	size_t i;
	int err;

	err = part_begin(&part, g);
	for (i = 0; i < g->n_namespaces && !err; i++)
		if (g->namespaces[i].type == NSINSPECT_NS_TYPE_USER)
			part_take(&part, &g->namespaces[i]);
	part.g.counters = g->counters;
	part.g.n_counters = g->n_counters;
	if (!err)
		err = part_json(&part);
	part_end(&part);
	return err ? out_of_memory() : STATUS_DONE;
}

static int no_limits(const struct options *o)
{
	struct place place;

	if (o->from)
		return fail(STATUS_FAILED, "the picture does not have limits; save it with this "
			    "nsinspect");
	place_look(&place, "");
	return place_older_module(&place, "limits");
}

int cmd_limits(const struct options *o, int argc, char **argv)
{
	const struct request r = {
		.command = NSINSPECT_CMD_GRAPH_GET, .details = NSINSPECT_DETAIL_NAMESPACES,
	};
	int chosen[LIMIT_COLUMNS], n, status;
	struct picture p;

	(void)argc;
	(void)argv;
	n = columns_parse(&limit_columns, o->columns, o->output_all, chosen);
	if (n < 0)
		return -n;
	status = picture_get(o, &r, &p);
	if (!status && !(p.graph.details & NSINSPECT_DETAIL_COUNTERS))
		status = no_limits(o);
	if (!status && o->form == FORM_JSON)
		status = picture_name(&p, true);
	if (!status && o->form == FORM_JSON)
		status = show_json(&p.graph);
	else if (!status)
		status = show(o, &p.graph, chosen, (size_t)n);
	picture_free(&p);
	return status;
}
