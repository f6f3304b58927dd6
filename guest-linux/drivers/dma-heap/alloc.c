// SPDX-License-Identifier: GPL-2.0-only
/* vlx-dma-heap: where the pages come from. */
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include "heap.h"

/* 2 MiB is what nk's tables have as one piece; 64 KiB what CPUs keep in one TLB entry. */
static const unsigned int orders[] = {9, 4, 0};

#define GFP_SMALL (GFP_HIGHUSER | __GFP_ZERO | __GFP_COMP)
/* Large pieces are nice to have: nobody is to wait, or be killed, for them. */
#define GFP_LARGE ((GFP_SMALL | __GFP_NOWARN | __GFP_NORETRY) & ~__GFP_RECLAIM)

/* The largest piece that there is, of those that are not larger than left, nor than *from says. */
static struct page *alloc_piece(size_t left, unsigned int *from)
{
	struct page *page;

	for (; *from < ARRAY_SIZE(orders); (*from)++) {
		unsigned int order = orders[*from];

		if (left < PAGE_SIZE << order)
			continue;
		page = alloc_pages(order ? GFP_LARGE : GFP_SMALL, order);
		if (page)
			return page;
	}
	return NULL;
}

static void free_list(struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru)
		__free_pages(page, compound_order(page));
}

/* Returns how many pieces there are, or an error with none. */
static int alloc_list(struct list_head *pages, size_t size)
{
	unsigned int from = 0;
	int n = 0;

	while (size) {
		struct page *page = fatal_signal_pending(current) ? NULL : alloc_piece(size, &from);

		if (!page) {
			free_list(pages);
			return fatal_signal_pending(current) ? -EINTR : -ENOMEM;
		}
		list_add_tail(&page->lru, pages);
		size -= page_size(page);
		n++;
	}
	return n;
}

int heap_alloc_system(struct heap_buffer *b)
{
	struct scatterlist *sg;
	struct page *page, *next;
	LIST_HEAD(pages);
	int n, err;

	n = alloc_list(&pages, b->size);
	if (n < 0)
		return n;
	err = sg_alloc_table(&b->table, n, GFP_KERNEL);
	if (err) {
		free_list(&pages);
		return err;
	}
	sg = b->table.sgl;
	list_for_each_entry_safe(page, next, &pages, lru) {
		sg_set_page(sg, page, page_size(page), 0);
		list_del(&page->lru);
		sg = sg_next(sg);
	}
	return 0;
}

void heap_free_system(struct heap_buffer *b)
{
	struct scatterlist *sg;
	int i;

	for_each_sgtable_sg(&b->table, sg, i)
		__free_pages(sg_page(sg), compound_order(sg_page(sg)));
	sg_free_table(&b->table);
}

/* One piece, of the kernel's CMA area where it has one. */
int heap_alloc_cma(struct heap_buffer *b)
{
	struct page *page;
	dma_addr_t address;
	int err = sg_alloc_table(&b->table, 1, GFP_KERNEL);

	if (err)
		return err;
	page = dma_alloc_pages(heap_device, b->size, &address, DMA_BIDIRECTIONAL,
			       GFP_KERNEL | __GFP_NOWARN);
	if (!page) {
		sg_free_table(&b->table);
		return -ENOMEM;
	}
	sg_set_page(b->table.sgl, page, b->size, 0);
	sg_dma_address(b->table.sgl) = address; /* of heap_device; others get copies of the table */
	return 0;
}

void heap_free_cma(struct heap_buffer *b)
{
	dma_free_pages(heap_device, b->size, sg_page(b->table.sgl), sg_dma_address(b->table.sgl),
		       DMA_BIDIRECTIONAL);
	sg_free_table(&b->table);
}
