// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbd2-be: pages that the front-end grants. While they are locked they stay, whatever the front-end does; when its VM
 * stops, something else is there. With struct pages (ZONE_DEVICE) a device can have them; without, data is
 * copied between them and pages of this VM.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include "be.h"

static u64 bytes_of(const struct be_window *w)
{
	return ALIGN((u64)w->place.pages << PAGE_SHIFT, SZ_2M);
}

#ifdef CONFIG_ZONE_DEVICE

static void *map_with_pages(struct be_window *w)
{
	void *va;

	w->pgmap.type = MEMORY_DEVICE_GENERIC;
	w->pgmap.range.start = w->place.base;
	w->pgmap.range.end = w->place.base + bytes_of(w) - 1;
	w->pgmap.nr_range = 1;
	va = memremap_pages(&w->pgmap, NUMA_NO_NODE);
	w->has_pages = !IS_ERR(va);
	return w->has_pages ? va : NULL;
}

static void unmap_pages(struct be_window *w)
{
	memunmap_pages(&w->pgmap);
}

#else

static void *map_with_pages(struct be_window *w)
{
	return NULL;
}

static void unmap_pages(struct be_window *w)
{
}

#endif

int be_map_window(struct be_link *link)
{
	struct be_window *w = &link->window;

	if (link->comm.mode != VBD2_GRANT)
		return 0;
	w->va = map_with_pages(w) ?: memremap(w->place.base, bytes_of(w), MEMREMAP_WB);
	return w->va ? 0 : -ENOMEM;
}

void be_unmap_window(struct be_link *link)
{
	struct be_window *w = &link->window;

	if (w->has_pages)
		unmap_pages(w);
	else if (w->va)
		memunmap(w->va);
}

char *be_address_0(const struct be_link *link)
{
	const struct be_window *w = &link->window;

	return w->va ? (char *)w->va - w->place.base : vmq_rx_data_area(link->vmq);
}

struct page *be_segment_page(const struct vbd2_segment *s)
{
	return pfn_to_page(PHYS_PFN(s->address));
}

/* How many pages are one behind the other, up or down, from that segment on; *first: the lowest address. */
static u32 run_of(const struct be_request *r, u32 from, u64 *first)
{
	const struct vbd2_segment *s = r->segs;
	u32 left = min_t(u32, r->head.count - from, NK_GRANT_BATCH), n = 1;
	u64 step = left > 1 ? s[from + 1].address - s[from].address : 0;

	*first = s[from].address;
	if (step != PAGE_SIZE && step != -PAGE_SIZE)
		return 1;
	while (n < left && s[from + n].address - s[from + n - 1].address == step)
		n++;
	if (step != PAGE_SIZE)
		*first = s[from + n - 1].address;
	return n;
}

static void unlock(struct be_request *r, u32 count)
{
	NkPhAddr plink = vmq_rx_plink(r->link->vmq);
	u64 first;
	u32 at, n;

	for (at = 0; at < count; at += n) {
		n = run_of(r, at, &first);
		nk_vm_mem_unlock(plink, first, (u64)n << PAGE_SHIFT);
	}
}

/* nk knows the link's window, so there is nothing outside it that could be locked. */
bool be_lock_segments(struct be_request *r)
{
	NkPhAddr plink = vmq_rx_plink(r->link->vmq);
	bool write = r->head.op == VBD2_OP_READ;
	u64 first;
	u32 at, n;

	for (at = 0; at < r->head.count; at += n) {
		n = run_of(r, at, &first);
		if (nk_vm_mem_verify_and_lock(plink, first, (u64)n << PAGE_SHIFT, write)) {
			unlock(r, at);
			return false;
		}
	}
	r->locked = true;
	return true;
}

void be_unlock_segments(struct be_request *r)
{
	if (r->locked)
		unlock(r, r->head.count);
	r->locked = false;
}

/* Such as a network card's driver, for what it may have to send again. Each has one reference of its own. */
bool be_pages_busy(const struct be_request *r)
{
	u32 n;

	for (n = 0; r->direct && n < r->head.count; n++) {
		if (page_ref_count(be_segment_page(&r->segs[n])) > 1)
			return true;
	}
	return false;
}

/*
 * One that only the CPU reads and writes with: addresses here are none to a device that does DMA. Whoever says
 * vbd2_dma=1 knows that there is none below the others either.
 */
bool be_takes_any_page(const struct be *be, struct block_device *bdev)
{
	static const char *const names[] = {"ram", "zram"};
	const struct gendisk *disk = bdev->bd_disk;
	u32 n;

	if (be->dma == 0 || disk_to_dev(disk)->parent)
		return false;
	for (n = 0; n < ARRAY_SIZE(names); n++) {
		if (str_has_prefix(disk->disk_name, names[n]))
			return true;
	}
	return be->dma == 1;
}

/* What is written may change on its way, as the front-end can write to it. */
static bool may_change(const struct be_request *r)
{
	return r->head.op != VBD2_OP_WRITE || !bdev_stable_writes(r->disk->dev.bdev);
}

bool be_can_be_direct(const struct be_request *r)
{
	struct block_device *bdev = r->disk->dev.bdev;
	u32 mask = (bdev_logical_block_size(bdev) - 1) | bdev_dma_alignment(bdev), n, bits = 0;

	if (!r->link->window.has_pages || !READ_ONCE(r->disk->any_page) || !may_change(r))
		return false;
	for (n = 0; n < r->head.count; n++)
		bits |= r->segs[n].offset | r->segs[n].length;
	return !(bits & mask);
}
