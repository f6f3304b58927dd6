#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # what nk-setup sets, whose part this is: it unpacks what tests of real workloads run in a guest

# Programs, the packages that have these and the libraries that they want, and modules of the kernel.
PROGRAMS_workloads=(iperf3 ip bridge ethtool ping dropbear dbclient dropbearkey mke2fs e2fsck fio
	cyclictest stress-ng)
PACKAGES_workloads=(iperf3 libiperf0 libssl3 libsctp1 iproute2 libbpf1 libelf1 libmnl0 libbsd0 libmd0 libcap2 ethtool
	iputils-ping libidn2-0 libunistring2 dropbear-bin libtomcrypt1 libtommath1 libgmp10 libcrypt1 zlib1g
	e2fsprogs libext2fs2 libcom-err2 libblkid1 libuuid1 fio libaio1 libnuma1
	rt-tests stress-ng libapparmor1 libjpeg62-turbo libjudydebian1 libkmod2 libxxhash0 libzstd1 liblzma5
	libc6)
# Of what no test uses, for 60 MB of libraries of clusters and graphics: in the place of each is an empty one. What begins
# like this is theirs.
ABSENT_workloads=(libgfapi.so.0 libnbd.so.0 libibverbs.so.1 librdmacm.so.1 librados.so.2 librbd.so.1 libpmemblk.so.1
	libpmem.so.1 libEGL.so.1 libgbm.so.1 libGLESv2.so.2)
ABSENT_symbols='glfs_|nbd_|ibv_|rdma_|rados_|rbd_|pmem|egl[A-Z]|gbm_|gl[A-Z]'
MODULES_workloads=(bridge stp llc brd)

# empty_library FILE PROGRAM: a library in which a program finds all that it takes of those that are absent, with the
# versions that it wants (ld.so ends it otherwise), and which ends it if it goes there
empty_library()
{
	local names

	names=$(readelf -W --dyn-syms "$2" | awk '$7 == "UND" { print $8 }' | grep -E "^($ABSENT_symbols)")
	sed 's/@.*//; s/.*/.globl &\n&: brk #0/' <<<"$names" |
		"${CROSS_COMPILE:-aarch64-linux-gnu-}gcc" -shared -nostdlib -Wl,-soname,"${1##*/}" -o "$1" \
			-Wl,--version-script=<(awk -F@ 'NF > 1 { of[$NF] = of[$NF] $1 ";" }
				END { for (version in of) { some = 1; print version " {" of[version] "};" }
					if (!some) print "{ *; };" }' <<<"$names") -x assembler -
}

# keep_programs DIR NAME...: leaves of the programs below DIR those of these names, in DIR/programs, and in
# DIR/libraries what they want, and what that wants
keep_programs()
{
	local dir=$1 name file queue=()

	shift
	mkdir "$dir"/{programs,libraries}
	for name in "$@"; do
		file=$(find "$dir" -type f -path "*bin/$name" -print -quit)
		[[ $file ]] || die "no package has the program $name"
		mv "$file" "$dir/programs"
		queue+=("$dir/programs/$name")
	done
	while [[ ${#queue[@]} -gt 0 ]]; do
		while read -r name; do
			[[ ! -e $dir/libraries/$name ]] || continue
			if [[ " ${ABSENT_workloads[*]} " = *" $name "* ]]; then
				empty_library "$dir/libraries/$name" "${queue[0]}"
				continue
			fi
			file=$(find "$dir" -path "*lib/*/$name" -print -quit)
			[[ $file ]] || die "no package has $name, which ${queue[0]##*/} wants"
			cp -L "$file" "$dir/libraries/$name"
			queue+=("$dir/libraries/$name")
		done < <(readelf -d "${queue[0]}" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
		queue=("${queue[@]:1}")
	done
}

# list_workloads: what says of which words it was made
list_workloads()
{
	printf '%s\n' "${PROGRAMS_workloads[@]}" "${PACKAGES_workloads[@]}" "${ABSENT_workloads[@]}" "${MODULES_workloads[@]}"
}

# One kernel's modules are all that makes one of these differ from another.
dep_workloads()
{
	local name=workloads-$1 dir=$DEPS/workloads-$1.new suite release pkg

	needs_for "$1" "$name" list "$(list_workloads)" || return 0
	kernel_release "$1"
	fetch "$suite" "linux-image-$release"
	unpack "$name" '*/modules.builtin' '*/net/*' '*/drivers/block/*'
	keep_modules "$dir" modules "${MODULES_workloads[@]}"
	for pkg in "${PACKAGES_workloads[@]}"; do
		fetch "$GUEST_SUITE" "$pkg"
		unpack_more "$name" '*'
	done
	keep_programs "$dir" "${PROGRAMS_workloads[@]}"
	rm -rf "${dir:?}"/{bin,etc,lib,sbin,usr,var}
	echo "$release" >"$dir/release"
	list_workloads >"$dir/list"
	finish "$name"
}
