// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs what vexpr_parse() made. Its types, sizes and places were checked there, and jumps go forward, so that nothing can
 * go wrong here, nor last longer than the program is.
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>
#include "parse.h"

struct run {
	const char *text;
	const struct vexpr_op *ops;
	struct vexpr_machine *m;
	u32 *top; /* behind the last word */
};

static void load(struct run *r, const struct vexpr_op *op)
{
	const struct vexpr_field_info *field = &vexpr_fields[VEXPR_HIGH(op->arg)];

	for (u32 n = VEXPR_LOW(op->arg), end = n + op->count; n < end; n++)
		*r->top++ = n < field->count ? r->m->words[field->word + n] : 0;
}

static void store(struct run *r, const struct vexpr_op *op)
{
	u32 *place = r->m->words + vexpr_fields[VEXPR_HIGH(op->arg)].word + VEXPR_LOW(op->arg);

	memcpy(place, r->top - op->count, op->count * sizeof(*place));
}

static void pick(struct run *r, const struct vexpr_op *op)
{
	u32 *all = r->top - VEXPR_HIGH(op->arg);

	memmove(all, all + VEXPR_LOW(op->arg), op->count * sizeof(*all));
	r->top = all + op->count;
}

/* A text's characters, one after the other. */
struct reader {
	const char *at, *end; /* end is NULL for a field's: it has a NUL, and no backslashes */
};

static struct reader reader_of(const struct run *r, u32 number)
{
	const struct vexpr_op *op = &r->ops[number];
	const char *field;

	if (op->code == VEXPR_TEXT)
		return (struct reader){r->text + op->arg, r->text + op->arg + op->count};
	field = r->m->device.texts[op->arg - VEXPR_NUMBERS];
	return (struct reader){field ?: "", NULL};
}

static char next(struct reader *reader)
{
	if (!reader->end)
		return *reader->at ? *reader->at++ : 0;
	if (reader->at < reader->end && *reader->at == '\\')
		reader->at++;
	return reader->at < reader->end ? *reader->at++ : 0;
}

static bool same_text(const struct run *r, u32 left, u32 right)
{
	struct reader a = reader_of(r, left);
	struct reader b = reader_of(r, right);
	char c;

	do {
		c = next(&a);
		if (c != next(&b))
			return false;
	} while (c);
	return true;
}

static void compare(struct run *r, const struct vexpr_op *op)
{
	u32 *right = r->top - op->count;
	u32 *left = right - op->count;
	bool same;

	if (op->type == VEXPR_STR)
		same = same_text(r, *left, *right);
	else
		same = !memcmp(left, right, op->count * sizeof(*left));
	*left = same == (op->code == VEXPR_EQ);
	r->top = left + 1;
}

static u32 combine(u8 code, u32 left, u32 right)
{
	switch (code) {
	case VEXPR_ADD:
		return left + right;
	case VEXPR_SUB:
		return left - right;
	case VEXPR_AND:
		return left & right;
	case VEXPR_XOR:
		return left ^ right;
	default:
		return left | right;
	}
}

static void calculate(struct run *r, const struct vexpr_op *op)
{
	u32 most = op->type == VEXPR_U16 ? U16_MAX : U32_MAX;
	u32 *right = r->top - op->count;
	u32 *left = right - op->count;

	for (u16 n = 0; n < op->count; n++)
		left[n] = combine(op->code, left[n], right[n]) & most;
	r->top = right;
}

static void flip(struct run *r, const struct vexpr_op *op)
{
	u32 most = op->type == VEXPR_U16 ? U16_MAX : U32_MAX;

	for (u32 *word = r->top - op->count; word < r->top; word++)
		*word ^= most;
}

/* Returns the number of the step behind that one. */
static unsigned int jump(struct run *r, unsigned int number)
{
	const struct vexpr_op *op = &r->ops[number];

	switch (op->code) {
	case VEXPR_JUMP_POP:
		return *--r->top ? number + 1 : op->arg;
	case VEXPR_JUMP_FALSE:
		return r->top[-1] ? number + 1 : op->arg;
	case VEXPR_JUMP_TRUE:
		return r->top[-1] ? op->arg : number + 1;
	default:
		return op->arg;
	}
}

static void step(struct run *r, unsigned int number)
{
	const struct vexpr_op *op = &r->ops[number];

	switch (op->code) {
	case VEXPR_CONST:
		*r->top++ = op->arg;
		break;
	case VEXPR_TEXT:
	case VEXPR_TEXT_FIELD:
		*r->top++ = number;
		break;
	case VEXPR_LOAD:
		load(r, op);
		break;
	case VEXPR_STORE:
		store(r, op);
		break;
	case VEXPR_INDEX:
		pick(r, op);
		break;
	case VEXPR_POP:
		r->top -= op->count;
		break;
	case VEXPR_NOT:
		r->top[-1] = !r->top[-1];
		break;
	case VEXPR_FLIP:
		flip(r, op);
		break;
	case VEXPR_EQ:
	case VEXPR_NE:
		compare(r, op);
		break;
	default:
		calculate(r, op);
	}
}

bool vexpr_eval(const char *text, const struct vexpr_op *ops, unsigned int nr,
		struct vexpr_machine *m)
{
	struct run r = {.text = text, .ops = ops, .m = m, .top = m->stack};
	unsigned int number = 0;

	memcpy(m->words, m->device.words, sizeof(m->words));
	while (number < nr) {
		if (ops[number].code >= VEXPR_JUMP && ops[number].code <= VEXPR_JUMP_TRUE)
			number = jump(&r, number);
		else
			step(&r, number++);
	}
	return m->stack[0];
}
