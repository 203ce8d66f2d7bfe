// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keep.h"

void keep_json(const char *text)
{
	static const char begin[] = "{\"schema\":\"";
	const char *path = getenv("NSINSPECT_JSON");
	FILE *f;

	/* All objects of a schema begin so. */
	if (!path || strncmp(text, begin, strlen(begin)))
		return;
	f = fopen(path, "a");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}
