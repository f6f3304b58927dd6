// SPDX-License-Identifier: Apache-2.0
/*
 * The start of VMs by the boot; see boot.h.
 *
 * On each CPU those with the lowest boot-order load first, all of them at once; each that is done looks whether the next
 * ones' turn has come. What ends the boot is its own thread, which waits for all of them; but once any VM runs that CPU has
 * other things to do, and the last load is what does it.
 */
#include "core/vm/boot.h"
#include "arch/cpu.h"
#include "core/boot/main.h"
#include "core/debug/bench.h"
#include "core/sched/cpu.h"
#include "core/system.h"
#include "core/vm/vm.h"
#include "lib/log.h"

static struct boot {
	/* Masks of VMs, atomic. */
	u32 awaited; /* their first load is not over */
	u32 posted; /* it has begun, or is for the next free thread */
	u32 failed; /* it went wrong */
	u32 untold; /* and the line about it is not out */

	bool holding; /* VMs without a boot-order do not run yet */
	bool entered; /* one with a boot-order runs, or has */
} boot;

static u32 bit_of(const struct cfg_vm *cfg)
{
	return 1U << cfg->id;
}

/* A VM with a vCPU on a CPU that the firmware could not start would wait for that CPU forever. */
static int check_cpus(const struct cfg_vm *cfg, struct cfg_error *err)
{
	u32 cpus = handover_floats(cfg) ? cfg->affinity : 0;

	for (u32 i = 0; i < cfg->nr_vcpus; i++)
		cpus |= 1U << cfg->vcpu_cpu[i];
	for (; cpus; cpus &= cpus - 1)
		if (!READ_ONCE(percpus[__builtin_ctz(cpus)].online))
			return cfg_fail_at(err, &cfg->node, "vcpus",
					   "CPU %u did not start: another one in `affinity`",
					   (u32)__builtin_ctz(cpus));
	return 0;
}

/* From here on it is as if all were loading, whoever asks: what is not posted yet has only not begun. */
static void await(struct vm *vm)
{
	boot.awaited |= bit_of(vm->cfg);
	spin_lock(&vm->lock);
	vm->times.asked = arch_boot_ticks();
	vm->state = VM_LOADING;
	spin_unlock(&vm->lock);
}

static void post_once(const struct cfg_vm *cfg)
{
	struct vm *vm = vm_by_id(cfg->id);

	if (__atomic_fetch_or(&boot.posted, bit_of(cfg), __ATOMIC_ACQ_REL) & bit_of(cfg))
		return;
	spin_lock(&vm->lock);
	sched_post(vm, 0, SCHED_LOAD);
	spin_unlock(&vm->lock);
}

/* Who has no boot-order is behind all that have one. */
static u32 place(const struct cfg_vm *cfg)
{
	return cfg->boot_order - 1;
}

/* Whose turn it is on that CPU: all that have the lowest boot-order there. */
static void load_next(u32 cpu)
{
	u32 left = __atomic_load_n(&boot.awaited, __ATOMIC_SEQ_CST), lowest = ~0U;
	const struct cfg_vm *end = sys_config.vm + sys_config.nr_vms, *cfg;

	for (cfg = sys_config.vm; cfg < end; cfg++)
		if (left & bit_of(cfg) && cfg->vcpu_cpu[0] == cpu)
			lowest = MIN(lowest, place(cfg));
	for (cfg = sys_config.vm; cfg < end; cfg++)
		if (left & bit_of(cfg) && cfg->vcpu_cpu[0] == cpu && place(cfg) == lowest)
			post_once(cfg);
}

bool boot_holds(const struct vm *vm)
{
	return READ_ONCE(boot.holding) && !vm->cfg->boot_order;
}

/* All are loaded, or one cannot be. Once, and by one thread. */
static void boot_ends(void)
{
	bool whole = !boot.failed;

	bench_boot_done();
	WRITE_ONCE(boot.holding, false);
	for (u32 i = 0; i < sys_config.nr_vms; i++)
		vm_release(vm_by_id(sys_config.vm[i].id), whole);
}

/* As long as none runs, the boot's thread may still end the machine with one of these lines. */
static void tell_failed(void)
{
	u32 m = __atomic_exchange_n(&boot.untold, 0, __ATOMIC_ACQ_REL);

	for (; m; m &= m - 1)
		printk("error: %s", vm_by_id((u32)__builtin_ctz(m))->error.text);
}

bool boot_loaded(struct vm *vm, bool runs)
{
	u32 bit = bit_of(vm->cfg), left;

	if (!(READ_ONCE(boot.awaited) & bit))
		return false;
	if (runs)
		WRITE_ONCE(boot.entered, true);
	if (vm->failed) {
		__atomic_or_fetch(&boot.failed, bit, __ATOMIC_ACQ_REL);
		__atomic_or_fetch(&boot.untold, bit, __ATOMIC_ACQ_REL);
	}
	left = __atomic_and_fetch(&boot.awaited, ~bit, __ATOMIC_SEQ_CST);
	load_next(vm->cfg->vcpu_cpu[0]);
	if (!READ_ONCE(boot.entered))
		return true;
	tell_failed();
	if (left)
		return true;
	boot_ends();
	core_vm_gone(); /* those that ran may have stopped meanwhile */
	return true;
}

/*
 * This CPU loads its own VMs meanwhile, until all are loaded or one runs. Where no VM can do without the others, the first
 * one that fails is the end. Returns whether it is.
 */
static bool wait_loaded(bool ordered)
{
	for (u32 i = 0; i < sys_config.nr_vms; i++) {
		u32 bit = bit_of(&sys_config.vm[i]);

		while (__atomic_load_n(&boot.awaited, __ATOMIC_ACQUIRE) & bit) {
			if (READ_ONCE(boot.entered))
				return false;
			sched_run();
			cpu_relax();
		}
		if (!ordered && READ_ONCE(boot.failed) & bit)
			break;
	}
	return boot.failed && !READ_ONCE(boot.entered);
}

int vms_boot(struct cfg_error *err)
{
	bool ordered = false;

	for (u32 i = 0; i < sys_config.nr_vms; i++)
		if (check_cpus(&sys_config.vm[i], err))
			return -1;
	boot = (struct boot){.holding = true};
	for (u32 i = 0; i < sys_config.nr_vms; i++) {
		if (sys_config.vm[i].autostart)
			await(vm_by_id(sys_config.vm[i].id));
		ordered |= sys_config.vm[i].boot_order;
	}
	for (u32 i = 0; i < sys_config.nr_vms; i++)
		load_next(sys_config.vm[i].vcpu_cpu[0]);
	if (wait_loaded(ordered)) {
		*err = vm_by_id((u32)__builtin_ctz(boot.failed))->error;
		return -1;
	}
	if (!READ_ONCE(boot.entered))
		boot_ends();
	return 0;
}
