/* SPDX-License-Identifier: GPL-2.0-only */
/* The walker of virtqueues: what both formats have in common. */
#ifndef VWALK_PRIV_H
#define VWALK_PRIV_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/string.h>
#include <linux/virtio_ring.h>
#include <asm/barrier.h>
#include "vwalk.h"

#define VWALK_DESC_BYTES 16

/* A chain on its way to the caller. */
struct vwalk_chain {
	struct kvec *iov;
	u16 *flags;
	u32 room, n;
	u32 steps; /* descriptors with data */
	u64 bytes;
	bool writable; /* those that come now */
};

/* A table of descriptors: the ring's own, which is `here`, or an indirect one. */
struct vwalk_table {
	const void *here;
	u64 addr;
	u32 size;
};

struct vwalk_format {
	/* Where the areas' sizes and alignments come from. Returns NULL, or what is wrong. */
	const char *(*check)(const struct vwalk_setup *setup);
	u32 driver_bytes, driver_each, driver_align;
	u32 device_bytes, device_each, device_align;
	void (*begin)(struct vwalk *w);
	bool (*has)(const struct vwalk *w);
	int (*take)(struct vwalk *w, struct vwalk_chain *chain,
		    u16 *number); /* 1, 0: none, or -EPROTO */
	void (*give_back)(struct vwalk *w, u16 number);
	void (*put)(struct vwalk *w, u16 number, u32 bytes); /* unseen, until: */
	void (*publish)(struct vwalk *w);
	bool (*wants)(const struct vwalk *w);
	void (*hush)(struct vwalk *w);
	void (*ask)(struct vwalk *w);
};

extern const struct vwalk_format vwalk_split, vwalk_packed;

static inline int vwalk_break(struct vwalk *w, const char *why)
{
	w->broken = why;
	return -EPROTO;
}

/* Of memory that may change meanwhile; afterwards only the copy is looked at. */
static inline void vwalk_copy(void *to, const void *from, size_t bytes)
{
	memcpy(to, from, bytes);
	barrier();
}

/* As vring_need_event(): whether index has gone past event on its way of `moved` to where it is. */
static inline bool vwalk_passed(u16 event, u16 index, u32 moved)
{
	return moved > U16_MAX || (u16)(index - event - 1) < moved;
}

/* All of [addr, addr + bytes) in one piece here, or NULL. */
void *vwalk_at(const struct vwalk *w, u64 addr, u64 bytes);

/* A descriptor's data. Each returns 0 or -EPROTO. */
int vwalk_add(struct vwalk *w, struct vwalk_chain *chain, u64 addr, u32 len, u16 flags);
int vwalk_read(struct vwalk *w, const struct vwalk_table *table, u32 n, void *desc);
int vwalk_enter(struct vwalk *w, struct vwalk_table *table, u64 addr, u32 len, u16 flags);

#endif
