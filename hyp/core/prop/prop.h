/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Properties: named values that VMs get, set and are told about, each within its permissions.
 *
 * Ids are the order of the table, which is made at boot and never changes. A value is read and
 * written whole: readers and one writer of a property exclude each other without waiting for the
 * other side's guest; who loses gets NK_PROP_BUSY and NK_XIRQ_SYSCONF later. See prop.c.
 */
#ifndef CORE_PROP_PROP_H
#define CORE_PROP_PROP_H

#include "core/unit.h"
#include "nk/prop.h"

/* Makes all properties: built-in ones, then those of &hyp_property. Returns 0, or -1 and *err.
 * Context: boot, after the last vm_create(), before vms_load().
 */
int props_init(struct cfg_error *err);

/* Hooks of the table of units: built-in properties show what happens, and their readers are told. */
void props_vm_event(struct vm *vm, enum vm_event event);

/* These VMs have other CPUs, or are to have; by: whose doing that is, NULL: nk's own. Context: any, no lock held. */
void props_cpus_changed(u32 vms, struct vm *by);

/* The VM's properties have the tree it will start with, and where its images are. Returns 0. */
int props_vm_load(struct vm *vm);

/* nk.vm.N.crash has this text. Context: any, no lock held. */
void props_vm_crash(struct vm *vm, const char *text, u32 len);

/*
 * The VMs of which VM id may know whether they run: bit N: VM N. Itself always, and those whose
 * nk.vm.N.state.running it may get. Context: any.
 */
u32 props_states_seen_by(u32 id);

/* Whether VM id may get the built-in property of that name (nk.history steers its reading). */
bool prop_may_get(u32 id, const char *name);
bool prop_may_set(u32 id, const char *name);

#endif
