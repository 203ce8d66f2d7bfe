/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_NS_H
#define NSINSPECT_NS_H

#include <linux/ns_common.h>
#include <linux/nsproxy.h>
#include <linux/types.h>

#include <linux/nsinspect.h>

#define NSINSPECT_NS_TYPES	(NSINSPECT_NS_TYPE_UTS + 1)

/* The ten slots of a task, in the order that is used everywhere. */
enum nsinspect_slot_nr {
	NSINSPECT_SLOT_CGROUP,
	NSINSPECT_SLOT_IPC,
	NSINSPECT_SLOT_MNT,
	NSINSPECT_SLOT_NET,
	NSINSPECT_SLOT_PID,
	NSINSPECT_SLOT_PID_FOR_CHILDREN,
	NSINSPECT_SLOT_TIME,
	NSINSPECT_SLOT_TIME_FOR_CHILDREN,
	NSINSPECT_SLOT_USER,
	NSINSPECT_SLOT_UTS,
	NSINSPECT_SLOTS
};

/**
 * struct nsinspect_slot - one namespace slot of a task
 * @name: as in /proc/PID/ns
 * @type: enum nsinspect_ns_type
 * @clone_flag: CLONE_NEW* that fills it
 * @for_children: only children will be in it; being named here is no membership
 * @present: this kernel was configured with such namespaces
 * @attr: NSINSPECT_A_NSPROXY_*, 0 when the slot is not one of nsproxy's
 * @node_attr: NSINSPECT_A_NSPROXY_*_NODE, 0 likewise
 * @at: where an nsproxy has its pointer; 0 likewise
 * @of: reaches the namespace of an nsproxy that the caller keeps alive;
 *	NULL for those that a task has from its struct pid or its cred
 */
struct nsinspect_slot {
	const char *name;
	u8 type;
	u32 clone_flag;
	bool for_children;
	bool present;
	u16 attr;
	u16 node_attr;
	u16 at;
	struct ns_common *(*of)(const struct nsproxy *nsproxy);
};

extern const struct nsinspect_slot nsinspect_slots[NSINSPECT_SLOTS];

int nsinspect_ns_init(void);
struct ns_common *nsinspect_ns_of_mnt(struct mnt_namespace *mnt_ns);
int nsinspect_ns_type(const struct ns_common *ns);
const char *nsinspect_ns_type_name(u8 type);
struct ns_common *nsinspect_ns_parent(struct ns_common *ns, u8 type);
struct ns_common *nsinspect_ns_owner(struct ns_common *ns);
int nsinspect_ns_level(struct ns_common *ns, u8 type);
struct ucounts *nsinspect_ns_ucounts(struct ns_common *ns, u8 type);

#endif /* NSINSPECT_NS_H */
