// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-virtio-user: the driver's memory as files, which a program may map, or pass on to others who do. nk leads what is
 * mapped to nobody's page while the driver's VM is not there, so nothing faults, however long it stays mapped.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "uvirtio.h"

/* Normal memory, as the driver has it: both are coherent. */
static int piece_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct nk_virtio_share *piece = file->private_data;
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT, size = vma->vm_end - vma->vm_start;

	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	if (!(vma->vm_flags & VM_SHARED) || offset > piece->size || size > piece->size - offset)
		return -EINVAL;
	return remap_pfn_range(vma, vma->vm_start, PHYS_PFN(piece->here + offset), size,
			       vma->vm_page_prot);
}

static int piece_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static const struct file_operations piece_fops = {
	.owner = THIS_MODULE,
	.mmap = piece_mmap,
	.release = piece_release,
};

static struct file *open_piece(unsigned int device, u32 which, struct vlx_virtio_vm_region *region)
{
	struct nk_virtio_share *piece = kzalloc(sizeof(*piece), GFP_KERNEL);
	struct file *file;
	int err;

	if (!piece)
		return ERR_PTR(-ENOMEM);
	err = nk_virtio_share(device, which, piece);
	file = err ? ERR_PTR(err)
		   : anon_inode_getfile("[vlx-virtio-memory]", &piece_fops, piece, O_RDWR);
	if (IS_ERR(file)) {
		kfree(piece);
		return file;
	}
	region->driver = piece->driver;
	region->size = piece->size;
	return file;
}

static int add_piece(struct uv_file *uf, struct uv_memory *m)
{
	struct vlx_virtio_vm_region *region = &m->told.region[m->told.nr];
	int fd = get_unused_fd_flags(O_CLOEXEC);
	struct file *file;

	if (fd < 0)
		return fd;
	file = open_piece(uf->nr, m->told.nr, region);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	region->fd = fd;
	m->file[m->told.nr++] = file;
	return 0;
}

void uv_memory_drop(struct uv_memory *m)
{
	while (m->told.nr) {
		fput(m->file[--m->told.nr]);
		put_unused_fd(m->told.region[m->told.nr].fd);
	}
}

void uv_memory_install(const struct uv_memory *m)
{
	u32 n;

	for (n = 0; n < m->told.nr; n++)
		fd_install(m->told.region[n].fd, m->file[n]);
}

int uv_memory(struct uv_file *uf, struct uv_memory *m)
{
	struct nk_virtio_info info;
	int err = nk_virtio_info(uf->nr, &info);

	memset(m, 0, sizeof(*m));
	while (!err && m->told.nr < min_t(u32, info.nr_shares, VLX_UVIRTIO_REGIONS))
		err = add_piece(uf, m);
	if (err)
		uv_memory_drop(m);
	return err;
}
