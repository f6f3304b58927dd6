// SPDX-License-Identifier: GPL-2.0-only
/* Which logs there are for this VM: those that the system tree lets it read or write. */
#include <linux/module.h>
#include "log.h"

static struct vlx_log logs[NK_LOGS];

static void remove_files(void)
{
	struct vlx_log *log;

	for (log = logs; log < logs + NK_LOGS; log++) {
		if (!log->mode)
			continue;
		log_dev_exit(log);
		log_proc_exit(log);
	}
}

static int make_files(struct vlx_log *log, umode_t mode)
{
	int err;

	log->mode = mode;
	snprintf(log->name, sizeof(log->name), "vlx-log-%u", log->nr);
	err = log_proc_init(log);
	if (err)
		goto out;
	err = log_dev_init(log);
	if (!err)
		return 0;
	log_proc_exit(log);
out:
	log->mode = 0;
	return err;
}

static int __init vlx_log_init(void)
{
	unsigned int nr;
	int info;
	int err;

	for (nr = 0; nr < NK_LOGS; nr++) {
		info = nk_log_info(nr);
		if (info < 0)
			break;
		if (!(info & (NK_LOG_MAY_READ | NK_LOG_MAY_WRITE)))
			continue;
		logs[nr].nr = nr;
		err = make_files(&logs[nr], (info & NK_LOG_MAY_READ ? 0400 : 0) |
						    (info & NK_LOG_MAY_WRITE ? 0200 : 0));
		if (err) {
			remove_files();
			return err;
		}
	}
	return 0;
}

static void __exit vlx_log_exit(void)
{
	remove_files();
}
module_init(vlx_log_init);
module_exit(vlx_log_exit);

MODULE_DESCRIPTION("nk's circular logs: /proc/nk/log-N and /dev/vlx-log-N");
MODULE_LICENSE("GPL");
