// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "decode.h"
#include "messages.h"

#define FAMILY 0x22

struct nl_msg *message_begin(void)
{
	struct nl_msg *msg = nlmsg_alloc_size(16384);

	assert_non_null(msg);
	assert_non_null(genlmsg_put(msg, 0, 1, FAMILY, 0, NLM_F_MULTI, NSINSPECT_CMD_GRAPH_GET,
				    NSINSPECT_FAMILY_VERSION));
	return msg;
}

void message_end(struct capture *c, struct nl_msg *msg)
{
	const struct nlmsghdr *h = nlmsg_hdr(msg);
	size_t len = NLMSG_ALIGN(h->nlmsg_len);

	c->bytes = grow(c->bytes, &c->room, c->n + len, 1);
	assert_non_null(c->bytes);
	memset(c->bytes + c->n, 0, len);
	memcpy(c->bytes + c->n, h, h->nlmsg_len);
	c->n += len;
	nlmsg_free(msg);
}

static void u32(struct nl_msg *msg, int type, uint32_t v)
{
	assert_int_equal(nla_put_u32(msg, type, v), 0);
}

static void put_node(struct nl_msg *msg, int type, uint32_t node)
{
	if (node)
		u32(msg, type, node);
}

void put_snapshot_as(struct capture *c, const struct snapshot *s)
{
	struct nl_msg *msg = message_begin();
	struct nlattr *nest = nla_nest_start(msg, NSINSPECT_A_GRAPH_SNAPSHOT);

	nla_put_u64(msg, NSINSPECT_A_SNAPSHOT_TIME_NS, 1700000000123456789u);
	nla_put_u64(msg, NSINSPECT_A_SNAPSHOT_GENERATION, 42);
	if (s->has_generation_begin)
		nla_put_u64(msg, NSINSPECT_A_SNAPSHOT_GENERATION_BEGIN, s->generation_begin);
	if (s->has_load)
		nla_put_u64(msg, NSINSPECT_A_SNAPSHOT_LOAD, s->load);
	if (s->has_boottime)
		nla_put_u64(msg, NSINSPECT_A_SNAPSHOT_BOOTTIME_NS, s->boottime_ns);
	if (s->watch >= 0)
		u32(msg, NSINSPECT_A_SNAPSHOT_WATCH, (uint32_t)s->watch);
	if (s->consistent >= 0)
		nla_put_u8(msg, NSINSPECT_A_SNAPSHOT_CONSISTENT, (uint8_t)s->consistent);
	u32(msg, NSINSPECT_A_SNAPSHOT_NAMESPACES, s->namespaces);
	u32(msg, NSINSPECT_A_SNAPSHOT_NSPROXIES, s->nsproxies);
	u32(msg, NSINSPECT_A_SNAPSHOT_TASKS, s->tasks);
	u32(msg, NSINSPECT_A_SNAPSHOT_WALKED, s->tasks);
	if (s->coverage >= 0)
		u32(msg, NSINSPECT_A_SNAPSHOT_COVERAGE, (uint32_t)s->coverage);
	if (s->links)
		u32(msg, NSINSPECT_A_SNAPSHOT_LINKS, s->links);
	if (s->counters)
		u32(msg, NSINSPECT_A_SNAPSHOT_COUNTERS, s->counters);
	nla_put_u64(msg, NSINSPECT_A_SNAPSHOT_WALK_NS, 1000);
	nla_put_u64(msg, NSINSPECT_A_SNAPSHOT_BYTES, 4096);
	nla_put_string(msg, NSINSPECT_A_SNAPSHOT_NODENAME, "lab");
	nla_put_string(msg, NSINSPECT_A_SNAPSHOT_RELEASE, "6.12.0");
	nla_nest_end(msg, nest);
	message_end(c, msg);
}

void put_snapshot(struct capture *c, uint32_t namespaces, uint32_t nsproxies, uint32_t tasks)
{
	const struct snapshot s = {
		.consistent = 1, .watch = NSINSPECT_WATCH_ON, .coverage = -1,
		.has_generation_begin = true, .generation_begin = 42,
		.has_load = true, .load = 77000000000u,
		.has_boottime = true, .boottime_ns = 99000000001u,
		.namespaces = namespaces, .nsproxies = nsproxies, .tasks = tasks,
	};

	put_snapshot_as(c, &s);
}

static void put_maybe(struct nl_msg *msg, int type, struct maybe m)
{
	if (m.known)
		u32(msg, type, (uint32_t)m.v);
}

static void put_maybe64(struct nl_msg *msg, int type, struct maybe m)
{
	if (m.known)
		nla_put_u64(msg, type, (uint64_t)m.v);
}

static void put_text(struct nl_msg *msg, int type, const char *text)
{
	if (text)
		nla_put_string(msg, type, text);
}

static void put_map(struct nl_msg *msg, int type, const struct id_map *map)
{
	if (map->known)
		assert_int_equal(nla_put(msg, type, (int)(map->n * sizeof(*map->list)), map->list), 0);
}

static void put_facts(struct nl_msg *msg, const struct facts *f)
{
	put_maybe(msg, NSINSPECT_A_NAMESPACE_CREATOR_UID, f->creator_uid);
	put_text(msg, NSINSPECT_A_NAMESPACE_NODENAME, f->nodename);
	put_text(msg, NSINSPECT_A_NAMESPACE_DOMAINNAME, f->domainname);
	put_maybe(msg, NSINSPECT_A_NAMESPACE_MSG_QUEUES, f->msg_queues);
	put_maybe(msg, NSINSPECT_A_NAMESPACE_SEM_SETS, f->sem_sets);
	put_maybe(msg, NSINSPECT_A_NAMESPACE_SHM_SEGMENTS, f->shm_segments);
	put_maybe64(msg, NSINSPECT_A_NAMESPACE_SHM_BYTES, f->shm_bytes);
	put_maybe64(msg, NSINSPECT_A_NAMESPACE_MONOTONIC_NS, f->monotonic_ns);
	put_maybe64(msg, NSINSPECT_A_NAMESPACE_BOOTTIME_NS, f->boottime_ns);
	put_text(msg, NSINSPECT_A_NAMESPACE_CGROUP_ROOT, f->cgroup_root);
	put_maybe(msg, NSINSPECT_A_NAMESPACE_REAPER, f->reaper);
	put_maybe(msg, NSINSPECT_A_NAMESPACE_PIDS, f->pids);
	if (f->dying)
		nla_put_flag(msg, NSINSPECT_A_NAMESPACE_DYING);
	put_maybe(msg, NSINSPECT_A_NAMESPACE_PID_MAX, f->pid_max);
	put_maybe(msg, NSINSPECT_A_NAMESPACE_OWNER_UID, f->owner_uid);
	put_maybe(msg, NSINSPECT_A_NAMESPACE_OWNER_GID, f->owner_gid);
	put_map(msg, NSINSPECT_A_NAMESPACE_UID_MAP, &f->uid_map);
	put_map(msg, NSINSPECT_A_NAMESPACE_GID_MAP, &f->gid_map);
	if (f->setgroups.known)
		nla_put_u8(msg, NSINSPECT_A_NAMESPACE_SETGROUPS, (uint8_t)f->setgroups.v);
	put_maybe(msg, NSINSPECT_A_NAMESPACE_NSID, f->nsid);
}

void put_link(struct capture *c, const struct link *l)
{
	struct nl_msg *msg = message_begin();
	struct nlattr *nest = nla_nest_start(msg, NSINSPECT_A_GRAPH_LINK), *address;
	size_t i;

	u32(msg, NSINSPECT_A_LINK_NET, l->net_inum);
	put_node(msg, NSINSPECT_A_LINK_NET_NODE, l->net_node);
	u32(msg, NSINSPECT_A_LINK_IFINDEX, l->ifindex);
	nla_put_string(msg, NSINSPECT_A_LINK_NAME, l->name);
	if (*l->kind)
		nla_put_string(msg, NSINSPECT_A_LINK_KIND, l->kind);
	u32(msg, NSINSPECT_A_LINK_FLAGS, l->flags);
	put_maybe(msg, NSINSPECT_A_LINK_OPERSTATE, l->operstate);
	if (l->address_len)
		nla_put(msg, NSINSPECT_A_LINK_ADDRESS, (int)l->address_len, l->address);
	put_node(msg, NSINSPECT_A_LINK_MASTER, l->master);
	put_node(msg, NSINSPECT_A_LINK_PEER_IFINDEX, l->peer_ifindex);
	put_node(msg, NSINSPECT_A_LINK_PEER_NET, l->peer_net_inum);
	put_node(msg, NSINSPECT_A_LINK_PEER_NET_NODE, l->peer_net_node);
	if (l->all_ips)
		u32(msg, NSINSPECT_A_LINK_IPS, l->all_ips);
	for (i = 0; i < l->n_ips; i++) {
		address = nla_nest_start(msg, NSINSPECT_A_LINK_IP);
		nla_put(msg, NSINSPECT_A_IP_ADDRESS, (int)l->ips[i].len, l->ips[i].address);
		u32(msg, NSINSPECT_A_IP_PREFIX, l->ips[i].prefix);
		nla_nest_end(msg, address);
	}
	nla_nest_end(msg, nest);
	message_end(c, msg);
}

void put_counter(struct capture *c, const struct counter *account)
{
	struct nl_msg *msg = message_begin();
	struct nlattr *nest = nla_nest_start(msg, NSINSPECT_A_GRAPH_COUNTER), *usage;
	size_t i;

	u32(msg, NSINSPECT_A_COUNTER_USER, account->user_inum);
	put_node(msg, NSINSPECT_A_COUNTER_USER_NODE, account->user_node);
	u32(msg, NSINSPECT_A_COUNTER_UID, account->uid);
	for (i = 0; i < account->n_uses; i++) {
		usage = nla_nest_start(msg, NSINSPECT_A_COUNTER_USE);
		u32(msg, NSINSPECT_A_USE_TYPE, account->uses[i].type);
		u32(msg, NSINSPECT_A_USE_COUNT, account->uses[i].count);
		u32(msg, NSINSPECT_A_USE_LIMIT, account->uses[i].limit);
		nla_nest_end(msg, usage);
	}
	nla_nest_end(msg, nest);
	message_end(c, msg);
}

void put_ns(struct capture *c, const struct ns *ns)
{
	struct nl_msg *msg = message_begin();
	struct nlattr *nest = nla_nest_start(msg, NSINSPECT_A_GRAPH_NAMESPACE);

	u32(msg, NSINSPECT_A_NAMESPACE_TYPE, ns->type);
	u32(msg, NSINSPECT_A_NAMESPACE_INUM, ns->inum);
	put_node(msg, NSINSPECT_A_NAMESPACE_NODE, ns->node);
	if (ns->has_id)
		nla_put_u64(msg, NSINSPECT_A_NAMESPACE_ID, ns->id);
	if (ns->initial)
		nla_put_flag(msg, NSINSPECT_A_NAMESPACE_INITIAL);
	nla_put_u8(msg, NSINSPECT_A_NAMESPACE_ACTIVE, (uint8_t)ns->active);
	if (ns->owner_inum)
		u32(msg, NSINSPECT_A_NAMESPACE_OWNER, ns->owner_inum);
	if (ns->parent_inum)
		u32(msg, NSINSPECT_A_NAMESPACE_PARENT, ns->parent_inum);
	put_node(msg, NSINSPECT_A_NAMESPACE_OWNER_NODE, ns->owner_node);
	put_node(msg, NSINSPECT_A_NAMESPACE_PARENT_NODE, ns->parent_node);
	if (ns->level >= 0)
		u32(msg, NSINSPECT_A_NAMESPACE_LEVEL, (uint32_t)ns->level);
	if (ns->refs >= 0)
		u32(msg, NSINSPECT_A_NAMESPACE_REFS, (uint32_t)ns->refs);
	if (ns->tasks >= 0) {
		u32(msg, NSINSPECT_A_NAMESPACE_TASKS, (uint32_t)ns->tasks);
		u32(msg, NSINSPECT_A_NAMESPACE_PROCS, (uint32_t)ns->procs);
	}
	if (ns->has_found)
		u32(msg, NSINSPECT_A_NAMESPACE_FOUND, ns->found);
	if (ns->facts)
		put_facts(msg, ns->facts);
	nla_nest_end(msg, nest);
	message_end(c, msg);
}

void put_nsproxy(struct capture *c, const struct nsproxy *p)
{
	struct nl_msg *msg = message_begin();
	struct nlattr *nest = nla_nest_start(msg, NSINSPECT_A_GRAPH_NSPROXY);

	u32(msg, NSINSPECT_A_NSPROXY_ID, p->id);
	if (p->refs >= 0)
		u32(msg, NSINSPECT_A_NSPROXY_REFS, (uint32_t)p->refs);
	if (p->tasks >= 0)
		u32(msg, NSINSPECT_A_NSPROXY_TASKS, (uint32_t)p->tasks);
	/* Not by the table that the decoder uses. */
	u32(msg, NSINSPECT_A_NSPROXY_CGROUP, p->inum[SLOT_CGROUP]);
	u32(msg, NSINSPECT_A_NSPROXY_IPC, p->inum[SLOT_IPC]);
	u32(msg, NSINSPECT_A_NSPROXY_MNT, p->inum[SLOT_MNT]);
	u32(msg, NSINSPECT_A_NSPROXY_NET, p->inum[SLOT_NET]);
	u32(msg, NSINSPECT_A_NSPROXY_PID_FOR_CHILDREN, p->inum[SLOT_PID_FOR_CHILDREN]);
	u32(msg, NSINSPECT_A_NSPROXY_TIME, p->inum[SLOT_TIME]);
	u32(msg, NSINSPECT_A_NSPROXY_TIME_FOR_CHILDREN, p->inum[SLOT_TIME_FOR_CHILDREN]);
	u32(msg, NSINSPECT_A_NSPROXY_UTS, p->inum[SLOT_UTS]);
	put_node(msg, NSINSPECT_A_NSPROXY_CGROUP_NODE, p->node[SLOT_CGROUP]);
	put_node(msg, NSINSPECT_A_NSPROXY_IPC_NODE, p->node[SLOT_IPC]);
	put_node(msg, NSINSPECT_A_NSPROXY_MNT_NODE, p->node[SLOT_MNT]);
	put_node(msg, NSINSPECT_A_NSPROXY_NET_NODE, p->node[SLOT_NET]);
	put_node(msg, NSINSPECT_A_NSPROXY_PID_FOR_CHILDREN_NODE, p->node[SLOT_PID_FOR_CHILDREN]);
	put_node(msg, NSINSPECT_A_NSPROXY_TIME_NODE, p->node[SLOT_TIME]);
	put_node(msg, NSINSPECT_A_NSPROXY_TIME_FOR_CHILDREN_NODE, p->node[SLOT_TIME_FOR_CHILDREN]);
	put_node(msg, NSINSPECT_A_NSPROXY_UTS_NODE, p->node[SLOT_UTS]);
	nla_nest_end(msg, nest);
	message_end(c, msg);
}

void put_task(struct capture *c, const struct task *t, const struct upid *upids, size_t n)
{
	const char state[2] = { t->state };
	struct nl_msg *msg = message_begin();
	struct nlattr *nest = nla_nest_start(msg, NSINSPECT_A_GRAPH_TASK), *level;
	size_t i;

	u32(msg, NSINSPECT_A_TASK_TID, t->tid);
	u32(msg, NSINSPECT_A_TASK_TGID, t->tgid);
	u32(msg, NSINSPECT_A_TASK_PPID, t->ppid);
	nla_put_string(msg, NSINSPECT_A_TASK_COMM, t->comm);
	nla_put_string(msg, NSINSPECT_A_TASK_STATE, state);
	if (t->kthread)
		nla_put_flag(msg, NSINSPECT_A_TASK_KTHREAD);
	u32(msg, NSINSPECT_A_TASK_UID, t->uid);
	if (t->nsproxy_id)
		u32(msg, NSINSPECT_A_TASK_NSPROXY, t->nsproxy_id);
	u32(msg, NSINSPECT_A_TASK_USER, t->user_inum);
	u32(msg, NSINSPECT_A_TASK_PID, t->pid_inum);
	put_node(msg, NSINSPECT_A_TASK_USER_NODE, t->user_node);
	put_node(msg, NSINSPECT_A_TASK_PID_NODE, t->pid_node);
	for (i = 0; i < n; i++) {
		level = nla_nest_start(msg, NSINSPECT_A_TASK_UPID);
		u32(msg, NSINSPECT_A_UPID_NR, upids[i].nr);
		u32(msg, NSINSPECT_A_UPID_PIDNS, upids[i].pidns);
		put_node(msg, NSINSPECT_A_UPID_PIDNS_NODE, upids[i].pidns_node);
		u32(msg, NSINSPECT_A_UPID_LEVEL, upids[i].level);
		nla_nest_end(msg, level);
	}
	nla_nest_end(msg, nest);
	message_end(c, msg);
}

#define KNOWN(n)	{ .known = true, .v = (n) }

static struct extent everything[] = { { 0, 0, UINT32_MAX } };
static struct extent own_uids[] = { { 0, 100000, 65536 }, { 65536, 1000, 1 } };
static struct extent own_gids[] = { { 0, 100000, 65536 } };

static char initial_nodename[] = "lab", initial_domainname[] = "(none)", initial_root[] = "/";
static struct facts initial_facts[NS_TYPES] = {
	[NSINSPECT_NS_TYPE_CGROUP] = { .cgroup_root = initial_root },
	[NSINSPECT_NS_TYPE_IPC] = {
		.msg_queues = KNOWN(1), .sem_sets = KNOWN(2), .shm_segments = KNOWN(3),
		.shm_bytes = KNOWN(5000003584),
	},
	[NSINSPECT_NS_TYPE_PID] = { .reaper = KNOWN(1), .pids = KNOWN(7) },
	[NSINSPECT_NS_TYPE_TIME] = { .monotonic_ns = KNOWN(0), .boottime_ns = KNOWN(0) },
	[NSINSPECT_NS_TYPE_USER] = {
		.owner_uid = KNOWN(0), .owner_gid = KNOWN(0), .setgroups = KNOWN(1),
		.uid_map = { true, everything, 1 }, .gid_map = { true, everything, 1 },
	},
	[NSINSPECT_NS_TYPE_UTS] = {
		.nodename = initial_nodename, .domainname = initial_domainname,
	},
};

static void initial(struct capture *c, uint32_t node, enum nsinspect_ns_type type, uint32_t inum,
		    int level, bool facts)
{
	const struct ns ns = {
		.type = type, .inum = inum, .node = node, .initial = true, .active = 1,
		.level = level,
		.owner_inum = type == NSINSPECT_NS_TYPE_USER ? 0 : INIT_USER,
		.refs = 5, .tasks = 4, .procs = 4, .has_found = facts,
		.found = NSINSPECT_FOUND_TASK, .facts = facts ? &initial_facts[type] : NULL,
	};

	put_ns(c, &ns);
}

static void proxy(struct capture *c, uint32_t id, uint32_t tasks, uint32_t net,
		  uint32_t pid_for_children, uint32_t uts)
{
	const struct nsproxy p = {
		.id = id, .refs = tasks, .tasks = tasks,
		.inum = {
			[SLOT_CGROUP] = INIT_CGROUP, [SLOT_IPC] = INIT_IPC, [SLOT_MNT] = INIT_MNT,
			[SLOT_NET] = net, [SLOT_PID_FOR_CHILDREN] = pid_for_children,
			[SLOT_TIME] = INIT_TIME, [SLOT_TIME_FOR_CHILDREN] = INIT_TIME,
			[SLOT_UTS] = uts,
		},
	};

	put_nsproxy(c, &p);
}

static void host_task(struct capture *c, uint32_t tid, uint32_t ppid, const char *comm,
		      char state, uint32_t nsproxy)
{
	struct task t = {
		.tid = tid, .tgid = tid, .ppid = ppid, .state = state,
		.kthread = tid == 2 || ppid == 2, .nsproxy_id = nsproxy, .user_inum = INIT_USER,
		.pid_inum = INIT_PID,
	};
	const struct upid u = { .nr = tid, .pidns = INIT_PID };

	strcpy(t.comm, comm);
	put_task(c, &t, &u, 1);
}

static void inner_task(struct capture *c, uint32_t tid, uint32_t inner, uint32_t nsproxy)
{
	const struct task t = {
		.tid = tid, .tgid = 830, .ppid = 812, .comm = "nginx", .state = 'S', .uid = 1000,
		.nsproxy_id = nsproxy, .user_inum = OWN_USER, .pid_inum = OWN_PID,
	};
	const struct upid u[] = {
		{ .nr = tid, .pidns = INIT_PID }, { .nr = inner, .pidns = OWN_PID, .level = 1 },
	};

	put_task(c, &t, u, 2);
}

/* Of one more namespace of each kind that a file or a list leads to. */
static void put_found(struct capture *c)
{
	static char nodename[] = "web\033[1m", domainname[] = "example.org";
	struct facts uts = {
		.creator_uid = KNOWN(0), .nodename = nodename, .domainname = domainname,
	};
	struct facts ipc = {
		.creator_uid = KNOWN(1000), .msg_queues = KNOWN(0), .sem_sets = KNOWN(0),
		.shm_segments = KNOWN(0), .shm_bytes = KNOWN(0),
	};
	struct facts offsets = {
		.creator_uid = KNOWN(0), .monotonic_ns = KNOWN(-86400500000000),
		.boottime_ns = KNOWN(7200000000000),
	};
	const struct ns list[] = {
		{ .type = NSINSPECT_NS_TYPE_UTS, .inum = EMPTY_UTS, .node = 14, .facts = &uts,
		  .found = NSINSPECT_FOUND_FILE },
		{ .type = NSINSPECT_NS_TYPE_IPC, .inum = EMPTY_IPC, .node = 15, .facts = &ipc,
		  .found = NSINSPECT_FOUND_SUPERBLOCK | NSINSPECT_FOUND_IN_FLIGHT },
		{ .type = NSINSPECT_NS_TYPE_TIME, .inum = EMPTY_TIME, .node = 16,
		  .facts = &offsets, .found = NSINSPECT_FOUND_PENDING },
	};
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(*list); i++) {
		struct ns ns = list[i];

		ns.owner_inum = INIT_USER;
		ns.level = -1;
		ns.refs = 1;
		ns.has_found = true;
		put_ns(c, &ns);
	}
}

static void put_links(struct capture *c)
{
	static const struct ip loopback[] = {
		{ { 127, 0, 0, 1 }, 4, 8 }, { { [15] = 1 }, 16, 128 },
	};
	static const struct ip own[] = {
		{ { 10, 0, 3, 2 }, 4, 24 },
		{ { 0xfe, 0x80, [15] = 2 }, 16, 64 },
	};
	static const struct link list[] = {
		{ .net_inum = OWN_NET, .ifindex = 1, .name = "lo", .flags = 0x10049,
		  .operstate = KNOWN(0), .address_len = 6, .ips = loopback, .n_ips = 2 },
		/* Not in the order of indices, as a kernel may send them. */
		{ .net_inum = INIT_NET, .ifindex = 4, .name = "veth0", .kind = "veth",
		  .flags = 0x11043, .operstate = KNOWN(6), .address = { 2, 0, 0, 0, 0, 4 },
		  .address_len = 6, .master = 3, .peer_ifindex = 2, .peer_net_inum = OWN_NET },
		{ .net_inum = INIT_NET, .ifindex = 3, .name = "br0", .kind = "bridge",
		  .flags = 0x11043, .operstate = KNOWN(6), .address = { 2, 0, 0, 0, 0, 3 },
		  .address_len = 6 },
		{ .net_inum = OWN_NET, .ifindex = 2, .name = "eth0", .kind = "veth",
		  .flags = 0x11043, .operstate = KNOWN(6), .address = { 2, 0, 0, 0, 0, 2 },
		  .address_len = 6, .peer_ifindex = 4, .peer_net_inum = INIT_NET, .ips = own,
		  .n_ips = 2 },
		{ .net_inum = EMPTY_NET, .ifindex = 1, .name = "lo", .flags = 0x8,
		  .operstate = KNOWN(2), .address_len = 6 },
	};
	size_t i;

	for (i = 0; i < FACTS_LINKS; i++)
		put_link(c, &list[i]);
}

static void put_counters(struct capture *c)
{
	static const struct usage of_root[] = {
		{ NSINSPECT_NS_TYPE_UTS, 1, 15000 }, { NSINSPECT_NS_TYPE_NET, 40, 80 },
	};
	static const struct usage of_alice[] = {
		{ NSINSPECT_NS_TYPE_USER, 3, 3 }, { NSINSPECT_NS_TYPE_IPC, 0, 0 },
		{ NSINSPECT_NS_TYPE_MNT, 0, 15000 },
	};
	static const struct usage of_inner_root[] = { { NSINSPECT_NS_TYPE_NET, 3, 4 } };
	static const struct counter list[FACTS_COUNTERS] = {
		{ .user_inum = OWN_USER, .uid = 100000, .uses = of_inner_root, .n_uses = 1 },
		{ .user_inum = INIT_USER, .uid = 1000, .uses = of_alice, .n_uses = 3 },
		{ .user_inum = INIT_USER, .uid = 0, .uses = of_root, .n_uses = 2 },
	};
	size_t i;

	for (i = 0; i < FACTS_COUNTERS; i++)
		put_counter(c, &list[i]);
}

static void build(struct capture *c, bool facts)
{
	static char thread_nodename[] = "worker", thread_domainname[] = "(none)";
	static struct facts of_net = { .creator_uid = KNOWN(100000), .nsid = KNOWN(0) };
	static struct facts of_pid = {
		.creator_uid = KNOWN(1000), .reaper = KNOWN(830), .pids = KNOWN(2),
		.pid_max = KNOWN(32768),
	};
	static struct facts of_user = {
		.creator_uid = KNOWN(1000), .owner_uid = KNOWN(1000), .owner_gid = KNOWN(1000),
		.setgroups = KNOWN(0), .uid_map = { true, own_uids, 2 },
		.gid_map = { true, own_gids, 1 },
	};
	static struct facts of_uts = {
		.creator_uid = KNOWN(100000), .nodename = thread_nodename,
		.domainname = thread_domainname,
	};
	static struct facts of_empty = { .creator_uid = KNOWN(0) };
	const struct ns own_net = {
		.type = NSINSPECT_NS_TYPE_NET, .inum = OWN_NET, .node = 5, .owner_inum = OWN_USER,
		.level = -1, .refs = 3, .tasks = 2, .procs = 1, .active = 1, .has_id = true,
		.id = 0x1122334455667788u,
		.has_found = facts, .found = NSINSPECT_FOUND_TASK, .facts = facts ? &of_net : NULL,
	};
	const struct ns own_pid = {
		.type = NSINSPECT_NS_TYPE_PID, .inum = OWN_PID, .node = 8, .owner_inum = OWN_USER,
		.parent_inum = INIT_PID, .level = 1, .refs = 4, .tasks = 2, .procs = 1, .active = 1,
		.has_found = facts, .found = NSINSPECT_FOUND_TASK, .facts = facts ? &of_pid : NULL,
	};
	const struct ns own_user = {
		.type = NSINSPECT_NS_TYPE_USER, .inum = OWN_USER, .node = 11, .owner_inum = INIT_USER,
		.parent_inum = INIT_USER, .level = 1, .refs = 9, .tasks = 2, .procs = 1, .active = 1,
		.has_found = facts, .found = NSINSPECT_FOUND_TASK, .facts = facts ? &of_user : NULL,
	};
	const struct ns thread_uts = {
		.type = NSINSPECT_NS_TYPE_UTS, .inum = THREAD_UTS, .node = 13, .owner_inum = OWN_USER,
		.level = -1, .refs = 1, .tasks = 1, .procs = 0, .active = 1,
		.has_found = facts, .found = NSINSPECT_FOUND_TASK, .facts = facts ? &of_uts : NULL,
	};
	const struct ns empty_net = {
		.type = NSINSPECT_NS_TYPE_NET, .inum = EMPTY_NET, .node = 6, .owner_inum = INIT_USER,
		.level = -1, .refs = -1, .active = 0, .has_found = facts,
		.found = NSINSPECT_FOUND_NET_LIST | NSINSPECT_FOUND_FILE,
		.facts = facts ? &of_empty : NULL,
	};
	struct snapshot s = {
		.consistent = 1, .watch = NSINSPECT_WATCH_ON, .has_generation_begin = true,
		.generation_begin = 42, .has_load = true, .load = 77000000000u,
		.has_boottime = true, .boottime_ns = 99000000001u,
		.coverage = NSINSPECT_COVERAGE_FOUND, .namespaces = FACTS_NAMESPACES,
		.nsproxies = WORLD_NSPROXIES, .tasks = WORLD_TASKS, .links = FACTS_LINKS,
		.counters = FACTS_COUNTERS,
	};

	memset(c, 0, sizeof(*c));
	if (facts)
		put_snapshot_as(c, &s);
	else
		put_snapshot(c, WORLD_NAMESPACES, WORLD_NSPROXIES, WORLD_TASKS);
	initial(c, 1, NSINSPECT_NS_TYPE_CGROUP, INIT_CGROUP, -1, facts);
	initial(c, 2, NSINSPECT_NS_TYPE_IPC, INIT_IPC, -1, facts);
	initial(c, 3, NSINSPECT_NS_TYPE_MNT, INIT_MNT, -1, facts);
	initial(c, 4, NSINSPECT_NS_TYPE_NET, INIT_NET, -1, facts);
	put_ns(c, &own_net);
	put_ns(c, &empty_net);
	initial(c, 7, NSINSPECT_NS_TYPE_PID, INIT_PID, 0, facts);
	put_ns(c, &own_pid);
	initial(c, 9, NSINSPECT_NS_TYPE_TIME, INIT_TIME, -1, facts);
	initial(c, 10, NSINSPECT_NS_TYPE_USER, INIT_USER, 0, facts);
	put_ns(c, &own_user);
	initial(c, 12, NSINSPECT_NS_TYPE_UTS, INIT_UTS, -1, facts);
	put_ns(c, &thread_uts);
	if (facts)
		put_found(c);
	proxy(c, 1, 3, INIT_NET, INIT_PID, INIT_UTS);
	proxy(c, 2, 1, INIT_NET, OWN_PID, INIT_UTS);
	proxy(c, 3, 1, OWN_NET, OWN_PID, INIT_UTS);
	proxy(c, 4, 1, OWN_NET, OWN_PID, THREAD_UTS);
	host_task(c, 1, 0, "systemd", 'S', 1);
	host_task(c, 2, 0, "kthreadd", 'S', 1);
	host_task(c, 3, 2, "kworker/0:0", 'I', 1);
	host_task(c, 812, 1, "sh", 'S', 2);
	inner_task(c, 830, 1, 3);
	inner_task(c, 831, 2, 4);
	host_task(c, 840, 812, "gone", 'Z', 0);
	if (facts) {
		put_links(c);
		put_counters(c);
	}
}

void world(struct capture *c)
{
	build(c, false);
}

void world_of_facts(struct capture *c)
{
	build(c, true);
}

void decoded(struct graph *g, const struct capture *c)
{
	const char *why = NULL;

	memset(g, 0, sizeof(*g));
	if (decode_messages(g, c->bytes, c->n, &why))
		fail_msg("not decoded: %s", why);
	assert_int_equal(graph_link(g), 0);
}

const char *save_picture(const struct saved *s)
{
	static char path[64];
	int fd;

	strcpy(path, "/tmp/nsinspect-test.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(save_write(path, s), 0);
	return path;
}

static const char *save_built(bool facts)
{
	char boot_id[] = "e9bdc391-38c1-4447-b2fa-f92f31aba31e";
	struct saved s = { .boot_id = boot_id, .details = facts ? FACTS_DETAILS : 0 };
	const char *path;

	build(&s.messages, facts);
	assert_int_equal(names_add(&s.names, NAME_NETNS, NSINSPECT_NS_TYPE_NET, OWN_NET, "blue"), 0);
	assert_int_equal(names_add(&s.names, NAME_NSFS, NSINSPECT_NS_TYPE_NET, OWN_NET,
				   "/run/netns/blue"), 0);
	assert_int_equal(names_add(&s.names, NAME_USER, 0, 1000, "alice"), 0);
	assert_int_equal(names_add(&s.names, NAME_COMMAND, 0, 830, "nginx: master process"), 0);
	path = save_picture(&s);
	free(s.messages.bytes);
	names_free(&s.names);
	return path;
}

/* The path of a file with the world in it; the caller removes it. */
const char *save_world(void)
{
	return save_built(false);
}

const char *save_world_of_facts(void)
{
	return save_built(true);
}
