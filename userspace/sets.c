// SPDX-License-Identifier: GPL-2.0
/*
 * The distinct sets of namespaces, and what they have in common.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sets.h"

static int cmp(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Is it the same set? What is the same is neighboured when sorted. */
static int cmp_set(const struct task *x, const struct task *y)
{
	int by = cmp((uintptr_t)x->nsproxy, (uintptr_t)y->nsproxy);

	if (!by)
		by = cmp((uintptr_t)x->ns[SLOT_USER], (uintptr_t)y->ns[SLOT_USER]);
	return by ? by : cmp((uintptr_t)x->ns[SLOT_PID], (uintptr_t)y->ns[SLOT_PID]);
}

static int cmp_tasks(const void *a, const void *b)
{
	const struct task *x = *(const struct task *const *)a, *y = *(const struct task *const *)b;
	int by = cmp_set(x, y);

	if (!by)
		by = cmp(!task_is_leader(x), !task_is_leader(y));
	return by ? by : cmp(x->tid, y->tid);
}

static int cmp_size(const void *a, const void *b)
{
	const struct set *x = a, *y = b;

	if (x->procs != y->procs)
		return x->procs > y->procs ? -1 : 1;
	if (x->tasks != y->tasks)
		return x->tasks > y->tasks ? -1 : 1;
	return cmp(x->first->tid, y->first->tid);
}

static int group(struct sets *sets, const struct graph *g)
{
	const struct task **tasks = calloc(g->n_tasks + 1, sizeof(*tasks));
	size_t i, n = 0;

	sets->list = calloc(g->n_tasks + 1, sizeof(*sets->list));
	if (!tasks || !sets->list) {
		free(tasks);
		return -ENOMEM;
	}
	for (i = 0; i < g->n_tasks; i++) {
		if (g->tasks[i].nsproxy) {
			tasks[n++] = &g->tasks[i];
			continue;
		}
		sets->without++;
		sets->zombies += g->tasks[i].state == 'Z';
	}
	qsort(tasks, n, sizeof(*tasks), cmp_tasks);
	for (i = 0; i < n; i++) {
		if (!i || cmp_set(tasks[i - 1], tasks[i]))
			sets->list[sets->n++].first = tasks[i];
		sets->list[sets->n - 1].tasks++;
		sets->list[sets->n - 1].procs += task_is_leader(tasks[i]);
	}
	free(tasks);
	qsort(sets->list, sets->n, sizeof(*sets->list), cmp_size);
	for (i = 0; i < sets->n; i++)
		sets->list[i].number = (uint32_t)i + 1;
	return 0;
}

/* What is in a slot and counts: all tasks of a set have the same. */
static const struct ns *slot_of(const struct set *set, enum slot s)
{
	if (slots[s].current != s && !task_pending(set->first, s))
		return NULL;
	return set->first->ns[s];
}

/* Which sets have a namespace: how many, and the two that are named first. */
struct users {
	uint32_t sets, first, second;
};

/* Slots for children or the others: add up who has what, then tell each set. */
static void compare_slots(struct sets *sets, const struct graph *g, struct users *users,
			  bool children)
{
	struct set *set, *end = sets->list + sets->n;
	bool tell;
	int s;

	for (tell = false; ; tell = true) {
		for (set = sets->list; set < end; set++) {
			for (s = 0; s < SLOTS; s++) {
				const struct ns *ns = slot_of(set, s);
				struct users *u = ns ? &users[ns - g->namespaces] : NULL;

				if (!u || (slots[s].current != (enum slot)s) != children)
					continue;
				if (tell)
					set->in[s] = (struct set_slot){
						u->sets,
						u->first == set->number ? u->second : u->first
					};
				else if (!u->sets++)
					u->first = set->number;
				else if (!u->second)
					u->second = set->number;
			}
		}
		if (tell)
			return;
	}
}

static int compare(struct sets *sets, const struct graph *g)
{
	struct users *users = calloc(g->n_namespaces + 1, sizeof(*users));

	if (!users)
		return -ENOMEM;
	/* Whose children will be in a namespace does not take it from those that are in it. */
	compare_slots(sets, g, users, false);
	compare_slots(sets, g, users, true);
	free(users);
	return 0;
}

/* How many slots are shared with one set, 0 for those that are its own; or with others. */
static int count(const struct set *set, uint32_t with, bool others)
{
	int s, n = 0;

	for (s = 0; s < SLOTS; s++)
		n += set->in[s].sets && (set->in[s].with == with) != others;
	return n;
}

/* Those slots: "mnt,net". */
static void list(FILE *f, const struct set *set, uint32_t with, bool others)
{
	bool any = false;
	int s;

	for (s = 0; s < SLOTS; s++) {
		if (!set->in[s].sets || (set->in[s].with == with) == others)
			continue;
		fprintf(f, "%s%s", any ? "," : "", slots[s].name);
		any = true;
	}
}

/* If they are few, it is shorter to say which ones these are not. */
static void put_own(FILE *f, const struct set *set, bool brief)
{
	int own = count(set, 0, false), others = count(set, 0, true);

	if (!others) {
		fputs("all", f);
	} else if (brief && 2 * others <= own) {
		fputs("all but ", f);
		list(f, set, 0, true);
	} else {
		list(f, set, 0, false);
	}
}

/* @rest: all that the line does not name otherwise */
static void put_shared(FILE *f, const struct set *set, uint32_t with, bool rest)
{
	fprintf(f, "%s%u:", ftell(f) ? " " : "", with);
	if (!count(set, with, true))
		fputs("all", f);
	else if (rest)
		fputs("rest", f);
	else
		list(f, set, with, false);
}

/* The lowest number of a set that it shares with, past another one; 0: none. */
static uint32_t next_with(const struct set *set, uint32_t past)
{
	uint32_t next = 0;
	int s;

	for (s = 0; s < SLOTS; s++)
		if (set->in[s].with > past && (!next || set->in[s].with < next))
			next = set->in[s].with;
	return next;
}

/* So many slots are more than 'rest'; where there is little room, so few are. */
#define MANY 4
#define FEW 2
/* So many of the sets that a set shares with are named however little room there is. */
#define MIN_NAMED 2

/* The set that it shares most with, if that is at least so many slots; 0: none. */
static uint32_t most_with(const struct set *set, int slots_at_least)
{
	uint32_t with, most = 0;

	for (with = next_with(set, 0); with; with = next_with(set, with))
		if (count(set, with, false) >= slots_at_least &&
		    (!most || count(set, with, false) > count(set, most, false)))
			most = with;
	return most;
}

/* Those that it shares with: the first @named of them by name, of the rest how many. */
static int describe_shared(struct set *set, uint32_t most, size_t named, size_t *size)
{
	size_t n = 0;
	uint32_t with;
	FILE *f;

	f = open_memstream(&set->shares, size);
	if (!f)
		return -ENOMEM;
	for (with = next_with(set, 0); with; with = next_with(set, with))
		if (n++ < named)
			put_shared(f, set, with, with == most);
	if (n > named)
		fprintf(f, " +%zu", n - named);
	return fclose(f) ? -ENOMEM : 0;
}

static int describe(struct set *set, bool brief, size_t room)
{
	uint32_t most = brief ? most_with(set, MANY) : 0;
	size_t size, named = SIZE_MAX;
	int err;
	FILE *f;

	f = open_memstream(&set->own, &size);
	if (!f)
		return -ENOMEM;
	if (count(set, 0, false))
		put_own(f, set, brief);
	if (fclose(f))
		return -ENOMEM;
	for (;;) {
		err = describe_shared(set, most, named, &size);
		if (err || !room || size <= room || named <= MIN_NAMED)
			return err;
		/* One set that shares with many would take the room of all others. */
		if (named == SIZE_MAX && !most)
			most = most_with(set, FEW);
		named = named == SIZE_MAX ? SLOTS : named - 1;
		free(set->shares);
		set->shares = NULL;
	}
}

/**
 * sets_find() - find the sets of a graph
 * @sets: where they go, the largest first; sets_free() frees it in any case
 * @g: a linked graph with all threads; has to stay
 * @brief: say in few words what is many slots
 * @room: of those that a set shares with, name only as many as so many columns have
 *	room for, but two in any case; 0: name all
 *
 * Return: 0, or -ENOMEM.
 */
int sets_find(struct sets *sets, const struct graph *g, bool brief, size_t room)
{
	size_t i;
	int err;

	memset(sets, 0, sizeof(*sets));
	err = group(sets, g);
	if (!err)
		err = compare(sets, g);
	for (i = 0; i < sets->n && !err; i++)
		err = describe(&sets->list[i], brief, room);
	return err;
}

/**
 * sets_free() - free what sets_find() found
 * @sets: the sets; none afterwards
 */
void sets_free(struct sets *sets)
{
	size_t i;

	for (i = 0; i < sets->n; i++) {
		free(sets->list[i].own);
		free(sets->list[i].shares);
		free(sets->list[i].command);
	}
	free(sets->list);
	memset(sets, 0, sizeof(*sets));
}
