// SPDX-License-Identifier: GPL-2.0-only
/* vclk-test: uses the clocks of a node "nk,test-consumer", and reports in TAP to the kernel's log. */
#include <linux/clk.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_clk.h>
#define TAP_MAIN
#include "../tap.h"

#define MOST 4

static struct clk *clk[MOST];

static void test_rates(int nr)
{
	for (int i = 0; i < nr; i++)
		ok(!clk_set_rate(clk[i], 1000000 + i), "clock %d takes a rate", i);
	for (int i = 0; i < nr; i++)
		ok(clk_get_rate(clk[i]) == 1000000 + i, "clock %d has kept it", i);
	ok(!clk_set_rate(clk[0], ULONG_MAX / 2) && clk_get_rate(clk[0]) == ULONG_MAX / 2,
	   "any rate");
	ok(!clk_set_rate(clk[0], 1), "and the least");
}

static void test_same(int nr)
{
	ok(clk_is_match(clk[0], clk[nr - 1]), "the last specifier is the first one's clock");
	for (int i = 1; i < nr - 1; i++)
		ok(!clk_is_match(clk[0], clk[i]), "that of clock %d is another", i);
}

static void test_enable(void)
{
	ok(!clk_prepare_enable(clk[0]), "it can be on");
	clk_disable_unprepare(clk[0]);
}

static int __init vclk_test_init(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "nk,test-consumer");
	int nr;

	for (nr = 0; nr < MOST; nr++) {
		clk[nr] = of_clk_get(node, nr);
		if (IS_ERR(clk[nr]))
			break;
	}
	of_node_put(node);
	ok(nr == 3, "three clocks");
	if (nr == 3) {
		test_rates(nr - 1);
		test_same(nr);
		test_enable();
	}
	while (nr--)
		clk_put(clk[nr]);
	return tap_end();
}

static void __exit vclk_test_exit(void)
{
}

module_init(vclk_test_init);
module_exit(vclk_test_exit);
MODULE_DESCRIPTION("Tests of clocks");
MODULE_LICENSE("GPL");
