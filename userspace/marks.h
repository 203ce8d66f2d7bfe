/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which tasks of the tree have a mark, and until when. No I/O happens here.
 */
#ifndef NSINSPECT_MARKS_H
#define NSINSPECT_MARKS_H

#include "diff.h"
#include "render.h"

struct marks {
	struct tree_marks tree;		/* as render_tree() takes them */
	struct tree_mark *list;		/* the same */
	uint64_t *until;		/* of each: when it is to go */
};

int marks_renew(struct marks *m, const struct diff *d, bool threads, uint64_t now,
		uint64_t until);
bool marks_expire(struct marks *m, uint64_t now);
void marks_free(struct marks *m);
bool marks_task_shown(const struct task *t, bool threads);

#endif
