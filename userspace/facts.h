/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What namespaces know about themselves, as text. Columns, screens and JSON
 * have their words from here.
 */
#ifndef NSINSPECT_FACTS_H
#define NSINSPECT_FACTS_H

#include <stddef.h>

#include "graph.h"

/* Room for any of these but the lists, which are cut. */
#define FACT_TEXT_MAX 128

const char *found_text(uint32_t found, char *buffer, size_t size);
const char *map_text(const struct id_map *map, char *buffer, size_t size);
const char *extent_text(const struct extent *e, char *buffer, size_t size);
const char *seconds_text(int64_t ns, char *buffer, size_t size);
const char *ip_text(const struct ip *ip, char *buffer, size_t size);
const char *link_address_text(const struct link *l, char *buffer, size_t size);
const char *link_state_text(const struct link *l);
bool link_crosses(const struct link *l);
bool link_leads_back(const struct link *l);
const char *link_end_text(const struct link *l, uint32_t ifindex, char *buffer, size_t size);

#endif
