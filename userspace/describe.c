// SPDX-License-Identifier: GPL-2.0
/*
 * Lines and phrases that several commands write, and parts of a graph.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "containers.h"
#include "describe.h"
#include "render.h"
#include "text.h"

/**
 * describe_pids() - write the number of a task at every level: 830→1
 * @o: how
 * @t: the task
 */
void describe_pids(const struct options *o, const struct task *t)
{
	size_t i;

	fputs(color_on(o->color, COLOR_NUMBER), stdout);
	for (i = 0; i < t->n_upids; i++)
		printf("%s%u", i ? o->ascii ? "->" : "→" : "", t->upids[i].nr);
	if (!t->n_upids)
		printf("%u", t->tid);
	fputs(color_off(o->color), stdout);
}

/**
 * describe_inum() - the number of a namespace, next to its type
 * @o: how; with ->notruncate, all digits
 * @g: a linked graph
 * @ns: a namespace in it; NULL: only its number is known
 * @inum: its inode number
 *
 * Return: the number, good as long as the full expression that it is part of.
 */
struct short_number describe_inum(const struct options *o, const struct graph *g,
				  const struct ns *ns, uint32_t inum)
{
	struct short_number whole;

	if (!o->notruncate)
		return ns ? ns_short(g, ns) : inum_short(g, inum);
	if (ns && ns->twin && ns->node)
		snprintf(whole.text, sizeof(whole.text), "%u#%u", inum, ns->node);
	else
		snprintf(whole.text, sizeof(whole.text), "%u", inum);
	return whole;
}

/**
 * describe_initial() - write that the system was started in a namespace
 * @o: how
 */
void describe_initial(const struct options *o)
{
	printf(" %sinitial%s", color_on(o->color, COLOR_INITIAL), color_off(o->color));
}

/**
 * describe_names() - write what a namespace is called, behind its number: (blue)
 * @o: how
 * @ns: the namespace
 *
 * A name is in parentheses; that the system was started in a namespace is not.
 */
void describe_names(const struct options *o, const struct ns *ns)
{
	if (ns->name) {
		fputs(" (", stdout);
		text_put(stdout, ns->name, o->ascii);
		putchar(')');
	}
	if (ns->initial)
		describe_initial(o);
}

/**
 * describe_ns() - write which namespace: net:32281 (blue)
 * @o: how
 * @g: the graph that it is in
 * @ns: the namespace
 */
void describe_ns(const struct options *o, const struct graph *g, const struct ns *ns)
{
	printf("%s%s:%s%s", color_on(o->color, COLOR_TYPES + ns->type), ns_type_names[ns->type],
	       describe_inum(o, g, ns, ns->inum).text, color_off(o->color));
	describe_names(o, ns);
}

/**
 * describe_label() - begin a line
 * @o: how
 * @label: what the line is about
 */
void describe_label(const struct options *o, const char *label)
{
	printf("  %s%-10s%s ", color_on(o->color, COLOR_HEADING), label, color_off(o->color));
}

/**
 * describe_fact() - write a line about one thing that is known, or nothing
 * @o: how
 * @label: what the line is about
 * @text: any bytes; NULL: not known
 */
void describe_fact(const struct options *o, const char *label, const char *text)
{
	if (!text)
		return;
	describe_label(o, label);
	text_put(stdout, text, o->ascii);
	putchar('\n');
}

/**
 * describe_more() - end a list of which not all is shown
 * @o: how
 * @n: how many are not; 0 writes nothing
 */
void describe_more(const struct options *o, size_t n)
{
	if (!n)
		return;
	describe_label(o, "");
	printf("and %zu more (-u lists all)\n", n);
}

/**
 * describe_ref() - write which namespace is referred to
 * @o: how
 * @g: the graph
 * @ns: the namespace; NULL: not in this graph
 * @type: its type
 * @inum: its inode number; 0: not known
 */
void describe_ref(const struct options *o, const struct graph *g, const struct ns *ns,
		  enum nsinspect_ns_type type, uint32_t inum)
{
	if (ns)
		describe_ns(o, g, ns);
	else if (inum)
		printf("%s:%s", ns_type_names[type], describe_inum(o, g, NULL, inum).text);
	else
		printf("%s:?", ns_type_names[type]);
}

/* A field in the middle of a line. */
static void put_field(const struct options *o, const struct task *t, enum task_field field)
{
	char buffer[VALUE_TEXT_MAX];
	const char *text = task_text(t, field, buffer);

	text_put(stdout, text ? text : "-", o->ascii);
}

/* Another task, by name where it is in the graph. */
static void put_other(const struct options *o, const struct graph *g, const char *what,
		      uint32_t tid)
{
	const struct task *t = graph_find_task(g, tid);

	printf("%s%u", what, tid);
	if (t) {
		putchar(' ');
		text_put(stdout, t->comm, o->ascii);
	}
}

/* "container docker 0123...", "unit system.slice/cron.service" */
static void describe_container(const struct options *o, const struct task *t)
{
	struct container c;

	if (!t->cgroup || !container_of(t->cgroup, &c))
		return;
	if (c.runtime && !strcmp(c.runtime, "systemd")) {
		describe_label(o, "unit");
	} else {
		describe_label(o, "container");
		printf("%s ", c.runtime ? c.runtime : "(runtime not known)");
	}
	text_put(stdout, c.id, o->ascii);
	putchar('\n');
}

/**
 * describe_task() - write which task, its state, parent and user
 * @o: how
 * @g: the graph that it is in
 * @t: the task
 */
void describe_task(const struct options *o, const struct graph *g, const struct task *t)
{
	const char *user = name_of_user(t->uid);

	printf("%stask ", color_on(o->color, COLOR_STRONG));
	put_field(o, t, TASK_TID);
	printf("%s ", color_off(o->color));
	put_field(o, t, TASK_COMM);
	putchar('\n');
	describe_label(o, "state");
	put_field(o, t, TASK_STATE);
	if (t->kthread)
		printf(", kernel thread");
	if (!task_is_leader(t))
		put_other(o, g, ", thread of ", t->tgid);
	if (t->ppid)
		put_other(o, g, ", child of ", t->ppid);
	printf(", uid ");
	put_field(o, t, TASK_UID);
	if (user) {
		printf(" (");
		text_put(stdout, user, o->ascii);
		putchar(')');
	}
	putchar('\n');
	describe_container(o, t);
}

/**
 * describe_levels() - write the number of a task at every level, one a line
 * @o: how
 * @g: the graph that it is in
 * @t: the task
 */
void describe_levels(const struct options *o, const struct graph *g, const struct task *t)
{
	size_t i;

	for (i = 0; i < t->n_upids; i++) {
		const struct upid *u = &t->upids[i];

		describe_label(o, i ? "" : "levels");
		printf("%2u  %s%7u%s  in ", u->level, color_on(o->color, COLOR_NUMBER), u->nr,
		       color_off(o->color));
		describe_ref(o, g, u->ns, NSINSPECT_NS_TYPE_PID, u->pidns);
		putchar('\n');
	}
}

/**
 * part_begin() - begin with nothing of a graph
 * @part: the part; part_end() frees it in any case
 * @whole: a linked graph; has to stay
 *
 * Return: 0, or -ENOMEM.
 */
int part_begin(struct part *part, const struct graph *whole)
{
	memset(part, 0, sizeof(*part));
	part->whole = whole;
	part->g.host = whole->host;
	part->g.snapshot = whole->snapshot;
	part->g.details = whole->details;
	part->g.namespaces = calloc(whole->n_namespaces + 1, sizeof(struct ns));
	part->g.nsproxies = calloc(whole->n_nsproxies + 1, sizeof(struct nsproxy));
	part->g.tasks = calloc(whole->n_tasks + 1, sizeof(struct task));
	part->has_ns = calloc(whole->n_namespaces + 1, 1);
	part->has_nsproxy = calloc(whole->n_nsproxies + 1, 1);
	part->has_task = calloc(whole->n_tasks + 1, 1);
	if (!part->g.namespaces || !part->g.nsproxies || !part->g.tasks || !part->has_ns ||
	    !part->has_nsproxy || !part->has_task)
		return -ENOMEM;
	return 0;
}

/**
 * part_end() - free a part
 * @part: what part_begin() began
 */
void part_end(struct part *part)
{
	/* Strings belong to the whole. */
	free(part->g.namespaces);
	free(part->g.nsproxies);
	free(part->g.tasks);
	free(part->has_ns);
	free(part->has_nsproxy);
	free(part->has_task);
}

/**
 * part_take() - take a namespace into a part, and nothing with it
 * @part: the part
 * @ns: of the whole; NULL: none
 */
void part_take(struct part *part, const struct ns *ns)
{
	if (!ns || part->has_ns[ns - part->whole->namespaces])
		return;
	part->has_ns[ns - part->whole->namespaces] = true;
	part->g.namespaces[part->g.n_namespaces++] = *ns;
}

/**
 * part_ns() - take a namespace into a part
 * @part: the part
 * @ns: of the whole; NULL: none
 *
 * What it leads to, parents and owners, comes after it.
 */
void part_ns(struct part *part, const struct ns *ns)
{
	size_t at = part->g.n_namespaces;

	part_take(part, ns);
	for (; at < part->g.n_namespaces; at++) {
		part_take(part, part->g.namespaces[at].parent);
		part_take(part, part->g.namespaces[at].owner);
	}
}

/**
 * part_task() - take a task and all its namespaces into a part
 * @part: the part
 * @t: of the whole
 */
void part_task(struct part *part, const struct task *t)
{
	const struct graph *whole = part->whole;
	size_t i;
	int s;

	if (part->has_task[t - whole->tasks])
		return;
	part->has_task[t - whole->tasks] = true;
	part->g.tasks[part->g.n_tasks++] = *t;
	if (t->nsproxy && !part->has_nsproxy[t->nsproxy - whole->nsproxies]) {
		part->has_nsproxy[t->nsproxy - whole->nsproxies] = true;
		part->g.nsproxies[part->g.n_nsproxies++] = *t->nsproxy;
	}
	for (s = 0; s < SLOTS; s++)
		part_ns(part, t->ns[s]);
	for (i = 0; i < t->n_upids; i++)
		part_ns(part, t->upids[i].ns);
}

/**
 * part_json() - write a part as JSON
 * @part: the part
 *
 * Return: 0, or a negative errno.
 */
int part_json(struct part *part)
{
	return render_json(&part->g, stdout);
}

/**
 * task_is_member() - is it to be shown as a task in this namespace?
 * @t: a task of a linked graph
 * @ns: a namespace of the same graph
 * @s: a slot of the type of the namespace
 *
 * A thread is a member of its own only if its leader is in another namespace.
 */
bool task_is_member(const struct task *t, const struct ns *ns, enum slot s)
{
	if (t->ns[s] != ns)
		return false;
	return task_is_leader(t) || !t->leader || t->leader->ns[s] != ns;
}

/**
 * known_commands() - the command lines that are in a picture
 * @g: a linked graph with names
 *
 * Return: by index of the task, those of the tasks that are first in a
 * namespace; NULL for the others. To be freed. NULL without memory.
 */
const char **known_commands(const struct graph *g)
{
	const char **known = calloc(g->n_tasks + 1, sizeof(*known));
	size_t i;

	for (i = 0; known && i < g->n_namespaces; i++)
		if (g->namespaces[i].first)
			known[g->namespaces[i].first - g->tasks] = g->namespaces[i].command;
	return known;
}

/**
 * task_command() - the command line of a task
 * @o: where the picture is from
 * @g: the graph that the task is in
 * @known: what known_commands() gave
 * @t: the task
 * @buffer: a place for it
 * @size: of @buffer
 *
 * Return: the command line; NULL when it has none, or it is not known.
 */
const char *task_command(const struct options *o, const struct graph *g, const char **known,
			 const struct task *t, char *buffer, size_t size)
{
	const char *command = known[t - g->tasks];

	/* A thread has that of its leader, which would say less than its own name. */
	if (!o->from && !t->kthread && task_is_leader(t))
		command = names_command(t, buffer, size);
	return command && *command ? command : NULL;
}
