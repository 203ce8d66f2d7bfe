/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_PROBES_H
#define NSINSPECT_PROBES_H

#include <linux/types.h>

#include <linux/nsinspect.h>

#include "events.h"

void nsinspect_probes_init(void);
void nsinspect_probes_exit(void);
enum nsinspect_watch nsinspect_probes_watch(void);
u64 nsinspect_probes_missed(void);
u64 nsinspect_probes_missed_full(void);
u64 nsinspect_probes_missed_nested(void);
u64 nsinspect_probes_missed_births(void);
int nsinspect_probes_get(enum nsinspect_event event);
void nsinspect_probes_put(enum nsinspect_event event);
u64 nsinspect_probes_missed_events(void);

#endif /* NSINSPECT_PROBES_H */
