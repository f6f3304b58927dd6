/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * SVEC(4D): events that nk posts to this VM, by name of the controller and number of the event.
 *
 * Every function may be called from any context, task or interrupt, and from within handlers.
 * Handlers run with interrupts off, mostly in the controller's interrupt; the handler of one
 * handle never runs twice at a time, those of several handles may.
 */
#ifndef VLX_SVEC_H
#define VLX_SVEC_H

#include <linux/types.h>

struct svec;
struct svec_event_handle;

typedef void (*svec_hdl_t)(struct svec_event_handle *handle, void *cookie);

/* Returns the controller whose server's info is that name, or NULL; NULL is no name. */
struct svec *svec_lookup(const char *name);

/*
 * Has handler called with cookie when the event occurs, from now on if not masked, else from
 * svec_evt_unmask() on. As often as one likes for one event. Returns a handle, or ERR_PTR():
 * EINVAL (no controller, no handler, no such event), ENOMEM.
 */
struct svec_event_handle *svec_evt_attach(struct svec *svec, unsigned int event, svec_hdl_t handler,
					  void *cookie, bool masked);

/*
 * The handler begins no more; the handle is gone. A call that is under way on another CPU is waited
 * for where that cannot deadlock, which is in task context with interrupts on. Returns 0 or -EINVAL.
 */
int svec_evt_detach(struct svec_event_handle *handle);

/*
 * The handler begins no more until as many svec_evt_unmask() as there were masks; an event that
 * occurs meanwhile pends. Waits as svec_evt_detach() does. Returns 0, -EINVAL, -EOVERFLOW.
 */
int svec_evt_mask(struct svec_event_handle *handle);

/* Ends one mask; with the last one a pending event has the handler called before this returns,
 * unless it is running already: then again after that. Returns 0, or -EINVAL (not masked).
 */
int svec_evt_unmask(struct svec_event_handle *handle);

/* The event and the controller that a handle was attached to; of none an event there is not, NULL. */
unsigned int svec_evt_event(struct svec_event_handle *handle);
struct svec *svec_evt_svec(struct svec_event_handle *handle);

#endif
