// SPDX-License-Identifier: Apache-2.0
/* A machine's RAM, VMs with stage-2 tables, and what they are told, for tests of vlinks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vlink_rig.h"

#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "core/link/grant.h"
#include "core/vm/ram.h"
#include "fake/fake.h"
#include "lib/pages.h"
#include "unit/config/config_util.h"

#define XIRQ_INTID 288
#define POOL_PAGES 256

struct vm vms[NR_VMS];

struct range rig_window(void)
{
	struct gtree_params p = {0};

	vlinks_vm_describe(&vms[0], &p);
	return p.window;
}

bool was_posted(u32 id, u32 xirq)
{
	u32 *posts = &fake_pulses.of[id][XIRQ_INTID + xirq - NK_XIRQ_FIRST];
	bool any = *posts;

	*posts = 0;
	return any;
}

bool none_posted(void)
{
	static const u32 none[NK_VM_IDS][FAKE_INTIDS];

	return !memcmp(fake_pulses.of, none, sizeof(none));
}

int rig_quiet(void **state)
{
	assert_int_equal(fake_log.lines, 0);
	assert_int_equal(fake_held.vcpus, 0);
	return 0;
}

void rig_vm_init(u32 id, u32 nr_xirqs)
{
	struct vm *vm = &vms[id - FIRST_VM];
	u64 pa;

	memset(vm, 0, sizeof(*vm));
	vm->cfg = &sys_config.vm[id - FIRST_VM];
	vm->arch.id = id;
	assert_int_equal(stage2_vm_init(&vm->arch), 0);
	assert_true(ram_alloc(PAGE_SIZE, PAGE_SIZE, NULL, 0, &pa));
	assert_int_equal(stage2_map(&vm->arch, NAMES, pa, PAGE_SIZE, S2_RAM), 0);
	vm->ram[0] = (struct vm_ram){.pa = pa, .ipa = NAMES};
	xirq_vm_init(vm, XIRQ_INTID, nr_xirqs);
}

void rig_make(struct cfg_error *err)
{
	static void *fdt;
	size_t size;
	u64 pool;

	free(fdt);
	fdt = load_blob("unit/dts/vlinks", &size);
	board = *virt_board(3);
	memset(err, 0, sizeof(*err));
	if (cfg_system_parse(&sys_config, fdt, size, &board, err))
		fail_msg("%s", err->text);
	board.nr_reserved = 0;
	board.nr_ram = 1;
	board.ram[0] = (struct range){FAKE_RAM, RIG_RAM_SIZE};
	if (!fake_ram) /* pages new to the process cost much more than filling them again */
		fake_ram_make(RIG_RAM_SIZE);
	memset(fake_ram, 0xa5, RIG_RAM_SIZE);
	ram_init(&board);
	assert_true(ram_alloc(POOL_PAGES * PAGE_SIZE, PAGE_SIZE, NULL, 0, &pool));
	pages_init(phys_to_virt(pool), POOL_PAGES);
	stage2_init();
	fake_intids = (struct fake_intids){XIRQ_INTID, XIRQ_INTID + NK_XIRQ_NR - 1};
	memset(&fake_pulses, 0, sizeof(fake_pulses));
	vlinks = NULL;
}

void rig_setup(void)
{
	struct cfg_error err;

	rig_make(&err);
	memset(fake_vms.by_id, 0, sizeof(fake_vms.by_id)); /* there are none, as at boot */
	if (vlinks_create(&err) || grants_create(&err))
		fail_msg("%s", err.text);
	for (u32 id = FIRST_VM; id < FIRST_VM + NR_VMS; id++) {
		rig_vm_init(id, NK_XIRQ_NR);
		if (vlinks_vm_create(&vms[id - FIRST_VM], &err) ||
		    grants_vm_create(&vms[id - FIRST_VM], &err))
			fail_msg("%s", err.text);
	}
	for (u32 i = 0; i < NR_VMS; i++)
		fake_vms.by_id[FIRST_VM + i] = &vms[i];
	assert_int_equal(sys_config.nr_links, NR_LINKS);
	memset(&fake_warned, 0, sizeof(fake_warned));
}

u64 pdev(u32 id, u32 link, u64 label, u64 size)
{
	return CALL(id, pdev_alloc, vlinks[link].ipa, label, size);
}

u64 pmem(u32 id, u32 link, u64 label, u64 size)
{
	return CALL(id, pmem_alloc, vlinks[link].ipa, label, size);
}

u64 pxirq(u32 id, u32 link, u64 label, u32 vm, u64 nb)
{
	return CALL(id, pxirq_alloc, vlinks[link].ipa, label, vm, nb);
}

u64 lookup(u32 id, const char *name, u64 previous)
{
	if (name)
		strcpy(stage2_guest_ptr(&vms[id - FIRST_VM].arch, NAMES, true), name);
	return CALL(id, vlink_lookup, name ? NAMES : 0, previous);
}
