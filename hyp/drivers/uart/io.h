/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A UART's registers. The host's tests have a header of this name with models of UARTs behind it. Two accesses to one
 * UART stay in order: both are to device memory (Arm ARM B2.7.2). Context: any, EL2.
 */
#ifndef DRIVERS_UART_IO_H
#define DRIVERS_UART_IO_H

#include "lib/types.h"

static inline u32 io_read8(volatile void *base, u32 offset)
{
	return *((volatile u8 *)base + offset);
}

static inline u32 io_read16(volatile void *base, u32 offset)
{
	return *(volatile u16 *)((volatile u8 *)base + offset);
}

static inline u32 io_read32(volatile void *base, u32 offset)
{
	return *(volatile u32 *)((volatile u8 *)base + offset);
}

static inline void io_write8(volatile void *base, u32 offset, u32 value)
{
	*((volatile u8 *)base + offset) = (u8)value;
}

static inline void io_write16(volatile void *base, u32 offset, u32 value)
{
	*(volatile u16 *)((volatile u8 *)base + offset) = (u16)value;
}

static inline void io_write32(volatile void *base, u32 offset, u32 value)
{
	*(volatile u32 *)((volatile u8 *)base + offset) = value;
}

#endif
