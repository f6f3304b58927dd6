// SPDX-License-Identifier: GPL-2.0-only
/* vlx-virtio: devices are claimed, get their queues, are registered; and all that backwards. */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/virtio_ring.h>
#include "virtio.h"

static bool packed = true;
module_param(packed, bool, 0444);
MODULE_PARM_DESC(packed, "offer packed virtqueues");

/* What the rings here can do. */
static u64 ring_features(void)
{
	return BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) | BIT_ULL(VIRTIO_RING_F_EVENT_IDX) |
	       (packed ? BIT_ULL(VIRTIO_F_RING_PACKED) : 0);
}

static struct vv_device *find(int vmid, const char *name)
{
	struct vv_device *vd;

	for (vd = vv_devices; vd < vv_devices + vv_nr_devices; vd++) {
		if (vd->info.vm == vmid && !strcmp(vd->info.name, name))
			return vd;
	}
	return NULL;
}

static int claim(struct vv_device *vd, enum vlx_virtio_api api)
{
	int err = vd->claimed ? -EBUSY : vv_map(vd);

	if (err)
		return err;
	memset(&vd->dev, 0, sizeof(vd->dev));
	vd->interrupts = 0;
	vd->claimed = true;
	vd->api = api;
	return 0;
}

struct vlx_virtio_dev *vlx_virtio_lookup_device(int vmid, const char *dev_name,
						enum vlx_virtio_api api)
{
	struct vv_device *vd = find(vmid, dev_name);
	int err;

	if (!vd)
		return ERR_PTR(-ENODEV);
	if (api > VLX_VIRTIO_VHOST)
		return ERR_PTR(-EINVAL);
	mutex_lock(&vd->lock);
	err = claim(vd, api);
	mutex_unlock(&vd->lock);
	return err ? ERR_PTR(err) : &vd->dev;
}
EXPORT_SYMBOL_GPL(vlx_virtio_lookup_device);

void vlx_virtio_release_device(struct vlx_virtio_dev *dev)
{
	struct vv_device *vd = vv_device_of(dev);

	vlx_virtio_unregister_device(dev);
	vlx_virtio_device_destroy_vqs(dev);
	mutex_lock(&vd->lock);
	if (vd->claimed)
		vv_unmap(vd);
	vd->claimed = false;
	mutex_unlock(&vd->lock);
}
EXPORT_SYMBOL_GPL(vlx_virtio_release_device);

static void init_queue(struct vv_device *vd, u32 n)
{
	struct vv_queue *q = &vd->queues[n];

	q->vd = vd;
	q->vq.dev = &vd->dev;
	q->vq.num = n;
	q->vq.max_qsize = VV_QUEUE_SIZE;
	spin_lock_init(&q->gate);
	spin_lock_init(&q->lock);
	vd->dev.vqs[n] = &q->vq;
}

static int init_queues(struct vv_device *vd, u32 n)
{
	if (vd->dev.vqs)
		return -EBUSY;
	vd->dev.vqs = kcalloc(n, sizeof(*vd->dev.vqs), GFP_KERNEL);
	vd->queues = kcalloc(n, sizeof(*vd->queues), GFP_KERNEL);
	if (!vd->dev.vqs || !vd->queues) {
		kfree(vd->dev.vqs);
		kfree(vd->queues);
		vd->dev.vqs = NULL;
		vd->queues = NULL;
		return -ENOMEM;
	}
	for (vd->nr_queues = 0; vd->nr_queues < n; vd->nr_queues++)
		init_queue(vd, vd->nr_queues);
	return 0;
}

int vlx_virtio_device_init_vqs(struct vlx_virtio_dev *dev, unsigned int nbr)
{
	struct vv_device *vd = vv_device_of(dev);
	int err;

	if (!nbr || nbr > NK_VIRTIO_QUEUES)
		return -EINVAL;
	mutex_lock(&vd->lock);
	err = init_queues(vd, nbr);
	mutex_unlock(&vd->lock);
	return err;
}
EXPORT_SYMBOL_GPL(vlx_virtio_device_init_vqs);

void vlx_virtio_device_destroy_vqs(struct vlx_virtio_dev *dev)
{
	struct vv_device *vd = vv_device_of(dev);

	mutex_lock(&vd->lock);
	if (!vd->registered) {
		vd->nr_queues = 0;
		kfree(dev->vqs);
		kfree(vd->queues);
		dev->vqs = NULL;
		vd->queues = NULL;
	}
	mutex_unlock(&vd->lock);
}
EXPORT_SYMBOL_GPL(vlx_virtio_device_destroy_vqs);

static bool makes_sense(const struct vv_device *vd)
{
	const struct vlx_virtio_dev *dev = &vd->dev;
	u32 n;

	if (!vd->claimed || !vd->queues || !dev->ops || !dev->device_id ||
	    dev->api_version > VLX_VIRTIO_API_VERSION ||
	    dev->config_space_size > NK_VIRTIO_CONFIG ||
	    (dev->config_space_size && !dev->ops->load_config))
		return false;
	for (n = 0; n < vd->nr_queues; n++) {
		if (!vd->queues[n].vq.max_qsize || vd->queues[n].vq.max_qsize > NK_VIRTIO_QUEUE_MAX)
			return false;
	}
	return true;
}

/* A driver that waits for the device resets it first, and so waits for the look at the state too. */
static int offer(struct vv_device *vd)
{
	struct nk_virtio_offer o = {
		.device_id = vd->dev.device_id,
		.vendor_id = vd->dev.vendor_id,
		.features = vd->dev.features | (vd->api == VLX_VIRTIO_KERNEL ? ring_features() : 0),
		.config_size = vd->dev.config_space_size,
		.nr_queues = vd->nr_queues,
		.flags = vd->dev.resumes ? NK_VIRTIO_OFFER_RESUMES : 0,
	};
	u32 n;
	int err;

	for (n = 0; n < vd->nr_queues; n++)
		o.queue_max[n] = vd->queues[n].vq.max_qsize;
	err = nk_virtio_offer(vd->nr, &o);
	if (!err)
		vv_push_config(vd);
	return err;
}

static int begin(struct vv_device *vd)
{
	int err;

	memset(&vd->told, 0, sizeof(vd->told));
	vd->done = 0;
	INIT_WORK(&vd->state_work, vv_state_work);
	INIT_WORK(&vd->config_work, vv_config_work);
	vd->wq = alloc_ordered_workqueue("virtio-%u", WQ_MEM_RECLAIM, vd->nr);
	if (!vd->wq)
		return -ENOMEM;
	err = offer(vd);
	if (err)
		goto no_offer;
	err = vv_kicks_begin(vd);
	if (err)
		goto no_kicks;
	return 0;

no_kicks:
	nk_virtio_offer(vd->nr, NULL);
no_offer:
	destroy_workqueue(vd->wq);
	vd->wq = NULL;
	return err;
}

static void set_open(struct vv_device *vd, bool open)
{
	unsigned long flags;

	spin_lock_irqsave(&vd->gate, flags);
	vd->open = open;
	spin_unlock_irqrestore(&vd->gate, flags);
}

int vlx_virtio_register_device(struct vlx_virtio_dev *dev)
{
	struct vv_device *vd = vv_device_of(dev);
	int err = -EBUSY;

	mutex_lock(&vd->lock);
	if (!vd->registered)
		err = makes_sense(vd) ? begin(vd) : -EINVAL;
	if (!err) {
		vd->registered = true;
		set_open(vd, true);
	}
	mutex_unlock(&vd->lock);
	return err;
}
EXPORT_SYMBOL_GPL(vlx_virtio_register_device);

/* nk lets the driver go on first, who may be waiting. */
void vlx_virtio_unregister_device(struct vlx_virtio_dev *dev)
{
	struct vv_device *vd = vv_device_of(dev);

	mutex_lock(&vd->lock);
	if (vd->registered) {
		vd->registered = false;
		set_open(vd, false);
		nk_virtio_offer(vd->nr, NULL);
		vv_kicks_end(vd);
		vv_end(vd);
		vv_queues_end(vd);
		destroy_workqueue(vd->wq);
		vd->wq = NULL;
	}
	mutex_unlock(&vd->lock);
}
EXPORT_SYMBOL_GPL(vlx_virtio_unregister_device);

void vlx_virtio_config_changed(struct vlx_virtio_dev *dev)
{
	struct vv_device *vd = vv_device_of(dev);
	unsigned long flags;

	spin_lock_irqsave(&vd->gate, flags);
	if (vd->open)
		queue_work(vd->wq, &vd->config_work);
	spin_unlock_irqrestore(&vd->gate, flags);
}
EXPORT_SYMBOL_GPL(vlx_virtio_config_changed);

u32 vlx_virtio_status_get(struct vlx_virtio_dev *dev)
{
	return READ_ONCE(vv_device_of(dev)->told.status);
}
EXPORT_SYMBOL_GPL(vlx_virtio_status_get);

void vlx_virtio_status_set(struct vlx_virtio_dev *dev, u32 status)
{
	nk_virtio_status(vv_device_of(dev)->nr, status);
}
EXPORT_SYMBOL_GPL(vlx_virtio_status_set);
