// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlink-lib: what drivers of vlinks have in common, see <vlx/link.h>. A module, so that there is one
 * handshake in a guest, whoever wrote the drivers; README.md says more.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <asm/barrier.h>
#include <vlx/link.h>

/* Before the first handshake: the descriptor may have what a kernel said that this one has replaced. */
#define UNKNOWN (-1)

static volatile int *own_state(const struct vlx_link *link)
{
	return link->server ? &link->vlink->s_state : &link->vlink->c_state;
}

static int peer_state(const struct vlx_link *link)
{
	return READ_ONCE(*(link->server ? &link->vlink->c_state : &link->vlink->s_state));
}

static void set_state(struct vlx_link *link, int state)
{
	WRITE_ONCE(link->state, state);
	smp_store_release(own_state(link), state); /* what was set up before is to be seen first */
	nk_sysconf_post(link->plink);
}

static void reset(struct vlx_link *link)
{
	if (link->driver->reset)
		link->driver->reset(link);
	set_state(link, NK_DEV_VLINK_RESET);
}

/* Goes on as far as the peer lets it. Each step tells the peer, whose own one calls this again. */
static void handshake(void *cookie, NkXIrq xirq)
{
	struct vlx_link *link = cookie;
	int peer = peer_state(link);

	if (link->state == UNKNOWN || (link->state == NK_DEV_VLINK_ON && peer == NK_DEV_VLINK_OFF))
		set_state(link, NK_DEV_VLINK_OFF);
	if (link->state == NK_DEV_VLINK_OFF && peer != NK_DEV_VLINK_ON)
		reset(link);
	if (link->state == NK_DEV_VLINK_RESET && peer != NK_DEV_VLINK_OFF)
		set_state(link, NK_DEV_VLINK_ON);
}

/* nk's own endpoints are on from the beginning, and hear of no handshakes. */
static bool is_nks(const struct vlx_link *link)
{
	return link->peer == NK_OS_NKERNEL;
}

static int connect(struct vlx_link *link)
{
	int err;

	if (is_nks(link)) {
		set_state(link, NK_DEV_VLINK_ON);
		return 0;
	}
	err = nk_sysconf_attach(link->plink, handshake, link);
	if (!err)
		nk_sysconf_selfpost(link->plink);
	return err;
}

/* The peer hears of it by NK_XIRQ_SYSCONF, since no handshake may come between any more. */
static void disconnect(struct vlx_link *link)
{
	if (!is_nks(link))
		nk_sysconf_detach(link->plink);
	link->driver->remove(link);
	set_state(link, NK_DEV_VLINK_OFF); /* nothing of ours happens behind it */
	if (!is_nks(link))
		nkops.nk_xirq_trigger(NK_XIRQ_SYSCONF, link->peer);
}

bool vlx_link_is_on(const struct vlx_link *link)
{
	return READ_ONCE(link->state) == NK_DEV_VLINK_ON && peer_state(link) == NK_DEV_VLINK_ON;
}
EXPORT_SYMBOL_GPL(vlx_link_is_on);

void *vlx_link_pdev(const struct vlx_link *link, NkResourceId id, NkPhSize size)
{
	NkPhAddr chunk = nkops.nk_pdev_alloc(link->plink, id, size);

	return chunk ? nkops.nk_ptov(chunk) : NULL;
}
EXPORT_SYMBOL_GPL(vlx_link_pdev);

NkXIrqId vlx_link_attach(struct vlx_link *link, NkResourceId id, NkXIrqHandler hdl,
			 const char *name)
{
	NkXIrq xirq = nkops.nk_pxirq_alloc(link->plink, id, link->self, 1);

	return xirq ? nkops.nk_xirq_attach_named(xirq, hdl, link, (char *)name) : 0;
}
EXPORT_SYMBOL_GPL(vlx_link_attach);

/* This VM's endpoint, if the driver is for it; NULL if not, or ERR_PTR(-ENOMEM). */
static struct vlx_link *new_link(const struct vlx_link_driver *driver, NkPhAddr plink)
{
	NkDevVlink *vlink = nkops.nk_ptov(plink);
	NkOsId self = nkops.nk_id_get();
	NkOsId s_id = READ_ONCE(vlink->s_id), c_id = READ_ONCE(vlink->c_id);
	bool server = (driver->roles & VLX_LINK_SERVER) && s_id == self;
	struct vlx_link *link;

	if (!server && !((driver->roles & VLX_LINK_CLIENT) && c_id == self))
		return NULL;
	link = kvzalloc(driver->size, GFP_KERNEL);
	if (!link)
		return ERR_PTR(-ENOMEM);
	link->driver = driver;
	link->plink = plink;
	link->vlink = vlink;
	link->number = READ_ONCE(vlink->link);
	link->server = server;
	link->self = self;
	link->peer = server ? c_id : s_id;
	link->state = UNKNOWN;
	return link;
}

static int open_link(struct vlx_link_driver *driver, NkPhAddr plink)
{
	struct vlx_link *link = new_link(driver, plink);
	int err;

	if (IS_ERR_OR_NULL(link))
		return PTR_ERR_OR_ZERO(link);
	err = driver->probe(link);
	if (!err)
		err = connect(link);
	if (!err) {
		list_add_tail(&link->entry, &driver->links);
		return 0;
	}
	pr_err("vlink-lib: %s %d: error %d\n", driver->name, link->number, err);
	driver->remove(link);
	kvfree(link);
	return err;
}

int vlx_links_open(struct vlx_link_driver *driver)
{
	NkPhAddr plink = 0;
	int err = 0;

	INIT_LIST_HEAD(&driver->links);
	while (!err && (plink = nkops.nk_vlink_lookup(driver->name, plink)))
		err = open_link(driver, plink);
	if (err)
		vlx_links_close(driver);
	return err;
}
EXPORT_SYMBOL_GPL(vlx_links_open);

void vlx_links_close(struct vlx_link_driver *driver)
{
	struct vlx_link *link, *next;

	list_for_each_entry_safe(link, next, &driver->links, entry) {
		disconnect(link);
		kvfree(link);
	}
}
EXPORT_SYMBOL_GPL(vlx_links_close);

MODULE_DESCRIPTION("What drivers of vlinks have in common");
MODULE_LICENSE("GPL");
