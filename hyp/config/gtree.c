/* SPDX-License-Identifier: Apache-2.0 */
/* The generated tree of a guest: what nk emulates for it. */
#include "config/gtree.h"

#include "config/gtree_int.h"
#include "lib/string.h"

#define UART_CLOCK_PHANDLE 0x6e6b0001 /* "nk", 1: far from what dtc and firmware count up to */
#define GIC_PHANDLE 0x6e6b0002 /* where the board's GIC has none */

/* Third cell of an interrupt (bindings arm,gic and arm,gic-v3). */
#define IRQ_LEVEL_HIGH 4
#define GICV2_PPI_CPUS_MAX 8

#define IRQS_MAX 4 /* of one generated node */
#define PPI_TIMER_SECURE 29 /* Arm BSA; no guest can use it, but the binding counts by place */
#define MPIDR_AFFINITY 0xff00fffffful

static u32 gic_phandle(const struct gtree *g)
{
	return g->board->gic.phandle ? g->board->gic.phandle : GIC_PHANDLE;
}

/* The board's node of the physical CPU, or negative. */
static int find_cpu(const void *fdt, int cpus, u64 mpidr)
{
	int node = cpus < 0 ? cpus : dt_first_child(fdt, cpus);

	for (; node >= 0; node = dt_next_child(fdt, node)) {
		struct dt_prop reg = dt_get(fdt, node, "reg");

		if (!dt_name_is(fdt, node, "cpu") || (reg.len != 4 && reg.len != 8))
			continue;
		if (dt_number(&reg) == mpidr)
			return node;
	}
	return -1;
}

static void put_cpu(struct gtree *g, int cpus, u32 index)
{
	const struct cfg_board *b = g->board;
	int cpu = find_cpu(b->fdt, cpus, b->cpu_mpidr[g->vm->vcpu_cpu[index]] & MPIDR_AFFINITY);
	u64 id = g->p->vcpu_mpidr[index] & 0xffffff;
	struct dt_prop compatible = {"arm,armv8", sizeof("arm,armv8")};

	gtree_put(g, "cpu@%{device_type='cpu';reg=%;enable-method='psci';", (const u64[]){id, id});
	if (cpu >= 0)
		compatible = dt_get(b->fdt, cpu, "compatible");
	gtree_prop(g, "compatible", compatible.data, compatible.len);
	gtree_end(g);
}

/*
 * Interrupts and interrupt maps of copied nodes count the cells of the board's GIC, so the
 * guest's has as many: 3 or 4, and those of an address below it.
 */
static u32 gic_irq_cells(const struct gtree *g)
{
	return g->board->gic.irq_cells == 4 ? 4 : 3;
}

static void put_interrupts(struct gtree *g, const u32 *intid, u32 n, u32 flags)
{
	u32 cells[4 * IRQS_MAX] = {0};
	u32 step = gic_irq_cells(g);

	for (u32 i = 0; i < n; i++) {
		bool spi = intid[i] >= 32;

		cells[i * step] = spi ? 0 : 1;
		cells[i * step + 1] = intid[i] - (spi ? 32 : 16);
		cells[i * step + 2] = flags;
	}
	gtree_cells(g, "interrupts", cells, n * step);
}

static void put_gic(struct gtree *g)
{
	const struct gtree_params *p = g->p;
	const struct cfg_gic *gic = &g->board->gic;
	bool v3 = gic->version == 3;
	struct dt_prop cells = dt_get(g->board->fdt, gic->node, "#address-cells");
	const u64 args[] = {
		p->gicd_base,
		p->gicd_base,
		p->gicd_size,
		v3 ? p->gicr_base : p->gicc_base,
		v3 ? p->gicr_size : p->gicc_size,
		gic_irq_cells(g),
		cells.len == 4 ? dt_cell(&cells, 0) : 0,
		gic_phandle(g),
	};

	gtree_put(g,
		  "intc@%{reg=^ ^ ^ ^;interrupt-controller;"
		  "#interrupt-cells=%;#address-cells=%;phandle=%;",
		  args);
	gtree_put(g,
		  v3 ? "compatible='arm,gic-v3';#redistributor-regions=1;}"
		     : "compatible='arm,cortex-a15-gic';}",
		  NULL);
}

static void put_timer(struct gtree *g)
{
	const struct cfg_board *b = g->board;
	const u32 intid[IRQS_MAX] = {
		PPI_TIMER_SECURE,
		b->timer_phys.intid,
		b->timer_virt.intid,
		b->timer_hyp.intid,
	};
	u32 flags = IRQ_LEVEL_HIGH;

	if (b->gic.version == 2)
		flags |= ((1u << MIN(g->vm->nr_vcpus, GICV2_PPI_CPUS_MAX)) - 1) << 8;
	gtree_put(g, "timer{compatible='arm,armv8-timer' 'arm,armv7-timer';always-on;", NULL);
	put_interrupts(g, intid, b->timer_hyp.intid ? 4 : 3, flags);
	gtree_end(g);
}

void gtree_chosen_props(struct gtree *g, const char *bootargs)
{
	const struct gtree_params *p = g->p;

	if (bootargs)
		gtree_string(g, "bootargs", bootargs);
	if (p->initrd_size)
		gtree_put(g, "linux,initrd-start=^;linux,initrd-end=^;",
			  (const u64[]){p->initrd_start, p->initrd_start + p->initrd_size});
}

/* The clock's rate is that of QEMU's virt machine; only baud rates come from it. */
static void put_uart(struct gtree *g)
{
	const struct gtree_params *p = g->p;
	const u64 args[] = {
		UART_CLOCK_PHANDLE, p->uart_base,	p->uart_base,
		p->uart_size,	    UART_CLOCK_PHANDLE, UART_CLOCK_PHANDLE,
	};

	gtree_put(g,
		  "nk-uart-clock{compatible='fixed-clock';#clock-cells=0;"
		  "clock-frequency=24000000;phandle=%;}"
		  "pl011@%{compatible='arm,pl011' 'arm,primecell';reg=^ ^;clocks=% %;"
		  "clock-names='uartclk' 'apb_pclk';",
		  args);
	put_interrupts(g, &p->uart_intid, 1, IRQ_LEVEL_HIGH);
	gtree_end(g);
}

void gtree_nk(struct gtree *g, u32 address_cells, u32 size_cells)
{
	const struct gtree_params *p = g->p;

	gtree_put(g, "nk{compatible='nk,hypervisor';vm-id=%;", (const u64[]){g->vm->id});
	if (p->window.size)
		gtree_reg(g, &p->window, 1, address_cells, size_cells);
	if (p->balloon.size)
		gtree_put(g, "balloon=^ ^;", (const u64[]){p->balloon.base, p->balloon.size});
	if (p->nr_xirqs)
		gtree_put(g, "xirqs=% %;", (const u64[]){p->xirq_spi, p->nr_xirqs});
	gtree_end(g);
}

static void generate(struct gtree *g)
{
	const struct gtree_params *p = g->p;
	int cpus = dt_child(g->board->fdt, DT_ROOT, "cpus");

	gtree_reserve(g, 0, 0);
	gtree_begin(g, "");
	gtree_string(g, "model", g->vm->name);
	gtree_put(g,
		  "compatible='nk,vm' 'linux,dummy-virt';#address-cells=2;#size-cells=2;"
		  "interrupt-parent=%;psci{compatible='arm,psci-1.0' 'arm,psci-0.2';"
		  "method='hvc';}cpus{#address-cells=1;#size-cells=0;",
		  (const u64[]){gic_phandle(g)});
	for (u32 i = 0; i < g->vm->nr_vcpus; i++)
		put_cpu(g, cpus, i);
	gtree_end(g);
	put_gic(g);
	put_timer(g);
	put_uart(g);
	gtree_nk(g, 2, 2);
	gtree_put(g, "memory@%{device_type='memory';reg=^ ^;}chosen{stdout-path='/pl011@%';",
		  (const u64[]){p->ram_base, p->ram_base, p->ram_size, p->uart_base});
	gtree_chosen_props(g, g->vm->bootargs);
	gtree_end(g);
	gtree_devices(g);
	gtree_vplatform(g);
	gtree_end(g);
}

int gtree_build(void *buf, size_t size, const struct cfg_system *s, const struct cfg_vm *vm,
		const struct cfg_board *board, const struct bundle *bundle,
		const struct gtree_params *p, struct cfg_error *err)
{
	struct gtree g = {
		.out = buf,
		.size = size,
		.strings_at = ALIGN_DOWN(size / 2, 8),
		.s = s,
		.vm = vm,
		.board = board,
		.p = p,
		.err = err,
	};
	const struct bundle_image *image;
	int ret;

	if (vm->dtb) {
		image = bundle_find(bundle, vm->dtb);
		if (!image)
			return dt_fail_at(err, s->fdt, vm->node.at, "dtb",
					  "\"%s\": must be an image of the bundle", vm->dtb);
		return gtree_patch(&g, image) ? -1 : gtree_finish(&g);
	}
	generate(&g);
	ret = gtree_finish(&g);
	return ret < 0 || gtree_vplatform_check(&g) ? -1 : ret;
}
