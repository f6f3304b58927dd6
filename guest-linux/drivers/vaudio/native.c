// SPDX-License-Identifier: GPL-2.0-only
/*
 * vaudio-be: ALSA's side of a stream: the device that programs open, opened by the kernel, as its USB gadget does. So a
 * card has a front-end as it has a program: beside others where it has subdevices for them, and else not at all.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/slab.h>
#include <sound/pcm_params.h>
#include "be.h"

#define PATH_SIZE 32
/* A card that has not the front-end's periods may have others, so much smaller or larger. */
#define LOOSE 4

int native_open(struct native *n, u32 card, u32 dev, u32 idx)
{
	struct snd_pcm_file *pcm_file;
	char path[PATH_SIZE];
	struct file *file;

	snprintf(path, sizeof(path), "/dev/snd/pcmC%uD%u%c", card, dev, idx ? 'c' : 'p');
	file = filp_open(path, (idx ? O_RDONLY : O_WRONLY) | O_NONBLOCK, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	if (imajor(file_inode(file)) != snd_major) {
		__fput_sync(file);
		return -ENODEV;
	}
	pcm_file = file->private_data;
	n->substream = pcm_file->substream;
	n->file = file;
	return 0;
}

/* At once, and not when this thread ends: the next one who opens it may be a front-end. */
void native_close(struct native *n)
{
	if (n->file)
		__fput_sync(n->file);
	n->file = NULL;
}

static void set_interval(struct snd_pcm_hw_params *p, int var, u32 min, u32 max)
{
	*hw_param_interval(p, var) = (struct snd_interval){.min = min, .max = max, .integer = 1};
}

static void set_only(struct snd_mask *mask, unsigned int value)
{
	snd_mask_none(mask);
	snd_mask_set(mask, value);
}

static void set_any(struct snd_pcm_hw_params *p)
{
	_snd_pcm_hw_params_any(p);
	set_only(hw_param_mask(p, SNDRV_PCM_HW_PARAM_ACCESS),
		 (__force unsigned int)SNDRV_PCM_ACCESS_RW_INTERLEAVED);
}

/* With a period of the front-end's, or one that is near it. */
static int set_params(struct native *n, struct snd_pcm_hw_params *p, u32 loose)
{
	const NkEventSetRate *set = &n->set;

	set_any(p);
	set_only(hw_param_mask(p, SNDRV_PCM_HW_PARAM_FORMAT), set->format);
	set_interval(p, SNDRV_PCM_HW_PARAM_CHANNELS, set->channels, set->channels);
	set_interval(p, SNDRV_PCM_HW_PARAM_RATE, set->rate, set->rate);
	set_interval(p, SNDRV_PCM_HW_PARAM_PERIOD_SIZE, max_t(u32, n->period / loose, 1),
		     n->period * loose);
	set_interval(p, SNDRV_PCM_HW_PARAM_BUFFER_SIZE, n->ahead, INT_MAX);
	return snd_pcm_kernel_ioctl(n->substream, SNDRV_PCM_IOCTL_HW_PARAMS, p);
}

/* What was played is silence: a card goes on for a moment when it has no more. */
static int set_silence(struct native *n)
{
	struct snd_pcm_runtime *runtime = n->substream->runtime;
	struct snd_pcm_sw_params sw = {
		.period_step = 1,
		.avail_min = runtime->period_size,
		.start_threshold = 1,
		.stop_threshold = runtime->buffer_size,
		.silence_size = runtime->boundary,
	};

	return snd_pcm_kernel_ioctl(n->substream, SNDRV_PCM_IOCTL_SW_PARAMS, &sw);
}

/* A capture's buffer is as large as the front-end's. */
int native_set(struct native *n, const NkEventSetRate *set, u32 periods_ahead)
{
	u32 width = snd_pcm_format_physical_width((__force snd_pcm_format_t)set->format);
	bool playback = n->substream->stream == SNDRV_PCM_STREAM_PLAYBACK;
	struct snd_pcm_hw_params *p = kzalloc(sizeof(*p), GFP_KERNEL);
	int err;

	if (!p)
		return -ENOMEM;
	n->set = *set;
	n->period = set->period / (set->channels * width / 8);
	n->ahead = n->period * (playback ? periods_ahead + 1 : set->periods);
	native_stop(n);
	err = set_params(n, p, 1);
	if (err)
		err = set_params(n, p, LOOSE);
	kfree(p);
	return err ?: set_silence(n);
}

int native_start(struct native *n)
{
	int err = snd_pcm_kernel_ioctl(n->substream, SNDRV_PCM_IOCTL_PREPARE, NULL);

	if (err || n->substream->stream == SNDRV_PCM_STREAM_PLAYBACK)
		return err; /* it begins with the first samples */
	return snd_pcm_kernel_ioctl(n->substream, SNDRV_PCM_IOCTL_START, NULL);
}

void native_stop(struct native *n)
{
	if (n->file)
		snd_pcm_kernel_ioctl(n->substream, SNDRV_PCM_IOCTL_DROP, NULL);
}

/* DELAY has the driver say where it is. */
int native_queued(struct native *n, snd_pcm_uframes_t *frames)
{
	struct snd_pcm_runtime *runtime = n->substream->runtime;
	snd_pcm_uframes_t delay;
	int err;

	*frames = 0;
	err = snd_pcm_kernel_ioctl(n->substream, SNDRV_PCM_IOCTL_DELAY, &delay);
	if (err)
		return err;
	*frames = n->substream->stream == SNDRV_PCM_STREAM_PLAYBACK
			  ? runtime->buffer_size - snd_pcm_playback_avail(runtime)
			  : snd_pcm_capture_avail(runtime);
	return 0;
}

static int moved(const struct native *n, snd_pcm_sframes_t frames)
{
	if (frames < 0)
		return frames;
	return frames == n->period ? 0 : -EPIPE;
}

static int play_silence(struct native *n)
{
	struct snd_pcm_runtime *runtime = n->substream->runtime;
	void *silence = kvmalloc(n->set.period, GFP_KERNEL);
	snd_pcm_sframes_t frames;

	if (!silence)
		return -ENOMEM;
	snd_pcm_format_set_silence(runtime->format, silence, n->period * n->set.channels);
	frames = snd_pcm_kernel_write(n->substream, silence, n->period);
	kvfree(silence);
	return moved(n, frames);
}

int native_play(struct native *n, const void *samples)
{
	if (!samples)
		return play_silence(n);
	return moved(n, snd_pcm_kernel_write(n->substream, samples, n->period));
}

int native_capture(struct native *n, void *samples)
{
	return moved(n, snd_pcm_kernel_read(n->substream, samples, n->period));
}

static bool can(struct native *n, struct snd_pcm_hw_params *p)
{
	return !snd_pcm_hw_refine(n->substream, p);
}

static u64 find_formats(struct native *n, struct snd_pcm_hw_params *p)
{
	u64 formats = 0;

	for (u32 format = 0; format < HW_PCM_FORMAT_MAX; format++) {
		set_any(p);
		set_only(hw_param_mask(p, SNDRV_PCM_HW_PARAM_FORMAT), format);
		if (can(n, p))
			formats |= BIT_ULL(format);
	}
	return formats;
}

static void find_rates(struct native *n, struct snd_pcm_hw_params *p, NkVaudioHwPcm *hw)
{
	for (u32 bit = 1; bit & HW_PCM_RATE_ALL; bit <<= 1) {
		u32 rate = snd_pcm_rate_bit_to_rate(bit);

		set_any(p);
		set_interval(p, SNDRV_PCM_HW_PARAM_RATE, rate, rate);
		if (!can(n, p))
			continue;
		if (!hw->rates)
			hw->rate_min = rate;
		hw->rate_max = rate;
		hw->rates |= bit;
	}
}

/* Sizes are those of the front-end's memory, and of what the card can do with it. */
static int find_sizes(struct native *n, struct snd_pcm_hw_params *p, NkVaudioHwPcm *hw)
{
	set_any(p);
	if (!can(n, p))
		return -EINVAL;
	hw->channels_min = hw_param_interval(p, SNDRV_PCM_HW_PARAM_CHANNELS)->min;
	hw->channels_max = hw_param_interval(p, SNDRV_PCM_HW_PARAM_CHANNELS)->max;
	hw->channels_max = min_t(u32, hw->channels_max, U8_MAX);
	hw->buffer_bytes_max = hw_param_interval(p, SNDRV_PCM_HW_PARAM_BUFFER_BYTES)->max;
	hw->period_bytes_min = hw_param_interval(p, SNDRV_PCM_HW_PARAM_PERIOD_BYTES)->min;
	hw->period_bytes_max = hw->buffer_bytes_max / (be_ahead() + 1);
	hw->periods_min = 2;
	hw->periods_max = RING_DESC_NB;
	return 0;
}

static int find_all(struct native *n, NkVaudioHwPcm *hw)
{
	struct snd_pcm_hw_params *p = kzalloc(sizeof(*p), GFP_KERNEL);
	int err;

	if (!p)
		return -ENOMEM;
	hw->formats = find_formats(n, p);
	find_rates(n, p, hw);
	err = find_sizes(n, p, hw);
	kfree(p);
	if (err)
		return err;
	return hw->formats && hw->rates && hw->period_bytes_max >= hw->period_bytes_min ? 0
											: -EINVAL;
}

void native_query(u32 card, u32 dev, u32 idx, NkVaudioHw *hw)
{
	struct native n = {};
	int err = native_open(&n, card, dev, idx);

	if (err == -ENOENT || err == -ENODEV || err == -ENXIO)
		return;
	err = err ?: find_all(&n, &hw->pcm);
	native_close(&n);
	if (err)
		pr_err("vaudio-be: device %u of card %u: %s: error %d\n", dev, card,
		       idx ? "capture" : "playback", err);
	else
		hw->stream_cap = HW_CAP_PCM;
}
