// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-virtio-user: the driver's memory as files, which a program may map, or pass on to others who do. nk leads what is
 * mapped to nobody's page while the driver's VM is not there, so nothing faults, however long it stays mapped.
 */
#include <linux/anon_inodes.h>
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

static int open_piece(unsigned int device, u32 which, struct vlx_virtio_vm_region *region)
{
	struct nk_virtio_share *piece = kzalloc(sizeof(*piece), GFP_KERNEL);
	int err;

	if (!piece)
		return -ENOMEM;
	err = nk_virtio_share(device, which, piece);
	if (!err)
		err = anon_inode_getfd("[vlx-virtio-memory]", &piece_fops, piece,
				       O_RDWR | O_CLOEXEC);
	if (err < 0) {
		kfree(piece);
		return err;
	}
	*region = (struct vlx_virtio_vm_region){piece->driver, piece->size, err, 0};
	return 0;
}

/* File descriptors that were made before an error are the program's, which ends then. */
int uv_memory(struct uv_file *uf, struct vlx_virtio_vm_memory *memory)
{
	struct nk_virtio_info info;
	int err = nk_virtio_info(uf->nr, &info);

	if (err)
		return err;
	memset(memory, 0, sizeof(*memory));
	for (; memory->nr < min_t(u32, info.nr_shares, VLX_UVIRTIO_REGIONS); memory->nr++) {
		err = open_piece(uf->nr, memory->nr, &memory->region[memory->nr]);
		if (err)
			return err;
	}
	return 0;
}
