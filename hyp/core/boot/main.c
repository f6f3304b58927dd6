// SPDX-License-Identifier: Apache-2.0
/*
 * From the board's device tree to running VMs. Every mistake of a configuration is found before
 * the first guest instruction, and ends the boot with one line.
 */
#include "arch/boot.h"
#include "arch/cpu.h"
#include "arch/gic.h"
#include "arch/irq.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "arch/timer.h"
#include "arch/trap.h"
#include "arch/upcall.h"
#include "core/boot/end.h"
#include "core/boot/main.h"
#include "core/boot/options.h"
#include "core/console/console.h"
#include "core/console/history.h"
#include "core/debug/bench.h"
#include "core/debug/symbols.h"
#include "core/prompt/prompt.h"
#include "core/system.h"
#include "core/unit.h"
#include "core/vm/boot.h"
#include "core/vm/ram.h"
#include "core/vm/vm.h"
#include "drivers/uart/uart.h"
#include "lib/log.h"
#include "lib/pages.h"

#define POOL_SIZE MIB(8)

void config_fail(const struct cfg_error *err)
{
	printk("error: %s", err->text);
	end_machine(END_CONFIG, "wrong configuration");
}

void core_panic_begin(void)
{
	static u32 panicking; /* number of the CPU, plus 1 */
	u32 me = this_cpu()->id + 1, first = 0;

	if (__atomic_compare_exchange_n(&panicking, &first, me, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE)) {
		arch_stop_others();
		console_flush_panic();
		return;
	}
	if (first == me)
		end_panic();
	arch_halt();
}

void core_panic_end(void)
{
	console_flush_panic();
	end_panic();
}

void core_backtrace(u64 fp, u64 pc, u64 sp)
{
	backtrace_print(pc, fp, ALIGN_DOWN(sp, PAGE_SIZE), ALIGN_UP(sp + 1, 4 * PAGE_SIZE));
}

void core_vm_gone(void)
{
	static bool gone;
	bool failed = false;

	for (u32 i = 0; i < sys_config.nr_vms; i++) {
		const struct vm *vm = vm_by_id(sys_config.vm[i].id);

		if (__atomic_load_n(&vm->state, __ATOMIC_ACQUIRE) != VM_STOPPED)
			return;
		failed |= vm->failed;
	}
	if (__atomic_exchange_n(&gone, true, __ATOMIC_ACQ_REL))
		return; /* two stopped at once: the other CPU does it */
	if (failed)
		end_machine(END_VM_FAILED, "the last VM has stopped, nk had ended one");
	end_machine(END_IN_ORDER, "the last VM has stopped");
}

/* Everything but nk's image, the board's tree, the bundle and EL2's pool is for VMs. */
static void memory_init(paddr_t fdt, u64 fdt_size, struct cfg_error *err)
{
	u64 pool;
	const struct range *r;

	ram_init(&board);
	ram_reserve(mmu_image_pa(), IMAGE_SIZE_MAX);
	ram_reserve(fdt, fdt_size);
	ram_reserve(board.initrd.base, board.initrd.size);
	history_reserve(fdt, board.initrd.base);
	/* At the top: what a VM's tree asks for by `pa` is mostly at the bottom, and not known yet. */
	if (!ram_alloc_highest(POOL_SIZE, BLOCK_SIZE, ~0UL, NULL, 0, &pool)) {
		cfg_fail(err, "memory: no %u MiB free for nk itself", (u32)(POOL_SIZE >> 20));
		config_fail(err);
	}
	if (mmu_map(VA_PHYS + pool, pool, POOL_SIZE, S1_DATA))
		panic("page pool not mapped");
	pages_init(phys_to_virt(pool), POOL_SIZE >> PAGE_SHIFT);
	for (u32 i = 0; (r = ram_free_range(i)); i++)
		if (mmu_map(VA_PHYS + r->base, r->base, r->size, S1_DATA))
			panic("RAM not mapped");
	history_start();
}

static void console_interrupts(const struct cfg_console *c)
{
	if (c->inverter.mask)
		uart_set_inverter(mmu_map_device(c->inverter.reg, sizeof(u32)), &c->inverter);
	for (u32 i = 0; i < c->nr_irqs; i++)
		irq_own(&c->irqs[i], this_cpu()->id, console_irq);
	console_start();
}

static void boot_on_own_stack(void)
{
	struct cfg_error err = {.text = ""};
	u32 started;

	bench_boot_cpu();
	started = arch_cpus_start(&board);

	if (board.console.type != CFG_UART_NONE)
		console_interrupts(&board.console);
	prompt_init(&core_prompt_ops);
	if (options.focus)
		console_set_focus(options.focus);
	printk("%u of %u CPUs, %u VMs", started, board.nr_cpus, sys_config.nr_vms);
	if (vms_boot(&err))
		config_fail(&err);
	core_idle(NULL);
}

static void console_boot(void)
{
	if (board.console.type == CFG_UART_NONE)
		return;
	console_set_color(options.color);
	console_set_columns(options.columns);
	console_init(mmu_map_device(board.console.reg.base, board.console.reg.size),
		     &board.console);
}

static int create_all(struct cfg_error *err)
{
	if (units_init(err))
		return -1;
	for (u32 i = 0; i < sys_config.nr_vms; i++)
		if (vm_create(&sys_config.vm[i], err))
			return -1;
	return units_ready(err);
}

void core_main(const void *fdt, paddr_t fdt_pa, u64 fdt_size)
{
	struct cfg_error err = {.text = ""};
	int ret;

	if (!fdt)
		arch_halt();
	ret = cfg_board_parse(&board, fdt, fdt_size, &err);
	arch_use_firmware(board.psci);
	options_parse(board.bootargs);
	console_boot();
	if (ret)
		config_fail(&err);
	printk("nk %s, GICv%u, %u CPUs", HYP_VERSION, board.gic.version, board.nr_cpus);

	memory_init(fdt_pa, fdt_size, &err);
	if (arch_boot_prepare(&board)) {
		cfg_fail(&err, "/cpus: the CPU nk was started on is not among them");
		config_fail(&err);
	}
	stage2_init();
	timer_init(&board);
	if (gic_init(&board.gic, mmu_map_device))
		panic("no usable interrupt controller");
	irq_init(&board);
	if (system_read(&err) || create_all(&err))
		config_fail(&err);
	arch_boot_continue(boot_on_own_stack);
}
