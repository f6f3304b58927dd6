// SPDX-License-Identifier: GPL-2.0-only
/*
 * vthermal-test: what QEMU has not: with zones=1 thermal zones therm_zone0 and therm_zone1, as hot as temp says; with cooler=1
 * the cooling device of a node "nk,test-cooler", and `cooling` says how much it is asked for.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/thermal.h>

#define ZONES 2
#define STEPS 3

static bool zones;
module_param(zones, bool, 0444);
MODULE_PARM_DESC(zones, "has thermal zones");

static bool cooler;
module_param(cooler, bool, 0444);
MODULE_PARM_DESC(cooler, "has a cooling device");

static int temp[ZONES] = {20000, 30000};
module_param_array(temp, int, NULL, 0644);
MODULE_PARM_DESC(
	temp, "thousandths of a degree of each zone; below absolute zero: it cannot be measured");

static unsigned long cooling;
module_param(cooling, ulong, 0444);
MODULE_PARM_DESC(cooling, "how much cooling was asked for");

static struct thermal_zone_device *zone[ZONES];
static struct thermal_cooling_device *device;

static int get_temp(struct thermal_zone_device *tz, int *value)
{
	*value = READ_ONCE(*(int *)tz->devdata);
	return *value < THERMAL_TEMP_INVALID ? -EIO : 0;
}

static struct thermal_zone_device_ops zone_ops = {.get_temp = get_temp};

static int get_max(struct thermal_cooling_device *cdev, unsigned long *state)
{
	*state = STEPS;
	return 0;
}

static int get_state(struct thermal_cooling_device *cdev, unsigned long *state)
{
	*state = cooling;
	return 0;
}

static int set_state(struct thermal_cooling_device *cdev, unsigned long state)
{
	cooling = state;
	return 0;
}

static const struct thermal_cooling_device_ops cooler_ops = {
	.get_max_state = get_max,
	.get_cur_state = get_state,
	.set_cur_state = set_state,
};

static void remove_zones(void)
{
	for (int i = 0; i < ZONES; i++)
		if (!IS_ERR_OR_NULL(zone[i]))
			thermal_zone_device_unregister(zone[i]);
}

static int add_zones(void)
{
	char name[] = "therm_zone0";

	for (int i = 0; i < ZONES; i++) {
		name[sizeof(name) - 2] = '0' + i;
		zone[i] = thermal_zone_device_register(name, 0, 0, &temp[i], &zone_ops, NULL, 0, 0);
		if (IS_ERR(zone[i])) {
			int err = PTR_ERR(zone[i]);

			remove_zones();
			return err;
		}
	}
	return 0;
}

static int add_cooler(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "nk,test-cooler");

	device = thermal_of_cooling_device_register(node, "test-cooler", NULL, &cooler_ops);
	of_node_put(node);
	return PTR_ERR_OR_ZERO(device);
}

static int __init vthermal_test_init(void)
{
	int err = zones ? add_zones() : 0;

	if (err || !cooler)
		return err;
	err = add_cooler();
	if (err)
		remove_zones();
	return err;
}

static void __exit vthermal_test_exit(void)
{
	if (device)
		thermal_cooling_device_unregister(device);
	remove_zones();
}

module_init(vthermal_test_init);
module_exit(vthermal_test_exit);
MODULE_DESCRIPTION("Thermal zones and a cooling device for tests of vthermal");
MODULE_LICENSE("GPL");
