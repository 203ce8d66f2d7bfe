#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What lsns shows of namespaces, and of those that no process is in."""

import contextlib
import os
import socket
import subprocess
import tempfile

import situations
import tool
from ktap import check, equal, main, skip, test

NAME = "lsns-test"


def ip(*arguments):
	subprocess.run(("ip", *arguments), check=True)


@contextlib.contextmanager
def named():
	"""A network namespace that `ip netns` has made; its inode number."""
	ip("netns", "add", NAME)
	try:
		yield os.stat(f"/run/netns/{NAME}").st_ino
	finally:
		subprocess.run(("ip", "netns", "delete", NAME), stderr=subprocess.DEVNULL, check=False)


def cells(inum, columns, *options):
	"""What the list has of a namespace; None: it is not in it."""
	for line in tool.good("-n", "-r", "-o", f"NS,{columns}", *options).out.splitlines():
		first, *rest = line.split(" ")
		if first == str(inum):
			return rest
	return None


def socket_elsewhere(_self):
	"""A socket in a network namespace that we have left again."""
	home = os.open("/proc/self/ns/net", os.O_RDONLY)
	situations.unshare("net")
	_self.socket = socket.socket()
	inum = os.stat("/proc/self/ns/net").st_ino
	situations.setns(f"/proc/self/fd/{home}")
	return inum


@test
def an_open_file():
	with named() as inum:
		fd = os.open(f"/run/netns/{NAME}", os.O_RDONLY)
		try:
			ip("netns", "delete", NAME)
			equal(cells(inum, "TYPE,NPROCS,PID,USER,UID"), ["net", "0", "", "root", "0"], "its line")
		finally:
			os.close(fd)


@test
def a_socket():
	with situations.child(socket_elsewhere) as child:
		equal(cells(child.said, "TYPE,NPROCS,PID,USER"), ["net", "0", "", "root"], "its line")


@test
def its_number_in_ours():
	with named() as inum:
		equal(cells(inum, "NETNSID,NAME"), ["unassigned", NAME], "before it has one")
		ip("netns", "set", NAME, "4242")
		equal(cells(inum, "NETNSID,NSFS"), ["4242", f"/run/netns/{NAME}"], "with one")
		result = tool.run("-n", "-r", "-o", "NS", "-Q", "NETNSID == '4242'")
		if result.status == 1 and "2.40" in result.err:
			skip("libsmartcols has no filters")
		equal((result.status, result.said, result.out), (0, "", f"{inum}\n"), "the filter")


@test
def paths_one_below_the_other():
	with named() as inum, tempfile.TemporaryDirectory() as folder:
		path = f"{folder}/second"
		with open(path, "w"):
			pass
		situations.mount(f"/run/netns/{NAME}", path, None, situations.MS_BIND)
		try:
			both = {f"/run/netns/{NAME}", path}
			equal(set(cells(inum, "NSFS")[0].split(",")), both, "raw")
			text = tool.good("-n", "-o", "NSFS", "-t", "net").out
			check(both <= {line.strip() for line in text.splitlines()}, f"a line each: {text}")
			text = tool.good("-n", "-o", "NSFS", "-t", "net", "--nowrap").out
			check(any(set(line.strip().split(",")) == both for line in text.splitlines()),
			      f"one line: {text}")
		finally:
			situations.umount(path)


@test
def owner_and_parent():
	with situations.nested(("user", "pid"), 1) as (_parent, child):
		user, pid = (os.stat(f"/proc/{child}/ns/{kind}").st_ino for kind in ("user", "pid"))
		ours = {kind: str(os.stat(f"/proc/self/ns/{kind}").st_ino) for kind in ("user", "pid")}
		# With a namespace as argument, a line is a process of it.
		lines = set(tool.good("-t", "user", "-n", "-r", "-o", "NS,PNS,ONS", user).out.splitlines())
		equal(lines, {f"{user} {ours['user']} {ours['user']}"}, "user")
		lines = set(tool.good("-t", "pid", "-n", "-r", "-o", "NS,PNS,ONS", pid).out.splitlines())
		equal(lines, {f"{pid} {ours['pid']} {user}"}, "pid")


main()
