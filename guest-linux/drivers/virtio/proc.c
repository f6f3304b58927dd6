// SPDX-License-Identifier: GPL-2.0-only
/* vlx-virtio: /proc/nk/virtio. */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include "virtio.h"

static void show_queue(struct seq_file *m, struct vv_queue *q)
{
	const char *broken = READ_ONCE(q->walk.broken);

	seq_printf(m,
		   "  queue %u: %u of %u, %s, %llu kicks, %llu chains, %llu interrupts, %llu bytes "
		   "read, %llu written",
		   q->vq.num, q->vq.qsize, q->vq.max_qsize, READ_ONCE(q->ready) ? "ready" : "idle",
		   q->kicks, q->chains, q->interrupts, q->bytes_read, q->bytes_written);
	if (READ_ONCE(q->open) && broken)
		seq_printf(m, ", broken: %s", broken);
	seq_putc(m, '\n');
}

static void show_device(struct seq_file *m, struct vv_device *vd)
{
	u32 n;

	seq_printf(m, "%u %s vm%u", vd->nr, vd->info.name, vd->info.vm);
	if (!vd->registered) {
		seq_puts(m, vd->claimed ? " claimed\n" : " absent\n");
		return;
	}
	seq_printf(m, " id %u, %s, status %#x, features %#llx of %#llx, %u resets, %llu changes\n",
		   vd->dev.device_id, vd->told.running & VV_RUNS ? "runs" : "stopped",
		   vd->told.status, vd->told.features, vd->dev.features, vd->told.resets,
		   vd->interrupts);
	for (n = 0; n < vd->nr_queues; n++)
		show_queue(m, &vd->queues[n]);
}

static int show(struct seq_file *m, void *unused)
{
	struct vv_device *vd;

	for (vd = vv_devices; vd < vv_devices + vv_nr_devices; vd++) {
		mutex_lock(&vd->lock);
		show_device(m, vd);
		mutex_unlock(&vd->lock);
	}
	return 0;
}

int vv_proc_init(void)
{
	return proc_create_single("virtio", 0444, nk_proc_root, show) ? 0 : -ENOMEM;
}

void vv_proc_exit(void)
{
	remove_proc_entry("virtio", nk_proc_root);
}
