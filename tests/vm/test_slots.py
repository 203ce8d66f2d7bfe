# SPDX-License-Identifier: GPL-2.0
"""Every slot, unshared one by one and all together, seen in every way there is."""

import contextlib
import os

import debugfs
import genl
import situations
import tool
from ktap import check, equal, main, test


def task_get(tid):
	with genl.Socket() as connection:
		return connection.task_get(tid)


VIEWS = {
	"graph-get": lambda tid: genl.look().slots(tid),
	"graph-get of one task": lambda tid: genl.look(tid=tid).slots(tid),
	"task-get": lambda tid: task_get(tid).slots(tid),
	"nsinspect --json": lambda tid: tool.look().slots(tid),
	"nsinspect task": tool.task_slots,
	"debugfs tables": lambda tid: debugfs.look().slots(tid),
	"debugfs task": debugfs.task_slots,
}

# What unshare() of a type changes for the one who calls it.
CHANGES = {"pid": "pid_for_children", "time": "time_for_children"}


def check_views(pid, ours):
	"""All views agree, and with /proc as far as that tells; returns the slots."""
	expected = situations.proc_slots(pid)
	seen = {name: view(pid) for name, view in VIEWS.items()}
	first = seen["graph-get"]
	equal(set(first), set(ours), f"slots of {pid}")
	for name, slots in seen.items():
		equal(slots, first, f"slots of {pid} by {name}, compared with graph-get")
	equal({slot: first[slot] for slot in expected}, expected, f"slots of {pid} compared with /proc")
	return first


def changed(slots, ours):
	return {slot for slot in slots if slots[slot] != ours[slot]}


@test
def our_own_slots_are_all_there():
	ours = situations.proc_slots(os.getpid())
	equal(set(ours), set(situations.SLOTS), "slots that /proc has")
	check_views(os.getpid(), ours)


@test(*situations.TYPES)
def unshared(kind):
	ours = situations.proc_slots(os.getpid())
	with situations.unshared(kind) as child:
		slots = check_views(child.pid, ours)
		slot = CHANGES.get(kind, kind)
		equal(changed(slots, ours), {slot}, "slots that changed")
		graph = genl.quiet()
		node = graph.ns(kind, slots[slot])
		check(not node["initial"] and node["active"] is not None, f"{node} is not initial")
		equal(node["owner"], ours["user"], "its owner")
		members = 0 if kind in CHANGES else 1
		equal((node["tasks"], node["procs"]), (members, members), "tasks and procs in it")
		if kind != "user":
			nsproxy = graph.nsproxy(graph.task(child.pid)["nsproxy"])
			equal((nsproxy["refs"], nsproxy["tasks"]), (1, 1), "refs and tasks of its nsproxy")


@test(*CHANGES)
def entered_by_a_child(kind):
	ours = situations.proc_slots(os.getpid())
	with situations.in_new(kind) as (pid, parent):
		slots = check_views(pid, ours)
		equal(changed(slots, ours), {kind, CHANGES[kind]}, "slots that changed in the child")
		equal(slots[kind], slots[CHANGES[kind]], "its own and its children's")
		equal(changed(check_views(parent, ours), ours), {CHANGES[kind]},
		      "slots that changed in the parent")


@test
def all_unshared_together():
	ours = situations.proc_slots(os.getpid())
	with situations.in_new(*situations.TYPES) as (pid, parent):
		slots = check_views(pid, ours)
		equal(changed(slots, ours), set(situations.SLOTS), "slots that changed in the child")
		equal(changed(check_views(parent, ours), ours),
		      set(situations.SLOTS) - set(CHANGES), "slots that changed in the parent")
		graph = genl.quiet()
		for kind in situations.TYPES:
			owner = ours["user"] if kind == "user" else slots["user"]
			equal(graph.ns(kind, slots[kind])["owner"], owner, f"owner of {kind}")


@test
def initial_ones_are_marked():
	init = situations.proc_slots(1)
	# The system's first mount namespace is the one that nobody has to be in.
	with contextlib.suppress(KeyError):
		del init["mnt"]
	graph = genl.look()
	marked = {(ns["type"], ns["inum"]) for ns in graph.namespaces if ns["initial"]}
	equal(len(marked), len(situations.TYPES), "number of initial namespaces")
	for slot, inum in init.items():
		check((slot.partition("_")[0], inum) in marked, f"{slot}:[{inum}] of pid 1 is initial")
	kthread = situations.proc_slots(2)
	check(("mnt", kthread["mnt"]) in marked, "that of kthreadd is the initial mnt namespace")


main()
