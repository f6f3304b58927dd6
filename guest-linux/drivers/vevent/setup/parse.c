// SPDX-License-Identifier: GPL-2.0-only
/*
 * Expressions become programs: operators wait in a list of their own until one comes that binds less than they do. Values
 * are complete from left to right, so each step is emitted behind those that it needs.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include "parse.h"

/* == and != bind alike, as do + and -. */
static u8 binds(u8 token)
{
	if (token == TOKEN_NE || token == TOKEN_SUB)
		return token - 1;
	return token;
}

static int wait_for_right(struct vexpr_parser *p, struct vexpr_pending op)
{
	if (p->nr_pending == VEXPR_DEPTH)
		return vevent_wrong(p->error, op.at, "too many operators wait for others");
	p->pending[p->nr_pending++] = op;
	return 0;
}

static u8 last_pending(const struct vexpr_parser *p)
{
	return p->nr_pending ? p->pending[p->nr_pending - 1].token : TOKEN_NONE;
}

/* All that bind at least so much; ( and ? do not without their end. */
static int reduce_from(struct vexpr_parser *p, u8 least)
{
	int err = 0;

	while (!err && binds(last_pending(p)) >= least)
		err = vexpr_reduce(p);
	return err;
}

/* Returns the operator between two values that is there, and how long it is. */
static u8 operator_at(const char *text, unsigned int *length)
{
	*length = 1;
	if (text[0] && text[0] == text[1] && (*text == '&' || *text == '|' || *text == '=')) {
		*length = 2;
		return *text == '&' ? TOKEN_AND_THEN : *text == '|' ? TOKEN_OR_ELSE : TOKEN_EQ;
	}
	switch (*text) {
	case '!':
		*length = 2;
		return text[1] == '=' ? TOKEN_NE : TOKEN_NONE;
	case '=':
		return TOKEN_ASSIGN;
	case ',':
		return TOKEN_COMMA;
	case '?':
		return TOKEN_QUESTION;
	case '|':
		return TOKEN_OR;
	case '^':
		return TOKEN_XOR;
	case '&':
		return TOKEN_AND;
	case '+':
		return TOKEN_ADD;
	case '-':
		return TOKEN_SUB;
	default:
		return TOKEN_NONE;
	}
}

/* Takes the place's load out of the program again, and keeps what it was. */
static int begin_assign(struct vexpr_parser *p, struct vexpr_pending *op)
{
	const struct vexpr_value *v = vexpr_top(p);
	const struct vexpr_op *load = &p->ops[p->nr_ops - 1];
	const struct vexpr_field_info *field;

	if (!v->place)
		return vevent_wrong(p->error, op->at, "only a field of numbers can be assigned to");
	field = &vexpr_fields[VEXPR_HIGH(load->arg)];
	if (VEXPR_LOW(load->arg) + load->count > field->count)
		return vevent_wrong(p->error, op->at, "%s has %u elements", field->name,
				    field->count);
	op->arg = load->arg;
	op->count = load->count;
	p->nr_ops--;
	return 0;
}

static int want_bool(struct vexpr_parser *p, const struct vexpr_pending *op, const char *sign)
{
	const struct vexpr_value *v = vexpr_top(p);
	char text[12];

	if (v->type == VEXPR_BOOL)
		return 0;
	return vevent_wrong(p->error, op->at, "%s wants bool before it, and has %s", sign,
			    vexpr_type_name(v, text));
}

/* A jump over the right side, which replaces the left one's value. */
static int begin_logical(struct vexpr_parser *p, struct vexpr_pending *op)
{
	bool and = op->token == TOKEN_AND_THEN;
	int err = want_bool(p, op, and? "&&" : "||");

	op->arg = p->nr_ops;
	return err ?: vexpr_emit(p, and ? VEXPR_JUMP_FALSE : VEXPR_JUMP_TRUE, VEXPR_BOOL, 1, 0) ?:
		      vexpr_emit(p, VEXPR_POP, VEXPR_BOOL, 1, 0);
}

static int begin_choice(struct vexpr_parser *p, struct vexpr_pending *op)
{
	int err = want_bool(p, op, "?");

	if (err)
		return err;
	op->arg = p->nr_ops;
	vexpr_pop(p);
	return vexpr_emit(p, VEXPR_JUMP_POP, VEXPR_BOOL, 1, 0);
}

static int begin_comma(struct vexpr_parser *p)
{
	u16 count = vexpr_top(p)->count;

	vexpr_pop(p);
	return vexpr_emit(p, VEXPR_POP, VEXPR_BOOL, count, 0);
}

/* Of those that group from the right, one like it stays before it. */
static u8 least_before(u8 token)
{
	if (token == TOKEN_QUESTION)
		return TOKEN_COLON + 1;
	return token == TOKEN_ASSIGN ? TOKEN_ASSIGN + 1 : binds(token);
}

static int between(struct vexpr_parser *p, u8 token, unsigned int length)
{
	struct vexpr_pending op = {.token = token, .at = p->at};
	int err = reduce_from(p, least_before(token));

	if (err)
		return err;
	if (token == TOKEN_ASSIGN)
		err = begin_assign(p, &op);
	else if (token == TOKEN_AND_THEN || token == TOKEN_OR_ELSE)
		err = begin_logical(p, &op);
	else if (token == TOKEN_QUESTION)
		err = begin_choice(p, &op);
	else if (token == TOKEN_COMMA)
		err = begin_comma(p);
	p->at += length;
	return err ?: wait_for_right(p, op);
}

static int close_paren(struct vexpr_parser *p)
{
	int err = reduce_from(p, TOKEN_COMMA);

	if (err)
		return err;
	if (last_pending(p) == TOKEN_QUESTION)
		return vexpr_reduce(p);
	if (last_pending(p) != TOKEN_PAREN)
		return vevent_wrong(p->error, p->at, "the ) has no (");
	p->nr_pending--;
	p->at++;
	return 0;
}

static bool has_question(const struct vexpr_parser *p)
{
	for (unsigned int n = p->nr_pending; n-- && p->pending[n].token != TOKEN_PAREN;) {
		if (p->pending[n].token == TOKEN_QUESTION)
			return true;
	}
	return false;
}

/* The : of the last ?. */
static int colon(struct vexpr_parser *p)
{
	struct vexpr_pending *op;
	int err = reduce_from(p, TOKEN_COMMA);

	if (err)
		return err;
	op = &p->pending[p->nr_pending - 1];
	p->ops[op->arg].arg = p->nr_ops + 1;
	op->arg = p->nr_ops;
	op->token = TOKEN_COLON;
	p->at++;
	return vexpr_emit(p, VEXPR_JUMP, VEXPR_BOOL, 0, 0);
}

static int before_value(struct vexpr_parser *p, bool *complete)
{
	unsigned int at = p->at;
	char c = p->text[at];
	u8 type = c == '(' ? vexpr_cast(p) : 0;

	if (type) {
		*complete = true;
		return vexpr_constant(p, type, at);
	}
	if (c != '(' && c != '!' && c != '~') {
		*complete = true;
		return vexpr_operand(p);
	}
	p->at++;
	return wait_for_right(p, (struct vexpr_pending){
					 .token = c == '('   ? TOKEN_PAREN
						  : c == '!' ? TOKEN_NOT
							     : TOKEN_FLIP,
					 .at = at,
				 });
}

static int after_value(struct vexpr_parser *p, bool *complete)
{
	unsigned int length;
	u8 token;

	switch (p->text[p->at]) {
	case '[':
		return vexpr_index(p);
	case ')':
		return close_paren(p);
	case ':':
		*complete = false;
		return colon(p);
	}
	token = operator_at(p->text + p->at, &length);
	if (token == TOKEN_NONE)
		return vevent_wrong(p->error, p->at, "an operator is missing before this");
	*complete = false;
	return between(p, token, length);
}

static bool at_end(const struct vexpr_parser *p)
{
	char c = p->text[p->at];

	return !c || (c == ':' && !has_question(p));
}

/* Nothing waits any more, and there is one value. */
static int check_end(struct vexpr_parser *p, unsigned int begin)
{
	int err = reduce_from(p, TOKEN_PAREN);
	char text[12];

	if (err || vexpr_top(p)->type == VEXPR_BOOL)
		return err;
	return vevent_wrong(p->error, begin, "the expression is %s, and not bool",
			    vexpr_type_name(vexpr_top(p), text));
}

static int parse(struct vexpr_parser *p)
{
	unsigned int begin;
	bool complete = false; /* the value before this */
	int err = 0;

	vevent_skip_spaces(p->text, &p->at);
	begin = p->at;
	while (!err && !(complete && at_end(p))) {
		err = complete ? after_value(p, &complete) : before_value(p, &complete);
		vevent_skip_spaces(p->text, &p->at);
	}
	return err ?: check_end(p, begin);
}

int vexpr_parse(const char *text, unsigned int *at, struct vexpr_op *ops, unsigned int max,
		struct vevent_error *error)
{
	struct vexpr_parser p = {
		.text = text,
		.at = *at,
		.ops = ops,
		.max_ops = max,
		.error = error,
	};
	int err = parse(&p);

	*at = p.at;
	return err ?: (int)p.nr_ops;
}
