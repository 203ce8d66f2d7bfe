/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_GENERATION_H
#define NSINSPECT_GENERATION_H

#include <linux/types.h>

int nsinspect_generation_init(void);
void nsinspect_generation_exit(void);
u64 nsinspect_generation(void);

#endif /* NSINSPECT_GENERATION_H */
