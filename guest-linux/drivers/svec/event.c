// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handles of svec: attaching, masking, calling.
 *
 * A handle that has something pending is called by whoever finds it neither masked nor running:
 * the interrupt, or who unmasks it. Who finds it running leaves the event pending, and the one who
 * runs it calls again. So no event is lost and no handler is entered twice.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include "svec_priv.h"

struct svec_event_handle {
	struct list_head entry;
	struct svec *svec;
	unsigned int event;
	svec_hdl_t handler;
	void *cookie;
	unsigned int masks;
	bool pending;
	bool running;
	bool orphan; /* detached while it ran, by somebody who could not wait */
};

static bool callable(const struct svec_event_handle *handle)
{
	return handle->pending && !handle->masks && !handle->running;
}

/* Takes and leaves with svec->lock held, interrupts off; the handle may be gone afterwards. */
static void call(struct svec_event_handle *handle)
{
	struct svec *svec = handle->svec;
	bool orphan;

	handle->running = true;
	while (handle->pending && !handle->masks) {
		handle->pending = false;
		spin_unlock(&svec->lock);
		handle->handler(handle, handle->cookie);
		spin_lock(&svec->lock);
	}
	orphan = handle->orphan;
	/* Who is in wait_idle() sees what the handler did, and may free the handle from here on. */
	smp_store_release(&handle->running, false);
	if (orphan)
		kfree(handle);
}

static struct svec_event_handle *first_callable(struct list_head *head)
{
	struct svec_event_handle *handle;

	list_for_each_entry(handle, head, entry) {
		if (callable(handle))
			return handle;
	}
	return NULL;
}

void svec_deliver(struct svec *svec, unsigned int event)
{
	struct list_head *head = &svec->handles[event];
	struct svec_event_handle *handle;

	spin_lock(&svec->lock);
	list_for_each_entry(handle, head, entry)
		handle->pending = true;
	/* Handlers attach and detach, so the list is begun anew after each. */
	while ((handle = first_callable(head)))
		call(handle);
	spin_unlock(&svec->lock);
}

/*
 * A handler that runs on this CPU below us cannot be waited for: then interrupts are off. Where
 * they are on, it runs on another CPU, with interrupts off, and ends soon.
 */
static bool may_wait(void)
{
	return in_task() && !irqs_disabled();
}

static void wait_idle(struct svec_event_handle *handle)
{
	/* Pairs with call(). */
	while (smp_load_acquire(&handle->running))
		cpu_relax();
}

struct svec_event_handle *svec_evt_attach(struct svec *svec, unsigned int event, svec_hdl_t handler,
					  void *cookie, bool masked)
{
	struct svec_event_handle *handle;
	unsigned long flags;

	if (!svec || !handler || event >= NK_HYPEVENT_EVENTS)
		return ERR_PTR(-EINVAL);
	handle = kzalloc(sizeof(*handle), GFP_ATOMIC);
	if (!handle)
		return ERR_PTR(-ENOMEM);
	handle->svec = svec;
	handle->event = event;
	handle->handler = handler;
	handle->cookie = cookie;
	handle->masks = masked;
	spin_lock_irqsave(&svec->lock, flags);
	list_add_tail(&handle->entry, &svec->handles[event]);
	spin_unlock_irqrestore(&svec->lock, flags);
	return handle;
}
EXPORT_SYMBOL(svec_evt_attach);

int svec_evt_detach(struct svec_event_handle *handle)
{
	const bool wait = may_wait();
	unsigned long flags;
	struct svec *svec;
	bool running;

	if (IS_ERR_OR_NULL(handle))
		return -EINVAL;
	svec = handle->svec;
	spin_lock_irqsave(&svec->lock, flags);
	list_del(&handle->entry);
	handle->pending = false;
	running = handle->running;
	handle->orphan = running && !wait;
	spin_unlock_irqrestore(&svec->lock, flags);
	if (running && !wait)
		return 0;
	wait_idle(handle);
	kfree(handle);
	return 0;
}
EXPORT_SYMBOL(svec_evt_detach);

int svec_evt_mask(struct svec_event_handle *handle)
{
	unsigned long flags;
	struct svec *svec;

	if (IS_ERR_OR_NULL(handle))
		return -EINVAL;
	svec = handle->svec;
	spin_lock_irqsave(&svec->lock, flags);
	if (handle->masks == UINT_MAX) {
		spin_unlock_irqrestore(&svec->lock, flags);
		return -EOVERFLOW;
	}
	handle->masks++;
	spin_unlock_irqrestore(&svec->lock, flags);
	if (may_wait())
		wait_idle(handle);
	return 0;
}
EXPORT_SYMBOL(svec_evt_mask);

int svec_evt_unmask(struct svec_event_handle *handle)
{
	unsigned long flags;
	struct svec *svec;

	if (IS_ERR_OR_NULL(handle))
		return -EINVAL;
	svec = handle->svec;
	spin_lock_irqsave(&svec->lock, flags);
	if (!handle->masks) {
		spin_unlock_irqrestore(&svec->lock, flags);
		return -EINVAL;
	}
	handle->masks--;
	if (callable(handle))
		call(handle);
	spin_unlock_irqrestore(&svec->lock, flags);
	return 0;
}
EXPORT_SYMBOL(svec_evt_unmask);

unsigned int svec_evt_event(struct svec_event_handle *handle)
{
	return IS_ERR_OR_NULL(handle) ? NK_HYPEVENT_EVENTS : handle->event;
}
EXPORT_SYMBOL(svec_evt_event);

struct svec *svec_evt_svec(struct svec_event_handle *handle)
{
	return IS_ERR_OR_NULL(handle) ? NULL : handle->svec;
}
EXPORT_SYMBOL(svec_evt_svec);

void svec_free_handles(struct svec *svec)
{
	struct svec_event_handle *handle, *next;
	unsigned int event;

	for (event = 0; event < NK_HYPEVENT_EVENTS; event++)
		list_for_each_entry_safe(handle, next, &svec->handles[event], entry)
			kfree(handle);
}
