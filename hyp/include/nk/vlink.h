/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* A vlink's descriptor in shared memory, as the manual's page of NK_VLINK_LOOKUP(3D) prints it. */
#ifndef NK_VLINK_H
#define NK_VLINK_H

#include <nk/types.h>

#define NK_DEV_VLINK_OFF 0
#define NK_DEV_VLINK_RESET 1
#define NK_DEV_VLINK_ON 2

#define NK_DEV_VLINK_NAME_LIMIT 16

typedef struct NkDevVlink {
	char name[NK_DEV_VLINK_NAME_LIMIT]; /* device class, 15 characters at most and a NUL */
	int link; /* number of the link among those of its name */
	NkOsId s_id; /* VM of the server */
	volatile int s_state; /* NK_DEV_VLINK_* */
	nku32_f s_info; /* address of the server's info string, 0: none */
	NkOsId c_id; /* VM of the client */
	volatile int c_state;
	nku32_f c_info;
	nku32_f pad0;
	nku64_f pad1;
} NkDevVlink;

/*
 * What nk puts behind its links: the descriptor is at the start of a page that both ends may write;
 * info strings are in a page that neither may. NkPhAddr of the descriptor is the link's handle.
 */

#endif
