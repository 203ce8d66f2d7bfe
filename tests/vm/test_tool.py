# SPDX-License-Identifier: GPL-2.0
"""The tool as its users and their scripts know it."""

import contextlib
import json
import os
import re
import subprocess
import tempfile

import genl
import situations
import tool
from ktap import check, contains, equal, main, test

COLUMNS = ("NS", "TYPE", "PATH", "NPROCS", "PID", "PPID", "COMMAND", "UID", "USER", "NETNSID", "NSFS",
	   "PNS", "ONS")
NUMBER, TEXT, BOOL = (int,), (str,), (bool,)
NOTHING = (type(None),)
SCHEMA = {
	"host": {"nodename": TEXT, "release": TEXT, "boot_id": TEXT},
	"snapshot": {"time_ns": NUMBER, "generation": NUMBER, "consistent": BOOL},
	"namespaces": {"type": TEXT, "inum": NUMBER, "id": NUMBER + NOTHING, "initial": BOOL,
		       "active": BOOL + NOTHING, "owner": NUMBER + NOTHING, "parent": NUMBER + NOTHING,
		       "level": NUMBER + NOTHING, "refs": NUMBER + NOTHING, "tasks": NUMBER + NOTHING},
	"nsproxies": {"id": NUMBER, "refs": NUMBER, "tasks": NUMBER + NOTHING},
	"nsproxies.ns": {slot: NUMBER + NOTHING for slot in
			 ("cgroup", "ipc", "mnt", "net", "pid_for_children", "time", "time_for_children", "uts")},
	"tasks": {"tid": NUMBER, "tgid": NUMBER, "ppid": NUMBER, "comm": TEXT, "state": TEXT,
		  "kthread": BOOL, "uid": NUMBER, "nsproxy": NUMBER + NOTHING, "user": NUMBER,
		  "pid": NUMBER},
	"tasks.pids": {"nr": NUMBER, "pidns": NUMBER, "level": NUMBER},
}


def check_keys(node, name):
	for key, kinds in SCHEMA[name].items():
		check(key in node, f"{name} has no key {key}: {node}")
		check(type(node[key]) in kinds, f"{name}.{key} is {node[key]!r}")


def check_schema(text):
	document = json.loads(text)
	equal(document["schema"], "nsinspect/1", "schema")
	check_keys(document["host"], "host")
	check_keys(document["snapshot"], "snapshot")
	for key in ("namespaces", "nsproxies", "tasks"):
		for node in document[key]:
			check_keys(node, key)
	for nsproxy in document["nsproxies"]:
		check_keys(nsproxy["ns"], "nsproxies.ns")
	for task in document["tasks"]:
		check(task["pids"], f"pids of {task['tid']}")
		for pid in task["pids"]:
			check_keys(pid, "tasks.pids")
	return document


@contextlib.contextmanager
def some_namespaces():
	with contextlib.ExitStack() as stack:
		for situation in (situations.in_new(*situations.TYPES), situations.zombie(),
				  situations.threads(lambda: situations.unshare("net"), lambda: None)):
			stack.enter_context(situation)
		yield


@test
def json_has_every_key_of_the_schema():
	with some_namespaces():
		document = check_schema(tool.good("--json").out)
		with open("/proc/sys/kernel/random/boot_id") as file:
			equal(document["host"]["boot_id"], file.read().strip(), "boot_id")
		equal(document["host"]["release"], os.uname().release, "release")
		check(document["tasks"] and document["nsproxies"] and document["namespaces"], "nodes")
		# Only a look at all tasks can tell how many there are.
		for node in document["namespaces"] + document["nsproxies"]:
			check(type(node["tasks"]) is int, f"tasks of {node}")
		check_schema(tool.good("--json", "task", os.getpid()).out)
		check_schema(tool.good("--json", "ns", "1/net").out)
		check_schema(tool.good("--json", "pid", os.getpid()).out)


@test
def json_is_what_netlink_says():
	with some_namespaces():
		ours = tool.look("--threads")
		theirs = genl.look(threads=True)
		if ours.snapshot["generation"] == theirs.snapshot["generation"]:
			pick = lambda graph: {(ns["type"], ns["inum"]): ns.get("owner") for ns in graph.namespaces}
			equal(pick(ours), pick(theirs), "owners")
		for task in theirs.tasks:
			if ours.has_task(task["tid"]):
				equal(ours.slots(task["tid"]), theirs.slots(task["tid"]), f"slots of {task['tid']}")


# Exit statuses.

@test
def status_0():
	for arguments in ((), ("--tree",), ("--tree=owner",), ("--tree=parent",), ("--json",), ("--dot",),
			  ("task", 1), ("ns", "1/net"), ("pid", 1), ("-V",), ("-h",), ("-H",)):
		check(tool.good(*arguments).out, f"{arguments} prints something")


WRONG = (["--nonsense"], ["-x"], ["nonsense"], ["task"], ["task", "x"], ["task", "0"], ["task", "-1"],
	 ["task", "99999999999999999999"], ["ns"], ["ns", "x"], ["ns", "net:[x]"], ["ns", "nonsense:[1]"],
	 ["ns", "net:[4026531840"], ["ns", "1/nonsense"], ["ns", "/etc/passwd"], ["pid"],
	 ["pid", "1", "2"], ["pid", "x"], ["pid", "1", "--in"], ["pid", "1", "--in", "1/net"],
	 ["--type", "nonsense"], ["--type", "net,"], ["--type", ""], ["--task", "x"], ["--tree=nonsense"],
	 ["--color=nonsense"], ["-o", "NONSENSE"], ["-o", "NS,,TYPE"], ["--json", "--tree"],
	 ["--json", "--dot"], ["--save", "/tmp/x", "--from", "/tmp/x"], ["--json", "-o", "NS"],
	 ["task", "1", "--type", "net"], ["--in", "1/pid"])


@test
def status_2_wrong_usage():
	for arguments in WRONG:
		tool.refused(2, *arguments)


@test(("task", "task", 4194304), ("namespace", "ns", "net:[1]"), ("number", "ns", "1"),
      ("slot of no task", "ns", "4194304/net"), ("path", "ns", "/run/netns/nonsense"),
      ("pid", "pid", 4194304), ("pid in a namespace", "pid", 99, "--in", "HERE"), ("filter", "--task", 4194304),
      ("wrong type", "ns", "uts:[NET]"))
def status_3_no_such(_label, *arguments):
	net = situations.proc_slots(1)["net"]
	with situations.nested(["pid"], 1) as chain:
		arguments = [str(a).replace("HERE", f"{chain[1]}/pid").replace("NET", str(net))
			     for a in arguments]
		tool.refused(3, *arguments)


@test
def status_3_of_a_zombies_slot():
	with situations.zombie() as pid:
		contains(tool.refused(3, "ns", f"{pid}/net"), "exiting", "the line")
		contains(tool.good("ns", f"{pid}/user").out, "user:[", "what it still has")


@test
def one_of_several_is_missing():
	"""What there is is shown, and the status tells of the other."""
	result = tool.run("task", 4194304, 1)
	equal(result.status, 3, "status")
	contains(result.out, "task 1 ", "the other")
	equal(len(result.err.splitlines()), 1, "lines on stderr")


# Output that cannot be written.

FORMS = ([], ["--tree"], ["--json"], ["--dot"], ["-H"], ["-h"], ["task", "1"])


@test
def a_full_disk():
	for form in FORMS:
		with open("/dev/full", "w") as full:
			contains(tool.refused(1, *form, stdout=full), "cannot write the output", f"the line of {form}")


@test
def a_closed_pipe():
	for form in FORMS:
		out, back = os.pipe()
		os.close(out)
		with os.fdopen(back, "w") as closed:
			contains(tool.refused(1, *form, stdout=closed), "cannot write the output", f"the line of {form}")


@test
def stdout_that_is_not_open():
	for form in ([], ["--json"]):
		ended = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", tool.PATH, *form],
				       stderr=subprocess.PIPE, text=True, check=False)
		equal((ended.returncode, len(ended.stderr.splitlines())), (1, 1), f"{form}: {ended.stderr}")


# Pictures in files.

@test
def saved_and_drawn_later():
	with tempfile.TemporaryDirectory() as folder, some_namespaces(), situations.netns("saved"):
		path = f"{folder}/picture"
		equal(tool.good("--save", path).out, "", "--save alone draws nothing")
		equal(oct(os.stat(path).st_mode & 0o777), "0o600", "mode of the file")
		first = tool.good("--from", path, "--json", "--threads").out
		equal(tool.good("--from", path, "--json", "--threads").out, first, "the same twice")
		check_schema(first)
		# What is drawn along with saving is that picture too.
		drawn = tool.good("--save", path, "--json", "--threads").out
		equal(tool.good("--from", path, "--json", "--threads").out, drawn, "drawn now and later")
		# Command lines are not kept: only what the kernel said, and names.
		for form in (["--tree"], ["--tree=owner", "-o", "NS,TYPE,PID,NAME"], ["--dot"], ["-n", "-o", "NS,TYPE,NPROCS,PID,USER"],
			     ["--json", "-t", "net"], ["--json"]):
			now = tool.good("--save", path, *form).out
			equal(tool.good("--from", path, *form).out, now, f"{form} now and later")
		for form in (["task", 1], ["ns", "1/net"], ["pid", 1], ["--json", "task", 1, 2]):
			check(tool.good("--from", path, *form).out, f"{form} from a file")


@test
def saved_pictures_need_no_rights():
	with tempfile.TemporaryDirectory() as folder:
		path = f"{folder}/picture"
		expected = tool.good("--save", path, "--json").out
		os.chmod(folder, 0o755)
		os.chmod(path, 0o644)

		def do(_self):
			os.setgroups([])
			os.setresgid(65534, 65534, 65534)
			os.setresuid(65534, 65534, 65534)
			return tool.good("--from", path, "--json").out

		with situations.child(do) as child:
			equal(child.said, expected, "as nobody")


@test
def files_that_are_no_pictures():
	with tempfile.TemporaryDirectory() as folder:
		path = f"{folder}/picture"
		tool.good("--save", path)
		with open(path, "rb") as file:
			whole = file.read()
		for cut in (0, 1, 12, 16, 40, len(whole) // 2, len(whole) - 1):
			with open(path, "wb") as file:
				file.write(whole[:cut])
			tool.refused(1, "--from", path, "--json")
		with open(path, "wb") as file:
			file.write(b"x" + whole[1:])
		tool.refused(1, "--from", path)
		for name in ("/nonexistent", folder, "/dev/null", "/etc/passwd"):
			tool.refused(1, "--from", name)
		tool.refused(1, "--save", f"{folder}/no/such/folder")
		tool.refused(1, "--save", "/dev/full")
		equal(os.listdir(folder), ["picture"], "nothing is left behind")


# Tables.

@test
def columns_of_lsns():
	listed = tool.good("-H").out
	for column in COLUMNS:
		check(re.search(rf"^ *{column}  ", listed, re.M), f"-H lists {column}")
	header = tool.good().out.splitlines()[0].split()
	equal(header, ["NS", "TYPE", "NPROCS", "PID", "USER", "COMMAND"], "columns by default")
	equal(tool.good("-t", "net").out.splitlines()[0].split(),
	      ["NS", "TYPE", "NPROCS", "PID", "USER", "NETNSID", "NSFS", "COMMAND"], "columns of net")
	everything = ",".join(re.findall(r"^ *([A-Z]+)  ", listed, re.M))
	equal(tool.good("-o", everything).out.splitlines()[0].split(), everything.split(","), "all columns")


@test
def output_options():
	plain = tool.good("-o", "NS,TYPE").out.splitlines()
	equal(plain[0].split(), ["NS", "TYPE"], "heading")
	equal([l.split() for l in tool.good("-n", "-o", "NS,TYPE").out.splitlines()],
	      [l.split() for l in plain[1:]], "without heading")
	raw = tool.good("-r", "-n", "-o", "NS,TYPE").out.splitlines()
	equal(raw, [" ".join(l.split()) for l in plain[1:]], "raw")
	equal(tool.good("-o", "+LEVEL").out.splitlines()[0].split()[-1], "LEVEL", "a column more")
	equal(tool.good("-n", "-r", "-o", "ns,type").out.splitlines(), raw, "lower case")


@test
def filters_of_the_list():
	with situations.unshared("net", "uts") as child:
		slots = situations.proc_slots(child.pid)
		rows = tool.good("-n", "-r", "-o", "NS,TYPE", "-p", child.pid).out.splitlines()
		expected = {f"{inum} {slot}" for slot, inum in slots.items() if not slot.endswith("_children")}
		equal(set(rows), expected, "namespaces of one task")
		equal(len(rows), len(expected), "each once")
		for types in ("net", "net,uts", "uts,net,pid"):
			rows = tool.good("-n", "-r", "-o", "TYPE", "-t", types).out.split()
			equal(set(rows), set(types.split(",")), f"types of -t {types}")
		graph = tool.look("-t", "net")
		equal({ns["type"] for ns in graph.namespaces}, {"net"}, "types in JSON")


# How namespaces are named.

@test(*situations.TYPES)
def specs_of(kind):
	with situations.in_new(kind) as (pid, _):
		inum = situations.proc_slots(pid)[kind]
		specs = [f"{kind}:[{inum}]", f"{kind}:{inum}", str(inum), f"/proc/{pid}/ns/{kind}", f"{pid}/{kind}"]
		document = json.loads(tool.good("--json", "ns", *specs).out)
		equal((document["namespaces"][0]["type"], document["namespaces"][0]["inum"]), (kind, inum),
		      "the first namespace in JSON")
		check(pid in [task["tid"] for task in document["tasks"]], "its member in JSON")
		out = tool.good("ns", *specs).out
		equal(len(re.findall(rf"^{kind}:\[{inum}\]", out, re.M)), len(specs), f"found by {specs}")


@test
def ns_tells_of_members_parent_and_owner():
	with situations.in_new("user", "pid", "net") as (pid, _):
		slots, ours = situations.proc_slots(pid), situations.proc_slots(os.getpid())
		out = tool.good("ns", f"{pid}/pid").out
		for part in (str(pid), f"user:[{slots['user']}]", f"pid:[{ours['pid']}]"):
			contains(out, part, f"nsinspect ns {pid}/pid")
		out = tool.good("ns", f"{pid}/user").out
		for part in (f"pid:[{slots['pid']}]", f"net:[{slots['net']}]", f"user:[{ours['user']}]"):
			contains(out, part, f"nsinspect ns {pid}/user")


@test
def names_of_ip_netns():
	with situations.netns("blue") as path:
		def join(_self):
			situations.setns(path)

		with situations.child(join) as child:
			inum = situations.proc_slots(child.pid)["net"]
			line = next(line for line in tool.good("--tree").out.splitlines() if f" {child.pid} " in line)
			contains(line, f"net:{inum}(blue", "its line in the tree")
			row = tool.good("-n", "-r", "-t", "net", "-o", "NS,NSFS,NAME").out
			contains(row, f"{inum} {path} blue", "its row")
			equal(tool.look().ns("net", inum)["name"], "blue", "its name in JSON")
			contains(tool.good("ns", path).out, "blue", "nsinspect ns by path")
			contains(tool.good("task", child.pid).out, "blue", "nsinspect task")


# The tree.

@test
def the_tree_shows_what_differs_only():
	with situations.unshared("uts", "ipc") as child:
		slots = situations.proc_slots(child.pid)
		line = next(line for line in tool.good("--tree").out.splitlines() if f" {child.pid} " in line)
		equal(set(re.findall(r"([a-z_]+):(\d+)", line)),
		      {(kind, str(slots[kind])) for kind in ("uts", "ipc")}, "namespaces on its line")


@test
def like_children_fold():
	with situations.crowd(20) as pids:
		folded = tool.good("--tree").out
		contains(folded, f"{pids[0]}…{pids[-1]} 20×", "the tree")
		every = tool.good("--tree", "--no-fold").out
		for pid in pids:
			contains(every, f" {pid} ", "the tree with --no-fold")
		check("kernel threads" in folded, "kernel threads are folded")
		check(" kthreadd" in folded and "ksoftirqd" not in folded, "only their parent is there")
		contains(tool.good("--tree", "--kthreads", "--no-fold").out, "ksoftirqd", "with --kthreads")


@test
def narrow_ascii_and_colourless():
	with some_namespaces():
		for width in (40, 80, 200):
			out = tool.good("--tree", env={"COLUMNS": str(width)}).out
			widest = max(len(line) for line in out.splitlines())
			check(widest <= width or width < 80, f"a line of {widest} at {width} columns")
		check(tool.good("--tree", "--ascii").raw.isascii(), "--ascii is ASCII")
		check("\x1b" not in tool.good("--tree").out, "no colour in a pipe")
		contains(tool.good("--tree", "--color=always").out, "\x1b[", "--color=always")
		check(tool.good("--tree", env={"LC_ALL": "C"}).raw.isascii(), "ASCII in the C locale")


main()
