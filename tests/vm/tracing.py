# SPDX-License-Identifier: GPL-2.0
"""The tracepoints as the kernel's own text has them, read through an instance of ours."""

import contextlib
import errno
import os
import pathlib
import re

import situations

FOLDER = pathlib.Path("/sys/kernel/tracing")
OURS = ("ns_switch", "ns_fork", "ns_create", "ns_free")
# comm of an event may hold spaces, so keys are searched for by name.
LINE = re.compile(r"^.{16}-(\d+) .*?\[(\d+)\] \S+ +(\d+\.\d+): (\w+): (.*)$")
FIELD = re.compile(r"(\w+)=(\{[^}]*\}|.*?)(?= \w+=|$)")


def mount():
	"""Distributions mount it; the lab's guests do not."""
	if not (FOLDER / "instances").exists():
		situations.mount("tracefs", str(FOLDER), "tracefs")


class Event:
	"""One line: its name, who did it, and its fields; slots that changed as {slot: (from, to)}."""

	def __init__(self, match):
		self.actor, self.cpu = int(match[1]), int(match[2])
		self.time, self.name = float(match[3]), match[4]
		self.fields, self.changes = {}, {}
		for key, value in FIELD.findall(match[5]):
			if ">" in value and key in situations.SLOTS:
				pair = tuple(map(int, value.split(">")))
				if any(pair):
					self.changes[key] = pair
			elif value.startswith("{"):
				self.fields[key] = [int(part, 16) for part in value[1:-1].split(",")]
			else:
				self.fields[key] = int(value) if value.lstrip("-").isdigit() else value

	def __getattr__(self, name):
		try:
			return self.fields[name]
		except KeyError:
			raise AttributeError(name) from None

	def __repr__(self):
		return f"{self.name} {self.fields} {self.changes}"


class Instance:
	def __init__(self, name, size_kb=None):
		mount()
		self.path = FOLDER / "instances" / name
		self.path.mkdir()
		self.write("trace_clock", "mono")
		if size_kb:
			self.write("buffer_size_kb", str(size_kb))

	def write(self, name, text):
		# One write(2) of the whole, unbuffered: what it says is the kernel's answer.
		fd = os.open(self.path / name, os.O_WRONLY | os.O_TRUNC)
		try:
			os.write(fd, text.encode())
		finally:
			os.close(fd)

	def enable(self, *events):
		for event in events:
			self.write(f"events/{event}/enable", "1")

	def disable(self):
		self.write("events/enable", "0")

	def text(self):
		return (self.path / "trace").read_text(errors="replace")

	def take(self):
		"""What was told until now."""
		return [Event(match) for match in map(LINE.match, self.text().splitlines()) if match]

	def count(self, key):
		"""A number of per_cpu/cpuN/stats, of all CPUs."""
		return sum(int(re.search(rf"^{key}: (\d+)", path.read_text(), re.M)[1])
			   for path in self.path.glob("per_cpu/cpu*/stats"))

	def remove(self):
		def attempt():
			try:
				self.path.rmdir()
			except OSError as error:
				if error.errno != errno.EBUSY:
					raise
				return False
			return True
		self.disable()
		situations.wait_until(attempt, f"{self.path} can be removed")


@contextlib.contextmanager
def listening(*events, name="test", **how):
	"""An instance with these events of ours, all but plain forks when none is named."""
	instance = Instance(name, **how)
	try:
		instance.enable(*(event if "/" in event else f"nsinspect/{event}"
				  for event in events or OURS))
		yield instance
	finally:
		instance.remove()


def event_id(event):
	"""What perf_event_open() calls it."""
	mount()
	return int((FOLDER / f"events/{event}/id").read_text())
