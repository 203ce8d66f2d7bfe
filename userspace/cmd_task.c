// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect task PID...: all about a task.
 *
 * With whom a task shares its namespaces, and which are new, takes a look at
 * all tasks. JSON of one task does not say it: the kernel sends that task and
 * the one that it is compared with, so that the cost does not depend on how
 * many there are. Several tasks come from one picture, since ids of nsproxies
 * are good within one only.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "describe.h"
#include "lines.h"
#include "ns_spec.h"
#include "origin.h"
#include "output.h"
#include "text.h"

/* What a task is compared with: a thread with its leader, others with their parent. */
static uint32_t other_tid(const struct task *t)
{
	return task_is_leader(t) ? t->ppid : t->tgid;
}

static void put_task(const struct options *o, const struct task *t)
{
	describe_pids(o, t);
	putchar(' ');
	text_put(stdout, t->comm, o->ascii);
}

/*
 * The idle task of each processor has the nsproxy that the system was started with,
 * and is in no picture. kthreadd never leaves that one.
 */
static bool has_idle_tasks(const struct graph *g, const struct nsproxy *nsproxy)
{
	const struct task *kthreadd = graph_find_task(g, 2);

	return kthreadd && kthreadd->kthread && kthreadd->nsproxy == nsproxy &&
	       nsproxy->refs > nsproxy->tasks;
}

static void show_nsproxy(const struct options *o, const struct origin *origin,
			 const struct task *t)
{
	const struct task *same = origin_same_set(origin, t);
	const struct nsproxy *nsproxy = t->nsproxy;

	describe_label(o, "nsproxy");
	if (!nsproxy) {
		printf("%snone: the task is %s%s\n", color_on(o->color, COLOR_GONE),
		       t->state == 'Z' ? "a zombie" : "exiting", color_off(o->color));
		return;
	}
	/* A made-up picture can have an nsproxy without a count. */
	if (nsproxy->tasks <= 0) {
		printf("not known who shares it\n");
		return;
	}
	if (nsproxy->refs >= 0)
		printf("refs %lld%s, ", (long long)nsproxy->refs,
		       has_idle_tasks(origin->g, nsproxy) ? " (idle tasks included)" : "");
	if (nsproxy->tasks == 1)
		printf("not shared");
	else
		printf("shared with %lld other task%s", (long long)nsproxy->tasks - 1,
		       nsproxy->tasks == 2 ? "" : "s");
	if (same) {
		printf(", all namespaces as ");
		put_task(o, same);
	}
	if (nsproxy->tasks != 1 && !o->sharers)
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
		if (!first || ns->initial || slots[s].current != s)
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
		}
		return;
	case ORIGIN_PENDING:
		remark(any);
		printf("%spending: children will be in it, no task is yet%s",
		       color_on(o->color, COLOR_PENDING), color_off(o->color));
		return;
	case ORIGIN_CHILDREN_THERE:
		remark(any);
		if (from.whose) {
			printf("of ");
			put_task(o, from.whose);
			printf(", ");
		}
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

/* How many others are in it. */
static void show_others(const struct ns *ns, bool *any)
{
	if (!ns || ns->tasks < 1)
		return;
	remark(any);
	if (ns->tasks == 1)
		printf("no other task");
	else
		printf("with %lld other%s", (long long)ns->tasks - 1, ns->tasks == 2 ? "" : "s");
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

static void show_slot(const struct options *o, const struct origin *origin, const struct task *t,
		      enum slot s, int width)
{
	const struct task *other = graph_find_task(origin->g, other_tid(t));
	uint32_t inum = task_inum(t, s), theirs = other ? task_inum(other, s) : 0;
	bool differs = theirs && !task_same_ns(t, s, other, s), any = false;
	const struct ns *ns = t->ns[s];

	printf("    %s%-*s%s ", color_on(o->color, COLOR_TYPES + slots[s].type), width,
	       slots[s].name, color_off(o->color));
	if (!inum) {
		printf("-\n");
		return;
	}
	fputs(describe_inum(o, origin->g, ns, inum).text, stdout);
	if (ns)
		describe_names(o, ns);
	show_origin(o, origin, t, s, &any);
	if (slots[s].current == s)
		show_others(ns, &any);
	if (differs && slots[s].current == s) {
		remark(&any);
		printf("%s%s is in %s%s", color_on(o->color, COLOR_STRONG),
		       task_is_leader(t) ? "parent" : "leader",
		       describe_inum(o, origin->g, other->ns[s], theirs).text,
		       color_off(o->color));
	}
	printf("\n");
}

static void show_slots(const struct options *o, const struct origin *origin, const struct task *t)
{
	int s, width = 0;

	printf("  %sslots%s\n", color_on(o->color, COLOR_HEADING), color_off(o->color));
	for (s = 0; s < SLOTS; s++)
		if (!is_repeated(t, s) && (int)strlen(slots[s].name) > width)
			width = (int)strlen(slots[s].name);
	for (s = 0; s < SLOTS; s++)
		if (!is_repeated(t, s))
			show_slot(o, origin, t, s, width);
}

/* The types of namespaces that both are in; of the initial ones it says nothing. */
static uint32_t shared(const struct task *a, const struct task *b)
{
	uint32_t types = 0;
	int s;

	for (s = 0; s < SLOTS; s++)
		if (slots[s].current == (enum slot)s && a->ns[s] && a->ns[s] == b->ns[s] &&
		    !a->ns[s]->initial)
			types |= 1u << slots[s].type;
	return types;
}

/* Who else is in its namespaces, and in which of them. */
static int show_shares(const struct options *o, const struct graph *g, const struct task *t)
{
	struct line *list = calloc(g->n_tasks + 1, sizeof(*list));
	const struct task *other;
	size_t n = 0;

	if (!list)
		return -ENOMEM;
	for (other = g->tasks; other < g->tasks + g->n_tasks; other++) {
		uint32_t types = other != t ? shared(t, other) : 0;

		if (!types)
			continue;
		list[n] = line_of_task(other);
		list[n++].types = types;
	}
	lines_show(o, g, "shares", list, n);
	free(list);
	return 0;
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
			put_thread_of(o, other);
		printf("\n");
		any = true;
	}
	if (!any) {
		describe_label(o, "sharers");
		printf("none\n");
	}
}

/* So many threads that differ from their leader are named; the others are counted. */
#define THREADS_MAX 8

/* The slots in which a thread is not where its leader is. */
static uint32_t thread_differs(const struct task *t, const struct task *leader)
{
	uint32_t types = 0;
	int s;

	for (s = 0; s < SLOTS; s++)
		if (slots[s].current == (enum slot)s && task_inum(t, s) &&
		    !task_same_ns(t, s, leader, s))
			types |= 1u << slots[s].type;
	return types;
}

static void show_thread(const struct options *o, const struct task *t, uint32_t types, bool first)
{
	const char *before = "(";
	int type;

	printf("%s%u ", first ? ": " : ", ", t->tid);
	text_put(stdout, t->comm, o->ascii);
	putchar(' ');
	for (type = 0; type < NS_TYPES; type++) {
		if (!(types & 1u << type))
			continue;
		printf("%s%s%s%s", before, color_on(o->color, COLOR_TYPES + type),
		       ns_type_names[type], color_off(o->color));
		before = " ";
	}
	putchar(')');
}

/* How many threads a process has, and which are in which other namespaces; a thread has none. */
static void show_threads(const struct options *o, const struct task *leader)
{
	const struct task *t;
	size_t n = 1, differ = 0, shown = 0;

	for (t = leader->first_thread; t; t = t->next_sibling) {
		n++;
		differ += thread_differs(t, leader) != 0;
	}
	if (n == 1)
		return;
	describe_label(o, "threads");
	printf("%zu", n);
	if (differ)
		printf(", %zu differ%s", differ, differ == 1 ? "s" : "");
	for (t = leader->first_thread; t; t = t->next_sibling) {
		uint32_t types = thread_differs(t, leader);

		if (types && shown++ < THREADS_MAX)
			show_thread(o, t, types, shown == 1);
	}
	if (shown > THREADS_MAX)
		printf(" and %zu more", shown - THREADS_MAX);
	putchar('\n');
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
static int show(const struct options *o, const struct origin *origin, const struct task *t)
{
	int err;

	describe_task(o, origin->g, t);
	describe_levels(o, origin->g, t);
	show_threads(o, t);
	show_nsproxy(o, origin, t);
	show_slots(o, origin, t);
	err = show_shares(o, origin->g, t);
	if (!err && o->sharers)
		show_sharers(o, origin->g, t);
	return err;
}

/* Return: 0, or -ENOMEM. */
static int show_text(const struct options *o, const struct graph *g, const struct task **tasks,
		     size_t n)
{
	struct origin origin;
	int err = origin_init(&origin, g);
	size_t i;

	for (i = 0; i < n && !err; i++) {
		if (i)
			printf("\n");
		err = show(o, &origin, tasks[i]);
	}
	origin_free(&origin);
	return err;
}

/* What was named twice is shown once. */
static bool has(const struct task **tasks, size_t n, const struct task *t)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (tasks[i] == t)
			return true;
	return false;
}

/* What is missing is said, what is there is shown. */
static int show_all(const struct options *o, struct graph *g, const uint32_t *tids, int n)
{
	const struct task **tasks = calloc((size_t)n, sizeof(*tasks));
	int status = STATUS_DONE, i, err = 0;
	size_t found = 0;

	if (!tasks)
		return out_of_memory();
	for (i = 0; i < n; i++) {
		tasks[found] = graph_find_task(g, tids[i]);
		if (has(tasks, found, tasks[found]))
			continue;
		if (tasks[found])
			found++;
		else
			status = fail(STATUS_NO_SUCH, "task %u: there is no such task", tids[i]);
	}
	if (o->form == FORM_JSON) {
		/* The same from all requests. */
		if (!o->sharers)
			graph_forget_counts(g);
		if (found)
			err = show_json(o, g, tasks, found);
	} else {
		err = show_text(o, g, tasks, found);
	}
	free(tasks);
	return err ? out_of_memory() : status;
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
			status = no_pid(o, argv[i]);
	if (!status) {
		if (argc == 1 && o->form == FORM_JSON && !o->sharers)
			r = (struct request){ .command = NSINSPECT_CMD_TASK_GET, .tid = tids[0] };
		status = picture_get(o, &r, &p);
		if (!status)
			status = picture_name(&p, o->form == FORM_JSON ? PICTURE_JSON : PICTURE_CGROUPS);
		if (!status)
			status = show_all(o, &p.graph, tids, argc);
		picture_free(&p);
	}
	free(tids);
	return status;
}
