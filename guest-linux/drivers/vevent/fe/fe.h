/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vevent-fe share. */
#ifndef VEVENT_FE_H
#define VEVENT_FE_H

#include <linux/input.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <vlx/vevdev_common.h>
#include <vlx/vlink-lib.h>

#define VEVENT_SLOTS_MAX 256 /* contacts that a device may have */

/* The front-end's end of a link, with a device while the link is up. */
struct vevent_fe {
	Vlink *vlink;
	vevent_shared_t *shared;
	NkXIrq xirq; /* the back-end's */
	struct input_dev *idev; /* NULL: none. The lock's */
	char phys[32];
	vevdev_identity_t identity; /* as the back-end had it at the link's start */
	spinlock_t lock; /* taken and what events count; outside the device's event_lock */
	u32 taken;
	spinlock_t back_lock; /* put; within the event_lock */
	u32 put;
	/* Statistics. */
	u64 events, back, back_dropped;
	unsigned int created, deleted;
	input_vevent last;
};

extern VlinkDrv vevent_drv;

/* idev.c: a device as the back-end describes it, not registered yet; or ERR_PTR(). */
struct input_dev *vevent_idev(struct vevent_fe *fe);

/* ring.c */
void vevent_take(void *cookie, NkXIrq xirq);
/* Puts lights and sounds; with interrupts off, as input calls it. */
int vevent_event(struct input_dev *idev, unsigned int type, unsigned int code, int value);

/* proc.c: /proc/nk/vevent-fe */
int vevent_proc_add(void);
void vevent_proc_remove(void);

#endif
