// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-virtio-net: a network device of another VM (VirtIO 1.2, 5.1) whose other end is one of this VM, to be bridged or
 * routed. Frames are copied once, as they are; one pair of queues, no offloads.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/of_net.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>
#include "backend.h"

#define PIECES 24
#define HEAD sizeof(struct virtio_net_hdr_v1)

enum { TO_DRIVER, FROM_DRIVER, QUEUES };

struct vnet {
	struct vlx_virtio_dev *vdev;
	struct net_device *netdev;
	struct virtio_net_config config;
	struct kvec out_iov[PIECES],
		in_iov[PIECES]; /* to the driver: with the transmit lock held; from it: its worker's */
	u16 out_flags[PIECES], in_flags[PIECES];
};

static struct vnet *net_of(struct vlx_virtio_dev *vdev)
{
	return vdev->private_data;
}

/* Bytes of the pieces from `skip` on, size of them. */
static void copy_pieces(const struct kvec *iov, size_t skip, void *buf, size_t size, bool to_pieces)
{
	size_t part;

	for (; size; iov++) {
		if (skip >= iov->iov_len) {
			skip -= iov->iov_len;
			continue;
		}
		part = min(iov->iov_len - skip, size);
		if (to_pieces)
			memcpy(iov->iov_base + skip, buf, part);
		else
			memcpy(buf, iov->iov_base + skip, part);
		buf += part;
		size -= part;
		skip = 0;
	}
}

static struct sk_buff *copy_frame(struct vnet *net, const struct kvec *iov, size_t size)
{
	struct sk_buff *skb = netdev_alloc_skb_ip_align(net->netdev, size);

	if (skb)
		copy_pieces(iov, HEAD, skb_put(skb, size), size, false);
	return skb;
}

static void receive(struct vnet *net, struct sk_buff *skb)
{
	dev_sw_netstats_rx_add(net->netdev, skb->len);
	skb->protocol = eth_type_trans(skb, net->netdev);
	local_bh_disable();
	netif_receive_skb(skb);
	local_bh_enable();
}

static u32 take(struct vlx_virtq *vq, const struct kvec *iov, const u16 *flags, int n)
{
	struct vnet *net = net_of(vq->dev);
	size_t most = net->netdev->mtu + VLAN_ETH_HLEN, bytes;
	struct sk_buff *skb = NULL;
	int first;

	bytes = backend_bytes(iov, flags, n, false, &first);
	if (bytes >= HEAD + ETH_HLEN && bytes - HEAD <= most)
		skb = copy_frame(net, iov, bytes - HEAD);
	if (skb && netif_running(net->netdev)) {
		receive(net, skb);
	} else {
		kfree_skb(skb);
		dev_core_stats_rx_dropped_inc(net->netdev);
	}
	return 0;
}

static void kick_from(struct vlx_virtq *vq)
{
	struct vnet *net = net_of(vq->dev);

	backend_serve(vq, net->in_iov, net->in_flags, PIECES, take);
}

/* There is room again. */
static void kick_to(struct vlx_virtq *vq)
{
	vlx_vq_disable_notification(vq);
	netif_wake_queue(net_of(vq->dev)->netdev);
}

/* The driver's buffer; one that is too small comes back empty. Returns how many bytes. */
static u32 fill(struct vnet *net, int n, struct sk_buff *skb)
{
	const struct virtio_net_hdr_v1 head = {.num_buffers = (__force __virtio16)cpu_to_le16(1)};
	int first;

	if (backend_bytes(net->out_iov, net->out_flags, n, true, &first) < HEAD + skb->len)
		return 0;
	copy_pieces(net->out_iov + first, 0, (void *)&head, HEAD, true);
	copy_pieces(net->out_iov + first, HEAD, skb->data, skb->len, true);
	return HEAD + skb->len;
}

/* Asks for a kick, unless there is room already. */
static void wait_for_room(struct vnet *net)
{
	netif_stop_queue(net->netdev);
	if (vlx_vq_enable_notification(net->vdev->vqs[TO_DRIVER]))
		kick_to(net->vdev->vqs[TO_DRIVER]);
}

static netdev_tx_t net_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	struct vnet *net = netdev_priv(netdev);
	struct vlx_virtq *vq = net->vdev->vqs[TO_DRIVER];
	u32 bytes = 0;
	u16 idx;
	int n = vlx_vq_getchain(vq, &idx, net->out_iov, PIECES, net->out_flags);

	if (!n) {
		wait_for_room(net);
		return NETDEV_TX_BUSY;
	}
	if (n > 0) {
		bytes = fill(net, n, skb);
		vlx_vq_relchain(vq, idx, bytes);
		vlx_vq_endchains(vq, 0);
		if (!vlx_vq_has_descs(vq))
			wait_for_room(net);
	}
	if (bytes)
		dev_sw_netstats_tx_add(netdev, 1, skb->len);
	else
		dev_core_stats_tx_dropped_inc(netdev);
	consume_skb(skb);
	return NETDEV_TX_OK;
}

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

static const struct net_device_ops net_ops = {
	.ndo_open = net_open,
	.ndo_stop = net_stop,
	.ndo_start_xmit = net_xmit,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_get_stats64 = dev_get_tstats64,
};

/* Nobody is in net_xmit() when it returns, and nobody enters it. */
static void queue_idle(struct vlx_virtio_dev *vdev, struct vlx_virtq *vq)
{
	struct vnet *net = net_of(vdev);

	if (vq->num != TO_DRIVER)
		return;
	netif_carrier_off(net->netdev);
	netif_tx_disable(net->netdev);
}

static void status_changed(struct vlx_virtio_dev *vdev)
{
	struct vnet *net = net_of(vdev);

	if (!(vlx_virtio_status_get(vdev) & VIRTIO_CONFIG_S_DRIVER_OK))
		return;
	netif_carrier_on(net->netdev);
	netif_wake_queue(net->netdev);
}

static u64 load_config(struct vlx_virtio_dev *vdev, u32 offset, u32 count)
{
	u64 value = 0;

	memcpy(&value, (char *)&net_of(vdev)->config + offset, count);
	return value;
}

static const struct vlx_virtio_dev_cb ops = {
	.queue_idle = queue_idle,
	.status_changed = status_changed,
	.load_config = load_config,
};

static void init_device(struct vnet *net, struct device_node *node)
{
	struct vlx_virtio_dev *vdev = net->vdev;

	vdev->device_id = VIRTIO_ID_NET;
	vdev->features = BIT_ULL(VIRTIO_NET_F_STATUS);
	if (!of_get_mac_address(node, net->config.mac))
		vdev->features |= BIT_ULL(VIRTIO_NET_F_MAC);
	vdev->config_space_size = offsetofend(struct virtio_net_config, status);
	vdev->ops = &ops;
	vdev->private_data = net;
	vdev->vqs[TO_DRIVER]->kick_policy = DIRECT_CALL;
	vdev->vqs[TO_DRIVER]->kick = kick_to;
	vdev->vqs[FROM_DRIVER]->kick_policy = VQ_WORKER;
	vdev->vqs[FROM_DRIVER]->kick = kick_from;
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
	struct vlx_virtio_dev *vdev = backend_claim(&pdev->dev, QUEUES);
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
