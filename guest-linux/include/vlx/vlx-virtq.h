/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VLX VirtIO data plane API: virtqueues of devices that this VM serves, split and packed, with indirect descriptors and
 * event indices. The manual's names and arguments; 7.18 of it says what each does.
 *
 * Of what the driver writes nothing is believed: a queue that cannot be breaks, which is one line of the log and
 * DEVICE_NEEDS_RESET for the driver, and gives nothing any more until the driver has reset the device.
 *
 * Calls for one queue may come from several contexts, any of them; each is atomic.
 */
#ifndef VLX_VIRTQ_H
#define VLX_VIRTQ_H

#include <linux/types.h>
#include <linux/uio.h>
#include <linux/virtio_ring.h>

struct vlx_virtio_dev;

/* Where vlx_virtq.kick is called. */
enum kick_policy {
	DEV_WORKER, /* on the device's work queue, as all operations of the device */
	VQ_WORKER, /* on one of the queue's own */
	DIRECT_CALL, /* in the interrupt: with interrupts off, for a short time */
};

struct vlx_virtq {
	struct vlx_virtio_dev *dev;
	unsigned int num; /* in the device */
	unsigned int qsize; /* as the driver has set it up */
	unsigned int max_qsize; /* as the device takes it; 256, if the back-end says nothing else */
	enum kick_policy kick_policy; /* set before the device is registered */
	void (*kick)(struct vlx_virtq *vq); /* chains may have come, or may be there already */
	void *private_data;
};

/*
 * Maps the rings, in vlx_virtio_dev_cb.queue_ready. Returns 0, -EINVAL (what the driver has set up cannot be; the log
 * says why) or -ENOMEM. May sleep, as vlx_vq_stop_access() may, after which there are no chains.
 */
int vlx_vq_init_access(struct vlx_virtq *vq);
void vlx_vq_stop_access(struct vlx_virtq *vq);

/* Whether there can be chains: between these two, once the driver is ready, if it is not broken. */
bool vlx_vq_ring_ready(struct vlx_virtq *vq);
bool vlx_vq_has_descs(struct vlx_virtq *vq);

/*
 * The next chain: *pidx names it, iov[] are its pieces, as mapped here, flags[] (or NULL) those of their descriptors, of
 * which VRING_DESC_F_WRITE counts; those to read come first. Returns how many pieces; 0: there is no chain; -EPROTO: the
 * queue is broken, also by a chain of more than n_iov pieces; -ENXIO: it is not ready.
 */
int vlx_vq_getchain(struct vlx_virtq *vq, uint16_t *pidx, struct kvec *iov, int n_iov,
		    uint16_t *flags);

/* The last chain that vlx_vq_getchain() gave comes again. Two names of the manual's for one. */
void vlx_vq_retain(struct vlx_virtq *vq);
void vlx_vq_rechain(struct vlx_virtq *vq);

/* Returns a chain, in any order, of which iolen bytes were written. The driver sees it at once. */
void vlx_vq_relchain(struct vlx_virtq *vq, uint16_t idx, uint32_t iolen);

/* The same of n chains, of which the driver sees all or none: nk's own, for what takes several buffers. */
void vlx_vq_relchains(struct vlx_virtq *vq, unsigned int n, const uint16_t *idx,
		      const uint32_t *iolen);

/* Interrupts the driver, if it wants that for what was returned. used_all_avail meant something before VirtIO 1.0. */
void vlx_vq_endchains(struct vlx_virtq *vq, int used_all_avail);

/* The same as the two below, without a look at what has come meanwhile. */
void vlx_vq_clear_used_ring_flags(struct vlx_virtq *vq);
void vlx_vq_set_used_ring_flags(struct vlx_virtq *vq);

/* No kicks, please; and kicks again: returns whether there is a chain, of which there may be no kick. */
void vlx_vq_disable_notification(struct vlx_virtq *vq);
bool vlx_vq_enable_notification(struct vlx_virtq *vq);

#endif
