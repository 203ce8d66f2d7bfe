/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The distinct sets of namespaces that tasks have: an nsproxy, a user and a
 * pid namespace. No I/O happens here.
 */
#ifndef NSINSPECT_SETS_H
#define NSINSPECT_SETS_H

#include "graph.h"

/* What a set has in one slot. */
struct set_slot {
	uint32_t sets;			/* how many sets have it; 1: only this one; 0: empty */
	uint32_t with;			/* another one: the lowest number that is in it; 0: none */
};

struct set {
	uint32_t number;		/* from 1; the largest set first */
	const struct task *first;	/* the one with the lowest tid, leaders first */
	int64_t tasks, procs;
	/* Slots for children only where children will be somewhere else. */
	struct set_slot in[SLOTS];
	/* Slots that no other set has: "mnt,net", "all" or "all but user". */
	char *own;
	/* The others, by the set that has them: "1:ipc,uts 3:pid" or "1:rest 3:pid +2". */
	char *shares;
	/* set by a command */
	char *command;			/* NULL: comm has to do */
};

struct sets {
	struct set *list;
	size_t n;
	/* tasks without an nsproxy, which have no set; of these, how many are zombies */
	size_t without, zombies;
};

int sets_find(struct sets *sets, const struct graph *g, bool brief, size_t room);
void sets_free(struct sets *sets);

#endif
