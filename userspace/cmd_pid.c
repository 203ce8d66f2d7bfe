// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect pid NR [--in NS]: one task, its number at every level.
 */
#include "commands.h"
#include "describe.h"
#include "ns_spec.h"
#include "output.h"
#include "text.h"

static int show(const struct options *o, const struct graph *g, const struct task *t)
{
	struct part part;
	int err;

	if (o->form == FORM_JSON) {
		err = part_begin(&part, g);
		if (!err) {
			part_task(&part, t);
			err = part_json(&part);
		}
		part_end(&part);
		return err ? out_of_memory() : STATUS_DONE;
	}
	describe_pids(o, t);
	putchar(' ');
	text_put(stdout, t->comm, o->ascii);
	putchar('\n');
	describe_levels(o, t);
	return STATUS_DONE;
}

static const struct task *find_in(const struct graph *g, uint32_t nr, const struct ns *pidns)
{
	const struct task *t;
	size_t i;

	for (t = g->tasks; t < g->tasks + g->n_tasks; t++)
		for (i = 0; i < t->n_upids; i++)
			if (t->upids[i].nr == nr && t->upids[i].ns == pidns)
				return t;
	return NULL;
}

static int find(const struct options *o, const struct ns_spec *spec, uint32_t nr,
		struct picture *p, const struct task **t)
{
	const struct ns *ns;
	int status;

	*t = graph_find_task(&p->graph, nr);
	if (!o->in)
		return *t ? STATUS_DONE : fail(STATUS_NO_SUCH, "task %u: there is no such task", nr);

	status = ns_spec_find(spec, o, p, &ns);
	if (status)
		return status;
	if (ns->type != NSINSPECT_NS_TYPE_PID)
		return fail(STATUS_USAGE, "--in: %s is a %s namespace; numbers are in pid namespaces",
			    spec->text, ns_type_names[ns->type]);
	*t = find_in(&p->graph, nr, ns);
	if (!*t)
		return fail(STATUS_NO_SUCH, "there is no task %u in pid:[%u]", nr, ns->inum);
	return STATUS_DONE;
}

int cmd_pid(const struct options *o, int argc, char **argv)
{
	struct request r = { .command = NSINSPECT_CMD_TASK_GET };
	const struct task *t;
	struct ns_spec spec;
	struct picture p;
	uint32_t nr;
	int status;

	(void)argc;
	if (parse_number(argv[0], &nr))
		return fail(STATUS_USAGE, "'%s' is not a pid", argv[0]);
	if (o->in) {
		status = ns_spec_parse_in(o->in, &spec);
		if (status)
			return status;
		r.command = NSINSPECT_CMD_GRAPH_GET;
		r.threads = true;
	} else {
		r.tid = nr;
	}

	status = picture_get(o, &r, &p);
	if (!status)
		status = picture_name(o, &p, o->form == FORM_JSON);
	if (!status)
		status = find(o, &spec, nr, &p, &t);
	graph_forget_counts(&p.graph);
	if (!status)
		status = show(o, &p.graph, t);
	picture_free(&p);
	return status;
}
