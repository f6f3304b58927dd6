/* SPDX-License-Identifier: GPL-2.0-only */
/* What the back-ends of vlx-virtio have in common. */
#ifndef BACKEND_H
#define BACKEND_H

#include <linux/device.h>
#include <linux/err.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/sched.h>
#include <nk/virtio.h>
#include <vlx/vlx-virtio.h>

static inline void backend_release(void *dev)
{
	vlx_virtio_release_device(dev);
}

/*
 * Claims the device that the node's vl,driver-vmid and vl,device-name say, with so many queues, until the node's device
 * goes. Returns it or an error pointer, with a line of the log.
 */
static inline struct vlx_virtio_dev *backend_claim(struct device *dev, u32 queues)
{
	struct vlx_virtio_dev *vdev;
	const char *name;
	u32 vm;
	int err;

	if (of_property_read_u32(dev->of_node, "vl,driver-vmid", &vm) ||
	    of_property_read_string(dev->of_node, "vl,device-name", &name))
		return ERR_PTR(
			dev_err_probe(dev, -EINVAL, "no vl,driver-vmid or vl,device-name\n"));
	vdev = vlx_virtio_lookup_device(vm, name, VLX_VIRTIO_KERNEL);
	if (IS_ERR(vdev))
		return ERR_PTR(dev_err_probe(dev, PTR_ERR(vdev), "device %s of vm%u\n", name, vm));
	err = devm_add_action_or_reset(dev, backend_release, vdev);
	if (!err)
		err = vlx_virtio_device_init_vqs(vdev, queues);
	if (err)
		return ERR_PTR(err);
	vdev->vendor_id = NK_VIRTIO_VENDOR;
	return vdev;
}

/* How many bytes the pieces have that the driver lets us read, or write; *first becomes where those to write begin. */
static inline size_t backend_bytes(const struct kvec *iov, const u16 *flags, int n, bool write,
				   int *first)
{
	size_t bytes = 0;
	int i;

	*first = n;
	for (i = 0; i < n; i++) {
		if (flags[i] & VRING_DESC_F_WRITE && *first == n)
			*first = i;
		if (!(flags[i] & VRING_DESC_F_WRITE) == !write)
			bytes += iov[i].iov_len;
	}
	return bytes;
}

/*
 * Takes chains until there are none, and asks for kicks then. take() says how many bytes it has written. Context: a queue's own
 * worker, which may sleep; a driver can keep it busy, until the queue is idle.
 */
static inline void backend_serve(struct vlx_virtq *vq, struct kvec *iov, u16 *flags, int room,
				 u32 (*take)(struct vlx_virtq *vq, const struct kvec *iov,
					     const u16 *flags, int n))
{
	u16 idx;
	int n;

	do {
		vlx_vq_disable_notification(vq);
		while ((n = vlx_vq_getchain(vq, &idx, iov, room, flags)) > 0) {
			vlx_vq_relchain(vq, idx, take(vq, iov, flags, n));
			vlx_vq_endchains(vq, 0);
			cond_resched();
		}
	} while (!n && vlx_vq_enable_notification(vq));
}

#endif
