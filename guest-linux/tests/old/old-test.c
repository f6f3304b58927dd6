// SPDX-License-Identifier: Apache-2.0
/*
 * old-test: a driver as they were written for years, in what it includes, declares and hands over,
 * and not under the GPL, which is all that the kernel wants to know of a licence. It has to build
 * without a warning, and to connect. Both ends of a vlink "old-test" load it: the server makes a
 * ring, and the client asks for one thing in it.
 */
#include <asm/barrier.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include "old-test.h"

#define RING_ID 0
#define SERVER_XIRQ 0
#define CLIENT_XIRQ 1

static NkPhAddr plink;
static NkDevVlink *vlink;
static NkDevRing *ring;
static NkRingDesc *desc;
static volatile nku32_f pending;
static NkXIrqId sysconf_id, xirq_id;
static NkOsId self, peer;
static bool server;

static volatile int *own_state(void)
{
	return server ? &vlink->s_state : &vlink->c_state;
}

static int peer_state(void)
{
	return server ? vlink->c_state : vlink->s_state;
}

static void set_state(int state)
{
	*own_state() = state;
	nkops.nk_xirq_trigger(NK_XIRQ_SYSCONF, peer);
}

static void ask(void)
{
	desc[ring->ireq & ring->imask].bufsize = 4096;
	smp_wmb(); /* what is asked for, then that it is */
	ring->ireq++;
	nkops.nk_xirq_trigger(ring->cxirq, ring->pid == self ? peer : self);
}

static void handshake(void *cookie, NkXIrq xirq)
{
	if (*own_state() == NK_DEV_VLINK_ON && peer_state() == NK_DEV_VLINK_OFF)
		set_state(NK_DEV_VLINK_RESET);
	if (*own_state() == NK_DEV_VLINK_OFF && peer_state() != NK_DEV_VLINK_ON)
		set_state(NK_DEV_VLINK_RESET);
	if (*own_state() != NK_DEV_VLINK_RESET || peer_state() == NK_DEV_VLINK_OFF)
		return;
	set_state(NK_DEV_VLINK_ON);
	if (!server)
		ask();
}

static void request(void *cookie, NkXIrq xirq)
{
	nkops.nk_atomic_set(&pending, nkops.nk_bit2mask(ring->iresp & 31));
	while (ring->iresp != ring->ireq) {
		NkRingDesc *d = &desc[ring->iresp & ring->imask];

		d->status = d->bufsize;
		nkops.nk_atomic_clear(&pending, nkops.nk_bit2mask(ring->iresp & 31));
		smp_wmb(); /* the answer, then that there is one */
		ring->iresp++;
	}
	nkops.nk_xirq_trigger(ring->pxirq, peer);
}

static void response(void *cookie, NkXIrq xirq)
{
	pr_info("old-test: %u answered, status %u, pending %#x\n", ring->iresp, desc[0].status,
		pending);
}

static int make_ring(void)
{
	NkPhSize size = sizeof(*ring) + OLD_RING_NB * sizeof(*desc);
	NkPhAddr pring = nkops.nk_pdev_alloc(plink, RING_ID, size);

	if (!pring)
		return -ENOMEM;
	ring = nkops.nk_ptov(pring);
	desc = (NkRingDesc *)(ring + 1);
	if (server)
		ring->iresp = ring->ireq = 0;
	ring->cxirq = nkops.nk_pxirq_alloc(plink, SERVER_XIRQ, vlink->s_id, 1);
	ring->pxirq = nkops.nk_pxirq_alloc(plink, CLIENT_XIRQ, vlink->c_id, 1);
	ring->pid = vlink->c_id;
	ring->dsize = sizeof(*desc);
	ring->imask = OLD_RING_NB - 1;
	ring->base = nkops.nk_vtop(desc);
	pr_info("old-test: ring at %llx of %llx bytes\n", ring->base, size);
	xirq_id = nkops.nk_xirq_attach(server ? ring->cxirq : ring->pxirq,
				       server ? request : response, NULL);
	sysconf_id = nkops.nk_xirq_attach(NK_XIRQ_SYSCONF, handshake, NULL);
	return xirq_id && sysconf_id ? 0 : -ENOMEM;
}

static void leave(void)
{
	nkops.nk_xirq_detach(sysconf_id);
	nkops.nk_xirq_detach(xirq_id);
	set_state(NK_DEV_VLINK_OFF);
}

static int __init old_init(void)
{
	plink = nkops.nk_vlink_lookup(OLD_LINK, 0);
	if (!plink)
		return -ENODEV;
	vlink = nkops.nk_ptov(plink);
	self = nkops.nk_id_get();
	server = vlink->s_id == self;
	peer = server ? vlink->c_id : vlink->s_id;
	if (make_ring()) {
		leave();
		return -ENOMEM;
	}
	nkops.nk_xirq_trigger(NK_XIRQ_SYSCONF, self);
	return 0;
}

static void __exit old_exit(void)
{
	leave();
}

module_init(old_init);
module_exit(old_exit);
MODULE_DESCRIPTION("A driver as they were written once");
MODULE_LICENSE("Proprietary");
