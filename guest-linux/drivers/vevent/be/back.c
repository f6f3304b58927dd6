// SPDX-License-Identifier: GPL-2.0-only
/*
 * vevent-be: what comes from front-ends: that they have taken events, and lights and sounds that they want. A light is on while
 * one that may have it on wants it: those to which an event of that type would go. So with the focus a keyboard's lights are
 * those of the VM that has it.
 */
#include <asm/barrier.h>
#include "be.h"

static void inject(struct vevent_end *end, unsigned int type, unsigned int code, int value)
{
	input_inject_event(&end->device->handle, type, code, value);
}

static void want_light(struct vevent_end *end, unsigned int code, bool on)
{
	struct vevent_device *d = end->device;
	unsigned long flags;

	if (code >= LED_CNT)
		return;
	spin_lock_irqsave(&d->lock, flags);
	__assign_bit(code, end->leds, on);
	spin_unlock_irqrestore(&d->lock, flags);
	schedule_work(&d->lights);
}

/* What is off already is nobody's to turn off, as another's may be on. */
static void want_sound(struct vevent_end *end, unsigned int code, int value)
{
	struct vevent_device *d = end->device;
	unsigned long flags;
	bool may;

	if (code >= SND_CNT)
		return;
	spin_lock_irqsave(&d->lock, flags);
	may = end->ready && (value ? vevent_goes_to(end, EV_SND) : test_bit(code, end->snds));
	if (may)
		__assign_bit(code, end->snds, value);
	spin_unlock_irqrestore(&d->lock, flags);
	if (may)
		inject(end, EV_SND, code, value);
}

/* Each event is read once. */
static void take(struct vevent_end *end, u32 number)
{
	input_vevent event = *(volatile input_vevent *)&end->shared->back.ring[VRING_POS(number)];

	end->back++;
	if (event.type == EV_LED)
		want_light(end, event.code, event.value);
	else if (event.type == EV_SND)
		want_sound(end, event.code, event.value);
}

static void take_all(struct vevent_end *end)
{
	/* The events are read behind this, as the front-end wrote them before it. */
	u32 there = smp_load_acquire(&end->shared->back.p_idx) - end->taken;

	if (there > VRING_SIZE) {
		vlink_broken(end->vlink, "an index that cannot be");
		return;
	}
	while (there--)
		take(end, end->taken++);
	smp_store_release(&end->shared->back.c_idx, end->taken); /* they were read */
}

void vevent_back(void *cookie, NkXIrq xirq)
{
	struct vevent_end *end = cookie;
	struct vevent_device *d = end->device;
	unsigned long flags;

	spin_lock_irqsave(&end->back_lock, flags);
	take_all(end);
	spin_unlock_irqrestore(&end->back_lock, flags);
	spin_lock_irqsave(&d->lock, flags);
	vevent_put_end(end);
	spin_unlock_irqrestore(&d->lock, flags);
}

void vevent_silence(struct vevent_end *end)
{
	struct vevent_device *d = end->device;
	DECLARE_BITMAP(on, SND_CNT);
	unsigned int n;

	spin_lock_irq(&end->back_lock);
	spin_lock(&d->lock);
	bitmap_copy(on, end->snds, SND_CNT);
	bitmap_zero(end->snds, SND_CNT);
	spin_unlock(&d->lock);
	for_each_set_bit(n, on, SND_CNT)
		inject(end, EV_SND, n, 0);
	spin_unlock_irq(&end->back_lock);
}

void vevent_lights(struct work_struct *work)
{
	struct vevent_device *d = container_of(work, struct vevent_device, lights);
	const struct input_dev *dev = d->handle.dev;
	DECLARE_BITMAP(on, LED_CNT) = {};
	struct vevent_end *end;
	unsigned int n;

	spin_lock_irq(&d->lock);
	list_for_each_entry(end, &d->ends, entry) {
		if (end->ready && vevent_goes_to(end, EV_LED))
			bitmap_or(on, on, end->leds, LED_CNT);
	}
	spin_unlock_irq(&d->lock);
	for_each_set_bit(n, dev->ledbit, LED_CNT)
		input_inject_event(&d->handle, EV_LED, n, test_bit(n, on));
}
