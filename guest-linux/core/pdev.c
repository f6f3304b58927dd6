// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device repository: where vlinks' descriptors, their info strings and pdev chunks are mapped.
 *
 * Links' memory lies in one window together with that of other VMs' links, which is not mapped for
 * us. So only what is known to be ours is mapped, in runs: each descriptor with its infos when the
 * module starts, each chunk when it is allocated. Runs stay until the module goes, so that nk_ptov()
 * and nk_vtop() only look up and may be called anywhere.
 */
#include <linux/bug.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
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

static DEFINE_MUTEX(lock); /* who adds runs */
static LIST_HEAD(runs);
static DEFINE_XARRAY(by_frame); /* page frame -> the run with it that ends last */
static DEFINE_XARRAY(by_page); /* virtual page -> run */
static struct resource window; /* where links' memory is; without it there are no links */

static struct run *find(NkPhAddr paddr)
{
	return xa_load(&by_frame, paddr >> PAGE_SHIFT);
}

static bool covers(const struct run *r, NkPhAddr paddr, NkPhSize size)
{
	return r && r->base + r->size - paddr >= size;
}

static void free_run(struct run *r)
{
	memunmap(r->va);
	kfree(r);
}

/* Chunks may share a page: who looks for one must find the run that has all of it. */
static int publish(struct run *r)
{
	NkPhAddr end = r->base + r->size;
	unsigned long offset;
	struct run *old;
	int err;

	for (offset = 0; offset < r->size; offset += PAGE_SIZE) {
		err = xa_err(xa_store(&by_page, ((unsigned long)r->va + offset) >> PAGE_SHIFT, r,
				      GFP_KERNEL));
		if (err)
			return err;
	}
	for (offset = 0; offset < r->size; offset += PAGE_SIZE) {
		old = find(r->base + offset);
		if (old && old->base + old->size >= end)
			continue;
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

int pdev_map(NkPhAddr paddr, NkPhSize size)
{
	NkPhAddr base = ALIGN_DOWN(paddr, PAGE_SIZE);
	int err = 0;

	if (!size || paddr + size < paddr || paddr < window.start || paddr + size - 1 > window.end)
		return -EINVAL;
	mutex_lock(&lock);
	if (!covers(find(paddr), paddr, size))
		err = add_run(base, PAGE_ALIGN(paddr + size) - base);
	mutex_unlock(&lock);
	return err;
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
		err = pdev_map(link - NK_VLINK_INFO_BYTES,
			       NK_VLINK_INFO_BYTES + sizeof(NkDevVlink));
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
EXPORT_SYMBOL_GPL(nk_vlink_info);

void pdev_exit(void)
{
	struct run *r, *next;

	list_for_each_entry_safe(r, next, &runs, all)
		free_run(r);
	INIT_LIST_HEAD(&runs);
	xa_destroy(&by_frame);
	xa_destroy(&by_page);
}
