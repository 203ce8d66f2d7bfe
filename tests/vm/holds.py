# SPDX-License-Identifier: GPL-2.0
"""Namespaces that one thing holds, everything else being let go.

Each is a context manager that makes a namespace, hands it to one holder, ends the
process that made it and yields the type and the inode number.
"""

import array
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import tempfile

import situations
from situations import MS_BIND, call, libc

SYS_PIDFD_OPEN = 434
SYS_MOVE_MOUNT, SYS_FSOPEN, SYS_FSCONFIG, SYS_FSMOUNT = 429, 430, 431, 432
FSCONFIG_CMD_CREATE = 6
MOVE_MOUNT_F_EMPTY_PATH = 4
AT_FDCWD = -100

# The slot in which one that was just unshared is.
SLOT_OF_NEW = {kind: kind for kind in situations.TYPES} | {"pid": "pid_for_children",
							   "time": "time_for_children"}


def inum_of(fd):
	return os.fstat(fd).st_ino


def send_fd(sock, fd):
	sock.sendmsg([b"f"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])


def receive_fd(sock):
	_, ancillary, _, _ = sock.recvmsg(1, socket.CMSG_SPACE(4))
	return array.array("i", ancillary[0][2])[0]


@contextlib.contextmanager
def opened(fd):
	try:
		yield fd
	finally:
		os.close(fd)


def made_by(do):
	"""What a process that has ended sent: a file descriptor."""
	ours, theirs = socket.socketpair()
	with ours, theirs, situations.child(lambda _self: send_fd(theirs, do())):
		return receive_fd(ours)


def new(kind):
	"""An open nsfs file of a namespace that nobody is in."""
	def make():
		situations.unshare(kind)
		# The link of a pid namespace leads nowhere before it has a child reaper.
		reaper = os.fork() if kind == "pid" else None
		if reaper == 0:
			situations.block()
		fd = os.open(f"/proc/self/ns/{SLOT_OF_NEW[kind]}", os.O_RDONLY)
		if reaper:
			os.kill(reaper, signal.SIGKILL)
			os.waitpid(reaper, 0)
		return fd

	return made_by(make)


@contextlib.contextmanager
def by_nsfs_file(kind):
	with opened(new(kind)) as fd:
		yield kind, inum_of(fd)


@contextlib.contextmanager
def by_bind_mount(kind):
	with tempfile.NamedTemporaryFile() as target:
		with opened(new(kind)) as fd:
			situations.mount(f"/proc/self/fd/{fd}", target.name, None, MS_BIND)
			inum = inum_of(fd)
		try:
			yield kind, inum
		finally:
			situations.umount(target.name)


@contextlib.contextmanager
def by_file_in_flight(kind):
	ours, theirs = socket.socketpair()
	with ours, theirs:
		with opened(new(kind)) as fd:
			send_fd(ours, fd)
			inum = inum_of(fd)
		yield kind, inum


@contextlib.contextmanager
def by_file_in_flight_in_flight(kind):
	"""In the queue of a socket that itself is in a queue, and in none else."""
	ours, theirs = socket.socketpair()
	inner, inner_end = socket.socketpair()
	with ours, theirs:
		with inner, inner_end, opened(new(kind)) as fd:
			send_fd(inner, fd)
			inum = inum_of(fd)
			send_fd(ours, inner_end.fileno())
			# A pair whose both ends are closed but for the queue would be garbage.
			send_fd(ours, inner.fileno())
		yield kind, inum


@contextlib.contextmanager
def by_file_not_accepted(kind):
	"""In the queue of a connection that nobody has accepted."""
	with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
		listener.bind("")
		listener.listen()
		client.connect(listener.getsockname())
		with opened(new(kind)) as fd:
			send_fd(client, fd)
			inum = inum_of(fd)
		yield kind, inum


@contextlib.contextmanager
def by_socket(family=socket.AF_INET, kind=socket.SOCK_STREAM):
	def make():
		situations.unshare("net")
		with socket.socket(family, kind) as sock:
			return os.dup(sock.fileno())

	with opened(made_by(make)) as fd:
		yield "net", net_of_socket(fd)


def net_of_socket(fd):
	"""SIOCGSKNS, in a process of its own, so that its nsfs file is gone again."""
	def ask():
		return call(libc.ioctl, fd, ctypes.c_ulong(0x894c), 0)

	with situations.child(lambda _self: inum_of(ask())) as process:
		return process.said


@contextlib.contextmanager
def by_credential():
	"""An open file; the process that opened it was in a user namespace."""
	def make():
		situations.unshare("user")
		return os.open("/dev/null", os.O_RDONLY)

	ours, theirs = socket.socketpair()
	with ours, theirs:
		def live(_self):
			fd = make()
			send_fd(theirs, fd)
			return situations.link_inum("/proc/self/ns/user")
		with situations.child(live) as process:
			inum = process.said
			fd = receive_fd(ours)
	with opened(fd):
		yield "user", inum


@contextlib.contextmanager
def by_mounts_file():
	with situations.unshared("mnt") as process:
		inum = situations.link_inum(f"/proc/{process.pid}/ns/mnt")
		fd = os.open(f"/proc/{process.pid}/mounts", os.O_RDONLY)
	with opened(fd):
		yield "mnt", inum


@contextlib.contextmanager
def by_pidfd():
	with situations.in_new("pid") as (pid, _):
		inum = situations.link_inum(f"/proc/{pid}/ns/pid")
		fd = call(libc.syscall, SYS_PIDFD_OPEN, pid, 0)
	with opened(fd):
		situations.wait_until(lambda: situations.state(pid) is None, "it is reaped")
		yield "pid", inum


@contextlib.contextmanager
def by_proc_mount():
	"""A proc file system that was mounted from within a pid namespace."""
	with tempfile.TemporaryDirectory() as target:
		with situations.in_new("pid", do=lambda: situations.mount("proc", target, "proc")) \
		     as (pid, _):
			inum = situations.link_inum(f"/proc/{pid}/ns/pid")
		try:
			yield "pid", inum
		finally:
			situations.umount(target)


@contextlib.contextmanager
def by_file_system():
	"""A tmpfs that was mounted from within a user namespace."""
	def make():
		situations.unshare("user")
		situations.map_root()
		situations.unshare("mnt")
		fs = call(libc.syscall, SYS_FSOPEN, b"tmpfs", 0)
		call(libc.syscall, SYS_FSCONFIG, fs, FSCONFIG_CMD_CREATE, None, None, 0)
		return call(libc.syscall, SYS_FSMOUNT, fs, 0, 0)

	ours, theirs = socket.socketpair()
	with ours, theirs, tempfile.TemporaryDirectory() as target:
		def live(_self):
			send_fd(theirs, make())
			return situations.link_inum("/proc/self/ns/user")
		with situations.child(live) as process:
			inum = process.said
			with opened(receive_fd(ours)) as fd:
				call(libc.syscall, SYS_MOVE_MOUNT, fd, b"", AT_FDCWD, target.encode(),
				     MOVE_MOUNT_F_EMPTY_PATH)
		try:
			yield "user", inum
		finally:
			situations.umount(target)


@contextlib.contextmanager
def by_name(name="nsinspect-test"):
	with situations.netns(name) as path:
		yield "net", os.stat(path).st_ino


def uts_file(target):
	"""As unshare --uts=FILE leaves it."""
	subprocess.run(["unshare", f"--uts={target}", "hostname", "held"], check=True)
