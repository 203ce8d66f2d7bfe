# SPDX-License-Identifier: GPL-2.0
"""The tree that is redrawn: what is marked in it, and how the terminal is left."""

import codecs
import contextlib
import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import situations
import tool
from ktap import check, contains, equal, fail, main, test

ENTER = "\033[?1049h"
LEAVE = "\033[?7h\033[?25h\033[?1049l"
DRAW = "\033[H\033[K"
DRAWN = "\033[m"
LIMIT = 60


class Terminal:
	"""The tool with a terminal of its own, and all that it writes there."""

	def __init__(self, *arguments, rows=60, columns=100):
		self.out = self._rest = ""
		self._inconsistent = tool.inconsistent()
		# The lines of the frame that was looked at last, without colours.
		self.frame = ""
		self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
		self.master, self._slave = pty.openpty()
		self.resize(rows, columns)
		self.before = termios.tcgetattr(self._slave)

		def own():
			os.setsid()
			fcntl.ioctl(0, termios.TIOCSCTTY, 0)

		self.process = subprocess.Popen([tool.PATH, "monitor", "--tree", *map(str, arguments)],
						stdin=self._slave, stdout=self._slave,
						stderr=self._slave, preexec_fn=own,
						env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm"})

	def resize(self, rows, columns):
		fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

	def _read(self, timeout):
		"""Returns whether there was something."""
		if not select.select([self.master], [], [], timeout)[0]:
			return False
		try:
			text = self._decode(os.read(self.master, 65536))
		except OSError as error:
			equal(error.errno, errno.EIO, "errno")
			return False
		self.out += text
		self._rest += text
		return True

	def _next_frame(self, deadline):
		"""Goes on to the next frame, as soon as it is whole; returns whether there was one."""
		while DRAWN not in self._rest:
			left = deadline - time.monotonic()
			if left <= 0 or (self.process.poll() is not None and not self._read(0)):
				return False
			self._read(min(left, 1))
		drawn, _, self._rest = self._rest.partition(DRAWN)
		text = re.sub(r"\033\[[0-9;?]*[a-zA-Z]", "", drawn.rpartition(DRAW)[2])
		self.frame = text.replace("\r\n", "\n")
		return True

	def wait_for(self, holds, what):
		"""From the frame of the last wait on, each is looked at: marks go by themselves."""
		deadline = time.monotonic() + LIMIT
		while not holds(self.frame):
			if not self._next_frame(deadline):
				fail(f"{what}; the screen has:\n{self.frame}")
		return self.frame

	def wait_for_line(self, pattern):
		"""The line of the screen that matches, as soon as there is one."""
		frame = self.wait_for(lambda f: re.search(pattern, f, re.M), f"no line with {pattern}")
		return re.search(f"^.*{pattern}.*$", frame, re.M).group()

	def type(self, keys):
		os.write(self.master, keys)

	def end(self):
		"""Its status, when the terminal was left as it was."""
		status = self.process.wait(LIMIT)
		while self._read(0):
			pass
		self.out = tool.without_mixed(self.out.replace("\r\n", "\n"), self._inconsistent,
					      tool.inconsistent())
		check(self.out.startswith(ENTER), f"it begins with: {self.out[:40]!r}")
		equal(self.out.count(ENTER), self.out.count(LEAVE), "how often the terminal was taken and left")
		equal(termios.tcgetattr(self._slave), self.before, "settings of the terminal")
		return status

	def close(self):
		if self.process.poll() is None:
			self.process.kill()
			self.process.wait()
		os.close(self._slave)
		os.close(self.master)


@contextlib.contextmanager
def terminal(*arguments, **size):
	t = Terminal(*arguments, **size)
	try:
		yield t
	finally:
		t.close()


def _wait_then(*types):
	"""A process that waits for a word, then leaves namespaces of these types."""
	def do(self):
		self.say(None)
		self.await_go()
		situations.unshare(*types)
		self.say(None)

	return situations.child(do)


@test
def a_task_that_moves_is_marked():
	with _wait_then("net", "uts") as child, terminal() as t:
		t.wait_for_line(rf"\b{os.getpid()} ")
		child.go()
		line = t.wait_for_line(rf"^~ .*\b{child.pid} .*moved net uts")
		net = tool.task_slots(child.pid)["net"]
		contains(line, f"net:{tool.short(net)}", "its line")
		contains(line, "NEW", "its line")
		# The mark goes, the tree stays.
		t.wait_for(lambda f: f"net:{tool.short(net)}" in f and "moved" not in f, "the mark stays")
		t.type(b"q")
		equal(t.end(), 0, "status")
		check(t.out.endswith(LEAVE), f"it ends with: {t.out[-60:]!r}")


@test
def a_task_that_comes_and_one_that_goes():
	with terminal() as t:
		t.wait_for_line(rf"\b{os.getpid()} ")
		with _wait_then("net") as child:
			# Its line is its own, whatever it looks like.
			t.wait_for_line(rf"^\+ .*\b{child.pid} ")
			child.go()
			t.wait_for_line(rf"^~ .*\b{child.pid} .*moved net")
			net = tool.short(tool.task_slots(child.pid)["net"])
			# Its namespace goes with its exit, and it itself when it is waited for.
			os.kill(child.pid, signal.SIGKILL)
			t.wait_for_line(rf"^- .*net:{net}")
		t.wait_for_line(rf"^- .*\b{child.pid} ")
		t.type(b"\003")
		equal(t.end(), 0, "status")


@test
def like_siblings_are_unfolded():
	"""One of many that moves has a line; the others are still one."""
	with contextlib.ExitStack() as stack:
		children = [stack.enter_context(_wait_then("uts")) for _ in range(6)]
		t = stack.enter_context(terminal())
		t.wait_for_line(r" 6× ")
		children[3].go()
		t.wait_for_line(rf"^~ .*\b{children[3].pid} .*moved uts")
		t.wait_for_line(r" 5× ")
		os.kill(t.process.pid, signal.SIGTERM)
		equal(t.end(), 0, "status")


@test(("SIGINT", signal.SIGINT), ("SIGTERM", signal.SIGTERM), ("SIGHUP", signal.SIGHUP))
def ends_by(_label, number):
	with terminal() as t:
		t.wait_for_line(rf"\b{os.getpid()} ")
		os.kill(t.process.pid, number)
		equal(t.end(), 0, "status")
		check(t.out.endswith(LEAVE), f"it ends with: {t.out[-60:]!r}")


@test
def an_error_can_be_read():
	with terminal("-p", 4000000) as t:
		equal(t.end(), 3, "status")
		check(t.out.endswith(LEAVE + "nsinspect: task 4000000: no such task\n"),
		      f"it ends with: {t.out[-120:]!r}")


@test
def cut_to_the_height():
	with _wait_then("net") as child, terminal("--no-fold", rows=12) as t:
		frame = t.wait_for(lambda f: "more lines" in f, "nothing is cut")
		equal(len(frame.rstrip("\n").split("\n")), 12, f"lines on the screen:\n{frame}")
		child.go()
		frame = t.wait_for(lambda f: re.search(rf"^~ .*\b{child.pid} ", f, re.M), "no mark")
		equal(len(frame.rstrip("\n").split("\n")), 12, f"lines on the screen:\n{frame}")
		contains(frame, f"{os.getpid()} ", "what is above it")
		t.resize(30, 100)
		t.wait_for(lambda f: len(f.rstrip("\n").split("\n")) == 30, "not 30 lines")
		t.type(b"q")
		equal(t.end(), 0, "status")


@test
def a_command_on_a_terminal():
	"""Its output comes when the screen is gone, and its status is ours."""
	script = "read line; echo out; echo err >&2; exec sleep 1000000"
	with terminal("--", "unshare", "-u", "sh", "-c", script) as t:
		line = t.wait_for_line(r"^~ .*moved uts")
		contains(line, "NEW", "its line")
		# All is written by then.
		t.wait_for_line(r" sleep ")
		check("out" not in t.frame, f"it writes over the screen:\n{t.frame}")
		t.type(b"q")
		equal(t.end(), 130, "status")
		tail = t.out.rpartition(LEAVE)[2]
		equal(tail.split(), ["out", "err"], "what it wrote")


def _blocks(text):
	return [block.splitlines() for block in text.strip("\n").split("\n\n")]


@test
def printed_where_there_is_no_terminal():
	before = tool.inconsistent()
	with _wait_then("uts") as child:
		monitor = subprocess.Popen([tool.PATH, "monitor", "--tree", "-p", str(child.pid)],
					   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
					   env={**os.environ, "LC_ALL": "C.UTF-8"})
		try:
			first = monitor.stdout.readline().decode()
			contains(first, "0 changes, 0 events lost", "the first line")
			child.go()
			child.listen()
			uts = tool.short(tool.task_slots(child.pid)["uts"])
			text = first
			while f"uts:{uts}" not in text:
				line = monitor.stdout.readline().decode()
				check(line, f"it has ended: {text}")
				text += line
		finally:
			monitor.terminate()
			rest, err = monitor.communicate(timeout=LIMIT)
	err = tool.without_mixed(err.decode(), before, tool.inconsistent())
	equal((monitor.returncode, err), (0, ""), "status and stderr")
	blocks = _blocks(text + rest.decode())
	check(len(blocks) >= 2, f"one tree after the other: {blocks}")
	check("\033" not in text, f"nothing for a terminal: {text!r}")
	check(not any(line[0] in "+~" for line in blocks[0]), f"no marks at first: {blocks[0]}")
	marked = [line for block in blocks for line in block if line.startswith("~")]
	equal(len(marked), 1, f"lines with a mark: {marked}")
	contains(marked[0], f"{child.pid} ", "the line")
	contains(marked[0], "moved uts", "the line")


@test
def printed_until_a_command_ends():
	result = tool.run("monitor", "--tree", "--", "unshare", "-u", "sh", "-c", "exit 7")
	equal((result.status, result.said), (7, ""), "status and stderr")
	contains(result.out, " has ended\n", "the last tree")


@test
def a_closed_pipe():
	"""It ends as others do that write to a pipe that nobody reads."""
	before = tool.inconsistent()
	monitor = subprocess.Popen([tool.PATH, "monitor", "--tree"], stdout=subprocess.PIPE,
				   stderr=subprocess.PIPE, env={**os.environ, "LC_ALL": "C.UTF-8"})
	try:
		monitor.stdout.readline()
		monitor.stdout.close()
		equal(monitor.wait(LIMIT), -signal.SIGPIPE, "status")
		err = monitor.stderr.read().decode()
		equal(tool.without_mixed(err, before, tool.inconsistent()), "", "stderr")
	finally:
		monitor.kill()
		monitor.wait()
		monitor.stderr.close()


main()
