// SPDX-License-Identifier: GPL-2.0-only
/* vlx-pm-domain-be: which domains a node `vl,vpower-domain-be` exports. Source: VPD(4D). */
#include <linux/slab.h>
#include <linux/string.h>
#include <vlx/specifier.h>
#include "be.h"

static const char *name_of(struct device_node *node, const struct device_node *provider)
{
	return vlx_export_name(node, "vl,power-domain-providers", "vl,power-domain-provider-names",
			       provider);
}

static struct vpd_domain *find(struct vpd_export *x, const struct of_phandle_args *args)
{
	struct vpd_domain *d;

	list_for_each_entry(d, &x->domains, entry)
		if (d->args.np == args->np &&
		    vlx_specifier_is(d->args.args, d->args.args_count, args))
			return d;
	return NULL;
}

static int add(struct vpd_export *x, const char *name, const struct of_phandle_args *args,
	       bool init_on)
{
	struct vpd_domain *d = find(x, args);

	if (d) {
		d->init_on |= init_on;
		return 0;
	}
	if (args->args_count > VPD_CELLS)
		return -E2BIG;
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	if (strscpy(d->provider, name, sizeof(d->provider)) < 0) {
		kfree(d);
		return -ENAMETOOLONG;
	}
	d->args = *args;
	of_node_get(d->args.np);
	d->init_on = init_on;
	list_add_tail(&d->entry, &x->domains);
	return 0;
}

/* Without cells a provider has one domain, which needs no consumer. */
static int add_single(struct vpd_export *x, struct device_node *node)
{
	int nr = of_count_phandle_with_args(node, "vl,power-domain-providers", NULL), err = 0;

	for (int i = 0; i < nr && !err; i++) {
		struct of_phandle_args args = {
			.np = of_parse_phandle(node, "vl,power-domain-providers", i),
		};
		const char *name = args.np ? name_of(node, args.np) : NULL;
		u32 cells;

		if (name && !of_property_read_u32(args.np, "#power-domain-cells", &cells) && !cells)
			err = add(x, name, &args, false);
		of_node_put(args.np);
	}
	return err;
}

static bool is_named(struct device_node *child, struct device_node *consumer, int i)
{
	return vlx_export_has(child, "vl,power-domain-names", consumer, "power-domain-names", i);
}

static bool is_init_on(struct device_node *child, u32 which)
{
	u32 value;

	for (u32 i = 0; !of_property_read_u32_index(child, "vl,power-domain-init-on", i, &value);
	     i++)
		if (value == which)
			return true;
	return false;
}

static int add_child(struct vpd_export *x, struct device_node *node, struct device_node *child)
{
	struct device_node *consumer = of_parse_phandle(child, "vl,power-domain-ref", 0);
	struct of_phandle_args args;
	u32 exported = 0;
	int err = consumer ? 0 : -EINVAL;

	for (int i = 0; !err && !of_parse_phandle_with_args(consumer, "power-domains",
							    "#power-domain-cells", i, &args);
	     i++) {
		const char *name = name_of(node, args.np);

		if (name && is_named(child, consumer, i))
			err = add(x, name, &args, is_init_on(child, exported++));
		of_node_put(args.np);
	}
	of_node_put(consumer);
	return err;
}

int vpd_export_read(struct vpd_export *x, struct device_node *node)
{
	struct device_node *child;
	int err;

	INIT_LIST_HEAD(&x->domains);
	err = of_property_read_u32(node, "vl,vm-id", &x->vm) ?: add_single(x, node);
	if (err)
		return err;
	for_each_child_of_node(node, child) {
		err = add_child(x, node, child);
		if (!err)
			continue;
		of_node_put(child);
		return err;
	}
	return 0;
}

void vpd_export_free(struct vpd_export *x)
{
	struct vpd_domain *d, *next;

	list_for_each_entry_safe(d, next, &x->domains, entry) {
		of_node_put(d->args.np);
		kfree(d);
	}
}
