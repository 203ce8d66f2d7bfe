// SPDX-License-Identifier: GPL-2.0
/*
 * Namespaces that nothing but a bind mount keeps.
 *
 * Before the kernel had a tree of all namespaces (6.19), nothing that a module can
 * reach leads to such a mount. But mountinfo tells of it, in each mount namespace
 * that a task is in; and a namespace that we have open the module finds by our file.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "pins.h"

/* More are not opened: descriptors are needed for other things, too. */
#define PINS_MAX 512

/* Opens what is mounted at @path, if that is the namespace with this number. */
static int pin(struct pins *pins, const char *path, uint32_t inum)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), *room;
	struct statfs fs;
	struct stat st;

	/* It is gone, or something else is mounted over it. */
	if (fd < 0)
		return 0;
	if (fstatfs(fd, &fs) || fs.f_type != NSFS_MAGIC || fstat(fd, &st) || st.st_ino != inum) {
		close(fd);
		return 0;
	}
	room = grow(pins->fds, &pins->room, pins->n + 1, sizeof(*room));
	if (!room) {
		close(fd);
		return -ENOMEM;
	}
	pins->fds = room;
	room[pins->n++] = fd;
	return 1;
}

/* One line of the mountinfo of @tid; 0 stands for ourselves. */
static int take_line(struct pins *pins, struct names *names, const struct graph *g, uint32_t tid,
		     char *line)
{
	enum nsinspect_ns_type type;
	struct mount_line m;
	char path[4096];
	uint32_t inum;
	int n, err;

	if (!mount_line(line, &m) || !mount_line_ns(&m, &type, &inum) ||
	    graph_find_ns(g, type, inum) || pins->n == PINS_MAX)
		return 0;
	n = tid ? snprintf(path, sizeof(path), "/proc/%u/root%s", tid, m.where) :
		  snprintf(path, sizeof(path), "%s", m.where);
	if (n < 0 || (size_t)n >= sizeof(path))
		return 0;
	err = pin(pins, path, inum);
	if (err > 0)
		err = names_add(names, NAME_MOUNT, type, inum, path);
	return err;
}

static int take_of(struct pins *pins, struct names *names, const struct graph *g, uint32_t tid)
{
	char path[64], *line = NULL;
	size_t size = 0;
	FILE *file;
	int err = 0;

	snprintf(path, sizeof(path), tid ? "/proc/%u/mountinfo" : "/proc/self/mountinfo", tid);
	file = fopen(path, "re");
	/* A task that has ended meanwhile. */
	if (!file)
		return 0;
	while (!err && getline(&line, &size, file) >= 0)
		err = take_line(pins, names, g, tid, line);
	free(line);
	fclose(file);
	return err;
}

/**
 * pins_take() - open the namespaces that are bind-mounted and not in a picture
 * @pins: where the descriptors go
 * @names: where it goes that they were found by a mount
 * @g: a linked graph of every type
 *
 * Return: 0, also when there are none, or -ENOMEM.
 */
int pins_take(struct pins *pins, struct names *names, const struct graph *g)
{
	int err = take_of(pins, names, g, 0);
	size_t i;

	for (i = 0; i < g->n_namespaces && !err; i++)
		if (g->namespaces[i].type == NSINSPECT_NS_TYPE_MNT && g->namespaces[i].first)
			err = take_of(pins, names, g, g->namespaces[i].first->tid);
	return err;
}

/**
 * pins_have() - is this descriptor one of them?
 * @pins: the pins
 * @fd: a descriptor of this process
 */
bool pins_have(const struct pins *pins, int fd)
{
	size_t i;

	for (i = 0; i < pins->n; i++)
		if (pins->fds[i] == fd)
			return true;
	return false;
}

/**
 * pins_free() - let go of them
 * @pins: the pins; all zero afterwards
 */
void pins_free(struct pins *pins)
{
	while (pins->n)
		close(pins->fds[--pins->n]);
	free(pins->fds);
	memset(pins, 0, sizeof(*pins));
}
