// SPDX-License-Identifier: GPL-2.0-only
/*
 * vlx-vaudio: commands of the front-end are events of the native driver, one at a time for each stream. A command is
 * copied and then checked: against what was said of the hardware, and against what came before it.
 */
#include <linux/export.h>
#include <linux/log2.h>
#include <sound/pcm.h>
#include "device.h"

/* The page's bits are ALSA's. */
static_assert(!(HW_PCM_RATE_5512 ^ SNDRV_PCM_RATE_5512));
static_assert(!(HW_PCM_RATE_192000 ^ SNDRV_PCM_RATE_192000));

static bool has_rate(const NkVaudioHwPcm *hw, u32 rate)
{
	return hw->rates & HW_PCM_RATE_ALL & snd_pcm_rate_to_rate_bit(rate);
}

/* Of a sample. The numbers of formats are ALSA's. */
static u32 bytes_of(u32 format)
{
	return snd_pcm_format_physical_width((__force snd_pcm_format_t)format) / 8;
}

static bool may_set(const NkVaudioHwPcm *hw, const NkVaudioCtrl *c)
{
	if (c->format >= HW_PCM_FORMAT_MAX || !(hw->formats & BIT_ULL(c->format)))
		return false;
	if (!c->channels || c->channels < hw->channels_min || c->channels > hw->channels_max)
		return false;
	if (!has_rate(hw, c->rate) || c->periods < 2 || c->periods > RING_DESC_NB)
		return false;
	return c->period && c->period <= hw->buffer_bytes_max / c->periods &&
	       c->period % (c->channels * bytes_of(c->format)) == 0;
}

static int open(struct NkStream *s, const NkVaudioCtrl *c)
{
	if (s->state != VAUDIO_CLOSED || c->session_type != s->idx + 1 ||
	    c->stream_type != NK_VAUDIO_ST_TYPE_PCM)
		return -EINVAL;
	s->params.open = (NkEventOpen){c->session_type, c->stream_type};
	return NK_VAUDIO_STREAM_OPEN;
}

static int close(struct NkStream *s)
{
	if (s->state == VAUDIO_CLOSED)
		return -EINVAL;
	s->params.open = (NkEventClose){s->idx + 1, NK_VAUDIO_ST_TYPE_PCM};
	return NK_VAUDIO_STREAM_CLOSE;
}

static int set_rate(struct NkStream *s, const NkVaudioCtrl *c)
{
	if ((s->state != VAUDIO_OPEN && s->state != VAUDIO_SET) || !may_set(&s->hw.pcm, c))
		return -EINVAL;
	s->period = c->period;
	s->params.rate = (NkEventSetRate){
		.channels = c->channels,
		.format = c->format,
		.rate = c->rate,
		.period = c->period,
		.periods = c->periods,
		.dma_paddr = s->samples_pa,
		.dma_vaddr = s->samples,
	};
	return NK_VAUDIO_STREAM_SET_RATE;
}

static int start(struct NkStream *s)
{
	return s->state == VAUDIO_SET ? NK_VAUDIO_STREAM_START : -EINVAL;
}

static int stop(struct NkStream *s, u32 drain)
{
	if (s->state != VAUDIO_RUNNING)
		return -EINVAL;
	s->params.stop.drain = drain;
	return NK_VAUDIO_STREAM_STOP;
}

/* Which event a command is, or -EINVAL. */
static int event_of(struct NkStream *s, const NkVaudioCtrl *c)
{
	switch (c->command) {
	case NK_VAUDIO_COMMAND_OPEN:
		return open(s, c);
	case NK_VAUDIO_COMMAND_CLOSE:
		return close(s);
	case NK_VAUDIO_COMMAND_SET_RATE:
		return set_rate(s, c);
	case NK_VAUDIO_COMMAND_START:
		return start(s);
	case NK_VAUDIO_COMMAND_STOP:
		return stop(s, c->periods == 1);
	default:
		return -EINVAL;
	}
}

/* The copy's command; what it goes with was there before. */
static u32 copy_command(NkVaudioCtrl *to, const NkVaudioCtrl *from)
{
	u32 command = smp_load_acquire(&from->command); /* before the rest */

	if (command == NK_VAUDIO_COMMAND_NONE)
		return command;
	memcpy(to, from, sizeof(*to));
	barrier(); /* what is checked is what is used */
	to->command = command;
	return command;
}

static void answer(const struct NkVaudio *v, NkVaudioCtrl *c, u32 status)
{
	WRITE_ONCE(c->status, status);
	/* behind all that the answer is */
	smp_store_release(&c->command, NK_VAUDIO_COMMAND_NONE);
	vlink_trigger(v->link, v->to_ctrl);
}

static void *params_of(struct NkStream *s, int event)
{
	return event == NK_VAUDIO_STREAM_START ? NULL : &s->params;
}

static void look_stream(struct NkVaudio *v, struct NkStream *s)
{
	NkVaudioCtrl c;
	int event = -EAGAIN;
	unsigned long flags;

	spin_lock_irqsave(&v->lock, flags);
	if (!s->busy && copy_command(&c, &s->shmem->ctrl)) {
		event = event_of(s, &c);
		s->busy = event >= 0;
		if (event < 0)
			answer(v, &s->shmem->ctrl, NK_VAUDIO_STATUS_ERROR);
	}
	spin_unlock_irqrestore(&v->lock, flags);
	if (event >= 0)
		v->hdl(s, event, params_of(s, event), v->cookie);
}

static bool take_mixer(struct NkVaudio *v)
{
	NkVaudioCtrl c;

	if (v->mixer_busy || !copy_command(&c, &v->shmem->mixer_ctrl))
		return false;
	memcpy(&v->mixer, &v->shmem->mixer, sizeof(v->mixer));
	barrier(); /* as above */
	if (c.command == NK_VAUDIO_COMMAND_MIXER)
		return v->mixer_busy = true;
	answer(v, &v->shmem->mixer_ctrl, NK_VAUDIO_STATUS_ERROR);
	return false;
}

static void look_mixer(struct NkVaudio *v)
{
	unsigned long flags;
	bool taken;

	spin_lock_irqsave(&v->lock, flags);
	taken = take_mixer(v);
	spin_unlock_irqrestore(&v->lock, flags);
	if (taken)
		v->hdl(&v->stream[0][0], NK_VAUDIO_STREAM_MIXER, &v->mixer, v->cookie);
}

void vaudio_look(struct NkVaudio *v)
{
	struct NkStream *s;

	vaudio_for_each(s, v)
		look_stream(v, s);
	look_mixer(v);
}

static enum vaudio_state state_after(NkVaudioEvent event)
{
	switch (event) {
	case NK_VAUDIO_STREAM_CLOSE:
		return VAUDIO_CLOSED;
	case NK_VAUDIO_STREAM_OPEN:
		return VAUDIO_OPEN;
	case NK_VAUDIO_STREAM_START:
		return VAUDIO_RUNNING;
	default:
		return VAUDIO_SET;
	}
}

/* With the lock held. A stream that could not be set is as if it had only been opened. */
static void ack_stream(struct NkVaudio *v, struct NkStream *s, NkVaudioEvent event, u32 status)
{
	if (status == NK_VAUDIO_STATUS_OK)
		s->state = state_after(event);
	else if (event == NK_VAUDIO_STREAM_SET_RATE)
		s->state = VAUDIO_OPEN;
	if (event == NK_VAUDIO_STREAM_STOP || event == NK_VAUDIO_STREAM_CLOSE)
		vaudio_ring_empty(s);
	if (!s->own)
		answer(v, &s->shmem->ctrl, status);
	s->own = false;
	s->busy = false;
}

void vaudio_event_ack(NkVaudio v, NkStream stream, NkVaudioEvent event, void *params,
		      nku32_f status)
{
	unsigned long flags;

	spin_lock_irqsave(&v->lock, flags);
	if (event == NK_VAUDIO_STREAM_MIXER) {
		memcpy(&v->shmem->mixer, params, sizeof(v->shmem->mixer));
		answer(v, &v->shmem->mixer_ctrl, status);
		v->mixer_busy = false;
	} else {
		ack_stream(v, stream, event, status);
	}
	wake_up_all(&v->acked); /* with the lock held: who waits may free all of it */
	spin_unlock_irqrestore(&v->lock, flags);
}
EXPORT_SYMBOL(vaudio_event_ack);

static void close_own(struct NkVaudio *v, struct NkStream *s)
{
	unsigned long flags;
	int event;

	spin_lock_irqsave(&v->lock, flags);
	event = close(s);
	s->own = event >= 0;
	s->busy = s->own;
	spin_unlock_irqrestore(&v->lock, flags);
	if (event < 0)
		return;
	v->hdl(s, event, &s->params, v->cookie);
	wait_event_idle(v->acked, !READ_ONCE(s->busy));
}

void vaudio_close_all(struct NkVaudio *v)
{
	struct NkStream *s;
	unsigned long flags;

	vaudio_for_each(s, v) {
		wait_event_idle(v->acked, !READ_ONCE(s->busy));
		close_own(v, s);
	}
	wait_event_idle(v->acked, !READ_ONCE(v->mixer_busy));
	spin_lock_irqsave(&v->lock, flags);
	spin_unlock_irqrestore(&v->lock, flags); /* who has acknowledged is done with it */
}
