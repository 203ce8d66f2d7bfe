/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names that the kernel's picture does not have.
 */
#ifndef NSINSPECT_NAMES_H
#define NSINSPECT_NAMES_H

#include <stdbool.h>
#include <sys/types.h>

#include "graph.h"

/* A list of what this machine, or a saved picture, calls something. */
enum name_kind {
	NAME_NETNS,		/* type:[inum] -> name in /run/netns */
	NAME_NSFS,		/* type:[inum] -> where it is bind-mounted */
	NAME_USER,		/* uid -> user */
	NAME_COMMAND,		/* tid -> command line */
	NAME_CONTAINER,		/* tid -> container that begins with it */
	NAME_MOUNT,		/* type:[inum] -> the mount by which we found it */
	NAME_CGROUP,		/* tid -> path of its cgroup; the last kind, see names_set() */
	NAME_KINDS
};

struct name {
	enum name_kind kind;
	enum nsinspect_ns_type type;
	uint32_t number;
	char *text;
};

struct names {
	struct name *list;
	size_t n, room;
};

/* A line of mountinfo. */
struct mount_line {
	char *root, *where, *fstype;
	unsigned int major, minor;
};

int names_add(struct names *names, enum name_kind kind, enum nsinspect_ns_type type,
	      uint32_t number, const char *text);
void names_free(struct names *names);
int names_netns(struct names *names);
int names_nsfs(struct names *names);
int names_users(struct names *names, const struct graph *g);
int names_command_lines(struct names *names, const struct graph *g);
int names_mountinfo(struct names *names, char *line);
int names_cgroups(struct names *names, const struct graph *g);
int names_containers(struct names *names, const struct graph *g, bool live);
bool mount_line(char *line, struct mount_line *m);
bool mount_line_ns(const struct mount_line *m, enum nsinspect_ns_type *type, uint32_t *inum);
const char *names_find(const struct names *names, enum name_kind kind, uint32_t number);
int names_set(const struct names *names, struct graph *g);

void names_keep_users(struct names *names);
const char *name_of_user(uid_t uid);
void names_forget_users(void);

const char *names_command(const struct task *t, char *buffer, size_t size);
void names_commands(struct graph *g);
void names_netnsids(struct graph *g);

#endif
