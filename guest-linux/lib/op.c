// SPDX-License-Identifier: GPL-2.0-only
/* vlink-lib: operations, what drivers do at each step of a link's life. */
#include <linux/export.h>
#include <linux/slab.h>
#include "lib.h"

struct vlink_op {
	struct list_head entry; /* of vlink->ops[idx] */
	VlinkOp op;
	void *cookie;
};

/* What is undone is undone in reverse, and wholly. */
static bool undoes(unsigned int idx)
{
	return idx == VLINK_OP_ABORT || idx == VLINK_OP_STOP || idx == VLINK_OP_CLEANUP;
}

int vlink_op_register(Vlink *vlink, unsigned int idx, VlinkOp op, void *cookie)
{
	struct vlink_op *new;

	if (idx >= VLINK_OP_NR || !op)
		return -EINVAL;
	new = kmalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	new->op = op;
	new->cookie = cookie;
	if (undoes(idx))
		list_add(&new->entry, &vlink->ops[idx]);
	else
		list_add_tail(&new->entry, &vlink->ops[idx]);
	return 0;
}
EXPORT_SYMBOL_GPL(vlink_op_register);

static void unregister(Vlink *vlink, const VlinkOpDesc *desc, void *cookie)
{
	struct vlink_op *op, *next;

	list_for_each_entry_safe(op, next, &vlink->ops[desc->idx], entry) {
		if (op->op != desc->op || op->cookie != cookie)
			continue;
		list_del(&op->entry);
		kfree(op);
	}
}

/* All or none. */
int vlink_ops_register(Vlink *vlink, VlinkOpDesc *ops, void *cookie)
{
	unsigned int n;
	int err;

	for (n = 0; ops[n].op; n++) {
		err = vlink_op_register(vlink, ops[n].idx, ops[n].op, cookie);
		if (err)
			goto undo;
	}
	return 0;
undo:
	while (n--)
		unregister(vlink, &ops[n], cookie);
	return err;
}
EXPORT_SYMBOL_GPL(vlink_ops_register);

int vlink_ops_run(Vlink *vlink, unsigned int idx)
{
	struct vlink_op *op;
	int err;

	list_for_each_entry(op, &vlink->ops[idx], entry) {
		err = op->op(vlink, op->cookie);
		if (err && !undoes(idx))
			return err;
	}
	return 0;
}

void vlink_op_perform(Vlink *vlink, unsigned int idx)
{
	if (idx < VLINK_OP_NR)
		vlink_ops_run(vlink, idx);
}
EXPORT_SYMBOL_GPL(vlink_op_perform);

void vlink_ops_free(Vlink *vlink)
{
	struct vlink_op *op, *next;
	unsigned int idx;

	for (idx = 0; idx < VLINK_OP_NR; idx++) {
		list_for_each_entry_safe(op, next, &vlink->ops[idx], entry)
			kfree(op);
		INIT_LIST_HEAD(&vlink->ops[idx]);
	}
}
