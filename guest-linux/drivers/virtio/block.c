// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-virtio-block: a block device or a file of this VM as a disk of another VM (VirtIO 1.2, 5.2). Requests are done side
 * by side, by way of this VM's page cache; what was written is on the medium after the driver's flush.
 *
 * A file or device that is not there yet, or has no size, is looked for again and again; until then the disk is absent.
 */
#include <linux/blkdev.h>
#include <linux/fs.h>
#include <linux/falloc.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_ids.h>
#include <linux/workqueue.h>
#include "backend.h"

#define QUEUE_SIZE 128
#define SEGMENTS 62 /* of data; and header and status */
#define PIECES (SEGMENTS + 8) /* some may be in several pieces of memory */
#define SIDE_BY_SIDE 16
#define AGAIN_MS 500
#define WHOLE_SECTORS (1u << 22) /* of a discard */

struct disk_request {
	struct disk *disk;
	struct work_struct work;
	u16 idx;
	int n;
	struct kvec iov[PIECES];
	u16 flags[PIECES];
};

struct disk {
	struct device *dev;
	struct vlx_virtio_dev *vdev;
	struct file *file;
	const char *path;
	bool read_only;
	bool flushes; /* the driver does that; or each write is */
	u64 sectors;
	struct delayed_work open_work;
	struct workqueue_struct *wq;
	struct virtio_blk_config config;
	char id[VIRTIO_BLK_ID_BYTES];
	struct disk_request next; /* of kick(): its pieces alone */
	struct disk_request requests[QUEUE_SIZE]; /* by number of the chain */
};

/* What is left of a request's pieces. */
struct cursor {
	const struct kvec *iov;
	size_t at, left;
};

/* The next bytes in one piece, max at most. */
static void *next_part(struct cursor *c, size_t max, size_t *part)
{
	void *here;

	while (c->at == c->iov->iov_len) {
		c->iov++;
		c->at = 0;
	}
	*part = min3(max, c->left, c->iov->iov_len - c->at);
	here = c->iov->iov_base + c->at;
	c->at += *part;
	c->left -= *part;
	return here;
}

static bool copy_out(struct cursor *c, void *to, size_t bytes)
{
	size_t part;
	void *here;

	if (c->left < bytes)
		return false;
	for (; bytes; bytes -= part, to += part) {
		here = next_part(c, bytes, &part);
		memcpy(to, here, part);
	}
	return true;
}

static bool in_bounds(const struct disk *d, u64 sector, u64 bytes)
{
	return !(bytes & (SECTOR_SIZE - 1)) && sector <= d->sectors &&
	       bytes >> SECTOR_SHIFT <= d->sectors - sector;
}

/* Reads or writes all that is left. */
static int transfer(struct disk *d, struct cursor *c, u64 sector, bool write)
{
	loff_t pos = sector << SECTOR_SHIFT;
	size_t part;
	ssize_t did;
	void *here;

	if (!in_bounds(d, sector, c->left))
		return -EINVAL;
	while (c->left) {
		here = next_part(c, c->left, &part);
		did = write ? kernel_write(d->file, here, part, &pos)
			    : kernel_read(d->file, here, part, &pos);
		if (did != part)
			return did < 0 ? did : -EIO;
	}
	return 0;
}

static int write(struct disk *d, struct cursor *c, u64 sector)
{
	int err = d->read_only ? -EROFS : transfer(d, c, sector, true);

	if (!err && !READ_ONCE(d->flushes))
		err = vfs_fsync(d->file, 1);
	return err;
}

/* Where a file system has no zeroing of its own, holes are zeroes too. */
static int zero(struct file *file, bool keep, u64 sector, u64 bytes)
{
	loff_t pos = sector << SECTOR_SHIFT;
	int err = -EOPNOTSUPP;

	if (keep)
		err = vfs_fallocate(file, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, pos, bytes);
	if (err == -EOPNOTSUPP)
		err = vfs_fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, pos, bytes);
	return err;
}

static int zero_range(struct disk *d, struct cursor *c, bool discard)
{
	struct virtio_blk_discard_write_zeroes range;
	u64 bytes, sector;
	u32 flags;

	if (d->read_only)
		return -EROFS;
	if (c->left != sizeof(range) || !copy_out(c, &range, sizeof(range)))
		return -EINVAL;
	flags = le32_to_cpu(range.flags);
	sector = le64_to_cpu(range.sector);
	bytes = (u64)le32_to_cpu(range.num_sectors) << SECTOR_SHIFT;
	if (flags & ~VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP || (discard && flags))
		return -EOPNOTSUPP;
	if (!bytes || bytes >> SECTOR_SHIFT > WHOLE_SECTORS || !in_bounds(d, sector, bytes))
		return -EINVAL;
	return zero(d->file, !discard && !flags, sector, bytes);
}

static int give_id(struct disk *d, struct cursor *c)
{
	size_t part;
	void *here;

	if (c->left < VIRTIO_BLK_ID_BYTES)
		return -EINVAL;
	c->left = VIRTIO_BLK_ID_BYTES;
	while (c->left) {
		here = next_part(c, c->left, &part);
		memcpy(here, d->id + VIRTIO_BLK_ID_BYTES - c->left - part, part);
	}
	return 0;
}

/* out: what the driver lets us read, behind the header; in: what it lets us write, but the status. */
static int run(struct disk *d, const struct virtio_blk_outhdr *head, struct cursor *out,
	       struct cursor *in)
{
	u64 sector = le64_to_cpu((__force __le64)head->sector);

	switch (le32_to_cpu((__force __le32)head->type)) {
	case VIRTIO_BLK_T_IN:
		return transfer(d, in, sector, false);
	case VIRTIO_BLK_T_OUT:
		return write(d, out, sector);
	case VIRTIO_BLK_T_FLUSH:
		return vfs_fsync(d->file, 1);
	case VIRTIO_BLK_T_DISCARD:
		return zero_range(d, out, true);
	case VIRTIO_BLK_T_WRITE_ZEROES:
		return zero_range(d, out, false);
	case VIRTIO_BLK_T_GET_ID:
		return give_id(d, in);
	default:
		return -EOPNOTSUPP;
	}
}

static u8 status_of(int err)
{
	if (err == -EOPNOTSUPP)
		return VIRTIO_BLK_S_UNSUPP;
	return err ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK;
}

/* Returns how many bytes were written. A request without room for a status has none. */
static u32 serve(struct disk_request *r)
{
	size_t readable, writable;
	struct virtio_blk_outhdr head;
	struct cursor out, in;
	int first, err = -EINVAL;
	u8 *status;

	readable = backend_bytes(r->iov, r->flags, r->n, false, &first);
	writable = backend_bytes(r->iov, r->flags, r->n, true, &first);
	if (!writable)
		return 0;
	status = r->iov[r->n - 1].iov_base + r->iov[r->n - 1].iov_len - 1;
	out = (struct cursor){.iov = r->iov, .left = readable};
	in = (struct cursor){.iov = r->iov + first, .left = writable - 1};
	if (copy_out(&out, &head, sizeof(head)))
		err = run(r->disk, &head, &out, &in);
	WRITE_ONCE(*status, status_of(err));
	return err ? 1 : writable - in.left;
}

static void request_work(struct work_struct *work)
{
	struct disk_request *r = container_of(work, struct disk_request, work);
	struct vlx_virtq *vq = r->disk->vdev->vqs[0];
	u32 bytes = serve(r);

	vlx_vq_relchain(vq, r->idx, bytes);
	vlx_vq_endchains(vq, 0);
}

/* A number is free again when its chain was returned; the work that did so may still run, so it is waited for. */
static void begin(struct disk *d, u16 idx, int n, const struct disk_request *from)
{
	struct disk_request *r = &d->requests[idx];

	flush_work(&r->work);
	r->idx = idx;
	r->n = n;
	memcpy(r->iov, from->iov, n * sizeof(*r->iov));
	memcpy(r->flags, from->flags, n * sizeof(*r->flags));
	queue_work(d->wq, &r->work);
}

static void kick(struct vlx_virtq *vq)
{
	struct disk *d = vq->dev->private_data;
	struct disk_request *next = &d->next;
	u16 idx;
	int n;

	do {
		vlx_vq_disable_notification(vq);
		while ((n = vlx_vq_getchain(vq, &idx, next->iov, PIECES, next->flags)) > 0) {
			begin(d, idx, n, next);
			cond_resched();
		}
	} while (!n && vlx_vq_enable_notification(vq));
}

/* Nothing that was begun is left. */
static void queue_idle(struct vlx_virtio_dev *vdev, struct vlx_virtq *vq)
{
	struct disk *d = vdev->private_data;

	flush_workqueue(d->wq);
}

static void apply_features(struct vlx_virtio_dev *vdev, u64 features)
{
	struct disk *d = vdev->private_data;

	WRITE_ONCE(d->flushes, features & BIT_ULL(VIRTIO_BLK_F_FLUSH));
}

static u64 load_config(struct vlx_virtio_dev *vdev, u32 offset, u32 count)
{
	struct disk *d = vdev->private_data;
	u64 value = 0;

	memcpy(&value, (char *)&d->config + offset, count);
	return value;
}

static const struct vlx_virtio_dev_cb ops = {
	.queue_idle = queue_idle,
	.apply_features = apply_features,
	.load_config = load_config,
};

/* Of whole sectors; 0: not there yet. */
static u64 sectors_of(struct file *file)
{
	struct inode *inode = file_inode(file);

	if (S_ISBLK(inode->i_mode))
		return bdev_nr_sectors(I_BDEV(file->f_mapping->host));
	return i_size_read(inode) >> SECTOR_SHIFT;
}

static u32 block_size_of(struct file *file)
{
	if (!S_ISBLK(file_inode(file)->i_mode))
		return SECTOR_SIZE;
	return bdev_logical_block_size(I_BDEV(file->f_mapping->host));
}

static void set_config(struct disk *d)
{
	struct virtio_blk_config *c = &d->config;
	u64 features = BIT_ULL(VIRTIO_BLK_F_SEG_MAX) | BIT_ULL(VIRTIO_BLK_F_BLK_SIZE) |
		       BIT_ULL(VIRTIO_BLK_F_FLUSH);
	u32 block = block_size_of(d->file);

	c->capacity = (__force __virtio64)cpu_to_le64(d->sectors);
	c->seg_max = (__force __virtio32)cpu_to_le32(SEGMENTS);
	c->blk_size = (__force __virtio32)cpu_to_le32(block);
	if (d->read_only)
		features |= BIT_ULL(VIRTIO_BLK_F_RO);
	if (!d->read_only && d->file->f_op->fallocate) {
		features |= BIT_ULL(VIRTIO_BLK_F_DISCARD) | BIT_ULL(VIRTIO_BLK_F_WRITE_ZEROES);
		c->max_discard_sectors = (__force __virtio32)cpu_to_le32(WHOLE_SECTORS);
		c->max_discard_seg = (__force __virtio32)cpu_to_le32(1);
		c->discard_sector_alignment =
			(__force __virtio32)cpu_to_le32(block >> SECTOR_SHIFT);
		c->max_write_zeroes_sectors = c->max_discard_sectors;
		c->max_write_zeroes_seg = c->max_discard_seg;
		c->write_zeroes_may_unmap = 1;
	}
	d->vdev->features = features;
}

static int open_file_as(struct disk *d, int access)
{
	struct file *file = filp_open(d->path, access | O_LARGEFILE, 0);

	if (IS_ERR(file))
		return PTR_ERR(file);
	d->sectors = sectors_of(file);
	if (!d->sectors) {
		filp_close(file, NULL);
		return -ENXIO;
	}
	d->file = file;
	return 0;
}

/*
 * A device that somebody else has for himself is none. One that is empty is not taken from others even for a moment: losetup,
 * which is about to fill it, would fail.
 */
static int open_file(struct disk *d)
{
	int err = open_file_as(d, O_RDONLY);

	if (err || d->read_only)
		return err;
	filp_close(d->file, NULL);
	d->file = NULL;
	return open_file_as(d, O_RDWR | O_EXCL);
}

static void open_work(struct work_struct *work)
{
	struct disk *d = container_of(to_delayed_work(work), struct disk, open_work);
	int err = open_file(d);

	if (err) {
		schedule_delayed_work(&d->open_work, msecs_to_jiffies(AGAIN_MS));
		return;
	}
	set_config(d);
	err = vlx_virtio_register_device(d->vdev);
	if (err)
		dev_err(d->dev, "%s: error %d\n", d->path, err);
}

static int read_node(struct disk *d)
{
	const struct device_node *node = d->dev->of_node;

	d->read_only = of_property_read_bool(node, "vl,read-only");
	if (of_property_read_string(node, "vl,file", &d->path))
		return dev_err_probe(d->dev, -EINVAL, "no vl,file\n");
	strscpy_pad(d->id, kbasename(d->path), sizeof(d->id));
	return 0;
}

static void end_disk(void *data)
{
	struct disk *d = data;

	cancel_delayed_work_sync(&d->open_work);
	vlx_virtio_unregister_device(d->vdev);
	if (d->wq)
		destroy_workqueue(d->wq);
	if (d->file)
		filp_close(d->file, NULL);
	kvfree(d);
}

static void init_disk(struct disk *d)
{
	u32 n;

	for (n = 0; n < QUEUE_SIZE; n++) {
		d->requests[n].disk = d;
		INIT_WORK(&d->requests[n].work, request_work);
	}
	INIT_DELAYED_WORK(&d->open_work, open_work);
	d->vdev->device_id = VIRTIO_ID_BLOCK;
	d->vdev->config_space_size = sizeof(d->config);
	d->vdev->ops = &ops;
	d->vdev->private_data = d;
	d->vdev->vqs[0]->max_qsize = QUEUE_SIZE;
	d->vdev->vqs[0]->kick_policy = VQ_WORKER;
	d->vdev->vqs[0]->kick = kick;
}

static int block_probe(struct platform_device *pdev)
{
	struct vlx_virtio_dev *vdev = backend_claim(&pdev->dev, 1);
	struct disk *d;
	int err;

	if (IS_ERR(vdev))
		return PTR_ERR(vdev);
	d = kvzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	d->dev = &pdev->dev;
	d->vdev = vdev;
	init_disk(d);
	err = devm_add_action_or_reset(d->dev, end_disk, d);
	if (err)
		return err;
	d->wq = alloc_workqueue("virtio-block-%s", WQ_UNBOUND | WQ_MEM_RECLAIM, SIDE_BY_SIDE,
				dev_name(d->dev));
	if (!d->wq)
		return -ENOMEM;
	err = read_node(d);
	if (!err)
		schedule_delayed_work(&d->open_work, 0);
	return err;
}

static const struct of_device_id block_of[] = {{.compatible = "vl,virtio-device,block"}, {}};
MODULE_DEVICE_TABLE(of, block_of);

static struct platform_driver block_driver = {
	.probe = block_probe,
	.driver.name = "vlx-virtio-block",
	.driver.of_match_table = block_of,
	.driver.suppress_bind_attrs = true,
};
module_platform_driver(block_driver);

MODULE_DESCRIPTION("VirtIO block device for another VM of nk");
MODULE_LICENSE("GPL");
