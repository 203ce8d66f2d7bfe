// SPDX-License-Identifier: GPL-2.0
/*
 * A graph for graphviz: tasks, the nsproxies that they share, and namespaces,
 * in clusters by user namespace. What looks alike is drawn once, with how many
 * there are. Most sets have most of the initial namespaces: only the edges of
 * the one that has nothing else are drawn to these.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "alike.h"
#include "color.h"
#include "columns.h"
#include "facts.h"
#include "render.h"
#include "text.h"

/* So many tasks or names of a group are written; the rest are counted. */
#define NAMED_MAX 8

/* So many links between two namespaces are written. */
#define LINKS_MAX 3

/* With more nodes than this, those that differ only in names are drawn once as well. */
#define READABLE_MAX 100

/* The kernel nests 32 deep; what a made-up file has below that starts anew. */
#define DEPTH_MAX 64

#define PALE "#d0d0d0"
#define DARK "#404040"

#define NO_NODE SIZE_MAX

struct dot {
	const struct graph *g;
	FILE *out;
	FILE *edges;		/* a node that is named in a cluster is in it: these come later */
	bool ascii;
	struct alike alike;
	size_t *home;		/* of each node: the user namespace that its cluster is of */
	size_t *head, *next;	/* lists of the nodes of a cluster; the last one is of none */
	bool *drawn;		/* of each cluster */
	bool *used;		/* of each nsproxy: a task of it is where their children will be */
};

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
static void put_ns_name(const struct dot *d, FILE *out, const struct ns *ns)
{
	const struct graph *g = d->g;

	ns = &g->namespaces[alike_first(&d->alike, alike_ns(g, ns))];
	fprintf(out, "%s_%u", ns_type_names[ns->type], ns->inum);
	if (ns > g->namespaces && ns[-1].type == ns->type && ns[-1].inum == ns->inum)
		fprintf(out, "_%zu", (size_t)(ns - g->namespaces));
}

static void put_nsproxy_name(const struct dot *d, FILE *out, const struct nsproxy *p)
{
	const struct graph *g = d->g;

	fprintf(out, "nsproxy_%u",
		g->nsproxies[alike_first(&d->alike, alike_nsproxy(g, p)) - g->n_namespaces].id);
}

static void put_count(FILE *out, int64_t n, const char *what)
{
	if (n >= 0)
		fprintf(out, "\\n%" PRId64 " %s%s", n, what, n == 1 ? "" : "s");
}

static void put_times(const struct dot *d, size_t n)
{
	fprintf(d->out, "%zu %s ", n, d->ascii ? "x" : "×");
}

/* Lines with commas between them. */
static void put_lines(const struct dot *d, const char *text)
{
	char *copy = strdup(text), *rest = copy;
	const char *line;

	while (copy && (line = strsep(&rest, ","))) {
		fputs("\\n", d->out);
		put_text(d->out, line, d->ascii);
	}
	free(copy);
}

/* How many members all that look like a namespace have; -1: not known. */
static int64_t all_tasks(const struct dot *d, size_t node)
{
	const size_t *like = d->alike.order + d->alike.of[node];
	size_t i, n = alike_count(&d->alike, node);
	int64_t sum = 0;

	for (i = 0; i < n; i++) {
		if (d->g->namespaces[like[i]].tasks < 0)
			return -1;
		sum += d->g->namespaces[like[i]].tasks;
	}
	return sum;
}

/* Ways that are edges in any case. */
#define DRAWN ((uint32_t)(NSINSPECT_FOUND_TASK | NSINSPECT_FOUND_PENDING | \
			  NSINSPECT_FOUND_LINEAGE | NSINSPECT_FOUND_LINK))

/* What is to be read of how a namespace without a task was found, and where it is mounted. */
static void put_found(const struct dot *d, const struct ns *ns, bool one)
{
	char ways[VALUE_TEXT_MAX];
	const char *found = found_text(ns->found & ~DRAWN, ways, sizeof(ways));

	if (ns->first || (!found && !(one && ns->nsfs)))
		return;
	fputs("\tfound_", d->out);
	put_ns_name(d, d->out, ns);
	fprintf(d->out, " [shape=plain, fillcolor=none, fontcolor=\"" DARK "\", label=\"%s",
		found ? found : "");
	if (one && ns->nsfs)
		put_lines(d, ns->nsfs);
	fputs("\"];\n", d->out);
	fputs("\tfound_", d->edges);
	put_ns_name(d, d->edges, ns);
	fputs(" -> ", d->edges);
	put_ns_name(d, d->edges, ns);
	fputs(" [style=dashed];\n", d->edges);
}

static int put_ns(const struct dot *d, const struct ns *ns)
{
	size_t node = alike_ns(d->g, ns), n = alike_count(&d->alike, node);
	char *details;

	fputc('\t', d->out);
	put_ns_name(d, d->out, ns);
	fputs(" [label=\"", d->out);
	if (n > 1) {
		put_times(d, n);
		fputs(ns_type_names[ns->type], d->out);
	} else {
		fprintf(d->out, "%s %u", ns_type_names[ns->type], ns->inum);
		if (ns->name) {
			fputs("\\n", d->out);
			put_text(d->out, ns->name, d->ascii);
		}
		if (ns_details(d->g, ns, d->ascii ? DETAILS_ASCII : 0, &details))
			return -ENOMEM;
		if (details)
			put_lines(d, details);
		free(details);
	}
	if (ns->initial)
		fputs("\\ninitial", d->out);
	if (!ns->active)
		fputs("\\nnot active", d->out);
	put_count(d->out, all_tasks(d, node), "task");
	fprintf(d->out, "\", fillcolor=\"%s\"%s];\n", color_name(ns->type),
		ns->initial ? ", penwidth=2" : "");
	put_found(d, ns, n == 1);
	return 0;
}

/* From the node that was just named. */
static void put_edge(const struct dot *d, const struct ns *to, const char *more)
{
	fputs(" -> ", d->edges);
	put_ns_name(d, d->edges, to);
	fprintf(d->edges, " [color=\"%s\"%s];\n", to->initial ? PALE : color_name(to->type), more);
}

static bool all_initial(const struct nsproxy *p)
{
	int s;

	for (s = 0; s < SLOTS; s++)
		if (p->ns[s] && !p->ns[s]->initial)
			return false;
	return true;
}

static void put_nsproxy(const struct dot *d, const struct nsproxy *p)
{
	size_t n = alike_count(&d->alike, alike_nsproxy(d->g, p));
	bool initial = all_initial(p);
	int s;

	fputc('\t', d->out);
	put_nsproxy_name(d, d->out, p);
	fputs(" [style=\"rounded,filled\", label=\"", d->out);
	if (n > 1) {
		put_times(d, n);
		fputs("nsproxy", d->out);
	} else {
		fprintf(d->out, "nsproxy %u", p->id);
		put_count(d->out, p->tasks, "task");
		put_count(d->out, p->refs, "ref");
	}
	fprintf(d->out, "%s\"];\n", initial ? "\\nall initial" : "");
	for (s = 0; s < SLOTS; s++) {
		enum slot now = slots[s].current;
		const struct ns *ns = p->ns[s];

		/* One line for both when children stay where their parent is. */
		if (!ns || (now != (enum slot)s && ns == p->ns[now]) || (ns->initial && !initial))
			continue;
		fputc('\t', d->edges);
		put_nsproxy_name(d, d->edges, p);
		put_edge(d, ns, s == SLOT_TIME_FOR_CHILDREN ||
			 (s == SLOT_PID_FOR_CHILDREN && !d->used[p - d->g->nsproxies]) ?
			 ", penwidth=2, style=dashed, label=\"for children\"" :
			 initial ? "" : ", penwidth=2");
	}
}

struct comm_count {
	const char *comm;
	size_t n;
};

static int cmp_comm(const void *a, const void *b)
{
	return strcmp(((const struct comm_count *)a)->comm, ((const struct comm_count *)b)->comm);
}

static int cmp_most(const void *a, const void *b)
{
	const struct comm_count *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return strcmp(x->comm, y->comm);
}

/* Names, the most frequent first. */
static int put_comms(const struct dot *d, const size_t *tasks, size_t n)
{
	size_t first = d->g->n_namespaces + d->g->n_nsproxies, i, names = 0, rest = 0;
	struct comm_count *list = calloc(n, sizeof(*list));

	if (!list)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		list[i] = (struct comm_count){ d->g->tasks[tasks[i] - first].comm, 1 };
	qsort(list, n, sizeof(*list), cmp_comm);
	for (i = 0; i < n; i++)
		if (names && !strcmp(list[names - 1].comm, list[i].comm))
			list[names - 1].n++;
		else
			list[names++] = list[i];
	qsort(list, names, sizeof(*list), cmp_most);
	/* Of one name only, the number is the same. */
	if (names > 1)
		fprintf(d->out, "%zu tasks\\l", n);
	for (i = 0; i < names && i < NAMED_MAX; i++) {
		if (list[i].n > 1)
			put_times(d, list[i].n);
		put_text(d->out, list[i].comm, d->ascii);
		fputs("\\l", d->out);
	}
	for (; i < names; i++)
		rest += list[i].n;
	if (rest)
		fprintf(d->out, "and %zu more\\l", rest);
	free(list);
	return 0;
}

/* "830→1 nginx" */
static void put_one(const struct dot *d, const struct task *t)
{
	size_t k;

	/* The first of them is its tid. */
	fprintf(d->out, "%u", t->tid);
	for (k = 1; k < t->n_upids; k++)
		fprintf(d->out, "%s%u", d->ascii ? "-&gt;" : "→", t->upids[k].nr);
	fputc(' ', d->out);
	put_text(d->out, t->comm, d->ascii);
	fputs(t->nsproxy ? "\\l" : " (gone)\\l", d->out);
}

/* The task is the first of those that look like it. */
static int put_tasks(const struct dot *d, const struct task *t)
{
	const size_t node = alike_task(d->g, t), n = alike_count(&d->alike, node);
	const size_t *like = d->alike.order + d->alike.of[node];
	const struct ns *pid = t->ns[SLOT_PID];
	size_t i, first = d->g->n_namespaces + d->g->n_nsproxies;

	fprintf(d->out, "\ttask_%u [shape=note, label=\"", t->tid);
	if (t->kthread) {
		fprintf(d->out, "%zu kernel thread%s\\l", n, n == 1 ? "" : "s");
	} else if (n <= NAMED_MAX) {
		for (i = 0; i < n; i++)
			put_one(d, &d->g->tasks[like[i] - first]);
	} else {
		if (put_comms(d, like, n))
			return -ENOMEM;
	}
	fputs("\"];\n", d->out);
	if (t->nsproxy) {
		fprintf(d->edges, "\ttask_%u -> ", t->tid);
		put_nsproxy_name(d, d->edges, t->nsproxy);
		fputs(";\n", d->edges);
	}
	/* Most are where their children will be. */
	if (pid && (!t->nsproxy || pid != t->nsproxy->ns[SLOT_PID_FOR_CHILDREN])) {
		fprintf(d->edges, "\ttask_%u", t->tid);
		put_edge(d, pid, ", penwidth=2");
		/* Where no task of the set is, the edge of the nsproxy says it. */
		if (t->nsproxy && t->nsproxy->ns[SLOT_PID_FOR_CHILDREN] &&
		    d->used[t->nsproxy - d->g->nsproxies]) {
			fprintf(d->edges, "\ttask_%u", t->tid);
			put_edge(d, t->nsproxy->ns[SLOT_PID_FOR_CHILDREN],
				 ", style=dashed, label=\"for children\"");
		}
	}
	return 0;
}

static int put_node(const struct dot *d, size_t node)
{
	const struct graph *g = d->g;

	if (node < g->n_namespaces)
		return put_ns(d, &g->namespaces[node]);
	node -= g->n_namespaces;
	if (node < g->n_nsproxies) {
		put_nsproxy(d, &g->nsproxies[node]);
		return 0;
	}
	return put_tasks(d, &g->tasks[node - g->n_nsproxies]);
}

/* What is in a cluster, and the clusters in it. */
static int put_cluster(struct dot *d, size_t user, int depth)
{
	const struct graph *g = d->g;
	size_t node;
	int err;

	d->drawn[user] = true;
	fputs("\tsubgraph cluster_", d->out);
	put_ns_name(d, d->out, &g->namespaces[user]);
	fprintf(d->out, " {\n\tlabel=\"%s\";\n\tcolor=\"%s\";\n",
		g->namespaces[user].initial ? "initial user namespace" : "user namespace",
		color_name(NSINSPECT_NS_TYPE_USER));
	err = put_node(d, user);
	for (node = d->head[user]; node != NO_NODE && !err; node = d->next[node]) {
		if (node >= g->n_namespaces || g->namespaces[node].type != NSINSPECT_NS_TYPE_USER)
			err = put_node(d, node);
		else if (depth < DEPTH_MAX)
			err = put_cluster(d, node, depth + 1);
	}
	fputs("\t}\n", d->out);
	return err;
}

static int put_clusters(struct dot *d)
{
	size_t n = d->alike.n, node;
	int err = 0;

	/* Those that are in no other, and then what is too deep. */
	for (node = d->head[n]; node != NO_NODE && !err; node = d->next[node])
		err = node < d->g->n_namespaces &&
		      d->g->namespaces[node].type == NSINSPECT_NS_TYPE_USER ?
			put_cluster(d, node, 0) : put_node(d, node);
	for (node = 0; node < d->g->n_namespaces && !err; node++)
		if (d->g->namespaces[node].type == NSINSPECT_NS_TYPE_USER &&
		    alike_first(&d->alike, node) == node && !d->drawn[node])
			err = put_cluster(d, node, 0);
	return err;
}

static void put_relation(const struct dot *d, const struct ns *ns, const struct ns *other,
			 const char *looks)
{
	fputc('\t', d->out);
	put_ns_name(d, d->out, ns);
	fputs(" -> ", d->out);
	put_ns_name(d, d->out, other);
	fprintf(d->out, " [%s, constraint=false];\n", looks);
}

static void put_relations(const struct dot *d)
{
	const struct graph *g = d->g;
	size_t i;

	for (i = 0; i < g->n_namespaces; i++) {
		const struct ns *ns = &g->namespaces[i];

		if (alike_first(&d->alike, i) != i)
			continue;
		if (ns->parent)
			put_relation(d, ns, ns->parent, "label=\"parent\"");
		/*
		 * Most namespaces are owned by the initial user namespace: that is not
		 * drawn. The cluster says the same, so that no words are needed.
		 */
		if (ns->owner && ns->owner != ns->parent && !ns->owner->initial)
			put_relation(d, ns, ns->owner,
				     "tooltip=\"owner\", style=dotted, arrowsize=0.5");
	}
}

/* A link between two namespaces that are drawn, and which nodes these are. */
struct drawn_link {
	size_t from, to;
	bool back;
	const struct link *link;
};

static int cmp_link(const void *a, const void *b)
{
	const struct drawn_link *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	if (x->back != y->back)
		return x->back ? 1 : -1;
	return (x->link > y->link) - (x->link < y->link);
}

static void put_link_names(const struct dot *d, const struct link *l, bool back)
{
	const struct link *peer = ns_find_link(l->peer_net, l->peer_ifindex);
	char text[FACT_TEXT_MAX];

	put_text(d->out, link_end_text(l, l->ifindex, text, sizeof(text)), d->ascii);
	fputs(back ? d->ascii ? " &lt;-&gt; " : " ↔ " : d->ascii ? " -&gt; " : " → ", d->out);
	put_text(d->out, link_end_text(peer, l->peer_ifindex, text, sizeof(text)), d->ascii);
}

static void put_links(const struct dot *d, const struct drawn_link *list, size_t n)
{
	size_t i;

	fputc('\t', d->out);
	put_ns_name(d, d->out, list->link->net);
	fputs(" -> ", d->out);
	put_ns_name(d, d->out, list->link->peer_net);
	fprintf(d->out, " [dir=%s, style=bold, color=\"" DARK "\", constraint=false, label=\"",
		list->back ? "both" : "forward");
	for (i = 0; i < n && i < LINKS_MAX; i++) {
		fputs(i ? "\\n" : "", d->out);
		put_link_names(d, list[i].link, list->back);
	}
	if (i < n)
		fprintf(d->out, "\\nand %zu more", n - i);
	fputs("\"];\n", d->out);
}

/* Each pair of devices once, and an edge for all between two nodes. */
static int put_all_links(const struct dot *d)
{
	struct drawn_link *list = calloc(d->g->n_links + 1, sizeof(*list));
	size_t i, n = 0, end;

	if (!list)
		return -ENOMEM;
	for (i = 0; i < d->g->n_links; i++) {
		const struct link *l = &d->g->links[i];
		bool back = link_leads_back(l);

		if (!l->net || !l->peer_net || !link_crosses(l))
			continue;
		if (back && ns_find_link(l->peer_net, l->peer_ifindex) && l->net > l->peer_net)
			continue;
		list[n++] = (struct drawn_link){
			alike_first(&d->alike, alike_ns(d->g, l->net)),
			alike_first(&d->alike, alike_ns(d->g, l->peer_net)), back, l,
		};
	}
	qsort(list, n, sizeof(*list), cmp_link);
	for (i = 0; i < n; i = end) {
		for (end = i + 1; end < n && list[end].from == list[i].from &&
		     list[end].to == list[i].to && list[end].back == list[i].back; end++)
			;
		put_links(d, list + i, end - i);
	}
	free(list);
	return 0;
}

static size_t home_of(const struct dot *d, const struct ns *user)
{
	return user ? alike_first(&d->alike, alike_ns(d->g, user)) : d->alike.n;
}

/* Which cluster each node is in, and which nsproxies have tasks where children will be. */
static void find_homes(struct dot *d)
{
	const struct graph *g = d->g;
	size_t i;

	for (i = 0; i < d->alike.n; i++)
		d->home[i] = d->alike.n;
	for (i = 0; i < g->n_namespaces; i++) {
		const struct ns *ns = &g->namespaces[i];

		d->home[i] = home_of(d, ns->type == NSINSPECT_NS_TYPE_USER ?
				     ns->parent : ns->owner);
		/* A user namespace of a graph that is no tree is in no other. */
		if (d->home[i] == i)
			d->home[i] = d->alike.n;
	}
	/* An nsproxy is where the first of its tasks is: the last one to say so. */
	for (i = g->n_tasks; i--; ) {
		const struct task *t = &g->tasks[i];
		size_t home = home_of(d, t->ns[SLOT_USER]);

		d->home[alike_task(g, t)] = home;
		if (!t->nsproxy)
			continue;
		d->home[alike_nsproxy(g, t->nsproxy)] = home;
		if (t->ns[SLOT_PID] == t->nsproxy->ns[SLOT_PID_FOR_CHILDREN])
			d->used[t->nsproxy - g->nsproxies] = true;
	}
	for (i = 0; i <= d->alike.n; i++)
		d->head[i] = NO_NODE;
	for (i = d->alike.n; i--; ) {
		if (alike_first(&d->alike, i) != i)
			continue;
		d->next[i] = d->head[d->home[i]];
		d->head[d->home[i]] = i;
	}
}

static void put_head(const struct dot *d)
{
	const struct host *host = &d->g->host;

	fputs("digraph nsinspect {\n"
	      "\trankdir=LR;\n"
	      "\tcharset=\"UTF-8\";\n"
	      "\tranksep=0.9;\n"
	      "\tnodesep=0.12;\n"
	      "\tstyle=rounded;\n"
	      "\tfontname=\"Helvetica\";\n"
	      "\tfontsize=11;\n"
	      "\tlabel=\"", d->out);
	put_text(d->out, host->nodename ? host->nodename : "", d->ascii);
	fputc(' ', d->out);
	put_text(d->out, host->release ? host->release : "", d->ascii);
	fputs("\";\n"
	      "\tnode [fontname=\"Helvetica\", fontsize=10, shape=box, style=filled, "
	      "fillcolor=white, height=0.3, margin=\"0.1,0.04\"];\n"
	      "\tedge [fontname=\"Helvetica\", fontsize=8, color=\"#707070\"];\n", d->out);
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
	struct dot d = { .g = g, .out = out, .ascii = !text_utf8() };
	char *edges = NULL;
	size_t size;
	int err;

	err = alike_find(&d.alike, g, true);
	if (!err && d.alike.classes > READABLE_MAX) {
		alike_free(&d.alike);
		err = alike_find(&d.alike, g, false);
	}
	d.home = calloc(d.alike.n + 1, sizeof(*d.home));
	d.head = calloc(d.alike.n + 1, sizeof(*d.head));
	d.next = calloc(d.alike.n + 1, sizeof(*d.next));
	d.drawn = calloc(d.alike.n + 1, sizeof(*d.drawn));
	d.used = calloc(g->n_nsproxies + 1, sizeof(*d.used));
	d.edges = open_memstream(&edges, &size);
	if (!d.home || !d.head || !d.next || !d.drawn || !d.used || !d.edges)
		err = -ENOMEM;
	if (!err) {
		find_homes(&d);
		put_head(&d);
		err = put_clusters(&d);
	}
	if (d.edges && fclose(d.edges) && !err)
		err = -ENOMEM;
	if (!err) {
		fwrite(edges, 1, size, out);
		put_relations(&d);
		err = put_all_links(&d);
		fputs("}\n", out);
	}
	free(edges);
	alike_free(&d.alike);
	free(d.home);
	free(d.head);
	free(d.next);
	free(d.drawn);
	free(d.used);
	return err;
}
