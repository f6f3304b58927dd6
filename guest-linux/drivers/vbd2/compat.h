/* SPDX-License-Identifier: GPL-2.0-only */
/* vbd2: what differs between Linux 6.1 and 6.12. */
#ifndef VBD2_COMPAT_H
#define VBD2_COMPAT_H

#include <linux/blk-mq.h>
#include <linux/blkdev.h>

/* A device of the back-end's VM, opened. */
struct vbd2_bdev {
	struct block_device *bdev; /* NULL: not open */
	void *handle;
	bool write;
};

/* Of a disk of the front-end's. */
struct vbd2_limits {
	u32 segments;
	u32 bytes; /* of all of them */
	bool within_pages; /* each segment is within a page */
	u32 logical, physical; /* block sizes */
	bool flush, discard, zeroes, rotational;
};

#define VBD2_WHOLE_SECTORS (1u << 22) /* of a discard; the back-end divides it */

#ifdef BLK_FEAT_WRITE_CACHE /* 6.11 */

/* With write for nobody else. dev is used where path is empty. Returns 0 or an error. */
static inline int vbd2_open(struct vbd2_bdev *b, const char *path, dev_t dev, bool write)
{
	blk_mode_t mode = BLK_OPEN_READ | (write ? BLK_OPEN_WRITE : 0);
	void *holder = write ? b : NULL;
	struct file *file;

	file = *path ? bdev_file_open_by_path(path, mode, holder, NULL)
		     : bdev_file_open_by_dev(dev, mode, holder, NULL);
	if (IS_ERR(file))
		return PTR_ERR(file);
	*b = (struct vbd2_bdev){.bdev = file_bdev(file), .handle = file, .write = write};
	return 0;
}

static inline void vbd2_close(struct vbd2_bdev *b)
{
	bdev_fput(b->handle);
	b->bdev = NULL;
}

static inline struct gendisk *vbd2_alloc_disk(struct blk_mq_tag_set *set,
					      const struct vbd2_limits *l, void *data)
{
	struct queue_limits lim = {
		.logical_block_size = l->logical,
		.physical_block_size = l->physical,
		.max_segments = l->segments,
		.max_segment_size = l->within_pages ? PAGE_SIZE : l->bytes,
		.seg_boundary_mask = l->within_pages ? PAGE_SIZE - 1 : 0, /* 0: Linux's own */
		.max_hw_sectors = l->bytes >> SECTOR_SHIFT,
		.max_hw_discard_sectors = l->discard ? VBD2_WHOLE_SECTORS : 0,
		.discard_granularity = l->discard ? l->physical : 0,
		.max_write_zeroes_sectors = l->zeroes ? VBD2_WHOLE_SECTORS : 0,
		.features = (l->flush ? BLK_FEAT_WRITE_CACHE : 0) |
			    (l->rotational ? BLK_FEAT_ROTATIONAL : 0),
	};

	return blk_mq_alloc_disk(set, &lim, data);
}

static inline bool vbd2_is_rotational(struct block_device *bdev)
{
	return bdev_get_queue(bdev)->limits.features & BLK_FEAT_ROTATIONAL;
}

#else

static inline fmode_t vbd2_mode(bool write)
{
	return FMODE_READ | (write ? FMODE_WRITE | FMODE_EXCL : 0);
}

static inline int vbd2_open(struct vbd2_bdev *b, const char *path, dev_t dev, bool write)
{
	struct block_device *bdev;

	bdev = *path ? blkdev_get_by_path(path, vbd2_mode(write), b)
		     : blkdev_get_by_dev(dev, vbd2_mode(write), b);
	if (IS_ERR(bdev))
		return PTR_ERR(bdev);
	*b = (struct vbd2_bdev){.bdev = bdev, .handle = bdev, .write = write};
	return 0;
}

static inline void vbd2_close(struct vbd2_bdev *b)
{
	blkdev_put(b->handle, vbd2_mode(b->write));
	b->bdev = NULL;
}

static inline void vbd2_set_limits(struct request_queue *q, const struct vbd2_limits *l)
{
	blk_queue_logical_block_size(q, l->logical);
	blk_queue_physical_block_size(q, l->physical);
	blk_queue_max_segments(q, l->segments);
	blk_queue_max_segment_size(q, l->within_pages ? PAGE_SIZE : l->bytes);
	if (l->within_pages)
		blk_queue_segment_boundary(q, PAGE_SIZE - 1);
	blk_queue_max_hw_sectors(q, l->bytes >> SECTOR_SHIFT);
	blk_queue_write_cache(q, l->flush, false);
	if (l->discard) {
		q->limits.discard_granularity = l->physical;
		blk_queue_max_discard_sectors(q, VBD2_WHOLE_SECTORS);
	}
	if (l->zeroes)
		blk_queue_max_write_zeroes_sectors(q, VBD2_WHOLE_SECTORS);
	if (!l->rotational)
		blk_queue_flag_set(QUEUE_FLAG_NONROT, q);
}

static inline struct gendisk *vbd2_alloc_disk(struct blk_mq_tag_set *set,
					      const struct vbd2_limits *l, void *data)
{
	struct gendisk *disk = blk_mq_alloc_disk(set, data);

	if (!IS_ERR(disk))
		vbd2_set_limits(disk->queue, l);
	return disk;
}

static inline bool vbd2_is_rotational(struct block_device *bdev)
{
	return !blk_queue_nonrot(bdev_get_queue(bdev));
}

#endif

#endif
