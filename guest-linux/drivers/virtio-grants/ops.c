// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-virtio-grants: the DMA API of a device whose back-end sees granted pages only. All data is copied to such pages and
 * from there, so that nothing of what is beside a buffer is shown, and a back-end cannot change what it is to read, but
 * its copy. What it is to write is zeroes before: of what it has not written a driver gets neither what another request has
 * left there, nor the back-end what was in the buffer.
 */
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include "grants.h"

#define MAPPING_MAX (256 * 1024) /* bytes; a quarter of the window at most */

static unsigned int units(size_t size)
{
	return DIV_ROUND_UP(size, VG_UNIT);
}

/* The longest piece from there on that is in one page, and where it is. */
static void *piece(const struct vg_dev *vg, dma_addr_t address, size_t size, size_t *length)
{
	unsigned long offset = address - NK_VIRTIO_GRANTS_AT;

	*length = min_t(size_t, size, PAGE_SIZE - offset_in_page(offset));
	return vg->slots[offset / PAGE_SIZE].mem + offset_in_page(offset);
}

static void fill(const struct vg_dev *vg, dma_addr_t address, const void *from, size_t size)
{
	while (size) {
		size_t some;
		void *to = piece(vg, address, size, &some);

		if (from) {
			memcpy(to, from, some);
			from += some;
		} else {
			memset(to, 0, some);
		}
		address += some;
		size -= some;
	}
}

static void fetch(const struct vg_dev *vg, dma_addr_t address, void *to, size_t size)
{
	while (size) {
		size_t some;
		const void *from = piece(vg, address, size, &some);

		memcpy(to, from, some);
		to += some;
		address += some;
		size -= some;
	}
}

/* The driver's memory of which there is a copy. */
static void *copied(const struct vg_dev *vg, dma_addr_t address)
{
	return vg->of[vg_unit(address)] + address % VG_UNIT;
}

static void sync_for_device(struct device *dev, dma_addr_t address, size_t size,
			    enum dma_data_direction dir)
{
	const struct vg_dev *vg = vg_of(dev);

	if (dir != DMA_FROM_DEVICE)
		fill(vg, address, copied(vg, address), size);
}

static void sync_for_cpu(struct device *dev, dma_addr_t address, size_t size,
			 enum dma_data_direction dir)
{
	const struct vg_dev *vg = vg_of(dev);

	if (dir != DMA_TO_DEVICE)
		fetch(vg, address, copied(vg, address), size);
}

static dma_addr_t map_page(struct device *dev, struct page *page, unsigned long offset, size_t size,
			   enum dma_data_direction dir, unsigned long attrs)
{
	struct vg_dev *vg = vg_of(dev);
	void *of = page_address(page) + offset;
	int unit = vg_take(vg, units(size));

	if (unit < 0)
		return DMA_MAPPING_ERROR;
	for (unsigned int i = 0; i < units(size); i++)
		vg->of[unit + i] = of + i * VG_UNIT;
	fill(vg, vg_address(unit), dir == DMA_FROM_DEVICE ? NULL : of, size);
	return vg_address(unit);
}

static void unmap_page(struct device *dev, dma_addr_t address, size_t size,
		       enum dma_data_direction dir, unsigned long attrs)
{
	if (!(attrs & DMA_ATTR_SKIP_CPU_SYNC))
		sync_for_cpu(dev, address, size, dir);
	vg_put(vg_of(dev), vg_unit(address), units(size));
}

static void unmap_sg(struct device *dev, struct scatterlist *list, int n,
		     enum dma_data_direction dir, unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(list, sg, n, i)
		unmap_page(dev, sg_dma_address(sg), sg_dma_len(sg), dir, attrs);
}

static int map_sg(struct device *dev, struct scatterlist *list, int n, enum dma_data_direction dir,
		  unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(list, sg, n, i) {
		sg_dma_address(sg) = map_page(dev, sg_page(sg), sg->offset, sg->length, dir, attrs);
		if (sg_dma_address(sg) == DMA_MAPPING_ERROR) {
			unmap_sg(dev, list, i, dir, attrs | DMA_ATTR_SKIP_CPU_SYNC);
			return -ENOMEM;
		}
		sg_dma_len(sg) = sg->length;
	}
	return n;
}

static void sync_sg_for_cpu(struct device *dev, struct scatterlist *list, int n,
			    enum dma_data_direction dir)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(list, sg, n, i)
		sync_for_cpu(dev, sg_dma_address(sg), sg_dma_len(sg), dir);
}

static void sync_sg_for_device(struct device *dev, struct scatterlist *list, int n,
			       enum dma_data_direction dir)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(list, sg, n, i)
		sync_for_device(dev, sg_dma_address(sg), sg_dma_len(sg), dir);
}

static void *alloc_coherent(struct device *dev, size_t size, dma_addr_t *address, gfp_t gfp,
			    unsigned long attrs)
{
	size_t whole = PAGE_ALIGN(size);
	void *mem = alloc_pages_exact(whole, (gfp & ~__GFP_HIGHMEM) | __GFP_ZERO);
	int unit;

	if (!mem)
		return NULL;
	unit = vg_take_pages(vg_of(dev), mem, whole / PAGE_SIZE);
	if (unit < 0) {
		free_pages_exact(mem, whole);
		return NULL;
	}
	*address = vg_address(unit);
	return mem;
}

static void free_coherent(struct device *dev, size_t size, void *mem, dma_addr_t address,
			  unsigned long attrs)
{
	size_t whole = PAGE_ALIGN(size);

	vg_put_pages(vg_of(dev), vg_unit(address), whole / PAGE_SIZE);
	free_pages_exact(mem, whole);
}

static size_t max_mapping_size(struct device *dev)
{
	return min_t(size_t, MAPPING_MAX, vg_of(dev)->nr * PAGE_SIZE / 4);
}

const struct dma_map_ops vg_ops = {
	.alloc = alloc_coherent,
	.free = free_coherent,
	.map_page = map_page,
	.unmap_page = unmap_page,
	.map_sg = map_sg,
	.unmap_sg = unmap_sg,
	.sync_single_for_cpu = sync_for_cpu,
	.sync_single_for_device = sync_for_device,
	.sync_sg_for_cpu = sync_sg_for_cpu,
	.sync_sg_for_device = sync_sg_for_device,
	.max_mapping_size = max_mapping_size,
};
