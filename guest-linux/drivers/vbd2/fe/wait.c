// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbd2-fe: "vbd2-wait=(MAJOR,MINOR)" of a link's info: the module is loaded when these disks are there.
 */
#include <linux/printk.h>
#include "fe.h"

#define BEGIN "vbd2-wait=("

/* Reads the next one. Returns false for no more; what is not understood is said, and is not waited for. */
static bool next_wait(const char **text, u16 *devid)
{
	const char *at, *end;

	while ((at = strstr(*text, BEGIN))) {
		*text = at + strlen(BEGIN);
		end = vbd2_parse_devid(*text, devid);
		if (end && *end == ')')
			return true;
		pr_err("vbd2-fe: not understood: %.40s\n", at);
	}
	return false;
}

static bool is_added(struct fe_link *link, u16 devid)
{
	struct fe_disk *disk;
	bool added;

	mutex_lock(&link->lock);
	disk = fe_find_disk(link, devid);
	added = disk && disk->added;
	mutex_unlock(&link->lock);
	return added;
}

int fe_wait_disks(struct fe *fe)
{
	struct fe_link *link;
	const char *text;
	u16 devid;

	list_for_each_entry(link, &fe->list, entry) {
		text = vbd2_bootargs(vmq_link_rx_s_info(link->vmq));
		while (next_wait(&text, &devid)) {
			if (wait_event_interruptible(fe->added, is_added(link, devid)))
				return -EINTR;
		}
	}
	return 0;
}
