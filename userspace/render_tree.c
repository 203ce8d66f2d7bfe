// SPDX-License-Identifier: GPL-2.0
/*
 * The process tree.
 *
 * A line is a task: its number at every level, its comm, then what its
 * namespaces have to do with those of other tasks, which origin.c knows. A
 * task of which a line says nothing is where the task above it is.
 *
 * fold.c decides which lines there are. They are walked twice, to measure and
 * to draw; nothing here recurses.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "color.h"
#include "fold.h"
#include "names.h"
#include "render.h"
#include "text.h"

#define INDENT		3
/* Columns of the signs of what changed, in front of the tree. */
#define MARGIN		2
/* Levels that are drawn side by side, where the width does not ask for less. */
#define MAX_LEVELS	32
/* Where namespaces start: at MAX_COLUMN at most, past NEAR_COLUMN only for good reason. */
#define NEAR_COLUMN	32
#define MAX_COLUMN	64
/* How long runs on one line may be, where lines have no end. */
#define MAX_RUNS	160
/* What is shown of a name; a file's, after escaping, so this is all of it. */
#define MAX_NAME	1024
/* Lines about namespaces without a task; namespaces, where lines have no end. */
#define MAX_EMPTY_LINES	3
#define MAX_EMPTY	24

struct glyphs {
	const char *tee, *elbow, *bar;	/* INDENT columns each */
	const char *stem;		/* a bar that ends the line */
	const char *arrow, *range, *times, *dash, *cut;
};

/* What changed: the same characters as those of diff, which all terminals have. */
static const char came[] = "+ ", moved[] = "~ ";

static const struct glyphs utf8 = {
	"├─ ", "└─ ", "│  ", "│", "→", "…", "×", "──", "⋯"
};

static const struct glyphs ascii = {
	"|- ", "`- ", "|  ", "|", "->", "..", "x", "--", ".."
};

/* Tasks that are drawn once. In a fold, first and last are like nodes of its two ends. */
struct run {
	uint32_t first, last;
	uint32_t times;		/* how many lines this one stands for, its own run aside */
};

/*
 * One level of the walk is one line. Where nothing is to be said of a run, and
 * only one is below it, that is on the same line: what is right of a line, and
 * below it, is about the last run on it.
 */
struct frame {
	struct run head, tail;
};

struct tree {
	const struct graph *g;
	const struct tree_options *o;
	const struct glyphs *glyphs;
	struct fold fold;
	FILE *out;
	size_t levels;		/* drawn side by side */
	int limit;		/* namespaces should start no further right */
	int column;		/* where they start */
	size_t starts[MAX_COLUMN + 1];	/* how many lines would like each column; 0: too wide */
	/* How many lines there are; from then on, how many may be drawn: [1]: lead to a mark. */
	size_t lines[2];
	bool cut;		/* not all lines may be drawn */
	size_t left;		/* how many were not */
	struct frame *frames;
};

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

static void end_line(struct pen *pen)
{
	if (pen->out)
		fputc('\n', pen->out);
	pen->column = 0;
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

/* A mark is in front of the first of a task's lines. */
static void put_mark(const struct tree *t, struct pen *pen, const struct tree_mark *mark)
{
	if (!t->o->marks)
		return;
	if (mark) {
		begin(pen, mark->slots ? COLOR_MOVED : COLOR_CAME);
		put(pen, mark->slots ? moved : came);
		end(pen);
	}
	pad(pen, MARGIN);
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
	bool rows = t->fold.nodes[t->frames[depth].tail.first].rows;

	put_mark(t, pen, continued ? NULL : t->fold.nodes[t->frames[depth].head.first].mark);
	begin(pen, COLOR_DIM);
	if (from) {
		char sign[32];

		snprintf(sign, sizeof(sign), "%s%zu ", glyphs->cut, from);
		if (continued)
			pad(pen, pen->column + text_width(sign));
		else
			put(pen, sign);
	}
	for (i = from + 1; i <= depth; i++) {
		bool more = t->fold.nodes[t->frames[i].head.first].next;

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

static void put_count(struct pen *pen, const char *dash, uint32_t n, const char *one,
		      const char *many)
{
	begin(pen, COLOR_DIM);
	putf(pen, "%s%s%u %s", dash, *dash ? " " : "", n, n == 1 ? one : many);
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

/* The colour of a slot's text, which stands out where the task has moved in it. */
static void begin_slot(struct pen *pen, const struct tree_mark *mark, enum slot s,
		       enum color what)
{
	begin(pen, what);
	if (mark && mark->slots & 1u << s)
		begin(pen, COLOR_CHANGED);
}

static void put_slot_ns(const struct tree *t, struct pen *pen, const struct task *task,
			const struct tree_mark *mark, enum slot s)
{
	begin_slot(pen, mark, s, COLOR_TYPES + slots[s].type);
	put_ns(t, pen, task->ns[s], slots[s].type, task_inum(task, s));
	end(pen);
}

static void put_word(struct pen *pen, const char *word)
{
	begin(pen, COLOR_STRONG);
	put(pen, word);
	end(pen);
}

/* "60 kernel threads, but 32 kdevtmpfs NEW mnt:31862": the one that differs has its name. */
static void put_kthreads(const struct tree *t, struct pen *pen, const struct fold_node *node,
			 uint32_t times, const char *dash)
{
	const struct task *own = node->own_kthread;
	char comm[TEXT_COMM_MAX];
	enum slot s;

	put_count(pen, dash, node->kthreads * times, "kernel thread", "kernel threads");
	if (!own)
		return;
	if (node->own_kthreads * times > 1) {
		putf(pen, ", %u with their own", node->own_kthreads * times);
		put_types(pen, node->own_types);
		return;
	}
	put(pen, ", but ");
	put_pids(t, pen, own);
	text_escape(comm, sizeof(comm), own->comm, t->o->ascii);
	put(pen, " ");
	put_word(pen, comm);
	put_word(pen, " NEW");
	for (s = 0; s < SLOTS; s++) {
		if (slots[s].current != s || !(node->own_types & 1u << slots[s].type))
			continue;
		put(pen, " ");
		begin(pen, COLOR_STRONG);
		put_slot_ns(t, pen, own, NULL, s);
	}
}

/* "3× (12× ": how many of them are in each of how many. */
static void put_times(const struct tree *t, struct pen *pen, const struct run *run)
{
	uint32_t count = t->fold.nodes[run->first].count;

	if (run->times > 1)
		putf(pen, "%u%s ", run->times, t->glyphs->times);
	if (count > 1)
		putf(pen, "%s%u%s ", run->times > 1 ? "(" : "", count, t->glyphs->times);
}

static void put_comm(const struct tree *t, struct pen *pen, const struct fold_node *node)
{
	bool thread = !task_is_leader(node->task);
	char comm[TEXT_COMM_MAX];

	if (node->mixed) {
		put(pen, thread ? "{others}" : "(others)");
		return;
	}
	text_escape(comm, sizeof(comm), node->task->comm, t->o->ascii);
	if ((node->shown && !node->alone) || fold_asked_for(t->o, node->task))
		begin(pen, COLOR_STRONG);
	else if (node->task->kthread)
		begin(pen, COLOR_DIM);
	putf(pen, thread ? "{%s}" : "%s", comm);
	end(pen);
}

static void put_task(const struct tree *t, struct pen *pen, const struct run *run)
{
	const struct fold_node *node = &t->fold.nodes[run->first];
	uint32_t times = run->times * node->count;

	put_pids(t, pen, node->task);
	if (times > 1) {
		put(pen, t->glyphs->range);
		put_pids(t, pen, t->fold.nodes[t->fold.nodes[run->last].last].task);
	}
	put(pen, " ");
	put_times(t, pen, run);
	put_comm(t, pen, node);
	if (run->times > 1 && node->count > 1)
		put(pen, ")");
	if (node->kthreads) {
		put(pen, " ");
		put_kthreads(t, pen, node, times, t->glyphs->dash);
	}
}

/* What stands to the right of a task is a row of items; a line may end after each. */
enum item_kind {
	ITEM_MOVED,		/* in which slots it changed since the last picture */
	ITEM_GONE,		/* what became of it */
	ITEM_NAME,		/* of a container */
	ITEM_SIZE,		/* the same */
	ITEM_INITIAL,		/* which of its namespaces are initial */
	ITEM_SET,		/* a task that it shares all namespaces with */
	ITEM_NEW,		/* a namespace that begins with it */
	ITEM_EACH,		/* the same, of many */
	ITEM_JOINED,		/* a namespace that begins with another task */
	ITEM_CHILDREN,		/* where its children will be */
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
static void add_joined(const struct tree *t, struct items *items, const struct fold_node *node)
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
		whose = origin_slot(&t->fold.origin, node->task, s).whose;
		for (other = s; other < SLOTS; other++) {
			if (!(left & 1u << other) ||
			    origin_slot(&t->fold.origin, node->task, other).whose != whose)
				continue;
			add_item(items, ITEM_JOINED, other, other == s, whose);
			left &= ~(1u << other);
		}
	}
}

static void find_items(const struct tree *t, const struct run *run, struct items *items)
{
	const struct fold_node *node = &t->fold.nodes[run->first];
	bool first = true;
	enum slot s;

	items->n = 0;
	items->many = run->times * node->count > 1;
	if (node->mark && node->mark->slots)
		add_item(items, ITEM_MOVED, 0, true, NULL);
	if (fold_gone(node->task))
		add_item(items, ITEM_GONE, 0, true, NULL);
	/* What it is comes first: of many namespaces the rest may be on the next line. */
	if (node->begins && node->shown) {
		if (fold_name(t->o, node))
			add_item(items, ITEM_NAME, 0, true, NULL);
		add_item(items, ITEM_SIZE, 0, true, NULL);
	}
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
	if (node->initial && !fold_gone(node->task))
		add_item(items, ITEM_INITIAL, 0, true, NULL);
	for (s = 0; s < SLOTS; s++)
		if (node->shown & 1u << s && slots[s].current != s)
			add_item(items, ITEM_CHILDREN, s, true,
				 origin_slot(&t->fold.origin, node->task, s).whose);
	if (node->mixed && !node->new)
		add_item(items, ITEM_NOTHING, 0, true, NULL);
	if (node->others)
		add_item(items, ITEM_OTHERS, 0, true, NULL);
}

static void put_uid(struct pen *pen, const struct task *task)
{
	putf(pen, " (uid %u)", task->uid);
}

static void put_new(const struct tree *t, struct pen *pen, const struct fold_node *node,
		    const struct item *item)
{
	if (item->first && !node->alone)
		put_word(pen, "NEW ");
	/* What is new stands out, in the colour of its type. */
	begin(pen, COLOR_STRONG);
	put_slot_ns(t, pen, node->task, node->mark, item->slot);
	if (item->slot == SLOT_USER)
		put_uid(pen, node->task);
}

/* "907" or, where no line shows who that is, "907 pause". */
static void put_whose(const struct tree *t, struct pen *pen, const struct task *whose,
		      const char *after)
{
	char comm[TEXT_COMM_MAX];

	putf(pen, "%u", whose->tid);
	if (fold_outside(&t->fold, whose)) {
		text_escape(comm, sizeof(comm), whose->comm, t->o->ascii);
		put(pen, " ");
		put(pen, comm);
	}
	put(pen, after);
}

static void put_joined(const struct tree *t, struct pen *pen, const struct fold_node *node,
		       const struct item *item)
{
	const struct ns *ns = node->task->ns[item->slot];

	if (item->first)
		put(pen, "JOINS ");
	if (!item->whose) {
		put_slot_ns(t, pen, node->task, node->mark, item->slot);
		return;
	}
	if (item->first)
		put_whose(t, pen, item->whose, "'s ");
	begin_slot(pen, node->mark, item->slot, COLOR_TYPES + slots[item->slot].type);
	put(pen, slots[item->slot].name);
	if (ns && ns->name) {
		put(pen, " (");
		put_text(t, pen, ns->name);
		put(pen, ")");
	}
	end(pen);
}

static void put_children(const struct tree *t, struct pen *pen, const struct fold_node *node,
			 const struct item *item)
{
	struct origin_slot is = origin_slot(&t->fold.origin, node->task, item->slot);

	begin_slot(pen, node->mark, item->slot, COLOR_PENDING);
	put(pen, is.kind == ORIGIN_PENDING ? "pending: children go to " : "children join ");
	if (is.whose) {
		put_whose(t, pen, is.whose, "'s ");
		put(pen, ns_type_names[slots[item->slot].type]);
	} else {
		put_ns(t, pen, node->task->ns[item->slot], slots[item->slot].type,
		       task_inum(node->task, item->slot));
	}
	end(pen);
}

static void put_initial(const struct tree *t, struct pen *pen, const struct fold_node *node)
{
	uint32_t types = 0;
	enum slot s;

	begin(pen, COLOR_INITIAL);
	if (t->fold.types == ALL_TYPES) {
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

static void put_size(struct pen *pen, const struct fold_size *size, bool many)
{
	putf(pen, "%s%u process%s", many ? "each " : "", size->procs, size->procs == 1 ? "" : "es");
	if (!size->unknown && size->tasks > size->procs)
		putf(pen, ", %u tasks", size->tasks);
}

/* "moved net uts": also where the line says no more of them, as it went where its parent is. */
static void put_moved(struct pen *pen, const struct tree_mark *mark)
{
	enum slot s;

	put(pen, "moved");
	for (s = 0; s < SLOTS; s++) {
		if (!(mark->slots & 1u << s))
			continue;
		put(pen, " ");
		begin_slot(pen, mark, s, COLOR_TYPES + slots[s].type);
		put(pen, slots[s].name);
		end(pen);
	}
}

static void put_item(const struct tree *t, struct pen *pen, const struct run *run,
		     const struct items *items, const struct item *item)
{
	const struct fold_node *node = &t->fold.nodes[run->first];

	switch (item->kind) {
	case ITEM_MOVED:
		put_moved(pen, node->mark);
		break;
	case ITEM_GONE:
		begin(pen, COLOR_GONE);
		put(pen, fold_gone(node->task));
		end(pen);
		break;
	case ITEM_INITIAL:
		put_initial(t, pen, node);
		break;
	case ITEM_SET:
		put(pen, "same as ");
		put_whose(t, pen, item->whose, "");
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
		put_text(t, pen, fold_name(t->o, node));
		end(pen);
		break;
	case ITEM_NOTHING:
		put(pen, "nothing new");
		break;
	case ITEM_OTHERS:
		put_count(pen, t->glyphs->dash, node->others * run->times * node->count,
			  t->o->threads ? "more task" : "more process",
			  t->o->threads ? "more tasks" : "more processes");
		break;
	}
}

/*
 * Items fill the line from the column where namespaces start, then more lines.
 * Return: how many lines. With a pen that does not write, what it would be.
 */
static int put_items(const struct tree *t, struct pen *pen, size_t depth, const struct run *run,
		     const struct items *items)
{
	int start = t->column, lines = 1;
	size_t i;

	for (i = 0; i < items->n; i++) {
		const struct item *item = &items->list[i];
		struct pen dry = { 0 };
		int gap = item->first ? 2 : 1;

		put_item(t, &dry, run, items, item);
		if (pen->column + gap > start)
			start = pen->column + gap;
		if (t->o->width > 0 && start + dry.column > t->o->width) {
			end_line(pen);
			lines++;
			put_branch(t, pen, depth, true);
			start = t->column;
			if (start + dry.column > t->o->width)
				start = t->o->width - dry.column;
			if (start < pen->column + 1)
				start = pen->column + 1;
		}
		pad(pen, start);
		put_item(t, pen, run, items, item);
		start = 0;
	}
	return lines;
}

/*
 * Namespaces start in one column, right of as many lines as possible. A few
 * lines that are much longer than the others do not push it away from these:
 * 1 in 8 may stick out.
 */
static void choose_column(struct tree *t)
{
	size_t fit = 0, lines = 0;
	int i;

	t->column = 0;
	for (i = 0; i <= MAX_COLUMN; i++)
		lines += t->starts[i];
	for (i = 1; i <= t->limit; i++) {
		if (i > NEAR_COLUMN && fit >= lines - lines / 8)
			break;
		fit += t->starts[i];
		if (t->starts[i])
			t->column = i;
	}
}

/* The row that is first below a run. */
static struct run below(const struct tree *t, const struct run *run)
{
	const struct fold_node *nodes = t->fold.nodes;

	return (struct run){
		nodes[run->first].rows, nodes[nodes[run->last].last].rows,
		run->times * nodes[run->first].count
	};
}

/* From one run on a line to the next. */
static void put_dash(const struct tree *t, struct pen *pen)
{
	begin(pen, COLOR_DIM);
	putf(pen, " %s ", t->glyphs->dash);
	end(pen);
}

/* Does @next, after what a pen has measured, take no more lines than it would on its own? */
static bool has_room(const struct tree *t, size_t depth, struct pen pen, const struct run *next)
{
	struct pen own = { 0 };
	struct items items;

	put_dash(t, &pen);
	put_task(t, &pen, next);
	find_items(t, next, &items);
	if (!items.n)
		return pen.column <= (t->o->width > 0 ? t->o->width : MAX_RUNS);
	return pen.column <= t->limit + t->limit / 4 &&
	       put_items(t, &pen, depth, next, &items) <= put_items(t, &own, depth, next, &items);
}

static void find_tail(const struct tree *t, size_t depth)
{
	struct frame *f = &t->frames[depth];
	struct pen pen = { 0 };
	struct items items;

	f->tail = f->head;
	while (t->o->fold) {
		const struct fold_node *node = &t->fold.nodes[f->tail.first];
		struct run next = below(t, &f->tail);

		find_items(t, &f->tail, &items);
		if (items.n || node->kthreads || !next.first || t->fold.nodes[next.first].next)
			return;
		if (node->mark || t->fold.nodes[next.first].mark)
			return;
		if (!pen.column) {
			put_branch(t, &pen, depth, false);
			put_task(t, &pen, &f->tail);
		}
		if (!has_room(t, depth, pen, &next))
			return;
		put_dash(t, &pen);
		put_task(t, &pen, &next);
		f->tail = next;
	}
}

/* The tasks of a line, without what is to the right of them. */
static void put_runs(const struct tree *t, struct pen *pen, size_t depth)
{
	const struct frame *f = &t->frames[depth];
	struct run run = f->head;

	put_branch(t, pen, depth, false);
	put_task(t, pen, &run);
	while (run.first != f->tail.first) {
		run = below(t, &run);
		put_dash(t, pen);
		put_task(t, pen, &run);
	}
}

/* Notes how much room the left side of a line takes. */
static void measure_line(struct tree *t, size_t depth)
{
	const struct frame *f = &t->frames[depth];
	struct pen pen = { 0 };
	struct items items;

	find_items(t, &f->tail, &items);
	if (!items.n)
		return;
	put_runs(t, &pen, depth);
	/* Where more than one run is on a line, the last may be anywhere. */
	if (f->head.first == f->tail.first || pen.column + 2 <= NEAR_COLUMN)
		t->starts[pen.column + 2 <= MAX_COLUMN ? pen.column + 2 : 0]++;
}

/* Return: how many lines it takes, without a place to write to as well. */
static size_t put_line(const struct tree *t, size_t depth, FILE *out)
{
	struct pen pen = { .out = out, .color = t->o->color };
	const struct frame *f = &t->frames[depth];
	struct items items;
	int lines;

	find_items(t, &f->tail, &items);
	put_runs(t, &pen, depth);
	lines = put_items(t, &pen, depth, &f->tail, &items);
	end_line(&pen);
	return (size_t)lines;
}

static void count_line(struct tree *t, size_t depth)
{
	t->lines[t->fold.nodes[t->frames[depth].head.first].leads] += put_line(t, depth, NULL);
}

/*
 * Is there room for @n more lines, which lead to a mark or not? When there is no
 * room for one, there is none for those after it: whatever is drawn, all that is
 * above it is.
 */
static bool take_room(struct tree *t, bool leads, size_t n)
{
	if (!t->cut)
		return true;
	if (t->lines[leads] >= n) {
		t->lines[leads] -= n;
		return true;
	}
	t->lines[leads] = 0;
	t->left += n;
	return false;
}

static void draw_line(struct tree *t, size_t depth)
{
	bool leads = t->fold.nodes[t->frames[depth].head.first].leads;

	if (!t->cut || take_room(t, leads, put_line(t, depth, NULL)))
		put_line(t, depth, t->out);
}

static void walk(struct tree *t, void (*line)(struct tree *t, size_t depth))
{
	const struct fold_node *nodes = t->fold.nodes;
	struct frame *f = t->frames;

	f->head = (struct run){ nodes[0].rows, nodes[0].rows, 1 };
	for (;;) {
		for (; f->head.first; f++) {
			find_tail(t, (size_t)(f - t->frames));
			line(t, (size_t)(f - t->frames));
			f[1].head = below(t, &f->tail);
		}
		if (f == t->frames)
			return;
		f--;
		f->head.first = nodes[f->head.first].next;
		f->head.last = nodes[f->head.last].next;
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
	end_line(&pen);
}

/* The next namespace that no task is in, from @ns on; NULL: there is none. */
static const struct ns *empty_from(const struct tree *t, const struct ns *ns)
{
	const struct ns *last = t->g->namespaces + t->g->n_namespaces;

	for (; ns < last; ns++)
		if (t->fold.types & 1u << ns->type && !origin_first(&t->fold.origin, ns))
			return ns;
	return NULL;
}

/* "pid:38372 (pending: 1871 unshare)" */
static void put_empty_ns(const struct tree *t, struct pen *pen, const struct ns *ns)
{
	struct origin_pending pending = origin_pending(&t->fold.origin, ns);
	char comm[TEXT_COMM_MAX];

	begin(pen, COLOR_TYPES + ns->type);
	put_ns(t, pen, ns, ns->type, ns->inum);
	end(pen);
	if (!pending.n)
		return;
	text_escape(comm, sizeof(comm), pending.first->comm, t->o->ascii);
	put(pen, " (");
	begin(pen, COLOR_PENDING);
	putf(pen, "pending: %u ", pending.first->tid);
	put(pen, comm);
	if (pending.n > 1)
		putf(pen, " and %zu more", pending.n - 1);
	end(pen);
	put(pen, ")");
}

/*
 * Namespaces that no line above can have, on a few lines. Return: how many lines,
 * without a place to write to as well.
 */
static size_t put_empty(const struct tree *t, FILE *out)
{
	static const char begins[] = "no task in:";
	const int indent = (int)sizeof(begins) - 1, reserve = sizeof(", and 1000000 more") - 1;
	struct pen pen = { .out = out, .color = t->o->color };
	const struct ns *ns = empty_from(t, t->g->namespaces), *next;
	int width = t->o->width, lines = 1;
	size_t n = 0, left = 0;

	if (!ns)
		return 0;
	put(&pen, begins);
	for (; ns; ns = next, n++) {
		struct pen dry = { 0 };
		int room;

		next = empty_from(t, ns + 1);
		put_empty_ns(t, &dry, ns);
		room = width - pen.column - 2 - dry.column;
		if (t->o->fold && !t->o->whole &&
		    (width > 0 ? lines == MAX_EMPTY_LINES && room < (next ? reserve : 0) :
		     n == MAX_EMPTY))
			break;
		if (width > 0 && room < 0 && pen.column > indent) {
			end_line(&pen);
			pad(&pen, indent);
			lines++;
		}
		put(&pen, pen.column > indent ? "  " : " ");
		put_empty_ns(t, &pen, ns);
	}
	for (; ns; ns = empty_from(t, ns + 1))
		left++;
	if (left)
		putf(&pen, ", and %zu more", left);
	end_line(&pen);
	return (size_t)lines;
}

/* Kernel threads without a parent's line, and what no task is in. */
static void draw_rest(struct tree *t)
{
	struct pen pen = { .out = t->out, .color = t->o->color };
	size_t empty = t->o->task ? 0 : put_empty(t, NULL);

	if (t->fold.nodes[0].kthreads && take_room(t, false, 1)) {
		put_kthreads(t, &pen, &t->fold.nodes[0], 1, "");
		end_line(&pen);
	}
	if (empty && take_room(t, false, empty))
		put_empty(t, t->out);
}

/*
 * Where the terminal is not high enough, lines that lead to a mark come before
 * all others, and a last line says how many are missing.
 */
static void make_room(struct tree *t)
{
	size_t height = (size_t)t->o->height, rest = t->fold.nodes[0].kthreads > 0;

	if (t->o->height <= 0)
		return;
	walk(t, count_line);
	rest += t->o->task ? 0 : put_empty(t, NULL);
	t->cut = t->lines[0] + t->lines[1] + rest > height;
	if (t->lines[1] > height - 1)
		t->lines[1] = height - 1;
	t->lines[0] = height - 1 - t->lines[1];
}

/**
 * render_tree() - draw the process tree
 * @g: a graph that graph_link() has seen
 * @o: how; with a height, no more lines than that are drawn after the header
 * @out: where to
 *
 * Time and memory grow with the number of tasks only, however deep they go.
 *
 * Return: 0, or -ENOMEM, in which case nothing was written.
 */
int render_tree(const struct graph *g, const struct tree_options *o, FILE *out)
{
	int err = -ENOMEM;
	struct tree t;

	memset(&t, 0, sizeof(t));
	t.g = g;
	t.o = o;
	t.out = out;
	t.glyphs = o->ascii ? &ascii : &utf8;
	t.levels = MAX_LEVELS;
	if (o->width > 0 && o->width / (2 * INDENT) < MAX_LEVELS)
		t.levels = o->width / (2 * INDENT) > 4 ? (size_t)o->width / (2 * INDENT) : 4;
	t.limit = MAX_COLUMN;
	if (o->width > 0 && o->width * 9 / 20 < MAX_COLUMN)
		t.limit = o->width * 9 / 20;
	t.frames = calloc(g->n_tasks + 2, sizeof(*t.frames));
	if (fold_init(&t.fold, g, o) || !t.frames)
		goto out;
	t.column = t.limit;
	walk(&t, measure_line);
	choose_column(&t);
	make_room(&t);
	if (!o->no_header)
		put_header(&t);
	walk(&t, draw_line);
	draw_rest(&t);
	if (t.left)
		fprintf(out, "%s %zu more line%s\n", t.glyphs->range, t.left,
			t.left == 1 ? "" : "s");
	err = 0;
out:
	fold_free(&t.fold);
	free(t.frames);
	return err;
}
