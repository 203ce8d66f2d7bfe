/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pictures in files.
 */
#ifndef NSINSPECT_SAVE_H
#define NSINSPECT_SAVE_H

#include "client.h"
#include "names.h"

/* What a file holds besides the kernel's messages. */
struct saved {
	char *boot_id;
	uint32_t taker;			/* pid of who took the picture; 0: not known */
	uint32_t details;		/* NSINSPECT_DETAIL_* that the kernel was asked for and knew */
	struct names names;
	struct capture messages;
};

int save_write(const char *path, const struct saved *s);
int save_read(const char *path, struct saved *s);
int save_parse(struct saved *s, const unsigned char *bytes, size_t n, const char **why);
void saved_free(struct saved *s);

#endif
