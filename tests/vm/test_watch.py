# SPDX-License-Identifier: GPL-2.0
"""Whether changes are seen: kernel probes that are switched off, changes that take long."""

import errno
import os
import pathlib
import threading
import time

import debugfs
import genl
import hooks
import situations
import tool
from ktap import check, contains, equal, fail, main, skip, test
from situations import KPROBES, switched_off

FTRACE = pathlib.Path("/proc/sys/kernel/ftrace_enabled")
MAJOR_MINOR = tuple(map(int, os.uname().release.split(".")[:2]))


def check_seen():
	"""Changes are seen, and counted."""
	equal(debugfs.stats()["watch"], "on", "watch in stats")
	before = genl.quiet()
	equal(before.snapshot["watch"], "on", "watch")
	with situations.unshared("uts"):
		check(genl.look().snapshot["generation"] > before.snapshot["generation"], "a change is counted")


def check_unseen():
	"""A change that is not counted, and no picture that claims to know."""
	before = genl.look()
	with situations.unshared("uts"):
		graph = genl.look(threads=True)
	equal(graph.snapshot["generation"], before.snapshot["generation"], "generation after a change")
	for snapshot in (before.snapshot, graph.snapshot):
		equal((snapshot["watch"], "consistent" in snapshot), ("off", False),
		      "watch, and whether consistent is there")
	graph.check_whole()
	stats = debugfs.stats()
	contains(stats["watch"], "off: ", "watch in stats")
	genl.look()
	equal(debugfs.stats()["unknown"], stats["unknown"] + 1, "unknown in stats")


def check_tool_says_so():
	result = tool.run("--json")
	equal(result.status, 0, "status")
	snapshot = tool.parse(result.out).snapshot
	equal((snapshot["watch"], snapshot["consistent"]), ("off", None), "watch and consistent in JSON")
	equal(len(result.err.splitlines()), 1, f"lines on stderr: {result.err}")
	contains(result.err, "not known", "stderr")
	contains(result.err, "kprobes/enabled", "what to do, on stderr")
	equal(tool.run("--tree").err, result.err, "what the tree says")


@test
def kprobes_switched_off():
	check_seen()
	with switched_off(KPROBES):
		check_unseen()
		check_tool_says_so()
	check_seen()
	tool.good("--json")


@test
def ftrace_switched_off():
	"""Where kprobes sit on ftrace it disarms them; never does a picture claim what it cannot know."""
	if not FTRACE.exists():
		skip("this kernel has no sysctl kernel.ftrace_enabled")
	try:
		with switched_off(FTRACE):
			check_unseen()
			check_tool_says_so()
	except OSError as error:
		# Newer kernels refuse that while kprobes sit on ftrace.
		equal(error.errno, errno.EOPNOTSUPP, "errno")
		check(MAJOR_MINOR >= (6, 18), "only newer kernels refuse it")
	check_seen()


@test(("off", "1", "0"), ("on", "0", "1"))
def switched_while_a_picture_is_taken(_label, before, during):
	"""Known at both ends, or not claimed."""
	if not hooks.exist():
		skip("hooks are in the debug guest's build only")
	try:
		with situations.crowd(80) as pids:
			KPROBES.write_text(before)
			with hooks.held(pids[0], genl.look) as dump:
				KPROBES.write_text(during)
				snapshot = dump.release().snapshot
	finally:
		KPROBES.write_text("1")
	check(not snapshot.get("consistent"), f"consistent: {snapshot}")


@test
def generation_at_both_ends():
	snapshot = genl.quiet().snapshot
	equal(snapshot["generation_begin"], snapshot["generation"], "of a consistent picture")
	equal(debugfs.stats()["load"], snapshot["load"], "load in stats")


@test(("uts", ["uts"]), ("user", ["user"]), ("net and mnt", ["net", "mnt"]))
def a_change_under_way(_label, types):
	"""It was counted before the picture was begun, and is made after it is complete."""
	if not hooks.exist():
		skip("hooks are in the debug guest's build only")

	def do(self):
		self.say(None)
		self.await_go()
		situations.unshare(*types)
		self.say(None)

	with situations.child(do) as child:
		genl.quiet()
		# Long enough for a slow guest to look; what begins afterwards is not slow.
		with hooks.slow_changes(3000):
			child.go()
			situations.wait_until(lambda: debugfs.stats()["under_way"], "the change is under way")
			snapshot = genl.look(tid=child.pid).snapshot
		child.listen()
		equal(snapshot["consistent"], False, "consistent while a change is under way")
		equal(snapshot["generation"], snapshot["generation_begin"], "generation at both ends")
	equal(debugfs.stats()["under_way"], 0, "under way when all is done")


@test
def a_change_that_a_probe_missed():
	"""It may be under way for some time; then pictures are consistent again."""
	if not hooks.exist():
		skip("hooks are in the debug guest's build only")
	before = genl.quiet().snapshot
	started = time.monotonic_ns()
	hooks.set_to("misses", hooks.get("misses") + 1)
	after = genl.look(tid=1).snapshot
	check(after["generation"] > before["generation"], "a miss counts as a change")
	equal(after["consistent"], False, "consistent right after it")
	situations.wait_until(lambda: genl.look(tid=1).snapshot["consistent"], "it has settled")
	check(time.monotonic_ns() - started > 8e9, "not before it is safe to say")


@test
def a_change_within_the_handler_of_a_probe():
	"""The picture after it waits until it has ended, and can be consistent then."""
	if not hooks.exist():
		skip("hooks are in the debug guest's build only")

	def do(self):
		while True:
			self.say(None)
			self.await_go()
			situations.unshare("uts")

	with situations.child(do) as child:
		# Any of them can meet a change that earlier tests left to workers.
		for _ in range(5):
			genl.quiet(tid=1)
			missed = debugfs.stats()["missed"]
			with hooks.nested_calls():
				child.go()
				child.listen()
			after = genl.look(tid=1).snapshot
			check(debugfs.stats()["missed"] > missed, "the call is missed")
			if after["consistent"]:
				return
		fail("no picture after a miss is consistent")


@test
def a_handler_that_takes_long():
	"""A change that was missed within it may be under way as long as it runs."""
	if not hooks.exist():
		skip("hooks are in the debug guest's build only")
	seconds = 3

	def do(self):
		self.say(None)
		self.await_go()
		situations.unshare("uts")
		self.say(None)

	with situations.child(do) as child:
		genl.quiet()
		missed = debugfs.stats()["missed"]
		started = time.monotonic()
		with hooks.nested_calls(), hooks.slow_changes(seconds * 1000):
			child.go()
			situations.wait_until(lambda: debugfs.stats()["missed"] > missed, "a call is missed")
			genl.look(tid=1)
			# Delays and clocks are not of one source.
			check(time.monotonic() - started > 0.9 * seconds, "the picture is begun when it has ended")
		child.listen()


def _exec(self):
	"""Becomes a program that says it is there and waits."""
	os.set_inheritable(self._said, True)
	os.execv("/bin/sh", ["sh", "-c", f"echo null >&{self._said}; exec sleep 1000000"])


@test
def exec_by_a_thread_counts():
	"""A thread that is not the leader takes over the leader's number."""
	def do(self):
		self.say(None)
		self.await_go()
		threading.Thread(target=_exec, args=(self,)).start()
		threading.Event().wait()

	with situations.child(do) as child:
		before = genl.quiet().snapshot["generation"]
		child.go()
		child.listen()
		check(genl.look().snapshot["generation"] > before, "generation rises")
		equal([t["tgid"] for t in genl.look(threads=True).tasks if t["tid"] == child.pid], [child.pid],
		      "the process has its number")


@test
def exec_by_the_leader_counts_for_nothing():
	genl.calm()
	for _ in range(3):
		def do(self):
			self.say(None)
			self.await_go()
			_exec(self)

		with situations.child(do) as child:
			before = genl.quiet().snapshot["generation"]
			child.go()
			child.listen()
			after = genl.look().snapshot["generation"]
		if after == before:
			return
	equal(after, before, "generation after exec")


@test
def exec_into_a_pending_time_namespace_counts():
	"""Where exec moves the task, which 5.10 and 6.1 do not do."""
	def do(self):
		situations.unshare("time")
		self.say(None)
		self.await_go()
		_exec(self)

	with situations.child(do) as child:
		before = situations.proc_slots(child.pid)
		graph = genl.quiet()
		child.go()
		child.listen()
		after = situations.proc_slots(child.pid)
		equal(after["time"] != before["time"], MAJOR_MINOR >= (6, 12), "whether exec moves it")
		if after["time"] != before["time"]:
			check(genl.look().snapshot["generation"] > graph.snapshot["generation"], "generation rises")
		equal(genl.look().slots(child.pid), after, "slots")


main()
