/* SPDX-License-Identifier: Apache-2.0 */
/* Physical interrupts as they arrive at EL2. */
#ifndef ARCH_IRQ_H
#define ARCH_IRQ_H

#include "arch/sysreg.h"
#include "config/model.h"
#include "lib/types.h"

struct arch_vcpu;

/* Sets up the interrupt numbers of the board. Context: boot CPU, before the others. */
void irq_init(const struct cfg_board *board);

/* Enables this CPU's own interrupts. Context: each CPU. */
void irq_cpu_init(void);

/*
 * Gives an SPI to nk itself: fn runs at EL2 on CPU cpu, interrupts masked. Returns 0, or -1 when
 * the table is full. Context: boot.
 */
int irq_own(const struct cfg_irq *irq, u32 cpu, void (*fn)(void));

/* Whether a physical interrupt pends for this CPU now (Arm ARM D19.2.61, ISR_EL1). */
static inline bool irq_pending(void)
{
	return read_sysreg(isr_el1) & ISR_IRQ;
}

/* Takes what pends, eight interrupts at most. Context: interrupts masked, no lock held. */
void irq_handle(void);

/* The same behind a gic_ack(), which has returned iar. v: the vCPU here, or NULL. */
void irq_handle_acked(struct arch_vcpu *v, u32 iar);

#endif
