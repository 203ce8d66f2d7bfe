// SPDX-License-Identifier: GPL-2.0
/*
 * The tool itself, on a saved picture: what it prints, where, and how it ends.
 * The pictures here were drawn by hand from world().
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "keep.h"
#include "messages.h"

#define TOOL "../../userspace/nsinspect"

static const char *file;
static char *world_file;
static char *facts_file;
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
	keep_json(out);
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

/* What a picture of all says of namespaces that no task is in. */
static void test_found(void **state)
{
	(void)state;
	file = facts_file;
	assert_int_equal(sh("$N --from $F -t net,uts,time -o NS,NPROCS,COMMAND"), 0);
	assert_string_equal(out,
		"        NS NPROCS COMMAND\n"
		"4026531834      4 systemd\n"
		"4026531838      4 systemd\n"
		"4026531840      4 systemd\n"
		"4026532300      1 nginx: master process\n"
		"4026532320      0 nginx\n"
		"4026532330      0 (kernel's list, open file)\n"
		"4026532340      0 (open file)\n"
		"4026532342      0 (for children)\n");
	/* Programs have the same from a column of its own, and none in place of a command. */
	assert_int_equal(sh("$N --from $F -P -r -n -o NS,COMMAND,FOUND"), 0);
	assert_string_equal(out,
		"4026532330  kernel's\\x20list,\\x20open\\x20file\n"
		"4026532340  open\\x20file\n"
		"4026532341  file\\x20system,\\x20file\\x20in\\x20flight\n"
		"4026532342  for\\x20children\n");
	file = world_file;
	/* Libraries differ in how many blanks stand for two empty columns at the end. */
	assert_int_equal(sh("$N --from $F -P -n -o NS,COMMAND,FOUND | sed 's/ *$//'"), 0);
	assert_string_equal(out, "4026532330\n");
}

/* Without a process, the user is the one that made it, where that is known. */
static void test_user_of_empty(void **state)
{
	(void)state;
	file = facts_file;
	assert_int_equal(sh("$N --from $F -n -r -o TYPE,PID,UID,USER -t ipc,time -P"), 0);
	assert_string_equal(out, "ipc  1000 alice\ntime  0 0\n");
	file = world_file;
	assert_int_equal(sh("$N --from $F -n -r -o TYPE,PID,UID,USER -t net -P"), 0);
	assert_string_equal(out, "net   \n");
}

static void test_columns_of_facts(void **state)
{
	(void)state;
	file = facts_file;
	assert_int_equal(sh("$N --from $F -n -r -t uts -o HOSTNAME,DOMAINNAME,CREATOR,CREATOR_NAME"),
			 0);
	assert_string_equal(out, "lab (none)  \n" "worker (none) 100000 100000\n"
			    "web\\x1b[1m example.org 0 0\n");
	assert_int_equal(sh("$N --from $F -n -r -t ipc -o MSG,SEM,SHM,SHM_BYTES"), 0);
	assert_string_equal(out, "1 2 3 5000003584\n0 0 0 0\n");
	assert_int_equal(sh("$N --from $F -n -r -t time -o MONOTONIC,BOOTTIME"), 0);
	assert_string_equal(out, "0 0\n-86400.5 +7200\n");
	assert_int_equal(sh("$N --from $F -n -r -t pid -o REAPER,PIDS,PID_MAX,DYING"), 0);
	assert_string_equal(out, "1 7  no\n830 2 32768 no\n");
	assert_int_equal(sh("$N --from $F -n -t user -o SETGROUPS,UID_MAP,GID_MAP"), 0);
	assert_string_equal(out,
		"yes       0 -> 0 x 4294967295                    0 -> 0 x 4294967295\n"
		"no        0 -> 100000 x 65536, 65536 -> 1000 x 1 0 -> 100000 x 65536\n");
	assert_int_equal(sh("$N --from $F -n -r -t user -o OWNER_UID,OWNER_GID"), 0);
	assert_string_equal(out, "0 0\n1000 1000\n");
	assert_int_equal(sh("$N --from $F -n -r -t net,cgroup -o NS,LINKS,CGROUP_ROOT"), 0);
	assert_string_equal(out, "4026531835  /\n4026531840 2 \n4026532300 2 \n4026532330 1 \n");
	/* Not known is not none. */
	file = world_file;
	assert_int_equal(sh("$N --from $F -n -r -t net,pid -o NS,LINKS,DYING,PIDS,CREATOR"), 0);
	assert_string_equal(out, "4026531836    \n4026531840    \n4026532300    \n4026532305    \n"
			    "4026532330    \n");
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

/* A namespace as argument: the processes in it, as lsns has it. */
static void test_members(void **state)
{
	static const char *const names[] = {
		"4026531836", "pid:[4026531836]", "pid:31836", "1/pid", "812/pid", "-t pid 4026531836",
		"--tree 1/pid", "--tree=process 1/pid", "-W 1/pid",
	};
	char line[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(line, sizeof(line), "LC_ALL=C.UTF-8 $N --from $F '%s'", names[i]);
		if (strchr(names[i], ' '))
			snprintf(line, sizeof(line), "LC_ALL=C.UTF-8 $N --from $F %s", names[i]);
		assert_int_equal(sh(line), 0);
		assert_string_equal(out,
			"PID PPID USER COMMAND\n"
			"  1    0 0    systemd\n"
			"812    1 0    └─sh\n"
			"840  812 0      └─gone\n"
			"  2    0 0    kthreadd\n"
			"  3    2 0    └─kworker/0:0\n");
	}
}

static void test_members_in_a_list(void **state)
{
	(void)state;
	assert_int_equal(sh("$N --from $F -l 1/pid -n"), 0);
	assert_string_equal(out,
		"  1    0 0    systemd\n"
		"  2    0 0    kthreadd\n"
		"  3    2 0    kworker/0:0\n"
		"812    1 0    sh\n"
		"840  812 0    gone\n");
	/* A thread that is here without its leader; what columns say of a namespace. */
	assert_int_equal(sh("$N --from $F uts:32320 -o NS,TYPE,PATH,NPROCS,TASKS,PID,UID,USER,COMMAND -r"), 0);
	assert_string_equal(out,
		"NS TYPE PATH NPROCS TASKS PID UID USER COMMAND\n"
		"4026532320 uts /proc/831/ns/uts 0 1 831 1000 alice nginx\n");
	/* A thread with its leader has no line of its own. */
	assert_int_equal(sh("$N --from $F net:blue -n -o PID,COMMAND"), 0);
	assert_string_equal(out, "830 nginx: master process\n");
	assert_string_equal(note, "");
	assert_int_equal(sh("$N --from $F net:32330"), 0);
	assert_string_equal(out, "");
	assert_string_equal(err, "nsinspect: no task is in net:32330\n");
	assert_int_equal(sh("$N --from $F net:32330 -u"), 0);
	assert_string_equal(err, "nsinspect: no task is in net:4026532330\n");
	assert_int_equal(sh("$N --from $F net:32330 -n"), 0);
	assert_string_equal(err, "");
	assert_int_equal(sh("$N --from $F net:32330 -r"), 0);
	assert_string_equal(err, "");
	assert_int_equal(sh("$N --from $F 1/pid --output-all"), 0);
	assert_non_null(strstr(out, " SETGROUPS LINKS DETAILS\n"));
	/* JSON is that of ns. */
	assert_int_equal(sh("$N --from $F ns 830/net -J >$F.1; $N --from $F -J net:blue | cmp - $F.1; "
			    "e=$?; rm $F.1; exit $e"), 0);
}

/* The other options of lsns. */
static void test_as_lsns(void **state)
{
	static const char *const same[] = { "-l", "-W", "--nowrap", "--list", "-lW" };
	static char list[65536];
	char line[128];
	size_t i;

	(void)state;
	assert_int_equal(sh("$N --from $F"), 0);
	strcpy(list, out);
	for (i = 0; i < sizeof(same) / sizeof(*same); i++) {
		snprintf(line, sizeof(line), "$N --from $F %s", same[i]);
		assert_int_equal(sh(line), 0);
		assert_string_equal(out, list);
	}
	assert_int_equal(sh("$N --from $F -P -o NS,TYPE,TASKS -n"), 0);
	assert_string_equal(out, "4026532330 net      0\n");
	assert_int_equal(sh("$N --from $F --persistent -o NS,TYPE -n"), 0);
	assert_string_equal(out, "4026532330 net\n");
	assert_int_equal(sh("LC_ALL=C $N --from $F -P --tree=owner -o NS,TYPE -n"), 0);
	assert_string_equal(out, "4026531837   user\n`-4026532330 net\n");
	assert_int_equal(sh("$N --from $F -P -t uts"), 0);
	assert_string_equal(out, "");
	assert_string_equal(err, "nsinspect: a task is in each of the namespaces\n");
	assert_int_equal(sh("$N --from $F -P -t uts -n"), 0);
	assert_string_equal(err, "");
	assert_int_equal(sh("$N --from $F --output-all -r"), 0);
	assert_memory_equal(out, "NS TYPE PATH NPROCS PID PPID COMMAND UID USER NETNSID NSFS PNS ONS ID "
			    "NAME LEVEL REFS TASKS INITIAL ACTIVE\n", 100);
}

/* Last digits and names, and what can be more than one namespace. */
static void test_names(void **state)
{
	static const struct {
		const char *name, *ns;
	} rows[] = {
		{ "blue", "net:32300" }, { "net:blue", "net:32300" },
		{ "32300", "net:32300" }, { "net:00", "net:32300" },
		{ "2300", "net:32300" }, { "uts:0", "uts:32320" },
		{ "net:2300#5", "net:32300" }, { "pid:5", "pid:32305" },
	};
	char line[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(line, sizeof(line), "$N --from $F ns '%s'", rows[i].name);
		if (sh(line))
			fail_msg("%s: %s", line, err);
		assert_memory_equal(out, rows[i].ns, strlen(rows[i].ns));
	}
	assert_int_equal(sh("$N --from $F ns 0"), 2);
	assert_string_equal(err, "nsinspect: '0' can be each of: net:31840 (1 systemd), net:32300 (blue), "
			    "net:32330, user:32310 (830 nginx), uts:32320 (831 nginx)\n");
	assert_int_equal(sh("$N --from $F ns 402653"), 3);
	assert_string_equal(err, "nsinspect: '402653': there is no namespace of this number in the "
			    "picture\n");
	assert_int_equal(sh("$N --from $F ns net:0"), 2);
	assert_string_equal(err, "nsinspect: 'net:0' can be each of: net:31840 (1 systemd), net:32300 "
			    "(blue), net:32330\n");
	assert_int_equal(sh("$N --from $F ns net:300#6"), 3);
	assert_int_equal(sh("$N --from $F ns 'net:[2300]'"), 3);
	/* Zeros in front are digits; so many are none; what follows digits makes a name of them. */
	assert_int_equal(sh("$N --from $F ns 04026532300"), 3);
	assert_int_equal(sh("$N --from $F ns 00000000000"), 2);
	assert_int_equal(sh("$N --from $F ns 000000000000000000000001/net"), 2);
	assert_int_equal(sh("$N --from $F ns 5x8"), 3);
	assert_non_null(strstr(err, "of this name"));
	assert_int_equal(sh("$N --from $F ns 'net:[4026532300'"), 2);
	assert_non_null(strstr(err, "the ] is missing"));
	assert_int_equal(sh("$N --from $F ns net:"), 2);
	assert_non_null(strstr(err, "the inode number or the name is missing"));
	/* A type ends at the first colon, a path has a slash before it. */
	assert_int_equal(sh("$N --from $F ns /run/netns/a:b"), 3);
	assert_non_null(strstr(err, "no namespace was mounted there"));
	assert_int_equal(sh("$N --from $F ns net:a/b"), 3);
	assert_non_null(strstr(err, "no net namespace of this name"));
	assert_int_equal(sh("$N --from $F ns uts:blue"), 3);
	assert_string_equal(err, "nsinspect: 'uts:blue': there is no uts namespace of this name in the "
			    "picture\n");
}

/* More than fit in a line are counted; those of one number are told apart. */
static void test_candidates(void **state)
{
	struct saved s = { 0 };
	uint32_t i;

	(void)state;
	put_snapshot(&s.messages, 12, 0, 0);
	for (i = 0; i < 12; i++)
		put_ns(&s.messages, &(struct ns){ .type = i < 2 ? NSINSPECT_NS_TYPE_USER :
			NSINSPECT_NS_TYPE_UTS, .inum = i < 2 ? 35 : 105 + 10 * i, .node = i + 1 });
	file = save_picture(&s);
	free(s.messages.bytes);
	assert_int_equal(sh("$N --from $F ns 5"), 2);
	assert_string_equal(err, "nsinspect: '5' can be each of: user:35#1, user:35#2, uts:125, uts:135, "
			    "uts:145, uts:155, uts:165, uts:175 and 4 more\n");
	assert_int_equal(sh("$N --from $F ns 35"), 2);
	assert_string_equal(err, "nsinspect: '35' can be each of: user:35#1, user:35#2\n");
	assert_int_equal(sh("$N --from $F ns user:35#2"), 0);
	unlink(file);
	file = world_file;
}

/* Words that are no command, and what was probably meant. */
static void test_hints(void **state)
{
	static const struct {
		const char *line, *meant;
	} rows[] = {
		/* 1 is a task, and the last digit of namespaces; 3 is no namespace's. */
		{ "830", "there is no command '830'; did you mean 'nsinspect task 830'?" },
		{ "1", "there is no command '1'; did you mean 'nsinspect task 1'?" },
		{ "1 --json", "did you mean 'nsinspect task 1'?" },
		{ "3", "did you mean 'nsinspect task 3'?" },
		{ "999", "did you mean 'nsinspect task 999'?" },
		{ "32301", "did you mean 'nsinspect task 32301' or 'nsinspect ns 32301'?" },
		{ "830 831", "did you mean 'nsinspect task 830'?" },
		{ "--tree owner", "did you mean '--tree=owner'?" },
		{ "-T parent", "did you mean '--tree=parent'?" },
		{ "--color always", "did you mean '--color=always'?" },
		{ "tree", "did you mean '--tree'?" }, { "net", "did you mean '--type=net'?" },
		/* One letter wrong, too few, too many, or two swapped. */
		{ "tesk", "there is no command 'tesk'; did you mean 'nsinspect task'?" },
		{ "tas", "did you mean 'nsinspect task'?" }, { "tsk", "did you mean 'nsinspect task'?" },
		{ "tasks", "did you mean 'nsinspect task'?" }, { "taask", "did you mean 'nsinspect task'?" },
		{ "tsak", "did you mean 'nsinspect task'?" }, { "taks", "did you mean 'nsinspect task'?" },
		{ "tsak 830", "did you mean 'nsinspect task'?" }, { "sn", "did you mean 'nsinspect ns'?" },
		{ "tsak --json", "did you mean 'nsinspect task'?" }, { "pidd", "did you mean 'nsinspect pid'?" },
		/* Two are too many; so is a part of one. */
		{ "tsaks", "there is no command and no namespace 'tsaks'; for help: nsinspect --help" },
		{ "red", "there is no command and no namespace 'red'; for help: nsinspect --help" },
		{ "ta", "there is no command and no namespace 'ta'" },
		{ "tsbk", "no command and no namespace" }, { "tsax", "no command and no namespace" },
		{ "blue red", "for several namespaces: nsinspect ns NS..." },
		{ "0", "'0' can be each of: net:31840 (1 systemd), net:32300 (blue)" }, { "0 -J", "'0' can be each of: net:31840" },
	};
	char line[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(line, sizeof(line), "$N --from $F %s", rows[i].line);
		if (sh(line) != 2)
			fail_msg("%s: '%s' '%s'", line, out, err);
		one_line();
		assert_string_equal(out, "");
		if (!strstr(err, rows[i].meant))
			fail_msg("%s: %s", line, err);
	}
	/* A mistyped command is known before the kernel is asked, which may not answer. */
	assert_int_equal(sh("$N tsak"), 2);
	assert_string_equal(err, "nsinspect: there is no command 'tsak'; did you mean 'nsinspect task'?\n");
	assert_int_equal(sh("$N -J tsak"), 2);
	one_line();
}

/* A word that is no command can be a namespace, named in any way that leaves no doubt. */
static void test_bare(void **state)
{
	static const char *const words[] = {
		"blue", "32300", "2300", "'32300#5'", "-t net blue", "blue -l",
	};
	struct saved s = { 0 };
	char line[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		snprintf(line, sizeof(line), "$N --from $F -n -o NS,PID %s", words[i]);
		if (sh(line))
			fail_msg("%s: %s", line, err);
		assert_string_equal(out, "4026532300 830\n");
	}
	assert_int_equal(sh("$N --from $F ns blue -J >$F.1; $N --from $F -J 32300 | cmp - $F.1; "
			    "e=$?; rm $F.1; exit $e"), 0);
	/* The name of what was not in the picture, and one that is a number. */
	world(&s.messages);
	assert_int_equal(names_add(&s.names, NAME_NETNS, NSINSPECT_NS_TYPE_NET, 7, "gone"), 0);
	assert_int_equal(names_add(&s.names, NAME_NETNS, NSINSPECT_NS_TYPE_NET, OWN_NET, "31831"), 0);
	assert_int_equal(names_add(&s.names, NAME_NSFS, NSINSPECT_NS_TYPE_NET, OWN_NET, "tsk"), 0);
	assert_int_equal(names_add(&s.names, NAME_NETNS, NSINSPECT_NS_TYPE_NET, INIT_NET, "7]"), 0);
	assert_int_equal(names_add(&s.names, NAME_NETNS, NSINSPECT_NS_TYPE_NET, EMPTY_NET,
				   "a-name-that-is-too-long-for-a-list-of-many"), 0);
	assert_int_equal(names_add(&s.names, NAME_NETNS, NSINSPECT_NS_TYPE_NET, OWN_NET, "tree"), 0);
	assert_int_equal(names_add(&s.names, NAME_COMMAND, 0, 1, "/sbin/init"), 0);
	file = save_picture(&s);
	free(s.messages.bytes);
	names_free(&s.names);
	/* One command line is known, and is that of its task only. */
	assert_int_equal(sh("$N --from $F 1/pid -l -n -o PID,COMMAND"), 0);
	assert_string_equal(out, "  1 /sbin/init\n  2 kthreadd\n  3 kworker/0:0\n812 sh\n840 gone\n");
	assert_int_equal(sh("$N --from $F ns 'net:[7]'"), 3);
	assert_int_equal(sh("$N --from $F net:0"), 2);
	assert_string_equal(err, "nsinspect: 'net:0' can be each of: net:31840 (7]), net:32300 "
			    "(31831), net:32330\n");
	assert_int_equal(sh("$N --from $F gone"), 3);
	assert_string_equal(err, "nsinspect: 'gone': there is no namespace of this name in the picture; "
			    "tasks of this name: 840\n");
	assert_int_equal(sh("$N --from $F 31831 -n -o NS"), 0);
	assert_string_equal(out, "4026532300\n");
	assert_int_equal(sh("$N --from $F tsk"), 2);
	unlink(file);

	/* As many digits as screens show are a namespace, also if a task has that number. */
	memset(&s, 0, sizeof(s));
	put_snapshot(&s.messages, 1, 0, 1);
	put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_USER, .inum = OWN_USER });
	put_task(&s.messages, &(struct task){ .tid = 32310, .tgid = 32310, .state = 'S',
		 .user_inum = OWN_USER }, NULL, 0);
	file = save_picture(&s);
	free(s.messages.bytes);
	assert_int_equal(sh("$N --from $F 32310 -n -o NS"), 0);
	assert_string_equal(out, "4026532310\n");
	unlink(file);
	file = world_file;
}

/* The library of Debian 12 has no filters; with that of Debian 13 they are applied. */
static void test_filter(void **state)
{
	void *library = dlopen("libsmartcols.so.1", RTLD_NOW);
	bool has = library && dlsym(library, "scols_new_filter");

	(void)state;
	if (library)
		dlclose(library);
	if (!has) {
		assert_int_equal(sh("$N --from $F -Q 'TYPE == \"net\"'"), 1);
		assert_string_equal(err, "nsinspect: --filter needs libsmartcols 2.40 or later; this one is "
				    "older\n");
		assert_string_equal(out, "");
		return;
	}
	assert_int_equal(sh("$N --from $F -n -o NS -Q 'TYPE == \"net\" && nprocs == 1'"), 0);
	assert_string_equal(out, "4026532300\n");
	assert_int_equal(sh("$N --from $F -n -o NS -Q 'NAME == \"blue\"'"), 0);
	assert_string_equal(out, "4026532300\n");
	assert_int_equal(sh("LC_ALL=C $N --from $F -n -o NS -Q 'TYPE == \"uts\" && NS > 4026532000' "
			    "--tree=owner"), 0);
	assert_string_equal(out, "4026531837\n`-4026532310\n  `-4026532320\n");
	assert_int_equal(sh("$N --from $F -n -o PID --sets -Q 'SHARES == \"1:cgroup,ipc,mnt,time,uts 4:net,pid,user\"'"), 0);
	assert_string_equal(out, "830\n");
	assert_int_equal(sh("$N --from $F -n -o PID --sets -Q 'OWN == \"uts\"'"), 0);
	assert_string_equal(out, "831\n");
	assert_int_equal(sh("$N --from $F -r -n -o PID 1/pid -l -Q 'COMMAND =~ \"^k\"'"), 0);
	assert_string_equal(out, "2\n3\n");
	/* Names of columns with a _ and facts are asked for, too. */
	file = facts_file;
	assert_int_equal(sh("$N --from $F -n -o NS -Q 'UID_MAP =~ \"65536\"'"), 0);
	assert_string_equal(out, "4026532310\n");
	/* What stands for a command is none. */
	assert_int_equal(sh("$N --from $F -n -o NS -Q 'COMMAND =~ \"file\"'"), 0);
	assert_string_equal(out, "");
	file = world_file;
	assert_int_equal(sh("$N --from $F -Q 'BOGUS == 1'"), 2);
	assert_string_equal(err, "nsinspect: --filter: there is no column 'BOGUS'\n");
	assert_int_equal(sh("$N --from $F -Q 'TYPE =='"), 2);
	one_line();
}

static void put_crowd_task(struct capture *c, uint32_t tid, uint32_t tgid, uint32_t ppid,
			   const char *comm, uint32_t nsproxy)
{
	bool inside = tid >= 100 && tid < 200;
	struct task t = {
		.tid = tid, .tgid = tgid, .ppid = ppid, .state = nsproxy ? 'S' : 'Z',
		.nsproxy_id = nsproxy, .user_inum = tid == 310 ? 31 : 30,
		.pid_inum = inside ? 11 : 10,
	};
	const struct upid u[] = {
		{ .nr = tid, .pidns = 10 }, { .nr = tid - 99, .pidns = 11, .level = 1 },
	};

	strcpy(t.comm, comm);
	put_task(c, &t, u, inside ? 2 : 1);
}

/*
 * A crowd: 1 systemd; 2 shim; 100 init and 101 to 105 nginx in pid namespace 11,
 * which shim has for its children;
 * 201 to 230 sandbox, each with its own mnt namespace, the mounts 101 to 130;
 * 300 worker with the threads 301 to 303, of which 303 has mnt namespace 130;
 * 310 is in user namespace 31, whose child is 32; 401 and 402 are zombies.
 */
static const char *save_crowd(void)
{
	static const struct ns fixed[] = {
		{ .type = NSINSPECT_NS_TYPE_MNT, .inum = 40, .initial = true, .owner_inum = 30,
		  .tasks = 12, .procs = 10 },
		{ .type = NSINSPECT_NS_TYPE_NET, .inum = 50, .initial = true, .owner_inum = 30,
		  .tasks = 43, .procs = 40 },
		{ .type = NSINSPECT_NS_TYPE_PID, .inum = 10, .initial = true, .owner_inum = 30,
		  .tasks = 39, .procs = 36 },
		{ .type = NSINSPECT_NS_TYPE_PID, .inum = 11, .owner_inum = 30, .parent_inum = 10,
		  .level = 1, .tasks = 6, .procs = 6 },
		{ .type = NSINSPECT_NS_TYPE_USER, .inum = 30, .initial = true, .tasks = 42,
		  .procs = 39 },
		{ .type = NSINSPECT_NS_TYPE_USER, .inum = 31, .owner_inum = 30, .parent_inum = 30,
		  .level = 1, .tasks = 1, .procs = 1 },
		{ .type = NSINSPECT_NS_TYPE_USER, .inum = 32, .owner_inum = 31, .parent_inum = 31,
		  .level = 2 },
	};
	struct nsproxy p = { .refs = 1, .tasks = 1 };
	struct saved s = { 0 };
	const char *path;
	uint32_t i;

	put_snapshot(&s.messages, 37, 32, 45);
	for (i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		put_ns(&s.messages, &fixed[i]);
	for (i = 101; i <= 130; i++)
		put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_MNT, .inum = i,
			.owner_inum = 30, .tasks = 1, .procs = 1, .level = -1 });
	for (i = 1; i <= 32; i++) {
		p.id = i;
		p.inum[SLOT_MNT] = i < 3 ? 40 : 98 + i;
		p.inum[SLOT_NET] = 50;
		p.inum[SLOT_PID_FOR_CHILDREN] = i == 2 ? 11 : 10;
		put_nsproxy(&s.messages, &p);
	}
	put_crowd_task(&s.messages, 1, 1, 0, "systemd", 1);
	put_crowd_task(&s.messages, 2, 2, 1, "shim", 2);
	for (i = 100; i <= 105; i++)
		put_crowd_task(&s.messages, i, i, i == 100 ? 2 : 100, i == 100 ? "init" : "nginx", 2);
	for (i = 201; i <= 230; i++)
		put_crowd_task(&s.messages, i, i, 1, "sandbox", i - 198);
	for (i = 300; i <= 303; i++)
		put_crowd_task(&s.messages, i, 300, 1, "worker", i == 303 ? 32 : 1);
	put_crowd_task(&s.messages, 310, 310, 1, "rootless", 1);
	put_crowd_task(&s.messages, 401, 401, 1, "gone", 0);
	put_crowd_task(&s.messages, 402, 402, 1, "gone", 0);
	path = save_picture(&s);
	free(s.messages.bytes);
	return path;
}

/*
 * A pod, with two digits for each namespace: 20 shim, which has pid namespace 11 for
 * its children; of these, 100 pause has user 31, ipc 61, net 51 and uts 71 of its own,
 * 101 app has entered ipc, net and uts, and 102 web shares all with 101; 103 is a
 * thread of 100. 104, 115 and 116, all app, and 106 and 107, threads of 105 app, are in
 * net 51 only.
 * 110 waits for children in pid 12; 111, whose leader is not there, will have them in
 * pid 11, as 112 has, and 113 has a thread 114 that does not know of it.
 * 120 and 121 are threads of 105 with an uts namespace each, 72 and 73, and 122 has no
 * name, but uts 74. 123 and 124 are in uts 78 and 77. Nobody is in net 52, pid 14 and uts
 * 75; how many are in uts 76 and 77 is not known.
 */
static const char *save_pod(void)
{
	static const struct ns namespaces[] = {
		{ .type = NSINSPECT_NS_TYPE_IPC, .inum = 60, .initial = true, .owner_inum = 30,
		  .tasks = 14, .procs = 9 },
		{ .type = NSINSPECT_NS_TYPE_IPC, .inum = 61, .owner_inum = 31, .tasks = 4, .procs = 3 },
		{ .type = NSINSPECT_NS_TYPE_NET, .inum = 50, .initial = true, .owner_inum = 30,
		  .tasks = 12, .procs = 8 },
		{ .type = NSINSPECT_NS_TYPE_NET, .inum = 51, .owner_inum = 31, .tasks = 9, .procs = 6 },
		{ .type = NSINSPECT_NS_TYPE_NET, .inum = 52, .owner_inum = 31 },
		{ .type = NSINSPECT_NS_TYPE_PID, .inum = 10, .initial = true, .owner_inum = 30,
		  .tasks = 14, .procs = 9 },
		{ .type = NSINSPECT_NS_TYPE_PID, .inum = 11, .owner_inum = 30, .parent_inum = 10,
		  .level = 1, .tasks = 4, .procs = 3 },
		{ .type = NSINSPECT_NS_TYPE_PID, .inum = 12, .owner_inum = 30, .parent_inum = 10,
		  .level = 1 },
		{ .type = NSINSPECT_NS_TYPE_PID, .inum = 14, .owner_inum = 31, .parent_inum = 10,
		  .level = 1 },
		{ .type = NSINSPECT_NS_TYPE_USER, .inum = 30, .initial = true, .tasks = 14, .procs = 9 },
		{ .type = NSINSPECT_NS_TYPE_USER, .inum = 31, .owner_inum = 30, .parent_inum = 30,
		  .level = 1, .tasks = 4, .procs = 3 },
		{ .type = NSINSPECT_NS_TYPE_UTS, .inum = 70, .initial = true, .owner_inum = 30,
		  .tasks = 11, .procs = 8 },
		{ .type = NSINSPECT_NS_TYPE_UTS, .inum = 71, .owner_inum = 31, .tasks = 4, .procs = 3 },
		{ .type = NSINSPECT_NS_TYPE_UTS, .inum = 72, .owner_inum = 30, .tasks = 1 },
		{ .type = NSINSPECT_NS_TYPE_UTS, .inum = 73, .owner_inum = 30, .tasks = 1 },
		{ .type = NSINSPECT_NS_TYPE_UTS, .inum = 74, .owner_inum = 30, .tasks = 1, .procs = 1 },
		{ .type = NSINSPECT_NS_TYPE_UTS, .inum = 75, .owner_inum = 30 },
		{ .type = NSINSPECT_NS_TYPE_UTS, .inum = 76, .owner_inum = 31, .tasks = -1, .procs = -1 },
		{ .type = NSINSPECT_NS_TYPE_UTS, .inum = 77, .owner_inum = 30, .tasks = -1, .procs = -1 },
		{ .type = NSINSPECT_NS_TYPE_UTS, .inum = 78, .owner_inum = 30, .tasks = 1, .procs = 1 },
	};
	/* ipc, net, uts, pid for children; how many tasks have it, in which all hold it but one. */
	static const struct {
		uint32_t id, ipc, net, uts, pid;
		int64_t refs, tasks;
	} proxies[] = {
		{ 1, 60, 50, 70, 10, 4, 3 }, { 2, 60, 50, 70, 11, 7, 6 }, { 3, 61, 51, 71, 11, 5, 4 },
		{ 5, 60, 51, 70, 10, -1, 5 }, { 6, 60, 50, 70, 12, 1, 1 }, { 7, 60, 50, 72, 10, 1, 1 },
		{ 8, 60, 50, 73, 10, 1, 1 }, { 9, 60, 50, 74, 10, 1, -1 },
		{ 10, 60, 50, 77, 10, 1, 1 }, { 11, 60, 50, 78, 10, 1, 1 },
	};
	static const struct {
		uint32_t tid, tgid, ppid;
		const char *comm;
		uint32_t nsproxy, inner;
	} tasks[] = {
		{ 1, 1, 0, "systemd", 1, 0 }, { 20, 20, 1, "shim", 2, 0 },
		{ 100, 100, 20, "pause", 3, 1 }, { 101, 101, 20, "app", 3, 2 },
		{ 102, 102, 101, "web", 3, 4 }, { 103, 100, 20, "pause", 3, 3 },
		{ 104, 104, 1, "app", 5, 0 }, { 105, 105, 1, "app", 1, 0 },
		{ 106, 105, 1, "app", 5, 0 }, { 110, 110, 1, "waits", 6, 0 },
		{ 111, 109, 1, "lost", 2, 0 }, { 112, 112, 1, "joins", 2, 0 },
		{ 113, 113, 1, "java", 2, 0 }, { 114, 113, 1, "timer", 2, 0 },
		{ 120, 105, 1, "host", 7, 0 }, { 121, 105, 1, "host", 8, 0 },
		{ 122, 122, 1, "", 9, 0 }, { 107, 105, 1, "app", 5, 0 },
		{ 115, 115, 1, "app", 5, 0 }, { 116, 116, 1, "app", 5, 0 },
		{ 123, 123, 1, "odd", 11, 0 }, { 124, 124, 1, "odd", 10, 0 },
	};
	struct saved s = { 0 };
	const char *path;
	size_t i;

	put_snapshot(&s.messages, sizeof(namespaces) / sizeof(*namespaces),
		     sizeof(proxies) / sizeof(*proxies), sizeof(tasks) / sizeof(*tasks));
	for (i = 0; i < sizeof(namespaces) / sizeof(*namespaces); i++)
		put_ns(&s.messages, &namespaces[i]);
	for (i = 0; i < sizeof(proxies) / sizeof(*proxies); i++)
		put_nsproxy(&s.messages, &(struct nsproxy){
			.id = proxies[i].id, .refs = proxies[i].refs, .tasks = proxies[i].tasks,
			.inum = { [SLOT_IPC] = proxies[i].ipc, [SLOT_NET] = proxies[i].net,
				  [SLOT_UTS] = proxies[i].uts, [SLOT_PID_FOR_CHILDREN] = proxies[i].pid },
		});
	for (i = 0; i < sizeof(tasks) / sizeof(*tasks); i++) {
		struct task t = {
			.tid = tasks[i].tid, .tgid = tasks[i].tgid, .ppid = tasks[i].ppid, .state = 'S',
			.nsproxy_id = tasks[i].nsproxy, .user_inum = tasks[i].inner ? 31 : 30,
			.pid_inum = tasks[i].inner ? 11 : 10,
		};
		const struct upid u[] = {
			{ .nr = t.tid, .pidns = 10 }, { .nr = tasks[i].inner, .pidns = 11, .level = 1 },
		};

		strcpy(t.comm, tasks[i].comm);
		put_task(&s.messages, &t, u, tasks[i].inner ? 2 : 1);
	}
	path = save_picture(&s);
	free(s.messages.bytes);
	return path;
}

static void expect(const char *line, const char *text)
{
	char command[128];

	snprintf(command, sizeof(command), "$N --from $F --ascii %s", line);
	assert_int_equal(sh(command), 0);
	if (!strstr(out, text))
		fail_msg("%s has no '%s': %s", line, text, out);
}

/* Who shares what with a task, and what a task says of its children. */
static void test_task_of_pod(void **state)
{
	(void)state;
	file = save_pod();
	/* What shares most comes first; threads, and who shares something else, have their line. */
	expect("task 100",
	       "  nsproxy    refs 5, shared with 3 other tasks (--sharers lists them)\n"
	       "  slots\n"
	       "    cgroup -\n"
	       "    ipc    61  NEW, with 3 others, parent is in 60\n");
	expect("task 100",
	       "  shares     101->2 app: ipc net pid user uts\n"
	       "             102->4 web: ipc net pid user uts\n"
	       "             103->3 pause (thread of 100 pause): ipc net pid user uts\n"
	       "             104..116 3x app: net\n"
	       "             106..107 2x app (threads): net\n");
	expect("task 101", "    net    51  JOINS 100->1 pause, with 8 others, parent is in 50\n");
	expect("task 101", ", all namespaces as 100->1 pause (--sharers");
	expect("task 102", "    uts    71  first 100->1 pause, with 3 others\n");
	expect("task 106", "  nsproxy    shared with 4 other tasks, all namespaces as 104 app (--sharers lists them)\n");
	expect("task 122", "  nsproxy    not known who shares it\n");
	/* With --sharers nobody needs to be told of it. */
	expect("task 100 --sharers", "shared with 3 other tasks\n");
	expect("task 100 --sharers",
	       "  sharers        101  app\n                 102  web\n"
	       "                 103  pause (thread of 100 pause)\n");
	expect("task 110 --sharers", "  sharers    none\n");
	expect("task 110", "  nsproxy    refs 1, not shared\n");
	assert_null(strstr(out, "lists them"));
	assert_null(strstr(out, "  shares"));
	expect("task 110", "    pid_for_children 12  pending: children will be in it, no task is yet\n");
	expect("task 112", "    pid_for_children 11  children will join 100->1 pause\n");
	expect("task 20", "    pid_for_children 11  children are in it\n");
	/* Its leader says it. */
	expect("task 114", "    pid_for_children 11\n");
	/* How many threads there are, and where those are that differ. */
	expect("task 105", "  threads    5, 4 differ: 106 app (net), 107 app (net), 120 host (uts), 121 host (uts)\n");
	expect("task 113", "  threads    2\n");
	expect("task 112", "112 joins");
	assert_null(strstr(out, "  threads"));
	expect("task 106", "106 app");
	assert_null(strstr(out, "  threads"));
	/* Other tasks are in JSON if they were asked for. */
	assert_int_equal(sh("$N --from $F --json task 100"), 0);
	assert_null(strstr(out, "\"tid\":101"));
	assert_int_equal(sh("$N --from $F --json task 100 --sharers"), 0);
	assert_non_null(strstr(out, "\"tid\":101"));
	assert_non_null(strstr(out, "\"tid\":103"));
	assert_null(strstr(out, "\"tid\":104"));
	unlink(file);
	file = world_file;
}

static void test_ns_of_pod(void **state)
{
	(void)state;
	file = save_pod();
	expect("ns net:51",
	       "  tasks      9, in 6 processes\n"
	       "  first      100->1 pause\n"
	       "  members    101->2..116 4x app\n"
	       "             106..107 2x app (threads)\n"
	       "             100->1 pause\n"
	       "             102->4 web\n");
	expect("ns pid:11", "  parents    20 shim\n  pending    111 lost (thread of 109)\n"
			    "             112 joins\n             113 java\n");
	/* As an argument, too. */
	assert_int_equal(sh("$N --from $F pid:12"), 0);
	assert_string_equal(err, "nsinspect: no task is in pid:12; pending: 110 waits\n");
	expect("ns pid:12", "  tasks      0, in 0 processes\n  pending    110 waits\n");
	/* Without its leader in the picture, a thread is a member. */
	expect("ns pid:10", "  members    1 systemd (child reaper)\n             104..116 4x app\n");
	expect("ns pid:10", "             111 lost (thread of 109)\n");
	expect("ns pid:10", "  level      0\n");
	/* Threads alone are no process; those without a name, or without a task, are not alike. */
	expect("ns user:30", "  owned      2x uts: 2 tasks, first 120..121 host\n");
	expect("ns user:30", "             uts:74: 1 process, first 122 \n");
	expect("ns user:30", "             uts:75: no task\n");
	expect("ns uts:72", "  tasks      1, in 0 processes\n  first      120 host (thread of 105 app)\n  members    120 host (thread of 105 app)\n");
	/* Of what is not known, nothing is said, nor of a sum with it. */
	expect("ns user:30", "             2x uts: first 123..124 odd\n");
	expect("ns user:31", "             uts:76\n");
	expect("ns user:31", "             net:52: no task\n");
	expect("ns uts:76", "  owner      user:31\n");
	assert_null(strstr(out, "tasks"));
	/* With -u, the number is above. */
	expect("ns net:51 -u", "net:51\n");
	assert_null(strstr(out, "inode"));
	/* JSON has what is asked for in that order, and all that it leads to. */
	assert_int_equal(sh("$N --from $F --json ns uts:75 net:51 | grep -o '^{.type.:.[a-z]*.,.inum.:[0-9]*' | head -n 2"), 0);
	assert_string_equal(out, "{\"type\":\"uts\",\"inum\":75\n{\"type\":\"net\",\"inum\":51\n");
	assert_int_equal(sh("$N --from $F --json ns net:52"), 0);
	assert_non_null(strstr(out, "{\"type\":\"user\",\"inum\":31,"));
	assert_int_equal(sh("$N --from $F --json ns pid:14"), 0);
	assert_non_null(strstr(out, "{\"type\":\"pid\",\"inum\":10,"));
	assert_int_equal(sh("$N --from $F --json ns user:31"), 0);
	assert_non_null(strstr(out, "{\"type\":\"net\",\"inum\":52,"));
	unlink(file);
	file = world_file;
}

/* @n tasks: the initial one, and others with a cgroup, an ipc, a mnt and a net namespace each. */
static const char *save_containers(uint32_t n)
{
	static const enum slot of[] = { SLOT_CGROUP, SLOT_IPC, SLOT_MNT, SLOT_NET };
	struct saved s = { 0 };
	const char *path;
	uint32_t i, k;

	put_snapshot(&s.messages, 3 + 4 * n, n, n);
	put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_USER, .inum = 7, .initial = true,
		.tasks = n, .procs = n });
	put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_UTS, .inum = 8, .owner_inum = 7 });
	put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_IPC, .inum = 9, .owner_inum = 7 });
	for (i = 1; i <= n; i++) {
		struct nsproxy p = { .id = i, .refs = 1, .tasks = 1 };
		struct task t = { .tid = i, .tgid = i, .ppid = i > 1, .state = 'S', .nsproxy_id = i,
				  .user_inum = 7 };

		for (k = 0; k < 4; k++) {
			p.inum[of[k]] = 10 * (i + 1) + k;
			/* In the mnt namespace of each third there is one process more. */
			put_ns(&s.messages, &(struct ns){ .type = slots[of[k]].type, .owner_inum = 7,
				.inum = 10 * (i + 1) + k, .initial = i == 1, .level = -1,
				.tasks = 1 + (k == 2 && i % 3 == 0), .procs = 1 + (k == 2 && i % 3 == 0) });
		}
		put_nsproxy(&s.messages, &p);
		snprintf(t.comm, sizeof(t.comm), "c%u", i - (i == 5));
		put_task(&s.messages, &t, NULL, 0);
	}
	assert_int_equal(names_add(&s.names, NAME_NETNS, NSINSPECT_NS_TYPE_NET, 23, "host"), 0);
	assert_int_equal(names_add(&s.names, NAME_NETNS, NSINSPECT_NS_TYPE_NET, 83, "seven"), 0);
	path = save_picture(&s);
	free(s.messages.bytes);
	names_free(&s.names);
	return path;
}

/*
 * What is nearly a set: 1 to 3 are p, each with an ipc namespace of its own; 1 and 3 have a
 * mnt namespace, in which another process of 3 is, too; 1 and 2 have a net namespace. 10 has
 * an initial and another namespace, and one in which there are two. 20 to 45 are others.
 */
static const char *save_near_sets(void)
{
	static const struct {
		uint32_t tid;
		enum slot slot;
		bool initial;
		int64_t procs;
	} rows[] = {
		{ 1, SLOT_IPC, false, 1 }, { 2, SLOT_IPC, false, 1 }, { 3, SLOT_IPC, false, 1 },
		{ 1, SLOT_MNT, false, 1 }, { 3, SLOT_MNT, false, 2 },
		{ 1, SLOT_NET, false, 2 }, { 2, SLOT_NET, false, 1 },
		{ 10, SLOT_CGROUP, true, 5 }, { 10, SLOT_IPC, false, 5 }, { 10, SLOT_MNT, false, 4 },
	};
	const size_t n = sizeof(rows) / sizeof(*rows);
	struct saved s = { 0 };
	const char *path;
	uint32_t i, tid;

	put_snapshot(&s.messages, 1 + n + 26 + 2, 30, 30);
	put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_USER, .inum = 7 });
	put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_IPC, .inum = 8, .owner_inum = 7 });
	put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_UTS, .inum = 9, .owner_inum = 7 });
	for (i = 0; i < n; i++)
		put_ns(&s.messages, &(struct ns){ .type = slots[rows[i].slot].type, .inum = 100 + i,
			.owner_inum = 7, .initial = rows[i].initial, .procs = rows[i].procs,
			.tasks = rows[i].procs });
	for (tid = 1; tid <= 45; tid++) {
		struct nsproxy p = { .id = tid, .refs = 1, .tasks = 1 };
		struct task t = { .tid = tid, .tgid = tid, .state = 'S', .nsproxy_id = tid, .user_inum = 7 };

		if ((tid > 3 && tid < 10) || (tid > 10 && tid < 20))
			continue;
		for (i = 0; i < n; i++)
			if (rows[i].tid == tid)
				p.inum[rows[i].slot] = 100 + i;
		if (tid >= 20) {
			p.inum[SLOT_UTS] = 200 + tid;
			put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_UTS, .inum = 200 + tid,
				.owner_inum = 7, .procs = 1, .tasks = 1 });
		}
		snprintf(t.comm, sizeof(t.comm), tid > 3 ? "c%u" : "p", tid);
		put_nsproxy(&s.messages, &p);
		put_task(&s.messages, &t, NULL, 0);
	}
	path = save_picture(&s);
	free(s.messages.bytes);
	return path;
}

/* Where lines do not suffice, the namespaces of a container are one; what differs is not. */
static void test_ns_of_containers(void **state)
{
	(void)state;
	file = save_containers(5);
	/* These fit, and keep their numbers. */
	expect("ns user:7", "             cgroup:20 initial: 1 process, first 1 c1\n"
			    "             ipc:21 initial: 1 process, first 1 c1\n");
	expect("ns user:7", "  owned      2x cgroup: 2 processes, first 4..5 c4\n"
			    "             2x ipc: 2 processes, first 4..5 c4\n");
	unlink(file);
	file = save_containers(9);
	expect("ns user:7",
	       "  owned      2x cgroup ipc mnt net: 2 processes, first 4..5 c4\n"
	       "             mnt:42: 2 processes, first 3 c3\n"
	       "             mnt:72: 2 processes, first 6 c6\n"
	       "             mnt:102: 2 processes, first 9 c9\n"
	       "             1x cgroup ipc mnt initial: 1 process, first 1 c1\n"
	       "             net:23 (host) initial: 1 process, first 1 c1\n"
	       "             1x cgroup ipc mnt net: 1 process, first 2 c2\n"
	       "             1x cgroup ipc net: 1 process, first 3 c3\n"
	       "             1x cgroup ipc net: 1 process, first 6 c6\n"
	       "             1x cgroup ipc mnt: 1 process, first 7 c7\n"
	       "             net:83 (seven): 1 process, first 7 c7\n"
	       "             1x cgroup ipc mnt net: 1 process, first 8 c8\n"
	       "             1x cgroup ipc net: 1 process, first 9 c9\n"
	       "             ipc:9: no task\n"
	       "             uts:8: no task\n");
	expect("ns user:7 -u", "             cgroup:30: 1 process, first 2 c2\n");
	unlink(file);
	file = save_near_sets();
	expect("ns user:7",
	       "  owned      3x ipc: 3 processes, first 1..3 p\n"
	       "             2x mnt: 3 processes, first 1..3 p\n"
	       "             2x net: 3 processes, first 1..2 p\n"
	       "             cgroup:107 initial: 5 processes, first 10 c10\n"
	       "             ipc:108: 5 processes, first 10 c10\n"
	       "             mnt:109: 4 processes, first 10 c10\n");
	expect("ns user:7", "             and 10 more (-u lists all)\n");
	unlink(file);
	/* What has no line is counted by namespaces. */
	file = save_containers(33);
	expect("ns user:7", "  owned      2x cgroup ipc mnt net: 2 processes, first 4..5 c4\n");
	expect("ns user:7", "             1x cgroup ipc mnt net: 1 process, first 11 c11\n"
			    "             1x cgroup ipc net: 1 process, first 12 c12\n"
			    "             and 79 more (-u lists all)\n");
	unlink(file);
	file = world_file;
}

static void test_sets(void **state)
{
	(void)state;
	assert_int_equal(sh("$N --from $F --sets"), 0);
	assert_string_equal(out,
		"SET NPROCS TASKS PID USER  OWN SHARES                    COMMAND\n"
		"  1      3     3   1 0         2:all                     systemd\n"
		"  2      1     1 812 0         1:rest 3:pid_for_children sh\n"
		"  3      1     1 830 alice     1:rest 4:net,pid,user     nginx: master process\n"
		"  4      0     1 831 alice uts 1:rest 3:net,pid,user     nginx\n"
		"4 sets; 1 zombie has none\n");
	assert_int_equal(sh("$N --from $F --sets -n -o SET,NSPROXY,REFS,PPID,UID"), 0);
	assert_string_equal(out,
		"  1       1    3    0    0\n"
		"  2       2    1    1    0\n"
		"  3       3    1  812 1000\n"
		"  4       4    1  812 1000\n");
	assert_int_equal(sh("$N --from $F --sets -u -n -o SET,SHARES"), 0);
	assert_string_equal(out,
		"  1 2:all\n"
		"  2 1:cgroup,ipc,mnt,net,pid,time,user,uts 3:pid_for_children\n"
		"  3 1:cgroup,ipc,mnt,time,uts 4:net,pid,user\n"
		"  4 1:cgroup,ipc,mnt,time 3:net,pid,user\n");
	/* Where there is little room, it is the command that is cut. */
	assert_int_equal(sh("COLUMNS=60 $N --from $F --sets"), 0);
	assert_non_null(strstr(out, "1:rest 3:pid_for_children sh\n"));
	assert_non_null(strstr(out, " 1:rest 4:net,pid,user     nginx"));
	assert_null(strstr(out, "master process"));
	assert_int_equal(sh("$N --from $F --sets -r -o OWN,SHARES"), 0);
	assert_string_equal(out,
		"OWN SHARES\n"
		" 2:all\n"
		" 1:cgroup,ipc,mnt,net,pid,time,user,uts\\x203:pid_for_children\n"
		" 1:cgroup,ipc,mnt,time,uts\\x204:net,pid,user\n"
		"uts 1:cgroup,ipc,mnt,time\\x203:net,pid,user\n");
	assert_int_equal(sh("$N --sets -H"), 0);
	assert_non_null(strstr(out, "      SHARES  slots whose"));
	assert_int_equal(sh("$N --from $F --sets -o BOGUS"), 2);
	assert_non_null(strstr(err, "nsinspect --sets -H lists them"));
	assert_int_equal(sh("$N --from $F --sets --tree"), 2);
	assert_string_equal(err, "nsinspect: --tree does not apply to --sets; use it without --sets\n");
}

/* Which container a set is, where one has a name and there is room for it. */
static void test_sets_of_containers(void **state)
{
	static const char id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	char path[128], *heading;
	struct saved s = { 0 };

	(void)state;
	assert_int_equal(sh("$N --from $F --sets"), 0);
	assert_null(strstr(out, "CONTAINER"));
	world(&s.messages);
	snprintf(path, sizeof(path), "/docker/%s", id);
	assert_int_equal(names_add(&s.names, NAME_CGROUP, 0, 830, path), 0);
	file = save_picture(&s);
	free(s.messages.bytes);
	names_free(&s.names);
	assert_int_equal(sh("$N --from $F --sets"), 0);
	heading = strstr(out, " CONTAINER ");
	assert_non_null(heading);
	assert_true(heading < strstr(out, "COMMAND\n"));
	/* A task that is in its pid namespace is in the container, too. */
	assert_int_equal(sh("$N --from $F --sets -r -n -o PID,CONTAINER"), 0);
	assert_string_equal(out, "1 \n812 \n830 docker-0123456789ab\n831 docker-0123456789ab\n");
	assert_int_equal(sh("COLUMNS=120 $N --from $F --sets"), 0);
	assert_non_null(strstr(out, "CONTAINER"));
	assert_int_equal(sh("COLUMNS=119 $N --from $F --sets"), 0);
	assert_null(strstr(out, "CONTAINER"));
	assert_int_equal(sh("COLUMNS=80 $N --from $F --sets -o +CONTAINER"), 0);
	assert_non_null(strstr(out, "CONTAINER"));
	unlink(file);
	file = world_file;
}

/* What has no set is a zombie or exiting, which is not the same. */
static void test_without_set(void **state)
{
	struct saved s = { 0 };
	uint32_t i;

	(void)state;
	put_snapshot(&s.messages, 2, 1, 4);
	put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_USER, .inum = 7 });
	put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_UTS, .inum = 8 });
	put_nsproxy(&s.messages, &(struct nsproxy){ .id = 1, .refs = 1, .tasks = 1,
		.inum = { [SLOT_UTS] = 8 } });
	for (i = 1; i < 5; i++)
		put_task(&s.messages, &(struct task){ .tid = i, .tgid = i, .ppid = i > 1,
			.state = "SZRR"[i - 1], .nsproxy_id = i == 1, .user_inum = 7 }, NULL, 0);
	file = save_picture(&s);
	free(s.messages.bytes);
	assert_int_equal(sh("$N --from $F --sets -o SET"), 0);
	assert_string_equal(out, "SET\n  1\n1 set; 1 zombie and 2 exiting tasks have none\n");
	assert_int_equal(sh("$N --from $F --sets -o SET -n"), 0);
	assert_string_equal(out, "  1\n");
	assert_int_equal(sh("$N --from $F task 3"), 0);
	assert_non_null(strstr(out, "nsproxy    none: the task is exiting\n"));
	assert_int_equal(sh("$N --from $F ns 2/uts"), 3);
	assert_string_equal(err, "nsinspect: 2/uts: task 2 has none; it is a zombie\n");
	assert_int_equal(sh("$N --from $F ns 3/uts"), 3);
	assert_string_equal(err, "nsinspect: 3/uts: task 3 has none; it is exiting\n");
	assert_int_equal(sh("$N --from $F ns 1/time"), 3);
	assert_string_equal(err, "nsinspect: 1/time: task 1 has none; the kernel has no such namespaces\n");
	unlink(file);
	file = world_file;
}

/* The largest first; threads that are elsewhere count where they are. */
static void test_sets_of_many(void **state)
{
	char *line;
	int n = 0;

	(void)state;
	file = save_crowd();
	assert_int_equal(sh("$N --from $F --sets -o SET,NPROCS,TASKS,PID,OWN,SHARES,COMMAND"), 0);
	assert_non_null(strstr(out,
		"  1      6     6 100 pid  2:mnt,net,user       init\n"
		"  2      2     4   1      1:mnt,net,user 3:pid systemd\n"
		"  3      1     2 230 mnt  1:net,user 2:pid     sandbox\n"
		"  4      1     1   2      1:rest 2:pid         shim\n"
		"  5      1     1 201 mnt  1:net,user 2:pid     sandbox\n"));
	assert_non_null(strstr(out,
		" 34      1     1 310 user 1:mnt,net 2:pid      rootless\n"));
	for (line = out; (line = strchr(line, '\n')); line++)
		n++;
	assert_int_equal(n, 1 + 34 + 1);
	assert_non_null(strstr(out, "\n34 sets; 2 zombies have none\n"));
	unlink(file);
	file = world_file;
}

/* What is many slots is said in few words, unless a program or -u asks for all of it. */
static void test_sets_in_brief(void **state)
{
	static const uint32_t inums[][8] = {
		/* cgroup, ipc, mnt, net, time, uts; user, pid */
		{ 1, 2, 3, 4, 5, 6, 7, 8 },
		{ 11, 12, 13, 14, 5, 16, 7, 18 },	/* all but time, user */
		{ 21, 22, 23, 24, 25, 26, 27, 28 },
		{ 31, 32, 33, 4, 5, 6, 7, 38 },		/* four of its own, four of another */
		{ 1, 2, 3, 44, 45, 46, 47, 48 },	/* three of another */
		{ 21, 22, 23, 24, 5, 6, 7, 8 },		/* four of each of two others: the first */
		{ 61, 62, 63, 64, 65, 66, 67, 68 },	/* all */
	};
	struct saved s = { 0 };
	uint32_t i, k;

	(void)state;
	put_snapshot(&s.messages, 56, 7, 7);
	for (i = 0; i < 7; i++) {
		static const enum slot of[] = {
			SLOT_CGROUP, SLOT_IPC, SLOT_MNT, SLOT_NET, SLOT_TIME, SLOT_UTS, SLOT_USER, SLOT_PID
		};
		struct nsproxy p = { .id = i + 1, .refs = 1, .tasks = 1 };
		struct task t = { .tid = i + 1, .tgid = i + 1, .state = 'S', .nsproxy_id = i + 1,
				  .user_inum = inums[i][6], .pid_inum = inums[i][7] };

		for (k = 0; k < 8; k++) {
			put_ns(&s.messages, &(struct ns){ .type = slots[of[k]].type, .inum = inums[i][k] });
			p.inum[of[k]] = inums[i][k];
		}
		p.inum[SLOT_PID_FOR_CHILDREN] = inums[i][7];
		p.inum[SLOT_TIME_FOR_CHILDREN] = inums[i][4];
		put_nsproxy(&s.messages, &p);
		put_task(&s.messages, &t, NULL, 0);
	}
	file = save_picture(&s);
	free(s.messages.bytes);
	assert_int_equal(sh("$N --from $F --sets -n -o PID,OWN,SHARES"), 0);
	assert_string_equal(out,
		"  1                       2:time,user 4:net,uts 5:cgroup,ipc,mnt 6:pid\n"
		"  2 all but time,user     1:time,user\n"
		"  3 pid,time,user,uts     6:rest\n"
		"  4 cgroup,ipc,mnt,pid    1:rest\n"
		"  5 net,pid,time,user,uts 1:cgroup,ipc,mnt\n"
		"  6                       1:rest 3:cgroup,ipc,mnt,net\n"
		"  7 all                   \n");
	/* Who shares with many does not take the room of all others. */
	assert_int_equal(sh("COLUMNS=80 $N --from $F --sets -n -o PID,OWN,SHARES"), 0);
	assert_non_null(strstr(out, "  1                       2:time,user 4:net,uts +2\n"));
	assert_non_null(strstr(out, "  6                       1:rest 3:cgroup,ipc,mnt,net\n"));
	assert_int_equal(sh("COLUMNS=110 $N --from $F --sets -n -o PID,OWN,SHARES"), 0);
	assert_non_null(strstr(out, "  1                       2:time,user 4:net,uts 5:rest +1\n"));
	/* Who the user is makes room where there is least. */
	assert_int_equal(sh("COLUMNS=80 $N --from $F --sets"), 0);
	assert_null(strstr(out, "USER"));
	assert_int_equal(sh("COLUMNS=100 $N --from $F --sets"), 0);
	assert_non_null(strstr(out, "USER"));
	assert_int_equal(sh("COLUMNS=80 $N --from $F --sets -o +PPID"), 0);
	assert_non_null(strstr(out, "USER"));
	assert_int_equal(sh("COLUMNS=120 $N --from $F --sets -n -o PID,OWN,SHARES"), 0);
	assert_non_null(strstr(out, "  1                       2:time,user 4:net,uts 5:rest 6:pid\n"));
	assert_int_equal(sh("COLUMNS=150 $N --from $F --sets -n -o PID,OWN,SHARES"), 0);
	assert_non_null(strstr(out, "  1                       2:time,user 4:net,uts 5:cgroup,ipc,mnt 6:pid\n"));
	assert_int_equal(sh("COLUMNS=80 $N --from $F --sets -n -u -o PID,SHARES"), 0);
	assert_non_null(strstr(out, "  1 2:time,user 4:net,uts 5:cgroup,ipc,mnt 6:pid\n"));
	assert_int_equal(sh("$N --from $F --sets -n -u -o PID,OWN"), 0);
	assert_non_null(strstr(out, "2 cgroup,ipc,mnt,net,pid,uts\n"));
	unlink(file);
	file = world_file;
}

static void test_sets_json(void **state)
{
	(void)state;
	/* All of the document without it comes first. */
	assert_int_equal(sh("$N --from $F --json --threads >$F.1; $N --from $F --sets --json >$F.2; "
			    "head -c $(($(wc -c <$F.1) - 3)) $F.1 | cmp - $F.2 2>&1 | grep -v 'EOF on -'; "
			    "tail -n 6 $F.2; rm $F.1 $F.2"), 0);
	assert_string_equal(out,
		"\"sets\":[\n"
		"{\"set\":1,\"procs\":3,\"tasks\":3,\"first\":1,\"nsproxy\":1,\"user\":4026531837,"
		"\"pid\":4026531836,\"own\":[],\"shared\":{\"cgroup\":{\"set\":2,\"sets\":4},"
		"\"ipc\":{\"set\":2,\"sets\":4},\"mnt\":{\"set\":2,\"sets\":4},\"net\":{\"set\":2,"
		"\"sets\":2},\"pid\":{\"set\":2,\"sets\":2},\"time\":{\"set\":2,\"sets\":4},"
		"\"user\":{\"set\":2,\"sets\":2},\"uts\":{\"set\":2,\"sets\":3}}},\n"
		"{\"set\":2,\"procs\":1,\"tasks\":1,\"first\":812,\"nsproxy\":2,\"user\":4026531837,"
		"\"pid\":4026531836,\"own\":[],\"shared\":{\"cgroup\":{\"set\":1,\"sets\":4},"
		"\"ipc\":{\"set\":1,\"sets\":4},\"mnt\":{\"set\":1,\"sets\":4},\"net\":{\"set\":1,"
		"\"sets\":2},\"pid\":{\"set\":1,\"sets\":2},\"pid_for_children\":{\"set\":3,\"sets\":3},"
		"\"time\":{\"set\":1,\"sets\":4},\"user\":{\"set\":1,\"sets\":2},\"uts\":{\"set\":1,"
		"\"sets\":3}}},\n"
		"{\"set\":3,\"procs\":1,\"tasks\":1,\"first\":830,\"nsproxy\":3,\"user\":4026532310,"
		"\"pid\":4026532305,\"own\":[],\"shared\":{\"cgroup\":{\"set\":1,\"sets\":4},"
		"\"ipc\":{\"set\":1,\"sets\":4},\"mnt\":{\"set\":1,\"sets\":4},\"net\":{\"set\":4,"
		"\"sets\":2},\"pid\":{\"set\":4,\"sets\":2},\"time\":{\"set\":1,\"sets\":4},"
		"\"user\":{\"set\":4,\"sets\":2},\"uts\":{\"set\":1,\"sets\":3}}},\n"
		"{\"set\":4,\"procs\":0,\"tasks\":1,\"first\":831,\"nsproxy\":4,\"user\":4026532310,"
		"\"pid\":4026532305,\"own\":[\"uts\"],\"shared\":{\"cgroup\":{\"set\":1,\"sets\":4},"
		"\"ipc\":{\"set\":1,\"sets\":4},\"mnt\":{\"set\":1,\"sets\":4},\"net\":{\"set\":3,"
		"\"sets\":2},\"pid\":{\"set\":3,\"sets\":2},\"time\":{\"set\":1,\"sets\":4},"
		"\"user\":{\"set\":3,\"sets\":2}}}],\n"
		"\"tasks_without_set\":1}\n");
}

/* Most first, the rest counted; what is alike is one line unless -u is given. */
static void test_ns_of_many(void **state)
{
	struct saved s = { 0 };
	uint32_t i;
	char *line;
	int n = 0;

	(void)state;
	file = save_crowd();
	assert_int_equal(sh("LC_ALL=C.UTF-8 $N --from $F ns user:30"), 0);
	assert_string_equal(strstr(out, "  children"),
		"  children   user:31: 1 process, first 310 rootless\n"
		"  owned      30× mnt: 30 processes, first 201…230 sandbox\n"
		"             net:50 initial: 40 processes, first 1 systemd\n"
		"             pid:10 initial: 36 processes, first 1 systemd\n"
		"             mnt:40 initial: 10 processes, first 1 systemd\n"
		"             pid:11: 6 processes, first 100→1 init\n"
		"  tasks      42, in 39 processes\n"
		"  first      1 systemd\n"
		"  members    201…230 30× sandbox\n"
		"             101→2…105→6 5× nginx\n"
		"             401…402 2× gone\n"
		"             1 systemd\n"
		"             2 shim\n"
		"             100→1 init\n"
		"             300 worker\n");
	assert_int_equal(sh("$N --from $F --ascii ns user:30"), 0);
	assert_non_null(strstr(out, "  owned      30x mnt: 30 processes, first 201..230 sandbox\n"));
	assert_non_null(strstr(out, "             101->2..105->6 5x nginx\n"));
	/* A child namespace without a process; the child reaper first. */
	assert_int_equal(sh("LC_ALL=C.UTF-8 $N --from $F ns user:31"), 0);
	assert_non_null(strstr(out, "  children   user:32: no task\n"));
	assert_int_equal(sh("LC_ALL=C.UTF-8 $N --from $F ns pid:11"), 0);
	assert_string_equal(strstr(out, "  tasks"),
		"  tasks      6, in 6 processes\n"
		"  first      100→1 init\n"
		"  members    100→1 init (child reaper)\n"
		"             101→2…105→6 5× nginx\n"
		"  parents    2 shim\n");
	assert_int_equal(sh("LC_ALL=C.UTF-8 $N --from $F ns pid:10"), 0);
	assert_non_null(strstr(out, "  members    1 systemd (child reaper)\n"
				    "             201…230 30× sandbox\n"));
	/* A thread that is here without its leader is told from processes. */
	assert_int_equal(sh("LC_ALL=C.UTF-8 $N --from $F ns mnt:130"), 0);
	assert_non_null(strstr(out, "  members    230 sandbox\n             303 worker (thread of 300 worker)\n"));
	assert_int_equal(sh("LC_ALL=C.UTF-8 $N --from $F ns user:30 -u"), 0);
	for (i = 201; i <= 230; i++) {
		char text[64];

		snprintf(text, sizeof(text), "mnt:%u: 1 process, first %u sandbox\n", i - 100, i);
		assert_non_null(strstr(out, text));
		snprintf(text, sizeof(text), "             %u sandbox\n", i);
		assert_non_null(strstr(out, text));
	}
	unlink(file);

	/*
	 * Owned by one: 20,000 without a process; and of each of 40 commands two, which are
	 * not alike where one is an initial namespace.
	 */
	put_snapshot(&s.messages, 20081, 80, 80);
	put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_USER, .inum = 1 });
	for (i = 0; i < 20080; i++)
		put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_UTS, .inum = 100000 + i,
			.owner_inum = 1, .level = -1, .procs = i >= 20000, .initial = i == 20000 });
	for (i = 1; i <= 80; i++) {
		struct nsproxy p = { .id = i, .inum = { [SLOT_UTS] = 119999 + i } };
		struct task t = { .tid = i, .tgid = i, .state = 'S', .nsproxy_id = i, .user_inum = 1 };

		put_nsproxy(&s.messages, &p);
		snprintf(t.comm, sizeof(t.comm), "comm%u", (i + 1) / 2);
		put_task(&s.messages, &t, NULL, 0);
	}
	file = save_picture(&s);
	free(s.messages.bytes);
	assert_int_equal(sh("LC_ALL=C.UTF-8 $N --from $F ns user:1"), 0);
	assert_non_null(strstr(out,
		"  owned      20000× uts: no task\n"
		"             2× uts: 2 processes, first 3…4 comm2\n"));
	assert_non_null(strstr(out,
		"             2× uts: 2 processes, first 47…48 comm24\n"
		"             and 34 more (-u lists all)\n"));
	assert_non_null(strstr(out,
		"             47…48 2× comm24\n"
		"             and 32 more (-u lists all)\n"));
	for (line = out; (line = strchr(line, '\n')); line++)
		n++;
	assert_true(n < 60);
	unlink(file);
	file = world_file;
}

static void test_task(void **state)
{
	(void)state;
	assert_int_equal(sh("LC_ALL=C.UTF-8 $N --from $F task 830"), 0);
	assert_string_equal(out,
		"task 830 nginx\n"
		"  state      S, child of 812 sh, uid 1000 (alice)\n"
		"  levels      0      830  in pid:31836 initial\n"
		"              1        1  in pid:32305\n"
		"  threads    2, 1 differs: 831 nginx (uts)\n"
		"  nsproxy    refs 1, not shared\n"
		"  slots\n"
		"    cgroup 31835 initial  with 3 others\n"
		"    ipc    31839 initial  with 3 others\n"
		"    mnt    31841 initial  with 3 others\n"
		"    net    32300 (blue)  JOINS, with 1 other, parent is in 31840\n"
		"    pid    32305  NEW, with 1 other, parent is in 31836\n"
		"    time   31834 initial  with 3 others\n"
		"    user   32310  NEW, with 1 other, parent is in 31837\n"
		"    uts    31838 initial  with 3 others\n"
		"  shares     831→2 nginx (thread of 830 nginx): net pid user\n");
	assert_int_equal(sh("$N task --from $F 812"), 0);
	assert_non_null(strstr(out, "    pid_for_children 32305  children are in it\n"));
	assert_non_null(strstr(out, "    uts              31838 initial  with 3 others\n"));
	assert_null(strstr(out, "  shares"));
	assert_int_equal(sh("$N task --from $F 3"), 0);
	assert_non_null(strstr(out, "  state      I, kernel thread, child of 2 kthreadd, uid"));
	assert_int_equal(sh("$N task --from $F 840"), 0);
	assert_non_null(strstr(out, "nsproxy    none: the task is a zombie\n"));
	assert_null(strstr(out, "    net"));
	assert_non_null(strstr(out, "    pid  31836 initial  with 3 others\n"));
	assert_int_equal(sh("$N task --from $F --sharers 1"), 0);
	assert_non_null(strstr(out, "  sharers          2  kthreadd\n"
				    "                   3  kworker/0:0\n"));
	assert_int_equal(sh("$N task --from $F 831"), 0);
	assert_non_null(strstr(out, "    uts    32320  NEW, no other task, leader is in 31838\n"));
	assert_non_null(strstr(out, "  state      S, thread of 830 nginx, child of 812 sh, uid"));
	/* Not compared with the parent, from which this differs. */
	assert_non_null(strstr(out, "    net    32300 (blue)  first 830->1 nginx, with 1 other\n"));
}

/* Children in a pid namespace that another task has created: whose it is. */
static void test_children_of_another(void **state)
{
	static const struct {
		uint32_t tid, ppid, nsproxy, pid;
		const char *comm;
	} tasks[] = {
		{ 1, 0, 1, 10, "init" }, { 20, 1, 2, 11, "api" }, { 30, 1, 3, 10, "runc" },
		{ 31, 30, 2, 11, "sh" },
	};
	struct saved s = { 0 };
	uint32_t i;

	(void)state;
	put_snapshot(&s.messages, 3, 3, 4);
	put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_USER, .inum = 7 });
	put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_PID, .inum = 10 });
	put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_PID, .inum = 11, .parent_inum = 10 });
	for (i = 1; i <= 3; i++)
		put_nsproxy(&s.messages, &(struct nsproxy){ .id = i, .refs = 1, .tasks = 1,
			.inum = { [SLOT_PID_FOR_CHILDREN] = i == 1 ? 10 : 11 } });
	for (i = 0; i < 4; i++) {
		struct task t = { .tid = tasks[i].tid, .tgid = tasks[i].tid, .ppid = tasks[i].ppid,
				  .state = 'S', .nsproxy_id = tasks[i].nsproxy, .user_inum = 7,
				  .pid_inum = tasks[i].pid };

		strcpy(t.comm, tasks[i].comm);
		put_task(&s.messages, &t, NULL, 0);
	}
	file = save_picture(&s);
	free(s.messages.bytes);
	expect("task 30", "    pid_for_children 11  of 20 api, children are in it\n");
	expect("--tree", " 30 runc   children join 20's pid\n");
	unlink(file);
	file = world_file;
}

/* Why the nsproxy of the system has more references than tasks in the picture. */
static void test_idle_tasks(void **state)
{
	struct saved s = { 0 };
	uint32_t i;

	(void)state;
	put_snapshot(&s.messages, 3, 2, 4);
	put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_USER, .inum = 7 });
	for (i = 1; i < 3; i++) {
		put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_UTS, .inum = 7 + i });
		put_nsproxy(&s.messages, &(struct nsproxy){ .id = i, .refs = 5, .tasks = i == 1 ? 3 : 1,
			.inum = { [SLOT_UTS] = 7 + i } });
	}
	for (i = 1; i < 5; i++)
		put_task(&s.messages, &(struct task){ .tid = i, .tgid = i, .state = 'S', .user_inum = 7,
			.kthread = i == 2, .nsproxy_id = i < 4 ? 1 : 2 }, NULL, 0);
	file = save_picture(&s);
	free(s.messages.bytes);
	expect("task 1", "  nsproxy    refs 5 (idle tasks included), shared with 2 other tasks (--sharers");
	/* Of another one it is not known. */
	expect("task 4", "  nsproxy    refs 5, not shared\n");
	unlink(file);
	file = world_file;
	assert_int_equal(sh("$N --from $F task 1"), 0);
	assert_non_null(strstr(out, "  nsproxy    refs 3, shared with 2 other tasks"));
}

/* What is said of slots in a crowd: joined, same set, children. */
static void test_task_of_many(void **state)
{
	(void)state;
	file = save_crowd();
	assert_int_equal(sh("$N --from $F --ascii task 303"), 0);
	assert_non_null(strstr(out, "  nsproxy    refs 1, not shared, all namespaces as 230 sandbox\n"));
	assert_non_null(strstr(out, "    mnt    130  JOINS 230 sandbox, no other task, leader is in 40\n"));
	assert_non_null(strstr(out, "    net    50 initial  with 42 others\n"));
	assert_int_equal(sh("$N --from $F --ascii task 103"), 0);
	assert_non_null(strstr(out, "    pid    11  first 100->1 init, with 5 others\n"));
	assert_null(strstr(out, "_for_children"));
	assert_int_equal(sh("$N --from $F --ascii task 1"), 0);
	assert_null(strstr(out, "NEW"));
	/* Without an nsproxy, it shares none. */
	assert_int_equal(sh("$N --from $F task 401 --sharers"), 0);
	assert_null(strstr(out, "402"));
	/* The same of several tasks, and with --sharers. */
	assert_int_equal(sh("$N --from $F --ascii task 2 105 --sharers"), 0);
	assert_non_null(strstr(out, "    pid_for_children 11  children are in it\n"));
	unlink(file);
	file = world_file;
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
			"net:32300 (blue)\n"
			"  inode      4026532300\n"
			"  id         1234605616436508552\n"
			"  active     yes\n"
			"  refs       3\n"
			"  mounted at /run/netns/blue\n"
			"  owner      user:32310\n"
			"  tasks      2, in 1 process\n"
			"  first      830\xe2\x86\x92" "1 nginx\n"
			"  members    830\xe2\x86\x92" "1 nginx\n");
	}
	/* Its only process is its child reaper. */
	assert_int_equal(sh("LC_ALL=C $N --from $F ns 830/pid"), 0);
	assert_non_null(strstr(out, "  level      1\n"));
	assert_non_null(strstr(out, "  parent     pid:31836 initial\n"));
	assert_non_null(strstr(out, "  members    830->1 nginx (child reaper)\n"));
	/* 830 and 831 have it for children as well, and are in it; 830 is a child of 812. */
	assert_string_equal(strstr(out, "  parents"), "  parents    812 sh\n");
	assert_int_equal(sh("$N --from $F ns 831/uts"), 0);
	assert_non_null(strstr(out, "nginx (thread of 830 nginx)\n"));
	assert_int_equal(sh("$N --from $F ns user:4026531837"), 0);
	assert_non_null(strstr(out, "  children   user:32310: 1 process, first 830->1 nginx\n"));
	assert_non_null(strstr(out, "  owned      cgroup:31835 initial: 4 processes, first "
				    "1 systemd\n"));
	assert_non_null(strstr(out, "             net:32330: no task\n"));
	assert_non_null(strstr(out, "  members    2..3 2x kernel threads\n"));
}

static void shows(const char *const *lines)
{
	for (; *lines; lines++)
		if (!strstr(out, *lines))
			fail_msg("there is no '%s' in:\n%s", *lines, out);
}

/* Every fact of each type in words; what is not known has no line. */
static void test_ns_facts(void **state)
{
	static const struct {
		const char *ns;
		const char *lines[12];
	} rows[] = {
		{ "net:32300", { "  found      by a task\n", "  creator    uid 100000\n", "  nsid       0\n",
			"  devices    lo: UNKNOWN, 127.0.0.1/8, ::1/128\n",
			"             eth0 <-> net:31840/veth0: veth, UP, 02:00:00:00:00:02, 10.0.3.2/24, "
			"fe80::2/64\n" } },
		{ "net:31840", { "  devices    br0: bridge, UP, 02:00:00:00:00:03\n",
			"             veth0 <-> net:32300/eth0 (blue): veth, UP, port of br0, "
			"02:00:00:00:00:04\n" } },
		{ "net:32330", { "  found      kernel's list, open file\n", "  creator    uid 0\n",
			"  devices    lo: DOWN\n" } },
		{ "pid:32305", { "  creator    uid 1000 (alice)\n", "  reaper     830->1 nginx\n",
			"  pids       2 in use, the limit is 32768\n" } },
		{ "pid:31836", { "  reaper     1 systemd\n", "  pids       7 in use\n" } },
		{ "user:32310", { "  owned by   uid 1000 (alice), gid 1000\n",
			"  uid map    0 -> 100000 x 65536\n             65536 -> 1000 x 1\n",
			"  gid map    0 -> 100000 x 65536\n", "  setgroups  denied\n" } },
		{ "user:31837", { "  uid map    0 -> 0 x 4294967295\n", "  setgroups  allowed\n" } },
		{ "uts:32340", { "  hostname   web\\x1b[1m\n", "  domain     example.org\n" } },
		{ "ipc:31839", { "  SysV       1 message queue, 2 semaphore sets, 3 shared memory segments "
			"of 5000003584 bytes\n" } },
		{ "ipc:32341", { "  SysV       0 message queues, 0 semaphore sets, "
			"0 shared memory segments\n" } },
		{ "time:32342", { "  monotonic  -86400.5 s\n", "  boottime   +7200 s\n" } },
		{ "cgroup:31835", { "  root       /\n" } },
	};
	static const char *const labels[] = {
		"found", "creator", "nsid", "devices", "reaper", "pids", "owned by", "uid map",
		"gid map", "setgroups", "hostname", "domain", "SysV", "monotonic", "boottime", "root",
	};
	char line[64];
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		file = facts_file;
		snprintf(line, sizeof(line), "$N --from $F ns %s", rows[i].ns);
		assert_int_equal(sh(line), 0);
		shows(rows[i].lines);
	}
	file = world_file;
	assert_int_equal(sh("$N --from $F ns net:32300 pid:32305 user:32310 uts:32320 ipc:31839"), 0);
	for (k = 0; k < sizeof(labels) / sizeof(*labels); k++) {
		snprintf(line, sizeof(line), "\n  %-10s ", labels[k]);
		if (strstr(out, line))
			fail_msg("'%s' is not known:\n%s", labels[k], out);
	}
}

/* A pid namespace whose reaper has ended; long maps; a map that was not written yet. */
static void test_ns_of_long_facts(void **state)
{
	struct extent list[EXTENTS_MAX] = { { 0 } };
	struct facts of_pid = { .dying = true, .reaper = { true, 5 } };
	struct facts of_user = {
		.uid_map = { true, list, EXTENTS_MAX }, .gid_map = { true, NULL, 0 },
	};
	const struct ns ns[] = {
		{ .type = NSINSPECT_NS_TYPE_PID, .inum = 70001, .facts = &of_pid },
		{ .type = NSINSPECT_NS_TYPE_USER, .inum = 70002, .facts = &of_user },
		{ .type = NSINSPECT_NS_TYPE_PID, .inum = 70003,
		  .facts = &(struct facts){ .creator_uid = { true, 0 } } },
	};
	struct saved s = { 0 };
	size_t i, lines = 0;
	const char *at;

	(void)state;
	for (i = 0; i < EXTENTS_MAX; i++)
		list[i] = (struct extent){ (uint32_t)i, 7000 + (uint32_t)i, 1 };
	put_snapshot(&s.messages, 3, 0, 0);
	for (i = 0; i < 3; i++)
		put_ns(&s.messages, &ns[i]);
	file = save_picture(&s);
	free(s.messages.bytes);
	assert_int_equal(sh("$N --from $F ns 70001"), 0);
	shows((const char *const[]){ "  reaper     5, has ended: no task can be created in it\n", NULL });
	assert_int_equal(sh("$N --from $F ns 70003"), 0);
	shows((const char *const[]){ "  reaper     none\n", NULL });
	assert_int_equal(sh("$N --from $F ns 70002"), 0);
	shows((const char *const[]){ "             23 -> 7023 x 1\n             and 316 more (-u lists "
				     "all)\n  gid map    none\n", NULL });
	assert_null(strstr(out, "24 -> 7024"));
	assert_int_equal(sh("$N --from $F -u ns 70002"), 0);
	for (at = out; (at = strstr(at, " x 1\n")); at++)
		lines++;
	assert_int_equal(lines, EXTENTS_MAX);
	assert_int_equal(sh("$N --from $F -o UID_MAP -t user -u -n"), 0);
	assert_non_null(strstr(out, "0 -> 7000 x 1, 1 -> 7001 x 1, "));
	assert_non_null(strstr(out, " more\n"));
	unlink(file);
	file = world_file;
}

/* Where the other end of a device is: here, there, not in the picture, not known. */
static void test_ns_devices(void **state)
{
	static const struct ip ips[10] = { [0 ... 9] = { { 10, 0, 0, 1 }, 4, 8 } };
	static const struct link links[] = {
		{ .net_inum = 70001, .ifindex = 1, .name = "eth0", .operstate = { true, 6 },
		  .ips = ips, .n_ips = 10, .all_ips = 600 },
		{ .net_inum = 70001, .ifindex = 2, .name = "eth0.5", .kind = "vlan", .peer_ifindex = 1,
		  .peer_net_inum = 70001 },
		{ .net_inum = 70002, .ifindex = 3, .name = "mv\033", .kind = "macvlan",
		  .peer_ifindex = 1, .peer_net_inum = 70001, .master = 9 },
		{ .net_inum = 70002, .ifindex = 4, .name = "v0", .kind = "veth", .peer_ifindex = 8,
		  .peer_net_inum = 70009 },
		{ .net_inum = 70002, .ifindex = 5, .name = "v1", .kind = "veth", .peer_ifindex = 9 },
		{ .net_inum = 70002, .ifindex = 6, .name = "gre0", .kind = "gre", .peer_ifindex = 9 },
	};
	struct saved s = { 0 };
	size_t i;

	(void)state;
	put_snapshot_as(&s.messages, &(struct snapshot){ .namespaces = 2, .links = 6 + 30 });
	for (i = 1; i <= 2; i++)
		put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_NET,
						  .inum = 70000 + (uint32_t)i });
	for (i = 0; i < 6; i++)
		put_link(&s.messages, &links[i]);
	for (i = 0; i < 30; i++)
		put_link(&s.messages, &(struct link){ .net_inum = 70001, .ifindex = 10 + (uint32_t)i,
						      .name = "dummy", .kind = "dummy" });
	file = save_picture(&s);
	free(s.messages.bytes);
	assert_int_equal(sh("$N --from $F ns 70001"), 0);
	shows((const char *const[]){
		"  devices    eth0: UP, 10.0.0.1/8, 10.0.0.1/8, 10.0.0.1/8, 10.0.0.1/8, 10.0.0.1/8, "
		"10.0.0.1/8, 10.0.0.1/8, 10.0.0.1/8, and 592 more addresses\n",
		"             eth0.5 -> eth0: vlan, state not known\n",
		"             and 8 more (-u lists all)\n", NULL });
	assert_int_equal(sh("$N --from $F ns 70002"), 0);
	shows((const char *const[]){
		"  devices    mv\\x1b -> net:70001/eth0: macvlan, state not known, port of if9\n",
		"             v0 <-> net:70009/if8: veth, state not known\n",
		"             v1 <-> net:?/if9: veth, state not known\n",
		"             gre0 -> net:?/if9: gre, state not known\n", NULL });
	unlink(file);
	file = world_file;
}

/* The fullest first, what is full marked; accounts of ancestors and owners alike. */
static void test_limits(void **state)
{
	struct saved s = { .details = NSINSPECT_DETAIL_COUNTERS };

	(void)state;
	file = facts_file;
	assert_int_equal(sh("$N --from $F limits"), 0);
	assert_string_equal(out,
		"TYPE USE LIMIT USE% FULL     USERNS    UID USER\n"
		"user   3     3  100 full 4026531837   1000 alice\n"
		"ipc    0     0  100 full 4026531837   1000 alice\n"
		"net    3     4   75      4026532310 100000 100000\n"
		"net   40    80   50      4026531837      0 0\n"
		"uts    1 15000    0      4026531837      0 0\n");
	assert_string_equal(err, "");
	assert_int_equal(sh("$N --from $F limits -t net -n -o USE,LEVEL"), 0);
	assert_string_equal(out, "  3     1\n 40     0\n");
	assert_int_equal(sh("$N --from $F limits -t cgroup"), 0);
	assert_string_equal(err, "nsinspect: no namespace of these types is on the account of a user, "
			    "and no limit is 0\n");
	assert_int_equal(sh("$N --from $F limits -t cgroup -n"), 0);
	assert_string_equal(err, "");
	assert_int_equal(sh("$N limits -H | head -1"), 0);
	assert_string_equal(out, "        TYPE  type of the namespaces that are counted\n");
	assert_int_equal(sh("$N --from $F limits -o NPROCS"), 2);
	assert_string_equal(err, "nsinspect: --output: there is no column 'NPROCS'; nsinspect limits -H "
			    "lists them\n");
	assert_int_equal(sh("$N limits 7"), 2);
	assert_string_equal(err, "nsinspect: too many arguments: nsinspect limits\n");
	file = world_file;
	assert_int_equal(sh("$N --from $F limits"), 1);
	assert_string_equal(err, "nsinspect: the picture does not have limits; save it with this "
			    "nsinspect\n");
	assert_int_equal(sh("$N --from $F limits --json"), 1);
	assert_string_equal(out, "");

	/* Larger than a limit that was lowered; a product that 32 bits do not hold. */
	put_snapshot_as(&s.messages, &(struct snapshot){ .counters = 1 });
	put_counter(&s.messages, &(struct counter){
		.user_inum = INIT_USER, .uid = 7, .n_uses = 3, .uses = (const struct usage[]){
			{ NSINSPECT_NS_TYPE_UTS, 2000000000, 2147483647 },
			{ NSINSPECT_NS_TYPE_PID, 9, 4 },
			{ NSINSPECT_NS_TYPE_NET, 2100000000, 2147483647 } } });
	file = save_picture(&s);
	free(s.messages.bytes);
	assert_int_equal(sh("$N --from $F limits -r -n"), 0);
	assert_string_equal(out, "pid 9 4 225 full 4026531837 7 7\n"
			    "net 2100000000 2147483647 97  4026531837 7 7\n"
			    "uts 2000000000 2147483647 93  4026531837 7 7\n");
	assert_int_equal(sh("$N --from $F limits -o LEVEL -n -r"), 0);
	assert_string_equal(out, "\n\n\n");
	unlink(file);
	file = world_file;
}

static void test_pid(void **state)
{
	(void)state;
	assert_int_equal(sh("LC_ALL=C $N --from $F pid 830"), 0);
	assert_string_equal(out,
		"830->1 nginx\n"
		"  levels      0      830  in pid:31836 initial\n"
		"              1        1  in pid:32305\n");
	/* Without a namespace: at any level, the one with this number here first. */
	assert_int_equal(sh("LC_ALL=C $N --from $F pid 1"), 0);
	assert_string_equal(out,
		"1 systemd: 1 in pid:31836 initial\n"
		"830->1 nginx: 1 in pid:32305\n");
	assert_int_equal(sh("$N --from $F --json pid 1 | grep -o 'tasks.:.$\\|^{.tid.:[0-9]*'"), 0);
	assert_string_equal(out, "tasks\":[\n{\"tid\":1\n{\"tid\":830\n");
	assert_int_equal(sh("LC_ALL=C $N --from $F pid 1 --in 1/pid"), 0);
	assert_int_equal(strncmp(out, "1 systemd\n  levels", 17), 0);
	assert_int_equal(sh("$N --from $F pid 99"), 3);
	assert_string_equal(err, "nsinspect: task 99: no task has this number in any pid namespace\n");
	file = save_crowd();
	assert_int_equal(sh("LC_ALL=C $N --from $F pid 5"), 0);
	assert_int_equal(strncmp(out, "104->5 nginx\n  levels", 20), 0);
	unlink(file);
	file = world_file;
	/* The other way: 2 in the container is 831 here. */
	assert_int_equal(sh("LC_ALL=C $N --from $F pid 2 --in 830/pid"), 0);
	assert_int_equal(strncmp(out, "831->2 nginx\n", 13), 0);
	/* A number is a task; all digits of an inode number, or what is no task, a namespace. */
	assert_int_equal(sh("LC_ALL=C $N --from $F pid 2 --in 830"), 0);
	assert_int_equal(strncmp(out, "831->2 nginx\n", 13), 0);
	assert_int_equal(sh("LC_ALL=C $N --from $F pid 2 --in 4026532305"), 0);
	assert_int_equal(strncmp(out, "831->2 nginx\n", 13), 0);
	assert_int_equal(sh("LC_ALL=C $N --from $F pid 2 --in 32305"), 0);
	assert_int_equal(strncmp(out, "831->2 nginx\n", 13), 0);
	/* 5 is no task; 1 is one, though it is also the last digit of a mnt namespace. */
	assert_int_equal(sh("LC_ALL=C $N --from $F pid 2 --in 5"), 0);
	assert_int_equal(strncmp(out, "831->2 nginx\n", 13), 0);
	assert_int_equal(sh("LC_ALL=C $N --from $F pid 812 --in 1"), 0);
	assert_int_equal(strncmp(out, "812 sh\n", 7), 0);
	assert_int_equal(sh("$N --from $F pid 2 --in 4026532300"), 2);
	one_line();
	/* With a type or a node it is no task. */
	assert_int_equal(sh("$N --from $F pid 1 --in pid:1"), 3);
	assert_int_equal(sh("$N --from $F pid 1 --in '1#3'"), 2);
	assert_non_null(strstr(err, "is a mnt namespace"));
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
		{ 2, "$N pid 1 2" }, { 2, "$N pid 1 --in foo:x" }, { 2, "$N --in 1/pid" },
		{ 2, "$N --sharers" }, { 2, "$N --json --dot" }, { 2, "$N --tree --json" },
		{ 2, "$N task 1 --dot" }, { 2, "$N --save x --from x" }, { 2, "$N --json -o NS" },
		{ 2, "$N task 1 --save x" }, { 2, "$N --save - --json" }, { 2, "$N --save - -t net" },
		{ 2, "$N -H -J" }, { 2, "$N --from $F -r --color" }, { 2, "$N --raw -u" }, { 2, "$N -p 1 --json --threads" },
		{ 3, "$N --from $F task 5" }, { 3, "$N --from $F -p 5" },
		{ 3, "$N --from $F task 5 --json" }, { 3, "$N --from $F task 5 6 --json" },
		{ 3, "$N --from $F --tree -p 5" }, { 3, "$N --from $F ns net:[7]" },
		{ 3, "$N --from $F ns 77" }, { 3, "$N --from $F ns red" },
		{ 3, "$N --from $F ns net:red" }, { 3, "$N --from $F pid 1 --in x" },
		{ 3, "$N --from $F net:red" }, { 3, "$N --from $F -t uts 4026532300" },
		{ 2, "$N --from $F 4026532300 1/net" }, { 2, "$N --from $F -T -l 4026532300" },
		{ 2, "$N task 1 --sets" }, { 2, "$N --sets 1/net" }, { 2, "$N --sets --dot" },
		{ 2, "$N -o NS --output-all" }, { 2, "$N -p 1 -P" }, { 2, "$N ns 4026532300/" }, { 3, "$N --from $F ns 5/net" },
		{ 3, "$N --from $F ns 840/net" }, { 3, "$N --from $F ns /run/netns/red" },
		{ 3, "$N --from $F ns 77 --json" }, { 3, "$N --from $F pid 5" },
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
		"net:blue", "-P", "--sets", "--sets --json", "task 830 --sharers", "task 830 --json", "task 830 812 --json", "ns 830/net 1/pid",
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
		"--type=net", "--task=1", "--threads", "--in=1/pid", "--sharers", "--output=USER",
		"--noheadings", "--raw", "--notruncate", "--kthreads", "--no-fold", "--color",
		"--ascii", "--list", "--persistent", "--nowrap", "--output-all",
	};
	static const struct {
		const char *use, *takes;
	} rows[] = {
		{ "", "--type --task --output --noheadings --raw --notruncate --color --ascii --list "
		      "--persistent --nowrap --output-all " },
		{ "net:blue", "--type --output --noheadings --raw --notruncate --color --ascii --list "
			      "--nowrap --output-all " },
		{ "net:blue --json", "" },
		{ "--sets", "--output --noheadings --raw --notruncate --color --ascii --nowrap "
			    "--output-all " },
		{ "--sets --json", "" },
		{ "--tree=owner", "--type --task --output --noheadings --raw --notruncate --color --ascii "
				  "--persistent --nowrap --output-all " },
		{ "--tree=parent", "--type --task --output --noheadings --raw --notruncate --color --ascii "
				   "--persistent --nowrap --output-all " },
		{ "--tree", "--type --task --threads --notruncate --kthreads --no-fold --color "
			    "--ascii " },
		{ "--json", "--type --task --threads " },
		{ "--dot", "--type --task --threads " },
		{ "task 1", "--sharers --notruncate --color --ascii " },
		{ "task 1 --json", "--sharers " },
		{ "ns 1/net", "--notruncate --color --ascii " },
		{ "ns 1/net --json", "" },
		{ "pid 1", "--in --notruncate --color --ascii " },
		{ "pid 1 --json", "--in " },
		{ "limits", "--type --output --noheadings --raw --notruncate --color --ascii --nowrap "
			    "--output-all " },
		{ "limits --json", "" },
	};
	char line[128], name[32];
	size_t i, k;

	(void)state;
	/* All of them can be drawn from it. */
	file = facts_file;
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
	file = world_file;
	/* And what takes it. */
	assert_int_equal(sh("$N --threads"), 2);
	assert_string_equal(err, "nsinspect: --threads does not apply to the list; use it with --tree, "
			    "--json, --dot or monitor --tree\n");
	assert_int_equal(sh("$N --save $F.x -n"), 2);
	assert_string_equal(err, "nsinspect: --noheadings does not apply to --save alone; use it with "
			    "the list, the list with NS, --tree=owner|parent, --sets or limits\n");
	assert_int_equal(sh("$N task 1 --dot"), 2);
	assert_string_equal(err, "nsinspect: --dot does not apply to task; use it without a command\n");
	assert_int_equal(sh("$N ns 1/net --from $F --save $F.x"), 2);
	assert_string_equal(err, "nsinspect: --save does not apply to ns; use it with the list, "
			    "--tree=owner|parent, --sets, --sets --json, --tree, --json, --dot or "
			    "--save alone\n");
}

/*
 * What holds a namespace is asked of a kernel: of a saved picture it is refused. Each
 * command is in the help and in what shells complete.
 */
static void test_why(void **state)
{
	static const char *const takes[] = {
		"--json", "--notruncate", "--color", "--ascii", "-u", "-J",
	};
	static const char *const refuses[] = {
		"--type=net", "--task=1", "--threads", "--in=1/pid", "--sharers", "--output=PID",
		"--noheadings", "--raw", "--kthreads", "--no-fold", "--list", "--persistent", "--tree",
		"--dot", "--save=$F.x", "--json --notruncate", "--json --ascii",
	};
	char line[128];
	size_t i;

	(void)state;
	assert_int_equal(sh("$N why net:blue --from $F"), 2);
	assert_string_equal(err, "nsinspect: --from does not apply to why: what holds a namespace can "
			    "be asked only while it is alive\n");
	assert_int_equal(sh("$N why --json --from $F net:blue"), 2);
	one_line();
	assert_int_equal(sh("$N why"), 2);
	assert_string_equal(err, "nsinspect: why: an argument is missing: nsinspect why NS\n");
	assert_int_equal(sh("$N why net:blue net:red"), 2);
	assert_int_equal(sh("$N why nothing:1"), 2);
	for (i = 0; i < sizeof(takes) / sizeof(*takes); i++) {
		snprintf(line, sizeof(line), "$N why net:no-such-name %s", takes[i]);
		/* There may be no module here. */
		assert_int_not_equal(sh(line), 2);
		assert_string_equal(out, "");
		one_line();
	}
	for (i = 0; i < sizeof(refuses) / sizeof(*refuses); i++) {
		snprintf(line, sizeof(line), "$N why net:no-such-name %s", refuses[i]);
		assert_int_equal(sh(line), 2);
		assert_non_null(strstr(err, " does not apply to why"));
		one_line();
	}
	assert_int_equal(sh("$N --help"), 0);
	assert_non_null(strstr(out, " nsinspect [options] why NS\n"));
	assert_int_equal(sh("for f in ../../userspace/completions/*; do "
			    "grep -qw 'task ns pid.* why' $f || echo $f; done"), 0);
	assert_string_equal(out, "");
}

/* What monitor takes, and the command that is behind --. */
static void test_monitor(void **state)
{
	static const struct {
		const char *line, *err;
	} refused[] = {
		{ "-q", "--quiet without --stats would show nothing" },
		{ "--", "the command after -- is missing" },
		{ "-p 1 -- true", "--task and a command exclude each other: the command and its "
		  "descendants are watched" },
		{ "-a -e exec", "--all and --event exclude each other: every kind is shown" },
		{ "red blue", "too many arguments: nsinspect monitor [NS|CONTAINER] [-- CMD...]" },
		{ "red blue -- true", "too many arguments: nsinspect monitor [NS|CONTAINER] [-- CMD...]" },
		{ "-e lost", "--event: there is no kind 'lost'; there are switch, fork, create, free, "
		  "exec and exit" },
		{ "-e exec,", "--event: a kind is missing in 'exec,'; there are switch, fork, create, "
		  "free, exec and exit" },
		{ "--buffer 0", "--buffer: '0' is not a number of KiB" },
		{ "nothing:1", "'nothing:1': there is no type 'nothing'; there are cgroup, ipc, mnt, "
		  "net, pid, time, user and uts" },
		{ "--json --stats", "--stats does not apply to monitor --json; use it with monitor" },
		{ "--json -u", NULL }, { "--threads", NULL },
		{ "--from $F -- true", "--from and a command exclude each other: a recording is of the "
		  "past" },
		{ "--tree red", "monitor --tree takes no namespace and no container; use -t or -p" },
		{ "--save f", NULL }, { "-o NS", NULL },
	};
	static const char *const taken[] = {
		"", "-a", "-e exec,exit -e free", "-t net", "-p 1", "--json", "--json -a", "-J -e exec",
		"--stats", "--stats -q", "--buffer 64", "-u --ascii --color", "blue", "net:blue", "1/net",
		"-- true", "blue -- true -q --no-such-option", "-t net -- true -- -p",
	};
	char line[256], expected[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		snprintf(line, sizeof(line), "$N monitor %s", refused[i].line);
		assert_int_equal(sh(line), 2);
		assert_string_equal(out, "");
		one_line();
		snprintf(expected, sizeof(expected), "nsinspect: %s\n", refused[i].err);
		if (refused[i].err)
			assert_string_equal(err, expected);
		else
			assert_non_null(strstr(err, " does not apply to monitor"));
	}
	/* There may be no module here; where there is, a signal ends it. */
	for (i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
		snprintf(line, sizeof(line), "timeout -s INT 1 $N monitor %s", taken[i]);
		assert_int_not_equal(sh(line), 2);
	}
	/* A picture is not a recording. */
	assert_int_equal(sh("$N monitor --from $F"), 1);
	one_line();
	assert_non_null(strstr(err, "is a picture of one moment"));
	/* Neither is any other file, which is no picture, either. */
	assert_int_equal(sh("$N monitor --from /etc/passwd"), 1);
	assert_string_equal(err, "nsinspect: cannot use /etc/passwd: it is not a picture that "
			    "nsinspect --save made\n");
	/* To other commands it says what it always said; and so it is in front of a command. */
	assert_int_equal(sh("$N --from $F task -- 830"), 0);
	assert_int_equal(sh("$N --from $F -- task 830"), 0);
	assert_int_equal(sh("$N -- monitor red blue"), 2);
	assert_string_equal(err, "nsinspect: too many arguments: nsinspect monitor [NS|CONTAINER] "
			    "[-- CMD...]\n");
	/* What is not understood in the words of the command is the command's. */
	assert_int_not_equal(sh("timeout -s INT 1 $N monitor -- sh --no-such-option"), 0);
	assert_null(strstr(err, "Try 'nsinspect --help'"));
}

/* What was named twice, in whatever way, is shown once. */
static void test_twice(void **state)
{
	static char once[65536];

	(void)state;
	assert_int_equal(sh("$N --from $F ns 830/net 1/net"), 0);
	strcpy(once, out);
	assert_int_equal(sh("$N --from $F ns 830/net blue 1/net net:32300"), 0);
	assert_string_equal(out, once);
	assert_int_equal(sh("$N --from $F task 830 1"), 0);
	strcpy(once, out);
	assert_int_equal(sh("$N --from $F task 830 1 830 1"), 0);
	assert_string_equal(out, once);
	/* What is missing is said each time. */
	assert_int_equal(sh("$N --from $F task 830 5 830 5"), 3);
	assert_string_equal(err, "nsinspect: task 5: there is no such task\n"
			    "nsinspect: task 5: there is no such task\n");
}

/* What is missing is said to be missing, and a slot is no type. */
static void test_types_and_slots(void **state)
{
	(void)state;
	assert_int_equal(sh("$N --from $F -t net,"), 2);
	assert_string_equal(err, "nsinspect: --type: a type is missing in 'net,'; there are cgroup, ipc, mnt, "
			    "net, pid, time, user and uts\n");
	assert_int_equal(sh("$N --from $F -t net,foo"), 2);
	assert_string_equal(err, "nsinspect: --type: there is no type 'foo'; there are cgroup, ipc, mnt, "
			    "net, pid, time, user and uts\n");
	assert_int_equal(sh("$N --from $F ns 1/foo"), 2);
	assert_string_equal(err, "nsinspect: '1/foo': there is no slot 'foo'; there are cgroup, ipc, mnt, net, "
			    "pid, pid_for_children, time, time_for_children, user and uts\n");
	assert_int_equal(sh("$N --from $F ns foo:1"), 2);
	assert_string_equal(err, "nsinspect: 'foo:1': there is no type 'foo'; there are cgroup, ipc, mnt, net, "
			    "pid, time, user and uts\n");
}

/* The help; tests/static/completions has that each option is completed. */
static void test_help(void **state)
{
	static char help[65536];
	const char *at;

	(void)state;
	assert_int_equal(sh("$N --help"), 0);
	assert_non_null(strstr(out, " -T, --tree[=process|owner|parent]\n"
				    "                         draw a tree (default: process); of monitor, "));
	strcpy(help, out);
	/* No line is wider than a terminal; a form is no option that applies to itself. */
	for (at = help; *at; at += strcspn(at, "\n") + 1)
		if (strcspn(at, "\n") > 80)
			fail_msg("wide: %.*s", (int)strcspn(at, "\n"), at);
	assert_non_null(strstr(help, "\n --dot                   --type --task --threads --save --from --at\n"));
}

/* Who gives the name of a task is told its numbers. */
static void test_task_names(void **state)
{
	char name[16], line[128];

	(void)state;
	file = save_crowd();
	assert_int_equal(sh("$N --from $F task shim"), 2);
	assert_string_equal(err, "nsinspect: 'shim' is not a pid; tasks of this name: 2\n");
	assert_string_equal(note, "");
	/* The same of this machine, also where no picture can be taken. */
	assert_int_equal(prctl(PR_GET_NAME, name), 0);
	assert_int_equal(prctl(PR_SET_NAME, "a name of ours"), 0);
	assert_int_equal(sh("$N task 'a name of ours'"), 2);
	assert_int_equal(prctl(PR_SET_NAME, name), 0);
	snprintf(line, sizeof(line), "nsinspect: 'a name of ours' is not a pid; tasks of this name: %d\n",
		 (int)getpid());
	assert_string_equal(err, line);
	assert_int_equal(sh("$N --from $F pid nginx"), 2);
	assert_string_equal(err, "nsinspect: 'nginx' is not a pid; tasks of this name: 101, 102, 103, 104, "
			    "105\n");
	assert_int_equal(sh("$N --from $F task 1 sandbox"), 2);
	assert_string_equal(err, "nsinspect: 'sandbox' is not a pid; tasks of this name: 201, 202, 203, "
			    "204, 205, 206, 207, 208 and 22 more\n");
	assert_int_equal(sh("$N --from $F task nobody"), 2);
	assert_string_equal(err, "nsinspect: 'nobody' is not a pid\n");
	assert_int_equal(sh("$N --from $F pid 1 --in shim"), 3);
	assert_string_equal(err, "nsinspect: 'shim': there is no namespace of this name in the picture; "
			    "tasks of this name: 2\n");
	assert_int_equal(sh("$N --from $F ns init"), 3);
	assert_string_equal(err, "nsinspect: 'init': there is no namespace of this name in the picture; "
			    "tasks of this name: 100\n");
	unlink(file);
	file = world_file;
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

/* Many threads that differ, in more than one type: some have their names. */
static void test_task_of_threads(void **state)
{
	struct saved s = { 0 };
	uint32_t i;

	(void)state;
	put_snapshot(&s.messages, 25, 12, 12);
	put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_USER, .inum = 7 });
	for (i = 1; i <= 12; i++) {
		put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_UTS, .inum = 100 + i });
		put_ns(&s.messages, &(struct ns){ .type = NSINSPECT_NS_TYPE_NET, .inum = 200 + i });
		put_nsproxy(&s.messages, &(struct nsproxy){ .id = i,
			.inum = { [SLOT_UTS] = 100 + i, [SLOT_NET] = 200 + i } });
		put_task(&s.messages, &(struct task){ .tid = i, .tgid = 1, .state = 'S', .nsproxy_id = i,
			.user_inum = 7, .comm = "t" }, NULL, 0);
	}
	file = save_picture(&s);
	free(s.messages.bytes);
	expect("task 1", "  threads    12, 11 differ: 2 t (net uts), 3 t (net uts), ");
	expect("task 1", ", 9 t (net uts) and 3 more\n");
	unlink(file);
	file = world_file;
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
	assert_non_null(strstr(out, "    user 30#2  NEW, parent is in 30#1\n"));
	assert_int_equal(sh("$N --from $F task 2 -u"), 0);
	assert_non_null(strstr(out, "    user 30#2  NEW, parent is in 30#1\n"));
	/* Without levels, which old pictures may lack, it is the number of the task. */
	assert_int_equal(sh("$N --from $F pid 2"), 0);
	assert_string_equal(out, "2 \n");
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
	assert_memory_equal(out, "uts:32320\n", 10);
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
		{ "--sets", true }, { "--sets -J", false }, { "net:blue", true }, { "net:blue -l -n", false },
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
		"$N --from $F --tree -p 830 --threads", "$N --from $F -J -J", "$N --from $F -T -T",
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
	assert_int_equal(sh("script -qec \"$N --from $F --color=auto --tree\" /dev/null"), 0);
	assert_non_null(strchr(out, 033));
	assert_int_equal(sh("script -qec \"$N --from $F --color=never --tree\" /dev/null"), 0);
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
	facts_file = strdup(save_world_of_facts());
	file = world_file = strdup(save_world());
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(world_file);
	unlink(facts_file);
	free(facts_file);
	free(world_file);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_user_of_empty),
		cmocka_unit_test(test_columns_of_facts),
		cmocka_unit_test(test_trees_of_namespaces),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_members_in_a_list),
		cmocka_unit_test(test_as_lsns),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_candidates),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_sets_of_containers),
		cmocka_unit_test(test_without_set),
		cmocka_unit_test(test_sets_of_many),
		cmocka_unit_test(test_sets_in_brief),
		cmocka_unit_test(test_sets_json),
		cmocka_unit_test(test_ns_of_many),
		cmocka_unit_test(test_task),
		cmocka_unit_test(test_children_of_another),
		cmocka_unit_test(test_idle_tasks),
		cmocka_unit_test(test_task_of_many),
		cmocka_unit_test(test_task_of_pod),
		cmocka_unit_test(test_ns_of_pod),
		cmocka_unit_test(test_ns_of_containers),
		cmocka_unit_test(test_ns),
		cmocka_unit_test(test_ns_facts),
		cmocka_unit_test(test_ns_of_long_facts),
		cmocka_unit_test(test_ns_devices),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_pid),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_closed_pipe),
		cmocka_unit_test(test_from_a_pipe),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_why),
		cmocka_unit_test(test_monitor),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_types_and_slots),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_task_names),
		cmocka_unit_test(test_task_json),
		cmocka_unit_test(test_task_of_threads),
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
