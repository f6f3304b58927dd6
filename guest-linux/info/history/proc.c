// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/nk/history. All that is there is copied at the first read, and end of file comes behind it: who
 * prints it on the same console would else never see an end. Reading on finds what is new since.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <vlx/prop.h>
#include "history.h"

#define CHUNK 65536
#define TEXT_MAX (4 * 1024 * 1024) /* at one time; more than nk keeps */

struct reader {
	struct mutex lock;
	nku64_f ordinal; /* of the next character to be copied */
	char *text;
	size_t room;
	size_t len;
	size_t pos; /* of the next one to be read */
};

static int grow(struct reader *reader)
{
	char *text;

	if (reader->room > reader->len)
		return 0;
	text = kvmalloc(reader->room + CHUNK, GFP_KERNEL); /* kvrealloc() has changed with 6.12 */
	if (!text)
		return -ENOMEM;
	if (reader->len)
		memcpy(text, reader->text, reader->len);
	kvfree(reader->text);
	reader->text = text;
	reader->room += CHUNK;
	return 0;
}

static int take(struct reader *reader)
{
	int got;
	int err;

	reader->pos = 0;
	reader->len = 0;
	do {
		err = grow(reader);
		if (err)
			return err;
		got = nk_con_hist_read(&reader->ordinal, reader->text + reader->len,
				       reader->room - reader->len);
		if (got > 0)
			reader->len += got;
		if (fatal_signal_pending(current))
			return -EINTR;
	} while (got > 0 && reader->len < TEXT_MAX);
	return got < 0 ? vlx_prop_explain(got, "nk.history", "allow-get") : 0;
}

static int history_open(struct inode *inode, struct file *filp)
{
	struct reader *reader = kzalloc(sizeof(*reader), GFP_KERNEL);

	if (!reader)
		return -ENOMEM;
	mutex_init(&reader->lock);
	filp->private_data = reader;
	return nonseekable_open(inode, filp);
}

static ssize_t history_read(struct file *filp, char __user *buf, size_t size, loff_t *pos)
{
	struct reader *reader = filp->private_data;
	ssize_t got = 0;

	if (mutex_lock_interruptible(&reader->lock))
		return -ERESTARTSYS;
	if (reader->pos == reader->len && reader->len) {
		reader->len = 0; /* the end, once */
		reader->pos = 0;
		goto out;
	}
	if (!reader->len)
		got = take(reader);
	if (got)
		goto out;
	got = min(size, reader->len - reader->pos);
	if (copy_to_user(buf, reader->text + reader->pos, got))
		got = -EFAULT;
	else
		reader->pos += got;
out:
	mutex_unlock(&reader->lock);
	return got;
}

/* A read never waits: there is text, or the end. Whether it may be read only nk knows. */
static __poll_t history_poll(struct file *filp, poll_table *table)
{
	nku64_f ordinal = 0;

	return nk_con_hist_read(&ordinal, NULL, 0) < 0 ? EPOLLERR : EPOLLIN | EPOLLRDNORM;
}

static int history_release(struct inode *inode, struct file *filp)
{
	struct reader *reader = filp->private_data;

	kvfree(reader->text);
	kfree(reader);
	return 0;
}

static const struct proc_ops history_ops = {
	.proc_open = history_open,
	.proc_read = history_read,
	.proc_poll = history_poll,
	.proc_release = history_release,
};

int history_proc_init(void)
{
	return proc_create("history", 0400, nk_proc_root, &history_ops) ? 0 : -ENOMEM;
}

void history_proc_exit(void)
{
	remove_proc_entry("history", nk_proc_root);
}
