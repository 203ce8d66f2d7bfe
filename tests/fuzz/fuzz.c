// SPDX-License-Identifier: GPL-2.0
/*
 * A file that somebody made: read it, decode it, link it, filter it, draw it in
 * every way; of a recording, at several moments. Nothing may crash, hang, leak or
 * read past an end.
 *
 * With clang: clang -g -fsanitize=fuzzer,address,undefined ..., see Makefile.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "decode.h"
#include "diff.h"
#include "fuzz.h"
#include "recording.h"
#include "render.h"
#include "sets.h"

static void draw(const struct graph *g, const struct names *names, FILE *out)
{
	const struct tree_options part = {
		.fold = true, .width = 30, .types = 0x18, .names = names,
		.task = g->n_tasks ? g->tasks[g->n_tasks / 2].tid : 0,
	};
	const struct tree_options tree = { .fold = true, .width = 80, .types = 0xff,
					   .names = names };
	const struct tree_options flat = { .kthreads = true, .threads = true, .types = 0xff };
	struct table_options table = { .width = 80 };
	int all[COLUMNS], c;
	struct sets sets;

	for (c = 0; c < COLUMNS; c++)
		all[c] = c;
	table.columns = all;
	table.n_columns = COLUMNS;
	render_json(g, out);
	if (!sets_find(&sets, g, true, 20))
		render_json_sets(g, &sets, out);
	sets_free(&sets);
	render_dot(g, out);
	render_tree(g, &tree, out);
	render_tree(g, &flat, out);
	render_tree(g, &part, out);
	for (c = RELATION_NONE; c <= RELATION_PARENT; c++) {
		table.relation = (enum table_relation)c;
		render_table(g, &table, out);
	}
}

/* The whole picture against what is left of it. */
static void compare(const struct graph *a, const struct graph *b)
{
	const struct diff_options o = { .kthreads = true };
	struct diff d;

	diff_find(&d, a, b, &o);
	diff_free(&d);
	diff_find(&d, b, a, &o);
	diff_free(&d);
}

static int on_begin(void *arg, uint32_t pid)
{
	(void)arg;
	(void)pid;
	return 0;
}

static int on_event(void *arg, const struct event *e)
{
	size_t *events = arg;

	(*events)++;
	/* Whatever a file says, this is what the others rely on. */
	if (e->n_upids > EVENT_LEVELS_MAX || e->comm[sizeof(e->comm) - 1] ||
	    e->cause[sizeof(e->cause) - 1])
		abort();
	return 0;
}

static int on_settled(void *arg)
{
	(void)arg;
	return 0;
}

static int on_picture(void *arg, struct graph *g, struct names *names, uint64_t asked_ns)
{
	(void)arg;
	(void)asked_ns;
	return names_set(names, g);
}

static int fuzz_recording(const unsigned char *bytes, size_t n, FILE *out)
{
	size_t events = 0;
	const struct watch w = {
		.kinds = ~0u, .plain = true, .begin = on_begin, .event = on_event,
		.settled = on_settled, .arg = &events,
	};
	struct moment m = { .how = MOMENT_AFTER };
	const char *why = NULL;
	struct recorded as;
	struct recording r;
	uint64_t ns;
	int taken = 0, i;

	if (!recording_parse(&r, bytes, n, &why)) {
		/* The beginning, the end, and what is between them. */
		for (i = 0; i <= 2; i++) {
			m.ns = (r.until_ns - r.pictures->when.taken_ns) / 2 * (uint64_t)i;
			if (recording_find(&r, &m, &ns))
				continue;
			why = NULL;
			if (!recording_at(&r, ns, &as, &why)) {
				taken = 1;
				names_keep_users(&as.saved.names);
				names_set(&as.saved.names, &as.graph);
				if (i == 2)
					draw(&as.graph, &as.saved.names, out);
			} else if (!why) {
				abort();
			}
			recorded_free(&as);
		}
		why = NULL;
		if (recording_play(&r, &w, on_picture, &why) && !why)
			abort();
	} else if (!why) {
		abort();
	}
	recording_free(&r);
	names_forget_users();
	return taken;
}

/**
 * fuzz_one() - use some bytes as a file with a picture or a recording in it
 * @bytes: the bytes
 * @n: how many
 *
 * Return: whether they were taken for one.
 */
int fuzz_one(const unsigned char *bytes, size_t n)
{
	struct graph_filter f = { 0 };
	struct graph g = { 0 }, whole = { 0 };
	struct saved s;
	const char *why = NULL;
	FILE *out = fopen("/dev/null", "w");
	int taken = 0;

	if (!out)
		abort();
	if (recording_is(bytes, n)) {
		taken = fuzz_recording(bytes, n, out);
		fclose(out);
		return taken;
	}
	if (!save_parse(&s, bytes, n, &why) &&
	    !decode_messages(&g, s.messages.bytes, s.messages.n, &why) && !graph_link(&g)) {
		taken = 1;
		g.details = s.details;
		names_keep_users(&s.names);
		names_set(&s.names, &g);
		draw(&g, &s.names, out);
		graph_filter(&g, &f);
		f.types = 0x55;
		f.tid = g.n_tasks ? g.tasks[g.n_tasks / 2].tid : 0;
		graph_filter(&g, &f);
		draw(&g, &s.names, out);
		if (!decode_messages(&whole, s.messages.bytes, s.messages.n, &why) &&
		    !graph_link(&whole))
			compare(&whole, &g);
	} else if (!why) {
		/* Whatever is refused, is refused with a reason. */
		abort();
	}
	graph_free(&g);
	graph_free(&whole);
	saved_free(&s);
	names_forget_users();
	fclose(out);
	return taken;
}

#ifdef LIBFUZZER
int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n)
{
	fuzz_one(bytes, n);
	return 0;
}
#endif
