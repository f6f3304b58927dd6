// SPDX-License-Identifier: GPL-2.0-only
/* Reading and writing, for both files of a log. */
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "log.h"

int log_file_open(struct log_file *file, const struct vlx_log *log)
{
	file->text = (char *)__get_free_page(GFP_KERNEL);
	if (!file->text)
		return -ENOMEM;
	file->log = log;
	file->last = '\n';
	mutex_init(&file->lock);
	return 0;
}

void log_file_close(struct log_file *file)
{
	free_page((unsigned long)file->text);
}

/* Where lines were overwritten behind half of one that was read, that one ends. */
static int fill(struct log_file *file)
{
	nku64_f from = file->ordinal;
	int got;

	if (file->pos < file->len)
		return 1;
	got = nk_log_read(file->log->nr, &file->ordinal, file->text + 1, PAGE_SIZE - 1);
	if (got <= 0)
		return got;
	file->text[0] = '\n';
	file->pos = file->last == '\n' || file->ordinal - got == from;
	file->len = 1 + got;
	file->last = file->text[got];
	return 1;
}

int log_file_look(struct log_file *file)
{
	int there;

	mutex_lock(&file->lock);
	there = fill(file);
	mutex_unlock(&file->lock);
	return there;
}

static ssize_t copy_out(struct log_file *file, char __user *buf, size_t size)
{
	int len = min_t(size_t, size, file->len - file->pos);

	if (copy_to_user(buf, file->text + file->pos, len))
		return -EFAULT;
	file->pos += len;
	return len;
}

ssize_t log_file_read(struct log_file *file, char __user *buf, size_t size)
{
	ssize_t got;

	if (mutex_lock_interruptible(&file->lock))
		return -ERESTARTSYS;
	got = fill(file);
	if (got > 0)
		got = copy_out(file, buf, size);
	mutex_unlock(&file->lock);
	return got;
}

/* A line's length, with its end where it has one. */
static int line_of(const char *text, int size)
{
	const char *end = memchr(text, '\n', size);

	return end ? end + 1 - text : size;
}

/* The lines of a text that fits one call of nk. Returns as log_file_write(). */
static ssize_t write_lines(const struct vlx_log *log, const char *text, int size)
{
	int done = 0;
	int got = 0;

	while (done < size) {
		got = nk_log_write(log->nr, text + done, line_of(text + done, size - done));
		if (got <= 0)
			break;
		done += got;
	}
	return done ? done : got;
}

/* How much of it may be written at once: all, or whole lines, or what of a long one fits. */
static int whole_lines(const char *text, int len, size_t size)
{
	int cut = len;

	if (len == size)
		return len;
	while (cut && text[cut - 1] != '\n')
		cut--;
	return cut ? cut : len;
}

ssize_t log_file_write(const struct vlx_log *log, const char __user *buf, size_t size)
{
	char *text = kmalloc(NK_LOG_TEXT, GFP_KERNEL);
	size_t done = 0;
	ssize_t got = 0;

	if (!text)
		return -ENOMEM;
	while (done < size) {
		int len = min_t(size_t, size - done, NK_LOG_TEXT);

		got = copy_from_user(text, buf + done, len) ? -EFAULT : 0;
		if (!got)
			got = write_lines(log, text, whole_lines(text, len, size - done));
		if (got <= 0)
			break;
		done += got;
	}
	kfree(text);
	return done ? done : got;
}
