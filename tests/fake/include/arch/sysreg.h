/* SPDX-License-Identifier: Apache-2.0 */
/* The real header's fields; its registers are variables (fake/arch/sysreg.c), its barriers nothing. */
#include_next <arch/sysreg.h>

#ifndef FAKE_SYSREG_H
#define FAKE_SYSREG_H

#undef read_sysreg
#undef write_sysreg
#undef dsb
#undef dmb
#undef tlbi
#undef clz64
#define read_sysreg(r) fake_sysreg_read(SYSREG_STR(r))
#define write_sysreg(v, r) fake_sysreg_write(SYSREG_STR(r), (v))
#define dsb(scope) ((void)0)
#define dmb(scope) ((void)0)
#define tlbi(op) fake_tlbi()
#define clz64(x) ((x) ? (u64)__builtin_clzl(x) : 64)
#define isb() ((void)0)

/* What other CPUs do while one empties TLBs. */
extern void (*fake_during_tlbi)(void);
void fake_tlbi(void);

u64 fake_sysreg_read(const char *name);
void fake_sysreg_write(const char *name, u64 value);

#endif
