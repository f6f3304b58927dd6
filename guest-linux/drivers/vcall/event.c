// SPDX-License-Identifier: GPL-2.0-only
/* vlx-vcall: events of a server: bits in a chunk of pmem, and a cross interrupt of the client. */
#include <linux/export.h>
#include "vcall_priv.h"

static void on_event(void *cookie, NkXIrq xirq)
{
	struct vcall_end *end = cookie;
	u32 events = atomic_xchg(end->events, 0);

	if (!events)
		return;
	end->nr_events++;
	end->family->event(end, events);
}

static NkOsId client_of(const struct vcall_end *end)
{
	return end->family->server ? vrpc_peer_id(end->vrpc) : nkops.nk_id_get();
}

int vcall_events_make(struct vcall_end *end)
{
	NkPhAddr plink = vrpc_plink(end->vrpc);

	end->events_pa = nkops.nk_pmem_alloc(plink, VRPC_PMEM_BASE, sizeof(*end->events));
	if (!end->events_pa)
		return -ENOSPC;
	end->events = nkops.nk_mem_map(end->events_pa, sizeof(*end->events));
	end->xirq = nkops.nk_pxirq_alloc(plink, VRPC_PXIRQ_BASE, client_of(end), 1);
	if (!end->events || !end->xirq)
		return -ENOSPC;
	if (end->family->server)
		return 0;
	atomic_set(end->events, 0); /* of a life before */
	end->handler =
		nkops.nk_xirq_attach_named(end->xirq, on_event, end, (char *)end->family->name);
	return end->handler ? 0 : -ENOSPC;
}

void vcall_events_stop(struct vcall_end *end)
{
	if (end->handler)
		nkops.nk_xirq_detach(end->handler);
	end->handler = 0;
}

void vcall_events_free(struct vcall_end *end)
{
	if (end->events)
		nkops.nk_mem_unmap(end->events, end->events_pa, sizeof(*end->events));
}

void vcall_raise(struct vcall_end *end, u32 events)
{
	if (!vcall_is_up(end))
		return;
	atomic_or(events, end->events);
	nkops.nk_xirq_trigger(end->xirq, vrpc_peer_id(end->vrpc));
}
EXPORT_SYMBOL_GPL(vcall_raise);

int vcall_wake(struct vcall_end *end, bool wakes)
{
	return nk_xirq_wake(end->handler, wakes);
}
EXPORT_SYMBOL_GPL(vcall_wake);
