/* SPDX-License-Identifier: Apache-2.0 */
/* A queue of a driver's, the one that stands for it, and a back-end that is honest; or whose words a test writes itself. */
#ifndef SHADOW_RIG_H
#define SHADOW_RIG_H

#include "../../../guest-linux/tools/nk-vhost-user/shadow.h"
#include "virtq_driver.h"

struct rig {
	u8 mem[VDRV_MEMORY] __attribute__((aligned(4096)));
	struct vdrv drv;
	struct shadow sh;
	struct shadow_slot slots[VDRV_SIZE_MAX];
	u16 slot_of[VDRV_SIZE_MAX];
	u16 avail[3 + VDRV_SIZE_MAX]; /* the back-end's */
	u16 used[4 + 4 * VDRV_SIZE_MAX] __attribute__((aligned(4)));
	u16 popped, pushed;
};

/* Whoever serves the queue begins, where the driver's rings are. */
static inline int rig_take_over(struct rig *r)
{
	r->popped = r->pushed = 0;
	return shadow_init(&r->sh, r->drv.size, r->slots, r->slot_of);
}

static inline int rig_begin(struct rig *r, u16 size, bool event_idx)
{
	vdrv_init(&r->drv, r->mem, size, false, event_idx);
	r->sh.event_idx = event_idx;
	r->sh.driver = (struct shadow_ring){r->drv.driver, r->drv.device};
	r->sh.back = (struct shadow_ring){r->avail, r->used};
	return rig_take_over(r);
}

/* The back-end's side. */
static inline bool rig_has(const struct rig *r)
{
	return smp_load_acquire(&r->avail[1]) != r->popped;
}

static inline bool rig_pop(struct rig *r, u16 *head)
{
	if (!rig_has(r))
		return false;
	*head = READ_ONCE(r->avail[2 + (r->popped++ & (r->drv.size - 1))]);
	return true;
}

static inline void rig_push(struct rig *r, u32 id, u32 bytes)
{
	u32 *elem = (u32 *)(r->used + 2) + 2 * (r->pushed++ & (r->drv.size - 1));

	WRITE_ONCE(elem[0], id);
	WRITE_ONCE(elem[1], bytes);
	smp_store_release(&r->used[1], r->pushed);
}

#endif
