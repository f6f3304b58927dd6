// SPDX-License-Identifier: GPL-2.0-only
/*
 * vaudio-fe: a stream as ALSA wants it. Its buffer is what both VMs share, and its ring is told of each period of it at
 * START, and again whenever one has come back: a device that goes round in memory. ALSA sees by itself when a program
 * is too slow for that.
 */
#include <linux/mm.h>
#include <sound/pcm_params.h>
#include "fe.h"

static struct fe_stream *stream_of(struct snd_pcm_substream *substream)
{
	struct fe_card *c = snd_pcm_substream_chip(substream);

	return &c->stream[substream->pcm->device][substream->stream];
}

/* With the lock held. */
static void put_period(struct fe_stream *s)
{
	NkRingDesc *desc = &s->shmem->desc[s->ireq % RING_DESC_NB];

	WRITE_ONCE(desc->status, NK_VAUDIO_STATUS_OK);
	WRITE_ONCE(desc->bufsize, s->period);
	WRITE_ONCE(desc->bufaddr, s->samples.pa + s->next * s->period);
	s->next = (s->next + 1) % s->periods;
	smp_store_release(&s->shmem->ring.ireq, ++s->ireq); /* behind the descriptor */
}

/*
 * What was played is silence, before the program may write there: the back-end goes on round the buffer until it is told
 * to stop. Not for a program that wants to go on by itself, with what it once wrote.
 */
static void silence_done(struct fe_stream *s)
{
	struct snd_pcm_runtime *runtime = s->substream->runtime;

	if (!s->idx && runtime->stop_threshold < runtime->boundary)
		snd_pcm_format_set_silence(runtime->format,
					   s->samples.va + s->done % s->periods * s->period,
					   bytes_to_samples(runtime, s->period));
}

/* The next one that came back. Returns 1, 0 for none, or -EIO for one that was lost. With the lock held. */
static int take_period(struct fe_stream *s)
{
	u32 iresp = smp_load_acquire(&s->shmem->ring.iresp); /* before statuses */
	u32 status;

	if (!s->running || iresp == s->iresp)
		return 0;
	if (iresp - s->iresp > s->ireq - s->iresp) {
		s->running = false;
		vlink_broken(s->card->link->vlink, "the index of a ring");
		return -EIO;
	}
	status = READ_ONCE(s->shmem->desc[s->iresp++ % RING_DESC_NB].status);
	if (status != NK_VAUDIO_STATUS_OK)
		return -EIO;
	silence_done(s);
	s->done++;
	put_period(s);
	return 1;
}

static int next_period(struct fe_stream *s)
{
	int got;

	spin_lock(&s->lock);
	got = take_period(s);
	spin_unlock(&s->lock);
	return got;
}

/*
 * One by one, as ALSA would not see that all of a buffer had come back. Others have their turn, if the back-end gives periods back
 * without an end.
 */
void fe_stream_work(struct work_struct *work)
{
	struct fe_stream *s = container_of(work, struct fe_stream, work);
	struct fe_link *link = s->card->link;
	int got;

	while ((got = next_period(s)) > 0) {
		vlink_trigger(link->vlink, link->to_ring);
		snd_pcm_period_elapsed(s->substream);
		cond_resched();
	}
	if (got < 0)
		snd_pcm_stop_xrun(s->substream);
}

static int send(struct fe_stream *s, u32 command)
{
	int err;

	mutex_lock(&s->command.lock);
	err = fe_command(&s->command, command);
	mutex_unlock(&s->command.lock);
	return err;
}

static int send_session(struct fe_stream *s, u32 command, u8 session, u8 type)
{
	NkVaudioCtrl *ctrl = s->command.ctrl;
	int err;

	mutex_lock(&s->command.lock);
	if (!READ_ONCE(s->card->dead)) {
		WRITE_ONCE(ctrl->session_type, session);
		WRITE_ONCE(ctrl->stream_type, type);
	}
	err = fe_command(&s->command, command);
	mutex_unlock(&s->command.lock);
	return err;
}

static int send_close(struct fe_stream *s)
{
	return send_session(s, NK_VAUDIO_COMMAND_CLOSE, NK_VAUDIO_SS_TYPE_INVALID,
			    NK_VAUDIO_ST_TYPE_INVALID);
}

/* What an earlier one left open that had no answer is closed first. */
static int send_open(struct fe_stream *s)
{
	int err;

	if (s->stale && send_close(s) == -ETIMEDOUT)
		return -ETIMEDOUT;
	err = send_session(s, NK_VAUDIO_COMMAND_OPEN, s->idx + 1, NK_VAUDIO_ST_TYPE_PCM);
	s->stale = err == -ETIMEDOUT;
	return err == -EIO ? -EBUSY : err;
}

static void set_hardware(struct snd_pcm_runtime *runtime, const NkVaudioHwPcm *hw)
{
	runtime->hw = (struct snd_pcm_hardware){
		.info = SNDRV_PCM_INFO_INTERLEAVED | SNDRV_PCM_INFO_BLOCK_TRANSFER |
			SNDRV_PCM_INFO_MMAP | SNDRV_PCM_INFO_MMAP_VALID | SNDRV_PCM_INFO_BATCH,
		.formats = hw->formats,
		.rates = hw->rates,
		.channels_min = hw->channels_min,
		.channels_max = hw->channels_max,
		.buffer_bytes_max = hw->buffer_bytes_max,
		.period_bytes_min = hw->period_bytes_min,
		.period_bytes_max = hw->period_bytes_max,
		.periods_min = hw->periods_min,
		.periods_max = hw->periods_max,
		.fifo_size = hw->fifo_size,
	};
	snd_pcm_limit_hw_rates(runtime); /* by the bits alone */
}

static int vaudio_snd_open(struct snd_pcm_substream *substream)
{
	struct fe_stream *s = stream_of(substream);
	int err;

	set_hardware(substream->runtime, &s->hw);
	err = snd_pcm_hw_constraint_integer(substream->runtime, SNDRV_PCM_HW_PARAM_PERIODS);
	if (err < 0)
		return err;
	s->substream = substream;
	return send_open(s);
}

static int vaudio_snd_close(struct snd_pcm_substream *substream)
{
	struct fe_stream *s = stream_of(substream);

	cancel_work_sync(&s->work);
	s->stale = send_close(s) == -ETIMEDOUT;
	return 0;
}

static int vaudio_snd_hw_params(struct snd_pcm_substream *substream,
				struct snd_pcm_hw_params *hw_params)
{
	struct fe_stream *s = stream_of(substream);
	struct snd_pcm_runtime *runtime = substream->runtime;

	if (params_buffer_bytes(hw_params) > s->size)
		return -ENOMEM;
	runtime->dma_area = s->samples.va;
	runtime->dma_addr = s->samples.pa;
	runtime->dma_bytes = params_buffer_bytes(hw_params);
	return 0;
}

static int vaudio_snd_hw_free(struct snd_pcm_substream *substream)
{
	substream->runtime->dma_area = NULL;
	substream->runtime->dma_addr = 0;
	substream->runtime->dma_bytes = 0;
	return 0;
}

static void set_periods(struct fe_stream *s, struct snd_pcm_runtime *runtime)
{
	spin_lock(&s->lock);
	s->period = frames_to_bytes(runtime, runtime->period_size);
	s->periods = runtime->periods;
	s->done = 0;
	spin_unlock(&s->lock);
}

static int vaudio_snd_prepare(struct snd_pcm_substream *substream)
{
	struct fe_stream *s = stream_of(substream);
	struct snd_pcm_runtime *runtime = substream->runtime;
	NkVaudioCtrl *ctrl = s->command.ctrl;
	int err;

	set_periods(s, runtime);
	mutex_lock(&s->command.lock);
	if (!READ_ONCE(s->card->dead)) {
		WRITE_ONCE(ctrl->channels, runtime->channels);
		WRITE_ONCE(ctrl->format, (__force u8)runtime->format);
		WRITE_ONCE(ctrl->rate, runtime->rate);
		WRITE_ONCE(ctrl->period, s->period);
		WRITE_ONCE(ctrl->periods, s->periods);
	}
	err = fe_command(&s->command, NK_VAUDIO_COMMAND_SET_RATE);
	mutex_unlock(&s->command.lock);
	return err;
}

/* Nothing of ours is in the ring: the back-end emptied it when it stopped, or there was nothing. */
static void fill_ring(struct fe_stream *s)
{
	spin_lock(&s->lock);
	s->iresp = s->ireq;
	s->next = 0;
	for (u32 n = 0; n < s->periods; n++)
		put_period(s);
	s->running = true;
	spin_unlock(&s->lock);
}

static void set_stopped(struct fe_stream *s)
{
	spin_lock(&s->lock);
	s->running = false;
	spin_unlock(&s->lock);
}

static int start(struct fe_stream *s)
{
	int err;

	if (READ_ONCE(s->card->dead))
		return -ENODEV;
	fill_ring(s);
	err = send(s, NK_VAUDIO_COMMAND_START);
	if (err)
		set_stopped(s);
	return err;
}

static int stop(struct fe_stream *s, bool drain)
{
	int err;

	set_stopped(s);
	mutex_lock(&s->command.lock);
	if (!READ_ONCE(s->card->dead))
		WRITE_ONCE(s->command.ctrl->periods, drain);
	err = fe_command(&s->command, NK_VAUDIO_COMMAND_STOP);
	mutex_unlock(&s->command.lock);
	return err;
}

static int vaudio_snd_trigger(struct snd_pcm_substream *substream, int cmd)
{
	struct fe_stream *s = stream_of(substream);

	switch (cmd) {
	case SNDRV_PCM_TRIGGER_START:
		return start(s);
	case SNDRV_PCM_TRIGGER_STOP:
		return stop(s, substream->runtime->state == SNDRV_PCM_STATE_DRAINING);
	case SNDRV_PCM_TRIGGER_SUSPEND:
		return stop(s, false);
	default:
		return -EINVAL;
	}
}

static snd_pcm_uframes_t vaudio_snd_pointer(struct snd_pcm_substream *substream)
{
	struct fe_stream *s = stream_of(substream);
	u32 bytes;

	spin_lock(&s->lock);
	bytes = s->done % s->periods * s->period;
	spin_unlock(&s->lock);
	return bytes_to_frames(substream->runtime, bytes);
}

static int vaudio_snd_mmap(struct snd_pcm_substream *substream, struct vm_area_struct *vma)
{
	struct fe_stream *s = stream_of(substream);
	unsigned long size = vma->vm_end - vma->vm_start;
	unsigned long offset = vma->vm_pgoff << PAGE_SHIFT;

	if (offset > s->size || size > s->size - offset)
		return -EINVAL;
	return remap_pfn_range(vma, vma->vm_start, (s->samples.pa + offset) >> PAGE_SHIFT, size,
			       vma->vm_page_prot);
}

const struct snd_pcm_ops vaudio_snd_ops = {
	.open = vaudio_snd_open,
	.close = vaudio_snd_close,
	.hw_params = vaudio_snd_hw_params,
	.hw_free = vaudio_snd_hw_free,
	.prepare = vaudio_snd_prepare,
	.trigger = vaudio_snd_trigger,
	.pointer = vaudio_snd_pointer,
	.mmap = vaudio_snd_mmap,
};
