// SPDX-License-Identifier: GPL-2.0
/* Mounts of mount namespaces: what mountinfo says, and what is said of a path. */
#include <errno.h>
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "cmd_mounts.h"
#include "keep.h"
#include "messages.h"

static struct mount_library *lib;

static const char mountinfo[] =
	"21 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
	"40 21 0:35 / /mnt/a\\040b rw - tmpfs none rw\n"
	"41 21 254:1 /srv /srv rw shared:12 master:3 propagate_from:2 - ext4 /dev/vda1 rw\n"
	"42 21 0:36 / /u rw unbindable - tmpfs tmpfs rw\n"
	"43 21 0:37 / /s rw master:9 - tmpfs tmpfs rw\n";

static struct mounts parse(const char *text)
{
	struct mounts m = { .state = MOUNTS_READ };
	FILE *f = fmemopen((void *)text, strlen(text), "r");

	assert_non_null(f);
	assert_int_equal(mounts_parse(lib, f, &m), 0);
	fclose(f);
	return m;
}

static void test_parse(void **state)
{
	static const char *const words[] = {
		"shared:1", "private", "shared:12 master:3 propagate_from:2", "unbindable", "master:9",
	};
	struct mounts m = parse(mountinfo);
	char buffer[PROPAGATION_MAX];
	size_t i;

	(void)state;
	assert_int_equal(m.n, 5);
	for (i = 0; i < m.n; i++)
		assert_string_equal(mount_propagation(&m.list[i], buffer, sizeof(buffer)), words[i]);
	assert_int_equal(m.list[1].id, 40);
	assert_int_equal(m.list[1].parent, 21);
	assert_string_equal(m.list[1].target, "/mnt/a b");
	assert_string_equal(m.list[1].fstype, "tmpfs");
	assert_int_equal(m.list[2].major, 254);
	assert_int_equal(m.list[2].minor, 1);
	assert_string_equal(m.list[2].root, "/srv");
	assert_string_equal(m.list[2].source, "/dev/vda1");
	assert_ptr_equal(mounts_by_id(&m, 42), &m.list[3]);
	assert_null(mounts_by_id(&m, 7));
	mounts_free(&m);
	assert_int_equal(m.n, 0);
}

/* The largest numbers that there can be. */
static void test_propagation_room(void **state)
{
	const struct mount m = { .shared = UINT32_MAX, .master = UINT32_MAX,
				 .propagate_from = UINT32_MAX, .unbindable = true };
	char buffer[PROPAGATION_MAX];

	(void)state;
	assert_string_equal(mount_propagation(&m, buffer, sizeof(buffer)),
			    "shared:4294967295 master:4294967295 propagate_from:4294967295 unbindable");
}

static void test_matches(void **state)
{
	struct mounts m = parse(mountinfo);
	struct mount_key key = { 254, 1, "/" };

	(void)state;
	assert_true(mount_matches(&m.list[0], NULL));
	assert_true(mount_matches(&m.list[0], &key));
	assert_false(mount_matches(&m.list[2], &key));
	assert_false(mount_matches(&m.list[1], &key));
	key.root = NULL;
	assert_true(mount_matches(&m.list[2], &key));
	key.minor = 2;
	assert_false(mount_matches(&m.list[2], &key));
	mounts_free(&m);
}

static uint32_t own_mnt(void)
{
	struct stat st;

	assert_int_equal(stat("/proc/self/ns/mnt", &st), 0);
	return (uint32_t)st.st_ino;
}

/*
 * The mount namespace that we are in, behind a task that is gone; one whose only
 * task is somewhere else by now, which is us again; and one without a task.
 */
static void ours(struct graph *g)
{
	struct task t = { .comm = "gone", .state = 'S', .nsproxy_id = 1 };
	struct capture c = { 0 };
	uint32_t inum = own_mnt();

	put_snapshot(&c, 3, 2, 3);
	put_ns(&c, &(struct ns){ .type = NSINSPECT_NS_TYPE_MNT, .inum = inum, .initial = true,
				 .tasks = 2, .procs = 2 });
	put_ns(&c, &(struct ns){ .type = NSINSPECT_NS_TYPE_MNT, .inum = 1000001 });
	put_ns(&c, &(struct ns){ .type = NSINSPECT_NS_TYPE_MNT, .inum = 1000002 });
	put_nsproxy(&c, &(struct nsproxy){ .id = 1, .inum = { [SLOT_MNT] = inum } });
	put_nsproxy(&c, &(struct nsproxy){ .id = 2, .inum = { [SLOT_MNT] = 1000001 } });
	t.tid = t.tgid = 0x7ffffffe;
	put_task(&c, &t, NULL, 0);
	t.tid = t.tgid = (uint32_t)getpid();
	strcpy(t.comm, "we");
	put_task(&c, &t, NULL, 0);
	t.tid = t.tgid = (uint32_t)getppid();
	t.nsproxy_id = 2;
	put_task(&c, &t, NULL, 0);
	decoded(g, &c);
	free(c.bytes);
}

static const struct mounts *of(const struct mounts *all, const struct graph *g, uint32_t inum)
{
	return &all[graph_find_ns(g, NSINSPECT_NS_TYPE_MNT, inum) - g->namespaces];
}

static void test_read(void **state)
{
	struct mounts *all;
	struct graph g;

	(void)state;
	ours(&g);
	all = mounts_read(lib, &g, NULL);
	assert_non_null(all);
	assert_int_equal(of(all, &g, own_mnt())->state, MOUNTS_READ);
	assert_int_equal(of(all, &g, own_mnt())->pid, getpid());
	assert_true(of(all, &g, own_mnt())->n > 0);
	assert_int_equal(of(all, &g, 1000001)->state, MOUNTS_EXITED);
	assert_int_equal(of(all, &g, 1000001)->n, 0);
	assert_int_equal(of(all, &g, 1000002)->state, MOUNTS_NO_TASK);
	mounts_free_all(all, &g);
	all = mounts_read(lib, &g, graph_find_ns(&g, NSINSPECT_NS_TYPE_MNT, 1000001));
	assert_int_equal(of(all, &g, own_mnt())->state, MOUNTS_NO_TASK);
	assert_int_equal(of(all, &g, 1000001)->state, MOUNTS_EXITED);
	mounts_free_all(all, &g);
	graph_free(&g);
}

static char out[1 << 20], err[4096];

static int begin(int fd, FILE *to)
{
	int old = dup(fd);

	fflush(fd == STDOUT_FILENO ? stdout : stderr);
	dup2(fileno(to), fd);
	return old;
}

static void end(int fd, int old, FILE *from, char *buffer, size_t size)
{
	fflush(fd == STDOUT_FILENO ? stdout : stderr);
	dup2(old, fd);
	close(old);
	rewind(from);
	buffer[fread(buffer, 1, size - 1, from)] = '\0';
	fclose(from);
}

static int show(const char *path, enum form form)
{
	const struct options o = { .form = form, .ascii = true };
	FILE *o_file = tmpfile(), *e_file = tmpfile();
	int o_fd, e_fd, status;
	struct graph g;

	ours(&g);
	fflush(stdout);
	o_fd = begin(STDOUT_FILENO, o_file);
	e_fd = begin(STDERR_FILENO, e_file);
	status = mounts_show(&o, path, &g);
	end(STDERR_FILENO, e_fd, e_file, err, sizeof(err));
	end(STDOUT_FILENO, o_fd, o_file, out, sizeof(out));
	keep_json(out);
	graph_free(&g);
	return status;
}

static void contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in: %s", part, text);
}

static void test_text(void **state)
{
	char line[128];

	(void)state;
	assert_int_equal(show("/proc", FORM_TABLE), 0);
	assert_string_equal(err, "");
	assert_memory_equal(out, "proc ", 5);
	contains(out, "), root /\n");
	snprintf(line, sizeof(line), "\nmnt:%05u initial  2 processes, first %u ", own_mnt() % 100000, getpid());
	contains(out, line);
	contains(out, "\n  /proc  ");
	contains(out, "\nnot known: mnt:00001, its tasks have exited\n");
	contains(out, "\nnot known: mnt:00002, no task is in it\n");
	assert_null(strstr(out, "not in "));
}

static void test_no_mount_point(void **state)
{
	(void)state;
	assert_int_equal(show("/proc/self/status", FORM_TABLE), 0);
	assert_string_equal(err, "nsinspect: /proc/self/status is not a mount point; shown is the mount "
			    "that it is on: /proc\n");
	contains(out, "\n  /proc  ");
	assert_int_equal(show("/nonexistent/x", FORM_TABLE), 1);
	assert_string_equal(err, "nsinspect: /nonexistent/x: No such file or directory; a path in another "
			    "mount namespace is /proc/PID/root/PATH\n");
	assert_string_equal(out, "");
}

static struct json_object *in(struct json_object *o, const char *key)
{
	struct json_object *v;

	assert_true(json_object_object_get_ex(o, key, &v));
	return v;
}

static void test_json(void **state)
{
	struct json_object *o, *list, *ns, *mount;
	size_t i, seen = 0;

	(void)state;
	assert_int_equal(show("/proc", FORM_JSON), 0);
	o = json_tokener_parse(out);
	assert_non_null(o);
	assert_string_equal(json_object_get_string(in(o, "schema")), "nsinspect-mounts/1");
	assert_true(json_object_get_boolean(in(o, "mount_point")));
	assert_string_equal(json_object_get_string(in(o, "fstype")), "proc");
	list = in(o, "namespaces");
	assert_int_equal(json_object_array_length(list), 3);
	for (i = 0; i < 3; i++) {
		ns = json_object_array_get_idx(list, i);
		if (json_object_get_int64(in(ns, "inum")) != own_mnt()) {
			assert_null(in(ns, "mounts"));
			assert_null(in(ns, "pid"));
			continue;
		}
		seen++;
		assert_int_equal(json_object_get_int(in(ns, "pid")), getpid());
		mount = json_object_array_get_idx(in(ns, "mounts"), 0);
		assert_string_equal(json_object_get_string(in(mount, "target")), "/proc");
		assert_string_equal(json_object_get_string(in(mount, "root")), "/");
		in(mount, "shared");
		in(mount, "unbindable");
	}
	assert_int_equal(seen, 1);
	json_object_put(o);
}

/* What `ns` writes: all of them as JSON, some as text. */
static void test_of_namespace(void **state)
{
	const struct options o = { .ascii = true }, u = { .ascii = true, .notruncate = true };
	struct mounts m = parse(mountinfo);
	char text[8192] = "";
	struct json *j = malloc(sizeof(*j));
	int i, fd;
	FILE *f;

	(void)state;
	f = tmpfile();
	fd = begin(STDOUT_FILENO, f);
	mounts_describe(&o, &m);
	end(STDOUT_FILENO, fd, f, out, sizeof(out));
	assert_string_equal(out,
		"  mounts     /  shared:1  ext4 /dev/vda1\n"
		"             /mnt/a b  private  tmpfs\n"
		"             /srv  shared:12 master:3 propagate_from:2  ext4 /dev/vda1  root /srv\n"
		"             /u  unbindable  tmpfs tmpfs\n"
		"             /s  master:9  tmpfs tmpfs\n");
	f = tmpfile();
	json_begin(j, f);
	mounts_json(j, &m, &(struct mount_key){ 0, 36, "/" });
	m.state = MOUNTS_EXITED;
	mounts_json(j, &m, NULL);
	json_end(j);
	rewind(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	assert_string_equal(text, "[{\"id\":42,\"parent\":21,\"target\":\"/u\",\"root\":\"/\",\"device\":\"0:36\","
		"\"fstype\":\"tmpfs\",\"source\":\"tmpfs\",\"shared\":null,\"master\":null,"
		"\"propagate_from\":null,\"unbindable\":true}]null\n");
	f = tmpfile();
	fd = begin(STDOUT_FILENO, f);
	mounts_describe(&o, &m);
	m.state = MOUNTS_NO_TASK;
	mounts_describe(&o, &m);
	end(STDOUT_FILENO, fd, f, out, sizeof(out));
	assert_string_equal(out, "  mounts     not known: its tasks have exited\n"
			    "  mounts     not known: no task is in it\n");
	mounts_free(&m);

	*text = '\0';
	for (i = 0; i < 30; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%d 1 0:%d / /m%d rw - tmpfs none rw\n", 100 + i, i, i);
	m = parse(text);
	m.state = MOUNTS_READ;
	f = tmpfile();
	fd = begin(STDOUT_FILENO, f);
	mounts_describe(&o, &m);
	end(STDOUT_FILENO, fd, f, out, sizeof(out));
	contains(out, "/m23  private");
	assert_null(strstr(out, "/m24"));
	contains(out, "and 6 more (-u lists all)\n");
	f = tmpfile();
	fd = begin(STDOUT_FILENO, f);
	mounts_describe(&u, &m);
	end(STDOUT_FILENO, fd, f, out, sizeof(out));
	contains(out, "/m29  private");
	mounts_free(&m);
	free(j);
}

static int set_up(void **state)
{
	(void)state;
	setenv("LC_ALL", "C", 1);
	return mounts_load(&lib);
}

static int tear_down(void **state)
{
	(void)state;
	mounts_unload(lib);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_propagation_room),
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_no_mount_point),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_of_namespace),
	};

	return cmocka_run_group_tests_name("mounts", tests, set_up, tear_down);
}
