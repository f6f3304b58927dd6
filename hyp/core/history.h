/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was sent to the console, by ordinals that go on over a warm restart of nk: it is kept at the
 * top of RAM, cleaned to the point of coherency, found again by magic and sums.
 *
 * Locking: history_put() is called with the console's lock held; a leaf lock of its own for all.
 */
#ifndef CORE_HISTORY_H
#define CORE_HISTORY_H

#include "lib/types.h"

/* Takes its memory out of the board's RAM. Context: boot, after ram_init(), before any ram_alloc().
 */
void history_reserve(void);

/* Looks whether an earlier nk left something there, else starts anew. Context: RAM is mapped. */
void history_init(void);

/* Adds what the console sent. Context: any; does nothing before history_init(). */
void history_put(const u8 *text, u32 len);

/*
 * Copies at most size characters from ordinal *ordinal on, or from the oldest one there is if that
 * is later; *ordinal becomes that of the next one. Returns how many. Context: any.
 */
u32 history_read(u64 *ordinal, u8 *buf, u32 size);

/* Ordinal of the first character since nk started. */
u64 history_boot_ordinal(void);

#endif
