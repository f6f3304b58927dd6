// SPDX-License-Identifier: GPL-2.0-only
/* vlx-virtio-user: what the framework tells a back-end, told to a program: one event at a time, until it is acknowledged. */
#include <linux/fs.h>
#include <linux/uaccess.h>
#include "uvirtio.h"

static bool is_over(struct uv_file *uf)
{
	return READ_ONCE(uf->ends) || READ_ONCE(uf->stage) == UV_DONE;
}

/* On the device's work queue. Returns the program's result; 0 when it has gone. */
static s32 tell(struct vlx_virtio_dev *dev, const struct vlx_virtio_event *event)
{
	struct uv_file *uf = dev->private_data;
	s32 result;

	spin_lock(&uf->event_lock);
	uf->event = *event;
	uf->result = 0;
	uf->stage = UV_WAITS;
	spin_unlock(&uf->event_lock);
	wake_up_interruptible(&uf->readers);
	wait_event(uf->worker, is_over(uf));
	spin_lock(&uf->event_lock);
	uf->stage = UV_NONE;
	result = uf->result;
	spin_unlock(&uf->event_lock);
	return result;
}

static void tell_value(struct vlx_virtio_dev *dev, u32 type, u64 value)
{
	const struct vlx_virtio_event event = {.type = type, .value = value};

	tell(dev, &event);
}

static void on_start(struct vlx_virtio_dev *dev)
{
	tell_value(dev, VLX_UVIRTIO_START, 0);
}

static void on_stop(struct vlx_virtio_dev *dev)
{
	tell_value(dev, VLX_UVIRTIO_STOP, 0);
}

static void on_status(struct vlx_virtio_dev *dev)
{
	tell_value(dev, VLX_UVIRTIO_STATUS, vlx_virtio_status_get(dev));
}

static void on_features(struct vlx_virtio_dev *dev, u64 features)
{
	tell_value(dev, VLX_UVIRTIO_FEATURES, features);
}

static int on_ready(struct vlx_virtio_dev *dev, struct vlx_virtq *vq)
{
	struct uv_file *uf = dev->private_data;
	struct vlx_virtio_event event = {.type = VLX_UVIRTIO_QUEUE_READY, .queue = vq->num};
	struct nk_virtio_queue q;
	int err = nk_virtio_queue(uf->nr, vq->num, &q);

	if (err)
		return err;
	event.size = q.size;
	event.desc = q.desc;
	event.driver = q.driver;
	event.device = q.device;
	return tell(dev, &event) < 0 ? -EIO : 0;
}

static void on_idle(struct vlx_virtio_dev *dev, struct vlx_virtq *vq)
{
	const struct vlx_virtio_event event = {.type = VLX_UVIRTIO_QUEUE_IDLE, .queue = vq->num};

	tell(dev, &event);
}

static u64 load_config(struct vlx_virtio_dev *dev, u32 offset, u32 count)
{
	const struct uv_file *uf = dev->private_data;
	u64 value = 0;

	if (offset <= sizeof(uf->config) && count <= sizeof(uf->config) - offset)
		memcpy(&value, uf->config + offset, min_t(u32, count, sizeof(value)));
	return value;
}

static void store_config(struct vlx_virtio_dev *dev, u32 offset, u32 count, u64 data)
{
	const struct vlx_virtio_event event = {
		.type = VLX_UVIRTIO_STORE,
		.queue = offset,
		.size = count,
		.value = data,
	};

	tell(dev, &event);
}

const struct vlx_virtio_dev_cb uv_ops = {
	.start = on_start,
	.stop = on_stop,
	.queue_ready = on_ready,
	.queue_idle = on_idle,
	.status_changed = on_status,
	.apply_features = on_features,
	.load_config = load_config,
	.store_config = store_config,
};

static bool take(struct uv_file *uf, struct vlx_virtio_event *event)
{
	bool there;

	spin_lock(&uf->event_lock);
	there = uf->stage == UV_WAITS;
	if (there) {
		*event = uf->event;
		uf->stage = UV_TAKEN;
	}
	spin_unlock(&uf->event_lock);
	return there;
}

ssize_t uv_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	struct uv_file *uf = file->private_data;
	struct vlx_virtio_event event;

	if (size < sizeof(event))
		return -EINVAL;
	while (!take(uf, &event)) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(uf->readers, READ_ONCE(uf->stage) == UV_WAITS))
			return -ERESTARTSYS;
	}
	return copy_to_user(to, &event, sizeof(event)) ? -EFAULT : (ssize_t)sizeof(event);
}

__poll_t uv_poll(struct file *file, poll_table *table)
{
	struct uv_file *uf = file->private_data;

	poll_wait(file, &uf->readers, table);
	return READ_ONCE(uf->stage) == UV_WAITS ? EPOLLIN | EPOLLRDNORM : 0;
}

int uv_ack(struct uv_file *uf, s32 result)
{
	int err = -EINVAL;

	spin_lock(&uf->event_lock);
	if (uf->stage == UV_TAKEN) {
		uf->result = result;
		uf->stage = UV_DONE;
		err = 0;
	}
	spin_unlock(&uf->event_lock);
	wake_up(&uf->worker);
	return err;
}

void uv_end_events(struct uv_file *uf)
{
	WRITE_ONCE(uf->ends, true);
	wake_up(&uf->worker);
}
