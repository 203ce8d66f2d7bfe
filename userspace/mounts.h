/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The mounts of mount namespaces, from the mountinfo of a task in each, read by
 * libmount. That library is loaded here and not when the program starts.
 */
#ifndef NSINSPECT_MOUNTS_H
#define NSINSPECT_MOUNTS_H

#include <stdio.h>

#include "graph.h"
#include "json_writer.h"

struct mount {
	int id, parent;
	unsigned int major, minor;	/* of the file system */
	char *root, *target, *fstype, *source;
	/* Peer groups; 0: none. Without any, and not unbindable, it is private. */
	uint32_t shared, master, propagate_from;
	bool unbindable;
};

enum mounts_state {
	MOUNTS_NO_TASK,			/* no task is in the namespace */
	MOUNTS_EXITED,			/* there were some, and they are not in it any more */
	MOUNTS_READ,
};

struct mounts {
	enum mounts_state state;
	int pid;			/* of the task whose mountinfo was read */
	struct mount *list;
	size_t n, room;
};

/* Which mounts are meant: those of a file system, all or with one root. */
struct mount_key {
	unsigned int major, minor;
	const char *root;		/* NULL: any */
};

struct mount_library;

int mounts_load(struct mount_library **lib);
void mounts_unload(struct mount_library *lib);
int mounts_parse(const struct mount_library *lib, FILE *file, struct mounts *m);
struct mounts *mounts_read(const struct mount_library *lib, const struct graph *g,
			   const struct ns *only);
void mounts_free(struct mounts *m);
void mounts_free_all(struct mounts *all, const struct graph *g);
const struct mount *mounts_by_id(const struct mounts *m, uint64_t id);
bool mount_matches(const struct mount *m, const struct mount_key *key);
const char *mount_propagation(const struct mount *m, char *buffer, size_t size);
void mounts_json(struct json *j, const struct mounts *m, const struct mount_key *key);

/* Room for what mount_propagation() writes. */
#define PROPAGATION_MAX 80

#endif
