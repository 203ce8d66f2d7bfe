/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists of tasks or namespaces on screens.
 */
#ifndef NSINSPECT_LINES_H
#define NSINSPECT_LINES_H

#include "commands.h"

/* What is shown on one line: a task or a namespace, or several alike. */
struct line {
	const char *comm;		/* of the tasks, or of the first task in the namespaces */
	const struct task *task, *last;	/* NULL: no task is in the namespaces */
	const struct ns *ns;		/* NULL: it is about tasks */
	size_t n;
	/* 1 << type: of namespaces, what they are; of tasks, what they share with another one. */
	uint32_t types;
	int64_t procs, tasks;		/* in the namespaces; -1: not known */
	bool kthread, leader, reaper;
};

struct line line_of_task(const struct task *t);
void put_thread_of(const struct options *o, const struct task *t);
void lines_show(const struct options *o, const struct graph *g, const char *label,
		struct line *list, size_t n);

#endif
