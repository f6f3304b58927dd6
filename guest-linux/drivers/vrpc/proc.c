// SPDX-License-Identifier: GPL-2.0-only
/*
 * vrpc: /proc/nk/vrpc, a line for each endpoint. Pr is the peer's VM, Id the link's number, OTUCRH: Open; a Server's
 * or a Client's; Used; has a Call; has a Ready function to call; how it handles interrupts, None, Direct, by a
 * thread (I, indirect), or by Waking up callers.
 */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include "vrpc_priv.h"

static char handles(const struct vrpc_t *vrpc)
{
	if (!vrpc->open)
		return 'N';
	if (!vrpc->vlink->server)
		return 'W';
	return vrpc->direct ? 'D' : 'I';
}

static const char *state(const struct vrpc_t *vrpc)
{
	switch (READ_ONCE(vrpc->vlink->state)) {
	case VLINK_CLEAN:
	case VLINK_STOPPED:
		return "Off";
	case VLINK_UP:
		return "On";
	default:
		return "Rst";
	}
}

/* Links of another name have that instead. */
static const char *name_of(const struct vrpc_t *vrpc)
{
	const VlinkDrv *drv = vrpc->vlink->drv;

	return drv == &vrpc_own.drv ? vrpc->info : drv->name;
}

static void show_one(struct seq_file *m, const struct vrpc_t *vrpc)
{
	seq_printf(m, "%2u %2d %c%c%c%c%c%c %3s %4x %5lu %8llu %8llu %s\n", vrpc->vlink->id_peer,
		   vrpc->vlink->number, vrpc->open ? 'O' : '.', vrpc->vlink->server ? 'S' : 'C',
		   vrpc->used ? 'U' : '.', vrpc->call ? 'C' : '.',
		   READ_ONCE(vrpc->ready) ? 'R' : '.', handles(vrpc), state(vrpc), vrpc->maxsize,
		   vrpc->calls, vrpc->rx_bytes, vrpc->tx_bytes, name_of(vrpc));
}

static int vrpc_show(struct seq_file *m, void *v)
{
	struct vrpc_links *links;
	Vlink *vlink;

	seq_puts(m, "Pr Id OTUCRH Sta Size Calls RxBytes- TxBytes- Info\n");
	mutex_lock(&vrpc_lookup_lock);
	list_for_each_entry(links, &vrpc_all, entry) {
		vlink_for_each(vlink, &links->drv) {
			if (vlink->private)
				show_one(m, vlink->private);
		}
	}
	mutex_unlock(&vrpc_lookup_lock);
	return 0;
}

int vrpc_proc_add(void)
{
	return proc_create_single("vrpc", 0444, nk_proc_root, vrpc_show) ? 0 : -ENOMEM;
}

void vrpc_proc_remove(void)
{
	remove_proc_entry("vrpc", nk_proc_root);
}
