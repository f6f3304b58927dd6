/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vlinks: who is connected to whom, the memory and the cross interrupts that come with that.
 *
 * Links are made at boot and never change. What endpoints allocate on them stays theirs forever.
 * Locking: one lock for all allocations. Links, and who is attached, are read without it.
 */
#ifndef CORE_LINK_VLINK_H
#define CORE_LINK_VLINK_H

#include "arch/spinlock.h"
#include "config/model.h"
#include "core/unit.h"
#include "nk/vlink.h"
#include "nk/xirq.h"

/* Which end. */
enum { VLINK_SERVER, VLINK_CLIENT };

/* What is allocated on a link, each under labels of its own. */
enum vlink_kind { VLINK_PDEV, VLINK_PMEM, VLINK_PXIRQ, VLINK_KINDS };

#define VLINK_LABELS_MAX 64 /* of one kind on one link */

struct vlink_label {
	u32 id;
	u32 size; /* as asked for: bytes, or how many */
	u32 value; /* address, or NkXIrq */
	u32 vm; /* whose cross interrupts */
};

struct vlink_labels {
	u32 nr;
	struct vlink_label label[VLINK_LABELS_MAX];
};

struct grants;

struct vlink {
	u32 vm[2]; /* VM ids: server, client */
	NkDevVlink *desc; /* its page as EL2 sees it; guests write there */
	ipa_t ipa; /* of desc, in both ends */
	NkXIrq sysconf[2]; /* cross interrupt of each end's handshakes; 0: none (nk's own end) */
	bool attached[2]; /* somebody there waits for it */
	const struct cfg_link *cfg;
	const char *name;
	struct range shared; /* the descriptor, then pdev chunks; both ends write there */
	struct range infos; /* in front of shared; both ends only read there */
	struct range pmem;
	u32 info_at[2]; /* addresses of the info strings; 0: none */
	u32 pdev_used; /* bytes of shared from its start */
	u64 pmem_low; /* taken from the start of pmem (large chunks), */
	u64 pmem_high; /* and from here to its end (small ones) */
	u32 xirq_quota[2]; /* cross interrupts of each end's VM this link may still take */
	struct vlink_labels labels[VLINK_KINDS];
	struct grants *grants[2]; /* of each end's pages to the other; NULL: none */
};

/* Hooks of the table of units: see there. This one makes links, their memory and labels. Returns 0, or -1 and *err.
 * Context: boot, before the first vm_create().
 */
int vlinks_create(struct cfg_error *err);

/* Maps what is the VM's into its stage 2, and tells its xirq space. Context: vm_create(). */
int vlinks_vm_create(struct vm *vm, struct cfg_error *err);

/* The window all links' memory is in, the same in every VM that has links. */
void vlinks_vm_describe(const struct vm *vm, struct gtree_params *p);

/*
 * The VM's endpoints go to NK_DEV_VLINK_OFF, it is attached to nothing, its peers get their
 * handshake interrupts.
 */
void vlinks_vm_stop(struct vm *vm);

/* How many links have an endpoint in VM id. Context: any, no lock. */
u32 vlinks_of_vm(u32 id);

/* Bytes of the pmem pool, and those given away. Context: any. */
u64 vlinks_pmem_size(void);
u64 vlinks_pmem_used(void);

/*
 * What is labelled id on the link, allocated when that is new: address or first NkXIrq, or 0: it
 * is there with another size (or VM), there is no room, or size is 0. VM who is told in a line.
 * Context: any.
 */
u64 vlink_alloc_pdev(struct vlink *l, u32 who, u32 id, u64 size);
u64 vlink_alloc_pmem(struct vlink *l, u32 who, u32 id, u64 size);
NkXIrq vlink_alloc_pxirq(struct vlink *l, u32 who, u32 id, struct vm *vm, u32 nb);

/* Sets event of VM id's hypevent link of that name, and posts. Nothing if there is none. */
void vlink_hypevent(u32 id, const char *name, u32 event, struct vm *by);

#endif
