// SPDX-License-Identifier: GPL-2.0
/*
 * Changes, as they happen: until a signal comes, or as long as a command runs; or as they
 * were recorded.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "event_filter.h"
#include "event_text.h"
#include "ns_spec.h"
#include "output.h"
#include "recording.h"
#include "watch.h"

#define KIND(kind) (1u << EVENT_##kind)

#define KINDS_CHANGES (KIND(SWITCH) | KIND(FORK) | KIND(CREATE) | KIND(FREE))
#define KINDS_ALL (KINDS_CHANGES | KIND(EXEC) | KIND(EXIT))
/* What the timeline and a filter by task have to know. */
#define KINDS_FOLLOWED (KINDS_ALL | KIND(REAP))

struct monitor {
	const struct options *o;
	const char *word;		/* NS or container; NULL: none */
	struct ns_spec spec;
	struct names names;
	struct timeline *timeline;
	struct event_filter filter;
	struct event_text text;
	struct event_stats stats;
	struct json json;
	uint64_t seq;			/* of what is shown */
	bool closed;			/* nobody reads what we write */
};

/* As many digits of the id of a container are in its name; see containers.c. */
#define ID_SHORT 12

/* By the name that the screens show, or by 12 digits of the id or more. */
static bool is_called(const char *label, const char *word)
{
	size_t n = strlen(label), len = strlen(word);

	if (!strcmp(label, word))
		return true;
	return n >= ID_SHORT && len >= ID_SHORT && strspn(word, "0123456789abcdef") == len &&
	       !strncmp(label + n - ID_SHORT, word, ID_SHORT);
}

/* Return: the first process of the container of this name; 0: there is none. */
static uint32_t find_container(const struct names *names, const char *word)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (names->list[i].kind == NAME_CONTAINER && is_called(names->list[i].text, word))
			return names->list[i].number;
	return 0;
}

static int choose_tasks(struct monitor *m, const struct graph *g, uint32_t pid)
{
	int err = event_filter_task(&m->filter, g, pid);

	if (err == -ESRCH)
		return fail(STATUS_NO_SUCH, "task %u: there is no such task", pid);
	return err ? out_of_memory() : STATUS_DONE;
}

static int choose_ns(struct monitor *m, struct picture *p)
{
	const struct ns *ns;
	int status = ns_spec_find(&m->spec, m->o, p, &ns);

	if (status)
		return status;
	m->filter.by_ns = true;
	m->filter.ns_type = ns->type;
	m->filter.ns = (struct event_ns){ .inum = ns->inum, .id = ns->has_id ? ns->id : 0 };
	return STATUS_DONE;
}

/* A word can be a container, or else a namespace. */
static int choose_word(struct monitor *m, struct picture *p)
{
	uint32_t pid = 0;

	if (!m->word)
		return STATUS_DONE;
	if (m->spec.kind == NS_SPEC_NAME && !m->spec.has_type) {
		if (names_containers(&p->names, &p->graph, true))
			return out_of_memory();
		pid = find_container(&p->names, m->word);
	}
	if (!pid)
		return choose_ns(m, p);
	if (m->filter.by_task)
		return fail(STATUS_USAGE, "'%s' is a container: its processes are watched, not those "
			    "of %s", m->word, m->o->command ? "a command" : "--task");
	return choose_tasks(m, &p->graph, pid);
}

static int choose(struct monitor *m, struct picture *p, uint32_t command)
{
	int status = STATUS_DONE;

	if (command || m->o->task)
		status = choose_tasks(m, &p->graph, command ? command : m->o->task);
	return status ? status : choose_word(m, p);
}

static int64_t to_realtime(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec - (int64_t)watch_now();
}

/* From a picture on, events tell what is so. Its names are taken over. */
static int follow_from(struct monitor *m, struct graph *g, struct names *names, uint64_t since)
{
	timeline_free(m->timeline);
	m->timeline = NULL;
	if (timeline_begin(&m->timeline, g))
		return out_of_memory();
	timeline_since(m->timeline, since);
	names_free(&m->names);
	m->names = *names;
	memset(names, 0, sizeof(*names));
	m->text.timeline = m->timeline;
	m->text.names = &m->names;
	m->text.named_at = since;
	m->text.digits = m->o->notruncate ? 0 : g->digits;
	return STATUS_DONE;
}

static int begin(void *arg, uint32_t command)
{
	/* What changes meanwhile is told by the events. */
	const struct request r = {
		.command = NSINSPECT_CMD_GRAPH_GET, .threads = true, .once = true,
	};
	const uint64_t since = watch_now();
	struct monitor *m = arg;
	struct picture p;
	int status;

	status = picture_get(m->o, &r, &p);
	if (!status)
		status = picture_name(&p, 0);
	if (!status)
		status = choose(m, &p, command);
	if (!status)
		status = follow_from(m, &p.graph, &p.names, since);
	m->text.to_realtime = to_realtime();
	/* What the picture holds open must not live longer by that. */
	picture_free(&p);
	return status;
}

/* In lines; else as JSON, or not at all. */
static bool in_lines(const struct monitor *m)
{
	return m->o->form != FORM_JSON && !m->o->quiet;
}

static void show(struct monitor *m, struct event *e)
{
	e->seq = ++m->seq;
	if (m->o->form != FORM_JSON) {
		event_text(&m->text, e);
		return;
	}
	if (!e->tgid)
		e->tgid = timeline_tgid(m->timeline, e->tid);
	event_json(&m->json, e);
	json_end(&m->json);
	m->json.comma = false;
}

static int event(void *arg, const struct event *e)
{
	struct monitor *m = arg;
	struct event cut = *e;
	bool shown;
	int err;

	err = event_filter_apply(&m->filter, &cut, &shown);
	if (!err && shown && m->o->stats)
		err = event_stats_add(&m->stats, &cut);
	if (!err && shown && !m->o->quiet)
		show(m, &cut);
	if (!err && in_lines(m))
		err = event_text_follow(&m->text, e, shown);
	if (!err)
		err = timeline_apply(m->timeline, e);
	return err ? out_of_memory() : STATUS_DONE;
}

static int settled(void *arg)
{
	struct monitor *m = arg;

	if (in_lines(m) && m->text.live) {
		m->text.to_realtime = to_realtime();
		event_text_settled(&m->text, watch_now());
	}
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout) && !output_is_closed())
		return STATUS_DONE;
	m->closed = output_is_closed() || errno == EPIPE;
	if (m->closed)
		return STATUS_FAILED;
	return fail(STATUS_FAILED, "cannot write the output: %s", strerror(errno ? errno : EIO));
}

/* A recording begins with its first picture, not before. */
static int begin_recording(void *arg, uint32_t command)
{
	(void)arg;
	(void)command;
	return STATUS_DONE;
}

static int recorded_picture(void *arg, struct graph *g, struct names *names, uint64_t asked_ns)
{
	struct monitor *m = arg;
	struct picture p = { .graph = *g, .names = *names, .named = true };
	int status = STATUS_DONE;

	/* A later one is there because events were lost, or to begin from. */
	if (!m->timeline)
		status = choose(m, &p, 0);
	/* Choosing can add names. */
	*g = p.graph;
	*names = p.names;
	return status ? status : follow_from(m, g, names, asked_ns);
}

static int play(struct monitor *m, struct watch *w)
{
	struct capture file = { 0 };
	struct recording r = { 0 };
	uint32_t version = 0;
	const char *why;
	int status = save_load(m->o->from, &file);

	if (!status && !save_header(file.bytes, file.n, &version, &why))
		status = fail(STATUS_FAILED, "cannot use %s: %s", m->o->from, why);
	else if (!status && version != SAVE_RECORDING)
		status = fail(STATUS_FAILED, "%s is a picture of one moment: monitor --from needs a "
			      "recording, as nsinspect record makes it", m->o->from);
	if (!status && recording_parse(&r, file.bytes, file.n, &why))
		status = fail(STATUS_FAILED, "cannot use %s: %s", m->o->from, why);
	if (!status) {
		m->text.live = false;
		m->text.to_realtime = (int64_t)recording_real(&r, 0);
		w->begin = begin_recording;
		status = recording_play(&r, w, recorded_picture, &why);
		if (status && why)
			status = fail(STATUS_FAILED, "cannot use %s: %s", m->o->from, why);
		if (!status)
			recording_say_end(&r, m->o->from);
	}
	recording_free(&r);
	free(file.bytes);
	return status;
}

static void set_kinds(struct monitor *m, struct watch *w)
{
	const struct options *o = m->o;
	bool follow;

	m->filter.kinds = o->events ? o->events : o->all ? KINDS_ALL : KINDS_CHANGES;
	m->filter.plain = o->all;
	m->filter.types = o->types;
	/* Where changes are not shown, they do not tell it. */
	m->text.creates = o->all || ~m->filter.kinds & (KIND(SWITCH) | KIND(FORK));
	follow = o->form != FORM_JSON || o->command || o->task || m->word ||
		 m->filter.kinds & (KIND(EXEC) | KIND(EXIT));
	w->kinds = follow ? KINDS_FOLLOWED : m->filter.kinds;
	w->plain = follow;
}

static int check(struct monitor *m)
{
	const struct options *o = m->o;

	if (o->quiet && !o->stats)
		return fail(STATUS_USAGE, "--quiet without --stats would show nothing");
	if (o->command && !*o->command)
		return fail(STATUS_USAGE, "the command after -- is missing");
	if (o->command && o->task)
		return fail(STATUS_USAGE, "--task and a command exclude each other: the command and "
			    "its descendants are watched");
	if (o->from && o->command)
		return fail(STATUS_USAGE, "--from and a command exclude each other: a recording is "
			    "of the past");
	if (o->use == USE_MONITOR_TREE && m->word)
		return fail(STATUS_USAGE, "monitor --tree takes no namespace and no container; use -t "
			    "or -p");
	return m->word ? ns_spec_parse(m->word, &m->spec) : STATUS_DONE;
}

int cmd_monitor(const struct options *o, int argc, char **argv)
{
	struct monitor m = {
		.o = o, .word = argc ? argv[0] : NULL,
		.text = {
			.out = stdout, .live = true, .ascii = o->ascii, .color = o->color,
		},
	};
	struct watch w = {
		.buffer_kb = o->buffer_kb, .command = o->command,
		.begin = begin, .event = event, .settled = settled, .arg = &m,
	};
	int status = check(&m);

	if (status)
		return status;
	if (o->use == USE_MONITOR_TREE)
		return monitor_tree(o, o->command);
	set_kinds(&m, &w);
	json_begin(&m.json, stdout);
	status = o->from ? play(&m, &w) : watch_run(&w);
	if (!m.closed && m.timeline) {
		if (in_lines(&m))
			event_text_settled(&m.text, UINT64_MAX);
		if (o->stats)
			event_stats_print(&m.stats, stdout, o->color);
	}
	event_text_free(&m.text);
	event_stats_free(&m.stats);
	event_filter_free(&m.filter);
	timeline_free(m.timeline);
	names_free(&m.names);
	if (m.closed)
		return output_end_closed();
	/* main() closes the output only where all is well. */
	if (status && fflush(stdout))
		return fail(STATUS_FAILED, "cannot write the output: %s", strerror(errno));
	return status;
}
