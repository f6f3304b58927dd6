// SPDX-License-Identifier: GPL-2.0-only
/* vlx-clk-ctrl-be: which clocks nodes `vl,vclk-be` export. Source: VCLK(4D). */
#include <linux/slab.h>
#include <vlx/specifier.h>
#include "be.h"

LIST_HEAD(vclk_exports);

struct vclk_export *vclk_export_of(u32 vm)
{
	struct vclk_export *x;

	list_for_each_entry(x, &vclk_exports, entry)
		if (x->vm == vm)
			return x;
	return NULL;
}

struct vclk_clock *vclk_find(struct vclk_export *x, const struct vclk_id *id)
{
	struct vclk_clock *c;

	list_for_each_entry(c, &x->clocks, entry)
		if (vclk_id_same(&c->id, id))
			return c;
	return NULL;
}

static int make_id(struct vclk_id *id, const char *name, const struct of_phandle_args *args)
{
	if (args->args_count > VCLK_CELLS)
		return -E2BIG;
	if (strscpy(id->provider, name, sizeof(id->provider)) < 0)
		return -ENAMETOOLONG;
	id->nr_cells = args->args_count;
	memcpy(id->cells, args->args, args->args_count * sizeof(*id->cells));
	return 0;
}

/* A clock of several consumers is one. */
static struct vclk_clock *find_or_make(struct vclk_export *x, const char *name,
				       const struct of_phandle_args *args)
{
	struct vclk_id id = {};
	struct vclk_clock *c;
	int err = make_id(&id, name, args);

	if (err)
		return ERR_PTR(err);
	c = vclk_find(x, &id);
	if (c)
		return c;
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return ERR_PTR(-ENOMEM);
	c->id = id;
	c->args = *args;
	of_node_get(c->args.np);
	list_add_tail(&c->entry, &x->clocks);
	return c;
}

static int add(struct vclk_export *x, const char *name, const struct of_phandle_args *args,
	       const struct device_node *child)
{
	struct vclk_clock *c = find_or_make(x, name, args);

	if (IS_ERR(c))
		return PTR_ERR(c);
	c->fast |= of_property_read_bool(child, "vl,use-fast-rpc");
	c->force |= of_property_read_bool(child, "vl,force-enable");
	c->s2r_suspend |= of_property_read_bool(child, "vl,s2r-suspend");
	c->s2r_resume |= of_property_read_bool(child, "vl,s2r-resume");
	return 0;
}

static int add_child(struct vclk_export *x, struct device_node *node, struct device_node *child)
{
	struct device_node *consumer = of_parse_phandle(child, "vl,clock-ref", 0);
	struct of_phandle_args args;
	int err = consumer ? 0 : -EINVAL;

	for (int i = 0;
	     !err && !of_parse_phandle_with_args(consumer, "clocks", "#clock-cells", i, &args);
	     i++) {
		const char *name = vlx_export_name(node, "vl,clock-providers",
						   "vl,clock-provider-names", args.np);

		if (name && vlx_export_has(child, "vl,clock-names", consumer, "clock-names", i))
			err = add(x, name, &args, child);
		of_node_put(args.np);
	}
	of_node_put(consumer);
	return err;
}

static void free_export(struct vclk_export *x)
{
	struct vclk_clock *c, *next;

	list_for_each_entry_safe(c, next, &x->clocks, entry) {
		of_node_put(c->args.np);
		kfree(c);
	}
	kfree(x);
}

static int read_node(struct vclk_export *x, struct device_node *node)
{
	struct device_node *child;
	int err = of_property_read_u32(node, "vl,vm-id", &x->vm);

	if (err || vclk_export_of(x->vm))
		return err ?: -EEXIST;
	for_each_child_of_node(node, child) {
		err = add_child(x, node, child);
		if (!err)
			continue;
		of_node_put(child);
		return err;
	}
	return 0;
}

static int add_export(struct device_node *node)
{
	struct vclk_export *x = kzalloc(sizeof(*x), GFP_KERNEL);
	int err;

	if (!x)
		return -ENOMEM;
	INIT_LIST_HEAD(&x->clocks);
	mutex_init(&x->lock);
	spin_lock_init(&x->atomic);
	err = read_node(x, node);
	if (!err) {
		list_add_tail(&x->entry, &vclk_exports);
		return 0;
	}
	pr_err("vclk: %pOF: error %d\n", node, err);
	free_export(x);
	return err;
}

int vclk_exports_read(void)
{
	struct device_node *node;

	for_each_compatible_node(node, NULL, "vl,vclk-be") {
		if (add_export(node) != -ENOMEM)
			continue;
		of_node_put(node);
		vclk_exports_free();
		return -ENOMEM;
	}
	return 0;
}

void vclk_exports_free(void)
{
	struct vclk_export *x, *next;

	list_for_each_entry_safe(x, next, &vclk_exports, entry) {
		list_del(&x->entry);
		free_export(x);
	}
}
