// SPDX-License-Identifier: GPL-2.0-only
/* vlx-vbd2-fe: /proc/nk/vbd2-fe: the disks, a line each. */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include "fe.h"

static const char *state_of(const struct fe_disk *disk)
{
	return disk->gone ? "gone" : disk->held ? "held" : "on";
}

static void show_disk(struct seq_file *seq, const struct fe_disk *disk)
{
	const vbd2_probe_t *p = &disk->record;

	seq_printf(seq, "%2d %2u %-10s %3u %3u %s %-5s %5u %10llu %8lld %8lld %8lld %6lld %6u\n",
		   disk->link->number, vmq_peer_osid(disk->link->vmq), disk->name, disk->gd->major,
		   disk->gd->first_minor, p->info & VBD2_INFO_READ_ONLY ? "ro" : "rw",
		   state_of(disk), p->genid, p->sectors, atomic64_read(&disk->reads),
		   atomic64_read(&disk->writes), atomic64_read(&disk->others),
		   atomic64_read(&disk->errors), disk->kept);
}

static void show_link(struct seq_file *seq, struct fe_link *link)
{
	struct fe_disk *disk;

	mutex_lock(&link->lock);
	seq_printf(seq,
		   "link %d: vm%u %s %s, %u requests of %u segments, %u buffers of %u;"
		   " %llu probes, %llu changes, %llu stops, %llu sent again, %llu bad\n",
		   link->number, vmq_peer_osid(link->vmq), link->on ? "up" : "down",
		   vbd2_mode_name(&link->comm), link->comm.msg_count, link->comm.segs,
		   link->requests_config.data_count, link->requests_config.data_max, link->probes,
		   link->changes, link->stops, link->resent, link->bad);
	if (link->window.pages)
		seq_printf(seq, "  grants: %u pages, %u in use, %u kept, %u lost, %llu granted\n",
			   link->window.pages, READ_ONCE(link->nr_pages),
			   READ_ONCE(link->kept_pages), READ_ONCE(link->lost_pages),
			   READ_ONCE(link->granted));
	list_for_each_entry(disk, &link->disks, entry)
		show_disk(seq, disk);
	mutex_unlock(&link->lock);
}

static int show(struct seq_file *seq, void *unused)
{
	struct fe_link *link;

	seq_puts(seq, "Li Vm Name       Maj Min    State   Gen    Sectors    Reads   Writes"
		      "   Others Errors   Kept\n");
	list_for_each_entry(link, &vbd2_fe.list, entry)
		show_link(seq, link);
	return 0;
}

void fe_proc_add(struct fe *fe)
{
	fe->proc = proc_create_single("vbd2-fe", 0444, nk_proc_root, show);
}
