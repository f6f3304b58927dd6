// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbuf: dma-bufs of imported buffers. Their pages are in the link's window of grants, of which this kernel has no struct
 * pages; both VMs have them as normal, cached memory, so CPUs of both see the same.
 */
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/iosys-map.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "vbuf.h"

static const struct vbuf_access *access_of(const struct dma_buf *dmabuf)
{
	const struct vbuf_import *imp = dmabuf->priv;

	return &imp->fe->dev->access;
}

static int attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	return access_of(dmabuf)->dma ? 0 : -EACCES;
}

static void unmap_first(struct device *dev, struct sg_table *table, unsigned int n,
			enum dma_data_direction dir)
{
	struct scatterlist *sg;
	unsigned int i;

	for_each_sg(table->sgl, sg, n, i)
		dma_unmap_resource(dev, sg_dma_address(sg), sg_dma_len(sg), dir, 0);
}

static int map_pieces(struct device *dev, const struct vbuf_import *imp, struct sg_table *table,
		      enum dma_data_direction dir)
{
	struct scatterlist *sg;
	unsigned int i;

	for_each_sg(table->sgl, sg, imp->nr, i) {
		const struct vbuf_piece *p = &imp->pieces[i];
		dma_addr_t at = dma_map_resource(dev, p->address, p->size, dir, 0);

		if (dma_mapping_error(dev, at)) {
			unmap_first(dev, table, i, dir);
			return -EIO;
		}
		sg_set_page(sg, NULL, p->size, 0);
		sg_dma_address(sg) = at;
		sg_dma_len(sg) = p->size;
	}
	return 0;
}

/* Addresses for the device only, as of memory of another device's: there are no pages behind the table. */
static struct sg_table *map(struct dma_buf_attachment *attachment, enum dma_data_direction dir)
{
	const struct vbuf_import *imp = attachment->dmabuf->priv;
	struct sg_table *table;
	int err;

	if (dir != DMA_TO_DEVICE && !imp->write)
		return ERR_PTR(-EACCES);
	table = kzalloc(sizeof(*table), GFP_KERNEL);
	if (!table)
		return ERR_PTR(-ENOMEM);
	err = sg_alloc_table(table, imp->nr, GFP_KERNEL);
	if (err)
		goto out_table;
	err = map_pieces(attachment->dev, imp, table, dir);
	if (err)
		goto out_sgs;
	return table;
out_sgs:
	sg_free_table(table);
out_table:
	kfree(table);
	return ERR_PTR(err);
}

static void unmap(struct dma_buf_attachment *attachment, struct sg_table *table,
		  enum dma_data_direction dir)
{
	unmap_first(attachment->dev, table, table->orig_nents, dir);
	sg_free_table(table);
	kfree(table);
}

/*
 * The file of what is not writable is for reading, so that no mapping of it becomes writable later: what the kernel wrote
 * there for a program would be its end.
 */
static int check_user(const struct vbuf_import *imp, const struct vm_area_struct *vma)
{
	if (!imp->fe->dev->access.cpu)
		return -EACCES;
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	return !imp->write && vma->vm_flags & VM_MAYWRITE ? -EACCES : 0;
}

/* dma-buf has seen that it is within the buffer. */
static int map_user(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	const struct vbuf_import *imp = dmabuf->priv;
	unsigned long at = vma->vm_start;
	u64 skip = (u64)vma->vm_pgoff << PAGE_SHIFT;
	int err = check_user(imp, vma);
	u32 i;

	for (i = 0; !err && i < imp->nr && at < vma->vm_end; i++) {
		const struct vbuf_piece *p = &imp->pieces[i];
		u64 size;

		if (skip >= p->size) {
			skip -= p->size;
			continue;
		}
		size = min_t(u64, p->size - skip, vma->vm_end - at);
		err = remap_pfn_range(vma, at, PHYS_PFN(p->address + skip), size,
				      vma->vm_page_prot);
		at += size;
		skip = 0;
	}
	return err;
}

/* Of one piece only: without struct pages there is nothing that would put several behind each other. */
static int map_va(struct dma_buf *dmabuf, struct iosys_map *map)
{
	const struct vbuf_import *imp = dmabuf->priv;
	void *va;

	if (!imp->fe->dev->access.cpu || !imp->write)
		return -EACCES;
	if (imp->nr != 1)
		return -EOPNOTSUPP;
	va = memremap(imp->pieces[0].address, imp->size, MEMREMAP_WB);
	if (!va)
		return -ENOMEM;
	iosys_map_set_vaddr(map, va);
	return 0;
}

static void unmap_va(struct dma_buf *dmabuf, struct iosys_map *map)
{
	memunmap(map->vaddr);
	iosys_map_clear(map);
}

static void release(struct dma_buf *dmabuf)
{
	struct vbuf_import *imp = dmabuf->priv;

	atomic64_inc(&imp->fe->dev->counts.dmabufs[1]);
	vbuf_import_put(imp);
}

static const struct dma_buf_ops import_ops = {
	.attach = attach,
	.map_dma_buf = map,
	.unmap_dma_buf = unmap,
	.mmap = map_user,
	.vmap = map_va,
	.vunmap = unmap_va,
	.release = release,
};

bool vbuf_dmabuf_is_ours(const struct dma_buf *dmabuf)
{
	return dmabuf->ops == &import_ops;
}

struct dma_buf *vbuf_dmabuf_make(struct vbuf_import *imp)
{
	struct vbuf_dev *dev = imp->fe->dev;
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dmabuf;

	info.exp_name = dev->face->name;
	info.owner = dev->face->owner;
	info.ops = &import_ops;
	info.size = imp->size;
	info.flags = imp->write ? O_RDWR : O_RDONLY;
	info.priv = imp;
	dmabuf = dma_buf_export(&info);
	if (!IS_ERR(dmabuf))
		atomic64_inc(&dev->counts.dmabufs[0]);
	return dmabuf;
}
