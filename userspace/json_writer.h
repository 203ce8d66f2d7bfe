/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writing JSON, in the order in which it comes. A member of an object is
 * json_key() and a value, an element of an array json_item() and a value; these
 * two, and json_newline() before them, put the commas. That every json_open()
 * has its json_close() is up to the caller.
 *
 * What is called for every number is here, to be compiled into its callers.
 */
#ifndef NSINSPECT_JSON_WRITER_H
#define NSINSPECT_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* A key as it is written, quotes and colon included. */
struct json_key {
	char text[31];
	unsigned char n;
};

#define JSON_KEY(name) { "\"" name "\":", sizeof("\"" name "\":") - 1 }

/* A number as it is written. Many come again and again: the last ones are kept. */
struct json_digits {
	uint64_t v;
	unsigned int n;
	char text[20];
};

#define JSON_RECENT 64

struct json {
	FILE *out;
	bool comma;		/* the next key or item needs one before it */
	struct json_digits recent[JSON_RECENT];
	/* In front of stdio, whose calls would take most of the time. */
	size_t n;
	char buffer[16384];
};

void json_begin(struct json *j, FILE *out);
void json_end(struct json *j);
void json_newline(struct json *j);
void json_name(struct json *j, const char *name);
void json_put_string(struct json *j, const char *s);
void json_member_number(struct json *j, const char *name, uint64_t v);
void json_member_maybe(struct json *j, const char *name, uint64_t v);
void json_member_string(struct json *j, const char *name, const char *v);
void json_put_signed(struct json *j, int64_t v);
void json_put_bool(struct json *j, bool v);
void json_put_null(struct json *j);

/* For the functions below. */
void json_flush(struct json *j);
void json_digits(struct json_digits *d, uint64_t v);

/* Room for @n more bytes, which are not more than the buffer holds. */
static inline char *json_room(struct json *j, size_t n)
{
	if (sizeof(j->buffer) - j->n < n)
		json_flush(j);
	return j->buffer + j->n;
}

/**
 * json_key() - begin a member of an object
 * @j: the writer
 * @key: its name
 */
static inline void json_key(struct json *j, const struct json_key *key)
{
	char *to = json_room(j, 1 + sizeof(key->text));

	*to = ',';
	/* All of it, as a copy of a fixed length needs no call. */
	memcpy(to + j->comma, key->text, sizeof(key->text));
	j->n += j->comma + key->n;
	j->comma = true;
}

/**
 * json_item() - begin an element of an array
 * @j: the writer
 */
static inline void json_item(struct json *j)
{
	*json_room(j, 1) = ',';
	j->n += j->comma;
	j->comma = true;
}

/**
 * json_open() - begin an object or an array
 * @j: the writer
 * @bracket: { or [
 */
static inline void json_open(struct json *j, char bracket)
{
	*json_room(j, 1) = bracket;
	j->n++;
	j->comma = false;
}

/**
 * json_close() - end an object or an array
 * @j: the writer
 * @bracket: } or ]
 */
static inline void json_close(struct json *j, char bracket)
{
	*json_room(j, 1) = bracket;
	j->n++;
	j->comma = true;
}

/**
 * json_put_number() - write a number
 * @j: the writer
 * @v: the number
 */
static inline void json_put_number(struct json *j, uint64_t v)
{
	struct json_digits *digits = &j->recent[v % JSON_RECENT];

	if (digits->v != v)
		json_digits(digits, v);
	memcpy(json_room(j, sizeof(digits->text)), digits->text, sizeof(digits->text));
	j->n += digits->n;
}

#endif
