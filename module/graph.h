/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NSINSPECT_GRAPH_H
#define NSINSPECT_GRAPH_H

#include "snapshot.h"

bool nsinspect_graph_pin(struct nsinspect_builder *builder, struct ns_common *ns);
void nsinspect_graph_unpin(struct nsinspect_builder *builder);
int nsinspect_graph_add_ns(struct nsinspect_builder *builder, struct ns_common *ns, u8 type,
			   u32 *node);
u32 nsinspect_graph_find_ns(struct nsinspect_builder *builder, struct ns_common *ns, u8 type);
int nsinspect_graph_add_nsproxy(struct nsinspect_builder *builder, const struct nsproxy *nsproxy,
				u32 *node);

#endif /* NSINSPECT_GRAPH_H */
