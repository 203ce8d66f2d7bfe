# SPDX-License-Identifier: GPL-2.0
"""One line that says what is wrong and what to do, for whoever begins."""

import contextlib
import os
import pathlib
import tempfile

import genl
import situations
import tool
from ktap import check, contains, equal, main, test

MODULE = str(pathlib.Path(__file__).resolve().parents[2] / "nsinspect.ko")
TREES = ("/sys/kernel/tracing", "/sys/kernel/debug")


@contextlib.contextmanager
def module_absent():
	situations.unload()
	try:
		yield
	finally:
		if not genl.is_loaded():
			situations.finit_module(MODULE)


def asked_as(become, *arguments):
	"""Status, stdout and stderr of the tool, started by a process that did something before."""
	def do(_self):
		become()
		ended = tool.run(*arguments)
		return [ended.status, ended.out, ended.err]

	# It may be where it cannot read this itself.
	before = tool.inconsistent()
	with situations.child(do) as child:
		status, out, err = child.said
	return status, out, tool.without_mixed(err, before, tool.inconsistent())


def line_as(become, status, *arguments):
	got, out, err = asked_as(become, *arguments)
	equal((got, out, len(err.splitlines())), (status, "", 1),
	      f"status, stdout and lines on stderr of {arguments}: {err}")
	return err


def stay():
	pass


def nobody():
	os.setgroups([])
	os.setresgid(65534, 65534, 65534)
	os.setresuid(65534, 65534, 65534)


def user_namespace():
	situations.unshare("user")
	situations.map_root()


def pid_namespace():
	situations.unshare("pid")


def own_mounts():
	situations.unshare("mnt")
	situations.mount("none", "/", "", situations.MS_REC | situations.MS_PRIVATE)


def put_file(path, text):
	"""A file is there, in our mount namespace only, that says something else."""
	with tempfile.NamedTemporaryFile("w", dir="/run", delete=False) as file:
		file.write(text)
	situations.mount(file.name, path, "", situations.MS_BIND)
	os.unlink(file.name)
	with open(path) as there:
		equal(there.read(), text, path)


def locked_down(level):
	"""As the kernel says it; what lockdown itself does is in test_zzz_lockdown.py."""
	def become():
		own_mounts()
		if not os.path.exists("/sys/kernel/security"):
			situations.mount("tmpfs", "/sys/kernel", "tmpfs")
			os.mkdir("/sys/kernel/security")
		situations.mount("tmpfs", "/sys/kernel/security", "tmpfs")
		with open("/sys/kernel/security/lockdown", "w") as file:
			file.write("none integrity confidentiality\n".replace(level, f"[{level}]"))
	return become


WITHOUT_THE_MODULE = (
	("on the host", stay, "try: insmod nsinspect.ko"),
	("as nobody", nobody, "try: insmod nsinspect.ko"),
	("in a user namespace", user_namespace, "outside of this container, try: insmod"),
	("in a pid namespace", pid_namespace, "outside of this container, try: insmod"),
	("with lockdown", locked_down("integrity"), "(lockdown: integrity): sign nsinspect.ko"),
	("with no lockdown", locked_down("none"), "is not loaded; try: insmod nsinspect.ko"),
)


@test
def without_the_module():
	with module_absent():
		for where, become, words in WITHOUT_THE_MODULE:
			for arguments in (("--tree",), ("monitor", "--", "true")):
				line = line_as(become, 4, *arguments)
				contains(line, "the module is not loaded", f"the line of {arguments} {where}")
				contains(line, words, f"the line of {arguments} {where}")
		for arguments in ((), ("why", "net:[1]"), ("task", "1"), ("limits",)):
			contains(line_as(stay, 4, *arguments), "the module is not loaded", f"the line of {arguments}")


CAPABILITY = "CAP_SYS_ADMIN in the initial user namespace"


@test(("nobody", nobody, CAPABILITY, "run it as root, for example with sudo"),
      ("root of a user namespace", user_namespace, CAPABILITY, "this is the user namespace of a container"),
      ("root of a pid namespace", pid_namespace, "in the initial pid namespace",
       "this is the pid namespace of a container: run nsinspect outside of it"),
      ("root without the capability", lambda: situations.call(
	      situations.libc.prctl, situations.PR_CAPBSET_DROP, situations.CAP_SYS_ADMIN, 0, 0, 0),
       CAPABILITY, "root has lost this capability here"))
def without_rights(_label, become, rule, advice):
	"""The rule is named, and what to do; for events too, which come another way."""
	for arguments in (("task", "1"), ("--tree",), ("monitor", "--", "true")):
		line = line_as(become, 5, *arguments)
		contains(line, rule, f"the line of {arguments}")
		contains(line, "; " + advice, f"the line of {arguments}")


@test
def another_version_alone_is_no_fault():
	def become():
		own_mounts()
		put_file("/sys/module/nsinspect/version", "0.0.1-of-another-time\n")

	for arguments in (("--tree",), ("--json",), ("why", "1/net"), ("monitor", "--", "true")):
		status, _out, err = asked_as(become, *arguments)
		equal((status, err), (0, ""), f"status and stderr of {arguments}")


@test
def a_module_without_events():
	"""As one of before the events; a picture is taken all the same."""
	def become():
		own_mounts()
		situations.mount("tmpfs", "/sys/kernel/tracing/events", "tmpfs")

	line = line_as(become, 1, "monitor", "--", "true")
	contains(line, "load the module that belongs to this tool", "the line")
	status, _out, err = asked_as(become, "--tree")
	equal((status, err), (0, ""), "status and stderr of --tree")


def is_mounted(path):
	with open("/proc/self/mounts") as file:
		return any(line.split()[1] == path for line in file)


def unmount():
	"""In a mount namespace of our own, with all that is below them."""
	own_mounts()
	with open("/proc/self/mounts") as file:
		paths = [line.split()[1] for line in file]
	for path in reversed(paths):
		if path.startswith(TREES):
			situations.umount(path)
	for path in TREES:
		check(not is_mounted(path), f"{path} is not mounted")


@test
def without_debugfs_and_tracefs():
	"""The tool needs no debugfs, and has the kernel's tracefs mounted by its library."""
	for arguments in (("--tree",), ("--json",), ("why", "1/net"), ("monitor", "--", "true")):
		status, _out, err = asked_as(unmount, *arguments)
		equal((status, err), (0, ""), f"status and stderr of {arguments}")


@test
def tracefs_that_cannot_be_mounted():
	def become():
		unmount()
		situations.mount("tmpfs", "/sys", "tmpfs")

	line = line_as(become, 1, "monitor", "--", "true")
	contains(line, "tracefs is not mounted; try: mount -t tracefs tracefs /sys/kernel/tracing", "the line")


main()
