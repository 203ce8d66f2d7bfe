/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tool says and how it ends.
 */
#ifndef NSINSPECT_OUTPUT_H
#define NSINSPECT_OUTPUT_H

#include <stdbool.h>

enum status {
	STATUS_DONE = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_NO_SUCH = 3,
	STATUS_NOT_LOADED = 4,
	STATUS_NOT_PERMITTED = 5,
	STATUS_DIFFERENT = 6,		/* diff --exit-code */
	/* not an exit status: the first word names no namespace; main() says what is wrong */
	STATUS_NO_COMMAND = -1,
};

int fail(enum status status, const char *format, ...) __attribute__((format(printf, 2, 3)));
void warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
int out_of_memory(void);
int close_output(int reason);
bool output_is_closed(void);
int output_end_closed(void);

#endif
