/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the guest's device tree share; gtree.h is for everybody else. */
#ifndef CONFIG_GTREE_INT_H
#define CONFIG_GTREE_INT_H

#include "config/dt.h"
#include "config/gtree.h"

/* Nodes of the board's tree that go into a guest's: its devices and what they refer to. */
#define GTREE_WANTED_MAX (CFG_DEV_MAX + 32)

#define GTREE_RANGES_MAX 2 /* of one generated node */

struct gtree_wanted {
	int node;
	int last; /* the last node below it, or node itself */
};

/*
 * A tree is written front to back. The names of properties gather in the upper half of the buffer,
 * and come down behind the structure when that is complete.
 */
struct gtree {
	u8 *out;
	u64 size; /* of out */
	u64 at; /* where the next byte goes; counts on where there is no room */
	u64 struct_at;
	u64 strings_at; /* half of size */
	u64 strings_size;
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

/* Writers. Reserved memory comes first, and a last entry of 0, 0 ends it. */
void gtree_reserve(struct gtree *g, u64 base, u64 size);
void gtree_begin(struct gtree *g, const char *name);
void gtree_end(struct gtree *g);
void gtree_prop(struct gtree *g, const char *name, const void *data, u64 len);
void gtree_string(struct gtree *g, const char *name, const char *s);
void gtree_cells(struct gtree *g, const char *name, const u32 *cells, u32 n);

/*
 * Writes what text says, a short form of DTS: "NAME{" begins a node, "}" ends it, "NAME;" is a
 * property without a value, "NAME=VALUES;" one with. Values are decimal numbers, 'strings', and
 * "%" and "^": the next of args in one cell, or in two. Inside a name or a string "%" is the next
 * of args in hex. A name has 31 characters at most, a value 96 bytes.
 */
void gtree_put(struct gtree *g, const char *text, const u64 *args);

/* Ends the tree. Returns its size, or -1 with g->err filled: there was no room. */
int gtree_finish(struct gtree *g);

/* The `nk` node, by which a guest knows where it is; the counts of cells its parent says. */
void gtree_nk(struct gtree *g, u32 address_cells, u32 size_cells);

/* `reg` with n ranges, at most GTREE_RANGES_MAX, which fit that many cells (1 or 2 each). */
void gtree_reg(struct gtree *g, const struct range *r, u32 n, u32 address_cells, u32 size_cells);

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

/* Copies the VM's vplatform; the check wants the finished tree. Returns 0, or -1 with g->err. */
void gtree_vplatform(struct gtree *g);
int gtree_vplatform_check(const struct gtree *g);

/* Copies the tree of the image, with what nk must say put in place. Returns as above. */
int gtree_patch(struct gtree *g, const struct bundle_image *image);

#endif
