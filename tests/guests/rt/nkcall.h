/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls of nk, for EL1 programs: numbers and arguments are in nk/hypercall.h. */
#ifndef RT_NKCALL_H
#define RT_NKCALL_H

#include "lib/types.h"
#include "nk/hypercall.h"

/* Returns x0. x1 to x17 may change (DEN0028, 2.6). */
static inline u64 nk_call(u32 nr, u64 a1, u64 a2, u64 a3, u64 a4)
{
	register u64 x0 __asm__("x0") = NK_HC_FID(nr);
	register u64 x1 __asm__("x1") = a1;
	register u64 x2 __asm__("x2") = a2;
	register u64 x3 __asm__("x3") = a3;
	register u64 x4 __asm__("x4") = a4;

	__asm__ volatile("hvc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4)::"x5", "x6", "x7", "x8",
			   "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");
	return x0;
}

#endif
