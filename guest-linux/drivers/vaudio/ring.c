// SPDX-License-Identifier: GPL-2.0-only
/* vlx-vaudio: descriptors of buffers, which the front-end puts in a ring and the back-end gives back in that order. */
#include <linux/export.h>
#include "device.h"

static bool is_running(const struct NkStream *s)
{
	return READ_ONCE(s->state) == VAUDIO_RUNNING;
}

void vaudio_ring_look(struct NkVaudio *v)
{
	struct NkStream *s;

	vaudio_for_each(s, v) {
		if (is_running(s) && READ_ONCE(s->shmem->ring.ireq) != s->req)
			v->hdl(s, NK_VAUDIO_STREAM_DATA, NULL, v->cookie);
	}
}

/* A whole period, in the samples. */
static bool is_good(const struct NkStream *s, const NkRingDesc *desc)
{
	u32 end = s->hw.pcm.buffer_bytes_max;

	return desc->bufsize == s->period && desc->bufsize <= end &&
	       desc->bufaddr >= s->samples_pa &&
	       desc->bufaddr - s->samples_pa <= end - desc->bufsize;
}

int vaudio_ring_get(NkStream s, NkPhAddr *addr, nku32_f *size)
{
	u32 ireq = smp_load_acquire(&s->shmem->ring.ireq); /* before descriptors */
	NkRingDesc desc;

	if (ireq - s->resp > RING_DESC_NB) {
		vlink_broken(s->vaudio->link, "the index of a ring");
		return 0;
	}
	/* No more than was put there: what is behind it may be of a ring that was emptied. */
	if (s->req - s->resp >= ireq - s->resp)
		return 0;
	memcpy(&desc, &s->shmem->desc[s->req % RING_DESC_NB], sizeof(desc));
	barrier(); /* what is checked is what is used */
	if (!is_good(s, &desc)) {
		vlink_broken(s->vaudio->link, "a buffer of a ring");
		return 0;
	}
	s->req++;
	*addr = desc.bufaddr;
	*size = desc.bufsize;
	return 1;
}
EXPORT_SYMBOL(vaudio_ring_get);

void vaudio_ring_put(NkStream s, nku32_f status)
{
	vaudio_stream_shmem_t *shmem = s->shmem;

	WRITE_ONCE(shmem->desc[s->resp % RING_DESC_NB].status, status);
	smp_store_release(&shmem->ring.iresp, ++s->resp); /* behind the status */
	vlink_trigger(s->vaudio->link, s->vaudio->to_ring);
}
EXPORT_SYMBOL(vaudio_ring_put);

void vaudio_ring_empty(struct NkStream *s)
{
	s->req = READ_ONCE(s->shmem->ring.ireq);
	s->resp = s->req;
	WRITE_ONCE(s->shmem->ring.iresp, s->resp);
}
