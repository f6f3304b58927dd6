// SPDX-License-Identifier: GPL-2.0-only
/* vevent-fe: /proc/nk/vevent-fe, a line for each link. The last event is for root alone, as it may be a password's. */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include "fe.h"

static struct proc_dir_entry *file;

static void show_fe(struct seq_file *seq, struct vevent_fe *fe)
{
	seq_printf(seq, "%4d %4u %5s %7u %7u %10llu %10llu %10llu %x/%x/%d %s\n", fe->vlink->number,
		   fe->vlink->id_peer, vlink_is_up(fe->vlink) ? "up" : "down", fe->created,
		   fe->deleted, fe->events, fe->back, fe->back_dropped, fe->last.type,
		   fe->last.code, (int)fe->last.value, fe->idev ? fe->identity.name : "");
}

static int show(struct seq_file *seq, void *unused)
{
	struct vevent_fe *fe;
	Vlink *vlink;

	seq_puts(seq,
		 "Link Peer State Created Deleted     Events       Back    Dropped Last Device\n");
	vlink_for_each(vlink, &vevent_drv) {
		fe = vlink->private;
		if (!fe)
			continue;
		spin_lock_irq(&fe->lock);
		show_fe(seq, fe);
		spin_unlock_irq(&fe->lock);
	}
	return 0;
}

int vevent_proc_add(void)
{
	file = proc_create_single("vevent-fe", 0400, nk_proc_root, show);
	return file ? 0 : -ENOMEM;
}

void vevent_proc_remove(void)
{
	proc_remove(file);
}
