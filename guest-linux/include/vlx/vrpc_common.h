/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* What both ends of a vrpc link share, in its pmem chunk 0, and the labels that are vrpc's own. */
#ifndef VLX_VRPC_COMMON_H
#define VLX_VRPC_COMMON_H

#include <nk/types.h>

typedef struct vrpc_pmem_t {
	nku32_f req; /* calls so far; by the client */
	nku32_f ack; /* calls that were answered; by the server */
	nku32_f size; /* of the request, then of the answer, in bytes */
	nku8_f data[];
} vrpc_pmem_t;

#define VRPC_PMEM_DEF_SIZE 1024 /* with the header, where no info says another */

_Static_assert(sizeof(vrpc_pmem_t) == 12, "the header that existing drivers have");

#endif
