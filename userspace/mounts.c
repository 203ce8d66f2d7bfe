// SPDX-License-Identifier: GPL-2.0
/*
 * The mounts of mount namespaces.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "library.h"
#include "mounts.h"
#include "output.h"

/* As its header declares them, which is not needed to build the tool. */
struct libmnt_table;
struct libmnt_iter;
struct libmnt_fs;

struct mount_library {
	void *handle;
	struct libmnt_table *(*mnt_new_table)(void);
	void (*mnt_unref_table)(struct libmnt_table *table);
	int (*mnt_table_parse_stream)(struct libmnt_table *table, FILE *file, const char *name);
	int (*mnt_table_next_fs)(struct libmnt_table *table, struct libmnt_iter *iterator,
				 struct libmnt_fs **fs);
	struct libmnt_iter *(*mnt_new_iter)(int direction);
	void (*mnt_free_iter)(struct libmnt_iter *iterator);
	int (*mnt_fs_get_id)(struct libmnt_fs *fs);
	int (*mnt_fs_get_parent_id)(struct libmnt_fs *fs);
	dev_t (*mnt_fs_get_devno)(struct libmnt_fs *fs);
	const char *(*mnt_fs_get_root)(struct libmnt_fs *fs);
	const char *(*mnt_fs_get_target)(struct libmnt_fs *fs);
	const char *(*mnt_fs_get_fstype)(struct libmnt_fs *fs);
	const char *(*mnt_fs_get_source)(struct libmnt_fs *fs);
	const char *(*mnt_fs_get_optional_fields)(struct libmnt_fs *fs);
};

#define ITER_FORWARD 0	/* MNT_ITER_FORWARD */

static int load(struct mount_library *lib)
{
	const struct library_function functions[] = {
#define ROW(name) { #name, &lib->name },
		MOUNT_FUNCTIONS(ROW)
	};

	return library_load(&lib->handle, LIBRARY_MOUNT, functions,
			    sizeof(functions) / sizeof(*functions));
}

/**
 * mounts_load() - load the library
 * @lib: where it goes; mounts_unload() gives it back
 *
 * Return: STATUS_DONE, or STATUS_FAILED after a line that says what is wrong.
 */
int mounts_load(struct mount_library **lib)
{
	*lib = calloc(1, sizeof(**lib));
	return *lib ? load(*lib) : out_of_memory();
}

/**
 * mounts_unload() - let go of the library
 * @lib: what mounts_load() gave; may be NULL
 */
void mounts_unload(struct mount_library *lib)
{
	if (!lib)
		return;
	library_unload(lib->handle);
	free(lib);
}

/**
 * mounts_free() - free a list of mounts
 * @m: the list; empty afterwards
 */
void mounts_free(struct mounts *m)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		free(m->list[i].root);
		free(m->list[i].target);
		free(m->list[i].fstype);
		free(m->list[i].source);
	}
	free(m->list);
	memset(m, 0, sizeof(*m));
}

/* "shared:25 master:1 propagate_from:2 unbindable" */
static void parse_optional(struct mount *m, const char *fields)
{
	static const struct {
		const char *name;
		size_t where;
	} groups[] = {
		{ "shared:", offsetof(struct mount, shared) },
		{ "master:", offsetof(struct mount, master) },
		{ "propagate_from:", offsetof(struct mount, propagate_from) },
	};
	size_t i;

	while (fields && *fields) {
		size_t len = strcspn(fields, " ");

		for (i = 0; i < sizeof(groups) / sizeof(*groups); i++)
			if (!strncmp(fields, groups[i].name, strlen(groups[i].name))) {
				const char *number = fields + strlen(groups[i].name);

				*(uint32_t *)((char *)m + groups[i].where) =
					(uint32_t)strtoul(number, NULL, 10);
			}
		if (len == strlen("unbindable") && !strncmp(fields, "unbindable", len))
			m->unbindable = true;
		fields += len;
		fields += strspn(fields, " ");
	}
}

static char *copy(const char *s)
{
	return strdup(s ? s : "");
}

static int add(const struct mount_library *lib, struct mounts *m, struct libmnt_fs *fs)
{
	struct mount *more = grow(m->list, &m->room, m->n + 1, sizeof(*more)), *to;
	dev_t dev = lib->mnt_fs_get_devno(fs);

	if (!more)
		return -ENOMEM;
	m->list = more;
	to = &more[m->n++];
	*to = (struct mount){
		.id = lib->mnt_fs_get_id(fs), .parent = lib->mnt_fs_get_parent_id(fs),
		.major = major(dev), .minor = minor(dev),
		.root = copy(lib->mnt_fs_get_root(fs)), .target = copy(lib->mnt_fs_get_target(fs)),
		.fstype = copy(lib->mnt_fs_get_fstype(fs)),
		.source = copy(lib->mnt_fs_get_source(fs)),
	};
	parse_optional(to, lib->mnt_fs_get_optional_fields(fs));
	return to->root && to->target && to->fstype && to->source ? 0 : -ENOMEM;
}

/**
 * mounts_parse() - read the mounts in a file
 * @lib: what mounts_load() gave
 * @file: the mountinfo of a task
 * @m: where they go; mounts_free() frees them in any case
 *
 * Return: 0; -ENOMEM; -EINVAL when it is no mountinfo.
 */
int mounts_parse(const struct mount_library *lib, FILE *file, struct mounts *m)
{
	struct libmnt_table *table = lib->mnt_new_table();
	struct libmnt_iter *iterator = lib->mnt_new_iter(ITER_FORWARD);
	struct libmnt_fs *fs;
	int err = -ENOMEM;

	if (table && iterator)
		err = lib->mnt_table_parse_stream(table, file, "mountinfo") ? -EINVAL : 0;
	while (!err && !lib->mnt_table_next_fs(table, iterator, &fs))
		err = add(lib, m, fs);
	if (iterator)
		lib->mnt_free_iter(iterator);
	if (table)
		lib->mnt_unref_table(table);
	return err;
}

/* Which mount namespace is a task in now? 0: it is gone. */
static ino_t mnt_of(uint32_t tid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%u/ns/mnt", tid);
	return stat(path, &st) ? 0 : st.st_ino;
}

/* Return: 0; -ESRCH when the task is not in that namespace any more; -ENOMEM. */
static int read_task(const struct mount_library *lib, uint32_t tid, uint32_t inum,
		     struct mounts *m)
{
	char path[64];
	FILE *file;
	int err;

	if (mnt_of(tid) != inum)
		return -ESRCH;
	snprintf(path, sizeof(path), "/proc/%u/mountinfo", tid);
	file = fopen(path, "re");
	if (!file)
		return -ESRCH;
	err = mounts_parse(lib, file, m);
	fclose(file);
	/* The open file stays with a namespace, the task need not. */
	if (!err && mnt_of(tid) != inum)
		err = -ESRCH;
	if (err)
		mounts_free(m);
	m->state = err ? MOUNTS_EXITED : MOUNTS_READ;
	m->pid = (int)tid;
	return err == -ENOMEM ? err : err ? -ESRCH : 0;
}

/**
 * mounts_read() - read the mounts of the mount namespaces of a graph
 * @lib: what mounts_load() gave
 * @g: a linked graph of this machine, taken just now
 * @only: of this one only; NULL: of all
 *
 * Every member is tried until one is still there. What a member that changed its
 * root does not see is not found.
 *
 * Return: by namespace; mounts_free_all() frees it. NULL without memory.
 */
struct mounts *mounts_read(const struct mount_library *lib, const struct graph *g,
			   const struct ns *only)
{
	struct mounts *all = calloc(g->n_namespaces + 1, sizeof(*all));
	const struct task *t;

	for (t = g->tasks; all && t < g->tasks + g->n_tasks; t++) {
		const struct ns *ns = t->ns[SLOT_MNT];
		struct mounts *m = ns ? &all[ns - g->namespaces] : NULL;

		if (!ns || (only && ns != only) || m->state == MOUNTS_READ)
			continue;
		m->state = MOUNTS_EXITED;
		if (read_task(lib, t->tid, ns->inum, m) == -ENOMEM) {
			mounts_free_all(all, g);
			return NULL;
		}
	}
	return all;
}

/**
 * mounts_free_all() - free what mounts_read() read
 * @all: the mounts; may be NULL
 * @g: the graph that they are of
 */
void mounts_free_all(struct mounts *all, const struct graph *g)
{
	size_t i;

	for (i = 0; all && i < g->n_namespaces; i++)
		mounts_free(&all[i]);
	free(all);
}

/**
 * mounts_by_id() - look a mount up
 * @m: the mounts of a namespace
 * @id: as mountinfo and statx(2) have it
 *
 * Return: the mount, or NULL.
 */
const struct mount *mounts_by_id(const struct mounts *m, uint64_t id)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if ((uint64_t)m->list[i].id == id)
			return &m->list[i];
	return NULL;
}

/**
 * mount_matches() - is a mount one of those that are meant?
 * @m: the mount
 * @key: which are meant; NULL: all
 */
bool mount_matches(const struct mount *m, const struct mount_key *key)
{
	return !key || (m->major == key->major && m->minor == key->minor &&
			(!key->root || !strcmp(m->root, key->root)));
}

/**
 * mount_propagation() - how a mount propagates, as people read it
 * @m: the mount
 * @buffer: where to; PROPAGATION_MAX bytes are enough
 * @size: of it
 *
 * Return: @buffer.
 */
const char *mount_propagation(const struct mount *m, char *buffer, size_t size)
{
	const struct {
		const char *name;
		uint32_t group;
	} groups[] = {
		{ "shared", m->shared }, { "master", m->master },
		{ "propagate_from", m->propagate_from },
	};
	size_t i, n = 0;

	buffer[0] = '\0';
	for (i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		if (groups[i].group && n < size)
			n += (size_t)snprintf(buffer + n, size - n, "%s%s:%u", n ? " " : "",
					      groups[i].name, groups[i].group);
	if (m->unbindable && n < size)
		n += (size_t)snprintf(buffer + n, size - n, "%sunbindable", n ? " " : "");
	if (!n)
		snprintf(buffer, size, "private");
	return buffer;
}

/**
 * mounts_json() - write mounts as the value of a key
 * @j: the writer, behind the key
 * @m: the mounts; null when they are not known
 * @key: which of them; NULL: all
 */
void mounts_json(struct json *j, const struct mounts *m, const struct mount_key *key)
{
	char device[32];
	size_t i;

	if (m->state != MOUNTS_READ) {
		json_put_null(j);
		return;
	}
	json_open(j, '[');
	for (i = 0; i < m->n; i++) {
		const struct mount *mount = &m->list[i];

		if (!mount_matches(mount, key))
			continue;
		json_item(j);
		json_open(j, '{');
		json_member_number(j, "id", (uint64_t)mount->id);
		json_member_number(j, "parent", (uint64_t)mount->parent);
		json_member_string(j, "target", mount->target);
		json_member_string(j, "root", mount->root);
		snprintf(device, sizeof(device), "%u:%u", mount->major, mount->minor);
		json_member_string(j, "device", device);
		json_member_string(j, "fstype", mount->fstype);
		json_member_string(j, "source", mount->source);
		json_member_maybe(j, "shared", mount->shared);
		json_member_maybe(j, "master", mount->master);
		json_member_maybe(j, "propagate_from", mount->propagate_from);
		json_name(j, "unbindable");
		json_put_bool(j, mount->unbindable);
		json_close(j, '}');
	}
	json_close(j, ']');
}
