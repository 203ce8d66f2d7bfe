# SPDX-License-Identifier: GPL-2.0
"""A small KTAP harness: one result a test, or one for each case of a test.

	@test
	def zombie_has_no_nsproxy():
		equal(..., ..., "what it is")

	@test("cgroup", "ipc")
	def one_slot(slot):
		...

	main()
"""

import signal
import sys
import traceback

# How long one test may take: emulation is slow, and a KASAN kernel slower.
LIMIT = 600

_tests = []


class Failure(Exception):
	"""The code under test is wrong; what it says becomes diagnostics."""


class Skip(Exception):
	"""This machine cannot show it; what it says is the reason."""


class _TimeOut(BaseException):
	pass


def test(*cases):
	"""Registers a test, or with arguments one test for each of them."""
	if len(cases) == 1 and callable(cases[0]):
		_tests.append((cases[0].__name__.replace("_", " "), cases[0], ()))
		return cases[0]

	def register(function):
		name = function.__name__.replace("_", " ")
		for case in cases:
			label = case[0] if isinstance(case, tuple) else case
			arguments = case if isinstance(case, tuple) else (case,)
			_tests.append((f"{name}: {label}", function, arguments))
		return function
	return register


def skip(reason):
	raise Skip(reason)


def skip_all(reason):
	"""Ends a file none of whose tests this machine can show."""
	print(f"KTAP version 1\n1..0 # SKIP {reason}")
	sys.exit(0)


def fail(what):
	raise Failure(what)


def check(condition, what):
	if not condition:
		raise Failure(what)


def equal(got, expected, what):
	if got != expected:
		raise Failure(f"{what}\nexpected: {expected!r}\ngot: {got!r}\n"
			      f"{_difference(got, expected)}".rstrip())


def contains(text, part, what):
	if part not in text:
		raise Failure(f"{what}\nexpected to contain: {part!r}\ngot: {text!r}")


def raises(kind, function, *arguments, what):
	"""Returns the exception that function has to raise."""
	try:
		got = function(*arguments)
	except kind as error:
		return error
	raise Failure(f"{what}\nexpected: {kind.__name__}\ngot: {got!r}")


def say(text):
	for line in str(text).splitlines():
		print("# " + line)


def _difference(got, expected):
	"""Where two dicts or sets part: they can be long."""
	if isinstance(got, set) and isinstance(expected, set):
		return f"too much: {sorted(got - expected)}\nmissing: {sorted(expected - got)}"
	if not isinstance(got, dict) or not isinstance(expected, dict):
		return ""
	lines = [f"{key}: expected {expected.get(key, 'nothing')!r}, got {got.get(key, 'nothing')!r}"
		 for key in sorted(set(got) | set(expected), key=str)
		 if got.get(key, "nothing") != expected.get(key, "nothing")]
	return "differs at\n" + "\n".join(lines[:20])


def _shorten(text):
	return "\n".join(line if len(line) < 1000 else line[:1000] + " ..."
			 for line in text.splitlines()[:40])


def _expire(_signal, _frame):
	raise _TimeOut


def _run(function, arguments):
	"""Returns how it ended: good, diagnostics, and the reason of a skip."""
	signal.alarm(LIMIT)
	try:
		function(*arguments)
	except Skip as reason:
		return True, "", str(reason)
	except Failure as failure:
		return False, str(failure), ""
	except _TimeOut:
		return False, f"not done after {LIMIT} s\n{traceback.format_exc()}", ""
	except BaseException:
		return False, traceback.format_exc(), ""
	finally:
		signal.alarm(0)
	return True, "", ""


def main():
	"""Runs all tests and exits."""
	signal.signal(signal.SIGALRM, _expire)
	failed = 0
	print("KTAP version 1")
	print(f"1..{len(_tests)}")
	for number, (name, function, arguments) in enumerate(_tests, 1):
		good, diagnostics, reason = _run(function, arguments)
		failed += not good
		say(_shorten(diagnostics))
		name = name.replace("#", "")
		print(f"{'ok' if good else 'not ok'} {number} {name}"
		      + (f" # SKIP {reason}" if reason else ""), flush=True)
	sys.exit(1 if failed else 0)
