/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What vevent-be and vevent-fe share: pmem chunk 0 of a link, which carries one input device to one VM.
 * Source: VEVENT_BE(4D), "Extended description". What the page does not print says "ours".
 */
#ifndef VLX_VEVDEV_COMMON_H
#define VLX_VEVDEV_COMMON_H

#include <nk/types.h>

#define VEVENT_NAME "vevent" /* of the links */
#define VEVENT_PMEM_ID 0 /* ours, as the next two */
#define VEVENT_XIRQ_EVENT 0 /* of the client: there are events */
#define VEVENT_XIRQ_BACK                                                                           \
	1 /* of the server: there are lights and sounds, or room for events again */

#define VRING_SIZE 256
#define VRING_MASK (VRING_SIZE - 1)
#define VRING_POS(idx) ((idx)&VRING_MASK)
#define VRING_PTR(rng, idx) ((rng)->ring[VRING_POS((rng)->idx)])
#define VRING_C_ROOM(rng) ((rng)->p_idx - (rng)->c_idx)
#define VRING_C_CROOM(rng) (VRING_SIZE - VRING_POS((rng)->c_idx))
#define VRING_P_ROOM(rng) (VRING_SIZE - ((rng)->p_idx - (rng)->c_idx))

/* Types, codes and values are those of Linux's struct input_event. */
typedef struct {
	nku16_f type;
	nku16_f code;
	nku32_f value;
} input_vevent;

typedef struct VRing {
	nku32_f c_idx; /* how many were taken; free-running */
	nku32_f p_idx; /* how many were put */
	input_vevent ring[VRING_SIZE];
} VRing;

#define VEVENT_EV_CNT 0x20
#define VEVENT_KEY_CNT 0x600
#define VEVENT_REL_CNT 0x20
#define VEVENT_ABS_CNT 0x80
#define VEVENT_MSC_CNT 0x10
#define VEVENT_LED_CNT 0x20
#define VEVENT_SND_CNT 0x10
#define VEVENT_FF_CNT 0x100
#define VEVENT_SW_CNT 0x21
#define VEVENT_INPUT_PROP_CNT 0x20

#define BITS_TO_INTS(x) (((x) + (sizeof(int) * 8) - 1) / (sizeof(int) * 8))

/* The device: bitmaps and axes as in Linux's struct input_dev. */
typedef struct {
	unsigned int evbit[BITS_TO_INTS(VEVENT_EV_CNT)];
	unsigned int keybit[BITS_TO_INTS(VEVENT_KEY_CNT)];
	unsigned int absbit[BITS_TO_INTS(VEVENT_ABS_CNT)];
	unsigned int relbit[BITS_TO_INTS(VEVENT_REL_CNT)];
	unsigned int mscbit[BITS_TO_INTS(VEVENT_MSC_CNT)];
	unsigned int ledbit[BITS_TO_INTS(VEVENT_LED_CNT)];
	unsigned int sndbit[BITS_TO_INTS(VEVENT_SND_CNT)];
	unsigned int ffbbit[BITS_TO_INTS(VEVENT_FF_CNT)];
	unsigned int swbit[BITS_TO_INTS(VEVENT_SW_CNT)];

	/* Always 0: what is pressed or lit elsewhere is not this front-end's. */
	unsigned int key[BITS_TO_INTS(VEVENT_KEY_CNT)];
	unsigned int led[BITS_TO_INTS(VEVENT_LED_CNT)];
	unsigned int snd[BITS_TO_INTS(VEVENT_SND_CNT)];
	/* These and abs[] come as events, too, to whom they are for. */
	unsigned int sw[BITS_TO_INTS(VEVENT_SW_CNT)];

	int abs[VEVENT_ABS_CNT];
	int absmax[VEVENT_ABS_CNT];
	int absmin[VEVENT_ABS_CNT];
	int absfuzz[VEVENT_ABS_CNT];
	int absflat[VEVENT_ABS_CNT];

	unsigned int propbit[BITS_TO_INTS(VEVENT_INPUT_PROP_CNT)];
} VIddev;

#define VEVENT_TEXT 64

/* Ours: the page has its name alone. */
typedef struct {
	char name[VEVENT_TEXT];
	char uniq[VEVENT_TEXT];
	nku16_f bustype; /* the real device's */
	nku16_f vendor;
	nku16_f product;
	nku16_f version;
	int absres[VEVENT_ABS_CNT];
} vevdev_identity_t;

/* The page has the first two. A back-end that has only these gives a chunk of that size, and is not ours. */
typedef struct {
	VRing events; /* the server produces */
	VIddev device;
	vevdev_identity_t identity;
	VRing back; /* ours: EV_LED and EV_SND; the client produces */
	nku32_f missed; /* ours: events did not fit, and the server waits for room */
} vevent_shared_t;

#endif
