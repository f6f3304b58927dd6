// SPDX-License-Identifier: GPL-2.0-only
/* nk-core: finds the hypervisor, and makes its primitives known to drivers. */
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/proc_fs.h>
#include "core.h"

struct proc_dir_entry *nk_proc_root;
EXPORT_SYMBOL_GPL(nk_proc_root);
struct kobject *nk_kobj;
EXPORT_SYMBOL_GPL(nk_kobj);

static int check_version(void)
{
	unsigned int major, minor;

	if (nk_core_hv_version_get(&major, &minor)) {
		pr_err("nk-core: the hypervisor does not tell its version\n");
		return -ENODEV;
	}
	if (major != NK_API_MAJOR) {
		pr_err("nk-core: the hypervisor's interface is %u.%u, this module is for %u\n",
		       major, minor, NK_API_MAJOR);
		return -ENODEV;
	}
	return 0;
}

static int make_roots(void)
{
	nk_proc_root = proc_mkdir("nk", NULL);
	if (!nk_proc_root)
		return -ENOMEM;
	nk_kobj = kobject_create_and_add("nk", NULL);
	if (!nk_kobj) {
		proc_remove(nk_proc_root);
		return -ENOMEM;
	}
	return 0;
}

static void remove_roots(void)
{
	kobject_put(nk_kobj);
	proc_remove(nk_proc_root);
}

static int start(struct device_node *node)
{
	int err = bounce_init();

	if (err)
		return err;
	err = check_version();
	if (err)
		goto no_version;
	err = pdev_init(node);
	if (err)
		goto no_pdev;
	err = xirq_domain_init(node);
	if (err)
		goto no_pdev;
	err = xirq_init();
	if (err)
		goto no_xirq;
	err = make_roots();
	if (err)
		goto no_roots;
	err = vdevs_init();
	if (err)
		goto no_vdevs;
	return 0;

no_vdevs:
	remove_roots();
no_roots:
	xirq_exit();
no_xirq:
	xirq_domain_exit();
no_pdev:
	pdev_exit();
no_version:
	bounce_exit();
	return err;
}

/* A guest's device for this node, which has no driver, has udev load us. */
static const struct of_device_id nk_core_of[] = {{.compatible = "nk,hypervisor"}, {}};
MODULE_DEVICE_TABLE(of, nk_core_of);

static int __init nk_core_init(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "nk,hypervisor");
	int err;

	if (!node)
		return -ENODEV;
	err = nk_is_there() ? start(node) : -ENODEV;
	of_node_put(node);
	return err;
}

static void __exit nk_core_exit(void)
{
	remove_roots();
	vdevs_exit();
	xirq_exit();
	xirq_domain_exit();
	pdev_exit();
	bounce_exit();
}

module_init(nk_core_init);
module_exit(nk_core_exit);
MODULE_DESCRIPTION("The nk hypervisor's device driver interface");
MODULE_LICENSE("GPL");
