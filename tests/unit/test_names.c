// SPDX-License-Identifier: GPL-2.0
/* Names: which namespace gets which, and that many of them cost no more each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "containers.h"
#include "messages.h"

#define MOUNTS 30000

static void add(struct names *names, enum name_kind kind, enum nsinspect_ns_type type,
		uint32_t number, const char *text)
{
	assert_int_equal(names_add(names, kind, type, number, text), 0);
}

/* All mounts of a namespace are in one list, in order, once. */
static void test_many_mounts(void **state)
{
	struct names names = { 0 };
	struct capture c;
	struct graph g;
	char path[32], *at;
	int i;

	(void)state;
	world(&c);
	decoded(&g, &c);
	/* 7919 is a prime number: each comes once, and not in order. */
	for (i = 0; i < MOUNTS; i++) {
		snprintf(path, sizeof(path), "/mnt/%05d", (int)((long)i * 7919 % MOUNTS));
		add(&names, NAME_NSFS, NSINSPECT_NS_TYPE_NET, OWN_NET, path);
	}
	add(&names, NAME_NSFS, NSINSPECT_NS_TYPE_UTS, THREAD_UTS, "/mnt/uts");
	add(&names, NAME_NSFS, NSINSPECT_NS_TYPE_UTS, 7, "/mnt/of another picture");
	assert_int_equal(names_set(&names, &g), 0);

	at = graph_find_ns(&g, NSINSPECT_NS_TYPE_NET, OWN_NET)->nsfs;
	assert_non_null(at);
	assert_int_equal(strlen(at), MOUNTS * strlen("/mnt/00000,") - 1);
	for (i = 0; i < MOUNTS; i++, at += strlen(path) + 1) {
		snprintf(path, sizeof(path), "/mnt/%05d", i);
		assert_memory_equal(at, path, strlen(path));
		assert_int_equal(at[strlen(path)], i == MOUNTS - 1 ? '\0' : ',');
	}
	assert_string_equal(graph_find_ns(&g, NSINSPECT_NS_TYPE_UTS, THREAD_UTS)->nsfs, "/mnt/uts");
	assert_null(graph_find_ns(&g, NSINSPECT_NS_TYPE_NET, INIT_NET)->nsfs);
	graph_free(&g);
	names_free(&names);
	free(c.bytes);
}

static void test_netns(void **state)
{
	struct names names = { 0 };
	struct capture c;
	struct graph g;

	(void)state;
	world(&c);
	decoded(&g, &c);
	add(&names, NAME_NETNS, NSINSPECT_NS_TYPE_NET, OWN_NET, "red");
	add(&names, NAME_USER, 0, OWN_NET, "a user of that number");
	add(&names, NAME_NETNS, NSINSPECT_NS_TYPE_NET, OWN_NET, "blue");
	assert_int_equal(names_set(&names, &g), 0);
	/* It has one name, whichever file was read first. */
	assert_string_equal(graph_find_ns(&g, NSINSPECT_NS_TYPE_NET, OWN_NET)->name, "blue");
	assert_null(graph_find_ns(&g, NSINSPECT_NS_TYPE_NET, INIT_NET)->name);
	graph_free(&g);
	names_free(&names);
	free(c.bytes);
}

/* A command line belongs to every namespace in which its task is the first. */
static void test_commands(void **state)
{
	struct names names = { 0 };
	struct capture c;
	struct graph g;

	(void)state;
	world(&c);
	decoded(&g, &c);
	add(&names, NAME_COMMAND, 0, 830, "nginx: master process");
	add(&names, NAME_COMMAND, 0, 1, "/sbin/init");
	add(&names, NAME_COMMAND, 0, 5, "of no task");
	assert_int_equal(names_set(&names, &g), 0);
	assert_string_equal(graph_find_ns(&g, NSINSPECT_NS_TYPE_NET, INIT_NET)->command, "/sbin/init");
	assert_string_equal(graph_find_ns(&g, NSINSPECT_NS_TYPE_UTS, INIT_UTS)->command, "/sbin/init");
	assert_string_equal(graph_find_ns(&g, NSINSPECT_NS_TYPE_NET, OWN_NET)->command,
			    "nginx: master process");
	assert_string_equal(graph_find_ns(&g, NSINSPECT_NS_TYPE_USER, OWN_USER)->command,
			    "nginx: master process");
	/* 831 is the first here, and nothing is known of it. */
	assert_null(graph_find_ns(&g, NSINSPECT_NS_TYPE_UTS, THREAD_UTS)->command);
	assert_null(graph_find_ns(&g, NSINSPECT_NS_TYPE_NET, EMPTY_NET)->command);
	/* Once more, as when a picture is saved and drawn: nothing is lost or added. */
	assert_int_equal(names_set(&names, &g), 0);
	assert_string_equal(graph_find_ns(&g, NSINSPECT_NS_TYPE_NET, INIT_NET)->command, "/sbin/init");
	graph_free(&g);
	names_free(&names);
	free(c.bytes);
}

static void put_user_ns(struct capture *c, uint32_t inum)
{
	put_ns(c, &(struct ns){ .type = NSINSPECT_NS_TYPE_USER, .inum = inum });
}

/* This process is the first in two namespaces: one entry; a task that is gone has none. */
static void test_command_lines(void **state)
{
	struct task t = { .state = 'S', .nsproxy_id = 1, .user_inum = 10 };
	struct nsproxy p = { .id = 1 };
	struct names names = { 0 };
	struct capture c = { 0 };
	struct graph g;

	(void)state;
	assert_int_equal(prctl(PR_GET_NAME, t.comm), 0);
	t.tid = t.tgid = (uint32_t)getpid();
	p.inum[SLOT_NET] = 20;
	put_snapshot(&c, 3, 1, 3);
	put_user_ns(&c, 10);
	put_user_ns(&c, 11);
	put_ns(&c, &(struct ns){ .type = NSINSPECT_NS_TYPE_NET, .inum = 20 });
	put_nsproxy(&c, &p);
	put_task(&c, &t, NULL, 0);
	/* Of that number is now another task. */
	t.tid = t.tgid = (uint32_t)getppid();
	t.nsproxy_id = 0;
	t.user_inum = 11;
	strcpy(t.comm, "not this");
	put_task(&c, &t, NULL, 0);
	t.tid = t.tgid = 0x7fffffff;
	put_task(&c, &t, NULL, 0);
	decoded(&g, &c);
	assert_int_equal(names_command_lines(&names, &g), 0);
	assert_int_equal(names.n, 1);
	assert_int_equal(names.list[0].kind, NAME_COMMAND);
	assert_int_equal(names.list[0].number, getpid());
	assert_non_null(strstr(names.list[0].text, "test_names"));
	assert_int_equal(names_set(&names, &g), 0);
	assert_non_null(graph_find_ns(&g, NSINSPECT_NS_TYPE_USER, 10)->command);
	assert_non_null(graph_find_ns(&g, NSINSPECT_NS_TYPE_NET, 20)->command);
	assert_null(graph_find_ns(&g, NSINSPECT_NS_TYPE_USER, 11)->command);
	graph_free(&g);
	names_free(&names);
	free(c.bytes);
}

/* A thread is where its leader is; what the picture does not have is left alone. */
static void test_cgroups(void **state)
{
	struct names names = { 0 };
	struct capture c;
	struct graph g;

	(void)state;
	world(&c);
	decoded(&g, &c);
	add(&names, NAME_CGROUP, 0, 830, "/lxc.payload.web");
	add(&names, NAME_COMMAND, 0, 1, "/sbin/init");
	add(&names, NAME_CGROUP, 0, 5, "/of no task");
	add(&names, NAME_CGROUP, 0, 1, "/init.scope");
	assert_int_equal(names_set(&names, &g), 0);
	assert_string_equal(graph_find_task(&g, 830)->cgroup, "/lxc.payload.web");
	assert_string_equal(graph_find_task(&g, 831)->cgroup, "/lxc.payload.web");
	assert_string_equal(graph_find_task(&g, 1)->cgroup, "/init.scope");
	assert_null(graph_find_task(&g, 812)->cgroup);
	/* Its name in the tree is made of that, or of what an old picture has. */
	assert_int_equal(names_containers(&names, &g, false), 0);
	assert_int_equal(names_set(&names, &g), 0);
	assert_string_equal(names_find(&names, NAME_CONTAINER, 830), "web");
	assert_null(names_find(&names, NAME_CONTAINER, 831));
	assert_null(names_find(&names, NAME_CONTAINER, 1));
	graph_free(&g);
	names_free(&names);
	free(c.bytes);
}

/* This process is where /proc says; of a number that another task has now nothing is said. */
static void test_cgroups_now(void **state)
{
	struct task t = { .state = 'S', .nsproxy_id = 1, .user_inum = 10 };
	struct names names = { 0 };
	struct capture c = { 0 };
	char text[4096], path[4096];
	struct graph g;
	bool has;
	FILE *f;

	(void)state;
	f = fopen("/proc/self/cgroup", "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	has = container_path(text, path, sizeof(path));
	assert_int_equal(prctl(PR_GET_NAME, t.comm), 0);
	t.tid = t.tgid = (uint32_t)getpid();
	put_snapshot(&c, 0, 0, 3);
	put_task(&c, &t, NULL, 0);
	t.tid = t.tgid = (uint32_t)getppid();
	strcpy(t.comm, "not this");
	put_task(&c, &t, NULL, 0);
	t.tid = t.tgid = 0x7fffffff;
	put_task(&c, &t, NULL, 0);
	decoded(&g, &c);
	assert_int_equal(names_cgroups(&names, &g), 0);
	assert_int_equal(names.n, has);
	if (has) {
		assert_int_equal(names.list[0].kind, NAME_CGROUP);
		assert_int_equal(names.list[0].number, getpid());
		assert_string_equal(names.list[0].text, path);
	}
	graph_free(&g);
	names_free(&names);
	free(c.bytes);
}

/* With facts, the module has said it of all; what has no number is unassigned. */
static void test_netnsids(void **state)
{
	struct capture c;
	struct graph g;

	(void)state;
	world_of_facts(&c);
	decoded(&g, &c);
	g.details |= NSINSPECT_DETAIL_FACTS;
	names_netnsids(&g);
	assert_int_equal(graph_find_ns(&g, NSINSPECT_NS_TYPE_NET, OWN_NET)->netnsid, 0);
	assert_int_equal(graph_find_ns(&g, NSINSPECT_NS_TYPE_NET, EMPTY_NET)->netnsid,
			 NETNSID_UNASSIGNED);
	assert_int_equal(graph_find_ns(&g, NSINSPECT_NS_TYPE_UTS, INIT_UTS)->netnsid, NETNSID_UNKNOWN);
	graph_free(&g);
	free(c.bytes);
}

static void test_find(void **state)
{
	struct names names = { 0 };
	struct graph g = { 0 };

	(void)state;
	assert_null(names_find(&names, NAME_CONTAINER, 7));
	assert_int_equal(names_add(&names, NAME_CONTAINER, 0, 7, "seven"), 0);
	assert_int_equal(names_add(&names, NAME_COMMAND, 0, 7, "command"), 0);
	assert_int_equal(names_add(&names, NAME_CONTAINER, 0, 6, "six"), 0);
	assert_int_equal(names_set(&names, &g), 0);
	assert_string_equal(names_find(&names, NAME_CONTAINER, 7), "seven");
	assert_string_equal(names_find(&names, NAME_CONTAINER, 6), "six");
	assert_null(names_find(&names, NAME_CONTAINER, 8));
	names_free(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_mounts),
		cmocka_unit_test(test_netns),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_command_lines),
		cmocka_unit_test(test_cgroups),
		cmocka_unit_test(test_cgroups_now),
		cmocka_unit_test(test_netnsids),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
