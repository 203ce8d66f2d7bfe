/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tests make the tool write is kept in the file that NSINSPECT_JSON names, which
 * schema.py compares with the schema when all tests have run.
 */
#ifndef TESTS_KEEP_H
#define TESTS_KEEP_H

/* Any text: only objects of the schemas that Documentation/nsinspect.schema.json has are kept. */
void keep_json(const char *text);

#endif
