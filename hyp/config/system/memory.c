// SPDX-License-Identifier: Apache-2.0
/* The nodes `memory`, `memory@1` and so on of a VM: the pieces of its RAM. */
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

static int check_place(const struct sys_parse *p, const struct cfg_vm *vm,
		       const struct cfg_ram *ram, const struct dt_view *w)
{
	const struct range seen = cfg_ram_seen(ram);

	if (ram->has_base && ram->base > SYS_IPA_END - ram->size)
		return dt_wrong(w, MEM_BASE, NULL);
	if (ram->has_base)
		return check_frames(p, vm, w, &seen, "RAM beside");
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

/* What VMs have, this one's pieces so far among them. */
static int check_vms(const struct sys_parse *p, const struct cfg_vm *last, const struct range *pa,
		     const struct dt_view *w)
{
	const struct cfg_vm *vm;
	u32 i;

	for (vm = p->s->vm; vm <= last; vm++)
		for (i = 0; i < vm->nr_ram; i++) {
			const struct cfg_ram *ram = &vm->ram[i];
			struct range its = {ram->pa, ram->size};

			if (ram->has_pa && ranges_overlap(&its, pa))
				return dt_wrong(w, MEM_PA,
						"RAM beside that of vm%u, 0x%llx to 0x%llx", vm->id,
						(unsigned long long)its.base,
						(unsigned long long)(range_end(&its) - 1));
		}
	return 0;
}

/* Where nk itself is, only nk knows, when it boots. */
static int check_pa(const struct sys_parse *p, const struct cfg_vm *vm, const struct cfg_ram *ram,
		    const struct dt_view *w)
{
	struct range pa = {ram->pa, ram->size};
	const struct range *r;

	if (!ram->has_pa)
		return 0;
	if (!board_has_ram(p->b, &pa))
		return dt_wrong(w, MEM_PA, NULL);
	r = find_overlap(p->b->reserved, p->b->nr_reserved, &pa);
	if (r)
		return dt_wrong(w, MEM_PA, "RAM beside what the board reserves at 0x%llx",
				(unsigned long long)r->base);
	return check_vms(p, vm, &pa, w);
}

/* The guest sees each piece where none of the others so far is. */
static int check_seen(const struct cfg_vm *vm, const struct cfg_ram *ram, const struct dt_view *w)
{
	struct range seen = cfg_ram_seen(ram);
	u32 i;

	for (i = 0; i < vm->nr_ram; i++) {
		struct range other = cfg_ram_seen(&vm->ram[i]);

		if (ranges_overlap(&other, &seen))
			return dt_wrong(w, ram->has_base ? MEM_BASE : MEM_PA,
					"RAM beside the VM's %s, 0x%llx to 0x%llx", vm->ram[i].name,
					(unsigned long long)other.base,
					(unsigned long long)(range_end(&other) - 1));
	}
	return 0;
}

static int take_size(struct sys_parse *p, const struct cfg_ram *ram, const struct dt_view *w)
{
	if (ram->size > p->ram_left)
		return dt_wrong(w, MEM_SIZE,
				"at most %llu MiB, what is left of the board's %llu MiB",
				(unsigned long long)(p->ram_left >> 20),
				(unsigned long long)(p->ram_all >> 20));
	p->ram_left -= ram->size;
	return 0;
}

static int read_piece(struct sys_parse *p, struct cfg_vm *vm, int node)
{
	struct cfg_ram *ram = &vm->ram[vm->nr_ram];
	struct dt_view w;

	if (dt_read(&w, p->fdt, node, rules, MEM_NR, p->err) ||
	    dt_read_children(p->fdt, node, NULL, 0, NULL, p->err))
		return -1;
	*ram = (struct cfg_ram){
		.name = dt_name(p->fdt, node),
		.has_base = w.v[MEM_BASE].data,
		.has_pa = w.v[MEM_PA].data,
		.size = dt_number(&w.v[MEM_SIZE]),
		.base = dt_number(&w.v[MEM_BASE]),
		.pa = dt_number(&w.v[MEM_PA]),
	};
	if (take_size(p, ram, &w) || check_pa(p, vm, ram, &w) || check_place(p, vm, ram, &w) ||
	    check_seen(vm, ram, &w))
		return -1;
	vm->nr_ram++;
	return 0;
}

int sys_memory(struct sys_parse *p, struct cfg_vm *vm, const int *nodes)
{
	u32 i;

	if (nodes[0] < 0)
		return dt_fail_at(p->err, p->fdt, vm->node.at, "memory",
				  "missing: memory { size = <0x0 0x10000000>; }");
	for (i = 0; i < CFG_RAM_PIECES; i++)
		if (nodes[i] >= 0 && read_piece(p, vm, nodes[i]))
			return -1;
	return 0;
}
