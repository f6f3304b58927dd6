/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of nk's own functions, for panics. scripts/nk-syms makes the table from the first link;
 * the second link adds it (section .nk_syms, read-only, anywhere after .text so that the
 * functions stay where they were).
 */
#ifndef CORE_DEBUG_SYMBOLS_H
#define CORE_DEBUG_SYMBOLS_H

#include "lib/types.h"

#define SYMBOL_NAME_MAX 64

/*
 * The function that addr lies in, and how far into it; NULL when it is not one of nk's. Bits of
 * a pointer authentication code in addr are ignored. The name is in a static buffer that the
 * next call overwrites. Context: panic, one CPU.
 */
const char *symbol_lookup(u64 addr, u64 *offset);

/*
 * Prints pc and the return addresses found from frame record fp upwards. Only records inside
 * the stack [stack_lo, stack_hi) are read, at rising addresses, 32 at most.
 * Context: panic, one CPU. Source: AAPCS64, 6.4.6 "The frame pointer".
 */
void backtrace_print(u64 pc, u64 fp, u64 stack_lo, u64 stack_hi);

#endif
