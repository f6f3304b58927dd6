// SPDX-License-Identifier: GPL-2.0-only
/* vaudio-fe: VAUDIO_FE(4D): sound cards of another VM. A card is there while its link is up. */
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include "fe.h"

static int index[SNDRV_CARDS] = {[0 ... SNDRV_CARDS - 1] = -1};
module_param_array(index, int, NULL, 0444);
MODULE_PARM_DESC(index, "numbers of the cards, in the order of links");

static void ctrl_xirq(void *cookie, NkXIrq xirq)
{
	struct fe_link *l = cookie;

	wake_up_all(&l->answered);
}

static void ring_xirq(void *cookie, NkXIrq xirq)
{
	struct fe_link *l = cookie;
	struct fe_card *c = READ_ONCE(l->card);

	if (!c)
		return;
	for (u32 dev = 0; dev < NK_VAUDIO_DEV_MAX; dev++) {
		for (u32 idx = 0; idx < NK_VAUDIO_STREAM_MAX; idx++) {
			if (READ_ONCE(c->stream[dev][idx].running))
				queue_work(system_highpri_wq, &c->stream[dev][idx].work);
		}
	}
}

static int on_up(Vlink *vlink, void *cookie)
{
	struct fe_link *l = cookie;
	struct fe_card *c = fe_card_new(l);

	/* A VM without a CPU may have one the next time. */
	if (PTR_ERR_OR_ZERO(c) == -ETIMEDOUT)
		vlink_broken(vlink, "its controls take too long");
	else if (IS_ERR(c))
		pr_err_ratelimited("vaudio-fe: link %d: no card: error %ld\n", vlink->number,
				   PTR_ERR(c));
	return 0;
}

static int on_abort(Vlink *vlink, void *cookie)
{
	struct fe_link *l = cookie;

	if (l->card)
		fe_card_end(l->card);
	return 0;
}

static int on_cleanup(Vlink *vlink, void *cookie)
{
	struct fe_link *l = cookie;

	if (!IS_ERR_OR_NULL(l->pdev))
		platform_device_unregister(l->pdev);
	kfree(l);
	return 0;
}

static VlinkOpDesc ops[] = {
	{VLINK_OP_UP, on_up},
	{VLINK_OP_ABORT, on_abort},
	{VLINK_OP_CLEANUP, on_cleanup},
	{},
};

static int get_resources(struct fe_link *l)
{
	Vlink *vlink = l->vlink;

	l->pdev = platform_device_register_simple("vaudio-fe", vlink->number, NULL, 0);
	if (IS_ERR(l->pdev))
		return PTR_ERR(l->pdev);
	l->shmem = vlink_pmem(vlink, VAUDIO_PMEM_ID, sizeof(*l->shmem));
	if (!l->shmem) {
		pr_err("vaudio-fe: link %d: no pmem of %zu bytes\n", vlink->number,
		       sizeof(*l->shmem));
		return -ENOMEM;
	}
	l->to_ctrl = vlink_peer_xirq(vlink, VAUDIO_BE_CTRL_XIRQ_ID);
	l->to_ring = vlink_peer_xirq(vlink, VAUDIO_BE_RING_XIRQ_ID);
	if (l->to_ctrl && l->to_ring &&
	    vlink_xirq_attach(vlink, VAUDIO_FE_CTRL_XIRQ_ID, ctrl_xirq, l, "vaudio-fe") &&
	    vlink_xirq_attach(vlink, VAUDIO_FE_RING_XIRQ_ID, ring_xirq, l, "vaudio-fe"))
		return 0;
	return -ENOMEM;
}

static int vlink_init(Vlink *vlink)
{
	struct fe_link *l = kzalloc(sizeof(*l), GFP_KERNEL);
	const char *wrong;
	int err;

	if (!l)
		return -ENOMEM;
	l->vlink = vlink;
	l->index = vlink->unit < SNDRV_CARDS ? index[vlink->unit] : -1;
	init_waitqueue_head(&l->answered);
	err = vlink_ops_register(vlink, ops, l);
	if (err) {
		kfree(l);
		return err;
	}
	err = vaudio_parse_info(vlink_peer_info(vlink), &l->sizes, &wrong);
	return err ?: get_resources(l);
}

static VlinkDrv drv = {
	.name = "vaudio",
	.flags = VLINK_DRV_TYPE_CLIENT | VLINK_DRV_DEVICES,
	.vlink_init = vlink_init,
};

static int __init vaudio_fe_init(void)
{
	return vlink_drv_open(&drv);
}

static void __exit vaudio_fe_exit(void)
{
	vlink_drv_close(&drv);
}
module_init(vaudio_fe_init);
module_exit(vaudio_fe_exit);

MODULE_DESCRIPTION("Sound of another VM");
MODULE_LICENSE("GPL");
