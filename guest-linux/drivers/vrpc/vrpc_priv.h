/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vrpc share: an endpoint. */
#ifndef VRPC_PRIV_H
#define VRPC_PRIV_H

#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <vlx/vlink-lib.h>
#include <vlx/vrpc_common.h>
#include <vrpc.h>

/* Bit of flags: somebody has a call under way, or the link is being stopped. */
#define VRPC_CALLING 0

struct vrpc_t {
	Vlink *vlink;
	const char *info; /* the own one, or "" */
	struct vrpc_pmem_t *shared; /* the peer may write there at any time */
	void *data; /* maxsize bytes of this side's own */
	vrpc_size_t maxsize;
	NkXIrq own_xirq, peer_xirq;
	bool used; /* looked up, under vrpc_lookup_lock */
	bool open;
	u32 seq; /* calls that were sent, or answered, since the link was reset */
	unsigned long calls;
	u64 tx_bytes, rx_bytes;
	/* Client: for an answer, or for CALLING; server: its thread, for requests. */
	wait_queue_head_t wait;
	void *cookie;
	const struct vrpc_watch *watch; /* NULL: nobody is told of the link */
	void *watch_cookie;
	/* The client's. */
	unsigned long flags;
	vrpc_ready_t ready; /* to be called when the link is up */
	struct work_struct ready_work;
	/* The server's. */
	vrpc_call_t call;
	bool direct;
	struct task_struct *thread;
	struct mutex serving; /* the thread is in a call, or the link is being stopped */
};

/* Links of one name. */
struct vrpc_links {
	VlinkDrv drv;
	struct list_head entry; /* of vrpc_all, under vrpc_lookup_lock */
	u32 size; /* of a link whose infos say none */
	char name[NK_DEV_VLINK_NAME_LIMIT];
};

/* link.c: initializes an end of a link of these. */
int vrpc_vlink_init(Vlink *vlink);

/* named.c: those of the name "vrpc", and all there are. */
extern struct vrpc_links vrpc_own;
extern struct list_head vrpc_all;

/* lookup.c: guards `used`, and vrpc_all. */
extern struct mutex vrpc_lookup_lock;

/* server.c: the interrupt of a server's end, and of its thread the part that waits for it. */
void vrpc_server_interrupt(struct vrpc_t *vrpc);
void vrpc_server_stop(struct vrpc_t *vrpc); /* returns when no call is being answered */
void vrpc_server_close(struct vrpc_t *vrpc);

/* client.c: calls; open.c: when it may begin with them. */
void vrpc_client_stop(struct vrpc_t *vrpc); /* returns when nobody is in a call */
void vrpc_client_up(struct vrpc_t *vrpc);
void vrpc_ready_work(struct work_struct *work);

/* proc.c: /proc/nk/vrpc. */
int vrpc_proc_add(void);
void vrpc_proc_remove(void);

#endif
