// SPDX-License-Identifier: GPL-2.0
/*
 * The process tree. The pictures here were drawn by hand, from the rules.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "messages.h"
#include "render.h"
#include "text.h"

#define INITIAL_ITEMS							\
	"cgroup:4026531835 ipc:4026531839 mnt:4026531841 net:4026531840 "	\
	"pid:4026531836 time:4026531834 user:4026531837 uts:4026531838"
#define ROOT INITIAL_ITEMS " (all initial)\n"

static const uint32_t initial[SLOTS] = {
	[SLOT_CGROUP] = 4026531835, [SLOT_IPC] = 4026531839, [SLOT_MNT] = 4026531841,
	[SLOT_NET] = 4026531840, [SLOT_PID] = 4026531836, [SLOT_PID_FOR_CHILDREN] = 4026531836,
	[SLOT_TIME] = 4026531834, [SLOT_TIME_FOR_CHILDREN] = 4026531834,
	[SLOT_USER] = 4026531837, [SLOT_UTS] = 4026531838,
};

/* A task before it is told to the graph: as its parent, until a test changes it. */
struct made {
	struct task task;
	uint32_t inum[SLOTS];
	uint32_t nr[8];
};

static struct made *all;
static size_t n_made, room_made;
static struct graph graph;

static int start(void **state)
{
	(void)state;
	n_made = 0;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	graph_free(&graph);
	free(all);
	all = NULL;
	n_made = room_made = 0;
	return 0;
}

/* As fork() does: in its parent's namespaces, where these are for children. */
static struct made *born(uint32_t tid, const struct made *parent, const char *comm)
{
	struct made *m, copy = { 0 };

	if (parent)
		copy = *parent;
	else
		memcpy(copy.inum, initial, sizeof(initial));
	copy.task.ppid = copy.task.tid;
	copy.task.tid = copy.task.tgid = tid;
	copy.task.state = 'S';
	copy.task.n_upids = parent ? parent->task.n_upids : 1;
	copy.task.nsproxy_id = (uint32_t)n_made + 1;
	copy.inum[SLOT_PID] = copy.inum[SLOT_PID_FOR_CHILDREN];
	copy.inum[SLOT_TIME] = copy.inum[SLOT_TIME_FOR_CHILDREN];
	copy.nr[0] = tid;
	memset(copy.task.comm, 0, sizeof(copy.task.comm));
	strncpy(copy.task.comm, comm, sizeof(copy.task.comm) - 1);

	all = grow(all, &room_made, n_made + 1, sizeof(*all));
	assert_non_null(all);
	m = &all[n_made++];
	*m = copy;
	return m;
}

/* Tests hold tasks by value: the array moves when it grows. */
static struct made child(uint32_t tid, const struct made *parent, const char *comm)
{
	return *born(tid, parent, comm);
}

static struct made in(uint32_t tid, const struct made *parent, const char *comm, enum slot slot,
		      uint32_t inum)
{
	struct made *m = born(tid, parent, comm);

	m->inum[slot] = inum;
	if (slot == SLOT_TIME)
		m->inum[SLOT_TIME_FOR_CHILDREN] = inum;
	return *m;
}

static struct made also(enum slot slot, uint32_t inum)
{
	all[n_made - 1].inum[slot] = inum;
	return all[n_made - 1];
}

/* The number of the last task in its deepest pid namespace, and that one when it is new. */
static struct made nr(uint32_t number, uint32_t pidns)
{
	struct made *m = &all[n_made - 1];

	if (pidns) {
		m->inum[SLOT_PID] = m->inum[SLOT_PID_FOR_CHILDREN] = pidns;
		m->task.n_upids++;
	}
	m->nr[m->task.n_upids - 1] = number;
	return *m;
}

/* The last task is a thread of @leader. */
static void thread_of(const struct made *leader)
{
	all[n_made - 1].task.tgid = leader->task.tid;
	all[n_made - 1].task.ppid = leader->task.ppid;
}

static void gone(char state)
{
	all[n_made - 1].task.state = state;
	all[n_made - 1].task.nsproxy_id = 0;
}

static int by_type(const void *a, const void *b)
{
	const struct ns *x = a, *y = b;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	return (x->inum > y->inum) - (x->inum < y->inum);
}

static void link_all(void)
{
	size_t i, j, n = 0;
	int s;

	graph_free(&graph);
	graph.namespaces = calloc(n_made * SLOTS + 1, sizeof(*graph.namespaces));
	graph.nsproxies = calloc(n_made + 1, sizeof(*graph.nsproxies));
	graph.tasks = calloc(n_made + 1, sizeof(*graph.tasks));
	graph.upids = calloc(n_made * 8 + 1, sizeof(*graph.upids));
	for (i = 0; i < n_made; i++) {
		struct made *m = &all[i];
		struct task *task = &graph.tasks[graph.n_tasks++];

		*task = m->task;
		task->pid_inum = m->inum[SLOT_PID];
		task->user_inum = m->inum[SLOT_USER];
		task->upids_at = graph.n_upids;
		for (j = 0; j < task->n_upids; j++)
			graph.upids[graph.n_upids++].nr = m->nr[j];
		if (task->nsproxy_id) {
			struct nsproxy *p = &graph.nsproxies[graph.n_nsproxies++];

			p->id = task->nsproxy_id;
			memcpy(p->inum, m->inum, sizeof(p->inum));
			p->inum[SLOT_PID] = p->inum[SLOT_USER] = 0;
		}
		for (s = 0; s < SLOTS; s++) {
			struct ns *ns = &graph.namespaces[n];

			if (!m->inum[s] || (i && m->inum[s] == all[i - 1].inum[s]))
				continue;
			ns->type = slots[s].type;
			ns->inum = m->inum[s];
			ns->initial = m->inum[s] == initial[s];
			n++;
		}
	}
	qsort(graph.namespaces, n, sizeof(*graph.namespaces), by_type);
	for (i = j = 0; i < n; i++)
		if (!i || by_type(&graph.namespaces[i], &graph.namespaces[j - 1]))
			graph.namespaces[j++] = graph.namespaces[i];
	graph.n_namespaces = j;
	assert_int_equal(graph_link(&graph), 0);
}

static struct tree_options plain(int width)
{
	return (struct tree_options){
		.fold = true, .width = width, .types = (1u << NS_TYPES) - 1
	};
}

static char *drawn(const struct tree_options *o)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(render_tree(&graph, o, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void expect(const struct tree_options *o, const char *picture)
{
	char *text = drawn(o);

	assert_string_equal(text, picture);
	free(text);
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

/* The widest line, which is changed into a string of its own on the way. */
static int widest(char *text)
{
	int max = 0;
	char *line;

	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (text_width(line) > max)
			max = text_width(line);
	return max;
}

/* The root says all; the others what differs, and nothing when nothing does. */
static void test_differences(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init");
	struct made bash;

	(void)state;
	child(10, &init, "cron");
	in(20, &init, "ip", SLOT_NET, 4026532201);
	bash = also(SLOT_UTS, 4026532202);
	child(21, &bash, "bash");
	link_all();
	graph_find_ns(&graph, NSINSPECT_NS_TYPE_NET, 4026532201)->name = strdup("blue");
	expect(&o,
	       "1 init    " ROOT
	       "├─ 10 cron\n"
	       "└─ 20 ip  net:4026532201(blue) uts:4026532202\n"
	       "   └─ 21 bash\n");
}

/* Going back to the first namespaces is a difference, and says where to. */
static void test_back_to_initial(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init");
	struct made ip;

	(void)state;
	in(20, &init, "ip", SLOT_NET, 4026532201);
	ip = also(SLOT_UTS, 4026532202);
	in(21, &ip, "nsenter", SLOT_NET, initial[SLOT_NET]);
	also(SLOT_UTS, initial[SLOT_UTS]);
	link_all();
	graph_find_ns(&graph, NSINSPECT_NS_TYPE_NET, initial[SLOT_NET])->name = strdup("host");
	o.types = 1u << NSINSPECT_NS_TYPE_NET | 1u << NSINSPECT_NS_TYPE_UTS;
	expect(&o,
	       "1 init            net:4026531840(host) uts:4026531838 (all initial)\n"
	       "└─ 20 ip          net:4026532201 uts:4026532202\n"
	       "   └─ 21 nsenter  net:4026531840(host, initial) uts:4026531838(initial)\n");
}

/* A root that is not in the initial namespaces throughout says so one by one. */
static void test_root_elsewhere(void **state)
{
	struct tree_options o = plain(0);
	struct made init = in(1, NULL, "init", SLOT_TIME, 4026532201);

	(void)state;
	(void)init;
	link_all();
	expect(&o,
	       "1 init  cgroup:4026531835(initial) ipc:4026531839(initial) mnt:4026531841(initial) "
	       "net:4026531840(initial) pid:4026531836(initial) time:4026532201 "
	       "user:4026531837(initial) uts:4026531838(initial)\n");
}

static void test_pid_levels(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), sh;

	(void)state;
	child(17, &init, "sh");
	sh = nr(1, 4026532201);
	child(30, &sh, "sh");
	nr(5, 0);
	sh = nr(1, 4026532202);
	child(31, &sh, "sleep");
	all[n_made - 1].nr[1] = 6;
	nr(2, 0);
	link_all();
	expect(&o,
	       "1 init           " ROOT
	       "└─ 17→1 sh       pid:4026532201\n"
	       "   └─ 30→5→1 sh  pid:4026532202\n"
	       "      └─ 31→6→2 sleep\n");
}

/* The user a task is outside matters where its user namespace changes. */
static void test_uid(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init");

	(void)state;
	child(5, &init, "daemon");
	all[n_made - 1].task.uid = 1;
	in(7, &init, "bwrap", SLOT_USER, 4026532201);
	all[n_made - 1].task.uid = 1000;
	link_all();
	expect(&o,
	       "1 init      " ROOT
	       "├─ 5 daemon\n"
	       "└─ 7 bwrap  user:4026532201(uid 1000)\n");
}

static void kernel(struct made *m, struct made *kthreadd)
{
	*m = child(1, NULL, "init");
	*kthreadd = *born(2, NULL, "kthreadd");
	all[n_made - 1].task.kthread = kthreadd->task.kthread = true;
}

static void test_kthreads(void **state)
{
	struct tree_options o = plain(0);
	struct made init, kthreadd, worker;

	(void)state;
	kernel(&init, &kthreadd);
	child(3, &kthreadd, "ksoftirqd/0");
	child(4, &kthreadd, "migration/0");
	child(5, &kthreadd, "rcu_sched");
	link_all();
	expect(&o,
	       "1 init  " ROOT
	       "2 kthreadd ── 3 kernel threads\n");
	o.kthreads = true;
	expect(&o,
	       "1 init  " ROOT
	       "2 kthreadd\n"
	       "├─ 3 ksoftirqd/0\n"
	       "├─ 4 migration/0\n"
	       "└─ 5 rcu_sched\n");

	/* One with a namespace of its own stays, and so does one above a process. */
	o.kthreads = false;
	in(6, &kthreadd, "odd", SLOT_NET, 4026532201);
	worker = child(7, &kthreadd, "kworker/0:1");
	born(8, &worker, "modprobe")->task.kthread = false;
	link_all();
	expect(&o,
	       "1 init    " ROOT
	       "2 kthreadd ── 3 kernel threads\n"
	       "├─ 6 odd  net:4026532201\n"
	       "└─ 7 kworker/0:1\n"
	       "   └─ 8 modprobe\n");
}

/* Kernel threads without kthreadd, as a filter may leave them. */
static void test_kthreads_alone(void **state)
{
	struct tree_options o = plain(0);
	struct made init, kthreadd;

	(void)state;
	kernel(&init, &kthreadd);
	n_made--;
	child(3, &kthreadd, "ksoftirqd/0");
	link_all();
	expect(&o,
	       "1 init  " ROOT
	       "1 kernel thread\n");

	/* What was asked for by its number is never folded away. */
	n_made = 0;
	child(3, &kthreadd, "ksoftirqd/0");
	link_all();
	expect(&o, "3 ksoftirqd/0  " ROOT);

	/* Nor is anything left to be known from some other task. */
	n_made = 0;
	child(4, &init, "lost");
	child(5, &kthreadd, "rcu_sched");
	link_all();
	expect(&o,
	       "4 lost       " ROOT
	       "5 rcu_sched  " ROOT);
}

static void test_fold(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	child(5, &init, "agetty");
	child(6, &init, "agetty");
	child(7, &init, "agetty");
	child(8, &init, "cron");
	child(9, &init, "agetty");
	m = child(10, &init, "sshd");
	m = child(11, &m, "sshd");
	child(12, &m, "bash");
	child(13, &m, "bash");
	m = child(20, &init, "sshd");
	m = child(21, &m, "sshd");
	child(22, &m, "bash");
	child(23, &m, "bash");
	link_all();
	expect(&o,
	       "1 init  " ROOT
	       "├─ 5…7 3× agetty\n"
	       "├─ 8 cron\n"
	       "├─ 9 agetty\n"
	       "└─ 10…20 2× sshd\n"
	       "   └─ 11…21 2× sshd\n"
	       "      └─ 12…23 4× bash\n");
	o.fold = false;
	expect(&o,
	       "1 init  " ROOT
	       "├─ 5 agetty\n"
	       "├─ 6 agetty\n"
	       "├─ 7 agetty\n"
	       "├─ 8 cron\n"
	       "├─ 9 agetty\n"
	       "├─ 10 sshd\n"
	       "│  └─ 11 sshd\n"
	       "│     ├─ 12 bash\n"
	       "│     └─ 13 bash\n"
	       "└─ 20 sshd\n"
	       "   └─ 21 sshd\n"
	       "      ├─ 22 bash\n"
	       "      └─ 23 bash\n");
}

static void test_fold_pid_levels(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	child(5, &init, "nginx");
	m = nr(1, 4026532201);
	child(6, &m, "nginx");
	nr(2, 0);
	child(9, &m, "nginx");
	nr(3, 0);
	link_all();
	expect(&o,
	       "1 init        " ROOT
	       "└─ 5→1 nginx  pid:4026532201\n"
	       "   └─ 6→2…9→3 2× nginx\n");
}

/* Who has a namespace of its own has a line of its own, below a fold, too. */
static void test_no_fold(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	in(5, &init, "sleep", SLOT_NET, 4026532201);
	in(6, &init, "sleep", SLOT_NET, 4026532201);
	in(7, &init, "sleep", SLOT_NET, 4026532202);
	m = child(8, &init, "sh");
	in(9, &m, "a", SLOT_NET, 4026532201);
	m = child(10, &init, "sh");
	in(11, &m, "a", SLOT_NET, 4026532201);
	m = child(12, &init, "sh");
	child(13, &m, "a");
	m = child(14, &init, "sh");
	child(15, &m, "b");
	m = child(16, &init, "sh");
	child(17, &m, "b");
	child(18, &m, "b");
	child(19, &init, "sh");
	/* These have the same hash. */
	child(20, &init, "vvlrd");
	child(21, &init, "devpc");
	m = child(22, &init, "sh");
	in(23, &m, "b", SLOT_NET, initial[SLOT_NET]);
	thread_of(&m);
	m = child(24, &init, "sh");
	child(25, &m, "b");
	link_all();
	o.threads = true;
	expect(&o,
	       "1 init      " ROOT
	       "├─ 5 sleep  net:4026532201\n"
	       "├─ 6 sleep  net:4026532201\n"
	       "├─ 7 sleep  net:4026532202\n"
	       "├─ 8 sh\n"
	       "│  └─ 9 a   net:4026532201\n"
	       "├─ 10 sh\n"
	       "│  └─ 11 a  net:4026532201\n"
	       "├─ 12 sh\n"
	       "│  └─ 13 a\n"
	       "├─ 14 sh\n"
	       "│  └─ 15 b\n"
	       "├─ 16 sh\n"
	       "│  └─ 17…18 2× b\n"
	       "├─ 19 sh\n"
	       "├─ 20 vvlrd\n"
	       "├─ 21 devpc\n"
	       "├─ 22 sh\n"
	       "│  └─ 23 {b}\n"
	       "└─ 24 sh\n"
	       "   └─ 25 b\n");
}

/* Pending is where a task's children will be, not where it or they are. */
static void test_pending(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	m = in(5, &init, "unshare", SLOT_PID_FOR_CHILDREN, 4026532201);
	child(6, &m, "bash");
	m.task.n_upids = all[n_made - 1].task.n_upids = 2;
	m = nr(1, 0);
	child(7, &m, "vim");
	nr(2, 0);
	in(8, &init, "sleep", SLOT_PID_FOR_CHILDREN, 4026532202);
	m = also(SLOT_TIME_FOR_CHILDREN, 4026532203);
	link_all();
	expect(&o,
	       "1 init          " ROOT
	       "├─ 5 unshare    pid_for_children:4026532201(pending)\n"
	       "│  └─ 6→1 bash  pid:4026532201\n"
	       "│     └─ 7→2 vim\n"
	       "└─ 8 sleep      pid_for_children:4026532202(pending) "
	       "time_for_children:4026532203(pending)\n");
	o.types = 1u << NSINSPECT_NS_TYPE_TIME;
	expect(&o,
	       "1 init      time:4026531834(initial) ── 3 more tasks\n"
	       "└─ 8 sleep  time_for_children:4026532203(pending)\n");
}

/* What is not known is not said to differ; who is below differs from who is above. */
static void test_zombie(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;

	(void)state;
	m = in(5, &init, "make", SLOT_NET, 4026532201);
	child(6, &m, "cc1");
	gone('Z');
	child(7, &m, "cc1");
	gone('Z');
	child(8, &m, "cc1");
	gone('R');
	child(9, &m, "cc1");
	m = child(10, &init, "sh");
	gone('Z');
	child(11, &m, "sleep");
	in(12, &m, "ip", SLOT_UTS, 4026532202);
	child(13, &m, "unit");
	gone('Z');
	nr(1, 4026532203);
	link_all();
	expect(&o,
	       "1 init            " ROOT
	       "├─ 5 make         net:4026532201\n"
	       "│  ├─ 6…7 2× cc1  zombie, no nsproxy\n"
	       "│  ├─ 8 cc1       exiting, no nsproxy\n"
	       "│  └─ 9 cc1\n"
	       "└─ 10 sh          zombie, no nsproxy\n"
	       "   ├─ 11 sleep\n"
	       "   ├─ 12 ip       uts:4026532202\n"
	       "   └─ 13→1 unit   zombie, no nsproxy pid:4026532203\n");
}

static void test_threads(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), java;

	(void)state;
	java = child(5, &init, "java");
	in(6, &java, "prober", SLOT_NET, 4026532201);
	thread_of(&java);
	child(7, &java, "GC");
	thread_of(&java);
	child(8, &java, "GC");
	thread_of(&java);
	child(9, &java, "sh");
	link_all();
	expect(&o,
	       "1 init            " ROOT
	       "└─ 5 java\n"
	       "   ├─ 6 {prober}  net:4026532201\n"
	       "   └─ 9 sh\n");
	o.threads = true;
	expect(&o,
	       "1 init            " ROOT
	       "└─ 5 java\n"
	       "   ├─ 6 {prober}  net:4026532201\n"
	       "   ├─ 7…8 2× {GC}\n"
	       "   └─ 9 sh\n");

	/* Its leader gone, it differs from who is above that. */
	n_made = 1;
	java = in(5, &init, "java", SLOT_NET, 4026532201);
	gone('Z');
	child(6, &java, "main");
	thread_of(&java);
	link_all();
	o.threads = false;
	expect(&o,
	       "1 init          " ROOT
	       "└─ 5 java       zombie, no nsproxy\n"
	       "   └─ 6 {main}  net:4026532201\n");
}

static void container(void)
{
	struct made init = child(1, NULL, "init"), m;

	m = child(830, &init, "shim");
	in(831, &m, "nginx", SLOT_CGROUP, 4026532201);
	also(SLOT_IPC, 4026532202);
	also(SLOT_MNT, 4026532203);
	also(SLOT_NET, 4026532204);
	also(SLOT_TIME, 4026532206);
	also(SLOT_TIME_FOR_CHILDREN, 4026532206);
	also(SLOT_USER, 4026532207);
	also(SLOT_UTS, 4026532208);
	all[n_made - 1].task.uid = 100000;
	m = nr(1, 4026532205);
	child(840, &m, "nginx");
	nr(7, 0);
	in(900, &init, "ip", SLOT_NET, 4026532209);
	link_all();
}

/* Long sets go on below, and the tree's lines with them. */
static void test_width_80(void **state)
{
	struct tree_options o = plain(80);

	(void)state;
	container();
	expect(&o,
	       "1 init             cgroup:4026531835 ipc:4026531839 mnt:4026531841\n"
	       "│                  net:4026531840 pid:4026531836 time:4026531834 user:4026531837\n"
	       "│                  uts:4026531838 (all initial)\n"
	       "├─ 830 shim\n"
	       "│  └─ 831→1 nginx  cgroup:4026532201 ipc:4026532202 mnt:4026532203\n"
	       "│     │            net:4026532204 pid:4026532205 time:4026532206\n"
	       "│     │            user:4026532207(uid 100000) uts:4026532208\n"
	       "│     └─ 840→7 nginx\n"
	       "└─ 900 ip          net:4026532209\n");
}

static void test_width_200(void **state)
{
	static const char picture[] =
		"1 init             " ROOT
		"├─ 830 shim\n"
		"│  └─ 831→1 nginx  cgroup:4026532201 ipc:4026532202 mnt:4026532203 "
		"net:4026532204 pid:4026532205 time:4026532206 user:4026532207(uid 100000) "
		"uts:4026532208\n"
		"│     └─ 840→7 nginx\n"
		"└─ 900 ip          net:4026532209\n";
	struct tree_options o = plain(200);

	(void)state;
	container();
	expect(&o, picture);
	o.width = 0;
	expect(&o, picture);
}

/* No room for two side by side; a long one is moved left, and not cut. */
static void test_width_30(void **state)
{
	struct tree_options o = plain(30);
	struct made init = child(1, NULL, "i"), m;

	(void)state;
	in(2, &init, "ip", SLOT_NET, 4026532201);
	m = also(SLOT_UTS, 4026532202);
	in(3, &m, "unshare", SLOT_PID_FOR_CHILDREN, 4026532203);
	o.types = 1u << NSINSPECT_NS_TYPE_NET | 1u << NSINSPECT_NS_TYPE_PID |
		  1u << NSINSPECT_NS_TYPE_UTS;
	link_all();
	expect(&o,
	       "1 i      net:4026531840\n"
	       "│        pid:4026531836\n"
	       "│        uts:4026531838\n"
	       "│        (all initial)\n"
	       "└─ 2 ip  net:4026532201\n"
	       "   │     uts:4026532202\n"
	       "   └─ 3 unshare\n"
	       "       pid_for_children:4026532203(pending)\n");
}

/* One line that is far longer than the others does not push these apart. */
static void test_column(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m = init;
	uint32_t i;

	(void)state;
	for (i = 2; i < 10; i++)
		in(i, &init, "ip", SLOT_NET, 4026532200 + i);
	for (i = 10; i < 20; i++)
		m = child(i, &m, "sh");
	in(20, &m, "ip", SLOT_NET, 4026532200);
	link_all();
	o.types = 1u << NSINSPECT_NS_TYPE_NET;
	expect(&o,
	       "1 init   net:4026531840(initial)\n"
	       "├─ 2 ip  net:4026532202\n"
	       "├─ 3 ip  net:4026532203\n"
	       "├─ 4 ip  net:4026532204\n"
	       "├─ 5 ip  net:4026532205\n"
	       "├─ 6 ip  net:4026532206\n"
	       "├─ 7 ip  net:4026532207\n"
	       "├─ 8 ip  net:4026532208\n"
	       "├─ 9 ip  net:4026532209\n"
	       "└─ 10 sh\n"
	       "   └─ 11 sh\n"
	       "      └─ 12 sh\n"
	       "         └─ 13 sh\n"
	       "            └─ 14 sh\n"
	       "               └─ 15 sh\n"
	       "                  └─ 16 sh\n"
	       "                     └─ 17 sh\n"
	       "                        └─ 18 sh\n"
	       "                           └─ 19 sh\n"
	       "                              └─ 20 ip  net:4026532200\n");
}

static void test_ascii(void **state)
{
	struct tree_options o = plain(80);
	struct made init, kthreadd, m;
	char *text, *c;

	(void)state;
	kernel(&init, &kthreadd);
	child(3, &kthreadd, "rcu_sched");
	child(17, &init, "sh");
	m = nr(1, 4026532201);
	child(18, &m, "\xc3\xa9t\xc3\xa9");
	nr(2, 0);
	child(19, &m, "\xc3\xa9t\xc3\xa9");
	nr(3, 0);
	child(20, &init, "sh");
	link_all();
	o.ascii = true;
	text = drawn(&o);
	for (c = text; *c; c++)
		assert_in_range(*c, '\n', '~');
	free(text);
	expect(&o,
	       "1 init       cgroup:4026531835 ipc:4026531839 mnt:4026531841 net:4026531840\n"
	       "|            pid:4026531836 time:4026531834 user:4026531837 uts:4026531838\n"
	       "|            (all initial)\n"
	       "|- 17->1 sh  pid:4026532201\n"
	       "|  `- 18->2..19->3 2x \\xc3\\xa9t\\xc3\\xa9\n"
	       "`- 20 sh\n"
	       "2 kthreadd -- 1 kernel thread\n");
}

/* Colour adds escape sequences only, and without it there is none. */
static void test_color(void **state)
{
	struct tree_options o = plain(80);
	char *black, *color, *from, *to;

	(void)state;
	container();
	black = drawn(&o);
	assert_null(strchr(black, '\033'));
	o.color = true;
	color = drawn(&o);
	assert_non_null(strchr(color, '\033'));
	for (from = to = color; *from; ) {
		if (*from == '\033') {
			from = strchr(from, 'm') + 1;
			continue;
		}
		*to++ = *from++;
	}
	*to = '\0';
	assert_string_equal(color, black);
	free(color);
	free(black);
}

static void test_hostile_comm(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init");

	(void)state;
	child(5, &init, "\033[31mred\n\x9b");
	/* What turns the direction of text, and what nobody can see. */
	child(8, &init, "\xe2\x80\xae" "a\xc2\xad");
	in(6, &init, "\xe6\x97\xa5\xe6\x9c\xac", SLOT_NET, 4026532201);
	in(7, &init, "abcd", SLOT_NET, 4026532202);
	link_all();
	expect(&o,
	       "1 init     " ROOT
	       "├─ 5 \\x1b[31mred\\x0a\\x9b\n"
	       "├─ 6 日本  net:4026532201\n"
	       "├─ 7 abcd  net:4026532202\n"
	       "└─ 8 \\xe2\\x80\\xaea\\xc2\\xad\n");
}

static void test_types(void **state)
{
	struct tree_options o = plain(0);
	struct made init, kthreadd, m;

	(void)state;
	kernel(&init, &kthreadd);
	child(3, &kthreadd, "rcu_sched");
	child(5, &init, "cron");
	m = child(6, &init, "sh");
	in(7, &m, "uts", SLOT_UTS, 4026532201);
	m = in(8, &m, "ip", SLOT_NET, 4026532202);
	child(9, &m, "sleep");
	link_all();
	o.types = 1u << NSINSPECT_NS_TYPE_NET;
	expect(&o,
	       "1 init      net:4026531840(initial) ── 1 more task\n"
	       "└─ 6 sh     ── 1 more task\n"
	       "   └─ 8 ip  net:4026532202 ── 1 more task\n"
	       "2 kthreadd ── 1 kernel thread\n");
	o.fold = false;
	expect(&o,
	       "1 init      net:4026531840(initial)\n"
	       "├─ 5 cron\n"
	       "└─ 6 sh\n"
	       "   ├─ 7 uts\n"
	       "   └─ 8 ip  net:4026532202\n"
	       "      └─ 9 sleep\n"
	       "2 kthreadd ── 1 kernel thread\n");
}

/* Two namespaces of one inode number are a difference, as any other two are. */
static void test_same_number(void **state)
{
	const struct ns ns[] = {
		{ .type = NSINSPECT_NS_TYPE_NET, .inum = 7, .node = 1, .level = -1 },
		{ .type = NSINSPECT_NS_TYPE_NET, .inum = 7, .node = 2, .level = -1 },
	};
	const struct nsproxy p[] = {
		{ .id = 1, .inum = { [SLOT_NET] = 7 }, .node = { [SLOT_NET] = 1 } },
		{ .id = 2, .inum = { [SLOT_NET] = 7 }, .node = { [SLOT_NET] = 2 } },
	};
	const struct task t[] = {
		{ .tid = 1, .tgid = 1, .state = 'S', .comm = "init", .nsproxy_id = 1 },
		{ .tid = 2, .tgid = 2, .ppid = 1, .state = 'S', .comm = "same", .nsproxy_id = 1 },
		{ .tid = 3, .tgid = 3, .ppid = 1, .state = 'S', .comm = "other", .nsproxy_id = 2 },
	};
	struct tree_options o = plain(0);
	struct capture c = { 0 };
	size_t i;

	(void)state;
	put_snapshot(&c, 2, 2, 3);
	for (i = 0; i < 2; i++)
		put_ns(&c, &ns[i]);
	for (i = 0; i < 2; i++)
		put_nsproxy(&c, &p[i]);
	for (i = 0; i < 3; i++)
		put_task(&c, &t[i], NULL, 0);
	graph_free(&graph);
	decoded(&graph, &c);
	free(c.bytes);
	expect(&o,
	       "1 init      net:7\n"
	       "├─ 2 same\n"
	       "└─ 3 other  net:7\n");
}

/* Whose parent is not there is a root, and a root says all. */
static void test_orphans(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), lost;

	(void)state;
	child(4, &init, "sh");
	lost = child(5, &init, "lost");
	n_made--;
	lost = in(6, &lost, "ip", SLOT_NET, 4026532201);
	child(7, &lost, "sleep");
	child(8, &lost, "thread");
	all[n_made - 1].task.tgid = 5;
	child(9, &lost, "last");
	all[n_made - 1].task.tgid = 5;
	gone('R');
	link_all();
	o.types = 1u << NSINSPECT_NS_TYPE_NET | 1u << NSINSPECT_NS_TYPE_UTS;
	expect(&o,
	       "1 init      net:4026531840 uts:4026531838 (all initial) ── 1 more task\n"
	       "6 ip        net:4026532201 uts:4026531838(initial) ── 1 more task\n"
	       "8 {thread}  net:4026532201 uts:4026531838(initial)\n"
	       "9 {last}    exiting, no nsproxy\n");
}

static void test_nothing(void **state)
{
	struct tree_options o = plain(80);

	(void)state;
	link_all();
	expect(&o, "");
}

/* Nodes that are missing, and links that no kernel and no graph_link() makes. */
static void test_broken(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;
	size_t i;

	(void)state;
	m = in(5, &init, "a", SLOT_NET, 4026532201);
	m = child(6, &m, "b");
	in(7, &m, "c", SLOT_UTS, 4026532202);
	link_all();
	graph.n_namespaces = 0;
	for (i = 0; i < graph.n_tasks; i++) {
		memset(graph.tasks[i].ns, 0, sizeof(graph.tasks[i].ns));
		graph.tasks[i].n_upids = 0;
		graph.tasks[i].upids = NULL;
	}
	expect(&o,
	       "1 init        " INITIAL_ITEMS "\n"
	       "└─ 5 a        net:4026532201\n"
	       "   └─ 6 b\n"
	       "      └─ 7 c  uts:4026532202\n");

	/* 6 and 7 are each other's parent: both are drawn, once. */
	graph.tasks[1].first_child = NULL;
	graph.tasks[2].parent = &graph.tasks[3];
	graph.tasks[3].first_child = &graph.tasks[2];
	graph.tasks[3].next_sibling = &graph.tasks[3];
	o.types = 1u << NSINSPECT_NS_TYPE_UTS;
	o.fold = false;
	expect(&o,
	       "1 init  uts:4026531838\n"
	       "└─ 5 a\n"
	       "6 b     uts:4026531838\n"
	       "└─ 7 c  uts:4026532202\n");
}

/* Past half the width a branch starts over at the left edge. */
static void test_deep(void **state)
{
	struct tree_options o = plain(30);
	struct made init = child(1, NULL, "i"), m = init, top;
	uint32_t i;

	(void)state;
	for (i = 2; i < 6; i++)
		m = child(i, &m, "s");
	top = m;
	child(6, &m, "e");
	in(7, &m, "f", SLOT_NET, 4026532203);
	m = also(SLOT_UTS, 4026532204);
	in(8, &m, "g", SLOT_NET, 4026532201);
	also(SLOT_UTS, 4026532202);
	child(9, &m, "h");
	child(10, &top, "z");
	child(11, &init, "last");
	link_all();
	o.fold = false;
	o.types = 1u << NSINSPECT_NS_TYPE_NET | 1u << NSINSPECT_NS_TYPE_UTS;
	/* 30 columns: five levels. */
	expect(&o,
	       "1 i        net:4026531840\n"
	       "│          uts:4026531838\n"
	       "│          (all initial)\n"
	       "├─ 2 s\n"
	       "│  └─ 3 s\n"
	       "│     └─ 4 s\n"
	       "│        └─ 5 s\n"
	       "│           ├─ 6 e\n"
	       "│           ├─ 7 f\n"
	       "│           │   net:4026532203\n"
	       "│           │   uts:4026532204\n"
	       "⋯5 ├─ 8 g  net:4026532201\n"
	       "   │       uts:4026532202\n"
	       "⋯5 └─ 9 h\n"
	       "│           └─ 10 z\n"
	       "└─ 11 last\n");
}

/* As deep as somebody cares to fork: no recursion, no lines as long as the tree is deep. */
static void test_chain(void **state)
{
	static const int widths[] = { 80, 200, 0 };
	struct made m = child(1, NULL, "init");
	uint32_t i;
	size_t j;

	(void)state;
	for (i = 2; i <= 100000; i++)
		m = child(i, &m, "sh");
	link_all();
	for (j = 0; j < sizeof(widths) / sizeof(*widths); j++) {
		struct tree_options o = plain(widths[j]);
		char *text = drawn(&o);

		assert_int_equal(count_lines(text), 100000 + (widths[j] == 80 ? 2 : 0));
		assert_non_null(strstr(text, " 100000 sh\n"));
		assert_in_range(widest(text), 40, widths[j] ? widths[j] : 200);
		free(text);
	}
}

static void test_many(void **state)
{
	struct tree_options o = plain(0);
	struct made init = child(1, NULL, "init"), m;
	uint32_t i;
	char *text;

	(void)state;
	for (i = 2; i <= 2001; i++)
		child(i, &init, "sleep");
	link_all();
	expect(&o,
	       "1 init  " ROOT
	       "└─ 2…2001 2000× sleep\n");

	/* Alike with what is below them, next to some that are not. */
	n_made = 1;
	for (i = 2; i < 2002; i += 2) {
		m = child(i, &init, i % 500 ? "sh" : "init");
		child(i + 1, &m, "sleep");
	}
	link_all();
	text = drawn(&o);
	/* 500, 1000, 1500 and 2000, the others before each of them; two lines each. */
	assert_int_equal(count_lines(text), 1 + 2 * (4 + 4));
	free(text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(test_differences),
		TEST(test_back_to_initial),
		TEST(test_root_elsewhere),
		TEST(test_pid_levels),
		TEST(test_uid),
		TEST(test_kthreads),
		TEST(test_kthreads_alone),
		TEST(test_fold),
		TEST(test_fold_pid_levels),
		TEST(test_no_fold),
		TEST(test_pending),
		TEST(test_zombie),
		TEST(test_threads),
		TEST(test_width_80),
		TEST(test_width_200),
		TEST(test_width_30),
		TEST(test_column),
		TEST(test_ascii),
		TEST(test_color),
		TEST(test_hostile_comm),
		TEST(test_types),
		TEST(test_same_number),
		TEST(test_orphans),
		TEST(test_nothing),
		TEST(test_broken),
		TEST(test_deep),
		TEST(test_chain),
		TEST(test_many),
	};

	if (!setlocale(LC_ALL, "C.UTF-8"))
		return 1;
	return cmocka_run_group_tests_name("render_tree", tests, NULL, NULL);
}
