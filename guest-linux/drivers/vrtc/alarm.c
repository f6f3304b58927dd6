// SPDX-License-Identifier: GPL-2.0-only
/*
 * vrtc-be: alarms of several front-ends by one clock, whose own alarm stays its VM's. A timer that wakes this VM
 * from sleep too says when to look at the clock: a second before, from then on eight times a second; and each minute, as
 * somebody else may have set the clock.
 */
#include <linux/kernel.h>
#include "be.h"

#define LOOK_MS 125
#define LOOK_SECONDS 60

static void start(struct vrtc_be *v, time64_t left)
{
	ktime_t wait = left > 1 ? ktime_set(min_t(time64_t, left - 1, LOOK_SECONDS), 0)
				: ms_to_ktime(LOOK_MS);

	alarm_start_relative(&v->timer, wait);
}

/* A clock that cannot be read is looked at again. */
static time64_t seconds_left(const struct vrtc_be *v)
{
	struct rtc_time now;

	if (rtc_read_time(vrtc_clock, &now))
		return LOOK_SECONDS;
	return v->alarm - rtc_tm_to_time64(&now);
}

void vrtc_alarm_arm(struct vrtc_be *v)
{
	time64_t left;

	if (!v->alarm_on)
		return;
	left = seconds_left(v);
	if (left > 0) {
		start(v, left);
		return;
	}
	v->alarm_on = false;
	v->alarm_pending = true;
	vcall_raise(v->end, VRTC_EVENT_AF);
}

static void look(struct work_struct *work)
{
	struct vrtc_be *v = container_of(work, struct vrtc_be, look);

	mutex_lock(&vrtc_lock);
	vrtc_alarm_arm(v);
	mutex_unlock(&vrtc_lock);
}

static enum alarmtimer_restart fired(struct alarm *alarm, ktime_t now)
{
	struct vrtc_be *v = container_of(alarm, struct vrtc_be, timer);

	schedule_work(&v->look);
	return ALARMTIMER_NORESTART;
}

void vrtc_alarm_init(struct vrtc_be *v)
{
	alarm_init(&v->timer, ALARM_BOOTTIME, fired);
	INIT_WORK(&v->look, look);
}

/* alarm_on is false, so that looking does not start the timer again. */
void vrtc_alarm_stop(struct vrtc_be *v)
{
	alarm_cancel(&v->timer);
	cancel_work_sync(&v->look);
	alarm_cancel(&v->timer);
}

static enum hrtimer_restart second(struct hrtimer *timer)
{
	struct vrtc_be *v = container_of(timer, struct vrtc_be, update);

	vcall_raise(v->end, VRTC_EVENT_UF);
	hrtimer_forward_now(timer, ktime_set(1, 0));
	return HRTIMER_RESTART;
}

static enum hrtimer_restart fraction(struct hrtimer *timer)
{
	struct vrtc_be *v = container_of(timer, struct vrtc_be, periodic);

	vcall_raise(v->end, VRTC_EVENT_PF);
	hrtimer_forward_now(timer, READ_ONCE(v->period));
	return HRTIMER_RESTART;
}

static int switch_timer(struct hrtimer *timer, bool on, ktime_t period)
{
	hrtimer_cancel(timer);
	if (on)
		hrtimer_start(timer, period, HRTIMER_MODE_REL);
	return 0;
}

int vrtc_update_switch(struct vrtc_be *v, bool on)
{
	return switch_timer(&v->update, on, ktime_set(1, 0));
}

int vrtc_periodic_switch(struct vrtc_be *v, bool on)
{
	WRITE_ONCE(v->period, ns_to_ktime(NSEC_PER_SEC / v->freq));
	return switch_timer(&v->periodic, on, v->period);
}

void vrtc_ticks_init(struct vrtc_be *v)
{
	hrtimer_init(&v->update, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	v->update.function = second;
	hrtimer_init(&v->periodic, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	v->periodic.function = fraction;
}
