// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect NS: the processes in a namespace, as lsns lists them.
 *
 * A line is a process; what its columns say of a namespace they say of this
 * one. So a row is the namespace with that process in place of its first one.
 */
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "commands.h"
#include "describe.h"
#include "ns_spec.h"
#include "origin.h"
#include "output.h"
#include "render.h"

static const int defaults[] = { COL_PID, COL_PPID, COL_USER, COL_COMMAND };
static const struct columns columns = {
	ns_fields, COLUMNS, defaults, sizeof(defaults) / sizeof(*defaults), "nsinspect -H"
};

struct members {
	struct ns *rows;
	size_t *above;
	size_t n;
};

static void members_free(struct members *m)
{
	size_t i;

	/* All but the command line belongs to the graph. */
	for (i = 0; i < m->n; i++)
		free(m->rows[i].command);
	free(m->rows);
	free(m->above);
}

static int add_commands(const struct options *o, const struct graph *g, struct members *m)
{
	const char **known = known_commands(g);
	char buffer[4096];
	size_t i;
	int err = known ? 0 : -1;

	for (i = 0; i < m->n && !err; i++) {
		const char *command = task_command(o, g, known, m->rows[i].first, buffer,
						   sizeof(buffer));

		if (!command)
			continue;
		m->rows[i].command = strdup(command);
		err = m->rows[i].command ? 0 : -1;
	}
	free(known);
	return err;
}

/* A thread has a row of its own only if its leader is in another namespace. */
static int find_members(const struct graph *g, const struct ns *ns, struct members *m)
{
	size_t *row_of = calloc(g->n_tasks + 1, sizeof(*row_of));
	size_t i;

	m->rows = calloc(g->n_tasks + 1, sizeof(*m->rows));
	m->above = calloc(g->n_tasks + 1, sizeof(*m->above));
	if (!row_of || !m->rows || !m->above) {
		free(row_of);
		return -1;
	}
	for (i = 0; i < g->n_tasks; i++) {
		row_of[i] = NO_ROW;
		if (!task_is_member(&g->tasks[i], ns, type_slot(ns->type)))
			continue;
		row_of[i] = m->n;
		m->rows[m->n] = *ns;
		m->rows[m->n].command = NULL;
		m->rows[m->n].hidden = false;
		m->rows[m->n++].first = &g->tasks[i];
	}
	for (i = 0; i < m->n; i++) {
		const struct task *parent = m->rows[i].first->parent;

		m->above[i] = parent ? row_of[parent - g->tasks] : NO_ROW;
	}
	free(row_of);
	return 0;
}

static const char *text_of(const void *node, int column, char *buffer)
{
	return ns_text(node, column, buffer);
}

static const char *color_of(const void *node, int column)
{
	const struct ns *ns = node;

	return column == COL_TYPE ? color_on(true, COLOR_TYPES + ns->type) : NULL;
}

/* That no task is in it, and whose children will be: an empty table does not say it. */
static int say_empty(const struct options *o, const struct graph *g, const struct ns *ns)
{
	struct origin_pending pending = { NULL, 0 };
	struct origin origin;
	char more[32] = "";
	int err;

	err = origin_init(&origin, g);
	if (!err)
		pending = origin_pending(&origin, ns);
	origin_free(&origin);
	if (err)
		return err;
	if (pending.n > 1)
		snprintf(more, sizeof(more), " and %zu more", pending.n - 1);
	if (pending.n)
		warning("no task is in %s:%s; pending: %u %s%s", ns_type_names[ns->type],
			describe_inum(o, g, ns, ns->inum).text, pending.first->tid,
			pending.first->comm, more);
	else
		warning("no task is in %s:%s", ns_type_names[ns->type],
			describe_inum(o, g, ns, ns->inum).text);
	return 0;
}

static int show(const struct options *o, const struct graph *g, const struct ns *ns,
		const int *chosen, size_t n)
{
	const struct table_options t = {
		.ascii = o->ascii, .color = o->color, .noheadings = o->noheadings, .raw = o->raw,
		.notruncate = o->notruncate, .nowrap = o->nowrap, .width = terminal_width(),
		.filter = o->filter, .columns = chosen, .n_columns = n,
	};
	struct members m = { 0 };
	int status;

	if (find_members(g, ns, &m) || add_commands(o, g, &m)) {
		status = out_of_memory();
	} else {
		const struct table_rows rows = {
			.fields = ns_fields, .n_columns = COLUMNS, .text = text_of,
			.color = color_of, .nodes = m.rows, .n = m.n, .size = sizeof(*m.rows),
			.above = o->list ? NULL : m.above, .tree = COL_COMMAND,
		};

		if (!m.n && !o->noheadings && !o->raw && say_empty(o, g, ns))
			status = out_of_memory();
		else
			status = render_rows(&rows, &t, stdout);
	}
	members_free(&m);
	return status;
}

static int find(const struct options *o, const struct ns_spec *spec, struct picture *p,
		const struct ns **ns)
{
	int status = ns_spec_find(spec, o, p, ns);

	if (!status && o->types && !(o->types & 1u << (*ns)->type))
		return fail(STATUS_NO_SUCH, "%s: this is a %s namespace, which --type leaves out",
			    spec->text, ns_type_names[(*ns)->type]);
	return status;
}

int cmd_members(const struct options *o, int argc, char **argv)
{
	struct request r = { .command = NSINSPECT_CMD_GRAPH_GET, .threads = true };
	int chosen[COLUMNS], n, status;
	unsigned int needs;
	const struct ns *ns;
	struct ns_spec spec;
	struct picture p;

	if (o->form == FORM_JSON)
		return cmd_ns(o, argc, argv);
	status = o->bare ? ns_spec_parse_bare(argv[0], o, &spec) : ns_spec_parse(argv[0], &spec);
	if (status)
		return status;
	n = columns_parse(&columns, o->columns, o->output_all, chosen);
	if (n < 0)
		return -n;
	needs = columns_need(&columns, chosen, n, o->filter);
	r.details = columns_details(needs);
	status = picture_get(o, &r, &p);
	if (!status)
		status = picture_name(&p, needs_of_names(needs));
	if (!status && needs & NEED_NETNSIDS && !o->from)
		names_netnsids(&p.graph);
	if (!status && needs & NEED_DETAILS &&
	    details_set(&p.graph, details_how(o->ascii, o->notruncate || o->raw)))
		status = out_of_memory();
	if (!status)
		status = find(o, &spec, &p, &ns);
	if (!status)
		status = show(o, &p.graph, ns, chosen, (size_t)n);
	picture_free(&p);
	return status;
}
