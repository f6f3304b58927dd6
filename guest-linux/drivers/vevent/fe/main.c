// SPDX-License-Identifier: GPL-2.0-only
/* VEVENT_FE(4D): an input device of another VM, as one of this VM's, while its link is up. */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "fe.h"

static int reset(Vlink *vlink, void *cookie)
{
	struct vevent_fe *fe = cookie;

	fe->taken = 0;
	fe->put = 0;
	WRITE_ONCE(fe->shared->events.c_idx, 0);
	WRITE_ONCE(fe->shared->back.p_idx, 0);
	return 0;
}

/* What the back-end described is no device, or there is no room for one: nothing more than that there is none. */
static int go_up(Vlink *vlink, void *cookie)
{
	struct vevent_fe *fe = cookie;
	struct input_dev *idev = vevent_idev(fe);
	int err = IS_ERR(idev) ? PTR_ERR(idev) : input_register_device(idev);

	if (err) {
		pr_err_ratelimited("vevent-fe: link %d: error %d\n", vlink->number, err);
		if (!IS_ERR(idev))
			input_free_device(idev);
		return 0;
	}
	spin_lock_irq(&fe->lock);
	fe->idev = idev;
	fe->created++;
	spin_unlock_irq(&fe->lock);
	vevent_take(fe, 0);
	return 0;
}

/* Input releases all that was pressed. */
static int go_down(Vlink *vlink, void *cookie)
{
	struct vevent_fe *fe = cookie;
	struct input_dev *idev;

	spin_lock_irq(&fe->lock);
	idev = fe->idev;
	fe->idev = NULL;
	fe->deleted += !!idev;
	spin_unlock_irq(&fe->lock);
	if (idev)
		input_unregister_device(idev);
	return 0;
}

static int cleanup(Vlink *vlink, void *cookie)
{
	vlink->private = NULL;
	kfree(cookie);
	return 0;
}

static VlinkOpDesc ops[] = {
	{VLINK_OP_RESET, reset},
	{VLINK_OP_UP, go_up},
	{VLINK_OP_ABORT, go_down},
	{VLINK_OP_CLEANUP, cleanup},
	{},
};

static int vevent_vlink_init(Vlink *vlink)
{
	struct vevent_fe *fe = kzalloc(sizeof(*fe), GFP_KERNEL);
	int err;

	if (!fe)
		return -ENOMEM;
	fe->vlink = vlink;
	spin_lock_init(&fe->lock);
	spin_lock_init(&fe->back_lock);
	err = vlink_ops_register(vlink, ops, fe);
	if (err) {
		kfree(fe);
		return err;
	}
	fe->shared = vlink_pmem(vlink, VEVENT_PMEM_ID, sizeof(*fe->shared));
	fe->xirq = vlink_peer_xirq(vlink, VEVENT_XIRQ_BACK);
	if (!fe->shared || !fe->xirq ||
	    !vlink_xirq_attach(vlink, VEVENT_XIRQ_EVENT, vevent_take, fe, "vevent-fe"))
		return -ENOMEM;
	vlink->private = fe;
	return 0;
}

VlinkDrv vevent_drv = {
	.name = VEVENT_NAME,
	.flags = VLINK_DRV_TYPE_CLIENT | VLINK_DRV_DEVICES,
	.vlink_init = vevent_vlink_init,
};

static int __init vevent_fe_init(void)
{
	int err = vlink_drv_open(&vevent_drv);

	if (err)
		return err;
	err = vevent_proc_add();
	if (err)
		vlink_drv_close(&vevent_drv);
	return err;
}

static void __exit vevent_fe_exit(void)
{
	vevent_proc_remove();
	vlink_drv_close(&vevent_drv);
}

module_init(vevent_fe_init);
module_exit(vevent_fe_exit);
MODULE_DESCRIPTION("Input devices of other VMs");
MODULE_LICENSE("GPL");
