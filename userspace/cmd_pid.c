// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect pid NR [--in NS]: the tasks that have a number, with their numbers
 * at every level.
 */
#include <stdlib.h>

#include "commands.h"
#include "describe.h"
#include "ns_spec.h"
#include "output.h"
#include "text.h"

struct found {
	const struct task **tasks;	/* first the one with this number in the initial namespace */
	size_t n;
};

static int show_json(const struct graph *g, const struct found *found)
{
	struct part part;
	size_t i;
	int err;

	err = part_begin(&part, g);
	for (i = 0; i < found->n && !err; i++)
		part_task(&part, found->tasks[i]);
	if (!err)
		err = part_json(&part);
	part_end(&part);
	return err ? out_of_memory() : STATUS_DONE;
}

static void put_task(const struct options *o, const struct task *t)
{
	describe_pids(o, t);
	putchar(' ');
	text_put(stdout, t->comm, o->ascii);
}

/* "830→1 nginx: 1 in pid:32305" */
static void show_short(const struct options *o, const struct graph *g, const struct task *t,
		       uint32_t nr)
{
	bool any = false;
	size_t i;

	put_task(o, t);
	for (i = 0; i < t->n_upids; i++) {
		const struct upid *u = &t->upids[i];

		if (u->nr != nr)
			continue;
		if (any)
			printf(", ");
		else
			printf(": %u in ", nr);
		describe_ref(o, g, u->ns, NSINSPECT_NS_TYPE_PID, u->pidns);
		any = true;
	}
	putchar('\n');
}

/* One task with its levels, or one line for each of several. */
static void show_text(const struct options *o, const struct graph *g, const struct found *found,
		      uint32_t nr)
{
	size_t i;

	if (found->n == 1) {
		put_task(o, found->tasks[0]);
		putchar('\n');
		describe_levels(o, g, found->tasks[0]);
		return;
	}
	for (i = 0; i < found->n; i++)
		show_short(o, g, found->tasks[i], nr);
}

/* Does it have the number in this pid namespace, or with NULL in any? */
static bool has_number(const struct task *t, uint32_t nr, const struct ns *pidns)
{
	size_t i;

	for (i = 0; i < t->n_upids; i++)
		if (t->upids[i].nr == nr && (!pidns || t->upids[i].ns == pidns))
			return true;
	return !pidns && t->tid == nr;
}

static void find_all(const struct graph *g, uint32_t nr, const struct ns *pidns,
		     struct found *found)
{
	const struct task *first = pidns ? NULL : graph_find_task(g, nr), *t;

	if (first)
		found->tasks[found->n++] = first;
	for (t = g->tasks; t < g->tasks + g->n_tasks; t++)
		if (t != first && has_number(t, nr, pidns))
			found->tasks[found->n++] = t;
}

static int find(const struct options *o, const struct ns_spec *spec, uint32_t nr,
		struct picture *p, struct found *found)
{
	const struct ns *ns = NULL;
	int status;

	if (o->in) {
		status = ns_spec_find(spec, o, p, &ns);
		if (status)
			return status;
		if (ns->type != NSINSPECT_NS_TYPE_PID)
			return fail(STATUS_USAGE, "--in: %s is a %s namespace; numbers are in pid "
				    "namespaces", spec->text, ns_type_names[ns->type]);
	}
	found->tasks = calloc(p->graph.n_tasks + 1, sizeof(*found->tasks));
	if (!found->tasks)
		return out_of_memory();
	find_all(&p->graph, nr, ns, found);
	if (found->n)
		return STATUS_DONE;
	if (ns)
		return fail(STATUS_NO_SUCH, "there is no task %u in pid:[%u]", nr, ns->inum);
	return fail(STATUS_NO_SUCH, "task %u: no task has this number in any pid namespace", nr);
}

int cmd_pid(const struct options *o, int argc, char **argv)
{
	/* The namespace that is named may have no task. */
	const struct request r = {
		.command = NSINSPECT_CMD_GRAPH_GET, .threads = true,
		.details = o->in ? NSINSPECT_DETAIL_EVERY : 0,
	};
	struct found found = { 0 };
	struct ns_spec spec;
	struct picture p;
	uint32_t nr;
	int status;

	(void)argc;
	if (parse_number(argv[0], &nr))
		return no_pid(o, argv[0]);
	if (o->in) {
		status = ns_spec_parse_in(o->in, &spec);
		if (status)
			return status;
	}

	status = picture_get(o, &r, &p);
	if (!status)
		status = picture_name(&p, o->form == FORM_JSON ? PICTURE_JSON : 0);
	if (!status)
		status = find(o, &spec, nr, &p, &found);
	/* Who else is in these namespaces was not asked. */
	graph_forget_counts(&p.graph);
	if (!status && o->form == FORM_JSON)
		status = show_json(&p.graph, &found);
	else if (!status)
		show_text(o, &p.graph, &found, nr);
	free(found.tasks);
	picture_free(&p);
	return status;
}
