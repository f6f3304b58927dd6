/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory ballooning: a pool of pages that one host VM has at first, and that move between it, nk
 * and taker VMs, wiped on their way. Off unless the system tree has a `balloon` node in &hyp.
 */
#ifndef CORE_VM_BALLOON_H
#define CORE_VM_BALLOON_H

#include "core/unit.h"
#include "lib/range.h"
#include "nk/balloon.h"

#define BALLOON_CHUNK 32 /* pages that move together */

/* Hooks of the table of units: see there. This one takes the pool from RAM. */
int balloon_create(struct cfg_error *err);

/* Makes the tables of the VM's region. */
int balloon_vm_create(struct vm *vm, struct cfg_error *err);

/* Where its pages come and go. */
void balloon_vm_describe(const struct vm *vm, struct gtree_params *p);

/* The host's pages are wiped, and it gets what is in the pool. Returns 0. */
int balloon_vm_load(struct vm *vm);

/* A taker's pages go back to the pool. */
void balloon_vm_stop(struct vm *vm);

/* Whether VM id is the host or a taker. */
bool balloon_is_member(u32 id);

/* Where the pool's pages are for all members; size 0: no ballooning. */
struct range balloon_region(void);

/*
 * Gives the VM up to n pages of the pool, at most BALLOON_CHUNK; frames: which, by their page frame
 * numbers. Returns how many. Context: a CPU of the VM or its loading, no lock held.
 */
u32 balloon_give(struct vm *vm, u32 *frames, u32 n);

/* Takes back those of n frames, at most BALLOON_CHUNK, that are the VM's. Returns how many. Context: as above. */
u32 balloon_take_back(struct vm *vm, const u32 *frames, u32 n);

#endif
