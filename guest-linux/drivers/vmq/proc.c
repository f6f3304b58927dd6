// SPDX-License-Identifier: GPL-2.0-only
/* vlx-vmq: /proc/nk/vmq.NAME-fe and -be, a client's links, two lines each. */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include "vmq.h"

static const char *state_name(const struct vmq_xx *xx)
{
	static const char *const names[] = {
		[VMQ_DOWN] = "down",
		[VMQ_UP] = "up",
		[VMQ_ABORTED] = "abort",
	};

	return names[xx->state];
}

static void show(struct seq_file *seq, const vmq_link_t *link, const struct vmq_xx *xx, u32 spare,
		 u32 spare_data)
{
	const vmq_xx_config_t *c = &xx->config;
	const struct vmq_stats *s = &xx->stats;

	seq_printf(seq, "%2d %2u %s %-5s %5u %5u %5u %6u %d %5u %5u %5u", xx->vlink->number,
		   link->pub.peer_osid, xx->vlink->server ? "rx" : "tx", state_name(xx),
		   c->msg_count, c->msg_max, c->data_count, c->data_max, c->pdev_level, xx->held,
		   spare, spare_data);
	seq_printf(seq, " %9llu %9llu %9llu %9llu %7llu %3llu\n", s->messages, s->returned,
		   s->bells, s->interrupts, s->waits, s->misused);
}

/* A copy, so that what is printed belongs together, and the lock is not held for long. */
static void show_link(struct seq_file *seq, vmq_link_t *link)
{
	struct vmq_xx tx, rx;
	u32 msgs, bufs;

	spin_lock_irq(&link->lock);
	tx = link->tx.xx;
	rx = link->rx.xx;
	msgs = link->tx.nr_msgs;
	bufs = link->tx.nr_bufs;
	spin_unlock_irq(&link->lock);
	show(seq, link, &tx, msgs, bufs);
	show(seq, link, &rx, 0, 0);
}

static int show_links(struct seq_file *seq, void *unused)
{
	vmq_links_t *links = seq->private;
	vmq_link_t *link;

	seq_puts(seq, "Li Pr Di State Count   Max  Data    Max P  Held Spare  Data"
		      "  Messages  Returned     Bells      Intr   Waits Bad\n");
	list_for_each_entry(link, &links->list, entry) {
		if (link->usable)
			show_link(seq, link);
	}
	return 0;
}

/* A second client of the same links has none that is usable, and no file. */
void vmq_proc_add(vmq_links_t *links)
{
	char name[NK_DEV_VLINK_NAME_LIMIT + 8];

	snprintf(name, sizeof(name), "vmq.%s-%s", links->name, links->frontend ? "fe" : "be");
	links->proc = proc_create_single_data(name, 0444, nk_proc_root, show_links, links);
}
