// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect ns NS...: all about one namespace.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "commands.h"
#include "describe.h"
#include "ns_spec.h"
#include "output.h"
#include "text.h"

/* As many kinds of members are listed; the others are counted. -u lists all. */
#define MEMBERS_MAX 24

/* Not a comm: too long for one. */
static const char kthreads[] = "(a kernel thread)";

struct members {
	const char *comm;
	const struct task *first;
	size_t n;
};


static int cmp_members(const void *a, const void *b)
{
	const struct members *x = a, *y = b;
	int by_name = strcmp(x->comm, y->comm);

	if (by_name)
		return by_name;
	return (x->first->tid > y->first->tid) - (x->first->tid < y->first->tid);
}

static int cmp_first(const void *a, const void *b)
{
	const struct members *x = a, *y = b;

	return (x->first->tid > y->first->tid) - (x->first->tid < y->first->tid);
}

/* Tasks of the same name become one line, and so do kernel threads. */
static size_t fold(struct members *list, size_t n)
{
	size_t i, kept = 0;

	qsort(list, n, sizeof(*list), cmp_members);
	for (i = 0; i < n; i++) {
		if (kept && !strcmp(list[kept - 1].comm, list[i].comm))
			list[kept - 1].n++;
		else
			list[kept++] = list[i];
	}
	qsort(list, kept, sizeof(*list), cmp_first);
	return kept;
}

static void show_member(const struct options *o, const struct members *m, const char *label)
{
	describe_label(o, label);
	describe_pids(o, m->first);
	printf(" ");
	text_put(stdout, m->comm, o->ascii);
	if (!task_is_leader(m->first))
		printf(" (thread of %u)", m->first->tgid);
	if (m->n > 1)
		printf(" and %zu more", m->n - 1);
	printf("\n");
}

/* Tasks in @slot of which @ns is; or, for children, those that are not in it themselves. */
static int show_members(const struct options *o, const struct graph *g, const struct ns *ns,
			enum slot s, const char *label)
{
	struct members *list = calloc(g->n_tasks + 1, sizeof(*list));
	const struct task *t;
	size_t i, n = 0, left = 0;

	if (!list)
		return out_of_memory();
	for (t = g->tasks; t < g->tasks + g->n_tasks; t++) {
		if (!task_is_member(t, ns, s) || (slots[s].current != s && !task_pending(t, s)))
			continue;
		list[n++] = (struct members){
			t->kthread && !o->notruncate ? kthreads : t->comm, t, 1
		};
	}
	if (!o->notruncate)
		n = fold(list, n);
	for (i = 0; i < n; i++) {
		if (!o->notruncate && i >= MEMBERS_MAX)
			left += list[i].n;
		else
			show_member(o, &list[i], i ? "" : label);
	}
	if (left) {
		describe_label(o, "");
		printf("and %zu more (-u lists all)\n", left);
	}
	free(list);
	return STATUS_DONE;
}

static void show_related(const struct options *o, const struct graph *g, const struct ns *ns,
			 const char *label, bool owned)
{
	const struct ns *other;
	bool any = false;

	for (other = g->namespaces; other < g->namespaces + g->n_namespaces; other++) {
		if ((owned ? other->owner : other->parent) != ns || other == ns)
			continue;
		/* The children of a user namespace are owned by it, too. */
		if (owned && other->parent == ns)
			continue;
		describe_label(o, any ? "" : label);
		describe_ns(o, other);
		printf("\n");
		any = true;
	}
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

static int show(const struct options *o, const struct graph *g, const struct ns *ns)
{
	static const struct {
		enum ns_field field;
		const char *label;
	} facts[] = {
		{ COL_ID, "id" }, { COL_ACTIVE, "active" }, { COL_LEVEL, "level" },
		{ COL_REFS, "refs" }, { COL_NSFS, "mounted at" },
	};
	enum slot s = type_slot(ns->type);
	char buffer[VALUE_TEXT_MAX];
	size_t i;
	int status;

	describe_ns(o, ns);
	printf("\n");
	for (i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		describe_fact(o, facts[i].label, ns_text(ns, facts[i].field, buffer));
	show_link(o, "owner", ns->owner, NSINSPECT_NS_TYPE_USER, ns->owner_inum);
	show_link(o, "parent", ns->parent, ns->type, ns->parent_inum);
	show_related(o, g, ns, "children", false);
	if (ns->type == NSINSPECT_NS_TYPE_USER)
		show_related(o, g, ns, "owned", true);
	if (ns->tasks >= 0) {
		describe_label(o, "tasks");
		printf("%" PRId64 ", in %" PRId64 " process%s\n", ns->tasks, ns->procs,
		       ns->procs == 1 ? "" : "es");
	}

	status = show_members(o, g, ns, s, "members");
	for (s = 0; s < SLOTS && !status; s++)
		if (slots[s].type == ns->type && slots[s].current != s)
			status = show_members(o, g, ns, s, "pending");
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

	for (i = 0; i < n; i++) {
		status = ns_spec_find(&specs[i], o, p, &found[n_found]);
		if (status)
			worst = status;
		else
			n_found++;
	}
	if (o->form == FORM_JSON) {
		status = n_found ? show_json(&p->graph, found, n_found) : STATUS_DONE;
		return status ? status : worst;
	}
	for (i = 0; i < n_found; i++) {
		if (i)
			printf("\n");
		status = show(o, &p->graph, found[i]);
		if (status)
			return status;
	}
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
		status = picture_name(o, &p, true);
	if (!status)
		status = show_all(o, specs, argc, &p, found);
	picture_free(&p);
	free(specs);
	free(found);
	return status;
}
