/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory ballooning: a pool of pages that one host VM has at first, and that move between it, nk
 * and taker VMs, wiped on their way. Off unless the system tree has a `balloon` node in &hyp.
 */
#ifndef CORE_BALLOON_H
#define CORE_BALLOON_H

#include "config/model.h"
#include "core/vm.h"
#include "nk/balloon.h"

/* Takes the pool from RAM. Returns 0, or -1 and *err. Context: boot, before the first vm_create(). */
int balloon_create(struct cfg_error *err);

/* Gives the VM its region. Context: vm_create(), after its RAM and links are mapped. */
int balloon_vm_create(struct vm *vm, struct cfg_error *err);

/* The VM's region; size 0: it has none. */
struct cfg_range balloon_region(const struct vm *vm);

/* A VM is off: a taker's pages go back to the pool. Context: any CPU, no vCPU of it runs. */
void balloon_vm_stopped(struct vm *vm);

/* A VM is loaded: the host gets what is in the pool. Context: an idle CPU. */
void balloon_vm_start(struct vm *vm);

#endif
