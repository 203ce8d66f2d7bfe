// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect diff A [B]: what came, went and moved between two saved pictures,
 * or between one and now.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "describe.h"
#include "diff.h"
#include "json_writer.h"
#include "moment.h"
#include "output.h"
#include "text.h"

/* All that is shown: two pictures, and what is different. */
struct shown {
	const struct options *o;
	const char *files[2];		/* as they were given; NULL: now */
	char *paths[2];			/* of them, without a moment */
	const char *at[2];		/* the moment; NULL: none was given */
	struct picture pictures[2];
	int one_boot;			/* 1, 0, or -1 when not known */
	struct diff diff;
	size_t *threads[2];		/* by task: how many of its threads have no line */
	bool *folded;			/* by entry: it has none */
};

static const char marks[DIFF_CHANGES] = {
	[DIFF_CAME] = '+', [DIFF_WENT] = '-', [DIFF_MOVED] = '~',
};

/* Which of the two pictures shows it best. */
static int side_of(enum diff_change change)
{
	return change == DIFF_WENT ? 0 : 1;
}

/* The same digits in both, so that no two namespaces of either look the same. */
static int share_digits(struct graph *a, struct graph *b)
{
	struct graph both = { 0 };
	const struct graph *const of[] = { a, b };
	size_t side, i;
	int err;

	both.namespaces = calloc(a->n_namespaces + b->n_namespaces + 1, sizeof(*both.namespaces));
	if (!both.namespaces)
		return -1;
	for (side = 0; side < 2; side++)
		for (i = 0; i < of[side]->n_namespaces; i++)
			both.namespaces[both.n_namespaces++] = (struct ns){
				.type = of[side]->namespaces[i].type,
				.inum = of[side]->namespaces[i].inum,
			};
	err = graph_link(&both);
	a->digits = b->digits = both.digits;
	graph_free(&both);
	return err;
}

/* A thread that came or went with its leader, to or from the same place, has no line. */
static int fold_threads(struct shown *s)
{
	const struct diff *d = &s->diff;
	bool *listed[2] = { NULL, NULL };
	int side, err = 0;
	size_t i;

	s->folded = calloc(d->n_tasks + 1, sizeof(*s->folded));
	for (side = 0; side < 2; side++) {
		size_t n = s->pictures[side].graph.n_tasks + 1;

		s->threads[side] = calloc(n, sizeof(*s->threads[side]));
		listed[side] = calloc(n, sizeof(*listed[side]));
		if (!s->threads[side] || !listed[side] || !s->folded)
			err = -1;
	}
	for (i = 0; i < d->n_tasks && !err; i++) {
		const struct diff_task *t = &d->tasks[i];

		side = side_of(t->change);
		if (t->change != DIFF_MOVED)
			listed[side][(side ? t->to : t->from) -
				     s->pictures[side].graph.tasks] = true;
	}
	for (i = 0; i < d->n_tasks && !err; i++) {
		const struct task *t, *leader;
		size_t at;

		side = side_of(d->tasks[i].change);
		t = side ? d->tasks[i].to : d->tasks[i].from;
		leader = t->leader;
		if (d->tasks[i].change == DIFF_MOVED || task_is_leader(t) || !leader)
			continue;
		at = (size_t)(leader - s->pictures[side].graph.tasks);
		if (!listed[side][at] || !diff_same_place(d, d->tasks[i].change, t, leader))
			continue;
		s->folded[i] = true;
		s->threads[side][at]++;
	}
	free(listed[0]);
	free(listed[1]);
	return err;
}

static const char *arrow(const struct options *o)
{
	return o->ascii ? "->" : "→";
}

static void put_mark(const struct options *o, enum diff_change change)
{
	static const enum color colors[] = {
		[DIFF_CAME] = COLOR_STRONG, [DIFF_WENT] = COLOR_GONE, [DIFF_MOVED] = COLOR_PENDING,
	};

	printf("%s%c%s ", color_on(o->color, colors[change]), marks[change],
	       color_off(o->color));
}

/* "net:32281 (blue)" */
static void put_ns(const struct options *o, const struct graph *g, const struct ns *ns)
{
	printf("%s%s:%s%s", color_on(o->color, COLOR_TYPES + ns->type), ns_type_names[ns->type],
	       ns_short(g, ns).text, color_off(o->color));
	if (ns->name) {
		fputs(" (", stdout);
		text_put(stdout, ns->name, o->ascii);
		putchar(')');
	}
}

static void put_namespace(const struct shown *s, const struct diff_ns *n)
{
	const struct graph *g = &s->pictures[side_of(n->change)].graph;
	const struct ns *ns = n->to ? n->to : n->from;

	put_mark(s->o, n->change);
	put_ns(s->o, g, ns);
	if (ns->first) {
		fputs("  ", stdout);
		describe_pids(s->o, ns->first);
		putchar(' ');
		text_put(stdout, ns->first->comm, s->o->ascii);
	} else if (ns->tasks == 0) {
		printf("  no process");
	}
	putchar('\n');
}

static bool is_shown(const struct shown *s, enum slot slot)
{
	return !s->o->types || s->o->types & 1u << slots[slot].type;
}

/* Where a task is, but for initial namespaces: "  net:32281 (blue) pid:32305" */
static void put_places(const struct shown *s, const struct graph *g, const struct task *t)
{
	const char *between = "  ";
	int slot;

	for (slot = 0; slot < SLOTS; slot++) {
		const struct ns *ns = t->ns[slot];

		if (!ns || ns->initial || !is_shown(s, slot) ||
		    (slots[slot].current != (enum slot)slot && !task_pending(t, slot)))
			continue;
		fputs(between, stdout);
		if (slots[slot].current != (enum slot)slot)
			fputs("children ", stdout);
		put_ns(s->o, g, ns);
		between = " ";
	}
}

static void put_number(const struct shown *s, int side, const struct task *t, int slot)
{
	const struct graph *g = &s->pictures[side].graph;

	if (t->ns[slot])
		printf("%s", ns_short(g, t->ns[slot]).text);
	else
		printf("%s", inum_short(g, task_inum(t, slot)).text);
	if (t->ns[slot] && t->ns[slot]->name) {
		fputs(" (", stdout);
		text_put(stdout, t->ns[slot]->name, s->o->ascii);
		putchar(')');
	}
}

/* "  net 31840 → 32281, uts 31838 → 32282" */
static void put_moves(const struct shown *s, const struct diff_task *t)
{
	const char *between = "  ";
	int slot;

	for (slot = 0; slot < SLOTS; slot++) {
		if (!(t->slots & 1u << slot))
			continue;
		printf("%s%s%s%s ", between, color_on(s->o->color, COLOR_TYPES + slots[slot].type),
		       slots[slot].name, color_off(s->o->color));
		put_number(s, 0, t->from, slot);
		printf(" %s ", arrow(s->o));
		put_number(s, 1, t->to, slot);
		between = ", ";
	}
}

static void put_task(const struct shown *s, const struct diff_task *entry)
{
	int side = side_of(entry->change);
	const struct graph *g = &s->pictures[side].graph;
	const struct task *t = side ? entry->to : entry->from;
	size_t threads = s->threads[side][t - g->tasks];

	put_mark(s->o, entry->change);
	printf("task ");
	describe_pids(s->o, t);
	putchar(' ');
	if (entry->change == DIFF_MOVED && strcmp(entry->from->comm, t->comm)) {
		text_put(stdout, entry->from->comm, s->o->ascii);
		printf(" %s ", arrow(s->o));
	}
	text_put(stdout, t->comm, s->o->ascii);
	if (!task_is_leader(t))
		printf(" (thread of %u)", t->tgid);
	if (threads && entry->change != DIFF_MOVED)
		printf(" (and %zu thread%s)", threads, threads == 1 ? "" : "s");
	if (entry->change == DIFF_MOVED)
		put_moves(s, entry);
	else
		put_places(s, g, t);
	putchar('\n');
}

static void put_set(const struct shown *s, const struct diff_set *set)
{
	const struct graph *g = &s->pictures[side_of(set->change)].graph;

	put_mark(s->o, set->change);
	printf("set of ");
	describe_pids(s->o, set->first);
	putchar(' ');
	text_put(stdout, set->first->comm, s->o->ascii);
	if (set->tasks > 1)
		printf(" and %zu more task%s", set->tasks - 1, set->tasks == 2 ? "" : "s");
	put_places(s, g, set->first);
	putchar('\n');
}

/* "--- old.picture  lab, kernel 6.12.0, 2023-11-14 22:13:20 +0000" */
static void put_picture(const struct shown *s, int side)
{
	const struct graph *g = &s->pictures[side].graph;
	time_t seconds = (time_t)(g->snapshot.time_ns / 1000000000);
	char when[64] = "at an unknown time";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S %z", &tm);
	printf("%s%s ", color_on(s->o->color, COLOR_HEADING), side ? "+++" : "---");
	text_put(stdout, s->files[side] ? s->files[side] : "now", s->o->ascii);
	fputs("  ", stdout);
	text_put(stdout, g->host.nodename ? g->host.nodename : "?", s->o->ascii);
	fputs(", kernel ", stdout);
	text_put(stdout, g->host.release ? g->host.release : "?", s->o->ascii);
	printf(", %s%s\n", when, color_off(s->o->color));
}

static void put_total(const char *between, size_t n, const char *one, const char *many)
{
	printf("%s%zu %s", between, n, n == 1 ? one : many);
}

static void put_text(const struct shown *s)
{
	const struct diff *d = &s->diff;
	size_t i;

	put_picture(s, 0);
	put_picture(s, 1);
	for (i = 0; i < d->n_namespaces; i++)
		put_namespace(s, &d->namespaces[i]);
	for (i = 0; i < d->n_tasks; i++)
		if (!s->folded[i])
			put_task(s, &d->tasks[i]);
	for (i = 0; i < d->n_sets; i++)
		put_set(s, &d->sets[i]);
	if (!d->n_namespaces && !d->n_tasks && !d->n_sets) {
		printf("nothing is different\n");
		return;
	}
	put_total("different: ", d->n_namespaces, "namespace", "namespaces");
	put_total(", ", d->n_tasks, "task", "tasks");
	put_total(", ", d->n_sets, "set", "sets");
	putchar('\n');
}

static void json_number(struct json *j, const char *name, bool known, uint64_t v)
{
	json_name(j, name);
	if (known)
		json_put_number(j, v);
	else
		json_put_null(j);
}

static void json_string(struct json *j, const char *name, const char *v)
{
	json_name(j, name);
	json_put_string(j, v);
}

static void json_truth(struct json *j, const char *name, int v)
{
	json_name(j, name);
	if (v < 0)
		json_put_null(j);
	else
		json_put_bool(j, v);
}

static void json_picture(struct json *j, const struct shown *s, int side)
{
	const struct graph *g = &s->pictures[side].graph;

	json_newline(j);
	json_name(j, side ? "to" : "from");
	json_open(j, '{');
	json_string(j, "file", s->files[side]);
	json_string(j, "nodename", g->host.nodename);
	json_string(j, "release", g->host.release);
	json_string(j, "boot_id", g->host.boot_id);
	json_number(j, "time_ns", true, g->snapshot.time_ns);
	json_truth(j, "consistent", g->snapshot.consistent);
	json_close(j, '}');
}

static void json_ns(struct json *j, const struct shown *s, const void *entry)
{
	const struct diff_ns *n = entry;
	const struct ns *ns = n->to ? n->to : n->from;

	(void)s;
	json_string(j, "type", ns_type_names[ns->type]);
	json_number(j, "inum", true, ns->inum);
	json_number(j, "id", ns->has_id, ns->id);
	json_number(j, "owner", ns->owner_inum, ns->owner_inum);
	json_number(j, "parent", ns->parent_inum, ns->parent_inum);
	json_string(j, "name", ns->name);
}

/* What is in the ten slots of a task. */
static void json_slots(struct json *j, const struct shown *s, const struct task *t)
{
	int slot;

	json_name(j, "ns");
	json_open(j, '{');
	for (slot = 0; slot < SLOTS; slot++)
		if (is_shown(s, slot))
			json_number(j, slots[slot].name, task_inum(t, slot), task_inum(t, slot));
	json_close(j, '}');
}

static void json_task(struct json *j, const struct shown *s, const void *entry)
{
	const struct diff_task *d = entry;
	const struct task *t = d->to ? d->to : d->from;
	size_t i;
	int slot;

	json_number(j, "tid", true, t->tid);
	json_number(j, "tgid", true, t->tgid);
	json_string(j, "comm", t->comm);
	json_name(j, "numbers");
	json_open(j, '[');
	for (i = 0; i < t->n_upids; i++) {
		json_item(j);
		json_put_number(j, t->upids[i].nr);
	}
	json_close(j, ']');
	if (d->change != DIFF_MOVED) {
		json_slots(j, s, t);
		return;
	}
	json_string(j, "comm_before", d->from->comm);
	json_name(j, "slots");
	json_open(j, '{');
	for (slot = 0; slot < SLOTS; slot++) {
		if (!(d->slots & 1u << slot))
			continue;
		json_name(j, slots[slot].name);
		json_open(j, '{');
		json_number(j, "from", true, task_inum(d->from, slot));
		json_number(j, "to", true, task_inum(d->to, slot));
		json_close(j, '}');
	}
	json_close(j, '}');
}

static void json_set(struct json *j, const struct shown *s, const void *entry)
{
	const struct diff_set *set = entry;

	json_number(j, "first", true, set->first->tid);
	json_string(j, "comm", set->first->comm);
	json_number(j, "procs", true, set->procs);
	json_number(j, "tasks", true, set->tasks);
	json_slots(j, s, set->first);
}

/* Entries of one kind, by what happened to them; each begins with that. */
static void json_kind(struct json *j, const struct shown *s, const char *name,
		      const void *entries, size_t n, size_t size, bool moves,
		      void (*put)(struct json *j, const struct shown *s, const void *entry))
{
	static const char *const names[] = {
		[DIFF_CAME] = "came", [DIFF_WENT] = "went", [DIFF_MOVED] = "moved",
	};
	int change;
	size_t i;

	json_newline(j);
	json_name(j, name);
	json_open(j, '{');
	for (change = 0; change < DIFF_CHANGES; change++) {
		if (change == DIFF_MOVED && !moves)
			continue;
		json_name(j, names[change]);
		json_open(j, '[');
		for (i = 0; i < n; i++) {
			const void *entry = (const char *)entries + i * size;

			if (*(const enum diff_change *)entry != (enum diff_change)change)
				continue;
			json_newline(j);
			json_open(j, '{');
			put(j, s, entry);
			json_close(j, '}');
		}
		json_close(j, ']');
	}
	json_close(j, '}');
}

static void put_json(const struct shown *s)
{
	const struct diff *d = &s->diff;
	struct json j;

	json_begin(&j, stdout);
	json_open(&j, '{');
	json_string(&j, "schema", "nsinspect-diff/1");
	json_picture(&j, s, 0);
	json_picture(&j, s, 1);
	json_newline(&j);
	json_truth(&j, "same_boot", s->one_boot);
	json_newline(&j);
	json_truth(&j, "differ", d->n_namespaces || d->n_tasks || d->n_sets);
	json_kind(&j, s, "namespaces", d->namespaces, d->n_namespaces, sizeof(*d->namespaces),
		  false, json_ns);
	json_kind(&j, s, "tasks", d->tasks, d->n_tasks, sizeof(*d->tasks), true, json_task);
	json_kind(&j, s, "sets", d->sets, d->n_sets, sizeof(*d->sets), false, json_set);
	json_close(&j, '}');
	json_end(&j);
}

static int get(struct shown *s, int side)
{
	/* Of either a header says which it is: no line about the one that is saved. */
	const struct options o = {
		.from = s->paths[side], .at = s->at[side], .use = s->o->use, .raw = true,
	};
	const struct request r = { .command = NSINSPECT_CMD_GRAPH_GET, .threads = true };
	int status = picture_get(&o, &r, &s->pictures[side]);

	return status ? status : picture_name(&s->pictures[side], 0);
}

static int same_boot(const struct host *a, const struct host *b)
{
	if (!a->boot_id || !b->boot_id)
		return -1;
	return !strcmp(a->boot_id, b->boot_id);
}

static void say_boots(const struct shown *s)
{
	const struct host *a = &s->pictures[0].graph.host, *b = &s->pictures[1].graph.host;

	if (!s->one_boot)
		warning("the pictures are of different boots (of %s and %s): only initial "
			"namespaces are taken for the same", a->nodename ? a->nodename : "?",
			b->nodename ? b->nodename : "?");
	else if (s->one_boot < 0)
		warning("it is not known whether the pictures are of the same boot; they are "
			"compared as if they were");
}

/* Does a picture have namespaces that no task leads to? Old ones do not. */
static bool has_every(const struct graph *g)
{
	return g->snapshot.coverage > NSINSPECT_COVERAGE_TASKS;
}

static int compare(struct shown *s)
{
	const struct diff *d = &s->diff;
	struct diff_options o = {
		.kthreads = s->o->kthreads, .types = s->o->types,
		.taker_from = s->pictures[0].taker, .taker_to = s->pictures[1].taker,
	};

	s->one_boot = same_boot(&s->pictures[0].graph.host, &s->pictures[1].graph.host);
	o.other_boot = !s->one_boot;
	o.by_tasks = has_every(&s->pictures[0].graph) != has_every(&s->pictures[1].graph);
	if (o.by_tasks)
		warning("only one of the pictures has namespaces that no task leads to: those are "
			"not compared");
	say_boots(s);
	if (diff_find(&s->diff, &s->pictures[0].graph, &s->pictures[1].graph, &o) ||
	    share_digits(&s->pictures[0].graph, &s->pictures[1].graph) || fold_threads(s))
		return out_of_memory();
	if (s->o->form == FORM_JSON)
		put_json(s);
	else
		put_text(s);
	if (s->o->exit_code && (d->n_namespaces || d->n_tasks || d->n_sets))
		return STATUS_DIFFERENT;
	return STATUS_DONE;
}

/* FILE@TIME is a moment of a recording, unless there is a file of that name. */
static int split(struct shown *s, int side)
{
	const char *file = s->files[side], *time = file ? strrchr(file, '@') : NULL;
	struct moment m;

	if (!file)
		return STATUS_DONE;
	if (time && !access(file, F_OK))
		time = NULL;
	if (time && moment_parse(time + 1, &m))
		return fail(STATUS_USAGE, "diff: there is no file %s, and '%s' is not a time; times "
			    "are %s", file, time + 1, MOMENT_SYNTAX);
	s->paths[side] = time ? strndup(file, (size_t)(time - file)) : strdup(file);
	s->at[side] = time ? time + 1 : NULL;
	return s->paths[side] ? STATUS_DONE : out_of_memory();
}

int cmd_diff(const struct options *o, int argc, char **argv)
{
	struct shown s = { .o = o, .files = { argv[0], argc > 1 ? argv[1] : NULL } };
	int status;

	status = split(&s, 0);
	if (!status)
		status = split(&s, 1);
	if (!status && argc > 1 && !strcmp(s.paths[0], "-") && !strcmp(s.paths[1], "-"))
		status = fail(STATUS_USAGE, "diff: only one of the pictures can come from standard "
			      "input");
	if (!status)
		status = get(&s, 0);
	if (!status)
		status = get(&s, 1);
	if (!status)
		status = compare(&s);
	diff_free(&s.diff);
	free(s.threads[0]);
	free(s.threads[1]);
	free(s.folded);
	free(s.paths[0]);
	free(s.paths[1]);
	picture_free(&s.pictures[0]);
	picture_free(&s.pictures[1]);
	return status;
}
