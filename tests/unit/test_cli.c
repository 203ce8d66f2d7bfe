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
	assert_string_equal(err, "nsinspect: no task is in net:[4026532330]\n");
	assert_int_equal(sh("$N --from $F 1/pid --output-all"), 0);
	assert_non_null(strstr(out, " INITIAL ACTIVE\n"));
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
		{ "blue", "net:[4026532300]" }, { "net:blue", "net:[4026532300]" },
		{ "32300", "net:[4026532300]" }, { "net:00", "net:[4026532300]" },
		{ "2300", "net:[4026532300]" }, { "uts:0", "uts:[4026532320]" },
		{ "net:2300#5", "net:[4026532300]" }, { "pid:5", "pid:[4026532305]" },
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
	assert_string_equal(err, "nsinspect: '0' can be each of: net:4026531840, net:4026532300 (blue), "
			    "net:4026532330, user:4026532310, uts:4026532320\n");
	assert_int_equal(sh("$N --from $F ns 402653"), 3);
	assert_string_equal(err, "nsinspect: '402653': there is no namespace of this number in the "
			    "picture\n");
	assert_int_equal(sh("$N --from $F ns net:0"), 2);
	assert_string_equal(err, "nsinspect: 'net:0' can be each of: net:4026531840, net:4026532300 "
			    "(blue), net:4026532330\n");
	assert_int_equal(sh("$N --from $F ns net:300#6"), 3);
	assert_int_equal(sh("$N --from $F ns 'net:[2300]'"), 3);
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
		{ "830", "did you mean 'nsinspect task 830'?" },
		{ "32300", "did you mean 'nsinspect task 32300' or 'nsinspect ns 32300'?" },
		{ "--tree owner", "did you mean '--tree=owner'?" },
		{ "-T parent", "did you mean '--tree=parent'?" },
		{ "--color always", "did you mean '--color=always'?" },
		{ "tree", "did you mean '--tree'?" }, { "net", "did you mean '--type=net'?" },
		{ "blue", "nsinspect ns blue" },
	};
	char line[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(line, sizeof(line), "$N --from $F %s", rows[i].line);
		assert_int_equal(sh(line), 2);
		one_line();
		if (!strstr(err, rows[i].meant))
			fail_msg("%s: %s", line, err);
	}
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
	assert_int_equal(sh("$N --from $F -n -o PID --sets -Q 'OWN == \"uts\"'"), 0);
	assert_string_equal(out, "831\n");
	assert_int_equal(sh("$N --from $F -r -n -o PID 1/pid -l -Q 'COMMAND =~ \"^k\"'"), 0);
	assert_string_equal(out, "2\n3\n");
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

static void test_sets(void **state)
{
	(void)state;
	assert_int_equal(sh("$N --from $F --sets"), 0);
	assert_string_equal(out,
		"SET NPROCS TASKS PID USER  OWN SHARES                                                    COMMAND\n"
		"  1      3     3   1 0         2:all                                                     systemd\n"
		"  2      1     1 812 0         1:cgroup,ipc,mnt,net,pid,time,user,uts 3:pid_for_children sh\n"
		"  3      1     1 830 alice     1:cgroup,ipc,mnt,time,uts 4:net,pid,user                  nginx: master process\n"
		"  4      0     1 831 alice uts 1:cgroup,ipc,mnt,time 3:net,pid,user                      nginx\n"
		"1 task has no set: exiting, without an nsproxy\n");
	assert_int_equal(sh("$N --from $F --sets -n -o SET,NSPROXY,REFS,PPID,UID"), 0);
	assert_string_equal(out,
		"  1       1    3    0    0\n"
		"  2       2    1    1    0\n"
		"  3       3    1  812 1000\n"
		"  4       4    1  812 1000\n");
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

/* The largest first; threads that are elsewhere count where they are. */
static void test_sets_of_many(void **state)
{
	char *line;
	int n = 0;

	(void)state;
	file = save_crowd();
	assert_int_equal(sh("$N --from $F --sets -o SET,NPROCS,TASKS,PID,OWN,SHARES,COMMAND"), 0);
	assert_non_null(strstr(out,
		"  1      6     6 100 pid  2:mnt,net,user                        init\n"
		"  2      2     4   1      1:mnt,net,user 3:pid                  systemd\n"
		"  3      1     2 230 mnt  1:net,user 2:pid                      sandbox\n"
		"  4      1     1   2      1:mnt,net,pid_for_children,user 2:pid shim\n"
		"  5      1     1 201 mnt  1:net,user 2:pid                      sandbox\n"));
	assert_non_null(strstr(out,
		" 34      1     1 310 user 1:mnt,net 2:pid                       rootless\n"));
	for (line = out; (line = strchr(line, '\n')); line++)
		n++;
	assert_int_equal(n, 1 + 34 + 1);
	assert_non_null(strstr(out, "\n2 tasks have no set: exiting, without an nsproxy\n"));
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
		"  children   user:[31]: 1 process, first 310 rootless\n"
		"  owned      30× mnt: 30 processes, first 201…230 sandbox\n"
		"             net:[50] (initial): 40 processes, first 1 systemd\n"
		"             pid:[10] (initial): 36 processes, first 1 systemd\n"
		"             mnt:[40] (initial): 10 processes, first 1 systemd\n"
		"             pid:[11]: 6 processes, first 100→1 init\n"
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
	assert_non_null(strstr(out, "  children   user:[32]: no process\n"));
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
	assert_non_null(strstr(out, "  members    230 sandbox\n             303 worker (thread of 300)\n"));
	assert_int_equal(sh("LC_ALL=C.UTF-8 $N --from $F ns user:30 -u"), 0);
	for (i = 201; i <= 230; i++) {
		char text[64];

		snprintf(text, sizeof(text), "mnt:[%u]: 1 process, first %u sandbox\n", i - 100, i);
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
		"  owned      20000× uts: no process\n"
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
		"  levels      0      830  in pid:[4026531836] (initial)\n"
		"              1        1  in pid:[4026532305]\n"
		"  nsproxy    refs 1, not shared\n"
		"  slots\n"
		"    cgroup            4026531835  initial, with 3 other tasks\n"
		"    ipc               4026531839  initial, with 3 other tasks\n"
		"    mnt               4026531841  initial, with 3 other tasks\n"
		"    net               4026532300  JOINS blue, with 1 other task, "
				"differs from parent's 4026531840\n"
		"    pid               4026532305  NEW, with 1 other task, "
				"differs from parent's 4026531836\n"
		"    time              4026531834  initial, with 3 other tasks\n"
		"    user              4026532310  NEW, with 1 other task, "
				"differs from parent's 4026531837\n"
		"    uts               4026531838  initial, with 3 other tasks\n");
	assert_int_equal(sh("$N task --from $F 812"), 0);
	assert_non_null(strstr(out, "pid_for_children  4026532305  children are in it\n"));
	assert_int_equal(sh("$N task --from $F 840"), 0);
	assert_non_null(strstr(out, "nsproxy    none: the task is exiting\n"));
	assert_null(strstr(out, "    net"));
	assert_non_null(strstr(out, "    pid               4026531836  initial, with 3 other tasks\n"));
	assert_int_equal(sh("$N task --from $F --sharers 1"), 0);
	assert_non_null(strstr(out, "  sharers          2  kthreadd\n"
				    "                   3  kworker/0:0\n"));
	assert_int_equal(sh("$N task --from $F 831"), 0);
	assert_non_null(strstr(out, "uts               4026532320  NEW, no other task, differs from "
				    "leader's 4026531838\n"));
	assert_non_null(strstr(out, "  state      S, thread of 830 nginx, child of 812 sh, uid"));
	/* Not compared with the parent, from which this differs. */
	assert_non_null(strstr(out, "net               4026532300  blue, first 830->1 nginx, with 1 "
				    "other task\n"));
}

/* What is said of slots in a crowd: joined, same set, children. */
static void test_task_of_many(void **state)
{
	(void)state;
	file = save_crowd();
	assert_int_equal(sh("$N --from $F --ascii task 303"), 0);
	assert_non_null(strstr(out, "  nsproxy    refs 1, not shared, all namespaces as 230 sandbox\n"));
	assert_non_null(strstr(out, "    mnt                      130  JOINS 230 sandbox, no other task, "
				    "differs from leader's 40\n"));
	assert_non_null(strstr(out, "    net                       50  initial, with 42 other tasks\n"));
	assert_int_equal(sh("$N --from $F --ascii task 103"), 0);
	assert_non_null(strstr(out, "    pid                       11  first 100->1 init, with 5 other tasks\n"));
	assert_null(strstr(out, "_for_children"));
	assert_int_equal(sh("$N --from $F --ascii task 1"), 0);
	assert_null(strstr(out, "NEW"));
	/* The same of several tasks, and with --sharers. */
	assert_int_equal(sh("$N --from $F --ascii task 2 105 --sharers"), 0);
	assert_non_null(strstr(out, "    pid_for_children          11  children are in it\n"));
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
			"net:[4026532300] blue\n"
			"  id         1234605616436508552\n"
			"  active     yes\n"
			"  refs       3\n"
			"  mounted at /run/netns/blue\n"
			"  owner      user:[4026532310]\n"
			"  tasks      2, in 1 process\n"
			"  members    830\xe2\x86\x92" "1 nginx\n");
	}
	/* Its only process is its child reaper. */
	assert_int_equal(sh("LC_ALL=C $N --from $F ns 830/pid"), 0);
	assert_non_null(strstr(out, "  parent     pid:[4026531836] (initial)\n"));
	assert_non_null(strstr(out, "  members    830->1 nginx (child reaper)\n"));
	/* 830 and 831 have it for children as well, and are in it; 830 is a child of 812. */
	assert_string_equal(strstr(out, "  parents"), "  parents    812 sh\n");
	assert_int_equal(sh("$N --from $F ns 831/uts"), 0);
	assert_non_null(strstr(out, "nginx (thread of 830)\n"));
	assert_int_equal(sh("$N --from $F ns user:4026531837"), 0);
	assert_non_null(strstr(out, "  children   user:[4026532310]: 1 process, first 830->1 nginx\n"));
	assert_non_null(strstr(out, "  owned      cgroup:[4026531835] (initial): 4 processes, first "
				    "1 systemd\n"));
	assert_non_null(strstr(out, "             net:[4026532330]: no process\n"));
	assert_non_null(strstr(out, "  members    2..3 2x kernel threads\n"));
}

static void test_pid(void **state)
{
	(void)state;
	assert_int_equal(sh("LC_ALL=C $N --from $F pid 830"), 0);
	assert_string_equal(out,
		"830->1 nginx\n"
		"  levels      0      830  in pid:[4026531836] (initial)\n"
		"              1        1  in pid:[4026532305]\n");
	/* Without a namespace: at any level, the one with this number here first. */
	assert_int_equal(sh("LC_ALL=C $N --from $F pid 1"), 0);
	assert_string_equal(out,
		"1 systemd: 1 in pid:[4026531836] (initial)\n"
		"830->1 nginx: 1 in pid:[4026532305]\n");
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
		{ 2, "$N -H -J" }, { 2, "$N --raw -u" }, { 2, "$N -p 1 --json --threads" },
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
		"--type=net", "--task=1", "--threads", "--in=1/pid", "--sharers", "--output=PID",
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
			    "the list, the list with NS, --tree=owner|parent or --sets\n");
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
	assert_non_null(strstr(out, "user                      30  NEW, differs from parent's 30\n"));
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
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_members_in_a_list),
		cmocka_unit_test(test_as_lsns),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_candidates),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_sets_of_many),
		cmocka_unit_test(test_sets_json),
		cmocka_unit_test(test_ns_of_many),
		cmocka_unit_test(test_task),
		cmocka_unit_test(test_task_of_many),
		cmocka_unit_test(test_ns),
		cmocka_unit_test(test_pid),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_closed_pipe),
		cmocka_unit_test(test_from_a_pipe),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_why),
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
