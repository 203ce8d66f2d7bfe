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

/*
 * Characters that are not seen themselves or that change how others are shown,
 * above all the direction of text: the general categories Cc, Cf, Zl and Zp, and
 * the property Default_Ignorable_Code_Point. The source is Unicode 15.0.0,
 * extracted/DerivedGeneralCategory.txt and DerivedCoreProperties.txt. Neighbouring
 * ranges are joined.
 */
static const struct {
	unsigned int first, last;
} unseen[] = {
	{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x00ad, 0x00ad }, { 0x034f, 0x034f },
	{ 0x0600, 0x0605 }, { 0x061c, 0x061c }, { 0x06dd, 0x06dd }, { 0x070f, 0x070f },
	{ 0x0890, 0x0891 }, { 0x08e2, 0x08e2 }, { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
	{ 0x3164, 0x3164 }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb }, { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x1343f },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};

/**
 * text_unseen() - is it a character that must not be shown as it is?
 * @code: its code point
 *
 * Return: whether it is a control, is invisible, or changes how other
 * characters are shown.
 */
bool text_unseen(unsigned int code)
{
	size_t low = 0, high = sizeof(unseen) / sizeof(*unseen);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (code > unseen[middle].last)
			low = middle + 1;
		else if (code < unseen[middle].first)
			high = middle;
		else
			return true;
	}
	return false;
}

static bool showable(unsigned int c, bool ascii)
{
	if (c < 0x80)
		return c >= 0x20 && c != 0x7f;
	return !ascii && !text_unseen(c) && iswprint((wint_t)c);
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
