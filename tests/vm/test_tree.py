#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The process trees of two busy guests: what they say, and how long they are."""

import contextlib
import os
import re
import tempfile

import busy
import situations
import tool
from ktap import check, contains, equal, main, say, skip, test
from situations import TYPES

# Lines at a width. The aims are 80 and 90 lines of 100 columns.
BUSY_LINES = {80: 60, 100: 50, 200: 40}
LARGE_LINES = {80: 115, 100: 90, 200: 70}


class Tree:
	"""What the lines of a tree say, by the name of their task."""

	def __init__(self, *arguments, **options):
		result = tool.run("--tree", *arguments, **options)
		equal(result.status, 0, "status")
		self.text = result.out
		self.lines = self.text.splitlines()

	def runs(self):
		"""Yields the tasks of each line one by one, as what is drawn of them, and the line."""
		for line in self.lines[1:]:
			if line.startswith("no task in:"):
				break
			body = line.lstrip(" │├└─")
			if body[:1].isdigit():
				for run in re.split(r"  |, \d+ with", body)[0].split(" ── "):
					yield run, line

	def find(self, name):
		"""The first run of that name."""
		for run, line in self.runs():
			if run.partition(" ")[2] == name:
				return run, line
		raise AssertionError(f"no line of {name}:\n{self.text}")

	def line(self, name):
		return self.find(name)[1]

	def says(self, name, *parts):
		for part in parts:
			contains(self.line(name), part, f"the line of {name}")

	def pid(self, name):
		return int(re.match(r"\d+", self.find(name)[0])[0])

	def count_tasks(self):
		count = 0
		for run, _line in self.runs():
			kernel = re.match(r"(\d+) kernel thread", run)
			count += int(kernel[1]) if kernel else multiply(run)
		return count

	def count_namespaces(self):
		"""Those that have their number in it, and those that it counts."""
		types = "|".join(TYPES)
		count = len(set(re.findall(rf"\b((?:{types}):\d+)", self.text)))
		for line in self.lines:
			own = re.search(rf"(?: each| (\d+) with) (?:its|their) own((?: (?:{types}))+)", line)
			if own:
				body = re.split("  ", line.lstrip(" │├└─"))[0].split(" ── ")[-1]
				count += int(own[1] or multiply(body)) * len(own[2].split())
		return count + sum(map(int, re.findall(r", and (\d+) more$", self.text)))


def multiply(run):
	"""How many tasks "4…40 3× (12× celery)" are."""
	count = 1
	for times in re.findall(r"(\d+)×", run):
		count *= int(times)
	return count


class Picture:
	"""What was saved of a host, and its trees."""

	def __init__(self, path):
		self.path = path
		self.graph = tool.look("--from", path)

	def tree(self, *arguments, **options):
		return Tree("--from", self.path, *arguments, **options)

	def check_lines(self, limits):
		# Where a kernel cannot go back to small pids, these take more room.
		large = max(task["tid"] for task in self.graph.tasks) > 9999
		for width, most in limits.items():
			most += most // 5 if large else 0
			tree = self.tree(env={"COLUMNS": str(width)})
			say(f"{len(tree.lines)} lines of {width} columns")
			check(len(tree.lines) <= most, f"{len(tree.lines)} lines, {most} are allowed:\n{tree.text}")
			check(max(map(len, tree.lines)) <= width, f"a line is longer than {width}")

	def check_nothing_is_lost(self):
		"""Each task and each namespace is on a line, or counted on one."""
		initial = sum(ns["initial"] for ns in self.graph.namespaces)
		for arguments in (), ("--no-fold",):
			tree = self.tree(*arguments)
			equal(tree.count_tasks(), len(self.graph.tasks), f"tasks, {arguments}")
			equal(tree.count_namespaces() + initial, len(self.graph.namespaces),
			      f"namespaces, {arguments}")
		shown = {int(re.match(r"\d+", run)[0]) for run, _line in tree.runs()}
		equal(shown, {task["tid"] for task in self.graph.tasks}, "tasks that --no-fold shows")


@contextlib.contextmanager
def picture(host):
	with tempfile.TemporaryDirectory() as folder:
		# For who wants to look at what the test sees.
		path = f"{os.environ.get('NSINSPECT_KEEP', folder)}/{host.__name__}.picture"
		with host():
			tool.save(path)
		yield Picture(path)


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
	check(re.search(r"kthreadd ── \d+ kernel threads, but \d+ kdevtmpfs NEW mnt:\d+$", tree.text, re.M),
	      "kernel threads")


def check_head(seen, tree):
	head = re.match(r"(\S+)  (\S+)   (\d+) processes, (\d+) tasks, (\d+) namespaces$", tree.lines[0])
	check(head, f"the first line: {tree.lines[0]}")
	equal(head[2], os.uname().release, "release")
	equal(int(head[3]), sum(task["tid"] == task["tgid"] for task in seen.graph.tasks), "processes")
	equal(int(head[4]), seen.graph.snapshot["walked"], "tasks")
	equal(int(head[5]), len(seen.graph.namespaces), "namespaces")


@test
def a_busy_guest_at_a_glance():
	with picture(busy.busy) as seen:
		seen.check_lines(BUSY_LINES)
		seen.check_nothing_is_lost()
		contains(seen.tree("-u").text, "net:4026", "-u has whole numbers")
		tree = seen.tree()
		check_head(seen, tree)
		check_containers(tree)
		check_folds(tree)
		tree.says("waiting", "pending: children go to pid:")
		tree.says("{prober}", "NEW net:")
		tree.says("router", "JOINS net:", "(green)")
		contains(tree.text, "no task in: ", "namespaces without a task")

		nginx = tree.pid("nginx")
		part = seen.tree("-p", nginx)
		part.says("nginx", "33 processes")
		contains(part.text, "32× nginx-worker", "below it")
		contains(part.text, " containerd-shim", "above it")
		check("celery" not in part.text and "(others)" not in part.text, "nothing else")

		net = seen.tree("-t", "net")
		net.says("nginx", "NEW net:")
		net.says("app", f"JOINS {tree.pid('pause')}'s net")
		net.says("60× sandboxed", "each its own net")
		check("mnt:" not in net.text, "other types")


@test
def a_large_host_at_a_glance():
	if situations.has_debug_kernel():
		skip("a debug kernel takes minutes to make it, and the tool draws the same there")
	with picture(busy.large) as seen:
		tree = seen.tree()
		say(tree.lines[0])
		seen.check_lines(LARGE_LINES)
		seen.check_nothing_is_lost()
		check_head(seen, tree)
		tree.says("12× (others)", "each its own mnt")
		tree.says("nginx", "containerd-shim ── ", "NEW cgroup:")
		tree.says("100× sandboxed", "each its own mnt net")
		tree.says("3× (12× celery)", "3× celery ── ")
		tree.says("4× (24× gunicorn)", "gunicorn ── ")
		tree.says("20× (2× cc1)", "20× make ── ")
		tree.says("shop", "NEW cgroup:", f"JOINS {tree.pid('pause')}'s ipc net uts")
		tree.says("runc", f"JOINS {tree.pid('api')}'s cgroup ipc mnt net uts")
		tree.says("sh", f"JOINS {tree.pid('api')}'s pid")
		tree.says("httpd", "NEW ipc:", " user:")
		tree.says("innermost", "NEW mnt:", " pid:", "1 process")
		tree.says("hostnamed", "NEW uts:")
		tree.says("timed", "faketime ── ", "NEW time:")
		tree.says("unshare", "pending: children go to pid:")
		contains(tree.text, f"(pending: {tree.pid('unshare')} unshare)", "namespaces without a task")
		tree.says("5× defunct", "bad-parent ── ", "zombie")
		for number, kind in enumerate(("net", "mnt")):
			line = [line for run, line in tree.runs() if run.endswith(" {prober}")][number]
			contains(line, f"NEW {kind}:", "the line of a thread that unshared alone")
		pods = [line for run, line in tree.runs() if run.endswith(" pause")]
		equal(len(pods), 4, "first containers of pods")

		# Each has an id of its own.
		ids = re.findall(r"docker-[0-9a-f]{12}", tree.text)
		equal(len(ids), len(set(ids)), f"containers of different names: {ids}")

		for size in ("33 processes", "1 process, 133 tasks", "81 processes"):
			contains(tree.text, size, "how large containers are")


main()
