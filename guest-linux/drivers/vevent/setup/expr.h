/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boolean expressions by which vevent-be knows input devices. Source: VEVENT_BE(4D), "Boolean Expression Grammar".
 *
 * An expression becomes a short program for a machine with a stack, once; it then runs for each device. Neither recurses,
 * allocates, or takes more steps than there are characters. Nothing here is of the kernel alone.
 */
#ifndef VEVENT_EXPR_H
#define VEVENT_EXPR_H

#include <linux/types.h>

#define VEXPR_ELEMENTS 48 /* of an array, at most: the longest field's */
#define VEXPR_DEPTH 32 /* operators and values that wait for others, at most */
#define VEXPR_STACK 512 /* words that a program may have on its stack */

/* Where a text is wrong, and how. */
struct vevent_error {
	unsigned int column; /* the first is 1 */
	char why[80];
};

/* The device's numbers as words, each field's behind those of the one before. Sizes are those of VIddev. */
enum vexpr_field {
	VEXPR_ID,
	VEXPR_BUSTYPE,
	VEXPR_VENDOR,
	VEXPR_PRODUCT,
	VEXPR_VERSION,
	VEXPR_PROPBIT,
	VEXPR_EVBIT,
	VEXPR_KEYBIT,
	VEXPR_RELBIT,
	VEXPR_ABSBIT,
	VEXPR_MSCBIT,
	VEXPR_LEDBIT,
	VEXPR_SNDBIT,
	VEXPR_FFBIT,
	VEXPR_SWBIT,
	VEXPR_NUMBERS, /* the fields behind it are texts */
	VEXPR_NAME = VEXPR_NUMBERS,
	VEXPR_PHYS,
	VEXPR_UNIQ,
	VEXPR_FIELDS
};

enum vexpr_word {
	VEXPR_WORD_ID = 0,
	VEXPR_WORD_PROPBIT = 4,
	VEXPR_WORD_EVBIT = 5,
	VEXPR_WORD_KEYBIT = 6,
	VEXPR_WORD_RELBIT = 54,
	VEXPR_WORD_ABSBIT = 55,
	VEXPR_WORD_MSCBIT = 59,
	VEXPR_WORD_LEDBIT = 60,
	VEXPR_WORD_SNDBIT = 61,
	VEXPR_WORD_FFBIT = 62,
	VEXPR_WORD_SWBIT = 70,
	VEXPR_WORDS = 72
};

struct vexpr_device {
	const char *texts[VEXPR_FIELDS - VEXPR_NUMBERS]; /* name, phys, uniq; NULL is "" */
	u32 words[VEXPR_WORDS];
};

/* A step of a program; vexpr_eval.c says what each does. */
struct vexpr_op {
	u8 code;
	u8 type;
	u16 count; /* of elements, or characters */
	u32 arg;
};

struct vexpr_machine {
	struct vexpr_device device;
	/* What an expression assigned is seen by what follows in it, and by nobody else. */
	u32 words[VEXPR_WORDS];
	u32 stack[VEXPR_STACK];
};

/*
 * Reads the expression that begins at text + *at, up to the end of the text or the first : that belongs to no ?, where
 * *at is then. Puts its program into ops, which has room for max. Columns count from text. Returns how many steps there
 * are, or -EINVAL with *error filled in. The text has to stay as long as the program.
 */
int vexpr_parse(const char *text, unsigned int *at, struct vexpr_op *ops, unsigned int max,
		struct vevent_error *error);

/* Runs that program for m->device, whose words it does not change. */
bool vexpr_eval(const char *text, const struct vexpr_op *ops, unsigned int nr,
		struct vexpr_machine *m);

#endif
