// SPDX-License-Identifier: GPL-2.0-only
/*
 * vaudio-fe: the back-end's controls. Values are asked for each time, as others may set them there.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <sound/control.h>
#include "fe.h"

/* With the lock held; what comes back is in *m. */
static int ask(struct fe_card *c, NkEventMixer *m)
{
	NkEventMixer *shared = &c->link->shmem->mixer;
	int err;

	if (READ_ONCE(c->dead))
		return -ENODEV;
	/* before the last answer is written over */
	if (smp_load_acquire(&c->mixer.ctrl->command) != NK_VAUDIO_COMMAND_NONE)
		return -ETIMEDOUT;
	memcpy(shared, m, sizeof(*m));
	err = fe_command(&c->mixer, NK_VAUDIO_COMMAND_MIXER);
	if (err)
		return err;
	memcpy(m, shared, sizeof(*m));
	barrier(); /* what is checked is what is used */
	return 0;
}

static int ask_locked(struct fe_card *c, NkEventMixer *m)
{
	int err;

	mutex_lock(&c->mixer.lock);
	err = ask(c, m);
	mutex_unlock(&c->mixer.lock);
	return err;
}

static const NkCtlElemInfo *info_of(struct snd_kcontrol *kctl)
{
	struct fe_card *c = snd_kcontrol_chip(kctl);

	return &c->controls[kctl->private_value];
}

static bool is_enumerated(struct snd_kcontrol *kctl)
{
	return info_of(kctl)->type == NK_CTL_ELEM_TYPE_ENUMERATED;
}

static int enumerated_info(struct snd_kcontrol *kctl, struct snd_ctl_elem_info *info)
{
	u32 items = info_of(kctl)->value.enumerated.items;
	NkEventMixer m = {.mix_cmd = NK_VAUDIO_MIXER_INFO, .mix_idx = kctl->private_value};
	u32 item = min(info->value.enumerated.item, items - 1);
	int err;

	m.mix_info.value.enumerated.item = item;
	err = ask_locked(snd_kcontrol_chip(kctl), &m);
	if (err)
		return err;
	info->type = SNDRV_CTL_ELEM_TYPE_ENUMERATED;
	info->value.enumerated.items = items;
	info->value.enumerated.item = item;
	m.mix_info.value.enumerated.name[sizeof(m.mix_info.value.enumerated.name) - 1] = '\0';
	strscpy(info->value.enumerated.name, m.mix_info.value.enumerated.name,
		sizeof(info->value.enumerated.name));
	return 0;
}

static int info(struct snd_kcontrol *kctl, struct snd_ctl_elem_info *to)
{
	const NkCtlElemInfo *from = info_of(kctl);

	to->count = from->count;
	if (is_enumerated(kctl))
		return enumerated_info(kctl, to);
	to->type = from->type == NK_CTL_ELEM_TYPE_BOOLEAN ? SNDRV_CTL_ELEM_TYPE_BOOLEAN
							  : SNDRV_CTL_ELEM_TYPE_INTEGER;
	to->value.integer.min = (s32)from->value.integer.min;
	to->value.integer.max = (s32)from->value.integer.max;
	to->value.integer.step = (s32)from->value.integer.step;
	return 0;
}

static int get(struct snd_kcontrol *kctl, struct snd_ctl_elem_value *value)
{
	NkEventMixer m = {.mix_cmd = NK_VAUDIO_MIXER_GET, .mix_idx = kctl->private_value};
	int err = ask_locked(snd_kcontrol_chip(kctl), &m);

	for (u32 i = 0; !err && i < info_of(kctl)->count; i++) {
		if (is_enumerated(kctl))
			value->value.enumerated.item[i] = m.mix_val.value.enumerated.item[i];
		else
			value->value.integer.value[i] = (s32)m.mix_val.value.integer.value[i];
	}
	return err;
}

/* The back-end looks at the values. ALSA's rule: 1 for a change. */
static int put(struct snd_kcontrol *kctl, struct snd_ctl_elem_value *value)
{
	NkEventMixer m = {.mix_cmd = NK_VAUDIO_MIXER_PUT, .mix_idx = kctl->private_value};
	int err;

	for (u32 i = 0; i < info_of(kctl)->count; i++) {
		if (is_enumerated(kctl))
			m.mix_val.value.enumerated.item[i] = value->value.enumerated.item[i];
		else
			m.mix_val.value.integer.value[i] = value->value.integer.value[i];
	}
	err = ask_locked(snd_kcontrol_chip(kctl), &m);
	if (err)
		return err == -EIO ? -EINVAL : err;
	return 1;
}

static bool is_good(NkCtlElemInfo *info)
{
	info->name[sizeof(info->name) - 1] = '\0';
	if (!info->name[0] || !info->count || info->count > VAUDIO_CTL_VALUES)
		return false;
	switch (info->type) {
	case NK_CTL_ELEM_TYPE_BOOLEAN:
	case NK_CTL_ELEM_TYPE_INTEGER:
		return (s32)info->value.integer.min <= (s32)info->value.integer.max;
	case NK_CTL_ELEM_TYPE_ENUMERATED:
		return info->value.enumerated.items;
	default:
		return false;
	}
}

/* Controls of one name are told from each other by their index. */
static u32 index_of(const struct fe_card *c, u32 nr)
{
	u32 index = 0;

	for (u32 i = 0; i < nr; i++)
		index += !strcmp(c->controls[i].name, c->controls[nr].name);
	return index;
}

static int add(struct fe_card *c, u32 nr)
{
	NkCtlElemInfo *from = &c->controls[nr];
	struct snd_kcontrol_new new = {
		.iface = SNDRV_CTL_ELEM_IFACE_MIXER,
		.name = from->name,
		.index = index_of(c, nr),
		.access = SNDRV_CTL_ELEM_ACCESS_READ | SNDRV_CTL_ELEM_ACCESS_VOLATILE,
		.info = info,
		.get = get,
		.put = put,
		.private_value = nr,
	};

	if (!(from->reserved[0] & VAUDIO_CTL_READ_ONLY))
		new.access |= SNDRV_CTL_ELEM_ACCESS_WRITE;
	return snd_ctl_add(c->card, snd_ctl_new1(&new, c));
}

/* Until there is one that the back-end has not. All of them have a bound, too: who is slow holds up its link. */
int fe_mixer_new(struct fe_card *c)
{
	unsigned long end = jiffies + CONTROLS_TIME;
	int err = 0;

	for (u32 nr = 0; !err && nr < NK_VAUDIO_MIXER_MAX; nr++) {
		NkEventMixer m = {.mix_cmd = NK_VAUDIO_MIXER_INFO, .mix_idx = nr};

		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		err = ask_locked(c, &m);
		if (err == -EIO)
			return 0;
		if (err)
			return err;
		c->controls[nr] = m.mix_info;
		err = is_good(&c->controls[nr]) ? add(c, nr) : -EPROTO;
	}
	return err;
}
