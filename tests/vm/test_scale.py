# SPDX-License-Identifier: GPL-2.0
"""Thousands of tasks: all there, within the memory promised, in bounded steps."""

import os

import debugfs
import genl
import situations
import tool
from ktap import check, equal, main, say, test

COUNT = 300 if situations.has_debug_kernel() else 2000
# What a snapshot may take, as Documentation/picture.rst promises.
BYTES_A_TASK, BYTES_A_LEVEL, BYTES_AN_NSPROXY, BYTES_A_NAMESPACE, BYTES_AT_ALL = 64, 12, 512, 256, 16384
# What one step may look at: see "bounded steps" in the module.
STEP = 64
LINES = 60


def check_bytes(graph):
	snapshot = graph.snapshot
	levels = sum(len(task["pids"]) - 1 for task in graph.tasks)
	limit = (BYTES_A_TASK * snapshot["walked"] + BYTES_A_LEVEL * levels
		 + BYTES_AN_NSPROXY * snapshot["nsproxies"] + BYTES_A_NAMESPACE * snapshot["namespaces"]
		 + BYTES_AT_ALL)
	say(f"{snapshot['bytes']} bytes, {limit} are allowed for {snapshot['walked']} tasks")
	check(snapshot["bytes"] <= limit, f"{snapshot['bytes']} bytes, {limit} are allowed")
	# No less than what an answer holds: a name and eight numbers of a task, a number a level.
	least = 48 * snapshot["tasks"] + 4 * levels
	check(snapshot["bytes"] > least, f"{snapshot['bytes']} bytes, {least} are needed")


@test
def thousands_of_tasks():
	before = debugfs.stats()["steps"]
	genl.look()
	few = debugfs.stats()["steps"] - before
	with situations.crowd(COUNT) as pids:
		before = debugfs.stats()
		graph = genl.look(threads=True)
		after = debugfs.stats()
		graph.check_whole()
		missing = set(pids) - {task["tid"] for task in graph.tasks}
		equal(missing, set(), "tasks that are missing")

		snapshot = graph.snapshot
		check_bytes(graph)

		equal(after["tasks"] - before["tasks"], snapshot["walked"], "tasks walked by the stats")
		steps = after["steps"] - before["steps"]
		check(steps >= snapshot["walked"] // STEP, f"{steps} steps for {snapshot['walked']} tasks, "
		      f"after {few} for few")

		nsproxy = graph.nsproxy(graph.task(pids[0])["nsproxy"])
		check(nsproxy["tasks"] >= COUNT, f"tasks that share their nsproxy: {nsproxy['tasks']}")
		with genl.Socket() as connection:
			equal(connection.task_get(pids[-1]).snapshot["walked"], 2, "tasks walked for one")

		lines = tool.good("--tree").out.splitlines()
		check(len(lines) <= LINES, f"the tree has {len(lines)} lines")
		check(any(f"{COUNT}×" in line for line in lines), "they are one line in the tree")
		tool.look().check_whole()
		# Kernel threads come and go as they are needed.
		equal({task["tid"] for task in debugfs.look().tasks if not task["kthread"]},
		      {task["tid"] for task in graph.tasks if not task["kthread"]}, "tasks in debugfs")


@test
def many_namespaces():
	"""As many as make the snapshot's tables grow several times."""
	count = 20 if situations.has_debug_kernel() else 100

	def do(self):
		pids = []
		for _ in range(count):
			out, back = os.pipe()
			pid = os.fork()
			if pid == 0:
				situations.libc.prctl(situations.PR_SET_PDEATHSIG, 9, 0, 0, 0)
				situations.unshare("uts", "ipc", "cgroup")
				os.write(back, b"\n")
				situations.block()
			situations.read_line(out, "unshared")
			os.close(out)
			os.close(back)
			pids.append(pid)
		return pids

	with situations.child(do) as child:
		graph = genl.quiet()
		graph.check_whole()
		for pid in child.said:
			equal(graph.slots(pid), situations.proc_slots(pid), f"slots of {pid}")
			equal(graph.nsproxy(graph.task(pid)["nsproxy"])["tasks"], 1, f"sharers of {pid}")
		snapshot = graph.snapshot
		check(snapshot["namespaces"] > 3 * count, "namespaces")
		check_bytes(graph)


@test("leaders", "threads")
def as_deep_as_pid_namespaces_go(which):
	"""What is promised holds where every task has 33 numbers."""
	count = 50 if situations.has_debug_kernel() else 200
	with situations.nested(["pid"], 32) as chain:
		def crowd(self):
			situations.setns(f"/proc/{chain[-1]}/ns/pid")
			with situations.crowd(count):
				self.say(None)
				situations.block()

		with situations.child(crowd):
			graph = genl.look(threads=which == "threads")
			graph.check_whole()
			deep = [task for task in graph.tasks if len(task["pids"]) == 33]
			check(len(deep) > count, f"{len(deep)} tasks at level 32")
			check_bytes(graph)


main()
