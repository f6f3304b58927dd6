/* SPDX-License-Identifier: GPL-2.0-only */
/* vrtc-be: what one front-end has of the clock. */
#ifndef VRTC_BE_H
#define VRTC_BE_H

#include <linux/alarmtimer.h>
#include <linux/hrtimer.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <vlx/vcall.h>
#include "wire.h"

struct vrtc_be {
	struct vcall_end *end;
	/* Under vrtc_lock. */
	struct list_head entry; /* of all that are served */
	time64_t alarm;
	bool alarm_on;
	bool alarm_pending; /* it was told, and not read or set since */
	unsigned int freq; /* of periodic interrupts, a second */
	/* Seconds and fractions of it. */
	struct hrtimer update, periodic;
	ktime_t period;
	/* Looks whether the alarm's time has come. */
	struct alarm timer;
	struct work_struct look;
};

extern struct mutex vrtc_lock;
extern struct rtc_device *vrtc_clock;

/* alarm.c. Both are called with vrtc_lock held. */
void vrtc_alarm_init(struct vrtc_be *v);
void vrtc_alarm_arm(struct vrtc_be *v); /* v->alarm, v->alarm_on or the clock have changed */

/* Without vrtc_lock: it is not looked at any more. */
void vrtc_alarm_stop(struct vrtc_be *v);

/* Interrupts each second, or v->freq times; 0 or an error. */
int vrtc_update_switch(struct vrtc_be *v, bool on);
int vrtc_periodic_switch(struct vrtc_be *v, bool on);
void vrtc_ticks_init(struct vrtc_be *v);

#endif
