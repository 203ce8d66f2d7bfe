// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "made.h"

const uint32_t initial[SLOTS] = {
	[SLOT_CGROUP] = 4026531835, [SLOT_IPC] = 4026531839, [SLOT_MNT] = 4026531841,
	[SLOT_NET] = 4026531840, [SLOT_PID] = 4026531836, [SLOT_PID_FOR_CHILDREN] = 4026531836,
	[SLOT_TIME] = 4026531834, [SLOT_TIME_FOR_CHILDREN] = 4026531834,
	[SLOT_USER] = 4026531837, [SLOT_UTS] = 4026531838,
};

struct made *all;
size_t n_made;
struct graph graph;
static size_t room_made;
static uint32_t last_nsproxy;

/* Namespaces that a test tells itself: without a task, or with a parent. */
static struct ns *told;
static size_t n_told, room_told;

int start(void **state)
{
	(void)state;
	n_made = n_told = 0;
	last_nsproxy = 0;
	return 0;
}

int stop(void **state)
{
	(void)state;
	graph_free(&graph);
	free(all);
	free(told);
	all = NULL;
	told = NULL;
	n_made = room_made = n_told = room_told = 0;
	return 0;
}

static void tell(struct ns ns)
{
	told = grow(told, &room_told, n_told + 1, sizeof(*told));
	assert_non_null(told);
	told[n_told++] = ns;
}

void add_empty(enum nsinspect_ns_type type, uint32_t inum, const char *name)
{
	tell((struct ns){ .type = type, .inum = inum, .name = (char *)name });
}

struct made *last_made(void)
{
	return &all[n_made - 1];
}

/* As fork() does: in its parent's namespaces, where these are for children. */
struct made child(uint32_t tid, const struct made *parent, const char *comm)
{
	struct made copy = { 0 };

	if (parent)
		copy = *parent;
	else
		memcpy(copy.inum, initial, sizeof(initial));
	copy.task.ppid = copy.task.tgid;
	copy.task.tid = copy.task.tgid = tid;
	copy.task.state = 'S';
	copy.task.n_upids = parent ? parent->task.n_upids : 1;
	if (!copy.task.nsproxy_id || copy.inum[SLOT_TIME] != copy.inum[SLOT_TIME_FOR_CHILDREN])
		copy.task.nsproxy_id = ++last_nsproxy;
	if (copy.inum[SLOT_PID] != copy.inum[SLOT_PID_FOR_CHILDREN])
		copy.task.n_upids++;
	copy.inum[SLOT_PID] = copy.inum[SLOT_PID_FOR_CHILDREN];
	copy.inum[SLOT_TIME] = copy.inum[SLOT_TIME_FOR_CHILDREN];
	copy.nr[0] = tid;
	memset(copy.task.comm, 0, sizeof(copy.task.comm));
	strncpy(copy.task.comm, comm, sizeof(copy.task.comm) - 1);

	all = grow(all, &room_made, n_made + 1, sizeof(*all));
	assert_non_null(all);
	all[n_made++] = copy;
	return copy;
}

struct made in(uint32_t tid, const struct made *parent, const char *comm, enum slot slot,
	       uint32_t inum)
{
	child(tid, parent, comm);
	return also(slot, inum);
}

struct made also(enum slot slot, uint32_t inum)
{
	struct made *m = last_made();

	if (slot != SLOT_USER)
		m->task.nsproxy_id = ++last_nsproxy;
	m->inum[slot] = inum;
	if (slot == SLOT_TIME)
		m->inum[SLOT_TIME_FOR_CHILDREN] = inum;
	return *m;
}

/* The number of the last task in its deepest pid namespace, and that one when it is new. */
struct made nr(uint32_t number, uint32_t pidns)
{
	struct made *m = last_made();

	if (pidns) {
		tell((struct ns){ .type = NSINSPECT_NS_TYPE_PID, .inum = pidns,
				  .parent_inum = m->inum[SLOT_PID] });
		m->inum[SLOT_PID] = pidns;
		also(SLOT_PID_FOR_CHILDREN, pidns);
		m->task.n_upids++;
	}
	m->nr[m->task.n_upids - 1] = number;
	return *m;
}

/* The last task shares its whole set with another. */
struct made shares(const struct made *other)
{
	struct made *m = last_made();

	memcpy(m->inum, other->inum, sizeof(m->inum));
	m->task.nsproxy_id = other->task.nsproxy_id;
	m->task.n_upids = other->task.n_upids;
	return *m;
}

void thread_of(const struct made *leader)
{
	last_made()->task.tgid = leader->task.tid;
	last_made()->task.ppid = leader->task.ppid;
}

void gone(char state)
{
	last_made()->task.state = state;
	last_made()->task.nsproxy_id = 0;
}

void kernel(struct made *init, struct made *kthreadd)
{
	*init = child(1, NULL, "init");
	child(2, NULL, "kthreadd");
	last_made()->task.nsproxy_id = init->task.nsproxy_id;
	last_made()->task.kthread = true;
	*kthreadd = *last_made();
}

static int by_type(const void *a, const void *b)
{
	const struct ns *x = a, *y = b;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	return (x->inum > y->inum) - (x->inum < y->inum);
}

/* What was told of a namespace comes first, and stays. */
static int by_type_and_place(const void *a, const void *b)
{
	int by = by_type(a, b);

	return by ? by : (int)((const struct ns *)a)->seq - (int)((const struct ns *)b)->seq;
}

static void count_members(void)
{
	size_t i;
	int s;

	for (i = 0; i < graph.n_tasks; i++)
		for (s = 0; s < SLOTS; s++) {
			struct ns *ns = (struct ns *)graph.tasks[i].ns[s];

			if (!ns || slots[s].current != (enum slot)s)
				continue;
			ns->tasks++;
			ns->procs += task_is_leader(&graph.tasks[i]);
		}
}

void link_all(void)
{
	bool *seen = calloc(last_nsproxy + 1, sizeof(*seen));
	size_t i, j, n = 0;
	int s;

	assert_non_null(seen);
	graph_free(&graph);
	graph.host.nodename = strdup("node7");
	graph.host.release = strdup("6.12.57");
	graph.has_snapshot = true;
	graph.snapshot.walked = (uint32_t)n_made;
	graph.namespaces = calloc(n_made * SLOTS + n_told + 1, sizeof(*graph.namespaces));
	graph.nsproxies = calloc(n_made + 1, sizeof(*graph.nsproxies));
	graph.tasks = calloc(n_made + 1, sizeof(*graph.tasks));
	graph.upids = calloc(n_made * 8 + 1, sizeof(*graph.upids));
	for (i = 0; i < n_told; i++) {
		graph.namespaces[n] = told[i];
		graph.namespaces[n].name = told[i].name ? strdup(told[i].name) : NULL;
		n++;
	}
	for (i = 0; i < n_made; i++) {
		struct made *m = &all[i];
		struct task *task = &graph.tasks[graph.n_tasks++];

		*task = m->task;
		task->pid_inum = m->inum[SLOT_PID];
		task->user_inum = m->inum[SLOT_USER];
		task->upids_at = graph.n_upids;
		for (j = 0; j < task->n_upids; j++)
			graph.upids[graph.n_upids++].nr = m->nr[j];
		if (task->nsproxy_id && !seen[task->nsproxy_id]) {
			struct nsproxy *p = &graph.nsproxies[graph.n_nsproxies++];

			seen[task->nsproxy_id] = true;
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
			n++;
		}
	}
	free(seen);
	for (i = 0; i < n; i++)
		graph.namespaces[i].seq = (uint32_t)i;
	qsort(graph.namespaces, n, sizeof(*graph.namespaces), by_type_and_place);
	for (i = j = 0; i < n; i++)
		if (!i || by_type(&graph.namespaces[i], &graph.namespaces[j - 1]))
			graph.namespaces[j++] = graph.namespaces[i];
		else
			free(graph.namespaces[i].name);
	graph.n_namespaces = j;
	for (i = 0; i < j; i++)
		graph.namespaces[i].initial =
			graph.namespaces[i].inum == initial[type_slot(graph.namespaces[i].type)];
	assert_int_equal(graph_link(&graph), 0);
	count_members();
}

const struct task *task_of(uint32_t tid)
{
	const struct task *t = graph_find_task(&graph, tid);

	assert_non_null(t);
	return t;
}

struct ns *ns_of(uint32_t inum)
{
	size_t i;

	for (i = 0; i < graph.n_namespaces; i++)
		if (graph.namespaces[i].inum == inum)
			return &graph.namespaces[i];
	fail();
	return NULL;
}
