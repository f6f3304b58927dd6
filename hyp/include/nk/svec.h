/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The shared side of "vl,hypevent.v1" links, whose server is nk: a bitmap of events that pend, one
 * bit each, in the link's pdev chunk NK_HYPEVENT_PDEV_ID, and cross interrupt NK_HYPEVENT_XIRQ_ID
 * of the client. nk sets bits and posts; the client takes a word by exchanging it with 0.
 */
#ifndef NK_SVEC_H
#define NK_SVEC_H

#include <nk/types.h>

#define NK_HYPEVENT_NAME "vl,hypevent.v1"
#define NK_HYPEVENT_EVENTS 1024
#define NK_HYPEVENT_PDEV_ID 0
#define NK_HYPEVENT_XIRQ_ID 0

typedef struct NkHypevent {
	nku64_f pending[NK_HYPEVENT_EVENTS / 64];
} NkHypevent;

/* The instance named "vproperty": event N says that the property with id N changed. */
#define NK_HYPEVENT_VPROPERTY "vproperty"

#endif
