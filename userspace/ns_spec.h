/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a namespace is named on the command line:
 * NS := TYPE:[INUM] | [TYPE:]DIGITS[#NODE] | [TYPE:]NAME | a path | PID/TYPE
 * where DIGITS are the last digits of the inode number, or all of them.
 */
#ifndef NSINSPECT_NS_SPEC_H
#define NSINSPECT_NS_SPEC_H

#include "commands.h"

enum ns_spec_kind {
	NS_SPEC_INUM,			/* all digits of the inode number, or the last ones */
	NS_SPEC_NAME,
	NS_SPEC_PATH,
	NS_SPEC_SLOT,
};

struct ns_spec {
	enum ns_spec_kind kind;
	const char *text;		/* as it was given */
	bool has_type;
	enum nsinspect_ns_type type;
	uint32_t inum;			/* the digits as a number */
	bool whole;			/* in brackets: all digits of it */
	bool bare;			/* a word that can be a command, too: ns_spec_parse_bare() */
	bool in_pid;			/* digits alone can be a pid, too: see ns_spec_parse_in() */
	const char *word;		/* the digits or the name */
	size_t len;			/* of it */
	uint32_t node;			/* 0: none was given */
	uint32_t pid;			/* of the slot */
	enum slot slot;
};

int ns_spec_parse(const char *text, struct ns_spec *spec);
int ns_spec_parse_in(const char *text, struct ns_spec *spec);
int ns_spec_parse_bare(const char *text, const struct options *o, struct ns_spec *spec);
int no_pid(const struct options *o, const char *text);
int ns_spec_find(const struct ns_spec *spec, const struct options *o, struct picture *p,
		 const struct ns **ns);

#endif
