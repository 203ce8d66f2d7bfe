/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pictures in files.
 */
#ifndef NSINSPECT_SAVE_H
#define NSINSPECT_SAVE_H

#include <stdio.h>

#include "client.h"
#include "names.h"

/* The versions of the format. */
#define SAVE_PICTURE	1u
#define SAVE_RECORDING	2u

/* No picture is that large, and a recording ends there. */
#define SAVE_LIMIT	(1u << 30)

enum record {
	RECORD_END = 1,
	RECORD_BOOT_ID,
	RECORD_NAME,
	RECORD_MESSAGES,
	RECORD_TAKER,
	RECORD_DETAILS,
	/* those of a recording only, see recording.c */
	RECORD_PICTURE,
	RECORD_PICTURE_END,
	RECORD_EVENT,
	RECORD_UNTIL,
};

struct record_header {
	uint32_t kind, len;
};

/* What a file holds besides the kernel's messages. */
struct saved {
	char *boot_id;
	uint32_t taker;			/* pid of who took the picture; 0: not known */
	uint32_t details;		/* NSINSPECT_DETAIL_* that the kernel was asked for and knew */
	struct names names;
	struct capture messages;
};

/* A file that is being written. */
struct save_file {
	int fd;
	bool own;			/* to be closed by us */
};

int save_write(const char *path, const struct saved *s);
int save_load(const char *path, struct capture *file);
int save_parse(struct saved *s, const unsigned char *bytes, size_t n, const char **why);
void saved_free(struct saved *s);

void save_put_header(FILE *f, uint32_t version);
void save_put_record(FILE *f, enum record kind, const void *a, size_t a_len, const void *b,
		     size_t b_len);
void save_put(FILE *f, const struct saved *s);
size_t save_header(const unsigned char *bytes, size_t n, uint32_t *version, const char **why);
int save_keep(struct saved *s, uint32_t kind, const unsigned char *bytes, size_t len,
	      const char **why);
int save_begin(struct save_file *f, const char *path, const char *bytes, size_t size);
int save_more(struct save_file *f, const char *bytes, size_t size);
int save_end(struct save_file *f);

#endif
