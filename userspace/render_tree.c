// SPDX-License-Identifier: GPL-2.0
/*
 * The process tree.
 *
 * A line is a task: its number at every level, its comm, then what its
 * namespaces have to do with those of other tasks, which origin.c knows. A
 * task of which a line says nothing is where the task above it is.
 *
 * What is drawn is decided bottom up, over an array of nodes in the order of a
 * walk: what folds away, which siblings are alike. Then the tree is walked
 * twice, to measure and to draw. Nothing here recurses: how deep a tree goes
 * is up to whoever can fork.
 *
 * Only what is the same, but for numbers, becomes one line. A task that another
 * line names is never part of one.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "color.h"
#include "names.h"
#include "origin.h"
#include "render.h"
#include "text.h"

#define ALL_TYPES	((1u << NS_TYPES) - 1)
#define INDENT		3
/* Levels that are drawn side by side, where the width does not ask for less. */
#define MAX_LEVELS	32
/* Where namespaces start: at MAX_COLUMN at most, past NEAR_COLUMN only for good reason. */
#define NEAR_COLUMN	32
#define MAX_COLUMN	64
/* What is shown of a name; a file's, after escaping, so this is all of it. */
#define MAX_NAME	1024
/* So many siblings of different names are worth a line that does not name them. */
#define MANY_OTHERS	5
/* pid namespaces nest no deeper in any kernel; a made-up file does not know. */
#define MAX_PID_LEVELS	32
/* Lines about namespaces without a process; namespaces, where lines have no end. */
#define MAX_EMPTY_LINES	3
#define MAX_EMPTY	24

struct glyphs {
	const char *tee, *elbow, *bar;	/* INDENT columns each */
	const char *stem;		/* a bar that ends the line */
	const char *arrow, *range, *times, *dash, *cut;
};

static const struct glyphs utf8 = {
	"├─ ", "└─ ", "│  ", "│", "→", "…", "×", "──", "⋯"
};

static const struct glyphs ascii = {
	"|- ", "`- ", "|  ", "|", "->", "..", "x", "--", ".."
};

/* How many processes and tasks; unknown: how many tasks is not. */
struct size {
	uint32_t procs, tasks;
	bool unknown;
};

/* One task as it is drawn. Node 0 is above the roots, so index 0 means none. */
struct node {
	const struct task *task;
	uint32_t up;
	uint32_t rows;		/* the first line below it */
	uint32_t next;		/* the next line beside it, after its run */
	uint32_t last;		/* of the run of like siblings that it heads */
	uint32_t count;		/* how many these are */
	uint32_t kthreads;	/* folded away below it */
	uint32_t own_kthreads;	/* of these, how many have namespaces of their own */
	uint32_t others;	/* folded away, what a filter makes uninteresting */
	uint32_t shape;		/* the first node that looks like it; 0: like no other */
	uint32_t hash;
	uint16_t shown;		/* 1 << enum slot: what its line speaks of */
	uint16_t initial;	/* 1 << enum slot: compared with nothing, and initial */
	uint8_t new;		/* 1 << type: of these, it is the first of them */
	uint8_t own_types;	/* the same of all of ->own_kthreads */
	bool alone;		/* compared with nothing */
	bool begins;		/* a container begins here */
	bool mixed;		/* heads a run of siblings of different names */
	bool outside;		/* neither above nor below the task that was asked for */
	const struct task *set;	/* shares all namespaces with this one elsewhere */
	struct size size;	/* of a container; until settled, of what is below */
};

/* One level of the walk. In a fold, first and last are like nodes of its two ends. */
struct frame {
	uint32_t first, last;
	uint32_t times;		/* how many lines this one stands for, its own run aside */
};

/* The first of some rows that may become one, while the rows of @up are looked at. */
struct run {
	uint32_t up, head, count;
};

struct tree {
	const struct graph *g;
	const struct tree_options *o;
	const struct glyphs *glyphs;
	struct origin origin;
	FILE *out;
	uint32_t types;
	size_t levels;		/* drawn side by side */
	int column;		/* where namespaces start */
	size_t starts[MAX_COLUMN + 1];	/* how many lines would like each column; 0: too wide */
	struct node *nodes;
	uint32_t n_nodes;
	bool *seen;		/* by index into the graph's tasks */
	bool *named;		/* the same: another line speaks of this one */
	struct size *sizes;	/* by index into the graph's namespaces, of pid namespaces */
	uint32_t *table;	/* of shapes; a power of two */
	uint32_t table_mask;
	struct run *alike;	/* by shape */
	struct run own[2 * ALL_TYPES + 2]; /* by types of their own, processes and threads */
	struct frame *frames;
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
static void plant(struct tree *t, const struct task *task)
{
	uint32_t up = 0;

	for (;;) {
		if (task && !t->seen[task - t->g->tasks]) {
			t->seen[task - t->g->tasks] = true;
			t->nodes[t->n_nodes].task = task;
			t->nodes[t->n_nodes].up = up;
			up = t->n_nodes++;
			task = below(task);
			continue;
		}
		task = t->nodes[up].task;
		up = t->nodes[up].up;
		if (!up)
			return;
		task = beside(task, t->nodes[up].task);
	}
}

static void plant_all(struct tree *t)
{
	const struct graph *g = t->g;
	size_t i;

	t->n_nodes = 1;
	for (i = 0; i < g->n_tasks; i++) {
		const struct task *task = &g->tasks[i];

		if (task_is_leader(task) ? !task->parent : !task->leader)
			plant(t, task);
	}
	/* Links that lead nowhere must not make a task invisible. */
	for (i = 0; i < g->n_tasks; i++)
		if (!t->seen[i])
			plant(t, &g->tasks[i]);
}

/* Does a line for @task need to be there, whatever is on it? */
static bool asked_for(const struct tree *t, const struct task *task)
{
	return t->o->task && task->tid == t->o->task;
}

/* With a task that was asked for: only what is above or below it is drawn. */
static void leave_outside(struct tree *t)
{
	uint32_t i, at = 0;

	for (i = 1; i < t->n_nodes; i++) {
		t->nodes[i].outside = true;
		if (asked_for(t, t->nodes[i].task))
			at = i;
	}
	/* What is below it follows it: nobody else is above one of these. */
	for (i = at; i && i < t->n_nodes; i++)
		if (i == at || (t->nodes[i].up >= at && !t->nodes[t->nodes[i].up].outside))
			t->nodes[i].outside = false;
	for (i = at; i; i = t->nodes[i].up)
		t->nodes[i].outside = false;
}

static void name(struct tree *t, const struct task *whose)
{
	if (whose)
		t->named[whose - t->g->tasks] = true;
}

/* Most tasks are where the task above them is: this is seen first. */
static bool where_above_is(const struct tree *t, const struct task *task)
{
	const struct task *above = origin_above(&t->origin, task, SLOT_NET);

	return task->nsproxy && above && above->nsproxy == task->nsproxy &&
	       origin_above(&t->origin, task, SLOT_USER) == above &&
	       origin_above(&t->origin, task, SLOT_PID) == above &&
	       task_same_ns(task, SLOT_USER, above, SLOT_USER) &&
	       task_same_ns(task, SLOT_PID, above, SLOT_PID) &&
	       !task_pending(task, SLOT_PID_FOR_CHILDREN) &&
	       !task_pending(task, SLOT_TIME_FOR_CHILDREN);
}

/* What the line of a node speaks of. */
static void compare(struct tree *t, struct node *node)
{
	const struct task *task = node->task;
	enum slot s;

	if (where_above_is(t, task))
		return;
	for (s = 0; s < SLOTS; s++) {
		struct origin_slot is = origin_slot(&t->origin, task, s);

		if (!(t->types & 1u << slots[s].type) || is.kind == ORIGIN_NONE ||
		    is.kind == ORIGIN_SAME || is.kind == ORIGIN_CHILDREN_THERE)
			continue;
		if (slots[s].current == s && !origin_above(&t->origin, task, s)) {
			node->alone = true;
			if (task->ns[s] && task->ns[s]->initial) {
				node->initial |= 1u << s;
				continue;
			}
		}
		node->shown |= 1u << s;
		if (is.kind == ORIGIN_NEW)
			node->new |= 1u << slots[s].type;
		name(t, is.whose);
	}
	/* One word for the set, where nothing of it is the task's own. */
	if (t->types == ALL_TYPES && node->shown && !node->new && !node->alone)
		node->set = origin_same_set(&t->origin, task);
	name(t, node->set);
	node->begins = !node->alone && origin_begins_container(&t->origin, task);
}

/*
 * How large pid namespaces are, with those below them. Threads that are not in
 * the picture were counted by the kernel.
 */
static void measure_namespaces(struct tree *t)
{
	const struct graph *g = t->g;
	const struct ns *ns, *up;
	const struct task *task;
	int level;

	for (task = g->tasks; task < g->tasks + g->n_tasks; task++) {
		ns = task->ns[SLOT_PID];
		for (level = 0; ns && !ns->initial && level < MAX_PID_LEVELS; level++) {
			t->sizes[ns - g->namespaces].procs += task_is_leader(task);
			ns = ns->parent;
		}
	}
	for (ns = g->namespaces; ns < g->namespaces + g->n_namespaces; ns++) {
		if (ns->type != NSINSPECT_NS_TYPE_PID)
			continue;
		up = ns;
		for (level = 0; up && !up->initial && level < MAX_PID_LEVELS; level++) {
			if (ns->tasks < 0)
				t->sizes[up - g->namespaces].unknown = true;
			else
				t->sizes[up - g->namespaces].tasks += (uint32_t)ns->tasks;
			up = up->parent;
		}
	}
}

/* A container is as large as its pid namespace, or else as what is below its first task. */
static void measure(struct tree *t)
{
	uint32_t i;

	for (i = t->n_nodes; i-- > 1; ) {
		struct node *node = &t->nodes[i];
		const struct ns *ns = node->task->ns[SLOT_PID];

		node->size.procs += task_is_leader(node->task);
		node->size.tasks++;
		t->nodes[node->up].size.procs += node->size.procs;
		t->nodes[node->up].size.tasks += node->size.tasks;
		if (node->begins && ns && origin_first(&t->origin, ns) == node->task)
			node->size = t->sizes[ns - t->g->namespaces];
		else
			node->size.unknown = !t->o->threads;
	}
}

static const char *container_name(const struct tree *t, const struct node *node)
{
	return node->begins && t->o->names ?
	       names_find(t->o->names, NAME_CONTAINER, node->task->tid) : NULL;
}

/* What became of it, when it has no namespaces left to show. */
static const char *gone(const struct task *task)
{
	return task->state == 'Z' ? "zombie" : task->nsproxy_id ? NULL : "exiting";
}

/* Must it have a line that stands for no other task? */
static bool singular(const struct tree *t, const struct node *node)
{
	const uint32_t later = 1u << SLOT_PID_FOR_CHILDREN | 1u << SLOT_TIME_FOR_CHILDREN;
	enum slot s;

	if (!t->o->fold || node->alone || t->named[node->task - t->g->tasks] ||
	    asked_for(t, node->task) || container_name(t, node))
		return true;
	for (s = 0; node->shown & later && s < SLOTS; s++)
		if (node->shown & later & 1u << s &&
		    origin_slot(&t->origin, node->task, s).kind == ORIGIN_PENDING)
			return true;
	return false;
}

static uint32_t mix(uint32_t hash, uint32_t value)
{
	hash = (hash ^ value) * 0x9e3779b1u;
	return hash ^ hash >> 15;
}

static uint32_t hash_node(const struct tree *t, const struct node *node)
{
	const struct task *task = node->task;
	uint32_t hash = node->shown, row;
	const char *c;

	for (c = task->comm; *c; c++)
		hash = mix(hash, (unsigned char)*c);
	hash = mix(hash, (uint32_t)task->n_upids << 2 | task_is_leader(task) << 1 | task->kthread);
	for (row = node->rows; row; row = t->nodes[row].next) {
		hash = mix(hash, t->nodes[row].shape);
		hash = mix(hash, t->nodes[row].count);
	}
	return hash;
}

/* Do the lines of both say the same of their namespaces? */
static bool say_the_same(const struct node *a, const struct node *b)
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
		if (a->shown & 1u << s && (slots[s].current != s || !(a->new & 1u << slots[s].type)) &&
		    !task_same_ns(a->task, s, b->task, s))
			return false;
	return true;
}

/* Are the pictures of both the same, but for numbers? Their rows have shapes already. */
static bool alike(const struct tree *t, const struct node *a, const struct node *b)
{
	const struct task *x = a->task, *y = b->task;
	const char *gone_x = gone(x), *gone_y = gone(y);
	uint32_t i = a->rows, j = b->rows;

	if (a->hash != b->hash || strcmp(x->comm, y->comm) || x->n_upids != y->n_upids ||
	    task_is_leader(x) != task_is_leader(y) || x->kthread != y->kthread ||
	    a->kthreads != b->kthreads || a->own_kthreads != b->own_kthreads ||
	    a->own_types != b->own_types || a->others != b->others)
		return false;
	if (gone_x != gone_y && (!gone_x || !gone_y || strcmp(gone_x, gone_y)))
		return false;
	while (i && j && t->nodes[i].shape == t->nodes[j].shape &&
	       t->nodes[i].count == t->nodes[j].count) {
		i = t->nodes[i].next;
		j = t->nodes[j].next;
	}
	return !i && !j && say_the_same(a, b);
}

static void find_shape(struct tree *t, uint32_t self)
{
	struct node *node = &t->nodes[self];
	uint32_t at, row;

	if (singular(t, node))
		return;
	for (row = node->rows; row; row = t->nodes[row].next)
		if (!t->nodes[row].shape || t->nodes[row].mixed)
			return;
	node->hash = hash_node(t, node);
	at = node->hash & t->table_mask;
	while (t->table[at] && !alike(t, node, &t->nodes[t->table[at]]))
		at = (at + 1) & t->table_mask;
	if (!t->table[at])
		t->table[at] = self;
	node->shape = t->table[at];
}

/* Rows of the same shape become one, where the first of them is. */
static void fold_alike(struct tree *t, uint32_t up)
{
	uint32_t *link = &t->nodes[up].rows, row;

	while ((row = *link)) {
		struct node *node = &t->nodes[row];
		struct run *run = &t->alike[node->shape];

		if (!node->shape || run->up != up || !run->head) {
			*run = (struct run){ up, row, 1 };
			link = &node->next;
			continue;
		}
		t->nodes[run->head].last = row;
		t->nodes[run->head].count++;
		*link = node->next;
	}
}

/*
 * Which run of different names is a row for? For one without a line below it
 * that at most has namespaces of its own, and is no container.
 */
static struct run *others_for(struct tree *t, uint32_t row)
{
	const struct node *node = &t->nodes[row];
	uint32_t own = node->shown ? node->new : 0;

	if (!node->shape || node->count > 1 || node->rows || node->kthreads || node->others ||
	    node->begins || node->task->kthread || gone(node->task))
		return NULL;
	if (own ? !task_is_leader(node->task) || (own & 1u << NSINSPECT_NS_TYPE_USER) : node->shown)
		return NULL;
	/* All that is shown has to be the task's own. */
	if (__builtin_popcount(node->shown) != __builtin_popcount(own))
		return NULL;
	return &t->own[2 * own + !task_is_leader(node->task)];
}

/* Rows that differ in nothing but their names become one, where they are many. */
static void fold_others(struct tree *t, uint32_t up)
{
	uint32_t *link, row;
	struct run *run;

	for (row = t->nodes[up].rows; row; row = t->nodes[row].next) {
		run = others_for(t, row);
		if (!run)
			continue;
		if (run->up != up || !run->head)
			*run = (struct run){ up, row, 0 };
		run->count++;
	}
	for (link = &t->nodes[up].rows; (row = *link); ) {
		run = others_for(t, row);
		if (!run || run->count < MANY_OTHERS) {
			link = &t->nodes[row].next;
			continue;
		}
		if (run->head == row) {
			link = &t->nodes[row].next;
			continue;
		}
		t->nodes[run->head].mixed = true;
		t->nodes[run->head].last = row;
		t->nodes[run->head].count++;
		*link = t->nodes[row].next;
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
static bool joins_kthreads(const struct tree *t, struct node *node)
{
	const struct node *up = &t->nodes[node->up];
	uint8_t own = node->own_types;

	if (!node->task->kthread || t->o->kthreads || !t->o->fold || !node->task->ppid)
		return false;
	if (node->shown) {
		if (own || node->begins || t->named[node->task - t->g->tasks] ||
		    __builtin_popcount(node->shown) != __builtin_popcount(node->new))
			return false;
		own = node->new;
	}
	if (own && up->own_types && up->own_types != own)
		return false;
	node->own_kthreads += node->shown != 0;
	node->own_types = own;
	node->kthreads++;
	return true;
}

/*
 * Does @node, whose rows are settled, get no line of its own? Never one of which
 * there is something to say, or that has a line below it. The line above counts
 * it instead.
 */
static bool folds_away(const struct tree *t, struct node *node)
{
	const struct task *task = node->task;

	if (node->rows || node->alone || gone(task) || asked_for(t, task))
		return false;
	if (joins_kthreads(t, node))
		return true;
	if (node->shown)
		return false;
	if (node->up && !t->o->threads && is_where_leader_is(task))
		return true;
	if (node->up && t->o->fold && t->types != ALL_TYPES) {
		node->others++;
		return true;
	}
	return false;
}

/* Below comes after above in the array: backwards, every node finds its rows ready. */
static void settle(struct tree *t)
{
	uint32_t i;

	for (i = 1; i < t->n_nodes; i++)
		compare(t, &t->nodes[i]);
	measure_namespaces(t);
	measure(t);
	for (i = t->n_nodes; i-- > 1; ) {
		struct node *node = &t->nodes[i], *up = &t->nodes[node->up];

		if (node->outside)
			continue;
		fold_alike(t, i);
		fold_others(t, i);
		if (folds_away(t, node)) {
			up->kthreads += node->kthreads;
			up->own_kthreads += node->own_kthreads;
			up->own_types |= node->own_types;
			up->others += node->others;
			continue;
		}
		node->last = i;
		node->count = 1;
		node->next = up->rows;
		up->rows = i;
		find_shape(t, i);
	}
}

/* Writes, or only measures when it has nowhere to write to. */
struct pen {
	FILE *out;
	bool color;
	int column;
};

static void put(struct pen *pen, const char *s)
{
	pen->column += text_width(s);
	if (pen->out)
		fputs(s, pen->out);
}

static void __attribute__((format(printf, 2, 3))) putf(struct pen *pen, const char *fmt, ...)
{
	char s[64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(s, sizeof(s), fmt, args);
	va_end(args);
	put(pen, s);
}

static void pad(struct pen *pen, int column)
{
	if (pen->out && column > pen->column)
		fprintf(pen->out, "%*s", column - pen->column, "");
	if (column > pen->column)
		pen->column = column;
}

static void begin(struct pen *pen, enum color what)
{
	if (pen->out)
		fputs(color_on(pen->color, what), pen->out);
}

static void end(struct pen *pen)
{
	if (pen->out)
		fputs(color_off(pen->color), pen->out);
}

/*
 * The lines that lead to a task at @depth; roots are at depth 0. Past a number
 * of levels drawing starts over at the left edge, behind a sign that says how
 * many are above: lines below stay aligned with each other.
 */
static void put_branch(const struct tree *t, struct pen *pen, size_t depth, bool continued)
{
	const struct glyphs *glyphs = t->glyphs;
	size_t from = depth ? (depth - 1) / t->levels * t->levels : 0, i;
	bool rows = t->nodes[t->frames[depth].first].rows;

	begin(pen, COLOR_DIM);
	if (from) {
		char sign[32];

		snprintf(sign, sizeof(sign), "%s%zu ", glyphs->cut, from);
		if (continued)
			pad(pen, text_width(sign));
		else
			put(pen, sign);
	}
	for (i = from + 1; i <= depth; i++) {
		bool more = t->nodes[t->frames[i].first].next;

		if (i == depth && !continued)
			put(pen, more ? glyphs->tee : glyphs->elbow);
		else if (more)
			put(pen, glyphs->bar);
		else
			pad(pen, pen->column + INDENT);
	}
	/* Where the lines below start over, nothing leads to them. */
	if (continued && rows && (!depth || depth % t->levels))
		put(pen, glyphs->stem);
	end(pen);
}

static void put_pids(const struct tree *t, struct pen *pen, const struct task *task)
{
	size_t i;

	putf(pen, "%u", task->tid);
	if (task->n_upids < 2)
		return;
	begin(pen, COLOR_TYPES + NSINSPECT_NS_TYPE_PID);
	for (i = 1; i < task->n_upids; i++)
		putf(pen, "%s%u", t->glyphs->arrow, task->upids[i].nr);
	end(pen);
}

static void put_count(struct pen *pen, const char *dash, uint32_t n, const char *what)
{
	begin(pen, COLOR_DIM);
	putf(pen, "%s%s%u %s%s", dash, *dash ? " " : "", n, what, n == 1 ? "" : "s");
	end(pen);
}

/* " mnt net": each in its colour. */
static void put_types(struct pen *pen, uint32_t types)
{
	int type;

	for (type = 0; type < NS_TYPES; type++) {
		if (!(types & 1u << type))
			continue;
		put(pen, " ");
		begin(pen, COLOR_TYPES + type);
		put(pen, ns_type_names[type]);
		end(pen);
	}
}

static void put_kthreads(struct pen *pen, const struct node *node, uint32_t times,
			 const char *dash)
{
	put_count(pen, dash, node->kthreads * times, "kernel thread");
	if (!node->own_kthreads)
		return;
	putf(pen, ", %u with %s own", node->own_kthreads * times,
	     node->own_kthreads * times == 1 ? "its" : "their");
	put_types(pen, node->own_types);
}

/* "3× (12× ": how many of them are in each of how many. */
static void put_times(const struct tree *t, struct pen *pen, const struct frame *f)
{
	uint32_t count = t->nodes[f->first].count;

	if (f->times > 1)
		putf(pen, "%u%s ", f->times, t->glyphs->times);
	if (count > 1)
		putf(pen, "%s%u%s ", f->times > 1 ? "(" : "", count, t->glyphs->times);
}

static void put_comm(const struct tree *t, struct pen *pen, const struct node *node)
{
	bool thread = !task_is_leader(node->task);
	char comm[TEXT_COMM_MAX];

	if (node->mixed) {
		put(pen, thread ? "{others}" : "(others)");
		return;
	}
	text_escape(comm, sizeof(comm), node->task->comm, t->o->ascii);
	if ((node->shown && !node->alone) || asked_for(t, node->task))
		begin(pen, COLOR_STRONG);
	else if (node->task->kthread)
		begin(pen, COLOR_DIM);
	putf(pen, thread ? "{%s}" : "%s", comm);
	end(pen);
}

static void put_task(const struct tree *t, struct pen *pen, const struct frame *f)
{
	const struct node *node = &t->nodes[f->first];
	uint32_t times = f->times * node->count;

	put_pids(t, pen, node->task);
	if (times > 1) {
		put(pen, t->glyphs->range);
		put_pids(t, pen, t->nodes[t->nodes[f->last].last].task);
	}
	put(pen, " ");
	put_times(t, pen, f);
	put_comm(t, pen, node);
	if (f->times > 1 && node->count > 1)
		put(pen, ")");
	if (node->kthreads) {
		put(pen, " ");
		put_kthreads(pen, node, times, t->glyphs->dash);
	}
}

/* What stands to the right of a task is a row of items; a line may end after each. */
enum item_kind {
	ITEM_GONE,		/* what became of it */
	ITEM_INITIAL,		/* which of its namespaces are initial */
	ITEM_SET,		/* a task that it shares all namespaces with */
	ITEM_NEW,		/* a namespace that begins with it */
	ITEM_EACH,		/* the same, of many */
	ITEM_JOINED,		/* a namespace that begins with another task */
	ITEM_CHILDREN,		/* where its children will be */
	ITEM_SIZE,		/* of a container */
	ITEM_NAME,		/* the same */
	ITEM_NOTHING,		/* of many: that there is nothing to say */
	ITEM_OTHERS,		/* tasks below that a filter makes uninteresting */
};

struct item {
	enum item_kind kind;
	enum slot slot;
	bool first;		/* says what the following ones of its kind are, too */
	const struct task *whose;
};

/* One of each slot, and the others once. */
#define MAX_ITEMS (SLOTS + ITEM_OTHERS + 1)

struct items {
	struct item list[MAX_ITEMS];
	size_t n;
	bool many;		/* the line stands for more than one task */
};

static void add_item(struct items *items, enum item_kind kind, enum slot s, bool first,
		     const struct task *whose)
{
	items->list[items->n++] = (struct item){ kind, s, first, whose };
}

/* Those of one owner stand together, behind the first of them. */
static void add_joined(const struct tree *t, struct items *items, const struct node *node)
{
	uint32_t left = 0;
	enum slot s, other;

	for (s = 0; s < SLOTS; s++)
		if (node->shown & 1u << s && slots[s].current == s &&
		    !(node->new & 1u << slots[s].type))
			left |= 1u << s;
	for (s = 0; s < SLOTS; s++) {
		const struct task *whose;

		if (!(left & 1u << s))
			continue;
		whose = origin_slot(&t->origin, node->task, s).whose;
		for (other = s; other < SLOTS; other++) {
			if (!(left & 1u << other) ||
			    origin_slot(&t->origin, node->task, other).whose != whose)
				continue;
			add_item(items, ITEM_JOINED, other, other == s, whose);
			left &= ~(1u << other);
		}
	}
}

static void find_items(const struct tree *t, const struct frame *f, struct items *items)
{
	const struct node *node = &t->nodes[f->first];
	bool first = true;
	enum slot s;

	items->n = 0;
	items->many = f->times * node->count > 1;
	if (gone(node->task))
		add_item(items, ITEM_GONE, 0, true, NULL);
	if (items->many && node->new)
		add_item(items, ITEM_EACH, 0, true, NULL);
	for (s = 0; s < SLOTS && !items->many; s++)
		if (node->shown & 1u << s && slots[s].current == s &&
		    node->new & 1u << slots[s].type) {
			add_item(items, ITEM_NEW, s, first, NULL);
			first = false;
		}
	if (node->set)
		add_item(items, ITEM_SET, 0, true, node->set);
	else
		add_joined(t, items, node);
	if (node->initial && !gone(node->task))
		add_item(items, ITEM_INITIAL, 0, true, NULL);
	for (s = 0; s < SLOTS; s++)
		if (node->shown & 1u << s && slots[s].current != s)
			add_item(items, ITEM_CHILDREN, s, true,
				 origin_slot(&t->origin, node->task, s).whose);
	if (node->mixed && !node->new)
		add_item(items, ITEM_NOTHING, 0, true, NULL);
	if (node->begins && node->shown) {
		add_item(items, ITEM_SIZE, 0, true, NULL);
		if (container_name(t, node))
			add_item(items, ITEM_NAME, 0, true, NULL);
	}
	if (node->others)
		add_item(items, ITEM_OTHERS, 0, true, NULL);
}

static void put_text(const struct tree *t, struct pen *pen, const char *s)
{
	char text[MAX_NAME];

	text_escape(text, sizeof(text), s, t->o->ascii);
	put(pen, text);
}

/* "net:32281 (blue)" */
static void put_ns(const struct tree *t, struct pen *pen, const struct ns *ns,
		   enum nsinspect_ns_type type, uint32_t inum)
{
	put(pen, ns_type_names[type]);
	put(pen, ":");
	if (t->o->whole)
		putf(pen, "%u", inum);
	else
		put(pen, ns ? ns_short(t->g, ns).text : inum_short(t->g, inum).text);
	if (ns && ns->name) {
		put(pen, " (");
		put_text(t, pen, ns->name);
		put(pen, ")");
	}
}

static void put_slot_ns(const struct tree *t, struct pen *pen, const struct task *task, enum slot s)
{
	begin(pen, COLOR_TYPES + slots[s].type);
	put_ns(t, pen, task->ns[s], slots[s].type, task_inum(task, s));
	end(pen);
}

static void put_word(struct pen *pen, const char *word)
{
	begin(pen, COLOR_STRONG);
	put(pen, word);
	end(pen);
}

static void put_uid(struct pen *pen, const struct task *task)
{
	putf(pen, " (uid %u)", task->uid);
}

static void put_new(const struct tree *t, struct pen *pen, const struct node *node,
		    const struct item *item)
{
	if (item->first && !node->alone)
		put_word(pen, "NEW ");
	/* What is new stands out, in the colour of its type. */
	begin(pen, COLOR_STRONG);
	put_slot_ns(t, pen, node->task, item->slot);
	if (item->slot == SLOT_USER)
		put_uid(pen, node->task);
}

static void put_joined(const struct tree *t, struct pen *pen, const struct node *node,
		       const struct item *item)
{
	const struct ns *ns = node->task->ns[item->slot];

	if (item->first)
		put(pen, "JOINS ");
	if (!item->whose) {
		put_slot_ns(t, pen, node->task, item->slot);
		return;
	}
	if (item->first)
		putf(pen, "%u's ", item->whose->tid);
	begin(pen, COLOR_TYPES + slots[item->slot].type);
	put(pen, slots[item->slot].name);
	if (ns && ns->name) {
		put(pen, " (");
		put_text(t, pen, ns->name);
		put(pen, ")");
	}
	end(pen);
}

static void put_children(const struct tree *t, struct pen *pen, const struct node *node,
			 const struct item *item)
{
	struct origin_slot is = origin_slot(&t->origin, node->task, item->slot);

	begin(pen, COLOR_PENDING);
	put(pen, is.kind == ORIGIN_PENDING ? "children go to " : "children join ");
	if (is.whose)
		putf(pen, "%u's %s", is.whose->tid, ns_type_names[slots[item->slot].type]);
	else
		put_ns(t, pen, node->task->ns[item->slot], slots[item->slot].type,
		       task_inum(node->task, item->slot));
	if (is.kind == ORIGIN_PENDING)
		put(pen, ", nobody is in it yet");
	end(pen);
}

static void put_initial(const struct tree *t, struct pen *pen, const struct node *node)
{
	uint32_t types = 0;
	enum slot s;

	begin(pen, COLOR_INITIAL);
	if (t->types == ALL_TYPES) {
		put(pen, node->shown ? "else initial" : "all initial");
	} else {
		for (s = 0; s < SLOTS; s++)
			if (node->initial & 1u << s)
				types |= 1u << slots[s].type;
		for (s = 0; s < NS_TYPES; s++)
			if (types & 1u << s)
				putf(pen, "%s ", ns_type_names[s]);
		put(pen, "initial");
	}
	end(pen);
}

static void put_size(struct pen *pen, const struct size *size, bool many)
{
	putf(pen, "%s%u process%s", many ? "each " : "", size->procs, size->procs == 1 ? "" : "es");
	if (!size->unknown && size->tasks > size->procs)
		putf(pen, ", %u tasks", size->tasks);
}

static void put_item(const struct tree *t, struct pen *pen, const struct frame *f,
		     const struct items *items, const struct item *item)
{
	const struct node *node = &t->nodes[f->first];

	switch (item->kind) {
	case ITEM_GONE:
		begin(pen, COLOR_GONE);
		put(pen, gone(node->task));
		end(pen);
		break;
	case ITEM_INITIAL:
		put_initial(t, pen, node);
		break;
	case ITEM_SET:
		putf(pen, "same as %u", item->whose->tid);
		break;
	case ITEM_NEW:
		put_new(t, pen, node, item);
		break;
	case ITEM_EACH:
		put(pen, "each its own");
		put_types(pen, node->new);
		if (node->new & 1u << NSINSPECT_NS_TYPE_USER)
			put_uid(pen, node->task);
		break;
	case ITEM_JOINED:
		put_joined(t, pen, node, item);
		break;
	case ITEM_CHILDREN:
		put_children(t, pen, node, item);
		break;
	case ITEM_SIZE:
		put_size(pen, &node->size, items->many);
		break;
	case ITEM_NAME:
		begin(pen, COLOR_STRONG);
		put_text(t, pen, container_name(t, node));
		end(pen);
		break;
	case ITEM_NOTHING:
		put(pen, "nothing new");
		break;
	case ITEM_OTHERS:
		put_count(pen, t->glyphs->dash, node->others * f->times * node->count, "more task");
		break;
	}
}

/* Items fill the line from the column where namespaces start, then more lines. */
static void put_items(const struct tree *t, struct pen *pen, size_t depth,
		      const struct items *items)
{
	const struct frame *f = &t->frames[depth];
	int start = t->column;
	size_t i;

	for (i = 0; i < items->n; i++) {
		const struct item *item = &items->list[i];
		struct pen dry = { 0 };
		int gap = item->first ? 2 : 1;

		put_item(t, &dry, f, items, item);
		if (pen->column + gap > start)
			start = pen->column + gap;
		if (t->o->width > 0 && start + dry.column > t->o->width) {
			fputc('\n', t->out);
			pen->column = 0;
			put_branch(t, pen, depth, true);
			start = t->column;
			if (start + dry.column > t->o->width)
				start = t->o->width - dry.column;
			if (start < pen->column + 1)
				start = pen->column + 1;
		}
		pad(pen, start);
		put_item(t, pen, f, items, item);
		start = 0;
	}
}

/*
 * Namespaces start in one column, right of as many lines as possible. A few
 * lines that are much longer than the others do not push it away from these:
 * 1 in 8 may stick out.
 */
static void choose_column(struct tree *t)
{
	int limit = t->o->width > 0 && t->o->width < MAX_COLUMN * 5 / 2 ?
		    t->o->width * 2 / 5 : MAX_COLUMN;
	size_t fit = 0, lines = 0;
	int i;

	for (i = 0; i <= MAX_COLUMN; i++)
		lines += t->starts[i];
	for (i = 1; i <= limit; i++) {
		if (i > NEAR_COLUMN && fit >= lines - lines / 8)
			break;
		fit += t->starts[i];
		if (t->starts[i])
			t->column = i;
	}
}

/* Draws a line, or only notes how much room its left side takes. */
static void put_line(struct tree *t, size_t depth, bool draw)
{
	const struct frame *f = &t->frames[depth];
	struct pen pen = { .out = draw ? t->out : NULL, .color = t->o->color };
	struct items items;

	find_items(t, f, &items);
	if (!draw && !items.n)
		return;
	put_branch(t, &pen, depth, false);
	put_task(t, &pen, f);
	if (!draw) {
		t->starts[pen.column + 2 <= MAX_COLUMN ? pen.column + 2 : 0]++;
		return;
	}
	put_items(t, &pen, depth, &items);
	fputc('\n', t->out);
}

static void walk(struct tree *t, bool draw)
{
	struct frame *f = t->frames;

	f->first = f->last = t->nodes[0].rows;
	f->times = 1;
	for (;;) {
		for (; f->first; f++) {
			put_line(t, (size_t)(f - t->frames), draw);
			f[1].first = t->nodes[f->first].rows;
			f[1].last = t->nodes[t->nodes[f->last].last].rows;
			f[1].times = f->times * t->nodes[f->first].count;
		}
		if (f == t->frames)
			return;
		f--;
		f->first = t->nodes[f->first].next;
		f->last = t->nodes[f->last].next;
	}
}

/* Which system this is, and how much of it there is. */
static void put_header(const struct tree *t)
{
	const struct graph *g = t->g;
	struct pen pen = { .out = t->out, .color = t->o->color };
	uint32_t procs = 0;
	size_t i;

	if (!g->n_tasks && !g->n_namespaces)
		return;
	for (i = 0; i < g->n_tasks; i++)
		procs += task_is_leader(&g->tasks[i]);
	begin(&pen, COLOR_HEADING);
	if (g->host.nodename)
		put_text(t, &pen, g->host.nodename);
	end(&pen);
	if (g->host.release) {
		put(&pen, pen.column ? "  " : "");
		put_text(t, &pen, g->host.release);
	}
	put(&pen, pen.column ? "   " : "");
	putf(&pen, "%u process%s, ", procs, procs == 1 ? "" : "es");
	/* Threads that are not in the picture were looked at all the same. */
	if (g->has_snapshot && g->snapshot.walked >= g->n_tasks)
		putf(&pen, "%u task%s, ", g->snapshot.walked, g->snapshot.walked == 1 ? "" : "s");
	putf(&pen, "%zu namespace%s", g->n_namespaces, g->n_namespaces == 1 ? "" : "s");
	fputc('\n', t->out);
}

/* The next namespace that no task is in, from @ns on; NULL: there is none. */
static const struct ns *empty_from(const struct tree *t, const struct ns *ns)
{
	const struct ns *last = t->g->namespaces + t->g->n_namespaces;

	for (; ns < last; ns++)
		if (t->types & 1u << ns->type && !origin_first(&t->origin, ns))
			return ns;
	return NULL;
}

/* Namespaces that no line above can have, on a few lines. */
static void put_empty(const struct tree *t)
{
	static const char begins[] = "no process in:";
	const int indent = (int)sizeof(begins) - 1, reserve = sizeof(", and 1000000 more") - 1;
	struct pen pen = { .out = t->out, .color = t->o->color };
	const struct ns *ns = empty_from(t, t->g->namespaces), *next;
	int width = t->o->width, lines = 1;
	size_t n = 0, left = 0;

	if (!ns)
		return;
	put(&pen, begins);
	for (; ns; ns = next, n++) {
		struct pen dry = { 0 };
		int room;

		next = empty_from(t, ns + 1);
		put_ns(t, &dry, ns, ns->type, ns->inum);
		room = width - pen.column - 2 - dry.column;
		if (t->o->fold && !t->o->whole &&
		    (width > 0 ? lines == MAX_EMPTY_LINES && room < (next ? reserve : 0) :
		     n == MAX_EMPTY))
			break;
		if (width > 0 && room < 0 && pen.column > indent) {
			fputc('\n', t->out);
			pen.column = 0;
			pad(&pen, indent);
			lines++;
		}
		put(&pen, pen.column > indent ? "  " : " ");
		begin(&pen, COLOR_TYPES + ns->type);
		put_ns(t, &pen, ns, ns->type, ns->inum);
		end(&pen);
	}
	for (; ns; ns = empty_from(t, ns + 1))
		left++;
	if (left)
		putf(&pen, ", and %zu more", left);
	fputc('\n', t->out);
}

/**
 * render_tree() - draw the process tree
 * @g: a graph that graph_link() has seen
 * @o: how
 * @out: where to
 *
 * Time and memory grow with the number of tasks only, however deep they go.
 *
 * Return: 0, or -ENOMEM, in which case nothing was written.
 */
int render_tree(const struct graph *g, const struct tree_options *o, FILE *out)
{
	uint32_t types = o->types & ALL_TYPES;
	struct pen pen = { .out = out, .color = o->color };
	size_t n = g->n_tasks, table = 16;
	int err = -ENOMEM;
	struct tree t;

	memset(&t, 0, sizeof(t));
	t.g = g;
	t.o = o;
	t.out = out;
	t.glyphs = o->ascii ? &ascii : &utf8;
	t.types = types ? types : ALL_TYPES;
	t.levels = MAX_LEVELS;
	if (o->width > 0 && o->width / (2 * INDENT) < MAX_LEVELS)
		t.levels = o->width / (2 * INDENT) > 4 ? (size_t)o->width / (2 * INDENT) : 4;
	while (table < 2 * n)
		table *= 2;
	t.table_mask = (uint32_t)table - 1;
	t.nodes = calloc(n + 1, sizeof(*t.nodes));
	t.seen = calloc(n + 1, sizeof(*t.seen));
	t.named = calloc(n + 1, sizeof(*t.named));
	t.sizes = calloc(g->n_namespaces + 1, sizeof(*t.sizes));
	t.table = calloc(table, sizeof(*t.table));
	t.alike = calloc(n + 1, sizeof(*t.alike));
	t.frames = calloc(n + 2, sizeof(*t.frames));
	if (origin_init(&t.origin, g) || !t.nodes || !t.seen || !t.named || !t.sizes || !t.table ||
	    !t.alike || !t.frames)
		goto out;

	plant_all(&t);
	if (o->task)
		leave_outside(&t);
	settle(&t);
	walk(&t, false);
	choose_column(&t);
	put_header(&t);
	walk(&t, true);
	if (t.nodes[0].kthreads) {
		put_kthreads(&pen, &t.nodes[0], 1, "");
		fputc('\n', out);
	}
	if (!o->task)
		put_empty(&t);
	err = 0;
out:
	origin_free(&t.origin);
	free(t.frames);
	free(t.alike);
	free(t.table);
	free(t.sizes);
	free(t.named);
	free(t.seen);
	free(t.nodes);
	return err;
}
