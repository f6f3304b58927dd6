/* SPDX-License-Identifier: Apache-2.0 */
/* A CPU with 40 bits of physical addresses, and nothing to wait for. */
#ifndef ARCH_SYSREG_H
#define ARCH_SYSREG_H

#include "lib/types.h"

#define read_sysreg(name) 2
#define id_field(reg, shift) ((u32)((reg) >> (shift)) & 15)
#define dsb(what)                                                                                  \
	do {                                                                                       \
	} while (0)

#define dmb(what) dsb(what)
#define write_sysreg(value, name) ((void)(value))
#define isb() dsb(sy)
#define tlbi(op) dsb(sy)

#endif
