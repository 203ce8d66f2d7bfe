// SPDX-License-Identifier: GPL-2.0
/*
 * Which events are shown, and what of them.
 *
 * Tasks that are born by a task that was asked for belong to it for good, also when
 * their parent exits and they get another one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event_filter.h"

#define PAGE_BITS	16
#define PAGE_NUMBERS	(1u << PAGE_BITS)
#define PAGES		(1u << (32 - PAGE_BITS))
#define WORD_BITS	64

static uint64_t *page_of(const struct number_set *set, uint32_t n)
{
	return set->pages ? set->pages[n >> PAGE_BITS] : NULL;
}

static uint64_t bit_of(uint32_t n)
{
	return 1ull << n % WORD_BITS;
}

static size_t word_of(uint32_t n)
{
	return n % PAGE_NUMBERS / WORD_BITS;
}

/**
 * number_set_add() - add a number to a set
 * @set: the set; all zero at first
 * @n: the number
 *
 * Return: 0, or -ENOMEM.
 */
int number_set_add(struct number_set *set, uint32_t n)
{
	uint64_t **page;

	if (!set->pages)
		set->pages = calloc(PAGES, sizeof(*set->pages));
	if (!set->pages)
		return -ENOMEM;
	page = &set->pages[n >> PAGE_BITS];
	if (!*page)
		*page = calloc(PAGE_NUMBERS / WORD_BITS, sizeof(**page));
	if (!*page)
		return -ENOMEM;
	(*page)[word_of(n)] |= bit_of(n);
	return 0;
}

/**
 * number_set_remove() - take a number out of a set
 * @set: the set
 * @n: the number, which need not be in it
 */
void number_set_remove(struct number_set *set, uint32_t n)
{
	uint64_t *page = page_of(set, n);

	if (page)
		page[word_of(n)] &= ~bit_of(n);
}

/**
 * number_set_has() - is a number in a set?
 * @set: the set
 * @n: the number
 */
bool number_set_has(const struct number_set *set, uint32_t n)
{
	const uint64_t *page = page_of(set, n);

	return page && page[word_of(n)] & bit_of(n);
}

/**
 * number_set_free() - free a set
 * @set: the set; empty afterwards
 */
void number_set_free(struct number_set *set)
{
	size_t i;

	for (i = 0; set->pages && i < PAGES; i++)
		free(set->pages[i]);
	free(set->pages);
	set->pages = NULL;
}

static int add_below(struct event_filter *f, const struct task *top)
{
	const struct task *t = top, *thread;

	/* Without recursion: processes nest as deep as they like. */
	while (t) {
		int err = number_set_add(&f->tids, t->tid);

		for (thread = t->first_thread; !err && thread; thread = thread->next_sibling)
			err = number_set_add(&f->tids, thread->tid);
		if (err)
			return err;
		if (t->first_child) {
			t = t->first_child;
			continue;
		}
		while (t && t != top && !t->next_sibling)
			t = t->parent;
		t = t == top ? NULL : t ? t->next_sibling : NULL;
	}
	return 0;
}

/**
 * event_filter_task() - choose a process, its threads, and what is below it
 * @f: the filter
 * @g: a linked graph of all tasks, with threads
 * @pid: of the process, or of a thread of it
 *
 * Return: 0; -ESRCH when the graph has no such task; -ENOMEM.
 */
int event_filter_task(struct event_filter *f, const struct graph *g, uint32_t pid)
{
	const struct task *t = graph_find_task(g, pid);

	f->by_task = true;
	if (!t)
		return -ESRCH;
	return add_below(f, t->leader ? t->leader : t);
}

static bool is_ours(const struct event_filter *f, const struct event *e)
{
	return number_set_has(&f->tids, e->tid) || (e->tgid && number_set_has(&f->tids, e->tgid));
}

/* Keep up with who belongs to the tasks that were asked for. Is the event theirs? */
static int follow(struct event_filter *f, const struct event *e, bool *theirs)
{
	*theirs = is_ours(f, e);
	switch (e->kind) {
	case EVENT_FORK:
		/* Its number may be that of one that is gone. */
		*theirs = number_set_has(&f->tids, e->parent);
		if (*theirs)
			return number_set_add(&f->tids, e->tid);
		number_set_remove(&f->tids, e->tid);
		break;
	case EVENT_EXEC:
		*theirs = *theirs || number_set_has(&f->tids, e->old_tid);
		break;
	case EVENT_REAP:
		number_set_remove(&f->tids, e->tid);
		break;
	case EVENT_CREATE:
		if (*theirs)
			return number_set_add(&f->inums, e->ns.inum);
		number_set_remove(&f->inums, e->ns.inum);
		break;
	case EVENT_FREE:
		/* Whoever frees it: often a thread of the kernel, later. */
		*theirs = *theirs || number_set_has(&f->inums, e->ns.inum);
		number_set_remove(&f->inums, e->ns.inum);
		break;
	default:
		break;
	}
	return 0;
}

static bool is_ns(const struct event_filter *f, enum nsinspect_ns_type type,
		  const struct event_ns *ns)
{
	/* Not every event has the id. */
	return type == f->ns_type && ns->inum == f->ns.inum &&
	       (!ns->id || !f->ns.id || ns->id == f->ns.id);
}

static bool names_ns(const struct event_filter *f, const struct event *e)
{
	int s;

	if (e->kind == EVENT_CREATE || e->kind == EVENT_FREE)
		return is_ns(f, e->type, &e->ns) ||
		       is_ns(f, NSINSPECT_NS_TYPE_USER, &e->owner) ||
		       is_ns(f, e->type, &e->parent_ns);
	for (s = 0; s < SLOTS; s++)
		if (is_ns(f, slots[s].type, &e->slots[s].from) ||
		    is_ns(f, slots[s].type, &e->slots[s].to))
			return true;
	return false;
}

/* Leave of a change the slots of these types. Return: whether any is left. */
static bool cut(const struct event_filter *f, struct event *e)
{
	bool any = false;
	int s;

	for (s = 0; s < SLOTS; s++) {
		if (!(f->types & 1u << slots[s].type))
			memset(&e->slots[s], 0, sizeof(e->slots[s]));
		any = any || event_has_change(e, s);
	}
	return any;
}

static bool has_type(const struct event_filter *f, struct event *e)
{
	switch (e->kind) {
	case EVENT_SWITCH:
	case EVENT_FORK:
		return cut(f, e);
	case EVENT_CREATE:
	case EVENT_FREE:
		return f->types & 1u << e->type;
	default:
		return false;
	}
}

/**
 * event_filter_apply() - is an event shown, and what of it?
 * @f: the filter; learns from events that are not shown, too
 * @e: the event; loses what is not shown of it
 * @shown: whether it is
 *
 * Return: 0, or -ENOMEM.
 */
int event_filter_apply(struct event_filter *f, struct event *e, bool *shown)
{
	bool theirs = true;
	int err = 0;

	/* What is missing is missing in whatever was asked for. */
	if (e->kind == EVENT_LOST || e->kind == EVENT_BLIND || e->kind == EVENT_SEEING) {
		*shown = true;
		return 0;
	}
	if (f->by_task)
		err = follow(f, e, &theirs);
	*shown = theirs && f->kinds & 1u << e->kind && (f->plain || !e->same);
	if (*shown && f->by_ns)
		*shown = names_ns(f, e);
	if (*shown && f->types)
		*shown = has_type(f, e);
	return err;
}

/**
 * event_filter_free() - free what a filter has learned
 * @f: the filter
 */
void event_filter_free(struct event_filter *f)
{
	number_set_free(&f->tids);
	number_set_free(&f->inums);
}
