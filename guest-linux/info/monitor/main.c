// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-monitor: /proc/nk/monitoring, and the rings of events, mapped. Where the system tree has no `monitoring`, or this VM
 * may not have a part of it, what stands on this is loaded all the same, and makes no files of it.
 */
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include <nk/nkern.h>
#include "files.h"
#include "monitor.h"

struct proc_dir_entry *monitor_dir;
EXPORT_SYMBOL_GPL(monitor_dir);
struct nk_monitoring monitor_info;
EXPORT_SYMBOL_GPL(monitor_info);

static struct monitor_ring *rings; /* of each CPU */

const struct monitor_ring *monitor_ring(unsigned int cpu)
{
	return rings && cpu < monitor_info.nr_cpus ? &rings[cpu] : NULL;
}
EXPORT_SYMBOL_GPL(monitor_ring);

int monitor_ring_files(const char *name, const char *suffix, const struct proc_ops *ops, bool sized,
		       struct proc_dir_entry **dir)
{
	const struct monitor_ring *ring;
	struct proc_dir_entry *file;
	unsigned int cpu;
	char text[32];

	if (!monitor_ring(0))
		return 0;
	*dir = proc_mkdir(name, monitor_dir);
	if (!*dir)
		return -ENOMEM;
	for (cpu = 0; (ring = monitor_ring(cpu)); cpu++) {
		snprintf(text, sizeof(text), "cpu-%u%s", cpu, suffix);
		file = proc_create_data(text, 0400, *dir, ops, (void *)ring);
		if (!file) {
			proc_remove(*dir);
			return -ENOMEM;
		}
		if (sized)
			proc_set_size(file, ring->size);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(monitor_ring_files);

static bool is_known(const struct nk_monitoring *info)
{
	return info->hz && info->nr_buckets <= NK_STAT_BUCKETS && info->bucket_shift < 32;
}

static bool is_sound(const struct nk_event_ring *head)
{
	return head->magic == NK_EVENT_MAGIC && head->record_size == sizeof(struct nk_event) &&
	       is_power_of_2(head->nr_records) && head->nr_records > NK_EVENT_MARGIN &&
	       NK_EVENT_HEADER + (u64)head->nr_records * head->record_size <= monitor_info.stride;
}

static int map_ring(struct monitor_ring *ring, phys_addr_t at)
{
	void *va = memremap(at, monitor_info.stride, MEMREMAP_WB);

	if (!va)
		return -ENOMEM;
	ring->head = va;
	ring->records = va + NK_EVENT_HEADER;
	ring->at = at;
	ring->nr = ring->head->nr_records;
	ring->size = NK_EVENT_HEADER + (size_t)ring->nr * sizeof(struct nk_event);
	return is_sound(ring->head) ? 0 : -EIO;
}

static void unmap_rings(void)
{
	unsigned int cpu;

	for (cpu = 0; rings && cpu < monitor_info.nr_cpus; cpu++) {
		if (rings[cpu].head)
			memunmap((void *)rings[cpu].head);
	}
	kfree(rings);
	rings = NULL;
}

static int map_rings(void)
{
	unsigned int cpu;
	int err = 0;

	if (!monitor_info.rings)
		return 0;
	rings = kcalloc(monitor_info.nr_cpus, sizeof(*rings), GFP_KERNEL);
	if (!rings)
		return -ENOMEM;
	for (cpu = 0; cpu < monitor_info.nr_cpus && !err; cpu++)
		err = map_ring(&rings[cpu], monitor_info.rings + cpu * monitor_info.stride);
	if (err)
		unmap_rings();
	return err;
}

static int __init monitor_init(void)
{
	int err;

	if (nk_monitor_info(&monitor_info)) {
		memset(&monitor_info, 0, sizeof(monitor_info));
		return 0;
	}
	if (!is_known(&monitor_info))
		return -EIO;
	err = map_rings();
	if (err)
		return err;
	monitor_dir = proc_mkdir("monitoring", nk_proc_root);
	if (monitor_dir)
		return 0;
	unmap_rings();
	return -ENOMEM;
}

static void __exit monitor_exit(void)
{
	proc_remove(monitor_dir);
	unmap_rings();
}
module_init(monitor_init);
module_exit(monitor_exit);

MODULE_DESCRIPTION("What the modules of /proc/nk/monitoring share");
MODULE_LICENSE("GPL");
