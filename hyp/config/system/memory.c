// SPDX-License-Identifier: Apache-2.0
/* The node `memory` of a VM. */
#include "config/system/system.h"

enum { MEM_SIZE, MEM_BASE, MEM_NR };

static const struct dt_rule rules[MEM_NR] = {
	[MEM_SIZE] = {"size", "bytes in one or two cells, a multiple of 2 MiB (0x200000)",
		      BLOCK_SIZE, 0, DT_NUMBER, true},
	[MEM_BASE] = {"base", "one or two cells, a multiple of 2 MiB; base + size at most 1 TiB",
		      BLOCK_SIZE, 0, DT_NUMBER, false},
};
DT_RULES_FIT(MEM_NR);

/* A relocated VM's RAM must leave room for what the guest finds where the board has it. */
static int check_frames(const struct sys_parse *p, const struct cfg_vm *vm, const struct dt_view *w)
{
	struct board_frame frames[BOARD_FRAMES_MAX];
	struct range ram = {vm->ram_base, vm->ram_size};
	u32 i, n = board_frames(p->b, frames);

	for (i = 0; i < n; i++)
		if (ranges_overlap(&ram, &frames[i].range))
			return dt_wrong(w, MEM_BASE, "RAM beside the %s, 0x%llx to 0x%llx",
					frames[i].name, (unsigned long long)frames[i].range.base,
					(unsigned long long)(frames[i].range.base +
							     frames[i].range.size - 1));
	return 0;
}

int sys_memory(struct sys_parse *p, struct cfg_vm *vm, int node)
{
	struct dt_view w;

	if (node < 0)
		return dt_fail_at(p->err, p->fdt, vm->node.at, "memory",
				  "missing: memory { size = <0x0 0x10000000>; }");
	if (dt_read(&w, p->fdt, node, rules, MEM_NR, p->err) ||
	    dt_read_children(p->fdt, node, NULL, 0, NULL, p->err))
		return -1;
	vm->ram_size = dt_number(&w.v[MEM_SIZE]);
	if (vm->ram_size > p->ram_left)
		return dt_wrong(&w, MEM_SIZE,
				"at most %llu MiB, what is left of the board's %llu MiB",
				(unsigned long long)(p->ram_left >> 20),
				(unsigned long long)(p->ram_all >> 20));
	p->ram_left -= vm->ram_size;
	vm->has_ram_base = w.v[MEM_BASE].data;
	if (!vm->has_ram_base)
		return 0;
	vm->ram_base = dt_number(&w.v[MEM_BASE]);
	if (vm->ram_base > SYS_IPA_END - vm->ram_size)
		return dt_wrong(&w, MEM_BASE, NULL);
	return check_frames(p, vm, &w);
}
