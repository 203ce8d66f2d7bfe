# SPDX-License-Identifier: GPL-2.0
"""nsinspect monitor: what it tells of real changes, and that nothing of it is left behind."""

import contextlib
import json
import os
import pathlib
import re
import select
import signal
import subprocess
import time

import situations
import tool
from ktap import check, contains, equal, fail, main, skip, test

TRACING = next(path for path in map(pathlib.Path, ("/sys/kernel/tracing", "/sys/kernel/debug/tracing"))
	       if (path / "instances").exists())
SYS_PPOLL = 271
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8"}


def instances():
	return sorted(path.name for path in (TRACING / "instances").iterdir()
		      if path.name.startswith("nsinspect."))


class Monitor:
	"""A monitor that watches; what happens after the start is told."""

	def __init__(self, *arguments, **options):
		self.process = subprocess.Popen([tool.PATH, "monitor", *map(str, arguments)],
						stdout=subprocess.PIPE, stderr=subprocess.PIPE,
						env=ENVIRONMENT, **options)
		self.pid = self.process.pid
		self.folder = TRACING / "instances" / f"nsinspect.{self.pid}"
		self.json = "--json" in arguments
		situations.wait_until(self._watches, "monitor watches")
		self._rest = b""

	def _watches(self):
		if self.process.poll() is not None:
			fail(f"monitor has ended: {self.process.stderr.read()}")
		# It has taken its picture when it waits for the first events.
		return pathlib.Path(f"/proc/{self.pid}/syscall").read_text().startswith(f"{SYS_PPOLL} ")

	def line(self):
		"""The next line, without the clock; or object."""
		end = time.monotonic() + situations.LIMIT
		fd = self.process.stdout.fileno()
		while b"\n" not in self._rest:
			if not select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
				fail("monitor has nothing to say")
			part = os.read(fd, 65536)
			if not part:
				fail(f"monitor has ended: {self.process.stderr.read()}")
			self._rest += part
		line, _, self._rest = self._rest.partition(b"\n")
		return self._read(line.decode())

	def _read(self, line):
		if self.json:
			return json.loads(line)
		match = re.fullmatch(r"\d\d:\d\d:\d\d\.\d{6} (.*)", line)
		check(match, f"a line begins with the time: {line!r}")
		return match[1]

	def find(self, wanted):
		"""The first line for which this is true."""
		while True:
			line = self.line()
			if wanted(line):
				return line

	def end(self, number=signal.SIGINT):
		"""The lines that were not read yet, after a signal."""
		self.process.send_signal(number)
		out, err = self.process.communicate(timeout=situations.LIMIT)
		equal(err, b"", "stderr of monitor")
		check(not self.folder.exists(), "its instance is gone")
		return [self._read(line) for line in (self._rest + out).decode().splitlines()]


@contextlib.contextmanager
def monitor(*arguments, **options):
	process = Monitor(*arguments, **options)
	try:
		yield process
	finally:
		process.process.kill()
		process.process.wait()


def when_told(do):
	"""A process that does it when it is told to, and says that it has."""
	def live(self):
		self.say(None)
		self.await_go()
		do()
		self.say(None)
	return situations.child(live)


def short(pid, slot):
	return tool.short(situations.proc_slots(pid)[slot])


def do_and_read(process, m):
	process.go()
	process.listen()
	return m.line()


@test
def unshare():
	before = {slot: short("self", slot) for slot in ("net", "uts")}
	with when_told(lambda: situations.unshare("net", "uts")) as process:
		with monitor("-p", process.pid) as m:
			line = do_and_read(process, m)
			equal(line, f"unshare  python3({process.pid})  net {before['net']} → "
			      f"{short(process.pid, 'net')} new, uts {before['uts']} → "
			      f"{short(process.pid, 'uts')} new", "the line")
			equal(m.end(), [], "more lines")


@test
def setns_and_free():
	before = short("self", "net")
	with situations.unshared("net") as other:
		net = short(other.pid, "net")
		with when_told(lambda: situations.setns(f"/proc/{other.pid}/ns/net")) as process:
			with monitor(f"{other.pid}/net") as m:
				equal(do_and_read(process, m), f"setns    python3({process.pid})  net {before} → "
				      f"{net} joins {other.pid}'s net", "the line")
				os.kill(other.pid, signal.SIGKILL)
				os.kill(process.pid, signal.SIGKILL)
				equal(m.line(), f"free     net {net}", "the line of its end")
				equal(m.end(), [], "more lines")


@test
def clone3_into_a_pid_namespace():
	before = short("self", "pid")
	with monitor("-t", "pid", "-p", os.getpid()) as m:
		with situations.child(fork=lambda: situations.clone3("pid", "uts")) as process:
			pid = short(process.pid, "pid")
			equal(m.line(), f"clone3   python3({process.pid}→1) by python3({os.getpid()})  "
			      f"pid {before} → {pid} new", "the line")
		equal(m.line(), f"free     pid {pid}", "the line of its end")


@test
def names_of_ip_netns():
	with monitor("-e", "switch,free") as m:
		with situations.netns("blue"):
			subprocess.run(["ip", "netns", "exec", "blue", "true"], check=True)
			# It goes back to where it was after it has made one, too.
			line = m.find(lambda line: re.match("setns .* → .*blue", line))
			check(re.fullmatch(r"setns    ip\(\d+\)  net \d{5} → \d{5} \(blue\)", line),
			      f"the line: {line}")
		line = m.find(lambda line: line.startswith("free     net"))
		check(line.endswith(" (blue)"), f"the line of its end: {line}")


@test
def json_of_a_switch():
	with when_told(lambda: situations.unshare("net")) as process:
		before = situations.proc_slots("self")
		with monitor("--json", "-p", process.pid) as m:
			start = time.monotonic_ns()
			create = do_and_read(process, m)
			switch = m.line()
			end = time.monotonic_ns()
			net = situations.proc_slots(process.pid)["net"]
			for event in (create, switch):
				check(start < event.pop("time_ns") < end, "its time")
				check(isinstance(event.pop("cpu"), int), "its CPU")
				equal(event.pop("schema"), "nsinspect-event/1", "schema")
			check(isinstance(create.pop("id"), (int, type(None))), "id")
			equal(create, {"seq": 1, "event": "create", "type": "net", "inum": net,
				       "owner": before["user"], "parent": None, "tid": process.pid,
				       "comm": "python3"}, "create")
			check(switch.pop("generation") > 0, "generation")
			for side in ("from", "to"):
				switch["changes"][0][side].pop("id")
			equal(switch, {"seq": 2, "event": "switch", "cause": "unshare", "tid": process.pid,
				       "tgid": process.pid, "comm": "python3", "uid": 0,
				       "changes": [{"slot": "net", "from": {"inum": before["net"]},
						    "to": {"inum": net}}]}, "switch")
			equal(m.end(), [], "more objects")


@test
def json_of_a_fork():
	with monitor("--json", "-e", "fork,free", "-p", os.getpid()) as m:
		with situations.child(fork=lambda: situations.clone3("pid")) as process:
			slots = situations.proc_slots(process.pid)
			fork = m.line()
			equal((fork["event"], fork["tid"], fork["tgid"], fork["ppid"]),
			      ("fork", process.pid, process.pid, os.getpid()), "who was born to whom")
			equal(fork["pids"], [
				{"nr": process.pid, "pidns": situations.proc_slots("self")["pid"], "level": 0},
				{"nr": 1, "pidns": slots["pid"], "level": 1}], "numbers")
			equal({change["slot"]: change["to"]["inum"] for change in fork["changes"]},
			      {"pid": slots["pid"], "pid_for_children": slots["pid"]}, "changes")
		free = m.line()
		equal((free["event"], free["type"], free["inum"]), ("free", "pid", slots["pid"]), "its end")


@test
def failing_calls_tell_nothing():
	def fail_to():
		try:
			situations.call(situations.libc.unshare, 0x7fffffff)
		except OSError:
			return
		raise RuntimeError("this works")

	with when_told(fail_to) as process:
		with monitor("-p", process.pid) as m:
			process.go()
			process.listen()
			equal(m.end(), [], "lines")


@test
def all_events():
	"""Plain forks, execs and exits, in their order; none of the monitor's own."""
	result = tool.good("monitor", "-a", "--", "sh", "-c", "(exit 0); true & wait")
	lines = [line[16:] for line in result.out.splitlines()]
	check(re.fullmatch(r"exec     sh\(\d+\) was nsinspect", lines[0]), f"the first line: {lines[0]}")
	kinds = [line.split()[0] for line in lines]
	equal(sorted(set(kinds) & {"exec", "exit"}), ["exec", "exit"], "kinds")
	forks = [line for line in lines if " by sh(" in line]
	equal(len(forks), 2, f"forks in {lines}")
	equal(kinds.count("exit"), 3, f"exits in {lines}")
	check(re.fullmatch(r"exit     sh\(\d+\)", lines[-1]), f"the last line: {lines[-1]}")
	check(not any(" by nsinspect(" in line for line in lines), f"own forks in {lines}")


@test
def descendants_without_parents():
	"""Who lost its parent still belongs to the command."""
	out = tool.good("monitor", "--", "sh", "-c",
			"(sh -c 'unshare -u true; echo done >&3' & ) 3>&3 3>&1 | cat >/dev/null").out
	check(re.search(r"unshare  unshare\(\d+\)  uts \d+ → \d+ new\n", out), f"the line in {out!r}")


@test
def others_are_not_of_the_command():
	with situations.storm(lambda: situations.born_and_gone("uts"), 1):
		out = tool.good("monitor", "-e", "switch,fork,create", "--buffer", 16384,
				"--", "unshare", "-i", "true").out
	lines = [line[16:] for line in out.splitlines()]
	equal(len(lines), 1, f"lines: {lines}")
	check(re.fullmatch(r"unshare  unshare\(\d+\)  ipc \d+ → \d+ new", lines[0]), f"the line: {lines[0]}")


@test(("it exits", "exit 7", 7), ("it is killed", "kill -9 $$", 137), ("all is well", "true", 0))
def status_of_a_command(_what, script, status):
	result = tool.run("monitor", "--", "sh", "-c", script)
	equal((result.status, result.out, result.err), (status, "", ""), "status, stdout and stderr")
	equal(instances(), [], "instances")


@test(("it is not there", "/no/such/command", 127, "No such file or directory"),
      ("it is no program", "/etc/passwd", 126, "Permission denied"))
def command_that_cannot_be_run(_what, path, status, why):
	equal(tool.refused(status, "monitor", "--", path), f"nsinspect: cannot run {path}: {why}", "stderr")
	equal(instances(), [], "instances")


@test
def command_has_its_signals():
	"""What was blocked and ignored for the monitor is not for the command."""
	status = situations.proc_status("self")
	out = tool.good("monitor", "--", "cat", "/proc/self/status").out
	seen = dict(line.split(":\t", 1) for line in out.splitlines() if ":\t" in line)
	equal(seen["SigBlk"], status["SigBlk"], "signals that are blocked")
	equal(int(seen["SigIgn"], 16) & (1 << (signal.SIGPIPE - 1) | 1 << (signal.SIGCHLD - 1)), 0,
	      "SIGPIPE and SIGCHLD that are ignored")


@test
def interrupt_is_the_commands():
	with monitor("--", "sh", "-c", "trap 'exit 5' USR1; echo ready; while :; do sleep 0.1; done") as m:
		equal(situations.read_line(m.process.stdout.fileno(), "the command"), "ready\n", "its word")
		m.process.send_signal(signal.SIGINT)
		pid = int(pathlib.Path(f"/proc/{m.pid}/task/{m.pid}/children").read_text().split()[0])
		os.kill(pid, signal.SIGUSR1)
		m.process.communicate(timeout=situations.LIMIT)
		equal(m.process.returncode, 5, "status")
		equal(instances(), [], "instances")


@test("SIGTERM", "SIGHUP")
def is_passed_on(name):
	number = getattr(signal, name)
	with monitor("--", "sleep", "1000") as m:
		pid = int(pathlib.Path(f"/proc/{m.pid}/task/{m.pid}/children").read_text().split()[0])
		situations.wait_until(lambda: situations.proc_status(pid)["Name"] == "sleep", "it runs")
		m.process.send_signal(number)
		m.process.communicate(timeout=situations.LIMIT)
		equal(m.process.returncode, 128 + number, "status")
		situations.wait_until(lambda: situations.state(pid) in (None, "Z"), "the command ends")
		equal(instances(), [], "instances")


@test("SIGINT", "SIGTERM", "SIGHUP")
def ends_by(name):
	with monitor() as m:
		equal(instances(), [m.folder.name], "instances while it runs")
		m.end(getattr(signal, name))
		equal(m.process.returncode, 0, "status")
		equal(instances(), [], "instances")


@test
def closed_pipe():
	with monitor("-e", "exec") as m:
		m.process.stdout.close()
		equal(m.process.wait(situations.LIMIT), -signal.SIGPIPE, "status")
		equal(m.process.stderr.read(), b"", "stderr")
		equal(instances(), [], "instances")


@test
def killed_ones_leave_for_the_next():
	"""The instance of one that was killed is removed by the next run, that of one that runs is not."""
	foreign = TRACING / "instances/nsinspect.not-ours"
	with monitor() as running, monitor("--json") as killed:
		killed.process.kill()
		killed.process.wait(situations.LIMIT)
		equal(instances(), sorted([running.folder.name, killed.folder.name]), "instances")
		foreign.mkdir()
		try:
			tool.good("monitor", "--", "true")
			equal(instances(), sorted([running.folder.name, foreign.name]), "instances")
		finally:
			foreign.rmdir()
		equal((running.folder / "events/nsinspect/ns_free/enable").read_text(), "1\n",
		      "whether the other one still watches")
		running.end()
	equal(instances(), [], "instances")


@test
def probes_switched_off():
	with monitor("--json") as m:
		with situations.switched_off(situations.KPROBES):
			equal(set(m.find(lambda event: event["event"] == "blind")),
			      {"schema", "seq", "time_ns", "cpu", "event"}, "keys of blind")
		m.find(lambda event: event["event"] == "seeing")
		with situations.unshared("uts") as process:
			m.find(lambda event: event["event"] == "switch" and event["tid"] == process.pid)
		m.end()
	with situations.switched_off(situations.KPROBES):
		contains(tool.refused(1, "monitor"), "echo 1 >/sys/kernel/debug/kprobes/enabled", "stderr")
	equal(instances(), [], "instances")


def ring_buffer_lost(folder):
	lost = 0
	for path in folder.glob("per_cpu/cpu*/stats"):
		for line in path.read_text().splitlines():
			name, _, count = line.partition(": ")
			if name in ("overrun", "commit overrun", "dropped events"):
				lost += int(count)
	return lost


@test
def losses_are_exact():
	"""What was lost while the monitor could not read is told, as much as the kernel has counted."""
	def change():
		for _ in range(300):
			situations.unshare("uts")

	with monitor("--json", "-e", "switch", "--buffer", 8) as m, when_told(change) as process:
		os.kill(m.pid, signal.SIGSTOP)
		process.go()
		process.listen()
		situations.wait_until(lambda: ring_buffer_lost(m.folder), "the buffer is full")
		lost = ring_buffer_lost(m.folder)
		os.kill(m.pid, signal.SIGCONT)
		events = m.end()
	told = [event for event in events if event["event"] == "lost"]
	received = [event for event in events if event["event"] == "switch" and event["tid"] == process.pid]
	equal(sum(event["count"] for event in told), lost, f"the sum of {told}")
	equal(len(received) + lost, 300, "what was told, and what was lost")
	equal([event["seq"] for event in events], list(range(1, len(events) + 1)), "seq")
	check(events.index(told[0]) < events.index(received[-1]), "it is told where it happened")


@test
def container_by_its_name():
	"""What its processes do, of all that happens."""
	if not situations.has_cgroup_bpf():
		skip("this kernel has no CGROUP_BPF, which runc needs")
	with situations.runc() as (first, program):
		for name in (situations.RUNC_ID[:12], f"docker-{situations.RUNC_ID[:12]}"):
			with monitor("-e", "exit,fork", name) as m, situations.unshared("uts"):
				equal(m.end(), [], f"what others do, without {name}")
		with monitor("-e", "exit", situations.RUNC_ID) as m:
			os.kill(program, signal.SIGKILL)
			equal([m.line(), m.line()], [f"exit     busybox({program})", f"exit     sh({first})"],
			      "what its processes do")


@test
def exec_of_a_thread():
	"""It takes over the number of its leader; who is below stays below."""
	script = ("import os, threading\n"
		  "t = threading.Thread(target=os.execlp, args=('unshare', 'unshare', '-u', 'true'))\n"
		  "t.start(); t.join()")
	lines = [line[16:] for line in tool.good("monitor", "-a", "-u", "--", "python3", "-c", script)
		 .out.splitlines()]
	leader = re.fullmatch(r"exec     python3\((\d+)\) was nsinspect", lines[0])[1]
	thread = re.fullmatch(rf"clone3? +python3\((\d+)\) thread of {leader} by python3\({leader}\)",
			      lines[1])[1]
	check(f"exec     unshare({leader}) was python3, thread {thread}" in lines, f"the exec in {lines}")
	check(any(line.startswith(f"unshare  unshare({leader})  uts ") for line in lines),
	      f"the change in {lines}")


@test
def sums():
	result = tool.good("monitor", "--stats", "-q", "--", "sh", "-c",
			   "unshare -u true; unshare -u true; unshare -i true")
	lines = result.out.splitlines()
	check(re.search(r"^switch   unshare +3$", result.out, flags=re.M), f"switches in {lines}")
	check(re.search(r"^uts +2 +\d$", result.out, flags=re.M), f"born uts in {lines}")
	check(re.search(r"^create +3$", result.out, flags=re.M), f"creations in {lines}")


@test
def who_may_not_watch():
	line = tool.refused(5, "monitor", "--", "true", user=65534)
	contains(line, "CAP_SYS_ADMIN", "stderr")


@test
def no_such_task():
	equal(tool.refused(3, "monitor", "-p", 4194304), "nsinspect: task 4194304: there is no such task",
	      "stderr")
	contains(tool.refused(3, "monitor", "nobody-has-this-name"), "nobody-has-this-name", "stderr")
	equal(instances(), [], "instances")


main()
