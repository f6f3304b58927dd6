// SPDX-License-Identifier: GPL-2.0-only
/* The operands of expressions: fields, numbers, texts, truth values, and pieces of arrays. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>
#include "parse.h"

#define FIELD(n, t, w, c, o)                                                                       \
	{                                                                                          \
		.name = (n), .type = (t), .word = (w), .count = (c), .open = (o)                   \
	}

const struct vexpr_field_info vexpr_fields[VEXPR_FIELDS] = {
	[VEXPR_ID] = FIELD("idev_id", VEXPR_U16, VEXPR_WORD_ID, 4, false),
	[VEXPR_BUSTYPE] = FIELD("idev_bustype", VEXPR_U16, VEXPR_WORD_ID, 1, false),
	[VEXPR_VENDOR] = FIELD("idev_vendor", VEXPR_U16, VEXPR_WORD_ID + 1, 1, false),
	[VEXPR_PRODUCT] = FIELD("idev_product", VEXPR_U16, VEXPR_WORD_ID + 2, 1, false),
	[VEXPR_VERSION] = FIELD("idev_version", VEXPR_U16, VEXPR_WORD_ID + 3, 1, false),
	[VEXPR_PROPBIT] = FIELD("idev_propbit", VEXPR_U32, VEXPR_WORD_PROPBIT, 1, true),
	[VEXPR_EVBIT] = FIELD("idev_evbit", VEXPR_U32, VEXPR_WORD_EVBIT, 1, true),
	[VEXPR_KEYBIT] = FIELD("idev_keybit", VEXPR_U32, VEXPR_WORD_KEYBIT, 48, true),
	[VEXPR_RELBIT] = FIELD("idev_relbit", VEXPR_U32, VEXPR_WORD_RELBIT, 1, true),
	[VEXPR_ABSBIT] = FIELD("idev_absbit", VEXPR_U32, VEXPR_WORD_ABSBIT, 4, true),
	[VEXPR_MSCBIT] = FIELD("idev_mscbit", VEXPR_U32, VEXPR_WORD_MSCBIT, 1, true),
	[VEXPR_LEDBIT] = FIELD("idev_ledbit", VEXPR_U32, VEXPR_WORD_LEDBIT, 1, true),
	[VEXPR_SNDBIT] = FIELD("idev_sndbit", VEXPR_U32, VEXPR_WORD_SNDBIT, 1, true),
	[VEXPR_FFBIT] = FIELD("idev_ffbit", VEXPR_U32, VEXPR_WORD_FFBIT, 8, true),
	[VEXPR_SWBIT] = FIELD("idev_swbit", VEXPR_U32, VEXPR_WORD_SWBIT, 2, true),
	[VEXPR_NAME] = FIELD("idev_name", VEXPR_STR, 0, 1, false),
	[VEXPR_PHYS] = FIELD("idev_phys", VEXPR_STR, 0, 1, false),
	[VEXPR_UNIQ] = FIELD("idev_uniq", VEXPR_STR, 0, 1, false),
};

const char *vexpr_type_name(const struct vexpr_value *v, char *text)
{
	static const char *const names[] = {
		[VEXPR_BOOL] = "bool",
		[VEXPR_U16] = "u16",
		[VEXPR_U32] = "u32",
		[VEXPR_STR] = "text",
	};

	if (v->count == 1)
		return names[v->type];
	snprintf(text, 12, "%s[%u]", names[v->type], v->count);
	return text;
}

int vexpr_emit(struct vexpr_parser *p, u8 code, u8 type, u16 count, u32 arg)
{
	if (p->nr_ops == p->max_ops)
		return vevent_wrong(p->error, p->at, "there is no room for more");
	p->ops[p->nr_ops++] =
		(struct vexpr_op){.code = code, .type = type, .count = count, .arg = arg};
	return 0;
}

int vexpr_push(struct vexpr_parser *p, struct vexpr_value value)
{
	if (p->nr_values == VEXPR_DEPTH || p->words + value.count > VEXPR_STACK)
		return vevent_wrong(p->error, value.at, "too many values wait for others");
	p->words += value.count;
	p->values[p->nr_values++] = value;
	return 0;
}

struct vexpr_value *vexpr_top(struct vexpr_parser *p)
{
	return &p->values[p->nr_values - 1];
}

void vexpr_pop(struct vexpr_parser *p)
{
	p->words -= vexpr_top(p)->count;
	p->nr_values--;
}

static int push_field(struct vexpr_parser *p, enum vexpr_field field, unsigned int at)
{
	const struct vexpr_field_info *info = &vexpr_fields[field];
	bool number = info->type != VEXPR_STR;
	struct vexpr_value value = {
		.type = info->type,
		.count = info->count,
		.place = number,
		.whole = number,
		.at = at,
	};
	u32 arg = number ? VEXPR_PAIR(field, 0) : field;

	return vexpr_emit(p, number ? VEXPR_LOAD : VEXPR_TEXT_FIELD, info->type, info->count, arg)
		       ?: vexpr_push(p, value);
}

static int push_bool(struct vexpr_parser *p, bool is, unsigned int at)
{
	return vexpr_emit(p, VEXPR_CONST, VEXPR_BOOL, 1, is)
		       ?: vexpr_push(p, (struct vexpr_value){
						.type = VEXPR_BOOL, .count = 1, .at = at});
}

static int named(struct vexpr_parser *p)
{
	unsigned int at = p->at;
	const char *text = p->text + at;
	unsigned int length = vevent_word(text);

	p->at += length;
	if (vevent_word_is(text, length, "true") || vevent_word_is(text, length, "false"))
		return push_bool(p, *text == 't', at);
	for (unsigned int n = 0; n < VEXPR_FIELDS; n++) {
		if (vevent_word_is(text, length, vexpr_fields[n].name))
			return push_field(p, n, at);
	}
	return vevent_wrong(p->error, at, "no field has this name");
}

/* A backslash makes a character of what follows, whatever it is. */
static int quoted(struct vexpr_parser *p)
{
	unsigned int at = p->at;
	unsigned int n = at + 1;
	int err;

	for (; p->text[n] != '"'; n++) {
		if (p->text[n] == '\\' && p->text[n + 1])
			n++;
		if (!p->text[n])
			return vevent_wrong(p->error, at, "the text has no end");
	}
	if (n - at > U16_MAX)
		return vevent_wrong(p->error, at, "the text is too long");
	p->at = n + 1;
	err = vexpr_emit(p, VEXPR_TEXT, VEXPR_STR, n - at - 1, at + 1);
	return err ?: vexpr_push(p, (struct vexpr_value){.type = VEXPR_STR, .count = 1, .at = at});
}

static int number(struct vexpr_parser *p, u8 type)
{
	u32 most = type == VEXPR_U16 ? U16_MAX : U32_MAX;
	u32 value;
	int err;

	vevent_skip_spaces(p->text, &p->at);
	err = vevent_number(p->text, &p->at, most, &value, p->error);
	if (err)
		return err;
	vevent_skip_spaces(p->text, &p->at);
	return vexpr_emit(p, VEXPR_CONST, type, 1, value);
}

/* Behind the {. Returns how many numbers there are. */
static int number_list(struct vexpr_parser *p, u8 type)
{
	int count = 0;
	int err;

	do {
		p->at++;
		if (count == VEXPR_ELEMENTS)
			return vevent_wrong(p->error, p->at, "an array has %u elements at most",
					    VEXPR_ELEMENTS);
		err = number(p, type);
		if (err)
			return err;
		count++;
	} while (p->text[p->at] == ',');
	if (p->text[p->at] != '}')
		return vevent_wrong(p->error, p->at, "a , or } is missing");
	p->at++;
	return count;
}

int vexpr_constant(struct vexpr_parser *p, u8 type, unsigned int at)
{
	int count = 1;

	vevent_skip_spaces(p->text, &p->at);
	if (p->text[p->at] == '{')
		count = number_list(p, type);
	else if (number(p, type))
		count = -EINVAL;
	if (count < 0)
		return count;
	return vexpr_push(p, (struct vexpr_value){.type = type, .count = count, .at = at});
}

u8 vexpr_cast(struct vexpr_parser *p)
{
	unsigned int at = p->at + 1;
	unsigned int length;
	u8 type;

	vevent_skip_spaces(p->text, &at);
	length = vevent_word(p->text + at);
	if (vevent_word_is(p->text + at, length, "u16"))
		type = VEXPR_U16;
	else if (vevent_word_is(p->text + at, length, "u32"))
		type = VEXPR_U32;
	else
		return 0;
	at += length;
	vevent_skip_spaces(p->text, &at);
	if (p->text[at] != ')')
		return 0;
	p->at = at + 1;
	return type;
}

int vexpr_operand(struct vexpr_parser *p)
{
	unsigned int at = p->at;

	if (p->text[at] == '"')
		return quoted(p);
	if (vevent_digit(p->text[at]))
		return vevent_wrong(p->error, at, "a number has (u16) or (u32) before it");
	if (vevent_word(p->text + at))
		return named(p);
	return vevent_wrong(p->error, at,
			    p->text[at] ? "a value is missing before this"
					: "a value is missing at the end");
}

/* What is between [ and ], behind which it goes. */
static int read_index(struct vexpr_parser *p, u32 *first, u32 *last)
{
	int err;

	p->at++;
	vevent_skip_spaces(p->text, &p->at);
	err = vevent_number(p->text, &p->at, U16_MAX, first, p->error);
	if (err)
		return err;
	*last = *first;
	vevent_skip_spaces(p->text, &p->at);
	if (p->text[p->at] == '.' && p->text[p->at + 1] == '.') {
		p->at += 2;
		vevent_skip_spaces(p->text, &p->at);
		err = vevent_number(p->text, &p->at, U16_MAX, last, p->error);
		if (err)
			return err;
		vevent_skip_spaces(p->text, &p->at);
	}
	if (p->text[p->at] != ']')
		return vevent_wrong(p->error, p->at, "a .. or ] is missing");
	p->at++;
	return 0;
}

/* The fields of bits go on as zeros. */
static bool endless(const struct vexpr_parser *p, const struct vexpr_value *v)
{
	return v->whole && vexpr_fields[VEXPR_HIGH(p->ops[p->nr_ops - 1].arg)].open;
}

static int check_index(struct vexpr_parser *p, const struct vexpr_value *v, unsigned int at,
		       u32 first, u32 last)
{
	if (v->type != VEXPR_U16 && v->type != VEXPR_U32)
		return vevent_wrong(p->error, at, "only arrays of u16 and u32 have elements");
	if (first > last)
		return vevent_wrong(p->error, at, "the first index is behind the last one");
	if (last - first >= VEXPR_ELEMENTS)
		return vevent_wrong(p->error, at, "an array has %u elements at most",
				    VEXPR_ELEMENTS);
	if (last >= v->count && !endless(p, v))
		return vevent_wrong(p->error, at, "there is no element %u of %u", last, v->count);
	return 0;
}

int vexpr_index(struct vexpr_parser *p)
{
	struct vexpr_value value = *vexpr_top(p);
	unsigned int at = p->at;
	struct vexpr_op *load;
	u32 first, last;
	int err = read_index(p, &first, &last) ?: check_index(p, &value, at, first, last);

	if (err)
		return err;
	vexpr_pop(p);
	if (value.place) {
		load = &p->ops[p->nr_ops - 1];
		load->arg += first;
		load->count = last - first + 1;
	} else {
		err = vexpr_emit(p, VEXPR_INDEX, value.type, last - first + 1,
				 VEXPR_PAIR(value.count, first));
	}
	value.whole = false;
	value.count = last - first + 1;
	return err ?: vexpr_push(p, value);
}
