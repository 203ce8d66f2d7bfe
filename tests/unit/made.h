/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pictures of made-up systems, told task by task as a system makes them: each
 * is born in the namespaces of its parent, and then changes some.
 */
#ifndef TESTS_MADE_H
#define TESTS_MADE_H

#include "graph.h"

extern const uint32_t initial[SLOTS];

/* A task before it is told to the graph: as its parent, until a test changes it. */
struct made {
	struct task task;
	uint32_t inum[SLOTS];
	uint32_t nr[8];
};

extern struct made *all;
extern size_t n_made;
extern struct graph graph;

int start(void **state);
int stop(void **state);

/* Tests hold tasks by value: the array moves when it grows. */
struct made child(uint32_t tid, const struct made *parent, const char *comm);
struct made in(uint32_t tid, const struct made *parent, const char *comm, enum slot slot,
	       uint32_t inum);
/* These change the task that was made last. */
struct made also(enum slot slot, uint32_t inum);
struct made nr(uint32_t number, uint32_t pidns);
struct made shares(const struct made *other);
void thread_of(const struct made *leader);
void gone(char state);
struct made *last_made(void);

/* Pid 1 and kthreadd, as every system has them. */
void kernel(struct made *init, struct made *kthreadd);
void link_all(void);
const struct task *task_of(uint32_t tid);
struct ns *ns_of(uint32_t inum);
void add_empty(enum nsinspect_ns_type type, uint32_t inum, const char *name);

#endif
