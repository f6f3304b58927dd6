// SPDX-License-Identifier: GPL-2.0-only
/*
 * splice(2) between a pipe of ours and one of Linux's. Linux's helpers for other files would keep its pipe
 * locked while they wait for the peer, and who uses that pipe otherwise could not even be killed. So it is
 * unlocked for as long. What there is goes at once, as between two of Linux's pipes.
 */
#include <linux/bvec.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pipe_fs_i.h>
#include <linux/sched/signal.h>
#include <linux/splice.h>
#include <linux/uio.h>
#include "vpipe.h"

struct pages {
	struct bio_vec vec[PIPE_DEF_BUFFERS];
	unsigned int nr;
};

static bool is_nonblock(const struct file *file, unsigned int flags)
{
	return (file->f_flags & O_NONBLOCK) || (flags & SPLICE_F_NONBLOCK);
}

static void free_pages_from(struct pages *pages, unsigned int first)
{
	while (pages->nr > first)
		__free_page(pages->vec[--pages->nr].bv_page);
}

/* Returns the bytes for which there are pages. */
static size_t alloc_pages_for(struct pages *pages, unsigned int slots, size_t len)
{
	size_t bytes = 0;
	struct page *page;

	pages->nr = 0;
	while (bytes < len && pages->nr < min_t(unsigned int, slots, PIPE_DEF_BUFFERS)) {
		page = alloc_page(GFP_USER);
		if (!page)
			break;
		pages->vec[pages->nr++] = (struct bio_vec){.bv_page = page, .bv_len = PAGE_SIZE};
		bytes += PAGE_SIZE;
	}
	return min(bytes, len);
}

static void release_page(struct splice_pipe_desc *spd, unsigned int n)
{
	put_page(spd->pages[n]);
}

/* Gives the pages with their first bytes to the pipe, which has room for them; frees the others. */
static ssize_t give_pages(struct pipe_inode_info *pipe, struct pages *pages, size_t bytes)
{
	struct partial_page partial[PIPE_DEF_BUFFERS];
	struct page *page[PIPE_DEF_BUFFERS];
	struct splice_pipe_desc spd = {
		.pages = page,
		.partial = partial,
		.nr_pages_max = PIPE_DEF_BUFFERS,
		.ops = &nosteal_pipe_buf_ops,
		.spd_release = release_page,
	};
	size_t left = bytes;

	for (; left; left -= partial[spd.nr_pages++].len) {
		page[spd.nr_pages] = pages->vec[spd.nr_pages].bv_page;
		partial[spd.nr_pages] =
			(struct partial_page){.len = min_t(size_t, left, PAGE_SIZE)};
	}
	free_pages_from(pages, spd.nr_pages);
	return bytes ? splice_to_pipe(pipe, &spd) : 0;
}

/* With the pipe locked. */
static ssize_t splice_some(struct vpipe *dev, struct pipe_inode_info *pipe, size_t len)
{
	struct pages pages;
	struct iov_iter to;
	ssize_t done;

	if (!pipe->readers) {
		send_sig(SIGPIPE, current, 0);
		return -EPIPE;
	}
	if (pipe_full(pipe->head, pipe->tail, pipe->max_usage))
		return -EAGAIN;
	len = alloc_pages_for(&pages, pipe->max_usage - pipe_occupancy(pipe->head, pipe->tail),
			      len);
	if (!len)
		return -ENOMEM;
	iov_iter_bvec(&to, READ, pages.vec, pages.nr, len);
	done = vpipe_take(dev, &to, true, true);
	if (done < 0) {
		free_pages_from(&pages, 0);
		return done;
	}
	return give_pages(pipe, &pages, done);
}

static bool has_room(struct pipe_inode_info *pipe)
{
	return !pipe_full(READ_ONCE(pipe->head), READ_ONCE(pipe->tail),
			  READ_ONCE(pipe->max_usage)) ||
	       !READ_ONCE(pipe->readers);
}

/* Others may fill the pipe meanwhile. */
static int wait_unlocked(struct vpipe *dev, struct pipe_inode_info *pipe)
{
	int err;

	pipe_unlock(pipe);
	err = vpipe_wait_bytes(dev);
	if (!err)
		err = wait_event_interruptible(pipe->wr_wait, has_room(pipe));
	pipe_lock(pipe);
	return err;
}

/* Called with the pipe locked: only sendfile(2) has one that is not, and that wants a file to seek in. */
ssize_t vpipe_splice_read(struct file *in, loff_t *ppos, struct pipe_inode_info *pipe, size_t len,
			  unsigned int flags)
{
	struct vpipe *dev = in->private_data;
	ssize_t done;
	int err;

	for (;;) {
		done = splice_some(dev, pipe, len);
		if (done != -EAGAIN || is_nonblock(in, flags))
			return done;
		err = wait_unlocked(dev, pipe);
		if (err)
			return err;
	}
}

static int actor(struct pipe_inode_info *pipe, struct pipe_buffer *buf, struct splice_desc *sd)
{
	struct vpipe *dev = sd->u.data;
	struct bio_vec vec = {
		.bv_page = buf->page,
		.bv_offset = buf->offset,
		.bv_len = sd->len,
	};
	struct iov_iter from;

	iov_iter_bvec(&from, WRITE, &vec, 1, sd->len);
	return vpipe_put(dev, &from, true, false);
}

ssize_t vpipe_splice_write(struct pipe_inode_info *pipe, struct file *out, loff_t *ppos, size_t len,
			   unsigned int flags)
{
	struct splice_desc sd = {
		.total_len = len,
		.flags = flags,
		.u.data = out->private_data,
	};
	ssize_t done;
	int err;

	for (;;) {
		pipe_lock(pipe);
		done = __splice_from_pipe(pipe, &sd, actor);
		pipe_unlock(pipe);
		if (done != -EAGAIN || is_nonblock(out, flags))
			return done;
		err = vpipe_wait_room(out->private_data);
		if (err)
			return err;
	}
}
