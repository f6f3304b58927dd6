// SPDX-License-Identifier: Apache-2.0
/*
 * The pool only grows downwards in free pages: VMs, tables and stacks are made at boot and live for
 * ever, so nothing is given back and nothing can fragment or run out later.
 */
#include "lib/pages.h"
#include "lib/string.h"

static u64 pool_start, pool_next, pool_end;

void pages_init(void *base, u32 count)
{
	pool_start = pool_next = (u64)base;
	pool_end = pool_next + (u64)count * PAGE_SIZE;
}

void *pages_alloc_aligned(u32 n, u32 align)
{
	u64 start = ALIGN_UP(pool_next, (u64)align * PAGE_SIZE);
	u64 bytes = (u64)n * PAGE_SIZE;

	if (start > pool_end || pool_end - start < bytes)
		return NULL;
	pool_next = start + bytes;
	return memset((void *)start, 0, bytes);
}

void *pages_alloc(u32 n)
{
	return pages_alloc_aligned(n, 1);
}

void *pages_alloc_bytes(u64 size)
{
	return pages_alloc((u32)(ALIGN_UP(size, PAGE_SIZE) >> PAGE_SHIFT));
}

u32 pages_total(void)
{
	return (u32)((pool_end - pool_start) >> PAGE_SHIFT);
}

u32 pages_free(void)
{
	return (u32)((pool_end - pool_next) >> PAGE_SHIFT);
}
