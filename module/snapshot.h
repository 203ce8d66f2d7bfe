/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_SNAPSHOT_H
#define NSINSPECT_SNAPSHOT_H

#include <linux/gfp.h>
#include <linux/if.h>
#include <linux/limits.h>
#include <linux/netdevice.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/user_namespace.h>

#include "ns.h"

struct nsinspect_ask;

/* No such node: an index into one of the snapshot's arrays that points nowhere. */
#define NSINSPECT_NONE	U32_MAX

/*
 * Charged to the asker's memory cgroup: it is the asker who chose to ask. At
 * that cgroup's limit the allocation fails; without __GFP_RETRY_MAYFAIL a task
 * in it would be killed.
 */
#define NSINSPECT_SNAPSHOT_GFP	(GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/*
 * What a snapshot has arrays of: the kinds of node, in the order in which they
 * are sent, and what belongs to nodes. kinds.c has a row for each.
 */
enum nsinspect_kind_nr {
	NSINSPECT_KIND_NAMESPACE,
	NSINSPECT_KIND_NSPROXY,
	NSINSPECT_KIND_TASK,
	NSINSPECT_KIND_LINK,
	NSINSPECT_KIND_COUNTER,
	NSINSPECT_KIND_HOLDING,
	NSINSPECT_KIND_HOLDER,
	NSINSPECT_NODE_KINDS,
	NSINSPECT_KIND_NR = NSINSPECT_NODE_KINDS,
	NSINSPECT_KIND_FACTS,
	NSINSPECT_KIND_TEXT,
	NSINSPECT_KIND_EXTENT,
	NSINSPECT_KIND_IP,
	NSINSPECT_KIND_POINTERS,
	NSINSPECT_KIND_SOCK,
	NSINSPECT_KIND_OBJECT,
	NSINSPECT_KINDS
};

/**
 * struct nsinspect_vec - an array that grows
 * @data: the elements
 * @count: how many are in use
 * @room: how many there is memory for
 */
struct nsinspect_vec {
	void *data;
	u32 count;
	u32 room;
};

/**
 * struct nsinspect_range - some neighbours in an array
 * @first: index of the first
 * @count: how many
 */
struct nsinspect_range {
	u32 first;
	u32 count;
};

/**
 * struct nsinspect_ns - a namespace, by value
 * @id: ns_id; 0 where the kernel has none
 * @inum: as in /proc/PID/ns
 * @owner: index of its owning user namespace, or NSINSPECT_NONE
 * @parent: index of its parent, or NSINSPECT_NONE
 * @refs: reference count; -1 where it cannot be read
 * @tasks: tasks that are in it, threads included
 * @procs: thread group leaders that are in it
 * @found: NSINSPECT_FOUND_*, each way by which it was found
 * @level: depth; -1 for types that do not nest
 * @type: enum nsinspect_ns_type
 * @initial: the system was started in it
 * @active: in use
 * @shares_inum: another node of this snapshot has the same @inum
 */
struct nsinspect_ns {
	u64 id;
	u32 inum;
	u32 owner;
	u32 parent;
	s32 refs;
	u32 tasks;
	u32 procs;
	u16 found;
	s16 level;
	u8 type;
	bool initial : 1;
	bool active : 1;
	bool shares_inum : 1;
};

/**
 * struct nsinspect_nsproxy - an nsproxy, by value
 * @refs: reference count
 * @tasks: tasks that share it, threads included
 * @procs: thread group leaders that share it
 * @ns: index of the namespace in each slot; NSINSPECT_NONE for those that are
 *	absent here or are not nsproxy's
 */
struct nsinspect_nsproxy {
	u32 refs;
	u32 tasks;
	u32 procs;
	u32 ns[NSINSPECT_SLOTS];
};

/**
 * struct nsinspect_task - a task, by value
 * @tid: number in the initial pid namespace, as are @tgid and @ppid
 * @tgid: of its thread group leader
 * @ppid: tgid of its parent, 0 without one
 * @uid: real uid as the initial user namespace has it
 * @nsproxy: index, or NSINSPECT_NONE once it is exiting
 * @user: index of its cred's user namespace, or NSINSPECT_NONE
 * @pid: index of its pid namespace, or NSINSPECT_NONE
 * @nrs: where in the snapshot's numbers those of levels 1 to @level begin
 * @level: level of @pid
 * @state: one letter
 * @kthread: a kernel thread
 * @comm: as prctl(PR_GET_NAME) has it, any bytes
 */
struct nsinspect_task {
	u32 tid;
	u32 tgid;
	u32 ppid;
	u32 uid;
	u32 nsproxy;
	u32 user;
	u32 pid;
	u32 nrs;
	u16 level;
	char state;
	bool kthread;
	char comm[TASK_COMM_LEN];
};

#define NSINSPECT_HOLDER_KINDS	(NSINSPECT_HOLDER_KIND_ACCOUNT + 1)

/**
 * struct nsinspect_explained - what holders of one kind account for
 * @refs: references
 * @active_refs: active references, where the kernel has these
 * @holders: how many holders there are
 */
struct nsinspect_explained {
	u32 refs;
	u32 active_refs;
	u32 holders;
};

/**
 * struct nsinspect_holding - what holds one namespace, in sum
 * @refs: references, without ours
 * @active_refs: active references; -1 where the kernel has none
 * @nsfs_users: of its inode in nsfs: open files, files in flight, bind mounts
 * @settled: references and generation were the same before and after, and all
 *	     could be read
 * @explained: by enum nsinspect_holder_kind
 */
struct nsinspect_holding {
	s64 refs;
	s64 active_refs;
	u32 nsfs_users;
	bool settled;
	struct nsinspect_explained explained[NSINSPECT_HOLDER_KINDS];
};

/**
 * struct nsinspect_holder - one holder, by value
 * @ino: inode number of the file, or 0
 * @tid: number of the task in the initial pid namespace, or 0 for none
 * @tgid: of its thread group leader
 * @fd: descriptor in it, or NSINSPECT_NONE
 * @nsproxy: stands for an nsproxy, from 1, or 0
 * @nr: number of a struct pid in the namespace, or 0
 * @inum: of a namespace that holds it, or 0
 * @dev: device number of a file system, or 0
 * @uid: of an account, or NSINSPECT_NONE
 * @object: stands for what accounts for the reference, from 1, or 0
 * @family: of a socket, as are @socket_type and @protocol; 0 for none
 * @kind: enum nsinspect_holder_kind
 * @type: of the namespace with @inum
 * @slot: of the nsproxy, or NSINSPECT_SLOTS
 * @state: of the task, one letter
 * @comm: of the task, any bytes
 * @fstype: name of a type of file system, or empty
 */
struct nsinspect_holder {
	u64 ino;
	u32 tid;
	u32 tgid;
	u32 fd;
	u32 nsproxy;
	u32 nr;
	u32 inum;
	u32 dev;
	u32 uid;
	u32 object;
	u16 family;
	u16 socket_type;
	u16 protocol;
	u8 kind;
	u8 type;
	u8 slot;
	char state;
	char comm[TASK_COMM_LEN];
	char fstype[TASK_COMM_LEN];
};

/**
 * struct nsinspect_facts - what a namespace knows about itself, by value
 * @creator_uid: the user on whose account it is; NSINSPECT_NONE where that is
 *		 not known
 * @uts: where in the snapshot's text its names begin
 * @ipc: what is in it
 * @time: offsets
 * @cgroup: where in the snapshot's text the path of its root begins, or
 *	    NSINSPECT_NONE
 * @pid: tid of its child reaper, 0 without one; numbers in use; the limit of
 *	 numbers, 0 where it is not per namespace
 * @user: who owns it, and which of the snapshot's extents are its maps
 * @net: its number in the asker's network namespace, negative without one
 *
 * Which of the union it is, the type of the namespace says.
 */
struct nsinspect_facts {
	u32 creator_uid;
	union {
		struct {
			u32 nodename;
			u32 domainname;
		} uts;
		struct {
			u32 msg_queues;
			u32 sem_sets;
			u32 shm_segments;
			u64 shm_bytes;
		} ipc;
		struct {
			s64 monotonic_ns;
			s64 boottime_ns;
		} time;
		struct {
			u32 root;
		} cgroup;
		struct {
			u32 reaper;
			u32 pids;
			u32 pid_max;
			bool dying;
		} pid;
		struct {
			u32 owner_uid;
			u32 owner_gid;
			struct nsinspect_range uid_map;
			struct nsinspect_range gid_map;
			bool setgroups;
		} user;
		struct {
			s32 nsid;
		} net;
	};
};

/**
 * struct nsinspect_ip - an address of a network device, by value
 * @address: its bytes
 * @len: how many, 4 or 16
 * @prefix: length of the prefix, bits
 */
struct nsinspect_ip {
	u8 address[16];
	u8 len;
	u8 prefix;
};

/**
 * struct nsinspect_link - a network device, by value
 * @net: index of the network namespace that it is in
 * @peer_net: index of the one that its other end is in, or NSINSPECT_NONE
 * @ifindex: its number in @net
 * @flags: IFF_*
 * @master: ifindex of what it is a port of, 0 without one
 * @peer_ifindex: of its other end or lower device, in @peer_net; 0 without one
 * @ips: which of the snapshot's addresses are its
 * @operstate: IF_OPER_*
 * @address_len: bytes of @address
 * @address: of its link layer
 * @name: terminated, any bytes
 * @kind: as rtnetlink has it, empty for those without
 */
struct nsinspect_link {
	u32 net;
	u32 peer_net;
	u32 ifindex;
	u32 flags;
	u32 master;
	u32 peer_ifindex;
	struct nsinspect_range ips;
	u8 operstate;
	u8 address_len;
	u8 address[MAX_ADDR_LEN];
	char name[IFNAMSIZ];
	char kind[IFNAMSIZ];
};

/**
 * struct nsinspect_counter - the account of a user in a user namespace, by value
 * @user: index of the user namespace
 * @uid: the user, as the initial user namespace has it
 * @counts: by enum nsinspect_ns_type: how many namespaces are on the account
 * @limits: how many may be
 */
struct nsinspect_counter {
	u32 user;
	u32 uid;
	u32 counts[NSINSPECT_NS_TYPES];
	u32 limits[NSINSPECT_NS_TYPES];
};

/**
 * struct nsinspect_snapshot - what the walk saw, immutable once it is built
 * @vecs: by enum nsinspect_kind_nr: struct nsinspect_ns, struct
 *	  nsinspect_nsproxy, struct nsinspect_task by rising tid but after
 *	  nsinspect_walk_one(), struct nsinspect_link, struct nsinspect_counter,
 *	  u32: the numbers of tasks below level 0, struct nsinspect_facts: none,
 *	  or one for each namespace in the same order, char: terminated strings,
 *	  struct uid_gid_extent, struct nsinspect_ip, and
 *	  struct nsproxy: what each nsproxy node was made from, its pointers only
 *	  compared and never followed, and struct nsinspect_queue: sockets that files.c
 *	  holds for the time of one pass; the last two are gone with the builder
 * @time_ns: wall clock when the walk began
 * @boottime_ns: time since boot when the walk began
 * @walk_ns: how long it took
 * @bytes: the most memory that it took at one time, what only building needed
 *	   included
 * @generation_begin: of the namespaces, when it began
 * @generation: of the namespaces, when it ended
 * @watch: enum nsinspect_watch
 * @coverage: enum nsinspect_coverage
 * @files: how many open files were looked at
 * @sockets: how many sockets were looked at
 * @unread_queues: how many queues of AF_UNIX sockets could not be read
 * @consistent: no change was under way when it began and none began since; only
 *		with @watch on
 * @whole: every task was looked at, so that tasks and procs are known
 * @walked: how many tasks were looked at
 */
struct nsinspect_snapshot {
	struct nsinspect_vec vecs[NSINSPECT_KINDS];
	u64 time_ns;
	u64 boottime_ns;
	u64 walk_ns;
	u64 bytes;
	u64 generation_begin;
	u64 generation;
	u8 watch;
	u8 coverage;
	u32 files;
	u32 sockets;
	u32 unread_queues;
	bool consistent;
	bool whole;
	u32 walked;
};

/**
 * struct nsinspect_index - finds nodes by a key, which need not be unique
 * @keys: open addressing; only compared, never followed
 * @nodes: index of the node for each key
 * @bits: log2 of the number of places
 *
 * Lives only while a snapshot is being built.
 */
struct nsinspect_index {
	const void **keys;
	u32 *nodes;
	unsigned int bits;
};

/* How many namespaces are pinned at a time; a batch of a list, and the other end of a device. */
#define NSINSPECT_BATCH		16
#define NSINSPECT_PINNED	(NSINSPECT_BATCH + 1)

/**
 * struct nsinspect_builder - what is needed only until a snapshot is complete
 * @snapshot: the snapshot
 * @ask: what it is to have
 * @way: NSINSPECT_FOUND_*, by which what is added now was found
 * @pinned: namespaces on which we hold a reference each at present
 * @pinned_count: how many
 * @indexes: by kind, for those that nsinspect_kinds has as indexed
 * @wanted: by kind, how many elements the last step had no room for
 * @bytes: memory that snapshot and builder take now
 * @last_key: what the nsproxy that was added last is found by, or NULL
 * @last_node: its node
 * @last_births: nsinspect_generation_births() when that was so
 * @births: nsinspect_generation_births() when the snapshot was begun
 * @changed: a change of namespaces was counted since the snapshot was begun,
 *	     or changes are not seen
 * @blind: changes are not seen, or not all for certain
 */
struct nsinspect_builder {
	struct nsinspect_snapshot *snapshot;
	const struct nsinspect_ask *ask;
	u32 way;
	struct ns_common *pinned[NSINSPECT_PINNED];
	unsigned int pinned_count;
	struct nsinspect_index indexes[NSINSPECT_KINDS];
	u32 wanted[NSINSPECT_KINDS];
	u64 bytes;
	const void *last_key;
	u32 last_node;
	u64 last_births;
	u64 births;
	bool changed;
	bool blind;
};

static inline struct nsinspect_ns *
nsinspect_snapshot_ns(const struct nsinspect_snapshot *snapshot, u32 i)
{
	return (struct nsinspect_ns *)snapshot->vecs[NSINSPECT_KIND_NAMESPACE].data + i;
}

static inline struct nsinspect_nsproxy *
nsinspect_snapshot_nsproxy(const struct nsinspect_snapshot *snapshot, u32 i)
{
	return (struct nsinspect_nsproxy *)snapshot->vecs[NSINSPECT_KIND_NSPROXY].data + i;
}

static inline struct nsinspect_task *
nsinspect_snapshot_task(const struct nsinspect_snapshot *snapshot, u32 i)
{
	return (struct nsinspect_task *)snapshot->vecs[NSINSPECT_KIND_TASK].data + i;
}

static inline struct nsinspect_link *
nsinspect_snapshot_link(const struct nsinspect_snapshot *snapshot, u32 i)
{
	return (struct nsinspect_link *)snapshot->vecs[NSINSPECT_KIND_LINK].data + i;
}

static inline struct nsinspect_counter *
nsinspect_snapshot_counter(const struct nsinspect_snapshot *snapshot, u32 i)
{
	return (struct nsinspect_counter *)snapshot->vecs[NSINSPECT_KIND_COUNTER].data + i;
}

/* Of namespace @i; NULL when none were asked for. */
static inline const struct nsinspect_facts *
nsinspect_snapshot_facts(const struct nsinspect_snapshot *snapshot, u32 i)
{
	const struct nsinspect_vec *vec = &snapshot->vecs[NSINSPECT_KIND_FACTS];

	return vec->count ? (const struct nsinspect_facts *)vec->data + i : NULL;
}

static inline const char *
nsinspect_snapshot_text(const struct nsinspect_snapshot *snapshot, u32 i)
{
	return (const char *)snapshot->vecs[NSINSPECT_KIND_TEXT].data + i;
}

static inline const struct uid_gid_extent *
nsinspect_snapshot_extents(const struct nsinspect_snapshot *snapshot, u32 i)
{
	return (const struct uid_gid_extent *)snapshot->vecs[NSINSPECT_KIND_EXTENT].data + i;
}

static inline const struct nsinspect_ip *
nsinspect_snapshot_ip(const struct nsinspect_snapshot *snapshot, u32 i)
{
	return (const struct nsinspect_ip *)snapshot->vecs[NSINSPECT_KIND_IP].data + i;
}

static inline struct nsproxy *
nsinspect_snapshot_pointers(const struct nsinspect_snapshot *snapshot, u32 i)
{
	return (struct nsproxy *)snapshot->vecs[NSINSPECT_KIND_POINTERS].data + i;
}

static inline struct nsinspect_holding *
nsinspect_snapshot_holding(const struct nsinspect_snapshot *snapshot, u32 i)
{
	return (struct nsinspect_holding *)snapshot->vecs[NSINSPECT_KIND_HOLDING].data + i;
}

static inline struct nsinspect_holder *
nsinspect_snapshot_holder(const struct nsinspect_snapshot *snapshot, u32 i)
{
	return (struct nsinspect_holder *)snapshot->vecs[NSINSPECT_KIND_HOLDER].data + i;
}

static inline u32 nsinspect_snapshot_count(const struct nsinspect_snapshot *snapshot,
					   enum nsinspect_kind_nr kind)
{
	return snapshot->vecs[kind].count;
}

static inline u32 nsinspect_snapshot_nr(const struct nsinspect_snapshot *snapshot, u32 i)
{
	return ((u32 *)snapshot->vecs[NSINSPECT_KIND_NR].data)[i];
}

/**
 * nsinspect_snapshot_has_room() - whether elements can be added
 * @builder: the builder; told how many are wanted when there is no room
 * @kind: enum nsinspect_kind_nr
 * @count: how many
 *
 * Context: Any.
 * Return: whether there is memory for all of them.
 */
static inline bool nsinspect_snapshot_has_room(struct nsinspect_builder *builder,
					       enum nsinspect_kind_nr kind, u32 count)
{
	const struct nsinspect_vec *vec = &builder->snapshot->vecs[kind];

	if (vec->room - vec->count >= count)
		return true;
	builder->wanted[kind] = count;
	return false;
}

/**
 * nsinspect_snapshot_rewind() - take back elements that were added last
 * @builder: the builder; told that they are wanted again, as part of a whole for
 *	     which there was no room
 * @kind: enum nsinspect_kind_nr
 * @count: how many are left
 *
 * Context: Any.
 */
static inline void nsinspect_snapshot_rewind(struct nsinspect_builder *builder,
					     enum nsinspect_kind_nr kind, u32 count)
{
	struct nsinspect_vec *vec = &builder->snapshot->vecs[kind];

	builder->wanted[kind] += vec->count - count;
	vec->count = count;
}

struct nsinspect_snapshot *nsinspect_snapshot_alloc(struct nsinspect_builder *builder);
void nsinspect_snapshot_free(struct nsinspect_snapshot *snapshot);
int nsinspect_snapshot_reserve(struct nsinspect_builder *builder);
void nsinspect_snapshot_clear(struct nsinspect_builder *builder, enum nsinspect_kind_nr kind);
void nsinspect_snapshot_restart(struct nsinspect_builder *builder);
void *nsinspect_snapshot_add(struct nsinspect_builder *builder, enum nsinspect_kind_nr kind);
int nsinspect_snapshot_complete(struct nsinspect_builder *builder);
void nsinspect_builder_free(struct nsinspect_builder *builder);
u32 nsinspect_index_next(const struct nsinspect_index *index, const void *key, u32 *cursor);
void nsinspect_index_add(struct nsinspect_index *index, const void *key, u32 node);
u32 nsinspect_snapshot_find_ns(const struct nsinspect_snapshot *snapshot, int type, u32 inum,
			       u64 id);
u32 nsinspect_task_slot(const struct nsinspect_snapshot *snapshot,
			const struct nsinspect_task *task, unsigned int slot);

#endif /* NSINSPECT_SNAPSHOT_H */
