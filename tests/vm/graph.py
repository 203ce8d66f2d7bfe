# SPDX-License-Identifier: GPL-2.0
"""One picture as Python has it, whichever way it came: netlink, tool, debugfs.

Nodes are dicts with the keys of schema nsinspect/1; what does not exist is not
a key.
"""

import collections

import situations
from ktap import check, equal


class Graph:
	def __init__(self, snapshot, namespaces, nsproxies, tasks, links=(), counters=(),
		     holdings=(), holders=()):
		self.snapshot = snapshot
		self.namespaces = namespaces
		self.nsproxies = nsproxies
		self.tasks = tasks
		self.links = links
		self.counters = counters
		self.holding = holdings[0] if holdings else None
		self.holders = holders
		self._ns = {(ns["type"], ns["inum"]): ns for ns in namespaces}
		self._node = {ns["node"]: ns for ns in namespaces if "node" in ns}
		self._nsproxy = {nsproxy["id"]: nsproxy for nsproxy in nsproxies}
		self._task = {task["tid"]: task for task in tasks}

	def ns(self, kind, inum):
		check((kind, inum) in self._ns, f"{kind}:[{inum}] is not in the picture")
		return self._ns[kind, inum]

	def has_ns(self, kind, inum):
		return (kind, inum) in self._ns

	def referred(self, kind, holder, key, nodes=None):
		"""The namespace that a node refers to: by node where it says so, else by inum."""
		number = holder.get(f"{key}_node") if nodes is None else nodes.get(key)
		ns = self.ns(kind, holder[key]) if number is None else self._node.get(number)
		check(ns is not None, f"{key} of {holder} leads to node {number}, which is not there")
		equal((ns["type"], ns["inum"]), (kind, holder[key]), f"what {key} of {holder} leads to")
		return ns

	def nsproxy(self, number):
		check(number in self._nsproxy, f"nsproxy {number} is not in the picture")
		return self._nsproxy[number]

	def task(self, tid):
		check(tid in self._task, f"task {tid} is not in the picture")
		return self._task[tid]

	def has_task(self, tid):
		return tid in self._task

	def links_of(self, net):
		"""The devices of a network namespace by name."""
		return {link["name"]: link for link in self.links if link["net"] == net}

	def counter(self, user, uid):
		found = [counter for counter in self.counters
			 if (counter["user"], counter["uid"]) == (user, uid)]
		equal(len(found), 1, f"accounts of uid {uid} in user:[{user}]")
		return found[0]["use"]

	def slots(self, tid):
		"""The ten slots of a task."""
		task = self.task(tid)
		slots = {"pid": task.get("pid"), "user": task.get("user")}
		if "nsproxy" in task:
			slots.update(self.nsproxy(task["nsproxy"])["ns"])
		return {slot: slots[slot] for slot in situations.SLOTS if slots.get(slot)}

	def members(self, kind, inum):
		return [task for task in self.tasks if self.slots(task["tid"]).get(kind) == inum]

	def check_whole(self, rising=True):
		"""Whether every reference leads somewhere and nothing is there twice.

		Tids rise but in the answer about one task, which comes before the one it is
		compared with.
		"""
		tids = [task["tid"] for task in self.tasks]
		equal(tids if rising else sorted(tids), sorted(set(tids)), "tids are unique and rise")
		equal(len(self._node), len(self.namespaces), "a namespace is in the picture once")
		equal(len(self._nsproxy), len(self.nsproxies), "an nsproxy is in the picture once")
		self._check_shared_inums()
		for ns in self.namespaces:
			for key, kind in (("owner", "user"), ("parent", ns["type"])):
				if key in ns:
					self.referred(kind, ns, key)
		for nsproxy in self.nsproxies:
			for slot in nsproxy["ns"]:
				self.referred(slot.partition("_")[0], nsproxy["ns"], slot,
					      nsproxy.get("ns_node", {}))
		for task in self.tasks:
			# A kernel without such namespaces tells of none.
			for key in {"user", "pid"} & task.keys():
				self.referred(key, task, key)
			if "nsproxy" in task:
				self.nsproxy(task["nsproxy"])
			self._check_pids(task)

	def _check_shared_inums(self):
		"""A reference says its node exactly where the inum alone does not tell."""
		count = collections.Counter(ns["inum"] for ns in self.namespaces)
		if self.snapshot is not None and max(count.values()) > 1:
			check(not self.snapshot["consistent"], "an inum is shared in a consistent picture")
		holders = [(ns, key) for ns in self.namespaces for key in ("owner", "parent") if key in ns]
		holders += [(task, key) for task in self.tasks for key in ("user", "pid") if key in task]
		holders += [(pid, "pidns") for task in self.tasks for pid in task["pids"] if "pidns" in pid]
		for holder, key in holders:
			equal(f"{key}_node" in holder, count[holder[key]] > 1, f"{key}_node in {holder}")
		for nsproxy in self.nsproxies:
			equal(set(nsproxy.get("ns_node", {})),
			      {slot for slot, inum in nsproxy["ns"].items() if count[inum] > 1},
			      f"slots with a node in {nsproxy}")

	def _check_pids(self, task):
		pids = task["pids"]
		tid = task["tid"]
		equal([p["level"] for p in pids], list(range(len(pids))), f"levels of task {tid}")
		equal(pids[0]["nr"], tid, f"number of task {tid} at level 0")
		own = self.referred("pid", task, "pid")
		for pid in reversed(pids):
			ns = self.referred("pid", pid, "pidns")
			equal((ns["node"], ns["level"]), (own["node"], pid["level"]),
			      f"pid namespace of task {tid} at level {pid['level']}")
			if "parent" in ns:
				own = self.referred("pid", ns, "parent")
