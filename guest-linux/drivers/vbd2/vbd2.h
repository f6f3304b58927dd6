/* SPDX-License-Identifier: GPL-2.0-only */
/* vbd2: what both sides have in common: info strings, and what follows from them. */
#ifndef VBD2_H
#define VBD2_H

#include <linux/compiler.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <vlx-vmq.h>
#include "layout.h"

#define VBD2_NAME "vbd2"

enum vbd2_mode {
	VBD2_GRANT, /* no data buffers: pages are granted */
	VBD2_DB, /* one large buffer a request */
	VBD2_ODB, /* as many pages as a request has */
};

/* What page granting may be. */
#define VBD2_PG_OFF 1
#define VBD2_PG_CPU 2
#define VBD2_PG_DMA 4
#define VBD2_PG_READ 8
#define VBD2_PG_WRITE 16
#define VBD2_PG_NOPANIC 32

/* What a back-end's info says of the link. */
struct vbd2_comm {
	u32 msg_count; /* a power of two */
	u32 segs;
	enum vbd2_mode mode;
	u32 bufs; /* odb: pages for each message, 0 for the default */
	u32 pg; /* VBD2_PG_* */
	bool be;
};

/*
 * Reads what is before "bootargs:" of an info string. Returns 0, or -EINVAL with *wrong at what is not
 * understood. Context: any, as the others.
 */
int vbd2_parse_comm(const char *info, struct vbd2_comm *comm, const char **wrong);

/* How data goes, in a word. */
const char *vbd2_mode_name(const struct vbd2_comm *comm);

/* Where the back-end has what the front-end grants it. */
struct vbd2_window {
	NkPhAddr base; /* 0: there is none */
	u32 pages; /* at a time */
};

/* Of the front-end's transmitting vlink, which is the back-end's receiving one; whose: NK_GRANT_*. */
void vbd2_find_window(NkPhAddr plink, unsigned int whose, struct vbd2_window *window);

/* Whether data has a way: buffers, or a window with room for the largest request. Says so in the log where not. */
bool vbd2_data_ok(const struct vbd2_comm *comm, const struct vbd2_window *window, NkOsId peer);

/* What is behind "bootargs:", or an empty string. */
const char *vbd2_bootargs(const char *info);

/* Whether the end with info own is the back-end, or the front-end, of the one with info peer. */
bool vbd2_is_be(const char *own, const char *peer);
bool vbd2_is_fe(const char *own, const char *peer);

/* Reads "MAJOR,MINOR". Returns where it ends, or NULL. */
const char *vbd2_parse_devid(const char *text, u16 *devid);

/* The queue of requests, and that of changes. */
void vbd2_configs(const struct vbd2_comm *comm, vmq_xx_config_t *requests,
		  vmq_xx_config_t *changes);

/* How many segments, or records, a message has room for. */
u32 vbd2_room(const struct vbd2_comm *comm);

/* What the peer can write to is copied, and then only the copy is looked at. */
static inline void vbd2_copy(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
	barrier();
}

/* What interrupts begin, as long as the module is not going. */
struct vbd2_gate {
	spinlock_t lock;
	struct workqueue_struct *wq;
	bool closed;
};

static inline void vbd2_gate_queue(struct vbd2_gate *gate, struct work_struct *work)
{
	unsigned long flags;

	spin_lock_irqsave(&gate->lock, flags);
	if (!gate->closed)
		queue_work(gate->wq, work);
	spin_unlock_irqrestore(&gate->lock, flags);
}

/* What was begun has ended when it returns. Context: may sleep. */
static inline void vbd2_gate_close(struct vbd2_gate *gate)
{
	spin_lock_irq(&gate->lock);
	gate->closed = true;
	spin_unlock_irq(&gate->lock);
	flush_workqueue(gate->wq);
}

#endif
