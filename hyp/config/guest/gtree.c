// SPDX-License-Identifier: Apache-2.0
/* The generated tree of a guest: what nk emulates for it. */
#include "config/guest/gtree.h"

#include "config/guest/priv.h"
#include "lib/printf.h"
#include "lib/string.h"

#define UART_CLOCK_HZ 24000000 /* as QEMU's virt machine; only baud rates come from it */
#define UART_CLOCK_PHANDLE 0x6e6b0001 /* "nk", 1: far from what dtc and firmware count up to */
#define GIC_PHANDLE 0x6e6b0002 /* where the board's GIC has none */

/* Third cell of an interrupt (bindings arm,gic and arm,gic-v3). */
#define IRQ_EDGE_RISING 1
#define IRQ_LEVEL_HIGH 4
#define GICV2_PPI_CPUS_MAX 8

#define STDOUT_SIZE 32
#define IRQS_MAX 4 /* of one generated node */
#define PPI_TIMER_SECURE 29 /* Arm BSA; no guest can use it, but the binding counts by place */

static u32 gic_phandle(const struct gtree *g)
{
	return g->board->gic.phandle ? g->board->gic.phandle : GIC_PHANDLE;
}

static void put_cpu(struct gtree *g, u32 index)
{
	const struct cfg_board *b = g->board;
	u32 id = g->p->vcpu_mpidr[index] & 0xffffff;
	struct dt_prop compatible =
		dt_get(b->fdt, b->cpu_node[g->vm->vcpu_cpu[index]], "compatible");

	gtree_begin_at(g, "cpu", id);
	gtree_string(g, "device_type", "cpu");
	gtree_cell(g, "reg", id);
	gtree_string(g, "enable-method", "psci");
	if (compatible.data)
		gtree_prop(g, "compatible", compatible.data, compatible.len);
	else
		gtree_string(g, "compatible", "arm,armv8");
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
	const struct range frames[] = {
		{p->gicd_base, p->gicd_size},
		{v3 ? p->gicr_base : p->gicc_base, v3 ? p->gicr_size : p->gicc_size},
	};

	gtree_begin_at(g, "intc", p->gicd_base);
	gtree_ranges(g, "reg", frames, ARRAY_SIZE(frames), 2, 2);
	gtree_prop(g, "interrupt-controller", NULL, 0);
	gtree_cell(g, "#interrupt-cells", gic_irq_cells(g));
	gtree_cell(g, "#address-cells", cells.len == 4 ? dt_cell(&cells, 0) : 0);
	gtree_cell(g, "phandle", gic_phandle(g));
	gtree_string(g, "compatible", v3 ? "arm,gic-v3" : "arm,cortex-a15-gic");
	if (v3)
		gtree_cell(g, "#redistributor-regions", 1);
	gtree_end(g);
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
	gtree_begin(g, "timer");
	gtree_strings(g, "compatible", "arm,armv8-timer", "arm,armv7-timer");
	gtree_prop(g, "always-on", NULL, 0);
	if (g->vm->suspends_system) /* its time stands still then, so it asks a real-time clock */
		gtree_prop(g, "arm,no-tick-in-suspend", NULL, 0);
	put_interrupts(g, intid, b->timer_hyp.intid ? 4 : 3, flags);
	gtree_end(g);
}

void gtree_chosen_props(struct gtree *g, const char *bootargs)
{
	const struct gtree_params *p = g->p;

	if (bootargs)
		gtree_string(g, "bootargs", bootargs);
	if (!p->initrd_size)
		return;
	gtree_number(g, "linux,initrd-start", p->initrd_start);
	gtree_number(g, "linux,initrd-end", p->initrd_start + p->initrd_size);
}

static void put_uart(struct gtree *g)
{
	const struct gtree_params *p = g->p;
	const struct range reg = {p->uart_base, p->uart_size};

	if (!reg.size)
		return;
	gtree_begin(g, "nk-uart-clock");
	gtree_string(g, "compatible", "fixed-clock");
	gtree_cell(g, "#clock-cells", 0);
	gtree_cell(g, "clock-frequency", UART_CLOCK_HZ);
	gtree_cell(g, "phandle", UART_CLOCK_PHANDLE);
	gtree_end(g);
	gtree_begin_at(g, "pl011", p->uart_base);
	gtree_strings(g, "compatible", "arm,pl011", "arm,primecell");
	gtree_ranges(g, "reg", &reg, 1, 2, 2);
	gtree_cells(g, "clocks", (const u32[]){UART_CLOCK_PHANDLE, UART_CLOCK_PHANDLE}, 2);
	gtree_strings(g, "clock-names", "uartclk", "apb_pclk");
	put_interrupts(g, &p->uart_intid, 1, IRQ_LEVEL_HIGH);
	gtree_end(g);
}

/* Binding virtio,mmio. Its interrupt is an edge: nk pends it when InterruptStatus gets a bit. */
bool gtree_virtio(struct gtree *g, int node)
{
	const struct cfg_virtio *d = g->s->virtio, *end = d + g->s->nr_virtio;

	while (d < end && d->node.at != node)
		d++;
	if (d == end)
		return false;
	gtree_begin(g, dt_name(g->s->fdt, node));
	gtree_string(g, "compatible", "virtio,mmio");
	gtree_ranges(g, "reg", &d->reg, 1, 2, 2);
	put_interrupts(g, &d->intid, 1, IRQ_EDGE_RISING);
	gtree_prop(g, "dma-coherent", NULL, 0);
	if (gtree_pool_phandle(g, d))
		gtree_cell(g, "memory-region", gtree_pool_phandle(g, d));
	if (fdt_get_phandle(g->s->fdt, node))
		gtree_cell(g, "phandle", fdt_get_phandle(g->s->fdt, node));
	gtree_end(g);
	return true;
}

void gtree_nk(struct gtree *g, u32 address_cells, u32 size_cells)
{
	const struct gtree_params *p = g->p;

	gtree_begin(g, "nk");
	gtree_string(g, "compatible", "nk,hypervisor");
	gtree_cell(g, "vm-id", g->vm->id);
	if (p->window.size)
		gtree_ranges(g, "reg", &p->window, 1, address_cells, size_cells);
	if (p->balloon.size)
		gtree_ranges(g, "balloon", &p->balloon, 1, 2, 2);
	if (p->nr_xirqs)
		gtree_cells(g, "xirqs", (const u32[]){p->xirq_spi, p->nr_xirqs}, 2);
	gtree_end(g);
}

static void put_root(struct gtree *g)
{
	gtree_string(g, "model", g->vm->name);
	gtree_strings(g, "compatible", "nk,vm", "linux,dummy-virt");
	gtree_cell(g, "#address-cells", 2);
	gtree_cell(g, "#size-cells", 2);
	gtree_cell(g, "interrupt-parent", gic_phandle(g));
	gtree_begin(g, "psci");
	gtree_strings(g, "compatible", "arm,psci-1.0", "arm,psci-0.2");
	gtree_string(g, "method", "hvc");
	gtree_end(g);
}

static void put_cpus(struct gtree *g)
{
	gtree_begin(g, "cpus");
	gtree_cell(g, "#address-cells", 1);
	gtree_cell(g, "#size-cells", 0);
	for (u32 i = 0; i < g->vm->nr_vcpus; i++)
		put_cpu(g, i);
	gtree_end(g);
}

void gtree_memory(struct gtree *g, u32 address_cells, u32 size_cells)
{
	gtree_begin_at(g, "memory", g->p->ram[0].base);
	gtree_string(g, "device_type", "memory");
	gtree_ranges(g, "reg", g->p->ram, g->p->nr_ram, address_cells, size_cells);
	gtree_end(g);
}

static void put_chosen(struct gtree *g)
{
	char path[STDOUT_SIZE];

	fmt_snprintf(path, sizeof(path), "/pl011@%lx", (unsigned long)g->p->uart_base);
	gtree_begin(g, "chosen");
	if (g->p->uart_size)
		gtree_string(g, "stdout-path", path);
	gtree_chosen_props(g, g->vm->bootargs);
	gtree_end(g);
}

static void generate_tree(struct gtree *g)
{
	gtree_reserved(g);
	gtree_begin(g, "");
	put_root(g);
	put_cpus(g);
	put_gic(g);
	put_timer(g);
	put_uart(g);
	gtree_nk(g, 2, 2);
	gtree_memory(g, 2, 2);
	gtree_reserved_memory(g, NULL, -1, 2, 2);
	put_chosen(g);
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
		.s = s,
		.vm = vm,
		.board = board,
		.p = p,
		.err = err,
	};
	const struct bundle_image *image;
	int ret;

	gtree_start(&g);
	if (vm->dtb) {
		image = bundle_find(bundle, vm->dtb);
		if (!image)
			return dt_fail_at(err, s->fdt, vm->node.at, "dtb",
					  "\"%s\": must be an image of the bundle", vm->dtb);
		return gtree_patch(&g, image) ? -1 : gtree_finish(&g);
	}
	generate_tree(&g);
	ret = gtree_finish(&g);
	return ret < 0 || gtree_vplatform_check(&g) ? -1 : ret;
}
