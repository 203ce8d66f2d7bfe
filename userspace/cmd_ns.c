// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect ns NS...: all about one namespace.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_mounts.h"
#include "columns.h"
#include "commands.h"
#include "describe.h"
#include "ns_spec.h"
#include "origin.h"
#include "output.h"
#include "text.h"

/* What is shown on one line: a task or a namespace, or several alike. */
struct line {
	const char *comm;		/* of the tasks, or of the first task in the namespaces */
	const struct task *task, *last;	/* NULL: no task is in the namespaces */
	const struct ns *ns;		/* NULL: it is about tasks */
	size_t n;
	int64_t procs, tasks;		/* in the namespaces; -1: not known */
	bool kthread, leader, reaper;
};

static int cmp(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static uint32_t tid_of(const struct line *line)
{
	return line->task ? line->task->tid : UINT32_MAX;
}

/* 0 for what is alike and becomes one line. */
static int cmp_kind(const struct line *x, const struct line *y)
{
	int by = cmp(!x->reaper, !y->reaper);

	if (!by && x->ns)
		by = cmp(x->ns->type, y->ns->type);
	if (!by && x->ns)
		by = cmp(!x->ns->initial, !y->ns->initial);
	if (!by)
		by = cmp(!x->task, !y->task);
	if (!by)
		by = cmp(x->kthread, y->kthread);
	if (!by)
		by = cmp(!x->leader, !y->leader);
	/* Kernel threads are alike whatever they are called. */
	return by || x->kthread ? by : strcmp(x->comm, y->comm);
}

static int cmp_lines(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int by = cmp_kind(x, y);

	if (!by)
		by = cmp(tid_of(x), tid_of(y));
	return by || !x->ns ? by : cmp(x->ns->inum, y->ns->inum);
}

/* What is most comes first, but for the one that all others depend on. */
static int cmp_count(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int by = cmp(!x->reaper, !y->reaper);

	if (!by)
		by = cmp(y->n, x->n);
	if (!by && x->ns)
		by = cmp((uint64_t)(y->procs + 1), (uint64_t)(x->procs + 1));
	if (!by)
		by = cmp(tid_of(x), tid_of(y));
	if (!by && x->ns)
		by = cmp(x->ns->type, y->ns->type);
	return by || !x->ns ? by : cmp(x->ns->inum, y->ns->inum);
}

static size_t fold(struct line *list, size_t n)
{
	size_t i, kept = 0;

	qsort(list, n, sizeof(*list), cmp_lines);
	for (i = 0; i < n; i++) {
		struct line *to = kept ? &list[kept - 1] : NULL;

		if (!to || cmp_kind(to, &list[i])) {
			list[kept++] = list[i];
			continue;
		}
		to->n++;
		to->last = list[i].last;
		if (to->procs >= 0 && list[i].procs >= 0) {
			to->procs += list[i].procs;
			to->tasks += list[i].tasks;
		} else {
			to->procs = to->tasks = -1;
		}
	}
	qsort(list, kept, sizeof(*list), cmp_count);
	return kept;
}

/* "659→2…690→33 32× nginx" */
static void put_tasks(const struct options *o, const struct line *line, size_t n)
{
	describe_pids(o, line->task);
	if (line->last != line->task) {
		fputs(o->ascii ? ".." : "…", stdout);
		describe_pids(o, line->last);
	}
	if (n > 1)
		printf(" %zu%s", n, o->ascii ? "x" : "×");
	putchar(' ');
	text_put(stdout, line->kthread && line->n > 1 ? "kernel threads" : line->comm, o->ascii);
}

static void put_member(const struct options *o, const struct line *line)
{
	put_tasks(o, line, line->n);
	if (!line->leader && line->n > 1)
		printf(" (threads)");
	else if (!line->leader)
		printf(" (thread of %u)", line->task->tgid);
	if (line->reaper)
		printf(" %s(child reaper)%s", color_on(o->color, COLOR_STRONG),
		       color_off(o->color));
}

static void put_count(int64_t n, const char *one, const char *many)
{
	printf(" %" PRId64 " %s", n, n == 1 ? one : many);
}

/* "net:[4026532300] blue: 2 processes, first 830→1 nginx" or "30× mnt: ..." */
static void put_ns(const struct options *o, const struct line *line)
{
	if (line->n > 1)
		printf("%zu%s %s%s%s", line->n, o->ascii ? "x" : "×",
		       color_on(o->color, COLOR_TYPES + line->ns->type),
		       ns_type_names[line->ns->type], color_off(o->color));
	else
		describe_ns(o, line->ns);
	if (!line->task && line->procs < 0)
		return;
	putchar(':');
	if (!line->task) {
		printf(" no process");
		return;
	}
	if (line->procs > 0)
		put_count(line->procs, "process", "processes");
	else if (line->procs == 0)
		put_count(line->tasks, "task", "tasks");
	printf("%s first ", line->procs >= 0 ? "," : "");
	put_tasks(o, line, 1);
}

static void show_lines(const struct options *o, const char *label, struct line *list, size_t n)
{
	size_t i, left = 0;

	if (!o->notruncate)
		n = fold(list, n);
	for (i = 0; i < n; i++) {
		if (!o->notruncate && i >= DESCRIBE_LINES_MAX) {
			left += list[i].n;
			continue;
		}
		describe_label(o, i ? "" : label);
		if (list[i].ns)
			put_ns(o, &list[i]);
		else
			put_member(o, &list[i]);
		putchar('\n');
	}
	describe_more(o, left);
}

/* The number 1 of a pid namespace: its end is the end of all others there. */
static bool is_reaper(const struct task *t, const struct ns *ns)
{
	size_t i;

	for (i = 0; task_is_leader(t) && i < t->n_upids; i++)
		if (t->upids[i].ns == ns && t->upids[i].nr == 1)
			return true;
	return false;
}

static struct line member(const struct task *t, const struct ns *ns)
{
	return (struct line){
		.comm = t->comm, .task = t, .last = t, .n = 1, .procs = -1, .tasks = -1,
		.kthread = t->kthread, .leader = task_is_leader(t),
		.reaper = ns && is_reaper(t, ns),
	};
}

static int show_members(const struct options *o, const struct graph *g, const struct ns *ns)
{
	struct line *list = calloc(g->n_tasks + 1, sizeof(*list));
	enum slot s = type_slot(ns->type);
	const struct task *t;
	size_t n = 0;

	if (!list)
		return out_of_memory();
	for (t = g->tasks; t < g->tasks + g->n_tasks; t++)
		if (task_is_member(t, ns, s))
			list[n++] = member(t, ns);
	show_lines(o, "members", list, n);
	free(list);
	return STATUS_DONE;
}

/* Tasks that are not in it themselves: children of theirs are, or none is yet. */
static int show_parents(const struct options *o, const struct origin *origin, const struct ns *ns,
			enum slot s, const char *label, bool there)
{
	const struct graph *g = origin->g;
	struct line *list = calloc(g->n_tasks + 1, sizeof(*list));
	const struct task *t;
	size_t n = 0;

	if (!list)
		return out_of_memory();
	for (t = g->tasks; t < g->tasks + g->n_tasks; t++) {
		if (!task_is_member(t, ns, s) || !task_pending(t, s))
			continue;
		if ((origin_slot(origin, t, s).kind == ORIGIN_CHILDREN_THERE) == there)
			list[n++] = member(t, NULL);
	}
	show_lines(o, label, list, n);
	free(list);
	return STATUS_DONE;
}

static int show_related(const struct options *o, const struct origin *origin, const struct ns *ns,
			const char *label, bool owned)
{
	const struct graph *g = origin->g;
	struct line *list = calloc(g->n_namespaces + 1, sizeof(*list));
	const struct ns *other;
	size_t n = 0;

	if (!list)
		return out_of_memory();
	for (other = g->namespaces; other < g->namespaces + g->n_namespaces; other++) {
		const struct task *first = origin_first(origin, other);

		if ((owned ? other->owner : other->parent) != ns || other == ns)
			continue;
		/* The children of a user namespace are owned by it, too. */
		if (owned && other->parent == ns)
			continue;
		list[n] = (struct line){
			.comm = first ? first->comm : "", .task = first, .last = first,
			.ns = other, .n = 1, .procs = other->procs, .tasks = other->tasks,
		};
		n++;
	}
	show_lines(o, label, list, n);
	free(list);
	return STATUS_DONE;
}

static void show_link(const struct options *o, const char *label, const struct ns *ns,
		      enum nsinspect_ns_type type, uint32_t inum)
{
	if (!inum)
		return;
	describe_label(o, label);
	describe_ref(o, ns, type, inum);
	printf("\n");
}

static void show_counts(const struct options *o, const struct origin *origin, const struct ns *ns)
{
	const struct task *first = origin_first(origin, ns);

	if (ns->tasks >= 0) {
		describe_label(o, "tasks");
		printf("%" PRId64 ", in %" PRId64 " process%s\n", ns->tasks, ns->procs,
		       ns->procs == 1 ? "" : "es");
	}
	/* Of a single process, the list of members says it. */
	if (first && ns->procs > 1) {
		describe_label(o, "first");
		describe_pids(o, first);
		putchar(' ');
		text_put(stdout, first->comm, o->ascii);
		putchar('\n');
	}
}

static int show(const struct options *o, const struct origin *origin, const struct ns *ns)
{
	static const struct {
		enum ns_field field;
		const char *label;
	} facts[] = {
		{ COL_ID, "id" }, { COL_ACTIVE, "active" }, { COL_LEVEL, "level" },
		{ COL_REFS, "refs" }, { COL_NSFS, "mounted at" },
	};
	const struct graph *g = origin->g;
	char buffer[VALUE_TEXT_MAX];
	int status, s;
	size_t i;

	describe_ns(o, ns);
	printf("\n");
	for (i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		describe_fact(o, facts[i].label, ns_text(ns, facts[i].field, buffer));
	describe_facts(o, g, ns);
	show_link(o, "owner", ns->owner, NSINSPECT_NS_TYPE_USER, ns->owner_inum);
	show_link(o, "parent", ns->parent, ns->type, ns->parent_inum);
	status = show_related(o, origin, ns, "children", false);
	if (!status && ns->type == NSINSPECT_NS_TYPE_USER)
		status = show_related(o, origin, ns, "owned", true);
	if (!status) {
		show_counts(o, origin, ns);
		status = show_members(o, g, ns);
	}
	for (s = 0; s < SLOTS && !status; s++) {
		if (slots[s].type != ns->type || slots[s].current == (enum slot)s)
			continue;
		status = show_parents(o, origin, ns, s, "parents", true);
		if (!status)
			status = show_parents(o, origin, ns, s, "pending", false);
	}
	if (!status && ns->mounts)
		mounts_describe(o, ns->mounts);
	return status;
}

/* All that show() shows of it. */
static void take(struct part *part, const struct graph *g, const struct ns *ns)
{
	const struct ns *other;
	const struct task *t;
	int s;

	for (t = g->tasks; t < g->tasks + g->n_tasks; t++) {
		for (s = 0; s < SLOTS; s++) {
			if (t->ns[s] == ns) {
				part_task(part, t);
				break;
			}
		}
	}
	for (other = g->namespaces; other < g->namespaces + g->n_namespaces; other++)
		if (other->parent == ns || other->owner == ns)
			part_ns(part, other);
	part_ns(part, ns->owner);
	part_ns(part, ns->parent);
}

/* What was asked for comes first, in the order in which it was. */
static int show_json(const struct graph *g, const struct ns **found, int n)
{
	struct part part;
	int i, err;

	err = part_begin(&part, g);
	for (i = 0; !err && i < n; i++)
		part_take(&part, found[i]);
	for (i = 0; !err && i < n; i++)
		take(&part, g, found[i]);
	if (!err)
		err = part_json(&part);
	part_end(&part);
	return err ? out_of_memory() : STATUS_DONE;
}

static int show_all(const struct options *o, const struct ns_spec *specs, int n,
		    struct picture *p, const struct ns **found)
{
	int i, n_found = 0, status, worst = STATUS_DONE;
	struct mounts *mounts = NULL;
	struct origin origin;

	for (i = 0; i < n; i++) {
		status = ns_spec_find(&specs[i], o, p, &found[n_found]);
		if (status)
			worst = status;
		else
			n_found++;
	}
	/* Those of a saved picture are not in it. */
	if (!o->from)
		mounts = mounts_of_found(&p->graph, found, n_found);
	if (o->form == FORM_JSON) {
		status = n_found ? show_json(&p->graph, found, n_found) : STATUS_DONE;
		mounts_free_all(mounts, &p->graph);
		return status ? status : worst;
	}
	if (origin_init(&origin, &p->graph))
		worst = out_of_memory();
	else
		for (i = 0, status = STATUS_DONE; i < n_found && !status; i++) {
			if (i)
				printf("\n");
			status = show(o, &origin, found[i]);
			if (status)
				worst = status;
		}
	origin_free(&origin);
	mounts_free_all(mounts, &p->graph);
	return worst;
}

int cmd_ns(const struct options *o, int argc, char **argv)
{
	const struct request r = { .command = NSINSPECT_CMD_GRAPH_GET, .threads = true };
	struct ns_spec *specs = calloc((size_t)argc, sizeof(*specs));
	const struct ns **found = calloc((size_t)argc, sizeof(*found));
	int i, status = STATUS_DONE;
	struct picture p;

	memset(&p, 0, sizeof(p));
	if (!specs || !found)
		status = out_of_memory();
	for (i = 0; i < argc && !status; i++)
		status = ns_spec_parse(argv[i], &specs[i]);
	if (!status)
		status = picture_get(o, &r, &p);
	if (!status)
		status = picture_name(&p, o->form == FORM_JSON ? PICTURE_JSON : PICTURE_NSFS);
	if (!status)
		status = show_all(o, specs, argc, &p, found);
	picture_free(&p);
	free(specs);
	free(found);
	return status;
}
