#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What keeps a namespace alive: each kind of holder, alone and explained."""

import errno
import os
import pathlib
import socket

import genl
import holds
import situations
from ktap import check, equal, main, raises, say, test


def why(kind, inum):
	with genl.Socket() as connection:
		return connection.holder_get(type=kind, inum=inum)


def unexplained(answer, what="refs"):
	holding = answer.holding
	return holding[what] - sum(e.get(what, 0) for e in holding["explained"].values())


def settled(kind, inum, condition=lambda _answer: True):
	"""An answer during which nothing moved, once the process that made it is gone."""
	def ask():
		answer = why(kind, inum)
		return answer if (answer.holding["settled"] and condition(answer)) else None
	return situations.wait_until(ask, f"{kind}:[{inum}] rests")


def told(answer):
	"""The kinds of holder, but for the account that whoever is in a user namespace has."""
	return {h["kind"] for h in answer.holders} - {"account"}


def all_explained(answer):
	uids = [h["uid"] for h in answer.holders if h["kind"] == "account"]
	equal(sorted(set(uids)), sorted(uids), "accounts, each once")
	if unexplained(answer) or ("active_refs" in answer.holding and unexplained(answer, "active_refs")):
		say(answer.holding)
		for holder in answer.holders:
			say(holder)
	equal(unexplained(answer), 0, "references without an explanation")
	if "active_refs" in answer.holding:
		equal(unexplained(answer, "active_refs"), 0, "active references without an explanation")


def alone(situation, kinds, *arguments, mounts=0):
	"""What holds the namespace is told, nothing else, and explains all references."""
	with situation(*arguments) as (kind, inum):
		answer = settled(kind, inum, lambda a: not {"nsproxy", "pending", "pid"} & told(a))
		# On 6.1 mounts hold, too, which only mountinfo tells of.
		if mounts and os.uname().release.startswith("6.1."):
			equal(unexplained(answer), mounts, "references without an explanation, of mounts")
		else:
			all_explained(answer)
		equal(told(answer), set(kinds), "kinds of holder")
		# A picture has no reference of ours in it, either.
		situations.wait_until(lambda: genl.look(details=["namespaces", "every"]).ns(kind, inum)["refs"]
				      == why(kind, inum).holding["refs"], "references in a picture")
	return answer


# What a namespace of its kind has besides: a user namespace its account, and the
# credentials of the open file itself, which was opened in it.
OF_NSFS = {kind: ({"nsfs_file", "file_credential"} if kind == "user" else {"nsfs_file"})
	   for kind in situations.TYPES}


@test(*situations.TYPES)
def nsfs_file(kind):
	answer = alone(holds.by_nsfs_file, OF_NSFS[kind], kind)
	mine = [h for h in answer.holders if h["kind"] == "nsfs_file"]
	equal([h["tgid"] for h in mine], [os.getpid()], "who has it open")
	equal(answer.holding["nsfs_users"], 1, "users of the inode")


@test
def descriptors_share_a_reference():
	with holds.by_nsfs_file("uts") as (kind, inum):
		fd = next(h["fd"] for h in settled(kind, inum).holders if h["kind"] == "nsfs_file")
		with holds.opened(os.dup(fd)) as other:
			answer = settled(kind, inum)
			equal({h["fd"] for h in answer.holders}, {fd, other}, "descriptors")
			equal(answer.holding["explained"]["nsfs_file"]["refs"], 1, "references")
			equal(answer.holding["explained"]["nsfs_file"]["holders"], 2, "holders")
			all_explained(answer)


@test(*situations.TYPES)
def file_in_flight(kind):
	kinds = {"nsfs_in_flight"} | ({"file_credential"} if kind == "user" else set())
	answer = alone(holds.by_file_in_flight, kinds, kind)
	holder = next(h for h in answer.holders if h["kind"] == "nsfs_in_flight")
	equal(holder["tgid"], os.getpid(), "who can receive it")
	check(holder["fd"] > 2, f"by which socket: {holder}")


@test
def many_files_in_flight():
	"""In one queue, more than there is room for at first and than are looked at at once."""
	ours, theirs = socket.socketpair()
	with ours, theirs:
		with holds.opened(holds.new("uts")) as fd:
			inum = holds.inum_of(fd)
			for _ in range(6):
				files = [os.open(f"/proc/self/fd/{fd}", os.O_RDONLY) for _ in range(100)]
				holds.send_fd(ours, *files)
				for file in files:
					os.close(file)
		answer = settled("uts", inum)
		equal(told(answer), {"nsfs_in_flight"}, "holders")
		equal(answer.holding["explained"]["nsfs_in_flight"]["holders"], 600, "files in flight")
		equal(answer.holding["nsfs_users"], 600, "users of the inode")
		all_explained(answer)


@test
def reader_of_small_messages():
	"""A namespace with long maps fits into the answer to whoever reads little at once."""
	text = "".join(f"{2 * i} {2 * i + 1} 1\n" for i in range(340))
	with situations.unshared("user") as process:
		for name in ("uid_map", "gid_map"):
			pathlib.Path(f"/proc/{process.pid}/{name}").write_text(text)
		inum = situations.link_inum(f"/proc/{process.pid}/ns/user")
		with genl.Socket(glance=4096) as connection:
			answer = connection.holder_get(type="user", inum=inum)
		equal(len(answer.ns("user", inum)["gid_map"]), 340, "extents")


@test
def bind_mount():
	"""The kernel's side counts the inode; where it is mounted the tool tells."""
	with holds.by_bind_mount("uts") as (kind, inum):
		try:
			answer = settled(kind, inum)
		except genl.Refused as error:
			equal(error.errno, errno.ENOENT, "before the kernel had a tree")
			return
		all_explained(answer)
		equal(told(answer), set(), "holders")
		equal(answer.holding["nsfs_users"], 1, "users of the inode")


@test
def sockets():
	answer = alone(holds.by_socket, {"socket"})
	holder = answer.holders[0]
	equal((holder["family"], holder["socket_type"] & 0xff), (socket.AF_INET, socket.SOCK_STREAM), "what it is")
	equal(answer.holding["explained"]["socket"]["refs"], 1, "references")


@test
def credentials_of_a_file():
	alone(holds.by_credential, {"file_credential"})


@test
def mounts_file():
	alone(holds.by_mounts_file, {"proc_file"})


@test
def pidfd_of_a_reaped_process():
	alone(holds.by_pidfd, {"pid_reaped"})


@test
def proc_file_system():
	alone(holds.by_proc_mount, {"superblock"})


@test
def file_system_of_a_user_namespace():
	alone(holds.by_file_system, {"superblock"}, mounts=1)


HAS_TREE = tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 19)

# What is made, what has to be told of it, and whether it is found where the kernel has
# no tree of namespaces.
OTHERS = (
	("file of proc net", lambda: holds.by_file_of_proc_net("tcp"), {"proc_file"}, True),
	("file of proc net that is single", lambda: holds.by_file_of_proc_net("sockstat"),
	 {"proc_file"}, True),
	("file of proc sysvipc", holds.by_sysvipc_file, {"proc_file"}, True),
	("file of proc sysvipc, pid", holds.by_sysvipc_file_of_pid, {"proc_file"}, False),
	("shared memory", holds.by_shared_memory, {"shm"}, True),
	("perf event", holds.by_perf_event, {"perf_event"}, False),
	("cgroup file", holds.by_cgroup_file, {"cgroup_file"}, False),
	("fsopen, user", lambda: holds.by_fsopen("user", "tmpfs"), {"fs_context", "file_credential"},
	 True),
	("fsopen, net", lambda: holds.by_fsopen("net", "tmpfs"), {"fs_context"}, True),
	("fsopen, cgroup", lambda: holds.by_fsopen("cgroup", "cgroup2"), {"fs_context"}, False),
	("detached mount", holds.by_detached_mount, {"mount", "superblock", "file_credential"}, True),
	("folder of a reaped process", holds.by_folder_of_a_reaped_process, {"pid_reaped"}, False),
	("peer, pid", lambda: holds.by_peer("pid"), {"pid_reaped"}, False),
	("peer, user", lambda: holds.by_peer("user"), {"file_credential"}, False),
	("program", holds.by_program, {"credential", "memory", "file_credential"}, True),
)


@test(*OTHERS)
def held_by(_name, situation, kinds, is_found):
	if HAS_TREE or is_found:
		alone(situation, kinds)
		return
	# Said in holders.rst: without a tree nothing leads from there to the namespace.
	with situation() as (kind, inum):
		def refused():
			try:
				why(kind, inum)
			except genl.Refused as error:
				return error.errno == errno.ENOENT
			return False
		situations.wait_until(refused, "nothing leads to it any more")


@test
def held_by_overlay():
	"""Its maker's credentials count, too; before 5.11 user namespaces had none.

	Without a tree it is not looked for: it is no part of the kernel itself.
	"""
	try:
		with holds.by_overlay() as (kind, inum):
			if not HAS_TREE:
				situations.wait_until(lambda: not genl.look(
					details=["namespaces", "every"]).has_ns(kind, inum), "nothing leads to it")
				return
			answer = settled(kind, inum, lambda a: "credential" not in told(a))
			equal({h["fstype"] for h in answer.holders if h["kind"] == "superblock"}, {"overlay"},
			      "file systems")
			# The account of credentials that are private to it.
			equal(unexplained(answer), 1, "references without an explanation")
	except RuntimeError as error:
		check("PermissionError" in str(error) and os.uname().release.startswith("5.10."), str(error))


@test
def file_system_of_binfmt_misc():
	"""It counts twice. Before 6.7 it cannot be of a user namespace; debug's kernel has none."""
	may_be = tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 7)
	try:
		with holds.by_file_system("binfmt_misc") as (kind, inum):
			check(may_be, "it can be mounted in a user namespace")
			if not HAS_TREE:
				situations.wait_until(lambda: not genl.look(
					details=["namespaces", "every"]).has_ns(kind, inum), "nothing leads to it")
		if HAS_TREE:
			answer = alone(holds.by_file_system, {"superblock"}, "binfmt_misc")
			equal(answer.holding["explained"]["superblock"]["refs"], 2, "references")
	except RuntimeError as error:
		check(("PermissionError" in str(error) and not may_be) or
		      ("No such device" in str(error) and situations.has_debug_kernel()), str(error))


@test
def group_without_a_leader():
	"""A struct pid that numbers a group only, as its leader was reaped."""
	def make():
		leader = os.fork()
		if leader == 0:
			os.setsid()
			if os.fork() == 0:
				situations.block()
			os._exit(0)
		os.waitpid(leader, 0)

	with situations.in_new("pid", do=make) as (pid, _):
		answer = settled("pid", situations.link_inum(f"/proc/{pid}/ns/pid"))
		all_explained(answer)
		equal(sorted(h["nr"] for h in answer.holders if h["kind"] == "pid"), [1, 2, 3], "numbers")


@test
def what_cannot_be_enumerated():
	"""Said to be unexplained, or not found at all where nothing else leads to it."""
	with holds.by_creator_of_a_segment() as (kind, inum):
		if not HAS_TREE:
			situations.wait_until(lambda: not genl.look(details=["namespaces", "every"]).has_ns(kind, inum),
					      "nothing leads to it")
			return
		answer = settled(kind, inum, lambda a: not {"pid", "pending", "nsproxy"} & told(a))
		equal((told(answer), answer.holding["refs"], unexplained(answer)), (set(), 1, 1), "what is said")


@test(("an mqueue file system", holds.not_by_mqueue), ("the other end of a veth", holds.not_by_veth))
def does_not_hold(_name, situation):
	with situation() as (kind, inum):
		situations.wait_until(lambda: not genl.look(details=["namespaces", "every"]).has_ns(kind, inum),
				      "it is gone")


@test(*situations.TYPES)
def a_task(kind):
	"""A process in new namespaces: its nsproxy, its numbers, its credentials."""
	with situations.in_new(kind) as (pid, parent):
		inum = situations.link_inum(f"/proc/{pid}/ns/{kind}")
		answer = settled(kind, inum)
		all_explained(answer)
		expected = {"pid": "pid", "user": "credential"}.get(kind, "nsproxy")
		tids = {h["tid"] for h in answer.holders if h["kind"] == expected}
		equal(tids, {pid} if kind in ("pid", "time") else {pid, parent}, "who is in it")
		if kind in ("pid", "time"):
			check("pending" in told(answer), f"the parent's children: {told(answer)}")


@test
def file_of_a_task_with_the_same_credentials():
	"""The task is told, which has these credentials itself; not each of its files."""
	def live(_self):
		situations.unshare("user")
		os.open("/dev/null", os.O_RDONLY)
		return situations.link_inum("/proc/self/ns/user")

	with situations.child(live) as process:
		answer = settled("user", process.said)
		all_explained(answer)
		check("file_credential" not in told(answer), f"told: {told(answer)}")


@test
def nsproxy_counts_once():
	with situations.in_new("uts") as (pid, parent):
		inum = situations.link_inum(f"/proc/{pid}/ns/uts")
		answer = settled("uts", inum)
		equal(answer.holding["explained"]["nsproxy"]["holders"], 2, "tasks")
		equal(answer.holding["explained"]["nsproxy"]["refs"], 1, "references")
		equal(len({h["nsproxy"] for h in answer.holders}), 1, "nsproxies")
		equal({h["tid"] for h in answer.holders}, {pid, parent}, "tasks that share it")


@test
def zombie_in_a_pid_namespace():
	with situations.nested(["pid"], 1) as pids:
		inum = situations.link_inum(f"/proc/{pids[1]}/ns/pid")
		os.kill(pids[1], 9)
		situations.wait_until(lambda: situations.state(pids[1]) == "Z", "it is a zombie")
		answer = settled("pid", inum)
		all_explained(answer)
		equal([h["state"] for h in answer.holders if h["kind"] == "pid"], ["Z"], "its state")


@test
def nested_user_namespaces():
	with situations.nested(["user", "uts", "net", "ipc"], 2) as pids:
		inum = situations.link_inum(f"/proc/{pids[0]}/ns/user")
		answer = settled("user", inum)
		all_explained(answer)
		types = sorted(h["type"] for h in answer.holders if h["kind"] in ("owned", "child"))
		check("user" in types and "uts" in types and "net" in types, f"owned: {types}")


@test(*situations.TYPES)
def initial(kind):
	answer = why(kind, situations.link_inum(f"/proc/1/ns/{kind}"))
	check(answer.holding.get("initial"), "it is initial")


@test
def not_there():
	error = raises(genl.Refused, why, "net", 1, what="an inode number that is none")
	equal(error.errno, errno.ENOENT, "errno")
	inum = situations.link_inum("/proc/1/ns/net")
	error = raises(genl.Refused, why, "uts", inum, what="of another type")
	equal(error.errno, errno.ENOENT, "errno")


main()
