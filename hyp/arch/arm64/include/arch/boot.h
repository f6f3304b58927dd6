/* SPDX-License-Identifier: Apache-2.0 */
/* What core does with the CPUs while the machine comes up. */
#ifndef ARCH_BOOT_H
#define ARCH_BOOT_H

#include "config/model.h"

#define FDT_SIZE_MAX MIB(2) /* of the board's tree, by the arm64 boot protocol */

/*
 * How the firmware's PSCI is called, for the machine's end and for CPUs; none before this.
 * Context: boot CPU, first of all.
 */
void arch_use_firmware(enum cfg_conduit c);

/*
 * Makes every CPU's stacks and block. Returns 0, or -1 when memory ran out or the boot CPU is not
 * in the board's tree. Context: boot CPU, after the page pool.
 */
int arch_boot_prepare(const struct cfg_board *board);

/* Goes on at next() on the boot CPU's own guarded stack, with its traps and GIC interface set. */
__noreturn void arch_boot_continue(void (*next)(void));

#endif
