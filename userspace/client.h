/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Asking the kernel.
 */
#ifndef NSINSPECT_CLIENT_H
#define NSINSPECT_CLIENT_H

#include "graph.h"

/* One request; what is 0 is not asked for. */
struct request {
	uint8_t command;		/* NSINSPECT_CMD_* */
	uint32_t tid;
	/* A namespace: by id where it has one, else by type and inode number. */
	const struct ns *ns;
	bool threads;
	uint32_t types;			/* 1 << type */
	uint32_t details;		/* NSINSPECT_DETAIL_*; 0: as NODE_DETAILS */
	bool once;			/* that namespaces changed meanwhile does not matter */
	bool hurry;			/* events wait: it is taken again without a pause */
	bool quiet;			/* that namespaces changed is not said on stderr */
};

/* The kinds of node that every module knows, and sends when nothing is said. */
#define NODE_DETAILS	((uint32_t)(NSINSPECT_DETAIL_NAMESPACES | NSINSPECT_DETAIL_NSPROXIES | \
				    NSINSPECT_DETAIL_TASKS))

/* The messages of an answer, as the kernel sent them. */
struct capture {
	unsigned char *bytes;
	size_t n, room;
};

struct client;

int client_open(struct client **client);
void client_close(struct client *client);
int client_ask(struct client *c, const struct request *r, struct graph *g,
	       struct capture *keep);

#endif
