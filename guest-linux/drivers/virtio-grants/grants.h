/* SPDX-License-Identifier: GPL-2.0-only */
/* vlx-virtio-grants: what its files share. */
#ifndef GRANTS_H
#define GRANTS_H

#include <linux/dma-map-ops.h>
#include <linux/spinlock.h>
#include <nk/virtio.h>

#define VG_UNIT 512 /* bytes: a copy takes whole ones */
#define VG_UNITS (PAGE_SIZE / VG_UNIT) /* of a slot */

/* A slot's page. It is this module's own, or a part of what dma_alloc_coherent() has returned. */
struct vg_slot {
	void *mem; /* granted; NULL: none */
	bool whole; /* of a coherent buffer, which frees it */
};

struct vg_dev {
	const struct dma_map_ops ops; /* the device's: how these functions find this */
	phys_addr_t regs; /* by which nk knows the device */
	unsigned int nr; /* slots */
	spinlock_t lock; /* of all below, also in interrupts */
	struct vg_slot *slots;
	unsigned long *used; /* units */
	void **of; /* by unit: the driver's memory that it is a copy of; whose units are used has it alone */
	unsigned int coherent; /* buffers */
};

static inline struct vg_dev *vg_of(struct device *dev)
{
	return container_of(get_dma_ops(dev), struct vg_dev, ops);
}

/* What the device knows a unit as, and the other way round. */
static inline dma_addr_t vg_address(unsigned int unit)
{
	return NK_VIRTIO_GRANTS_AT + (dma_addr_t)unit * VG_UNIT;
}

static inline unsigned int vg_unit(dma_addr_t address)
{
	return (address - NK_VIRTIO_GRANTS_AT) / VG_UNIT;
}

/* ops.c */
extern const struct dma_map_ops vg_ops;

/*
 * slots.c. Fills in what is zero, for a device with nr slots: 0, or an error. vg_free(): the driver is gone, and with it all that
 * was mapped. May sleep.
 */
int vg_alloc(struct vg_dev *vg, phys_addr_t regs, unsigned int nr);
void vg_free(struct vg_dev *vg);

/* n units in a row, with pages that are granted, or an error. Context: any. */
int vg_take(struct vg_dev *vg, unsigned int n);
void vg_put(struct vg_dev *vg, unsigned int unit, unsigned int n);

/* Grants mem, whole pages, in a row; returns the first unit, or an error. Takes it back. Context: any. */
int vg_take_pages(struct vg_dev *vg, void *mem, unsigned int pages);
void vg_put_pages(struct vg_dev *vg, unsigned int unit, unsigned int pages);

#endif
