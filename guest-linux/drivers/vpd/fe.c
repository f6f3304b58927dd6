// SPDX-License-Identifier: GPL-2.0-only
/*
 * VPD(4D): nodes `vl,vpower-domain-fe` are providers whose domains are another VM's. Each specifier that a consumer in the
 * tree has is a domain; switching it is a call.
 */
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <vlx/specifier.h>
#include <vlx/vcall.h>
#include "compat.h"
#include "vpd.h"

struct domain {
	struct generic_pm_domain genpd;
	struct list_head entry; /* of the provider's */
	struct list_head listed; /* of all: for a back-end that comes back */
	struct vpd_request request; /* without its command */
	struct vcall_end *end; /* who has it; NULL: not known yet */
	bool on; /* the back-end is to have it so */
};

struct provider {
	struct device *dev;
	char name[VPD_PROVIDER];
	struct list_head domains;
	struct genpd_onecell_data data;
};

static DEFINE_MUTEX(lock); /* `all`, and of each `end` and `on` */
static LIST_HEAD(all);
static struct vcall_family family;

static int ask(struct vcall_end *end, const struct domain *d, enum vpd_command command)
{
	struct vpd_request request = d->request;
	struct vpd_answer answer;
	int err;

	request.command = command;
	err = vcall(end, &request, sizeof(request), &answer, sizeof(answer));
	if (err || !answer.result)
		return err;
	return answer.result == -EPERM ? -EPERM : -EREMOTEIO;
}

static void claim(struct domain *d, struct vcall_end *end)
{
	mutex_lock(&lock);
	d->end = end;
	mutex_unlock(&lock);
}

/* Back-ends export a provider by its name; of several, one does. */
static int ask_any(struct domain *d, enum vpd_command command)
{
	struct vcall_end *end;
	int err = -ENODEV;

	if (d->end)
		return ask(d->end, d, command);
	vcall_for_each(end, &family) {
		claim(d, end); /* as `on`: for one that comes back meanwhile */
		err = ask(end, d, command);
		if (!err)
			break;
		claim(d, NULL);
		if (err != -EPERM)
			break;
	}
	return err;
}

static void note(struct domain *d, bool on)
{
	mutex_lock(&lock);
	d->on = on;
	mutex_unlock(&lock);
}

/* Noted first: a back-end that comes back meanwhile is told the same twice, and not nothing. */
static int power(struct generic_pm_domain *genpd, bool on)
{
	struct domain *d = container_of(genpd, struct domain, genpd);
	int err;

	note(d, on);
	err = ask_any(d, on ? VPD_ON : VPD_OFF);
	if (err && on)
		note(d, false);
	return err;
}

static int power_on(struct generic_pm_domain *genpd)
{
	return power(genpd, true);
}

/* A back-end that has gone has it off; else the consumer would stay on for ever. */
static int power_off(struct generic_pm_domain *genpd)
{
	int err = power(genpd, false);

	return err == -EIO ? 0 : err;
}

/* A domain with devices in it cannot be removed, so this module cannot be. */
static int attach_dev(struct generic_pm_domain *genpd, struct device *dev)
{
	return try_module_get(THIS_MODULE) ? 0 : -ENODEV;
}

static void detach_dev(struct generic_pm_domain *genpd, struct device *dev)
{
	module_put(THIS_MODULE);
}

/* Of Linux's device of a domain: the memory is the provider's. */
static void released(struct device *dev)
{
}

static struct domain *find(const struct provider *p, const struct of_phandle_args *args)
{
	struct domain *d;

	list_for_each_entry(d, &p->domains, entry)
		if (vlx_specifier_is(d->request.cells, d->request.nr_cells, args))
			return d;
	return NULL;
}

static struct generic_pm_domain *xlate(vpd_args *args, void *data)
{
	struct provider *p = container_of(data, struct provider, data);
	struct domain *d = find(p, args);

	return d ? &d->genpd : ERR_PTR(-ENOENT);
}

static int add(void *data, const struct of_phandle_args *args)
{
	struct provider *p = data;
	struct domain *d;
	int err;

	if (find(p, args))
		return 0;
	if (args->args_count > VPD_CELLS)
		return -E2BIG;
	d = devm_kzalloc(p->dev, sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	d->genpd.name = vlx_specifier_name(p->dev, p->name, args->args, args->args_count);
	if (!d->genpd.name)
		return -ENOMEM;
	d->genpd.power_on = power_on;
	d->genpd.power_off = power_off;
	d->genpd.attach_dev = attach_dev;
	d->genpd.detach_dev = detach_dev;
	strscpy(d->request.provider, p->name, sizeof(d->request.provider));
	d->request.nr_cells = args->args_count;
	memcpy(d->request.cells, args->args, args->args_count * sizeof(args->args[0]));
	err = pm_genpd_init(&d->genpd, NULL, true);
	if (err)
		return err;
	if (!d->genpd.dev.release)
		d->genpd.dev.release = released;
	list_add_tail(&d->entry, &p->domains);
	mutex_lock(&lock);
	list_add_tail(&d->listed, &all);
	mutex_unlock(&lock);
	return 0;
}

static void remove_all(void *data)
{
	struct provider *p = data;
	struct domain *d;

	list_for_each_entry(d, &p->domains, entry) {
		mutex_lock(&lock);
		list_del(&d->listed);
		mutex_unlock(&lock);
		pm_genpd_remove(&d->genpd);
	}
}

static void del_provider(void *data)
{
	struct provider *p = data;

	of_genpd_del_provider(p->dev->of_node);
}

/* Undone in reverse: no more lookups, then the domains. */
static int register_provider(struct provider *p)
{
	int err = devm_add_action_or_reset(p->dev, remove_all, p);

	err = err
		      ?: vlx_specifiers("power-domains", "#power-domain-cells", p->dev->of_node,
					add, p);
	err = err ?: of_genpd_add_provider_onecell(p->dev->of_node, &p->data);
	return err ?: devm_add_action_or_reset(p->dev, del_provider, p);
}

static int probe(struct platform_device *pdev)
{
	struct provider *p = devm_kzalloc(&pdev->dev, sizeof(*p), GFP_KERNEL);
	const char *name;
	int err;

	if (!p)
		return -ENOMEM;
	err = of_property_read_string(pdev->dev.of_node, "vl,power-domain-provider-name", &name);
	if (err || strscpy(p->name, name, sizeof(p->name)) < 0)
		return dev_err_probe(&pdev->dev, -EINVAL,
				     "vl,power-domain-provider-name: no name of 31 characters\n");
	p->dev = &pdev->dev;
	p->data.xlate = xlate;
	INIT_LIST_HEAD(&p->domains);
	return register_provider(p);
}

static const struct of_device_id matches[] = {{.compatible = "vl,vpower-domain-fe"}, {}};
MODULE_DEVICE_TABLE(of, matches);

static struct platform_driver driver = {
	.probe = probe,
	.driver.name = "vlx-pm-domain-fe",
	.driver.of_match_table = matches,
	.driver.suppress_bind_attrs = true,
};

static bool is_refusal(int err)
{
	return err == -EPERM || err == -EREMOTEIO;
}

/*
 * What was on is on again. What one domain is refused is no reason to have nothing of the others: it may be one that is being asked
 * for right now, which no back-end exports.
 */
static int begin(struct vcall_end *end)
{
	struct domain *d;
	int err = 0;

	mutex_lock(&lock);
	list_for_each_entry(d, &all, listed) {
		if (!d->on || d->end != end)
			continue;
		err = ask(end, d, VPD_ON);
		if (err && !is_refusal(err))
			break;
		if (err)
			pr_warn_ratelimited("vpd: %s: not on again: error %d\n", d->genpd.name,
					    err);
		err = 0;
	}
	mutex_unlock(&lock);
	return err;
}

static struct vcall_family family = {
	.name = VPD_NAME,
	.room = sizeof(struct vpd_request),
	.up = begin,
};

module_vcall_driver(family, driver);

MODULE_DESCRIPTION("Power domains of another VM");
MODULE_LICENSE("GPL");
