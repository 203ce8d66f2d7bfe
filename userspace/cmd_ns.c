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
#include "lines.h"
#include "ns_spec.h"
#include "origin.h"
#include "output.h"
#include "text.h"

/* The number 1 of a pid namespace: its end is the end of all others there. */
static bool is_reaper(const struct task *t, const struct ns *ns)
{
	size_t i;

	for (i = 0; i < t->n_upids; i++)
		if (t->upids[i].ns == ns && t->upids[i].nr == 1)
			return true;
	return false;
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
		if (task_is_member(t, ns, s)) {
			list[n] = line_of_task(t);
			list[n++].reaper = is_reaper(t, ns);
		}
	lines_show(o, g, "members", list, n);
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
			list[n++] = line_of_task(t);
	}
	lines_show(o, g, label, list, n);
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

		if ((owned ? other->owner : other->parent) != ns)
			continue;
		/* The children of a user namespace are owned by it, too. */
		if (owned && other->parent == ns)
			continue;
		list[n] = (struct line){
			.comm = first ? first->comm : "", .task = first, .last = first,
			.ns = other, .types = 1u << other->type, .n = 1, .procs = other->procs, .tasks = other->tasks,
		};
		n++;
	}
	lines_show(o, g, label, list, n);
	free(list);
	return STATUS_DONE;
}

static void show_link(const struct options *o, const struct graph *g, const char *label,
		      const struct ns *ns, enum nsinspect_ns_type type, uint32_t inum)
{
	if (!inum)
		return;
	describe_label(o, label);
	describe_ref(o, g, ns, type, inum);
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
	if (first) {
		describe_label(o, "first");
		describe_pids(o, first);
		putchar(' ');
		text_put(stdout, first->comm, o->ascii);
		if (!task_is_leader(first))
			put_thread_of(o, first);
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

	describe_ns(o, g, ns);
	printf("\n");
	/* With -u, the line above has the whole number. */
	if (!o->notruncate)
		describe_fact(o, "inode", ns_text(ns, COL_NS, buffer));
	for (i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		describe_fact(o, facts[i].label, ns_text(ns, facts[i].field, buffer));
	describe_facts(o, g, ns);
	show_link(o, g, "owner", ns->owner, NSINSPECT_NS_TYPE_USER, ns->owner_inum);
	show_link(o, g, "parent", ns->parent, ns->type, ns->parent_inum);
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

/* What was named twice is shown once. */
static bool has(const struct ns **found, int n, const struct ns *ns)
{
	int i;

	for (i = 0; i < n; i++)
		if (found[i] == ns)
			return true;
	return false;
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
		else if (!has(found, n_found, found[n_found]))
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
		status = o->bare ? ns_spec_parse_bare(argv[i], o, &specs[i]) :
				   ns_spec_parse(argv[i], &specs[i]);
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
