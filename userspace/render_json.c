// SPDX-License-Identifier: GPL-2.0
/*
 * Schema nsinspect/1. One node a line, so that two pictures can be compared
 * line by line.
 *
 * The text is written straight from the graph: with 32,000 tasks, building
 * objects for json-c to serialise took most of the tool's time.
 */
#include <string.h>

#include "render.h"
#include "text.h"

struct json {
	FILE *out;
	size_t n;
	char buffer[16384];
};

static void flush(struct json *j)
{
	fwrite(j->buffer, 1, j->n, j->out);
	j->n = 0;
}

static inline void put(struct json *j, const char *s, size_t n)
{
	if (j->n + n > sizeof(j->buffer))
		flush(j);
	memcpy(j->buffer + j->n, s, n);
	j->n += n;
}

#define PUT(j, s) put(j, "" s, sizeof(s) - 1)

static inline void put_number(struct json *j, uint64_t v)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	put(j, digits + at, sizeof(digits) - at);
}

/* Numbers that nothing can have as 0 are null then. */
static inline void put_nonzero(struct json *j, uint64_t v)
{
	if (v)
		put_number(j, v);
	else
		PUT(j, "null");
}

static void put_known(struct json *j, int64_t v)
{
	if (v >= 0)
		put_number(j, (uint64_t)v);
	else
		PUT(j, "null");
}

static void put_bool(struct json *j, bool v)
{
	if (v)
		PUT(j, "true");
	else
		PUT(j, "false");
}

static void put_escape(struct json *j, unsigned int c)
{
	char escape[8];
	int n = snprintf(escape, sizeof(escape), "\\u%04x", c);

	put(j, escape, (size_t)n);
}

/*
 * JSON is UTF-8: a byte that is no part of a character becomes U+FFFD. Control
 * characters are escaped, those past ASCII too: JSON ends up on terminals.
 */
static void put_string(struct json *j, const char *s)
{
	if (!s) {
		PUT(j, "null");
		return;
	}
	PUT(j, "\"");
	while (*s) {
		unsigned int c = 0;
		size_t len = text_utf8_len(s, &c);

		if (!len) {
			PUT(j, "\xef\xbf\xbd");
			len = 1;
		} else if (c == '"' || c == '\\') {
			PUT(j, "\\");
			put(j, s, 1);
		} else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029) {
			put_escape(j, c);
		} else {
			put(j, s, len);
		}
		s += len;
	}
	PUT(j, "\"");
}

static void put_ns(struct json *j, const struct ns *ns)
{
	PUT(j, "{\"type\":");
	put_string(j, ns_type_names[ns->type]);
	PUT(j, ",\"inum\":");
	put_number(j, ns->inum);
	PUT(j, ",\"id\":");
	if (ns->has_id)
		put_number(j, ns->id);
	else
		PUT(j, "null");
	PUT(j, ",\"initial\":");
	put_bool(j, ns->initial);
	PUT(j, ",\"active\":");
	if (ns->active < 0)
		PUT(j, "null");
	else
		put_bool(j, ns->active);
	PUT(j, ",\"owner\":");
	put_nonzero(j, ns->owner_inum);
	PUT(j, ",\"parent\":");
	put_nonzero(j, ns->parent_inum);
	PUT(j, ",\"level\":");
	put_known(j, ns->level);
	PUT(j, ",\"refs\":");
	put_known(j, ns->refs);
	PUT(j, ",\"tasks\":");
	put_number(j, ns->tasks);
	PUT(j, ",\"procs\":");
	put_number(j, ns->procs);
	PUT(j, ",\"name\":");
	put_string(j, ns->name);
	PUT(j, "}");
}

static void put_nsproxy(struct json *j, const struct nsproxy *p)
{
	bool first = true;
	int s;

	PUT(j, "{\"id\":");
	put_number(j, p->id);
	PUT(j, ",\"refs\":");
	put_known(j, p->refs);
	PUT(j, ",\"tasks\":");
	put_known(j, p->tasks);
	PUT(j, ",\"ns\":{");
	for (s = 0; s < SLOTS; s++) {
		if (!slots[s].nsproxy_attr)
			continue;
		if (!first)
			PUT(j, ",");
		first = false;
		put_string(j, slots[s].name);
		PUT(j, ":");
		put_nonzero(j, p->inum[s]);
	}
	PUT(j, "}}");
}

static void put_task(struct json *j, const struct task *t)
{
	const char state[2] = { t->state };
	size_t i;

	PUT(j, "{\"tid\":");
	put_number(j, t->tid);
	PUT(j, ",\"tgid\":");
	put_number(j, t->tgid);
	PUT(j, ",\"ppid\":");
	put_number(j, t->ppid);
	PUT(j, ",\"comm\":");
	put_string(j, t->comm);
	PUT(j, ",\"state\":");
	put_string(j, state);
	PUT(j, ",\"kthread\":");
	put_bool(j, t->kthread);
	PUT(j, ",\"uid\":");
	put_number(j, t->uid);
	PUT(j, ",\"nsproxy\":");
	put_nonzero(j, t->nsproxy_id);
	PUT(j, ",\"user\":");
	put_nonzero(j, t->user_inum);
	PUT(j, ",\"pid\":");
	put_nonzero(j, t->pid_inum);
	PUT(j, ",\"pids\":[");
	for (i = 0; i < t->n_upids; i++) {
		if (i)
			PUT(j, ",");
		PUT(j, "{\"nr\":");
		put_number(j, t->upids[i].nr);
		PUT(j, ",\"pidns\":");
		put_nonzero(j, t->upids[i].pidns);
		PUT(j, ",\"level\":");
		put_number(j, t->upids[i].level);
		PUT(j, "}");
	}
	PUT(j, "]}");
}

static inline void put_separator(struct json *j, size_t i)
{
	if (i)
		PUT(j, ",\n");
	else
		PUT(j, "\n");
}

/**
 * render_json() - write a graph as JSON
 * @g: a linked graph
 * @out: where to
 *
 * Return: 0.
 */
int render_json(const struct graph *g, FILE *out)
{
	struct json j = { .out = out };
	size_t i;

	PUT(&j, "{\"schema\":\"nsinspect/1\",\n\"host\":{\"nodename\":");
	put_string(&j, g->host.nodename);
	PUT(&j, ",\"release\":");
	put_string(&j, g->host.release);
	PUT(&j, ",\"boot_id\":");
	put_string(&j, g->host.boot_id);
	PUT(&j, "},\n\"snapshot\":{\"time_ns\":");
	put_number(&j, g->snapshot.time_ns);
	PUT(&j, ",\"generation\":");
	put_number(&j, g->snapshot.generation);
	PUT(&j, ",\"consistent\":");
	put_bool(&j, g->snapshot.consistent);
	PUT(&j, ",\"walked\":");
	put_number(&j, g->snapshot.walked);
	PUT(&j, ",\"walk_ns\":");
	put_number(&j, g->snapshot.walk_ns);
	PUT(&j, ",\"bytes\":");
	put_number(&j, g->snapshot.bytes);
	PUT(&j, "},\n\"namespaces\":[");
	for (i = 0; i < g->n_namespaces; i++) {
		put_separator(&j, i);
		put_ns(&j, &g->namespaces[i]);
	}
	PUT(&j, "],\n\"nsproxies\":[");
	for (i = 0; i < g->n_nsproxies; i++) {
		put_separator(&j, i);
		put_nsproxy(&j, &g->nsproxies[i]);
	}
	PUT(&j, "],\n\"tasks\":[");
	for (i = 0; i < g->n_tasks; i++) {
		put_separator(&j, i);
		put_task(&j, &g->tasks[i]);
	}
	PUT(&j, "]}\n");
	flush(&j);
	return 0;
}
