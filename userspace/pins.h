/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_PINS_H
#define NSINSPECT_PINS_H

#include <stdbool.h>
#include <stddef.h>

#include "graph.h"
#include "names.h"

/* Namespaces that we hold open, so that the module finds them. */
struct pins {
	int *fds;
	size_t n, room;
};

int pins_take(struct pins *pins, struct names *names, const struct graph *g);
bool pins_have(const struct pins *pins, int fd);
void pins_free(struct pins *pins);

#endif
