// SPDX-License-Identifier: GPL-2.0
/*
 * How a namespace is named on the command line.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "ns_spec.h"
#include "output.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

#define TYPES_HINT "there are cgroup, ipc, mnt, net, pid, time, user and uts"

static const int clone_flags[NS_TYPES] = {
	[NSINSPECT_NS_TYPE_CGROUP] = CLONE_NEWCGROUP,
	[NSINSPECT_NS_TYPE_IPC]	   = CLONE_NEWIPC,
	[NSINSPECT_NS_TYPE_MNT]	   = CLONE_NEWNS,
	[NSINSPECT_NS_TYPE_NET]	   = CLONE_NEWNET,
	[NSINSPECT_NS_TYPE_PID]	   = CLONE_NEWPID,
	[NSINSPECT_NS_TYPE_TIME]   = CLONE_NEWTIME,
	[NSINSPECT_NS_TYPE_USER]   = CLONE_NEWUSER,
	[NSINSPECT_NS_TYPE_UTS]	   = CLONE_NEWUTS,
};

/* The first @len bytes of @text as a number that is positive and no inum or pid exceeds. */
static int number(const char *text, size_t len, uint32_t *v)
{
	char digits[24];

	if (!len || len >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, len);
	digits[len] = '\0';
	return parse_number(digits, v);
}

static int parse_typed(const char *text, const char *colon, struct ns_spec *spec)
{
	const char *at = colon + 1;
	size_t len = strlen(at);
	int type = type_parse(text, (size_t)(colon - text));

	if (type < 0)
		return fail(STATUS_USAGE, "'%s': there is no type '%.*s'; " TYPES_HINT, text,
			    (int)(colon - text), text);
	if (*at == '[') {
		if (at[len - 1] != ']')
			return fail(STATUS_USAGE, "'%s': the ] is missing", text);
		at++;
		len -= 2;
	}
	if (number(at, len, &spec->inum))
		return fail(STATUS_USAGE, "'%s': '%.*s' is not an inode number", text, (int)len, at);
	spec->kind = NS_SPEC_INUM;
	spec->has_type = true;
	spec->type = type;
	return STATUS_DONE;
}

static int parse_slot(const char *text, const char *slash, struct ns_spec *spec)
{
	int s;

	if (number(text, (size_t)(slash - text), &spec->pid))
		return fail(STATUS_USAGE, "'%s': '%.*s' is not a pid", text,
			    (int)(slash - text), text);
	for (s = 0; s < SLOTS; s++) {
		if (strcmp(slots[s].name, slash + 1))
			continue;
		spec->kind = NS_SPEC_SLOT;
		spec->slot = s;
		return STATUS_DONE;
	}
	return fail(STATUS_USAGE, "'%s': there is no type '%s'; " TYPES_HINT
		    ", pid_for_children and time_for_children", text, slash + 1);
}

/**
 * ns_spec_parse() - read how a namespace is named
 * @text: what was given; has to stay
 * @spec: what it means
 *
 * Return: STATUS_DONE, or STATUS_USAGE after a line that says what is wrong.
 */
int ns_spec_parse(const char *text, struct ns_spec *spec)
{
	size_t digits = strspn(text, "0123456789");
	const char *slash = strchr(text, '/'), *colon = strchr(text, ':');

	memset(spec, 0, sizeof(*spec));
	spec->text = text;
	if (digits && !text[digits]) {
		if (number(text, digits, &spec->inum))
			return fail(STATUS_USAGE, "'%s' is not an inode number", text);
		spec->kind = NS_SPEC_INUM;
		return STATUS_DONE;
	}
	if (digits && slash == text + digits)
		return parse_slot(text, slash, spec);
	if (slash && (!colon || slash < colon)) {
		spec->kind = NS_SPEC_PATH;
		return STATUS_DONE;
	}
	if (colon)
		return parse_typed(text, colon, spec);
	return fail(STATUS_USAGE, "'%s' names no namespace; say TYPE:[INUM], INUM, a path "
		    "or PID/TYPE", text);
}

/* Which namespace is a file? */
static int look(const char *path, struct ns_spec *spec)
{
	struct statfs fs;
	struct stat st;
	int fd, flag, t;

	/* Not for reading from it: a FIFO would wait. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR || errno == ESRCH)
			return fail(STATUS_NO_SUCH, "%s: %s", path, strerror(errno));
		if (errno == EACCES || errno == EPERM)
			return fail(STATUS_NOT_PERMITTED, "%s: %s", path, strerror(errno));
		return fail(STATUS_FAILED, "%s: %s", path, strerror(errno));
	}
	if (fstatfs(fd, &fs) || fstat(fd, &st) || fs.f_type != NSFS_MAGIC) {
		close(fd);
		return fail(STATUS_USAGE, "%s is not a namespace", path);
	}
	flag = ioctl(fd, NS_GET_NSTYPE);
	close(fd);
	for (t = 0; t < NS_TYPES; t++) {
		if (clone_flags[t] != flag)
			continue;
		spec->has_type = true;
		spec->type = t;
		spec->inum = (uint32_t)st.st_ino;
		return STATUS_DONE;
	}
	return fail(STATUS_USAGE, "%s is a namespace of a kind not known here", path);
}

/* In a saved picture a path is what was bind-mounted then. */
static int look_saved(const char *path, const struct picture *p, struct ns_spec *spec)
{
	static const char netns[] = "/run/netns/";
	size_t i;

	for (i = 0; i < p->names.n; i++) {
		const struct name *name = &p->names.list[i];
		const char *text = name->kind == NAME_NETNS ? path + strlen(netns) : path;

		if (name->kind == NAME_NETNS ? strncmp(path, netns, strlen(netns)) :
					       name->kind != NAME_NSFS)
			continue;
		if (strcmp(name->text, text) || !graph_find_ns(&p->graph, name->type, name->number))
			continue;
		spec->has_type = true;
		spec->type = name->type;
		spec->inum = name->number;
		return STATUS_DONE;
	}
	return fail(STATUS_NO_SUCH, "%s: no namespace was mounted there when the picture was "
		    "saved; say TYPE:[INUM] or PID/TYPE", path);
}

static int find_slot(const struct ns_spec *spec, const struct picture *p, const struct ns **ns)
{
	const struct task *t = graph_find_task(&p->graph, spec->pid);

	if (!t)
		return fail(STATUS_NO_SUCH, "%s: there is no task %u", spec->text, spec->pid);
	*ns = t->ns[spec->slot];
	if (!*ns)
		return fail(STATUS_NO_SUCH, "%s: task %u has none; it is exiting, or the kernel "
			    "has no such namespaces", spec->text, spec->pid);
	return STATUS_DONE;
}

/**
 * ns_spec_find() - find the namespace that was named
 * @spec: what ns_spec_parse() made
 * @o: where the picture is from
 * @p: a picture of all tasks and namespaces
 * @ns: where the namespace goes
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong.
 */
int ns_spec_find(const struct ns_spec *spec, const struct options *o, struct picture *p,
		 const struct ns **ns)
{
	struct ns_spec found = *spec;
	int status = STATUS_DONE, t;

	*ns = NULL;
	if (spec->kind == NS_SPEC_SLOT)
		return find_slot(spec, p, ns);
	if (spec->kind == NS_SPEC_PATH)
		status = o->from ? look_saved(spec->text, p, &found) : look(spec->text, &found);
	if (status)
		return status;

	for (t = 0; t < NS_TYPES; t++) {
		const struct ns *n = graph_find_ns(&p->graph, t, found.inum);

		if (!n || (found.has_type && n->type != found.type))
			continue;
		if (*ns)
			return fail(STATUS_USAGE, "%s: there are %s and %s of this number; "
				    "say TYPE:[INUM]", spec->text, ns_type_names[(*ns)->type],
				    ns_type_names[t]);
		*ns = n;
	}
	if (!*ns && found.has_type)
		return fail(STATUS_NO_SUCH, "%s: there is no namespace %s:[%u] in the picture",
			    spec->text, ns_type_names[found.type], found.inum);
	if (!*ns)
		return fail(STATUS_NO_SUCH, "%s: there is no such namespace", spec->text);
	return STATUS_DONE;
}
