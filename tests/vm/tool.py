# SPDX-License-Identifier: GPL-2.0
"""The tool, run as a user runs it."""

import json
import os
import re
import shutil
import subprocess

import debugfs
import graph
import situations
from ktap import equal, check

PATH = (os.environ.get("NSINSPECT_TOOL") or shutil.which("nsinspect")
	or "/usr/local/bin/nsinspect")


# What it says when namespaces changed during a picture and all that it took in its place.
MIXED = ("nsinspect: namespaces changed while the picture was taken, 4 times in a row: "
	 "what is shown may mix before and after\n")
TRIES = 4


def inconsistent():
	"""How many pictures the module has found inconsistent; None where that cannot be read."""
	try:
		return debugfs.stats()["inconsistent"]
	except (OSError, KeyError, ValueError):
		# It is not loaded, not for us to read, or one of another time.
		return None


def without_mixed(err, before, after):
	"""Stderr without MIXED, where by inconsistent() before and after the module had found so.

	A worker may still be taking down network namespaces of an earlier test, which is no
	fault of the tool that says so.
	"""
	if before is None or after is None or after < before:
		return err
	return err.replace(MIXED, "", (after - before) // TRIES)


class Result:
	"""How it ended; `said` is what of `err` is for good() and the like to judge."""

	def __init__(self, status, out, err, before=None, after=None):
		self.status = status
		self.raw = out
		self.out = out.decode(errors="surrogateescape")
		self.err = err.decode(errors="surrogateescape")
		self.said = without_mixed(self.err, before, after)


def run(*arguments, stdin=b"", stdout=subprocess.PIPE, env=None, **options):
	"""Runs nsinspect; the bytes of stdin come through a pipe."""
	before = inconsistent()
	ended = subprocess.run([PATH, *map(str, arguments)], input=stdin, stdout=stdout,
			       stderr=subprocess.PIPE, timeout=120,
			       env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})}, **options)
	return Result(ended.returncode, ended.stdout or b"", ended.stderr, before, inconsistent())


def good(*arguments, **options):
	"""What it prints, when all has to be well."""
	result = run(*arguments, **options)
	equal((result.status, result.said), (0, ""), f"status and stderr of {' '.join(map(str, arguments))}")
	return result


def save(path, *form, **options):
	"""What it draws along with saving a picture which is consistent: --from warns of another."""
	def attempt():
		result = good("--save", path, *form, **options)
		return None if result.err else result

	return situations.wait_until(attempt, "a picture to be saved is consistent")


def refused(status, *arguments, **options):
	"""The one line on stderr with which it has to end."""
	result = run(*arguments, **options)
	what = " ".join(map(str, arguments))
	equal(result.status, status, f"status of '{what}' ({result.err.strip()})")
	lines = result.said.splitlines()
	equal(len(lines), 1, f"lines on stderr of '{what}': {lines}")
	check(lines[0].startswith("nsinspect: "), f"stderr of '{what}': {lines[0]}")
	return lines[0]


def wrong_usage(*arguments):
	"""What getopt_long() says of options that it does not understand, and where to read on."""
	result = run(*arguments)
	what = " ".join(map(str, arguments))
	equal((result.status, result.out), (2, ""), f"status and stdout of '{what}'")
	lines = result.err.splitlines()
	equal(len(lines), 2, f"lines on stderr of '{what}': {lines}")
	check(lines[0].startswith("nsinspect: "), f"stderr of '{what}': {lines[0]}")
	equal(lines[1], "Try 'nsinspect --help' for more information.", f"the hint of '{what}'")
	return lines[0]


def _drop_null(node):
	return {key: _drop_null(value) if isinstance(value, dict) else value
		for key, value in node.items() if value is not None}


def parse(text):
	"""A Graph of what --json prints."""
	document = json.loads(text)
	equal(document["schema"], "nsinspect/1", "schema")
	nodes = [[_drop_null(node) for node in document[key]]
		 for key in ("namespaces", "nsproxies", "tasks")]
	return graph.Graph({**document["snapshot"], **document["host"]}, *nodes)


def look(*arguments):
	return parse(good("--json", *arguments).out)


def short(inum):
	"""What the tree calls it: in a guest five digits tell all apart."""
	return str(inum)[-5:]


def slots_of(text):
	"""The slots that `nsinspect task -u` prints, and those it calls pending.

	Slots for children have a line only where they differ from the slot of the task.
	"""
	slots, pending = {}, set()
	for name, inum, rest in re.findall(r"^    ([a-z_]+) +(\d+)(.*)$",
					   text.partition("slots")[2], flags=re.M):
		slots[name] = int(inum)
		if "pending" in rest:
			pending.add(name)
	for kind in ("pid", "time"):
		# A task without an nsproxy has no slot for children.
		if kind in slots and "net" in slots:
			slots.setdefault(f"{kind}_for_children", slots[kind])
	return slots, pending


def task_slots(tid):
	return slots_of(good("task", tid, "-u").out)[0]
