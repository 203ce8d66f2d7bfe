// SPDX-License-Identifier: GPL-2.0
/*
 * Asking the kernel: libnl makes and sends the requests, what comes back goes
 * straight from the receive buffer to decode.c. libnl's own receive loop would
 * copy every message once more, one for each task, and drops extended acks.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"
#include "decode.h"
#include "output.h"

/* How often a picture is taken again when namespaces changed meanwhile. */
#define TRIES 4

/* The kernel fills at most 32 KiB a time. */
#define BUFFER_SIZE 65536

/* A snapshot of 100,000 tasks under emulation takes about a second. */
#define PATIENCE_SECONDS 60

struct client {
	struct nl_sock *sock;
	int fd;
	int family;
	uint32_t seq;
	union {
		struct nlmsghdr align;
		unsigned char bytes[BUFFER_SIZE];
	} buffer;
};

static int no_module(void)
{
	return fail(STATUS_NOT_LOADED, "the module is not loaded; "
		    "try: insmod nsinspect.ko (or modprobe nsinspect)");
}

/**
 * client_close() - close what client_open() opened
 * @client: may be NULL
 */
void client_close(struct client *client)
{
	if (!client)
		return;
	nl_socket_free(client->sock);
	free(client);
}

/**
 * client_open() - connect to the module
 * @client: where the connection goes
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong.
 */
int client_open(struct client **client)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	struct client *c = malloc(sizeof(*c));
	const int on = 1;
	int err, status;

	*client = NULL;
	if (!c)
		return out_of_memory();
	c->seq = 1;
	c->sock = nl_socket_alloc();
	if (!c->sock) {
		free(c);
		return out_of_memory();
	}
	err = genl_connect(c->sock);
	if (err) {
		status = fail(STATUS_FAILED, "cannot open a generic netlink socket: %s",
			      nl_geterror(err));
		goto fail;
	}
	c->family = genl_ctrl_resolve(c->sock, NSINSPECT_FAMILY_NAME);
	if (c->family < 0) {
		status = c->family == -NLE_OBJ_NOTFOUND ? no_module() :
			fail(STATUS_FAILED, "cannot look the module up: %s",
			     nl_geterror(c->family));
		goto fail;
	}
	c->fd = nl_socket_get_fd(c->sock);
	/* Without it an error is still an error, only without words. */
	setsockopt(c->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	*client = c;
	return STATUS_DONE;
fail:
	client_close(c);
	return status;
}

static int send_request(struct client *c, const struct request *r)
{
	int flags = NLM_F_REQUEST | NLM_F_ACK, err = 0;
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg)
		return out_of_memory();
	if (r->command == NSINSPECT_CMD_GRAPH_GET)
		flags |= NLM_F_DUMP;
	if (!genlmsg_put(msg, NL_AUTO_PORT, ++c->seq, c->family, 0, flags, r->command,
			 NSINSPECT_FAMILY_VERSION))
		err = -NLE_NOMEM;
	if (!err && r->tid)
		err = nla_put_u32(msg, NSINSPECT_A_GRAPH_TID, r->tid);
	if (!err && r->has_type)
		err = nla_put_u32(msg, NSINSPECT_A_GRAPH_TYPE, r->type);
	if (!err && r->inum)
		err = nla_put_u32(msg, NSINSPECT_A_GRAPH_INUM, r->inum);
	if (!err && r->threads)
		err = nla_put_flag(msg, NSINSPECT_A_GRAPH_THREADS);
	if (!err && r->types)
		err = nla_put_u32(msg, NSINSPECT_A_GRAPH_TYPES, r->types);
	if (!err && r->details)
		err = nla_put_u32(msg, NSINSPECT_A_GRAPH_DETAILS, r->details);
	if (!err)
		err = nl_send_auto(c->sock, msg);
	nlmsg_free(msg);
	if (err < 0)
		return fail(STATUS_FAILED, "cannot ask the kernel: %s", nl_geterror(err));
	return STATUS_DONE;
}

/* The kernel's own words in an ack, or NULL. They need not end with a NUL. */
static const char *ack_message(const struct nlmsghdr *h, size_t at, int *len)
{
	const struct nlattr *a;
	size_t left;

	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS) || h->nlmsg_len < NLMSG_HDRLEN + at)
		return NULL;
	left = h->nlmsg_len - NLMSG_HDRLEN - at;
	a = (const struct nlattr *)((const char *)NLMSG_DATA(h) + at);
	while (left >= sizeof(*a) && a->nla_len >= sizeof(*a) && a->nla_len <= left) {
		if ((a->nla_type & NLA_TYPE_MASK) == NLMSGERR_ATTR_MSG) {
			*len = a->nla_len - (int)sizeof(*a);
			return (const char *)(a + 1);
		}
		if ((size_t)NLA_ALIGN(a->nla_len) > left)
			break;
		left -= NLA_ALIGN(a->nla_len);
		a = (const struct nlattr *)((const char *)a + NLA_ALIGN(a->nla_len));
	}
	return NULL;
}

/* What a negative errno from the kernel means for the one who asked. */
static int refused(const struct request *r, int err, const char *words, int len)
{
	enum status status = STATUS_FAILED;
	char subject[64] = "";

	/* The module says what it did not find; this is generic netlink's own word. */
	if (err == -ENOENT && !words)
		return fail(STATUS_FAILED, "the module was unloaded before it could answer");
	if (err == -EPERM || err == -EACCES)
		status = STATUS_NOT_PERMITTED;
	else if (err == -ESRCH || err == -ENOENT)
		status = STATUS_NO_SUCH;
	else if (err == -EOPNOTSUPP && !words)
		return fail(STATUS_FAILED, "the module does not know what was asked; "
			    "load the module that belongs to this tool");

	if (r->may_fail && status == STATUS_NO_SUCH)
		return status;
	if (r->tid)
		snprintf(subject, sizeof(subject), "task %u: ", r->tid);
	else if (r->inum && r->has_type)
		snprintf(subject, sizeof(subject), "%s:[%u]: ", ns_type_names[r->type], r->inum);
	else if (r->inum)
		snprintf(subject, sizeof(subject), "namespace %u: ", r->inum);

	if (words)
		return fail(status, "%s%.*s", subject, len, words);
	if (status == STATUS_NOT_PERMITTED)
		return fail(status, "not permitted; this takes CAP_SYS_ADMIN in the initial user "
			    "namespace and a caller in the initial pid namespace");
	if (status == STATUS_NO_SUCH)
		return fail(status, "%sthere is no such task", subject);
	return fail(status, "%sthe kernel refused: %s", subject, strerror(-err));
}

enum {
	MORE,
	END,
	AGAIN,
	FAILED,
};

static int broken(int *status, const char *why)
{
	*status = fail(STATUS_FAILED, "the answer of the kernel is broken: %s", why);
	return FAILED;
}

static int end_of_answer(const struct request *r, const struct nlmsghdr *h, int *status)
{
	bool done = h->nlmsg_type == NLMSG_DONE;
	size_t at = sizeof(int);
	const char *words;
	int err = 0, len = 0;

	if (h->nlmsg_len < NLMSG_HDRLEN + sizeof(int)) {
		/* A bare NLMSG_DONE is good. */
		return done ? END : broken(status, "an ack is cut off");
	}
	memcpy(&err, NLMSG_DATA(h), sizeof(err));
	if (err >= 0)
		return END;
	if (!done) {
		const struct nlmsgerr *e = NLMSG_DATA(h);

		if (h->nlmsg_len < NLMSG_HDRLEN + sizeof(*e))
			return broken(status, "an ack is cut off");
		at = sizeof(*e);
		/* The request comes back too, unless the kernel left it out. */
		if (!(h->nlmsg_flags & NLM_F_CAPPED) && e->msg.nlmsg_len > NLMSG_HDRLEN)
			at += NLMSG_ALIGN(e->msg.nlmsg_len) - NLMSG_HDRLEN;
	}
	words = ack_message(h, at, &len);
	*status = refused(r, err, words, len);
	return FAILED;
}

static int take_message(struct client *c, const struct request *r, const struct nlmsghdr *h,
			struct graph *g, int *status, bool *changed)
{
	const struct genlmsghdr *genl = NLMSG_DATA(h);
	const char *why = "";

	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		*changed = true;
	switch (h->nlmsg_type) {
	case NLMSG_NOOP:
		return MORE;
	case NLMSG_OVERRUN:
		return broken(status, "part of it was lost");
	case NLMSG_DONE:
	case NLMSG_ERROR:
		return end_of_answer(r, h, status);
	}
	if (h->nlmsg_type != c->family || h->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN)
		return broken(status, "a message is not of this family");
	if (decode_message(g, (const char *)genl + GENL_HDRLEN,
			   h->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN, &why))
		return broken(status, why);
	return MORE;
}

static int keep_bytes(struct capture *keep, const void *bytes, size_t n)
{
	void *room = grow(keep->bytes, &keep->room, keep->n + n, 1);

	if (!room)
		return -ENOMEM;
	keep->bytes = room;
	memcpy(keep->bytes + keep->n, bytes, n);
	keep->n += n;
	return 0;
}

static ssize_t receive(struct client *c, int *status)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { c->buffer.bytes, sizeof(c->buffer.bytes) };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1,
	};
	ssize_t n;

	do {
		n = recvmsg(c->fd, &msg, 0);
	} while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid));

	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		*status = fail(STATUS_FAILED, "the kernel did not answer within %d seconds",
			       PATIENCE_SECONDS);
	else if (n < 0 && errno == ENOBUFS)
		broken(status, "part of it was lost");
	else if (n < 0)
		*status = fail(STATUS_FAILED, "cannot receive: %s", strerror(errno));
	else if (msg.msg_flags & MSG_TRUNC)
		broken(status, "a message is longer than the buffer");
	else if (!n)
		broken(status, "it ends too early");
	else
		return n;
	return -1;
}

/* Return: END, AGAIN when it changed meanwhile, or FAILED. */
static int one_try(struct client *c, const struct request *r, struct graph *g,
		   struct capture *keep, int *status)
{
	const char *why;
	bool changed = false;
	int next = MORE;

	graph_reset(g);
	if (keep)
		keep->n = 0;
	*status = send_request(c, r);
	if (*status)
		return FAILED;

	while (next == MORE) {
		const struct nlmsghdr *h = &c->buffer.align;
		ssize_t n = receive(c, status);
		int left = (int)n;

		if (n < 0)
			return FAILED;
		for (; next == MORE && nlmsg_ok(h, left); h = nlmsg_next((void *)h, &left)) {
			/* What an earlier request that was given up still sends. */
			if (h->nlmsg_seq != c->seq)
				continue;
			next = take_message(c, r, h, g, status, &changed);
			if (next == MORE && keep && keep_bytes(keep, h, NLMSG_ALIGN(h->nlmsg_len))) {
				*status = out_of_memory();
				return FAILED;
			}
		}
		if (next == MORE && left > 0)
			return broken(status, "a message is cut off");
	}
	if (next != END)
		return next;
	if (decode_complete(g, &why))
		return broken(status, why);
	if (changed)
		g->snapshot.consistent = 0;
	/* Not known is not worth another try: it will not be known then, either. */
	return g->snapshot.consistent ? END : AGAIN;
}

/**
 * client_ask() - ask the kernel and decode what it says
 * @client: the connection
 * @r: what to ask
 * @g: the answer, not linked; what was in it before is lost
 * @keep: where the kernel's messages go as well; may be NULL
 *
 * When namespaces changed while the picture was taken it is taken again, a
 * bounded number of times; then the last one has to do, and stderr says so.
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong.
 */
int client_ask(struct client *client, const struct request *r, struct graph *g,
	       struct capture *keep)
{
	int tries, status, end = AGAIN;

	for (tries = 0; end == AGAIN && tries < TRIES; tries++)
		end = one_try(client, r, g, keep, &status);
	if (end == FAILED)
		return status;
	if (end == AGAIN)
		warning("namespaces changed while the picture was taken, %d times in a row: "
			"what is shown may mix before and after", TRIES);
	return STATUS_DONE;
}
