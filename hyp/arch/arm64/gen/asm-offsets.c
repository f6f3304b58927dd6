// SPDX-License-Identifier: Apache-2.0
/* Never linked: the build reads the offsets out of its assembly. */
#include "arch/cpu.h"
#include "arch/vcpu.h"

#define DEFINE(sym, val) __asm__ volatile(".ascii \"->" #sym " %0\"" ::"i"(val))

void asm_offsets(void);

void asm_offsets(void)
{
	DEFINE(FRAME_SIZE, sizeof(struct frame));
	DEFINE(PERCPU_VCPU, offsetof(struct percpu, vcpu));
	DEFINE(VCPU_REQUESTS, offsetof(struct arch_vcpu, requests));
	DEFINE(VCPU_REQ_VGIC_BIT, VCPU_REQ_VGIC);
	DEFINE(PERCPU_NK_KEY, offsetof(struct percpu, nk_key));
	DEFINE(PERCPU_GUEST_KEY, offsetof(struct percpu, guest_key));
	DEFINE(PERCPU_PANIC_STACK, offsetof(struct percpu, panic_stack));
	DEFINE(PERCPU_WATCH_MODE, offsetof(struct percpu, watch.mode));
	DEFINE(PERCPU_WATCH_NK, offsetof(struct percpu, watch.nk));
	DEFINE(VCPU_WATCH_SYSREGS, offsetof(struct arch_vcpu, watch.sysregs));
	DEFINE(WATCH_CELL_SUM, offsetof(struct watch_pair, exec.sum));
	DEFINE(WATCH_CELL_BUCKET, offsetof(struct watch_pair, exec.bucket));
	DEFINE(NK_MONITOR_EVENTS_BIT, __builtin_ctz(NK_MONITOR_EVENTS));
}
