// SPDX-License-Identifier: GPL-2.0
/*
 * Events out of the kernel's ring buffers, through a tracefs instance of our own:
 * no other listener's buffers, filters or losses have to do with ours.
 *
 * The instance is a folder that outlives whoever made it. An flock(2) of it says
 * that it is in use; one that SIGKILL left behind is removed by the next run.
 *
 * The two libraries are loaded here and not when the program starts, as no other
 * command needs them. All that is called was in libtracefs 1.0 and libtraceevent 1.1.
 */
#include <ctype.h>
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "library.h"
#include "output.h"
#include "place.h"
#include "tracing.h"
#include "watch.h"

#define INSTANCE_PREFIX "nsinspect."

/* Fields and what they become */

enum field_how {
	HOW_NUMBER,
	HOW_TEXT,		/* an array of char */
	HOW_TYPE,		/* the same: the name of a type */
	HOW_PROGRAM,		/* a path of any length, whose last part is the comm */
	HOW_NRS,		/* numbers by level */
	HOW_PIDNS,		/* their pid namespaces */
};

#define KIND(kind)	(1u << EVENT_##kind)
#define CHANGES		(KIND(SWITCH) | KIND(FORK))
#define NAMESPACES	(KIND(CREATE) | KIND(FREE))
#define OURS		(CHANGES | NAMESPACES)
#define ENDS		(KIND(EXIT) | KIND(REAP))

#define TO(member)	offsetof(struct event, member), sizeof(((struct event *)NULL)->member)

#define SLOT_ROWS(name, slot) \
	{ name "_from", CHANGES, HOW_NUMBER, TO(slots[slot].from.inum) }, \
	{ name "_to", CHANGES, HOW_NUMBER, TO(slots[slot].to.inum) }, \
	{ name "_from_id", CHANGES, HOW_NUMBER, TO(slots[slot].from.id) }, \
	{ name "_to_id", CHANGES, HOW_NUMBER, TO(slots[slot].to.id) }

/* The same name is not the same thing in each tracepoint. */
static const struct field_row {
	const char *name;		/* in the format file */
	uint32_t kinds;
	enum field_how how;
	size_t to, size;
} rows[] = {
	{ "cause", CHANGES, HOW_TEXT, TO(cause) },
	{ "tid", OURS, HOW_NUMBER, TO(tid) },
	{ "tgid", OURS, HOW_NUMBER, TO(tgid) },
	{ "comm", OURS | ENDS, HOW_TEXT, TO(comm) },
	{ "uid", OURS, HOW_NUMBER, TO(uid) },
	{ "generation", OURS, HOW_NUMBER, TO(generation) },
	SLOT_ROWS("cgroup", SLOT_CGROUP),
	SLOT_ROWS("ipc", SLOT_IPC),
	SLOT_ROWS("mnt", SLOT_MNT),
	SLOT_ROWS("net", SLOT_NET),
	SLOT_ROWS("pid", SLOT_PID),
	SLOT_ROWS("pid_for_children", SLOT_PID_FOR_CHILDREN),
	SLOT_ROWS("time", SLOT_TIME),
	SLOT_ROWS("time_for_children", SLOT_TIME_FOR_CHILDREN),
	SLOT_ROWS("user", SLOT_USER),
	SLOT_ROWS("uts", SLOT_UTS),
	{ "ppid", KIND(FORK), HOW_NUMBER, TO(ppid) },
	{ "parent", KIND(FORK), HOW_NUMBER, TO(parent) },
	{ "nrs", KIND(FORK), HOW_NRS, TO(upids) },
	{ "pidns", KIND(FORK), HOW_PIDNS, TO(upids) },
	{ "type", NAMESPACES, HOW_TYPE, TO(type) },
	{ "inum", NAMESPACES, HOW_NUMBER, TO(ns.inum) },
	{ "ns_id", NAMESPACES, HOW_NUMBER, TO(ns.id) },
	{ "owner", NAMESPACES, HOW_NUMBER, TO(owner.inum) },
	{ "owner_id", NAMESPACES, HOW_NUMBER, TO(owner.id) },
	{ "parent", NAMESPACES, HOW_NUMBER, TO(parent_ns.inum) },
	{ "parent_id", NAMESPACES, HOW_NUMBER, TO(parent_ns.id) },
	{ "pid", ENDS | KIND(EXEC), HOW_NUMBER, TO(tid) },
	{ "old_pid", KIND(EXEC), HOW_NUMBER, TO(old_tid) },
	{ "filename", KIND(EXEC), HOW_PROGRAM, TO(comm) },
};

#define ROWS (sizeof(rows) / sizeof(*rows))

_Static_assert(ROWS <= EVENT_FIELDS_MAX, "a layout has a field for each row");

/* A plain fork has no slots. */
static bool row_applies(const struct field_row *row, const struct event_source *source)
{
	if (source->plain && row->to >= offsetof(struct event, slots) &&
	    row->to < offsetof(struct event, ppid))
		return false;
	return row->kinds & 1u << source->kind;
}

/**
 * event_layout_fill() - look up where the fields of a tracepoint are
 * @l: the layout; its source is set
 * @find: says where the field of a name is, or that there is none
 * @arg: for @find
 *
 * Return: NULL, or the name of a field that is missing.
 */
const char *event_layout_fill(struct event_layout *l,
			      bool (*find)(void *arg, const char *name, struct event_field *field),
			      void *arg)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (row_applies(&rows[i], l->source) && !find(arg, rows[i].name, &l->fields[i]))
			return rows[i].name;
	return NULL;
}

static uint64_t number_at(const unsigned char *at, size_t size)
{
	uint16_t n16;
	uint32_t n32;
	uint64_t n64;

	switch (size) {
	case 1:
		return *at;
	case sizeof(n16):
		memcpy(&n16, at, sizeof(n16));
		return n16;
	case sizeof(n32):
		memcpy(&n32, at, sizeof(n32));
		return n32;
	case sizeof(n64):
		memcpy(&n64, at, sizeof(n64));
		return n64;
	default:
		return 0;
	}
}

static void put_number(unsigned char *to, size_t size, uint64_t v)
{
	uint32_t low = (uint32_t)v;

	if (size == sizeof(low))
		memcpy(to, &low, sizeof(low));
	else
		memcpy(to, &v, sizeof(v));
}

static void put_text(char *to, size_t room, const unsigned char *from, size_t size)
{
	size_t n = strnlen((const char *)from, size);

	if (n >= room)
		n = room - 1;
	memcpy(to, from, n);
	to[n] = '\0';
}

/* The kernel's own rule for the comm after execve(2). */
static void put_program(char *to, size_t room, const unsigned char *path, size_t size)
{
	size_t n = strnlen((const char *)path, size);
	const unsigned char *slash = memrchr(path, '/', n);

	if (slash)
		slash++;
	else
		slash = path;
	put_text(to, room, slash, n - (size_t)(slash - path));
}

static void put_levels(struct event *e, enum field_how how, const unsigned char *from, size_t size)
{
	size_t i, n = size / sizeof(uint32_t);

	if (n > EVENT_LEVELS_MAX)
		n = EVENT_LEVELS_MAX;
	for (i = 0; i < n; i++) {
		uint32_t v = (uint32_t)number_at(from + i * sizeof(v), sizeof(v));

		if (how == HOW_NRS)
			e->upids[i].nr = v;
		else
			e->upids[i].pidns = v;
	}
	/* As many as both lists have. */
	if (how == HOW_NRS || n < e->n_upids)
		e->n_upids = (uint32_t)n;
}

static bool put_field(struct event *e, const struct field_row *row, const unsigned char *from,
		      size_t size)
{
	unsigned char *to = (unsigned char *)e + row->to;
	int type;

	switch (row->how) {
	case HOW_NUMBER:
		put_number(to, row->size, number_at(from, size));
		return true;
	case HOW_TEXT:
		put_text((char *)to, row->size, from, size);
		return true;
	case HOW_TYPE:
		type = type_parse((const char *)from, strnlen((const char *)from, size));
		if (type < 0)
			return false;
		e->type = (enum nsinspect_ns_type)type;
		return true;
	case HOW_PROGRAM:
		put_program((char *)to, row->size, from, size);
		return true;
	case HOW_NRS:
	case HOW_PIDNS:
		put_levels(e, row->how, from, size);
		return true;
	}
	return false;
}

static bool is_dynamic(enum field_how how)
{
	return how == HOW_PROGRAM || how == HOW_NRS || how == HOW_PIDNS;
}

/**
 * event_decode() - make an event of a record
 * @l: the layout of its tracepoint
 * @record: as the ring buffer has it
 * @size: of it
 * @e: the event, without what the record does not have: time, CPU and count
 *
 * Return: whether it could be read; a record that is cut off cannot.
 */
bool event_decode(const struct event_layout *l, const void *record, size_t size,
		  struct event *e)
{
	const unsigned char *bytes = record;
	size_t i;

	memset(e, 0, sizeof(*e));
	e->kind = l->source->kind;
	e->same = l->source->plain;
	for (i = 0; i < ROWS; i++) {
		size_t at = l->fields[i].at, n = l->fields[i].size;

		if (!n)
			continue;
		if (at > size || n > size - at)
			return false;
		if (is_dynamic(rows[i].how)) {
			/* Where it is, and how long, in the halves of a number. */
			uint64_t where = number_at(bytes + at, n);

			at = where & 0xffff;
			n = where >> 16 & 0xffff;
			if (at > size || n > size - at)
				return false;
		}
		if (!put_field(e, &rows[i], bytes + at, n))
			return false;
	}
	return true;
}

/* The order of all CPUs */

/**
 * event_queue_add() - add an event
 * @q: the queue
 * @e: the event; copied
 *
 * Return: 0, or -ENOMEM.
 */
int event_queue_add(struct event_queue *q, const struct event *e)
{
	struct event *list = grow(q->list, &q->room, q->n + 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	q->list = list;
	list[q->n] = *e;
	/* Until it is told: when it came, among those of the same time and CPU. */
	list[q->n].seq = q->n;
	q->n++;
	return 0;
}

static int cmp_event(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	if (x->cpu != y->cpu)
		return x->cpu < y->cpu ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/**
 * event_queue_sort() - put events in order, and say how many can be told
 * @q: the queue
 * @before: all CPUs were read after this moment, so that nothing that is older
 *	can still come
 *
 * Return: how many, from the first one on.
 */
size_t event_queue_sort(struct event_queue *q, uint64_t before)
{
	size_t i, n = 0;

	/* One busy CPU is in order. */
	for (i = 1; i < q->n && cmp_event(&q->list[i - 1], &q->list[i]) < 0; i++)
		;
	if (i < q->n)
		qsort(q->list, q->n, sizeof(*q->list), cmp_event);
	while (n < q->n && q->list[n].time_ns < before)
		n++;
	return n;
}

/**
 * event_queue_drop() - forget the first events
 * @q: the queue
 * @n: how many were told
 */
void event_queue_drop(struct event_queue *q, size_t n)
{
	size_t i;

	q->n -= n;
	if (n && q->n)
		memmove(q->list, q->list + n, q->n * sizeof(*q->list));
	for (i = 0; i < q->n; i++)
		q->list[i].seq = i;
}

/**
 * event_queue_free() - free a queue
 * @q: the queue; empty afterwards
 */
void event_queue_free(struct event_queue *q)
{
	free(q->list);
	memset(q, 0, sizeof(*q));
}

/**
 * lost_settle() - say of each place where events were lost how many they were
 * @told: events of this CPU that were told as lost until now
 * @truth: what the kernel has counted after the CPU was read; LOST_UNKNOWN: not known
 * @list: the events that were read; the count of those that are lost is set
 * @n: how many
 * @cpu: the CPU
 *
 * A full page of the ring buffer has no room for the count. Never more is told than
 * the kernel has counted: what a place without a count was given is not told again.
 *
 * Return: what is told then.
 */
uint64_t lost_settle(uint64_t told, uint64_t truth, struct event *list, size_t n, uint32_t cpu)
{
	uint64_t rest = truth == LOST_UNKNOWN ? LOST_UNKNOWN : truth > told ? truth - told : 0;
	struct event *unknown = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		if (list[i].kind != EVENT_LOST || list[i].cpu != cpu)
			continue;
		if (list[i].lost == LOST_UNKNOWN) {
			list[i].lost = 0;
			unknown = &list[i];
			continue;
		}
		if (list[i].lost > rest)
			list[i].lost = rest;
		rest -= list[i].lost;
		told += list[i].lost;
	}
	if (unknown && truth != LOST_UNKNOWN) {
		unknown->lost = rest;
		told += rest;
	}
	return told;
}

/* The libraries; as their headers declare them, which are not needed to build the tool */

struct tep_handle;
struct tep_event;
struct tracefs_instance;
struct kbuffer;

/* The library makes it; what is behind these members is of no interest. */
struct tep_format_field {
	/* cppcheck-suppress unusedStructMember */
	const void *next, *event;
	/* cppcheck-suppress unusedStructMember */
	const char *type, *name, *alias;
	int offset, size;
};

/* enum kbuffer_long_size, enum kbuffer_endian */
enum { LONG_4, LONG_8 };
enum { ENDIAN_BIG, ENDIAN_LITTLE };

struct libraries {
	void *tracefs, *traceevent;
	const char *(*tracefs_tracing_dir)(void);
	struct tracefs_instance *(*tracefs_instance_create)(const char *name);
	int (*tracefs_instance_destroy)(struct tracefs_instance *instance);
	void (*tracefs_instance_free)(struct tracefs_instance *instance);
	struct tep_handle *(*tep_alloc)(void);
	void (*tep_free)(struct tep_handle *tep);
	int (*tep_parse_event)(struct tep_handle *tep, const char *text, unsigned long size,
			       const char *system);
	struct tep_event *(*tep_find_event_by_name)(struct tep_handle *tep, const char *system,
						    const char *name);
	struct tep_format_field *(*tep_find_any_field)(struct tep_event *event, const char *name);
	struct kbuffer *(*kbuffer_alloc)(int long_size, int endian);
	void (*kbuffer_free)(struct kbuffer *kbuf);
	int (*kbuffer_load_subbuffer)(struct kbuffer *kbuf, void *page);
	void *(*kbuffer_read_event)(struct kbuffer *kbuf, unsigned long long *time);
	void *(*kbuffer_next_event)(struct kbuffer *kbuf, unsigned long long *time);
	unsigned long long (*kbuffer_timestamp)(struct kbuffer *kbuf);
	int (*kbuffer_event_size)(struct kbuffer *kbuf);
	int (*kbuffer_missed_events)(struct kbuffer *kbuf);
};

static int load(struct libraries *l)
{
#define ROW(name) { #name, &l->name },
	const struct library_function of_traceevent[] = { TRACEEVENT_FUNCTIONS(ROW) };
	const struct library_function of_tracefs[] = { TRACEFS_FUNCTIONS(ROW) };
	int status;

	status = library_load(&l->traceevent, LIBRARY_TRACEEVENT, of_traceevent,
			      sizeof(of_traceevent) / sizeof(*of_traceevent));
	if (status)
		return status;
	return library_load(&l->tracefs, LIBRARY_TRACEFS, of_tracefs,
			    sizeof(of_tracefs) / sizeof(*of_tracefs));
}

static void unload(struct libraries *l)
{
	library_unload(l->tracefs);
	library_unload(l->traceevent);
}

/* The instance */

struct cpu {
	uint32_t number;
	int fd;
	uint64_t lost;			/* told until now */
};

/* Of a ring buffer: a CPU that has filled one of them since the last read is busy. */
#define BUSY_PARTS 8
#define BUFFER_KB_DEFAULT 1408

struct tracing {
	struct libraries lib;
	struct tracefs_instance *instance;
	int dir;			/* its folder, locked */
	char name[sizeof(INSTANCE_PREFIX) + 10];
	struct event_layout layouts[EVENT_SOURCES];
	size_t n_layouts;
	struct kbuffer *kbuf;
	struct cpu *cpus;
	size_t n_cpus, room_cpus;
	unsigned char *page;
	size_t page_size;
	size_t busy_bytes;		/* so much at once, and the buffer fills fast */
};

static enum status status_of(int error)
{
	return error == EPERM || error == EACCES ? STATUS_NOT_PERMITTED : STATUS_FAILED;
}

/* Return: 0, or a positive errno. */
static int write_file(int dir, const char *path, const char *text)
{
	int error = 0, fd = openat(dir, path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		error = errno;
	close(fd);
	return error;
}

/* Return: the text, to be freed; NULL with errno set. */
static char *read_file(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t size = 0;
	FILE *f;

	if (fd < 0)
		return NULL;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return NULL;
	}
	if (getdelim(&text, &size, '\0', f) < 0) {
		free(text);
		text = NULL;
	}
	fclose(f);
	return text;
}

/* Is a process one of ours, and does it run? Its comm says so. */
static bool runs(pid_t pid)
{
	char path[48], comm[32] = "";
	FILE *f;

	if (pid == getpid())
		return false;
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(comm, sizeof(comm), f))
		*comm = '\0';
	fclose(f);
	return !strcmp(comm, "nsinspect\n");
}

/*
 * Remove an instance that nobody uses any more. Between making one and locking it
 * there is a moment: whose maker runs is left alone.
 */
static void remove_stale(int instances, const char *name)
{
	const char *number = name + strlen(INSTANCE_PREFIX);
	int dir;

	if (strncmp(name, INSTANCE_PREFIX, strlen(INSTANCE_PREFIX)) || !isdigit(*number) ||
	    number[strspn(number, "0123456789")])
		return;
	dir = openat(instances, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	if (!flock(dir, LOCK_EX | LOCK_NB) && !runs((pid_t)strtol(number, NULL, 10))) {
		/* What others opened in it keeps it; then it is the next run's turn. */
		write_file(dir, "events/enable", "0");
		unlinkat(instances, name, AT_REMOVEDIR);
	}
	close(dir);
}

static void remove_all_stale(int root)
{
	int fd = openat(root, "instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	DIR *dir;

	if (fd < 0)
		return;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return;
	}
	while ((entry = readdir(dir)))
		remove_stale(fd, entry->d_name);
	closedir(dir);
}

static int make_instance(struct tracing *t, const char *root)
{
	char path[4096];

	snprintf(t->name, sizeof(t->name), INSTANCE_PREFIX "%d", (int)getpid());
	t->instance = t->lib.tracefs_instance_create(t->name);
	snprintf(path, sizeof(path), "%s/instances/%s", root, t->name);
	if (t->instance)
		t->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->dir < 0 || flock(t->dir, LOCK_EX | LOCK_NB))
		return fail(status_of(errno), "cannot make the trace instance %s: %s", path,
			    strerror(errno));
	return STATUS_DONE;
}

/* Where find_field() looks. */
struct parsed {
	const struct libraries *lib;
	struct tep_event *event;
};

static bool find_field(void *arg, const char *name, struct event_field *field)
{
	const struct parsed *in = arg;
	const struct tep_format_field *f = in->lib->tep_find_any_field(in->event, name);

	if (!f)
		return false;
	field->at = (uint32_t)f->offset;
	field->size = (uint32_t)f->size;
	return true;
}

static int older(const struct event_source *s, const char *what)
{
	return fail(STATUS_FAILED, "the event %s:%s has no %s: load the module that belongs to "
		    "this tool", s->system, s->name, what);
}

/*
 * How the event would be printed is of no interest, and not all of that can be
 * understood by every version of the library: it gets a print format of ours.
 */
static char *read_format(int dir, const struct event_source *s)
{
	static const char mark[] = "print fmt:", ours[] = "print fmt: \"%d\", REC->common_pid\n";
	char path[128], *text, *print, *all = NULL;

	snprintf(path, sizeof(path), "events/%s/%s/format", s->system, s->name);
	text = read_file(dir, path);
	print = text ? strstr(text, mark) : NULL;
	if (print) {
		*print = '\0';
		if (asprintf(&all, "%s%s", text, ours) < 0)
			all = NULL;
	}
	free(text);
	return all;
}

static int add_layout(struct tracing *t, struct tep_handle *tep, const struct event_source *s)
{
	struct event_layout *l = &t->layouts[t->n_layouts];
	struct parsed in = { .lib = &t->lib };
	char path[128], *text;
	const char *missing;

	text = read_format(t->dir, s);
	if (!text)
		return older(s, "format");
	if (!t->lib.tep_parse_event(tep, text, strlen(text), s->system))
		in.event = t->lib.tep_find_event_by_name(tep, s->system, s->name);
	free(text);
	if (!in.event)
		return older(s, "format that libtraceevent can read");
	l->source = s;
	missing = event_layout_fill(l, find_field, &in);
	if (missing)
		return older(s, missing);
	snprintf(path, sizeof(path), "events/%s/%s/id", s->system, s->name);
	text = read_file(t->dir, path);
	l->id = text ? (uint16_t)strtoul(text, NULL, 10) : 0;
	free(text);
	if (!l->id)
		return older(s, "number");
	t->n_layouts++;
	return STATUS_DONE;
}

static int add_layouts(struct tracing *t, uint32_t kinds, bool plain)
{
	struct tep_handle *tep = t->lib.tep_alloc();
	int status = STATUS_DONE;
	size_t i;

	if (!tep)
		return out_of_memory();
	for (i = 0; !status && i < EVENT_SOURCES; i++)
		if (kinds & 1u << event_sources[i].kind && (plain || !event_sources[i].plain))
			status = add_layout(t, tep, &event_sources[i]);
	t->lib.tep_free(tep);
	return status;
}

static int set_up(struct tracing *t, uint32_t buffer_kb)
{
	unsigned long size = BUFFER_KB_DEFAULT;
	char kb[16], *text;
	int error;

	error = write_file(t->dir, "trace_clock", "mono");
	/* A new instance has the options of the one that the system has. */
	if (!error)
		error = write_file(t->dir, "options/overwrite", "1");
	if (error)
		return fail(status_of(error), "cannot set up the trace instance %s: %s", t->name,
			    strerror(error));
	snprintf(kb, sizeof(kb), "%u", buffer_kb);
	error = buffer_kb ? write_file(t->dir, "buffer_size_kb", kb) : 0;
	if (error)
		return fail(status_of(error), "cannot have %u KiB as the ring buffer of each CPU: %s",
			    buffer_kb, strerror(error));
	/* Before Linux 5.0 there is none, and readers are woken by each event. */
	write_file(t->dir, "buffer_percent", "0");
	/* "1408", or "7 (expanded: 1408)" */
	text = read_file(t->dir, "buffer_size_kb");
	if (text) {
		const char *expanded = strstr(text, "expanded: ");

		expanded = expanded ? expanded + strlen("expanded: ") : text;
		size = strtoul(expanded, NULL, 10);
	}
	free(text);
	t->busy_bytes = size * 1024 / BUSY_PARTS;
	return STATUS_DONE;
}

static int add_cpu(struct tracing *t, uint32_t number)
{
	struct cpu *cpus = grow(t->cpus, &t->room_cpus, t->n_cpus + 1, sizeof(*cpus));
	char path[64];
	int fd;

	if (!cpus)
		return out_of_memory();
	t->cpus = cpus;
	snprintf(path, sizeof(path), "per_cpu/cpu%u/trace_pipe_raw", number);
	fd = openat(t->dir, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return fail(status_of(errno), "cannot open %s of the trace instance %s: %s", path,
			    t->name, strerror(errno));
	cpus[t->n_cpus++] = (struct cpu){ .number = number, .fd = fd };
	return STATUS_DONE;
}

static int open_cpus(struct tracing *t)
{
	int status = STATUS_DONE, fd = openat(t->dir, "per_cpu", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir)
		return fail(status_of(errno), "cannot read per_cpu of the trace instance %s: %s",
			    t->name, strerror(errno));
	while (!status && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, "cpu", 3) && isdigit(entry->d_name[3]))
			status = add_cpu(t, (uint32_t)strtoul(entry->d_name + 3, NULL, 10));
	closedir(dir);
	return status;
}

static int enable(struct tracing *t, const struct event_source *s)
{
	char path[128];
	int error;

	snprintf(path, sizeof(path), "events/%s/%s/enable", s->system, s->name);
	error = write_file(t->dir, path, "1");
	if (error == EOPNOTSUPP)
		return fail(STATUS_FAILED, "cannot enable the event %s:%s: the kernel has no kernel "
			    "probes, or they are switched off; to switch them on: "
			    "echo 1 >/sys/kernel/debug/kprobes/enabled; sysctl "
			    "kernel.ftrace_enabled=1", s->system, s->name);
	if (error)
		return fail(status_of(error), "cannot enable the event %s:%s: %s", s->system, s->name,
			    strerror(error));
	return STATUS_DONE;
}

static int open_instance(struct tracing *t, uint32_t kinds, bool plain, uint32_t buffer_kb)
{
	const char *root = t->lib.tracefs_tracing_dir();
	struct place place;
	int status, fd;
	size_t i;

	place_look(&place, "");
	if (place_hides_tracing(&place))
		return fail(STATUS_NOT_PERMITTED, "cannot watch: the kernel is locked down (%s), which "
			    "keeps everybody from tracefs; boot it with lockdown=integrity, or "
			    "without lockdown=",
			    place.lockdown);
	fd = root ? open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (!root || (fd < 0 && errno == ENOENT))
		return fail(STATUS_FAILED, "tracefs is not mounted; try: mount -t tracefs tracefs "
			    "/sys/kernel/tracing (there is none without CONFIG_EVENT_TRACING)");
	if (fd < 0)
		return fail(status_of(errno), "cannot open %s: %s", root, strerror(errno));
	if (faccessat(fd, "events/nsinspect", F_OK, 0)) {
		close(fd);
		return fail(STATUS_FAILED, "the module has no events: load the module that belongs to "
			    "this tool, on a kernel with CONFIG_EVENT_TRACING");
	}
	remove_all_stale(fd);
	close(fd);
	status = make_instance(t, root);
	if (!status)
		status = set_up(t, buffer_kb);
	if (!status)
		status = add_layouts(t, kinds, plain);
	if (!status)
		status = open_cpus(t);
	for (i = 0; !status && i < t->n_layouts; i++)
		status = enable(t, t->layouts[i].source);
	return status;
}

/**
 * tracing_open() - have the kernel keep events for us
 * @tracing: where it goes; NULL when it fails
 * @kinds: 1 << enum event_kind
 * @plain: forks without a changed slot, too
 * @buffer_kb: ring buffer of each CPU; 0: as the kernel has it
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong.
 */
int tracing_open(struct tracing **tracing, uint32_t kinds, bool plain, uint32_t buffer_kb)
{
	struct tracing *t = calloc(1, sizeof(*t));
	int status;

	*tracing = NULL;
	if (!t)
		return out_of_memory();
	t->dir = -1;
	t->page_size = (size_t)sysconf(_SC_PAGESIZE);
	t->page = calloc(1, t->page_size);
	status = t->page ? load(&t->lib) : out_of_memory();
	if (!status) {
		t->kbuf = t->lib.kbuffer_alloc(sizeof(long) == 8 ? LONG_8 : LONG_4,
					       BYTE_ORDER == BIG_ENDIAN ? ENDIAN_BIG : ENDIAN_LITTLE);
		status = t->kbuf ? open_instance(t, kinds, plain, buffer_kb) : out_of_memory();
	}
	if (status)
		tracing_close(t);
	else
		*tracing = t;
	return status;
}

/**
 * tracing_close() - remove the instance
 * @tracing: may be NULL
 */
void tracing_close(struct tracing *tracing)
{
	size_t i;

	if (!tracing)
		return;
	for (i = 0; i < tracing->n_cpus; i++)
		close(tracing->cpus[i].fd);
	free(tracing->cpus);
	if (tracing->dir >= 0)
		write_file(tracing->dir, "events/enable", "0");
	if (tracing->instance) {
		tracing->lib.tracefs_instance_destroy(tracing->instance);
		tracing->lib.tracefs_instance_free(tracing->instance);
	}
	/* Until here it is locked. */
	if (tracing->dir >= 0)
		close(tracing->dir);
	if (tracing->kbuf)
		tracing->lib.kbuffer_free(tracing->kbuf);
	free(tracing->page);
	unload(&tracing->lib);
	free(tracing);
}

/* Events of this CPU that never came to us. */
static uint64_t count_lost(const struct tracing *t, const struct cpu *cpu)
{
	static const char *const counts[] = { "overrun: ", "commit overrun: ", "dropped events: " };
	uint64_t sum = 0;
	char path[64], *text, *line, *rest;
	size_t i;

	snprintf(path, sizeof(path), "per_cpu/cpu%u/stats", cpu->number);
	text = read_file(t->dir, path);
	if (!text)
		return LOST_UNKNOWN;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		for (i = 0; i < sizeof(counts) / sizeof(*counts); i++)
			if (!strncmp(line, counts[i], strlen(counts[i])))
				sum += strtoull(line + strlen(counts[i]), NULL, 10);
	free(text);
	return sum;
}

static const struct event_layout *layout_of(const struct tracing *t, const void *record,
					    size_t size)
{
	uint16_t id;
	size_t i;

	/* Each record begins with the number of its tracepoint. */
	if (size < sizeof(id))
		return NULL;
	memcpy(&id, record, sizeof(id));
	for (i = 0; i < t->n_layouts; i++)
		if (t->layouts[i].id == id)
			return &t->layouts[i];
	return NULL;
}

static int read_page(struct tracing *t, const struct cpu *cpu, struct event_queue *q, bool *lost)
{
	unsigned long long time = 0;
	struct event e;
	void *record;
	int missed;

	if (t->lib.kbuffer_load_subbuffer(t->kbuf, t->page))
		return 0;
	missed = t->lib.kbuffer_missed_events(t->kbuf);
	record = t->lib.kbuffer_read_event(t->kbuf, &time);
	if (missed) {
		e = (struct event){
			.kind = EVENT_LOST, .cpu = cpu->number,
			.time_ns = record ? time : t->lib.kbuffer_timestamp(t->kbuf),
			.lost = missed < 0 ? LOST_UNKNOWN : (uint64_t)missed,
		};
		*lost = true;
		if (event_queue_add(q, &e))
			return -ENOMEM;
	}
	for (; record; record = t->lib.kbuffer_next_event(t->kbuf, &time)) {
		size_t size = (size_t)t->lib.kbuffer_event_size(t->kbuf);
		const struct event_layout *l = layout_of(t, record, size);

		if (!l || !event_decode(l, record, size, &e))
			continue;
		e.time_ns = time;
		e.cpu = cpu->number;
		if (event_queue_add(q, &e))
			return -ENOMEM;
	}
	return 0;
}

static int read_cpu(struct tracing *t, struct cpu *cpu, struct event_queue *q, bool *busy,
		    uint64_t *before)
{
	size_t first = q->n, bytes = 0;
	bool lost = false;
	ssize_t n;

	for (;;) {
		/* As much as the buffer holds: what comes as fast as it is read has to wait. */
		if (bytes > BUSY_PARTS * t->busy_bytes) {
			if (q->n > first && q->list[q->n - 1].time_ns < *before)
				*before = q->list[q->n - 1].time_ns;
			break;
		}
		n = read(cpu->fd, t->page, t->page_size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		memset(t->page + n, 0, t->page_size - (size_t)n);
		bytes += (size_t)n;
		if (read_page(t, cpu, q, &lost))
			return out_of_memory();
	}
	if (bytes > t->busy_bytes)
		*busy = true;
	if (lost)
		cpu->lost = lost_settle(cpu->lost, count_lost(t, cpu), q->list + first,
					q->n - first, cpu->number);
	return STATUS_DONE;
}

/**
 * tracing_read() - read what the kernel has kept until now
 * @t: what tracing_open() gave
 * @q: where the events go, by CPU
 * @busy: set when there was so much that the next read should be soon
 * @before: the time now; lowered where there is more that is older
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong.
 */
int tracing_read(struct tracing *t, struct event_queue *q, bool *busy, uint64_t *before)
{
	int status = STATUS_DONE;
	size_t i;

	for (i = 0; !status && i < t->n_cpus; i++)
		status = read_cpu(t, &t->cpus[i], q, busy, before);
	return status;
}

/**
 * tracing_stop() - have the kernel keep nothing more, and read what is left
 * @t: what tracing_open() gave
 * @q: where the events go; each CPU's losses that were not told yet are the last
 *
 * Return: as tracing_read() does.
 */
int tracing_stop(struct tracing *t, struct event_queue *q)
{
	uint64_t before;
	bool more;
	int status;
	size_t i;

	write_file(t->dir, "events/enable", "0");
	do {
		before = UINT64_MAX;
		more = false;
		status = tracing_read(t, q, &more, &before);
	} while (!status && more);
	for (i = 0; !status && i < t->n_cpus; i++) {
		struct cpu *cpu = &t->cpus[i];
		uint64_t truth = count_lost(t, cpu);
		const struct event e = {
			.kind = EVENT_LOST, .cpu = cpu->number, .time_ns = watch_now(),
			.lost = truth - cpu->lost,
		};

		if (truth == LOST_UNKNOWN || truth <= cpu->lost)
			continue;
		cpu->lost = truth;
		if (event_queue_add(q, &e))
			status = out_of_memory();
	}
	return status;
}

/**
 * tracing_cpus() - how many entries tracing_poll() fills
 * @t: what tracing_open() gave
 */
size_t tracing_cpus(const struct tracing *t)
{
	return t->n_cpus;
}

/**
 * tracing_poll() - what to wait for
 * @t: what tracing_open() gave
 * @fds: as many as tracing_cpus() says
 */
void tracing_poll(const struct tracing *t, struct pollfd *fds)
{
	size_t i;

	for (i = 0; i < t->n_cpus; i++)
		fds[i] = (struct pollfd){ .fd = t->cpus[i].fd, .events = POLLIN };
}
