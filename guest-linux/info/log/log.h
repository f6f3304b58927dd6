/* SPDX-License-Identifier: GPL-2.0-only */
/* nk's circular logs as files: /proc/nk/log-N ends where the log does, /dev/vlx-log-N waits. */
#ifndef LOG_H
#define LOG_H

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <nk/nkern.h>

struct vlx_log {
	unsigned int nr;
	umode_t mode; /* what this VM may; 0: it has no files */
	char name[16]; /* of the device; the file of /proc has that without "vlx-" */
	struct miscdevice dev;
};

/* One that was opened. Text is from nk, up to the ordinal; what is before pos has been read. */
struct log_file {
	const struct vlx_log *log;
	struct mutex lock;
	nku64_f ordinal;
	int len;
	int pos;
	char last; /* character that nk gave */
	char *text; /* a page */
};

/* 0 or -ENOMEM. */
int log_file_open(struct log_file *file, const struct vlx_log *log);
void log_file_close(struct log_file *file);

/* Whether there is something to be read: 1, 0, or a negative errno. */
int log_file_look(struct log_file *file);

/* How many characters were read, 0: there are none now; or a negative errno. */
ssize_t log_file_read(struct log_file *file, char __user *buf, size_t size);

/* How many were taken; -EAGAIN: none now; or another errno. Each call begins a line, and ends its last one. */
ssize_t log_file_write(const struct vlx_log *log, const char __user *buf, size_t size);

/* Each makes the files of one log. 0 or a negative errno. */
int log_proc_init(struct vlx_log *log);
void log_proc_exit(struct vlx_log *log);
int log_dev_init(struct vlx_log *log);
void log_dev_exit(struct vlx_log *log);

#endif
