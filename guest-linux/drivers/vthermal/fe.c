// SPDX-License-Identifier: GPL-2.0-only
/*
 * VTHERMAL(4D): sensors `vl,thermal-sensor` of thermal zones in this VM's own tree, whose temperature is that of the zone
 * of the same name in another VM. Each sensor has a link of its own.
 */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/string.h>
#include <vlx/vcall.h>
#include "compat.h"
#include "vthermal.h"

static DEFINE_MUTEX(lock); /* which endpoint has a sensor: its private */

static int get_temp(struct thermal_zone_device *tz, int *temp)
{
	struct vcall_end *end = vthermal_private(tz);
	struct vthermal_request request = {};
	struct vthermal_answer answer;
	int err;

	if (strscpy(request.zone, vthermal_zone_name(tz), sizeof(request.zone)) < 0)
		return -EINVAL;
	err = vcall(end, &request, sizeof(request), &answer, sizeof(answer));
	if (err)
		return err;
	if (answer.result)
		return -EIO;
	*temp = answer.temp;
	return 0;
}

static const struct thermal_zone_device_ops ops = {.get_temp = get_temp};

static struct vcall_family family = {
	.name = VTHERMAL_NAME,
	.room = sizeof(struct vthermal_request),
};

static void give_end(void *data)
{
	struct vcall_end *end = data;

	mutex_lock(&lock);
	end->private = NULL;
	mutex_unlock(&lock);
}

/* The first that has none, or NULL. */
static struct vcall_end *take_end(struct device *dev)
{
	struct vcall_end *end, *found = NULL;

	mutex_lock(&lock);
	vcall_for_each(end, &family) {
		if (end->private)
			continue;
		end->private = dev;
		found = end;
		break;
	}
	mutex_unlock(&lock);
	return found;
}

static int probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct vcall_end *end = take_end(dev);
	int err;

	if (!end)
		return dev_err_probe(dev, -ENODEV,
				     "no link \"" VTHERMAL_NAME "\" is left for it\n");
	err = devm_add_action_or_reset(dev, give_end, end);
	if (err)
		return err;
	return PTR_ERR_OR_ZERO(devm_thermal_of_zone_register(dev, 0, end, &ops));
}

static const struct of_device_id matches[] = {{.compatible = "vl,thermal-sensor"}, {}};
MODULE_DEVICE_TABLE(of, matches);

static struct platform_driver driver = {
	.probe = probe,
	.driver.name = "vthermal-fe",
	.driver.of_match_table = matches,
};

module_vcall_driver(family, driver);

MODULE_DESCRIPTION("Sensors whose thermal zones are another VM's");
MODULE_LICENSE("GPL");
