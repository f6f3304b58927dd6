// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vaudio: VAUDIO_BE(4D): a back-end's device is one link, and all streams there may be on it. Each has a driver of
 * vlink-lib's for itself, as it is created for a link that the caller names.
 */
#include <linux/export.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include "device.h"

#define VAUDIO_NAME "vaudio"

static void ctrl_xirq(void *cookie, NkXIrq xirq)
{
	vaudio_look(cookie);
}

static void ring_xirq(void *cookie, NkXIrq xirq)
{
	vaudio_ring_look(cookie);
}

static void show_ctrl(const struct NkVaudio *v, NkVaudioCtrl *ctrl)
{
	ctrl->cxirq = v->ctrl_xirq;
	ctrl->pxirq = v->to_ctrl;
}

/* The numbers of interrupts and addresses are there for who reads the page; both sides go by their labels. */
static void show_stream(const struct NkVaudio *v, const struct NkStream *s)
{
	vaudio_stream_shmem_t *shmem = s->shmem;

	shmem->ring = (NkDevRing){
		.pid = v->link->id_peer,
		.type = VAUDIO_RING_TYPE,
		.cxirq = v->ring_xirq,
		.pxirq = v->to_ring,
		.dsize = sizeof(NkRingDesc),
		.imask = RING_DESC_NB - 1,
		.base = v->shmem_pa + ((u8 *)shmem->desc - (u8 *)v->shmem),
	};
	show_ctrl(v, &shmem->ctrl);
	shmem->hw[s->idx] = s->hw;
}

static int on_reset(Vlink *vlink, void *cookie)
{
	struct NkVaudio *v = cookie;
	struct NkStream *s;

	memset(v->shmem, 0, sizeof(*v->shmem));
	show_ctrl(v, &v->shmem->mixer_ctrl);
	vaudio_for_each(s, v) {
		s->req = 0;
		s->resp = 0;
		show_stream(v, s);
	}
	return 0;
}

static int on_up(Vlink *vlink, void *cookie)
{
	vaudio_look(cookie);
	return 0;
}

static int on_abort(Vlink *vlink, void *cookie)
{
	vaudio_close_all(cookie);
	return 0;
}

static VlinkOpDesc ops[] = {
	{VLINK_OP_RESET, on_reset},
	{VLINK_OP_UP, on_up},
	{VLINK_OP_ABORT, on_abort},
	{},
};

/* One without memory for its samples is not there. */
static int get_samples(struct NkVaudio *v, struct NkStream *s)
{
	u32 size = v->sizes.bytes[s->dev][s->idx];
	NkResourceId id = VAUDIO_PMEM_SAMPLES_ID(s->dev, s->idx);

	if (!size) {
		s->hw.stream_cap = 0;
		return 0;
	}
	s->samples = vlink_pmem(v->link, id, size);
	if (!s->samples) {
		pr_err("vaudio: link %d: no pmem of %u bytes\n", v->link->number, size);
		return -ENOMEM;
	}
	s->samples_pa = nkops.nk_pmem_alloc(v->link->plink, id, size);
	s->hw.pcm.buffer_bytes_max = min(s->hw.pcm.buffer_bytes_max, size);
	return 0;
}

static int get_xirqs(struct NkVaudio *v)
{
	Vlink *link = v->link;

	v->to_ctrl = vlink_peer_xirq(link, VAUDIO_FE_CTRL_XIRQ_ID);
	v->to_ring = vlink_peer_xirq(link, VAUDIO_FE_RING_XIRQ_ID);
	v->ctrl_xirq = vlink_xirq_attach(link, VAUDIO_BE_CTRL_XIRQ_ID, ctrl_xirq, v, "vaudio-be");
	v->ring_xirq = vlink_xirq_attach(link, VAUDIO_BE_RING_XIRQ_ID, ring_xirq, v, "vaudio-be");
	return v->to_ctrl && v->to_ring && v->ctrl_xirq && v->ring_xirq ? 0 : -ENOMEM;
}

static int get_resources(struct NkVaudio *v)
{
	struct NkStream *s;
	int err;

	v->shmem = vlink_pmem(v->link, VAUDIO_PMEM_ID, sizeof(*v->shmem));
	if (!v->shmem)
		return -ENOMEM;
	v->shmem_pa = nkops.nk_pmem_alloc(v->link->plink, VAUDIO_PMEM_ID, sizeof(*v->shmem));
	vaudio_for_each(s, v) {
		s->shmem = &v->shmem->stream[s->dev][s->idx];
		err = get_samples(v, s);
		if (err)
			return err;
	}
	return get_xirqs(v);
}

static int vlink_init(Vlink *vlink)
{
	struct NkVaudio *v = container_of(vlink->drv, struct NkVaudio, drv);
	const char *wrong;
	int err = vaudio_parse_info(vlink_info(vlink), &v->sizes, &wrong);

	if (err) {
		pr_err("vaudio: link %d: info: \"%s\"?\n", vlink->number, wrong);
		return err;
	}
	v->link = vlink;
	err = vlink_ops_register(vlink, ops, v);
	err = err ?: get_resources(v);
	if (err)
		v->link = NULL;
	return err;
}

static bool wants(const Vlink *vlink)
{
	return vlink->nk_vlink == container_of(vlink->drv, struct NkVaudio, drv)->vlink;
}

static void set_up(struct NkVaudio *v, const NkVaudioHw *hw_conf)
{
	spin_lock_init(&v->lock);
	init_waitqueue_head(&v->acked);
	for (u32 dev = 0; dev < NK_VAUDIO_DEV_MAX; dev++) {
		for (u32 idx = 0; idx < NK_VAUDIO_STREAM_MAX; idx++) {
			struct NkStream *s = &v->stream[dev][idx];

			s->vaudio = v;
			s->dev = dev;
			s->idx = idx;
			s->hw = hw_conf[dev * NK_VAUDIO_STREAM_MAX + idx];
		}
	}
	v->drv = (VlinkDrv){
		.name = VAUDIO_NAME,
		.flags = VLINK_DRV_TYPE_SERVER,
		.wants = wants,
		.vlink_init = vlink_init,
	};
}

NkVaudio vaudio_create(NkDevVlink *vlink, NkVaudioEventHandler hdl, void *cookie,
		       NkVaudioHw *hw_conf)
{
	struct NkVaudio *v = kvzalloc(sizeof(*v), GFP_KERNEL);

	if (!v)
		return NULL;
	v->vlink = vlink;
	v->hdl = hdl;
	v->cookie = cookie;
	set_up(v, hw_conf);
	if (!vlink_drv_open(&v->drv) && v->link)
		return v;
	if (v->drv.state != VLINK_DRV_CLEAN)
		vlink_drv_close(&v->drv);
	kvfree(v);
	return NULL;
}
EXPORT_SYMBOL(vaudio_create);

void vaudio_destroy(NkVaudio vaudio)
{
	vlink_drv_close(&vaudio->drv);
	kvfree(vaudio);
}
EXPORT_SYMBOL(vaudio_destroy);

NkVaudio vaudio_of_stream(NkStream stream)
{
	return stream->vaudio;
}
EXPORT_SYMBOL(vaudio_of_stream);

nku32_f vaudio_stream_dev(NkStream stream)
{
	return stream->dev;
}
EXPORT_SYMBOL(vaudio_stream_dev);

nku32_f vaudio_stream_idx(NkStream stream)
{
	return stream->idx;
}
EXPORT_SYMBOL(vaudio_stream_idx);

MODULE_DESCRIPTION("Back-ends of sound devices of other VMs");
MODULE_LICENSE("GPL");
