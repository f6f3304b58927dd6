// SPDX-License-Identifier: GPL-2.0-only
/* vsmq: /proc/nk/vsmq-NAME-tx-VMID.LINKID and -rx-, a file for each endpoint while somebody has a handle of its name. */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include "vsmq_priv.h"

#define FILE_NAME_MAX 64

static int show(struct seq_file *m, void *v)
{
	const struct vsmq_end *end = m->private;
	const struct vsmq_counts *c = &end->counts;
	const Vlink *vlink = end->vlink;

	if (vlink->server)
		seq_puts(m, "Link Peer    Rx-Msg    Rx-Free    Rx-IRQ ");
	else
		seq_puts(m, "Link Peer    Tx-Msg    Tx-Alloc    Tx-IRQ ");
	seq_puts(m, "Rx-Sysconf Tx-Sysconf Reset Name\n");
	seq_printf(m, "%3d %6u %11llu %11llu %11llu %11llu %9llu %5llu %s\n", vlink->number,
		   vlink->id_peer, c->msgs, c->buffers, c->irqs, c->rx_sysconf, c->tx_sysconf,
		   c->resets, vlink->drv->name);
	return 0;
}

int vsmq_proc_add(struct vsmq_end *end)
{
	const Vlink *vlink = end->vlink;
	char name[FILE_NAME_MAX];

	snprintf(name, sizeof(name), "vsmq-%s-%s-%u.%llx", vlink->drv->name,
		 vlink->server ? "rx" : "tx", vlink->id_peer, vlink->plink);
	strreplace(name, '/', '!');
	end->file = proc_create_single_data(name, 0444, nk_proc_root, show, end);
	return end->file ? 0 : -ENOMEM;
}

void vsmq_proc_remove(struct vsmq_end *end)
{
	proc_remove(end->file);
}
