// SPDX-License-Identifier: GPL-2.0-only
/*
 * vaudio-card-test: a card for tests of vaudio-be, with what Linux's loop has not: each format and rate of the page, a control
 * whose items have names and may be set, and an xrun when it is told to have one. What is played is captured: both
 * go on by the same frames at each tick, so no frame is lost or doubled while both run.
 */
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/timer.h>
#include <sound/control.h>
#include <sound/core.h>
#include <sound/pcm.h>

#define BUFFER_MAX 0x100000 /* bytes */

static int index;
module_param(index, int, 0444);
MODULE_PARM_DESC(index, "number of the card");

static bool xrun;
module_param(xrun, bool, 0644);
MODULE_PARM_DESC(xrun, "whatever runs at the next tick has one");

/* A stream, which runs while substream is there. With the lock held. */
struct side {
	struct snd_pcm_substream *substream;
	snd_pcm_uframes_t pos; /* frames, in its buffer */
	snd_pcm_uframes_t since; /* the last period ended */
};

static struct platform_device *device;
static struct snd_card *card;
static DEFINE_SPINLOCK(lock);
static struct side sides[SNDRV_PCM_STREAM_LAST + 1];
static u64 last; /* tick, in ns */
static unsigned int source[2]; /* items of the control */

static const struct snd_pcm_hardware hardware = {
	.info = SNDRV_PCM_INFO_INTERLEAVED | SNDRV_PCM_INFO_BLOCK_TRANSFER,
	.formats = SNDRV_PCM_FMTBIT_S8 | SNDRV_PCM_FMTBIT_U8 | SNDRV_PCM_FMTBIT_S16_LE |
		   SNDRV_PCM_FMTBIT_S16_BE | SNDRV_PCM_FMTBIT_U16_LE | SNDRV_PCM_FMTBIT_U16_BE |
		   SNDRV_PCM_FMTBIT_S24_LE | SNDRV_PCM_FMTBIT_S24_BE | SNDRV_PCM_FMTBIT_U24_LE |
		   SNDRV_PCM_FMTBIT_U24_BE | SNDRV_PCM_FMTBIT_S32_LE | SNDRV_PCM_FMTBIT_S32_BE |
		   SNDRV_PCM_FMTBIT_U32_LE | SNDRV_PCM_FMTBIT_U32_BE,
	.rates = SNDRV_PCM_RATE_5512 | SNDRV_PCM_RATE_8000_192000,
	.rate_min = 5512,
	.rate_max = 192000,
	.channels_min = 1,
	.channels_max = 2,
	.buffer_bytes_max = BUFFER_MAX,
	.period_bytes_min = 64,
	.period_bytes_max = BUFFER_MAX / 2,
	.periods_min = 2,
	.periods_max = 1024,
};

static void *frame_at(const struct side *s, snd_pcm_uframes_t frame)
{
	struct snd_pcm_runtime *runtime = s->substream->runtime;

	return runtime->dma_area +
	       frames_to_bytes(runtime, (s->pos + frame) % runtime->buffer_size);
}

/* Whether what the one plays is something that the other one can capture. */
static bool are_alike(const struct side *a, const struct side *b)
{
	const struct snd_pcm_runtime *x, *y;

	if (!a->substream || !b->substream)
		return false;
	x = a->substream->runtime;
	y = b->substream->runtime;
	return x->format == y->format && x->rate == y->rate && x->channels == y->channels;
}

static void capture(const struct side *to, const struct side *from, snd_pcm_uframes_t frames)
{
	struct snd_pcm_runtime *runtime = to->substream->runtime;
	bool alike = are_alike(to, from);

	for (snd_pcm_uframes_t n = 0; n < frames; n++) {
		if (alike)
			memcpy(frame_at(to, n), frame_at(from, n), frames_to_bytes(runtime, 1));
		else
			snd_pcm_format_set_silence(runtime->format, frame_at(to, n),
						   runtime->channels);
	}
}

static snd_pcm_uframes_t frames_until(const struct side *s, u64 ns)
{
	return mul_u64_u32_div(ns, s->substream->runtime->rate, NSEC_PER_SEC);
}

/* Returns whether a period has ended. */
static bool advance(struct side *s, u64 now)
{
	struct snd_pcm_runtime *runtime = s->substream->runtime;
	snd_pcm_uframes_t frames = frames_until(s, now) - frames_until(s, last);
	bool ended;

	s->pos = (s->pos + frames) % runtime->buffer_size;
	s->since += frames;
	ended = s->since >= runtime->period_size;
	s->since %= runtime->period_size;
	return ended;
}

/* Those whose period has ended. */
static void move(struct snd_pcm_substream **ended)
{
	struct side *to = &sides[SNDRV_PCM_STREAM_CAPTURE];
	u64 now = ktime_get_ns();

	if (to->substream)
		capture(to, &sides[SNDRV_PCM_STREAM_PLAYBACK],
			frames_until(to, now) - frames_until(to, last));
	for (u32 i = 0; i < ARRAY_SIZE(sides); i++) {
		if (sides[i].substream && (advance(&sides[i], now) || READ_ONCE(xrun)))
			ended[i] = sides[i].substream;
	}
	last = now;
}

static void tick(struct timer_list *timer)
{
	struct snd_pcm_substream *ended[ARRAY_SIZE(sides)] = {};
	bool broken = READ_ONCE(xrun);

	spin_lock(&lock);
	move(ended);
	spin_unlock(&lock);
	for (u32 i = 0; i < ARRAY_SIZE(ended); i++) {
		if (ended[i] && broken)
			snd_pcm_stop_xrun(ended[i]);
		else if (ended[i])
			snd_pcm_period_elapsed(ended[i]);
		if (ended[i] && broken)
			WRITE_ONCE(xrun, false);
	}
	mod_timer(timer, jiffies + 1);
}

static DEFINE_TIMER(ticks, tick);

static int pcm_open(struct snd_pcm_substream *substream)
{
	substream->runtime->hw = hardware;
	return 0;
}

static int pcm_close(struct snd_pcm_substream *substream)
{
	return 0;
}

static int pcm_prepare(struct snd_pcm_substream *substream)
{
	sides[substream->stream].pos = 0;
	sides[substream->stream].since = 0;
	return 0;
}

static int pcm_trigger(struct snd_pcm_substream *substream, int cmd)
{
	bool on = cmd == SNDRV_PCM_TRIGGER_START;

	if (!on && cmd != SNDRV_PCM_TRIGGER_STOP)
		return -EINVAL;
	spin_lock(&lock);
	sides[substream->stream].substream = on ? substream : NULL;
	spin_unlock(&lock);
	return 0;
}

/* The timer may be about to tell of a stream that has stopped. */
static int pcm_sync_stop(struct snd_pcm_substream *substream)
{
	del_timer_sync(&ticks);
	mod_timer(&ticks, jiffies + 1);
	return 0;
}

static snd_pcm_uframes_t pcm_pointer(struct snd_pcm_substream *substream)
{
	return READ_ONCE(sides[substream->stream].pos);
}

static const struct snd_pcm_ops pcm_ops = {
	.open = pcm_open,
	.close = pcm_close,
	.prepare = pcm_prepare,
	.trigger = pcm_trigger,
	.sync_stop = pcm_sync_stop,
	.pointer = pcm_pointer,
};

static int source_info(struct snd_kcontrol *kctl, struct snd_ctl_elem_info *info)
{
	static const char *const names[] = {"Line", "Microphone", "Disc"};

	return snd_ctl_enum_info(info, ARRAY_SIZE(source), ARRAY_SIZE(names), names);
}

static int source_get(struct snd_kcontrol *kctl, struct snd_ctl_elem_value *value)
{
	memcpy(value->value.enumerated.item, source, sizeof(source));
	return 0;
}

/* Whatever it is given: that is for who calls it to look at. */
static int source_put(struct snd_kcontrol *kctl, struct snd_ctl_elem_value *value)
{
	bool changed = memcmp(source, value->value.enumerated.item, sizeof(source));

	memcpy(source, value->value.enumerated.item, sizeof(source));
	return changed;
}

static const struct snd_kcontrol_new source_control = {
	.iface = SNDRV_CTL_ELEM_IFACE_MIXER,
	.name = "Capture Source",
	.info = source_info,
	.get = source_get,
	.put = source_put,
};

static int fill_card(void)
{
	struct snd_pcm *pcm;
	int err = snd_pcm_new(card, "vaudio-card-test", 0, 1, 1, &pcm);

	if (err)
		return err;
	snd_pcm_set_ops(pcm, SNDRV_PCM_STREAM_PLAYBACK, &pcm_ops);
	snd_pcm_set_ops(pcm, SNDRV_PCM_STREAM_CAPTURE, &pcm_ops);
	err = snd_pcm_set_managed_buffer_all(pcm, SNDRV_DMA_TYPE_VMALLOC, NULL, 0, 0);
	err = err ?: snd_ctl_add(card, snd_ctl_new1(&source_control, NULL));
	return err ?: snd_card_register(card);
}

static int __init vaudio_card_init(void)
{
	int err;

	device = platform_device_register_simple("vaudio-card-test", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(device))
		return PTR_ERR(device);
	err = snd_card_new(&device->dev, index, "Test", THIS_MODULE, 0, &card);
	if (err)
		goto no_card;
	last = ktime_get_ns();
	mod_timer(&ticks, jiffies + 1);
	err = fill_card();
	if (err)
		goto no_stream;
	return 0;
no_stream:
	snd_card_free(card);
	del_timer_sync(&ticks);
no_card:
	platform_device_unregister(device);
	return err;
}

static void __exit vaudio_card_exit(void)
{
	snd_card_free(card);
	del_timer_sync(&ticks);
	platform_device_unregister(device);
}
module_init(vaudio_card_init);
module_exit(vaudio_card_exit);

MODULE_DESCRIPTION("A sound card for tests");
MODULE_LICENSE("GPL");
