/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A ring of requests in shared memory, as the manual's page VAUDIO_BE(4D) prints it. nk itself knows
 * nothing of rings: they are there for drivers that have agreed on them.
 */
#ifndef NK_RING_H
#define NK_RING_H

#include <nk/types.h>

/* ireq and iresp run freely; `& imask` makes an index of them. */
typedef struct NkDevRing {
	NkOsId pid; /* VM of the producer, 0: not known yet */
	nku32_f type; /* four characters */
	nku32_f cxirq; /* the consumer's cross interrupt */
	nku32_f pxirq; /* the producer's */
	nku32_f dsize; /* bytes of a descriptor */
	nku32_f imask; /* descriptors - 1; their number is a power of 2 */
	nku32_f iresp; /* the consumer's next response */
	nku32_f ireq; /* the producer's next request */
	NkPhAddr base; /* of the descriptors */
} NkDevRing;

_Static_assert(sizeof(NkDevRing) == 40, "NkDevRing has no padding");
_Static_assert(__builtin_offsetof(NkDevRing, ireq) == 28, "NkDevRing.ireq");
_Static_assert(__builtin_offsetof(NkDevRing, base) == 32, "NkDevRing.base");

/* Drivers that bring their own one define this. */
#ifndef NK_NO_RING_DESC
typedef struct NkRingDesc {
	nku32_f status;
	nku32_f bufsize; /* bytes */
	NkPhAddr bufaddr;
} NkRingDesc;

_Static_assert(sizeof(NkRingDesc) == 16, "NkRingDesc has no padding");
#endif

#endif
