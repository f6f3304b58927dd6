// SPDX-License-Identifier: Apache-2.0
/* What stands between the console's interrupt and the GIC. */
#include "drivers/uart/io.h"
#include "drivers/uart/uart.h"

void uart_set_inverter(volatile void *reg, const struct cfg_inverter *inverter)
{
	io_write32(reg, 0, (io_read32(reg, 0) & ~inverter->mask) | inverter->value);
}
