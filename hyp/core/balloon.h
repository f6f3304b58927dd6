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

/*
 * Takes the pool from RAM. Returns 0, or -1 and *err. Context: boot, before the first vm_create(),
 * after vlinks_create(), whose window has to be below 4 GiB.
 */
int balloon_create(struct cfg_error *err);

/*
 * Makes the tables of the VM's region. Returns 0, or -1 and *err. Context: vm_create(), before its
 * links, whose spare tables these must not use up.
 */
int balloon_vm_create(struct vm *vm, struct cfg_error *err);

/* The VM's region; size 0: it has none. */
struct range balloon_region(const struct vm *vm);

/* A VM is off: a taker's pages go back to the pool. Context: any CPU, no vCPU of it runs. */
void balloon_vm_stopped(struct vm *vm);

/*
 * A VM is loaded: the host's pages are wiped, and it gets what is in the pool. Context: an idle CPU,
 * no vCPU of the VM runs.
 */
void balloon_vm_start(struct vm *vm);

#endif
