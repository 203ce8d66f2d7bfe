# SPDX-License-Identifier: GPL-2.0
"""Tasks in every condition: zombies, dead leaders, clone3, setns, odd names."""

import contextlib
import os
import re
import signal

import debugfs
import genl
import situations
import tool
from ktap import check, contains, equal, main, test


def task_get(tid):
	with genl.Socket() as connection:
		return connection.task_get(tid)


@test
def a_zombie_keeps_pid_and_user():
	ours = situations.proc_slots(os.getpid())
	with situations.zombie() as pid:
		for name, graph in (("netlink", genl.look()), ("json", tool.look()),
				    ("task-get", task_get(pid)), ("debugfs", debugfs.look())):
			task = graph.task(pid)
			check("nsproxy" not in task, f"{name}: a zombie has no nsproxy")
			equal(task["state"], "Z", f"{name}: its state")
			equal(graph.slots(pid), {"pid": ours["pid"], "user": ours["user"]}, f"{name}: its slots")
		equal(debugfs.task_slots(pid), {"pid": ours["pid"], "user": ours["user"]}, "debugfs task")
		contains(tool.good("task", pid).out, "none: the task is a zombie", "nsinspect task")
		contains(tool.good("--json", "task", pid).out, '"nsproxy":null', "its nsproxy in JSON")
		contains(tool.good("--tree").out, "  zombie", "the tree")


@test
def a_zombie_keeps_its_user_namespace_alive():
	ours = situations.proc_slots(os.getpid())
	with situations.zombie(["user"]) as pid:
		graph = genl.look()
		inum = graph.task(pid)["user"]
		check(inum != ours["user"], "its user namespace is its own")
		node = graph.ns("user", inum)
		equal((node["tasks"], node["parent"], node["level"]), (1, ours["user"], 1), "that namespace")


@test
def the_leader_exited_and_threads_live_on():
	with situations.exited_leader(2) as child:
		ours = situations.proc_slots(os.getpid())
		for name, graph in (("netlink", genl.look(threads=True)), ("json", tool.look("--threads"))):
			leader = graph.task(child.pid)
			check("nsproxy" not in leader, f"{name}: the leader has no nsproxy")
			equal(leader["state"], "Z", f"{name}: its state")
			for tid in child.said:
				equal(graph.task(tid)["tgid"], child.pid, f"{name}: tgid of {tid}")
				equal(graph.slots(tid), ours, f"{name}: slots of {tid}")
		graph = genl.look()
		for tid in child.said:
			check(graph.has_task(tid), f"thread {tid} is shown without --threads: "
			      "nothing else tells where the process is")


@test
def the_tree_shows_that_threads_live_on():
	"""A leader that exited must not make its process look dead."""
	with situations.exited_leader(2) as child:
		contains(tool.good("--tree").out, f" {child.said[0]}", "the tree")


@test
def born_with_clone3_flags():
	kinds = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
	ours = situations.proc_slots(os.getpid())
	with situations.child(fork=lambda: situations.clone3(*kinds)) as child:
		slots = situations.proc_slots(child.pid)
		different = {slot for slot in slots if slots[slot] != ours[slot]}
		equal(different, {*kinds, "pid_for_children"}, "by /proc it differs in")
		for name, graph in (("netlink", genl.look()), ("json", tool.look())):
			equal(graph.slots(child.pid), slots, f"slots by {name}")
			equal([p["nr"] for p in graph.task(child.pid)["pids"]], [child.pid, 1],
			      f"numbers by {name}")
			for kind in kinds:
				equal(graph.ns(kind, slots[kind])["owner"],
				      ours["user"] if kind == "user" else slots["user"],
				      f"owner of its {kind} by {name}")


@test
def born_with_a_number_of_its_own_choice():
	chosen = []

	def fork():
		for number in range(31000, 31100):
			chosen.append(number)
			try:
				return situations.clone3(set_tid=number)
			except FileExistsError:
				pass
		raise RuntimeError("all numbers are taken")

	with situations.child(fork=fork) as child:
		equal(child.pid, chosen[-1], "what clone3 returned")
		equal(genl.look().slots(child.pid), situations.proc_slots(child.pid), "its slots")


@test("ipc", "net", "uts", "cgroup", "mnt", "user", "pid", "time")
def setns_into_anothers(kind):
	ours = situations.proc_slots(os.getpid())
	slot = {"pid": "pid_for_children"}.get(kind, kind)
	with situations.in_new(kind) as (other, _), situations.child(
			lambda _self: situations.setns(f"/proc/{other}/ns/{kind}")) as child:
		theirs = situations.proc_slots(other)
		slots = genl.look().slots(child.pid)
		different = {s for s in slots if slots[s] != ours[s]}
		equal(different, {slot, "time_for_children"} if kind == "time" else {slot},
		      "slots that changed")
		equal(slots[slot], theirs[kind], f"its {slot}")
		equal(tool.task_slots(child.pid), slots, "nsinspect task")
		node = genl.quiet().ns(kind, theirs[kind])
		# The one born into it, its parent where that is in it too, and this one.
		equal(node["procs"], {"pid": 1, "time": 2}.get(kind, 3), "processes in it")


@test
def setns_by_pidfd_into_several():
	with situations.in_new("net", "uts", "ipc") as (other, _):
		def join(_self):
			pidfd = situations.call(situations.libc.syscall, 434, other, 0)
			situations.call(situations.libc.setns, pidfd,
					sum(situations.FLAGS[k] for k in ("net", "uts", "ipc")))

		with situations.child(join) as child:
			graph = genl.quiet()
			equal(graph.slots(child.pid), situations.proc_slots(child.pid), "slots")
			for kind in ("net", "uts", "ipc"):
				equal(graph.slots(child.pid)[kind], graph.slots(other)[kind], kind)
			check(graph.task(child.pid)["nsproxy"] != graph.task(other)["nsproxy"],
			      "same namespaces, but two nsproxies")


@test
def kernel_threads_are_marked():
	graph = genl.look()
	debug = debugfs.look()
	for tid in (1, 2, os.getpid()):
		with open(f"/proc/{tid}/cmdline", "rb") as file:
			equal(graph.task(tid)["kthread"], not file.read(), f"kthread of {tid}")
		equal(debug.task(tid)["kthread"], graph.task(tid)["kthread"], f"kthread of {tid} in debugfs")
	for task in graph.tasks:
		equal(task["kthread"], task["tid"] == 2 or task["ppid"] == 2, f"kthread of {task['tid']}")


NAMES = {
	"newline": b"a\nb",
	"escape": b"\x1b[31mred",
	"invalid UTF-8": b"\xff\xfe\xc3",
	"quotes": b"\"it's\" \\n",
	"UTF-8": "näme→".encode(),
	"C1 control": b"\xc2\x9b31mred",
	"markup": b"</a><b>&{}|",
	"spaces": b" a  b ",
	"tab and bell": b"\t\a\x7f",
	"15 bytes": b"123456789012345",
	"cut UTF-8": b"12345678901234\xc3\xa9",
	"empty": b"",
}


def check_harmless(raw, what):
	"""Nothing in it moves a terminal's cursor or ends a line."""
	text = raw.decode()	# valid UTF-8, or this raises
	bad = {c for c in text if ord(c) < 0x20 or 0x7f <= ord(c) < 0xa0} - {"\n"}
	equal(bad, set(), f"control characters in {what}")


@contextlib.contextmanager
def oddly_named():
	"""A process for each name; yields their pids."""
	with contextlib.ExitStack() as stack:
		yield {stack.enter_context(situations.child(lambda _self, n=name: situations.set_name(n))).pid:
		       name[:15] for name in NAMES.values()}


@test
def odd_names_over_netlink():
	with oddly_named() as names:
		graph = genl.look()
		equal({pid: graph.task(pid)["comm_bytes"] for pid in names}, names, "comm")


@test
def odd_names_in_json():
	with oddly_named() as names:
		seen = tool.good("--json")
		check_harmless(seen.raw, "JSON")
		graph = tool.parse(seen.out)
		equal({pid: graph.task(pid)["comm"] for pid in names},
		      {pid: name.decode(errors="replace") for pid, name in names.items()}, "comm")


@test(("tree", "--tree", "--no-fold"), ("tree in ASCII", "--tree", "--no-fold", "--ascii"),
      ("graph for graphviz", "--dot"), ("list", "-o", "+PATH"), ("task", "task"))
def odd_names_do_no_harm(_label, *arguments):
	with oddly_named() as names:
		if arguments == ("task",):
			arguments += tuple(names)
		out = tool.good(*arguments).raw
		check_harmless(re.sub(rb"\n\t+", b"\n", out), f"nsinspect {arguments}")
		if "--ascii" in arguments:
			check(out.isascii(), "--ascii is ASCII")
		if "task" in arguments or "--tree" in arguments:
			contains(out.decode(), "12345678901234", "an innocent name is there")


@test(*NAMES)
def odd_names_in_debugfs(label):
	name = NAMES[label]
	with situations.child(lambda _self: situations.set_name(name)) as child:
		with open(f"{debugfs.FOLDER}/tasks", "rb") as file:
			lines = [line for line in file.read().split(b"\n")
				 if line.startswith(b"%d " % child.pid)]
		equal(len(lines), 1, "its lines")
		check_harmless(lines[0], "its line")
		equal(unescape(lines[0][COMM_AT:]), name[:15], "comm")


# Where the last column begins, for a task whose numbers are not many.
COMM_AT = len("TID      TGID     PPID     UID        STATE NSPROXY PID        USER       NRS              ")


def unescape(text):
	"""The bytes that a name was, from how a C string has them."""
	simple = dict(zip(b"ntaerbvf\\\"", b"\n\t\a\x1b\r\b\v\f\\\""))

	def one(match):
		what = match[1]
		if what[:1] == b"x":
			return bytes([int(what[1:], 16)])
		if len(what) == 3:
			return bytes([int(what, 8)])
		return bytes([simple.get(what[0], what[0])])
	return re.sub(rb"\\(x[0-9a-f]{2}|[0-7]{3}|.)", one, text)


@test
def identity_as_proc_has_it():
	def become(_self):
		os.setresgid(4321, 4321, 4321)
		os.setresuid(1234, 2345, 2345)
		os.setsid()

	with situations.child(become) as child:
		situations.wait_until(lambda: situations.state(child.pid) == "S", "it sleeps")
		for name, graph in (("netlink", genl.look()), ("json", tool.look()), ("debugfs", debugfs.look())):
			task = graph.task(child.pid)
			equal((task["uid"], task["ppid"], task["tgid"], task["state"]),
			      (1234, os.getpid(), child.pid, "S"), f"uid, ppid, tgid and state by {name}")


@test
def stopped_and_traced_states():
	with situations.child() as child:
		os.kill(child.pid, signal.SIGSTOP)
		situations.wait_until(lambda: situations.state(child.pid) == "T", "it is stopped")
		equal(task_get(child.pid).task(child.pid)["state"], "T", "state of a stopped task")
	with situations.child(lambda _self: situations.libc.ptrace(0, 0, 0, 0)) as child:
		os.kill(child.pid, signal.SIGUSR1)
		situations.wait_until(lambda: situations.state(child.pid) == "t", "it is traced")
		equal(task_get(child.pid).task(child.pid)["state"], "t", "state of a traced task")


@test
def an_orphan_goes_to_its_reaper():
	"""Inside a pid namespace that is its first process."""
	def do(self):
		situations.unshare("pid")
		if os.fork() == 0:
			first = situations.host_pid()
			out, back = os.pipe()
			middle = os.fork()
			if middle == 0:
				if os.fork() == 0:
					os.write(back, b"%d\n" % situations.host_pid())
					situations.block()
				os._exit(0)
			os.waitpid(middle, 0)
			self.say([first, int(situations.read_line(out, "the orphan"))])
			situations.block()
		situations.block()

	process = situations.Child(do)
	try:
		first, orphan = process.listen()
		equal(situations.proc_status(orphan)["PPid"], str(first), "its parent by /proc")
		equal(genl.look().task(orphan)["ppid"], first, "its parent by netlink")
		equal(tool.look().task(orphan)["ppid"], first, "its parent in JSON")
	finally:
		process.end()


@test
def owner_of_a_task_in_a_user_namespace():
	"""uid is as the initial user namespace has it, mapped or not."""
	def do(_self):
		situations.unshare("user")

	with situations.child(do) as child:
		with open(f"/proc/{child.pid}/uid_map", "w") as file:
			file.write("0 100000 1000\n")
		equal(task_get(child.pid).task(child.pid)["uid"], 0, "uid without being mapped")
	with situations.child(lambda self: (do(self), self.say(None), self.await_go(), os.setuid(7))[0]) as child:
		with open(f"/proc/{child.pid}/uid_map", "w") as file:
			file.write("0 100000 1000\n")
		child.go()
		child.listen()
		equal(task_get(child.pid).task(child.pid)["uid"], 100007, "uid of its user 7")


main()
