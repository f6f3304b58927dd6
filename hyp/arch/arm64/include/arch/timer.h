/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's timers: the virtual one is its own, EL1's physical one is emulated (Arm ARM D11). */
#ifndef ARCH_TIMER_H
#define ARCH_TIMER_H

#include "arch/vcpu.h"
#include "config/model.h"

/* Learns the board's PPIs. Context: boot CPU. */
void timer_init(const struct cfg_board *board);

/* Both timers off, as out of reset; loads the VM's CNTVOFF_EL2. Context: v's CPU. */
void timer_vcpu_reset(struct arch_vcpu *v);

/* Silences this CPU's timers when v leaves it. Context: v's CPU. */
void timer_vcpu_park(struct arch_vcpu *v);

/*
 * The VM's time stands still, or goes on: its virtual timer is off meanwhile, and comes back behind
 * the VM's new CNTVOFF_EL2. Physical time goes on for all. Context: v's CPU.
 */
void timer_vcpu_pause(struct arch_vcpu *v);
void timer_vcpu_resume(struct arch_vcpu *v);

/*
 * EL2's timer interrupts this CPU when the physical counter is at `at`, at once if that is past; ~0: it need not. v: the
 * vCPU here, or NULL. Context: v's CPU.
 */
void timer_alarm(struct arch_vcpu *v, u64 at);

/*
 * v leaves this CPU for a while, or comes back: its virtual timer does. There is no alarm then: timer_alarm() is to
 * follow, which looks at the emulated one too. Context: v's CPU.
 */
void timer_vcpu_save(struct arch_vcpu *v);
void timer_vcpu_load(struct arch_vcpu *v);

/* When the next of v's timers is due, of the physical counter; ~0: none is on. Context: v is on this CPU. */
u64 timer_vcpu_next(struct arch_vcpu *v);

/* EL2's own physical timer fired: v's emulated timer is due, or an alarm. v may be NULL. */
void timer_hyp_irq(struct arch_vcpu *v);

/* NK_SGI_ALARM came: core says anew when this CPU's own alarm is. v as above. */
void timer_cpu_alarm(struct arch_vcpu *v);

/* A trapped access to CNTP_{TVAL,CTL,CVAL}_EL0: op2 of the encoding is the register. */
u64 timer_ptimer_read(struct arch_vcpu *v, u32 op2);
void timer_ptimer_write(struct arch_vcpu *v, u32 op2, u64 value);

#endif
