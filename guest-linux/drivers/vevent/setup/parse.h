/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that read expressions share. */
#ifndef VEVENT_PARSE_H
#define VEVENT_PARSE_H

#include <linux/compiler.h>
#include "expr.h"

enum vexpr_type { VEXPR_BOOL, VEXPR_U16, VEXPR_U32, VEXPR_STR };

/* What a step does to the stack. Jumps go forward only. */
enum vexpr_code {
	VEXPR_CONST, /* puts arg there */
	VEXPR_TEXT, /* puts its own number there: the text's `count` characters at arg */
	VEXPR_TEXT_FIELD, /* the same for a field, arg */
	VEXPR_LOAD, /* `count` elements of a field from one on, which arg has */
	VEXPR_STORE, /* puts those on top into such a place, and leaves them */
	VEXPR_INDEX, /* of those on top leaves some: arg has how many and from where, count how many stay */
	VEXPR_POP, /* removes count */
	VEXPR_JUMP, /* to arg */
	VEXPR_JUMP_POP, /* removes a truth value, and jumps when it is false */
	VEXPR_JUMP_FALSE, /* jumps when it is false, and leaves it */
	VEXPR_JUMP_TRUE,
	VEXPR_NOT,
	VEXPR_FLIP,
	VEXPR_ADD, /* from here on: two of `count` elements */
	VEXPR_SUB,
	VEXPR_AND,
	VEXPR_XOR,
	VEXPR_OR,
	VEXPR_EQ, /* leaves a truth value */
	VEXPR_NE,
};

#define VEXPR_PAIR(high, low) ((u32)(high) << 16 | (low))
#define VEXPR_HIGH(arg) ((arg) >> 16)
#define VEXPR_LOW(arg) ((arg)&0xffff)

struct vexpr_field_info {
	const char *name;
	u8 type;
	u8 word; /* its first */
	u8 count;
	bool open; /* elements behind its end are 0, not an error */
};

extern const struct vexpr_field_info vexpr_fields[VEXPR_FIELDS];

/* A value that the program will have on its stack. */
struct vexpr_value {
	u8 type;
	bool place; /* the last step loads it, so it can be assigned to */
	bool whole; /* ... and is all of the field */
	u16 count;
	unsigned int at;
};

/* An operator whose right side is not complete. */
struct vexpr_pending {
	u8 token;
	u16 count; /* =: of the place */
	u32 arg; /* =: the place; others: the step whose jump is to be filled in */
	unsigned int at;
};

struct vexpr_parser {
	const char *text;
	unsigned int at;
	struct vexpr_op *ops;
	unsigned int nr_ops, max_ops;
	unsigned int nr_values, nr_pending, words;
	struct vevent_error *error;
	struct vexpr_value values[VEXPR_DEPTH];
	struct vexpr_pending pending[VEXPR_DEPTH];
};

/* In the order of their precedence, where they have one. */
enum vexpr_token {
	TOKEN_NONE,
	TOKEN_PAREN,
	TOKEN_QUESTION, /* waits for its : */
	TOKEN_COMMA,
	TOKEN_ASSIGN,
	TOKEN_COLON, /* the same ?: behind its : */
	TOKEN_OR_ELSE,
	TOKEN_AND_THEN,
	TOKEN_OR,
	TOKEN_XOR,
	TOKEN_AND,
	TOKEN_EQ,
	TOKEN_NE,
	TOKEN_ADD,
	TOKEN_SUB,
	TOKEN_NOT,
	TOKEN_FLIP,
};

/* lex.c */
void vevent_skip_spaces(const char *text, unsigned int *at);
bool vevent_digit(char c);
/* Returns the length of the word of letters, digits and _ there. */
unsigned int vevent_word(const char *text);
bool vevent_word_is(const char *text, unsigned int length, const char *word);
/* Reads a number of at most `most`. Returns 0, or -EINVAL with *error. */
int vevent_number(const char *text, unsigned int *at, u32 most, u32 *value,
		  struct vevent_error *error);
/* Returns -EINVAL, having said so. */
__printf(3, 4) int vevent_wrong(struct vevent_error *error, unsigned int at, const char *why, ...);

/*
 * operand.c. vexpr_cast() goes behind a (u16) or (u32), and returns which it is; 0: it is another parenthesis.
 * vexpr_constant() reads what follows it.
 */
u8 vexpr_cast(struct vexpr_parser *p);
int vexpr_constant(struct vexpr_parser *p, u8 type, unsigned int at);
int vexpr_operand(struct vexpr_parser *p);
int vexpr_index(struct vexpr_parser *p);
int vexpr_emit(struct vexpr_parser *p, u8 code, u8 type, u16 count, u32 arg);
int vexpr_push(struct vexpr_parser *p, struct vexpr_value value);
struct vexpr_value *vexpr_top(struct vexpr_parser *p);
void vexpr_pop(struct vexpr_parser *p);
/* "u32[3]"; text has 12 bytes. */
const char *vexpr_type_name(const struct vexpr_value *v, char *text);

/* reduce.c: emits the operator that waits last. */
int vexpr_reduce(struct vexpr_parser *p);

#endif
