// SPDX-License-Identifier: GPL-2.0-only
/*
 * labels-test: allocates of each kind on every vlink of this VM when it is loaded, and prints what
 * it got, one line a link. A VM that was restarted must print the same again.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <nk/nkern.h>

#define LABEL 7
#define PDEV_BYTES 64
#define PMEM_BYTES SZ_8K
#define XIRQS 2

static void show(NkPhAddr link)
{
	const NkDevVlink *vlink = nkops.nk_ptov(link);

	pr_emerg("labels-test: %.*s %d at %llx pdev %llx pmem %llx pxirq %u\n",
		 NK_DEV_VLINK_NAME_LIMIT, vlink->name, vlink->link, link,
		 nkops.nk_pdev_alloc(link, LABEL, PDEV_BYTES),
		 nkops.nk_pmem_alloc(link, LABEL, PMEM_BYTES),
		 nkops.nk_pxirq_alloc(link, LABEL, nkops.nk_id_get(), XIRQS));
}

static int __init labels_test_init(void)
{
	NkPhAddr link = 0;

	pr_emerg("labels-test: begin\n");
	while ((link = nkops.nk_vlink_lookup(NULL, link)))
		show(link);
	pr_emerg("labels-test: done\n");
	return 0;
}

static void __exit labels_test_exit(void)
{
}
module_init(labels_test_init);
module_exit(labels_test_exit);

MODULE_DESCRIPTION("Shows what is allocated on vlinks");
MODULE_LICENSE("GPL");
