// SPDX-License-Identifier: Apache-2.0
/*
 * The window: RAM below 4 GiB that is at the same address in every VM, so that addresses travel,
 * also to devices, and fit s_info and c_info. A VM sees the parts of its own links only.
 *
 *   pmem of links with 2 MiB or more, each at a multiple of 2 MiB
 *   pmem of other links
 *   for each link: a page of info strings; descriptor and pdev chunks
 *
 * Every part belongs to one link forever, so wiping it once at boot is enough.
 */
#include "arch/cache.h"
#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "core/link/priv.h"
#include "core/system.h"
#include "core/vm/ram.h"
#include "lib/string.h"

static struct range window;

void vlinks_vm_describe(const struct vm *vm, struct gtree_params *p)
{
	if (vlinks_of_vm(vm->arch.id))
		p->window = window;
}

/* Copies the end's info, its strings joined, with a NUL. Returns its bytes, 0 when it has none. */
static u32 join_info(const struct vlink *l, u32 end, char *to)
{
	const struct cfg_vdev *vdev = &sys_config.vdevs[l->cfg->end[end]];
	u32 n = 0;

	for (u32 i = 0; i < vdev->info_len; i++)
		if (vdev->info[i])
			to[n++] = vdev->info[i];
	if (vdev->info_len)
		to[n++] = '\0';
	return n;
}

static struct range take_part(u64 *at, u64 size)
{
	struct range r = {*at, ALIGN_UP(size, PAGE_SIZE)};

	*at += r.size;
	return r;
}

/* Offsets in the window. Returns its size. */
static u64 divide_window(void)
{
	u64 at = 0;
	struct vlink *l, *end = vlinks + sys_config.nr_links;

	for (l = vlinks; l < end; l++)
		if (l->cfg->pmem_size >= BLOCK_SIZE) {
			at = ALIGN_UP(at, BLOCK_SIZE);
			l->pmem = take_part(&at, l->cfg->pmem_size);
		}
	for (l = vlinks; l < end; l++)
		if (l->cfg->pmem_size < BLOCK_SIZE)
			l->pmem = take_part(&at, l->cfg->pmem_size);
	for (l = vlinks; l < end; l++) {
		l->infos = take_part(&at, NK_VLINK_INFO_BYTES);
		l->shared = take_part(&at, VLINK_DESC_SIZE + (u64)l->cfg->pdev_size);
	}
	return at;
}

static void place_link(struct vlink *l)
{
	char *info;

	l->shared.base += window.base;
	l->infos.base += window.base;
	l->pmem.base += window.base;
	l->pmem_high = l->pmem.size;
	l->ipa = l->shared.base;
	l->desc = phys_to_virt(l->ipa);
	l->pdev_used = VLINK_DESC_SIZE;
	info = phys_to_virt(l->infos.base);
	for (u32 end = 0, at = 0; end < 2; end++) {
		u32 n = join_info(l, end, info + at);

		l->info_at[end] = n ? (u32)l->infos.base + at : 0;
		at += n;
	}
}

int vlink_mem_create(struct cfg_error *err)
{
	u32 n;
	const struct range *avoid = system_relocated(NULL, &n);
	u64 size = divide_window();

	if (!ram_alloc_highest(size, BLOCK_SIZE, GIB(4), avoid, n, &window.base))
		return cfg_fail_at(err, &sys_config.hyp, "pmem-size",
				   "0x%llx bytes with vlinks' pages: not free in one piece below "
				   "4 GiB beside VMs' `base`, `ipa`, `gic` and `uart`",
				   (unsigned long long)size);
	window.size = size;
	cache_wipe(phys_to_virt(window.base), size);
	for (u32 i = 0; i < sys_config.nr_links; i++)
		place_link(&vlinks[i]);
	return 0;
}

static int no_tables(const struct vm *vm, struct cfg_error *err)
{
	return cfg_fail_at(err, &vm->cfg->node, "vdevs",
			   "no memory for the tables of its vlinks: fewer of them, or of VMs");
}

static int map_part(struct vm *vm, struct range r, u64 attr)
{
	return stage2_map(&vm->arch, r.base, r.base, r.size, attr);
}

int vlink_mem_vm_create(struct vm *vm, struct cfg_error *err)
{
	u32 spare = 0;
	u64 pages;

	for (struct vlink *l = vlinks; l < vlinks + sys_config.nr_links; l++)
		if (vlink_is_end(l, vm->arch.id) &&
		    (map_part(vm, l->shared, S2_SHARED) || map_part(vm, l->infos, S2_SHARED_RO) ||
		     (l->pmem.size &&
		      stage2_prepare(&vm->arch, l->pmem.base, l->pmem.size, &spare))))
			return no_tables(vm, err);
	if (!spare)
		return 0;
	if (!ram_alloc_top(spare * PAGE_SIZE, ~0UL, &pages))
		return no_tables(vm, err);
	stage2_give_tables(&vm->arch, phys_to_virt(pages), spare);
	return 0;
}
