#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What users ask about, each by a command of the tool in a situation made for real.

Subject by subject, the command that shows it and where that is tested; what is tested
nowhere else by way of the tool is tested here.

 eight kinds of namespace    nsinspect, task      test_slots, test_tool: columns of lsns
 nsproxy                     task, --sets         test_tool: one task says whose ..., sets of ...
 fork without flags          --tree               test_tool: the tree shows what differs only
 initial namespaces          all of them          test_slots: initial ones are marked
 unshare(CLONE_NEWPID)       task, --tree         test_pids: pending for children
 struct pid, struct upid     pid, task            test_pids: tool translates both ways
 PID 1 of a pid namespace    ns, --tree           here: reaper; test_tree, test_tasks: zombies
 user namespaces             ns, --tree=owner     here: user; test_screens: owners lead to ...
 limits                      limits               here: limits
 lifetime                    why                  here: holders; test_holders: every kind of them
 mount namespaces            ns, mounts           test_mounts
 network namespaces          ns                   here: cable; names: test_tool: names of ip netns
 uts, ipc                    ns                   here: uts, ipc
 cgroup, time                ns                   here: cgroup, time
 two in one namespace        nsinspect NS, ns     test_tool: processes in a namespace
 containers                  --tree, CONTAINER    test_tree, test_containers

And what they complain about of other tools:

 nothing says who holds it   why                  here: holders, in_flight, elsewhere
 user namespaces run out     limits               here: limits
 processes come and go       nsinspect            test_consistency
 inode numbers are reused    all of them          test_identity
 which host pid is 17        pid --in             test_pids: tool translates both ways
 other end of a veth         ns                   here: cable
 threads that left alone     --tree               test_threads
 a mount leaked              mounts               test_mounts: one that leaked

clone, unshare and setns as events, and seeing a namespace die, are not here: the tool
shows no events.
"""

import errno
import os
import pathlib
import re
import subprocess
import tempfile

import holds
import situations
import tool
from ktap import check, contains, equal, main, test

libc = situations.libc
CGROUPS = pathlib.Path("/sys/fs/cgroup")


def lines(*arguments):
	"""The lines of a screen, without what indents and aligns them."""
	return [re.sub(" +", " ", line.strip()) for line in tool.good(*arguments, "-u").out.splitlines()]


def says(spec, *expected):
	shown = lines("ns", spec)
	for line in expected:
		check(line in shown, f"'{line}' is a line of ns {spec}: {shown}")


@test
def uts():
	def name(_self):
		situations.unshare("uts")
		situations.call(libc.sethostname, b"box", 3)
		situations.call(libc.setdomainname, b"example", 7)

	with situations.child(name) as process:
		says(f"{process.pid}/uts", "hostname box", "domain example")


@test
def ipc():
	def make(_self):
		situations.unshare("ipc")
		situations.call(libc.msgget, 0, 0o1600)
		for _ in range(2):
			situations.call(libc.semget, 0, 1, 0o1600)
			situations.call(libc.shmget, 0, 4096, 0o1600)

	with situations.child(make) as process:
		says(f"{process.pid}/ipc",
		     "SysV 1 message queue, 2 semaphore sets, 2 shared memory segments of 8192 bytes")


@test
def time():
	def offset(_self):
		situations.unshare("time")
		pathlib.Path("/proc/self/timens_offsets").write_text(
			"monotonic 86400 0\nboottime 7 500000000\n")

	with situations.child(offset) as process:
		says(f"{process.pid}/time_for_children", "monotonic +86400 s", "boottime +7.5 s")


@test
def cgroup():
	folder = CGROUPS / "background"
	folder.mkdir()
	try:
		def enter(_self):
			(folder / "cgroup.procs").write_text("0")
			situations.unshare("cgroup")

		with situations.child(enter) as process:
			says(f"{process.pid}/cgroup", "root /background")
	finally:
		situations.wait_until(lambda: not (folder / "cgroup.procs").read_text(), "it is empty")
		folder.rmdir()


@test
def reaper():
	with situations.in_new("pid") as (pid, _):
		shown = lines("ns", f"{pid}/pid")
		check(any(re.match(rf"reaper {pid}\b", line) for line in shown), f"its reaper is {pid}: {shown}")
	with holds.by_nsfs_file("pid") as (_, inum):
		says(f"pid:[{inum}]", "reaper none, has ended: no task can be created in it")


@test
def user():
	def make(self):
		situations.unshare("user")
		self.say(None)
		self.await_go()

	with situations.child(make) as process:
		for name in ("uid_map", "gid_map"):
			pathlib.Path(f"/proc/{process.pid}/{name}").write_text("0 100000 65536")
		says(f"{process.pid}/user", "uid map 0 -> 100000 x 65536", "gid map 0 -> 100000 x 65536",
		     "owned by uid 0 (root), gid 0", "setgroups allowed")


@test
def limits():
	"""After an ENOSPC, the account that is full comes first."""
	def fill(_self):
		situations.unshare("user")
		situations.map_root()
		pathlib.Path("/proc/sys/user/max_uts_namespaces").write_text("1")
		situations.unshare("uts")
		try:
			situations.unshare("uts")
		except OSError as error:
			return error.errno
		return 0

	with situations.child(fill) as process:
		equal(process.said, errno.ENOSPC, "what the second one got")
		rows = tool.good("limits", "-r", "-n", "-o", "TYPE,USE,LIMIT,FULL,USERNS,UID").out.splitlines()
		inum = situations.link_inum(f"/proc/{process.pid}/ns/user")
		equal(rows[0].split(), ["uts", "1", "1", "full", str(inum), "0"], "the first line")


@test
def cable():
	"""Both ends of a veth, each by its namespace and device."""
	with situations.netns("blue"), situations.netns("green"):
		subprocess.run(["ip", "-n", "green", "link", "add", "v0", "type", "veth", "peer", "name", "eth0",
				"netns", "blue"], check=True)
		subprocess.run(["ip", "-n", "green", "addr", "add", "10.1.2.3/24", "dev", "v0"], check=True)
		inums = {name: os.stat(f"/run/netns/{name}").st_ino for name in ("blue", "green")}
		for name, here, other, there in (("green", "v0", "blue", "eth0"),
						 ("blue", "eth0", "green", "v0")):
			text = "\n".join(lines("ns", name))
			check(re.search(rf"\b{here} <-> net:{inums[other]}/{there} \({other}\): veth, ", text),
			      f"the other end of {here}: {text}")
		contains("\n".join(lines("ns", "green")), ", 10.1.2.3/24", "its address")


def settled_why(spec):
	"""What `why` says, once the process that made it is gone."""
	def ask():
		text = tool.good("why", spec, "-u").out
		return text if "tasks " not in text and "the references changed" not in text else None
	return situations.wait_until(ask, f"{spec} rests")


@test
def holders():
	"""A namespace without a process: the descriptors are named, and closing them is the way."""
	with holds.by_socket() as (kind, inum):
		text = settled_why(f"{kind}:[{inum}]")
		fd = re.search(rf"fd (\d+) of {os.getpid()} \(", text)
		check(fd, f"the socket is named: {text}")
		contains(text, ": tcp, socket:[", "what it is")
		contains(text, f"close fd {fd[1]} of {os.getpid()} (", "what would have to go")
		check("unexplained" not in text, f"nothing is unexplained: {text}")
	situations.wait_until(lambda: tool.run("why", f"{kind}:[{inum}]").status == 3, "it is gone")


@test
def in_flight():
	"""In which socket's queue it is, is not known."""
	with holds.by_file_in_flight("uts") as (kind, inum):
		text = settled_why(f"{kind}:[{inum}]")
		contains(text, "1 reference: 1 explained\n", "the sum")
		contains(text, ", by 1 file in flight\n", "what holds it")


@test
def elsewhere():
	"""Mounted in the mount namespace of another process only."""
	with tempfile.NamedTemporaryFile() as target:
		def keep(_self):
			situations.unshare("mnt")
			situations.mount("none", "/", None, situations.MS_REC | situations.MS_PRIVATE)
			with holds.opened(holds.new("uts")) as fd:
				situations.mount(f"/proc/self/fd/{fd}", target.name, None,
						 situations.MS_BIND)
				return holds.inum_of(fd)

		with situations.child(keep) as process:
			text = settled_why(f"/proc/{process.pid}/root{target.name}")
			number = tool.short(situations.link_inum(f"/proc/{process.pid}/ns/mnt"))
			where = rf"{target.name} in mnt:\d*{number} \(of {process.pid}\)"
			check(re.search(where, text), f"where: {text}")
			contains(text, f"nsenter -t {process.pid} -m umount {target.name}", "what has to go")
			contains(text, f"uts:{process.said}", "which namespace it is")


main()
