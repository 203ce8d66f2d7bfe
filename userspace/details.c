// SPDX-License-Identifier: GPL-2.0
/*
 * What there is to say of a namespace in a few words: its hostname, its map of
 * user IDs, its devices and where they lead.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "render.h"
#include "text.h"

/* So many devices of a namespace that lead to others are named; the rest are counted. */
#define LINKS_MAX 4

/* So many bytes of a hostname fit next to the other columns of a terminal. */
#define HOSTNAME_MAX 28

struct writer {
	FILE *out;
	const struct graph *g;
	unsigned int how;	/* DETAILS_* */
};

/* Each detail is a line of a cell: between them is a comma. */
static void begin(const struct writer *w)
{
	if (ftell(w->out) > 0)
		fputc(',', w->out);
}

/* "veth0 <-> 32241/eth0"; a lower device does not lead back: "macvlan0 -> 31840/eth0" */
static void put_link(const struct writer *w, const struct link *l)
{
	const struct link *peer = ns_find_link(l->peer_net, l->peer_ifindex);
	const struct short_number number = l->peer_net ? ns_short(w->g, l->peer_net) :
						inum_short(w->g, l->peer_net_inum);
	bool ascii = w->how & DETAILS_ASCII;
	const char *both = ascii ? "<->" : "↔", *one = ascii ? "->" : "→";
	char text[FACT_TEXT_MAX];

	begin(w);
	fprintf(w->out, "%s %s ", link_end_text(l, l->ifindex, text, sizeof(text)),
		link_leads_back(l) ? both : one);
	fprintf(w->out, "%s/%s", number.text,
		link_end_text(peer, l->peer_ifindex, text, sizeof(text)));
}

static void put_net(const struct writer *w, const struct ns *ns)
{
	size_t i, n = 0, max = w->how & DETAILS_WHOLE ? SIZE_MAX : LINKS_MAX;

	if (!ns->n_links)
		return;
	fprintf(w->out, "%zu device%s", ns->n_links, ns->n_links == 1 ? "" : "s");
	for (i = 0; w->how & DETAILS_LINKS && i < ns->n_links; i++)
		if (link_crosses(&ns->links[i]) && n++ < max)
			put_link(w, &ns->links[i]);
	if (n > max) {
		begin(w);
		fprintf(w->out, "and %zu more", n - max);
	}
}

static void put_user(const struct writer *w, const struct ns *ns)
{
	const struct id_map *map = &ns->facts->uid_map;
	size_t i, n = w->how & DETAILS_WHOLE ? map->n : 1;
	char text[FACT_TEXT_MAX];

	/* That of the initial one is all ids there are. */
	if (!map->known || ns->initial)
		return;
	if (!map->n)
		fputs("no uid map", w->out);
	for (i = 0; i < map->n && i < n; i++) {
		begin(w);
		fputs(extent_text(&map->list[i], text, sizeof(text)), w->out);
	}
	if (i < map->n) {
		begin(w);
		fprintf(w->out, "and %zu more", map->n - i);
	}
}

static void put_hostname(const struct writer *w, const char *name)
{
	size_t n = 0, len = strlen(name), one;

	if (w->how & DETAILS_WHOLE || len <= HOSTNAME_MAX) {
		fputs(name, w->out);
		return;
	}
	/* No character is cut in two. */
	while (n < HOSTNAME_MAX - strlen("...")) {
		unsigned int code;

		one = text_utf8_len(name + n, &code);
		n += one ? one : 1;
	}
	fprintf(w->out, "%.*s...", (int)n, name);
}

static void put_details(const struct writer *w, const struct ns *ns)
{
	/* Devices are no facts in this sense: they come by themselves. */
	if (ns->type == NSINSPECT_NS_TYPE_NET)
		put_net(w, ns);
	if (!ns->facts)
		return;
	switch (ns->type) {
	case NSINSPECT_NS_TYPE_PID:
		if (ns->facts->dying)
			fputs("dying", w->out);
		break;
	case NSINSPECT_NS_TYPE_USER:
		put_user(w, ns);
		break;
	case NSINSPECT_NS_TYPE_UTS:
		if (ns->facts->nodename)
			put_hostname(w, ns->facts->nodename);
		break;
	default:
		break;
	}
}

/**
 * ns_details() - what there is to say of a namespace
 * @g: a linked graph, taken with facts and links
 * @ns: a namespace in it
 * @how: DETAILS_*
 * @details: lines with commas between them, any bytes, to be freed; NULL when
 *	there is nothing to say
 *
 * Return: 0, or -ENOMEM.
 */
int ns_details(const struct graph *g, const struct ns *ns, unsigned int how, char **details)
{
	struct writer w = { .g = g, .how = how };
	size_t size = 0;

	*details = NULL;
	w.out = open_memstream(details, &size);
	if (!w.out)
		return -ENOMEM;
	put_details(&w, ns);
	if (fclose(w.out))
		return -ENOMEM;
	if (!size) {
		free(*details);
		*details = NULL;
	}
	return 0;
}

/**
 * details_set() - set the details of all namespaces, for tables
 * @g: a linked graph, taken with facts and links
 * @how: DETAILS_*
 *
 * Return: 0, or -ENOMEM.
 */
int details_set(struct graph *g, unsigned int how)
{
	size_t i;
	int err = 0;

	for (i = 0; i < g->n_namespaces && !err; i++) {
		free(g->namespaces[i].details);
		err = ns_details(g, &g->namespaces[i], how, &g->namespaces[i].details);
	}
	return err;
}

/**
 * details_how() - how details are shown in a table
 * @ascii: no character outside ASCII
 * @whole: nothing is cut
 *
 * Return: DETAILS_*.
 */
unsigned int details_how(bool ascii, bool whole)
{
	return DETAILS_LINKS | (ascii || !text_utf8() ? DETAILS_ASCII : 0) |
	       (whole ? DETAILS_WHOLE : 0);
}
