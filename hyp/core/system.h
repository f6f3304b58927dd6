/* SPDX-License-Identifier: Apache-2.0 */
/* What was read at boot, and stays as it is from then on. */
#ifndef CORE_SYSTEM_H
#define CORE_SYSTEM_H

#include "config/bundle.h"
#include "config/model.h"

extern struct cfg_board board; /* the machine, by the tree of the firmware */
extern struct bundle bundle; /* what the loader put beside nk */
extern struct cfg_system sys_config; /* who shares the machine, by the bundle's tree */

/*
 * Maps the bundle, read-only: what was checked stays what it is; reads it and the system's tree in it.
 * Returns 0, or -1 with *err filled. Context: boot, with the board read and the page pool there.
 */
int system_read(struct cfg_error *err);

/*
 * Where the VM, or any of them (NULL), has something at another address than the board, RAM with a `base`, a device with an
 * `ipa`, a `gic`, a `uart`: what is mapped at its own address must be elsewhere. Returns the ranges, good until the next call,
 * and how many in *n. Context: boot, one CPU.
 */
const struct range *system_relocated(const struct cfg_vm *vm, u32 *n);

/*
 * The next size bytes of addresses, from a multiple of align on, where no VM has anything: above all RAM, all frames that nk
 * emulates, all devices that are given, and the first 4 GiB, where boards have most of the others. Context: boot, one CPU.
 */
ipa_t system_window(u64 size, u64 align);

#endif
