/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VLX VirtIO control plane API: VirtIO devices that this VM serves, and whose drivers are in other VMs. The manual's names
 * and arguments; 7.17 of it says what each does. Module vlx-virtio.
 */
#ifndef VLX_VIRTIO_H
#define VLX_VIRTIO_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <vlx/vlx-virtq.h>

#define VLX_VIRTIO_API_VERSION 1

struct vlx_virtio_dev;

/*
 * All are called one after the other, on the device's work queue; each but load_config may be NULL, and load_config too
 * where there is no configuration space. They are called because something is now so: several changes may be one call.
 */
struct vlx_virtio_dev_cb {
	void (*start)(struct vlx_virtio_dev *dev); /* the driver's VM has started */
	void (*stop)(struct vlx_virtio_dev *dev); /* and stopped; its queues are idle by then */
	/* A queue is set up; 0, or an error: the device needs a reset. NULL: vlx_vq_init_access() is all there is to do. */
	int (*queue_ready)(struct vlx_virtio_dev *dev, struct vlx_virtq *vq);
	/*
	 * And is used no more, or the device was reset. When it returns, nobody may do anything with the queue or its chains:
	 * the driver waits for it, but not longer than a second.
	 */
	void (*queue_idle)(struct vlx_virtio_dev *dev, struct vlx_virtq *vq);
	void (*status_changed)(struct vlx_virtio_dev *dev); /* vlx_virtio_status_get() */
	void (*apply_features)(struct vlx_virtio_dev *dev, u64 features);
	/* count is 1, 2, 4 or 8, of the configuration space, little-endian. */
	u64 (*load_config)(struct vlx_virtio_dev *dev, u32 offset, u32 count);
	void (*store_config)(struct vlx_virtio_dev *dev, u32 offset, u32 count, u64 data);
};

/* The back-end sets all but vqs and config_gen_counter, before it registers the device. */
struct vlx_virtio_dev {
	unsigned int api_version; /* VLX_VIRTIO_API_VERSION, or 0 */
	struct vlx_virtq **vqs; /* of vlx_virtio_device_init_vqs() */
	u32 vendor_id;
	u32 device_id;
	u64 features; /* of the device; those of rings and transport are added to them */
	u32 config_space_size;
	bool resumes; /* the driver's device stays as it is when this one goes, and whoever registers it again goes on */
	atomic_t config_gen_counter; /* how often the configuration space has changed */
	const struct vlx_virtio_dev_cb *ops;
	void *private_data;
};

enum vlx_virtio_api { VLX_VIRTIO_KERNEL, VLX_VIRTIO_USER, VLX_VIRTIO_VHOST };

/*
 * Claims a device. Returns it, or an error pointer: -ENODEV, there is none; -EBUSY, somebody has it; -EACCES, its node shares no
 * memory with this VM; -EINVAL, there is no such API; -ENOMEM. May sleep, as all of these.
 */
struct vlx_virtio_dev *vlx_virtio_lookup_device(int vmid, const char *dev_name,
						enum vlx_virtio_api api);
void vlx_virtio_release_device(struct vlx_virtio_dev *dev);

/*
 * The device is there, for the driver. Returns 0, -EINVAL (what is in dev makes no sense), -EBUSY (it is registered),
 * -ENOMEM or -ENODEV. From vlx_virtio_unregister_device() on it is not; queues that are in use become idle first.
 */
int vlx_virtio_register_device(struct vlx_virtio_dev *dev);
void vlx_virtio_unregister_device(struct vlx_virtio_dev *dev);

/* nbr queues, 32 at most. Returns 0, -EINVAL, -EBUSY or -ENOMEM. */
int vlx_virtio_device_init_vqs(struct vlx_virtio_dev *dev, unsigned int nbr);
void vlx_virtio_device_destroy_vqs(struct vlx_virtio_dev *dev);

/* The configuration space is another: it is loaded, and the driver told, soon. Context: any. */
void vlx_virtio_config_changed(struct vlx_virtio_dev *dev);

/*
 * The status, as far as the operations have been told of it. Of it the device may add DEVICE_NEEDS_RESET and take away
 * FEATURES_OK. Context: any.
 */
u32 vlx_virtio_status_get(struct vlx_virtio_dev *dev);
void vlx_virtio_status_set(struct vlx_virtio_dev *dev, u32 status);

#endif
