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
	struct nl_msg *msg = nlmsg_alloc();

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
		.consistent = 1, .watch = NSINSPECT_WATCH_ON,
		.has_generation_begin = true, .generation_begin = 42,
		.has_load = true, .load = 77000000000u,
		.has_boottime = true, .boottime_ns = 99000000001u,
		.namespaces = namespaces, .nsproxies = nsproxies, .tasks = tasks,
	};

	put_snapshot_as(c, &s);
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

static void initial(struct capture *c, uint32_t node, enum nsinspect_ns_type type, uint32_t inum,
		    int level)
{
	const struct ns ns = {
		.type = type, .inum = inum, .node = node, .initial = true, .active = 1,
		.level = level,
		.owner_inum = type == NSINSPECT_NS_TYPE_USER ? 0 : INIT_USER,
		.refs = 5, .tasks = 4, .procs = 4,
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

void world(struct capture *c)
{
	const struct ns own_net = {
		.type = NSINSPECT_NS_TYPE_NET, .inum = OWN_NET, .node = 5, .owner_inum = OWN_USER,
		.level = -1, .refs = 3, .tasks = 2, .procs = 1, .active = 1, .has_id = true,
		.id = 0x1122334455667788u,
	};
	const struct ns own_pid = {
		.type = NSINSPECT_NS_TYPE_PID, .inum = OWN_PID, .node = 8, .owner_inum = OWN_USER,
		.parent_inum = INIT_PID, .level = 1, .refs = 4, .tasks = 2, .procs = 1, .active = 1,
	};
	const struct ns own_user = {
		.type = NSINSPECT_NS_TYPE_USER, .inum = OWN_USER, .node = 11, .owner_inum = INIT_USER,
		.parent_inum = INIT_USER, .level = 1, .refs = 9, .tasks = 2, .procs = 1, .active = 1,
	};
	const struct ns thread_uts = {
		.type = NSINSPECT_NS_TYPE_UTS, .inum = THREAD_UTS, .node = 13, .owner_inum = OWN_USER,
		.level = -1, .refs = 1, .tasks = 1, .procs = 0, .active = 1,
	};
	const struct ns empty_net = {
		.type = NSINSPECT_NS_TYPE_NET, .inum = EMPTY_NET, .node = 6, .owner_inum = INIT_USER,
		.level = -1, .refs = -1, .active = 0,
	};

	memset(c, 0, sizeof(*c));
	put_snapshot(c, WORLD_NAMESPACES, WORLD_NSPROXIES, WORLD_TASKS);
	initial(c, 1, NSINSPECT_NS_TYPE_CGROUP, INIT_CGROUP, -1);
	initial(c, 2, NSINSPECT_NS_TYPE_IPC, INIT_IPC, -1);
	initial(c, 3, NSINSPECT_NS_TYPE_MNT, INIT_MNT, -1);
	initial(c, 4, NSINSPECT_NS_TYPE_NET, INIT_NET, -1);
	put_ns(c, &own_net);
	put_ns(c, &empty_net);
	initial(c, 7, NSINSPECT_NS_TYPE_PID, INIT_PID, 0);
	put_ns(c, &own_pid);
	initial(c, 9, NSINSPECT_NS_TYPE_TIME, INIT_TIME, -1);
	initial(c, 10, NSINSPECT_NS_TYPE_USER, INIT_USER, 0);
	put_ns(c, &own_user);
	initial(c, 12, NSINSPECT_NS_TYPE_UTS, INIT_UTS, -1);
	put_ns(c, &thread_uts);
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

/* The path of a file with the world in it; the caller removes it. */
const char *save_world(void)
{
	char boot_id[] = "e9bdc391-38c1-4447-b2fa-f92f31aba31e";
	struct saved s = { .boot_id = boot_id };
	const char *path;

	world(&s.messages);
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
