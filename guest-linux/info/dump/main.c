// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/nk/vmcore/N: the memory and the registers of VM N, which has stopped or is paused, as an ELF core. There is a
 * file for each VM whose nk.vm.N.dump this one may get. What is opened is one life of it: when the next one begins,
 * reading fails. Who has read the last byte has what there is, and the VM's restart waits no more.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <nk/nkern.h>
#include "core.h"

struct reader {
	struct mutex lock;
	unsigned int vm;
	loff_t size;
	unsigned int head_size;
	bool whole; /* the last byte was read */
	struct core core;
	unsigned char *head;
	unsigned char page[NK_DUMP_PAGE];
};

static struct proc_dir_entry *directory;

/* The guest says where its note is; whatever is there is only a note if it looks like one. */
static void read_note(struct reader *reader)
{
	const struct nk_dump_info *info = &reader->core.info;
	u64 first = info->note_base & ~(u64)(NK_DUMP_PAGE - 1);
	unsigned int skip = info->note_base - first;
	unsigned int size = min_t(u64, info->note_size, CORE_NOTE_MAX);
	unsigned int done = 0, part;

	while (done < size) {
		if (nk_dump_read(reader->vm, info->generation, first, reader->page))
			break;
		part = min_t(unsigned int, size - done, NK_DUMP_PAGE - skip);
		memcpy(reader->core.note + done, reader->page + skip, part);
		done += part;
		first += NK_DUMP_PAGE;
		skip = 0;
	}
	core_check_note(&reader->core, done);
}

static int read_pieces(struct reader *reader)
{
	struct core *core = &reader->core;
	unsigned int i;
	int err = 0;

	if (core->info.more_ram >= CORE_RAM_MAX)
		return -EIO;
	core->nr_ram = 1 + core->info.more_ram;
	core->ram[0] = (struct nk_dump_ram){core->info.ram_base, core->info.ram_size};
	for (i = 1; i < core->nr_ram && !err; i++)
		err = nk_dump_ram(reader->vm, core->info.generation, i, &core->ram[i]);
	return err;
}

static int read_head(struct reader *reader)
{
	struct nk_dump_info *info = &reader->core.info;
	int err = nk_dump_info(reader->vm, info);
	unsigned int i;

	if (err)
		return err == -ESTALE ? -EBUSY : err;
	if (info->nr_vcpus > CORE_VCPUS_MAX)
		return -EIO;
	err = read_pieces(reader);
	for (i = 0; i < info->nr_vcpus && !err; i++)
		err = nk_dump_vcpu(reader->vm, info->generation, i, &reader->core.vcpu[i]);
	if (err)
		return err;
	read_note(reader);
	reader->head_size = core_head_size(&reader->core);
	reader->head = kvzalloc(reader->head_size, GFP_KERNEL);
	if (!reader->head)
		return -ENOMEM;
	core_head(&reader->core, reader->head);
	reader->size = reader->head_size + core_ram_size(&reader->core);
	return 0;
}

static int dump_open(struct inode *inode, struct file *filp)
{
	struct reader *reader = kvzalloc(sizeof(*reader), GFP_KERNEL);
	int err;

	if (!reader)
		return -ENOMEM;
	mutex_init(&reader->lock);
	reader->vm = (unsigned long)pde_data(inode);
	err = read_head(reader);
	if (err) {
		kvfree(reader->head);
		kvfree(reader);
		return err;
	}
	filp->private_data = reader;
	return 0;
}

/* What there is at pos, up to the end of the head or of the page. Returns how many bytes, or a negative errno. */
static ssize_t find_piece(struct reader *reader, loff_t pos, const unsigned char **piece)
{
	u64 offset = pos - reader->head_size;
	unsigned int skip = offset & (NK_DUMP_PAGE - 1);
	int err;

	if (pos < reader->head_size) {
		*piece = reader->head + pos;
		return reader->head_size - pos;
	}
	err = nk_dump_read(reader->vm, reader->core.info.generation,
			   core_address(&reader->core, offset - skip), reader->page);
	*piece = reader->page + skip;
	return err ? err : NK_DUMP_PAGE - skip;
}

static ssize_t read_piece(struct reader *reader, char __user *buf, size_t size, loff_t *pos)
{
	const unsigned char *piece;
	ssize_t n;

	n = find_piece(reader, *pos, &piece);
	if (n < 0)
		return n;
	n = min_t(size_t, n, size);
	if (copy_to_user(buf, piece, n))
		return -EFAULT;
	*pos += n;
	reader->whole |= *pos == reader->size;
	return n;
}

static ssize_t dump_read(struct file *filp, char __user *buf, size_t size, loff_t *pos)
{
	struct reader *reader = filp->private_data;
	size_t done = 0;
	ssize_t n = 0;

	if (mutex_lock_interruptible(&reader->lock))
		return -ERESTARTSYS;
	while (done < size && *pos < reader->size) {
		n = read_piece(reader, buf + done, size - done, pos);
		if (n < 0)
			break;
		done += n;
		cond_resched();
		if (signal_pending(current))
			break;
	}
	mutex_unlock(&reader->lock);
	return done ? done : n;
}

static loff_t dump_lseek(struct file *filp, loff_t offset, int whence)
{
	struct reader *reader = filp->private_data;

	return fixed_size_llseek(filp, offset, whence, reader->size);
}

static int dump_release(struct inode *inode, struct file *filp)
{
	struct reader *reader = filp->private_data;

	if (reader->whole)
		nk_dump_end(reader->vm, reader->core.info.generation);
	kvfree(reader->head);
	kvfree(reader);
	return 0;
}

static const struct proc_ops dump_ops = {
	.proc_open = dump_open,
	.proc_read = dump_read,
	.proc_lseek = dump_lseek,
	.proc_release = dump_release,
};

static int make_files(void)
{
	unsigned long vm;
	struct nk_dump_info info;
	char name[12];

	for (vm = NK_OS_NKERNEL + 1; vm <= nkops.nk_last_id_get(); vm++) {
		if (nk_dump_info(vm, &info) == -EACCES)
			continue;
		snprintf(name, sizeof(name), "%lu", vm);
		if (!proc_create_data(name, 0400, directory, &dump_ops, (void *)vm))
			return -ENOMEM;
	}
	return 0;
}

static int __init vlx_dump_init(void)
{
	int err;

	directory = proc_mkdir("vmcore", nk_proc_root);
	if (!directory)
		return -ENOMEM;
	err = make_files();
	if (err)
		proc_remove(directory);
	return err;
}

static void __exit vlx_dump_exit(void)
{
	proc_remove(directory);
}
module_init(vlx_dump_init);
module_exit(vlx_dump_exit);

MODULE_DESCRIPTION("The memory of VMs that have stopped, in /proc/nk/vmcore");
MODULE_LICENSE("GPL");
