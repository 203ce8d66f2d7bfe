# SPDX-License-Identifier: GPL-2.0
"""Runs in a guest: the situations and commands of the pages in Documentation/questions."""

import collections
import contextlib
import datetime
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile

import busy
import situations

# A command as the user types it, what is said before it, and the status that it has to end
# with.  {name} is what the situation calls so.  What has to be true before it runs is awaited.
Shot = collections.namedtuple("Shot", ("text", "command", "status", "once"), defaults=(0, None))

Page = collections.namedtuple("Page", ("file", "title", "situation", "intro", "shots"))


def sh(command):
	return subprocess.run(command, shell=True, check=True, stdout=subprocess.PIPE, text=True).stdout


def named(name, do=lambda: None):
	"""A process of that name that does something and waits."""
	def live(_self):
		do()
		situations.set_name(name.encode())

	return situations.child(live)


@contextlib.contextmanager
def program(name, before=""):
	"""A program of that name, started by a shell that has ended, as a service is."""
	with tempfile.TemporaryDirectory() as folder:
		path = f"{folder}/{name}"
		os.symlink("/bin/sleep", path)
		pid = int(sh(f"{before} {path} infinity >/dev/null & echo $!"))
		situations.wait_until(lambda: situations.proc_status(pid)["Name"] == name, f"{name} runs")
		try:
			yield pid
		finally:
			with contextlib.suppress(ProcessLookupError):
				os.kill(pid, 9)


def is_gone(pid):
	return situations.state(int(pid)) is None


@contextlib.contextmanager
def hosts(*processes):
	"""Processes out of a table of busy.py; yields the first pid of each name."""
	made = busy.Host()
	with situations.child(lambda _self: made.make(processes)) as process:
		pids, parents = {}, {process.pid}
		# Numbers rise from parent to child.
		for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
			with contextlib.suppress(FileNotFoundError, ProcessLookupError):
				status = situations.proc_status(pid)
				if int(status["PPid"]) in parents:
					parents.add(pid)
					pids.setdefault(status["Name"], pid)
		yield pids


# Who holds this network namespace?

def open_socket():
	"""Opens a socket in the network namespace, and goes back."""
	home = os.open("/proc/self/ns/net", os.O_RDONLY)
	situations.setns("/run/netns/blue")
	sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	os.dup(sock.fileno())
	situations.call(situations.libc.setns, home, 0)
	os.close(home)


@contextlib.contextmanager
def held():
	sh("ip netns add blue")
	with contextlib.ExitStack() as stack:
		enter = stack.enter_context
		yield {
			"router": enter(program("router", "ip netns exec blue")),
			"exporter": enter(named("exporter", open_socket)).pid,
			"netmon": enter(named("netmon", lambda: os.open("/run/netns/blue", os.O_RDONLY))).pid,
			"inum": os.stat("/run/netns/blue").st_ino,
		}


HELD = Page("who-holds-a-netns", "Who holds this network namespace?", held,
	"A namespace lives as long as something refers to it. That need not be a process in it.", (
	Shot("Each holder has a line. ``to free it`` says what would have to go:", "nsinspect why blue"),
	Shot("The process is ended and the name is deleted. The namespace is still there, although no "
	     "process is in it and it has no name:",
	     "kill {router}; ip netns delete blue; nsinspect -t net -P"),
	Shot("It is named by its inode number, or by the last digits of that:", "nsinspect why net:{inum}",
	     once=lambda names: is_gone(names["router"])),
))


# Which process is pid 17 of that container?

@contextlib.contextmanager
def containers():
	with hosts(busy.docker("web", busy.p("nginx", busy.p("nginx-worker", count=20)), 0),
		   busy.p("dind", busy.p("inner", busy.p("inner-worker", count=20), new=("mnt", "pid")),
			  new=("mnt", "pid"))) as names:
		# The workers are born one after the other.
		yield names | {"worker": names["nginx-worker"] + 15}


PID = Page("which-pid-is-17", "Which process is pid 17 of that container?", containers,
	"A log inside of a container says that pid 17 failed. The host knows that process by another "
	"number.", (
	Shot("The container is named by any process in it, here by its first one. The answer begins "
	     "with the number on the host:", "nsinspect pid 17 --in {nginx}"),
	Shot("The other way, a number on the host is looked up like this:", "nsinspect pid {worker}"),
	Shot("A container in a container has one more level. The number is the one that "
	     "the process has in the namespace after ``--in``:", "nsinspect pid 17 --in {inner}"),
	Shot("If the container is not known, all processes that are 17 somewhere are listed:",
	     "nsinspect pid 17"),
	Shot("And this is where one of them is:", "nsinspect --tree -p {worker} -t pid"),
))


# Where is the other end of this veth?

@contextlib.contextmanager
def cables():
	with hosts(busy.docker("web", busy.p("nginx"), 0),
		   busy.docker("db", busy.p("postgres"), 0)) as names:
		sh("ip link add br0 type bridge && ip link set br0 up && ip addr add 10.1.0.1/24 dev br0")
		for number, name in enumerate(("nginx", "postgres"), 2):
			sh(f"ip link add veth-{number} type veth peer name eth0 netns {names[name]} && "
			   f"ip link set veth-{number} master br0 up && "
			   f"nsenter -t {names[name]} -n ip addr add 10.1.0.{number}/24 dev eth0 && "
			   f"nsenter -t {names[name]} -n ip link set eth0 up")
		try:
			yield names
		finally:
			sh("ip link del br0")


VETH = Page("other-end-of-a-veth", "Where is the other end of this veth?", cables,
	"``ip link`` shows a number behind the ``@`` that is a device in another network namespace, and "
	"not in which one.", (
	Shot("The devices of a network namespace, here that of a process in a container. "
	     "Behind the arrow are the namespace and the device at the other end:",
	     "nsinspect ns {nginx}/net"),
	Shot("From the host, each port of the bridge leads to a container:", "nsinspect ns 1/net | head -n 10"),
	Shot("The list says which process each of them begins with, and in which container that is:",
	     "nsinspect -t net -o NS,NPROCS,PID,CONTAINER"),
	Shot("What ``ip`` says of the same device:", "ip -br link show dev veth-2"),
))


# User namespaces ran out

@contextlib.contextmanager
def full():
	limit = pathlib.Path("/proc/sys/user/max_user_namespaces")
	before = limit.read_text()

	def sandbox():
		situations.call(situations.libc.setresuid, 1000, 1000, 1000)
		# Another user's process has to be told again to end with its parent.
		situations.libc.prctl(situations.PR_SET_PDEATHSIG, 9, 0, 0, 0)
		situations.unshare("user")

	with hosts(busy.p("browser", busy.p("sandboxed", does=sandbox, count=20)),
		   busy.p("editor", does=sandbox)) as names:
		limit.write_text("21")
		try:
			yield names
		finally:
			limit.write_text(before)


FULL = Page("user-namespaces-ran-out", "Why is there no space for another user namespace?", full,
	"``unshare``, a browser or a container engine fails with ``No space left on device`` (ENOSPC), "
	"and no disk is full. How many namespaces a user may have is limited, by "
	"``/proc/sys/user/max_*_namespaces``.", (
	Shot("What fails:", "setpriv --reuid 1000 --clear-groups unshare --user true", 1),
	Shot("Every account is counted against its limit, the fullest first:", "nsinspect limits"),
	Shot("This is where they are in the tree of processes:", "nsinspect --tree -t user"),
	Shot("And these are the user namespaces that this user has made:",
	     "nsinspect -t user -Q 'CREATOR == 1000' -o NS,CREATOR,NPROCS,PID,PPID | head -n 6"),
))


# A mount leaked

@contextlib.contextmanager
def leaked():
	folder = "/mnt/data"
	sh("modprobe loop && dd if=/dev/zero of=/tmp/disk bs=1M count=8 status=none && "
	   "losetup /dev/loop0 /tmp/disk && busybox mke2fs /dev/loop0 >/dev/null && "
	   f"mkdir -p {folder} && mount --make-private /dev/loop0 {folder}")

	def private():
		situations.unshare("mnt")
		situations.mount("none", "/", None, situations.MS_REC | situations.MS_PRIVATE)

	with named("backup", private) as process, named("cron", lambda: situations.unshare("mnt")):
		yield {"backup": process.pid}
	sh("losetup -d /dev/loop0")


LEAKED = Page("a-mount-leaked", "Why is this device still busy after umount?", leaked,
	"``umount`` takes a mount out of one mount namespace. A process that was given a copy of the "
	"mount namespace before may still have it.", (
	Shot("The device is named, and every mount namespace that has a mount of it is listed. Before "
	     "``umount``, there are three:", "nsinspect mounts /dev/loop0"),
	Shot("After that, it is still mounted elsewhere, and so it is busy:",
	     "umount /mnt/data; nsinspect mounts /dev/loop0"),
	Shot("A path works as well; in another mount namespace it begins with ``/proc/PID/root``:",
	     "nsinspect mounts /proc/{backup}/root/mnt/data"),
	Shot("This unmounts it in the first of them; the other one is left:",
	     "nsenter -t {backup} -m umount /mnt/data; nsinspect mounts /dev/loop0"),
))


# What changed since yesterday?

@contextlib.contextmanager
def changed():
	def move(self):
		situations.set_name(b"agent")
		self.say(None)
		self.await_go()
		situations.unshare("net")
		self.say(None)

	with tempfile.TemporaryDirectory() as folder, hosts(busy.docker("web", busy.p("nginx"), 0)), \
	     situations.child(move) as agent:
		with situations.netns("green"), hosts(busy.docker("old", busy.p("legacy"), 0)):
			here = os.getcwd()
			os.chdir(folder)
			sh("nsinspect --save yesterday")
		agent.go()
		agent.listen()
		with situations.netns("blue"), hosts(busy.docker("new", busy.p("redis"), 0)) as names:
			yield names
		os.chdir(here)


CHANGED = Page("what-changed", "What changed since yesterday?", changed,
	"A saved picture can be compared with another one, or with now. ``nsinspect --save yesterday`` "
	"was done before; a job that does this every night costs little.", (
	Shot("``+`` came, ``-`` went, ``~`` moved to other namespaces:", "nsinspect diff yesterday"),
	Shot("Only one type, and a status that a script can test:",
	     "nsinspect diff --exit-code -t net yesterday; echo $?"),
	Shot("The saved picture can still be looked at, on any machine:",
	     "nsinspect --from yesterday -t net -o NS,NPROCS,PID,NAME"),
))


# What happens in one container, from clone to exit?

BOX = "bwrap --unshare-all --ro-bind / / --proc /proc --dev /dev sleep 1"


def is_on(pid):
	"""Whether the last of the events that monitor asks for is enabled for it."""
	path = pathlib.Path(f"/sys/kernel/tracing/instances/nsinspect.{pid}/events/nsinspect/ns_free/enable")
	return path.exists() and path.read_text().startswith("1")


@contextlib.contextmanager
def until_stopped(command, begun, **options):
	"""A command that runs in the background; begun(pid) says when it does."""
	with subprocess.Popen(command, **options) as process:
		try:
			situations.wait_until(lambda: begun(process.pid), command[1])
			yield
		finally:
			process.send_signal(signal.SIGINT)


@contextlib.contextmanager
def watched():
	here = os.getcwd()
	with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
		os.chdir(folder)
		stack.callback(os.chdir, here)
		with open("freed", "w") as freed, \
		     until_stopped(["nsinspect", "monitor", "-e", "free"], is_on, stdout=freed), \
		     contextlib.ExitStack() as recorder:
			recorder.enter_context(until_stopped(["nsinspect", "record", "-o", "box.rec"],
							     lambda _pid: os.path.exists("box.rec"),
							     stderr=subprocess.DEVNULL))
			yield {"recorder": recorder}


def moment(line, milliseconds):
	"""So much later than the time that a line of monitor begins with."""
	time = datetime.datetime.strptime(line.split()[0], "%H:%M:%S.%f")
	return f"{time + datetime.timedelta(milliseconds=milliseconds):%H:%M:%S.%f}"


def is_freed(names):
	"""Once the last of the container is gone; what the user has read of it until then."""
	life = pathlib.Path("life").read_text()
	user, net = (re.search(rf" {kind} \d+ → (\d+) new", life)[1] for kind in ("user", "net"))
	if f" user {user}\n" not in pathlib.Path("freed").read_text():
		return False
	started, ended = (re.search(rf"^.* {kind} +sleep\(.*$", life, re.M)[0] for kind in ("exec", "exit"))
	names |= {"net": net, "bwrap": re.search(r"bwrap\((\d+)", life)[1],
		  "running": moment(started, 500), "before": moment(ended, -1)}
	names["recorder"].close()
	return True


WATCHED = Page("one-container-by-its-events", "What happens in one container, from clone to exit?", watched,
	"``nsinspect monitor`` shows every change of namespaces as it happens. With a command behind "
	"``--``, it starts that command and shows what the command and its descendants do, from the "
	"first instruction on. Before that, ``nsinspect monitor -e free >freed`` and ``nsinspect record "
	"-o box.rec`` were started in other terminals.", (
	Shot("With ``-a``, plain forks, executed programs and exits are shown as well:",
	     f"nsinspect monitor -a -- {BOX} | tee life"),
	Shot("- ``exec``: the process that was started for the command now is bwrap. Numbers of processes "
	     "and namespaces are those of the host.\n\n"
	     "- ``create``: one line for each new namespace. All of these were made by one call of "
	     "``clone``. Without ``-a`` these lines are missing, because the next one says the same.\n\n"
	     "- ``clone`` with changes: the first process of the container is born. Behind the arrow of its "
	     "number is the number that it has in its own pid namespace, 1. For each slot follow the "
	     "namespace of its parent and its own. ``new`` means that it was made by this call.\n\n"
	     "- ``clone`` without changes: the second process of the container is in the same namespaces as "
	     "the first one. Its ``exec`` is that of the program.\n\n"
	     "- ``exit``: a process has ended and is a zombie until its parent has asked for its status.\n\n"
	     "- ``free``: the last reference to a namespace is gone. For some types the kernel leaves that to "
	     "a thread of its own, and it happens after the command and this ``monitor`` have ended.\n\n"
	     "The other ``monitor`` was still running. The last event is the end of the user namespace: it "
	     "owns the others, and each of them has a reference to it.",
	     "tail -n 7 freed", once=is_freed),
	Shot("The recording has all of this, too, and can show any moment of it. This is the tree half a second "
	     "after ``sleep`` was executed:", "nsinspect --from box.rec --at {running} --tree -p {bwrap}"),
	Shot("This is who was in its network namespace one millisecond before ``sleep`` ended:",
	     "nsinspect ns net:{net} --from box.rec --at {before}"),
	Shot("And at the end of the recording, that namespace is gone:",
	     "nsinspect ns net:{net} --from box.rec --at end", 3),
))


PAGES = (HELD, PID, VETH, FULL, LEAKED, CHANGED, WATCHED)
