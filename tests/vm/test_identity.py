# SPDX-License-Identifier: GPL-2.0
"""Objects that take the place of others while a picture is taken.

Places and numbers are reused at once, but when cannot be foreseen: what is seen
here is forced by hooks.
"""

import contextlib
import os

import debugfs
import genl
import hooks
import situations
from ktap import check, equal, fail, main, skip_all, test

# More than a step of a walk looks at, so that none of what is made after is in the held one.
CROWD = 80


def leave_room_for_numbers():
	"""Those that are given rise to the end of each test: what is made later has a higher one."""
	with open("/proc/sys/kernel/pid_max") as file:
		end = int(file.read()) - 4000
	while True:
		pid = os.fork()
		if pid == 0:
			os._exit(0)
		os.waitpid(pid, 0)
		if pid < end:
			return


@test("leaders", "threads")
def one_place_and_no_ids(which):
	"""Nothing tells objects apart but their values: the picture is as right as ever."""
	with contextlib.ExitStack() as stack:
		enter = stack.enter_context
		pids = [enter(situations.in_new(*situations.TYPES))[0], *enter(situations.nested(["pid"], 3)),
			enter(situations.unshared("user")).pid, enter(situations.unshared("net")).pid,
			enter(situations.unshared("time")).pid, os.getpid()]
		enter(hooks.everything_in_one_place())
		graph = genl.look(threads=which == "threads")
		graph.check_whole()
		for pid in pids:
			equal(graph.slots(pid), situations.proc_slots(pid), f"slots of {pid}")


@test
def an_nsproxy_that_no_probe_tells_of():
	"""A fork by who has another time namespace for children: a new nsproxy, no change counted."""
	def do(self):
		situations.unshare("time")
		self.say(None)
		self.await_go()
		pid = os.fork()
		if pid == 0:
			situations.libc.prctl(situations.PR_SET_PDEATHSIG, 9, 0, 0, 0)
			situations.block()
		self.say(pid)

	# Nothing but this may change: what the test before left is freed by workers. Between the
	# deaths of a network namespace and its owner can be more than calm() waits for.
	for _ in range(3):
		with situations.child(do) as child, situations.crowd(CROWD), hooks.everything_in_one_place():
			genl.calm()
			with hooks.held(child.pid, lambda: genl.look(threads=True)) as dump:
				child.go()
				born = child.listen()
				graph = dump.release()
			graph.check_whole()
			for pid in (child.pid, born):
				equal(graph.slots(pid), situations.proc_slots(pid), f"slots of {pid}")
			check(graph.task(born)["nsproxy"] != graph.task(child.pid)["nsproxy"], "they are two nsproxies")
		if graph.snapshot["generation"] == graph.snapshot["generation_begin"]:
			return
	fail("something changes during each picture")


def _born_below(self):
	"""In the outer pid namespace: one born in a new one each time it is asked."""
	while True:
		self.await_go()
		if os.fork() == 0:
			situations.libc.prctl(situations.PR_SET_PDEATHSIG, 9, 0, 0, 0)
			situations.unshare("pid")
			if os.fork() == 0:
				situations.libc.prctl(situations.PR_SET_PDEATHSIG, 9, 0, 0, 0)
				self.say(situations.host_pid())
			situations.block()


def _outer(self):
	situations.unshare("pid")
	if os.fork() == 0:
		situations.libc.prctl(situations.PR_SET_PDEATHSIG, 9, 0, 0, 0)
		self.say(situations.host_pid())
		_born_below(self)
	situations.block()


def born_with(inum, factory):
	"""A task in a pid namespace below the factory's that has this inum.

	Numbers are given lowest first: those born before it keep what was free below.
	"""
	def attempt():
		factory.go()
		pid = factory.listen()
		return pid if situations.proc_slots(pid)["pid"] == inum else None
	return situations.wait_until(attempt, f"a pid namespace with the number {inum}")


@contextlib.contextmanager
def one_in_the_place_of_another(level, look):
	"""A pid namespace that died, one born in its place, and what look(inum) saw of that.

	Yields a task that was in the first, one in the second, that one's parent, the inum.
	"""
	factory = situations.Child(_outer)
	try:
		outer = factory.listen()
		with contextlib.ExitStack() as first, situations.crowd(CROWD):
			victim = first.enter_context(situations.nested(["pid"], level))[-1]
			inum = situations.proc_slots(victim)["pid"]
			with situations.crowd(CROWD), hooks.everything_in_one_place(), \
			     hooks.held(victim, lambda: look(inum)) as picture:
				first.close()
				born = born_with(inum, factory)
				seen = picture.release()
			yield victim, born, outer, inum, seen
	finally:
		factory.end()


@test(("at another level", 1), ("of another parent", 2))
def a_pid_namespace_in_the_place_of_another(_label, level):
	with one_in_the_place_of_another(level, lambda _: genl.look(threads=True)) as situation:
		victim, born, outer, inum, graph = situation
		graph.check_whole()
		equal(graph.snapshot["consistent"], False, "consistent")
		check(graph.has_task(victim), "the dead one was seen before it died")
		equal(len(graph.task(victim)["pids"]), level + 1, "its levels")
		equal(len(graph.task(born)["pids"]), 3, "levels of the one born there")
		nodes = [ns for ns in graph.namespaces if ns["inum"] == inum]
		equal(sorted((ns["type"], ns["level"]) for ns in nodes), [("pid", level), ("pid", 2)],
		      f"namespaces with the number {inum}")
		ns = graph.referred("pid", graph.task(born), "pid")
		equal(graph.referred("pid", ns, "parent")["inum"], situations.proc_slots(outer)["pid"],
		      "parent of the new one")


@test
def the_last_of_two_is_meant_by_their_number():
	with one_in_the_place_of_another(1, lambda inum: genl.look(threads=True, inum=inum)) as situation:
		victim, born, _, inum, graph = situation
		equal([(ns["inum"], ns["level"]) for ns in graph.namespaces], [(inum, 2)], "the namespace")
		check(graph.has_task(born) and not graph.has_task(victim), "the task in it, and not the other's")


@test
def two_of_one_number_in_debugfs():
	with one_in_the_place_of_another(1, lambda _: debugfs.rows(debugfs.read("tasks"), "tasks")) as situation:
		victim, born, _, inum, rows = situation
		tasks = {task["tid"]: task for task in map(debugfs.task_of, rows)}
		equal([tasks[pid]["pid"] for pid in (victim, born)], [inum] * 2, "their pid namespaces")
		check(tasks[victim]["pid_node"] != tasks[born]["pid_node"], "the nodes are two")


@test
def storms_at_two_levels():
	"""As the one above by chance, while walks stop at every step."""
	def do():
		pid = os.fork()
		if pid == 0:
			situations.unshare("pid", "user")
			if os.fork() == 0:
				situations.unshare("pid")
				if os.fork() == 0:
					os._exit(0)
				os.wait()
				os._exit(0)
			os.wait()
			os._exit(0)
		os.waitpid(pid, 0)

	with situations.crowd(CROWD) as pids, hooks.everything_in_one_place(), situations.storm(do):
		for tid in pids[::20]:
			with hooks.held(tid, lambda: genl.look(threads=True)) as dump:
				generation = genl.look(tid=1).snapshot["generation"]
				situations.wait_until(lambda: genl.look(tid=1).snapshot["generation"] > generation,
						      "something changes meanwhile")
				graph = dump.release()
			graph.check_whole()
			equal(graph.snapshot["consistent"], False, "consistent")


@test
def what_storms_left_is_freed():
	"""Here and not in the tests that follow, which want pictures that are consistent."""
	genl.calm()


if not hooks.exist():
	skip_all("hooks are in the debug guest's build only")
leave_room_for_numbers()
main()
