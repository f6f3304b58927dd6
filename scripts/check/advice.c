// SPDX-License-Identifier: Apache-2.0
#include "check/advice.h"
#include "lib/string.h"

#define NAME_MAX_COMPARED 31

/* Levenshtein's distance of two names, of which no more than NAME_MAX_COMPARED letters count. */
static u32 distance(const char *a, const char *b)
{
	u8 row[NAME_MAX_COMPARED + 1];
	u32 la = (u32)strnlen(a, NAME_MAX_COMPARED);
	u32 lb = (u32)strnlen(b, NAME_MAX_COMPARED);
	u32 i, j;

	for (j = 0; j <= lb; j++)
		row[j] = (u8)j;
	for (i = 1; i <= la; i++) {
		u8 diagonal = row[0];

		row[0] = (u8)i;
		for (j = 1; j <= lb; j++) {
			u8 replace = (u8)(diagonal + (a[i - 1] != b[j - 1]));
			u8 edit = (u8)(MIN(row[j], row[j - 1]) + 1);

			diagonal = row[j];
			row[j] = MIN(replace, edit);
		}
	}
	return row[lb];
}

static const char *name_at(const struct cfg_names *names, u32 i)
{
	return *(const char *const *)((const u8 *)names->first + (size_t)i * names->stride);
}

const char *advice(const struct cfg_error *err)
{
	const char *best = NULL;
	u32 best_distance = ~0u;
	u32 i;

	for (i = 0; err->unknown && i < err->known.n; i++) {
		const char *candidate = name_at(&err->known, i);
		u32 d = distance(err->unknown, candidate);

		if (d < best_distance) {
			best = candidate;
			best_distance = d;
		}
	}
	return best;
}
