// SPDX-License-Identifier: GPL-2.0
/*
 * Names that the kernel's picture does not have: those of network namespaces
 * in /run/netns, bind mounts of namespaces, users, command lines, containers,
 * and the ids that our network namespace gives to others.
 *
 * mountinfo is read here and not through libmount: loading that library and
 * the four that it brings takes three times as long as everything else that
 * happens before main().
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "containers.h"
#include "names.h"
#include "origin.h"

#define NETNS_FOLDER "/run/netns"

/**
 * names_add() - add to a list
 * @names: the list
 * @kind: which kind of name
 * @type: of the namespace; no matter for users
 * @number: inode number or uid
 * @text: the name; copied
 *
 * Return: 0, or -ENOMEM.
 */
int names_add(struct names *names, enum name_kind kind, enum nsinspect_ns_type type,
	      uint32_t number, const char *text)
{
	struct name *room = grow(names->list, &names->room, names->n + 1, sizeof(*room));

	if (!room)
		return -ENOMEM;
	names->list = room;
	room += names->n;
	room->kind = kind;
	room->type = type;
	room->number = number;
	room->text = strdup(text);
	if (!room->text)
		return -ENOMEM;
	names->n++;
	return 0;
}

/**
 * names_free() - free a list
 * @names: the list; empty afterwards
 */
void names_free(struct names *names)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		free(names->list[i].text);
	free(names->list);
	memset(names, 0, sizeof(*names));
}

/**
 * names_netns() - what `ip netns` calls network namespaces
 * @names: where the names go
 *
 * Return: 0, also when there are none; -ENOMEM.
 */
int names_netns(struct names *names)
{
	struct dirent *entry;
	struct stat nsfs, st;
	int err = 0;
	DIR *dir;

	dir = opendir(NETNS_FOLDER);
	if (!dir)
		return 0;
	/* All namespaces are in one file system; what is elsewhere is a stale file. */
	if (!stat("/proc/self/ns/net", &nsfs)) {
		while (!err && (entry = readdir(dir))) {
			if (entry->d_name[0] == '.')
				continue;
			if (!fstatat(dirfd(dir), entry->d_name, &st, 0) && st.st_dev == nsfs.st_dev)
				err = names_add(names, NAME_NETNS, NSINSPECT_NS_TYPE_NET,
						(uint32_t)st.st_ino, entry->d_name);
		}
	}
	closedir(dir);
	return err;
}

/* Space, tab, newline and backslash are octal in mountinfo. */
static void unmangle(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/**
 * mount_line() - take one line of mountinfo apart
 * @line: the line; is written to, and has to stay
 * @m: what it says
 *
 * Return: whether it is such a line.
 */
bool mount_line(char *line, struct mount_line *m)
{
	char *field, *save = NULL;
	int i;

	memset(m, 0, sizeof(*m));
	/* id parent major:minor ROOT WHERE options [optional...] - FSTYPE ... */
	field = strtok_r(line, " ", &save);
	for (i = 0; field; i++, field = strtok_r(NULL, " ", &save)) {
		if (i == 2 && sscanf(field, "%u:%u", &m->major, &m->minor) != 2)
			return false;
		if (i == 3)
			m->root = field;
		else if (i == 4)
			m->where = field;
		else if (i > 5 && !strcmp(field, "-"))
			m->fstype = strtok_r(NULL, " \n", &save);
	}
	if (!m->fstype)
		return false;
	unmangle(m->where);
	return true;
}

/**
 * mount_line_ns() - which namespace is mounted there?
 * @m: what mount_line() made
 * @type: where its type goes
 * @inum: where its inode number goes
 *
 * Return: whether it is the mount of a namespace.
 */
bool mount_line_ns(const struct mount_line *m, enum nsinspect_ns_type *type, uint32_t *inum)
{
	const char *bracket = strstr(m->root, ":[");
	unsigned long number;
	char *end;
	int t;

	if (strcmp(m->fstype, "nsfs") || !bracket)
		return false;
	t = type_parse(m->root, (size_t)(bracket - m->root));
	errno = 0;
	number = strtoul(bracket + 2, &end, 10);
	if (t < 0 || errno || !number || number > UINT32_MAX || strcmp(end, "]"))
		return false;
	*type = t;
	*inum = (uint32_t)number;
	return true;
}

/**
 * names_mountinfo() - take the name out of one line of mountinfo, if it has one
 * @names: where it goes
 * @line: the line; is written to
 *
 * Return: 0, also when it is not the mount of a namespace; -ENOMEM.
 */
int names_mountinfo(struct names *names, char *line)
{
	enum nsinspect_ns_type type;
	struct mount_line m;
	uint32_t inum;

	if (!mount_line(line, &m) || !mount_line_ns(&m, &type, &inum))
		return 0;
	return names_add(names, NAME_NSFS, type, inum, m.where);
}

/**
 * names_nsfs() - where namespaces are bind-mounted, as far as we can see
 * @names: where the paths go
 *
 * Return: 0, also when there are none; -ENOMEM.
 */
int names_nsfs(struct names *names)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	if (!file)
		return 0;
	while (!err && getline(&line, &size, file) >= 0)
		err = names_mountinfo(names, line);
	free(line);
	fclose(file);
	return err;
}

static int cmp_key(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return 0;
}

static int cmp_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int by_key = cmp_key(x, y);

	return by_key ? by_key : strcmp(x->text, y->text);
}

static bool same_key(const struct name *a, const struct name *b)
{
	return a->kind == b->kind && a->type == b->type && a->number == b->number;
}

/* The names from @name to before @end, with commas between them. */
static char *join(const struct name *name, const struct name *end)
{
	const struct name *n;
	size_t size = strlen(name->text) + 1;
	char *list, *to;

	for (n = name + 1; n < end; n++)
		size += 1 + strlen(n->text);
	list = malloc(size);
	if (!list)
		return NULL;
	to = stpcpy(list, name->text);
	for (n = name + 1; n < end; n++) {
		*to++ = ',';
		to = stpcpy(to, n->text);
	}
	return list;
}

/* Command lines go to all namespaces in which their task is the first. */
static int set_commands(const struct name *first, const struct name *end, struct graph *g)
{
	size_t i;

	if (first == end)
		return 0;
	for (i = 0; i < g->n_namespaces; i++) {
		struct ns *ns = &g->namespaces[i];
		struct name key = { .kind = NAME_COMMAND };
		const struct name *found;

		if (!ns->first || ns->command)
			continue;
		key.number = ns->first->tid;
		found = bsearch(&key, first, (size_t)(end - first), sizeof(key), cmp_key);
		if (!found)
			continue;
		ns->command = strdup(found->text);
		if (!ns->command)
			return -ENOMEM;
	}
	return 0;
}

/*
 * A namespace that we had to open, for the module to find it, was not found by the
 * file that is open, but by its mount.
 */
static void set_mounts(const struct name *name, const struct name *end, struct graph *g)
{
	for (; name < end; name++) {
		struct ns *ns = name->kind == NAME_MOUNT ?
				graph_find_ns(g, name->type, name->number) : NULL;

		if (ns)
			ns->found = (ns->found & ~(uint32_t)NSINSPECT_FOUND_OWN_FILE) | FOUND_MOUNT;
	}
}

/* Paths stay with the names. A thread is where its leader is. */
static void set_cgroups(const struct names *names, struct graph *g)
{
	size_t i = names->n;
	struct task *t;

	while (i && names->list[i - 1].kind == NAME_CGROUP) {
		t = graph_find_task(g, names->list[--i].number);
		if (t)
			t->cgroup = names->list[i].text;
	}
	for (t = g->tasks; i < names->n && t < g->tasks + g->n_tasks; t++)
		if (!t->cgroup && t->leader)
			t->cgroup = t->leader->cgroup;
}

/**
 * names_set() - give the namespaces and tasks of a graph their names
 * @names: the names; sorted afterwards, and needed as long as the graph
 * @g: a linked graph; a name that is there already stays
 *
 * Return: 0, or -ENOMEM.
 */
int names_set(const struct names *names, struct graph *g)
{
	const struct name *name = names->list, *end = names->list + names->n, *next;

	if (names->n > 1)
		qsort(names->list, names->n, sizeof(*names->list), cmp_name);
	for (; name < end && name->kind < NAME_USER; name = next) {
		struct ns *ns = graph_find_ns(g, name->type, name->number);
		char **to;

		for (next = name + 1; next < end && same_key(next, name); next++)
			;
		if (!ns)
			continue;
		to = name->kind == NAME_NSFS ? &ns->nsfs : &ns->name;
		/* A namespace can be mounted many times, but has one name. */
		if (!*to)
			*to = join(name, name->kind == NAME_NSFS ? next : name + 1);
		if (!*to)
			return -ENOMEM;
	}
	while (name < end && name->kind != NAME_COMMAND)
		name++;
	set_cgroups(names, g);
	set_mounts(names->list, end, g);
	return set_commands(name, end, g);
}

/**
 * names_find() - look for a name that is of no namespace
 * @names: a list that names_set() has sorted
 * @kind: which kind of name
 * @number: tid or uid
 *
 * Return: the name, or NULL.
 */
const char *names_find(const struct names *names, enum name_kind kind, uint32_t number)
{
	const struct name key = { .kind = kind, .number = number }, *found;

	if (!names->n)
		return NULL;
	found = bsearch(&key, names->list, names->n, sizeof(key), cmp_key);
	return found ? found->text : NULL;
}

/* Users: asked for once each, or taken from a saved picture. */
static struct {
	struct names names;	/* rising uid; an empty text: has no name */
	bool saved;		/* another machine's: do not ask this one */
} users;

static struct name *find_user(uid_t uid, size_t *at)
{
	size_t low = 0, high = users.names.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (users.names.list[middle].number < uid)
			low = middle + 1;
		else
			high = middle;
	}
	*at = low;
	if (low < users.names.n && users.names.list[low].number == uid)
		return &users.names.list[low];
	return NULL;
}

#ifdef STATIC
/* What /etc/nsswitch.conf asks for would have to be loaded: only the file is read. */
static struct passwd *find_passwd(uid_t uid)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd *pw = NULL;

	while (file && (pw = fgetpwent(file)) && pw->pw_uid != uid)
		;
	if (file)
		fclose(file);
	return pw;
}
#else
static struct passwd *find_passwd(uid_t uid)
{
	return getpwuid(uid);
}
#endif

static const char *ask_user(uid_t uid)
{
	const struct passwd *pw = find_passwd(uid);

	return pw && pw->pw_name ? pw->pw_name : "";
}

/**
 * name_of_user() - the name of a user
 * @uid: as the initial user namespace has it
 *
 * Return: the name, NULL when there is none; good until names_forget_users().
 */
const char *name_of_user(uid_t uid)
{
	struct name *found, last;
	size_t at;

	found = find_user(uid, &at);
	if (!found && !users.saved) {
		if (names_add(&users.names, NAME_USER, 0, uid, ask_user(uid)))
			return NULL;
		last = users.names.list[users.names.n - 1];
		found = &users.names.list[at];
		memmove(found + 1, found, (users.names.n - 1 - at) * sizeof(last));
		*found = last;
	}
	return found && *found->text ? found->text : NULL;
}

/**
 * names_forget_users() - free what name_of_user() remembers
 */
void names_forget_users(void)
{
	names_free(&users.names);
	users.saved = false;
}

/**
 * names_keep_users() - from now on users are called as a saved picture says
 * @names: the names in it
 */
void names_keep_users(struct names *names)
{
	size_t i, at;

	names_forget_users();
	if (names->n > 1)
		qsort(names->list, names->n, sizeof(*names->list), cmp_name);
	for (i = 0; i < names->n; i++)
		if (names->list[i].kind == NAME_USER && !find_user(names->list[i].number, &at))
			if (names_add(&users.names, NAME_USER, 0, names->list[i].number,
				      names->list[i].text))
				break;
	users.saved = true;
}

/**
 * names_users() - the names of all users who have a task, to be saved
 * @names: where they go
 * @g: the graph
 *
 * Return: 0, or -ENOMEM.
 */
int names_users(struct names *names, const struct graph *g)
{
	size_t i;
	int err;

	for (i = 0; i < g->n_tasks; i++)
		name_of_user(g->tasks[i].uid);
	for (i = 0; i < users.names.n; i++) {
		err = names_add(names, NAME_USER, 0, users.names.list[i].number,
				users.names.list[i].text);
		if (err)
			return err;
	}
	return 0;
}

static ssize_t read_proc(uint32_t pid, const char *name, char *buffer, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, buffer, size - 1);
	close(fd);
	if (n >= 0)
		buffer[n] = '\0';
	return n;
}

/* Is it still the task that the picture shows? Its comm says so, before a line end. */
static bool same_task(const struct task *t)
{
	size_t n = strlen(t->comm);
	char buffer[64];

	return read_proc(t->tid, "comm", buffer, sizeof(buffer)) == (ssize_t)n + 1 &&
	       !memcmp(buffer, t->comm, n);
}

static int cmp_tid(const void *a, const void *b)
{
	const struct task *x = *(const struct task *const *)a, *y = *(const struct task *const *)b;

	return (x->tid > y->tid) - (x->tid < y->tid);
}

/**
 * names_command() - the command line of a task of this machine
 * @t: the task, from a picture that was taken just now
 * @buffer: where it goes
 * @size: of @buffer
 *
 * Return: @buffer; or "" when the task has none, or is gone.
 */
const char *names_command(const struct task *t, char *buffer, size_t size)
{
	ssize_t n = read_proc(t->tid, "cmdline", buffer, size), i;

	if (n <= 0 || !same_task(t))
		return "";
	while (n > 0 && !buffer[n - 1])
		n--;
	for (i = 0; i < n; i++)
		if (!buffer[i])
			buffer[i] = ' ';
	return buffer;
}

/**
 * names_command_lines() - the command lines of the first tasks of all namespaces
 * @names: where they go
 * @g: a linked graph of this machine, taken just now
 *
 * A task is asked once, of however many namespaces it is the first.
 *
 * Return: 0, or -ENOMEM.
 */
int names_command_lines(struct names *names, const struct graph *g)
{
	const struct task **firsts = calloc(g->n_namespaces + 1, sizeof(*firsts));
	char buffer[4096];
	size_t i, n = 0;
	int err = 0;

	if (!firsts)
		return -ENOMEM;
	for (i = 0; i < g->n_namespaces; i++)
		if (g->namespaces[i].first && !g->namespaces[i].first->kthread)
			firsts[n++] = g->namespaces[i].first;
	qsort(firsts, n, sizeof(*firsts), cmp_tid);
	for (i = 0; i < n && !err; i++) {
		const char *command;

		if (i && firsts[i] == firsts[i - 1])
			continue;
		command = names_command(firsts[i], buffer, sizeof(buffer));
		if (*command)
			err = names_add(names, NAME_COMMAND, 0, firsts[i]->tid, command);
	}
	free(firsts);
	return err;
}

/**
 * names_commands() - give the namespaces the command lines of their first tasks
 * @g: a linked graph of this machine, taken just now
 *
 * Where there is none, or the task is not the same any more, it stays NULL.
 */
void names_commands(struct graph *g)
{
	struct names names = { 0 };

	if (!names_command_lines(&names, g))
		names_set(&names, g);
	names_free(&names);
}

/**
 * names_cgroups() - the cgroups of all processes that say what they run in
 * @names: where they go
 * @g: a linked graph of this machine, taken just now
 *
 * Return: 0, or -ENOMEM.
 */
int names_cgroups(struct names *names, const struct graph *g)
{
	char buffer[4096], path[PATH_MAX];
	const struct task *t;
	int err = 0;

	for (t = g->tasks; !err && t < g->tasks + g->n_tasks; t++)
		if (task_is_leader(t) && !t->kthread &&
		    read_proc(t->tid, "cgroup", buffer, sizeof(buffer)) > 0 &&
		    container_path(buffer, path, sizeof(path)) && same_task(t))
			err = names_add(names, NAME_CGROUP, 0, t->tid, path);
	return err;
}

/* Return: whether there is a name for the container that begins with a task. */
static bool name_container(const struct task *t, bool live, struct container *c)
{
	char buffer[4096], path[PATH_MAX];

	if (t->cgroup)
		return container_of(t->cgroup, c);
	return live && read_proc(t->tid, "cgroup", buffer, sizeof(buffer)) > 0 &&
	       container_path(buffer, path, sizeof(path)) && same_task(t) &&
	       container_of(path, c);
}

/**
 * names_containers() - the names of all containers, by their first tasks
 * @names: where they go; those that an old picture has stay
 * @g: a linked graph
 * @live: it is of this machine and was taken just now
 *
 * Return: 0, or -ENOMEM.
 */
int names_containers(struct names *names, const struct graph *g, bool live)
{
	struct container c;
	struct origin origin;
	size_t i;
	int err;

	err = origin_init(&origin, g);
	for (i = 0; !err && i < g->n_tasks; i++)
		if (origin_begins_container(&origin, &g->tasks[i]) &&
		    name_container(&g->tasks[i], live, &c))
			err = names_add(names, NAME_CONTAINER, 0, g->tasks[i].tid, c.label);
	origin_free(&origin);
	return err;
}

static int64_t ask_netnsid(struct nl_sock *sock, uint32_t pid)
{
	struct rtgenmsg gen = { .rtgen_family = AF_UNSPEC };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETNSID, 0);
	unsigned char *answer = NULL;
	struct sockaddr_nl from;
	int64_t id = NETNSID_UNKNOWN;
	int n;

	if (!msg)
		return id;
	if (!nlmsg_append(msg, &gen, sizeof(gen), NLMSG_ALIGNTO) &&
	    !nla_put_u32(msg, NETNSA_PID, pid) && nl_send_auto(sock, msg) > 0) {
		n = nl_recv(sock, &from, &answer, NULL);
		if (n > 0) {
			const struct nlmsghdr *h = (const struct nlmsghdr *)answer;
			const struct nlattr *a = NULL;

			if (nlmsg_ok(h, n) && h->nlmsg_type == RTM_NEWNSID)
				a = nlmsg_find_attr((void *)h, sizeof(gen), NETNSA_NSID);
			if (a && nla_len(a) == sizeof(int32_t))
				id = (int32_t)nla_get_u32(a);
			free(answer);
		}
	}
	nlmsg_free(msg);
	return id;
}

/* The module says it of all, also of those that no task is in. */
static void take_netnsids(struct graph *g)
{
	size_t i;

	for (i = 0; i < g->n_namespaces; i++) {
		struct ns *ns = &g->namespaces[i];

		if (ns->type == NSINSPECT_NS_TYPE_NET)
			ns->netnsid = ns->facts && ns->facts->nsid.known ? ns->facts->nsid.v :
									   NETNSID_UNASSIGNED;
	}
}

/**
 * names_netnsids() - what our network namespace calls the others
 * @g: a linked graph of this machine, taken just now
 */
void names_netnsids(struct graph *g)
{
	struct nl_sock *sock;
	size_t i;

	if (g->details & NSINSPECT_DETAIL_FACTS) {
		take_netnsids(g);
		return;
	}
	sock = nl_socket_alloc();
	if (!sock)
		return;
	nl_socket_disable_auto_ack(sock);
	if (!nl_connect(sock, NETLINK_ROUTE))
		for (i = 0; i < g->n_namespaces; i++) {
			struct ns *ns = &g->namespaces[i];

			if (ns->type == NSINSPECT_NS_TYPE_NET && ns->first)
				ns->netnsid = ask_netnsid(sock, ns->first->tid);
		}
	nl_socket_free(sock);
}
