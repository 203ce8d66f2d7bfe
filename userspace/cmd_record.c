// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect record: a picture, and everything that happens after it, in a file.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "output.h"
#include "recording.h"

/* So often another picture is taken, if something happens: from there on all is right again. */
#define PICTURE_NS	10000000000ull

struct session {
	const char *path;
	struct recorder *recorder;
	struct picture_time picture;	/* of the last one */
	uint64_t begun_ns, told_ns, events, lost;
	bool changed;			/* something happened since the last picture */
	bool gap;			/* something happened that nobody told */
	bool failed;			/* nothing can be written any more */
};

static uint64_t real_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int cannot(struct session *r, int err)
{
	r->failed = true;
	if (err == -EOVERFLOW)
		return fail(STATUS_FAILED, "the recording in %s has the largest size that can be read, "
			    "and ends here", r->path);
	return fail(STATUS_FAILED, "cannot record in %s: %s", r->path, strerror(-err));
}

/* The first one begins the file. */
static int take_picture(struct session *r)
{
	struct picture p;
	struct saved s;
	int status, err = 0;

	r->picture.asked_ns = watch_now();
	status = picture_take(&p, &s);
	r->picture.taken_ns = watch_now();
	r->picture.real_ns = real_now();
	if (!status && r->recorder)
		err = recorder_picture(r->recorder, &s, &r->picture);
	else if (!status)
		err = recorder_begin(&r->recorder, r->path, &s, &r->picture);
	free(s.messages.bytes);
	picture_free(&p);
	if (err)
		return cannot(r, err);
	r->changed = r->gap = false;
	return status;
}

static int begin(void *arg, uint32_t pid)
{
	struct session *r = arg;
	int status = take_picture(r);

	(void)pid;
	r->begun_ns = r->told_ns = r->picture.taken_ns;
	return status;
}

static int event(void *arg, const struct event *e)
{
	struct session *r = arg;
	int err = recorder_event(r->recorder, e);

	switch (e->kind) {
	case EVENT_LOST:
		r->lost += e->lost;
		r->gap = true;
		break;
	case EVENT_BLIND:
		warning("kernel probes were switched off: changes of namespaces are not recorded");
		break;
	case EVENT_SEEING:
		warning("kernel probes were switched on again");
		r->gap = true;
		break;
	default:
		r->events++;
		r->changed = true;
	}
	return err ? cannot(r, err) : STATUS_DONE;
}

static int settled(void *arg)
{
	struct session *r = arg;
	uint64_t now = watch_now();
	int status = STATUS_DONE, err;

	if (r->gap || (r->changed && now - r->picture.asked_ns >= PICTURE_NS))
		status = take_picture(r);
	if (status)
		return status;
	/* What happened until it was said that all is told: what comes is later than that. */
	r->told_ns = now;
	err = recorder_flush(r->recorder, now);
	return err ? cannot(r, err) : STATUS_DONE;
}

static int end(struct session *r)
{
	uint64_t length = r->told_ns - r->begun_ns;
	bool failed = r->failed;
	int err = recorder_end(r->recorder, failed ? 0 : r->told_ns);

	/* One line says what was wrong: the first. */
	if (failed)
		return STATUS_FAILED;
	if (err)
		return cannot(r, err);
	warning("recorded %" PRIu64 " events of %" PRIu64 ".%" PRIu64 " s in %s, %" PRIu64 " lost",
		r->events, length / 1000000000, length / 100000000 % 10, r->path, r->lost);
	return STATUS_DONE;
}

int cmd_record(const struct options *o, int argc, char **argv)
{
	struct session r = { .path = o->columns };
	const struct watch w = {
		.kinds = (1u << EVENT_KINDS) - 1, .plain = true, .command = argc ? argv : NULL,
		.begin = begin, .event = event, .settled = settled, .arg = &r,
	};
	int status, ended;

	if (!r.path)
		return fail(STATUS_USAGE, "record: in which file? nsinspect record -o FILE [-- CMD...]");
	status = watch_run(&w);
	if (!r.recorder)
		return status;
	ended = end(&r);
	return status ? status : ended;
}
