// SPDX-License-Identifier: Apache-2.0
/*
 * The guest's frames are where the board's are, so that a tree, a driver or a bare-metal program
 * made for the board fits, or where the system has them for one made for another board. The console is
 * always a PL011.
 */
#include "core/dev/platform.h"
#include "arch/gic.h"
#include "arch/pgtable.h"
#include "arch/stage2.h"
#include "arch/vgic.h"
#include "core/console/console.h"
#include "core/system.h"
#include "core/vm/vm.h"
#include "lib/pages.h"
#include "nk/gic.h"

#define GICV_SIZE KIB(8)
#define NR_SPIS_MIN 256 /* as QEMU's virt machine: bare-metal programs use any of them */

/* The highest SPI anything of the VM uses, in the distributor's steps of 32. */
static u32 nr_spis(const struct vm *vm)
{
	u32 top = vm->cfg->uart_intid;

	for (u32 i = 0; i < vm->cfg->nr_devices; i++) {
		const struct cfg_device *d = &vm->cfg->devices[i];

		for (u32 j = 0; j < d->nr_irqs; j++)
			top = MAX(top, d->irqs[j].intid);
	}
	for (u32 i = 0; i < sys_config.nr_virtio; i++)
		if (sys_config.virtio[i].vm == vm->cfg->id)
			top = MAX(top, sys_config.virtio[i].intid);
	return MAX(ALIGN_UP(top + 1, 32U) - 32, (u32)NR_SPIS_MIN);
}

static int fail_overlap(const struct vm *vm, struct cfg_error *err, const char *what, u64 base)
{
	return cfg_fail_at(err, &vm->cfg->node, "memory",
			   "the VM's %s at 0x%llx: overlaps its RAM or a device: move `base`, "
			   "`ipa`, `gic` or `uart`",
			   what, (unsigned long long)base);
}

int platform_vgic_create(struct vm *vm, struct cfg_error *err)
{
	u32 devices = nr_spis(vm);
	u32 nr_xirqs = MIN((u32)NK_XIRQ_NR, VGIC_SPIS_MAX - MIN(devices, (u32)VGIC_SPIS_MAX));
	struct vgic_params p = {
		.version = board.gic.version,
		.gicd_base = vm->cfg->gic_dist.base,
		.gicc_base = vm->cfg->gic_cpu.base,
		.gicr_base = vm->cfg->gic_cpu.base,
	};

	p.nr_spis = devices + nr_xirqs;
	xirq_vm_init(vm, 32 + devices, nr_xirqs);
	p.memory = pages_alloc_bytes(vgic_vm_bytes(p.nr_spis));
	if (!p.memory || vgic_vm_init(&vm->arch, &p))
		return fail_overlap(vm, err, "interrupt controller", p.gicd_base);
	if (p.version == 2 && stage2_map(&vm->arch, p.gicc_base, board.gic.vcpu.base, PAGE_SIZE,
					 S2_DEVICE)) /* the vGIC emulates GICV_DIR */
		return fail_overlap(vm, err, "CPU interface", p.gicc_base);
	return 0;
}

void platform_vgic_stop(struct vm *vm)
{
	vgic_vm_stop(&vm->arch);
}

void platform_vgic_describe(const struct vm *vm, struct gtree_params *p)
{
	p->gicd_base = vm->cfg->gic_dist.base;
	p->gicd_size = vm->cfg->gic_dist.size;
	p->gicc_base = vm->cfg->gic_cpu.base;
	p->gicc_size = GICV_SIZE;
	p->gicr_base = vm->cfg->gic_cpu.base;
	p->gicr_size = vm->arch.nr_vcpus * GICR_FRAMES;
	p->xirq_spi = vm->xirqs.first_intid - 32;
	p->nr_xirqs = vm->xirqs.nr;
}

int platform_timer_create(struct vm *vm, struct cfg_error *err)
{
	if (vgic_assign_hw_ppi(&vm->arch, board.timer_virt.intid))
		return fail_overlap(vm, err, "virtual timer", 0);
	return 0;
}

void platform_timer_start(struct vm *vm) __must_hold(&vm->lock)
{
	vm->arch.cntvoff = 0; /* grows by its pauses; why it begins so: struct arch_vm */
}

int platform_console_create(struct vm *vm, struct cfg_error *err)
{
	const struct cfg_vm *cfg = vm->cfg;

	vuart_init(&vm->vuart, vm->arch.id, &vm->arch, cfg->uart_intid);
	if (cfg->uart.size && vuart_map(&vm->vuart, cfg->uart.base))
		return fail_overlap(vm, err, "console", cfg->uart.base);
	console_set_vm(vm->arch.id, cfg->name, &vm->vuart);
	return 0;
}

void platform_console_stop(struct vm *vm)
{
	vuart_reset(&vm->vuart);
	console_vm_end(vm->arch.id);
}

void platform_console_describe(const struct vm *vm, struct gtree_params *p)
{
	p->uart_base = vm->cfg->uart.base;
	p->uart_size = vm->cfg->uart.size;
	p->uart_intid = vm->cfg->uart_intid;
}

/* Several devices may have a page in common, which is mapped once. */
static int map_devices(struct vm *vm, u32 index, struct cfg_error *err)
{
	static struct range r[CFG_DEV_RANGES_MAX]; /* one VM is made at a time */
	u32 n = cfg_device_pages(vm->cfg, index, r);
	u64 moved = vm->cfg->devices[index].moved;

	for (u32 i = 0; i < n; i++)
		if (stage2_map(&vm->arch, r[i].base + moved, r[i].base, r[i].size, S2_DEVICE))
			return fail_overlap(vm, err, "devices", r[i].base + moved);
	return 0;
}

static int route_device(struct vm *vm, const struct cfg_device *d, struct cfg_error *err)
{
	for (u32 i = 0; i < d->nr_irqs; i++)
		if (vgic_assign_hw(&vm->arch, d->irqs[i].intid, d->irqs[i].trigger))
			return cfg_fail_at(err, &vm->cfg->node, "devices",
					   "%s: interrupt %u cannot be routed", d->path,
					   d->irqs[i].intid);
	return 0;
}

int platform_devices_create(struct vm *vm, struct cfg_error *err)
{
	for (u32 i = 0; i < vm->cfg->nr_devices; i++)
		if (map_devices(vm, i, err) || route_device(vm, &vm->cfg->devices[i], err))
			return -1;
	return 0;
}
