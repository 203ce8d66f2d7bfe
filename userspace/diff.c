// SPDX-License-Identifier: GPL-2.0
/*
 * Two pictures side by side. Nothing takes more than n log n steps, whatever a
 * made-up file says.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"

#define NONE SIZE_MAX

/* The ways to a namespace that every picture went. */
#define BY_TASKS (NSINSPECT_FOUND_TASK | NSINSPECT_FOUND_PENDING | NSINSPECT_FOUND_LINEAGE)

static int cmp(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Which namespace of the other picture a namespace is, if any. */
struct matcher {
	const struct graph *from, *to;
	size_t *candidate;		/* by namespace of ->from: of ->to; NONE */
	enum { UNKNOWN, SAME, OTHER } *verdict;
	size_t *todo;
};

static int cmp_id(const void *a, const void *b)
{
	const struct ns *x = *(const struct ns *const *)a, *y = *(const struct ns *const *)b;
	int by = cmp(x->type, y->type);

	return by ? by : cmp(x->id, y->id);
}

/* Those of a graph that have an id, in the order of type and id. */
static const struct ns **sort_ids(const struct graph *g, size_t *n)
{
	const struct ns **list = calloc(g->n_namespaces + 1, sizeof(*list));
	size_t i;

	*n = 0;
	for (i = 0; list && i < g->n_namespaces; i++)
		if (g->namespaces[i].has_id)
			list[(*n)++] = &g->namespaces[i];
	if (list)
		qsort(list, *n, sizeof(*list), cmp_id);
	return list;
}

/* What may be the same: by id where both have one, or else by inode number. */
static int find_candidates(struct matcher *m)
{
	size_t i, n;
	const struct ns **ids = sort_ids(m->to, &n);

	if (!ids)
		return -ENOMEM;
	for (i = 0; i < m->from->n_namespaces; i++) {
		const struct ns *a = &m->from->namespaces[i], *b, **found;

		b = graph_find_ns(m->to, a->type, a->inum);
		if (a->has_id && n && (!b || b->has_id)) {
			found = bsearch(&a, ids, n, sizeof(*ids), cmp_id);
			b = found ? *found : NULL;
		}
		m->candidate[i] = b ? (size_t)(b - m->to->namespaces) : NONE;
	}
	free(ids);
	return 0;
}

/* Are these the same namespace, or the same one that is in neither graph? */
static bool same_ref(const struct matcher *m, const struct ns *a, uint32_t a_inum,
		     const struct ns *b, uint32_t b_inum)
{
	size_t i = a ? (size_t)(a - m->from->namespaces) : NONE;

	if (!a || !b)
		return !a && !b && a_inum == b_inum;
	return m->verdict[i] == SAME && &m->to->namespaces[m->candidate[i]] == b;
}

/* The links that are followed before a namespace is judged: owners were before. */
static const struct ns *link_of(const struct ns *ns)
{
	return ns->type == NSINSPECT_NS_TYPE_USER ? ns->owner :
	       ns->type == NSINSPECT_NS_TYPE_PID ? ns->parent : NULL;
}

static bool is_same(const struct matcher *m, size_t i)
{
	const struct ns *a = &m->from->namespaces[i], *b;

	if (m->candidate[i] == NONE)
		return false;
	b = &m->to->namespaces[m->candidate[i]];
	/* By that it was found. */
	if (a->has_id && b->has_id)
		return true;
	return a->initial == b->initial &&
	       same_ref(m, a->owner, a->owner_inum, b->owner, b->owner_inum) &&
	       same_ref(m, a->parent, a->parent_inum, b->parent, b->parent_inum);
}

/* What it depends on first. Without recursion: a line of owners can have any length. */
static void judge(struct matcher *m, const struct ns *ns)
{
	size_t n = 0;

	for (; ns && !m->verdict[ns - m->from->namespaces]; ns = link_of(ns))
		m->todo[n++] = (size_t)(ns - m->from->namespaces);
	while (n--)
		m->verdict[m->todo[n]] = is_same(m, m->todo[n]) ? SAME : OTHER;
}

static int match_one_boot(struct matcher *m)
{
	/* Owners are user namespaces, and come before what they own. */
	static const uint32_t turns[] = { 1u << NSINSPECT_NS_TYPE_USER, ~0u };
	size_t i, turn;
	int err = find_candidates(m);

	if (err)
		return err;
	for (turn = 0; turn < sizeof(turns) / sizeof(*turns); turn++)
		for (i = 0; i < m->from->n_namespaces; i++)
			if (turns[turn] & 1u << m->from->namespaces[i].type)
				judge(m, &m->from->namespaces[i]);
	return 0;
}

/* Every boot has its initial namespaces; nothing else lasts. */
static void match_other_boot(struct matcher *m)
{
	size_t initial[NS_TYPES], i;
	int type;

	for (type = 0; type < NS_TYPES; type++)
		initial[type] = NONE;
	for (i = 0; i < m->to->n_namespaces; i++)
		if (m->to->namespaces[i].initial)
			initial[m->to->namespaces[i].type] = i;
	for (i = 0; i < m->from->n_namespaces; i++) {
		const struct ns *ns = &m->from->namespaces[i];

		m->candidate[i] = ns->initial ? initial[ns->type] : NONE;
		m->verdict[i] = m->candidate[i] == NONE ? OTHER : SAME;
	}
}

static int make_keys(struct diff *d)
{
	size_t n = d->from->n_namespaces, i;
	struct matcher m = {
		.from = d->from, .to = d->to, .candidate = calloc(n + 1, sizeof(*m.candidate)),
		.verdict = calloc(n + 1, sizeof(*m.verdict)),
		.todo = calloc(n + 1, sizeof(*m.todo)),
	};
	int err = 0;

	d->keys_from = calloc(n + 1, sizeof(*d->keys_from));
	d->keys_to = calloc(d->to->n_namespaces + 1, sizeof(*d->keys_to));
	if (!m.candidate || !m.verdict || !m.todo || !d->keys_from || !d->keys_to)
		err = -ENOMEM;
	else if (d->o.other_boot)
		match_other_boot(&m);
	else
		err = match_one_boot(&m);
	for (i = 0; !err && i < n; i++) {
		d->keys_from[i] = i + 1;
		/* One of those of one number is the same; the others are not. */
		if (m.verdict[i] == SAME && !d->keys_to[m.candidate[i]])
			d->keys_to[m.candidate[i]] = i + 1;
	}
	for (i = 0; !err && i < d->to->n_namespaces; i++)
		if (!d->keys_to[i])
			d->keys_to[i] = n + i + 1;
	free(m.candidate);
	free(m.verdict);
	free(m.todo);
	return err;
}

#define NOT_IN_GRAPH (1ull << 48)

static uint64_t key_of(const struct diff *d, const struct graph *g, const struct ns *ns,
		       uint32_t inum)
{
	const uint64_t *keys = g == d->from ? d->keys_from : d->keys_to;

	if (ns)
		return keys[ns - g->namespaces];
	return inum ? NOT_IN_GRAPH + inum : 0;
}

static uint64_t slot_key(const struct diff *d, const struct graph *g, const struct task *t, int s)
{
	if (d->o.types && !(d->o.types & 1u << slots[s].type))
		return 0;
	return key_of(d, g, t->ns[s], task_inum(t, s));
}

static int add_ns(struct diff *d, enum diff_change change, const struct ns *from,
		  const struct ns *to, size_t *room)
{
	const struct ns *ns = from ? from : to;
	struct diff_ns *more;

	if (d->o.types && !(d->o.types & 1u << ns->type))
		return 0;
	if (d->o.by_tasks && ns->found && !(ns->found & BY_TASKS))
		return 0;
	more = grow(d->namespaces, room, d->n_namespaces + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	d->namespaces = more;
	more[d->n_namespaces++] = (struct diff_ns){ change, from, to };
	return 0;
}

static int cmp_diff_ns(const void *a, const void *b)
{
	const struct diff_ns *x = a, *y = b;
	const struct ns *p = x->from ? x->from : x->to, *q = y->from ? y->from : y->to;
	int by = cmp(p->type, q->type);

	if (!by)
		by = cmp(p->inum, q->inum);
	/* A number that was used again: the old one goes first. */
	if (!by)
		by = cmp(x->change == DIFF_CAME, y->change == DIFF_CAME);
	return by ? by : cmp(p->node, q->node);
}

static int compare_namespaces(struct diff *d)
{
	size_t n = d->from->n_namespaces, i, room = 0;
	bool *there = calloc(n + 1, sizeof(*there));
	int err = there ? 0 : -ENOMEM;

	for (i = 0; !err && i < d->to->n_namespaces; i++) {
		if (d->keys_to[i] <= n)
			there[d->keys_to[i] - 1] = true;
		else
			err = add_ns(d, DIFF_CAME, NULL, &d->to->namespaces[i], &room);
	}
	for (i = 0; !err && i < n; i++)
		if (!there[i])
			err = add_ns(d, DIFF_WENT, &d->from->namespaces[i], NULL, &room);
	free(there);
	if (d->n_namespaces)
		qsort(d->namespaces, d->n_namespaces, sizeof(*d->namespaces), cmp_diff_ns);
	return err;
}

static bool ended(const struct task *t)
{
	return !t->nsproxy_id || t->state == 'Z' || t->state == 'X';
}

/* Is what a task keeps all its life the same, and can @after come after @before? */
static bool can_be(const struct task *before, const struct task *after)
{
	return before->tgid == after->tgid && !(ended(before) && !ended(after)) &&
	       !(after->kthread && !before->kthread);
}

/* By the clock that nobody sets, where both have it. */
static bool is_earlier(const struct snapshot *a, const struct snapshot *b)
{
	if (a->has_boottime && b->has_boottime)
		return a->boottime_ns <= b->boottime_ns;
	return a->time_ns <= b->time_ns;
}

static bool same_task(const struct diff *d, const struct task *from, const struct task *to)
{
	size_t i;

	if (d->o.other_boot || from->n_upids != to->n_upids ||
	    key_of(d, d->from, from->ns[SLOT_PID], from->pid_inum) !=
	    key_of(d, d->to, to->ns[SLOT_PID], to->pid_inum))
		return false;
	for (i = 0; i < from->n_upids; i++) {
		const struct upid *u = &from->upids[i], *v = &to->upids[i];

		if (u->nr != v->nr || key_of(d, d->from, u->ns, u->pidns) !=
				      key_of(d, d->to, v->ns, v->pidns))
			return false;
	}
	return is_earlier(&d->from->snapshot, &d->to->snapshot) ? can_be(from, to) :
								  can_be(to, from);
}

static bool is_compared(const struct diff *d, const struct task *t, uint32_t taker)
{
	return (d->o.kthreads || !t->kthread) && (!taker || t->tgid != taker);
}

/* With types, what came or went matters if it is in one of its own of these. */
static bool matters(const struct diff *d, const struct task *t)
{
	int s;

	if (!d->o.types)
		return true;
	for (s = 0; s < SLOTS; s++)
		if (d->o.types & 1u << slots[s].type && t->ns[s] && !t->ns[s]->initial)
			return true;
	return false;
}

static int add_task(struct diff *d, const struct diff_task *t, size_t *room)
{
	struct diff_task *more;

	if (t->change != DIFF_MOVED && !matters(d, t->from ? t->from : t->to))
		return 0;
	if (t->change == DIFF_MOVED && !t->slots)
		return 0;
	more = grow(d->tasks, room, d->n_tasks + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	d->tasks = more;
	more[d->n_tasks++] = *t;
	return 0;
}

/* A task that is exiting has left its nsproxy: that is no move. */
static uint32_t moved_slots(const struct diff *d, const struct task *from, const struct task *to)
{
	uint32_t moved = 0;
	int s;

	for (s = 0; s < SLOTS; s++) {
		uint64_t a = slot_key(d, d->from, from, s), b = slot_key(d, d->to, to, s);

		if (a && b && a != b)
			moved |= 1u << s;
	}
	return moved;
}

static const struct task *next_task(const struct diff *d, const struct graph *g, uint32_t taker,
				    const struct task *t)
{
	while (t < g->tasks + g->n_tasks && !is_compared(d, t, taker))
		t++;
	return t < g->tasks + g->n_tasks ? t : NULL;
}

/* Both are in the order of tids. */
static int compare_tasks(struct diff *d)
{
	const struct task *a = next_task(d, d->from, d->o.taker_from, d->from->tasks);
	const struct task *b = next_task(d, d->to, d->o.taker_to, d->to->tasks);
	size_t room = 0;
	int err = 0;

	while (!err && (a || b)) {
		const struct task *from = a && (!b || a->tid <= b->tid) ? a : NULL;
		const struct task *to = b && (!a || b->tid <= a->tid) ? b : NULL;

		if (from && to && same_task(d, from, to)) {
			err = add_task(d, &(struct diff_task){ DIFF_MOVED, from, to,
							       moved_slots(d, from, to) }, &room);
		} else {
			if (from)
				err = add_task(d, &(struct diff_task){ DIFF_WENT, from, NULL, 0 },
					       &room);
			if (to && !err)
				err = add_task(d, &(struct diff_task){ DIFF_CAME, NULL, to, 0 },
					       &room);
		}
		if (from)
			a = next_task(d, d->from, d->o.taker_from, from + 1);
		if (to)
			b = next_task(d, d->to, d->o.taker_to, to + 1);
	}
	return err;
}

/* A task of one picture, by its set. */
struct member {
	uint64_t keys[SLOTS];
	const struct task *task;
};

static int cmp_set(const struct member *x, const struct member *y)
{
	int s, by = 0;

	for (s = 0; s < SLOTS && !by; s++)
		by = cmp(x->keys[s], y->keys[s]);
	return by;
}

static int cmp_member(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int by = cmp_set(x, y);

	if (!by)
		by = cmp(!task_is_leader(x->task), !task_is_leader(y->task));
	return by ? by : cmp(x->task->tid, y->task->tid);
}

static struct member *list_members(const struct diff *d, const struct graph *g, uint32_t taker,
				   size_t *n)
{
	struct member *list = calloc(g->n_tasks + 1, sizeof(*list));
	const struct task *t;
	int s;

	*n = 0;
	if (!list)
		return NULL;
	for (t = g->tasks; t < g->tasks + g->n_tasks; t++) {
		if (!t->nsproxy || !is_compared(d, t, taker))
			continue;
		for (s = 0; s < SLOTS; s++)
			list[*n].keys[s] = slot_key(d, g, t, s);
		list[(*n)++].task = t;
	}
	qsort(list, *n, sizeof(*list), cmp_member);
	return list;
}

/* The tasks that have the set of the first one. Return: how many. */
static size_t count_set(const struct member *list, const struct member *end,
			struct diff_set *set)
{
	const struct member *m = list;

	set->first = list->task;
	for (; m < end && !cmp_set(list, m); m++) {
		set->tasks++;
		set->procs += task_is_leader(m->task);
	}
	return (size_t)(m - list);
}

static int cmp_diff_set(const void *a, const void *b)
{
	const struct diff_set *x = a, *y = b;
	int by = cmp(x->first->tid, y->first->tid);

	return by ? by : cmp(x->change == DIFF_CAME, y->change == DIFF_CAME);
}

static int compare_sets(struct diff *d)
{
	size_t n_a, n_b, room = 0;
	struct member *as = list_members(d, d->from, d->o.taker_from, &n_a);
	struct member *bs = list_members(d, d->to, d->o.taker_to, &n_b);
	const struct member *a = as, *b = bs;
	int err = as && bs ? 0 : -ENOMEM;

	while (!err && (a < as + n_a || b < bs + n_b)) {
		struct diff_set from = { .change = DIFF_WENT }, to = { .change = DIFF_CAME };
		struct diff_set *more;
		int by = a == as + n_a ? 1 : b == bs + n_b ? -1 : cmp_set(a, b);

		if (by <= 0)
			a += count_set(a, as + n_a, &from);
		if (by >= 0)
			b += count_set(b, bs + n_b, &to);
		if (!by)
			continue;
		more = grow(d->sets, &room, d->n_sets + 1, sizeof(*more));
		if (!more) {
			err = -ENOMEM;
			break;
		}
		d->sets = more;
		more[d->n_sets++] = by < 0 ? from : to;
	}
	free(as);
	free(bs);
	if (d->n_sets)
		qsort(d->sets, d->n_sets, sizeof(*d->sets), cmp_diff_set);
	return err;
}

/**
 * diff_find() - find what is different between two pictures
 * @d: what is found; diff_free() frees it in any case
 * @from: a linked graph with all threads; has to stay
 * @to: another one
 * @o: what to compare
 *
 * Return: 0, or -ENOMEM.
 */
int diff_find(struct diff *d, const struct graph *from, const struct graph *to,
	      const struct diff_options *o)
{
	int err;

	memset(d, 0, sizeof(*d));
	d->from = from;
	d->to = to;
	d->o = *o;
	err = make_keys(d);
	if (!err)
		err = compare_namespaces(d);
	if (!err)
		err = compare_tasks(d);
	return err ? err : compare_sets(d);
}

/**
 * diff_free() - free what diff_find() found
 * @d: all zero afterwards
 */
void diff_free(struct diff *d)
{
	free(d->keys_from);
	free(d->keys_to);
	free(d->namespaces);
	free(d->tasks);
	free(d->sets);
	memset(d, 0, sizeof(*d));
}

/**
 * diff_same_place() - are two tasks of one picture in the same namespaces?
 * @d: the difference
 * @change: of both; says which picture they are in
 * @a: a task
 * @b: another
 */
bool diff_same_place(const struct diff *d, enum diff_change change, const struct task *a,
		     const struct task *b)
{
	const struct graph *g = change == DIFF_WENT ? d->from : d->to;
	int s;

	for (s = 0; s < SLOTS; s++)
		if (slot_key(d, g, a, s) != slot_key(d, g, b, s))
			return false;
	return true;
}
