// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect: what it is asked, and how it ends.
 */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "columns.h"
#include "commands.h"
#include "output.h"
#include "text.h"

const struct command commands[] = {
	{ "", "", "list the namespaces, or draw them as asked", 0, 0, true, cmd_list },
	{ "task", "PID...", "one task: its slots, pid levels, nsproxy and who shares it",
	  1, -1, false, cmd_task },
	{ "ns", "NS...", "one namespace: facts, members, parent, children, owned",
	  1, -1, false, cmd_ns },
	{ "pid", "NR", "the number of a task at every level, both ways",
	  1, 1, false, cmd_pid },
	{ 0 }
};

enum {
	OPT_TREE = 'T',
	OPT_DOT = 0x100,
	OPT_THREADS,
	OPT_COLOR,
	OPT_ASCII,
	OPT_SAVE,
	OPT_FROM,
	OPT_KTHREADS,
	OPT_NO_FOLD,
	OPT_IN,
	OPT_SHARERS,
};

static const struct option long_options[] = {
	{ "type",	  required_argument, NULL, 't' },
	{ "task",	  required_argument, NULL, 'p' },
	{ "output",	  required_argument, NULL, 'o' },
	{ "noheadings",	  no_argument,	     NULL, 'n' },
	{ "raw",	  no_argument,	     NULL, 'r' },
	{ "json",	  no_argument,	     NULL, 'J' },
	{ "list-columns", no_argument,	     NULL, 'H' },
	{ "notruncate",	  no_argument,	     NULL, 'u' },
	{ "version",	  no_argument,	     NULL, 'V' },
	{ "help",	  no_argument,	     NULL, 'h' },
	{ "tree",	  optional_argument, NULL, OPT_TREE },
	{ "dot",	  no_argument,	     NULL, OPT_DOT },
	{ "threads",	  no_argument,	     NULL, OPT_THREADS },
	{ "color",	  optional_argument, NULL, OPT_COLOR },
	{ "ascii",	  no_argument,	     NULL, OPT_ASCII },
	{ "save",	  required_argument, NULL, OPT_SAVE },
	{ "from",	  required_argument, NULL, OPT_FROM },
	{ "kthreads",	  no_argument,	     NULL, OPT_KTHREADS },
	{ "no-fold",	  no_argument,	     NULL, OPT_NO_FOLD },
	{ "in",		  required_argument, NULL, OPT_IN },
	{ "sharers",	  no_argument,	     NULL, OPT_SHARERS },
	{ 0 }
};

static void help(void)
{
	const struct command *c;

	fputs("Usage:\n", stdout);
	for (c = commands; c->name; c++)
		printf(" nsinspect [options]%s%s%s%s\n", *c->name ? " " : "", c->name,
		       *c->args ? " " : "", c->args);
	fputs("\nThe namespaces of all tasks, straight from the kernel.\n\nCommands:\n", stdout);
	for (c = commands; c->name; c++)
		printf(" %-22s %s\n", *c->name ? c->name : "(none)", c->help);
	fputs("\n"
	      " NS is one of TYPE:[INUM], TYPE:INUM, INUM, a path (/proc/1/ns/net), PID/TYPE;\n"
	      " TYPE is one of cgroup, ipc, mnt, net, pid, time, user, uts.\n"
	      "\nWhat is shown:\n"
	      " -t, --type TYPE[,...]  only namespaces of these types\n"
	      " -p, --task PID         only what this task is in\n"
	      "     --threads          every thread, not only those that differ from their leader\n"
	      "     --in NS            pid: NR is a number in this pid namespace\n"
	      "     --sharers          task: who shares the nsproxy\n"
	      "\nHow:\n"
	      " -T, --tree[=process|owner|parent]\n"
	      "                        a tree; of processes when nothing is said\n"
	      " -J, --json             JSON, schema nsinspect/1\n"
	      "     --dot              a graph for graphviz\n"
	      " -o, --output LIST      columns of the table; +LIST adds to the default ones\n"
	      " -n, --noheadings       no heading\n"
	      " -r, --raw              columns without alignment\n"
	      " -u, --notruncate       never cut a column short\n"
	      "     --kthreads         tree: every kernel thread\n"
	      "     --no-fold          tree: identical children one by one\n"
	      "     --color[=auto|always|never]\n"
	      "     --ascii            only ASCII characters\n"
	      "\nPictures:\n"
	      "     --save FILE        keep the whole picture in FILE; draw it only if asked to\n"
	      "     --from FILE        a picture from FILE instead of one from the kernel\n"
	      "\n"
	      " -H, --list-columns     list the columns\n"
	      " -V, --version          print the version\n"
	      " -h, --help             print this\n"
	      "\nExit status: 0 done, 1 failed, 2 wrong usage, 3 no such task or namespace,\n"
	      " 4 the module is not loaded, 5 not permitted.\n"
	      "\nColumns:\n", stdout);
	columns_print(stdout);
}

static int parse_types(const char *list, uint32_t *types)
{
	for (;;) {
		size_t len = strcspn(list, ",");
		int type = type_parse(list, len);

		if (type < 0)
			return fail(STATUS_USAGE, "--type: there is no type '%.*s'; there are "
				    "cgroup, ipc, mnt, net, pid, time, user and uts",
				    (int)len, list);
		*types |= 1u << type;
		list += len;
		if (!*list++)
			return STATUS_DONE;
	}
}

static int set_form(struct options *o, enum form form)
{
	/* --tree --json says how twice; JSON is the same for every tree. */
	if (o->form != FORM_TABLE && o->form != form)
		return fail(STATUS_USAGE, "--tree, --json and --dot exclude each other");
	o->form = form;
	o->drawn = true;
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

static int parse_option(struct options *o, int opt, const char *arg)
{
	switch (opt) {
	case 't':
		o->drawn = true;
		return parse_types(arg, &o->types);
	case 'p':
		o->drawn = true;
		if (parse_number(arg, &o->task))
			return fail(STATUS_USAGE, "--task: '%s' is not a pid", arg);
		break;
	case 'o':
		o->drawn = true;
		o->columns = arg;
		break;
	case 'n':
		o->noheadings = true;
		break;
	case 'r':
		o->raw = true;
		break;
	case 'J':
		return set_form(o, FORM_JSON);
	case 'u':
		o->notruncate = true;
		break;
	case OPT_TREE:
		return parse_tree(o, arg);
	case OPT_DOT:
		return set_form(o, FORM_DOT);
	case OPT_THREADS:
		o->threads = true;
		break;
	case OPT_COLOR:
		return parse_color(o, arg);
	case OPT_ASCII:
		o->ascii = true;
		break;
	case OPT_SAVE:
		o->save = arg;
		break;
	case OPT_FROM:
		o->from = arg;
		break;
	case OPT_KTHREADS:
		o->kthreads = true;
		break;
	case OPT_NO_FOLD:
		o->no_fold = true;
		break;
	case OPT_IN:
		o->in = arg;
		break;
	case OPT_SHARERS:
		o->sharers = true;
		break;
	}
	return STATUS_DONE;
}

static const struct command *find_command(int *argc, char ***argv)
{
	const struct command *c;

	if (!*argc)
		return &commands[0];
	for (c = commands + 1; c->name; c++) {
		if (!strcmp(c->name, **argv)) {
			(*argc)--;
			(*argv)++;
			return c;
		}
	}
	return NULL;
}

/* An option that would say nothing is a mistake of whoever gave it. */
static int check(const struct options *o, const struct command *c, int argc)
{
	if (argc < c->min_args)
		return fail(STATUS_USAGE, "%s: say which: nsinspect %s %s", c->name, c->name, c->args);
	if (c->max_args >= 0 && argc > c->max_args)
		return fail(STATUS_USAGE, "%s: too many arguments: nsinspect %s %s", c->name,
			    c->name, c->args);
	if (!c->graph && (o->save || o->types || o->task || o->columns || o->threads ||
			  (o->form != FORM_TABLE && o->form != FORM_JSON)))
		return fail(STATUS_USAGE, "%s: takes none of --save, --type, --task, --output, "
			    "--threads, --tree, --dot", c->name);
	if (o->in && c->run != cmd_pid)
		return fail(STATUS_USAGE, "--in goes with the command pid");
	if (o->sharers && c->run != cmd_task)
		return fail(STATUS_USAGE, "--sharers goes with the command task");
	if (o->save && o->from)
		return fail(STATUS_USAGE, "--save and --from exclude each other: copy the file");
	if (o->columns && o->form != FORM_TABLE && o->form != FORM_OWNER_TREE &&
	    o->form != FORM_PARENT_TREE)
		return fail(STATUS_USAGE, "--output goes with a table or a tree of namespaces");
	return STATUS_DONE;
}

static int run(int argc, char **argv)
{
	struct options o = { 0 };
	const struct command *c;
	int opt, at, status;

	for (;;) {
		at = optind;
		opt = getopt_long(argc, argv, ":t:p:o:nrJHuVhT::", long_options, NULL);
		if (opt < 0)
			break;
		switch (opt) {
		case '?':
			if (optopt && optopt < 0x80)
				return fail(STATUS_USAGE, "there is no option -%c; "
					    "try nsinspect --help", optopt);
			return fail(STATUS_USAGE, "there is no option %s; try nsinspect --help",
				    argv[at]);
		case ':':
			return fail(STATUS_USAGE, "%s needs a value; try nsinspect --help", argv[at]);
		case 'H':
			columns_print(stdout);
			return STATUS_DONE;
		case 'V':
			puts("nsinspect " VERSION);
			return STATUS_DONE;
		case 'h':
			help();
			return STATUS_DONE;
		}
		status = parse_option(&o, opt, optarg);
		if (status)
			return status;
	}
	argc -= optind;
	argv += optind;
	c = find_command(&argc, &argv);
	if (!c)
		return fail(STATUS_USAGE, "there is no command '%s'; try nsinspect --help", *argv);
	status = check(&o, c, argc);
	if (status)
		return status;

	o.ascii = o.ascii || !text_utf8();
	o.color = color_wanted(o.color_when, stdout);
	return c->run(&o, argc, argv);
}

int main(int argc, char **argv)
{
	int status, reason;

	setlocale(LC_CTYPE, "");
	/* A closed pipe is a failed write like others. */
	signal(SIGPIPE, SIG_IGN);
	status = run(argc, argv);
	reason = errno;
	names_forget_users();
	/* One line says what was wrong: the first. */
	if (status)
		return status;
	return close_output(reason);
}
