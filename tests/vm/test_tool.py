# SPDX-License-Identifier: GPL-2.0
"""The tool as its users and their scripts know it."""

import contextlib
import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import tempfile

import genl
import situations
import tool
from ktap import check, contains, equal, main, test

COLUMNS = ("NS", "TYPE", "PATH", "NPROCS", "PID", "PPID", "COMMAND", "UID", "USER", "NETNSID", "NSFS",
	   "PNS", "ONS")
SYS_OPENAT = 257
NUMBER, TEXT, BOOL = (int,), (str,), (bool,)
NOTHING = (type(None),)
SCHEMA = {
	"host": {"nodename": TEXT, "release": TEXT, "boot_id": TEXT},
	"snapshot": {"time_ns": NUMBER, "generation": NUMBER, "consistent": BOOL + NOTHING,
		     "generation_begin": NUMBER, "load": NUMBER, "boottime_ns": NUMBER, "watch": TEXT},
	"namespaces": {"type": TEXT, "inum": NUMBER, "id": NUMBER + NOTHING, "initial": BOOL,
		       "active": BOOL + NOTHING, "owner": NUMBER + NOTHING, "parent": NUMBER + NOTHING,
		       "level": NUMBER + NOTHING, "refs": NUMBER + NOTHING, "tasks": NUMBER + NOTHING,
		       "procs": NUMBER + NOTHING, "name": TEXT + NOTHING, "node": NUMBER,
		       "nsfs": TEXT + NOTHING},
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
		# As the tool asks, so that a namespace that is still being freed is in both.
		theirs = genl.look(threads=True, details=["namespaces", "nsproxies", "tasks", "every"])
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
			  ("task", 1), ("ns", "1/net"), ("pid", 1), ("-V",), ("-h",), ("-H",), ("1/net",),
			  ("-J", "1/net"), ("--sets",), ("--sets", "-J"), ("--sets", "-H"), ("--output-all",), ("-lW",)):
		check(tool.good(*arguments).out, f"{arguments} prints something")


WRONG = (["nonsense"], ["task"], ["task", "x"], ["task", "0"],
	 ["task", "99999999999999999999"], ["ns"], ["ns", "net"], ["ns", "net:[x]"], ["1"], ["net"], ["--tree", "owner"],
	 ["--sets", "--tree"], ["--sets", "1/net"], ["-P", "-p", "1"], ["-l", "-T", "1/net"], ["ns", "nonsense:[1]"],
	 ["ns", "net:[4026531840"], ["ns", "1/nonsense"], ["ns", "/etc/passwd"], ["pid"],
	 ["pid", "1", "2"], ["pid", "x"], ["pid", "1", "--in", "1/net"],
	 ["--type", "nonsense"], ["--type", "net,"], ["--type", ""], ["--task", "x"], ["--tree=nonsense"],
	 ["--color=nonsense"], ["-o", "NONSENSE"], ["-o", "NS,,TYPE"], ["--json", "--tree"],
	 ["--json", "--dot"], ["--save", "/tmp/x", "--from", "/tmp/x"], ["--json", "-o", "NS"],
	 ["task", "1", "--type", "net"], ["--in", "1/pid"], ["--threads"], ["-n", "--json"], ["-r", "--tree"],
	 ["--ascii", "--dot"], ["-r", "task", "1"], ["--save", "-", "--json"], ["--save", "/tmp/x", "-n"])


@test
def status_2_wrong_usage():
	for arguments in WRONG:
		tool.refused(2, *arguments)
	for arguments in (["--nonsense"], ["-x"], ["pid", "1", "--in"], ["--json=1"], ["task", "1", "--nonsense"],
			  ["task", "1", "-t"], ["task", "-1"], ["--t"]):
		contains(tool.wrong_usage(*arguments), "option", "what is wrong")


@test(("task", "task", 4194304), ("namespace", "ns", "net:[1]"), ("number", "ns", "1234567"),
      ("name", "ns", "net:nonsense"),
      ("slot of no task", "ns", "4194304/net"), ("path", "ns", "/run/netns/nonsense"),
      ("path below a file", "ns", "/etc/passwd/net"),
      ("pid", "pid", 4194304), ("pid in a namespace", "pid", 99, "--in", "HERE"), ("filter", "--task", 4194304),
      ("wrong type", "ns", "uts:[NET]"))
def status_3_no_such(_label, *arguments):
	net = situations.proc_slots(1)["net"]
	with situations.nested(["pid"], 1) as chain:
		arguments = [str(a).replace("HERE", f"{chain[1]}/pid").replace("NET", str(net))
			     for a in arguments]
		tool.refused(3, *arguments)


@test
def words_of_the_kernel():
	"""What the module says in an extended ack is what the user reads."""
	equal(tool.refused(3, "task", "--json", 4194304), "nsinspect: task 4194304: no such task",
	      "the line")
	if genl.dumps_point():
		equal(tool.refused(3, "--tree", "-p", 4194304), "nsinspect: task 4194304: no such task",
		      "the line of a dump")


@test
def status_3_of_a_zombies_slot():
	with situations.zombie() as pid:
		contains(tool.refused(3, "ns", f"{pid}/net"), "it is a zombie", "the line")
		contains(tool.good("ns", f"{pid}/user").out, "user:", "what it still has")


@test
def one_of_several_is_missing():
	"""What there is is shown, and the status tells of the other."""
	result = tool.run("task", 4194304, 1)
	equal(result.status, 3, "status")
	contains(result.out, "task 1 ", "the other")
	equal(len(result.said.splitlines()), 1, "lines on stderr")


# Output that cannot be written.

FORMS = ([], ["--tree"], ["--json"], ["--dot"], ["-H"], ["-h"], ["task", "1"])


@test
def a_full_disk():
	for form in FORMS:
		with open("/dev/full", "w") as full:
			contains(tool.refused(1, *form, stdout=full), "cannot write the output", f"the line of {form}")


@test
def a_closed_pipe():
	"""It ends silently, by the signal, as other tools do in front of head."""
	for form in (*FORMS, ["--save", "-"]):
		out, back = os.pipe()
		os.close(out)
		with os.fdopen(back, "w") as closed:
			result = tool.run(*form, stdout=closed)
		equal((result.status, result.said), (-signal.SIGPIPE, ""), f"status and stderr of {form}")


@test
def stdout_that_is_not_open():
	genl.calm()
	for form in ([], ["--json"], ["--save", "-"]):
		ended = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", tool.PATH, *form],
				       stderr=subprocess.PIPE, text=True, check=False)
		equal((ended.returncode, len(ended.stderr.splitlines())), (1, 1), f"{form}: {ended.stderr}")


# Pictures in files.

@test
def saved_and_drawn_later():
	with tempfile.TemporaryDirectory() as folder, some_namespaces(), situations.netns("saved"):
		path = f"{folder}/picture"
		equal(tool.save(path).out, "", "--save alone draws nothing")
		equal(oct(os.stat(path).st_mode & 0o777), "0o600", "mode of the file")
		first = tool.good("--from", path, "--json", "--threads").out
		equal(tool.good("--from", path, "--json", "--threads").out, first, "the same twice")
		check_schema(first)
		# What is drawn along with saving is that picture too.
		drawn = tool.save(path, "--json", "--threads").out
		equal(tool.good("--from", path, "--json", "--threads").out, drawn, "drawn now and later")
		for form in (["--dot"], ["-n", "-o", "+COMMAND,NAME"], ["--json", "-t", "net"], ["--json"],
			     ["-n", "-o", "+NSFS", "--tree=owner"]):
			now = tool.save(path, *form).out
			equal(tool.good("--from", path, *form).out, now, f"{form} now and later")
		for form in (["--tree"], ["-o", "+NAME"], ["--tree=owner"]):
			now = tool.save(path, *form).out
			equal(drawn_later(path, *form), now, f"{form} now and later")
		for form in (["task", 1], ["ns", "1/net"], ["pid", 1]):
			check(drawn_later(path, *form), f"{form} from a file")
		check(tool.good("--from", path, "--json", "task", 1, 2).out, "tasks in JSON from a file")


def drawn_later(path, *form):
	"""What is drawn for people, after the line that says of which host and time it is."""
	result = tool.run("--from", path, *form)
	equal(result.status, 0, f"status of {form}")
	check(re.fullmatch(rf"nsinspect: picture of host {re.escape(os.uname().nodename)} "
			   rf"\(kernel {re.escape(os.uname().release)}\), taken at [-0-9]+ [:0-9]+ [-+0-9]+; "
			   r"command lines are of that time, too\n", result.err), f"stderr of {form}: {result.err}")
	return result.out


@test
def command_lines_are_kept():
	"""Those of then: the process is gone when its line is drawn."""
	with tempfile.TemporaryDirectory() as folder:
		path = f"{folder}/picture"
		with subprocess.Popen(["unshare", "--uts", "sleep", "86401"]) as process:
			situations.wait_until(lambda: read_cmdline(process.pid) == b"sleep\x0086401\x00", "sleep")
			inum = situations.proc_slots(process.pid)["uts"]
			now = tool.good("-n", "-t", "uts", "-o", "NS,COMMAND").out
			tool.save(path)
			process.kill()
		contains(now, f"{inum} sleep 86401", "the list now")
		contains(tool.good("--from", path, "-n", "-t", "uts", "-o", "NS,COMMAND").out, f"{inum} sleep 86401",
			 "the list later")


def read_cmdline(pid):
	with open(f"/proc/{pid}/cmdline", "rb") as file:
		return file.read()


@test
def saved_to_what_is_open():
	"""Standard output is written to, whatever it is; neither it nor its name is replaced."""
	with tempfile.TemporaryDirectory() as folder:
		path = f"{folder}/file"
		with open(path, "w") as file:
			file.write("precious\n")
		os.chmod(path, 0o644)
		os.chown(path, 65534, 65534)
		before, device = os.stat(path), os.lstat("/dev/stdout")
		for name in ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
			with open(path, "ab") as out:
				equal(tool.run("--save", name, stdout=out).said, "", f"stderr of --save {name}")
		after = os.stat(path)
		for field in ("st_ino", "st_mode", "st_uid", "st_gid"):
			equal(getattr(after, field), getattr(before, field), f"{field} of the file")
		equal(os.lstat("/dev/stdout")[:3], device[:3], "mode, inode and device of /dev/stdout")
		with open(path, "rb") as file:
			first = file.read().partition(b"precious\n")
		equal(first[0], b"", "what was before what was in it")
		equal(first[2].count(b"nsinspct"), 4, "pictures after it")
		equal(os.listdir(folder), ["file"], "files")


@test
def saved_to_a_fifo():
	"""Nobody reads: SIGINT ends it, and nothing is left behind."""
	with tempfile.TemporaryDirectory() as folder:
		path = f"{folder}/fifo"
		os.mkfifo(path)
		with subprocess.Popen([tool.PATH, "--save", path]) as process:
			try:
				situations.wait_until(lambda: waits_in_open(process.pid), "nsinspect waits for a reader")
				process.send_signal(signal.SIGINT)
				equal(process.wait(60), -signal.SIGINT, "how it ended")
			finally:
				process.kill()
		equal(os.listdir(folder), ["fifo"], "files")
		with subprocess.Popen([tool.PATH, "--save", path]), open(path, "rb") as fifo:
			picture = fifo.read()
		equal(tool.run("--from", "-", "--json", stdin=picture).status, 0, "a picture through a FIFO")


def waits_in_open(pid):
	with open(f"/proc/{pid}/syscall") as file:
		return file.read().split()[0] == str(SYS_OPENAT)


@test
def read_once():
	"""A pipe and a socket can be read only once, and have every answer."""
	with tempfile.TemporaryDirectory() as folder, situations.unshared("net") as child:
		path = f"{folder}/picture"
		tool.save(path)
		with open(path, "rb") as file:
			picture = file.read()
		for form in ([], ["--tree"], ["task", child.pid], ["task", child.pid, 1], ["ns", f"{child.pid}/net"],
			     ["pid", 1, "--in", f"{child.pid}/pid"], ["task", "--sharers", "--json", 1]):
			expected = tool.run("--from", path, *form).out
			equal(tool.run("--from", "-", *form, stdin=picture).out, expected, f"{form} through a pipe")
		contains(tool.run("--from", "-", "task", child.pid, stdin=picture).out, "parent is in",
			 "what a task is compared with")
		ours, theirs = socket.socketpair()
		with ours, theirs, subprocess.Popen([tool.PATH, "--from", "-", "--json"], stdin=theirs,
						    stdout=subprocess.PIPE) as process:
			theirs.close()
			ours.sendall(picture)
			ours.shutdown(socket.SHUT_WR)
			equal(process.stdout.read().decode(), tool.good("--from", path, "--json").out, "JSON through a socket")


@test
def saved_pictures_need_no_rights():
	with tempfile.TemporaryDirectory() as folder:
		path = f"{folder}/picture"
		expected = tool.save(path, "--json").out
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
		tool.save(path)
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
		others = [str(ns["inum"]) for ns in tool.look().namespaces if ns["inum"] != inum]
		short = next(str(inum)[-n:] for n in range(1, 11)
			     if not any(other.endswith(str(inum)[-n:]) for other in others))
		specs = [short, f"{kind}:{short}", f"{kind}:[{inum}]", f"{kind}:{inum}", str(inum), f"/proc/{pid}/ns/{kind}", f"{pid}/{kind}"]
		document = json.loads(tool.good("--json", "ns", *specs).out)
		equal((document["namespaces"][0]["type"], document["namespaces"][0]["inum"]), (kind, inum),
		      "the first namespace in JSON")
		check(pid in [task["tid"] for task in document["tasks"]], "its member in JSON")
		for spec in specs:
			out = tool.good("ns", "-u", spec).out
			equal(re.findall(rf"^{kind}:{inum}$", out, re.M), [f"{kind}:{inum}"], f"found by {spec}")
		out = tool.good("ns", "-u", *specs).out
		equal(len(re.findall(rf"^{kind}:{inum}$", out, re.M)), 1, "shown once")


@test
def ns_tells_of_members_parent_and_owner():
	with situations.in_new("user", "pid", "net") as (pid, _):
		slots, ours = situations.proc_slots(pid), situations.proc_slots(os.getpid())
		out = tool.good("ns", f"{pid}/pid").out
		for part in (str(pid), f"user:{tool.short(slots['user'])}", f"pid:{tool.short(ours['pid'])} initial"):
			contains(out, part, f"nsinspect ns {pid}/pid")
		out = tool.good("ns", f"{pid}/user").out
		for part in (*(f"{kind}:{tool.short(slots[kind])}" for kind in ("pid", "net")),
			     f"user:{tool.short(ours['user'])} initial"):
			contains(out, part, f"nsinspect ns {pid}/user")


@test
def names_of_ip_netns():
	with situations.netns("blue") as path:
		def join(_self):
			situations.setns(path)

		with situations.child(join) as child:
			inum = situations.proc_slots(child.pid)["net"]
			line = next(line for line in tool.good("--tree").out.splitlines() if f" {child.pid} " in line)
			contains(line, f"JOINS net:{tool.short(inum)} (blue)", "its line in the tree")
			row = tool.good("-n", "-r", "-t", "net", "-o", "NS,NSFS,NAME").out
			contains(row, f"{inum} {path} blue", "its row")
			equal(tool.look().ns("net", inum)["name"], "blue", "its name in JSON")
			for spec in (path, "blue", "net:blue"):
				contains(tool.good("ns", spec).out, f"net:{tool.short(inum)} (blue)\n  inode      {inum}\n",
					 f"nsinspect ns {spec}")
			contains(tool.good("task", child.pid).out, "blue", "nsinspect task")


@test
def what_is_no_namespace_has_no_name():
	"""A plain file in /run/netns, and what is mounted there and is none."""
	with contextlib.ExitStack() as stack:
		stack.enter_context(situations.netns("real"))
		folder = stack.enter_context(tempfile.TemporaryDirectory())
		for name in ("plain", "mounted"):
			path = f"/run/netns/{name}"
			with open(path, "w"):
				stack.callback(os.unlink, path)
			if name == "mounted":
				situations.mount("/proc/version", path, None, situations.MS_BIND)
				stack.callback(situations.umount, path)
			contains(tool.refused(2, "ns", path), "is not a namespace", f"ns {path}")
		inside = stack.enter_context(situations.child(lambda _self: situations.setns("/run/netns/real")))
		check(inside.pid, "a task in it")
		names = tool.good("-n", "-r", "-o", "NAME", "-t", "net").out.split()
		equal(names.count("real"), 1, f"names of network namespaces: {names}")
		saved = f"{folder}/picture"
		tool.save(saved)
		contains(drawn_later(saved, "ns", "/run/netns/real"), "net:", "ns /run/netns/real, later")
		with open(saved, "rb") as file:
			picture = file.read()
		check(b"real" in picture, "a name in a saved picture")
		for name in (b"plain", b"mounted"):
			check(name not in picture, f"{name} is taken for the name of a namespace")


# A namespace as argument, and the sets.

@test(*situations.TYPES)
def processes_in_a_namespace(kind):
	"""Those that lsns lists, with its columns."""
	with situations.in_new(kind) as (pid, _):
		inum = situations.proc_slots(pid)[kind]
		members = [int(name) for name in os.listdir("/proc") if name.isdigit()
			   and situations.proc_slots(int(name)).get(kind) == inum]
		check(pid in members, "it is in it")
		for form in ([], ["-l"], ["--tree"]):
			rows = tool.good("-n", "-r", "-o", "PID,PPID,NS,TYPE", *form, str(inum)).out.splitlines()
			equal({tuple(row.split()) for row in rows},
			      {(str(member), str(situations.proc_status(member)["PPid"]), str(inum), kind) for member in members},
			      f"rows of {form}")
		columns = ["-n", "-r", "-o", "PID,PPID,USER,COMMAND", "-l", str(inum)]
		theirs = subprocess.run(["lsns", *columns], stdout=subprocess.PIPE, text=True, check=True).stdout
		equal(sorted(tool.good(*columns).out.splitlines()), sorted(theirs.splitlines()), "rows of lsns")
		equal(tool.good(str(inum)).out.split("\n")[0].split(), ["PID", "PPID", "USER", "COMMAND"], "the heading")


@test
def a_word_is_a_namespace_or_no_command():
	"""A name or last digits alone list its processes; what is neither is said to be no command."""
	with situations.netns("blue") as path, situations.child(lambda _self: situations.setns(path)) as child:
		net = situations.proc_slots(child.pid)["net"]
		for word in ("blue", tool.short(net)):
			equal(tool.good("-n", "-r", "-o", "PID,NS", word).out, f"{child.pid} {net}\n", f"processes in {word}")
		equal(json.loads(tool.good("--json", "blue").out)["namespaces"][0]["inum"], net, "in JSON")
		contains(tool.refused(2, "tsak"), "did you mean 'nsinspect task'?", "a mistyped command")
		# Unless they are the last digits of a namespace, too.
		if not any(str(ns["inum"]).endswith(str(child.pid)) for ns in tool.look().namespaces):
			contains(tool.refused(2, child.pid), f"did you mean 'nsinspect task {child.pid}'", "a task")
		contains(tool.refused(2, 1), "did you mean 'nsinspect task 1'?", "a task")
		contains(tool.refused(2, "blu"), "no command and no namespace 'blu'", "no name")


@test
def namespaces_without_tasks():
	with situations.unshared("pid") as child:
		ours = situations.proc_slots(os.getpid())["pid"]
		inum = tool.look().slots(child.pid)["pid_for_children"]
		rows = tool.good("-P", "-n", "-r", "-o", "NS,TYPE,NPROCS").out.splitlines()
		contains(rows, f"{inum} pid 0", "rows of -P")
		check(f"{ours} pid" not in "\n".join(rows), "a namespace with tasks is not there")
		graph = tool.look()
		for row in rows:
			inum, kind = row.split()[:2]
			equal(graph.ns(kind, int(inum))["tasks"], 0, f"tasks in {row}")


@test
def filter_of_the_library():
	"""From libsmartcols 2.40 on, as lsns has it; before, it is refused."""
	try:
		has = hasattr(ctypes.CDLL("libsmartcols.so.1"), "scols_new_filter")
	except OSError:
		has = False
	expression = 'TYPE == "net" && NPROCS > 0'
	if not has:
		contains(tool.refused(1, "-Q", expression), "needs libsmartcols 2.40", "the line")
		return
	rows = tool.good("-n", "-r", "-o", "NS", "-Q", expression).out.split()
	expected = [ns["inum"] for ns in tool.look("-t", "net").namespaces if ns["procs"]]
	equal(sorted(map(int, rows)), sorted(expected), "namespaces")


@test
def sets_of_namespaces():
	with situations.unshared("net", "uts") as child, situations.unshared("pid") as parent:
		document = json.loads(tool.good("--sets", "--json").out)
		counts = {}
		for task in document["tasks"]:
			key = (task["nsproxy"], task["user"], task["pid"])
			of_all, leaders = counts.get(key, (0, 0))
			counts[key] = (of_all + 1, leaders + (task["tid"] == task["tgid"]))
		without = sum(of_all for key, (of_all, _) in counts.items() if key[0] is None)
		equal(document["tasks_without_set"], without, "tasks without a set")
		equal({(row["nsproxy"], row["user"], row["pid"]): (row["tasks"], row["procs"]) for row in document["sets"]},
		      {key: value for key, value in counts.items() if key[0] is not None}, "sets and their sizes")
		sizes = [(row["procs"], row["tasks"]) for row in document["sets"]]
		equal(sizes, sorted(sizes, reverse=True), "the largest first")
		first = {row["first"]: row for row in document["sets"]}
		equal(set(first[child.pid]["own"]), {"net", "uts"}, "its own namespaces")
		equal(first[parent.pid]["own"], ["pid_for_children"], "what only children will be in")
		for row in document["sets"]:
			for slot, shared in row["shared"].items():
				check(shared["sets"] > 1 and shared["set"] != row["set"], f"{slot} of set {row['set']}")
		rows = [row.split() for row in tool.good("--sets", "-n", "-r", "-o", "PID,OWN").out.splitlines()]
		contains(rows, [str(child.pid), "net,uts"], "rows of --sets")


# The tree.

@test
def the_tree_shows_what_differs_only():
	with situations.unshared("uts", "ipc") as child:
		slots = situations.proc_slots(child.pid)
		line = next(line for line in tool.good("--tree").out.splitlines() if f" {child.pid} " in line)
		equal(set(re.findall(r"([a-z_]+):(\d+)", line)),
		      {(kind, tool.short(slots[kind])) for kind in ("uts", "ipc")}, "namespaces on its line")


@test
def like_children_fold():
	with situations.crowd(20) as pids:
		folded = tool.good("--tree").out
		# Numbers may have started anew among them.
		contains(folded, f"{min(pids)}…{max(pids)} 20×", "the tree")
		every = tool.good("--tree", "--no-fold").out
		for pid in pids:
			contains(every, f" {pid} ", "the tree with --no-fold")
		check("kernel threads" in folded, "kernel threads are folded")
		check(" kthreadd" in folded and "ksoftirqd" not in folded, "only their parent is there")
		for option in ("--kthreads", "--no-fold"):
			contains(tool.good("--tree", option).out, "ksoftirqd", f"with {option}")


# One task.

def without_what_passes(text):
	"""A document without what another request has another value of."""
	document = json.loads(text)
	del document["snapshot"]
	for node in document["namespaces"] + document["nsproxies"]:
		del node["refs"]
	for key, name in (("namespaces", "inum"), ("nsproxies", "id"), ("tasks", "tid")):
		for node in document[key]:
			# Numbers that stand for a node within one answer only.
			node.pop("node", None)
		if key == "nsproxies":
			numbers = {node.pop("id"): number for number, node in enumerate(document[key], 1)}
	for task in document["tasks"]:
		task["nsproxy"] = numbers.get(task["nsproxy"])
	return document


@test
def one_task_or_several():
	"""The same keys with the same meaning, from one request or another."""
	with situations.unshared("net", "uts") as child, tempfile.TemporaryDirectory() as folder:
		situations.wait_until(lambda: situations.state(child.pid) == "S", "it waits")
		alone = tool.good("--json", "task", child.pid).out
		check_schema(alone)
		document = json.loads(alone)
		equal([task["tid"] for task in document["tasks"]], [child.pid], "tasks: not the one that it is compared with")
		for node in document["namespaces"]:
			equal((node["tasks"], node["procs"]), (None, None), f"counts of {node}")
		for node in document["nsproxies"]:
			equal(node["tasks"], None, f"counts of {node}")
		equal(without_what_passes(tool.good("--json", "task", child.pid, child.pid).out),
		      without_what_passes(alone), "asked for twice")
		tool.save(f"{folder}/picture")
		equal(without_what_passes(tool.good("--from", f"{folder}/picture", "--json", "task", child.pid).out),
		      without_what_passes(alone), "of a saved picture")
		both = json.loads(tool.good("--json", "task", child.pid, 1).out)
		equal([task["tid"] for task in both["tasks"]], [child.pid, 1], "tasks of two")
		for node in both["namespaces"] + both["nsproxies"]:
			equal(node["tasks"], None, f"counts of {node}")
		sharers = json.loads(tool.good("--json", "--sharers", "task", child.pid).out)
		for node in sharers["namespaces"] + sharers["nsproxies"]:
			check(type(node["tasks"]) is int, f"counts of {node}")
		for text in (tool.good("task", child.pid).out, tool.good("task", child.pid, 1).out,
			     tool.good("task", child.pid, "--sharers").out):
			contains(text, f"parent is in {tool.short(situations.proc_slots(os.getpid())['net'])}", "the text")


@test
def one_task_says_whose_and_with_whom():
	"""Of a single live task: what is new in it, whose it has joined, and who shares it."""
	with contextlib.ExitStack() as stack:
		first = stack.enter_context(situations.unshared("net", "uts")).pid
		net = situations.proc_slots(first)["net"]

		def join(_self):
			situations.setns(f"/proc/{first}/ns/net")
			situations.unshare("ipc")
			situations.set_name(b"second")

		second = stack.enter_context(situations.child(join)).pid
		out = tool.good("task", second).out
		contains(out, f"    net    {tool.short(net)}  JOINS {first} ", "its net namespace")
		contains(out, "with 1 other, parent is in", "how many are in it")
		ipc = tool.short(situations.proc_slots(second)["ipc"])
		contains(out, f"    ipc    {ipc}  NEW, no other task", "its ipc namespace")
		check(re.search(rf"^  shares     {first} .*: net$", out, re.M), f"who shares it: {out}")
		check(str(net) not in out, "whole numbers")
		out = tool.good("task", first, "-u").out
		contains(out, f"    net    {net}  NEW, with 1 other", "net namespace of the other")
		contains(out, f"  shares     {second} second: net\n", "who shares that")


@test
def one_task_of_a_thread():
	"""A thread is compared with its leader, from the same answer."""
	with situations.threads(lambda: situations.unshare("net")) as child:
		net, tid = situations.proc_slots(child.pid)["net"], child.said[0]
		contains(tool.good("task", tid).out, f"leader is in {tool.short(net)}", "the text")
		equal([task["tid"] for task in json.loads(tool.good("--json", "task", tid).out)["tasks"]],
		      [tid], "tasks in JSON")


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
