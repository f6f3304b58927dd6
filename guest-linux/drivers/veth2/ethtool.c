// SPDX-License-Identifier: GPL-2.0-only
/* veth2: what ethtool shows: -i, -S, -g; -k is the kernel's. */
#include <linux/ethtool.h>
#include "veth2.h"

struct counter {
	char name[ETH_GSTRING_LEN];
	size_t offset; /* in struct veth2_stats */
};

#define COUNTER(member) .name = #member, .offset = offsetof(struct veth2_stats, member)

static const struct counter counters[] = {
	{COUNTER(tx_packets)},	      {COUNTER(tx_bytes)},	 {COUNTER(tx_dropped)},
	{COUNTER(tx_carrier_errors)}, {COUNTER(tx_fifo_errors)}, {COUNTER(tx_doorbells)},
	{COUNTER(tx_xirqs)},	      {COUNTER(tx_stops)},	 {COUNTER(tx_timeouts)},
	{COUNTER(rx_packets)},	      {COUNTER(rx_bytes)},	 {COUNTER(rx_dropped)},
	{COUNTER(rx_frame_errors)},   {COUNTER(rx_doorbells)},	 {COUNTER(rx_xirqs)},
	{COUNTER(rx_polls)},
};

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	const struct veth2 *v = netdev_priv(dev);

	strscpy(info->driver, VETH2_NAME, sizeof(info->driver));
	snprintf(info->bus_info, sizeof(info->bus_info), "vlink " VETH2_NAME ":%d vm%u",
		 v->rx.vlink->number, v->rx.vlink->id_peer);
}

static int get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? ARRAY_SIZE(counters) : -EOPNOTSUPP;
}

static void get_strings(struct net_device *dev, u32 set, u8 *data)
{
	size_t i;

	for (i = 0; set == ETH_SS_STATS && i < ARRAY_SIZE(counters); i++)
		memcpy(data + i * ETH_GSTRING_LEN, counters[i].name, ETH_GSTRING_LEN);
}

static void get_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	const struct veth2 *v = netdev_priv(dev);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(counters); i++)
		data[i] = READ_ONCE(*(const u64 *)((const u8 *)&v->stats + counters[i].offset));
}

/* In cells, which cannot be changed: both ends have the same memory. */
static void get_ringparam(struct net_device *dev, struct ethtool_ringparam *ring,
			  struct kernel_ethtool_ringparam *kernel, struct netlink_ext_ack *extack)
{
	ring->rx_max_pending = VETH2_CELLS;
	ring->tx_max_pending = VETH2_CELLS;
	ring->rx_pending = VETH2_CELLS;
	ring->tx_pending = VETH2_CELLS;
}

/* There is no wire. The number is what Linux's own veth says, for those who choose by it, as bridges do. */
static int get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *settings)
{
	settings->base.speed = SPEED_10000;
	settings->base.duplex = DUPLEX_FULL;
	settings->base.port = PORT_OTHER;
	settings->base.autoneg = AUTONEG_DISABLE;
	return 0;
}

const struct ethtool_ops veth2_ethtool_ops = {
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = get_link_ksettings,
	.get_ringparam = get_ringparam,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_stats,
	.get_ts_info = ethtool_op_get_ts_info,
};
