/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device's side of a virtqueue (VirtIO 1.2, 2.7 split and 2.8 packed), in memory that the driver may write at any
 * moment.
 *
 * What the device believes is in struct vwalk, in memory of its own. Each word of the driver's is read once, checked,
 * then used. What cannot be breaks the queue for good, until vwalk_init(): it gives nothing any more, and `broken` says
 * why. No call takes more steps than the queue has descriptors.
 *
 * A chain is one that was taken from when vwalk_get() gives it until vwalk_put(), in any order, by its number: for a
 * split queue the head's, for a packed one a number of this side's own.
 *
 * No function here sleeps, or locks: calls for one queue are serialized by its user. Drivers are little-endian.
 */
#ifndef VWALK_H
#define VWALK_H

#include <linux/types.h>
#include <linux/uio.h>

#define VWALK_SIZE_MAX 32768

/* A piece of the driver's memory. */
struct vwalk_piece {
	u64 driver; /* where the driver has it */
	u64 size;
	void *here;
};

struct vwalk_memory {
	const struct vwalk_piece *pieces;
	u32 nr;
};

struct vwalk_setup {
	u32 size; /* descriptors */
	bool packed, indirect, event_idx; /* what the driver has accepted */
	u64 desc, driver, device; /* the three areas, as addresses of the driver's */
};

/* A chain that was taken; of a packed queue: or a number that is free. */
struct vwalk_slot {
	u16 count; /* descriptors of the ring; 0: not taken */
	u16 id; /* packed: the driver's */
	u16 next; /* packed: the next one that is free */
};

struct vwalk {
	const char *broken; /* why; NULL: it is not */
	struct vwalk_memory memory;
	const struct vwalk_format *format;
	struct vwalk_slot *slots; /* as many as descriptors */
	void *desc, *driver, *device;
	u32 size;
	bool indirect, event_idx;
	bool avail_wrap, used_wrap; /* packed */
	u16 avail; /* split: runs freely; packed: where the next chain begins */
	u16 used; /* and where the next one is returned */
	u16 free; /* packed */
	void *first; /* packed: of what is put together, where the driver looks first, and what it will find there */
	u16 first_flags;
	u16 last; /* what vwalk_get() gave last, if can_unget */
	bool can_unget;
	u32 taken; /* descriptors of the ring; split: chains */
	u32 unshown; /* as `used` has moved since vwalk_show() */
};

/*
 * Begins anew, with slots[setup->size]. Memory and slots stay while the queue is used. Returns 0, or -EINVAL, with
 * `broken` saying what the driver has got wrong.
 */
int vwalk_init(struct vwalk *w, const struct vwalk_memory *memory, const struct vwalk_setup *setup,
	       struct vwalk_slot *slots);

/* Whether vwalk_get() has something: a chain, or that the queue breaks. */
bool vwalk_has(const struct vwalk *w);

/*
 * The next chain: its number and its pieces, the driver's to read (VRING_DESC_F_WRITE in flags[], which may be NULL) behind
 * those to write. Returns how many pieces, 0 for no chain, or -EPROTO: broken, also by a chain of more than room pieces.
 */
int vwalk_get(struct vwalk *w, u16 *number, struct kvec *iov, u32 room, u16 *flags);

/* The last one that vwalk_get() gave, if it was not put, comes again. */
void vwalk_unget(struct vwalk *w);

/* Returns a chain, of which the device has written that many bytes. A number of no chain that was taken does nothing. */
void vwalk_put(struct vwalk *w, u16 number, u32 bytes);

/* The same of n chains in that order, of which the driver sees all or none. */
void vwalk_put_all(struct vwalk *w, u32 n, const u16 *numbers, const u32 *bytes);

/* Whether the driver wants an interrupt for what was put since the last call. */
bool vwalk_show(struct vwalk *w);

/* Asks not to be told of chains, as far as the driver heeds it. */
void vwalk_hush(struct vwalk *w);

/* Asks to be told of the next chain. Returns whether there is one already: of that there may be no telling. */
bool vwalk_ask(struct vwalk *w);

#endif
