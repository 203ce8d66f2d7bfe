// SPDX-License-Identifier: GPL-2.0
/*
 * Lists of tasks or namespaces on screens: what is alike becomes one line, what
 * is most comes first, and what is too much is counted.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "lines.h"
#include "text.h"

/* As many lines a part has; the rest is counted. -u lists all. */

static int cmp(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static size_t popcount(uint32_t types)
{
	return (size_t)__builtin_popcount(types);
}

static uint32_t tid_of(const struct line *line)
{
	return line->task ? line->task->tid : UINT32_MAX;
}

/* 0 for what is alike and becomes one line. */
static int cmp_kind(const struct line *x, const struct line *y)
{
	int by = cmp(!x->reaper, !y->reaper);

	if (!by)
		by = cmp(x->types, y->types);
	if (!by && x->ns)
		by = cmp(!x->ns->initial, !y->ns->initial);
	if (!by)
		by = cmp(!x->task, !y->task);
	if (!by)
		by = cmp(x->kthread, y->kthread);
	if (!by)
		by = cmp(!x->leader, !y->leader);
	/* Kernel threads are alike whatever they are called. */
	return by || x->kthread ? by : strcmp(x->comm, y->comm);
}

static int cmp_lines(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int by = cmp_kind(x, y);

	if (!by)
		by = cmp(tid_of(x), tid_of(y));
	return by || !x->ns ? by : cmp(x->ns->inum, y->ns->inum);
}

/*
 * What is most comes first, but for the one that all others depend on, and for
 * what shares more than others do.
 */
static int cmp_count(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int by = cmp(!x->reaper, !y->reaper);

	if (!by)
		by = cmp(popcount(y->types), popcount(x->types));
	if (!by)
		by = cmp(y->n, x->n);
	if (!by && x->ns)
		by = cmp((uint64_t)(y->procs + 1), (uint64_t)(x->procs + 1));
	if (!by)
		by = cmp(tid_of(x), tid_of(y));
	if (!by && x->ns)
		by = cmp(x->ns->type, y->ns->type);
	return by || !x->ns ? by : cmp(x->ns->inum, y->ns->inum);
}

static size_t fold(struct line *list, size_t n)
{
	size_t i, kept = 0;

	qsort(list, n, sizeof(*list), cmp_lines);
	for (i = 0; i < n; i++) {
		struct line *to = kept ? &list[kept - 1] : NULL;

		if (!to || cmp_kind(to, &list[i])) {
			list[kept++] = list[i];
			continue;
		}
		to->n++;
		to->last = list[i].last;
		if (to->procs >= 0 && list[i].procs >= 0) {
			to->procs += list[i].procs;
			to->tasks += list[i].tasks;
		} else {
			to->procs = to->tasks = -1;
		}
	}
	qsort(list, kept, sizeof(*list), cmp_count);
	return kept;
}

/* Namespaces of different types that the same tasks are in, such as a container's. */
static bool is_same_set(const struct line *x, const struct line *y)
{
	return x->ns && x->task && x->task == y->task && x->last == y->last && x->n == y->n &&
	       x->procs == y->procs && x->tasks == y->tasks &&
	       x->ns->initial == y->ns->initial && !x->ns->name && !y->ns->name;
}

/* Where lines do not suffice, the numbers make room: what is a set becomes one line. */
static size_t fold_sets(struct line *list, size_t n)
{
	size_t i, kept = 0;

	for (i = 0; i < n; i++) {
		if (kept && is_same_set(&list[kept - 1], &list[i]))
			list[kept - 1].types |= list[i].types;
		else
			list[kept++] = list[i];
	}
	return kept;
}

/* "659→2…690→33 32× nginx" */
static void put_tasks(const struct options *o, const struct line *line, size_t n)
{
	describe_pids(o, line->task);
	if (line->last != line->task) {
		fputs(o->ascii ? ".." : "…", stdout);
		describe_pids(o, line->last);
	}
	if (n > 1)
		printf(" %zu%s", n, o->ascii ? "x" : "×");
	putchar(' ');
	text_put(stdout, line->kthread && line->n > 1 ? "kernel threads" : line->comm, o->ascii);
}

/* " ipc net uts" */
static void put_types(const struct options *o, uint32_t types)
{
	int type;

	for (type = 0; type < NS_TYPES; type++)
		if (types & 1u << type)
			printf(" %s%s%s", color_on(o->color, COLOR_TYPES + type),
			       ns_type_names[type], color_off(o->color));
}

/**
 * put_thread_of() - write whose thread a task is: " (thread of 1881 java)"
 * @o: how
 * @t: a thread
 */
void put_thread_of(const struct options *o, const struct task *t)
{
	printf(" (thread of %u", t->tgid);
	if (t->leader) {
		putchar(' ');
		text_put(stdout, t->leader->comm, o->ascii);
	}
	putchar(')');
}

static void put_member(const struct options *o, const struct line *line)
{
	put_tasks(o, line, line->n);
	if (!line->leader && line->n > 1)
		printf(" (threads)");
	else if (!line->leader)
		put_thread_of(o, line->task);
	if (line->reaper)
		printf(" %s(child reaper)%s", color_on(o->color, COLOR_STRONG),
		       color_off(o->color));
	if (line->types) {
		putchar(':');
		put_types(o, line->types);
	}
}

static void put_count(int64_t n, const char *one, const char *many)
{
	printf(" %" PRId64 " %s", n, n == 1 ? one : many);
}

/*
 * "net:32300 (blue): 2 processes, first 830→1 nginx" or "30× mnt: ..."; those of a
 * set have no numbers.
 */
static void put_ns(const struct options *o, const struct graph *g, const struct line *line)
{
	bool set = line->types & (line->types - 1);

	if (line->n > 1 || set) {
		printf("%zu%s", line->n, o->ascii ? "x" : "×");
		put_types(o, line->types);
		if (line->ns->initial)
			describe_initial(o);
	} else {
		describe_ns(o, g, line->ns);
	}
	if (!line->task && line->procs < 0)
		return;
	putchar(':');
	if (!line->task) {
		printf(" no task");
		return;
	}
	if (line->procs > 0)
		put_count(line->procs, "process", "processes");
	else if (line->procs == 0)
		put_count(line->tasks, "task", "tasks");
	printf("%s first ", line->procs >= 0 ? "," : "");
	put_tasks(o, line, 1);
}

/**
 * line_of_task() - a line about one task
 * @t: the task
 *
 * Return: the line.
 */
struct line line_of_task(const struct task *t)
{
	return (struct line){
		.comm = t->comm, .task = t, .last = t, .n = 1, .procs = -1, .tasks = -1,
		.kthread = t->kthread, .leader = task_is_leader(t),
	};
}

/**
 * lines_show() - write a part of a screen: what is alike is one line
 * @o: how; with ->notruncate, each has a line
 * @g: the graph that all of it is in
 * @label: what the part is about
 * @list: the lines, in any order; changed
 * @n: how many
 */
void lines_show(const struct options *o, const struct graph *g, const char *label,
		struct line *list, size_t n)
{
	size_t i, left = 0;

	if (!o->notruncate)
		n = fold(list, n);
	if (!o->notruncate && n > DESCRIBE_LINES_MAX)
		n = fold_sets(list, n);
	for (i = 0; i < n; i++) {
		if (!o->notruncate && i >= DESCRIBE_LINES_MAX) {
			left += list[i].n * (list[i].ns ? popcount(list[i].types) : 1);
			continue;
		}
		describe_label(o, i ? "" : label);
		if (list[i].ns)
			put_ns(o, g, &list[i]);
		else
			put_member(o, &list[i]);
		putchar('\n');
	}
	if (left) {
		describe_label(o, "");
		printf("and %zu more (-u lists all)\n", left);
	}
}
