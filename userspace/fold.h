/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which lines the process tree has, what each speaks of, and which tasks it
 * stands for. render_tree.c draws them. No I/O happens here.
 */
#ifndef NSINSPECT_FOLD_H
#define NSINSPECT_FOLD_H

#include "origin.h"
#include "render.h"

#define ALL_TYPES	((1u << NS_TYPES) - 1)

/* How many processes and tasks; unknown: how many tasks is not. */
struct fold_size {
	uint32_t procs, tasks;
	bool unknown;
};

/* One task as it is drawn. Node 0 is above the roots, so index 0 means none. */
struct fold_node {
	const struct task *task;
	uint32_t up;
	uint32_t rows;		/* the first line below it */
	uint32_t next;		/* the next line beside it, after its run */
	uint32_t last;		/* of the run of like siblings that it heads */
	uint32_t count;		/* how many these are */
	uint32_t kthreads;	/* folded away below it */
	uint32_t own_kthreads;	/* of these, how many have namespaces of their own */
	const struct task *own_kthread;	/* one of these */
	uint32_t others;	/* processes, or all tasks, that a filter makes uninteresting */
	uint32_t shape;		/* the first node that looks like it; 0: like no other */
	uint32_t hash;
	uint16_t shown;		/* 1 << enum slot: what its line speaks of */
	uint16_t initial;	/* 1 << enum slot: compared with nothing, and initial */
	uint8_t new;		/* 1 << type: of these, it is the first of them */
	uint8_t own_types;	/* the same of all of ->own_kthreads */
	bool alone;		/* compared with nothing */
	bool begins;		/* a container begins here */
	bool mixed;		/* heads a run of siblings of different names */
	bool leads;		/* it has a mark, or one below it does */
	const struct tree_mark *mark;	/* NULL: none */
	const struct task *set;	/* shares all namespaces with this one elsewhere */
	struct fold_size size;	/* of a container; until settled, of what is below */
};

struct fold {
	struct origin origin;
	uint32_t types;			/* 1 << type: those that lines speak of */
	struct fold_node *nodes;	/* above before below, as a walk meets them */
	bool *outside;			/* by task: neither above nor below the one asked for */
};

int fold_init(struct fold *f, const struct graph *g, const struct tree_options *o);
void fold_free(struct fold *f);
bool fold_outside(const struct fold *f, const struct task *task);
bool fold_asked_for(const struct tree_options *o, const struct task *task);
const char *fold_name(const struct tree_options *o, const struct fold_node *node);
const char *fold_gone(const struct task *task);

#endif
