#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # what nk-setup sets, whose part this is: it unpacks what tests of real workloads run in a guest

# Programs, the packages that have these and the libraries that they want, and modules of the kernel.
PROGRAMS_workloads=(iperf3 ip bridge ethtool ping dropbear dbclient dropbearkey mke2fs e2fsck)
PACKAGES_workloads=(iperf3 libiperf0 libssl3 libsctp1 iproute2 libbpf1 libelf1 libmnl0 libbsd0 libmd0 libcap2 ethtool
	iputils-ping libidn2-0 libunistring2 dropbear-bin libtomcrypt1 libtommath1 libgmp10 libcrypt1 zlib1g
	e2fsprogs libext2fs2 libcom-err2 libblkid1 libuuid1 libc6)
MODULES_workloads=(bridge stp llc brd)

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
			file=$(find "$dir" -path "*lib/*/$name" -print -quit)
			[[ $file ]] || die "no package has $name, which ${queue[0]##*/} wants"
			cp -L "$file" "$dir/libraries/$name"
			queue+=("$dir/libraries/$name")
		done < <(readelf -d "${queue[0]}" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
		queue=("${queue[@]:1}")
	done
}

# One kernel's modules are all that makes one of these differ from another.
dep_workloads()
{
	local name=workloads-$1 dir=$DEPS/workloads-$1.new suite release pkg

	needs_for "$1" "$name" libraries || return 0
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
	finish "$name"
}
