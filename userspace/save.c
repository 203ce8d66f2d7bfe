// SPDX-License-Identifier: GPL-2.0
/*
 * Pictures in files: the kernel's own messages as they came, and what else was
 * known on that machine then. All numbers are in the order of the machine that
 * wrote it, as the messages are.
 *
 *	header:	magic, byte order mark, version
 *	records: kind, length, that many bytes, padded to 4
 *	the last record is RECORD_END and says how long all before it is
 *
 * A version changes when an older reader would misunderstand a file; a record
 * of a kind that it does not know, a reader passes over. A recording, which is
 * in recording.c, has the same header with a version of its own, and begins
 * with the records of a picture.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "output.h"
#include "save.h"

static const char magic[8] = "nsinspct";
#define ORDER		0x01020304u
#define OTHER_ORDER	0x04030201u


struct file_header {
	char magic[sizeof(magic)];
	uint32_t order, version;
};

struct record_name {
	uint32_t kind, type, number;
};

/**
 * saved_free() - free what a file held
 * @s: all zero afterwards
 */
void saved_free(struct saved *s)
{
	free(s->boot_id);
	names_free(&s->names);
	free(s->messages.bytes);
	memset(s, 0, sizeof(*s));
}

/**
 * save_put_header() - begin a file
 * @f: where it is made
 * @version: SAVE_PICTURE or SAVE_RECORDING
 */
void save_put_header(FILE *f, uint32_t version)
{
	struct file_header h = { .order = ORDER, .version = version };

	memcpy(h.magic, magic, sizeof(magic));
	fwrite(&h, sizeof(h), 1, f);
}

/**
 * save_put_record() - write one record
 * @f: where it is made
 * @kind: of which kind
 * @a: what is in it
 * @a_len: how many bytes
 * @b: what else is in it, behind that
 * @b_len: how many bytes
 */
void save_put_record(FILE *f, enum record kind, const void *a, size_t a_len,
		     const void *b, size_t b_len)
{
	const struct record_header h = { kind, (uint32_t)(a_len + b_len) };
	static const char pad[4];

	fwrite(&h, sizeof(h), 1, f);
	if (a_len)
		fwrite(a, a_len, 1, f);
	if (b_len)
		fwrite(b, b_len, 1, f);
	fwrite(pad, -(a_len + b_len) & 3, 1, f);
}

/**
 * save_put() - write the records of a picture
 * @f: where they are made
 * @s: the picture
 */
void save_put(FILE *f, const struct saved *s)
{
	size_t i;

	if (s->boot_id)
		save_put_record(f, RECORD_BOOT_ID, s->boot_id, strlen(s->boot_id), NULL, 0);
	if (s->taker)
		save_put_record(f, RECORD_TAKER, &s->taker, sizeof(s->taker), NULL, 0);
	if (s->details)
		save_put_record(f, RECORD_DETAILS, &s->details, sizeof(s->details), NULL, 0);
	for (i = 0; i < s->names.n; i++) {
		const struct name *name = &s->names.list[i];
		const struct record_name r = { name->kind, name->type, name->number };

		save_put_record(f, RECORD_NAME, &r, sizeof(r), name->text, strlen(name->text));
	}
	save_put_record(f, RECORD_MESSAGES, s->messages.bytes, s->messages.n, NULL, 0);
}

static char *build(const struct saved *s, size_t *size)
{
	uint64_t before_end;
	char *bytes = NULL;
	FILE *f;
	int failed;

	f = open_memstream(&bytes, size);
	if (!f)
		return NULL;
	save_put_header(f, SAVE_PICTURE);
	save_put(f, s);
	fflush(f);
	before_end = *size;
	save_put_record(f, RECORD_END, &before_end, sizeof(before_end), NULL, 0);
	failed = ferror(f);
	if (fclose(f) || failed) {
		free(bytes);
		return NULL;
	}
	return bytes;
}

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

/* Follow one link. Return: where it leads to; NULL when it is none. */
static char *follow(const char *path)
{
	char target[PATH_MAX], *next;
	const char *slash = strrchr(path, '/');
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0)
		return NULL;
	target[n] = '\0';
	if (*target == '/' || !slash)
		return strdup(target);
	if (asprintf(&next, "%.*s/%s", (int)(slash - path), path, target) < 0)
		return NULL;
	return next;
}

enum {
	NO_DESCRIPTOR = -1,		/* the name of a file */
	OTHER_DESCRIPTOR = -2,		/* an open file of another process */
};

/* Which open file is a path in proc, where links are not names but open files? */
static int proc_descriptor(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder, *real, own[32], *end;
	int fd = NO_DESCRIPTOR;
	struct statfs fs;
	long n;

	if (!slash || slash[1] < '0' || slash[1] > '9')
		return NO_DESCRIPTOR;
	n = strtol(slash + 1, &end, 10);
	if (*end || n > INT_MAX)
		return NO_DESCRIPTOR;
	folder = strndup(path, (size_t)(slash - path) + 1);
	real = folder ? realpath(folder, NULL) : NULL;
	snprintf(own, sizeof(own), "/proc/%d/fd", (int)getpid());
	if (real && !statfs(real, &fs) && fs.f_type == PROC_SUPER_MAGIC) {
		if (!strcmp(real, own))
			fd = (int)n;
		else if (!strcmp(strrchr(real, '/'), "/fd"))
			fd = OTHER_DESCRIPTOR;
	}
	free(folder);
	free(real);
	return fd;
}

#define LINKS_MAX 40

/*
 * Which open file does a path mean: - or, by way of any links, /dev/stdout,
 * /dev/fd/N or /proc/self/fd/N? That file is to be used as it is: it may have
 * no name, its name may be another file's by now, and it may be a socket, which
 * cannot be opened.
 */
static int descriptor_of(const char *path, int standard)
{
	char *at, *next;
	int fd, links;

	if (!strcmp(path, "-"))
		return standard;
	at = strdup(path);
	fd = at ? proc_descriptor(at) : NO_DESCRIPTOR;
	for (links = 0; at && fd == NO_DESCRIPTOR && links < LINKS_MAX; links++) {
		next = follow(at);
		free(at);
		at = next;
		if (at)
			fd = proc_descriptor(at);
	}
	free(at);
	return fd;
}

/* Devices and pipes take the bytes as they are: there is nothing to replace. */
static int begin_special(const char *path, const char *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = write_all(fd, bytes, size);
	if (err)
		close(fd);
	return err ? err : fd;
}

/* The file is there with these bytes or not at all, whatever happens meanwhile. */
static int begin_atomic(const char *path, const char *bytes, size_t size)
{
	char temp[PATH_MAX];
	sigset_t all, old;
	int fd, err = 0;

	if (snprintf(temp, sizeof(temp), "%s.XXXXXX", path) >= (int)sizeof(temp))
		return -ENAMETOOLONG;
	/* A signal that ends the tool would leave the temporary file behind. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
	} else {
		err = write_all(fd, bytes, size);
		if (!err && fsync(fd))
			err = -errno;
		if (!err && rename(temp, path))
			err = -errno;
		if (err) {
			close(fd);
			unlink(temp);
		}
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return err ? err : fd;
}

/**
 * save_begin() - begin to write a file
 * @f: is to be ended by save_end() if this succeeds
 * @path: the file; replaced when there is one, once these bytes are on the disk.
 *	Only its owner can read it: what is in it took privileges to get. What is
 *	not a regular file is written to, and so is an open file (-, /dev/stdout,
 *	/dev/fd/N).
 * @bytes: what it begins with
 * @size: how many bytes
 *
 * Return: 0, or a negative errno.
 */
int save_begin(struct save_file *f, const char *path, const char *bytes, size_t size)
{
	struct stat st;
	char *real;

	f->fd = descriptor_of(path, STDOUT_FILENO);
	f->own = f->fd < 0;
	if (!f->own)
		return write_all(f->fd, bytes, size);
	/* Until there is a reader, a FIFO waits here; a signal may end that. */
	if (f->fd == OTHER_DESCRIPTOR || (!stat(path, &st) && !S_ISREG(st.st_mode))) {
		f->fd = begin_special(path, bytes, size);
	} else {
		/* What a link leads to is replaced, not the link. */
		real = realpath(path, NULL);
		f->fd = begin_atomic(real ? real : path, bytes, size);
		free(real);
	}
	return f->fd < 0 ? f->fd : 0;
}

/**
 * save_more() - write on
 * @f: a file that was begun
 * @bytes: what comes next; on the disk when this returns
 * @size: how many bytes
 *
 * Return: 0, or a negative errno.
 */
int save_more(struct save_file *f, const char *bytes, size_t size)
{
	int err = write_all(f->fd, bytes, size);

	/* Pipes and devices do not know of disks. */
	if (!err && fdatasync(f->fd) && errno != EINVAL && errno != EROFS)
		err = -errno;
	return err;
}

/**
 * save_end() - write no more
 * @f: a file that was begun
 *
 * Return: 0, or a negative errno.
 */
int save_end(struct save_file *f)
{
	return f->own && close(f->fd) ? -errno : 0;
}

/**
 * save_write() - write a picture to a file
 * @path: the file; see save_begin()
 * @s: the picture
 *
 * Return: STATUS_DONE, or STATUS_FAILED after a line that says why.
 */
int save_write(const char *path, const struct saved *s)
{
	struct save_file f;
	char *bytes;
	size_t size;
	int err;

	bytes = build(s, &size);
	if (!bytes)
		return out_of_memory();
	err = save_begin(&f, path, bytes, size);
	if (!err)
		err = save_end(&f);
	free(bytes);
	if (err)
		return fail(STATUS_FAILED, "cannot save to %s: %s", path, strerror(-err));
	return STATUS_DONE;
}

static int keep_name(struct saved *s, const unsigned char *bytes, size_t len, const char **why)
{
	struct record_name r;
	char text[PATH_MAX];

	if (len < sizeof(r) || len - sizeof(r) >= sizeof(text)) {
		*why = "a name in it is broken";
		return -EBADMSG;
	}
	memcpy(&r, bytes, sizeof(r));
	memcpy(text, bytes + sizeof(r), len - sizeof(r));
	text[len - sizeof(r)] = '\0';
	if (r.kind >= NAME_KINDS || r.type >= NS_TYPES)
		return 0;
	if (names_add(&s->names, r.kind, r.type, r.number, text)) {
		*why = "out of memory";
		return -ENOMEM;
	}
	return 0;
}

/**
 * save_keep() - take one record of a picture
 * @s: gets what is in it
 * @kind: of which kind; others than those of a picture are passed over
 * @bytes: what is in it, any bytes
 * @len: how many
 * @why: says what is wrong when something is
 *
 * Return: 0, -EBADMSG or -ENOMEM.
 */
int save_keep(struct saved *s, uint32_t kind, const unsigned char *bytes, size_t len,
	      const char **why)
{
	*why = "out of memory";
	switch (kind) {
	case RECORD_BOOT_ID:
		free(s->boot_id);
		s->boot_id = strndup((const char *)bytes, len);
		return s->boot_id ? 0 : -ENOMEM;
	case RECORD_NAME:
		return keep_name(s, bytes, len, why);
	case RECORD_DETAILS:
		if (len != sizeof(s->details)) {
			*why = "it is broken";
			return -EBADMSG;
		}
		memcpy(&s->details, bytes, sizeof(s->details));
		return 0;
	case RECORD_MESSAGES:
		if (s->messages.bytes) {
			*why = "it holds two pictures";
			return -EBADMSG;
		}
		s->messages.bytes = malloc(len + 1);
		if (!s->messages.bytes)
			return -ENOMEM;
		memcpy(s->messages.bytes, bytes, len);
		s->messages.n = len;
		return 0;
	case RECORD_TAKER:
		if (len != sizeof(s->taker)) {
			*why = "it is broken";
			return -EBADMSG;
		}
		memcpy(&s->taker, bytes, sizeof(s->taker));
		return 0;
	}
	return 0;
}

/**
 * save_header() - look at how a file begins
 * @bytes: the file, any bytes
 * @n: how many
 * @version: SAVE_PICTURE or SAVE_RECORDING, when it is one of these
 * @why: says what is wrong when something is
 *
 * Return: where its records begin; 0 when it is none of ours.
 */
size_t save_header(const unsigned char *bytes, size_t n, uint32_t *version, const char **why)
{
	struct file_header h;

	*why = "it is not a picture that nsinspect --save made";
	if (n < sizeof(h.magic) || memcmp(bytes, magic, sizeof(magic)))
		return 0;
	*why = "it is cut off; save the picture again";
	if (n < sizeof(h))
		return 0;
	memcpy(&h, bytes, sizeof(h));
	*why = "it was made on a machine of the other byte order";
	if (h.order == OTHER_ORDER)
		return 0;
	*why = "it is broken";
	if (h.order != ORDER || !h.version)
		return 0;
	*why = "it was made by a newer nsinspect; use that one";
	if (h.version > SAVE_RECORDING)
		return 0;
	*version = h.version;
	return sizeof(h);
}

/**
 * save_parse() - take a file apart
 * @s: what it holds; to be freed in any case
 * @bytes: the file, any bytes
 * @n: how many
 * @why: says what is wrong when something is
 *
 * Return: 0, -EBADMSG or -ENOMEM.
 */
int save_parse(struct saved *s, const unsigned char *bytes, size_t n, const char **why)
{
	uint64_t before_end;
	uint32_t version;
	size_t at;
	int err;

	memset(s, 0, sizeof(*s));
	at = save_header(bytes, n, &version, why);
	if (!at)
		return -EBADMSG;
	*why = "it is a recording, and not one picture";
	if (version != SAVE_PICTURE)
		return -EBADMSG;

	for (;;) {
		struct record_header r;

		*why = "it is cut off; save the picture again";
		if (n - at < sizeof(r))
			return -EBADMSG;
		memcpy(&r, bytes + at, sizeof(r));
		if (r.len > n - at - sizeof(r))
			return -EBADMSG;
		if (r.kind == RECORD_END) {
			*why = "it is broken";
			if (r.len != sizeof(before_end))
				return -EBADMSG;
			memcpy(&before_end, bytes + at + sizeof(r), sizeof(before_end));
			if (before_end != at || n - at != sizeof(r) + r.len)
				return -EBADMSG;
			break;
		}
		err = save_keep(s, r.kind, bytes + at + sizeof(r), r.len, why);
		if (err)
			return err;
		*why = "it is cut off; save the picture again";
		at += sizeof(r) + r.len;
		if (n - at < (-r.len & 3))
			return -EBADMSG;
		at += -r.len & 3;
	}
	*why = "there is no picture in it";
	return s->messages.bytes ? 0 : -EBADMSG;
}

static int read_all(int fd, struct capture *file)
{
	for (;;) {
		unsigned char *room = grow(file->bytes, &file->room, file->n + 65536, 1);
		ssize_t n;

		if (!room)
			return -ENOMEM;
		file->bytes = room;
		n = read(fd, file->bytes + file->n, file->room - file->n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		file->n += (size_t)n;
		if (file->n > SAVE_LIMIT)
			return -EFBIG;
	}
}

/**
 * save_load() - read a file with a picture or a recording
 * @path: the file; - is standard input. An open file (/dev/fd/N) is read from
 *	where it is, and once only.
 * @file: its bytes; to be freed in any case
 *
 * Return: STATUS_DONE, or STATUS_FAILED after a line that says what is wrong.
 */
int save_load(const char *path, struct capture *file)
{
	int open_fd = descriptor_of(path, STDIN_FILENO), fd = open_fd, err;

	memset(file, 0, sizeof(*file));
	if (open_fd < 0)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(STATUS_FAILED, "cannot open %s: %s", path, strerror(errno));
	err = read_all(fd, file);
	if (open_fd < 0)
		close(fd);
	return err ? fail(STATUS_FAILED, "cannot read %s: %s", path, strerror(-err)) : STATUS_DONE;
}
