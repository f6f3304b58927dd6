// SPDX-License-Identifier: Apache-2.0
/* The hypercall of ballooning: frames are listed in the guest's memory. Manual: NK_BALLOON_CTRL(3D). */
#include "arch/cpu.h"
#include "core/calls/hypercall.h"
#include "core/system.h"
#include "core/vm/balloon.h"
#include "core/vm/guest_mem.h"

static u32 alloc_frames(struct vm *vm, ipa_t table, u32 count)
{
	u32 frames[BALLOON_CHUNK];
	u32 done = 0, n = 1;

	if (!guest_writable(vm, table, (u64)count * sizeof(frames[0])))
		return 0;
	for (; n && done < count; done += n) {
		n = balloon_give(vm, frames, MIN(count - done, (u32)BALLOON_CHUNK));
		guest_write(vm, table + done * sizeof(frames[0]), frames, n * sizeof(frames[0]));
		if (!arch_cpu_poll())
			return done + n;
	}
	return done;
}

static u32 release_frames(struct vm *vm, ipa_t table, u32 count)
{
	u32 frames[BALLOON_CHUNK];
	u32 done = 0, n;

	if (!guest_readable(vm, table, (u64)count * sizeof(frames[0])))
		return 0;
	for (u32 i = 0; i < count; i += n) {
		n = MIN(count - i, (u32)BALLOON_CHUNK);
		if (guest_read(vm, frames, table + i * sizeof(frames[0]), n * sizeof(frames[0])))
			break;
		done += balloon_take_back(vm, frames, n);
		if (!arch_cpu_poll())
			break;
	}
	return done;
}

u64 hc_balloon_ctrl(struct vm *vm, struct arch_vcpu *v, u32 op, ipa_t frames, u32 count)
{
	count = MIN(count, (u32)NK_BALLOON_BATCH);
	if (!balloon_is_member(vm->arch.id))
		return 0;
	switch (op) {
	case NK_BALLOON_STATUS:
		return NK_BALLOON_ENABLED;
	case NK_BALLOON_HOST:
		return sys_config.balloon.host;
	case NK_BALLOON_RGN_BASE:
		return balloon_region().base >> NK_BALLOON_PFN_SHIFT;
	case NK_BALLOON_RGN_SIZE:
		return balloon_region().size >> NK_BALLOON_PFN_SHIFT;
	case NK_BALLOON_ALLOC:
		return alloc_frames(vm, frames, count);
	case NK_BALLOON_FREE:
		return release_frames(vm, frames, count);
	default:
		return 0;
	}
}
