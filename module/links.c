// SPDX-License-Identifier: GPL-2.0
/*
 * The devices of network namespaces, and where the other ends of these are.
 *
 * All devices of a namespace are looked at under one rtnl_lock(), which is what
 * get_link_net() of a kind of device asks for, so that they are of one moment.
 * Nothing is allocated under it, since all of networking waits meanwhile: where
 * what was reserved is used up, the namespace is begun anew with more.
 */
#include <linux/errno.h>
#include <linux/if.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/string.h>
#include <net/if_inet6.h>
#include <net/addrconf.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/rtnetlink.h>

#include "compat.h"
#include "filter.h"
#include "graph.h"
#include "links.h"
#include "netlink.h"
#include "walk.h"

/* So many addresses of a device are sent: its node has to fit a message. */
#define IPS_SENT	512

/* More than an address takes in a message, bytes. */
#define IP_ROOM		(NLA_HDRLEN + nla_total_size(sizeof(struct in6_addr)) + \
			 nla_total_size(sizeof(u32)))

static int add_ip(struct nsinspect_builder *builder, const void *address, u8 len, u8 prefix)
{
	struct nsinspect_ip *ip = nsinspect_snapshot_add(builder, NSINSPECT_KIND_IP);

	if (!ip)
		return -ENOSPC;
	memcpy(ip->address, address, len);
	ip->len = len;
	ip->prefix = prefix;
	return 0;
}

/* Under RTNL. */
static int add_ipv4(struct nsinspect_builder *builder, const struct net_device *dev)
{
	const struct in_device *in_dev = __in_dev_get_rtnl(dev);
	const struct in_ifaddr *ifa;
	int err = 0;

	if (!in_dev)
		return 0;
	in_dev_for_each_ifa_rtnl(ifa, in_dev) {
		err = add_ip(builder, &ifa->ifa_local, sizeof(ifa->ifa_local), ifa->ifa_prefixlen);
		if (err)
			break;
	}
	return err;
}

#if IS_ENABLED(CONFIG_IPV6)
/* Under RTNL. Some addresses come and go without it, under this lock. */
static int add_ipv6(struct nsinspect_builder *builder, const struct net_device *dev)
{
	struct inet6_dev *idev = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifa;
	int err = 0;

	if (!idev)
		return 0;
	read_lock_bh(&idev->lock);
	list_for_each_entry(ifa, &idev->addr_list, if_list) {
		err = add_ip(builder, &ifa->addr, sizeof(ifa->addr), ifa->prefix_len);
		if (err)
			break;
	}
	read_unlock_bh(&idev->lock);
	return err;
}
#else
static int add_ipv6(struct nsinspect_builder *builder, const struct net_device *dev)
{
	return 0;
}
#endif

/*
 * Under RTNL, which keeps in memory the namespace of whatever is registered. One
 * that is dying is left out: it has no node, and soon no devices.
 */
static int add_peer_net(struct nsinspect_builder *builder, struct net *net, u32 *node)
{
	int err;

	if (!nsinspect_graph_pin(builder, &net->ns))
		return 0;
	builder->way = NSINSPECT_FOUND_LINK;
	err = nsinspect_graph_add_ns(builder, &net->ns, NSINSPECT_NS_TYPE_NET, node);
	nsinspect_graph_unpin(builder);
	return err;
}

/* Under RTNL. As rtnetlink tells IFLA_LINK and IFLA_LINK_NETNSID. */
static int note_peer(struct nsinspect_builder *builder, const struct net_device *dev,
		     struct nsinspect_link *link)
{
	struct net *other = NULL;
	int iflink = dev_get_iflink(dev);
	bool crosses;

	if (dev->rtnl_link_ops && dev->rtnl_link_ops->get_link_net)
		other = dev->rtnl_link_ops->get_link_net(dev);
	crosses = other && !net_eq(other, dev_net(dev));
	if (iflink > 0 && (crosses || iflink != dev->ifindex))
		link->peer_ifindex = iflink;
	if (crosses)
		return add_peer_net(builder, other, &link->peer_net);
	if (link->peer_ifindex)
		link->peer_net = link->net;
	return 0;
}

/* Under RTNL. */
static int add_link(struct nsinspect_builder *builder, struct net_device *dev, u32 net)
{
	const struct nsinspect_vec *ips = &builder->snapshot->vecs[NSINSPECT_KIND_IP];
	struct net_device *master = netdev_master_upper_dev_get(dev);
	struct nsinspect_link link = {
		.net = net,
		.peer_net = NSINSPECT_NONE,
		.ifindex = dev->ifindex,
		.flags = nsinspect_dev_flags(dev),
		.master = master ? master->ifindex : 0,
		.ips.first = ips->count,
		.operstate = netif_running(dev) ? READ_ONCE(dev->operstate) : IF_OPER_DOWN,
		.address_len = min_t(u8, dev->addr_len, MAX_ADDR_LEN),
	};
	int err;

	if (!nsinspect_snapshot_has_room(builder, NSINSPECT_KIND_LINK, 1))
		return -ENOSPC;
	memcpy(link.address, dev->dev_addr, link.address_len);
	strscpy(link.name, dev->name, sizeof(link.name));
	if (dev->rtnl_link_ops)
		strscpy(link.kind, dev->rtnl_link_ops->kind, sizeof(link.kind));
	err = note_peer(builder, dev, &link);
	if (!err)
		err = add_ipv4(builder, dev);
	if (!err)
		err = add_ipv6(builder, dev);
	if (err)
		return err;
	link.ips.count = ips->count - link.ips.first;
	*(struct nsinspect_link *)nsinspect_snapshot_add(builder, NSINSPECT_KIND_LINK) = link;
	return 0;
}

/* Under RTNL: all devices of @net, or none. */
static int add_links(struct nsinspect_builder *builder, struct net *net, u32 node)
{
	struct nsinspect_vec *vecs = builder->snapshot->vecs;
	u32 links = vecs[NSINSPECT_KIND_LINK].count;
	u32 ips = vecs[NSINSPECT_KIND_IP].count;
	struct net_device *dev;
	int err;

	for_each_netdev(net, dev) {
		err = add_link(builder, dev, node);
		if (err) {
			nsinspect_snapshot_rewind(builder, NSINSPECT_KIND_LINK, links);
			nsinspect_snapshot_rewind(builder, NSINSPECT_KIND_IP, ips);
			return err;
		}
		cond_resched();
	}
	return 0;
}

/**
 * nsinspect_links_add() - add the devices of a network namespace
 * @builder: the builder
 * @net: the network namespace, pinned by the caller and in the snapshot
 *
 * Context: Process context, may sleep; takes RTNL, no locks held.
 * Return: 0, also when none were asked for, -ENOMEM, or -EINTR after a fatal
 *	   signal to current.
 */
int nsinspect_links_add(struct nsinspect_builder *builder, struct net *net)
{
	u32 node;
	int err;

	if (!(builder->ask->details & NSINSPECT_DETAIL_LINKS))
		return 0;
	node = nsinspect_graph_find_ns(builder, &net->ns, NSINSPECT_NS_TYPE_NET);
	if (node == NSINSPECT_NONE)
		return 0;
	do {
		err = nsinspect_snapshot_reserve(builder);
		if (!err)
			err = nsinspect_rtnl_lock();
		if (err)
			return err;
		err = add_links(builder, net, node);
		rtnl_unlock();
	} while (err == -ENOSPC);
	return err;
}

static u32 ips_sent(const struct nsinspect_link *link)
{
	return min_t(u32, link->ips.count, IPS_SENT);
}

/**
 * nsinspect_links_room() - what a device takes in a message beyond its fixed part
 * @snapshot: the snapshot
 * @i: index of the link
 *
 * Context: Any.
 * Return: bytes.
 */
size_t nsinspect_links_room(const struct nsinspect_snapshot *snapshot, u32 i)
{
	return ips_sent(nsinspect_snapshot_link(snapshot, i)) * IP_ROOM;
}

static int fill_ip(struct sk_buff *skb, const struct nsinspect_ip *ip)
{
	struct nlattr *nest = nla_nest_start(skb, NSINSPECT_A_LINK_IP);

	if (!nest || nla_put(skb, NSINSPECT_A_IP_ADDRESS, ip->len, ip->address) ||
	    nla_put_u32(skb, NSINSPECT_A_IP_PREFIX, ip->prefix))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * nsinspect_links_fill() - put a device into a message
 * @skb: the message
 * @snapshot: the snapshot
 * @filter: what was asked for
 * @i: index of the link
 *
 * Context: Any.
 * Return: 0, or -EMSGSIZE with a part of it in the message, to be cut off.
 */
int nsinspect_links_fill(struct sk_buff *skb, const struct nsinspect_snapshot *snapshot,
			 const struct nsinspect_filter *filter, u32 i)
{
	const struct nsinspect_link *link = nsinspect_snapshot_link(snapshot, i);
	u32 ip;

	if (nsinspect_fill_ref(skb, snapshot, NSINSPECT_A_LINK_NET, NSINSPECT_A_LINK_NET_NODE,
			       link->net) ||
	    nla_put_u32(skb, NSINSPECT_A_LINK_IFINDEX, link->ifindex) ||
	    nla_put_string(skb, NSINSPECT_A_LINK_NAME, link->name) ||
	    (*link->kind && nla_put_string(skb, NSINSPECT_A_LINK_KIND, link->kind)) ||
	    nla_put_u32(skb, NSINSPECT_A_LINK_FLAGS, link->flags) ||
	    nla_put_u32(skb, NSINSPECT_A_LINK_OPERSTATE, link->operstate) ||
	    (link->address_len && nla_put(skb, NSINSPECT_A_LINK_ADDRESS, link->address_len,
					  link->address)) ||
	    (link->master && nla_put_u32(skb, NSINSPECT_A_LINK_MASTER, link->master)) ||
	    (link->peer_ifindex &&
	     nla_put_u32(skb, NSINSPECT_A_LINK_PEER_IFINDEX, link->peer_ifindex)) ||
	    nsinspect_fill_ref(skb, snapshot, NSINSPECT_A_LINK_PEER_NET,
			       NSINSPECT_A_LINK_PEER_NET_NODE, link->peer_net) ||
	    nla_put_u32(skb, NSINSPECT_A_LINK_IPS, link->ips.count))
		return -EMSGSIZE;
	for (ip = 0; ip < ips_sent(link); ip++)
		if (fill_ip(skb, nsinspect_snapshot_ip(snapshot, link->ips.first + ip)))
			return -EMSGSIZE;
	return 0;
}
