// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-virtio-grants: which pages the back-end has. A slot has a page as long as it lasts: it is granted when it is first
 * wanted, and holds nothing but copies, of any driver memory of this device. So in the long run nothing is granted or taken
 * back. What a driver shares with the device for long, its queues, has slots of its own.
 *
 * nk takes everything back at a reset of the device. What a driver does first behind one is that it allocates its queues,
 * so with the first of these all pages are granted anew; and when the last is gone, so are the pages.
 */
#include <linux/bitmap.h>
#include <linux/slab.h>
#include <nk/nkern.h>
#include "grants.h"

static int grant(struct vg_dev *vg, unsigned int slot, void *mem, unsigned int n)
{
	while (n) {
		unsigned int some = min_t(unsigned int, n, NK_GRANT_BATCH);

		if (nk_virtio_grant(vg->regs, slot, virt_to_phys(mem), some))
			return -ENOMEM;
		slot += some;
		mem += some * PAGE_SIZE;
		n -= some;
	}
	return 0;
}

static void revoke(struct vg_dev *vg, unsigned int slot, unsigned int n)
{
	for (unsigned int end = slot + n; slot < end; slot += NK_GRANT_BATCH)
		nk_virtio_revoke(vg->regs, slot, min_t(unsigned int, end - slot, NK_GRANT_BATCH));
}

static bool is_used(const struct vg_dev *vg, unsigned int slot)
{
	unsigned long end = (slot + 1) * VG_UNITS;

	return find_next_bit(vg->used, end, slot * VG_UNITS) < end;
}

/* The page of a slot without a copy is taken back, and free. */
static void drop(struct vg_dev *vg, unsigned int slot)
{
	struct vg_slot *s = &vg->slots[slot];

	if (!s->mem || s->whole)
		return;
	revoke(vg, slot, 1);
	free_page((unsigned long)s->mem);
	s->mem = NULL;
}

static void drop_idle(struct vg_dev *vg)
{
	for (unsigned int slot = 0; slot < vg->nr; slot++)
		if (!is_used(vg, slot))
			drop(vg, slot);
}

/* Behind a reset, or what somebody before us had granted. */
static int renew(struct vg_dev *vg)
{
	revoke(vg, 0, vg->nr);
	for (unsigned int slot = 0; slot < vg->nr; slot++)
		if (vg->slots[slot].mem && grant(vg, slot, vg->slots[slot].mem, 1))
			return -ENOMEM;
	return 0;
}

static int fill(struct vg_dev *vg, unsigned int slot)
{
	struct vg_slot *s = &vg->slots[slot];
	void *mem;

	if (s->mem)
		return 0;
	mem = (void *)get_zeroed_page(GFP_ATOMIC | __GFP_NOWARN);
	if (!mem)
		return -ENOMEM;
	if (grant(vg, slot, mem, 1)) {
		free_page((unsigned long)mem);
		return -ENOMEM;
	}
	*s = (struct vg_slot){.mem = mem};
	return 0;
}

static int find(const struct vg_dev *vg, unsigned int from, unsigned int n, unsigned long align)
{
	unsigned long end = vg->nr * VG_UNITS;
	unsigned long unit = bitmap_find_next_zero_area(vg->used, end, from, n, align);

	return unit + n <= end ? unit : -ENOMEM;
}

/* From the start, so that those with a page come first. */
static int take(struct vg_dev *vg, unsigned int n)
{
	int unit = find(vg, 0, n, 0);

	if (unit < 0)
		return unit;
	for (unsigned int slot = unit / VG_UNITS; slot * VG_UNITS < unit + n; slot++)
		if (fill(vg, slot))
			return -ENOMEM;
	bitmap_set(vg->used, unit, n);
	return unit;
}

int vg_take(struct vg_dev *vg, unsigned int n)
{
	unsigned long flags;
	int unit;

	spin_lock_irqsave(&vg->lock, flags);
	unit = take(vg, n);
	spin_unlock_irqrestore(&vg->lock, flags);
	return unit;
}

void vg_put(struct vg_dev *vg, unsigned int unit, unsigned int n)
{
	unsigned long flags;

	spin_lock_irqsave(&vg->lock, flags);
	bitmap_clear(vg->used, unit, n);
	spin_unlock_irqrestore(&vg->lock, flags);
}

/* From the middle, where there are seldom pages already. */
static int take_pages(struct vg_dev *vg, void *mem, unsigned int pages)
{
	unsigned int n = pages * VG_UNITS, slot;
	int unit = find(vg, vg->nr / 2 * VG_UNITS, n, VG_UNITS - 1);

	if (unit < 0)
		unit = find(vg, 0, n, VG_UNITS - 1);
	if (unit < 0)
		return unit;
	slot = unit / VG_UNITS;
	for (unsigned int i = 0; i < pages; i++)
		drop(vg, slot + i);
	if ((!vg->coherent && renew(vg)) || grant(vg, slot, mem, pages)) {
		revoke(vg, slot, pages);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < pages; i++)
		vg->slots[slot + i] = (struct vg_slot){mem + i * PAGE_SIZE, true};
	bitmap_set(vg->used, unit, n);
	vg->coherent++;
	return unit;
}

int vg_take_pages(struct vg_dev *vg, void *mem, unsigned int pages)
{
	unsigned long flags;
	int unit;

	spin_lock_irqsave(&vg->lock, flags);
	unit = take_pages(vg, mem, pages);
	spin_unlock_irqrestore(&vg->lock, flags);
	return unit;
}

void vg_put_pages(struct vg_dev *vg, unsigned int unit, unsigned int pages)
{
	unsigned int slot = unit / VG_UNITS;
	unsigned long flags;

	spin_lock_irqsave(&vg->lock, flags);
	revoke(vg, slot, pages);
	memset(&vg->slots[slot], 0, pages * sizeof(*vg->slots));
	bitmap_clear(vg->used, unit, pages * VG_UNITS);
	if (!--vg->coherent)
		drop_idle(vg);
	spin_unlock_irqrestore(&vg->lock, flags);
}

int vg_alloc(struct vg_dev *vg, phys_addr_t regs, unsigned int nr)
{
	memcpy((void *)&vg->ops, &vg_ops, sizeof(vg->ops));
	vg->regs = regs;
	vg->nr = nr;
	spin_lock_init(&vg->lock);
	vg->slots = kvcalloc(vg->nr, sizeof(*vg->slots), GFP_KERNEL);
	vg->of = kvcalloc(vg->nr * VG_UNITS, sizeof(*vg->of), GFP_KERNEL);
	vg->used = bitmap_zalloc(vg->nr * VG_UNITS, GFP_KERNEL);
	if (vg->slots && vg->of && vg->used)
		return 0;
	vg_free(vg);
	return -ENOMEM;
}

void vg_free(struct vg_dev *vg)
{
	if (vg->slots)
		revoke(vg, 0, vg->nr);
	for (unsigned int slot = 0; vg->slots && slot < vg->nr; slot++)
		drop(vg, slot);
	bitmap_free(vg->used);
	kvfree(vg->of);
	kvfree(vg->slots);
}
