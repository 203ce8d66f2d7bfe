// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect: what it is asked, and how it ends.
 */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "columns.h"
#include "options.h"
#include "output.h"
#include "place.h"
#include "text.h"

enum { COMMAND_LIST, COMMAND_MEMBERS, COMMAND_SETS };

const struct command commands[] = {
	[COMMAND_LIST] = {
		"", "", "list the namespaces, or draw them in another form", 0, 0,
		{
			[FORM_TABLE] = USE_LIST, [FORM_PROCESS_TREE] = USE_PROCESS_TREE,
			[FORM_OWNER_TREE] = USE_NS_TREE, [FORM_PARENT_TREE] = USE_NS_TREE,
			[FORM_JSON] = USE_JSON, [FORM_DOT] = USE_DOT, [FORM_COLUMNS] = USE_COLUMNS,
		},
		.run = cmd_list, .columns = &ns_columns,
	},
	[COMMAND_MEMBERS] = {
		"", "NS", "list the processes in a namespace", 1, 1,
		{
			[FORM_TABLE] = USE_MEMBERS, [FORM_PROCESS_TREE] = USE_MEMBERS,
			[FORM_JSON] = USE_NS_JSON,
		},
		.run = cmd_members, .columns = &ns_columns,
	},
	[COMMAND_SETS] = {
		"", "--sets", "list the distinct sets of namespaces that tasks have", 0, 0,
		{
			[FORM_TABLE] = USE_SETS, [FORM_JSON] = USE_SETS_JSON,
			[FORM_COLUMNS] = USE_COLUMNS,
		},
		.run = cmd_sets, .columns = &set_columns,
	},
	{
		"task", "PID...", "show a task: its slots, and who shares what with it", 1, -1,
		{ [FORM_TABLE] = USE_TASK, [FORM_JSON] = USE_TASK_JSON }, .run = cmd_task,
	},
	{
		"ns", "NS...", "show a namespace: members, parent, children, owned", 1, -1,
		{ [FORM_TABLE] = USE_NS, [FORM_JSON] = USE_NS_JSON }, .run = cmd_ns,
	},
	{
		"pid", "NR", "show which tasks have a number, at any level", 1, 1,
		{ [FORM_TABLE] = USE_PID, [FORM_JSON] = USE_PID_JSON }, .run = cmd_pid,
	},
	{
		"mounts", "PATH", "show in which mount namespaces a mount is",
		1, 1,
		{ [FORM_TABLE] = USE_MOUNTS, [FORM_JSON] = USE_MOUNTS_JSON }, .run = cmd_mounts,
	},
	{
		"diff", "A [B]",
		"show what differs between two pictures or moments",
		1, 2, { [FORM_TABLE] = USE_DIFF, [FORM_JSON] = USE_DIFF_JSON }, .run = cmd_diff,
	},
	{
		"limits", "", "show how many namespaces users have and may have", 0, 0,
		{
			[FORM_TABLE] = USE_LIMITS, [FORM_JSON] = USE_LIMITS_JSON,
			[FORM_COLUMNS] = USE_COLUMNS,
		},
		.run = cmd_limits, .columns = &limit_columns,
	},
	{
		"why", "NS", "show what keeps a namespace alive, and how to free it", 1, 1,
		{ [FORM_TABLE] = USE_WHY, [FORM_JSON] = USE_WHY_JSON }, .run = cmd_why,
	},
	{
		"monitor", "[NS|CONTAINER] [-- CMD...]", "show changes as they happen", 0, 1,
		{
			[FORM_TABLE] = USE_MONITOR, [FORM_JSON] = USE_MONITOR_JSON,
			[FORM_PROCESS_TREE] = USE_MONITOR_TREE,
		},
		.run = cmd_monitor,
		.starts = true,
	},
	{
		"record", "[-- CMD...]", "record all changes in the file that --output names",
		0, 0, { [FORM_TABLE] = USE_RECORD }, .run = cmd_record,
		.starts = true,
	},
	{ 0 }
};

static void help(void)
{
	const struct command *c;

	fputs("Usage:\n", stdout);
	for (c = commands; c->name; c++)
		printf(" nsinspect [options]%s%s%s%s\n", *c->name ? " " : "", c->name,
		       *c->args ? " " : "", c->args);
	fputs("\nShow the namespaces of all tasks as the kernel has them.\n\nCommands:\n", stdout);
	for (c = commands; c->name; c++)
		printf(" %-23s %s\n", *c->name ? c->name : *c->args ? c->args : "(none)", c->help);
	fputs("\n"
	      " NS is one of TYPE:[INUM], TYPE:INUM, INUM, TYPE:NAME, NAME (of ip netns),\n"
	      " a path (/proc/1/ns/net), PID/TYPE; of INUM, the last digits that are unique\n"
	      " are enough; TYPE is one of cgroup, ipc, mnt, net, pid, time, user, uts.\n", stdout);
	options_print(stdout);
	fputs("\nExit status: 0 done, 1 failed, 2 wrong usage, 3 no such task or namespace,\n"
	      " 4 the module is not loaded, 5 not permitted, 6 diff --exit-code: they differ.\n"
	      "\nColumns:\n", stdout);
	columns_print(&ns_columns, stdout);
}

/* No pid is larger, and no inode number of a namespace is smaller. */
#define PID_LIMIT (4 * 1024 * 1024)

static bool is_number(const char *word)
{
	return *word && !word[strspn(word, "0123456789")];
}

/* Does it name a namespace, whatever is in the picture? Names and last digits alone do not. */
static bool is_ns(const char *word)
{
	uint32_t number;

	if (is_number(word))
		return parse_number(word, &number) || number > PID_LIMIT;
	return strpbrk(word, "/:");
}

/* What somebody may have meant who gave a word that is no command; NULL: not known. */
static const char *option_meant(const char *word)
{
	static const struct {
		const char *word, *meant;
	} hints[] = {
		{ "process", "--tree=process" }, { "owner", "--tree=owner" },
		{ "parent", "--tree=parent" }, { "auto", "--color=auto" },
		{ "always", "--color=always" }, { "never", "--color=never" },
		{ "tree", "--tree" }, { "sets", "--sets" }, { "list", "--list" }, { "json", "--json" },
		{ "dot", "--dot" }, { "help", "--help" }, { "version", "--version" },
	};
	size_t i;

	for (i = 0; i < sizeof(hints) / sizeof(*hints); i++)
		if (!strcmp(hints[i].word, word))
			return hints[i].meant;
	return NULL;
}

/*
 * The command that the first word names, which is taken away. A word that is
 * none can be the name or the number of a namespace if no other one follows.
 */
static const struct command *find_command(struct options *o, int *argc, char ***argv)
{
	const char *word = **argv;
	const struct command *c;

	if (!*argc)
		return &commands[o->sets ? COMMAND_SETS : COMMAND_LIST];
	for (c = commands; c->name; c++) {
		if (*c->name && !strcmp(c->name, word)) {
			(*argc)--;
			(*argv)++;
			return c;
		}
	}
	if (!is_ns(word)) {
		if (*argc > 1 || type_parse(word, strlen(word)) >= 0)
			return NULL;
		o->bare = true;
	}
	return &commands[COMMAND_MEMBERS];
}

/* Do they differ in one letter too many, too few or wrong, or in two that are swapped? */
static bool is_mistyped(const char *word, const char *name)
{
	size_t same = 0, len = strlen(word), of = strlen(name);

	while (same < len && word[same] == name[same])
		same++;
	word += same;
	name += same;
	len -= same;
	of -= same;
	if (len == of && len >= 2 && word[0] == name[1] && word[1] == name[0] &&
	    !strcmp(word + 2, name + 2))
		return true;
	return (len == of && len && !strcmp(word + 1, name + 1)) ||
	       (len == of + 1 && !strcmp(word + 1, name)) ||
	       (len + 1 == of && !strcmp(word, name + 1));
}

/* @more: other words follow it. */
static int no_command(const char *word, bool more)
{
	const char *meant = option_meant(word);
	const struct command *c;

	/* Trees show the last digits of inode numbers, five or more. */
	if (is_number(word) && strlen(word) < 5)
		return fail(STATUS_USAGE, "there is no command '%s'; did you mean 'nsinspect task "
			    "%s'?", word, word);
	if (is_number(word))
		return fail(STATUS_USAGE, "there is no command '%s'; did you mean 'nsinspect task "
			    "%s' or 'nsinspect ns %s'?", word, word, word);
	if (meant)
		return fail(STATUS_USAGE, "there is no command '%s'; did you mean '%s'?", word,
			    meant);
	if (type_parse(word, strlen(word)) >= 0)
		return fail(STATUS_USAGE, "there is no command '%s'; did you mean '--type=%s'?",
			    word, word);
	for (c = commands; c->name; c++)
		if (*c->name && is_mistyped(word, c->name))
			return fail(STATUS_USAGE, "there is no command '%s'; did you mean "
				    "'nsinspect %s'?", word, c->name);
	if (more)
		return fail(STATUS_USAGE, "there is no command '%s'; for several namespaces: "
			    "nsinspect ns NS...; for help: nsinspect --help", word);
	return fail(STATUS_USAGE, "there is no command and no namespace '%s'; for help: "
		    "nsinspect --help", word);
}

static int check_arguments(const struct command *c, int argc)
{
	if (argc < c->min_args)
		return fail(STATUS_USAGE, "%s: an argument is missing: nsinspect %s %s", c->name,
			    c->name, c->args);
	if (c->max_args >= 0 && argc > c->max_args)
		return fail(STATUS_USAGE, "too many arguments: nsinspect %s%s%s", c->name,
			    *c->name && *c->args ? " " : "", c->args);
	return STATUS_DONE;
}

static int run(int argc, char **argv)
{
	const struct command *c;
	const int after = options_after(argc, argv);
	struct options o;
	enum early early;
	int status;

	status = options_parse(&o, &early, argc, argv);
	if (status)
		return status;
	switch (early) {
	case EARLY_HELP:
		help();
		return STATUS_DONE;
	case EARLY_VERSION:
		printf("nsinspect %s\n", tool_version);
		return STATUS_DONE;
	case EARLY_NONE:
		break;
	}
	argc -= optind;
	argv += optind;
	c = find_command(&o, &argc, &argv);
	if (!c)
		return no_command(*argv, argc > 1);
	/* As many as were behind --, unless the command itself was. */
	if (c->starts && after >= 0 && argc >= after) {
		argc -= after;
		o.command = argv + argc;
	}
	status = options_check(&o, c);
	if (!status)
		status = check_arguments(c, argc);
	if (status)
		return status;
	if (o.form == FORM_COLUMNS) {
		columns_print(c->columns, stdout);
		return STATUS_DONE;
	}

	o.ascii = o.ascii || !text_utf8();
	o.color = color_wanted(o.color_when, stdout);
	status = c->run(&o, argc, argv);
	return status == STATUS_NO_COMMAND ? no_command(*argv, false) : status;
}

int main(int argc, char **argv)
{
	int status, reason, closed;

	setlocale(LC_CTYPE, "");
	status = run(argc, argv);
	reason = errno;
	names_forget_users();
	/* One line says what was wrong: the first. */
	if (status && status != STATUS_DIFFERENT)
		return status;
	closed = close_output(reason);
	return closed ? closed : status;
}
