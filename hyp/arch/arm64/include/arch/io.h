/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device registers, one access each. The compiler cannot split or merge them; order against memory
 * is the caller's, by barriers.
 */
#ifndef ARCH_IO_H
#define ARCH_IO_H

#include "lib/types.h"

static inline u32 io_read32(const volatile void *p)
{
	u32 v;

	__asm__ volatile("ldr %w0, %1" : "=r"(v) : "Q"(*(const volatile u32 *)p) : "memory");
	return v;
}

static inline void io_write32(volatile void *p, u32 v)
{
	__asm__ volatile("str %w1, %0" : "=Q"(*(volatile u32 *)p) : "rZ"(v) : "memory");
}

static inline u64 io_read64(const volatile void *p)
{
	u64 v;

	__asm__ volatile("ldr %0, %1" : "=r"(v) : "Q"(*(const volatile u64 *)p) : "memory");
	return v;
}

static inline void io_write64(volatile void *p, u64 v)
{
	__asm__ volatile("str %x1, %0" : "=Q"(*(volatile u64 *)p) : "rZ"(v) : "memory");
}

static inline void io_write8(volatile void *p, u8 v)
{
	__asm__ volatile("strb %w1, %0" : "=Q"(*(volatile u8 *)p) : "rZ"((u32)v) : "memory");
}

#endif
