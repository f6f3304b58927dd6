/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * vlx-vmq: queues of messages between drivers of two VMs, as VMQ(4D) of the manual has it. A vmq_link_t is a
 * pair of vlinks, a queue each way: messages of a fixed size, and buffers of data that belong to them.
 * drivers/vmq/README.md has the layout, and when callbacks are called.
 *
 * Messages and data are in shared memory, and the peer may write to them at any moment: a client copies what it
 * checks. Where this goes further than the page, it says "ours". Context: any, unless something else is said.
 */
#ifndef VLX_VMQ_H
#define VLX_VMQ_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <nk/nkern.h>

typedef struct vmq_link_t vmq_link_t;
typedef struct vmq_links_t vmq_links_t;

/* The first member of each vmq_link_t. */
typedef struct {
	void *priv; /* the client's; must be first */
	NkOsId local_osid;
	NkOsId peer_osid;
	char *rx_s_info; /* info of this end, which receives; "" for none */
	char *tx_s_info; /* info of the peer's end */
	char *rx_data_area;
	char *tx_data_area;
	unsigned int data_max; /* of both directions, where they differ the smaller */
	unsigned int msg_max;
	NkPhAddr ptx_data_area;
	NkPhAddr prx_data_area;
	unsigned int prx_data_area_size;
} vmq_link_public_t;

/* The first member of each vmq_links_t. */
typedef struct {
	void *priv; /* of vmq_links_init_ex() */
} vmq_links_public_t;

/* What of a direction is in the link's pdev area; the rest is in its pmem. */
typedef enum {
	VMQ_PDEV_NONE,
	VMQ_PDEV_HEAD_INDEX, /* heads and indices */
	VMQ_PDEV_SHORT, /* and messages */
	VMQ_PDEV_LONG /* and data: all */
} vmq_pdev_level_t;

/* A direction. Both ends say the same of it. */
typedef struct {
	unsigned int msg_count; /* a power of two */
	unsigned int msg_max; /* bytes of a message */
	unsigned int data_count; /* buffers; may be 0 */
	unsigned int data_max; /* bytes of a buffer */
	vmq_pdev_level_t pdev_level;
} vmq_xx_config_t;

/*
 * All but sysconf_notify may be NULL. sysconf_notify, receive_notify and return_notify are called with
 * interrupts off, as in an interrupt; link_on, link_off and link_off_completed in the context of a
 * vmq_links_sysconf(); get_*_config and wants_link by vmq_links_init(), where they may sleep.
 */
typedef struct {
	void (*link_on)(vmq_link_t *link);
	void (*link_off)(vmq_link_t *link);
	void (*link_off_completed)(vmq_link_t *link);
	void (*sysconf_notify)(vmq_links_t *links);
	void (*receive_notify)(vmq_link_t *link);
	void (*return_notify)(vmq_link_t *link);
	const vmq_xx_config_t *(*get_tx_config)(vmq_link_t *link, const char *tx_s_info);
	const vmq_xx_config_t *(*get_rx_config)(vmq_link_t *link, const char *rx_s_info);
	/* Ours: whether a link with these info strings is this client's; others leave it to other clients. */
	_Bool (*wants_link)(const char *rx_s_info, const char *tx_s_info);
} vmq_callbacks_t;

/*
 * Finds the links of that name, and makes ready what they need; vmq_links_start() lets them come up. A
 * configuration may be NULL where the client has the callback for it, which is asked first. Context: may
 * sleep. Returns 0, with no links too; -EINVAL for an argument that cannot be; -ENOMEM, or -EAGAIN for memory
 * that cannot be mapped and handshakes that cannot be attached. With several links one that has such an
 * error is left out, with a line in the log.
 */
signed int vmq_links_init_ex(vmq_links_t **links, const char *vlink_name,
			     const vmq_callbacks_t *callbacks, const vmq_xx_config_t *tx_config,
			     const vmq_xx_config_t *rx_config, void *priv,
			     _Bool is_frontend) __must_check;

/* Returns 0, or -EINVAL for NULL. Context: may sleep. */
signed int vmq_links_start(vmq_links_t *links);

/*
 * The client is in no call any more and calls nothing further. No callback is called from its return on.
 * NULL is fine. Context: may sleep.
 */
void vmq_links_finish(vmq_links_t *links);

/* Calls func for each link until it returns true. Returns whether it did. */
_Bool vmq_links_iterate(vmq_links_t *links, _Bool (*func)(vmq_link_t *link, void *cookie),
			void *cookie);

/*
 * Calls link_on, link_off and link_off_completed as is due. While it runs, another call only makes it look once
 * more, so it may be called by the callbacks.
 */
void vmq_links_sysconf(vmq_links_t *links);

/* Who is blocked in an allocation gets -ECONNABORTED. The links go down, and come up anew. */
void vmq_links_abort(vmq_links_t *links);

/*
 * A message, with a buffer where data_len is not 0. Waits for room, interruptibly, unless nonblocking.
 * Context: may sleep, unless nonblocking. Returns 0; -EAGAIN when the link is not on, or there is no room
 * (nonblocking); -ECONNABORTED; -EINTR; -E2BIG for more data than there can be; -EINVAL where there is nowhere
 * to write to.
 */
signed int vmq_msg_allocate_ex(vmq_link_t *link, unsigned int data_len, void **msg,
			       unsigned int *data_offset, _Bool nonblocking) __must_check;

/* The same, with so many buffers. */
signed int vmq_msg_allocate_many_data(vmq_link_t *link, unsigned int data_count, void **msg,
				      unsigned int *data_offsets, _Bool nonblocking);

/* Once for each message that was allocated; also where the link has gone down meanwhile. */
void vmq_msg_send(vmq_link_t *link, void *msg);
/* The peer may see it, and is told by vmq_msg_send_flush(), or the next vmq_msg_send(). */
void vmq_msg_send_async(vmq_link_t *link, void *msg);
void vmq_msg_send_flush(vmq_link_t *link);

/*
 * The next message, or the next one that has come back. A client takes all there are: it is told of others
 * after it got -EAGAIN. Returns 0, -EAGAIN for none, or -ESTALE where the peer has broken the queue.
 */
signed int vmq_msg_receive(vmq_link_t *link, void **msg) __must_check;
signed int vmq_return_msg_receive(vmq_link_t *link, void **msg) __must_check;

/* Once for each message that was received, in any order: it is the sender's again, who may see it, or not. */
void vmq_msg_return(vmq_link_t *link, void *msg);
void vmq_msg_free(vmq_link_t *link, void *msg);
void vmq_return_msg_free(vmq_link_t *link, void *msg);

/* The number of a message, below msg_count of its direction; UINT_MAX for what is none. */
unsigned int vmq_msg_slot(vmq_link_t *link, const void *msg) __must_check;

/* Whether a buffer of the receive queue begins there: then data_max bytes are readable. */
_Bool vmq_data_offset_ok(vmq_link_t *link, unsigned int data_offset) __must_check;

/*
 * By the receiver, once for each buffer, whatever becomes of its message. Where the receive queue has no
 * data, the buffer is of the transmit queue: as vmq_return_data_free().
 */
void vmq_data_free(vmq_link_t *link, unsigned int data_offset);
void vmq_data_free_many(vmq_link_t *link, unsigned int data_count,
			const unsigned int *data_offsets);

/* Ours: by the sender, of a buffer that its receiver has not freed, when the message came back. */
void vmq_return_data_free(vmq_link_t *link, unsigned int data_offset);

/* Ours: a message that came back, and all buffers that were allocated with it, of which its receiver has freed none. */
void vmq_return_all_free(vmq_link_t *link, void *msg);

/* Ours: an allocated message that is not to be sent; its buffers are free again. */
void vmq_msg_drop(vmq_link_t *link, void *msg);

/* Ours: the vlink that this end sends by, and the one that it receives by: their descriptors, as nkops names them. */
NkPhAddr vmq_tx_plink(const vmq_link_t *link);
NkPhAddr vmq_rx_plink(const vmq_link_t *link);

static inline signed int __must_check vmq_msg_allocate(vmq_link_t *link, unsigned int data_len,
						       void **msg, unsigned int *data_offset)
{
	return vmq_msg_allocate_ex(link, data_len, msg, data_offset, 0);
}

static inline signed int __must_check vmq_links_init(vmq_links_t **links, const char *vlink_name,
						     const vmq_callbacks_t *callbacks,
						     const vmq_xx_config_t *tx_config,
						     const vmq_xx_config_t *rx_config)
{
	return vmq_links_init_ex(links, vlink_name, callbacks, tx_config, rx_config, NULL, false);
}

/* Ours. */
static inline void *vmq_links_priv(const vmq_links_t *links)
{
	return ((const vmq_links_public_t *)links)->priv;
}

static inline NkOsId vmq_peer_osid(const vmq_link_t *link)
{
	return ((const vmq_link_public_t *)link)->peer_osid;
}

static inline const char *vmq_link_rx_s_info(const vmq_link_t *link)
{
	return ((const vmq_link_public_t *)link)->rx_s_info;
}

#define vmq_link_s_info vmq_link_rx_s_info

static inline const char *vmq_link_tx_s_info(const vmq_link_t *link)
{
	return ((const vmq_link_public_t *)link)->tx_s_info;
}

static inline char *vmq_rx_data_area(const vmq_link_t *link)
{
	return ((const vmq_link_public_t *)link)->rx_data_area;
}

static inline char *vmq_tx_data_area(const vmq_link_t *link)
{
	return ((const vmq_link_public_t *)link)->tx_data_area;
}

static inline unsigned int vmq_data_max(const vmq_link_t *link)
{
	return ((const vmq_link_public_t *)link)->data_max;
}

static inline unsigned int vmq_msg_max(const vmq_link_t *link)
{
	return ((const vmq_link_public_t *)link)->msg_max;
}

static inline NkPhAddr vmq_ptx_data_area(const vmq_link_t *link)
{
	return ((const vmq_link_public_t *)link)->ptx_data_area;
}

static inline NkPhAddr vmq_prx_data_area(const vmq_link_t *link)
{
	return ((const vmq_link_public_t *)link)->prx_data_area;
}

static inline unsigned int vmq_prx_data_area_size(const vmq_link_t *link)
{
	return ((const vmq_link_public_t *)link)->prx_data_area_size;
}

#endif
