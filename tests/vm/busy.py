#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A guest as busy as a small server: services, containers, a pod, workers, sandboxes.

usage: busy.py COMMAND...	runs a command in it
"""

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

	def container(self, name, inside, types=ALL, join=None):
		"""The first process of a container, in a cgroup as docker makes it."""
		folder = CGROUPS / f"docker-{container_id(name)}.scope"
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

	def java(self):
		ready = threading.Event()

		def prober():
			set_name(b"prober")
			unshare("net")
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
		self.fork("java", do=self.java)
		self.fork("router", do=self.router)


@contextlib.contextmanager
def busy():
	"""All of it, and two network namespaces with names, one of them empty."""
	made = Busy()
	with situations.netns("blue"), situations.netns("green"), \
	     situations.child(lambda _self: made.everything()):
		set_name(b"test")
		yield


if __name__ == "__main__":
	with busy():
		sys.exit(subprocess.run(sys.argv[1:], check=False).returncode)
