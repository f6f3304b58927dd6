// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-virtio: VirtIO devices that this VM serves, for the back-ends which are modules of their own. Manual: VLX VirtIO
 * Kernel API.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include "virtio.h"

struct vv_device *vv_devices;
u32 vv_nr_devices;

/* Which device has which number never changes. */
static void find_devices(void)
{
	struct vv_device *vd = vv_devices;

	while (vv_nr_devices < NK_VIRTIO_DEVICES && !nk_virtio_info(vv_nr_devices, &vd->info)) {
		vd->nr = vv_nr_devices++;
		vd->info.name[NK_VIRTIO_NAME - 1] = '\0';
		mutex_init(&vd->lock);
		spin_lock_init(&vd->gate);
		vd++;
	}
}

static int __init vlx_virtio_init(void)
{
	int err;

	vv_devices = kcalloc(NK_VIRTIO_DEVICES, sizeof(*vv_devices), GFP_KERNEL);
	if (!vv_devices)
		return -ENOMEM;
	find_devices();
	err = vv_proc_init();
	if (err)
		kfree(vv_devices);
	return err;
}

/* Back-ends use our symbols, so there is none. */
static void __exit vlx_virtio_exit(void)
{
	vv_proc_exit();
	kfree(vv_devices);
}

module_init(vlx_virtio_init);
module_exit(vlx_virtio_exit);

MODULE_DESCRIPTION("VirtIO devices served to other VMs of nk");
MODULE_LICENSE("GPL");
