// SPDX-License-Identifier: GPL-2.0-only
/* vevent-fe: a device of Linux's input as the back-end describes its own. What that one says is copied, then checked. */
#include <linux/bitmap.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/input/mt.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "fe.h"

#define TYPES                                                                                      \
	(BIT(EV_SYN) | BIT(EV_KEY) | BIT(EV_REL) | BIT(EV_ABS) | BIT(EV_MSC) | BIT(EV_SW) |        \
	 BIT(EV_LED) | BIT(EV_SND) | BIT(EV_REP) | BIT(EV_PWR))

/* There is room for more than Linux has. */
#define COPY_BITS(to, from, most)                                                                  \
	bitmap_from_arr32((to), (from), min_t(unsigned int, (most), sizeof(from) * 8))

static void copy_bits(struct input_dev *idev, VIddev *from)
{
	from->evbit[0] &= TYPES;
	COPY_BITS(idev->evbit, from->evbit, EV_CNT);
	COPY_BITS(idev->keybit, from->keybit, KEY_CNT);
	COPY_BITS(idev->absbit, from->absbit, ABS_CNT);
	COPY_BITS(idev->relbit, from->relbit, REL_CNT);
	COPY_BITS(idev->mscbit, from->mscbit, MSC_CNT);
	COPY_BITS(idev->ledbit, from->ledbit, LED_CNT);
	COPY_BITS(idev->sndbit, from->sndbit, SND_CNT);
	COPY_BITS(idev->swbit, from->swbit, SW_CNT);
	COPY_BITS(idev->propbit, from->propbit, INPUT_PROP_CNT);
}

static int init_slots(struct input_dev *idev, const VIddev *from)
{
	int last = from->absmax[ABS_MT_SLOT];

	if (!test_bit(ABS_MT_SLOT, idev->absbit))
		return 0;
	if (last < 0 || last >= VEVENT_SLOTS_MAX)
		return -EINVAL;
	return input_mt_init_slots(idev, last + 1, 0);
}

static int copy_axes(struct input_dev *idev, const VIddev *from, const vevdev_identity_t *identity)
{
	int err;

	if (!test_bit(EV_ABS, idev->evbit))
		return 0;
	input_alloc_absinfo(idev);
	if (!idev->absinfo)
		return -ENOMEM;
	err = init_slots(idev, from);
	for (unsigned int n = 0; !err && n < ABS_CNT; n++) {
		struct input_absinfo *axis = &idev->absinfo[n];

		if (!test_bit(n, idev->absbit))
			continue;
		axis->maximum = from->absmax[n];
		axis->minimum = from->absmin[n];
		axis->fuzz = from->absfuzz[n];
		axis->flat = from->absflat[n];
		axis->resolution = identity->absres[n];
	}
	return err;
}

/* They become lines of logs and of /proc. */
static void make_text(char *text)
{
	text[VEVENT_TEXT - 1] = '\0';
	for (; *text; text++) {
		if (!isprint(*text) || !isascii(*text))
			*text = '?';
	}
}

static void name_it(struct vevent_fe *fe, struct input_dev *idev)
{
	vevdev_identity_t *identity = &fe->identity;

	make_text(identity->name);
	make_text(identity->uniq);
	snprintf(fe->phys, sizeof(fe->phys), "vevent-fe/%u.%d", fe->vlink->id_peer,
		 fe->vlink->number);
	idev->name = identity->name;
	idev->uniq = *identity->uniq ? identity->uniq : NULL;
	idev->phys = fe->phys;
	idev->id.bustype = BUS_VIRTUAL;
	idev->id.vendor = identity->vendor;
	idev->id.product = identity->product;
	idev->id.version = identity->version;
}

struct input_dev *vevent_idev(struct vevent_fe *fe)
{
	VIddev *config = kmemdup(&fe->shared->device, sizeof(*config), GFP_KERNEL);
	struct input_dev *idev = input_allocate_device();
	int err = -ENOMEM;

	if (!config || !idev)
		goto free;
	memcpy(&fe->identity, &fe->shared->identity, sizeof(fe->identity));
	barrier(); /* what is checked is what is used */
	copy_bits(idev, config);
	name_it(fe, idev);
	idev->event = vevent_event;
	input_set_drvdata(idev, fe);
	err = copy_axes(idev, config, &fe->identity);
	if (err)
		goto free;
	kfree(config);
	return idev;
free:
	input_free_device(idev);
	kfree(config);
	return ERR_PTR(err);
}
