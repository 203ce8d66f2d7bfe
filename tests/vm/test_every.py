#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Namespaces that no task leads to: each way to find them, alone."""

import gc
import json
import os
import resource
import socket
import subprocess
import tempfile

import genl
import holds
import situations
import tool
from ktap import check, equal, main, test

HAS_TREE = tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 19)
EVERY = {"details": ["namespaces", "every"]}
ALL = {"details": ["namespaces", "nsproxies", "tasks", "every", "facts", "links", "counters"]}


def ways(kind, inum, **wanted):
	"""By which ways a namespace was found; None when it was not."""
	result = genl.look(**(EVERY | wanted))
	result.check_whole()
	if not result.has_ns(kind, inum):
		return None
	return result.ns(kind, inum)["found"]


def without_tasks(kind, inum):
	"""The ways, once the process that made it is gone; a zombie still is in its namespaces."""
	found = ways(kind, inum)
	return None if not found or {"task", "pending"} & set(found) else found


def is_found(situation, way, *arguments):
	"""That it is found while it is held, by the way that is expected, and not after that."""
	with situation(*arguments) as (kind, inum):
		found = situations.wait_until(
			lambda: without_tasks(kind, inum),
			f"{kind}:[{inum}] is found and no task is in it")
		check(way in found, f"found by {found}, not by {way}")
		equal("tree" in found, HAS_TREE, "found in the kernel's tree")
		plain = genl.look(details=["namespaces"])
		check(not plain.has_ns(kind, inum), "a plain picture has it")
	situations.wait_until(lambda: ways(kind, inum) is None, f"{kind}:[{inum}] is gone")


@test(*situations.TYPES)
def nsfs_file(kind):
	is_found(holds.by_nsfs_file, "own_file", kind)


@test
def file_of_another_process():
	with holds.opened(holds.new("uts")) as fd:
		inum = holds.inum_of(fd)
		with situations.child():
			equal(set(ways("uts", inum)) - {"tree"}, {"own_file", "file"}, "ours and the child's")


@test(*situations.TYPES)
def file_in_flight(kind):
	is_found(holds.by_file_in_flight, "in_flight", kind)


@test
def file_in_the_queue_of_a_socket_in_a_queue():
	is_found(holds.by_file_in_flight_in_flight, "in_flight", "uts")


@test
def file_of_a_connection_not_accepted():
	is_found(holds.by_file_not_accepted, "in_flight", "uts")


@test
def sockets():
	is_found(holds.by_socket, "socket")


@test
def credentials_of_a_file():
	is_found(holds.by_credential, "credential")


@test
def mounts_file():
	is_found(holds.by_mounts_file, "own_file")


@test
def pidfd_of_a_reaped_process():
	is_found(holds.by_pidfd, "own_file")


@test
def proc_file_system():
	is_found(holds.by_proc_mount, "superblock")


@test("tmpfs", "devpts")
def file_system_of_a_user_namespace(name):
	is_found(holds.by_file_system, "superblock", name)


@test
def network_namespace_with_a_name():
	is_found(holds.by_name, "net_list")


@test(*situations.TYPES)
def bind_mount(kind):
	"""No file is open: before the kernel had a tree, some kinds are found by the tool only."""
	with holds.by_bind_mount(kind) as (_, inum):
		found = ways(kind, inum)
		if HAS_TREE:
			check("tree" in found, f"found by {found}")
		elif kind in ("net", "ipc"):
			check({"net": "net_list", "ipc": "superblock"}[kind] in found, f"found by {found}")
		else:
			equal(found, None, "found without a way that leads to it")


def by_the_tool(kind, inum):
	"""How the tool says that it was found."""
	found = [ns["found"] for ns in json.loads(tool.good("--json").out)["namespaces"]
		 if (ns["type"], ns["inum"]) == (kind, inum)]
	equal(len(found), 1, "namespaces with this number")
	return set(found[0])


@test(*situations.TYPES)
def bind_mount_by_the_tool(kind):
	with holds.by_bind_mount(kind) as (_, inum):
		found = by_the_tool(kind, inum)
		check("own-file" not in found, f"found by {found}")
		equal("mount" in found, not HAS_TREE and kind not in ("net", "ipc"), "found by its mount")
		only = json.loads(tool.good("--json", "-t", kind).out)["namespaces"]
		check(inum in {ns["inum"] for ns in only}, "found among those of its type")


@test
def bind_mount_in_another_mount_namespace():
	"""Where only a task that is there sees it."""
	def live(_self):
		situations.unshare("mnt")
		situations.mount("none", "/", None, situations.MS_REC | situations.MS_PRIVATE)
		with holds.opened(holds.new("uts")) as fd:
			situations.mount(f"/proc/self/fd/{fd}", target.name, None, situations.MS_BIND)
			return holds.inum_of(fd)

	with tempfile.NamedTemporaryFile() as target, situations.child(live) as process:
		found = by_the_tool("uts", process.said)
		equal("mount" in found, not HAS_TREE, f"found by {found}")


@test
def memory():
	"""What picture.rst promises of the details, where devices are most of a picture."""
	before = genl.look(**ALL)
	with situations.unshared("net") as process:
		netns = ["nsenter", "-t", str(process.pid), "-n", "ip", "-batch", "-"]
		lines = [f"link add d{i} type dummy\naddr add 10.{i}.0.1/24 dev d{i}\n" for i in range(100)]
		subprocess.run(netns, input="".join(lines), text=True, check=True)
		after = genl.look(**ALL)
		check(len(after.links) >= len(before.links) + 100, "the devices are there")
		for answer in (before, after):
			extents = sum(len(ns.get(key, ())) for ns in answer.namespaces
				      for key in ("uid_map", "gid_map"))
			most = (160 * answer.snapshot["walked"] + 512 * len(answer.nsproxies)
				+ (256 + 1024) * len(answer.namespaces) + 64 * extents
				+ sum(512 + 64 * link["ips"] for link in answer.links)
				+ 512 * len(answer.counters) + 16384)
			check(answer.snapshot["bytes"] <= most, f"{answer.snapshot['bytes']} of {most} bytes")


def refs_of(kind, inum, *details):
	return genl.look(details=["namespaces", "every", *details]).ns(kind, inum)["refs"]


@test
def pin_of_the_other_end_of_a_device():
	"""While its own batch is pinned as well; neither is among the references shown."""
	with holds.by_name() as (kind, inum):
		subprocess.run(["ip", "link", "add", "nsi2", "type", "veth", "peer", "name", "nsi3",
				"netns", "nsinspect-test"], check=True)
		equal(refs_of(kind, inum, "links"), refs_of(kind, inum), "references, asked with devices")


@test
def pin_of_a_parent():
	"""A pid namespace that is found as the parent of another, before its own turn."""
	with holds.by_child_of_another_owner() as (inum, parent):
		equal(genl.look(**EVERY).ns("pid", inum)["parent"], parent, "its parent")
		def counted():
			with genl.Socket() as connection:
				return connection.holder_get(type="pid", inum=parent).holding["refs"]
		situations.wait_until(lambda: refs_of("pid", parent) == counted(),
				      "as many references as when it is looked at alone")


@test
def coverage():
	equal(genl.look(details=["namespaces"]).snapshot["coverage"], "tasks", "of a plain picture")
	equal(genl.look(**EVERY).snapshot["coverage"], "all" if HAS_TREE else "found", "with every")


@test
def leader_that_is_gone():
	"""The files of its threads are looked at once, not once for each."""
	before = genl.look(**EVERY).snapshot["files"]
	with situations.exited_leader(20):
		after = genl.look(**EVERY).snapshot["files"]
	check(after - before < 40, f"{before} files, then {after}")


@test
def many_files():
	"""More than are looked at under one lock, in a table with gaps."""
	soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
	resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
	before = genl.look(**EVERY).snapshot["files"]
	null = os.open("/dev/null", os.O_RDONLY)
	fds = []
	try:
		for fd in range(1000, 3000, 2):
			fds.append(os.dup2(null, fd))
		with holds.by_nsfs_file("uts") as (kind, inum):
			check("own_file" in ways(kind, inum), "found among them")
		after = genl.look(**EVERY).snapshot["files"]
		check(after - before >= 1000, f"{before} files, then {after}")
	finally:
		for fd in (*fds, null):
			os.close(fd)
		resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@test
def queue_that_holds_its_own_socket():
	"""A pass that followed queues for ever would not end."""
	ours, theirs = socket.socketpair()
	with ours, theirs:
		holds.send_fd(ours, theirs.fileno())
		holds.send_fd(ours, ours.fileno())
		with holds.opened(holds.new("uts")) as fd:
			holds.send_fd(ours, fd)
			inum = holds.inum_of(fd)
		check("in_flight" in ways("uts", inum), "found behind them")
		theirs.setblocking(False)
		while True:
			try:
				os.close(holds.receive_fd(theirs))
			except BlockingIOError:
				break
	gc.collect()


main()
