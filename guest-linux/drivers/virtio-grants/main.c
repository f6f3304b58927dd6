// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-virtio-grants: stock drivers on virtio-mmio devices whose back-end sees nothing but the pages that are granted to it
 * (`share = "grants"`; nk/virtio.h). Such a device asks for VIRTIO_F_ACCESS_PLATFORM, so all that its drivers tell it goes
 * through the DMA API of the platform device; this gives it one that grants. It is set right before virtio_mmio takes the
 * device: when the bus says that a driver is about to be bound.
 */
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <nk/nkern.h>
#include "grants.h"

static bool is_ours(struct device *dev)
{
	const struct dma_map_ops *ops = get_dma_ops(dev);

	return ops && ops->map_page == vg_ops.map_page;
}

/* How many pages may be granted for a device, and its registers; 0: it is none of those. */
static unsigned int window_of(struct device *dev, phys_addr_t *regs)
{
	const struct resource *res;

	if (!of_device_is_compatible(dev->of_node, "virtio,mmio"))
		return 0;
	res = platform_get_resource(to_platform_device(dev), IORESOURCE_MEM, 0);
	if (!res)
		return 0;
	*regs = res->start;
	return nk_virtio_window(res->start);
}

static void begin(struct device *dev)
{
	phys_addr_t regs;
	unsigned int nr = window_of(dev, &regs);
	struct vg_dev *vg;

	if (!nr || is_ours(dev))
		return;
	vg = kzalloc(sizeof(*vg), GFP_KERNEL);
	if (!vg || vg_alloc(vg, regs, nr)) {
		dev_err(dev, "no memory to grant it pages\n");
		kfree(vg);
		return;
	}
	__module_get(THIS_MODULE);
	set_dma_ops(dev, &vg->ops);
}

static void end(struct device *dev)
{
	struct vg_dev *vg;

	if (!is_ours(dev))
		return;
	vg = vg_of(dev);
	set_dma_ops(dev, NULL);
	vg_free(vg);
	kfree(vg);
	module_put(THIS_MODULE);
}

static int notify(struct notifier_block *nb, unsigned long event, void *data)
{
	switch (event) {
	case BUS_NOTIFY_BIND_DRIVER:
		begin(data);
		break;
	case BUS_NOTIFY_DRIVER_NOT_BOUND:
	case BUS_NOTIFY_UNBOUND_DRIVER:
		end(data);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {.notifier_call = notify};

/* A driver that was here first has found a device that does not work, as nk has told. */
static int look_again(struct device *dev, void *unused)
{
	phys_addr_t regs;

	if (window_of(dev, &regs) && device_reprobe(dev))
		dev_err(dev, "no driver takes it now\n");
	return 0;
}

static int __init grants_init(void)
{
	int err = bus_register_notifier(&platform_bus_type, &notifier);

	if (!err)
		bus_for_each_dev(&platform_bus_type, NULL, NULL, look_again);
	return err;
}
module_init(grants_init);

static void __exit grants_exit(void)
{
	bus_unregister_notifier(&platform_bus_type, &notifier);
}
module_exit(grants_exit);

MODULE_DESCRIPTION("Stock VirtIO drivers on devices whose back-end is granted single pages");
MODULE_LICENSE("GPL");
