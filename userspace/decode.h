/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes of a netlink message -> nodes of a graph. No I/O.
 */
#ifndef NSINSPECT_DECODE_H
#define NSINSPECT_DECODE_H

#include <stddef.h>

#include "graph.h"

int decode_message(struct graph *g, const void *attrs, size_t len, const char **why);
int decode_messages(struct graph *g, const void *bytes, size_t len, const char **why);
int decode_complete(const struct graph *g, const char **why);

#endif
