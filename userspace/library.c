// SPDX-License-Identifier: GPL-2.0
/*
 * Libraries that are loaded when they are needed.
 */
#include <dlfcn.h>
#include <string.h>

#include "library.h"
#include "output.h"

static const struct {
	const char *file;
	const char *package;		/* Debian's */
} libraries[LIBRARIES] = {
	[LIBRARY_SMARTCOLS] = { "libsmartcols.so.1", "libsmartcols1" },
	[LIBRARY_MOUNT] = { "libmount.so.1", "libmount1" },
	[LIBRARY_TRACEFS] = { "libtracefs.so.1", "libtracefs1" },
	[LIBRARY_TRACEEVENT] = { "libtraceevent.so.1", "libtraceevent1" },
};

/**
 * library_load() - load a library and look its functions up
 * @handle: where it goes; library_unload() gives it back, also after a failure
 * @which: the library
 * @functions: what is called of it
 * @n: how many
 *
 * Return: STATUS_DONE, or STATUS_FAILED after a line that says what to install.
 */
int library_load(void **handle, enum library which, const struct library_function *functions,
		 size_t n)
{
	*handle = dlopen(libraries[which].file, RTLD_NOW);
	if (*handle && library_find(*handle, functions, n))
		return STATUS_DONE;
	return fail(STATUS_FAILED, "cannot load %s (%s): install %s", libraries[which].file,
		    dlerror(), libraries[which].package);
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

	for (i = 0; i < n; i++) {
		void *function = dlsym(handle, functions[i].name);

		if (!function)
			return false;
		memcpy(functions[i].to, &function, sizeof(function));
	}
	return true;
}

/**
 * library_unload() - let go of a library
 * @handle: what library_load() gave; may be NULL
 */
void library_unload(void *handle)
{
	if (handle)
		dlclose(handle);
}
