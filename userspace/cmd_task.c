// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect task PID...: all about one task.
 *
 * The kernel is asked for this task and for the one it is compared with, so
 * that the cost does not depend on how many there are. Only who shares its
 * nsproxy takes a look at all tasks.
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
	else if (theirs && theirs != inum)
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

/* The cost of this one does not depend on how many tasks there are. */
static int one(const struct options *o, uint32_t tid, bool first)
{
	struct request r = { .command = NSINSPECT_CMD_TASK_GET, .tid = tid };
	struct picture p, others;
	const struct task *t, *other = NULL;
	int status;

	memset(&others, 0, sizeof(others));
	status = picture_get(o, &r, &p);
	if (!status)
		status = picture_name(o, &p, false);
	if (!status) {
		t = graph_find_task(&p.graph, tid);
		r.tid = other_tid(t);
		r.may_fail = true;
		if (r.tid && picture_get(o, &r, &others) == STATUS_DONE)
			other = graph_find_task(&others.graph, r.tid);
		if (!first)
			printf("\n");
		show(o, t, other);
	}
	picture_free(&others);
	picture_free(&p);
	return status;
}

static int from_whole(const struct options *o, const uint32_t *tids, int n)
{
	const struct request r = { .command = NSINSPECT_CMD_GRAPH_GET, .threads = true };
	int status, worst = STATUS_DONE, i;
	const struct task *t, *other;
	struct picture p;
	struct part part;

	status = picture_get(o, &r, &p);
	if (!status)
		status = picture_name(o, &p, false);
	if (status) {
		picture_free(&p);
		return status;
	}
	if (part_begin(&part, &p.graph))
		worst = out_of_memory();
	for (i = 0; i < n && worst != STATUS_FAILED; i++) {
		t = graph_find_task(&p.graph, tids[i]);
		if (!t) {
			worst = fail(STATUS_NO_SUCH, "task %u: there is no such task", tids[i]);
			continue;
		}
		if (o->form == FORM_JSON) {
			part_task(&part, t);
			for (other = p.graph.tasks; o->sharers && t->nsproxy &&
			     other < p.graph.tasks + p.graph.n_tasks; other++)
				if (other->nsproxy == t->nsproxy)
					part_task(&part, other);
			continue;
		}
		if (i)
			printf("\n");
		show(o, t, graph_find_task(&p.graph, other_tid(t)));
		if (o->sharers)
			show_sharers(o, &p.graph, t);
	}
	if (o->form == FORM_JSON && part.g.n_tasks && part_json(&part))
		worst = out_of_memory();
	part_end(&part);
	picture_free(&p);
	return worst;
}

static int json_one(const struct options *o, uint32_t tid)
{
	const struct request r = { .command = NSINSPECT_CMD_TASK_GET, .tid = tid };
	struct picture p;
	struct part part;
	int status;

	status = picture_get(o, &r, &p);
	if (!status)
		status = picture_name(o, &p, false);
	if (!status) {
		if (part_begin(&part, &p.graph)) {
			status = out_of_memory();
		} else {
			part_task(&part, graph_find_task(&p.graph, tid));
			part_json(&part);
		}
		part_end(&part);
	}
	picture_free(&p);
	return status;
}

int cmd_task(const struct options *o, int argc, char **argv)
{
	uint32_t *tids = calloc((size_t)argc, sizeof(*tids));
	int i, status = STATUS_DONE, ended;

	if (!tids)
		return out_of_memory();
	for (i = 0; i < argc; i++) {
		if (!parse_number(argv[i], &tids[i]))
			continue;
		free(tids);
		return fail(STATUS_USAGE, "'%s' is not a pid", argv[i]);
	}

	/* Ids of nsproxies are good within one picture: several tasks take one. */
	if (o->sharers || (o->form == FORM_JSON && argc > 1)) {
		status = from_whole(o, tids, argc);
	} else if (o->form == FORM_JSON) {
		status = json_one(o, tids[0]);
	} else {
		for (i = 0; i < argc; i++) {
			ended = one(o, tids[i], !i);
			if (ended)
				status = ended;
			if (ended && ended != STATUS_NO_SUCH)
				break;
		}
	}
	free(tids);
	return status;
}
