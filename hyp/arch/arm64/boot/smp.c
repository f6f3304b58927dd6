// SPDX-License-Identifier: Apache-2.0
/* Physical CPUs: their start through the firmware's PSCI, their mailboxes, and the machine's end. */
#include "arch/boot.h"
#include "arch/cpu.h"
#include "arch/cpu_id.h"
#include "arch/gic.h"
#include "arch/irq.h"
#include "arch/run.h"
#include "arch/sysreg.h"
#include "arch/trap.h"
#include "arch/upcall.h"
#include "lib/log.h"
#include "lib/pages.h"
#include "nk/smccc.h"
#include "smp.h"

#define START_TIMEOUT_US 1000000
#define STOP_TIMEOUT_US 100000

/* percpu.start: the CPU says that it is here, the boot CPU whether it may go on. */
enum { START_AWAITED, START_HERE, START_GO, START_REFUSED };

struct percpu percpus[NK_CPUS_MAX];
static enum cfg_conduit conduit;

extern char secondary_entry[];

static s64 firmware_smc(u64 fid, u64 a1, u64 a2, u64 a3)
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

static s64 firmware_call(u64 fid, u64 a1, u64 a2, u64 a3)
{
	s64 ret;

	if (unlikely(READ_ONCE(watch_mode)))
		watch_cpu_event(NK_EVT_ID_CPU_TO_EL3, NK_CPU_OP_TO_EL3);
	ret = firmware_smc(fid, a1, a2, a3);
	watch_event(NK_EVT_ID_CPU_FROM_EL3);
	return ret;
}

int smp_stack_map(u64 va, u32 pages)
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
	if (smp_stack_map(va, STACK_PAGES) || smp_stack_map(va + 2 * STACK_PAGES * PAGE_SIZE, 2))
		return -1;
	cpu->panic_stack = va + (2 * STACK_PAGES + 2) * PAGE_SIZE;
	return 0;
}

/* Waits until *word is no longer 0. */
static bool wait_set(const u32 *word, u64 timeout_us)
{
	u64 end = arch_time_us() + timeout_us;

	while (!__atomic_load_n(word, __ATOMIC_ACQUIRE)) {
		if (arch_time_us() > end)
			return false;
		cpu_relax();
	}
	return true;
}

/* From one step of a CPU's start to the next; false when the other side has gone on meanwhile. */
static bool start_step(struct percpu *cpu, u32 from, u32 to)
{
	return __atomic_compare_exchange_n(&cpu->start, &from, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

/* Shows it to the boot CPU; returns whether the CPU may go on. */
static bool ask_boot_cpu(struct percpu *cpu, const struct cpu_id *id)
{
	u32 answer;

	cpu->identity = id;
	/* Who comes when it is no longer waited for takes no part. */
	if (!start_step(cpu, START_AWAITED, START_HERE))
		return false;
	while ((answer = __atomic_load_n(&cpu->start, __ATOMIC_ACQUIRE)) == START_HERE)
		cpu_relax();
	return answer == START_GO;
}

void smp_cpu_meet(struct percpu *cpu)
{
	struct cpu_id id;

	cpu_common_read(&id);
	if (!ask_boot_cpu(cpu, &id))
		arch_halt();
}

/* Lets a CPU in that is like the first one; says why not. */
static bool let_in(struct percpu *cpu)
{
	const char *lacks = cpu_common_join(cpu);

	start_step(cpu, START_HERE, lacks ? START_REFUSED : START_GO);
	if (lacks)
		printk("cpu%u: not used: it lacks the %s of the first CPU", cpu->id, lacks);
	return !lacks;
}

static bool start_cpu(struct percpu *cpu)
{
	s64 ret = firmware_call(PSCI_CPU_ON_64, cpu->mpidr, mmu_virt_to_phys(secondary_entry),
				cpu->id);
	bool here = !ret && (wait_set(&cpu->start, START_TIMEOUT_US) ||
			     !start_step(cpu, START_AWAITED, START_REFUSED));

	if (here && !let_in(cpu))
		return false;
	if (!here || !wait_set(&cpu->online, START_TIMEOUT_US)) {
		printk("cpu%u: did not start: PSCI CPU_ON returned %d", cpu->id, (int)ret);
		return false;
	}
	return true;
}

u32 arch_cpus_start(const struct cfg_board *board)
{
	u32 started = 1;

	for (u32 i = 0; i < board->nr_cpus; i++)
		if (i != this_cpu()->id)
			started += start_cpu(&percpus[i]);
	sysreg_init();
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
	watch_event(NK_EVT_ID_CPU_START);
	__atomic_store_n(&cpu->online, 1, __ATOMIC_RELEASE);
	return 0;
}

void arch_cpu_kick(u32 cpu)
{
	dsb(ishst);
	if (cpu != this_cpu()->id)
		gic_sgi_send(cpu, NK_SGI_KICK);
}

void arch_cpu_ask_alarm(u32 cpu)
{
	dsb(ishst);
	gic_sgi_send(cpu, NK_SGI_ALARM);
}

bool arch_vcpu_request(struct arch_vcpu *v, u64 req)
{
	return vcpu_ask(v, req);
}

void arch_vcpu_release(struct arch_vcpu *v, u64 req)
{
	__atomic_and_fetch(&v->requests, ~req, __ATOMIC_ACQ_REL);
	__atomic_or_fetch(&v->requests, VCPU_REQ_WOKEN, __ATOMIC_ACQ_REL);
	arch_cpu_kick(v->cpu);
}

void arch_vcpu_hold(struct arch_vcpu *v, u64 until)
{
	watch_held(v);
	WRITE_ONCE(v->held_until, MAX(READ_ONCE(v->held_until), until));
	arch_vcpu_request(v, VCPU_REQ_HOLD);
}

void arch_vcpu_await(struct arch_vcpu *v, const void *what, u64 until)
{
	v->awaits_until = until;
	__atomic_store_n(&v->awaits, what, __ATOMIC_RELEASE);
	arch_vcpu_request(v, VCPU_REQ_AWAIT);
}

void arch_vcpu_answer(struct arch_vcpu *v, const void *what)
{
	if (__atomic_compare_exchange_n(&v->awaits, &what, NULL, false, __ATOMIC_ACQ_REL,
					__ATOMIC_RELAXED))
		arch_vcpu_release(v, VCPU_REQ_AWAIT);
}

void arch_cpu_wait(void)
{
	if (unlikely(READ_ONCE(watch_mode) | this_cpu_now()->watch.mode)) {
		watch_wait();
		return;
	}
	dsb(sy);
	__asm__ volatile("wfi" ::: "memory");
	irq_handle();
}

static __noreturn void halt_cpu(void)
{
	for (;;)
		__asm__ volatile("wfe" ::: "memory");
}

void arch_poweroff(void)
{
	firmware_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	halt_cpu();
}

void arch_reset(void)
{
	firmware_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	halt_cpu();
}

void arch_halt(void)
{
	halt_cpu();
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
