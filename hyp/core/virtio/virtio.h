/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VirtIO devices that one VM has and another one serves. nk emulates the registers and keeps the state; the back-end hears
 * of changes and kicks, by a cross interrupt, and asks for the rest by hypercalls (nk/virtio.h). docs/virtio.md has the
 * paths.
 *
 * Locking: each device has a lock, which is held for no longer than it takes to change its state; nothing is posted with
 * it held, and vCPUs that wait are answered with it held. Kicks and the bits of InterruptStatus are atomic. shares_lock is
 * for what back-ends see of the memory of VMs, grants_lock of each device for which pages its back-end is granted.
 */
#ifndef CORE_VIRTIO_VIRTIO_H
#define CORE_VIRTIO_VIRTIO_H

#include "core/unit.h"
#include "nk/virtio.h"

/* Hooks of the table of units: see there. Pages for kicks, books. Before anything is mapped at its own address. */
int virtio_init(struct cfg_error *err);

/* The registers of the VM's devices, and cross interrupts and kicks of those that it serves. Before "vlinks". */
int virtio_vm_create(struct vm *vm, struct cfg_error *err);

/* What back-ends are to see of the memory of others: nothing yet. */
int virtio_ready(struct cfg_error *err);

void virtio_vm_start(struct vm *vm) __must_hold(&vm->lock);
void virtio_vm_stop(struct vm *vm);

/* Back-ends hear that the driver's VM runs, or does not any more; it pays for that. */
void virtio_vm_event(struct vm *vm, enum vm_event event);

struct arch_vm;
struct virtio_dev;

/* The device that the VM serves under this number, or NULL. Context: any, no lock. */
struct virtio_dev *virtio_served(const struct vm *back, u32 number);

/*
 * What the hypercalls of these names do (nk/virtio.h). Those that return an int return 0, or -1: it makes no sense.
 * Context: the back-end's CPU, no lock held.
 */
void virtio_info(const struct virtio_dev *d, struct nk_virtio_info *info);
int virtio_share(const struct virtio_dev *d, u32 which, struct nk_virtio_share *share);
int virtio_offer(struct virtio_dev *d, const struct nk_virtio_offer *offer);
void virtio_withdraw(struct virtio_dev *d);
void virtio_state(struct virtio_dev *d, struct nk_virtio_state *state);
int virtio_queue(struct virtio_dev *d, u32 queue, struct nk_virtio_queue *to);
int virtio_done(struct virtio_dev *d, u32 asked);
int virtio_status(struct virtio_dev *d, u32 status);
int virtio_config(struct virtio_dev *d, u32 offset, const u8 *bytes, u32 size);
int virtio_interrupt(struct virtio_dev *d, u32 bits);

/* The device that the VM has with its registers there, if its back-end is granted pages, or NULL. Context: any, no lock. */
struct virtio_dev *virtio_had(const struct vm *front, ipa_t regs);

/* The hypercalls of these names, of such a device; revoke returns how many pages. Context: the driver's CPU, no lock held. */
u32 virtio_window(const struct virtio_dev *d);
int virtio_grant(struct virtio_dev *d, u32 slot, ipa_t page, u32 n);
u32 virtio_revoke(struct virtio_dev *d, u32 slot, u32 n);

/* Whether nk is about to change what the VM sees at ipa. Context: any. */
bool virtio_mapping_moves(const struct arch_vm *vm, ipa_t ipa);

#endif
