/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_GENERATION_H
#define NSINSPECT_GENERATION_H

#include <linux/types.h>

struct nsinspect_snapshot;

void nsinspect_generation_init(void);
void nsinspect_generation_begin(void);
void nsinspect_generation_end(void);
u64 nsinspect_generation(void);
u64 nsinspect_generation_births(void);
u64 nsinspect_generation_under_way(void);
u64 nsinspect_generation_load(void);
void nsinspect_generation_settle(void);
bool nsinspect_generation_open(struct nsinspect_snapshot *snapshot);
void nsinspect_generation_close(struct nsinspect_snapshot *snapshot, bool quiet);

#endif /* NSINSPECT_GENERATION_H */
