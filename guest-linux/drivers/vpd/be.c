// SPDX-License-Identifier: GPL-2.0-only
/*
 * VPD(4D): power domains of this VM that others may switch. A device of nothing is in each: runtime PM of it is what
 * the front-end asks for, so that a domain is on while anybody, here or there, wants it.
 */
#include <linux/module.h>
#include <linux/pm_domain.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>
#include <vlx/specifier.h>
#include <vlx/vcall.h>
#include "be.h"

static bool enable_all;
module_param(enable_all, bool, 0444);
MODULE_PARM_DESC(enable_all, "all exported domains are on from the start");

/* Its provider may come later than this driver. */
static int attach(struct vpd_domain *d)
{
	struct platform_device *pdev;
	int err;

	if (d->pdev)
		return 0;
	pdev = platform_device_register_simple("vpd", PLATFORM_DEVID_AUTO, NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	err = of_genpd_add_device(&d->args, &pdev->dev);
	if (err) {
		platform_device_unregister(pdev);
		return err;
	}
	pm_runtime_enable(&pdev->dev);
	d->pdev = pdev;
	return 0;
}

static void detach(struct vpd_domain *d)
{
	if (!d->pdev)
		return;
	pm_runtime_disable(&d->pdev->dev);
	pm_genpd_remove_device(&d->pdev->dev);
	platform_device_unregister(d->pdev);
}

static int switch_on(struct vpd_domain *d)
{
	int err = attach(d);

	return err ?: pm_runtime_resume_and_get(&d->pdev->dev);
}

static void switch_off(struct vpd_domain *d)
{
	pm_runtime_put_sync_suspend(&d->pdev->dev);
}

/* What the front-end has asked for already is done. */
static int perform(struct vpd_domain *d, bool on)
{
	int err = 0;

	if (on == d->on)
		return 0;
	if (on)
		err = switch_on(d);
	else
		switch_off(d);
	if (!err)
		d->on = on;
	return err;
}

static struct vpd_domain *find(struct vpd_export *x, const struct vpd_request *r)
{
	struct vpd_domain *d;

	list_for_each_entry(d, &x->domains, entry)
		if (!strncmp(d->provider, r->provider, sizeof(r->provider)) &&
		    vlx_specifier_is(r->cells, r->nr_cells, &d->args))
			return d;
	return NULL;
}

static int serve(struct vpd_export *x, const struct vpd_request *r)
{
	struct vpd_domain *d;

	if (r->nr_cells > VPD_CELLS || r->command > VPD_ON)
		return -EINVAL;
	d = find(x, r);
	return d ? perform(d, r->command == VPD_ON) : -EPERM;
}

static vrpc_size_t call(void *cookie, vrpc_size_t size)
{
	struct vcall_end *end = cookie;
	struct vpd_answer answer = {.result = -EINVAL};
	struct vpd_request request;

	if (size == sizeof(request)) {
		memcpy(&request, vrpc_data(end->vrpc), sizeof(request));
		answer.result = serve(end->private, &request);
	}
	memcpy(vrpc_data(end->vrpc), &answer, sizeof(answer));
	return sizeof(answer);
}

/* A front-end that has gone has nothing on. */
static void gone(struct vcall_end *end)
{
	struct vpd_export *x = end->private;
	struct vpd_domain *d;

	list_for_each_entry(d, &x->domains, entry)
		perform(d, false);
}

static bool is_for(struct device_node *node, NkOsId vm)
{
	u32 id;

	return !of_property_read_u32(node, "vl,vm-id", &id) && id == vm;
}

static int read_export(struct vpd_export *x, NkOsId vm)
{
	struct device_node *node;
	int err = -ENODEV;

	INIT_LIST_HEAD(&x->domains);
	for_each_compatible_node(node, NULL, "vl,vpower-domain-be") {
		if (!is_for(node, vm))
			continue;
		err = vpd_export_read(x, node);
		of_node_put(node);
		break;
	}
	return err;
}

/* One that cannot be on is said, and the others are. */
static void begin(struct vpd_export *x)
{
	struct vpd_domain *d;
	int err;

	list_for_each_entry(d, &x->domains, entry) {
		d->init_on |= enable_all;
		err = d->init_on ? switch_on(d) : 0;
		if (!err)
			continue;
		d->init_on = false;
		pr_err("vpd: vm%u: %s: cannot be on: error %d\n", x->vm, d->provider, err);
	}
}

static int probe(struct vcall_end *end)
{
	struct vpd_export *x;
	int err;

	x = kzalloc(sizeof(*x), GFP_KERNEL);
	if (!x)
		return -ENOMEM;
	err = read_export(x, vrpc_peer_id(end->vrpc));
	if (err) {
		vpd_export_free(x);
		kfree(x);
		return err;
	}
	begin(x);
	end->private = x;
	return 0;
}

static void remove(struct vcall_end *end)
{
	struct vpd_export *x = end->private;
	struct vpd_domain *d;

	gone(end);
	list_for_each_entry(d, &x->domains, entry) {
		if (d->init_on)
			switch_off(d);
		detach(d);
	}
	vpd_export_free(x);
	kfree(x);
}

static struct vcall_family family = {
	.name = VPD_NAME,
	.server = true,
	.room = sizeof(struct vpd_request),
	.probe = probe,
	.remove = remove,
	.down = gone,
	.call = call,
};

module_vcall(family);

MODULE_DESCRIPTION("Power domains of this VM for others");
MODULE_LICENSE("GPL");
