// SPDX-License-Identifier: Apache-2.0
/*
 * Pages that a VM grants to the peer of a link.
 *
 * Each direction of a link has slots, as many as its tree says; slot N is page N of its part of the
 * taker's window. A slot is free, given, or on its way, when only the CPU that moves it touches it.
 * So the books are right at any moment, and nothing long is done with their lock.
 *
 * The page stays its owner's: it is mapped there as ever. Mappings in the taker are S2_FOREIGN, so
 * nk keeps no pointer to them, and never executable. A slot is given away again only when all CPUs'
 * TLBs have let go of what was there.
 *
 * Taking a page back empties the TLBs of the taker's CPUs: the owner pays for that as for an interrupt to each
 * (`xirq-rate`).
 *
 * Lock: grants->lock, of one direction: states, locks, free list.
 */
#include "core/link/grant.h"
#include "arch/cpu.h"
#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "arch/upcall.h"
#include "core/link/priv.h"
#include "core/system.h"
#include "core/vm/pieces.h"

#define LOCKS_MAX 0xffff
#define LOOKS 512 /* slots that are looked at under the lock at a time */

/* The page of the VM's at that address, or VM_NO_PAGE. */
static u32 page_of(const struct vm *vm, ipa_t address)
{
	return IS_ALIGNED(address, PAGE_SIZE) ? vm_page_at(vm, address) : VM_NO_PAGE;
}

/* Takes a free slot for its way. NO_SLOT: there is none. */
static u32 take_free(struct grants *g, u32 page, bool write) __must_hold(&g->lock)
{
	u32 n = g->first_free;
	struct grant_slot *s = &g->slots[n];

	if (n == NO_SLOT)
		return n;
	g->first_free = s->page;
	g->given++;
	*s = (struct grant_slot){.page = page, .state = SLOT_MOVING, .write = write};
	return n;
}

static void put_free(struct grants *g, u32 n) __must_hold(&g->lock)
{
	g->slots[n] = (struct grant_slot){.page = g->first_free, .state = SLOT_FREE};
	g->first_free = n;
	g->given--;
}

void grants_arrive(struct grants *g, const u32 *slots, u32 n, enum slot_state state)
{
	spin_lock(&g->lock);
	/* The first is free last: those that follow each other are given so again. */
	for (u32 i = n; i--;) {
		if (state == SLOT_FREE)
			put_free(g, slots[i]);
		else
			g->slots[slots[i]].state = (u8)state;
	}
	spin_unlock(&g->lock);
}

/* Slots for those of n pages that are the owner's, up to the first that is not. Returns how many. */
static u32 take_slots(struct grants *g, const struct vm *owner, const u64 *pages, u32 n, bool write,
		      u32 *slots)
{
	u32 taken = 0;

	spin_lock(&g->lock);
	for (; taken < n; taken++) {
		u32 page = page_of(owner, pages[taken]);

		if (page == VM_NO_PAGE)
			break;
		slots[taken] = take_free(g, page, write);
		if (slots[taken] == NO_SLOT)
			break;
	}
	spin_unlock(&g->lock);
	return taken;
}

u32 grant_give(struct vlink *l, u32 end, u64 *pages, u32 n, bool write)
{
	struct vm *owner = vm_by_id(l->vm[end]), *taker = vm_by_id(l->vm[!end]);
	struct grants *g = l->grants[end];
	u32 slots[GRANT_CHUNK];

	if (!g || !taker)
		return 0;
	n = take_slots(g, owner, pages, n, write, slots);
	for (u32 i = 0; i < n; i++) {
		paddr_t pa = vm_page_pa(owner, g->slots[slots[i]].page);

		pages[i] = grant_address(g, slots[i]);
		stage2_map_page(&taker->arch, pages[i], pa, write ? S2_GRANT : S2_GRANT_RO);
	}
	if (!n)
		return 0;
	stage2_map_done();
	grants_arrive(g, slots, n, SLOT_GIVEN);
	return n;
}

/* The slot of an address, which may be anything, or NO_SLOT. */
static u32 slot_of(const struct grants *g, u64 address)
{
	u64 n = (address - g->base) >> PAGE_SHIFT;

	return address >= g->base && n < g->nr ? (u32)n : NO_SLOT;
}

/* Takes n slots of the taker's for their way, up to the first that is not given, or locked. */
static u32 take_given(struct grants *g, const u64 *addresses, u32 n, u32 *slots)
{
	u32 taken = 0;

	spin_lock(&g->lock);
	for (; taken < n; taken++) {
		u64 address = addresses[taken];
		u32 slot = IS_ALIGNED(address, PAGE_SIZE) ? slot_of(g, address) : NO_SLOT;

		if (slot == NO_SLOT || g->slots[slot].state != SLOT_GIVEN || g->slots[slot].locks)
			break;
		g->slots[slot].state = SLOT_MOVING;
		slots[taken] = slot;
	}
	spin_unlock(&g->lock);
	return taken;
}

u32 grant_revoke(struct vlink *l, u32 end, const u64 *addresses, u32 n)
{
	struct vm *taker = vm_by_id(l->vm[!end]);
	struct grants *g = l->grants[end];
	u32 slots[GRANT_CHUNK];

	if (!g || !taker)
		return 0;
	n = take_given(g, addresses, n, slots);
	if (!n)
		return 0;
	grants_free(g, taker, slots, n);
	xirq_pay(vm_by_id(l->vm[end]), taker);
	return n;
}

static bool may_use(const struct grant_slot *s, bool write, enum grant_use use)
{
	if (use == GRANT_UNLOCK)
		return s->locks; /* also while its owner's stop takes it back */
	if (s->state != SLOT_GIVEN || (write && !s->write))
		return false;
	return use != GRANT_LOCK || s->locks < LOCKS_MAX;
}

static bool may_use_all(const struct grants *g, u32 first, u32 n, bool write, enum grant_use use)
	__must_hold(&g->lock)
{
	for (u32 i = 0; i < n; i++)
		if (!may_use(&g->slots[first + i], write, use))
			return false;
	return true;
}

/* Locks or unlocks n slots. Lists those that nobody has any more, which are on their way then. Returns how many. */
static u32 change_locks(struct grants *g, u32 first, u32 n, enum grant_use use, u32 *done)
	__must_hold(&g->lock)
{
	u32 nr_done = 0;

	for (u32 slot = first; slot < first + n; slot++) {
		struct grant_slot *s = &g->slots[slot];

		s->locks += use == GRANT_LOCK ? 1 : -1;
		if (grant_leaves(s))
			done[nr_done++] = slot;
	}
	return nr_done;
}

void grants_free(struct grants *g, struct vm *taker, const u32 *slots, u32 n)
{
	for (u32 i = 0; i < n; i++)
		stage2_unmap_page(&taker->arch, grant_address(g, slots[i]));
	stage2_unmap_done(&taker->arch);
	grants_arrive(g, slots, n, SLOT_FREE);
}

bool grant_use(struct vlink *l, u32 end, u64 address, u64 size, bool write, enum grant_use use)
{
	struct grants *g = l->grants[!end];
	u32 first, n, slots[NK_GRANT_BATCH], nr_slots = 0;
	bool good;

	if (!g || !size || size > NK_GRANT_BATCH * PAGE_SIZE)
		return false;
	first = slot_of(g, address);
	n = (u32)(((address & (PAGE_SIZE - 1)) + size + PAGE_SIZE - 1) >> PAGE_SHIFT);
	if (first == NO_SLOT || n > NK_GRANT_BATCH || n > g->nr - first)
		return false;
	spin_lock(&g->lock);
	good = may_use_all(g, first, n, write, use);
	if (good && use != GRANT_VERIFY)
		nr_slots = change_locks(g, first, n, use, slots);
	spin_unlock(&g->lock);
	if (nr_slots)
		grants_free(g, vm_by_id(l->vm[end]), slots, nr_slots);
	return good;
}

bool grant_mapping_moves(const struct arch_vm *vm, ipa_t ipa)
{
	for (u32 i = 0; i < 2 * sys_config.nr_links; i++) {
		const struct vlink *l = &vlinks[i / 2];
		const struct grants *g = l->grants[i % 2];
		u32 slot = g && l->vm[!(i % 2)] == vm->id ? slot_of(g, ipa) : NO_SLOT;

		if (slot != NO_SLOT)
			return READ_ONCE(g->slots[slot].state) != SLOT_FREE;
	}
	return false;
}

/* As grant_next(), of the slots from first up to last. */
static u64 next_in(struct grants *g, const struct vm *owner, u32 first, u32 last, u64 *page)
{
	u64 found = 0;

	spin_lock(&g->lock);
	for (u32 n = first; n < last && !found; n++) {
		const struct grant_slot *s = &g->slots[n];

		if (s->state != SLOT_GIVEN)
			continue;
		found = grant_address(g, n) | s->write;
		*page = vm_page_ipa(owner, s->page);
	}
	spin_unlock(&g->lock);
	return found;
}

u64 grant_next(struct vlink *l, u32 end, u64 after, u64 *page)
{
	const struct vm *owner = vm_by_id(l->vm[end]);
	struct grants *g = l->grants[end];
	u32 n = 0;

	if (!g || !owner)
		return 0;
	if (after) {
		n = slot_of(g, after);
		if (n++ == NO_SLOT)
			return 0;
	}
	for (; n < g->nr; n += LOOKS) {
		u64 found = next_in(g, owner, n, MIN(n + LOOKS, g->nr), page);

		if (found || !arch_cpu_poll())
			return found;
	}
	return 0;
}

u64 grant_window(const struct vlink *l, u32 end, u64 *pages)
{
	const struct grants *g = l->grants[end];

	*pages = g ? g->nr : 0;
	return g ? g->base : 0;
}

u32 grant_count(const struct vlink *l, u32 end)
{
	return l->grants[end] ? READ_ONCE(l->grants[end]->given) : 0;
}
