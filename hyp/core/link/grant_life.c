// SPDX-License-Identifier: Apache-2.0
/*
 * Grants at boot, and when a VM stops. Each direction has a window, at the same place in all VMs, in 2 MiB of its own,
 * for which the taker has tables from the start.
 */
#include "arch/cpu.h"
#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "core/link/grant.h"
#include "core/link/priv.h"
#include "core/system.h"
#include "core/vm/ram.h"
#include "lib/string.h"

static const struct cfg_vdev *end_vdev(const struct vlink *l, u32 end)
{
	return &sys_config.vdevs[l->cfg->end[end]];
}

/* What the tree lets that end grant; between both ends of a loop there is nothing to grant. */
static u32 pages_of(const struct vlink *l, u32 end)
{
	return vlink_is_loop(l) ? 0 : end_vdev(l, end)->grants;
}

static u64 bytes_of(u32 pages)
{
	return ALIGN_UP((u64)pages << PAGE_SHIFT, BLOCK_SIZE);
}

static void *alloc_ram(u64 size)
{
	u64 pa;

	size = ALIGN_UP(size, PAGE_SIZE);
	return ram_alloc_top(size, ~0UL, &pa) ? memset(phys_to_virt(pa), 0, size) : NULL;
}

static int no_memory(const struct vlink *l, u32 end, struct cfg_error *err)
{
	return cfg_fail_at(err, &end_vdev(l, end)->node, "grants",
			   "%u pages: no memory for the books, or no addresses: fewer of them",
			   pages_of(l, end));
}

static void init_slots(struct grants *g)
{
	for (u32 n = 0; n < g->nr; n++)
		g->slots[n].page = n + 1 < g->nr ? n + 1 : NO_SLOT;
}

/* The books of one direction: the head, then its slots. */
static struct grants *new_grants(u32 nr, ipa_t base)
{
	struct grants *g = alloc_ram(sizeof(*g) + nr * sizeof(struct grant_slot));

	if (!g)
		return NULL;
	spin_init(&g->lock, LOCK_GRANTS);
	g->base = base;
	g->nr = nr;
	g->slots = (struct grant_slot *)(g + 1);
	init_slots(g);
	return g;
}

int grants_create(struct cfg_error *err)
{
	for (struct vlink *l = vlinks; l < vlinks + sys_config.nr_links; l++) {
		for (u32 end = 0; end < 2; end++) {
			u32 nr = pages_of(l, end);

			if (!nr)
				continue;
			l->grants[end] = new_grants(nr, system_window(bytes_of(nr), BLOCK_SIZE));
			if (!l->grants[end])
				return no_memory(l, end, err);
		}
	}
	return 0;
}

int grants_vm_create(struct vm *vm, struct cfg_error *err)
{
	for (u32 i = 0; i < 2 * sys_config.nr_links; i++) {
		const struct vlink *l = &vlinks[i / 2];
		struct grants *g = l->grants[i % 2];
		u64 size;
		void *tables, *nobodys;

		if (!g || l->vm[!(i % 2)] != vm->arch.id)
			continue;
		size = bytes_of(g->nr);
		tables = alloc_ram(size / BLOCK_SIZE * PAGE_SIZE);
		nobodys = alloc_ram(PAGE_SIZE);
		if (!tables || !nobodys || stage2_prepare_pages(&vm->arch, g->base, size, tables))
			return no_memory(l, i % 2, err);
		g->nobodys = mmu_virt_to_phys(nobodys);
	}
	return 0;
}

/*
 * Goes through GRANT_CHUNK slots from first on: those in state `from` become `to`, and are listed. Returns how many.
 */
static u32 change_chunk(struct grants *g, u32 first, enum slot_state from, enum slot_state to,
			u32 *slots)
{
	u32 last = MIN(first + GRANT_CHUNK, g->nr), n = 0;

	spin_lock(&g->lock);
	for (u32 slot = first; slot < last; slot++) {
		if (g->slots[slot].state != from)
			continue;
		g->slots[slot].state = (u8)to;
		slots[n++] = slot;
	}
	spin_unlock(&g->lock);
	return n;
}

/* Of n slots those that the taker unlocked before they were seen to be lost. Returns how many are left in the list. */
static u32 keep_leaving(struct grants *g, u32 *slots, u32 n)
{
	u32 leaving = 0;

	spin_lock(&g->lock);
	for (u32 i = 0; i < n; i++)
		if (grant_leaves(&g->slots[slots[i]]))
			slots[leaving++] = slots[i];
	spin_unlock(&g->lock);
	return leaving;
}

/* Slots on their way, from first on: the taker's TLBs are empty. What it has locked it keeps, and may still touch. */
static void settle_chunk(struct grants *g, u32 first, struct vm *taker)
{
	u32 slots[GRANT_CHUNK], n = change_chunk(g, first, SLOT_MOVING, SLOT_MOVING, slots);
	u32 lost[GRANT_CHUNK], nr_lost = 0, nr_free = 0;

	for (u32 i = 0; i < n; i++) {
		const struct grant_slot *s = &g->slots[slots[i]];

		if (!READ_ONCE(s->locks)) {
			slots[nr_free++] = slots[i];
			continue;
		}
		stage2_map_page(&taker->arch, grant_address(g, slots[i]), g->nobodys,
				s->write ? S2_GRANT : S2_GRANT_RO);
		lost[nr_lost++] = slots[i];
	}
	stage2_map_done();
	grants_arrive(g, lost, nr_lost, SLOT_LOST);
	grants_arrive(g, slots, nr_free, SLOT_FREE);
	nr_lost = keep_leaving(g, lost, nr_lost);
	if (nr_lost)
		grants_free(g, taker, lost, nr_lost);
}

/*
 * All that the owner has granted, locked or not: it has no vCPU on, so nothing is added meanwhile. The taker's TLBs are
 * emptied once for all of it, as nobody pays for that.
 */
static void revoke_all(struct grants *g, struct vm *taker)
{
	u32 slots[GRANT_CHUNK], n;

	if (!READ_ONCE(g->given))
		return;
	for (u32 first = 0; first < g->nr; first += GRANT_CHUNK) {
		n = change_chunk(g, first, SLOT_GIVEN, SLOT_MOVING, slots);
		for (u32 i = 0; i < n; i++)
			stage2_unmap_page(&taker->arch, grant_address(g, slots[i]));
		arch_cpu_poll();
	}
	stage2_unmap_done(&taker->arch);
	for (u32 first = 0; first < g->nr; first += GRANT_CHUNK) {
		settle_chunk(g, first, taker);
		arch_cpu_poll();
	}
}

/* The taker's locks end with its life; what it was granted stays, for its next one. */
static void unlock_all(struct grants *g, struct vm *taker)
{
	u32 slots[GRANT_CHUNK], n;

	for (u32 first = 0; READ_ONCE(g->given) && first < g->nr; first += GRANT_CHUNK) {
		n = change_chunk(g, first, SLOT_LOST, SLOT_LEAVING, slots);
		if (n)
			grants_free(g, taker, slots, n);
		spin_lock(&g->lock);
		for (u32 slot = first; slot < MIN(first + GRANT_CHUNK, g->nr); slot++)
			g->slots[slot].locks = 0;
		spin_unlock(&g->lock);
		arch_cpu_poll();
	}
}

void grants_vm_stop(struct vm *vm)
{
	for (struct vlink *l = vlinks; l < vlinks + sys_config.nr_links; l++) {
		for (u32 end = 0; end < 2; end++) {
			if (!l->grants[end])
				continue;
			if (l->vm[end] == vm->arch.id)
				revoke_all(l->grants[end], vm_by_id(l->vm[!end]));
			else if (l->vm[!end] == vm->arch.id)
				unlock_all(l->grants[end], vm);
		}
	}
}
