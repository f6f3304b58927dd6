// SPDX-License-Identifier: GPL-2.0-only
/*
 * grant-test: a server grants pages to its client over a link "grant-test"; the client looks at them when the link is
 * up, and once more when it goes down, and reports in TAP to the kernel's log. The server's pages are gone with its
 * module.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <vlx/vlink-lib.h>
#define TAP_MAIN
#include "../tap.h"

#define PAGES 3 /* the last one can only be read */
#define SHARED_ID 0
#define PATTERN 0x6e6b0000u

struct shared {
	NkPhAddr address[PAGES]; /* as the client has them */
};

struct endpoint {
	struct shared *shared;
	u32 *page[PAGES]; /* the server's */
	NkPhAddr address[PAGES];
};

static bool owns(Vlink *vlink, NkPhAddr address, const void *page)
{
	NkPhAddr own = 0, found = 0;

	while ((found = nk_grant_next(vlink->plink, NK_GRANT_OWN, found, &own)))
		if ((found & PAGE_MASK) == address)
			return own == virt_to_phys(page);
	return false;
}

/* What is no RAM of this VM's is not granted, whatever it is. */
static void server_refuses(Vlink *vlink)
{
	NkPhAddr link = vlink->plink & PAGE_MASK, odd = virt_to_phys(vlink) | 1;

	ok(!nk_grant(vlink->plink, &link, 1, 1) && !nk_grant(vlink->plink, &odd, 1, 1),
	   "memory of the link, and no page at all, are not granted");
	ok(!nk_revoke(vlink->plink, &odd, 1), "what was never granted is not taken back");
}

/* Before this side is ON, so that the client finds all. */
static int server_start(Vlink *vlink, void *cookie)
{
	struct endpoint *e = cookie;
	unsigned int n, granted = 0;

	for (n = 0; n < PAGES; n++)
		e->address[n] = virt_to_phys(e->page[n]);
	granted = nk_grant(vlink->plink, e->address, PAGES - 1, 1);
	granted += nk_grant(vlink->plink, e->address + PAGES - 1, 1, 0);
	ok(granted == PAGES, "server: granted");
	for (n = 0; n < PAGES; n++)
		WRITE_ONCE(e->shared->address[n], e->address[n]);
	ok(owns(vlink, e->address[0], e->page[0]) && owns(vlink, e->address[2], e->page[2]),
	   "server: found in the list");
	server_refuses(vlink);
	return 0;
}

static int server_stop(Vlink *vlink, void *cookie)
{
	struct endpoint *e = cookie;

	ok(*e->page[1] == PATTERN + 100, "server: the client has written");
	ok(nk_revoke(vlink->plink, e->address, PAGES) == PAGES, "server: taken back");
	ok(!nk_grant_next(vlink->plink, NK_GRANT_OWN, 0, NULL), "server: nothing is left");
	return 0;
}

static void client_look(Vlink *vlink, NkPhAddr address, unsigned int n)
{
	u32 *page = nkops.nk_mem_map(address, PAGE_SIZE);

	ok(page, "client: mapped");
	if (!page)
		return;
	ok(page[0] == PATTERN + n, "client: as it was granted");
	if (n == 1)
		WRITE_ONCE(page[0], PATTERN + 100);
	nkops.nk_mem_unmap(page, address, PAGE_SIZE);
}

static void client_verify(Vlink *vlink, const NkPhAddr *address)
{
	NkPhAddr plink = vlink->plink;

	ok(!nk_vm_mem_verify(plink, address[0], PAGE_SIZE, 1) &&
		   !nk_vm_mem_verify(plink, address[2], PAGE_SIZE, 0),
	   "client: verified");
	ok(nk_vm_mem_verify(plink, address[2], PAGE_SIZE, 1) == -EACCES,
	   "client: one is read only");
	ok(nk_vm_mem_unlock(plink, address[0], PAGE_SIZE) == -EACCES, "client: not locked");
	ok(!nk_vm_mem_verify_and_lock(plink, address[0], PAGE_SIZE, 0) &&
		   !nk_vm_mem_unlock(plink, address[0], PAGE_SIZE),
	   "client: locked and unlocked");
	ok(!nkops.nk_mem_map(address[2] + PAGE_SIZE, 1),
	   "client: what is not granted is not there");
}

static int client_up(Vlink *vlink, void *cookie)
{
	struct endpoint *e = cookie;
	unsigned int n;

	smp_rmb(); /* the server's state, then what it put there before */
	for (n = 0; n < PAGES; n++) {
		e->address[n] = READ_ONCE(e->shared->address[n]);
		client_look(vlink, e->address[n], n);
	}
	client_verify(vlink, e->address);
	return 0;
}

static int client_abort(Vlink *vlink, void *cookie)
{
	struct endpoint *e = cookie;

	ok(!nkops.nk_mem_map(e->address[0], PAGE_SIZE), "client: taken back, it is not there");
	ok(nk_vm_mem_verify(vlink->plink, e->address[0], 1, 0) == -EACCES, "client: nor granted");
	tap_end();
	return 0;
}

static int grant_cleanup(Vlink *vlink, void *cookie)
{
	struct endpoint *e = cookie;
	unsigned int n;

	for (n = 0; n < PAGES; n++)
		free_page((unsigned long)e->page[n]);
	kfree(e);
	return 0;
}

static VlinkOpDesc server_ops[] = {
	{VLINK_OP_START, server_start},
	{VLINK_OP_STOP, server_stop},
	{VLINK_OP_CLEANUP, grant_cleanup},
	{},
};

static VlinkOpDesc client_ops[] = {
	{VLINK_OP_UP, client_up},
	{VLINK_OP_ABORT, client_abort},
	{VLINK_OP_CLEANUP, grant_cleanup},
	{},
};

static int grant_vlink_init(Vlink *vlink)
{
	struct endpoint *e = kzalloc(sizeof(*e), GFP_KERNEL);
	unsigned int n;
	int err;

	if (!e)
		return -ENOMEM;
	err = vlink_ops_register(vlink, vlink->server ? server_ops : client_ops, e);
	if (err) {
		kfree(e);
		return err;
	}
	for (n = 0; n < PAGES; n++) {
		e->page[n] = (u32 *)get_zeroed_page(GFP_KERNEL);
		if (!e->page[n])
			return -ENOMEM;
		*e->page[n] = PATTERN + n;
	}
	e->shared = vlink_pdev(vlink, SHARED_ID, sizeof(*e->shared));
	return e->shared ? 0 : -ENOMEM;
}

static VlinkDrv grant_drv = {
	.name = "grant-test",
	.flags = VLINK_DRV_TYPE_SERVER | VLINK_DRV_TYPE_CLIENT,
	.vlink_init = grant_vlink_init,
};

static int __init grant_test_init(void)
{
	return vlink_drv_open(&grant_drv);
}

static void __exit grant_test_exit(void)
{
	vlink_drv_close(&grant_drv);
}

module_init(grant_test_init);
module_exit(grant_test_exit);
MODULE_DESCRIPTION("Tests of grants");
MODULE_LICENSE("GPL");
