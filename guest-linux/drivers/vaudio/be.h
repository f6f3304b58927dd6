/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of vaudio-be share: a card of this VM for front-ends of others. */
#ifndef VAUDIO_BE_H
#define VAUDIO_BE_H

#include <linux/fs.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <sound/core.h>
#include <sound/pcm.h>
#include <vaudio.h>

/* A stream of ALSA's, open. By its thread alone. */
struct native {
	struct file *file; /* NULL: not open */
	struct snd_pcm_substream *substream;
	NkEventSetRate set;
	snd_pcm_uframes_t period; /* frames */
	snd_pcm_uframes_t ahead; /* frames that it has at the most */
};

/* A stream of a link, with a thread that does all of its events and moves its samples. */
struct be_stream {
	struct be_link *link;
	u32 dev;
	u32 idx;
	struct task_struct *thread;
	wait_queue_head_t wait;
	bool data; /* there are descriptors */
	bool pending; /* the next three are an event */
	NkStream stream;
	NkVaudioEvent event;
	void *params;
	/* By the thread. */
	struct native native;
	bool running;
	bool lost; /* samples: all buffers are errors until it is stopped */
};

struct be_link {
	NkVaudio vaudio;
	u32 card; /* its number */
	struct be_stream stream[NK_VAUDIO_DEV_MAX][NK_VAUDIO_STREAM_MAX];
	struct work_struct mixer_work;
	NkStream mixer_stream; /* of the event, as the next one */
	NkEventMixer *mixer;
	u32 nr_controls;
	u32 controls[NK_VAUDIO_MIXER_MAX]; /* ALSA's numids */
};

/*
 * native.c: ALSA's side of a stream. All return 0 or an error; -EPIPE is an overrun or underrun. Context: a kernel's
 * thread, may sleep.
 */
int native_open(struct native *n, u32 card, u32 dev, u32 idx);
void native_close(struct native *n);
int native_set(struct native *n, const NkEventSetRate *set, u32 periods_ahead);
int native_start(struct native *n);
void native_stop(struct native *n);

/* Of a playback: how many frames it has that are not played yet. Of a capture: how many it has for us. */
int native_queued(struct native *n, snd_pcm_uframes_t *frames);

/* A period, of these samples or silence (NULL); into these. There is room; there are as many. */
int native_play(struct native *n, const void *samples);
int native_capture(struct native *n, void *samples);

/* What that stream of the card can do; stream_cap 0 where there is none. */
void native_query(u32 card, u32 dev, u32 idx, NkVaudioHw *hw);

/* stream.c: a stream of the link, as idle until its first event. */
int be_stream_begin(struct be_stream *s);
void be_stream_end(struct be_stream *s);

/* stream.c: takes an event. Context: any. */
void be_stream_event(struct be_stream *s, NkStream stream, NkVaudioEvent event, void *params);

/* controls.c: of a card's controls those that a front-end can have. */
void be_find_controls(struct be_link *l);

/* controls.c: does what a front-end asks of them, in m. Returns 0 or an error. */
int be_control(struct be_link *l, NkEventMixer *m);

/* be.c: how many periods a playback has in hand. */
u32 be_ahead(void);

#endif
