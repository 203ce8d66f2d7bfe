// SPDX-License-Identifier: GPL-2.0
/*
 * What kinds of event there are, which tracepoint tells each, and how one is
 * written as JSON.
 */
#include "event.h"

const struct event_info event_kinds[EVENT_KINDS] = {
	[EVENT_SWITCH]	= { "switch", true },
	[EVENT_FORK]	= { "fork", true },
	[EVENT_CREATE]	= { "create", true },
	[EVENT_FREE]	= { "free", true },
	[EVENT_EXEC]	= { "exec", true },
	[EVENT_EXIT]	= { "exit", true },
	[EVENT_REAP]	= { "reap", false },
	[EVENT_LOST]	= { "lost", false },
	[EVENT_BLIND]	= { "blind", false },
	[EVENT_SEEING]	= { "seeing", false },
};

const struct event_source event_sources[EVENT_SOURCES] = {
	{ "nsinspect", "ns_switch", EVENT_SWITCH, false },
	{ "nsinspect", "ns_fork", EVENT_FORK, false },
	{ "nsinspect", "ns_fork_same", EVENT_FORK, true },
	{ "nsinspect", "ns_create", EVENT_CREATE, false },
	{ "nsinspect", "ns_free", EVENT_FREE, false },
	{ "sched", "sched_process_exec", EVENT_EXEC, false },
	{ "sched", "sched_process_exit", EVENT_EXIT, false },
	{ "sched", "sched_process_free", EVENT_REAP, false },
};

/**
 * event_kind_parse() - which kind of event is meant?
 * @name: what it is called; need not end with a NUL
 * @len: of it
 *
 * Return: enum event_kind, -1 when --event takes none of this name.
 */
int event_kind_parse(const char *name, size_t len)
{
	int k;

	for (k = 0; k < EVENT_KINDS; k++)
		if (event_kinds[k].asked && strlen(event_kinds[k].name) == len &&
		    !memcmp(event_kinds[k].name, name, len))
			return k;
	return -1;
}

/**
 * event_has_change() - did a slot change?
 * @e: a switch or a fork
 * @slot: which
 */
bool event_has_change(const struct event *e, enum slot slot)
{
	return e->slots[slot].from.inum || e->slots[slot].to.inum;
}

static void put_ns(struct json *j, const char *name, const struct event_ns *ns)
{
	json_name(j, name);
	json_open(j, '{');
	json_member_maybe(j, "inum", ns->inum);
	json_member_maybe(j, "id", ns->id);
	json_close(j, '}');
}

static void put_changes(struct json *j, const struct event *e)
{
	int s;

	json_name(j, "changes");
	json_open(j, '[');
	for (s = 0; s < SLOTS; s++) {
		if (!event_has_change(e, s))
			continue;
		json_item(j);
		json_open(j, '{');
		json_member_string(j, "slot", slots[s].name);
		put_ns(j, "from", &e->slots[s].from);
		put_ns(j, "to", &e->slots[s].to);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_pids(struct json *j, const struct event *e)
{
	uint32_t i;

	json_name(j, "pids");
	json_open(j, '[');
	for (i = 0; i < e->n_upids; i++) {
		json_item(j);
		json_open(j, '{');
		json_member_number(j, "nr", e->upids[i].nr);
		json_member_number(j, "pidns", e->upids[i].pidns);
		json_member_number(j, "level", i);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_change(struct json *j, const struct event *e)
{
	json_member_string(j, "cause", e->cause);
	json_member_number(j, "tid", e->tid);
	json_member_number(j, "tgid", e->tgid);
	if (e->kind == EVENT_FORK)
		json_member_number(j, "ppid", e->ppid);
	json_member_string(j, "comm", e->comm);
	json_member_number(j, "uid", e->uid);
	json_member_number(j, "generation", e->generation);
	if (e->kind == EVENT_FORK)
		put_pids(j, e);
	put_changes(j, e);
}

static void put_namespace(struct json *j, const struct event *e)
{
	json_member_string(j, "type", ns_type_names[e->type]);
	json_member_number(j, "inum", e->ns.inum);
	json_member_maybe(j, "id", e->ns.id);
	json_member_maybe(j, "owner", e->owner.inum);
	json_member_maybe(j, "parent", e->parent_ns.inum);
	json_member_maybe(j, "tid", e->tid);
	json_member_string(j, "comm", e->comm);
}

static void put_cpu(struct json *j, uint32_t cpu)
{
	json_name(j, "cpu");
	if (cpu == EVENT_CPU_NONE)
		json_put_null(j);
	else
		json_put_number(j, cpu);
}

/**
 * event_json() - write an event as an object of its own
 * @j: the writer, after json_begin(); what follows is up to the caller
 * @e: the event
 *
 * Keys are added within a schema, never renamed or dropped.
 */
void event_json(struct json *j, const struct event *e)
{
	json_open(j, '{');
	json_member_string(j, "schema", "nsinspect-event/1");
	json_member_number(j, "seq", e->seq);
	json_member_number(j, "time_ns", e->time_ns);
	put_cpu(j, e->cpu);
	json_member_string(j, "event", event_kinds[e->kind].name);
	switch (e->kind) {
	case EVENT_SWITCH:
	case EVENT_FORK:
		put_change(j, e);
		break;
	case EVENT_CREATE:
	case EVENT_FREE:
		put_namespace(j, e);
		break;
	case EVENT_EXEC:
	case EVENT_EXIT:
	case EVENT_REAP:
		json_member_number(j, "tid", e->tid);
		json_member_maybe(j, "tgid", e->tgid);
		if (e->kind == EVENT_EXEC)
			json_member_number(j, "old_tid", e->old_tid);
		json_member_string(j, "comm", e->comm);
		break;
	case EVENT_LOST:
		json_member_maybe(j, "count", e->lost);
		break;
	case EVENT_BLIND:
	case EVENT_SEEING:
	case EVENT_KINDS:
		break;
	}
	json_close(j, '}');
}
