// SPDX-License-Identifier: GPL-2.0-only
/*
 * vaudio-fe: a card as the back-end says that it is. What it says is copied, and a stream that cannot be as it says
 * is not there.
 */
#include <linux/err.h>
#include <linux/printk.h>
#include "fe.h"

#define SAMPLE_MAX 4 /* bytes */

/* Two periods of a frame at the least have room. */
static bool is_good(NkVaudioHwPcm *hw, u32 size)
{
	hw->formats &= HW_PCM_FMTBIT_ALL;
	hw->rates &= HW_PCM_RATE_ALL;
	hw->buffer_bytes_max = min(hw->buffer_bytes_max, size);
	hw->periods_min = max(hw->periods_min, 2u);
	hw->periods_max = min_t(u32, hw->periods_max, RING_DESC_NB);
	hw->period_bytes_max = min(hw->period_bytes_max, hw->buffer_bytes_max / 2);
	return hw->formats && hw->rates && hw->channels_min && hw->channels_max <= U8_MAX &&
	       hw->channels_min <= hw->channels_max && hw->periods_min <= hw->periods_max &&
	       hw->period_bytes_min <= hw->period_bytes_max &&
	       hw->channels_min * SAMPLE_MAX <= hw->period_bytes_max;
}

/* By the thread of the link. */
static int get_samples(struct fe_link *l, u32 dev, u32 idx)
{
	struct fe_samples *samples = &l->samples[dev][idx];
	u32 size = l->sizes.bytes[dev][idx];
	NkResourceId id = VAUDIO_PMEM_SAMPLES_ID(dev, idx);

	if (samples->va)
		return 0;
	samples->pa = nkops.nk_pmem_alloc(l->vlink->plink, id, size);
	samples->va = samples->pa ? vlink_pmem(l->vlink, id, size) : NULL;
	if (samples->va)
		return 0;
	pr_err_ratelimited("vaudio-fe: link %d: no pmem of %u bytes\n", l->vlink->number, size);
	return -ENOMEM;
}

static void copy_hw(struct fe_stream *s, u32 idx)
{
	NkVaudioHw hw;

	memcpy(&hw, &s->shmem->hw[idx], sizeof(hw));
	barrier(); /* what is checked is what is used */
	if (!(hw.stream_cap & HW_CAP_PCM) || !s->size)
		return;
	if (is_good(&hw.pcm, s->size))
		s->hw = hw.pcm;
	else
		pr_err_ratelimited("vaudio-fe: link %d: no card has such a stream\n",
				   s->card->link->vlink->number);
}

static int init_stream(struct fe_card *c, u32 dev, u32 idx)
{
	struct fe_stream *s = &c->stream[dev][idx];
	int err;

	s->card = c;
	s->idx = idx;
	s->shmem = &c->link->shmem->stream[dev][idx];
	s->size = c->link->sizes.bytes[dev][idx];
	spin_lock_init(&s->lock);
	INIT_WORK(&s->work, fe_stream_work);
	fe_command_init(&s->command, c, &s->shmem->ctrl);
	copy_hw(s, idx);
	if (!s->hw.formats)
		return 0;
	err = get_samples(c->link, dev, idx);
	s->samples = c->link->samples[dev][idx];
	return err;
}

static int new_device(struct fe_card *c, u32 dev)
{
	struct fe_stream *streams = c->stream[dev];
	struct snd_pcm *pcm;
	int err;

	if (!streams[0].hw.formats && !streams[1].hw.formats)
		return 0;
	err = snd_pcm_new(c->card, "vaudio", dev, !!streams[0].hw.formats, !!streams[1].hw.formats,
			  &pcm);
	if (err)
		return err;
	pcm->private_data = c;
	pcm->nonatomic = true; /* commands are waited for */
	snprintf(pcm->name, sizeof(pcm->name), "vaudio %u", dev);
	if (streams[0].hw.formats)
		snd_pcm_set_ops(pcm, SNDRV_PCM_STREAM_PLAYBACK, &vaudio_snd_ops);
	if (streams[1].hw.formats)
		snd_pcm_set_ops(pcm, SNDRV_PCM_STREAM_CAPTURE, &vaudio_snd_ops);
	return 0;
}

static int fill(struct fe_card *c)
{
	int err = 0;

	for (u32 dev = 0; dev < NK_VAUDIO_DEV_MAX; dev++) {
		for (u32 idx = 0; !err && idx < NK_VAUDIO_STREAM_MAX; idx++)
			err = init_stream(c, dev, idx);
		err = err ?: new_device(c, dev);
	}
	fe_command_init(&c->mixer, c, &c->link->shmem->mixer_ctrl);
	return err ?: fe_mixer_new(c);
}

static void name(struct snd_card *card, const Vlink *vlink)
{
	strscpy(card->driver, "vaudio-fe", sizeof(card->driver));
	strscpy(card->shortname, "vaudio", sizeof(card->shortname));
	snprintf(card->longname, sizeof(card->longname), "vaudio %d of VM %u", vlink->number,
		 vlink->id_peer);
}

struct fe_card *fe_card_new(struct fe_link *link)
{
	struct snd_card *card;
	struct fe_card *c;
	char id[16];
	int err;

	snprintf(id, sizeof(id), "vaudio%d", link->vlink->number);
	err = snd_card_new(&link->pdev->dev, link->index, id, THIS_MODULE, sizeof(*c), &card);
	if (err)
		return ERR_PTR(err);
	c = card->private_data;
	c->card = card;
	c->link = link;
	name(card, link->vlink);
	WRITE_ONCE(link->card, c);
	err = fill(c);
	err = err ?: snd_card_register(card);
	if (!err)
		return c;
	WRITE_ONCE(link->card, NULL);
	snd_card_free(card);
	return ERR_PTR(err);
}

/* Programs that have it open are told that it has gone. No interrupt looks at it any more. */
void fe_card_end(struct fe_card *c)
{
	WRITE_ONCE(c->link->card, NULL);
	fe_commands_end(c);
	snd_card_disconnect(c->card);
	for (u32 dev = 0; dev < NK_VAUDIO_DEV_MAX; dev++) {
		for (u32 idx = 0; idx < NK_VAUDIO_STREAM_MAX; idx++)
			cancel_work_sync(&c->stream[dev][idx].work);
	}
	snd_card_free_when_closed(c->card);
}
