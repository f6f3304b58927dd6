// SPDX-License-Identifier: Apache-2.0
/* A guest's tree that somebody else wrote: nk only says where RAM, pools in it, initrd and itself are. */
#include "config/guest/priv.h"
#include "lib/string.h"

static bool is_memory(const void *fdt, int node)
{
	struct dt_prop type = dt_get(fdt, node, "device_type");

	return dt_strings_have(&type, "memory");
}

static int fail_patch(const struct gtree *g, const char *right)
{
	return dt_fail_at(g->err, g->s->fdt, g->vm->node.at, "dtb", "\"%s\": %s", g->vm->dtb,
			  right);
}

/* Counts of 1 or 2; defaults of the specification, 2.3.5. */
static u32 cells_of(const void *fdt, const char *name, u32 by_default)
{
	struct dt_prop p = dt_get(fdt, DT_ROOT, name);

	return p.len == 4 ? dt_cell(&p, 0) : by_default;
}

static int put_memory(struct gtree *g, u32 address, u32 size)
{
	if (address < 1 || address > 2 || size < 1 || size > 2)
		return fail_patch(g, "its root must have 1 or 2 #address-cells and #size-cells");
	for (u32 i = 0; i < g->p->nr_ram; i++)
		if ((address == 1 && g->p->ram[i].base >> 32) ||
		    (size == 1 && g->p->ram[i].size >> 32))
			return fail_patch(g, "its root must have 2 #address-cells and "
					     "#size-cells, for the RAM");
	gtree_memory(g, address, size);
	return 0;
}

static bool is_initrd(const char *name)
{
	return !strncmp(name, "linux,initrd-", strlen("linux,initrd-"));
}

static bool is_initrd_or_bootargs(const char *name)
{
	return is_initrd(name) || !strcmp(name, "bootargs");
}

static void put_chosen(struct gtree *g, const void *fdt, int node)
{
	gtree_begin(g, "chosen");
	gtree_chosen_props(g, g->vm->bootargs);
	if (node >= 0) {
		gtree_copy_props(g, fdt, node, g->vm->bootargs ? is_initrd_or_bootargs : is_initrd);
		node = fdt_first_subnode(fdt, node);
	}
	for (; node >= 0; node = fdt_next_subnode(fdt, node))
		gtree_copy_tree(g, fdt, node);
	gtree_end(g);
}

/* What nk makes, of the tree's own or without. */
static bool is_made(const void *fdt, int node)
{
	static const char *const names[] = {"chosen", "nk", "reserved-memory"};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(dt_name(fdt, node), names[i]))
			return true;
	return is_memory(fdt, node);
}

int gtree_patch(struct gtree *g, const struct bundle_image *image)
{
	const void *fdt = image->data;
	u32 address_cells, size_cells;
	u64 base, size;
	int node;

	if (dt_check(fdt, image->size, image->name, g->err))
		return -1;
	for (int i = 0; !fdt_get_mem_rsv(fdt, i, &base, &size) && size; i++)
		gtree_reserve(g, base, size);
	gtree_reserved(g);
	gtree_begin(g, "");
	gtree_copy_props(g, fdt, DT_ROOT, NULL);
	address_cells = cells_of(fdt, "#address-cells", 2);
	size_cells = cells_of(fdt, "#size-cells", 1);
	if (put_memory(g, address_cells, size_cells))
		return -1;
	put_chosen(g, fdt, fdt_subnode_offset(fdt, DT_ROOT, "chosen"));
	gtree_reserved_memory(g, fdt, fdt_subnode_offset(fdt, DT_ROOT, "reserved-memory"),
			      address_cells, size_cells);
	gtree_nk(g, address_cells, size_cells);
	for (node = fdt_first_subnode(fdt, DT_ROOT); node >= 0; node = fdt_next_subnode(fdt, node))
		if (!is_made(fdt, node))
			gtree_copy_tree(g, fdt, node);
	gtree_end(g);
	return 0;
}
