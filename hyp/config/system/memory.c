// SPDX-License-Identifier: Apache-2.0
/* The node `memory` of a VM. */
#include "config/system/system.h"

enum { MEM_SIZE, MEM_BASE, MEM_PA, MEM_NR };

static const struct dt_rule rules[MEM_NR] = {
	[MEM_SIZE] = {"size", "bytes in one or two cells, a multiple of 2 MiB (0x200000)",
		      BLOCK_SIZE, 0, DT_NUMBER, true},
	[MEM_BASE] = {"base", "one or two cells, a multiple of 2 MiB; base + size at most 1 TiB",
		      BLOCK_SIZE, 0, DT_NUMBER, false},
	[MEM_PA] = {"pa", "one or two cells, a multiple of 2 MiB; pa to pa + size is RAM",
		    BLOCK_SIZE, 0, DT_NUMBER, false},
};
DT_RULES_FIT(MEM_NR);

/* The VM's RAM, and all where it may come to be, must leave room for what the guest finds emulated. */
static int check_frames(const struct sys_parse *p, const struct cfg_vm *vm, const struct dt_view *w,
			const struct range *ram, const char *right)
{
	struct sys_frame frames[SYS_FRAMES_MAX];
	u32 i, n = sys_frames(p, vm, frames);

	for (i = 0; i < n; i++)
		if (ranges_overlap(ram, &frames[i].range))
			return dt_wrong(w, MEM_BASE, "%s the %s, 0x%llx to 0x%llx", right,
					frames[i].name, (unsigned long long)frames[i].range.base,
					(unsigned long long)range_end(&frames[i].range) - 1);
	return 0;
}

static int check_place(const struct sys_parse *p, const struct cfg_vm *vm, const struct dt_view *w)
{
	const struct range ram = {vm->ram_base, vm->ram_size};

	if (vm->has_ram_base)
		return check_frames(p, vm, w, &ram, "RAM beside");
	for (u32 i = 0; i < p->b->nr_ram; i++)
		if (check_frames(p, vm, w, &p->b->ram[i],
				 "needed for this VM, as the board has RAM at"))
			return -1;
	return 0;
}

/* The first of these ranges that overlaps r, or NULL. */
static const struct range *find_overlap(const struct range *list, u32 n, const struct range *r)
{
	for (; n--; list++)
		if (ranges_overlap(list, r))
			return list;
	return NULL;
}

/* Where nk itself is, only nk knows, when it boots. */
static int read_pa(const struct sys_parse *p, struct cfg_vm *vm, const struct dt_view *w)
{
	struct range ram = {dt_number(&w->v[MEM_PA]), vm->ram_size};
	const struct range *r;
	u32 i;

	vm->has_ram_pa = true;
	vm->ram_pa = ram.base;
	if (!board_has_ram(p->b, &ram))
		return dt_wrong(w, MEM_PA, NULL);
	r = find_overlap(p->b->reserved, p->b->nr_reserved, &ram);
	if (r)
		return dt_wrong(w, MEM_PA, "RAM beside what the board reserves at 0x%llx",
				(unsigned long long)r->base);
	for (i = 0; i < p->s->nr_vms; i++) {
		const struct cfg_vm *other = &p->s->vm[i];
		struct range its = {other->ram_pa, other->ram_size};

		if (other->has_ram_pa && ranges_overlap(&its, &ram))
			return dt_wrong(w, MEM_PA, "RAM beside that of vm%u, 0x%llx to 0x%llx",
					other->id, (unsigned long long)its.base,
					(unsigned long long)(its.base + its.size - 1));
	}
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
	if (w.v[MEM_PA].data && read_pa(p, vm, &w))
		return -1;
	vm->has_ram_base = w.v[MEM_BASE].data;
	vm->ram_base = dt_number(&w.v[MEM_BASE]);
	if (vm->ram_base > SYS_IPA_END - vm->ram_size)
		return dt_wrong(&w, MEM_BASE, NULL);
	return check_place(p, vm, &w);
}
