/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of the console, by ordinals that go on over a warm restart of nk: they are kept in memory
 * that nobody else uses, cleaned to the point of coherency, found again by magic and sums.
 *
 * Each source of lines (nk, its prompt, each VM) has a ring of its own, so that one that prints much
 * overwrites what it printed itself and nothing else. Ordinals count the characters of all of them;
 * a list of runs beside each ring says which ordinals its characters have.
 *
 * Locking: history_put() is called with the console's lock held, so by one CPU at a time. Readers
 * take no lock: they look again whether what they copied was overwritten meanwhile.
 */
#ifndef CORE_CONSOLE_HISTORY_H
#define CORE_CONSOLE_HISTORY_H

#include "lib/limits.h"
#include "lib/types.h"

#define HISTORY_SOURCES NK_VM_IDS
#define HISTORY_RING KIB(56)
/* The most that is written between two states of a header. */
#define HISTORY_PIECE 256
/* How many of a source's last characters can be read. */
#define HISTORY_WINDOW (HISTORY_RING - HISTORY_PIECE)
/* Places for runs of a source, of which one is being written. */
#define HISTORY_RUNS 504

/* The state of a ring: one of two, written in turn, so that one of them is always whole. */
struct history_slot {
	u64 magic;
	u64 end; /* how many characters the source ever had */
	u64 runs; /* how many runs */
	u64 next; /* ordinal behind its last character */
	u64 sum; /* of the window before end */
	u64 check; /* of this slot */
} __aligned(64);

/* Characters with ordinals one behind the other; up to the place where the next run begins. */
struct history_run {
	u64 ordinal; /* of the first one */
	u32 place; /* of it among the source's characters, modulo 2^32 */
	u32 check; /* of this run */
};

struct history_source {
	struct history_slot slot[2];
	struct history_run run[HISTORY_RUNS];
	u8 ring[HISTORY_RING];
};

struct history_area {
	struct history_source source[HISTORY_SOURCES];
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

/*
 * Adds a source's lines, or a piece of one: what follows, up to its '\n', comes before any of another
 * source. Context: any.
 */
void history_put(u32 source, const u8 *text, u32 len) __must_hold(&con.lock);

/*
 * Copies at most size characters from ordinal *ordinal on, or from the next one there still is;
 * *ordinal becomes that of the next one. What is between has been overwritten, in whole lines.
 * Returns how many, of one run alone; 0 if there is none yet. Context: any.
 */
u32 history_read(u64 *ordinal, u8 *buf, u32 size);

/* Ordinal of the first character since nk started. Context: any. */
u64 history_boot_ordinal(void);

#endif
