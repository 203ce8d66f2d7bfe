// SPDX-License-Identifier: GPL-2.0
/*
 * What the tool makes of what a kernel sends: answers are fed to libnl's
 * receive loop, whole datagrams as they would come.
 */
/* Its inner parts are tested, beside the object that other parts are linked with. */
#define client_open	tested_client_open
#define client_close	tested_client_close
#define client_ask	tested_client_ask
/* Where it runs is for the tests to say. */
#define place_look	here
/* Pauses are counted, not made. */
#define nanosleep	pass
#include "client.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "messages.h"

#define FAMILY		0x22		/* as message_begin() has it */
#define DATAGRAMS	16

static struct client *c;
static struct graph g;
static unsigned char datagrams[DATAGRAMS][8192];
static int sizes[DATAGRAMS];		/* what nl_recv() returns */
static int n_datagrams, at, requests;
static uint32_t from;			/* port of the sender */
static char said[4096];
static uint32_t details;		/* what is asked for */
static uint32_t sent_details[DATAGRAMS];	/* of each request */
static const struct ns *asked_ns;	/* NULL: the graph is asked for */
static unsigned char sent[256];		/* the last request */

static long paused_ms[DATAGRAMS];	/* between two requests */
static size_t n_paused;
static bool hurry, quiet;

static struct place place;		/* where the tool runs */

int pass(const struct timespec *t, struct timespec *rest)
{
	assert_null(rest);
	assert_int_equal(t->tv_sec, 0);
	assert_true(n_paused < DATAGRAMS);
	paused_ms[n_paused++] = t->tv_nsec / 1000000;
	return 0;
}

void here(struct place *p, const char *root)
{
	assert_string_equal(root, "");
	*p = place;
}

static int fake_send(struct nl_sock *sock, struct nl_msg *msg)
{
	const struct nlattr *a = nlmsg_find_attr(nlmsg_hdr(msg), GENL_HDRLEN,
						 NSINSPECT_A_GRAPH_DETAILS);

	(void)sock;
	assert_true(requests < DATAGRAMS);
	sent_details[requests++] = a ? nla_get_u32(a) : 0;
	assert_true(nlmsg_hdr(msg)->nlmsg_len <= sizeof(sent));
	memcpy(sent, nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	return 1;
}

/* Sequence numbers that are 1 become those of the request. */
static int fake_recv(struct nl_sock *sock, struct sockaddr_nl *nla, unsigned char **buffer,
		     struct ucred **creds)
{
	struct nlmsghdr *h;
	int left;

	(void)sock;
	(void)creds;
	/* Whoever asks for more than was fed waits for ever. */
	if (at == n_datagrams)
		return -NLE_AGAIN;
	memset(nla, 0, sizeof(*nla));
	nla->nl_family = AF_NETLINK;
	nla->nl_pid = from;
	if (sizes[at] <= 0)
		return sizes[at++];
	*buffer = malloc((size_t)sizes[at]);
	assert_non_null(*buffer);
	memcpy(*buffer, datagrams[at], (size_t)sizes[at]);
	left = sizes[at++];
	for (h = (struct nlmsghdr *)*buffer; nlmsg_ok(h, left); h = nlmsg_next(h, &left))
		if (h->nlmsg_seq == 1)
			h->nlmsg_seq = c->seq;
	return sizes[at - 1];
}

static void feed_error(int err)
{
	sizes[n_datagrams++] = err;
}

static void feed(const void *bytes, size_t n)
{
	assert_true(n_datagrams < DATAGRAMS && n <= sizeof(datagrams[0]));
	memcpy(datagrams[n_datagrams], bytes, n);
	sizes[n_datagrams++] = (int)n;
}

static void feed_message(struct nl_msg *msg)
{
	feed(nlmsg_hdr(msg), NLMSG_ALIGN(nlmsg_hdr(msg)->nlmsg_len));
	nlmsg_free(msg);
}

static struct nl_msg *begin(int type, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	assert_non_null(msg);
	assert_non_null(nlmsg_put(msg, 0, 1, type, 0, flags));
	return msg;
}

static void feed_done(void)
{
	const int zero = 0;
	struct nl_msg *msg = begin(NLMSG_DONE, NLM_F_MULTI);

	assert_int_equal(nlmsg_append(msg, (void *)&zero, sizeof(zero), NLMSG_ALIGNTO), 0);
	feed_message(msg);
}

static void feed_snapshot(int consistent, int flags)
{
	const struct snapshot s = { .consistent = consistent, .watch = -1 };
	struct capture messages = { 0 };

	put_snapshot_as(&messages, &s);
	((struct nlmsghdr *)messages.bytes)->nlmsg_flags |= (uint16_t)flags;
	feed(messages.bytes, messages.n);
	free(messages.bytes);
}

/* An ack with or without the request that it is about, and with words. */
static void feed_ack(int err, bool capped, const char *words)
{
	struct nlmsgerr e = { .error = err, .msg.nlmsg_len = NLMSG_HDRLEN + 8 };
	int flags = (capped ? NLM_F_CAPPED : 0) | (words ? NLM_F_ACK_TLVS : 0);
	static const char request[8] = "request", cookie[20];
	struct nl_msg *msg = begin(NLMSG_ERROR, flags);

	assert_int_equal(nlmsg_append(msg, &e, sizeof(e), NLMSG_ALIGNTO), 0);
	if (!capped)
		assert_int_equal(nlmsg_append(msg, (void *)request, 8, NLMSG_ALIGNTO), 0);
	if (words) {
		/* Another attribute before it; and no NUL after it. */
		assert_int_equal(nla_put(msg, NLMSGERR_ATTR_COOKIE, 20, cookie), 0);
		assert_int_equal(nla_put(msg, NLMSGERR_ATTR_MSG, (int)strlen(words), words), 0);
	}
	feed_message(msg);
}

static int set_up(void **state)
{
	struct nl_cb *sending;

	(void)state;
	c = calloc(1, sizeof(*c));
	assert_non_null(c);
	c->sock = nl_socket_alloc();
	c->cb = nl_cb_alloc(NL_CB_DEFAULT);
	c->family = FAMILY;
	assert_true(c->sock && c->cb);
	set_callbacks(c);
	nl_cb_overwrite_recv(c->cb, fake_recv);
	sending = nl_socket_get_cb(c->sock);
	nl_cb_overwrite_send(sending, fake_send);
	nl_cb_put(sending);
	n_datagrams = at = requests = 0;
	n_paused = 0;
	hurry = quiet = false;
	from = 0;
	details = 0;
	place = (struct place){ 0 };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	client_close(c);
	graph_free(&g);
	asked_ns = NULL;
	return 0;
}

/* Ask for a task or for all; what comes on stderr is in @said. */
static int ask(uint32_t tid, struct capture *keep)
{
	const struct request r = {
		.command = asked_ns ? NSINSPECT_CMD_HOLDER_GET :
			   tid ? NSINSPECT_CMD_TASK_GET : NSINSPECT_CMD_GRAPH_GET,
		.tid = tid, .ns = asked_ns, .details = details, .hurry = hurry,
		.quiet = quiet,
	};
	int errors = dup(2), status;
	FILE *file = tmpfile();

	assert_non_null(file);
	dup2(fileno(file), 2);
	status = client_ask(c, &r, &g, keep);
	fflush(stderr);
	dup2(errors, 2);
	close(errors);
	rewind(file);
	said[fread(said, 1, sizeof(said) - 1, file)] = '\0';
	fclose(file);
	return status;
}

static void expect(uint32_t tid, int status, const char *words)
{
	char line[512] = "";

	if (*words)
		snprintf(line, sizeof(line), "nsinspect: %s\n", words);
	assert_int_equal(ask(tid, NULL), status);
	assert_string_equal(said, line);
	/* Nothing was left to be read by the next request. */
	assert_int_equal(at, n_datagrams);
}

/* In one datagram and in many, with what others sent between them. */
static void test_world(void **state)
{
	struct capture c_world, keep = { 0 };
	size_t i, step;

	(void)state;
	world(&c_world);
	for (i = 0; i < c_world.n; i += step) {
		step = NLMSG_ALIGN(((struct nlmsghdr *)(c_world.bytes + i))->nlmsg_len);
		if (!i) {
			feed(c_world.bytes, step);
			/* The end of a request that was given up. */
			feed_done();
			((struct nlmsghdr *)datagrams[1])->nlmsg_seq = 7;
		} else if (i && n_datagrams == 2) {
			feed(c_world.bytes + i, c_world.n - i);
		}
	}
	feed_done();
	assert_int_equal(ask(0, &keep), STATUS_DONE);
	assert_string_equal(said, "");
	assert_int_equal(requests, 1);
	assert_int_equal(g.n_namespaces, WORLD_NAMESPACES);
	assert_int_equal(g.n_nsproxies, WORLD_NSPROXIES);
	assert_int_equal(g.n_tasks, WORLD_TASKS);
	/* What is kept is what came, but for the number of the request. */
	assert_int_equal(keep.n, c_world.n);
	for (i = 0; i < keep.n; i += step) {
		step = NLMSG_ALIGN(((struct nlmsghdr *)(keep.bytes + i))->nlmsg_len);
		((struct nlmsghdr *)(keep.bytes + i))->nlmsg_seq = 1;
	}
	assert_memory_equal(keep.bytes, c_world.bytes, keep.n);
	free(keep.bytes);
	free(c_world.bytes);
}

/* An answer to one task is one message and an ack after it. */
static void test_single(void **state)
{
	(void)state;
	feed_snapshot(1, 0);
	((struct nlmsghdr *)datagrams[0])->nlmsg_flags = 0;
	feed_ack(0, false, NULL);
	expect(1, STATUS_DONE, "");
	assert_int_equal(g.snapshot.consistent, 1);
}

static void never_consistent(void)
{
	unsigned int i;

	for (i = 0; i < TRIES; i++) {
		feed_snapshot(0, 0);
		feed_done();
	}
	expect(0, STATUS_DONE, quiet ? "" :
	       "namespaces changed while the picture was taken, 4 times in a row: "
	       "what is shown may mix before and after");
	assert_int_equal(requests, TRIES);
	assert_int_equal(g.snapshot.consistent, 0);
}

/* Each pause is longer than the one before; after the last answer there is none. */
static void test_retries(void **state)
{
	size_t i;

	(void)state;
	never_consistent();
	assert_int_equal(n_paused, TRIES - 1);
	for (i = 1; i < n_paused; i++)
		assert_true(paused_ms[i - 1] && paused_ms[i] > paused_ms[i - 1]);
}

static void test_retries_in_a_hurry(void **state)
{
	(void)state;
	hurry = true;
	never_consistent();
	assert_int_equal(n_paused, 0);
}

/* Who takes another one anyway wants no line about this one; that it changed is in it. */
static void test_retries_in_silence(void **state)
{
	(void)state;
	quiet = true;
	never_consistent();
	assert_int_equal(n_paused, TRIES - 1);
}

static void test_second_try(void **state)
{
	(void)state;
	/* The kernel can say it as well, in whatever message. */
	feed_snapshot(1, NLM_F_DUMP_INTR);
	feed_done();
	feed_snapshot(1, 0);
	feed_done();
	expect(0, STATUS_DONE, "");
	assert_int_equal(requests, 2);
	assert_int_equal(g.snapshot.consistent, 1);
}

/* It would not be known the next time, either. */
static void test_not_known(void **state)
{
	(void)state;
	feed_snapshot(-1, 0);
	feed_done();
	expect(0, STATUS_DONE, "");
	assert_int_equal(requests, 1);
	assert_int_equal(g.snapshot.consistent, -1);
}

static void test_refused(void **state)
{
	static const struct {
		int err;
		const char *words;
		uint32_t tid;
		int status;
		const char *line;
	} rows[] = {
		{ -EPERM, "needs a right", 0, 5, "needs a right; run it as root, for example with "
			"sudo" },
		/* monitor asks for itself, which is no task that the user has named. */
		{ -EPERM, "needs a right", 9, 5, "needs a right; run it as root, for example with "
			"sudo" },
		{ -EPERM, NULL, 0, 5, "not permitted; this takes CAP_SYS_ADMIN in the initial user "
			"namespace and a caller in the initial pid namespace; run it as root, for "
			"example with sudo" },
		{ -ESRCH, "no such task", 9, 3, "task 9: no such task" },
		{ -ESRCH, NULL, 9, 3, "task 9: there is no such task" },
		{ -ENOENT, NULL, 0, 1, "the module was unloaded before it could answer" },
		{ -EOPNOTSUPP, NULL, 0, 1, "the module does not know what was asked; load the module "
			"that belongs to this tool" },
		{ -ENOMEM, NULL, 0, 1, "the kernel refused: Cannot allocate memory" },
		{ -EINVAL, "hostile \033[31m", 0, 1, "hostile \\x1b[31m" },
	};
	size_t i;
	int way;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (way = 0; way < 3; way++) {
			n_datagrams = at = requests = 0;
			if (way < 2) {
				feed_ack(rows[i].err, way, rows[i].words);
			} else {
				/* While it was sent: at the end of what came until then. */
				int flags = NLM_F_MULTI | (rows[i].words ? NLM_F_ACK_TLVS : 0);
				struct nl_msg *msg = begin(NLMSG_DONE, flags);

				nlmsg_append(msg, (void *)&rows[i].err, sizeof(int), NLMSG_ALIGNTO);
				if (rows[i].words)
					nla_put(msg, NLMSGERR_ATTR_MSG, (int)strlen(rows[i].words),
						rows[i].words);
				feed_snapshot(1, 0);
				feed_message(msg);
			}
			expect(rows[i].tid, rows[i].status, rows[i].line);
		}
	}
}

#define ALL_DETAILS (NODE_DETAILS | NSINSPECT_DETAIL_EVERY | NSINSPECT_DETAIL_FACTS)

/* A module that knows no more than nodes is asked for these, then and later. */
static void test_older(void **state)
{
	static const int errors[] = { -EINVAL, -ERANGE };
	size_t i;

	(void)state;
	details = ALL_DETAILS;
	for (i = 0; i < 2; i++) {
		c->plain = false;
		requests = n_datagrams = at = 0;
		feed_ack(errors[i], false, "invalid attribute");
		feed_snapshot(1, 0);
		feed_done();
		expect(0, STATUS_DONE, "");
		assert_int_equal(requests, 2);
		assert_int_equal(sent_details[0], ALL_DETAILS);
		assert_int_equal(sent_details[1], NODE_DETAILS);
		assert_int_equal(g.details, 0);
	}
	feed_snapshot(1, 0);
	feed_done();
	expect(0, STATUS_DONE, "");
	assert_int_equal(requests, 3);
	assert_int_equal(sent_details[2], NODE_DETAILS);
	/* What is refused for another reason is refused again, and then said. */
	c->plain = false;
	feed_ack(-EINVAL, false, "first");
	feed_ack(-EINVAL, false, "second");
	expect(0, STATUS_FAILED, "second");
	assert_int_equal(requests, 5);
	/* That a picture changed is no reason to ask for less. */
	c->plain = false;
	requests = n_datagrams = at = 0;
	feed_snapshot(0, 0);
	feed_done();
	feed_snapshot(1, 0);
	feed_done();
	expect(0, STATUS_DONE, "");
	assert_int_equal(sent_details[1], ALL_DETAILS);
	assert_int_equal(g.details, ALL_DETAILS & ~NODE_DETAILS);
	/* Another refusal is none of the details. */
	n_datagrams = at = 0;
	feed_ack(-EPERM, false, "no");
	expect(0, STATUS_NOT_PERMITTED, "no; run it as root, for example with sudo");
	assert_false(c->plain);
}

#define BROKEN "the answer of the kernel is broken: "

static void test_broken(void **state)
{
	struct nl_msg *msg;

	(void)state;
	/* Of another family. */
	msg = begin(FAMILY + 1, NLM_F_MULTI);
	assert_non_null(nlmsg_reserve(msg, GENL_HDRLEN, NLMSG_ALIGNTO));
	feed_message(msg);
	expect(0, STATUS_FAILED, BROKEN "a message is not of this family");
	/* Too short for one. */
	feed_message(begin(FAMILY, NLM_F_MULTI));
	expect(0, STATUS_FAILED, BROKEN "a message is not of this family");
	feed_message(begin(NLMSG_ERROR, 0));
	expect(0, STATUS_FAILED, BROKEN "an ack is cut off");
	feed_message(begin(NLMSG_OVERRUN, 0));
	expect(0, STATUS_FAILED, BROKEN "part of it was lost");
	/* A module of another version may be why, and the same one is not. */
	snprintf(place.module_version, sizeof(place.module_version), "1.0");
	feed_message(begin(NLMSG_OVERRUN, 0));
	expect(0, STATUS_FAILED, BROKEN "part of it was lost (the module is version 1.0 and this "
	       "tool 2.0: load the module that belongs to it)");
	snprintf(place.module_version, sizeof(place.module_version), "2.0");
	/* What decode.c says. */
	feed_snapshot(1, 0);
	feed_snapshot(1, 0);
	expect(0, STATUS_FAILED, BROKEN "it holds two snapshots");
	feed_done();
	expect(0, STATUS_FAILED, BROKEN "there is no snapshot in it");
	feed_error(-NLE_MSG_TRUNC);
	expect(0, STATUS_FAILED, BROKEN "a message is longer than the buffer");
	/* The socket's buffer was full. */
	feed_error(-NLE_NOMEM);
	errno = ENOBUFS;
	expect(0, STATUS_FAILED, BROKEN "part of it was lost");
	feed_error(-NLE_NOMEM);
	errno = ENOMEM;
	expect(0, STATUS_FAILED, "out of memory");
	feed_error(-NLE_BAD_SOCK);
	expect(0, STATUS_FAILED, "cannot receive: Bad socket");
}

static void feed_sums(int settled)
{
	struct capture messages = { 0 };
	struct nl_msg *msg = message_begin();
	struct nlattr *nest = nla_nest_start(msg, NSINSPECT_A_GRAPH_HOLDING);

	nla_put_u32(msg, NSINSPECT_A_HOLDING_REFS, 3);
	if (settled >= 0)
		nla_put_u8(msg, NSINSPECT_A_HOLDING_SETTLED, (uint8_t)settled);
	nla_nest_end(msg, nest);
	message_end(&messages, msg);
	feed_snapshot(1, 0);
	feed(messages.bytes, messages.n);
	feed_done();
	free(messages.bytes);
}

/* What holds a namespace: how it is asked for, and refused. */
static void test_holders(void **state)
{
	struct ns ns = { .type = NSINSPECT_NS_TYPE_NET, .inum = OWN_NET };
	const struct nlmsghdr *h = (const struct nlmsghdr *)sent;
	struct holding holding = { 0 };
	struct nlattr *tb[NSINSPECT_A_GRAPH_MAX + 1];

	(void)state;
	asked_ns = &ns;
	g.holding = &holding;
	feed_sums(1);
	expect(0, STATUS_DONE, "");
	assert_true(holding.given);
	assert_int_equal(holding.refs, 3);
	assert_int_equal(h->nlmsg_flags & NLM_F_DUMP, NLM_F_DUMP);
	assert_int_equal(genlmsg_hdr((struct nlmsghdr *)h)->cmd, NSINSPECT_CMD_HOLDER_GET);
	assert_int_equal(genlmsg_parse((struct nlmsghdr *)h, 0, tb, NSINSPECT_A_GRAPH_MAX, NULL), 0);
	assert_int_equal(nla_get_u32(tb[NSINSPECT_A_GRAPH_INUM]), OWN_NET);
	assert_int_equal(nla_get_u32(tb[NSINSPECT_A_GRAPH_TYPE]), NSINSPECT_NS_TYPE_NET);
	assert_null(tb[NSINSPECT_A_GRAPH_ID]);
	/* A number that is never used again, where there is one. */
	ns.has_id = true;
	ns.id = 0x1122334455667788u;
	n_datagrams = at = requests = 0;
	feed_sums(-1);
	expect(0, STATUS_DONE, "");
	assert_int_equal(holding.settled, -1);
	assert_int_equal(genlmsg_parse((struct nlmsghdr *)h, 0, tb, NSINSPECT_A_GRAPH_MAX, NULL), 0);
	assert_true(nla_get_u64(tb[NSINSPECT_A_GRAPH_ID]) == ns.id);
	assert_null(tb[NSINSPECT_A_GRAPH_INUM]);
	/* The screen says that it did not settle; the kernel has tried more than once. */
	n_datagrams = at = requests = 0;
	feed_sums(0);
	((struct nlmsghdr *)datagrams[0])->nlmsg_flags |= NLM_F_DUMP_INTR;
	expect(0, STATUS_DONE, "");
	assert_int_equal(requests, 1);
	assert_int_equal(holding.settled, 0);

	n_datagrams = at = 0;
	feed_ack(-ENOENT, true, "no such namespace");
	expect(0, STATUS_NO_SUCH, "net:[4026532300] has died since it was looked up");
	feed_ack(-EOPNOTSUPP, true, NULL);
	expect(0, STATUS_FAILED, "the module does not know what was asked; load the module that "
	       "belongs to this tool");
	feed_snapshot(1, 0);
	feed_done();
	expect(0, STATUS_FAILED, BROKEN "the sums of references are missing");
	graph_free(&g);
	holding_free(&holding);
}

static void test_silence(void **state)
{
	(void)state;
	expect(0, STATUS_FAILED, "the kernel did not answer within 60 seconds");
	feed_snapshot(1, 0);
	expect(0, STATUS_FAILED, "the kernel did not answer within 60 seconds");
}

/* What another process sends is no answer. */
static void test_stranger(void **state)
{
	(void)state;
	from = 4711;
	feed_snapshot(1, 0);
	feed_done();
	expect(0, STATUS_FAILED, "the kernel did not answer within 60 seconds");
	assert_false(g.has_snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_world, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_single, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_retries, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_retries_in_a_hurry, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_retries_in_silence, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_second_try, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_known, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_older, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_broken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_holders, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_silence, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stranger, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
