// SPDX-License-Identifier: GPL-2.0-only
/*
 * VRTC_BE(4D): a clock of this VM for the front-ends of others. Time is the clock's own, one for all; alarms and
 * interrupts are each front-end's.
 */
#include <linux/ioctl.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "be.h"

static char *rtc = "rtc0";
module_param(rtc, charp, 0444);
MODULE_PARM_DESC(rtc, "the clock that is served, rtc0 by default");

DEFINE_MUTEX(vrtc_lock);
struct rtc_device *vrtc_clock;
static LIST_HEAD(served);

static int read_time(vrtc_ipc_t *ipc)
{
	struct rtc_time tm;
	int err = rtc_read_time(vrtc_clock, &tm);

	if (!err)
		ipc->res_time.time = vrtc_time_out(&tm);
	return err;
}

/* All alarms are at another distance now. */
static int set_time(const vrtc_ipc_t *ipc)
{
	struct vrtc_be *v;
	struct rtc_time tm;
	int err = vrtc_time_in(&tm, &ipc->req_time.time) ?: rtc_set_time(vrtc_clock, &tm);

	if (err)
		return err;
	list_for_each_entry(v, &served, entry)
		vrtc_alarm_arm(v);
	return 0;
}

static int read_alarm(struct vrtc_be *v, vrtc_ipc_t *ipc)
{
	struct rtc_time tm;

	rtc_time64_to_tm(v->alarm, &tm);
	ipc->res_wkalrm.alarm = (vrtc_wkalrm_t){
		.enabled = v->alarm_on,
		.pending = v->alarm_pending,
		.time = vrtc_time_out(&tm),
	};
	v->alarm_pending = false;
	return 0;
}

static int switch_alarm(struct vrtc_be *v, bool on)
{
	v->alarm_on = on;
	vrtc_alarm_arm(v);
	return 0;
}

static int set_alarm(struct vrtc_be *v, const vrtc_ipc_t *ipc)
{
	const vrtc_wkalrm_t *alarm = &ipc->req_wkalrm.alarm;
	struct rtc_time tm;
	int err = vrtc_time_in(&tm, &alarm->time);

	if (err)
		return err;
	v->alarm = rtc_tm_to_time64(&tm);
	v->alarm_pending = false;
	return switch_alarm(v, alarm->enabled);
}

static int set_freq(struct vrtc_be *v, u32 freq)
{
	if (!freq || !is_power_of_2(freq))
		return -EINVAL;
	if (freq > vrtc_clock->max_user_freq)
		return -EACCES;
	v->freq = freq;
	WRITE_ONCE(v->period, ns_to_ktime(NSEC_PER_SEC / freq));
	return 0;
}

/* What only the clock's own driver can do. */
static int watchdog(unsigned int cmd)
{
	const struct rtc_class_ops *ops = vrtc_clock->ops;
	int err;

	if (!ops->ioctl)
		return -ENOIOCTLCMD;
	mutex_lock(&vrtc_clock->ops_lock);
	err = ops->ioctl(vrtc_clock->dev.parent, cmd, 0);
	mutex_unlock(&vrtc_clock->ops_lock);
	return err;
}

/* A front-end has nothing on. */
static int release(struct vrtc_be *v)
{
	v->alarm_on = false;
	vrtc_update_switch(v, false);
	return vrtc_periodic_switch(v, false);
}

static int perform(struct vrtc_be *v, u32 cmd, vrtc_ipc_t *ipc)
{
	switch (cmd) {
	case VRTC_CMD_OPEN:
		return 0;
	case VRTC_CMD_RELEASE:
		return release(v);
	case VRTC_CMD_IOCTL_RTC_AIE_ON:
	case VRTC_CMD_IOCTL_RTC_AIE_OFF:
		return switch_alarm(v, cmd == VRTC_CMD_IOCTL_RTC_AIE_ON);
	case VRTC_CMD_IOCTL_RTC_UIE_ON:
	case VRTC_CMD_IOCTL_RTC_UIE_OFF:
		return vrtc_update_switch(v, cmd == VRTC_CMD_IOCTL_RTC_UIE_ON);
	case VRTC_CMD_IOCTL_RTC_PIE_ON:
	case VRTC_CMD_IOCTL_RTC_PIE_OFF:
		return vrtc_periodic_switch(v, cmd == VRTC_CMD_IOCTL_RTC_PIE_ON);
	case VRTC_CMD_IOCTL_RTC_WIE_ON:
		return watchdog(RTC_WIE_ON);
	case VRTC_CMD_IOCTL_RTC_WIE_OFF:
		return watchdog(RTC_WIE_OFF);
	case VRTC_CMD_READ_TIME:
		return read_time(ipc);
	case VRTC_CMD_SET_TIME:
		return set_time(ipc);
	case VRTC_CMD_READ_ALARM:
		return read_alarm(v, ipc);
	case VRTC_CMD_SET_ALARM:
		return set_alarm(v, ipc);
	case VRTC_CMD_IRQ_SET_STATE:
		return vrtc_periodic_switch(v, ipc->req.arg);
	case VRTC_CMD_IRQ_SET_FREQ:
		return set_freq(v, ipc->req.arg);
	default:
		return -ENOIOCTLCMD;
	}
}

/* What a request has, and its answer, in bytes. */
static vrpc_size_t request_size(u32 cmd)
{
	if (cmd == VRTC_CMD_SET_TIME)
		return sizeof(vrtc_req_time_t);
	return cmd == VRTC_CMD_SET_ALARM ? sizeof(vrtc_req_wkalrm_t) : sizeof(vrtc_req_t);
}

static vrpc_size_t answer_size(u32 cmd)
{
	if (cmd == VRTC_CMD_READ_TIME)
		return sizeof(vrtc_res_time_t);
	return cmd == VRTC_CMD_READ_ALARM ? sizeof(vrtc_res_wkalrm_t) : sizeof(vrtc_res_t);
}

static vrpc_size_t call(void *cookie, vrpc_size_t size)
{
	struct vcall_end *end = cookie;
	vrtc_ipc_t ipc = {};
	u32 cmd;
	int res = -EINVAL;

	memcpy(&ipc, vrpc_data(end->vrpc), min_t(size_t, size, sizeof(ipc)));
	cmd = ipc.req.vcmd;
	mutex_lock(&vrtc_lock);
	if (size >= request_size(cmd))
		res = perform(end->private, cmd, &ipc);
	mutex_unlock(&vrtc_lock);
	ipc.res = (vrtc_res_t){.res = res};
	memcpy(vrpc_data(end->vrpc), &ipc, answer_size(cmd));
	return answer_size(cmd);
}

static int probe(struct vcall_end *end)
{
	struct vrtc_be *v;

	v = kzalloc(sizeof(*v), GFP_KERNEL);
	if (!v)
		return -ENOMEM;
	v->end = end;
	v->freq = 1;
	vrtc_alarm_init(v);
	vrtc_ticks_init(v);
	end->private = v;
	mutex_lock(&vrtc_lock);
	list_add(&v->entry, &served);
	mutex_unlock(&vrtc_lock);
	return 0;
}

/* It may be the last that is heard of it. */
static void gone(struct vcall_end *end)
{
	struct vrtc_be *v = end->private;

	mutex_lock(&vrtc_lock);
	release(v);
	v->alarm_pending = false;
	mutex_unlock(&vrtc_lock);
	vrtc_alarm_stop(v);
}

static void remove(struct vcall_end *end)
{
	struct vrtc_be *v = end->private;

	mutex_lock(&vrtc_lock);
	list_del(&v->entry);
	mutex_unlock(&vrtc_lock);
	gone(end);
	kfree(v);
}

static struct vcall_family family = {
	.name = VRTC_NAME,
	.server = true,
	.events = true,
	.room = sizeof(vrtc_ipc_t),
	.probe = probe,
	.remove = remove,
	.down = gone,
	.call = call,
};

/* A VM that serves nobody needs no clock. */
static bool serves_any(void)
{
	struct vrpc_t *vrpc = vrpc_server_lookup(VRTC_NAME, NULL);

	if (vrpc)
		vrpc_release(vrpc);
	return vrpc;
}

static int __init vrtc_be_init(void)
{
	int err;

	INIT_LIST_HEAD(&family.ends);
	if (!serves_any())
		return 0;
	vrtc_clock = rtc_class_open(rtc);
	if (!vrtc_clock) {
		pr_err("vrtc-be: there is no clock %s\n", rtc);
		return -ESRCH;
	}
	err = vcall_open(&family);
	if (err)
		rtc_class_close(vrtc_clock);
	return err;
}

static void __exit vrtc_be_exit(void)
{
	vcall_close(&family);
	if (vrtc_clock)
		rtc_class_close(vrtc_clock);
}

module_init(vrtc_be_init);
module_exit(vrtc_be_exit);
MODULE_DESCRIPTION("A clock of this VM for the front-ends of others");
MODULE_LICENSE("GPL");
