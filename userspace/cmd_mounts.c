// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect mounts PATH: in which mount namespaces a mount is. And the mounts
 * of one namespace, for nsinspect ns.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cmd_mounts.h"
#include "describe.h"
#include "mounts.h"
#include "output.h"
#include "text.h"

/* As many lines a namespace has; the rest is counted. -u lists all. */
#define LINES_MAX 24

/* What was asked about. */
struct asked {
	const char *path;
	struct statx st;
	bool device;			/* a block device: what is on it, wherever */
	const struct mount *mount;	/* that the path is on; NULL: of a device, or not found */
	struct mount_key key;
};

static int look(const char *path, struct asked *a)
{
	a->path = path;
	if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_MNT_ID, &a->st))
		return fail(STATUS_FAILED, "%s: %s; a path in another mount namespace is "
			    "/proc/PID/root/PATH", path, strerror(errno));
	a->device = S_ISBLK(a->st.stx_mode);
	if (!a->device && !(a->st.stx_mask & STATX_MNT_ID))
		return fail(STATUS_FAILED, "%s: this kernel does not say which mount it is on",
			    path);
	return STATUS_DONE;
}

/* Numbers of mounts are unique on the whole machine: a path can lead anywhere. */
static int find_mount(struct asked *a, const struct graph *g, const struct mounts *all)
{
	size_t i;

	if (a->device) {
		a->key = (struct mount_key){ a->st.stx_rdev_major, a->st.stx_rdev_minor, NULL };
		return STATUS_DONE;
	}
	for (i = 0; i < g->n_namespaces && !a->mount; i++)
		a->mount = mounts_by_id(&all[i], a->st.stx_mnt_id);
	if (!a->mount)
		return fail(STATUS_FAILED, "%s: the mount that it is on is in no mount namespace "
			    "with a task", a->path);
	a->key = (struct mount_key){ a->mount->major, a->mount->minor, a->mount->root };
	if (!(a->st.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		warning("%s is not a mount point; shown is the mount that it is on: %s", a->path,
			a->mount->target);
	return STATUS_DONE;
}

static size_t count(const struct mounts *m, const struct mount_key *key)
{
	size_t i, n = 0;

	for (i = 0; i < m->n; i++)
		n += mount_matches(&m->list[i], key);
	return n;
}

static void put_mount(const struct options *o, const struct mount *m, bool all)
{
	char buffer[PROPAGATION_MAX];

	text_put(stdout, m->target, o->ascii);
	printf("  %s", mount_propagation(m, buffer, sizeof(buffer)));
	if (all) {
		fputs("  ", stdout);
		text_put(stdout, m->fstype, o->ascii);
		if (*m->source && strcmp(m->source, "none")) {
			putchar(' ');
			text_put(stdout, m->source, o->ascii);
		}
	}
	if (all && strcmp(m->root, "/")) {
		fputs("  root ", stdout);
		text_put(stdout, m->root, o->ascii);
	}
	putchar('\n');
}

/* "mnt:32224  3 processes, first 195 unshare", and the mounts below it */
static void put_namespace(const struct options *o, const struct asked *a,
			  const struct graph *g, const struct ns *ns, const struct mounts *m)
{
	size_t i, shown = 0, n = count(m, &a->key);

	describe_ns(o, g, ns);
	if (ns->procs > 0)
		printf("  %lld process%s", (long long)ns->procs, ns->procs == 1 ? "" : "es");
	if (ns->first) {
		fputs(ns->procs > 0 ? ", first " : "  first ", stdout);
		describe_pids(o, ns->first);
		putchar(' ');
		text_put(stdout, ns->first->comm, o->ascii);
	}
	putchar('\n');
	for (i = 0; i < m->n; i++) {
		if (!mount_matches(&m->list[i], &a->key))
			continue;
		if (!o->notruncate && shown == LINES_MAX) {
			printf("  and %zu more (-u lists all)\n", n - shown);
			break;
		}
		fputs("  ", stdout);
		put_mount(o, &m->list[i], a->device);
		shown++;
	}
}

static void put_head(const struct options *o, const struct asked *a)
{
	const struct mount *m = a->mount;

	fputs(color_on(o->color, COLOR_HEADING), stdout);
	if (a->device) {
		text_put(stdout, a->path, o->ascii);
		printf(" (%u:%u)", a->key.major, a->key.minor);
	} else {
		text_put(stdout, m->fstype, o->ascii);
		putchar(' ');
		text_put(stdout, m->source, o->ascii);
		printf(" (%u:%u), root ", m->major, m->minor);
		text_put(stdout, m->root, o->ascii);
	}
	printf("%s\n", color_off(o->color));
}

static void put_text(const struct options *o, const struct asked *a, const struct graph *g,
		     const struct mounts *all)
{
	size_t i, others = 0, found = 0;

	put_head(o, a);
	for (i = 0; i < g->n_namespaces; i++) {
		if (g->namespaces[i].type != NSINSPECT_NS_TYPE_MNT)
			continue;
		if (count(&all[i], &a->key)) {
			put_namespace(o, a, g, &g->namespaces[i], &all[i]);
			found++;
		} else if (all[i].state == MOUNTS_READ) {
			others++;
		}
	}
	if (!found)
		printf("in no mount namespace\n");
	if (others)
		printf("not in %zu %smount namespace%s\n", others, found ? "other " : "",
		       others == 1 ? "" : "s");
	for (i = 0; i < g->n_namespaces; i++) {
		if (g->namespaces[i].type != NSINSPECT_NS_TYPE_MNT || all[i].state == MOUNTS_READ)
			continue;
		printf("not known: ");
		describe_ns(o, g, &g->namespaces[i]);
		printf(", %s\n", all[i].state == MOUNTS_NO_TASK ? "no task is in it" :
		       "its tasks have exited");
	}
}

static void put_json(const struct asked *a, const struct graph *g, const struct mounts *all)
{
	char device[32];
	struct json j;
	size_t i;

	json_begin(&j, stdout);
	json_open(&j, '{');
	json_name(&j, "schema");
	json_put_string(&j, "nsinspect-mounts/1");
	json_name(&j, "path");
	json_put_string(&j, a->path);
	json_name(&j, "mount_point");
	json_put_bool(&j, !a->device && a->st.stx_attributes & STATX_ATTR_MOUNT_ROOT);
	snprintf(device, sizeof(device), "%u:%u", a->key.major, a->key.minor);
	json_name(&j, "device");
	json_put_string(&j, device);
	json_name(&j, "root");
	json_put_string(&j, a->key.root);
	json_name(&j, "fstype");
	json_put_string(&j, a->mount ? a->mount->fstype : NULL);
	json_name(&j, "source");
	json_put_string(&j, a->mount ? a->mount->source : NULL);
	json_newline(&j);
	json_name(&j, "namespaces");
	json_open(&j, '[');
	for (i = 0; i < g->n_namespaces; i++) {
		const struct ns *ns = &g->namespaces[i];

		if (ns->type != NSINSPECT_NS_TYPE_MNT)
			continue;
		json_newline(&j);
		json_open(&j, '{');
		json_name(&j, "inum");
		json_put_number(&j, ns->inum);
		json_name(&j, "pid");
		if (all[i].state == MOUNTS_READ)
			json_put_number(&j, (uint64_t)all[i].pid);
		else
			json_put_null(&j);
		json_name(&j, "mounts");
		mounts_json(&j, &all[i], &a->key);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_close(&j, '}');
	json_end(&j);
}

/**
 * mounts_show() - write in which mount namespaces a mount is
 * @o: how
 * @path: a path on it, or a block device
 * @g: a linked graph of this machine, taken just now
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong.
 */
int mounts_show(const struct options *o, const char *path, const struct graph *g)
{
	struct mount_library *lib = NULL;
	struct asked a = { 0 };
	struct mounts *all = NULL;
	int status;

	status = look(path, &a);
	if (!status)
		status = mounts_load(&lib);
	if (!status) {
		all = mounts_read(lib, g, NULL);
		status = all ? find_mount(&a, g, all) : out_of_memory();
	}
	if (!status && o->form == FORM_JSON)
		put_json(&a, g, all);
	else if (!status)
		put_text(o, &a, g, all);
	mounts_free_all(all, g);
	mounts_unload(lib);
	return status;
}

int cmd_mounts(const struct options *o, int argc, char **argv)
{
	/* Threads, too: one alone can be in a mount namespace of its own. */
	const struct request r = { .command = NSINSPECT_CMD_GRAPH_GET, .threads = true };
	struct picture p;
	int status;

	(void)argc;
	status = picture_get(o, &r, &p);
	if (!status)
		status = mounts_show(o, argv[0], &p.graph);
	picture_free(&p);
	return status;
}

/**
 * mounts_describe() - write the mounts of one namespace, as a part of what is shown of it
 * @o: how
 * @m: the mounts
 */
void mounts_describe(const struct options *o, const struct mounts *m)
{
	size_t i;

	if (m->state != MOUNTS_READ) {
		describe_fact(o, "mounts", m->state == MOUNTS_NO_TASK ?
			      "not known: no task is in it" : "not known: its tasks have exited");
		return;
	}
	for (i = 0; i < m->n; i++) {
		describe_label(o, i ? "" : "mounts");
		if (!o->notruncate && i == LINES_MAX) {
			printf("and %zu more (-u lists all)\n", m->n - i);
			return;
		}
		put_mount(o, &m->list[i], true);
	}
}

/**
 * mounts_of_found() - read the mounts of the mount namespaces that were asked for
 * @g: a linked graph of this machine, taken just now; they go to its namespaces
 * @found: namespaces in it
 * @n: how many
 *
 * Without libmount, or without memory, a line says so and nothing is known of any.
 *
 * Return: what is to be given to mounts_free_all(); NULL: nothing.
 */
struct mounts *mounts_of_found(struct graph *g, const struct ns *const *found, int n)
{
	struct mount_library *lib = NULL;
	struct mounts *all = NULL;
	int i, wanted = 0;

	for (i = 0; i < n; i++)
		wanted += found[i]->type == NSINSPECT_NS_TYPE_MNT;
	if (wanted && !mounts_load(&lib)) {
		all = mounts_read(lib, g, wanted == 1 && n == 1 ? found[0] : NULL);
		if (!all)
			out_of_memory();
	}
	for (i = 0; all && i < n; i++) {
		size_t at = (size_t)(found[i] - g->namespaces);

		if (found[i]->type == NSINSPECT_NS_TYPE_MNT)
			g->namespaces[at].mounts = &all[at];
	}
	mounts_unload(lib);
	return all;
}
