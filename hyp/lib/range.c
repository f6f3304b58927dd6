// SPDX-License-Identifier: Apache-2.0
/* Ranges of addresses. */
#include "lib/range.h"

static void sort(struct range *list, u32 n)
{
	for (u32 i = 1; i < n; i++) {
		struct range r = list[i];
		u32 j = i;

		for (; j > 0 && list[j - 1].base > r.base; j--)
			list[j] = list[j - 1];
		list[j] = r;
	}
}

void ranges_merge(struct range *list, u32 *n)
{
	u32 kept = 0;

	sort(list, *n);
	for (u32 i = 0; i < *n; i++) {
		struct range *last = kept ? &list[kept - 1] : NULL;

		if (last && list[i].base <= range_end(last))
			last->size = MAX(range_end(last), range_end(&list[i])) - last->base;
		else
			list[kept++] = list[i];
	}
	*n = kept;
}
