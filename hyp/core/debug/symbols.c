// SPDX-License-Identifier: Apache-2.0
/* Reads the table that scripts/nk-syms makes and describes. */
#include "core/debug/symbols.h"

#define FIRST_PAIR 0x80
#define PAIRS_MAX 128

struct symbols {
	s32 base; /* from this field to the start of the code */
	u32 size;
	u16 count;
	u16 pairs;
	u16 offset[]; /* then the pairs, then the names */
};

/* Of the first link, which has no table: no code at all. The second link's replaces it. */
extern const struct symbols nk_syms;
__attribute__((weak, section(".rodata_syms"))) const struct symbols nk_syms = {0};

static const u8 *pair_table(const struct symbols *t)
{
	return (const u8 *)&t->offset[t->count];
}

static const u8 *name_of(const struct symbols *t, u32 index)
{
	const u8 *name = pair_table(t) + 2 * t->pairs;

	while (index--)
		while (*name++)
			;
	return name;
}

/* Expands pairs from the left; what is still to expand waits on a stack, once for each depth. */
static const char *expand_name(const struct symbols *t, const u8 *coded)
{
	static char name[SYMBOL_NAME_MAX];
	u8 stack[PAIRS_MAX + 1];
	u32 depth, len = 0;

	while (*coded && len + 1 < sizeof(name)) {
		depth = 0;
		stack[depth++] = *coded++;
		while (depth && len + 1 < sizeof(name)) {
			u8 c = stack[--depth];
			u32 pair = c - FIRST_PAIR;

			if (c < FIRST_PAIR || pair >= t->pairs || depth + 2 > sizeof(stack)) {
				name[len++] = (char)c;
				continue;
			}
			stack[depth++] = pair_table(t)[2 * pair + 1];
			stack[depth++] = pair_table(t)[2 * pair];
		}
	}
	name[len] = '\0';
	return name;
}

const char *symbol_lookup(u64 addr, u64 *offset)
{
	/* A weak definition is not to be seen through by the compiler. */
	const struct symbols *t = &nk_syms;
	u64 base;
	u32 at, n = 0;

	__asm__("" : "+r"(t));
	/* The code is far below 4 GiB long, and an authentication code far above bit 31. */
	base = (u64)(uintptr_t)&t->base + (u64)(s64)t->base;
	at = (u32)(addr - base);
	if (at >= t->size)
		return NULL;
	while (n < t->count && t->offset[n] * 4U <= at)
		n++;
	if (!n)
		return NULL;
	*offset = at - t->offset[n - 1] * 4U;
	return expand_name(t, name_of(t, n - 1));
}
