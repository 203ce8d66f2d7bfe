# SPDX-License-Identifier: GPL-2.0
"""Who may ask: CAP_SYS_ADMIN in the initial user namespace, initial pid namespace."""

import contextlib
import ctypes
import errno
import os
import signal
import socket

import debugfs
import genl
import situations
import tool
from ktap import check, contains, equal, main, test

FILES = ("tasks", "nsproxies", "namespaces", "graph.dot", "task", "stats")


def become_nobody():
	os.setgroups([])
	os.setresgid(65534, 65534, 65534)
	os.setresuid(65534, 65534, 65534)


def root_of_a_user_namespace(*types):
	def become():
		situations.unshare("user", *types)
		for name, line in (("setgroups", "deny"), ("uid_map", "0 0 1"), ("gid_map", "0 0 1")):
			with open(f"/proc/self/{name}", "w") as file:
				file.write(line)
	return become


def nobody_then_root_of_a_user_namespace():
	become_nobody()
	# Not to be dumpable makes /proc/self/uid_map root's.
	situations.libc.prctl(4, 1, 0, 0, 0)
	situations.unshare("user", "net")
	for name, line in (("setgroups", "deny"), ("uid_map", "0 65534 1"), ("gid_map", "0 65534 1")):
		with open(f"/proc/self/{name}", "w") as file:
			file.write(line)


class _CapHeader(ctypes.Structure):
	_fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def lose_sys_admin():
	"""Root with every capability but one, also after exec."""
	situations.call(situations.libc.prctl, situations.PR_CAPBSET_DROP, situations.CAP_SYS_ADMIN, 0, 0, 0)
	header = _CapHeader(0x20080522, 0)
	data = (ctypes.c_uint32 * 6)()
	situations.call(situations.libc.capget, ctypes.byref(header), data)
	for i in range(3):
		data[i] &= ~(1 << situations.CAP_SYS_ADMIN)
	situations.call(situations.libc.capset, ctypes.byref(header), data)


def enter_a_pid_namespace():
	situations.unshare("pid")
	if os.fork():
		situations.block()
	situations.libc.prctl(situations.PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


CAPABILITY = "CAP_SYS_ADMIN in the initial user namespace"
PIDNS = "initial pid namespace"
REFUSED = {
	"an unprivileged user": (become_nobody, CAPABILITY),
	"root of a user namespace": (root_of_a_user_namespace(), CAPABILITY),
	"root of a user namespace with its own net": (root_of_a_user_namespace("net", "mnt"), CAPABILITY),
	"an unprivileged user as root of their own": (nobody_then_root_of_a_user_namespace, CAPABILITY),
	"root without CAP_SYS_ADMIN": (lose_sys_admin, CAPABILITY),
	"root in a child pid namespace": (enter_a_pid_namespace, PIDNS),
}


def ask_over_netlink():
	"""How each of the three commands, by dump and do, ends."""
	inum = situations.link_inum("/proc/self/ns/net")
	answers = []
	with genl.Socket() as connection:
		for ask in (connection.graph_get, lambda: connection.graph_get(tid=1),
			    lambda: connection.task_get(1), lambda: connection.ns_get(inum=inum)):
			try:
				ask()
				answers.append([0, ""])
			except genl.Refused as refused:
				answers.append([refused.errno, refused.message])
	return answers


def ask_debugfs():
	answers = []
	for name in FILES:
		for flags in (os.O_RDONLY, os.O_RDWR) if name == "task" else (os.O_RDONLY,):
			try:
				os.close(os.open(f"{debugfs.FOLDER}/{name}", flags))
				answers.append(0)
			except OSError as error:
				answers.append(error.errno)
	return answers


def ask_tool():
	answers = []
	for arguments in (("--tree",), ("task", "1")):
		ended = tool.run(*arguments)
		answers.append([ended.status, ended.out, ended.said])
	return answers


def ask_all_as(become):
	"""What somebody else is answered, each way of asking."""
	def do(_self):
		become()
		return [ask_over_netlink(), ask_debugfs(), ask_tool()]

	with situations.child(do) as child:
		return child.said


@test(*[(label, *how) for label, how in REFUSED.items()])
def refused_is(_label, become, rule):
	netlink, files, tools = ask_all_as(become)
	for dump, (number, message) in zip((True, True, False, False), netlink):
		equal(number, errno.EPERM, f"errno over netlink ({message})")
		# Older kernels have no place for the words of a dump that is refused at once.
		if not dump or genl.dumps_point():
			contains(message or "", rule, "the extended ack")
	for number in files:
		check(number in (errno.EPERM, errno.EACCES), f"a debugfs file: errno {number}")
	for status, out, err in tools:
		equal((status, out, len(err.splitlines())), (5, "", 1), f"status, stdout and lines on stderr: {err}")
		contains(err, rule, "stderr")


@test
def debugfs_does_not_rest_on_file_modes():
	"""Who has every right to files, but not CAP_SYS_ADMIN: EPERM, whatever the mode."""
	mode = os.stat(f"{debugfs.FOLDER}/tasks").st_mode
	folder = os.stat("/sys/kernel/debug").st_mode
	try:
		os.chmod("/sys/kernel/debug", 0o755)
		for name in FILES:
			os.chmod(f"{debugfs.FOLDER}/{name}", 0o666)
		for become in (become_nobody, root_of_a_user_namespace(), lose_sys_admin, enter_a_pid_namespace):
			files = ask_all_as(become)[1]
			equal(files, [errno.EPERM] * len(files), f"debugfs files, {become.__name__}")
	finally:
		for name in FILES:
			os.chmod(f"{debugfs.FOLDER}/{name}", 0o600 if name == "task" else mode & 0o777)
		os.chmod("/sys/kernel/debug", folder & 0o777)


@test
def a_socket_that_was_given_away_does_not_carry_rights():
	"""Opened by root, used by nobody: the sender's capability counts, too."""
	def do(_self):
		connection = genl.Socket()
		become_nobody()
		try:
			connection.task_get(1)
		except genl.Refused as refused:
			return refused.errno
		return 0

	with situations.child(do) as child:
		equal(child.said, errno.EPERM, "errno")


@test
def a_file_that_was_given_away_does_not_carry_rights():
	"""The file task, opened by root and written to by nobody."""
	def do(_self):
		fd = os.open(f"{debugfs.FOLDER}/task", os.O_RDWR)
		become_nobody()
		try:
			os.write(fd, b"1")
		except OSError as error:
			return error.errno
		return 0

	with situations.child(do) as child:
		equal(child.said, errno.EPERM, "errno")


@test
def a_refused_dump_holds_nothing():
	"""Not even while its socket is full of answers that nobody reads."""
	def do(self):
		connection = genl.Socket()
		connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
		become_nobody()
		for _ in range(100):
			connection.send(genl.C["CMD_TASK_GET"], genl.attributes(tid=1))
		with contextlib.suppress(OSError):
			connection.dump_start()
		self.say(None)
		self.await_go()
		connection.close()
		self.say(None)

	before = references()
	with situations.child(do) as child:
		equal(references(), before, "references on the module while its socket stays unread")
		child.go()
		child.listen()
		equal(references(), before, "and when it is closed")


def references():
	with open("/sys/module/nsinspect/refcnt") as file:
		return int(file.read())


@test
def root_in_another_network_namespace_is_allowed():
	def become():
		situations.unshare("net", "uts", "ipc", "cgroup")

	netlink, files, tools = ask_all_as(become)
	equal(netlink[:3], [[0, ""]] * 3, "over netlink")
	equal(netlink[3], [0, ""], "its own network namespace over netlink")
	equal(files, [0] * len(files), "debugfs")
	for status, out, err in tools:
		equal((status, err), (0, ""), "status and stderr")
		check(out, "the tool says something")


@test
def who_has_children_in_another_pid_namespace_is_allowed():
	"""Only where the caller is counts, not where its children will be."""
	def do(_self):
		situations.unshare("pid")
		return ask_over_netlink(), ask_debugfs()

	with situations.child(do) as child:
		netlink, files = child.said
		equal(netlink, [[0, ""]] * 4, "over netlink")
		equal(files, [0] * len(files), "debugfs")


@test
def the_family_is_seen_by_everybody():
	"""So that the tool can tell 'not permitted' from 'not loaded'."""
	def do(_self):
		become_nobody()
		genl.Socket().close()

	with situations.child(do):
		pass


main()
