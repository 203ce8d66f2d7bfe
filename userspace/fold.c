// SPDX-License-Identifier: GPL-2.0
/*
 * What the process tree shows is decided here, bottom up, over an array of
 * nodes in the order of a walk: what the line of each task speaks of, what folds
 * away, which siblings are alike. Nothing here recurses: how deep a tree goes is
 * up to whoever can fork.
 *
 * Only what is the same, but for numbers, becomes one line. A task that another
 * line names is never part of one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "names.h"

/* So many siblings of different names are worth a line that does not name them. */
#define MANY_OTHERS	5
/* pid namespaces nest no deeper in any kernel; a made-up file does not know. */
#define MAX_PID_LEVELS	32

/* The first of some rows that may become one, while the rows of @up are looked at. */
struct run {
	uint32_t up, head, count;
};

/* What is needed until all is decided. */
struct work {
	const struct graph *g;
	const struct tree_options *o;
	const struct origin *origin;
	bool *outside;
	uint32_t types;
	struct fold_node *nodes;
	uint32_t n_nodes;
	bool *seen;		/* by index into the graph's tasks */
	bool *named;		/* the same: another line speaks of this one */
	struct fold_size *sizes; /* by index into the graph's namespaces, of pid namespaces */
	uint32_t *table;	/* of shapes; a power of two */
	uint32_t table_mask;
	struct run *alike;	/* by shape */
	struct run own[2 * ALL_TYPES + 2]; /* by types of their own, processes and threads */
};

/* Lines below a task, in order: its threads, then its children. */
static const struct task *below(const struct task *task)
{
	return task->first_thread ? task->first_thread : task->first_child;
}

static const struct task *beside(const struct task *task, const struct task *up)
{
	if (task->next_sibling || task_is_leader(task))
		return task->next_sibling;
	return up->first_child;
}

/* Make nodes of @task and all below it; a task that has a node is left out. */
static void plant(struct work *w, const struct task *task)
{
	uint32_t up = 0;

	for (;;) {
		if (task && !w->seen[task - w->g->tasks]) {
			w->seen[task - w->g->tasks] = true;
			w->nodes[w->n_nodes].task = task;
			w->nodes[w->n_nodes].up = up;
			up = w->n_nodes++;
			task = below(task);
			continue;
		}
		task = w->nodes[up].task;
		up = w->nodes[up].up;
		if (!up)
			return;
		task = beside(task, w->nodes[up].task);
	}
}

static void plant_all(struct work *w)
{
	const struct graph *g = w->g;
	size_t i;

	w->n_nodes = 1;
	for (i = 0; i < g->n_tasks; i++) {
		const struct task *task = &g->tasks[i];

		if (task_is_leader(task) ? !task->parent : !task->leader)
			plant(w, task);
	}
	/* Links that lead nowhere must not make a task invisible. */
	for (i = 0; i < g->n_tasks; i++)
		if (!w->seen[i])
			plant(w, &g->tasks[i]);
}

/**
 * fold_asked_for() - does a line for a task need to be there, whatever is on it?
 * @o: what is to be drawn
 * @task: a task
 *
 * Return: whether it is the one task that was asked for.
 */
bool fold_asked_for(const struct tree_options *o, const struct task *task)
{
	return o->task && task->tid == o->task;
}

static bool *outside(const struct work *w, uint32_t node)
{
	return &w->outside[w->nodes[node].task - w->g->tasks];
}

/* With a task that was asked for: only what is above or below it is drawn. */
static void leave_outside(struct work *w)
{
	uint32_t i, at = 0;

	for (i = 1; i < w->n_nodes; i++) {
		*outside(w, i) = true;
		if (fold_asked_for(w->o, w->nodes[i].task))
			at = i;
	}
	/* What is below it follows it: nobody else is above one of these. */
	for (i = at; i && i < w->n_nodes; i++)
		if (i == at || (w->nodes[i].up >= at && !*outside(w, w->nodes[i].up)))
			*outside(w, i) = false;
	for (i = at; i; i = w->nodes[i].up)
		*outside(w, i) = false;
}

static void name(struct work *w, const struct task *whose)
{
	if (whose)
		w->named[whose - w->g->tasks] = true;
}

/* Most tasks are where the task above them is: this is seen first. */
static bool where_above_is(const struct work *w, const struct task *task)
{
	const struct task *above = origin_above(w->origin, task, SLOT_NET);

	return task->nsproxy && above && above->nsproxy == task->nsproxy &&
	       origin_above(w->origin, task, SLOT_USER) == above &&
	       origin_above(w->origin, task, SLOT_PID) == above &&
	       task_same_ns(task, SLOT_USER, above, SLOT_USER) &&
	       task_same_ns(task, SLOT_PID, above, SLOT_PID) &&
	       !task_pending(task, SLOT_PID_FOR_CHILDREN) &&
	       !task_pending(task, SLOT_TIME_FOR_CHILDREN);
}

/* What the line of a node speaks of. */
static void compare(struct work *w, struct fold_node *node)
{
	const struct task *task = node->task;
	enum slot s;

	if (where_above_is(w, task))
		return;
	for (s = 0; s < SLOTS; s++) {
		struct origin_slot is = origin_slot(w->origin, task, s);

		if (!(w->types & 1u << slots[s].type) || is.kind == ORIGIN_NONE ||
		    is.kind == ORIGIN_SAME || (is.kind == ORIGIN_CHILDREN_THERE && !is.whose))
			continue;
		if (slots[s].current == s && !origin_above(w->origin, task, s)) {
			node->alone = true;
			if (task->ns[s] && task->ns[s]->initial) {
				node->initial |= 1u << s;
				continue;
			}
		}
		node->shown |= 1u << s;
		if (is.kind == ORIGIN_NEW)
			node->new |= 1u << slots[s].type;
		name(w, is.whose);
	}
	/* One word for the set, where nothing of it is the task's own. */
	if (w->types == ALL_TYPES && node->shown && !node->new && !node->alone)
		node->set = origin_same_set(w->origin, task);
	name(w, node->set);
	node->begins = !node->alone && origin_begins_container(w->origin, task);
}

/*
 * How large pid namespaces are, with those below them. Threads that are not in
 * the picture were counted by the kernel.
 */
static void measure_namespaces(struct work *w)
{
	const struct graph *g = w->g;
	const struct ns *ns, *up;
	const struct task *task;
	int level;

	for (task = g->tasks; task < g->tasks + g->n_tasks; task++) {
		ns = task->ns[SLOT_PID];
		for (level = 0; ns && !ns->initial && level < MAX_PID_LEVELS; level++) {
			w->sizes[ns - g->namespaces].procs += task_is_leader(task);
			ns = ns->parent;
		}
	}
	for (ns = g->namespaces; ns < g->namespaces + g->n_namespaces; ns++) {
		if (ns->type != NSINSPECT_NS_TYPE_PID)
			continue;
		up = ns;
		for (level = 0; up && !up->initial && level < MAX_PID_LEVELS; level++) {
			if (ns->tasks < 0)
				w->sizes[up - g->namespaces].unknown = true;
			else
				w->sizes[up - g->namespaces].tasks += (uint32_t)ns->tasks;
			up = up->parent;
		}
	}
}

/* A container is as large as its pid namespace, or else as what is below its first task. */
static void measure(struct work *w)
{
	uint32_t i;

	for (i = w->n_nodes; i-- > 1; ) {
		struct fold_node *node = &w->nodes[i];
		const struct ns *ns = node->task->ns[SLOT_PID];

		node->size.procs += task_is_leader(node->task);
		node->size.tasks++;
		w->nodes[node->up].size.procs += node->size.procs;
		w->nodes[node->up].size.tasks += node->size.tasks;
		if (node->begins && ns && origin_first(w->origin, ns) == node->task)
			node->size = w->sizes[ns - w->g->namespaces];
		else
			node->size.unknown = !w->o->threads;
	}
}

/**
 * fold_name() - the name of a container
 * @o: what is to be drawn, with the names that are known
 * @node: a node
 *
 * Return: the name of the container that begins with @node, not escaped; NULL:
 * none begins there, or it has no name.
 */
const char *fold_name(const struct tree_options *o, const struct fold_node *node)
{
	return node->begins && o->names ?
	       names_find(o->names, NAME_CONTAINER, node->task->tid) : NULL;
}

/**
 * fold_gone() - what became of a task that has no namespaces left to show?
 * @task: a task
 *
 * Return: one word; NULL for a task that has all of them.
 */
const char *fold_gone(const struct task *task)
{
	return task->state == 'Z' ? "zombie" : task->nsproxy_id ? NULL : "exiting";
}

static int cmp_mark(const void *key, const void *mark)
{
	uint32_t tid = *(const uint32_t *)key, other = ((const struct tree_mark *)mark)->tid;

	return (tid > other) - (tid < other);
}

/* Which marks there are, and which lines lead to them. */
static void find_marks(struct work *w)
{
	const struct tree_marks *marks = w->o->marks;
	uint32_t i;

	if (!marks || !marks->n)
		return;
	for (i = w->n_nodes; i-- > 1; ) {
		struct fold_node *node = &w->nodes[i];

		node->mark = bsearch(&node->task->tid, marks->list, marks->n,
				     sizeof(*marks->list), cmp_mark);
		node->leads |= node->mark != NULL;
		w->nodes[node->up].leads |= node->leads;
	}
}

/* Must it have a line that stands for no other task? */
static bool singular(const struct work *w, const struct fold_node *node)
{
	return !w->o->fold || node->alone || node->mark || w->named[node->task - w->g->tasks] ||
	       fold_name(w->o, node);
}

static uint32_t mix(uint32_t hash, uint32_t value)
{
	hash = (hash ^ value) * 0x9e3779b1u;
	return hash ^ hash >> 15;
}

/* Does a line name the namespace in a slot, rather than say that it is the task's own? */
static bool names_slot(const struct fold_node *node, enum slot s)
{
	return node->shown & 1u << s &&
	       (slots[s].current != s || !(node->new & 1u << slots[s].type));
}

/*
 * All that two nodes of one shape have in common. What is left out, many could
 * differ in: they would all be looked at for each of them.
 */
static uint32_t hash_node(const struct work *w, const struct fold_node *node)
{
	const struct task *task = node->task;
	uint32_t hash = mix(node->shown, node->new), row;
	const char *gone = fold_gone(task), *c;
	enum slot s;

	for (c = task->comm; *c; c++)
		hash = mix(hash, (unsigned char)*c);
	hash = mix(hash, (uint32_t)task->n_upids << 2 | task_is_leader(task) << 1 | task->kthread);
	hash = mix(hash, gone ? (unsigned char)*gone : 0);
	hash = mix(hash, node->kthreads);
	hash = mix(hash, node->others);
	if (node->begins)
		hash = mix(hash, node->size.procs ^ node->size.tasks << 16);
	if (node->new & 1u << NSINSPECT_NS_TYPE_USER)
		hash = mix(hash, task->uid);
	for (s = 0; node->shown && s < SLOTS; s++)
		if (names_slot(node, s))
			hash = mix(hash, task_inum(task, s));
	for (row = node->rows; row; row = w->nodes[row].next) {
		hash = mix(hash, w->nodes[row].shape);
		hash = mix(hash, w->nodes[row].count);
	}
	return hash;
}

/* Do the lines of both say the same of their namespaces? */
static bool say_the_same(const struct fold_node *a, const struct fold_node *b)
{
	enum slot s;

	if (a->shown != b->shown || a->new != b->new || a->set != b->set ||
	    a->begins != b->begins)
		return false;
	if (a->new & 1u << NSINSPECT_NS_TYPE_USER && a->task->uid != b->task->uid)
		return false;
	if (a->begins && (a->size.procs != b->size.procs || a->size.tasks != b->size.tasks ||
			  a->size.unknown != b->size.unknown))
		return false;
	for (s = 0; s < SLOTS; s++)
		if (names_slot(a, s) && !task_same_ns(a->task, s, b->task, s))
			return false;
	return true;
}

/* Are the pictures of both the same, but for numbers? Their rows have shapes already. */
static bool alike(const struct work *w, const struct fold_node *a, const struct fold_node *b)
{
	const struct task *x = a->task, *y = b->task;
	const char *gone_x = fold_gone(x), *gone_y = fold_gone(y);
	uint32_t i = a->rows, j = b->rows;

	if (a->hash != b->hash || strcmp(x->comm, y->comm) || x->n_upids != y->n_upids ||
	    task_is_leader(x) != task_is_leader(y) || x->kthread != y->kthread ||
	    a->kthreads != b->kthreads || a->own_kthreads != b->own_kthreads ||
	    a->own_types != b->own_types || a->others != b->others)
		return false;
	if (gone_x != gone_y && (!gone_x || !gone_y || strcmp(gone_x, gone_y)))
		return false;
	while (i && j && w->nodes[i].shape == w->nodes[j].shape &&
	       w->nodes[i].count == w->nodes[j].count) {
		i = w->nodes[i].next;
		j = w->nodes[j].next;
	}
	return !i && !j && say_the_same(a, b);
}

static void find_shape(struct work *w, uint32_t self)
{
	struct fold_node *node = &w->nodes[self];
	uint32_t at, row;

	if (singular(w, node))
		return;
	for (row = node->rows; row; row = w->nodes[row].next)
		if (!w->nodes[row].shape || w->nodes[row].mixed)
			return;
	node->hash = hash_node(w, node);
	at = node->hash & w->table_mask;
	while (w->table[at] && !alike(w, node, &w->nodes[w->table[at]]))
		at = (at + 1) & w->table_mask;
	if (!w->table[at])
		w->table[at] = self;
	node->shape = w->table[at];
}

/* Rows of the same shape become one, where the first of them is. */
static void fold_alike(struct work *w, uint32_t up)
{
	uint32_t *link = &w->nodes[up].rows, row;

	while ((row = *link)) {
		struct fold_node *node = &w->nodes[row];
		struct run *run = &w->alike[node->shape];

		if (!node->shape || run->up != up || !run->head) {
			*run = (struct run){ up, row, 1 };
			link = &node->next;
			continue;
		}
		w->nodes[run->head].last = row;
		w->nodes[run->head].count++;
		*link = node->next;
	}
}

/*
 * Which run of different names is a row for? For one without a line below it
 * that at most has namespaces of its own, and is no container.
 */
static struct run *others_for(struct work *w, uint32_t row)
{
	const struct fold_node *node = &w->nodes[row];
	uint32_t own = node->shown ? node->new : 0;

	if (!node->shape || node->count > 1 || node->rows || node->kthreads || node->others ||
	    node->begins || node->task->kthread || fold_gone(node->task))
		return NULL;
	if (own ? !task_is_leader(node->task) || (own & 1u << NSINSPECT_NS_TYPE_USER) : node->shown)
		return NULL;
	/* All that is shown has to be the task's own. */
	if (__builtin_popcount(node->shown) != __builtin_popcount(own))
		return NULL;
	return &w->own[2 * own + !task_is_leader(node->task)];
}

/* Rows that differ in nothing but their names become one, where they are many. */
static void fold_others(struct work *w, uint32_t up)
{
	uint32_t *link, row;
	struct run *run;

	for (row = w->nodes[up].rows; row; row = w->nodes[row].next) {
		run = others_for(w, row);
		if (!run)
			continue;
		if (run->up != up || !run->head)
			*run = (struct run){ up, row, 0 };
		run->count++;
	}
	for (link = &w->nodes[up].rows; (row = *link); ) {
		run = others_for(w, row);
		if (!run || run->count < MANY_OTHERS) {
			link = &w->nodes[row].next;
			continue;
		}
		if (run->head == row) {
			link = &w->nodes[row].next;
			continue;
		}
		w->nodes[run->head].mixed = true;
		w->nodes[run->head].last = row;
		w->nodes[run->head].count++;
		*link = w->nodes[row].next;
	}
}

/* A thread in all that its leader is in: the kernel sends such only when asked to. */
static bool is_where_leader_is(const struct task *task)
{
	const struct task *leader = task->leader;

	return leader && leader != task && leader->nsproxy == task->nsproxy &&
	       task_same_ns(task, SLOT_USER, leader, SLOT_USER) &&
	       task_same_ns(task, SLOT_PID, leader, SLOT_PID);
}

/* Kernel threads on the line of the one above: those with namespaces of their own, too. */
static bool joins_kthreads(const struct work *w, struct fold_node *node)
{
	const struct fold_node *up = &w->nodes[node->up];
	uint8_t own = node->own_types;

	if (!node->task->kthread || w->o->kthreads || !w->o->fold || !node->task->ppid)
		return false;
	if (node->shown) {
		if (own || node->begins || w->named[node->task - w->g->tasks] ||
		    __builtin_popcount(node->shown) != __builtin_popcount(node->new))
			return false;
		own = node->new;
	}
	if (own && up->own_types && up->own_types != own)
		return false;
	node->own_kthreads += node->shown != 0;
	if (node->shown)
		node->own_kthread = node->task;
	node->own_types = own;
	node->kthreads++;
	return true;
}

/*
 * Does @node, whose rows are settled, get no line of its own? Never one of which
 * there is something to say, or that has a line below it. The line above counts
 * it instead.
 */
static bool folds_away(const struct work *w, struct fold_node *node)
{
	const struct task *task = node->task;
	bool gone = fold_gone(task);

	/* What became of it is a difference in the whole tree, not among some types. */
	if (node->rows || node->alone || node->mark || (gone && w->types == ALL_TYPES) ||
	    fold_asked_for(w->o, task))
		return false;
	if (!gone && joins_kthreads(w, node))
		return true;
	if (node->shown)
		return false;
	if (node->up && !w->o->threads && is_where_leader_is(task))
		return true;
	if (node->up && w->o->fold && w->types != ALL_TYPES) {
		/* Most threads are not in the picture unless they were asked for. */
		node->others += w->o->threads || task_is_leader(task);
		return true;
	}
	return false;
}

/* Below comes after above in the array: backwards, every node finds its rows ready. */
static void settle(struct work *w)
{
	uint32_t i;

	for (i = 1; i < w->n_nodes; i++)
		compare(w, &w->nodes[i]);
	find_marks(w);
	measure_namespaces(w);
	measure(w);
	for (i = w->n_nodes; i-- > 1; ) {
		struct fold_node *node = &w->nodes[i], *up = &w->nodes[node->up];

		if (*outside(w, i))
			continue;
		fold_alike(w, i);
		fold_others(w, i);
		if (folds_away(w, node)) {
			up->kthreads += node->kthreads;
			up->own_kthreads += node->own_kthreads;
			up->own_types |= node->own_types;
			if (node->own_kthread)
				up->own_kthread = node->own_kthread;
			up->others += node->others;
			continue;
		}
		node->last = i;
		node->count = 1;
		node->next = up->rows;
		up->rows = i;
		find_shape(w, i);
	}
}

/**
 * fold_init() - decide what the tree of a graph shows
 * @f: what was decided; to be freed in any case
 * @g: a graph that graph_link() has seen, which must stay as it is
 * @o: what is to be drawn
 *
 * Time and memory grow with the number of tasks only, however deep they go.
 *
 * Return: 0, or -ENOMEM.
 */
int fold_init(struct fold *f, const struct graph *g, const struct tree_options *o)
{
	size_t n = g->n_tasks, table = 16;
	int err = -ENOMEM;
	struct work w;

	memset(f, 0, sizeof(*f));
	f->types = (o->types & ALL_TYPES) ?: ALL_TYPES;
	f->nodes = calloc(n + 1, sizeof(*f->nodes));
	f->outside = calloc(n + 1, sizeof(*f->outside));
	memset(&w, 0, sizeof(w));
	w.g = g;
	w.o = o;
	w.origin = &f->origin;
	w.types = f->types;
	w.nodes = f->nodes;
	w.outside = f->outside;
	while (table < 2 * n)
		table *= 2;
	w.table_mask = (uint32_t)table - 1;
	w.seen = calloc(n + 1, sizeof(*w.seen));
	w.named = calloc(n + 1, sizeof(*w.named));
	w.sizes = calloc(g->n_namespaces + 1, sizeof(*w.sizes));
	w.table = calloc(table, sizeof(*w.table));
	w.alike = calloc(n + 1, sizeof(*w.alike));
	if (origin_init(&f->origin, g) || !w.nodes || !w.outside || !w.seen || !w.named ||
	    !w.sizes || !w.table || !w.alike)
		goto out;
	plant_all(&w);
	if (o->task)
		leave_outside(&w);
	settle(&w);
	err = 0;
out:
	free(w.alike);
	free(w.table);
	free(w.sizes);
	free(w.named);
	free(w.seen);
	return err;
}

/**
 * fold_outside() - is a task neither above nor below the one that was asked for?
 * @f: what fold_init() decided
 * @task: a task of the graph
 *
 * Return: whether there is no line for it because of that.
 */
bool fold_outside(const struct fold *f, const struct task *task)
{
	return f->outside[task - f->origin.g->tasks];
}

/**
 * fold_free() - free what fold_init() decided
 * @f: all zero afterwards
 */
void fold_free(struct fold *f)
{
	origin_free(&f->origin);
	free(f->nodes);
	free(f->outside);
	memset(f, 0, sizeof(*f));
}
