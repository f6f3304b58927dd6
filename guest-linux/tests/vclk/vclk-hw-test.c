// SPDX-License-Identifier: GPL-2.0-only
/*
 * vclk-hw-test: clocks as an SoC has them, of Linux's own dividers, multiplexer and gates, with registers that are memory. A node
 * "nk,test-clk" is a provider; the first cell of a specifier says which clock, NODE-NAME in debugfs:
 *
 *	0 pll0, 1 pll1	960 MHz divided by 1 to 256
 *	2 mux		of pll0, pll1 and a crystal of 24 MHz, which is not to be had itself
 *	3 div		mux divided by 1 to 256
 *	4 to 7		gates of div, which keep a phase and a duty cycle
 *
 * `switched` counts how often gates went on or off, `in_irq` how often in an interrupt.
 */
#include <linux/clk-provider.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>

#define CLOCKS 8
#define GATES 4

struct gate {
	struct clk_gate gate; /* first: Linux's own gates are asked too */
	int degrees;
	struct clk_duty duty;
};

struct provider {
	u32 pll[2], mux, div, gate; /* registers */
	struct gate gates[GATES];
	char names[CLOCKS][32];
	spinlock_t lock;
};

static unsigned int switched, in_irq;
module_param(switched, uint, 0444);
MODULE_PARM_DESC(switched, "times that gates were switched");
module_param(in_irq, uint, 0444);
MODULE_PARM_DESC(in_irq, "times of these that were in an interrupt");

static void __iomem *reg(u32 *r)
{
	return (__force void __iomem *)r;
}

/* With Linux's lock of all clocks' enabling. */
static void count(void)
{
	switched++;
	in_irq += !!in_hardirq();
}

static int gate_enable(struct clk_hw *hw)
{
	count();
	return clk_gate_ops.enable(hw);
}

static void gate_disable(struct clk_hw *hw)
{
	count();
	clk_gate_ops.disable(hw);
}

static int gate_is_enabled(struct clk_hw *hw)
{
	return clk_gate_is_enabled(hw);
}

static struct gate *to_gate(struct clk_hw *hw)
{
	return container_of(to_clk_gate(hw), struct gate, gate);
}

static int gate_get_phase(struct clk_hw *hw)
{
	return to_gate(hw)->degrees;
}

static int gate_set_phase(struct clk_hw *hw, int degrees)
{
	to_gate(hw)->degrees = degrees;
	return 0;
}

static int gate_get_duty_cycle(struct clk_hw *hw, struct clk_duty *duty)
{
	*duty = to_gate(hw)->duty;
	return 0;
}

static int gate_set_duty_cycle(struct clk_hw *hw, struct clk_duty *duty)
{
	to_gate(hw)->duty = *duty;
	return 0;
}

static const struct clk_ops gate_ops = {
	.enable = gate_enable,
	.disable = gate_disable,
	.is_enabled = gate_is_enabled,
	.get_phase = gate_get_phase,
	.set_phase = gate_set_phase,
	.get_duty_cycle = gate_get_duty_cycle,
	.set_duty_cycle = gate_set_duty_cycle,
};

static struct clk_hw *make_divider(struct device *dev, struct provider *p, const char *name,
				   const char *parent, u32 *r)
{
	return devm_clk_hw_register_divider(dev, name, parent, 0, reg(r), 0, 8, 0, &p->lock);
}

static struct clk_hw *make_gate(struct device *dev, struct provider *p, unsigned int i)
{
	const char *parent = p->names[3];
	struct clk_init_data init = {
		.name = p->names[4 + i],
		.ops = &gate_ops,
		.parent_names = &parent,
		.num_parents = 1,
		.flags = CLK_SET_RATE_PARENT,
	};
	struct clk_gate *g = &p->gates[i].gate;
	int err;

	p->gates[i].duty = (struct clk_duty){1, 2};
	g->reg = reg(&p->gate);
	g->bit_idx = i;
	g->lock = &p->lock;
	g->hw.init = &init;
	err = devm_clk_hw_register(dev, &g->hw);
	return err ? ERR_PTR(err) : &g->hw;
}

static struct clk_hw *make(struct device *dev, struct provider *p, unsigned int i)
{
	const char *const parents[] = {p->names[0], p->names[1], "test-xtal"};

	switch (i) {
	case 0:
	case 1:
		return make_divider(dev, p, p->names[i], "test-vco", &p->pll[i]);
	case 2:
		return devm_clk_hw_register_mux(dev, p->names[i], parents, ARRAY_SIZE(parents),
						CLK_SET_RATE_NO_REPARENT, reg(&p->mux), 0, 2, 0,
						&p->lock);
	case 3:
		return make_divider(dev, p, p->names[i], p->names[2], &p->div);
	default:
		return make_gate(dev, p, i - 4);
	}
}

static struct clk_hw *get(struct of_phandle_args *args, void *data)
{
	return of_clk_hw_onecell_get(&(struct of_phandle_args){.args = {args->args[0]}}, data);
}

static int probe(struct platform_device *pdev)
{
	static const char *const names[CLOCKS] = {"pll0",  "pll1",  "mux",   "div",
						  "gate0", "gate1", "gate2", "gate3"};
	struct device *dev = &pdev->dev;
	struct provider *p = devm_kzalloc(dev, sizeof(*p), GFP_KERNEL);
	struct clk_hw_onecell_data *data =
		devm_kzalloc(dev, struct_size(data, hws, CLOCKS), GFP_KERNEL);

	if (!p || !data)
		return -ENOMEM;
	spin_lock_init(&p->lock);
	data->num = CLOCKS;
	for (unsigned int i = 0; i < CLOCKS; i++) {
		snprintf(p->names[i], sizeof(p->names[i]), "%pOFn-%s", dev->of_node, names[i]);
		data->hws[i] = make(dev, p, i);
		if (IS_ERR(data->hws[i]))
			return PTR_ERR(data->hws[i]);
	}
	return devm_of_clk_add_hw_provider(dev, get, data);
}

static const struct of_device_id matches[] = {{.compatible = "nk,test-clk"}, {}};

static struct platform_driver driver = {
	.probe = probe,
	.driver.name = "test-clk",
	.driver.of_match_table = matches,
};

static struct clk_hw *vco, *xtal;

static int __init vclk_hw_test_init(void)
{
	int err;

	vco = clk_hw_register_fixed_rate_with_accuracy(NULL, "test-vco", NULL, 0, 960000000, 50000);
	if (IS_ERR(vco))
		return PTR_ERR(vco);
	xtal = clk_hw_register_fixed_rate(NULL, "test-xtal", NULL, 0, 24000000);
	if (IS_ERR(xtal)) {
		err = PTR_ERR(xtal);
		goto no_xtal;
	}
	err = platform_driver_register(&driver);
	if (!err)
		return 0;
	clk_hw_unregister_fixed_rate(xtal);
no_xtal:
	clk_hw_unregister_fixed_rate(vco);
	return err;
}

static void __exit vclk_hw_test_exit(void)
{
	platform_driver_unregister(&driver);
	clk_hw_unregister_fixed_rate(xtal);
	clk_hw_unregister_fixed_rate(vco);
}

module_init(vclk_hw_test_init);
module_exit(vclk_hw_test_exit);
MODULE_DESCRIPTION("Clocks for tests of vclk");
MODULE_LICENSE("GPL");
