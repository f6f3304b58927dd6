/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * VMBOX(4D), "Virtual MBOX API" of the manual: messages of one size among VMs, a back-end and its front-ends,
 * over pairs of vlinks of one name. It stands on vsmq.
 *
 * Errors are negative. Where it goes further than the page, it says "ours". Context: any, where nothing is said.
 */
#ifndef VMBOX_H
#define VMBOX_H

#include <linux/types.h>

/* A message from that VM, which is the callee's until vmbox_msg_free(vmq, msg); it does not change. */
typedef void (*vmbox_receive_t)(void *cookie, unsigned int vmid, void *vmq, void *msg);
typedef void (*vmbox_link_state_t)(void *cookie, unsigned int vmid);

/* All of one message box are called by one thread, which may sleep; not vmbox_exit(). Each may be NULL. */
typedef struct vmbox_cb_ops_t {
	vmbox_link_state_t on; /* the links to that VM and back are online */
	vmbox_link_state_t off; /* one of them is not any more; after each `on` */
	vmbox_receive_t receive; /* only between `on` and `off` */
} vmbox_cb_ops_t;

/*
 * Finds the links of that name, one pair to each VM, and starts them. msgcount messages of msgsize bytes can be under
 * way each way; both are the same on all sides. frontend matters where the VM has both ends of a pair: one box
 * there is the front-end, the other one not. Returns 0, also where there are no links; -EINVAL: msgcount is no
 * power of 2, or ours: no name or size; -ENOMEM; ours: -EBUSY, there is such a box. Context: may sleep.
 */
int vmbox_init(const char *name, bool frontend, unsigned int msgsize, unsigned int msgcount,
	       void **phandle);

/*
 * Copies *ops; nothing is called before, and what was missed is made up for: VMs that are on, messages. Context: may
 * sleep.
 */
void vmbox_cb_ops_register(void *handle, vmbox_cb_ops_t *ops, void *cookie);

/* Bit N: there are links to VM N, online or not. */
unsigned int vmbox_vms_mask(void *handle);

/*
 * A message for that VM, to fill in, and the queue to send it by. As vsmq_msg_allocate(): returns 0, -ENOTCONN: the
 * VM is offline, or not linked; -EAGAIN: none is free; -EINVAL: the peer corrupted the queue. The early one needs
 * the own end to be ready only.
 */
int vmbox_msg_alloc(void *handle, unsigned int vmid, void **vmq, void **msg);
int vmbox_msg_alloc_early(void *handle, unsigned int vmid, void **vmq, void **msg);

/* Returns 0, -ENOTCONN, and it is still allocated; -EINVAL: as above, or no allocated message. */
int vmbox_msg_send(void *vmq, void *msg);
int vmbox_msg_send_early(void *vmq, void *msg);

/* Returns 0; -EINVAL: as above, or no received message. */
int vmbox_msg_free(void *vmq, void *msg);

/* Stops all links and frees all; no callback runs any more. Context: may sleep; not from callbacks. */
void vmbox_exit(void *handle);

#endif
