/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The model: one snapshot of the kernel as the tool has it in memory.
 *
 * decode.c fills it from netlink messages, the commands ask it, the renderers
 * draw it. Nodes live in arrays that do not move once graph_link() was called;
 * the pointers between nodes are set by graph_link() and are valid until
 * graph_free(). No I/O happens here.
 */
#ifndef NSINSPECT_GRAPH_H
#define NSINSPECT_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/nsinspect.h>

#define NS_TYPES (NSINSPECT_NS_TYPE_UTS + 1)

/* The ten slots of a task, in the order that is used everywhere. */
enum slot {
	SLOT_CGROUP,
	SLOT_IPC,
	SLOT_MNT,
	SLOT_NET,
	SLOT_PID,
	SLOT_PID_FOR_CHILDREN,
	SLOT_TIME,
	SLOT_TIME_FOR_CHILDREN,
	SLOT_USER,
	SLOT_UTS,
	SLOTS
};

/* One row a slot: all that the tool knows about slots is in this table. */
struct slot_info {
	const char *name;		/* as in /proc/PID/ns and in JSON */
	enum nsinspect_ns_type type;
	int nsproxy_attr;		/* NSINSPECT_A_NSPROXY_*; 0: not nsproxy's */
	int node_attr;			/* NSINSPECT_A_NSPROXY_*_NODE; 0: not nsproxy's */
	enum slot current;		/* of one for children: where it is pending; else itself */
};

extern const struct slot_info slots[SLOTS];
extern const char *const ns_type_names[NS_TYPES];

/* One row a way in which a namespace was found. */
struct found_way {
	uint32_t bit;			/* NSINSPECT_FOUND_* */
	const char *key;		/* as the contract has it, and JSON */
	const char *words;		/* as people read it; several ways can be one for them */
};

#define FOUND_WAYS 14

/* By a bind mount that mountinfo tells of: a way of the tool's own, see pins.c. */
#define FOUND_MOUNT (1u << 31)

extern const struct found_way found_ways[FOUND_WAYS];

/* A number that may not be known. */
struct maybe {
	bool known;
	int64_t v;
};

/* Ids from @first on stand for those from @lower_first on in the initial user namespace. */
struct extent {
	uint32_t first, lower_first, count;
};

/* The kernel's limit. */
#define EXTENTS_MAX 340

struct id_map {
	bool known;
	struct extent *list;
	size_t n;			/* 0: not written yet */
};

/* What a namespace knows about itself; each has those of its own type. */
struct facts {
	struct maybe creator_uid;
	/* uts */
	char *nodename, *domainname;
	/* ipc */
	struct maybe msg_queues, sem_sets, shm_segments, shm_bytes;
	/* time */
	struct maybe monotonic_ns, boottime_ns;
	/* cgroup */
	char *cgroup_root;
	/* pid */
	struct maybe reaper, pids, pid_max;
	bool dying;
	/* user */
	struct maybe owner_uid, owner_gid, setgroups;
	struct id_map uid_map, gid_map;
	/* net */
	struct maybe nsid;
};

/*
 * Namespaces are referred to by inode number. Where two in one answer have the
 * same, a reference comes with the number of the node that it means; 0 stands
 * for a reference without one. graph_link() makes pointers of both, and all
 * that comes after it uses these.
 */
struct ns {
	enum nsinspect_ns_type type;
	uint32_t inum;
	uint32_t node;			/* stands for it in this answer; 0: an old picture */
	uint32_t seq;			/* where in the answer it was */
	bool has_id;
	uint64_t id;
	bool initial;
	int active;			/* 1, 0, or -1 when not known */
	uint32_t owner_inum, owner_node;	/* 0: none */
	uint32_t parent_inum, parent_node;	/* 0: none */
	int level;			/* -1: this type has none */
	int64_t refs;			/* -1: not known */
	int64_t tasks;			/* -1: not known, not all tasks were looked at */
	int64_t procs;
	bool has_found;			/* old pictures do not say it */
	uint32_t found;			/* NSINSPECT_FOUND_* */
	struct facts *facts;		/* NULL: none is known */

	/* set by graph_link() */
	const struct link *links;	/* of a net namespace: its devices, by rising ifindex */
	size_t n_links;
	const struct ns *owner;		/* NULL: none, or not in this graph */
	const struct ns *parent;
	const struct task *first;	/* member with the lowest tid, leaders first; NULL: none */
	bool twin;			/* another one in this graph has the same inode number */

	bool hidden;			/* set by a command: not asked for */
	const struct mounts *mounts;	/* set by a command; NULL: not asked for */
	char *details;			/* set by details_set(); NULL: none, or not asked for */

	/* set by names.c, as far as it was asked to */
	char *name;			/* as `ip netns` has it; NULL: none */
	char *nsfs;			/* where it is bind-mounted, with commas; NULL: nowhere */
	char *command;			/* command line of ->first; NULL: its comm has to do */
	int64_t netnsid;		/* what our network namespace calls it; NETNSID_* */
};

#define NETNSID_UNKNOWN		(-2)
#define NETNSID_UNASSIGNED	(-1)

struct nsproxy {
	uint32_t id;
	int64_t refs;			/* -1: not known */
	int64_t tasks;			/* -1: not known */
	uint32_t inum[SLOTS];		/* 0: this kernel has no such slot, or filtered away */
	uint32_t node[SLOTS];

	/* set by graph_link() */
	const struct ns *ns[SLOTS];	/* NULL: none, or not in this graph */
};

struct upid {
	uint32_t nr;
	uint32_t pidns, pidns_node;	/* inum; 0: not known */
	uint32_t level;

	/* set by graph_link() */
	const struct ns *ns;		/* NULL: not known, or not in this graph */
};

struct task {
	uint32_t tid, tgid, ppid, uid;
	char comm[16];
	char state;
	bool kthread;
	uint32_t nsproxy_id;		/* 0: none, the task is exiting */
	uint32_t user_inum, pid_inum;	/* 0: no such slot here */
	uint32_t user_node, pid_node;
	size_t n_upids;
	size_t upids_at;		/* where they begin in the graph's ->upids */

	/* set by graph_link() */
	struct upid *upids;		/* rising level; upids[0].nr == tid */
	const struct nsproxy *nsproxy;
	const struct ns *ns[SLOTS];	/* NULL: none, or not in this graph */
	const struct task *leader;	/* itself for a leader; NULL: not in this graph */
	const struct task *parent;	/* the parent's leader; NULL: none, or not in this graph */
	const struct task *first_child;	/* leaders by rising tid, then ->next_sibling */
	const struct task *next_sibling;
	const struct task *first_thread; /* of a leader: its other threads, then ->next_sibling */

	/* set by names.c, as far as it was asked to; belongs to the names */
	const char *cgroup;		/* path that says what it runs in; NULL: none, or not known */
};

struct ip {
	unsigned char address[16];
	unsigned int len;		/* 4 or 16 */
	uint32_t prefix;
};

/* A network device. */
struct link {
	uint32_t net_inum, net_node;
	uint32_t ifindex, flags;
	char name[16];
	char kind[32];			/* empty: it has none */
	struct maybe operstate;		/* IF_OPER_* */
	unsigned char address[32];	/* link layer */
	unsigned int address_len;
	uint32_t master;		/* ifindex; 0: none */
	uint32_t peer_ifindex;		/* other end, or lower device; 0: none */
	uint32_t peer_net_inum, peer_net_node;	/* where that is; 0: not known */
	size_t ips_at, n_ips;		/* where they begin in the graph's ->ips */
	uint32_t all_ips;		/* how many it has; not all may be sent */

	/* set by graph_link() */
	const struct ip *ips;
	const struct ns *net, *peer_net;	/* NULL: none, or not in this graph */
};

/* Namespaces of one type that a user has in a user namespace and below it. */
struct usage {
	enum nsinspect_ns_type type;
	uint32_t count, limit;
};

/* The account of one user in one user namespace. */
struct counter {
	uint32_t user_inum, user_node;
	uint32_t uid;
	size_t uses_at, n_uses;		/* where they begin in the graph's ->uses */

	/* set by graph_link() */
	const struct usage *uses;
	const struct ns *user;		/* NULL: not in this graph */
};

struct holding;

struct host {
	char *nodename, *release, *boot_id;
};

struct snapshot {
	uint64_t time_ns, generation, walk_ns, bytes;
	uint64_t generation_begin, load, boottime_ns;
	bool has_generation_begin, has_load, has_boottime;	/* old pictures have none */
	int consistent;			/* 1, 0, or -1 when not known */
	int watch;			/* enum nsinspect_watch; -1: old picture, or new reason */
	uint32_t namespaces, nsproxies, tasks;	/* what the kernel says it sent */
	uint64_t missed_events;		/* changes that the probes of events passed over */
	uint32_t links, counters;	/* 0 as well when they were not asked for */
	uint32_t walked;
	int coverage;			/* enum nsinspect_coverage; -1: old picture, or a new one */
};

struct graph {
	struct host host;
	struct snapshot snapshot;
	bool has_snapshot;
	/*
	 * NSINSPECT_DETAIL_* without nodes: what was asked for. None is not the same
	 * as not looked for, which an answer does not say.
	 */
	uint32_t details;
	struct ns *namespaces;
	size_t n_namespaces;
	struct nsproxy *nsproxies;
	size_t n_nsproxies;
	struct task *tasks;		/* by rising tid */
	size_t n_tasks;
	struct upid *upids;		/* those of all tasks */
	size_t n_upids;
	struct link *links;		/* by namespace and rising ifindex */
	size_t n_links;
	struct ip *ips;			/* those of all links */
	size_t n_ips;
	struct counter *counters;	/* by user namespace and rising uid */
	size_t n_counters;
	struct usage *uses;		/* those of all counters */
	size_t n_uses;

	/* set by graph_link() */
	int digits;		/* so many last digits tell inode numbers apart; see ns_short() */

	/* where the sums and holders of an answer to holder-get go; NULL: nobody asked */
	struct holding *holding;

	/* what decode.c saw: also the nodes that are of no kind known here */
	struct snapshot seen;
	size_t room_namespaces, room_nsproxies, room_tasks, room_upids;
	size_t room_links, room_ips, room_counters, room_uses;
};

void graph_reset(struct graph *g);
void graph_free(struct graph *g);
void facts_free(struct facts *facts);
int graph_link(struct graph *g);

/* What to leave of a graph; the kernel's own filters, for saved pictures. */
struct graph_filter {
	uint32_t tid;			/* 0: every task */
	uint32_t types;			/* 1 << type; 0: every type */
	bool threads;			/* else leaders, and threads that differ from theirs */
};

int graph_filter(struct graph *g, const struct graph_filter *f);
void graph_forget_counts(struct graph *g);

/* A short number of a namespace as people read it: digits, maybe # and a node. */
struct short_number {
	char text[24];
};

struct short_number ns_short(const struct graph *g, const struct ns *ns);
struct short_number inum_short(const struct graph *g, uint32_t inum);

struct ns *graph_find_ns(const struct graph *g, enum nsinspect_ns_type type, uint32_t inum);
struct task *graph_find_task(const struct graph *g, uint32_t tid);
struct nsproxy *graph_find_nsproxy(const struct graph *g, uint32_t id);
const struct link *ns_find_link(const struct ns *net, uint32_t ifindex);
bool task_is_leader(const struct task *t);
bool task_pending(const struct task *t, enum slot slot);
bool task_same_ns(const struct task *a, enum slot x, const struct task *b, enum slot y);
uint32_t task_inum(const struct task *t, enum slot slot);
enum slot type_slot(enum nsinspect_ns_type type);
int type_parse(const char *name, size_t len);
void *grow(void *array, size_t *room, size_t need, size_t size);

#endif
