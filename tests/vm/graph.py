# SPDX-License-Identifier: GPL-2.0
"""One picture as Python has it, whichever way it came: netlink, tool, debugfs.

Nodes are dicts with the keys of schema nsinspect/1; what does not exist is not
a key.
"""

import situations
from ktap import check, equal


class Graph:
	def __init__(self, snapshot, namespaces, nsproxies, tasks):
		self.snapshot = snapshot
		self.namespaces = namespaces
		self.nsproxies = nsproxies
		self.tasks = tasks
		self._ns = {(ns["type"], ns["inum"]): ns for ns in namespaces}
		self._nsproxy = {nsproxy["id"]: nsproxy for nsproxy in nsproxies}
		self._task = {task["tid"]: task for task in tasks}

	def ns(self, kind, inum):
		check((kind, inum) in self._ns, f"{kind}:[{inum}] is not in the picture")
		return self._ns[kind, inum]

	def has_ns(self, kind, inum):
		return (kind, inum) in self._ns

	def nsproxy(self, number):
		check(number in self._nsproxy, f"nsproxy {number} is not in the picture")
		return self._nsproxy[number]

	def task(self, tid):
		check(tid in self._task, f"task {tid} is not in the picture")
		return self._task[tid]

	def has_task(self, tid):
		return tid in self._task

	def slots(self, tid):
		"""The ten slots of a task."""
		task = self.task(tid)
		slots = {"pid": task.get("pid"), "user": task.get("user")}
		if "nsproxy" in task:
			slots.update(self.nsproxy(task["nsproxy"])["ns"])
		return {slot: slots[slot] for slot in situations.SLOTS if slots.get(slot)}

	def members(self, kind, inum):
		return [task for task in self.tasks if self.slots(task["tid"]).get(kind) == inum]

	def check_whole(self):
		"""Whether every reference leads somewhere and nothing is there twice."""
		tids = [task["tid"] for task in self.tasks]
		equal(tids, sorted(set(tids)), "tids are unique and rise")
		equal(len(self._ns), len(self.namespaces), "a namespace is in the picture once")
		equal(len(self._nsproxy), len(self.nsproxies), "an nsproxy is in the picture once")
		for ns in self.namespaces:
			for key, kind in (("owner", "user"), ("parent", ns["type"])):
				if key in ns:
					self.ns(kind, ns[key])
		for nsproxy in self.nsproxies:
			for slot, inum in nsproxy["ns"].items():
				self.ns(slot.partition("_")[0], inum)
		for task in self.tasks:
			self.ns("user", task["user"])
			self.ns("pid", task["pid"])
			if "nsproxy" in task:
				self.nsproxy(task["nsproxy"])
			self._check_pids(task)

	def _check_pids(self, task):
		pids = task["pids"]
		tid = task["tid"]
		equal([p["level"] for p in pids], list(range(len(pids))), f"levels of task {tid}")
		equal(pids[0]["nr"], tid, f"number of task {tid} at level 0")
		equal(pids[-1]["pidns"], task["pid"], f"pid namespace of task {tid}")
		for outer, inner in zip(pids, pids[1:]):
			ns = self.ns("pid", inner["pidns"])
			equal((ns["parent"], ns["level"]), (outer["pidns"], inner["level"]),
			      f"parent and level of pid:[{inner['pidns']}] of task {tid}")
