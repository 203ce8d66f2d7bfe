/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoints: trace system nsinspect. What is in an event, and when it is
 * told, is in Documentation/events.rst.
 *
 * Fields have the names that filters use. A slot that did not change is 0 on
 * both sides, so that net_to == N finds who came into N, and net_to != 0 every
 * change of net. Numbers of tasks and users are those of the initial namespaces.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM nsinspect

#if !defined(NSINSPECT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define NSINSPECT_TRACE_H

#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "events.h"

#ifndef NSINSPECT_TRACE_ONCE
#define NSINSPECT_TRACE_ONCE

int nsinspect_trace_reg_switch(void);
int nsinspect_trace_reg_fork(void);
int nsinspect_trace_reg_fork_same(void);
int nsinspect_trace_reg_create(void);
int nsinspect_trace_reg_free(void);
void nsinspect_trace_unreg_switch(void);
void nsinspect_trace_unreg_fork(void);
void nsinspect_trace_unreg_fork_same(void);
void nsinspect_trace_unreg_create(void);
void nsinspect_trace_unreg_free(void);

/* Every slot, in the order of enum nsinspect_slot_nr. */
#define NSINSPECT_TRACE_SLOTS(row)				\
	row(cgroup, NSINSPECT_SLOT_CGROUP)			\
	row(ipc, NSINSPECT_SLOT_IPC)				\
	row(mnt, NSINSPECT_SLOT_MNT)				\
	row(net, NSINSPECT_SLOT_NET)				\
	row(pid, NSINSPECT_SLOT_PID)				\
	row(pid_for_children, NSINSPECT_SLOT_PID_FOR_CHILDREN)	\
	row(time, NSINSPECT_SLOT_TIME)				\
	row(time_for_children, NSINSPECT_SLOT_TIME_FOR_CHILDREN) \
	row(user, NSINSPECT_SLOT_USER)				\
	row(uts, NSINSPECT_SLOT_UTS)

#define NSINSPECT_TRACE_FIELDS(name, slot)			\
	__field(u32, name##_from)				\
	__field(u32, name##_to)					\
	__field(u64, name##_from_id)				\
	__field(u64, name##_to_id)

#define NSINSPECT_TRACE_ASSIGN(name, slot)			\
	__entry->name##_from = change->from[slot].inum;		\
	__entry->name##_to = change->to[slot].inum;		\
	__entry->name##_from_id = change->from[slot].id;	\
	__entry->name##_to_id = change->to[slot].id;

#define NSINSPECT_TRACE_FORMAT					\
	"cgroup=%u>%u ipc=%u>%u mnt=%u>%u net=%u>%u pid=%u>%u "	\
	"pid_for_children=%u>%u time=%u>%u time_for_children=%u>%u user=%u>%u uts=%u>%u"

#define NSINSPECT_TRACE_VALUES					\
	__entry->cgroup_from, __entry->cgroup_to,		\
	__entry->ipc_from, __entry->ipc_to,			\
	__entry->mnt_from, __entry->mnt_to,			\
	__entry->net_from, __entry->net_to,			\
	__entry->pid_from, __entry->pid_to,			\
	__entry->pid_for_children_from, __entry->pid_for_children_to, \
	__entry->time_from, __entry->time_to,			\
	__entry->time_for_children_from, __entry->time_for_children_to, \
	__entry->user_from, __entry->user_to,			\
	__entry->uts_from, __entry->uts_to

/* Long enough for each name of a system call that events.c knows. */
#define NSINSPECT_CAUSE_SIZE	12

#define NSINSPECT_TRACE_TASK					\
	__array(char, cause, NSINSPECT_CAUSE_SIZE)		\
	__field(pid_t, tid)					\
	__field(pid_t, tgid)					\
	__array(char, comm, TASK_COMM_LEN)			\
	__field(u32, uid)					\
	__field(u64, generation)

#define NSINSPECT_TRACE_ASSIGN_TASK				\
	strscpy_pad(__entry->cause, change->cause, NSINSPECT_CAUSE_SIZE); \
	__entry->tid = task_pid_nr(change->task);		\
	__entry->tgid = task_tgid_nr(change->task);		\
	memcpy(__entry->comm, change->task->comm, TASK_COMM_LEN); \
	__entry->uid = change->uid;				\
	__entry->generation = change->generation;

/* The numbers of a new task, from the initial pid namespace down to its own. */
#define NSINSPECT_TRACE_NUMBERS					\
	__field(pid_t, ppid)					\
	__field(pid_t, parent)					\
	__dynamic_array(u32, nrs, task_pid(change->task)->level + 1) \
	__dynamic_array(u32, pidns, task_pid(change->task)->level + 1)

#define NSINSPECT_TRACE_ASSIGN_NUMBERS				\
	__entry->ppid = nsinspect_events_ppid(change->task);	\
	__entry->parent = task_pid_nr(change->parent);		\
	nsinspect_events_numbers(task_pid(change->task), __get_dynamic_array(nrs), \
				 __get_dynamic_array(pidns));

pid_t nsinspect_events_ppid(struct task_struct *task);
void nsinspect_events_numbers(struct pid *pid, u32 *nrs, u32 *pidns);

#endif /* NSINSPECT_TRACE_ONCE */

/* A living task has other namespaces than before. */
TRACE_EVENT_FN(ns_switch,
	TP_PROTO(const struct nsinspect_change *change),
	TP_ARGS(change),
	TP_STRUCT__entry(
		NSINSPECT_TRACE_TASK
		NSINSPECT_TRACE_SLOTS(NSINSPECT_TRACE_FIELDS)
	),
	TP_fast_assign(
		NSINSPECT_TRACE_ASSIGN_TASK
		NSINSPECT_TRACE_SLOTS(NSINSPECT_TRACE_ASSIGN)
	),
	TP_printk("cause=%s tid=%d tgid=%d comm=%s uid=%u generation=%llu " NSINSPECT_TRACE_FORMAT,
		  __entry->cause, __entry->tid, __entry->tgid, __entry->comm, __entry->uid,
		  __entry->generation, NSINSPECT_TRACE_VALUES),
	nsinspect_trace_reg_switch, nsinspect_trace_unreg_switch
);

/* A task is born with other namespaces than the task that made it. */
TRACE_EVENT_FN(ns_fork,
	TP_PROTO(const struct nsinspect_change *change),
	TP_ARGS(change),
	TP_STRUCT__entry(
		NSINSPECT_TRACE_TASK
		NSINSPECT_TRACE_SLOTS(NSINSPECT_TRACE_FIELDS)
		NSINSPECT_TRACE_NUMBERS
	),
	TP_fast_assign(
		NSINSPECT_TRACE_ASSIGN_TASK
		NSINSPECT_TRACE_SLOTS(NSINSPECT_TRACE_ASSIGN)
		NSINSPECT_TRACE_ASSIGN_NUMBERS
	),
	TP_printk("cause=%s tid=%d tgid=%d comm=%s uid=%u generation=%llu ppid=%d parent=%d nrs=%s pidns=%s "
		  NSINSPECT_TRACE_FORMAT,
		  __entry->cause, __entry->tid, __entry->tgid, __entry->comm, __entry->uid,
		  __entry->generation, __entry->ppid, __entry->parent,
		  __print_array(__get_dynamic_array(nrs), __get_dynamic_array_len(nrs) / 4, 4),
		  __print_array(__get_dynamic_array(pidns), __get_dynamic_array_len(pidns) / 4, 4),
		  NSINSPECT_TRACE_VALUES),
	nsinspect_trace_reg_fork, nsinspect_trace_unreg_fork
);

/*
 * A task is born with the namespaces of the task that made it: a plain fork.
 * sched_process_fork does not tell thread groups and numbers in pid namespaces.
 */
TRACE_EVENT_FN(ns_fork_same,
	TP_PROTO(const struct nsinspect_change *change),
	TP_ARGS(change),
	TP_STRUCT__entry(
		NSINSPECT_TRACE_TASK
		NSINSPECT_TRACE_NUMBERS
	),
	TP_fast_assign(
		NSINSPECT_TRACE_ASSIGN_TASK
		NSINSPECT_TRACE_ASSIGN_NUMBERS
	),
	TP_printk("cause=%s tid=%d tgid=%d comm=%s uid=%u generation=%llu ppid=%d parent=%d nrs=%s pidns=%s",
		  __entry->cause, __entry->tid, __entry->tgid, __entry->comm, __entry->uid,
		  __entry->generation, __entry->ppid, __entry->parent,
		  __print_array(__get_dynamic_array(nrs), __get_dynamic_array_len(nrs) / 4, 4),
		  __print_array(__get_dynamic_array(pidns), __get_dynamic_array_len(pidns) / 4, 4)),
	nsinspect_trace_reg_fork_same, nsinspect_trace_unreg_fork_same
);

/* A namespace is born, or freed; the task is the one that did it. */
DECLARE_EVENT_CLASS(nsinspect_ns,
	TP_PROTO(const struct nsinspect_life *life),
	TP_ARGS(life),
	TP_STRUCT__entry(
		__array(char, type, NSINSPECT_TYPE_SIZE)
		__field(u32, inum)
		__field(u64, ns_id)
		__field(u32, owner)
		__field(u64, owner_id)
		__field(u32, parent)
		__field(u64, parent_id)
		__field(pid_t, tid)
		__field(pid_t, tgid)
		__array(char, comm, TASK_COMM_LEN)
		__field(u32, uid)
		__field(u64, generation)
	),
	TP_fast_assign(
		strscpy_pad(__entry->type, life->type, NSINSPECT_TYPE_SIZE);
		__entry->inum = life->ns.inum;
		__entry->ns_id = life->ns.id;
		__entry->owner = life->owner.inum;
		__entry->owner_id = life->owner.id;
		__entry->parent = life->parent.inum;
		__entry->parent_id = life->parent.id;
		__entry->tid = life->by ? task_pid_nr(life->by) : 0;
		__entry->tgid = life->by ? task_tgid_nr(life->by) : 0;
		if (life->by)
			memcpy(__entry->comm, life->by->comm, TASK_COMM_LEN);
		else
			memset(__entry->comm, 0, TASK_COMM_LEN);
		__entry->uid = life->uid;
		__entry->generation = life->generation;
	),
	TP_printk("type=%s inum=%u ns_id=%llu owner=%u parent=%u tid=%d tgid=%d comm=%s uid=%u generation=%llu",
		  __entry->type, __entry->inum, __entry->ns_id, __entry->owner, __entry->parent,
		  __entry->tid, __entry->tgid, __entry->comm, __entry->uid, __entry->generation)
);

DEFINE_EVENT_FN(nsinspect_ns, ns_create,
	TP_PROTO(const struct nsinspect_life *life),
	TP_ARGS(life),
	nsinspect_trace_reg_create, nsinspect_trace_unreg_create
);

DEFINE_EVENT_FN(nsinspect_ns, ns_free,
	TP_PROTO(const struct nsinspect_life *life),
	TP_ARGS(life),
	nsinspect_trace_reg_free, nsinspect_trace_unreg_free
);

#endif /* NSINSPECT_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
