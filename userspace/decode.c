// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes of a netlink message -> nodes of a graph.
 *
 * The bytes may be broken or made up: they come from a file as well as from
 * the kernel. Attributes that are not known here are left alone, since a newer
 * kernel may send more; those that are known must be what the contract says.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "holding.h"

/* The kernel's limit is 32 levels below the initial namespace. */
#define UPIDS_MAX 64

struct decoder {
	struct graph *g;
	const char *why;
};

struct attr {
	int type;
	const unsigned char *data;
	size_t len;
};

struct attrs {
	const unsigned char *at;
	size_t left;
};

static int bad(struct decoder *d, const char *why)
{
	d->why = why;
	return -EBADMSG;
}

static int no_memory(struct decoder *d)
{
	d->why = "out of memory";
	return -ENOMEM;
}

static struct attrs inside(const struct attr *a)
{
	return (struct attrs){ a->data, a->len };
}

/* Return: 1 with an attribute in @a, 0 at the end, or -EBADMSG. */
static inline int next_attr(struct decoder *d, struct attrs *in, struct attr *a)
{
	struct nlattr h;
	size_t step;

	if (!in->left)
		return 0;
	if (in->left < sizeof(h))
		return bad(d, "an attribute is cut off");
	memcpy(&h, in->at, sizeof(h));
	if (h.nla_len < sizeof(h) || h.nla_len > in->left)
		return bad(d, "an attribute is longer than what it is in");
	a->type = h.nla_type & NLA_TYPE_MASK;
	a->data = in->at + sizeof(h);
	a->len = h.nla_len - sizeof(h);
	step = NLA_ALIGN(h.nla_len);
	if (step > in->left)
		step = in->left;
	in->at += step;
	in->left -= step;
	return 1;
}

static inline int get_u32(struct decoder *d, const struct attr *a, uint32_t *v)
{
	if (a->len != sizeof(*v))
		return bad(d, "a number has the wrong size");
	memcpy(v, a->data, sizeof(*v));
	return 0;
}

static int get_u64(struct decoder *d, const struct attr *a, uint64_t *v)
{
	if (a->len != sizeof(*v))
		return bad(d, "a number has the wrong size");
	memcpy(v, a->data, sizeof(*v));
	return 0;
}

static int get_u8(struct decoder *d, const struct attr *a, uint8_t *v)
{
	if (a->len != sizeof(*v))
		return bad(d, "a number has the wrong size");
	*v = *a->data;
	return 0;
}

static int get_count(struct decoder *d, const struct attr *a, int64_t *v)
{
	uint32_t n = 0;
	int err = get_u32(d, a, &n);

	if (!err)
		*v = n;
	return err;
}

static int get_string(struct decoder *d, const struct attr *a, char **s)
{
	char *copy = strndup((const char *)a->data, a->len);

	if (!copy)
		return no_memory(d);
	free(*s);
	*s = copy;
	return 0;
}

/* As much of a text as there is room for. */
static void get_text(const struct attr *a, char *text, size_t size)
{
	size_t len = strnlen((const char *)a->data, a->len);

	if (len >= size)
		len = size - 1;
	memset(text, 0, size);
	memcpy(text, a->data, len);
}

static int get_maybe_u32(struct decoder *d, const struct attr *a, void *to)
{
	struct maybe *m = to;
	uint32_t n = 0;
	int err = get_u32(d, a, &n);

	*m = (struct maybe){ .known = true, .v = n };
	return err;
}

static int get_maybe_s32(struct decoder *d, const struct attr *a, void *to)
{
	struct maybe *m = to;
	int err = get_maybe_u32(d, a, to);

	m->v = (int32_t)m->v;
	return err;
}

static int get_maybe_s64(struct decoder *d, const struct attr *a, void *to)
{
	struct maybe *m = to;
	uint64_t n = 0;
	int err = get_u64(d, a, &n);

	*m = (struct maybe){ .known = true, .v = (int64_t)n };
	return err;
}

static int get_maybe_u64(struct decoder *d, const struct attr *a, void *to)
{
	struct maybe *m = to;
	int err = get_maybe_s64(d, a, to);

	if (!err && m->v < 0)
		return bad(d, "a size is too large");
	return err;
}

static int get_maybe_u8(struct decoder *d, const struct attr *a, void *to)
{
	struct maybe *m = to;
	uint8_t n = 0;
	int err = get_u8(d, a, &n);

	*m = (struct maybe){ .known = true, .v = n };
	return err;
}

static int get_fact_string(struct decoder *d, const struct attr *a, void *to)
{
	return get_string(d, a, to);
}

static int get_flag(struct decoder *d, const struct attr *a, void *to)
{
	(void)d;
	(void)a;
	*(bool *)to = true;
	return 0;
}

static int get_map(struct decoder *d, const struct attr *a, void *to)
{
	struct id_map *map = to;
	struct extent *list;

	if (a->len % sizeof(*list) || a->len > EXTENTS_MAX * sizeof(*list))
		return bad(d, "a map of ids has the wrong size");
	list = malloc(a->len + 1);
	if (!list)
		return no_memory(d);
	memcpy(list, a->data, a->len);
	free(map->list);
	*map = (struct id_map){ .known = true, .list = list, .n = a->len / sizeof(*list) };
	return 0;
}

#define ANY_TYPE ((1u << NS_TYPES) - 1)

/* One row a fact: of which types, and where it goes in struct facts. */
static const struct fact {
	int attr;
	uint32_t types;			/* 1 << type */
	int (*get)(struct decoder *d, const struct attr *a, void *to);
	size_t where;
} facts[] = {
#define FACT(name, type, get, member)							\
	{ NSINSPECT_A_NAMESPACE_##name, 1u << NSINSPECT_NS_TYPE_##type, get,		\
	  offsetof(struct facts, member) }
	{ NSINSPECT_A_NAMESPACE_CREATOR_UID, ANY_TYPE, get_maybe_u32,
	  offsetof(struct facts, creator_uid) },
	FACT(NODENAME, UTS, get_fact_string, nodename),
	FACT(DOMAINNAME, UTS, get_fact_string, domainname),
	FACT(MSG_QUEUES, IPC, get_maybe_u32, msg_queues),
	FACT(SEM_SETS, IPC, get_maybe_u32, sem_sets),
	FACT(SHM_SEGMENTS, IPC, get_maybe_u32, shm_segments),
	FACT(SHM_BYTES, IPC, get_maybe_u64, shm_bytes),
	FACT(MONOTONIC_NS, TIME, get_maybe_s64, monotonic_ns),
	FACT(BOOTTIME_NS, TIME, get_maybe_s64, boottime_ns),
	FACT(CGROUP_ROOT, CGROUP, get_fact_string, cgroup_root),
	FACT(REAPER, PID, get_maybe_u32, reaper),
	FACT(PIDS, PID, get_maybe_u32, pids),
	FACT(DYING, PID, get_flag, dying),
	FACT(PID_MAX, PID, get_maybe_u32, pid_max),
	FACT(OWNER_UID, USER, get_maybe_u32, owner_uid),
	FACT(OWNER_GID, USER, get_maybe_u32, owner_gid),
	FACT(UID_MAP, USER, get_map, uid_map),
	FACT(GID_MAP, USER, get_map, gid_map),
	FACT(SETGROUPS, USER, get_maybe_u8, setgroups),
	FACT(NSID, NET, get_maybe_s32, nsid),
};

/* @types loses those that the fact, if it is one, does not belong to. */
static int decode_fact(struct decoder *d, struct ns *ns, const struct attr *a, uint32_t *types)
{
	size_t i;

	for (i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		if (facts[i].attr == a->type)
			break;
	if (i == sizeof(facts) / sizeof(*facts))
		return 0;
	if (!ns->facts)
		ns->facts = calloc(1, sizeof(*ns->facts));
	if (!ns->facts)
		return no_memory(d);
	*types &= facts[i].types;
	return facts[i].get(d, a, (char *)ns->facts + facts[i].where);
}

static int decode_snapshot(struct decoder *d, struct attrs in)
{
	struct snapshot *s = &d->g->snapshot;
	bool has_namespaces = false, has_nsproxies = false, has_tasks = false;
	uint32_t watch = 0, coverage = 0;
	struct attr a;
	uint8_t flag;
	int err;

	if (d->g->has_snapshot)
		return bad(d, "it holds two snapshots");
	d->g->has_snapshot = true;
	s->consistent = s->watch = s->coverage = -1;

	while ((err = next_attr(d, &in, &a)) > 0) {
		switch (a.type) {
		case NSINSPECT_A_SNAPSHOT_TIME_NS:
			err = get_u64(d, &a, &s->time_ns);
			break;
		case NSINSPECT_A_SNAPSHOT_GENERATION:
			err = get_u64(d, &a, &s->generation);
			break;
		case NSINSPECT_A_SNAPSHOT_CONSISTENT:
			err = get_u8(d, &a, &flag);
			if (!err)
				s->consistent = !!flag;
			break;
		case NSINSPECT_A_SNAPSHOT_GENERATION_BEGIN:
			s->has_generation_begin = true;
			err = get_u64(d, &a, &s->generation_begin);
			break;
		case NSINSPECT_A_SNAPSHOT_LOAD:
			s->has_load = true;
			err = get_u64(d, &a, &s->load);
			break;
		case NSINSPECT_A_SNAPSHOT_BOOTTIME_NS:
			s->has_boottime = true;
			err = get_u64(d, &a, &s->boottime_ns);
			break;
		case NSINSPECT_A_SNAPSHOT_MISSED_EVENTS:
			err = get_u64(d, &a, &s->missed_events);
			break;
		case NSINSPECT_A_SNAPSHOT_WATCH:
			err = get_u32(d, &a, &watch);
			/* A reason that a later module has is as good as none. */
			if (!err && watch <= NSINSPECT_WATCH_MISSING)
				s->watch = (int)watch;
			break;
		case NSINSPECT_A_SNAPSHOT_NAMESPACES:
			has_namespaces = true;
			err = get_u32(d, &a, &s->namespaces);
			break;
		case NSINSPECT_A_SNAPSHOT_NSPROXIES:
			has_nsproxies = true;
			err = get_u32(d, &a, &s->nsproxies);
			break;
		case NSINSPECT_A_SNAPSHOT_TASKS:
			has_tasks = true;
			err = get_u32(d, &a, &s->tasks);
			break;
		case NSINSPECT_A_SNAPSHOT_WALKED:
			err = get_u32(d, &a, &s->walked);
			break;
		case NSINSPECT_A_SNAPSHOT_WALK_NS:
			err = get_u64(d, &a, &s->walk_ns);
			break;
		case NSINSPECT_A_SNAPSHOT_BYTES:
			err = get_u64(d, &a, &s->bytes);
			break;
		case NSINSPECT_A_SNAPSHOT_COVERAGE:
			err = get_u32(d, &a, &coverage);
			if (!err && coverage <= NSINSPECT_COVERAGE_ALL)
				s->coverage = (int)coverage;
			break;
		case NSINSPECT_A_SNAPSHOT_LINKS:
			err = get_u32(d, &a, &s->links);
			break;
		case NSINSPECT_A_SNAPSHOT_COUNTERS:
			err = get_u32(d, &a, &s->counters);
			break;
		case NSINSPECT_A_SNAPSHOT_NODENAME:
			err = get_string(d, &a, &d->g->host.nodename);
			break;
		case NSINSPECT_A_SNAPSHOT_RELEASE:
			err = get_string(d, &a, &d->g->host.release);
			break;
		}
		if (err < 0)
			return err;
	}
	if (err)
		return err;
	if (!has_namespaces || !has_nsproxies || !has_tasks)
		return bad(d, "the snapshot does not say how much there is");
	return 0;
}

/* Return: 1, or 0 when it is of no type known here. What it has of facts is the caller's to free. */
static int decode_ns_attrs(struct decoder *d, struct attrs in, struct ns *ns)
{
	uint32_t n = 0, type = 0, types = ANY_TYPE;
	bool has_type = false;
	struct attr a;
	uint8_t flag;
	int err;

	while ((err = next_attr(d, &in, &a)) > 0) {
		switch (a.type) {
		case NSINSPECT_A_NAMESPACE_TYPE:
			has_type = true;
			err = get_u32(d, &a, &type);
			break;
		case NSINSPECT_A_NAMESPACE_INUM:
			err = get_u32(d, &a, &ns->inum);
			break;
		case NSINSPECT_A_NAMESPACE_NODE:
			err = get_u32(d, &a, &ns->node);
			break;
		case NSINSPECT_A_NAMESPACE_ID:
			ns->has_id = true;
			err = get_u64(d, &a, &ns->id);
			break;
		case NSINSPECT_A_NAMESPACE_INITIAL:
			ns->initial = true;
			break;
		case NSINSPECT_A_NAMESPACE_ACTIVE:
			err = get_u8(d, &a, &flag);
			if (!err)
				ns->active = !!flag;
			break;
		case NSINSPECT_A_NAMESPACE_OWNER:
			err = get_u32(d, &a, &ns->owner_inum);
			break;
		case NSINSPECT_A_NAMESPACE_OWNER_NODE:
			err = get_u32(d, &a, &ns->owner_node);
			break;
		case NSINSPECT_A_NAMESPACE_PARENT:
			err = get_u32(d, &a, &ns->parent_inum);
			break;
		case NSINSPECT_A_NAMESPACE_PARENT_NODE:
			err = get_u32(d, &a, &ns->parent_node);
			break;
		case NSINSPECT_A_NAMESPACE_LEVEL:
			err = get_u32(d, &a, &n);
			if (!err && n > UPIDS_MAX)
				return bad(d, "a namespace is nested too deep");
			ns->level = (int)n;
			break;
		case NSINSPECT_A_NAMESPACE_REFS:
			err = get_count(d, &a, &ns->refs);
			break;
		case NSINSPECT_A_NAMESPACE_TASKS:
			err = get_count(d, &a, &ns->tasks);
			break;
		case NSINSPECT_A_NAMESPACE_PROCS:
			err = get_count(d, &a, &ns->procs);
			break;
		case NSINSPECT_A_NAMESPACE_FOUND:
			ns->has_found = true;
			err = get_u32(d, &a, &ns->found);
			break;
		default:
			err = decode_fact(d, ns, &a, &types);
		}
		if (err < 0)
			return err;
	}
	if (err)
		return err;
	if (!has_type || !ns->inum)
		return bad(d, "a namespace has no type or no inode number");
	ns->seq = d->g->seen.namespaces++;
	/* A kind that a later kernel has: counted, not shown. */
	if (type >= NS_TYPES)
		return 0;
	if (!(types & 1u << type))
		return bad(d, "a namespace has a fact of another type");
	ns->type = type;
	return 1;
}

static int decode_ns(struct decoder *d, struct attrs in)
{
	struct graph *g = d->g;
	struct ns ns = {
		.active = -1, .level = -1, .refs = -1, .tasks = -1, .procs = -1,
		.netnsid = NETNSID_UNKNOWN,
	};
	struct ns *room;
	int err;

	err = decode_ns_attrs(d, in, &ns);
	if (err <= 0) {
		facts_free(ns.facts);
		return err;
	}
	room = grow(g->namespaces, &g->room_namespaces, g->n_namespaces + 1, sizeof(ns));
	if (!room) {
		facts_free(ns.facts);
		return no_memory(d);
	}
	g->namespaces = room;
	room[g->n_namespaces++] = ns;
	return 0;
}

static int decode_slot(struct decoder *d, struct nsproxy *p, const struct attr *a)
{
	int s;

	for (s = 0; a->type && s < SLOTS; s++) {
		if (slots[s].nsproxy_attr == a->type)
			return get_u32(d, a, &p->inum[s]);
		if (slots[s].node_attr == a->type)
			return get_u32(d, a, &p->node[s]);
	}
	return 0;
}

static int decode_nsproxy(struct decoder *d, struct attrs in)
{
	struct graph *g = d->g;
	struct nsproxy p = { .refs = -1, .tasks = -1 };
	struct nsproxy *room;
	struct attr a;
	int err;

	while ((err = next_attr(d, &in, &a)) > 0) {
		switch (a.type) {
		case NSINSPECT_A_NSPROXY_ID:
			err = get_u32(d, &a, &p.id);
			break;
		case NSINSPECT_A_NSPROXY_REFS:
			err = get_count(d, &a, &p.refs);
			break;
		case NSINSPECT_A_NSPROXY_TASKS:
			err = get_count(d, &a, &p.tasks);
			break;
		default:
			err = decode_slot(d, &p, &a);
		}
		if (err < 0)
			return err;
	}
	if (err)
		return err;
	if (!p.id)
		return bad(d, "an nsproxy has no id");
	g->seen.nsproxies++;

	room = grow(g->nsproxies, &g->room_nsproxies, g->n_nsproxies + 1, sizeof(p));
	if (!room)
		return no_memory(d);
	g->nsproxies = room;
	room[g->n_nsproxies++] = p;
	return 0;
}

static int decode_upid(struct decoder *d, struct attrs in)
{
	struct graph *g = d->g;
	struct upid u = { 0 };
	struct upid *room;
	struct attr a;
	int err;

	while ((err = next_attr(d, &in, &a)) > 0) {
		switch (a.type) {
		case NSINSPECT_A_UPID_NR:
			err = get_u32(d, &a, &u.nr);
			break;
		case NSINSPECT_A_UPID_PIDNS:
			err = get_u32(d, &a, &u.pidns);
			break;
		case NSINSPECT_A_UPID_PIDNS_NODE:
			err = get_u32(d, &a, &u.pidns_node);
			break;
		case NSINSPECT_A_UPID_LEVEL:
			err = get_u32(d, &a, &u.level);
			break;
		}
		if (err < 0)
			return err;
	}
	if (err)
		return err;

	room = grow(g->upids, &g->room_upids, g->n_upids + 1, sizeof(u));
	if (!room)
		return no_memory(d);
	g->upids = room;
	room[g->n_upids++] = u;
	return 0;
}

static int decode_task(struct decoder *d, struct attrs in)
{
	struct graph *g = d->g;
	struct task *t, *room;
	struct attr a;
	int err;

	room = grow(g->tasks, &g->room_tasks, g->n_tasks + 1, sizeof(*t));
	if (!room)
		return no_memory(d);
	g->tasks = room;
	t = &room[g->n_tasks];
	memset(t, 0, sizeof(*t));
	t->state = '?';
	t->upids_at = g->n_upids;

	while ((err = next_attr(d, &in, &a)) > 0) {
		switch (a.type) {
		case NSINSPECT_A_TASK_TID:
			err = get_u32(d, &a, &t->tid);
			break;
		case NSINSPECT_A_TASK_TGID:
			err = get_u32(d, &a, &t->tgid);
			break;
		case NSINSPECT_A_TASK_PPID:
			err = get_u32(d, &a, &t->ppid);
			break;
		case NSINSPECT_A_TASK_COMM:
			get_text(&a, t->comm, sizeof(t->comm));
			break;
		case NSINSPECT_A_TASK_STATE:
			if (!a.len || a.data[0] < 0x21 || a.data[0] > 0x7e)
				return bad(d, "the state of a task is no letter");
			t->state = (char)a.data[0];
			break;
		case NSINSPECT_A_TASK_KTHREAD:
			t->kthread = true;
			break;
		case NSINSPECT_A_TASK_UID:
			err = get_u32(d, &a, &t->uid);
			break;
		case NSINSPECT_A_TASK_NSPROXY:
			err = get_u32(d, &a, &t->nsproxy_id);
			break;
		case NSINSPECT_A_TASK_USER:
			err = get_u32(d, &a, &t->user_inum);
			break;
		case NSINSPECT_A_TASK_USER_NODE:
			err = get_u32(d, &a, &t->user_node);
			break;
		case NSINSPECT_A_TASK_PID:
			err = get_u32(d, &a, &t->pid_inum);
			break;
		case NSINSPECT_A_TASK_PID_NODE:
			err = get_u32(d, &a, &t->pid_node);
			break;
		case NSINSPECT_A_TASK_UPID:
			if (g->n_upids - t->upids_at >= UPIDS_MAX)
				return bad(d, "a task has too many pid levels");
			err = decode_upid(d, inside(&a));
			break;
		}
		if (err < 0)
			return err;
	}
	if (err)
		return err;
	if (!t->tid)
		return bad(d, "a task has no thread id");
	if (!t->tgid)
		return bad(d, "a task has no thread group");
	t->n_upids = g->n_upids - t->upids_at;
	g->seen.tasks++;
	g->n_tasks++;
	return 0;
}

static int get_bytes(struct decoder *d, const struct attr *a, void *to, size_t size,
		     unsigned int *len)
{
	if (a->len > size)
		return bad(d, "an address is too long");
	memcpy(to, a->data, a->len);
	*len = (unsigned int)a->len;
	return 0;
}

static int decode_ip(struct decoder *d, struct attrs in)
{
	struct graph *g = d->g;
	struct ip ip = { 0 };
	struct ip *room;
	struct attr a;
	int err;

	while ((err = next_attr(d, &in, &a)) > 0) {
		switch (a.type) {
		case NSINSPECT_A_IP_ADDRESS:
			err = get_bytes(d, &a, ip.address, sizeof(ip.address), &ip.len);
			break;
		case NSINSPECT_A_IP_PREFIX:
			err = get_u32(d, &a, &ip.prefix);
			break;
		}
		if (err < 0)
			return err;
	}
	if (err)
		return err;
	if ((ip.len != 4 && ip.len != 16) || ip.prefix > 8 * ip.len)
		return bad(d, "an address is none of IPv4 or IPv6");

	room = grow(g->ips, &g->room_ips, g->n_ips + 1, sizeof(ip));
	if (!room)
		return no_memory(d);
	g->ips = room;
	room[g->n_ips++] = ip;
	return 0;
}

static int decode_link(struct decoder *d, struct attrs in)
{
	struct graph *g = d->g;
	struct link l = { .ips_at = g->n_ips };
	struct link *room;
	struct attr a;
	int err;

	while ((err = next_attr(d, &in, &a)) > 0) {
		switch (a.type) {
		case NSINSPECT_A_LINK_NET:
			err = get_u32(d, &a, &l.net_inum);
			break;
		case NSINSPECT_A_LINK_NET_NODE:
			err = get_u32(d, &a, &l.net_node);
			break;
		case NSINSPECT_A_LINK_IFINDEX:
			err = get_u32(d, &a, &l.ifindex);
			break;
		case NSINSPECT_A_LINK_NAME:
			get_text(&a, l.name, sizeof(l.name));
			break;
		case NSINSPECT_A_LINK_KIND:
			get_text(&a, l.kind, sizeof(l.kind));
			break;
		case NSINSPECT_A_LINK_FLAGS:
			err = get_u32(d, &a, &l.flags);
			break;
		case NSINSPECT_A_LINK_OPERSTATE:
			err = get_maybe_u32(d, &a, &l.operstate);
			break;
		case NSINSPECT_A_LINK_ADDRESS:
			err = get_bytes(d, &a, l.address, sizeof(l.address), &l.address_len);
			break;
		case NSINSPECT_A_LINK_MASTER:
			err = get_u32(d, &a, &l.master);
			break;
		case NSINSPECT_A_LINK_PEER_IFINDEX:
			err = get_u32(d, &a, &l.peer_ifindex);
			break;
		case NSINSPECT_A_LINK_PEER_NET:
			err = get_u32(d, &a, &l.peer_net_inum);
			break;
		case NSINSPECT_A_LINK_PEER_NET_NODE:
			err = get_u32(d, &a, &l.peer_net_node);
			break;
		case NSINSPECT_A_LINK_IPS:
			err = get_u32(d, &a, &l.all_ips);
			break;
		case NSINSPECT_A_LINK_IP:
			err = decode_ip(d, inside(&a));
			break;
		}
		if (err < 0)
			return err;
	}
	if (err)
		return err;
	if (!l.net_inum || !l.ifindex)
		return bad(d, "a device has no namespace or no index");
	l.n_ips = g->n_ips - l.ips_at;
	if (l.all_ips < l.n_ips)
		l.all_ips = (uint32_t)l.n_ips;
	g->seen.links++;

	room = grow(g->links, &g->room_links, g->n_links + 1, sizeof(l));
	if (!room)
		return no_memory(d);
	g->links = room;
	room[g->n_links++] = l;
	return 0;
}

static int decode_use(struct decoder *d, struct attrs in)
{
	uint32_t type = NS_TYPES, count = 0, limit = 0;
	bool has_type = false, has_count = false, has_limit = false;
	struct graph *g = d->g;
	struct usage *room;
	struct attr a;
	int err;

	while ((err = next_attr(d, &in, &a)) > 0) {
		switch (a.type) {
		case NSINSPECT_A_USE_TYPE:
			has_type = true;
			err = get_u32(d, &a, &type);
			break;
		case NSINSPECT_A_USE_COUNT:
			has_count = true;
			err = get_u32(d, &a, &count);
			break;
		case NSINSPECT_A_USE_LIMIT:
			has_limit = true;
			err = get_u32(d, &a, &limit);
			break;
		}
		if (err < 0)
			return err;
	}
	if (err)
		return err;
	if (!has_type || !has_count || !has_limit)
		return bad(d, "a counter has no type, no count or no limit");
	/* A kind that a later kernel has. */
	if (type >= NS_TYPES)
		return 0;

	room = grow(g->uses, &g->room_uses, g->n_uses + 1, sizeof(*room));
	if (!room)
		return no_memory(d);
	g->uses = room;
	room[g->n_uses++] = (struct usage){ .type = type, .count = count, .limit = limit };
	return 0;
}

static int decode_counter(struct decoder *d, struct attrs in)
{
	struct graph *g = d->g;
	struct counter c = { .uses_at = g->n_uses };
	bool has_uid = false;
	struct counter *room;
	struct attr a;
	int err;

	while ((err = next_attr(d, &in, &a)) > 0) {
		switch (a.type) {
		case NSINSPECT_A_COUNTER_USER:
			err = get_u32(d, &a, &c.user_inum);
			break;
		case NSINSPECT_A_COUNTER_USER_NODE:
			err = get_u32(d, &a, &c.user_node);
			break;
		case NSINSPECT_A_COUNTER_UID:
			has_uid = true;
			err = get_u32(d, &a, &c.uid);
			break;
		case NSINSPECT_A_COUNTER_USE:
			err = decode_use(d, inside(&a));
			break;
		}
		if (err < 0)
			return err;
	}
	if (err)
		return err;
	if (!c.user_inum || !has_uid)
		return bad(d, "an account has no namespace or no user");
	c.n_uses = g->n_uses - c.uses_at;
	g->seen.counters++;

	room = grow(g->counters, &g->room_counters, g->n_counters + 1, sizeof(c));
	if (!room)
		return no_memory(d);
	g->counters = room;
	room[g->n_counters++] = c;
	return 0;
}

/**
 * decode_message() - add the nodes of one message to a graph
 * @g: the graph
 * @attrs: what follows the generic netlink header, of any alignment
 * @len: how many bytes that is
 * @why: says what is wrong when something is
 *
 * Return: 0; -EBADMSG when these are not the bytes that the contract names,
 * -ENOMEM. The graph holds the nodes before the broken one then.
 */
int decode_message(struct graph *g, const void *attrs, size_t len, const char **why)
{
	struct decoder d = { .g = g };
	struct attrs in = { attrs, len };
	struct attr a;
	int err;

	while ((err = next_attr(&d, &in, &a)) > 0) {
		if (a.type != NSINSPECT_A_GRAPH_SNAPSHOT && !g->has_snapshot &&
		    a.type != NSINSPECT_A_GRAPH_PAD) {
			err = bad(&d, "it does not begin with a snapshot");
			break;
		}
		switch (a.type) {
		case NSINSPECT_A_GRAPH_SNAPSHOT:
			err = decode_snapshot(&d, inside(&a));
			break;
		case NSINSPECT_A_GRAPH_NAMESPACE:
			err = decode_ns(&d, inside(&a));
			break;
		case NSINSPECT_A_GRAPH_NSPROXY:
			err = decode_nsproxy(&d, inside(&a));
			break;
		case NSINSPECT_A_GRAPH_TASK:
			err = decode_task(&d, inside(&a));
			break;
		case NSINSPECT_A_GRAPH_LINK:
			err = decode_link(&d, inside(&a));
			break;
		case NSINSPECT_A_GRAPH_COUNTER:
			err = decode_counter(&d, inside(&a));
			break;
		case NSINSPECT_A_GRAPH_HOLDING:
			if (g->holding)
				err = holding_decode(g->holding, a.data, a.len, &d.why);
			break;
		case NSINSPECT_A_GRAPH_HOLDER:
			if (g->holding)
				err = holding_decode_holder(g->holding, a.data, a.len, &d.why);
			break;
		}
		if (err < 0)
			break;
	}
	if (err < 0)
		*why = d.why;
	return err;
}

/**
 * decode_complete() - is everything there that the kernel says it sent?
 * @g: the graph, not linked yet
 * @why: says what is missing when something is
 *
 * Return: 0, or -EBADMSG.
 */
int decode_complete(const struct graph *g, const char **why)
{
	*why = NULL;
	if (!g->has_snapshot)
		*why = "there is no snapshot in it";
	else if (g->seen.namespaces != g->snapshot.namespaces)
		*why = "namespaces are missing or too many";
	else if (g->seen.nsproxies != g->snapshot.nsproxies)
		*why = "nsproxies are missing or too many";
	else if (g->seen.tasks != g->snapshot.tasks)
		*why = "tasks are missing or too many";
	else if (g->seen.links != g->snapshot.links)
		*why = "devices are missing or too many";
	else if (g->seen.counters != g->snapshot.counters)
		*why = "counters are missing or too many";
	else if (g->holding)
		return holding_complete(g->holding, why);
	return *why ? -EBADMSG : 0;
}

/**
 * decode_messages() - decode a whole answer that was kept
 * @g: an empty graph; not linked afterwards
 * @bytes: whole netlink messages, of any alignment
 * @len: how many bytes that is
 * @why: says what is wrong when something is
 *
 * Return: 0, -EBADMSG or -ENOMEM.
 */
int decode_messages(struct graph *g, const void *bytes, size_t len, const char **why)
{
	const size_t headers = NLMSG_HDRLEN + GENL_HDRLEN;
	const unsigned char *at = bytes;
	int err;

	while (len) {
		struct nlmsghdr h;
		size_t step;

		*why = "a message is cut off";
		if (len < headers)
			return -EBADMSG;
		memcpy(&h, at, sizeof(h));
		step = ((size_t)h.nlmsg_len + NLMSG_ALIGNTO - 1) & ~(size_t)(NLMSG_ALIGNTO - 1);
		if (h.nlmsg_len < headers || step > len)
			return -EBADMSG;
		err = decode_message(g, at + headers, h.nlmsg_len - headers, why);
		if (err)
			return err;
		at += step;
		len -= step;
	}
	return decode_complete(g, why);
}
