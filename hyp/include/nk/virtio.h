/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * VirtIO devices whose driver is in one VM and whose back-end is in another: the back-end's side. The driver sees
 * virtio-mmio registers, version 2 (VirtIO 1.2, 4.2), which nk emulates. docs/virtio.md says how it all works together.
 *
 * A VM numbers the devices that it serves from 0 on, in the order of the system tree. Each has a cross interrupt there,
 * which nk posts when the driver has kicked a queue or changed the device's state, and a struct nk_virtio_page that only
 * nk writes.
 *
 * The state is what it is now, not a list of what happened: whoever finds `asked` other than what it has last passed to
 * NK_HC_VIRTIO_DONE gets the state, does what follows from it, and says so by passing on state.asked, until they are the
 * same. A driver that resets the device, stops a queue or stores to the configuration space waits for that, for
 * NK_VIRTIO_WAIT_MS at the most; so a queue that became ready again, or a status, is never seen without the reset before
 * it: state.resets counts them.
 */
#ifndef NK_VIRTIO_H
#define NK_VIRTIO_H

#include <nk/types.h>

#define NK_VIRTIO_DEVICES 32 /* that one VM serves, or has, at most */
#define NK_VIRTIO_QUEUES 32 /* of a device, at most */
#define NK_VIRTIO_CONFIG 256 /* bytes of configuration space, at most */
#define NK_VIRTIO_NAME 32 /* bytes of a name, with its NUL */
#define NK_VIRTIO_QUEUE_MAX 32768 /* descriptors of a queue, at most */
#define NK_VIRTIO_WAIT_MS 1000
#define NK_VIRTIO_VENDOR 0x6b6e /* "nk": of devices that have no other one */

/* NK_HC_VIRTIO_INFO: what never changes. */
struct nk_virtio_info {
	char name[NK_VIRTIO_NAME]; /* vl,device-name */
	nku32_f vm; /* where the driver is */
	nku32_f xirq; /* NkXIrq of the caller */
	nku64_f page; /* guest-physical, of a struct nk_virtio_page */
	nku64_f reg; /* the driver's registers, as its VM sees them */
	nku32_f size; /* bytes of them */
	nku32_f nr_shares; /* pieces of the driver's memory that the caller has */
};

/*
 * NK_HC_VIRTIO_SHARE: a piece of the driver's memory, of its RAM or the device's pool, or what it grants, readable and writable at `here`. It
 * is the driver's VM's while that runs and the back-end has said by NK_HC_VIRTIO_DONE that it knows of that life; else
 * what is there is nobody's.
 */
struct nk_virtio_share {
	nku64_f driver; /* where it is in the driver's VM */
	nku64_f here; /* and in the caller's */
	nku64_f size;
};

struct nk_virtio_page {
	nku32_f asked; /* counts what the back-end has to hear of */
	nku32_f unused[15];
	nku32_f kicks[NK_VIRTIO_QUEUES]; /* by queue: how often the driver has kicked it */
	nku32_f unused_too[16];
};

/* NK_HC_VIRTIO_OFFER: the device is there, from now on. */
/*
 * flags: if the device is withdrawn, or the back-end's VM ends, it will be back and go on where it was: the driver sees
 * nothing of that, and its kicks count. It does go on if the same is offered, by id, vendor, features, number of queues and
 * this flag, and the queues fit; else the device needs a reset. It has the driver's memory as soon as it is offered.
 */
#define NK_VIRTIO_OFFER_RESUMES 1

struct nk_virtio_offer {
	nku32_f device_id;
	nku32_f vendor_id;
	nku64_f features; /* of the device; those of the transport are nk's */
	nku32_f config_size; /* bytes, NK_VIRTIO_CONFIG at most; they are zeroes until NK_HC_VIRTIO_CONFIG */
	nku32_f nr_queues;
	nku32_f flags; /* NK_VIRTIO_OFFER_* */
	nku32_f unused;
	nku16_f queue_max[NK_VIRTIO_QUEUES]; /* descriptors, NK_VIRTIO_QUEUE_MAX at most */
};

/* NK_HC_VIRTIO_STATE */
struct nk_virtio_state {
	nku32_f asked; /* for NK_HC_VIRTIO_DONE */
	nku32_f running; /* the driver's VM: bit 0: it runs; others: how often it was started */
	nku32_f resets; /* how often the driver, or the end of its VM, has reset the device */
	nku32_f status; /* as the driver wrote it, VirtIO 2.1 */
	nku64_f features; /* that the driver has accepted; of use with FEATURES_OK */
	nku32_f ready; /* bit N: queue N is ready */
	nku32_f store_size; /* 1, 2, 4 or 8: the driver has stored that; 0: no store */
	nku32_f store_offset; /* in the configuration space; offset + size is within its size */
	nku32_f unused;
	nku64_f store_data;
};

/* NK_HC_VIRTIO_QUEUE: as the driver has set it up; addresses are the driver's. */
struct nk_virtio_queue {
	nku32_f size; /* descriptors, at most queue_max; 0 if it was never set */
	nku32_f ready;
	nku64_f desc; /* descriptor area */
	nku64_f driver; /* driver area: available ring, or event suppression of the driver */
	nku64_f device; /* device area: used ring, or event suppression of the device */
};

/*
 * NK_HC_VIRTIO_STATUS adds DEVICE_NEEDS_RESET or takes away FEATURES_OK; no other bit of the status is the device's.
 * NK_HC_VIRTIO_CONFIG writes to the configuration space, whose generation counts each call.
 */

/*
 * For the driver's side, of a device with share = "grants", named by the address of its registers: pages that its back-end
 * has, readable and writable. NK_HC_VIRTIO_WINDOW: there are so many slots, and slot N is what the device knows as
 * NK_VIRTIO_GRANTS_AT + 4096 * N, an address that no RAM has. NK_HC_VIRTIO_GRANT puts pages of the caller's RAM, up to
 * NK_GRANT_BATCH (nk/grant.h) from that one on, into as many slots, all of which must be free; NK_HC_VIRTIO_REVOKE frees
 * those of up to NK_GRANT_BATCH slots that are not: when it returns the back-end cannot use their pages. A slot that is free
 * shows the back-end a page that is nobody's. All are free at the start of the VM's life, and after a reset of the device:
 * from the next store to Status, or the next grant, on.
 */
#define NK_VIRTIO_GRANTS_AT 0x1000000000000ULL

/* NK_HC_VIRTIO_INTERRUPT: bits of InterruptStatus. */
#define NK_VIRTIO_INT_USED 1
#define NK_VIRTIO_INT_CONFIG 2

_Static_assert(sizeof(struct nk_virtio_info) == 64, "nk_virtio_info has no padding");
_Static_assert(sizeof(struct nk_virtio_page) == 256, "nk_virtio_page has no padding");
_Static_assert(sizeof(struct nk_virtio_offer) == 96, "nk_virtio_offer has no padding");
_Static_assert(sizeof(struct nk_virtio_state) == 48, "nk_virtio_state has no padding");
_Static_assert(__builtin_offsetof(struct nk_virtio_page, kicks) == 64, "nk_virtio_page.kicks");
_Static_assert(__builtin_offsetof(struct nk_virtio_state, features) == 16,
	       "nk_virtio_state.features");
_Static_assert(__builtin_offsetof(struct nk_virtio_state, store_data) == 40,
	       "nk_virtio_state.store_data");

#endif
