// SPDX-License-Identifier: GPL-2.0
/*
 * The model: find, link, filter and free. What is linked may come from a file
 * that somebody made by hand, so that nothing here trusts that parents come
 * first, that they exist or that they form a tree; and nothing takes more than
 * n log n steps.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "holding.h"

const struct slot_info slots[SLOTS] = {
	[SLOT_CGROUP] = { "cgroup", NSINSPECT_NS_TYPE_CGROUP, NSINSPECT_A_NSPROXY_CGROUP,
			  NSINSPECT_A_NSPROXY_CGROUP_NODE, SLOT_CGROUP },
	[SLOT_IPC] = { "ipc", NSINSPECT_NS_TYPE_IPC, NSINSPECT_A_NSPROXY_IPC,
		       NSINSPECT_A_NSPROXY_IPC_NODE, SLOT_IPC },
	[SLOT_MNT] = { "mnt", NSINSPECT_NS_TYPE_MNT, NSINSPECT_A_NSPROXY_MNT,
		       NSINSPECT_A_NSPROXY_MNT_NODE, SLOT_MNT },
	[SLOT_NET] = { "net", NSINSPECT_NS_TYPE_NET, NSINSPECT_A_NSPROXY_NET,
		       NSINSPECT_A_NSPROXY_NET_NODE, SLOT_NET },
	[SLOT_PID] = { "pid", NSINSPECT_NS_TYPE_PID, 0, 0, SLOT_PID },
	[SLOT_PID_FOR_CHILDREN] = { "pid_for_children", NSINSPECT_NS_TYPE_PID,
				    NSINSPECT_A_NSPROXY_PID_FOR_CHILDREN,
				    NSINSPECT_A_NSPROXY_PID_FOR_CHILDREN_NODE, SLOT_PID },
	[SLOT_TIME] = { "time", NSINSPECT_NS_TYPE_TIME, NSINSPECT_A_NSPROXY_TIME,
			NSINSPECT_A_NSPROXY_TIME_NODE, SLOT_TIME },
	[SLOT_TIME_FOR_CHILDREN] = { "time_for_children", NSINSPECT_NS_TYPE_TIME,
				     NSINSPECT_A_NSPROXY_TIME_FOR_CHILDREN,
				     NSINSPECT_A_NSPROXY_TIME_FOR_CHILDREN_NODE, SLOT_TIME },
	[SLOT_USER] = { "user", NSINSPECT_NS_TYPE_USER, 0, 0, SLOT_USER },
	[SLOT_UTS] = { "uts", NSINSPECT_NS_TYPE_UTS, NSINSPECT_A_NSPROXY_UTS,
		       NSINSPECT_A_NSPROXY_UTS_NODE, SLOT_UTS },
};

const char *const ns_type_names[NS_TYPES] = {
	[NSINSPECT_NS_TYPE_CGROUP] = "cgroup",
	[NSINSPECT_NS_TYPE_IPC]	   = "ipc",
	[NSINSPECT_NS_TYPE_MNT]	   = "mnt",
	[NSINSPECT_NS_TYPE_NET]	   = "net",
	[NSINSPECT_NS_TYPE_PID]	   = "pid",
	[NSINSPECT_NS_TYPE_TIME]   = "time",
	[NSINSPECT_NS_TYPE_USER]   = "user",
	[NSINSPECT_NS_TYPE_UTS]	   = "uts",
};

const struct found_way found_ways[FOUND_WAYS] = {
	{ NSINSPECT_FOUND_TASK, "task", "by a task" },
	{ NSINSPECT_FOUND_PENDING, "pending", "for children" },
	{ NSINSPECT_FOUND_LINEAGE, "lineage", "parent or owner" },
	{ NSINSPECT_FOUND_PID, "pid", "group or session" },
	{ NSINSPECT_FOUND_TREE, "tree", "kernel's list" },
	{ NSINSPECT_FOUND_NET_LIST, "net-list", "kernel's list" },
	{ NSINSPECT_FOUND_SUPERBLOCK, "superblock", "file system" },
	{ NSINSPECT_FOUND_FILE, "file", "open file" },
	{ NSINSPECT_FOUND_OWN_FILE, "own-file", "open file of nsinspect" },
	{ NSINSPECT_FOUND_SOCKET, "socket", "socket" },
	{ NSINSPECT_FOUND_IN_FLIGHT, "in-flight", "file in flight" },
	{ NSINSPECT_FOUND_CREDENTIAL, "credential", "credentials of a file" },
	{ NSINSPECT_FOUND_LINK, "link", "device" },
	{ FOUND_MOUNT, "mount", "bind mount" },
};

/**
 * type_slot() - the slot that says which namespace of a type a task is in
 * @type: the type
 *
 * Return: the slot; never one for children.
 */
enum slot type_slot(enum nsinspect_ns_type type)
{
	int s;

	for (s = 0; s < SLOTS; s++)
		if (slots[s].type == type)
			break;
	return s;
}

/**
 * type_parse() - which type is called so?
 * @name: need not end after @len bytes
 * @len: how long the name is
 *
 * Return: the type, -1 when there is none of that name.
 */
int type_parse(const char *name, size_t len)
{
	int t;

	for (t = 0; t < NS_TYPES; t++)
		if (strlen(ns_type_names[t]) == len && !memcmp(ns_type_names[t], name, len))
			return t;
	return -1;
}

/**
 * grow() - make room in an array
 * @array: what realloc() gave, or NULL
 * @room: how many elements fit; becomes at least @need
 * @need: how many have to
 * @size: of one
 *
 * Return: the array, maybe somewhere else; NULL without memory, and then the
 * old one is as it was.
 */
void *grow(void *array, size_t *room, size_t need, size_t size)
{
	size_t more = *room + *room / 2 + 16;

	if (need <= *room)
		return array;
	if (more < need)
		more = need;
	array = reallocarray(array, more, size);
	if (array)
		*room = more;
	return array;
}

/**
 * facts_free() - free what a namespace knows about itself
 * @facts: may be NULL
 */
void facts_free(struct facts *facts)
{
	if (!facts)
		return;
	free(facts->nodename);
	free(facts->domainname);
	free(facts->cgroup_root);
	free(facts->uid_map.list);
	free(facts->gid_map.list);
	free(facts);
}

static void drop_ns(struct ns *ns)
{
	facts_free(ns->facts);
	free(ns->name);
	free(ns->nsfs);
	free(ns->command);
	free(ns->details);
}

/**
 * graph_reset() - empty a graph, keep its memory for the next try
 * @g: the graph
 */
void graph_reset(struct graph *g)
{
	size_t i;

	for (i = 0; i < g->n_namespaces; i++)
		drop_ns(&g->namespaces[i]);
	free(g->host.nodename);
	free(g->host.release);
	free(g->host.boot_id);
	memset(&g->host, 0, sizeof(g->host));
	memset(&g->snapshot, 0, sizeof(g->snapshot));
	memset(&g->seen, 0, sizeof(g->seen));
	g->has_snapshot = false;
	g->details = 0;
	g->n_namespaces = g->n_nsproxies = g->n_tasks = g->n_upids = 0;
	g->n_links = g->n_ips = g->n_counters = g->n_uses = 0;
	if (g->holding)
		holding_reset(g->holding);
}

/**
 * graph_free() - free what a graph holds
 * @g: the graph; all zero afterwards, its ->holding is not its own
 */
void graph_free(struct graph *g)
{
	graph_reset(g);
	free(g->namespaces);
	free(g->nsproxies);
	free(g->tasks);
	free(g->upids);
	free(g->links);
	free(g->ips);
	free(g->counters);
	free(g->uses);
	memset(g, 0, sizeof(*g));
}

static int cmp(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* No two are the same: those of one inode number are different namespaces. */
static int cmp_ns(const void *a, const void *b)
{
	const struct ns *x = a, *y = b;
	int by_inum = cmp((uint64_t)x->type << 32 | x->inum, (uint64_t)y->type << 32 | y->inum);

	if (by_inum)
		return by_inum;
	return cmp((uint64_t)x->node << 32 | x->seq, (uint64_t)y->node << 32 | y->seq);
}

static int cmp_nsproxy(const void *a, const void *b)
{
	const struct nsproxy *x = a, *y = b;

	return cmp(x->id, y->id);
}

static int cmp_task(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	return cmp(x->tid, y->tid);
}

/*
 * Sort, and leave the first of those with the same key: a number that was used
 * again while the picture was taken. What comes sorted costs one pass only.
 */
static size_t sort_unique(void *array, size_t n, size_t size,
			  int (*compare)(const void *, const void *))
{
	char *base = array;
	size_t i, kept;

	for (i = 1; i < n; i++)
		if (compare(base + (i - 1) * size, base + i * size) >= 0)
			break;
	if (i >= n)
		return n;
	qsort(array, n, size, compare);
	for (i = kept = 1; i < n; i++) {
		if (!compare(base + (kept - 1) * size, base + i * size))
			continue;
		if (kept != i)
			memcpy(base + kept * size, base + i * size, size);
		kept++;
	}
	return kept;
}

/* What a reference means: that node, or without one the last of that number. */
static struct ns *find_ref(const struct graph *g, enum nsinspect_ns_type type, uint32_t inum,
			   uint32_t node)
{
	const struct ns key = {
		.type = type, .inum = inum, .node = node ? node : UINT32_MAX, .seq = UINT32_MAX,
	};
	size_t low = 0, high = g->n_namespaces;
	struct ns *ns;

	if (!inum)
		return NULL;
	/* The first that is past all it can be. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (cmp_ns(&g->namespaces[middle], &key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	ns = &g->namespaces[low - 1];
	return ns->type == type && ns->inum == inum && (!node || ns->node == node) ? ns : NULL;
}

/**
 * graph_find_ns() - look a namespace up in a linked graph
 * @g: the graph
 * @type: its type
 * @inum: its inode number
 *
 * Return: the namespace; the last in the answer where several have that number;
 * or NULL.
 */
struct ns *graph_find_ns(const struct graph *g, enum nsinspect_ns_type type, uint32_t inum)
{
	return find_ref(g, type, inum, 0);
}

/**
 * ns_find_link() - look a device up in a linked graph
 * @net: the namespace that it is in; NULL: not known
 * @ifindex: its index there
 *
 * Return: the device, or NULL.
 */
const struct link *ns_find_link(const struct ns *net, uint32_t ifindex)
{
	size_t low = 0, high = net ? net->n_links : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (net->links[middle].ifindex == ifindex)
			return &net->links[middle];
		if (net->links[middle].ifindex < ifindex)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/**
 * graph_find_nsproxy() - look an nsproxy up in a linked graph
 * @g: the graph
 * @id: its id
 *
 * Return: the nsproxy, or NULL.
 */
struct nsproxy *graph_find_nsproxy(const struct graph *g, uint32_t id)
{
	const struct nsproxy key = { .id = id };

	if (!id || !g->n_nsproxies)
		return NULL;
	/* The kernel numbers them from 1, in the order in which it sends them. */
	if (id <= g->n_nsproxies && g->nsproxies[id - 1].id == id)
		return &g->nsproxies[id - 1];
	return bsearch(&key, g->nsproxies, g->n_nsproxies, sizeof(key), cmp_nsproxy);
}

/**
 * graph_find_task() - look a task up in a linked graph
 * @g: the graph
 * @tid: its thread id
 *
 * Return: the task, or NULL.
 */
struct task *graph_find_task(const struct graph *g, uint32_t tid)
{
	const struct task key = { .tid = tid };

	if (!tid || !g->n_tasks)
		return NULL;
	return bsearch(&key, g->tasks, g->n_tasks, sizeof(key), cmp_task);
}

/**
 * task_is_leader() - is it the leader of its thread group?
 * @t: the task
 */
bool task_is_leader(const struct task *t)
{
	return t->tid == t->tgid;
}

/**
 * task_inum() - what is in a slot, also when that namespace is not in the graph
 * @t: a task of a linked graph
 * @slot: the slot
 *
 * Return: the inode number, 0 when there is nothing.
 */
uint32_t task_inum(const struct task *t, enum slot slot)
{
	if (slot == SLOT_PID)
		return t->pid_inum;
	if (slot == SLOT_USER)
		return t->user_inum;
	return t->nsproxy ? t->nsproxy->inum[slot] : 0;
}

/**
 * task_pending() - will children be in another namespace than the task is?
 * @t: a task of a linked graph
 * @slot: a slot for children; others are never pending
 */
bool task_pending(const struct task *t, enum slot slot)
{
	enum slot now = slots[slot].current;

	return task_inum(t, now) && task_inum(t, slot) && !task_same_ns(t, now, t, slot);
}

/**
 * task_same_ns() - is the same namespace in two slots?
 * @a: a task of a linked graph
 * @x: a slot of it
 * @b: a task of the same graph; may be @a
 * @y: a slot of that one
 *
 * Two namespaces can have one inode number in a picture that is not consistent.
 */
bool task_same_ns(const struct task *a, enum slot x, const struct task *b, enum slot y)
{
	return a->ns[x] == b->ns[y] && task_inum(a, x) == task_inum(b, y);
}

/*
 * Cut what would make a loop: climb from every node until there is one that is
 * known to lead to a root; one that this climb itself came past closes a loop.
 * Every node is passed once.
 */
#define CUT_LOOPS(what, array, n, link) do {					\
	size_t i_;								\
										\
	for (i_ = 0; i_ < (n); i_++) {						\
		what *at_ = &(array)[i_];					\
										\
		while (!seen[at_ - (array)]) {					\
			seen[at_ - (array)] = i_ + 1;				\
			if (!at_->link)						\
				break;						\
			if (seen[at_->link - (array)] == i_ + 1) {		\
				at_->link = NULL;				\
				break;						\
			}							\
			at_ = &(array)[at_->link - (array)];			\
		}								\
	}									\
} while (0)

static int link_namespaces(struct graph *g)
{
	const struct ns *end = g->namespaces + g->n_namespaces;
	struct ns *ns;
	size_t *seen;

	for (ns = g->namespaces; ns < end; ns++) {
		ns->owner = find_ref(g, NSINSPECT_NS_TYPE_USER, ns->owner_inum, ns->owner_node);
		ns->parent = find_ref(g, ns->type, ns->parent_inum, ns->parent_node);
	}

	seen = calloc(g->n_namespaces + 1, sizeof(*seen));
	if (!seen)
		return -ENOMEM;
	CUT_LOOPS(struct ns, g->namespaces, g->n_namespaces, owner);
	memset(seen, 0, g->n_namespaces * sizeof(*seen));
	CUT_LOOPS(struct ns, g->namespaces, g->n_namespaces, parent);
	free(seen);
	return 0;
}

/* Most tasks are where the one before them is: what was looked for last. */
struct last_ref {
	uint32_t inum, node;
	const struct ns *ns;
};

static const struct ns *find_again(const struct graph *g, struct last_ref *last,
				   enum nsinspect_ns_type type, uint32_t inum, uint32_t node)
{
	if (last->inum != inum || last->node != node)
		*last = (struct last_ref){ inum, node, find_ref(g, type, inum, node) };
	return last->ns;
}

static void link_slots(struct graph *g)
{
	const struct nsproxy *end = g->nsproxies + g->n_nsproxies;
	struct nsproxy *p;
	struct last_ref user = { 0 }, pid = { 0 }, level[2] = { { 0 } };
	struct upid *u;
	struct task *t;
	int s;

	for (p = g->nsproxies; p < end; p++)
		for (s = 0; s < SLOTS; s++)
			p->ns[s] = find_ref(g, slots[s].type, p->inum[s], p->node[s]);

	for (u = g->upids; u < g->upids + g->n_upids; u++)
		u->ns = find_again(g, &level[!!u->level], NSINSPECT_NS_TYPE_PID, u->pidns,
				   u->pidns_node);

	for (t = g->tasks; t < g->tasks + g->n_tasks; t++) {
		t->upids = t->n_upids ? g->upids + t->upids_at : NULL;
		t->nsproxy = graph_find_nsproxy(g, t->nsproxy_id);
		if (t->nsproxy)
			memcpy(t->ns, t->nsproxy->ns, sizeof(t->ns));
		else
			memset(t->ns, 0, sizeof(t->ns));

		t->ns[SLOT_USER] = find_again(g, &user, NSINSPECT_NS_TYPE_USER, t->user_inum,
					      t->user_node);
		t->ns[SLOT_PID] = find_again(g, &pid, NSINSPECT_NS_TYPE_PID, t->pid_inum,
					     t->pid_node);

		for (s = 0; s < SLOTS; s++) {
			struct ns *ns = (struct ns *)t->ns[s];

			if (!ns || slots[s].current != (enum slot)s)
				continue;
			if (!ns->first || (!task_is_leader(ns->first) && task_is_leader(t)))
				ns->first = t;
		}
	}
}

/* By the namespace that they are in, also where that is not in the graph. */
static int cmp_link(const void *a, const void *b)
{
	const struct link *x = a, *y = b;
	int by = cmp((uintptr_t)x->net, (uintptr_t)y->net);

	if (!by && !x->net)
		by = cmp((uint64_t)x->net_inum << 32 | x->net_node,
			 (uint64_t)y->net_inum << 32 | y->net_node);
	return by ? by : cmp(x->ifindex, y->ifindex);
}

static int cmp_counter(const void *a, const void *b)
{
	const struct counter *x = a, *y = b;
	int by = cmp((uint64_t)x->user_inum << 32 | x->user_node,
		     (uint64_t)y->user_inum << 32 | y->user_node);

	return by ? by : cmp(x->uid, y->uid);
}

static void link_devices(struct graph *g)
{
	struct last_ref net = { 0 };
	struct link *l;
	size_t i;

	for (i = 0; i < g->n_namespaces; i++) {
		g->namespaces[i].links = NULL;
		g->namespaces[i].n_links = 0;
	}
	for (l = g->links; l < g->links + g->n_links; l++) {
		l->net = find_again(g, &net, NSINSPECT_NS_TYPE_NET, l->net_inum, l->net_node);
		l->peer_net = find_ref(g, NSINSPECT_NS_TYPE_NET, l->peer_net_inum,
				       l->peer_net_node);
	}
	g->n_links = sort_unique(g->links, g->n_links, sizeof(*g->links), cmp_link);
	for (l = g->links; l < g->links + g->n_links; l++) {
		struct ns *ns = (struct ns *)l->net;

		l->ips = l->n_ips ? g->ips + l->ips_at : NULL;
		if (!ns)
			continue;
		if (!ns->n_links++)
			ns->links = l;
	}
}

static void link_counters(struct graph *g)
{
	struct counter *c;

	g->n_counters = sort_unique(g->counters, g->n_counters, sizeof(*g->counters), cmp_counter);
	for (c = g->counters; c < g->counters + g->n_counters; c++) {
		c->user = find_ref(g, NSINSPECT_NS_TYPE_USER, c->user_inum, c->user_node);
		c->uses = c->n_uses ? g->uses + c->uses_at : NULL;
	}
}

/* Threads have no children and lead nobody, whatever a made-up file says. */
static const struct task *find_leader(const struct graph *g, uint32_t tid)
{
	const struct task *t = graph_find_task(g, tid);

	return t && task_is_leader(t) ? t : NULL;
}

static int link_tasks(struct graph *g)
{
	const struct task *parent = NULL, *leader = NULL;
	struct task *t;
	size_t *seen;

	for (t = g->tasks; t < g->tasks + g->n_tasks; t++) {
		t->first_child = t->next_sibling = t->first_thread = NULL;
		if (!leader || leader->tid != t->tgid)
			leader = task_is_leader(t) ? t : find_leader(g, t->tgid);
		t->leader = leader;
		if (!parent || parent->tid != t->ppid)
			parent = find_leader(g, t->ppid);
		t->parent = parent;
	}

	seen = calloc(g->n_tasks + 1, sizeof(*seen));
	if (!seen)
		return -ENOMEM;
	CUT_LOOPS(struct task, g->tasks, g->n_tasks, parent);
	free(seen);

	/* From the end, so that every list rises. */
	for (t = g->tasks + g->n_tasks; t-- > g->tasks; ) {
		if (!task_is_leader(t)) {
			struct task *l = (struct task *)t->leader;

			if (l) {
				t->next_sibling = l->first_thread;
				l->first_thread = t;
			}
		} else if (t->parent) {
			struct task *p = (struct task *)t->parent;

			t->next_sibling = p->first_child;
			p->first_child = t;
		}
	}
	return 0;
}

#define SHORTEST	5
#define LONGEST		10	/* digits of 32 bits */

/* Its digits from the last to the first: what has the same end is a neighbour when sorted. */
struct backwards {
	uint64_t digits;
	struct ns *ns;
};

static int cmp_backwards(const void *a, const void *b)
{
	const struct backwards *x = a, *y = b;

	return cmp(x->digits, y->digits);
}

static uint64_t turn(uint32_t inum)
{
	uint64_t turned = 0;
	int i;

	for (i = 0; i < LONGEST; i++, inum /= 10)
		turned = turned * 10 + inum % 10;
	return turned;
}

/* How many digits, from the first one, it takes to tell two numbers apart. */
static int digits_to_differ(uint64_t x, uint64_t y)
{
	int n = LONGEST;

	for (; x / 10 != y / 10; x /= 10, y /= 10)
		n--;
	return n;
}

/* Do the shortest numbers do? They do where the kernel counted up, so this is seen first. */
static bool shortest_differ(const struct graph *g)
{
	unsigned char seen[100000 / 8] = { 0 };
	size_t i;

	for (i = 0; i < g->n_namespaces; i++) {
		uint32_t end = g->namespaces[i].inum % 100000;

		if (seen[end / 8] & 1u << end % 8)
			return false;
		seen[end / 8] |= (unsigned char)(1u << end % 8);
	}
	return true;
}

static int count_digits(struct graph *g)
{
	struct backwards *list;
	size_t i;

	g->digits = SHORTEST;
	for (i = 0; i < g->n_namespaces; i++)
		g->namespaces[i].twin = false;
	if (shortest_differ(g))
		return 0;
	list = calloc(g->n_namespaces, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (i = 0; i < g->n_namespaces; i++)
		list[i] = (struct backwards){ turn(g->namespaces[i].inum), &g->namespaces[i] };
	qsort(list, g->n_namespaces, sizeof(*list), cmp_backwards);
	for (i = 1; i < g->n_namespaces; i++) {
		struct backwards *a = &list[i - 1], *b = &list[i];

		if (a->digits == b->digits)
			a->ns->twin = b->ns->twin = true;
		else if (digits_to_differ(a->digits, b->digits) > g->digits)
			g->digits = digits_to_differ(a->digits, b->digits);
	}
	free(list);
	return 0;
}

/**
 * inum_short() - the last digits of an inode number
 * @g: a linked graph
 * @inum: the number of a namespace, which may not be in the graph
 *
 * Return: as many digits as tell all namespaces of the graph apart, and at
 * least five; zeros in front are kept. Good as long as the full expression
 * that it is part of.
 */
struct short_number inum_short(const struct graph *g, uint32_t inum)
{
	struct short_number number;
	char all[16];
	int n = snprintf(all, sizeof(all), "%u", inum);

	snprintf(number.text, sizeof(number.text), "%s", n > g->digits ? all + n - g->digits : all);
	return number;
}

/**
 * ns_short() - what to call a namespace, next to its type
 * @g: a linked graph
 * @ns: a namespace in it
 *
 * Return: as inum_short() does; where two namespaces have the same number,
 * with the number of the node.
 */
struct short_number ns_short(const struct graph *g, const struct ns *ns)
{
	struct short_number number = inum_short(g, ns->inum);
	size_t n = strlen(number.text);

	if (ns->twin && ns->node)
		snprintf(number.text + n, sizeof(number.text) - n, "#%u", ns->node);
	return number;
}

/**
 * graph_link() - sort the nodes and set the pointers between them
 * @g: a graph that is complete
 *
 * A parent or an owner that would make a loop, as only a made-up file can have
 * it, is left out of the pointers.
 *
 * Return: 0, or -ENOMEM.
 */
int graph_link(struct graph *g)
{
	size_t i;
	int err;

	g->n_namespaces = sort_unique(g->namespaces, g->n_namespaces, sizeof(*g->namespaces),
				      cmp_ns);
	g->n_nsproxies = sort_unique(g->nsproxies, g->n_nsproxies, sizeof(*g->nsproxies),
				     cmp_nsproxy);
	g->n_tasks = sort_unique(g->tasks, g->n_tasks, sizeof(*g->tasks), cmp_task);

	for (i = 0; i < g->n_namespaces; i++)
		g->namespaces[i].first = NULL;
	err = link_namespaces(g);
	if (!err)
		err = count_digits(g);
	if (err)
		return err;
	link_slots(g);
	link_devices(g);
	link_counters(g);
	return link_tasks(g);
}

/*
 * Mark a namespace and all that it leads to. Without recursion: a made-up file
 * can have a line of owners as long as it likes.
 */
static size_t mark_ns(const struct graph *g, bool *marks, const struct ns **todo, size_t n,
		      const struct ns *ns)
{
	if (ns && !marks[ns - g->namespaces]) {
		marks[ns - g->namespaces] = true;
		todo[n++] = ns;
	}
	return n;
}

static bool *mark_task(const struct graph *g, const struct task *t)
{
	const struct ns **todo = calloc(g->n_namespaces + 1, sizeof(*todo));
	bool *marks = calloc(g->n_namespaces + 1, sizeof(*marks));
	size_t i, n = 0;
	int s;

	if (!todo || !marks) {
		free(todo);
		free(marks);
		return NULL;
	}
	for (s = 0; s < SLOTS; s++)
		n = mark_ns(g, marks, todo, n, t->ns[s]);
	for (i = 0; i < t->n_upids; i++)
		n = mark_ns(g, marks, todo, n, t->upids[i].ns);
	while (n) {
		const struct ns *ns = todo[--n];

		n = mark_ns(g, marks, todo, n, ns->owner);
		n = mark_ns(g, marks, todo, n, ns->parent);
	}
	free(todo);
	return marks;
}

static bool differs_from_leader(const struct task *t)
{
	return !t->leader || t->nsproxy_id != t->leader->nsproxy_id ||
	       !task_same_ns(t, SLOT_USER, t->leader, SLOT_USER) ||
	       !task_same_ns(t, SLOT_PID, t->leader, SLOT_PID);
}

static int filter_task(struct graph *g, uint32_t tid)
{
	const struct task *t = graph_find_task(g, tid);
	struct task kept;
	size_t i, n = 0;
	bool *marks;

	if (!t)
		return -ESRCH;
	kept = *t;
	marks = mark_task(g, t);
	if (!marks)
		return -ENOMEM;

	if (t->nsproxy) {
		g->nsproxies[0] = *t->nsproxy;
		g->n_nsproxies = 1;
	} else {
		g->n_nsproxies = 0;
	}
	for (i = 0; i < g->n_namespaces; i++) {
		if (marks[i])
			g->namespaces[n++] = g->namespaces[i];
		else
			drop_ns(&g->namespaces[i]);
	}
	g->n_namespaces = n;
	g->tasks[0] = kept;
	g->n_tasks = 1;
	free(marks);
	return 0;
}

static void filter_types(struct graph *g, uint32_t types)
{
	size_t i, n = 0;
	int s;

	for (i = 0; i < g->n_namespaces; i++) {
		if (types & 1u << g->namespaces[i].type)
			g->namespaces[n++] = g->namespaces[i];
		else
			drop_ns(&g->namespaces[i]);
	}
	g->n_namespaces = n;
	for (i = 0; i < g->n_nsproxies; i++)
		for (s = 0; s < SLOTS; s++)
			if (!(types & 1u << slots[s].type))
				g->nsproxies[i].inum[s] = g->nsproxies[i].node[s] = 0;
	for (i = 0; i < g->n_tasks; i++) {
		if (!(types & 1u << NSINSPECT_NS_TYPE_USER))
			g->tasks[i].user_inum = g->tasks[i].user_node = 0;
		if (!(types & 1u << NSINSPECT_NS_TYPE_PID))
			g->tasks[i].pid_inum = g->tasks[i].pid_node = 0;
	}
}

/**
 * graph_filter() - leave what the kernel would have sent
 * @g: a graph that graph_link() has seen; linked again afterwards
 * @f: what to leave
 *
 * Counts and references go on telling of the whole system, as the kernel's do.
 *
 * Return: 0; -ESRCH when there is no such task; -ENOMEM.
 */
int graph_filter(struct graph *g, const struct graph_filter *f)
{
	size_t i, n = 0;
	int err;

	if (f->tid) {
		err = filter_task(g, f->tid);
		if (err)
			return err;
	} else if (!f->threads) {
		bool *keep = calloc(g->n_tasks + 1, sizeof(*keep));

		if (!keep)
			return -ENOMEM;
		/* All are compared before one is moved: ->leader points into the array. */
		for (i = 0; i < g->n_tasks; i++)
			keep[i] = task_is_leader(&g->tasks[i]) || differs_from_leader(&g->tasks[i]);
		for (i = 0; i < g->n_tasks; i++)
			if (keep[i])
				g->tasks[n++] = g->tasks[i];
		g->n_tasks = n;
		free(keep);
	}
	if (f->types)
		filter_types(g, f->types);
	return graph_link(g);
}

/**
 * graph_forget_counts() - leave out how many members each node has, and how it was found
 * @g: a graph
 *
 * They tell of all tasks when all were looked at, which depends on how many were
 * asked for and where the picture is from. Where the answer is about single
 * tasks it is the same in all cases without them.
 */
void graph_forget_counts(struct graph *g)
{
	size_t i;

	for (i = 0; i < g->n_namespaces; i++) {
		g->namespaces[i].tasks = g->namespaces[i].procs = -1;
		g->namespaces[i].has_found = false;
	}
	for (i = 0; i < g->n_nsproxies; i++)
		g->nsproxies[i].tasks = -1;
}
