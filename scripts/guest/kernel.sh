#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2154 # what nk-setup sets, whose part this is
# What is made of the source of Debian's kernel: checkpatch.pl, and a kernel with what Debian's have not, restricted DMA pools.

# The source tarball is large (130 MB), so only the files of checkpatch are kept in the cache.
dep_checkpatch()
{
	local keep=$CACHE/checkpatch from

	needs checkpatch checkpatch.pl || return 0
	if [[ ! -e $keep/from || $update ]]; then
		fetch "$GUEST_SUITE" linux-source-6.1
		from=$(basename "$deb")
		say "unpacking checkpatch.pl from the kernel's source"
		rm -rf "$keep" "$keep.new"
		mkdir -p "$keep.new"
		dpkg-deb --fsys-tarfile "$deb" |
			tar -x -O ./usr/src/linux-source-6.1.tar.xz |
			tar -x -J -C "$keep.new" --strip-components=2 --touch \
				linux-source-6.1/scripts/checkpatch.pl \
				linux-source-6.1/scripts/spelling.txt \
				linux-source-6.1/scripts/const_structs.checkpatch
		echo "$from" >"$keep.new/from"
		mv "$keep.new" "$keep"
		rm -f "$deb"
	fi
	rm -rf "$DEPS/checkpatch.new"
	mkdir -p "$DEPS"
	cp -r "$keep" "$DEPS/checkpatch.new"
	finish checkpatch
}

# at_ease COMMAND...: long work, that others do not wait for: neither for the CPU nor for the lock of the downloads
at_ease()
{
	local status=0

	flock -u 9
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL nice -n 19 "$@" || status=$?
	flock 9
	return $status
}

# kernel_make TREE ARGUMENT...: make in a kernel's source
kernel_make()
{
	at_ease make -s -C "$1" -j "$(nproc)" ARCH=arm64 CROSS_COMPILE="${CROSS_COMPILE:-aarch64-linux-gnu-}" "${@:2}"
}

# configure_kernel TREE FILE: all that FILE has and what that wants, and no more
configure_kernel()
{
	local missing

	kernel_make "$1" KCONFIG_ALLCONFIG="$2" allnoconfig || die "the kernel cannot be configured"
	missing=$(grep -E '^CONFIG_' "$2" | grep -vxFf "$1/.config") || return 0
	die "of ${2##*/} this kernel does not take: $missing"
}

# build_kernel TO FILE: from a source that is left alone once it is built, as it is large (1 GB), in the directory TO
build_kernel()
{
	local tree=$DEPS/linux-pool.source from

	host_packages kernel
	fetch "$GUEST_SUITE" linux-source-6.1
	from=$(basename "$deb")
	say "unpacking the kernel's source"
	rm -rf "$tree" "$1.new"
	mkdir -p "$tree" "$1.new"
	dpkg-deb --fsys-tarfile "$deb" | tar -x -O ./usr/src/linux-source-6.1.tar.xz |
		tar -x -J -C "$tree" --strip-components=1 --exclude='*/drivers/gpu/drm/amd/*.h' --exclude='*.dts*'
	say "building it, which takes a CPU ten minutes"
	configure_kernel "$tree" "$2"
	kernel_make "$tree" Image || die "the kernel does not build"
	cp "$tree/arch/arm64/boot/Image" "$1.new/vmlinuz"
	cp "$tree/.config" "$1.new/config"
	cp "$tree/include/config/kernel.release" "$1.new/release"
	cp "$2" "$1.new/wanted"
	echo "$from" >"$1.new/from"
	rm -rf "$1"
	mv "$1.new" "$1"
	rm -rf "$tree" "$deb"
}

dep_pool_kernel()
{
	local keep=$CACHE/linux-pool file=$ROOT/scripts/guest/pool.config

	needs linux-pool wanted "$(<"$file")" || return 0
	exec 8>"$CACHE/linux-pool.lock"
	at_ease flock 8 # two may ask for it; who waits here has nothing that the other one wants
	if [[ $update ]] || ! cmp -s "$file" "$keep/wanted"; then
		build_kernel "$keep" "$file"
	fi
	rm -rf "$DEPS/linux-pool.new"
	mkdir -p "$DEPS"
	cp -r "$keep" "$DEPS/linux-pool.new"
	finish linux-pool
	exec 8>&-
}
