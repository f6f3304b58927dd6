// SPDX-License-Identifier: GPL-2.0-only
/* svec: the controllers of this VM, each a "vl,hypevent.v1" link whose server is nk. */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "svec_priv.h"

static int svec_vlink_init(Vlink *vlink);

static VlinkDrv svec_drv = {
	.name = NK_HYPEVENT_NAME,
	.flags = VLINK_DRV_TYPE_CLIENT,
	.vlink_init = svec_vlink_init,
};

/* No lock: links come and go in init and exit only. */
struct svec *svec_lookup(const char *name)
{
	struct svec *svec;
	Vlink *vlink;

	if (!name)
		return NULL;
	vlink_for_each(vlink, &svec_drv) {
		svec = vlink->private;
		if (svec && !strcmp(svec->name, name))
			return svec;
	}
	return NULL;
}
EXPORT_SYMBOL(svec_lookup);

static void svec_interrupt(void *cookie, NkXIrq xirq)
{
	struct svec *svec = cookie;
	unsigned long bits;
	unsigned int word;
	unsigned int bit;

	for (word = 0; word < ARRAY_SIZE(svec->shared->pending); word++) {
		/* nk sets a bit, then posts: what comes after this look posts anew. */
		bits = xchg(&svec->shared->pending[word], 0);
		for_each_set_bit(bit, &bits, BITS_PER_LONG)
			svec_deliver(svec, word * BITS_PER_LONG + bit);
	}
}

/* nk may have posted while nobody listened. */
static int svec_up(Vlink *vlink, void *cookie)
{
	unsigned long flags;

	local_irq_save(flags); /* as in the interrupt */
	svec_interrupt(cookie, 0);
	local_irq_restore(flags);
	return 0;
}

static int svec_cleanup(Vlink *vlink, void *cookie)
{
	struct svec *svec = cookie;

	vlink->private = NULL;
	svec_free_handles(svec);
	kfree(svec->name);
	kvfree(svec);
	return 0;
}

static VlinkOpDesc svec_ops[] = {
	{VLINK_OP_UP, svec_up},
	{VLINK_OP_CLEANUP, svec_cleanup},
	{},
};

static struct svec *svec_new(Vlink *vlink)
{
	struct svec *svec = kvzalloc(sizeof(*svec), GFP_KERNEL);
	unsigned int event;

	if (!svec)
		return NULL;
	svec->vlink = vlink;
	spin_lock_init(&svec->lock);
	for (event = 0; event < NK_HYPEVENT_EVENTS; event++)
		INIT_LIST_HEAD(&svec->handles[event]);
	return svec;
}

static int svec_vlink_init(Vlink *vlink)
{
	struct svec *svec = svec_new(vlink);
	int err;

	if (!svec)
		return -ENOMEM;
	err = vlink_ops_register(vlink, svec_ops, svec);
	if (err) {
		kvfree(svec);
		return err;
	}
	svec->name = kstrdup(vlink_peer_info(vlink) ?: "", GFP_KERNEL);
	svec->shared = vlink_pdev(vlink, NK_HYPEVENT_PDEV_ID, sizeof(NkHypevent));
	if (!svec->name || !svec->shared)
		return -ENOMEM;
	if (!vlink_xirq_attach(vlink, NK_HYPEVENT_XIRQ_ID, svec_interrupt, svec, "svec"))
		return -ENOMEM;
	vlink->private = svec;
	return 0;
}

static int __init svec_init(void)
{
	return vlink_drv_open(&svec_drv);
}

static void __exit svec_exit(void)
{
	vlink_drv_close(&svec_drv);
}
module_init(svec_init);
module_exit(svec_exit);

MODULE_DESCRIPTION("Simple Virtual Event Controller: events from nk");
MODULE_LICENSE("GPL");
