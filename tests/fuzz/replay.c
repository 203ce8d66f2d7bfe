// SPDX-License-Identifier: GPL-2.0
/*
 * usage: replay RUNS [FILE...] | replay --seed
 *
 * Feeds files to the fuzz target; without files, a picture made with libnl and
 * RUNS mutations of it, the same ones every time. With --seed that picture
 * goes to stdout.
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

int main(int argc, char **argv)
{
	unsigned char *seed_bytes, *bytes;
	long runs, i, taken = 0;
	const char *path;
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
	seed_bytes = load(path, &n);
	unlink(path);
	if (!strcmp(argv[1], "--seed"))
		return fwrite(seed_bytes, 1, n, stdout) != n;
	if (!feed(seed_bytes, n)) {
		fprintf(stderr, "replay: the picture itself is refused\n");
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
	printf("%ld of %ld mutations were pictures\n", taken, runs);
	/* If nearly all are refused at the door, nothing behind it was tried. */
	return taken < runs / 10;
}
