// SPDX-License-Identifier: GPL-2.0
/*
 * A graph for graphviz: tasks that have everything in common, the nsproxy they
 * share, and the namespaces that it points to, by type. Edges to initial
 * namespaces are pale, as most tasks have them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "color.h"
#include "columns.h"
#include "render.h"
#include "text.h"

/* So many tasks of a group are named; the rest are counted. */
#define NAMED_MAX 12

#define PALE "#d0d0d0"

/* Text inside quotes, where graphviz knows backslashes and entities. */
static void put_text(FILE *out, const char *s, bool ascii)
{
	char one[TEXT_CHAR_MAX], piece[5], *p;

	while (*s) {
		unsigned int c = 0;
		size_t len = text_utf8_len(s, &c);

		if (!len)
			len = 1;
		memcpy(piece, s, len);
		piece[len] = '\0';
		text_escape(one, sizeof(one), piece, ascii);
		s += len;
		for (p = one; *p; p++) {
			if (*p == '&') {
				fputs("&amp;", out);
				continue;
			}
			if (*p == '"' || *p == '\\')
				fputc('\\', out);
			fputc(*p, out);
		}
	}
}

/*
 * The name of a node: type and inode number. Where several namespaces have that
 * number, they are neighbours in the graph, and the place there is added to all
 * but the first.
 */
static void put_name(const struct graph *g, FILE *out, const struct ns *ns)
{
	fprintf(out, "%s_%u", ns_type_names[ns->type], ns->inum);
	if (ns > g->namespaces && ns[-1].type == ns->type && ns[-1].inum == ns->inum)
		fprintf(out, "_%zu", (size_t)(ns - g->namespaces));
}

static void put_count(FILE *out, int64_t n, const char *what)
{
	if (n >= 0)
		fprintf(out, "\\n%" PRId64 " %s%s", n, what, n == 1 ? "" : "s");
}

static void put_ns(const struct graph *g, FILE *out, const struct ns *ns, bool ascii)
{
	char buffer[VALUE_TEXT_MAX];

	fputs("\t\t", out);
	put_name(g, out, ns);
	fprintf(out, " [label=\"%s", ns_text(ns, COL_NS, buffer));
	if (ns->name) {
		fputs("\\n", out);
		put_text(out, ns->name, ascii);
	}
	if (ns->initial)
		fputs("\\ninitial", out);
	if (!ns->active)
		fputs("\\nnot active", out);
	put_count(out, ns->tasks, "task");
	fprintf(out, "\"%s];\n", ns->initial ? ", penwidth=2" : "");
}

static void put_namespaces(const struct graph *g, FILE *out, bool ascii)
{
	const struct ns *ns, *end = g->namespaces + g->n_namespaces;
	int type;

	for (type = 0; type < NS_TYPES; type++) {
		bool any = false;

		for (ns = g->namespaces; ns < end; ns++) {
			if (ns->type != (enum nsinspect_ns_type)type)
				continue;
			if (!any)
				fprintf(out, "\tsubgraph cluster_%s {\n\t\tlabel=\"%s\";\n"
					"\t\tcolor=\"%s\";\n\t\tnode [fillcolor=\"%s\"];\n",
					ns_type_names[type], ns_type_names[type],
					color_name(type), color_name(type));
			any = true;
			put_ns(g, out, ns, ascii);
		}
		if (any)
			fputs("\t}\n", out);
	}
}

static void put_relation(const struct graph *g, FILE *out, const struct ns *ns,
			 const struct ns *other, const char *label, const char *style)
{
	fputc('\t', out);
	put_name(g, out, ns);
	fputs(" -> ", out);
	put_name(g, out, other);
	fprintf(out, " [label=\"%s\"%s, constraint=false];\n", label, style);
}

static void put_relations(const struct graph *g, FILE *out)
{
	const struct ns *ns;

	for (ns = g->namespaces; ns < g->namespaces + g->n_namespaces; ns++) {
		if (ns->parent)
			put_relation(g, out, ns, ns->parent, "parent", "");
		/* Most namespaces are owned by the initial user namespace: that is not drawn. */
		if (ns->owner && ns->owner != ns->parent && !ns->owner->initial)
			put_relation(g, out, ns, ns->owner, "owner", ", style=dotted");
	}
}

static void put_edge(const struct graph *g, FILE *out, const struct ns *ns, const char *more)
{
	put_name(g, out, ns);
	fprintf(out, " [color=\"%s\"%s%s];\n", ns->initial ? PALE : color_name(ns->type),
		ns->initial ? "" : ", penwidth=2", more);
}

static void put_nsproxies(const struct graph *g, FILE *out)
{
	const struct nsproxy *p;
	int s;

	for (p = g->nsproxies; p < g->nsproxies + g->n_nsproxies; p++) {
		fprintf(out, "\tnsproxy_%u [shape=box, style=\"rounded,filled\", "
			"label=\"nsproxy %u", p->id, p->id);
		put_count(out, p->tasks, "task");
		put_count(out, p->refs, "ref");
		fputs("\"];\n", out);
		for (s = 0; s < SLOTS; s++) {
			enum slot now = slots[s].current;

			/* One line for both when children stay where their parent is. */
			if (!p->ns[s] || (now != (enum slot)s && p->ns[s] == p->ns[now]))
				continue;
			fprintf(out, "\tnsproxy_%u -> ", p->id);
			put_edge(g, out, p->ns[s], now == (enum slot)s ? "" : p->ns[s]->initial ?
				 ", style=dashed" : ", style=dashed, label=\"for children\"");
		}
	}
}

static int cmp_ns(const struct ns *x, const struct ns *y)
{
	return x < y ? -1 : x > y;
}

static int cmp_group(const struct task *x, const struct task *y)
{
	int by_ns;

	if (x->nsproxy_id != y->nsproxy_id)
		return x->nsproxy_id < y->nsproxy_id ? -1 : 1;
	by_ns = cmp_ns(x->ns[SLOT_USER], y->ns[SLOT_USER]);
	if (!by_ns)
		by_ns = cmp_ns(x->ns[SLOT_PID], y->ns[SLOT_PID]);
	if (by_ns)
		return by_ns;
	return (int)x->kthread - (int)y->kthread;
}

static int cmp_task(const void *a, const void *b)
{
	const struct task *x = *(const struct task *const *)a, *y = *(const struct task *const *)b;
	int by_group = cmp_group(x, y);

	if (by_group)
		return by_group;
	return (x->tid > y->tid) - (x->tid < y->tid);
}

static void put_group(const struct graph *g, FILE *out, const struct task **list, size_t n,
		      bool ascii)
{
	const struct task *first = list[0];
	size_t i, k;

	fprintf(out, "\ttask_%u [shape=note, label=\"", first->tid);
	if (first->kthread)
		fprintf(out, "%zu kernel thread%s\\n", n, n == 1 ? "" : "s");
	for (i = 0; i < n && i < NAMED_MAX; i++) {
		for (k = 0; k < list[i]->n_upids; k++)
			fprintf(out, "%s%u", k ? ascii ? "-&gt;" : "→" : "", list[i]->upids[k].nr);
		fputc(' ', out);
		put_text(out, list[i]->comm, ascii);
		fputs("\\l", out);
	}
	if (n > NAMED_MAX)
		fprintf(out, "and %zu more\\l", n - NAMED_MAX);
	fputs("\"];\n", out);

	if (first->nsproxy)
		fprintf(out, "\ttask_%u -> nsproxy_%u;\n", first->tid, first->nsproxy->id);
	if (first->ns[SLOT_PID]) {
		fprintf(out, "\ttask_%u -> ", first->tid);
		put_edge(g, out, first->ns[SLOT_PID], ", minlen=2");
	}
	if (first->ns[SLOT_USER]) {
		fprintf(out, "\ttask_%u -> ", first->tid);
		put_edge(g, out, first->ns[SLOT_USER], ", minlen=2");
	}
}

static int put_tasks(const struct graph *g, FILE *out, bool ascii)
{
	const struct task **list = calloc(g->n_tasks + 1, sizeof(*list));
	size_t i, end;

	if (!list)
		return -ENOMEM;
	for (i = 0; i < g->n_tasks; i++)
		list[i] = &g->tasks[i];
	qsort(list, g->n_tasks, sizeof(*list), cmp_task);
	for (i = 0; i < g->n_tasks; i = end) {
		for (end = i + 1; end < g->n_tasks && !cmp_group(list[i], list[end]); end++)
			;
		put_group(g, out, list + i, end - i, ascii);
	}
	free(list);
	return 0;
}

/**
 * render_dot() - write a graph for graphviz
 * @g: a linked graph
 * @out: where to
 *
 * Return: 0, or -ENOMEM.
 */
int render_dot(const struct graph *g, FILE *out)
{
	bool ascii = !text_utf8();
	int err;

	fputs("digraph nsinspect {\n"
	      "\trankdir=LR;\n"
	      "\tcharset=\"UTF-8\";\n"
	      "\tranksep=1.2;\n"
	      "\tfontname=\"Helvetica\";\n"
	      "\tlabel=\"", out);
	put_text(out, g->host.nodename ? g->host.nodename : "", ascii);
	fputc(' ', out);
	put_text(out, g->host.release ? g->host.release : "", ascii);
	fputs("\";\n"
	      "\tnode [fontname=\"Helvetica\", fontsize=10, shape=box, style=filled, "
	      "fillcolor=white];\n"
	      "\tedge [fontname=\"Helvetica\", fontsize=8, color=\"#707070\"];\n", out);
	/* A node takes the looks of the place where it is first named. */
	put_namespaces(g, out, ascii);
	put_nsproxies(g, out);
	err = put_tasks(g, out, ascii);
	put_relations(g, out);
	fputs("}\n", out);
	return err;
}
