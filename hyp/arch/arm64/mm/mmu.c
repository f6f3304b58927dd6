// SPDX-License-Identifier: Apache-2.0
/* EL2's own stage 1: the tables of the boot, and the mappings made later (Arm ARM D8). */
#include "arch/cpu.h"
#include "arch/layout.h"
#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/sysreg.h"
#include "lib/pages.h"

#define EARLY_TABLES 16

typedef u64 table_t[PTRS_PER_TABLE] __aligned(4096);

#define __pgtable __attribute__((section(".bss.pgtables")))

extern char __image_start[], __text_end[], __rodata_end[], __image_end[];
extern char __idmap_start[];
extern char boot_guard[]; /* the page under the boot CPU's first stack */

u64 mmu_root[PTRS_PER_TABLE] __aligned(4096) __pgtable;
u64 mmu_idmap_root[PTRS_PER_TABLE] __aligned(4096) __pgtable;
static table_t image_l1 __pgtable, image_l2 __pgtable, image_l3 __pgtable;
static table_t idmap_l1 __pgtable, idmap_l2 __pgtable, idmap_l3 __pgtable;
void mmu_boot_tables(paddr_t image);

static table_t early_tables[EARLY_TABLES] __pgtable;
static u32 nr_early_tables;
static paddr_t image_pa;
static u64 next_device_va = VA_DEVICES;

static u64 image_page_attr(u64 offset)
{
	if (offset < (u64)(__text_end - __image_start))
		return S1_TEXT;
	if (offset < (u64)(__rodata_end - __image_start))
		return S1_RODATA;
	return S1_DATA;
}

/*
 * Runs with the MMU off, at the address the loader chose: only PC-relative addresses hold.
 * Makes nk's image at VA_IMAGE, and an identity map of the one page that turns the MMU on.
 */
void mmu_boot_tables(paddr_t image)
{
	u64 size = (u64)(__image_end - __image_start);
	paddr_t id = (paddr_t)__idmap_start;

	image_pa = image;
	mmu_root[table_index(VA_IMAGE, 0)] = (u64)image_l1 | PTE_TABLE;
	image_l1[0] = (u64)image_l2 | PTE_TABLE;
	image_l2[0] = (u64)image_l3 | PTE_TABLE;
	for (u64 off = 0; off < size; off += PAGE_SIZE)
		image_l3[off >> PAGE_SHIFT] = (image + off) | image_page_attr(off) | PTE_PAGE;
	image_l3[((u64)boot_guard - image) >> PAGE_SHIFT] = 0;

	mmu_idmap_root[table_index(VA_IMAGE, 0)] = (u64)image_l1 | PTE_TABLE;
	mmu_idmap_root[table_index(id, 0)] = (u64)idmap_l1 | PTE_TABLE;
	idmap_l1[table_index(id, 1)] = (u64)idmap_l2 | PTE_TABLE;
	idmap_l2[table_index(id, 2)] = (u64)idmap_l3 | PTE_TABLE;
	idmap_l3[table_index(id, 3)] = id | S1_TEXT | PTE_PAGE;
}

paddr_t mmu_image_pa(void)
{
	return image_pa;
}

paddr_t mmu_virt_to_phys(const volatile void *p)
{
	u64 va = (u64)p;

	return va >= VA_PHYS ? va - VA_PHYS : va - VA_IMAGE + image_pa;
}

static u64 *table_ptr(u64 pte)
{
	paddr_t pa = pte & PTE_ADDR_MASK;

	if (pa - image_pa < IMAGE_SIZE_MAX)
		return (u64 *)(pa - image_pa + VA_IMAGE);
	return phys_to_virt(pa);
}

static u64 *table_alloc(void)
{
	if (nr_early_tables < EARLY_TABLES)
		return early_tables[nr_early_tables++];
	return pages_alloc(1);
}

/* The table below *pte, made when the entry is empty; NULL when memory ran out. */
static u64 *table_descend(u64 *pte)
{
	u64 *table;

	if (*pte)
		return table_ptr(*pte);
	table = table_alloc();
	if (!table)
		return NULL;
	dmb(ishst);
	WRITE_ONCE(*pte, mmu_virt_to_phys(table) | PTE_TABLE);
	return table;
}

static int map_one(u64 va, paddr_t pa, u32 level, u64 attr)
{
	u64 *table = mmu_root;

	for (u32 l = 0; l < level; l++) {
		table = table_descend(&table[table_index(va, l)]);
		if (!table)
			return -1;
	}
	WRITE_ONCE(table[table_index(va, level)], pa | attr | (level == 3 ? PTE_PAGE : PTE_BLOCK));
	return 0;
}

static u32 best_level(u64 va, paddr_t pa, u64 size)
{
	for (u32 level = 1; level < 3; level++)
		if (IS_ALIGNED(va | pa, level_size(level)) && size >= level_size(level))
			return level;
	return 3;
}

int mmu_map(u64 va, paddr_t pa, u64 size, u64 attr)
{
	while (size) {
		u32 level = best_level(va, pa, size);

		if (map_one(va, pa, level, attr))
			return -1;
		va += level_size(level);
		pa += level_size(level);
		size -= level_size(level);
	}
	/* Entries only ever go from invalid to valid: no TLB entry is stale (Arm ARM D8.13.1). */
	dsb(ishst);
	isb();
	return 0;
}

void *mmu_map_device(paddr_t pa, u64 size)
{
	paddr_t first = ALIGN_DOWN(pa, PAGE_SIZE);
	u64 bytes = ALIGN_UP(pa + size, PAGE_SIZE) - first;
	u64 va = next_device_va;

	/* A page stays free behind each: an overrun faults. */
	next_device_va += bytes + PAGE_SIZE;
	if (mmu_map(va, first, bytes, S1_DEVICE))
		return NULL;
	return (void *)(va + (pa - first));
}
