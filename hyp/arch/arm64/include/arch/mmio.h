/* SPDX-License-Identifier: Apache-2.0 */
/* Emulated device registers of a VM. */
#ifndef ARCH_MMIO_H
#define ARCH_MMIO_H

#include "arch/vcpu.h"

/*
 * Registers [base, base + size) of vm's address space: accesses call fn; kind: NK_VDEV_*. Returns 0, or -1 when the
 * table is full or the range overlaps another one. Context: VM creation.
 */
int arch_vm_mmio_add(struct arch_vm *vm, ipa_t base, u64 size, mmio_fn fn, void *opaque, u32 kind);

/* Whether an emulated register of vm may be at ipa. Context: any. */
bool mmio_emulated(const struct arch_vm *vm, ipa_t ipa);

/*
 * Emulates a data abort of the current vCPU; esr, far and hpfar as the exception left them. When
 * nobody owns the address, or the access cannot be decoded (no ISS), that is a stray one (trap.h).
 */
void mmio_abort(struct arch_vcpu *v, struct frame *f, u64 esr);

#endif
