/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is written about mounts.
 */
#ifndef NSINSPECT_CMD_MOUNTS_H
#define NSINSPECT_CMD_MOUNTS_H

#include "commands.h"
#include "mounts.h"

int mounts_show(const struct options *o, const char *path, const struct graph *g);
void mounts_describe(const struct options *o, const struct mounts *m);
struct mounts *mounts_of_found(struct graph *g, const struct ns *const *found, int n);

#endif
