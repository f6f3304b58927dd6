// SPDX-License-Identifier: GPL-2.0-only
/*
 * vclk-user-test: a driver that uses all clocks of its node, "nk,test-clk-user". What is written to `act`, CLOCK ACTION [ARGUMENT],
 * it does; that fails as the action does, and `result` is what it gives. irq-enable and irq-disable are in a timer's interrupt.
 */
#include <linux/clk.h>
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>

static struct clk_bulk_data *clks;
static int nr_clks;

static long result;
module_param(result, long, 0444);
MODULE_PARM_DESC(result, "of the last action");

struct action {
	const char *name;
	long (*act)(struct clk *clk, const char *arg);
};

static struct clk *find(const char *name)
{
	for (int i = 0; i < nr_clks; i++)
		if (!strcmp(clks[i].id, name))
			return clks[i].clk;
	return NULL;
}

static unsigned long number(const char *arg)
{
	unsigned long value;

	return kstrtoul(arg, 0, &value) ? ULONG_MAX : value;
}

static long act_rate(struct clk *clk, const char *arg)
{
	return clk_get_rate(clk);
}

static long act_round_rate(struct clk *clk, const char *arg)
{
	return clk_round_rate(clk, number(arg));
}

static long act_set_rate(struct clk *clk, const char *arg)
{
	return clk_set_rate(clk, number(arg));
}

static long act_parent(struct clk *clk, const char *arg)
{
	struct clk *parent = find(arg);

	return parent && clk_is_match(clk_get_parent(clk), parent);
}

static long act_set_parent(struct clk *clk, const char *arg)
{
	struct clk *parent = find(arg);

	return parent ? clk_set_parent(clk, parent) : -ENODEV;
}

static long act_accuracy(struct clk *clk, const char *arg)
{
	return clk_get_accuracy(clk);
}

static long act_phase(struct clk *clk, const char *arg)
{
	return clk_get_phase(clk);
}

static long act_set_phase(struct clk *clk, const char *arg)
{
	return clk_set_phase(clk, number(arg));
}

static long act_duty(struct clk *clk, const char *arg)
{
	return clk_get_scaled_duty_cycle(clk, 100000);
}

static long act_set_duty(struct clk *clk, const char *arg)
{
	return clk_set_duty_cycle(clk, number(arg), 100);
}

static long act_prepare(struct clk *clk, const char *arg)
{
	return clk_prepare(clk);
}

static long act_unprepare(struct clk *clk, const char *arg)
{
	clk_unprepare(clk);
	return 0;
}

static long act_enable(struct clk *clk, const char *arg)
{
	return clk_enable(clk);
}

static long act_disable(struct clk *clk, const char *arg)
{
	clk_disable(clk);
	return 0;
}

struct in_irq {
	struct hrtimer timer;
	struct completion done;
	struct clk *clk;
	bool on, was_irq;
	long err;
};

static enum hrtimer_restart expired(struct hrtimer *timer)
{
	struct in_irq *irq = container_of(timer, struct in_irq, timer);

	irq->was_irq = in_hardirq() && irqs_disabled();
	if (irq->on)
		irq->err = clk_enable(irq->clk);
	else
		clk_disable(irq->clk);
	complete(&irq->done);
	return HRTIMER_NORESTART;
}

static long switch_in_irq(struct clk *clk, bool on)
{
	struct in_irq irq = {.clk = clk, .on = on};

	init_completion(&irq.done);
	hrtimer_init_on_stack(&irq.timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	irq.timer.function = expired;
	hrtimer_start(&irq.timer, ms_to_ktime(1), HRTIMER_MODE_REL_HARD);
	wait_for_completion(&irq.done);
	hrtimer_cancel(&irq.timer);
	destroy_hrtimer_on_stack(&irq.timer);
	return irq.was_irq ? irq.err : -EIO;
}

static long act_irq_enable(struct clk *clk, const char *arg)
{
	return switch_in_irq(clk, true);
}

static long act_irq_disable(struct clk *clk, const char *arg)
{
	return switch_in_irq(clk, false);
}

static const struct action actions[] = {
	{"rate", act_rate},
	{"round-rate", act_round_rate},
	{"set-rate", act_set_rate},
	{"parent", act_parent},
	{"set-parent", act_set_parent},
	{"accuracy", act_accuracy},
	{"phase", act_phase},
	{"set-phase", act_set_phase},
	{"duty", act_duty},
	{"set-duty", act_set_duty},
	{"prepare", act_prepare},
	{"unprepare", act_unprepare},
	{"enable", act_enable},
	{"disable", act_disable},
	{"irq-enable", act_irq_enable},
	{"irq-disable", act_irq_disable},
};

static int set_act(const char *value, const struct kernel_param *kp)
{
	char name[32], what[32], arg[32] = "";
	struct clk *clk;

	if (sscanf(value, "%31s %31s %31s", name, what, arg) < 2)
		return -EINVAL;
	clk = find(name);
	if (!clk)
		return -ENODEV;
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (strcmp(what, actions[i].name))
			continue;
		result = actions[i].act(clk, arg);
		return min(result, 0L);
	}
	return -EINVAL;
}

static const struct kernel_param_ops act_ops = {.set = set_act};
module_param_cb(act, &act_ops, NULL, 0200);
MODULE_PARM_DESC(act, "CLOCK ACTION [ARGUMENT]");

static int probe(struct platform_device *pdev)
{
	struct clk_bulk_data *got;
	int nr = devm_clk_bulk_get_all(&pdev->dev, &got);

	if (nr < 0)
		return nr;
	clks = got;
	nr_clks = nr;
	return 0;
}

static int remove(struct platform_device *pdev)
{
	nr_clks = 0;
	return 0;
}

static const struct of_device_id matches[] = {{.compatible = "nk,test-clk-user"}, {}};

static struct platform_driver user_driver = {
	.probe = probe,
	.remove = remove,
	.driver.name = "test-clk-user",
	.driver.of_match_table = matches,
	.driver.suppress_bind_attrs = true,
};
module_platform_driver(user_driver);

MODULE_DESCRIPTION("Uses clocks for tests of vclk");
MODULE_LICENSE("GPL");
