// SPDX-License-Identifier: GPL-2.0
/*
 * The tool itself, on a saved picture: what it prints, where, and how it ends.
 * The pictures here were drawn by hand from world().
 */
#include <fcntl.h>
#include <setjmp.h>
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
static char out[65536], err[4096];

static void slurp(const char *path, char *buffer, size_t size)
{
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	buffer[fread(buffer, 1, size - 1, f)] = '\0';
	fclose(f);
	unlink(path);
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
		"4026532300 net       1 830 alice         /run/netns/blue nginx\n"
		"4026532330 net       0                                   \n");
	assert_string_equal(err, "");
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
		{ 2, "$N --bogus" }, { 2, "$N -x" }, { 2, "$N -t foo" }, { 2, "$N -t net,foo" },
		{ 2, "$N -p x" }, { 2, "$N -p 0" }, { 2, "$N -o BOGUS" }, { 2, "$N -o" },
		{ 2, "$N --tree=foo" }, { 2, "$N --color=foo" }, { 2, "$N bogus" }, { 2, "$N task" },
		{ 2, "$N task x" }, { 2, "$N ns" }, { 2, "$N ns net" }, { 2, "$N pid" },
		{ 2, "$N pid 1 2" }, { 2, "$N pid 1 --in x" }, { 2, "$N --in 1/pid" },
		{ 2, "$N --sharers" }, { 2, "$N --json --dot" }, { 2, "$N --tree --json" },
		{ 2, "$N task 1 --dot" }, { 2, "$N --save x --from x" }, { 2, "$N --json -o NS" },
		{ 2, "$N task 1 --save x" },
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

static void test_closed_pipe(void **state)
{
	(void)state;
	/* The reader is gone before the tool begins to write. */
	assert_int_equal(sh("mkfifo $F.p; sh -c 'exec <\"$0\"' $F.p & exec 3>$F.p; wait; rm $F.p; "
			    "$N --from $F --json >&3"), 1);
	assert_string_equal(err, "nsinspect: cannot write the output: Broken pipe\n");
}

static void test_good(void **state)
{
	static const char *const rows[] = {
		"$N -h", "$N -V", "$N -H", "$N --from $F --json task 1",
		"$N --from $F task 1 --json", "$N --from $F task 1 2 --json",
		"$N --from $F --json ns 830/net", "$N --from $F --json pid 830",
		"$N --from $F --tree", "$N --from $F --dot", "$N --from $F -J", "$N --from - <$F",
		"$N --from $F -t net -t uts,ipc", "$N --from $F --threads --json",
		"$N --from $F -T", "$N --from $F -u -r -n", "$N --from $F -o+NAME",
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
	file = save_world();
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(file);
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
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_color),
		cmocka_unit_test(test_ascii),
	};

	return cmocka_run_group_tests_name("cli", tests, begin, end);
}
