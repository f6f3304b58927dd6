// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vbuf: where an imported buffer's pages are. The exporter says so, and may say anything: only addresses in the link's
 * window are taken, and nk knows which of these it has granted. What is locked stays when the exporter goes, as
 * a page that is nobody's.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "vbuf.h"

#define LOCK_MAX ((u64)NK_GRANT_CALL << PAGE_SHIFT)

static bool is_in_window(const struct vbuf_fe *fe, const struct vbuf_piece *p)
{
	u64 offset = p->address - fe->window;

	return PAGE_ALIGNED(p->address) && PAGE_ALIGNED(p->size) && p->size &&
	       offset < fe->window_size && p->size <= fe->window_size - offset;
}

static int check_pieces(const struct vbuf_import *imp)
{
	u64 size = 0;
	u32 i;

	for (i = 0; i < imp->nr; i++) {
		if (!is_in_window(imp->fe, &imp->pieces[i]))
			return -EPROTO;
		size += imp->pieces[i].size; /* at most a window more than a buffer */
		if (size > imp->size)
			return -EPROTO;
	}
	return size == imp->size ? 0 : -EPROTO;
}

/* How much of that piece a call takes. */
static u64 part_of(const struct vbuf_piece *p, u64 from)
{
	return min(p->size - from, LOCK_MAX);
}

static void unlock_piece(const struct vbuf_import *imp, const struct vbuf_piece *p, u64 end)
{
	NkPhAddr plink = vrpc_plink(imp->fe->vrpc);
	u64 at;

	for (at = 0; at < end; at += part_of(p, at))
		nk_vm_mem_unlock(plink, p->address + at, part_of(p, at));
}

static int lock_piece(const struct vbuf_import *imp, const struct vbuf_piece *p)
{
	NkPhAddr plink = vrpc_plink(imp->fe->vrpc);
	bool lock = !imp->fe->dev->access.nolock;
	u64 at, part;
	int err;

	for (at = 0; at < p->size; at += part) {
		part = part_of(p, at);
		err = lock ? nk_vm_mem_verify_and_lock(plink, p->address + at, part, imp->write)
			   : nk_vm_mem_verify(plink, p->address + at, part, imp->write);
		if (!err)
			continue;
		if (lock)
			unlock_piece(imp, p, at);
		return err;
	}
	return 0;
}

static void unlock_pieces(const struct vbuf_import *imp, u32 n)
{
	while (n--)
		unlock_piece(imp, &imp->pieces[n], imp->pieces[n].size);
}

static int lock_pieces(struct vbuf_import *imp)
{
	bool lock = !imp->fe->dev->access.nolock;
	u32 i;
	int err;

	for (i = 0; i < imp->nr; i++) {
		err = lock_piece(imp, &imp->pieces[i]);
		if (!err)
			continue;
		if (lock)
			unlock_pieces(imp, i);
		return err;
	}
	imp->locked = lock;
	return 0;
}

int vbuf_layout_take(struct vbuf_import *imp, const struct vbuf_descr *descr, const void *pieces)
{
	int err;

	if (!descr->size || descr->size > min_t(u64, imp->fe->window_size, U32_MAX) ||
	    !descr->pieces)
		return -EPROTO;
	imp->size = descr->size;
	imp->write = descr->flags & VBUF_WRITE && imp->fe->dev->access.write;
	imp->nr = descr->pieces;
	memcpy(imp->heap, descr->heap, sizeof(imp->heap));
	imp->heap[sizeof(imp->heap) - 1] = 0;
	imp->pieces = kvmalloc_array(imp->nr, sizeof(*imp->pieces), GFP_KERNEL);
	if (!imp->pieces)
		return -ENOMEM;
	memcpy(imp->pieces, pieces, imp->nr * sizeof(*imp->pieces));
	err = check_pieces(imp);
	if (!err)
		err = lock_pieces(imp);
	if (err)
		vbuf_layout_drop(imp);
	return err;
}

void vbuf_layout_drop(struct vbuf_import *imp)
{
	if (imp->locked)
		unlock_pieces(imp, imp->nr);
	imp->locked = false;
	kvfree(imp->pieces);
	imp->pieces = NULL;
	imp->nr = 0;
}
