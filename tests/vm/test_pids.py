# SPDX-License-Identifier: GPL-2.0
"""Nested pid namespaces: numbers at every level, both ways, and pending ones."""

import json
import os
import re

import debugfs
import genl
import situations
import tool
from ktap import check, contains, equal, main, test

DEPTH = 3
# The kernel's MAX_PID_NS_LEVEL.
DEEPEST = 32


def numbers(pid, field="NSpid"):
	return [int(nr) for nr in situations.proc_status(pid)[field].split()]


def pidns(pid):
	return situations.link_inum(f"/proc/{pid}/ns/pid")


def check_chain(chain, graph, pids=None):
	"""Numbers, namespaces, parents and levels of a chain of nested processes."""
	for depth, pid in enumerate(chain):
		if pids and pid not in pids:
			continue
		pids = graph.task(pid)["pids"]
		equal([p["nr"] for p in pids], numbers(pid), f"numbers of {pid}")
		equal([p["pidns"] for p in pids], [pidns(p) for p in chain[:depth + 1]],
		      f"pid namespaces of {pid}")
		equal([p["level"] for p in pids], list(range(depth + 1)), f"levels of {pid}")
		node = graph.ns("pid", pidns(pid))
		equal(node["level"], depth, f"level of the namespace of {pid}")
		equal(node.get("parent"), pidns(chain[depth - 1]) if depth else None,
		      f"parent of the namespace of {pid}")


@test
def three_deep():
	with situations.nested(["pid"], DEPTH) as chain:
		equal(len(chain), DEPTH + 1, "processes in the chain")
		check_chain(chain, genl.look())
		check_chain(chain, tool.look())
		with genl.Socket() as connection:
			for pid in chain:
				check_chain(chain, connection.task_get(pid), [pid])
		for pid in chain:
			task, slots, _ = debugfs.task_parts(debugfs.ask_task(pid))
			equal(task["nrs"], numbers(pid), f"debugfs: numbers of {pid}")
			equal(slots["pid"], pidns(pid), f"debugfs: pid namespace of {pid}")


@test
def numbers_of_threads_and_groups():
	def do(self):
		situations.unshare("pid")
		if os.fork() == 0:
			self.say(situations._with_threads(lambda: None, lambda: None)(self)
				 + [situations.host_pid()])
			situations.block()
		situations.block()

	process = situations.Child(do)
	try:
		*tids, leader = process.listen()
		graph = genl.look(threads=True)
		for tid in tids + [leader]:
			status = situations.proc_status(leader, tid)
			task = graph.task(tid)
			equal([p["nr"] for p in task["pids"]], [int(n) for n in status["NSpid"].split()],
			      f"numbers of {tid}")
			tgids = [int(n) for n in status["NStgid"].split()]
			equal(task["tgid"], tgids[0], f"tgid of {tid}")
			equal([p["nr"] for p in graph.task(task["tgid"])["pids"]], tgids,
			      f"numbers of the leader of {tid}")
	finally:
		process.end()


@test
def tool_translates_both_ways():
	with situations.nested(["pid"], DEPTH) as chain:
		pid = chain[-1]
		drawn = "→".join(map(str, numbers(pid)))
		contains(tool.good("pid", pid).out, drawn, f"nsinspect pid {pid}")
		for depth, outer in enumerate(chain):
			nr = numbers(pid)[depth]
			for spec in (f"pid:[{pidns(outer)}]", f"/proc/{outer}/ns/pid", f"{outer}/pid"):
				out = tool.good("pid", nr, "--in", spec).out
				contains(out.splitlines()[0], drawn, f"nsinspect pid {nr} --in {spec}")
		document = json.loads(tool.good("--json", "pid", 1, "--in", f"{pid}/pid").out)
		equal([task["tid"] for task in document["tasks"]], [pid], "the task in JSON")
		contains(tool.refused(3, "pid", 99, "--in", f"{pid}/pid"), "99", "no task 99 in there")
		contains(tool.good("--tree").out, drawn, "the tree")
		contains(tool.good("--tree", "--ascii").out, drawn.replace("→", "->"), "the tree in ASCII")


@test("pid", "time")
def pending_for_children(kind):
	slot = f"{kind}_for_children"
	ours = situations.proc_slots(os.getpid())
	with situations.unshared(kind) as child:
		seen = {"netlink": genl.look().slots(child.pid), "json": tool.look().slots(child.pid)}
		for name, slots in seen.items():
			equal(slots[kind], ours[kind], f"{kind} by {name}")
			check(slots[slot] != ours[slot], f"{slot} by {name} is new")
		equal(seen["netlink"], seen["json"], "netlink and JSON")
		slots, pending = tool.slots_of(tool.good("task", child.pid, "-u").out)
		equal((slots, pending), (seen["netlink"], {slot}), "nsinspect task")
		lines = [line for line in tool.good("--tree").out.splitlines()
			 if re.search(rf"(^|[^\d:]){child.pid} ", line) and not line.startswith("no task in:")]
		equal(len(lines), 1, f"lines of {child.pid} in the tree")
		contains(lines[0], f"pending: children go to {kind}:{tool.short(seen['netlink'][slot])}",
			 "its line in the tree")
		members = genl.look(type=kind, inum=seen["netlink"][slot])
		equal([task["tid"] for task in members.tasks], [child.pid], "whose children will be in it")
		equal(members.namespaces[0]["tasks"], 0, "tasks in it")


@test
def pending_is_what_children_get():
	def do(self):
		situations.unshare("pid", "time")
		self.say(None)
		self.await_go()
		if os.fork() == 0:
			self.say(situations.host_pid())
			situations.block()
		situations.block()

	process = situations.Child(do)
	try:
		process.listen()
		before = genl.look().slots(process.pid)
		process.go()
		pid = process.listen()
		for kind in ("pid", "time"):
			equal(situations.proc_slots(pid)[kind], before[f"{kind}_for_children"],
			      f"{kind} of the child, by /proc")
		equal(genl.look().slots(process.pid), before, "slots of the parent did not change")
	finally:
		process.end()


@test
def as_deep_as_the_kernel_goes():
	with situations.nested(["pid"], DEEPEST) as chain:
		equal(len(chain), DEEPEST + 1, "processes in the chain")
		check_chain(chain, genl.look())
		pid = chain[-1]
		with genl.Socket() as connection:
			check_chain(chain, connection.task_get(pid), [pid])
		equal(debugfs.task_parts(debugfs.ask_task(pid))[0]["nrs"], numbers(pid), "debugfs: numbers")
		drawn = "→".join(map(str, numbers(pid)))
		contains(tool.good("pid", pid).out, drawn, "nsinspect pid")
		graph = genl.look(type="pid", inum=pidns(chain[1]))
		equal([task["tid"] for task in graph.tasks if task["tid"] in chain], chain[:],
		      "tasks in the first or below, and the one whose children are")


@test
def user_namespaces_as_deep_as_the_kernel_goes():
	def do(self):
		inums = []
		for _ in range(DEEPEST):
			try:
				situations.unshare("user")
			except OSError:
				break
			# Who is nobody in it may make no further one.
			for name, line in (("setgroups", "deny"), ("uid_map", "0 0 1"), ("gid_map", "0 0 1")):
				with open(f"/proc/self/{name}", "w") as file:
					file.write(line)
			inums.append(situations.link_inum(f"/proc/{os.getpid()}/ns/user"))
		return inums

	ours = situations.proc_slots(os.getpid())["user"]
	with situations.child(do) as child:
		inums = [ours] + child.said
		check(len(inums) > DEEPEST - 2, f"{len(inums)} levels of user namespaces")
		for look in (genl.look, tool.look):
			graph = look()
			for level, inum in enumerate(inums):
				node = graph.ns("user", inum)
				outer = inums[level - 1] if level else None
				equal((node["level"], node.get("parent"), node.get("owner")),
				      (level, outer, outer), f"level, parent and owner of user:[{inum}]")


main()
