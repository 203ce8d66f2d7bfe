#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What came, went and moved since a picture was saved."""

import json
import os
import tempfile

import situations
import tool
from ktap import check, contains, equal, main, test


def inum(pid, slot):
	return os.stat(f"/proc/{pid}/ns/{slot}").st_ino


def differences(*arguments):
	result = tool.run("diff", *arguments, "--json", "--exit-code")
	equal(result.said, "", "stderr")
	document = json.loads(result.out)
	equal(document["schema"], "nsinspect-diff/1", "schema")
	equal(result.status, 6 if document["differ"] else 0, "status")
	return document


def without_processes(path):
	"""What has no process may be about to be freed, when what left it is long gone."""
	document = json.loads(tool.good("--from", path, "--json").out)
	return {ns["inum"] for ns in document["namespaces"] if not ns["procs"]}


def went(found, path):
	"""Numbers of the namespaces that went, but for those that only waited for it."""
	return {ns["inum"] for ns in found["namespaces"]["went"]} - without_processes(path)


def tasks(found, change, *ours):
	"""Numbers of the tasks of ours that came or went: those of earlier tests may still go."""
	return [task["tid"] for task in found["tasks"][change] if task["tid"] in ours]


def move(self):
	self.say(None)
	self.await_go()
	situations.unshare("net")


@test
def came_went_and_moved():
	with tempfile.TemporaryDirectory() as folder, situations.child(move) as mover:
		before, after = f"{folder}/before", f"{folder}/after"
		tool.save(before)
		found = differences(before)
		equal((found["namespaces"]["came"], went(found, before)), ([], set()), "nothing has happened")
		with situations.unshared("uts", "net") as new:
			mover.go()
			mover.listen()
			tool.save(after)
			for found in (differences(before), differences(before, after)):
				check(found["same_boot"], "it is one boot")
				came = {ns["inum"] for ns in found["namespaces"]["came"]}
				equal(came, {inum(new.pid, "uts"), inum(new.pid, "net"), inum(mover.pid, "net")},
				      "namespaces that came")
				equal(went(found, before), set(), "namespaces that went")
				equal([task["tid"] for task in found["tasks"]["came"]], [new.pid], "tasks that came")
				equal(tasks(found, "went", new.pid, mover.pid), [], "tasks that went")
				moved, = found["tasks"]["moved"]
				equal((moved["tid"], moved["slots"]), (mover.pid, {"net": {"from": inum("self", "net"),
				      "to": inum(mover.pid, "net")}}), "the task that moved")
				equal({task["first"] for task in found["sets"]["came"]}, {new.pid, mover.pid}, "sets")
			gone = {inum(new.pid, "uts"), inum(new.pid, "net")}
			number = str(inum(mover.pid, "net"))[-5:]
			contains(tool.good("diff", before, after).out, f"  net {str(inum('self', 'net'))[-5:]} "
				 f"→ {number}\n", "text")
		found = differences(after)
		equal(went(found, after), gone, "namespaces that went")
		equal(tasks(found, "went", new.pid, mover.pid), [new.pid], "tasks that went")


main()
