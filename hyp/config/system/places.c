// SPDX-License-Identifier: Apache-2.0
/* Where a VM finds what nk emulates for it: where the board has it, or at addresses of the VM's own. */
#include "config/system/system.h"
#include "lib/string.h"

#define GICV2_CPU_SIZE KIB(8)
#define UART_SIZE PAGE_SIZE
#define UART_INTID_MAX 991 /* some above the highest are left for cross interrupts */

u32 sys_frames(const struct sys_parse *p, const struct cfg_vm *vm, struct sys_frame *frames)
{
	const char *gic = vm->has_gic ? "gic" : NULL;
	bool v3 = p->b->gic.version == 3;
	u32 n = 0;

	frames[n++] = (struct sys_frame){"interrupt controller's distributor", gic, vm->gic_dist};
	frames[n++] = (struct sys_frame){v3 ? "interrupt controller's redistributors"
					    : "interrupt controller's CPU frame",
					 gic, vm->gic_cpu};
	if (vm->uart.size)
		frames[n++] =
			(struct sys_frame){"console UART", vm->has_uart ? "uart" : NULL, vm->uart};
	return n;
}

/* One of the VM's own can be translated, and is where no other is. */
static int check_frame(const struct sys_parse *p, const struct cfg_vm *vm,
		       const struct sys_frame *own, const struct sys_frame *others, u32 n)
{
	struct dt_prop value = dt_get(p->fdt, vm->node.at, own->own);

	if (own->range.base > SYS_IPA_END - own->range.size)
		return dt_fail(p->err, p->fdt, vm->node.at, own->own, &value, "the %s below 0x%llx",
			       own->name, (unsigned long long)SYS_IPA_END);
	for (; n--; others++)
		if (others != own && ranges_overlap(&others->range, &own->range))
			return dt_fail(p->err, p->fdt, vm->node.at, own->own, &value,
				       "the %s beside the %s, 0x%llx to 0x%llx", own->name,
				       others->name, (unsigned long long)others->range.base,
				       (unsigned long long)range_end(&others->range) - 1);
	return 0;
}

static int check_frames(const struct sys_parse *p, const struct cfg_vm *vm)
{
	struct sys_frame frames[SYS_FRAMES_MAX];
	u32 n = sys_frames(p, vm, frames);

	for (u32 i = 0; i < n; i++)
		if (frames[i].own && check_frame(p, vm, &frames[i], frames, n))
			return -1;
	return 0;
}

static int read_gic(const struct sys_parse *p, struct cfg_vm *vm, const struct dt_prop *value)
{
	const struct cfg_gic *gic = &p->b->gic;
	bool v3 = gic->version == 3;
	u64 step = v3 ? KIB(64) : PAGE_SIZE;

	vm->gic_dist = gic->dist;
	vm->gic_cpu = v3 ? gic->redist[0] : gic->cpu;
	if (!vm->has_gic)
		return 0;
	if (value->len != 16 || !IS_ALIGNED(dt_cells(value, 0, 2) | dt_cells(value, 2, 2), step))
		return dt_fail(p->err, p->fdt, vm->node.at, "gic", value,
			       v3 ? "two cells each for distributor and redistributors, multiples "
				    "of 64 KiB (0x10000)"
				  : "two cells each for distributor and CPU interface, multiples "
				    "of 4 KiB (0x1000)");
	vm->gic_dist = (struct range){dt_cells(value, 0, 2), step};
	vm->gic_cpu = (struct range){dt_cells(value, 2, 2),
				     v3 ? vm->nr_vcpus * GICR_FRAMES : GICV2_CPU_SIZE};
	return 0;
}

/* As the board's, if nk knows that. */
static void place_uart(const struct cfg_console *board, struct cfg_vm *vm)
{
	if (board->type == CFG_UART_NONE)
		return;
	vm->uart = (struct range){cfg_console_page(board), UART_SIZE};
	vm->uart_intid = board->irqs[0].intid;
}

static int read_uart(const struct sys_parse *p, struct cfg_vm *vm, const struct dt_prop *value)
{
	const char *word = dt_string(value);

	vm->has_uart = value->data;
	if (!vm->has_uart)
		place_uart(&p->b->console, vm);
	if (!vm->has_uart || (word && !strcmp(word, "none")))
		return 0;
	if (value->len != 12 || !IS_ALIGNED(dt_cells(value, 0, 2), PAGE_SIZE) ||
	    dt_cell(value, 2) < 32 || dt_cell(value, 2) > UART_INTID_MAX)
		return dt_fail(
			p->err, p->fdt, vm->node.at, "uart", value,
			"two cells of an address, a multiple of 4 KiB (0x1000), and an INTID, "
			"32 to %d; or \"none\"",
			UART_INTID_MAX);
	vm->uart = (struct range){dt_cells(value, 0, 2), UART_SIZE};
	vm->uart_intid = dt_cell(value, 2);
	return 0;
}

int sys_places(const struct sys_parse *p, struct cfg_vm *vm, const struct dt_prop *gic,
	       const struct dt_prop *uart)
{
	return read_gic(p, vm, gic) || read_uart(p, vm, uart) || check_frames(p, vm) ? -1 : 0;
}
