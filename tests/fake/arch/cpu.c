// SPDX-License-Identifier: Apache-2.0
#include "fake/fake.h"

#include <sched.h>
#include <stddef.h>
#include <string.h>

#include "nk/dump.h"

#define CPU(n) .id = (n), .online = 1

struct percpu percpus[NK_CPUS_MAX] = {
	{CPU(0)}, {CPU(1)}, {CPU(2)},  {CPU(3)},  {CPU(4)},  {CPU(5)},	{CPU(6)},  {CPU(7)},
	{CPU(8)}, {CPU(9)}, {CPU(10)}, {CPU(11)}, {CPU(12)}, {CPU(13)}, {CPU(14)}, {CPU(15)},
};
__thread u32 fake_here;
bool fake_yields;
void (*fake_relaxed)(void);
u32 fake_kicks[NK_CPUS_MAX];
u32 fake_waits;
u32 fake_alarms[NK_CPUS_MAX];
struct fake_held fake_held;
u32 fake_answers;

struct percpu *this_cpu(void)
{
	return &percpus[fake_here];
}

void cpu_relax(void)
{
	if (fake_relaxed)
		fake_relaxed();
	if (fake_yields)
		sched_yield();
}

bool arch_vcpu_request(struct arch_vcpu *v, u64 req)
{
	u64 old = __atomic_fetch_or(&v->requests, req, __ATOMIC_ACQ_REL);

	if ((old & req) == req)
		return false;
	if (v->cpu == fake_here)
		return v != percpus[fake_here].vcpu;
	fake_kicks[v->cpu]++;
	return true;
}

void arch_cpu_ask_alarm(u32 cpu)
{
	fake_alarms[cpu]++;
}

void arch_vcpu_hold(struct arch_vcpu *v, u64 until)
{
	fake_held.vcpus |= 1U << v->id;
	fake_held.until = until;
}

void arch_vcpu_await(struct arch_vcpu *v, const void *what, u64 until)
{
	v->awaits = what;
	v->awaits_until = until;
}

void arch_vcpu_answer(struct arch_vcpu *v, const void *what)
{
	fake_answers++;
	if (v->awaits == what)
		v->awaits = NULL;
}

bool arch_cpu_poll(void)
{
	return true;
}

void arch_cpu_wait(void)
{
	fake_waits++;
}

void arch_vcpu_regs(const struct arch_vcpu *v, struct nk_dump_vcpu *r)
{
	memset(r, 0, sizeof(*r));
	r->mpidr = v->mpidr;
}
