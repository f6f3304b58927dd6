// SPDX-License-Identifier: GPL-2.0-only
/*
 * vaudio-be: VAUDIO_BE(4D) for a card of this VM's ALSA. Links are served while the card is there: it may come after the
 * module, go and come back.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <sound/control.h>
#include "be.h"

#define LINKS_MAX 16
#define FOUND_TRIES 1000
#define FOUND_MS 10

static unsigned int card;
module_param(card, uint, 0444);
MODULE_PARM_DESC(card, "number of the card that front-ends have");

static unsigned int ahead = 2;
module_param(ahead, uint, 0644);
MODULE_PARM_DESC(ahead, "periods that a playback has in hand, 1 to 16");

static struct be_link *links[LINKS_MAX]; /* by the worker alone */
static bool there; /* the card */
static bool leaving;

u32 be_ahead(void)
{
	return clamp(READ_ONCE(ahead), 1u, 16u);
}

static void on_event(void *stream, NkVaudioEvent event, void *params, void *cookie)
{
	struct be_link *l = cookie;

	if (event != NK_VAUDIO_STREAM_MIXER) {
		be_stream_event(&l->stream[vaudio_stream_dev(stream)][vaudio_stream_idx(stream)],
				stream, event, params);
		return;
	}
	l->mixer_stream = stream;
	l->mixer = params;
	queue_work(system_unbound_wq, &l->mixer_work);
}

/* The link's handle may not have been returned yet, and comes with the streams'. */
static void do_mixer(struct work_struct *work)
{
	struct be_link *l = container_of(work, struct be_link, mixer_work);
	int err = be_control(l, l->mixer);

	vaudio_event_ack(vaudio_of_stream(l->mixer_stream), l->mixer_stream, NK_VAUDIO_STREAM_MIXER,
			 l->mixer, err ? NK_VAUDIO_STATUS_ERROR : NK_VAUDIO_STATUS_OK);
}

static void end_streams(struct be_link *l)
{
	for (u32 dev = 0; dev < NK_VAUDIO_DEV_MAX; dev++) {
		for (u32 idx = 0; idx < NK_VAUDIO_STREAM_MAX; idx++)
			be_stream_end(&l->stream[dev][idx]);
	}
}

static int begin_streams(struct be_link *l, NkVaudioHw (*hw)[NK_VAUDIO_STREAM_MAX])
{
	int err = 0;

	for (u32 dev = 0; dev < NK_VAUDIO_DEV_MAX; dev++) {
		for (u32 idx = 0; idx < NK_VAUDIO_STREAM_MAX; idx++) {
			struct be_stream *s = &l->stream[dev][idx];

			s->link = l;
			s->dev = dev;
			s->idx = idx;
			if (!err && hw[dev][idx].stream_cap)
				err = be_stream_begin(s);
		}
	}
	return err;
}

static void end_link(struct be_link *l)
{
	if (l->vaudio)
		vaudio_destroy(l->vaudio);
	flush_work(&l->mixer_work);
	end_streams(l);
	kvfree(l);
}

static struct be_link *begin_link(NkDevVlink *vlink, NkVaudioHw (*hw)[NK_VAUDIO_STREAM_MAX])
{
	struct be_link *l = kvzalloc(sizeof(*l), GFP_KERNEL);

	if (!l)
		return NULL;
	l->card = card;
	INIT_WORK(&l->mixer_work, do_mixer);
	be_find_controls(l);
	if (!begin_streams(l, hw))
		l->vaudio = vaudio_create(vlink, on_event, l, &hw[0][0]);
	if (l->vaudio)
		return l;
	pr_err("vaudio-be: link %d: no back-end\n", READ_ONCE(vlink->link));
	end_link(l);
	return NULL;
}

static void query(NkVaudioHw (*hw)[NK_VAUDIO_STREAM_MAX])
{
	for (u32 dev = 0; dev < NK_VAUDIO_DEV_MAX; dev++) {
		for (u32 idx = 0; idx < NK_VAUDIO_STREAM_MAX; idx++)
			native_query(card, dev, idx, &hw[dev][idx]);
	}
}

static void begin_links(void)
{
	NkVaudioHw(*hw)[NK_VAUDIO_STREAM_MAX] = kcalloc(NK_VAUDIO_DEV_MAX, sizeof(*hw), GFP_KERNEL);
	NkPhAddr plink = 0;
	u32 n = 0;

	if (!hw)
		return;
	query(hw);
	while (n < LINKS_MAX && (plink = nkops.nk_vlink_lookup("vaudio", plink))) {
		NkDevVlink *vlink = nkops.nk_ptov(plink);

		if (READ_ONCE(vlink->s_id) == nkops.nk_id_get())
			links[n++] = begin_link(vlink, hw);
	}
	kfree(hw);
}

static void end_links(void)
{
	for (u32 n = 0; n < LINKS_MAX; n++) {
		if (links[n])
			end_link(links[n]);
		links[n] = NULL;
	}
}

/*
 * A card that comes tells of its controls before it can be found by its number, and then has none for us. Nothing tells of
 * that moment, which is right behind.
 */
static void wait_until_found(void)
{
	for (u32 n = 0; n < FOUND_TRIES && READ_ONCE(there); n++) {
		struct snd_card *c = snd_card_ref(card);

		if (c) {
			snd_card_unref(c);
			return;
		}
		msleep(FOUND_MS);
	}
}

/* Of links as the card is. One that has gone and come back since has other controls, maybe other streams. */
static void follow(struct work_struct *work)
{
	end_links();
	wait_until_found();
	if (READ_ONCE(there) && !READ_ONCE(leaving))
		begin_links();
}

static DECLARE_WORK(follow_work, follow);

static void set_there(struct snd_card *c, bool is)
{
	if (c->number != card)
		return;
	WRITE_ONCE(there, is);
	queue_work(system_unbound_wq, &follow_work);
}

static void card_comes(struct snd_card *c)
{
	set_there(c, true);
}

static void card_goes(struct snd_card *c)
{
	set_there(c, false);
}

static void control_changes(struct snd_card *c, unsigned int mask, struct snd_kcontrol *kctl,
			    unsigned int ioff)
{
}

static struct snd_ctl_layer_ops layer = {
	.module_name = KBUILD_MODNAME,
	.lregister = card_comes,
	.ldisconnect = card_goes,
	.lnotify = control_changes,
};

static int __init vaudio_be_init(void)
{
	snd_ctl_register_layer(&layer);
	return 0;
}

static void __exit vaudio_be_exit(void)
{
	snd_ctl_disconnect_layer(&layer);
	WRITE_ONCE(leaving, true);
	queue_work(system_unbound_wq, &follow_work);
	flush_work(&follow_work);
}
module_init(vaudio_be_init);
module_exit(vaudio_be_exit);

MODULE_DESCRIPTION("Sound of this VM for others");
MODULE_LICENSE("GPL");
