// SPDX-License-Identifier: Apache-2.0
/* What nk's prompt shows and steers. */
#include "arch/cpu.h"
#include "arch/run.h"
#include "core/boot/end.h"
#include "core/boot/main.h"
#include "core/monitor/monitor.h"
#include "core/prompt/prompt.h"
#include "core/system.h"
#include "core/vm/ram.h"
#include "core/vm/vm.h"
#include "lib/pages.h"
#include "lib/string.h"

static bool status_vm(u32 id, struct prompt_vm *info)
{
	struct vm *vm = vm_by_id(id);

	if (!vm)
		return false;
	info->state = vm_state_name(vm);
	info->nr_vcpus = vm->arch.nr_vcpus;
	info->nr_on = 0;
	for (u32 i = 0; i < vm->arch.nr_vcpus; i++)
		info->nr_on += READ_ONCE(vm->arch.vcpu[i]->power.state) == PSCI_ON;
	info->restarts = MAX(vm_running_value(vm) >> 1, 1U) - 1;
	info->nr_ram = vm->cfg->nr_ram;
	for (u32 i = 0; i < info->nr_ram; i++)
		info->ram[i] =
			(struct prompt_ram){vm->ram[i].ipa, vm->ram[i].pa, vm->cfg->ram[i].size};
	info->held = xirq_held(vm);
	info->reason = NULL;
	if (vm->failed)
		info->reason = vm->error.text[0] ? vm->error.text : crash_reason_text(vm);
	return true;
}

static const char *status_vm_action(u32 id, enum prompt_action action)
{
	struct vm *vm = vm_by_id(id);

	if (!vm)
		return "no such VM";
	switch (action) {
	case PROMPT_START:
		return vm_start(vm);
	case PROMPT_SUSPEND:
		return vm_suspend(vm);
	case PROMPT_RESUME:
		return vm_resume(vm);
	default:
		return vm_stop(vm, action == PROMPT_RESTART);
	}
}

static bool status_cpu(u32 id, struct prompt_cpu *info)
{
	const struct percpu *cpu = &percpus[id];
	const struct arch_vcpu *v;

	if (id >= board.nr_cpus)
		return false;
	v = READ_ONCE(cpu->vcpu);
	info->mpidr = cpu->mpidr;
	info->state = !cpu->online ? "off" : v ? "guest" : "idle";
	if (v && vm_paused_value(to_vm(v->vm)) & 1)
		info->state = "paused";
	info->vm = v ? v->vm->id : 0;
	info->vcpu = v ? v->id : 0;
	return true;
}

static void status_mem(struct prompt_mem *info)
{
	info->total = ram_total_bytes();
	info->free = ram_free_bytes();
	info->guests = 0;
	for (u32 i = 0; i < sys_config.nr_vms; i++)
		for (u32 j = 0; j < sys_config.vm[i].nr_ram; j++)
			info->guests += sys_config.vm[i].ram[j].size;
	info->guests += sys_config.balloon.size;
	info->nk = info->total - info->free - info->guests;
}

static const char *status_trace(const char *what)
{
	if (!strcmp(what, "dump"))
		return monitor_dump();
	if (!strcmp(what, "start") || !strcmp(what, "stop"))
		return monitor_trace(!strcmp(what, "start"));
	return "start, stop or dump";
}

static void status_quit(void)
{
	end_machine(END_IN_ORDER, "quit");
}

static void status_reset(void)
{
	end_reset();
}

const struct prompt_ops core_prompt_ops = {
	.vm = status_vm,
	.vm_action = status_vm_action,
	.cpu = status_cpu,
	.mem = status_mem,
	.trace = status_trace,
	.quit = status_quit,
	.reset = status_reset,
};
