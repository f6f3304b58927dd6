// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-virtio-net: a network device of another VM (VirtIO 1.2, 5.1) whose other end is one of this VM, to be bridged or
 * routed. Frames are copied once; one pair of queues. Checksums and segments of TCP are left to whoever needs them, in both
 * directions, as far as the driver has accepted that.
 */
#include <linux/etherdevice.h>
#include <linux/of_net.h>
#include <linux/rtnetlink.h>
#include <linux/virtio_ids.h>
#include "net.h"

/* What a frame may leave to the other side, in either direction. */
#define FROM_FEATURES                                                                              \
	(BIT_ULL(VIRTIO_NET_F_CSUM) | BIT_ULL(VIRTIO_NET_F_HOST_TSO4) |                            \
	 BIT_ULL(VIRTIO_NET_F_HOST_TSO6) | BIT_ULL(VIRTIO_NET_F_HOST_ECN))
#define TO_FEATURES                                                                                \
	(BIT_ULL(VIRTIO_NET_F_GUEST_CSUM) | BIT_ULL(VIRTIO_NET_F_GUEST_TSO4) |                     \
	 BIT_ULL(VIRTIO_NET_F_GUEST_TSO6) | BIT_ULL(VIRTIO_NET_F_GUEST_ECN) |                      \
	 BIT_ULL(VIRTIO_NET_F_MRG_RXBUF))
#define OFFLOADS (NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_TSO_ECN)

static void set_link(struct vnet *net, bool up)
{
	net->config.status = (__force __virtio16)cpu_to_le16(up ? VIRTIO_NET_S_LINK_UP : 0);
	vlx_virtio_config_changed(net->vdev);
}

static int net_open(struct net_device *netdev)
{
	set_link(netdev_priv(netdev), true);
	netif_start_queue(netdev);
	return 0;
}

static int net_stop(struct net_device *netdev)
{
	netif_stop_queue(netdev);
	set_link(netdev_priv(netdev), false);
	return 0;
}

/* Whether one frame of 64 KiB never wants more buffers, of two descriptors, than the driver can have there. */
static bool has_room(const struct vnet *net)
{
	return !vnet_has(net, VIRTIO_NET_F_MRG_RXBUF) ||
	       net->vdev->vqs[TO_DRIVER]->qsize >= 2 * VNET_CHAINS;
}

/* What the driver takes. */
static netdev_features_t net_fix_features(struct net_device *netdev, netdev_features_t features)
{
	const struct vnet *net = netdev_priv(netdev);

	if (!vnet_has(net, VIRTIO_NET_F_GUEST_CSUM))
		features &= ~NETIF_F_HW_CSUM;
	if (!vnet_has(net, VIRTIO_NET_F_GUEST_TSO4) || !has_room(net))
		features &= ~NETIF_F_TSO;
	if (!vnet_has(net, VIRTIO_NET_F_GUEST_TSO6) || !has_room(net))
		features &= ~NETIF_F_TSO6;
	if (!vnet_has(net, VIRTIO_NET_F_GUEST_ECN))
		features &= ~NETIF_F_TSO_ECN;
	return features;
}

static const struct net_device_ops net_ops = {
	.ndo_open = net_open,
	.ndo_stop = net_stop,
	.ndo_start_xmit = vnet_xmit,
	.ndo_fix_features = net_fix_features,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_get_stats64 = dev_get_tstats64,
};

/* Nobody is in vnet_xmit() when it returns, and nobody enters it. */
static void queue_idle(struct vlx_virtio_dev *vdev, struct vlx_virtq *vq)
{
	struct vnet *net = vnet_of(vdev);

	if (vq->num != TO_DRIVER)
		return;
	netif_carrier_off(net->netdev);
	netif_tx_disable(net->netdev);
	vnet_forget_room(net);
}

static void apply_features(struct vlx_virtio_dev *vdev, u64 features)
{
	WRITE_ONCE(vnet_of(vdev)->accepted, features);
}

static void status_changed(struct vlx_virtio_dev *vdev)
{
	struct vnet *net = vnet_of(vdev);

	if (!(vlx_virtio_status_get(vdev) & VIRTIO_CONFIG_S_DRIVER_OK))
		return;
	rtnl_lock();
	netdev_update_features(net->netdev);
	rtnl_unlock();
	netif_carrier_on(net->netdev);
	netif_wake_queue(net->netdev);
}

static u64 load_config(struct vlx_virtio_dev *vdev, u32 offset, u32 count)
{
	u64 value = 0;

	memcpy(&value, (char *)&vnet_of(vdev)->config + offset, count);
	return value;
}

static const struct vlx_virtio_dev_cb ops = {
	.queue_idle = queue_idle,
	.apply_features = apply_features,
	.status_changed = status_changed,
	.load_config = load_config,
};

static void init_device(struct vnet *net, struct device_node *node)
{
	struct vlx_virtio_dev *vdev = net->vdev;

	vdev->device_id = VIRTIO_ID_NET;
	vdev->features = BIT_ULL(VIRTIO_NET_F_STATUS) | FROM_FEATURES | TO_FEATURES;
	if (!of_get_mac_address(node, net->config.mac))
		vdev->features |= BIT_ULL(VIRTIO_NET_F_MAC);
	vdev->config_space_size = offsetofend(struct virtio_net_config, status);
	vdev->ops = &ops;
	vdev->private_data = net;
	vdev->vqs[TO_DRIVER]->kick_policy = DIRECT_CALL;
	vdev->vqs[TO_DRIVER]->kick = vnet_room;
	vdev->vqs[FROM_DRIVER]->kick_policy = VQ_WORKER;
	vdev->vqs[FROM_DRIVER]->kick = vnet_from_driver;
}

static int init_netdev(struct net_device *netdev, struct device *dev)
{
	const char *name;

	if (of_property_read_string(dev->of_node, "vl,ifname", &name))
		name = "vio%d";
	if (!dev_valid_name(name))
		return dev_err_probe(dev, -EINVAL, "vl,ifname: no name of an interface\n");
	strscpy(netdev->name, name, sizeof(netdev->name));
	netdev->netdev_ops = &net_ops;
	netdev->max_mtu = ETH_DATA_LEN;
	netdev->hw_features = OFFLOADS;
	netdev->features = OFFLOADS;
	eth_hw_addr_random(netdev);
	netif_carrier_off(netdev);
	return register_netdev(netdev);
}

static void end_netdev(void *data)
{
	struct vnet *net = netdev_priv(data);

	vlx_virtio_unregister_device(net->vdev);
	unregister_netdev(net->netdev);
	free_percpu(net->netdev->tstats);
	free_netdev(net->netdev);
}

static struct net_device *make_netdev(struct device *dev, struct vlx_virtio_dev *vdev)
{
	struct net_device *netdev = alloc_etherdev(sizeof(struct vnet));
	struct vnet *net;
	int err = -ENOMEM;

	if (!netdev)
		return ERR_PTR(err);
	SET_NETDEV_DEV(netdev, dev);
	net = netdev_priv(netdev);
	net->vdev = vdev;
	net->netdev = netdev;
	init_device(net, dev->of_node);
	netdev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	if (!netdev->tstats)
		goto no_stats;
	err = init_netdev(netdev, dev);
	if (err)
		goto no_netdev;
	return netdev;

no_netdev:
	free_percpu(netdev->tstats);
no_stats:
	free_netdev(netdev);
	return ERR_PTR(err);
}

static int net_probe(struct platform_device *pdev)
{
	struct vlx_virtio_dev *vdev = backend_claim(&pdev->dev, VNET_QUEUES);
	struct net_device *netdev;
	int err;

	if (IS_ERR(vdev))
		return PTR_ERR(vdev);
	netdev = make_netdev(&pdev->dev, vdev);
	if (IS_ERR(netdev))
		return PTR_ERR(netdev);
	err = devm_add_action_or_reset(&pdev->dev, end_netdev, netdev);
	return err ? err : vlx_virtio_register_device(vdev);
}

static const struct of_device_id net_of_ids[] = {{.compatible = "vl,virtio-device,net"}, {}};
MODULE_DEVICE_TABLE(of, net_of_ids);

static struct platform_driver net_driver = {
	.probe = net_probe,
	.driver.name = "vlx-virtio-net",
	.driver.of_match_table = net_of_ids,
	.driver.suppress_bind_attrs = true,
};
module_platform_driver(net_driver);

MODULE_DESCRIPTION("VirtIO network device for another VM of nk");
MODULE_LICENSE("GPL");
