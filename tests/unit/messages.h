/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Answers as the kernel would send them, made with libnl.
 */
#ifndef TESTS_MESSAGES_H
#define TESTS_MESSAGES_H

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "client.h"
#include "graph.h"
#include "save.h"

/* Inode numbers of the namespaces that a system starts in, as in the kernel. */
#define INIT_CGROUP	4026531835u
#define INIT_IPC	4026531839u
#define INIT_MNT	4026531841u
#define INIT_NET	4026531840u
#define INIT_PID	4026531836u
#define INIT_TIME	4026531834u
#define INIT_USER	4026531837u
#define INIT_UTS	4026531838u

/* Those of the container in world(). */
#define OWN_NET		4026532300u
#define OWN_PID		4026532305u
#define OWN_USER	4026532310u
#define THREAD_UTS	4026532320u
#define EMPTY_NET	4026532330u
/* Those that only world_of_facts() has. */
#define EMPTY_UTS	4026532340u
#define EMPTY_IPC	4026532341u
#define EMPTY_TIME	4026532342u

struct nl_msg *message_begin(void);
void message_end(struct capture *c, struct nl_msg *msg);
void put_snapshot(struct capture *c, uint32_t namespaces, uint32_t nsproxies, uint32_t tasks);
/* With what @s says of consistent and of what old pictures do not have. */
void put_snapshot_as(struct capture *c, const struct snapshot *s);
void put_ns(struct capture *c, const struct ns *ns);
void put_nsproxy(struct capture *c, const struct nsproxy *p);
void put_link(struct capture *c, const struct link *l);
void put_counter(struct capture *c, const struct counter *account);
void put_task(struct capture *c, const struct task *t, const struct upid *upids, size_t n);

/*
 * A small system: 1 systemd, 2 kthreadd, 3 kworker/0:0, 812 sh that waits for
 * 830 nginx, which is 1 in a container with a user, a pid and a net namespace
 * of its own; 831 is a thread of it with a uts namespace of its own; 840 is a
 * zombie; 812 has made the pid namespace for its children. The net namespace
 * EMPTY_NET has no task.
 */
void world(struct capture *c);
/*
 * The same with all that is asked for with details. 1000 has used up the user
 * namespaces that it may have, and one end of a pair of devices is in OWN_NET,
 * the other end, a port of a bridge, in INIT_NET. The kernel's list has
 * EMPTY_NET, and an open file holds it; an open file holds EMPTY_UTS.
 */
void world_of_facts(struct capture *c);
void decoded(struct graph *g, const struct capture *c);
const char *save_world(void);
const char *save_world_of_facts(void);
/* The path of a file with @s in it; the caller removes it. */
const char *save_picture(const struct saved *s);

#define WORLD_NAMESPACES 13
#define WORLD_NSPROXIES 4
#define WORLD_TASKS 7
#define FACTS_NAMESPACES (WORLD_NAMESPACES + 3)
#define FACTS_DETAILS ((uint32_t)(NSINSPECT_DETAIL_EVERY | NSINSPECT_DETAIL_FACTS | \
				  NSINSPECT_DETAIL_LINKS | NSINSPECT_DETAIL_COUNTERS))
#define FACTS_LINKS 5
#define FACTS_COUNTERS 3

#endif
