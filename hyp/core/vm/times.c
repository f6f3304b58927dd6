// SPDX-License-Identifier: Apache-2.0
/* The times of a start, noted by counter, and told in microseconds. */
#include "core/vm/times.h"
#include "arch/cpu.h"
#include "core/boot/options.h"
#include "core/vm/vm.h"
#include "lib/log.h"

void times_load(struct vm *vm)
{
	u64 now = arch_ticks();

	vm->times = (struct vm_times){
		.asked = vm->times.asked,
		.from = vm->times.asked,
		.load = now,
		.lap = now,
		.starts = true,
		.boot_us = vm->times.boot_us,
	};
}

void times_lap(struct vm *vm, enum vm_phase phase)
{
	u64 now = arch_ticks();

	vm->times.spent[phase] += now - vm->times.lap;
	vm->times.lap = now;
}

static unsigned long long us(u64 ticks)
{
	return arch_ticks_us(ticks);
}

static void say(const struct vm *vm)
{
	const struct vm_times *t = &vm->times;
	const char *since = t->from == arch_boot_ticks() ? "nk" : "the request";

	vm_warn(vm->arch.id,
		"started %llu us after %s: load at %llu, hash %llu, copy %llu, wipe %llu, tree "
		"%llu",
		(unsigned long long)t->boot_us, since, us(t->load - t->from),
		us(t->spent[VM_PHASE_HASH]), us(t->spent[VM_PHASE_COPY]),
		us(t->spent[VM_PHASE_WIPE]), us(t->spent[VM_PHASE_TREE]));
}

void times_enter(struct vm *vm)
{
	struct vm_times *t = &vm->times;

	if (!t->starts)
		return; /* it was off, and is turned on again */
	t->starts = false;
	WRITE_ONCE(t->boot_us, arch_ticks_us(arch_ticks() - t->from));
	if (options.times)
		say(vm);
}

u64 times_boot_us(const struct vm *vm)
{
	return READ_ONCE(vm->times.boot_us);
}
