/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two halves of svec share: handles and their calls, and the device below. */
#ifndef SVEC_PRIV_H
#define SVEC_PRIV_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <nk/svec.h>
#include <vlx/svec.h>
#include <vlx/vlink-lib.h>

struct svec {
	Vlink *vlink;
	const char *name;
	NkHypevent *shared;
	spinlock_t lock; /* handles and all they hold; not held while handlers run */
	struct list_head handles[NK_HYPEVENT_EVENTS];
};

/* The event occurred: calls, or makes pending, each of its handles. Context: interrupts are off. */
void svec_deliver(struct svec *svec, unsigned int event);

/* All handles, where nobody can be using them any more. */
void svec_free_handles(struct svec *svec);

#endif
