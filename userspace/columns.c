// SPDX-License-Identifier: GPL-2.0
/*
 * The tables of fields. Names of columns are lsns's where it has the column.
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "columns.h"
#include "commands.h"
#include "containers.h"
#include "names.h"
#include "output.h"

static struct value none(void)
{
	return (struct value){ .kind = VALUE_NONE };
}

static struct value number(uint64_t v)
{
	return (struct value){ .kind = VALUE_NUMBER, .number = v };
}

/* Numbers that are 0 where there is nothing: inode numbers, nodes, ids. */
static struct value nonzero(uint32_t v)
{
	return v ? number(v) : none();
}

/* Numbers that are negative where they are not known. */
static struct value known(int64_t v)
{
	return v >= 0 ? number((uint64_t)v) : none();
}

static struct value string(const char *s)
{
	return s ? (struct value){ .kind = VALUE_STRING, .string = s } : none();
}

static struct value nonempty(const char *s)
{
	return string(*s ? s : NULL);
}

static struct value truth(bool v)
{
	return (struct value){ .kind = VALUE_BOOL, .truth = v };
}

/*
 * A getter takes a node and a buffer; most need no buffer. This defines one
 * that is an expression of the node.
 */
#define GETTER(what, name, node, expression)						\
static struct value what##_##name(const struct what *node, char *buffer)		\
{											\
	(void)buffer;									\
	return expression;								\
}

GETTER(ns, inum, ns, number(ns->inum))
GETTER(ns, type, ns, string(ns_type_names[ns->type]))
GETTER(ns, procs, ns, known(ns->procs))
GETTER(ns, pid, ns, ns->first ? number(ns->first->tid) : none())
GETTER(ns, ppid, ns, ns->first ? number(ns->first->ppid) : none())
GETTER(ns, command, ns, string(ns->command ? ns->command : ns->first ? ns->first->comm : NULL))
GETTER(ns, uid, ns, ns->first ? number(ns->first->uid) : none())
GETTER(ns, netnsid, ns,
       ns->netnsid == NETNSID_UNASSIGNED ? string("unassigned") : known(ns->netnsid))
GETTER(ns, nsfs, ns, string(ns->nsfs))
GETTER(ns, parent, ns, nonzero(ns->parent_inum))
GETTER(ns, owner, ns, nonzero(ns->owner_inum))
GETTER(ns, id, ns, ns->has_id ? number(ns->id) : none())
GETTER(ns, name, ns, string(ns->name))
GETTER(ns, level, ns, known(ns->level))
GETTER(ns, refs, ns, known(ns->refs))
GETTER(ns, tasks, ns, known(ns->tasks))
GETTER(ns, initial, ns, truth(ns->initial))
GETTER(ns, active, ns, ns->active < 0 ? none() : truth(ns->active))
GETTER(ns, node, ns, nonzero(ns->node))
GETTER(ns, owner_node, ns, nonzero(ns->owner_node))
GETTER(ns, parent_node, ns, nonzero(ns->parent_node))

GETTER(task, tid, t, number(t->tid))
GETTER(task, tgid, t, number(t->tgid))
GETTER(task, ppid, t, number(t->ppid))
GETTER(task, comm, t, string(t->comm))
GETTER(task, kthread, t, truth(t->kthread))
GETTER(task, uid, t, number(t->uid))
GETTER(task, nsproxy, t, nonzero(t->nsproxy_id))
GETTER(task, user, t, nonzero(t->user_inum))
GETTER(task, user_node, t, nonzero(t->user_node))
GETTER(task, pid, t, nonzero(t->pid_inum))
GETTER(task, pid_node, t, nonzero(t->pid_node))

static struct value ns_path(const struct ns *ns, char *buffer)
{
	if (!ns->first)
		return none();
	snprintf(buffer, VALUE_TEXT_MAX, "/proc/%u/ns/%s", ns->first->tid,
		 ns_type_names[ns->type]);
	return string(buffer);
}

static struct value user_of(const struct task *t, char *buffer)
{
	const char *name;

	if (!t)
		return none();
	name = name_of_user(t->uid);
	if (name)
		return string(name);
	snprintf(buffer, VALUE_TEXT_MAX, "%u", t->uid);
	return string(buffer);
}

static struct value container_of_task(const struct task *t, char *buffer)
{
	struct container c;

	if (!t || !t->cgroup || !container_of(t->cgroup, &c))
		return none();
	snprintf(buffer, VALUE_TEXT_MAX, "%s", c.label);
	return string(buffer);
}

GETTER(ns, container, ns, container_of_task(ns->first, buffer))
GETTER(ns, user, ns, user_of(ns->first, buffer))

GETTER(set, number, set, number(set->number))
GETTER(set, procs, set, number((uint64_t)set->procs))
GETTER(set, tasks, set, number((uint64_t)set->tasks))
GETTER(set, pid, set, number(set->first->tid))
GETTER(set, ppid, set, number(set->first->ppid))
GETTER(set, uid, set, number(set->first->uid))
GETTER(set, user, set, user_of(set->first, buffer))
GETTER(set, nsproxy, set, number(set->first->nsproxy_id))
GETTER(set, refs, set, known(set->first->nsproxy->refs))
GETTER(set, own, set, nonempty(set->own))
GETTER(set, shares, set, nonempty(set->shares))
GETTER(set, container, set, container_of_task(set->first, buffer))
GETTER(set, command, set, string(set->command ? set->command : set->first->comm))

static struct value task_state(const struct task *t, char *buffer)
{
	buffer[0] = t->state;
	buffer[1] = '\0';
	return string(buffer);
}

#define NO_KEY { "", 0 }
#define NS(field) .get.ns = ns_##field
#define TASK(field) .get.task = task_##field

const struct field ns_fields[NS_FIELDS] = {
	[COL_NS] = { "NS", JSON_KEY("inum"), VALUE_NUMBER, NS(inum),
		.help = "inode number, as in /proc/PID/ns" },
	[COL_TYPE] = { "TYPE", JSON_KEY("type"), VALUE_STRING, NS(type),
		.help = "cgroup, ipc, mnt, net, pid, time, user or uts" },
	[COL_PATH] = { "PATH", NO_KEY, VALUE_STRING, NS(path), .need = NEED_TASKS,
		.help = "path of a link in /proc that leads to the namespace" },
	[COL_NPROCS] = { "NPROCS", JSON_KEY("procs"), VALUE_NUMBER, NS(procs),
		.help = "number of processes in the namespace" },
	[COL_PID] = { "PID", NO_KEY, VALUE_NUMBER, NS(pid), .need = NEED_TASKS,
		.help = "process with the lowest PID in the namespace" },
	[COL_PPID] = { "PPID", NO_KEY, VALUE_NUMBER, NS(ppid), .need = NEED_TASKS,
		.help = "parent of that process" },
	[COL_COMMAND] = { "COMMAND", NO_KEY, VALUE_STRING, NS(command), .cut = true,
		.need = NEED_TASKS | NEED_COMMANDS,
		.help = "command line of that process" },
	[COL_UID] = { "UID", NO_KEY, VALUE_NUMBER, NS(uid), .need = NEED_TASKS,
		.help = "user ID of that process" },
	[COL_USER] = { "USER", NO_KEY, VALUE_STRING, NS(user), .need = NEED_TASKS,
		.help = "user name of that process" },
	[COL_NETNSID] = { "NETNSID", NO_KEY, VALUE_NUMBER, NS(netnsid),
		.need = NEED_TASKS | NEED_NETNSIDS,
		.help = "ID that the caller's network namespace gives it (ip netns list-id)" },
	[COL_NSFS] = { "NSFS", JSON_KEY("nsfs"), VALUE_STRING, NS(nsfs), .cut = true,
		.need = NEED_NSFS,
		.help = "paths where the namespace is bind-mounted, separated by commas" },
	[COL_PNS] = { "PNS", JSON_KEY("parent"), VALUE_NUMBER, NS(parent),
		.help = "inode number of the parent namespace (pid and user)" },
	[COL_ONS] = { "ONS", JSON_KEY("owner"), VALUE_NUMBER, NS(owner),
		.help = "inode number of the owning user namespace" },
	[COL_ID] = { "ID", JSON_KEY("id"), VALUE_NUMBER, NS(id),
		.help = "64-bit namespace ID, never reused (Linux 6.18 and later)" },
	[COL_NAME] = { "NAME", JSON_KEY("name"), VALUE_STRING, NS(name), .cut = true,
		.need = NEED_NAMES,
		.help = "name that ip netns has for the network namespace" },
	[COL_LEVEL] = { "LEVEL", JSON_KEY("level"), VALUE_NUMBER, NS(level),
		.help = "depth below the initial namespace (pid and user)" },
	[COL_REFS] = { "REFS", JSON_KEY("refs"), VALUE_NUMBER, NS(refs),
		.help = "reference count of the namespace" },
	[COL_TASKS] = { "TASKS", JSON_KEY("tasks"), VALUE_NUMBER, NS(tasks),
		.help = "number of tasks in the namespace, including threads" },
	[COL_INITIAL] = { "INITIAL", JSON_KEY("initial"), VALUE_BOOL, NS(initial),
		.help = "whether it is the namespace that the system was started in" },
	[COL_ACTIVE] = { "ACTIVE", JSON_KEY("active"), VALUE_BOOL, NS(active),
		.help = "whether the namespace is in use" },
	[COL_CONTAINER] = { "CONTAINER", NO_KEY, VALUE_STRING, NS(container), .cut = true,
		.need = NEED_TASKS | NEED_CGROUPS,
		.help = "container or systemd unit that the process with the lowest PID runs in" },
	[NS_NODE] = { NULL, JSON_KEY("node"), VALUE_NUMBER, NS(node),
		.help = "number of the namespace in this picture" },
	[NS_OWNER_NODE] = { NULL, JSON_KEY("owner_node"), VALUE_NUMBER, NS(owner_node),
		.optional = true,
		.help = "node of the owner, where its inode number is not unique" },
	[NS_PARENT_NODE] = { NULL, JSON_KEY("parent_node"), VALUE_NUMBER, NS(parent_node),
		.optional = true,
		.help = "node of the parent, where its inode number is not unique" },
};

const struct field task_fields[TASK_FIELDS] = {
	[TASK_TID] = { NULL, JSON_KEY("tid"), VALUE_NUMBER, TASK(tid),
		.help = "thread ID" },
	[TASK_TGID] = { NULL, JSON_KEY("tgid"), VALUE_NUMBER, TASK(tgid),
		.help = "thread group ID, which is the PID of the process" },
	[TASK_PPID] = { NULL, JSON_KEY("ppid"), VALUE_NUMBER, TASK(ppid),
		.help = "PID of the parent process, 0 where there is none" },
	[TASK_COMM] = { NULL, JSON_KEY("comm"), VALUE_STRING, TASK(comm),
		.help = "name of the task" },
	[TASK_STATE] = { NULL, JSON_KEY("state"), VALUE_STRING, TASK(state),
		.help = "state, one letter as in /proc/PID/stat" },
	[TASK_KTHREAD] = { NULL, JSON_KEY("kthread"), VALUE_BOOL, TASK(kthread),
		.help = "whether it is a kernel thread" },
	[TASK_UID] = { NULL, JSON_KEY("uid"), VALUE_NUMBER, TASK(uid),
		.help = "real user ID in the initial user namespace" },
	[TASK_NSPROXY] = { NULL, JSON_KEY("nsproxy"), VALUE_NUMBER, TASK(nsproxy),
		.help = "id of its nsproxy, null when the task is exiting" },
	[TASK_USER] = { NULL, JSON_KEY("user"), VALUE_NUMBER, TASK(user),
		.help = "inode number of its user namespace" },
	[TASK_USER_NODE] = { NULL, JSON_KEY("user_node"), VALUE_NUMBER, TASK(user_node),
		.optional = true,
		.help = "node of that namespace, where its inode number is not unique" },
	[TASK_PID] = { NULL, JSON_KEY("pid"), VALUE_NUMBER, TASK(pid),
		.help = "inode number of its own pid namespace" },
	[TASK_PID_NODE] = { NULL, JSON_KEY("pid_node"), VALUE_NUMBER, TASK(pid_node),
		.optional = true,
		.help = "node of that namespace, where its inode number is not unique" },
};

#define SET(field) .get.set = set_##field

const struct field set_fields[SET_FIELDS] = {
	[SET_NUMBER] = { "SET", JSON_KEY("set"), VALUE_NUMBER, SET(number),
		.help = "number of the set in this picture, the largest first" },
	[SET_NPROCS] = { "NPROCS", JSON_KEY("procs"), VALUE_NUMBER, SET(procs),
		.help = "number of processes that have the set" },
	[SET_TASKS] = { "TASKS", JSON_KEY("tasks"), VALUE_NUMBER, SET(tasks),
		.help = "number of tasks that have the set, including threads" },
	[SET_PID] = { "PID", JSON_KEY("first"), VALUE_NUMBER, SET(pid),
		.help = "process with the lowest PID that has the set" },
	[SET_PPID] = { "PPID", NO_KEY, VALUE_NUMBER, SET(ppid),
		.help = "parent of that process" },
	[SET_UID] = { "UID", NO_KEY, VALUE_NUMBER, SET(uid),
		.help = "user ID of that process" },
	[SET_USER] = { "USER", NO_KEY, VALUE_STRING, SET(user),
		.help = "user name of that process" },
	[SET_NSPROXY] = { "NSPROXY", JSON_KEY("nsproxy"), VALUE_NUMBER, SET(nsproxy),
		.help = "id of the nsproxy in this picture" },
	[SET_REFS] = { "REFS", NO_KEY, VALUE_NUMBER, SET(refs),
		.help = "reference count of the nsproxy" },
	[SET_OWN] = { "OWN", NO_KEY, VALUE_STRING, SET(own),
		.help = "slots whose namespace no task of another set is in" },
	[SET_SHARES] = { "SHARES", NO_KEY, VALUE_STRING, SET(shares), .cut = true,
		.help = "slots whose namespace another set has, after its number" },
	[SET_COMMAND] = { "COMMAND", NO_KEY, VALUE_STRING, SET(command), .cut = true,
		.need = NEED_COMMANDS,
		.help = "command line of that process" },
	[SET_CONTAINER] = { "CONTAINER", NO_KEY, VALUE_STRING, SET(container), .cut = true,
		.need = NEED_CGROUPS,
		.help = "container or systemd unit that that process runs in" },
};

static const char *value_text(struct value v, char *buffer)
{
	switch (v.kind) {
	case VALUE_NUMBER:
		snprintf(buffer, VALUE_TEXT_MAX, "%" PRIu64, v.number);
		return buffer;
	case VALUE_STRING:
		return v.string;
	case VALUE_BOOL:
		return v.truth ? "yes" : "no";
	case VALUE_NONE:
		break;
	}
	return NULL;
}

/**
 * ns_text() - a field of a namespace as text
 * @ns: the namespace
 * @field: the field
 * @buffer: VALUE_TEXT_MAX bytes
 *
 * Return: the text, any bytes; NULL when the field is absent.
 */
const char *ns_text(const struct ns *ns, enum ns_field field, char *buffer)
{
	return value_text(ns_fields[field].get.ns(ns, buffer), buffer);
}

/**
 * task_text() - a field of a task as text
 * @t: the task
 * @field: the field
 * @buffer: VALUE_TEXT_MAX bytes
 *
 * Return: as ns_text() does.
 */
const char *task_text(const struct task *t, enum task_field field, char *buffer)
{
	return value_text(task_fields[field].get.task(t, buffer), buffer);
}

/**
 * set_text() - a field of a set as text
 * @set: the set
 * @field: the field
 * @buffer: VALUE_TEXT_MAX bytes
 *
 * Return: as ns_text() does.
 */
const char *set_text(const struct set *set, enum set_field field, char *buffer)
{
	return value_text(set_fields[field].get.set(set, buffer), buffer);
}

static int find(const struct columns *from, const char *name, size_t len)
{
	int c;

	for (c = 0; c < from->n; c++)
		if (strlen(from->fields[c].name) == len &&
		    !strncasecmp(from->fields[c].name, name, len))
			return c;
	return -1;
}

/**
 * columns_parse() - read what was given to --output
 * @c: the columns that there are
 * @list: names between commas; after a leading + they follow the defaults.
 *	NULL: the defaults
 * @all: every column, and @list is NULL
 * @chosen: where the columns go, @c->n at most, none twice
 *
 * Return: how many there are; the negative status to end with after a line
 * that says what is wrong.
 */
int columns_parse(const struct columns *c, const char *list, bool all, int *chosen)
{
	uint64_t taken = 0;
	int n = 0, column;
	size_t i;

	if (all) {
		for (column = 0; column < c->n; column++)
			chosen[n++] = column;
		return n;
	}
	if (!list || *list == '+') {
		for (i = 0; i < c->n_defaults; i++) {
			chosen[n++] = c->defaults[i];
			taken |= 1ull << c->defaults[i];
		}
	}
	if (!list)
		return n;
	if (*list == '+')
		list++;
	for (;;) {
		size_t len = strcspn(list, ",");

		column = find(c, list, len);
		if (column < 0)
			return -fail(STATUS_USAGE, "--output: there is no column '%.*s'; "
				     "%s lists them", (int)len, list, c->help);
		if (!(taken & 1ull << column))
			chosen[n++] = column;
		taken |= 1ull << column;
		list += len;
		if (!*list++)
			return n;
	}
}

/**
 * columns_need() - what has to be asked for before a table can be filled
 * @c: the columns that there are
 * @chosen: those that are shown
 * @n: how many
 * @filter: an expression that can have the names of others; NULL: none
 *
 * Return: the needs; possibly more than the filter has, as its language is the
 * library's and only words are looked at.
 */
unsigned int columns_need(const struct columns *c, const int *chosen, int n, const char *filter)
{
	unsigned int needs = 0;
	int i, column;

	for (i = 0; i < n; i++)
		needs |= c->fields[chosen[i]].need;
	while (filter && *filter) {
		size_t len = strspn(filter, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

		column = find(c, filter, len);
		if (column >= 0)
			needs |= c->fields[column].need;
		filter += len ? len : 1;
	}
	return needs;
}

/**
 * needs_of_names() - which of the needs picture_name() fulfils
 * @needs: what has to be asked for
 *
 * Return: what it is to be told.
 */
unsigned int needs_of_names(unsigned int needs)
{
	return (needs & NEED_NSFS ? PICTURE_NSFS : 0) | (needs & NEED_CGROUPS ? PICTURE_CGROUPS : 0);
}

/**
 * columns_print() - list the columns that there are
 * @c: the columns
 * @out: where to
 */
void columns_print(const struct columns *c, FILE *out)
{
	int column;

	for (column = 0; column < c->n; column++)
		fprintf(out, "%12s  %s\n", c->fields[column].name, c->fields[column].help);
}
