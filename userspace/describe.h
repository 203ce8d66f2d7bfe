/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lines and phrases that several commands write.
 */
#ifndef NSINSPECT_DESCRIBE_H
#define NSINSPECT_DESCRIBE_H

#include "commands.h"

/* As many lines a part has; the rest is counted. -u lists all. */
#define DESCRIBE_LINES_MAX 24

const char **known_commands(const struct graph *g);
const char *task_command(const struct options *o, const struct graph *g, const char **known,
			 const struct task *t, char *buffer, size_t size);
bool task_is_member(const struct task *t, const struct ns *ns, enum slot s);
void describe_pids(const struct options *o, const struct task *t);
void describe_task(const struct options *o, const struct graph *g, const struct task *t);
void describe_levels(const struct options *o, const struct graph *g, const struct task *t);
void describe_fact(const struct options *o, const char *label, const char *text);
struct short_number describe_inum(const struct options *o, const struct graph *g,
				  const struct ns *ns, uint32_t inum);
void describe_initial(const struct options *o);
void describe_names(const struct options *o, const struct ns *ns);
void describe_ref(const struct options *o, const struct graph *g, const struct ns *ns,
		  enum nsinspect_ns_type type, uint32_t inum);
void describe_ns(const struct options *o, const struct graph *g, const struct ns *ns);
void describe_label(const struct options *o, const char *label);
void describe_more(const struct options *o, size_t n);
void describe_facts(const struct options *o, const struct graph *g, const struct ns *ns);

/* Part of a graph, to be written as JSON. */
struct part {
	const struct graph *whole;
	struct graph g;
	bool *has_ns, *has_nsproxy, *has_task;
};

int part_begin(struct part *part, const struct graph *whole);
void part_take(struct part *part, const struct ns *ns);
void part_ns(struct part *part, const struct ns *ns);
void part_task(struct part *part, const struct task *t);
int part_json(struct part *part);
void part_end(struct part *part);

#endif
