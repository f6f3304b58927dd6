// SPDX-License-Identifier: Apache-2.0
/* Where a VM finds what nk emulates for it: where the board has it, or at addresses of the VM's own. */
#include "config/system/system.h"

#define GICV2_CPU_SIZE KIB(8)

u32 sys_frames(const struct sys_parse *p, const struct cfg_vm *vm, struct sys_frame *frames)
{
	const char *gic = vm->has_gic ? "gic" : NULL;
	bool v3 = p->b->gic.version == 3;
	u32 n = 0;

	frames[n++] = (struct sys_frame){"interrupt controller's distributor", gic, vm->gic_dist};
	frames[n++] = (struct sys_frame){v3 ? "interrupt controller's redistributors"
					    : "interrupt controller's CPU frame",
					 gic, vm->gic_cpu};
	if (p->b->console.node >= 0)
		frames[n++] = (struct sys_frame){"console UART", NULL, p->b->console.reg};
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

int sys_places(const struct sys_parse *p, struct cfg_vm *vm, const struct dt_prop *gic)
{
	return read_gic(p, vm, gic) || check_frames(p, vm) ? -1 : 0;
}
