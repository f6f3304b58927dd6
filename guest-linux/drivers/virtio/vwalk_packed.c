// SPDX-License-Identifier: GPL-2.0-only
/* Packed virtqueues (VirtIO 1.2, 2.8). */
#include "vwalk_priv.h"

#define AVAIL (1u << VRING_PACKED_DESC_F_AVAIL)
#define USED (1u << VRING_PACKED_DESC_F_USED)
#define WRAP (1u << VRING_PACKED_EVENT_F_WRAP_CTR)

struct desc {
	u64 addr;
	u32 len;
	u16 id;
	u16 flags;
};

/* What one side asks the other for: the driver's is in the driver area, the device's in the device area. */
struct event {
	u16 off_wrap;
	u16 flags;
};

static const char *check(const struct vwalk_setup *s)
{
	return NULL;
}

static void begin(struct vwalk *w)
{
	u32 n;

	w->avail_wrap = true;
	w->used_wrap = true;
	for (n = 0; n < w->size; n++)
		w->slots[n].next = n + 1;
}

/* A position n descriptors behind another, n being at most what the ring has. */
static void advance(const struct vwalk *w, u16 *pos, bool *wrap, u32 n)
{
	u32 next = *pos + n;

	if (next >= w->size) {
		next -= w->size;
		*wrap = !*wrap;
	}
	*pos = next;
}

/* The flags where the next chain begins. */
static u16 first_flags(const struct vwalk *w)
{
	struct desc *d = w->desc;

	return smp_load_acquire(&d[w->avail].flags); /* before the rest of the chain */
}

static bool is_available(const struct vwalk *w, u16 flags)
{
	return !!(flags & AVAIL) == w->avail_wrap && !!(flags & USED) != w->avail_wrap;
}

static bool has(const struct vwalk *w)
{
	return is_available(w, first_flags(w));
}

static int walk_indirect(struct vwalk *w, struct vwalk_chain *chain, const struct desc *at)
{
	struct vwalk_table table = {.here = w->desc, .size = w->size};
	int err = vwalk_enter(w, &table, at->addr, at->len, at->flags);
	struct desc d;
	u32 n;

	for (n = 0; !err && n < table.size; n++) {
		err = vwalk_read(w, &table, n, &d);
		if (!err && d.flags & VRING_DESC_F_INDIRECT)
			err = vwalk_break(w, "an indirect table is in another");
		if (!err)
			err = vwalk_add(w, chain, d.addr, d.len, d.flags);
	}
	return err;
}

/* Of the first descriptor the flags are known. Returns how many the chain has in the ring, *id becoming its. */
static int walk(struct vwalk *w, struct vwalk_chain *chain, u16 first, u16 *id)
{
	struct vwalk_table table = {.here = w->desc, .size = w->size};
	bool wrap = w->avail_wrap;
	u16 pos = w->avail;
	struct desc d;
	u32 n;
	int err;

	for (n = 0; n < w->size - w->taken; n++) {
		err = vwalk_read(w, &table, pos, &d);
		if (err)
			return err;
		if (!n)
			d.flags = first;
		if (d.flags & VRING_DESC_F_INDIRECT)
			err = walk_indirect(w, chain, &d);
		else
			err = vwalk_add(w, chain, d.addr, d.len, d.flags);
		if (err)
			return err;
		*id = d.id;
		if (!(d.flags & VRING_DESC_F_NEXT))
			return n + 1;
		advance(w, &pos, &wrap, 1);
	}
	return vwalk_break(w, "more descriptors than the queue can have");
}

static int take(struct vwalk *w, struct vwalk_chain *chain, u16 *number)
{
	u16 flags = first_flags(w), slot = w->free, id = 0;
	int count;

	if (!is_available(w, flags))
		return 0;
	count = walk(w, chain, flags, &id);
	if (count < 0)
		return count;
	w->free = w->slots[slot].next;
	w->slots[slot].count = count;
	w->slots[slot].id = id;
	advance(w, &w->avail, &w->avail_wrap, count);
	w->taken += count;
	*number = slot;
	return 1;
}

static void release(struct vwalk *w, u16 slot)
{
	w->taken -= w->slots[slot].count;
	w->slots[slot].count = 0;
	w->slots[slot].next = w->free;
	w->free = slot;
}

static void give_back(struct vwalk *w, u16 slot)
{
	u32 count = w->slots[slot].count;

	if (w->avail < count) {
		w->avail += w->size;
		w->avail_wrap = !w->avail_wrap;
	}
	w->avail -= count;
	release(w, slot);
}

static void put(struct vwalk *w, u16 slot, u32 bytes)
{
	struct desc *d = (struct desc *)w->desc + w->used;
	u16 flags = (w->used_wrap ? AVAIL | USED : 0) | (bytes ? VRING_DESC_F_WRITE : 0);
	u32 count = w->slots[slot].count;

	WRITE_ONCE(d->id, w->slots[slot].id);
	WRITE_ONCE(d->len, bytes);
	if (w->first) {
		WRITE_ONCE(d->flags, flags);
	} else {
		w->first = d;
		w->first_flags = flags;
	}
	advance(w, &w->used, &w->used_wrap, count);
	w->unshown += count;
	release(w, slot);
}

static void publish(struct vwalk *w)
{
	struct desc *d = w->first;

	if (d)
		smp_store_release(&d->flags, w->first_flags); /* after data, and all else of all */
	w->first = NULL;
}

/* Both words at once, as the driver writes them one after the other. */
static bool wants(const struct vwalk *w)
{
	u32 event = READ_ONCE(*(u32 *)w->driver);
	u16 off_wrap = event, index = off_wrap & ~WRAP;

	switch (event >> 16) {
	case VRING_PACKED_EVENT_FLAG_DISABLE:
		return false;
	case VRING_PACKED_EVENT_FLAG_DESC:
		if (!(off_wrap & WRAP) == w->used_wrap)
			index -= w->size;
		return !w->event_idx || vwalk_passed(index, w->used, w->unshown);
	default:
		return true;
	}
}

static void hush(struct vwalk *w)
{
	struct event *event = w->device;

	WRITE_ONCE(event->flags, VRING_PACKED_EVENT_FLAG_DISABLE);
}

static void ask(struct vwalk *w)
{
	struct event *event = w->device;

	if (!w->event_idx) {
		WRITE_ONCE(event->flags, VRING_PACKED_EVENT_FLAG_ENABLE);
		return;
	}
	WRITE_ONCE(event->off_wrap, w->avail | (w->avail_wrap ? WRAP : 0));
	smp_store_release(&event->flags, VRING_PACKED_EVENT_FLAG_DESC); /* after off_wrap */
}

const struct vwalk_format vwalk_packed = {
	.check = check,
	.driver_bytes = sizeof(struct event),
	.driver_align = sizeof(u32),
	.device_bytes = sizeof(struct event),
	.device_align = sizeof(u32),
	.begin = begin,
	.has = has,
	.take = take,
	.give_back = give_back,
	.put = put,
	.publish = publish,
	.wants = wants,
	.hush = hush,
	.ask = ask,
};
