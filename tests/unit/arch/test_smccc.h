/* SPDX-License-Identifier: Apache-2.0 */
/* What smccc.c needs of arch/cpu.h beyond the host's replacement of it. */
#ifndef TEST_SMCCC_H
#define TEST_SMCCC_H

void arch_cpu_wait(void);

#endif
