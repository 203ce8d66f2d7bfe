// SPDX-License-Identifier: GPL-2.0
/* Recordings in files: there and back, cut off anywhere, and drawn as of any moment. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "messages.h"
#include "recording.h"

#define TOOL "../../userspace/nsinspect"

/* 12:01:00 on a day in November, and what the other clock said. */
#define REAL	1795694460000000000u
#define MONO	1000000000000u
#define MS	((uint64_t)1000000)

#define NEW_NET	4026532400u

static char path[80];
static unsigned char *bytes;
static size_t n;
static char out[65536], err[4096];

static void slurp(const char *from, char *buffer, size_t size)
{
	FILE *f = fopen(from, "r");

	assert_non_null(f);
	buffer[fread(buffer, 1, size - 1, f)] = '\0';
	fclose(f);
	unlink(from);
}

/* $N is the tool, $F the recording. */
static int sh(const char *line)
{
	char command[1024], o[100], e[100];
	int status;

	snprintf(o, sizeof(o), "%s.out", path);
	snprintf(e, sizeof(e), "%s.err", path);
	snprintf(command, sizeof(command), "N=%s; F=%s; { %s; } >%s 2>%s </dev/null", TOOL, path,
		 line, o, e);
	status = system(command);
	slurp(o, out, sizeof(out));
	slurp(e, err, sizeof(err));
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void load(void)
{
	struct capture file;

	free(bytes);
	assert_int_equal(save_load(path, &file), 0);
	bytes = file.bytes;
	n = file.n;
}

static struct picture_time at(uint64_t ms)
{
	return (struct picture_time){
		.asked_ns = MONO + ms * MS - MS, .taken_ns = MONO + ms * MS, .real_ns = REAL + ms * MS,
	};
}

static struct event happened(enum event_kind kind, uint64_t ms, uint32_t tid)
{
	return (struct event){ .kind = kind, .time_ns = MONO + ms * MS, .tid = tid, .tgid = tid };
}

static void keep(struct recorder *r, struct event e)
{
	assert_int_equal(recorder_event(r, &e), 0);
}

static char boot_id[] = "e9bdc391-38c1-4447-b2fa-f92f31aba31e";

/* The picture, with a name of each kind. */
static struct recorder *start(void)
{
	struct saved s = { .boot_id = boot_id, .taker = 77, .details = FACTS_DETAILS };
	const struct picture_time when = at(0);
	struct recorder *r;

	world_of_facts(&s.messages);
	names_add(&s.names, NAME_NETNS, NSINSPECT_NS_TYPE_NET, OWN_NET, "blue");
	names_add(&s.names, NAME_NETNS, NSINSPECT_NS_TYPE_NET, EMPTY_NET, "red");
	names_add(&s.names, NAME_USER, 0, 1000, "alice");
	names_add(&s.names, NAME_COMMAND, 0, 830, "nginx: master process");
	names_add(&s.names, NAME_COMMAND, 0, 812, "sh -c x");
	assert_int_equal(recorder_begin(&r, path, &s, &when), 0);
	free(s.messages.bytes);
	names_free(&s.names);
	return r;
}

/*
 * After 1 s, 812 unshares its network namespace; after 2 s, 1 forks 850, which
 * becomes ping after 2.5 s and a zombie after 3; after 4 s EMPTY_NET is freed,
 * and 812 execs. It ends after 5 s.
 */
static void happen(struct recorder *r)
{
	struct event e = happened(EVENT_CREATE, 1000, 812);

	e.type = NSINSPECT_NS_TYPE_NET;
	e.ns.inum = NEW_NET;
	e.owner.inum = INIT_USER;
	keep(r, e);
	e = happened(EVENT_SWITCH, 1000, 812);
	e.slots[SLOT_NET].from.inum = INIT_NET;
	e.slots[SLOT_NET].to.inum = NEW_NET;
	strcpy(e.cause, "unshare");
	strcpy(e.comm, "sh");
	keep(r, e);
	assert_int_equal(recorder_flush(r, MONO + 1001 * MS), 0);
	e = happened(EVENT_FORK, 2000, 850);
	e.parent = e.ppid = 1;
	e.same = true;
	e.n_upids = 1;
	e.upids[0].nr = 850;
	e.upids[0].pidns = INIT_PID;
	strcpy(e.comm, "systemd");
	keep(r, e);
	e = happened(EVENT_EXEC, 2500, 850);
	e.old_tid = 850;
	strcpy(e.comm, "ping");
	keep(r, e);
	keep(r, happened(EVENT_EXIT, 3000, 850));
	e = happened(EVENT_FREE, 4000, 0);
	e.type = NSINSPECT_NS_TYPE_NET;
	e.ns.inum = EMPTY_NET;
	keep(r, e);
	e = happened(EVENT_EXEC, 4000, 812);
	strcpy(e.comm, "dash");
	keep(r, e);
}

static void record(void)
{
	struct recorder *r = start();

	happen(r);
	assert_int_equal(recorder_end(r, MONO + 5000 * MS), 0);
	load();
}

static int begin(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/nsinspect-test.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	record();
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	free(bytes);
	bytes = NULL;
	return 0;
}

/* What play() was told. */
static struct event told[16];
static size_t n_told, n_pictures, n_settled;

static int told_begin(void *arg, uint32_t pid)
{
	(void)arg;
	assert_int_equal(pid, 0);
	n_told = n_pictures = n_settled = 0;
	return 0;
}

static int told_event(void *arg, const struct event *e)
{
	assert_true(n_told < 16);
	assert_int_equal(n_pictures, 1);
	told[n_told++] = *e;
	return *(int *)arg && n_told == 2 ? *(int *)arg : 0;
}

static int told_settled(void *arg)
{
	(void)arg;
	n_settled++;
	return 0;
}

static int told_picture(void *arg, struct graph *g, struct names *names, uint64_t asked_ns)
{
	(void)arg;
	n_pictures++;
	assert_int_equal(g->n_tasks, WORLD_TASKS);
	assert_int_equal(names->n, 5);
	assert_int_equal(asked_ns, MONO - MS);
	assert_string_equal(g->host.boot_id, boot_id);
	return 0;
}

static int ending;
static struct watch watcher(uint32_t kinds, bool plain)
{
	return (struct watch){
		.kinds = kinds, .plain = plain, .begin = told_begin, .event = told_event,
		.settled = told_settled, .arg = &ending,
	};
}

static int play(const struct watch *w)
{
	struct recording r;
	const char *why;
	int status;

	assert_int_equal(recording_parse(&r, bytes, n, &why), 0);
	status = recording_play(&r, w, told_picture, &why);
	assert_null(why);
	recording_free(&r);
	return status;
}

static void test_play(void **state)
{
	struct watch all = watcher(~0u, true), some = watcher(1u << EVENT_FORK | 1u << EVENT_EXIT, false);

	(void)state;
	assert_int_equal(play(&all), 0);
	assert_int_equal(n_told, 7);
	assert_int_equal(n_pictures, 1);
	/* After the first batch, at the end of the recording, and at the end of playing. */
	assert_int_equal(n_settled, 3);
	assert_int_equal(told[0].kind, EVENT_CREATE);
	assert_int_equal(told[0].ns.inum, NEW_NET);
	assert_int_equal(told[1].kind, EVENT_SWITCH);
	assert_string_equal(told[1].cause, "unshare");
	assert_int_equal(told[3].old_tid, 850);
	assert_int_equal(told[6].time_ns, MONO + 4000 * MS);
	/* Plain forks only for those who want them. */
	assert_int_equal(play(&some), 0);
	assert_int_equal(n_told, 1);
	assert_int_equal(told[0].kind, EVENT_EXIT);
	some.plain = true;
	assert_int_equal(play(&some), 0);
	assert_int_equal(n_told, 2);
	ending = 3;
	assert_int_equal(play(&all), 3);
	assert_int_equal(n_told, 2);
	ending = 0;
}

/* An event that has everything, and one that has nothing, come back as they were. */
static void test_members(void **state)
{
	struct event full = { .kind = EVENT_FORK, .seq = 1, .time_ns = 2, .cpu = 3, .tid = 4,
			      .tgid = 5, .uid = 6, .comm = "fifteen letters", .cause = "clone3",
			      .generation = 7, .ppid = 8, .parent = 9, .same = true,
			      .n_upids = EVENT_LEVELS_MAX, .type = NSINSPECT_NS_TYPE_UTS,
			      .ns = { 10, 11 }, .owner = { 12, 13 }, .parent_ns = { 14, 15 },
			      .old_tid = 16, .lost = UINT64_MAX };
	const struct event none = { 0 };
	const struct watch w = watcher(~0u, true);
	struct recorder *r = start();
	int i;

	(void)state;
	for (i = 0; i < SLOTS; i++) {
		full.slots[i].from = (struct event_ns){ 100 + i, 200 + i };
		full.slots[i].to = (struct event_ns){ 300 + i, 400 + i };
	}
	for (i = 0; i < EVENT_LEVELS_MAX; i++) {
		full.upids[i].nr = 500 + i;
		full.upids[i].pidns = 600 + i;
	}
	keep(r, full);
	keep(r, none);
	assert_int_equal(recorder_end(r, MONO), 0);
	load();
	assert_int_equal(play(&w), 0);
	assert_int_equal(n_told, 2);
	for (i = 0; i < SLOTS; i++) {
		assert_int_equal(told[0].slots[i].from.inum, 100 + i);
		assert_int_equal(told[0].slots[i].from.id, 200 + i);
		assert_int_equal(told[0].slots[i].to.inum, 300 + i);
		assert_int_equal(told[0].slots[i].to.id, 400 + i);
	}
	assert_memory_equal(told[0].upids, full.upids, sizeof(full.upids));
	assert_int_equal(told[0].kind, full.kind);
	assert_int_equal(told[0].seq, 1);
	assert_int_equal(told[0].time_ns, 2);
	assert_int_equal(told[0].cpu, 3);
	assert_int_equal(told[0].tid, 4);
	assert_int_equal(told[0].tgid, 5);
	assert_int_equal(told[0].uid, 6);
	assert_string_equal(told[0].comm, full.comm);
	assert_string_equal(told[0].cause, full.cause);
	assert_int_equal(told[0].generation, 7);
	assert_int_equal(told[0].ppid, 8);
	assert_int_equal(told[0].parent, 9);
	assert_true(told[0].same);
	assert_int_equal(told[0].n_upids, EVENT_LEVELS_MAX);
	assert_int_equal(told[0].type, NSINSPECT_NS_TYPE_UTS);
	assert_int_equal(told[0].ns.inum, 10);
	assert_int_equal(told[0].ns.id, 11);
	assert_int_equal(told[0].owner.inum, 12);
	assert_int_equal(told[0].owner.id, 13);
	assert_int_equal(told[0].parent_ns.inum, 14);
	assert_int_equal(told[0].parent_ns.id, 15);
	assert_int_equal(told[0].old_tid, 16);
	assert_true(told[0].lost == UINT64_MAX);
	assert_int_equal(told[1].kind, EVENT_SWITCH);
	assert_int_equal(told[1].tid, 0);
	assert_int_equal(told[1].n_upids, 0);
}

/* Cut off anywhere: what was written whole is there, and nothing else is. */
static void test_cut_everywhere(void **state)
{
	struct watch w = watcher(~0u, true);
	size_t len, most = 0, picture = 0;
	struct recorded as;
	struct recording r;
	const char *why;

	(void)state;
	for (len = 0; len <= n; len++) {
		unsigned char *cut = malloc(len ? len : 1);
		int status;

		memcpy(cut, bytes, len);
		why = NULL;
		status = recording_parse(&r, cut, len, &why);
		if (status) {
			assert_int_equal(status, -EBADMSG);
			assert_non_null(why);
			assert_int_equal(picture, 0);
		} else {
			if (!picture)
				picture = len;
			assert_int_equal(r.finished, len == n);
			assert_true(r.until_ns >= MONO && r.until_ns <= MONO + 5000 * MS);
			assert_int_equal(recording_play(&r, &w, told_picture, &why), 0);
			/* They come one by one, each with its last byte. */
			assert_true(n_told == most || n_told == most + 1);
			most = n_told;
			/* All of it is drawn from now and then. */
			if (len % 64 == 0) {
				assert_int_equal(recording_at(&r, r.until_ns, &as, &why), 0);
				recorded_free(&as);
			}
		}
		recording_free(&r);
		free(cut);
	}
	assert_int_equal(most, 7);
	assert_true(picture > 2000);
}

/* What a disk has that lost its power, and what somebody has written behind it. */
static void test_broken_end(void **state)
{
	struct watch w = watcher(~0u, true);
	struct recorder *r = start();
	struct recording parsed;
	unsigned char *dash;
	const char *why;
	size_t good;

	(void)state;
	happen(r);
	assert_int_equal(recorder_flush(r, MONO + 4500 * MS), 0);
	load();
	good = n;
	bytes = realloc(bytes, n + 512);
	memset(bytes + n, 0, 512);
	n += 512;
	assert_int_equal(recording_parse(&parsed, bytes, n, &why), 0);
	assert_false(parsed.finished);
	assert_int_equal(parsed.end, good);
	assert_int_equal(parsed.until_ns, MONO + 4500 * MS);
	recording_free(&parsed);
	assert_int_equal(play(&w), 0);
	assert_int_equal(n_told, 7);
	/* An event in the middle that cannot be: all before it is good. */
	dash = memmem(bytes, n, "dash", 4);
	assert_non_null(dash);
	memset(dash - 2, 0xff, 2);
	assert_int_equal(play(&w), 0);
	assert_int_equal(n_told, 6);
	assert_int_equal(recorder_end(r, 0), 0);
	/* Something behind the end. */
	record();
	bytes = realloc(bytes, n + 4);
	memset(bytes + n, 0, 4);
	n += 4;
	assert_int_equal(recording_parse(&parsed, bytes, n, &why), 0);
	assert_false(parsed.finished);
	recording_free(&parsed);
}

/* How many events are told when some bytes are others. */
static size_t told_with(const char *find, size_t len, size_t where, unsigned char byte)
{
	const struct watch w = watcher(~0u, true);
	unsigned char *at = memmem(bytes, n, find, len), old;

	assert_non_null(at);
	old = at[where];
	at[where] = byte;
	assert_int_equal(play(&w), 0);
	at[where] = old;
	return n_told;
}

/* Events that no recorder writes: with them ends what can be used. */
static void test_forged(void **state)
{
	struct event e = happened(EVENT_EXEC, 4500, 812);
	struct recorder *r = start();
	struct recording parsed;
	const char *why;

	(void)state;
	happen(r);
	strcpy(e.comm, "fifteen letters");
	strcpy(e.cause, "execve");
	keep(r, e);
	assert_int_equal(recorder_end(r, MONO + 5000 * MS), 0);
	load();
	/* Below, numbers are as a little-endian machine writes them. */
	if (*(const char *)&(const int){ 1 } != 1)
		return;
	/* Attributes begin with their number and length: so many upids, such a type. */
	assert_int_equal(told_with("\16\0\10\0\1\0\0\0", 8, 4, EVENT_LEVELS_MAX), 8);
	assert_int_equal(told_with("\16\0\10\0\1\0\0\0", 8, 4, EVENT_LEVELS_MAX + 1), 2);
	assert_int_equal(told_with("\17\0\10\0\3\0\0\0", 8, 4, NS_TYPES), 0);
	/* A text that has no end, and one that has two. */
	assert_int_equal(told_with("\10\0\10\0dash", 8, 5, '\0'), 6);
	memcpy(memmem(bytes, n, "letters\0", 8), "letters!", 8);
	assert_int_equal(told_with("\10\0\23\0fifteen", 11, 2, 20), 7);
	/* A kind, a number and an attribute that a later version may have. */
	assert_int_equal(told_with("\1\0\10\0\4\0\0\0", 8, 4, EVENT_KINDS), 7);
	assert_int_equal(told_with("\15\0\5\0\1\0\0\0", 8, 0, 31), 8);
	assert_int_equal(told_with("\15\0\5\0\1\0\0\0", 8, 2, 6), 2);
	assert_int_equal(told_with("\5\0\10\0\54\3\0\0", 8, 2, 7), 0);
	/* An end that says another length. */
	bytes[n - 8]++;
	assert_int_equal(recording_parse(&parsed, bytes, n, &why), 0);
	assert_false(parsed.finished);
	recording_free(&parsed);
}

static void refuse(size_t where, uint32_t with, const char *words)
{
	struct recording r;
	const char *why;
	uint32_t old;

	memcpy(&old, bytes + where, sizeof(old));
	memcpy(bytes + where, &with, sizeof(with));
	assert_int_equal(recording_parse(&r, bytes, n, &why), -EBADMSG);
	assert_string_equal(why, words);
	recording_free(&r);
	memcpy(bytes + where, &old, sizeof(old));
}

static void test_refused(void **state)
{
	struct capture file;
	struct saved s;
	const char *why, *picture = save_world();

	(void)state;
	refuse(12, 1, "it is one picture, and not a recording");
	refuse(12, 3, "it was made by a newer nsinspect; use that one");
	refuse(16, 99, "there is no picture in it: it was cut off before it began");
	assert_true(recording_is(bytes, n));
	assert_int_equal(save_parse(&s, bytes, n, &why), -EBADMSG);
	assert_string_equal(why, "it is a recording, and not one picture");
	saved_free(&s);
	assert_int_equal(save_load(picture, &file), 0);
	assert_false(recording_is(file.bytes, file.n));
	free(file.bytes);
	unlink(picture);
}

/* Only its owner can read it; it replaces what is there once it has begun. */
static void test_file(void **state)
{
	struct stat before, after;
	struct recorder *r;
	char fifo[90], line[128], file[sizeof(path)];
	FILE *reader;

	(void)state;
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(stat(path, &before), 0);
	r = start();
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_mode & 0777, 0600);
	assert_int_not_equal(after.st_ino, before.st_ino);
	assert_true(after.st_size > 2000);
	/* What was flushed is there, whatever becomes of the recorder. */
	happen(r);
	assert_int_equal(recorder_flush(r, MONO + 4500 * MS), 0);
	assert_int_equal(sh("$N --from $F --at +3s -t net -n -o NS"), 0);
	assert_int_equal(recorder_end(r, MONO + 5000 * MS), 0);
	/* An open file is written to, and so is a FIFO. */
	assert_int_equal(sh("mkfifo $F.p; cat $F >$F.p & $N --from $F.p --at +3s -t net -n -o NS,PID; "
			    "rm $F.p"), 0);
	assert_string_equal(out, "4026531840   1\n4026532300 830\n4026532330 \n4026532400 812\n");
	snprintf(fifo, sizeof(fifo), "%s.fifo", path);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	snprintf(line, sizeof(line), "cat %s", fifo);
	reader = popen(line, "r");
	assert_non_null(reader);
	strcpy(file, path);
	memcpy(path, fifo, sizeof(path));
	r = start();
	strcpy(path, file);
	assert_int_equal(recorder_end(r, MONO + 1), 0);
	assert_true(fread(bytes, 1, 64, reader) == 64);
	assert_true(recording_is(bytes, 64));
	while (fread(bytes, 1, 64, reader))
		;
	assert_int_equal(pclose(reader), 0);
	unlink(fifo);
}

static struct graph *look(const struct moment *m, struct recorded *as)
{
	struct recording r;
	const char *why;
	uint64_t ns;

	assert_int_equal(recording_parse(&r, bytes, n, &why), 0);
	assert_int_equal(recording_find(&r, m, &ns), 0);
	assert_int_equal(recording_at(&r, ns, as, &why), 0);
	recording_free(&r);
	return &as->graph;
}

/* Names of what is not there any more are not given to what came after it. */
static void test_names(void **state)
{
	const struct moment first = { .how = MOMENT_AFTER }, last = { .how = MOMENT_END };
	struct recorded as;

	(void)state;
	look(&first, &as);
	assert_int_equal(as.saved.names.n, 5);
	assert_int_equal(as.saved.taker, 77);
	recorded_free(&as);
	look(&last, &as);
	/* EMPTY_NET is freed, and 812 runs another program. */
	assert_int_equal(as.saved.names.n, 3);
	assert_null(names_find(&as.saved.names, NAME_COMMAND, 812));
	assert_non_null(names_find(&as.saved.names, NAME_COMMAND, 830));
	assert_int_equal(as.graph.snapshot.time_ns, REAL + 5000 * MS);
	assert_int_equal(as.graph.snapshot.boottime_ns, 99000000001u + 5000 * MS);
	recorded_free(&as);
}

/* A second picture is where all goes on from, and what was lost in front of it is over. */
static void test_pictures(void **state)
{
	const struct moment before = { .how = MOMENT_AFTER, .ns = 6500 * MS },
			    after = { .how = MOMENT_AFTER, .ns = 7500 * MS };
	struct saved s = { .details = FACTS_DETAILS };
	const struct picture_time when = at(7000);
	struct recorder *r = start();
	struct event lost = { .kind = EVENT_LOST, .time_ns = MONO + 6000 * MS, .lost = 9 };
	struct recorded as;

	(void)state;
	happen(r);
	keep(r, lost);
	world_of_facts(&s.messages);
	assert_int_equal(recorder_picture(r, &s, &when), 0);
	free(s.messages.bytes);
	/* Told late: it is in the picture, and was so before it. */
	keep(r, happened(EVENT_EXIT, 6400, 831));
	keep(r, happened(EVENT_EXIT, 7200, 830));
	assert_int_equal(recorder_end(r, MONO + 8000 * MS), 0);
	load();
	look(&before, &as);
	assert_true(as.lost);
	assert_int_equal(as.graph.snapshot.consistent, 0);
	assert_int_equal(graph_find_task(&as.graph, 831)->state, 'Z');
	assert_int_equal(graph_find_task(&as.graph, 830)->state, 'S');
	assert_string_equal(graph_find_task(&as.graph, 812)->comm, "dash");
	recorded_free(&as);
	look(&after, &as);
	assert_false(as.lost);
	assert_int_equal(as.graph.snapshot.consistent, 1);
	assert_int_equal(graph_find_task(&as.graph, 831)->state, 'S');
	assert_int_equal(graph_find_task(&as.graph, 830)->state, 'Z');
	assert_string_equal(graph_find_task(&as.graph, 812)->comm, "sh");
	assert_null(graph_find_task(&as.graph, 850));
	recorded_free(&as);
	assert_int_equal(sh("$N --from $F --at +6.5s -t uts"), 0);
	assert_non_null(strstr(err, "nsinspect: not all that happened between the last picture in the "
				    "recording and this moment was told: what is shown may be wrong\n"));
	assert_null(strstr(err, "namespaces changed while"));
	assert_int_equal(sh("$N --from $F -t uts"), 0);
	assert_null(strstr(err, "not all that happened"));
}

static void test_moments(void **state)
{
	static const struct {
		const char *text;
		int how;
		uint64_t ns;
		int year;
	} good[] = {
		{ "end", MOMENT_END, 0, 0 },
		{ "+0", MOMENT_AFTER, 0, 0 },
		{ "+2", MOMENT_AFTER, 2000000000, 0 },
		{ "+2.5s", MOMENT_AFTER, 2500000000, 0 },
		{ "+0.000001s", MOMENT_AFTER, 1000, 0 },
		{ "+500ms", MOMENT_AFTER, 500000000, 0 },
		{ "+1.5ms", MOMENT_AFTER, 1500000, 0 },
		{ "+7us", MOMENT_AFTER, 7000, 0 },
		{ "+1.5m", MOMENT_AFTER, 90000000000, 0 },
		{ "+1.25h", MOMENT_AFTER, 4500000000000, 0 },
		{ "12:01", MOMENT_CLOCK, 43260000000000, 0 },
		{ "12:01:03", MOMENT_CLOCK, 43263000000000, 0 },
		{ "00:00:00.5", MOMENT_CLOCK, 500000000, 0 },
		{ "9:05:00.123456", MOMENT_CLOCK, 32700123456000, 0 },
		{ "2026-11-26 12:01:03", MOMENT_CLOCK, 43263000000000, 2026 },
		{ "2026-11-26T12:01:03.25", MOMENT_CLOCK, 43263250000000, 2026 },
	};
	static const char *const bad[] = {
		"", "+", "+s", "+2x", "+2.s", "+.5s", "+2s ", "+-1s", "-1s", "2s", "2", "END", "ends",
		"12", "12:", "12:1x", "24:00", "12:60", "12:01:61", "12:01:03.", "12:01:03x",
		"2026-11-26", "2026-13-01 12:00", "2026-11-31 12:00", "2026-00-01 12:00", "26-11-26_12:00",
		"1969-11-26 12:00", "12:01:03.1234567890", "+99999999s", "+1.5.5s", "now",
	};
	struct moment m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		if (moment_parse(good[i].text, &m))
			fail_msg("'%s' is refused", good[i].text);
		assert_int_equal(m.how, good[i].how);
		if (m.ns != good[i].ns)
			fail_msg("%s: %llu", good[i].text, (unsigned long long)m.ns);
		assert_int_equal(m.year, good[i].year);
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (!moment_parse(bad[i], &m))
			fail_msg("'%s' is taken", bad[i]);
}

/* Moments that are the same, however they are said. */
static void test_find(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;			/* -1: it does not have it */
	} rows[] = {
		{ "end", 5000 * MS }, { "+5s", 5000 * MS },
		{ "+5.1s", -1 }, { "+0", 999 }, { "+1s", 1000 * MS + 999 },
		{ "12:01:01", 1000 * MS + 999 }, { "12:01:00", 999 }, { "12:00:59.999", -1 },
		{ "12:01:05", 5000 * MS }, { "12:01:05.000001", -1 }, { "12:01:06", -1 },
		{ "2026-11-26 12:01:02.5", 2500 * MS + 999 }, { "2026-11-25 12:01:02", -1 },
		{ "2026-11-27 12:01:02", -1 }, { "00:00:01", -1 },
	};
	struct recording r;
	struct moment m;
	const char *why;
	uint64_t ns;
	size_t i;

	(void)state;
	assert_int_equal(recording_parse(&r, bytes, n, &why), 0);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int found;

		assert_int_equal(moment_parse(rows[i].text, &m), 0);
		found = recording_find(&r, &m, &ns);
		if (found != (rows[i].ns < 0 ? -ERANGE : 0))
			fail_msg("%s: %d", rows[i].text, found);
		if (!found && ns != MONO + (uint64_t)rows[i].ns)
			fail_msg("%s: %llu", rows[i].text, (unsigned long long)(ns - MONO));
	}
	/* One that began before midnight has the next day, too. */
	r.pictures->when.real_ns += 43140000000000 - 2000 * MS;
	assert_int_equal(moment_parse("00:00:01", &m), 0);
	assert_int_equal(recording_find(&r, &m, &ns), 0);
	assert_int_equal(ns, MONO + 3000 * MS + 999);
	assert_int_equal(recording_real(&r, ns), REAL + 43140000000000 + 1000 * MS + 999);
	recording_free(&r);
}

/* What people are told of when, and where there is no such moment. */
static void test_at(void **state)
{
	const char *picture;
	char line[256];

	(void)state;
	assert_int_equal(sh("$N --from $F --at +1.5s -t net -o NS,PID"), 0);
	assert_string_equal(err, "nsinspect: picture of host lab (kernel 6.12.0) as of 2026-11-26 "
			    "12:01:01.500000 +0000, from a recording; command lines are of the last "
			    "picture in it before that time\n");
	assert_int_equal(sh("$N --from $F --at +9s --tree"), 1);
	assert_string_equal(out, "");
	snprintf(line, sizeof(line), "nsinspect: %s does not have +9s: it goes from 2026-11-26 "
		 "12:01:00.000000 +0000 to 2026-11-26 12:01:05.000000 +0000, which is +5.000000s\n",
		 path);
	assert_string_equal(err, line);
	assert_int_equal(sh("$N --from $F --at 12:00:00"), 1);
	assert_non_null(strstr(err, "does not have 12:00:00"));
	assert_int_equal(sh("$N --from $F --at noon"), 2);
	assert_string_equal(err, "nsinspect: --at: 'noon' is not a time; times are " MOMENT_SYNTAX "\n");
	assert_int_equal(sh("$N --at +1s"), 2);
	assert_string_equal(err, "nsinspect: --at is a moment of a recording: give that with --from "
			    "FILE\n");
	assert_int_equal(sh("$N limits --from $F --at +1s"), 2);
	assert_non_null(strstr(err, "--at does not apply to limits"));
	assert_int_equal(sh("$N why blue --at +1s"), 2);
	assert_non_null(strstr(err, "--at does not apply to why"));
	assert_int_equal(sh("$N mounts / --at +1s"), 2);
	assert_non_null(strstr(err, "--at does not apply to mounts"));
	assert_int_equal(sh("$N limits --from $F"), 1);
	assert_non_null(strstr(err, "is a recording, which does not have limits"));
	picture = save_world();
	snprintf(line, sizeof(line), "$N --from %s --at end", picture);
	assert_int_equal(sh(line), 1);
	assert_non_null(strstr(err, "is a picture of one moment, 2023-11-14 22:13:20.123456 +0000: "
				    "--at needs a recording"));
	unlink(picture);
	/* While it is being written, or after a crash. */
	assert_int_equal(truncate(path, (off_t)n - 8), 0);
	assert_int_equal(sh("$N --from $F -n -t net -o NS"), 0);
	snprintf(line, sizeof(line), "nsinspect: %s was cut off, or is still being written: nothing is "
		 "known after 2026-11-26 12:01:05.000000 +0000\n", path);
	assert_string_equal(err, line);
	/* Who reads the events is told, too. */
	assert_int_equal(sh("$N monitor --from $F -q --stats"), 0);
	assert_string_equal(err, line);
	assert_int_equal(truncate(path, 1000), 0);
	assert_int_equal(sh("$N --from $F"), 1);
	assert_non_null(strstr(err, "there is no picture in it"));
}

/* Every screen at three moments. */
static void test_screens(void **state)
{
	struct json_object *json, *tasks, *of;

	(void)state;
	assert_int_equal(sh("$N --from $F --at +0s -t net -n -o NS,NPROCS,PID,COMMAND,NAME"), 0);
	assert_string_equal(out,
		"4026531840      4   1 systemd                    \n"
		"4026532300      1 830 nginx: master process      blue\n"
		"4026532330      0     (kernel's list, open file) red\n");
	assert_int_equal(sh("$N --from $F --at +2s -t net -n -o NS,NPROCS,PID,COMMAND,NAME"), 0);
	assert_string_equal(out,
		"4026531840      4   1 systemd                    \n"
		"4026532300      1 830 nginx: master process      blue\n"
		"4026532330      0     (kernel's list, open file) red\n"
		"4026532400      1 812 sh -c x                    \n");
	assert_int_equal(sh("$N --from $F -t net -n -o NS,NPROCS,PID,COMMAND,NAME"), 0);
	assert_string_equal(out,
		"4026531840      3   1 systemd               \n"
		"4026532300      1 830 nginx: master process blue\n"
		"4026532400      1 812 dash                  \n");

	assert_int_equal(sh("$N --from $F --at 12:01:02.7 --tree --ascii"), 0);
	assert_non_null(strstr(out, "850 ping"));
	assert_non_null(strstr(out, "net:32400"));
	assert_int_equal(sh("$N --from $F --at +1s --tree --ascii"), 0);
	assert_null(strstr(out, "850"));
	assert_int_equal(sh("$N --from $F --at +2.1s task 850"), 0);
	assert_non_null(strstr(out, "systemd"));
	assert_int_equal(sh("$N --from $F --at +1.9s task 850"), 3);
	assert_int_equal(sh("$N --from $F --at +1s ns net:32400"), 0);
	assert_non_null(strstr(out, "812 sh"));
	assert_int_equal(sh("$N --from $F --at +999ms ns net:32400"), 3);
	assert_int_equal(sh("$N --from $F --at +2s pid 850"), 0);
	assert_int_equal(sh("$N --from $F --at +1s net:32400 -n -o PID"), 0);
	assert_string_equal(out, "812\n");
	assert_int_equal(sh("$N --from $F --at +1s --sets -n"), 0);
	assert_int_equal(sh("$N --from $F --at +1s --dot"), 0);
	assert_non_null(strstr(out, "4026532400"));

	assert_int_equal(sh("$N --from $F --at +3.5s --json"), 0);
	assert_string_equal(err, "");
	json = json_tokener_parse(out);
	assert_non_null(json);
	assert_true(json_object_object_get_ex(json, "snapshot", &of));
	assert_int_equal(json_object_get_int64(json_object_object_get(of, "time_ns")),
			 REAL + 3500 * MS + 999);
	assert_true(json_object_object_get_ex(json, "tasks", &tasks));
	assert_int_equal(json_object_array_length(tasks), WORLD_TASKS + 1);
	json_object_put(json);
}

/* Two moments of one recording side by side. */
static void test_diff(void **state)
{
	char line[512], *at_name;

	(void)state;
	assert_int_equal(sh("$N diff $F@+0s $F@+2.1s --ascii"), 0);
	assert_string_equal(err, "");
	snprintf(line, sizeof(line), "--- %s@+0s  lab, kernel 6.12.0, 2026-11-26 12:01:00 +0000\n"
		 "+++ %s@+2.1s  lab, kernel 6.12.0, 2026-11-26 12:01:02 +0000\n", path, path);
	assert_memory_equal(out, line, strlen(line));
	at_name = out + strlen(line);
	assert_string_equal(at_name,
		"+ net:32400  812 sh\n"
		"~ task 812 sh  net 31840 -> 32400\n"
		"+ task 850 systemd\n"
		"- set of 812 sh  children pid:32305\n"
		"+ set of 812 sh  net:32400 children pid:32305\n"
		"different: 1 namespace, 2 tasks, 2 sets\n");
	assert_int_equal(sh("$N diff $F@+2s $F@+2.1s --exit-code"), 0);
	assert_int_equal(sh("$N diff $F@+0 $F --exit-code -J"), 6);
	assert_int_equal(sh("$N diff $F@+9s $F"), 1);
	assert_int_equal(sh("$N diff $F@soon $F"), 2);
	assert_non_null(strstr(err, "'soon' is not a time"));
	assert_int_equal(sh("cat $F | $N diff /dev/stdin@+0s $F@+0s --exit-code"), 0);
	assert_int_equal(sh("$N diff -- -@+0s - <$F"), 2);
	assert_int_equal(sh("$N diff $F $F --at +1s"), 2);
	/* A file that has such a name. */
	assert_int_equal(sh("cp $F $F@+1s; $N diff $F@+1s $F --exit-code; s=$?; rm $F@+1s; exit $s"), 0);
}

static void test_record(void **state)
{
	(void)state;
	assert_int_equal(sh("$N record"), 2);
	assert_string_equal(err, "nsinspect: record: in which file? nsinspect record -o FILE [-- "
			    "CMD...]\n");
	assert_int_equal(sh("$N record -o $F.new --json"), 2);
	assert_int_equal(sh("$N record -o $F.new --from $F"), 2);
	assert_non_null(strstr(err, "--from does not apply to record"));
	assert_int_equal(sh("$N --help"), 0);
	assert_non_null(strstr(out, " nsinspect [options] record [-- CMD...]\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_play, begin, end),
		cmocka_unit_test_setup_teardown(test_members, begin, end),
		cmocka_unit_test_setup_teardown(test_cut_everywhere, begin, end),
		cmocka_unit_test_setup_teardown(test_broken_end, begin, end),
		cmocka_unit_test_setup_teardown(test_forged, begin, end),
		cmocka_unit_test_setup_teardown(test_refused, begin, end),
		cmocka_unit_test_setup_teardown(test_file, begin, end),
		cmocka_unit_test_setup_teardown(test_names, begin, end),
		cmocka_unit_test_setup_teardown(test_pictures, begin, end),
		cmocka_unit_test_setup_teardown(test_moments, begin, end),
		cmocka_unit_test_setup_teardown(test_find, begin, end),
		cmocka_unit_test_setup_teardown(test_at, begin, end),
		cmocka_unit_test_setup_teardown(test_screens, begin, end),
		cmocka_unit_test_setup_teardown(test_diff, begin, end),
		cmocka_unit_test_setup_teardown(test_record, begin, end),
	};

	setenv("TZ", "UTC", 1);
	setenv("LANG", "C", 1);
	unsetenv("LC_ALL");
	unsetenv("COLUMNS");
	return cmocka_run_group_tests_name("recording", tests, NULL, NULL);
}
