/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls: the table, and those that only look something up. */
#include "core/calls/hypercall.h"
#include "arch/cpu.h"
#include "arch/upcall.h"
#include "core/prop/prop.h"
#include "core/system.h"
#include "core/vm/vm.h"

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
	return vm_running_mask() & props_states_seen_by(vm->arch.id);
}

static u64 hc_get_cpuid(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	return v->cpu;
}

#define NARROW(n) BIT(n)

static u64 hc_unknown(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	return (u64)-1;
}

/* clang-format off */
#define HYPERCALLS(ENTRY) \
	ENTRY(CON_WRITE, con_write, NARROW(1), -1) \
	ENTRY(CON_POLL, con_poll, 0, -1) \
	ENTRY(CON_HIST_READ, con_hist_read, NARROW(2), -1) \
	ENTRY(CON_HIST_BOOT, con_hist_boot, 0, -1) \
	ENTRY(TIMER_GETFREQ, timer_getfreq, 0, -1) \
	ENTRY(TIMER_GETCOUNT, timer_getcount, 0, -1) \
	ENTRY(LAST_VM_ID, last_vm_id, 0, -1) \
	ENTRY(MY_VM_ID, my_vm_id, 0, -1) \
	ENTRY(RUNNING_IDS, running_ids, 0, -1) \
	ENTRY(VLINK_LOOKUP, vlink_lookup, 0, 0) \
	ENTRY(PDEV_ALLOC, pdev_alloc, NARROW(1), 0) \
	ENTRY(PMEM_ALLOC, pmem_alloc, NARROW(1), 0) \
	ENTRY(PXIRQ_ALLOC, pxirq_alloc, NARROW(1) | NARROW(2) | NARROW(3), 0) \
	ENTRY(XIRQ_PTOV, xirq_ptov, NARROW(0), -1) \
	ENTRY(XIRQ_POST, xirq_post, NARROW(0) | NARROW(1), -1) \
	ENTRY(SYSCONF_CTL, sysconf_ctl, NARROW(1), 0) \
	ENTRY(SYSCONF_POST, sysconf_post, NARROW(1), -1) \
	ENTRY(PROP_GET, prop_get, NARROW(2), -1) \
	ENTRY(PROP_SET, prop_set, NARROW(2), -1) \
	ENTRY(PROP_ENUM, prop_enum, NARROW(0) | NARROW(2), -1) \
	ENTRY(BALLOON_CTRL, balloon_ctrl, NARROW(0) | NARROW(2), 0) \
	ENTRY(MEM_EXTENT, mem_extent, NARROW(2), 0) \
	ENTRY(GET_CPUID, get_cpuid, 0, -1)
/* clang-format on */

#define ENTRY_INDEX(nr, name, narrow, error) AT_##nr,
#define ENTRY_AT(nr, name, narrow, error) [NK_HC_##nr] = AT_##nr,
#define ENTRY_TABLE(nr, name, narrow, error) {hc_##name, #name, NK_HC_##nr, narrow, error},

enum { AT_UNKNOWN, HYPERCALLS(ENTRY_INDEX) AT_END };

const struct hypercall hypercalls[] = {{hc_unknown, "unknown", 0, 0, -1}, HYPERCALLS(ENTRY_TABLE)};
const u32 nr_hypercalls = AT_END;

static const u8 at[NK_HC_LIMIT] = {HYPERCALLS(ENTRY_AT)};

/* Whether those arguments that have 32 bits fit them. */
static inline bool fit(u32 narrow, const u64 *a)
{
	u64 all = 0;

	for (; narrow; narrow &= narrow - 1)
		all |= a[__builtin_ctz(narrow)];
	return !(all >> 32);
}

u64 core_hypercall(struct arch_vcpu *v, u32 nr, const u64 *a)
{
	const struct hypercall *h = &hypercalls[at[nr % NK_HC_LIMIT]];

	if (h->narrow && unlikely(!fit(h->narrow, a)))
		return (u64)(s64)h->error;
	return h->fn(to_vm(v->vm), v, a);
}
