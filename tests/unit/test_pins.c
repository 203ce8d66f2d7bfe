// SPDX-License-Identifier: GPL-2.0
/* Which bind mounts of namespaces are opened, so that the module finds them. */
/* Its inner parts are tested, beside the object that other parts are linked with. */
#define pins_take tested_pins_take
#define pins_have tested_pins_have
#define pins_free tested_pins_free
#include "pins.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "made.h"
#include "messages.h"

static struct pins pins;
static struct names names;

/* As if the namespace with this number were mounted at @where. */
static int mounted(const struct graph *g, const char *type, unsigned long inum, const char *where)
{
	char line[256];

	snprintf(line, sizeof(line), "36 25 0:4 %s:[%lu] %s rw shared:1 - nsfs nsfs rw\n", type, inum,
		 where);
	return take_line(&pins, &names, g, 0, line);
}

static int let_go(void **state)
{
	(void)state;
	pins_free(&pins);
	names_free(&names);
	return 0;
}

/* Only what is not in the picture, and is there. */
static void test_which(void **state)
{
	struct graph g = { 0 };
	struct ns *ns;
	struct stat st;

	(void)state;
	assert_int_equal(stat("/proc/self/ns/uts", &st), 0);
	assert_int_equal(mounted(&g, "uts", st.st_ino, "/nowhere"), 0);
	assert_int_equal(mounted(&g, "uts", st.st_ino, "/proc/self/status"), 0);
	/* Another one is mounted over it. */
	assert_int_equal(mounted(&g, "uts", st.st_ino + 1, "/proc/self/ns/uts"), 0);
	assert_int_equal(pins.n, 0);
	assert_int_equal(names.n, 0);

	assert_int_equal(mounted(&g, "uts", st.st_ino, "/proc/self/ns/uts"), 0);
	assert_int_equal(pins.n, 1);
	assert_true(pins_have(&pins, pins.fds[0]));
	assert_false(pins_have(&pins, pins.fds[0] + 1));
	assert_int_equal(names.n, 1);
	assert_int_equal(names.list[0].kind, NAME_MOUNT);
	assert_string_equal(names.list[0].text, "/proc/self/ns/uts");

	ns = calloc(1, sizeof(*ns));
	assert_non_null(ns);
	*ns = (struct ns){ .type = NSINSPECT_NS_TYPE_UTS, .inum = (uint32_t)st.st_ino };
	g.namespaces = ns;
	g.n_namespaces = 1;
	assert_int_equal(graph_link(&g), 0);
	assert_int_equal(mounted(&g, "uts", st.st_ino, "/proc/self/ns/uts"), 0);
	assert_int_equal(pins.n, 1);

	/* What is said of it then: by a mount, and not by our own file. */
	g.namespaces[0].found = NSINSPECT_FOUND_OWN_FILE | NSINSPECT_FOUND_CREDENTIAL;
	assert_int_equal(names_set(&names, &g), 0);
	assert_true(g.namespaces[0].found == (FOUND_MOUNT | NSINSPECT_FOUND_CREDENTIAL));
	graph_free(&g);
}

/* A picture of a thousand of them does not take all descriptors. */
static void test_most(void **state)
{
	struct graph g = { 0 };
	struct stat st;
	size_t i;

	(void)state;
	assert_int_equal(stat("/proc/self/ns/uts", &st), 0);
	for (i = 0; i < PINS_MAX + 3; i++)
		assert_int_equal(mounted(&g, "uts", st.st_ino, "/proc/self/ns/uts"), 0);
	assert_int_equal(pins.n, PINS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_which, let_go),
		cmocka_unit_test_teardown(test_most, let_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
