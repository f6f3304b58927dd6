// SPDX-License-Identifier: GPL-2.0-only
/*
 * vevent-be: devices that are intercepted. Each is grabbed, which keeps its events from all others here; what gives it a
 * node in /dev is taken off it, so that nobody sees its keys there either. Source: VEVENT_BE(4D), "Connecting an input
 * device" and behind it.
 */
#include <linux/slab.h>
#include "be.h"

LIST_HEAD(vevent_devices);
DEFINE_MUTEX(vevent_devices_lock);
unsigned int vevent_focused;

/* Context: the device's event_lock is held. Nothing of it goes on to others. */
static bool filter(struct input_handle *handle, unsigned int type, unsigned int code, int value)
{
	struct vevent_device *d = handle->private;

	spin_lock(&d->lock);
	vevent_route(d, type, code, value);
	spin_unlock(&d->lock);
	return true;
}

/* With input's mutex held, as its own disconnecting is done. */
static void hide(struct input_dev *dev)
{
	struct input_handle *handle, *next;

	list_for_each_entry_safe(handle, next, &dev->h_list, d_node) {
		if (handle->handler->legacy_minors)
			handle->handler->disconnect(handle);
	}
}

/* Noise is taken out of an axis's values once, by who uses it: here they are as the device has them. */
static void take_fuzz(struct vevent_device *d)
{
	struct input_dev *dev = d->handle.dev;

	if (!dev->absinfo)
		return;
	spin_lock_irq(&dev->event_lock);
	for (unsigned int n = 0; n < ABS_CNT; n++) {
		d->fuzz[n] = dev->absinfo[n].fuzz;
		dev->absinfo[n].fuzz = 0;
	}
	spin_unlock_irq(&dev->event_lock);
}

static void give_fuzz_back(struct vevent_device *d)
{
	struct input_dev *dev = d->handle.dev;

	if (!dev->absinfo)
		return;
	spin_lock_irq(&dev->event_lock);
	for (unsigned int n = 0; n < ABS_CNT; n++)
		dev->absinfo[n].fuzz = d->fuzz[n];
	spin_unlock_irq(&dev->event_lock);
}

static struct vevent_end *free_end(unsigned int vm)
{
	struct vevent_end *end;
	Vlink *vlink;

	vlink_for_each(vlink, &vevent_drv) {
		end = vlink->private;
		if (end && vlink->id_peer == vm && !end->device)
			return end;
	}
	return NULL;
}

/* The first link to each of its VMs that has no device. */
static void take_ends(struct vevent_device *d)
{
	unsigned long vms = d->rule->vms;
	struct vevent_end *end;
	unsigned int vm;

	for_each_set_bit(vm, &vms, VEVENT_VM_LAST + 1) {
		end = free_end(vm);
		if (!end) {
			pr_notice("vevent-be: %s: no link to VM %u is free\n",
				  d->handle.dev->name ?: "a device", vm);
			continue;
		}
		end->device = d;
		list_add_tail(&end->entry, &d->ends);
	}
}

static void start_ends(struct vevent_device *d)
{
	struct vevent_end *end;

	list_for_each_entry(end, &d->ends, entry)
		vlink_start(end->vlink);
}

static void free_ends(struct vevent_device *d)
{
	struct vevent_end *end, *next;

	list_for_each_entry(end, &d->ends, entry)
		vlink_stop_begin(end->vlink);
	list_for_each_entry(end, &d->ends, entry)
		vlink_stop(end->vlink);
	if (d->handle.dev->going_away)
		cancel_work_sync(&d->lights);
	else
		flush_work(&d->lights);
	list_for_each_entry_safe(end, next, &d->ends, entry) {
		list_del(&end->entry);
		end->device = NULL;
	}
}

static int intercept(struct vevent_device *d)
{
	int err = input_register_handle(&d->handle);

	if (err)
		return err;
	err = input_open_device(&d->handle);
	if (err)
		goto unregister;
	err = input_grab_device(&d->handle);
	if (err)
		goto close;
	return 0;
close:
	input_close_device(&d->handle);
unregister:
	input_unregister_handle(&d->handle);
	return err;
}

static struct vevent_device *new_device(struct input_dev *dev, const struct vevent_rule *rule)
{
	struct vevent_device *d = kzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return NULL;
	d->rule = rule;
	d->handle.dev = dev;
	d->handle.handler = &vevent_handler;
	d->handle.name = "vevent-be";
	d->handle.private = d;
	INIT_LIST_HEAD(&d->ends);
	spin_lock_init(&d->lock);
	INIT_WORK(&d->lights, vevent_lights);
	return d;
}

static int connect(struct input_handler *handler, struct input_dev *dev,
		   const struct input_device_id *id)
{
	const struct vevent_rule *rule = vevent_rule_for(dev);
	struct vevent_device *d;
	int err;

	if (!rule)
		return -ENODEV;
	d = new_device(dev, rule);
	if (!d)
		return -ENOMEM;
	take_fuzz(d);
	mutex_lock(&vevent_devices_lock);
	d->focus = vevent_focused;
	take_ends(d);
	list_add_tail(&d->entry, &vevent_devices);
	mutex_unlock(&vevent_devices_lock);
	hide(dev);
	err = intercept(d);
	if (!err) {
		start_ends(d);
		return 0;
	}
	mutex_lock(&vevent_devices_lock);
	list_del(&d->entry);
	free_ends(d);
	mutex_unlock(&vevent_devices_lock);
	give_fuzz_back(d);
	kfree(d);
	return err;
}

static void disconnect(struct input_handle *handle)
{
	struct vevent_device *d = handle->private;

	mutex_lock(&vevent_devices_lock);
	list_del(&d->entry);
	free_ends(d);
	mutex_unlock(&vevent_devices_lock);
	input_release_device(handle);
	input_close_device(handle);
	input_unregister_handle(handle);
	give_fuzz_back(d);
	kfree(d);
}

/* Those that the end gets no more, and those that it gets from now on. */
static void move(struct vevent_device *d, unsigned int vm)
{
	struct vevent_end *end;
	u32 before, after;

	spin_lock_irq(&d->lock);
	list_for_each_entry(end, &d->ends, entry) {
		before = vevent_types(d, end->vlink->id_peer, d->focus);
		after = vevent_types(d, end->vlink->id_peer, vm);
		vevent_leave(end, before & ~after);
		vevent_arrive(end, after & ~before);
		vevent_put_end(end);
	}
	d->focus = vm;
	spin_unlock_irq(&d->lock);
	list_for_each_entry(end, &d->ends, entry) {
		if (!vevent_goes_to(end, EV_SND))
			vevent_silence(end);
	}
	schedule_work(&d->lights);
}

void vevent_focus(unsigned int vm)
{
	struct vevent_device *d;

	mutex_lock(&vevent_devices_lock);
	vevent_focused = vm;
	list_for_each_entry(d, &vevent_devices, entry)
		move(d, vm);
	mutex_unlock(&vevent_devices_lock);
}

static const struct input_device_id all_devices[] = {{.driver_info = 1}, {}};

struct input_handler vevent_handler = {
	.filter = filter,
	.connect = connect,
	.disconnect = disconnect,
	.name = "vevent-be",
	.id_table = all_devices,
};
