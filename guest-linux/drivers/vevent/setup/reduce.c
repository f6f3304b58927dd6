// SPDX-License-Identifier: GPL-2.0-only
/* Operators whose operands are complete: whether their types fit, and what the program does. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include "parse.h"

static const char *const signs[] = {
	[TOKEN_ASSIGN] = "=", [TOKEN_COLON] = "?:", [TOKEN_OR_ELSE] = "||", [TOKEN_AND_THEN] = "&&",
	[TOKEN_OR] = "|",     [TOKEN_XOR] = "^",    [TOKEN_AND] = "&",	    [TOKEN_EQ] = "==",
	[TOKEN_NE] = "!=",    [TOKEN_ADD] = "+",    [TOKEN_SUB] = "-",	    [TOKEN_NOT] = "!",
	[TOKEN_FLIP] = "~",
};

static const u8 codes[] = {
	[TOKEN_OR] = VEXPR_OR,	 [TOKEN_XOR] = VEXPR_XOR, [TOKEN_AND] = VEXPR_AND,
	[TOKEN_EQ] = VEXPR_EQ,	 [TOKEN_NE] = VEXPR_NE,	  [TOKEN_ADD] = VEXPR_ADD,
	[TOKEN_SUB] = VEXPR_SUB,
};

static bool is_number(const struct vexpr_value *v)
{
	return v->type == VEXPR_U16 || v->type == VEXPR_U32;
}

static int misfit(struct vexpr_parser *p, const struct vexpr_pending *op, const char *wants)
{
	const struct vexpr_value *right = vexpr_top(p);
	char left_text[12], right_text[12];

	return vevent_wrong(p->error, op->at, "%s wants %s, and has %s and %s", signs[op->token],
			    wants, vexpr_type_name(right - 1, left_text),
			    vexpr_type_name(right, right_text));
}

/* The value that two others became. */
static void become(struct vexpr_parser *p, u8 type, u16 count)
{
	struct vexpr_value *left;

	vexpr_pop(p);
	left = vexpr_top(p);
	p->words += count;
	p->words -= left->count;
	left->type = type;
	left->count = count;
	left->place = false;
	left->whole = false;
}

static int unary(struct vexpr_parser *p, const struct vexpr_pending *op)
{
	struct vexpr_value *v = vexpr_top(p);
	bool fits = op->token == TOKEN_NOT ? v->type == VEXPR_BOOL : is_number(v);
	char text[12];

	if (!fits)
		return vevent_wrong(p->error, op->at, "%s wants %s, and has %s", signs[op->token],
				    op->token == TOKEN_NOT ? "bool" : "u16 or u32",
				    vexpr_type_name(v, text));
	v->place = false;
	v->whole = false;
	return vexpr_emit(p, op->token == TOKEN_NOT ? VEXPR_NOT : VEXPR_FLIP, v->type, v->count, 0);
}

static bool same_type(const struct vexpr_value *right)
{
	return right[-1].type == right->type && right[-1].count == right->count;
}

static int binary(struct vexpr_parser *p, const struct vexpr_pending *op)
{
	const struct vexpr_value *right = vexpr_top(p);
	bool compares = op->token == TOKEN_EQ || op->token == TOKEN_NE;
	int err;

	if (!same_type(right))
		return misfit(p, op, compares ? "two of one type" : "two of u16 or of u32");
	if (!compares && !is_number(right))
		return misfit(p, op, "two of u16 or of u32");
	err = vexpr_emit(p, codes[op->token], right->type, right->count, 0);
	become(p, compares ? VEXPR_BOOL : right->type, compares ? 1 : right->count);
	return err;
}

/* The left side's value is the result unless the jump was not made. */
static int logical(struct vexpr_parser *p, const struct vexpr_pending *op)
{
	const struct vexpr_value *right = vexpr_top(p);

	if (right->type != VEXPR_BOOL || right[-1].type != VEXPR_BOOL)
		return misfit(p, op, "two of bool");
	p->ops[op->arg].arg = p->nr_ops;
	become(p, VEXPR_BOOL, 1);
	return 0;
}

static int choice(struct vexpr_parser *p, const struct vexpr_pending *op)
{
	const struct vexpr_value *right = vexpr_top(p);

	if (!same_type(right))
		return misfit(p, op, "two of one type");
	p->ops[op->arg].arg = p->nr_ops;
	become(p, right->type, right->count);
	return 0;
}

static int assign(struct vexpr_parser *p, const struct vexpr_pending *op)
{
	const struct vexpr_value *right = vexpr_top(p);
	int err;

	if (!same_type(right))
		return misfit(p, op, "two of one type");
	err = vexpr_emit(p, VEXPR_STORE, right->type, op->count, op->arg);
	become(p, right->type, right->count);
	return err;
}

int vexpr_reduce(struct vexpr_parser *p)
{
	const struct vexpr_pending *op = &p->pending[--p->nr_pending];

	switch (op->token) {
	case TOKEN_COMMA: /* its left side has gone already */
		vexpr_top(p)->place = false;
		return 0;
	case TOKEN_NOT:
	case TOKEN_FLIP:
		return unary(p, op);
	case TOKEN_ASSIGN:
		return assign(p, op);
	case TOKEN_COLON:
		return choice(p, op);
	case TOKEN_OR_ELSE:
	case TOKEN_AND_THEN:
		return logical(p, op);
	case TOKEN_PAREN:
		return vevent_wrong(p->error, op->at, "the ( has no )");
	case TOKEN_QUESTION:
		return vevent_wrong(p->error, op->at, "the ? has no :");
	default:
		return binary(p, op);
	}
}
