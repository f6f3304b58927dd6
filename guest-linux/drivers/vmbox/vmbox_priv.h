/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vmbox share: a box, and its links to other VMs. */
#ifndef VMBOX_PRIV_H
#define VMBOX_PRIV_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <vmbox.h>

struct task_struct;
struct vmbox;
struct vmbox_link;

/* What a queue's callbacks have. */
struct vmbox_half {
	struct vmbox_link *link;
	void *queue;
};

/* A pair of queues: to a VM, and from it. */
struct vmbox_link {
	struct list_head entry; /* of box->links, in the order of vsmq */
	struct vmbox *box;
	unsigned int vmid;
	void *tx, *rx; /* of vsmq */
	struct vmbox_half halves[2];
	atomic_t downs; /* times that one of them went offline */
	int downs_told; /* as the thread has seen it */
	bool on; /* as the box's user was told */
};

struct vmbox {
	struct list_head links;
	bool frontend;
	struct mutex lock; /* ops and cookie, while they are called */
	vmbox_cb_ops_t ops;
	void *cookie;
	bool registered;
	struct task_struct *thread;
	wait_queue_head_t wait;
	atomic_t news; /* the thread has something to look at */
};

/* links.c: finds the links; starts them. vmbox_links_free() undoes both, also after an error. */
int vmbox_links_find(struct vmbox *box, const char *name, u32 msgsize, u32 msgcount);
int vmbox_links_start(struct vmbox *box);
void vmbox_links_free(struct vmbox *box);
struct vmbox_link *vmbox_link_to(struct vmbox *box, unsigned int vmid);

/* thread.c */
void vmbox_wakeup(struct vmbox *box); /* Context: any */
int vmbox_thread_start(struct vmbox *box);
void vmbox_thread_stop(struct vmbox *box);

#endif
