// SPDX-License-Identifier: GPL-2.0
/*
 * An answer to holder-get -> what holds a namespace. As in decode.c, the bytes
 * may be broken, and attributes that are not known here are left alone.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "holding.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

const struct kind_info kinds[HOLDER_KINDS] = {
	[NSINSPECT_HOLDER_KIND_NSPROXY] = {
		"nsproxy", "tasks", "nsproxies", "task", "tasks", LET_GO_END,
	},
	[NSINSPECT_HOLDER_KIND_PENDING] = {
		"pending", "pending", "nsproxies", "task", "tasks", LET_GO_END,
	},
	[NSINSPECT_HOLDER_KIND_PID] = {
		"pid", "pids", "struct pids", "holder", "holders", LET_GO_END,
	},
	[NSINSPECT_HOLDER_KIND_PID_REAPED] = {
		"pid-reaped", "reaped", "struct pids", "descriptor", "descriptors", LET_GO_CLOSE,
	},
	[NSINSPECT_HOLDER_KIND_CREDENTIAL] = {
		"credential", "creds", "credentials", "task", "tasks", LET_GO_END,
	},
	[NSINSPECT_HOLDER_KIND_FILE_CREDENTIAL] = {
		"file-credential", "file creds", "credentials", "file", "files", LET_GO_CLOSE,
	},
	[NSINSPECT_HOLDER_KIND_MEMORY] = {
		"memory", "memory", "address spaces", "task", "tasks", LET_GO_END,
	},
	[NSINSPECT_HOLDER_KIND_NSFS_FILE] = {
		"nsfs-file", "nsfs", "its nsfs inode", "descriptor", "descriptors", LET_GO_CLOSE,
	},
	[NSINSPECT_HOLDER_KIND_NSFS_MOUNT] = {
		"nsfs-mount", "nsfs", "its nsfs inode", "bind mount", "bind mounts", LET_GO_UMOUNT,
	},
	[NSINSPECT_HOLDER_KIND_NSFS_IN_FLIGHT] = {
		"nsfs-in-flight", "nsfs", "its nsfs inode", "file in flight", "files in flight",
		LET_GO_QUEUE,
	},
	[NSINSPECT_HOLDER_KIND_PROC_FILE] = {
		"proc-file", "proc files", "open files", "descriptor", "descriptors", LET_GO_CLOSE,
	},
	[NSINSPECT_HOLDER_KIND_SOCKET] = {
		"socket", "sockets", "sockets", "descriptor", "descriptors", LET_GO_CLOSE,
	},
	[NSINSPECT_HOLDER_KIND_SOCKET_IN_FLIGHT] = {
		"socket-in-flight", "in flight", "sockets", "socket in a queue",
		"sockets in queues", LET_GO_QUEUE,
	},
	[NSINSPECT_HOLDER_KIND_CHILD] = {
		"child", "children", NULL, "child namespace", "child namespaces", LET_GO_NS,
	},
	[NSINSPECT_HOLDER_KIND_OWNED] = {
		"owned", "owned", NULL, "owned namespace", "owned namespaces", LET_GO_NS,
	},
	[NSINSPECT_HOLDER_KIND_SUPERBLOCK] = {
		"superblock", "file sys", NULL, "file system", "file systems", LET_GO_UMOUNT,
	},
	[NSINSPECT_HOLDER_KIND_FS_CONTEXT] = {
		"fs-context", "fs setup", "file systems that are being set up", "descriptor",
		"descriptors", LET_GO_CLOSE,
	},
	[NSINSPECT_HOLDER_KIND_MOUNT] = {
		"mount", "mounts", "mounts", "mount", "mounts", LET_GO_CLOSE,
	},
	[NSINSPECT_HOLDER_KIND_CGROUP_FILE] = {
		"cgroup-file", "cgroup", "open files", "descriptor", "descriptors", LET_GO_CLOSE,
	},
	[NSINSPECT_HOLDER_KIND_SHM] = {
		"shm", "shm", "attached segments", "task", "tasks", LET_GO_END,
	},
	[NSINSPECT_HOLDER_KIND_PERF_EVENT] = {
		"perf-event", "perf", "perf events", "descriptor", "descriptors", LET_GO_CLOSE,
	},
	[NSINSPECT_HOLDER_KIND_ACCOUNT] = {
		"account", "accounts", NULL, "account of a user", "accounts of users",
		LET_GO_WITH_OTHERS,
	},
};

/* What can hold a namespace of each type and cannot be enumerated. */
static const char *const candidates[NS_TYPES][12] = {
#define FOR_ALL									\
	"a file that only io_uring has (fixed file)",				\
	"what the kernel has let go of and frees later"
	[NSINSPECT_NS_TYPE_CGROUP] = { FOR_ALL },
	[NSINSPECT_NS_TYPE_IPC] = { FOR_ALL },
	[NSINSPECT_NS_TYPE_MNT] = { FOR_ALL },
	[NSINSPECT_NS_TYPE_TIME] = { FOR_ALL },
	[NSINSPECT_NS_TYPE_UTS] = { FOR_ALL },
	[NSINSPECT_NS_TYPE_NET] = {
		"rpc_pipefs, sunrpc, nfsd or a mount of NFS", "a mount of cifs or ceph", "ppp",
		"auditd", "a netfilter BPF link", FOR_ALL,
	},
	[NSINSPECT_NS_TYPE_PID] = {
		"the last users of SysV shared memory, queues or semaphores",
		"the owner of a file's signals (F_SETOWN)", "a timer", "mq_notify",
		"credentials in the queue of a socket", "autofs", FOR_ALL,
	},
	[NSINSPECT_NS_TYPE_USER] = {
		"a program that is being executed", "a BPF token", "a mount of fuse", "fanotify",
		"an idmapped mount, before Linux 6.8",
		"mq_notify", "request_key", "a personality of io_uring", FOR_ALL,
	},
#undef FOR_ALL
};

/**
 * holding_candidates() - what can hold a namespace and cannot be enumerated
 * @type: of the namespace
 *
 * Return: phrases, with NULL after the last one.
 */
const char *const *holding_candidates(enum nsinspect_ns_type type)
{
	return candidates[type];
}

/**
 * holding_reset() - forget an answer, keep the memory for the next try
 * @h: what holds the namespace
 */
void holding_reset(struct holding *h)
{
	struct holder *room = h->holders;
	size_t n = h->room, i;

	for (i = 0; i < h->n; i++)
		free(h->holders[i].path);
	*h = (struct holding){
		.refs = -1, .active_refs = -1, .settled = -1, .files = -1, .nsfs_users = -1,
		.holders = room, .room = n,
	};
	for (i = 0; i < HOLDER_KINDS; i++)
		h->by_kind[i] = (struct explained){
			.kind = (int64_t)i, .refs = -1, .active_refs = -1, .holders = -1,
		};
}

/**
 * holding_free() - free what an answer takes
 * @h: what holds the namespace; as after holding_reset()
 */
void holding_free(struct holding *h)
{
	holding_reset(h);
	free(h->holders);
	h->holders = NULL;
	h->room = 0;
}

enum content {
	CONTENT_U32,			/* int64_t */
	CONTENT_U64,			/* uint64_t */
	CONTENT_U8,			/* int64_t */
	CONTENT_FLAG,			/* bool */
	CONTENT_TEXT,			/* an array of char; as much as there is room for */
	CONTENT_LETTER,			/* char */
	CONTENT_EXPLAINED,		/* a nest of its own */
};

/* What an attribute is, and where it goes in the struct that it belongs to. */
struct place {
	int attr;
	enum content content;
	size_t where, size;
};

#define PLACE(set, name, content, s, member)					\
	{ NSINSPECT_A_##set##_##name, CONTENT_##content, offsetof(struct s, member),	\
	  sizeof(((struct s *)0)->member) }

static const struct place holding_places[] = {
	PLACE(HOLDING, REFS, U32, holding, refs),
	PLACE(HOLDING, ACTIVE_REFS, U32, holding, active_refs),
	PLACE(HOLDING, INITIAL, FLAG, holding, initial),
	PLACE(HOLDING, SETTLED, U8, holding, settled),
	PLACE(HOLDING, FILES, U32, holding, files),
	PLACE(HOLDING, NSFS_USERS, U32, holding, nsfs_users),
	{ NSINSPECT_A_HOLDING_EXPLAINED, CONTENT_EXPLAINED, 0, 0 },
	{ 0 }
};

static const struct place explained_places[] = {
	PLACE(EXPLAINED, KIND, U32, explained, kind),
	PLACE(EXPLAINED, REFS, U32, explained, refs),
	PLACE(EXPLAINED, ACTIVE_REFS, U32, explained, active_refs),
	PLACE(EXPLAINED, HOLDERS, U32, explained, holders),
	{ 0 }
};

static const struct place holder_places[] = {
	PLACE(HOLDER, KIND, U32, holder, kind),
	PLACE(HOLDER, TID, U32, holder, tid),
	PLACE(HOLDER, TGID, U32, holder, tgid),
	PLACE(HOLDER, COMM, TEXT, holder, comm),
	PLACE(HOLDER, STATE, LETTER, holder, state),
	PLACE(HOLDER, FD, U32, holder, fd),
	PLACE(HOLDER, SLOT, TEXT, holder, slot),
	PLACE(HOLDER, NSPROXY, U32, holder, nsproxy),
	PLACE(HOLDER, NR, U32, holder, nr),
	PLACE(HOLDER, TYPE, U32, holder, type),
	PLACE(HOLDER, INUM, U32, holder, inum),
	PLACE(HOLDER, FSTYPE, TEXT, holder, fstype),
	PLACE(HOLDER, DEV, U32, holder, dev),
	PLACE(HOLDER, FAMILY, U32, holder, family),
	PLACE(HOLDER, SOCKET_TYPE, U32, holder, socket_type),
	PLACE(HOLDER, PROTOCOL, U32, holder, protocol),
	PLACE(HOLDER, INO, U64, holder, ino),
	PLACE(HOLDER, UID, U32, holder, uid),
	PLACE(HOLDER, OBJECT, U32, holder, object),
	{ 0 }
};

static int bad(const char **why, const char *what)
{
	*why = what;
	return -EBADMSG;
}

static int decode_explained(struct holding *h, const struct nlattr *nest, const char **why);

static int take(const struct place *p, const struct nlattr *a, void *to, const char **why)
{
	const size_t len = (size_t)nla_len(a);
	char *place = (char *)to + p->where;
	uint64_t wide = 0;
	uint32_t number = 0;
	uint8_t small = 0;
	size_t n;

	switch (p->content) {
	case CONTENT_U32:
		if (len != sizeof(number))
			return bad(why, "a number has the wrong size");
		memcpy(&number, nla_data(a), len);
		*(int64_t *)place = number;
		break;
	case CONTENT_U64:
		if (len != sizeof(wide))
			return bad(why, "a number has the wrong size");
		memcpy(&wide, nla_data(a), len);
		*(uint64_t *)place = wide;
		break;
	case CONTENT_U8:
		if (len != sizeof(small))
			return bad(why, "a number has the wrong size");
		memcpy(&small, nla_data(a), len);
		*(int64_t *)place = !!small;
		break;
	case CONTENT_FLAG:
		*(bool *)place = true;
		break;
	case CONTENT_TEXT:
		n = strnlen(nla_data(a), len);
		if (n >= p->size)
			n = p->size - 1;
		memset(place, 0, p->size);
		memcpy(place, nla_data(a), n);
		break;
	case CONTENT_LETTER:
		if (!len || *(char *)nla_data(a) < 0x21 || *(char *)nla_data(a) > 0x7e)
			return bad(why, "the state of a task is no letter");
		*place = *(char *)nla_data(a);
		break;
	case CONTENT_EXPLAINED:
		return decode_explained(to, a, why);
	}
	return 0;
}

static int decode(const struct place *places, const void *attrs, size_t len, void *to,
		  const char **why)
{
	const struct nlattr *a = attrs;
	const struct place *p;
	int left = (int)len, err;

	for (; nla_ok(a, left); a = nla_next(a, &left)) {
		for (p = places; p->attr && p->attr != nla_type(a); p++)
			;
		if (!p->attr)
			continue;
		err = take(p, a, to, why);
		if (err)
			return err;
	}
	return left > 0 ? bad(why, "an attribute is cut off") : 0;
}

static int decode_explained(struct holding *h, const struct nlattr *nest, const char **why)
{
	struct explained e = { .kind = -1, .refs = -1, .active_refs = -1, .holders = -1 }, *to;
	int err;

	err = decode(explained_places, nla_data(nest), (size_t)nla_len(nest), &e, why);
	if (err)
		return err;
	if (e.kind < 0)
		return bad(why, "what is explained has no kind");
	if (e.kind >= HOLDER_KINDS) {
		if (e.refs > 0)
			h->other.refs += e.refs;
		if (e.active_refs > 0)
			h->other.active_refs += e.active_refs;
		if (e.holders > 0)
			h->other.holders += e.holders;
		return 0;
	}
	to = &h->by_kind[e.kind];
	if (to->refs >= 0)
		return bad(why, "a kind is explained twice");
	if (e.refs < 0)
		return bad(why, "what is explained has no references");
	e.seen = to->seen;
	*to = e;
	return 0;
}

/**
 * holding_decode() - decode the sums
 * @h: after holding_reset()
 * @attrs: what is in the nest, aligned as netlink messages are
 * @len: how many bytes that is
 * @why: says what is wrong when something is
 *
 * Return: 0, or -EBADMSG.
 */
int holding_decode(struct holding *h, const void *attrs, size_t len, const char **why)
{
	if (h->given)
		return bad(why, "it holds two sums");
	h->given = true;
	return decode(holding_places, attrs, len, h, why);
}

/**
 * holding_add() - add a holder
 * @h: what holds the namespace
 * @kind: of the holder
 *
 * Return: the holder, with nothing known of it, good until the next one is added; NULL
 * without memory.
 */
struct holder *holding_add(struct holding *h, enum nsinspect_holder_kind kind)
{
	struct holder *room = grow(h->holders, &h->room, h->n + 1, sizeof(*room));

	if (!room)
		return NULL;
	h->holders = room;
	room += h->n++;
	*room = (struct holder){
		.kind = kind, .fd = -1, .type = -1, .dev = -1, .family = -1, .socket_type = -1,
		.protocol = -1, .uid = -1,
	};
	h->by_kind[kind].seen++;
	return room;
}

/**
 * holding_decode_holder() - decode one holder
 * @h: where it goes
 * @attrs: what is in the nest, aligned as netlink messages are
 * @len: how many bytes that is
 * @why: says what is wrong when something is
 *
 * Return: 0, -EBADMSG or -ENOMEM.
 */
int holding_decode_holder(struct holding *h, const void *attrs, size_t len, const char **why)
{
	struct holder x = {
		.kind = -1, .fd = -1, .type = -1, .dev = -1, .family = -1, .socket_type = -1,
		.protocol = -1, .uid = -1,
	};
	struct holder *room;
	int err;

	err = decode(holder_places, attrs, len, &x, why);
	if (err)
		return err;
	if (x.kind < 0)
		return bad(why, "a holder has no kind");
	if (x.kind >= HOLDER_KINDS) {
		h->other.seen++;
		return 0;
	}
	/* Of a type that a later kernel has, the number alone says nothing. */
	if (x.type < 0 || x.type >= NS_TYPES) {
		x.type = -1;
		x.inum = 0;
	}
	if (!x.tgid)
		x.tgid = x.tid;
	room = holding_add(h, (enum nsinspect_holder_kind)x.kind);
	if (!room) {
		*why = "out of memory";
		return -ENOMEM;
	}
	*room = x;
	return 0;
}

/**
 * holding_complete() - is everything there that the kernel says it sent?
 * @h: a whole answer
 * @why: says what is missing when something is
 *
 * Return: 0, or -EBADMSG.
 */
int holding_complete(const struct holding *h, const char **why)
{
	size_t i;

	if (!h->given)
		return bad(why, "the sums of references are missing");
	for (i = 0; i < HOLDER_KINDS; i++)
		if (h->by_kind[i].holders >= 0 &&
		    (uint64_t)h->by_kind[i].holders != h->by_kind[i].seen)
			return bad(why, "holders are missing or too many");
	return 0;
}

/**
 * holding_is_nsfs() - is it a user of the nsfs inode, which is one reference?
 * @kind: of the holder
 */
bool holding_is_nsfs(int64_t kind)
{
	return kind == NSINSPECT_HOLDER_KIND_NSFS_FILE ||
	       kind == NSINSPECT_HOLDER_KIND_NSFS_MOUNT ||
	       kind == NSINSPECT_HOLDER_KIND_NSFS_IN_FLIGHT;
}

static int cmp(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int cmp_holders(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;
	int by = cmp(x->kind, y->kind);

	if (!by)
		by = cmp(x->tgid, y->tgid);
	if (!by)
		by = cmp(x->tid, y->tid);
	if (!by)
		by = cmp(x->fd, y->fd);
	if (!by)
		by = cmp(x->type, y->type);
	if (!by)
		by = cmp(x->inum, y->inum);
	if (!by)
		by = cmp(x->dev, y->dev);
	/* Mounts of ours come first. */
	if (!by)
		by = cmp(x->by, y->by);
	if (!by && x->path && y->path)
		by = strcmp(x->path, y->path);
	if (!by)
		by = cmp(x->object, y->object);
	return by ? by : cmp(x->uid, y->uid);
}

/**
 * holding_sort() - put the holders in the order of the screen
 * @h: a whole answer, with what the tool has added
 */
void holding_sort(struct holding *h)
{
	if (h->n > 1)
		qsort(h->holders, h->n, sizeof(*h->holders), cmp_holders);
}

/**
 * holding_explained() - how many references all kinds together account for
 * @h: a whole answer
 * @active: the active ones
 */
int64_t holding_explained(const struct holding *h, bool active)
{
	int64_t sum = active ? h->other.active_refs : h->other.refs;
	size_t i;

	for (i = 0; i < HOLDER_KINDS; i++) {
		int64_t refs = active ? h->by_kind[i].active_refs : h->by_kind[i].refs;

		if (refs > 0)
			sum += refs;
	}
	return sum;
}

static int cmp_objects(const void *a, const void *b)
{
	const struct holder *x = *(const struct holder *const *)a;
	const struct holder *y = *(const struct holder *const *)b;

	return cmp(x->object, y->object);
}

/**
 * holding_hidden() - how many users of the nsfs inode were not found
 * @h: a whole answer, with the bind mounts that the tool has found
 * @hidden: where the number goes; negative when more were found than are counted
 *
 * A file is one user, however many descriptors it has.
 *
 * Return: 0; -ENOENT when the kernel does not say how many there are; -ENOMEM.
 */
int holding_hidden(const struct holding *h, int64_t *hidden)
{
	const struct holder **users;
	size_t i, n = 0;

	*hidden = 0;
	if (h->nsfs_users < 0)
		return -ENOENT;
	users = calloc(h->n + 1, sizeof(*users));
	if (!users)
		return -ENOMEM;
	for (i = 0; i < h->n; i++)
		if (holding_is_nsfs(h->holders[i].kind))
			users[n++] = &h->holders[i];
	qsort(users, n, sizeof(*users), cmp_objects);
	*hidden = h->nsfs_users;
	for (i = 0; i < n; i++)
		if (!i || !users[i]->object || users[i]->object != users[i - 1]->object)
			--*hidden;
	free(users);
	return 0;
}

/**
 * holding_has_objects() - can descriptors that share an open nsfs file be told?
 * @h: an answer
 *
 * Without that, holding_hidden() takes each for a user of its own.
 */
bool holding_has_objects(const struct holding *h)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (holding_is_nsfs(h->holders[i].kind) && !h->holders[i].object)
			return false;
	return true;
}

/* Words for numbers; what is not there is shown as a number. */
struct word {
	int64_t number;
	const char *text;
};

static const char *word_of(const struct word *words, int64_t number, const char *unknown,
			   char *buffer, size_t size)
{
	for (; words->text; words++)
		if (words->number == number)
			return words->text;
	snprintf(buffer, size, "%s %lld", unknown, (long long)number);
	return buffer;
}

static const struct word families[] = {
	{ AF_UNIX, "unix" }, { AF_INET, "inet" }, { AF_INET6, "inet6" }, { AF_NETLINK, "netlink" },
	{ AF_PACKET, "packet" }, { AF_KEY, "key" }, { AF_BLUETOOTH, "bluetooth" }, { AF_CAN, "can" },
	{ AF_TIPC, "tipc" }, { AF_ALG, "alg" }, { AF_VSOCK, "vsock" }, { AF_XDP, "xdp" },
	{ AF_PPPOX, "pppox" }, { AF_RDS, "rds" }, { 0 }
};

static const struct word socket_types[] = {
	{ SOCK_STREAM, "stream" }, { SOCK_DGRAM, "dgram" }, { SOCK_RAW, "raw" },
	{ SOCK_RDM, "rdm" }, { SOCK_SEQPACKET, "seqpacket" }, { SOCK_DCCP, "dccp" },
	{ SOCK_PACKET, "packet" }, { 0 }
};

static const struct word internet_protocols[] = {
	{ IPPROTO_TCP, "tcp" }, { IPPROTO_UDP, "udp" }, { IPPROTO_ICMP, "icmp" },
	{ IPPROTO_ICMPV6, "icmp6" }, { IPPROTO_SCTP, "sctp" }, { IPPROTO_DCCP, "dccp" },
	{ IPPROTO_UDPLITE, "udplite" }, { IPPROTO_MPTCP, "mptcp" }, { 0 }
};

static const struct word netlink_protocols[] = {
	{ NETLINK_ROUTE, "route" }, { NETLINK_SOCK_DIAG, "sock_diag" }, { NETLINK_NFLOG, "nflog" },
	{ NETLINK_XFRM, "xfrm" }, { NETLINK_SELINUX, "selinux" }, { NETLINK_AUDIT, "audit" },
	{ NETLINK_CONNECTOR, "connector" }, { NETLINK_NETFILTER, "netfilter" },
	{ NETLINK_KOBJECT_UEVENT, "uevent" }, { NETLINK_GENERIC, "generic" },
	{ NETLINK_CRYPTO, "crypto" }, { 0 }
};

/**
 * socket_words() - say what kind of socket it is
 * @x: a holder with a family
 * @text: "tcp", "tcp6", "raw protocol 89", "unix stream", "netlink route"
 * @size: of @text
 */
void socket_words(const struct holder *x, char *text, size_t size)
{
	char family[32], type[32], protocol[32];
	bool internet = x->family == AF_INET || x->family == AF_INET6;

	*text = '\0';
	if (x->family < 0)
		return;
	/* ICMP sockets are dgram or raw: the protocol of these has to be told with the type. */
	if (internet && x->protocol > 0) {
		const char *p = word_of(internet_protocols, x->protocol, "protocol", protocol,
					sizeof(protocol));

		snprintf(text, size, "%s%s%s%s", x->socket_type == SOCK_RAW ? "raw " : "", p,
			 x->family == AF_INET6 && p != protocol && x->protocol != IPPROTO_ICMPV6 ?
			 "6" : "", x->family == AF_INET6 && p == protocol ? " (inet6)" : "");
		return;
	}
	if (x->family == AF_NETLINK && x->protocol >= 0) {
		snprintf(text, size, "netlink %s",
			 word_of(netlink_protocols, x->protocol, "protocol", protocol,
				 sizeof(protocol)));
		return;
	}
	snprintf(text, size, "%s%s%s", word_of(families, x->family, "family", family, sizeof(family)),
		 x->socket_type > 0 ? " " : "", x->socket_type <= 0 ? "" :
		 word_of(socket_types, x->socket_type, "type", type, sizeof(type)));
}

static int add_step(struct steps *steps, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int add_step(struct steps *steps, const char *format, ...)
{
	char **room = grow(steps->list, &steps->room, steps->n + 1, sizeof(*room));
	va_list args;
	int n;

	if (!room)
		return -ENOMEM;
	steps->list = room;
	va_start(args, format);
	n = vasprintf(&room[steps->n], format, args);
	va_end(args);
	if (n < 0)
		return -ENOMEM;
	steps->n++;
	return 0;
}

/**
 * steps_free() - free what steps_find() made
 * @steps: the steps; empty afterwards
 */
void steps_free(struct steps *steps)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		free(steps->list[i]);
	free(steps->list);
	memset(steps, 0, sizeof(*steps));
}

/* A process that would have to end. */
struct ending {
	int64_t tgid;
	const struct holder *holder;
	bool zombie;			/* all of it that holds is dead */
	bool inside;			/* all of it that holds is a struct pid in the namespace */
};

static int cmp_ending(const void *a, const void *b)
{
	const struct ending *x = a, *y = b;

	return cmp(x->tgid, y->tgid);
}

/* What a descriptor holds without one is held until the task ends. */
static bool must_end(const struct holder *x)
{
	enum let_go let_go = kinds[x->kind].let_go;

	if (x->tgid <= 0)
		return false;
	return let_go == LET_GO_END || (let_go == LET_GO_CLOSE && x->fd < 0);
}

static size_t find_endings(const struct holding *h, struct ending *list, uint32_t self)
{
	size_t i, n = 0, kept = 0;

	for (i = 0; i < h->n; i++) {
		const struct holder *x = &h->holders[i];

		if (!must_end(x) || x->tgid == self)
			continue;
		list[n++] = (struct ending){
			x->tgid, x, x->state == 'Z', x->kind == NSINSPECT_HOLDER_KIND_PID,
		};
	}
	qsort(list, n, sizeof(*list), cmp_ending);
	for (i = 0; i < n; i++) {
		struct ending *to = kept ? &list[kept - 1] : NULL;

		if (!to || to->tgid != list[i].tgid) {
			list[kept++] = list[i];
			continue;
		}
		to->zombie &= list[i].zombie;
		/* One that is in it as a whole may hold it by other ways, too: an nsproxy. */
		to->inside |= list[i].inside;
		if (to->holder->tid != to->tgid)
			to->holder = list[i].holder;
	}
	return kept;
}

static bool ends(const struct ending *list, size_t n, int64_t tgid)
{
	const struct ending key = { .tgid = tgid };
	const struct ending *found = bsearch(&key, list, n, sizeof(key), cmp_ending);

	return found && !found->zombie;
}

static const char *comm_of(const struct graph *g, int64_t tid, const char *otherwise)
{
	const struct task *t = tid > 0 && tid <= UINT32_MAX ? graph_find_task(g, (uint32_t)tid) : NULL;

	return t ? t->comm : *otherwise ? otherwise : "?";
}

/* The number 1 of a pid namespace, with which all others in it end. */
static const struct task *reaper_of(const struct graph *g, const struct ns *ns)
{
	const struct task *t;
	size_t i;

	if (ns->type != NSINSPECT_NS_TYPE_PID)
		return NULL;
	for (t = g->tasks; t < g->tasks + g->n_tasks; t++)
		for (i = 0; task_is_leader(t) && i < t->n_upids; i++)
			if (t->upids[i].nr == 1 && t->upids[i].pidns == ns->inum)
				return t;
	return NULL;
}

static int add_endings(struct steps *steps, const struct graph *g, const struct ns *ns,
		       const struct ending *list, size_t n)
{
	const struct task *reaper = reaper_of(g, ns), *t;
	bool all = reaper && ends(list, n, reaper->tid);
	int err = 0;
	size_t i;

	if (all)
		err = add_step(steps, "end process %u (%s): all others in the namespace end with it",
			       reaper->tid, reaper->comm);
	for (i = 0; i < n && !err; i++) {
		const struct ending *e = &list[i];

		t = e->tgid <= UINT32_MAX ? graph_find_task(g, (uint32_t)e->tgid) : NULL;
		if (e->zombie && t && t->ppid)
			err = add_step(steps, "reap zombie %lld (%s): its parent is %u (%s)",
				       (long long)e->tgid, t->comm, t->ppid,
				       comm_of(g, t->ppid, ""));
		else if (e->zombie)
			err = add_step(steps, "reap zombie %lld (%s)", (long long)e->tgid,
				       comm_of(g, e->tgid, e->holder->comm));
		else if (all && e->inside)
			continue;
		else if (t && t->kthread)
			err = add_step(steps, "kernel thread %lld (%s) holds it as long as it runs",
				       (long long)e->tgid, t->comm);
		else
			err = add_step(steps, "end process %lld (%s)", (long long)e->tgid,
				       comm_of(g, e->tgid, e->holder->comm));
	}
	return err;
}

static int cmp_fds(const void *a, const void *b)
{
	const struct holder *x = *(const struct holder *const *)a;
	const struct holder *y = *(const struct holder *const *)b;
	int by = cmp(kinds[x->kind].let_go, kinds[y->kind].let_go);

	if (!by)
		by = cmp(x->tgid, y->tgid);
	if (!by)
		by = cmp(x->tid, y->tid);
	return by ? by : cmp(x->fd, y->fd);
}

/* Descriptors of processes that would not have to end. */
static int add_fds(struct steps *steps, const struct holding *h, const struct graph *g,
		   const struct ending *list, size_t n, uint32_t self)
{
	const struct holder **fds = calloc(h->n + 1, sizeof(*fds));
	size_t i, n_fds = 0;
	int err = 0;

	if (!fds)
		return -ENOMEM;
	for (i = 0; i < h->n; i++) {
		const struct holder *x = &h->holders[i];
		enum let_go let_go = kinds[x->kind].let_go;

		if ((let_go == LET_GO_CLOSE || let_go == LET_GO_QUEUE) && x->tid > 0 && x->fd >= 0 &&
		    x->tgid != self && !ends(list, n, x->tgid))
			fds[n_fds++] = x;
	}
	qsort(fds, n_fds, sizeof(*fds), cmp_fds);
	for (i = 0; i < n_fds && !err; i++) {
		const struct holder *x = fds[i];
		const char *comm = *x->comm ? x->comm : comm_of(g, x->tid, "");

		if (i && !cmp_fds(&fds[i - 1], &fds[i]))
			continue;
		if (kinds[x->kind].let_go == LET_GO_CLOSE)
			err = add_step(steps, "close fd %lld of %lld (%s)", (long long)x->fd,
				       (long long)x->tid, comm);
		else
			err = add_step(steps, "receive what waits in fd %lld of %lld (%s), or close it",
				       (long long)x->fd, (long long)x->tid, comm);
	}
	free(fds);
	return err;
}

/* A word for a shell; NULL without memory. */
static char *quote(const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
		"_-./:@%+,=";
	char *word, *to;

	if (*s && strspn(s, plain) == strlen(s))
		return strdup(s);
	word = to = calloc(1, 4 * strlen(s) + 3);
	if (!word)
		return NULL;
	*to++ = '\'';
	for (; *s; s++) {
		if (*s == '\'')
			to = stpcpy(to, "'\\''");
		else
			*to++ = *s;
	}
	*to = '\'';
	return word;
}

static int add_umount(struct steps *steps, const struct holder *x)
{
	static const char netns[] = "/run/netns/";
	const char *name = x->path + strlen(netns);
	char *word;
	int err;

	if (!x->by && holding_is_nsfs(x->kind) && !strncmp(x->path, netns, strlen(netns)) && *name &&
	    !strchr(name, '/')) {
		word = quote(name);
		err = word ? add_step(steps, "ip netns delete %s", word) : -ENOMEM;
		free(word);
		return err;
	}
	word = quote(x->path);
	if (!word)
		err = -ENOMEM;
	else if (x->by)
		err = add_step(steps, "nsenter -t %u -m umount %s", x->by, word);
	else
		err = add_step(steps, "umount %s", word);
	free(word);
	return err;
}

/* What is unmounted by way of a process that has to end is unmounted before it ends. */
static int add_umounts(struct steps *steps, const struct holding *h, const struct ending *list,
		       size_t n, bool before)
{
	size_t i;
	int err = 0;

	for (i = 0; i < h->n && !err; i++) {
		const struct holder *x = &h->holders[i];

		if (x->path && kinds[x->kind].let_go == LET_GO_UMOUNT &&
		    ends(list, n, x->by) == before)
			err = add_umount(steps, x);
	}
	return err;
}

/**
 * steps_find() - what would have to go for the namespace to die
 * @steps: where the steps go; empty; to be freed in any case
 * @h: what holds it, after holding_sort()
 * @g: the picture that it is in, linked
 * @ns: the namespace
 * @self: our own process, which ends by itself
 *
 * An initial namespace has none. Where the kernel cannot tell a holder, nor can
 * the steps.
 *
 * Return: 0, or -ENOMEM.
 */
int steps_find(struct steps *steps, const struct holding *h, const struct graph *g,
	       const struct ns *ns, uint32_t self)
{
	struct ending *list;
	size_t i, n;
	int err;

	if (h->initial)
		return 0;
	list = calloc(h->n + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	n = find_endings(h, list, self);
	err = add_umounts(steps, h, list, n, true);
	if (!err)
		err = add_endings(steps, g, ns, list, n);
	if (!err)
		err = add_fds(steps, h, g, list, n, self);
	for (i = 0; i < h->n && !err; i++) {
		const struct holder *x = &h->holders[i];

		if (x->inum && kinds[x->kind].let_go == LET_GO_NS)
			err = add_step(steps, "let %s:%lld die; to see what holds it: nsinspect why "
				       "%s:%lld", ns_type_names[x->type], (long long)x->inum,
				       ns_type_names[x->type], (long long)x->inum);
		else if (!x->tgid && x->nr && kinds[x->kind].let_go == LET_GO_END)
			err = add_step(steps, "end the processes of group or session %lld",
				       (long long)x->nr);
	}
	if (!err)
		err = add_umounts(steps, h, list, n, false);
	free(list);
	return err;
}
