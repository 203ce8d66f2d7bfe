# shellcheck shell=bash disable=SC2154,SC2034 # variables are scripts/lab's
# A kernel of the user's own in the lab: the tree or the O= folder that it was built
# in, in place of a name of scripts/kernels.  Sourced by scripts/lab.

# What an initramfs leaves out of the guest's file system, which is in memory then:
# compilers, headers, other kernels, and what is only for installing packages.
initramfs_without=(
	boot dev lib/modules mnt/nsinspect proc run sys tmp usr/include usr/lib/gcc usr/lib/modules
	usr/lib/udev usr/libexec/gcc usr/lib/linux-kbuild-* usr/share/perl usr/share/zoneinfo
	usr/src var/cache var/lib/apt var/lib/dpkg var/log
	usr/bin/*-linux-gnu-* usr/bin/perf usr/bin/sparse
	usr/lib/x86_64-linux-gnu/*.a usr/lib/x86_64-linux-gnu/perl*
)

# refuse TEXT...: as for git bisect run, this kernel cannot be tried.
refuse()
{
	say "$@"
	exit 125
}

# lacking FILE: the lines of that fragment that the kernel was built without.
lacking()
{
	grep -o '^CONFIG_[^ ]*' "$top/scripts/$1" |
		grep -vxFf "$own/include/config/auto.conf" || true
}

# guest_for RELEASE: the newest guest that is not newer, or the oldest.
guest_for()
{
	local name found='' release

	release=$(number "$1")
	while read -r name; do
		[[ $found ]] && (($(number "$name") > release)) || found=$name
	done < <(kernel_names | sort -V)
	echo "$found"
}

# own_kernel PATH: sets own to it, kernel to the guest whose file system it gets, tree
# to where the project is built for it, and initramfs when it cannot boot from a drive.
own_kernel()
{
	local missing release force=''

	[[ -d $1 ]] || usage_error "--kernel: no such folder: '$1'"
	own=$(cd -- "$1" && pwd)
	# First, since the module needs some of this, too, and only here is it a fragment.
	missing=$([[ ! -e $own/include/config/auto.conf ]] || lacking guest.config)
	if [[ $missing ]]; then
		say "$own was built without what a guest needs; save these lines, add them to" \
			".config with scripts/kconfig/merge_config.sh, and build it again:"
		echo "$missing"
		exit 125
	fi
	# Also says what the module will lack there.
	[[ ${FORCE:-0} == 0 ]] || force=--force
	"$top/scripts/kernel-options" ${force:+"$force"} "$own" || exit 125
	vmlinuz=$own/arch/x86/boot/bzImage
	[[ -e $vmlinuz ]] || refuse "$own has no arch/x86/boot/bzImage: run make bzImage there"
	missing=$(lacking guest-virtio.config | paste -sd ' ')
	if [[ $missing ]]; then
		initramfs=1
		say "booting from an initramfs, without $missing"
	fi
	if grep -qx CONFIG_KASAN=y "$own/include/config/auto.conf"; then
		checked=1
	fi
	release=$(<"$own/include/config/kernel.release")
	kernel=$(guest_for "$release")
	tree=$top/build/own-${own##*/}-$(cksum <<<"$own" | cut -d' ' -f1)
}

# build_for_own: the guest's build, with the module of its own.  What kbuild wrote
# stays from one time to the next.
build_for_own()
{
	local lock

	mkdir -p "$tree"
	exec {lock}>"$tree.lock"
	flock "$lock"
	flock --shared "$top/build/$kernel.lock" \
		rsync --archive --delete --exclude='*.o' --exclude='.*' --exclude='*.ko' --exclude='*.mod*' \
		--exclude='*.symvers' --exclude='*.order' --exclude=/without-probes --exclude=/landed \
		"$top/build/$kernel/" "$tree/"
	(step "building the module for $own" "$tree.log" \
		make --no-print-directory -C "$tree" modules KDIR="$own") || exit 125
	exec {lock}>&-
}

# own_initramfs: prints one with all that the guest needs: its file system, the project, and
# the job.
own_initramfs()
{
	local path prune=()

	for path in "${initramfs_without[@]}"; do
		prune+=(-o -path "./$path")
	done
	# Of what only root may read, the guest needs the folders.
	(cd "$cache/guest/$kernel/root" && mkdir -p "$run/initramfs"/{dev,mnt,proc,run,sys,tmp} &&
		find . \( -false "${prune[@]}" \) -prune -o -type d ! -readable -print -prune -o \
			-readable -print |
		cpio -o -H newc -R 0:0 --quiet)
	rsync --archive --exclude='*.o' --exclude='.*' "$tree/" "$run/initramfs/mnt/nsinspect/"
	cp "$top/scripts/guest-init" "$run/job" "$run/initramfs/"
	(cd "$run/initramfs" && find . | cpio -o -H newc -R 0:0 --quiet)
}
