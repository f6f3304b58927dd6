// SPDX-License-Identifier: GPL-2.0-only
/* Split virtqueues (VirtIO 1.2, 2.7). */
#include "vwalk_priv.h"

struct desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

/* The driver area: one more word than descriptors in ring, what it asks for by event index. */
struct avail {
	u16 flags;
	u16 idx;
	u16 ring[];
};

struct used_elem {
	u32 id;
	u32 len;
};

/* The device area; behind the ring, a word of what the device asks for by event index. */
struct used {
	u16 flags;
	u16 idx;
	struct used_elem ring[];
};

static const char *check(const struct vwalk_setup *s)
{
	return s->size & (s->size - 1) ? "a size that is no power of two" : NULL;
}

static void begin(struct vwalk *w)
{
	struct used *used = w->device;

	WRITE_ONCE(used->flags, 0);
}

/* As the driver says: more than there can be, where it lies. */
static u16 waiting(const struct vwalk *w)
{
	struct avail *avail = w->driver;

	return smp_load_acquire(&avail->idx) - w->avail; /* before what it made available */
}

static bool has(const struct vwalk *w)
{
	return waiting(w) != 0;
}

static int walk(struct vwalk *w, struct vwalk_chain *chain, u16 head)
{
	struct vwalk_table table = {.here = w->desc, .size = w->size};
	struct desc d = {.next = head, .flags = VRING_DESC_F_NEXT};
	int err;

	while (d.flags & VRING_DESC_F_NEXT) {
		err = vwalk_read(w, &table, d.next, &d);
		if (err)
			return err;
		if (!(d.flags & VRING_DESC_F_INDIRECT)) {
			err = vwalk_add(w, chain, d.addr, d.len, d.flags);
		} else {
			err = vwalk_enter(w, &table, d.addr, d.len, d.flags);
			d = (struct desc){.flags = VRING_DESC_F_NEXT};
		}
		if (err)
			return err;
	}
	return 0;
}

static int take(struct vwalk *w, struct vwalk_chain *chain, u16 *number)
{
	const struct avail *avail = w->driver;
	u32 n = waiting(w);
	u16 head;
	int err;

	if (!n)
		return 0;
	if (n > w->size - w->taken)
		return vwalk_break(w, "more chains than the queue can have");
	head = READ_ONCE(avail->ring[w->avail & (w->size - 1)]);
	if (head >= w->size)
		return vwalk_break(w, "a chain begins outside of the queue");
	if (w->slots[head].count)
		return vwalk_break(w, "a chain is there that the device has already");
	err = walk(w, chain, head);
	if (err)
		return err;
	w->slots[head].count = 1;
	w->avail++;
	w->taken++;
	*number = head;
	return 1;
}

static void give_back(struct vwalk *w, u16 head)
{
	w->slots[head].count = 0;
	w->avail--;
	w->taken--;
}

static void put(struct vwalk *w, u16 head, u32 bytes)
{
	struct used *used = w->device;
	struct used_elem *elem = &used->ring[w->used & (w->size - 1)];

	w->slots[head].count = 0;
	w->taken--;
	WRITE_ONCE(elem->id, head);
	WRITE_ONCE(elem->len, bytes);
	w->used++;
	w->unshown++;
}

static void publish(struct vwalk *w)
{
	struct used *used = w->device;

	smp_store_release(&used->idx, w->used); /* after data and elements */
}

static bool wants(const struct vwalk *w)
{
	const struct avail *avail = w->driver;

	if (!w->event_idx)
		return !(READ_ONCE(avail->flags) & VRING_AVAIL_F_NO_INTERRUPT);
	return vwalk_passed(READ_ONCE(avail->ring[w->size]), w->used, w->unshown);
}

/* By event index: the one that was asked for last is passed, and will not come soon. */
static void hush(struct vwalk *w)
{
	struct used *used = w->device;

	if (!w->event_idx)
		WRITE_ONCE(used->flags, VRING_USED_F_NO_NOTIFY);
}

static void ask(struct vwalk *w)
{
	struct used *used = w->device;

	if (w->event_idx)
		WRITE_ONCE(*(u16 *)&used->ring[w->size], w->avail);
	else
		WRITE_ONCE(used->flags, 0);
}

const struct vwalk_format vwalk_split = {
	.check = check,
	.driver_bytes = sizeof(struct avail) + sizeof(u16),
	.driver_each = sizeof(u16),
	.driver_align = sizeof(u16),
	.device_bytes = sizeof(struct used) + sizeof(u16),
	.device_each = sizeof(struct used_elem),
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
