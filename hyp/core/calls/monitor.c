// SPDX-License-Identifier: Apache-2.0
/* The hypercalls of monitoring; see nk/monitor.h. */
#include "core/monitor/monitor.h"
#include "core/calls/hypercall.h"
#include "core/prop/prop.h"
#include "core/system.h"
#include "core/vm/guest_mem.h"

#define LATER ((u64)-2)
#define DENIED ((u64)-3)

/* Its own is a VM's to see, all else who may get nk.monitoring. */
static bool may_see(const struct vm *vm, u32 id)
{
	return vm->arch.id == id || prop_may_get(vm->arch.id, "nk.monitoring");
}

u64 hc_monitor_info(struct vm *vm, struct arch_vcpu *v, ipa_t to)
{
	struct nk_monitoring info;

	if (!monitor_info(vm->arch.id, &info) || guest_write(vm, to, &info, sizeof(info)))
		return (u64)-1;
	return 0;
}

u64 hc_monitor_stats(struct vm *vm, struct arch_vcpu *v, u32 what, u32 first, ipa_t to, u32 count)
{
	struct nk_stat stats[MONITOR_READ_MAX];
	u32 matrix = what & 0xff, id = what >> 8 & 0xff, vcpu = what >> 16;
	const struct vm *of = id ? vm_by_id(id) : NULL;
	int n;

	if (!may_see(vm, id))
		return DENIED;
	if (id && !of)
		return (u64)-1;
	n = monitor_stats(matrix, of, vcpu, first, stats, MIN(count, (u32)MONITOR_READ_MAX));
	if (n > 0 && guest_write(vm, to, stats, (u32)n * sizeof(stats[0])))
		return (u64)-1;
	return (u64)(s64)n;
}

u64 hc_monitor_vdevs(struct vm *vm, struct arch_vcpu *v, u32 id, ipa_t to, u32 count)
{
	struct nk_stat_vdev vdevs[MONITOR_READ_MAX];
	const struct vm *of = vm_by_id(id);
	int n;

	if (!may_see(vm, id))
		return DENIED;
	if (!of)
		return (u64)-1;
	n = monitor_vdevs(of, vdevs, MIN(count, (u32)MONITOR_READ_MAX));
	if (n > 0 && guest_write(vm, to, vdevs, (u32)n * sizeof(vdevs[0])))
		return (u64)-1;
	return (u64)(s64)n;
}

u64 hc_monitor_cpu(struct vm *vm, struct arch_vcpu *v, u32 cpu, ipa_t to)
{
	struct nk_cpu_times times, own = {0};
	u32 id = vm->arch.id;

	if (monitor_cpu(cpu, &times))
		return (u64)-1;
	own.period = times.period;
	own.vm[id] = times.vm[id];
	if (!may_see(vm, 0))
		times = own;
	return guest_write(vm, to, &times, sizeof(times)) ? (u64)-1 : 0;
}

u64 hc_monitor_user(struct vm *vm, struct arch_vcpu *v, u32 n, u64 first, u64 second, u64 third)
{
	if (n >= NK_EVT_NR_USER)
		return (u64)-1;
	if (!prop_may_set(vm->arch.id, "nk.monitoring.user"))
		return DENIED;
	return monitor_user(v, n, first, second, (u32)third) ? 0 : LATER;
}
