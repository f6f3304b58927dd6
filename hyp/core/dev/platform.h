/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual platform: what a guest finds where on its bus. Hooks of the table of units. */
#ifndef CORE_DEV_PLATFORM_H
#define CORE_DEV_PLATFORM_H

#include "core/unit.h"

/* The interrupt controller, with the cross interrupts behind the devices' ones. */
int platform_vgic_create(struct vm *vm, struct cfg_error *err);
void platform_vgic_describe(const struct vm *vm, struct gtree_params *p);
void platform_vgic_stop(struct vm *vm);

/* The virtual timer, and the VM's time. */
int platform_timer_create(struct vm *vm, struct cfg_error *err);
void platform_timer_start(struct vm *vm) __must_hold(&vm->lock);

/* The UART, and the VM's place on nk's terminal. */
int platform_console_create(struct vm *vm, struct cfg_error *err);
void platform_console_describe(const struct vm *vm, struct gtree_params *p);
void platform_console_stop(struct vm *vm);

/* The devices that it is given. */
int platform_devices_create(struct vm *vm, struct cfg_error *err);

#endif
