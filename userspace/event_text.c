// SPDX-License-Identifier: GPL-2.0
/*
 * Events as people read them.
 *
 * A creation is told by the change that it is part of, which comes right after it;
 * it has a line of its own only where there is no such change.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "color.h"
#include "event_text.h"
#include "text.h"
#include "watch.h"

#define SECOND 1000000000ll

/* So long a creation waits for the change that it is part of. */
#define BORN_PATIENCE SECOND

static const char *on(const struct event_text *t, enum color what)
{
	return color_on(t->color, what);
}

static const char *off(const struct event_text *t)
{
	return color_off(t->color);
}

static const char *arrow(const struct event_text *t)
{
	return t->ascii ? "->" : "→";
}

static void put_begin(const struct event_text *t, const struct event *e, const char *what)
{
	int64_t ns = (int64_t)e->time_ns + t->to_realtime;
	time_t seconds = (time_t)(ns / SECOND);
	char clock[16] = "??:??:??";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	fprintf(t->out, "%s%s.%06d%s %-8s ", on(t, COLOR_DIM), clock, (int)(ns % SECOND / 1000),
		off(t), what);
}

static void put_comm(const struct event_text *t, const char *comm)
{
	char safe[TEXT_COMM_MAX];

	text_escape(safe, sizeof(safe), comm, t->ascii);
	fputs(safe, t->out);
}

/* "bash(812)" */
static void put_task(const struct event_text *t, const char *comm, uint32_t tid)
{
	put_comm(t, comm);
	fprintf(t->out, "(%s%u%s)", on(t, COLOR_NUMBER), tid, off(t));
}

/* "sh(830→1) by bash(812)" */
static void put_child(const struct event_text *t, const struct event *e)
{
	const char *comm = timeline_comm(t->timeline, e->parent);
	uint32_t i;

	put_comm(t, e->comm);
	fprintf(t->out, "(%s", on(t, COLOR_NUMBER));
	for (i = 0; i < e->n_upids; i++)
		fprintf(t->out, "%s%u", i ? arrow(t) : "", e->upids[i].nr);
	if (!e->n_upids)
		fprintf(t->out, "%u", e->tid);
	fprintf(t->out, "%s)", off(t));
	if (e->tgid && e->tgid != e->tid)
		fprintf(t->out, " thread of %u", e->tgid);
	fputs(" by ", t->out);
	put_task(t, comm ? comm : e->comm, e->parent);
}

static void put_inum(const struct event_text *t, uint32_t inum)
{
	char all[16];
	int n = snprintf(all, sizeof(all), "%u", inum);

	fputs(!inum ? "none" : t->digits && n > t->digits ? all + n - t->digits : all, t->out);
}

static struct name *look_up(const struct event_text *t, uint32_t inum)
{
	size_t i;

	for (i = 0; t->names && i < t->names->n; i++)
		if (t->names->list[i].kind == NAME_NETNS && t->names->list[i].number == inum)
			return &t->names->list[i];
	return NULL;
}

/*
 * Names come and go as namespaces do. One that has none may have got it between the
 * last look and the event.
 */
static const char *find_name(struct event_text *t, const struct event *e, uint32_t inum)
{
	const struct name *name = look_up(t, inum);

	if (!name && t->names && t->live && e->time_ns > t->named_at) {
		t->named_at = watch_now();
		names_free(t->names);
		/* Without a name it has its number. */
		names_netns(t->names);
		name = look_up(t, inum);
	}
	return name ? name->text : NULL;
}

/* Another one can get its number. */
static void forget_name(const struct event_text *t, uint32_t inum)
{
	struct name *name = look_up(t, inum);

	if (name)
		name->number = 0;
}

static void put_ns(struct event_text *t, const struct event *e, enum nsinspect_ns_type type,
		   uint32_t inum)
{
	const char *name = type == NSINSPECT_NS_TYPE_NET && inum ? find_name(t, e, inum) : NULL;

	put_inum(t, inum);
	if (name) {
		fputs(" (", t->out);
		text_put(t->out, name, t->ascii);
		fputc(')', t->out);
	}
}

static void put_type(const struct event_text *t, enum nsinspect_ns_type type, const char *name)
{
	fprintf(t->out, "%s%s%s", on(t, COLOR_TYPES + (enum color)type), name, off(t));
}

/* Who makes a namespace for a child is the one that calls clone. */
static uint32_t maker_of(const struct event *e)
{
	return e->kind == EVENT_FORK ? e->parent : e->tid;
}

static struct birth *find_born(const struct event_text *t, uint32_t inum)
{
	size_t i;

	for (i = 0; i < t->n_born; i++)
		if (t->born[i].e.ns.inum == inum)
			return &t->born[i];
	return NULL;
}

static void forget_born(struct event_text *t, struct birth *b)
{
	t->n_born--;
	memmove(b, b + 1, (size_t)(t->born + t->n_born - b) * sizeof(*b));
}

static bool is_known(const struct event_text *t, enum nsinspect_ns_type type, uint32_t inum)
{
	return number_set_has(&t->known, inum) || timeline_has(t->timeline, type, inum);
}

/* " new", " joins 830's net", or nothing where no task is: the cause says that it was entered */
static void put_relation(struct event_text *t, const struct event *e, enum slot slot)
{
	const enum nsinspect_ns_type type = slots[slot].type;
	const struct event_ns *to = &e->slots[slot].to;
	const struct birth *born = find_born(t, to->inum);
	const bool new = born && born->e.tid == maker_of(e);
	uint32_t member = 0;

	if (!to->inum)
		return;
	if (!new)
		member = timeline_member(t->timeline, slots[slot].current, to, e->tid);
	if (member)
		fprintf(t->out, " joins %u's %s", member, ns_type_names[type]);
	else if (new || e->kind != EVENT_SWITCH || !is_known(t, type, to->inum))
		fprintf(t->out, " %snew%s", on(t, COLOR_STRONG), off(t));
}

/* Of a slot for children: does the slot of the task itself say the same? */
static bool is_said(const struct event *e, enum slot slot)
{
	const enum slot current = slots[slot].current;

	return current != slot && event_has_change(e, current) &&
	       e->slots[current].to.inum == e->slots[slot].to.inum;
}

static void put_changes(struct event_text *t, const struct event *e)
{
	const char *before = "  ";
	int s;

	for (s = 0; s < SLOTS; s++) {
		if (!event_has_change(e, s) || is_said(e, s))
			continue;
		fputs(before, t->out);
		before = ", ";
		put_type(t, slots[s].type, slots[s].name);
		fputc(' ', t->out);
		put_ns(t, e, slots[s].type, e->slots[s].from.inum);
		fprintf(t->out, " %s ", arrow(t));
		put_ns(t, e, slots[s].type, e->slots[s].to.inum);
		put_relation(t, e, s);
	}
}

static void put_create(struct event_text *t, const struct event *e)
{
	put_begin(t, e, "create");
	put_type(t, e->type, ns_type_names[e->type]);
	fputc(' ', t->out);
	put_ns(t, e, e->type, e->ns.inum);
	fputs("  by ", t->out);
	put_task(t, e->comm, e->tid);
	fputc('\n', t->out);
}

static void put_free(struct event_text *t, const struct event *e)
{
	put_begin(t, e, "free");
	put_type(t, e->type, ns_type_names[e->type]);
	fputc(' ', t->out);
	put_ns(t, e, e->type, e->ns.inum);
	fputc('\n', t->out);
	if (e->type == NSINSPECT_NS_TYPE_NET)
		forget_name(t, e->ns.inum);
}

static void put_exec(struct event_text *t, const struct event *e)
{
	const char *was = timeline_comm(t->timeline, e->old_tid ? e->old_tid : e->tid);

	put_begin(t, e, "exec");
	put_task(t, e->comm, e->tid);
	if (was && strcmp(was, e->comm)) {
		fputs(" was ", t->out);
		put_comm(t, was);
	}
	if (e->old_tid && e->old_tid != e->tid)
		fprintf(t->out, ", thread %u", e->old_tid);
	fputc('\n', t->out);
}

static void put_waiting(struct event_text *t, struct birth *b)
{
	if (b->waits)
		put_create(t, &b->e);
	forget_born(t, b);
}

/* Creations that the change of @e is not about will not be told by another. */
static void put_born_before(struct event_text *t, const struct event *e)
{
	size_t i = 0;

	while (i < t->n_born) {
		struct birth *b = &t->born[i];
		/* unshare changes the nsproxy first, and then the credentials. */
		bool told = b->e.type == NSINSPECT_NS_TYPE_USER && e->kind == EVENT_SWITCH;
		int s;

		for (s = 0; s < SLOTS && !told; s++)
			told = e->slots[s].to.inum == b->e.ns.inum;
		if (told || b->e.tid != maker_of(e))
			i++;
		else
			put_waiting(t, b);
	}
}

/* Those that it is about have been told by its line, if it has one. */
static void end_born(struct event_text *t, const struct event *e, bool shown)
{
	int s;

	for (s = 0; s < SLOTS; s++) {
		struct birth *b = e->slots[s].to.inum ? find_born(t, e->slots[s].to.inum) : NULL;

		if (b && shown)
			forget_born(t, b);
		else if (b)
			put_waiting(t, b);
	}
}

static int keep_born(struct event_text *t, const struct event *e, bool waits)
{
	struct birth *born = grow(t->born, &t->room_born, t->n_born + 1, sizeof(*born));

	if (!born)
		return -ENOMEM;
	t->born = born;
	born[t->n_born++] = (struct birth){ *e, waits };
	return 0;
}

static void put_lost(const struct event_text *t, const struct event *e)
{
	put_begin(t, e, "lost");
	fputs(on(t, COLOR_GONE), t->out);
	if (e->cpu == EVENT_CPU_NONE) {
		fprintf(t->out, "%llu change%s that kernel probes passed over%s\n",
			(unsigned long long)e->lost, e->lost == 1 ? "" : "s", off(t));
		return;
	}
	if (e->lost)
		fprintf(t->out, "%llu event%s", (unsigned long long)e->lost, e->lost == 1 ? "" : "s");
	else
		fputs("events, it is not known how many,", t->out);
	fprintf(t->out, " of CPU %u%s\n", e->cpu, off(t));
}

/**
 * event_text() - write an event as a line
 * @t: how
 * @e: the event, which the timeline does not have yet; event_text_follow() comes next
 *
 * That writing failed is for the caller to see, on the stream.
 */
void event_text(struct event_text *t, const struct event *e)
{
	struct birth *born;

	switch (e->kind) {
	case EVENT_SWITCH:
	case EVENT_FORK:
		put_born_before(t, e);
		put_begin(t, e, e->cause);
		if (e->kind == EVENT_FORK) {
			put_child(t, e);
		} else {
			put_task(t, e->comm, e->tid);
			if (e->tgid && e->tgid != e->tid)
				fprintf(t->out, " thread of %u", e->tgid);
		}
		put_changes(t, e);
		fputc('\n', t->out);
		break;
	case EVENT_CREATE:
		if (t->creates)
			put_create(t, e);
		break;
	case EVENT_FREE:
		born = find_born(t, e->ns.inum);
		if (born)
			put_waiting(t, born);
		put_free(t, e);
		break;
	case EVENT_EXEC:
		put_exec(t, e);
		break;
	case EVENT_EXIT:
		put_begin(t, e, "exit");
		put_task(t, e->comm, e->tid);
		fputc('\n', t->out);
		break;
	case EVENT_LOST:
		put_lost(t, e);
		break;
	case EVENT_BLIND:
		put_begin(t, e, "blind");
		fprintf(t->out, "%skernel probes were switched off: changes are not seen%s\n",
			on(t, COLOR_GONE), off(t));
		break;
	case EVENT_SEEING:
		put_begin(t, e, "seeing");
		fputs("kernel probes were switched on again\n", t->out);
		break;
	case EVENT_REAP:
	case EVENT_KINDS:
		break;
	}
}

/**
 * event_text_follow() - learn from an event, whether it has a line or not
 * @t: how
 * @e: the event, all of it
 * @shown: whether event_text() had it, or a part of it
 *
 * Return: 0, or -ENOMEM.
 */
int event_text_follow(struct event_text *t, const struct event *e, bool shown)
{
	struct birth *born;

	switch (e->kind) {
	case EVENT_SWITCH:
	case EVENT_FORK:
		end_born(t, e, shown);
		break;
	case EVENT_CREATE:
		if (number_set_add(&t->known, e->ns.inum))
			return -ENOMEM;
		return keep_born(t, e, shown && !t->creates);
	case EVENT_FREE:
		number_set_remove(&t->known, e->ns.inum);
		born = find_born(t, e->ns.inum);
		if (born)
			forget_born(t, born);
		break;
	default:
		break;
	}
	return 0;
}

/**
 * event_text_settled() - write what waited for an event that did not come
 * @t: how
 * @now: all until then was told; UINT64_MAX: nothing follows
 *
 * As for event_text(), writing can fail.
 */
void event_text_settled(struct event_text *t, uint64_t now)
{
	while (t->n_born && t->born[0].e.time_ns + (uint64_t)BORN_PATIENCE <= now)
		put_waiting(t, &t->born[0]);
}

/**
 * event_text_free() - free what is kept between lines
 * @t: how
 */
void event_text_free(struct event_text *t)
{
	number_set_free(&t->known);
	free(t->born);
	t->born = NULL;
	t->n_born = t->room_born = 0;
}
