// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect monitor --tree: the process tree, drawn again when something changed.
 *
 * Events say when; what is drawn is always a picture that the kernel took after
 * them, and what changed in it is what differs from the picture before. So events
 * that were lost make it late at most, and never wrong.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "diff.h"
#include "marks.h"
#include "output.h"
#include "render.h"
#include "screen.h"
#include "text.h"
#include "watch.h"

#define MS		1000000ull
/* Pictures of a terminal's tree are not taken more often. */
#define TAKE_EVERY	(200 * MS)
/* How long a mark stays. */
#define MARK_TIME	(3000 * MS)
/* So many of what went have their names on the last line. */
#define WENT_NAMED	3

#define KIND(kind)	(1u << EVENT_##kind)
/* Whatever changes a line. */
#define KINDS		(KIND(SWITCH) | KIND(FORK) | KIND(CREATE) | KIND(FREE) | KIND(EXEC) | \
			 KIND(EXIT) | KIND(REAP))

struct shown {
	struct options o;		/* ours, with the command as the task that is shown */
	struct picture picture;
	bool gone;			/* the task that was asked for has ended */
	bool stale;			/* something happened since the picture was taken */
	bool closed;			/* nobody reads what we write */
	bool blind;
	uint64_t changes, lost;
	uint64_t taken_at;
	time_t drawn_at;		/* the clock that is on the screen */
	struct marks marks;
	char *went;			/* what went last; NULL: nothing did */
	char *plain;			/* what was printed last, without marks; NULL: nothing */
};

/* Is a task, or the process that it is of, the one that was asked for or below it? */
static bool is_below(const struct graph *g, const struct task *t, uint32_t root)
{
	size_t steps;

	/* Made-up parents may lead in a circle. */
	for (steps = 0; t && steps <= g->n_tasks; steps++, t = t->leader ? t->leader->parent : NULL)
		if (t->tid == root || t->tgid == root)
			return true;
	return false;
}

static void put_more(FILE *out, size_t n, const char *one, const char *many)
{
	if (n > WENT_NAMED)
		fprintf(out, " and %zu more %s", n - WENT_NAMED, n - WENT_NAMED == 1 ? one : many);
}

/* "- 830 nginx, 831 sh and 2 more tasks, net:32281" */
static int note_went(struct shown *s, const struct diff *d)
{
	size_t i, n = 0, n_ns = 0, size = 0;
	char comm[TEXT_COMM_MAX];
	char *went = NULL;
	FILE *out = open_memstream(&went, &size);

	if (!out)
		return -ENOMEM;
	for (i = 0; i < d->n_tasks; i++) {
		const struct task *t = d->tasks[i].from;

		if (d->tasks[i].change != DIFF_WENT || !marks_task_shown(t, s->o.threads) ||
		    (s->o.task && !is_below(d->from, t, s->o.task)) || ++n > WENT_NAMED)
			continue;
		text_escape(comm, sizeof(comm), t->comm, s->o.ascii);
		fprintf(out, "%s%u %s", n == 1 ? "- " : ", ", t->tid, comm);
	}
	put_more(out, n, "task", "tasks");
	for (i = 0; i < d->n_namespaces; i++) {
		const struct ns *ns = d->namespaces[i].from;

		if (d->namespaces[i].change != DIFF_WENT || ++n_ns > WENT_NAMED)
			continue;
		fprintf(out, "%s%s:", n || n_ns > 1 ? ", " : "- ", ns_type_names[ns->type]);
		if (s->o.notruncate)
			fprintf(out, "%u", ns->inum);
		else
			fputs(ns_short(d->from, ns).text, out);
	}
	put_more(out, n_ns, "namespace", "namespaces");
	if (fclose(out)) {
		free(went);
		return -ENOMEM;
	}
	if (!n && !n_ns) {
		free(went);
		return 0;
	}
	free(s->went);
	s->went = went;
	return 0;
}

/* What is different from the picture before, which is given up. */
static int replace(struct shown *s, struct picture *p)
{
	const struct diff_options o = {
		.kthreads = s->o.kthreads, .types = s->o.types,
		.taker_from = s->picture.taker, .taker_to = p->taker,
	};
	/* Not when it was asked for: marks are to be seen, however long a picture takes. */
	const uint64_t now = watch_now();
	struct diff d;
	int err;

	err = diff_find(&d, &s->picture.graph, &p->graph, &o);
	if (!err)
		err = marks_renew(&s->marks, &d, s->o.threads, now,
				  screen_is_open() ? now + MARK_TIME : now);
	if (!err)
		err = note_went(s, &d);
	diff_free(&d);
	if (err)
		return out_of_memory();
	picture_free(&s->picture);
	s->picture = *p;
	memset(p, 0, sizeof(*p));
	return STATUS_DONE;
}

/* All threads: of one that is not in a picture, it is not known whether it is new. */
static int take(struct shown *s, uint64_t now)
{
	const bool first = !s->taken_at;
	/*
	 * While it is taken again events wait. And what changes meanwhile is an event, after
	 * which there is another picture: a line about this one would come out after the last.
	 */
	const struct request r = {
		.command = NSINSPECT_CMD_GRAPH_GET, .threads = true,
		.hurry = !first, .quiet = !first,
	};
	struct options o = s->o;
	struct picture p;
	int status;

	s->stale = false;
	s->taken_at = now;
	/* The first says what none of them can promise. */
	o.use = first ? USE_PROCESS_TREE : USE_MONITOR_TREE;
	status = picture_get(&o, &r, &p);
	if (!status)
		status = tree_name(&o, &p);
	/* What was held open for the picture must not live longer by that. */
	pins_free(&p.pins);
	s->gone = s->o.task && !graph_find_task(&p.graph, s->o.task);
	if (!status && first && s->gone)
		status = fail(STATUS_NO_SUCH, "task %u: no such task", s->o.task);
	if (!status && !first)
		status = replace(s, &p);
	if (!status && first) {
		s->picture = p;
		return STATUS_DONE;
	}
	picture_free(&p);
	return status;
}

static void put_number(FILE *out, const char *before, uint64_t n, const char *one,
		       const char *many)
{
	fprintf(out, "%s%llu %s", before, (unsigned long long)n, n == 1 ? one : many);
}

/* "node7  12:01:03   57 processes, 80 tasks, 40 namespaces   12 changes, 3 events lost" */
static void put_top(const struct shown *s, FILE *out)
{
	const struct graph *g = &s->picture.graph;
	size_t procs = 0, i;
	char clock[16] = "";
	struct tm tm;

	for (i = 0; i < g->n_tasks; i++)
		procs += task_is_leader(&g->tasks[i]);
	if (localtime_r(&s->drawn_at, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	fputs(color_on(s->o.color, COLOR_HEADING), out);
	text_put(out, g->host.nodename ? g->host.nodename : "?", s->o.ascii);
	fprintf(out, "%s  %s", color_off(s->o.color), clock);
	put_number(out, "   ", procs, "process", "processes");
	put_number(out, ", ", g->n_tasks, "task", "tasks");
	put_number(out, ", ", g->n_namespaces, "namespace", "namespaces");
	put_number(out, "   ", s->changes, "change", "changes");
	put_number(out, ", ", s->lost, "event lost", "events lost");
	if (s->blind)
		fprintf(out, ", %sblind%s: kernel probes are switched off",
			color_on(s->o.color, COLOR_GONE), color_off(s->o.color));
	fputc('\n', out);
}

/* What is below the tree: what went last. */
static void put_bottom(const struct shown *s, FILE *out)
{
	if (s->gone)
		fprintf(out, "%stask %u has ended%s\n", color_on(s->o.color, COLOR_GONE),
			s->o.task, color_off(s->o.color));
	if (s->went)
		fprintf(out, "%s%s%s\n", color_on(s->o.color, COLOR_GONE), s->went,
			color_off(s->o.color));
}

static int put_tree(const struct shown *s, bool marked, FILE *out)
{
	const struct tree_marks none = { 0 };
	struct tree_options t;
	int rows;

	tree_options_set(&t, &s->o, &s->picture);
	t.marks = marked ? &s->marks.tree : &none;
	t.no_header = true;
	if (screen_is_open()) {
		screen_size(&rows, &t.width);
		t.height = rows - 1 - s->gone - (s->went != NULL);
		if (t.height < 1)
			t.height = 1;
	}
	return render_tree(&s->picture.graph, &t, out);
}

static int compose(const struct shown *s, bool whole, char **text)
{
	size_t n = 0;
	FILE *out;
	int err;

	*text = NULL;
	out = open_memstream(text, &n);
	if (!out)
		return -ENOMEM;
	if (whole)
		put_top(s, out);
	err = put_tree(s, whole, out);
	if (whole)
		put_bottom(s, out);
	if (fclose(out))
		err = -ENOMEM;
	if (!err)
		return 0;
	free(*text);
	*text = NULL;
	return err;
}

static int write_failed(struct shown *s, int err)
{
	s->closed = err == -EPIPE;
	return s->closed ? STATUS_FAILED :
			   fail(STATUS_FAILED, "cannot write the output: %s", strerror(-err));
}

static int draw(struct shown *s)
{
	char *text;
	int err;

	s->drawn_at = time(NULL);
	if (compose(s, true, &text))
		return out_of_memory();
	err = screen_draw(text);
	free(text);
	return err ? write_failed(s, err) : STATUS_DONE;
}

/* Only what looks different, whatever is marked in it. */
static int print(struct shown *s)
{
	char *plain, *text;

	s->drawn_at = time(NULL);
	if (compose(s, false, &plain))
		return out_of_memory();
	if (s->plain && !strcmp(s->plain, plain)) {
		free(plain);
		return STATUS_DONE;
	}
	if (s->plain)
		putchar('\n');
	free(s->plain);
	s->plain = plain;
	if (compose(s, true, &text))
		return out_of_memory();
	fputs(text, stdout);
	free(text);
	errno = 0;
	if (fflush(stdout) || ferror(stdout))
		return write_failed(s, errno ? -errno : -EIO);
	return STATUS_DONE;
}

static int begin(void *arg, uint32_t pid)
{
	struct shown *s = arg;
	int status;

	if (pid)
		s->o.task = pid;
	status = take(s, watch_now());
	if (status)
		return status;
	return screen_is_open() ? draw(s) : print(s);
}

static int event(void *arg, const struct event *e)
{
	struct shown *s = arg;

	switch (e->kind) {
	case EVENT_LOST:
		s->lost += e->lost;
		break;
	case EVENT_BLIND:
	case EVENT_SEEING:
		s->blind = e->kind == EVENT_BLIND;
		break;
	case EVENT_REAP:
		break;
	default:
		s->changes++;
	}
	s->stale = true;
	return STATUS_DONE;
}

static int settled(void *arg)
{
	struct shown *s = arg;
	uint64_t now = watch_now();
	int status;

	if (!screen_is_open()) {
		if (output_is_closed())
			return write_failed(s, -EPIPE);
		if (!s->stale)
			return STATUS_DONE;
		status = take(s, now);
		return status ? status : print(s);
	}
	if (s->stale && now >= s->taken_at + TAKE_EVERY) {
		status = take(s, now);
		return status ? status : draw(s);
	}
	/* In this order: what is asked for is forgotten then. */
	if (screen_resized() | marks_expire(&s->marks, now) | (time(NULL) != s->drawn_at))
		return draw(s);
	return STATUS_DONE;
}

/**
 * monitor_tree() - draw the process tree whenever it changes
 * @o: how; a terminal is used as a whole, elsewhere trees are printed one after the other
 * @command: run, and shown with what is below it, until it ends; NULL: until a signal
 *
 * Return: the status of the command; without one STATUS_DONE, or another status after a
 * line that says what is wrong.
 */
int monitor_tree(const struct options *o, char **command)
{
	struct shown s = { .o = *o };
	const struct watch w = {
		.kinds = KINDS, .plain = true, .buffer_kb = o->buffer_kb, .command = command,
		.begin = begin, .event = event, .settled = settled, .arg = &s,
	};
	int status = screen_open();

	if (!status)
		status = watch_run(&w);
	screen_close();
	picture_free(&s.picture);
	marks_free(&s.marks);
	free(s.went);
	free(s.plain);
	return s.closed ? output_end_closed() : status;
}
