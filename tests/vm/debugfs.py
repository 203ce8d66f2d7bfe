# SPDX-License-Identifier: GPL-2.0
"""The module's text files, read as a user reads them."""

import os

import graph
from genl import NSPROXY_SLOTS
from ktap import check, equal

FOLDER = "/sys/kernel/debug/nsinspect"
HEADERS = {
	"tasks": "TID TGID PPID UID STATE NSPROXY PID USER NRS COMM",
	"nsproxies": "ID REFS TASKS " + " ".join(NSPROXY_SLOTS),
	"namespaces": "TYPE INUM ID OWNER PARENT LEVEL REFS TASKS PROCS INITIAL ACTIVE NODE",
	"links": "NET IFINDEX KIND FLAGS STATE ADDRESS MASTER PEER PEERNET NAME IPS",
	"counters": "USERNS UID cgroup ipc mnt net pid time user uts",
}


def read(name):
	with open(f"{FOLDER}/{name}", "rb") as file:
		return file.read().decode()


def rows(text, name):
	"""A table's lines as dicts; '-' is nothing and no key."""
	header, *lines = text.rstrip("\n").split("\n")
	columns = HEADERS[name].split()
	equal(header.split(), columns, f"header of {name}")
	result = []
	for line in lines:
		fields = line.split(None, len(columns) - 1)
		if name == "tasks" and len(fields) == len(columns) - 1:
			fields.append("")	# an empty comm
		equal(len(fields), len(columns), f"columns of {name}: {line!r}")
		result.append({column.lower(): field for column, field in zip(columns, fields)
			       if field != "-" or column == "COMM"})
	return result


def _ints(row, *strings):
	"""A reference is a number, or inum#node where two namespaces have the same inum."""
	result = {}
	for key, value in row.items():
		value, _, node = (value, "", "") if key in strings else value.partition("#")
		result[key] = value if key in strings else int(value)
		if node:
			result[f"{key}_node"] = int(node)
	return result


def task_of(row):
	row = _ints(row, "state", "nrs", "comm")
	row["kthread"] = row["comm"].startswith("[") and row["comm"].endswith("]")
	if row["kthread"]:
		row["comm"] = row["comm"][1:-1]
	row["nrs"] = [int(nr) for nr in row["nrs"].split("->")]
	return row


def namespace_of(row):
	row = _ints(row, "type", "initial", "active")
	for key in ("initial", "active"):
		check(row[key] in ("yes", "no"), f"{key} is {row[key]}")
		row[key] = row[key] == "yes"
	return row


def nsproxy_of(row):
	row = _ints(row)
	row["ns_node"] = {slot: row.pop(f"{slot}_node") for slot in NSPROXY_SLOTS if f"{slot}_node" in row}
	row["ns"] = {slot: row.pop(slot) for slot in NSPROXY_SLOTS if slot in row}
	return row


def look():
	"""The three tables; each file is a snapshot of its own."""
	return graph.Graph(None,
			   [namespace_of(row) for row in rows(read("namespaces"), "namespaces")],
			   [nsproxy_of(row) for row in rows(read("nsproxies"), "nsproxies")],
			   [task_of(row) for row in rows(read("tasks"), "tasks")])


def ask_task(tid):
	"""What the file `task` answers when a tid is written to it."""
	fd = os.open(f"{FOLDER}/task", os.O_RDWR)
	try:
		os.write(fd, f"{tid}\n".encode())
		return read_all(fd).decode()
	finally:
		os.close(fd)


def read_all(fd, chunk=65536):
	data = b""
	while True:
		part = os.read(fd, chunk)
		if not part:
			return data
		data += part


def task_parts(text):
	"""The three parts of `task`: the task, its slots, its namespaces."""
	parts = text.split("\n\n")
	equal(len(parts), 3, f"parts of {text!r}")
	slots = [line.split() for line in parts[1].split("\n")]
	equal(slots[0], ["SLOT", "INUM"], "header of the slots")
	return (task_of(rows(parts[0], "tasks")[0]),
		{slot: int(inum) for slot, inum in slots[1:] if inum != "-"},
		[namespace_of(row) for row in rows(parts[2], "namespaces")])


def task_slots(tid):
	return task_parts(ask_task(tid))[1]


def stats():
	"""Numbers, but watch, which is a line of text."""
	lines = dict(line.split(None, 1) for line in read("stats").splitlines())
	return {name: value if name == "watch" else int(value) for name, value in lines.items()}
