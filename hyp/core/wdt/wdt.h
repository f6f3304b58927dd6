/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watchdogs of VMs: nk/vwdt.h says what guests see of them, dts/bindings/properties.md what they do.
 *
 * A watchdog counts in its VM's virtual time, which stands still while the VM is paused. It is looked at by one CPU,
 * which the tree gives vCPU 0, whenever that CPU's alarm comes (core_cpu_alarm()). A pat only notes the time: the
 * alarm, when it comes, is put off. So EL2's timer fires twice in the time from a pat to the expiry, and never where no
 * VM has one.
 *
 * All is guarded by the lock of the watchdog's VM.
 */
#ifndef CORE_WDT_WDT_H
#define CORE_WDT_WDT_H

#include "core/unit.h"

/* Hooks of the table of units: see there. This one takes the properties from the tree's. */
int wdt_create(struct cfg_error *err);

/* Looks at those of this CPU. Returns when it is to be called again, ~0: not. Context: core_cpu_alarm(). */
u64 wdt_cpu_alarm(void);

/* What earlier lives have set of its config is no more. Returns 0. */
int wdt_vm_load(struct vm *vm);

void wdt_vm_start(struct vm *vm) __must_hold(&vm->lock);
void wdt_vm_stop(struct vm *vm);
void wdt_vm_event(struct vm *vm, enum vm_event event);

#endif
