/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Containers, by the paths of their cgroups: no kernel object is a container,
 * but each runtime has its own way to call the cgroup that it puts one in.
 */
#ifndef NSINSPECT_CONTAINERS_H
#define NSINSPECT_CONTAINERS_H

#include <stdbool.h>
#include <stddef.h>

/* No file name is longer than 255 bytes; ids of units have several. */
struct container {
	const char *runtime;		/* NULL: the path does not say which */
	char id[512];
	char name[256];			/* empty: the path has none */
	char label[256];		/* as people read it, ids cut short */
};

bool container_of(const char *path, struct container *c);
bool container_path(const char *cgroups, char *path, size_t size);

#endif
