// SPDX-License-Identifier: GPL-2.0
/*
 * How a namespace is named on the command line.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
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

/* The first @len bytes of @text as a number that no inum or pid exceeds. */
static int number(const char *text, size_t len, uint32_t *v)
{
	char digits[24];

	if (!len || len >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, len);
	digits[len] = '\0';
	return parse_number(digits, v);
}

static bool all_zeros(const char *text, size_t len)
{
	return len && len <= strspn(text, "0");
}

/* DIGITS[#NODE] or a name. */
static int parse_word(const char *word, size_t len, struct ns_spec *spec)
{
	size_t digits = strspn(word, "0123456789");

	spec->word = word;
	spec->len = len;
	spec->kind = NS_SPEC_NAME;
	if (!digits || (digits != len && word[digits] != '#'))
		return STATUS_DONE;
	if (digits != len &&
	    number(word + digits + 1, len - digits - 1, &spec->node))
		return STATUS_DONE;
	spec->kind = NS_SPEC_INUM;
	spec->len = digits;
	/* Zeros can be the last digits of a number. */
	if (number(word, digits, &spec->inum) && (digits > 10 || !all_zeros(word, digits)))
		return fail(STATUS_USAGE, "'%s': '%.*s' is not an inode number", spec->text,
			    (int)digits, word);
	return STATUS_DONE;
}

static int parse_typed(const char *text, const char *colon, struct ns_spec *spec)
{
	const char *at = colon + 1;
	size_t len = strlen(at);
	int type = type_parse(text, (size_t)(colon - text));

	if (type < 0)
		return fail(STATUS_USAGE, "'%s': there is no type '%.*s'; " TYPES_HINT, text,
			    (int)(colon - text), text);
	spec->has_type = true;
	spec->type = type;
	if (*at != '[') {
		if (!len)
			return fail(STATUS_USAGE, "'%s': the inode number or the name is missing",
				    text);
		return parse_word(at, len, spec);
	}
	if (at[len - 1] != ']')
		return fail(STATUS_USAGE, "'%s': the ] is missing", text);
	spec->word = at + 1;
	spec->len = len - 2;
	spec->whole = true;
	if (number(spec->word, spec->len, &spec->inum))
		return fail(STATUS_USAGE, "'%s': '%.*s' is not an inode number", text,
			    (int)spec->len, spec->word);
	spec->kind = NS_SPEC_INUM;
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
	return fail(STATUS_USAGE, "'%s': there is no slot '%s'; there are cgroup, ipc, mnt, net, "
		    "pid, pid_for_children, time, time_for_children, user and uts", text,
		    slash + 1);
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
	if (digits && slash == text + digits)
		return parse_slot(text, slash, spec);
	if (slash && (!colon || slash < colon)) {
		spec->kind = NS_SPEC_PATH;
		return STATUS_DONE;
	}
	if (colon)
		return parse_typed(text, colon, spec);
	if (type_parse(text, strlen(text)) >= 0)
		return fail(STATUS_USAGE, "'%s' is a type; say %s:[INUM], %s:NAME or PID/%s", text,
			    text, text, text);
	if (!*text)
		return fail(STATUS_USAGE, "'' names no namespace; say TYPE:[INUM], INUM, NAME, a "
			    "path or PID/TYPE");
	return parse_word(text, strlen(text), spec);
}

/**
 * ns_spec_parse_in() - read how a pid namespace is named
 * @text: what was given; has to stay
 * @spec: what it means
 *
 * As ns_spec_parse(), but digits alone that are not all of an inode number
 * are a task, whose pid namespace is meant.
 *
 * Return: as ns_spec_parse() does.
 */
int ns_spec_parse_in(const char *text, struct ns_spec *spec)
{
	int status = ns_spec_parse(text, spec);

	spec->in_pid = !spec->has_type && spec->kind == NS_SPEC_INUM && !spec->node;
	return status;
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

static bool has_name(const struct names *names, const char *word)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (names->list[i].kind == NAME_NETNS && !strcmp(names->list[i].text, word))
			return true;
	return false;
}

/**
 * ns_spec_parse_bare() - read a word where a command could be as well
 * @text: what was given; has to stay
 * @o: where the picture will be from
 * @spec: what it means
 *
 * As ns_spec_parse(). That a word is the name of no namespace is known before a
 * picture is taken, which may not be possible: ns_spec_find() says it of the rest.
 *
 * Return: as ns_spec_parse() does; STATUS_NO_COMMAND, without a line, if no
 * namespace of this machine has the name.
 */
int ns_spec_parse_bare(const char *text, const struct options *o, struct ns_spec *spec)
{
	int status = ns_spec_parse(text, spec);
	struct names names = { 0 };

	spec->bare = true;
	if (status || spec->kind != NS_SPEC_NAME || o->from)
		return status;
	if (names_netns(&names))
		status = out_of_memory();
	else if (!has_name(&names, text))
		status = STATUS_NO_COMMAND;
	names_free(&names);
	return status;
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

static int find_slot(const struct ns_spec *spec, const struct graph *g, const struct ns **ns)
{
	const struct task *t = graph_find_task(g, spec->pid);

	if (!t)
		return fail(STATUS_NO_SUCH, "%s: there is no task %u", spec->text, spec->pid);
	*ns = t->ns[spec->slot];
	if (!*ns)
		return fail(STATUS_NO_SUCH, "%s: task %u has none; %s", spec->text, spec->pid,
			    t->nsproxy_id ? "the kernel has no such namespaces" :
			    t->state == 'Z' ? "it is a zombie" : "it is exiting");
	return STATUS_DONE;
}

/* As many are listed; the others are counted. */
#define CANDIDATES_MAX 8

/* "; tasks of this name: 1303, 1339": empty where there is none. */
struct task_list {
	char text[256];
	size_t len, n;
};

static void add_task(struct task_list *list, uint32_t tid)
{
	const char *before = list->n ? ", " : "; tasks of this name: ";

	if (list->n++ < CANDIDATES_MAX)
		list->len += (size_t)snprintf(list->text + list->len,
					      sizeof(list->text) - list->len, "%s%u", before, tid);
}

static void end_list(struct task_list *list)
{
	if (list->n > CANDIDATES_MAX)
		snprintf(list->text + list->len, sizeof(list->text) - list->len, " and %zu more",
			 list->n - CANDIDATES_MAX);
}

static void list_tasks(const struct graph *g, const char *name, struct task_list *list)
{
	const struct task *t;

	for (t = g->tasks; t < g->tasks + g->n_tasks; t++)
		if (!strcmp(t->comm, name))
			add_task(list, t->tid);
	end_list(list);
}

/* Those of this machine, without a picture, which it may be impossible to take. */
static void list_processes(const char *name, struct task_list *list)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		char path[32], comm[32];
		uint32_t tid;
		size_t len;
		FILE *f;

		if (parse_number(entry->d_name, &tid))
			continue;
		snprintf(path, sizeof(path), "/proc/%u/comm", tid);
		f = fopen(path, "re");
		if (!f)
			continue;
		len = fread(comm, 1, sizeof(comm) - 1, f);
		fclose(f);
		comm[len ? len - 1 : 0] = '\0';
		if (!strcmp(comm, name))
			add_task(list, tid);
	}
	if (proc)
		closedir(proc);
	end_list(list);
}

/**
 * no_pid() - say that a word is not a pid, and which tasks have it as their name
 * @o: where the picture would be from
 * @text: what was given
 *
 * Return: STATUS_USAGE after that line; another status if what the picture would
 * be from is none.
 */
int no_pid(const struct options *o, const char *text)
{
	const struct request r = { .command = NSINSPECT_CMD_GRAPH_GET };
	struct task_list list = { .n = 0 };
	struct options quiet = *o;
	int status = STATUS_DONE;
	struct picture p;

	/* Numbers that no task can have are no names, either. */
	if (!o->from && strspn(text, "0123456789") != strlen(text))
		list_processes(text, &list);
	if (o->from) {
		/* Nothing is shown of it. */
		quiet.form = FORM_JSON;
		status = picture_get(&quiet, &r, &p);
		if (!status)
			list_tasks(&p.graph, text, &list);
		picture_free(&p);
	}
	return status ? status : fail(STATUS_USAGE, "'%s' is not a pid%s", text, list.text);
}

/* In which ways a word can name a namespace, the strictest first. */
enum match {
	MATCH_WHOLE,		/* all digits of the inode number */
	MATCH_LAST,		/* the last ones */
	MATCH_NAME,
	MATCHES
};

static bool ends_with(uint32_t inum, const char *digits, size_t len)
{
	char text[24];
	size_t n = (size_t)snprintf(text, sizeof(text), "%u", inum);

	return len <= n && !memcmp(text + n - len, digits, len);
}

static bool matches(const struct ns_spec *spec, const struct ns *ns, enum match match)
{
	if ((spec->has_type && ns->type != spec->type) || (spec->node && ns->node != spec->node))
		return false;
	switch (match) {
	case MATCH_WHOLE:
		return spec->kind == NS_SPEC_INUM && *spec->word != '0' && ns->inum == spec->inum;
	case MATCH_LAST:
		return spec->kind == NS_SPEC_INUM && !spec->whole &&
		       ends_with(ns->inum, spec->word, spec->len);
	case MATCH_NAME:
		return !spec->whole && ns->name && strlen(ns->name) == strlen(spec->word) &&
		       !strcmp(ns->name, spec->word);
	case MATCHES:
		break;
	}
	return false;
}

static int ambiguous(const struct ns_spec *spec, const struct graph *g, enum match match)
{
	char list[1024] = "";
	const struct ns *ns;
	size_t n = 0, len = 0;

	for (ns = g->namespaces; ns < g->namespaces + g->n_namespaces; ns++) {
		if (!matches(spec, ns, match) || n++ >= CANDIDATES_MAX)
			continue;
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s:%s",
					n > 1 ? ", " : "", ns_type_names[ns->type],
					ns_short(g, ns).text);
		if (ns->name && strlen(ns->name) < 32)
			len += (size_t)snprintf(list + len, sizeof(list) - len, " (%s)", ns->name);
		else if (ns->first)
			len += (size_t)snprintf(list + len, sizeof(list) - len, " (%u %s)",
						ns->first->tid, ns->first->comm);
	}
	if (n > CANDIDATES_MAX)
		snprintf(list + len, sizeof(list) - len, " and %zu more", n - CANDIDATES_MAX);
	return fail(STATUS_USAGE, "'%s' can be each of: %s", spec->text, list);
}

static int find_word(const struct ns_spec *spec, const struct graph *g, enum match first,
		     const struct ns **found)
{
	struct task_list tasks = { .n = 0 };
	enum match match;
	const struct ns *ns;

	for (match = first; match < MATCHES; match++) {
		for (ns = g->namespaces; ns < g->namespaces + g->n_namespaces; ns++) {
			if (!matches(spec, ns, match))
				continue;
			if (*found)
				return ambiguous(spec, g, match);
			*found = ns;
		}
		if (*found)
			return STATUS_DONE;
	}
	/* A task was meant, probably. */
	if (spec->kind == NS_SPEC_NAME && !spec->has_type)
		list_tasks(g, spec->text, &tasks);
	if (spec->has_type)
		return fail(STATUS_NO_SUCH, "'%s': there is no %s namespace of this %s in the picture",
			    spec->text, ns_type_names[spec->type],
			    spec->kind == NS_SPEC_NAME ? "name" : "number");
	return fail(STATUS_NO_SUCH, "'%s': there is no namespace of this %s in the picture%s",
		    spec->text, spec->kind == NS_SPEC_NAME ? "name" : "number", tasks.text);
}

/* All digits of an inode number, else a task, else the last digits of a pid namespace. */
static int find_in(const struct ns_spec *spec, const struct graph *g, const struct ns **found)
{
	struct ns_spec pid = *spec;
	const struct ns *ns;

	for (ns = g->namespaces; ns < g->namespaces + g->n_namespaces; ns++)
		if (matches(spec, ns, MATCH_WHOLE))
			return find_word(spec, g, MATCH_WHOLE, found);
	if (graph_find_task(g, spec->inum)) {
		pid.pid = spec->inum;
		pid.slot = SLOT_PID;
		return find_slot(&pid, g, found);
	}
	pid.has_type = true;
	pid.type = NSINSPECT_NS_TYPE_PID;
	return find_word(&pid, g, MATCH_LAST, found);
}

/* Is a word meant to be a namespace, where it could be a command or a task, too? */
static bool is_meant(const struct ns_spec *spec, const struct picture *p)
{
	const struct graph *g = &p->graph;
	enum match match;
	const struct ns *ns;

	if (spec->kind == NS_SPEC_NAME)
		return has_name(&p->names, spec->text);
	/* No screen shows so few digits of a namespace. */
	if (spec->len < (size_t)g->digits && graph_find_task(g, spec->inum))
		return false;
	for (match = MATCH_WHOLE; match < MATCHES; match++)
		for (ns = g->namespaces; ns < g->namespaces + g->n_namespaces; ns++)
			if (matches(spec, ns, match))
				return true;
	return false;
}

/**
 * ns_spec_find() - find the namespace that was named
 * @spec: what ns_spec_parse() made
 * @o: where the picture is from
 * @p: a picture of all tasks and namespaces, with their names
 * @ns: where the namespace goes
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong;
 * STATUS_NO_COMMAND, without a line, for what ns_spec_parse_bare() made if it
 * is no namespace.
 */
int ns_spec_find(const struct ns_spec *spec, const struct options *o, struct picture *p,
		 const struct ns **ns)
{
	struct ns_spec found = *spec;
	int status;

	*ns = NULL;
	switch (spec->kind) {
	case NS_SPEC_SLOT:
		return find_slot(spec, &p->graph, ns);
	case NS_SPEC_PATH:
		status = o->from ? look_saved(spec->text, p, &found) : look(spec->text, &found);
		if (status)
			return status;
		*ns = graph_find_ns(&p->graph, found.type, found.inum);
		if (*ns)
			return STATUS_DONE;
		return fail(STATUS_NO_SUCH, "%s: there is no namespace %s:[%u] in the picture",
			    spec->text, ns_type_names[found.type], found.inum);
	case NS_SPEC_INUM:
	case NS_SPEC_NAME:
		break;
	}
	if (spec->bare && !is_meant(spec, p))
		return STATUS_NO_COMMAND;
	if (spec->in_pid)
		return find_in(spec, &p->graph, ns);
	return find_word(spec, &p->graph, MATCH_WHOLE, ns);
}
