#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The process tree of a busy guest: what it says, and how long it is."""

import os
import re
import tempfile

import busy
import tool
from ktap import check, contains, equal, main, say, test

# Lines at a width. The aim is 80 lines of 100 columns; a few are for what a guest runs besides.
LINES = {80: 80, 100: 70, 200: 60}


class Tree:
	"""What the lines of a tree say, by the name of their task."""

	def __init__(self, *arguments, **options):
		result = tool.run("--tree", *arguments, **options)
		equal(result.status, 0, "status")
		self.text = result.out
		self.lines = self.text.splitlines()

	def line(self, name):
		"""The line of the first task of that name."""
		for line in self.lines:
			if re.search(rf"\d {re.escape(name)}(  |$)", line):
				return line
		raise AssertionError(f"no line of {name}:\n{self.text}")

	def says(self, name, *parts):
		for part in parts:
			contains(self.line(name), part, f"the line of {name}")

	def pid(self, name):
		return int(re.search(r"\d+", self.line(name))[0])


def check_containers(tree):
	for name, processes in (("nginx", 33), ("celery", 40), ("postgres", 9), ("redis", 1), ("pause", 1)):
		new = r"NEW cgroup:\d+ ipc:\d+ mnt:\d+ net:\d+ pid:\d+ uts:\d+"
		check(re.search(new, tree.line(name)), f"what is new in {name}: {tree.line(name)}")
		tree.says(name, f"{processes} process", f"docker-{busy.container_id(name)[:12]}")
	for name, processes in (("app", 11), ("sidecar", 3)):
		check(re.search(r"NEW cgroup:\d+ mnt:\d+ pid:\d+  ", tree.line(name)), f"what is new in {name}")
		tree.says(name, f"JOINS {tree.pid('pause')}'s ipc net uts", f"{processes} processes",
			  f"docker-{busy.container_id(name)[:12]}")
	tree.says("inner", "NEW mnt:", " pid:", "1 process")


def check_folds(tree):
	for part in ("12× (others)", "each its own mnt", "9× (others)", "32× nginx-worker",
		     "3× celery", "3× (12× celery-worker)", "300× pool-worker", "60× sandboxed",
		     "each its own mnt net", "5× defunct"):
		contains(tree.text, part, "the tree")
	tree.says("9× (others)", "nothing new")
	tree.says("60× sandboxed", "each its own mnt net")
	tree.says("5× defunct", "zombie")
	check(re.search(r"kthreadd ── \d+ kernel threads, 1 with its own mnt", tree.text), "kernel threads")


@test
def a_busy_guest_at_a_glance():
	with tempfile.TemporaryDirectory() as folder:
		picture = f"{folder}/picture"
		with busy.busy():
			tool.good("--save", picture)

		def seen(*arguments, **options):
			return Tree("--from", picture, *arguments, **options)

		for width, most in LINES.items():
			tree = seen(env={"COLUMNS": str(width)})
			say(f"{len(tree.lines)} lines of {width} columns")
			check(len(tree.lines) <= most, f"{len(tree.lines)} lines, {most} are allowed")
			check(max(map(len, tree.lines)) <= width, f"a line is longer than {width}")

		tree = seen("-u")
		check(re.search(r"net:\d{10}", tree.text), "-u has whole numbers")
		tree = seen()
		graph = tool.look("--from", picture)
		check_containers(tree)
		check_folds(tree)
		tree.says("waiting", "children go to pid:", ", nobody is in it yet")
		tree.says("{prober}", "NEW net:")
		tree.says("router", "JOINS net:", "(green)")
		contains(tree.text, "no process in: ", "namespaces without a process")

		head = re.match(r"(\S+)  (\S+)   (\d+) processes, (\d+) tasks, (\d+) namespaces$", tree.lines[0])
		check(head, f"the first line: {tree.lines[0]}")
		equal(head[2], os.uname().release, "release")
		equal(int(head[3]), sum(task["tid"] == task["tgid"] for task in graph.tasks), "processes")
		equal(int(head[5]), len(graph.namespaces), "namespaces")

		every = {int(tid) for tid in re.findall(r"(?m)^[^\d\n]*(\d+)", seen("--no-fold").text)}
		equal({task["tid"] for task in graph.tasks} - every, set(), "tasks that --no-fold does not show")

		nginx = tree.pid("nginx")
		part = seen("-p", nginx)
		part.says("nginx", "33 processes")
		contains(part.text, "32× nginx-worker", "below it")
		contains(part.text, " containerd-shim", "above it")
		check("celery" not in part.text and "(others)" not in part.text, "nothing else")

		net = seen("-t", "net")
		net.says("nginx", "NEW net:")
		net.says("app", f"JOINS {tree.pid('pause')}'s net")
		net.says("60× sandboxed", "each its own net")
		check("mnt:" not in net.text, "other types")


main()
