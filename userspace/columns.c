// SPDX-License-Identifier: GPL-2.0
/*
 * The one table of columns: tables, raw output and help come from it. Names
 * are lsns's where it has the column.
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "columns.h"
#include "names.h"
#include "output.h"

static const char *number(char *buffer, size_t size, int64_t v)
{
	if (v < 0)
		return NULL;
	snprintf(buffer, size, "%" PRId64, v);
	return buffer;
}

static const char *inum(char *buffer, size_t size, uint32_t v)
{
	return v ? number(buffer, size, v) : NULL;
}

static const char *text_ns(const struct ns *ns, char *buffer, size_t size)
{
	return number(buffer, size, ns->inum);
}

static const char *text_type(const struct ns *ns, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return ns_type_names[ns->type];
}

static const char *text_path(const struct ns *ns, char *buffer, size_t size)
{
	if (!ns->first)
		return NULL;
	snprintf(buffer, size, "/proc/%u/ns/%s", ns->first->tid, ns_type_names[ns->type]);
	return buffer;
}

static const char *text_nprocs(const struct ns *ns, char *buffer, size_t size)
{
	return number(buffer, size, ns->procs);
}

static const char *text_pid(const struct ns *ns, char *buffer, size_t size)
{
	return ns->first ? number(buffer, size, ns->first->tid) : NULL;
}

static const char *text_ppid(const struct ns *ns, char *buffer, size_t size)
{
	return ns->first ? number(buffer, size, ns->first->ppid) : NULL;
}

static const char *text_command(const struct ns *ns, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	if (ns->command)
		return ns->command;
	return ns->first ? ns->first->comm : NULL;
}

static const char *text_uid(const struct ns *ns, char *buffer, size_t size)
{
	return ns->first ? number(buffer, size, ns->first->uid) : NULL;
}

static const char *text_user(const struct ns *ns, char *buffer, size_t size)
{
	const char *name;

	if (!ns->first)
		return NULL;
	name = name_of_user(ns->first->uid);
	return name ? name : number(buffer, size, ns->first->uid);
}

static const char *text_netnsid(const struct ns *ns, char *buffer, size_t size)
{
	if (ns->netnsid == NETNSID_UNASSIGNED)
		return "unassigned";
	return number(buffer, size, ns->netnsid);
}

static const char *text_nsfs(const struct ns *ns, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return ns->nsfs;
}

static const char *text_pns(const struct ns *ns, char *buffer, size_t size)
{
	return inum(buffer, size, ns->parent_inum);
}

static const char *text_ons(const struct ns *ns, char *buffer, size_t size)
{
	return inum(buffer, size, ns->owner_inum);
}

static const char *text_id(const struct ns *ns, char *buffer, size_t size)
{
	if (!ns->has_id)
		return NULL;
	snprintf(buffer, size, "%" PRIu64, ns->id);
	return buffer;
}

static const char *text_name(const struct ns *ns, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return ns->name;
}

static const char *text_level(const struct ns *ns, char *buffer, size_t size)
{
	return number(buffer, size, ns->level);
}

static const char *text_refs(const struct ns *ns, char *buffer, size_t size)
{
	return number(buffer, size, ns->refs);
}

static const char *text_tasks(const struct ns *ns, char *buffer, size_t size)
{
	return number(buffer, size, ns->tasks);
}

static const char *text_initial(const struct ns *ns, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return ns->initial ? "yes" : "no";
}

static const char *text_active(const struct ns *ns, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return ns->active < 0 ? NULL : ns->active ? "yes" : "no";
}

const struct column_info columns[COLUMNS] = {
	[COL_NS] = { "NS", true, false, 0,
		"inode number, as in /proc/PID/ns", text_ns },
	[COL_TYPE] = { "TYPE", false, false, 0,
		"cgroup, ipc, mnt, net, pid, time, user or uts", text_type },
	[COL_PATH] = { "PATH", false, false, NEED_TASKS,
		"a file in /proc that is the namespace", text_path },
	[COL_NPROCS] = { "NPROCS", true, false, 0,
		"processes that are in it", text_nprocs },
	[COL_PID] = { "PID", true, false, NEED_TASKS,
		"the first of these processes, by number", text_pid },
	[COL_PPID] = { "PPID", true, false, NEED_TASKS,
		"parent of that process", text_ppid },
	[COL_COMMAND] = { "COMMAND", false, true, NEED_TASKS | NEED_COMMANDS,
		"what that process runs", text_command },
	[COL_UID] = { "UID", true, false, NEED_TASKS,
		"user id of that process", text_uid },
	[COL_USER] = { "USER", false, false, NEED_TASKS,
		"user name of that process", text_user },
	[COL_NETNSID] = { "NETNSID", true, false, NEED_TASKS | NEED_NETNSIDS,
		"what our network namespace calls it (ip netns list-id)", text_netnsid },
	[COL_NSFS] = { "NSFS", false, true, NEED_NSFS,
		"where it is bind-mounted", text_nsfs },
	[COL_PNS] = { "PNS", true, false, 0,
		"inode number of the parent (pid and user)", text_pns },
	[COL_ONS] = { "ONS", true, false, 0,
		"inode number of the user namespace that owns it", text_ons },
	[COL_ID] = { "ID", true, false, 0,
		"64-bit namespace identifier that is never used twice", text_id },
	[COL_NAME] = { "NAME", false, true, NEED_NAMES,
		"name of the network namespace, as ip netns has it", text_name },
	[COL_LEVEL] = { "LEVEL", true, false, 0,
		"depth below the initial namespace (pid and user)", text_level },
	[COL_REFS] = { "REFS", true, false, 0,
		"reference count of the namespace", text_refs },
	[COL_TASKS] = { "TASKS", true, false, 0,
		"tasks that are in it, threads included", text_tasks },
	[COL_INITIAL] = { "INITIAL", false, false, 0,
		"the system was started in it", text_initial },
	[COL_ACTIVE] = { "ACTIVE", false, false, 0,
		"it is in use", text_active },
};

static int find(const char *name, size_t len)
{
	int c;

	for (c = 0; c < COLUMNS; c++)
		if (strlen(columns[c].name) == len && !strncasecmp(columns[c].name, name, len))
			return c;
	return -1;
}

/**
 * columns_parse() - read what was given to --output
 * @list: names between commas; after a leading + they follow the defaults.
 *	NULL: the defaults
 * @defaults: the columns without --output
 * @n_defaults: how many
 * @chosen: where the columns go, COLUMNS at most, none twice
 *
 * Return: how many there are; the negative status to end with after a line
 * that says what is wrong.
 */
int columns_parse(const char *list, const int *defaults, size_t n_defaults, int *chosen)
{
	bool taken[COLUMNS] = { false };
	int n = 0, c;
	size_t i;

	if (!list || *list == '+') {
		for (i = 0; i < n_defaults; i++) {
			chosen[n++] = defaults[i];
			taken[defaults[i]] = true;
		}
	}
	if (!list)
		return n;
	if (*list == '+')
		list++;
	for (;;) {
		size_t len = strcspn(list, ",");

		c = find(list, len);
		if (c < 0)
			return -fail(STATUS_USAGE, "--output: there is no column '%.*s'; "
				     "nsinspect -H lists them", (int)len, list);
		if (!taken[c])
			chosen[n++] = c;
		taken[c] = true;
		list += len;
		if (!*list++)
			return n;
	}
}

/**
 * columns_print() - list the columns that there are
 * @out: where to
 */
void columns_print(FILE *out)
{
	int c;

	for (c = 0; c < COLUMNS; c++)
		fprintf(out, "%12s  %s\n", columns[c].name, columns[c].help);
}
