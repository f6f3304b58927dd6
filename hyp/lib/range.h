/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of addresses, whatever they are addresses of. */
#ifndef LIB_RANGE_H
#define LIB_RANGE_H

#include "lib/types.h"

struct range {
	u64 base;
	u64 size; /* bytes; base + size does not wrap */
};

/* The first address behind r. */
static inline u64 range_end(const struct range *r)
{
	return r->base + r->size;
}

/* Whether two ranges have a byte in common. */
static inline bool ranges_overlap(const struct range *a, const struct range *b)
{
	return a->base < range_end(b) && b->base < range_end(a);
}

/* Sorts *n ranges by base, and makes one of those that overlap or touch. */
void ranges_merge(struct range *list, u32 *n);

#endif
