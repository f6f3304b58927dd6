/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory a guest starts with, seen with its caches off: to the point of coherency (Arm ARM D7.5.9,
 * D8.16; B2.8 on mismatched attributes).
 */
#ifndef ARCH_CACHE_H
#define ARCH_CACHE_H

#include "lib/types.h"

/* Zeroes [p, p + size) and cleans and invalidates it to the point of coherency. Page aligned. */
void cache_wipe(void *p, u64 size);

/* Cleans and invalidates the lines of [p, p + size) to the point of coherency. */
void cache_flush(const void *p, u64 size);

/* Cleans the lines of [p, p + size), size > 0, to the point of coherency; they stay cached. */
void cache_clean(const void *p, u64 size);

/* Makes instructions written anywhere visible to every CPU's fetches. */
void cache_sync_instructions(void);

#endif
