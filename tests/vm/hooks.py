# SPDX-License-Identifier: GPL-2.0
"""What module/hooks.c forces; only the debug guest's build has it."""

import contextlib
import os
import threading

import debugfs
import situations

FOLDER = f"{debugfs.FOLDER}/hooks"


def exist():
	return os.path.exists(FOLDER)


def set_to(name, value):
	with open(f"{FOLDER}/{name}", "w") as file:
		file.write(str(value))


def get(name):
	with open(f"{FOLDER}/{name}") as file:
		return int(file.read())


@contextlib.contextmanager
def everything_in_one_place():
	"""Every object seems to be where every other was, on a kernel without ns_id."""
	set_to("same_place", "Y")
	try:
		yield
	finally:
		set_to("same_place", "N")


@contextlib.contextmanager
def nested_calls():
	"""An interrupt comes into the handler that counts a change, and makes a call that is missed."""
	set_to("nest", "Y")
	try:
		yield
	finally:
		set_to("nest", "N")


@contextlib.contextmanager
def slow_changes(milliseconds):
	"""That long passes between the count of a change and the change."""
	set_to("delay_ms", milliseconds)
	try:
		yield
	finally:
		set_to("delay_ms", 0)


class held:
	"""look() whose walk waits after the step with a tid; release() returns what it saw.

	The step must not be the last one: more than a step's number of tasks has to follow.
	"""

	def __init__(self, tid, look):
		self._answer = []
		self._thread = threading.Thread(target=lambda: self._answer.append(look()))
		set_to("hold_at", tid)

	def __enter__(self):
		self._thread.start()
		situations.wait_until(lambda: get("held") == 1, "the walk waits")
		return self

	def release(self):
		self.__exit__()
		return self._answer[0]

	def __exit__(self, *_exception):
		set_to("hold_at", 0)
		self._thread.join(situations.LIMIT)
