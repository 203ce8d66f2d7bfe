// SPDX-License-Identifier: GPL-2.0
/*
 * The tool itself, on a saved picture: what it prints, where, and how it ends.
 * The pictures here were drawn by hand from world().
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "messages.h"

#define TOOL "../../userspace/nsinspect"

static const char *file;
static char *world_file;
static char out[65536], err[4096];
static char note[512];		/* the line that says of which host and time a picture is */

static void slurp(const char *path, char *buffer, size_t size)
{
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	buffer[fread(buffer, 1, size - 1, f)] = '\0';
	fclose(f);
	unlink(path);
}

static void take_note(void)
{
	char *end;

	*note = '\0';
	if (strncmp(err, "nsinspect: picture of host ", 27))
		return;
	end = strchr(err, '\n') + 1;
	assert_true((size_t)(end - err) < sizeof(note));
	memcpy(note, err, (size_t)(end - err));
	note[end - err] = '\0';
	memmove(err, end, strlen(end) + 1);
}

/* A shell's command line with $N for the tool and $F for the picture; its status. */
static int sh(const char *line)
{
	char command[1024], o[80], e[80];
	int status;

	snprintf(o, sizeof(o), "%s.out", file);
	snprintf(e, sizeof(e), "%s.err", file);
	snprintf(command, sizeof(command), "N=%s; F=%s; { %s; } >%s 2>%s </dev/null", TOOL, file,
		 line, o, e);
	status = system(command);
	slurp(o, out, sizeof(out));
	slurp(e, err, sizeof(err));
	take_note();
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void one_line(void)
{
	if (strncmp(err, "nsinspect: ", 11) || strchr(err, '\n') != err + strlen(err) - 1)
		fail_msg("not one line: '%s'", err);
}

static void test_list(void **state)
{
	(void)state;
	assert_int_equal(sh("$N --from $F -t net"), 0);
	assert_string_equal(out,
		"        NS TYPE NPROCS PID USER  NETNSID NSFS            COMMAND\n"
		"4026531840 net       4   1 0                             systemd\n"
		"4026532300 net       1 830 alice         /run/netns/blue nginx: master process\n"
		"4026532330 net       0                                   \n");
	assert_string_equal(err, "");
	assert_string_equal(note, "nsinspect: picture of host lab (kernel 6.12.0), taken at "
			    "2023-11-14 22:13:20 +0000; command lines are of that time, too\n");
	/* One type has no NETNSID and no NSFS column unless it is net. */
	assert_int_equal(sh("$N --from $F -t uts -n"), 0);
	assert_string_equal(out,
		"4026531838 uts       4   1 0     systemd\n"
		"4026532320 uts       0 831 alice nginx\n");
	assert_int_equal(sh("$N -r --from $F -o NS,TYPE,PNS,ONS,LEVEL,REFS,INITIAL -t pid,user"), 0);
	assert_string_equal(out,
		"NS TYPE PNS ONS LEVEL REFS INITIAL\n"
		"4026531836 pid  4026531837 0 5 yes\n"
		"4026531837 user   0 5 yes\n"
		"4026532305 pid 4026531836 4026532310 1 4 no\n"
		"4026532310 user 4026531837 4026531837 1 9 no\n");
	assert_int_equal(sh("$N --from $F -p 812 -o NS,TYPE -n -t pid"), 0);
	assert_string_equal(out, "4026531836 pid\n4026532305 pid\n");
	/* How many and who is first are those of the whole system. */
	assert_int_equal(sh("$N --from $F -p 831 -o TYPE,NPROCS,PID -n -t cgroup,uts,net"), 0);
	assert_string_equal(out,
		"cgroup      4   1\n"
		"net         1 830\n"
		"uts         0 831\n");
}

static void test_trees_of_namespaces(void **state)
{
	(void)state;
	assert_int_equal(sh("$N --ascii --from $F --tree=owner -o NS,TYPE -n -t user,net"), 0);
	assert_string_equal(out,
		"4026531837     user\n"
		"|-4026531840   net\n"
		"|-4026532310   user\n"
		"| `-4026532300 net\n"
		"`-4026532330   net\n");
	assert_int_equal(sh("$N --ascii --from $F --tree=parent -o NS,TYPE -n -t pid,user"), 0);
	assert_string_equal(out,
		"4026531836   pid\n"
		"`-4026532305 pid\n"
		"4026531837   user\n"
		"`-4026532310 user\n");
}

static void test_task(void **state)
{
	(void)state;
	assert_int_equal(sh("LC_ALL=C.UTF-8 $N --from $F task 830"), 0);
	assert_string_equal(out,
		"task 830 nginx\n"
		"  state      S, child of 812, uid 1000 (alice)\n"
		"  pid        830\xe2\x86\x92" "1\n"
		"  levels      0      830  in pid:[4026531836] (initial)\n"
		"              1        1  in pid:[4026532305]\n"
		"  nsproxy    refs 1, not shared\n"
		"  slots\n"
		"    cgroup            4026531835  initial\n"
		"    ipc               4026531839  initial\n"
		"    mnt               4026531841  initial\n"
		"    net               4026532300  blue  differs from parent's 4026531840\n"
		"    pid               4026532305  differs from parent's 4026531836\n"
		"    pid_for_children  4026532305\n"
		"    time              4026531834  initial\n"
		"    time_for_children 4026531834  initial\n"
		"    user              4026532310  differs from parent's 4026531837\n"
		"    uts               4026531838  initial\n");
	assert_int_equal(sh("$N task --from $F 812"), 0);
	assert_non_null(strstr(out, "pid_for_children  4026532305  pending: children will be in it\n"));
	assert_int_equal(sh("$N task --from $F 840"), 0);
	assert_non_null(strstr(out, "nsproxy    none: the task is exiting\n"));
	assert_non_null(strstr(out, "    net               -\n"));
	assert_int_equal(sh("$N task --from $F --sharers 1"), 0);
	assert_non_null(strstr(out, "  sharers          2  kthreadd\n"
				    "                   3  kworker/0:0\n"));
	assert_int_equal(sh("$N task --from $F 831"), 0);
	assert_non_null(strstr(out, "uts               4026532320  differs from leader's 4026531838\n"));
	/* Not compared with the parent, from which this differs. */
	assert_non_null(strstr(out, "net               4026532300  blue\n"));
}

static void test_ns(void **state)
{
	static const char *const names[] = {
		"net:[4026532300]", "net:4026532300", "4026532300", "830/net", "/run/netns/blue",
	};
	char line[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(line, sizeof(line), "LC_ALL=C.UTF-8 $N ns '%s' --from $F", names[i]);
		assert_int_equal(sh(line), 0);
		assert_string_equal(out,
			"net:[4026532300] blue\n"
			"  id         1234605616436508552\n"
			"  active     yes\n"
			"  refs       3\n"
			"  mounted at /run/netns/blue\n"
			"  owner      user:[4026532310]\n"
			"  tasks      2, in 1 process\n"
			"  members    830\xe2\x86\x92" "1 nginx\n");
	}
	assert_int_equal(sh("LC_ALL=C $N --from $F ns 830/pid"), 0);
	assert_non_null(strstr(out, "  parent     pid:[4026531836] (initial)\n"));
	assert_non_null(strstr(out, "  members    830->1 nginx\n"));
	/* 830 and 831 have it for children as well, and are in it. */
	assert_non_null(strstr(out, "  pending    812 sh\n"));
	assert_string_equal(strstr(out, "  pending"), "  pending    812 sh\n");
	assert_int_equal(sh("$N --from $F ns 831/uts"), 0);
	assert_non_null(strstr(out, "nginx (thread of 830)\n"));
	assert_int_equal(sh("$N --from $F ns user:4026531837"), 0);
	assert_non_null(strstr(out, "  children   user:[4026532310]\n"));
	assert_non_null(strstr(out, "  owned      cgroup:[4026531835] (initial)\n"));
}

static void test_pid(void **state)
{
	(void)state;
	assert_int_equal(sh("LC_ALL=C $N --from $F pid 830"), 0);
	assert_string_equal(out,
		"830->1 nginx\n"
		"  levels      0      830  in pid:[4026531836] (initial)\n"
		"              1        1  in pid:[4026532305]\n");
	/* The other way: 2 in the container is 831 here. */
	assert_int_equal(sh("LC_ALL=C $N --from $F pid 2 --in 830/pid"), 0);
	assert_int_equal(strncmp(out, "831->2 nginx\n", 13), 0);
	assert_int_equal(sh("$N --from $F pid 9 --in 830/pid"), 3);
	one_line();
	assert_int_equal(sh("$N --from $F pid 1 --in 830/net"), 2);
	one_line();
}

static void test_statuses(void **state)
{
	static const struct {
		int status;
		const char *line;
	} rows[] = {
		{ 2, "$N -t foo" }, { 2, "$N -t net,foo" },
		{ 2, "$N -p x" }, { 2, "$N -p 0" }, { 2, "$N -o BOGUS" },
		{ 2, "$N --tree=foo" }, { 2, "$N --color=foo" }, { 2, "$N bogus" }, { 2, "$N task" },
		{ 2, "$N task x" }, { 2, "$N ns" }, { 2, "$N ns net" }, { 2, "$N pid" },
		{ 2, "$N pid 1 2" }, { 2, "$N pid 1 --in x" }, { 2, "$N --in 1/pid" },
		{ 2, "$N --sharers" }, { 2, "$N --json --dot" }, { 2, "$N --tree --json" },
		{ 2, "$N task 1 --dot" }, { 2, "$N --save x --from x" }, { 2, "$N --json -o NS" },
		{ 2, "$N task 1 --save x" }, { 2, "$N --save - --json" }, { 2, "$N --save - -t net" },
		{ 2, "$N -H -J" }, { 2, "$N --raw -u" }, { 2, "$N -p 1 --json --threads" },
		{ 3, "$N --from $F task 5" }, { 3, "$N --from $F -p 5" },
		{ 3, "$N --from $F task 5 --json" }, { 3, "$N --from $F task 5 6 --json" },
		{ 3, "$N --from $F --tree -p 5" }, { 3, "$N --from $F ns net:[7]" },
		{ 3, "$N --from $F ns 7" }, { 3, "$N --from $F ns 5/net" },
		{ 3, "$N --from $F ns 840/net" }, { 3, "$N --from $F ns /run/netns/red" },
		{ 3, "$N --from $F ns 7 --json" }, { 3, "$N --from $F pid 5" },
		{ 1, "$N --from /nonexistent" }, { 1, "$N --from /" }, { 1, "$N --from /dev/null" },
		{ 1, "$N --from $N" },
		{ 1, "$N --from $F >/dev/full" }, { 1, "$N --from $F --json >/dev/full" },
		{ 1, "$N --from $F --tree >/dev/full" }, { 1, "$N --from $F --dot >/dev/full" },
		{ 1, "$N --from $F task 1 >/dev/full" }, { 1, "$N --help >/dev/full" },
		{ 1, "$N --from $F --json >&-" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int status = sh(rows[i].line);

		if (status != rows[i].status)
			fail_msg("%s: %d, not %d: %s", rows[i].line, status, rows[i].status, err);
		if (rows[i].status != 3 || !strstr(rows[i].line, "5 6"))
			one_line();
		assert_string_equal(out, "");
	}
}

/* The reader is gone before the tool begins to write: as other tools, it ends at that. */
static void test_closed_pipe(void **state)
{
	(void)state;
	assert_int_equal(sh("mkfifo $F.p; sh -c 'exec <\"$0\"' $F.p & exec 3>$F.p; wait; rm $F.p; "
			    "$N --from $F --json >&3"), 128 + SIGPIPE);
	assert_string_equal(err, "");
}

/* A file that can be read only once. */
static void test_from_a_pipe(void **state)
{
	static const char *const rows[] = {
		"", "--tree", "--tree=owner", "--json", "--dot", "task 830", "task 830 812",
		"task 830 --sharers", "task 830 --json", "task 830 812 --json", "ns 830/net 1/pid",
		"ns 830/net --json", "pid 830", "pid 1 --in 830/pid", "pid 830 --json",
	};
	static const char *const ways[] = {
		"cat $F | $N --from - %s", "cat $F | $N --from /dev/stdin %s", "$N --from - %s <$F",
		"mkfifo $F.p; cat $F >$F.p & $N --from $F.p %s; rm $F.p",
	};
	static char expected[65536];
	char line[256];
	size_t i, way;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(line, sizeof(line), "$N --from $F %s", rows[i]);
		assert_int_equal(sh(line), 0);
		strcpy(expected, out);
		for (way = 0; way < sizeof(ways) / sizeof(*ways); way++) {
			snprintf(line, sizeof(line), ways[way], rows[i]);
			assert_int_equal(sh(line), 0);
			assert_string_equal(err, "");
			assert_string_equal(out, expected);
		}
	}
}

/* What getopt_long() says, and where to read on. */
static void test_usage(void **state)
{
	static const struct {
		const char *line, *words;
	} rows[] = {
		{ "--json=1", "option '--json' doesn't allow an argument" },
		{ "task 1 --foo", "unrecognized option '--foo'" },
		{ "--bogus", "unrecognized option '--bogus'" },
		{ "task 1 -t", "option requires an argument -- 't'" },
		{ "-o", "option requires an argument -- 'o'" },
		{ "--from", "option '--from' requires an argument" },
		{ "-x", "invalid option -- 'x'" },
		{ "task 1 -x", "invalid option -- 'x'" },
		{ "--t", "option '--t' is ambiguous; possibilities: '--type' '--task' '--threads' "
			 "'--tree'" },
	};
	char line[64], expected[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(line, sizeof(line), "$N %s", rows[i].line);
		assert_int_equal(sh(line), 2);
		snprintf(expected, sizeof(expected), "nsinspect: %s\n"
			 "Try 'nsinspect --help' for more information.\n", rows[i].words);
		assert_string_equal(err, expected);
		assert_string_equal(out, "");
	}
}

/*
 * Which command and form takes which option: written down here once more, since
 * whoever changes the table of the tool has to mean it.
 */
static void test_options(void **state)
{
	static const char *const options[] = {
		"--type=net", "--task=1", "--threads", "--in=1/pid", "--sharers", "--output=NS",
		"--noheadings", "--raw", "--notruncate", "--kthreads", "--no-fold", "--color",
		"--ascii",
	};
	static const struct {
		const char *use, *takes;
	} rows[] = {
		{ "", "--type --task --output --noheadings --raw --notruncate --color --ascii " },
		{ "--tree=owner", "--type --task --output --noheadings --raw --notruncate --color --ascii " },
		{ "--tree=parent", "--type --task --output --noheadings --raw --notruncate --color --ascii " },
		{ "--tree", "--type --task --threads --notruncate --kthreads --no-fold --color "
			    "--ascii " },
		{ "--json", "--type --task --threads " },
		{ "--dot", "--type --task --threads " },
		{ "task 1", "--sharers --color --ascii " },
		{ "task 1 --json", "--sharers " },
		{ "ns 1/net", "--notruncate --color --ascii " },
		{ "ns 1/net --json", "" },
		{ "pid 1", "--in --color --ascii " },
		{ "pid 1 --json", "--in " },
	};
	char line[128], name[32];
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (k = 0; k < sizeof(options) / sizeof(*options); k++) {
			size_t len = strcspn(options[k], "=");
			bool takes;
			int status;

			snprintf(name, sizeof(name), "%.*s ", (int)len, options[k]);
			takes = strstr(rows[i].takes, name);
			snprintf(line, sizeof(line), "$N --from $F %s %s", rows[i].use, options[k]);
			status = sh(line);
			if (status != (takes ? 0 : 2))
				fail_msg("%s: %d: %s", line, status, err);
			if (takes)
				continue;
			/* Which option, and what it does not apply to. */
			one_line();
			name[len] = '\0';
			snprintf(line, sizeof(line), "nsinspect: %s does not apply to ", name);
			assert_memory_equal(err, line, strlen(line));
			assert_string_equal(out, "");
		}
	}
	/* And what takes it. */
	assert_int_equal(sh("$N --threads"), 2);
	assert_string_equal(err, "nsinspect: --threads does not apply to the list; use it with --tree, "
			    "--json or --dot\n");
	assert_int_equal(sh("$N --save $F.x -n"), 2);
	assert_string_equal(err, "nsinspect: --noheadings does not apply to --save alone; use it with "
			    "the list or --tree=owner|parent\n");
	assert_int_equal(sh("$N task 1 --dot"), 2);
	assert_string_equal(err, "nsinspect: --dot does not apply to task; use it without a command\n");
	assert_int_equal(sh("$N ns 1/net --from $F --save $F.x"), 2);
	assert_string_equal(err, "nsinspect: --save does not apply to ns; use it with the list, "
			    "--tree=owner|parent, --tree, --json, --dot or --save alone\n");
}

/* Each option is in the help and in what shells complete. */
static void test_help(void **state)
{
	static char help[65536];
	char line[160], *at;
	size_t n = 0;

	(void)state;
	assert_int_equal(sh("$N --help"), 0);
	assert_non_null(strstr(out, " -T, --tree[=process|owner|parent]\n"
				    "                         draw a tree (default: process)\n"));
	strcpy(help, out);
	for (at = help; (at = strstr(at, "--")) && at < strstr(help, "Which options"); n++) {
		size_t len = strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-") + 2;

		snprintf(line, sizeof(line), "for f in ../../userspace/completions/*; do "
			 "grep -qe '%.*s' $f || echo $f; done", (int)len, at);
		assert_int_equal(sh(line), 0);
		assert_string_equal(out, "");
		at += len;
	}
	assert_true(n >= 21);
}

/* With and without company, from the kernel's one answer or another: the same. */
static void test_task_json(void **state)
{
	static char alone[65536];

	(void)state;
	assert_int_equal(sh("$N --from $F task 830 --json"), 0);
	strcpy(alone, out);
	assert_non_null(strstr(alone, "\"tid\":830"));
	/* The parent that it is compared with is not in it. */
	assert_null(strstr(alone, "\"tid\":812"));
	assert_null(strstr(alone, "\"tasks\":1"));
	assert_null(strstr(alone, "\"procs\":1"));
	assert_int_equal(sh("$N --from $F task 830 830 --json"), 0);
	assert_string_equal(out, alone);
	assert_int_equal(sh("$N --from $F task 830 --sharers --json"), 0);
	assert_non_null(strstr(out, "\"tasks\":1,"));
	assert_null(strstr(out, "\"tasks\":null"));
	assert_null(strstr(out, "\"procs\":null"));
	/* The same of pid. */
	assert_int_equal(sh("$N --from $F pid 830 --json"), 0);
	assert_null(strstr(out, "\"tasks\":1"));
	assert_null(strstr(out, "\"procs\":1"));
}

static void test_task_of_shared_inum(void **state)
{
	struct saved s = { 0 };

	(void)state;
	put_snapshot(&s.messages, 2, 0, 2);
	put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_USER, .inum = 30, .node = 1 });
	put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_USER, .inum = 30, .node = 2 });
	put_task(&s.messages, &(struct task){ .tid = 1, .tgid = 1, .state = 'S', .user_inum = 30,
		 .user_node = 1 }, NULL, 0);
	put_task(&s.messages, &(struct task){ .tid = 2, .tgid = 2, .ppid = 1, .state = 'S',
		 .user_inum = 30, .user_node = 2 }, NULL, 0);
	file = save_picture(&s);
	free(s.messages.bytes);
	assert_int_equal(sh("$N --from $F task 2"), 0);
	assert_non_null(strstr(out, "user                      30  differs from parent's 30\n"));
	unlink(file);
	file = world_file;
}

/* A name of a namespace that was not in the picture leads nowhere, also before one that was. */
static void test_name_of_no_namespace(void **state)
{
	struct saved s = { 0 };

	(void)state;
	world(&s.messages);
	assert_int_equal(names_add(&s.names, NAME_NETNS, NSINSPECT_NS_TYPE_NET, 7, "odd"), 0);
	assert_int_equal(names_add(&s.names, NAME_NSFS, NSINSPECT_NS_TYPE_UTS, THREAD_UTS,
				   "/run/netns/odd"), 0);
	assert_int_equal(names_add(&s.names, NAME_USER, 0, INIT_NET, "/run/netns/user"), 0);
	assert_int_equal(names_add(&s.names, NAME_COMMAND, 0, 1, "/run/netns/command"), 0);
	file = save_picture(&s);
	free(s.messages.bytes);
	names_free(&s.names);
	assert_int_equal(sh("$N --from $F ns /run/netns/odd"), 0);
	assert_memory_equal(out, "uts:[4026532320]\n", 17);
	assert_int_equal(sh("$N --from $F ns /run/netns/user"), 3);
	assert_non_null(strstr(err, "no namespace was mounted there"));
	assert_int_equal(sh("$N --from $F ns /run/netns/command"), 3);
	assert_non_null(strstr(err, "no namespace was mounted there"));
	unlink(file);
	file = world_file;
}

/* Of whose picture it is, people are told; programs know what they asked for. */
static void test_note(void **state)
{
	static const struct {
		const char *line;
		bool said;
	} rows[] = {
		{ "", true }, { "--tree", true }, { "--tree=owner", true }, { "task 830", true },
		{ "task 830 1 --sharers", true }, { "ns 1/net", true }, { "pid 1", true },
		{ "-n", false }, { "-r", false }, { "--tree=owner -n", false }, { "--json", false },
		{ "--dot", false }, { "task 830 --json", false }, { "ns 1/net -J", false },
		{ "pid 1 -J", false },
	};
	char line[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(line, sizeof(line), "$N --from $F %s", rows[i].line);
		assert_int_equal(sh(line), 0);
		assert_string_equal(err, "");
		if (!*note == rows[i].said)
			fail_msg("%s: '%s'", line, note);
	}
}

static void test_consistency(void **state)
{
	static const struct {
		int consistent, watch;
		const char *words;
	} rows[] = {
		{ 1, NSINSPECT_WATCH_ON, "" },
		{ 1, -1, "" },
		{ 0, NSINSPECT_WATCH_ON, "nsinspect: namespaces changed while this picture was taken: "
			"what is shown may mix before and after\n" },
		{ -1, NSINSPECT_WATCH_OFF, "nsinspect: it is not known whether namespaces changed while "
			"the picture was taken: kernel probes were switched off; to switch them on: "
			"echo 1 >/sys/kernel/debug/kprobes/enabled; sysctl kernel.ftrace_enabled=1\n" },
		{ -1, NSINSPECT_WATCH_MISSING, "nsinspect: it is not known whether namespaces changed "
			"while the picture was taken: the module has no kernel probes; the kernel log "
			"has the reason: dmesg | grep nsinspect\n" },
		{ -1, -1, "nsinspect: it is not known whether namespaces changed while the picture "
			"was taken: the module does not say why\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct snapshot snapshot = {
			.consistent = rows[i].consistent, .watch = rows[i].watch, .namespaces = 1,
			.tasks = 1,
		};
		const struct task t = { .tid = 1, .tgid = 1, .state = 'S', .user_inum = 7 };
		struct saved s = { 0 };

		put_snapshot_as(&s.messages, &snapshot);
		put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_USER, .inum = 7 });
		put_task(&s.messages, &t, NULL, 0);
		file = save_picture(&s);
		free(s.messages.bytes);
		assert_int_equal(sh("$N --from $F"), 0);
		assert_string_equal(err, rows[i].words);
		assert_int_equal(sh("$N --from $F task 1 --json"), 0);
		assert_string_equal(err, rows[i].words);
		unlink(file);
	}
	file = world_file;
}

/* A picture that the first version saved. */
static void test_landed(void **state)
{
	(void)state;
	if (*(const char *)&(const int){ 1 } != 1)
		skip();
	assert_int_equal(sh("$N --from landed.picture -n -o NS,TYPE,COMMAND -t net"), 0);
	assert_string_equal(out,
		"4026531840 net  systemd\n"
		"4026532300 net  nginx\n"
		"4026532330 net  \n");
	assert_string_equal(err, "");
	assert_int_equal(sh("$N --from landed.picture task 830 --json"), 0);
	assert_non_null(strstr(out, "\"consistent\":true"));
	assert_int_equal(sh("$N --from landed.picture --tree"), 0);
	assert_int_equal(sh("$N --from landed.picture ns /run/netns/blue"), 0);
	assert_string_equal(err, "");
}

/* Only tests take warnings for errors: a later compiler has others. */
static void test_user_build(void **state)
{
	(void)state;
	unsetenv("WERROR");
	unsetenv("MAKEFLAGS");
	assert_int_equal(sh("make -n -B -C ../../userspace nsinspect"), 0);
	assert_non_null(strstr(out, "-Wall"));
	assert_null(strstr(out, "-Werror"));
	assert_int_equal(sh("make -n -B -C ../../userspace WERROR=1 nsinspect"), 0);
	assert_non_null(strstr(out, "-Werror"));
}

static void test_good(void **state)
{
	static const char *const rows[] = {
		"$N -h", "$N -V", "$N -H", "$N --from $F --json task 1",
		"$N --from $F task 1 --json", "$N --from $F task 1 2 --json",
		"$N --from $F --json ns 830/net", "$N --from $F --json pid 830",
		"$N --from $F --tree", "$N --from $F --dot", "$N --from $F -J", "$N --from - <$F",
		"$N --from $F -t net -t uts,ipc", "$N --from $F --threads --json",
		"$N --from $F -T", "$N --from $F -r -n", "$N --from $F -u -n", "$N --from $F -o+NAME",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int status = sh(rows[i]);

		if (status || *err)
			fail_msg("%s: %d: %s", rows[i], status, err);
		assert_true(strlen(out) > 0);
	}
}

/* Colour where it is asked for, and nowhere else. */
static void test_color(void **state)
{
	(void)state;
	assert_int_equal(sh("$N --from $F task 830"), 0);
	assert_null(strchr(out, 033));
	assert_int_equal(sh("$N --from $F --color=always task 830"), 0);
	assert_non_null(strchr(out, 033));
	assert_int_equal(sh("$N --from $F --color=always"), 0);
	assert_non_null(strchr(out, 033));
	assert_int_equal(sh("$N --from $F --color=never --tree"), 0);
	assert_null(strchr(out, 033));
	assert_int_equal(sh("NO_COLOR=1 $N --from $F --tree"), 0);
	assert_null(strchr(out, 033));
}

static void test_ascii(void **state)
{
	static const char *const rows[] = {
		"LC_ALL=C $N --from $F --tree", "LC_ALL=C.UTF-8 $N --from $F --ascii --tree",
		"LC_ALL=C $N --from $F --tree=owner", "LC_ALL=C $N --from $F task 830",
		"LC_ALL=C $N --from $F ns 830/pid", "LC_ALL=C $N --from $F --dot",
	};
	size_t i;
	char *p;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(sh(rows[i]), 0);
		for (p = out; *p; p++)
			assert_true((signed char)*p > 0);
	}
}

static int begin(void **state)
{
	(void)state;
	unsetenv("COLUMNS");
	unsetenv("LC_ALL");
	setenv("LANG", "C", 1);
	setenv("TZ", "UTC", 1);
	file = world_file = strdup(save_world());
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(world_file);
	free(world_file);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_trees_of_namespaces),
		cmocka_unit_test(test_task),
		cmocka_unit_test(test_ns),
		cmocka_unit_test(test_pid),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_closed_pipe),
		cmocka_unit_test(test_from_a_pipe),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_task_json),
		cmocka_unit_test(test_task_of_shared_inum),
		cmocka_unit_test(test_name_of_no_namespace),
		cmocka_unit_test(test_note),
		cmocka_unit_test(test_consistency),
		cmocka_unit_test(test_landed),
		cmocka_unit_test(test_user_build),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_color),
		cmocka_unit_test(test_ascii),
	};

	return cmocka_run_group_tests_name("cli", tests, begin, end);
}
