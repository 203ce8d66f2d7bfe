// SPDX-License-Identifier: GPL-2.0
/*
 * Recordings in files. They are appended to and nothing else, so that what was
 * written is good whatever happens next. The header and the records are those of
 * save.c:
 *
 *	RECORD_PICTURE	when a picture was taken, then
 *		the records of that picture, then
 *	RECORD_PICTURE_END, without which there is no picture
 *	RECORD_EVENT	what happened, as attributes
 *	RECORD_UNTIL	all that happened until then is in front of it
 *
 * in the order in which they were told, a picture first, and RECORD_END. All
 * pictures but the first are for what was lost before them, and for speed.
 *
 * The numbers of event kinds, slots and types are part of the format.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "output.h"
#include "recording.h"
#include "timeline.h"

#define EVENT_SLOT	32
#define EVENT_UPID	128

/* What a member is. */
enum value {
	NUMBER,				/* of 4 or 8 bytes */
	TRUTH,
	TEXT,
};

/*
 * One row a member of struct event: its attribute has the number @type, and those
 * of the members that follow at each @stride the numbers after it, by @step.
 */
static const struct row {
	uint16_t type, n, step;
	enum value value;
	size_t at, size, stride;
} rows[] = {
#define MEMBERS(type_, n_, step_, value_, member, stride_)				\
	{ .type = (type_), .n = (n_), .step = (step_), .value = (value_),		\
	  .at = offsetof(struct event, member),						\
	  .size = sizeof(((struct event *)NULL)->member), .stride = (stride_) }
#define MEMBER(type_, value_, member)	MEMBERS(type_, 1, 0, value_, member, 0)
#define OF_SLOTS(type_, member)								\
	MEMBERS(EVENT_SLOT + (type_), SLOTS, 4, NUMBER, slots[0].member,		\
		sizeof(((struct event *)NULL)->slots[0]))
#define OF_UPIDS(type_, member)								\
	MEMBERS(EVENT_UPID + (type_), EVENT_LEVELS_MAX, 2, NUMBER, upids[0].member,	\
		sizeof(((struct event *)NULL)->upids[0]))
	MEMBER(1, NUMBER, kind),
	MEMBER(2, NUMBER, seq),
	MEMBER(3, NUMBER, time_ns),
	MEMBER(4, NUMBER, cpu),
	MEMBER(5, NUMBER, tid),
	MEMBER(6, NUMBER, tgid),
	MEMBER(7, NUMBER, uid),
	MEMBER(8, TEXT, comm),
	MEMBER(9, TEXT, cause),
	MEMBER(10, NUMBER, generation),
	MEMBER(11, NUMBER, ppid),
	MEMBER(12, NUMBER, parent),
	MEMBER(13, TRUTH, same),
	MEMBER(14, NUMBER, n_upids),
	MEMBER(15, NUMBER, type),
	MEMBER(16, NUMBER, ns.inum),
	MEMBER(17, NUMBER, ns.id),
	MEMBER(18, NUMBER, owner.inum),
	MEMBER(19, NUMBER, owner.id),
	MEMBER(20, NUMBER, parent_ns.inum),
	MEMBER(21, NUMBER, parent_ns.id),
	MEMBER(22, NUMBER, old_tid),
	MEMBER(23, NUMBER, lost),
	OF_SLOTS(0, from.inum),
	OF_SLOTS(1, from.id),
	OF_SLOTS(2, to.inum),
	OF_SLOTS(3, to.id),
	OF_UPIDS(0, nr),
	OF_UPIDS(1, pidns),
};

#define ROWS (sizeof(rows) / sizeof(*rows))

struct attr {
	uint16_t type, len;		/* len: with this */
};

/* All attributes of an event that has everything. */
#define EVENT_MAX 4096

struct recorder {
	struct save_file file;
	char *bytes;			/* what is to be written */
	size_t n, room;
	uint64_t size;			/* what was written */
	bool started;
};

static int put(struct recorder *r, const void *bytes, size_t n)
{
	char *room = grow(r->bytes, &r->room, r->n + n, 1);

	if (!room)
		return -ENOMEM;
	r->bytes = room;
	memcpy(r->bytes + r->n, bytes, n);
	r->n += n;
	return 0;
}

static bool is_zero(const unsigned char *bytes, size_t n)
{
	while (n && !*bytes) {
		bytes++;
		n--;
	}
	return !n;
}

/* Return: how many bytes the attributes of an event have. */
static size_t put_attrs(unsigned char *to, const struct event *e)
{
	size_t i, k, n = 0;

	for (i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];

		for (k = 0; k < row->n; k++) {
			const unsigned char *from = (const unsigned char *)e + row->at +
						    k * row->stride;
			size_t size = row->size;
			struct attr a;

			if (row->value == TEXT)
				size = strnlen((const char *)from, size);
			if (is_zero(from, size))
				continue;
			a.type = (uint16_t)(row->type + k * row->step);
			a.len = (uint16_t)(sizeof(a) + size);
			memcpy(to + n, &a, sizeof(a));
			memcpy(to + n + sizeof(a), from, size);
			memset(to + n + a.len, 0, -a.len & 3);
			n += a.len + (-a.len & 3);
		}
	}
	return n;
}

/* Return: the row of an attribute and which of its members it is; NULL: a later version has it. */
static const struct row *row_of(uint16_t type, size_t *k)
{
	size_t i;

	for (i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];

		*k = row->step ? (size_t)(type - row->type) / row->step : 0;
		if (type >= row->type && *k < row->n && row->type + *k * row->step == type)
			return row;
	}
	return NULL;
}

static int get_value(struct event *e, const struct row *row, size_t k, const unsigned char *from,
		     size_t len)
{
	unsigned char *to = (unsigned char *)e + row->at + k * row->stride;

	switch (row->value) {
	case NUMBER:
		if (len != row->size)
			return -EBADMSG;
		memcpy(to, from, len);
		return 0;
	case TRUTH:
		if (len != 1)
			return -EBADMSG;
		*(bool *)to = *from;
		return 0;
	case TEXT:
		if (len >= row->size || memchr(from, 0, len))
			return -EBADMSG;
		memcpy(to, from, len);
		return 0;
	}
	return -EBADMSG;
}

/* Return: 1; 0 when it is of a kind that a later version has; -EBADMSG. */
static int get_event(struct event *e, const unsigned char *bytes, size_t n)
{
	const struct row *row;
	struct attr a;
	size_t k;

	memset(e, 0, sizeof(*e));
	while (n) {
		if (n < sizeof(a))
			return -EBADMSG;
		memcpy(&a, bytes, sizeof(a));
		if (a.len < sizeof(a) || a.len + (-a.len & 3u) > n)
			return -EBADMSG;
		row = row_of(a.type, &k);
		if (row && get_value(e, row, k, bytes + sizeof(a), a.len - sizeof(a)))
			return -EBADMSG;
		bytes += a.len + (-a.len & 3u);
		n -= a.len + (-a.len & 3u);
	}
	if ((unsigned int)e->kind >= EVENT_KINDS)
		return 0;
	if (e->n_upids > EVENT_LEVELS_MAX || (unsigned int)e->type >= NS_TYPES)
		return -EBADMSG;
	return 1;
}

static int put_record(struct recorder *r, enum record kind, const void *bytes, size_t n)
{
	const struct record_header h = { kind, (uint32_t)n };
	static const char pad[4];
	int err = put(r, &h, sizeof(h));

	if (!err)
		err = put(r, bytes, n);
	return err ? err : put(r, pad, -n & 3);
}

/**
 * recorder_event() - keep an event
 * @r: the recorder; writes it with the next recorder_flush()
 * @e: the event
 *
 * Return: 0 or -ENOMEM.
 */
int recorder_event(struct recorder *r, const struct event *e)
{
	unsigned char attrs[EVENT_MAX];

	size_t size = put_attrs(attrs, e);

	_Static_assert(sizeof(struct event) + 8 * (32 + 4 * SLOTS + 2 * EVENT_LEVELS_MAX) <
		       EVENT_MAX, "an event has room");
	return put_record(r, RECORD_EVENT, attrs, size);
}

/**
 * recorder_picture() - keep a picture
 * @r: the recorder; writes it with the next recorder_flush()
 * @s: the picture
 * @when: when it was taken
 *
 * Return: 0 or -ENOMEM.
 */
int recorder_picture(struct recorder *r, const struct saved *s, const struct picture_time *when)
{
	char *bytes = NULL;
	size_t size;
	int failed;
	FILE *f = open_memstream(&bytes, &size);

	if (!f)
		return -ENOMEM;
	if (!r->started)
		save_put_header(f, SAVE_RECORDING);
	r->started = true;
	save_put_record(f, RECORD_PICTURE, when, sizeof(*when), NULL, 0);
	save_put(f, s);
	save_put_record(f, RECORD_PICTURE_END, NULL, 0, NULL, 0);
	failed = ferror(f);
	if (fclose(f) || failed)
		failed = -ENOMEM;
	else
		failed = put(r, bytes, size);
	free(bytes);
	return failed;
}

/**
 * recorder_begin() - begin a recording
 * @r: to be ended by recorder_end() if this succeeds
 * @path: the file; see save_begin()
 * @s: the picture that it begins with
 * @when: when that was taken
 *
 * Return: 0, or a negative errno.
 */
int recorder_begin(struct recorder **r, const char *path, const struct saved *s,
		   const struct picture_time *when)
{
	struct recorder *new = calloc(1, sizeof(*new));
	int err;

	if (!new)
		return -ENOMEM;
	err = recorder_picture(new, s, when);
	if (!err)
		err = save_begin(&new->file, path, new->bytes, new->n);
	if (err) {
		free(new->bytes);
		free(new);
		return err;
	}
	new->size = new->n;
	new->n = 0;
	*r = new;
	return 0;
}

static int flush(struct recorder *r)
{
	int err;

	/* The room that its end takes is left. */
	if (r->size + r->n > SAVE_LIMIT - 64)
		return -EOVERFLOW;
	err = save_more(&r->file, r->bytes, r->n);
	r->size += r->n;
	r->n = 0;
	return err;
}

/**
 * recorder_flush() - write what was kept
 * @r: the recorder
 * @now_ns: until when all that happened was told
 *
 * Return: 0 when it is on the disk, or a negative errno; -EOVERFLOW when the file would
 * be larger than what can be read.
 */
int recorder_flush(struct recorder *r, uint64_t now_ns)
{
	int err = put_record(r, RECORD_UNTIL, &now_ns, sizeof(now_ns));

	return err ? err : flush(r);
}

/**
 * recorder_end() - end a recording
 * @r: freed
 * @now_ns: until when all that happened was told; 0: not known, something failed
 *
 * Return: 0, or a negative errno.
 */
int recorder_end(struct recorder *r, uint64_t now_ns)
{
	uint64_t before_end;
	int err = 0, closed;

	if (now_ns) {
		err = recorder_flush(r, now_ns);
		before_end = r->size;
		if (!err)
			err = put_record(r, RECORD_END, &before_end, sizeof(before_end));
		if (!err)
			err = save_more(&r->file, r->bytes, r->n);
	}
	closed = save_end(&r->file);
	free(r->bytes);
	free(r);
	return err ? err : closed;
}

/**
 * recording_is() - is it a recording, and not a picture?
 * @bytes: a file, any bytes
 * @n: how many
 *
 * Return: whether.
 */
bool recording_is(const unsigned char *bytes, size_t n)
{
	uint32_t version;
	const char *why;

	return save_header(bytes, n, &version, &why) && version == SAVE_RECORDING;
}

/* The record at @at. Return: where the next one is; 0 when there is no whole one. */
static size_t record_at(const unsigned char *bytes, size_t n, size_t at, struct record_header *h)
{
	if (n - at < sizeof(*h))
		return 0;
	memcpy(h, bytes + at, sizeof(*h));
	at += sizeof(*h);
	if (h->len > n - at || (-h->len & 3u) > n - at - h->len)
		return 0;
	return at + h->len + (-h->len & 3u);
}

static void reach(struct recording *r, uint64_t ns)
{
	if (ns > r->until_ns)
		r->until_ns = ns;
}

static int add_picture(struct recording *r, const struct picture_time *when, size_t at, size_t end)
{
	struct recorded_picture *room = grow(r->pictures, &r->room, r->n_pictures + 1,
					     sizeof(*room));

	if (!room)
		return -ENOMEM;
	r->pictures = room;
	room[r->n_pictures++] = (struct recorded_picture){ *when, at, end };
	reach(r, when->taken_ns);
	return 0;
}

/**
 * recording_parse() - look a recording through
 * @r: what it holds; to be freed in any case. Uses @bytes as long as it lives.
 * @bytes: the file, any bytes
 * @n: how many
 * @why: says what is wrong when something is
 *
 * What cannot be read ends it, and nothing behind that is used: it was being
 * written when something ended the recorder.
 *
 * Return: 0, -EBADMSG when there is nothing in it, or -ENOMEM.
 */
int recording_parse(struct recording *r, const unsigned char *bytes, size_t n, const char **why)
{
	struct picture_time when;
	struct record_header h;
	uint32_t version;
	size_t at, next, begun = 0;
	struct event e;
	uint64_t ns;

	memset(r, 0, sizeof(*r));
	r->bytes = bytes;
	at = save_header(bytes, n, &version, why);
	if (!at)
		return -EBADMSG;
	*why = "it is one picture, and not a recording";
	if (version != SAVE_RECORDING)
		return -EBADMSG;
	r->begin = r->end = at;
	for (; (next = record_at(bytes, n, at, &h)); at = next) {
		const unsigned char *inside = bytes + at + sizeof(h);

		if (h.kind == RECORD_END && !begun) {
			r->finished = h.len == sizeof(ns) && next == n;
			memcpy(&ns, inside, r->finished ? sizeof(ns) : 0);
			r->finished = r->finished && ns == at;
			break;
		}
		if (h.kind == RECORD_PICTURE && !begun && h.len == sizeof(when)) {
			memcpy(&when, inside, sizeof(when));
			begun = next;
		} else if (h.kind == RECORD_PICTURE_END && begun) {
			if (add_picture(r, &when, begun, at)) {
				*why = "out of memory";
				return -ENOMEM;
			}
			begun = 0;
		} else if (h.kind == RECORD_UNTIL && !begun && h.len == sizeof(ns)) {
			memcpy(&ns, inside, sizeof(ns));
			reach(r, ns);
		} else if (h.kind == RECORD_EVENT && !begun) {
			if (get_event(&e, inside, h.len) < 0)
				break;
			reach(r, e.time_ns);
		} else if (!h.kind || h.kind == RECORD_END ||
			   (h.kind >= RECORD_PICTURE && h.kind <= RECORD_UNTIL)) {
			/* What a disk has that lost its power is zeros. */
			break;
		}
		r->end = next;
	}
	*why = "there is no picture in it: it was cut off before it began";
	return r->n_pictures ? 0 : -EBADMSG;
}

/**
 * recording_free() - free what was found in a recording
 * @r: all zero afterwards
 */
void recording_free(struct recording *r)
{
	free(r->pictures);
	memset(r, 0, sizeof(*r));
}

/* The last picture that was taken by then; else the first. */
static const struct recorded_picture *picture_before(const struct recording *r, uint64_t ns)
{
	const struct recorded_picture *p = r->pictures;
	size_t i;

	for (i = 1; i < r->n_pictures; i++)
		if (r->pictures[i].when.taken_ns <= ns)
			p = &r->pictures[i];
	return p;
}

/**
 * recording_real() - what the clock on the wall said
 * @r: a recording
 * @ns: CLOCK_MONOTONIC
 *
 * Return: CLOCK_REALTIME, by the picture before it.
 */
uint64_t recording_real(const struct recording *r, uint64_t ns)
{
	const struct picture_time *when = &picture_before(r, ns)->when;

	return when->real_ns + (ns - when->taken_ns);
}

/**
 * recording_say_end() - warn if a recording was not ended
 * @r: a recording
 * @path: what the user calls it
 */
void recording_say_end(const struct recording *r, const char *path)
{
	char end[64];

	if (r->finished)
		return;
	moment_text(recording_real(r, r->until_ns), end, sizeof(end));
	warning("%s was cut off, or is still being written: nothing is known after %s", path, end);
}

/*
 * Events are shown to the microsecond: all that happened in the one that is named
 * has happened.
 */
#define WITHIN 999

/* A local time that is not in it. */
static int find_real(const struct recording *r, uint64_t real, uint64_t *ns)
{
	uint64_t begin = r->pictures->when.taken_ns;
	const struct picture_time *when = &r->pictures->when;
	size_t i;

	if (real + WITHIN < when->real_ns)
		return -ERANGE;
	/* A clock that was set, or that went on while the machine slept. */
	for (i = 1; i < r->n_pictures; i++)
		if (r->pictures[i].when.real_ns <= real)
			when = &r->pictures[i].when;
	*ns = real <= when->real_ns ? when->taken_ns : when->taken_ns + (real - when->real_ns);
	return *ns < begin || *ns > r->until_ns ? -ERANGE : 0;
}

/**
 * recording_find() - which moment of a recording is meant
 * @r: the recording
 * @m: the moment
 * @ns: gets its CLOCK_MONOTONIC
 *
 * Return: 0, or -ERANGE when the recording does not have it.
 */
int recording_find(const struct recording *r, const struct moment *m, uint64_t *ns)
{
	uint64_t begin = r->pictures->when.taken_ns, real;
	int days, err = -ERANGE;

	switch (m->how) {
	case MOMENT_END:
		*ns = r->until_ns;
		return 0;
	case MOMENT_AFTER:
		*ns = begin + m->ns;
		err = m->ns > r->until_ns - begin ? -ERANGE : 0;
		break;
	case MOMENT_CLOCK:
		/* One that goes on after midnight has such a time the next day. */
		for (days = 0; err && days < (m->year ? 1 : 2); days++)
			if (!moment_real(m, r->pictures->when.real_ns, days, &real))
				err = find_real(r, real, ns);
		break;
	}
	if (!err)
		*ns = *ns + WITHIN < r->until_ns ? *ns + WITHIN : r->until_ns;
	return err;
}

static int load(const struct recording *r, const struct recorded_picture *p, struct saved *s,
		struct graph *g, const char **why)
{
	struct record_header h;
	size_t at, next;
	int err = 0;

	for (at = p->at; at < p->end && !err; at = next) {
		next = record_at(r->bytes, p->end, at, &h);
		err = save_keep(s, h.kind, r->bytes + at + sizeof(h), h.len, why);
	}
	if (!err)
		err = decode_messages(g, s->messages.bytes, s->messages.n, why);
	if (err)
		return err;
	g->details = s->details;
	g->host.boot_id = s->boot_id;
	s->boot_id = NULL;
	*why = "out of memory";
	return graph_link(g);
}

/* Whose names of the picture are still right, and not those of what went. */
static void keep_names(struct names *names, const struct timeline *tl)
{
	size_t i, n = 0;

	for (i = 0; i < names->n; i++) {
		struct name *name = &names->list[i];
		bool stays = true;

		switch (name->kind) {
		case NAME_NETNS:
		case NAME_NSFS:
		case NAME_MOUNT:
			stays = timeline_has(tl, name->type, name->number);
			break;
		case NAME_COMMAND:
		case NAME_CONTAINER:
		case NAME_CGROUP:
			stays = timeline_named(tl, name->number);
			break;
		case NAME_USER:
		case NAME_KINDS:
			break;
		}
		if (stays)
			names->list[n++] = *name;
		else
			free(name->text);
	}
	names->n = n;
}

/* Let happen what happened after a picture. */
static int go_on(const struct recording *r, size_t at, uint64_t ns, struct timeline *tl,
		 struct recorded *as)
{
	struct record_header h;
	struct event e;
	size_t next;
	int err = 0;

	for (; at < r->end && !err; at = next) {
		next = record_at(r->bytes, r->end, at, &h);
		if (h.kind != RECORD_EVENT || get_event(&e, r->bytes + at + sizeof(h), h.len) <= 0)
			continue;
		if (e.time_ns > ns)
			break;
		as->lost |= e.kind == EVENT_LOST || e.kind == EVENT_BLIND;
		err = timeline_apply(tl, &e);
	}
	return err;
}

/**
 * recording_at() - what was so at a moment
 * @r: the recording
 * @ns: the moment, CLOCK_MONOTONIC
 * @as: what is known of it; to be freed in any case
 * @why: says what is wrong when something is
 *
 * Return: 0, -EBADMSG when the picture before it is broken, or -ENOMEM.
 */
int recording_at(const struct recording *r, uint64_t ns, struct recorded *as, const char **why)
{
	const struct recorded_picture *p = picture_before(r, ns);
	struct timeline *tl = NULL;
	struct graph g = { 0 };
	int err;

	memset(as, 0, sizeof(*as));
	err = load(r, p, &as->saved, &g, why);
	if (!err) {
		*why = "out of memory";
		err = timeline_begin(&tl, &g);
	}
	if (!err) {
		timeline_since(tl, p->when.asked_ns);
		err = go_on(r, p->end, ns, tl, as);
	}
	if (!err)
		err = timeline_graph(tl, &as->graph);
	if (!err) {
		keep_names(&as->saved.names, tl);
		as->graph.snapshot.time_ns = recording_real(r, ns);
		if (as->graph.snapshot.has_boottime)
			as->graph.snapshot.boottime_ns += ns - p->when.taken_ns;
	}
	timeline_free(tl);
	graph_free(&g);
	return err;
}

/**
 * recorded_free() - free what was known of a moment
 * @as: all zero afterwards
 */
void recorded_free(struct recorded *as)
{
	graph_free(&as->graph);
	saved_free(&as->saved);
	memset(as, 0, sizeof(*as));
}

static int play_picture(const struct recording *r, const struct recorded_picture *p,
			const struct watch *w,
			int (*picture)(void *arg, struct graph *g, struct names *names,
				       uint64_t asked_ns),
			const char **why)
{
	struct saved s = { 0 };
	struct graph g = { 0 };
	int status = STATUS_FAILED;

	if (!load(r, p, &s, &g, why)) {
		*why = NULL;
		status = picture(w->arg, &g, &s.names, p->when.asked_ns);
	}
	graph_free(&g);
	saved_free(&s);
	return status;
}

/* Is it one that is asked for? What is lost and when nobody sees is always told. */
static bool is_wanted(const struct watch *w, const struct event *e)
{
	if (e->kind == EVENT_LOST || e->kind == EVENT_BLIND || e->kind == EVENT_SEEING)
		return true;
	return w->kinds & 1u << e->kind && (!e->same || w->plain);
}

/**
 * recording_play() - tell what happened as if it happened now
 * @r: the recording
 * @w: who is told; its command and its buffers do not matter
 * @picture: called for each picture; can be NULL
 * @why: says what is wrong with a picture in it; else NULL
 *
 * Return: STATUS_DONE; what one of the functions returned; STATUS_FAILED with @why.
 */
int recording_play(const struct recording *r, const struct watch *w,
		   int (*picture)(void *arg, struct graph *g, struct names *names,
				  uint64_t asked_ns),
		   const char **why)
{
	const struct recorded_picture *p = r->pictures, *end = p + r->n_pictures;
	struct record_header h;
	size_t at, next;
	struct event e;
	int status = w->begin(w->arg, 0);

	*why = NULL;
	for (at = r->begin; at < r->end && !status; at = next) {
		next = record_at(r->bytes, r->end, at, &h);
		switch (h.kind) {
		case RECORD_PICTURE:
			if (p == end)
				break;
			if (picture)
				status = play_picture(r, p, w, picture, why);
			p++;
			break;
		case RECORD_EVENT:
			if (get_event(&e, r->bytes + at + sizeof(h), h.len) > 0 && is_wanted(w, &e))
				status = w->event(w->arg, &e);
			break;
		case RECORD_UNTIL:
			status = w->settled(w->arg);
			break;
		}
	}
	return status ? status : w->settled(w->arg);
}
