// SPDX-License-Identifier: GPL-2.0
/*
 * The command line. All that is known of an option is in its row: parsing,
 * help, and what it is refused for come from there.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "moment.h"
#include "options.h"
#include "output.h"

#define ON(use)		(1ull << USE_##use)

/* Those that several options share. */
#define SCREENS		(ON(TASK) | ON(NS) | ON(PID))
#define WHY_ALL		(ON(WHY) | ON(WHY_JSON))
#define LISTS		(ON(LIST) | ON(NS_TREE))
#define TABLES		(LISTS | ON(MEMBERS) | ON(SETS) | ON(LIMITS))
#define SETS_ALL	(ON(SETS) | ON(SETS_JSON))
#define GRAPHS		(LISTS | ON(PROCESS_TREE) | ON(JSON) | ON(DOT))
#define DIFFS		(ON(DIFF) | ON(DIFF_JSON))
#define FOR_PEOPLE	(TABLES | ON(PROCESS_TREE) | SCREENS | ON(WHY) | ON(DIFF) | ON(MOUNTS))
#define LIMITS_ALL	(ON(LIMITS) | ON(LIMITS_JSON))
#define COMMANDS_JSON	(ON(TASK_JSON) | ON(NS_JSON) | ON(PID_JSON) | ON(LIMITS_JSON))
#define FROM_FILES	(GRAPHS | ON(MEMBERS) | SETS_ALL | LIMITS_ALL | SCREENS | COMMANDS_JSON)

/* What each use is called in messages. */
static const char *const use_names[USES] = {
	[USE_LIST] = "the list", [USE_MEMBERS] = "the list with NS",
	[USE_NS_TREE] = "--tree=owner|parent",
	[USE_SETS] = "--sets", [USE_SETS_JSON] = "--sets --json",
	[USE_PROCESS_TREE] = "--tree", [USE_JSON] = "--json", [USE_DOT] = "--dot",
	[USE_COLUMNS] = "--list-columns", [USE_SAVE] = "--save alone",
	[USE_TASK] = "task", [USE_TASK_JSON] = "task --json",
	[USE_NS] = "ns", [USE_NS_JSON] = "ns --json",
	[USE_PID] = "pid", [USE_PID_JSON] = "pid --json",
	[USE_MOUNTS] = "mounts", [USE_MOUNTS_JSON] = "mounts --json",
	[USE_DIFF] = "diff", [USE_DIFF_JSON] = "diff --json",
	[USE_LIMITS] = "limits", [USE_LIMITS_JSON] = "limits --json",
	[USE_WHY] = "why", [USE_WHY_JSON] = "why --json",
	[USE_RECORD] = "record",
};

static int parse_types(struct options *o, const char *list)
{
	const char *all = list;

	for (;;) {
		size_t len = strcspn(list, ",");
		int type = type_parse(list, len);

		if (!len)
			return fail(STATUS_USAGE, "--type: a type is missing in '%s'; there are "
				    "cgroup, ipc, mnt, net, pid, time, user and uts", all);
		if (type < 0)
			return fail(STATUS_USAGE, "--type: there is no type '%.*s'; there are "
				    "cgroup, ipc, mnt, net, pid, time, user and uts",
				    (int)len, list);
		o->types |= 1u << type;
		list += len;
		if (!*list++)
			return STATUS_DONE;
	}
}

static int parse_task(struct options *o, const char *pid)
{
	if (parse_number(pid, &o->task))
		return fail(STATUS_USAGE, "--task: '%s' is not a pid", pid);
	return STATUS_DONE;
}

static int parse_output(struct options *o, const char *list)
{
	o->columns = list;
	return STATUS_DONE;
}

static int parse_filter(struct options *o, const char *expression)
{
	o->filter = expression;
	return STATUS_DONE;
}

static int set_form(struct options *o, enum form form)
{
	if (o->form != FORM_TABLE && o->form != form)
		return fail(STATUS_USAGE, "--tree, --json, --dot and --list-columns exclude each "
			    "other");
	o->form = form;
	return STATUS_DONE;
}

static int parse_tree(struct options *o, const char *which)
{
	if (!which || !strcmp(which, "process"))
		return set_form(o, FORM_PROCESS_TREE);
	if (!strcmp(which, "owner"))
		return set_form(o, FORM_OWNER_TREE);
	if (!strcmp(which, "parent"))
		return set_form(o, FORM_PARENT_TREE);
	return fail(STATUS_USAGE, "--tree: there is no tree '%s'; there are process, owner "
		    "and parent", which);
}

static int parse_json(struct options *o, const char *none)
{
	(void)none;
	return set_form(o, FORM_JSON);
}

static int parse_dot(struct options *o, const char *none)
{
	(void)none;
	return set_form(o, FORM_DOT);
}

static int parse_list_columns(struct options *o, const char *none)
{
	(void)none;
	return set_form(o, FORM_COLUMNS);
}

static int parse_color(struct options *o, const char *when)
{
	if (!when || !strcmp(when, "always"))
		o->color_when = COLOR_ALWAYS;
	else if (!strcmp(when, "auto"))
		o->color_when = COLOR_AUTO;
	else if (!strcmp(when, "never"))
		o->color_when = COLOR_NEVER;
	else
		return fail(STATUS_USAGE, "--color: '%s' is none of auto, always, never", when);
	return STATUS_DONE;
}

static int parse_save(struct options *o, const char *path)
{
	o->save = path;
	return STATUS_DONE;
}

static int parse_from(struct options *o, const char *path)
{
	o->from = path;
	return STATUS_DONE;
}

static int parse_at(struct options *o, const char *time)
{
	struct moment m;

	if (moment_parse(time, &m))
		return fail(STATUS_USAGE, "--at: '%s' is not a time; times are %s", time,
			    MOMENT_SYNTAX);
	o->at = time;
	return STATUS_DONE;
}

static int parse_in(struct options *o, const char *ns)
{
	o->in = ns;
	return STATUS_DONE;
}

enum group {
	GROUP_SELECT,
	GROUP_FORM,
	GROUP_PICTURES,
	GROUP_GENERAL,
	GROUPS
};

static const char *const group_names[GROUPS] = {
	[GROUP_SELECT] = "What is shown",
	[GROUP_FORM] = "In which form",
	[GROUP_PICTURES] = "Pictures in files",
	[GROUP_GENERAL] = "General",
};

enum opt {
	OPT_TYPE,
	OPT_TASK,
	OPT_PERSISTENT,
	OPT_SETS,
	OPT_THREADS,
	OPT_IN,
	OPT_SHARERS,
	OPT_EXIT_CODE,
	OPT_LIST,
	OPT_TREE,
	OPT_JSON,
	OPT_DOT,
	OPT_OUTPUT,
	OPT_OUTPUT_ALL,
	OPT_FILTER,
	OPT_LIST_COLUMNS,
	OPT_NOHEADINGS,
	OPT_RAW,
	OPT_NOTRUNCATE,
	OPT_NOWRAP,
	OPT_KTHREADS,
	OPT_NO_FOLD,
	OPT_COLOR,
	OPT_ASCII,
	OPT_SAVE,
	OPT_FROM,
	OPT_AT,
	OPT_VERSION,
	OPT_HELP,
	OPTS
};

/* One row an option. */
struct row {
	const char *name;
	char letter;			/* 0: none */
	int has_arg;			/* as in struct option */
	const char *arg;		/* what it is called in the help */
	const char *help;
	enum group group;
	unsigned long long uses;	/* ON() of the uses that take it */
	bool draws;			/* with --save: it asks for a drawing as well */
	enum early early;
	size_t flag;			/* where in struct options its bool is */
	int (*parse)(struct options *o, const char *arg);	/* NULL: set ->flag */
};

#define FLAG(member)	.flag = offsetof(struct options, member)

static const struct row rows[OPTS] = {
	[OPT_TYPE] = {
		"type", 't', required_argument, "TYPE[,...]",
		"show only namespaces of these types",
		GROUP_SELECT, GRAPHS | ON(MEMBERS) | ON(LIMITS) | DIFFS,
		.draws = true, .parse = parse_types,
	},
	[OPT_TASK] = {
		"task", 'p', required_argument, "PID", "show only the namespaces of this task",
		GROUP_SELECT, GRAPHS, .draws = true, .parse = parse_task,
	},
	[OPT_PERSISTENT] = {
		"persistent", 'P', no_argument, NULL, "show only namespaces that no task is in",
		GROUP_SELECT, LISTS, .draws = true, FLAG(persistent),
	},
	[OPT_SETS] = {
		"sets", 0, no_argument, NULL, "show each distinct set of namespaces and its tasks",
		GROUP_SELECT, SETS_ALL | ON(COLUMNS), .draws = true, FLAG(sets),
	},
	[OPT_THREADS] = {
		"threads", 0, no_argument, NULL,
		"show every thread, not only those that differ from their leader",
		GROUP_SELECT, ON(PROCESS_TREE) | ON(JSON) | ON(DOT), FLAG(threads),
	},
	[OPT_IN] = {
		"in", 0, required_argument, "NS", "NR is a number in this pid namespace",
		GROUP_SELECT, ON(PID) | ON(PID_JSON), .parse = parse_in,
	},
	[OPT_SHARERS] = {
		"sharers", 0, no_argument, NULL, "show which tasks share the nsproxy",
		GROUP_SELECT, ON(TASK) | ON(TASK_JSON), FLAG(sharers),
	},
	[OPT_EXIT_CODE] = {
		"exit-code", 0, no_argument, NULL, "end with status 6 if the pictures differ",
		GROUP_SELECT, DIFFS, FLAG(exit_code),
	},
	[OPT_LIST] = {
		"list", 'l', no_argument, NULL,
		"draw no tree; this is the default, except with NS",
		GROUP_FORM, ON(LIST) | ON(MEMBERS), .draws = true, FLAG(list),
	},
	[OPT_TREE] = {
		"tree", 'T', optional_argument, "process|owner|parent",
		"draw a tree (default: process)",
		GROUP_FORM, ON(PROCESS_TREE) | ON(NS_TREE) | ON(MEMBERS), .draws = true,
		.parse = parse_tree,
	},
	[OPT_JSON] = {
		"json", 'J', no_argument, NULL,
		"write JSON, schema nsinspect/1; of diff and mounts, nsinspect-diff/1 and "
		"nsinspect-mounts/1",
		GROUP_FORM, ON(JSON) | ON(SETS_JSON) | COMMANDS_JSON | ON(DIFF_JSON) | ON(WHY_JSON) |
		ON(MOUNTS_JSON), .draws = true, .parse = parse_json,
	},
	[OPT_DOT] = {
		"dot", 0, no_argument, NULL, "write a graph for graphviz",
		GROUP_FORM, ON(DOT), .draws = true, .parse = parse_dot,
	},
	[OPT_OUTPUT] = {
		"output", 'o', required_argument, "LIST",
		"show these columns; +LIST adds to the default columns; of record, the file",
		GROUP_FORM, TABLES | ON(RECORD), .draws = true, .parse = parse_output,
	},
	[OPT_OUTPUT_ALL] = {
		"output-all", 0, no_argument, NULL, "show all columns",
		GROUP_FORM, TABLES, .draws = true, FLAG(output_all),
	},
	[OPT_FILTER] = {
		"filter", 'Q', required_argument, "EXPR",
		"show only lines for which this is true, as in lsns(8); needs libsmartcols 2.40",
		GROUP_FORM, TABLES, .draws = true, .parse = parse_filter,
	},
	[OPT_LIST_COLUMNS] = {
		"list-columns", 'H', no_argument, NULL, "list the columns that --output takes",
		GROUP_FORM, ON(COLUMNS), .draws = true, .parse = parse_list_columns,
	},
	[OPT_NOHEADINGS] = {
		"noheadings", 'n', no_argument, NULL, "do not print the headings",
		GROUP_FORM, TABLES, FLAG(noheadings),
	},
	[OPT_RAW] = {
		"raw", 'r', no_argument, NULL, "do not align the columns",
		GROUP_FORM, TABLES, FLAG(raw),
	},
	[OPT_NOTRUNCATE] = {
		"notruncate", 'u', no_argument, NULL,
		"do not shorten columns, lines, lists or numbers",
		GROUP_FORM, FOR_PEOPLE & ~ON(DIFF), FLAG(notruncate),
	},
	[OPT_NOWRAP] = {
		"nowrap", 'W', no_argument, NULL,
		"show each value on one line; otherwise NSFS has a line for each path",
		GROUP_FORM, TABLES, FLAG(nowrap),
	},
	[OPT_KTHREADS] = {
		"kthreads", 0, no_argument, NULL, "show kernel threads one by one",
		GROUP_FORM, ON(PROCESS_TREE) | DIFFS, FLAG(kthreads),
	},
	[OPT_NO_FOLD] = {
		"no-fold", 0, no_argument, NULL, "show every task on a line of its own",
		GROUP_FORM, ON(PROCESS_TREE), FLAG(no_fold),
	},
	[OPT_COLOR] = {
		"color", 0, optional_argument, "auto|always|never",
		"use colours (default: auto; --color alone: always)",
		GROUP_FORM, FOR_PEOPLE, .parse = parse_color,
	},
	[OPT_ASCII] = {
		"ascii", 0, no_argument, NULL, "use only ASCII characters",
		GROUP_FORM, FOR_PEOPLE, FLAG(ascii),
	},
	[OPT_SAVE] = {
		"save", 0, required_argument, "FILE",
		"save the whole picture to FILE (-: standard output); draw it only if a form, "
		"columns or a selection is given as well",
		GROUP_PICTURES, GRAPHS | SETS_ALL | ON(SAVE), .parse = parse_save,
	},
	[OPT_FROM] = {
		"from", 0, required_argument, "FILE",
		"use the picture or the recording in FILE (-: standard input) instead of asking "
		"the kernel",
		GROUP_PICTURES, FROM_FILES, .parse = parse_from,
	},
	[OPT_AT] = {
		"at", 0, required_argument, "TIME",
		"with --from and a recording: as of then; +2.5s (since its beginning), a local "
		"time (12:01:03), or end (default)",
		GROUP_PICTURES, FROM_FILES & ~LIMITS_ALL, .parse = parse_at,
	},
	[OPT_VERSION] = {
		"version", 'V', no_argument, NULL, "print the version and exit",
		GROUP_GENERAL, .early = EARLY_VERSION,
	},
	[OPT_HELP] = {
		"help", 'h', no_argument, NULL, "print this help and exit",
		GROUP_GENERAL, .early = EARLY_HELP,
	},
};

/* Options of one use of which the first takes the effect from the second. */
static const struct {
	enum opt first, second;
	const char *why;
	unsigned long long uses;
} excluded[] = {
	{ OPT_SAVE, OPT_FROM, "copy the file instead", ~0ull },
	{ OPT_TASK, OPT_THREADS, "only that task is shown", ON(JSON) | ON(DOT) },
	{ OPT_TASK, OPT_PERSISTENT, "the task is in all of its namespaces", ~0ull },
	{ OPT_LIST, OPT_TREE, "a list is no tree", ~0ull },
	{ OPT_OUTPUT, OPT_OUTPUT_ALL, "all columns are shown", ~0ull },
	{ OPT_RAW, OPT_NOTRUNCATE, "raw columns are never shortened", ~0ull },
	{ OPT_RAW, OPT_COLOR, "raw columns have no colours", ~0ull },
};

/* getopt_long() returns it; a letter would do for some only. */
#define FIRST_VALUE 0x100

static void make_tables(struct option *longs, char *shorts)
{
	int i;

	for (i = 0; i < OPTS; i++) {
		longs[i] = (struct option){ rows[i].name, rows[i].has_arg, NULL, FIRST_VALUE + i };
		if (!rows[i].letter)
			continue;
		*shorts++ = rows[i].letter;
		if (rows[i].has_arg != no_argument)
			*shorts++ = ':';
		if (rows[i].has_arg == optional_argument)
			*shorts++ = ':';
	}
	longs[i] = (struct option){ 0 };
	*shorts = '\0';
}

static int row_of(int value)
{
	int i;

	if (value >= FIRST_VALUE)
		return value - FIRST_VALUE;
	for (i = 0; rows[i].letter != value; i++)
		;
	return i;
}

/**
 * options_parse() - read the options
 * @o: what they say
 * @early: whether one of them is all that is wanted
 * @argc: as main() got it; optind says where the other words begin
 * @argv: as main() got it; is reordered
 *
 * Return: STATUS_DONE, or STATUS_USAGE after a message.
 */
int options_parse(struct options *o, enum early *early, int argc, char **argv)
{
	struct option longs[OPTS + 1];
	char shorts[3 * OPTS + 1];
	static char name[] = "nsinspect";
	int value, status;

	memset(o, 0, sizeof(*o));
	*early = EARLY_NONE;
	make_tables(longs, shorts);
	/* getopt_long() says what is wrong, and begins with this. */
	if (argc)
		argv[0] = name;
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) >= 0) {
		const struct row *row;

		if (value == '?') {
			fputs("Try 'nsinspect --help' for more information.\n", stderr);
			return STATUS_USAGE;
		}
		row = &rows[row_of(value)];
		if (row->early) {
			*early = row->early;
			return STATUS_DONE;
		}
		o->given |= 1ull << (row - rows);
		if (row->draws)
			o->drawn = true;
		status = STATUS_DONE;
		if (row->parse)
			status = row->parse(o, optarg);
		else
			*(bool *)((char *)o + row->flag) = true;
		if (status)
			return status;
	}
	return STATUS_DONE;
}

static void add(char *list, size_t size, const char *word, int n, int of)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%s", !n ? "" : n == of - 1 ? " or " : ", ", word);
}

/* "the list, --tree=owner|parent or ns" */
static void list_uses(unsigned long long uses, char *list, size_t size)
{
	int u, n = 0, of = __builtin_popcountll(uses);

	*list = '\0';
	for (u = 0; u < USES; u++)
		if (uses & 1ull << u)
			add(list, size, use_names[u], n++, of);
}

static bool is_form(const struct row *row)
{
	return row->parse == parse_tree || row->parse == parse_json || row->parse == parse_dot ||
	       row->parse == parse_list_columns;
}

/**
 * options_check() - refuse each option that would have no effect
 * @o: what was given; gets its use
 * @c: the command that was given
 *
 * Return: STATUS_DONE, or STATUS_USAGE after a line that says which option it
 * is and what takes it.
 */
int options_check(struct options *o, const struct command *c)
{
	enum use use = c->uses[o->form];
	char list[512];
	size_t i;

	/* A form that the command does not have is refused as an option of its first. */
	if (use == USE_NONE)
		use = c->uses[FORM_TABLE];
	if (use == USE_LIST && o->save && !o->drawn)
		use = USE_SAVE;
	o->use = use;
	for (i = 0; i < OPTS; i++) {
		if (!(o->given & 1ull << i) || rows[i].uses & 1ull << use)
			continue;
		if (is_form(&rows[i]))
			return fail(STATUS_USAGE, "--%s does not apply to %s; use it without %s",
				    rows[i].name, use_names[use], *c->name ? "a command" : c->args);
		/* A saved picture has no references to follow. */
		if (i == OPT_FROM && 1ull << use & WHY_ALL)
			return fail(STATUS_USAGE, "--from does not apply to %s: what holds a "
				    "namespace can be asked only while it is alive", use_names[use]);
		list_uses(rows[i].uses, list, sizeof(list));
		return fail(STATUS_USAGE, "--%s does not apply to %s; use it with %s",
			    rows[i].name, use_names[use], list);
	}
	for (i = 0; i < sizeof(excluded) / sizeof(*excluded); i++)
		if (excluded[i].uses & 1ull << use && o->given & 1ull << excluded[i].first &&
		    o->given & 1ull << excluded[i].second)
			return fail(STATUS_USAGE, "--%s and --%s exclude each other: %s",
				    rows[excluded[i].first].name, rows[excluded[i].second].name,
				    excluded[i].why);
	if (o->at && !o->from)
		return fail(STATUS_USAGE, "--at is a moment of a recording: give that with --from FILE");
	if (o->save && !strcmp(o->save, "-") && o->drawn)
		return fail(STATUS_USAGE, "--save - writes the picture to standard output, where a "
			    "drawing cannot go as well; give --save a file");
	return STATUS_DONE;
}

#define HELP_COLUMN	24
#define HELP_WIDTH	80

/* Break a text into lines that begin at one column. */
static void print_wrapped(FILE *out, const char *text, int at)
{
	while (*text) {
		size_t len = strcspn(text, " ");

		if (at + 1 + (int)len > HELP_WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			at = HELP_COLUMN;
		}
		at += fprintf(out, " %.*s", (int)len, text);
		text += len;
		text += *text == ' ';
	}
	fputc('\n', out);
}

static void print_row(FILE *out, const struct row *row)
{
	int at;

	if (row->letter)
		at = fprintf(out, " -%c, --%s", row->letter, row->name);
	else
		at = fprintf(out, "     --%s", row->name);
	if (row->has_arg == optional_argument)
		at += fprintf(out, "[=%s]", row->arg);
	else if (row->has_arg == required_argument)
		at += fprintf(out, " %s", row->arg);
	if (at > HELP_COLUMN) {
		fputc('\n', out);
		at = 0;
	}
	fprintf(out, "%*s", HELP_COLUMN - at, "");
	print_wrapped(out, row->help, HELP_COLUMN);
}

/**
 * options_print() - write the help on options
 * @out: where to
 */
void options_print(FILE *out)
{
	int group, i, u;

	for (group = 0; group < GROUPS; group++) {
		fprintf(out, "\n%s:\n", group_names[group]);
		for (i = 0; i < OPTS; i++)
			if (rows[i].group == (enum group)group)
				print_row(out, &rows[i]);
	}
	fputs("\nWhich options apply to what:\n", out);
	for (u = USE_NONE + 1; u < USES; u++) {
		char list[512] = "";

		for (i = 0; i < OPTS; i++) {
			size_t len = strlen(list);

			if (rows[i].uses & 1ull << u && !is_form(&rows[i]))
				snprintf(list + len, sizeof(list) - len, "%s--%s", len ? " " : "",
					 rows[i].name);
		}
		if (*list) {
			fprintf(out, " %-*s", HELP_COLUMN - 1, use_names[u]);
			print_wrapped(out, list, HELP_COLUMN);
		}
	}
}
