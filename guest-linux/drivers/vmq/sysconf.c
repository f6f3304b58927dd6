// SPDX-License-Identifier: GPL-2.0-only
/* vlx-vmq: what the client is told of its links, and when it wants them to begin anew. */
#include <linux/export.h>
#include "vmq.h"

/* What the client has to hear next, and has heard from then on. */
typedef void (*link_callback)(vmq_link_t *link);

static void go_on(vmq_link_t *link)
{
	link->on = true;
	link->tx.xx.state = VMQ_UP;
	link->rx.xx.state = VMQ_UP;
}

static bool next_callback(vmq_link_t *link, link_callback *fn)
{
	const vmq_callbacks_t *callbacks = &link->links->callbacks;
	const bool tx = link->tx.xx.ready, rx = link->rx.xx.ready;

	if (link->on && !(tx && rx)) {
		link->on = false;
		link->off = true;
		*fn = callbacks->link_off;
		return true;
	}
	if (link->off && !tx && !rx && !link->tx.xx.held && !link->rx.xx.held) {
		*fn = callbacks->link_off_completed;
		return true;
	}
	if (!link->on && !link->off && tx && rx) {
		go_on(link);
		*fn = callbacks->link_on;
		return true;
	}
	return false;
}

/* After the callback: the rings begin anew only when the client has heard that they are free to. */
static void after_callback(vmq_link_t *link, bool completed)
{
	unsigned long flags;

	if (completed) {
		spin_lock_irqsave(&link->lock, flags);
		link->off = false;
		spin_unlock_irqrestore(&link->lock, flags);
		wake_up_all(&link->gone);
		return;
	}
	/* What was sent meanwhile was not told: as if it came now. */
	if (READ_ONCE(link->on))
		nkops.nk_xirq_trigger(link->rx.xx.own_xirq, link->rx.xx.vlink->id);
}

static void look_at(vmq_link_t *link)
{
	unsigned long flags;
	link_callback fn;
	bool due, off;

	for (;;) {
		spin_lock_irqsave(&link->lock, flags);
		off = link->off;
		due = next_callback(link, &fn);
		spin_unlock_irqrestore(&link->lock, flags);
		if (!due)
			return;
		if (fn)
			fn(link);
		after_callback(link, off);
	}
}

void vmq_links_sysconf(vmq_links_t *links)
{
	vmq_link_t *link;
	int times;

	if (atomic_inc_return(&links->sysconfs) > 1)
		return;
	do {
		times = atomic_read(&links->sysconfs);
		list_for_each_entry(link, &links->list, entry) {
			if (link->usable && !READ_ONCE(links->finishing))
				look_at(link);
		}
	} while (atomic_sub_return(times, &links->sysconfs));
}
EXPORT_SYMBOL(vmq_links_sysconf);

static void abort_tx(vmq_link_t *link)
{
	unsigned long flags;
	bool up;

	spin_lock_irqsave(&link->lock, flags);
	up = link->tx.xx.state == VMQ_UP;
	if (up)
		link->tx.xx.state = VMQ_ABORTED;
	wake_up_all(&link->tx.room);
	spin_unlock_irqrestore(&link->lock, flags);
	if (up)
		vlink_bounce(link->tx.xx.vlink);
}

void vmq_links_abort(vmq_links_t *links)
{
	vmq_link_t *link;

	list_for_each_entry(link, &links->list, entry) {
		if (link->usable)
			abort_tx(link);
	}
}
EXPORT_SYMBOL(vmq_links_abort);
