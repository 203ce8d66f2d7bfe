#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Containers that bubblewrap and runc made: what the tool says of them equals /proc."""

import contextlib
import json
import os
import re

import situations
import tool
from ktap import check, contains, equal, main, skip, test


def needs_runc():
	if not situations.has_cgroup_bpf():
		skip("this kernel has no CGROUP_BPF, which runc needs")


@contextlib.contextmanager
def made_by(engine):
	"""The pids in the container, the first one first, and the pid of its parent."""
	if engine == "bubblewrap":
		with situations.bubblewrap() as (outer, *inside):
			yield inside, outer
	else:
		needs_runc()
		with situations.runc() as inside:
			yield list(inside), int(situations.proc_status(inside[0])["PPid"])


ENGINES = ("bubblewrap", "runc")


def new_types(inside, parent):
	"""The types of which /proc says that the container has one of its own."""
	first, outer = situations.proc_slots(inside[0]), situations.proc_slots(parent)
	new = {kind for kind in situations.TYPES if kind in first and first[kind] != outer[kind]}
	check({"ipc", "mnt", "net", "pid", "uts"} <= new, f"namespaces of its own: {new}")
	return new


def members(kind, inum):
	"""The processes in a namespace by the links in /proc."""
	return {int(pid) for pid in os.listdir("/proc")
		if pid.isdigit() and situations.link_inum(f"/proc/{pid}/ns/{kind}") == inum}


@test(*ENGINES)
def tasks(engine):
	with made_by(engine) as (inside, outer):
		graph = tool.look()
		for pid in (*inside, outer):
			slots = situations.proc_slots(pid)
			equal(tool.task_slots(pid), slots, f"slots of {pid}")
			ours = graph.slots(pid)
			equal({slot: ours[slot] for slot in slots}, slots, f"slots of {pid} in JSON")
			numbers = [int(nr) for nr in situations.proc_status(pid)["NSpid"].split()]
			equal([level["nr"] for level in graph.task(pid)["pids"]], numbers, f"numbers of {pid}")
		equal(len(graph.task(inside[1])["pids"]), 2, "levels of the program")
		contains(tool.good("pid", 2 if engine == "bubblewrap" else graph.task(inside[1])["pids"][1]["nr"],
				   "--in", inside[0]).out, f"{inside[1]}→", "the program by its number in it")


@test(*ENGINES)
def tree(engine):
	"""What is new in a task is that in which it differs from its parent."""
	with made_by(engine) as (inside, outer):
		text = tool.good("--tree", "-p", inside[1], "--no-fold", "-u",
				 env={"COLUMNS": "1000"}).out
		for pid, parent in ((inside[0], outer), (inside[1], inside[0])):
			line, = [line for line in text.splitlines()
				 if re.match(rf"[ │├└─]*{pid}(→\d+)+ ", line)]
			slots, others = situations.proc_slots(pid), situations.proc_slots(parent)
			differ = {f"{kind}:{slots[kind]}" for kind in situations.TYPES
				  if kind in slots and slots[kind] != others[kind]}
			equal(set(re.findall(r"\w+:\d+", line.partition("  NEW ")[2])), differ, f"new in {pid}")


@test(*ENGINES)
def namespaces(engine):
	with made_by(engine) as (inside, outer):
		slots = situations.proc_slots(inside[0])
		for kind in new_types(inside, outer):
			document = tool.good("ns", f"{kind}:[{slots[kind]}]", "--json").out
			ns = json.loads(document)["namespaces"][0]
			equal((ns["type"], ns["inum"], ns["initial"]), (kind, slots[kind], False), "which one")
			pids = {task["tid"] for task in tool.parse(document).members(kind, slots[kind])
				if task["tid"] == task["tgid"]}
			equal(pids, members(kind, slots[kind]), f"members of {kind}")
			equal(ns["procs"], len(pids), f"processes of {kind}")
			if kind == "uts":
				equal(ns["nodename"], "box", "hostname")
			elif kind == "net":
				equal([link["name"] for link in ns["links"]], ["lo"], "devices")
			elif kind == "user":
				with open(f"/proc/{inside[0]}/uid_map") as file:
					extents = [line.split() for line in file]
				equal([[str(extent[key]) for key in ("first", "lower_first", "count")]
				       for extent in ns["uid_map"]], extents, "uid_map")
			elif kind == "pid":
				equal(ns["reaper"], inside[0], "reaper")


@test(*ENGINES)
def mounts(engine):
	with made_by(engine) as (inside, _):
		with open(f"/proc/{inside[0]}/mountinfo") as file:
			expected = [int(line.split()[0]) for line in file]
		document = json.loads(tool.good("ns", f"{inside[0]}/mnt", "--json").out)
		equal([mount["id"] for mount in document["namespaces"][0]["mounts"]], expected, "mounts")


def why(kind, inum):
	"""The answer once nothing moves and all of it is explained."""
	def ask():
		answer = json.loads(tool.good("why", f"{kind}:[{inum}]", "--json").out)
		return answer if answer["holding"]["settled"] else None
	return situations.wait_until(ask, f"{kind}:[{inum}] rests")


@test(*ENGINES)
def holders(engine):
	with made_by(engine) as (inside, outer):
		slots = situations.proc_slots(inside[0])
		for kind in new_types(inside, outer):
			answer = why(kind, slots[kind])
			by = {"pid": "pid", "user": "credential"}.get(kind, "nsproxy")
			equal({holder["tgid"] for holder in answer["holders"] if holder["kind"] == by},
			      members(kind, slots[kind]), f"who is in {kind}")
			# On 6.1 each mount of a file system has a reference, which only mountinfo tells of.
			if kind == "user" and os.uname().release.startswith("6.1."):
				continue
			equal(answer["holding"]["unexplained"], 0, f"unexplained references of {kind}: {answer}")


@test(*ENGINES)
def gone(engine):
	with made_by(engine) as (inside, outer):
		slots = situations.proc_slots(inside[0])
		types = new_types(inside, outer)
	for kind in types:
		situations.wait_until(lambda kind=kind: tool.run("why", f"{kind}:[{slots[kind]}]").status == 3,
				      f"{kind} is gone")


@test
def name_of_the_container():
	needs_runc()
	with situations.runc() as inside:
		short = f"docker-{situations.RUNC_ID[:12]}"
		contains(tool.good("--tree", "-p", inside[0]).out, short, "tree")
		rows = tool.good("-n", "-r", "-t", "pid", "-p", inside[0], "-o", "NS,CONTAINER").out.split()
		equal(rows, [str(situations.proc_slots(inside[0])["pid"]), short], "list")


main()
