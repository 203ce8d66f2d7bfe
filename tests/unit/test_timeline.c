// SPDX-License-Identifier: GPL-2.0
/*
 * Pictures that go on: each event by itself, what is applied twice, and a long
 * walk beside a model that is too simple to be wrong.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diff.h"
#include "made.h"
#include "render.h"
#include "timeline.h"

#define NEW_NET		4026532300u
#define NEW_UTS		4026532301u
#define NEW_USER	4026532302u
#define NEW_PID		4026532303u
#define NEW_TIME	4026532304u

static struct timeline *tl;
static struct graph now;		/* what look() has found */

/* A system of init, kthreadd, a shell and a child of it. */
static int begin(void **state)
{
	struct made init, kthreadd, sh;

	start(state);
	kernel(&init, &kthreadd);
	sh = child(800, &init, "sh");
	child(810, &sh, "worker");
	link_all();
	assert_int_equal(timeline_begin(&tl, &graph), 0);
	return 0;
}

/* Another picture than that of begin(). */
static void again(void)
{
	timeline_free(tl);
	link_all();
	assert_int_equal(timeline_begin(&tl, &graph), 0);
}

static int end(void **state)
{
	timeline_free(tl);
	tl = NULL;
	graph_free(&now);
	return stop(state);
}

static void look(void)
{
	graph_free(&now);
	assert_int_equal(timeline_graph(tl, &now), 0);
}

static const struct task *task(uint32_t tid)
{
	const struct task *t = graph_find_task(&now, tid);

	assert_non_null(t);
	return t;
}

static void apply(struct event e)
{
	assert_int_equal(timeline_apply(tl, &e), 0);
	look();
}

static struct event forked(uint32_t tid, uint32_t parent)
{
	struct event e = {
		.kind = EVENT_FORK, .tid = tid, .tgid = tid, .parent = parent, .ppid = parent,
		.same = true, .n_upids = 1, .comm = "child",
	};

	e.upids[0].nr = tid;
	e.upids[0].pidns = initial[SLOT_PID];
	return e;
}

static struct event switched(uint32_t tid, enum slot slot, uint32_t to)
{
	struct event e = { .kind = EVENT_SWITCH, .tid = tid, .tgid = tid };

	e.slots[slot].from.inum = initial[slot];
	e.slots[slot].to.inum = to;
	return e;
}

static struct event about(enum event_kind kind, uint32_t tid)
{
	return (struct event){ .kind = kind, .tid = tid };
}

static struct event created(enum nsinspect_ns_type type, uint32_t inum)
{
	return (struct event){
		.kind = EVENT_CREATE, .type = type, .ns.inum = inum,
		.owner.inum = initial[SLOT_USER],
	};
}

static struct event freed(enum nsinspect_ns_type type, uint32_t inum)
{
	return (struct event){ .kind = EVENT_FREE, .type = type, .ns.inum = inum };
}

/* Nothing is different, as diff sees it. */
static void same_as(const struct graph *g)
{
	const struct diff_options o = { .kthreads = true };
	struct diff d;

	look();
	assert_int_equal(diff_find(&d, g, &now, &o), 0);
	assert_int_equal(d.n_namespaces + d.n_tasks + d.n_sets, 0);
	diff_free(&d);
}

/* What nothing has happened to is as it was, with all that it knew. */
static void test_begin(void **state)
{
	static struct extent ids[] = { { 0, 1000, 1 } };
	static struct ip ips[] = { { { 127, 0, 0, 1 }, 4, 8 } };
	static struct link links[2];
	struct ns *uts, *user, *net;

	(void)state;
	uts = ns_of(initial[SLOT_UTS]);
	uts->facts = calloc(1, sizeof(*uts->facts));
	uts->facts->nodename = strdup("node7");
	user = ns_of(initial[SLOT_USER]);
	user->facts = calloc(1, sizeof(*user->facts));
	user->facts->uid_map = (struct id_map){ true, malloc(sizeof(ids)), 1 };
	memcpy(user->facts->uid_map.list, ids, sizeof(ids));
	net = ns_of(initial[SLOT_NET]);
	links[0] = (struct link){ .net_inum = net->inum, .ifindex = 1, .name = "lo", .ips = ips,
				  .n_ips = 1, .all_ips = 1 };
	links[1] = (struct link){ .net_inum = net->inum, .ifindex = 2, .name = "veth0",
				  .peer_ifindex = 9, .peer_net_inum = NEW_NET };
	net->links = links;
	net->n_links = 2;
	timeline_free(tl);
	assert_int_equal(timeline_begin(&tl, &graph), 0);
	same_as(&graph);
	assert_string_equal(now.host.nodename, "node7");
	assert_int_equal(now.n_tasks, 4);
	assert_int_equal(now.n_nsproxies, 1);
	assert_int_equal(now.nsproxies[0].tasks, 4);
	assert_int_equal(now.nsproxies[0].refs, -1);
	assert_int_equal(task(810)->ppid, 800);
	assert_int_equal(task(810)->state, 'S');
	assert_true(task(2)->kthread);
	uts = graph_find_ns(&now, NSINSPECT_NS_TYPE_UTS, initial[SLOT_UTS]);
	assert_string_equal(uts->facts->nodename, "node7");
	assert_int_equal(uts->tasks, 4);
	assert_int_equal(uts->procs, 4);
	assert_true(uts->initial);
	user = graph_find_ns(&now, NSINSPECT_NS_TYPE_USER, initial[SLOT_USER]);
	assert_int_equal(user->facts->uid_map.list[0].lower_first, 1000);
	net = graph_find_ns(&now, NSINSPECT_NS_TYPE_NET, initial[SLOT_NET]);
	assert_int_equal(net->n_links, 2);
	assert_int_equal(net->links[0].ips[0].address[0], 127);
	/* Its other end is in no namespace that is known. */
	assert_int_equal(net->links[1].peer_ifindex, 0);
	/* One that has the number later is not that one. */
	apply(created(NSINSPECT_NS_TYPE_NET, NEW_NET));
	net = graph_find_ns(&now, NSINSPECT_NS_TYPE_NET, initial[SLOT_NET]);
	assert_int_equal(net->links[1].peer_ifindex, 0);
	ns_of(initial[SLOT_NET])->n_links = 0;
}

static void test_fork(void **state)
{
	const struct task *t;

	(void)state;
	apply(forked(900, 800));
	t = task(900);
	assert_int_equal(t->ppid, 800);
	assert_int_equal(t->nsproxy_id, task(800)->nsproxy_id);
	assert_int_equal(t->user_inum, initial[SLOT_USER]);
	assert_int_equal(t->pid_inum, initial[SLOT_PID]);
	assert_int_equal(t->n_upids, 1);
	assert_string_equal(t->comm, "child");
	assert_false(t->kthread);
	assert_int_equal(now.nsproxies[0].tasks, 5);
	assert_int_equal(graph_find_ns(&now, NSINSPECT_NS_TYPE_NET, initial[SLOT_NET])->procs, 5);
	/* A kernel thread, until it execs. */
	apply(forked(901, 2));
	assert_true(task(901)->kthread);
	apply(about(EVENT_EXEC, 901));
	assert_false(task(901)->kthread);
	/* A thread has the parent of its leader, and its name if no other is told. */
	apply((struct event){ .kind = EVENT_FORK, .tid = 902, .tgid = 900, .parent = 900,
			      .ppid = 800, .same = true });
	assert_int_equal(task(902)->tgid, 900);
	assert_int_equal(task(902)->ppid, 800);
	assert_int_equal(task(902)->upids[0].nr, 902);
	assert_string_equal(task(902)->comm, "child");
	assert_int_equal(graph_find_ns(&now, NSINSPECT_NS_TYPE_NET, initial[SLOT_NET])->tasks, 7);
	assert_int_equal(graph_find_ns(&now, NSINSPECT_NS_TYPE_NET, initial[SLOT_NET])->procs, 6);
}

/* As docker does it: a container's first process. */
static void test_fork_changed(void **state)
{
	struct event e = forked(900, 800);
	const struct task *t;
	const struct ns *ns;

	(void)state;
	e.same = false;
	e.uid = 1000;
	e.slots[SLOT_USER].from.inum = initial[SLOT_USER];
	e.slots[SLOT_USER].to.inum = NEW_USER;
	e.slots[SLOT_NET].from.inum = initial[SLOT_NET];
	e.slots[SLOT_NET].to.inum = NEW_NET;
	e.slots[SLOT_PID].from.inum = e.slots[SLOT_PID_FOR_CHILDREN].from.inum = initial[SLOT_PID];
	e.slots[SLOT_PID].to.inum = e.slots[SLOT_PID_FOR_CHILDREN].to.inum = NEW_PID;
	e.n_upids = 2;
	e.upids[1].nr = 1;
	e.upids[1].pidns = NEW_PID;
	apply(created(NSINSPECT_NS_TYPE_NET, NEW_NET));
	apply(e);
	t = task(900);
	assert_int_not_equal(t->nsproxy_id, task(800)->nsproxy_id);
	assert_int_equal(task_inum(t, SLOT_NET), NEW_NET);
	assert_int_equal(task_inum(t, SLOT_UTS), initial[SLOT_UTS]);
	assert_int_equal(t->user_inum, NEW_USER);
	assert_int_equal(t->pid_inum, NEW_PID);
	assert_int_equal(t->uid, 1000);
	assert_int_equal(t->n_upids, 2);
	assert_int_equal(t->upids[1].nr, 1);
	assert_int_equal(t->upids[1].pidns, NEW_PID);
	assert_ptr_equal(t->upids[1].ns, t->ns[SLOT_PID]);
	assert_int_equal(task_inum(task(800), SLOT_NET), initial[SLOT_NET]);
	ns = t->ns[SLOT_NET];
	assert_int_equal(ns->owner_inum, initial[SLOT_USER]);
	assert_int_equal(ns->tasks, 1);
	assert_int_equal(ns->refs, -1);
	/* Nobody said who made it; that it is below the initial one, its numbers say. */
	assert_int_equal(t->ns[SLOT_PID]->level, 1);
	assert_int_equal(t->ns[SLOT_PID]->parent_inum, initial[SLOT_PID]);
	/* Its children share what it has. */
	apply(forked(901, 900));
	assert_int_equal(task(901)->nsproxy_id, task(900)->nsproxy_id);
	assert_int_equal(task(901)->user_inum, NEW_USER);
}

/* In a namespace that was made for children, the nsproxy is that of the parent. */
static void test_fork_pending(void **state)
{
	struct event e = forked(900, 800);

	(void)state;
	apply(switched(800, SLOT_PID_FOR_CHILDREN, NEW_PID));
	assert_int_equal(task(800)->pid_inum, initial[SLOT_PID]);
	assert_true(task_pending(task(800), SLOT_PID_FOR_CHILDREN));
	e.same = false;
	e.slots[SLOT_PID].from.inum = initial[SLOT_PID];
	e.slots[SLOT_PID].to.inum = NEW_PID;
	e.n_upids = 2;
	e.upids[1].nr = 1;
	e.upids[1].pidns = NEW_PID;
	apply(e);
	assert_int_equal(task(900)->pid_inum, NEW_PID);
	assert_int_equal(task(900)->nsproxy_id, task(800)->nsproxy_id);
	assert_false(task_pending(task(900), SLOT_PID_FOR_CHILDREN));
}

static void test_switch(void **state)
{
	struct event e;

	(void)state;
	apply(switched(800, SLOT_NET, NEW_NET));
	assert_int_equal(task_inum(task(800), SLOT_NET), NEW_NET);
	assert_int_equal(task_inum(task(810), SLOT_NET), initial[SLOT_NET]);
	assert_int_not_equal(task(800)->nsproxy_id, task(810)->nsproxy_id);
	assert_int_equal(now.n_nsproxies, 2);
	/* What was forked since shares it, until one of them goes its own way. */
	apply(forked(900, 800));
	assert_int_equal(task(900)->nsproxy_id, task(800)->nsproxy_id);
	apply(switched(900, SLOT_UTS, NEW_UTS));
	assert_int_equal(task_inum(task(900), SLOT_NET), NEW_NET);
	assert_int_equal(task_inum(task(800), SLOT_UTS), initial[SLOT_UTS]);
	assert_int_equal(now.n_nsproxies, 3);
	/* The same once more takes nothing apart. */
	apply(forked(901, 900));
	apply(switched(900, SLOT_UTS, NEW_UTS));
	assert_int_equal(task(901)->nsproxy_id, task(900)->nsproxy_id);
	/* A user namespace is the business of one task and its cred. */
	e = switched(901, SLOT_USER, NEW_USER);
	e.uid = 7;
	strcpy(e.comm, "renamed");
	apply(e);
	assert_int_equal(task(901)->nsproxy_id, task(900)->nsproxy_id);
	assert_int_equal(task(901)->user_inum, NEW_USER);
	assert_int_equal(task(901)->uid, 7);
	assert_string_equal(task(901)->comm, "renamed");
	assert_int_equal(task(900)->user_inum, initial[SLOT_USER]);
}

/* Of a task that nobody told of, what the event says is known. */
static void test_unknown(void **state)
{
	struct event e = switched(555, SLOT_NET, NEW_NET);

	(void)state;
	strcpy(e.comm, "who");
	apply(e);
	assert_int_equal(task_inum(task(555), SLOT_NET), NEW_NET);
	assert_int_equal(task_inum(task(555), SLOT_UTS), 0);
	assert_int_equal(task(555)->upids[0].nr, 555);
	assert_string_equal(task(555)->comm, "who");
	/* A plain fork of one that is not known: it is there, and nothing else. */
	apply(forked(601, 600));
	assert_int_equal(task(601)->nsproxy_id, 0);
	assert_int_equal(task(601)->ppid, 600);
	assert_null(graph_find_task(&now, 600));
	assert_int_equal(task(601)->state, '?');
	apply(about(EVENT_EXIT, 602));
	apply(about(EVENT_REAP, 602));
	apply(about(EVENT_EXEC, 602));
	apply(freed(NSINSPECT_NS_TYPE_NET, 1));
	assert_null(graph_find_task(&now, 602));
	assert_int_equal(now.n_tasks, 6);
}

static void test_exit(void **state)
{
	(void)state;
	apply(forked(900, 810));
	apply(about(EVENT_EXIT, 810));
	assert_int_equal(task(810)->state, 'Z');
	assert_int_equal(task(810)->nsproxy_id, 0);
	assert_int_equal(task(810)->user_inum, initial[SLOT_USER]);
	assert_int_equal(task(810)->pid_inum, initial[SLOT_PID]);
	assert_int_equal(task(810)->ppid, 800);
	assert_int_equal(now.nsproxies[0].tasks, 4);
	assert_int_equal(graph_find_ns(&now, NSINSPECT_NS_TYPE_NET, initial[SLOT_NET])->tasks, 4);
	assert_int_equal(graph_find_ns(&now, NSINSPECT_NS_TYPE_PID, initial[SLOT_PID])->tasks, 5);
	assert_int_equal(task(900)->ppid, 1);
	/* Twice is once, and a dead task changes nothing. */
	apply(about(EVENT_EXIT, 810));
	apply(switched(810, SLOT_NET, NEW_NET));
	assert_int_equal(task(810)->nsproxy_id, 0);
	apply(about(EVENT_REAP, 810));
	assert_null(graph_find_task(&now, 810));
	apply(about(EVENT_REAP, 810));
	assert_int_equal(now.n_tasks, 4);
}

/* Children go when the last thread has exited, and to the init of their own. */
static void test_orphans(void **state)
{
	struct event thread = { .kind = EVENT_FORK, .tid = 911, .tgid = 910, .parent = 910,
				.ppid = 900, .same = true };
	struct event e = forked(900, 800);
	uint32_t tid;

	(void)state;
	e.same = false;
	e.n_upids = 2;
	e.upids[1].nr = 1;
	e.upids[1].pidns = NEW_PID;
	e.slots[SLOT_PID].to.inum = e.slots[SLOT_PID_FOR_CHILDREN].to.inum = NEW_PID;
	apply(e);
	for (tid = 910; tid <= 920; tid += 10) {
		e = forked(tid, tid - 10);
		e.n_upids = 2;
		e.upids[1].nr = tid / 10 - 89;
		e.upids[1].pidns = NEW_PID;
		apply(e);
	}
	apply(thread);
	apply(about(EVENT_EXIT, 910));
	assert_int_equal(task(920)->ppid, 910);
	apply(about(EVENT_EXIT, 911));
	assert_int_equal(task(920)->ppid, 900);
	assert_int_equal(task(910)->ppid, 900);
	/* Those of an init that ends are ended with it. */
	apply(about(EVENT_EXIT, 900));
	assert_int_equal(task(920)->ppid, 900);
	assert_int_equal(task(900)->ppid, 800);
	/* But one that was somehow left does not get a new task of that number for a parent. */
	apply(about(EVENT_REAP, 900));
	assert_int_equal(task(920)->ppid, 1);
}

/* A number is used again before its zombie is told to be gone. */
static void test_reuse(void **state)
{
	(void)state;
	apply(forked(900, 800));
	apply(about(EVENT_EXIT, 900));
	apply(forked(900, 810));
	assert_int_equal(task(900)->state, '?');
	assert_int_equal(task(900)->ppid, 810);
	apply(about(EVENT_REAP, 900));
	assert_int_equal(task(900)->ppid, 810);
	apply(about(EVENT_EXIT, 900));
	apply(about(EVENT_REAP, 900));
	assert_null(graph_find_task(&now, 900));
	/* So it is when the new one has become a zombie meanwhile. */
	apply(forked(900, 800));
	apply(about(EVENT_EXIT, 900));
	apply(forked(900, 810));
	apply(about(EVENT_EXIT, 900));
	apply(about(EVENT_REAP, 900));
	assert_int_equal(task(900)->ppid, 810);
	apply(about(EVENT_REAP, 900));
	assert_null(graph_find_task(&now, 900));
	/* A zombie of the picture is the one whose fork is told again. */
	apply(about(EVENT_EXIT, 810));
	look();
	graph_free(&graph);
	graph = now;
	memset(&now, 0, sizeof(now));
	timeline_free(tl);
	assert_int_equal(timeline_begin(&tl, &graph), 0);
	apply(forked(810, 800));
	apply(about(EVENT_EXIT, 810));
	apply(about(EVENT_REAP, 810));
	assert_null(graph_find_task(&now, 810));
}

static void test_exec(void **state)
{
	const struct event thread = { .kind = EVENT_FORK, .tid = 811, .tgid = 810, .parent = 810,
				      .ppid = 800, .same = true };
	struct event e = about(EVENT_EXEC, 810);

	(void)state;
	assert_true(timeline_named(tl, 810));
	strcpy(e.comm, "sleep");
	e.old_tid = 810;
	apply(thread);
	apply(e);
	assert_string_equal(task(810)->comm, "sleep");
	assert_false(timeline_named(tl, 810));
	assert_null(graph_find_task(&now, 811));
	/* A thread takes over the number of its leader, with the slots that it has. */
	apply(thread);
	apply(switched(811, SLOT_UTS, NEW_UTS));
	apply(forked(820, 810));
	apply(about(EVENT_EXIT, 810));
	/* What exec changes is told under the new number, before it is known whose that is. */
	apply(switched(810, SLOT_TIME, NEW_TIME));
	e.old_tid = 811;
	strcpy(e.comm, "moved");
	apply(e);
	assert_null(graph_find_task(&now, 811));
	assert_int_equal(task(810)->tgid, 810);
	assert_int_equal(task(810)->ppid, 800);
	assert_int_equal(task(810)->upids[0].nr, 810);
	assert_int_equal(task_inum(task(810), SLOT_UTS), NEW_UTS);
	assert_int_equal(task_inum(task(810), SLOT_TIME), NEW_TIME);
	assert_string_equal(task(810)->comm, "moved");
	assert_int_equal(task(820)->ppid, 810);
	/* What is reaped now is the leader that was, whichever number that has. */
	apply(about(EVENT_REAP, 811));
	apply(about(EVENT_REAP, 810));
	assert_string_equal(task(810)->comm, "moved");
	/* Its exit is that of its last thread. */
	apply(about(EVENT_EXIT, 810));
	assert_int_equal(task(820)->ppid, 1);
	/* So it is with a thread of the picture. */
	child(830, NULL, "old");
	child(831, NULL, "thread");
	thread_of(&all[n_made - 2]);
	again();
	e = about(EVENT_EXEC, 830);
	e.old_tid = 831;
	apply(e);
	apply(about(EVENT_REAP, 830));
	assert_string_equal(task(830)->comm, "thread");
	apply(forked(820, 810));
	/* Of a thread whose leader nobody told of, the number is known that it gets. */
	e = switched(841, SLOT_UTS, NEW_UTS);
	e.tgid = 840;
	apply(e);
	assert_int_equal(task(841)->upids[0].nr, 841);
	e = about(EVENT_EXEC, 840);
	e.old_tid = 841;
	apply(e);
	assert_int_equal(task(840)->n_upids, 1);
	assert_int_equal(task(840)->upids[0].nr, 840);
	/* A number that another process has by now is not its thread. */
	e = about(EVENT_EXEC, 800);
	e.old_tid = 820;
	strcpy(e.comm, "bash");
	apply(e);
	assert_string_equal(task(820)->comm, "child");
	assert_string_equal(task(800)->comm, "bash");
}

static void test_namespaces(void **state)
{
	struct event e = created(NSINSPECT_NS_TYPE_PID, NEW_PID);
	const struct ns *ns;

	(void)state;
	e.parent_ns.inum = initial[SLOT_PID];
	apply(e);
	ns = graph_find_ns(&now, NSINSPECT_NS_TYPE_PID, NEW_PID);
	assert_non_null(ns);
	assert_int_equal(ns->parent_inum, initial[SLOT_PID]);
	assert_int_equal(ns->owner_inum, initial[SLOT_USER]);
	assert_int_equal(ns->level, 1);
	assert_int_equal(ns->tasks, 0);
	assert_int_equal(ns->active, -1);
	assert_false(ns->has_id);
	/* Told again: it is the same. */
	apply(e);
	assert_ptr_equal(graph_find_ns(&now, NSINSPECT_NS_TYPE_PID, NEW_PID)->parent,
			 graph_find_ns(&now, NSINSPECT_NS_TYPE_PID, initial[SLOT_PID]));
	assert_int_equal(now.n_namespaces, graph.n_namespaces + 1);
	apply(freed(NSINSPECT_NS_TYPE_PID, NEW_PID));
	assert_null(graph_find_ns(&now, NSINSPECT_NS_TYPE_PID, NEW_PID));
	apply(freed(NSINSPECT_NS_TYPE_PID, NEW_PID));
	/* One that a switch names is known from then on, and its birth can be told later. */
	apply(switched(800, SLOT_NET, NEW_NET));
	assert_int_equal(task(800)->ns[SLOT_NET]->owner_inum, 0);
	apply(created(NSINSPECT_NS_TYPE_NET, NEW_NET));
	assert_int_equal(task(800)->ns[SLOT_NET]->owner_inum, initial[SLOT_USER]);
	assert_int_equal(task(800)->ns[SLOT_NET]->active, 1);
	/* Freed, and somebody has it: it is shown, but what is made next is another one. */
	apply(freed(NSINSPECT_NS_TYPE_NET, NEW_NET));
	assert_non_null(task(800)->ns[SLOT_NET]);
	apply(created(NSINSPECT_NS_TYPE_NET, NEW_NET));
	assert_int_equal(task(800)->ns[SLOT_NET]->tasks, 1);
	assert_true(task(800)->ns[SLOT_NET]->twin);
	apply(about(EVENT_EXIT, 800));
	assert_int_equal(graph_find_ns(&now, NSINSPECT_NS_TYPE_NET, NEW_NET)->tasks, 0);
	assert_false(graph_find_ns(&now, NSINSPECT_NS_TYPE_NET, NEW_NET)->twin);
	/* Its owner is another one: that the first was freed was not told. */
	apply(switched(810, SLOT_NET, NEW_NET));
	e = created(NSINSPECT_NS_TYPE_NET, NEW_NET);
	e.owner.inum = NEW_USER;
	apply(e);
	assert_int_equal(graph_find_ns(&now, NSINSPECT_NS_TYPE_NET, NEW_NET)->owner_inum, NEW_USER);
	assert_int_equal(graph_find_ns(&now, NSINSPECT_NS_TYPE_NET, NEW_NET)->tasks, 0);
	assert_int_equal(task(810)->ns[SLOT_NET]->owner_inum, initial[SLOT_USER]);
	assert_true(timeline_has(tl, NSINSPECT_NS_TYPE_NET, initial[SLOT_NET]));
	assert_false(timeline_has(tl, NSINSPECT_NS_TYPE_NET, NEW_NET));
}

/* By id, where the kernel has one: a number can be used again at once. */
static bool has_pid_ns(void)
{
	return graph_find_ns(&now, NSINSPECT_NS_TYPE_PID, NEW_PID);
}

/* Before 6.18 the number of a pid namespace is another one's before its end is told. */
static void test_late_end(void **state)
{
	struct event e = created(NSINSPECT_NS_TYPE_PID, NEW_PID);

	(void)state;
	e.generation = 1000;
	apply(e);
	/* Two more in the same place; their ends come afterwards, and are not the last one's. */
	apply(e);
	apply(e);
	apply(freed(NSINSPECT_NS_TYPE_PID, NEW_PID));
	apply(freed(NSINSPECT_NS_TYPE_PID, NEW_PID));
	assert_true(has_pid_ns());
	apply(freed(NSINSPECT_NS_TYPE_PID, NEW_PID));
	assert_false(has_pid_ns());

	/* What was born before the picture was complete can be in it, and is told again. */
	e.generation = 0;
	apply(e);
	apply(e);
	apply(freed(NSINSPECT_NS_TYPE_PID, NEW_PID));
	assert_false(has_pid_ns());

	/* After a loss, the end may be what was lost. */
	e.generation = 1000;
	apply(e);
	apply((struct event){ .kind = EVENT_LOST, .lost = 1 });
	apply(e);
	apply(freed(NSINSPECT_NS_TYPE_PID, NEW_PID));
	assert_false(has_pid_ns());
}

static void test_ids(void **state)
{
	struct event e = created(NSINSPECT_NS_TYPE_NET, NEW_NET);

	(void)state;
	e.ns.id = 71;
	apply(e);
	e.ns.id = 72;
	apply(e);
	assert_int_equal(now.n_namespaces, graph.n_namespaces + 2);
	e = freed(NSINSPECT_NS_TYPE_NET, NEW_NET);
	e.ns.id = 71;
	apply(e);
	assert_int_equal(graph_find_ns(&now, NSINSPECT_NS_TYPE_NET, NEW_NET)->id, 72);
	e = switched(800, SLOT_NET, NEW_NET);
	e.slots[SLOT_NET].to.id = 72;
	apply(e);
	assert_int_equal(task(800)->ns[SLOT_NET]->id, 72);
	assert_int_equal(now.n_namespaces, graph.n_namespaces + 1);
}

/* What is known of those that stay, and of those that come. */
static void test_facts(void **state)
{
	struct ns *pid = ns_of(initial[SLOT_PID]), *uts = ns_of(initial[SLOT_UTS]);

	(void)state;
	pid->facts = calloc(1, sizeof(*pid->facts));
	pid->facts->reaper = (struct maybe){ true, 1 };
	pid->facts->pids = (struct maybe){ true, 4 };
	pid->has_found = true;
	pid->found = NSINSPECT_FOUND_TREE | NSINSPECT_FOUND_PENDING;
	uts->has_found = true;
	uts->found = NSINSPECT_FOUND_FILE | NSINSPECT_FOUND_PENDING;
	timeline_free(tl);
	assert_int_equal(timeline_begin(&tl, &graph), 0);
	look();
	pid = graph_find_ns(&now, NSINSPECT_NS_TYPE_PID, initial[SLOT_PID]);
	assert_true(pid->facts->pids.known);
	assert_int_equal(pid->found, NSINSPECT_FOUND_TREE | NSINSPECT_FOUND_TASK |
			 NSINSPECT_FOUND_PENDING);
	/* What was pending is so no more; who has it open is not told. */
	assert_int_equal(graph_find_ns(&now, NSINSPECT_NS_TYPE_UTS, initial[SLOT_UTS])->found,
			 NSINSPECT_FOUND_FILE | NSINSPECT_FOUND_TASK);
	apply(forked(900, 800));
	pid = graph_find_ns(&now, NSINSPECT_NS_TYPE_PID, initial[SLOT_PID]);
	assert_false(pid->facts->pids.known);
	assert_int_equal(pid->facts->reaper.v, 1);
	assert_false(pid->facts->dying);
	apply(about(EVENT_EXIT, 800));
	assert_false(graph_find_ns(&now, NSINSPECT_NS_TYPE_PID, initial[SLOT_PID])->facts->dying);
	apply(about(EVENT_EXIT, 1));
	assert_true(graph_find_ns(&now, NSINSPECT_NS_TYPE_PID, initial[SLOT_PID])->facts->dying);
	apply(created(NSINSPECT_NS_TYPE_NET, NEW_NET));
	assert_false(graph_find_ns(&now, NSINSPECT_NS_TYPE_NET, NEW_NET)->has_found);
	apply(switched(810, SLOT_NET, NEW_NET));
	assert_int_equal(graph_find_ns(&now, NSINSPECT_NS_TYPE_NET, NEW_NET)->found,
			 NSINSPECT_FOUND_TASK);
	assert_null(graph_find_ns(&now, NSINSPECT_NS_TYPE_NET, NEW_NET)->facts);
	/* A picture of some tasks does not count, and neither does what goes on from it. */
	graph_forget_counts(&graph);
	timeline_free(tl);
	assert_int_equal(timeline_begin(&tl, &graph), 0);
	look();
	assert_int_equal(graph_find_ns(&now, NSINSPECT_NS_TYPE_NET, initial[SLOT_NET])->tasks, -1);
	assert_int_equal(now.nsproxies[0].tasks, -1);
}

/* All that happens to one system, from beginning to end. */
static const struct event *story(size_t *n)
{
	static struct event list[16];
	struct event *e = list, container = forked(900, 800);

	container.same = false;
	container.slots[SLOT_NET].from.inum = initial[SLOT_NET];
	container.slots[SLOT_NET].to.inum = NEW_NET;
	*e++ = created(NSINSPECT_NS_TYPE_NET, NEW_NET);
	*e++ = container;
	*e++ = forked(901, 900);
	*e++ = created(NSINSPECT_NS_TYPE_UTS, NEW_UTS);
	*e++ = switched(900, SLOT_UTS, NEW_UTS);
	*e++ = forked(902, 900);
	*e++ = forked(903, 902);
	*e++ = about(EVENT_EXIT, 902);
	*e++ = about(EVENT_REAP, 902);
	*e++ = forked(904, 800);
	*e++ = about(EVENT_EXEC, 904);
	*e++ = about(EVENT_EXIT, 901);
	*e++ = created(NSINSPECT_NS_TYPE_TIME, NEW_TIME);
	*e++ = freed(NSINSPECT_NS_TYPE_TIME, NEW_TIME);
	*n = (size_t)(e - list);
	for (e = list; e < list + *n; e++) {
		e->time_ns = (uint64_t)(e - list + 1) * 10;
		if (e->kind == EVENT_EXEC)
			strcpy(e->comm, "exec");
	}
	return list;
}

/*
 * A picture that was taken at any moment of it, and then everything from any
 * earlier event on: the end is the same.
 */
static void test_twice(void **state)
{
	struct graph last, picture;
	size_t n, at, from, i;
	const struct event *list = story(&n);

	(void)state;
	for (i = 0; i < n; i++)
		assert_int_equal(timeline_apply(tl, &list[i]), 0);
	assert_int_equal(timeline_graph(tl, &last), 0);
	for (at = 0; at <= n; at++) {
		timeline_free(tl);
		assert_int_equal(timeline_begin(&tl, &graph), 0);
		for (i = 0; i < at; i++)
			assert_int_equal(timeline_apply(tl, &list[i]), 0);
		assert_int_equal(timeline_graph(tl, &picture), 0);
		for (from = 0; from <= at; from++) {
			timeline_free(tl);
			assert_int_equal(timeline_begin(&tl, &picture), 0);
			for (i = from; i < n; i++)
				assert_int_equal(timeline_apply(tl, &list[i]), 0);
			same_as(&last);
		}
		/* With the time, nsproxies are shared as before, too. */
		timeline_free(tl);
		assert_int_equal(timeline_begin(&tl, &picture), 0);
		timeline_since(tl, at ? list[at - 1].time_ns + 1 : 0);
		for (i = 0; i < n; i++)
			assert_int_equal(timeline_apply(tl, &list[i]), 0);
		same_as(&last);
		assert_int_equal(now.n_nsproxies, last.n_nsproxies);
		graph_free(&picture);
	}
	graph_free(&last);
}

/* What is older than the picture is in it, whatever it says. */
static void test_since(void **state)
{
	struct event e = switched(800, SLOT_NET, NEW_NET);

	(void)state;
	timeline_since(tl, 1000);
	e.time_ns = 999;
	e.generation = 50;
	apply(e);
	assert_int_equal(task_inum(task(800), SLOT_NET), initial[SLOT_NET]);
	e.time_ns = 1000;
	apply(e);
	assert_int_equal(task_inum(task(800), SLOT_NET), NEW_NET);
	assert_int_equal(now.snapshot.generation, 50);
	/* A task that was about to exit can look alive in it. */
	apply((struct event){ .kind = EVENT_REAP, .tid = 810, .time_ns = 2000 });
	assert_null(graph_find_task(&now, 810));
}

/* After a loss nothing is sure, and what is told is believed. */
static void test_lost(void **state)
{
	(void)state;
	graph.snapshot.consistent = 1;
	timeline_free(tl);
	assert_int_equal(timeline_begin(&tl, &graph), 0);
	apply(forked(810, 1));
	assert_int_equal(task(810)->ppid, 800);
	assert_int_equal(now.snapshot.consistent, 1);
	apply((struct event){ .kind = EVENT_LOST, .lost = 5 });
	assert_int_equal(now.snapshot.consistent, 0);
	apply(forked(810, 1));
	assert_int_equal(task(810)->ppid, 1);
}

static void test_questions(void **state)
{
	const struct event_ns net = { .inum = initial[SLOT_NET] }, new = { .inum = NEW_NET };
	const struct event_ns user = { .inum = initial[SLOT_USER] }, new_user = { .inum = NEW_USER };

	(void)state;
	apply((struct event){ .kind = EVENT_FORK, .tid = 805, .tgid = 800, .parent = 800,
			      .ppid = 1, .same = true });
	apply(switched(805, SLOT_NET, NEW_NET));
	assert_int_equal(timeline_member(tl, SLOT_NET, &net, 0), 1);
	assert_int_equal(timeline_member(tl, SLOT_NET, &net, 1), 2);
	assert_int_equal(timeline_member(tl, SLOT_USER, &user, 1), 2);
	assert_int_equal(timeline_member(tl, SLOT_NET, &new, 0), 805);
	assert_int_equal(timeline_member(tl, SLOT_NET, &new, 805), 0);
	apply(switched(810, SLOT_NET, NEW_NET));
	/* A leader goes before a thread, and a zombie is nowhere. */
	assert_int_equal(timeline_member(tl, SLOT_NET, &new, 0), 810);
	apply(switched(810, SLOT_USER, NEW_USER));
	assert_int_equal(timeline_member(tl, SLOT_USER, &new_user, 0), 810);
	apply(about(EVENT_EXIT, 810));
	assert_int_equal(timeline_member(tl, SLOT_USER, &new_user, 0), 0);
	assert_int_equal(timeline_member(tl, SLOT_NET, &new, 0), 805);
	apply(freed(NSINSPECT_NS_TYPE_NET, NEW_NET));
	assert_int_equal(timeline_member(tl, SLOT_NET, &new, 0), 0);

	assert_true(timeline_below(tl, 810, 800));
	assert_true(timeline_below(tl, 810, 1));
	assert_true(timeline_below(tl, 800, 800));
	assert_true(timeline_below(tl, 805, 800));
	assert_true(timeline_below(tl, 810, 805));
	assert_false(timeline_below(tl, 800, 810));
	assert_false(timeline_below(tl, 810, 2));
	assert_false(timeline_below(tl, 999, 1));
	assert_int_equal(timeline_tgid(tl, 805), 800);
	assert_int_equal(timeline_tgid(tl, 999), 0);
	assert_string_equal(timeline_comm(tl, 800), "sh");
	assert_null(timeline_comm(tl, 999));
}

/* Loops, as only a made-up file has them. */
static void test_loops(void **state)
{
	struct event e;

	(void)state;
	child(820, NULL, "a");
	last_made()->task.ppid = 821;
	child(821, NULL, "b");
	last_made()->task.ppid = 820;
	child(822, NULL, "c");
	last_made()->task.ppid = 822;
	all[0].task.ppid = 820;
	again();
	assert_false(timeline_below(tl, 820, 1));
	apply(about(EVENT_EXIT, 820));
	assert_int_equal(task(821)->ppid, 1);
	assert_int_equal(task(1)->ppid, 0);
	apply(about(EVENT_EXIT, 821));
	apply(about(EVENT_REAP, 821));
	apply(about(EVENT_REAP, 820));
	e = created(NSINSPECT_NS_TYPE_USER, NEW_USER);
	e.owner.inum = e.parent_ns.inum = NEW_USER;
	apply(e);
	apply(freed(NSINSPECT_NS_TYPE_USER, NEW_USER));
	assert_null(graph_find_ns(&now, NSINSPECT_NS_TYPE_USER, NEW_USER));
}

/* All renderers draw it. */
static void test_drawn(void **state)
{
	const struct tree_options tree = { .fold = true, .width = 80, .types = 0xff };
	const struct event *list;
	FILE *out = fopen("/dev/null", "w");
	size_t n, i;

	(void)state;
	list = story(&n);
	for (i = 0; i < n; i++) {
		apply(list[i]);
		assert_int_equal(render_json(&now, out), 0);
		assert_int_equal(render_tree(&now, &tree, out), 0);
		assert_int_equal(render_dot(&now, out), 0);
	}
	fclose(out);
}

/*
 * The naive model: every task has its ten slots by itself, and all that has to be
 * found is looked for among all.
 */
#define NAIVE_TASKS	300
#define NAIVE_SPACES	4096

struct naive {
	bool there, dead;
	unsigned int late;
	uint32_t tid, tgid, ppid, slot[SLOTS];
	char comm[16];
};

static struct naive naive[NAIVE_TASKS];
static bool exists[SLOTS][NAIVE_SPACES];
static uint32_t next_space = 1;
static uint32_t seed = 1;

static uint32_t dice(uint32_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % limit;
}

static struct naive *find_naive(uint32_t tid)
{
	size_t i;

	for (i = 0; i < NAIVE_TASKS; i++)
		if (naive[i].there && naive[i].tid == tid)
			return &naive[i];
	return NULL;
}

static struct naive *any_alive(void)
{
	for (;;) {
		struct naive *t = &naive[dice(NAIVE_TASKS)];

		if (t->there && !t->dead)
			return t;
	}
}

static bool group_alive(uint32_t tgid)
{
	size_t i;

	for (i = 0; i < NAIVE_TASKS; i++)
		if (naive[i].there && !naive[i].dead && naive[i].tgid == tgid)
			return true;
	return false;
}

static void naive_fork(void)
{
	struct naive *parent = any_alive(), *t;
	struct event e = { .kind = EVENT_FORK };
	uint32_t tid = 1000 + dice(200);
	unsigned int late = 0;
	bool thread;
	size_t i;

	t = find_naive(tid);
	if (t && !t->dead)
		return;
	/* A leader keeps its number as long as there are threads. */
	if (t && group_alive(t->tgid) && t->tid == t->tgid)
		return;
	if (t)
		late = t->late + 1;
	else
		for (t = naive; t->there; t++)
			;
	thread = parent->tid != 1 && !dice(4) && (!t->there || t->tgid != parent->tgid);
	/* Nobody may be left in a group of that number. */
	if (!thread && group_alive(tid))
		return;
	*t = *parent;
	t->late = late;
	t->tid = e.tid = tid;
	t->tgid = e.tgid = thread ? parent->tgid : tid;
	t->ppid = e.ppid = thread ? parent->ppid : parent->tgid;
	/* Threads of a process that had the number go with it until they are reaped. */
	for (i = 0; i < NAIVE_TASKS; i++)
		if (naive[i].there && naive[i].tgid == t->tgid)
			naive[i].ppid = t->ppid;
	e.parent = parent->tid;
	snprintf(t->comm, sizeof(t->comm), "c%u", tid);
	strcpy(e.comm, t->comm);
	e.n_upids = 1;
	e.upids[0].nr = tid;
	e.upids[0].pidns = initial[SLOT_PID];
	e.same = true;
	if (!thread && !dice(4)) {
		uint32_t to = next_space++;

		e.same = false;
		e.slots[SLOT_NET].from.inum = t->slot[SLOT_NET];
		e.slots[SLOT_NET].to.inum = t->slot[SLOT_NET] = to;
		exists[SLOT_NET][to] = true;
	}
	assert_int_equal(timeline_apply(tl, &e), 0);
}

static void naive_switch(void)
{
	static const enum slot some[] = { SLOT_NET, SLOT_UTS, SLOT_IPC, SLOT_USER, SLOT_MNT };
	enum slot slot = some[dice(5)];
	struct naive *t = any_alive(), *other = any_alive();
	struct event e = { .kind = EVENT_SWITCH, .tid = t->tid, .tgid = t->tgid };
	uint32_t to;

	if (t->tid == 1)
		return;
	if (dice(2)) {
		to = next_space++;
		exists[slot][to] = true;
		e = created(slots[slot].type, to);
		assert_int_equal(timeline_apply(tl, &e), 0);
		e = (struct event){ .kind = EVENT_SWITCH, .tid = t->tid, .tgid = t->tgid };
	} else {
		to = other->slot[slot];
	}
	if (to == t->slot[slot])
		return;
	e.slots[slot].from.inum = t->slot[slot];
	e.slots[slot].to.inum = t->slot[slot] = to;
	strcpy(e.comm, t->comm);
	assert_int_equal(timeline_apply(tl, &e), 0);
}

static void naive_exit(void)
{
	struct naive *t = any_alive();
	const struct event e = about(EVENT_EXIT, t->tid);
	size_t i;

	if (t->tid == 1)
		return;
	t->dead = true;
	for (i = 0; i < NAIVE_TASKS; i++)
		if (naive[i].there && naive[i].ppid == t->tgid && !group_alive(t->tgid))
			naive[i].ppid = 1;
	assert_int_equal(timeline_apply(tl, &e), 0);
}

static void naive_reap(void)
{
	struct naive *t = &naive[dice(NAIVE_TASKS)];
	const struct event e = about(EVENT_REAP, t->tid);

	/* The leader stays until the last. */
	if (!t->there || (!t->dead && !t->late) ||
	    (t->tid == t->tgid && !t->late && group_alive(t->tgid)))
		return;
	if (t->late)
		t->late--;
	else
		t->there = false;
	assert_int_equal(timeline_apply(tl, &e), 0);
}

static void naive_exec(void)
{
	struct naive *t = any_alive();
	struct event e = { .kind = EVENT_EXEC, .tid = t->tgid, .old_tid = t->tid };
	size_t i;

	if (t->tid == 1)
		return;
	for (i = 0; i < NAIVE_TASKS; i++)
		if (naive[i].there && naive[i].tgid == t->tgid && &naive[i] != t)
			naive[i].there = false;
	t->tid = t->tgid;
	snprintf(t->comm, sizeof(t->comm), "x%u", dice(1000));
	strcpy(e.comm, t->comm);
	assert_int_equal(timeline_apply(tl, &e), 0);
}

static bool is_used(int slot, uint32_t inum)
{
	size_t i;

	for (i = 0; i < NAIVE_TASKS; i++)
		if (naive[i].there && naive[i].slot[slot] == inum &&
		    (!naive[i].dead || slot == SLOT_USER))
			return true;
	return false;
}

static void naive_free(void)
{
	uint32_t inum = dice(next_space) + 1;
	struct event e;
	int s;

	for (s = 0; s < SLOTS; s++) {
		if (inum >= NAIVE_SPACES || !exists[s][inum] || is_used(s, inum))
			continue;
		exists[s][inum] = false;
		e = freed(slots[s].type, inum);
		assert_int_equal(timeline_apply(tl, &e), 0);
	}
}

static void compare(void)
{
	size_t i, n = 0, spaces = 0, members;
	uint32_t inum;
	int s;

	look();
	for (i = 0; i < NAIVE_TASKS; i++) {
		const struct naive *m = &naive[i];
		const struct task *t;

		if (!m->there)
			continue;
		n++;
		t = task(m->tid);
		assert_int_equal(t->tgid, m->tgid);
		assert_int_equal(t->ppid, m->ppid);
		assert_string_equal(t->comm, m->comm);
		assert_int_equal(t->user_inum, m->slot[SLOT_USER]);
		assert_int_equal(t->pid_inum, m->slot[SLOT_PID]);
		assert_int_equal(!t->nsproxy_id, m->dead);
		assert_int_equal(t->state == 'Z', m->dead);
		for (s = 0; s < SLOTS && !m->dead; s++)
			assert_int_equal(task_inum(t, s), m->slot[s]);
	}
	assert_int_equal(n, now.n_tasks);
	for (s = 0; s < SLOTS; s++) {
		for (inum = 1; inum < NAIVE_SPACES; inum++) {
			const struct ns *ns = graph_find_ns(&now, slots[s].type, inum);

			if (slots[s].current != (enum slot)s)
				continue;
			assert_int_equal(!!ns, exists[s][inum]);
			if (!ns)
				continue;
			spaces++;
			for (i = members = 0; i < NAIVE_TASKS; i++)
				members += naive[i].there && naive[i].slot[s] == inum &&
					   (!naive[i].dead || s == SLOT_USER);
			assert_int_equal(ns->tasks, members);
		}
	}
	assert_int_equal(spaces + 8, now.n_namespaces);
}

static void test_walk(void **state)
{
	static void (*const steps[])(void) = {
		naive_fork, naive_fork, naive_fork, naive_switch, naive_switch, naive_exit,
		naive_reap, naive_reap, naive_reap, naive_exec, naive_free, naive_free,
	};
	size_t i;

	(void)state;
	stop(NULL);
	start(NULL);
	child(1, NULL, "init");
	again();
	naive[0] = (struct naive){ .there = true, .tid = 1, .tgid = 1, .comm = "init" };
	memcpy(naive[0].slot, initial, sizeof(initial));
	for (i = 0; i < 10000; i++) {
		steps[dice(sizeof(steps) / sizeof(*steps))]();
		assert_true(next_space < NAIVE_SPACES);
		if (i % 50 == 0)
			compare();
	}
	compare();
	/* It was about something. */
	assert_true(now.n_tasks > 30);
	assert_true(now.n_namespaces > 20);
	assert_true(now.n_nsproxies > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_begin, begin, end),
		cmocka_unit_test_setup_teardown(test_fork, begin, end),
		cmocka_unit_test_setup_teardown(test_fork_changed, begin, end),
		cmocka_unit_test_setup_teardown(test_fork_pending, begin, end),
		cmocka_unit_test_setup_teardown(test_switch, begin, end),
		cmocka_unit_test_setup_teardown(test_unknown, begin, end),
		cmocka_unit_test_setup_teardown(test_exit, begin, end),
		cmocka_unit_test_setup_teardown(test_orphans, begin, end),
		cmocka_unit_test_setup_teardown(test_reuse, begin, end),
		cmocka_unit_test_setup_teardown(test_exec, begin, end),
		cmocka_unit_test_setup_teardown(test_namespaces, begin, end),
		cmocka_unit_test_setup_teardown(test_late_end, begin, end),
		cmocka_unit_test_setup_teardown(test_ids, begin, end),
		cmocka_unit_test_setup_teardown(test_facts, begin, end),
		cmocka_unit_test_setup_teardown(test_twice, begin, end),
		cmocka_unit_test_setup_teardown(test_since, begin, end),
		cmocka_unit_test_setup_teardown(test_lost, begin, end),
		cmocka_unit_test_setup_teardown(test_questions, begin, end),
		cmocka_unit_test_setup_teardown(test_loops, begin, end),
		cmocka_unit_test_setup_teardown(test_drawn, begin, end),
		cmocka_unit_test_setup_teardown(test_walk, begin, end),
	};

	return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
