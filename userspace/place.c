// SPDX-License-Identifier: GPL-2.0
/*
 * Where the tool runs: in a container, without rights, on a kernel that is locked
 * down, beside a module of another version.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "place.h"

/* The kernel's include/linux/proc_ns.h: these numbers are the same everywhere. */
#define PROC_USER_INIT_INO	0xeffffffdu
#define PROC_PID_INIT_INO	0xeffffffcu

const char tool_version[] = VERSION;

/* The first line of a file, without its end; empty when there is none. */
static void read_line(const char *root, const char *path, char *line, size_t size)
{
	char whole[4096];
	FILE *file;

	*line = '\0';
	snprintf(whole, sizeof(whole), "%s%s", root, path);
	file = fopen(whole, "re");
	if (!file)
		return;
	if (!fgets(line, (int)size, file))
		*line = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
}

/* "none [integrity] confidentiality": the one in brackets. */
static void read_lockdown(const char *root, char *level, size_t size)
{
	char line[128], *begin, *end;

	*level = '\0';
	read_line(root, "/sys/kernel/security/lockdown", line, sizeof(line));
	begin = strchr(line, '[');
	end = begin ? strchr(begin, ']') : NULL;
	if (!end)
		return;
	*end = '\0';
	if (strcmp(begin + 1, "none"))
		snprintf(level, size, "%s", begin + 1);
}

/* Where /proc does not say it, it is taken for the initial one. */
static bool is_other(const char *root, const char *path, ino_t initial)
{
	char whole[4096];
	struct stat st;

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	return !stat(whole, &st) && st.st_ino != initial;
}

/**
 * place_look() - look where the tool runs
 * @p: what is found
 * @root: what stands before all paths; empty but for tests
 */
void place_look(struct place *p, const char *root)
{
	char enforced[4];

	p->root = !geteuid();
	p->user_ns = is_other(root, "/proc/self/ns/user", PROC_USER_INIT_INO);
	p->pid_ns = is_other(root, "/proc/self/ns/pid", PROC_PID_INIT_INO);
	read_lockdown(root, p->lockdown, sizeof(p->lockdown));
	read_line(root, "/sys/module/module/parameters/sig_enforce", enforced, sizeof(enforced));
	p->signed_only = *p->lockdown || *enforced == 'Y';
	read_line(root, "/sys/module/nsinspect/version", p->module_version,
		  sizeof(p->module_version));
}

/**
 * place_hides_tracing() - does lockdown keep everybody from tracefs?
 * @p: the place
 */
bool place_hides_tracing(const struct place *p)
{
	return !strcmp(p->lockdown, "confidentiality");
}

/**
 * place_advice() - what the one can do who is not permitted to ask
 * @p: the place
 *
 * Return: the end of a line.
 */
const char *place_advice(const struct place *p)
{
	if (p->user_ns)
		return "this is the user namespace of a container: run nsinspect outside of it";
	if (p->pid_ns)
		return "this is the pid namespace of a container: run nsinspect outside of it";
	if (!p->root)
		return "run it as root, for example with sudo";
	return "root has lost this capability here: give CAP_SYS_ADMIN to the container or service";
}

/**
 * place_no_module() - say that the module is not loaded, and how it can be
 * @p: the place
 *
 * Return: the status to end with.
 */
int place_no_module(const struct place *p)
{
	if (p->user_ns || p->pid_ns)
		return fail(STATUS_NOT_LOADED, "the module is not loaded; outside of this container, "
			    "try: insmod nsinspect.ko (or modprobe nsinspect)");
	if (p->signed_only)
		return fail(STATUS_NOT_LOADED, "the module is not loaded, and this kernel loads signed "
			    "modules only (%s%s): sign nsinspect.ko with a key that mokutil --import "
			    "enrolled, unless it is signed already, then try: insmod nsinspect.ko (or "
			    "modprobe nsinspect)",
			    *p->lockdown ? "lockdown: " : "module.sig_enforce", p->lockdown);
	return fail(STATUS_NOT_LOADED, "the module is not loaded; %stry: insmod nsinspect.ko "
		    "(or modprobe nsinspect)", p->root ? "" : "as root, ");
}

/**
 * place_versions() - name the versions of module and tool where they differ
 * @p: the place
 * @buffer: where to; PLACE_VERSIONS_MAX bytes are enough
 * @size: of it
 *
 * That they differ is no fault, but may explain one.
 *
 * Return: @buffer, the end of a line or empty.
 */
const char *place_versions(const struct place *p, char *buffer, size_t size)
{
	*buffer = '\0';
	if (*p->module_version && strcmp(p->module_version, tool_version))
		snprintf(buffer, size, " (the module is version %s and this tool %s: load the module "
			 "that belongs to it)", p->module_version, tool_version);
	return buffer;
}

/**
 * place_older_module() - say that the module is older than what it is asked for
 * @p: the place
 * @what: what it does not know
 *
 * Return: the status to end with.
 */
int place_older_module(const struct place *p, const char *what)
{
	char versions[PLACE_VERSIONS_MAX];

	place_versions(p, versions, sizeof(versions));
	return fail(STATUS_FAILED, "the module does not know %s%s", what,
		    *versions ? versions : "; load the module that belongs to this tool");
}
