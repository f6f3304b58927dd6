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

_Static_assert(sizeof(NkDevVlink) == 56, "NkDevVlink has no padding");
_Static_assert(__builtin_offsetof(NkDevVlink, link) == 16, "NkDevVlink.link");
_Static_assert(__builtin_offsetof(NkDevVlink, s_id) == 20, "NkDevVlink.s_id");
_Static_assert(__builtin_offsetof(NkDevVlink, s_state) == 24, "NkDevVlink.s_state");
_Static_assert(__builtin_offsetof(NkDevVlink, s_info) == 28, "NkDevVlink.s_info");
_Static_assert(__builtin_offsetof(NkDevVlink, c_id) == 32, "NkDevVlink.c_id");
_Static_assert(__builtin_offsetof(NkDevVlink, c_state) == 36, "NkDevVlink.c_state");
_Static_assert(__builtin_offsetof(NkDevVlink, c_info) == 40, "NkDevVlink.c_info");
_Static_assert(__builtin_offsetof(NkDevVlink, pad1) == 48, "NkDevVlink.pad1");

/*
 * The descriptor is at the start of a page that both ends may write; its NkPhAddr is the link's
 * handle. Info strings are in the page in front of it, which neither may write, and which ends with
 * a NUL at the latest. So a VM need not believe what its peer may have put into s_info and c_info:
 * an address outside of that page is none of nk's.
 */
#define NK_VLINK_INFO_BYTES 4096

#endif
