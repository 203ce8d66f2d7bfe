// SPDX-License-Identifier: GPL-2.0
/*
 * What keeps one namespace alive: every holder that can be enumerated, and how
 * many of the references that the kernel counts each kind of holder explains.
 *
 * The namespace is found and pinned while a snapshot is taken; here its address is
 * compared with what tasks, files and file systems point to. Where it is not
 * certain that a pointer leads to live memory, the pointer is read without a fault
 * and compared only, never followed. Contexts:
 *
 * - tasks: as in walk.c, under RCU and task_lock();
 * - open files and those in flight: under the locks of files.c;
 * - file systems: under s_umount;
 * - attached shared memory: of tasks that are held, under the lock of their
 *   address space, which is only tried: its holder may wait for user space.
 *
 * All of this is done while generic netlink waits, so nothing waits for anything
 * that a process without rights can hold up.
 *
 * References are not holders: an object that several holders share, such as an
 * nsproxy, an open file or credentials, counts once. Addresses of objects are keys
 * in an index, compared and never followed, that is gone with the builder.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/idr.h>
#include <linux/kernfs.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <linux/pid.h>
#include <linux/proc_fs.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include <net/sock.h>

#include "compat.h"
#include "files.h"
#include "generation.h"
#include "graph.h"
#include "holders.h"
#include "walk.h"

/* The most tasks that are looked at in one RCU section. */
#define STEP_TASKS	64

/* More holders and objects than one task or one file can be. */
#define STEP_ROOM	(NSINSPECT_SLOTS + 16)

/* How often references are counted again while some stay unexplained. */
#define TRIES		3

/* How many times the lock of an address space is tried, a tick apart. */
#define MAPS_TRIES	8

/*
 * How far before its inode the private struct proc_inode has its struct pid; 0 when
 * that could not be learnt.
 */
static size_t proc_pid_offset __ro_after_init;
#define PROC_PID_MAX	256

struct search {
	struct nsinspect_builder *builder;
	struct ns_common *ns;
	u8 type;
	u32 of_tasks;		/* how many objects tasks account for */
	const char *fstype;	/* whose file systems are looked at */
	bool unread;		/* something was not looked at */
	int err;
};

static struct nsinspect_holding *holding_of(const struct search *search)
{
	return nsinspect_snapshot_holding(search->builder->snapshot, 0);
}

/* Whether all that one task or one file can be has room. */
static bool has_room(const struct search *search)
{
	return nsinspect_snapshot_has_room(search->builder, NSINSPECT_KIND_HOLDER, STEP_ROOM) &&
	       nsinspect_snapshot_has_room(search->builder, NSINSPECT_KIND_OBJECT, STEP_ROOM);
}

/* The same where it is possible to sleep. 0 or -ENOMEM. */
static int make_room(const struct search *search)
{
	return has_room(search) ? 0 : nsinspect_snapshot_reserve(search->builder);
}

/* The number of an object, from 1; @fresh: it was not seen before. */
static u32 number_object(struct search *search, const void *object, bool *fresh)
{
	struct nsinspect_index *index = &search->builder->indexes[NSINSPECT_KIND_OBJECT];
	u32 cursor = NSINSPECT_NONE;
	u32 i = nsinspect_index_next(index, object, &cursor);

	*fresh = i == NSINSPECT_NONE;
	if (*fresh) {
		i = search->builder->snapshot->vecs[NSINSPECT_KIND_OBJECT].count++;
		nsinspect_index_add(index, object, i);
	}
	return i + 1;
}

/*
 * A holder of @kind, to be filled in by the caller. With @object it accounts for
 * one reference, once for the same object.
 */
static struct nsinspect_holder *add_holder(struct search *search, u8 kind, const void *object)
{
	struct nsinspect_vec *vec = &search->builder->snapshot->vecs[NSINSPECT_KIND_HOLDER];
	struct nsinspect_holder *holder = nsinspect_snapshot_holder(search->builder->snapshot,
								    vec->count++);
	struct nsinspect_explained *explained = &holding_of(search)->explained[kind];
	bool fresh = false;

	*holder = (struct nsinspect_holder){
		.kind = kind,
		.fd = NSINSPECT_NONE,
		.uid = NSINSPECT_NONE,
		.slot = NSINSPECT_SLOTS,
		.type = NSINSPECT_NS_TYPES,
	};
	if (object)
		holder->object = number_object(search, object, &fresh);
	explained->holders++;
	explained->refs += fresh;
	return holder;
}

/* Under RCU, or @task is held. */
static void name_task(struct nsinspect_holder *holder, struct task_struct *task)
{
	holder->tid = task_pid_nr(task);
	holder->tgid = task_tgid_nr(task);
	holder->state = task_state_to_char(task);
	/* Always terminated, though it may change while it is copied. */
	memcpy(holder->comm, task->comm, sizeof(holder->comm));
	holder->comm[sizeof(holder->comm) - 1] = '\0';
}

/* Reads a pointer that may lead nowhere any more. Any context. */
static const void *peek(const void *at)
{
	const void *pointer;

	return at && !copy_from_kernel_nofault(&pointer, at, sizeof(pointer)) ? pointer : NULL;
}

/*
 * Tasks.
 */

/* Under RCU. Its slots, one by one: each is a reference of the nsproxy. */
static void look_at_nsproxy(struct search *search, struct task_struct *task)
{
	const struct nsproxy *nsproxy;
	unsigned int slot;

	task_lock(task);
	nsproxy = task->nsproxy;
	for (slot = 0; nsproxy && slot < NSINSPECT_SLOTS; slot++) {
		struct nsinspect_holder *holder;
		bool fresh;

		if (!nsinspect_slots[slot].present || !nsinspect_slots[slot].of ||
		    nsinspect_slots[slot].of(nsproxy) != search->ns)
			continue;
		/* Every byte of it has an address of its own. */
		holder = add_holder(search, nsinspect_slots[slot].for_children ?
					    NSINSPECT_HOLDER_KIND_PENDING :
					    NSINSPECT_HOLDER_KIND_NSPROXY,
				    (const char *)nsproxy + 1 + slot);
		holder->slot = slot;
		holder->object = 0;
		holder->nsproxy = number_object(search, nsproxy, &fresh);
		name_task(holder, task);
	}
	task_unlock(task);
}

/* Under RCU, which keeps @pid. Any task that it numbers, as group or session, too. */
static void look_at_pid(struct search *search, struct pid *pid)
{
	struct nsinspect_holder *holder;
	struct task_struct *task;
	enum pid_type type;

	if (&pid->numbers[pid->level].ns->ns != search->ns)
		return;
	holder = add_holder(search, NSINSPECT_HOLDER_KIND_PID, pid);
	holder->nr = pid->numbers[pid->level].nr;
	for (type = PIDTYPE_PID; type < PIDTYPE_MAX; type++) {
		task = pid_task(pid, type);
		if (task) {
			name_task(holder, task);
			break;
		}
	}
}

static bool is_known(struct search *search, enum nsinspect_kind_nr kind, const void *object)
{
	u32 cursor = NSINSPECT_NONE;

	return nsinspect_index_next(&search->builder->indexes[kind], object, &cursor) !=
	       NSINSPECT_NONE;
}

/* A user has one account in a user namespace. No kernel object has such an address. */
static const void *key_of_account(u32 uid)
{
	return (const void *)(((unsigned long)uid << 1) + 1);
}

static void add_account(struct search *search, u32 uid)
{
	if (!is_known(search, NSINSPECT_KIND_OBJECT, key_of_account(uid)))
		add_holder(search, NSINSPECT_HOLDER_KIND_ACCOUNT, key_of_account(uid))->uid = uid;
}

/*
 * Credentials keep the account of their user, which keeps its user namespace, mostly
 * the same. Any context: what is peeked at may be gone.
 */
static void look_at_account(struct search *search, const struct cred *cred)
{
	const struct ucounts *account = NSINSPECT_ACCOUNTS_HOLD ? nsinspect_account_of(cred, peek) :
								  NULL;
	kuid_t uid;

	if (account &&
	    peek(&account->ns) == container_of(search->ns, struct user_namespace, ns) &&
	    !copy_from_kernel_nofault(&uid, &account->uid, sizeof(uid)))
		add_account(search, __kuid_val(uid));
}

/* Any context: @cred is peeked at, it may be gone. */
static void look_at_cred(struct search *search, const struct cred *cred,
			 struct task_struct *task, u8 kind)
{
	if (!cred || peek(&cred->user_ns) != container_of(search->ns, struct user_namespace, ns))
		return;
	name_task(add_holder(search, kind, cred), task);
	look_at_account(search, cred);
}

/*
 * Under RCU. The file of a program was opened with credentials of its own, and can
 * be exchanged for another.
 */
static void look_at_program(struct search *search, struct task_struct *task)
{
	const struct file *exe;

	task_lock(task);
	exe = task->mm ? peek(&task->mm->exe_file) : NULL;
	if (exe)
		look_at_cred(search, peek(&exe->f_cred), task,
			     NSINSPECT_HOLDER_KIND_FILE_CREDENTIAL);
	task_unlock(task);
}

/* Under RCU. What a task has of a user namespace. */
static void look_at_user(struct search *search, struct task_struct *task)
{
	struct user_namespace *user_ns = container_of(search->ns, struct user_namespace, ns);
	const void *memory = nsinspect_memory_of(task);

	look_at_cred(search, __task_cred(task), task, NSINSPECT_HOLDER_KIND_CREDENTIAL);
	if (__task_cred(task)->user_ns == user_ns)
		holding_of(search)->explained[NSINSPECT_HOLDER_KIND_CREDENTIAL].active_refs++;
	if (rcu_access_pointer(task->cred) != rcu_access_pointer(task->real_cred))
		look_at_cred(search, rcu_access_pointer(task->cred), task,
			     NSINSPECT_HOLDER_KIND_CREDENTIAL);
	look_at_cred(search, rcu_access_pointer(task->ptracer_cred), task,
		     NSINSPECT_HOLDER_KIND_CREDENTIAL);
	if (memory && peek(nsinspect_memory_user_ns(memory)) == user_ns)
		name_task(add_holder(search, NSINSPECT_HOLDER_KIND_MEMORY, memory), task);
	look_at_program(search, task);
}

/* Under RCU. 0: there may be more, 1: that was all. */
static int step(struct search *search, int *nr)
{
	unsigned int left;

	for (left = STEP_TASKS; left && has_room(search); left--, ++*nr) {
		struct pid *pid = idr_get_next(&init_pid_ns.idr, nr);
		struct task_struct *task;

		if (!pid)
			return 1;
		if (search->type == NSINSPECT_NS_TYPE_PID)
			look_at_pid(search, pid);
		task = pid_task(pid, PIDTYPE_PID);
		if (!task)
			continue;
		look_at_nsproxy(search, task);
		if (search->type == NSINSPECT_NS_TYPE_USER)
			look_at_user(search, task);
	}
	return 0;
}

static int look_at_tasks(struct search *search)
{
	int nr = 1;
	int done;

	do {
		int err = nsinspect_snapshot_reserve(search->builder);

		if (err)
			return err;
		rcu_read_lock();
		done = step(search, &nr);
		rcu_read_unlock();
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	} while (!done);
	return 0;
}

/*
 * Files.
 */

static const char *name_of(const struct file *file)
{
	return (const char *)file->f_path.dentry->d_name.name;
}

static bool is_anonymous(const struct file *file, const char *name)
{
	return !strcmp(name_of(file), name);
}

/* The private data of a file that is read by lines, without following it. */
static const void *seq_private(const struct file *file)
{
	const struct seq_file *seq = file->private_data;

	return seq ? peek(&seq->private) : NULL;
}

static const struct net *net_of(const struct search *search)
{
	return container_of(search->ns, struct net, ns);
}

/* A file in /proc/net: its private data begins with the network namespace, or is it. */
static const void *is_proc_net(struct search *search, const struct file *file)
{
	const void *private = seq_private(file);

	return private && (private == net_of(search) || peek(private) == net_of(search)) ? file :
											 NULL;
}

/* A file in /proc/sysvipc: its private data begins with an ipc and a pid namespace. */
static const void *is_sysvipc(struct search *search, const struct file *file)
{
	const void *const *private = seq_private(file);
	const void *ns = search->type == NSINSPECT_NS_TYPE_IPC ?
			 (const void *)container_of(search->ns, struct ipc_namespace, ns) :
			 (const void *)container_of(search->ns, struct pid_namespace, ns);
	const char *folder = (const char *)file->f_path.dentry->d_parent->d_name.name;

	if (!private || strcmp(folder, "sysvipc"))
		return NULL;
	return peek(private + (search->type == NSINSPECT_NS_TYPE_PID)) == ns ? file : NULL;
}

/* What a file of a task's folder in /proc is about: a struct pid that the inode keeps. */
static struct pid *proc_pid(const struct file *file)
{
	return proc_pid_offset ? (void *)peek((void *)file_inode(file) - proc_pid_offset) : NULL;
}

/* The struct pid of a task that was reaped; those of others were found with the tasks. */
static const void *is_reaped(struct search *search, struct pid *pid)
{
	return pid && &pid->numbers[pid->level].ns->ns == search->ns ? pid : NULL;
}

static const void *is_proc_pid(struct search *search, const struct file *file)
{
	return is_reaped(search, proc_pid(file));
}

static const void *is_pidfd(struct search *search, const struct file *file)
{
	return is_reaped(search, nsinspect_pid_from_file(file));
}

/* A process that a connection was made by. */
static const void *is_peer_pid(struct search *search, const struct file *file)
{
	const struct socket *sock = nsinspect_sock_from_file(file);
	const void *object = NULL;

	if (sock && sock->sk && nsinspect_peer_lock(sock->sk)) {
		object = is_reaped(search, sock->sk->sk_peer_pid);
		nsinspect_peer_unlock(sock->sk);
	}
	return object;
}

static const void *is_cred(struct search *search, const struct cred *cred)
{
	return cred && peek(&cred->user_ns) == container_of(search->ns, struct user_namespace, ns) ?
	       cred : NULL;
}

static const void *is_file_cred(struct search *search, const struct file *file)
{
	return is_cred(search, file->f_cred);
}

static const void *is_peer_cred(struct search *search, const struct file *file)
{
	const struct socket *sock = nsinspect_sock_from_file(file);
	const void *object = NULL;

	if (sock && sock->sk && nsinspect_peer_lock(sock->sk)) {
		object = is_cred(search, sock->sk->sk_peer_cred);
		nsinspect_peer_unlock(sock->sk);
	}
	return object;
}

/*
 * Where the private struct cgroup_fs_context has its namespace: after a struct
 * kernfs_fs_context and the pointer to its root.
 */
#define CGROUP_NS_IN_CONTEXT	(sizeof(struct kernfs_fs_context) + sizeof(void *))

/* A file system that is being set up, see fsopen(2). */
static const void *is_context(struct search *search, const struct file *file)
{
	const struct fs_context *fc = file->private_data;
	bool holds = false;

	if (!fc || !is_anonymous(file, "[fscontext]"))
		return NULL;
	switch (search->type) {
	case NSINSPECT_NS_TYPE_USER:
		holds = READ_ONCE(fc->user_ns) ==
			container_of(search->ns, struct user_namespace, ns);
		break;
	case NSINSPECT_NS_TYPE_NET:
		holds = READ_ONCE(fc->net_ns) == net_of(search);
		break;
	case NSINSPECT_NS_TYPE_CGROUP:
		holds = !strncmp(fc->fs_type->name, "cgroup", 6) &&
			peek(fc->fs_private + CGROUP_NS_IN_CONTEXT) ==
			container_of(search->ns, struct cgroup_namespace, ns);
		break;
	}
	return holds ? fc : NULL;
}

/* Its private data, which a removal of the cgroup frees, begins with the namespace. */
static const void *is_cgroup_file(struct search *search, const struct file *file)
{
	const struct kernfs_open_file *of = seq_private(file);
	const void *private = of ? peek(&of->priv) : NULL;

	return private && peek(private) == container_of(search->ns, struct cgroup_namespace, ns) ?
	       file : NULL;
}

static const void *is_perf(struct search *search, const struct file *file)
{
#if IS_ENABLED(CONFIG_PERF_EVENTS)
	const struct perf_event *event = file->private_data;

	if (event && is_anonymous(file, "[perf_event]") &&
	    event->ns == container_of(search->ns, struct pid_namespace, ns))
		return event;
#endif
	return NULL;
}

/* A mount that is in no mount namespace but one of its own, which its maker's owns. */
static const void *is_mount(struct search *search, const struct file *file)
{
	return file->f_mode & FMODE_NEED_UNMOUNT &&
	       file->f_cred->user_ns == container_of(search->ns, struct user_namespace, ns) ?
	       file->f_path.mnt : NULL;
}

#define OF(type)	BIT(NSINSPECT_NS_TYPE_##type)

/*
 * What a file holds that nobody else needs to know of, by type of namespace. @object
 * says which object accounts for the reference, or NULL when the file does not hold
 * the namespace. Further kinds are in nsinspect_file_classes.
 */
static const struct {
	u8 kind;
	u8 types;
	unsigned long magic;
	const void *(*object)(struct search *search, const struct file *file);
} file_holders[] = {
	{ NSINSPECT_HOLDER_KIND_PROC_FILE, OF(NET), PROC_SUPER_MAGIC, is_proc_net },
	{ NSINSPECT_HOLDER_KIND_PROC_FILE, OF(IPC) | OF(PID), PROC_SUPER_MAGIC, is_sysvipc },
	{ NSINSPECT_HOLDER_KIND_PID_REAPED, OF(PID), PROC_SUPER_MAGIC, is_proc_pid },
	{ NSINSPECT_HOLDER_KIND_PID_REAPED, OF(PID), NSINSPECT_PIDFD_MAGIC, is_pidfd },
	{ NSINSPECT_HOLDER_KIND_PID_REAPED, OF(PID), SOCKFS_MAGIC, is_peer_pid },
	{ NSINSPECT_HOLDER_KIND_PERF_EVENT, OF(PID), ANON_INODE_FS_MAGIC, is_perf },
	{ NSINSPECT_HOLDER_KIND_CGROUP_FILE, OF(CGROUP), CGROUP2_SUPER_MAGIC, is_cgroup_file },
	{ NSINSPECT_HOLDER_KIND_CGROUP_FILE, OF(CGROUP), CGROUP_SUPER_MAGIC, is_cgroup_file },
	{ NSINSPECT_HOLDER_KIND_FS_CONTEXT, OF(USER) | OF(NET) | OF(CGROUP), ANON_INODE_FS_MAGIC,
	  is_context },
	{ NSINSPECT_HOLDER_KIND_FILE_CREDENTIAL, OF(USER), SOCKFS_MAGIC, is_peer_cred },
	{ NSINSPECT_HOLDER_KIND_FILE_CREDENTIAL, OF(USER), 0, is_file_cred },
	{ NSINSPECT_HOLDER_KIND_MOUNT, OF(USER), 0, is_mount },
};

/* What a task accounts for is not told of each of its files again. */
static bool is_of_tasks(struct search *search, const void *object)
{
	u32 cursor = NSINSPECT_NONE;
	u32 i = nsinspect_index_next(&search->builder->indexes[NSINSPECT_KIND_OBJECT], object,
				     &cursor);

	return i != NSINSPECT_NONE && i < search->of_tasks;
}

/* Under the locks that keep the file. */
static void add_file(struct search *search, const struct nsinspect_open_file *open, u8 kind,
		     const void *object)
{
	const struct socket *sock = nsinspect_sock_from_file(open->file);
	struct nsinspect_holder *holder = add_holder(search, kind, object);

	holder->ino = file_inode(open->file)->i_ino;
	if (sock && sock->sk) {
		holder->family = sock->sk->sk_family;
		holder->socket_type = sock->sk->sk_type;
		holder->protocol = sock->sk->sk_protocol;
	}
	if (open->task) {
		name_task(holder, open->task);
		holder->fd = open->fd;
	} else if (open->queue) {
		holder->tid = open->queue->tid;
		holder->tgid = open->queue->tgid;
		holder->fd = open->queue->fd;
		holder->state = open->queue->state;
		memcpy(holder->comm, open->queue->comm, sizeof(holder->comm));
	}
}

/*
 * A file that leads to the namespace by the inode of nsfs, or a socket: those are
 * counted as a whole, and the object only tells one open file from another.
 */
static void add_user(struct search *search, const struct nsinspect_open_file *open, u8 kind)
{
	struct nsinspect_explained *explained = &holding_of(search)->explained[kind];
	u32 refs = explained->refs;

	add_file(search, open, kind, open->file);
	explained->refs = refs;
}

/* The kind under which a file that leads to the namespace is told, when it is in flight. */
static u8 in_flight(u8 kind)
{
	switch (kind) {
	case NSINSPECT_HOLDER_KIND_NSFS_FILE:
		return NSINSPECT_HOLDER_KIND_NSFS_IN_FLIGHT;
	case NSINSPECT_HOLDER_KIND_SOCKET:
		return NSINSPECT_HOLDER_KIND_SOCKET_IN_FLIGHT;
	default:
		return kind;
	}
}

/* Where mounts hold, one that is in no mount namespace is a reference of its own, too. */
static void count_mount(struct search *search, const struct file *file, const void *object)
{
	const struct user_namespace *user_ns = nsinspect_mount_user_ns(file->f_path.mnt);

	if (user_ns == container_of(search->ns, struct user_namespace, ns) &&
	    !is_known(search, NSINSPECT_KIND_OBJECT, object))
		holding_of(search)->explained[NSINSPECT_HOLDER_KIND_MOUNT].refs++;
}

/* nsinspect_file_fn: under the locks that keep the file. */
static int look_at_file(struct nsinspect_builder *builder, const struct nsinspect_open_file *open,
			void *arg)
{
	unsigned long magic = file_inode(open->file)->i_sb->s_magic;
	struct search *search = arg;
	unsigned int i;

	if (!has_room(search))
		return -ENOSPC;
	for (i = 0; i < nsinspect_file_class_count; i++) {
		const struct nsinspect_file_class *class = &nsinspect_file_classes[i];

		/* Those two are told by the table above. */
		if (class->kind == NSINSPECT_HOLDER_KIND_FILE_CREDENTIAL ||
		    class->kind == NSINSPECT_HOLDER_KIND_PID_REAPED ||
		    (class->magic && class->magic != magic) ||
		    class->ns_of(open->file) != search->ns)
			continue;
		if (class->kind == NSINSPECT_HOLDER_KIND_PROC_FILE)
			add_file(search, open, class->kind, open->file);
		else
			add_user(search, open, open->queue ? in_flight(class->kind) : class->kind);
	}
	for (i = 0; i < ARRAY_SIZE(file_holders); i++) {
		const void *object;

		if (!(file_holders[i].types & BIT(search->type)) ||
		    (file_holders[i].magic && file_holders[i].magic != magic))
			continue;
		object = file_holders[i].object(search, open->file);
		if (!object || is_of_tasks(search, object))
			continue;
		if (file_holders[i].kind == NSINSPECT_HOLDER_KIND_MOUNT)
			count_mount(search, open->file, object);
		add_file(search, open, file_holders[i].kind, object);
		if (file_holders[i].kind == NSINSPECT_HOLDER_KIND_FILE_CREDENTIAL)
			look_at_account(search, object);
	}
	return 0;
}

/*
 * File systems.
 */

/* Under s_umount. */
static void add_super(struct search *search, const struct super_block *sb, const void *object)
{
	struct nsinspect_holder *holder = add_holder(search, NSINSPECT_HOLDER_KIND_SUPERBLOCK,
						     object);

	holder->dev = sb->s_dev;
	strscpy(holder->fstype, search->fstype, sizeof(holder->fstype));
}

/* Under s_umount. */
static void look_at_super(struct super_block *sb, void *arg)
{
	struct search *search = arg;
	bool of_user = search->type == NSINSPECT_NS_TYPE_USER && &sb->s_user_ns->ns == search->ns;
	bool of_pid = search->type == NSINSPECT_NS_TYPE_PID && !strcmp(search->fstype, "proc") &&
		      &proc_sb_info(sb)->pid_ns->ns == search->ns;

	if (search->err)
		return;
	search->err = make_room(search);
	if (search->err)
		return;
	if (search->type == NSINSPECT_NS_TYPE_USER && !strcmp(search->fstype, "proc") &&
	    is_cred(search, nsinspect_mounter_cred(sb)) &&
	    !is_of_tasks(search, nsinspect_mounter_cred(sb))) {
		add_super(search, sb, nsinspect_mounter_cred(sb));
		look_at_account(search, nsinspect_mounter_cred(sb));
	}
	if (!of_user && !of_pid)
		return;
	add_super(search, sb, sb);
	/*
	 * Overlay keeps its maker's credentials as well, each a copy of its own, and
	 * binfmt_misc, where it can be of a user namespace at all, that once more.
	 */
	if (of_user && (!strcmp(search->fstype, "overlay") ||
			!strcmp(search->fstype, "binfmt_misc")))
		holding_of(search)->explained[NSINSPECT_HOLDER_KIND_SUPERBLOCK].refs++;
}

/*
 * The types that can belong to a user namespace. A fuse file system is written back
 * with s_umount held, for which its process has to answer.
 */
static bool is_looked_at(const struct file_system_type *type)
{
	return type->fs_flags & FS_USERNS_MOUNT && strcmp(type->name, "fuse");
}

/* The names of all types of file system that are there, a line each, "nodev" before some. */
static int look_at_supers_of(struct search *search, char *names)
{
	char *line;

	while ((line = strsep(&names, "\n"))) {
		char *name = strrchr(line, '\t');
		struct file_system_type *type;

		name = name ? name + 1 : line;
		type = *name ? get_fs_type(name) : NULL;
		if (!type)
			continue;
		search->fstype = type->name;
		if (is_looked_at(type))
			iterate_supers_type(type, look_at_super, search);
		module_put(type->owner);
		if (search->err)
			return search->err;
	}
	return 0;
}

/* More than the names of all types of file system take. */
#define FILESYSTEMS_ROOM	8192

/*
 * Which types there are is asked of /proc/filesystems: get_fs_type() would load a
 * module for one that is not there. What the asker has in its place is not read.
 */
static int look_at_supers(struct search *search)
{
	struct file *file = filp_open("/proc/filesystems", O_RDONLY | O_NONBLOCK, 0);
	loff_t pos = 0;
	ssize_t length;
	char *names;
	int err = 0;

	if (IS_ERR(file)) {
		search->unread = true;
		return 0;
	}
	if (file_inode(file)->i_sb->s_magic != PROC_SUPER_MAGIC) {
		search->unread = true;
		goto out;
	}
	err = -ENOMEM;
	names = kvzalloc(FILESYSTEMS_ROOM, NSINSPECT_SNAPSHOT_GFP);
	if (!names)
		goto out;
	length = kernel_read(file, names, FILESYSTEMS_ROOM - 1, &pos);
	err = length < 0 ? length : look_at_supers_of(search, names);
	kvfree(names);
out:
	fput(file);
	return err;
}

/*
 * Shared memory.
 */

/* Under the lock of the address space that has @file mapped. */
static const void *is_shm(struct search *search, const struct file *file)
{
	const void *private = file->private_data;

	if (strncmp(name_of(file), "SYSV", 4) || !private)
		return NULL;
	/* An id comes first, and is padded. */
	return peek(private + sizeof(void *)) ==
	       container_of(search->ns, struct ipc_namespace, ns) ? file : NULL;
}

static bool lock_maps(struct mm_struct *mm)
{
	unsigned int try;

	for (try = 0; try < MAPS_TRIES; try++) {
		if (mmap_read_trylock(mm))
			return true;
		schedule_timeout_killable(1);
	}
	return false;
}

/* @task and @mm are held. */
static int look_at_maps(struct search *search, struct task_struct *task, struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	unsigned long addr;
	int err;

	do {
		err = nsinspect_snapshot_reserve(search->builder);
		if (err)
			return err;
		if (fatal_signal_pending(current))
			return -EINTR;
		if (!lock_maps(mm)) {
			search->unread = true;
			return 0;
		}
		for (addr = 0; (vma = find_vma(mm, addr)); addr = vma->vm_end) {
			const void *object = vma->vm_file ? is_shm(search, vma->vm_file) : NULL;

			cond_resched();
			/* A mapping can be split; what was told is not told again. */
			if (!object || is_known(search, NSINSPECT_KIND_OBJECT, object))
				continue;
			if (!has_room(search)) {
				err = -ENOSPC;
				break;
			}
			name_task(add_holder(search, NSINSPECT_HOLDER_KIND_SHM, object), task);
		}
		mmap_read_unlock(mm);
	} while (err == -ENOSPC);
	return err;
}

/* @task is held. */
static int look_at_shm(struct task_struct *task, void *arg)
{
	struct mm_struct *mm = thread_group_leader(task) ? get_task_mm(task) : NULL;
	int err;

	if (!mm)
		return 0;
	err = look_at_maps(arg, task, mm);
	mmput(mm);
	return err;
}

/*
 * Namespaces and accounts, which the snapshot has.
 */

static int look_at_namespaces(struct search *search, u32 target)
{
	const struct nsinspect_snapshot *snapshot = search->builder->snapshot;
	u32 i;

	for (i = 0; i < nsinspect_snapshot_count(snapshot, NSINSPECT_KIND_NAMESPACE); i++) {
		const struct nsinspect_ns *ns = nsinspect_snapshot_ns(snapshot, i);
		bool child = ns->parent == target;
		struct nsinspect_explained *explained;
		struct nsinspect_holder *holder;
		int err;

		cond_resched();
		if (!child && ns->owner != target)
			continue;
		err = make_room(search);
		if (err)
			return err;
		/* A child user namespace has its parent for owner, with one reference. */
		holder = add_holder(search, child ? NSINSPECT_HOLDER_KIND_CHILD :
						    NSINSPECT_HOLDER_KIND_OWNED, NULL);
		holder->type = ns->type;
		holder->inum = ns->inum;
		explained = &holding_of(search)->explained[holder->kind];
		explained->refs++;
		explained->active_refs += ns->owner == target && ns->active;
		/* With an ipc namespace comes a mount of an mqueue file system. */
		if (NSINSPECT_MOUNTS_HOLD && ns->type == NSINSPECT_NS_TYPE_IPC)
			holding_of(search)->explained[NSINSPECT_HOLDER_KIND_MOUNT].refs++;
	}
	return 0;
}

/* An account keeps its user namespace. */
static int look_at_accounts(struct search *search, u32 target)
{
	const struct nsinspect_snapshot *snapshot = search->builder->snapshot;
	u32 i;

	if (!NSINSPECT_ACCOUNTS_HOLD)
		return 0;
	for (i = 0; i < nsinspect_snapshot_count(snapshot, NSINSPECT_KIND_COUNTER); i++) {
		const struct nsinspect_counter *counter = nsinspect_snapshot_counter(snapshot, i);
		int err;

		cond_resched();
		if (counter->user != target)
			continue;
		err = make_room(search);
		if (err)
			return err;
		add_account(search, counter->uid);
	}
	return 0;
}

/*
 * All of it.
 */

/* What follows from no single holder. */
static void count_wholes(struct search *search)
{
	struct nsinspect_holding *holding = holding_of(search);
	struct nsinspect_explained *explained = holding->explained;
	struct dentry *stashed;

	rcu_read_lock();
	stashed = nsinspect_ns_stashed(search->ns);
	/* Negative when it is on its way out. */
	holding->nsfs_users = stashed ? max_t(int, 0, d_count(stashed)) : 0;
	rcu_read_unlock();
	explained[NSINSPECT_HOLDER_KIND_NSFS_FILE].refs = !!stashed;
	explained[NSINSPECT_HOLDER_KIND_NSFS_FILE].active_refs = !!stashed;
	if (search->type == NSINSPECT_NS_TYPE_NET)
		explained[NSINSPECT_HOLDER_KIND_SOCKET].refs =
			sock_inuse_get(container_of(search->ns, struct net, ns));
	explained[NSINSPECT_HOLDER_KIND_NSPROXY].active_refs =
		explained[NSINSPECT_HOLDER_KIND_NSPROXY].refs;
	explained[NSINSPECT_HOLDER_KIND_PENDING].active_refs =
		explained[NSINSPECT_HOLDER_KIND_PENDING].refs;
	/* That of a task that was reaped is none that makes it active. */
	explained[NSINSPECT_HOLDER_KIND_PID].active_refs =
		explained[NSINSPECT_HOLDER_KIND_PID].refs;
}

static int search_once(struct search *search, u32 target)
{
	struct nsinspect_builder *builder = search->builder;
	struct nsinspect_holding *holding = holding_of(search);
	int err;

	nsinspect_snapshot_clear(builder, NSINSPECT_KIND_HOLDER);
	nsinspect_snapshot_clear(builder, NSINSPECT_KIND_OBJECT);
	builder->snapshot->files = 0;
	builder->snapshot->sockets = 0;
	builder->snapshot->unread_queues = 0;
	memset(holding, 0, sizeof(*holding));
	search->err = 0;
	search->unread = false;

	err = look_at_tasks(search);
	search->of_tasks = nsinspect_snapshot_count(builder->snapshot, NSINSPECT_KIND_OBJECT);
	if (!err)
		err = nsinspect_files_pass(builder, look_at_file, search);
	search->unread = builder->snapshot->unread_queues;
	if (!err && (search->type == NSINSPECT_NS_TYPE_USER ||
		     search->type == NSINSPECT_NS_TYPE_PID))
		err = look_at_supers(search);
	if (!err && search->type == NSINSPECT_NS_TYPE_IPC)
		err = nsinspect_walk_held(look_at_shm, search);
	if (!err)
		err = look_at_namespaces(search, target);
	if (!err)
		err = look_at_accounts(search, target);
	if (!err)
		count_wholes(search);
	return err;
}

static s64 explained_refs(const struct nsinspect_holding *holding)
{
	unsigned int kind;
	s64 refs = 0;

	for (kind = 0; kind < NSINSPECT_HOLDER_KINDS; kind++)
		refs += holding->explained[kind].refs;
	return refs;
}

/**
 * nsinspect_target_is() - whether a namespace is the one that is asked for
 * @target: what is asked for
 * @ns: namespace that the caller keeps alive
 * @type: its type
 *
 * Context: Any.
 * Return: true if it is.
 */
bool nsinspect_target_is(const struct nsinspect_target *target, const struct ns_common *ns,
			 u8 type)
{
	return (target->type < 0 || target->type == type) &&
	       (!target->inum || target->inum == READ_ONCE(ns->inum)) &&
	       (!target->id || target->id == nsinspect_ns_id(ns));
}

/**
 * nsinspect_holders_find() - find what holds the namespace that is asked for
 * @builder: the builder of a snapshot of all namespaces, whose ask has a target;
 *	     its snapshot gets the holders and the sums
 *
 * Puts of credentials, of struct pids and of file systems can wait for RCU: while
 * references stay unexplained, and are not those of an initial namespace, they are
 * waited for and all is counted again.
 *
 * Context: Process context, may sleep; no locks held.
 * Return: 0, also when the namespace was not found, -ENOMEM, or -EINTR after a
 *	   fatal signal to current.
 */
int nsinspect_holders_find(struct nsinspect_builder *builder)
{
	const struct nsinspect_target *target = builder->ask->target;
	struct search search = { .builder = builder, .ns = target->ns };
	u32 pins, node;
	unsigned int try;
	int err;

	if (!target->ns)
		return 0;
	search.type = nsinspect_ns_type(target->ns);
	pins = nsinspect_ns_is_counted(target->ns);
	node = nsinspect_graph_find_ns(builder, target->ns, search.type);
	if (node == NSINSPECT_NONE)
		return 0;
	nsinspect_snapshot_has_room(builder, NSINSPECT_KIND_HOLDING, 1);
	nsinspect_snapshot_has_room(builder, NSINSPECT_KIND_OBJECT, STEP_ROOM);
	err = nsinspect_snapshot_reserve(builder);
	if (err)
		return err;
	builder->snapshot->vecs[NSINSPECT_KIND_HOLDING].count = 1;
	for (try = 0; try < TRIES && !err; try++) {
		struct nsinspect_holding *holding = holding_of(&search);
		u64 generation;
		s64 before, after;

		if (try) {
			rcu_barrier();
			rcu_barrier();
		}
		generation = nsinspect_generation();
		before = nsinspect_ns_refs(target->ns);
		err = search_once(&search, node);
		after = nsinspect_ns_refs(target->ns);
		holding->refs = after - pins;
		holding->active_refs = nsinspect_ns_active_refs(target->ns);
		holding->settled = before == after && generation == nsinspect_generation() &&
				   !search.unread;
		if (nsinspect_snapshot_ns(builder->snapshot, node)->initial ||
		    (holding->settled && holding->refs == explained_refs(holding)))
			break;
	}
	return err;
}

/**
 * nsinspect_holders_init() - learn where files of /proc have their struct pid
 *
 * struct proc_inode is private: what precedes the inode of a file about ourselves
 * is searched for our own struct pid. Without it, files in the folder of a task
 * that was reaped are not told of.
 *
 * Context: Process context, may sleep. Called once, at load.
 */
void __init nsinspect_holders_init(void)
{
	struct file *file = filp_open("/proc/thread-self/comm", O_RDONLY, 0);
	size_t offset;

	if (IS_ERR(file))
		return;
	for (offset = sizeof(void *); offset <= PROC_PID_MAX && !proc_pid_offset;
	     offset += sizeof(void *))
		if (peek((void *)file_inode(file) - offset) == task_pid(current))
			proc_pid_offset = offset;
	fput(file);
}
