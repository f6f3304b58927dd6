// SPDX-License-Identifier: GPL-2.0-only
/* vevent-be: /proc/nk/vevent-be, a line for each link. */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include "be.h"

static struct proc_dir_entry *file;

static void show_end(struct seq_file *seq, const struct vevent_end *end)
{
	const Vlink *vlink = end->vlink;
	const struct vevent_device *d = end->device;

	seq_printf(seq, "%4d %4u %5s %10llu %10llu %10llu %s\n", vlink->number, vlink->id_peer,
		   !d			? "free"
		   : vlink_is_up(vlink) ? "up"
					: "down",
		   end->events, end->dropped, end->back, d ? d->handle.dev->name ?: "" : "");
}

static int show(struct seq_file *seq, void *unused)
{
	Vlink *vlink;

	mutex_lock(&vevent_devices_lock);
	seq_printf(seq, "Focus: VM %u\n", vevent_focused);
	seq_puts(seq, "Link Peer State     Events    Dropped       Back Device\n");
	vlink_for_each(vlink, &vevent_drv) {
		if (vlink->private)
			show_end(seq, vlink->private);
	}
	mutex_unlock(&vevent_devices_lock);
	return 0;
}

int vevent_proc_add(void)
{
	file = proc_create_single("vevent-be", 0400, nk_proc_root, show);
	return file ? 0 : -ENOMEM;
}

void vevent_proc_remove(void)
{
	proc_remove(file);
}
