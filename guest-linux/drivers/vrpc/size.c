// SPDX-License-Identifier: GPL-2.0-only
/*
 * vrpc: the size in an info string, NAME[,SIZE] with SIZE in bytes, or with K or M behind it. What is anything
 * else counts as if nothing were said, as existing drivers have it.
 */
#include <linux/ctype.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <vlx/vrpc_common.h>
#include "size.h"

#define SIZE_LIMIT SZ_1G

/* Takes the digits at *p. Returns their number, SIZE_LIMIT + 1 for one that is greater. */
static u64 take_number(const char **p)
{
	u64 number = 0;

	for (; isdigit(**p); ++*p)
		number = min_t(u64, number * 10 + (**p - '0'), SIZE_LIMIT + 1);
	return number;
}

static u64 take_unit(const char **p)
{
	switch (**p) {
	case 'K':
	case 'k':
		++*p;
		return SZ_1K;
	case 'M':
	case 'm':
		++*p;
		return SZ_1M;
	default:
		return 1;
	}
}

static u32 size_in(const char *info, u32 by_default)
{
	const char *p = info ? strchr(info, ',') : NULL;
	u64 size;

	if (!p)
		return by_default;
	p++;
	size = take_number(&p);
	size *= take_unit(&p);
	if (*p || size > SIZE_LIMIT)
		return by_default;
	return max_t(u32, size, sizeof(vrpc_pmem_t));
}

u32 vrpc_size(const char *info, const char *peer_info, u32 by_default)
{
	return max(size_in(info, by_default), size_in(peer_info, by_default));
}
