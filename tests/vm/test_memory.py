# SPDX-License-Identifier: GPL-2.0
"""Pictures are paid for by who asks: at the limit of a memory cgroup they are refused."""

import contextlib
import errno
import os
import pathlib
import struct

import genl
import situations
from ktap import check, equal, main, say, test

ROOT = pathlib.Path("/sys/fs/cgroup")
# So much for pictures, and so many askers that they want more.
LIMIT = 2 << 20
ASKERS = 400

MCL_CURRENT = 1


@contextlib.contextmanager
def memory_cgroup():
	(ROOT / "cgroup.subtree_control").write_text("+memory")
	folder = ROOT / "asker"
	folder.mkdir()
	try:
		yield folder
	finally:
		situations.wait_until(lambda: not (folder / "cgroup.procs").read_text(), "it is empty")
		folder.rmdir()


def events(folder):
	return {name: int(value) for name, value in
		(line.split() for line in (folder / "memory.events").read_text().splitlines())}


def errno_of(connection):
	"""How a dump that was just begun is answered; 0 for a picture.  Takes little memory."""
	data = connection.socket.recv(4096)
	_, kind = struct.unpack_from("IH", data)
	if kind in (genl.NLMSG_ERROR, genl.NLMSG_DONE):
		return -struct.unpack_from("i", data, 16)[0]
	return 0


def ask_until_refused(folder):
	def do(self):
		(folder / "cgroup.procs").write_text(str(os.getpid()))
		connections = [genl.Socket() for _ in range(ASKERS)]
		# At the limit, a page fault of our own would call for a victim as well: once all is
		# done that allocates, have all pages, those shared with the parent copied.
		with genl.Socket() as first:
			first.dump_start(threads=True)
			errno_of(first)
		situations.call(situations.libc.mlockall, MCL_CURRENT)
		self.say(None)
		self.await_go()
		for number, connection in enumerate(connections):
			connection.dump_start(threads=True)
			error = errno_of(connection)
			if error:
				break
		self.say([number, error])
		self.await_go()
		for connection in connections[:number]:
			connection.close()
		connections[-1].dump_start()
		self.say(errno_of(connections[-1]))
	return do


@test
def at_the_limit_a_request_fails_and_nobody_is_killed():
	with memory_cgroup() as folder, situations.crowd(300):
		with situations.child(ask_until_refused(folder)) as child:
			(folder / "memory.max").write_text(str(int((folder / "memory.current").read_text()) + LIMIT))
			child.go()
			number, error = child.listen()
			say(f"{number} pictures fit in {LIMIT} bytes")
			equal(errno.errorcode.get(error, error), "ENOMEM", "how the next one is refused")
			check(number > 5, f"pictures before it: {number}")
			equal(events(folder)["oom_kill"], 0, "processes killed")
			# KASAN keeps what was freed for a while: only more room is sure to help at once.
			(folder / "memory.max").write_text("max")
			child.go()
			equal(child.listen(), 0, "the next one when there is room")
	genl.look().check_whole()


main()
