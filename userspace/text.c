// SPDX-License-Identifier: GPL-2.0
/*
 * Text that is safe to show.
 */
#include <langinfo.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "text.h"

/**
 * text_utf8() - can the terminal be expected to show UTF-8?
 *
 * Return: whether the codeset of the locale is UTF-8. True only after
 * setlocale() was called.
 */
bool text_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

/**
 * text_utf8_len() - look at one character
 * @s: text that ends with a NUL
 * @code: where its code point goes
 *
 * Return: the length of the character in bytes, 0 when the bytes at @s are no
 * valid UTF-8 (overlong forms, surrogates and what is past U+10FFFF are not)
 * or @s is at its end.
 */
size_t text_utf8_len(const char *s, unsigned int *code)
{
	static const unsigned int lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s;
	unsigned int c = p[0];
	size_t i, len;

	if (c < 0x80) {
		*code = c;
		return c != 0;
	}
	if (c < 0xc2 || c > 0xf4)
		return 0;
	len = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	c &= 0xffu >> (len + 1);
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < lowest[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*code = c;
	return len;
}

/* Invisible characters that change how others are shown, text direction first. */
static bool is_format(unsigned int c)
{
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

static bool showable(unsigned int c, bool ascii)
{
	if (c < 0x80)
		return c >= 0x20 && c != 0x7f;
	return !ascii && !is_format(c) && iswprint((wint_t)c);
}

/**
 * text_escape() - make text safe to show
 * @dst: where to, ends with a NUL when @size is not 0
 * @size: of @dst
 * @s: any bytes
 * @ascii: no character outside ASCII
 *
 * Bytes that are not part of a character that can be shown become \xNN. A
 * backslash stays as it is, but for one in front of an x: so the result says
 * without doubt which bytes there were. An escape is never cut in half.
 *
 * Return: the length that the whole result has, as snprintf() does.
 */
size_t text_escape(char *dst, size_t size, const char *s, bool ascii)
{
	static const char hex[] = "0123456789abcdef";
	size_t total = 0, end = 0;	/* of the text, of what there was room for */

	while (*s) {
		unsigned int c = 0;
		size_t len = text_utf8_len(s, &c);
		char esc[4];
		const char *from = s;
		size_t n = len;

		if (!len || !showable(c, ascii) || (c == '\\' && s[1] == 'x')) {
			len = 1;
			esc[0] = '\\';
			esc[1] = 'x';
			esc[2] = hex[(unsigned char)*s >> 4];
			esc[3] = hex[*s & 0xf];
			from = esc;
			n = sizeof(esc);
		}
		if (total + n < size) {
			memcpy(dst + total, from, n);
			end = total + n;
		}
		total += n;
		s += len;
	}
	if (size)
		dst[end] = '\0';
	return total;
}

/**
 * text_put() - write text that is safe to show
 * @out: where to
 * @s: any bytes, of any length
 * @ascii: no character outside ASCII
 */
void text_put(FILE *out, const char *s, bool ascii)
{
	char one[TEXT_CHAR_MAX], piece[5];

	while (*s) {
		unsigned int c = 0;
		size_t len = text_utf8_len(s, &c);

		if (!len)
			len = 1;
		if (c == '\\' && s[1] == 'x') {
			fputs("\\x5c", out);
		} else {
			memcpy(piece, s, len);
			piece[len] = '\0';
			text_escape(one, sizeof(one), piece, ascii);
			fputs(one, out);
		}
		s += len;
	}
}

/* Columns of the character that @s begins with; @len: its bytes. */
static int character(const char *s, size_t *len)
{
	unsigned int c = 0;
	int width = 1;

	*len = text_utf8_len(s, &c);
	if (!*len)
		*len = 1;
	else if (c >= 0x80)
		width = wcwidth((wchar_t)c);
	return width < 0 ? 1 : width;
}

/**
 * text_width() - how many columns text takes
 * @s: text that text_escape() made, or drawing characters
 *
 * Return: columns of a terminal.
 */
int text_width(const char *s)
{
	int width = 0;

	while (*s) {
		size_t len;

		width += character(s, &len);
		s += len;
	}
	return width;
}

/**
 * text_cut() - how much of a text fits
 * @s: as for text_width()
 * @width: columns that there are
 *
 * Return: how many bytes of @s, whole characters, take at most @width columns.
 */
size_t text_cut(const char *s, int width)
{
	const char *start = s;

	while (*s) {
		size_t len;

		width -= character(s, &len);
		if (width < 0)
			break;
		s += len;
	}
	return (size_t)(s - start);
}
