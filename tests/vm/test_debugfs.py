# SPDX-License-Identifier: GPL-2.0
"""The text files: their columns, their graph, reading and writing in odd ways."""

import contextlib
import errno
import os
import re
import stat

import debugfs
import genl
import situations
from ktap import check, equal, fail, main, raises, test


@contextlib.contextmanager
def some_namespaces():
	with contextlib.ExitStack() as stack:
		for situation in (situations.in_new(*situations.TYPES), situations.nested(["pid"], 2),
				  situations.zombie(), situations.threads(lambda: situations.unshare("net")),
				  situations.unshared("pid", "time")):
			stack.enter_context(situation)
		yield


@test
def modes_and_owners():
	names = set(os.listdir(debugfs.FOLDER)) - {"hooks"}
	equal({name: oct(stat.S_IMODE(os.stat(f"{debugfs.FOLDER}/{name}").st_mode)) for name in names},
	      {**dict.fromkeys(["tasks", "nsproxies", "namespaces", "links", "counters", "graph.dot",
				       "stats"], "0o400"),
	       "task": "0o600"}, "files and their modes")
	equal(os.path.exists(f"{debugfs.FOLDER}/hooks"), situations.has_debug_kernel(),
	      "hooks are in the debug guest's build and nowhere else")
	for name in names:
		equal(os.stat(f"{debugfs.FOLDER}/{name}").st_uid, 0, f"owner of {name}")


def without(nodes, *keys):
	return [{key: value for key, value in node.items() if key not in keys} for node in nodes]


# What the files are of.
FILES = ["namespaces", "nsproxies", "tasks", "every"]


def steady(look):
	"""What look() gave while nothing changed, kernel threads included, with netlink's graph."""
	for _ in range(20):
		before = genl.look(threads=True, details=FILES)
		result = look()
		after = genl.look(threads=True, details=FILES)
		if (before.snapshot["generation"] == after.snapshot["generation"]
		    and [task["tid"] for task in before.tasks] == [task["tid"] for task in after.tasks]):
			return result, after
	fail("tasks or namespaces keep changing")


@test
def namespaces_as_netlink_has_them():
	with some_namespaces():
		rows, graph = steady(lambda: debugfs.look().namespaces)
		key = lambda ns: ns["inum"]
		# Files may be of fewer kinds of node, so that the order is another.
		equal(sorted(without(rows, "refs", "node"), key=key),
		      sorted(without(graph.namespaces, "refs", "node", "found"), key=key), "rows")
		equal([row["node"] for row in rows], list(range(1, len(rows) + 1)), "nodes")


@test
def nsproxies_as_netlink_has_them():
	with some_namespaces():
		rows, graph = steady(lambda: debugfs.look().nsproxies)
		key = lambda nsproxy: sorted(nsproxy["ns"].items())
		equal(sorted(without(rows, "id"), key=key),
		      sorted(without(graph.nsproxies, "id"), key=key), "rows")
		equal([row["id"] for row in rows], list(range(1, len(rows) + 1)), "ids")


@test
def tasks_as_netlink_has_them():
	with some_namespaces():
		rows, graph = steady(lambda: debugfs.look().tasks)
		seen = {t["tid"]: (t["tgid"], t["ppid"], t["uid"], t["kthread"], t["nrs"], t["pid"],
				   t["user"], "nsproxy" in t) for t in rows}
		equal(seen, {t["tid"]: (t["tgid"], t["ppid"], t["uid"], t["kthread"],
					[p["nr"] for p in t["pids"]], t["pid"], t["user"], "nsproxy" in t)
			     for t in graph.tasks}, "rows")


@test
def columns_are_aligned():
	"""Each column begins where its heading does, as long as nothing is too wide."""
	with some_namespaces():
		for name in ("namespaces", "nsproxies"):
			header, *lines = debugfs.read(name).rstrip("\n").split("\n")
			starts = [match.start() for match in re.finditer(r"\S+", header)]
			for line in lines:
				equal([match.start() for match in re.finditer(r"\S+", line)], starts,
				      f"columns of {name}: {line!r}")


@test
def stats_count():
	before = debugfs.stats()
	genl.look()
	with genl.Socket() as connection:
		connection.task_get(1)
		try:
			connection.task_get(4194304)
		except genl.Refused:
			pass
	after = debugfs.stats()
	equal(after["snapshots"] - before["snapshots"], 2, "snapshots")
	equal(after["failed"] - before["failed"], 1, "failed")
	check(after["tasks"] - before["tasks"] > 40, "tasks")
	check(after["steps"] - before["steps"] >= 3, "steps")
	check(after["last_ns"] > 0 and after["last_bytes"] > 0, "last_ns and last_bytes")
	check(set(before) == set(after), "lines")


# The file `task`.

@contextlib.contextmanager
def task_file():
	fd = os.open(f"{debugfs.FOLDER}/task", os.O_RDWR)
	try:
		yield fd
	finally:
		os.close(fd)


@test
def task_is_empty_until_asked():
	with task_file() as fd:
		equal(os.read(fd, 4096), b"", "what is read")


@test
def task_answers_on_the_same_file():
	with some_namespaces(), situations.unshared("net", "uts") as child, task_file() as fd:
		os.write(fd, b"%d\n" % child.pid)
		task, slots, namespaces = debugfs.task_parts(debugfs.read_all(fd).decode())
		equal(task["tid"], child.pid, "tid")
		equal(slots, situations.proc_slots(child.pid), "slots")
		with genl.Socket() as connection:
			graph = connection.task_get(child.pid)
		found = {ns["inum"]: ns for ns in without(graph.namespaces, "refs", "node", "found")}
		for ns in without(namespaces, "refs", "node"):
			equal(ns, found[ns["inum"]], "a namespace of its")


@test
def task_twice_on_one_file():
	with situations.unshared("net") as one, situations.unshared("uts") as other, task_file() as fd:
		for pid in (one.pid, other.pid, one.pid):
			os.write(fd, b"%d" % pid)
			task, slots, _ = debugfs.task_parts(debugfs.read_all(fd).decode())
			equal((task["tid"], slots), (pid, situations.proc_slots(pid)), "tid and slots")


@test
def task_again_before_all_was_read():
	with situations.unshared("net") as one, situations.unshared("uts") as other, task_file() as fd:
		os.write(fd, b"%d" % one.pid)
		os.read(fd, 10)
		os.write(fd, b"%d" % other.pid)
		equal(debugfs.task_parts(debugfs.read_all(fd).decode())[0]["tid"], other.pid, "tid")


@test
def task_keeps_its_answer():
	"""It is a picture: what happens later is not in it."""
	with situations.child() as child, task_file() as fd:
		os.write(fd, b"%d" % child.pid)
		first = debugfs.read_all(fd)
		os.kill(child.pid, 9)
		situations.wait_until(lambda: situations.state(child.pid) == "Z", "it ended")
		os.lseek(fd, 0, os.SEEK_SET)
		equal(debugfs.read_all(fd), first, "what is read again")


@test
def two_files_do_not_mix():
	with situations.child() as child, task_file() as one, task_file() as other:
		os.write(one, b"1")
		os.write(other, b"%d" % child.pid)
		equal(debugfs.task_parts(debugfs.read_all(one).decode())[0]["tid"], 1, "of the one")
		equal(debugfs.task_parts(debugfs.read_all(other).decode())[0]["tid"], child.pid, "of the other")


@test(("letters", b"abc", errno.EINVAL), ("nothing", b"", errno.EINVAL), ("a newline", b"\n", errno.EINVAL),
      ("zero", b"0", errno.EINVAL), ("a negative number", b"-1", errno.EINVAL),
      ("a fraction", b"1.5", errno.EINVAL), ("two numbers", b"1 2", errno.EINVAL),
      ("hexadecimal", b"0x1", errno.EINVAL), ("a NUL", b"\0", errno.EINVAL),
      ("too large", b"99999999999", (errno.ERANGE, errno.EINVAL)),
      ("very long", b"1" * 5000, (errno.ERANGE, errno.EINVAL)),
      ("nobody's number", b"4194304", errno.ESRCH), ("the largest int", b"2147483647", errno.ESRCH))
def task_refuses(_label, what, expected):
	with task_file() as fd:
		try:
			os.write(fd, what)
			got = 0
		except OSError as error:
			got = error.errno
		wanted = expected if isinstance(expected, tuple) else (expected,)
		check(got in wanted, f"errno {errno.errorcode.get(got, got)}, expected one of "
		      f"{[errno.errorcode.get(e, e) for e in wanted]}")
		equal(os.read(fd, 4096), b"", "nothing is read then")
		os.write(fd, b"1")
		equal(debugfs.task_parts(debugfs.read_all(fd).decode())[0]["tid"], 1, "the next one")


@test
def others_cannot_be_written():
	for name in ("tasks", "nsproxies", "namespaces", "graph.dot", "stats"):
		try:
			fd = os.open(f"{debugfs.FOLDER}/{name}", os.O_RDWR)
		except OSError as error:
			check(error.errno in (errno.EACCES, errno.EPERM), f"errno of opening {name}")
			continue
		try:
			error = raises(OSError, os.write, fd, b"1", what=f"{name} cannot be written")
			check(error.errno in (errno.EINVAL, errno.EBADF), f"errno of writing {name}: {error}")
		finally:
			os.close(fd)


# Reading in odd ways.

@test("tasks", "nsproxies", "namespaces", "graph.dot")
def chunks_of_any_size(name):
	"""One open file is one picture, however it is read."""
	fd = os.open(f"{debugfs.FOLDER}/{name}", os.O_RDONLY)
	try:
		whole = debugfs.read_all(fd)
		for chunk in (1, 7, 61, 4095, 4097):
			os.lseek(fd, 0, os.SEEK_SET)
			# The first and last part do where each byte takes a system call.
			limit = 3000 if chunk < 61 else len(whole)
			data = b""
			while len(data) < limit:
				part = os.read(fd, chunk)
				if not part:
					break
				check(len(part) <= chunk, "no more is read than was asked for")
				data += part
			equal(data, whole[:len(data)], f"in chunks of {chunk}")
			check(len(data) >= min(limit, len(whole)), f"all of it in chunks of {chunk}")
		for offset in (1, 100, len(whole) // 2, len(whole) - 1, len(whole)):
			os.lseek(fd, offset, os.SEEK_SET)
			equal(debugfs.read_all(fd), whole[offset:], f"from byte {offset} on")
			equal(os.pread(fd, 50, offset), whole[offset:offset + 50], f"50 bytes at {offset}")
	finally:
		os.close(fd)


@test
def an_open_file_is_one_picture():
	fd = os.open(f"{debugfs.FOLDER}/tasks", os.O_RDONLY)
	try:
		first = debugfs.read_all(fd)
		with situations.child() as child:
			os.lseek(fd, 0, os.SEEK_SET)
			equal(debugfs.read_all(fd), first, "what is read again")
			check(f"\n{child.pid} " in debugfs.read("tasks"), "a file opened later has it")
	finally:
		os.close(fd)


@test
def no_kernel_address_in_any_file():
	with some_namespaces():
		for name in ("tasks", "nsproxies", "namespaces", "graph.dot", "stats"):
			equal(re.findall(r"\b(?:0x)?ffff[89a-f][0-9a-f]{11}\b", debugfs.read(name)), [], name)


# graph.dot, taken apart by the grammar of DOT as far as it goes here.

TOKEN = re.compile(r'\s*(?:(->|--|[{}\[\];,=])|([A-Za-z_\x80-\xff][\w\x80-\xff]*|-?(?:\.\d+|\d+(?:\.\d*)?))'
		   r'|"((?:[^"\\]|\\.)*)")', re.S)


def tokens(text):
	at = 0
	text = text.rstrip()
	while at < len(text):
		match = TOKEN.match(text, at)
		check(match, f"graph.dot: no token at {text[at:at + 60]!r}")
		at = match.end()
		yield match[1] or "id", match[2] if match[2] is not None else match[3]


def parse_dot(text):
	"""Nodes with their attributes and edges of a digraph."""
	stream = list(tokens(text))
	nodes, edges = {}, []

	def take(kind):
		check(stream, f"graph.dot ends where {kind!r} has to come")
		got, value = stream.pop(0)
		equal(got, kind, f"graph.dot: token before {stream[:3]}")
		return value

	def attributes():
		found = {}
		while stream and stream[0][0] == "[":
			take("[")
			while stream[0][0] != "]":
				name = take("id")
				take("=")
				found[name] = take("id")
				if stream[0][0] in ",;":
					take(stream[0][0])
			take("]")
		return found

	equal(take("id"), "digraph", "graph.dot begins")
	take("id")
	take("{")
	while stream[0][0] != "}":
		name = take("id")
		if stream[0][0] == "=":
			take("=")
			take("id")
		elif stream[0][0] == "->":
			take("->")
			target = take("id")
			edges.append((name, target, attributes().get("label")))
		elif name not in ("node", "edge", "graph"):
			check(name not in nodes, f"graph.dot has {name} twice")
			nodes[name] = attributes()
		else:
			attributes()
		if stream[0][0] == ";":
			take(";")
	take("}")
	equal(stream, [], "after the graph")
	return nodes, edges


@test
def the_graph_is_dot_and_whole():
	with some_namespaces(), situations.child(lambda _self: situations.set_name(b'"];}\\n{-> "')) as odd:
		(nodes, edges), graph = steady(lambda: parse_dot(debugfs.read("graph.dot")))
		for source, target, _ in edges:
			check(source in nodes and target in nodes, f"both ends of {source} -> {target}")
		equal(len(nodes), len(graph.namespaces) + len(graph.nsproxies) + len(graph.tasks), "nodes")
		name_of = {attributes["label"]: name for name, attributes in nodes.items()}
		for ns in graph.namespaces:
			check(f"{ns['type']}:[{ns['inum']}]" in name_of, f"a node for {ns}")
		owners = {(s, t) for s, t, label in edges if label in ("owner", "parent")}
		for ns in graph.namespaces:
			for key, kind in (("owner", "user"), ("parent", ns["type"])):
				if key in ns:
					check((name_of[f"{ns['type']}:[{ns['inum']}]"], name_of[f"{kind}:[{ns[key]}]"])
					      in owners, f"{key} of {ns}")
		of_tasks = {}
		for source, target, label in edges:
			if source.startswith("task"):
				of_tasks.setdefault(source, set()).add(target)
		with_nsproxy = {f"task{t['tid']}" for t in graph.tasks if "nsproxy" in t}
		equal({task for task, targets in of_tasks.items()
		       if any(target.startswith("nsproxy") for target in targets)}, with_nsproxy,
		      "tasks with an nsproxy")
		check(f"task{odd.pid}" in nodes, "a task with an odd name")


main()
