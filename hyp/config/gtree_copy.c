/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest's tree takes over from other trees: given devices, vplatform nodes. */
#include <libfdt.h>

#include "config/gtree_int.h"
#include "lib/string.h"

#define REF_ARGS_MAX 16

/* A property that refers to other nodes: phandles, each with arguments. */
struct ref {
	const char *name;
	const char *cells; /* the target's property with the count of arguments, NULL: none */
	const char *names; /* the property that names each, which goes where this one goes */
};

static const struct ref refs[] = {
	{"clocks", "#clock-cells", "clock-names"},
	{"dmas", "#dma-cells", "dma-names"},
	{"gpio", "#gpio-cells", NULL},
	{"gpios", "#gpio-cells", NULL},
	{"interrupt-parent", NULL, NULL},
	{"interrupts-extended", "#interrupt-cells", NULL},
	{"io-channels", "#io-channel-cells", "io-channel-names"},
	{"mboxes", "#mbox-cells", "mbox-names"},
	{"memory-region", NULL, "memory-region-names"},
	{"nvmem-cells", NULL, "nvmem-cell-names"},
	{"phy-handle", NULL, NULL},
	{"phys", "#phy-cells", "phy-names"},
	{"pinctrl-0", NULL, "pinctrl-names"},
	{"power-domains", "#power-domain-cells", "power-domain-names"},
	{"pwms", "#pwm-cells", "pwm-names"},
	{"resets", "#reset-cells", "reset-names"},
};

/* Those that go by the end of their names. */
static const struct ref suffix_refs[] = {
	{"-supply", NULL, NULL},
	{"-gpio", "#gpio-cells", NULL},
	{"-gpios", "#gpio-cells", NULL},
};

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

static bool is_one_of(const char *name, const char *const *list, u32 n)
{
	for (u32 i = 0; i < n; i++)
		if (!strcmp(list[i], name))
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

static int find_phandle(const void *fdt, u32 phandle)
{
	int depth = 0;
	int node = DT_ROOT;

	while (node >= 0 && phandle_of(fdt, node) != phandle)
		node = dt_next_node(fdt, node, &depth);
	return node;
}

static bool is_wanted(const struct gtree *g, int node)
{
	for (u32 i = 0; i < g->nr_wanted; i++)
		if (node >= g->wanted[i].node && node <= g->wanted[i].last)
			return true;
	return false;
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

static bool is_description(const void *fdt, int node)
{
	struct dt_prop compatible = dt_get(fdt, node, "compatible");

	for (u32 i = 0; i < ARRAY_SIZE(descriptions); i++)
		if (dt_strings_have(&compatible, descriptions[i]))
			return true;
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
		target = find_phandle(fdt, phandle);
		if (target < 0 || !has_target(g, phandle, target, grow))
			return false;
		if (ref->cells)
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

static const struct ref *ref_of(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(refs); i++)
		if (!strcmp(refs[i].name, name))
			return &refs[i];
	for (u32 i = 0; i < ARRAY_SIZE(suffix_refs); i++)
		if (ends_with(name, suffix_refs[i].name))
			return &suffix_refs[i];
	return NULL;
}

static const struct ref *ref_named_by(const char *name)
{
	if (!ends_with(name, "-names"))
		return NULL;
	for (u32 i = 0; i < ARRAY_SIZE(refs); i++)
		if (refs[i].names && !strcmp(refs[i].names, name))
			return &refs[i];
	return NULL;
}

/* Whether a guest may see a property of a device it is given. */
static bool keeps_prop(struct gtree *g, int node, const struct dt_cursor *c)
{
	const struct ref *ref = ref_of(c->name);
	struct dt_prop p = c->p;

	if (is_one_of(c->name, never, ARRAY_SIZE(never)))
		return false;
	if (!ref) {
		ref = ref_named_by(c->name);
		if (!ref)
			return true;
		p = dt_get(g->board->fdt, node, ref->name);
	}
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

/* Adds what the nodes refer to, and what that refers to, and so on. */
static void collect(struct gtree *g)
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
				const struct ref *ref = ref_of(c.name);

				if (ref)
					has_targets(g, &c.p, ref, true);
			}
		}
	}
}

static void begin_bus(struct gtree *g, int node)
{
	const void *fdt = g->board->fdt;

	gtree_begin(g, dt_name(fdt, node));
	gtree_string(g, "compatible", "simple-bus");
	for (u32 i = 0; i < ARRAY_SIZE(bus_props); i++) {
		struct dt_prop p = dt_get(fdt, node, bus_props[i]);

		if (p.data)
			gtree_prop(g, bus_props[i], p.data, p.len);
	}
}

static bool wants_between(const struct gtree *g, int first, int end)
{
	for (u32 i = 0; i < g->nr_wanted; i++)
		if (g->wanted[i].node > first && g->wanted[i].node < end)
			return true;
	return false;
}

static bool is_wanted_root(const struct gtree *g, int node)
{
	for (u32 i = 0; i < g->nr_wanted; i++)
		if (g->wanted[i].node == node)
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

	while (node >= 0 && wants_between(g, node - 1, end)) {
		int next = dt_next_child(fdt, node);

		if (is_wanted_root(g, node)) {
			copy_device(g, node);
		} else if (wants_between(g, node, next < 0 ? end : next)) {
			begin_bus(g, node);
			copy_wanted(g, node, next < 0 ? end : next);
			gtree_end(g);
		}
		node = next;
	}
}

static u32 root_cells(const void *fdt, const char *name, u32 by_default)
{
	struct dt_prop p = dt_get(fdt, DT_ROOT, name);

	return p.len == 4 ? dt_cell(&p, 0) : by_default;
}

void gtree_devices(struct gtree *g)
{
	const void *fdt = g->board->fdt;
	u32 address = root_cells(fdt, "#address-cells", 2);
	u32 size = root_cells(fdt, "#size-cells", 1);
	bool wrap = address != 2 || size != 2;
	/* child base, base, size: from 0 to 0, as far as the cells reach */
	const u32 ranges[] = {0, 0, 0, 0, UINT32_MAX, UINT32_MAX};

	if (!g->vm->nr_devices)
		return;
	collect(g);
	if (wrap) {
		gtree_begin(g, "board@0");
		gtree_string(g, "compatible", "simple-bus");
		gtree_cell(g, "#address-cells", address);
		gtree_cell(g, "#size-cells", size);
		gtree_cells(g, "ranges", address == 1 ? ranges + 1 : ranges,
			    (address == 1 ? 3 : 4) + (size == 1 ? 1 : 2));
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

static u32 count_phandle(const void *fdt, u32 phandle)
{
	int depth = 0;
	u32 n = 0;

	for (int node = DT_ROOT; node >= 0; node = dt_next_node(fdt, node, &depth))
		n += phandle_of(fdt, node) == phandle;
	return n;
}

static u32 count_child(const void *fdt, const char *name)
{
	u32 n = 0;

	for (int node = dt_first_child(fdt, DT_ROOT); node >= 0; node = dt_next_child(fdt, node))
		n += !strcmp(dt_name(fdt, node), name);
	return n;
}

/* dtc numbers the phandles of the system tree, and knows nothing of the board's. */
static int check_node(const struct gtree *g, int node, int depth)
{
	const void *fdt = g->s->fdt;
	u32 phandle = phandle_of(fdt, node);

	if (depth == 1 && count_child(g->fdt, dt_name(fdt, node)) > 1)
		return cfg_fail_at(g->err, fdt, node, "name",
				   "must not be that of a node nk makes or copies for the VM");
	if (phandle && count_phandle(g->fdt, phandle) > 1)
		return cfg_fail_at(g->err, fdt, node, "phandle",
				   "0x%x: a device of the board has it: give this node another, "
				   "phandle = <0x%x>",
				   phandle, 0x6e6c0000 | phandle);
	return 0;
}

int gtree_vplatform_check(const struct gtree *g)
{
	const void *fdt = g->s->fdt;
	int depth = 0;
	int node = g->vm->vplatform_node;

	if (node < 0)
		return 0;
	while ((node = dt_next_node(fdt, node, &depth)) >= 0 && depth > 0)
		if (check_node(g, node, depth))
			return -1;
	return 0;
}
