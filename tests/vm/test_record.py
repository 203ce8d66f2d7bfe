# SPDX-License-Identifier: GPL-2.0
"""Recordings: what is drawn of a moment is what the kernel says at that moment."""

import contextlib
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import threading
import time

import genl
import situations
import tool
import tracing
from ktap import check, contains, equal, main, say, test

STORM = str(pathlib.Path(__file__).resolve().parent / "storm")
FOLDER = "/run"
# A minute of storm on one kernel; on the others no longer than it takes to meet what differs there.
SECONDS = 60 if os.uname().release.startswith("6.12.") else 15
# A debug kernel is several times slower.
TASKS = 200 if situations.has_debug_kernel() else 1000
# See enum record in userspace/save.h.
PICTURE, PICTURE_END = 7, 8


class Recording:
	"""A recorder that runs until the test leaves it."""

	def __init__(self, path, *arguments):
		self.path = path
		tracing.mount()
		self.process = subprocess.Popen([tool.PATH, "record", "-o", path, *arguments],
						stderr=subprocess.PIPE, text=True)

		def ready():
			if self.process.poll() is not None:
				raise RuntimeError(self.process.stderr.read())
			return os.path.exists(path) and os.path.getsize(path)
		situations.wait_until(ready, "the recording begins")

	def end(self, number=signal.SIGINT):
		self.process.send_signal(number)
		self.said = self.process.communicate(timeout=situations.LIMIT)[1]
		return self.said


@contextlib.contextmanager
def recorded(name="test.rec", *arguments):
	recording = Recording(f"{FOLDER}/{name}", *arguments)
	try:
		yield recording
	finally:
		if recording.process.poll() is None:
			recording.end()
		with contextlib.suppress(FileNotFoundError):
			os.unlink(recording.path)


def without_later_pictures(path, to):
	"""The first picture and all events: nothing puts right what events did not tell."""
	data = pathlib.Path(path).read_bytes()
	kept, at, pictures, skips = bytearray(data[:16]), 16, 0, False
	while len(data) - at >= 8:
		kind, length = struct.unpack_from("=II", data, at)
		end = at + 8 + (length + 3 & ~3)
		if end > len(data):
			break
		if kind == PICTURE:
			pictures += 1
			skips = pictures > 1
		if not skips:
			kept += data[at:end]
		if kind == PICTURE_END:
			skips = False
		at = end
	pathlib.Path(to).write_bytes(kept)
	return pictures


def of_file(path, *arguments):
	result = tool.run("--from", path, *arguments, "--json", "--threads")
	equal(result.status, 0, f"status of --from ({result.err})")
	return json.loads(result.out)


def now():
	return json.loads(tool.run("--json", "--threads").out)


def essence(picture, ours):
	"""What events have to tell, of the tasks that are not left out and of all namespaces."""
	sets = {one["id"]: one["ns"] for one in picture["nsproxies"]}
	tasks = {task["tid"]: (task["tgid"], task["ppid"], sets.get(task["nsproxy"]), task["user"], task["pid"],
			       [(pid["nr"], pid["pidns"]) for pid in task["pids"]], task["uid"], task["comm"])
		 for task in picture["tasks"] if not task["kthread"] and task["tgid"] not in ours}
	namespaces = {(ns["type"], ns["inum"]): (ns["id"], ns["owner"], ns["parent"]) for ns in picture["namespaces"]}
	return tasks, namespaces


def difference(path, ours):
	"""Where a recording and the kernel part; None: nowhere."""
	recorded_tasks, recorded_spaces = essence(of_file(path), ours)
	tasks, spaces = essence(now(), ours)
	# The tool that asks is in the one that it asks for.
	wrong = [f"task {tid}: recorded {recorded_tasks.get(tid)}, is {tasks.get(tid)}"
		 for tid in sorted(set(tasks) | set(recorded_tasks))
		 if tasks.get(tid) != recorded_tasks.get(tid)
		 and (tasks.get(tid) or recorded_tasks.get(tid))[-1] != "nsinspect"]
	wrong += [f"{key}: recorded {recorded_spaces.get(key)}, is {spaces.get(key)}"
		  for key in sorted(set(spaces) | set(recorded_spaces)) if spaces.get(key) != recorded_spaces.get(key)]
	return wrong or None


def agrees(recording, strip=True):
	"""Waits until all is told, and freed, and both say the same."""
	path = f"{FOLDER}/stripped.rec"
	last = [None]

	def same():
		if strip:
			without_later_pictures(recording.path, path)
		last[0] = difference(path if strip else recording.path, {recording.process.pid})
		return not last[0]
	try:
		situations.wait_until(same, "the recording says what the kernel says")
	except TimeoutError:
		check(False, "\n".join([f"{len(last[0])} differences", *last[0]]))
	finally:
		with contextlib.suppress(FileNotFoundError):
			os.unlink(path)


@test
def agrees_with_the_kernel():
	def threads(_self):
		threading.Thread(target=lambda: (situations.unshare("uts"), threading.Event().wait()), daemon=True).start()

	with recorded() as recording, contextlib.ExitStack() as stack:
		for kind in situations.TYPES:
			stack.enter_context(situations.unshared(kind))
			stack.enter_context(situations.in_new(kind))
		stack.enter_context(situations.nested(("user", "pid"), 3))
		pid, _ = stack.enter_context(situations.in_new(*situations.TYPES))
		stack.enter_context(situations.child(lambda _self: situations.setns(f"/proc/{pid}/ns/net")))
		stack.enter_context(situations.child(threads))
		with situations.in_new("pid", "net"), situations.unshared("ipc"):
			pass
		agrees(recording)


@test
def agrees_after_a_storm():
	"""With a thousand tasks on two processors."""
	with recorded("storm.rec", "--buffer", "65536") as recording:
		with subprocess.Popen([STORM, str(TASKS), str(SECONDS)], stdin=subprocess.PIPE,
				      stdout=subprocess.PIPE, text=True) as storm:
			try:
				equal(storm.stdout.readline(), "calm\n", "what the storm says")
				agrees(recording)
			finally:
				storm.stdin.close()
				storm.wait()
		recording.end()
		events, lost = map(int, re.search(r"recorded (\d+) events .*, (\d+) lost$",
						  recording.said.strip()).groups())
		say(f"{events} events, {os.path.getsize(recording.path) >> 20} MiB")
		equal(lost, 0, "lost")
		check(events > TASKS, "each of them did something")


@test
def loses_and_goes_on():
	"""What is lost is said, and a new picture puts it right."""
	with recorded("small.rec", "--buffer", "4") as recording:
		with subprocess.Popen([STORM, "100", "3"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
				      text=True) as storm:
			try:
				recording.process.send_signal(signal.SIGSTOP)
				storm.stdout.readline()
				recording.process.send_signal(signal.SIGCONT)
				agrees(recording, strip=False)
			finally:
				storm.stdin.close()
				storm.wait()
		recording.end()
		lost = int(re.search(r", (\d+) lost", recording.said)[1])
		check(lost > 0, f"lost in {recording.said!r}")
		check(without_later_pictures(recording.path, f"{FOLDER}/s") > 1, "a picture after the loss")
		os.unlink(f"{FOLDER}/s")
		shown = tool.run("monitor", "--json", "--from", recording.path).out
		told = [json.loads(line) for line in shown.splitlines()]
		equal(sum(event["count"] or 0 for event in told if event["event"] == "lost"), lost, "losses that are shown")


@test
def every_screen_as_of_then():
	"""Who was in that namespace before it broke."""
	with recorded() as recording:
		with situations.netns("past") as path:
			inum = os.stat(path).st_ino
			with situations.child(lambda _self: situations.setns(path)) as process:
				situations.wait_until(
					lambda: f'"tid":{process.pid},' in tool.run("--from", recording.path, "--json").out,
					"it is told")
				moment = time.time()
				# The clock of a moment has microseconds, and the recording goes on.
				situations.wait_until(lambda: time.time() > moment + 0.01, "a moment passes")
		situations.wait_until(
			lambda: not any(ns["inum"] == inum for ns in of_file(recording.path)["namespaces"]), "it is freed")
		recording.end()
		at = ("--from", recording.path, "--at", time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment)) +
		      f".{int(moment % 1 * 1e6):06}")
		equal(tool.run("task", process.pid, "--from", recording.path).status, 3, "it is gone at the end")
		contains(tool.run(*at, "task", process.pid).out, tool.short(inum), "task")
		contains(tool.run(*at, "ns", f"net:[{inum}]").out, str(process.pid), "ns")
		contains(tool.run(*at, "--tree").out, f"net:{tool.short(inum)}", "--tree")
		contains(tool.run(*at).out, str(inum), "the list")
		check(any(ns["inum"] == inum for ns in of_file(recording.path, *at[2:])["namespaces"]), "--json")
		contains(tool.run("diff", f"{recording.path}@{at[3]}", f"{recording.path}@end").out,
			 f"- net:{tool.short(inum)}", "diff")
		lines = tool.run("monitor", "--from", recording.path, "-t", "net", "-u").out.splitlines()
		check(any(re.search(rf"setns .*\({process.pid}\).* → {inum}\b", line) for line in lines), lines)
		check(any(re.search(rf"free .*{inum}", line) for line in lines), lines)


@test("SIGKILL", "SIGTERM")
def what_was_written_survives(name):
	with recorded() as recording:
		with situations.unshared("uts") as process:
			told = lambda: f'"tid":{process.pid},' in tool.run("--from", recording.path, "--json").out
			situations.wait_until(told, "it is told")
			recording.end(getattr(signal, name))
			check(told(), "it is told afterwards")
		result = tool.run("--from", recording.path, "--tree")
		equal("was cut off" in result.err, name == "SIGKILL", "whether it says that it was cut off")
	# Whatever SIGKILL has left is removed by the next one.
	with recorded():
		pass
	equal([path.name for path in (tracing.FOLDER / "instances").iterdir()], [], "instances")


@test
def of_a_command():
	path = f"{FOLDER}/command.rec"
	result = tool.run("record", "-o", path, "--", "unshare", "-n", "sh", "-c", "exit 7")
	equal(result.status, 7, "status")
	contains(result.err, "recorded ", "what it says")
	contains(tool.run("monitor", "--from", path, "-t", "net").out, "unshare  unshare(", "its events")
	os.unlink(path)
	contains(tool.refused(2, "record", "--", "true"), "in which file", "without a file")
	# Its pictures have no pauses between them, and that command's network namespace is taken down.
	genl.calm()
	contains(tool.refused(1, "record", "-o", "/nonexistent/x", "--", "true"), "/nonexistent/x", "no such folder")


main()
