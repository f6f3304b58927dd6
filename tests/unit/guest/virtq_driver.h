/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An honest driver of one virtqueue, split or packed, for tests of the device's side: written after VirtIO 1.2, 2.7 and
 * 2.8, and nothing of that side's. Its memory begins at VDRV_BASE, for the driver.
 */
#ifndef VIRTQ_DRIVER_H
#define VIRTQ_DRIVER_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <linux/virtio_ring.h>
#include <asm/barrier.h>
#include <string.h>

#define VDRV_SIZE_MAX 256
#define VDRV_BASE 0x40000000ull
#define VDRV_DRIVER_AREA 0x1000
#define VDRV_DEVICE_AREA 0x2000
#define VDRV_TABLES 0x4000 /* by number of the chain: VDRV_TABLE descriptors */
#define VDRV_TABLE 8
#define VDRV_BUFFERS 0xc000
#define VDRV_MEMORY 0x10000

#define VDRV_AVAIL (1u << VRING_PACKED_DESC_F_AVAIL)
#define VDRV_USED (1u << VRING_PACKED_DESC_F_USED)

struct vdrv_desc {
	__u64 addr;
	__u32 len;
	__u16 a, b; /* split: flags, next; packed: id, flags */
};

struct vdrv_buf {
	__u64 addr;
	__u32 len;
	bool write;
};

struct vdrv {
	bool packed, event_idx;
	u16 size;
	u8 *mem;
	struct vdrv_desc *desc;
	u16 *driver, *device; /* areas */
	u16 avail, used;
	bool avail_wrap, used_wrap;
	u16 free, left; /* numbers; descriptors */
	u16 next[VDRV_SIZE_MAX], count[VDRV_SIZE_MAX];
	u16 added; /* since vdrv_kick() */
};

static inline void vdrv_init(struct vdrv *d, u8 *mem, u16 size, bool packed, bool event_idx)
{
	*d = (struct vdrv){.packed = packed,
			   .event_idx = event_idx,
			   .size = size,
			   .mem = mem,
			   .left = size,
			   .avail_wrap = true,
			   .used_wrap = true};
	memset(mem, 0, VDRV_BUFFERS);
	d->desc = (void *)mem;
	d->driver = (void *)(mem + VDRV_DRIVER_AREA);
	d->device = (void *)(mem + VDRV_DEVICE_AREA);
	for (u16 n = 0; n < size; n++)
		d->next[n] = n + 1;
}

static inline void vdrv_fill(struct vdrv_desc *to, const struct vdrv_buf *buf, bool packed)
{
	u16 flags = buf->write ? VRING_DESC_F_WRITE : 0;

	*to = (struct vdrv_desc){.addr = buf->addr, .len = buf->len};
	*(packed ? &to->b : &to->a) = flags;
}

/* One descriptor for all, in the table of a number. */
static inline struct vdrv_desc vdrv_table(struct vdrv *d, u16 nr, const struct vdrv_buf *bufs,
					  u16 n)
{
	struct vdrv_desc *table = (void *)(d->mem + VDRV_TABLES);
	struct vdrv_desc *own = table + nr % VDRV_SIZE_MAX * VDRV_TABLE;
	struct vdrv_desc one = {
		.addr = VDRV_BASE + ((u8 *)own - d->mem),
		.len = n * sizeof(*own),
	};

	for (u16 i = 0; i < n; i++) {
		vdrv_fill(&own[i], &bufs[i], d->packed);
		if (!d->packed && i + 1 < n) {
			own[i].a |= VRING_DESC_F_NEXT;
			own[i].b = i + 1;
		}
	}
	*(d->packed ? &one.b : &one.a) = VRING_DESC_F_INDIRECT;
	return one;
}

static inline u16 vdrv_add_split(struct vdrv *d, const struct vdrv_desc *descs, u16 n)
{
	u16 head = d->free, at = head;
	u16 *ring = d->driver + 2;

	for (u16 i = 0; i < n; i++) {
		u16 flags = descs[i].a | (i + 1 < n ? VRING_DESC_F_NEXT : 0);

		d->desc[at] = (struct vdrv_desc){
			.addr = descs[i].addr, .len = descs[i].len, .a = flags, .b = d->next[at]};
		d->free = d->next[at];
		if (i + 1 < n)
			at = d->next[at];
	}
	d->count[head] = n;
	WRITE_ONCE(ring[d->avail & (d->size - 1)], head);
	d->avail++;
	smp_store_release(&d->driver[1], d->avail);
	return head;
}

static inline void vdrv_step(const struct vdrv *d, u16 *pos, bool *wrap)
{
	if (++*pos == d->size) {
		*pos = 0;
		*wrap = !*wrap;
	}
}

static inline u16 vdrv_add_packed(struct vdrv *d, const struct vdrv_desc *descs, u16 n)
{
	struct vdrv_desc *first = &d->desc[d->avail];
	u16 id = d->free, first_flags = 0;

	d->free = d->next[id];
	d->count[id] = n;
	for (u16 i = 0; i < n; i++) {
		struct vdrv_desc *to = &d->desc[d->avail];
		u16 flags = descs[i].b | (i + 1 < n ? VRING_DESC_F_NEXT : 0) |
			    (d->avail_wrap ? VDRV_AVAIL : VDRV_USED);

		to->addr = descs[i].addr;
		to->len = descs[i].len;
		to->a = id;
		if (i)
			WRITE_ONCE(to->b, flags);
		else
			first_flags = flags;
		vdrv_step(d, &d->avail, &d->avail_wrap);
	}
	smp_store_release(&first->b, first_flags);
	return id;
}

/* n buffers, in a table of their own if indirect. There is room for them: d->left. Returns the number they come back by. */
static inline u16 vdrv_add(struct vdrv *d, const struct vdrv_buf *bufs, u16 n, bool indirect)
{
	struct vdrv_desc descs[VDRV_SIZE_MAX];

	for (u16 i = 0; i < n; i++)
		vdrv_fill(&descs[i], &bufs[i], d->packed);
	if (indirect) {
		descs[0] = vdrv_table(d, d->free, bufs, n);
		n = 1;
	}
	d->left -= n;
	d->added += d->packed ? n : 1;
	return d->packed ? vdrv_add_packed(d, descs, n) : vdrv_add_split(d, descs, n);
}

static inline bool vdrv_has_used(const struct vdrv *d)
{
	u16 flags;

	if (!d->packed)
		return smp_load_acquire(&d->device[1]) != d->used;
	flags = smp_load_acquire(&d->desc[d->used].b);
	return !!(flags & VDRV_AVAIL) == d->used_wrap && !!(flags & VDRV_USED) == d->used_wrap;
}

static inline void vdrv_free_split(struct vdrv *d, u16 head)
{
	u16 last = head;

	for (u16 i = 1; i < d->count[head]; i++)
		last = d->next[last];
	d->next[last] = d->free;
	d->free = head;
}

/* Whether a chain has come back, and which, with how many bytes. */
static inline bool vdrv_get(struct vdrv *d, u16 *number, u32 *len)
{
	u32 *elem;

	if (!vdrv_has_used(d))
		return false;
	if (d->packed) {
		*number = READ_ONCE(d->desc[d->used].a);
		*len = READ_ONCE(d->desc[d->used].len);
		for (u16 i = 0; i < d->count[*number]; i++)
			vdrv_step(d, &d->used, &d->used_wrap);
		d->next[*number] = d->free;
		d->free = *number;
	} else {
		elem = (u32 *)(d->device + 2) + 2 * (d->used & (d->size - 1));
		*number = READ_ONCE(elem[0]);
		*len = READ_ONCE(elem[1]);
		d->used++;
		vdrv_free_split(d, *number);
	}
	d->left += d->count[*number];
	return true;
}

static inline bool vdrv_passed(u16 event, u16 now, u16 moved)
{
	return (u16)(now - event - 1) < moved;
}

/* Whether the device wants to be told of what was added. */
static inline bool vdrv_kick(struct vdrv *d)
{
	u16 added = d->added, event, flags;
	bool wrap;

	if (!added)
		return false;
	d->added = 0;
	smp_mb();
	if (!d->packed)
		return d->event_idx
			       ? vdrv_passed(READ_ONCE(d->device[2 + 4 * d->size]), d->avail, added)
			       : !(READ_ONCE(d->device[0]) & VRING_USED_F_NO_NOTIFY);
	flags = smp_load_acquire(&d->device[1]);
	event = READ_ONCE(d->device[0]);
	if (flags != VRING_PACKED_EVENT_FLAG_DESC)
		return flags == VRING_PACKED_EVENT_FLAG_ENABLE;
	wrap = event >> 15;
	event &= 0x7fff;
	return vdrv_passed(wrap == d->avail_wrap ? event : event - d->size, d->avail, added);
}

static inline void vdrv_hush(struct vdrv *d)
{
	if (d->packed)
		WRITE_ONCE(d->driver[1], VRING_PACKED_EVENT_FLAG_DISABLE);
	else if (!d->event_idx)
		WRITE_ONCE(d->driver[0], VRING_AVAIL_F_NO_INTERRUPT);
}

/* Asks for an interrupt for the next one. Returns whether it is there already. */
static inline bool vdrv_ask(struct vdrv *d)
{
	if (d->packed && d->event_idx) {
		WRITE_ONCE(d->driver[0], d->used | (d->used_wrap ? 0x8000 : 0));
		smp_store_release(&d->driver[1], VRING_PACKED_EVENT_FLAG_DESC);
	} else if (d->packed) {
		WRITE_ONCE(d->driver[1], VRING_PACKED_EVENT_FLAG_ENABLE);
	} else if (d->event_idx) {
		WRITE_ONCE(d->driver[2 + d->size], d->used);
	} else {
		WRITE_ONCE(d->driver[0], 0);
	}
	smp_mb();
	return vdrv_has_used(d);
}

#endif
