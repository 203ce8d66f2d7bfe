// SPDX-License-Identifier: GPL-2.0
/*
 * What a namespace knows about itself, in lines.
 */
#include <inttypes.h>
#include <string.h>

#include "columns.h"
#include "describe.h"
#include "facts.h"
#include "text.h"

/* So many addresses of a device are on its line. */
#define ADDRESSES_MAX 8

/* "uid 1000 (alice)" */
static void put_user(const struct options *o, int64_t uid)
{
	const char *name = name_of_user((uid_t)uid);

	printf("uid %" PRId64, uid);
	if (!name)
		return;
	printf(" (");
	text_put(stdout, name, o->ascii);
	putchar(')');
}

/* Begin a line of a list. Return: false for those that are only counted. */
static bool begin_line(const struct options *o, const char *label, size_t i)
{
	if (!o->notruncate && i >= DESCRIBE_LINES_MAX)
		return false;
	describe_label(o, i ? "" : label);
	return true;
}

static void show_map(const struct options *o, const char *label, const struct id_map *map)
{
	char text[FACT_TEXT_MAX];
	size_t i;

	if (!map->known)
		return;
	if (!map->n) {
		describe_fact(o, label, "none");
		return;
	}
	for (i = 0; i < map->n && begin_line(o, label, i); i++)
		puts(extent_text(&map->list[i], text, sizeof(text)));
	describe_more(o, map->n - i);
}

static void show_user(const struct options *o, const struct facts *f)
{
	if (f->owner_uid.known) {
		describe_label(o, "owned by");
		put_user(o, f->owner_uid.v);
		if (f->owner_gid.known)
			printf(", gid %" PRId64, f->owner_gid.v);
		putchar('\n');
	}
	show_map(o, "uid map", &f->uid_map);
	show_map(o, "gid map", &f->gid_map);
	if (f->setgroups.known)
		describe_fact(o, "setgroups", f->setgroups.v ? "allowed" : "denied");
}

/* Return: whether anything of the line is written. */
static bool put_count(struct maybe n, bool begun, const char *one, const char *many)
{
	if (!n.known)
		return begun;
	printf("%s%" PRId64 " %s", begun ? ", " : "", n.v, n.v == 1 ? one : many);
	return true;
}

static void show_ipc(const struct options *o, const struct facts *f)
{
	bool begun;

	describe_label(o, "SysV");
	begun = put_count(f->msg_queues, false, "message queue", "message queues");
	begun = put_count(f->sem_sets, begun, "semaphore set", "semaphore sets");
	begun = put_count(f->shm_segments, begun, "shared memory segment",
			  "shared memory segments");
	if (f->shm_bytes.known && f->shm_bytes.v)
		printf(" of %" PRId64 " bytes", f->shm_bytes.v);
	puts(begun ? "" : "not known");
}

static void show_offset(const struct options *o, const char *label, struct maybe offset)
{
	char text[FACT_TEXT_MAX];

	if (!offset.known)
		return;
	describe_label(o, label);
	printf("%s s\n", seconds_text(offset.v, text, sizeof(text)));
}

static void show_pid(const struct options *o, const struct graph *g, const struct facts *f)
{
	const struct task *reaper = f->reaper.known ? graph_find_task(g, (uint32_t)f->reaper.v) : NULL;

	describe_label(o, "reaper");
	if (reaper) {
		describe_pids(o, reaper);
		putchar(' ');
		text_put(stdout, reaper->comm, o->ascii);
	} else if (f->reaper.known) {
		printf("%" PRId64, f->reaper.v);
	} else {
		printf("none");
	}
	if (f->dying)
		printf("%s, has ended: no task can be created in it%s",
		       color_on(o->color, COLOR_GONE), color_off(o->color));
	putchar('\n');
	if (!f->pids.known)
		return;
	describe_label(o, "pids");
	printf("%" PRId64 " in use", f->pids.v);
	if (f->pid_max.known)
		printf(", the limit is %" PRId64, f->pid_max.v);
	putchar('\n');
}

static void put_link_name(const struct options *o, const struct link *l, uint32_t ifindex)
{
	char text[FACT_TEXT_MAX];

	text_put(stdout, link_end_text(l, ifindex, text, sizeof(text)), o->ascii);
}

/* " <-> net:32241/eth0 (blue)"; a lower device does not lead back: " -> eth0" */
static void put_peer(const struct options *o, const struct graph *g, const struct link *l)
{
	const struct link *peer = ns_find_link(l->peer_net, l->peer_ifindex);

	if (!l->peer_ifindex)
		return;
	printf(" %s ", link_leads_back(l) ? "<->" : "->");
	if (!l->peer_net_inum) {
		printf("net:?/");
	} else if (!l->peer_net || l->peer_net != l->net) {
		printf("%snet%s:%s/", color_on(o->color, COLOR_TYPES + NSINSPECT_NS_TYPE_NET),
		       color_off(o->color),
		       describe_inum(o, g, l->peer_net, l->peer_net_inum).text);
	}
	put_link_name(o, peer, l->peer_ifindex);
	if (l->peer_net && l->peer_net != l->net && l->peer_net->name) {
		printf(" (");
		text_put(stdout, l->peer_net->name, o->ascii);
		putchar(')');
	}
}

static void put_addresses(const struct link *l)
{
	char text[FACT_TEXT_MAX];
	const char *address = link_address_text(l, text, sizeof(text));
	bool zero = true;
	size_t i;

	for (i = 0; i < l->address_len; i++)
		zero = zero && !l->address[i];
	if (address && !zero)
		printf(", %s", address);
	for (i = 0; i < l->n_ips && i < ADDRESSES_MAX; i++)
		printf(", %s", ip_text(&l->ips[i], text, sizeof(text)));
	if (i < l->all_ips)
		printf(", and %zu more address%s", l->all_ips - i, l->all_ips - i == 1 ? "" : "es");
}

/* "veth0 <-> net:32241/eth0: veth, UP, port of br0, 02:00:00:00:00:04, 10.0.0.1/24" */
static void put_link(const struct options *o, const struct graph *g, const struct link *l)
{
	const char *state = link_state_text(l);

	printf("%s", color_on(o->color, COLOR_STRONG));
	put_link_name(o, l, l->ifindex);
	printf("%s", color_off(o->color));
	put_peer(o, g, l);
	printf(": ");
	if (*l->kind) {
		text_put(stdout, l->kind, o->ascii);
		printf(", ");
	}
	printf("%s", state ? state : "state not known");
	if (l->master) {
		printf(", port of ");
		put_link_name(o, ns_find_link(l->net, l->master), l->master);
	}
	put_addresses(l);
	putchar('\n');
}

static void show_net(const struct options *o, const struct graph *g, const struct ns *ns)
{
	char text[VALUE_TEXT_MAX];
	size_t i;

	if (ns->facts && ns->facts->nsid.known) {
		snprintf(text, sizeof(text), "%" PRId64, ns->facts->nsid.v);
		describe_fact(o, "nsid", text);
	}
	for (i = 0; i < ns->n_links && begin_line(o, "devices", i); i++)
		put_link(o, g, &ns->links[i]);
	describe_more(o, ns->n_links - i);
}

/**
 * describe_facts() - write how a namespace was found and what it knows about itself
 * @o: how
 * @g: the graph that it is in
 * @ns: the namespace
 *
 * What is not known has no line.
 */
void describe_facts(const struct options *o, const struct graph *g, const struct ns *ns)
{
	const struct facts *f = ns->facts;
	char text[VALUE_TEXT_MAX];

	describe_fact(o, "found", ns_text(ns, COL_FOUND, text));
	if (f && f->creator_uid.known) {
		describe_label(o, "creator");
		put_user(o, f->creator_uid.v);
		putchar('\n');
	}
	/* Devices are no facts in this sense: they come by themselves. */
	if (ns->type == NSINSPECT_NS_TYPE_NET)
		show_net(o, g, ns);
	if (!f)
		return;
	switch (ns->type) {
	case NSINSPECT_NS_TYPE_CGROUP:
		describe_fact(o, "root", f->cgroup_root);
		break;
	case NSINSPECT_NS_TYPE_IPC:
		show_ipc(o, f);
		break;
	case NSINSPECT_NS_TYPE_PID:
		show_pid(o, g, f);
		break;
	case NSINSPECT_NS_TYPE_TIME:
		show_offset(o, "monotonic", f->monotonic_ns);
		show_offset(o, "boottime", f->boottime_ns);
		break;
	case NSINSPECT_NS_TYPE_USER:
		show_user(o, f);
		break;
	case NSINSPECT_NS_TYPE_UTS:
		describe_fact(o, "hostname", f->nodename);
		describe_fact(o, "domain", f->domainname);
		break;
	case NSINSPECT_NS_TYPE_MNT:
	case NSINSPECT_NS_TYPE_NET:
		break;
	}
}
