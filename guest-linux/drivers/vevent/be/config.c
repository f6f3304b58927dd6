// SPDX-License-Identifier: GPL-2.0-only
/* vevent-be: what a device is, for the front-end and for the setup's expressions. */
#include <linux/minmax.h>
#include <linux/string.h>
#include "be.h"

/* Linux has fewer bits than there is room for, as the page has it. */
#define COPY_BITS(to, from, most)                                                                  \
	bitmap_to_arr32((to), (from), min_t(unsigned int, (most), sizeof(to) * 8))

static void copy_bits(VIddev *to, const struct input_dev *dev)
{
	COPY_BITS(to->evbit, dev->evbit, EV_CNT);
	COPY_BITS(to->keybit, dev->keybit, KEY_CNT);
	COPY_BITS(to->absbit, dev->absbit, ABS_CNT);
	COPY_BITS(to->relbit, dev->relbit, REL_CNT);
	COPY_BITS(to->mscbit, dev->mscbit, MSC_CNT);
	COPY_BITS(to->ledbit, dev->ledbit, LED_CNT);
	COPY_BITS(to->sndbit, dev->sndbit, SND_CNT);
	COPY_BITS(to->ffbbit, dev->ffbit, FF_CNT);
	COPY_BITS(to->swbit, dev->swbit, SW_CNT);
	COPY_BITS(to->propbit, dev->propbit, INPUT_PROP_CNT);
}

static void copy_axes(vevent_shared_t *to, const struct vevent_device *d)
{
	const struct input_absinfo *axes = d->handle.dev->absinfo;

	for (unsigned int n = 0; axes && n < ABS_CNT; n++) {
		to->device.absmax[n] = axes[n].maximum;
		to->device.absmin[n] = axes[n].minimum;
		to->device.absfuzz[n] = d->fuzz[n];
		to->device.absflat[n] = axes[n].flat;
		to->identity.absres[n] = axes[n].resolution;
	}
}

static void copy_text(char *to, const char *from)
{
	strscpy(to, from ?: "", VEVENT_TEXT);
}

void vevent_config(struct vevent_end *end)
{
	const struct vevent_device *d = end->device;
	const struct input_dev *dev = d->handle.dev;
	vevdev_identity_t *identity = &end->shared->identity;

	memset(&end->shared->device, 0, sizeof(end->shared->device));
	memset(identity, 0, sizeof(*identity));
	copy_bits(&end->shared->device, dev);
	copy_axes(end->shared, d);
	copy_text(identity->name, dev->name);
	copy_text(identity->uniq, dev->uniq);
	identity->bustype = dev->id.bustype;
	identity->vendor = dev->id.vendor;
	identity->product = dev->id.product;
	identity->version = dev->id.version;
}

void vevent_describe(const struct input_dev *dev, struct vexpr_device *d)
{
	u32 *w = d->words;

	memset(d, 0, sizeof(*d));
	d->texts[VEXPR_NAME - VEXPR_NUMBERS] = dev->name;
	d->texts[VEXPR_PHYS - VEXPR_NUMBERS] = dev->phys;
	d->texts[VEXPR_UNIQ - VEXPR_NUMBERS] = dev->uniq;
	w[VEXPR_WORD_ID] = dev->id.bustype;
	w[VEXPR_WORD_ID + 1] = dev->id.vendor;
	w[VEXPR_WORD_ID + 2] = dev->id.product;
	w[VEXPR_WORD_ID + 3] = dev->id.version;
	bitmap_to_arr32(w + VEXPR_WORD_PROPBIT, dev->propbit, INPUT_PROP_CNT);
	bitmap_to_arr32(w + VEXPR_WORD_EVBIT, dev->evbit, EV_CNT);
	bitmap_to_arr32(w + VEXPR_WORD_KEYBIT, dev->keybit, KEY_CNT);
	bitmap_to_arr32(w + VEXPR_WORD_RELBIT, dev->relbit, REL_CNT);
	bitmap_to_arr32(w + VEXPR_WORD_ABSBIT, dev->absbit, ABS_CNT);
	bitmap_to_arr32(w + VEXPR_WORD_MSCBIT, dev->mscbit, MSC_CNT);
	bitmap_to_arr32(w + VEXPR_WORD_LEDBIT, dev->ledbit, LED_CNT);
	bitmap_to_arr32(w + VEXPR_WORD_SNDBIT, dev->sndbit, SND_CNT);
	bitmap_to_arr32(w + VEXPR_WORD_FFBIT, dev->ffbit, FF_CNT);
	bitmap_to_arr32(w + VEXPR_WORD_SWBIT, dev->swbit, SW_CNT);
}
