/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All locks, in the order of taking them: who holds one takes none of the same line or of those above it. So no CPU
 * ever holds two of one class, such as two VMs'. Behind LOCK_LEAF nothing at all is taken inside.
 *
 * `make nk-locks` builds an nk that panics where that does not hold (arch/lock_check.h).
 */
#ifndef LIB_LOCKS_H
#define LIB_LOCKS_H

enum lock_class {
	LOCK_NONE, /* nobody has said what it is */
	LOCK_VM, /* vm->lock */
	LOCK_SLEEP, /* who has the whole system asleep */
	LOCK_POWER, /* a vCPU's power.lock */
	LOCK_HANDOVER, /* who has which CPU */
	LOCK_VLINKS, /* vlinks_lock */
	LOCK_GRANTS, /* of one direction of a link */
	LOCK_VIRTIO_SHARES, /* which VMs see memory of which others */
	LOCK_VIRTIO, /* of one VirtIO device */
	LOCK_VIRTIO_GRANTS, /* what one device's back-end is granted */
	LOCK_BALLOON, /* the pool's */
	LOCK_VUART, /* an emulated UART's */
	LOCK_VGIC, /* of all of a VM's vGIC */
	LOCK_GIC, /* the physical GIC's */
	LOCK_LEAF,
	LOCK_WARN = LOCK_LEAF, /* what VMs may have printed about them */
	LOCK_LOG, /* of one circular log; printk() takes that of the first */
	LOCK_CONSOLE, /* printk() takes it */
	LOCK_CLASSES,
};

#endif
