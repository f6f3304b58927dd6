/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls: the table, and those that only look something up. */
#include "core/hypercall.h"
#include "arch/cpu.h"
#include "arch/upcall.h"
#include "core/vm.h"

static u64 hc_timer_getfreq(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	return arch_counter_hz();
}

static u64 hc_timer_getcount(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	return arch_counter();
}

static u64 hc_last_vm_id(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	return sys_config.vm[sys_config.nr_vms - 1].id;
}

static u64 hc_my_vm_id(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	return vm->arch.id;
}

static u64 hc_running_ids(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	return vm_running_mask();
}

static u64 hc_get_cpuid(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	return v->cpu;
}

#define NARROW(n) BIT(n)

const struct hypercall hypercalls[NK_HC_LIMIT] = {
	[NK_HC_CON_WRITE] = {"con_write", hc_con_write, NARROW(1), -1},
	[NK_HC_CON_POLL] = {"con_poll", hc_con_poll, 0, -1},
	[NK_HC_CON_HIST_READ] = {"con_hist_read", hc_con_hist_read, NARROW(2), -1},
	[NK_HC_CON_HIST_BOOT] = {"con_hist_boot", hc_con_hist_boot, 0, -1},
	[NK_HC_TIMER_GETFREQ] = {"timer_getfreq", hc_timer_getfreq, 0, -1},
	[NK_HC_TIMER_GETCOUNT] = {"timer_getcount", hc_timer_getcount, 0, -1},
	[NK_HC_LAST_VM_ID] = {"last_vm_id", hc_last_vm_id, 0, -1},
	[NK_HC_MY_VM_ID] = {"my_vm_id", hc_my_vm_id, 0, -1},
	[NK_HC_RUNNING_IDS] = {"running_ids", hc_running_ids, 0, -1},
	[NK_HC_VLINK_LOOKUP] = {"vlink_lookup", hc_vlink_lookup, 0, 0},
	[NK_HC_PDEV_ALLOC] = {"pdev_alloc", hc_pdev_alloc, NARROW(1), 0},
	[NK_HC_PMEM_ALLOC] = {"pmem_alloc", hc_pmem_alloc, NARROW(1), 0},
	[NK_HC_PXIRQ_ALLOC] = {"pxirq_alloc", hc_pxirq_alloc, NARROW(1) | NARROW(2) | NARROW(3), 0},
	[NK_HC_XIRQ_PTOV] = {"xirq_ptov", hc_xirq_ptov, NARROW(0), -1},
	[NK_HC_XIRQ_POST] = {"xirq_post", hc_xirq_post, NARROW(0) | NARROW(1), -1},
	[NK_HC_SYSCONF_CTL] = {"sysconf_ctl", hc_sysconf_ctl, NARROW(1), 0},
	[NK_HC_SYSCONF_POST] = {"sysconf_post", hc_sysconf_post, NARROW(1), -1},
	[NK_HC_PROP_GET] = {"prop_get", hc_prop_get, NARROW(2), -1},
	[NK_HC_PROP_SET] = {"prop_set", hc_prop_set, NARROW(2), -1},
	[NK_HC_PROP_ENUM] = {"prop_enum", hc_prop_enum, NARROW(0) | NARROW(2), -1},
	[NK_HC_BALLOON_CTRL] = {"balloon_ctrl", hc_balloon_ctrl, NARROW(0) | NARROW(2), 0},
	[NK_HC_GET_CPUID] = {"get_cpuid", hc_get_cpuid, 0, -1},
};

u64 core_hypercall(struct arch_vcpu *v, u32 nr, const u64 *a)
{
	const struct hypercall *h = &hypercalls[nr % NK_HC_LIMIT];

	if (unlikely(!h->fn))
		return (u64)-1;
	for (u32 i = 0, narrow = h->narrow; unlikely(narrow); i++, narrow >>= 1)
		if ((narrow & 1) && a[i] >> 32)
			return (u64)(s64)h->error;
	return h->fn(to_vm(v->vm), v, a);
}
