# SPDX-License-Identifier: GPL-2.0
"""What namespaces know about themselves, as the system itself tells it."""

import os

import genl
import situations
from ktap import equal, main, test

FACTS = ["namespaces", "facts"]


@test
def uts_names():
	def name(_self):
		situations.unshare("uts")
		situations.call(situations.libc.sethostname, b"blue" * 16, 64)
		situations.call(situations.libc.setdomainname, b"", 0)

	with situations.child(name) as process:
		inum = situations.link_inum(f"/proc/{process.pid}/ns/uts")
		graph = genl.look(details=FACTS)
		ns = graph.ns("uts", inum)
		equal((ns["nodename"], ns["domainname"]), ("blue" * 16, ""), "names")
		initial = graph.ns("uts", situations.link_inum("/proc/1/ns/uts"))
		uname = os.uname()
		equal(initial["nodename"], uname.nodename, "name of the initial one")


if __name__ == "__main__":
	main()
