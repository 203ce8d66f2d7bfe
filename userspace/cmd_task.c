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

static void show_nsproxy(const struct options *o, const struct task *t)
{
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
	if (sharing != 1 && !o->sharers)
		printf(" (--sharers lists them)");
	printf("\n");
}

static void show_slot(const struct options *o, const struct task *t, const struct task *other,
		      enum slot s)
{
	uint32_t inum = task_inum(t, s), theirs = other ? task_inum(other, s) : 0;
	bool differs = theirs && !task_same_ns(t, s, other, s);
	const struct ns *ns = t->ns[s];
	const char *name = ns && ns->name ? ns->name : NULL;

	printf("    %s%-17s%s ", color_on(o->color, COLOR_TYPES + slots[s].type), slots[s].name,
	       color_off(o->color));
	if (!inum) {
		printf("-\n");
		return;
	}
	printf("%10u", inum);
	if (name) {
		printf("  ");
		text_put(stdout, name, o->ascii);
	}
	if (ns && ns->initial)
		printf("  %sinitial%s", color_on(o->color, COLOR_INITIAL), color_off(o->color));
	if (task_pending(t, s))
		printf("  %spending: children will be in it%s", color_on(o->color, COLOR_PENDING),
		       color_off(o->color));
	else if (differs)
		printf("  %sdiffers from %s's %u%s", color_on(o->color, COLOR_STRONG),
		       task_is_leader(t) ? "parent" : "leader", theirs, color_off(o->color));
	printf("\n");
}

static void show(const struct options *o, const struct task *t, const struct task *other)
{
	int s;

	describe_task(o, t);
	describe_levels(o, t);
	show_nsproxy(o, t);
	printf("  %sslots%s\n", color_on(o->color, COLOR_HEADING), color_off(o->color));
	for (s = 0; s < SLOTS; s++)
		show_slot(o, t, other, s);
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

static void show_text(const struct options *o, const struct graph *g, const struct task **tasks,
		      size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (i)
			printf("\n");
		show(o, tasks[i], graph_find_task(g, other_tid(tasks[i])));
		if (o->sharers)
			show_sharers(o, g, tasks[i]);
	}
}

/* What is missing is said, what is there is shown. */
static int show_all(const struct options *o, struct graph *g, const uint32_t *tids, int n)
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
	if (!o->sharers)
		graph_forget_counts(g);
	if (o->form != FORM_JSON)
		show_text(o, g, tasks, found);
	else if (found && show_json(o, g, tasks, found))
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
			status = picture_name(&p, o->form == FORM_JSON);
		if (!status)
			status = show_all(o, &p.graph, tids, argc);
		picture_free(&p);
	}
	free(tids);
	return status;
}
