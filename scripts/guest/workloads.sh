#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154,SC2034 # what nk-setup sets, whose part this is, and sets of words that are found by name
# Unpacks what tests run in a guest: "workloads", "backends" of VirtIO devices, a compiler, and ALSA's programs; and crash.

# Programs, the packages that have these and the libraries that they want, and modules of the kernel.
PROGRAMS_workloads=(iperf3 ip bridge ethtool ping dropbear dbclient dropbearkey mke2fs e2fsck fio
	cyclictest stress-ng)
PACKAGES_workloads=(iperf3 libiperf0 libssl3 libsctp1 iproute2 libbpf1 libelf1 libmnl0 libbsd0 libmd0 libcap2 ethtool
	iputils-ping libidn2-0 libunistring2 dropbear-bin libtomcrypt1 libtommath1 libgmp10 libcrypt1 zlib1g
	e2fsprogs libext2fs2 libcom-err2 libblkid1 libuuid1 fio libaio1 libnuma1
	rt-tests stress-ng libapparmor1 libjpeg62-turbo libjudydebian1 libkmod2 libxxhash0 libzstd1 liblzma5
	libc6)
# Of what no test uses, for 60 MB of libraries of clusters, graphics and Kerberos: in the place of each is an empty one. What begins
# like this is theirs.
ABSENT_workloads=(libgfapi.so.0 libnbd.so.0 libibverbs.so.1 librdmacm.so.1 librados.so.2 librbd.so.1 libpmemblk.so.1
	libpmem.so.1 libEGL.so.1 libgbm.so.1 libGLESv2.so.2 libgssapi_krb5.so.2)
ABSENT_symbols='glfs_|nbd_|ibv_|rdma_|rados_|rbd_|pmem|egl[A-Z]|gbm_|gl[A-Z]|gss_|GSS_'
MODULES_workloads=(bridge stp llc brd)

PROGRAMS_backends=(qemu-storage-daemon virtiofsd socat fio iperf3 ip mke2fs e2fsck)
PACKAGES_backends=(qemu-system-common libglib2.0-0 libpcre2-8-0 libgnutls30 libp11-kit0 libidn2-0 libunistring2 libtasn1-6
	libffi8 libnettle8 libhogweed6 libgmp10 liburing2 libfuse3-3 libzstd1 zlib1g libaio1 libnuma1 libseccomp2
	libcap-ng0 socat libwrap0 libnsl2 libtirpc3 libssl3 fio iperf3 libiperf0 libsctp1 iproute2 libbpf1 libelf1 libmnl0
	libbsd0 libmd0 libcap2 e2fsprogs libext2fs2 libcom-err2 libblkid1 libuuid1 libc6)
MODULES_backends=(vhost vhost_iotlb vhost_net vhost_vsock vsock vmw_vsock_virtio_transport
	vmw_vsock_virtio_transport_common tun tap)

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
		file=$(find "$dir" -type f \( -path "*bin/$name" -o -path "*lib/qemu/$name" \) -print -quit)
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

# list_programs SET: what says of which words it was made
list_programs()
{
	local -n programs=PROGRAMS_$1 packages=PACKAGES_$1 modules=MODULES_$1

	printf '%s\n' "${programs[@]}" "${packages[@]}" "${ABSENT_workloads[@]}" "${modules[@]}"
}

# dep_programs SET KERNEL: one kernel's modules are all that makes one of these differ from another
dep_programs()
{
	local -n programs=PROGRAMS_$1 packages=PACKAGES_$1 modules=MODULES_$1
	local set=$1 name=$1-$2 dir=$DEPS/$1-$2.new suite release pkg

	shift
	needs_for "$1" "$name" list "$(list_programs "$set")" || return 0
	kernel_release "$1"
	fetch "$suite" "linux-image-$release"
	unpack "$name" '*/modules.builtin' '*/net/*' '*/drivers/block/*' '*/drivers/vhost/*'
	keep_modules "$dir" modules "${modules[@]}"
	for pkg in "${packages[@]}"; do
		fetch "$GUEST_SUITE" "$pkg"
		unpack_more "$name" '*'
	done
	keep_programs "$dir" "${programs[@]}"
	rm -rf "${dir:?}"/{bin,etc,lib,sbin,usr,var}
	echo "$release" >"$dir/release"
	list_programs "$set" >"$dir/list"
	finish "$name"
}

# A root file system for guests, with a compiler, what it wants of the C library and all headers, and without a shell.
dep_compiler()
{
	needs compiler usr/bin/tcc || return 0
	fetch "$GUEST_SUITE" tcc
	unpack compiler ./usr/bin/tcc './usr/lib/*/tcc/*'
	fetch "$GUEST_SUITE" make
	unpack_more compiler ./usr/bin/make
	fetch "$GUEST_SUITE" libc6
	unpack_more compiler './lib/*/ld-linux-*' './lib/*/lib'{c,m}.so.6 './lib/*/libdl.so.2' './lib/*/libpthread.so.0' './lib/ld-linux-*'
	fetch "$GUEST_SUITE" libc6-dev
	unpack_more compiler './usr/include/*' './usr/lib/*/crt*.o' './usr/lib/*/libc.so' './usr/lib/*/libc_nonshared.a'
	fetch "$GUEST_SUITE" linux-libc-dev
	unpack_more compiler './usr/include/*'
	finish compiler
}

# What plays and records, with the library's own configuration, by which it knows cards.
dep_sound()
{
	local dir=$DEPS/sound.new pkg

	needs sound alsa/alsa.conf || return 0
	fetch "$GUEST_SUITE" alsa-utils
	unpack sound './usr/bin/*'
	for pkg in libasound2 libasound2-data libc6; do
		fetch "$GUEST_SUITE" "$pkg"
		unpack_more sound '*'
	done
	keep_programs "$dir" aplay amixer
	ln -s aplay "$dir/programs/arecord"
	mv "$dir/usr/share/alsa" "$dir"
	rm -rf "${dir:?}"/{etc,lib,usr}
	finish sound
}

# The program that looks at cores, of this architecture only, and what runs it here.
dep_crash()
{
	local dir=$DEPS/crash.new pkg

	needs crash programs/crash || return 0
	fetch "$GUEST_SUITE" crash
	unpack crash ./usr/bin/crash
	for pkg in libc6 libgcc-s1 libstdc++6 liblzo2-2 libncursesw6 libtinfo6 libsnappy1v5 libzstd1 zlib1g liblzma5; do
		fetch "$GUEST_SUITE" "$pkg"
		unpack_more crash '*'
	done
	keep_programs "$dir" crash
	fetch "$GUEST_SUITE" qemu-user-static "$(dpkg --print-architecture)"
	unpack_more crash ./usr/bin/qemu-aarch64-static
	mv "$dir/usr/bin/qemu-aarch64-static" "$dir"
	rm -rf "${dir:?}"/{etc,lib,usr}
	finish crash
}

dep_workloads() { dep_programs workloads "$1"; }
dep_backends() { dep_programs backends "$1"; }
