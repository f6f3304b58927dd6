/* SPDX-License-Identifier: Apache-2.0 */
/* The generated tree of a guest: what nk emulates for it. */
#include "config/gtree.h"

#include <libfdt.h>

#include "config/gtree_int.h"
#include "lib/printf.h"
#include "lib/string.h"

/*
 * fdt_create() clears the buffer, so it gets no more than a tree may need: a generated one is far
 * smaller, and a patched one grows by the names of properties, each of which is written anew.
 */
#define GENERATED_MAX KIB(64)
#define PATCHED_GROWTH 4
#define DTB_MAX MIB(16)

#define UART_CLOCK_HZ 24000000 /* of QEMU's virt machine; only baud rates come from it */
#define UART_CLOCK_PHANDLE 0x6e6b0001 /* "nk", 1: far from what dtc and firmware count up to */
#define GIC_PHANDLE 0x6e6b0002 /* where the board's GIC has none */

/* Third cell of an interrupt (bindings arm,gic and arm,gic-v3). */
#define IRQ_LEVEL_HIGH 4
#define GTREE_IRQS_MAX 4 /* of one generated node */
#define GICV2_PPI_CPUS_MAX 8

#define PPI_TIMER_SECURE 29 /* Arm BSA; no guest can use it, but the binding counts by place */

/* One or two pairs of base and size, two cells each. */
static void put_reg(struct gtree *g, const u64 *v, u32 n)
{
	u32 cells[8];

	for (u32 i = 0; i < n; i++) {
		cells[2 * i] = (u32)(v[i] >> 32);
		cells[2 * i + 1] = (u32)v[i];
	}
	gtree_cells(g, "reg", cells, 2 * n);
}

/* The node NAME@ADDRESS. */
static void begin_at(struct gtree *g, const char *name, u64 address)
{
	char text[32];

	fmt_snprintf(text, sizeof(text), "%s@%lx", name, (unsigned long)address);
	gtree_begin(g, text);
}

static u32 gic_phandle(const struct gtree *g)
{
	return g->board->gic.phandle ? g->board->gic.phandle : GIC_PHANDLE;
}

static void put_root_props(struct gtree *g)
{
	static const char compatible[] = "nk,vm\0linux,dummy-virt";

	gtree_prop(g, "compatible", compatible, sizeof(compatible));
	gtree_string(g, "model", g->vm->name);
	gtree_cell(g, "#address-cells", 2);
	gtree_cell(g, "#size-cells", 2);
	gtree_cell(g, "interrupt-parent", gic_phandle(g));
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

static void put_cpus(struct gtree *g)
{
	static const char armv8[] = "arm,armv8";
	const void *fdt = g->board->fdt;
	int cpus = dt_child(fdt, DT_ROOT, "cpus");

	gtree_begin(g, "cpus");
	gtree_cell(g, "#address-cells", 1);
	gtree_cell(g, "#size-cells", 0);
	for (u32 i = 0; i < g->vm->nr_vcpus; i++) {
		u64 mpidr = g->board->cpu_mpidr[g->vm->vcpu_cpu[i]] & 0xff00ffffff;
		u32 id = g->p->vcpu_mpidr[i] & 0xffffff;
		int cpu = find_cpu(fdt, cpus, mpidr);
		struct dt_prop compatible = {NULL, 0};

		if (cpu >= 0)
			compatible = dt_get(fdt, cpu, "compatible");
		if (!compatible.data)
			compatible = (struct dt_prop){armv8, sizeof(armv8)};
		begin_at(g, "cpu", id);
		gtree_string(g, "device_type", "cpu");
		gtree_prop(g, "compatible", compatible.data, compatible.len);
		gtree_cell(g, "reg", id);
		gtree_string(g, "enable-method", "psci");
		gtree_end(g);
	}
	gtree_end(g);
}

static void put_psci(struct gtree *g)
{
	static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";

	gtree_begin(g, "psci");
	gtree_prop(g, "compatible", compatible, sizeof(compatible));
	gtree_string(g, "method", "hvc");
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

static u32 gic_address_cells(const struct gtree *g)
{
	struct dt_prop cells = dt_get(g->board->fdt, g->board->gic.node, "#address-cells");

	return cells.len == 4 ? dt_cell(&cells, 0) : 0;
}

static void put_interrupts(struct gtree *g, const u32 *intid, u32 n, u32 flags)
{
	u32 cells[4 * GTREE_IRQS_MAX] = {0};
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
	bool v3 = g->board->gic.version == 3;
	const u64 reg[] = {
		p->gicd_base,
		p->gicd_size,
		v3 ? p->gicr_base : p->gicc_base,
		v3 ? p->gicr_size : p->gicc_size,
	};

	begin_at(g, "intc", p->gicd_base);
	gtree_string(g, "compatible", v3 ? "arm,gic-v3" : "arm,cortex-a15-gic");
	put_reg(g, reg, ARRAY_SIZE(reg));
	if (v3)
		gtree_cell(g, "#redistributor-regions", 1);
	gtree_prop(g, "interrupt-controller", NULL, 0);
	gtree_cell(g, "#interrupt-cells", gic_irq_cells(g));
	gtree_cell(g, "#address-cells", gic_address_cells(g));
	gtree_cell(g, "phandle", gic_phandle(g));
	gtree_end(g);
}

static void put_timer(struct gtree *g)
{
	static const char compatible[] = "arm,armv8-timer\0arm,armv7-timer";
	const struct cfg_board *b = g->board;
	const u32 intid[GTREE_IRQS_MAX] = {
		PPI_TIMER_SECURE,
		b->timer_phys.intid,
		b->timer_virt.intid,
		b->timer_hyp.intid,
	};
	u32 flags = IRQ_LEVEL_HIGH;

	if (b->gic.version == 2)
		flags |= ((1u << MIN(g->vm->nr_vcpus, GICV2_PPI_CPUS_MAX)) - 1) << 8;
	gtree_begin(g, "timer");
	gtree_prop(g, "compatible", compatible, sizeof(compatible));
	put_interrupts(g, intid, b->timer_hyp.intid ? 4 : 3, flags);
	gtree_prop(g, "always-on", NULL, 0);
	gtree_end(g);
}

static void put_memory(struct gtree *g)
{
	const u64 reg[] = {g->p->ram_base, g->p->ram_size};

	begin_at(g, "memory", g->p->ram_base);
	gtree_string(g, "device_type", "memory");
	put_reg(g, reg, ARRAY_SIZE(reg));
	gtree_end(g);
}

void gtree_chosen_props(struct gtree *g, const char *bootargs)
{
	const struct gtree_params *p = g->p;

	if (bootargs)
		gtree_string(g, "bootargs", bootargs);
	if (p->initrd_size) {
		gtree_u64(g, "linux,initrd-start", p->initrd_start);
		gtree_u64(g, "linux,initrd-end", p->initrd_start + p->initrd_size);
	}
}

static void put_chosen(struct gtree *g)
{
	char path[40];

	fmt_snprintf(path, sizeof(path), "/pl011@%lx", (unsigned long)g->p->uart_base);
	gtree_begin(g, "chosen");
	gtree_string(g, "stdout-path", path);
	gtree_chosen_props(g, g->vm->bootargs);
	gtree_end(g);
}

static void put_uart(struct gtree *g)
{
	static const char compatible[] = "arm,pl011\0arm,primecell";
	static const char clock_names[] = "uartclk\0apb_pclk";
	const u64 reg[] = {g->p->uart_base, g->p->uart_size};
	const u32 clocks[] = {UART_CLOCK_PHANDLE, UART_CLOCK_PHANDLE};

	gtree_begin(g, "nk-uart-clock");
	gtree_string(g, "compatible", "fixed-clock");
	gtree_cell(g, "#clock-cells", 0);
	gtree_cell(g, "clock-frequency", UART_CLOCK_HZ);
	gtree_cell(g, "phandle", UART_CLOCK_PHANDLE);
	gtree_end(g);

	begin_at(g, "pl011", g->p->uart_base);
	gtree_prop(g, "compatible", compatible, sizeof(compatible));
	put_reg(g, reg, ARRAY_SIZE(reg));
	put_interrupts(g, &g->p->uart_intid, 1, IRQ_LEVEL_HIGH);
	gtree_cells(g, "clocks", clocks, ARRAY_SIZE(clocks));
	gtree_prop(g, "clock-names", clock_names, sizeof(clock_names));
	gtree_end(g);
}

void gtree_nk(struct gtree *g)
{
	gtree_begin(g, "nk");
	gtree_string(g, "compatible", "nk,hypervisor");
	gtree_cell(g, "vm-id", g->vm->id);
	gtree_end(g);
}

static void generate(struct gtree *g)
{
	gtree_note(g, fdt_finish_reservemap(g->fdt));
	gtree_begin(g, "");
	put_root_props(g);
	put_cpus(g);
	put_psci(g);
	put_gic(g);
	put_timer(g);
	put_memory(g);
	put_chosen(g);
	put_uart(g);
	gtree_nk(g);
	gtree_devices(g);
	gtree_vplatform(g);
	gtree_end(g);
}

/* A failure of libfdt's writers: the buffer was too small, nothing else is left. */
static int no_room(const struct gtree *g, size_t room)
{
	return cfg_fail_at(g->err, g->s->fdt, g->vm->node, g->vm->dtb ? "dtb" : "vplatform",
			   "the guest's device tree needs more than 0x%lx bytes",
			   (unsigned long)room);
}

int gtree_build(void *buf, size_t size, const struct cfg_system *s, const struct cfg_vm *vm,
		const struct cfg_board *board, const struct bundle *bundle,
		const struct gtree_params *p, struct cfg_error *err)
{
	struct gtree g = {.fdt = buf, .s = s, .vm = vm, .board = board, .p = p, .err = err};
	const struct bundle_image *image = NULL;
	size_t room = GENERATED_MAX;

	if (vm->dtb) {
		image = bundle_find(bundle, vm->dtb);
		if (!image)
			return cfg_fail_at(err, s->fdt, vm->node, "dtb",
					   "\"%s\": must be an image of the bundle", vm->dtb);
		room += PATCHED_GROWTH * MIN(image->size, DTB_MAX);
	}
	room = MIN(room, size);

	/* Looking each name up among those there are costs more than the few names repeated. */
	gtree_note(&g, fdt_create_with_flags(buf, (int)room, FDT_CREATE_FLAG_NO_NAME_DEDUP));
	if (!image)
		generate(&g);
	else if (gtree_patch(&g, image))
		return -1;
	if (!g.error)
		gtree_note(&g, fdt_finish(buf));
	if (g.error)
		return no_room(&g, room);
	if (!image && gtree_vplatform_check(&g))
		return -1;
	return (int)fdt_totalsize(buf);
}
