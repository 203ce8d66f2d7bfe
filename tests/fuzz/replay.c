// SPDX-License-Identifier: GPL-2.0
/*
 * usage: replay RUNS [FILE...] | replay --seed | replay --recording
 *
 * Feeds files to the fuzz target; without files, a picture made with libnl, a
 * recording that begins with it, and RUNS mutations of each, the same ones every
 * time. With --seed that picture goes to stdout, with --recording the recording.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fuzz.h"
#include "messages.h"
#include "recording.h"

static uint32_t seed = 1;

static uint32_t next(uint32_t limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % limit;
}

static unsigned char *load(const char *path, size_t *n)
{
	FILE *f = fopen(path, "r");
	unsigned char *bytes;

	if (!f) {
		perror(path);
		exit(1);
	}
	fseek(f, 0, SEEK_END);
	*n = (size_t)ftell(f);
	rewind(f);
	bytes = malloc(*n + 1);
	if (!bytes || fread(bytes, 1, *n, f) != *n) {
		perror(path);
		exit(1);
	}
	fclose(f);
	return bytes;
}

/* Of exactly that size, for valgrind to see what reads past the end. */
static int feed(const unsigned char *bytes, size_t n)
{
	unsigned char *copy = malloc(n ? n : 1);
	int taken;

	if (!copy)
		exit(1);
	memcpy(copy, bytes, n);
	taken = fuzz_one(copy, n);
	free(copy);
	return taken;
}

/* Values at which things go wrong, numbers of other nodes, lengths. */
static void mutate(unsigned char *bytes, size_t n)
{
	static const uint32_t words[] = {
		0, 1, 2, 3, 4, 8, 0x7fffffff, 0x80000000, 0xffffffff, 830, 831, 812, OWN_PID,
		OWN_USER, INIT_USER, INIT_PID,
	};
	uint32_t times = 1 + next(4), word;
	size_t at;

	while (times--) {
		switch (next(3)) {
		case 0:
			bytes[next((uint32_t)n)] ^= (unsigned char)(1u << next(8));
			break;
		case 1:
			bytes[next((uint32_t)n)] = (unsigned char)next(256);
			break;
		case 2:
			/* Attributes are aligned to four bytes. */
			at = next((uint32_t)n / 4 - 1) * 4;
			word = words[next(sizeof(words) / sizeof(*words))];
			memcpy(bytes + at, &word, sizeof(word));
			break;
		}
	}
}

/* Something of each kind happens to the world; @path is replaced. */
static void record_world(const char *path)
{
	struct picture_time when = { 1000, 2000, 1700000000000000000u };
	struct event e = { .kind = EVENT_CREATE, .time_ns = 3000, .type = NSINSPECT_NS_TYPE_NET,
			   .ns.inum = OWN_NET + 100, .owner.inum = OWN_USER };
	struct saved s = { .details = FACTS_DETAILS };
	struct recorder *r;
	uint32_t tid;

	world_of_facts(&s.messages);
	if (recorder_begin(&r, path, &s, &when))
		exit(1);
	recorder_event(r, &e);
	e = (struct event){ .kind = EVENT_SWITCH, .time_ns = 3100, .tid = 831, .tgid = 830 };
	e.slots[SLOT_NET].from.inum = OWN_NET;
	e.slots[SLOT_NET].to.inum = OWN_NET + 100;
	recorder_event(r, &e);
	for (tid = 900; tid < 906; tid++) {
		e = (struct event){ .kind = EVENT_FORK, .time_ns = 4000 + tid, .tid = tid,
				    .tgid = tid & ~1u, .parent = tid == 900 ? 830 : tid - 1,
				    .ppid = 830, .same = true, .n_upids = 2 };
		e.upids[0].nr = tid;
		e.upids[0].pidns = INIT_PID;
		e.upids[1].nr = tid - 890;
		e.upids[1].pidns = OWN_PID;
		recorder_event(r, &e);
	}
	e = (struct event){ .kind = EVENT_EXEC, .time_ns = 6000, .tid = 902, .old_tid = 903,
			    .comm = "moved" };
	recorder_event(r, &e);
	e = (struct event){ .kind = EVENT_EXIT, .time_ns = 7000, .tid = 830 };
	recorder_event(r, &e);
	e = (struct event){ .kind = EVENT_REAP, .time_ns = 7100, .tid = 830 };
	recorder_event(r, &e);
	e = (struct event){ .kind = EVENT_FREE, .time_ns = 7200, .type = NSINSPECT_NS_TYPE_NET,
			    .ns.inum = OWN_NET };
	recorder_event(r, &e);
	e = (struct event){ .kind = EVENT_LOST, .time_ns = 8000, .lost = 3 };
	recorder_event(r, &e);
	when = (struct picture_time){ 9000, 9100, 1700000000000007100u };
	recorder_picture(r, &s, &when);
	e = (struct event){ .kind = EVENT_EXIT, .time_ns = 9200, .tid = 831 };
	recorder_event(r, &e);
	free(s.messages.bytes);
	if (recorder_end(r, 10000))
		exit(1);
}

static int run(const char *path, long runs)
{
	unsigned char *seed_bytes, *bytes;
	long i, taken = 0;
	size_t n;

	seed_bytes = load(path, &n);
	unlink(path);
	if (!feed(seed_bytes, n)) {
		fprintf(stderr, "replay: the file itself is refused\n");
		return 1;
	}
	bytes = malloc(n);
	if (!bytes)
		return 1;
	for (i = 0; i < runs; i++) {
		memcpy(bytes, seed_bytes, n);
		mutate(bytes, n);
		taken += feed(bytes, next(8) ? n : next((uint32_t)n));
	}
	free(bytes);
	free(seed_bytes);
	printf("%ld of %ld mutations were drawn\n", taken, runs);
	/* If nearly all are refused at the door, nothing behind it was tried. */
	return taken < runs / 10;
}

static int put_seed(const char *path)
{
	size_t n;
	unsigned char *bytes = load(path, &n);

	unlink(path);
	return fwrite(bytes, 1, n, stdout) != n;
}

int main(int argc, char **argv)
{
	unsigned char *bytes;
	const char *path;
	long runs, i;
	size_t n;

	setlocale(LC_ALL, "C.UTF-8");
	if (argc < 2)
		return 2;
	runs = atol(argv[1]);
	if (argc > 2) {
		for (i = 2; i < argc; i++) {
			bytes = load(argv[i], &n);
			feed(bytes, n);
			free(bytes);
		}
		return 0;
	}

	path = save_world_of_facts();
	if (!strcmp(argv[1], "--recording"))
		record_world(path);
	if (!strncmp(argv[1], "--", 2))
		return put_seed(path);
	if (run(path, runs))
		return 1;
	path = save_world_of_facts();
	record_world(path);
	return run(path, runs / 2);
}
