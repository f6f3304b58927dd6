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
}
