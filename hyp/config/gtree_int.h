/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the guest's device tree share; gtree.h is for everybody else. */
#ifndef CONFIG_GTREE_INT_H
#define CONFIG_GTREE_INT_H

#include "config/dt.h"
#include "config/gtree.h"

/* Nodes of the board's tree that go into a guest's: its devices and what they refer to. */
#define GTREE_WANTED_MAX (CFG_DEV_MAX + 32)

struct gtree_wanted {
	int node;
	int last; /* the last node below it, or node itself */
};

struct gtree {
	void *fdt; /* being written, front to back, by libfdt's fdt_sw functions */
	int error; /* the first that libfdt gave; all later writes are void */
	const struct cfg_system *s;
	const struct cfg_vm *vm;
	const struct cfg_board *board;
	const struct gtree_params *p;
	struct cfg_error *err;
	u32 nr_wanted;
	struct gtree_wanted wanted[GTREE_WANTED_MAX];
};

/* Keeps what a function of libfdt returned, when it is the first error. */
void gtree_note(struct gtree *g, int ret);

/* Writers. */
void gtree_begin(struct gtree *g, const char *name);
void gtree_end(struct gtree *g);
void gtree_prop(struct gtree *g, const char *name, const void *data, u32 len);
void gtree_string(struct gtree *g, const char *name, const char *s);
void gtree_cell(struct gtree *g, const char *name, u32 cell);
void gtree_cells(struct gtree *g, const char *name, const u32 *cells, u32 n);
void gtree_u64(struct gtree *g, const char *name, u64 value);

/* The `nk` node, by which a guest knows where it is. */
void gtree_nk(struct gtree *g);

/* Bootargs (when not NULL), console and initrd of /chosen; the node is open. */
void gtree_chosen_props(struct gtree *g, const char *bootargs);

/* Copies the properties of a node whose name skip() does not say true of; skip may be NULL. */
void gtree_copy_props(struct gtree *g, const void *fdt, int node, bool (*skip)(const char *name));

/* Copies a node with all below it, as it stands. */
void gtree_copy_tree(struct gtree *g, const void *fdt, int node);

/* Copies the VM's devices, and what they need, from the board's tree. */
void gtree_devices(struct gtree *g);

/* Copies the VM's vplatform; the check wants the finished tree. Returns 0, or -1 with g->err. */
void gtree_vplatform(struct gtree *g);
int gtree_vplatform_check(const struct gtree *g);

/* Copies the tree of the bundle's image, with what nk must say put in place. Returns as above. */
int gtree_patch(struct gtree *g, const struct bundle_image *image);

#endif
