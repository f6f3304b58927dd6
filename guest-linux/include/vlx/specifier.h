/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What consumers in this VM's tree have of a provider: drivers whose clocks or domains are as many as there are different
 * specifiers make them at the probe, as a lookup holds locks of Linux's with which none can be registered.
 */
#ifndef VLX_SPECIFIER_H
#define VLX_SPECIFIER_H

#include <linux/device.h>
#include <linux/of.h>
#include <linux/string.h>

static inline bool vlx_specifier_is(const u32 *cells, u32 nr, const struct of_phandle_args *args)
{
	return args->args_count == nr && !memcmp(args->args, cells, nr * sizeof(*cells));
}

/* BASE, or BASE:433:26 for the specifier <433 26>; the device's memory, or NULL. */
static inline char *vlx_specifier_name(struct device *dev, const char *base,
				       const struct of_phandle_args *args)
{
	char *name = devm_kstrdup(dev, base, GFP_KERNEL);

	for (int i = 0; name && i < args->args_count; i++)
		name = devm_kasprintf(dev, GFP_KERNEL, "%s:%u", name, args->args[i]);
	return name;
}

/* Calls found for each specifier of that provider's that the property of one consumer has. Its first error, or 0. */
static inline int vlx_specifiers_of(struct device_node *consumer, const char *property,
				    const char *cells, const struct device_node *provider,
				    int (*found)(void *data, const struct of_phandle_args *args),
				    void *data)
{
	struct of_phandle_args args;
	int err = 0;

	for (int i = 0; !err && !of_parse_phandle_with_args(consumer, property, cells, i, &args);
	     i++) {
		if (args.np == provider)
			err = found(data, &args);
		of_node_put(args.np);
	}
	return err;
}

/* The same for all consumers of the tree: one that is the same as an earlier one is found once more. */
static inline int vlx_specifiers(const char *property, const char *cells,
				 const struct device_node *provider,
				 int (*found)(void *data, const struct of_phandle_args *args),
				 void *data)
{
	struct device_node *node;
	int err;

	for_each_node_with_property(node, property) {
		err = vlx_specifiers_of(node, property, cells, provider, found, data);
		if (!err)
			continue;
		of_node_put(node);
		return err;
	}
	return 0;
}

#endif
