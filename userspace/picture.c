// SPDX-License-Identifier: GPL-2.0
/*
 * Where pictures come from: the kernel, or a file that --save made. Whoever
 * asks gets the same from both.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands.h"
#include "decode.h"
#include "output.h"
#include "save.h"

/**
 * picture_free() - free a picture
 * @p: the picture; all zero afterwards
 */
void picture_free(struct picture *p)
{
	graph_free(&p->graph);
	names_free(&p->names);
}

static char *read_boot_id(void)
{
	char buffer[64];
	ssize_t n;
	int fd;

	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	n = read(fd, buffer, sizeof(buffer) - 1);
	close(fd);
	if (n <= 0)
		return NULL;
	buffer[n] = '\0';
	buffer[strcspn(buffer, "\n")] = '\0';
	return strdup(buffer);
}

/* Leave of the whole graph what the kernel would have sent for a request. */
static int apply(struct graph *g, const struct request *r)
{
	const struct graph_filter f = {
		.tid = r->tid, .types = r->types, .threads = r->threads,
	};
	int err = graph_link(g);

	if (!err)
		err = graph_filter(g, &f);
	if (err == -ESRCH && r->may_fail)
		return STATUS_NO_SUCH;
	if (err == -ESRCH)
		return fail(STATUS_NO_SUCH, "task %u: there is no such task in this picture", r->tid);
	return err ? out_of_memory() : STATUS_DONE;
}

static int get_saved(const struct options *o, const struct request *r, struct picture *p)
{
	struct saved s;
	const char *why;
	int status;

	status = save_read(o->from, &s);
	if (!status && decode_messages(&p->graph, s.messages.bytes, s.messages.n, &why))
		status = fail(STATUS_FAILED, "cannot use %s: %s", o->from, why);
	if (!status) {
		p->graph.host.boot_id = s.boot_id;
		s.boot_id = NULL;
		p->names = s.names;
		memset(&s.names, 0, sizeof(s.names));
		names_keep_users(&p->names);
		status = apply(&p->graph, r);
	}
	saved_free(&s);
	return status;
}

static int save(const struct options *o, const struct capture *messages, struct picture *p)
{
	struct saved s = { .boot_id = p->graph.host.boot_id, .messages = *messages };
	int status;

	if (names_netns(&s.names) || names_nsfs(&s.names) || names_users(&s.names, &p->graph))
		status = out_of_memory();
	else
		status = save_write(o->save, &s);
	names_free(&s.names);
	return status;
}

/**
 * picture_get() - take a picture, or read one
 * @o: where from, and whether to save it
 * @r: what of it
 * @p: the picture, linked; to be freed in any case
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong.
 */
int picture_get(const struct options *o, const struct request *r, struct picture *p)
{
	const struct request whole = { .command = NSINSPECT_CMD_GRAPH_GET, .threads = true };
	struct capture messages = { 0 };
	struct client *client;
	int status;

	memset(p, 0, sizeof(*p));
	if (o->from)
		return get_saved(o, r, p);

	status = client_open(&client);
	if (status)
		return status;
	/* What is saved is always everything: filters can be applied later, not undone. */
	if (o->save)
		status = client_ask(client, &whole, &p->graph, &messages);
	else
		status = client_ask(client, r, &p->graph, NULL);
	client_close(client);
	if (!status) {
		p->graph.host.boot_id = read_boot_id();
		if (o->save) {
			status = save(o, &messages, p);
			if (!status)
				status = apply(&p->graph, r);
		} else if (graph_link(&p->graph)) {
			status = out_of_memory();
		}
	}
	free(messages.bytes);
	return status;
}

/**
 * picture_name() - give the namespaces in a picture their names
 * @o: where the picture is from
 * @p: the picture
 * @nsfs: where they are bind-mounted, too
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong.
 */
int picture_name(const struct options *o, struct picture *p, bool nsfs)
{
	if (!o->from && (names_netns(&p->names) || (nsfs && names_nsfs(&p->names))))
		return out_of_memory();
	return names_set(&p->names, &p->graph) ? out_of_memory() : STATUS_DONE;
}

/**
 * terminal_width() - how wide the output may be
 *
 * Return: columns, 0 when it is no terminal: then as wide as it takes.
 */
int terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint32_t n;

	if (columns && !parse_number(columns, &n) && n < 10000)
		return (int)n;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 0;
	return size.ws_col;
}

/**
 * parse_number() - read a positive number
 * @text: digits and nothing else
 * @number: where it goes
 *
 * Return: 0; -EINVAL for anything else and for 0; -ERANGE past 32 bits.
 */
int parse_number(const char *text, uint32_t *number)
{
	uint64_t n = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		if (n <= UINT32_MAX)
			n = n * 10 + (uint64_t)(*text - '0');
	}
	if (!n)
		return -EINVAL;
	if (n > UINT32_MAX)
		return -ERANGE;
	*number = (uint32_t)n;
	return 0;
}
