/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was sent to the console, by ordinals that go on over a warm restart of nk: it is kept in
 * memory that nobody else uses, cleaned to the point of coherency, found again by magic and sums.
 *
 * Locking: history_put() is called with the console's lock held, so by one CPU at a time. Readers
 * take no lock: they look again whether what they copied was overwritten meanwhile.
 */
#ifndef CORE_HISTORY_H
#define CORE_HISTORY_H

#include "lib/types.h"

#define HISTORY_RING KIB(64)
/* The most that is written between two states of the header. */
#define HISTORY_PIECE 256
/* How many of the last characters can be read. */
#define HISTORY_WINDOW (HISTORY_RING - HISTORY_PIECE)

/* The state of the ring: one of two, written in turn, so that one of them is always whole. */
struct history_slot {
	u64 magic;
	u64 next; /* ordinal of the next character */
	u64 sum; /* of the window before it */
	u64 check; /* of this slot */
} __aligned(64);

struct history_area {
	struct history_slot slot[2];
	u8 pad[PAGE_SIZE - 2 * sizeof(struct history_slot)];
	u8 ring[HISTORY_RING];
};

/*
 * Takes the memory for it out of the board's RAM, at the same place at every boot: see
 * history_place.c. fdt, bundle: where the loader put them. Context: boot, when all that the loader
 * put into RAM is reserved, before any ram_alloc().
 */
void history_reserve(paddr_t fdt, paddr_t bundle);

/* Maps that memory, and history_init(). Context: boot, the page pool is there. */
void history_start(void);

/*
 * Looks whether an earlier nk left something in the area, else starts anew; what was put before
 * comes next. Context: boot, once.
 */
void history_init(struct history_area *area);

/* Adds what the console sent. Context: any, the console's lock held. */
void history_put(const u8 *text, u32 len);

/*
 * Copies at most size characters from ordinal *ordinal on, or from the oldest one there is if that
 * is later; *ordinal becomes that of the next one. Returns how many; 0 if there is none yet.
 * Context: any.
 */
u32 history_read(u64 *ordinal, u8 *buf, u32 size);

/* Ordinal of the first character since nk started. Context: any. */
u64 history_boot_ordinal(void);

#endif
