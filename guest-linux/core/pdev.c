// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device repository: where vlinks' descriptors, their info strings and pdev chunks are mapped.
 *
 * Links' memory lies in one window together with that of other VMs' links, which is not mapped for
 * us. What each of our own links has there, whoever allocated it, is mapped when the module starts,
 * as a run, until the module goes. So nk_ptov() and nk_vtop() only look up, and may be called
 * anywhere.
 */
#include <linux/bug.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/of_address.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "core.h"

struct run {
	struct list_head all;
	NkPhAddr base; /* of a page */
	NkPhSize size; /* in pages, but in bytes */
	void *va;
};

static LIST_HEAD(runs);
static DEFINE_XARRAY(by_frame); /* page frame -> run */
static DEFINE_XARRAY(by_page); /* virtual page -> run */
static struct resource window; /* where links' memory is; without it there are no links */

static struct run *find(NkPhAddr paddr)
{
	return xa_load(&by_frame, paddr >> PAGE_SHIFT);
}

static void free_run(struct run *r)
{
	memunmap(r->va);
	kfree(r);
}

static int publish(struct run *r)
{
	unsigned long offset;
	int err;

	for (offset = 0; offset < r->size; offset += PAGE_SIZE) {
		err = xa_err(xa_store(&by_page, ((unsigned long)r->va + offset) >> PAGE_SHIFT, r,
				      GFP_KERNEL));
		if (err)
			return err;
		err = xa_err(xa_store(&by_frame, (r->base + offset) >> PAGE_SHIFT, r, GFP_KERNEL));
		if (err)
			return err;
	}
	return 0;
}

static int add_run(NkPhAddr base, NkPhSize size)
{
	struct run *r = kzalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return -ENOMEM;
	r->base = base;
	r->size = size;
	r->va = memremap(base, size, MEMREMAP_WB);
	if (!r->va) {
		kfree(r);
		return -ENOMEM;
	}
	list_add(&r->all, &runs); /* from here on pdev_exit() frees it, whatever happens */
	return publish(r);
}

/* The page of infos may not be written, so what may be behind it ends where the link's part does. */
static int map_link(NkPhAddr link)
{
	NkPhSize size = nk_mem_extent(link, window.end + 1 - link, true);
	NkPhAddr base = ALIGN_DOWN(link - NK_VLINK_INFO_BYTES, PAGE_SIZE);

	if (!size || link < window.start + NK_VLINK_INFO_BYTES)
		return -EINVAL;
	return add_run(base, PAGE_ALIGN(link + size) - base);
}

void *nk_core_ptov(NkPhAddr paddr)
{
	struct run *r = find(paddr);

	BUG_ON(!r);
	return r->va + (paddr - r->base);
}

NkPhAddr nk_core_vtop(void *vaddr)
{
	struct run *r = xa_load(&by_page, (unsigned long)vaddr >> PAGE_SHIFT);

	return r ? r->base + (vaddr - r->va) : 0;
}

int pdev_init(struct device_node *node)
{
	NkPhAddr link = 0;
	int err;

	if (of_address_to_resource(node, 0, &window))
		return 0;
	while ((link = nk_core_vlink_lookup(NULL, link))) {
		err = map_link(link);
		if (err)
			return err;
	}
	return 0;
}

const char *nk_vlink_info(NkPhAddr plink, nku32_f info)
{
	NkPhAddr page = plink - NK_VLINK_INFO_BYTES;

	return info >= page && info < plink ? nk_core_ptov(info) : NULL;
}
EXPORT_SYMBOL(nk_vlink_info);

void pdev_exit(void)
{
	struct run *r, *next;

	list_for_each_entry_safe(r, next, &runs, all)
		free_run(r);
	INIT_LIST_HEAD(&runs);
	xa_destroy(&by_frame);
	xa_destroy(&by_page);
}
