/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a namespace is named on the command line:
 * NS := TYPE:[INUM] | TYPE:INUM | INUM | a path | PID/TYPE
 */
#ifndef NSINSPECT_NS_SPEC_H
#define NSINSPECT_NS_SPEC_H

#include "commands.h"

enum ns_spec_kind {
	NS_SPEC_INUM,
	NS_SPEC_PATH,
	NS_SPEC_SLOT,
};

struct ns_spec {
	enum ns_spec_kind kind;
	const char *text;		/* as it was given */
	bool has_type;
	enum nsinspect_ns_type type;
	uint32_t inum;
	uint32_t pid;			/* of the slot */
	enum slot slot;
};

int ns_spec_parse(const char *text, struct ns_spec *spec);
int ns_spec_find(const struct ns_spec *spec, const struct options *o, struct picture *p,
		 const struct ns **ns);

#endif
