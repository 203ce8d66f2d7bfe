// SPDX-License-Identifier: GPL-2.0
/* What is said of the place where the tool runs. */
/* Its inner parts are tested, beside the object that other parts are linked with. */
#define tool_version		tested_tool_version
#define place_look		tested_place_look
#define place_hides_tracing	tested_place_hides_tracing
#define place_advice		tested_place_advice
#define place_no_module		tested_place_no_module
#define place_versions		tested_place_versions
#define place_older_module	tested_place_older_module
#include "place.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static char folder[] = "/tmp/nsinspect-test.XXXXXX";
static char said[1024];

/* Write a file of the place; NULL: it has none. */
static void put(const char *path, const char *text)
{
	char command[512];

	if (text)
		snprintf(command, sizeof(command), "mkdir -p $(dirname %s%s) && echo '%s' >%s%s", folder,
			 path, text, folder, path);
	else
		snprintf(command, sizeof(command), "rm -f %s%s", folder, path);
	assert_int_equal(system(command), 0);
}

#define LOCKDOWN "/sys/kernel/security/lockdown"
#define ENFORCE "/sys/module/module/parameters/sig_enforce"
#define MODULE "/sys/module/nsinspect/version"

static int set_up(void **state)
{
	(void)state;
	memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
	return !mkdtemp(folder);
}

static int tear_down(void **state)
{
	char command[512];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* What goes to stderr: of a module that is absent, or does not know @what. */
static const char *line_of(const struct place *p, const char *what)
{
	int errors = dup(2);
	FILE *file = tmpfile();

	assert_non_null(file);
	dup2(fileno(file), 2);
	if (what)
		assert_int_equal(place_older_module(p, what), STATUS_FAILED);
	else
		assert_int_equal(place_no_module(p), STATUS_NOT_LOADED);
	fflush(stderr);
	dup2(errors, 2);
	close(errors);
	rewind(file);
	said[fread(said, 1, sizeof(said) - 1, file)] = '\0';
	fclose(file);
	return said;
}

/* Nothing is known, and nothing is claimed. */
static void test_nothing(void **state)
{
	char buffer[PLACE_VERSIONS_MAX];
	struct place p;

	(void)state;
	place_look(&p, folder);
	assert_int_equal(p.root, !geteuid());
	assert_false(p.user_ns || p.pid_ns || p.signed_only || place_hides_tracing(&p));
	assert_string_equal(p.lockdown, "");
	assert_string_equal(place_versions(&p, buffer, sizeof(buffer)), "");
	p.root = true;
	assert_string_equal(line_of(&p, NULL), "nsinspect: the module is not loaded; try: insmod "
			    "nsinspect.ko (or modprobe nsinspect)\n");
	p.root = false;
	assert_string_equal(line_of(&p, NULL), "nsinspect: the module is not loaded; as root, try: insmod "
			    "nsinspect.ko (or modprobe nsinspect)\n");
}

static void test_lockdown(void **state)
{
	static const struct {
		const char *line, *level, *words;
		bool hides;
	} rows[] = {
		{ "[none] integrity confidentiality", "", "try: insmod", false },
		{ "none [integrity] confidentiality", "integrity", "(lockdown: integrity)", false },
		{ "none integrity [confidentiality]", "confidentiality",
		  "(lockdown: confidentiality)", true },
		{ "none [integrity", "", "try: insmod", false },
		{ "", "", "try: insmod", false },
	};
	struct place p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		put(LOCKDOWN, rows[i].line);
		place_look(&p, folder);
		assert_string_equal(p.lockdown, rows[i].level);
		assert_int_equal(p.signed_only, *rows[i].level != '\0');
		assert_int_equal(place_hides_tracing(&p), rows[i].hides);
		assert_non_null(strstr(line_of(&p, NULL), rows[i].words));
		assert_int_equal(!strstr(said, "mokutil --import"), !*rows[i].level);
	}
}

/* Signatures are asked for without lockdown, too. */
static void test_enforced(void **state)
{
	struct place p;

	(void)state;
	put(ENFORCE, "N");
	place_look(&p, folder);
	assert_false(p.signed_only);
	put(ENFORCE, "Y");
	place_look(&p, folder);
	assert_true(p.signed_only);
	assert_non_null(strstr(line_of(&p, NULL), "(module.sig_enforce)"));
}

static void test_container(void **state)
{
	struct place p;

	(void)state;
	/* A file has another inode number than the initial ones. */
	put("/proc/self/ns/user", "");
	place_look(&p, folder);
	assert_true(p.user_ns && !p.pid_ns);
	assert_non_null(strstr(place_advice(&p), "user namespace of a container"));
	assert_non_null(strstr(line_of(&p, NULL), "outside of this container"));
	put("/proc/self/ns/user", NULL);
	put("/proc/self/ns/pid", "");
	place_look(&p, folder);
	assert_true(!p.user_ns && p.pid_ns);
	assert_non_null(strstr(place_advice(&p), "pid namespace of a container"));
	assert_non_null(strstr(line_of(&p, NULL), "outside of this container"));
	p.pid_ns = p.root = false;
	assert_non_null(strstr(place_advice(&p), "sudo"));
	p.root = true;
	assert_non_null(strstr(place_advice(&p), "give CAP_SYS_ADMIN"));
}

static void test_versions(void **state)
{
	char buffer[PLACE_VERSIONS_MAX];
	struct place p;

	(void)state;
	put(MODULE, "2.0");
	place_look(&p, folder);
	assert_string_equal(place_versions(&p, buffer, sizeof(buffer)), "");
	assert_string_equal(line_of(&p, "limits"), "nsinspect: the module does not know limits; "
			    "load the module that belongs to this tool\n");
	put(MODULE, "1.0");
	place_look(&p, folder);
	assert_string_equal(place_versions(&p, buffer, sizeof(buffer)),
			    " (the module is version 1.0 and this tool 2.0: load the module that "
			    "belongs to it)");
	assert_string_equal(line_of(&p, "limits"), "nsinspect: the module does not know limits (the "
			    "module is version 1.0 and this tool 2.0: load the module that belongs "
			    "to it)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lockdown, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_enforced, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_container, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_versions, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
