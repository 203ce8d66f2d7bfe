/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is known of a namespace, a task, a set and a limit: one table of fields for each.
 * Tables, raw output, JSON, graphs and screens take names, types and values
 * from here.
 */
#ifndef NSINSPECT_COLUMNS_H
#define NSINSPECT_COLUMNS_H

#include <stdio.h>

#include "graph.h"
#include "json_writer.h"
#include "sets.h"

enum value_kind {
	VALUE_NONE,		/* absent: an empty cell, null in JSON */
	VALUE_NUMBER,
	VALUE_STRING,
	VALUE_BOOL,
	VALUE_SIGNED,
	VALUE_LIST,		/* only in JSON, where render_json.c writes it */
};

struct value {
	enum value_kind kind;
	union {
		uint64_t number;
		int64_t signed_number;
		const char *string;	/* static, in the graph, or in the buffer of the getter */
		bool truth;
	};
};

/* Room for the longest value that is not in memory as text already; lists are cut. */
#define VALUE_TEXT_MAX 256

/* What has to be asked for before a field can be filled. */
enum need {
	NEED_TASKS = 1,
	NEED_COMMANDS = 2,
	NEED_NETNSIDS = 4,
	NEED_NSFS = 8,
	NEED_NAMES = 16,
	NEED_CGROUPS = 128,
	NEED_FACTS = 32,
	NEED_LINKS = 64,
	NEED_DETAILS = 256,
};

/* How much of a limit is used: a line of nsinspect limits. */
struct limit {
	const struct counter *account;
	const struct usage *usage;
};

struct field {
	const char *name;	/* of the column; NULL: not in tables */
	struct json_key key;	/* empty: not in JSON */
	enum value_kind type;	/* numbers are aligned to the right */
	bool word;		/* a number that can be a word, too */
	bool list;		/* has commas, in a table line ends */
	bool cut;		/* may be cut short in a table */
	bool optional;		/* where it has no value, JSON does not have the key either */
	unsigned int need;
	uint32_t types;		/* 1 << type, of those that have this fact; 0: it is no fact */
	const char *help;
	union {
		struct value (*ns)(const struct ns *ns, char *buffer);
		struct value (*task)(const struct task *t, char *buffer);
		struct value (*set)(const struct set *set, char *buffer);
		struct value (*limit)(const struct limit *limit, char *buffer);
	} get;
};

/* The columns of tables first: lsns's in its order, then our own. */
enum ns_field {
	COL_NS,
	COL_TYPE,
	COL_PATH,
	COL_NPROCS,
	COL_PID,
	COL_PPID,
	COL_COMMAND,
	COL_UID,
	COL_USER,
	COL_NETNSID,
	COL_NSFS,
	COL_PNS,
	COL_ONS,
	COL_ID,
	COL_NAME,
	COL_LEVEL,
	COL_REFS,
	COL_TASKS,
	COL_INITIAL,
	COL_ACTIVE,
	COL_CONTAINER,
	COL_FOUND,
	COL_CREATOR,
	COL_CREATOR_NAME,
	COL_HOSTNAME,
	COL_DOMAINNAME,
	COL_MSG,
	COL_SEM,
	COL_SHM,
	COL_SHM_BYTES,
	COL_MONOTONIC,
	COL_BOOTTIME,
	COL_CGROUP_ROOT,
	COL_REAPER,
	COL_PIDS,
	COL_PID_MAX,
	COL_DYING,
	COL_OWNER_UID,
	COL_OWNER_GID,
	COL_UID_MAP,
	COL_GID_MAP,
	COL_SETGROUPS,
	COL_LINKS,
	COL_DETAILS,
	COLUMNS,
	NS_NODE = COLUMNS,
	NS_OWNER_NODE,
	NS_PARENT_NODE,
	NS_FOUND,
	NS_MONOTONIC_NS,
	NS_BOOTTIME_NS,
	NS_UID_MAP,
	NS_GID_MAP,
	NS_NSID,
	NS_LINKS,
	NS_FIELDS
};

/* In the order that JSON has them in. */
enum task_field {
	TASK_TID,
	TASK_TGID,
	TASK_PPID,
	TASK_COMM,
	TASK_STATE,
	TASK_KTHREAD,
	TASK_UID,
	TASK_NSPROXY,
	TASK_USER,
	TASK_USER_NODE,
	TASK_PID,
	TASK_PID_NODE,
	TASK_FIELDS
};

enum set_field {
	SET_NUMBER,
	SET_NPROCS,
	SET_TASKS,
	SET_PID,
	SET_PPID,
	SET_UID,
	SET_USER,
	SET_NSPROXY,
	SET_REFS,
	SET_OWN,
	SET_SHARES,
	SET_CONTAINER,
	SET_COMMAND,
	SET_COLUMNS,
	SET_FIELDS = SET_COLUMNS
};

enum limit_field {
	LIMIT_TYPE,
	LIMIT_USE,
	LIMIT_LIMIT,
	LIMIT_PERCENT,
	LIMIT_FULL,
	LIMIT_USERNS,
	LIMIT_LEVEL,
	LIMIT_UID,
	LIMIT_USER,
	LIMIT_COLUMNS,
	LIMIT_FIELDS = LIMIT_COLUMNS
};

extern const struct field ns_fields[NS_FIELDS];
extern const struct field task_fields[TASK_FIELDS];
extern const struct field set_fields[SET_FIELDS];
extern const struct field limit_fields[LIMIT_FIELDS];

const char *ns_text(const struct ns *ns, enum ns_field field, char *buffer);
const char *set_text(const struct set *set, enum set_field field, char *buffer);
const char *limit_text(const struct limit *limit, enum limit_field field, char *buffer);
bool limit_is_full(const struct limit *limit);
const char *task_text(const struct task *t, enum task_field field, char *buffer);

/* What a table can have: its fields that are columns come first. */
struct columns {
	const struct field *fields;
	int n;
	const int *defaults;		/* the columns without --output */
	size_t n_defaults;
	const char *help;		/* the command line that lists them */
};

int columns_parse(const struct columns *c, const char *list, bool all, int *chosen);
unsigned int columns_need(const struct columns *c, const int *chosen, int n, const char *filter);
unsigned int needs_of_names(unsigned int needs);
uint32_t columns_details(unsigned int needs);
void columns_print(const struct columns *c, FILE *out);

#endif
