/* SPDX-License-Identifier: GPL-2.0-only */
/* vlx-virtio: what its files share. */
#ifndef VIRTIO_H
#define VIRTIO_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/virtio_config.h>
#include <linux/workqueue.h>
#include <nk/nkern.h>
#include <nk/virtio.h>
#include <vlx/vlx-virtio.h>
#include "vwalk.h"

#define VV_RUNS 1u /* of nk_virtio_state.running */
#define VV_QUEUE_SIZE 256 /* unless the back-end says another */

struct vv_device;

struct vv_queue {
	struct vlx_virtq vq;
	struct vv_device *vd;
	struct work_struct work; /* calls kick */
	struct workqueue_struct *wq; /* VQ_WORKER: its own */
	spinlock_t gate; /* DIRECT_CALL: kick runs */
	bool ready; /* the back-end has taken it, and kicks are for it */
	u32 seen; /* kicks of the page; of the interrupt's handler */
	struct nk_virtio_queue setup;

	spinlock_t lock; /* all that follows */
	bool open; /* the rings are mapped */
	bool told; /* that it is broken */
	struct vwalk walk;
	struct vwalk_slot *slots;
	u64 kicks, interrupts, chains, bytes_read, bytes_written;
};

struct vv_device {
	struct vlx_virtio_dev dev;
	u32 nr; /* as nk numbers them */
	struct nk_virtio_info info;
	struct mutex lock; /* claimed, registered; and what follows from them */
	enum vlx_virtio_api api; /* what it was claimed for */
	bool claimed, registered;
	spinlock_t gate; /* wq is there, for vlx_virtio_config_changed() */
	bool open;

	/* While it is claimed. */
	const struct nk_virtio_page *page;
	struct vwalk_piece *pieces;
	u32 nr_pieces;
	struct vv_queue *queues;
	u32 nr_queues;

	/* While it is registered. */
	struct workqueue_struct *wq;
	struct work_struct state_work, config_work;
	NkXIrqId xirq;
	u32 done; /* what was passed to NK_HC_VIRTIO_DONE */
	struct nk_virtio_state told; /* what the back-end knows */
	u64 interrupts; /* for the configuration space */
};

/* main.c: those that this VM serves, as long as the module is there. */
extern struct vv_device *vv_devices;
extern u32 vv_nr_devices;

static inline struct vv_device *vv_device_of(struct vlx_virtio_dev *dev)
{
	return container_of(dev, struct vv_device, dev);
}

static inline struct vv_queue *vv_queue_of(struct vlx_virtq *vq)
{
	return container_of(vq, struct vv_queue, vq);
}

/* memory.c: the page of kicks, and what is shared of the driver's memory. 0 or an error. May sleep. */
int vv_map(struct vv_device *vd);
void vv_unmap(struct vv_device *vd);

/* state.c. The first looks at what nk has to say; on the device's work queue, as the second. */
void vv_state_work(struct work_struct *work);
void vv_config_work(struct work_struct *work);
void vv_push_config(struct vv_device *vd);

/* All queues are idle and the driver's VM has stopped, for the back-end. Nobody uses the work queue. */
void vv_end(struct vv_device *vd);

/* kick.c. 0 or an error. */
int vv_kicks_begin(struct vv_device *vd);
void vv_kicks_end(struct vv_device *vd);
void vv_queues_end(struct vv_device *vd);

/* The queue's kick is called soon, if it may be: VirtIO 3.1.1 wants nothing taken before DRIVER_OK. Context: any. */
void vv_kick(struct vv_queue *q);

/* From here on kicks are for the queue, and the first one was; and not any more, when it returns. */
void vv_queue_on(struct vv_queue *q);
void vv_queue_off(struct vv_queue *q);

/* Whether chains may be taken: the driver and the back-end are ready. Context: any. */
static inline bool vv_is_live(const struct vv_queue *q)
{
	return READ_ONCE(q->ready) && READ_ONCE(q->vd->told.status) & VIRTIO_CONFIG_S_DRIVER_OK;
}

/* The status is nk's, which changes nothing else of it. */
static inline void vv_needs_reset(const struct vv_device *vd)
{
	nk_virtio_status(vd->nr, VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_NEEDS_RESET);
}

/* proc.c */
int vv_proc_init(void);
void vv_proc_exit(void);

#endif
