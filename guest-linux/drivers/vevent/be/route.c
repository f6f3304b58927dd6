// SPDX-License-Identifier: GPL-2.0-only
/*
 * vevent-be: which events go to whom, so that each front-end has a whole picture: a key's release only to those that had
 * its press, what is of a contact only to those that it began at, and to each which contact it is about.
 */
#include <linux/input/mt.h>
#include "be.h"

u32 vevent_types(const struct vevent_device *d, unsigned int vm, unsigned int focus)
{
	u32 types = 0;

	for (unsigned int type = 0; type < VEVENT_TYPES; type++) {
		if (vevent_recipients(d->rule, type, focus) & 1u << vm)
			types |= 1u << type;
	}
	return types;
}

/* A press that does not fit is none: its release would be for nothing. */
static void send_key(struct vevent_end *end, unsigned int code, int value)
{
	if (value == 2) {
		if (test_bit(code, end->keys))
			vevent_put(end, EV_KEY, code, value);
		return;
	}
	if (!!value != test_bit(code, end->keys) && vevent_put(end, EV_KEY, code, value))
		__assign_bit(code, end->keys, value);
}

static bool tell_slot(struct vevent_end *end, int slot)
{
	if (end->slot == slot)
		return true;
	if (!vevent_put(end, EV_ABS, ABS_MT_SLOT, slot))
		return false;
	end->slot = slot;
	return true;
}

static void send_contact(struct vevent_end *end, int slot, unsigned int code, int value)
{
	bool begins = code == ABS_MT_TRACKING_ID && value >= 0;
	bool ends = code == ABS_MT_TRACKING_ID && value < 0;

	if (slot < 0 || slot >= VEVENT_SLOTS || (!begins && !test_bit(slot, end->slots)))
		return;
	if (!tell_slot(end, slot) || !vevent_put(end, EV_ABS, code, value))
		return;
	if (begins)
		__set_bit(slot, end->slots);
	if (ends)
		__clear_bit(slot, end->slots);
}

static bool has_slots(const struct vevent_device *d)
{
	return test_bit(ABS_MT_SLOT, d->handle.dev->absbit);
}

static void send(struct vevent_device *d, struct vevent_end *end, unsigned int type,
		 unsigned int code, int value)
{
	if (type == EV_KEY)
		send_key(end, code, value);
	else if (type == EV_ABS && code >= ABS_MT_SLOT && has_slots(d))
		send_contact(end, d->slot, code, value);
	else
		vevent_put(end, type, code, value);
}

/* Those of lights and sounds are only what a front-end wanted; keys repeat in the front-end, if the device's do. */
static bool is_ignored(const struct vevent_device *d, unsigned int type, unsigned int code,
		       int value)
{
	switch (type) {
	case EV_KEY:
		return code >= KEY_CNT || (value == 2 && test_bit(EV_REP, d->handle.dev->evbit));
	case EV_REL:
	case EV_ABS:
	case EV_MSC:
	case EV_SW:
	case EV_PWR:
		return false;
	default:
		return true;
	}
}

static void synchronize(struct vevent_device *d, unsigned int code)
{
	struct vevent_end *end;

	list_for_each_entry(end, &d->ends, entry) {
		if (code == SYN_REPORT)
			vevent_put_end(end);
		else if (code == SYN_MT_REPORT && vevent_goes_to(end, EV_ABS))
			vevent_put(end, EV_SYN, code, 0);
	}
}

void vevent_route(struct vevent_device *d, unsigned int type, unsigned int code, int value)
{
	struct vevent_end *end;

	if (type == EV_SYN) {
		synchronize(d, code);
		return;
	}
	if (type == EV_ABS && code == ABS_MT_SLOT) {
		d->slot = value;
		return;
	}
	if (is_ignored(d, type, code, value))
		return;
	list_for_each_entry(end, &d->ends, entry) {
		if (vevent_goes_to(end, type))
			send(d, end, type, code, value);
	}
}

void vevent_leave(struct vevent_end *end, u32 types)
{
	unsigned int n;

	if (types & BIT(EV_KEY)) {
		for_each_set_bit(n, end->keys, KEY_CNT)
			send_key(end, n, 0);
	}
	if (types & BIT(EV_ABS)) {
		for_each_set_bit(n, end->slots, VEVENT_SLOTS)
			send_contact(end, n, ABS_MT_TRACKING_ID, -1);
	}
}

/* Those of a contact come with the next one. */
static void tell_axes(struct vevent_end *end)
{
	const struct input_dev *dev = end->device->handle.dev;
	unsigned int n;

	if (!dev->absinfo)
		return;
	for_each_set_bit(n, dev->absbit, ABS_MT_SLOT)
		vevent_put(end, EV_ABS, n, dev->absinfo[n].value);
}

static void tell_switches(struct vevent_end *end)
{
	const struct input_dev *dev = end->device->handle.dev;
	unsigned int n;

	for_each_set_bit(n, dev->swbit, SW_CNT)
		vevent_put(end, EV_SW, n, test_bit(n, dev->sw));
}

void vevent_arrive(struct vevent_end *end, u32 types)
{
	if (types & BIT(EV_ABS) && test_bit(EV_ABS, end->device->handle.dev->evbit))
		tell_axes(end);
	if (types & BIT(EV_SW) && test_bit(EV_SW, end->device->handle.dev->evbit))
		tell_switches(end);
}
