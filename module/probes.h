/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_PROBES_H
#define NSINSPECT_PROBES_H

#include <linux/types.h>

#include <linux/nsinspect.h>

void nsinspect_probes_init(void);
void nsinspect_probes_exit(void);
enum nsinspect_watch nsinspect_probes_watch(void);
u64 nsinspect_probes_missed(void);
u64 nsinspect_probes_missed_births(void);

#endif /* NSINSPECT_PROBES_H */
