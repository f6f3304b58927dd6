// SPDX-License-Identifier: Apache-2.0
#include "arch/vgic.h"
#include "fake/fake.h"

#include <assert.h>

struct fake_pulses fake_pulses;
struct fake_intids fake_intids = {0, FAKE_INTIDS - 1};

u64 vgic_charge(struct arch_vm *vm, const struct arch_vm *by)
{
	assert(vm != by);
	fake_pulses.charges++;
	return fake_pulses.until;
}

u64 vgic_pulse(struct arch_vm *vm, u32 intid, const struct arch_vm *by)
{
	assert(vm->id < NK_VM_IDS);
	assert(intid >= fake_intids.first && intid <= fake_intids.last);
	fake_pulses.n++;
	fake_pulses.vm = vm->id;
	fake_pulses.intid = intid;
	fake_pulses.by = by;
	fake_pulses.of[vm->id][intid]++;
	return fake_pulses.until;
}
