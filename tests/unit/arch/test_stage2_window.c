// SPDX-License-Identifier: Apache-2.0
/* Windows of a VM's address space, with tables that begin at level 0 and at level 1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "arch/sysreg.h"
#include "fake/fake.h"
#include "lib/pages.h"
#include "unit/s2_entry.h"

#define RAM_SIZE MIB(4)
#define PA 0x100000000UL
#define SIZE (GIB(1) + 3 * BLOCK_SIZE) /* of what is seen: it ends within the second GiB */

static struct arch_vm vm;
static struct stage2_window w;
static u64 *nobodys;
static u32 pa_range; /* of the machine: 2: 40 bits of addresses, 5: 48 */

static u64 nobodys_page(void)
{
	return mmu_virt_to_phys(nobodys + 2 * PTRS_PER_TABLE) | S2_GRANT | PTE_PAGE;
}

static void machine(u32 range, ipa_t at)
{
	if (!fake_ram)
		fake_ram_make(RAM_SIZE);
	memset(fake_ram, 0, RAM_SIZE);
	pages_init(fake_ram, RAM_SIZE / PAGE_SIZE);
	pa_range = range;
	fake_sysreg_write("id_aa64mmfr0_el1", range);
	stage2_init();
	vm = (struct arch_vm){.vmid = 7};
	assert_int_equal(stage2_vm_init(&vm), 0);
	w = (struct stage2_window){.ipa = at, .nr = 2, .tables = pages_alloc(2)};
	nobodys = stage2_nobodys(pages_alloc(3), S2_GRANT);
	stage2_window_fill(&w, 0, PA, SIZE, S2_GRANT);
}

static void see_nobodys(void)
{
	for (u64 at = 0; at < GIB(2); at += MIB(511) + PAGE_SIZE)
		assert_int_equal(s2_entry(&vm, w.ipa + at), nobodys_page());
	assert_int_equal(s2_entry(&vm, w.ipa + GIB(2) - 1), nobodys_page());
}

static void see_all(void)
{
	for (u64 at = 0; at < SIZE; at += BLOCK_SIZE)
		assert_int_equal(s2_block(&vm, w.ipa + at), (PA + at) | S2_GRANT | PTE_BLOCK);
	for (u64 at = SIZE; at < GIB(2); at += BLOCK_SIZE)
		assert_int_equal(s2_block(&vm, w.ipa + at), 0);
}

static void see_nothing_beside(void)
{
	assert_int_equal(s2_level1(&vm, w.ipa - 1), 0);
	assert_int_equal(s2_level1(&vm, w.ipa + GIB(2)), 0);
}

static void show_and_hide(u32 range, ipa_t at)
{
	machine(range, at);
	assert_int_equal(stage2_window_create(&vm, &w, nobodys), 0);
	for (u32 i = 0; i < 2; i++) {
		see_nobodys();
		stage2_window_show(&vm, &w, NULL);
		see_all();
		see_nothing_beside();
		stage2_window_show(&vm, &w, nobodys);
	}
	see_nobodys();
}

static void test_level_1(void **state)
{
	show_and_hide(2, GIB(5));
	show_and_hide(2, GIB(511)); /* in two tables of the first level, which lie side by side */
	show_and_hide(2, GIB(1021));
}

static void test_level_0(void **state)
{
	show_and_hide(5, GIB(5));
	show_and_hide(5, GIB(511)); /* by two entries of level 0 */
	show_and_hide(5, GIB(262140));
}

static u32 looks;

/* While TLBs are emptied, of that VM. */
static void look(void)
{
	assert_int_equal(s2_level1(&vm, w.ipa), 0);
	assert_int_equal(s2_level1(&vm, w.ipa + GIB(1)), 0);
	assert_int_equal(fake_sysreg_read("vttbr_el2"), vm.vttbr);
	looks++;
}

static void test_break_before_make(void **state)
{
	for (u32 range = 2; range <= 5; range += 3) {
		machine(range, GIB(5));
		assert_int_equal(stage2_window_create(&vm, &w, nobodys), 0);
		fake_sysreg_write("vttbr_el2", 0x1234);
		looks = 0;
		fake_during_tlbi = look;
		stage2_window_show(&vm, &w, NULL);
		assert_int_equal(looks, 1);
		fake_during_tlbi = look;
		stage2_window_show(&vm, &w, nobodys);
		assert_int_equal(looks, 2);
		assert_int_equal(fake_sysreg_read("vttbr_el2"), 0x1234);
	}
}

static void test_no_place(void **state)
{
	machine(2, GIB(1023)); /* the second one is beyond 40 bits */
	assert_int_equal(stage2_window_create(&vm, &w, nobodys), -1);
	machine(5, ~0UL - GIB(1) + 1);
	assert_int_equal(stage2_window_create(&vm, &w, nobodys), -1);
	machine(2, GIB(5));
	assert_int_equal(stage2_map(&vm, GIB(6), PA, PAGE_SIZE, S2_RAM), 0);
	assert_int_equal(stage2_window_create(&vm, &w, nobodys), -1);
	machine(5, GIB(5)); /* no page for the table of level 1 */
	while (pages_alloc(1))
		;
	assert_int_equal(stage2_window_create(&vm, &w, nobodys), -1);
}

/* nk itself has no pointer to what is in it, whoever's it is. */
static void test_foreign(void **state)
{
	machine(2, GIB(5));
	assert_int_equal(stage2_window_create(&vm, &w, nobodys), 0);
	assert_null(stage2_guest_ptr(&vm, w.ipa, false));
	stage2_window_show(&vm, &w, NULL);
	assert_null(stage2_guest_ptr(&vm, w.ipa, false));
}

/* Pieces that are filled one after the other leave holes between them. */
static void test_holes(void **state)
{
	machine(2, GIB(5));
	stage2_window_fill(&w, GIB(1) + 6 * BLOCK_SIZE, 2 * PA, BLOCK_SIZE, S2_GRANT);
	assert_int_equal(stage2_window_create(&vm, &w, nobodys), 0);
	stage2_window_show(&vm, &w, NULL);
	assert_int_equal(s2_block(&vm, w.ipa + SIZE - 1),
			 (PA + SIZE - BLOCK_SIZE) | S2_GRANT | PTE_BLOCK);
	assert_int_equal(s2_block(&vm, w.ipa + SIZE), 0);
	assert_int_equal(s2_block(&vm, w.ipa + GIB(1) + 5 * BLOCK_SIZE), 0);
	assert_int_equal(s2_block(&vm, w.ipa + GIB(1) + 6 * BLOCK_SIZE),
			 2 * PA | S2_GRANT | PTE_BLOCK);
	assert_int_equal(s2_block(&vm, w.ipa + GIB(1) + 7 * BLOCK_SIZE), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_level_1),		  cmocka_unit_test(test_level_0),
		cmocka_unit_test(test_break_before_make), cmocka_unit_test(test_no_place),
		cmocka_unit_test(test_foreign),		  cmocka_unit_test(test_holes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
