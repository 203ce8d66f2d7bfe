// SPDX-License-Identifier: GPL-2.0
/*
 * A picture that goes on. What the kernel shares is shared here: an nsproxy is
 * one object for all tasks that were forked without a changed slot.
 *
 * What events do not tell stays as the picture had it (facts, devices) or is not
 * known (reference counts, states of tasks, users after setuid(2)). Which process
 * is a subreaper is not told either: orphans go to the init task of the pid
 * namespace of their parent, until the next picture says where they went.
 *
 * Events that are in the picture already come again. Those from before it was
 * asked for are known by their time, see timeline_since(). Of those from the time
 * of the walk each says what is so after it, and the last one of a task is right;
 * a fork of a task that the picture has changes nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "timeline.h"

/* A table of objects that begin with this. */
struct item {
	struct item *next;
	uint64_t key;
};

struct table {
	struct item **heads;
	size_t n, room;			/* room is a power of two */
};

/* An object in a list, or the list itself. */
struct list {
	struct list *prev, *next;
};

#define container_of(at, type, member) ((type *)((char *)(at) - offsetof(type, member)))
#define for_each(at, list) for ((at) = (list)->next; (at) != (list); (at) = (at)->next)

/* A namespace. */
struct space {
	struct item item;		/* by type and inode number, until it is freed */
	struct list of_all;
	struct ns ns;			/* no pointer in it but ->facts is used */
	struct space *owner, *parent;
	size_t refs;			/* slots, numbers, and namespaces below it */
	bool pictured;			/* the picture had it */
	bool freed;
	uint32_t late;			/* ends that are still to be told, of older ones with its number */
	uint32_t reaper;		/* of a pid namespace: tid of number 1; 0: not known */
	struct link *links;		/* as the picture had them */
	struct ip *ips;
	size_t n_links, n_ips;

	/* only while a graph is made */
	uint32_t node, found;
	int64_t tasks, procs;
};

/* An nsproxy. */
struct set {
	size_t tasks;
	struct space *in[SLOTS];	/* NULL: none, or not known */
	uint32_t id;			/* only while a graph is made */
};

struct number {
	uint32_t nr, level;
	struct space *ns;		/* NULL: not known */
};

struct group;

struct member {
	struct item item;		/* by tid */
	struct group *group;
	struct list of_group;
	struct set *set;		/* NULL: it has none any more, or it is not known */
	struct set *next;		/* of a dead leader: what the thread that execs changes; or NULL */
	struct space *user, *pid;
	struct number *numbers;		/* by rising level */
	size_t n_numbers;
	uint32_t uid;
	char comm[16];
	char state;
	bool kthread;
	bool dead;			/* a zombie, or about to be one */
	bool pictured;			/* the picture had it, and no fork since gave it its number */
	bool named;			/* the names of the picture are its names */
	unsigned int late;		/* tasks that had its number before, and are not reaped yet */
};

/* A thread group; there is one without threads for a parent that is not known. */
struct group {
	struct item item;		/* by tgid */
	struct group *parent;		/* NULL: none */
	struct list of_parent, children, threads;
	size_t alive;
};

struct timeline {
	struct table spaces, members, groups;
	struct list all_spaces;
	struct host host;
	struct snapshot snapshot;
	uint32_t details;
	bool counts;			/* the picture counted, so that all tasks are known */
	bool has_found;
	bool lost;			/* not everything was told since the picture */
	uint64_t since;
	uint64_t pictured;		/* the generation of the picture: what is later is not in it */
};

static void list_init(struct list *list)
{
	list->prev = list->next = list;
}

static void list_add(struct list *list, struct list *at)
{
	at->prev = list->prev;
	at->next = list;
	list->prev->next = at;
	list->prev = at;
}

static void list_del(struct list *at)
{
	at->prev->next = at->next;
	at->next->prev = at->prev;
	list_init(at);
}

static bool list_empty(const struct list *list)
{
	return list->next == list;
}

static struct item **head_of(const struct table *t, uint64_t key)
{
	return &t->heads[key * 0x9e3779b97f4a7c15u >> 32 & (t->room - 1)];
}

static int table_grow(struct table *t)
{
	struct table more = { .n = t->n, .room = t->room ? t->room * 2 : 256 };
	struct item *at, *next;
	size_t i;

	more.heads = calloc(more.room, sizeof(*more.heads));
	if (!more.heads)
		return -ENOMEM;
	for (i = 0; i < t->room; i++) {
		for (at = t->heads[i]; at; at = next) {
			struct item **head = head_of(&more, at->key);

			next = at->next;
			at->next = *head;
			*head = at;
		}
	}
	free(t->heads);
	*t = more;
	return 0;
}

static int table_add(struct table *t, struct item *at, uint64_t key)
{
	struct item **head;

	if (t->n >= t->room && table_grow(t))
		return -ENOMEM;
	at->key = key;
	head = head_of(t, key);
	at->next = *head;
	*head = at;
	t->n++;
	return 0;
}

static void table_del(struct table *t, struct item *at)
{
	struct item **to = head_of(t, at->key);

	while (*to != at)
		to = &(*to)->next;
	*to = at->next;
	t->n--;
}

static struct item *table_find(const struct table *t, uint64_t key)
{
	struct item *at = t->room ? *head_of(t, key) : NULL;

	while (at && at->key != key)
		at = at->next;
	return at;
}

static struct member *find_member(const struct timeline *tl, uint32_t tid)
{
	return (struct member *)table_find(&tl->members, tid);
}

static struct group *find_group(const struct timeline *tl, uint32_t tgid)
{
	return (struct group *)table_find(&tl->groups, tgid);
}

static uint64_t space_key(enum nsinspect_ns_type type, uint32_t inum)
{
	return (uint64_t)type << 32 | inum;
}

/* The living one that this means. Where one side has no id, the number has to do. */
static struct space *find_space(const struct timeline *tl, enum nsinspect_ns_type type,
				const struct event_ns *ns)
{
	struct item *at = table_find(&tl->spaces, space_key(type, ns->inum));

	for (; at; at = at->next) {
		struct space *s = (struct space *)at;

		if (at->key == space_key(type, ns->inum) &&
		    (!ns->id || !s->ns.has_id || s->ns.id == ns->id))
			return s;
	}
	return NULL;
}

static void space_free(struct space *s)
{
	list_del(&s->of_all);
	facts_free(s->ns.facts);
	free(s->links);
	free(s->ips);
	free(s);
}

/* One that is freed goes when nothing refers to it. Lines of owners can have any length. */
static void space_put(struct space *s)
{
	struct space *todo = NULL, *up[2];
	int i;

	if (!s)
		return;
	if (!--s->refs && s->freed) {
		todo = s;
		s->item.next = NULL;
	}
	while (todo) {
		s = todo;
		todo = (struct space *)s->item.next;
		up[0] = s->owner;
		up[1] = s->parent;
		space_free(s);
		for (i = 0; i < 2; i++) {
			if (!up[i] || --up[i]->refs || !up[i]->freed)
				continue;
			up[i]->item.next = (struct item *)todo;
			todo = up[i];
		}
	}
}

static struct space *space_get(struct space *s)
{
	if (s)
		s->refs++;
	return s;
}

/* From here on it is not found any more. */
static void space_end(struct timeline *tl, struct space *s)
{
	table_del(&tl->spaces, &s->item);
	s->freed = true;
	s->refs++;
	space_put(s);
}

static struct space *space_add(struct timeline *tl, enum nsinspect_ns_type type,
			       const struct event_ns *ns)
{
	struct space *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->ns = (struct ns){
		.type = type, .inum = ns->inum, .has_id = ns->id, .id = ns->id, .active = -1,
		.level = -1, .refs = -1, .tasks = -1, .procs = -1, .netnsid = NETNSID_UNKNOWN,
	};
	if (table_add(&tl->spaces, &s->item, space_key(type, ns->inum))) {
		free(s);
		return NULL;
	}
	list_add(&tl->all_spaces, &s->of_all);
	return s;
}

/*
 * The one that an event means. One that nobody told of before, since the picture
 * did not have it or its birth was lost, is known from now on.
 */
static int know_space(struct timeline *tl, enum nsinspect_ns_type type,
		      const struct event_ns *ns, struct space **s)
{
	*s = NULL;
	if (!ns->inum)
		return 0;
	*s = find_space(tl, type, ns);
	if (!*s)
		*s = space_add(tl, type, ns);
	return *s ? 0 : -ENOMEM;
}

/* Is @s in the line above @below, or that one itself? */
static bool is_above(const struct space *s, const struct space *below)
{
	for (; below; below = s->ns.type == NSINSPECT_NS_TYPE_USER ? below->owner : below->parent)
		if (below == s)
			return true;
	return false;
}

static void set_lineage(struct space *s, struct space *owner, struct space *parent)
{
	/* Only a made-up file can have a loop. */
	if (is_above(s, owner))
		owner = NULL;
	if (is_above(s, parent))
		parent = NULL;
	space_get(owner);
	space_get(parent);
	space_put(s->owner);
	space_put(s->parent);
	s->owner = owner;
	s->parent = parent;
}

static void set_put(struct set *set)
{
	int s;

	if (!set || --set->tasks)
		return;
	for (s = 0; s < SLOTS; s++)
		space_put(set->in[s]);
	free(set);
}

/* A set of one task: as another one, which may be NULL, but for some slots. */
static struct set *set_change(const struct set *old, struct space *const to[SLOTS])
{
	struct set *set = calloc(1, sizeof(*set));
	int s;

	if (!set)
		return NULL;
	set->tasks = 1;
	for (s = 0; s < SLOTS; s++)
		set->in[s] = space_get(to[s] ? to[s] : old ? old->in[s] : NULL);
	return set;
}

static struct group *know_group(struct timeline *tl, uint32_t tgid)
{
	struct group *g = find_group(tl, tgid);

	if (g)
		return g;
	g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	if (table_add(&tl->groups, &g->item, tgid)) {
		free(g);
		return NULL;
	}
	list_init(&g->of_parent);
	list_init(&g->children);
	list_init(&g->threads);
	return g;
}

/* One that nobody is in and that nobody has for a parent is not there. */
static void drop_group(struct timeline *tl, struct group *g)
{
	while (g && list_empty(&g->threads) && list_empty(&g->children)) {
		struct group *parent = g->parent;

		list_del(&g->of_parent);
		table_del(&tl->groups, &g->item);
		free(g);
		g = parent;
	}
}

static void set_parent(struct timeline *tl, struct group *g, struct group *parent)
{
	struct group *old = g->parent;

	if (parent == g)
		parent = NULL;
	list_del(&g->of_parent);
	g->parent = parent;
	if (parent)
		list_add(&parent->children, &g->of_parent);
	if (old != parent)
		drop_group(tl, old);
}

/*
 * Where the children of @dead go when the last of its threads has exited. The
 * children of an init task stay: the kernel ends them all.
 */
static struct group *reaper_of(const struct timeline *tl, const struct group *dead,
			       const struct member *last)
{
	const struct member *init = find_member(tl, last->pid ? last->pid->reaper : 0);

	if (!init)
		init = find_member(tl, 1);
	return init && init->group != dead ? init->group : NULL;
}

static void orphan(struct group *dead, struct group *reaper)
{
	struct list *at, *next;

	for (at = dead->children.next; reaper && at != &dead->children; at = next) {
		struct group *child = container_of(at, struct group, of_parent);

		next = at->next;
		/* The caller drops the one that is dead. */
		list_del(at);
		child->parent = child == reaper ? NULL : reaper;
		if (child->parent)
			list_add(&reaper->children, at);
	}
}

/* Numbers of a pid namespace came or went: how many it has is not known any more. */
static void forget_pids(const struct member *m)
{
	size_t i;

	for (i = 0; i < m->n_numbers; i++) {
		struct space *s = m->numbers[i].ns;

		if (s && s->ns.facts)
			s->ns.facts->pids.known = false;
	}
}

static void member_free(struct member *m)
{
	size_t i;

	set_put(m->set);
	set_put(m->next);
	space_put(m->user);
	space_put(m->pid);
	for (i = 0; i < m->n_numbers; i++)
		space_put(m->numbers[i].ns);
	free(m->numbers);
	free(m);
}

static void set_dead(struct timeline *tl, struct member *m)
{
	struct group *g = m->group;

	if (m->dead)
		return;
	m->dead = true;
	if (--g->alive)
		return;
	if (m->pid && m->pid->ns.facts && m->pid->reaper == g->item.key)
		m->pid->ns.facts->dying = true;
	orphan(g, reaper_of(tl, g, m));
}

static void remove_member(struct timeline *tl, struct member *m)
{
	const struct member *init = find_member(tl, 1);
	struct group *g = m->group, *last = init ? init->group : NULL;

	set_dead(tl, m);
	forget_pids(m);
	if (m->pid && m->pid->reaper == m->item.key)
		m->pid->reaper = 0;
	list_del(&m->of_group);
	table_del(&tl->members, &m->item);
	member_free(m);
	if (list_empty(&g->threads) && last != g)
		orphan(g, last);
	drop_group(tl, g);
}

/* What an event says of a newcomer, and what its parent has: @from can be NULL. */
struct birth {
	uint32_t tid, tgid, ppid;
	const struct member *from;
	struct set *set;		/* a reference of its own */
	struct space *user, *pid;
	struct number *numbers;		/* its own, without references */
	size_t n_numbers;
};

/* Whatever happens, what @b has of its own is taken over or freed. */
static struct member *add_member(struct timeline *tl, struct birth *b)
{
	struct member *m = calloc(1, sizeof(*m));
	struct group *g = NULL, *parent = NULL;
	size_t i;

	if (m)
		g = know_group(tl, b->tgid);
	/* Threads that are not reaped yet can be left of a process that had the number before. */
	if (g && b->ppid && !g->alive)
		parent = know_group(tl, b->ppid);
	if (!g || (b->ppid && !g->alive && !parent) ||
	    table_add(&tl->members, &m->item, b->tid)) {
		drop_group(tl, parent);
		drop_group(tl, g);
		set_put(b->set);
		free(b->numbers);
		free(m);
		return NULL;
	}
	if (!g->alive)
		set_parent(tl, g, parent);
	m->group = g;
	list_add(&g->threads, &m->of_group);
	g->alive++;
	m->set = b->set;
	m->user = space_get(b->user);
	m->pid = space_get(b->pid);
	m->numbers = b->numbers;
	m->n_numbers = b->n_numbers;
	for (i = 0; i < m->n_numbers; i++)
		space_get(m->numbers[i].ns);
	if (m->pid && m->n_numbers && m->numbers[m->n_numbers - 1].nr == 1)
		m->pid->reaper = b->tid;
	m->state = '?';
	m->kthread = b->from && b->from->kthread;
	return m;
}

/* The eight slots of nsproxy that an event names. */
static int changed_slots(struct timeline *tl, const struct event *e, struct space *to[SLOTS],
			 bool *any)
{
	int s, err = 0;

	*any = false;
	for (s = 0; s < SLOTS && !err; s++) {
		to[s] = NULL;
		if (!slots[s].nsproxy_attr)
			continue;
		err = know_space(tl, slots[s].type, &e->slots[s].to, &to[s]);
		if (to[s])
			*any = true;
	}
	return err;
}

/* The numbers that an event says, or the one that is known in any case. */
static int make_numbers(struct timeline *tl, const struct event *e, struct birth *b)
{
	const struct member *init = find_member(tl, 1), *of = b->from ? b->from : init;
	struct space *above = NULL;
	size_t i;

	b->n_numbers = e->n_upids ? e->n_upids : 1;
	b->numbers = calloc(b->n_numbers, sizeof(*b->numbers));
	if (!b->numbers)
		return -ENOMEM;
	b->numbers[0] = (struct number){
		.nr = e->tid, .ns = of && of->n_numbers ? of->numbers[0].ns : NULL,
	};
	for (i = 0; i < e->n_upids; i++) {
		const struct event_ns ns = { .inum = e->upids[i].pidns };
		struct space *s;

		if (know_space(tl, NSINSPECT_NS_TYPE_PID, &ns, &s))
			return -ENOMEM;
		b->numbers[i] = (struct number){ e->upids[i].nr, (uint32_t)i, s };
		if (s && s->ns.level < 0) {
			s->ns.level = (int)i;
			if (!s->parent)
				set_lineage(s, s->owner, above);
		}
		above = s;
	}
	if (e->n_upids)
		b->pid = above;
	else if (!e->slots[SLOT_PID].to.inum)
		b->pid = b->from ? b->from->pid : NULL;
	return 0;
}

/* @from: whose slots it has but for those that the event names; NULL: not known. */
static int begin_life(struct timeline *tl, const struct event *e, const struct member *from,
		      struct member **m)
{
	struct birth b = {
		.tid = e->tid, .tgid = e->tgid ? e->tgid : e->tid, .ppid = e->ppid, .from = from,
	};
	struct space *to[SLOTS];
	bool any;

	if (changed_slots(tl, e, to, &any) ||
	    know_space(tl, NSINSPECT_NS_TYPE_USER, &e->slots[SLOT_USER].to, &b.user) ||
	    know_space(tl, NSINSPECT_NS_TYPE_PID, &e->slots[SLOT_PID].to, &b.pid) ||
	    make_numbers(tl, e, &b)) {
		free(b.numbers);
		return -ENOMEM;
	}
	if (!b.user && from)
		b.user = from->user;
	if (any) {
		b.set = set_change(from ? from->set : NULL, to);
		if (!b.set) {
			free(b.numbers);
			return -ENOMEM;
		}
	} else if (from && from->set) {
		b.set = from->set;
		b.set->tasks++;
	}
	*m = add_member(tl, &b);
	if (!*m)
		return -ENOMEM;
	(*m)->uid = e->uid;
	memcpy((*m)->comm, *e->comm || !from ? e->comm : from->comm, sizeof((*m)->comm));
	(*m)->comm[sizeof((*m)->comm) - 1] = '\0';
	forget_pids(*m);
	return 0;
}

static int apply_fork(struct timeline *tl, const struct event *e)
{
	struct member *m = find_member(tl, e->tid);
	unsigned int late = 0;
	int err;

	if (m) {
		/* It is in the picture already, where it has what it has by now. */
		if (!m->dead && m->pictured && !tl->lost)
			return 0;
		/* A zombie of the picture is what this event begins, others had the number before. */
		if (m->dead && !m->pictured)
			late = m->late + 1;
		remove_member(tl, m);
	}
	err = begin_life(tl, e, find_member(tl, e->parent ? e->parent : e->ppid), &m);
	if (!err)
		m->late = late;
	return err;
}

/* A task that nobody told of: what its slots are but for these is not known. */
static int apply_switch(struct timeline *tl, const struct event *e)
{
	struct member *m = find_member(tl, e->tid);
	struct space *to[SLOTS], *user;
	bool any, differs = false;
	struct set *set;
	int s;

	if (!m)
		return begin_life(tl, e, NULL, &m);
	if (changed_slots(tl, e, to, &any) ||
	    know_space(tl, NSINSPECT_NS_TYPE_USER, &e->slots[SLOT_USER].to, &user))
		return -ENOMEM;
	if (m->dead) {
		/* In exec a thread has its leader's number before apply_exec() hears of that. */
		set = any ? set_change(m->next, to) : NULL;
		if (set) {
			set_put(m->next);
			m->next = set;
		}
		return any && !set ? -ENOMEM : 0;
	}
	for (s = 0; s < SLOTS; s++)
		differs |= to[s] && (!m->set || m->set->in[s] != to[s]);
	/* What it has already does not take it away from those that share its set. */
	if (differs) {
		set = set_change(m->set, to);
		if (!set)
			return -ENOMEM;
		set_put(m->set);
		m->set = set;
	}
	if (user && user != m->user) {
		space_put(m->user);
		m->user = space_get(user);
	}
	m->uid = e->uid;
	if (*e->comm)
		memcpy(m->comm, e->comm, sizeof(m->comm) - 1);
	return 0;
}

static void apply_exit(struct timeline *tl, const struct event *e)
{
	struct member *m = find_member(tl, e->tid);

	if (!m || m->dead)
		return;
	set_put(m->set);
	m->set = NULL;
	m->state = 'Z';
	set_dead(tl, m);
}

/*
 * The kernel tells it when the memory of a task is freed, which is later than
 * its number: another one may have that by now.
 */
static void apply_reap(struct timeline *tl, const struct event *e)
{
	struct member *m = find_member(tl, e->tid);

	if (!m)
		return;
	/* One that had begun to exit can have looked alive in the picture. */
	if (m->late)
		m->late--;
	else if (m->dead || m->pictured)
		remove_member(tl, m);
}

/* A thread that execs becomes the leader, and is its only thread then. */
static int apply_exec(struct timeline *tl, const struct event *e)
{
	struct member *m = find_member(tl, e->tid), *mover = NULL;
	struct list *at, *next;

	if (e->old_tid && e->old_tid != e->tid)
		mover = find_member(tl, e->old_tid);
	if (mover && mover->group->item.key == e->tid) {
		struct number *numbers = mover->numbers;
		size_t n = mover->n_numbers;

		if (m && m->next) {
			struct set *set = set_change(mover->set, m->next->in);

			if (!set)
				return -ENOMEM;
			set_put(mover->set);
			mover->set = set;
		}
		/* Its numbers at all levels are those of the leader now. */
		if (m) {
			mover->numbers = m->numbers;
			mover->n_numbers = m->n_numbers;
			m->numbers = numbers;
			m->n_numbers = n;
			remove_member(tl, m);
		} else if (n) {
			mover->numbers[0].nr = e->tid;
			for (mover->n_numbers = 1; n > 1; n--)
				space_put(mover->numbers[n - 1].ns);
		}
		table_del(&tl->members, &mover->item);
		if (table_add(&tl->members, &mover->item, e->tid))
			return -ENOMEM;
		m = mover;
		/* What is reaped under its number is the leader that was. */
		m->pictured = false;
		if (m->pid && m->n_numbers && m->numbers[m->n_numbers - 1].nr == 1)
			m->pid->reaper = e->tid;
	}
	if (!m)
		return 0;
	for (at = m->group->threads.next; at != &m->group->threads; at = next) {
		struct member *other = container_of(at, struct member, of_group);

		next = at->next;
		if (other != m)
			remove_member(tl, other);
	}
	if (*e->comm)
		memcpy(m->comm, e->comm, sizeof(m->comm) - 1);
	m->kthread = false;
	m->named = false;
	return 0;
}

static int apply_create(struct timeline *tl, const struct event *e)
{
	struct space *s, *owner, *parent;
	uint32_t late = 0;

	if (!e->ns.inum || know_space(tl, NSINSPECT_NS_TYPE_USER, &e->owner, &owner) ||
	    know_space(tl, e->type, &e->parent_ns, &parent))
		return e->ns.inum ? -ENOMEM : 0;
	s = find_space(tl, e->type, &e->ns);
	/*
	 * Before 6.18 a pid namespace gives its number back long before its end is
	 * told. What was born after the picture cannot be what is in it.
	 */
	if (s && !e->ns.id && e->type == NSINSPECT_NS_TYPE_PID && e->generation > tl->pictured) {
		late = tl->lost ? 0 : s->late + 1;
		space_end(tl, s);
		s = NULL;
	}
	/* Another one had its number, and that it was freed was not told. */
	if (s && !(e->ns.id && s->ns.has_id) && (s->owner || s->parent) &&
	    (s->owner != owner || s->parent != parent)) {
		space_end(tl, s);
		s = NULL;
	}
	if (!s) {
		s = space_add(tl, e->type, &e->ns);
		if (!s)
			return -ENOMEM;
		s->late = late;
	}
	set_lineage(s, owner, parent);
	if (parent && parent->ns.level >= 0)
		s->ns.level = parent->ns.level + 1;
	return 0;
}

static void apply_free(struct timeline *tl, const struct event *e)
{
	struct space *s = find_space(tl, e->type, &e->ns);

	if (s && s->late)
		s->late--;
	else if (s)
		space_end(tl, s);
}

/**
 * timeline_apply() - let something happen
 * @tl: the picture
 * @e: what happened; of a task or a namespace that is not known, what can be told
 *
 * Takes the same time however many tasks there are; the exit of a process takes
 * time for each of its children, and exec for each thread.
 *
 * Return: 0, or -ENOMEM.
 */
int timeline_apply(struct timeline *tl, const struct event *e)
{
	if (e->generation > tl->snapshot.generation)
		tl->snapshot.generation = e->generation;
	if (e->time_ns < tl->since)
		return 0;
	switch (e->kind) {
	case EVENT_SWITCH:
		return e->tid ? apply_switch(tl, e) : 0;
	case EVENT_FORK:
		return e->tid ? apply_fork(tl, e) : 0;
	case EVENT_CREATE:
		return apply_create(tl, e);
	case EVENT_FREE:
		apply_free(tl, e);
		return 0;
	case EVENT_EXEC:
		return apply_exec(tl, e);
	case EVENT_EXIT:
		apply_exit(tl, e);
		return 0;
	case EVENT_REAP:
		apply_reap(tl, e);
		return 0;
	case EVENT_LOST:
	case EVENT_BLIND:
		tl->lost = true;
		return 0;
	case EVENT_SEEING:
	case EVENT_KINDS:
		break;
	}
	return 0;
}

/**
 * timeline_since() - say when the picture was asked for
 * @tl: the picture
 * @ns: CLOCK_MONOTONIC before it was: what happened earlier is in it
 */
void timeline_since(struct timeline *tl, uint64_t ns)
{
	tl->since = ns;
}

static int copy_text(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return from && !*to ? -ENOMEM : 0;
}

static int copy_map(struct id_map *to, const struct id_map *from)
{
	*to = *from;
	to->list = malloc((from->n + 1) * sizeof(*to->list));
	if (!to->list)
		return -ENOMEM;
	if (from->n)
		memcpy(to->list, from->list, from->n * sizeof(*to->list));
	return 0;
}

/* @to is to be freed in any case. */
static int copy_facts(struct facts **to, const struct facts *from)
{
	struct facts *f;

	*to = NULL;
	if (!from)
		return 0;
	f = malloc(sizeof(*f));
	if (!f)
		return -ENOMEM;
	*f = *from;
	*to = f;
	f->nodename = f->domainname = f->cgroup_root = NULL;
	f->uid_map.list = f->gid_map.list = NULL;
	if (copy_text(&f->nodename, from->nodename) ||
	    copy_text(&f->domainname, from->domainname) ||
	    copy_text(&f->cgroup_root, from->cgroup_root) ||
	    copy_map(&f->uid_map, &from->uid_map) || copy_map(&f->gid_map, &from->gid_map))
		return -ENOMEM;
	return 0;
}

static int copy_host(struct host *to, const struct host *from)
{
	if (copy_text(&to->nodename, from->nodename) || copy_text(&to->release, from->release) ||
	    copy_text(&to->boot_id, from->boot_id))
		return -ENOMEM;
	return 0;
}

static int copy_links(struct space *s, const struct ns *from)
{
	size_t i;

	for (i = 0; i < from->n_links; i++)
		s->n_ips += from->links[i].n_ips;
	s->links = calloc(from->n_links + 1, sizeof(*s->links));
	s->ips = calloc(s->n_ips + 1, sizeof(*s->ips));
	if (!s->links || !s->ips)
		return -ENOMEM;
	s->n_ips = 0;
	for (i = 0; i < from->n_links; i++) {
		struct link *l = &s->links[s->n_links++];

		*l = from->links[i];
		l->ips_at = s->n_ips;
		if (l->n_ips)
			memcpy(s->ips + s->n_ips, l->ips, l->n_ips * sizeof(*s->ips));
		s->n_ips += l->n_ips;
	}
	return 0;
}

/* Where references of a picture lead: a namespace of it, or one that it does not have. */
struct map {
	struct timeline *tl;
	const struct graph *g;
	struct space **spaces;		/* by namespace of ->g */
	struct set **sets;		/* by nsproxy of ->g */
};

static int map_space(const struct map *m, enum nsinspect_ns_type type, const struct ns *ns,
		     uint32_t inum, struct space **s)
{
	const struct event_ns other = { .inum = inum };

	if (ns) {
		*s = m->spaces[ns - m->g->namespaces];
		return 0;
	}
	return know_space(m->tl, type, &other, s);
}

static int begin_spaces(struct map *m)
{
	struct timeline *tl = m->tl;
	size_t i;

	for (i = 0; i < m->g->n_namespaces; i++) {
		const struct ns *ns = &m->g->namespaces[i];
		const struct event_ns as = { ns->inum, ns->has_id ? ns->id : 0 };
		struct space *s = space_add(tl, ns->type, &as);

		if (!s)
			return -ENOMEM;
		m->spaces[i] = s;
		s->pictured = true;
		s->ns.has_id = ns->has_id;
		s->ns.id = ns->id;
		s->ns.initial = ns->initial;
		s->ns.active = ns->active;
		s->ns.level = ns->level;
		s->ns.tasks = ns->tasks;
		s->ns.has_found = ns->has_found;
		s->ns.found = ns->found;
		tl->has_found |= ns->has_found;
		tl->counts &= ns->tasks >= 0;
		if (copy_facts(&s->ns.facts, ns->facts) || copy_links(s, ns))
			return -ENOMEM;
	}
	for (i = 0; i < m->g->n_namespaces; i++) {
		const struct ns *ns = &m->g->namespaces[i];
		struct space *owner, *parent;

		if (map_space(m, NSINSPECT_NS_TYPE_USER, ns->owner, 0, &owner) ||
		    map_space(m, ns->type, ns->parent, 0, &parent))
			return -ENOMEM;
		/* graph_link() has cut what would make a loop. */
		m->spaces[i]->owner = space_get(owner);
		m->spaces[i]->parent = space_get(parent);
	}
	return 0;
}

static int begin_sets(struct map *m)
{
	size_t i;
	int s;

	for (i = 0; i < m->g->n_nsproxies; i++) {
		const struct nsproxy *p = &m->g->nsproxies[i];
		struct space *to[SLOTS] = { NULL };

		for (s = 0; s < SLOTS; s++)
			if (slots[s].nsproxy_attr &&
			    map_space(m, slots[s].type, p->ns[s], p->inum[s], &to[s]))
				return -ENOMEM;
		m->sets[i] = set_change(NULL, to);
		if (!m->sets[i])
			return -ENOMEM;
	}
	return 0;
}

static int begin_member(struct map *m, const struct task *t)
{
	struct birth b = { .tid = t->tid, .tgid = t->tgid, .ppid = t->ppid };
	struct member *member;
	size_t i;
	int err;

	b.numbers = calloc(t->n_upids + 1, sizeof(*b.numbers));
	if (!b.numbers)
		return -ENOMEM;
	b.n_numbers = t->n_upids;
	err = map_space(m, NSINSPECT_NS_TYPE_USER, t->ns[SLOT_USER], t->user_inum, &b.user);
	if (!err)
		err = map_space(m, NSINSPECT_NS_TYPE_PID, t->ns[SLOT_PID], t->pid_inum, &b.pid);
	for (i = 0; i < t->n_upids && !err; i++) {
		const struct upid *u = &t->upids[i];

		b.numbers[i] = (struct number){ .nr = u->nr, .level = u->level };
		err = map_space(m, NSINSPECT_NS_TYPE_PID, u->ns, u->pidns, &b.numbers[i].ns);
	}
	if (err) {
		free(b.numbers);
		return err;
	}
	if (t->nsproxy) {
		b.set = m->sets[t->nsproxy - m->g->nsproxies];
		b.set->tasks++;
	}
	member = add_member(m->tl, &b);
	if (!member)
		return -ENOMEM;
	member->pictured = member->named = true;
	member->uid = t->uid;
	memcpy(member->comm, t->comm, sizeof(member->comm));
	member->state = t->state;
	member->kthread = t->kthread;
	if (!member->set || t->state == 'Z' || t->state == 'X') {
		member->dead = true;
		member->group->alive--;
	}
	return 0;
}

/**
 * timeline_begin() - take over a picture
 * @tl: goes on from it; to be freed by timeline_free()
 * @g: linked; it is copied
 *
 * Return: 0 or -ENOMEM.
 */
int timeline_begin(struct timeline **tl, const struct graph *g)
{
	struct timeline *new = calloc(1, sizeof(*new));
	struct map m = { .tl = new, .g = g };
	size_t i;
	int err;

	*tl = NULL;
	if (!new)
		return -ENOMEM;
	list_init(&new->all_spaces);
	new->snapshot = g->snapshot;
	new->pictured = g->snapshot.generation;
	/* Which user has how many is not in the events. */
	new->details = g->details & ~(uint32_t)NSINSPECT_DETAIL_COUNTERS;
	new->counts = true;
	m.spaces = calloc(g->n_namespaces + 1, sizeof(struct space *));
	m.sets = calloc(g->n_nsproxies + 1, sizeof(struct set *));
	err = m.spaces && m.sets ? copy_host(&new->host, &g->host) : -ENOMEM;
	if (!err)
		err = begin_spaces(&m);
	if (!err)
		err = begin_sets(&m);
	for (i = 0; i < g->n_tasks && !err; i++)
		err = begin_member(&m, &g->tasks[i]);
	/* From now on only tasks hold them. */
	for (i = 0; m.sets && i < g->n_nsproxies; i++)
		set_put(m.sets[i]);
	free(m.spaces);
	free(m.sets);
	if (err)
		timeline_free(new);
	else
		*tl = new;
	return err;
}

static void free_members(struct timeline *tl)
{
	struct item *at, *next;
	size_t i;

	for (i = 0; i < tl->members.room; i++)
		for (at = tl->members.heads[i]; at; at = next) {
			next = at->next;
			member_free((struct member *)at);
		}
	for (i = 0; i < tl->groups.room; i++)
		for (at = tl->groups.heads[i]; at; at = next) {
			next = at->next;
			free(at);
		}
}

/**
 * timeline_free() - free a picture that went on
 * @tl: may be NULL
 */
void timeline_free(struct timeline *tl)
{
	if (!tl)
		return;
	free_members(tl);
	/* All at once: whom they refer to does not matter any more. */
	while (!list_empty(&tl->all_spaces))
		space_free(container_of(tl->all_spaces.next, struct space, of_all));
	free(tl->spaces.heads);
	free(tl->members.heads);
	free(tl->groups.heads);
	free(tl->host.nodename);
	free(tl->host.release);
	free(tl->host.boot_id);
	free(tl);
}

/* One that is freed is shown as long as something that is shown refers to it. */
static bool is_there(const struct space *s)
{
	return !s->freed || s->refs;
}

static void count_member(struct space *s, bool leader)
{
	if (!s)
		return;
	s->tasks++;
	s->procs += leader;
	s->found |= NSINSPECT_FOUND_TASK;
}

/* Members of each namespace, nsproxies and the room that all of it takes. */
static void survey(const struct timeline *tl, struct graph *g)
{
	struct list *at;
	size_t i;
	int s;

	for_each(at, &tl->all_spaces) {
		struct space *space = container_of(at, struct space, of_all);

		space->tasks = space->procs = 0;
		space->found = 0;
		space->node = 0;
		if (!is_there(space))
			continue;
		space->node = (uint32_t)++g->n_namespaces;
		g->n_links += space->n_links;
		g->n_ips += space->n_ips;
	}
	for_each(at, &tl->all_spaces) {
		struct space *space = container_of(at, struct space, of_all);

		if (space->owner)
			space->owner->found |= NSINSPECT_FOUND_LINEAGE;
		if (space->parent)
			space->parent->found |= NSINSPECT_FOUND_LINEAGE;
	}
	for (i = 0; i < tl->members.room; i++) {
		struct item *item;

		for (item = tl->members.heads[i]; item; item = item->next) {
			struct member *m = (struct member *)item;
			bool leader = m->group->item.key == item->key;

			g->n_upids += m->n_numbers;
			count_member(m->user, leader);
			count_member(m->pid, leader);
			if (!m->set)
				continue;
			m->set->id = 0;
			for (s = 0; s < SLOTS; s++) {
				if (slots[s].current == (enum slot)s)
					count_member(m->set->in[s], leader);
				else if (m->set->in[s])
					m->set->in[s]->found |= NSINSPECT_FOUND_PENDING;
			}
		}
	}
	g->n_tasks = tl->members.n;
}

static int cmp_member(const void *a, const void *b)
{
	const struct member *x = *(struct member *const *)a, *y = *(struct member *const *)b;

	return (x->item.key > y->item.key) - (x->item.key < y->item.key);
}

/* Those that a task leads to are in use; of the others only what the picture said is known. */
static int active_of(const struct space *s)
{
	if (s->tasks)
		return 1;
	return s->pictured && !s->ns.tasks ? s->ns.active : -1;
}

static void put_links(const struct timeline *tl, struct graph *g, const struct space *s)
{
	size_t i;

	for (i = 0; i < s->n_links; i++) {
		struct link *l = &g->links[g->n_links++];
		const struct event_ns peer = { .inum = s->links[i].peer_net_inum };
		const struct space *there = find_space(tl, NSINSPECT_NS_TYPE_NET, &peer);

		*l = s->links[i];
		l->ips_at += g->n_ips;
		l->net_node = s->node;
		/* Another namespace can have the number by now. */
		if (there && !there->pictured)
			there = NULL;
		l->peer_net_node = there ? there->node : 0;
		if (l->peer_net_inum && !there)
			l->peer_net_inum = l->peer_ifindex = 0;
	}
	if (s->n_ips)
		memcpy(g->ips + g->n_ips, s->ips, s->n_ips * sizeof(*s->ips));
	g->n_ips += s->n_ips;
}

static int put_spaces(const struct timeline *tl, struct graph *g)
{
	const uint32_t ways = NSINSPECT_FOUND_TASK | NSINSPECT_FOUND_PENDING |
			      NSINSPECT_FOUND_LINEAGE;
	struct list *at;

	for_each(at, &tl->all_spaces) {
		const struct space *s = container_of(at, struct space, of_all);
		struct ns *ns;

		if (!is_there(s))
			continue;
		ns = &g->namespaces[g->n_namespaces++];
		*ns = s->ns;
		ns->facts = NULL;
		ns->node = s->node;
		ns->seq = s->node - 1;
		ns->active = active_of(s);
		ns->tasks = tl->counts ? s->tasks : -1;
		ns->procs = tl->counts ? s->procs : -1;
		ns->owner_inum = s->owner ? s->owner->ns.inum : 0;
		ns->owner_node = s->owner ? s->owner->node : 0;
		ns->parent_inum = s->parent ? s->parent->ns.inum : 0;
		ns->parent_node = s->parent ? s->parent->node : 0;
		ns->found = (s->ns.found & ~ways) | s->found;
		ns->has_found = tl->has_found && ns->found;
		if (copy_facts(&ns->facts, s->ns.facts))
			return -ENOMEM;
		put_links(tl, g, s);
	}
	return 0;
}

static uint32_t put_set(struct graph *g, struct set *set, bool counts)
{
	struct nsproxy *p;
	int s;

	if (!set)
		return 0;
	if (set->id)
		return set->id;
	p = &g->nsproxies[g->n_nsproxies++];
	set->id = p->id = (uint32_t)g->n_nsproxies;
	p->refs = -1;
	p->tasks = counts ? (int64_t)set->tasks : -1;
	for (s = 0; s < SLOTS; s++) {
		p->inum[s] = set->in[s] ? set->in[s]->ns.inum : 0;
		p->node[s] = set->in[s] ? set->in[s]->node : 0;
	}
	return p->id;
}

static void put_member(const struct timeline *tl, struct graph *g, const struct member *m)
{
	struct task *t = &g->tasks[g->n_tasks++];
	size_t i;

	t->tid = (uint32_t)m->item.key;
	t->tgid = (uint32_t)m->group->item.key;
	t->ppid = m->group->parent ? (uint32_t)m->group->parent->item.key : 0;
	t->uid = m->uid;
	memcpy(t->comm, m->comm, sizeof(t->comm));
	t->state = m->state;
	t->kthread = m->kthread;
	t->nsproxy_id = put_set(g, m->set, tl->counts);
	t->user_inum = m->user ? m->user->ns.inum : 0;
	t->user_node = m->user ? m->user->node : 0;
	t->pid_inum = m->pid ? m->pid->ns.inum : 0;
	t->pid_node = m->pid ? m->pid->node : 0;
	t->n_upids = m->n_numbers;
	t->upids_at = g->n_upids;
	for (i = 0; i < m->n_numbers; i++) {
		const struct number *n = &m->numbers[i];

		g->upids[g->n_upids++] = (struct upid){
			.nr = n->nr, .level = n->level, .pidns = n->ns ? n->ns->ns.inum : 0,
			.pidns_node = n->ns ? n->ns->node : 0,
		};
	}
}

static int make_room(struct graph *g)
{
	g->namespaces = calloc(g->n_namespaces + 1, sizeof(*g->namespaces));
	g->nsproxies = calloc(g->n_tasks + 1, sizeof(*g->nsproxies));
	g->tasks = calloc(g->n_tasks + 1, sizeof(*g->tasks));
	g->upids = calloc(g->n_upids + 1, sizeof(*g->upids));
	g->links = calloc(g->n_links + 1, sizeof(*g->links));
	g->ips = calloc(g->n_ips + 1, sizeof(*g->ips));
	g->n_namespaces = g->n_tasks = g->n_upids = g->n_links = g->n_ips = 0;
	return g->namespaces && g->nsproxies && g->tasks && g->upids && g->links && g->ips ? 0 :
	       -ENOMEM;
}

static struct member **sort_members(const struct timeline *tl)
{
	struct member **list = calloc(tl->members.n + 1, sizeof(*list));
	size_t i, n = 0;
	struct item *at;

	for (i = 0; list && i < tl->members.room; i++)
		for (at = tl->members.heads[i]; at; at = at->next)
			list[n++] = (struct member *)at;
	if (n)
		qsort(list, n, sizeof(*list), cmp_member);
	return list;
}

/**
 * timeline_graph() - the picture as it is by now
 * @tl: the picture
 * @g: linked; to be freed by graph_free() in any case
 *
 * Return: 0 or -ENOMEM.
 */
int timeline_graph(const struct timeline *tl, struct graph *g)
{
	struct member **list;
	size_t i;
	int err;

	memset(g, 0, sizeof(*g));
	list = sort_members(tl);
	survey(tl, g);
	g->snapshot = tl->snapshot;
	if (tl->lost)
		g->snapshot.consistent = 0;
	g->has_snapshot = true;
	g->details = tl->details;
	err = make_room(g);
	if (!list)
		err = -ENOMEM;
	if (!err)
		err = copy_host(&g->host, &tl->host);
	if (!err)
		err = put_spaces(tl, g);
	for (i = 0; !err && i < tl->members.n; i++)
		put_member(tl, g, list[i]);
	free(list);
	g->snapshot.namespaces = (uint32_t)g->n_namespaces;
	g->snapshot.nsproxies = (uint32_t)g->n_nsproxies;
	g->snapshot.tasks = g->snapshot.walked = (uint32_t)g->n_tasks;
	g->snapshot.links = (uint32_t)g->n_links;
	g->snapshot.counters = 0;
	return err ? err : graph_link(g);
}

static const struct space *slot_of(const struct member *m, enum slot slot)
{
	if (slot == SLOT_USER)
		return m->user;
	if (slot == SLOT_PID)
		return m->pid;
	return m->set ? m->set->in[slot] : NULL;
}

/**
 * timeline_member() - who is in a namespace?
 * @tl: the picture
 * @slot: the slot in which the namespace has to be
 * @ns: the namespace
 * @but: a task that is not meant
 *
 * Looks at all tasks.
 *
 * Return: the lowest tid, leaders first, of no zombie; 0 when none is known.
 */
uint32_t timeline_member(const struct timeline *tl, enum slot slot, const struct event_ns *ns,
			 uint32_t but)
{
	const struct space *s = find_space(tl, slots[slot].type, ns);
	uint32_t leader = 0, thread = 0;
	struct item *at;
	size_t i;

	for (i = 0; s && i < tl->members.room; i++) {
		for (at = tl->members.heads[i]; at; at = at->next) {
			const struct member *m = (struct member *)at;
			uint32_t tid = (uint32_t)at->key;
			uint32_t *to = m->group->item.key == at->key ? &leader : &thread;

			if (!m->dead && tid != but && slot_of(m, slot) == s && (!*to || tid < *to))
				*to = tid;
		}
	}
	return leader ? leader : thread;
}

/**
 * timeline_below() - is a task, or its thread group, another one or below it?
 * @tl: the picture
 * @tid: a task
 * @ancestor: a task or a thread group
 *
 * Return: whether; not of a task that is not known.
 */
bool timeline_below(const struct timeline *tl, uint32_t tid, uint32_t ancestor)
{
	const struct member *m = find_member(tl, tid), *a = find_member(tl, ancestor);
	const struct group *g = m ? m->group : NULL;
	size_t limit = tl->groups.n;

	if (!tid || !ancestor)
		return false;
	if (tid == ancestor)
		return true;
	if (a)
		ancestor = (uint32_t)a->group->item.key;
	/* Only a made-up file has more steps than there are processes. */
	for (; g && limit--; g = g->parent)
		if (g->item.key == ancestor)
			return true;
	return false;
}

/**
 * timeline_tgid() - the thread group of a task
 * @tl: the picture
 * @tid: the task
 *
 * Return: its number; 0 when the task is not known.
 */
uint32_t timeline_tgid(const struct timeline *tl, uint32_t tid)
{
	const struct member *m = find_member(tl, tid);

	return m ? (uint32_t)m->group->item.key : 0;
}

/**
 * timeline_comm() - what a task is called now
 * @tl: the picture
 * @tid: the task
 *
 * Return: its name, until something else happens; NULL when it is not known.
 */
const char *timeline_comm(const struct timeline *tl, uint32_t tid)
{
	const struct member *m = find_member(tl, tid);

	return m ? m->comm : NULL;
}

/**
 * timeline_named() - does a task still go by the names that the picture had for it?
 * @tl: the picture
 * @tid: the task
 *
 * Return: whether it is the task of the picture, and no exec gave it another program.
 */
bool timeline_named(const struct timeline *tl, uint32_t tid)
{
	const struct member *m = find_member(tl, tid);

	return m && m->named;
}

/**
 * timeline_has() - is a namespace of the picture still there?
 * @tl: the picture
 * @type: its type
 * @inum: its inode number
 *
 * Return: whether; not if another one has the number now.
 */
bool timeline_has(const struct timeline *tl, enum nsinspect_ns_type type, uint32_t inum)
{
	const struct event_ns ns = { .inum = inum };
	const struct space *s = find_space(tl, type, &ns);

	return s && s->pictured;
}
