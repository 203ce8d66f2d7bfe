// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect --tree: the process tree.
 */
#include "commands.h"
#include "output.h"
#include "render.h"

/**
 * tree_options_set() - how the process tree is drawn
 * @t: filled in
 * @o: what was asked for
 * @p: the picture that will be drawn
 */
void tree_options_set(struct tree_options *t, const struct options *o, const struct picture *p)
{
	*t = (struct tree_options){
		.ascii = o->ascii, .color = o->color, .kthreads = o->kthreads,
		.fold = !o->no_fold, .threads = o->threads, .whole = o->notruncate,
		.width = o->notruncate ? 0 : terminal_width(),
		.types = o->types ? o->types : (1u << NS_TYPES) - 1,
		.task = o->task, .names = &p->names,
	};
}

/**
 * tree_name() - give a picture the names that the process tree shows
 * @o: where the picture is from
 * @p: the picture
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong.
 */
int tree_name(const struct options *o, struct picture *p)
{
	int status = picture_name(p, 0);

	if (!status && (names_containers(&p->names, &p->graph, !o->from) ||
			names_set(&p->names, &p->graph)))
		status = out_of_memory();
	return status;
}

int cmd_tree(const struct options *o, int argc, char **argv)
{
	/*
	 * The whole picture: what is above and below a task, and who was first in a
	 * namespace, is in no smaller one. Which threads of it are drawn, and what of
	 * which types, the renderer knows.
	 */
	const struct request r = {
		.command = NSINSPECT_CMD_GRAPH_GET, .threads = o->threads || o->task,
	};
	struct tree_options t;
	struct picture p;
	int status;

	(void)argc;
	(void)argv;
	status = picture_get(o, &r, &p);
	if (!status && o->task && !graph_find_task(&p.graph, o->task))
		status = fail(STATUS_NO_SUCH, "task %u: %s", o->task,
			      o->from ? "there is no such task in this picture" : "no such task");
	if (!status)
		status = tree_name(o, &p);
	tree_options_set(&t, o, &p);
	if (!status && render_tree(&p.graph, &t, stdout))
		status = out_of_memory();
	picture_free(&p);
	return status;
}
