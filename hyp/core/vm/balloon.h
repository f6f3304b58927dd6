/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory ballooning: a pool of pages that one host VM has at first, and that move between it, nk
 * and taker VMs, wiped on their way. Off unless the system tree has a `balloon` node in &hyp.
 */
#ifndef CORE_VM_BALLOON_H
#define CORE_VM_BALLOON_H

#include "core/unit.h"
#include "nk/balloon.h"

/* Hooks of the table of units: see there. This one takes the pool from RAM. */
int balloon_create(struct cfg_error *err);

/* Makes the tables of the VM's region. */
int balloon_vm_create(struct vm *vm, struct cfg_error *err);

/* Where its pages come and go. */
void balloon_vm_describe(const struct vm *vm, struct gtree_params *p);

/* The host's pages are wiped, and it gets what is in the pool. Returns 0. */
int balloon_vm_load(struct vm *vm);

/* A taker's pages go back to the pool. */
void balloon_vm_stop(struct vm *vm);

#endif
