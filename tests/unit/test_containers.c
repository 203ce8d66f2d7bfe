// SPDX-License-Identifier: GPL-2.0
/* What the cgroups of a task say of its container, for each runtime. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "containers.h"
#include "messages.h"

#define TOOL	"../../userspace/nsinspect"
#define ID	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHORT	"0123456789ab"
#define POD	"kubepods-burstable-pod1f6f3ad0_3c0b_4c1e_8f2b_0a5d4f1b2c3d.slice"

/* A path of version 2, or a file of version 1; what is NULL is not known or not there. */
static const struct {
	const char *cgroups, *runtime, *id, *name, *label;
} rows[] = {
	{ "0::/system.slice/docker-" ID ".scope\n", "docker", ID, NULL, "docker-" SHORT },
	{ "0::/docker/" ID "\n", "docker", ID, NULL, "docker-" SHORT },
	{ "0::/docker/" ID "/init\n", "docker", ID, NULL, "docker-" SHORT },
	{ "12:pids:/docker/" ID "\n1:name=systemd:/docker/" ID "\n0::/\n", "docker", ID, NULL,
	  "docker-" SHORT },
	{ "12:cpu:/\n4:pids:/docker/" ID "\n0::/\n", "docker", ID, NULL, "docker-" SHORT },
	{ "0::/user.slice/user-1000.slice/user@1000.service/app.slice/docker-" ID ".scope\n", "docker", ID,
	  NULL, "docker-" SHORT },
	{ "0::/machine.slice/libpod-" ID ".scope/container\n", "podman", ID, NULL, "libpod-" SHORT },
	{ "0::/machine.slice/libpod-" ID ".scope\n", "podman", ID, NULL, "libpod-" SHORT },
	{ "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope/container\n",
	  "podman", ID, NULL, "libpod-" SHORT },
	{ "0::/machine.slice/machine-libpod_pod_" ID ".slice/libpod-" ID ".scope/container\n", "podman",
	  ID, NULL, "libpod-" SHORT },
	{ "0::/system.slice/web.service/libpod-payload-" ID "\n", "podman", ID, NULL, "libpod-" SHORT },
	{ "11:memory:/libpod_parent/libpod-" ID "\n0::/\n", "podman", ID, NULL, "libpod-" SHORT },
	{ "0::/kubepods.slice/kubepods-burstable.slice/" POD "/crio-" ID ".scope\n", "cri-o", ID, NULL,
	  "crio-" SHORT },
	{ "0::/kubepods.slice/kubepods-burstable.slice/" POD "/cri-containerd-" ID ".scope\n",
	  "containerd", ID, NULL, "cri-containerd-" SHORT },
	{ "0::/system.slice/containerd.service/" POD ":cri-containerd:" ID "\n", "containerd", ID, NULL,
	  "cri-containerd-" SHORT },
	{ "0::/system.slice/" POD ":crio:" ID "\n", "cri-o", ID, NULL, "crio-" SHORT },
	{ "0::/system.slice/nerdctl-" ID ".scope\n", "containerd", ID, NULL, "nerdctl-" SHORT },
	{ "0::/default/" ID "\n", "containerd", ID, NULL, "containerd-" SHORT },
	{ "0::/k8s.io/" ID "\n", "containerd", ID, NULL, "containerd-" SHORT },
	{ "0::/kubepods/besteffort/pod1f6f3ad0-3c0b-4c1e-8f2b-0a5d4f1b2c3d/" ID "\n", NULL, ID, NULL,
	  SHORT },
	{ "4:memory:/kubepods/besteffort/pod1/" ID "\n0::/\n", NULL, ID, NULL, SHORT },
	{ "0::/lxc.payload.web\n", "lxc", "web", "web", "web" },
	{ "0::/lxc.payload.web/system.slice/cron.service\n", "lxc", "web", "web", "web" },
	{ "5:cpuset:/lxc/web\n1:name=systemd:/lxc/web\n", "lxc", "web", "web", "web" },
	{ "0::/machine.slice/machine-arch.scope/payload\n", "systemd-nspawn", "arch", "arch", "arch" },
	{ "0::/machine.slice/machine-my\\x2dvm.scope\n", "systemd-nspawn", "my-vm", "my-vm", "my-vm" },
	{ "0::/machine.slice/systemd-nspawn@arch.service/payload\n", "systemd-nspawn", "arch", "arch",
	  "arch" },
	{ "0::/machine.slice/machine-qemu\\x2d1\\x2dfedora.scope/libvirt/emulator\n", "libvirt-qemu",
	  "1-fedora", "1-fedora", "1-fedora" },
	{ "0::/machine.slice/machine-lxc\\x2d4242\\x2dweb.scope\n", "libvirt-lxc", "4242-web", "4242-web",
	  "4242-web" },
	/* The innermost of two. */
	{ "0::/lxc.payload.web/docker-" ID ".scope\n", "docker", ID, NULL, "docker-" SHORT },
	/* Beside a container: who waits for it, and what is called nearly so. */
	{ "0::/machine.slice/libpod-conmon-" ID ".scope\n", "systemd",
	  "machine.slice/libpod-conmon-" ID ".scope", "libpod-conmon-" ID ".scope",
	  "libpod-conmon-" ID ".scope" },
	{ "0::/system.slice/docker-0123.scope\n", "systemd", "system.slice/docker-0123.scope",
	  "docker-0123.scope", "docker-0123.scope" },
	{ "0::/lxc.monitor.web\n", NULL, NULL, NULL, NULL },
	{ "0::/docker/" ID "0\n", NULL, NULL, NULL, NULL },
	{ "0::/docker/0123456789ABCDEF" ID "\n", NULL, NULL, NULL, NULL },
	/* Units, where there is no container. */
	{ "0::/system.slice/cron.service\n", "systemd", "system.slice/cron.service", "cron.service",
	  "cron.service" },
	{ "0::/init.scope\n", "systemd", "init.scope", "init.scope", "init.scope" },
	{ "0::/user.slice/user-1000.slice/session-3.scope\n", "systemd",
	  "user.slice/user-1000.slice/session-3.scope", "session-3.scope", "session-3.scope" },
	{ "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-foot\\x2dserver.service/sub\n",
	  "systemd",
	  "user.slice/user-1000.slice/user@1000.service/app.slice/app-foot\\x2dserver.service",
	  "app-foot-server.service", "app-foot-server.service" },
	{ "0::/system.slice/dbus.socket\n", "systemd", "system.slice/dbus.socket", "dbus.socket",
	  "dbus.socket" },
	{ "0::/user.slice/machine-x.scope\n", "systemd", "user.slice/machine-x.scope", "machine-x.scope",
	  "machine-x.scope" },
	{ "0::/machine.slice/machine-.scope\n", "systemd", "machine.slice/machine-.scope",
	  "machine-.scope", "machine-.scope" },
	{ "0::/lxc.payload.\n", NULL, NULL, NULL, NULL },
	/* Only systemd's own hierarchy has all units. */
	{ "3:cpu:/system.slice/wrong.service\n1:name=systemd:/system.slice/cron.service\n0::/\n",
	  "systemd", "system.slice/cron.service", "cron.service", "cron.service" },
	{ "3:cpu:/system.slice/wrong.service\n", NULL, NULL, NULL, NULL },
	/* Nothing. */
	{ "0::/\n", NULL, NULL, NULL, NULL },
	{ "0::/user.slice\n", NULL, NULL, NULL, NULL },
	{ "0::/.service\n", NULL, NULL, NULL, NULL },
	{ "0::/system.slice/docker-" ID ".slice\n", NULL, NULL, NULL, NULL },
	{ "nonsense", NULL, NULL, NULL, NULL },
	{ "", NULL, NULL, NULL, NULL },
};

static bool is(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static void test_runtimes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char path[4096] = "";
		struct container c = { 0 };
		bool found = container_path(rows[i].cgroups, path, sizeof(path)) &&
			     container_of(path, &c);

		if (found != !!rows[i].id)
			fail_msg("%s: %s", rows[i].cgroups, found ? c.label : "none");
		if (found && (!is(c.runtime, rows[i].runtime) || strcmp(c.id, rows[i].id) ||
			      !is(*c.name ? c.name : NULL, rows[i].name) ||
			      strcmp(c.label, rows[i].label)))
			fail_msg("%s: %s, %s, %s, %s", rows[i].cgroups, c.runtime, c.id, c.name, c.label);
	}
}

/* Names that do not fit are cut, not written past the end. */
static void test_long(void **state)
{
	static char path[8192];
	struct container c;

	(void)state;
	memset(path, 'x', 4000);
	memcpy(path, "/lxc.payload.", 13);
	assert_true(container_of(path, &c));
	assert_int_equal(strlen(c.name), sizeof(c.name) - 1);
	strcpy(path + 4000, ".service");
	path[1] = 'm';
	assert_true(container_of(path, &c));
	assert_string_equal(c.runtime, "systemd");
	assert_int_equal(strlen(c.id), sizeof(c.id) - 1);
}

static char out[65536];

static void sh(const char *file, const char *line)
{
	char command[512];
	FILE *f;

	snprintf(command, sizeof(command), "N=%s; F=%s; { %s; } 2>&1", TOOL, file, line);
	f = popen(command, "r");
	assert_non_null(f);
	out[fread(out, 1, sizeof(out) - 1, f)] = '\0';
	assert_int_equal(pclose(f), 0);
}

static void contains(const char *part)
{
	if (!strstr(out, part))
		fail_msg("'%s' is not in: %s", part, out);
}

/* A picture keeps the paths, and everything that is drawn from it has what they say. */
static void test_saved(void **state)
{
	char boot_id[] = "e9bdc391-38c1-4447-b2fa-f92f31aba31e";
	struct saved s = { .boot_id = boot_id };
	const char *file;

	(void)state;
	world(&s.messages);
	assert_int_equal(names_add(&s.names, NAME_CGROUP, 0, 830, "/docker/" ID), 0);
	assert_int_equal(names_add(&s.names, NAME_CGROUP, 0, 812, "/system.slice/cron.service"), 0);
	file = save_picture(&s);
	free(s.messages.bytes);
	names_free(&s.names);
	sh(file, "$N --from $F -J");
	contains("\"level\":1}],\"container\":{\"runtime\":\"docker\",\"id\":\"" ID "\",\"name\":null}},\n"
		 "{\"tid\":831");
	contains("\"container\":{\"runtime\":\"systemd\",\"id\":\"system.slice/cron.service\","
		 "\"name\":\"cron.service\"}},\n{\"tid\":830");
	contains("{\"tid\":2,\"tgid\":2,\"ppid\":0,\"comm\":\"kthreadd\"");
	contains("\"container\":null},\n{\"tid\":3");
	sh(file, "$N --from $F -J task 831");
	contains("\"runtime\":\"docker\"");
	sh(file, "$N --from $F -n -o NS,CONTAINER -t net,cgroup");
	assert_non_null(strstr(out, "4026531835 \n"));
	contains("4026532300 docker-" SHORT "\n");
	sh(file, "$N --from $F --sets -n -r -o PID,CONTAINER");
	contains("812 cron.service\n");
	contains("830 docker-" SHORT "\n");
	sh(file, "$N --from $F --tree");
	contains("docker-" SHORT "  1 process, 2 tasks");
	sh(file, "$N --from $F task 830");
	contains("\n  container  docker " ID "\n");
	sh(file, "$N --from $F task 812");
	contains("\n  unit       system.slice/cron.service\n");
	unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runtimes),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_saved),
	};

	unsetenv("COLUMNS");
	setenv("LC_ALL", "C", 1);
	return cmocka_run_group_tests_name("containers", tests, NULL, NULL);
}
