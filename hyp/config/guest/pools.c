// SPDX-License-Identifier: Apache-2.0
/*
 * /reserved-memory of a guest's tree: what its VirtIO devices have their buffers in. Source: binding restricted-dma-pool
 * (dt-schema, reserved-memory/shared-dma-pool.yaml).
 */
#include "config/guest/priv.h"

#define POOL_PHANDLE 0x6e6b0100 /* of the VM's first; "nk", as others */

static bool has_pool(const struct gtree *g, const struct cfg_virtio *d)
{
	return d->vm == g->vm->id && d->pool.size;
}

u32 gtree_pool_phandle(const struct gtree *g, const struct cfg_virtio *d)
{
	u32 phandle = POOL_PHANDLE;

	if (!has_pool(g, d))
		return 0;
	for (const struct cfg_virtio *o = g->s->virtio; o < d; o++)
		phandle += has_pool(g, o);
	return phandle;
}

static void put_pool(struct gtree *g, const struct cfg_virtio *d, u32 address_cells, u32 size_cells)
{
	const struct range pool = {g->p->ram[d->pool_piece].base + d->pool.base, d->pool.size};

	gtree_begin_at(g, "pool", pool.base);
	gtree_string(g, "compatible", "restricted-dma-pool");
	gtree_ranges(g, "reg", &pool, 1, address_cells, size_cells);
	gtree_cell(g, "phandle", gtree_pool_phandle(g, d));
	gtree_end(g);
}

static void begin_node(struct gtree *g, u32 address_cells, u32 size_cells)
{
	gtree_cell(g, "#address-cells", address_cells);
	gtree_cell(g, "#size-cells", size_cells);
	gtree_prop(g, "ranges", NULL, 0);
}

void gtree_reserved_memory(struct gtree *g, const void *fdt, int node, u32 address_cells,
			   u32 size_cells)
{
	const struct cfg_virtio *d = g->s->virtio, *end = d + g->s->nr_virtio;

	while (d < end && !has_pool(g, d))
		d++;
	if (d == end && node < 0)
		return;
	gtree_begin(g, "reserved-memory");
	if (node < 0)
		begin_node(g, address_cells, size_cells);
	else
		gtree_copy_props(g, fdt, node, NULL);
	for (; d < end; d++)
		if (has_pool(g, d))
			put_pool(g, d, address_cells, size_cells);
	for (node = node < 0 ? node : fdt_first_subnode(fdt, node); node >= 0;
	     node = fdt_next_subnode(fdt, node))
		gtree_copy_tree(g, fdt, node);
	gtree_end(g);
}
