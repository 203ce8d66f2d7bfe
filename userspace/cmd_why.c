// SPDX-License-Identifier: GPL-2.0
/*
 * nsinspect why NS: what keeps a namespace alive, and what would have to go.
 *
 * The kernel says what takes references, and adds them up. What only a process
 * can see is found here: the paths of descriptors, and where bind mounts are.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "commands.h"
#include "describe.h"
#include "holding.h"
#include "json_writer.h"
#include "ns_spec.h"
#include "output.h"
#include "place.h"
#include "render.h"
#include "text.h"

/* As many lines a kind has, and the steps; the rest is counted. -u lists all. */
#define LINES_MAX 10

/* A file system that holds it, by device; where it is mounted is looked for. */
struct super {
	int64_t dev;
	size_t holder;
};

struct why {
	struct picture p;		/* to name what holds it */
	const struct ns *ns;		/* in that picture */
	struct graph answer;
	struct holding h;		/* of @answer */
	bool hidden_known;
	int64_t hidden;			/* users of the nsfs inode that were not found */
	struct super *supers;		/* by rising device */
	size_t n_supers;
	size_t unread;			/* mount namespaces of which no member could be asked */
	struct steps steps;
	uint32_t self;
};

/* Namespaces that nothing else leads to are found by files that we open ourselves. */
static bool is_ours(const struct why *w, const struct holder *x)
{
	return x->tgid == w->self && pins_have(&w->p.pins, x->fd);
}

static int take_picture(const struct options *o, struct why *w)
{
	const struct request r = {
		.command = NSINSPECT_CMD_GRAPH_GET, .threads = true,
		.details = NSINSPECT_DETAIL_NAMESPACES | NSINSPECT_DETAIL_NSPROXIES |
			   NSINSPECT_DETAIL_TASKS | NSINSPECT_DETAIL_EVERY,
	};
	int status = picture_get(o, &r, &w->p);
	struct place place;

	if (status)
		return status;
	/* A module that does not say which namespaces it looked for looks for no holders either. */
	if (w->p.graph.snapshot.coverage < 0) {
		place_look(&place, "");
		return place_older_module(&place, "what holds a namespace");
	}
	return picture_name(&w->p, true);
}

static int find(const struct options *o, const struct ns_spec *spec, struct why *w)
{
	int status = take_picture(o, w);

	return status ? status : ns_spec_find(spec, o, &w->p, &w->ns);
}

static int ask(struct why *w)
{
	const struct request r = { .command = NSINSPECT_CMD_HOLDER_GET, .ns = w->ns };
	struct client *client;
	int status;

	status = client_open(&client);
	if (status)
		return status;
	status = client_ask(client, &r, &w->answer, NULL);
	client_close(client);
	if (status)
		return status;
	if (graph_link(&w->answer) || names_set(&w->p.names, &w->answer))
		return out_of_memory();
	if (!graph_find_ns(&w->answer, w->ns->type, w->ns->inum))
		return fail(STATUS_FAILED, "the answer of the kernel is broken: it is about another "
			    "namespace");
	w->answer.host.boot_id = w->p.graph.host.boot_id ? strdup(w->p.graph.host.boot_id) : NULL;
	return STATUS_DONE;
}

/* Our own pins are nobody's: they end with us, and would not be there without us. */
static void drop_pins(struct why *w)
{
	struct holding *h = &w->h;
	size_t i, n = 0;

	for (i = 0; i < h->n; i++) {
		struct holder *x = &h->holders[i];
		struct explained *e = &h->by_kind[x->kind];

		if (!is_ours(w, x)) {
			h->holders[n++] = *x;
			continue;
		}
		e->seen--;
		if (e->holders > 0)
			e->holders--;
		if (x->kind == NSINSPECT_HOLDER_KIND_NSFS_FILE && h->nsfs_users > 0)
			h->nsfs_users--;
		free(x->path);
	}
	h->n = n;
}

/* Is it still the descriptor that the kernel told of? The link says so where it has a number. */
static bool same_file(const char *link, const struct holder *x)
{
	const char *bracket = strrchr(link, '[');
	unsigned long long ino;
	char end;

	if (*link == '/' || !bracket || !x->ino || sscanf(bracket, "[%llu%c", &ino, &end) != 2 ||
	    end != ']')
		return true;
	return ino == x->ino;
}

static int find_paths(struct why *w)
{
	char link[64], path[PATH_MAX];
	size_t i;

	for (i = 0; i < w->h.n; i++) {
		struct holder *x = &w->h.holders[i];
		ssize_t n;

		if (x->tid <= 0 || x->fd < 0)
			continue;
		snprintf(link, sizeof(link), "/proc/%" PRId64 "/fd/%" PRId64, x->tid, x->fd);
		n = readlink(link, path, sizeof(path) - 1);
		if (n <= 0)
			continue;
		path[n] = '\0';
		if (!same_file(path, x))
			continue;
		x->path = strdup(path);
		if (!x->path)
			return -ENOMEM;
	}
	return 0;
}

static int cmp_supers(const void *a, const void *b)
{
	const struct super *x = a, *y = b;

	return (x->dev > y->dev) - (x->dev < y->dev);
}

static int find_supers(struct why *w)
{
	size_t i;

	w->supers = calloc(w->h.n + 1, sizeof(*w->supers));
	if (!w->supers)
		return -ENOMEM;
	for (i = 0; i < w->h.n; i++)
		if (w->h.holders[i].kind == NSINSPECT_HOLDER_KIND_SUPERBLOCK &&
		    w->h.holders[i].dev >= 0)
			w->supers[w->n_supers++] = (struct super){ w->h.holders[i].dev, i };
	qsort(w->supers, w->n_supers, sizeof(*w->supers), cmp_supers);
	return 0;
}

/* The holder that is mounted there, in @x; NULL: that has nothing to do with the namespace. */
static int mounted(struct why *w, const struct mount_line *m, struct holder **x)
{
	const struct super key = { .dev = (int64_t)m->major << 20 | m->minor }, *super;
	enum nsinspect_ns_type type;
	uint32_t inum;

	*x = NULL;
	if (mount_line_ns(m, &type, &inum)) {
		if (type != w->ns->type || inum != w->ns->inum)
			return 0;
		*x = holding_add(&w->h, NSINSPECT_HOLDER_KIND_NSFS_MOUNT);
		return *x ? 0 : -ENOMEM;
	}
	super = bsearch(&key, w->supers, w->n_supers, sizeof(key), cmp_supers);
	if (!super)
		return 0;
	*x = &w->h.holders[super->holder];
	if (!(*x)->path)
		return 0;
	/* One file system, mounted in several places: that is one holder. */
	*x = holding_add(&w->h, NSINSPECT_HOLDER_KIND_SUPERBLOCK);
	if (!*x)
		return -ENOMEM;
	w->h.by_kind[NSINSPECT_HOLDER_KIND_SUPERBLOCK].seen--;
	(*x)->dev = key.dev;
	snprintf((*x)->fstype, sizeof((*x)->fstype), "%s", m->fstype);
	return 0;
}

/* A mount of the namespace itself, or of a file system that holds it. */
static int add_mount(struct why *w, const struct mount_line *m, const struct task *t, bool ours)
{
	struct holder *x;
	int err = mounted(w, m, &x);

	if (err || !x)
		return err;
	x->path = strdup(m->where);
	x->mnt = task_inum(t, SLOT_MNT);
	x->by = ours ? 0 : t->tid;
	return x->path ? 0 : -ENOMEM;
}

/* Is the task still in the mount namespace that the picture has it in? */
static bool still_there(const struct task *t)
{
	char path[64], link[64], expected[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%u/ns/mnt", t->tid);
	n = readlink(path, link, sizeof(link) - 1);
	if (n <= 0)
		return false;
	link[n] = '\0';
	snprintf(expected, sizeof(expected), "mnt:[%u]", task_inum(t, SLOT_MNT));
	return !strcmp(link, expected);
}

/* Return: 1 when they were read, 0 when this task cannot be asked, or -ENOMEM. */
static int read_mounts(struct why *w, const struct task *t, bool ours)
{
	struct mount_line m;
	char path[64], *line = NULL;
	size_t size = 0;
	FILE *file;
	int err = 0;

	if (!still_there(t))
		return 0;
	snprintf(path, sizeof(path), "/proc/%u/mountinfo", t->tid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (!err && getline(&line, &size, file) >= 0)
		if (mount_line(line, &m))
			err = add_mount(w, &m, t, ours);
	free(line);
	fclose(file);
	return err ? err : 1;
}

/* One member of each mount namespace is asked, ours first: its paths are the user's. */
static int find_mounts(struct why *w)
{
	const struct graph *g = &w->p.graph;
	const struct task *self = graph_find_task(g, w->self), *t = self;
	bool *done = calloc(g->n_namespaces + 1, sizeof(*done));
	size_t i;
	int err = 0;

	if (!done || find_supers(w)) {
		free(done);
		return -ENOMEM;
	}
	for (i = 0; err >= 0 && i <= g->n_tasks; t = &g->tasks[i++]) {
		const struct ns *mnt = t ? t->ns[SLOT_MNT] : NULL;

		if (!mnt || done[mnt - g->namespaces])
			continue;
		err = read_mounts(w, t, self && mnt == self->ns[SLOT_MNT]);
		done[mnt - g->namespaces] = err > 0;
	}
	for (i = 0; i < g->n_namespaces; i++)
		w->unread += g->namespaces[i].type == NSINSPECT_NS_TYPE_MNT && !done[i];
	free(done);
	return err < 0 ? err : 0;
}

static bool has(const struct holding *h, enum nsinspect_holder_kind kind)
{
	return h->by_kind[kind].seen;
}

/* What follows from what was found. */
static int add_up(struct why *w)
{
	int err;

	holding_sort(&w->h);
	err = holding_hidden(&w->h, &w->hidden);
	w->hidden_known = !err;
	if (err == -ENOMEM)
		return err;
	return steps_find(&w->steps, &w->h, &w->p.graph, w->ns, w->self);
}

/* What the kernel does not say of its holders. */
static int look_around(struct why *w)
{
	int64_t hidden;
	int err;

	drop_pins(w);
	err = find_paths(w);
	/* Mounts are looked for when something there may still be found. */
	if (!err && (holding_hidden(&w->h, &hidden) || hidden > 0 ||
		     !holding_has_objects(&w->h) || has(&w->h, NSINSPECT_HOLDER_KIND_SUPERBLOCK)))
		err = find_mounts(w);
	return err ? err : add_up(w);
}

static const char *plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

/* "net:32300 (blue)" */
static void put_short(const struct options *o, const struct graph *g, const struct ns *ns)
{
	printf("%s%s:%s%s", color_on(o->color, COLOR_TYPES + ns->type), ns_type_names[ns->type],
	       describe_inum(o, g, ns, ns->inum).text, color_off(o->color));
	if (ns->name) {
		printf(" (");
		text_put(stdout, ns->name, o->ascii);
		putchar(')');
	}
	if (ns->initial)
		printf(" %s(initial)%s", color_on(o->color, COLOR_INITIAL), color_off(o->color));
}

/* "12 references: 10 explained, unexplained 2" */
static void put_sum(int64_t refs, int64_t explained, const char *what)
{
	if (refs < 0) {
		printf("the kernel keeps the number of %sreferences to itself: %" PRId64 " explained",
		       what, explained);
		return;
	}
	printf("%" PRId64 " %sreference%s: %" PRId64 " explained", refs, what, plural(refs), explained);
	if (refs != explained)
		printf(", unexplained %" PRId64, refs - explained);
	if (refs < explained)
		printf(" (counted twice or changed meanwhile)");
}

static void show_sums(const struct options *o, const struct why *w)
{
	const struct holding *h = &w->h;

	put_short(o, &w->p.graph, w->ns);
	if (h->initial) {
		puts(": always alive, whatever holds it");
		return;
	}
	printf(": ");
	put_sum(h->refs, holding_explained(h, false), "");
	putchar('\n');
	if (h->active_refs >= 0) {
		describe_label(o, "active");
		put_sum(h->active_refs, holding_explained(h, true), "active ");
		putchar('\n');
	}
	if (!h->settled) {
		describe_label(o, "note");
		puts("references changed, or not all could be read: the numbers may not fit");
	}
}

/* Details of a holder: what comes first follows its subject. */
struct details {
	const char *separator;
};

static void separate(struct details *d)
{
	fputs(d->separator, stdout);
	d->separator = ", ";
}

static void detail(struct details *d, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void detail(struct details *d, const char *format, ...)
{
	va_list args;

	separate(d);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

static void detail_text(struct details *d, const struct options *o, const char *text)
{
	separate(d);
	text_put(stdout, text, o->ascii);
}

/* "812 (sh)" */
static void put_who(const struct options *o, int64_t tid, const char *comm)
{
	printf("%s%" PRId64 "%s (", color_on(o->color, COLOR_NUMBER), tid, color_off(o->color));
	text_put(stdout, *comm ? comm : "?", o->ascii);
	putchar(')');
}

static void put_subject(const struct options *o, const struct why *w, const struct holder *x,
			struct details *d)
{
	if (!x->tid)
		return;
	if (x->fd >= 0)
		printf("fd %" PRId64 " of ", x->fd);
	else if (x->state == 'Z')
		printf("%szombie%s ", color_on(o->color, COLOR_GONE), color_off(o->color));
	else if (x->kind == NSINSPECT_HOLDER_KIND_PENDING)
		printf("children of ");
	put_who(o, x->tid, x->comm);
	if (x->kind == NSINSPECT_HOLDER_KIND_PENDING)
		printf(" would be in it");
	d->separator = ": ";
	if (x->tgid == w->self)
		printf(", which is this nsinspect");
	if (x->tid != x->tgid)
		printf(", a thread of %" PRId64, x->tgid);
}

/* Opened at a bind mount that is in no mount namespace any more: of that, the file is the root. */
static bool is_detached(const struct holder *x)
{
	return x->kind == NSINSPECT_HOLDER_KIND_NSFS_FILE && x->path && !strcmp(x->path, "/");
}

/* " in mnt:32294 (of 830)" */
static void put_mnt(const struct options *o, const struct graph *g, const struct holder *x)
{
	printf(" in mnt:%s", describe_inum(o, g, NULL, x->mnt).text);
	if (x->by)
		printf(" (of %u)", x->by);
	else
		printf(" (ours)");
}

static void put_holder(const struct options *o, const struct why *w, const struct holder *x,
		       size_t threads)
{
	const struct graph *g = &w->p.graph;
	struct details d = { "" };
	char words[96];

	put_subject(o, w, x, &d);
	if (threads > 1)
		detail(&d, "%zu threads", threads);
	if (x->inum && x->type >= 0) {
		const struct ns *ns = graph_find_ns(g, (enum nsinspect_ns_type)x->type,
						    (uint32_t)x->inum);

		separate(&d);
		if (ns)
			put_short(o, g, ns);
		else
			printf("%s:[%" PRId64 "]", ns_type_names[x->type], x->inum);
	}
	if (*x->fstype)
		detail_text(&d, o, x->fstype);
	if (x->dev >= 0)
		detail(&d, "device %" PRId64 ":%" PRId64, x->dev >> 20, x->dev & 0xfffff);
	socket_words(x, words, sizeof(words));
	if (*words)
		detail(&d, "%s", words);
	/* A link that only says which namespace it is has nothing new. */
	if (is_detached(x))
		detail(&d, "its mount was detached");
	else if (x->path && (*x->path == '/' || x->kind != NSINSPECT_HOLDER_KIND_NSFS_FILE))
		detail_text(&d, o, x->path);
	else if (!x->path && x->ino && x->kind != NSINSPECT_HOLDER_KIND_NSFS_FILE)
		detail(&d, "inode %" PRIu64, x->ino);
	if (x->mnt)
		put_mnt(o, g, x);
	if (*x->slot && strcmp(x->slot, ns_type_names[w->ns->type]))
		detail_text(&d, o, x->slot);
	if (x->nsproxy)
		detail(&d, "nsproxy %" PRId64, x->nsproxy);
	if (x->nr && threads < 2)
		detail(&d, "number %" PRId64 " in it", x->nr);
	if (x->uid >= 0)
		detail(&d, "uid %" PRId64, x->uid);
	/* There is always something to see. */
	if (!*d.separator)
		printf("one of which nothing is known");
	putchar('\n');
}

/* How many holders from @x on are threads of one process that hold it alike. */
static size_t alike(const struct holder *x, const struct holder *end)
{
	const struct holder *y;

	if (x->fd >= 0 || !x->tgid || x->state == 'Z')
		return 1;
	for (y = x + 1; y < end && y->kind == x->kind && y->tgid == x->tgid && y->fd < 0 &&
	     y->nsproxy == x->nsproxy && !strcmp(y->slot, x->slot) && y->state != 'Z'; y++)
		;
	return (size_t)(y - x);
}

static void show_holders(const struct options *o, const struct why *w, const struct holder *x,
			 const struct holder *end)
{
	size_t lines = 0, n;

	for (; x < end; x += n) {
		n = o->notruncate ? 1 : alike(x, end);
		if (!o->notruncate && lines++ >= LINES_MAX)
			break;
		describe_label(o, "");
		put_holder(o, w, x, n);
	}
	if (x < end) {
		describe_label(o, "");
		printf("and %zu more (-u lists all)\n", (size_t)(end - x));
	}
}

/* "2 references of nsproxies, by 5 tasks"; kinds that share a reference are added up. */
static void put_count(const struct why *w, int64_t first, int64_t last)
{
	int64_t kind, refs = 0, active = 0;
	const char *separator = "";

	for (kind = first; kind <= last; kind++) {
		if (w->h.by_kind[kind].refs > 0)
			refs += w->h.by_kind[kind].refs;
		if (w->h.by_kind[kind].active_refs > 0)
			active += w->h.by_kind[kind].active_refs;
	}
	if (!w->h.initial) {
		printf("%" PRId64 " reference%s", refs, plural(refs));
		if (kinds[first].of)
			printf(" of %s", kinds[first].of);
		if (w->h.active_refs >= 0)
			printf(" (%" PRId64 " active)", active);
		separator = ", by ";
	}
	for (kind = first; kind <= last; kind++) {
		size_t n = w->h.by_kind[kind].seen;

		if (!n)
			continue;
		printf("%s%zu %s", separator, n, n == 1 ? kinds[kind].one : kinds[kind].many);
		separator = ", ";
	}
	putchar('\n');
}

static void show_hidden(const struct options *o, const struct why *w)
{
	if (!w->hidden_known || !w->hidden)
		return;
	describe_label(o, "");
	if (w->hidden < 0) {
		printf("%" PRId64 " more than the kernel counts: descriptors share an open file, or they "
		       "changed meanwhile\n", -w->hidden);
		return;
	}
	printf("%" PRId64 " more, hidden: a detached mount, one in a mount namespace without a task",
	       w->hidden);
	if (w->unread)
		printf(" (there %s %zu)", w->unread == 1 ? "is" : "are", w->unread);
	puts(", or a file of io_uring");
}

static void show_kinds(const struct options *o, const struct why *w)
{
	const struct holder *x = w->h.holders, *end = x + w->h.n, *next;
	int64_t kind, last;

	for (kind = 0; kind < HOLDER_KINDS; kind = last + 1) {
		bool any = false;
		int64_t k;

		last = kind;
		/* Files, mounts and messages are users of one inode. */
		while (last + 1 < HOLDER_KINDS && holding_is_nsfs(kind) && holding_is_nsfs(last + 1))
			last++;
		for (k = kind; k <= last; k++)
			any |= w->h.by_kind[k].seen || w->h.by_kind[k].refs > 0 ||
			       w->h.by_kind[k].active_refs > 0;
		for (next = x; next < end && next->kind <= last; next++)
			;
		if (any) {
			describe_label(o, kinds[kind].label);
			put_count(w, kind, last);
			show_holders(o, w, x, next);
			if (holding_is_nsfs(kind))
				show_hidden(o, w);
		}
		x = next;
	}
	if (w->h.other.refs || w->h.other.seen) {
		describe_label(o, "others");
		printf("%" PRId64 " reference%s, by %zu holder%s of kinds that this nsinspect does not "
		       "know\n", w->h.other.refs, plural(w->h.other.refs), w->h.other.seen,
		       plural((int64_t)w->h.other.seen));
	}
}

/* How many references nothing accounts for; not known of an initial namespace. */
static bool is_unexplained(const struct holding *h)
{
	return !h->initial && h->refs > holding_explained(h, false);
}

static void show_candidates(const struct options *o, const struct why *w)
{
	const char *const *candidate = holding_candidates(w->ns->type);

	if (!is_unexplained(&w->h))
		return;
	describe_label(o, "candidates");
	puts("for what is unexplained, as these cannot be enumerated:");
	for (; *candidate; candidate++) {
		describe_label(o, "");
		puts(*candidate);
	}
}

static void show_steps(const struct options *o, const struct why *w)
{
	size_t i;

	for (i = 0; i < w->steps.n; i++) {
		describe_label(o, i ? "" : "to free");
		if (!o->notruncate && i >= LINES_MAX) {
			printf("and %zu more (-u lists all)\n", w->steps.n - i);
			break;
		}
		text_put(stdout, w->steps.list[i], o->ascii);
		putchar('\n');
	}
	if (w->steps.n || w->h.initial)
		return;
	describe_label(o, "to free");
	puts("nothing that can be named");
}

static void show(const struct options *o, const struct why *w)
{
	show_sums(o, w);
	show_kinds(o, w);
	show_candidates(o, w);
	show_steps(o, w);
}

#define KEY(name) ({ static const struct json_key key_ = JSON_KEY(name); &key_; })

static void put_number(struct json *j, int64_t v)
{
	if (v < 0) {
		*json_room(j, 1) = '-';
		j->n++;
	}
	json_put_number(j, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

static void put_known(struct json *j, const struct json_key *key, bool known, int64_t v)
{
	json_key(j, key);
	if (known)
		put_number(j, v);
	else
		json_put_null(j);
}

static void put_text(struct json *j, const struct json_key *key, const char *text)
{
	if (!text || !*text)
		return;
	json_key(j, key);
	json_put_string(j, text);
}

static void put_explained(struct json *j, const struct explained *e)
{
	json_item(j);
	json_open(j, '{');
	put_text(j, KEY("kind"), kinds[e->kind].name);
	put_known(j, KEY("refs"), true, e->refs > 0 ? e->refs : 0);
	put_known(j, KEY("active_refs"), e->active_refs >= 0, e->active_refs);
	put_known(j, KEY("holders"), true, (int64_t)e->seen);
	json_close(j, '}');
}

static void put_holding(struct json *j, const struct why *w)
{
	const struct holding *h = &w->h;
	const char *const *candidate = holding_candidates(w->ns->type);
	size_t i;

	json_open(j, '{');
	put_known(j, KEY("refs"), h->refs >= 0, h->refs);
	put_known(j, KEY("active_refs"), h->active_refs >= 0, h->active_refs);
	json_key(j, KEY("initial"));
	json_put_bool(j, h->initial);
	json_key(j, KEY("settled"));
	if (h->settled < 0)
		json_put_null(j);
	else
		json_put_bool(j, h->settled);
	json_key(j, KEY("explained"));
	json_open(j, '[');
	for (i = 0; i < HOLDER_KINDS; i++)
		if (h->by_kind[i].refs > 0 || h->by_kind[i].active_refs > 0 || h->by_kind[i].seen)
			put_explained(j, &h->by_kind[i]);
	json_close(j, ']');
	put_known(j, KEY("unexplained"), !h->initial && h->refs >= 0,
		  h->refs - holding_explained(h, false));
	put_known(j, KEY("active_unexplained"), !h->initial && h->active_refs >= 0,
		  h->active_refs - holding_explained(h, true));
	json_key(j, KEY("candidates"));
	json_open(j, '[');
	for (; is_unexplained(h) && *candidate; candidate++) {
		json_item(j);
		json_put_string(j, *candidate);
	}
	json_close(j, ']');
	put_known(j, KEY("nsfs_users"), h->nsfs_users >= 0, h->nsfs_users);
	put_known(j, KEY("nsfs_hidden"), w->hidden_known, w->hidden);
	put_known(j, KEY("files"), h->files >= 0, h->files);
	json_close(j, '}');
}

/* A holder has the keys of what is known of it. */
static void put_holder_json(struct json *j, const struct holder *x)
{
	const char state[2] = { x->state };
	const struct {
		const struct json_key *key;
		bool known;
		int64_t v;
	} numbers[] = {
		{ KEY("tid"), x->tid, x->tid }, { KEY("tgid"), x->tgid, x->tgid },
		{ KEY("fd"), x->fd >= 0, x->fd }, { KEY("nsproxy"), x->nsproxy, x->nsproxy },
		{ KEY("nr"), x->nr, x->nr }, { KEY("inum"), x->inum, x->inum },
		{ KEY("major"), x->dev >= 0, x->dev >> 20 },
		{ KEY("minor"), x->dev >= 0, x->dev & 0xfffff },
		{ KEY("family"), x->family >= 0, x->family },
		{ KEY("socket_type"), x->socket_type >= 0, x->socket_type },
		{ KEY("protocol"), x->protocol >= 0, x->protocol },
		{ KEY("uid"), x->uid >= 0, x->uid }, { KEY("object"), x->object, x->object },
		{ KEY("mnt"), x->mnt, x->mnt },
	};
	char words[96];
	size_t i;

	json_newline(j);
	json_item(j);
	json_open(j, '{');
	put_text(j, KEY("kind"), kinds[x->kind].name);
	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (numbers[i].known)
			put_known(j, numbers[i].key, true, numbers[i].v);
	put_text(j, KEY("comm"), x->comm);
	put_text(j, KEY("state"), state);
	put_text(j, KEY("slot"), x->slot);
	put_text(j, KEY("type"), x->type >= 0 ? ns_type_names[x->type] : NULL);
	put_text(j, KEY("fstype"), x->fstype);
	socket_words(x, words, sizeof(words));
	put_text(j, KEY("socket"), words);
	put_text(j, KEY("path"), x->path);
	if (x->ino) {
		json_key(j, KEY("ino"));
		json_put_number(j, x->ino);
	}
	json_close(j, '}');
}

static void show_json(const struct why *w)
{
	const struct ns *ns = graph_find_ns(&w->answer, w->ns->type, w->ns->inum);
	struct json j;
	size_t i;

	json_begin(&j, stdout);
	json_open(&j, '{');
	render_json_head(&j, &w->answer);
	json_newline(&j);
	json_key(&j, KEY("namespace"));
	render_json_ns(&j, &w->answer, ns);
	json_newline(&j);
	json_key(&j, KEY("holding"));
	put_holding(&j, w);
	json_newline(&j);
	json_key(&j, KEY("holders"));
	json_open(&j, '[');
	for (i = 0; i < w->h.n; i++)
		put_holder_json(&j, &w->h.holders[i]);
	json_close(&j, ']');
	json_newline(&j);
	json_key(&j, KEY("to_free"));
	json_open(&j, '[');
	for (i = 0; i < w->steps.n; i++) {
		json_item(&j);
		json_put_string(&j, w->steps.list[i]);
	}
	json_close(&j, ']');
	json_close(&j, '}');
	json_end(&j);
}

static void why_begin(struct why *w)
{
	memset(w, 0, sizeof(*w));
	w->self = (uint32_t)getpid();
	w->answer.holding = &w->h;
	holding_reset(&w->h);
}

static void why_end(struct why *w)
{
	free(w->supers);
	steps_free(&w->steps);
	graph_free(&w->answer);
	holding_free(&w->h);
	picture_free(&w->p);
}

int cmd_why(const struct options *o, int argc, char **argv)
{
	struct ns_spec spec;
	struct why w;
	int status;

	(void)argc;
	why_begin(&w);
	status = ns_spec_parse(argv[0], &spec);
	if (!status)
		status = find(o, &spec, &w);
	if (!status)
		status = ask(&w);
	if (!status && look_around(&w))
		status = out_of_memory();
	if (!status && o->form == FORM_JSON)
		show_json(&w);
	else if (!status)
		show(o, &w);
	why_end(&w);
	return status;
}
