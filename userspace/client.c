// SPDX-License-Identifier: GPL-2.0
/*
 * Asking the kernel. libnl makes and sends the requests and receives the
 * answers; its callbacks give them to decode.c. Acks with words of the kernel
 * are reachable in the callback for errors only, where the message that the ack
 * is in begins right before it.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "client.h"
#include "decode.h"
#include "holding.h"
#include "output.h"
#include "place.h"

/*
 * When namespaces changed meanwhile a picture is taken again, after so long. A network
 * namespace is taken down in steps after its last task, with grace periods in between.
 */
static const unsigned int pauses_ms[] = { 10, 50, 250 };

#define TRIES (1 + sizeof(pauses_ms) / sizeof(*pauses_ms))

/* The kernel fills at most 32 KiB a time: with room for that, each is one call. */
#define BUFFER_SIZE 65536

/* A snapshot of 100,000 tasks under emulation takes about a second. */
#define PATIENCE_SECONDS 60

struct client {
	struct nl_sock *sock;
	struct nl_cb *cb;
	int family;
	bool plain;			/* the module is older: it knows of nodes only */

	/* the answer that is being received */
	const struct request *request;
	uint32_t details;		/* of @request, those that the module knows */
	uint32_t seq;
	struct graph *g;
	struct capture *keep;		/* NULL: nobody wants the messages */
	bool ended;			/* nothing follows */
	bool again;			/* it was for the details that it was refused */
	bool changed;			/* the kernel itself says that it is not consistent */
	int status;			/* of what went wrong, after a line that says so */
};

static int no_module(void)
{
	struct place place;

	place_look(&place, "");
	return place_no_module(&place);
}

/* The kernel's own words after the fixed part of an ack, or NULL; they need not end with a NUL. */
static const char *ack_message(const struct nlmsghdr *h, size_t fixed, int *len)
{
	const struct nlattr *a;

	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS) || h->nlmsg_len < NLMSG_HDRLEN + fixed)
		return NULL;
	a = nlmsg_find_attr((struct nlmsghdr *)h, (int)fixed, NLMSGERR_ATTR_MSG);
	if (!a)
		return NULL;
	*len = nla_len(a);
	return nla_data(a);
}

/* What a negative errno from the kernel means for the one who asked. */
static int refused(const struct request *r, int err, const char *words, int len)
{
	char subject[64] = "";
	enum status status = STATUS_FAILED;
	struct place place;

	place_look(&place, "");
	/* The module says what it did not find; this is generic netlink's own word. */
	if (err == -ENOENT && !words)
		return fail(STATUS_FAILED, "the module was unloaded before it could answer");
	if (err == -EPERM || err == -EACCES)
		status = STATUS_NOT_PERMITTED;
	else if (err == -ESRCH || err == -ENOENT)
		status = STATUS_NO_SUCH;
	else if (err == -EOPNOTSUPP && !words)
		return place_older_module(&place, "what was asked");

	if (status == STATUS_NO_SUCH && r->ns)
		return fail(status, "%s:[%u] has died since it was looked up",
			    ns_type_names[r->ns->type], r->ns->inum);
	/* Who may not ask may ask for no task; and not every one was named by the user. */
	if (r->tid && status != STATUS_NOT_PERMITTED)
		snprintf(subject, sizeof(subject), "task %u: ", r->tid);
	if (words && status == STATUS_NOT_PERMITTED)
		return fail(status, "%s%.*s; %s", subject, len, words, place_advice(&place));
	if (words)
		return fail(status, "%s%.*s", subject, len, words);
	if (status == STATUS_NOT_PERMITTED)
		return fail(status, "not permitted; this takes CAP_SYS_ADMIN in the initial user "
			    "namespace and a caller in the initial pid namespace; %s",
			    place_advice(&place));
	if (status == STATUS_NO_SUCH)
		return fail(status, "%sthere is no such task", subject);
	return fail(status, "%sthe kernel refused: %s", subject, strerror(-err));
}

/* Each callback that ends an answer returns what this does. */
static int end(struct client *c, int status)
{
	c->ended = true;
	c->status = status;
	return NL_STOP;
}

static int broken(struct client *c, const char *why)
{
	char versions[PLACE_VERSIONS_MAX];
	struct place place;

	place_look(&place, "");
	return end(c, fail(STATUS_FAILED, "the answer of the kernel is broken: %s%s", why,
			   place_versions(&place, versions, sizeof(versions))));
}

/*
 * A module that was made before the details were refuses them as it refuses
 * any unknown bit. Whatever else was wrong is so without them, too.
 */
static int not_answered(struct client *c, int err, const char *words, int len)
{
	if ((err == -EINVAL || err == -ERANGE) && c->details & ~NODE_DETAILS) {
		c->plain = c->again = true;
		return end(c, STATUS_FAILED);
	}
	return end(c, refused(c->request, err, words, len));
}

/* Only the kernel answers, and only this request: an earlier one was given up. */
static int on_sequence(struct nl_msg *msg, void *arg)
{
	const struct client *c = arg;

	return nlmsg_get_src(msg)->nl_pid || nlmsg_hdr(msg)->nlmsg_seq != c->seq ? NL_SKIP : NL_OK;
}

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct client *c = arg;

	(void)msg;
	c->changed = true;
	return NL_OK;
}

static int keep_message(struct capture *keep, const struct nlmsghdr *h)
{
	size_t len = NLMSG_ALIGN(h->nlmsg_len);
	unsigned char *room = grow(keep->bytes, &keep->room, keep->n + len, 1);

	if (!room)
		return -ENOMEM;
	keep->bytes = room;
	memset(room + keep->n + len - NLMSG_ALIGNTO, 0, NLMSG_ALIGNTO);
	memcpy(room + keep->n, h, h->nlmsg_len);
	keep->n += len;
	return 0;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	const struct nlmsghdr *h = nlmsg_hdr(msg);
	struct client *c = arg;
	const char *why = "";

	if (h->nlmsg_type != c->family || !genlmsg_valid_hdr((struct nlmsghdr *)h, 0))
		return broken(c, "a message is not of this family");
	if (decode_message(c->g, genlmsg_attrdata(genlmsg_hdr((struct nlmsghdr *)h), 0),
			   h->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN, &why))
		return broken(c, why);
	if (c->keep && keep_message(c->keep, h))
		return end(c, out_of_memory());
	return NL_OK;
}

/* The end of a dump; an error that came up while it was sent is in it. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	const struct nlmsghdr *h = nlmsg_hdr(msg);
	struct client *c = arg;
	const char *words;
	int err = 0, len = 0;

	if (h->nlmsg_len >= NLMSG_HDRLEN + sizeof(err))
		memcpy(&err, NLMSG_DATA(h), sizeof(err));
	if (err >= 0)
		return end(c, STATUS_DONE);
	words = ack_message(h, sizeof(err), &len);
	return not_answered(c, err, words, len);
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	(void)msg;
	return end(arg, STATUS_DONE);
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)e - 1;
	struct client *c = arg;
	size_t fixed = sizeof(*e);
	const char *words;
	int len = 0;

	(void)from;
	/* The request comes back, too, unless the kernel left it out. */
	if (!(h->nlmsg_flags & NLM_F_CAPPED) && e->msg.nlmsg_len > NLMSG_HDRLEN)
		fixed += NLMSG_ALIGN(e->msg.nlmsg_len) - NLMSG_HDRLEN;
	words = ack_message(h, fixed, &len);
	return not_answered(c, e->error, words, len);
}

static int on_overrun(struct nl_msg *msg, void *arg)
{
	(void)msg;
	return broken(arg, "part of it was lost");
}

static int on_invalid(struct nl_msg *msg, void *arg)
{
	(void)msg;
	return broken(arg, "an ack is cut off");
}

static void set_callbacks(struct client *c)
{
	static const struct {
		enum nl_cb_type type;
		nl_recvmsg_msg_cb_t call;
	} calls[] = {
		{ NL_CB_SEQ_CHECK, on_sequence }, { NL_CB_DUMP_INTR, on_interrupted },
		{ NL_CB_VALID, on_valid }, { NL_CB_FINISH, on_finish }, { NL_CB_ACK, on_ack },
		{ NL_CB_OVERRUN, on_overrun }, { NL_CB_INVALID, on_invalid },
	};
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		nl_cb_set(c->cb, calls[i].type, NL_CB_CUSTOM, calls[i].call, c);
	nl_cb_err(c->cb, NL_CB_CUSTOM, on_error, c);
}

/**
 * client_close() - close what client_open() opened
 * @client: may be NULL
 */
void client_close(struct client *client)
{
	if (!client)
		return;
	nl_cb_put(client->cb);
	nl_socket_free(client->sock);
	free(client);
}

static int look_up(struct client *c)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	const int on = 1;
	int fd, err;

	nl_socket_set_msg_buf_size(c->sock, BUFFER_SIZE);
	nl_socket_disable_msg_peek(c->sock);
	err = genl_connect(c->sock);
	if (err)
		return fail(STATUS_FAILED, "cannot open a generic netlink socket: %s",
			    nl_geterror(err));
	c->family = genl_ctrl_resolve(c->sock, NSINSPECT_FAMILY_NAME);
	if (c->family == -NLE_OBJ_NOTFOUND)
		return no_module();
	if (c->family < 0)
		return fail(STATUS_FAILED, "cannot look the module up: %s", nl_geterror(c->family));
	fd = nl_socket_get_fd(c->sock);
	/* Without it an error is still an error, only without words. */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return STATUS_DONE;
}

/**
 * client_open() - connect to the module
 * @client: where the connection goes
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong.
 */
int client_open(struct client **client)
{
	struct client *c = calloc(1, sizeof(*c));
	int status;

	*client = NULL;
	if (!c)
		return out_of_memory();
	c->sock = nl_socket_alloc();
	c->cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!c->sock || !c->cb) {
		status = out_of_memory();
	} else {
		set_callbacks(c);
		status = look_up(c);
	}
	if (status)
		client_close(c);
	else
		*client = c;
	return status;
}

static int send_request(struct client *c, const struct request *r)
{
	const bool dump = r->command == NSINSPECT_CMD_GRAPH_GET ||
			  r->command == NSINSPECT_CMD_HOLDER_GET;
	int err = 0;
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg)
		return out_of_memory();
	/* Port, sequence number and that an ack is wanted are added when it is sent. */
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, c->family, 0, dump ? NLM_F_DUMP : 0,
			 r->command, NSINSPECT_FAMILY_VERSION))
		err = -NLE_NOMEM;
	if (!err && r->tid)
		err = nla_put_u32(msg, NSINSPECT_A_GRAPH_TID, r->tid);
	if (!err && r->ns)
		err = nla_put_u32(msg, NSINSPECT_A_GRAPH_TYPE, r->ns->type);
	if (!err && r->ns && r->ns->has_id)
		err = nla_put_u64(msg, NSINSPECT_A_GRAPH_ID, r->ns->id);
	else if (!err && r->ns)
		err = nla_put_u32(msg, NSINSPECT_A_GRAPH_INUM, r->ns->inum);
	if (!err && r->threads)
		err = nla_put_flag(msg, NSINSPECT_A_GRAPH_THREADS);
	if (!err && r->types)
		err = nla_put_u32(msg, NSINSPECT_A_GRAPH_TYPES, r->types);
	if (!err && c->details)
		err = nla_put_u32(msg, NSINSPECT_A_GRAPH_DETAILS, c->details);
	if (!err)
		err = nl_send_auto(c->sock, msg);
	c->seq = nlmsg_hdr(msg)->nlmsg_seq;
	nlmsg_free(msg);
	if (err < 0)
		return fail(STATUS_FAILED, "cannot ask the kernel: %s", nl_geterror(err));
	return STATUS_DONE;
}

/* libnl's own errors; the kernel's are in the callbacks. */
static int not_received(struct client *c, int err)
{
	switch (-err) {
	case NLE_AGAIN:
		return fail(STATUS_FAILED, "the kernel did not answer within %d seconds",
			    PATIENCE_SECONDS);
	case NLE_MSG_TRUNC:
		broken(c, "a message is longer than the buffer");
		return c->status;
	case NLE_NOMEM:
		if (errno == ENOBUFS) {
			on_overrun(NULL, c);
			return c->status;
		}
		return out_of_memory();
	}
	return fail(STATUS_FAILED, "cannot receive: %s", nl_geterror(err));
}

static int receive(struct client *c)
{
	const char *why;
	int n;

	while (!c->ended) {
		n = nl_recvmsgs(c->sock, c->cb);
		if (c->ended)
			break;
		if (n < 0)
			return not_received(c, n);
	}
	if (!c->status && decode_complete(c->g, &why))
		broken(c, why);
	return c->status;
}

static void pause_ms(unsigned int ms)
{
	const struct timespec t = { .tv_nsec = ms * 1000000l };

	nanosleep(&t, NULL);
}

/**
 * client_ask() - ask the kernel and decode what it says
 * @c: the connection
 * @r: what to ask
 * @g: the answer, not linked; what was in it before is lost
 * @keep: where the kernel's messages go as well; may be NULL
 *
 * When namespaces changed while the picture was taken it is taken again, a
 * bounded number of times; then the last one has to do, and stderr says so unless
 * the request is quiet.
 * Where the kernel does not know whether they did, it is not asked again: it
 * would not know then, either. An older module is asked for what it knows.
 *
 * Return: STATUS_DONE, or another status after a line that says what is wrong.
 */
int client_ask(struct client *c, const struct request *r, struct graph *g, struct capture *keep)
{
	unsigned int tries;
	int status;

	c->request = r;
	c->g = g;
	c->keep = keep;
	for (tries = 0; tries < TRIES;) {
		graph_reset(g);
		if (keep)
			keep->n = 0;
		c->ended = c->changed = c->again = false;
		c->status = STATUS_DONE;
		c->details = c->plain ? r->details & NODE_DETAILS : r->details;
		status = send_request(c, r);
		if (!status)
			status = receive(c);
		/* This is so only once: the module is known to be older then. */
		if (c->again)
			continue;
		if (status)
			return status;
		g->details = c->details & ~NODE_DETAILS;
		if (c->changed)
			g->snapshot.consistent = 0;
		/* What holds a namespace was counted several times by the kernel itself. */
		if (g->snapshot.consistent || g->holding || r->once)
			return STATUS_DONE;
		if (++tries < TRIES && !r->hurry)
			pause_ms(pauses_ms[tries - 1]);
	}
	if (!r->quiet)
		warning("namespaces changed while the picture was taken, %zu times in a row: "
			"what is shown may mix before and after", TRIES);
	return STATUS_DONE;
}
