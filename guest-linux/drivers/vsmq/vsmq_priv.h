/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vsmq share: names, endpoints of their links, and queues, which are what handles point to. */
#ifndef VSMQ_PRIV_H
#define VSMQ_PRIV_H

#include <linux/spinlock.h>
#include <vlx/vlink-lib.h>
#include <vsmq.h>
#include "shared.h"

struct proc_dir_entry;

/* All links of a name that this VM has, while somebody has a handle of one. */
struct vsmq_name {
	struct list_head entry;
	unsigned int users; /* handles; under the lock of lookup.c */
	char name[NK_DEV_VLINK_NAME_LIMIT];
	VlinkDrv drv;
};

struct vsmq_counts {
	u64 msgs; /* sent, or received */
	u64 buffers; /* allocated, or freed */
	u64 irqs; /* sent, or received */
	u64 rx_sysconf, tx_sysconf; /* the peer came or went; this side did */
	u64 resets;
};

/* An endpoint. */
struct vsmq_end {
	Vlink *vlink;
	struct vsmq_queue *queue; /* that is started, or NULL */
	struct vsmq_shared *shared; /* mapped by the first start */
	u64 bytes; /* of it */
	NkXIrq xirq; /* the receiver's */
	struct vsmq_counts counts;
	struct proc_dir_entry *file;
};

/* A receiver's copy of a message. */
struct vsmq_copy {
	bool used;
	u32 number; /* of the message */
	u32 session; /* in which it was received */
};

enum vsmq_state { VSMQ_FREE, VSMQ_ALLOCATED, VSMQ_SENT }; /* of a message, as its sender knows it */

/*
 * A handle. Buffers are the messages in shared memory for a sender, and copies of them for a receiver; those that
 * are free are in a stack.
 */
struct vsmq_queue {
	struct vsmq_name *name;
	struct vsmq_end *end;
	u32 msg_size;
	u32 count;
	vsmq_cb_ops_t ops;
	void *cookie;
	spinlock_t lock; /* all below */
	bool ready; /* what is this side's in shared memory is as it should be */
	struct vlx_ring sent, freed;
	u32 *sent_numbers, *freed_numbers; /* shared */
	u8 *messages; /* shared */
	u8 *buffers;
	u32 *free;
	u32 nr_free;
	/* The sender's. */
	u8 *states; /* enum vsmq_state of each message */
	bool early; /* the peer cannot have seen anything of what was sent */
	/* The receiver's. */
	struct vsmq_copy *copies;
	unsigned long *held; /* messages that were received in this session, and not freed */
	u32 session;
	bool starved; /* there was a message, and no copy was free */
};

/* end.c */
int vsmq_vlink_init(Vlink *vlink);
void vsmq_trigger(struct vsmq_end *end); /* tells the receiver, be it this side or the peer */

/* tx.c, rx.c: memory for buffers, which is returned by vsmq_*_free(), also after an error. */
int vsmq_tx_init(struct vsmq_queue *q);
void vsmq_tx_free(struct vsmq_queue *q);
int vsmq_rx_init(struct vsmq_queue *q);
void vsmq_rx_free(struct vsmq_queue *q);

/* Begin a session. Context: with the lock. */
void vsmq_tx_reset(struct vsmq_queue *q);
void vsmq_rx_reset(struct vsmq_queue *q);

/* Returns whether there is a message to be told of; from the interrupt. */
bool vsmq_rx_arm(struct vsmq_queue *q);

/* queue.c: the buffer that msg is, or q->count. */
u32 vsmq_buffer_of(const struct vsmq_queue *q, const void *msg);
void *vsmq_buffer(const struct vsmq_queue *q, u32 n);
/* The peer broke a rule: takes the link down. Returns -EINVAL. */
int vsmq_corrupted(const struct vsmq_queue *q, const char *why);
/* Puts a number into a ring that this side produces. Returns 0 or -EINVAL. Context: with the lock. */
int vsmq_put(struct vsmq_queue *q, struct vlx_ring *ring, u32 *numbers, u32 number);

/* proc.c */
int vsmq_proc_add(struct vsmq_end *end);
void vsmq_proc_remove(struct vsmq_end *end);

static inline bool vsmq_is_online(const struct vsmq_queue *q)
{
	return READ_ONCE(q->end->queue) == q && vlink_is_up(q->end->vlink);
}

#endif
