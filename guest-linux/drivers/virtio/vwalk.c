// SPDX-License-Identifier: GPL-2.0-only
/* The walker of virtqueues: addresses, what is checked of each descriptor, and calls for either format. */
#include <linux/minmax.h>
#include "vwalk_priv.h"

/* Where that address is here, and how much of its piece is left there. */
static void *translate(const struct vwalk *w, u64 addr, u64 *left)
{
	const struct vwalk_piece *p = w->memory.pieces;
	const struct vwalk_piece *end = p + w->memory.nr;

	for (; p < end; p++) {
		if (addr - p->driver < p->size) {
			*left = p->size - (addr - p->driver);
			return (char *)p->here + (addr - p->driver);
		}
	}
	return NULL;
}

void *vwalk_at(const struct vwalk *w, u64 addr, u64 bytes)
{
	u64 left;
	void *here = translate(w, addr, &left);

	return here && left >= bytes ? here : NULL;
}

/* Data that is in several pieces of memory becomes as many of the chain. */
static int add_pieces(struct vwalk *w, struct vwalk_chain *chain, u64 addr, u32 len, u16 flags)
{
	u64 part;
	void *here;

	for (; len; len -= part, addr += part) {
		here = translate(w, addr, &part);
		if (!here)
			return vwalk_break(w, "a buffer is not in memory that is shared");
		if (chain->n == chain->room)
			return vwalk_break(w, "a chain has more pieces than the device takes");
		part = min_t(u64, part, len);
		chain->iov[chain->n] = (struct kvec){.iov_base = here, .iov_len = part};
		if (chain->flags)
			chain->flags[chain->n] = flags & VRING_DESC_F_WRITE;
		chain->n++;
	}
	return 0;
}

int vwalk_add(struct vwalk *w, struct vwalk_chain *chain, u64 addr, u32 len, u16 flags)
{
	bool writable = flags & VRING_DESC_F_WRITE;

	if (!len)
		return vwalk_break(w, "a buffer has no size");
	if (chain->steps++ == w->size)
		return vwalk_break(w, "a chain has more descriptors than the queue");
	if (!writable && chain->writable)
		return vwalk_break(w, "a buffer to read is behind one to write");
	chain->writable = writable;
	chain->bytes += len;
	if (chain->bytes > U32_MAX)
		return vwalk_break(w, "a chain has 4 GiB of data");
	return add_pieces(w, chain, addr, len, flags);
}

int vwalk_read(struct vwalk *w, const struct vwalk_table *table, u32 n, void *desc)
{
	const char *here = table->here;

	if (n >= table->size)
		return vwalk_break(w, "a descriptor is not in its table");
	if (here)
		here += n * VWALK_DESC_BYTES;
	else
		here = vwalk_at(w, table->addr + n * VWALK_DESC_BYTES, VWALK_DESC_BYTES);
	if (!here)
		return vwalk_break(w, "an indirect table is not in memory that is shared");
	vwalk_copy(desc, here, VWALK_DESC_BYTES);
	return 0;
}

int vwalk_enter(struct vwalk *w, struct vwalk_table *table, u64 addr, u32 len, u16 flags)
{
	if (!w->indirect)
		return vwalk_break(w, "an indirect table was not agreed on");
	if (!table->here)
		return vwalk_break(w, "an indirect table is in another");
	if (flags & VRING_DESC_F_NEXT)
		return vwalk_break(w, "something is behind an indirect table");
	if (!len || len % VWALK_DESC_BYTES || len / VWALK_DESC_BYTES > w->size)
		return vwalk_break(w, "an indirect table has a size that cannot be");
	*table = (struct vwalk_table){.addr = addr, .size = len / VWALK_DESC_BYTES};
	return 0;
}

static void *area(const struct vwalk *w, u64 addr, u32 bytes, u32 align)
{
	return addr % align ? NULL : vwalk_at(w, addr, bytes);
}

static bool find_areas(struct vwalk *w, const struct vwalk_setup *s)
{
	const struct vwalk_format *f = w->format;

	w->desc = area(w, s->desc, s->size * VWALK_DESC_BYTES, VWALK_DESC_BYTES);
	w->driver = area(w, s->driver, f->driver_bytes + s->size * f->driver_each, f->driver_align);
	w->device = area(w, s->device, f->device_bytes + s->size * f->device_each, f->device_align);
	return w->desc && w->driver && w->device;
}

int vwalk_init(struct vwalk *w, const struct vwalk_memory *memory, const struct vwalk_setup *setup,
	       struct vwalk_slot *slots)
{
	*w = (struct vwalk){
		.memory = *memory,
		.format = setup->packed ? &vwalk_packed : &vwalk_split,
		.slots = slots,
		.size = setup->size,
		.indirect = setup->indirect,
		.event_idx = setup->event_idx,
	};
	if (!setup->size || setup->size > VWALK_SIZE_MAX)
		w->broken = "a size that cannot be";
	else
		w->broken = w->format->check(setup);
	if (!w->broken && !find_areas(w, setup))
		w->broken = "a ring is not in memory that is shared, or not aligned";
	if (w->broken)
		return -EINVAL;
	memset(slots, 0, setup->size * sizeof(*slots));
	w->format->begin(w);
	return 0;
}

bool vwalk_has(const struct vwalk *w)
{
	return !w->broken && w->format->has(w);
}

int vwalk_get(struct vwalk *w, u16 *number, struct kvec *iov, u32 room, u16 *flags)
{
	struct vwalk_chain chain = {.iov = iov, .flags = flags, .room = room};
	int got = w->broken ? -EPROTO : w->format->take(w, &chain, number);

	if (got <= 0)
		return got;
	w->last = *number;
	w->can_unget = true;
	return chain.n;
}

void vwalk_unget(struct vwalk *w)
{
	if (!w->can_unget || w->broken)
		return;
	w->can_unget = false;
	w->format->give_back(w, w->last);
}

static void put_one(struct vwalk *w, u16 number, u32 bytes)
{
	if (number >= w->size || !w->slots[number].count)
		return;
	if (w->last == number)
		w->can_unget = false;
	w->format->put(w, number, bytes);
}

void vwalk_put_all(struct vwalk *w, u32 n, const u16 *numbers, const u32 *bytes)
{
	if (w->broken)
		return;
	for (; n; n--)
		put_one(w, *numbers++, *bytes++);
	w->format->publish(w);
}

void vwalk_put(struct vwalk *w, u16 number, u32 bytes)
{
	vwalk_put_all(w, 1, &number, &bytes);
}

bool vwalk_show(struct vwalk *w)
{
	bool wants;

	if (!w->unshown || w->broken)
		return false;
	smp_mb(); /* what was put, then what the driver asks for: it has them the other way round */
	wants = w->format->wants(w);
	w->unshown = 0;
	return wants;
}

void vwalk_hush(struct vwalk *w)
{
	if (!w->broken)
		w->format->hush(w);
}

bool vwalk_ask(struct vwalk *w)
{
	if (w->broken)
		return false;
	w->format->ask(w);
	smp_mb(); /* what is asked for, then whether it is there already */
	return w->format->has(w);
}
