// SPDX-License-Identifier: GPL-2.0
/*
 * Which container is a cgroup of? One row for each way in which a runtime calls
 * the cgroups of its containers; new ones go here. The innermost part of a path
 * that a row fits counts: containers can run inside others. Where there is none,
 * the innermost unit of systemd does.
 */
#include <stdio.h>
#include <string.h>

#include "containers.h"

#define ID_DIGITS	64
#define ID_SHORT	12

enum what {
	WHAT_ID,		/* 64 digits in hexadecimal */
	WHAT_NAME,		/* a name that somebody chose, as systemd escapes it */
};

/* A part of a path: <from><id or name><until>, below <above>. */
struct pattern {
	const char *runtime;
	const char *above;	/* the part before it, or what it begins with; NULL: any */
	const char *from;
	const char *until;	/* of names; behind an id .scope may come or not */
	enum what what;
	const char *label;	/* in front of a shortened id */
};

static const struct pattern patterns[] = {
	/* runc and crun, with cgroups made by systemd or as folders; conmon is none of them. */
	{ "docker", NULL, "docker-", "", WHAT_ID, "docker-" },
	{ "docker", "docker", "", "", WHAT_ID, "docker-" },
	{ "podman", NULL, "libpod-", "", WHAT_ID, "libpod-" },
	{ "podman", NULL, "libpod-payload-", "", WHAT_ID, "libpod-" },
	{ "cri-o", NULL, "crio-", "", WHAT_ID, "crio-" },
	{ "cri-o", "crio", "", "", WHAT_ID, "crio-" },
	{ "containerd", NULL, "cri-containerd-", "", WHAT_ID, "cri-containerd-" },
	{ "containerd", "cri-containerd", "", "", WHAT_ID, "cri-containerd-" },
	{ "containerd", NULL, "nerdctl-", "", WHAT_ID, "nerdctl-" },
	/* Below the name of a namespace of containerd. */
	{ "containerd", "default", "", "", WHAT_ID, "containerd-" },
	{ "containerd", "k8s.io", "", "", WHAT_ID, "containerd-" },
	/* kubelet without systemd: whichever runtime it has. */
	{ NULL, NULL, "", "", WHAT_ID, "" },

	{ "lxc", NULL, "lxc.payload.", "", WHAT_NAME, NULL },
	{ "lxc", "lxc", "", "", WHAT_NAME, NULL },
	{ "libvirt-qemu", "machine.slice", "machine-qemu\\x2d", ".scope", WHAT_NAME, NULL },
	{ "libvirt-lxc", "machine.slice", "machine-lxc\\x2d", ".scope", WHAT_NAME, NULL },
	{ "systemd-nspawn", "machine.slice", "machine-", ".scope", WHAT_NAME, NULL },
	{ "systemd-nspawn", "machine.slice", "systemd-nspawn@", ".service", WHAT_NAME, NULL },
};

/* The units that processes run in. */
static const char *const units[] = { ".service", ".scope", ".socket", ".mount", ".swap" };

/* Text that is not to be copied: it need not end with a NUL. */
struct span {
	const char *at;
	size_t n;
};

static bool begins(struct span s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && !memcmp(s.at, with, n);
}

static bool ends(struct span s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && !memcmp(s.at + s.n - n, with, n);
}

static bool equals(struct span s, const char *other)
{
	return s.n == strlen(other) && begins(s, other);
}

static void copy(char *to, size_t size, struct span s)
{
	size_t n = s.n < size ? s.n : size - 1;

	memcpy(to, s.at, n);
	to[n] = '\0';
}

static int hex(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* systemd writes in names of units what may not be there as \xNN. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		int high = s[0] == '\\' && s[1] == 'x' ? hex(s[2]) : -1;
		int low = high >= 0 ? hex(s[3]) : -1;

		if (low >= 0 && (high || low)) {
			*to++ = (char)(high << 4 | low);
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

static bool is_id(struct span s)
{
	size_t i;

	for (i = 0; i < ID_DIGITS && i < s.n; i++)
		if (hex(s.at[i]) < 0)
			return false;
	return i == ID_DIGITS;
}

/* Does a row fit a part of a path, and if so, what does it say? */
static bool fits(const struct pattern *p, struct span part, struct span above,
		 struct container *c)
{
	size_t from = strlen(p->from), until = strlen(p->until);
	struct span rest;

	if ((p->above && !equals(above, p->above)) || !begins(part, p->from))
		return false;
	rest = (struct span){ part.at + from, part.n - from };
	if (p->what == WHAT_ID) {
		struct span tail = { rest.at + ID_DIGITS, rest.n - ID_DIGITS };

		if (!is_id(rest) || (tail.n && !equals(tail, ".scope")))
			return false;
		rest.n = ID_DIGITS;
		copy(c->id, sizeof(c->id), rest);
		c->name[0] = '\0';
		snprintf(c->label, sizeof(c->label), "%s%.*s", p->label, ID_SHORT, c->id);
	} else {
		if (!ends(rest, p->until) || rest.n == until)
			return false;
		rest.n -= until;
		copy(c->name, sizeof(c->name), rest);
		unescape(c->name);
		snprintf(c->id, sizeof(c->id), "%s", c->name);
		snprintf(c->label, sizeof(c->label), "%s", c->name);
	}
	c->runtime = p->runtime;
	return true;
}

/* What is behind the last slash, which is cut off. */
static struct span last_part(struct span *path)
{
	size_t end = path->n, at = end;

	while (at && path->at[at - 1] != '/')
		at--;
	path->n = at ? at - 1 : 0;
	return (struct span){ path->at + at, end - at };
}

static bool find_container(struct span path, struct container *c)
{
	while (path.n) {
		struct span part = last_part(&path), left = path, above = last_part(&left);
		const char *colon = memrchr(part.at, ':', part.n);
		size_t i;

		/* <slice>:<runtime>:<id> is meant for systemd, and got to who makes folders. */
		if (colon) {
			above = (struct span){ part.at, (size_t)(colon - part.at) };
			part = (struct span){ colon + 1, part.n - above.n - 1 };
			colon = memrchr(above.at, ':', above.n);
			if (colon)
				above = (struct span){ colon + 1,
						       above.n - (size_t)(colon + 1 - above.at) };
		}
		for (i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
			if (fits(&patterns[i], part, above, c))
				return true;
	}
	return false;
}

static bool find_unit(struct span path, struct container *c)
{
	while (path.n) {
		struct span whole = path, part = last_part(&path);
		size_t i;

		for (i = 0; i < sizeof(units) / sizeof(*units); i++) {
			if (!ends(part, units[i]) || part.n == strlen(units[i]))
				continue;
			if (*whole.at == '/')
				whole = (struct span){ whole.at + 1, whole.n - 1 };
			c->runtime = "systemd";
			copy(c->id, sizeof(c->id), whole);
			copy(c->name, sizeof(c->name), part);
			unescape(c->name);
			snprintf(c->label, sizeof(c->label), "%s", c->name);
			return true;
		}
	}
	return false;
}

/**
 * container_of() - which container, or else which unit, is a cgroup of?
 * @path: of the cgroup
 * @c: what is known of it
 *
 * Return: whether there is one.
 */
bool container_of(const char *path, struct container *c)
{
	const struct span all = { path, strlen(path) };

	return find_container(all, c) || find_unit(all, c);
}

/* Does systemd itself use this hierarchy? "0::" of version 2, "1:name=systemd:" */
static bool is_systemd(struct span line)
{
	return begins(line, "0::") || memmem(line.at, line.n, ":name=systemd:", 14);
}

/**
 * container_path() - of the cgroups of a task, the one that says what it runs in
 * @cgroups: what /proc/PID/cgroup says, with a line for each hierarchy
 * @path: where the path goes
 * @size: of it
 *
 * Return: whether there is one.
 */
bool container_path(const char *cgroups, char *path, size_t size)
{
	struct container c;
	int turn;

	/* Hierarchies of version 1 can have containers each where they want. */
	for (turn = 0; turn < 2; turn++) {
		struct span line = { cgroups, strcspn(cgroups, "\n") };

		while (line.n) {
			const char *slash = memchr(line.at, '/', line.n);
			struct span at = { slash, slash ? line.n - (size_t)(slash - line.at) : 0 };

			if (slash && (turn ? is_systemd(line) && find_unit(at, &c) :
					     find_container(at, &c))) {
				copy(path, size, at);
				return true;
			}
			line.at += line.n;
			line.at += *line.at == '\n';
			line.n = strcspn(line.at, "\n");
		}
	}
	return false;
}
