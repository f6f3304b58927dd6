/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vevent-be share. */
#ifndef VEVENT_BE_H
#define VEVENT_BE_H

#include <linux/bitmap.h>
#include <linux/input.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <vlx/vevdev_common.h>
#include <vlx/vlink-lib.h>
#include "../setup/setup.h"

#define VEVENT_SLOTS 256 /* contacts of a touchscreen that are told apart */
#define VEVENT_OWN "vevent-fe" /* how what a front-end in this VM made begins its `phys` */

/* A device that is intercepted. */
struct vevent_device {
	struct list_head entry; /* of vevent_devices */
	struct list_head ends;
	struct input_handle handle;
	const struct vevent_rule *rule;
	/* All of its ends' that is not said to be another's; within the device's event_lock. */
	spinlock_t lock;
	unsigned int focus; /* the VM that has it */
	int slot; /* the contact that events are of */
	struct work_struct lights; /* puts them to what they should be */
	int fuzz[ABS_CNT]; /* the device's own, while it is intercepted */
};

/* The back-end's end of a link: for a device, or free. */
struct vevent_end {
	struct list_head entry; /* of its device's ends */
	Vlink *vlink;
	vevent_shared_t *shared;
	NkXIrq xirq; /* the front-end's */
	struct vevent_device *device; /* NULL: free. Changes only while the link is stopped */
	bool ready; /* the front-end is there for events */
	bool dirty; /* events wait for SYN_REPORT */
	bool lost; /* some did not fit: the front-end has to be told what is */
	u32 put; /* events, since the link's start */
	spinlock_t back_lock; /* taken, and that sounds are put in order; outside all others */
	u32 taken; /* of those that come back */
	int slot; /* the contact that the front-end takes events to be of; -1: not told yet */
	DECLARE_BITMAP(keys, KEY_CNT); /* that the front-end believes are pressed */
	DECLARE_BITMAP(slots, VEVENT_SLOTS); /* contacts that it knows of */
	DECLARE_BITMAP(leds, LED_CNT); /* lights as it wants them */
	DECLARE_BITMAP(snds, SND_CNT); /* sounds that it has on */
	u64 events, dropped, back; /* that were sent, did not fit, came back */
};

/* device.c. The list is the lock's, each device's ends, and the VM that has the focus (0: none is known). */
extern struct list_head vevent_devices;
extern struct mutex vevent_devices_lock;
extern unsigned int vevent_focused;
extern struct input_handler vevent_handler;
void vevent_focus(unsigned int vm);

/* config.c: puts what the front-end has to know of the device into shared memory. */
void vevent_config(struct vevent_end *end);
/* The device as the setup's expressions see it. */
void vevent_describe(const struct input_dev *dev, struct vexpr_device *d);

/* rules.c: the setup, of the info of links. */
int vevent_rules_read(const VlinkDrv *drv);
void vevent_rules_free(void);
/* Returns NULL where the device is none of ours. */
const struct vevent_rule *vevent_rule_for(const struct input_dev *dev);

/* end.c */
extern VlinkDrv vevent_drv;
int vevent_vlink_init(Vlink *vlink);
/* With the device's lock. Puts an event into the ring; returns whether it is there. */
bool vevent_put(struct vevent_end *end, unsigned int type, unsigned int code, int value);
/* Ends what was put, and tells the front-end; before that, what it missed, if there is room again. */
void vevent_put_end(struct vevent_end *end);

/* route.c, with the device's lock */
void vevent_route(struct vevent_device *d, unsigned int type, unsigned int code, int value);
/* The end's VM gets no more events of the types that are in `types`: keys are released, contacts lifted. */
void vevent_leave(struct vevent_end *end, u32 types);
/* ... and now it does: it is told where axes and switches are. */
void vevent_arrive(struct vevent_end *end, u32 types);
/* Types of which that VM gets events, as bits, while one has the focus. */
u32 vevent_types(const struct vevent_device *d, unsigned int vm, unsigned int focus);

/* back.c: lights and sounds. */
void vevent_back(void *cookie, NkXIrq xirq);
void vevent_lights(struct work_struct *work);
/* Sounds of that end's are off; without a lock. */
void vevent_silence(struct vevent_end *end);

/* proc.c: /proc/nk/vevent-be */
int vevent_proc_add(void);
void vevent_proc_remove(void);

static inline bool vevent_goes_to(const struct vevent_end *end, unsigned int type)
{
	const struct vevent_device *d = end->device;

	return vevent_recipients(d->rule, type, d->focus) & 1u << end->vlink->id_peer;
}

#endif
