/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vlx-vaudio share: a back-end's device on a link. */
#ifndef VAUDIO_DEVICE_H
#define VAUDIO_DEVICE_H

#include <linux/spinlock.h>
#include <linux/wait.h>
#include <vaudio.h>
#include <vlx/vlink-lib.h>

/* Of a stream, by the events that were acknowledged well. */
enum vaudio_state { VAUDIO_CLOSED, VAUDIO_OPEN, VAUDIO_SET, VAUDIO_RUNNING };

union vaudio_params {
	NkEventOpen open;
	NkEventStop stop;
	NkEventSetRate rate;
};

struct NkStream {
	nku32_f req; /* the next descriptor for vaudio_ring_get() */
	NkVaudio vaudio;
	vaudio_stream_shmem_t *shmem;
	/* Ours. */
	u32 dev;
	u32 idx;
	u32 resp; /* the next one for vaudio_ring_put() */
	NkVaudioHw hw; /* stream_cap is 0 where there is no stream */
	void *samples;
	NkPhAddr samples_pa;
	/* With vaudio->lock held. */
	bool busy; /* an event was not acknowledged yet */
	bool own; /* it is not of the front-end's asking */
	enum vaudio_state state;
	u32 period; /* bytes */
	union vaudio_params params;
};

struct NkVaudio {
	NkDevVlink *vlink;
	NkVaudioEventHandler hdl;
	void *cookie;
	struct NkStream stream[NK_VAUDIO_DEV_MAX][NK_VAUDIO_STREAM_MAX];
	vaudio_shmem_t *shmem;
	/* Ours. */
	VlinkDrv drv; /* of this one link */
	Vlink *link;
	struct vaudio_sizes sizes;
	NkPhAddr shmem_pa;
	NkXIrq ctrl_xirq;
	NkXIrq ring_xirq;
	NkXIrq to_ctrl; /* the front-end's */
	NkXIrq to_ring;
	spinlock_t lock;
	bool mixer_busy; /* with lock held */
	NkEventMixer mixer;
	wait_queue_head_t acked;
};

/* The next stream that is there, from this one on; NULL behind the last. */
static inline struct NkStream *vaudio_next(struct NkVaudio *v, struct NkStream *s)
{
	for (; s < &v->stream[0][0] + NK_VAUDIO_DEV_MAX * NK_VAUDIO_STREAM_MAX; s++) {
		if (s->hw.stream_cap)
			return s;
	}
	return NULL;
}

/* Each stream that is there. */
#define vaudio_for_each(each, v)                                                                   \
	for ((each) = vaudio_next(v, &(v)->stream[0][0]); (each);                                  \
	     (each) = vaudio_next(v, (each) + 1))

/* event.c: looks for commands. Context: any. */
void vaudio_look(struct NkVaudio *v);

/* event.c: streams that are open are closed, and all events acknowledged, when it returns. The link is down. May sleep. */
void vaudio_close_all(struct NkVaudio *v);

/* ring.c: looks for descriptors. Context: any. */
void vaudio_ring_look(struct NkVaudio *v);

/* ring.c: all that the front-end has put there is its own again. Context: any. */
void vaudio_ring_empty(struct NkStream *s);

#endif
