/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What holds a namespace: the sums and the holders of an answer to holder-get,
 * and what the tool adds to them. No I/O.
 */
#ifndef NSINSPECT_HOLDING_H
#define NSINSPECT_HOLDING_H

#include "graph.h"

#define HOLDER_KINDS (NSINSPECT_HOLDER_KIND_ACCOUNT + 1)

/* How a holder lets go. */
enum let_go {
	LET_GO_WITH_OTHERS,		/* by itself, when the others have */
	LET_GO_END,			/* the task ends */
	LET_GO_CLOSE,			/* the descriptor is closed */
	LET_GO_QUEUE,			/* the queue of the descriptor is read, or it is closed */
	LET_GO_UMOUNT,			/* what is mounted is unmounted */
	LET_GO_NS,			/* the namespace dies */
};

/* One row a kind. */
struct kind_info {
	const char *name;		/* as in the spec and in JSON */
	const char *label;		/* of its part of the screen */
	const char *of;			/* what takes the references; NULL: the holder itself does */
	const char *one, *many;		/* what its holders are */
	enum let_go let_go;
};

extern const struct kind_info kinds[HOLDER_KINDS];

/* A number that is not in the message is -1, but for those that begin at 1: 0. */
struct holder {
	int64_t kind;
	int64_t tid, tgid;		/* 0: none is known */
	char comm[16];			/* "": none */
	char state;			/* 0: none */
	int64_t fd;
	char slot[24];			/* "": none */
	int64_t nsproxy;		/* from 1 */
	int64_t nr;			/* from 1 */
	int64_t type;			/* enum nsinspect_ns_type */
	int64_t inum;			/* from 1 */
	char fstype[32];		/* "": none */
	int64_t dev;
	int64_t family, socket_type, protocol;
	uint64_t ino;			/* 0: none */
	int64_t uid;
	int64_t object;			/* from 1 */

	/* set by the tool */
	char *path;			/* of the descriptor or the mount; NULL: not known */
	uint32_t mnt;			/* inum of the mount namespace that the mount is in; 0: none */
	uint32_t by;			/* a task in that one; 0: it is ours */
};

struct explained {
	int64_t kind;
	int64_t refs, active_refs;	/* -1: not known */
	int64_t holders;		/* nodes of this kind in the answer; -1: not said */
	size_t seen;			/* nodes that came */
};

struct holding {
	bool given;			/* the sums have come */
	int64_t refs, active_refs;	/* -1: not known */
	bool initial;
	int64_t settled;		/* 1, 0, or -1 when not known */
	int64_t files;			/* -1: not known */
	int64_t nsfs_users;		/* -1: not known */
	struct explained by_kind[HOLDER_KINDS];
	/* Kinds that a later kernel has: counted, not shown. */
	struct explained other;
	struct holder *holders;		/* once holding_sort() was called, in the order of the screen */
	size_t n, room;
};

void holding_reset(struct holding *h);
void holding_free(struct holding *h);
int holding_decode(struct holding *h, const void *attrs, size_t len, const char **why);
int holding_decode_holder(struct holding *h, const void *attrs, size_t len, const char **why);
int holding_complete(const struct holding *h, const char **why);

struct holder *holding_add(struct holding *h, enum nsinspect_holder_kind kind);
void holding_sort(struct holding *h);
int64_t holding_explained(const struct holding *h, bool active);
int holding_hidden(const struct holding *h, int64_t *hidden);
bool holding_is_nsfs(int64_t kind);
bool holding_has_objects(const struct holding *h);
const char *const *holding_candidates(enum nsinspect_ns_type type);

/* What would have to go, one line each; any bytes. */
struct steps {
	char **list;
	size_t n, room;
};

int steps_find(struct steps *steps, const struct holding *h, const struct graph *g,
	       const struct ns *ns, uint32_t self);
void steps_free(struct steps *steps);

void socket_words(const struct holder *x, char *text, size_t size);

#endif
