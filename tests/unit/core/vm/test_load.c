// SPDX-License-Identifier: Apache-2.0
/* Where kernel, initrd and tree are put in a VM's RAM, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arch/mmu.h"
#include "config/guest/gtree.h"
#include "core/debug/bench.h"
#include "core/system.h"
#include "core/unit.h"
#include "core/vm/load.h"
#include "core/vm/vm.h"
#include "fake/fake.h"

#define RAM_SIZE MIB(8)
#define IPA GIB(2)
#define MORE_AT MIB(10) /* another piece, 2 MiB behind the first */
#define MORE_SIZE MIB(2)
#define FAKE_SIZE (MORE_AT + MORE_SIZE + MIB(2))
#define DIRT 0xa5
#define TREE "a tree"

static const u8 data[3 * PAGE_SIZE + 5] = {[0] = 1, [sizeof(data) - 1] = 1};
static const struct bundle_image images[] = {
	{.name = "kernel", .data = data, .size = sizeof(data)},
	{.name = "initrd", .data = data, .size = sizeof(data)},
};
static struct cfg_vm cfg;
static struct vm vm;
static u64 tree_room; /* that the tree was given */

/* ---- what load.c asks for ---- */

const struct bundle_image *bundle_find(const struct bundle *b, const char *name)
{
	return !strcmp(name, "kernel") ? &images[0] : &images[1];
}

int bundle_verify(const struct bundle_image *image, void (*between)(void), struct cfg_error *err)
{
	return 0;
}

int gtree_build(void *buf, size_t size, const struct cfg_system *s, const struct cfg_vm *of,
		const struct cfg_board *on, const struct bundle *from, const struct gtree_params *p,
		struct cfg_error *err)
{
	tree_room = size;
	for (u32 i = 0; i < MIN(size, PAGE_SIZE); i++)
		assert_int_equal(((u8 *)buf)[i], 0);
	strcpy(buf, TREE);
	return sizeof(TREE);
}

int cfg_fail_at(struct cfg_error *err, const struct cfg_node *node, const char *prop,
		const char *fmt, ...)
{
	va_list args;
	int n = snprintf(err->text, sizeof(err->text), "%s: ", prop);

	va_start(args, fmt);
	vsnprintf(err->text + n, sizeof(err->text) - (size_t)n, fmt, args);
	va_end(args);
	return -1;
}

void units_describe(const struct vm *of, struct gtree_params *p)
{
}

void arch_simd_begin(void)
{
}

u64 bench_begin(void)
{
	return 0;
}

void bench_end(enum bench_phase phase, u64 begin, u64 bytes)
{
}

void times_load(struct vm *of)
{
}

void times_lap(struct vm *of, enum vm_phase phase)
{
}

/* ---- the tests' own ---- */

static int setup(void **state)
{
	if (!fake_ram)
		fake_ram_make(FAKE_SIZE);
	memset(fake_ram, DIRT, FAKE_SIZE);
	cfg = (struct cfg_vm){
		.kernel = "kernel",
		.has_kernel_offset = true,
		.kernel_offset = 0x80000,
		.nr_ram = 2,
		.ram = {{.size = RAM_SIZE}, {.size = MORE_SIZE}},
	};
	sys_config.nr_virtio = 0;
	vm = (struct vm){.cfg = &cfg, .ram = {{FAKE_RAM, IPA}, {FAKE_RAM + MORE_AT, GIB(1)}}};
	return 0;
}

/* All is where it is said to be, with zeroes between. */
static void assert_loaded(u64 tree, u64 room)
{
	u8 *want = test_calloc(1, RAM_SIZE);

	memset(fake_ram + MORE_AT, DIRT, MORE_SIZE);
	assert_int_equal(images_load(&vm), 0);
	memcpy(want + cfg.kernel_offset, data, sizeof(data));
	if (cfg.initrd)
		memcpy(want + RAM_SIZE / 2, data, sizeof(data));
	strcpy((char *)want + tree, TREE);
	assert_int_equal(memcmp(fake_ram, want, cfg.ram[0].size), 0);
	for (u64 at = cfg.ram[0].size; at < FAKE_SIZE; at++)
		if (fake_ram[at] != (at - MORE_AT < MORE_SIZE ? 0 : DIRT))
			fail_msg("0x%llx is wrong", (unsigned long long)at);
	assert_int_equal(vm.tree, IPA + tree);
	assert_int_equal(vm.entry, IPA + cfg.kernel_offset);
	assert_ptr_equal(vm.images.tree, fake_ram + tree);
	assert_int_equal(tree_room, room);
	test_free(want);
}

static void put_tree_at(u64 offset)
{
	cfg.has_dtb_offset = true;
	cfg.dtb_offset = offset;
}

static void assert_refused(const char *why)
{
	assert_int_equal(images_load(&vm), -1);
	assert_string_equal(vm.error.text, why);
}

static void test_behind_initrd(void **state)
{
	assert_loaded(MIB(4), MIB(2));
	cfg.initrd = "initrd";
	assert_loaded(MIB(6), MIB(2));
	cfg.ram[0].size = MIB(6);
	assert_refused("memory: 6 MiB: kernel, initrd and tree need 8 MiB");
}

static void test_dtb_offset(void **state)
{
	cfg.initrd = "initrd";
	put_tree_at(0); /* up to the kernel */
	assert_loaded(0, 0x80000);
	put_tree_at(0x84000); /* behind it */
	assert_loaded(0x84000, MIB(2));
	put_tree_at(MIB(4) - PAGE_SIZE); /* up to the initrd */
	assert_loaded(MIB(4) - PAGE_SIZE, PAGE_SIZE);
	put_tree_at(RAM_SIZE - PAGE_SIZE);
	assert_loaded(RAM_SIZE - PAGE_SIZE, PAGE_SIZE);
	cfg.kernel_offset = MIB(1); /* again, elsewhere: of the last life nothing is left */
	assert_loaded(RAM_SIZE - PAGE_SIZE, PAGE_SIZE);
}

/* No room is kept for a tree that is elsewhere. */
static void test_small(void **state)
{
	cfg.ram[0].size = MIB(2);
	assert_refused("memory: 2 MiB: kernel, initrd and tree need 4 MiB");
	put_tree_at(MIB(1));
	assert_loaded(MIB(1), MIB(1));
	cfg.initrd = "initrd";
	assert_refused("memory: 2 MiB: kernel, initrd and tree need 3 MiB");
}

static void test_in_the_way(void **state)
{
	static const char *const kernel =
		"dtb-offset: 0x%x: outside the kernel, which is at 0x80000 to 0x83004";
	char want[128];

	for (u32 at = 0x80000; at < 0x84000; at += 0x1000) {
		put_tree_at(at);
		snprintf(want, sizeof(want), kernel, at);
		assert_refused(want);
	}
	cfg.initrd = "initrd";
	put_tree_at(0x403000);
	assert_refused(
		"dtb-offset: 0x403000: outside the initrd, which is at 0x400000 to 0x403004");
}

/* The VM has a device with a pool of so many bytes, at the end of the first piece; and others have, too. */
static void add_pool(u64 size)
{
	cfg.id = 2;
	sys_config.nr_virtio = 3;
	sys_config.virtio[0] = (struct cfg_virtio){.vm = 3, .pool = {MIB(1), MIB(1)}};
	sys_config.virtio[1] =
		(struct cfg_virtio){.vm = 2, .pool = {0, MORE_SIZE}, .pool_piece = 1};
	sys_config.virtio[2] = (struct cfg_virtio){.vm = 2, .pool = {RAM_SIZE - size, size}};
}

/* Nothing is put into a pool. */
static void test_pools(void **state)
{
	add_pool(MIB(2));
	assert_loaded(MIB(4), MIB(2));
	add_pool(MIB(4));
	assert_loaded(MIB(2), MIB(2));
	add_pool(MIB(6));
	assert_refused("memory: 2 MiB beside pools of VirtIO devices: kernel, initrd and tree need "
		       "4 MiB");
	add_pool(MIB(4));
	put_tree_at(MIB(4) - PAGE_SIZE);
	assert_loaded(MIB(4) - PAGE_SIZE, PAGE_SIZE);
	put_tree_at(MIB(4));
	assert_refused("dtb-offset: 0x400000: outside the pools of VirtIO devices, which is at "
		       "0x400000 to 0x7fffff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_behind_initrd, setup),
		cmocka_unit_test_setup(test_dtb_offset, setup),
		cmocka_unit_test_setup(test_small, setup),
		cmocka_unit_test_setup(test_in_the_way, setup),
		cmocka_unit_test_setup(test_pools, setup),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
