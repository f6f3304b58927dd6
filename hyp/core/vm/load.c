// SPDX-License-Identifier: Apache-2.0
/*
 * What a VM's RAM holds when its first vCPU starts: kernel, initrd, device tree, and zeroes. All but zeroes
 * is in the first piece:
 *
 *   RAM base + text offset: kernel     (arm64 boot protocol, or kernel-offset of a raw binary)
 *   + half the RAM, 128 MiB at most: initrd, then the tree on the next 2 MiB boundary,
 *   where QEMU's virt machine puts them too; higher when the kernel is larger than that.
 *   With dtb-offset the tree is there, and has the room up to what comes next.
 *   Pools of the VM's VirtIO devices are at the end of the RAM, and nothing but zeroes in them.
 */
#include "arch/cache.h"
#include "arch/cpu.h"
#include "arch/mmu.h"
#include "config/guest/gtree.h"
#include "core/debug/bench.h"
#include "core/system.h"
#include "core/vm/load.h"
#include "core/vm/vm.h"
#include "lib/string.h"

#define IMAGE_MAGIC 0x644d5241 /* "ARM\x64" */
#define IMAGE_HEADER 64
#define TREE_ROOM MIB(2)
#define WIPE_PIECE KIB(128) /* some 10,000 instructions */
#define COPY_PIECE KIB(64) /* some 14,000 */

/* Offsets from the base of the first piece of RAM. */
struct placement {
	u64 kernel;
	u64 kernel_end; /* with the bss behind the file */
	u64 initrd;
	u64 initrd_size;
	u64 tree;
	u64 tree_room;
};

/* The arm64 Image header (Documentation/arm64/booting.rst of Linux). */
struct image_header {
	u32 code[2];
	u64 text_offset;
	u64 image_size;
	u64 flags;
	u64 res[3];
	u32 magic;
	u32 res5;
} __packed __aligned(4); /* as the data of an image in a FIT */

static const struct bundle_image *find_image(struct vm *vm, const char *prop, const char *name)
{
	const struct bundle_image *image = bundle_find(&bundle, name);

	if (!image)
		cfg_fail_at(&vm->error, &vm->cfg->node, prop,
			    "\"%s\": the bundle has no such image", name);
	return image;
}

/* Between two pieces of long work: this CPU may have to serve the console. */
static void poll_between(void)
{
	arch_cpu_poll();
	arch_simd_begin(); /* another thread may have had them meanwhile */
}

static int verify_image(struct vm *vm, const struct bundle_image *image)
{
	u64 begin = bench_begin();
	int ret;

	arch_simd_begin(); /* which the hash may use */
	ret = bundle_verify(image, poll_between, &vm->error);
	bench_end(BENCH_HASH, begin, image->size);
	return ret;
}

/*
 * The page size that an Image header names (flags, bits 1 and 2), on all of the VM's CPUs: a kernel
 * that finds another one stops without a word.
 */
static int check_granule(struct vm *vm, const struct image_header *h)
{
	const struct cfg_vm *cfg = vm->cfg;
	u32 size = h->flags >> 1 & 3; /* 0: not said, then 4, 16 and 64 KiB */
	u32 kib = 1U << 2 * size;

	for (u32 i = 0; size && i < cfg->nr_vcpus; i++)
		if (!(percpus[cfg->vcpu_cpu[i]].granules & kib))
			return cfg_fail_at(&vm->error, &cfg->node, "kernel",
					   "\"%s\": needs %u KiB pages, which CPU %u has not",
					   cfg->kernel, kib, cfg->vcpu_cpu[i]);
	return 0;
}

static int place_kernel(struct vm *vm, const struct bundle_image *image, struct placement *p)
{
	const struct image_header *h = (const void *)image->data;
	const struct cfg_vm *cfg = vm->cfg;
	bool has_header = image->size >= IMAGE_HEADER && h->magic == IMAGE_MAGIC;

	if (has_header && check_granule(vm, h))
		return -1;
	if (cfg->has_kernel_offset) {
		p->kernel = cfg->kernel_offset;
		p->kernel_end = p->kernel + image->size;
		return 0;
	}
	if (!has_header)
		return cfg_fail_at(&vm->error, &cfg->node, "kernel",
				   "\"%s\": no arm64 Image header: use an uncompressed Image, or "
				   "say kernel-offset for a raw binary",
				   cfg->kernel);
	/* An image_size of 0 is that of kernels before 3.17, whose offset was fixed. */
	p->kernel = h->image_size ? h->text_offset : 0x80000;
	p->kernel_end = p->kernel + MAX(h->image_size, image->size);
	return 0;
}

/* At dtb-offset, in the way of nothing: what lies behind it limits its room. */
static int place_tree(struct vm *vm, struct placement *p)
{
	const u64 below = cfg_ram_below_pools(&sys_config, vm->cfg, 0);
	const struct {
		const char *name;
		struct range r;
	} taken[] = {
		{"kernel", {p->kernel, p->kernel_end - p->kernel}},
		{"initrd", {p->initrd, p->initrd_size}},
		{"pools of VirtIO devices", {below, vm->cfg->ram[0].size - below}},
	};
	const struct cfg_vm *cfg = vm->cfg;

	p->tree = cfg->dtb_offset;
	p->tree_room = MIN(TREE_ROOM, cfg->ram[0].size - p->tree);
	for (u32 i = 0; i < ARRAY_SIZE(taken); i++) {
		const struct range *r = &taken[i].r;

		if (!r->size || p->tree >= range_end(r))
			continue;
		if (p->tree >= r->base)
			return cfg_fail_at(&vm->error, &cfg->node, "dtb-offset",
					   "0x%llx: outside the %s, which is at 0x%llx to 0x%llx",
					   (unsigned long long)p->tree, taken[i].name,
					   (unsigned long long)r->base,
					   (unsigned long long)(range_end(r) - 1));
		p->tree_room = MIN(p->tree_room, r->base - p->tree);
	}
	return 0;
}

static int place_images(struct vm *vm, const struct bundle_image *kernel,
			const struct bundle_image *initrd, struct placement *p)
{
	u64 ram = cfg_ram_below_pools(&sys_config, vm->cfg, 0);
	u64 end;

	if (place_kernel(vm, kernel, p))
		return -1;
	p->initrd = ALIGN_UP(MAX(MIN(ram / 2, MIB(128)), p->kernel_end), BLOCK_SIZE);
	p->initrd_size = initrd ? initrd->size : 0;
	p->tree = ALIGN_UP(p->initrd + p->initrd_size, BLOCK_SIZE);
	p->tree_room = TREE_ROOM;
	end = p->tree + TREE_ROOM;
	if (vm->cfg->has_dtb_offset)
		end = initrd ? p->initrd + p->initrd_size : p->kernel_end;
	/* Sums cannot wrap: images are smaller than the machine's RAM, offsets are checked here. */
	if (p->kernel >= ram || p->kernel_end < p->kernel || p->kernel_end > ram || end > ram)
		return cfg_fail_at(&vm->error, &vm->cfg->node, "memory",
				   "%llu MiB%s: kernel, initrd and tree need %llu MiB",
				   (unsigned long long)(ram >> 20),
				   ram < vm->cfg->ram[0].size ? " beside pools of VirtIO devices"
							      : "",
				   (unsigned long long)((end + MIB(1) - 1) >> 20));
	return vm->cfg->has_dtb_offset ? place_tree(vm, p) : 0;
}

static void wipe_ram(u8 *ram, u64 from, u64 to)
{
	u64 n;

	for (; from < to; from += n) {
		u64 begin = bench_begin();

		n = MIN(to - from, WIPE_PIECE);
		cache_wipe(ram + from, n);
		bench_end(BENCH_WIPE, begin, n);
		poll_between();
	}
}

static void copy_image(u8 *to, const u8 *from, u64 size)
{
	u64 n;

	for (; size; size -= n, to += n, from += n) {
		u64 begin = bench_begin();

		n = MIN(size, COPY_PIECE);
		memcpy(to, from, n);
		cache_flush(to, n);
		bench_end(BENCH_COPY, begin, n);
		poll_between();
	}
}

/* Copies an image into place; everything from *wiped to it, and its last page, is wiped first. */
static void put_image(struct vm *vm, u64 *wiped, u64 offset, const struct bundle_image *image)
{
	u8 *ram = phys_to_virt(vm->ram[0].pa);
	u64 start = ALIGN_DOWN(offset, PAGE_SIZE);
	u64 end = ALIGN_UP(offset + image->size, PAGE_SIZE);

	wipe_ram(ram, *wiped, start);
	times_lap(vm, VM_PHASE_WIPE);
	*wiped = end;
	memset(ram + start, 0, offset - start);
	memset(ram + offset + image->size, 0, end - offset - image->size);
	cache_flush(ram + start, offset - start);
	cache_flush(ram + offset + image->size, end - offset - image->size);
	copy_image(ram + offset, image->data, image->size);
	times_lap(vm, VM_PHASE_COPY);
}

static int put_tree(struct vm *vm, u8 *ram, const struct placement *p)
{
	struct gtree_params params = {
		.between = poll_between,
		.initrd_start = vm->ram[0].ipa + p->initrd,
		.initrd_size = p->initrd_size,
	};
	int size;

	units_describe(vm, &params);
	size = gtree_build(ram + p->tree, p->tree_room, &sys_config, vm->cfg, &board, &bundle,
			   &params, &vm->error);
	if (size < 0)
		return -1;
	vm->images = (struct vm_images){
		.kernel = {vm->ram[0].pa + p->kernel, p->kernel_end - p->kernel},
		.initrd = {vm->ram[0].pa + p->initrd, p->initrd_size},
		.tree = ram + p->tree,
		.tree_size = (u32)size,
	};
	cache_flush(ram + p->tree, (u64)size);
	return 0;
}

int images_load(struct vm *vm)
{
	const struct cfg_vm *cfg = vm->cfg;
	const struct bundle_image *kernel, *initrd = NULL, *dtb = NULL;
	u8 *ram = phys_to_virt(vm->ram[0].pa);
	struct placement p = {0};
	u64 wiped = 0;

	times_load(vm);
	kernel = find_image(vm, "kernel", cfg->kernel);
	if (!kernel || verify_image(vm, kernel))
		return -1;
	if (cfg->initrd) {
		initrd = find_image(vm, "initrd", cfg->initrd);
		if (!initrd || verify_image(vm, initrd))
			return -1;
	}
	if (cfg->dtb) {
		dtb = find_image(vm, "dtb", cfg->dtb);
		if (!dtb || verify_image(vm, dtb))
			return -1;
	}
	times_lap(vm, VM_PHASE_HASH);
	if (cfg->symbols && !find_image(vm, "symbols", cfg->symbols))
		return -1;
	if (place_images(vm, kernel, initrd, &p))
		return -1;
	put_image(vm, &wiped, p.kernel, kernel);
	if (initrd)
		put_image(vm, &wiped, p.initrd, initrd);
	wipe_ram(ram, wiped, cfg->ram[0].size);
	for (u32 i = 1; i < cfg->nr_ram; i++)
		wipe_ram(phys_to_virt(vm->ram[i].pa), 0, cfg->ram[i].size);
	times_lap(vm, VM_PHASE_WIPE);
	if (put_tree(vm, ram, &p))
		return -1;
	cache_sync_instructions();
	times_lap(vm, VM_PHASE_TREE);
	vm->entry = vm->ram[0].ipa + p.kernel;
	vm->tree = vm->ram[0].ipa + p.tree;
	return 0;
}
