/* SPDX-License-Identifier: Apache-2.0 */
/* EL2's own memory: zeroed 4 KiB pages from one pool set aside at boot. */
#ifndef LIB_PAGES_H
#define LIB_PAGES_H

#include "lib/types.h"

/* Hands the pool its memory: count pages at base. Context: boot, once. */
void pages_init(void *base, u32 count);

/* n adjacent zeroed pages, or NULL. Never freed: nk allocates for what lives as long as it does.
 * Context: boot CPU, boot.
 */
void *pages_alloc(u32 n);

/* The same, with the first page's number in memory a multiple of align (a power of two). */
void *pages_alloc_aligned(u32 n, u32 align);

/* As many as size bytes need. */
void *pages_alloc_bytes(u64 size);

/* Pages of the pool, and those not given away. Context: any. */
u32 pages_total(void);
u32 pages_free(void);

#endif
