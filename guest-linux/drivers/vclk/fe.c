// SPDX-License-Identifier: GPL-2.0-only
/*
 * VCLK(4D): nodes `vl,vclk-fe` are providers whose clocks are another VM's. Each specifier that a consumer in the tree has is a
 * clock. What it is the back-end says, so a node's probe is put off until that one is there.
 */
#include <linux/module.h>
#include <linux/of_platform.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <vlx/specifier.h>
#include "fe.h"

#define AGAIN HZ /* for a back-end whose own providers are not there yet */

struct provider {
	struct device *dev;
	char name[VCLK_PROVIDER];
	struct list_head clocks;
};

static struct clk_hw *elsewhere; /* for all parents that are not exported */
static struct delayed_work rescan;

static const struct of_device_id matches[] = {{.compatible = "vl,vclk-fe"}, {}};
MODULE_DEVICE_TABLE(of, matches);

/* Linux tries again when there is another driver, but nobody comes with a back-end. */
static void rescan_nodes(struct work_struct *work)
{
	struct platform_device *pdev;
	struct device_node *node;

	for_each_compatible_node(node, NULL, matches[0].compatible) {
		pdev = of_find_device_by_node(node);
		if (pdev && !pdev->dev.driver && device_attach(&pdev->dev) < 0)
			dev_warn(&pdev->dev, "cannot be bound\n");
		put_device(pdev ? &pdev->dev : NULL);
	}
}

static void rescan_in(unsigned long delay)
{
	mod_delayed_work(system_unbound_wq, &rescan, delay);
}

static int is_this(void *data, const struct of_phandle_args *args)
{
	const struct vclk_id *id = data;

	return vlx_specifier_is(id->cells, id->nr_cells, args);
}

/* Whether that clock of the back-end is one here, now or when its node is probed. */
static bool is_in_tree(struct vclk_id *id)
{
	struct device_node *node;
	const char *name;

	for_each_compatible_node(node, NULL, matches[0].compatible) {
		if (of_property_read_string(node, "vl,clock-provider-name", &name) ||
		    strcmp(name, id->provider) || !vlx_clock_specifiers(node, is_this, id))
			continue;
		of_node_put(node);
		return true;
	}
	return false;
}

static struct vcall_end *fast_to(NkOsId vm)
{
	struct vcall_end *end;

	vcall_for_each(end, &vclk_fast)
		if (vrpc_peer_id(end->vrpc) == vm)
			return end;
	return NULL;
}

/* Back-ends export a provider by its name; of several, one does. -EPROBE_DEFER: that may still come. */
static int find_back_end(struct vclk *c)
{
	struct vclk_answer a;
	struct vcall_end *end;
	int err = -ENOENT;

	vcall_for_each(end, &vclk_family) {
		if (!vcall_is_up(end) || vclk_exchange(end, c, VCLK_FIND, 0, 0, &a)) {
			err = -EPROBE_DEFER;
			continue;
		}
		if (!a.result) {
			c->end = end;
			c->fast = a.value & VCLK_FAST ? fast_to(vrpc_peer_id(end->vrpc)) : NULL;
			return 0;
		}
		if (a.result == -EAGAIN) {
			rescan_in(AGAIN);
			err = -EPROBE_DEFER;
		}
	}
	return err;
}

static void find_parents(struct vclk *c)
{
	struct vclk_answer a;

	for (u64 i = 0; i < VCLK_PARENTS; i++) {
		if (vclk_ask(c, VCLK_PARENT, i, 0, &a))
			return;
		if (vclk_id_ok(&a.clock) && is_in_tree(&a.clock))
			c->parents[c->nr_parents++] = a.clock;
	}
}

static char *name_of(struct device *dev, const struct vclk_id *id)
{
	return vlx_specifier_name(dev, id->provider, id->cells, id->nr_cells);
}

/* By name, as a parent's node may be probed later. */
static int register_clock(struct device *dev, struct vclk *c)
{
	const char *names[VCLK_PARENTS + 1];
	struct clk_init_data init = {
		.name = name_of(dev, &c->id),
		.ops = &vclk_ops,
		.parent_names = names,
		.num_parents = c->nr_parents ? c->nr_parents + 1 : 0,
		.flags = CLK_GET_RATE_NOCACHE | CLK_GET_ACCURACY_NOCACHE,
	};
	bool named = init.name;

	for (unsigned int i = 0; i < c->nr_parents; i++) {
		names[i] = name_of(dev, &c->parents[i]);
		named &= !!names[i];
	}
	names[c->nr_parents] = clk_hw_get_name(elsewhere);
	if (!named)
		return -ENOMEM;
	c->hw.init = &init;
	return devm_clk_hw_register(dev, &c->hw);
}

static struct vclk *find(const struct provider *p, const struct of_phandle_args *args)
{
	struct vclk *c;

	list_for_each_entry(c, &p->clocks, entry)
		if (vlx_specifier_is(c->id.cells, c->id.nr_cells, args))
			return c;
	return NULL;
}

static struct clk_hw *get(struct of_phandle_args *args, void *data)
{
	struct vclk *c = find(data, args);

	return c ? &c->hw : ERR_PTR(-ENOENT);
}

static int make(struct provider *p, const struct of_phandle_args *args, struct vclk **made)
{
	struct vclk *c;

	if (args->args_count > VCLK_CELLS)
		return -E2BIG;
	c = devm_kzalloc(p->dev, sizeof(*c), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	strscpy(c->id.provider, p->name, sizeof(c->id.provider));
	c->id.nr_cells = args->args_count;
	memcpy(c->id.cells, args->args, args->args_count * sizeof(args->args[0]));
	*made = c;
	return 0;
}

/* One that no back-end exports is said, and is none. */
static int add(void *data, const struct of_phandle_args *args)
{
	struct provider *p = data;
	struct vclk *c;
	int err;

	if (find(p, args))
		return 0;
	err = make(p, args, &c) ?: find_back_end(c);
	if (err == -ENOENT)
		dev_warn(p->dev, "%s is not exported\n", name_of(p->dev, &c->id) ?: p->name);
	if (err)
		return err == -ENOENT ? 0 : err;
	find_parents(c);
	list_add_tail(&c->entry, &p->clocks);
	mutex_lock(&vclk_lock);
	list_add_tail(&c->listed, &vclk_all);
	mutex_unlock(&vclk_lock);
	return register_clock(p->dev, c);
}

static void unlist(void *data)
{
	struct provider *p = data;
	struct vclk *c;

	mutex_lock(&vclk_lock);
	list_for_each_entry(c, &p->clocks, entry)
		list_del(&c->listed);
	mutex_unlock(&vclk_lock);
}

/* Undone in reverse: no more lookups, then the clocks. */
static int register_provider(struct provider *p)
{
	int err = devm_add_action_or_reset(p->dev, unlist, p);

	err = err ?: vlx_clock_specifiers(p->dev->of_node, add, p);
	return err ?: devm_of_clk_add_hw_provider(p->dev, get, p);
}

static int probe(struct platform_device *pdev)
{
	struct provider *p = devm_kzalloc(&pdev->dev, sizeof(*p), GFP_KERNEL);
	const char *name;
	int err;

	if (!p)
		return -ENOMEM;
	err = of_property_read_string(pdev->dev.of_node, "vl,clock-provider-name", &name);
	if (err || strscpy(p->name, name, sizeof(p->name)) < 0)
		return dev_err_probe(&pdev->dev, -EINVAL,
				     "vl,clock-provider-name: no name of 31 characters\n");
	p->dev = &pdev->dev;
	INIT_LIST_HEAD(&p->clocks);
	return register_provider(p);
}

static struct platform_driver driver = {
	.probe = probe,
	.driver.name = "vlx-clk-ctrl-fe",
	.driver.of_match_table = matches,
	.driver.suppress_bind_attrs = true,
};

/* Nodes whose back-end this is are waiting for it. */
static int begin(struct vcall_end *end)
{
	int err = vclk_replay(end);

	if (!err)
		rescan_in(0);
	return err;
}

struct vcall_family vclk_family = {
	.name = VCLK_NAME,
	.room = sizeof(struct vclk_request),
	.up = begin,
};

struct vcall_family vclk_fast = {
	.name = VCLK_FAST_NAME,
	.room = sizeof(struct vclk_request),
	.up = vclk_replay_fast,
};

static void close_all(void)
{
	vcall_close(&vclk_family);
	vcall_close(&vclk_fast);
	cancel_delayed_work_sync(&rescan);
	clk_hw_unregister_fixed_rate(elsewhere);
}

static int __init vclk_fe_init(void)
{
	int err;

	INIT_DELAYED_WORK(&rescan, rescan_nodes);
	elsewhere = clk_hw_register_fixed_rate(NULL, "vclk-elsewhere", NULL, 0, 0);
	if (IS_ERR(elsewhere))
		return PTR_ERR(elsewhere);
	err = vcall_open(&vclk_fast);
	if (err)
		goto unregister;
	err = vcall_open(&vclk_family);
	if (err)
		goto close;
	err = platform_driver_register(&driver);
	if (err)
		close_all();
	return err;
close:
	vcall_close(&vclk_fast);
	cancel_delayed_work_sync(&rescan);
unregister:
	clk_hw_unregister_fixed_rate(elsewhere);
	return err;
}

static void __exit vclk_fe_exit(void)
{
	platform_driver_unregister(&driver);
	close_all();
}

module_init(vclk_fe_init);
module_exit(vclk_fe_exit);
MODULE_DESCRIPTION("Clocks of another VM");
MODULE_LICENSE("GPL");
