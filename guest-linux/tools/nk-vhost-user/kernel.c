// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/* nk-vhost-user: the kernel's own back-ends, /dev/vhost-net with a tap and /dev/vhost-vsock. Source: <linux/vhost.h>. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/vhost.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "server.h"

#define BIT(n) (1ull << (n))
#define VSOCK_SERVED 2 /* queues; the third one is for events, of which there are none */

/* What a tap does, of a net device's. */
#define NET_FEATURES                                                                               \
	(BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_GUEST_CSUM) | BIT(VIRTIO_NET_F_GUEST_TSO4) |    \
	 BIT(VIRTIO_NET_F_GUEST_TSO6) | BIT(VIRTIO_NET_F_GUEST_ECN) |                              \
	 BIT(VIRTIO_NET_F_HOST_TSO4) | BIT(VIRTIO_NET_F_HOST_TSO6) | BIT(VIRTIO_NET_F_HOST_ECN))

static int request(struct server *s, unsigned long what, const void *arg, const char *name)
{
	return ioctl(s->fd, what, arg) ? failed_errno(s, name) : 0;
}

static int open_vhost(struct server *s, const char *path)
{
	s->fd = open(path, O_RDWR | O_CLOEXEC);
	if (s->fd < 0)
		return failed_errno(s, path);
	return request(s, VHOST_SET_OWNER, NULL, "VHOST_SET_OWNER") ||
			       request(s, VHOST_GET_FEATURES, &s->offered, "VHOST_GET_FEATURES")
		       ? -1
		       : 0;
}

static int begin(struct server *s)
{
	struct {
		struct vhost_memory head;
		struct vhost_memory_region region[VLX_UVIRTIO_REGIONS];
	} m = {.head = {.nregions = s->nr_regions}};
	uint64_t served = 0, features;

	for (unsigned int i = 0; i < s->nr_regions; i++)
		m.region[i] = (struct vhost_memory_region){
			.guest_phys_addr = s->region[i].driver,
			.memory_size = s->region[i].size,
			.userspace_addr = (uintptr_t)s->region[i].here,
		};
	if (request(s, VHOST_GET_FEATURES, &served, "VHOST_GET_FEATURES"))
		return -1;
	features = s->features & served;
	return request(s, VHOST_SET_FEATURES, &features, "VHOST_SET_FEATURES") ||
			       request(s, VHOST_SET_MEM_TABLE, &m, "VHOST_SET_MEM_TABLE")
		       ? -1
		       : 0;
}

static int set_addresses(struct server *s, unsigned int n)
{
	const struct vlx_virtio_event *e = &s->queue[n].event;
	uint64_t size = e->size;
	void *desc = memory_at(s, e->desc, 16 * size),
	     *avail = memory_at(s, e->driver, 6 + 2 * size),
	     *used = memory_at(s, e->device, 6 + 8 * size);
	const struct vhost_vring_addr addr = {
		.index = n,
		.desc_user_addr = (uintptr_t)desc,
		.avail_user_addr = (uintptr_t)avail,
		.used_user_addr = (uintptr_t)used,
	};

	if (!desc || !avail || !used)
		return failed(s, "queue %u is not in the driver's memory", n);
	return request(s, VHOST_SET_VRING_ADDR, &addr, "VHOST_SET_VRING_ADDR");
}

static int queue_begin(struct server *s, unsigned int n)
{
	const struct queue *q = &s->queue[n];
	const struct vhost_vring_state size = {n, q->event.size};
	const struct vhost_vring_state base = {n, s->resumes ? used_index(s, q) : 0};
	const struct vhost_vring_file kick = {n, q->kick}, call = {n, q->call};

	return request(s, VHOST_SET_VRING_NUM, &size, "VHOST_SET_VRING_NUM") ||
			       request(s, VHOST_SET_VRING_BASE, &base, "VHOST_SET_VRING_BASE") ||
			       set_addresses(s, n) ||
			       request(s, VHOST_SET_VRING_CALL, &call, "VHOST_SET_VRING_CALL") ||
			       request(s, VHOST_SET_VRING_KICK, &kick, "VHOST_SET_VRING_KICK")
		       ? -1
		       : 0;
}

/* ------------------------------------------------------------------ net */

static int open_tap(struct server *s)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	int header = sizeof(struct virtio_net_hdr_mrg_rxbuf);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", s->target);
	s->tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (s->tap < 0 || ioctl(s->tap, TUNSETIFF, &ifr) || ioctl(s->tap, TUNSETVNETHDRSZ, &header))
		return failed_errno(s, s->target);
	return 0;
}

static int net_open(struct server *s)
{
	if (open_tap(s) || open_vhost(s, "/dev/vhost-net"))
		return -1;
	s->offered = (s->offered & ~BIT(VHOST_NET_F_VIRTIO_NET_HDR)) | NET_FEATURES;
	if (s->config_size)
		s->offered |= BIT(VIRTIO_NET_F_MAC);
	return 0;
}

static int net_begin(struct server *s)
{
	unsigned int offload = 0;

	if (s->features & BIT(VIRTIO_NET_F_GUEST_CSUM)) {
		offload = TUN_F_CSUM;
		offload |= s->features & BIT(VIRTIO_NET_F_GUEST_TSO4) ? TUN_F_TSO4 : 0;
		offload |= s->features & BIT(VIRTIO_NET_F_GUEST_TSO6) ? TUN_F_TSO6 : 0;
		offload |= s->features & BIT(VIRTIO_NET_F_GUEST_ECN) ? TUN_F_TSO_ECN : 0;
	}
	if (ioctl(s->tap, TUNSETOFFLOAD, offload))
		return failed_errno(s, "TUNSETOFFLOAD");
	return begin(s);
}

static int net_set(struct server *s, unsigned int n, int fd)
{
	const struct vhost_vring_file tap = {n, fd};

	return request(s, VHOST_NET_SET_BACKEND, &tap, "VHOST_NET_SET_BACKEND");
}

static int net_queue_begin(struct server *s, unsigned int n)
{
	return queue_begin(s, n) || net_set(s, n, s->tap) ? -1 : 0;
}

static int net_queue_end(struct server *s, unsigned int n)
{
	return net_set(s, n, -1);
}

const struct backend vhost_net = {
	.name = "vhost-net",
	.open = net_open,
	.begin = net_begin,
	.queue_begin = net_queue_begin,
	.queue_end = net_queue_end,
};

/* ------------------------------------------------------------------ vsock */

static int vsock_open(struct server *s)
{
	char *end;
	uint64_t cid = strtoull(s->target, &end, 0);

	if (*end || cid < 3 || cid >= UINT32_MAX)
		return failed(s, "%s: a CID is a number from 3 on", s->target);
	if (open_vhost(s, "/dev/vhost-vsock") ||
	    request(s, VHOST_VSOCK_SET_GUEST_CID, &cid, "VHOST_VSOCK_SET_GUEST_CID"))
		return -1;
	memcpy(s->config, &cid, sizeof(cid));
	s->config_size = sizeof(cid);
	return 0;
}

static int vsock_queue_begin(struct server *s, unsigned int n)
{
	return n < VSOCK_SERVED ? queue_begin(s, n) : 0;
}

static int vsock_runs(struct server *s, bool runs)
{
	int on = runs;

	return request(s, VHOST_VSOCK_SET_RUNNING, &on, "VHOST_VSOCK_SET_RUNNING");
}

/* All of its queues stop together. */
static int vsock_queue_end(struct server *s, unsigned int n)
{
	return n < VSOCK_SERVED ? vsock_runs(s, false) : 0;
}

const struct backend vhost_vsock = {
	.name = "vhost-vsock",
	.open = vsock_open,
	.begin = begin,
	.queue_begin = vsock_queue_begin,
	.queue_end = vsock_queue_end,
	.runs = vsock_runs,
};
