// SPDX-License-Identifier: GPL-2.0
/*
 * Where a task has its namespaces from. One pass over the tasks of a graph
 * prepares everything; what is asked afterwards costs the same for all tasks.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "origin.h"

enum group {
	GROUP_NSPROXY,
	GROUP_USER,
	GROUP_PID,
};

static const enum slot for_children[] = { SLOT_PID_FOR_CHILDREN, SLOT_TIME_FOR_CHILDREN };

static enum group group_of(enum slot s)
{
	return s == SLOT_USER ? GROUP_USER : s == SLOT_PID ? GROUP_PID : GROUP_NSPROXY;
}

/* An exiting task gives up its nsproxy before it leaves the picture. */
static bool known(const struct task *t, enum group group)
{
	return group == GROUP_NSPROXY ? t->nsproxy != NULL :
	       group == GROUP_USER ? t->user_inum != 0 : t->pid_inum != 0;
}

/**
 * origin_up() - which task is above another?
 * @g: a linked graph
 * @t: a task in it
 *
 * A kernel thread without a parent is below pid 1: both are from the same boot,
 * and begin with the same namespaces.
 *
 * Return: the leader of a thread, the parent of a leader; NULL when that is not
 * in the graph.
 */
const struct task *origin_up(const struct graph *g, const struct task *t)
{
	const struct task *init = g->tasks;

	if (!task_is_leader(t))
		return t->leader;
	if (t->parent)
		return t->parent;
	if (t->kthread && t != init && init->tid == 1 && task_is_leader(init) && !init->parent)
		return init;
	return NULL;
}

static bool all_known(const struct task *t)
{
	return t->nsproxy && t->user_inum && t->pid_inum;
}

/*
 * The nearest task above of which these slots are known. What was found for a
 * task is where the search for those below it ends, so each link is passed twice.
 */
static void find_above(struct origin *o, enum group group, bool *done)
{
	const struct graph *g = o->g;
	const struct task *at, *found;
	size_t i;

	memset(done, 0, g->n_tasks * sizeof(*done));
	for (i = 0; i < g->n_tasks; i++) {
		if (done[i])
			continue;
		at = origin_up(g, &g->tasks[i]);
		while (at && !known(at, group) && !done[at - g->tasks])
			at = origin_up(g, at);
		found = !at || known(at, group) ? at : o->tasks[at - g->tasks].above[group];
		at = &g->tasks[i];
		do {
			o->tasks[at - g->tasks].above[group] = found;
			done[at - g->tasks] = true;
			at = origin_up(g, at);
		} while (at && !known(at, group) && !done[at - g->tasks]);
	}
}

/* Nearly always that is the task above; return: whether it is for all tasks. */
static bool find_up(struct origin *o)
{
	const struct graph *g = o->g;
	bool all = true;
	size_t i;
	int group;

	for (i = 0; i < g->n_tasks; i++) {
		const struct task *up = origin_up(g, &g->tasks[i]);

		for (group = 0; group < ORIGIN_GROUPS; group++)
			o->tasks[i].above[group] = up;
		all = all && (!up || all_known(up));
	}
	return all;
}

static bool same_set(const struct task *a, const struct task *b)
{
	return a->nsproxy == b->nsproxy && task_same_ns(a, SLOT_USER, b, SLOT_USER) &&
	       task_same_ns(a, SLOT_PID, b, SLOT_PID);
}

static int cmp(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Which order it is does not matter: namespaces are in one array. */
static int cmp_ns(const struct task *x, const struct task *y, enum slot s)
{
	int by = cmp((uintptr_t)x->ns[s], (uintptr_t)y->ns[s]);

	return by ? by : cmp(task_inum(x, s), task_inum(y, s));
}

/* Tasks of one set side by side, the lowest tid first. */
static int cmp_set(const void *a, const void *b)
{
	const struct task *x = *(const struct task *const *)a, *y = *(const struct task *const *)b;
	int by = cmp(x->nsproxy_id, y->nsproxy_id);

	if (!by)
		by = cmp_ns(x, y, SLOT_USER);
	if (!by)
		by = cmp_ns(x, y, SLOT_PID);
	return by ? by : cmp(x->tid, y->tid);
}

/* Has a task entered the namespace in a slot? */
static bool entered(const struct origin *o, const struct task *t, enum slot s)
{
	const struct task *above = origin_above(o, t, s);

	return t->ns[s] && (!above || above->ns[s] != t->ns[s]);
}

static void note_first(struct origin *o, const struct task *t)
{
	int s;

	for (s = 0; s < SLOTS; s++) {
		const struct task **first;

		if (slots[s].current != (enum slot)s || !entered(o, t, s))
			continue;
		first = &o->first[t->ns[s] - o->g->namespaces];
		if (!*first)
			*first = t;
	}
}

/* Is it where its parent's new children will be? That matters where the parent is not. */
static void note_child(struct origin *o, const struct task *t)
{
	const struct task *up = task_is_leader(t) ? t->parent : NULL;
	size_t i;

	for (i = 0; up && i < sizeof(for_children) / sizeof(*for_children); i++) {
		enum slot s = for_children[i], now = slots[s].current;

		if (t->ns[now] && t->ns[now] == up->ns[s])
			o->tasks[up - o->g->tasks].there |= 1u << slots[now].type;
	}
}

/* A thread that has not changed it is as its leader. */
static bool as_leader(const struct task *t, enum slot s)
{
	return !task_is_leader(t) && t->leader && task_same_ns(t, s, t->leader, s);
}

/* Whose children will be in a namespace: of one that a task is in, nobody asks for it. */
static void note_pending(struct origin *o, const struct task *t)
{
	size_t i;

	for (i = 0; i < sizeof(for_children) / sizeof(*for_children); i++) {
		enum slot s = for_children[i];
		struct origin_pending *pending;

		if (!t->ns[s] || !task_pending(t, s) || as_leader(t, s))
			continue;
		pending = &o->pending[t->ns[s] - o->g->namespaces];
		if (!pending->n++)
			pending->first = t;
	}
}

/* One pass over all tasks; only those that differ from what is above them matter. */
static int note_all(struct origin *o)
{
	const struct graph *g = o->g;
	const struct task **list = NULL, *first = NULL, *t;
	size_t i, n = 0, room = 0;

	for (t = g->tasks; t < g->tasks + g->n_tasks; t++) {
		const struct task *const *above = o->tasks[t - g->tasks].above;
		const struct task **more;

		note_pending(o, t);
		if (above[GROUP_NSPROXY] && above[GROUP_USER] == above[GROUP_NSPROXY] &&
		    above[GROUP_PID] == above[GROUP_NSPROXY] && same_set(above[GROUP_NSPROXY], t))
			continue;
		note_first(o, t);
		note_child(o, t);
		if (!t->nsproxy || (above[GROUP_NSPROXY] && same_set(above[GROUP_NSPROXY], t)))
			continue;
		more = grow(list, &room, n + 1, sizeof(*list));
		if (!more) {
			free(list);
			return -ENOMEM;
		}
		list = more;
		list[n++] = t;
	}
	if (n)
		qsort(list, n, sizeof(*list), cmp_set);
	for (i = 0; i < n; i++) {
		if (!first || !same_set(first, list[i]))
			first = list[i];
		o->tasks[list[i] - g->tasks].set = first;
	}
	free(list);
	return 0;
}

/**
 * origin_init() - find out where all tasks have their namespaces from
 * @o: what is found; to be freed in any case
 * @g: a linked graph, which must stay as it is
 *
 * Return: 0, or -ENOMEM.
 */
int origin_init(struct origin *o, const struct graph *g)
{
	bool *done;
	int group;

	memset(o, 0, sizeof(*o));
	o->g = g;
	o->first = calloc(g->n_namespaces + 1, sizeof(*o->first));
	o->tasks = calloc(g->n_tasks + 1, sizeof(*o->tasks));
	o->pending = calloc(g->n_namespaces + 1, sizeof(*o->pending));
	if (!o->first || !o->tasks || !o->pending)
		return -ENOMEM;
	if (!find_up(o)) {
		done = calloc(g->n_tasks, sizeof(*done));
		if (!done)
			return -ENOMEM;
		for (group = 0; group < ORIGIN_GROUPS; group++)
			find_above(o, group, done);
		free(done);
	}
	return note_all(o);
}

/**
 * origin_free() - free what origin_init() found
 * @o: all zero afterwards
 */
void origin_free(struct origin *o)
{
	free(o->first);
	free(o->pending);
	free(o->tasks);
	memset(o, 0, sizeof(*o));
}

/**
 * origin_above() - which task is a slot compared with?
 * @o: where tasks have their namespaces from
 * @t: a task
 * @s: a slot of it
 *
 * Return: the nearest task above of which the slot is known; NULL when there is
 * none in the picture, and the task is compared with nothing.
 */
const struct task *origin_above(const struct origin *o, const struct task *t, enum slot s)
{
	return o->tasks[t - o->g->tasks].above[group_of(s)];
}

/**
 * origin_first() - which task is the first of a namespace?
 * @o: where tasks have their namespaces from
 * @ns: a namespace
 *
 * Return: of the tasks that have entered it, the one with the lowest tid; NULL
 * when no task is in it.
 */
const struct task *origin_first(const struct origin *o, const struct ns *ns)
{
	return o->first[ns - o->g->namespaces];
}

static struct origin_slot of_children(const struct origin *o, const struct task *t, enum slot s)
{
	const struct ns *ns = t->ns[s];
	const struct task *first = ns ? origin_first(o, ns) : NULL;

	if (!task_inum(t, s))
		return (struct origin_slot){ ORIGIN_NONE, NULL };
	/* The leader of a thread says it for all that have not changed it. */
	if (!task_pending(t, s) || as_leader(t, s))
		return (struct origin_slot){ ORIGIN_SAME, NULL };
	/* The parent of what a thread forks is its leader. */
	if (o->tasks[t - o->g->tasks].there & 1u << slots[s].type ||
	    (!task_is_leader(t) && first && t->leader && first->parent == t->leader))
		return (struct origin_slot){
			ORIGIN_CHILDREN_THERE, first && first->parent != t->leader ? first : NULL
		};
	if (ns && !first)
		return (struct origin_slot){ ORIGIN_PENDING, NULL };
	return (struct origin_slot){ ORIGIN_CHILDREN_JOIN, first };
}

/**
 * origin_slot() - where does a task have the namespace in a slot from?
 * @o: where tasks have their namespaces from
 * @t: a task
 * @s: any slot of it
 *
 * The first of a network namespace that has a name has joined it, too: whoever
 * gave it the name has made it.
 *
 * Return: what is known.
 */
struct origin_slot origin_slot(const struct origin *o, const struct task *t, enum slot s)
{
	const struct task *above, *first;

	if (slots[s].current != s)
		return of_children(o, t, s);
	if (!task_inum(t, s))
		return (struct origin_slot){ ORIGIN_NONE, NULL };
	above = origin_above(o, t, s);
	if (above && task_same_ns(above, s, t, s))
		return (struct origin_slot){ ORIGIN_SAME, NULL };
	/* Only a made-up picture refers to a namespace that is not in it. */
	if (!t->ns[s])
		return (struct origin_slot){ ORIGIN_JOINED, NULL };
	first = origin_first(o, t->ns[s]);
	if (first != t)
		return (struct origin_slot){ ORIGIN_JOINED, first };
	return (struct origin_slot){ t->ns[s]->name ? ORIGIN_JOINED : ORIGIN_NEW, NULL };
}

/**
 * origin_pending() - which tasks wait for a namespace?
 * @o: where tasks have their namespaces from
 * @ns: a namespace that no task is in
 *
 * Return: the tasks whose children will be in it.
 */
struct origin_pending origin_pending(const struct origin *o, const struct ns *ns)
{
	return o->pending[ns - o->g->namespaces];
}

/**
 * origin_same_set() - does a task share all its namespaces with one elsewhere?
 * @o: where tasks have their namespaces from
 * @t: a task
 *
 * Return: the first task that has entered the same nsproxy, user and pid
 * namespace, when @t has entered them, too, and is not that task; else NULL.
 */
const struct task *origin_same_set(const struct origin *o, const struct task *t)
{
	const struct task *first = o->tasks[t - o->g->tasks].set;

	return first != t ? first : NULL;
}

/**
 * origin_new() - the types of namespaces that begin with a task
 * @o: where tasks have their namespaces from
 * @t: a task
 *
 * Return: 1 << type of each namespace that it is the first of; the initial ones
 * begin with the system.
 */
uint32_t origin_new(const struct origin *o, const struct task *t)
{
	uint32_t types = 0;
	int s;

	for (s = 0; s < SLOTS; s++)
		if (slots[s].current == (enum slot)s && t->ns[s] && !t->ns[s]->initial &&
		    origin_slot(o, t, s).kind == ORIGIN_NEW)
			types |= 1u << slots[s].type;
	return types;
}

/**
 * origin_begins_container() - does a container begin with a task?
 * @o: where tasks have their namespaces from
 * @t: a task
 *
 * No kernel object is a container. What is meant by that has a pid namespace of
 * its own, or else at least three other namespaces.
 */
bool origin_begins_container(const struct origin *o, const struct task *t)
{
	uint32_t types = task_is_leader(t) ? origin_new(o, t) : 0;

	return types & 1u << NSINSPECT_NS_TYPE_PID || __builtin_popcount(types) >= 3;
}
