# SPDX-License-Identifier: GPL-2.0
"""The netlink interface: filters, counts, refusals, several dumps at once."""

import contextlib
import ctypes
import errno
import functools
import os
import signal
import struct
import threading
import time

import genl
import situations
from ktap import check, equal, main, raises, skip, test

NS_GET_ID = 0x8008b70d


@functools.cache
def some_namespaces():
	"""A small zoo, for as long as these tests run; returns pids by what they are."""
	enter = _zoo.enter_context
	return {
		"container": enter(situations.in_new(*situations.TYPES))[0],
		"pids": enter(situations.nested(["pid"], 2)),
		"net": enter(situations.unshared("net")).pid,
		"pending": enter(situations.unshared("pid", "time")).pid,
		"zombie": enter(situations.zombie()),
		"threads": enter(situations.threads(lambda: situations.unshare("net"), lambda: None)),
	}


def namespaces(graph):
	# ns_id is for ever, so it stays; a count may move while files are open, a node's
	# number is of one answer, and kernel threads in the initial ones come and go.
	return [{k: v for k, v in ns.items() if k not in ("refs", "node")
		 and not (ns["initial"] and k in ("tasks", "procs", "pids"))} for ns in graph.namespaces]


def keep_types(slots, types):
	return {slot: inum for slot, inum in slots.items() if slot.partition("_")[0] in types}


def is_within(graph, kind, inum, ancestor):
	while inum and inum != ancestor:
		inum = graph.ns(kind, inum).get("parent")
	return inum == ancestor


def expect(graph, tid=None, types=None, ns=None, threads=False, details=genl.DETAILS):
	"""What a filtered dump has to hold, from one of everything."""
	chosen = [t for t in graph.tasks if tid in (None, t["tid"])]
	if not threads and tid is None:
		chosen = [t for t in chosen if t["tid"] == t["tgid"]
			  or graph.slots(t["tid"]) != graph.slots(t["tgid"])]
	if ns:
		kind, inum = ns
		chosen = [t for t in chosen if any(
			slot.partition("_")[0] == kind and is_within(graph, kind, at, inum)
			for slot, at in graph.slots(t["tid"]).items())]
	types = types or situations.TYPES
	nodes = graph.namespaces
	if tid:
		reached = set(graph.slots(tid).items())
		reached = {(slot.partition("_")[0], inum) for slot, inum in reached}
		todo = list(reached)
		while todo:
			node = graph.ns(*todo.pop())
			for key, kind in (("owner", "user"), ("parent", node["type"])):
				if key in node and (kind, node[key]) not in reached:
					reached.add((kind, node[key]))
					todo.append((kind, node[key]))
		nodes = [n for n in nodes if (n["type"], n["inum"]) in reached]
	if ns:
		nodes = [n for n in nodes if (n["type"], n["inum"]) == ns]
	return {
		"namespaces": sorted((n["type"], n["inum"]) for n in nodes if n["type"] in types)
			if "namespaces" in details else [],
		"tasks": {t["tid"]: keep_types(graph.slots(t["tid"]), types) for t in chosen}
			if "tasks" in details else {},
	}


def holds(graph):
	return {
		"namespaces": sorted((n["type"], n["inum"]) for n in graph.namespaces),
		"tasks": {t["tid"]: graph.slots(t["tid"]) for t in graph.tasks},
	}


def check_filter(request, **wanted):
	whole, answer = genl.steady({"threads": True}, request)
	whole.check_whole()
	equal(holds(answer), expect(whole, **wanted), f"answer to {request}")
	if "nsproxies" in wanted.get("details", genl.DETAILS):
		used = {t["nsproxy"] for t in answer.tasks if "nsproxy" in t}
		if "tid" in request or "inum" in request:
			equal({n["id"] for n in answer.nsproxies}, used, "nsproxies are those of the tasks")
		else:
			equal(len(answer.nsproxies), len(whole.nsproxies), "number of nsproxies")
	by_inum = {n["inum"]: n for n in whole.namespaces}
	for ns in answer.namespaces:
		for key in ("tasks", "procs", "owner", "parent", "level", "initial", "active", "id"):
			# One task alone does not tell how many others there are.
			if key in ("tasks", "procs") and "tid" in request:
				continue
			equal(ns.get(key), by_inum[ns["inum"]].get(key), f"{key} of {ns['inum']}")
	return answer


@test
def everything():
	some_namespaces()
	check_filter({"threads": True}, threads=True)
	check_filter({})
	answer, whole = genl.steady({}, {"threads": True})
	equal(answer.snapshot["walked"], len(whole.tasks), "tasks walked")


@test("container", "net", "pending", "zombie", "kthread", "thread")
def by_tid(who):
	zoo = some_namespaces()
	tid = {"kthread": 2, "thread": zoo["threads"].said[0]}.get(who) or zoo[who]
	answer = check_filter({"tid": tid}, tid=tid)
	with genl.Socket() as connection:
		equal(connection.task_get(tid).slots(tid), answer.slots(tid), "task-get and graph-get")
	equal(answer.snapshot["walked"], 1, "tasks walked")
	check(all("tasks" not in n for n in answer.namespaces + answer.nsproxies),
	      "what was not counted is absent")


@test(*[("+".join(types), types) for types in
	(["net"], ["pid"], ["user"], ["mnt", "uts"], list(situations.TYPES))])
def by_types(_label, types):
	some_namespaces()
	check_filter({"types": types}, types=types)


@test("net", "pid", "user", "time", "uts")
def by_namespace(kind):
	zoo = some_namespaces()
	pid = zoo["pids"][1] if kind == "pid" else zoo["container"]
	inum = situations.proc_slots(pid)[kind]
	for request in ({"inum": inum}, {"inum": inum, "type": kind}):
		answer = check_filter(request, ns=(kind, inum))
		check(answer.tasks, "somebody is in it")
	check_filter({"inum": inum, "threads": True}, ns=(kind, inum), threads=True)


@test
def by_a_pid_namespace_that_is_pending():
	zoo = some_namespaces()
	inum = genl.look().slots(zoo["pending"])["pid_for_children"]
	answer = check_filter({"inum": inum}, ns=("pid", inum))
	equal([t["tid"] for t in answer.tasks], [zoo["pending"]], "tasks")


@test
def by_the_initial_pid_namespace():
	some_namespaces()
	inum = situations.proc_slots(1)["pid"]
	answer = check_filter({"inum": inum, "threads": True}, ns=("pid", inum), threads=True)
	equal(len(answer.tasks), answer.snapshot["walked"], "all tasks are in it or below")


@test("namespaces", "nsproxies", "tasks")
def by_details(kind):
	some_namespaces()
	whole, answer = genl.steady({}, {"details": [kind]})
	for other in ("namespaces", "nsproxies", "tasks"):
		count = len(getattr(answer, other))
		equal(count, len(getattr(whole, other)) if other == kind else 0, f"number of {other}")
	if kind == "tasks":
		equal([t["tid"] for t in answer.tasks], [t["tid"] for t in whole.tasks], "tids")


@test
def combined():
	zoo = some_namespaces()
	tid = zoo["container"]
	slots = situations.proc_slots(tid)
	check_filter({"tid": tid, "types": ["net", "user"]}, tid=tid, types=["net", "user"])
	check_filter({"inum": slots["net"], "types": ["net", "uts"], "threads": True},
		     ns=("net", slots["net"]), types=["net", "uts"], threads=True)
	check_filter({"inum": slots["net"], "types": ["uts"]}, ns=("net", slots["net"]), types=["uts"])
	check_filter({"tid": tid, "inum": slots["net"]}, tid=tid, ns=("net", slots["net"]))


@test
def ns_get_has_all_that_a_dump_has():
	zoo = some_namespaces()
	with genl.Socket() as connection:
		for pid in (zoo["container"], zoo["pids"][2], 1):
			for kind, inum in situations.proc_slots(pid).items():
				if kind.endswith("_for_children"):
					continue
				expected = namespaces(genl.quiet(inum=inum, details=["namespaces", "every",
										     "facts"]))
				for request in ({"inum": inum}, {"inum": inum, "type": kind}):
					answer = connection.ns_get(**request)
					equal(namespaces(answer), expected, f"{kind}:[{inum}]")
					equal((answer.nsproxies, answer.tasks), ([], []), "nothing else")


@test("leader", "thread", "zombie", "born of a thread", "init", "kthreadd")
def task_get_has_the_task_that_it_is_compared_with(who):
	def do(self):
		"""A child of a thread: its parent is the process, not the thread."""
		def born():
			# The thread stays, or its child would be given to another one.
			self.say(situations.clone3() or situations.block())
			threading.Event().wait()

		threading.Thread(target=born).start()
		threading.Event().wait()

	zoo = some_namespaces()
	with situations.child(do) as parent, genl.Socket() as connection:
		tid, other = {
			"leader": (zoo["net"], os.getpid()),
			"thread": (zoo["threads"].said[0], zoo["threads"].pid),
			"zombie": (zoo["zombie"], os.getpid()),
			"born of a thread": (parent.said, parent.pid),
			"init": (1, None),
			"kthreadd": (2, None),
		}[who]
		answer = connection.task_get(tid)
		answer.check_whole(rising=False)
		equal([task["tid"] for task in answer.tasks], [tid] + [other] * (other is not None), "tasks")
		equal(answer.snapshot["walked"], len(answer.tasks), "tasks walked")
		equal({n["id"] for n in answer.nsproxies}, {t["nsproxy"] for t in answer.tasks if "nsproxy" in t},
		      "nsproxies are those of the tasks")
		whole = genl.look(threads=True)
		for task in answer.tasks:
			equal(answer.slots(task["tid"]), whole.slots(task["tid"]), "slots")
			for key in ("tgid", "ppid", "uid", "comm"):
				equal(task[key], whole.task(task["tid"])[key], f"{key} of {task['tid']}")
			equal(task["ppid"], int(situations.proc_status(task["tid"])["PPid"]), "ppid by /proc")
		os.kill(parent.said, signal.SIGKILL)


@test
def times():
	before = time.clock_gettime_ns(time.CLOCK_BOOTTIME), time.time_ns()
	snapshot = genl.look().snapshot
	after = time.clock_gettime_ns(time.CLOCK_BOOTTIME), time.time_ns()
	check(before[0] < snapshot["boottime_ns"] < after[0], f"boottime_ns: {snapshot}")
	check(before[1] < snapshot["time_ns"] < after[1], f"time_ns: {snapshot}")


# Refusals: what is sent, errno, a part of the message, the attribute it points at.

def raw(name, value=b""):
	return genl.attribute(name, value, raw=True)


def u32(value):
	return struct.pack("I", value)


SENT_BY_KERNEL = genl.C["A_GRAPH_TASK"]
REFUSALS = [
	("an attribute that nobody knows", "GRAPH_GET", raw(100, u32(1)), errno.EINVAL, 100),
	("an attribute of answers", "GRAPH_GET", raw(SENT_BY_KERNEL, u32(1)), errno.EINVAL, SENT_BY_KERNEL),
	("attribute 0", "GRAPH_GET", raw(0, u32(1)), errno.EINVAL, None),
	("a tid that is too short", "GRAPH_GET", raw("tid", b"\1\0"), errno.EINVAL, "tid"),
	("a tid that is too long", "TASK_GET", raw("tid", bytes(8)), errno.EINVAL, "tid"),
	("an empty tid", "TASK_GET", raw("tid"), errno.EINVAL, "tid"),
	("tid 0", "TASK_GET", raw("tid", u32(0)), errno.ERANGE, "tid"),
	("tid 0 in a dump", "GRAPH_GET", raw("tid", u32(0)), errno.ERANGE, "tid"),
	("a flag with a value", "GRAPH_GET", raw("threads", u32(1)), errno.ERANGE, "threads"),
	("no types", "GRAPH_GET", raw("types", u32(0)), errno.ERANGE, "types"),
	("types that are none", "GRAPH_GET", raw("types", u32(1 << len(genl.NS_TYPES))), errno.ERANGE, "types"),
	("no details", "GRAPH_GET", raw("details", u32(0)), errno.ERANGE, "details"),
	("details that are none", "GRAPH_GET", raw("details", u32(2 * max(genl.DETAILS.values()))), errno.ERANGE, "details"),
	("a type that is none", "GRAPH_GET", raw("type", u32(8)) + raw("inum", u32(1)), errno.ERANGE, "type"),
	("inum 0", "GRAPH_GET", raw("inum", u32(0)), errno.ERANGE, "inum"),
	("id 0", "GRAPH_GET", raw("id", bytes(8)), errno.ERANGE, "id"),
	("an id of four bytes", "NS_GET", raw("id", u32(1)), errno.EINVAL, "id"),
	("threads of one task", "TASK_GET", raw("tid", u32(1)) + raw("threads"), errno.EINVAL, "threads"),
	("types of one task", "TASK_GET", raw("tid", u32(1)) + raw("types", u32(1)), errno.EINVAL, "types"),
	("threads of a namespace", "NS_GET", raw("inum", u32(1)) + raw("threads"), errno.EINVAL, "threads"),
	("a type alone", "GRAPH_GET", raw("type", u32(3)), errno.EINVAL, "type"),
	("a second attribute that is wrong", "GRAPH_GET", raw("tid", u32(1)) + raw("types", u32(0)),
	 errno.ERANGE, "types"),
	("bytes after the last attribute", "GRAPH_GET", raw("tid", u32(1)) + b"\1\0\0\0", errno.EINVAL, None),
	("an attribute that ends too late", "TASK_GET", struct.pack("HHI", 200, 1, 1), errno.EINVAL, None),
	("a nested flag on a number", "TASK_GET", raw(0x8000 | genl.C["A_GRAPH_TID"], u32(1)), errno.EINVAL, "tid"),
	("no tid", "TASK_GET", b"", errno.EINVAL, None),
	("no namespace", "NS_GET", b"", errno.EINVAL, None),
	("only a type", "NS_GET", raw("type", u32(3)), errno.EINVAL, None),
	("no such task", "TASK_GET", raw("tid", u32(4194304)), errno.ESRCH, "tid"),
	("no such task in a dump", "GRAPH_GET", raw("tid", u32(4194304)), errno.ESRCH, "tid"),
	("a tid past all", "TASK_GET", raw("tid", u32(0xffffffff)), errno.ESRCH, "tid"),
	("no such inum", "NS_GET", raw("inum", u32(1)), errno.ENOENT, "inum"),
	("no such inum in a dump", "GRAPH_GET", raw("inum", u32(1)), errno.ENOENT, "inum"),
	("no such id", "NS_GET", raw("id", bytes([255] * 7 + [127])), errno.ENOENT, "id"),
]


def said_by_start(command, attrs):
	"""Whether it is the module's own word on a dump, where that cannot point."""
	own = (raw("type", u32(3)), raw("tid", u32(4194304)), raw("inum", u32(1)))
	return command == "GRAPH_GET" and attrs in own and not genl.dumps_point()


@test(*REFUSALS)
def refuses(_label, command, attrs, number, attribute):
	with genl.Socket() as connection:
		error = raises(genl.Refused, connection.raw, command, attrs, command == "GRAPH_GET",
			       what="it is refused")
		equal(errno.errorcode.get(error.errno), errno.errorcode[number], f"errno ({error.message})")
		check(error.message, "there is a message")
		if attribute is not None and not said_by_start(command, attrs):
			wanted = genl.C[f"A_GRAPH_{attribute.upper()}"] if isinstance(attribute, str) else attribute
			equal(error.attribute, wanted, f"the attribute it points at ({error.message})")
		# And the socket is as good as before.
		equal(connection.task_get(1).tasks[0]["tid"], 1, "the next request")


@test
def refuses_a_dump_of_what_is_none_and_the_reverse():
	with genl.Socket() as connection:
		for command, dump in (("TASK_GET", True), ("NS_GET", True), ("GRAPH_GET", False)):
			error = raises(genl.Refused, connection.raw, command, genl.attributes(tid=1)
				       if command != "NS_GET" else b"", dump, what=f"{command} is refused")
			equal(error.errno, errno.EOPNOTSUPP, f"errno of {command}")


@test
def a_namespace_of_another_type_is_refused():
	inum = situations.proc_slots(1)["net"]
	with genl.Socket() as connection:
		for ask in (connection.ns_get, connection.graph_get):
			error = raises(genl.Refused, lambda: ask(inum=inum, type="uts"), what="it is refused")
			if ask == connection.graph_get and not genl.dumps_point():
				equal(error.errno, errno.ENOENT, "errno")
			else:
				equal((error.errno, error.attribute), (errno.ENOENT, genl.C["A_GRAPH_TYPE"]),
				      "errno and attribute")
			check(error.message, "there is a message")


@test
def inum_and_id_have_to_agree():
	graph = genl.look()
	both = [ns for ns in graph.namespaces if "id" in ns]
	if len(both) < 2:
		skip("this kernel has no ns_id")
	with genl.Socket() as connection:
		answer = connection.ns_get(inum=both[0]["inum"], id=both[0]["id"])
		equal(answer.namespaces[0]["inum"], both[0]["inum"], "the namespace that both name")
		error = raises(genl.Refused, lambda: connection.ns_get(inum=both[0]["inum"], id=both[1]["id"]),
			       what="they name two")
		equal(error.errno, errno.ENOENT, "errno")


@test
def ids_are_those_of_the_kernel():
	graph = genl.look()
	ours = situations.proc_slots(os.getpid())
	for kind in situations.TYPES:
		fd = os.open(f"/proc/self/ns/{kind}", os.O_RDONLY)
		number = ctypes.c_uint64()
		result = situations.libc.ioctl(fd, ctypes.c_ulong(NS_GET_ID), ctypes.byref(number))
		os.close(fd)
		seen = graph.ns(kind, ours[kind]).get("id")
		if result < 0:
			equal(seen, None, f"id of {kind} on a kernel without NS_GET_ID")
			continue
		equal(seen, number.value, f"id of {kind}")
		with genl.Socket() as connection:
			equal(connection.ns_get(id=seen).namespaces[0]["inum"], ours[kind], f"{kind} by its id")
		by_id, by_inum = genl.steady({"id": seen}, {"inum": ours[kind]})
		equal(holds(by_id), holds(by_inum), f"members of {kind} by its id")
	major, minor = map(int, os.uname().release.split(".")[:2])
	equal(any("id" in ns for ns in graph.namespaces), (major, minor) >= (6, 18), "this kernel has ids")


@test
def an_id_on_a_kernel_without_is_refused():
	if any("id" in ns for ns in genl.look().namespaces):
		skip("this kernel has ns_id")
	with genl.Socket() as connection:
		for ask in (connection.ns_get, connection.graph_get):
			error = raises(genl.Refused, lambda: ask(id=1), what="it is refused")
			check(error.errno in (errno.ENOENT, errno.EOPNOTSUPP), f"errno: {error}")
			if ask == connection.ns_get or genl.dumps_point():
				equal(error.attribute, genl.C["A_GRAPH_ID"], "attribute")


@test
def two_dumps_at_once():
	with situations.crowd(300), genl.Socket() as one, genl.Socket() as other:
		one.dump_start()
		other.dump_start(threads=True, types=["net"])
		streams = [one.messages(multi=True), other.messages(multi=True)]
		parts = [[], []]
		# In turns, a message each.
		ended = [False, False]
		while not all(ended):
			for i, stream in enumerate(streams):
				part = next(stream, None)
				ended[i] = part is None
				if part is not None:
					parts[i].append(part)
		graphs = [one._collect(parts[0]), other._collect(parts[1])]
		graphs[0].check_whole()
		check(len(graphs[0].tasks) > 300, "all tasks are in the first")
		check(len(graphs[1].tasks) >= len(graphs[0].tasks), "and in the other")
		equal({ns["type"] for ns in graphs[1].namespaces}, {"net"}, "types of the other")


@test
def a_dump_given_up_half_way():
	with situations.crowd(300):
		before = refs()
		for _ in range(10):
			connection = genl.Socket()
			connection.dump_start(threads=True)
			next(connection.messages(multi=True))
			connection.close()
		genl.look().check_whole()
		situations.wait_until(lambda: refs() == before, "dumps let go of the module")


def refs():
	with open("/sys/module/nsinspect/refcnt") as file:
		return int(file.read())


@test
def a_second_request_while_a_dump_is_under_way():
	"""One socket has one dump; another request is refused and does no harm."""
	with situations.crowd(300), genl.Socket() as connection:
		connection.dump_start(threads=True)
		stream = connection.messages(multi=True)
		first = next(stream)
		sequence = connection.sequence
		connection.dump_start()
		connection.sequence = sequence
		rest, busy = [first], False
		try:
			rest += stream
		except Exception:
			busy = True
	genl.look().check_whole()
	check(busy or len(rest) > 300, "it was refused or answered")


@test
def no_kernel_address_in_any_answer():
	zoo = some_namespaces()
	with genl.Socket() as connection:
		graphs = [connection.graph_get(threads=True), connection.task_get(zoo["container"]),
			  connection.ns_get(inum=situations.proc_slots(1)["net"])]
		data = connection.bytes
	# At odd multiples of four the lower half of a clock can be taken for the upper half of one.
	clocks = {value & 0xffffffff for graph in graphs for value in graph.snapshot.values()
		  if isinstance(value, int)}
	# Attributes, and so addresses in them, begin at multiples of four.
	found = [hex(value) for offset in (0, 4) for (value,) in
		 struct.iter_unpack("Q", data[offset:len(data) - (len(data) - offset) % 8])
		 if value >= 0xffff800000000000 and value >> 32 not in clocks]
	equal(found, [], "what looks like a kernel address")


@test
def the_snapshot_node_tells_of_itself():
	before = time.time()
	snapshot = genl.look().snapshot
	after = time.time()
	check(before - 1 <= snapshot["time_ns"] / 1e9 <= after + 1, "time_ns is now")
	check(0 < snapshot["walk_ns"] < (after - before) * 1e9, "walk_ns is less than asking took")
	check(snapshot["bytes"] > 0, "bytes")
	equal(snapshot["release"], os.uname().release, "release")
	equal(snapshot["nodename"], os.uname().nodename, "nodename")


@test
def the_host_name_is_that_of_the_initial_uts_namespace():
	def do(_self):
		situations.unshare("uts")
		situations.call(situations.libc.sethostname, b"elsewhere", 9)
		return genl.look().snapshot["nodename"]

	with situations.child(do) as child:
		equal(child.said, os.uname().nodename, "nodename asked for in another uts namespace")


with contextlib.ExitStack() as _zoo:
	main()
