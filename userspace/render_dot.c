// SPDX-License-Identifier: GPL-2.0
/*
 * A graph for graphviz: namespaces by type, nsproxies, tasks.
 */
#include "color.h"
#include "render.h"
int render_dot(const struct graph *g, FILE *out) { (void)g; (void)out; return 0; }
