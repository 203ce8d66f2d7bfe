# SPDX-License-Identifier: GPL-2.0
"""A generic netlink client of its own, on a bare socket.

Numbers come from the uapi header, where the spec's names have them.  Answers
are taken apart strictly: an attribute that is not in the table below, that has
another length, comes twice or is missing, is a failure.
"""

import errno
import os
import pathlib
import re
import socket
import struct
import time

import graph
import ktap

HEADER = (pathlib.Path(__file__).resolve().parents[2]
	  / "module/include/uapi/linux/nsinspect.h")

NLM_F_REQUEST, NLM_F_MULTI, NLM_F_ACK, NLM_F_DUMP_INTR, NLM_F_DUMP = 1, 2, 4, 16, 0x300
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
NLMSG_ERROR, NLMSG_DONE, NLMSG_MIN_TYPE = 2, 3, 16
NLMSGERR_ATTR_MSG, NLMSGERR_ATTR_OFFS = 1, 2
NLA_F_NESTED = 0x8000
NETLINK_GENERIC, SOL_NETLINK, NETLINK_EXT_ACK = 16, 270, 11
GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 16, 3, 1, 2
HEADERS = 20	# struct nlmsghdr and struct genlmsghdr


def _constants():
	"""The names and values of all enums in the header."""
	text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S)
	values = {}
	for body in re.findall(r"enum\s*\w*\s*\{(.*?)\}", text, flags=re.S):
		following = 0
		for entry in filter(None, (e.strip() for e in body.split(","))):
			name, _, value = (part.strip() for part in entry.partition("="))
			if name.startswith("__") or "__" in value:
				continue
			if value:
				following = int(value, 0)
			values[name.replace("NSINSPECT_", "", 1)] = following
			following += 1
	return values


C = _constants()
NS_TYPES = [name.replace("NS_TYPE_", "").lower() for name in
	    sorted((n for n in C if n.startswith("NS_TYPE_")), key=C.get)]


def _words(prefix):
	"""The names of an enum's values, as JSON has them."""
	return {value: name.removeprefix(prefix).lower() for name, value in C.items()
		if name.startswith(prefix)}


DETAILS = {word: value for value, word in _words("DETAIL_").items()}
COVERAGE = _words("COVERAGE_")
FOUND = _words("FOUND_")
HOLDER_KINDS = _words("HOLDER_KIND_")

WATCH = {C["WATCH_ON"]: "on", C["WATCH_OFF"]: "off", C["WATCH_MISSING"]: "missing"}
NSPROXY_SLOTS = ("cgroup", "ipc", "mnt", "net", "pid_for_children", "time", "time_for_children", "uts")

# Attribute sets of the answers: the kind of each attribute, ! for those that
# every node has, * for those that may come more than once.
SETS = {
	"GRAPH": {"snapshot": "SNAPSHOT*", "namespace": "NAMESPACE*", "nsproxy": "NSPROXY*",
		  "task": "TASK*", "link": "LINK*", "counter": "COUNTER*",
		  "holding": "HOLDING*", "holder": "HOLDER*"},
	"SNAPSHOT": {"pad": "pad*", "time_ns": "u64!", "boottime_ns": "u64!", "load": "u64!",
		     "generation_begin": "u64!", "generation": "u64!", "watch": "u32!",
		     "consistent": "u8", "namespaces": "u32!", "nsproxies": "u32!",
		     "tasks": "u32!", "walked": "u32!", "coverage": "u32!",
		     "links": "u32!", "counters": "u32!", "missed_events": "u64!",
		     "files": "u32", "sockets": "u32", "unread_queues": "u32", "walk_ns": "u64!", "bytes": "u64!",
		     "nodename": "string!", "release": "string!"},
	"NAMESPACE": {"pad": "pad*", "type": "u32!", "inum": "u32!", "id": "u64", "node": "u32!",
		      "initial": "flag", "active": "u8", "owner": "u32", "owner_node": "u32",
		      "parent": "u32", "parent_node": "u32", "level": "u32", "refs": "u32",
		      "tasks": "u32", "procs": "u32", "found": "u32!",
		      "creator_uid": "u32", "nodename": "string", "domainname": "string",
		      "msg_queues": "u32", "sem_sets": "u32", "shm_segments": "u32",
		      "shm_bytes": "u64", "monotonic_ns": "s64", "boottime_ns": "s64",
		      "cgroup_root": "string", "reaper": "u32", "pids": "u32", "dying": "flag",
		      "pid_max": "u32", "owner_uid": "u32", "owner_gid": "u32",
		      "uid_map": "binary", "gid_map": "binary", "setgroups": "u8", "nsid": "s32"},
	"LINK": {"net": "u32!", "net_node": "u32", "ifindex": "u32!", "name": "string!",
		 "kind": "string", "flags": "u32!", "operstate": "u32!", "address": "binary",
		 "master": "u32", "peer_ifindex": "u32", "peer_net": "u32", "peer_net_node": "u32",
		 "ip": "IP*", "ips": "u32!"},
	"IP": {"address": "binary!", "prefix": "u32!"},
	"COUNTER": {"user": "u32!", "user_node": "u32", "uid": "u32!", "use": "USE*"},
	"USE": {"type": "u32!", "count": "u32!", "limit": "u32!"},
	"NSPROXY": {"id": "u32!", "refs": "u32!", "tasks": "u32",
		    **{slot + suffix: "u32" for slot in NSPROXY_SLOTS for suffix in ("", "_node")}},
	"HOLDING": {"refs": "u32!", "active_refs": "u32", "initial": "flag", "settled": "u8!",
		    "explained": "EXPLAINED*", "files": "u32!", "nsfs_users": "u32!"},
	"EXPLAINED": {"kind": "u32!", "refs": "u32!", "active_refs": "u32", "holders": "u32!"},
	"HOLDER": {"pad": "pad*", "kind": "u32!", "tid": "u32", "tgid": "u32", "comm": "string",
		   "state": "string", "fd": "u32", "slot": "string", "nsproxy": "u32", "nr": "u32",
		   "type": "u32", "inum": "u32", "fstype": "string", "dev": "u32", "family": "u32",
		   "socket_type": "u32", "protocol": "u32", "ino": "u64", "uid": "u32",
		   "object": "u32"},
	"UPID": {"nr": "u32!", "pidns": "u32", "pidns_node": "u32", "level": "u32!"},
	"TASK": {"tid": "u32!", "tgid": "u32!", "ppid": "u32!", "comm": "string!",
		 "state": "string!", "kthread": "flag", "uid": "u32!", "nsproxy": "u32",
		 "user": "u32", "user_node": "u32", "pid": "u32", "pid_node": "u32",
		 "upid": "UPID*"},
}

FORMATS = {"u8": "B", "u32": "I", "u64": "Q", "s32": "i", "s64": "q"}


class Refused(Exception):
	"""An error from the kernel: errno, its words, the attribute it is about."""

	def __init__(self, number, message, offset, request):
		super().__init__(f"{errno.errorcode.get(number, number)}: {message}")
		self.errno = number
		self.message = message
		self.offset = offset
		self.attribute = None
		if offset is not None and offset + 4 <= len(request):
			self.attribute = struct.unpack_from("HH", request, offset)[1] & 0x3fff


def attribute(name, value=b"", raw=False):
	"""One attribute of a request; name may be a number, raw keeps value's bytes."""
	number = C[f"A_GRAPH_{name.upper()}"] if isinstance(name, str) else name
	if not raw and isinstance(value, int):
		value = struct.pack("Q" if name == "id" else "I", value)
	return struct.pack("HH", 4 + len(value), number) + value + bytes(-len(value) % 4)


def attributes(**wanted):
	"""Attributes of a request by their names; True is a flag that is set."""
	parts = []
	for name, value in wanted.items():
		if value is None or value is False:
			continue
		if name == "types":
			value = sum(1 << NS_TYPES.index(kind) for kind in value)
		elif name == "details":
			value = sum(DETAILS[kind] for kind in value)
		elif name == "type":
			value = NS_TYPES.index(value)
		parts.append(attribute(name, b"" if value is True else value))
	return b"".join(parts)


def _split(data, what):
	"""The attributes in data as (number, nested, payload)."""
	at = 0
	while at < len(data):
		ktap.check(len(data) - at >= 4, f"{what}: bytes are left over")
		length, kind = struct.unpack_from("HH", data, at)
		ktap.check(4 <= length <= len(data) - at, f"{what}: attribute {kind} has length {length}")
		end = at + length
		padding = data[end:end + -length % 4]
		ktap.equal(padding, bytes(-length % 4), f"{what}: padding of attribute {kind}")
		yield kind & 0x3fff, bool(kind & NLA_F_NESTED), data[at + 4:end]
		at = end + -length % 4


def _value(kind, payload, nested, what):
	if kind.isupper():
		ktap.check(nested, f"{what}: lacks NLA_F_NESTED")
		return _node(kind, payload)
	ktap.check(not nested, f"{what}: has NLA_F_NESTED")
	if kind == "flag":
		ktap.equal(payload, b"", f"{what}: a flag")
		return True
	if kind == "string":
		ktap.check(payload.endswith(b"\0") and b"\0" not in payload[:-1], f"{what}: string {payload}")
		return payload[:-1]
	if kind == "binary":
		return payload
	ktap.equal(len(payload), struct.calcsize(FORMATS[kind]), f"{what}: length")
	return struct.unpack(FORMATS[kind], payload)[0]


_NAMES = {set_name: {C[f"A_{set_name}_{name.upper()}"]: (name, kind.rstrip("!*"), kind[-1])
		     for name, kind in attrs.items()}
	  for set_name, attrs in SETS.items()}
_NEEDED = {set_name: {name for name, kind in attrs.items() if kind.endswith("!")}
	   for set_name, attrs in SETS.items()}


def _node(set_name, data):
	"""A nest as a dict; attributes that may come more than once are lists."""
	node = {}
	for number, nested, payload in _split(data, set_name):
		ktap.check(number in _NAMES[set_name], f"{set_name} has an unknown attribute {number}")
		name, kind, mark = _NAMES[set_name][number]
		if kind == "pad":
			ktap.equal(payload, b"", f"{set_name}: a pad")
			continue
		value = _value(kind, payload, nested, f"{set_name}.{name}")
		if mark == "*":
			node.setdefault(name, []).append(value)
			continue
		ktap.check(name not in node, f"{set_name}.{name} comes twice")
		node[name] = value
	missing = _NEEDED[set_name] - set(node)
	ktap.check(not missing, f"{set_name} lacks {sorted(missing)}")
	return node


def _text(value):
	return value.decode(errors="surrogateescape")


def _extents(data):
	"""A map as its file in /proc has it: three numbers a line."""
	ktap.equal(len(data) % 12, 0, "length of a map")
	return [struct.unpack_from("III", data, at) for at in range(0, len(data), 12)]


def _shape_facts(node):
	for key in ("nodename", "domainname", "cgroup_root"):
		if key in node:
			node[key] = _text(node[key])
	for key in ("uid_map", "gid_map"):
		if key in node:
			node[key] = _extents(node[key])
	if "setgroups" in node:
		ktap.check(node["setgroups"] in (0, 1), f"setgroups is {node['setgroups']}")
		node["setgroups"] = bool(node["setgroups"])
	if node["type"] == "pid" and "pids" in node:
		node.setdefault("dying", False)


def _shape_link(node):
	for key in ("name", "kind"):
		if key in node:
			node[key] = _text(node[key])
	node["address"] = node.pop("address", b"").hex(":")
	families = {4: socket.AF_INET, 16: socket.AF_INET6}
	for ip in node.get("ip", []):
		ktap.check(len(ip["address"]) in families, f"length of address {ip}")
	node["addresses"] = [f"{socket.inet_ntop(families[len(ip['address'])], ip['address'])}"
			     f"/{ip['prefix']}" for ip in node.pop("ip", [])]


def _shape(kind, node):
	"""A node as schema nsinspect/1 has it; comm stays as bytes in comm_bytes."""
	if kind == "snapshot":
		ktap.check(node["watch"] in WATCH, f"watch is {node['watch']}")
		node["watch"] = WATCH[node["watch"]]
		ktap.equal("consistent" in node, node["watch"] == "on", "consistent is there, for watch is on")
		if "consistent" in node:
			ktap.check(node["consistent"] in (0, 1), f"consistent is {node['consistent']}")
			node["consistent"] = bool(node["consistent"])
		ktap.check(node["coverage"] in COVERAGE, f"coverage is {node['coverage']}")
		node["coverage"] = COVERAGE[node["coverage"]]
		node["nodename"] = _text(node["nodename"])
		node["release"] = _text(node["release"])
	elif kind == "namespace":
		node["type"] = NS_TYPES[node["type"]]
		node["found"] = [word for bit, word in FOUND.items() if node["found"] & bit]
		node.setdefault("initial", False)
		if "active" in node:
			ktap.check(node["active"] in (0, 1), f"active is {node['active']}")
			node["active"] = bool(node["active"])
		_shape_facts(node)
	elif kind == "link":
		_shape_link(node)
	elif kind == "counter":
		node["use"] = {NS_TYPES[use["type"]]: (use["count"], use["limit"])
			       for use in node.get("use", [])}
	elif kind == "nsproxy":
		node["ns_node"] = {slot: node.pop(slot + "_node") for slot in NSPROXY_SLOTS
				   if slot + "_node" in node}
		node["ns"] = {slot: node.pop(slot) for slot in NSPROXY_SLOTS if slot in node}
	elif kind == "task":
		node["comm_bytes"] = node["comm"]
		node["comm"] = _text(node["comm"])
		node["state"] = _text(node["state"])
		ktap.equal(len(node["state"]), 1, "length of a state")
		node.setdefault("kthread", False)
		node["pids"] = node.pop("upid", [])
	elif kind == "holding":
		for explained in node.setdefault("explained", []):
			explained["kind"] = HOLDER_KINDS[explained["kind"]]
		node["explained"] = {e.pop("kind"): e for e in node["explained"]}
	elif kind == "holder":
		node["kind"] = HOLDER_KINDS[node["kind"]]
		if "type" in node:
			node["type"] = NS_TYPES[node["type"]]
		for key in ("comm", "state", "slot", "fstype"):
			if key in node:
				node[key] = _text(node[key])
	return node


class Socket:
	"""A connection; several may be open at once.

	With `glance` it looks at so many bytes first, as libnl does: what is read at
	once is what the kernel makes its next messages for.
	"""

	def __init__(self, glance=None):
		self.glance = glance
		self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
		self.socket.settimeout(120)
		self.socket.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
		self.socket.bind((0, 0))
		self.sequence = 0
		self.request = b""
		self.bytes = b""
		self.family = self._resolve()

	def __enter__(self):
		return self

	def __exit__(self, *_exception):
		self.close()

	def close(self):
		self.socket.close()

	def _resolve(self):
		name = attribute(CTRL_ATTR_FAMILY_NAME, b"nsinspect\0", raw=True)
		self.send(CTRL_CMD_GETFAMILY, name, NLM_F_ACK, family=GENL_ID_CTRL)
		family = None
		for data in self.messages(GENL_ID_CTRL):
			for number, _, payload in _split(data, "family"):
				if number == CTRL_ATTR_FAMILY_ID:
					family = struct.unpack("H", payload)[0]
		return family

	def send(self, command, attrs=b"", flags=NLM_F_ACK, family=None):
		self.sequence += 1
		length = HEADERS + len(attrs)
		self.request = struct.pack("IHHIIBBH", length, family or self.family,
					   NLM_F_REQUEST | flags, self.sequence, 0, command, 1, 0) + attrs
		self.socket.send(self.request)

	def _receive(self):
		size = 1 << 20
		if self.glance:
			size = self.socket.recv_into(bytearray(self.glance), self.glance,
						     socket.MSG_PEEK | socket.MSG_TRUNC)
		return self.socket.recv(size)

	def messages(self, family=None, multi=False):
		"""Yields the attributes of each message of one answer, as they come."""
		family = family or self.family
		while True:
			data = self._receive()
			self.bytes += data
			at = 0
			while at < len(data):
				length, kind, flags, sequence, _ = struct.unpack_from("IHHII", data, at)
				ktap.check(16 <= length <= len(data) - at, f"message of length {length}")
				body = data[at + 16:at + length]
				at += length + -length % 4
				ktap.equal(sequence, self.sequence, "sequence number")
				ktap.check(not flags & NLM_F_DUMP_INTR, "NLM_F_DUMP_INTR")
				if kind in (NLMSG_ERROR, NLMSG_DONE):
					self._ended(kind, flags, body)
					ktap.equal(at, len(data), "nothing comes after the end")
					return
				ktap.equal(kind, family, "type of the message")
				ktap.equal(bool(flags & NLM_F_MULTI), multi, "NLM_F_MULTI")
				yield body[4:]

	def _ended(self, kind, flags, body):
		number = -struct.unpack_from("i", body)[0]
		if not number:
			return
		at = 4
		if kind == NLMSG_ERROR:
			echoed = struct.unpack_from("I", body, 4)[0]
			at += 16 if flags & NLM_F_CAPPED else echoed + -echoed % 4
		message = offset = None
		if flags & NLM_F_ACK_TLVS:
			for attr, _, payload in _split(body[at:], "ack"):
				if attr == NLMSGERR_ATTR_MSG:
					message = _text(payload.rstrip(b"\0"))
				elif attr == NLMSGERR_ATTR_OFFS:
					offset = struct.unpack("I", payload)[0]
		raise Refused(number, message, offset, self.request)

	def _collect(self, messages):
		"""A Graph of all that comes; nodes have to come kind by kind."""
		kinds = ["snapshot", "namespace", "nsproxy", "task", "link", "counter", "holding", "holder"]
		nodes = {kind: [] for kind in kinds}
		reached = 0
		for data in messages:
			for number, nested, payload in _split(data, "GRAPH"):
				ktap.check(number in _NAMES["GRAPH"], f"answer has attribute {number}")
				kind, set_name, _ = _NAMES["GRAPH"][number]
				ktap.check(kinds.index(kind) >= reached, f"a {kind} comes too late")
				reached = kinds.index(kind)
				nodes[kind].append(_shape(kind, _value(set_name, payload, nested, kind)))
		ktap.equal(len(nodes["snapshot"]), 1, "number of snapshot nodes")
		snapshot = nodes["snapshot"][0]
		for key, kind in (("namespaces", "namespace"), ("nsproxies", "nsproxy"),
				  ("tasks", "task"), ("links", "link"), ("counters", "counter")):
			ktap.equal(snapshot[key], len(nodes[kind]), f"snapshot's count of {key}")
		return graph.Graph(snapshot, nodes["namespace"], nodes["nsproxy"], nodes["task"],
				   nodes["link"], nodes["counter"], nodes["holding"], nodes["holder"])

	def dump_start(self, **wanted):
		"""Sends a request for a dump; dump_rest() receives it."""
		self.send(C["CMD_GRAPH_GET"], attributes(**wanted), NLM_F_ACK | NLM_F_DUMP)

	def dump_rest(self):
		return self._collect(self.messages(multi=True))

	def graph_get(self, **wanted):
		self.dump_start(**wanted)
		return self.dump_rest()

	def task_get(self, tid):
		self.send(C["CMD_TASK_GET"], attributes(tid=tid))
		return self._collect(self.messages())

	def ns_get(self, **wanted):
		self.send(C["CMD_NS_GET"], attributes(**wanted))
		return self._collect(self.messages())

	def holder_get(self, **wanted):
		self.send(C["CMD_HOLDER_GET"], attributes(**wanted), NLM_F_ACK | NLM_F_DUMP)
		return self._collect(self.messages(multi=True))

	def raw(self, command, attrs, dump=False):
		"""Asks with attributes that may be wrong."""
		self.send(C[f"CMD_{command}"], attrs, NLM_F_ACK | (NLM_F_DUMP if dump else 0))
		return self._collect(self.messages(multi=dump))


def look(**wanted):
	"""The graph over a connection of its own."""
	with Socket() as connection:
		return connection.graph_get(**wanted)


QUIET_LIMIT = 300


def calm():
	"""Waits until workers have freed what a storm left: nothing changes for two seconds.

	Probes that missed changes in the storm can make pictures inconsistent for longer than that.
	"""
	end = time.monotonic() + QUIET_LIMIT
	last, since = None, 0
	while time.monotonic() < end:
		snapshot = look(tid=1).snapshot
		if snapshot["generation"] != last or not snapshot["consistent"]:
			last, since = snapshot["generation"], time.monotonic()
		elif time.monotonic() > since + 2:
			return
	ktap.fail(f"namespaces have changed for {QUIET_LIMIT} s")


def quiet(**wanted):
	"""The graph, taken while no namespace changed: workers may still free those of earlier tests."""
	end = time.monotonic() + QUIET_LIMIT
	while time.monotonic() < end:
		result = look(**wanted)
		if result.snapshot["consistent"]:
			return result
	ktap.fail(f"no snapshot was consistent for {QUIET_LIMIT} s")


def steady(*requests):
	"""The answers to several requests between which nothing changed.

	A request is the words of a dump, or a function that asks.  Kernel threads come and go
	as they are needed, and no generation tells.
	"""
	end = time.monotonic() + QUIET_LIMIT
	while time.monotonic() < end:
		before = quiet(threads=True)
		answers = [request() if callable(request) else look(**request) for request in requests]
		after = quiet(threads=True)
		if (before.snapshot["generation"] == after.snapshot["generation"]
		    and [task["tid"] for task in before.tasks] == [task["tid"] for task in after.tasks]):
			return answers
	ktap.fail(f"tasks or namespaces have changed for {QUIET_LIMIT} s")


def dumps_point():
	"""Whether what a dump's start refuses can point at an attribute: on 6.1 not, on 6.12 it can."""
	return tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 12)


def is_loaded():
	return os.path.exists("/sys/module/nsinspect")
