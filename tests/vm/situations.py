# SPDX-License-Identifier: GPL-2.0
"""Real situations: processes and threads in namespaces of their own.

Each is made by a forked child that says over a pipe when it is there, and is
killed and reaped when the test leaves it.  Nothing here sleeps for a fixed time.
"""

import contextlib
import ctypes
import errno
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

CROWD = str(pathlib.Path(__file__).resolve().parent / "crowd")

# A limit on every wait, not a time that anything takes.
LIMIT = 120

CLONE_NEWTIME = 0x00000080
CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

FLAGS = {"cgroup": CLONE_NEWCGROUP, "ipc": CLONE_NEWIPC, "mnt": CLONE_NEWNS, "net": CLONE_NEWNET,
	 "pid": CLONE_NEWPID, "time": CLONE_NEWTIME, "user": CLONE_NEWUSER, "uts": CLONE_NEWUTS}

TYPES = tuple(FLAGS)
SLOTS = ("cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time", "time_for_children",
	 "user", "uts")

SYS_EXIT = 60
SYS_CLONE3 = 435
SYS_DELETE_MODULE = 176
SYS_FINIT_MODULE = 313
PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
CAP_SYS_ADMIN = 21

MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 2

libc = ctypes.CDLL(None, use_errno=True)
# Does not let go of the interpreter's lock: a call may return twice.
libc_locked = ctypes.PyDLL(None, use_errno=True)


def call(function, *arguments):
	"""Calls a function of libc; raises OSError when it fails."""
	result = function(*arguments)
	if result < 0:
		error = ctypes.get_errno()
		raise OSError(error, os.strerror(error))
	return result


def unshare(*types):
	call(libc.unshare, ctypes.c_int(sum(FLAGS[t] for t in types)))


def setns(path, flags=0):
	fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
	try:
		call(libc.setns, fd, flags)
	finally:
		os.close(fd)


def mount(source, target, kind, flags=0):
	call(libc.mount, source.encode(), target.encode(), kind.encode() if kind else None,
	     ctypes.c_ulong(flags), None)


def umount(target):
	call(libc.umount2, target.encode(), MNT_DETACH)


def delete_module(name, flags=os.O_NONBLOCK):
	call(libc.syscall, SYS_DELETE_MODULE, name.encode(), flags)


def unload():
	"""Unloads the module; what has just closed may hold it a moment longer."""
	def attempt():
		try:
			delete_module("nsinspect")
		except OSError as error:
			if error.errno not in (errno.EWOULDBLOCK, errno.EBUSY):
				raise
			return False
		return True

	wait_until(attempt, "the module can be unloaded")


def finit_module(path):
	fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
	try:
		call(libc.syscall, SYS_FINIT_MODULE, fd, b"", 0)
	finally:
		os.close(fd)


def set_name(name):
	"""The comm of the calling thread: any 15 bytes."""
	call(libc.prctl, 15, name, 0, 0, 0)


def host_pid():
	"""Our number in the pid namespace of the /proc that is mounted."""
	return int(os.readlink("/proc/self"))


def host_tid():
	return int(os.readlink("/proc/thread-self").rpartition("/")[2])


def wait_until(condition, what):
	"""Returns what condition returns once that is true."""
	end = time.monotonic() + LIMIT
	pause = 0.001
	while True:
		result = condition()
		if result:
			return result
		if time.monotonic() > end:
			raise TimeoutError(f"not after {LIMIT} s: {what}")
		time.sleep(pause)
		pause = min(2 * pause, 0.1)


def read_line(fd, what):
	"""One line from a pipe."""
	line = bytearray()
	while not line.endswith(b"\n"):
		if not select.select([fd], [], [], LIMIT)[0]:
			raise TimeoutError(f"no word after {LIMIT} s: {what}")
		byte = os.read(fd, 1)
		if not byte:
			raise RuntimeError(f"ended without a word: {what}")
		line += byte
	return line.decode()


def block():
	"""Waits to be killed."""
	while True:
		signal.pause()


class Child:
	"""A process that did something and waits; end() kills and reaps it.

	do() runs in it with the Child as its argument.  What it returns, or hands
	to say(), is `said` here; it goes on when go() is called, if it awaits that.
	"""

	def __init__(self, do, fork=os.fork):
		said_out, self._said = os.pipe()
		self._go, go_in = os.pipe()
		sys.stdout.flush()
		self.pid = fork()
		if self.pid == 0:
			self._live(do, said_out, go_in)
		os.close(self._said)
		os.close(self._go)
		self._out, self._in = said_out, go_in
		self.said = None

	def _live(self, do, *others):
		try:
			for fd in others:
				os.close(fd)
			signal.alarm(0)
			signal.signal(signal.SIGALRM, signal.SIG_DFL)
			libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
			self.say(do(self))
			block()
		except BaseException:
			self.say({"died": traceback.format_exc()})
		finally:
			os._exit(1)

	# in the child

	def say(self, value):
		os.write(self._said, json.dumps(value).encode() + b"\n")

	def await_go(self):
		if not os.read(self._go, 1):
			os._exit(0)

	# in the parent

	def listen(self):
		self.said = json.loads(read_line(self._out, f"process {self.pid}"))
		if isinstance(self.said, dict) and "died" in self.said:
			raise RuntimeError(self.said["died"])
		return self.said

	def go(self):
		os.write(self._in, b"g")

	def end(self):
		with contextlib.suppress(ProcessLookupError):
			os.kill(self.pid, signal.SIGKILL)
		with contextlib.suppress(ChildProcessError):
			os.waitpid(self.pid, 0)
		os.close(self._out)
		os.close(self._in)


@contextlib.contextmanager
def child(do=lambda _self: None, fork=os.fork):
	"""A process that did something and waits."""
	process = Child(do, fork)
	try:
		process.listen()
		yield process
	finally:
		process.end()


def unshared(*types):
	"""A process that unshared these."""
	return child(lambda _self: unshare(*types))


def map_root(outer=0):
	"""Is root in the user namespace that it unshared: only who is mapped can make another."""
	# Who has changed its uid does not own its files in /proc.
	call(libc.prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)
	for name, text in (("setgroups", "deny"), ("uid_map", f"0 {outer} 1"),
			   ("gid_map", f"0 {outer} 1")):
		with open(f"/proc/self/{name}", "w") as file:
			file.write(text)


def _descend(self, chain, types, depth):
	chain = chain + [host_pid()]
	if depth == 0:
		self.say(chain)
		block()
	unshare(*types)
	if "user" in types:
		map_root()
	if os.fork() == 0:
		libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
		_descend(self, chain, types, depth - 1)
	block()


@contextlib.contextmanager
def nested(types, depth):
	"""A process, its child in new namespaces, its child in newer ones, ...

	Yields their pids, depth + 1 of them.  The namespaces end with their first
	process, and that with its parent.
	"""
	process = Child(lambda self: _descend(self, [], types, depth))
	try:
		yield process.listen()
	finally:
		process.end()


@contextlib.contextmanager
def in_new(*types, do=lambda: None):
	"""A process born into new namespaces; yields its pid and its parent's."""
	def parent(self):
		unshare(*types)
		if os.fork() == 0:
			libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
			do()
			self.say([host_pid(), os.getppid()])
			block()
		block()

	process = Child(parent)
	try:
		process.listen()
		yield process.said[0], process.pid
	finally:
		process.end()


@contextlib.contextmanager
def zombie(types=()):
	"""A process that ended and is not waited for; yields its pid."""
	def end():
		if types:
			unshare(*types)
		os._exit(0)

	sys.stdout.flush()
	pid = os.fork()
	if pid == 0:
		try:
			end()
		finally:
			os._exit(1)
	try:
		os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
		yield pid
	finally:
		os.waitpid(pid, 0)


def _with_threads(*jobs, leader_exits=False):
	"""What a child does: threads that do their jobs, and the tids of all."""
	def do(self):
		tids = [None] * len(jobs)
		ready = threading.Barrier(len(jobs) + 1)

		def live(i):
			tids[i] = host_tid()
			jobs[i]()
			ready.wait()
			if leader_exits and i == 0:
				pid = host_pid()
				wait_until(lambda: state(pid) == "Z", "the leader exits")
				self.say(tids)
			threading.Event().wait()

		for i in range(len(jobs)):
			threading.Thread(target=live, args=(i,), daemon=True).start()
		ready.wait()
		if leader_exits:
			libc.syscall(SYS_EXIT, 0)
		return tids
	return do


def threads(*jobs):
	"""A process with threads that each did a job; said: their tids."""
	return child(_with_threads(*jobs))


def exited_leader(count):
	"""A process whose leader is gone while `count` threads live on."""
	return child(_with_threads(*[lambda: None] * count, leader_exits=True))


class _Clone3(ctypes.Structure):
	_fields_ = [(name, ctypes.c_uint64) for name in
		    ("flags", "pidfd", "child_tid", "parent_tid", "exit_signal", "stack",
		     "stack_size", "tls", "set_tid", "set_tid_size", "cgroup")]


def clone3(*types, set_tid=None):
	"""fork() by clone3, into new namespaces."""
	arguments = _Clone3(flags=sum(FLAGS[t] for t in types), exit_signal=signal.SIGCHLD)
	if set_tid:
		wanted = (ctypes.c_int * 1)(set_tid)
		arguments.set_tid = ctypes.addressof(wanted)
		arguments.set_tid_size = 1
	result = libc_locked.syscall(SYS_CLONE3, ctypes.byref(arguments), ctypes.sizeof(arguments))
	if result < 0:
		error = ctypes.get_errno()
		raise OSError(error, os.strerror(error))
	return result


def _read_pids(fd, count):
	text = b""
	end = time.monotonic() + LIMIT
	while text.count(b"\n") < count:
		if not select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
			raise TimeoutError(f"no {count} processes after {LIMIT} s")
		part = os.read(fd, 65536)
		if not part:
			raise RuntimeError("the crowd ended")
		text += part
	return [int(line) for line in text.split()]


@contextlib.contextmanager
def crowd(count):
	"""Many processes that wait; yields their pids."""
	with subprocess.Popen([CROWD, str(count)], stdin=subprocess.PIPE,
			      stdout=subprocess.PIPE) as process:
		try:
			yield _read_pids(process.stdout.fileno(), count)
		finally:
			process.stdin.close()
			process.wait(LIMIT)


@contextlib.contextmanager
def storm(do, count=2):
	"""Processes that do something over and over until the test leaves it."""
	def live(self):
		self.say(None)
		while True:
			do()

	processes = []
	try:
		for _ in range(count):
			processes.append(Child(live))
			processes[-1].listen()
		yield
		for process in processes:
			if os.waitpid(process.pid, os.WNOHANG)[0]:
				raise RuntimeError("died in the storm: "
						   + read_line(process._out, "why"))
	finally:
		for process in processes:
			process.end()


def born_and_gone(*types):
	"""A process that unshares and ends; one turn of a storm."""
	pid = os.fork()
	if pid == 0:
		try:
			unshare(*types)
		finally:
			os._exit(0)
	os.waitpid(pid, 0)


@contextlib.contextmanager
def netns(name):
	"""A network namespace as `ip netns` makes it."""
	subprocess.run(["ip", "netns", "add", name], check=True)
	try:
		yield f"/run/netns/{name}"
	finally:
		subprocess.run(["ip", "netns", "delete", name], check=True)


# Containers as container engines make them.

def _children(pid):
	with open(f"/proc/{pid}/task/{pid}/children") as file:
		return [int(child) for child in file.read().split()]


@contextlib.contextmanager
def bubblewrap():
	"""A container of bubblewrap's with the guest's own files; yields the pids of bwrap,
	of the first process in it, which is bwrap, too, and of the program.
	"""
	out, info = os.pipe()
	with subprocess.Popen(["bwrap", "--unshare-all", "--die-with-parent", "--hostname", "box",
			       "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev",
			       "--tmpfs", "/tmp", "--info-fd", str(info), "sleep", "infinity"],
			      pass_fds=[info]) as process:
		os.close(info)
		try:
			with open(out) as file:
				first = json.load(file)["child-pid"]
			wait_until(lambda: _children(first) and
				   proc_status(_children(first)[0])["Name"] == "sleep", "the program runs")
			yield process.pid, first, _children(first)[0]
		finally:
			process.kill()


def has_cgroup_bpf():
	with open("/proc/kallsyms") as symbols:
		return any(" cgroup_bpf_prog_attach\n" in line for line in symbols)


RUNC_ID = "0123456789abcdef" * 4


@contextlib.contextmanager
def runc():
	"""A container of runc's with nothing in it but busybox, in a cgroup as docker makes it;
	yields the pids of its two processes.
	"""
	def run(*arguments):
		subprocess.run(["runc", *arguments], check=True, cwd=bundle, stdin=subprocess.DEVNULL,
			       stdout=subprocess.DEVNULL)

	with tempfile.TemporaryDirectory() as bundle:
		root = pathlib.Path(bundle, "rootfs/bin")
		root.mkdir(parents=True)
		shutil.copy("/bin/busybox", root / "busybox")
		(root / "sh").symlink_to("busybox")
		run("spec")
		path = pathlib.Path(bundle, "config.json")
		config = json.loads(path.read_text())
		config["process"].update(terminal=False, args=["sh", "-c", "busybox sleep 1000000; exit"])
		config["hostname"] = "box"
		config["linux"]["cgroupsPath"] = f"/docker/{RUNC_ID}"
		path.write_text(json.dumps(config))
		run("run", "--detach", "--pid-file", f"{bundle}/pid", "box")
		try:
			first = int(pathlib.Path(bundle, "pid").read_text())
			wait_until(lambda: _children(first) and
				   proc_status(_children(first)[0])["Name"] != "sh", "the program runs")
			yield first, _children(first)[0]
		finally:
			run("delete", "--force", "box")


KPROBES = pathlib.Path("/sys/kernel/debug/kprobes/enabled")


@contextlib.contextmanager
def switched_off(switch):
	"""KPROBES, or another file with 0 or 1 in it."""
	switch.write_text("0")
	try:
		yield
	finally:
		switch.write_text("1")


def restart_pids():
	"""Goes on with small pids, as on a host that was just booted: they take room on screens.

	Returns whether the kernel can do that (CHECKPOINT_RESTORE).
	"""
	try:
		pathlib.Path("/proc/sys/kernel/ns_last_pid").write_text("300")
		return True
	except FileNotFoundError:
		return False


# What /proc says.

def link_inum(path):
	"""The inode number of a namespace link; None when it leads nowhere."""
	try:
		return int(os.readlink(path).partition("[")[2].rstrip("]"))
	except OSError as error:
		if error.errno in (errno.ENOENT, errno.EACCES, errno.ESRCH):
			return None
		raise


def proc_slots(pid, tid=None):
	"""The ten slots of a task, those that /proc can tell."""
	folder = f"/proc/{pid}/ns" if tid is None else f"/proc/{pid}/task/{tid}/ns"
	slots = {slot: link_inum(f"{folder}/{slot}") for slot in SLOTS}
	return {slot: inum for slot, inum in slots.items() if inum}


def proc_status(pid, tid=None):
	"""/proc/PID/status as a dict of strings."""
	path = f"/proc/{pid}/status" if tid is None else f"/proc/{pid}/task/{tid}/status"
	with open(path, errors="surrogateescape") as file:
		return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def state(pid):
	"""The state letter of a task, None when it is gone."""
	try:
		with open(f"/proc/{pid}/stat", "rb") as file:
			return file.read().rpartition(b")")[2].split()[0].decode()
	except (FileNotFoundError, ProcessLookupError):
		return None


def has_debug_kernel():
	return os.path.exists("/sys/kernel/debug/kmemleak")
