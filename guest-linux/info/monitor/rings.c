// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-event-rings: /proc/nk/monitoring/vl,evt-log-0-raw/cpu-N-records, a CPU's ring of events as nk writes it (nk/monitor.h):
 * a page that describes it, and the records. It may be read, and be mapped shared, never to be written.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/uaccess.h>
#include "files.h"
#include "monitor.h"

static struct proc_dir_entry *dir;

static ssize_t ring_read(struct file *filp, char __user *buf, size_t size, loff_t *pos)
{
	const struct monitor_ring *ring = pde_data(file_inode(filp));

	return simple_read_from_buffer(buf, size, pos, ring->head, ring->size);
}

static loff_t ring_lseek(struct file *filp, loff_t offset, int whence)
{
	const struct monitor_ring *ring = pde_data(file_inode(filp));

	return fixed_size_llseek(filp, offset, whence, ring->size);
}

/* What may become writable later is refused too: private mappings, and those of who has opened it for writing. */
static int ring_mmap(struct file *filp, struct vm_area_struct *vma)
{
	const struct monitor_ring *ring = pde_data(file_inode(filp));
	unsigned long size = vma->vm_end - vma->vm_start;
	unsigned long pages = PAGE_ALIGN(ring->size) >> PAGE_SHIFT;

	if (vma->vm_flags & (VM_WRITE | VM_MAYWRITE))
		return -EACCES;
	if (vma->vm_pgoff >= pages || size >> PAGE_SHIFT > pages - vma->vm_pgoff)
		return -EINVAL;
	return remap_pfn_range(vma, vma->vm_start, PHYS_PFN(ring->at) + vma->vm_pgoff, size,
			       vma->vm_page_prot);
}

static const struct proc_ops ring_ops = {
	.proc_read = ring_read,
	.proc_lseek = ring_lseek,
	.proc_mmap = ring_mmap,
};

static int __init event_rings_init(void)
{
	return monitor_ring_files("vl,evt-log-0-raw", "-records", &ring_ops, true, &dir);
}

static void __exit event_rings_exit(void)
{
	proc_remove(dir);
}
module_init(event_rings_init);
module_exit(event_rings_exit);

MODULE_DESCRIPTION("nk's rings of events, in /proc/nk/monitoring/vl,evt-log-0-raw");
MODULE_LICENSE("GPL");
