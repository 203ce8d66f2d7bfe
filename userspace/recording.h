/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings: a picture, and what happened after it.
 */
#ifndef NSINSPECT_RECORDING_H
#define NSINSPECT_RECORDING_H

#include "moment.h"
#include "save.h"
#include "watch.h"

/* When a picture was taken. */
struct picture_time {
	uint64_t asked_ns;		/* CLOCK_MONOTONIC before the kernel was asked */
	uint64_t taken_ns;		/* and when the answer was there */
	uint64_t real_ns;		/* CLOCK_REALTIME at ->taken_ns */
};

/* Writing. */
struct recorder;

int recorder_begin(struct recorder **r, const char *path, const struct saved *s,
		   const struct picture_time *when);
int recorder_picture(struct recorder *r, const struct saved *s, const struct picture_time *when);
int recorder_event(struct recorder *r, const struct event *e);
int recorder_flush(struct recorder *r, uint64_t now_ns);
int recorder_end(struct recorder *r, uint64_t now_ns);

/* Reading. */
struct recorded_picture {
	struct picture_time when;
	size_t at, end;			/* its records */
};

struct recording {
	const unsigned char *bytes;
	size_t begin, end;		/* what can be read */
	struct recorded_picture *pictures;
	size_t n_pictures, room;
	uint64_t until_ns;		/* CLOCK_MONOTONIC of the last that is known */
	bool finished;			/* its end was written */
};

bool recording_is(const unsigned char *bytes, size_t n);
int recording_parse(struct recording *r, const unsigned char *bytes, size_t n, const char **why);
void recording_free(struct recording *r);
uint64_t recording_real(const struct recording *r, uint64_t ns);
void recording_say_end(const struct recording *r, const char *path);
int recording_find(const struct recording *r, const struct moment *m, uint64_t *ns);

/* What is known of a moment. */
struct recorded {
	struct graph graph;		/* linked */
	struct saved saved;		/* with the names that are still right */
	bool lost;			/* not everything between the picture before it and it was told */
};

int recording_at(const struct recording *r, uint64_t ns, struct recorded *as, const char **why);
void recorded_free(struct recorded *as);

/*
 * Plays it as watch_run() tells what happens: the same functions are called, with
 * the events that @w asks for. @picture is called for each picture at its place, the
 * first time right after ->begin(): what was asked for at @asked_ns, linked, and
 * what it calls things. It can be NULL.
 */
int recording_play(const struct recording *r, const struct watch *w,
		   int (*picture)(void *arg, struct graph *g, struct names *names,
				  uint64_t asked_ns),
		   const char **why);

#endif
