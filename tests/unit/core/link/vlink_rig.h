/* SPDX-License-Identifier: Apache-2.0 */
/* Three VMs, 2 to 4, and the links of unit/dts/vlinks, on RAM of the host. */
#ifndef VLINK_RIG_H
#define VLINK_RIG_H

#include "core/calls/hypercall.h"
#include "core/link/priv.h"
#include "fake/core.h"

#define RIG_RAM_SIZE MIB(48)
#define NR_VMS 3
#define FIRST_VM 2
#define NR_LINKS 8
#define NAMES 0x80000000 /* a page of each guest's own RAM */
#define GONE (~(u64)0)

/* In the order of the tree. */
enum { EVENTS_2, EVENTS_4, BIG, SMALL, SMALL_BACK, LOOP, RPC_3, RPC_4 };

extern struct vm vms[NR_VMS];

static inline struct vm *vm_of(u32 id)
{
	return &vms[id - FIRST_VM];
}

/* A new machine, with dirty RAM, and its configuration, but no links yet. */
void rig_make(struct cfg_error *err);

/* VM id with that many cross interrupts, without its links. */
void rig_vm_init(u32 id, u32 nr_xirqs);

/* A machine with all its VMs and links. */
void rig_setup(void);

/* All links' memory, as VMs see it. */
struct range rig_window(void);

/* Whether it was posted to VM id since somebody asked. */
bool was_posted(u32 id, u32 xirq);

/* Whether nobody was posted anything that was not asked for. */
bool none_posted(void);

/* For the end: nothing was printed but what fake_warned has, and nobody had to wait. */
int rig_quiet(void **state);

/* Hypercalls of VM id; links by their place in the list. */
/* A hypercall of VM id: CALL(id, pdev_alloc, link, label, size). */
#define CALL(id, name, ...) hc_##name(vm_of(id), NULL, __VA_ARGS__)
u64 pdev(u32 id, u32 link, u64 label, u64 size);
u64 pmem(u32 id, u32 link, u64 label, u64 size);
u64 pxirq(u32 id, u32 link, u64 label, u32 vm, u64 nb);
u64 lookup(u32 id, const char *name, u64 previous);

#endif
