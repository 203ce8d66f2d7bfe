/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tests force in the debug guest, and nothing at all in any other build:
 * see hooks.c.
 */
#ifndef NSINSPECT_HOOKS_H
#define NSINSPECT_HOOKS_H

#include <linux/types.h>

struct dentry;

#ifdef NSINSPECT_HOOKS
void nsinspect_hooks_init(struct dentry *dir);
const void *nsinspect_hook_key(const void *object);
u64 nsinspect_hook_id(u64 id);
void nsinspect_hook_step(int next);
u32 nsinspect_hook_misses(void);
void nsinspect_hook_change(void (*probed)(void));
#else
static inline void nsinspect_hooks_init(struct dentry *dir)
{
}

static inline const void *nsinspect_hook_key(const void *object)
{
	return object;
}

static inline u64 nsinspect_hook_id(u64 id)
{
	return id;
}

static inline void nsinspect_hook_step(int next)
{
}

static inline u32 nsinspect_hook_misses(void)
{
	return 0;
}

static inline void nsinspect_hook_change(void (*probed)(void))
{
}
#endif

#endif /* NSINSPECT_HOOKS_H */
