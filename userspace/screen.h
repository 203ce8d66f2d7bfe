/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The whole terminal, for what is drawn again and again: while it is open, and
 * not a moment longer on any way out but SIGKILL.
 *
 * Nothing else may write over it: what this process and those that it starts
 * write to the terminal is kept, and shown when the screen is closed. Programs
 * that are started meanwhile read nothing from it.
 */
#ifndef NSINSPECT_SCREEN_H
#define NSINSPECT_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

int screen_open(void);
void screen_close(void);
bool screen_is_open(void);
bool screen_resized(void);
void screen_size(int *rows, int *columns);
int screen_draw(const char *text);

#endif
