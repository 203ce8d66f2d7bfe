#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Guests as busy as servers: services, containers, pods, workers, sandboxes.

usage: busy.py [--large] COMMAND...	runs a command in one
"""

import collections
import contextlib
import hashlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading

import situations
from situations import clone3, libc, set_name, setns, unshare

ALL = ("cgroup", "ipc", "mnt", "net", "pid", "uts")
CGROUPS = pathlib.Path("/sys/fs/cgroup")

# Each with a mount namespace of its own, as PrivateTmp= and the like make it.
SERVICES = ("systemd-journal", "systemd-udevd", "systemd-logind", "systemd-resolve", "systemd-timesyn",
	    "chronyd", "upowerd", "polkitd", "ModemManager", "NetworkManager", "colord", "fwupd")
DAEMONS = ("cron", "dbus-daemon", "rsyslogd", "sshd", "agetty", "acpid", "atd", "smartd", "irqbalance")


def container_id(name):
	return hashlib.sha256(name.encode()).hexdigest()


def live(name, do, back):
	"""What a process does once it is born."""
	try:
		libc.prctl(situations.PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
		if do:
			set_name(name.encode())
			do()
			os.write(back, b"ready")
		os.close(back)
		situations.block()
	except BaseException as error:
		os.write(back, repr(error).encode())
	finally:
		os._exit(1)


class Busy:
	"""Makes processes, each with all below it."""

	def fork(self, name, *types, do=lambda: None, count=1):
		"""Starts a process in new namespaces, or more, side by side; returns the last pid."""
		out, back = os.pipe()
		for _ in range(count):
			pid = clone3(*types)
			if pid == 0:
				live(name, do, back)
		os.close(back)
		said = b""
		while len(said) < count * len(b"ready"):
			word = os.read(out, 4096)
			if not word:
				break
			said += word
		os.close(out)
		if said != count * b"ready":
			raise RuntimeError(f"{name}: {said.decode()}")
		return pid

	def crowd(self, name, count):
		"""Starts processes of which nothing is known but their name, which they are born with."""
		own = pathlib.Path("/proc/thread-self/comm").read_bytes().rstrip(b"\n")
		set_name(name.encode())
		out, back = os.pipe()
		for _ in range(count):
			if clone3() == 0:
				live(name, None, back)
		os.close(out)
		os.close(back)
		set_name(own)

	# What there is: each makes what is below the process that calls it.

	def container(self, name, inside, types=ALL, join=None, container=None):
		"""The first process of a container, in a cgroup as docker makes it."""
		folder = CGROUPS / f"docker-{container_id(container or name)}.scope"
		folder.mkdir(exist_ok=True)

		def do():
			(folder / "cgroup.procs").write_text("0")
			if join:
				for kind in ("ipc", "net", "uts"):
					setns(f"/proc/{join}/ns/{kind}")
			inside()

		return self.fork(name, *types, do=do)

	def shim(self, do):
		self.fork("containerd-shim", do=do)

	def celery(self):
		self.fork("celery", do=lambda: self.crowd("celery-worker", 12), count=3)

	def postgres(self):
		for name in ("checkpointer", "bgwriter", "walwriter", "autovacuum", "stats"):
			self.fork(f"pg-{name}")
		self.crowd("pg-session", 3)

	def pod(self):
		pause = self.container("pause", lambda: None)
		share = ("cgroup", "mnt", "pid")
		self.container("app", lambda: self.crowd("app-worker", 10), share, pause)
		self.container("sidecar", lambda: self.crowd("envoy", 2), share, pause)

	def pool(self):
		"""Hundreds, each as small as a process can be; they end with their standard input."""
		with tempfile.TemporaryDirectory() as folder:
			path = f"{folder}/pool-worker"
			os.symlink(situations.CROWD, path)
			self.kept = subprocess.Popen([path, "300"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
			for _ in range(300):
				self.kept.stdout.readline()

	def zombies(self):
		for _ in range(5):
			pid = os.fork()
			if pid == 0:
				set_name(b"defunct")
				os._exit(0)
			os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

	def thread_alone(self, kind):
		ready = threading.Event()

		def prober():
			set_name(b"prober")
			unshare(kind)
			ready.set()
			threading.Event().wait()

		threading.Thread(target=prober, daemon=True).start()
		ready.wait()

	def nested(self):
		self.fork("dind", "mnt", "pid", do=lambda: self.fork("inner", "mnt", "pid"))

	def router(self):
		setns("/run/netns/green")

	def everything(self):
		for name in SERVICES:
			self.fork(name, do=lambda: unshare("mnt"))
		for name in DAEMONS:
			self.fork(name)
		self.shim(lambda: self.container("nginx", lambda: self.crowd("nginx-worker", 32)))
		self.shim(lambda: self.container("celery", self.celery))
		self.shim(lambda: self.container("postgres", self.postgres))
		self.shim(lambda: self.container("redis", lambda: None))
		self.shim(self.pod)
		self.shim(self.nested)
		self.fork("pool-master", do=self.pool)
		self.fork("browser", do=lambda: self.fork("sandboxed", count=60,
							  do=lambda: unshare("mnt", "net")))
		self.fork("waiting", do=lambda: unshare("pid"))
		self.fork("bad-parent", do=self.zombies)
		self.fork("java", do=lambda: self.thread_alone("net"))
		self.fork("router", do=self.router)


# One or more processes of a host, and what each of them does once it is born, in this order.
Process = collections.namedtuple("Process", (
	"name", "below",
	"count",	# so many of them side by side
	"new",		# types of namespaces that it is born into
	"container",	# the name of the container that begins here
	"joins",	# a process beside it, and the types that it takes from that
	"unshares",	# types that it leaves alone, and so does each of a run
	"does",		# a function to call
	"alone",	# types: a thread for each, which unshares it alone
	"threads"), defaults=(1, (), None, None, (), None, (), 0))


def p(name, *below, **what):
	return Process(name, below, **what)


def docker(name, first, threads=12):
	"""A container as containerd starts it."""
	return p("containerd-shim", first._replace(new=ALL, container=name), threads=threads)


def pod(name, *rest):
	"""Containers that share the network of their first one."""
	return p("containerd-shim", p("pause", new=ALL, container=f"{name}-pause"),
		 *(first._replace(new=("cgroup", "mnt", "pid"), joins=("pause", ("ipc", "net", "uts")),
				  container=f"{name}-{first.name}") for first in rest), threads=12)


def pin_uts():
	"""Leaves a namespace behind that only a file descriptor holds."""
	home = os.open("/proc/self/ns/uts", os.O_RDONLY)
	unshare("uts")
	os.open("/proc/self/ns/uts", os.O_RDONLY)
	situations.call(libc.setns, home, situations.CLONE_NEWUTS)


def leave_zombies():
	Busy().zombies()


LARGE = (
	*(p(name, unshares=("mnt",)) for name in SERVICES),
	*(p(name) for name in DAEMONS),
	p("dockerd", threads=40), p("containerd", threads=30), p("kubelet", threads=50),
	p("sshd-listener", p("sshd-session", p("bash"), count=8)),
	docker("web", p("nginx", p("nginx", count=32))),
	docker("jobs", p("celery", p("celery", p("celery", count=12), count=3))),
	docker("db", p("postgres", *(p(f"pg-{what}") for what in (
		"checkpointer", "bgwriter", "walwriter", "autovacuum", "stats", "archiver")),
		p("pg-session", count=24))),
	docker("cache", p("redis", threads=4)),
	docker("queue", p("kafka", threads=132)),
	docker("ci", p("runner", p("sh", p("make", p("cc1", count=2)), count=20))),
	p("containerd-shim", p("api", p("api-worker", count=16), new=ALL, container="api"),
	  p("runc", p("sh", p("top")), joins=("api", ALL)), threads=12),
	pod("shop", p("shop", p("shop-worker", count=12)), p("envoy", threads=8)),
	pod("cart", p("cart", p("cart-worker", count=12)), p("envoy", threads=8)),
	pod("mail", p("mail", threads=20), p("spamd", p("spamd-child", count=5)), p("envoy", threads=8)),
	pod("dns", p("coredns", threads=12)),
	p("dind", p("inner", p("innermost", new=("mnt", "pid")), p("worker", count=3),
		    new=("mnt", "pid")), new=("mnt", "pid")),
	p("gunicorn", p("gunicorn", p("gunicorn", count=24), count=4)),
	p("pool-master", p("pool-worker", count=163)),
	p("browser", p("zygote", p("sandboxed", unshares=("mnt", "net"), count=100)), threads=40),
	p("rootless", p("conmon", p("httpd", p("httpd", count=4),
				    new=("ipc", "mnt", "net", "pid", "user", "uts")))),
	p("unshare", unshares=("pid",)),
	p("hostnamed", unshares=("uts",)),
	p("faketime", p("timed"), unshares=("time",)),
	p("bad-parent", does=leave_zombies),
	p("java", alone=("net", "mnt"), threads=30),
	p("router", does=lambda: setns("/run/netns/green")),
	p("pinner", does=pin_uts),
)


class Host(Busy):
	"""A host out of a table."""

	def make(self, processes):
		"""Makes these below the process that calls it."""
		pids = {}
		for process in processes:
			if process[1:2] + process[3:] == p("")[1:2] + p("")[3:]:
				self.crowd(process.name, process.count)
				continue

			def do(process=process):
				self.be(process, pids)

			if process.container:
				pid = self.container(process.name, do, process.new, container=process.container)
			else:
				pid = self.fork(process.name, *process.new, do=do, count=process.count)
			pids[process.name] = pid

	def be(self, process, pids):
		if process.joins:
			name, types = process.joins
			# Its /proc links are not found any more from another mount namespace.
			links = [os.open(f"/proc/{pids[name]}/ns/{kind}", os.O_RDONLY) for kind in types]
			for link in links:
				situations.call(libc.setns, link, 0)
				os.close(link)
		if process.unshares:
			unshare(*process.unshares)
		if process.does:
			process.does()
		self.make(process.below)
		for kind in process.alone:
			self.thread_alone(kind)
		for _ in range(process.threads):
			threading.Thread(target=threading.Event().wait, daemon=True).start()


@contextlib.contextmanager
def busy():
	"""All of it, and two network namespaces with names, one of them empty."""
	made = Busy()
	situations.restart_pids()
	with situations.netns("blue"), situations.netns("green"), \
	     situations.child(lambda _self: made.everything()):
		set_name(b"test")
		yield


@contextlib.contextmanager
def large():
	"""The host of the table."""
	made = Host()
	situations.restart_pids()
	with situations.netns("blue"), situations.netns("green"), \
	     situations.child(lambda _self: made.fork("systemd", do=lambda: made.make(LARGE))):
		set_name(b"test")
		yield


if __name__ == "__main__":
	is_large = sys.argv[1:2] == ["--large"]
	with large() if is_large else busy():
		sys.exit(subprocess.run(sys.argv[1 + is_large:], check=False).returncode)
