/* SPDX-License-Identifier: GPL-2.0-only */
/* vrtc-fe: a clock that another VM serves. */
#ifndef VRTC_FE_H
#define VRTC_FE_H

#include <linux/atomic.h>
#include <linux/platform_device.h>
#include <vlx/vcall.h>
#include "wire.h"

struct vrtc_fe {
	struct vcall_end *end;
	struct platform_device *pdev; /* NULL: the back-end has not been there yet */
	struct rtc_device *rtc; /* of its driver; NULL: not registered */
	/* For a back-end that comes back; by rtc's ops, one at a time, and by up(). */
	struct rtc_wkalrm alarm;
	bool alarm_set;
	bool watchdog;
	/* For /proc/vrtc. */
	atomic_t calls[VRTC_CMD_MAX];
	unsigned long updates, alarms, periods;
	int irq_wake_enabled;
};

extern struct vcall_family vrtc_family;

/* ops.c: calls of that size, without or with an answer that is more than a result. 0 or an error. */
int vrtc_simple(struct vrtc_fe *v, u32 cmd);
int vrtc_send_alarm(struct vrtc_fe *v, const struct rtc_wkalrm *alarm);
extern const struct rtc_class_ops vrtc_ops;

/* proc.c: /proc/vrtc. */
int vrtc_proc_add(void);
void vrtc_proc_remove(void);

#endif
