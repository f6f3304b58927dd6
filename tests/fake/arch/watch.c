// SPDX-License-Identifier: Apache-2.0
/* Nothing is watched, unless a test says so. */
#include "arch/watch.h"
#include "fake/fake.h"

u32 watch_mode;
u8 watch_buckets[65];
u8 watch_hwirq_map[WATCH_INTIDS];

void watch_event(u32 type)
{
}

void watch_virq(struct arch_vcpu *v, u32 pirq, u32 virq)
{
}

void watch_virq_filled(struct arch_vcpu *v, u32 pirq, u32 virq)
{
}

void watch_post(const struct arch_vm *vm, u32 vcpu, u32 irq)
{
}

void watch_irq_away(struct arch_vcpu *t, u32 intid)
{
}

void watch_moved(struct arch_vcpu *v)
{
}

void watch_held(const struct arch_vcpu *v)
{
}

void watch_cpu_event(u32 type, u32 op)
{
}
