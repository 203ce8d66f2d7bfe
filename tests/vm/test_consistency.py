# SPDX-License-Identifier: GPL-2.0
"""Generations, and pictures taken while namespaces come and go."""

import contextlib
import errno
import os
import time

import debugfs
import genl
import situations
import tool
from ktap import check, equal, main, say, test

# How long a storm is looked at: dumps, and a limit in seconds.
DUMPS = 15
SECONDS = 3


def generation():
	return genl.look(tid=1).snapshot["generation"]


def rises(do, what):
	before = generation()
	do()
	check(generation() > before, f"generation rises by {what}")


@test(*situations.TYPES)
def rises_when_unshared(kind):
	def do(self):
		self.say(None)
		self.await_go()
		situations.unshare(kind)

	with situations.child(do) as child:
		rises(lambda: (child.go(), child.listen()), f"unshare of {kind}")


@test
def rises_when_a_namespace_dies():
	# Not by that of what earlier tests left.
	genl.calm()
	with contextlib.ExitStack() as stack:
		stack.enter_context(situations.unshared("uts", "ipc"))
		before = generation()
		stack.close()
	situations.wait_until(lambda: generation() > before, "the generation rises by the death")


@test
def rises_by_setns():
	with situations.unshared("uts") as other:
		def do(self):
			self.say(None)
			self.await_go()
			situations.setns(f"/proc/{other.pid}/ns/uts")

		with situations.child(do) as child:
			rises(lambda: (child.go(), child.listen()), "setns")


@test
def rises_by_clone_with_flags():
	def do():
		with situations.child(fork=lambda: situations.clone3("net")):
			pass
	rises(do, "clone3 with CLONE_NEWNET")


@test
def rises_by_setns_into_a_user_namespace():
	with situations.unshared("user") as other:
		def do(self):
			self.say(None)
			self.await_go()
			situations.setns(f"/proc/{other.pid}/ns/user")

		with situations.child(do) as child:
			rises(lambda: (child.go(), child.listen()), "setns into a user namespace")


def least_rise(do):
	"""By how much the generation rises by what a child does, where nothing else changes.

	Namespaces of earlier children may die late and count, too: the least of several.
	"""
	rises = []
	for _ in range(8):
		def live(self):
			self.say(None)
			self.await_go()
			do()
			self.say(None)

		with situations.child(live) as child:
			before = generation()
			child.go()
			child.listen()
			rises.append(generation() - before)
	return min(rises)


# Workers free ipc and net after their last task, which could be in each round.
@test(*[(f"unshare of {kind}", 2) for kind in situations.TYPES if kind not in ("ipc", "net")],
      ("setns of uts", 1), ("setns of user", 2))
def every_part_of_a_change_counts(what, expected):
	"""The birth, the move to another nsproxy and that to other credentials, each for itself."""
	call, _, kind = what.split()
	with situations.unshared(kind) as other:
		path = f"/proc/{other.pid}/ns/{kind}"
		do = {"unshare": lambda: situations.unshare(kind), "setns": lambda: situations.setns(path)}[call]
		equal(least_rise(do), expected, "how much the generation rises")


@test
def does_not_rise_by_plain_processes():
	"""50 processes that fork, exec and exit.  Another's work may count: three tries."""
	for _ in range(3):
		before = generation()
		pids = []
		for _ in range(50):
			pid = os.fork()
			if pid == 0:
				os.execv("/bin/true", ["true"])
			pids.append(pid)
		for pid in pids:
			equal(os.waitpid(pid, 0)[1], 0, "status of true")
		after = generation()
		if after == before:
			return
	equal(after, before, "generation after 50 plain processes")


@test
def does_not_rise_by_changing_user():
	for _ in range(3):
		before = generation()
		with situations.child(lambda _self: os.setuid(1234)):
			after = generation()
		if after == before:
			return
	equal(after, before, "generation after setuid")


@test
def consistent_when_nothing_changes():
	seen = [genl.look().snapshot["consistent"] for _ in range(10)]
	check(sum(seen) >= 8, f"consistent: {seen}")
	equal(tool.look().snapshot["consistent"], True, "in JSON")


def storms():
	"""What comes and goes, in turns."""
	kinds = [("uts",), ("ipc", "uts"), ("user",), ("mnt", "cgroup"), ("time",), ("user", "uts", "ipc")]
	turn = [0]

	def do():
		turn[0] += 1
		situations.born_and_gone(*kinds[turn[0] % len(kinds)])
	return do


@contextlib.contextmanager
def through_a_storm(count=2):
	with situations.storm(storms(), count):
		yield


def dumps(look):
	"""Dumps until there were enough or time is up; at least five."""
	end = time.monotonic() + SECONDS
	for number in range(DUMPS):
		if number >= 5 and time.monotonic() > end:
			return
		yield look()


@test(("leaders", {}), ("threads", {"threads": True}))
def every_dump_in_a_storm_is_whole(_label, wanted):
	with through_a_storm():
		inconsistent = total = 0
		last = 0
		for graph in dumps(lambda: genl.look(**wanted)):
			graph.check_whole()
			check(graph.snapshot["generation"] >= last, "generations never fall")
			last = graph.snapshot["generation"]
			inconsistent += not graph.snapshot["consistent"]
			total += 1
		say(f"{inconsistent} of {total} not consistent")
		check(debugfs.stats()["snapshots"] >= total, "stats count them")


@test
def the_storm_is_noticed():
	"""At least one of many dumps has to see a change, or nobody would."""
	with through_a_storm(3), situations.crowd(400):
		for _ in range(200):
			if not genl.look(details=["nsproxies"]).snapshot["consistent"]:
				return
		check(False, "one of 200 dumps in a storm is not consistent")


@test
def network_namespaces_in_a_storm():
	"""They die in a worker, long after their last task."""
	with situations.storm(lambda: situations.born_and_gone("net", "uts")):
		for graph in dumps(genl.look):
			graph.check_whole()


@test
def pid_namespaces_in_a_storm():
	def do():
		pid = os.fork()
		if pid == 0:
			situations.unshare("pid", "user")
			if os.fork() == 0:
				os._exit(0)
			os.wait()
			os._exit(0)
		os.waitpid(pid, 0)

	with situations.storm(do):
		for graph in dumps(lambda: genl.look(threads=True)):
			graph.check_whole()


@test
def filters_and_single_tasks_in_a_storm():
	ours = situations.proc_slots(os.getpid())
	with through_a_storm(), genl.Socket() as connection:
		for _ in dumps(lambda: None):
			equal(connection.task_get(os.getpid()).slots(os.getpid()), ours, "our slots")
			equal(connection.ns_get(inum=ours["user"]).namespaces[0]["inum"], ours["user"], "ours")
			equal(connection.graph_get(inum=ours["net"], types=["net"]).namespaces[0]["inum"],
			      ours["net"], "ours")
			# A tid that may come or go at any time.
			for tid in range(os.getpid() + 1, os.getpid() + 400, 40):
				try:
					connection.task_get(tid).check_whole(rising=False)
				except genl.Refused as refused:
					equal(refused.errno, errno.ESRCH, "errno")


@test
def the_tool_in_a_storm():
	with through_a_storm():
		for arguments in (("--json",), ("--tree",), (), ("--json", "--threads"), ("--dot",)):
			result = tool.run(*arguments)
			equal(result.status, 0, f"status of {arguments}: {result.err}")
			check(result.out, "there is a picture")
			check(len(result.err.splitlines()) <= 1, f"stderr: {result.err}")
			if arguments[0:1] == ("--json",):
				graph = tool.parse(result.out)
				graph.check_whole()
				equal(bool(result.err), not graph.snapshot["consistent"],
				      f"it says so when it is not consistent ({result.err.strip()})")


@test
def debugfs_in_a_storm():
	with through_a_storm():
		for name in ("tasks", "namespaces", "nsproxies", "graph.dot") * 5:
			text = debugfs.read(name)
			if name in debugfs.HEADERS:
				debugfs.rows(text, name)
			else:
				check(text.endswith("}\n"), "graph.dot ends")


@test
def what_storms_left_is_freed():
	"""Here and not in the tests that follow, which want pictures that are consistent."""
	genl.calm()


main()
