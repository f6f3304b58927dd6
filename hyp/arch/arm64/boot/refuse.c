// SPDX-License-Identifier: Apache-2.0
/*
 * The line of a CPU that nk cannot run on. The MMU is off and the code is where the loader put it, so
 * nothing here, nor what it calls, may follow a pointer that the linker wrote; no bss.
 */
#include "arch/boot.h"
#include "drivers/uart/uart.h"

#define LINE(text) "nk: error: " text "\r\n"
#define SAY(board, text) uart_say(&(board)->console, LINE(text), sizeof(LINE(text)) - 1)

/* Called by head.S. level: the exception level; 2: one with HCR_EL2.E2H stuck at 1. */
void boot_refuse(u64 fdt, u64 level);

void boot_refuse(u64 fdt, u64 level)
{
	struct cfg_board board;

	if ((fdt & 7) || cfg_board_console(&board, (const void *)fdt, FDT_SIZE_MAX))
		return;
	if (level == 1)
		SAY(&board, "entered at EL1: nk needs EL2 (QEMU: -M virt,virtualization=on)");
	else if (level == 3)
		SAY(&board, "entered at EL3: nk needs EL2 and a firmware at EL3");
	else
		SAY(&board, "HCR_EL2.E2H stays 1: nk needs a CPU whose EL2 can be without VHE");
}
