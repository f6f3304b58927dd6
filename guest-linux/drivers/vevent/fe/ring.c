// SPDX-License-Identifier: GPL-2.0-only
/* vevent-fe: events that come, and lights and sounds that go back. */
#include <asm/barrier.h>
#include "fe.h"

/* What else there is would come back. */
static bool is_taken(unsigned int type)
{
	switch (type) {
	case EV_SYN:
	case EV_KEY:
	case EV_REL:
	case EV_ABS:
	case EV_MSC:
	case EV_SW:
	case EV_PWR:
		return true;
	default:
		return false;
	}
}

/* Each event is read once; input itself ignores what the device does not have. */
static void take(struct vevent_fe *fe, u32 number)
{
	input_vevent event = *(volatile input_vevent *)&fe->shared->events.ring[VRING_POS(number)];

	if (!is_taken(event.type))
		return;
	input_event(fe->idev, event.type, event.code, event.value);
	if (event.type == EV_SYN)
		return;
	fe->events++;
	fe->last = event;
}

static void take_all(struct vevent_fe *fe)
{
	/* The events are read behind this, as the back-end wrote them before it. */
	u32 there = smp_load_acquire(&fe->shared->events.p_idx) - fe->taken;

	if (there > VRING_SIZE) {
		vlink_broken(fe->vlink, "an index that cannot be");
		return;
	}
	while (there--)
		take(fe, fe->taken++);
	smp_store_release(&fe->shared->events.c_idx, fe->taken); /* they were read */
	smp_mb(); /* of the back-end's: it says that it waits, then looks for room */
	if (READ_ONCE(fe->shared->missed))
		vlink_trigger(fe->vlink, fe->xirq);
}

/* Those that come before there is a device are looked at when it is there. */
void vevent_take(void *cookie, NkXIrq xirq)
{
	struct vevent_fe *fe = cookie;
	unsigned long flags;

	spin_lock_irqsave(&fe->lock, flags);
	if (fe->idev)
		take_all(fe);
	spin_unlock_irqrestore(&fe->lock, flags);
}

static bool put(struct vevent_fe *fe, unsigned int type, unsigned int code, int value)
{
	VRing *back = &fe->shared->back;

	if (fe->put - READ_ONCE(back->c_idx) >= VRING_SIZE)
		return false;
	back->ring[VRING_POS(fe->put)] = (input_vevent){.type = type, .code = code, .value = value};
	fe->put++;
	smp_store_release(&back->p_idx, fe->put); /* it is written */
	return true;
}

int vevent_event(struct input_dev *idev, unsigned int type, unsigned int code, int value)
{
	struct vevent_fe *fe = input_get_drvdata(idev);
	bool there;

	if (type != EV_LED && type != EV_SND)
		return 0;
	spin_lock(&fe->back_lock);
	there = vlink_is_up(fe->vlink) && put(fe, type, code, value);
	fe->back += there;
	fe->back_dropped += !there;
	spin_unlock(&fe->back_lock);
	if (there)
		vlink_trigger(fe->vlink, fe->xirq);
	return there ? 0 : -EIO;
}
