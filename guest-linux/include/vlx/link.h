/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drivers of vlinks: this VM's endpoints of the links of one name, the memory that is shared there, and
 * the handshake with the peer's driver, as NK_VLINK_LOOKUP(3D) of the manual has it.
 *
 *	OFF	this side uses nothing that is shared
 *	RESET	what this side owns in shared memory is initialized; it waits for the peer
 *	ON	both may use what is shared, once the peer is on as well
 *
 * When the peer goes off, so does this side, and begins anew. The peer's driver, or its whole VM, may
 * do so at any time. It may also write to all that is shared at any time, the link's descriptor
 * included; what is here of that was read once.
 */
#ifndef VLX_LINK_H
#define VLX_LINK_H

#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/types.h>
#include <nk/nkern.h>

struct vlx_link_driver;

/* An endpoint of this VM. Drivers read it. */
struct vlx_link {
	struct list_head entry; /* of the driver's links */
	const struct vlx_link_driver *driver;
	NkPhAddr plink;
	NkDevVlink *vlink;
	int number; /* among the links of that name */
	bool server; /* this endpoint is the server's, else the client's */
	NkOsId self, peer;
	int state; /* of this endpoint; the descriptor only tells the peer */
};

#define VLX_LINK_SERVER 1
#define VLX_LINK_CLIENT 2

struct vlx_link_driver {
	const char *name; /* of the links */
	unsigned int roles; /* that it is for: VLX_LINK_* */
	size_t size; /* of its data of each link, zeroed, which begin with a struct vlx_link */
	/*
	 * Allocates shared memory and attaches interrupts; nothing is sent before the link is on.
	 * Returns 0 or a negative errno, and then remove() follows as well.
	 */
	int (*probe)(struct vlx_link *link);
	/* From then on no handler runs, and nothing that is shared is used. */
	void (*remove)(struct vlx_link *link);
	/*
	 * Initializes what this side owns, for a peer that begins anew; may be NULL. Called in
	 * interrupt context, before the endpoint is RESET, and never twice at a time.
	 */
	void (*reset)(struct vlx_link *link);
	struct list_head links; /* from vlx_links_open() to vlx_links_close(), in nk's order */
};

/*
 * Opens all endpoints that the driver is for, or none. Of a link that has both in this VM it gets one,
 * the server's if it is for servers. The handshakes then go on by themselves; with nk as the peer there
 * is none, and the endpoint is on. Returns 0 or a negative errno; -EBUSY: another driver has the link.
 * Context: may sleep, as vlx_links_close() may.
 */
int vlx_links_open(struct vlx_link_driver *driver);

/* Every endpoint goes off, and its peer is told. Not after a vlx_links_open() that failed. */
void vlx_links_close(struct vlx_link_driver *driver);

/* Whether both endpoints are on. Context: any. */
bool vlx_link_is_on(const struct vlx_link *link);

/* The memory that both sides find by that id, or NULL. Context: may sleep. */
void *vlx_link_pdev(const struct vlx_link *link, NkResourceId id, NkPhSize size);

/*
 * Has the handler called, with the link as its cookie, when the peer triggers the cross interrupt
 * of this side that has that id. Returns what nk_xirq_detach() wants, 0 for none. May sleep.
 */
NkXIrqId vlx_link_attach(struct vlx_link *link, NkResourceId id, NkXIrqHandler hdl,
			 const char *name);

/* The cross interrupt of the peer that has that id, for nk_xirq_trigger(); 0 for none. */
static inline NkXIrq vlx_link_peer_xirq(const struct vlx_link *link, NkResourceId id)
{
	return nkops.nk_pxirq_alloc(link->plink, id, link->peer, 1);
}

/* What the system tree has as info of the peer's endpoint; NULL for nothing. */
static inline const char *vlx_link_peer_info(const struct vlx_link *link)
{
	const nku32_f *info = link->server ? &link->vlink->c_info : &link->vlink->s_info;

	return nk_vlink_info(link->plink, READ_ONCE(*info));
}

#endif
