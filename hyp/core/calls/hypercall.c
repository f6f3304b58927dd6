// SPDX-License-Identifier: Apache-2.0
/* Hypercalls: how they get to their functions, and those that only look something up. */
#include "core/calls/hypercall.h"
#include "arch/cpu.h"
#include "arch/upcall.h"
#include "core/prop/prop.h"
#include "core/system.h"
#include "core/vm/vm.h"

u64 hc_timer_getfreq(struct vm *vm, struct arch_vcpu *v)
{
	return arch_ticks_hz();
}

u64 hc_timer_getcount(struct vm *vm, struct arch_vcpu *v)
{
	return arch_ticks();
}

u64 hc_last_vm_id(struct vm *vm, struct arch_vcpu *v)
{
	return sys_config.vm[sys_config.nr_vms - 1].id;
}

u64 hc_my_vm_id(struct vm *vm, struct arch_vcpu *v)
{
	return vm->arch.id;
}

u64 hc_running_ids(struct vm *vm, struct arch_vcpu *v)
{
	return vm_running_mask() & props_states_seen_by(vm->arch.id);
}

u64 hc_get_cpuid(struct vm *vm, struct arch_vcpu *v)
{
	return v->cpu;
}

/* Arguments that were passed, as the types they were found to fit. */
#define HC_ARGS0() vm, v
#define HC_ARGS1(t0, n0) HC_ARGS0(), (t0)a[0]
#define HC_ARGS2(t0, n0, t1, n1) HC_ARGS1(t0, n0), (t1)a[1]
#define HC_ARGS3(t0, n0, t1, n1, t2, n2) HC_ARGS2(t0, n0, t1, n1), (t2)a[2]
#define HC_ARGS4(t0, n0, t1, n1, t2, n2, t3, n3) HC_ARGS3(t0, n0, t1, n1, t2, n2), (t3)a[3]

/* Bits that an argument has beyond its type. */
#define HC_OVER0() 0
#define HC_OVER1(t0, n0) (a[0] ^ (t0)a[0])
#define HC_OVER2(t0, n0, t1, n1) (HC_OVER1(t0, n0) | (a[1] ^ (t1)a[1]))
#define HC_OVER3(t0, n0, t1, n1, t2, n2) (HC_OVER2(t0, n0, t1, n1) | (a[2] ^ (t2)a[2]))
#define HC_OVER4(t0, n0, t1, n1, t2, n2, t3, n3)                                                   \
	(HC_OVER3(t0, n0, t1, n1, t2, n2) | (a[3] ^ (t3)a[3]))

#define HC_PASS(n, nr, name, error, ...)                                                           \
	static u64 pass_##name(struct vm *vm, struct arch_vcpu *v, const u64 *a)                   \
	{                                                                                          \
		if (unlikely(HC_OVER##n(__VA_ARGS__)))                                             \
			return (u64)(s64)(error);                                                  \
		return hc_##name(HC_ARGS##n(__VA_ARGS__));                                         \
	}
HYPERCALLS(HC_PASS)

static u64 pass_unknown(struct vm *vm, struct arch_vcpu *v, const u64 *a)
{
	return (u64)-1;
}

#define HC_INDEX(n, nr, ...) AT_##nr,
#define HC_AT(n, nr, ...) [NK_HC_##nr] = AT_##nr,
#define HC_ENTRY(n, nr, name, ...) {pass_##name, #name, NK_HC_##nr},

enum { AT_UNKNOWN, HYPERCALLS(HC_INDEX) AT_END };

const struct hypercall hypercalls[] = {{pass_unknown, "unknown", 0}, HYPERCALLS(HC_ENTRY)};
const u32 nr_hypercalls = AT_END;

static const u8 at[NK_HC_LIMIT] = {HYPERCALLS(HC_AT)};

u64 core_hypercall(struct arch_vcpu *v, u32 nr, const u64 *a)
{
	return hypercalls[at[nr % NK_HC_LIMIT]].fn(to_vm(v->vm), v, a);
}
