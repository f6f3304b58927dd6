// SPDX-License-Identifier: GPL-2.0-only
/*
 * vpd-test: what QEMU has not. Nodes "nk,test-pd" are providers of four domains each, by the first cell of a specifier; `is_on` has
 * a bit for each domain of all of them. Nodes "nk,test-pd-consumer" are devices in domains: `wanted` has a bit for each, in the
 * order of the tree, by which it is resumed or suspended.
 */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/pm_domain.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>

#define DOMAINS 4
#define CONSUMERS 8

struct domain {
	struct generic_pm_domain genpd;
	unsigned int bit; /* of is_on */
};

struct provider {
	struct domain domain[DOMAINS];
	struct generic_pm_domain *list[DOMAINS];
	struct genpd_onecell_data data;
	unsigned int first; /* its bit */
};

static unsigned int nr_providers, nr_consumers;
static struct device *consumers[CONSUMERS];
static DEFINE_MUTEX(lock); /* is_on, wanted */

static unsigned long is_on;
module_param(is_on, ulong, 0444);
MODULE_PARM_DESC(is_on, "domains that are on");

static unsigned long wanted;

/* After an error Linux does not try again, unless it is told to. */
static int resume_or_suspend(struct device *dev, bool on)
{
	int err = on ? pm_runtime_resume_and_get(dev) : pm_runtime_put_sync_suspend(dev);

	if (err < 0)
		pm_runtime_set_suspended(dev);
	return min(err, 0);
}

static int set_wanted(const char *value, const struct kernel_param *kp)
{
	unsigned long new;
	int err = kstrtoul(value, 0, &new);

	mutex_lock(&lock);
	for (unsigned int i = 0; i < nr_consumers && !err; i++) {
		if (!((new ^ wanted) & BIT(i)))
			continue;
		err = resume_or_suspend(consumers[i], new &BIT(i));
		if (!err)
			wanted ^= BIT(i);
	}
	mutex_unlock(&lock);
	return err;
}

static const struct kernel_param_ops wanted_ops = {
	.set = set_wanted,
	.get = param_get_ulong,
};
module_param_cb(wanted, &wanted_ops, &wanted, 0644);
MODULE_PARM_DESC(wanted, "consumers that are to be on");

static int switch_domain(struct generic_pm_domain *genpd, bool on)
{
	assign_bit(container_of(genpd, struct domain, genpd)->bit, &is_on, on);
	return 0;
}

static int power_on(struct generic_pm_domain *genpd)
{
	return switch_domain(genpd, true);
}

static int power_off(struct generic_pm_domain *genpd)
{
	return switch_domain(genpd, false);
}

static struct generic_pm_domain *xlate(struct of_phandle_args *args, void *data)
{
	struct genpd_onecell_data *d = data;
	u32 which = args->args_count ? args->args[0] : 0;

	return which < d->num_domains ? d->domains[which] : ERR_PTR(-ENOENT);
}

static void released(struct device *dev)
{
}

static int add_domains(struct platform_device *pdev, struct provider *p)
{
	for (unsigned int i = 0; i < DOMAINS; i++) {
		struct generic_pm_domain *d = &p->domain[i].genpd;

		p->domain[i].bit = p->first + i;
		d->name = devm_kasprintf(&pdev->dev, GFP_KERNEL, "test%u", p->first + i);
		d->power_on = power_on;
		d->power_off = power_off;
		p->list[i] = d;
		if (!d->name || pm_genpd_init(d, NULL, true))
			return -ENOMEM;
		if (!d->dev.release)
			d->dev.release = released;
	}
	return 0;
}

static int probe_provider(struct platform_device *pdev)
{
	struct provider *p = devm_kzalloc(&pdev->dev, sizeof(*p), GFP_KERNEL);
	int err;

	if (!p)
		return -ENOMEM;
	p->first = DOMAINS * nr_providers++;
	p->data = (struct genpd_onecell_data){p->list, DOMAINS, xlate};
	platform_set_drvdata(pdev, p);
	err = add_domains(pdev, p);
	return err ?: of_genpd_add_provider_onecell(pdev->dev.of_node, &p->data);
}

static int remove_provider(struct platform_device *pdev)
{
	struct provider *p = platform_get_drvdata(pdev);

	of_genpd_del_provider(pdev->dev.of_node);
	for (unsigned int i = 0; i < DOMAINS; i++)
		pm_genpd_remove(&p->domain[i].genpd);
	return 0;
}

static int probe_consumer(struct platform_device *pdev)
{
	if (nr_consumers == CONSUMERS)
		return -ENOSPC;
	consumers[nr_consumers++] = &pdev->dev;
	pm_runtime_enable(&pdev->dev);
	return 0;
}

static int remove_consumer(struct platform_device *pdev)
{
	pm_runtime_disable(&pdev->dev);
	return 0;
}

static const struct of_device_id provider_matches[] = {{.compatible = "nk,test-pd"}, {}};
static const struct of_device_id consumer_matches[] = {{.compatible = "nk,test-pd-consumer"}, {}};

static struct platform_driver provider_driver = {
	.probe = probe_provider,
	.remove = remove_provider,
	.driver.name = "test-pd",
	.driver.of_match_table = provider_matches,
};

static struct platform_driver consumer_driver = {
	.probe = probe_consumer,
	.remove = remove_consumer,
	.driver.name = "test-pd-consumer",
	.driver.of_match_table = consumer_matches,
};

static int __init vpd_test_init(void)
{
	int err = platform_driver_register(&provider_driver);

	if (err)
		return err;
	err = platform_driver_register(&consumer_driver);
	if (err)
		platform_driver_unregister(&provider_driver);
	return err;
}

static void __exit vpd_test_exit(void)
{
	platform_driver_unregister(&consumer_driver);
	platform_driver_unregister(&provider_driver);
}

module_init(vpd_test_init);
module_exit(vpd_test_exit);
MODULE_DESCRIPTION("Power domains and devices in them for tests of vpd");
MODULE_LICENSE("GPL");
