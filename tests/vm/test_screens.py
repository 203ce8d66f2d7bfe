#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What the tool shows: hostile names, trees of namespaces, screens against JSON."""

import contextlib
import fcntl
import json
import os
import re
import subprocess
import tempfile

import situations
import tool
from ktap import check, contains, equal, main, test

NS_GET_USERNS = 0xb701
NS_GET_PARENT = 0xb702

# A right-to-left override, a zero-width space, a soft hyphen, a tag; all fit in a comm.
HOSTILE = "\u202e\u200b\u00ad\U000e0041x"
HOSTILE_TEXT = r"\xe2\x80\xae\xe2\x80\x8b\xc2\xad\xf3\xa0\x81\x81x"
HOSTILE_JSON = r"\u202e\u200b\u00ad\udb40\udc41x"


def shown(*arguments, **options):
	"""What it prints when it succeeds; that a picture is saved may be said on stderr."""
	result = tool.run(*arguments, **options)
	equal(result.status, 0, f"status of {' '.join(map(str, arguments))} ({result.err.strip()})")
	return result.out


@contextlib.contextmanager
def saved():
	"""A picture in a file, from which every screen shows the same moment."""
	with tempfile.TemporaryDirectory() as folder:
		path = f"{folder}/picture"
		tool.save(path)
		yield path


def related(path, request):
	"""The inode number of the owner or parent of a namespace, as the kernel says it."""
	fd = os.open(path, os.O_RDONLY)
	try:
		other = fcntl.ioctl(fd, request)
	finally:
		os.close(fd)
	try:
		return os.fstat(other).st_ino
	finally:
		os.close(other)


# Names that nobody can see, or that turn the line around.

@contextlib.contextmanager
def hostile():
	"""A task of that name in a network namespace of that name."""
	with contextlib.ExitStack() as stack:
		path = stack.enter_context(situations.netns(HOSTILE))

		def do(_self):
			situations.setns(path)
			situations.set_name(HOSTILE.encode())

		yield stack.enter_context(situations.child(do)).pid


@test("--tree", "--tree --ascii", "task PID", "task --sharers PID", "ns PID/net", "pid PID", "--dot",
      "-t net -o NS,NAME,NSFS", "-t net -o NS,NAME,NSFS --ascii", "-t net -o NS,NAME,NSFS -r")
def hostile_names_are_escaped(line):
	with hostile() as pid:
		out = shown(*line.replace("PID", str(pid)).split())
		for character in HOSTILE[:-1]:
			check(character not in out, f"U+{ord(character):04X} is in the output of {line}")
		escaped = HOSTILE_TEXT.replace("\\", "\\\\") if line == "--dot" else HOSTILE_TEXT
		contains(out.replace("\\x5c", "DOUBLE"), escaped, f"the output of {line}")


@test
def hostile_names_in_json_are_escaped_and_complete():
	with hostile() as pid:
		text = tool.good("--json").out
		for character in HOSTILE[:-1]:
			check(character not in text, f"U+{ord(character):04X} is in JSON")
		contains(text, f'"comm":"{HOSTILE_JSON}"', "JSON")
		graph = tool.parse(text)
		equal(graph.task(pid)["comm"], HOSTILE, "the name that a parser reads")
		net = graph.ns("net", situations.proc_slots(pid)["net"])
		equal((net["name"], net["nsfs"]), (HOSTILE, f"/run/netns/{HOSTILE}"),
		      "names of its network namespace")


@test
def marks_of_letters_stay():
	name = "e\u0301\u0915\u093f"

	with situations.child(lambda _self: situations.set_name(name.encode())) as child:
		contains(shown("--tree"), name, "the tree")
		equal(tool.look().task(child.pid)["comm"], name, "in JSON")


# Trees of namespaces.

def tree(*arguments):
	"""Rows of a tree: (type, inum) and what is above it, None for a root."""
	rows, path = {}, []
	for line in shown("-n", "-o", "NS,TYPE", *arguments).splitlines():
		match = re.match(r"(\D*)(\d+)\s+(\w+)$", line)
		check(match, f"a line of {arguments}: {line!r}")
		depth = len(match[1]) // 2
		node = (match[3], int(match[2]))
		del path[depth:]
		equal(len(path), depth, f"depth of {line!r} in {arguments}")
		check(node not in rows, f"{node} is in {arguments} once")
		rows[node] = path[-1] if path else None
		path.append(node)
	return rows


@test("", "--ascii")
def owners_lead_to_what_was_asked_for(form):
	with situations.nested(["user"], 2) as chain, situations.in_new("user", "net") as (pid, _):
		users = [situations.proc_slots(p)["user"] for p in (os.getpid(), *chain[:2])]
		slots = situations.proc_slots(pid)
		form = form.split()

		rows = tree("-t", "user", "--tree=owner", *form)
		equal([rows["user", inum] for inum in users[1:]], [("user", inum) for inum in users[:-1]],
		      "user namespaces below their owners")
		equal({kind for kind, _ in rows}, {"user"}, "types of -t user")

		rows = tree("-t", "net", "--tree=owner", *form)
		owner = related(f"/proc/{pid}/ns/net", NS_GET_USERNS)
		equal(owner, slots["user"], "who owns it")
		equal(rows["net", slots["net"]], ("user", owner), "what its net namespace is below")
		equal(rows["user", owner], ("user", users[0]), "what that one is below")
		check(("user", users[2]) not in rows, "a user namespace that owns no net namespace")
		equal({kind for kind, _ in rows}, {"user", "net"}, "types of -t net")

		rows = tree("-p", pid, "--tree=owner", *form)
		equal(rows["net", slots["net"]], ("user", owner), "with -p: its net namespace")
		equal(rows["user", owner], ("user", users[0]), "with -p: its user namespace")
		rows = tree("-p", pid, "-t", "net", "--tree=owner", *form)
		equal(set(rows), {("net", slots["net"]), ("user", owner), ("user", users[0])}, "with both")


@test("", "--ascii")
def parents_lead_to_what_was_asked_for(form):
	with situations.nested(["pid"], 2) as chain:
		inums = [situations.proc_slots(p)["pid"] for p in chain]
		equal(related(f"/proc/{chain[2]}/ns/pid", NS_GET_PARENT), inums[1], "its parent")
		rows = tree("-p", chain[2], "-t", "pid", "--tree=parent", *form.split())
		equal(rows, {("pid", inums[0]): None, ("pid", inums[1]): ("pid", inums[0]),
			     ("pid", inums[2]): ("pid", inums[1])}, "the pid namespaces of one task")
		rows = tree("-p", chain[2], "--tree=parent", *form.split())
		equal(rows["pid", inums[2]], ("pid", inums[1]), "among all of its namespaces")
		# Without a tree there is only what was asked for.
		rows = shown("-p", chain[2], "-t", "pid", "-n", "-r", "-o", "NS").split()
		equal(rows, [str(inums[2])], "the list")


@test
def saved_trees_have_ancestors_too():
	with situations.in_new("user", "net") as (pid, _), saved() as path:
		for arguments in (["-t", "net", "--tree=owner"], ["-p", pid, "--tree=owner"]):
			rows = tree("--from", path, *arguments)
			slots = situations.proc_slots(pid)
			equal(rows["net", slots["net"]], ("user", slots["user"]), f"{arguments} of a file")


# The screen of a namespace against its JSON.

def screens_of(text):
	"""Each screen of `ns`: its head, and its lines as (label, text)."""
	screens = []
	for block in text.rstrip("\n").split("\n\n"):
		head, *lines = block.split("\n")
		rows, label = [], None
		for line in lines:
			match = re.match(r"  (.{10}) (.*)$", line)
			check(match, f"a line of the screen: {line!r}")
			label = match[1].strip() or label
			rows.append((label, match[2]))
		screens.append((head, rows))
	return screens


FOUND = {
	"task": "by a task", "pending": "for children", "lineage": "parent or owner",
	"pid": "group or session", "tree": "kernel's list", "net-list": "kernel's list",
	"superblock": "file system", "file": "open file", "own-file": "open file of nsinspect",
	"socket": "socket", "in-flight": "file in flight", "credential": "credentials of a file",
	"link": "device",
}


def number_in(text, pattern):
	return int(re.search(pattern, text)[1])


def extents(extents_of):
	return [f"{e['first']} -> {e['lower_first']} x {e['count']}" for e in extents_of] or ["none"]


def seconds(ns):
	text = f"{abs(ns) // 10 ** 9}.{abs(ns) % 10 ** 9:09}".rstrip("0").rstrip(".")
	return f"{'-' if ns < 0 else '+' if ns else ''}{text} s"


# What the lines of each label say, against the keys of JSON.
FACTS = {
	"found": lambda ns, text: equal(text, ", ".join(dict.fromkeys(FOUND[way] for way in ns["found"])),
					"found in JSON"),
	"creator": lambda ns, text: equal(number_in(text, r"^uid (\d+)"), ns["creator_uid"], "creator"),
	"hostname": lambda ns, text: equal(text, ns["nodename"], "hostname"),
	"domain": lambda ns, text: equal(text, ns["domainname"], "domain name"),
	"SysV": lambda ns, text: equal(
		[int(n) for n in re.findall(r"(\d+) (?:mess|sem|shared)", text)],
		[ns["msg_queues"], ns["sem_sets"], ns["shm_segments"]], "objects of SysV"),
	"monotonic": lambda ns, text: equal(text, seconds(ns["monotonic_ns"]), "monotonic clock"),
	"boottime": lambda ns, text: equal(text, seconds(ns["boottime_ns"]), "clock since boot"),
	"root": lambda ns, text: equal(text, ns["cgroup_root"], "root of cgroups"),
	"reaper": lambda ns, text: equal(None if text == "none" else number_in(text, r"^(\d+)"),
					 ns.get("reaper"), "reaper"),
	"pids": lambda ns, text: equal(number_in(text, r"^(\d+) in use"), ns["pids"], "numbers in use"),
	"owned by": lambda ns, text: equal(
		(number_in(text, r"^uid (\d+)"), number_in(text, r"gid (\d+)$")),
		(ns["owner_uid"], ns["owner_gid"]), "owner"),
	"uid map": lambda ns, text: check(text in extents(ns["uid_map"]), f"{text} in uid_map"),
	"gid map": lambda ns, text: check(text in extents(ns["gid_map"]), f"{text} in gid_map"),
	"setgroups": lambda ns, text: equal(text == "allowed", ns["setgroups"], "setgroups"),
	"nsid": lambda ns, text: equal(int(text), ns["nsid"], "nsid"),
	"devices": lambda ns, text: check(
		re.match(r"[^ :]+", text)[0] in [link["name"] for link in ns["links"]], f"{text} in links"),
}


class Document:
	"""What `ns --json` writes."""

	def __init__(self, text):
		self.graph = tool.parse(text)
		self.first = json.loads(text)["namespaces"]

	def named(self, text):
		"""The namespace that 'net:1 (blue) initial' is, all of that checked."""
		match = re.match(r"(\w+):(\d+)(?: \((.*)\))?( initial)?$", text)
		check(match, f"a namespace on the screen: {text!r}")
		ns = self.graph.ns(match[1], int(match[2]))
		equal((ns.get("name"), ns["initial"]), (match[3], bool(match[4])), f"of {text!r} in JSON")
		return ns

	def sized(self, text):
		"""The namespace that 'net:1 (blue): 2 processes, first 830 nginx' is about."""
		name, size, count, what = re.match(
			r"(.*?): (no task|(\d+) (process|task)(?:e?s)?, first [\d→]+ .*)$", text).groups()
		ns = self.named(name)
		if size == "no task":
			equal((ns["tasks"], ns["procs"]), (0, 0), f"members of {name} in JSON")
		else:
			equal(ns["procs" if what == "process" else "tasks"], int(count), f"size of {name} in JSON")
		return ns

	def check_fact(self, ns, label, text):
		keys = {"id": "id", "level": "level", "refs": "refs"}
		if label in keys:
			equal(ns.get(keys[label]), int(text), f"{label} in JSON")
		elif label in FACTS:
			FACTS[label](ns, text)
		elif label == "active":
			equal(ns["active"], text == "yes", "active in JSON")
		elif label == "mounted at":
			equal(ns["nsfs"], text, "nsfs in JSON")
		elif label in ("owner", "parent"):
			equal(self.named(text)["inum"], ns[label], f"{label} in JSON")
		elif label == "children":
			equal(self.sized(text)["parent"], ns["inum"], "parent of a child in JSON")
		elif label == "owned":
			equal(self.sized(text)["owner"], ns["inum"], "owner of what is owned in JSON")
		elif label == "first":
			self.check_member(ns, "first", text)
		elif label == "tasks":
			tasks, procs = re.match(r"(\d+), in (\d+) process(?:es)?$", text).groups()
			equal((ns["tasks"], ns["procs"]), (int(tasks), int(procs)), "members in JSON")
		else:
			self.check_member(ns, label, text)

	def check_member(self, ns, label, text):
		slot = {"members": "", "pending": "_for_children", "parents": "_for_children", "first": ""}[label]
		numbers, comm, leader, reaper = re.match(
			r"([\d→]+) (.*?)(?: \(thread of (\d+)[^)]*\))?( \(child reaper\))?$", text).groups()
		numbers = [int(number) for number in numbers.split("→")]
		task = self.graph.task(numbers[0])
		equal([pid["nr"] for pid in task["pids"]], numbers, f"numbers of {numbers[0]} in JSON")
		in_it = [pid["nr"] for pid in task["pids"] if pid["pidns"] == ns["inum"]]
		equal(bool(reaper), label == "members" and ns["type"] == "pid" and in_it == [1],
		      f"child reaper, {numbers[0]} of {ns['type']}:[{ns['inum']}]")
		equal(task["comm"], comm, f"name of {numbers[0]} in JSON")
		equal(task["tgid"], int(leader or numbers[0]), f"leader of {numbers[0]} in JSON")
		equal(self.graph.slots(numbers[0])[ns["type"] + slot], ns["inum"],
		      f"{ns['type']}{slot} of {numbers[0]} in JSON")


@test
def ns_json_holds_all_that_ns_shows():
	def thread():
		situations.unshare("net")
		situations.set_name(b"thread")

	with contextlib.ExitStack() as stack:
		enter = stack.enter_context
		blue = enter(situations.netns("blue"))
		nets = [enter(situations.child(lambda _self: situations.setns(blue))).pid,
			enter(situations.threads(thread)).said[0]]
		pid, parent = enter(situations.in_new("user", "pid", "time", "net"))
		chain = enter(situations.nested(["user", "pid"], 2))
		pending = enter(situations.unshared("pid", "time")).pid
		specs = [f"{nets[0]}/net", f"{nets[1]}/net", f"{pending}/pid_for_children",
			 f"{pending}/time_for_children", f"{chain[1]}/pid", f"{chain[1]}/user"]
		specs += [f"{pid}/{slot}" for slot in situations.proc_slots(pid)]
		specs += [f"{parent}/pid_for_children", *(f"1/{kind}" for kind in situations.TYPES)]
		path = enter(saved())

		seen = set()
		for spec in specs:
			document = Document(shown("--from", path, "ns", spec, "--json"))
			(head, rows), = screens_of(shown("--from", path, "ns", spec, "-u"))
			ns = document.named(head)
			equal((document.first[0]["type"], document.first[0]["inum"]), (ns["type"], ns["inum"]),
			      f"the first namespace in JSON of {spec}")
			for label, text in rows:
				document.check_fact(ns, label, text)
			seen.update(label for label, _ in rows)
		check({"active", "level", "refs", "mounted at", "owner", "parent", "children", "owned", "tasks",
		       "members", "parents", "pending", "first"} <= seen, f"labels that were compared: {sorted(seen)}")


# JSON of everything.

@test
def json_has_nodes_mounts_and_what_the_picture_rests_on():
	with situations.netns("blue") as path:
		document = json.loads(tool.good("--json").out)
		nodes = [ns["node"] for ns in document["namespaces"]]
		equal(sorted(nodes), sorted(set(nodes)), "nodes are unique")
		check(min(nodes) >= 1, "nodes begin at 1")
		snapshot = document["snapshot"]
		equal(snapshot["watch"], "on", "watch")
		check(isinstance(snapshot["consistent"], bool), "consistent is known")
		for key in ("generation_begin", "generation", "load", "boottime_ns"):
			check(type(snapshot[key]) is int, f"{key} is a number: {snapshot[key]}")
		check(snapshot["generation_begin"] <= snapshot["generation"], "generations")
		check(snapshot["load"] < snapshot["boottime_ns"], "the module was loaded before")

		def join(_self):
			situations.setns(path)

		with situations.child(join) as child:
			inum = situations.proc_slots(child.pid)["net"]
			equal(tool.look().ns("net", inum)["nsfs"], path, "nsfs of all")
			equal(tool.look("-t", "net").ns("net", inum)["nsfs"], path, "nsfs of a type")


@test
def json_does_not_know_without_probes():
	switch = "/sys/kernel/debug/kprobes/enabled"

	def set_to(value):
		with open(switch, "w") as file:
			file.write(value)

	set_to("0")
	try:
		result = tool.run("--json")
	finally:
		set_to("1")
	equal(result.status, 0, "status")
	snapshot = json.loads(result.out)["snapshot"]
	equal((snapshot["consistent"], snapshot["watch"]), (None, "off"), "what is known")


# The library that draws tables.

@test
def only_tables_need_libsmartcols():
	with tempfile.TemporaryDirectory() as folder:
		with open(f"{folder}/libsmartcols.so.1", "w") as file:
			file.write("no library")
		env = {"LD_LIBRARY_PATH": folder}
		for arguments in (["--tree"], ["--json"], ["--dot"], ["task", 1], ["ns", "1/net"], ["pid", 1],
				  ["-H"], ["-h"], ["--save", f"{folder}/picture"]):
			tool.good(*arguments, env=env)
		for arguments in ([], ["--tree=owner"], ["--tree=parent"], ["-r", "-n"],
				  ["--from", f"{folder}/picture", "-n", "-r"]):
			line = tool.refused(1, *arguments, env=env)
			contains(line, "cannot load libsmartcols.so.1", f"the line of {arguments}")
			contains(line, "install libsmartcols1", f"the line of {arguments}")
		tool.good()
		# What is not there when it starts is loaded by nobody.
		needed = subprocess.run(["ldd", tool.PATH], stdout=subprocess.PIPE, text=True, check=True)
		check("libsmartcols" not in needed.stdout, "it is not linked")


main()
