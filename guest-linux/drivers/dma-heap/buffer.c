// SPDX-License-Identifier: GPL-2.0-only
/* vlx-dma-heap: dma-bufs of pages of a heap, for devices, programs and the kernel. */
#include <linux/dma-mapping.h>
#include <linux/highmem.h>
#include <linux/iosys-map.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "heap.h"

struct attachment {
	struct list_head entry;
	struct device *dev;
	struct sg_table table; /* its own addresses */
	bool mapped;
};

static int copy_table(struct sg_table *to, const struct sg_table *from)
{
	struct scatterlist *sg, *copy;
	int i, err = sg_alloc_table(to, from->orig_nents, GFP_KERNEL);

	if (err)
		return err;
	copy = to->sgl;
	for_each_sgtable_sg(from, sg, i) {
		sg_set_page(copy, sg_page(sg), sg->length, sg->offset);
		copy = sg_next(copy);
	}
	return 0;
}

static int attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct heap_buffer *b = dmabuf->priv;
	struct attachment *a = kzalloc(sizeof(*a), GFP_KERNEL);
	int err;

	if (!a)
		return -ENOMEM;
	err = copy_table(&a->table, &b->table);
	if (err) {
		kfree(a);
		return err;
	}
	a->dev = attachment->dev;
	attachment->priv = a;
	mutex_lock(&b->lock);
	list_add(&a->entry, &b->attachments);
	mutex_unlock(&b->lock);
	return 0;
}

static void detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct heap_buffer *b = dmabuf->priv;
	struct attachment *a = attachment->priv;

	mutex_lock(&b->lock);
	list_del(&a->entry);
	mutex_unlock(&b->lock);
	sg_free_table(&a->table);
	kfree(a);
}

static struct sg_table *map(struct dma_buf_attachment *attachment, enum dma_data_direction dir)
{
	struct attachment *a = attachment->priv;
	int err = dma_map_sgtable(attachment->dev, &a->table, dir, 0);

	if (err)
		return ERR_PTR(err);
	a->mapped = true;
	return &a->table;
}

static void unmap(struct dma_buf_attachment *attachment, struct sg_table *table,
		  enum dma_data_direction dir)
{
	struct attachment *a = attachment->priv;

	a->mapped = false;
	dma_unmap_sgtable(attachment->dev, table, dir, 0);
}

static int begin_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	struct heap_buffer *b = dmabuf->priv;
	struct attachment *a;

	mutex_lock(&b->lock);
	if (b->va)
		invalidate_kernel_vmap_range(b->va, b->size);
	list_for_each_entry(a, &b->attachments, entry) {
		if (a->mapped)
			dma_sync_sgtable_for_cpu(a->dev, &a->table, dir);
	}
	mutex_unlock(&b->lock);
	return 0;
}

static int end_cpu_access(struct dma_buf *dmabuf, enum dma_data_direction dir)
{
	struct heap_buffer *b = dmabuf->priv;
	struct attachment *a;

	mutex_lock(&b->lock);
	if (b->va)
		flush_kernel_vmap_range(b->va, b->size);
	list_for_each_entry(a, &b->attachments, entry) {
		if (a->mapped)
			dma_sync_sgtable_for_device(a->dev, &a->table, dir);
	}
	mutex_unlock(&b->lock);
	return 0;
}

/* dma-buf has seen that it is within the buffer. */
static int map_user(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	struct heap_buffer *b = dmabuf->priv;
	unsigned long at = vma->vm_start, skip = vma->vm_pgoff << PAGE_SHIFT;
	struct scatterlist *sg;
	int i, err;

	for_each_sgtable_sg(&b->table, sg, i) {
		unsigned long size;

		if (skip >= sg->length) {
			skip -= sg->length;
			continue;
		}
		size = min(sg->length - skip, vma->vm_end - at);
		err = remap_pfn_range(vma, at, page_to_pfn(sg_page(sg)) + (skip >> PAGE_SHIFT),
				      size, vma->vm_page_prot);
		if (err)
			return err;
		at += size;
		skip = 0;
		if (at == vma->vm_end)
			break;
	}
	return 0;
}

static void *map_kernel(const struct heap_buffer *b)
{
	unsigned int n = b->size >> PAGE_SHIFT, filled = 0;
	struct page **pages = kvmalloc_array(n, sizeof(*pages), GFP_KERNEL);
	struct sg_page_iter iter;
	void *va;

	if (!pages)
		return NULL;
	for_each_sgtable_page(&b->table, &iter, 0)
		pages[filled++] = sg_page_iter_page(&iter);
	va = vmap(pages, n, VM_MAP, PAGE_KERNEL);
	kvfree(pages);
	return va;
}

static int map_va(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct heap_buffer *b = dmabuf->priv;
	int err = 0;

	mutex_lock(&b->lock);
	if (!b->va)
		b->va = map_kernel(b);
	if (b->va) {
		b->va_users++;
		iosys_map_set_vaddr(map, b->va);
	} else {
		err = -ENOMEM;
	}
	mutex_unlock(&b->lock);
	return err;
}

static void unmap_va(struct dma_buf *dmabuf, struct iosys_map *map)
{
	struct heap_buffer *b = dmabuf->priv;

	mutex_lock(&b->lock);
	if (!--b->va_users) {
		vunmap(b->va);
		b->va = NULL;
	}
	mutex_unlock(&b->lock);
	iosys_map_clear(map);
}

static void release(struct dma_buf *dmabuf)
{
	struct heap_buffer *b = dmabuf->priv;

	b->heap->free(b);
	kfree(b);
}

static const struct dma_buf_ops buffer_ops = {
	.attach = attach,
	.detach = detach,
	.map_dma_buf = map,
	.unmap_dma_buf = unmap,
	.begin_cpu_access = begin_cpu_access,
	.end_cpu_access = end_cpu_access,
	.mmap = map_user,
	.vmap = map_va,
	.vunmap = unmap_va,
	.release = release,
};

static struct dma_buf *export(struct heap_buffer *b, int fd_flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);

	info.exp_name = b->heap->name;
	info.ops = &buffer_ops;
	info.size = b->size;
	info.flags = fd_flags;
	info.priv = b;
	return dma_buf_export(&info);
}

struct dma_buf *heap_buffer_make(const struct heap *heap, size_t size, int fd_flags)
{
	struct heap_buffer *b = kzalloc(sizeof(*b), GFP_KERNEL);
	struct dma_buf *dmabuf;
	int err;

	if (!b)
		return ERR_PTR(-ENOMEM);
	b->heap = heap;
	b->size = size;
	mutex_init(&b->lock);
	INIT_LIST_HEAD(&b->attachments);
	err = heap->alloc(b);
	if (err) {
		kfree(b);
		return ERR_PTR(err);
	}
	dmabuf = export(b, fd_flags);
	if (IS_ERR(dmabuf)) {
		heap->free(b);
		kfree(b);
	}
	return dmabuf;
}
