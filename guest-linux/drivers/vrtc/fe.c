// SPDX-License-Identifier: GPL-2.0-only
/* VRTC_FE(4D): a clock that another VM serves, as /dev/rtcN. */
#include <linux/module.h>
#include <linux/slab.h>
#include "fe.h"

static struct platform_driver driver;

/* What the back-end knew of this front-end, in the order in which it was asked for. */
static int replay(struct vrtc_fe *v)
{
	int err = vrtc_simple(v, VRTC_CMD_OPEN);

	if (!err && v->alarm_set)
		err = vrtc_send_alarm(v, &v->alarm);
	if (!err && v->watchdog)
		err = vrtc_simple(v, VRTC_CMD_IOCTL_RTC_WIE_ON);
	return err;
}

/* Its probe() has been called when this returns, and may have failed nevertheless. */
static int make_device(struct vrtc_fe *v)
{
	struct platform_device *pdev = platform_device_register_data(NULL, driver.driver.name,
								     v->end->unit, &v, sizeof(v));

	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	if (!v->rtc) {
		platform_device_unregister(pdev);
		return -ENODEV;
	}
	v->pdev = pdev;
	return 0;
}

static int begin(struct vcall_end *end)
{
	struct vrtc_fe *v = end->private;
	int err = replay(v);

	return err || v->pdev ? err : make_device(v);
}

static void event(struct vcall_end *end, u32 events)
{
	struct vrtc_fe *v = end->private;
	struct rtc_device *rtc = smp_load_acquire(&v->rtc); /* it is registered */

	v->updates += !!(events & VRTC_EVENT_UF);
	v->alarms += !!(events & VRTC_EVENT_AF);
	v->periods += !!(events & VRTC_EVENT_PF);
	events &= VRTC_EVENT_UF | VRTC_EVENT_AF | VRTC_EVENT_PF;
	if (rtc && events)
		rtc_update_irq(rtc, 1, events | RTC_IRQF);
}

static int probe_end(struct vcall_end *end)
{
	struct vrtc_fe *v;

	v = kzalloc(sizeof(*v), GFP_KERNEL);
	if (!v)
		return -ENOMEM;
	v->end = end;
	end->private = v;
	return 0;
}

static void remove_end(struct vcall_end *end)
{
	struct vrtc_fe *v = end->private;

	platform_device_unregister(v->pdev);
	kfree(v);
}

struct vcall_family vrtc_family = {
	.name = VRTC_NAME,
	.events = true,
	.room = sizeof(vrtc_ipc_t),
	.probe = probe_end,
	.remove = remove_end,
	.up = begin,
	.event = event,
};

/*
 * Within begin(), so that what registering asks for is answered. What wakes the VM when it is registered is kept by
 * Linux's alarm timers for ever, and could not be unloaded: it may do so from then on.
 */
static int probe(struct platform_device *pdev)
{
	struct vrtc_fe *v = *(struct vrtc_fe **)dev_get_platdata(&pdev->dev);
	struct rtc_device *rtc;
	int err;

	platform_set_drvdata(pdev, v);
	device_set_wakeup_capable(&pdev->dev, true);
	rtc = devm_rtc_allocate_device(&pdev->dev);
	if (IS_ERR(rtc))
		return PTR_ERR(rtc);
	rtc->ops = &vrtc_ops;
	err = devm_rtc_register_device(rtc);
	if (err)
		return err;
	device_wakeup_enable(&pdev->dev);
	smp_store_release(&v->rtc, rtc); /* behind its registration: event() */
	return 0;
}

static int suspend(struct device *dev)
{
	struct vrtc_fe *v = dev_get_drvdata(dev);

	if (!device_may_wakeup(dev) || vcall_wake(v->end, true))
		return 0;
	v->irq_wake_enabled++;
	return 0;
}

static int resume(struct device *dev)
{
	struct vrtc_fe *v = dev_get_drvdata(dev);

	if (!v->irq_wake_enabled)
		return 0;
	vcall_wake(v->end, false);
	v->irq_wake_enabled--;
	return 0;
}

static DEFINE_SIMPLE_DEV_PM_OPS(pm_ops, suspend, resume);

static struct platform_driver driver = {
	.probe = probe,
	.driver.name = "vrtc-fe",
	.driver.pm = pm_sleep_ptr(&pm_ops),
	.driver.suppress_bind_attrs = true,
};

static int __init vrtc_fe_init(void)
{
	int err = platform_driver_register(&driver);

	if (err)
		return err;
	err = vcall_open(&vrtc_family);
	if (err)
		goto unregister;
	err = vrtc_proc_add();
	if (!err)
		return 0;
	vcall_close(&vrtc_family);
unregister:
	platform_driver_unregister(&driver);
	return err;
}

/* A back-end that is there hears that it goes, so that nothing of it is on when another front-end comes. */
static void say_goodbye(void)
{
	struct vcall_end *end;

	vcall_for_each(end, &vrtc_family)
		if (vcall_is_up(end))
			vrtc_simple(end->private, VRTC_CMD_RELEASE);
}

static void __exit vrtc_fe_exit(void)
{
	vrtc_proc_remove();
	say_goodbye();
	vcall_close(&vrtc_family);
	platform_driver_unregister(&driver);
}

module_init(vrtc_fe_init);
module_exit(vrtc_fe_exit);
MODULE_DESCRIPTION("A clock that another VM serves");
MODULE_LICENSE("GPL");
