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


def send_fd(sock, *fds):
	sock.sendmsg([b"f"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])


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
def by_file_system(name="tmpfs"):
	"""A file system that was mounted from within a user namespace."""
	def make():
		situations.unshare("user")
		situations.map_root()
		situations.unshare("mnt")
		fs = call(libc.syscall, SYS_FSOPEN, name.encode(), 0)
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
def by_child_of_another_owner():
	"""A pid namespace whose owner is older than its parent; yields both numbers."""
	ours, theirs = socket.socketpair()

	def inner(owner):
		situations.setns(f"/proc/self/fd/{owner}")
		situations.unshare("pid")
		if os.fork() == 0:
			situations.block()
		send_fd(theirs, os.open("/proc/self/ns/pid_for_children", os.O_RDONLY))

	def outer(_self):
		owner = new("user")
		situations.unshare("pid")
		if os.fork() == 0:
			inner(owner)
			situations.block()
		fd = receive_fd(ours)
		send_fd(theirs, fd)
		return situations.link_inum("/proc/self/ns/pid_for_children")

	with ours, theirs, situations.child(outer) as process:
		fd, parent = receive_fd(ours), process.said
	with opened(fd):
		yield inum_of(fd), parent


@contextlib.contextmanager
def by_name(name="nsinspect-test"):
	with situations.netns(name) as path:
		yield "net", os.stat(path).st_ino


def uts_file(target):
	"""As unshare --uts=FILE leaves it."""
	subprocess.run(["unshare", f"--uts={target}", "hostname", "held"], check=True)


# What has to be made by a process that ends: it sends a descriptor.

def _sent(kind, do, types=None):
	"""The descriptor that do() opened in a new namespace, and the namespace's number."""
	ours, theirs = socket.socketpair()

	def live(_self):
		situations.unshare(*(types or [kind]))
		if kind == "user":
			situations.map_root()
		send_fd(theirs, do())
		return situations.link_inum(f"/proc/self/ns/{kind}")

	with ours, theirs, situations.child(live) as process:
		return receive_fd(ours), process.said


@contextlib.contextmanager
def _held(kind, do, types=None):
	fd, inum = _sent(kind, do, types)
	with opened(fd):
		yield kind, inum


def _from_pid_namespace(do):
	"""The same from the first process of a pid namespace, where unshare() does not move."""
	ours, theirs = socket.socketpair()
	with ours, theirs:
		with situations.in_new("pid", do=lambda: send_fd(theirs, do())) as (pid, _):
			inum = situations.link_inum(f"/proc/{pid}/ns/pid")
			fd = receive_fd(ours)
	return fd, inum


@contextlib.contextmanager
def by_file_of_proc_net(name="tcp"):
	fd, inum = _sent("net", lambda: os.open(f"/proc/thread-self/net/{name}", os.O_RDONLY))
	with opened(fd):
		yield "net", inum


def by_sysvipc_file():
	return _held("ipc", lambda: os.open("/proc/sysvipc/shm", os.O_RDONLY))


@contextlib.contextmanager
def by_sysvipc_file_of_pid():
	fd, inum = _from_pid_namespace(lambda: os.open("/proc/sysvipc/shm", os.O_RDONLY))
	with opened(fd):
		yield "pid", inum


@contextlib.contextmanager
def by_shared_memory():
	"""Attached by a process that went back to where it came from."""
	def live(_self):
		with opened(os.open("/proc/self/ns/ipc", os.O_RDONLY)) as home:
			situations.unshare("ipc")
			inum = situations.link_inum("/proc/self/ns/ipc")
			libc.shmat.restype = ctypes.c_void_p
			libc.shmat(call(libc.shmget, 0, 4096, 0o1600), None, 0)
			call(libc.setns, home, 0)
		return inum

	with situations.child(live) as process:
		yield "ipc", process.said


class _PerfAttr(ctypes.Structure):
	_fields_ = [("type", ctypes.c_uint32), ("size", ctypes.c_uint32), ("config", ctypes.c_uint64),
		    ("rest", ctypes.c_uint64 * 12)]


@contextlib.contextmanager
def by_perf_event():
	def make():
		attr = _PerfAttr(type=1, size=ctypes.sizeof(_PerfAttr), config=0)
		return call(libc.syscall, 298, ctypes.byref(attr), 0, -1, -1, 0)

	fd, inum = _from_pid_namespace(make)
	with opened(fd):
		yield "pid", inum


@contextlib.contextmanager
def by_cgroup_file():
	with tempfile.TemporaryDirectory() as target:
		situations.mount("cgroup2", target, "cgroup2")
		try:
			with _held("cgroup", lambda: os.open(f"{target}/cgroup.procs", os.O_RDONLY)) as held:
				yield held
		finally:
			situations.umount(target)


def by_fsopen(kind, filesystem):
	# It takes rights over the mount namespace.
	types = ["user", "mnt"] if kind == "user" else [kind]
	return _held(kind, lambda: call(libc.syscall, SYS_FSOPEN, filesystem.encode(), 0), types)


def by_detached_mount():
	def make():
		fs = call(libc.syscall, SYS_FSOPEN, b"tmpfs", 0)
		call(libc.syscall, SYS_FSCONFIG, fs, FSCONFIG_CMD_CREATE, None, None, 0)
		return call(libc.syscall, SYS_FSMOUNT, fs, 0, 0)

	return _held("user", make, ["user", "mnt"])


@contextlib.contextmanager
def by_folder_of_a_reaped_process():
	with situations.in_new("pid") as (pid, _):
		inum = situations.link_inum(f"/proc/{pid}/ns/pid")
		fd = os.open(f"/proc/{pid}", os.O_RDONLY)
	with opened(fd):
		situations.wait_until(lambda: situations.state(pid) is None, "it is reaped")
		yield "pid", inum


@contextlib.contextmanager
def by_peer(kind):
	"""The end of a connection whose other end a process of the namespace had made."""
	with socket.socket(socket.AF_UNIX) as listener:
		listener.bind("")
		listener.listen()
		address = listener.getsockname()

		def connect():
			with socket.socket(socket.AF_UNIX) as client:
				client.connect(address)

		if kind == "pid":
			with situations.in_new("pid", do=connect) as (pid, _):
				inum = situations.link_inum(f"/proc/{pid}/ns/pid")
				accepted = listener.accept()[0]
		else:
			def live(_self):
				situations.unshare("user")
				connect()
				return situations.link_inum("/proc/self/ns/user")
			with situations.child(live) as process:
				inum = process.said
				accepted = listener.accept()[0]
	with accepted:
		yield kind, inum


@contextlib.contextmanager
def by_program():
	"""A program that was executed in a user namespace; it is its only process."""
	def live(self):
		situations.unshare("user")
		situations.map_root()
		self.say(situations.link_inum("/proc/self/ns/user"))
		os.execv("/bin/sleep", ["sleep", "infinity"])

	process = situations.Child(live)
	try:
		inum = process.listen()
		situations.wait_until(lambda: situations.proc_status(process.pid)["Name"] == "sleep",
				      "it is executed")
		yield "user", inum
	finally:
		process.end()


# What seems to hold a namespace, and does not.

@contextlib.contextmanager
def not_by_mqueue():
	with tempfile.TemporaryDirectory() as target:
		def live(_self):
			situations.unshare("ipc")
			situations.mount("mqueue", target, "mqueue")
			return situations.link_inum("/proc/self/ns/ipc")
		with situations.child(live) as process:
			inum = process.said
		try:
			yield "ipc", inum
		finally:
			situations.umount(target)


@contextlib.contextmanager
def not_by_veth():
	"""One end of a pair is where somebody is, the other in a namespace that is left."""
	with situations.unshared("net") as process:
		inum = situations.link_inum(f"/proc/{process.pid}/ns/net")
		subprocess.run(["ip", "link", "add", "nsi0", "type", "veth", "peer", "name", "nsi1",
				"netns", str(process.pid)], check=True)
	try:
		yield "net", inum
	finally:
		subprocess.run(["ip", "link", "del", "nsi0"], check=False, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def by_overlay():
	"""A file system of the type overlay, made within a user namespace."""
	FSCONFIG_SET_STRING = 1

	with contextlib.ExitStack() as stack:
		lower, other, target = (stack.enter_context(tempfile.TemporaryDirectory()) for _ in range(3))

		def make():
			fs = call(libc.syscall, SYS_FSOPEN, b"overlay", 0)
			call(libc.syscall, SYS_FSCONFIG, fs, FSCONFIG_SET_STRING, b"lowerdir",
			     f"{lower}:{other}".encode(), 0)
			call(libc.syscall, SYS_FSCONFIG, fs, FSCONFIG_CMD_CREATE, None, None, 0)
			return call(libc.syscall, SYS_FSMOUNT, fs, 0, 0)

		fd, inum = _sent("user", make, ["user", "mnt"])
		with opened(fd):
			call(libc.syscall, SYS_MOVE_MOUNT, fd, b"", AT_FDCWD, target.encode(),
			     MOVE_MOUNT_F_EMPTY_PATH)
		stack.callback(situations.umount, target)
		yield "user", inum


@contextlib.contextmanager
def by_creator_of_a_segment():
	"""A segment of SysV shared memory remembers the struct pid that made it."""
	ours, theirs = os.pipe()
	make = lambda: os.write(theirs, b"%d\n" % call(libc.shmget, 0, 4096, 0o1600))
	with opened(ours), opened(theirs):
		with situations.in_new("pid", do=make) as (pid, _):
			inum = situations.link_inum(f"/proc/{pid}/ns/pid")
			segment = int(situations.read_line(ours, "the segment"))
		try:
			yield "pid", inum
		finally:
			call(libc.shmctl, segment, 0, None)
