// SPDX-License-Identifier: GPL-2.0
/*
 * Writing JSON. It ends up on terminals, so that no character is written as it
 * is that must not be shown; what is read back is the same.
 */
#include "json_writer.h"
#include "text.h"

/* The longest escape: two times \uXXXX. */
#define ESCAPE_MAX 12
/* So many characters are copied with one look at the room. */
#define RUN_MAX 256

/**
 * json_flush() - hand what is in the buffer to stdio
 * @j: the writer
 *
 * That writing failed is for the caller to see, on the stream.
 */
void json_flush(struct json *j)
{
	fwrite(j->buffer, 1, j->n, j->out);
	j->n = 0;
}

/**
 * json_digits() - make a number to text, for json_put_number()
 * @d: where to
 * @v: the number
 */
void json_digits(struct json_digits *d, uint64_t v)
{
	uint64_t high = v, power = 10;
	unsigned int n = 1;
	uint32_t low;

	while (n < sizeof(d->text) && v >= power) {
		power *= 10;
		n++;
	}
	d->v = v;
	d->n = n;
	/* Short division where it will do. */
	for (; high > UINT32_MAX; high /= 10)
		d->text[--n] = (char)('0' + high % 10);
	for (low = (uint32_t)high; n; low /= 10)
		d->text[--n] = (char)('0' + low % 10);
}

/**
 * json_begin() - begin to write
 * @j: the writer
 * @out: where to
 */
void json_begin(struct json *j, FILE *out)
{
	j->out = out;
	j->comma = false;
	j->n = 0;
	memset(j->recent, 0, sizeof(j->recent));
	/* The one entry that holds its number: all are 0. */
	json_digits(&j->recent[0], 0);
}

/**
 * json_end() - end the text
 * @j: the writer; json_begin() may follow
 */
void json_end(struct json *j)
{
	*json_room(j, 1) = '\n';
	j->n++;
	json_flush(j);
}

/**
 * json_newline() - let the next key or item begin a line
 * @j: the writer
 */
void json_newline(struct json *j)
{
	char *to = json_room(j, 2);

	*to = ',';
	to[j->comma] = '\n';
	j->n += j->comma + 1;
	j->comma = false;
}

static size_t put_escape(char *to, unsigned int c)
{
	if (c > 0xffff)
		return (size_t)snprintf(to, ESCAPE_MAX + 1, "\\u%04x\\u%04x",
					0xd800 + ((c - 0x10000) >> 10),
					0xdc00 + ((c - 0x10000) & 0x3ff));
	return (size_t)snprintf(to, ESCAPE_MAX + 1, "\\u%04x", c);
}

/* Bytes that are not written as they are, or not before a look at the character. */
static const bool special[256] = {
	[0x00 ... 0x1f] = true, ['"'] = true, ['\\'] = true, [0x7f ... 0xff] = true,
};

/**
 * json_put_string() - write a string
 * @j: the writer
 * @s: any bytes; NULL is null
 *
 * JSON is UTF-8: a byte that is no part of a character becomes U+FFFD.
 */
void json_put_string(struct json *j, const char *s)
{
	if (!s) {
		json_put_null(j);
		return;
	}
	*json_room(j, 1) = '"';
	j->n++;
	for (;;) {
		char *to = json_room(j, RUN_MAX);
		unsigned int c = 0;
		size_t len;

		for (len = 0; len < RUN_MAX && !special[(unsigned char)s[len]]; len++)
			to[len] = s[len];
		j->n += len;
		s += len;
		if (!*s)
			break;
		if (len == RUN_MAX)
			continue;

		to = json_room(j, ESCAPE_MAX + 1);
		len = text_utf8_len(s, &c);
		if (!len) {
			memcpy(to, "\xef\xbf\xbd", 3);
			j->n += 3;
			len = 1;
		} else if (c == '"' || c == '\\') {
			to[0] = '\\';
			to[1] = *s;
			j->n += 2;
		} else if (text_unseen(c)) {
			j->n += put_escape(to, c);
		} else {
			memcpy(to, s, len);
			j->n += len;
		}
		s += len;
	}
	*json_room(j, 1) = '"';
	j->n++;
}

/**
 * json_name() - begin a member of an object, like json_key()
 * @j: the writer
 * @name: its name, not known to the compiler
 */
void json_name(struct json *j, const char *name)
{
	json_item(j);
	json_put_string(j, name);
	*json_room(j, 1) = ':';
	j->n++;
}

/**
 * json_member_number() - write a member of an object that is a number
 * @j: the writer
 * @name: its name
 * @v: the number
 */
void json_member_number(struct json *j, const char *name, uint64_t v)
{
	json_name(j, name);
	json_put_number(j, v);
}

/**
 * json_member_maybe() - write a member of an object that is a number, or null
 * @j: the writer
 * @name: its name
 * @v: the number; 0: there is none, or it is not known
 */
void json_member_maybe(struct json *j, const char *name, uint64_t v)
{
	json_name(j, name);
	if (v)
		json_put_number(j, v);
	else
		json_put_null(j);
}

/**
 * json_member_string() - write a member of an object that is a string
 * @j: the writer
 * @name: its name
 * @v: the string; NULL is null
 */
void json_member_string(struct json *j, const char *name, const char *v)
{
	json_name(j, name);
	json_put_string(j, v);
}

/**
 * json_put_signed() - write a number that may be negative
 * @j: the writer
 * @v: the number
 */
void json_put_signed(struct json *j, int64_t v)
{
	if (v < 0) {
		*json_room(j, 1) = '-';
		j->n++;
	}
	json_put_number(j, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

/**
 * json_put_bool() - write true or false
 * @j: the writer
 * @v: which
 */
void json_put_bool(struct json *j, bool v)
{
	memcpy(json_room(j, 5), v ? "true" : "false", 5);
	j->n += v ? 4 : 5;
}

/**
 * json_put_null() - write null
 * @j: the writer
 */
void json_put_null(struct json *j)
{
	memcpy(json_room(j, 4), "null", 4);
	j->n += 4;
}
