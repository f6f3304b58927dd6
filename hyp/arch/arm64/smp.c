/* SPDX-License-Identifier: Apache-2.0 */
/* Physical CPUs: their start through the firmware's PSCI, their mailboxes, and the machine's end. */
#include "arch/boot.h"
#include "arch/cpu.h"
#include "arch/gic.h"
#include "arch/irq.h"
#include "arch/run.h"
#include "arch/sysreg.h"
#include "arch/upcall.h"
#include "lib/log.h"
#include "lib/pages.h"
#include "nk/smccc.h"
#include "smp.h"

#define START_TIMEOUT_US 1000000
#define STOP_TIMEOUT_US 100000

struct percpu percpus[NK_CPUS_MAX];
static enum cfg_conduit conduit;

extern char secondary_entry[];

static s64 firmware_call(u64 fid, u64 a1, u64 a2, u64 a3)
{
	register u64 x0 __asm__("x0") = fid;
	register u64 x1 __asm__("x1") = a1;
	register u64 x2 __asm__("x2") = a2;
	register u64 x3 __asm__("x3") = a3;

#define FIRMWARE_CLOBBERS                                                                          \
	"x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",       \
		"x17", "memory"
	if (conduit != CFG_CONDUIT_SMC)
		return PSCI_RET_NOT_SUPPORTED;
	__asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::FIRMWARE_CLOBBERS);
	return (s64)x0;
}

/* Pages of a CPU's stacks, between guard pages. Returns -1 without memory. */
static int stack_map(u64 va, u32 pages)
{
	void *p = pages_alloc(pages);

	if (!p)
		return -1;
	return mmu_map(va, mmu_virt_to_phys(p), pages * PAGE_SIZE, S1_DATA);
}

int smp_cpu_prepare(u32 id, u64 mpidr, const u64 key[2])
{
	u64 va = VA_STACKS + id * STACK_STRIDE;
	struct percpu *cpu = &percpus[id];

	cpu->id = id;
	cpu->mpidr = mpidr;
	cpu->nk_key[0] = key[0];
	cpu->nk_key[1] = key[1];
	/* The panic stack lies behind the first one and a guard page as wide. */
	if (stack_map(va, STACK_PAGES) || stack_map(va + 2 * STACK_PAGES * PAGE_SIZE, 2))
		return -1;
	cpu->panic_stack = va + (2 * STACK_PAGES + 2) * PAGE_SIZE;
	return 0;
}

static bool wait_online(const struct percpu *cpu, u64 timeout_us)
{
	u64 end = arch_time_us() + timeout_us;

	while (!__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE)) {
		if (arch_time_us() > end)
			return false;
		cpu_relax();
	}
	return true;
}

u32 arch_cpus_start(const struct cfg_board *board)
{
	u32 started = 1;

	for (u32 i = 0; i < board->nr_cpus; i++) {
		s64 ret;

		if (i == this_cpu()->id)
			continue;
		ret = firmware_call(PSCI_CPU_ON_64, board->cpu_mpidr[i],
				    mmu_virt_to_phys(secondary_entry), i);
		if (ret || !wait_online(&percpus[i], START_TIMEOUT_US)) {
			printk("cpu%u: did not start: PSCI CPU_ON returned %d", i, (int)ret);
			continue;
		}
		started++;
	}
	return started;
}

void arch_use_firmware(enum cfg_conduit c)
{
	conduit = c;
}

int smp_cpu_online(void)
{
	struct percpu *cpu = this_cpu();

	run_cpu_init();
	if (gic_cpu_init(cpu->id, cpu->mpidr))
		return -1;
	irq_cpu_init();
	__atomic_store_n(&cpu->online, 1, __ATOMIC_RELEASE);
	return 0;
}

void arch_cpu_post(u32 cpu, u64 work)
{
	__atomic_or_fetch(&percpus[cpu].work, work, __ATOMIC_ACQ_REL);
	dsb(ishst);
	if (cpu != this_cpu()->id)
		gic_sgi_send(cpu, NK_SGI_KICK);
}

void arch_vcpu_request(struct arch_vcpu *v, u64 req)
{
	u64 old = __atomic_fetch_or(&v->requests, req, __ATOMIC_ACQ_REL);

	if ((old & req) == req || v->cpu == this_cpu()->id)
		return;
	dsb(ishst);
	gic_sgi_send(v->cpu, NK_SGI_KICK);
}

void arch_vcpu_release(struct arch_vcpu *v, u64 req)
{
	__atomic_and_fetch(&v->requests, ~req, __ATOMIC_ACQ_REL);
	arch_cpu_post(v->cpu, 0);
}

void arch_cpu_wait(void)
{
	dsb(sy);
	__asm__ volatile("wfi" ::: "memory");
	irq_handle();
}

void arch_cpu_restart_stack(void (*fn)(void *), void *arg)
{
	u64 top = VA_STACKS + this_cpu()->id * STACK_STRIDE + STACK_PAGES * PAGE_SIZE;

	stack_switch_call(top, fn, arg);
}

static __noreturn void halt(void)
{
	for (;;)
		__asm__ volatile("wfe" ::: "memory");
}

void arch_poweroff(void)
{
	firmware_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	halt();
}

void arch_reset(void)
{
	firmware_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	halt();
}

void arch_halt(void)
{
	halt();
}

static bool others_online(void)
{
	for (u32 i = 0; i < NK_CPUS_MAX; i++)
		if (&percpus[i] != this_cpu() && READ_ONCE(percpus[i].online))
			return true;
	return false;
}

void arch_stop_others(void)
{
	u64 end = arch_time_us() + STOP_TIMEOUT_US;

	for (u32 i = 0; i < NK_CPUS_MAX; i++)
		if (&percpus[i] != this_cpu() && READ_ONCE(percpus[i].online))
			gic_sgi_send(i, NK_SGI_STOP);
	while (others_online() && arch_time_us() < end)
		cpu_relax();
}
