/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vlx-vmq: what its files share. A direction of a link has a vlink, whose client sends and whose server
 * receives; README.md draws what is in its memory.
 */
#ifndef VMQ_PRIV_H
#define VMQ_PRIV_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <vlx-vmq.h>
#include <vlx/ring.h>
#include <vlx/vlink-lib.h>

#define VMQ_LABEL 0 /* of pdev and pmem */
#define VMQ_XIRQ_RECEIVER 1
#define VMQ_XIRQ_SENDER 2

#define VMQ_COUNT_MAX 0x10000 /* messages, or buffers */
#define VMQ_MSG_MAX 0x100000
#define VMQ_AREA_MAX 0x40000000 /* bytes of all messages, or all buffers */

#define VMQ_NONE U32_MAX /* no message, no buffer */

/* What an end has been configured to, in shared memory: both say the same, or the link does not come up. */
struct vmq_said {
	u32 version;
	u32 msg_count;
	u32 msg_max;
	u32 data_count;
	u32 data_max;
	u32 level;
	u8 pad[VLX_RING_LINE - 24];
};

#define VMQ_VERSION 1

struct vmq_head {
	struct vlx_ring_shared
		send; /* messages to receive; produced by the sender, the others by the receiver */
	struct vlx_ring_shared free; /* messages that are done with */
	struct vlx_ring_shared ret; /* messages for the sender to look at */
	struct vlx_ring_shared data; /* buffers that are done with */
	struct vmq_said sender;
	struct vmq_said receiver;
};

/* A ring and its entries, numbers of messages or buffers. */
struct vmq_ring {
	struct vlx_ring ring;
	u32 *entries;
	u32 size;
};

enum vmq_state {
	VMQ_DOWN, /* there is nothing to use */
	VMQ_UP, /* from link_on on */
	VMQ_ABORTED, /* the client still has messages, perhaps */
};

struct vmq_stats {
	u64 messages; /* sent, or received */
	u64 returned; /* of them, those that came back, or were returned, with something to look at */
	u64 bells; /* cross interrupts to the peer */
	u64 interrupts; /* from the peer */
	u64 waits; /* allocations that were blocked */
	u64 misused; /* calls with what the client has not, which did nothing */
};

/* A direction, seen from either end. */
struct vmq_xx {
	Vlink *vlink;
	vmq_xx_config_t config; /* with sizes rounded up to cache lines */
	struct vmq_head *head;
	struct vmq_ring send, free, ret, data;
	char *msgs;
	char *data_area;
	NkPhAddr data_pa;
	u32 data_base; /* where the first buffer is in the area: 0 would be no buffer */
	u32 data_size;
	NkXIrq own_xirq, peer_xirq;
	bool ready; /* both ends are ON, and agree */
	enum vmq_state state;
	u32 held; /* messages that the client has */
	struct vmq_stats stats;
	unsigned long said; /* jiffies of the last line of a peer that is configured differently */
};

struct vmq_tx {
	struct vmq_xx xx;
	u8 *msg_state; /* enum vmq_place */
	u8 *buf_state;
	u32 *msg_bufs; /* the first buffer of an allocated message */
	u32 *buf_next;
	u32 *spare_msgs, *spare_bufs; /* stacks */
	u32 nr_msgs, nr_bufs; /* on them */
	wait_queue_head_t room;
	bool bell; /* the peer wants to be told of what was sent */
};

/* Where a message or a buffer of the sender's is, in its own books. */
enum vmq_place { VMQ_SPARE, VMQ_ALLOCATED, VMQ_SENT, VMQ_RETURNED };

struct vmq_rx {
	struct vmq_xx xx;
	u8 *has; /* of each message whether the client has it */
};

struct vmq_link_t {
	vmq_link_public_t pub; /* must be first */
	vmq_links_t *links;
	struct list_head entry; /* of links->list */
	spinlock_t lock; /* all below; taken with interrupts off, no callback with it */
	struct vmq_tx tx;
	struct vmq_rx rx;
	bool usable; /* both vlinks have what they need */
	int err; /* why not */
	bool on; /* link_on was due, and link_off not yet */
	bool off; /* link_off was due, and link_off_completed not yet */
	wait_queue_head_t gone; /* for neither */
};

struct vmq_links_t {
	vmq_links_public_t pub; /* must be first */
	VlinkDrv drv;
	char name[NK_DEV_VLINK_NAME_LIMIT];
	vmq_callbacks_t callbacks;
	vmq_xx_config_t tx_config, rx_config;
	bool has_tx_config, has_rx_config;
	bool frontend;
	bool finishing;
	atomic_t sysconfs; /* how often to look, by who is in vmq_links_sysconf() */
	struct list_head list;
	struct proc_dir_entry *proc;
};

/* link.c */
int vmq_link_init(Vlink *vlink);
void vmq_notify_sysconf(vmq_links_t *links);
/* The peer broke a rule: the link is aborted at once, and goes down. With the lock held. */
void vmq_broken(vmq_link_t *link, struct vmq_xx *xx, const char *why);
/* The client called with what it has not. */
void vmq_misused(struct vmq_xx *xx, const char *what);

/* memory.c */
bool vmq_config_ok(const vmq_xx_config_t *config);
int vmq_xx_init(struct vmq_xx *xx, Vlink *vlink, const vmq_xx_config_t *config);
bool vmq_xx_agreed(const struct vmq_xx *xx);

/* ring.c: with the link's lock held. */
void vmq_ring_begin(struct vmq_ring *ring, struct vlx_ring_shared *shared, bool producer);
/* The next entry, below limit. Returns 0; -EAGAIN, and has asked to be told; -EPROTO. */
int vmq_ring_take(struct vmq_ring *ring, u32 limit, u32 *value);
/* Adds an entry, to be shown by vlx_ring_show(). Returns 0, or -EPROTO: there is always room. */
int vmq_ring_put(struct vmq_ring *ring, u32 value);
/* Tells the message's number, or VMQ_NONE. */
u32 vmq_slot(const struct vmq_xx *xx, const void *msg);
/* Of an offset: only where the thing begins. */
static inline u32 vmq_number(u64 at, u32 size, u32 count)
{
	if (!size || at >= (u64)size * count || at % size)
		return VMQ_NONE;
	return at / size;
}

/* Tells the buffer's number, or VMQ_NONE. */
static inline u32 vmq_buf(const struct vmq_xx *xx, u32 offset)
{
	if (offset < xx->data_base)
		return VMQ_NONE;
	return vmq_number(offset - xx->data_base, xx->config.data_max, xx->config.data_count);
}

/* books.c: the sender's books. With the link's lock held, but for the first and the last. */
int vmq_books_init(struct vmq_tx *tx);
void vmq_books_begin(struct vmq_tx *tx);
/* -ENOSPC where there is no room: then, with ask, the peer tells when there is. -EPROTO. */
int vmq_books_take(struct vmq_tx *tx, u32 bufs, bool ask, u32 *slot, unsigned int *offsets);
void vmq_books_sent(struct vmq_tx *tx, u32 slot);
void vmq_books_drop(struct vmq_tx *tx, u32 slot);
void vmq_books_put_msg(struct vmq_tx *tx, u32 slot);
void vmq_books_put_buf(struct vmq_tx *tx, u32 buf);
/* All buffers of a message that came back. Returns -EPROTO where the peer has freed one of them: then not all. */
int vmq_books_put_bufs(struct vmq_tx *tx, u32 slot);
void vmq_books_free(struct vmq_tx *tx);

/* With the link's lock held. */
static inline void vmq_tell_room(struct vmq_tx *tx)
{
	/* Who waits is in the queue, and then looks once more, with that lock. */
	if (waitqueue_active(&tx->room))
		wake_up_all(&tx->room);
}

/* tx.c, rx.c: handlers, and what RESET does. */
void vmq_tx_interrupt(void *cookie, NkXIrq xirq);
void vmq_tx_begin(struct vmq_tx *tx);
void vmq_rx_interrupt(void *cookie, NkXIrq xirq);
void vmq_rx_begin(struct vmq_rx *rx);

/* proc.c */
void vmq_proc_add(vmq_links_t *links);

#endif
