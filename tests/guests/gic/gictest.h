/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the vGIC test. Interrupts are masked at the CPU: the tests acknowledge by hand. */
#ifndef GICTEST_H
#define GICTEST_H

#include "rt/gic.h"
#include "rt/psci.h"
#include "rt/rt.h"

#define SPI_FIRST 34 /* lines no device of the virt machine raises here; 33 is the UART's */
#define SPI_COUNT 30
#define SPI_A 40
#define SPI_B 41
#define SPI_C 42

/*
 * QEMU's GICv2 model cannot pend a PPI, moves no pending SPI with its target, and masks neither
 * ITARGETSR nor (GICv3) IROUTER: those checks are for nk only.
 */
extern bool nk;

/* Every test interrupt off, not pending, not active, edge, priority 0xa0, target CPU 0. */
void quiet(void);
/* Enables an interrupt with a priority. */
void arm(u32 intid, u8 prio);
void pend(u32 intid); /* SPI or PPI by ISPENDR, SGI by an SGI to self */
/* Acknowledges and says whether it was the one; nothing else. */
bool takes(u32 intid, u32 *iar);
/* takes() and completes. */
bool takes_and_ends(u32 intid);
bool nothing(void); /* IAR is spurious */
u32 prio_mask(void); /* priority bits there are */

/* Runs fn(arg) on CPU 1, MMU on, and waits for its end. */
bool on_cpu1(void (*fn)(void *), void *arg);
void on_cpu1_start(void (*fn)(void *), void *arg);
bool on_cpu1_end(void); /* false: not in ten seconds */

void test_identity(void);
void test_registers(void);
void test_delivery(void);
void test_priorities(void);
void test_nesting(void);
void test_eoimode(void);
void test_uart_level(void);
void test_exceptions(void);
void test_v2(void);
void test_v3(void);
void test_smp(void);
void test_smp_v2(void);
void test_smp_v3(void);

#endif
