// SPDX-License-Identifier: GPL-2.0
/*
 * Libraries that are loaded when they are needed, or with STATIC are linked. What
 * is different between these two is here and in names.c.
 */
#ifndef STATIC
#include <dlfcn.h>
#endif
#include <string.h>

#include "library.h"
#include "output.h"

#ifdef STATIC

struct linked {
	const char *name;
	void (*function)(void);
};

#define DECLARE(name) void name(void);
#define LINKED(name) { #name, name },

/* The table of a library without an archive has only its last, empty row. */
#ifdef STATIC_SMARTCOLS
SMARTCOLS_FUNCTIONS(DECLARE)
#endif
#ifdef STATIC_SMARTCOLS_FILTER
SMARTCOLS_FILTER_FUNCTIONS(DECLARE)
#endif
static const struct linked smartcols[] = {
#ifdef STATIC_SMARTCOLS
	SMARTCOLS_FUNCTIONS(LINKED)
#endif
#ifdef STATIC_SMARTCOLS_FILTER
	SMARTCOLS_FILTER_FUNCTIONS(LINKED)
#endif
	{ 0 }
};

#ifdef STATIC_MOUNT
MOUNT_FUNCTIONS(DECLARE)
#endif
static const struct linked mount[] = {
#ifdef STATIC_MOUNT
	MOUNT_FUNCTIONS(LINKED)
#endif
	{ 0 }
};

#ifdef STATIC_TRACEFS
TRACEFS_FUNCTIONS(DECLARE)
#endif
static const struct linked tracefs[] = {
#ifdef STATIC_TRACEFS
	TRACEFS_FUNCTIONS(LINKED)
#endif
	{ 0 }
};

#ifdef STATIC_TRACEEVENT
TRACEEVENT_FUNCTIONS(DECLARE)
#endif
static const struct linked traceevent[] = {
#ifdef STATIC_TRACEEVENT
	TRACEEVENT_FUNCTIONS(LINKED)
#endif
	{ 0 }
};

static const struct linked *const linked[LIBRARIES] = {
	[LIBRARY_SMARTCOLS] = smartcols, [LIBRARY_MOUNT] = mount, [LIBRARY_TRACEFS] = tracefs,
	[LIBRARY_TRACEEVENT] = traceevent,
};

/* A handle is the library's table. */
static void *open_library(enum library which)
{
	return linked[which]->name ? (void *)linked[which] : NULL;
}

static bool find_function(void *handle, const struct library_function *function)
{
	const struct linked *l = handle;

	while (l->name && strcmp(l->name, function->name))
		l++;
	memcpy(function->to, &l->function, sizeof(l->function));
	return l->name;
}

static void close_library(void *handle)
{
	(void)handle;
}

static const struct {
	const char *name;
	const char *use;		/* what cannot be done without it */
} libraries[LIBRARIES] = {
	[LIBRARY_SMARTCOLS] = {
		"libsmartcols",
		"lists and trees of namespaces; --tree, --json and --dot do not need it",
	},
	[LIBRARY_MOUNT] = { "libmount", "reading mounts" },
	[LIBRARY_TRACEFS] = { "libtracefs", "reading events" },
	[LIBRARY_TRACEEVENT] = { "libtraceevent", "reading events" },
};

static int missing(enum library which)
{
	return fail(STATUS_FAILED, "this static nsinspect was made without %s, which is needed for "
		    "%s", libraries[which].name, libraries[which].use);
}

#else

static const struct {
	const char *file;
	const char *package;		/* Debian's */
} libraries[LIBRARIES] = {
	[LIBRARY_SMARTCOLS] = { "libsmartcols.so.1", "libsmartcols1" },
	[LIBRARY_MOUNT] = { "libmount.so.1", "libmount1" },
	[LIBRARY_TRACEFS] = { "libtracefs.so.1", "libtracefs1" },
	[LIBRARY_TRACEEVENT] = { "libtraceevent.so.1", "libtracefs1 and libtraceevent1" },
};

static void *open_library(enum library which)
{
	return dlopen(libraries[which].file, RTLD_NOW);
}

static bool find_function(void *handle, const struct library_function *function)
{
	void *symbol = dlsym(handle, function->name);

	memcpy(function->to, &symbol, sizeof(symbol));
	return symbol;
}

static void close_library(void *handle)
{
	dlclose(handle);
}

static int missing(enum library which)
{
	return fail(STATUS_FAILED, "cannot load %s (%s): install %s", libraries[which].file,
		    dlerror(), libraries[which].package);
}

#endif

/**
 * library_load() - load a library and look its functions up
 * @handle: where it goes; library_unload() gives it back, also after a failure
 * @which: the library
 * @functions: what is called of it
 * @n: how many
 *
 * Return: STATUS_DONE, or STATUS_FAILED after a line that says what is missing.
 */
int library_load(void **handle, enum library which, const struct library_function *functions,
		 size_t n)
{
	*handle = open_library(which);
	if (*handle && library_find(*handle, functions, n))
		return STATUS_DONE;
	return missing(which);
}

/**
 * library_find() - look functions of a library up
 * @handle: what library_load() gave
 * @functions: which
 * @n: how many
 *
 * Return: whether it has them all; nothing is said when not.
 */
bool library_find(void *handle, const struct library_function *functions, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!find_function(handle, &functions[i]))
			return false;
	return true;
}

/**
 * library_unload() - let go of a library
 * @handle: what library_load() gave; may be NULL
 */
void library_unload(void *handle)
{
	if (handle)
		close_library(handle);
}
