#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Mounts that are in several mount namespaces, and how they propagate."""

import contextlib
import json
import os
import tempfile

import situations
import tool
from ktap import check, contains, equal, main, test

MS_UNBINDABLE = 0x20000
MS_SLAVE = 0x80000
MS_SHARED = 0x100000


def inum(pid):
	return os.stat(f"/proc/{pid}/ns/mnt").st_ino


@contextlib.contextmanager
def mounted(flags):
	"""A tmpfs with that propagation; the folder that it is at."""
	with tempfile.TemporaryDirectory() as folder:
		situations.mount("leak", folder, "tmpfs")
		try:
			situations.mount("none", folder, None, flags)
			yield folder
		finally:
			with contextlib.suppress(OSError):
				situations.umount(folder)


def copied(folder, flags):
	"""A process in a copy of our mount namespace, where that mount propagates differently."""
	def do(_self):
		situations.unshare("mnt")
		situations.mount("none", folder, None, flags)
	return situations.child(do)


def where(path):
	"""{inode number: [the mounts there]} of the namespaces that have any."""
	document = json.loads(tool.good("mounts", path, "--json").out)
	equal(document["schema"], "nsinspect-mounts/1", "schema")
	return {ns["inum"]: ns["mounts"] for ns in document["namespaces"] if ns["mounts"]}


@test
def a_slave_of_a_shared_mount():
	with mounted(MS_SHARED) as folder, copied(folder, MS_SLAVE) as other:
		found = where(folder)
		equal(set(found), {inum("self"), inum(other.pid)}, "mount namespaces")
		ours, = found[inum("self")]
		theirs, = found[inum(other.pid)]
		equal((ours["target"], theirs["target"]), (folder, folder), "where it is")
		check(ours["shared"] and not ours["master"], f"ours is shared: {ours}")
		equal((theirs["master"], theirs["shared"]), (ours["shared"], None), "theirs is its slave")
		text = tool.good("mounts", folder).out
		contains(text, f"  {folder}  shared:{ours['shared']}\n", "text")
		contains(text, f"  {folder}  master:{ours['shared']}\n", "text")


@test
def one_that_leaked():
	with mounted(situations.MS_PRIVATE) as folder, copied(folder, MS_UNBINDABLE) as other:
		situations.umount(folder)
		# The path is an empty folder now, on another mount.
		result = tool.run("mounts", folder)
		contains(result.err, "is not a mount point; shown is the mount that it is on: ", "stderr")
		found = where(f"/proc/{other.pid}/root{folder}")
		equal(set(found), {inum(other.pid)}, "mount namespaces")
		mount, = found[inum(other.pid)]
		check(mount["unbindable"], f"it is unbindable: {mount}")
		contains(tool.good("mounts", f"/proc/{other.pid}/root{folder}").out, f"  {folder}  unbindable\n",
			 "text")


@test
def mounts_of_a_namespace():
	with mounted(situations.MS_PRIVATE) as folder, copied(folder, MS_UNBINDABLE) as other:
		text = tool.good("ns", f"{other.pid}/mnt", "-u").out
		contains(text, f" {folder}  unbindable  tmpfs leak\n", "text")
		document = json.loads(tool.good("ns", f"{other.pid}/mnt", f"{other.pid}/net", "--json").out)
		with open(f"/proc/{other.pid}/mountinfo") as file:
			ids = [int(line.split()[0]) for line in file]
		equal([mount["id"] for mount in document["namespaces"][0]["mounts"]], ids, "all mounts")
		check("mounts" not in document["namespaces"][1], "a net namespace has none")


@test
def nobody_is_left():
	with mounted(situations.MS_PRIVATE) as folder:
		held = f"{folder}/ns"
		with open(held, "w"), situations.unshared("mnt") as other:
			number = inum(other.pid)
			situations.mount(f"/proc/{other.pid}/ns/mnt", held, None, situations.MS_BIND)
		result = tool.run("ns", f"mnt:[{number}]")
		# Which namespaces without a task are in a picture depends on the kernel.
		if result.status == 0:
			contains(result.out, "not known: no task is in it", "text")
		else:
			equal(result.status, 3, f"status ({result.err})")


@test
def what_is_not_there():
	contains(tool.refused(1, "mounts", "/nonexistent"), "No such file or directory", "stderr")
	contains(tool.refused(2, "mounts", "/", "--from", "x"), "--from does not apply to mounts", "stderr")


main()
