// SPDX-License-Identifier: Apache-2.0
/* What a guest's tree takes over from other trees: given devices, vplatform nodes. */
#include "config/guest/priv.h"
#include "lib/printf.h"
#include "lib/string.h"

#define REF_ARGS_MAX 16
#define PATH_SIZE 32 /* of /vm/vmN/vplatform/ */

/* A guest has neither an IOMMU nor message interrupts, and sets no clocks. */
static const char *const never[] = {
	"assigned-clock-parents",
	"assigned-clock-rates",
	"assigned-clocks",
	"interconnects",
	"iommu-map",
	"iommu-map-mask",
	"iommus",
	"msi-map",
	"msi-map-mask",
	"msi-parent",
	"pinctrl-1",
	"pinctrl-2",
};

/* Nodes that are pure description, so that a copy is as good as the original. */
static const char *const descriptions[] = {
	"fixed-clock",
	"fixed-factor-clock",
	"regulator-fixed",
};

/* What a bus on the way to a given device keeps. */
static const char *const bus_props[] = {
	"#address-cells", "#size-cells", "ranges", "dma-ranges", "dma-coherent",
};

static bool is_listed(const char *const *list, u32 n, const char *name)
{
	while (n--)
		if (!strcmp(*list++, name))
			return true;
	return false;
}

void gtree_copy_props(struct gtree *g, const void *fdt, int node, bool (*skip)(const char *name))
{
	struct dt_cursor c;

	dt_props_of(&c, fdt, node);
	while (dt_next_prop(&c))
		if (!skip || !skip(c.name))
			gtree_prop(g, c.name, c.p.data, c.p.len);
}

/* Steps to the next node of a subtree, and ends those left behind; negative behind the last. */
static int next_below(struct gtree *g, const void *fdt, int node, int *depth)
{
	int before = *depth;

	gtree_between(g);
	node = fdt_next_node(fdt, node, depth);
	for (int ends = before + 1 - MAX(*depth, 0); ends > 0; ends--)
		gtree_end(g);
	return *depth > 0 ? node : -FDT_ERR_NOTFOUND;
}

void gtree_copy_tree(struct gtree *g, const void *fdt, int node)
{
	int depth = 0;

	for (; node >= 0; node = next_below(g, fdt, node, &depth)) {
		gtree_begin(g, dt_name(fdt, node));
		gtree_copy_props(g, fdt, node, NULL);
	}
}

/* Devices mostly refer to one and the same node, a clock. */
static int find_phandle(struct gtree *g, u32 phandle)
{
	const void *fdt = g->board->fdt;
	int depth = 0;
	int node = DT_ROOT;

	if (phandle == g->phandle)
		return g->phandle_node;
	while (node >= 0 && fdt_get_phandle(fdt, node) != phandle) {
		gtree_between(g);
		node = fdt_next_node(fdt, node, &depth);
	}
	g->phandle = phandle;
	g->phandle_node = node;
	return node;
}

static void want_node(struct gtree *g, int node)
{
	int depth = 0;
	int last = node;

	for (int n = node; n >= 0 && (n == node || depth > 0);) {
		last = n;
		gtree_between(g);
		n = fdt_next_node(g->board->fdt, n, &depth);
	}
	g->wanted[g->nr_wanted++] = (struct gtree_wanted){.node = node, .last = last};
}

static bool is_wanted(const struct gtree *g, int node)
{
	for (u32 i = 0; i < g->nr_wanted; i++)
		if (node >= g->wanted[i].node && node <= g->wanted[i].last)
			return true;
	return false;
}

static bool is_description(const void *fdt, int node)
{
	struct dt_cursor c;

	dt_props_of(&c, fdt, node);
	while (dt_next_prop(&c))
		if (!strcmp(c.name, "compatible"))
			return dt_is_strings(&c.p) &&
			       is_listed(descriptions, ARRAY_SIZE(descriptions), c.p.data);
	return false;
}

/* Whether the target is, or with grow can be, in the guest's tree. */
static bool has_target(struct gtree *g, u32 phandle, int target, bool grow)
{
	if (phandle == g->board->gic.phandle || is_wanted(g, target))
		return true;
	if (!grow || g->nr_wanted == GTREE_WANTED_MAX || !is_description(g->board->fdt, target))
		return false;
	want_node(g, target);
	return true;
}

/* Whether all that the property refers to is, or with grow can be, in the guest's tree. */
static bool has_targets(struct gtree *g, const struct dt_prop *p, const struct gtree_ref *ref,
			bool grow)
{
	const void *fdt = g->board->fdt;
	u32 n = p->len / 4;
	u32 i = 0;

	while (i < n) {
		u32 phandle = dt_cell(p, i++);
		struct dt_prop cells = {NULL, 0};
		int target;

		if (!phandle)
			continue; /* an entry left out */
		target = find_phandle(g, phandle);
		if (target < 0 || !has_target(g, phandle, target, grow))
			return false;
		if (ref->cells)
			cells = dt_get(fdt, target, ref->cells);
		if (cells.len == 4)
			i += MIN(dt_cell(&cells, 0), REF_ARGS_MAX);
	}
	return true;
}

/* Whether a guest may see a property of a device it is given. */
static bool keeps_prop(struct gtree *g, int node, const struct dt_cursor *c)
{
	struct dt_prop p = c->p;
	const struct gtree_ref *ref;

	if (is_listed(never, ARRAY_SIZE(never), c->name))
		return false;
	ref = gtree_find_ref(c->name);
	if (!ref)
		return true;
	if (gtree_is_names(ref, c->name))
		p = dt_get(g->board->fdt, node, ref->name);
	return has_targets(g, &p, ref, false);
}

static void copy_device(struct gtree *g, int node)
{
	const void *fdt = g->board->fdt;
	struct dt_cursor c;
	int depth = 0;

	for (; node >= 0; node = next_below(g, fdt, node, &depth)) {
		gtree_begin(g, dt_name(fdt, node));
		dt_props_of(&c, fdt, node);
		while (dt_next_prop(&c))
			if (keeps_prop(g, node, &c))
				gtree_prop(g, c.name, c.p.data, c.p.len);
	}
}

/* Adds what a node refers to, if it is pure description. */
static void want_targets(struct gtree *g, int node)
{
	struct dt_cursor c;

	dt_props_of(&c, g->board->fdt, node);
	while (dt_next_prop(&c)) {
		const struct gtree_ref *ref = gtree_find_ref(c.name);

		gtree_between(g);
		if (ref && !gtree_is_names(ref, c.name))
			has_targets(g, &c.p, ref, true);
	}
}

/* Adds what the nodes refer to, and what that refers to, and so on. */
static void want_devices(struct gtree *g)
{
	const void *fdt = g->board->fdt;

	for (u32 i = 0; i < g->vm->nr_devices; i++) {
		want_node(g, g->vm->devices[i].node);
		g->wanted[i].moved = g->vm->devices[i].moved;
	}
	for (u32 i = 0; i < g->nr_wanted; i++) {
		int node = g->wanted[i].node;
		int depth = 0;

		for (; node >= 0 && node <= g->wanted[i].last;
		     node = fdt_next_node(fdt, node, &depth))
			want_targets(g, node);
	}
}

static void begin_bus(struct gtree *g, int node)
{
	struct dt_cursor c;

	gtree_begin(g, dt_name(g->board->fdt, node));
	gtree_string(g, "compatible", "simple-bus");
	dt_props_of(&c, g->board->fdt, node);
	while (dt_next_prop(&c))
		if (is_listed(bus_props, ARRAY_SIZE(bus_props), c.name))
			gtree_prop(g, c.name, c.p.data, c.p.len);
}

/* Whether a wanted node that keeps its place starts there, the last offset not included. */
static bool wants_between(const struct gtree *g, int first, int end)
{
	for (u32 i = 0; i < g->nr_wanted; i++)
		if (!g->wanted[i].moved && g->wanted[i].node >= first && g->wanted[i].node < end)
			return true;
	return false;
}

/* The next node of the same parent; negative: there is none. As libfdt's, but for all that is below the node. */
static int next_sibling(const struct gtree *g, int node)
{
	int depth = 1;

	do {
		gtree_between(g);
		node = fdt_next_node(g->board->fdt, node, &depth);
	} while (node >= 0 && depth > 1);
	return depth < 1 ? -FDT_ERR_NOTFOUND : node;
}

/*
 * Copies the wanted nodes below a node of the board, which ends before end, with the buses on
 * the way, so that addresses keep their meaning. Recursion: DT_DEPTH_MAX.
 */
static void copy_wanted(struct gtree *g, int parent, int end)
{
	const void *fdt = g->board->fdt;
	int node = fdt_first_subnode(fdt, parent);

	while (node >= 0 && wants_between(g, node, end)) {
		int next = next_sibling(g, node);
		int node_end = next < 0 ? end : next;

		if (wants_between(g, node, node + 1)) {
			copy_device(g, node);
		} else if (wants_between(g, node, node_end)) {
			begin_bus(g, node);
			copy_wanted(g, node, node_end);
			gtree_end(g);
		}
		node = next;
	}
}

static void put_cells(fdt32_t *cells, u32 *n, u64 value, u32 count)
{
	if (count == 2)
		cells[(*n)++] = cpu_to_fdt32((u32)(value >> 32));
	cells[(*n)++] = cpu_to_fdt32((u32)value);
}

/* A bus for a device that was moved: what its node says of addresses means the guest's there. */
static void copy_moved(struct gtree *g, const struct cfg_device *d)
{
	struct dt_prop reg = dt_get(g->board->fdt, d->node, "reg");
	u32 stride = d->address_cells + d->size_cells, n = 0;
	fdt32_t ranges[CFG_DEV_REGS_MAX * 6];

	for (u32 i = 0; i < d->nr_regs; i++) {
		put_cells(ranges, &n, dt_cells(&reg, i * stride, d->address_cells),
			  d->address_cells);
		put_cells(ranges, &n, d->first[i] + d->moved, 2);
		put_cells(ranges, &n, dt_cells(&reg, i * stride + d->address_cells, d->size_cells),
			  d->size_cells);
	}
	gtree_begin_at(g, "moved", d->first[0] + d->moved);
	gtree_string(g, "compatible", "simple-bus");
	gtree_cell(g, "#address-cells", d->address_cells);
	gtree_cell(g, "#size-cells", d->size_cells);
	gtree_prop(g, "ranges", ranges, 4 * n);
	copy_device(g, d->node);
	gtree_end(g);
}

void gtree_devices(struct gtree *g)
{
	const void *fdt = g->board->fdt;
	struct dt_prop address = dt_get(fdt, DT_ROOT, "#address-cells");
	struct dt_prop size = dt_get(fdt, DT_ROOT, "#size-cells");
	/* What the specification says where a root does not (2.3.5). */
	u32 address_cells = address.len == 4 ? dt_cell(&address, 0) : 2;
	u32 size_cells = size.len == 4 ? dt_cell(&size, 0) : 1;
	/* child base, base, size: from 0 to 0, as far as the cells reach */
	const u32 ranges[] = {0, 0, 0, 0, UINT32_MAX, UINT32_MAX};
	bool wrap = address_cells != 2 || size_cells != 2;

	want_devices(g);
	if (!g->nr_wanted)
		return;
	if (wrap) {
		gtree_begin_at(g, "board", 0);
		gtree_string(g, "compatible", "simple-bus");
		gtree_cell(g, "#address-cells", address_cells);
		gtree_cell(g, "#size-cells", size_cells);
		gtree_cells(g, "ranges", address_cells == 1 ? ranges + 1 : ranges,
			    (address_cells == 1 ? 3 : 4) + (size_cells == 1 ? 1 : 2));
	}
	copy_wanted(g, DT_ROOT, INT32_MAX);
	if (wrap)
		gtree_end(g);
	for (u32 i = 0; i < g->vm->nr_devices; i++)
		if (g->vm->devices[i].moved)
			copy_moved(g, &g->vm->devices[i]);
}

/* dtc writes where a node is in the system tree; the guest has it below its own root. */
static void copy_aliases(struct gtree *g, const void *fdt, int node)
{
	char above[PATH_SIZE];
	struct dt_cursor c;
	u32 n;

	fmt_snprintf(above, sizeof(above), "/vm/%s/vplatform/", dt_name(fdt, g->vm->node.at));
	n = (u32)strlen(above) - 1;
	gtree_begin(g, "aliases");
	dt_props_of(&c, fdt, node);
	while (dt_next_prop(&c)) {
		const char *path = dt_string(&c.p);
		u32 skip = path && !strncmp(path, above, n + 1) ? n : 0;

		gtree_prop(g, c.name, (const char *)c.p.data + skip, c.p.len - skip);
	}
	gtree_end(g);
}

static void copy_own(struct gtree *g, const void *fdt, int node)
{
	if (!strcmp(dt_name(fdt, node), "aliases"))
		copy_aliases(g, fdt, node);
	else
		gtree_copy_tree(g, fdt, node);
}

void gtree_vplatform(struct gtree *g)
{
	const void *fdt = g->s->fdt;
	int node;

	if (g->vm->vplatform_node < 0)
		return;
	node = fdt_first_subnode(fdt, g->vm->vplatform_node);
	for (; node >= 0; node = fdt_next_subnode(fdt, node))
		if (!gtree_virtio(g, node))
			copy_own(g, fdt, node);
}

/* How many nodes of the finished tree have the node's phandle, or below the root its name. */
static u32 count_same(const struct gtree *g, int node, int depth)
{
	const void *tree = g->out, *fdt = g->s->fdt;
	u32 phandle = fdt_get_phandle(fdt, node);
	u32 n = 0;
	int d = 0;

	for (int other = DT_ROOT; other >= 0; other = fdt_next_node(tree, other, &d)) {
		gtree_between(g);
		if ((phandle && fdt_get_phandle(tree, other) == phandle) ||
		    (depth == 1 && d == 1 && !strcmp(dt_name(tree, other), dt_name(fdt, node))))
			n++;
	}
	return n;
}

/* dtc numbers the phandles of the system tree, and knows nothing of the board's. */
int gtree_vplatform_check(const struct gtree *g)
{
	const void *fdt = g->s->fdt;
	int node = g->vm->vplatform_node;
	int depth = 0;

	while (node >= 0 && (node = fdt_next_node(fdt, node, &depth)) >= 0 && depth > 0)
		if (count_same(g, node, depth) > 1)
			return dt_fail_at(g->err, fdt, node, "phandle",
					  "0x%x: it and the name must not be those of a node nk "
					  "makes or copies: give another, phandle = <0x%x>",
					  fdt_get_phandle(fdt, node), 0x6e6c0000u + (u32)node);
	return 0;
}
