// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect task PID...: all about a task.
 *
 * Of one task the kernel sends that task and the one that it is compared with,
 * so that the cost does not depend on how many there are. Several tasks come
 * from one picture, since ids of nsproxies are good within one only, and who
 * shares an nsproxy takes a look at all tasks: both are one dump.
 */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "describe.h"
#include "origin.h"
#include "output.h"
#include "text.h"

/* What a task is compared with: a thread with its leader, others with their parent. */
static uint32_t other_tid(const struct task *t)
{
	return task_is_leader(t) ? t->ppid : t->tgid;
}

/* The nsproxy that the system was started with: the idle tasks hold it, too. */
static bool is_first_nsproxy(const struct task *t)
{
	int s;

	for (s = 0; s < SLOTS; s++)
		if (slots[s].nsproxy_attr && t->ns[s] && !t->ns[s]->initial)
			return false;
	return true;
}

static void put_task(const struct options *o, const struct task *t)
{
	describe_pids(o, t);
	putchar(' ');
	text_put(stdout, t->comm, o->ascii);
}

static void show_nsproxy(const struct options *o, const struct origin *origin,
			 const struct task *t)
{
	const struct task *same = origin ? origin_same_set(origin, t) : NULL;
	const struct nsproxy *nsproxy = t->nsproxy;
	int64_t sharing;

	describe_label(o, "nsproxy");
	if (!nsproxy) {
		printf("%snone: the task is exiting%s\n", color_on(o->color, COLOR_GONE),
		       color_off(o->color));
		return;
	}
	/* Each task holds one reference; nobody else holds one for long. */
	sharing = nsproxy->tasks > 0 ? nsproxy->tasks : nsproxy->refs;
	if (sharing <= 0) {
		printf("not known who shares it\n");
		return;
	}
	if (nsproxy->refs >= 0)
		printf("refs %lld, ", (long long)nsproxy->refs);
	if (nsproxy->tasks <= 0 && is_first_nsproxy(t))
		printf("shared: the one that the system was started with");
	else if (sharing == 1)
		printf("not shared");
	else
		printf("shared with %lld other task%s", (long long)sharing - 1,
		       sharing == 2 ? "" : "s");
	if (same) {
		printf(", all namespaces as ");
		put_task(o, same);
	}
	if (sharing != 1 && !o->sharers)
		printf(" (--sharers lists them)");
	printf("\n");
}

/* Begin a remark on what is in a slot; several are separated by commas. */
static void remark(bool *any)
{
	fputs(*any ? ", " : "  ", stdout);
	*any = true;
}

/* Where it has the namespace from, as all tasks together tell it. */
static void show_origin(const struct options *o, const struct origin *origin,
			const struct task *t, enum slot s, bool *any)
{
	const struct origin_slot from = origin_slot(origin, t, s);
	const struct ns *ns = t->ns[s];
	const struct task *first = ns ? origin_first(origin, ns) : NULL;

	switch (from.kind) {
	case ORIGIN_NONE:
		return;
	case ORIGIN_SAME:
		/* Where children will be says nothing that the slot of the task does not say. */
		if (!first || first == t || ns->initial || slots[s].current != s)
			return;
		remark(any);
		printf("first ");
		put_task(o, first);
		return;
	case ORIGIN_NEW:
		if (ns->initial)
			return;
		remark(any);
		printf("%sNEW%s", color_on(o->color, COLOR_STRONG), color_off(o->color));
		return;
	case ORIGIN_JOINED:
		remark(any);
		printf("%sJOINS%s", color_on(o->color, COLOR_STRONG), color_off(o->color));
		if (from.whose) {
			putchar(' ');
			put_task(o, from.whose);
		} else if (ns && ns->name) {
			putchar(' ');
			text_put(stdout, ns->name, o->ascii);
		}
		return;
	case ORIGIN_PENDING:
		remark(any);
		printf("%spending: children will be in it, no task is yet%s",
		       color_on(o->color, COLOR_PENDING), color_off(o->color));
		return;
	case ORIGIN_CHILDREN_THERE:
		remark(any);
		printf("children are in it");
		return;
	case ORIGIN_CHILDREN_JOIN:
		remark(any);
		printf("%schildren will join ", color_on(o->color, COLOR_PENDING));
		if (from.whose)
			put_task(o, from.whose);
		printf("%s", color_off(o->color));
		return;
	}
}

/* How many others are in it, where all tasks were looked at. */
static void show_others(const struct ns *ns, bool *any)
{
	if (!ns || ns->tasks < 1)
		return;
	remark(any);
	if (ns->tasks == 1)
		printf("no other task");
	else
		printf("with %lld other task%s", (long long)ns->tasks - 1,
		       ns->tasks == 2 ? "" : "s");
}

/*
 * Slots for children have a line only where children will be somewhere else;
 * that there is no nsproxy says that its slots are empty.
 */
static bool is_repeated(const struct task *t, enum slot s)
{
	if (slots[s].current != s)
		return !task_pending(t, s);
	return !task_inum(t, s) && !t->nsproxy;
}

/* Is the name of the namespace all that can be said of whose it joins? */
static bool joins_named(const struct origin *origin, const struct task *t, enum slot s)
{
	struct origin_slot from = { 0 };

	if (origin)
		from = origin_slot(origin, t, s);
	return from.kind == ORIGIN_JOINED && !from.whose;
}

static void show_slot(const struct options *o, const struct origin *origin, const struct task *t,
		      const struct task *other, enum slot s)
{
	uint32_t inum = task_inum(t, s), theirs = other ? task_inum(other, s) : 0;
	bool differs = theirs && !task_same_ns(t, s, other, s), any = false;
	const struct ns *ns = t->ns[s];

	if (is_repeated(t, s))
		return;
	printf("    %s%-17s%s ", color_on(o->color, COLOR_TYPES + slots[s].type), slots[s].name,
	       color_off(o->color));
	if (!inum) {
		printf("-\n");
		return;
	}
	printf("%10u", inum);
	if (ns && ns->name && !joins_named(origin, t, s)) {
		remark(&any);
		text_put(stdout, ns->name, o->ascii);
	}
	if (ns && ns->initial) {
		remark(&any);
		printf("%sinitial%s", color_on(o->color, COLOR_INITIAL), color_off(o->color));
	}
	if (origin) {
		show_origin(o, origin, t, s, &any);
	} else if (task_pending(t, s)) {
		remark(&any);
		printf("%spending: children will be in it%s", color_on(o->color, COLOR_PENDING),
		       color_off(o->color));
	}
	if (slots[s].current == s)
		show_others(ns, &any);
	if (differs && slots[s].current == s) {
		remark(&any);
		printf("%sdiffers from %s's %u%s", color_on(o->color, COLOR_STRONG),
		       task_is_leader(t) ? "parent" : "leader", theirs, color_off(o->color));
	}
	printf("\n");
}

/* @origin: NULL when the answer is about this task and the one above it only. */
static void show(const struct options *o, const struct graph *g, const struct origin *origin,
		 const struct task *t)
{
	const struct task *other = graph_find_task(g, other_tid(t));
	int s;

	describe_task(o, g, t);
	describe_levels(o, t);
	show_nsproxy(o, origin, t);
	printf("  %sslots%s\n", color_on(o->color, COLOR_HEADING), color_off(o->color));
	for (s = 0; s < SLOTS; s++)
		show_slot(o, origin, t, other, s);
}

static void show_sharers(const struct options *o, const struct graph *g, const struct task *t)
{
	const struct task *other;
	bool any = false;

	if (!t->nsproxy)
		return;
	for (other = g->tasks; other < g->tasks + g->n_tasks; other++) {
		if (other == t || other->nsproxy != t->nsproxy)
			continue;
		describe_label(o, any ? "" : "sharers");
		printf("%7u  ", other->tid);
		text_put(stdout, other->comm, o->ascii);
		if (!task_is_leader(other))
			printf("  (thread of %u)", other->tgid);
		printf("\n");
		any = true;
	}
	if (!any) {
		describe_label(o, "sharers");
		printf("none\n");
	}
}

static void take(const struct options *o, struct part *part, const struct task *t)
{
	const struct graph *g = part->whole;
	const struct task *other;

	part_task(part, t);
	if (!o->sharers || !t->nsproxy)
		return;
	for (other = g->tasks; other < g->tasks + g->n_tasks; other++)
		if (other->nsproxy == t->nsproxy)
			part_task(part, other);
}

/* Return: 0, or -ENOMEM. */
static int show_json(const struct options *o, const struct graph *g, const struct task **tasks,
		     size_t n)
{
	struct part part;
	size_t i;
	int err;

	err = part_begin(&part, g);
	for (i = 0; i < n && !err; i++)
		take(o, &part, tasks[i]);
	if (!err)
		err = part_json(&part);
	part_end(&part);
	return err;
}

/* Return: 0, or -ENOMEM. */
static int show_text(const struct options *o, const struct graph *g, bool all,
		     const struct task **tasks, size_t n)
{
	struct origin origin = { 0 };
	int err = all ? origin_init(&origin, g) : 0;
	size_t i;

	for (i = 0; i < n && !err; i++) {
		if (i)
			printf("\n");
		show(o, g, all ? &origin : NULL, tasks[i]);
		if (o->sharers)
			show_sharers(o, g, tasks[i]);
	}
	origin_free(&origin);
	return err;
}

/* What is missing is said, what is there is shown. @all: the graph has all tasks. */
static int show_all(const struct options *o, struct graph *g, bool all, const uint32_t *tids,
		    int n)
{
	const struct task **tasks = calloc((size_t)n, sizeof(*tasks));
	int status = STATUS_DONE, i;
	size_t found = 0;

	if (!tasks)
		return out_of_memory();
	for (i = 0; i < n; i++) {
		tasks[found] = graph_find_task(g, tids[i]);
		if (tasks[found])
			found++;
		else
			status = fail(STATUS_NO_SUCH, "task %u: there is no such task", tids[i]);
	}
	/* JSON is the same from all requests. */
	if (!o->sharers && (o->form == FORM_JSON || !all))
		graph_forget_counts(g);
	if (o->form != FORM_JSON && show_text(o, g, all, tasks, found))
		status = out_of_memory();
	if (o->form == FORM_JSON && found && show_json(o, g, tasks, found))
		status = out_of_memory();
	free(tasks);
	return status;
}

int cmd_task(const struct options *o, int argc, char **argv)
{
	struct request r = { .command = NSINSPECT_CMD_GRAPH_GET, .threads = true };
	uint32_t *tids = calloc((size_t)argc, sizeof(*tids));
	int i, status = STATUS_DONE;
	struct picture p;

	if (!tids)
		return out_of_memory();
	for (i = 0; i < argc && !status; i++)
		if (parse_number(argv[i], &tids[i]))
			status = fail(STATUS_USAGE, "'%s' is not a pid", argv[i]);
	if (!status) {
		if (argc == 1 && !o->sharers)
			r = (struct request){ .command = NSINSPECT_CMD_TASK_GET, .tid = tids[0] };
		status = picture_get(o, &r, &p);
		if (!status)
			status = picture_name(&p, o->form == FORM_JSON ? PICTURE_JSON : PICTURE_CGROUPS);
		if (!status)
			status = show_all(o, &p.graph, o->from || r.command == NSINSPECT_CMD_GRAPH_GET,
					  tids, argc);
		picture_free(&p);
	}
	free(tids);
	return status;
}
