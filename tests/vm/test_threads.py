# SPDX-License-Identifier: GPL-2.0
"""Threads: those that unshared alone, and all of them."""

import os

import debugfs
import genl
import situations
import tool
from ktap import check, contains, equal, main, test


def slots_of(leader, tid):
	return situations.proc_slots(leader, tid)


@test("cgroup", "ipc", "mnt", "net", "uts")
def one_that_unshared_alone(kind):
	with situations.threads(lambda: situations.unshare(kind), lambda: None) as child:
		alone, other = child.said
		theirs, its = slots_of(child.pid, child.pid), slots_of(child.pid, alone)
		equal({slot for slot in its if its[slot] != theirs[slot]}, {kind}, "by /proc it differs in")
		for name, graph in (("netlink", genl.look()), ("json", tool.look()), ("debugfs", debugfs.look())):
			equal(graph.slots(alone), its, f"its slots by {name}")
			equal(graph.task(alone)["tgid"], child.pid, f"its tgid by {name}")
			equal(graph.has_task(other), name == "debugfs", f"a thread like its leader by {name}")
		node = genl.quiet().ns(kind, its[kind])
		equal((node["tasks"], node["procs"]), (1, 0), "tasks and procs of its namespace")


@test
def the_tree_shows_it():
	with situations.threads(lambda: situations.unshare("net", "uts"), lambda: None) as child:
		alone, other = child.said
		its = slots_of(child.pid, alone)
		tree = tool.good("--tree").out
		lines = [line for line in tree.splitlines() if f" {alone} " in line]
		equal(len(lines), 1, "lines of the thread")
		for kind in ("net", "uts"):
			contains(lines[0], f"{kind}:{tool.short(its[kind])}", "its line")
		check(f" {other} " not in tree, "the other thread is not in the tree")
		contains(tool.good("--tree", "--threads").out, f" {other} ", "with --threads it is")


@test
def a_thread_with_children_of_its_own_kind():
	with situations.threads(lambda: situations.unshare("pid"), lambda: situations.unshare("time")) as child:
		graph = genl.look()
		for tid, kind in zip(child.said, ("pid", "time")):
			slots = graph.slots(tid)
			leader = graph.slots(child.pid)
			equal({slot for slot in slots if slots[slot] != leader[slot]},
			      {f"{kind}_for_children"}, f"slots of {tid} that differ from its leader's")
			equal(tool.slots_of(tool.good("task", tid, "-u").out), (slots, {f"{kind}_for_children"}),
			      f"nsinspect task {tid}")


@test
def all_with_their_own_slots():
	jobs = [lambda: situations.unshare("net"), lambda: situations.unshare("uts", "ipc"),
		lambda: situations.unshare("mnt"), lambda: None, lambda: None]
	with situations.threads(*jobs) as child:
		every = {int(tid) for tid in os.listdir(f"/proc/{child.pid}/task")}
		equal(every, {child.pid, *child.said}, "threads by /proc")
		for name, graph in (("netlink", genl.look(threads=True)), ("json", tool.look("--threads"))):
			equal({t["tid"] for t in graph.tasks if t["tgid"] == child.pid}, every,
			      f"threads by {name}")
			for tid in every:
				equal(graph.slots(tid), slots_of(child.pid, tid), f"slots of {tid} by {name}")
		with genl.Socket() as connection:
			for tid in every:
				equal(connection.task_get(tid).slots(tid), slots_of(child.pid, tid),
				      f"slots of {tid} by task-get")
				equal(debugfs.task_slots(tid), slots_of(child.pid, tid),
				      f"slots of {tid} by debugfs")


@test
def threads_count_as_tasks_and_not_as_processes():
	def do(self):
		situations.unshare("uts")
		return situations._with_threads(lambda: None, lambda: None, lambda: None)(self)

	with situations.child(do) as child:
		inum = situations.proc_slots(child.pid)["uts"]
		graph = genl.quiet()
		node = graph.ns("uts", inum)
		equal((node["tasks"], node["procs"]), (4, 1), "tasks and procs of the namespace")
		nsproxy = graph.nsproxy(graph.task(child.pid)["nsproxy"])
		equal((nsproxy["tasks"], nsproxy["refs"]), (4, 4), "tasks and refs of the nsproxy")


@test
def another_user_alone():
	"""A thread may change its uid alone: it is listed with it, its leader with its own."""
	def become():
		situations.call(situations.libc.syscall, 117, 1234, 1234, 1234)	# setresuid

	with situations.threads(become) as child:
		graph = genl.look(threads=True)
		tid = child.said[0]
		equal((graph.task(tid)["uid"], graph.task(child.pid)["uid"]), (1234, 0), "uids")


main()
