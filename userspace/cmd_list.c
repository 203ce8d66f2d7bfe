// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect without a command: the namespaces, or the graph in another form.
 */
#include "columns.h"
#include "commands.h"
#include "output.h"
#include "render.h"

static const int defaults[] = { COL_NS, COL_TYPE, COL_NPROCS, COL_PID, COL_USER, COL_COMMAND };
/* Trees have room for what belongs to each type. Programs get what they always had. */
static const int defaults_tree[] = {
	COL_NS, COL_TYPE, COL_NPROCS, COL_PID, COL_USER, COL_DETAILS, COL_COMMAND
};
static const int defaults_net[] = {
	COL_NS, COL_TYPE, COL_NPROCS, COL_PID, COL_USER, COL_NETNSID, COL_NSFS, COL_COMMAND
};

const struct columns ns_columns = {
	ns_fields, COLUMNS, defaults, sizeof(defaults) / sizeof(*defaults), "nsinspect -H"
};

static int choose_columns(const struct options *o, int *chosen, unsigned int *needs)
{
	struct columns columns = ns_columns;
	int n;

	if (o->form != FORM_TABLE && !o->raw) {
		columns.defaults = defaults_tree;
		columns.n_defaults = sizeof(defaults_tree) / sizeof(*defaults_tree);
	} else if (o->types & 1u << NSINSPECT_NS_TYPE_NET) {
		columns.defaults = defaults_net;
		columns.n_defaults = sizeof(defaults_net) / sizeof(*defaults_net);
	}
	n = columns_parse(&columns, o->columns, o->output_all, chosen);
	*needs = columns_need(&columns, chosen, n, o->filter);
	return n;
}

static int no_such_types(void)
{
	return fail(STATUS_FAILED, "there is no namespace of these types in the picture; this "
		    "kernel may lack them");
}

/* Of those that are left, only the ones that no task is in. */
static int hide_used(const struct options *o, struct graph *g)
{
	size_t i, left = 0;

	for (i = 0; i < g->n_namespaces; i++) {
		struct ns *ns = &g->namespaces[i];

		if (ns->first)
			ns->hidden = true;
		left += !ns->hidden;
	}
	/* An empty table says nothing, not even that it is empty. */
	if (!left && !o->noheadings && !o->raw)
		warning("a task is in each of the namespaces");
	return STATUS_DONE;
}

/*
 * Only the types that were asked for, and what a task is in or its children
 * will be. Which task is the first in each and how many there are takes a look
 * at all tasks, as lsns takes it. Trees need what is hidden here: it leads to
 * the rest.
 */
static int hide_others(const struct options *o, struct graph *g)
{
	const struct task *t = graph_find_task(g, o->task);
	size_t i, left = 0;
	int s;

	if (o->task && !t)
		return fail(STATUS_NO_SUCH, "task %u: there is no such task", o->task);
	for (i = 0; i < g->n_namespaces; i++)
		g->namespaces[i].hidden = t;
	for (s = 0; t && s < SLOTS; s++)
		if (t->ns[s])
			g->namespaces[t->ns[s] - g->namespaces].hidden = false;
	for (i = 0; i < g->n_namespaces; i++) {
		if (o->types && !(o->types & 1u << g->namespaces[i].type))
			g->namespaces[i].hidden = true;
		left += !g->namespaces[i].hidden;
	}
	if (!left)
		return no_such_types();
	if (o->persistent)
		return hide_used(o, g);
	return STATUS_DONE;
}

static int list(const struct options *o, const struct request *base)
{
	static const enum table_relation relations[] = {
		[FORM_OWNER_TREE] = RELATION_OWNER, [FORM_PARENT_TREE] = RELATION_PARENT,
		[FORM_DOT] = RELATION_NONE,
	};
	int chosen[COLUMNS], n, status;
	struct request r = *base;
	struct table_options t;
	struct picture p;
	unsigned int needs;

	n = choose_columns(o, chosen, &needs);
	if (n < 0)
		return -n;
	r.tid = 0;
	if (o->task)
		r.threads = true;
	else if (!(needs & NEED_TASKS) && !o->persistent)
		r.details = NSINSPECT_DETAIL_NAMESPACES;
	r.details |= columns_details(needs);
	/* Owners are user namespaces; parents have the type of their children. */
	if (r.types && o->form == FORM_OWNER_TREE)
		r.types |= 1u << NSINSPECT_NS_TYPE_USER;
	t = (struct table_options){
		.ascii = o->ascii, .color = o->color, .noheadings = o->noheadings, .raw = o->raw,
		.notruncate = o->notruncate, .nowrap = o->nowrap, .width = terminal_width(),
		.filter = o->filter, .relation = relations[o->form], .columns = chosen,
		.n_columns = (size_t)n,
	};

	status = picture_get(o, &r, &p);
	if (!status && needs & (NEED_NAMES | NEED_NSFS | NEED_CGROUPS))
		status = picture_name(&p, needs_of_names(needs));
	if (!status && (!o->save || o->drawn)) {
		if (needs & NEED_COMMANDS && !o->from)
			names_commands(&p.graph);
		if (needs & NEED_NETNSIDS && !o->from)
			names_netnsids(&p.graph);
		status = hide_others(o, &p.graph);
		if (!status && needs & NEED_DETAILS &&
		    details_set(&p.graph, details_how(o->ascii, o->notruncate || o->raw)))
			status = out_of_memory();
		if (!status)
			status = render_table(&p.graph, &t, stdout);
	}
	picture_free(&p);
	return status;
}

static int render(const struct options *o, const struct request *r, unsigned int more,
		  int (*how)(const struct graph *g, FILE *out))
{
	struct picture p;
	int status;

	status = picture_get(o, r, &p);
	if (!status)
		status = picture_name(&p, more);
	if (!status && how(&p.graph, stdout))
		status = out_of_memory();
	picture_free(&p);
	return status;
}

int cmd_list(const struct options *o, int argc, char **argv)
{
	const struct request r = {
		.command = NSINSPECT_CMD_GRAPH_GET, .tid = o->task, .threads = o->threads,
		.types = o->types,
	};

	switch (o->form) {
	case FORM_PROCESS_TREE:
		return cmd_tree(o, argc, argv);
	case FORM_JSON:
		return render(o, &r, PICTURE_JSON, render_json);
	case FORM_DOT:
		return render(o, &r, PICTURE_NSFS, render_dot);
	default:
		return list(o, &r);
	}
}
