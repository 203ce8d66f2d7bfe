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
#include "facts.h"
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

static struct value user_name(uint32_t uid, char *buffer)
{
	const char *name = name_of_user(uid);

	if (name)
		return string(name);
	snprintf(buffer, VALUE_TEXT_MAX, "%u", uid);
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
static struct value user_of(const struct task *t, char *buffer)
{
	return t ? user_name(t->uid, buffer) : none();
}

GETTER(ns, found, ns, string(found_text(ns->found, buffer, VALUE_TEXT_MAX)))

/* A getter that is an expression of facts @f, where there are any. */
#define FACT(name, expression)								\
static struct value ns_##name(const struct ns *ns, char *buffer)			\
{											\
	const struct facts *f = ns->facts;						\
											\
	(void)buffer;									\
	return f ? expression : none();							\
}

static struct value maybe(struct maybe m)
{
	return m.known ? number((uint64_t)m.v) : none();
}

static struct value maybe_signed(struct maybe m)
{
	if (!m.known)
		return none();
	return (struct value){ .kind = VALUE_SIGNED, .signed_number = m.v };
}

static struct value seconds(struct maybe m, char *buffer)
{
	return m.known ? string(seconds_text(m.v, buffer, VALUE_TEXT_MAX)) : none();
}

static struct value map(const struct id_map *m, char *buffer)
{
	return m->known ? string(map_text(m, buffer, VALUE_TEXT_MAX)) : none();
}

FACT(creator, maybe(f->creator_uid))
FACT(creator_name, f->creator_uid.known ? user_name((uint32_t)f->creator_uid.v, buffer) : none())
/* As lsns: of the first process, or without one of who made it. */
GETTER(ns, uid, ns, ns->first ? number(ns->first->uid) : ns_creator(ns, buffer))
GETTER(ns, user, ns, ns->first ? user_of(ns->first, buffer) : ns_creator_name(ns, buffer))
FACT(hostname, string(f->nodename))
FACT(domainname, string(f->domainname))
FACT(msg, maybe(f->msg_queues))
FACT(sem, maybe(f->sem_sets))
FACT(shm, maybe(f->shm_segments))
FACT(shm_bytes, maybe(f->shm_bytes))
FACT(monotonic, seconds(f->monotonic_ns, buffer))
FACT(boottime, seconds(f->boottime_ns, buffer))
FACT(monotonic_ns, maybe_signed(f->monotonic_ns))
FACT(boottime_ns, maybe_signed(f->boottime_ns))
FACT(cgroup_root, string(f->cgroup_root))
FACT(reaper, maybe(f->reaper))
FACT(pids, maybe(f->pids))
FACT(pid_max, maybe(f->pid_max))
FACT(dying, ns->type == NSINSPECT_NS_TYPE_PID ? truth(f->dying) : none())
FACT(owner_uid, maybe(f->owner_uid))
FACT(owner_gid, maybe(f->owner_gid))
FACT(uid_map, map(&f->uid_map, buffer))
FACT(gid_map, map(&f->gid_map, buffer))
FACT(setgroups, f->setgroups.known ? truth(f->setgroups.v) : none())
FACT(nsid, maybe_signed(f->nsid))
/* Each has a loopback device: where there is none, they were not asked for. */
GETTER(ns, links, ns, ns->n_links ? number(ns->n_links) : none())
GETTER(ns, details, ns, string(ns->details))
GETTER(ns, list, ns, ((void)ns, none()))

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
#define FACT_OF(type) .need = NEED_FACTS, .types = 1u << NSINSPECT_NS_TYPE_##type
#define ALL_TYPES ((1u << NS_TYPES) - 1)

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
	[COL_UID] = { "UID", NO_KEY, VALUE_NUMBER, NS(uid),
		.need = NEED_TASKS | NEED_FACTS,
		.help = "user ID of that process; without one, of who made the namespace" },
	[COL_USER] = { "USER", NO_KEY, VALUE_STRING, NS(user),
		.need = NEED_TASKS | NEED_FACTS,
		.help = "name of that user" },
	[COL_NETNSID] = { "NETNSID", NO_KEY, VALUE_NUMBER, NS(netnsid), .word = true,
		.need = NEED_TASKS | NEED_NETNSIDS | NEED_FACTS,
		.help = "ID that the caller's network namespace gives it (ip netns list-id)" },
	[COL_NSFS] = { "NSFS", JSON_KEY("nsfs"), VALUE_STRING, NS(nsfs), .list = true, .cut = true,
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
		.help = "container or systemd unit of the process with the lowest PID" },
	[COL_FOUND] = { "FOUND", NO_KEY, VALUE_STRING, NS(found),
		.help = "by which ways the namespace was found" },
	[COL_CREATOR] = { "CREATOR", JSON_KEY("creator_uid"), VALUE_NUMBER, NS(creator),
		.need = NEED_FACTS, .types = ALL_TYPES,
		.help = "ID of the user that made the namespace and on whose account it is" },
	[COL_CREATOR_NAME] = { "CREATOR_NAME", NO_KEY, VALUE_STRING, NS(creator_name),
		.need = NEED_FACTS,
		.help = "name of that user" },
	[COL_HOSTNAME] = { "HOSTNAME", JSON_KEY("nodename"), VALUE_STRING, NS(hostname),
		.cut = true, FACT_OF(UTS),
		.help = "host name (uts)" },
	[COL_DOMAINNAME] = { "DOMAINNAME", JSON_KEY("domainname"), VALUE_STRING, NS(domainname),
		.cut = true, FACT_OF(UTS),
		.help = "NIS domain name (uts)" },
	[COL_MSG] = { "MSG", JSON_KEY("msg_queues"), VALUE_NUMBER, NS(msg), FACT_OF(IPC),
		.help = "number of SysV message queues (ipc)" },
	[COL_SEM] = { "SEM", JSON_KEY("sem_sets"), VALUE_NUMBER, NS(sem), FACT_OF(IPC),
		.help = "number of SysV semaphore sets (ipc)" },
	[COL_SHM] = { "SHM", JSON_KEY("shm_segments"), VALUE_NUMBER, NS(shm), FACT_OF(IPC),
		.help = "number of SysV shared memory segments (ipc)" },
	[COL_SHM_BYTES] = { "SHM_BYTES", JSON_KEY("shm_bytes"), VALUE_NUMBER, NS(shm_bytes),
		FACT_OF(IPC),
		.help = "size of these segments, in whole pages (ipc)" },
	[COL_MONOTONIC] = { "MONOTONIC", NO_KEY, VALUE_STRING, NS(monotonic), FACT_OF(TIME),
		.help = "offset of CLOCK_MONOTONIC, seconds (time)" },
	[COL_BOOTTIME] = { "BOOTTIME", NO_KEY, VALUE_STRING, NS(boottime), FACT_OF(TIME),
		.help = "offset of CLOCK_BOOTTIME, seconds (time)" },
	[COL_CGROUP_ROOT] = { "CGROUP_ROOT", JSON_KEY("cgroup_root"), VALUE_STRING,
		NS(cgroup_root), .cut = true, FACT_OF(CGROUP),
		.help = "root of the namespace in the unified hierarchy (cgroup)" },
	[COL_REAPER] = { "REAPER", JSON_KEY("reaper"), VALUE_NUMBER, NS(reaper), FACT_OF(PID),
		.help = "PID of the child reaper (pid)" },
	[COL_PIDS] = { "PIDS", JSON_KEY("pids"), VALUE_NUMBER, NS(pids), FACT_OF(PID),
		.help = "how many PIDs are in use in the namespace (pid)" },
	[COL_PID_MAX] = { "PID_MAX", JSON_KEY("pid_max"), VALUE_NUMBER, NS(pid_max), FACT_OF(PID),
		.help = "limit of PIDs in the namespace (pid, Linux 6.14 and later)" },
	[COL_DYING] = { "DYING", JSON_KEY("dying"), VALUE_BOOL, NS(dying), FACT_OF(PID),
		.help = "whether the child reaper has ended (pid)" },
	[COL_OWNER_UID] = { "OWNER_UID", JSON_KEY("owner_uid"), VALUE_NUMBER, NS(owner_uid),
		FACT_OF(USER),
		.help = "user ID of the owner in the initial user namespace (user)" },
	[COL_OWNER_GID] = { "OWNER_GID", JSON_KEY("owner_gid"), VALUE_NUMBER, NS(owner_gid),
		FACT_OF(USER),
		.help = "group ID of the owner in the initial user namespace (user)" },
	[COL_UID_MAP] = { "UID_MAP", NO_KEY, VALUE_STRING, NS(uid_map), .cut = true, FACT_OF(USER),
		.help = "user IDs: first -> first in the initial one x count (user)" },
	[COL_GID_MAP] = { "GID_MAP", NO_KEY, VALUE_STRING, NS(gid_map), .cut = true, FACT_OF(USER),
		.help = "the same of group IDs (user)" },
	[COL_SETGROUPS] = { "SETGROUPS", JSON_KEY("setgroups"), VALUE_BOOL, NS(setgroups),
		FACT_OF(USER),
		.help = "whether setgroups(2) is allowed (user)" },
	[COL_LINKS] = { "LINKS", NO_KEY, VALUE_NUMBER, NS(links), .need = NEED_LINKS,
		.help = "number of network devices (net)" },
	[COL_DETAILS] = { "DETAILS", NO_KEY, VALUE_STRING, NS(details), .list = true, .cut = true,
		.need = NEED_FACTS | NEED_LINKS | NEED_DETAILS,
		.help = "hostname, map of user IDs, or devices and their other ends" },
	[NS_NODE] = { NULL, JSON_KEY("node"), VALUE_NUMBER, NS(node),
		.help = "number of the namespace in this picture" },
	[NS_OWNER_NODE] = { NULL, JSON_KEY("owner_node"), VALUE_NUMBER, NS(owner_node),
		.optional = true,
		.help = "node of the owner, where its inode number is not unique" },
	[NS_PARENT_NODE] = { NULL, JSON_KEY("parent_node"), VALUE_NUMBER, NS(parent_node),
		.optional = true,
		.help = "node of the parent, where its inode number is not unique" },
	[NS_FOUND] = { NULL, JSON_KEY("found"), VALUE_LIST, NS(list),
		.help = "list of the ways by which the namespace was found" },
	[NS_MONOTONIC_NS] = { NULL, JSON_KEY("monotonic_ns"), VALUE_SIGNED, NS(monotonic_ns),
		FACT_OF(TIME),
		.help = "offset of CLOCK_MONOTONIC, nanoseconds (time)" },
	[NS_BOOTTIME_NS] = { NULL, JSON_KEY("boottime_ns"), VALUE_SIGNED, NS(boottime_ns),
		FACT_OF(TIME),
		.help = "offset of CLOCK_BOOTTIME, nanoseconds (time)" },
	[NS_UID_MAP] = { NULL, JSON_KEY("uid_map"), VALUE_LIST, NS(list), FACT_OF(USER),
		.help = "list of first, lower_first (in the initial user namespace), count (user)" },
	[NS_GID_MAP] = { NULL, JSON_KEY("gid_map"), VALUE_LIST, NS(list), FACT_OF(USER),
		.help = "the same of group IDs (user)" },
	[NS_NSID] = { NULL, JSON_KEY("nsid"), VALUE_SIGNED, NS(nsid), FACT_OF(NET),
		.help = "ID that the network namespace of the caller gives it (net)" },
	[NS_LINKS] = { NULL, JSON_KEY("links"), VALUE_LIST, NS(list), .need = NEED_LINKS,
		.types = 1u << NSINSPECT_NS_TYPE_NET,
		.help = "list of network devices (net)" },
};

/* A set of columns is a mask of them. */
_Static_assert((int)COLUMNS <= 64 && (int)SET_COLUMNS <= 64, "too many columns");

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
	[SET_SHARES] = { "SHARES", NO_KEY, VALUE_STRING, SET(shares),
		.help = "slots whose namespace another set has, after its number" },
	[SET_COMMAND] = { "COMMAND", NO_KEY, VALUE_STRING, SET(command), .cut = true,
		.need = NEED_COMMANDS,
		.help = "command line of that process" },
	[SET_CONTAINER] = { "CONTAINER", NO_KEY, VALUE_STRING, SET(container), .cut = true,
		.need = NEED_CGROUPS,
		.help = "container or systemd unit that that process runs in" },
};

GETTER(limit, type, l, string(ns_type_names[l->usage->type]))
GETTER(limit, use, l, number(l->usage->count))
GETTER(limit, limit, l, number(l->usage->limit))
GETTER(limit, percent, l,
       number(l->usage->limit ? (uint64_t)l->usage->count * 100 / l->usage->limit : 100))
GETTER(limit, full, l, string(limit_is_full(l) ? "full" : NULL))
GETTER(limit, userns, l, number(l->account->user_inum))
GETTER(limit, level, l, l->account->user ? known(l->account->user->level) : none())
GETTER(limit, uid, l, number(l->account->uid))
GETTER(limit, user, l, user_name(l->account->uid, buffer))

#define LIMIT(field) .get.limit = limit_##field

const struct field limit_fields[LIMIT_FIELDS] = {
	[LIMIT_TYPE] = { "TYPE", NO_KEY, VALUE_STRING, LIMIT(type),
		.help = "type of the namespaces that are counted" },
	[LIMIT_USE] = { "USE", NO_KEY, VALUE_NUMBER, LIMIT(use),
		.help = "how many there are on the account" },
	[LIMIT_LIMIT] = { "LIMIT", NO_KEY, VALUE_NUMBER, LIMIT(limit),
		.help = "how many there may be" },
	[LIMIT_PERCENT] = { "USE%", NO_KEY, VALUE_NUMBER, LIMIT(percent),
		.help = "use in percent of the limit" },
	[LIMIT_FULL] = { "FULL", NO_KEY, VALUE_STRING, LIMIT(full),
		.help = "full, if the next one would be refused with ENOSPC" },
	[LIMIT_USERNS] = { "USERNS", NO_KEY, VALUE_NUMBER, LIMIT(userns),
		.help = "inode number of the user namespace that the account is in" },
	[LIMIT_LEVEL] = { "LEVEL", NO_KEY, VALUE_NUMBER, LIMIT(level),
		.help = "depth of that namespace below the initial one" },
	[LIMIT_UID] = { "UID", NO_KEY, VALUE_NUMBER, LIMIT(uid),
		.help = "user ID that the account is of, in the initial user namespace" },
	[LIMIT_USER] = { "USER", NO_KEY, VALUE_STRING, LIMIT(user),
		.help = "name of that user" },
};

/**
 * limit_is_full() - would the next namespace be refused?
 * @limit: the limit
 */
bool limit_is_full(const struct limit *limit)
{
	return limit->usage->count >= limit->usage->limit;
}

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
	case VALUE_SIGNED:
		snprintf(buffer, VALUE_TEXT_MAX, "%" PRId64, v.signed_number);
		return buffer;
	case VALUE_LIST:
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
 * limit_text() - a field of a limit as text
 * @limit: the limit
 * @field: the field
 * @buffer: VALUE_TEXT_MAX bytes
 *
 * Return: as ns_text() does.
 */
const char *limit_text(const struct limit *limit, enum limit_field field, char *buffer)
{
	return value_text(limit_fields[field].get.limit(limit, buffer), buffer);
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
		size_t len = strspn(filter, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_");

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
 * columns_details() - what the kernel has to be asked for before a table can be filled
 * @needs: what columns_need() gave
 *
 * Return: NSINSPECT_DETAIL_*, without nodes.
 */
uint32_t columns_details(unsigned int needs)
{
	return (needs & NEED_FACTS ? NSINSPECT_DETAIL_FACTS : 0) |
	       (needs & NEED_LINKS ? NSINSPECT_DETAIL_LINKS : 0);
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
