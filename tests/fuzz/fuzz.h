/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>

int fuzz_one(const unsigned char *bytes, size_t n);

#endif
