/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of vlinks share; vlink.h is for all others. */
#ifndef CORE_LINK_PRIV_H
#define CORE_LINK_PRIV_H

#include "core/link/vlink.h"
#include "core/vm/vm.h"

#define VLINK_DESC_SIZE 64 /* what the descriptor takes, before the first pdev chunk */
#define VLINK_PDEV_ALIGN 64 /* of pdev chunks: a cache line */

extern struct vlink *vlinks; /* in the order of sys_config.links */
extern spinlock_t vlinks_lock;

/* Takes the window from RAM, divides and wipes it. Returns 0, or -1 and *err. Context: boot. */
int vlink_mem_create(struct cfg_error *err);

/* Maps what is there, prepares the rest. Returns 0, or -1 and *err. Context: vm_create(). */
int vlink_mem_vm_create(struct vm *vm, struct cfg_error *err);

/* Whether VM id has an end of l. */
static inline bool vlink_is_end(const struct vlink *l, u32 id)
{
	return l->vm[VLINK_SERVER] == id || l->vm[VLINK_CLIENT] == id;
}

/* One VM has both endpoints, which then count as one for handshakes. */
static inline bool vlink_is_loop(const struct vlink *l)
{
	return l->vm[VLINK_SERVER] == l->vm[VLINK_CLIENT];
}

/* Both ends' VMs, as a mask. */
static inline NkOsMask vlink_vms(const struct vlink *l)
{
	return (NkOsMask)(BIT(l->vm[VLINK_SERVER]) | BIT(l->vm[VLINK_CLIENT]));
}

/* The end of VM id, which has one. */
static inline u32 vlink_end_of(const struct vlink *l, u32 id)
{
	return l->vm[VLINK_SERVER] == id ? VLINK_SERVER : VLINK_CLIENT;
}

/* VMs with an endpoint of l, each once: 2, or 1 in vm[0]; nk is not counted. */
static inline u32 vlink_guests(const struct vlink *l, u32 vm[2])
{
	u32 n = 0;

	if (l->vm[VLINK_SERVER] != NK_OS_NKERNEL)
		vm[n++] = l->vm[VLINK_SERVER];
	if (!vlink_is_loop(l))
		vm[n++] = l->vm[VLINK_CLIENT];
	return n;
}

#endif
