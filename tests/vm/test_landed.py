# SPDX-License-Identifier: GPL-2.0
"""Module and tool of what landed before, each beside those of now.

A command works, or ends with one line that says what the other one does not know.
"""

import contextlib
import json
import os
import pathlib
import tempfile

import genl
import situations
import tool
from ktap import check, contains, equal, main, skip, test

TREE = pathlib.Path(__file__).resolve().parents[2]
MODULE = str(TREE / "nsinspect.ko")
OLDER = "the module is older than nsinspect: only namespaces that tasks lead to are shown"
ONE_SIDE = "only one of the pictures has namespaces that no task leads to: those are not compared"
UNKNOWN = "the module does not know {} (the module is version {} and this tool {}: load the module"
NO_EVENTS = "the module has no events: load the module that belongs to this tool"

# What a command says beside its answer when the module does not know details, and what it
# has to know for an answer at all. FILE is a picture of the module of now.
COMMANDS = (
	(("--tree",), OLDER, None, None),
	((), OLDER, None, None),
	(("--json",), None, None, None),
	(("task", "PID"), None, None, None),
	(("ns", "PID/net"), OLDER, None, None),
	(("pid", "PID"), None, None, None),
	(("diff", "FILE"), ONE_SIDE, None, None),
	(("limits",), None, "details", "limits"),
	(("why", "PID/net"), None, "holders", "what holds a namespace"),
	(("why", "--json", "PID/net"), None, "holders", "what holds a namespace"),
	(("monitor", "--", "true"), None, "events", None),
	(("record", "-o", "FILE.recording", "--", "true"), None, "events", None),
)

# What the first tool has: those that come later are more.
OF_OLD = ((), ("--tree",), ("--json",), ("--dot",), ("task", "PID"), ("ns", "PID/net"), ("pid", "PID"))


def rows():
	"""Of the table: each commit, and what its module knows."""
	for line in (TREE / "tests/vm/landed").read_text().splitlines():
		if line and not line.startswith("#"):
			commit, knows = line.split()
			yield commit, set(knows.split(","))


LANDED = tuple(rows())


def built(commit, name):
	path = TREE / "landed" / commit / name
	if situations.has_debug_kernel():
		skip("what landed before is not built for the debug kernel")
	if not path.exists():
		skip(f"{commit} is not built: scripts/build --landed does it, where the checkout has its history")
	return str(path)


@contextlib.contextmanager
def module(path):
	situations.unload()
	try:
		situations.finit_module(path)
		yield
	finally:
		if genl.is_loaded():
			situations.unload()
		situations.finit_module(MODULE)


@contextlib.contextmanager
def tool_is(path):
	now = tool.PATH
	tool.PATH = path
	try:
		yield
	finally:
		tool.PATH = now


@contextlib.contextmanager
def situation():
	"""A task with namespaces of its own, a namespace without a task, and a place for a picture."""
	with situations.unshared("net", "uts") as child, situations.netns("landed"), \
	     tempfile.TemporaryDirectory(dir="/run") as folder:
		yield child.pid, f"{folder}/picture"


def filled(arguments, pid, file):
	return [argument.replace("PID", str(pid)).replace("FILE", file) for argument in arguments]


def slots_are_those_of_proc(pid):
	"""As the screen has them, and as programs read them."""
	expected = situations.proc_slots(pid)
	equal(tool.task_slots(pid), expected, "slots on the screen of task")
	equal(tool.look().slots(pid), expected, "slots in JSON")


def version():
	with open("/sys/module/nsinspect/version") as file:
		return file.read().strip()


@test(*LANDED)
def tool_of_now_with_the_module_of(commit, knows):
	with situation() as (pid, file):
		tool.save(file)
		now = version()
		blue = os.stat("/run/netns/landed").st_ino
		with module(built(commit, "nsinspect.ko")):
			for arguments, beside, needs, what in COMMANDS:
				got = tool.run(*filled(arguments, pid, file))
				if needs and needs not in knows:
					words = UNKNOWN.format(what, version(), now) if what else NO_EVENTS
					equal((got.status, got.out, got.said.count("\n")), (1, "", 1),
					      f"status, stdout and lines of {arguments}: {got.err}")
					contains(got.err, words, f"the line of {arguments}")
					continue
				equal(got.status, 0, f"status of {arguments}: {got.err}")
				check(got.out or needs == "events", f"{arguments} shows something")
				said = [beside] if beside and "details" not in knows else []
				equal(got.said.count("\n"), len(said), f"lines of {arguments}: {got.err}")
				for words in said:
					contains(got.err, words, f"the line of {arguments}")
				# What was not looked for has not gone.
				check(arguments[:1] != ("diff",) or tool.short(blue) not in got.out,
				      f"diff is silent about the namespace without a task: {got.out}")
			slots_are_those_of_proc(pid)
			picture = json.loads(tool.good("--json").out)
			equal(picture["snapshot"]["coverage"] is None, "details" not in knows, "coverage is not known")
			equal(any(ns["inum"] == blue for ns in picture["namespaces"]), "details" in knows,
			      "the namespace without a task is in the picture")


@test(*LANDED)
def module_of_now_with_the_tool_of(commit, _knows):
	path = built(commit, "nsinspect")
	with situation() as (pid, file):
		tool.save(file)
		# It may be one that takes its pictures without pauses between them.
		genl.calm()
		with tool_is(path):
			for arguments in OF_OLD:
				check(tool.good(*filled(arguments, pid, file)).out, f"{arguments} shows something")
			slots_are_those_of_proc(pid)
			tool.refused(3, "task", 4194304)
			tool.save(f"{file}.old")
			# What is not known to it is passed over in a picture, too.
			drawn = tool.run("--tree", "--from", file)
			equal(drawn.status, 0, f"status of a picture of now: {drawn.err}")
			contains(drawn.out, f"{pid} ", "the tree of a picture of now")
		drawn = tool.run("--tree", "--from", f"{file}.old")
		equal(drawn.status, 0, f"status of a picture of then: {drawn.err}")
		contains(drawn.out, f"{pid} ", "the tree of a picture of then")


@test
def the_module_of_now_is_back():
	equal(version(), (TREE / "VERSION").read_text().strip(), "its version")
	slots_are_those_of_proc(os.getpid())


main()
