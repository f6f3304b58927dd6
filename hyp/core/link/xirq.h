/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cross interrupts: SPIs of a VM behind those of devices, given to vlinks forever.
 *
 * Locking: none to post.
 */
#ifndef CORE_LINK_XIRQ_H
#define CORE_LINK_XIRQ_H

#include "lib/types.h"
#include "nk/xirq.h"

struct vm;

/* A VM's cross interrupts, in struct vm. */
struct xirq_space {
	u32 first_intid; /* of NK_XIRQ_SYSCONF */
	u32 nr; /* how many there are, NK_XIRQ_SYSCONF included */
	u32 used; /* numbers from NK_XIRQ_FIRST on that are given away */
	NkOsMask posters[NK_XIRQ_NR]; /* bit N of each: VM N may post it */
	bool held_told;
	u32 nr_held; /* how often the VM had to wait, since it interrupted others too often */
};

/* The VM has cross interrupts from that INTID on, which none may post but itself NK_XIRQ_SYSCONF.
 * Context: VM creation.
 */
void xirq_vm_init(struct vm *vm, u32 first_intid, u32 nr);

/* VM id shares a vlink with vm, and may post its NK_XIRQ_SYSCONF. Context: boot. */
void xirq_add_peer(struct vm *vm, u32 id);

/*
 * Takes nb adjacent cross interrupts of the VM, which the VMs in posters may post: those with an
 * endpoint of the vlink. Returns the first one, or 0 when there are not so many left.
 */
NkXIrq xirq_alloc(struct vm *vm, u32 nb, NkOsMask posters) __must_hold(&vlinks_lock);

/* How often the VM had to wait because it interrupted others too often. Context: any, no lock. */
u32 xirq_held(const struct vm *vm);

/* How many are taken; for statistics and tests. */
u32 xirq_used(const struct vm *vm);

/*
 * Posts for `by`, who may do that so many times a second (see xirq.c), or for nk itself (NULL). Nothing
 * happens when the VM is not running, or has no such interrupt. Posting again before the guest took
 * it changes nothing. Context: any, no vGIC lock held.
 */
void xirq_post(struct vm *vm, NkXIrq xirq, struct vm *by);

/* NK_XIRQ_SYSCONF to each VM whose bit is set. Context: any, no vGIC lock held. */
void xirq_sysconf(u32 vms, struct vm *by);

/*
 * Has VM `by`, which interrupted `to` too often, wait for the counter to be `until`. Its first time is
 * told. What was done for it on an idle CPU, all its vCPUs pay for. Context: as above.
 */
void xirq_hold(struct vm *by, const struct vm *to, u64 until);

/* All of to's CPUs have lost their TLB entries for VM `by`, which pays for that. Context: any, no lock held. */
void xirq_pay(struct vm *by, struct vm *to);

#endif
