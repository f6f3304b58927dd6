/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of veth2 share: a network device on a pair of links, one each way. */
#ifndef VETH2_H
#define VETH2_H

#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/pm_wakeup.h>
#include <linux/workqueue.h>
#include <vlx/vlink-lib.h>
#include "layout.h"

#define VETH2_NAME "veth2"

/* What an info string says. */
struct veth2_info {
	u8 address[ETH_ALEN]; /* zero for none */
	char name[IFNAMSIZ]; /* "" for none */
	u32 wakeup; /* milliseconds, 0 for none */
	u32 weight; /* 0: no NAPI */
	bool luoio;
};

/* Each is written in one place at a time. */
struct veth2_stats {
	/* By the transmitter, with the queue's lock. */
	u64 tx_packets;
	u64 tx_bytes;
	u64 tx_dropped;
	u64 tx_carrier_errors;
	u64 tx_fifo_errors;
	u64 tx_doorbells; /* cross interrupts sent: there are frames */
	u64 tx_stops; /* the queue, as there was no room, or by its byte limit */
	u64 tx_timeouts;
	/* By the receiver, in its poll. */
	u64 rx_packets;
	u64 rx_bytes;
	u64 rx_dropped; /* the interface is down, or there was no memory */
	u64 rx_frame_errors; /* checksum or segments that cannot be */
	u64 rx_polls;
	u64 rx_doorbells; /* cross interrupts sent: there is room */
	/* In interrupts. */
	u64 rx_xirqs;
	u64 tx_xirqs;
};

static inline void veth2_count(u64 *counter, u64 n)
{
	WRITE_ONCE(*counter, *counter + n);
}

/* One of the two links, of which this VM is the client (tx) or the server (rx). */
struct veth2_end {
	Vlink *vlink;
	struct veth2_shared *shared;
	struct vlx_ring ring;
	NkXIrq to_peer;
	bool up; /* with veth2->lock held */
};

struct veth2 {
	struct net_device *dev;
	struct veth2_info info;
	struct veth2_stats stats;
	struct veth2_end tx; /* its ring: with the queue's lock held */
	struct veth2_end rx; /* its ring: by the poll alone */
	struct mutex lock; /* going up and down */
	bool up; /* both links are; with lock held */
	bool registered;
	bool closing; /* the module goes; with RTNL held */
	struct napi_struct napi;
	struct wakeup_source *wakeup;
	/* Of the transmitter, with the queue's lock held. */
	bool tx_on;
	u32 tx_done; /* cells that the queue's byte limit was told of */
	u32 tx_watched; /* cells that the peer had taken when the watchdog last looked */
	struct delayed_work watchdog;
};

static inline struct netdev_queue *veth2_txq(const struct veth2 *v)
{
	return netdev_get_tx_queue(v->dev, 0);
}

/* Byte queue limits do not go below half a ring, as the peer only tells now and then what it has taken. */
static inline void veth2_set_bql_floor(struct veth2 *v)
{
#ifdef CONFIG_BQL
	veth2_txq(v)->dql.min_limit = VETH2_CELLS * VETH2_CELL / 2;
#endif
}

/* info.c: reads an info string, NULL for none. Returns 0, or -EINVAL with *wrong at what it does not know. */
int veth2_parse_info(const char *text, struct veth2_info *info, const char **wrong);

/* link.c: what vlink_init of the driver is. */
int veth2_vlink_init(Vlink *vlink);

/* netdev.c: the device, without and with a place in the network. May sleep. */
struct veth2 *veth2_new(const Vlink *vlink);
int veth2_register(struct veth2 *v);
void veth2_unregister(struct veth2 *v);

/* tx.c. */
netdev_tx_t veth2_xmit(struct sk_buff *skb, struct net_device *dev);

/* Both links are up; one no longer is. May sleep. */
void veth2_tx_begin(struct veth2 *v);
void veth2_tx_end(struct veth2 *v);

/* Looks at what the peer has taken, if the queue waits for that. Context: softirq. */
void veth2_tx_look(struct veth2 *v);
void veth2_watchdog(struct work_struct *work);

/* rx.c: NAPI's poll, of both directions. */
int veth2_poll(struct napi_struct *napi, int budget);

extern const struct ethtool_ops veth2_ethtool_ops;

#endif
