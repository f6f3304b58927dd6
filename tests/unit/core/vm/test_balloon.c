// SPDX-License-Identifier: Apache-2.0
/* Ballooning: who has which page, what is in it, and that nobody has one of somebody else's. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "core/calls/hypercall.h"
#include "core/vm/balloon.h"
#include "core/vm/ram.h"
#include "core/vm/vm.h"
#include "fake/core.h"
#include "fake/fake.h"

#define RAM_SIZE MIB(16)
#define HOST 2
#define TAKER 3
#define TAKER2 4
#define OTHER 5
#define POOL (2 * BLOCK_SIZE)
#define PAGES (POOL / PAGE_SIZE)
#define TABLE 0x1000 /* IPA of the VM's own page, where the table of frames is */
#define UNMAPPED 0x100000

static u8 own[NK_VM_IDS][2 * PAGE_SIZE]; /* two pages of each VM's RAM */
static struct vm vms[NK_VM_IDS];
static bool mapped[NK_VM_IDS][PAGES];
static bool unflushed[NK_VM_IDS];
static u64 base;

static u32 page_of(u64 pa)
{
	assert_true(pa >= base && pa < base + POOL);
	return (u32)((pa - base) >> PAGE_SHIFT);
}

/* ---- what balloon.c asks for ---- */

static void wipes(const void *p, u64 size)
{
	u32 page = page_of(mmu_virt_to_phys(p));

	/* Nobody but a host that is off sees it. */
	for (u32 id = HOST + 1; id < NK_VM_IDS; id++)
		assert_false(mapped[id][page] || unflushed[id]);
}

int stage2_prepare_pages(struct arch_vm *vm, ipa_t ipa, u64 size, void *tables)
{
	assert_non_null(tables);
	assert_int_equal(ipa, base);
	assert_int_equal(size, POOL);
	return 0;
}

void stage2_map_page(struct arch_vm *vm, ipa_t ipa, paddr_t pa, u64 attr)
{
	assert_int_equal(ipa, pa);
	assert_int_equal(attr, S2_BALLOON);
	for (u32 id = HOST; id < NK_VM_IDS; id++)
		assert_true(id == vm->id || !mapped[id][page_of(pa)]);
	for (u32 i = 0; i < PAGE_SIZE; i++)
		assert_int_equal(((u8 *)phys_to_virt(pa))[i], 0);
	mapped[vm->id][page_of(pa)] = true;
}

void stage2_unmap_page(struct arch_vm *vm, ipa_t ipa)
{
	assert_true(mapped[vm->id][page_of(ipa)]);
	mapped[vm->id][page_of(ipa)] = false;
	unflushed[vm->id] = true;
}

void stage2_unmap_done(struct arch_vm *vm)
{
	unflushed[vm->id] = false;
}

int cfg_fail_at(struct cfg_error *err, const struct cfg_node *node, const char *prop,
		const char *fmt, ...)
{
	strcpy(err->text, prop);
	return -1;
}

/* ---- the tests' own ---- */

static u64 call(u32 id, u64 op, u64 frames, u64 count)
{
	return hc_balloon_ctrl(&vms[id], NULL, (u32)op, frames, (u32)count);
}

static u32 *table(u32 id)
{
	return (u32 *)own[id];
}

static u32 mapped_pages(u32 id)
{
	u32 n = 0;

	for (u32 i = 0; i < PAGES; i++)
		n += mapped[id][i];
	return n;
}

/* Takes n, soils them, and leaves their numbers in the VM's table. */
static u32 take(u32 id, u32 n)
{
	u32 got = (u32)call(id, NK_BALLOON_ALLOC, TABLE, n);

	for (u32 i = 0; i < got; i++)
		memset(phys_to_virt((u64)table(id)[i] << PAGE_SHIFT), (int)id, PAGE_SIZE);
	return got;
}

/* Frees n pages that are the VM's. */
static u32 give(u32 id, u32 n)
{
	u32 listed = 0;

	for (u32 i = 0; i < PAGES && listed < n; i++)
		if (mapped[id][i])
			table(id)[listed++] = (u32)(base >> PAGE_SHIFT) + i;
	return (u32)call(id, NK_BALLOON_FREE, TABLE, listed);
}

static int setup(void **state)
{
	static struct cfg_board board = {.nr_ram = 1, .ram = {{FAKE_RAM, RAM_SIZE}}};
	struct cfg_error err = {.text = ""};

	memset(mapped, 0, sizeof(mapped));
	memset(fake_ram, 0xa5, RAM_SIZE);
	sys_config.balloon = (struct cfg_balloon){
		.host = HOST, .takers = BIT(TAKER) | BIT(TAKER2), .size = POOL};
	sys_config.nr_vms = 1;
	sys_config.vm[0].ram[0].base = FAKE_RAM + MIB(14);
	sys_config.vm[0].ram[0].size = MIB(8);
	ram_init(&board);
	base = FAKE_RAM + MIB(14) - POOL; /* the highest place that nobody hides */
	assert_int_equal(balloon_create(&err), 0);
	for (u32 id = HOST; id <= OTHER; id++) {
		vms[id].arch.id = id;
		fake_stage2[id - HOST] = (struct fake_stage2){
			.vm = &vms[id].arch, .base = TABLE, .memory = own[id], .pages = 2};
		assert_int_equal(balloon_vm_create(&vms[id], &err), 0);
	}
	for (u32 id = HOST; id <= OTHER; id++)
		balloon_vm_load(&vms[id]);
	return 0;
}

static struct range region(u32 id)
{
	struct gtree_params p = {0};

	balloon_vm_describe(&vms[id], &p);
	return p.balloon;
}

static void test_told(void **state)
{
	static const u64 want[][6] = {
		[HOST] = {NK_BALLOON_ENABLED, HOST, 0, PAGES},
		[TAKER] = {NK_BALLOON_ENABLED, HOST, 0, PAGES},
		[OTHER] = {NK_BALLOON_DISABLED},
	};

	for (u32 id = HOST; id <= OTHER; id++) {
		if (id == TAKER2)
			continue;
		for (u32 op = 0; op < 4; op++)
			assert_int_equal(call(id, op, 0, 0),
					 op == NK_BALLOON_RGN_BASE && id != OTHER
						 ? base >> PAGE_SHIFT
						 : want[id][op]);
	}
	assert_int_equal(region(TAKER2).base, base);
	assert_int_equal(region(OTHER).size, 0);
	assert_int_equal(call(OTHER, NK_BALLOON_ALLOC, TABLE, 1), 0);
	assert_int_equal(mapped_pages(HOST), PAGES);
}

static void test_around(void **state)
{
	assert_int_equal(take(TAKER, 1), 0);
	assert_int_equal(give(HOST, 200), 200);
	assert_int_equal(take(TAKER, 150), 150);
	assert_int_equal(take(TAKER2, 100), 50);
	assert_int_equal(take(HOST, 1), 0);
	assert_int_equal(give(TAKER, 20), 20);
	assert_int_equal(take(HOST, 256), 20);
	assert_int_equal(mapped_pages(HOST), PAGES - 180);
	assert_int_equal(mapped_pages(TAKER), 130);
	assert_int_equal(mapped_pages(TAKER2), 50);
	/* One call does so many at most. */
	assert_int_equal(call(HOST, NK_BALLOON_FREE, TABLE, 0), 0);
	assert_int_equal(give(HOST, 600), NK_BALLOON_BATCH);
	assert_int_equal(take(TAKER2, 300), NK_BALLOON_BATCH);
}

static void test_not_ones_own(void **state)
{
	u32 first = (u32)(base >> PAGE_SHIFT);

	give(HOST, 10);
	take(TAKER, 4);
	/* Others' pages, those in the pool, those that are none, and one's own twice. */
	for (u32 i = 0; i < PAGES; i++)
		table(TAKER2)[i % 512] = first + i;
	assert_int_equal(call(TAKER2, NK_BALLOON_FREE, TABLE, 256), 0);
	table(TAKER)[10] = first - 1;
	table(TAKER)[11] = first + PAGES;
	table(TAKER)[12] = 0;
	table(TAKER)[13] = ~0u;
	table(TAKER)[14] = table(TAKER)[15] = table(TAKER)[0];
	assert_int_equal(call(TAKER, NK_BALLOON_FREE, TABLE + 40, 6), 1);
	assert_int_equal(call(TAKER, NK_BALLOON_FREE, TABLE + 40, 6), 0);
	assert_int_equal(mapped_pages(TAKER), 3);
	/* Tables that are not the VM's. */
	assert_int_equal(call(TAKER, NK_BALLOON_FREE, UNMAPPED, 1), 0);
	assert_int_equal(call(TAKER, NK_BALLOON_ALLOC, UNMAPPED, 1), 0);
	assert_int_equal(call(TAKER, NK_BALLOON_ALLOC, TABLE + sizeof(own[0]) - 4, 2), 0);
	assert_int_equal(call(TAKER, NK_BALLOON_ALLOC, ~0ULL - 3, 2), 0);
	assert_int_equal(call(TAKER, 6, TABLE, 1), 0);
	assert_int_equal(mapped_pages(TAKER), 3);
	assert_int_equal(mapped_pages(HOST), PAGES - 10);
}

static void test_stops(void **state)
{
	give(HOST, 100);
	take(TAKER, 60);
	take(TAKER2, 10);
	balloon_vm_stop(&vms[TAKER]);
	assert_int_equal(mapped_pages(TAKER), 0);
	balloon_vm_load(&vms[TAKER]);
	assert_int_equal(mapped_pages(TAKER), 0);
	/* The host's own are not for others while it is off. */
	balloon_vm_stop(&vms[HOST]);
	assert_int_equal(take(TAKER, 200), 90);
	assert_int_equal(give(TAKER, 30), 30);
	memset(phys_to_virt(base), 0xee, PAGE_SIZE);
	balloon_vm_load(&vms[HOST]);
	assert_int_equal(mapped_pages(HOST), PAGES - 70);
	for (u32 i = 0; i < PAGES; i++)
		if (mapped[HOST][i])
			assert_int_equal(fake_ram[base - FAKE_RAM + i * PAGE_SIZE], 0);
	balloon_vm_stop(&vms[OTHER]);
	assert_int_equal(take(TAKER, 1), 0);
}

static void test_off(void **state)
{
	struct cfg_error err = {.text = ""};

	sys_config.balloon = (struct cfg_balloon){.node = {.at = -1}};
	assert_int_equal(balloon_create(&err), 0);
	for (u32 op = 0; op < 7; op++)
		assert_int_equal(call(HOST, op, TABLE, 1), 0);
}

static void test_no_room(void **state)
{
	struct cfg_error err = {.text = ""};

	sys_config.balloon.size = MIB(16);
	assert_int_equal(balloon_create(&err), -1);
	assert_string_equal(err.text, "size");
}

/* Two vCPUs of a VM free the same pages, each once. */
static void *free_all(void *arg)
{
	u64 done = 0;

	for (u32 i = 0; i < 256; i += 8)
		done += call(HOST, NK_BALLOON_FREE, TABLE + i * 4, 8);
	return (void *)(uintptr_t)done;
}

static void test_race(void **state)
{
	void *done[2];
	pthread_t other;

	for (u32 turn = 0; turn < 50; turn++) {
		for (u32 i = 0; i < 256; i++)
			table(HOST)[i] = (u32)(base >> PAGE_SHIFT) + i;
		assert_int_equal(pthread_create(&other, NULL, free_all, NULL), 0);
		done[0] = free_all(NULL);
		pthread_join(other, &done[1]);
		assert_int_equal((uintptr_t)done[0] + (uintptr_t)done[1], 256);
		assert_int_equal(take(HOST, 256), 256);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_told, setup),
		cmocka_unit_test_setup(test_around, setup),
		cmocka_unit_test_setup(test_not_ones_own, setup),
		cmocka_unit_test_setup(test_stops, setup),
		cmocka_unit_test_setup(test_race, setup),
		cmocka_unit_test_setup(test_no_room, setup),
		cmocka_unit_test_setup(test_off, setup),
	};

	fake_ram_make(RAM_SIZE);
	fake_wipes = wipes;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
