// SPDX-License-Identifier: Apache-2.0
/* From head.S to core: secrets, CPUs' own blocks, the board's device tree in sight. */
#include "arch/boot.h"
#include "arch/cpu.h"
#include "arch/pgtable.h"
#include "arch/sysreg.h"
#include "arch/upcall.h"
#include "nk/smccc.h"
#include "smp.h"

#define FDT_MAGIC 0xd00dfeed
#define RNDR S3_3_C2_C4_0

/* Called by assembly, or defined there. */
void arch_boot_percpu(void);
void guard_init(void);
__noreturn void arch_boot(paddr_t fdt, u64 ticks);
__noreturn void arch_boot_secondary(u32 id);
void pac_enable(u64 lo, u64 hi);
__noreturn void __stack_chk_fail(void);

extern char boot_stack_end[];

u64 __stack_chk_guard = 0x595e9fbd94fda766;
static struct percpu boot_block;
static u32 boot_id;
static u64 boot_ticks;

/* Something wrote over a stack canary: the compiler's checks end here. */
void __stack_chk_fail(void)
{
	panic("stack overwritten");
}

/* The CPU's random numbers where it has them, else what the counter's low bits give. */
static u64 boot_random(void)
{
	u64 value = read_sysreg(cntpct_el0);

	if (id_field(read_sysreg(id_aa64isar0_el1), 60))
		value ^= read_sysreg(RNDR);
	/* A multiplicative mix spreads the counter's few live bits. */
	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9UL;
	return value ^ (value >> 27);
}

/* First C of the boot CPU: exceptions need to find a block, though the board's order is unknown. */
void arch_boot_percpu(void)
{
	boot_block.panic_stack = (u64)boot_stack_end;
	boot_block.mpidr = read_sysreg(mpidr_el1) & MPIDR_AFF_MASK;
	write_sysreg((u64)&boot_block, tpidr_el2);
}

/* Called from assembly between functions: no frame is live when the canary changes. */
__attribute__((optimize("no-stack-protector"))) void guard_init(void)
{
	/* A zero byte stops string overruns from writing the canary back. */
	__stack_chk_guard = boot_random() << 8;
}

static u32 be32(const void *p)
{
	return __builtin_bswap32(*(const u32 *)p);
}

/* Maps the tree the firmware passed, and tells core; nothing of it is trusted but its size. */
void arch_boot(paddr_t fdt, u64 ticks)
{
	u64 offset = fdt & (PAGE_SIZE - 1);
	const u8 *va = (const u8 *)VA_FDT + offset;
	u64 size, pages;

	boot_ticks = ticks;
	if ((fdt & 7) || mmu_map(VA_FDT, fdt - offset, PAGE_SIZE, S1_RODATA) ||
	    be32(va) != FDT_MAGIC)
		core_main(NULL, 0, 0);
	size = be32(va + 4);
	if (size < 64 || size > FDT_SIZE_MAX)
		core_main(NULL, 0, 0);
	pages = ALIGN_UP(offset + size, PAGE_SIZE);
	if (pages > PAGE_SIZE &&
	    mmu_map(VA_FDT + PAGE_SIZE, fdt - offset + PAGE_SIZE, pages - PAGE_SIZE, S1_RODATA))
		core_main(NULL, 0, 0);
	core_main(va, fdt, size);
}

u64 arch_boot_ticks(void)
{
	return boot_ticks;
}

/*
 * This CPU's key and the rest. Whoever calls it never returns: return addresses signed before it
 * would not match after. For the same reason it signs none itself.
 */
__attribute__((target("branch-protection=bti"))) static int cpu_enter(struct percpu *cpu)
{
	if (cpu_has_pac())
		pac_enable(cpu->nk_key[0], cpu->nk_key[1]);
	return smp_cpu_online();
}

int arch_boot_prepare(const struct cfg_board *board)
{
	u64 key[2] = {boot_random(), boot_random()};

	boot_id = board->nr_cpus;
	for (u32 i = 0; i < board->nr_cpus; i++) {
		if (smp_cpu_prepare(i, board->cpu_mpidr[i], key))
			return -1;
		if (board->cpu_mpidr[i] == boot_block.mpidr)
			boot_id = i;
	}
	return boot_id < board->nr_cpus ? 0 : -1;
}

static __noreturn void boot_next(void *next)
{
	struct percpu *cpu = &percpus[boot_id];

	write_sysreg((u64)cpu, tpidr_el2);
	cpu_common_start(cpu);
	if (cpu_enter(cpu))
		panic("the interrupt controller has nothing for this CPU");
	((void (*)(void))next)();
	arch_halt();
}

void arch_boot_continue(void (*next)(void))
{
	stack_switch_call(VA_STACKS + boot_id * STACK_STRIDE + STACK_PAGES * PAGE_SIZE, boot_next,
			  (void *)next);
}

void arch_boot_secondary(u32 id)
{
	struct percpu *cpu = &percpus[id];

	write_sysreg((u64)cpu, tpidr_el2);
	smp_cpu_meet(cpu);
	if (cpu_enter(cpu))
		arch_halt(); /* counted as one that did not start */
	core_idle(NULL);
}
