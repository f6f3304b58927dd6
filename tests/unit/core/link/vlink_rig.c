// SPDX-License-Identifier: Apache-2.0
/* A machine's RAM, VMs with stage-2 tables, and what they are told, for tests of vlinks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vlink_rig.h"

#include "arch/cache.h"
#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "core/system.h"
#include "core/vm/ram.h"
#include "lib/log.h"
#include "lib/pages.h"
#include "unit/config/config_util.h"

#define XIRQ_INTID 288
#define POOL_PAGES 256

struct cfg_board board;
struct cfg_system sys_config;
u8 *rig_ram;

struct vm vms[NR_VMS];
static u64 posted[NR_VMS][5]; /* a bit for each cross interrupt */
u32 warns;
char warned[256];
bool refuse_vms;

void *phys_to_virt(paddr_t pa)
{
	assert_in_range(pa, RIG_RAM, RIG_RAM + RIG_RAM_SIZE - 1);
	return rig_ram + (pa - RIG_RAM);
}

paddr_t mmu_virt_to_phys(const volatile void *p)
{
	return (paddr_t)((const u8 *)p - rig_ram) + RIG_RAM;
}

void cache_wipe(void *p, u64 size)
{
	memset(p, 0, size);
}

void cache_flush(const void *p, u64 size)
{
}

struct vm *vm_by_id(u32 id)
{
	return id >= FIRST_VM && id < FIRST_VM + NR_VMS && !refuse_vms ? &vms[id - FIRST_VM] : NULL;
}

u32 system_relocated(struct range *r)
{
	for (u32 i = 0; i < sys_config.nr_vms; i++)
		r[i] = (struct range){sys_config.vm[i].ram_base, sys_config.vm[i].ram_size};
	return sys_config.nr_vms;
}

struct range rig_window(void)
{
	struct gtree_params p = {0};

	vlinks_vm_describe(&vms[0], &p);
	return p.window;
}

u64 vgic_pulse(struct arch_vm *vm, u32 intid, const struct arch_vm *by)
{
	u32 n = intid - XIRQ_INTID;

	assert_in_range(n, 0, NK_XIRQ_NR - 1);
	posted[vm->id - FIRST_VM][n / 64] |= BIT(n % 64);
	return 0;
}

struct percpu *this_cpu(void)
{
	fail();
	return NULL;
}

void arch_vcpu_hold(struct arch_vcpu *v, u64 until)
{
	fail();
}

u32 arch_counter_hz(void)
{
	return 1000000;
}

void printk(const char *fmt, ...)
{
	fail();
}

void vm_warn(u32 vm_id, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(warned, sizeof(warned), fmt, args);
	va_end(args);
	warns++;
}

bool was_posted(u32 id, u32 xirq)
{
	u32 n = xirq - NK_XIRQ_FIRST;
	u64 *word = &posted[id - FIRST_VM][n / 64];
	bool set = *word >> (n % 64) & 1;

	*word &= ~BIT(n % 64);
	return set;
}

bool none_posted(void)
{
	for (u32 i = 0; i < NR_VMS * 5; i++)
		if (posted[i / 5][i % 5])
			return false;
	return true;
}

void rig_vm_init(u32 id, u32 nr_xirqs)
{
	struct vm *vm = &vms[id - FIRST_VM];
	u64 pa;

	memset(vm, 0, sizeof(*vm));
	vm->cfg = &sys_config.vm[id - FIRST_VM];
	vm->arch.id = id;
	assert_int_equal(stage2_vm_init(&vm->arch), 0);
	assert_true(ram_alloc(PAGE_SIZE, PAGE_SIZE, &pa));
	assert_int_equal(stage2_map(&vm->arch, NAMES, pa, PAGE_SIZE, S2_RAM), 0);
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
	board.ram[0] = (struct range){RIG_RAM, RIG_RAM_SIZE};
	if (!rig_ram) /* pages new to the process cost much more than filling them again */
		rig_ram = aligned_alloc(BLOCK_SIZE, RIG_RAM_SIZE);
	memset(rig_ram, 0xa5, RIG_RAM_SIZE);
	ram_init(&board);
	assert_true(ram_alloc(POOL_PAGES * PAGE_SIZE, PAGE_SIZE, &pool));
	pages_init(phys_to_virt(pool), POOL_PAGES);
	stage2_init();
	memset(posted, 0, sizeof(posted));
	vlinks = NULL;
}

void rig_setup(void)
{
	struct cfg_error err;

	rig_make(&err);
	refuse_vms = true;
	if (vlinks_create(&err))
		fail_msg("%s", err.text);
	for (u32 id = FIRST_VM; id < FIRST_VM + NR_VMS; id++) {
		rig_vm_init(id, NK_XIRQ_NR);
		if (vlinks_vm_create(&vms[id - FIRST_VM], &err))
			fail_msg("%s", err.text);
	}
	refuse_vms = false;
	assert_int_equal(sys_config.nr_links, NR_LINKS);
	warns = 0;
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
