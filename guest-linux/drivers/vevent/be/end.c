// SPDX-License-Identifier: GPL-2.0-only
/*
 * vevent-be: the ends of links, and the ring that events go into. A link is off while no device is on it, so a front-end
 * has one while its link is up.
 */
#include <linux/slab.h>
#include <asm/barrier.h>
#include "be.h"

#define ROOM_AGAIN (VRING_SIZE / 2) /* to tell a front-end where it is */

static u32 room(struct vevent_end *end)
{
	u32 used = end->put - READ_ONCE(end->shared->events.c_idx);

	if (used <= VRING_SIZE)
		return VRING_SIZE - used;
	end->ready = false;
	vlink_broken(end->vlink, "an index that cannot be");
	return 0;
}

static void put(struct vevent_end *end, unsigned int type, unsigned int code, int value)
{
	end->shared->events.ring[VRING_POS(end->put)] =
		(input_vevent){.type = type, .code = code, .value = value};
	end->put++;
	smp_store_release(&end->shared->events.p_idx, end->put); /* it is written */
}

bool vevent_put(struct vevent_end *end, unsigned int type, unsigned int code, int value)
{
	if (!end->ready)
		return false;
	/* One more is for SYN_REPORT. */
	if (end->lost || room(end) < 2) {
		end->lost = true;
		end->dropped++;
		WRITE_ONCE(end->shared->missed, 1);
		return false;
	}
	put(end, type, code, value);
	end->dirty = true;
	end->events++;
	return true;
}

/* The front-end is told what it missed as one that the focus left is, and one that it came to. */
static void catch_up(struct vevent_end *end)
{
	u32 types = vevent_types(end->device, end->vlink->id_peer, end->device->focus);

	smp_mb(); /* of the front-end's: it takes, then looks whether it is waited for */
	if (room(end) < ROOM_AGAIN)
		return;
	end->lost = false;
	WRITE_ONCE(end->shared->missed, 0);
	vevent_leave(end, types);
	vevent_arrive(end, types);
}

void vevent_put_end(struct vevent_end *end)
{
	if (end->ready && end->lost)
		catch_up(end);
	if (!end->ready)
		return;
	if (!end->dirty || !room(end))
		return;
	put(end, EV_SYN, SYN_REPORT, 0);
	end->dirty = false;
	vlink_trigger(end->vlink, end->xirq);
}

static int reset(Vlink *vlink, void *cookie)
{
	struct vevent_end *end = cookie;
	struct vevent_device *d = end->device;

	if (!d)
		return -ENODEV;
	vevent_config(end);
	spin_lock_irq(&d->lock);
	end->put = 0;
	end->taken = 0;
	end->dirty = false;
	end->lost = false;
	end->slot = -1;
	bitmap_zero(end->keys, KEY_CNT);
	bitmap_zero(end->slots, VEVENT_SLOTS);
	spin_unlock_irq(&d->lock);
	WRITE_ONCE(end->shared->events.p_idx, 0);
	WRITE_ONCE(end->shared->missed, 0);
	WRITE_ONCE(end->shared->back.c_idx, 0);
	return 0;
}

/* The front-end has done its RESET. What is put now it finds when it is up. */
static int start(Vlink *vlink, void *cookie)
{
	struct vevent_end *end = cookie;
	struct vevent_device *d = end->device;

	spin_lock_irq(&d->lock);
	end->ready = true;
	vevent_arrive(end, vevent_types(d, vlink->id_peer, d->focus));
	vevent_put_end(end);
	spin_unlock_irq(&d->lock);
	return 0;
}

static int go_up(Vlink *vlink, void *cookie)
{
	struct vevent_end *end = cookie;

	vevent_back(end, 0);
	vlink_trigger(vlink, end->xirq);
	return 0;
}

/* Lights and sounds of a front-end that has gone are off. */
static int stop(Vlink *vlink, void *cookie)
{
	struct vevent_end *end = cookie;
	struct vevent_device *d = end->device;

	spin_lock_irq(&d->lock);
	end->ready = false;
	bitmap_zero(end->leds, LED_CNT);
	spin_unlock_irq(&d->lock);
	vevent_silence(end);
	schedule_work(&d->lights);
	return 0;
}

static int cleanup(Vlink *vlink, void *cookie)
{
	vlink->private = NULL;
	kfree(cookie);
	return 0;
}

static VlinkOpDesc ops[] = {
	{VLINK_OP_RESET, reset}, {VLINK_OP_START, start},     {VLINK_OP_UP, go_up},
	{VLINK_OP_STOP, stop},	 {VLINK_OP_CLEANUP, cleanup}, {},
};

int vevent_vlink_init(Vlink *vlink)
{
	struct vevent_end *end = kzalloc(sizeof(*end), GFP_KERNEL);
	int err;

	if (!end)
		return -ENOMEM;
	end->vlink = vlink;
	spin_lock_init(&end->back_lock);
	err = vlink_ops_register(vlink, ops, end);
	if (err) {
		kfree(end);
		return err;
	}
	end->shared = vlink_pmem(vlink, VEVENT_PMEM_ID, sizeof(*end->shared));
	end->xirq = vlink_peer_xirq(vlink, VEVENT_XIRQ_EVENT);
	if (!end->shared || !end->xirq ||
	    !vlink_xirq_attach(vlink, VEVENT_XIRQ_BACK, vevent_back, end, "vevent-be"))
		return -ENOMEM;
	vlink->private = end;
	return 0;
}
