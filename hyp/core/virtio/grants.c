// SPDX-License-Identifier: Apache-2.0
/*
 * Devices whose driver grants pages to the back-end, one by one, while it runs. The driver chooses the slots, as what it
 * grants has to lie in a row for the device. The table of level 3 of the back-end's window is the only book: an entry leads
 * to a granted page, or to the one that is nobody's, so that no driver can have its back-end take an abort.
 *
 * The page stays its owner's. A change empties the TLBs of the back-end's VM, once for up to NK_GRANT_BATCH pages, with
 * grants_lock held, for which only CPUs of the driver's VM wait; the driver's VM pays for it.
 */
#include "arch/cpu.h"
#include "arch/pgtable.h"
#include "core/virtio/priv.h"
#include "core/vm/pieces.h"
#include "lib/pages.h"
#include "nk/grant.h"

struct virtio_dev *virtio_had(const struct vm *front, ipa_t regs)
{
	for (struct virtio_dev *d = virtio_devs; d < virtio_devs + nr_virtio_devs; d++)
		if (d->front == front && d->cfg->reg.base == regs && d->cfg->grants)
			return d;
	return NULL;
}

u32 virtio_window(const struct virtio_dev *d)
{
	return d->cfg->grants;
}

int virtio_grants_create(struct virtio_dev *d, const u64 *nobodys)
{
	void *tables = pages_alloc_bytes(d->cfg->grants * sizeof(u64));

	if (!tables)
		return -1;
	d->nobodys = stage2_nobodys_page(nobodys);
	stage2_window_pages(&d->window, tables, d->cfg->grants, nobodys);
	return 0;
}

static bool are_slots(const struct virtio_dev *d, u32 first, u32 n)
{
	return n && n <= NK_GRANT_BATCH && first < d->cfg->grants && n <= d->cfg->grants - first;
}

static u32 nr_taken(const struct virtio_dev *d, u32 first, u32 n) __must_hold(&d->grants_lock)
{
	u32 taken = 0;

	for (u32 i = first; i < first + n; i++)
		taken += stage2_window_at(&d->window, i) != d->nobodys;
	return taken;
}

/* The n slots lead to these pages; pa NULL: they are free. */
static void change(struct virtio_dev *d, u32 first, u32 n, const paddr_t *pa)
	__must_hold(&d->grants_lock)
{
	for (u32 i = 0; i < n; i++)
		stage2_window_unset(&d->window, first + i);
	stage2_unmap_done(&d->back->arch);
	for (u32 i = 0; i < n; i++)
		stage2_window_set(&d->window, first + i, pa ? pa[i] : d->nobodys, S2_GRANT);
	stage2_map_done();
}

/* Where the machine has n pages of the VM's RAM. Returns 0, or -1: not all are. */
static int find_pages(const struct vm *vm, ipa_t from, u32 n, paddr_t *pa)
{
	if (!IS_ALIGNED(from, PAGE_SIZE))
		return -1;
	for (u32 i = 0; i < n; i++) {
		u32 page = vm_page_at(vm, from + ((u64)i << PAGE_SHIFT));

		if (page == VM_NO_PAGE)
			return -1;
		pa[i] = vm_page_pa(vm, page);
	}
	return 0;
}

int virtio_grant(struct virtio_dev *d, u32 slot, ipa_t page, u32 n)
{
	paddr_t pa[NK_GRANT_BATCH];
	bool good;

	if (!are_slots(d, slot, n) || find_pages(d->front, page, n, pa))
		return -1;
	virtio_grants_renew(d);
	spin_lock(&d->grants_lock);
	good = !nr_taken(d, slot, n);
	if (good) {
		change(d, slot, n, pa);
		d->granted += n;
	}
	spin_unlock(&d->grants_lock);
	if (!good)
		return -1;
	xirq_pay(d->front, d->back);
	return 0;
}

static u32 take_back(struct virtio_dev *d, u32 slot, u32 n)
{
	u32 taken;

	spin_lock(&d->grants_lock);
	taken = nr_taken(d, slot, n);
	if (taken)
		change(d, slot, n, NULL);
	d->granted -= taken;
	spin_unlock(&d->grants_lock);
	return taken;
}

u32 virtio_revoke(struct virtio_dev *d, u32 slot, u32 n)
{
	u32 taken = are_slots(d, slot, n) ? take_back(d, slot, n) : 0;

	if (taken)
		xirq_pay(d->front, d->back);
	return taken;
}

void virtio_grants_end(struct virtio_dev *d)
{
	u32 nr = d->cfg->grants;

	for (u32 slot = 0; READ_ONCE(d->granted) && slot < nr; slot += NK_GRANT_BATCH) {
		take_back(d, slot, MIN(nr - slot, (u32)NK_GRANT_BATCH));
		arch_cpu_poll();
	}
}

void virtio_grants_renew(struct virtio_dev *d)
{
	if (!READ_ONCE(d->stale) || !__atomic_exchange_n(&d->stale, false, __ATOMIC_ACQ_REL) ||
	    !READ_ONCE(d->granted))
		return;
	virtio_grants_end(d);
	xirq_pay(d->front, d->back);
}
