# SPDX-License-Identifier: GPL-2.0
"""The tracepoints: a script of known changes gives exactly the events that it must, and no more.

What is expected comes from /proc, before and after each change, as the task that
makes it sees it there.
"""

import contextlib
import ctypes
import errno
import os
import pathlib
import shutil
import signal
import subprocess
import threading

import genl
import situations
import tracing
from ktap import check, contains, equal, main, raises, skip, test
from situations import FLAGS, TYPES

RELEASE = tuple(map(int, os.uname().release.split(".")[:2]))
# Births are told by the kernel's own tree, when they happen; else when a task gets them.
HAS_TREE = RELEASE >= (6, 18)
# A pid namespace and a time namespace are for children only.
PENDING = {"pid": "pid_for_children", "time": "time_for_children"}
LEGACY = str(pathlib.Path(__file__).resolve().parent / "legacy")


def moves(before, after):
	return {slot: (before[slot], after[slot]) for slot in before
		if slot in after and before[slot] != after[slot]}


class Script:
	"""What one task did, and what has to be told of that."""

	def __init__(self, listener):
		self.listener = listener

	def of(self, *tids, names=("ns_switch", "ns_fork")):
		return [event for event in self.listener.take()
			if event.name in names and event.fields.get("tid") in tids]

	def births(self, tid):
		return [(event.type, event.inum) for event in self.of(tid, names=("ns_create",))]

	def freed(self, kind, inum):
		return [event for event in self.listener.take()
			if (event.name, event.fields.get("type"), event.fields.get("inum")) ==
			("ns_free", kind, inum)]

	def wait_freed(self, kind, inum):
		situations.wait_until(lambda: self.freed(kind, inum), f"{kind}:[{inum}] is told to be freed")
		equal(len(self.freed(kind, inum)), 1, f"ends of {kind}:[{inum}]")


@contextlib.contextmanager
def script(*events):
	with tracing.listening(*events) as listener:
		yield Script(listener)


def acts(do):
	"""A process that does something; said: its slots before and after."""
	def live(_self):
		before = situations.proc_slots(os.getpid())
		do()
		# Its own later self: exec and thread tricks aside, the same process.
		return [before, situations.proc_slots(os.getpid())]
	return situations.child(live)


def check_switches(events, cause, before, after):
	"""These events, in their order, make after of before, each slot once."""
	seen = {}
	for event in events:
		equal((event.name, event.cause), ("ns_switch", cause), "event and cause")
		check(event.changes, "an event without a change")
		check(not set(seen) & set(event.changes), "a slot that changes twice")
		seen.update(event.changes)
	equal(seen, moves(before, after), "changes")


@test(*TYPES)
def unshare_of(kind):
	slot = PENDING.get(kind, kind)
	with script() as told:
		with acts(lambda: situations.unshare(kind)) as process:
			before, after = process.said
			events = told.of(process.pid)
			# /proc does not show it before somebody was born into it.
			after.setdefault("pid_for_children", dict(told.births(process.pid)).get("pid"))
			check_switches(events, "unshare", before, after)
			equal([set(event.changes) for event in events], [{slot}], "what changed")
			equal((events[0].tid, events[0].tgid, events[0].uid), (process.pid, process.pid, 0), "who")
			equal(told.births(process.pid), [(kind, after[slot])], "born")
			born = [event for event in told.of(process.pid, names=("ns_create",))][0]
			equal(born.owner, before["user"], "its owner")
			equal(born.parent, before[slot] if kind in ("pid", "user") else 0, "its parent")
			equal(told.freed(kind, after[slot]), [], "ends of what is alive")
			equal(born.ns_id > 0, HAS_TREE, "whether it has an id")
		told.wait_freed(kind, after[slot])


@test
def unshare_of_all():
	with script() as told:
		with acts(lambda: situations.unshare(*TYPES)) as process:
			before, after = process.said
			events = told.of(process.pid)
			after.setdefault("pid_for_children", dict(told.births(process.pid)).get("pid"))
			check_switches(events, "unshare", before, after)
			# Credentials and nsproxy change one after the other.
			equal(sorted(len(event.changes) for event in events), [1, 7], "changes of each event")
			equal(sorted(told.births(process.pid)),
			      sorted((kind, after[PENDING.get(kind, kind)]) for kind in TYPES), "born")
		for kind in TYPES:
			told.wait_freed(kind, after[PENDING.get(kind, kind)])


@test(*TYPES)
def setns_to(kind):
	with situations.in_new(kind) as (target, parent):
		with script() as told:
			with acts(lambda: situations.setns(f"/proc/{target}/ns/{kind}", FLAGS[kind])) as process:
				before, after = process.said
				events = told.of(process.pid)
				check_switches(events, "setns", before, after)
				# A task joins a time namespace at once, and a pid namespace by its children.
				equal({slot for event in events for slot in event.changes},
				      {"pid": {"pid_for_children"}, "time": {"time", "time_for_children"}}.get(kind, {kind}),
				      "what changed")
				equal(told.births(process.pid), [], "born")


@test
def setns_by_pidfd_to_several():
	kinds = ("ipc", "mnt", "net", "user", "uts")

	with situations.in_new(*kinds) as (target, _):
		def join():
			fd = os.pidfd_open(target) if hasattr(os, "pidfd_open") else \
				situations.call(situations.libc.syscall, 434, target, 0)
			situations.call(situations.libc.setns, fd, sum(FLAGS[kind] for kind in kinds))

		with script() as told, acts(join) as process:
			before, after = process.said
			events = told.of(process.pid)
			check_switches(events, "setns", before, after)
			equal({slot for event in events for slot in event.changes}, set(kinds), "what changed")
			equal(told.births(process.pid), [], "born")


@contextlib.contextmanager
def cloned(*kinds, call=situations.clone3):
	def live(self):
		ours = situations.proc_slots("self")
		pid = call(*kinds)
		if pid == 0:
			situations.libc.prctl(situations.PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
			situations.block()
		self.say([pid, ours, situations.proc_slots(pid),
			  list(map(int, situations.proc_status(pid)["NSpid"].split()))])
		situations.block()

	process = situations.Child(live)
	try:
		process.listen()
		yield process.pid, *process.said
	finally:
		end_both(process)


def end_both(process):
	"""The child whose number it said first, too, which may not have asked to die with it yet."""
	if isinstance(process.said, list):
		os.kill(process.said[0], signal.SIGKILL)
	process.end()


def clone(*kinds):
	"""The older call, with its flags in one word; it knows no time namespaces."""
	result = situations.libc_locked.syscall(56, sum(FLAGS[kind] for kind in kinds) | signal.SIGCHLD,
						 0, 0, 0, 0)
	if result < 0:
		raise OSError(ctypes.get_errno(), "clone")
	return result


def check_fork(event, cause, parent, pid, before, after, numbers):
	equal((event.name, event.cause), ("ns_fork", cause), "event and cause")
	equal((event.tid, event.tgid, event.ppid, event.parent), (pid, pid, parent, parent), "who")
	equal(event.changes, moves(before, after), "changes")
	equal(event.nrs, numbers, "its numbers")
	equal((event.pidns[0], event.pidns[-1]), (situations.proc_slots(1)["pid"], after["pid"]),
	      "its first and last pid namespace")


@test(*TYPES)
def clone3_into(kind):
	with script() as told:
		with cloned(kind) as (parent, pid, before, after, numbers):
			events = told.of(pid)
			equal(len(events), 1, "events")
			check_fork(events[0], "clone3", parent, pid, before, after, numbers)
			equal(told.births(parent), [(kind, after[kind])], "born")
			equal(told.of(parent), [], "events of the parent")
		told.wait_freed(kind, after[kind])


@test("clone", "clone3")
def clone_into_all(name):
	kinds = [kind for kind in TYPES if kind != "time" or name == "clone3"]
	call = clone if name == "clone" else situations.clone3
	with script() as told:
		with cloned(*kinds, call=call) as (parent, pid, before, after, numbers):
			events = told.of(pid)
			equal(len(events), 1, "events")
			check_fork(events[0], name, parent, pid, before, after, numbers)
			equal(sorted(told.births(parent)), sorted((kind, after[kind]) for kind in kinds), "born")
			owners = {event.type: event.owner for event in told.of(parent, names=("ns_create",))}
			equal(owners, {kind: before["user"] if kind == "user" else after["user"] for kind in kinds},
			      "owners")
		for kind in kinds:
			told.wait_freed(kind, after[kind])


@test
def plain_forks_and_threads_are_events_of_their_own():
	with script("ns_fork", "ns_fork_same", "ns_switch") as told:
		with situations.threads(lambda: None) as process:
			tid = process.said[0]
			group, thread = (told.of(one, names=("ns_fork_same", "ns_fork"))[0]
					 for one in (process.pid, tid))
			equal((group.name, group.tgid, group.ppid, group.parent),
			      ("ns_fork_same", process.pid, os.getpid(), os.getpid()), "a process")
			equal((thread.name, thread.tgid, thread.ppid, thread.parent),
			      ("ns_fork_same", process.pid, os.getpid(), process.pid), "a thread")
			equal(group.nrs, [process.pid], "its numbers")
			equal(told.of(process.pid, tid), [], "other events")


@test
def numbers_of_a_plain_fork_in_a_pid_namespace():
	def forks():
		pid = os.fork()
		if pid == 0:
			situations.block()

	with script("ns_fork_same") as told, situations.in_new("pid", do=forks) as (pid, _):
		children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
		equal(len(children), 1, "children")
		event = told.of(int(children[0]), names=("ns_fork_same",))[0]
		equal(event.nrs, list(map(int, situations.proc_status(children[0])["NSpid"].split())), "numbers")
		equal(event.pidns[1], situations.proc_slots(children[0])["pid"], "pid namespace")


@test
def a_thread_alone():
	def job():
		slots.append(situations.proc_slots("self", situations.host_tid()))
		situations.unshare("uts")
		slots.append(situations.proc_slots("self", situations.host_tid()))

	def live(self):
		thread = threading.Thread(target=lambda: (job(), done.set(), threading.Event().wait()), daemon=True)
		thread.start()
		done.wait()
		return [thread.native_id, *slots]

	slots, done = [], threading.Event()
	with script() as told, situations.child(live) as process:
		tid, before, after = process.said
		events = told.of(tid)
		check_switches(events, "unshare", before, after)
		equal([(event.tid, event.tgid) for event in events], [(tid, process.pid)], "who")
		equal(told.of(process.pid), [], "events of the leader")


def refused(number, do):
	error = raises(OSError, do, what="a call that has to fail")
	equal(error.errno, number, "errno")


@test
def calls_that_fail_tell_nothing():
	def limited():
		situations.unshare("user")
		situations.map_root()
		pathlib.Path("/proc/sys/user/max_uts_namespaces").write_text("0")

	def fail(self):
		limited()
		self.say(None)
		self.await_go()
		refused(errno.ENOSPC, lambda: situations.unshare("uts"))
		refused(errno.ENOSPC, lambda: situations.clone3("uts"))
		refused(errno.EINVAL, lambda: situations.call(situations.libc.unshare, 1))
		refused(errno.EINVAL, lambda: situations.setns("/proc/self/ns/uts", FLAGS["net"]))
		refused(errno.EPERM, lambda: situations.setns("/proc/self/ns/uts"))
		refused(errno.EINVAL, lambda: situations.setns("/proc/self/ns/user"))

	with situations.child(fail) as process:
		with script() as told:
			process.go()
			process.listen()
			equal(told.of(process.pid), [], "events")
			equal([event for event in told.listener.take() if event.actor == process.pid], [], "any events")


@test
def setns_to_where_it_is_tells_nothing():
	with script() as told, acts(lambda: situations.setns("/proc/self/ns/uts")) as process:
		equal(told.of(process.pid), [], "events")


@test
def nested_user_namespaces():
	def deeper():
		situations.unshare("user")
		situations.map_root()
		situations.unshare("user")

	with script() as told:
		with acts(deeper) as process:
			before, after = process.said
			events = told.of(process.pid)
			equal([list(event.changes) for event in events], [["user"], ["user"]], "changes")
			first, second = (event.changes["user"] for event in events)
			equal((first[0], second[1], first[1]), (before["user"], after["user"], second[0]), "from and to")
			births = told.of(process.pid, names=("ns_create",))
			equal([(event.inum, event.owner, event.parent) for event in births],
			      [(first[1], before["user"], before["user"]), (second[1], first[1], first[1])],
			      "born: number, owner, parent")
		# The inner one keeps the outer one alive.
		told.wait_freed("user", second[1])
		told.wait_freed("user", first[1])


@test("pid", "time")
def fork_into_what_is_pending(kind):
	def live(self):
		situations.unshare(kind)
		pid = os.fork()
		if pid == 0:
			situations.libc.prctl(situations.PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
			situations.block()
		self.say([pid, situations.proc_slots("self"), situations.proc_slots(pid)])
		situations.block()

	with script() as told:
		process = situations.Child(live)
		try:
			pid, ours, child = process.listen()
			events = told.of(pid)
			equal([event.name for event in events], ["ns_fork"], "events")
			equal(events[0].changes, {kind: (ours[kind], child[kind])}, "changes")
			contains(("fork", "clone"), events[0].cause, "cause")
			equal(told.births(process.pid), [(kind, ours[PENDING[kind]])], "born, once")
		finally:
			end_both(process)
		told.wait_freed(kind, child[kind])


@test
def exec_into_a_pending_time_namespace():
	# Up to 6.1 exec moves nobody.
	expected = RELEASE >= (6, 3)

	def live(self):
		situations.unshare("time")
		self.say(situations.proc_slots("self"))
		self.await_go()
		os.execv("/bin/sleep", ["sleep", "1000000"])

	with script() as told:
		with situations.child(live) as process:
			before = process.said
			process.go()
			situations.wait_until(lambda: situations.proc_status(process.pid)["Name"] == "sleep", "exec")
			after = situations.proc_slots(process.pid)
			events = told.of(process.pid)
			equal([event.cause for event in events], ["unshare"] + ["execve"] * expected, "causes")
			if expected:
				equal(events[1].changes, {"time": (before["time"], before["time_for_children"])}, "changes")
				equal(events[1].changes, moves(before, after), "what /proc says")


@test
def a_namespace_that_outlives_its_tasks_ends_with_a_descriptor():
	with script() as told:
		with situations.unshared("uts") as process:
			fd = os.open(f"/proc/{process.pid}/ns/uts", os.O_RDONLY)
			inum = situations.link_inum(f"/proc/{process.pid}/ns/uts")
		equal(told.freed("uts", inum), [], "ends while a descriptor holds it")
		os.close(fd)
		told.wait_freed("uts", inum)


@test
def the_end_of_a_pid_namespace_names_nobody_else():
	"""Before 6.18 it is told in a soft interrupt, in whatever task runs then."""
	with script() as told:
		with situations.in_new("pid") as (target, _):
			inum = situations.link_inum(f"/proc/{target}/ns/pid")
		told.wait_freed("pid", inum)
		end = told.freed("pid", inum)[0]
		if HAS_TREE:
			check(end.tid, "who did it")
		else:
			equal((end.tid, end.tgid, end.fields["comm"], end.uid), (0, 0, "", 0), "who did it")
			equal((end.owner > 0, end.fields["parent"]), (True, 0), "owner and parent")


@test
def exec_by_a_thread_that_moved():
	def live(self):
		def job():
			situations.unshare("uts")
			self.say([situations.host_tid(), situations.link_inum("/proc/thread-self/ns/uts")])
			self.await_go()
			os.execv("/bin/sleep", ["sleep", "1000000"])

		threading.Thread(target=job, daemon=True).start()
		threading.Event().wait()

	with script(*tracing.OURS, "sched/sched_process_exec") as told:
		process = situations.Child(live)
		try:
			tid, uts = process.listen()
			check(tid != process.pid, "another thread than the leader")
			process.go()
			execs = situations.wait_until(
				lambda: [event for event in told.listener.take() if event.name == "sched_process_exec"
					 and event.pid == process.pid], "exec")
			equal(execs[0].old_pid, tid, "the number that it had")
			equal(situations.link_inum(f"/proc/{process.pid}/ns/uts"), uts, "where it is now")
			equal([(event.tid, event.tgid) for event in told.of(tid)], [(tid, process.pid)], "as a thread")
		finally:
			process.end()
		told.wait_freed("uts", uts)


@test
def exec_by_a_thread_into_a_pending_time_namespace():
	"""It has its leader's number by then, and who reads is told so only afterwards."""
	if RELEASE < (6, 3):
		skip("exec moves nobody")

	def live(self):
		def job():
			self.say([situations.host_tid(), situations.proc_slots("self")])
			self.await_go()
			os.execv("/bin/sleep", ["sleep", "1000000"])

		situations.unshare("time")
		threading.Thread(target=job, daemon=True).start()
		threading.Event().wait()

	with script(*tracing.OURS, "sched/sched_process_exec") as told:
		process = situations.Child(live)
		try:
			tid, before = process.listen()
			process.go()
			situations.wait_until(lambda: [event for event in told.listener.take() if
						       event.name == "sched_process_exec" and event.pid == process.pid],
					      "exec")
			events = [event for event in told.listener.take() if event.name != "ns_free" and
				  process.pid in (event.fields.get("tid"), event.fields.get("pid"))]
			equal([event.name for event in events][-2:], ["ns_switch", "sched_process_exec"], "order")
			equal((events[-2].cause, events[-2].changes),
			      ("execve", {"time": (before["time"], before["time_for_children"])}), "what exec changes")
			equal(events[-1].old_pid, tid, "the number that it had")
		finally:
			process.end()


@test
def a_32_bit_caller():
	before = situations.proc_slots("self")
	with script() as told, subprocess.Popen([LEGACY, str(FLAGS["uts"] | FLAGS["net"])],
						stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
		try:
			answer = process.stdout.readline()
			if not answer:
				skip("this kernel has no 32-bit system calls (IA32_EMULATION)")
			equal(answer, b"0\n", "what it got")
			check_switches(told.of(process.pid), "unshare", before, situations.proc_slots(process.pid))
			equal({kind for kind, _ in told.births(process.pid)}, {"uts", "net"}, "born")
		finally:
			process.stdin.close()
			process.wait()


@test
def the_change_can_be_seen_when_it_was_told():
	"""Who reads an event finds /proc as it says, at once."""
	with script() as told, situations.unshared("uts") as process:
		event = told.of(process.pid)[0]
		equal(situations.link_inum(f"/proc/{process.pid}/ns/uts"), event.changes["uts"][1], "/proc")


@test
def filters_by_slot():
	with situations.netns("filtered") as path:
		inum = os.stat(path).st_ino
		with tracing.listening("ns_switch") as listener:
			listener.write("events/nsinspect/ns_switch/filter", f"net_to == {inum}")
			with acts(lambda: situations.setns(path)) as joins, situations.unshared("uts"), \
			     situations.unshared("net"):
				equal([(event.tid, event.changes["net"][1]) for event in listener.take()],
				      [(joins.pid, inum)], "events that pass")
		with tracing.listening("ns_switch") as listener:
			listener.write("events/nsinspect/ns_switch/filter", 'cause == "setns" && net_to != 0')
			with acts(lambda: situations.setns(path)) as joins, situations.unshared("net"):
				equal([event.tid for event in listener.take()], [joins.pid], "events that pass")


@test
def stack_trace_by_trigger():
	with tracing.listening("ns_switch") as listener:
		trigger = "events/nsinspect/ns_switch/trigger"
		listener.write(trigger, "stacktrace")
		with situations.unshared("uts"):
			contains(listener.text(), "<stack trace>", "trace")
			# The debug kernel is built without what finds its way through this frame.
			if not situations.has_debug_kernel():
				contains(listener.text(), "sys_unshare", "trace")
		listener.write(trigger, "!stacktrace")


def unload():
	situations.delete_module("nsinspect")


class PerfEvent:
	"""One event, counted by perf_event_open()."""

	def __init__(self, event):
		attributes = bytearray(128)
		attributes[0:4] = (2).to_bytes(4, "little")		# PERF_TYPE_TRACEPOINT
		attributes[4:8] = (len(attributes)).to_bytes(4, "little")
		attributes[8:16] = tracing.event_id(event).to_bytes(8, "little")
		buffer = (ctypes.c_char * len(attributes)).from_buffer(attributes)
		self.fd = situations.call(situations.libc.syscall, 298, buffer, -1, 0, -1, 0)

	def close(self):
		os.close(self.fd)


@contextlib.contextmanager
def held_by(what):
	with contextlib.ExitStack() as stack:
		if what == "perf":
			stack.callback(PerfEvent("nsinspect/ns_switch").close)
		else:
			instance = tracing.Instance("held")
			stack.callback(instance.remove)
			if what == "an event":
				instance.enable("nsinspect/ns_free")
			elif what == "a trigger":
				instance.write("events/nsinspect/ns_switch/trigger", "stacktrace")
				stack.callback(instance.write, "events/nsinspect/ns_switch/trigger", "!stacktrace")
			elif what == "a reader":
				instance.enable("nsinspect/ns_switch")
				stack.callback(os.close, os.open(instance.path / "trace_pipe", os.O_RDONLY | os.O_NONBLOCK))
		yield


@test("an event", "a trigger", "a reader", "perf")
def rmmod_is_refused_while_held_by(what):
	def users():
		return int(pathlib.Path("/sys/module/nsinspect/refcnt").read_text())

	situations.wait_until(lambda: users() == 0, "nobody uses the module")
	with held_by(what):
		error = raises(OSError, unload, what="rmmod")
		contains((errno.EWOULDBLOCK, errno.EBUSY), error.errno, "errno")
		check(users() > 0, "users")
		with situations.unshared("uts"):
			pass
	situations.wait_until(lambda: users() == 0, "nobody uses the module any more")
	genl.look()


@test
def probes_that_are_switched_off_refuse_events():
	switch = pathlib.Path("/sys/kernel/debug/kprobes/enabled")
	before = pathlib.Path("/sys/module/nsinspect/refcnt").read_text()
	instance = tracing.Instance("off")
	switch.write_text("0")
	try:
		error = raises(OSError, instance.enable, "nsinspect/ns_switch", what="enabling")
		equal(error.errno, errno.EOPNOTSUPP, "errno")
	finally:
		switch.write_text("1")
		instance.enable("nsinspect/ns_switch")
		with situations.unshared("uts") as process:
			equal([event.tid for event in instance.take()], [process.pid], "events afterwards")
		instance.remove()
	equal(pathlib.Path("/sys/module/nsinspect/refcnt").read_text(), before, "users of the module")


def taps():
	"""The functions that are probed for nothing but events."""
	text = pathlib.Path("/sys/kernel/debug/kprobes/list").read_text()
	return {name for name in ("wake_up_new_task", "timens_on_fork") if f" {name}+" in text}


@test
def probes_are_there_only_while_enabled():
	equal(taps(), set(), "probes before")
	with tracing.listening("ns_fork"):
		equal(taps(), {"wake_up_new_task"}, "probes while an event is enabled")
		with tracing.listening("ns_switch", "ns_fork_same", name="other"):
			equal(taps(), {"wake_up_new_task", "timens_on_fork"}, "probes while more are")
		equal(taps(), {"wake_up_new_task"}, "probes after the others")
	equal(taps(), set(), "probes afterwards")


@test
def each_event_alone():
	"""One that is enabled by itself is told by itself, and others are not."""
	for name in (*tracing.OURS, "ns_fork_same"):
		with tracing.listening(name) as listener:
			with cloned("uts") as (_, _pid, _before, after, _numbers), \
			     acts(lambda: situations.unshare("ipc")) as process:
				born = {after["uts"], process.said[1]["ipc"]}
			expected = {"ns_switch": ["ipc"], "ns_fork": ["uts"], "ns_create": ["uts", "ipc"]}.get(name)
			if name == "ns_free":
				# And not two of earlier tests.
				situations.wait_until(lambda: born <= {event.inum for event in listener.take()},
						      "both are freed")
			events = listener.take()
			equal({event.name for event in events}, {name}, "names")
			if expected:
				equal([event.fields.get("type") or next(iter(event.changes)) for event in events], expected,
				      f"what {name} tells")


@test
def reads_as_trace_cmd_and_perf_read_it():
	if not shutil.which("trace-cmd"):
		skip("trace-cmd and perf are in one guest only")
	tracing.mount()
	with situations.netns("traced") as path:
		inum = os.stat(path).st_ino
		subprocess.run(["trace-cmd", "record", "-q", "-o", "/run/t.dat", "-e", "nsinspect:ns_switch",
				"-f", f"net_to == {inum}", "-T", "nsenter", f"--net={path}", "true"],
			       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
		text = subprocess.run(["trace-cmd", "report", "-i", "/run/t.dat"], check=True,
				      capture_output=True, text=True).stdout
		contains(text, f">{inum} pid=", "trace-cmd report")
		equal(text.count("ns_switch:"), 1, "events")
		subprocess.run(["perf", "record", "-q", "-g", "-o", "/run/p.data", "-e", "nsinspect:ns_switch",
				"nsenter", f"--net={path}", "true"], check=True, stdout=subprocess.DEVNULL,
			       stderr=subprocess.DEVNULL)
		text = subprocess.run(["perf", "script", "-i", "/run/p.data"], check=True, capture_output=True,
				      text=True).stdout
		contains(text, f">{inum} pid=", "perf script")
		contains(text, "setns", "its stack")
	for name in ("/run/t.dat", "/run/p.data"):
		os.unlink(name)


main()
