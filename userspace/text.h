/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names come from whoever chose them: a comm, a host name or a file name can
 * hold escape sequences, line ends or bytes that are no character at all.
 * Everything that goes to a terminal goes through here first, or through
 * render_json.c, which asks text_unseen().
 */
#ifndef NSINSPECT_TEXT_H
#define NSINSPECT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Room for any comm after text_escape(): each of 15 bytes becomes \xNN. */
#define TEXT_COMM_MAX (15 * 4 + 1)

/* The same for one character of UTF-8. */
#define TEXT_CHAR_MAX (4 * 4 + 1)

bool text_utf8(void);
bool text_unseen(unsigned int code);
size_t text_escape(char *dst, size_t size, const char *s, bool ascii);
void text_put(FILE *out, const char *s, bool ascii);
int text_width(const char *s);

/* How many bytes the valid UTF-8 character at @s takes, 0 when it is none. */
size_t text_utf8_len(const char *s, unsigned int *code);

#endif
