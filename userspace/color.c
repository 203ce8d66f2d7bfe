// SPDX-License-Identifier: GPL-2.0
/*
 * Colour on a terminal, and in pictures.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "color.h"

/* SGR sequences; the sixteen colours that every terminal's theme sets. */
static const char *const sequences[COLORS] = {
	[COLOR_HEADING]	= "\033[1m",
	[COLOR_DIM]	= "\033[2m",
	[COLOR_INITIAL]	= "\033[2m",
	[COLOR_PENDING]	= "\033[1;33m",
	[COLOR_GONE]	= "\033[31m",
	[COLOR_NUMBER]	= "\033[36m",
	[COLOR_STRONG]	= "\033[1m",
	[COLOR_CAME]	= "\033[1;32m",
	[COLOR_MOVED]	= "\033[1;33m",
	[COLOR_CHANGED]	= "\033[7m",
	[COLOR_TYPES + NSINSPECT_NS_TYPE_CGROUP] = "\033[90m",
	[COLOR_TYPES + NSINSPECT_NS_TYPE_IPC]	 = "\033[35m",
	[COLOR_TYPES + NSINSPECT_NS_TYPE_MNT]	 = "\033[33m",
	[COLOR_TYPES + NSINSPECT_NS_TYPE_NET]	 = "\033[32m",
	[COLOR_TYPES + NSINSPECT_NS_TYPE_PID]	 = "\033[36m",
	[COLOR_TYPES + NSINSPECT_NS_TYPE_TIME]	 = "\033[34m",
	[COLOR_TYPES + NSINSPECT_NS_TYPE_USER]	 = "\033[31m",
	[COLOR_TYPES + NSINSPECT_NS_TYPE_UTS]	 = "\033[95m",
};

/* The same for pictures: light enough to read black letters on. */
static const char *const names[NS_TYPES] = {
	[NSINSPECT_NS_TYPE_CGROUP] = "#d9d9d9",
	[NSINSPECT_NS_TYPE_IPC]	   = "#bebada",
	[NSINSPECT_NS_TYPE_MNT]	   = "#fdb462",
	[NSINSPECT_NS_TYPE_NET]	   = "#b3de69",
	[NSINSPECT_NS_TYPE_PID]	   = "#8dd3c7",
	[NSINSPECT_NS_TYPE_TIME]   = "#80b1d3",
	[NSINSPECT_NS_TYPE_USER]   = "#fb8072",
	[NSINSPECT_NS_TYPE_UTS]	   = "#fccde5",
};

/**
 * color_wanted() - is colour wanted there?
 * @when: what the user said
 * @out: where to
 *
 * Return: with COLOR_AUTO, whether @out is a terminal that has colours and
 * NO_COLOR is not set.
 */
bool color_wanted(enum color_when when, FILE *out)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	return !(no && *no) && term && strcmp(term, "dumb") && isatty(fileno(out));
}

/**
 * color_on() - how to start a colour
 * @color: whether there is any
 * @what: what will be drawn
 *
 * Return: a string to write, empty without colour.
 */
const char *color_on(bool color, enum color what)
{
	return color ? sequences[what] : "";
}

/**
 * color_off() - how to end a colour
 * @color: whether there is any
 *
 * Return: a string to write, empty without colour.
 */
const char *color_off(bool color)
{
	return color ? "\033[0m" : "";
}

/**
 * color_name() - the colour of a kind of namespace, for pictures
 * @type: the kind
 *
 * Return: a colour as graphviz and HTML write it.
 */
const char *color_name(enum nsinspect_ns_type type)
{
	return names[type];
}
