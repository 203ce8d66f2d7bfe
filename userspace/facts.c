// SPDX-License-Identifier: GPL-2.0
/*
 * Facts as text. All that is here is ASCII but for the names of devices, which
 * are returned as they are.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "facts.h"

/* Whether a text was added; it is whole or not at all. */
static bool add(char *buffer, size_t size, size_t *n, const char *text)
{
	const char *comma = *n ? ", " : "";

	if (*n + strlen(comma) + strlen(text) >= size)
		return false;
	*n += (size_t)snprintf(buffer + *n, size - *n, "%s%s", comma, text);
	return true;
}

/**
 * found_text() - by which ways a namespace was found
 * @found: NSINSPECT_FOUND_*
 * @buffer: where the text goes
 * @size: of @buffer
 *
 * Return: @buffer, with the words of found_ways, each once; NULL when there is
 * no way that is known here.
 */
const char *found_text(uint32_t found, char *buffer, size_t size)
{
	const char *last = "";
	size_t i, n = 0;

	for (i = 0; i < FOUND_WAYS; i++) {
		/* Those of the same words are neighbours. */
		if (!(found & found_ways[i].bit) || !strcmp(found_ways[i].words, last))
			continue;
		last = found_ways[i].words;
		add(buffer, size, &n, last);
	}
	return n ? buffer : NULL;
}

/**
 * extent_text() - a line of a map of ids: 0 -> 100000 x 65536
 * @e: the line
 * @buffer: FACT_TEXT_MAX bytes, or it may be cut
 * @size: of @buffer
 *
 * Return: @buffer.
 */
const char *extent_text(const struct extent *e, char *buffer, size_t size)
{
	snprintf(buffer, size, "%u -> %u x %u", e->first, e->lower_first, e->count);
	return buffer;
}

/* Room for ", and 340 more". */
#define MORE_MAX 16

/**
 * map_text() - a map of ids on one line
 * @map: the map, which is known
 * @buffer: where the text goes
 * @size: of @buffer, FACT_TEXT_MAX at least
 *
 * Return: @buffer, with as many lines as fit and how many there are more.
 */
const char *map_text(const struct id_map *map, char *buffer, size_t size)
{
	char text[FACT_TEXT_MAX];
	size_t i, n = 0;

	snprintf(buffer, size, "none");
	for (i = 0; i < map->n; i++)
		if (!add(buffer, size - MORE_MAX, &n,
			 extent_text(&map->list[i], text, sizeof(text))))
			break;
	if (i < map->n)
		snprintf(buffer + n, size - n, ", and %zu more", map->n - i);
	return buffer;
}

/**
 * seconds_text() - an offset of a clock in seconds: +7200, -86400.5, 0
 * @ns: the offset, nanoseconds
 * @buffer: FACT_TEXT_MAX bytes, or it may be cut
 * @size: of @buffer
 *
 * Return: @buffer.
 */
const char *seconds_text(int64_t ns, char *buffer, size_t size)
{
	uint64_t whole = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	uint64_t part = whole % 1000000000;
	const char *sign = ns < 0 ? "-" : ns > 0 ? "+" : "";
	int digits = 9;

	whole /= 1000000000;
	if (!part) {
		snprintf(buffer, size, "%s%" PRIu64, sign, whole);
		return buffer;
	}
	for (; part % 10 == 0; part /= 10)
		digits--;
	snprintf(buffer, size, "%s%" PRIu64 ".%0*" PRIu64, sign, whole, digits, part);
	return buffer;
}

/**
 * ip_text() - an address with its prefix: 10.0.0.1/24
 * @ip: the address
 * @buffer: FACT_TEXT_MAX bytes, or it may be cut
 * @size: of @buffer
 *
 * Return: @buffer.
 */
const char *ip_text(const struct ip *ip, char *buffer, size_t size)
{
	char address[INET6_ADDRSTRLEN];

	inet_ntop(ip->len == 4 ? AF_INET : AF_INET6, ip->address, address, sizeof(address));
	snprintf(buffer, size, "%s/%u", address, ip->prefix);
	return buffer;
}

/**
 * link_address_text() - the link layer address of a device
 * @l: the device
 * @buffer: FACT_TEXT_MAX bytes, or it may be cut
 * @size: of @buffer
 *
 * Return: @buffer; NULL when it has none.
 */
const char *link_address_text(const struct link *l, char *buffer, size_t size)
{
	size_t n = 0;
	unsigned int i;

	for (i = 0; i < l->address_len && n + 4 < size; i++)
		n += (size_t)snprintf(buffer + n, size - n, "%s%02x", i ? ":" : "", l->address[i]);
	return n ? buffer : NULL;
}

/**
 * link_state_text() - the operational state of a device, as ip link has it
 * @l: the device
 *
 * Return: the word; NULL when it is not known.
 */
const char *link_state_text(const struct link *l)
{
	/* IF_OPER_*, RFC 2863. */
	static const char *const states[] = {
		"UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP",
	};

	if (!l->operstate.known || l->operstate.v >= (int64_t)(sizeof(states) / sizeof(*states)))
		return NULL;
	return states[l->operstate.v];
}

/**
 * link_crosses() - is its other end or its lower device in another namespace?
 * @l: a device
 */
bool link_crosses(const struct link *l)
{
	if (!l->peer_ifindex || !l->peer_net_inum)
		return false;
	return l->peer_net ? l->peer_net != l->net : l->peer_net_inum != l->net_inum;
}

/**
 * link_leads_back() - is its other end one that has it as its other end?
 * @l: a device that has another end or a lower device
 *
 * That of a lower device, of macvlan and the like, is not. Where the other end
 * is not in the picture, its kind says it.
 */
bool link_leads_back(const struct link *l)
{
	const struct link *peer = ns_find_link(l->peer_net, l->peer_ifindex);

	if (!peer)
		return !strcmp(l->kind, "veth");
	return peer->peer_ifindex == l->ifindex && peer->peer_net == l->net;
}

/**
 * link_end_text() - the name of a device
 * @l: the device; NULL: it is not in the picture
 * @ifindex: its number
 * @buffer: FACT_TEXT_MAX bytes, or it may be cut
 * @size: of @buffer
 *
 * Return: the name, any bytes; where there is none, as ip link has it for those
 * that it does not see.
 */
const char *link_end_text(const struct link *l, uint32_t ifindex, char *buffer, size_t size)
{
	if (l && *l->name)
		return l->name;
	snprintf(buffer, size, "if%u", ifindex);
	return buffer;
}
