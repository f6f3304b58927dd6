// SPDX-License-Identifier: GPL-2.0-only
/*
 * vaudio-be: a stream of a front-end on one of ALSA's. The front-end's ring is as a device's that reads or writes memory:
 * a playback takes a period whenever one was played, and has `ahead` of them in hand, silence at first; so what was
 * taken too early, or too late, is an xrun of the front-end's ALSA or of this one's, and neither is hidden.
 */
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include "be.h"

#define WAIT_MIN_NS (NSEC_PER_MSEC / 2)
#define DRAIN_MORE HZ

static int move_playback(struct be_stream *s, snd_pcm_uframes_t *missing)
{
	struct native *n = &s->native;
	snd_pcm_uframes_t queued;
	NkPhAddr addr;
	nku32_f size;
	int err = native_queued(n, &queued);

	while (!err && queued + n->period <= n->ahead && vaudio_ring_get(s->stream, &addr, &size)) {
		err = native_play(n, n->set.dma_vaddr + (addr - n->set.dma_paddr));
		vaudio_ring_put(s->stream, err ? NK_VAUDIO_STATUS_ERROR : NK_VAUDIO_STATUS_OK);
		queued += n->period;
	}
	*missing = queued + n->period <= n->ahead ? n->period : queued + n->period - n->ahead;
	return err;
}

static int move_capture(struct be_stream *s, snd_pcm_uframes_t *missing)
{
	struct native *n = &s->native;
	snd_pcm_uframes_t queued;
	NkPhAddr addr;
	nku32_f size;
	int err = native_queued(n, &queued);

	while (!err && queued >= n->period && vaudio_ring_get(s->stream, &addr, &size)) {
		err = native_capture(n, n->set.dma_vaddr + (addr - n->set.dma_paddr));
		vaudio_ring_put(s->stream, err ? NK_VAUDIO_STATUS_ERROR : NK_VAUDIO_STATUS_OK);
		queued -= n->period;
	}
	*missing = queued >= n->period ? n->period : n->period - queued;
	return err;
}

/* Each buffer says so: the front-end stops when it sees the first one. No more than were there, if it puts others all the time. */
static void give_back_lost(struct be_stream *s)
{
	NkPhAddr addr;
	nku32_f size;

	for (u32 n = RING_DESC_NB; n && vaudio_ring_get(s->stream, &addr, &size); n--)
		vaudio_ring_put(s->stream, NK_VAUDIO_STATUS_ERROR);
}

static u64 ns_of(const struct be_stream *s, snd_pcm_uframes_t frames)
{
	return max_t(u64, div_u64((u64)frames * NSEC_PER_SEC, s->native.set.rate), WAIT_MIN_NS);
}

/* Returns after how many nanoseconds there is something to do again, if nothing happens before. */
static u64 move(struct be_stream *s)
{
	snd_pcm_uframes_t missing = s->native.period;
	int err = 0;

	if (!s->lost)
		err = s->idx ? move_capture(s, &missing) : move_playback(s, &missing);
	s->lost |= err;
	if (s->lost)
		give_back_lost(s);
	return ns_of(s, missing);
}

static int start(struct be_stream *s)
{
	int err = native_start(&s->native);

	for (u32 n = be_ahead(); !err && !s->idx && n; n--) {
		if ((n + 1) * s->native.period <= s->native.ahead)
			err = native_play(&s->native, NULL);
	}
	s->lost = false;
	s->running = !err;
	return err;
}

/*
 * Until all was heard, which a stream that has none left says by an error; or it takes too long, or the thread is to end. It is
 * looked at again when what is left should have been heard.
 */
static void drain(struct be_stream *s)
{
	unsigned long end = jiffies + nsecs_to_jiffies(ns_of(s, s->native.ahead)) + DRAIN_MORE;
	snd_pcm_uframes_t left;

	while (!native_queued(&s->native, &left) && left && time_before(jiffies, end) &&
	       wait_event_interruptible_hrtimeout(s->wait, kthread_should_stop(),
						  ns_to_ktime(ns_of(s, left))) == -ETIME)
		;
}

static void stop(struct be_stream *s, bool to_drain)
{
	if (s->running && to_drain && !s->idx && !s->lost)
		drain(s);
	native_stop(&s->native);
	s->running = false;
}

static int perform(struct be_stream *s, const void *params)
{
	switch (s->event) {
	case NK_VAUDIO_STREAM_OPEN:
		return native_open(&s->native, s->link->card, s->dev, s->idx);
	case NK_VAUDIO_STREAM_SET_RATE:
		return native_set(&s->native, params, be_ahead());
	case NK_VAUDIO_STREAM_START:
		return start(s);
	case NK_VAUDIO_STREAM_STOP:
		stop(s, ((const NkEventStop *)params)->drain);
		return 0;
	default: /* CLOSE */
		stop(s, false);
		native_close(&s->native);
		return 0;
	}
}

static void take_event(struct be_stream *s)
{
	NkVaudioEvent event = s->event;
	int err;

	WRITE_ONCE(s->pending, false);
	err = perform(s, s->params);
	vaudio_event_ack(vaudio_of_stream(s->stream), s->stream, event, s->params,
			 err ? NK_VAUDIO_STATUS_ERROR : NK_VAUDIO_STATUS_OK);
}

static bool has_work(struct be_stream *s)
{
	/* before the event */
	return smp_load_acquire(&s->pending) || READ_ONCE(s->data) || kthread_should_stop();
}

static void wait_for_work(struct be_stream *s, u64 ns)
{
	if (s->running)
		wait_event_interruptible_hrtimeout(s->wait, has_work(s), ns_to_ktime(ns));
	else
		wait_event_interruptible(s->wait, has_work(s));
}

static int stream_thread(void *data)
{
	struct be_stream *s = data;
	u64 ns = 0;

	sched_set_fifo_low(current);
	while (!kthread_should_stop()) {
		wait_for_work(s, ns);
		WRITE_ONCE(s->data, false);
		if (smp_load_acquire(&s->pending)) /* before the event */
			take_event(s);
		if (s->running)
			ns = move(s);
	}
	native_close(&s->native);
	return 0;
}

void be_stream_event(struct be_stream *s, NkStream stream, NkVaudioEvent event, void *params)
{
	if (event == NK_VAUDIO_STREAM_DATA) {
		WRITE_ONCE(s->data, true);
	} else {
		s->stream = stream;
		s->event = event;
		s->params = params;
		smp_store_release(&s->pending, true); /* behind the event */
	}
	wake_up(&s->wait);
}

int be_stream_begin(struct be_stream *s)
{
	struct task_struct *thread;

	init_waitqueue_head(&s->wait);
	thread = kthread_run(stream_thread, s, "vaudio-%u%c", s->dev, s->idx ? 'c' : 'p');
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	s->thread = thread;
	return 0;
}

void be_stream_end(struct be_stream *s)
{
	if (s->thread)
		kthread_stop(s->thread);
}
