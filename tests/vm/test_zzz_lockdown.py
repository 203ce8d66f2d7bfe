# SPDX-License-Identifier: GPL-2.0
"""Lockdown, which Secure Boot brings. The very last: it stays until the guest ends."""

import errno
import os
import pathlib

import debugfs
import genl
import situations
import tool
from ktap import check, contains, equal, main, raises, skip_all, test

MODULE = str(pathlib.Path(__file__).resolve().parents[2] / "nsinspect.ko")
SECURITY = "/sys/kernel/security"
LOCKDOWN = f"{SECURITY}/lockdown"


def lock_down(level):
	with open(LOCKDOWN, "w") as file:
		file.write(level)
	with open(LOCKDOWN) as file:
		contains(file.read(), f"[{level}]", "the level")


def open_and_close(name, flags):
	os.close(os.open(f"{debugfs.FOLDER}/{name}", flags))


@test
def integrity_keeps_everybody_from_what_can_be_written_in_debugfs():
	"""And from nothing else that is ours."""
	open_and_close("task", os.O_RDWR)
	lock_down("integrity")
	for flags in (os.O_RDWR, os.O_RDONLY):
		error = raises(OSError, open_and_close, "task", flags, what="the file task")
		equal(error.errno, errno.EPERM, "errno")
	for name in ("tasks", "nsproxies", "namespaces", "graph.dot", "stats"):
		open_and_close(name, os.O_RDONLY)
	tool.good("--tree")
	tool.good("why", "1/net")
	contains(tool.good("monitor", "--", "unshare", "-u", "true").out, "uts", "what monitor shows")


@test
def confidentiality_keeps_everybody_from_events():
	lock_down("confidentiality")
	for arguments in (("monitor", "--", "true"), ("record", "-o", "/tmp/recording", "--", "true")):
		line = tool.refused(5, *arguments)
		contains(line, "the kernel is locked down (confidentiality)", f"the line of {arguments}")
		contains(line, "boot it with lockdown=integrity", f"the line of {arguments}")
	tool.good("--tree")


@test
def an_unsigned_module_is_not_loaded():
	situations.unload()
	error = raises(OSError, lambda: situations.finit_module(MODULE), what="loading")
	equal(error.errno, errno.EPERM, "errno")
	check(not genl.is_loaded(), "it is not loaded")
	contains(tool.refused(4, "--tree"), "sign nsinspect.ko with a key that mokutil --import enrolled", "the line")


if situations.has_debug_kernel():
	skip_all("the guest looks for leaks through debugfs afterwards")
if not os.path.exists(LOCKDOWN):
	situations.mount("securityfs", SECURITY, "securityfs")
if not os.path.exists(LOCKDOWN):
	skip_all("the kernel has no lockdown")
main()
