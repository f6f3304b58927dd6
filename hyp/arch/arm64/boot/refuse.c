// SPDX-License-Identifier: Apache-2.0
/*
 * The line of a CPU that nk cannot run on. The MMU is off and the code is where the loader put it, so
 * nothing here, nor what it calls, may follow a pointer that the linker wrote; no bss.
 */
#include "arch/boot.h"
#include "drivers/uart/uart.h"

/* Called by head.S. level: the exception level; 2: one with HCR_EL2.E2H stuck at 1. */
void boot_refuse(u64 fdt, u64 level);

void boot_refuse(u64 fdt, u64 level)
{
	struct cfg_board board;
	volatile void *uart;

	if ((fdt & 7) || cfg_board_console(&board, (const void *)fdt, FDT_SIZE_MAX) ||
	    board.console.type != CFG_UART_PL011)
		return;
	uart = (volatile void *)board.console.reg.base;
	pl011_say(uart, "nk: error: ");
	if (level == 1)
		pl011_say(uart, "entered at EL1: nk needs EL2 (QEMU: -M virt,virtualization=on)");
	else if (level == 3)
		pl011_say(uart, "entered at EL3: nk needs EL2 and a firmware at EL3");
	else
		pl011_say(uart, "HCR_EL2.E2H stays 1: nk needs a CPU whose EL2 can be without VHE");
	pl011_say(uart, "\r\n");
}
