/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU on its physical CPU: from reset to the guest, and out of it for good. */
#ifndef ARCH_RUN_H
#define ARCH_RUN_H

#include "arch/vcpu.h"

enum psci_state { PSCI_OFF, PSCI_ON_PENDING, PSCI_ON };

/* Sets the EL2 controls that every guest runs under. Context: each CPU, boot. */
void run_cpu_init(void);

/*
 * Gives the CPU the architectural reset state and enters v's guest at power.entry with
 * x0 = power.context. Never returns. Context: v's CPU, idle. Arm ARM D1.4, PSCI 6.4.
 */
__noreturn void run_start(struct arch_vcpu *v);

/*
 * Handles v->requests at the tail of an exit: waits as long as the VM is paused, and does not return
 * when v has to stop.
 */
void run_requests(struct arch_vcpu *v);

/* The same where VCPU_REQ_VGIC is all there is: called by the vectors, with registers missing in the frame. */
void run_vgic_request(struct arch_vcpu *v);

/*
 * The thread of v, which has no guest on the CPU, sleeps: returns when the physical counter is at `until`, after
 * arch_vcpu_release(), or without a reason. Context: v's thread, no lock held.
 */
void run_sleep(struct arch_vcpu *v, u64 until);

/*
 * v's guest waits for an interrupt (WFI), or asks nk to (PSCI CPU_SUSPEND): returns when there may be one, or a request.
 * Returns false when it had not to wait. Context: in the middle of an exit, no lock held.
 */
bool run_wfi(struct arch_vcpu *v);

/* Takes v off this CPU, which then belongs to core_vcpu_parked(). */
__noreturn void run_park(struct arch_vcpu *v);

#endif
