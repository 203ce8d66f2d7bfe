# shellcheck shell=bash
# What the scripts here share.  Sourced, never run.

set -euo pipefail

# With it, cd may print where it went, and go elsewhere.
unset CDPATH
top=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cache=${NSINSPECT_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/nsinspect}
[[ $cache == /* ]] || cache=$PWD/$cache
export NSINSPECT_CACHE=$cache

# Found also by a user whose PATH has no sbin, as is Debian's default.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say()
{
	echo "${0##*/}: $*" >&2
}

die()
{
	say "$@"
	exit 1
}

usage_error()
{
	say "$@"
	exit 2
}

as_root()
{
	if ((EUID == 0)); then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo NSINSPECT_CACHE="$cache" "$@"
	else
		die "needs root: run it as root or install sudo"
	fi
}

# step TEXT LOG COMMAND...: one line for the user, everything else to the log,
# which is shown when COMMAND fails.  COMMAND must be a program: 'set -e' does
# not work in a function called from here.
step()
{
	local text=$1 log=$2

	shift 2
	say "$text"
	mkdir -p "${log%/*}"
	if ! "$@" >"$log" 2>&1 </dev/null; then
		tail -n 40 "$log" >&2
		die "failed: $text (log: $log)"
	fi
}

kernel_names()
{
	awk '!/^#/ && NF { print $1 }' "$top/scripts/kernels"
}

# kernel_row NAME: sets suites, image and extra to NAME's row of the list.
kernel_row()
{
	local row

	row=$(awk -v name="$1" '!/^#/ && $1 == name' "$top/scripts/kernels")
	[[ $row ]] || return 1
	# shellcheck disable=SC2034 # for the caller
	read -r _ suites image extra <<<"$row"
}

# number RELEASE: to be compared, of its first two parts.
number()
{
	[[ $1 =~ ^([0-9]+)\.([0-9]+) ]] || return 1
	echo $((BASH_REMATCH[1] * 1000 + BASH_REMATCH[2]))
}

# The machine's own mirrors are used, for all suites; none is written down.
debian_mirror()
{
	local label=$1 list

	# shellcheck disable=SC2016 # for apt
	list=$(apt-get indextargets --format '$(REPO_URI) $(LABEL)' \
		"Identifier: Packages" "Origin: Debian" 2>/dev/null | sort -u)
	awk -v label="$label" '$2 == label { print $1; exit }' <<<"$list"
}

# apt_source SUITE: a line for sources.list; nothing for a security suite on a
# machine that has no security mirror.
apt_source()
{
	local suite=$1 label=Debian mirror

	[[ $suite != *-security ]] || label=Debian-Security
	mirror=$(debian_mirror "$label")
	if [[ $mirror ]]; then
		echo "deb [signed-by=$(debian_keyring)] $mirror $suite main"
	elif [[ $label == Debian ]]; then
		die "apt knows no Debian mirror: run 'apt-get update' or see /etc/apt"
	fi
}

debian_keyring()
{
	local key

	for key in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
		[[ -e $key ]] && echo "$key" && return
	done
	die "no Debian archive keyring: install debian-archive-keyring"
}

# apt_options: how this machine reaches its mirrors (proxies, date checks).
apt_options()
{
	apt-config dump |
		grep -E '^Acquire::(http|https|Retries|Check-[A-Za-z-]+)[: ]' |
		grep -v ' "";$' || true
}

# apt_private DIR SUITE...: an apt of our own in DIR that knows only these
# suites, so that the user's sources and lists stay as they are.  Use it with
# APT_CONFIG=DIR/apt.conf.
apt_private()
{
	local dir=$1 suite

	shift
	mkdir -p "$dir"/{lists/partial,cache/archives/partial}
	for suite; do
		apt_source "$suite"
	done >"$dir/sources.list"
	{
		apt_options
		cat <<-EOF
			Dir::Etc::sourcelist "$dir/sources.list";
			Dir::Etc::sourceparts "/dev/null";
			Dir::Etc::preferencesparts "/dev/null";
			Dir::State::lists "$dir/lists";
			Dir::Cache "$dir/cache";
			APT::Sandbox::User "root";
			APT::Default-Release "${!#}";
			Acquire::Languages "none";
		EOF
	} >"$dir/apt.conf"
	APT_CONFIG=$dir/apt.conf apt-get -q update
}

# recipe FILE... : a hash that changes when what a cached thing is made from
# does; standard input counts too.
recipe()
{
	cat "$@" - | sha256sum | cut -d' ' -f1
}

is_fresh()
{
	[[ -e $1/recipe && $(<"$1/recipe") == "$2" ]]
}

# guest_root NAME: the folder with NAME's root file system.
guest_root()
{
	if [[ $1 == debug ]]; then
		echo "$cache/guest/7.3"
	else
		echo "$cache/guest/$1"
	fi
}

# guest_kdir NAME: where NAME's root file system has the kernel to build for.
guest_kdir()
{
	if [[ $1 == debug ]]; then
		echo /usr/src/linux-debug
	else
		echo "/lib/modules/$(<"$cache/guest/$1/release")/build"
	fi
}

# /dev/kvm alone proves nothing: it can be there, and even make a VM, on a
# processor that cannot run one.
has_kvm()
{
	[[ -w /dev/kvm ]] && grep -qwE 'vmx|svm' /proc/cpuinfo
}

# QEMU 7.2 emulates more than one processor wrongly: guests die at random.
processors()
{
	local version

	version=$(qemu-system-x86_64 --version | sed -n 's/.*version \([0-9]*\).*/\1/p')
	if ((version >= 10)) || has_kvm; then
		echo 2
	else
		echo 1
	fi
}

# machine MEMORY CONSOLE: what every guest is: its command line begins in qemu, and that
# of its kernel in append.  MEMORY is in MiB, CONSOLE the file that the console goes to.
machine()
{
	qemu=(qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot
	      -m "$1" -smp "$(processors)" -serial "file:$2")
	append='console=ttyS0 panic=-1'
	if has_kvm; then
		qemu+=(-accel kvm -cpu host)
		return
	fi
	qemu+=(-accel tcg -cpu "qemu64,+rdrand")
	# Emulated, beside another guest on a busy machine it is slow enough that the
	# usual limits report the machine and not the kernel.
	append+=' no_timer_check watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120'
}
