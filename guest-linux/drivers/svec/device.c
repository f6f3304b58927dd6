// SPDX-License-Identifier: GPL-2.0-only
/* svec: the controllers of this VM, each a "vl,hypevent.v1" link whose server is nk. */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "svec_priv.h"

static struct vlx_link_driver svec_driver;

static struct svec *to_svec(struct vlx_link *link)
{
	return container_of(link, struct svec, link);
}

/* No lock: links come and go in init and exit only. */
struct svec *svec_lookup(const char *name)
{
	struct svec *svec;

	if (!name)
		return NULL;
	list_for_each_entry(svec, &svec_driver.links, link.entry) {
		if (!strcmp(svec->name, name))
			return svec;
	}
	return NULL;
}
EXPORT_SYMBOL(svec_lookup);

static void svec_interrupt(void *cookie, NkXIrq xirq)
{
	struct svec *svec = to_svec(cookie);
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

static int svec_probe(struct vlx_link *link)
{
	struct svec *svec = to_svec(link);
	unsigned int event;

	spin_lock_init(&svec->lock);
	for (event = 0; event < NK_HYPEVENT_EVENTS; event++)
		INIT_LIST_HEAD(&svec->handles[event]);
	svec->name = kstrdup(vlx_link_peer_info(link) ?: "", GFP_KERNEL);
	svec->shared = vlx_link_pdev(link, NK_HYPEVENT_PDEV_ID, sizeof(NkHypevent));
	if (!svec->name || !svec->shared)
		return -ENOMEM;
	svec->irq = vlx_link_attach(link, NK_HYPEVENT_XIRQ_ID, svec_interrupt, "svec");
	return svec->irq ? 0 : -ENOMEM;
}

static void svec_remove(struct vlx_link *link)
{
	struct svec *svec = to_svec(link);

	if (svec->irq)
		nkops.nk_xirq_detach(svec->irq);
	svec_free_handles(svec);
	kfree(svec->name);
}

static struct vlx_link_driver svec_driver = {
	.name = NK_HYPEVENT_NAME,
	.roles = VLX_LINK_CLIENT,
	.size = sizeof(struct svec),
	.probe = svec_probe,
	.remove = svec_remove,
};

static int __init svec_init(void)
{
	return vlx_links_open(&svec_driver);
}

static void __exit svec_exit(void)
{
	vlx_links_close(&svec_driver);
}
module_init(svec_init);
module_exit(svec_exit);

MODULE_DESCRIPTION("Simple Virtual Event Controller: events from nk");
MODULE_LICENSE("GPL");
