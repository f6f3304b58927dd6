/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of a guest that a hypercall names: copied once, page by page, through the VM's own stage
 * 2 and its permissions. Context of all: the caller's CPU; no lock needed, any may be held.
 */
#ifndef CORE_VM_GUEST_MEM_H
#define CORE_VM_GUEST_MEM_H

#include "core/vm/vm.h"

/* Copies size bytes from the guest. Returns 0, or -1 when part of it is not the VM's to read, in
 * which case dst may be written in part.
 */
int guest_read(const struct vm *vm, void *dst, ipa_t src, u64 size);

/* Copies size bytes to the guest. Returns 0, or -1 when part of it is not the VM's to write; the
 * guest's memory is written in part then, unless guest_writable() said true before.
 */
int guest_write(const struct vm *vm, ipa_t dst, const void *src, u64 size);

/* Whether all of [ipa, ipa + size) is the VM's to read (or to write). */
bool guest_readable(const struct vm *vm, ipa_t ipa, u64 size);
bool guest_writable(const struct vm *vm, ipa_t ipa, u64 size);

/*
 * Copies a string, and what is behind it, to dst: 8-byte aligned, of max bytes. Returns its length
 * without the NUL, or -1: not the VM's memory, or no NUL within max bytes, which are at least 1.
 */
int guest_read_string(const struct vm *vm, char *dst, ipa_t src, u32 max);

#endif
