/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of VirtIO devices share; virtio.h is for all others. */
#ifndef CORE_VIRTIO_PRIV_H
#define CORE_VIRTIO_PRIV_H

#include "arch/spinlock.h"
#include "arch/stage2.h"
#include "arch/vgic.h"
#include "core/link/xirq.h"
#include "core/virtio/virtio.h"
#include "core/vm/vm.h"
#include "nk/virtio_mmio.h"

struct virtio_store {
	u32 asked; /* its number */
	u32 offset, size;
	u64 data;
};

/* What a driver has done of which nothing can come: until a reset. */
enum virtio_amiss {
	VIRTIO_AMISS_NOT,
	VIRTIO_AMISS_FEATURES, /* it has not got those that the device needs; it may try again */
	VIRTIO_AMISS_QUEUE, /* that is not where the back-end sees it: no other becomes ready, and no more is shown of the device */
};

struct virtio_dev {
	spinlock_t lock; /* of all that changes, but isr, and kicks in the page */
	const struct cfg_virtio *cfg;
	struct vm *front, *back;
	struct nk_virtio_page *page; /* the back-end reads it */
	paddr_t page_at;
	NkXIrq xirq; /* of back */
	u32 back_intid; /* of that */

	/* What the back-end has offered. */
	bool there;
	bool resumes; /* it may go, and goes on where it was when it is back */
	u32 device_id, vendor_id;
	u64 features;
	u32 config_size, nr_queues;
	u16 queue_max[NK_VIRTIO_QUEUES];
	u8 config[NK_VIRTIO_CONFIG] __aligned(8);
	u32 generation;

	/* What the driver has made of it. */
	u32 status;
	nku64_f driver_features;
	u32 features_sel, driver_features_sel, queue_sel;
	u32 ready;
	struct nk_virtio_queue queue[NK_VIRTIO_QUEUES]; /* `ready` of them is not used */
	u32 isr;
	enum virtio_amiss amiss;
	bool untold; /* that is new: by who has written */
	bool told; /* in this life of its VM somebody was told of that */
	u64 missed; /* the address that is not there */
	u64 absent_until; /* a driver that looks waits so long for the device to be there */

	/* What the back-end has to hear of, and has said that it has. Numbers; they wrap. */
	u32 asked, done;
	u32 reset_asked; /* of the last reset */
	u32 life_asked; /* of that at the last start or end of front */
	u32 resets;
	u64 due; /* it is late, if it is not done by then */
	u32 waits; /* bit N: vCPU N of front waits for wait_for[N] */
	u32 wait_for[NK_VCPUS_MAX];
	u32 stores; /* bit N: store[N] is that of vCPU N, and not done */
	struct virtio_store store[NK_VCPUS_MAX];

	struct stage2_window window; /* of back's, for the pool, or grants; see share.c */

	/* Grants; see grants.c. */
	spinlock_t grants_lock; /* of granted, and of what slots lead to */
	u32 granted; /* slots that are not free */
	paddr_t nobodys; /* the page of those that are */
	bool stale; /* they are from before a reset */
};

/* All of them: those that a VM serves in a row, as it numbers them. */
extern struct virtio_dev *virtio_devs;
extern u32 nr_virtio_devs;

/* Pends the VM's interrupt, which VM `by` pays for. Inline, as kicks are many. Context: any, no lock held. */
static inline void virtio_pulse(struct vm *vm, u32 intid, struct vm *by)
{
	u64 until = vgic_pulse(&vm->arch, intid, &by->arch);

	if (unlikely(until))
		xirq_hold(by, vm, until);
}

/* Bits of InterruptStatus, which VM `by` pays for. Context: any, no lock held. */
static inline void virtio_raise(struct virtio_dev *d, u32 bits, struct vm *by)
{
	__atomic_or_fetch(&d->isr, bits, __ATOMIC_RELEASE);
	virtio_pulse(d->front, d->cfg->intid, by);
}

/* state.c. Something for the back-end to hear of; then post it, without the lock: virtio_tell(). Returns its number. */
u32 virtio_ask(struct virtio_dev *d) __must_hold(&d->lock);
static inline void virtio_tell(struct virtio_dev *d)
{
	virtio_pulse(d->back, d->back_intid, d->front);
}

/* The driver's vCPU goes on when the back-end has done number n, or is late. Context: v's exit. */
void virtio_await(struct virtio_dev *d, struct arch_vcpu *v, u32 n) __must_hold(&d->lock);

/* Whether number n was asked, and is not done. Numbers wrap: only those behind `done` up to `asked` are open. */
bool virtio_is_open(const struct virtio_dev *d, u32 n);

/* Whether the back-end has not answered in time. */
bool virtio_late(const struct virtio_dev *d) __must_hold(&d->lock);

/* All that the driver has set up is as it was before; only queues that there are can have been. */
void virtio_forget(struct virtio_dev *d) __must_hold(&d->lock);

/* The same, and the back-end is to hear of it: returns the number. */
u32 virtio_reset(struct virtio_dev *d) __must_hold(&d->lock);

/* These vCPUs of the driver's go on. With the lock held, so that it is no later wait of theirs that ends. */
void virtio_answer(struct virtio_dev *d, u32 vcpus) __must_hold(&d->lock);

/* All that wait for something that was asked go on: there is nobody to wait for. */
void virtio_give_up(struct virtio_dev *d) __must_hold(&d->lock);

/* back.c: that VM ends, and with it the back-ends that it has. */
void virtio_back_ends(const struct vm *vm);

/* regs.c: the driver's access; opaque: the device. */
void virtio_access(struct arch_vcpu *v, struct mmio *m);

/* pool.c: whether the back-end has but a pool of front's RAM, or what it grants, and the driver's addresses of that. */
static inline bool virtio_is_confined(const struct virtio_dev *d)
{
	return d->cfg->pool.size || d->cfg->grants;
}

struct range virtio_pool(const struct virtio_dev *d);

/* grants.c: tables for that, in the device's window: 0, or -1. Context: boot. */
int virtio_grants_create(struct virtio_dev *d, const u64 *nobodys);

/* All slots are free when it returns. Context: no lock held. */
void virtio_grants_end(struct virtio_dev *d);

/* The driver goes on behind a reset: what it had granted before is taken back. Context: its exit, no lock held. */
void virtio_grants_renew(struct virtio_dev *d);

/* Whether the driver may have a queue there; if not, the device needs a reset, and virtio_pool_amiss() is to be called. */
bool virtio_pool_takes(struct virtio_dev *d, const struct nk_virtio_queue *q) __must_hold(&d->lock);

/* Tells the driver's VM, and once in its life the console. Context: the driver's exit, no lock held. */
void virtio_pool_amiss(struct virtio_dev *d);

/*
 * share.c. Books and tables for what back sees of front's memory, if the tree has that; 0, or -1 with *err. Context: boot.
 * hide, when either of them stops; show, when it may.
 */
int virtio_share_create(struct virtio_dev *d, struct cfg_error *err);
u32 virtio_shares(const struct virtio_dev *d);
void virtio_share_alive(const struct vm *front, bool alive);
void virtio_share_hide(const struct vm *vm);
void virtio_share_show(const struct virtio_dev *d);

#endif
