// SPDX-License-Identifier: GPL-2.0-only
/* veth2: the network device as Linux sees it. */
#include <linux/etherdevice.h>
#include <linux/printk.h>
#include "veth2.h"

#define FEATURES                                                                                   \
	(NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HW_CSUM | NETIF_F_HIGHDMA | NETIF_F_TSO |         \
	 NETIF_F_TSO6 | NETIF_F_TSO_ECN)

static int veth2_open(struct net_device *dev)
{
	struct veth2 *v = netdev_priv(dev);

	if (v->closing)
		return -ESHUTDOWN;
	netif_start_queue(dev);
	if (v->info.luoio) {
		vlink_start(v->rx.vlink);
		vlink_start(v->tx.vlink);
	}
	return 0;
}

/* A link that stays up goes on: its poll throws frames away, for the peer's queue shall not be full of them. */
static int veth2_stop(struct net_device *dev)
{
	struct veth2 *v = netdev_priv(dev);

	netif_stop_queue(dev);
	if (v->info.luoio) {
		vlink_stop(v->rx.vlink);
		vlink_stop(v->tx.vlink);
	}
	synchronize_net(); /* a poll that saw the device running */
	return 0;
}

static void veth2_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *to)
{
	const struct veth2_stats *s = &((struct veth2 *)netdev_priv(dev))->stats;

	to->tx_packets = READ_ONCE(s->tx_packets);
	to->tx_bytes = READ_ONCE(s->tx_bytes);
	to->tx_dropped = READ_ONCE(s->tx_dropped);
	to->tx_carrier_errors = READ_ONCE(s->tx_carrier_errors);
	to->tx_fifo_errors = READ_ONCE(s->tx_fifo_errors);
	to->tx_errors = to->tx_carrier_errors + to->tx_fifo_errors;
	to->rx_packets = READ_ONCE(s->rx_packets);
	to->rx_bytes = READ_ONCE(s->rx_bytes);
	to->rx_dropped = READ_ONCE(s->rx_dropped);
	to->rx_frame_errors = READ_ONCE(s->rx_frame_errors);
	to->rx_errors = to->rx_frame_errors;
}

static const struct net_device_ops veth2_netdev_ops = {
	.ndo_open = veth2_open,
	.ndo_stop = veth2_stop,
	.ndo_start_xmit = veth2_xmit,
	.ndo_get_stats64 = veth2_get_stats64,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static void setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &veth2_netdev_ops;
	dev->ethtool_ops = &veth2_ethtool_ops;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = VETH2_MTU_MAX;
	dev->hw_features = FEATURES;
	/* Segments that another VM made may go on as they are: who receives them believes them as little. */
	dev->features = FEATURES | NETIF_F_GSO_ROBUST | NETIF_F_RXCSUM;
	dev->vlan_features = FEATURES | NETIF_F_GSO_ROBUST;
}

/*
 * An address that is the same at each boot, and no other's in this system: locally administered, then the
 * link, this VM, its peer. The two ends of a link within one VM differ by which of their links comes first.
 */
static void default_address(const Vlink *vlink, u8 *address)
{
	const Vlink *rx = vlink->server ? vlink : vlink->sym_vlink;
	bool second = rx->plink > rx->sym_vlink->plink;

	address[0] = 0x02;
	address[1] = vlink->number >> 16;
	address[2] = vlink->number >> 8;
	address[3] = vlink->number;
	address[4] = vlink->id;
	address[5] = vlink->id_peer | (second ? 0x80 : 0);
}

/* One of both links; they have the same info string. Returns an ERR_PTR() with a line in the log. */
struct veth2 *veth2_new(const Vlink *vlink)
{
	const char *wrong;
	struct veth2_info info;
	struct net_device *dev;
	struct veth2 *v;

	if (veth2_parse_info(vlink_info(vlink), &info, &wrong)) {
		pr_err("veth2: link %d: info: not understood from here on: %.40s\n", vlink->number,
		       wrong);
		return ERR_PTR(-EINVAL);
	}
	if (is_zero_ether_addr(info.address))
		default_address(vlink, info.address);
	dev = alloc_netdev(sizeof(*v), info.name[0] ? info.name : "eth%d",
			   info.name[0] ? NET_NAME_PREDICTABLE : NET_NAME_ENUM, setup);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	eth_hw_addr_set(dev, info.address);
	v = netdev_priv(dev);
	v->dev = dev;
	v->info = info;
	mutex_init(&v->lock);
	INIT_DELAYED_WORK(&v->watchdog, veth2_watchdog);
	netif_napi_add_weight(dev, &v->napi, veth2_poll,
			      info.weight ? min_t(u32, info.weight, NAPI_POLL_WEIGHT)
					  : NAPI_POLL_WEIGHT);
	return v;
}

int veth2_register(struct veth2 *v)
{
	int err;

	netif_carrier_off(v->dev);
	veth2_set_bql_floor(v);
	err = register_netdev(v->dev);
	if (err)
		return err;
	v->registered = true;
	if (v->info.wakeup)
		v->wakeup = wakeup_source_register(&v->dev->dev, v->dev->name);
	return 0;
}

void veth2_unregister(struct veth2 *v)
{
	wakeup_source_unregister(v->wakeup);
	v->wakeup = NULL;
	if (v->registered)
		unregister_netdev(v->dev);
	v->registered = false;
}
