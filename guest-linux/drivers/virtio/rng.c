// SPDX-License-Identifier: GPL-2.0-only
/* vlx-virtio-rng: this VM's random numbers as an entropy device of another VM (VirtIO 1.2, 5.4). */
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/virtio_ids.h>
#include "backend.h"

#define PIECES 16
#define AT_ONCE 65536 /* bytes for one chain; the driver asks again */

struct rng {
	struct vlx_virtio_dev *vdev;
	struct kvec iov[PIECES];
	u16 flags[PIECES];
};

static u32 fill(struct vlx_virtq *vq, const struct kvec *iov, const u16 *flags, int n)
{
	u32 bytes = 0, part;

	for (; n && bytes < AT_ONCE; n--, iov++, flags++) {
		if (!(*flags & VRING_DESC_F_WRITE))
			continue;
		part = min_t(size_t, iov->iov_len, AT_ONCE - bytes);
		get_random_bytes(iov->iov_base, part);
		bytes += part;
	}
	return bytes;
}

static void kick(struct vlx_virtq *vq)
{
	struct rng *rng = vq->dev->private_data;

	backend_serve(vq, rng->iov, rng->flags, PIECES, fill);
}

static const struct vlx_virtio_dev_cb ops = {};

static int rng_probe(struct platform_device *pdev)
{
	struct rng *rng = devm_kzalloc(&pdev->dev, sizeof(*rng), GFP_KERNEL);

	if (!rng)
		return -ENOMEM;
	rng->vdev = backend_claim(&pdev->dev, 1);
	if (IS_ERR(rng->vdev))
		return PTR_ERR(rng->vdev);
	rng->vdev->device_id = VIRTIO_ID_RNG;
	rng->vdev->ops = &ops;
	rng->vdev->private_data = rng;
	rng->vdev->vqs[0]->kick_policy = VQ_WORKER;
	rng->vdev->vqs[0]->kick = kick;
	return vlx_virtio_register_device(rng->vdev);
}

static const struct of_device_id rng_of[] = {{.compatible = "vl,virtio-device,rng"}, {}};
MODULE_DEVICE_TABLE(of, rng_of);

static struct platform_driver rng_driver = {
	.probe = rng_probe,
	.driver.name = "vlx-virtio-rng",
	.driver.of_match_table = rng_of,
	.driver.suppress_bind_attrs = true,
};
module_platform_driver(rng_driver);

MODULE_DESCRIPTION("VirtIO entropy device for another VM of nk");
MODULE_LICENSE("GPL");
