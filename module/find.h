/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_FIND_H
#define NSINSPECT_FIND_H

#include "snapshot.h"

int nsinspect_find_all(struct nsinspect_builder *builder);
int nsinspect_find_add(struct nsinspect_builder *builder, struct ns_common *ns, u32 way);

#endif /* NSINSPECT_FIND_H */
