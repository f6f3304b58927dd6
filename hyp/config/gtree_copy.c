/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest's tree takes over from other trees: given devices, vplatform nodes. */
#include <libfdt.h>

#include "config/gtree_int.h"
#include "lib/string.h"

#define REF_ARGS_MAX 16

#define LIST(strings)                                                                              \
	{                                                                                          \
		strings, sizeof(strings)                                                           \
	}

/*
 * Properties that refer to other nodes by phandles, each with arguments: the name, the target's
 * property with the count of arguments, the property that names each and goes where this one goes. A name that starts with a hyphen is
 * the end of many.
 */
static const char *const refs[] = {
	"clocks\0#clock-cells\0clock-names",
	"dmas\0#dma-cells\0dma-names",
	"gpio\0#gpio-cells\0",
	"gpios\0#gpio-cells\0",
	"interrupt-parent\0\0",
	"interrupts-extended\0#interrupt-cells\0",
	"io-channels\0#io-channel-cells\0io-channel-names",
	"mboxes\0#mbox-cells\0mbox-names",
	"memory-region\0\0memory-region-names",
	"nvmem-cells\0\0nvmem-cell-names",
	"phy-handle\0\0",
	"phys\0#phy-cells\0phy-names",
	"pinctrl-0\0\0pinctrl-names",
	"power-domains\0#power-domain-cells\0power-domain-names",
	"pwms\0#pwm-cells\0pwm-names",
	"resets\0#reset-cells\0reset-names",
	"-gpio\0#gpio-cells\0",
	"-gpios\0#gpio-cells\0",
	"-supply\0\0",
};

struct ref {
	const char *name;
	const char *cells;
	const char *names;
};

/* A guest has neither an IOMMU nor message interrupts, and sets no clocks. */
static const struct dt_prop never =
	LIST("assigned-clock-parents\0assigned-clock-rates\0assigned-clocks\0interconnects\0"
	     "iommu-map\0iommu-map-mask\0iommus\0msi-map\0msi-map-mask\0msi-parent\0"
	     "pinctrl-1\0pinctrl-2");

/* Nodes that are pure description, so that a copy is as good as the original. */
static const struct dt_prop descriptions = LIST("fixed-clock\0fixed-factor-clock\0regulator-fixed");

/* What a bus on the way to a given device keeps. */
static const struct dt_prop bus_props =
	LIST("#address-cells\0#size-cells\0ranges\0dma-ranges\0dma-coherent");

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

	node = dt_next_node(fdt, node, depth);
	for (int ends = before + 1 - *depth; ends > 0; ends--)
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

static u32 phandle_of(const void *fdt, int node)
{
	struct dt_prop p = dt_get(fdt, node, "phandle");

	return p.len == 4 ? dt_cell(&p, 0) : 0;
}

/* Devices mostly refer to one and the same node, a clock. */
static int find_phandle(struct gtree *g, u32 phandle)
{
	const void *fdt = g->board->fdt;
	int depth = 0;
	int node = DT_ROOT;

	if (phandle == g->phandle)
		return g->phandle_node;
	while (node >= 0 && phandle_of(fdt, node) != phandle)
		node = dt_next_node(fdt, node, &depth);
	g->phandle = phandle;
	g->phandle_node = node;
	return node;
}

static void want(struct gtree *g, int node)
{
	int depth = 0;
	int last = node;

	for (int n = node; n >= 0 && (n == node || depth > 0);) {
		last = n;
		n = dt_next_node(g->board->fdt, n, &depth);
	}
	g->wanted[g->nr_wanted++] = (struct gtree_wanted){node, last};
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
			return dt_is_strings(&c.p) && dt_strings_have(&descriptions, c.p.data);
	return false;
}

/* Whether the target is, or with grow can be, in the guest's tree. */
static bool has_target(struct gtree *g, u32 phandle, int target, bool grow)
{
	if (phandle == g->board->gic.phandle || is_wanted(g, target))
		return true;
	if (!grow || g->nr_wanted == GTREE_WANTED_MAX || !is_description(g->board->fdt, target))
		return false;
	want(g, target);
	return true;
}

/* Whether all that the property refers to is, or with grow can be, in the guest's tree. */
static bool has_targets(struct gtree *g, const struct dt_prop *p, const struct ref *ref, bool grow)
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
		if (*ref->cells)
			cells = dt_get(fdt, target, ref->cells);
		if (cells.len == 4)
			i += MIN(dt_cell(&cells, 0), REF_ARGS_MAX);
	}
	return true;
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name);
	size_t m = strlen(end);

	return n >= m && !strcmp(name + n - m, end);
}

static bool read_ref(const char *name, const char *text, struct ref *ref)
{
	bool is_end = *text == '-';

	/* A property and that of its names start alike. */
	if (!is_end && *text != *name)
		return false;
	ref->name = text;
	ref->cells = text + strlen(text) + 1;
	ref->names = ref->cells + strlen(ref->cells) + 1;
	if (is_end)
		return ends_with(name, text);
	return !strcmp(name, text) || !strcmp(name, ref->names);
}

/* Finds how a property refers to nodes, or is the names of one that does. */
static bool find_ref(const char *name, struct ref *ref)
{
	for (u32 i = 0; i < ARRAY_SIZE(refs); i++)
		if (read_ref(name, refs[i], ref))
			return true;
	return false;
}

/* Whether a guest may see a property of a device it is given. */
static bool keeps_prop(struct gtree *g, int node, const struct dt_cursor *c)
{
	struct dt_prop p = c->p;
	struct ref ref;

	if (dt_strings_have(&never, c->name))
		return false;
	if (!find_ref(c->name, &ref))
		return true;
	if (!strcmp(c->name, ref.names))
		p = dt_get(g->board->fdt, node, ref.name);
	return has_targets(g, &p, &ref, false);
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

/* Adds what the nodes refer to, and what that refers to, and so on. */
static void want_devices(struct gtree *g)
{
	const void *fdt = g->board->fdt;
	struct dt_cursor c;

	for (u32 i = 0; i < g->vm->nr_devices; i++)
		want(g, g->vm->devices[i].node);
	for (u32 i = 0; i < g->nr_wanted; i++) {
		int node = g->wanted[i].node;
		int depth = 0;

		for (; node >= 0 && node <= g->wanted[i].last;
		     node = dt_next_node(fdt, node, &depth)) {
			dt_props_of(&c, fdt, node);
			while (dt_next_prop(&c)) {
				struct ref ref;

				if (find_ref(c.name, &ref) && strcmp(c.name, ref.names))
					has_targets(g, &c.p, &ref, true);
			}
		}
	}
}

static void begin_bus(struct gtree *g, int node)
{
	struct dt_cursor c;

	gtree_begin(g, dt_name(g->board->fdt, node));
	gtree_string(g, "compatible", "simple-bus");
	dt_props_of(&c, g->board->fdt, node);
	while (dt_next_prop(&c))
		if (dt_strings_have(&bus_props, c.name))
			gtree_prop(g, c.name, c.p.data, c.p.len);
}

/* Whether a wanted node starts there, the last offset not included. */
static bool wants_between(const struct gtree *g, int first, int end)
{
	for (u32 i = 0; i < g->nr_wanted; i++)
		if (g->wanted[i].node >= first && g->wanted[i].node < end)
			return true;
	return false;
}

/*
 * Copies the wanted nodes below a node of the board, which ends before end, with the buses on
 * the way, so that addresses keep their meaning. Recursion: DT_DEPTH_MAX.
 */
static void copy_wanted(struct gtree *g, int parent, int end)
{
	const void *fdt = g->board->fdt;
	int node = dt_first_child(fdt, parent);

	while (node >= 0 && wants_between(g, node, end)) {
		int next = dt_next_child(fdt, node);
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

void gtree_devices(struct gtree *g)
{
	const void *fdt = g->board->fdt;
	struct dt_prop address = dt_get(fdt, DT_ROOT, "#address-cells");
	struct dt_prop size = dt_get(fdt, DT_ROOT, "#size-cells");
	/* What the specification says where a root does not (2.3.5). */
	const u64 cells[] = {
		address.len == 4 ? dt_cell(&address, 0) : 2,
		size.len == 4 ? dt_cell(&size, 0) : 1,
	};
	/* child base, base, size: from 0 to 0, as far as the cells reach */
	const u32 ranges[] = {0, 0, 0, 0, UINT32_MAX, UINT32_MAX};
	bool wrap = cells[0] != 2 || cells[1] != 2;

	want_devices(g);
	if (!g->nr_wanted)
		return;
	if (wrap) {
		gtree_put(g, "board@0{compatible='simple-bus';#address-cells=%;#size-cells=%;",
			  cells);
		gtree_cells(g, "ranges", cells[0] == 1 ? ranges + 1 : ranges,
			    (cells[0] == 1 ? 3 : 4) + (cells[1] == 1 ? 1 : 2));
	}
	copy_wanted(g, DT_ROOT, INT32_MAX);
	if (wrap)
		gtree_end(g);
}

void gtree_vplatform(struct gtree *g)
{
	const void *fdt = g->s->fdt;
	int node;

	if (g->vm->vplatform_node < 0)
		return;
	node = dt_first_child(fdt, g->vm->vplatform_node);
	for (; node >= 0; node = dt_next_child(fdt, node))
		gtree_copy_tree(g, fdt, node);
}

/* How many nodes of the finished tree have the node's phandle, or below the root its name. */
static u32 count_same(const void *tree, const void *fdt, int node, int depth)
{
	u32 phandle = phandle_of(fdt, node);
	u32 n = 0;
	int d = 0;

	for (int other = DT_ROOT; other >= 0; other = dt_next_node(tree, other, &d))
		if ((phandle && phandle_of(tree, other) == phandle) ||
		    (depth == 1 && d == 1 && !strcmp(dt_name(tree, other), dt_name(fdt, node))))
			n++;
	return n;
}

/* dtc numbers the phandles of the system tree, and knows nothing of the board's. */
int gtree_vplatform_check(const struct gtree *g)
{
	const void *fdt = g->s->fdt;
	int node = g->vm->vplatform_node;
	int depth = 0;

	while (node >= 0 && (node = dt_next_node(fdt, node, &depth)) >= 0 && depth > 0)
		if (count_same(g->out, fdt, node, depth) > 1)
			return dt_fail_at(g->err, fdt, node, "phandle",
					  "0x%x: it and the name must not be those of a node nk "
					  "makes or copies: give another, phandle = <0x%x>",
					  phandle_of(fdt, node), 0x6e6c0000u + (u32)node);
	return 0;
}
