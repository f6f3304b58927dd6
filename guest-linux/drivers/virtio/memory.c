// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-virtio: memory of the driver's VM, mapped as long as the device is claimed. nk leads to a page that is nobody's
 * while that VM does not run, so nothing faults.
 */
#include <linux/io.h>
#include <linux/slab.h>
#include "virtio.h"

static int map_piece(struct vv_device *vd, u32 which)
{
	struct vwalk_piece *piece = &vd->pieces[which];
	struct nk_virtio_share share;
	int err = nk_virtio_share(vd->nr, which, &share);

	if (err)
		return err;
	piece->here = memremap(share.here, share.size, MEMREMAP_WB);
	if (!piece->here)
		return -ENOMEM;
	piece->driver = share.driver;
	piece->size = share.size;
	return 0;
}

static int map_pieces(struct vv_device *vd)
{
	int err;

	vd->pieces = kcalloc(vd->info.nr_shares, sizeof(*vd->pieces), GFP_KERNEL);
	if (!vd->pieces)
		return -ENOMEM;
	for (vd->nr_pieces = 0; vd->nr_pieces < vd->info.nr_shares; vd->nr_pieces++) {
		err = map_piece(vd, vd->nr_pieces);
		if (err)
			return err;
	}
	return 0;
}

int vv_map(struct vv_device *vd)
{
	int err;

	if (!vd->info.nr_shares)
		return -EACCES;
	vd->page = memremap(vd->info.page, sizeof(*vd->page), MEMREMAP_WB);
	if (!vd->page)
		return -ENOMEM;
	err = map_pieces(vd);
	if (err)
		vv_unmap(vd);
	return err;
}

void vv_unmap(struct vv_device *vd)
{
	while (vd->nr_pieces)
		memunmap(vd->pieces[--vd->nr_pieces].here);
	kfree(vd->pieces);
	vd->pieces = NULL;
	memunmap((void *)vd->page);
	vd->page = NULL;
}
