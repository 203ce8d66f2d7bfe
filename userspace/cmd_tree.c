// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect --tree: the process tree.
 */
#include "commands.h"
#include "output.h"
#include "render.h"

int cmd_tree(const struct options *o, int argc, char **argv)
{
	/* Slots of every type are asked for: the renderer leaves out what is not wanted. */
	const struct request r = {
		.command = NSINSPECT_CMD_GRAPH_GET, .tid = o->task, .threads = o->threads,
	};
	const struct tree_options t = {
		.ascii = o->ascii, .color = o->color, .kthreads = o->kthreads,
		.fold = !o->no_fold, .threads = o->threads,
		.width = o->notruncate ? 0 : terminal_width(),
		.types = o->types ? o->types : (1u << NS_TYPES) - 1,
	};
	struct picture p;
	int status;

	(void)argc;
	(void)argv;
	status = picture_get(o, &r, &p);
	if (!status)
		status = picture_name(&p, false);
	if (!status && render_tree(&p.graph, &t, stdout))
		status = out_of_memory();
	picture_free(&p);
	return status;
}
