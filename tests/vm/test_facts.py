# SPDX-License-Identifier: GPL-2.0
"""What namespaces know about themselves, as the system itself tells it."""

import contextlib
import errno
import json
import math
import os
import pathlib
import subprocess
import threading

import debugfs
import genl
import holds
import situations
from ktap import check, equal, fail, main, test, skip

FACTS = ["namespaces", "every", "facts"]
FACT_KEYS = {"creator_uid", "nodename", "domainname", "msg_queues", "sem_sets", "shm_segments",
	     "shm_bytes", "monotonic_ns", "boottime_ns", "cgroup_root", "reaper", "pids", "dying",
	     "pid_max", "owner_uid", "owner_gid", "uid_map", "gid_map", "setgroups", "nsid"}
CGROUPS = pathlib.Path("/sys/fs/cgroup")
RELEASE = tuple(map(int, os.uname().release.split(".")[:2]))
IPC_PRIVATE, IPC_CREAT = 0, 0o1000
PR_SET_CHILD_SUBREAPER = 36


def inum_of(pid, slot):
	return situations.link_inum(f"/proc/{pid}/ns/{slot}")


def facts_of(kind, inum):
	"""The facts of a namespace, the same by all ways to ask for them.

	Kernel threads come and go between two answers, which the initial pid namespace
	counts: what a dump says twice is what ns-get has to say in between.
	"""
	def of(answer):
		return {key: value for key, value in answer.ns(kind, inum).items() if key in FACT_KEYS}

	for _ in range(20):
		before = of(genl.look(details=FACTS))
		with genl.Socket() as connection:
			alone = of(connection.ns_get(type=kind, inum=inum))
		if before == alone == of(genl.look(details=FACTS)):
			return before
	equal(alone, before, "what ns-get has, and a dump")
	fail(f"the facts of {kind}:[{inum}] do not rest")


@test
def uts_names():
	def name(_self):
		situations.unshare("uts")
		situations.call(situations.libc.sethostname, b"blue" * 16, 64)
		situations.call(situations.libc.setdomainname, b"", 0)

	with situations.child(name) as process:
		facts = facts_of("uts", inum_of(process.pid, "uts"))
		equal((facts["nodename"], facts["domainname"]), ("blue" * 16, ""), "names")
	initial = facts_of("uts", inum_of(1, "uts"))
	equal(initial["nodename"], os.uname().nodename, "name of the initial one")


def sysvipc(name):
	"""A table of /proc/sysvipc, of the ipc namespace that we are in."""
	header, *lines = pathlib.Path(f"/proc/sysvipc/{name}").read_text().splitlines()
	return [dict(zip(header.split(), line.split())) for line in lines]


def make_ipc(_self):
	libc = situations.libc
	situations.unshare("ipc")
	for _ in range(3):
		situations.call(libc.msgget, IPC_PRIVATE, IPC_CREAT | 0o600)
	for count in (1, 2):
		situations.call(libc.semget, IPC_PRIVATE, count, IPC_CREAT | 0o600)
	for size in (1, 4096, 10000, 1 << 20):
		situations.call(libc.shmget, IPC_PRIVATE, size, IPC_CREAT | 0o600)
	return {name: sysvipc(name) for name in ("msg", "sem", "shm")}


@test
def ipc_objects():
	page = os.sysconf("SC_PAGE_SIZE")
	with situations.child(make_ipc) as process:
		facts = facts_of("ipc", inum_of(process.pid, "ipc"))
		tables = process.said
		equal((facts["msg_queues"], facts["sem_sets"], facts["shm_segments"]), (3, 2, 4), "objects")
		equal((facts["msg_queues"], facts["sem_sets"], facts["shm_segments"]),
		      tuple(len(tables[name]) for name in ("msg", "sem", "shm")), "lines in /proc/sysvipc")
		equal(facts["shm_bytes"], sum(math.ceil(int(row["size"]) / page) * page
					      for row in tables["shm"]), "whole pages of all segments")


@test
def time_offsets():
	def offset(_self):
		situations.unshare("time")
		path = pathlib.Path("/proc/self/timens_offsets")
		path.write_text("monotonic 86400 7\nboottime -1 999999999\n")
		return [line.split() for line in path.read_text().splitlines()]

	with situations.child(offset) as process:
		facts = facts_of("time", inum_of(process.pid, "time_for_children"))
		told = {clock: int(seconds) * 10**9 + int(nanoseconds)
			for clock, seconds, nanoseconds in process.said}
		equal(told, {"monotonic": 86400 * 10**9 + 7, "boottime": -1}, "what the kernel tells")
		equal({"monotonic": facts["monotonic_ns"], "boottime": facts["boottime_ns"]}, told, "offsets")


@contextlib.contextmanager
def cgroup(path):
	folder = CGROUPS / path
	folder.mkdir()
	try:
		yield folder
	finally:
		if folder.exists():
			situations.wait_until(lambda: not (folder / "cgroup.procs").read_text(), "it is empty")
			folder.rmdir()


@test
def cgroup_root():
	def enter(self):
		(CGROUPS / "outer/in ner/cgroup.procs").write_text("0")
		situations.unshare("cgroup")
		self.say(None)
		self.await_go()
		(CGROUPS / "cgroup.procs").write_text("0")

	with cgroup("outer"), cgroup("outer/in ner") as folder:
		with situations.child(enter) as process:
			own = [line.partition("::")[2] for line in
			       pathlib.Path(f"/proc/{process.pid}/cgroup").read_text().splitlines()
			       if line.startswith("0::")]
			inum = inum_of(process.pid, "cgroup")
			equal(facts_of("cgroup", inum)["cgroup_root"], own[0], "its root, where its task is")
			equal(own, ["/outer/in ner"], "where its task is")
			# What it begins at can be removed while it is in use.
			process.go()
			process.listen()
			folder.rmdir()
			equal(facts_of("cgroup", inum)["cgroup_root"], own[0], "its root, removed")
	equal(facts_of("cgroup", inum_of(1, "cgroup"))["cgroup_root"], "/", "root of the initial one")


@test
def pid_with_an_init():
	limits = []

	def limit():
		path = pathlib.Path("/proc/sys/kernel/pid_max")
		if RELEASE >= (6, 14):
			path.write_text("4000")

	with situations.in_new("pid", do=limit) as (init, _):
		facts = facts_of("pid", inum_of(init, "pid"))
		limits.append(facts.pop("pid_max", None))
		equal(facts, {"creator_uid": 0, "reaper": init, "pids": 1, "dying": False}, "facts")
	initial = facts_of("pid", inum_of(1, "pid"))
	limits.append(initial.get("pid_max"))
	equal((initial["reaper"], initial["dying"], "creator_uid" in initial), (1, False, False),
	      "the initial one")
	whole = int(pathlib.Path("/proc/sys/kernel/pid_max").read_text())
	equal(limits, [4000, whole] if RELEASE >= (6, 14) else [None, None], "limits of numbers")


@test
def pid_numbers_of_all_below():
	with situations.nested(["pid"], 3) as pids:
		for depth, pid in enumerate(pids[1:], 1):
			facts = facts_of("pid", inum_of(pid, "pid"))
			equal((facts["reaper"], facts["pids"]), (pid, len(pids) - depth),
			      f"reaper and numbers in use at level {depth}")


@test
def pid_before_its_init():
	with situations.unshared("pid") as process:
		inum = [ns["inum"] for ns in genl.look().namespaces
			if ns["type"] == "pid" and ns["found"] == ["pending"]]
		equal(len(inum), 1, "pid namespaces that nobody is in yet")
		facts = facts_of("pid", inum[0])
		facts.pop("pid_max", None)
		equal(facts, {"creator_uid": 0, "pids": 0, "dying": False}, f"facts, pending of {process.pid}")


@test
def pid_after_its_init():
	with holds.by_nsfs_file("pid") as (_, inum):
		facts = facts_of("pid", inum)
		facts.pop("pid_max", None)
		equal(facts, {"creator_uid": 0, "pids": 0, "dying": True}, "facts")


@test
def pid_with_an_init_whose_leader_exited():
	def init(self):
		tids = []

		def live():
			tids.append(situations.host_tid())
			situations.wait_until(lambda: situations.state(situations.host_pid()) == "Z",
					      "the leader exits")
			self.say([situations.host_pid(), *tids])
			threading.Event().wait()

		threading.Thread(target=live, daemon=True).start()
		situations.libc.syscall(situations.SYS_EXIT, 0)

	def parent(self):
		situations.unshare("pid")
		if os.fork() == 0:
			situations.libc.prctl(situations.PR_SET_PDEATHSIG, 9, 0, 0, 0)
			init(self)
		situations.block()

	with situations.child(parent) as process:
		leader, thread = process.said
		facts = facts_of("pid", inum_of(process.pid, "pid_for_children"))
		check(leader != thread, "they are two")
		equal((facts["reaper"], facts["pids"], facts["dying"]), (thread, 2, False), "facts")


def proc_map(pid, name):
	return [tuple(map(int, line.split())) for line in
		pathlib.Path(f"/proc/{pid}/{name}").read_text().splitlines()]


def check_maps(pid):
	facts = facts_of("user", inum_of(pid, "user"))
	for name in ("uid_map", "gid_map"):
		equal(facts[name], proc_map(pid, name), name)
	equal({True: "allow", False: "deny"}[facts["setgroups"]],
	      pathlib.Path(f"/proc/{pid}/setgroups").read_text().strip(), "setgroups")
	return facts


def write_maps(pid, extents):
	text = "".join(f"{first} {lower} {count}\n" for first, lower, count in extents)
	for name in ("uid_map", "gid_map"):
		pathlib.Path(f"/proc/{pid}/{name}").write_text(text)


@test(("0 extents", 0), ("1 extent", 1), ("5 extents", 5), ("6 extents", 6), ("340 extents", 340))
def user_maps(_label, count):
	"""Up to 5 the kernel keeps in one place, more in another."""
	# All of a map goes into one write of less than a page.
	extents = [(2 * i, 2 * i + 1, 1) for i in range(count)]
	with situations.unshared("user") as process:
		if count:
			write_maps(process.pid, extents)
		facts = check_maps(process.pid)
		equal(facts["uid_map"], extents, "what was written")
		equal((facts["owner_uid"], facts["owner_gid"], facts["creator_uid"]), (0, 0, 0), "owner")


@test
def user_maps_below_a_user_namespace():
	"""The lower ids are those of the initial one, whatever the parent's map."""
	def inner(self):
		situations.unshare("user")
		self.say(None)
		self.await_go()
		situations.call(situations.libc.setresgid, 5, 5, 5)
		situations.call(situations.libc.setresuid, 5, 5, 5)
		situations.unshare("user")
		situations.map_root(5)

	with situations.child(inner) as process:
		write_maps(process.pid, [(0, 100000, 1000)])
		process.go()
		process.listen()
		facts = check_maps(process.pid)
		equal((facts["uid_map"], facts["setgroups"]), ([(0, 100005, 1)], False), "map")
		equal((facts["owner_uid"], facts["owner_gid"], facts["creator_uid"]),
		      (100005, 100005, 100005), "owner")


@test
def initial_user_namespace():
	facts = check_maps(1)
	equal(facts, {"owner_uid": 0, "owner_gid": 0, "uid_map": [(0, 0, 0xffffffff)],
		      "gid_map": [(0, 0, 0xffffffff)], "setgroups": True}, "facts")


@test
def creators():
	def make(_self):
		situations.call(situations.libc.setresuid, 1234, 1234, 1234)
		situations.unshare("user")
		situations.unshare(*[kind for kind in situations.TYPES if kind != "user"])
		if os.fork() == 0:
			situations.libc.prctl(situations.PR_SET_PDEATHSIG, 9, 0, 0, 0)
			situations.block()

	with situations.child(make) as process:
		graph = genl.look(details=FACTS)
		for kind in situations.TYPES:
			slot = kind + "_for_children" if kind in ("pid", "time") else kind
			ns = graph.ns(kind, inum_of(process.pid, slot))
			equal(ns.get("creator_uid"), None if kind == "mnt" else 1234, f"who made {kind}")
		for ns in graph.namespaces:
			check(not ns["initial"] or "creator_uid" not in ns, f"nobody made {ns}")


@test
def number_of_a_network_namespace():
	with situations.netns("green") as green, situations.netns("blue") as blue:
		subprocess.run(["ip", "netns", "set", "green", "77"], check=True)
		told = {row["name"]: row.get("id") for row in
			json.loads(subprocess.run(["ip", "-j", "netns", "list"], check=True,
						  stdout=subprocess.PIPE).stdout)}
		equal(told, {"green": 77, "blue": None}, "what ip tells")
		for name, path in (("green", green), ("blue", blue)):
			equal(facts_of("net", os.stat(path).st_ino).get("nsid"), told[name], f"nsid of {name}")


@test
def plain_pictures_have_none():
	with situations.in_new(*situations.TYPES) as (pid, _):
		for graph in (genl.look(), genl.look(details=["namespaces", "every"])):
			found = {key for ns in graph.namespaces for key in FACT_KEYS & set(ns)}
			equal((found, graph.links, graph.counters), (set(), [], []), "facts that nobody asked for")
		# One task's, with nothing of anybody else.
		inum = inum_of(pid, "uts")
		ns = genl.look(tid=pid, details=FACTS).ns("uts", inum)
		equal(ns["nodename"], os.uname().nodename, "facts with tid")


OPERSTATES = ("UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP")
FLAGS = {"UP": 0x1, "BROADCAST": 0x2, "LOOPBACK": 0x8, "POINTOPOINT": 0x10, "NOARP": 0x80,
	 "PROMISC": 0x100, "ALLMULTI": 0x200, "MASTER": 0x400, "SLAVE": 0x800, "MULTICAST": 0x1000,
	 "LOWER_UP": 0x10000}


def ip(*arguments, text=None):
	return subprocess.run(["ip", *arguments], check=True, stdout=subprocess.PIPE,
			      input=text.encode() if text else None).stdout


def as_ip_has_them(net):
	"""The devices of a named namespace, as `ip` tells."""
	rows = json.loads(ip("-n", net, "-d", "-j", "addr", "show"))
	numbers = {row["ifname"]: row["ifindex"] for row in rows}
	return {row["ifname"]: {
		"ifindex": row["ifindex"],
		"kind": row.get("linkinfo", {}).get("info_kind"),
		"flags": {flag for flag in row["flags"] if flag in FLAGS},
		"operstate": row["operstate"],
		"address": row.get("address", ""),
		"master": numbers.get(row.get("master")),
		"peer_ifindex": row.get("link_index", numbers.get(row.get("link"))),
		"addresses": sorted(f"{a['local']}/{a['prefixlen']}" for a in row["addr_info"]),
	} for row in rows}


def as_we_have_them(graph, inum):
	return {name: {
		"ifindex": link["ifindex"],
		"kind": link.get("kind"),
		"flags": {flag for flag, bit in FLAGS.items() if link["flags"] & bit},
		"operstate": OPERSTATES[link["operstate"]],
		"address": link["address"],
		"master": link.get("master"),
		"peer_ifindex": link.get("peer_ifindex"),
		"addresses": sorted(link["addresses"]),
	} for name, link in graph.links_of(inum).items()}


def links_when_settled(nets):
	"""The graph once it has of each namespace what `ip` tells: carriers and addresses settle."""
	for left in reversed(range(50)):
		before = {net: as_ip_has_them(net) for net in nets}
		graph = genl.look(details=["namespaces", "links"])
		after = {net: as_ip_has_them(net) for net in nets}
		ours = {net: as_we_have_them(graph, inum) for net, inum in nets.items()}
		if ours == after or (before == after and not left):
			break
	for net in nets:
		equal(ours[net], after[net], f"devices of {net}")
	return graph


@contextlib.contextmanager
def nets(*names):
	with contextlib.ExitStack() as stack:
		yield {name: os.stat(stack.enter_context(situations.netns(name))).st_ino
		       for name in names}


def peer(link):
	return link.get("peer_net"), link.get("peer_ifindex")


@test
def veth_across_namespaces():
	with nets("green", "blue") as inums:
		ip("-n", "green", "link", "add", "name", "v0", "type", "veth", "peer", "name", "eth0",
		   "netns", "blue")
		ip("-n", "green", "addr", "add", "10.1.2.3/24", "dev", "v0")
		ip("-n", "green", "addr", "add", "2001:db8::7/64", "dev", "v0", "nodad")
		ip("-n", "green", "link", "set", "v0", "up")
		ip("-n", "blue", "link", "set", "eth0", "up")
		situations.wait_until(lambda: as_ip_has_them("green")["v0"]["operstate"] == "UP", "v0 is up")
		graph = links_when_settled(inums)
		here, there = graph.links_of(inums["green"])["v0"], graph.links_of(inums["blue"])["eth0"]
		equal(peer(here), (inums["blue"], there["ifindex"]), "other end of v0")
		equal(peer(there), (inums["green"], here["ifindex"]), "other end of eth0")
		equal((here["kind"], here["operstate"]), ("veth", OPERSTATES.index("UP")), "kind and state")
		check({"10.1.2.3/24", "2001:db8::7/64"} <= set(here["addresses"]), f"addresses of {here}")
		for inum in inums.values():
			check("link" in graph.ns("net", inum)["found"], "a device leads to it")
		equal(graph.links_of(inums["green"])["lo"].get("kind"), None, "kind of lo")


@test
def veth_with_one_ifindex():
	"""The same number in two namespaces is not the device itself."""
	with nets("green", "blue") as inums:
		ip("-n", "green", "link", "add", "name", "v0", "index", "99", "type", "veth",
		   "peer", "name", "v1", "index", "99", "netns", "blue")
		graph = links_when_settled(inums)
		equal(peer(graph.links_of(inums["green"])["v0"]), (inums["blue"], 99), "other end")


def has_kind(kind):
	"""Whether the kernel has such devices, in it or as a module."""
	with open("/proc/kallsyms") as symbols:
		if any(f" {kind}_link_ops" in line for line in symbols):
			return True
	return subprocess.run(["modprobe", "--quiet", {"vlan": "8021q"}.get(kind, kind)],
			      check=False).returncode == 0


@test
def devices_on_others():
	with nets("green", "blue") as inums:
		ip("-n", "green", "link", "add", "d0", "type", "dummy")
		for kind in ("vlan", "macvlan"):
			if not has_kind(kind):
				skip(f"this kernel has no {kind} devices")
		ip("-n", "green", "link", "add", "link", "d0", "name", "d0.5", "type", "vlan", "id", "5")
		ip("-n", "green", "link", "add", "link", "d0", "name", "m0", "type", "macvlan")
		ip("-n", "green", "link", "set", "m0", "netns", "blue")
		ip("-n", "green", "link", "add", "br0", "type", "bridge")
		ip("-n", "green", "link", "add", "p0", "type", "veth", "peer", "name", "p1")
		ip("-n", "green", "link", "set", "p0", "master", "br0", "up")
		graph = links_when_settled(inums)
		green, blue = (graph.links_of(inums[net]) for net in ("green", "blue"))
		equal(green["p0"]["master"], green["br0"]["ifindex"], "bridge of the port")
		equal(peer(green["p0"]), (inums["green"], green["p1"]["ifindex"]), "other end of p0")
		equal(peer(green["d0.5"]), (inums["green"], green["d0"]["ifindex"]), "below the vlan")
		equal(peer(blue["m0"]), (inums["green"], green["d0"]["ifindex"]), "below the macvlan")
		equal(peer(green["d0"]), (None, None), "below a dummy")


@test
def many_devices_and_addresses():
	"""More than there is room for at first, and more addresses than a node has room for."""
	with nets("green", "blue") as inums:
		ip("-n", "green", "-batch", "-", text="".join(
			f"link add name d{i} type dummy\naddr add 10.0.0.{i}/32 dev d{i}\n" for i in range(150)))
		ip("-n", "blue", "link", "add", "full", "type", "dummy")
		ip("-n", "blue", "-batch", "-", text="".join(
			f"addr add 2001:db8::{i:x}/128 dev full nodad\n" for i in range(1, 601)))
		graph = genl.look(details=["namespaces", "links"])
		names = [link["name"] for link in graph.links if link["net"] == inums["green"]]
		equal(sorted(names), sorted(["lo", *(f"d{i}" for i in range(150))]), "devices, once each")
		for i in range(150):
			equal(graph.links_of(inums["green"])[f"d{i}"]["addresses"], [f"10.0.0.{i}/32"],
			      f"addresses of d{i}")
		full = graph.links_of(inums["blue"])["full"]
		equal((full["ips"], len(set(full["addresses"]))), (600, 512), "addresses in all, and sent")


@test
def links_of_what_is_asked_for():
	with nets("green", "blue") as inums:
		graph = genl.look(details=["links"], inum=inums["green"])
		equal([(link["net"], link["name"]) for link in graph.links], [(inums["green"], "lo")],
		      "devices of one")
		equal(genl.look(details=["links"], types=["uts"]).links, [], "devices of other types")
		equal(graph.namespaces, [], "namespaces that nobody asked for")


def counters_when_settled():
	"""Those of netlink and those of debugfs, between which what earlier tests left was not freed."""
	def by_netlink():
		return {(c["user"], c["uid"]): c["use"] for c in genl.look(details=["counters"]).counters}

	def attempt():
		before = by_netlink()
		seen = {(int(row["userns"]), int(row["uid"])):
			{kind: tuple(map(int, row[kind].split("/"))) for kind in situations.TYPES}
			for row in debugfs.rows(debugfs.read("counters"), "counters")}
		return (before, seen) if by_netlink() == before else None

	return situations.wait_until(attempt, "netlink tells the same counters twice")


@test
def links_and_counters_in_debugfs():
	with nets("green", "blue") as inums:
		ip("-n", "green", "link", "add", "name", "v0", "type", "veth", "peer", "name", "eth0",
		   "netns", "blue")
		ip("-n", "green", "addr", "add", "10.1.2.3/24", "dev", "v0")
		ip("-n", "green", "addr", "add", "2001:db8::7/64", "dev", "v0", "nodad")
		graph = links_when_settled(inums)
		rows = [row for row in debugfs.rows(debugfs.read("links"), "links")
			if int(row["net"]) in inums.values()]
		equal(sorted((int(row["net"]), int(row["ifindex"]), row["name"], row.get("kind"),
			      int(row["flags"], 16), int(row["state"]), row.get("address", ""),
			      int(row.get("peer", 0)), int(row.get("peernet", 0)),
			      row.get("ips", "").split(",")) for row in rows),
		      sorted((link["net"], link["ifindex"], link["name"], link.get("kind"), link["flags"],
			      link["operstate"], link["address"], link.get("peer_ifindex", 0),
			      link.get("peer_net", 0), link["addresses"] or [""])
			     for link in graph.links if link["net"] in inums.values()), "links")
		expected, seen = counters_when_settled()
		equal(seen, expected, "counters")


def limits():
	"""/proc/sys/user of the user namespace that we are in."""
	return {kind: int(pathlib.Path(f"/proc/sys/user/max_{kind}_namespaces").read_text())
		for kind in situations.TYPES}


@test
def counters_after_enospc():
	def use_of(user, uid):
		return genl.look(details=["counters"]).counter(user, uid)

	initial = inum_of(1, "user")

	def nothing_else_is_on_it():
		use = use_of(initial, 0)
		# Mount namespaces of the system itself can be on it, which stay.
		return [use[kind][0] for kind in ("net", "user", "uts")] == [0, 0, 1]

	# Before 5.14 credentials have none, so the account of root is seen while something is on it.
	with situations.in_new("uts"):
		# User and network namespaces of earlier tests are freed by a worker.
		situations.wait_until(nothing_else_is_on_it, "the account of root has one uts namespace")
		before = use_of(initial, 0)
		with filled() as (pid, said):
			use = use_of(inum_of(pid, "user"), 0)
			after = use_of(initial, 0)
			equal(said["errno"], errno.ENOSPC, "what the third one got")
			equal(use["uts"], (2, 2), "use and limit of uts")
			equal({kind: limit for kind, (_, limit) in use.items()}, said["limits"], "limits")
			equal({kind: count for kind, (count, _) in use.items() if kind != "uts" and count},
			      {}, "use of others")
			equal({kind: after[kind][0] - before[kind][0] for kind in situations.TYPES
			       if after[kind][0] != before[kind][0]}, {"uts": 2, "user": 1}, "more use above")
			equal({kind: limit for kind, (_, limit) in after.items()}, limits(), "limits above")
		situations.wait_until(nothing_else_is_on_it, "the account of root is as before")


@contextlib.contextmanager
def filled():
	"""A user namespace in which there may be no third uts namespace; a pid, what it got."""
	def first(self):
		situations.unshare("user")
		situations.map_root()
		pathlib.Path("/proc/sys/user/max_uts_namespaces").write_text("2")
		situations.unshare("uts")
		self.say(None)
		self.await_go()
		try:
			situations.unshare("uts")
		except OSError as error:
			self.say({"errno": error.errno, "limits": limits()})
		situations.block()

	def second(pid):
		def do(_self):
			situations.setns(f"/proc/{pid}/ns/user")
			situations.unshare("uts")
		return do

	with situations.child(first) as process, situations.child(second(process.pid)):
		process.go()
		process.listen()
		yield process.pid, process.said


@test
def counters_of_who_only_has_tasks():
	"""Credentials lead to their account since 5.14."""
	def be(_self):
		situations.call(situations.libc.setresuid, 4242, 4242, 4242)

	with situations.child(be):
		graph = genl.look(details=["counters"])
		found = [counter["use"] for counter in graph.counters if counter["uid"] == 4242]
		if RELEASE < (5, 14):
			equal(found, [], "accounts")
		else:
			equal(found, [{kind: (0, limit) for kind, limit in limits().items()}], "accounts")


@test
def counters_of_what_is_asked_for():
	with filled() as (pid, _):
		user = inum_of(pid, "user")
		graph = genl.look(details=["counters"], inum=user, types=["uts", "user"])
		equal([(c["user"], c["uid"], set(c["use"])) for c in graph.counters],
		      [(user, 0, {"user", "uts"})], "accounts in one user namespace, of two types")


@test
def everything_while_all_changes():
	"""Nothing is read of what is gone: a debug kernel would say."""
	details = ["namespaces", "nsproxies", "tasks", "every", "facts", "links", "counters"]

	def change():
		situations.born_and_gone(*situations.TYPES)

	def rename():
		with situations.netns(f"n{os.getpid()}"):
			ip("-n", f"n{os.getpid()}", "link", "add", "v0", "type", "veth", "peer", "name", "v1")

	# What the storm's processes ran comes to us when they are killed, and ends by itself.
	situations.call(situations.libc.prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	# Before 5.14 an account is seen while a namespace is on it, which the storm's need not be.
	with situations.in_new("uts"), situations.storm(change), situations.storm(rename, count=1):
		for _ in range(20):
			graph = genl.look(details=details, threads=True)
			graph.check_whole()
			for ns in graph.namespaces:
				if ns["type"] == "uts":
					check("nodename" in ns, f"a name of {ns}")
			check(graph.links, "links of the initial network namespace")
			check(graph.counters, "the account that the uts namespace is on")
	with contextlib.suppress(ChildProcessError):
		while True:
			os.wait()
	situations.call(situations.libc.prctl, PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
	for path in pathlib.Path("/run/netns").glob("n[0-9]*"):
		ip("netns", "delete", path.name)
	genl.calm()


main()
