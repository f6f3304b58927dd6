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

#define NO_SLOT (~0u)

/* Of those on their way each is on one way only: the owner's, or, once it is lost, the taker's. */
enum slot_state {
	SLOT_FREE,
	SLOT_MOVING, /* its owner gives it, or takes it back */
	SLOT_GIVEN,
	SLOT_LOST, /* its owner has stopped, and the taker has it locked: what it has there is nobody's */
	SLOT_LEAVING, /* the taker is done with one that was lost */
};

struct grant_slot {
	u32 page; /* of the owner's, see core/vm/pieces.h; of a free slot: the next free one */
	u16 locks; /* by the taker */
	u8 state;
	u8 write;
};

/* One direction of a link; grant.c says how it works. */
struct grants {
	spinlock_t lock; /* of all below but base, nobodys and nr, which never change */
	ipa_t base; /* of slot 0's page, in the taker */
	paddr_t nobodys; /* a page, for slots that are lost */
	u32 nr; /* slots */
	u32 first_free; /* or NO_SLOT */
	u32 given; /* slots that are not free */
	struct grant_slot *slots;
};

static inline ipa_t grant_address(const struct grants *g, u32 slot)
{
	return g->base + ((u64)slot << PAGE_SHIFT);
}

/* All n slots arrive: at the taker, or free. */
void grants_arrive(struct grants *g, const u32 *slots, u32 n, enum slot_state state);

/* Whether that is one that was lost and is locked no more; then it is on its way, the caller's to free. */
static inline bool grant_leaves(struct grant_slot *s)
{
	if (s->state != SLOT_LOST || s->locks)
		return false;
	s->state = SLOT_LEAVING;
	return true;
}

/* Slots on their way become free: the taker has nothing there any more. */
void grants_free(struct grants *g, struct vm *taker, const u32 *slots, u32 n);

/* The link of the VM with its descriptor there, or NULL. */
struct vlink *vlink_find(const struct vm *vm, ipa_t ipa);

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
