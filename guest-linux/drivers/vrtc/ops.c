// SPDX-License-Identifier: GPL-2.0-only
/* vrtc-fe: what Linux asks of a clock, as calls. Seconds and periods are made of alarms by Linux's own RTC core. */
#include <linux/ioctl.h>
#include "fe.h"

/* A result of the back-end's: 0, or an error; what is none is one. */
static int result_of(const vrtc_res_t *res)
{
	int err = res->res;

	return err <= 0 && err >= -MAX_ERRNO ? err : -EPROTO;
}

static int call(struct vrtc_fe *v, const vrtc_ipc_t *ipc, size_t size, void *answer,
		size_t answer_size)
{
	int err;

	atomic_inc(&v->calls[ipc->req.vcmd]);
	err = vcall(v->end, ipc, size, answer, answer_size);
	return err ?: result_of(answer);
}

int vrtc_simple(struct vrtc_fe *v, u32 cmd)
{
	const vrtc_ipc_t ipc = {.req = {.vcmd = cmd}};
	vrtc_res_t res;

	return call(v, &ipc, sizeof(ipc.req), &res, sizeof(res));
}

static struct vrtc_fe *fe_of(struct device *dev)
{
	return dev_get_drvdata(dev);
}

static int read_time(struct device *dev, struct rtc_time *tm)
{
	const vrtc_ipc_t ipc = {.req = {.vcmd = VRTC_CMD_READ_TIME}};
	vrtc_res_time_t res;
	int err = call(fe_of(dev), &ipc, sizeof(ipc.req), &res, sizeof(res));

	return err ?: vrtc_time_in(tm, &res.time);
}

static int set_time(struct device *dev, struct rtc_time *tm)
{
	const vrtc_ipc_t ipc = {
		.req_time = {.common.vcmd = VRTC_CMD_SET_TIME, .time = vrtc_time_out(tm)},
	};
	vrtc_res_t res;

	return call(fe_of(dev), &ipc, sizeof(ipc.req_time), &res, sizeof(res));
}

static int read_alarm(struct device *dev, struct rtc_wkalrm *alarm)
{
	const vrtc_ipc_t ipc = {.req = {.vcmd = VRTC_CMD_READ_ALARM}};
	vrtc_res_wkalrm_t res;
	int err = call(fe_of(dev), &ipc, sizeof(ipc.req), &res, sizeof(res));

	if (err)
		return err;
	alarm->enabled = !!res.alarm.enabled;
	alarm->pending = !!res.alarm.pending;
	return vrtc_time_in(&alarm->time, &res.alarm.time);
}

int vrtc_send_alarm(struct vrtc_fe *v, const struct rtc_wkalrm *alarm)
{
	const vrtc_ipc_t ipc = {
		.req_wkalrm.common.vcmd = VRTC_CMD_SET_ALARM,
		.req_wkalrm.alarm.enabled = !!alarm->enabled,
		.req_wkalrm.alarm.time = vrtc_time_out(&alarm->time),
	};
	vrtc_res_t res;

	return call(v, &ipc, sizeof(ipc.req_wkalrm), &res, sizeof(res));
}

static int set_alarm(struct device *dev, struct rtc_wkalrm *alarm)
{
	struct vrtc_fe *v = fe_of(dev);
	int err = vrtc_send_alarm(v, alarm);

	if (err)
		return err;
	v->alarm = *alarm;
	v->alarm_set = true;
	return 0;
}

static int alarm_irq_enable(struct device *dev, unsigned int on)
{
	struct vrtc_fe *v = fe_of(dev);
	int err = vrtc_simple(v, on ? VRTC_CMD_IOCTL_RTC_AIE_ON : VRTC_CMD_IOCTL_RTC_AIE_OFF);

	if (!err)
		v->alarm.enabled = on;
	return err;
}

static int ioctl(struct device *dev, unsigned int cmd, unsigned long arg)
{
	struct vrtc_fe *v = fe_of(dev);
	bool on = cmd == RTC_WIE_ON;
	int err;

	if (!on && cmd != RTC_WIE_OFF)
		return -ENOIOCTLCMD;
	err = vrtc_simple(v, on ? VRTC_CMD_IOCTL_RTC_WIE_ON : VRTC_CMD_IOCTL_RTC_WIE_OFF);
	if (!err)
		v->watchdog = on;
	return err;
}

const struct rtc_class_ops vrtc_ops = {
	.read_time = read_time,
	.set_time = set_time,
	.read_alarm = read_alarm,
	.set_alarm = set_alarm,
	.alarm_irq_enable = alarm_irq_enable,
	.ioctl = ioctl,
};
