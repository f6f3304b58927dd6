// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbd2-be: what a request does to its device, by a bio that the device ends at any time, in any context.
 * A device that can have the front-end's pages has them. Otherwise data goes by way of this VM's own: the link's memory
 * has no struct pages.
 */
#include <linux/bio.h>
#include <linux/highmem.h>
#include <linux/printk.h>
#include "be.h"

/* Before it has begun it returns: the work, if it is that which began it, looks for it. */
static bool within_work(const struct be_link *link)
{
	return in_task() && READ_ONCE(link->worker) == current;
}

static void ended(struct be_request *r, blk_status_t status)
{
	struct be_link *link = r->link;

	r->status = status;
	if (llist_add(&r->done, &link->done) && !within_work(link))
		queue_work(link->be->gate.wq, &link->work);
}

static void bio_ended(struct bio *bio)
{
	struct be_request *r = bio->bi_private;
	blk_status_t status = bio->bi_status;

	bio_put(bio);
	ended(r, status);
}

static void submit(struct be_request *r, struct bio *bio)
{
	bio->bi_end_io = bio_ended;
	bio->bi_private = r;
	submit_bio(bio);
}

/* Debian's kernels clear each page that is allocated, so some are kept. */
static void free_pages_of(struct be_request *r)
{
	struct be_link *link = r->link;

	while (r->nr_pages) {
		struct page *page = r->pages[--r->nr_pages];

		if (link->nr_spares < BE_SPARES)
			link->spares[link->nr_spares++] = page;
		else
			__free_page(page);
	}
}

void be_free_spares(struct be_link *link)
{
	while (link->nr_spares)
		__free_page(link->spares[--link->nr_spares]);
}

static struct page *get_page_of(struct be_link *link)
{
	return link->nr_spares ? link->spares[--link->nr_spares] : alloc_page(GFP_NOIO);
}

static bool get_pages(struct be_request *r)
{
	u32 n = DIV_ROUND_UP(r->bytes, PAGE_SIZE);

	while (r->nr_pages < n) {
		struct page *page = get_page_of(r->link);

		if (!page)
			return false;
		r->pages[r->nr_pages++] = page;
	}
	return true;
}

/* Between the segments one behind the other and the pages. */
static void copy(struct be_request *r, u32 at, char *data, u32 length, bool to_pages)
{
	while (length) {
		u32 offset = offset_in_page(at), n = min_t(u32, length, PAGE_SIZE - offset);
		char *page = page_address(r->pages[at >> PAGE_SHIFT]);

		if (to_pages)
			memcpy(page + offset, data, n);
		else
			memcpy(data, page + offset, n);
		at += n;
		data += n;
		length -= n;
	}
}

static void copy_all(struct be_request *r, bool to_pages)
{
	char *address_0 = be_address_0(r->link);
	const struct vbd2_segment *s;
	u32 at = 0;

	for (s = r->segs; s < r->segs + r->head.count; s++) {
		copy(r, at, address_0 + s->address + s->offset, s->length, to_pages);
		at += s->length;
	}
}

static struct bio *data_bio(const struct be_request *r, u32 nr_pages)
{
	bool write = r->head.op == VBD2_OP_WRITE;
	struct bio *bio = bio_alloc(r->disk->dev.bdev, nr_pages, write ? REQ_OP_WRITE : REQ_OP_READ,
				    GFP_NOIO);

	bio->bi_iter.bi_sector = r->head.sector;
	return bio;
}

/* By way of this VM's pages. */
static void begin_copied(struct be_request *r)
{
	u32 n, left = r->bytes;
	struct bio *bio;

	if (!get_pages(r)) {
		ended(r, BLK_STS_RESOURCE);
		return;
	}
	if (r->head.op == VBD2_OP_WRITE)
		copy_all(r, true);
	bio = data_bio(r, r->nr_pages);
	for (n = 0; n < r->nr_pages; n++) {
		__bio_add_page(bio, r->pages[n], min_t(u32, left, PAGE_SIZE), 0);
		left -= min_t(u32, left, PAGE_SIZE);
	}
	submit(r, bio);
}

static void begin_direct(struct be_request *r)
{
	struct bio *bio = data_bio(r, r->head.count);
	const struct vbd2_segment *s;

	for (s = r->segs; s < r->segs + r->head.count; s++)
		__bio_add_page(bio, be_segment_page(s), s->length, s->offset);
	r->link->direct++;
	submit(r, bio);
}

static void begin_data(struct be_request *r)
{
	r->direct = be_can_be_direct(r);
	if (r->direct)
		begin_direct(r);
	else
		begin_copied(r);
}

static void begin_flush(struct be_request *r)
{
	submit(r, bio_alloc(r->disk->dev.bdev, 0, REQ_OP_WRITE | REQ_PREFLUSH, GFP_NOIO));
}

/* As many bios as the device wants; the last of them ends after the others. */
static void begin_range(struct be_request *r)
{
	struct block_device *bdev = r->disk->dev.bdev;
	sector_t sector = r->head.sector, n = r->segs->address;
	u32 flags = BLKDEV_ZERO_NOFALLBACK;
	struct bio *bio = NULL;
	int err;

	if (r->segs->length & VBD2_ZEROES_KEEP)
		flags |= BLKDEV_ZERO_NOUNMAP;
	if (r->head.op == VBD2_OP_DISCARD)
		err = __blkdev_issue_discard(bdev, sector, n, GFP_NOIO, &bio);
	else
		err = __blkdev_issue_zeroout(bdev, sector, n, GFP_NOIO, &bio, flags);
	if (bio)
		submit(r, bio);
	else
		ended(r, errno_to_blk_status(err));
}

void be_begin_io(struct be_request *r)
{
	if (r->head.op == VBD2_OP_FLUSH)
		begin_flush(r);
	else if (r->bytes)
		begin_data(r);
	else
		begin_range(r);
}

/* A device that can do nothing with the front-end's pages is not given any again, if it can with others. */
bool be_begin_again(struct be_request *r)
{
	if (!r->direct || !r->status)
		return false;
	WRITE_ONCE(r->disk->any_page, false);
	r->direct = false;
	begin_copied(r);
	return true;
}

/* What was read is for nobody when the link has gone down meanwhile. */
void be_end_io(struct be_request *r, bool on)
{
	if (on && !r->direct && r->head.op == VBD2_OP_READ && !r->status)
		copy_all(r, false);
	be_unlock_segments(r);
	free_pages_of(r);
}
