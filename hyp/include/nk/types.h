/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Types of the NKDDI, by the names the reference manual gives them. */
#ifndef NK_TYPES_H
#define NK_TYPES_H

typedef unsigned char nku8_f;
typedef unsigned short nku16_f;
typedef unsigned int nku32_f;
typedef unsigned long long nku64_f;

typedef nku64_f NkPhAddr; /* guest-physical address (IPA) */
typedef nku64_f NkPhSize; /* bytes */
typedef nku32_f NkOsId; /* VM id: 0 idle time, 1 nk, guests from 2 on */
typedef nku32_f NkOsMask; /* bit N: VM N */
typedef nku32_f NkCpuMask; /* bit N: vCPU N */
typedef nku32_f NkResourceId; /* label of what is allocated on a vlink: 0, 1, 2, ... */
typedef nku32_f NkXIrq; /* cross interrupt: <nk/xirq.h> */

#define NK_OS_NKERNEL 1
#define NK_OS_LIMIT 32 /* VM ids are below this */

#endif
