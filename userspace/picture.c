// SPDX-License-Identifier: GPL-2.0
/*
 * Where pictures come from: the kernel, a file that --save made, or a moment of
 * a recording. Whoever asks gets the same from all of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "decode.h"
#include "output.h"
#include "recording.h"

#define EVERY		NSINSPECT_DETAIL_EVERY
#define FACTS		NSINSPECT_DETAIL_FACTS
#define LINKS		NSINSPECT_DETAIL_LINKS
#define COUNTERS	NSINSPECT_DETAIL_COUNTERS

/*
 * What each use is drawn from, beyond the nodes that tasks lead to. A use adds
 * what its columns need; what is not drawn is not asked for, as it costs time.
 */
static const uint32_t drawn_from[USES] = {
	[USE_LIST] = EVERY,
	[USE_MEMBERS] = EVERY,
	[USE_NS_TREE] = EVERY,
	[USE_SETS] = 0,
	[USE_SETS_JSON] = EVERY | FACTS | LINKS,
	[USE_PROCESS_TREE] = EVERY,
	[USE_JSON] = EVERY | FACTS | LINKS,
	[USE_DOT] = EVERY | FACTS | LINKS,
	[USE_SAVE] = EVERY,
	[USE_TASK] = 0,
	[USE_TASK_JSON] = 0,
	[USE_NS] = EVERY | FACTS | LINKS,
	[USE_NS_JSON] = EVERY | FACTS | LINKS,
	[USE_PID] = 0,
	[USE_PID_JSON] = 0,
	[USE_MOUNTS] = EVERY,
	[USE_MOUNTS_JSON] = EVERY,
	[USE_DIFF] = EVERY,
	[USE_DIFF_JSON] = EVERY,
	[USE_LIMITS] = COUNTERS,
	[USE_LIMITS_JSON] = COUNTERS,
	[USE_WHY] = EVERY,
	[USE_WHY_JSON] = EVERY,
	[USE_MONITOR] = EVERY,
	[USE_MONITOR_JSON] = EVERY,
	[USE_MONITOR_TREE] = EVERY,
	[USE_RECORD] = 0,
};

static uint32_t details_of(const struct options *o, const struct request *r)
{
	uint32_t details = r->details | drawn_from[o->use];

	/* A task leads to all that is shown of it, and that is not all of a namespace. */
	if (o->task)
		details &= ~(uint32_t)EVERY;
	if (r->tid)
		details &= ~(uint32_t)(LINKS | COUNTERS);
	if (!(details & NODE_DETAILS))
		details |= NODE_DETAILS;
	return details == NODE_DETAILS ? 0 : details;
}

/**
 * picture_free() - free a picture
 * @p: the picture; all zero afterwards
 */
void picture_free(struct picture *p)
{
	graph_free(&p->graph);
	names_free(&p->names);
	pins_free(&p->pins);
}

static char *read_boot_id(void)
{
	char buffer[64];
	ssize_t n;
	int fd;

	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	n = read(fd, buffer, sizeof(buffer) - 1);
	close(fd);
	if (n <= 0)
		return NULL;
	buffer[n] = '\0';
	buffer[strcspn(buffer, "\n")] = '\0';
	return strdup(buffer);
}

/* Leave of the whole graph what the kernel would have sent for a request. */
static int apply(struct graph *g, const struct request *r)
{
	const struct graph_filter f = {
		.tid = r->tid, .types = r->types, .threads = r->threads,
	};
	int err = 0;

	g->details &= r->details;
	/* What belongs to one task is found in all of it just as well. */
	if (r->command != NSINSPECT_CMD_TASK_GET)
		err = graph_filter(g, &f);
	else if (!graph_find_task(g, r->tid))
		err = -ESRCH;
	if (err == -ESRCH)
		return fail(STATUS_NO_SUCH, "task %u: there is no such task in this picture",
			    r->tid);
	return err ? out_of_memory() : STATUS_DONE;
}

/* Is it drawn for people? Others do not want to be told what they asked for. */
static bool for_people(const struct options *o)
{
	return o->form != FORM_JSON && o->form != FORM_DOT && !o->raw && !o->noheadings;
}

/* Whose picture it is, and that it is not of now. */
static void say_whose(const struct picture *p)
{
	const struct graph *g = &p->graph;
	time_t seconds = (time_t)(g->snapshot.time_ns / 1000000000);
	char when[64] = "an unknown time";
	struct tm tm;

	if (p->recorded) {
		moment_text(g->snapshot.time_ns, when, sizeof(when));
		warning("picture of host %s (kernel %s) as of %s, from a recording; command lines "
			"are of the last picture in it before that time", g->host.nodename ?
			g->host.nodename : "?", g->host.release ? g->host.release : "?", when);
		return;
	}
	if (localtime_r(&seconds, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S %z", &tm);
	warning("picture of host %s (kernel %s), taken at %s; command lines are of that time, too",
		g->host.nodename ? g->host.nodename : "?", g->host.release ? g->host.release : "?",
		when);
}

/**
 * watch_text() - why the module does not see changes, and what to do about it
 * @watch: enum nsinspect_watch, -1: what it says is not known here
 */
const char *watch_text(int watch)
{
	static const char *const why[] = {
		[NSINSPECT_WATCH_ON] = "the module does not say why",
		[NSINSPECT_WATCH_OFF] = "kernel probes were switched off; to switch them on: "
			"echo 1 >/sys/kernel/debug/kprobes/enabled; sysctl kernel.ftrace_enabled=1",
		[NSINSPECT_WATCH_MISSING] = "the module has no kernel probes; the kernel log has "
			"the reason: dmesg | grep nsinspect",
	};

	return why[watch < 0 ? NSINSPECT_WATCH_ON : watch];
}

/* What a picture cannot promise. The kernel was asked again where that helps. */
static void say_consistency(const struct snapshot *s, bool saved)
{
	if (s->consistent < 0)
		warning("it is not known whether namespaces changed while the picture was taken: "
			"%s", watch_text(s->watch));
	else if (!s->consistent && saved)
		warning("namespaces changed while this picture was taken: what is shown may mix "
			"before and after");
}

/* A module that does not say which namespaces it looked for is older than the question. */
static void say_coverage(const struct request *r, const struct snapshot *s)
{
	if (r->details & EVERY && s->coverage < 0)
		warning("the module is older than nsinspect: only namespaces that tasks lead to are "
			"shown, and not what namespaces know about themselves; load the module that "
			"belongs to this tool");
}

/* What is kept in a file and what is made of a recording are one thing from here on. */
static void take_over(struct picture *p, struct saved *s)
{
	p->taker = s->taker;
	p->names = s->names;
	memset(&s->names, 0, sizeof(s->names));
}

static int get_picture(const struct options *o, const struct capture *file, struct picture *p)
{
	char when[64];
	struct saved s;
	const char *why;
	int status = STATUS_DONE;

	if (save_parse(&s, file->bytes, file->n, &why) ||
	    decode_messages(&p->graph, s.messages.bytes, s.messages.n, &why)) {
		status = fail(STATUS_FAILED, "cannot use %s: %s", o->from, why);
	} else if (o->at) {
		moment_text(p->graph.snapshot.time_ns, when, sizeof(when));
		status = fail(STATUS_FAILED, "%s is a picture of one moment, %s: --at needs a "
			      "recording, as nsinspect record makes it", o->from, when);
	} else {
		p->graph.details = s.details;
		p->graph.host.boot_id = s.boot_id;
		s.boot_id = NULL;
		take_over(p, &s);
		if (graph_link(&p->graph))
			status = out_of_memory();
	}
	saved_free(&s);
	return status;
}

static int no_such_moment(const struct options *o, const struct recording *r)
{
	uint64_t length = r->until_ns - r->pictures->when.taken_ns;
	char begin[64], end[64];

	moment_text(r->pictures->when.real_ns, begin, sizeof(begin));
	moment_text(recording_real(r, r->until_ns), end, sizeof(end));
	return fail(STATUS_FAILED, "%s does not have %s: it goes from %s to %s, which is +%llu.%06llus",
		    o->from, o->at, begin, end, (unsigned long long)(length / 1000000000),
		    (unsigned long long)(length % 1000000000 / 1000));
}

static int get_moment(const struct options *o, const struct recording *r, struct picture *p)
{
	struct moment moment = { .how = MOMENT_END };
	struct recorded as;
	const char *why;
	uint64_t ns;
	int status = STATUS_DONE;

	if (o->at)
		moment_parse(o->at, &moment);
	if (recording_find(r, &moment, &ns))
		return no_such_moment(o, r);
	if (recording_at(r, ns, &as, &why))
		status = fail(STATUS_FAILED, "cannot use %s: %s", o->from, why);
	if (!status) {
		p->graph = as.graph;
		memset(&as.graph, 0, sizeof(as.graph));
		take_over(p, &as.saved);
		p->recorded = true;
	}
	p->lost = !status && as.lost;
	if (p->lost)
		warning("not all that happened between the last picture in the recording and this "
			"moment was told: what is shown may be wrong");
	if (!status)
		recording_say_end(r, o->from);
	recorded_free(&as);
	return status;
}

static int get_recorded(const struct options *o, const struct capture *file, struct picture *p)
{
	struct recording r;
	const char *why;
	int status;

	if (drawn_from[o->use] & COUNTERS)
		return fail(STATUS_FAILED, "%s is a recording, which does not have limits; use a "
			    "picture that --save made", o->from);
	if (recording_parse(&r, file->bytes, file->n, &why))
		status = fail(STATUS_FAILED, "cannot use %s: %s", o->from, why);
	else
		status = get_moment(o, &r, p);
	recording_free(&r);
	return status;
}

static int get_saved(const struct options *o, const struct request *r, struct picture *p)
{
	struct capture file;
	int status = save_load(o->from, &file);

	if (!status)
		status = recording_is(file.bytes, file.n) ? get_recorded(o, &file, p) :
							    get_picture(o, &file, p);
	free(file.bytes);
	if (!status) {
		/* Names belong to the whole: who is first in a namespace does, too. */
		names_keep_users(&p->names);
		if (names_set(&p->names, &p->graph))
			status = out_of_memory();
		p->named = true;
	}
	if (!status)
		status = apply(&p->graph, r);
	if (!status && for_people(o))
		say_whose(p);
	return status;
}

/* All names, to be kept: what is drawn of it now has those, too. */
static int name_all(struct picture *p)
{
	if (names_netns(&p->names) || names_nsfs(&p->names) || names_users(&p->names, &p->graph) ||
	    names_command_lines(&p->names, &p->graph) ||
	    names_cgroups(&p->names, &p->graph) || names_set(&p->names, &p->graph))
		return out_of_memory();
	p->named = true;
	return STATUS_DONE;
}

/* What is kept of a picture is its own as before. */
static struct saved saved_of(const struct picture *p, const struct capture *messages)
{
	return (struct saved){
		.boot_id = p->graph.host.boot_id, .taker = p->taker, .details = p->graph.details,
		.messages = *messages, .names = p->names,
	};
}

static int save(const struct options *o, const struct capture *messages, struct picture *p)
{
	struct saved s;
	int status = name_all(p);

	if (status)
		return status;
	s = saved_of(p, messages);
	return save_write(o->save, &s);
}

static int ask(struct client *client, const struct request *r, struct picture *p,
	       struct capture *keep)
{
	int status = client_ask(client, r, &p->graph, keep);

	return !status && graph_link(&p->graph) ? out_of_memory() : status;
}

/* Can there be bind mounts of namespaces that the module did not find? */
static bool hides_mounts(const struct request *r, const struct graph *g)
{
	return r->details & EVERY && !r->tid && g->snapshot.coverage == NSINSPECT_COVERAGE_FOUND;
}

/* What is kept is always everything: filters can be applied later, not undone. */
static const struct request whole = {
	.command = NSINSPECT_CMD_GRAPH_GET, .threads = true,
	.details = NODE_DETAILS | EVERY | FACTS | LINKS | COUNTERS,
};

/* @more: was more asked for than @r? @keep: NULL: the messages are not kept. */
static int ask_live(const struct request *r, struct picture *p, struct capture *keep, bool *more)
{
	struct client *client;
	struct request all;
	int status;

	*more = false;
	status = client_open(&client);
	if (status)
		return status;
	status = ask(client, r, p, keep);
	if (!status && hides_mounts(r, &p->graph)) {
		/* What is mounted where, and what is not in the picture, all types tell together. */
		all = *r;
		all.types = 0;
		if (r->types) {
			*more = true;
			status = ask(client, r = &all, p, NULL);
		}
		if (!status && pins_take(&p->pins, &p->names, &p->graph))
			status = out_of_memory();
		else if (!status && p->pins.n)
			status = ask(client, r, p, keep);
	}
	client_close(client);
	/* Only who is in the initial pid namespace may ask: it is the number there. */
	p->taker = (uint32_t)getpid();
	if (!status)
		p->graph.host.boot_id = read_boot_id();
	return status;
}

static int get_live(const struct options *o, const struct request *r, struct picture *p)
{
	struct capture messages = { 0 };
	bool more;
	int status;

	status = ask_live(o->save ? &whole : r, p, o->save ? &messages : NULL, &more);
	if (!status && o->save)
		status = save(o, &messages, p);
	if (!status && (o->save || more))
		status = apply(&p->graph, r);
	free(messages.bytes);
	return status;
}

/**
 * picture_take() - take a picture of everything, to be kept, while events wait
 * @p: the picture, linked and named; to be freed in any case
 * @s: what is to be kept of it: all but ->messages.bytes belongs to @p; that is to
 *	be freed in any case
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong.
 */
int picture_take(struct picture *p, struct saved *s)
{
	struct request r = whole;
	struct capture messages = { 0 };
	bool more;
	int status;

	r.hurry = true;
	memset(p, 0, sizeof(*p));
	status = ask_live(&r, p, &messages, &more);
	if (!status)
		status = name_all(p);
	*s = saved_of(p, &messages);
	return status;
}

/**
 * picture_get() - take a picture, or read one
 * @o: where from, what it is for, and whether to save it
 * @r: what of it; the details that @o is drawn from are added
 * @p: the picture, linked; to be freed in any case
 *
 * A file may be a pipe, which can be read only once: so a command gets one
 * picture, and all that it shows comes from that.
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong.
 */
int picture_get(const struct options *o, const struct request *r, struct picture *p)
{
	struct request full = *r;
	int status;

	memset(p, 0, sizeof(*p));
	full.details = details_of(o, r);
	status = o->from ? get_saved(o, &full, p) : get_live(o, &full, p);
	/* What is taken again and again says on the screen that it is blind. */
	if (!status && !p->lost && o->use != USE_MONITOR_TREE)
		say_consistency(&p->graph.snapshot, o->from);
	/* why needs more of the module than a picture, and says that itself. */
	if (!status && !o->from && for_people(o) && o->use != USE_MONITOR_TREE && o->use != USE_WHY)
		say_coverage(&full, &p->graph.snapshot);
	return status;
}

/**
 * picture_name() - give the namespaces and tasks in a picture their names
 * @p: the picture
 * @more: PICTURE_NSFS and PICTURE_CGROUPS, which take time
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong.
 */
int picture_name(struct picture *p, unsigned int more)
{
	/* A saved picture, or one that was just saved, has them all. */
	if (p->named)
		return STATUS_DONE;
	if (names_netns(&p->names) || (more & PICTURE_NSFS && names_nsfs(&p->names)) ||
	    (more & PICTURE_CGROUPS && names_cgroups(&p->names, &p->graph)) ||
	    names_set(&p->names, &p->graph))
		return out_of_memory();
	return STATUS_DONE;
}

/**
 * terminal_width() - how wide the output may be
 *
 * Return: columns, 0 when it is no terminal: then as wide as it takes.
 */
int terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint32_t n;

	if (columns && !parse_number(columns, &n) && n < 10000)
		return (int)n;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 0;
	return size.ws_col;
}

/**
 * parse_number() - read a positive number
 * @text: digits and nothing else
 * @number: where it goes
 *
 * Return: 0; -EINVAL for anything else and for 0; -ERANGE past 32 bits.
 */
int parse_number(const char *text, uint32_t *number)
{
	uint64_t n = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		if (n <= UINT32_MAX)
			n = n * 10 + (uint64_t)(*text - '0');
	}
	if (!n)
		return -EINVAL;
	if (n > UINT32_MAX)
		return -ERANGE;
	*number = (uint32_t)n;
	return 0;
}
