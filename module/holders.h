/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_HOLDERS_H
#define NSINSPECT_HOLDERS_H

#include "snapshot.h"

struct nsinspect_ask;

/**
 * struct nsinspect_target - the one namespace whose holders are asked for
 * @type: enum nsinspect_ns_type, or -1 for any
 * @inum: its inode number, or 0 for any
 * @id: its ns_id, or 0 for any
 * @ns: the namespace once it was found, with a reference of ours
 */
struct nsinspect_target {
	int type;
	u32 inum;
	u64 id;
	struct ns_common *ns;
};

void nsinspect_holders_init(void);
bool nsinspect_target_is(const struct nsinspect_target *target, const struct ns_common *ns,
			 u8 type);
int nsinspect_holders_find(struct nsinspect_builder *builder);

#endif /* NSINSPECT_HOLDERS_H */
