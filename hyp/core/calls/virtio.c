// SPDX-License-Identifier: Apache-2.0
/* The hypercalls of those who serve VirtIO devices, and of drivers that grant them pages; see nk/virtio.h. */
#include "core/virtio/virtio.h"
#include "core/calls/hypercall.h"
#include "core/vm/guest_mem.h"

#define FAILED ((u64)-1)

static u64 give(struct vm *vm, ipa_t to, const void *from, u64 size)
{
	return guest_write(vm, to, from, size) ? FAILED : 0;
}

u64 hc_virtio_info(struct vm *vm, struct arch_vcpu *v, u32 device, ipa_t to)
{
	const struct virtio_dev *d = virtio_served(vm, device);
	struct nk_virtio_info info;

	if (!d)
		return FAILED;
	virtio_info(d, &info);
	return give(vm, to, &info, sizeof(info));
}

u64 hc_virtio_share(struct vm *vm, struct arch_vcpu *v, u32 device, u32 which, ipa_t to)
{
	const struct virtio_dev *d = virtio_served(vm, device);
	struct nk_virtio_share share;

	if (!d || virtio_share(d, which, &share))
		return FAILED;
	return give(vm, to, &share, sizeof(share));
}

u64 hc_virtio_offer(struct vm *vm, struct arch_vcpu *v, u32 device, ipa_t from)
{
	struct virtio_dev *d = virtio_served(vm, device);
	struct nk_virtio_offer offer;

	if (!d)
		return FAILED;
	if (!from) {
		virtio_withdraw(d);
		return 0;
	}
	if (guest_read(vm, &offer, from, sizeof(offer)))
		return FAILED;
	return (u64)virtio_offer(d, &offer);
}

u64 hc_virtio_state(struct vm *vm, struct arch_vcpu *v, u32 device, ipa_t to)
{
	struct virtio_dev *d = virtio_served(vm, device);
	struct nk_virtio_state state;

	if (!d)
		return FAILED;
	virtio_state(d, &state);
	return give(vm, to, &state, sizeof(state));
}

u64 hc_virtio_queue(struct vm *vm, struct arch_vcpu *v, u32 device, u32 queue, ipa_t to)
{
	struct virtio_dev *d = virtio_served(vm, device);
	struct nk_virtio_queue q;

	if (!d || virtio_queue(d, queue, &q))
		return FAILED;
	return give(vm, to, &q, sizeof(q));
}

u64 hc_virtio_done(struct vm *vm, struct arch_vcpu *v, u32 device, u32 asked)
{
	struct virtio_dev *d = virtio_served(vm, device);

	return d ? (u64)virtio_done(d, asked) : FAILED;
}

u64 hc_virtio_status(struct vm *vm, struct arch_vcpu *v, u32 device, u32 status)
{
	struct virtio_dev *d = virtio_served(vm, device);

	return d ? (u64)virtio_status(d, status) : FAILED;
}

u64 hc_virtio_config(struct vm *vm, struct arch_vcpu *v, u32 device, u32 offset, ipa_t from,
		     u32 size)
{
	struct virtio_dev *d = virtio_served(vm, device);
	u8 bytes[NK_VIRTIO_CONFIG];

	if (!d || size > sizeof(bytes) || guest_read(vm, bytes, from, size))
		return FAILED;
	return (u64)virtio_config(d, offset, bytes, size);
}

u64 hc_virtio_interrupt(struct vm *vm, struct arch_vcpu *v, u32 device, u32 bits)
{
	struct virtio_dev *d = virtio_served(vm, device);

	return d ? (u64)virtio_interrupt(d, bits) : FAILED;
}

u64 hc_virtio_window(struct vm *vm, struct arch_vcpu *v, ipa_t regs)
{
	const struct virtio_dev *d = virtio_had(vm, regs);

	return d ? virtio_window(d) : 0;
}

u64 hc_virtio_grant(struct vm *vm, struct arch_vcpu *v, ipa_t regs, u32 slot, ipa_t page, u32 count)
{
	struct virtio_dev *d = virtio_had(vm, regs);

	return d ? (u64)virtio_grant(d, slot, page, count) : FAILED;
}

u64 hc_virtio_revoke(struct vm *vm, struct arch_vcpu *v, ipa_t regs, u32 slot, u32 count)
{
	struct virtio_dev *d = virtio_had(vm, regs);

	return d ? virtio_revoke(d, slot, count) : 0;
}
