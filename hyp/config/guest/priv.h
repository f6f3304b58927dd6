/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the guest's device tree share; gtree.h is for everybody else. */
#ifndef CONFIG_GUEST_PRIV_H
#define CONFIG_GUEST_PRIV_H

#include "config/fdt/dt.h"
#include "config/guest/gtree.h"

/* Nodes of the board's tree that go into a guest's: its devices and what they refer to. */
#define GTREE_WANTED_MAX (CFG_DEV_MAX + 32)

#define GTREE_RANGES_MAX CFG_RAM_PIECES /* of one generated node */

struct gtree_wanted {
	bool moved; /* a device that is elsewhere for the guest: not on its bus */
	int node;
	int last; /* the last node below it, or node itself */
};

struct gtree {
	u8 *out;
	u64 size; /* of out */
	u64 room; /* as much of it has libfdt so far */
	int ret; /* libfdt's first error, or 0 */
	const struct cfg_system *s;
	const struct cfg_vm *vm;
	const struct cfg_board *board;
	const struct gtree_params *p;
	struct cfg_error *err;
	u32 nr_wanted;
	struct gtree_wanted wanted[GTREE_WANTED_MAX];
	u32 phandle; /* looked up last, and its node of the board */
	int phandle_node;
};

/* Other work is looked at: whatever goes through a tree calls it for each node or property. */
static inline void gtree_between(const struct gtree *g)
{
	if (g->p->between)
		g->p->between();
}

/* Writers: start, reserved memory, its end, then the root node. */
void gtree_start(struct gtree *g);
void gtree_reserve(struct gtree *g, u64 base, u64 size);
void gtree_reserved(struct gtree *g);

/* A node of that name, or NAME@ADDRESS, which takes 31 characters at most. */
void gtree_begin(struct gtree *g, const char *name);
void gtree_begin_at(struct gtree *g, const char *name, u64 address);
void gtree_end(struct gtree *g);

/* Properties: a copy of len bytes, none for len 0; a string; two of them, 96 bytes in all; cells, 24 at most. */
void gtree_prop(struct gtree *g, const char *name, const void *data, u64 len);
void gtree_string(struct gtree *g, const char *name, const char *s);
void gtree_strings(struct gtree *g, const char *name, const char *first, const char *second);
void gtree_cells(struct gtree *g, const char *name, const u32 *cells, u32 n);
void gtree_cell(struct gtree *g, const char *name, u32 cell);

/* A number in two cells. */
void gtree_number(struct gtree *g, const char *name, u64 number);

/* n ranges, at most GTREE_RANGES_MAX, whose numbers fit that many cells (1 or 2 each). */
void gtree_ranges(struct gtree *g, const char *name, const struct range *r, u32 n,
		  u32 address_cells, u32 size_cells);

/* Ends the tree. Returns its size, or -1 with g->err filled: there was no room. */
int gtree_finish(struct gtree *g);

/* The node of all pieces of RAM, whose numbers fit that many cells. */
void gtree_memory(struct gtree *g, u32 address_cells, u32 size_cells);

/*
 * /reserved-memory, if there is something in it: pools of the VM's devices, and what a node of another tree has
 * (negative: none does).
 */
void gtree_reserved_memory(struct gtree *g, const void *fdt, int node, u32 address_cells,
			   u32 size_cells);

/* The phandle of the device's pool; 0: it has none, or is another VM's. */
u32 gtree_pool_phandle(const struct gtree *g, const struct cfg_virtio *d);

/* The `nk` node, by which a guest knows where it is; the counts of cells its parent says. */
void gtree_nk(struct gtree *g, u32 address_cells, u32 size_cells);

/* Bootargs (when not NULL) and initrd of /chosen; the node is open. */
void gtree_chosen_props(struct gtree *g, const char *bootargs);

/* Copies the properties of a node whose name skip() does not say true of; skip may be NULL. */
void gtree_copy_props(struct gtree *g, const void *fdt, int node, bool (*skip)(const char *name));

/* Copies a node with all below it, as it stands. */
void gtree_copy_tree(struct gtree *g, const void *fdt, int node);

/* A property that refers to nodes by phandles, each with arguments. */
struct gtree_ref {
	const char *name;
	const char *
		cells; /* the target's property with the count of arguments; NULL: there are none */
	const char *
		names; /* the property that names each, and goes where this one goes; NULL: none does */
};

/* How a property of that name refers to nodes, or those that it names; NULL: it does not. */
const struct gtree_ref *gtree_find_ref(const char *name);

/* Whether that is the property of the names. */
bool gtree_is_names(const struct gtree_ref *ref, const char *name);

/* Copies the VM's devices, and what they need, from the board's tree. */
void gtree_devices(struct gtree *g);

/* If the system tree's node is one of the VM's VirtIO devices, writes what a driver binds to. Returns whether it is. */
bool gtree_virtio(struct gtree *g, int node);

/* Copies the VM's vplatform; the check wants the finished tree. Returns 0, or -1 with g->err. */
void gtree_vplatform(struct gtree *g);
int gtree_vplatform_check(const struct gtree *g);

/* Copies the tree of the image, with what nk must say put in place. Returns as above. */
int gtree_patch(struct gtree *g, const struct bundle_image *image);

#endif
