/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of a UART all of which have 32 bits. Context: any, EL2. */
#ifndef DRIVERS_UART_REG32_H
#define DRIVERS_UART_REG32_H

#include "drivers/uart/io.h"
#include "drivers/uart/uart.h"

static inline u32 rd(const struct uart *u, u32 reg)
{
	return io_read32(u->base, reg);
}

static inline void wr(const struct uart *u, u32 reg, u32 value)
{
	io_write32(u->base, reg, value);
}

#endif
