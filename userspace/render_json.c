// SPDX-License-Identifier: GPL-2.0
/*
 * Schema nsinspect/1. One node a line, so that two pictures can be compared
 * line by line.
 *
 * The text is written straight from the graph: making and printing json-c's
 * objects for 4,000 tasks takes ten times the instructions of all the rest.
 */
#include <string.h>

#include "render.h"
#include "text.h"

struct json {
	FILE *out;
	size_t n;
	/* Most tasks are where the one before them is: the last numbers, as text. */
	struct {
		uint64_t v;
		unsigned int n;
		char digits[20];
	} last[5];
	char buffer[32768];
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

/* The size is a constant here, so that there is no call for a copy. */
#define PUT(j, s) put(j, "" s, sizeof(s) - 1)

static inline void put_char(struct json *j, char c)
{
	if (j->n == sizeof(j->buffer))
		flush(j);
	j->buffer[j->n++] = c;
}

static unsigned int to_digits(char *to, uint64_t v)
{
	char digits[20];
	unsigned int n = 0, i;

	/* Short division where it will do. */
	while (v > UINT32_MAX) {
		digits[n++] = (char)('0' + v % 10);
		v /= 10;
	}
	for (uint32_t low = (uint32_t)v; low || !n; low /= 10)
		digits[n++] = (char)('0' + low % 10);
	for (i = 0; i < n; i++)
		to[i] = digits[n - 1 - i];
	return n;
}

static inline void put_number(struct json *j, uint64_t v)
{
	if (v < 10) {
		put_char(j, (char)('0' + v));
		return;
	}
	if (j->n + 20 > sizeof(j->buffer))
		flush(j);
	j->n += to_digits(j->buffer + j->n, v);
}

/* A number that is not 0 and in one place of a task mostly the same as before. */
static inline void put_again(struct json *j, unsigned int place, uint32_t v)
{
	if (!v) {
		PUT(j, "null");
		return;
	}
	if (j->last[place].v != v) {
		j->last[place].v = v;
		j->last[place].n = to_digits(j->last[place].digits, v);
	}
	if (j->n + sizeof(j->last->digits) > sizeof(j->buffer))
		flush(j);
	memcpy(j->buffer + j->n, j->last[place].digits, sizeof(j->last->digits));
	j->n += j->last[place].n;
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
		size_t len;

		if (*s >= 0x20 && *s < 0x7f && *s != '"' && *s != '\\') {
			put_char(j, *s++);
			continue;
		}
		len = text_utf8_len(s, &c);
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
	put_known(j, ns->tasks);
	PUT(j, ",\"procs\":");
	put_known(j, ns->procs);
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
	size_t i;

	PUT(j, "{\"tid\":");
	put_again(j, 4, t->tid);
	PUT(j, ",\"tgid\":");
	put_again(j, 4, t->tgid);
	PUT(j, ",\"ppid\":");
	put_number(j, t->ppid);
	PUT(j, ",\"comm\":");
	put_string(j, t->comm);
	/* The decoder lets a visible character through; only these two mean something. */
	PUT(j, ",\"state\":\"");
	if (t->state == '"' || t->state == '\\')
		put_char(j, '\\');
	put_char(j, t->state);
	PUT(j, "\",\"kthread\":");
	put_bool(j, t->kthread);
	PUT(j, ",\"uid\":");
	put_number(j, t->uid);
	PUT(j, ",\"nsproxy\":");
	put_nonzero(j, t->nsproxy_id);
	PUT(j, ",\"user\":");
	put_again(j, 0, t->user_inum);
	PUT(j, ",\"pid\":");
	put_again(j, 1, t->pid_inum);
	PUT(j, ",\"pids\":[");
	for (i = 0; i < t->n_upids; i++) {
		if (i)
			PUT(j, ",");
		PUT(j, "{\"nr\":");
		if (t->upids[i].nr == t->tid)
			put_again(j, 4, t->tid);
		else
			put_number(j, t->upids[i].nr);
		PUT(j, ",\"pidns\":");
		put_again(j, i ? 2 : 3, t->upids[i].pidns);
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
	struct json j;
	size_t i;

	j.out = out;
	j.n = 0;
	memset(j.last, 0, sizeof(j.last));
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
	if (g->snapshot.consistent < 0)
		PUT(&j, "null");
	else
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
