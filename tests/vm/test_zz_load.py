# SPDX-License-Identifier: GPL-2.0
"""Loading and unloading, last of all: others would find the module gone."""

import contextlib
import errno
import gc
import itertools
import os
import pathlib
import shutil
import subprocess
import time

import debugfs
import genl
import situations
import tool
import tracing
from ktap import check, contains, equal, main, raises, say, test

BUILT = str(pathlib.Path(__file__).resolve().parents[2] / "nsinspect.ko")
# Most of a module is debug information, which takes longer to read than the rest to load.
MODULE = "/run/nsinspect.ko"
WITHOUT_PROBES = str(pathlib.Path(BUILT).parent / "without-probes/nsinspect.ko")
TIMES = 10 if situations.has_debug_kernel() else 40
# What these may leave: noise of other caches, less than a snapshot for each dump.
NOISE_KB = 500


def load():
	situations.finit_module(MODULE)


def unload():
	situations.delete_module("nsinspect")


@contextlib.contextmanager
def module_back():
	"""The module is loaded afterwards, whatever happens."""
	try:
		yield
	finally:
		if not genl.is_loaded():
			load()


def refused_unload(what):
	error = raises(OSError, unload, what=f"unloading is refused while {what}")
	check(error.errno in (errno.EWOULDBLOCK, errno.EBUSY), f"errno while {what}: {error}")
	check(genl.is_loaded(), f"it is loaded while {what}")


def unreclaimable():
	with open("/proc/meminfo") as file:
		values = dict(line.split(":") for line in file)
	return sum(int(values[key].split()[0]) for key in ("SUnreclaim", "VmallocUsed"))


@test
def loads_and_unloads_under_fork_load():
	"""A dump every other time; what that leaves in memory is looked at, too."""
	inum = situations.proc_slots(1)["net"]

	def rounds(count):
		for turn in range(count):
			situations.unload()
			load()
			# The kernel makes all of it, we have little to read.
			if turn % 2:
				genl.look(details=["namespaces"], inum=inum)

	with module_back():
		with situations.storm(lambda: situations.born_and_gone("uts"), 1):
			rounds(5)
		gc.collect()
		before = unreclaimable()
		with situations.storm(lambda: situations.born_and_gone("uts"), 1):
			rounds(TIMES)
		gc.collect()
		say(f"{unreclaimable() - before} KiB after {TIMES} loads and dumps")
		# Dead tasks wait for RCU.  KASAN keeps what was freed for longer.
		if not situations.has_debug_kernel():
			situations.wait_until(lambda: unreclaimable() - before < NOISE_KB,
					      f"less than {NOISE_KB} KiB more after {TIMES} loads and dumps")
		genl.look().check_whole()


@test("tasks", "nsproxies", "namespaces", "graph.dot", "task", "stats")
def refused_while_a_file_is_open(name):
	with module_back():
		fd = os.open(f"{debugfs.FOLDER}/{name}", os.O_RDWR if name == "task" else os.O_RDONLY)
		try:
			refused_unload(f"{name} is open")
			os.read(fd, 10)
			refused_unload(f"{name} is half read")
		finally:
			os.close(fd)
		situations.unload()
		load()


@test
def refused_while_a_dump_is_under_way():
	with module_back(), situations.crowd(300):
		with genl.Socket() as connection:
			connection.dump_start(threads=True)
			stream = connection.messages(multi=True)
			first = next(stream)
			refused_unload("a dump is under way")
			graph = connection._collect(itertools.chain([first], stream))
			check(len(graph.tasks) > 300, "the dump goes on to its end")
			situations.unload()
		load()
		connection = genl.Socket()
		connection.dump_start(threads=True)
		next(connection.messages(multi=True))
		refused_unload("another dump is under way")
		connection.close()
		situations.unload()


@test
def without_the_module_the_tool_says_how_to_load_it():
	with module_back():
		situations.unload()
		for arguments in ((), ("--tree",), ("--json",), ("task", 1), ("ns", "1/net"), ("pid", 1),
				  ("--save", "/tmp/nothing")):
			contains(tool.refused(4, *arguments), "insmod", f"the line of {arguments}")
		check(not os.path.exists("/tmp/nothing"), "nothing was saved")
		error = raises(genl.Refused, genl.Socket, what="the family is gone")
		equal(error.errno, errno.ENOENT, "errno")
	tool.good()


@test
def a_connection_outlives_the_module():
	"""It asks again after a reload: the family may have another number."""
	with module_back(), genl.Socket() as connection:
		situations.unload()
		error = raises(genl.Refused, lambda: connection.task_get(1), what="nobody answers")
		equal(error.errno, errno.ENOENT, "errno")
		load()
		with genl.Socket() as other:
			other.task_get(1)


@test
def loading_twice_is_refused():
	error = raises(OSError, load, what="it is refused")
	equal(error.errno, errno.EEXIST, "errno")
	genl.look().check_whole()


@test
def generation_begins_anew():
	with module_back():
		situations.unload()
		load()
		first = genl.look(tid=1).snapshot["generation"]
		with situations.unshared("uts"):
			check(genl.look(tid=1).snapshot["generation"] > first, "it counts after a reload")


@test
def each_load_has_a_number_of_its_own():
	with module_back():
		loads = []
		before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
		for _ in range(3):
			situations.unload()
			load()
			loads.append(genl.look(tid=1).snapshot["load"])
		equal(loads, sorted(set(loads)), "numbers of three loads")
		check(before < loads[0] and loads[-1] < time.clock_gettime_ns(time.CLOCK_BOOTTIME),
		      "they are times since boot")


@contextlib.contextmanager
def found_by_modprobe():
	"""What the kernel calls to load a module finds ours; yields the file that notes the calls."""
	release = os.uname().release
	folder = pathlib.Path("/run/modprobe")
	where = folder / "lib/modules" / release
	where.mkdir(parents=True)
	shutil.copy(MODULE, where)
	for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
		(where / name).touch()
	subprocess.run(["depmod", "-b", folder, release], check=True)
	script = folder / "modprobe"
	script.write_text(f'#!/bin/sh\necho "$@" >>{folder}/calls\nexec modprobe -d {folder} "$@"\n')
	script.chmod(0o755)
	setting = pathlib.Path("/proc/sys/kernel/modprobe")
	before = setting.read_text()
	setting.write_text(str(script))
	try:
		yield folder / "calls"
	finally:
		setting.write_text(before)
		shutil.rmtree(folder)


@test
def nobody_can_have_it_loaded():
	"""Who looks the family up makes the kernel ask for a module of its name."""
	def do(_self):
		os.setresuid(65534, 65534, 65534)
		try:
			genl.Socket().close()
		except genl.Refused as refused:
			return refused.errno
		return 0

	with module_back(), found_by_modprobe() as calls:
		situations.unload()
		with situations.child(do) as child:
			equal(child.said, errno.ENOENT, "errno of the look-up")
		contains(calls.read_text(), "family-nsinspect", "what the kernel asked for")
		check(not genl.is_loaded(), "it was not loaded")
		subprocess.run([calls.parent / "modprobe", "nsinspect"], check=True)
		check(genl.is_loaded(), "modprobe by its name loads it")


def dmesg():
	return subprocess.run(["dmesg"], stdout=subprocess.PIPE, check=True).stdout.decode(errors="replace")


@test(("not mounted", None), ("another file system", "tmpfs"))
def proc_is(_label, kind):
	"""It needs /proc once, at load, and says so when it is not there."""
	def do(_self):
		situations.unshare("mnt")
		situations.mount("none", "/", None, situations.MS_REC | situations.MS_PRIVATE)
		situations.umount("/proc")
		if kind:
			situations.mount("none", "/proc", kind)
			os.makedirs("/proc/self/ns")
			with open("/proc/self/ns/mnt", "w"):
				pass
		try:
			load()
		except OSError as error:
			return error.errno
		return 0

	with module_back():
		situations.unload()
		before = dmesg().count("\n")
		with situations.child(do) as child:
			check(child.said not in (0, errno.EEXIST), f"loading is refused (errno {child.said})")
		check(not genl.is_loaded(), "it is not loaded")
		lines = [line for line in dmesg().splitlines()[before:] if "nsinspect:" in line]
		equal(len(lines), 1, f"lines in dmesg: {lines}")
		contains(lines[0], "/proc", "the line")
		load()
		genl.look().check_whole()


@test
def loaded_from_other_namespaces():
	"""Where it is loaded from does not change what it shows."""
	def do(_self):
		situations.unshare("uts", "ipc", "net", "cgroup", "mnt")
		load()

	with module_back():
		expected = {(ns["type"], ns["inum"]) for ns in genl.look().namespaces if ns["initial"]}
		situations.unload()
		with situations.child(do) as child:
			graph = genl.look()
			equal({(ns["type"], ns["inum"]) for ns in graph.namespaces if ns["initial"]}, expected,
			      "initial namespaces")
			equal(graph.slots(child.pid), situations.proc_slots(child.pid), "slots of the loader")


@test
def loaded_from_a_thread_with_a_mount_namespace_of_its_own():
	"""Its own is not that of /proc/self, which is the leader's."""
	def do():
		situations.unshare("mnt")
		load()

	with module_back():
		situations.unload()
		with situations.threads(do) as child:
			check(genl.is_loaded(), "it is loaded")
			graph = genl.look(threads=True)
			for tid in child.said:
				equal(graph.slots(tid), situations.proc_slots(child.pid, tid), f"slots of {tid}")


@test
def without_probes():
	"""Built as for a kernel without them: all but the watch works, and it says so."""
	with module_back():
		situations.unload()
		logged = dmesg().count("\n")
		situations.finit_module(WITHOUT_PROBES)
		try:
			graph = genl.look(threads=True)
			graph.check_whole()
			equal((graph.snapshot["watch"], "consistent" in graph.snapshot), ("missing", False),
			      "watch, and whether consistent is there")
			equal(graph.slots(os.getpid()), situations.proc_slots(os.getpid()), "our slots")
			contains(debugfs.stats()["watch"], "missing", "stats")
			contains("\n".join(dmesg().splitlines()[logged:]), "pictures will not say", "the log")
			result = tool.run("--json")
			equal(result.status, 0, "status of the tool")
			snapshot = tool.parse(result.out).snapshot
			equal((snapshot["watch"], snapshot["consistent"]), ("missing", None), "watch and consistent in JSON")
			equal(len(result.err.splitlines()), 1, f"lines on stderr: {result.err}")
			contains(result.err, "not known", "stderr")
			instance = tracing.Instance("without")
			try:
				error = raises(OSError, instance.enable, "nsinspect/ns_switch", what="enabling an event")
				equal(error.errno, errno.EOPNOTSUPP, "errno")
			finally:
				instance.remove()
			contains(tool.refused(1, "monitor"), "no kernel probes", "monitor")
			contains(tool.refused(1, "record", "-o", "/run/never.rec"), "no kernel probes", "record")
			check(not os.path.exists("/run/never.rec"), "a file was left behind")
		finally:
			situations.unload()


@test
def what_modinfo_says():
	out = subprocess.run(["modinfo", BUILT], stdout=subprocess.PIPE, text=True, check=True).stdout
	info = dict(line.split(":", 1) for line in out.splitlines() if ":" in line)
	for key in ("description", "author", "license", "version", "vermagic"):
		check(info.get(key, "").strip(), f"modinfo has no {key}")
	check("alias" not in info, "there is no alias by which the kernel would load it for anybody")
	equal(info["license"].strip(), "GPL", "license")


subprocess.run(["strip", "--strip-debug", "-o", MODULE, BUILT], check=True)
main()
