// SPDX-License-Identifier: Apache-2.0
/*
 * Where the console's history is. It must be found again by the next nk, so nothing may be asked
 * but what is the same then; and what runs before nk must leave it alone.
 *
 * That is the top of RAM, as a loader that is at the bottom (QEMU's) writes nothing there. U-Boot is
 * itself at the top, with the tree and the bundle right below it: then it is below those.
 */
#include "arch/cpu.h"
#include "arch/layout.h"
#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "core/console/history.h"
#include "core/vm/ram.h"

static paddr_t base; /* 0: there is none */

void history_reserve(paddr_t fdt, paddr_t bundle)
{
	const struct range *r = ram_free_range(0);
	u64 limit = 0, middle;

	if (!r)
		return;
	middle = r->base / 2;
	for (u32 i = 0; (r = ram_free_range(i)); i++)
		limit = r->base + r->size;
	middle += limit / 2;
	if (fdt > middle)
		limit = MIN(limit, fdt);
	if (bundle > middle)
		limit = MIN(limit, bundle);
	if (!ram_alloc_top(sizeof(struct history_area), limit, &base))
		base = 0;
}

void history_start(void)
{
	if (!base)
		return;
	if (mmu_map(VA_PHYS + base, base, sizeof(struct history_area), S1_DATA))
		panic("history not mapped");
	history_init(phys_to_virt(base));
}
