/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * VSMQ(4D), "Virtual SMQ API" of the manual: queues of messages of one size over vlinks of any name, from a link's
 * client, who sends, to its server. A pair of links is a queue each way.
 *
 * A handle is one user's view of an endpoint; of several handles of one endpoint one is started at a time.
 * Errors are negative. Where it goes further than the page, it says "ours".
 * Context: any, where nothing is said.
 */
#ifndef VSMQ_H
#define VSMQ_H

#include <linux/types.h>

typedef uint64_t vsmq_link_id_t; /* the link's handle for nkops: the same for both ends of a loop */
typedef uint32_t vsmq_vm_id_t;
typedef void (*vsmq_call_back_t)(void *cookie);

typedef struct vsmq_cb_ops_t {
	/* The link went online or offline. In the link's thread: may sleep, may not stop or free. May be NULL. */
	vsmq_call_back_t sysconf;
	/*
	 * There are messages that were not there at the last call. In the interrupt, interrupts off. May be NULL.
	 * May come before sysconf has told that the link is online.
	 */
	vsmq_call_back_t receive;
} vsmq_cb_ops_t;

/*
 * The first transmitting, or receiving, endpoint of that name, in nk's order; *handle is NULL where there is none.
 * Both ends say the same msg_size and queue_size. Returns 0, -EINVAL: queue_size is no power of 2, or ours: no name
 * or no size; -ENOMEM, ours: also where it would be more than 1 GiB. Context: may sleep.
 */
int vsmq_lookup_tx(const char *name, uint32_t msg_size, uint32_t queue_size, void **handle);
int vsmq_lookup_rx(const char *name, uint32_t msg_size, uint32_t queue_size, void **handle);

/* The endpoint behind that one, of the same name, direction and sizes; as vsmq_lookup_tx(). */
int vsmq_lookup_next(void *handle, void **next_handle);

/* Copies *ops; before vsmq_start(), so that nothing is missed. */
void vsmq_cb_register(void *handle, vsmq_cb_ops_t *ops, void *cookie);

/*
 * Lets the handshake begin. Returns 0; -ENOMEM: no memory, no pmem or no cross interrupt, also where the link's pmem
 * was allocated for other sizes; ours: -EBUSY, the endpoint is started already. Context: may sleep.
 */
int vsmq_start(void *handle);

/* Whether both ends are ready. */
bool vsmq_link_is_online(void *handle);

vsmq_link_id_t vsmq_link_id(void *handle);
vsmq_vm_id_t vsmq_my_vmid(void *handle);
vsmq_vm_id_t vsmq_peer_vmid(void *handle);

/*
 * A message to fill in, in shared memory, msg_size bytes; it stays the caller's until it is sent, also when the
 * link goes and comes back. The early one needs this end to be ready only. Returns 0, -ENOTCONN: offline, or not
 * ready; -EAGAIN: none is free, and there is no call when one is; -EINVAL: the peer corrupted the queue, or no sender's.
 */
int vsmq_msg_allocate(void *handle, void **msg);
int vsmq_msg_allocate_early(void *handle, void **msg);

/*
 * Sends an allocated message; in any order. The early one is received when the other end is ready. Returns 0,
 * -ENOTCONN, and it is still allocated; -EINVAL: as above, or no allocated message.
 */
int vsmq_msg_send(void *handle, void *msg);
int vsmq_msg_send_early(void *handle, void *msg);

/*
 * The next message, a copy of it that does not change any more and stays until it is freed, also when the link goes.
 * Returns 0; -ENOMSG: none, or offline; -EINVAL: the peer corrupted the queue, or no receiver's.
 */
int vsmq_msg_receive(void *handle, void **msg);

/* Frees a received message, in any order. Returns 0; -EINVAL: as above, or no received message. */
int vsmq_msg_free(void *handle, void *msg);

/* Returns when this end is OFF, and no callback runs any more. Context: may sleep; not from callbacks. */
void vsmq_stop(void *handle);

/* The handle, and all messages of it, are gone. Context: may sleep; not from callbacks. */
void vsmq_free(void *handle);

#endif
