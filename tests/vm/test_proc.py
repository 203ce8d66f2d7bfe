# SPDX-License-Identifier: GPL-2.0
"""Every task on the system compared with /proc, every count recomputed."""

import collections
import contextlib
import ctypes
import os
import subprocess

import debugfs
import genl
import situations
import tool
from ktap import check, equal, main, test

NS_GET_USERNS = 0xb701
NS_GET_PARENT = 0xb702


@contextlib.contextmanager
def a_bit_of_everything():
	"""Enough for the comparison to mean something."""
	with contextlib.ExitStack() as stack:
		for situation in (situations.in_new(*situations.TYPES), situations.nested(["pid"], 3),
				  situations.nested(["user", "pid", "net"], 1), situations.zombie(),
				  situations.threads(lambda: situations.unshare("net"), lambda: None),
				  situations.exited_leader(2), situations.crowd(5),
				  situations.unshared("pid"), situations.unshared("time", "uts"),
				  situations.child(lambda _self: os.setuid(1234))):
			stack.enter_context(situation)
		yield


def read(path):
	with open(path, "rb") as file:
		return file.read()


def proc_task(pid, tid):
	"""One task as /proc has it, in the words of our schema."""
	status = situations.proc_status(pid, tid)
	fields = read(f"/proc/{pid}/task/{tid}/stat").rpartition(b")")[2].split()
	return {
		"tid": int(status["Pid"]), "tgid": int(status["Tgid"]), "ppid": int(status["PPid"]),
		"uid": int(status["Uid"].split()[0]),
		"nrs": [int(nr) for nr in status["NSpid"].split()],
		"tgids": [int(nr) for nr in status["NStgid"].split()],
		"comm": read(f"/proc/{pid}/task/{tid}/comm")[:-1],
		# PF_KTHREAD in flags.
		"kthread": bool(int(fields[6]) & 0x00200000),
		"slots": situations.proc_slots(pid, tid),
	}


def proc_all():
	tasks = {}
	for pid in filter(str.isdigit, os.listdir("/proc")):
		with contextlib.suppress(FileNotFoundError, ProcessLookupError):
			for tid in os.listdir(f"/proc/{pid}/task"):
				with contextlib.suppress(FileNotFoundError, ProcessLookupError):
					tasks[int(tid)] = proc_task(int(pid), int(tid))
	return tasks


def our_task(graph, task, by_tid):
	seen = {key: task[key] for key in ("tid", "tgid", "ppid", "uid", "kthread")}
	seen["nrs"] = [p["nr"] for p in task["pids"]]
	leader = by_tid.get(task["tgid"])
	seen["tgids"] = [p["nr"] for p in leader["pids"]] if leader else None
	seen["comm"] = task.get("comm_bytes", task["comm"].encode(errors="surrogateescape"))
	seen["slots"] = graph.slots(task["tid"])
	return seen


def compare(look):
	"""A task that /proc shows before and after, the same, has to be like that."""
	before = proc_all()
	graph = look()
	after = proc_all()
	graph.check_whole()
	by_tid = {task["tid"]: task for task in graph.tasks}
	steady = {tid for tid, task in before.items() if after.get(tid) == task}
	check(len(steady) > 40, f"only {len(steady)} tasks are steady")
	equal({tid for tid in steady if tid not in by_tid}, set(), "tasks of /proc not in the picture")
	# Only a process of ours, the tool itself, comes and goes in between.
	equal({tid for tid, task in by_tid.items() if tid not in before and tid not in after
	       and task["ppid"] != os.getpid()}, set(), "tasks that /proc does not know")
	wrong = []
	for tid in sorted(steady):
		ours, theirs = our_task(graph, by_tid[tid], by_tid), before[tid]
		# What children will be in, /proc tells only once there is one.
		ours["slots"] = {slot: inum for slot, inum in ours["slots"].items()
				 if slot in theirs["slots"] or not slot.endswith("_for_children")}
		# For kernel threads /proc adds to the name, what they work on too.
		if theirs["kthread"] and theirs["comm"].startswith(ours["comm"]):
			ours["comm"] = theirs["comm"]
		wrong += [f"{tid}: {key}: /proc {theirs[key]!r}, ours {ours[key]!r}"
			  for key in theirs if ours[key] != theirs[key]]
	equal(wrong, [], "differences")


@test
def every_task_by_netlink():
	with a_bit_of_everything():
		compare(lambda: genl.look(threads=True))


@test
def every_task_by_the_tool():
	with a_bit_of_everything():
		compare(lambda: tool.look("--threads"))


@test
def without_threads_leaders_and_those_that_differ():
	with a_bit_of_everything():
		every, some = genl.steady({"threads": True}, {})
		slots = {task["tid"]: every.slots(task["tid"]) for task in every.tasks}
		expected = {task["tid"] for task in every.tasks
			    if task["tid"] == task["tgid"] or slots[task["tid"]] != slots[task["tgid"]]}
		equal({task["tid"] for task in some.tasks}, expected, "tasks")


def count(graph):
	"""Members of each namespace and nsproxy, counted over the tasks."""
	tasks, procs, shared = collections.Counter(), collections.Counter(), collections.Counter()
	for task in graph.tasks:
		leader = task["tid"] == task["tgid"]
		for slot, inum in graph.slots(task["tid"]).items():
			if not slot.endswith("_for_children"):
				tasks[slot, inum] += 1
				procs[slot, inum] += leader
		if "nsproxy" in task:
			shared[task["nsproxy"]] += 1
	return tasks, procs, shared


@test("netlink", "tool", "debugfs")
def members_are_counted_right(how):
	with a_bit_of_everything():
		# Those of debugfs are three snapshots.
		graph = genl.steady({"netlink": {"threads": True}, "debugfs": debugfs.look,
				     "tool": lambda: tool.look("--threads")}[how])[0]
		tasks, procs, shared = count(graph)
		key = lambda ns: (ns["type"], ns["inum"])
		equal({key(ns): (ns["tasks"], ns["procs"]) for ns in graph.namespaces},
		      {key(ns): (tasks[key(ns)], procs[key(ns)]) for ns in graph.namespaces},
		      "tasks and procs of the namespaces")
		equal({n["id"]: n["tasks"] for n in graph.nsproxies}, dict(shared),
		      "tasks of the nsproxies")
		# Kernel threads that are born during the walk are counted, their references are not.
		theirs = {task.get("nsproxy") for task in graph.tasks if task["kthread"]}
		for nsproxy in filter(lambda nsproxy: nsproxy["id"] not in theirs, graph.nsproxies):
			check(nsproxy["refs"] >= nsproxy["tasks"], f"{nsproxy} has a reference a task")
		# Some initial ones are never counted: nobody frees them.
		for ns in filter(lambda ns: not ns["initial"], graph.namespaces):
			users = len({t["nsproxy"] for t in graph.tasks if "nsproxy" in t and ns["inum"] in
				     graph.nsproxy(t["nsproxy"])["ns"].values()})
			check(ns.get("refs", users) >= users, f"{ns} has a reference for each of "
			      f"{users} nsproxies")


@test
def counts_do_not_depend_on_threads_being_sent():
	with a_bit_of_everything():
		pick = lambda graph: {(ns["type"], ns["inum"]): (ns["tasks"], ns["procs"])
				      for ns in graph.namespaces}
		leaders, threads = genl.steady({}, {"threads": True})
		equal(pick(leaders), pick(threads), "tasks and procs")


def related(fd, request):
	"""The inode number of the namespace that an ioctl on another gives."""
	try:
		other = situations.call(situations.libc.ioctl, fd, ctypes.c_ulong(request))
	except OSError:
		return None, None
	return os.fstat(other).st_ino, other


def walk(fd, kind, expected):
	"""Owners and parents from one namespace up to the root."""
	inum = os.fstat(fd).st_ino
	if (kind, inum) in expected:
		os.close(fd)
		return
	owner, owner_fd = related(fd, NS_GET_USERNS)
	parent = parent_fd = None
	if kind in ("pid", "user"):
		parent, parent_fd = related(fd, NS_GET_PARENT)
	os.close(fd)
	if owner_fd is not None:
		walk(owner_fd, "user", expected)
	level = None
	if kind in ("pid", "user"):
		level = 0
		if parent_fd is not None:
			walk(parent_fd, kind, expected)
			level = expected[kind, parent][2] + 1
	expected[kind, inum] = (owner, parent, level)


@test
def owners_parents_and_levels_by_ioctl():
	with a_bit_of_everything():
		expected = {}
		for pid in filter(str.isdigit, os.listdir("/proc")):
			for kind in situations.TYPES:
				with contextlib.suppress(FileNotFoundError, ProcessLookupError):
					walk(os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY), kind, expected)
		for graph in (genl.look(), tool.look(), debugfs.look()):
			seen = {(ns["type"], ns["inum"]): (ns.get("owner"), ns.get("parent"), ns.get("level"))
				for ns in graph.namespaces}
			equal({key: seen.get(key) for key in expected}, expected,
			      "owner, parent and level")


@test
def ancestors_and_owners_without_tasks_are_there():
	"""The middle one of three nested user namespaces has no task in it."""
	def do(self):
		inums = []
		for _ in range(3):
			situations.unshare("user")
			for name, line in (("setgroups", "deny"), ("uid_map", "0 0 1"), ("gid_map", "0 0 1")):
				with open(f"/proc/self/{name}", "w") as file:
					file.write(line)
			inums.append(situations.link_inum("/proc/self/ns/user"))
		return inums

	with situations.child(do) as child:
		for graph in (genl.quiet(), tool.look(), debugfs.look()):
			equal([graph.ns("user", inum)["tasks"] for inum in child.said], [0, 0, 1],
			      "tasks in the three")
			equal(graph.ns("user", child.said[1])["parent"], child.said[0], "parent of the middle one")
		with genl.Socket() as connection:
			one = connection.task_get(child.pid)
			for inum in child.said:
				one.ns("user", inum)


@test
def rows_of_lsns():
	with a_bit_of_everything():
		columns = "NS,TYPE,NPROCS,PID"
		run = lambda: subprocess.run(["lsns", "-n", "-r", "-o", columns], check=True,
					     stdout=subprocess.PIPE, text=True).stdout
		ours = tool.good("-n", "-r", "-o", columns).out
		theirs = run()
		# lsns shows what processes are in; its own is one that was not there for us.
		pick = lambda text: {tuple(line.split()[:2]): line.split()[2:]
				     for line in text.splitlines()}
		ours, theirs = pick(ours), pick(theirs)
		initial = {(str(inum), slot) for slot, inum in
			   situations.proc_slots(os.getpid()).items()}
		for row in theirs:
			check(row in ours, f"lsns's row {row} is missing")
			if row in initial:
				continue
			equal(ours[row], theirs[row], f"NPROCS and PID of {row}")


main()
