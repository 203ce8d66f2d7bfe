// SPDX-License-Identifier: GPL-2.0
/*
 * Schema nsinspect/1. One node a line, so that two pictures can be compared
 * line by line.
 *
 * The text is written by hand: making and printing json-c's objects for 4,000
 * tasks takes ten times the instructions of all the rest.
 */
#include "columns.h"
#include "containers.h"
#include "facts.h"
#include "json_writer.h"
#include "mounts.h"
#include "render.h"

/* In the order of the schema: keys are only ever added. */
static const enum ns_field ns_keys[] = {
	COL_TYPE, COL_NS, COL_ID, COL_INITIAL, COL_ACTIVE, COL_ONS, NS_OWNER_NODE, COL_PNS,
	NS_PARENT_NODE, COL_LEVEL, COL_REFS, COL_TASKS, COL_NPROCS, COL_NAME, NS_NODE, COL_NSFS,
	NS_FOUND, COL_CREATOR, COL_HOSTNAME, COL_DOMAINNAME, COL_MSG, COL_SEM, COL_SHM,
	COL_SHM_BYTES, NS_MONOTONIC_NS, NS_BOOTTIME_NS, COL_CGROUP_ROOT, COL_REAPER, COL_PIDS,
	COL_DYING, COL_PID_MAX, COL_OWNER_UID, COL_OWNER_GID, NS_UID_MAP, NS_GID_MAP,
	COL_SETGROUPS, NS_NSID, NS_LINKS,
};

/* Keys of what has no table of fields. */
#define KEY(name) ({ static const struct json_key key_ = JSON_KEY(name); &key_; })

static inline void put_value(struct json *j, struct value v)
{
	switch (v.kind) {
	case VALUE_NUMBER:
		json_put_number(j, v.number);
		break;
	case VALUE_STRING:
		json_put_string(j, v.string);
		break;
	case VALUE_BOOL:
		json_put_bool(j, v.truth);
		break;
	case VALUE_SIGNED:
		json_put_signed(j, v.signed_number);
		break;
	case VALUE_LIST:
	case VALUE_NONE:
		json_put_null(j);
		break;
	}
}

static inline void put_field(struct json *j, const struct field *field, struct value v)
{
	if (v.kind == VALUE_NONE && field->optional)
		return;
	json_key(j, &field->key);
	put_value(j, v);
}

static void put_number(struct json *j, const struct json_key *key, uint64_t v)
{
	json_key(j, key);
	json_put_number(j, v);
}

static void put_known(struct json *j, const struct json_key *key, bool known, uint64_t v)
{
	json_key(j, key);
	if (known)
		json_put_number(j, v);
	else
		json_put_null(j);
}

static void put_string(struct json *j, const struct json_key *key, const char *s)
{
	json_key(j, key);
	json_put_string(j, s);
}

static void put_found(struct json *j, const struct ns *ns)
{
	size_t i;

	if (!ns->has_found) {
		json_put_null(j);
		return;
	}
	json_open(j, '[');
	for (i = 0; i < FOUND_WAYS; i++) {
		if (!(ns->found & found_ways[i].bit))
			continue;
		json_item(j);
		json_put_string(j, found_ways[i].key);
	}
	json_close(j, ']');
}

static void put_map(struct json *j, const struct id_map *map)
{
	size_t i;

	if (!map || !map->known) {
		json_put_null(j);
		return;
	}
	json_open(j, '[');
	for (i = 0; i < map->n; i++) {
		json_item(j);
		json_open(j, '{');
		put_number(j, KEY("first"), map->list[i].first);
		put_number(j, KEY("lower_first"), map->list[i].lower_first);
		put_number(j, KEY("count"), map->list[i].count);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_link(struct json *j, const struct link *l)
{
	char buffer[FACT_TEXT_MAX];
	size_t i;

	json_open(j, '{');
	put_number(j, KEY("ifindex"), l->ifindex);
	put_string(j, KEY("name"), l->name);
	put_string(j, KEY("kind"), *l->kind ? l->kind : NULL);
	put_number(j, KEY("flags"), l->flags);
	put_string(j, KEY("operstate"), link_state_text(l));
	put_string(j, KEY("address"), link_address_text(l, buffer, sizeof(buffer)));
	put_known(j, KEY("master"), l->master, l->master);
	put_known(j, KEY("peer_ifindex"), l->peer_ifindex, l->peer_ifindex);
	put_known(j, KEY("peer_net"), l->peer_net_inum, l->peer_net_inum);
	if (l->peer_net_node)
		put_number(j, KEY("peer_net_node"), l->peer_net_node);
	json_key(j, KEY("addresses"));
	json_open(j, '[');
	for (i = 0; i < l->n_ips; i++) {
		json_item(j);
		json_put_string(j, ip_text(&l->ips[i], buffer, sizeof(buffer)));
	}
	json_close(j, ']');
	put_number(j, KEY("address_count"), l->all_ips);
	json_close(j, '}');
}

static void put_list(struct json *j, enum ns_field field, const struct ns *ns)
{
	size_t i;

	switch (field) {
	case NS_UID_MAP:
		put_map(j, ns->facts ? &ns->facts->uid_map : NULL);
		break;
	case NS_GID_MAP:
		put_map(j, ns->facts ? &ns->facts->gid_map : NULL);
		break;
	case NS_LINKS:
		json_open(j, '[');
		for (i = 0; i < ns->n_links; i++) {
			json_item(j);
			put_link(j, &ns->links[i]);
		}
		json_close(j, ']');
		break;
	default:
		put_found(j, ns);
	}
}

/* Facts are of some types only, and in no picture that was taken without them. */
static inline bool has_key(const struct field *field, const struct ns *ns, uint32_t details)
{
	if (!field->types)
		return true;
	return field->types & 1u << ns->type && columns_details(field->need) & details;
}

static void put_ns(struct json *j, const struct ns *ns, uint32_t details)
{
	char buffer[VALUE_TEXT_MAX];
	size_t i;

	json_open(j, '{');
	for (i = 0; i < sizeof(ns_keys) / sizeof(*ns_keys); i++) {
		const struct field *field = &ns_fields[ns_keys[i]];

		if (!has_key(field, ns, details))
			continue;
		if (field->type == VALUE_LIST) {
			json_key(j, &field->key);
			put_list(j, ns_keys[i], ns);
		} else {
			put_field(j, field, field->get.ns(ns, buffer));
		}
	}
	if (ns->mounts) {
		json_key(j, KEY("mounts"));
		mounts_json(j, ns->mounts, NULL);
	}
	json_close(j, '}');
}

/* The slots of an nsproxy that are inode numbers, or nodes where these are not unique. */
static void put_slots(struct json *j, const uint32_t *numbers, bool optional)
{
	int s;

	json_open(j, '{');
	for (s = 0; s < SLOTS; s++) {
		if (!slots[s].nsproxy_attr || (optional && !numbers[s]))
			continue;
		json_name(j, slots[s].name);
		if (numbers[s])
			json_put_number(j, numbers[s]);
		else
			json_put_null(j);
	}
	json_close(j, '}');
}

static bool any(const uint32_t *numbers)
{
	int s;

	for (s = 0; s < SLOTS; s++)
		if (numbers[s])
			return true;
	return false;
}

static void put_nsproxy(struct json *j, const struct nsproxy *p)
{
	json_open(j, '{');
	put_number(j, KEY("id"), p->id);
	put_known(j, KEY("refs"), p->refs >= 0, (uint64_t)p->refs);
	put_known(j, KEY("tasks"), p->tasks >= 0, (uint64_t)p->tasks);
	json_key(j, KEY("ns"));
	put_slots(j, p->inum, false);
	if (any(p->node)) {
		json_key(j, KEY("ns_node"));
		put_slots(j, p->node, true);
	}
	json_close(j, '}');
}

static void put_upid(struct json *j, const struct upid *u)
{
	json_item(j);
	json_open(j, '{');
	put_number(j, KEY("nr"), u->nr);
	put_known(j, KEY("pidns"), u->pidns, u->pidns);
	if (u->pidns_node)
		put_number(j, KEY("pidns_node"), u->pidns_node);
	put_number(j, KEY("level"), u->level);
	json_close(j, '}');
}

static void put_container(struct json *j, const struct task *t)
{
	struct container c;

	json_key(j, KEY("container"));
	if (!t->cgroup || !container_of(t->cgroup, &c)) {
		json_put_null(j);
		return;
	}
	json_open(j, '{');
	put_string(j, KEY("runtime"), c.runtime);
	put_string(j, KEY("id"), c.id);
	put_string(j, KEY("name"), *c.name ? c.name : NULL);
	json_close(j, '}');
}

static void put_task(struct json *j, const struct task *t)
{
	char buffer[VALUE_TEXT_MAX];
	size_t i;

	json_open(j, '{');
	for (i = 0; i < TASK_FIELDS; i++)
		put_field(j, &task_fields[i], task_fields[i].get.task(t, buffer));
	json_key(j, KEY("pids"));
	json_open(j, '[');
	for (i = 0; i < t->n_upids; i++)
		put_upid(j, &t->upids[i]);
	json_close(j, ']');
	put_container(j, t);
	json_close(j, '}');
}

static void put_host(struct json *j, const struct host *host)
{
	json_newline(j);
	json_key(j, KEY("host"));
	json_open(j, '{');
	put_string(j, KEY("nodename"), host->nodename);
	put_string(j, KEY("release"), host->release);
	put_string(j, KEY("boot_id"), host->boot_id);
	json_close(j, '}');
}

static void put_snapshot(struct json *j, const struct snapshot *s)
{
	static const char *const watch[] = {
		[NSINSPECT_WATCH_ON] = "on", [NSINSPECT_WATCH_OFF] = "off",
		[NSINSPECT_WATCH_MISSING] = "missing",
	};
	static const char *const coverage[] = {
		[NSINSPECT_COVERAGE_TASKS] = "tasks", [NSINSPECT_COVERAGE_FOUND] = "found",
		[NSINSPECT_COVERAGE_ALL] = "all",
	};

	json_newline(j);
	json_key(j, KEY("snapshot"));
	json_open(j, '{');
	put_number(j, KEY("time_ns"), s->time_ns);
	put_number(j, KEY("generation"), s->generation);
	json_key(j, KEY("consistent"));
	if (s->consistent < 0)
		json_put_null(j);
	else
		json_put_bool(j, s->consistent);
	put_number(j, KEY("walked"), s->walked);
	put_number(j, KEY("walk_ns"), s->walk_ns);
	put_number(j, KEY("bytes"), s->bytes);
	put_known(j, KEY("generation_begin"), s->has_generation_begin, s->generation_begin);
	put_known(j, KEY("load"), s->has_load, s->load);
	put_known(j, KEY("boottime_ns"), s->has_boottime, s->boottime_ns);
	put_string(j, KEY("watch"), s->watch < 0 ? NULL : watch[s->watch]);
	put_string(j, KEY("coverage"), s->coverage < 0 ? NULL : coverage[s->coverage]);
	json_close(j, '}');
}

static void put_counter(struct json *j, const struct counter *c)
{
	size_t i;

	json_open(j, '{');
	put_number(j, KEY("user"), c->user_inum);
	if (c->user_node)
		put_number(j, KEY("user_node"), c->user_node);
	put_number(j, KEY("uid"), c->uid);
	json_key(j, KEY("use"));
	json_open(j, '[');
	for (i = 0; i < c->n_uses; i++) {
		json_item(j);
		json_open(j, '{');
		put_string(j, KEY("type"), ns_type_names[c->uses[i].type]);
		put_number(j, KEY("count"), c->uses[i].count);
		put_number(j, KEY("limit"), c->uses[i].limit);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void put_counters(struct json *j, const struct graph *g)
{
	size_t i;

	json_newline(j);
	json_key(j, KEY("counters"));
	json_open(j, '[');
	for (i = 0; i < g->n_counters; i++) {
		json_newline(j);
		put_counter(j, &g->counters[i]);
	}
	json_close(j, ']');
}

static void put_shared(struct json *j, const struct set *set)
{
	int s;

	json_open(j, '{');
	for (s = 0; s < SLOTS; s++) {
		if (set->in[s].sets < 2)
			continue;
		json_name(j, slots[s].name);
		json_open(j, '{');
		put_number(j, KEY("set"), set->in[s].with);
		put_number(j, KEY("sets"), set->in[s].sets);
		json_close(j, '}');
	}
	json_close(j, '}');
}

static void put_set(struct json *j, const struct set *set)
{
	/* What the task says that stands for all of the set. */
	static const enum task_field of_task[] = {
		TASK_USER, TASK_USER_NODE, TASK_PID, TASK_PID_NODE,
	};
	char buffer[VALUE_TEXT_MAX];
	size_t i;
	int s;

	json_open(j, '{');
	for (i = 0; i < SET_FIELDS; i++)
		if (set_fields[i].key.n)
			put_field(j, &set_fields[i], set_fields[i].get.set(set, buffer));
	for (i = 0; i < sizeof(of_task) / sizeof(*of_task); i++) {
		const struct field *field = &task_fields[of_task[i]];

		put_field(j, field, field->get.task(set->first, buffer));
	}
	json_key(j, KEY("own"));
	json_open(j, '[');
	for (s = 0; s < SLOTS; s++) {
		if (set->in[s].sets != 1)
			continue;
		json_item(j);
		json_put_string(j, slots[s].name);
	}
	json_close(j, ']');
	json_key(j, KEY("shared"));
	put_shared(j, set);
	json_close(j, '}');
}

static void put_sets(struct json *j, const struct sets *sets)
{
	size_t i;

	json_newline(j);
	json_key(j, KEY("sets"));
	json_open(j, '[');
	for (i = 0; i < sets->n; i++) {
		json_newline(j);
		put_set(j, &sets->list[i]);
	}
	json_close(j, ']');
	json_newline(j);
	put_number(j, KEY("tasks_without_set"), sets->without);
}

/**
 * render_json_head() - write what every object of the schema begins with
 * @j: the writer, in the object
 * @g: a linked graph
 */
void render_json_head(struct json *j, const struct graph *g)
{
	put_string(j, KEY("schema"), "nsinspect/1");
	put_host(j, &g->host);
	put_snapshot(j, &g->snapshot);
}

/**
 * render_json_ns() - write one namespace
 * @j: the writer, after a key or an item
 * @g: a linked graph
 * @ns: a namespace in it
 */
void render_json_ns(struct json *j, const struct graph *g, const struct ns *ns)
{
	put_ns(j, ns, g->details);
}

/**
 * render_json() - write a graph as JSON
 * @g: a linked graph
 * @out: where to
 *
 * Return: 0.
 */
int render_json(const struct graph *g, FILE *out)
{
	return render_json_sets(g, NULL, out);
}

/**
 * render_json_sets() - write a graph and its sets as JSON
 * @g: a linked graph
 * @sets: what sets_find() found in it; NULL: only the graph
 * @out: where to
 *
 * Return: 0.
 */
int render_json_sets(const struct graph *g, const struct sets *sets, FILE *out)
{
	struct json j;
	size_t i;

	json_begin(&j, out);
	json_open(&j, '{');
	render_json_head(&j, g);
	json_newline(&j);
	json_key(&j, KEY("namespaces"));
	json_open(&j, '[');
	for (i = 0; i < g->n_namespaces; i++) {
		json_newline(&j);
		put_ns(&j, &g->namespaces[i], g->details);
	}
	json_close(&j, ']');
	json_newline(&j);
	json_key(&j, KEY("nsproxies"));
	json_open(&j, '[');
	for (i = 0; i < g->n_nsproxies; i++) {
		json_newline(&j);
		put_nsproxy(&j, &g->nsproxies[i]);
	}
	json_close(&j, ']');
	json_newline(&j);
	json_key(&j, KEY("tasks"));
	json_open(&j, '[');
	for (i = 0; i < g->n_tasks; i++) {
		json_newline(&j);
		put_task(&j, &g->tasks[i]);
	}
	json_close(&j, ']');
	if (g->details & NSINSPECT_DETAIL_COUNTERS)
		put_counters(&j, g);
	if (sets)
		put_sets(&j, sets);
	json_close(&j, '}');
	json_end(&j);
	return 0;
}
