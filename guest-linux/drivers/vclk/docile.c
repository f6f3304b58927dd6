// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOCILE_CLOCK(4D): clocks that take any rate and do nothing, in the place of a provider that this VM has not. Each
 * specifier that a consumer in the tree has is a clock of its own. They are made at the probe: who looks a clock up holds a
 * lock of Linux's, with which none can be registered.
 */
#include <linux/clk-provider.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <vlx/specifier.h>

struct docile {
	struct clk_hw hw;
	struct list_head entry; /* of the provider's clocks */
	unsigned long rate;
	struct of_phandle_args args;
};

struct provider {
	struct device *dev;
	struct list_head clocks;
};

static unsigned long recalc_rate(struct clk_hw *hw, unsigned long parent_rate)
{
	return container_of(hw, struct docile, hw)->rate;
}

static int determine_rate(struct clk_hw *hw, struct clk_rate_request *req)
{
	return 0; /* as it was asked for */
}

static int set_rate(struct clk_hw *hw, unsigned long rate, unsigned long parent_rate)
{
	container_of(hw, struct docile, hw)->rate = rate;
	return 0;
}

static const struct clk_ops ops = {
	.recalc_rate = recalc_rate,
	.determine_rate = determine_rate,
	.set_rate = set_rate,
};

static struct docile *find(const struct provider *p, const struct of_phandle_args *args)
{
	struct docile *d;

	list_for_each_entry(d, &p->clocks, entry)
		if (vlx_specifier_is(d->args.args, d->args.args_count, args))
			return d;
	return NULL;
}

static int add(void *data, const struct of_phandle_args *args)
{
	struct provider *p = data;
	struct clk_init_data init = {.ops = &ops, .flags = CLK_GET_RATE_NOCACHE};
	struct docile *d;
	char *base;

	if (find(p, args))
		return 0;
	d = devm_kzalloc(p->dev, sizeof(*d), GFP_KERNEL);
	base = devm_kasprintf(p->dev, GFP_KERNEL, "%pOFn", args->np);
	init.name = base ? vlx_specifier_name(p->dev, base, args->args, args->args_count) : NULL;
	if (!d || !init.name)
		return -ENOMEM;
	d->args = *args;
	d->hw.init = &init;
	list_add_tail(&d->entry, &p->clocks);
	return devm_clk_hw_register(p->dev, &d->hw);
}

static struct clk_hw *get(struct of_phandle_args *args, void *data)
{
	struct docile *d = find(data, args);

	return d ? &d->hw : ERR_PTR(-ENOENT);
}

static int probe(struct platform_device *pdev)
{
	struct provider *p = devm_kzalloc(&pdev->dev, sizeof(*p), GFP_KERNEL);
	int err;

	if (!p)
		return -ENOMEM;
	p->dev = &pdev->dev;
	INIT_LIST_HEAD(&p->clocks);
	err = vlx_clock_specifiers(p->dev->of_node, add, p);
	return err ?: devm_of_clk_add_hw_provider(&pdev->dev, get, p);
}

static const struct of_device_id matches[] = {{.compatible = "vl,vclk-docile"}, {}};
MODULE_DEVICE_TABLE(of, matches);

static struct platform_driver docile_driver = {
	.probe = probe,
	.driver.name = "vclk-docile",
	.driver.of_match_table = matches,
};
module_platform_driver(docile_driver);

MODULE_DESCRIPTION("Clocks that take any rate and do nothing");
MODULE_LICENSE("GPL");
