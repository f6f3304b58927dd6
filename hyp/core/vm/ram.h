/* SPDX-License-Identifier: Apache-2.0 */
/* The board's RAM, and who has which part of it. */
#ifndef CORE_VM_RAM_H
#define CORE_VM_RAM_H

#include "config/model.h"

/* Starts with the board's RAM less its reserved areas. Context: boot. */
void ram_init(const struct cfg_board *board);

/* Takes the pages that [base, base + size) touches out of what is free. Context: boot. */
void ram_reserve(u64 base, u64 size);

/*
 * Takes size bytes (a multiple of 4 KiB) with their base a multiple of align, as low as there is
 * room that touches none of the nr_avoid ranges (which do not wrap). Returns true and the base. Context: boot.
 */
bool ram_alloc(u64 size, u64 align, const struct range *avoid, u32 nr_avoid, u64 *base);

/* Takes these pages if all of them are free. Returns whether they were. Context: boot. */
bool ram_take(u64 base, u64 size);

/* The same as high as there is room below limit. Context: boot. */
bool ram_alloc_highest(u64 size, u64 align, u64 limit, const struct range *avoid, u32 nr_avoid,
		       u64 *base);

/* That for pages which nothing is in the way of. Context: boot. */
bool ram_alloc_top(u64 size, u64 limit, u64 *base);

/* The n-th free range, or NULL behind the last one. */
const struct range *ram_free_range(u32 n);

/* Bytes free, and the largest aligned piece that ram_alloc() would still give. */
u64 ram_free_bytes(void);
u64 ram_largest(u64 align);

/* Bytes of RAM on the board, less what its tree reserves. */
u64 ram_total_bytes(void);

#endif
