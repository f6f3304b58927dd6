// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbuf: a face's file for programs. Both faces have the same commands and layouts, which are those of vdmaheap's
 * header; INFO alone is the face's.
 */
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/uaccess.h>
#include <vlx/vdmaheap/uapi/vdmaheap_test_uapi.h>
#include "vbuf.h"

static int copy_out(void __user *arg, const void *data, size_t size)
{
	return copy_to_user(arg, data, size) ? -EFAULT : 0;
}

static int do_version(struct vbuf_client *client, void __user *arg)
{
	struct vdmaheap_version_data data = {
		.version = VDMAHEAP_VERSION,
		.caps = VDMAHEAP_CAP_LOCAL | VDMAHEAP_CAP_REMOTE,
	};

	if (vbuf_is_secure(client->dev))
		data.caps |= VDMAHEAP_CAP_SECURE;
	if (client->props.strict_import)
		data.caps |= VDMAHEAP_CAP_STRICT_IMPORT;
	return copy_out(arg, &data, sizeof(data));
}

static int do_export(struct vbuf_client *client, void __user *arg)
{
	struct vdmaheap_export_data data;
	struct dma_buf *dmabuf;
	int err;

	if (copy_from_user(&data, arg, sizeof(data)))
		return -EFAULT;
	dmabuf = dma_buf_get(data.fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);
	err = vbuf_export(client, dmabuf, &data.gid, &data.cred, &data.size);
	dma_buf_put(dmabuf);
	if (err)
		return err;
	err = copy_out(arg, &data, sizeof(data));
	if (err)
		vbuf_unexport(client, data.gid, &data.cred);
	return err;
}

static int do_unexport(struct vbuf_client *client, void __user *arg)
{
	struct vdmaheap_unexport_data data;

	if (copy_from_user(&data, arg, sizeof(data)))
		return -EFAULT;
	return vbuf_unexport(client, data.gid, &data.cred);
}

static int do_import(struct vbuf_client *client, void __user *arg)
{
	struct vdmaheap_import_data data;
	const uuid_t *cred = &data.cred;
	struct dma_buf *dmabuf;
	int err, fd;

	if (copy_from_user(&data, arg, sizeof(data)))
		return -EFAULT;
	err = vbuf_import(client, 1, &data.gid, &cred, &dmabuf);
	if (err)
		return err;
	fd = get_unused_fd_flags(O_CLOEXEC);
	data.fd = fd;
	data.size = dmabuf->size;
	err = fd < 0 ? fd : copy_out(arg, &data, sizeof(data));
	if (!err) {
		fd_install(fd, dmabuf->file);
		return 0;
	}
	if (fd >= 0)
		put_unused_fd(fd);
	dma_buf_put(dmabuf);
	return err;
}

/* Puts those that were imported into the table of files, or takes all of it back. */
static int install(struct dma_buf **dmabufs, struct vdmaheap_import_mult_data *data,
		   void __user *arg)
{
	unsigned int n = data->n, i;
	int err = 0;

	for (i = 0; i < n; i++) {
		if (IS_ERR(dmabufs[i])) {
			data->out[i].fd = PTR_ERR(dmabufs[i]);
			continue;
		}
		data->out[i].size = dmabufs[i]->size;
		data->out[i].fd = get_unused_fd_flags(O_CLOEXEC);
	}
	err = copy_out(arg, data, sizeof(*data));
	for (i = 0; i < n; i++) {
		if (IS_ERR(dmabufs[i]))
			continue;
		if (!err && data->out[i].fd >= 0) {
			fd_install(data->out[i].fd, dmabufs[i]->file);
			continue;
		}
		if (data->out[i].fd >= 0)
			put_unused_fd(data->out[i].fd);
		dma_buf_put(dmabufs[i]);
	}
	return err;
}

static int do_import_multiple(struct vbuf_client *client, void __user *arg)
{
	struct vdmaheap_import_mult_data data;
	struct dma_buf *dmabufs[VDMAHEAP_IOC_IMPORT_MULTIPLE_MAX];
	const uuid_t *creds[VDMAHEAP_IOC_IMPORT_MULTIPLE_MAX];
	struct vdmaheap_import_mult_data_in in;
	unsigned int i;
	int err;

	if (copy_from_user(&data, arg, sizeof(data)))
		return -EFAULT;
	if (!data.n || data.n > VDMAHEAP_IOC_IMPORT_MULTIPLE_MAX)
		return -EINVAL;
	in = data.in;
	memset(data.out, 0, sizeof(data.out));
	for (i = 0; i < data.n; i++)
		creds[i] = &in.creds[i];
	err = vbuf_import(client, data.n, in.gids, creds, dmabufs);
	return install(dmabufs, &data, arg) ?: err;
}

static void read_pair(__u64 *to, const atomic64_t *from)
{
	to[0] = atomic64_read(&from[0]);
	to[1] = atomic64_read(&from[1]);
}

static void read_vrpc(struct vdmaheap_stats_vrpc *to, const struct vbuf_vrpc_counts *from)
{
	to->open = atomic64_read(&from->open);
	to->close = atomic64_read(&from->close);
	to->import = atomic64_read(&from->import);
	to->release = atomic64_read(&from->release);
}

static const struct vbuf_vrpc_counts *counts_of(struct vbuf_dev *dev, u32 type, u32 peer)
{
	struct vbuf_fe *fe;
	struct vbuf_be *be;

	if (type == VDMAHEAP_STATS_VRPC_FE) {
		fe = vbuf_fe_of(dev, peer);
		return fe ? &fe->counts : NULL;
	}
	list_for_each_entry(be, &dev->bes, entry) {
		if (vrpc_peer_id(be->vrpc) == peer)
			return &be->counts;
	}
	return NULL;
}

static int do_stats(struct vbuf_client *client, void __user *arg)
{
	const struct vbuf_counts *c = &client->dev->counts;
	const struct vbuf_vrpc_counts *vrpc;
	union vdmaheap_stats_data data;
	struct vdmaheap_stats_arg what;

	if (copy_from_user(&what, arg, sizeof(what)))
		return -EFAULT;
	memset(&data, 0, sizeof(data));
	switch (what.type) {
	case VDMAHEAP_STATS_DEV:
		read_pair(&data.res.dev.client_create, c->clients);
		read_pair(&data.res.dev.export_create, c->exports);
		read_pair(&data.res.dev.import_create, c->imports);
		read_pair(&data.res.dev.dmabuf_create, c->dmabufs);
		break;
	case VDMAHEAP_STATS_VRPC_BE:
	case VDMAHEAP_STATS_VRPC_FE:
		vrpc = counts_of(client->dev, what.type, what.peer);
		if (!vrpc)
			return -ENODEV;
		read_vrpc(&data.res.vrpc, vrpc);
		break;
	default:
		return -EINVAL;
	}
	return copy_out(arg, &data, sizeof(data));
}

static int do_link_state(struct vbuf_client *client, void __user *arg)
{
	struct vdmaheap_link_state data;
	int err;

	if (copy_from_user(&data, arg, sizeof(data)))
		return -EFAULT;
	err = vbuf_link_state(client, data.wait, data.mask, &data.value);
	return err ?: copy_out(arg, &data, sizeof(data));
}

/* STATS and LINK_STATE have one number; INFO's size is what LINK_STATE is printed with. */
static int do_55(struct vbuf_client *client, size_t size, void __user *arg)
{
	if (size == sizeof(union vdmaheap_stats_data))
		return do_stats(client, arg);
	return size == client->dev->face->link_state_size ? do_link_state(client, arg) : -ENOTTY;
}

static const struct {
	u8 nr;
	size_t size;
	int (*run)(struct vbuf_client *client, void __user *arg);
} commands[] = {
	{_IOC_NR(VDMAHEAP_IOC_EXPORT), sizeof(struct vdmaheap_export_data), do_export},
	{_IOC_NR(VDMAHEAP_IOC_UNEXPORT), sizeof(struct vdmaheap_unexport_data), do_unexport},
	{_IOC_NR(VDMAHEAP_IOC_IMPORT), sizeof(struct vdmaheap_import_data), do_import},
	{_IOC_NR(VDMAHEAP_IOC_VERSION), sizeof(struct vdmaheap_version_data), do_version},
	{_IOC_NR(VDMAHEAP_IOC_IMPORT_MULTIPLE), sizeof(struct vdmaheap_import_mult_data),
	 do_import_multiple},
};

long vbuf_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	struct vbuf_client *client = file->private_data;
	const struct vbuf_face *face = client->dev->face;
	void __user *user = (void __user *)arg;
	size_t size = _IOC_SIZE(command), i;
	u8 nr = _IOC_NR(command);

	if (_IOC_TYPE(command) != face->magic || _IOC_DIR(command) != (_IOC_READ | _IOC_WRITE))
		return -ENOTTY;
	if (nr == _IOC_NR(VDMAHEAP_IOC_INFO) && size == face->info_size)
		return face->info(client, user);
	if (nr == _IOC_NR(VDMAHEAP_IOC_STATS))
		return do_55(client, size, user);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (commands[i].nr == nr && commands[i].size == size)
			return commands[i].run(client, user);
	}
	return -ENOTTY;
}
EXPORT_SYMBOL_GPL(vbuf_ioctl);
