// SPDX-License-Identifier: GPL-2.0-only
/* vaudio-be: a card's controls for front-ends: the first 128 values of kinds and sizes that the page has. */
#include <linux/slab.h>
#include <sound/control.h>
#include "be.h"

static const u8 types[] = {
	[NK_CTL_ELEM_TYPE_BOOLEAN] = (__force u8)SNDRV_CTL_ELEM_TYPE_BOOLEAN,
	[NK_CTL_ELEM_TYPE_INTEGER] = (__force u8)SNDRV_CTL_ELEM_TYPE_INTEGER,
	[NK_CTL_ELEM_TYPE_ENUMERATED] = (__force u8)SNDRV_CTL_ELEM_TYPE_ENUMERATED,
};

/* NONE for one that the page has not. */
static u32 type_of(const struct snd_ctl_elem_info *info)
{
	for (u32 type = NK_CTL_ELEM_TYPE_BOOLEAN; type <= NK_CTL_ELEM_TYPE_LAST; type++) {
		if (types[type] == (__force u8)info->type)
			return type;
	}
	return NK_CTL_ELEM_TYPE_NONE;
}

static bool fits_s32(long value)
{
	return value == (s32)value;
}

/* Of the card's lock, for reading at least. */
static int get_info(struct snd_kcontrol *kctl, u32 ioff, u32 item, struct snd_ctl_elem_info *info)
{
	memset(info, 0, sizeof(*info));
	snd_ctl_build_ioff(&info->id, kctl, ioff);
	info->value.enumerated.item = item;
	return kctl->info(kctl, info);
}

static bool is_ours(struct snd_kcontrol *kctl, u32 ioff, struct snd_ctl_elem_info *info)
{
	const u32 wanted = SNDRV_CTL_ELEM_ACCESS_READ, not = SNDRV_CTL_ELEM_ACCESS_INACTIVE;

	if ((kctl->vd[ioff].access & (wanted | not )) != wanted || !kctl->get ||
	    get_info(kctl, ioff, 0, info) < 0)
		return false;
	if (type_of(info) == NK_CTL_ELEM_TYPE_INTEGER &&
	    (!fits_s32(info->value.integer.min) || !fits_s32(info->value.integer.max)))
		return false;
	return type_of(info) && info->count && info->count <= VAUDIO_CTL_VALUES;
}

static void find_in(struct be_link *l, struct snd_card *card, struct snd_ctl_elem_info *info)
{
	struct snd_kcontrol *kctl;

	down_read(&card->controls_rwsem);
	list_for_each_entry(kctl, &card->controls, list) {
		for (u32 i = 0; i < kctl->count && l->nr_controls < NK_VAUDIO_MIXER_MAX; i++) {
			if (is_ours(kctl, i, info))
				l->controls[l->nr_controls++] = kctl->id.numid + i;
		}
	}
	up_read(&card->controls_rwsem);
}

void be_find_controls(struct be_link *l)
{
	struct snd_ctl_elem_info *info = kzalloc(sizeof(*info), GFP_KERNEL);
	struct snd_card *card = snd_card_ref(l->card);

	if (card && info)
		find_in(l, card, info);
	if (card)
		snd_card_unref(card);
	kfree(info);
}

static struct snd_kcontrol *find(struct snd_card *card, u32 numid)
{
	struct snd_kcontrol *kctl;

	list_for_each_entry(kctl, &card->controls, list) {
		if (numid >= kctl->id.numid && numid - kctl->id.numid < kctl->count)
			return kctl;
	}
	return NULL;
}

/* What is asked for and done with one value, with all that is too large for the stack. */
struct request {
	struct snd_card *card;
	struct snd_kcontrol *kctl;
	u32 ioff;
	NkEventMixer *m;
	struct snd_ctl_elem_info info;
	struct snd_ctl_elem_value value;
	bool changed;
};

static bool is_read_only(const struct request *r)
{
	const struct snd_kcontrol_volatile *vd = &r->kctl->vd[r->ioff];

	return !(vd->access & SNDRV_CTL_ELEM_ACCESS_WRITE) || !r->kctl->put;
}

static void tell_info(const struct request *r)
{
	const struct snd_ctl_elem_info *info = &r->info;
	NkCtlElemInfo *to = &r->m->mix_info;

	memset(to, 0, sizeof(*to));
	to->type = type_of(info);
	to->count = info->count;
	strscpy(to->name, info->id.name, sizeof(to->name));
	to->reserved[0] = is_read_only(r) ? VAUDIO_CTL_READ_ONLY : 0;
	r->m->mix_type = to->type;
	if (to->type != NK_CTL_ELEM_TYPE_ENUMERATED) {
		to->value.integer.min = info->value.integer.min;
		to->value.integer.max = info->value.integer.max;
		to->value.integer.step = info->value.integer.step;
		return;
	}
	to->value.enumerated.items = info->value.enumerated.items;
	to->value.enumerated.item = info->value.enumerated.item;
	strscpy(to->value.enumerated.name, info->value.enumerated.name,
		sizeof(to->value.enumerated.name));
}

static int get(struct request *r)
{
	int err = r->kctl->get(r->kctl, &r->value);

	if (err < 0)
		return err;
	for (u32 i = 0; i < r->info.count; i++) {
		if (type_of(&r->info) == NK_CTL_ELEM_TYPE_ENUMERATED)
			r->m->mix_val.value.enumerated.item[i] = r->value.value.enumerated.item[i];
		else
			r->m->mix_val.value.integer.value[i] = r->value.value.integer.value[i];
	}
	return 0;
}

/* A driver need not look at what it is given. */
static int take_values(struct request *r)
{
	for (u32 i = 0; i < r->info.count; i++) {
		u32 item = r->m->mix_val.value.enumerated.item[i];
		s32 value = r->m->mix_val.value.integer.value[i];

		if (type_of(&r->info) == NK_CTL_ELEM_TYPE_ENUMERATED) {
			if (item >= r->info.value.enumerated.items)
				return -EINVAL;
			r->value.value.enumerated.item[i] = item;
			continue;
		}
		if (value < r->info.value.integer.min || value > r->info.value.integer.max)
			return -EINVAL;
		r->value.value.integer.value[i] = value;
	}
	return 0;
}

static int put(struct request *r)
{
	int changed;

	if (is_read_only(r) || r->kctl->vd[r->ioff].owner)
		return -EPERM;
	changed = take_values(r);
	changed = changed ?: r->kctl->put(r->kctl, &r->value);
	r->changed = changed > 0;
	return min(changed, 0);
}

static int perform(struct request *r, u32 command)
{
	u32 item = command == NK_VAUDIO_MIXER_INFO ? r->m->mix_info.value.enumerated.item : 0;
	int err = get_info(r->kctl, r->ioff, item, &r->info);

	if (err < 0)
		return err;
	if (!type_of(&r->info) || !r->info.count || r->info.count > VAUDIO_CTL_VALUES)
		return -EINVAL;
	snd_ctl_build_ioff(&r->value.id, r->kctl, r->ioff);
	switch (command) {
	case NK_VAUDIO_MIXER_INFO:
		tell_info(r);
		return 0;
	case NK_VAUDIO_MIXER_GET:
		return get(r);
	case NK_VAUDIO_MIXER_PUT:
		return put(r);
	default:
		return -EINVAL;
	}
}

static int perform_locked(struct request *r, u32 numid)
{
	int err = -ENODEV;

	down_write(&r->card->controls_rwsem);
	r->kctl = r->card->shutdown ? NULL : find(r->card, numid);
	if (r->kctl) {
		r->ioff = numid - r->kctl->id.numid;
		err = perform(r, r->m->mix_cmd);
	}
	up_write(&r->card->controls_rwsem);
	if (r->changed)
		snd_ctl_notify(r->card, SNDRV_CTL_EVENT_MASK_VALUE, &r->value.id);
	return err;
}

int be_control(struct be_link *l, NkEventMixer *m)
{
	struct request *r;
	int err = -ENODEV;

	if (m->mix_idx >= l->nr_controls)
		return -EINVAL;
	r = kzalloc(sizeof(*r), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	r->m = m;
	r->card = snd_card_ref(l->card);
	if (r->card) {
		err = perform_locked(
			r, l->controls[array_index_nospec(m->mix_idx, NK_VAUDIO_MIXER_MAX)]);
		snd_card_unref(r->card);
	}
	kfree(r);
	return err;
}
