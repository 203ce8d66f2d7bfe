// SPDX-License-Identifier: GPL-2.0
/*
 * The one table of namespace slots, and what is asked of a namespace by type.
 *
 * A namespace type is a row here and nowhere else. What the slots of a task
 * point to is walk.c's to find out.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "compat.h"
#include "ns.h"

/* Where struct mnt_namespace, which is private, keeps its ns_common. */
static ptrdiff_t mnt_ns_common_offset __ro_after_init;

/**
 * nsinspect_ns_of_mnt() - what all namespaces have, of a mount namespace
 * @mnt_ns: mount namespace, only an address: the struct is private
 *
 * Context: Any.
 * Return: its ns_common.
 */
struct ns_common *nsinspect_ns_of_mnt(struct mnt_namespace *mnt_ns)
{
	return (void *)mnt_ns + mnt_ns_common_offset;
}

static struct ns_common *of_cgroup(const struct nsproxy *nsproxy)
{
	return &nsproxy->cgroup_ns->ns;
}

static struct ns_common *of_ipc(const struct nsproxy *nsproxy)
{
	return &nsproxy->ipc_ns->ns;
}

static struct ns_common *of_mnt(const struct nsproxy *nsproxy)
{
	return nsinspect_ns_of_mnt(nsproxy->mnt_ns);
}

static struct ns_common *of_net(const struct nsproxy *nsproxy)
{
	return &nsproxy->net_ns->ns;
}

static struct ns_common *of_pid_for_children(const struct nsproxy *nsproxy)
{
	return &nsproxy->pid_ns_for_children->ns;
}

static struct ns_common *of_time(const struct nsproxy *nsproxy)
{
	return &nsproxy->time_ns->ns;
}

static struct ns_common *of_time_for_children(const struct nsproxy *nsproxy)
{
	return &nsproxy->time_ns_for_children->ns;
}

static struct ns_common *of_uts(const struct nsproxy *nsproxy)
{
	return &nsproxy->uts_ns->ns;
}

const struct nsinspect_slot nsinspect_slots[NSINSPECT_SLOTS] = {
	[NSINSPECT_SLOT_CGROUP] = {
		.name = "cgroup",
		.type = NSINSPECT_NS_TYPE_CGROUP,
		.clone_flag = CLONE_NEWCGROUP,
		.present = IS_ENABLED(CONFIG_CGROUPS),
		.attr = NSINSPECT_A_NSPROXY_CGROUP,
		.node_attr = NSINSPECT_A_NSPROXY_CGROUP_NODE,
		.at = offsetof(struct nsproxy, cgroup_ns),
		.of = of_cgroup,
	},
	[NSINSPECT_SLOT_IPC] = {
		.name = "ipc",
		.type = NSINSPECT_NS_TYPE_IPC,
		.clone_flag = CLONE_NEWIPC,
		.present = IS_ENABLED(CONFIG_IPC_NS),
		.attr = NSINSPECT_A_NSPROXY_IPC,
		.node_attr = NSINSPECT_A_NSPROXY_IPC_NODE,
		.at = offsetof(struct nsproxy, ipc_ns),
		.of = of_ipc,
	},
	[NSINSPECT_SLOT_MNT] = {
		.name = "mnt",
		.type = NSINSPECT_NS_TYPE_MNT,
		.clone_flag = CLONE_NEWNS,
		.present = true,
		.attr = NSINSPECT_A_NSPROXY_MNT,
		.node_attr = NSINSPECT_A_NSPROXY_MNT_NODE,
		.at = offsetof(struct nsproxy, mnt_ns),
		.of = of_mnt,
	},
	[NSINSPECT_SLOT_NET] = {
		.name = "net",
		.type = NSINSPECT_NS_TYPE_NET,
		.clone_flag = CLONE_NEWNET,
		.present = IS_ENABLED(CONFIG_NET_NS),
		.attr = NSINSPECT_A_NSPROXY_NET,
		.node_attr = NSINSPECT_A_NSPROXY_NET_NODE,
		.at = offsetof(struct nsproxy, net_ns),
		.of = of_net,
	},
	[NSINSPECT_SLOT_PID] = {
		.name = "pid",
		.type = NSINSPECT_NS_TYPE_PID,
		.clone_flag = CLONE_NEWPID,
		.present = IS_ENABLED(CONFIG_PID_NS),
	},
	[NSINSPECT_SLOT_PID_FOR_CHILDREN] = {
		.name = "pid_for_children",
		.type = NSINSPECT_NS_TYPE_PID,
		.clone_flag = CLONE_NEWPID,
		.for_children = true,
		.present = IS_ENABLED(CONFIG_PID_NS),
		.attr = NSINSPECT_A_NSPROXY_PID_FOR_CHILDREN,
		.node_attr = NSINSPECT_A_NSPROXY_PID_FOR_CHILDREN_NODE,
		.at = offsetof(struct nsproxy, pid_ns_for_children),
		.of = of_pid_for_children,
	},
	[NSINSPECT_SLOT_TIME] = {
		.name = "time",
		.type = NSINSPECT_NS_TYPE_TIME,
		.clone_flag = CLONE_NEWTIME,
		.present = IS_ENABLED(CONFIG_TIME_NS),
		.attr = NSINSPECT_A_NSPROXY_TIME,
		.node_attr = NSINSPECT_A_NSPROXY_TIME_NODE,
		.at = offsetof(struct nsproxy, time_ns),
		.of = of_time,
	},
	[NSINSPECT_SLOT_TIME_FOR_CHILDREN] = {
		.name = "time_for_children",
		.type = NSINSPECT_NS_TYPE_TIME,
		.clone_flag = CLONE_NEWTIME,
		.for_children = true,
		.present = IS_ENABLED(CONFIG_TIME_NS),
		.attr = NSINSPECT_A_NSPROXY_TIME_FOR_CHILDREN,
		.node_attr = NSINSPECT_A_NSPROXY_TIME_FOR_CHILDREN_NODE,
		.at = offsetof(struct nsproxy, time_ns_for_children),
		.of = of_time_for_children,
	},
	[NSINSPECT_SLOT_USER] = {
		.name = "user",
		.type = NSINSPECT_NS_TYPE_USER,
		.clone_flag = CLONE_NEWUSER,
		.present = IS_ENABLED(CONFIG_USER_NS),
	},
	[NSINSPECT_SLOT_UTS] = {
		.name = "uts",
		.type = NSINSPECT_NS_TYPE_UTS,
		.clone_flag = CLONE_NEWUTS,
		.present = IS_ENABLED(CONFIG_UTS_NS),
		.attr = NSINSPECT_A_NSPROXY_UTS,
		.node_attr = NSINSPECT_A_NSPROXY_UTS_NODE,
		.at = offsetof(struct nsproxy, uts_ns),
		.of = of_uts,
	},
};

/**
 * nsinspect_ns_type_name() - the name of a type
 * @type: enum nsinspect_ns_type
 *
 * Context: Any.
 * Return: as the links in /proc/PID/ns have it.
 */
const char *nsinspect_ns_type_name(u8 type)
{
	unsigned int i;

	for (i = 0; i < NSINSPECT_SLOTS; i++)
		if (nsinspect_slots[i].type == type && !nsinspect_slots[i].for_children)
			return nsinspect_slots[i].name;
	return "?";
}

/**
 * nsinspect_ns_type() - the type of a namespace of which nothing else is known
 * @ns: namespace that the caller keeps alive
 *
 * A kernel without a type has the initial namespace of it all the same, with no
 * operations: nothing can be asked of that one.
 *
 * Context: Any.
 * Return: enum nsinspect_ns_type, or -1 for one that is not known or absent here.
 */
int nsinspect_ns_type(const struct ns_common *ns)
{
	unsigned int i;

	if (!ns->ops)
		return -1;
	for (i = 0; i < NSINSPECT_SLOTS; i++)
		if (nsinspect_slots[i].clone_flag == nsinspect_ns_flag(ns))
			return nsinspect_slots[i].type;
	return -1;
}

/**
 * nsinspect_ns_parent() - the namespace that this one is nested in
 * @ns: namespace that the caller keeps alive, by RCU or by what points to it
 * @type: its type
 *
 * ops->get_parent() is not used: it checks the rights of current and takes a
 * reference, and we may be in an RCU section.
 *
 * Context: Any. A namespace keeps its parent alive.
 * Return: the parent; NULL for initial ones and for types that do not nest.
 */
struct ns_common *nsinspect_ns_parent(struct ns_common *ns, u8 type)
{
	struct user_namespace *user_ns;
	struct pid_namespace *pid_ns;

	switch (type) {
	case NSINSPECT_NS_TYPE_PID:
		pid_ns = container_of(ns, struct pid_namespace, ns);
		return pid_ns->parent ? &pid_ns->parent->ns : NULL;
	case NSINSPECT_NS_TYPE_USER:
		user_ns = container_of(ns, struct user_namespace, ns);
		return user_ns->parent ? &user_ns->parent->ns : NULL;
	default:
		return NULL;
	}
}

/**
 * nsinspect_ns_owner() - the user namespace that owns this one
 * @ns: namespace that the caller keeps alive, by RCU or by what points to it
 *
 * Context: Any. A namespace keeps its owner alive.
 * Return: the owner; NULL for the initial user namespace, and without USER_NS.
 */
struct ns_common *nsinspect_ns_owner(struct ns_common *ns)
{
	struct user_namespace *owner;

	if (!nsinspect_slots[NSINSPECT_SLOT_USER].present)
		return NULL;
	owner = ns->ops->owner(ns);
	return owner ? &owner->ns : NULL;
}

/**
 * nsinspect_ns_level() - how deep a namespace is nested
 * @ns: namespace that the caller keeps alive, by RCU or by what points to it
 * @type: its type
 *
 * Context: Any.
 * Return: levels below the initial namespace; -1 for types that do not nest.
 */
int nsinspect_ns_level(struct ns_common *ns, u8 type)
{
	switch (type) {
	case NSINSPECT_NS_TYPE_PID:
		return container_of(ns, struct pid_namespace, ns)->level;
	case NSINSPECT_NS_TYPE_USER:
		return container_of(ns, struct user_namespace, ns)->level;
	default:
		return -1;
	}
}

/**
 * nsinspect_ns_ucounts() - the account that a namespace is on
 * @ns: namespace that the caller keeps alive, by RCU or by what points to it
 * @type: its type
 *
 * Context: Any. A namespace keeps its account alive.
 * Return: the account; NULL for initial ones, and for mnt, whose is private.
 */
struct ucounts *nsinspect_ns_ucounts(struct ns_common *ns, u8 type)
{
	switch (type) {
	case NSINSPECT_NS_TYPE_CGROUP:
		return container_of(ns, struct cgroup_namespace, ns)->ucounts;
	case NSINSPECT_NS_TYPE_IPC:
		return container_of(ns, struct ipc_namespace, ns)->ucounts;
	case NSINSPECT_NS_TYPE_NET:
		return container_of(ns, struct net, ns)->ucounts;
	case NSINSPECT_NS_TYPE_PID:
		return container_of(ns, struct pid_namespace, ns)->ucounts;
	case NSINSPECT_NS_TYPE_TIME:
		return container_of(ns, struct time_namespace, ns)->ucounts;
	case NSINSPECT_NS_TYPE_USER:
		return container_of(ns, struct user_namespace, ns)->ucounts;
	case NSINSPECT_NS_TYPE_UTS:
		return container_of(ns, struct uts_namespace, ns)->ucounts;
	default:
		return NULL;
	}
}

/**
 * nsinspect_ns_init() - learn what the headers do not tell
 *
 * struct mnt_namespace is private and its ns_common has moved before, so its
 * place is measured on the caller's own: nsfs gives the ns_common of
 * /proc/thread-self/ns/mnt, current->nsproxy the struct around it.
 *
 * Context: Process context, may sleep. Called once, at load.
 * Return: 0, or a negative errno after saying what is missing.
 */
int __init nsinspect_ns_init(void)
{
	struct mnt_namespace *mnt_ns = current->nsproxy->mnt_ns;
	struct ns_common *ns;
	struct inode *inode;
	struct file *file;
	ptrdiff_t offset;
	int err = 0;

	file = filp_open("/proc/thread-self/ns/mnt", O_RDONLY, 0);
	if (IS_ERR(file)) {
		pr_err("cannot open /proc/thread-self/ns/mnt (%ld): is /proc mounted?\n",
		       PTR_ERR(file));
		return PTR_ERR(file);
	}
	inode = file_inode(file);
	if (inode->i_sb->s_magic != NSFS_MAGIC) {
		pr_err("/proc/thread-self/ns/mnt is no namespace: is /proc a procfs?\n");
		err = -EINVAL;
		goto out;
	}

	/* One comparison in bytes; the rest only if it can be such a struct. */
	ns = get_proc_ns(inode);
	offset = (void *)ns - (void *)mnt_ns;
	if (offset < 0 || offset > 8 * sizeof(long) || strcmp(ns->ops->name, "mnt") ||
	    ns->inum != inode->i_ino || !nsinspect_mnt_offset_is_known(offset)) {
		pr_err("this kernel's struct mnt_namespace is not understood (ns_common at %td)\n",
		       offset);
		err = -EOPNOTSUPP;
		goto out;
	}
	mnt_ns_common_offset = offset;
out:
	fput(file);
	return err;
}
