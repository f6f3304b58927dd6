// SPDX-License-Identifier: Apache-2.0
/* Secondary CPUs, the identity map, spinlocks. */
#include "rt/rt.h"
#include "rt/dt.h"
#include "rt/psci.h"

extern char stacks[];

struct cpu cpus[CPUS_MAX];
u32 nr_cpus = 1;

static int next_cpu(int after)
{
	return fdt_node_offset_by_prop_value(dt, after, "device_type", "cpu", sizeof("cpu"));
}

void cpus_find(void)
{
	int node, len;
	u32 n;

	nr_cpus = 0;
	for (node = next_cpu(-1); node >= 0 && nr_cpus < CPUS_MAX; node = next_cpu(node)) {
		const void *reg = dt_prop(node, "reg", &len);

		if (reg)
			cpus[nr_cpus++].mpidr = len == 8 ? fdt64_ld(reg) : fdt32_ld(reg);
	}
	if (!nr_cpus)
		cpus[nr_cpus++].mpidr = read_sysreg(mpidr_el1) & MPIDR_AFF_MASK;
	for (n = 0; n < nr_cpus; n++) {
		cpus[n].index = n;
		cpus[n].sp_top = (u64)stacks + (n + 1) * STACK_SIZE;
	}
	cpus[0].online = 1;
}

void rt_secondary(struct cpu *c)
{
	mmu_on();
	c->online = 1;
	__atomic_add_fetch(&c->starts, 1, __ATOMIC_RELEASE);
	c->fn(c->arg);
	c->online = 0;
	dsb();
	psci_call(PSCI_CPU_OFF, 0, 0, 0);
}

s64 cpu_start(u32 index, void (*fn)(void *), void *arg)
{
	struct cpu *c = &cpus[index];
	u32 starts = c->starts;
	s64 status;
	u64 line, end;

	c->fn = fn;
	c->arg = arg;
	c->online = 0;
	/* The CPU reads its stack pointer with its caches off. */
	for (line = ALIGN_DOWN((u64)c, 16UL); line < (u64)(c + 1); line += 16)
		asm volatile("dc cvac, %0" ::"r"(line) : "memory");
	dsb();
	status = (s64)psci_call(PSCI_CPU_ON_64, c->mpidr, (u64)secondary_start, (u64)c);
	/* QEMU's own firmware reports a CPU on its way as off. */
	end = counter() + 10 * counter_hz();
	while (!status && __atomic_load_n(&c->starts, __ATOMIC_ACQUIRE) == starts &&
	       counter() < end)
		cpu_relax();
	return status;
}

bool cpu_wait_off(u32 index)
{
	u64 end = counter() + 10 * counter_hz();

	while (psci_status(PSCI_AFFINITY_INFO_64, cpus[index].mpidr, 0, 0) != PSCI_AFFINITY_OFF) {
		if (counter() > end)
			return false;
		/* Each look is an exit, and under QEMU all CPUs' exits share one lock. */
		delay_us(200);
	}
	return true;
}

bool cpus_meet(u32 n)
{
	static u32 come;
	u32 all = (__atomic_fetch_add(&come, 1, __ATOMIC_ACQ_REL) / n + 1) * n;
	u64 end = counter() + 10 * counter_hz();

	while (__atomic_load_n(&come, __ATOMIC_ACQUIRE) < all) {
		if (counter() > end)
			return false;
		cpu_relax();
	}
	return true;
}

/*
 * Arm ARM D8.3: level 1 blocks of 1 GiB, 39-bit input. Attribute 0 is Device-nGnRnE,
 * 1 is Normal write-back.
 */
#define BLOCK_DEVICE (1UL | 0UL << 2 | 1UL << 10 | 3UL << 53)
#define BLOCK_NORMAL (1UL | 1UL << 2 | 3UL << 8 | 1UL << 10)
#define TCR_39BIT (25UL | 1UL << 8 | 1UL << 10 | 3UL << 12 | 1UL << 23 | 2UL << 32)
#define SCTLR_MCI (BIT(0) | BIT(2) | BIT(12))

static u64 __aligned(4096) table[512];

void mmu_on(void)
{
	u64 i;

	if (!table[0]) {
		for (i = 0; i < 256; i++)
			table[i] = i << 30 | (i ? BLOCK_NORMAL : BLOCK_DEVICE);
	}
	dsb();
	write_sysreg(mair_el1, 0xff00);
	write_sysreg(tcr_el1, TCR_39BIT);
	write_sysreg(ttbr0_el1, table);
	isb();
	asm volatile("tlbi vmalle1\n\tic iallu\n\tdsb sy\n\tisb" ::: "memory");
	write_sysreg(sctlr_el1, read_sysreg(sctlr_el1) | SCTLR_MCI);
	isb();
}

void spin_lock(spin_t *l)
{
	u32 v, fail;

	asm volatile("sevl\n"
		     "1:	wfe\n"
		     "2:	ldaxr	%w0, [%2]\n"
		     "	cbnz	%w0, 1b\n"
		     "	stxr	%w1, %w3, [%2]\n"
		     "	cbnz	%w1, 2b"
		     : "=&r"(v), "=&r"(fail)
		     : "r"(&l->v), "r"(1)
		     : "memory");
}

void spin_unlock(spin_t *l)
{
	asm volatile("stlr wzr, [%0]" ::"r"(&l->v) : "memory");
}
