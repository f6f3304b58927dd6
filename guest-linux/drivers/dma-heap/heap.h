/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vlx-dma-heap share. */
#ifndef DMA_HEAP_PRIV_H
#define DMA_HEAP_PRIV_H

#include <linux/dma-buf.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>

struct heap_buffer;

/* Where memory comes from. */
struct heap {
	const char *name; /* of the file in /dev/dma_heap */
	/* Fills b->table with zeroed pages for b->size bytes. Returns 0 or an error, with nothing left behind. */
	int (*alloc)(struct heap_buffer *b);
	void (*free)(struct heap_buffer *b);
	struct miscdevice misc;
};

struct heap_buffer {
	const struct heap *heap;
	size_t size; /* whole pages */
	struct sg_table table;
	struct mutex lock; /* what follows */
	struct list_head attachments;
	void *va; /* of the kernel, while there are users */
	unsigned int va_users;
};

/* alloc.c */
int heap_alloc_system(struct heap_buffer *b);
void heap_free_system(struct heap_buffer *b);
int heap_alloc_cma(struct heap_buffer *b);
void heap_free_cma(struct heap_buffer *b);

/* The device in whose name memory is allocated. */
extern struct device *heap_device;

/* buffer.c: a dma-buf of so many bytes, whole pages, or ERR_PTR(). It holds a reference on this module. */
struct dma_buf *heap_buffer_make(const struct heap *heap, size_t size, int fd_flags);

#endif
