// SPDX-License-Identifier: GPL-2.0
/*
 * What holds a namespace: answers made by hand, what is added to them from
 * /proc, and the screens that come of it.
 */
/* Its inner parts are tested, beside the object that other parts are linked with. */
#define cmd_why tested_cmd_why
#include "cmd_why.c"

#include <linux/netlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <locale.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "decode.h"
#include "keep.h"
#include "messages.h"

#define KIND(name) NSINSPECT_HOLDER_KIND_##name
#define A(name) NSINSPECT_A_HOLDER_##name

static struct why w;
static struct capture answer;
static char screen[65536];

/* The namespace @inum of world() is asked about. */
static void ask_about(enum nsinspect_ns_type type, uint32_t inum)
{
	struct capture c_world;
	struct ns *ns;

	world(&c_world);
	why_begin(&w);
	w.self = 9999;
	decoded(&w.p.graph, &c_world);
	free(c_world.bytes);
	ns = graph_find_ns(&w.p.graph, type, inum);
	assert_non_null(ns);
	w.ns = ns;
	if (inum == OWN_NET)
		ns->name = strdup("blue");
	memset(&answer, 0, sizeof(answer));
	put_snapshot(&answer, 1, 0, 0);
	put_ns(&answer, ns);
}

static int stop(void **state)
{
	(void)state;
	why_end(&w);
	free(answer.bytes);
	memset(&answer, 0, sizeof(answer));
	return 0;
}

static void u32(struct nl_msg *msg, int type, uint32_t v)
{
	assert_int_equal(nla_put_u32(msg, type, v), 0);
}

/* A holder: pairs of an attribute and its value, then 0. */
static void holder(int kind, ...)
{
	struct nl_msg *msg = message_begin();
	struct nlattr *nest = nla_nest_start(msg, NSINSPECT_A_GRAPH_HOLDER);
	va_list args;
	int attr;

	u32(msg, A(KIND), (uint32_t)kind);
	va_start(args, kind);
	while ((attr = va_arg(args, int))) {
		if (attr == A(COMM) || attr == A(STATE) || attr == A(SLOT) || attr == A(FSTYPE))
			nla_put_string(msg, attr, va_arg(args, const char *));
		else if (attr == A(INO))
			nla_put_u64(msg, attr, va_arg(args, unsigned int));
		else
			u32(msg, attr, va_arg(args, unsigned int));
	}
	va_end(args);
	nla_nest_end(msg, nest);
	message_end(&answer, msg);
}

struct sums {
	int64_t refs, active_refs, nsfs_users;	/* -1: absent */
	bool initial;
	int settled;			/* -1: absent */
};

static const struct sums plain = { .active_refs = -1, .nsfs_users = -1, .settled = 1 };

/* The sums: three numbers for each kind, kind, references and holders, then -1. */
static void sums(struct sums s, ...)
{
	struct nl_msg *msg = message_begin();
	struct nlattr *nest = nla_nest_start(msg, NSINSPECT_A_GRAPH_HOLDING), *one;
	va_list args;
	int kind;

	if (s.refs >= 0)
		u32(msg, NSINSPECT_A_HOLDING_REFS, (uint32_t)s.refs);
	if (s.active_refs >= 0)
		u32(msg, NSINSPECT_A_HOLDING_ACTIVE_REFS, (uint32_t)s.active_refs);
	if (s.nsfs_users >= 0)
		u32(msg, NSINSPECT_A_HOLDING_NSFS_USERS, (uint32_t)s.nsfs_users);
	if (s.initial)
		nla_put_flag(msg, NSINSPECT_A_HOLDING_INITIAL);
	if (s.settled >= 0)
		nla_put_u8(msg, NSINSPECT_A_HOLDING_SETTLED, (uint8_t)s.settled);
	u32(msg, NSINSPECT_A_HOLDING_FILES, 321);
	va_start(args, s);
	while ((kind = va_arg(args, int)) >= 0) {
		int refs = va_arg(args, int);

		one = nla_nest_start(msg, NSINSPECT_A_HOLDING_EXPLAINED);
		u32(msg, NSINSPECT_A_EXPLAINED_KIND, (uint32_t)kind);
		u32(msg, NSINSPECT_A_EXPLAINED_REFS, (uint32_t)refs);
		if (s.active_refs >= 0)
			u32(msg, NSINSPECT_A_EXPLAINED_ACTIVE_REFS, (uint32_t)refs);
		u32(msg, NSINSPECT_A_EXPLAINED_HOLDERS, va_arg(args, unsigned int));
		nla_nest_end(msg, one);
	}
	va_end(args);
	nla_nest_end(msg, nest);
	message_end(&answer, msg);
}

#define SUMS(n, ...) sums(({ struct sums s_ = plain; s_.refs = (n); s_; }), ##__VA_ARGS__, -1)

static int decode_answer(const char **why)
{
	graph_reset(&w.answer);
	*why = "";
	return decode_messages(&w.answer, answer.bytes, answer.n, why);
}

static void arrived(void)
{
	const char *why;

	if (decode_answer(&why))
		fail_msg("not decoded: %s", why);
	assert_int_equal(graph_link(&w.answer), 0);
}

static void broken(const char *expected)
{
	const char *why;

	assert_int_equal(decode_answer(&why), -EBADMSG);
	assert_string_equal(why, expected);
}

/* What a function writes to stdout is in @screen. */
static void draw(const struct options *o)
{
	int out;
	FILE *file = tmpfile();

	assert_non_null(file);
	fflush(stdout);
	out = dup(1);
	dup2(fileno(file), 1);
	if (o)
		show(o, &w);
	else
		show_json(&w);
	fflush(stdout);
	dup2(out, 1);
	close(out);
	rewind(file);
	screen[fread(screen, 1, sizeof(screen) - 1, file)] = '\0';
	fclose(file);
	keep_json(screen);
}

static void expect(const char *expected)
{
	const struct options o = { .ascii = true };

	assert_int_equal(add_up(&w), 0);
	/* Of the same as JSON, that it fits the schema. */
	draw(NULL);
	draw(&o);
	assert_string_equal(screen, expected);
}

static void mount_of_it(const char *line, uint32_t tid, bool ours)
{
	char buffer[512];
	struct mount_line m;

	snprintf(buffer, sizeof(buffer), "%s\n", line);
	assert_true(mount_line(buffer, &m));
	if (!w.supers)
		assert_int_equal(find_supers(&w), 0);
	assert_int_equal(add_mount(&w, &m, graph_find_task(&w.p.graph, tid), ours), 0);
}

/* Tasks share an nsproxy, descriptors and mounts one inode: references and holders are two numbers. */
static void test_screen(void **state)
{
	struct sums s = plain;

	(void)state;
	ask_about(NSINSPECT_NS_TYPE_NET, OWN_NET);
	s.refs = 4;
	s.nsfs_users = 4;
	sums(s, KIND(NSPROXY), 2, 2u, KIND(NSFS_FILE), 1, 2u, KIND(SOCKET), 1, 1u, -1);
	holder(KIND(SOCKET), A(TID), 812u, A(TGID), 812u, A(COMM), "sh", A(FD), 5u, A(FAMILY),
	       (unsigned int)AF_INET, A(SOCKET_TYPE), (unsigned int)SOCK_STREAM, A(PROTOCOL),
	       (unsigned int)IPPROTO_TCP, A(INO), 777u, A(OBJECT), 9u, 0);
	holder(KIND(NSPROXY), A(TID), 831u, A(TGID), 830u, A(COMM), "nginx", A(SLOT), "net",
	       A(NSPROXY), 2u, 0);
	holder(KIND(NSPROXY), A(TID), 830u, A(TGID), 830u, A(COMM), "nginx", A(SLOT), "net",
	       A(NSPROXY), 1u, 0);
	/* One open file in two descriptors. */
	holder(KIND(NSFS_FILE), A(TID), 812u, A(TGID), 812u, A(COMM), "sh", A(FD), 7u, A(OBJECT), 3u, 0);
	holder(KIND(NSFS_FILE), A(TID), 830u, A(TGID), 830u, A(COMM), "nginx", A(FD), 8u, A(OBJECT),
	       3u, 0);
	arrived();
	mount_of_it("30 20 0:4 net:[4026532300] /run/netns/blue rw shared:9 - nsfs nsfs rw", 812, true);
	mount_of_it("31 20 0:4 net:[4026532300] /mnt/a\\040b rw - nsfs nsfs rw", 830, false);
	/* Another namespace, and what is none. */
	mount_of_it("32 20 0:4 net:[4026532301] /mnt/x rw - nsfs nsfs rw", 830, false);
	mount_of_it("33 20 0:4 uts:[4026532300] /mnt/y rw - nsfs nsfs rw", 830, false);
	mount_of_it("34 20 0:4 / /mnt/z rw - tmpfs tmpfs rw", 830, false);
	w.unread = 1;
	expect("net:32300 (blue): 4 references: 4 explained\n"
	       "  tasks      2 references of nsproxies, by 2 tasks\n"
	       "             830 (nginx): nsproxy 1\n"
	       "             831 (nginx), a thread of 830: nsproxy 2\n"
	       "  nsfs       1 reference of its nsfs inode, by 2 descriptors, 2 bind mounts\n"
	       "             fd 7 of 812 (sh)\n"
	       "             fd 8 of 830 (nginx)\n"
	       "             /run/netns/blue in mnt:31841 (ours)\n"
	       "             /mnt/a b in mnt:31841 (of 830)\n"
	       "             1 more, hidden: a detached mount, one in a mount namespace without a task "
	       "(there is 1), or a file of io_uring\n"
	       "  sockets    1 reference of sockets, by 1 descriptor\n"
	       "             fd 5 of 812 (sh): tcp, inode 777\n"
	       "  to free    nsenter -t 830 -m umount '/mnt/a b'\n"
	       "             end process 830 (nginx)\n"
	       "             close fd 5 of 812 (sh)\n"
	       "             close fd 7 of 812 (sh)\n"
	       "             ip netns delete blue\n");
}

/* The mount that it was opened at is in no mount namespace any more: its path says nothing. */
static void test_detached(void **state)
{
	size_t i;

	(void)state;
	ask_about(NSINSPECT_NS_TYPE_UTS, THREAD_UTS);
	SUMS(1, KIND(NSFS_FILE), 1, 2u);
	holder(KIND(NSFS_FILE), A(TID), 812u, A(TGID), 812u, A(FD), 7u, A(COMM), "sh", 0);
	holder(KIND(NSFS_FILE), A(TID), 812u, A(TGID), 812u, A(FD), 8u, A(COMM), "sh", 0);
	arrived();
	for (i = 0; i < w.h.n; i++)
		w.h.holders[i].path = strdup(w.h.holders[i].fd == 7 ? "/" : "/run/held");
	expect("uts:32320: 1 reference: 1 explained\n"
	       "  nsfs       1 reference of its nsfs inode, by 2 descriptors\n"
	       "             fd 7 of 812 (sh): its mount was detached\n"
	       "             fd 8 of 812 (sh): /run/held\n"
	       "  to free    close fd 7 of 812 (sh)\n"
	       "             close fd 8 of 812 (sh)\n");
}

/* Two are left over, and the type's own list says what they can be. */
static void test_unexplained(void **state)
{
	(void)state;
	ask_about(NSINSPECT_NS_TYPE_UTS, THREAD_UTS);
	SUMS(3, KIND(NSPROXY), 1, 1u);
	holder(KIND(NSPROXY), A(TID), 831u, A(TGID), 830u, A(COMM), "nginx", A(NSPROXY), 1u, 0);
	arrived();
	expect("uts:32320: 3 references: 1 explained, unexplained 2\n"
	       "  tasks      1 reference of nsproxies, by 1 task\n"
	       "             831 (nginx), a thread of 830: nsproxy 1\n"
	       "  candidates for what is unexplained, as these cannot be enumerated:\n"
	       "             a file that only io_uring has (fixed file)\n"
	       "             what the kernel has let go of and frees later\n"
	       "  to free    end process 830 (nginx)\n");
}

/* More than there are: said as it is. */
static void test_negative(void **state)
{
	struct sums s = plain;
	struct json_object *root, *holding;

	(void)state;
	ask_about(NSINSPECT_NS_TYPE_UTS, THREAD_UTS);
	s.refs = 1;
	s.active_refs = 4;
	s.settled = 0;
	sums(s, KIND(NSPROXY), 3, 0u, -1);
	arrived();
	expect("uts:32320: 1 reference: 3 explained, unexplained -2 (counted twice or changed "
	       "meanwhile)\n"
	       "  active     4 active references: 3 explained, unexplained 1\n"
	       "  note       references changed, or not all could be read: the numbers may not fit\n"
	       "  tasks      3 references of nsproxies (3 active)\n"
	       "  to free    nothing that can be named\n");
	draw(NULL);
	root = json_tokener_parse(screen);
	assert_non_null(root);
	holding = json_object_object_get(root, "holding");
	assert_int_equal(json_object_get_int(json_object_object_get(holding, "unexplained")), -2);
	assert_int_equal(json_object_get_int(json_object_object_get(holding, "active_unexplained")), 1);
	assert_false(json_object_get_boolean(json_object_object_get(holding, "settled")));
	assert_int_equal(json_object_array_length(json_object_object_get(holding, "candidates")), 0);
	json_object_put(root);
}

/* No arithmetic, and nothing that would end it. */
static void test_initial(void **state)
{
	struct sums s = plain;
	struct json_object *root, *holding;

	(void)state;
	ask_about(NSINSPECT_NS_TYPE_NET, INIT_NET);
	s.refs = 40;
	s.initial = true;
	sums(s, KIND(NSPROXY), 2, 1u, -1);
	holder(KIND(NSPROXY), A(TID), 1u, A(TGID), 1u, A(COMM), "systemd", A(NSPROXY), 1u, 0);
	arrived();
	expect("net:31840 (initial): always alive, whatever holds it\n"
	       "  tasks      1 task\n"
	       "             1 (systemd): nsproxy 1\n");
	draw(NULL);
	root = json_tokener_parse(screen);
	assert_non_null(root);
	holding = json_object_object_get(root, "holding");
	assert_true(json_object_get_boolean(json_object_object_get(holding, "initial")));
	assert_null(json_object_object_get(holding, "unexplained"));
	assert_int_equal(json_object_array_length(json_object_object_get(root, "to_free")), 0);
	json_object_put(root);
}

/* With number 1 all end; a zombie is one; children that are not born yet are said to be. */
static void test_pid(void **state)
{
	(void)state;
	ask_about(NSINSPECT_NS_TYPE_PID, OWN_PID);
	SUMS(7, KIND(NSPROXY), 1, 1u, KIND(PENDING), 1, 1u, KIND(PID), 4, 4u, KIND(PID_REAPED), 1, 1u);
	holder(KIND(NSPROXY), A(TID), 830u, A(TGID), 830u, A(COMM), "nginx", A(SLOT),
	       "pid_for_children", A(NSPROXY), 1u, 0);
	holder(KIND(PENDING), A(TID), 812u, A(TGID), 812u, A(COMM), "sh", A(SLOT), "pid_for_children",
	       A(NSPROXY), 2u, 0);
	holder(KIND(PID), A(TID), 830u, A(TGID), 830u, A(COMM), "nginx", A(NR), 1u,
	       0);
	holder(KIND(PID), A(TID), 831u, A(TGID), 830u, A(COMM), "nginx", A(NR), 2u, 0);
	holder(KIND(PID), A(TID), 840u, A(TGID), 840u, A(COMM), "gone", A(STATE), "Z", 0);
	holder(KIND(PID), A(NR), 17u, 0);
	holder(KIND(PID_REAPED), A(TID), 2000u, A(TGID), 2000u, A(COMM), "keeper", A(FD), 4u, A(NR),
	       33u, 0);
	arrived();
	expect("pid:32305: 7 references: 7 explained\n"
	       "  tasks      1 reference of nsproxies, by 1 task\n"
	       "             830 (nginx): pid_for_children, nsproxy 1\n"
	       "  pending    1 reference of nsproxies, by 1 task\n"
	       "             children of 812 (sh) would be in it: pid_for_children, nsproxy 2\n"
	       "  pids       4 references of struct pids, by 4 holders\n"
	       "             number 17 in it\n"
	       "             830 (nginx): 2 threads\n"
	       "             zombie 840 (gone)\n"
	       "  reaped     1 reference of struct pids, by 1 descriptor\n"
	       "             fd 4 of 2000 (keeper): number 33 in it\n"
	       "  to free    end process 830 (nginx): all others in the namespace end with it\n"
	       "             end process 812 (sh)\n"
	       "             reap zombie 840 (gone): its parent is 812 (sh)\n"
	       "             close fd 4 of 2000 (keeper)\n"
	       "             end the processes of group or session 17\n");
}

static void test_user(void **state)
{
	(void)state;
	ask_about(NSINSPECT_NS_TYPE_USER, OWN_USER);
	SUMS(9, KIND(CREDENTIAL), 1, 2u, KIND(FILE_CREDENTIAL), 2, 2u, KIND(OWNED), 2, 2u,
	     KIND(SUPERBLOCK), 2, 2u, KIND(ACCOUNT), 1, 1u, KIND(MOUNT), 1, 1u);
	holder(KIND(CREDENTIAL), A(TID), 3u, A(TGID), 3u, A(COMM), "kworker/0:0", A(OBJECT), 1u, 0);
	holder(KIND(CREDENTIAL), A(TID), 9999u, A(TGID), 9999u, A(COMM), "nsinspect", A(OBJECT), 1u, 0);
	/* The program that a process runs has no descriptor. */
	holder(KIND(FILE_CREDENTIAL), A(TID), 812u, A(TGID), 812u, A(COMM), "sh", A(OBJECT), 2u, 0);
	/* A descriptor that holds it in two ways has to be closed once. */
	holder(KIND(FILE_CREDENTIAL), A(TID), 2000u, A(TGID), 2000u, A(COMM), "x", A(FD), 6u, 0);
	holder(KIND(OWNED), A(TYPE), (unsigned int)NSINSPECT_NS_TYPE_NET, A(INUM), OWN_NET, 0);
	holder(KIND(OWNED), A(TYPE), (unsigned int)NSINSPECT_NS_TYPE_NET, A(INUM), 4026539999u, 0);
	holder(KIND(SUPERBLOCK), A(FSTYPE), "tmpfs", A(DEV), 44u, 0);
	holder(KIND(SUPERBLOCK), A(FSTYPE), "mqueue", A(DEV), 8u << 20 | 1u, 0);
	holder(KIND(ACCOUNT), A(UID), 0u, 0);
	holder(KIND(MOUNT), A(TID), 2000u, A(TGID), 2000u, A(COMM), "x", A(FD), 6u, A(DEV), 44u, 0);
	arrived();
	graph_find_ns(&w.p.graph, NSINSPECT_NS_TYPE_NET, OWN_NET)->name = strdup("blue");
	/* One file system in two places. */
	mount_of_it("40 20 0:44 / /mnt/one rw - tmpfs tmpfs rw", 812, true);
	mount_of_it("41 20 0:44 /sub /mnt/two rw - tmpfs tmpfs rw", 830, false);
	expect("user:32310: 9 references: 9 explained\n"
	       "  creds      1 reference of credentials, by 2 tasks\n"
	       "             3 (kworker/0:0)\n"
	       "             9999 (nsinspect), which is this nsinspect\n"
	       "  file creds 2 references of credentials, by 2 files\n"
	       "             812 (sh)\n"
	       "             fd 6 of 2000 (x)\n"
	       "  owned      2 references, by 2 owned namespaces\n"
	       "             net:32300 (blue)\n"
	       "             net:[4026539999]\n"
	       "  file sys   2 references, by 2 file systems\n"
	       "             tmpfs, device 0:44, /mnt/one in mnt:31841 (ours)\n"
	       "             tmpfs, device 0:44, /mnt/two in mnt:31841 (of 830)\n"
	       "             mqueue, device 8:1\n"
	       "  mounts     1 reference of mounts, by 1 mount\n"
	       "             fd 6 of 2000 (x): device 0:44\n"
	       "  accounts   1 reference, by 1 account of a user\n"
	       "             uid 0\n"
	       "  to free    kernel thread 3 (kworker/0:0) holds it as long as it runs\n"
	       "             end process 812 (sh)\n"
	       "             close fd 6 of 2000 (x)\n"
	       "             let net:4026532300 die; to see what holds it: nsinspect why net:4026532300\n"
	       "             let net:4026539999 die; to see what holds it: nsinspect why net:4026539999\n"
	       "             umount /mnt/one\n"
	       "             nsenter -t 830 -m umount /mnt/two\n");
}

/* A long list is cut short, and says so; -u shows all of it. */
static void test_long(void **state)
{
	const struct options all = { .ascii = true, .notruncate = true };
	unsigned int i;

	(void)state;
	ask_about(NSINSPECT_NS_TYPE_NET, OWN_NET);
	SUMS(1, KIND(NSPROXY), 1, 40u);
	for (i = 0; i < 20; i++) {
		holder(KIND(NSPROXY), A(TID), 5000 + 2 * i, A(TGID), 5000 + 2 * i, A(COMM), "many",
		       A(NSPROXY), 1u, 0);
		/* Each has a thread that has no line of its own. */
		holder(KIND(NSPROXY), A(TID), 5001 + 2 * i, A(TGID), 5000 + 2 * i, A(COMM), "many",
		       A(NSPROXY), 1u, 0);
	}
	arrived();
	assert_int_equal(add_up(&w), 0);
	draw(&(struct options){ .ascii = true });
	assert_non_null(strstr(screen, "             5018 (many): 2 threads, nsproxy 1\n"
			       "             and 20 more (-u lists all)\n"
			       "  to free    end process 5000 (many)\n"));
	assert_non_null(strstr(screen, "             end process 5018 (many)\n"
			       "             and 10 more (-u lists all)\n"));
	draw(&all);
	assert_null(strstr(screen, "more"));
	assert_non_null(strstr(screen, "             5039 (many), a thread of 5038: nsproxy 1\n"));
	assert_non_null(strstr(screen, "             end process 5038 (many)\n"));
}

/* Names are shown as safe as everywhere, and quoted for the shell. */
static void test_hostile(void **state)
{
	(void)state;
	ask_about(NSINSPECT_NS_TYPE_NET, OWN_NET);
	SUMS(1, KIND(NSPROXY), 0, 1u, KIND(NSFS_FILE), 1, 0u);
	holder(KIND(NSPROXY), A(TID), 5000u, A(TGID), 5000u, A(COMM), "\033[31m", 0);
	arrived();
	mount_of_it("30 20 0:4 net:[4026532300] /mnt/it's\\012 rw - nsfs nsfs rw", 812, true);
	mount_of_it("31 20 0:4 net:[4026532300] /run/netns/a\\040b rw - nsfs nsfs rw", 812, true);
	/* Not ours: ip netns would delete another one. */
	mount_of_it("32 20 0:4 net:[4026532300] /run/netns/other rw - nsfs nsfs rw", 830, false);
	assert_int_equal(add_up(&w), 0);
	draw(&(struct options){ .ascii = true });
	assert_null(strchr(screen, '\033'));
	assert_non_null(strstr(screen, "end process 5000 (\\x1b[31m)\n"));
	assert_non_null(strstr(screen, "umount '/mnt/it'\\''s\\x0a'\n"));
	assert_non_null(strstr(screen, "ip netns delete 'a b'\n"));
	assert_non_null(strstr(screen, "nsenter -t 830 -m umount /run/netns/other\n"));
}

static void test_sockets(void **state)
{
	static const struct {
		int64_t family, type, protocol;
		const char *text;
	} rows[] = {
		{ AF_INET, SOCK_STREAM, IPPROTO_TCP, "tcp" },
		{ AF_INET6, SOCK_DGRAM, IPPROTO_UDP, "udp6" },
		{ AF_INET, SOCK_RAW, IPPROTO_ICMP, "raw icmp" },
		{ AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, "raw icmp6" },
		{ AF_INET, SOCK_RAW, 89, "raw protocol 89" },
		{ AF_INET6, SOCK_RAW, 89, "raw protocol 89 (inet6)" },
		{ AF_INET, SOCK_STREAM, IPPROTO_MPTCP, "mptcp" },
		{ AF_UNIX, SOCK_STREAM, 0, "unix stream" },
		{ AF_UNIX, SOCK_SEQPACKET, -1, "unix seqpacket" },
		{ AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, "netlink route" },
		{ AF_NETLINK, SOCK_RAW, 31, "netlink protocol 31" },
		{ AF_PACKET, SOCK_RAW, 3, "packet raw" },
		{ 250, 77, 1, "family 250 type 77" },
		{ AF_VSOCK, -1, -1, "vsock" },
		{ -1, SOCK_STREAM, 0, "" },
	};
	char text[96];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct holder x = {
			.family = rows[i].family, .socket_type = rows[i].type,
			.protocol = rows[i].protocol,
		};

		socket_words(&x, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
	}
}

static const char *string_of(struct json_object *o, const char *key)
{
	return json_object_get_string(json_object_object_get(o, key));
}

static int64_t number_of(struct json_object *o, const char *key)
{
	struct json_object *v = json_object_object_get(o, key);

	assert_true(json_object_is_type(v, json_type_int));
	return json_object_get_int64(v);
}

static void test_json(void **state)
{
	struct json_object *root, *ns, *holding, *list, *x;
	struct sums s = plain;

	(void)state;
	ask_about(NSINSPECT_NS_TYPE_NET, OWN_NET);
	s.refs = 9;
	s.nsfs_users = 3;
	sums(s, KIND(NSFS_FILE), 1, 1u, KIND(SOCKET), 1, 1u, -1);
	holder(KIND(NSFS_FILE), A(TID), 812u, A(TGID), 812u, A(COMM), "sh", A(FD), 0u, A(OBJECT), 3u, 0);
	holder(KIND(SOCKET), A(TID), 830u, A(TGID), 830u, A(COMM), "nginx", A(STATE), "S", A(FD), 5u,
	       A(FAMILY), (unsigned int)AF_NETLINK, A(SOCKET_TYPE), 3u, A(PROTOCOL), 0u, A(INO), 77u, 0);
	arrived();
	mount_of_it("30 20 0:4 net:[4026532300] /run/netns/blue rw - nsfs nsfs rw", 812, true);
	assert_int_equal(add_up(&w), 0);
	draw(NULL);
	root = json_tokener_parse(screen);
	assert_non_null(root);
	assert_string_equal(string_of(root, "schema"), "nsinspect/1");
	assert_string_equal(string_of(json_object_object_get(root, "host"), "nodename"), "lab");
	assert_int_equal(number_of(json_object_object_get(root, "snapshot"), "generation"), 42);
	ns = json_object_object_get(root, "namespace");
	assert_int_equal(number_of(ns, "inum"), OWN_NET);
	holding = json_object_object_get(root, "holding");
	assert_int_equal(number_of(holding, "refs"), 9);
	assert_null(json_object_object_get(holding, "active_refs"));
	assert_true(json_object_get_boolean(json_object_object_get(holding, "settled")));
	assert_int_equal(number_of(holding, "unexplained"), 7);
	assert_int_equal(number_of(holding, "nsfs_hidden"), 1);
	assert_int_equal(number_of(holding, "files"), 321);
	assert_true(json_object_array_length(json_object_object_get(holding, "candidates")) > 4);
	list = json_object_object_get(holding, "explained");
	assert_int_equal(json_object_array_length(list), 3);
	x = json_object_array_get_idx(list, 1);
	assert_string_equal(string_of(x, "kind"), "nsfs-mount");
	assert_int_equal(number_of(x, "refs"), 0);
	assert_int_equal(number_of(x, "holders"), 1);
	list = json_object_object_get(root, "holders");
	assert_int_equal(json_object_array_length(list), 3);
	x = json_object_array_get_idx(list, 0);
	assert_string_equal(string_of(x, "kind"), "nsfs-file");
	assert_int_equal(number_of(x, "fd"), 0);
	/* What is not known of it is not there. */
	assert_false(json_object_object_get_ex(x, "family", NULL));
	x = json_object_array_get_idx(list, 1);
	assert_string_equal(string_of(x, "path"), "/run/netns/blue");
	assert_int_equal(number_of(x, "mnt"), INIT_MNT);
	x = json_object_array_get_idx(list, 2);
	assert_string_equal(string_of(x, "socket"), "netlink route");
	assert_int_equal(number_of(x, "protocol"), 0);
	assert_int_equal(number_of(x, "ino"), 77);
	assert_string_equal(string_of(x, "state"), "S");
	list = json_object_object_get(root, "to_free");
	assert_int_equal(json_object_array_length(list), 3);
	assert_string_equal(json_object_get_string(json_object_array_get_idx(list, 2)),
			    "ip netns delete blue");
	json_object_put(root);
}

/* A kind that a later module has is counted; what else is new is left alone. */
static void test_later(void **state)
{
	(void)state;
	ask_about(NSINSPECT_NS_TYPE_UTS, THREAD_UTS);
	SUMS(3, KIND(NSPROXY), 1, 0u, 99, 2, 1u);
	holder(99, A(TID), 1u, 0);
	holder(KIND(OWNED), A(TYPE), 77u, A(INUM), 5u, 0);
	holder(KIND(SOCKET), 200, 5u, A(TID), 812u, 0);
	arrived();
	assert_int_equal(holding_explained(&w.h, false), 3);
	assert_int_equal(w.h.n, 2);
	/* A task without a group is its own. */
	assert_int_equal(w.h.holders[1].tgid, 812);
	assert_int_equal(add_up(&w), 0);
	draw(&(struct options){ .ascii = true });
	assert_non_null(strstr(screen, "  others     2 references, by 1 holder of kinds that this "
			       "nsinspect does not know\n"));
	assert_non_null(strstr(screen, "             one of which nothing is known\n"));
}

/* More users than are counted; a leader that is dead while a thread of it lives; long names. */
static void test_odd(void **state)
{
	struct sums s = plain;

	(void)state;
	ask_about(NSINSPECT_NS_TYPE_UTS, THREAD_UTS);
	s.refs = 1;
	s.nsfs_users = 1;
	sums(s, KIND(NSFS_FILE), 1, 2u, KIND(CREDENTIAL), 0, 2u, -1);
	holder(KIND(NSFS_FILE), A(FD), 5u, A(TID), 5000u, A(COMM), "a name that is much too long", 0);
	holder(KIND(NSFS_FILE), A(TID), 5000u, A(COMM), "b", A(FD), 6u, 0);
	holder(KIND(CREDENTIAL), A(TID), 840u, A(TGID), 840u, A(COMM), "gone", A(STATE), "Z", 0);
	holder(KIND(CREDENTIAL), A(TID), 841u, A(TGID), 840u, A(COMM), "lives", A(STATE), "S", 0);
	arrived();
	assert_int_equal(w.h.holders[0].fd, 5);
	/* Then mounts have to be looked for, whatever the sum is. */
	assert_false(holding_has_objects(&w.h));
	w.h.holders[0].object = w.h.holders[1].object = 1;
	assert_true(holding_has_objects(&w.h));
	w.h.holders[0].object = w.h.holders[1].object = 0;
	expect("uts:32320: 1 reference: 1 explained\n"
	       "  creds      0 references of credentials, by 2 tasks\n"
	       "             zombie 840 (gone)\n"
	       "             841 (lives), a thread of 840\n"
	       "  nsfs       1 reference of its nsfs inode, by 2 descriptors\n"
	       "             fd 5 of 5000 (a name that is )\n"
	       "             fd 6 of 5000 (b)\n"
	       "             1 more than the kernel counts: descriptors share an open file, "
	       "or they changed meanwhile\n"
	       "  to free    end process 840 (gone)\n"
	       "             close fd 5 of 5000 (a name that is )\n"
	       "             close fd 6 of 5000 (b)\n");
}

/* A kernel that keeps the number to itself (mnt on 5.10): what is found is shown all the same. */
static void test_private(void **state)
{
	struct json_object *root, *holding;
	struct sums s = plain;

	(void)state;
	ask_about(NSINSPECT_NS_TYPE_MNT, INIT_MNT);
	((struct ns *)w.ns)->initial = false;
	s.refs = -1;
	sums(s, KIND(PROC_FILE), 1, 1u, KIND(NSFS_IN_FLIGHT), 1, 1u, -1);
	holder(KIND(PROC_FILE), A(TID), 812u, A(TGID), 812u, A(COMM), "sh", A(FD), 3u, 0);
	holder(KIND(NSFS_IN_FLIGHT), A(TID), 812u, A(TGID), 812u, A(COMM), "sh", A(FD), 4u, 0);
	arrived();
	expect("mnt:31841: the kernel keeps the number of references to itself: 2 explained\n"
	       "  nsfs       1 reference of its nsfs inode, by 1 file in flight\n"
	       "             fd 4 of 812 (sh)\n"
	       "  proc files 1 reference of open files, by 1 descriptor\n"
	       "             fd 3 of 812 (sh)\n"
	       "  to free    close fd 3 of 812 (sh)\n"
	       "             receive what waits in fd 4 of 812 (sh), or close it\n");
	draw(NULL);
	root = json_tokener_parse(screen);
	holding = json_object_object_get(root, "holding");
	assert_non_null(holding);
	assert_null(json_object_object_get(holding, "refs"));
	assert_null(json_object_object_get(holding, "unexplained"));
	assert_null(json_object_object_get(holding, "nsfs_hidden"));
	json_object_put(root);
}

static void again(void)
{
	stop(NULL);
	ask_about(NSINSPECT_NS_TYPE_NET, OWN_NET);
}

static void test_broken(void **state)
{
	static const uint16_t cut[] = { 8, A(KIND), 0, 0, 8, A(FD), 0 };
	struct nl_msg *msg;
	struct nlattr *nest;

	(void)state;
	ask_about(NSINSPECT_NS_TYPE_NET, OWN_NET);
	broken("the sums of references are missing");
	SUMS(1, KIND(NSPROXY), 1, 1u);
	broken("holders are missing or too many");
	holder(KIND(NSPROXY), 0);
	arrived();
	holder(KIND(NSPROXY), 0);
	broken("holders are missing or too many");
	again();
	SUMS(1);
	SUMS(1);
	broken("it holds two sums");
	again();
	SUMS(1, KIND(PID), 0, 0u, KIND(PID), 0, 0u);
	broken("a kind is explained twice");
	again();
	SUMS(1);
	holder(KIND(PID), A(STATE), "", 0);
	broken("the state of a task is no letter");
	again();
	SUMS(1);
	msg = message_begin();
	nest = nla_nest_start(msg, NSINSPECT_A_GRAPH_HOLDER);
	nla_put_u32(msg, A(TID), 1);
	nla_nest_end(msg, nest);
	message_end(&answer, msg);
	broken("a holder has no kind");
	again();
	SUMS(1);
	msg = message_begin();
	nest = nla_nest_start(msg, NSINSPECT_A_GRAPH_HOLDER);
	nla_put_u32(msg, A(KIND), 1);
	nla_put_u8(msg, A(FD), 1);
	nla_nest_end(msg, nest);
	message_end(&answer, msg);
	broken("a number has the wrong size");
	again();
	msg = message_begin();
	nest = nla_nest_start(msg, NSINSPECT_A_GRAPH_HOLDING);
	assert_non_null(nla_nest_start(msg, NSINSPECT_A_HOLDING_EXPLAINED));
	nla_nest_end(msg, nest);
	message_end(&answer, msg);
	broken("what is explained has no kind");
	/* One that is whole, and half of another. */
	again();
	SUMS(1);
	msg = message_begin();
	assert_int_equal(nla_put(msg, NSINSPECT_A_GRAPH_HOLDER, sizeof(cut), cut), 0);
	message_end(&answer, msg);
	broken("an attribute is cut off");
}

/* Whatever byte is changed or missing: an error or an answer, and nothing read past its end. */
static void test_mutations(void **state)
{
	struct capture whole;
	const char *why;
	size_t i, n_good = 0, n_bad = 0;
	int by;

	(void)state;
	ask_about(NSINSPECT_NS_TYPE_NET, OWN_NET);
	SUMS(4, KIND(NSPROXY), 2, 1u, KIND(SOCKET), 1, 1u);
	holder(KIND(NSPROXY), A(TID), 830u, A(TGID), 830u, A(COMM), "nginx", A(SLOT), "net", A(STATE),
	       "S", A(NSPROXY), 1u, 0);
	holder(KIND(SOCKET), A(TID), 830u, A(FD), 1u, A(FAMILY), 2u, A(INO), 4u, A(FSTYPE), "x", 0);
	whole = answer;
	for (i = 0; i < whole.n; i++) {
		for (by = 0; by < 3; by++) {
			/* A block of its own, so that valgrind sees its end. */
			answer.n = by ? whole.n : i & ~(size_t)3;
			answer.bytes = malloc(answer.n + 1);
			assert_non_null(answer.bytes);
			memcpy(answer.bytes, whole.bytes, answer.n);
			if (by)
				answer.bytes[i] ^= by == 1 ? 0x01 : 0xff;
			if (decode_answer(&why)) {
				assert_true(*why);
				n_bad++;
			} else {
				n_good++;
				assert_int_equal(add_up(&w), 0);
				steps_free(&w.steps);
			}
			free(answer.bytes);
		}
	}
	answer = whole;
	assert_true(n_good > 50 && n_bad > 50);
}

/* Our own descriptors: the link says where they lead, and whether it is still the same. */
static void test_paths(void **state)
{
	unsigned int self = (unsigned int)getpid();
	int file = open("/dev/null", O_RDONLY), fds[2];
	struct stat st;

	(void)state;
	assert_true(file >= 0);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(fstat(fds[0], &st), 0);
	ask_about(NSINSPECT_NS_TYPE_NET, OWN_NET);
	SUMS(1);
	holder(KIND(PROC_FILE), A(TID), self, A(FD), (unsigned int)file, A(INO), 5u, 0);
	holder(KIND(PROC_FILE), A(TID), self, A(FD), (unsigned int)fds[0], A(INO),
	       (unsigned int)st.st_ino, 0);
	/* What the number stands for now is another pipe. */
	holder(KIND(PROC_FILE), A(TID), self, A(FD), (unsigned int)fds[1], A(INO), 1u, 0);
	holder(KIND(PROC_FILE), A(TID), self, A(FD), 999999u, 0);
	holder(KIND(NSPROXY), A(TID), self, 0);
	arrived();
	assert_int_equal(find_paths(&w), 0);
	assert_string_equal(w.h.holders[0].path, "/dev/null");
	assert_non_null(w.h.holders[1].path);
	assert_int_equal(strncmp(w.h.holders[1].path, "pipe:[", 6), 0);
	assert_null(w.h.holders[2].path);
	assert_null(w.h.holders[3].path);
	assert_null(w.h.holders[4].path);
	close(file);
	close(fds[0]);
	close(fds[1]);
}

static void look_again(void)
{
	free(w.supers);
	w.supers = NULL;
	w.n_supers = w.unread = 0;
}

/* Our own mounts: /proc is where its device number says. */
static void test_mounts(void **state)
{
	struct nsproxy *p;
	struct task *t;
	struct stat proc, mnt;

	(void)state;
	assert_int_equal(stat("/proc", &proc), 0);
	assert_int_equal(stat("/proc/self/ns/mnt", &mnt), 0);
	ask_about(NSINSPECT_NS_TYPE_USER, OWN_USER);
	SUMS(1);
	holder(KIND(SUPERBLOCK), A(FSTYPE), "proc", A(DEV),
	       (unsigned int)(major(proc.st_dev) << 20 | minor(proc.st_dev)), 0);
	arrived();
	/* No task of world() is on this machine, but the one that becomes us. */
	for (t = w.p.graph.tasks; t < w.p.graph.tasks + w.p.graph.n_tasks; t++)
		t->tid = t->tgid += 1u << 23;
	assert_int_equal(find_mounts(&w), 0);
	assert_null(w.h.holders[0].path);
	assert_int_equal(w.unread, 1);
	t = &w.p.graph.tasks[w.p.graph.n_tasks - 2];
	t->tid = t->tgid = w.self = (uint32_t)getpid();
	assert_int_equal(graph_link(&w.p.graph), 0);
	t = graph_find_task(&w.p.graph, w.self);
	assert_non_null(t);
	/* It was in another mount namespace: what it would say now is of no use. */
	look_again();
	assert_int_equal(find_mounts(&w), 0);
	assert_null(w.h.holders[0].path);
	assert_int_equal(w.unread, 1);
	p = (struct nsproxy *)t->nsproxy;
	p->inum[SLOT_MNT] = (uint32_t)mnt.st_ino;
	look_again();
	assert_int_equal(find_mounts(&w), 0);
	assert_non_null(w.h.holders[0].path);
	assert_string_equal(w.h.holders[0].path, "/proc");
	assert_int_equal(w.h.holders[0].by, 0);
	assert_int_equal(w.unread, 0);
}

/* What we open ourselves to find a namespace is not reported as somebody's. */
static void test_pins(void **state)
{
	struct sums s = plain;
	unsigned int fd = (unsigned int)open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);

	(void)state;
	ask_about(NSINSPECT_NS_TYPE_NET, OWN_NET);
	w.p.pins = (struct pins){ .fds = malloc(sizeof(int)), .n = 1, .room = 1 };
	assert_non_null(w.p.pins.fds);
	w.p.pins.fds[0] = (int)fd;
	s.refs = 1;
	s.nsfs_users = 3;
	sums(s, KIND(NSFS_FILE), 1, 3u, -1);
	holder(KIND(NSFS_FILE), A(TID), w.self, A(TGID), w.self, A(FD), fd,
	       A(OBJECT), 1u, 0);
	/* The same number in another process, another one of ours. */
	holder(KIND(NSFS_FILE), A(TID), 812u, A(TGID), 812u, A(FD), fd,
	       A(OBJECT), 2u, 0);
	holder(KIND(NSFS_FILE), A(TID), w.self, A(TGID), w.self, A(FD), 0u, A(OBJECT), 3u, 0);
	arrived();
	w.ns = graph_find_ns(&w.p.graph, NSINSPECT_NS_TYPE_NET, OWN_NET);
	drop_pins(&w);
	assert_int_equal(w.h.n, 2);
	assert_int_equal(w.h.nsfs_users, 2);
	assert_int_equal(w.h.by_kind[KIND(NSFS_FILE)].seen, 2);
	assert_int_equal(add_up(&w), 0);
	assert_int_equal(w.hidden, 0);
	assert_int_equal(w.steps.n, 1);
	assert_non_null(strstr(w.steps.list[0], " of 812 "));
}

/* Every kind has all its words, in the order of the spec. */
static void test_kinds(void **state)
{
	size_t len = 0, size = 0, i;
	char *spec = NULL, name[64];
	const char *at;
	FILE *f = fopen("../../Documentation/netlink/specs/nsinspect.yaml", "r");

	(void)state;
	assert_non_null(f);
	assert_true(getdelim(&spec, &size, '\0', f) > 0);
	fclose(f);
	at = strstr(spec, "name: holder-kind");
	assert_non_null(at);
	for (i = 0; i < HOLDER_KINDS; i++) {
		assert_true(kinds[i].name && kinds[i].label && kinds[i].one && kinds[i].many);
		len = (size_t)snprintf(name, sizeof(name), "        name: %s\n", kinds[i].name);
		at = strstr(at, "\n        name: ") + 1;
		assert_int_equal(strncmp(at, name, len), 0);
	}
	for (i = 0; i < NS_TYPES; i++)
		assert_non_null(*holding_candidates(i));
	free(spec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_screen, stop),
		cmocka_unit_test_teardown(test_detached, stop),
		cmocka_unit_test_teardown(test_unexplained, stop),
		cmocka_unit_test_teardown(test_negative, stop),
		cmocka_unit_test_teardown(test_initial, stop),
		cmocka_unit_test_teardown(test_pid, stop),
		cmocka_unit_test_teardown(test_user, stop),
		cmocka_unit_test_teardown(test_long, stop),
		cmocka_unit_test_teardown(test_hostile, stop),
		cmocka_unit_test(test_sockets),
		cmocka_unit_test_teardown(test_json, stop),
		cmocka_unit_test_teardown(test_later, stop),
		cmocka_unit_test_teardown(test_odd, stop),
		cmocka_unit_test_teardown(test_private, stop),
		cmocka_unit_test_teardown(test_broken, stop),
		cmocka_unit_test_teardown(test_mutations, stop),
		cmocka_unit_test_teardown(test_paths, stop),
		cmocka_unit_test_teardown(test_mounts, stop),
		cmocka_unit_test_teardown(test_pins, stop),
		cmocka_unit_test(test_kinds),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	return cmocka_run_group_tests_name("why", tests, NULL, NULL);
}
