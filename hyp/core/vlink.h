/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vlinks: who is connected to whom, the memory and the cross interrupts that come with that.
 *
 * Links are made at boot and never change. What ends allocate on them stays theirs for ever.
 * Locking: one lock for all allocations and for who is attached; order: before vGIC locks and the
 * console's, after vm->lock. Links themselves are read without a lock.
 */
#ifndef CORE_VLINK_H
#define CORE_VLINK_H

#include "config/model.h"
#include "core/vm.h"
#include "nk/vlink.h"
#include "nk/xirq.h"

/* Which end. */
enum { VLINK_SERVER, VLINK_CLIENT };

struct vlink {
	u32 vm[2]; /* VM ids: server, client */
	NkDevVlink *desc; /* its page as EL2 sees it; guests write there */
	ipa_t ipa; /* of desc, in both ends */
	NkXIrq sysconf[2]; /* cross interrupt of each end's handshakes; 0: none (nk's own end) */
	bool attached[2]; /* somebody there waits for it */
};

/* Makes links, their memory and labels from sys_config. Returns 0, or -1 and *err.
 * Context: boot, before the first vm_create().
 */
int vlinks_create(struct cfg_error *err);

/* Maps what is the VM's into its stage 2, and tells its xirq space. Context: vm_create(). */
int vlinks_vm_create(struct vm *vm, struct cfg_error *err);

/* The window all links' memory is in, the same in every VM; size 0: there are no links. */
struct cfg_range vlinks_window(void);

/*
 * A VM is off: its ends go to NK_DEV_VLINK_OFF, it is attached to nothing, its peers get their
 * handshake interrupts. Context: any CPU, vm->lock not held.
 */
void vlinks_vm_stopped(struct vm *vm);

/* Whether VM id has an end of link number n (xirq_space.link[] - 1). Context: any, no lock. */
bool vlink_has_end(u32 n, u32 id);

/* Bytes of the pmem pool, and those given away. Context: any. */
u64 vlinks_pmem_size(void);
u64 vlinks_pmem_used(void);

/* Sets event of VM id's hypevent link of that name, and posts. Nothing if there is none. */
void vlink_hypevent(u32 id, const char *name, u32 event);

#endif
