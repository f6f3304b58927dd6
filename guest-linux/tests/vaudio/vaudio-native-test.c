// SPDX-License-Identifier: GPL-2.0-only
/*
 * vaudio-native-test: a back-end that has no card of ALSA's, as VAUDIO_BE(4D) has native drivers: all by vaudio_create(), in the
 * place of vaudio-be. Its device 3 is a wire: what is played is captured, a period at a time. Events of streams are done
 * where they come, those of the mixer by a work, as a real device would need.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <sound/pcm.h>
#include <vaudio.h>

#define DEVICE 3
#define LEVEL_MAX 9

static unsigned int controls = 1;
module_param(controls, uint, 0444);
MODULE_PARM_DESC(controls, "how many there are, up to 128");

static unsigned int delay;
module_param(delay, uint, 0644);
MODULE_PARM_DESC(delay, "milliseconds before each answer about a control");

/* With the lock held. */
static struct side {
	NkStream stream; /* NULL: it does not run */
	NkEventSetRate set;
} sides[NK_VAUDIO_STREAM_MAX];

static DEFINE_SPINLOCK(lock);
static NkVaudio vaudio;

/* Of the controls. */
static NkStream mixer_stream;
static NkEventMixer *mixer;
static u32 levels[NK_VAUDIO_MIXER_MAX];

/* Returns the samples of the next buffer, or NULL. */
static void *next_of(struct side *s, u32 *size)
{
	NkPhAddr addr;

	if (!s->stream || !vaudio_ring_get(s->stream, &addr, size))
		return NULL;
	return s->set.dma_vaddr + (addr - s->set.dma_paddr);
}

static void put_silence(const struct side *s, void *to, u32 size)
{
	snd_pcm_format_t format = (__force snd_pcm_format_t)s->set.format;

	snd_pcm_format_set_silence(format, to, size * 8 / snd_pcm_format_physical_width(format));
}

static void move(void)
{
	u32 played = 0, size = 0;
	void *from = next_of(&sides[0], &played), *to = next_of(&sides[1], &size);

	if (to && from && played == size)
		memcpy(to, from, size);
	else if (to)
		put_silence(&sides[1], to, size);
	if (to)
		vaudio_ring_put(sides[1].stream, NK_VAUDIO_STATUS_OK);
	if (from)
		vaudio_ring_put(sides[0].stream, NK_VAUDIO_STATUS_OK);
}

/* How long a period is of those that run; 0: none does. */
static unsigned long ticks(void)
{
	const struct side *s = sides[0].stream ? &sides[0] : &sides[1];
	u32 width = snd_pcm_format_physical_width((__force snd_pcm_format_t)s->set.format);

	if (!s->stream)
		return 0;
	return max(s->set.period * 8 / (s->set.channels * width) * HZ / s->set.rate, 1u);
}

static void tick(struct work_struct *work)
{
	unsigned long flags, next;

	spin_lock_irqsave(&lock, flags);
	move();
	next = ticks();
	spin_unlock_irqrestore(&lock, flags);
	if (next)
		schedule_delayed_work(to_delayed_work(work), next);
}

static DECLARE_DELAYED_WORK(tick_work, tick);

static void describe(NkCtlElemInfo *info)
{
	*info = (NkCtlElemInfo){
		.name = "Wire Level",
		.type = NK_CTL_ELEM_TYPE_INTEGER,
		.count = 1,
		.value.integer = {.max = LEVEL_MAX, .step = 1},
	};
}

static u32 do_mixer(NkEventMixer *m)
{
	u32 *value = &m->mix_val.value.integer.value[0];

	if (m->mix_idx >= controls || m->mix_idx >= NK_VAUDIO_MIXER_MAX)
		return NK_VAUDIO_STATUS_ERROR;
	if (m->mix_cmd == NK_VAUDIO_MIXER_INFO)
		describe(&m->mix_info);
	else if (m->mix_cmd == NK_VAUDIO_MIXER_GET)
		*value = levels[m->mix_idx];
	else if (m->mix_cmd == NK_VAUDIO_MIXER_PUT && *value <= LEVEL_MAX)
		levels[m->mix_idx] = *value;
	else
		return NK_VAUDIO_STATUS_ERROR;
	return NK_VAUDIO_STATUS_OK;
}

static void mixer_fn(struct work_struct *work)
{
	msleep(delay);
	vaudio_event_ack(vaudio_of_stream(mixer_stream), mixer_stream, NK_VAUDIO_STREAM_MIXER,
			 mixer, do_mixer(mixer));
}

static DECLARE_WORK(mixer_work, mixer_fn);

static void do_stream(struct side *s, NkStream stream, NkVaudioEvent event, const void *params)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	if (event == NK_VAUDIO_STREAM_SET_RATE)
		s->set = *(const NkEventSetRate *)params;
	s->stream = event == NK_VAUDIO_STREAM_START ? stream : NULL;
	spin_unlock_irqrestore(&lock, flags);
	if (event == NK_VAUDIO_STREAM_START)
		schedule_delayed_work(&tick_work, 1);
}

static void on_event(void *stream, NkVaudioEvent event, void *params, void *cookie)
{
	if (event == NK_VAUDIO_STREAM_DATA)
		return; /* it looks at each tick */
	if (event == NK_VAUDIO_STREAM_MIXER) {
		mixer_stream = stream;
		mixer = params;
		schedule_work(&mixer_work);
		return;
	}
	do_stream(&sides[vaudio_stream_idx(stream)], stream, event, params);
	vaudio_event_ack(vaudio_of_stream(stream), stream, event, params,
			 vaudio_stream_dev(stream) == DEVICE ? NK_VAUDIO_STATUS_OK
							     : NK_VAUDIO_STATUS_ERROR);
}

static const NkVaudioHw hardware = {
	.stream_cap = HW_CAP_PCM,
	.pcm.formats = HW_PCM_FMTBIT_ALL,
	.pcm.rates = HW_PCM_RATE_ALL,
	.pcm.rate_min = 5512,
	.pcm.rate_max = 192000,
	.pcm.channels_min = 1,
	.pcm.channels_max = 2,
	.pcm.buffer_bytes_max = 0x100000,
	.pcm.period_bytes_min = 64,
	.pcm.period_bytes_max = 0x80000,
	.pcm.periods_min = 2,
	.pcm.periods_max = RING_DESC_NB,
};

/* The first that this VM is the server of. */
static NkDevVlink *find_link(void)
{
	NkPhAddr plink = 0;

	while ((plink = nkops.nk_vlink_lookup("vaudio", plink))) {
		NkDevVlink *vlink = nkops.nk_ptov(plink);

		if (READ_ONCE(vlink->s_id) == nkops.nk_id_get())
			return vlink;
	}
	return NULL;
}

/* A link has one back-end: the second must not be there. */
static bool is_alone(NkDevVlink *vlink, NkVaudioHw *hw)
{
	NkVaudio second = vaudio_create(vlink, on_event, NULL, hw);

	if (second)
		vaudio_destroy(second);
	return !second;
}

static void end(void)
{
	vaudio_destroy(vaudio);
	cancel_delayed_work_sync(&tick_work);
	flush_work(&mixer_work);
}

static int begin(NkDevVlink *vlink, NkVaudioHw *hw)
{
	hw[DEVICE * NK_VAUDIO_STREAM_MAX] = hardware;
	hw[DEVICE * NK_VAUDIO_STREAM_MAX + 1] = hardware;
	vaudio = vaudio_create(vlink, on_event, NULL, hw);
	if (!vaudio)
		return -ENODEV;
	if (is_alone(vlink, hw))
		return 0;
	pr_err("vaudio-native-test: a link with two back-ends\n");
	end();
	return -EEXIST;
}

static int __init vaudio_native_init(void)
{
	NkDevVlink *vlink = find_link();
	NkVaudioHw *hw;
	int err;

	if (!vlink)
		return -ENODEV;
	hw = kcalloc(NK_VAUDIO_DEV_MAX * NK_VAUDIO_STREAM_MAX, sizeof(*hw), GFP_KERNEL);
	if (!hw)
		return -ENOMEM;
	err = begin(vlink, hw);
	kfree(hw);
	return err;
}

static void __exit vaudio_native_exit(void)
{
	end();
}
module_init(vaudio_native_init);
module_exit(vaudio_native_exit);

MODULE_DESCRIPTION("A wire, which is a sound device of another VM");
MODULE_LICENSE("GPL");
