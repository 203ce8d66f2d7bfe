// SPDX-License-Identifier: GPL-2.0
/*
 * The process tree.
 *
 * A line is a task: its number at every level, its comm, then the slots in
 * which it differs from the task above it. So a task without
 * namespaces on its line is where the task above it is, and a namespace is
 * written once for each time that a task entered it.
 *
 * What is drawn is decided bottom up, over an array of nodes in the order of a
 * walk: what folds away, which neighbours are alike. Then the tree is walked
 * twice, to measure and to draw. Nothing here recurses: how deep a tree goes
 * is up to whoever can fork.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "color.h"
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

/* One task as it is drawn. Node 0 is above the roots, so index 0 means none. */
struct node {
	const struct task *task;
	uint32_t up;
	uint32_t rows;		/* the first line below it */
	uint32_t next;		/* the next line beside it, after its run */
	uint32_t last;		/* of the run of like neighbours that it heads */
	uint32_t count;		/* how many these are */
	uint32_t kthreads;	/* folded away below it */
	uint32_t others;	/* the same, what a filter makes uninteresting */
	uint32_t shape;		/* the first node that looks like it; 0: like no other */
	uint32_t hash;
	uint32_t shown;		/* 1 << enum slot: what its line says */
	bool differs;		/* it or something below it says so */
	uint64_t ref[SLOTS];	/* which is in force here; above it, where not known */
};

/* One level of the walk. In a fold, first and last are like nodes of its two ends. */
struct frame {
	uint32_t first, last;
	uint32_t times;		/* how many lines this one stands for, its own run aside */
};

struct tree {
	const struct graph *g;
	const struct tree_options *o;
	const struct glyphs *glyphs;
	FILE *out;
	uint32_t types;
	size_t levels;		/* drawn side by side */
	int column;		/* where namespaces start */
	size_t starts[MAX_COLUMN + 1];	/* how many lines would like each column; 0: too wide */
	struct node *nodes;
	uint32_t n_nodes;
	bool *seen;		/* by index into the graph's tasks */
	uint32_t *table;	/* of shapes; a power of two */
	uint32_t table_mask;
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

/*
 * Which namespace is in a slot, 0 when there is none. Two may have the same
 * inode number, and one that is not in the graph has nothing else.
 */
static uint64_t ref_of(const struct tree *t, const struct task *task, enum slot s)
{
	const struct ns *ns = task->ns[s];

	return (uint64_t)(ns ? ns - t->g->namespaces + 1 : 0) << 32 | task_inum(task, s);
}

/*
 * What to compare with: the task above. A root says all, but for kernel
 * threads next to pid 1: both come from the same boot.
 */
static const uint64_t *reference(const struct tree *t, const struct node *node)
{
	const struct task *first = t->nodes[1].task;

	if (!node->up && node->task->kthread && first->tid == 1)
		return t->nodes[1].ref;
	return t->nodes[node->up].ref;
}

static void compare(const struct tree *t, struct node *node)
{
	const uint64_t *above = reference(t, node);
	enum slot s;

	for (s = 0; s < SLOTS; s++) {
		uint64_t ref = ref_of(t, node->task, s);
		bool show;

		/* Where children will be is shown only for a task that is not there itself. */
		show = slots[s].current == s ? ref && ref != above[s] : task_pending(node->task, s);
		if (show && t->types & 1u << slots[s].type)
			node->shown |= 1u << s;
		node->ref[s] = ref ? ref : above[s];
	}
	node->differs = node->shown;
}

/* What became of it, when it has no namespaces left to show. */
static const char *gone(const struct task *task)
{
	if (task->state == 'Z')
		return task->nsproxy_id ? "zombie" : "zombie, no nsproxy";
	return task->nsproxy_id ? NULL : "exiting, no nsproxy";
}

static uint32_t mix(uint32_t hash, uint32_t value)
{
	hash = (hash ^ value) * 0x9e3779b1u;
	return hash ^ hash >> 15;
}

static uint32_t hash_node(const struct tree *t, const struct node *node)
{
	const struct task *task = node->task;
	uint32_t hash = 0, row;
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

/* Are the pictures of both the same, but for numbers? Their rows have shapes already. */
static bool alike(const struct tree *t, const struct node *a, const struct node *b)
{
	const struct task *x = a->task, *y = b->task;
	const char *gone_x = gone(x), *gone_y = gone(y);
	uint32_t i = a->rows, j = b->rows;

	if (a->hash != b->hash || strcmp(x->comm, y->comm) || x->n_upids != y->n_upids ||
	    task_is_leader(x) != task_is_leader(y) || x->kthread != y->kthread ||
	    a->kthreads != b->kthreads || a->others != b->others)
		return false;
	if (gone_x != gone_y && (!gone_x || !gone_y || strcmp(gone_x, gone_y)))
		return false;
	while (i && j && t->nodes[i].shape == t->nodes[j].shape &&
	       t->nodes[i].count == t->nodes[j].count) {
		i = t->nodes[i].next;
		j = t->nodes[j].next;
	}
	return !i && !j;
}

static void find_shape(struct tree *t, uint32_t self)
{
	struct node *node = &t->nodes[self];
	uint32_t at;

	node->hash = hash_node(t, node);
	at = node->hash & t->table_mask;
	while (t->table[at] && !alike(t, node, &t->nodes[t->table[at]]))
		at = (at + 1) & t->table_mask;
	if (!t->table[at])
		t->table[at] = self;
	node->shape = t->table[at];
}

/* Neighbours of the same shape become one line. */
static void fold_rows(struct tree *t, struct node *node)
{
	uint32_t head, row;

	for (head = node->rows; head; head = t->nodes[head].next) {
		struct node *h = &t->nodes[head];

		while ((row = h->next) && h->shape && h->shape == t->nodes[row].shape) {
			h->last = row;
			h->count++;
			h->next = t->nodes[row].next;
		}
	}
}

/* Its leader has exited, so nothing else shows that the process lives. */
static bool outlives_leader(const struct task *task)
{
	return task->nsproxy_id && task->leader && task->leader != task &&
	       !task->leader->nsproxy_id;
}

/*
 * Does @node, whose rows are settled, get no line of its own? Never one with
 * namespaces on its line or a line below it. The line above counts it instead.
 */
static bool folds_away(const struct tree *t, struct node *node)
{
	const struct task *task = node->task;

	if (node->shown || node->rows)
		return false;
	if (node->up && !task_is_leader(task) && !t->o->threads && !outlives_leader(task))
		return true;
	/* kthreadd and pid 1 have no parent, and stay. */
	if (task->kthread && !t->o->kthreads && task->ppid) {
		node->kthreads++;
		return true;
	}
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
	for (i = t->n_nodes; i-- > 1; ) {
		struct node *node = &t->nodes[i], *up = &t->nodes[node->up];

		fold_rows(t, node);
		if (folds_away(t, node)) {
			up->kthreads += node->kthreads;
			up->others += node->others;
			continue;
		}
		node->last = i;
		node->count = 1;
		node->next = up->rows;
		up->rows = i;
		up->differs |= node->differs;
		if (t->o->fold && !node->differs)
			find_shape(t, i);
	}
	fold_rows(t, &t->nodes[0]);
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

static void put_task(const struct tree *t, struct pen *pen, const struct frame *f)
{
	const struct node *node = &t->nodes[f->first];
	const struct task *task = node->task;
	uint32_t times = f->times * node->count;
	char comm[TEXT_COMM_MAX];

	put_pids(t, pen, task);
	if (times > 1) {
		put(pen, t->glyphs->range);
		put_pids(t, pen, t->nodes[t->nodes[f->last].last].task);
		putf(pen, " %u%s", times, t->glyphs->times);
	}
	text_escape(comm, sizeof(comm), task->comm, t->o->ascii);
	put(pen, " ");
	if (node->shown && node->up)
		begin(pen, COLOR_STRONG);
	else if (task->kthread)
		begin(pen, COLOR_DIM);
	if (!task_is_leader(task))
		put(pen, "{");
	put(pen, comm);
	if (!task_is_leader(task))
		put(pen, "}");
	end(pen);
	if (node->kthreads) {
		put(pen, " ");
		put_count(pen, t->glyphs->dash, node->kthreads * times, "kernel thread");
	}
}

static bool all_initial(const struct node *node)
{
	enum slot s;

	for (s = 0; s < SLOTS; s++)
		if (node->shown & 1u << s && !(node->task->ns[s] && node->task->ns[s]->initial))
			return false;
	return true;
}

/* One of the remarks in the parentheses behind a namespace. */
static void put_remark(struct pen *pen, bool *open, const char *remark)
{
	put(pen, *open ? ", " : "(");
	put(pen, remark);
	*open = true;
}

static void put_slot(const struct tree *t, struct pen *pen, const struct node *node, enum slot s,
		     bool say_initial)
{
	const struct ns *ns = node->task->ns[s];
	bool pending = slots[s].current != s, open = false;
	enum color what = pending ? COLOR_PENDING : COLOR_TYPES + slots[s].type;
	char text[MAX_NAME];

	begin(pen, what);
	putf(pen, "%s:", slots[s].name);
	if (!pending) {
		end(pen);
		if (!node->up && ns && ns->initial)
			begin(pen, COLOR_INITIAL);
	}
	putf(pen, "%u", task_inum(node->task, s));
	end(pen);

	begin(pen, what);
	if (ns && ns->name) {
		text_escape(text, sizeof(text), ns->name, t->o->ascii);
		put_remark(pen, &open, text);
	}
	if (ns && ns->initial && say_initial)
		put_remark(pen, &open, "initial");
	if (pending)
		put_remark(pen, &open, "pending");
	if (s == SLOT_USER && node->up) {
		snprintf(text, sizeof(text), "uid %u", node->task->uid);
		put_remark(pen, &open, text);
	}
	if (open)
		put(pen, ")");
	end(pen);
}

/* What stands to the right of a task; its slots are items, too. */
enum item {
	ITEM_GONE = SLOTS,	/* what became of it */
	ITEM_ALL_INITIAL,	/* a word on all the slots */
	ITEM_OTHERS,		/* tasks below that a filter makes uninteresting */
	ITEMS
};

static void put_item(const struct tree *t, struct pen *pen, const struct frame *f,
		     unsigned int item, uint32_t items)
{
	const struct node *node = &t->nodes[f->first];

	if (item < SLOTS) {
		put_slot(t, pen, node, item, !(items & 1u << ITEM_ALL_INITIAL));
	} else if (item == ITEM_OTHERS) {
		put_count(pen, t->glyphs->dash, node->others * f->times * node->count, "more task");
	} else {
		begin(pen, item == ITEM_GONE ? COLOR_GONE : COLOR_INITIAL);
		put(pen, item == ITEM_GONE ? gone(node->task) : "(all initial)");
		end(pen);
	}
}

static uint32_t items_of(const struct node *node)
{
	uint32_t items = node->shown;

	/* A single namespace has the remark itself. */
	if (!node->up && items & (items - 1) && all_initial(node))
		items |= 1u << ITEM_ALL_INITIAL;
	if (gone(node->task))
		items |= 1u << ITEM_GONE;
	if (node->others)
		items |= 1u << ITEM_OTHERS;
	return items;
}

/* Items fill the line from the column where namespaces start, then more lines. */
static void put_items(const struct tree *t, struct pen *pen, size_t depth, uint32_t items)
{
	static const unsigned int order[ITEMS] = {
		ITEM_GONE, SLOT_CGROUP, SLOT_IPC, SLOT_MNT, SLOT_NET, SLOT_PID,
		SLOT_PID_FOR_CHILDREN, SLOT_TIME, SLOT_TIME_FOR_CHILDREN, SLOT_USER,
		SLOT_UTS, ITEM_ALL_INITIAL, ITEM_OTHERS
	};
	const struct frame *f = &t->frames[depth];
	int gap = 2, start = t->column;
	size_t i;

	for (i = 0; i < ITEMS; i++) {
		struct pen dry = { 0 };

		if (!(items & 1u << order[i]))
			continue;
		put_item(t, &dry, f, order[i], items);
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
		put_item(t, pen, f, order[i], items);
		gap = 1;
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
	uint32_t items = items_of(&t->nodes[f->first]);

	if (!draw && !items)
		return;
	put_branch(t, &pen, depth, false);
	put_task(t, &pen, f);
	if (!draw) {
		t->starts[pen.column + 2 <= MAX_COLUMN ? pen.column + 2 : 0]++;
		return;
	}
	put_items(t, &pen, depth, items);
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
	struct tree t = { .g = g, .o = o, .out = out };
	struct pen pen = { .out = out, .color = o->color };
	uint32_t types = o->types & ALL_TYPES;
	size_t n = g->n_tasks, table = 16;
	int err = -ENOMEM;

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
	t.table = calloc(table, sizeof(*t.table));
	t.frames = calloc(n + 2, sizeof(*t.frames));
	if (!t.nodes || !t.seen || !t.table || !t.frames)
		goto out;

	plant_all(&t);
	settle(&t);
	walk(&t, false);
	choose_column(&t);
	walk(&t, true);
	if (t.nodes[0].kthreads) {
		put_count(&pen, "", t.nodes[0].kthreads, "kernel thread");
		fputc('\n', out);
	}
	err = 0;
out:
	free(t.frames);
	free(t.table);
	free(t.seen);
	free(t.nodes);
	return err;
}
