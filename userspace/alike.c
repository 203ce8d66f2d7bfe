// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes look alike when they are of one kind and their neighbours look alike.
 * That begins with what each is by itself; then each takes in, round by round,
 * how its neighbours look, until no round tells more of them apart. How many
 * neighbours of one look a node has does not matter: a container of three
 * workers looks like one of five.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alike.h"

/* The kernel nests 32 deep, and what is told apart by depth is by then. */
#define ROUNDS_MAX 40

/* What two nodes are to each other; a slot of an nsproxy is its number. */
enum relation {
	RELATION_USER = SLOTS,
	RELATION_PID,
	RELATION_NSPROXY,
	RELATION_OWNER_OF,
	RELATION_PARENT_OF,
	RELATION_LINK,
	BACK = 64,
};

struct edge {
	size_t from, to;
	unsigned int relation;
	uint64_t look;		/* of the relation and the neighbour, of this round */
};

struct looks {
	const struct graph *g;
	bool names;
	size_t n;
	uint64_t *look;		/* of each node */
	struct edge *edges;
	size_t n_edges, room;
};

/* The finalizer of splitmix64: equal looks stay equal, others become others. */
static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t x = a * 0x9e3779b97f4a7c15u + b;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static uint64_t mix_text(uint64_t a, const char *text)
{
	for (; text && *text; text++)
		a = mix(a, (unsigned char)*text);
	return mix(a, text ? 256 : 257);
}

static int add(struct looks *l, size_t from, size_t to, unsigned int relation)
{
	struct edge *edges = grow(l->edges, &l->room, l->n_edges + 2, sizeof(*edges));

	if (!edges)
		return -ENOMEM;
	l->edges = edges;
	l->edges[l->n_edges++] = (struct edge){ .from = from, .to = to, .relation = relation };
	l->edges[l->n_edges++] = (struct edge){
		.from = to, .to = from, .relation = relation + BACK,
	};
	return 0;
}

static int add_of_ns(struct looks *l, const struct ns *ns)
{
	const struct graph *g = l->g;
	size_t node = alike_ns(g, ns), i;
	int err = 0;

	if (ns->owner)
		err = add(l, node, alike_ns(g, ns->owner), RELATION_OWNER_OF);
	if (ns->parent && !err)
		err = add(l, node, alike_ns(g, ns->parent), RELATION_PARENT_OF);
	for (i = 0; i < ns->n_links && !err; i++)
		if (ns->links[i].peer_net && ns->links[i].peer_net != ns)
			err = add(l, node, alike_ns(g, ns->links[i].peer_net), RELATION_LINK);
	return err;
}

static int add_edges(struct looks *l)
{
	const struct graph *g = l->g;
	size_t i;
	int err = 0, s;

	for (i = 0; i < g->n_namespaces && !err; i++)
		err = add_of_ns(l, &g->namespaces[i]);
	for (i = 0; i < g->n_nsproxies; i++) {
		const struct nsproxy *p = &g->nsproxies[i];

		for (s = 0; s < SLOTS && !err; s++)
			if (p->ns[s])
				err = add(l, alike_nsproxy(g, p), alike_ns(g, p->ns[s]),
					  (unsigned int)s);
	}
	for (i = 0; i < g->n_tasks && !err; i++) {
		const struct task *t = &g->tasks[i];
		size_t node = alike_task(g, t);

		if (t->nsproxy)
			err = add(l, node, alike_nsproxy(g, t->nsproxy), RELATION_NSPROXY);
		if (t->ns[SLOT_USER] && !err)
			err = add(l, node, alike_ns(g, t->ns[SLOT_USER]), RELATION_USER);
		if (t->ns[SLOT_PID] && !err)
			err = add(l, node, alike_ns(g, t->ns[SLOT_PID]), RELATION_PID);
	}
	return err;
}

/* A name from ip netns keeps a namespace apart in any case: somebody gave it. */
static uint64_t look_of_ns(const struct looks *l, const struct ns *ns)
{
	uint64_t look = mix(1, ns->type);
	size_t i;

	look = mix(look, ns->initial);
	look = mix(look, (uint64_t)ns->level);
	look = mix(look, ns->first ? 1 : (uint64_t)ns->found << 8);
	look = mix_text(look, ns->name);
	look = mix(look, ns->active == 0);
	if (!l->names || !ns->facts)
		return look;
	look = mix_text(look, ns->facts->nodename);
	for (i = 0; i < ns->facts->uid_map.n; i++) {
		look = mix(look, ns->facts->uid_map.list[i].first);
		look = mix(look, ns->facts->uid_map.list[i].lower_first);
		look = mix(look, ns->facts->uid_map.list[i].count);
	}
	return look;
}

static uint64_t look_of_task(const struct task *t)
{
	return mix(mix(3, t->kthread), !t->nsproxy);
}

static void begin_looks(struct looks *l)
{
	const struct graph *g = l->g;
	size_t i;

	for (i = 0; i < g->n_namespaces; i++)
		l->look[i] = look_of_ns(l, &g->namespaces[i]);
	for (i = 0; i < g->n_nsproxies; i++)
		l->look[g->n_namespaces + i] = 2;
	for (i = 0; i < g->n_tasks; i++) {
		uint64_t *look = &l->look[g->n_namespaces + g->n_nsproxies + i];

		/* A set takes in the names of its tasks in the first round; they forget them. */
		*look = look_of_task(&g->tasks[i]);
		if (l->names && !g->tasks[i].kthread)
			*look = mix_text(*look, g->tasks[i].comm);
	}
}

static int cmp_edge(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->look > y->look) - (x->look < y->look);
}

/* Each node takes in its neighbours, each look once. */
static void next_looks(struct looks *l)
{
	size_t first_task = l->g->n_namespaces + l->g->n_nsproxies, i;

	for (i = 0; i < l->n_edges; i++)
		l->edges[i].look = mix(l->edges[i].relation, l->look[l->edges[i].to]);
	qsort(l->edges, l->n_edges, sizeof(*l->edges), cmp_edge);
	for (i = first_task; i < l->n; i++)
		l->look[i] = look_of_task(&l->g->tasks[i - first_task]);
	for (i = 0; i < l->n_edges; i++)
		if (!i || cmp_edge(&l->edges[i - 1], &l->edges[i]))
			l->look[l->edges[i].from] =
				mix(l->look[l->edges[i].from], l->edges[i].look);
}

static int cmp_look(const void *a, const void *b, void *looks)
{
	const uint64_t *look = looks;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	if (look[x] != look[y])
		return look[x] < look[y] ? -1 : 1;
	return (x > y) - (x < y);
}

static void find_classes(struct alike *a, struct looks *l)
{
	size_t i, begin = 0;

	for (i = 0; i < a->n; i++)
		a->order[i] = i;
	qsort_r(a->order, a->n, sizeof(*a->order), cmp_look, l->look);
	a->classes = 0;
	for (i = 0; i < a->n; i++) {
		if (!i || l->look[a->order[i]] != l->look[a->order[i - 1]]) {
			begin = i;
			a->count[begin] = 0;
			a->classes++;
		}
		a->of[a->order[i]] = begin;
		a->count[begin]++;
	}
}

/**
 * alike_free() - free what alike_find() made
 * @a: the classes; all zero is fine
 */
void alike_free(struct alike *a)
{
	free(a->of);
	free(a->count);
	free(a->order);
}

/**
 * alike_find() - find out which nodes of a graph look alike
 * @a: where the classes go; to be freed in any case
 * @g: a linked graph
 * @names: those whose tasks, hosts or maps of IDs differ do not look alike
 *
 * Tasks of one set of namespaces always do.
 *
 * Return: 0, or -ENOMEM.
 */
int alike_find(struct alike *a, const struct graph *g, bool names)
{
	struct looks l = { .g = g, .names = names };
	size_t before = 0;
	int err, round;

	memset(a, 0, sizeof(*a));
	a->n = l.n = g->n_namespaces + g->n_nsproxies + g->n_tasks;
	a->of = calloc(a->n + 1, sizeof(*a->of));
	a->count = calloc(a->n + 1, sizeof(*a->count));
	a->order = calloc(a->n + 1, sizeof(*a->order));
	l.look = calloc(l.n + 1, sizeof(*l.look));
	err = a->of && a->count && a->order && l.look ? add_edges(&l) : -ENOMEM;
	if (!err) {
		begin_looks(&l);
		/* Only after the first round do tasks of one set look alike. */
		for (round = 0; round < ROUNDS_MAX; round++) {
			if (round >= 3 && a->classes == before)
				break;
			before = a->classes;
			next_looks(&l);
			find_classes(a, &l);
		}
	}
	free(l.look);
	free(l.edges);
	return err;
}
