// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-virtio-console: a console of another VM (VirtIO 1.2, 5.3, one port) on a terminal of this one, or on a character
 * device. What nobody reads is kept, the last CONSOLE_KEPT bytes, as drivers do not expect a console to be slow.
 */
#include <linux/minmax.h>
#include <linux/virtio_ids.h>
#include "console.h"

enum { INPUT, OUTPUT, QUEUES }; /* as the driver sees it */

unsigned int console_take(struct vcon *c, u8 *to, unsigned int size)
{
	return kfifo_out_spinlocked(&c->output, to, size, &c->lock);
}

bool console_has_output(struct vcon *c)
{
	return !kfifo_is_empty(&c->output);
}

/* The oldest bytes make room; of a piece that is larger than all the last ones count. */
static void keep(struct vcon *c, const u8 *from, size_t size)
{
	unsigned long flags;

	if (size > CONSOLE_KEPT) {
		from += size - CONSOLE_KEPT;
		size = CONSOLE_KEPT;
	}
	spin_lock_irqsave(&c->lock, flags);
	while (kfifo_avail(&c->output) < size)
		kfifo_skip(&c->output);
	kfifo_in(&c->output, from, size);
	spin_unlock_irqrestore(&c->lock, flags);
}

static u32 take_output(struct vlx_virtq *vq, const struct kvec *iov, const u16 *flags, int n)
{
	struct vcon *c = vq->dev->private_data;

	for (; n && !(*flags & VRING_DESC_F_WRITE); n--, iov++, flags++)
		keep(c, iov->iov_base, iov->iov_len);
	wake_up_interruptible(&c->wait);
	return 0;
}

static void output_kick(struct vlx_virtq *vq)
{
	struct vcon *c = vq->dev->private_data;

	backend_serve(vq, c->out_iov, c->out_flags, CONSOLE_PIECES, take_output);
}

static void input_kick(struct vlx_virtq *vq)
{
	struct vcon *c = vq->dev->private_data;

	wake_up_interruptible(&c->wait);
}

bool console_has_room(struct vcon *c)
{
	return vlx_vq_has_descs(c->vdev->vqs[INPUT]);
}

static u32 fill(struct vcon *c, int n, const u8 *from, u32 size)
{
	u32 bytes = 0, part;
	int i;

	for (i = 0; i < n && bytes < size; i++) {
		if (!(c->in_flags[i] & VRING_DESC_F_WRITE))
			continue;
		part = min_t(size_t, c->in_iov[i].iov_len, size - bytes);
		memcpy(c->in_iov[i].iov_base, from + bytes, part);
		bytes += part;
	}
	return bytes;
}

/* Kicks stay asked for: whoever waits for room has looked before. */
unsigned int console_put(struct vcon *c, const u8 *from, unsigned int size)
{
	struct vlx_virtq *vq = c->vdev->vqs[INPUT];
	u32 done = 0, part;
	u16 idx;
	int n;

	mutex_lock(&c->input);
	while (done < size) {
		n = vlx_vq_getchain(vq, &idx, c->in_iov, CONSOLE_PIECES, c->in_flags);
		if (!n && vlx_vq_enable_notification(vq))
			continue;
		if (n <= 0)
			break;
		part = fill(c, n, from + done, size - done);
		vlx_vq_relchain(vq, idx, part);
		done += part;
	}
	vlx_vq_endchains(vq, 0);
	mutex_unlock(&c->input);
	return done;
}

/* Who is at it has no chain any more. */
static void queue_idle(struct vlx_virtio_dev *vdev, struct vlx_virtq *vq)
{
	struct vcon *c = vdev->private_data;

	mutex_lock(&c->input);
	mutex_unlock(&c->input);
}

static const struct vlx_virtio_dev_cb ops = {.queue_idle = queue_idle};

static void free_fifo(void *data)
{
	struct vcon *c = data;

	kfifo_free(&c->output);
}

static int init_console(struct vcon *c)
{
	int err = kfifo_alloc(&c->output, CONSOLE_KEPT, GFP_KERNEL);

	if (err)
		return err;
	init_waitqueue_head(&c->wait);
	spin_lock_init(&c->lock);
	mutex_init(&c->input);
	c->vdev->device_id = VIRTIO_ID_CONSOLE;
	c->vdev->ops = &ops;
	c->vdev->private_data = c;
	c->vdev->vqs[INPUT]->kick_policy = DIRECT_CALL;
	c->vdev->vqs[INPUT]->kick = input_kick;
	c->vdev->vqs[OUTPUT]->kick_policy = VQ_WORKER;
	c->vdev->vqs[OUTPUT]->kick = output_kick;
	return devm_add_action_or_reset(c->dev, free_fifo, c);
}

static void unregister(void *vdev)
{
	vlx_virtio_unregister_device(vdev);
}

static int console_probe(struct platform_device *pdev)
{
	struct vcon *c = devm_kzalloc(&pdev->dev, sizeof(*c), GFP_KERNEL);
	const char *uart;
	int err;

	if (!c)
		return -ENOMEM;
	c->dev = &pdev->dev;
	c->vdev = backend_claim(c->dev, QUEUES);
	if (IS_ERR(c->vdev))
		return PTR_ERR(c->vdev);
	err = init_console(c);
	if (err)
		return err;
	err = vlx_virtio_register_device(c->vdev);
	if (!err)
		err = devm_add_action_or_reset(c->dev, unregister, c->vdev);
	if (err)
		return err;
	if (of_property_read_string(c->dev->of_node, "vl,uart", &uart))
		return console_chardev(c);
	return console_tty(c, uart);
}

static const struct of_device_id console_of[] = {{.compatible = "vl,virtio-device,console"}, {}};
MODULE_DEVICE_TABLE(of, console_of);

static struct platform_driver console_driver = {
	.probe = console_probe,
	.driver.name = "vlx-virtio-console",
	.driver.of_match_table = console_of,
	.driver.suppress_bind_attrs = true,
};
module_platform_driver(console_driver);

MODULE_DESCRIPTION("VirtIO console for another VM of nk");
MODULE_LICENSE("GPL");
