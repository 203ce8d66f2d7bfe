/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between the supported kernels, each with the version and
 * the commit that made it. The rest of the module reads as for the newest one.
 */
#ifndef NSINSPECT_COMPAT_H
#define NSINSPECT_COMPAT_H

#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/kernel.h>
#include <linux/ipc_namespace.h>
#include <linux/magic.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/ns_common.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/proc_ns.h>
#include <linux/rtnetlink.h>
#include <linux/time_namespace.h>
#include <linux/user_namespace.h>
#include <linux/utsname.h>
#include <linux/version.h>
#include <net/af_unix.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "nsinspect needs Linux 5.10 or later"
#endif

/* 6.18, "ns: move ns type into struct ns_common": from the operations before it. */
static inline u32 nsinspect_ns_flag(const struct ns_common *ns)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	return ns->ns_type;
#else
	return ns->ops->type;
#endif
}

/*
 * Before 5.11 the private struct mnt_namespace begins with its own count, followed by
 * its ns_common: nsinspect_ns_init() makes sure of that place.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define NSINSPECT_MNT_NS_COMMON	sizeof(long)
static inline atomic_t *nsinspect_mnt_count(struct ns_common *ns)
{
	return (void *)ns - NSINSPECT_MNT_NS_COMMON;
}

static inline bool nsinspect_mnt_offset_is_known(ptrdiff_t offset)
{
	return offset == NSINSPECT_MNT_NS_COMMON;
}
#else
static inline bool nsinspect_mnt_offset_is_known(ptrdiff_t offset)
{
	return true;
}
#endif

/*
 * 5.11, "ns: Add a common refcount into ns_common" (137ec390fad4): before it,
 * each type counts in its own struct.
 * 6.18, "ns: rename to __ns_ref": the same under another name.
 */
static inline s64 nsinspect_ns_refs(struct ns_common *ns)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	return refcount_read(&ns->__ns_ref);
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
	return refcount_read(&ns->count);
#else
	switch (ns->ops->type) {
	case CLONE_NEWCGROUP:
		return refcount_read(&container_of(ns, struct cgroup_namespace, ns)->count);
	case CLONE_NEWIPC:
		return refcount_read(&container_of(ns, struct ipc_namespace, ns)->count);
	case CLONE_NEWNET:
		return refcount_read(&container_of(ns, struct net, ns)->count);
	case CLONE_NEWPID:
		return kref_read(&container_of(ns, struct pid_namespace, ns)->kref);
	case CLONE_NEWTIME:
		return kref_read(&container_of(ns, struct time_namespace, ns)->kref);
	case CLONE_NEWUSER:
		return atomic_read(&container_of(ns, struct user_namespace, ns)->count);
	case CLONE_NEWUTS:
		return kref_read(&container_of(ns, struct uts_namespace, ns)->kref);
	default:
		return atomic_read(nsinspect_mnt_count(ns));
	}
#endif
}

/*
 * 6.19, "ns: don't increment or decrement initial namespaces": they are not counted;
 * before it, only the initial pid namespace is not. The kernel's own is_ns_init_id() takes
 * an id of 0 for one of theirs, but up to 7.2 a mount namespace that is on its way out
 * has its rcu_head where its id was.
 */
static inline bool nsinspect_ns_is_counted(struct ns_common *ns)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
	u64 id = READ_ONCE(ns->ns_id);

	return !id || id > NS_LAST_INIT_ID;
#else
	return ns != &init_pid_ns.ns;
#endif
}

/*
 * Takes a reference on a namespace that is in memory, unless it is dying. Put by
 * ops->put(). The same commits.
 */
static inline bool nsinspect_ns_get(struct ns_common *ns)
{
	if (!nsinspect_ns_is_counted(ns))
		return true;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	return refcount_inc_not_zero(&ns->__ns_ref);
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
	return refcount_inc_not_zero(&ns->count);
#else
	switch (ns->ops->type) {
	case CLONE_NEWCGROUP:
		return refcount_inc_not_zero(&container_of(ns, struct cgroup_namespace, ns)->count);
	case CLONE_NEWIPC:
		return refcount_inc_not_zero(&container_of(ns, struct ipc_namespace, ns)->count);
	case CLONE_NEWNET:
		return refcount_inc_not_zero(&container_of(ns, struct net, ns)->count);
	case CLONE_NEWPID:
		return kref_get_unless_zero(&container_of(ns, struct pid_namespace, ns)->kref);
	case CLONE_NEWTIME:
		return kref_get_unless_zero(&container_of(ns, struct time_namespace, ns)->kref);
	case CLONE_NEWUSER:
		return atomic_inc_not_zero(&container_of(ns, struct user_namespace, ns)->count);
	case CLONE_NEWUTS:
		return kref_get_unless_zero(&container_of(ns, struct uts_namespace, ns)->kref);
	default:
		return atomic_inc_not_zero(nsinspect_mnt_count(ns));
	}
#endif
}

/* 6.18, with the namespace tree: a cookie that is never used twice. */
static inline u64 nsinspect_ns_id(const struct ns_common *ns)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	return ns->ns_id;
#else
	return 0;
#endif
}

/*
 * 6.19, "ns: add active reference count", with listns(2). Before it the kernel
 * does not tell use from mere existence; what a task leads to is in use.
 */
static inline bool nsinspect_ns_active(const struct ns_common *ns)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
	return __ns_ref_active_read(ns) > 0;
#else
	return true;
#endif
}

/*
 * 6.7, "nsproxy: Convert nsproxy.count to refcount_t" (2ddd3cac1fa9). That is an
 * atomic_t in a struct, so one way of reading does for both.
 */
static inline int nsinspect_nsproxy_refs(const struct nsproxy *nsproxy)
{
	static_assert(sizeof(nsproxy->count) == sizeof(atomic_t));
	return atomic_read((const atomic_t *)&nsproxy->count);
}

/* 5.11, "net: Remove the err argument from sock_from_file" (dba4a9256bb4). */
static inline struct socket *nsinspect_sock_from_file(const struct file *file)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
	return sock_from_file((struct file *)file);
#else
	int err;

	return sock_from_file((struct file *)file, &err);
#endif
}

/*
 * 6.9, "pidfd: add pidfs" (cb12fd8e0dab): before it, a pidfd is an anonymous inode.
 * The struct pid that a file leads to, which the file keeps, or NULL.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define NSINSPECT_PIDFD_MAGIC	PID_FS_MAGIC
static inline struct pid *nsinspect_pid_from_file(const struct file *file)
{
	return file_inode(file)->i_private;
}
#else
#define NSINSPECT_PIDFD_MAGIC	ANON_INODE_FS_MAGIC
static inline struct pid *nsinspect_pid_from_file(const struct file *file)
{
	return strcmp(file->f_path.dentry->d_name.name, "[pidfd]") ? NULL : file->private_data;
}
#endif

/*
 * 5.15, "af_unix: fix races in sk_peer_pid and sk_peer_cred accesses" (35306eb23814), and in
 * 5.10 some time before 5.10.100: who a connection was made by is read under a lock. Before
 * it nothing keeps that alive, so it is not looked at.
 * Return: whether the lock is held, to be given back by nsinspect_peer_unlock().
 */
#define NSINSPECT_PEER_IS_LOCKED	(LINUX_VERSION_CODE >= KERNEL_VERSION(5, 15, 0) || \
					 (LINUX_VERSION_CODE >= KERNEL_VERSION(5, 10, 100) && \
					  LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)))

static inline bool nsinspect_peer_lock(struct sock *sk)
{
#if NSINSPECT_PEER_IS_LOCKED
	spin_lock(&sk->sk_peer_lock);
	return true;
#else
	return false;
#endif
}

static inline void nsinspect_peer_unlock(struct sock *sk)
{
#if NSINSPECT_PEER_IS_LOCKED
	spin_unlock(&sk->sk_peer_lock);
#endif
}

/* 6.15 or 6.16, "af_unix: Move unix_skb_parms": no longer in a header; this is its beginning. */
#ifndef UNIXCB
struct unix_skb_parms {
	struct pid *pid;
	kuid_t uid;
	kgid_t gid;
	struct scm_fp_list *fp;
#ifdef CONFIG_SECURITY_NETWORK
	u32 secid;
#endif
	u32 consumed;
} __randomize_layout;

#define UNIXCB(skb)	(*(struct unix_skb_parms *)&((skb)->cb))
#endif

/* 5.11 to 6.9, "fs/nsfs: ...": the one dentry of the namespace, read under RCU, or NULL. */
static inline struct dentry *nsinspect_ns_stashed(struct ns_common *ns)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
	return READ_ONCE(ns->stashed);
#else
	return (struct dentry *)atomic_long_read(&ns->stashed);
#endif
}

/* 6.19, "ns: add active reference count": -1 before it. */
static inline s64 nsinspect_ns_active_refs(const struct ns_common *ns)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
	return __ns_ref_active_read(ns);
#else
	return -1;
#endif
}

/*
 * 7.2, "exec: move dumpability out of mm_struct": what execve() gives a user namespace.
 * Under RCU: an object that may be gone when it is looked at, or NULL, and where it
 * has its user namespace.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
#include <linux/sched/exec_state.h>
static inline const void *nsinspect_memory_of(const struct task_struct *task)
{
	return rcu_dereference(task->exec_state);
}

static inline const void *nsinspect_memory_user_ns(const void *memory)
{
	return &((const struct task_exec_state *)memory)->user_ns;
}
#else
static inline const void *nsinspect_memory_of(const struct task_struct *task)
{
	return READ_ONCE(task->mm) ?: READ_ONCE(task->active_mm);
}

static inline const void *nsinspect_memory_user_ns(const void *memory)
{
	return &((const struct mm_struct *)memory)->user_ns;
}
#endif

/*
 * 5.17, "ucount: Make get_ucount a safe get_user replacement" (f9d87929d451), and in 5.15.19:
 * an account keeps its user namespace.
 */
#define NSINSPECT_ACCOUNTS_HOLD	(LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0) || \
				 (LINUX_VERSION_CODE >= KERNEL_VERSION(5, 15, 19) && \
				  LINUX_VERSION_CODE < KERNEL_VERSION(5, 16, 0)))

/*
 * 5.17, "fs: support mapped mounts of mapped filesystems" (bd303368b776), and in 5.15 from
 * about 5.15.46, to 6.1: each mount keeps the user namespace that it is mapped by, which is
 * that of its file system where nobody said another.
 */
#define NSINSPECT_MOUNTS_HOLD	((LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0) && \
				  LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)) || \
				 (LINUX_VERSION_CODE >= KERNEL_VERSION(5, 15, 46) && \
				  LINUX_VERSION_CODE < KERNEL_VERSION(5, 16, 0)))

/* The user namespace that a mount keeps, or NULL. Of a mount that somebody keeps. */
static inline const struct user_namespace *nsinspect_mount_user_ns(const struct vfsmount *mnt)
{
#if NSINSPECT_MOUNTS_HOLD
	return mnt_user_ns(mnt);
#else
	return NULL;
#endif
}

/*
 * Credentials have an account since 5.14, which is asked for where it holds. @peek reads a
 * pointer that may lead nowhere.
 */
static inline const struct ucounts *nsinspect_account_of(const struct cred *cred,
							 const void *(*peek)(const void *at))
{
#if NSINSPECT_ACCOUNTS_HOLD
	return peek(&cred->ucounts);
#else
	return NULL;
#endif
}

/* 7.2: a proc file system keeps the credentials of who mounted it. Under s_umount. */
static inline const struct cred *nsinspect_mounter_cred(struct super_block *sb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
	return proc_sb_info(sb)->mounter_cred;
#else
	return NULL;
#endif
}

/*
 * 6.19, "nstree: maintain list of owned namespaces": every namespace is in a list of
 * its owner, so that all can be reached from the initial user namespace.
 */
#define NSINSPECT_HAS_TREE	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0))

/*
 * 6.18, "nstree: ...": every namespace is put into a tree when it is born, and taken out of it
 * when it dies, and both can be probed.
 */
#define NSINSPECT_TREE_TELLS	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0))

/* 6.2, "fs/exec: switch timens when a task gets a new mm": before it exec moves nobody. */
#define NSINSPECT_EXEC_MOVES	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0))

/*
 * 5.11, "ns: Add a common refcount into ns_common" (137ec390fad4) and those after it: before it,
 * what frees uts and time namespaces is given their kref.
 */
static inline struct ns_common *nsinspect_freed_uts(void *argument)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
	return &((struct uts_namespace *)argument)->ns;
#else
	return &container_of(argument, struct uts_namespace, kref)->ns;
#endif
}

static inline struct ns_common *nsinspect_freed_time(void *argument)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
	return &((struct time_namespace *)argument)->ns;
#else
	return &container_of(argument, struct time_namespace, kref)->ns;
#endif
}

/*
 * 5.11, "ftrace: Have the callbacks receive a struct ftrace_regs instead of pt_regs"
 * (d19ad0775dcd).
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0)
#define nsinspect_ftrace_regs	ftrace_regs
#define NSINSPECT_FTRACE_FLAGS	(FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_RECURSION)
#else
#define nsinspect_ftrace_regs	pt_regs
#define NSINSPECT_FTRACE_FLAGS	FTRACE_OPS_FL_SAVE_REGS
#define ftrace_get_regs(regs)	(regs)
#endif

/* 5.14, "Add a reference to ucounts for each cred" (905ae01c4ae2). */
static inline const struct ucounts *nsinspect_cred_ucounts(const struct cred *cred)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0)
	return cred->ucounts;
#else
	return NULL;
#endif
}

/* 5.14, "Increase size of ucounts to atomic_long_t" (f9c82a4ea89c). */
static inline long nsinspect_ucount(const struct ucounts *ucounts, enum ucount_type type)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0)
	return atomic_long_read(&ucounts->ucount[type]);
#else
	return atomic_read(&ucounts->ucount[type]);
#endif
}

/*
 * 6.14, "pid: allow pid_max to be set per pid namespace" (7863dcc72d0f); before it
 * one limit, which is private, is for all. 0 then.
 */
static inline u32 nsinspect_pid_max(const struct pid_namespace *pid_ns)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
	return READ_ONCE(pid_ns->pid_max);
#else
	return 0;
#endif
}

/*
 * 6.14: rtnl_lock_killable() is no longer exported.
 * Return: 0, or -EINTR after a fatal signal to current where that is noticed.
 */
static inline int nsinspect_rtnl_lock(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
	rtnl_lock();
	return 0;
#else
	return rtnl_lock_killable();
#endif
}

/* 6.17: dev_get_flags() under another name. */
static inline unsigned int nsinspect_dev_flags(const struct net_device *dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
	return netif_get_flags(dev);
#else
	return dev_get_flags(dev);
#endif
}

/* 6.6, "genetlink: add struct genl_info to struct genl_dumpit_info" (9272af109fe6). */
static inline struct nlattr **nsinspect_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return genl_dumpit_info(cb)->info.attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif /* NSINSPECT_COMPAT_H */
