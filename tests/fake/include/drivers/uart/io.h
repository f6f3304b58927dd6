/* SPDX-License-Identifier: Apache-2.0 */
/* A UART's registers are a model's: tests/unit/drivers/uart. */
#ifndef FAKE_UART_IO_H
#define FAKE_UART_IO_H

#include "lib/types.h"

u32 io_read8(volatile void *base, u32 offset);
u32 io_read16(volatile void *base, u32 offset);
u32 io_read32(volatile void *base, u32 offset);
void io_write8(volatile void *base, u32 offset, u32 value);
void io_write16(volatile void *base, u32 offset, u32 value);
void io_write32(volatile void *base, u32 offset, u32 value);

#endif
