// SPDX-License-Identifier: GPL-2.0-only
/* svec: the controllers of this VM, each a "vl,hypevent.v1" link whose server is nk. */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "svec_priv.h"

static LIST_HEAD(svecs); /* changes in init and exit only */

struct svec *svec_lookup(const char *name)
{
	struct svec *svec;

	if (!name)
		return NULL;
	list_for_each_entry(svec, &svecs, entry) {
		if (!strcmp(svec->name, name))
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

static void svec_remove(struct svec *svec)
{
	if (svec->irq)
		nkops.nk_xirq_detach(svec->irq);
	if (svec->vlink)
		WRITE_ONCE(svec->vlink->c_state, NK_DEV_VLINK_OFF);
	svec_free_handles(svec);
	kfree(svec->name);
	kvfree(svec);
}

static int svec_connect(struct svec *svec, NkPhAddr plink)
{
	NkDevVlink *vlink = nkops.nk_ptov(plink);
	NkPhAddr shared;
	NkXIrq xirq;

	svec->name = kstrdup(nk_vlink_info(plink, vlink->s_info) ?: "", GFP_KERNEL);
	if (!svec->name)
		return -ENOMEM;
	shared = nkops.nk_pdev_alloc(plink, NK_HYPEVENT_PDEV_ID, sizeof(NkHypevent));
	if (!shared)
		return -ENOMEM;
	svec->shared = nkops.nk_ptov(shared);
	xirq = nkops.nk_pxirq_alloc(plink, NK_HYPEVENT_XIRQ_ID, nkops.nk_id_get(), 1);
	if (!xirq)
		return -ENOMEM;
	svec->irq = nkops.nk_xirq_attach_named(xirq, svec_interrupt, svec, "svec");
	if (!svec->irq)
		return -EIO;
	svec->vlink = vlink;
	WRITE_ONCE(vlink->c_state, NK_DEV_VLINK_ON);
	return 0;
}

static int svec_add(NkPhAddr plink)
{
	struct svec *svec = kvzalloc(sizeof(*svec), GFP_KERNEL);
	unsigned int event;
	int err;

	if (!svec)
		return -ENOMEM;
	spin_lock_init(&svec->lock);
	for (event = 0; event < NK_HYPEVENT_EVENTS; event++)
		INIT_LIST_HEAD(&svec->handles[event]);
	err = svec_connect(svec, plink);
	if (err) {
		svec_remove(svec);
		return err;
	}
	list_add_tail(&svec->entry, &svecs);
	return 0;
}

static void svec_exit(void)
{
	struct svec *svec, *next;

	list_for_each_entry_safe(svec, next, &svecs, entry)
		svec_remove(svec);
}

static int __init svec_init(void)
{
	NkPhAddr plink = 0;
	NkDevVlink *vlink;
	int err;

	while ((plink = nkops.nk_vlink_lookup(NK_HYPEVENT_NAME, plink))) {
		vlink = nkops.nk_ptov(plink);
		if (vlink->c_id != nkops.nk_id_get())
			continue;
		err = svec_add(plink);
		if (err) {
			pr_err("svec: link %d: error %d\n", vlink->link, err);
			svec_exit();
			return err;
		}
	}
	return 0;
}
module_init(svec_init);
module_exit(svec_exit);

MODULE_DESCRIPTION("Simple Virtual Event Controller: events from nk");
MODULE_LICENSE("GPL");
