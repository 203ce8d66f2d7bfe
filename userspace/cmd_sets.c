// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect --sets: one row for each distinct set of namespaces.
 */
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "commands.h"
#include "describe.h"
#include "names.h"
#include "options.h"
#include "output.h"
#include "render.h"
#include "sets.h"

static const int defaults[] = {
	SET_NUMBER, SET_NPROCS, SET_TASKS, SET_PID, SET_USER, SET_OWN, SET_SHARES,
	SET_CONTAINER, SET_COMMAND
};

const struct columns set_columns = {
	set_fields, SET_COLUMNS, defaults, sizeof(defaults) / sizeof(*defaults),
	"nsinspect --sets -H"
};

static int add_commands(const struct options *o, const struct graph *g, struct sets *sets)
{
	const char **known = known_commands(g);
	char buffer[4096];
	size_t i;
	int err = known ? 0 : -1;

	for (i = 0; i < sets->n && !err; i++) {
		const char *command = task_command(o, g, known, sets->list[i].first, buffer,
						   sizeof(buffer));

		if (!command)
			continue;
		sets->list[i].command = strdup(command);
		err = sets->list[i].command ? 0 : -1;
	}
	free(known);
	return err;
}

static bool any_container(const struct sets *sets)
{
	char buffer[VALUE_TEXT_MAX];
	size_t i;

	for (i = 0; i < sets->n; i++)
		if (set_text(&sets->list[i], SET_CONTAINER, buffer))
			return true;
	return false;
}

static const char *text_of(const void *node, int column, char *buffer)
{
	return set_text(node, column, buffer);
}

static const char *color_of(const void *node, int column)
{
	(void)node;
	return column == SET_OWN ? color_on(true, COLOR_STRONG) : NULL;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* "147 sets; 5 zombies and 1 exiting task have none", below the table. */
static void show_total(const struct sets *sets)
{
	size_t exiting = sets->without - sets->zombies;

	printf("%zu set%s", sets->n, plural(sets->n));
	if (sets->zombies)
		printf("; %zu zombie%s", sets->zombies, plural(sets->zombies));
	if (exiting)
		printf("%s %zu exiting task%s", sets->zombies ? " and" : ";", exiting,
		       plural(exiting));
	if (sets->without)
		printf(" %s none", sets->without == 1 ? "has" : "have");
	putchar('\n');
}

static int show(const struct options *o, const struct sets *sets, const int *chosen, size_t n)
{
	const struct table_options t = {
		.ascii = o->ascii, .color = o->color, .noheadings = o->noheadings, .raw = o->raw,
		.notruncate = o->notruncate, .width = terminal_width(),
		.filter = o->filter, .columns = chosen, .n_columns = n,
	};
	const struct table_rows rows = {
		.fields = set_fields, .n_columns = SET_COLUMNS, .text = text_of,
		.color = color_of, .nodes = sets->list, .n = sets->n, .size = sizeof(*sets->list),
	};
	int status = render_rows(&rows, &t, stdout);

	if (!status && !o->noheadings && !o->raw)
		show_total(sets);
	return status;
}

/* From so many columns on, default columns are shown. */
#define WIDTH_USER	90
#define WIDTH_CONTAINER	120

/* Who did not choose columns gets those that there is room for. Return: how many. */
static int default_columns(const struct sets *sets, int *chosen)
{
	int width = terminal_width(), n = 0;
	size_t i;

	for (i = 0; i < sizeof(defaults) / sizeof(*defaults); i++) {
		if (defaults[i] == SET_USER && width && width < WIDTH_USER)
			continue;
		if (defaults[i] == SET_CONTAINER &&
		    ((width && width < WIDTH_CONTAINER) || !any_container(sets)))
			continue;
		chosen[n++] = defaults[i];
	}
	return n;
}

int cmd_sets(const struct options *o, int argc, char **argv)
{
	const struct request r = { .command = NSINSPECT_CMD_GRAPH_GET, .threads = true };
	struct sets sets = { 0 };
	const bool brief = o->form != FORM_JSON && !o->raw && !o->notruncate && !o->filter;
	/* What is left to SHARES beside the other columns, and a few characters of the command. */
	const size_t room = brief ? (size_t)terminal_width() * 3 / 10 : 0;
	int chosen[SET_COLUMNS], n, status;
	unsigned int needs;
	struct picture p;

	(void)argc;
	(void)argv;
	n = columns_parse(&set_columns, o->columns, o->output_all, chosen);
	if (n < 0)
		return -n;
	needs = columns_need(&set_columns, chosen, n, o->filter);
	status = picture_get(o, &r, &p);
	if (!status && (o->form == FORM_JSON || needs & NEED_CGROUPS))
		status = picture_name(&p, o->form == FORM_JSON ? PICTURE_JSON :
								 needs_of_names(needs));
	if (!status && sets_find(&sets, &p.graph, brief, room))
		status = out_of_memory();
	if (!status && !o->columns && !o->output_all && !o->notruncate)
		n = default_columns(&sets, chosen);
	if (!status && o->form == FORM_JSON)
		status = render_json_sets(&p.graph, &sets, stdout) ? out_of_memory() : STATUS_DONE;
	else if (!status && needs & NEED_COMMANDS && add_commands(o, &p.graph, &sets))
		status = out_of_memory();
	if (!status && o->form != FORM_JSON)
		status = show(o, &sets, chosen, (size_t)n);
	sets_free(&sets);
	picture_free(&p);
	return status;
}
