/* SPDX-License-Identifier: Apache-2.0 */
/* System registers, barriers and device accesses of an EL1 guest. */
#ifndef RT_SYSREG_H
#define RT_SYSREG_H

#include "lib/types.h"

#define sysreg_name_(r) #r
#define sysreg_name(r) sysreg_name_(r)
#define read_sysreg(r)                                                                             \
	({                                                                                         \
		u64 v_;                                                                            \
		asm volatile("mrs %0, " sysreg_name(r) : "=r"(v_)::"memory");                      \
		v_;                                                                                \
	})
#define write_sysreg(r, v) asm volatile("msr " sysreg_name(r) ", %x0" ::"rZ"((u64)(v)) : "memory")

#define isb() asm volatile("isb" ::: "memory")
#define dsb() asm volatile("dsb sy" ::: "memory")
#define dmb() asm volatile("dmb sy" ::: "memory")
#define wfi() asm volatile("dsb sy\n\twfi" ::: "memory")
#define cpu_relax() asm volatile("yield" ::: "memory")
#define irq_enable() asm volatile("msr daifclr, #2\n\tisb" ::: "memory")
#define irq_disable() asm volatile("msr daifset, #2" ::: "memory")

static inline u32 read32(u64 a)
{
	u32 v;

	asm volatile("ldr %w0, [%1]" : "=r"(v) : "r"(a) : "memory");
	return v;
}

static inline void write32(u64 a, u32 v)
{
	asm volatile("str %w0, [%1]" ::"rZ"(v), "r"(a) : "memory");
}

static inline u8 read8(u64 a)
{
	u32 v;

	asm volatile("ldrb %w0, [%1]" : "=r"(v) : "r"(a) : "memory");
	return v;
}

static inline void write8(u64 a, u8 v)
{
	asm volatile("strb %w0, [%1]" ::"rZ"(v), "r"(a) : "memory");
}

static inline u64 read64(u64 a)
{
	u64 v;

	asm volatile("ldr %0, [%1]" : "=r"(v) : "r"(a) : "memory");
	return v;
}

static inline void write64(u64 a, u64 v)
{
	asm volatile("str %x0, [%1]" ::"rZ"(v), "r"(a) : "memory");
}

/* Ticks of the virtual counter, never read early. */
static inline u64 counter(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

#endif
