/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the tool runs, as far as that explains why it is refused something.
 */
#ifndef NSINSPECT_PLACE_H
#define NSINSPECT_PLACE_H

#include <stdbool.h>
#include <stddef.h>

struct place {
	bool root;
	bool user_ns, pid_ns;		/* these are not the initial ones */
	char lockdown[32];		/* "integrity", "confidentiality"; empty: none */
	bool signed_only;		/* the kernel loads signed modules only */
	char module_version[32];	/* empty: not known */
};

/* The version of the tool. */
extern const char tool_version[];

void place_look(struct place *p, const char *root);
bool place_hides_tracing(const struct place *p);
const char *place_advice(const struct place *p);
int place_no_module(const struct place *p);
int place_older_module(const struct place *p, const char *what);
const char *place_versions(const struct place *p, char *buffer, size_t size);

/* Room for what place_versions() writes. */
#define PLACE_VERSIONS_MAX 160

#endif
