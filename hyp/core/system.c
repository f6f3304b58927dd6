// SPDX-License-Identifier: Apache-2.0
/* What was read at boot: the board, the bundle, the system; the bundle is mapped here. */
#include "core/system.h"
#include "arch/cpu.h"
#include "arch/mmu.h"
#include "arch/pgtable.h"
#include "lib/log.h"

/* What a VM may have elsewhere, but for devices: RAM, and what is emulated. */
#define VM_RANGES_MAX (CFG_RAM_PIECES + 3 + CFG_VIRTIO_VM_MAX)

struct cfg_board board;
struct bundle bundle;
struct cfg_system sys_config;

int system_read(struct cfg_error *err)
{
	paddr_t first = ALIGN_DOWN(board.initrd.base, PAGE_SIZE);
	u64 size = ALIGN_UP(range_end(&board.initrd), PAGE_SIZE) - first;

	if (!board.initrd.size)
		return cfg_fail(
			err, "/chosen: linux,initrd-start: missing: give nk the system bundle as "
			     "its initrd");
	if (mmu_map(VA_PHYS + first, first, size, S1_RODATA))
		panic("bundle not mapped");
	if (bundle_parse(&bundle, phys_to_virt(board.initrd.base), board.initrd.size, err) ||
	    bundle_verify(bundle.system, NULL, err))
		return -1;
	return cfg_system_parse(&sys_config, bundle.system->data, bundle.system->size, &board, err);
}

static u32 own_frames(const struct cfg_vm *vm, struct range *r)
{
	u32 n = 0;

	if (vm->has_gic) {
		r[n++] = vm->gic_dist;
		r[n++] = vm->gic_cpu;
	}
	if (vm->has_uart)
		r[n++] = vm->uart;
	return n;
}

/* Whole pages, as nothing else is mapped there. */
static u32 virtio_regs(const struct cfg_vm *vm, struct range *r)
{
	const struct cfg_virtio *d = sys_config.virtio, *end = d + sys_config.nr_virtio;
	u32 n = 0;

	for (; d < end; d++)
		if (d->vm == vm->id) {
			u64 base = ALIGN_DOWN(d->reg.base, PAGE_SIZE);

			r[n++] = (struct range){base,
						ALIGN_UP(range_end(&d->reg), PAGE_SIZE) - base};
		}
	return n;
}

/* As the guest has them. */
static u32 moved_regs(const struct cfg_device *d, struct range *r)
{
	for (u32 i = 0; i < d->nr_regs; i++)
		r[i] = (struct range){d->regs[i].base + d->moved, d->regs[i].size};
	return d->nr_regs;
}

static u32 relocated_in(const struct cfg_vm *vm, struct range *r)
{
	u32 n = 0;

	for (u32 i = 0; i < vm->nr_ram; i++)
		if (vm->ram[i].has_base)
			r[n++] = cfg_ram_seen(&vm->ram[i]);
	n += own_frames(vm, r + n);
	n += virtio_regs(vm, r + n);
	for (u32 i = 0; i < vm->nr_devices; i++)
		if (vm->devices[i].moved)
			n += moved_regs(&vm->devices[i], r + n);
	return n;
}

const struct range *system_relocated(const struct cfg_vm *vm, u32 *n)
{
	static struct range r[NK_VM_IDS * VM_RANGES_MAX + CFG_DEVICES_MAX * CFG_DEV_REGS_MAX];

	*n = 0;
	for (u32 i = 0; i < sys_config.nr_vms; i++)
		if (!vm || vm == &sys_config.vm[i])
			*n += relocated_in(&sys_config.vm[i], r + *n);
	return r;
}
