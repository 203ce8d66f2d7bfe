// SPDX-License-Identifier: GPL-2.0
/*
 * Marks come from what differs between two pictures, and go with time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "marks.h"

/**
 * marks_task_shown() - has a task a line of its own in the tree, marked or not?
 * @t: a task
 * @threads: whether all threads have one
 *
 * Return: false for a thread that is in all that its leader is in.
 */
bool marks_task_shown(const struct task *t, bool threads)
{
	enum slot s;

	if (threads || task_is_leader(t) || !t->leader)
		return true;
	for (s = 0; s < SLOTS; s++)
		if (!task_same_ns(t, s, t->leader, s))
			return true;
	return false;
}

static void set(struct marks *m, struct tree_mark *list, uint64_t *until, size_t n)
{
	marks_free(m);
	m->list = list;
	m->until = until;
	m->tree = (struct tree_marks){ list, n };
}

/**
 * marks_renew() - mark what is different now
 * @m: all zero at first; what is not too old stays
 * @d: from the picture before, with all threads, to the one that will be drawn
 * @threads: whether threads that are where their leader is are drawn
 * @now: those of until then go
 * @until: how long those of this difference stay
 *
 * Return: 0, or -ENOMEM, in which case they stay as they were.
 */
int marks_renew(struct marks *m, const struct diff *d, bool threads, uint64_t now,
		uint64_t until)
{
	size_t n = 0, i = 0, j = 0;
	struct tree_mark *list;
	uint64_t *times;

	marks_expire(m, now);
	list = calloc(m->tree.n + d->n_tasks + 1, sizeof(*list));
	times = calloc(m->tree.n + d->n_tasks + 1, sizeof(*times));
	if (!list || !times) {
		free(list);
		free(times);
		return -ENOMEM;
	}
	/* Both are in the order of tids; a number that was given away again is in @d twice. */
	while (i < m->tree.n || j < d->n_tasks) {
		const struct diff_task *t = j < d->n_tasks ? &d->tasks[j] : NULL;
		const struct tree_mark *old = i < m->tree.n ? &m->list[i] : NULL;
		struct tree_mark mark;

		if (t)
			mark = (struct tree_mark){ (t->from ? t->from : t->to)->tid, t->slots };
		if (!t || (old && old->tid < mark.tid)) {
			list[n] = *old;
			times[n++] = m->until[i++];
			continue;
		}
		if (old && old->tid == mark.tid) {
			mark.slots |= old->slots;
			i++;
		}
		j++;
		if (t->change == DIFF_WENT ||
		    (t->change == DIFF_CAME && !marks_task_shown(t->to, threads)))
			continue;
		list[n] = mark;
		times[n++] = until;
	}
	set(m, list, times, n);
	return 0;
}

/**
 * marks_expire() - take away the marks that are too old
 * @m: the marks
 * @now: those of until then go
 *
 * Return: whether one did.
 */
bool marks_expire(struct marks *m, uint64_t now)
{
	size_t i, n = 0, before = m->tree.n;

	for (i = 0; i < before; i++) {
		if (m->until[i] <= now)
			continue;
		m->list[n] = m->list[i];
		m->until[n++] = m->until[i];
	}
	m->tree.n = n;
	return n < before;
}

/**
 * marks_free() - free all marks
 * @m: all zero afterwards
 */
void marks_free(struct marks *m)
{
	free(m->list);
	free(m->until);
	memset(m, 0, sizeof(*m));
}
