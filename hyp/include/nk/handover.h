/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What the properties nk.cpus.handover and nk.cpus.give hold. Numbers are little-endian. */
#ifndef NK_HANDOVER_H
#define NK_HANDOVER_H

#include <nk/types.h>

/* How the last request to give a CPU to another VM went. */
#define NK_HANDOVER_NONE 0 /* there was none */
#define NK_HANDOVER_WAITING 1 /* its owner has not let go of it yet */
#define NK_HANDOVER_DONE 2
#define NK_HANDOVER_LATE 3 /* its owner did not let go in its time, and keeps it */
#define NK_HANDOVER_WITHDRAWN 4 /* asked for its owner again meanwhile, which keeps it */

/* nk.cpus.handover: one for each physical CPU. */
typedef struct NkHandover {
	nku8_f owner; /* VM; 0: the CPU is in nobody's handover-affinity */
	nku8_f state; /* NK_HANDOVER_* */
	nku8_f from; /* of the last request, and to whom; 0: there was none */
	nku8_f to;
	nku32_f number; /* counts the requests */
} NkHandover;

/* nk.cpus.give: what is written there is the request. */
typedef struct NkHandoverGive {
	nku32_f cpu; /* physical */
	nku32_f vm;
} NkHandoverGive;

#endif
