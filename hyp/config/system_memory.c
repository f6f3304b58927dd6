// SPDX-License-Identifier: Apache-2.0
#include "config/system.h"

#define IPA_END BIT(40) /* what every CPU with EL2 that nk knows can translate at least */

enum { MEM_SIZE, MEM_BASE, MEM_NR };

static const struct dt_rule rules[MEM_NR] = {
	[MEM_SIZE] = {"size", DT_NUMBER},
	[MEM_BASE] = {"base", DT_NUMBER},
};

/* A relocated VM's RAM must leave room for what the guest finds where the board has it. */
static int check_frames(struct sys_parse *p, const struct cfg_vm *vm, int node,
			const struct dt_prop *base)
{
	struct board_frame frames[BOARD_FRAMES_MAX];
	struct cfg_range ram = sys_vm_ram(vm);
	u32 i, n = board_frames(p->b, frames);

	for (i = 0; i < n; i++)
		if (ranges_overlap(&ram, &frames[i].range))
			return dt_fail(p->err, p->s->fdt, node, "base", base,
				       "RAM beside the %s, 0x%llx to 0x%llx", frames[i].name,
				       (unsigned long long)frames[i].range.base,
				       (unsigned long long)(frames[i].range.base +
							    frames[i].range.size - 1));
	return 0;
}

static int read_base(struct sys_parse *p, struct cfg_vm *vm, int node, const struct dt_prop *base)
{
	vm->has_ram_base = base->data;
	if (!vm->has_ram_base)
		return 0;
	vm->ram_base = dt_number(base);
	if (!IS_ALIGNED(vm->ram_base, BLOCK_SIZE) || vm->ram_base > IPA_END - vm->ram_size)
		return dt_fail(p->err, p->s->fdt, node, "base", base,
			       "a multiple of 2 MiB, and base + size at most 1 TiB");
	return check_frames(p, vm, node, base);
}

int sys_memory(struct sys_parse *p, struct cfg_vm *vm, int node)
{
	const void *fdt = p->s->fdt;
	struct dt_prop v[MEM_NR];

	if (node < 0)
		return cfg_fail_at(p->err, fdt, vm->node, "memory",
				   "missing: memory { size = <0x0 0x10000000>; }");
	if (dt_read(fdt, node, rules, MEM_NR, v, p->err))
		return -1;
	if (dt_first_child(fdt, node) >= 0)
		return cfg_fail_at(p->err, fdt, node, dt_name(fdt, dt_first_child(fdt, node)),
				   "unknown: no nodes in memory");
	if (!v[MEM_SIZE].data)
		return dt_fail(p->err, fdt, node, "size", NULL,
			       "bytes of RAM, a multiple of 2 MiB");
	vm->ram_size = dt_number(&v[MEM_SIZE]);
	if (!vm->ram_size || !IS_ALIGNED(vm->ram_size, BLOCK_SIZE))
		return dt_fail(p->err, fdt, node, "size", &v[MEM_SIZE],
			       "bytes of RAM, a multiple of 2 MiB (0x200000)");
	if (vm->ram_size > p->ram_left)
		return dt_fail(p->err, fdt, node, "size", &v[MEM_SIZE],
			       "at most %llu MiB, what is left of the board's %llu MiB",
			       (unsigned long long)(p->ram_left >> 20),
			       (unsigned long long)(p->ram_all >> 20));
	p->ram_left -= vm->ram_size;
	return read_base(p, vm, node, &v[MEM_BASE]);
}
