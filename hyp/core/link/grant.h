/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grants: pages of one end's RAM that the other end of a vlink has as well, for as long as the owner
 * lets it. What the system tree says is how many at a time (`grants`), none without it.
 */
#ifndef CORE_LINK_GRANT_H
#define CORE_LINK_GRANT_H

#include "core/unit.h"
#include "nk/grant.h"

#define GRANT_CHUNK 32 /* pages that move together */

struct vlink;
struct arch_vm;

/* Hooks of the table of units: see there. This one makes the books, and finds the window its place. */
int grants_create(struct cfg_error *err);

/* Makes tables for what the VM may be granted. */
int grants_vm_create(struct vm *vm, struct cfg_error *err);

/* The peers lose its pages before this returns; what it had locked of theirs is free. */
void grants_vm_stop(struct vm *vm);

/*
 * The owner at that end grants n of its pages, GRANT_CHUNK at most; pages: their addresses, which become the
 * peer's. Stops at the first that is not RAM of the owner's, or for which there is no room. Returns how many.
 * Context: a CPU of the owner, no lock held; so for grant_revoke().
 */
u32 grant_give(struct vlink *l, u32 end, u64 *pages, u32 n, bool write);

/*
 * Takes n of them back, GRANT_CHUNK at most, named by the peer's addresses: when it returns the peer cannot use
 * them. Stops at the first that is none, or is locked. Returns how many.
 */
u32 grant_revoke(struct vlink *l, u32 end, const u64 *addresses, u32 n);

enum grant_use { GRANT_VERIFY, GRANT_LOCK, GRANT_UNLOCK };

/*
 * Whether all of [address, address + size), NK_GRANT_BATCH pages at most, is granted to the taker at that end, and
 * writable if it asks so; locks or unlocks each page of it. Context: any, no lock held.
 */
bool grant_use(struct vlink *l, u32 end, u64 address, u64 size, bool write, enum grant_use use);

/*
 * The first grant by the owner at that end at an address above `after`: the peer's address, with bit 0 set if it is
 * writable; *page: the owner's. after = 0: the first of all. 0: there is none. Context: any, no lock held.
 */
u64 grant_next(struct vlink *l, u32 end, u64 after, u64 *page);

/* Where the peer has what the owner at that end grants; *pages: how many at a time. 0: none. Context: any. */
u64 grant_window(const struct vlink *l, u32 end, u64 *pages);

/* Whether a page of a grant is coming, or has come, there: core_mapping_moves(). Context: any. */
bool grant_mapping_moves(const struct arch_vm *vm, ipa_t ipa);

/* How many pages the owner at that end has granted. Context: any. */
u32 grant_count(const struct vlink *l, u32 end);

#endif
