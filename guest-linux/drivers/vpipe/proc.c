// SPDX-License-Identifier: GPL-2.0-only
/* /proc/nk/vpipe and /proc/nk/vbpipe, with the columns of their pages. */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include "vpipe.h"

static char letter(int state)
{
	switch (state) {
	case NK_DEV_VLINK_OFF:
		return 'F';
	case NK_DEV_VLINK_RESET:
		return 'R';
	case NK_DEV_VLINK_ON:
		return 'O';
	default:
		return '?';
	}
}

/* The client's end, then the server's, as both say. */
static void show_link(struct seq_file *m, const struct vpipe_end *end)
{
	const NkDevVlink *nk;

	if (!end->vlink)
		return;
	nk = end->vlink->nk_vlink;
	seq_printf(m, "%c%c", letter(READ_ONCE(nk->c_state)), letter(READ_ONCE(nk->s_state)));
}

static char second_flag(const struct vpipe *dev)
{
	if (!dev->face->both_ways)
		return dev->in.vlink ? 'R' : 'W';
	return dev->config.partial ? 'a' : '.';
}

static void show_device(struct seq_file *m, const struct vpipe *dev)
{
	const struct vpipe_end *end = dev->in.vlink ? &dev->in : &dev->out;

	seq_printf(m, "%2u %2u %2d %c%c%u ", dev->minor, end->vlink->id_peer, end->vlink->number,
		   vpipe_enabled(dev) ? 'E' : '.', second_flag(dev), READ_ONCE(dev->count));
	show_link(m, &dev->out);
	show_link(m, &dev->in);
	seq_printf(m, " %4x %4u %5u %10llu %5u %10llu", end->ring.size, READ_ONCE(dev->opens),
		   READ_ONCE(dev->in.calls), READ_ONCE(dev->in.bytes), READ_ONCE(dev->out.calls),
		   READ_ONCE(dev->out.bytes));
	if (!dev->face->both_ways)
		seq_printf(m, " %s", dev->name);
	seq_putc(m, '\n');
}

static int show(struct seq_file *m, void *unused)
{
	const struct vpipe_face *face = m->private;
	unsigned int n;

	seq_printf(m, "Mi Pr Id %s Size Opns Reads ReadBytes- Wrtes WriteBytes%s\n",
		   face->both_ways ? "EaU Stat" : "EDU St", face->both_ways ? "" : " Name");
	for (n = 0; n < VPIPE_MINORS; n++) {
		if (face->devs[n])
			show_device(m, face->devs[n]);
	}
	return 0;
}

int vpipe_proc_create(struct vpipe_face *face)
{
	return proc_create_single_data(face->name, 0444, nk_proc_root, show, face) ? 0 : -ENOMEM;
}

void vpipe_proc_remove(struct vpipe_face *face)
{
	remove_proc_entry(face->name, nk_proc_root);
}
