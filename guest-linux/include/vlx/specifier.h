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
static inline char *vlx_specifier_name(struct device *dev, const char *base, const u32 *cells,
				       u32 nr)
{
	char *name = devm_kstrdup(dev, base, GFP_KERNEL);

	for (u32 i = 0; name && i < nr; i++)
		name = devm_kasprintf(dev, GFP_KERNEL, "%s:%u", name, cells[i]);
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

/* The same of a provider of clocks: a property `clocks`, and those by which the tree sets them up. */
static inline int vlx_clock_specifiers(const struct device_node *provider,
				       int (*found)(void *data, const struct of_phandle_args *args),
				       void *data)
{
	static const char *const properties[] = {"clocks", "assigned-clocks",
						 "assigned-clock-parents"};
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(properties); i++)
		err = vlx_specifiers(properties[i], "#clock-cells", provider, found, data);
	return err;
}

/*
 * Of a node that exports providers: the name that this one has there, or NULL. Entry i of the property `names` is that of
 * entry i of `providers`.
 */
static inline const char *vlx_export_name(struct device_node *node, const char *providers,
					  const char *names, const struct device_node *provider)
{
	const char *name = NULL;
	int nr = of_count_phandle_with_args(node, providers, NULL);

	for (int i = 0; i < nr && !name; i++) {
		struct device_node *np = of_parse_phandle(node, providers, i);

		if (np == provider)
			of_property_read_string_index(node, names, i, &name);
		of_node_put(np);
	}
	return name;
}

/* Whether a child of such a node exports entry i of the consumer: where it has no `names`, or has that one's there. */
static inline bool vlx_export_has(struct device_node *child, const char *names,
				  struct device_node *consumer, const char *consumer_names, int i)
{
	const char *name;

	if (!of_find_property(child, names, NULL))
		return true;
	return !of_property_read_string_index(consumer, consumer_names, i, &name) &&
	       of_property_match_string(child, names, name) >= 0;
}

#endif
